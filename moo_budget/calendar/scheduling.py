"""schedule: a front of totals per channel becomes one of money per period and channel."""

from __future__ import annotations

from dataclasses import dataclass, replace

import moocore
import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray
from moo_budget.aims import goal_scale
from moo_budget.calendar.bursts import best_bursts
from moo_budget.calendar.dynamics import is_level
from moo_budget.calendar.law import CalendarLaw, calendar_batch, level_money, reference_of
from moo_budget.calendar.steps import in_whole_steps
from moo_budget.calendar.timing import Room, pulled, timed
from moo_budget.errors import InfeasibleError, InputError, Message
from moo_budget.front import INTERVAL, Front
from moo_budget.limits import PeriodLimits
from moo_budget.problem import BudgetProblem, GoalValues

_DRAWS = 48  # that the steps see; all of them judge what comes out
_STEPS = 25  # slopes computed for each plan and start
_ROUNDING = 1e-9  # of a goal's range
_LEAST_WEIGHT = 0.02  # of a goal in the weighting of a plan's place: nothing is given away for nothing
_BURST = 0.1  # of a channel's money per period that it can run in: what a period of a burst gets at least


def schedule(front: Front) -> Front:
    """Place the money of every plan in periods, and measure the plans on the dynamic response.

    Every plan keeps its totals per channel; their money moves between periods, within the limits of periods, so that
    the goals, weighted as the plan's place on the front weighs them, become better. A plan is never worse than spent as
    level as the limits allow, by all draws and to the cent, in any goal but a risk that falls where less is brought
    (`std`, `semi_deviation`): such a risk does not count for the timing, because less of it is had by wasting money.
    Where money works in its own period only and no season is better than another, plans stay level. Plans that others
    then beat in every goal are left out.

    Args:
        front: of a problem with a calendar, spent level.

    Returns:
        The front of the same problem under a `CalendarLaw`, which holds the money of every period.

    Raises:
        InputError: the problem plans no calendar, or its tables' season is shorter than the plan.
        InfeasibleError: the periods hold no plan that was found, or placed in them every plan breaks a rule on a goal,
            which was sought for level money.
    """
    problem = front.problem
    limits = problem.period_limits
    if limits is None:
        raise InputError(
            "the front's problem plans no calendar; make it with calendar=True, or the dates of its periods",
            code="calendar.none",
        )
    splits, said = _held_splits(front, limits)
    if len(splits) == 0:
        raise InfeasibleError(
            f"the periods hold none of the {len(front)} plans that were found: under `total_max` what their channels "
            "get does not fit into the periods in which they can run, and no plan beside them keeps all other limits. "
            "Raise [limits.calendar] `total_max`, open periods, or use more channels.",
            code="calendar.none-held",
        )
    timer = Timer(problem, limits, splits)
    even = timer.placed(timer.even)
    if is_level(problem.tables):
        return _front_of(front, even, (*said, _level_message(limits)))
    weights = np.where(_counts(problem), _weights(even.goals), 0.0)
    tried = timer.placed(timer.moved(weights))
    worse = (tried.goals - even.goals) * _counts(problem) > _ROUNDING * goal_scale(even.goals)
    gain = np.where(tried.keeps & ~worse.any(axis=1), ((even.goals - tried.goals) * weights).sum(axis=1), 0.0)
    return _front_of(front, even.with_better(tried, gain > 0.0), (*said, _moved_message(gain)))


@dataclass(frozen=True, eq=False)
class Placed:
    """Plans with their money per period, measured by all draws.

    Args:
        law: the plans with their money.
        values: goals with intervals, arrays (n_plans, n_goals).
        goals: (n_plans, n_sought), all minimised.
        keeps: (n_plans,), whether all limits are kept, by the check that shares nothing with what placed the money.
    """

    law: CalendarLaw
    values: GoalValues
    goals: FloatArray
    keeps: BoolArray

    def with_better(self, other: Placed, better: BoolArray) -> Placed:
        """The other's rows where it is better, (n_plans,); the plans' totals per channel are the same."""

        def mixed(mine: FloatArray, theirs: FloatArray) -> FloatArray:
            return np.where(better.reshape(-1, *(1,) * (mine.ndim - 1)), theirs, mine)

        pairs = ((getattr(self.values, part), getattr(other.values, part)) for part in INTERVAL)
        return Placed(
            self.law.with_money(self.law.splits, mixed(self.law.money, other.law.money)),
            GoalValues(*(mixed(mine, theirs) for mine, theirs in pairs)),
            mixed(self.goals, other.goals),
            np.where(better, other.keeps, self.keeps),
        )

    def of(self, rows: IntArray) -> tuple[CalendarLaw, GoalValues]:
        """Some of the plans, in this order."""
        law = self.law.with_money(self.law.splits[rows], self.law.money[rows])
        return law, GoalValues(*(getattr(self.values, part)[rows] for part in INTERVAL))


def _held_splits(front: Front, limits: PeriodLimits) -> tuple[FloatArray, tuple[Message, ...]]:
    """The front's totals per channel; those that the periods do not hold together are moved as little as possible."""
    problem, splits = front.problem, front.spend.copy()
    if np.isinf(limits.total_max):
        return splits, ()
    _, held = _room(limits, splits).nearest(level_money(splits, limits.n_periods))
    found = np.zeros(len(splits), dtype=bool)
    for row in np.flatnonzero(~held):
        near = problem.feasible.project(problem.nearest_kept(splits[row])[None])
        splits[row] = problem.feasible.rounded(near, problem.money_step)[0]
        found[row] = problem.kept(splits[row][None])[0]
    # Rounded to cents a plan may be just beyond again; it has done what it could.
    _, kept = _room(limits, splits).nearest(level_money(splits, limits.n_periods))
    sound = kept & (held | found)
    splits = np.unique(splits[sound], axis=0)
    if held.all():
        return splits, ()
    text = (
        f"the periods do not hold {(~held).sum()} of the {len(held)} plans that were found: what their channels get "
        "does not fit under `total_max` into the periods in which they can run; money of these was moved to other "
        "channels, as little as possible"
    )
    return splits, (Message("calendar.moved-splits", text),)


def _room(limits: PeriodLimits, splits: FloatArray) -> Room:
    upper = np.repeat(limits.most[None], len(splits), axis=0)
    return Room(np.zeros_like(upper), upper, splits, limits.total_max)


class Timer:
    """Places the money of plans in periods.

    Args:
        problem: the question.
        limits: of periods.
        splits: (n_plans, n_channels), currency for the whole plan, which the periods hold.
    """

    def __init__(self, problem: BudgetProblem, limits: PeriodLimits, splits: FloatArray) -> None:
        self._problem = problem
        self._limits = limits
        self._splits = splits
        self._law = CalendarLaw(problem, splits[:0], np.empty((0, limits.n_periods, splits.shape[1])))
        self._bursts = np.flatnonzero(limits.min_burst > 1)
        self._room = self._with_floors(limits.most[None] > 0.0)
        self.even, _ = self._room.nearest(level_money(splits, limits.n_periods))

    def _with_floors(self, runs: BoolArray) -> Room:
        """Room of channels in bursts only where they run, and there no less than makes a burst one.

        `runs` broadcasts to (n_plans, n_periods, n_channels).
        """
        plain = _room(self._limits, self._splits)
        lower, upper = plain.lower.copy(), plain.upper.copy()
        used, n_open = self._splits > 0.0, (self._limits.most > 0.0).sum(axis=0)
        least = np.maximum(_BURST * self._splits / np.maximum(n_open, 1), self._problem.money_step)
        for c in self._bursts:
            on = np.broadcast_to(runs, upper.shape)[:, :, c] & used[:, [c]]
            upper[:, :, c] *= on
            lower[:, :, c] = np.where(on, np.minimum(least[:, [c]], upper[:, :, c]), 0.0)
        narrow = replace(plain, lower=lower, upper=upper)
        _, kept = narrow.nearest(level_money(self._splits, self._limits.n_periods))
        held = kept[:, None, None]
        return replace(plain, lower=np.where(held, lower, plain.lower), upper=np.where(held, upper, plain.upper))

    def placed(self, money: FloatArray) -> Placed:
        """Money (n_plans, n_periods, n_channels) in whole steps, as far as the limits hold them, and what it brings."""
        problem = self._problem
        law = self._law.with_money(self._splits, in_whole_steps(money, self._room, problem.money_step))
        under = problem.under(law)
        values = under.values(self._splits)
        keeps = np.array([not under.broken(split) for split in self._splits])
        return Placed(law, values, problem.to_minimise(values.value), keeps)

    def moved(self, weights: FloatArray) -> FloatArray:
        """Steps from the even placement; once more where bursts have to be put right."""
        problem = self._problem
        dynamics = self._law.dynamics.some_draws(_DRAWS)
        reference = reference_of(problem, dynamics)

        def slope(money: FloatArray, rows: BoolArray) -> tuple[FloatArray, FloatArray]:
            batch = calendar_batch(problem, dynamics, money, self._splits[rows], reference)
            value, rise = batch.slope(weights[rows])
            return value, problem.plan_tables.unsorted(rise)

        plain = _room(self._limits, self._splits)
        money = timed(slope, self.even, plain, _STEPS)
        if len(self._bursts) == 0:
            return money
        _, rise = slope(money, np.ones(len(money), dtype=bool))
        room = self._with_floors(self._runs(pulled(money, rise, plain)))
        start, _ = room.nearest(money)
        return timed(slope, start, room, _STEPS)

    def _runs(self, money: FloatArray) -> BoolArray:
        """When the channels run that run in bursts, (n_plans, n_periods, n_channels): where most of this money is."""
        runs = np.ones(money.shape, dtype=bool)
        for c in self._bursts:
            allowed = self._limits.most[:, c] > 0.0
            for p in np.flatnonzero(self._splits[:, c] > 0.0):
                worth = money[p, :, c] - _BURST * self._splits[p, c] / allowed.sum()
                runs[p, :, c] = best_bursts(worth, allowed, int(self._limits.min_burst[c]))
        return runs


def _counts(problem: BudgetProblem) -> BoolArray:
    """Goals that timing is to better, (n_sought,): all but risks that fall where less is brought, if any is left."""
    counts = np.array([goal.measure not in ("std", "semi_deviation") for goal in problem.sought_goals])
    return counts if counts.any() else ~counts


def _weights(goals: FloatArray) -> FloatArray:
    """How a plan's place weighs the goals, per unit of each, (n_plans, n_goals): the nearer to a goal's best, the more.

    Source: pseudo-weights, Deb 2001, section 5.9. Deviation: no goal has less than a small part.
    """
    worst, scale = goals.max(axis=0), goal_scale(goals)
    nearness = (worst - goals) / scale
    total = nearness.sum(axis=1, keepdims=True)
    shares = np.where(total > 0.0, nearness / np.where(total > 0.0, total, 1.0), 1.0 / goals.shape[1])
    shares = np.maximum(shares, _LEAST_WEIGHT)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True) / scale)


def _front_of(front: Front, placed: Placed, said: tuple[Message, ...]) -> Front:
    """The plans that no other beats, the lead goal's best first."""
    sound = np.flatnonzero(placed.keeps)
    if len(sound) == 0:
        raise _none_keeps(front.problem.under(placed.law), placed.law.splits)
    best = sound[moocore.is_nondominated(placed.goals[sound], keep_weakly=False)]
    order = best[np.lexsort(placed.goals[best].T[::-1])]
    law, values = placed.of(order)
    return replace(
        front,
        problem=front.problem.under(law),
        spend=law.splits,
        values=values,
        messages=(*front.messages, *said, *_left_out(len(front), len(placed.keeps) - len(sound), len(order))),
    )


def _none_keeps(under: BudgetProblem, splits: FloatArray) -> InfeasibleError:
    """Rules on goals were sought for money spent level; placed in periods it brings something else."""
    missed = [rule.missed(of) for rule, of in zip(under.goal_rules, under.rule_values(splits), strict=True)]
    nearest = splits[int(np.argmin(np.max(missed, axis=0)))] if missed else splits[0]
    breaks = under.broken(nearest)
    return InfeasibleError(
        "with money placed in periods no plan that was found keeps all limits; of the nearest one "
        f"{'; '.join(breaks)}. The plans were sought for money spent level: ease this limit by as much, or plan "
        "without a calendar.",
        code="calendar.none-keeps",
    )


def _left_out(n_found: int, n_broken: int, n_kept: int) -> tuple[Message, ...]:
    if n_kept == n_found:
        return ()
    text = f"of {n_found} plans {n_kept} are left: with money placed in periods, these beat the others in every goal"
    if n_broken > 0:
        text += f", and {n_broken} break a limit"
    return (Message("calendar.left-out", text),)


def _level_message(limits: PeriodLimits) -> Message:
    why = "money works in its own period only, and no season is better than another"
    how = "as level as the limits per period allow" if limits.limited else "level"
    return Message("calendar.level", f"{why}, so every plan is spent {how}")


def _moved_message(gained: FloatArray) -> Message:
    better = gained > 0.0
    if not better.any():
        return Message("calendar.timed", "no plan gains by moving money between periods")
    text = (
        f"moving money between periods made {better.sum()} of {len(gained)} plans better than spent level, in the "
        f"weighting of their places on the front by {np.median(gained[better]):.1%} of the goals' ranges (median)"
    )
    return Message("calendar.timed", text)
