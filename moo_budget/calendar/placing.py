"""Money of plans placed in periods so that no goal becomes worse than spent evenly, and rules on goals are kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray
from moo_budget.aims import Aspiration, goal_scale
from moo_budget.calendar.batch import CalendarBatch, DynamicReference
from moo_budget.calendar.bursts import best_bursts
from moo_budget.calendar.law import CalendarLaw, calendar_batch, reference_of
from moo_budget.calendar.rooms import BURST, burst_room, level_money, room_of
from moo_budget.calendar.steps import in_whole_steps
from moo_budget.calendar.timing import Room, Slope, pulled, timed
from moo_budget.dynamics import Dynamics
from moo_budget.limits import PeriodLimits
from moo_budget.limits.goal_rules import ROOM
from moo_budget.problem import BudgetProblem

OF_TOTALS = ("spend", "change", "effective_channels")  # measures that no timing changes

_DRAWS = 48  # that the steps see; all of them judge what comes out
_ROUNDS, _STEPS = 5, 6  # of pressing, and slopes computed for each plan in a round
_PART_WAY = (0.5, 0.2)  # of the way to the last round's money
_STIFFNESS = 40.0  # per range of a goal: timing gains hundredths of it
_AIMED = 1e-3  # of a goal's range, beyond what must be kept: rounds come near to what they aim at
_MARGIN = 1.5e-5  # of a goal's range, that whole steps may take
_ROUNDING = 1e-9  # of a goal's range
_LEAST_SHARE = 0.01  # of a rule's size, that counts as one at least
Rows = BoolArray | slice


@dataclass(frozen=True, eq=False)
class Placed:
    """Plans with their money per period, measured by all draws.

    Args:
        problem: the question under the law that holds the plans with their money.
        law: that law.
        steered: (n_plans, n_steered), goals and rules on goals as searches steer by them.
        allowed: (n_plans,), whether all limits but rules on goals are kept, by the check that shares nothing with what
            placed the money.
    """

    problem: BudgetProblem
    law: CalendarLaw
    steered: FloatArray
    allowed: BoolArray

    @classmethod
    def of(cls, problem: BudgetProblem, law: CalendarLaw) -> Placed:
        """The plans of a law, measured and checked."""
        under = problem.under(law)
        steered = under.steered_of(law.batch(law.splits))
        return cls(under, law, steered, under.money_kept(law.splits))

    @property
    def goals(self) -> FloatArray:
        """(n_plans, n_sought), all minimised."""
        return self.steered[:, : self.problem.n_obj]

    @property
    def missed(self) -> FloatArray:
        """(n_plans, n_goal_rules), by how much rules are missed, as shares of their size; below 0 what is to spare."""
        return self.steered[:, self.problem.n_obj :]

    @property
    def keeps(self) -> BoolArray:
        """(n_plans,), whether all limits are kept."""
        # Half of the room that rules leave is in what searches see already.
        return np.asarray(self.allowed & (self.missed <= 0.5 * ROOM).all(axis=1))

    def mixed(self, other: Placed, better: BoolArray) -> Placed:
        """The other's rows where it is better, (n_plans,); the plans' totals per channel are the same."""
        money = np.where(better[:, None, None], other.law.money, self.law.money)
        law = self.law.with_money(self.law.splits, money)
        steered = np.where(better[:, None], other.steered, self.steered)
        return Placed(self.problem.under(law), law, steered, np.where(better, other.allowed, self.allowed))

    def of_rows(self, rows: IntArray) -> Placed:
        """Some of the plans, in this order."""
        law = self.law.with_money(self.law.splits[rows], self.law.money[rows])
        return Placed(self.problem.under(law), law, self.steered[rows], self.allowed[rows])

    def beside(self, other: Placed) -> Placed:
        """These plans, then those of the other that have other totals per channel."""
        known = {split.tobytes() for split in self.law.splits}
        new = np.array([split.tobytes() not in known for split in other.law.splits], dtype=bool)
        law = self.law.with_money(
            np.vstack([self.law.splits, other.law.splits[new]]), np.vstack([self.law.money, other.law.money[new]])
        )
        steered = np.vstack([self.steered, other.steered[new]])
        return Placed(self.problem.under(law), law, steered, np.append(self.allowed, other.allowed[new]))


class Timer:
    """Places the money of plans in periods.

    Args:
        problem: the question.
        law: of its plans.
        limits: of periods.
        splits: (n_plans, n_channels), currency for the whole plan, which the periods hold.
    """

    def __init__(self, problem: BudgetProblem, law: CalendarLaw, limits: PeriodLimits, splits: FloatArray) -> None:
        self._law = law.with_money(splits[:0], np.empty((0, limits.n_periods, splits.shape[1])))
        self._problem = problem.under(self._law)
        self._limits = limits
        self._splits = splits
        few = law.dynamics.some_draws(_DRAWS)
        self._some, self._every = ((by, reference_of(problem, by)) for by in (few, law.dynamics))
        self._bursts = np.flatnonzero(limits.min_burst > 1)
        self._room = burst_room(limits, splits, limits.most[None] > 0.0, problem.money_step)
        self._even, _ = self._room.nearest(level_money(splits, limits.n_periods))

    @cached_property
    def even(self) -> Placed:
        """As level as the limits allow."""
        return self._placed(self._even, self._room)

    def best(self, shares: FloatArray) -> tuple[Placed, FloatArray]:
        """The best that is found where every goal is at least as good as `even` and rules on goals are kept.

        Where there is nothing better, and where the money cannot be placed so, a plan stays as it is.

        Args:
            shares: (n_plans, n_steered), how much a range of each goal and rule counts.

        Returns:
            The plans, and what they gain, (n_plans,), in ranges, by their shares.
        """
        even = self.even
        asked = even.steered.copy()
        asked[:, self._problem.n_obj :] = 0.0
        scale = goal_scale(even.steered)
        is_rule = np.arange(len(scale)) >= self._problem.n_obj
        scale[is_rule] = np.maximum(scale[is_rule], _LEAST_SHARE)
        timed = np.array([goal.measure not in OF_TOTALS for goal in self._problem.steered_goals])
        nothing = np.zeros_like(timed)
        aim = Aspiration(asked, scale, nothing, timed, np.zeros_like(asked), _STIFFNESS, shares * timed)
        tried = self._placed(*self._moved(aim))
        gain = ((even.steered - tried.steered) / scale * aim.weights).sum(axis=1)
        missed, missed_even = (self._missed(one.steered, aim) for one in (tried, even))
        better = tried.allowed & ((missed < missed_even) | ((missed == missed_even) & (gain > 0.0)))
        return even.mixed(tried, better), np.where(better, np.maximum(gain, 0.0), 0.0)

    def _placed(self, money: FloatArray, room: Room) -> Placed:
        """Money (n_plans, n_periods, n_channels) in whole steps of its room, as far as it holds them, and its goals."""
        rounded = in_whole_steps(money, room, self._problem.money_step)
        return Placed.of(self._problem, self._law.with_money(self._splits, rounded))

    def _moved(self, aim: Aspiration) -> tuple[FloatArray, Room]:
        """Steps from the even placement, once more where bursts have to be put right; the money, and its room."""
        plain, in_bursts = room_of(self._limits, self._splits), len(self._bursts) > 0
        money = self._pressed(aim, plain, self._even, roughly=in_bursts)
        if not in_bursts:
            return money, plain
        _, rise = self._slope_to(aim)(money, np.ones(len(money), dtype=bool))
        runs = self._runs(pulled(money, rise, plain))
        room = burst_room(self._limits, self._splits, runs, self._problem.money_step)
        return self._pressed(aim, room, room.nearest(money)[0]), room

    def _pressed(self, aim: Aspiration, room: Room, start: FloatArray, *, roughly: bool = False) -> FloatArray:
        """The method of multipliers, round by round; the best money that all draws allow, else `start`.

        What all draws say of a round's money beyond what some say is taken to hold in the next round too. Where the
        last round's money makes a goal worse, it often does not part of the way back to `start`.

        `roughly`: what all draws say beyond some at `start` is taken to hold everywhere: enough to see when to run.
        """
        money, wanted = start, aim.asked - _AIMED * aim.scale
        some, every = self._some_say(start), self._all_say(start)
        beyond = every - some
        pressing = replace(aim, asked=wanted - (every - some))
        tighter = replace(aim, asked=aim.asked - _MARGIN * aim.scale)
        best = _Best(start, self._missed(every, aim), _value(every, aim))
        for _ in range(_ROUNDS):
            money = timed(self._slope_to(pressing), money, room, _STEPS)
            some = self._some_say(money)
            every = some + beyond if roughly else self._all_say(money)
            best = best.beside(money, self._missed(every, tighter), _value(every, aim))
            pressing = replace(pressing.updated(some), asked=wanted - (every - some))
        for share in _PART_WAY:
            part = start + share * (money - start)
            every = self._some_say(part) + beyond if roughly else self._all_say(part)
            best = best.beside(part, self._missed(every, tighter), _value(every, aim))
        return best.money

    def _some_say(self, money: FloatArray) -> FloatArray:
        """What some draws say of goals and rules, (n_plans, n_steered)."""
        return self._problem.steered_of(self._batch(money, *self._some))

    def _all_say(self, money: FloatArray) -> FloatArray:
        """What all draws say of them."""
        return self._problem.steered_of(self._batch(money, *self._every))

    def _missed(self, steered: FloatArray, aim: Aspiration) -> FloatArray:
        """By how much the worst missed rule is missed, (n_plans,): 0 where all are kept, inf with a goal worse."""
        misses = np.where(aim.kept, (steered - aim.asked) / aim.scale, 0.0)
        misses = np.where(misses <= _ROUNDING, 0.0, misses)
        is_worse = misses[:, : self._problem.n_obj].any(axis=1)
        missed: FloatArray = np.where(is_worse, np.inf, misses[:, self._problem.n_obj :].max(axis=1, initial=0.0))
        return missed

    def _slope_to(self, aim: Aspiration) -> Slope:
        def slope(money: FloatArray, rows: BoolArray) -> tuple[FloatArray, FloatArray]:
            value, rise = self._batch(money, *self._some, rows).slope(aim.of_rows(rows))
            return value, self._problem.plan_tables.unsorted(rise)

        return slope

    def _batch(
        self, money: FloatArray, dynamics: Dynamics, reference: DynamicReference | None, rows: Rows = slice(None)
    ) -> CalendarBatch:
        return calendar_batch(self._problem, dynamics, money, self._splits[rows], reference)

    def _runs(self, money: FloatArray) -> BoolArray:
        """When the channels run that run in bursts, (n_plans, n_periods, n_channels): where most of this money is."""
        runs = np.ones(money.shape, dtype=bool)
        for c in self._bursts:
            allowed = self._limits.most[:, c] > 0.0
            for p in np.flatnonzero(self._splits[:, c] > 0.0):
                worth = money[p, :, c] - BURST * self._splits[p, c] / allowed.sum()
                runs[p, :, c] = best_bursts(worth, allowed, int(self._limits.min_burst[c]))
        return runs


@dataclass(frozen=True, eq=False)
class _Best:
    """The best money of every plan so far.

    Args:
        money: (n_plans, n_periods, n_channels).
        missed: (n_plans,), by how much the worst missed rule is missed; inf with a goal worse.
        value: (n_plans,), to be low.
    """

    money: FloatArray
    missed: FloatArray
    value: FloatArray

    def beside(self, money: FloatArray, missed: FloatArray, value: FloatArray) -> _Best:
        """Other money of the same plans where that is better."""
        better = (missed < self.missed) | ((missed == self.missed) & (value < self.value))
        return _Best(
            np.where(better[:, None, None], money, self.money),
            np.where(better, missed, self.missed),
            np.where(better, value, self.value),
        )


def _value(steered: FloatArray, aim: Aspiration) -> FloatArray:
    value: FloatArray = (steered / aim.scale * aim.weights).sum(axis=1)
    return value
