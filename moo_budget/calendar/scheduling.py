"""schedule: a front of totals per channel becomes one of money per period and channel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import moocore
import numpy as np

from moo_budget._checks import FloatArray, amount_text
from moo_budget.aims import goal_scale
from moo_budget.calendar.law import CalendarLaw
from moo_budget.calendar.placing import OF_TOTALS, Placed, Timer
from moo_budget.calendar.rooms import level_money, room_of
from moo_budget.dynamics import is_level
from moo_budget.errors import InfeasibleError, InputError, Message
from moo_budget.front import Front
from moo_budget.limits import GoalRule, PeriodLimits
from moo_budget.problem import BudgetProblem
from moo_budget.solve import rules_told, solve_near

_LEAST_WEIGHT = 0.02  # of a goal in the weighting of a plan's place: nothing is given away for nothing
_AGAIN, _AGAIN_ONE = 3, 8  # searches at most, with rules on goals corrected by what placing changed; of one goal
_SPARE = 1e-4  # of a rule's size: so near to its bound the least money is found
_NEAR = 0.01  # of a rule's size: rules that are kept by no more than this beyond the tightest press as well
_ENOUGH = 0.9  # of the plans that were wanted


def schedule(front: Front) -> Front:
    """Place the money of every plan in periods, and measure the plans on the dynamic response.

    Every plan keeps its totals per channel; their money moves between periods, within the limits of periods, so that
    the goals, weighted as the plan's place on the front weighs them, become better and none becomes worse: by all draws
    and to the cent, a plan is at least as good in every sought goal as spent as level as the limits allow. Where money
    works in its own period only and no season is better than another, plans stay level. Plans that others then beat in
    every goal are left out.

    Rules on goals are kept by what the placed money brings. Where placing changes that, plans are sought again with
    what the rules ask corrected by the change, some rounds (space mapping: Bandler and others 1994). So the least money
    for what is wanted is the least with the money well placed.

    Args:
        front: of a problem with a calendar, spent evenly.

    Returns:
        The front of the same problem under a `CalendarLaw`, which holds the money of every period.

    Raises:
        InputError: the problem plans no calendar.
        InfeasibleError: the periods hold no plan that was found, or placed in them every plan breaks a rule on a goal.
    """
    if front.problem.period_limits is None:
        raise InputError(
            "the front's problem plans no calendar; make it with calendar=True, or the dates of its periods",
            code="calendar.none",
        )
    scheduling = _Scheduling(front.problem, front.problem.period_limits)
    splits, said = scheduling.held(front.spend)
    if len(splits) == 0:
        raise InfeasibleError(
            f"the periods hold none of the {len(front)} plans that were found: under `total_max` what their channels "
            "get does not fit into the periods in which they can run, and no plan beside them keeps all other limits. "
            "Raise [limits.calendar] `total_max`, open periods, or use more channels.",
            code="calendar.none-held",
        )
    found, gain = scheduling.placed(splits)
    if front.problem.goal_rules:
        found = scheduling.within_rules(front, found)
    return _front_of(front, found, (*said, scheduling.told(gain)))


@dataclass(frozen=True, eq=False)
class _Scheduling:
    """Plans placed in periods, from their totals per channel.

    Args:
        problem: the question, of money spent evenly.
        limits: of its periods.
    """

    problem: BudgetProblem
    limits: PeriodLimits

    @cached_property
    def law(self) -> CalendarLaw:
        """With no plan yet."""
        none = np.empty((0, len(self.problem.channels)))
        return CalendarLaw(self.problem, none, level_money(none, self.limits.n_periods))

    @property
    def is_level(self) -> bool:
        """Whether no placing is better than an even one."""
        return is_level(self.problem.tables)

    def held(self, spend: FloatArray) -> tuple[FloatArray, tuple[Message, ...]]:
        """Totals per channel that the periods hold together; where they do not, moved as little as possible."""
        problem, limits, splits = self.problem, self.limits, spend.copy()
        if np.isinf(limits.total_max):
            return splits, ()
        _, held = room_of(limits, splits).nearest(level_money(splits, limits.n_periods))
        found = np.zeros(len(splits), dtype=bool)
        for row in np.flatnonzero(~held):
            near = problem.feasible.project(problem.nearest_kept(splits[row])[None])
            splits[row] = problem.feasible.rounded(near, problem.money_step)[0]
            found[row] = problem.money_kept(splits[row][None])[0]
        # Rounded to cents a plan may be just beyond again; it has done what it could.
        _, kept = room_of(limits, splits).nearest(level_money(splits, limits.n_periods))
        splits = np.unique(splits[kept & (held | found)], axis=0)
        if held.all():
            return splits, ()
        text = (
            f"the periods do not hold {(~held).sum()} of the {len(held)} plans that were found: what their channels "
            "get does not fit under `total_max` into the periods in which they can run; money of these was moved to "
            "other channels, as little as possible"
        )
        return splits, (Message("calendar.moved-splits", text),)

    def placed(self, splits: FloatArray) -> tuple[Placed, FloatArray]:
        """Plans (n_plans, n_channels) that the periods hold, and what timing gains, (n_plans,), in ranges of goals."""
        timer = Timer(self.problem, self.law, self.limits, splits)
        if self.is_level:
            return timer.even, np.zeros(len(splits))
        return timer.best(self._shares(timer.even))

    def _shares(self, even: Placed) -> FloatArray:
        """How much a range of each goal and rule counts for the timing, (n_plans, n_steered).

        Rules count only where timing changes no goal (the least money is sought): those that are kept most tightly.
        """
        if self._is_timed or even.missed.shape[1] == 0:
            return np.hstack([_shares(even.goals), np.zeros_like(even.missed)])
        presses = even.missed >= even.missed.max(axis=1, keepdims=True) - _NEAR
        return np.hstack([np.zeros_like(even.goals), presses / presses.sum(axis=1, keepdims=True)])

    @property
    def _is_timed(self) -> bool:
        """Whether timing changes a goal."""
        return any(goal.measure not in OF_TOTALS for goal in self.problem.sought_goals)

    def within_rules(self, front: Front, found: Placed) -> Placed:
        """Plans sought again until enough keep the rules on goals, beside those that were found."""
        searched, newest = self.problem.supposing(goal_rules=found.problem.goal_rules), found
        for _ in range(_AGAIN_ONE if self.problem.n_obj == 1 else _AGAIN):
            if self._is_done(front, newest):
                break
            searched = searched.supposing(goal_rules=self._corrected(searched, newest))
            try:
                again = solve_near(searched, newest.law.splits, n_plans=len(front), seed=front.seed)
            except InfeasibleError:
                break
            splits, _ = self.held(again.spend)
            if len(splits) == 0:
                break
            newest, _ = self.placed(splits)
            found = found.beside(newest)
        return found

    def _is_done(self, front: Front, newest: Placed) -> bool:
        if self.problem.n_obj > 1:
            return bool(newest.keeps.sum() >= _ENOUGH * min(len(newest.keeps), len(front)))
        tightest = newest.missed[_lowest(newest)].max()
        return bool(newest.keeps.any() and tightest >= -_SPARE)

    def _corrected(self, searched: BudgetProblem, newest: Placed) -> tuple[GoalRule, ...]:
        """The rules with what placing changed taken off their bounds: at the one plan that is sought, else at worst."""
        seen = searched.sorted_steered(searched.plan_tables.sorted(newest.law.splits))[:, searched.n_obj :]
        changed = newest.missed - seen
        if searched.n_obj == 1:
            change = changed[_lowest(newest)]
        else:
            change = np.where(newest.missed > 0.0, changed, 0.0).max(axis=0)
        return tuple(
            replace(rule, bound=rule.bound - float(by) / rule.factor)
            for rule, by in zip(searched.goal_rules, change, strict=True)
        )

    def told(self, gain: FloatArray) -> Message:
        """What timing has done."""
        if self.is_level:
            why = "money works in its own period only, and no season is better than another"
            how = "as level as the limits per period allow" if self.limits.limited else "level"
            return Message("calendar.level", f"{why}, so every plan is spent {how}")
        better = gain > 0.0
        if not better.any():
            return Message("calendar.timed", "no plan gains by moving money between periods")
        text = (
            f"moving money between periods made {better.sum()} of {len(gain)} plans better than spent level, and none "
            "worse in any goal"
        )
        if self._is_timed:
            text += (
                f"; in the weighting of their places on the front by {np.median(gain[better]):.1%} of the goals' "
                "ranges (median)"
            )
        return Message("calendar.timed", text)


def _lowest(placed: Placed) -> int:
    return int(np.argmin(placed.goals[:, 0]))


def _shares(goals: FloatArray) -> FloatArray:
    """How a plan's place weighs the goals, per range of each, (n_plans, n_goals): most those that are near their best.

    Source: pseudo-weights, Deb 2001, section 5.9. Deviation: no goal has less than a small part.
    """
    nearness = (goals.max(axis=0) - goals) / goal_scale(goals)
    total = nearness.sum(axis=1, keepdims=True)
    shares = np.where(total > 0.0, nearness / np.where(total > 0.0, total, 1.0), 1.0 / goals.shape[1])
    shares = np.maximum(shares, _LEAST_WEIGHT)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _front_of(front: Front, placed: Placed, said: tuple[Message, ...]) -> Front:
    """The plans that no other beats, the lead goal's best first."""
    sound = np.flatnonzero(placed.keeps)
    if len(sound) == 0:
        raise _none_keeps(placed)
    best = sound[moocore.is_nondominated(placed.goals[sound], keep_weakly=False)]
    left = placed.of_rows(best[np.lexsort(placed.goals[best].T[::-1])])
    problem, splits = left.problem, left.law.splits
    kept = [message for message in front.messages if message.code != "solve.goal-rules"]
    return replace(
        front,
        problem=problem,
        spend=splits,
        values=problem.values(splits),
        messages=(
            *kept,
            *said,
            *_left_out(len(placed.keeps) - len(sound), len(sound) - len(best), len(splits), one=problem.n_obj == 1),
            *rules_told(problem, splits),
        ),
    )


def _none_keeps(placed: Placed) -> InfeasibleError:
    """The nearest plan, and by how much it misses."""
    row = int(np.argmin(placed.missed.max(axis=1, initial=0.0)))
    problem, split = placed.problem, placed.law.splits[row]
    values = problem.rule_values(split[None])[:, 0].tolist()
    loosened = [
        f"{rule.goal.name} {rule.relation} {rule.written(value)}"
        for rule, value in zip(problem.goal_rules, values, strict=True)
        if not rule.kept(np.array([value]))[0]
    ]
    return InfeasibleError(
        "with money placed in periods no plan was found that keeps all limits. The nearest one spends "
        f"{amount_text(float(split.sum()))}: {'; '.join(problem.broken(split))}. Raise the budget, widen the limits on "
        f"money, or ask for less: {' and '.join(loosened)}.",
        code="calendar.none-keeps",
    )


def _left_out(n_broken: int, n_beaten: int, n_kept: int, *, one: bool) -> tuple[Message, ...]:
    """What became of plans that are not handed out; of a single goal all but the best are only steps towards it."""
    if one:
        return ()
    parts = [f"{n_beaten} were beaten by others in every goal"] if n_beaten > 0 else []
    parts += [f"{n_broken} broke a rule and were dropped"] if n_broken > 0 else []
    if not parts:
        return ()
    return (Message("calendar.left-out", f"with money placed in periods {n_kept} plans are left: {', '.join(parts)}"),)
