"""The law under which a front's plans are measured once their money is placed in periods."""

from __future__ import annotations

import copy
import datetime

import numpy as np

from moo_budget._checks import FloatArray, check_shape, frozen
from moo_budget.calendar.batch import CalendarBatch, DynamicReference
from moo_budget.calendar.rooms import even_money, level_money
from moo_budget.dynamics import Dynamics, dynamics_of
from moo_budget.errors import InputError
from moo_budget.limits import CalendarCheck
from moo_budget.problem import BudgetProblem


class CalendarLaw:
    """Plans whose money is placed in periods as a calendar says; any other as evenly as the limits per period allow.

    Today and the reference are spent level, whatever these limits say.

    Args:
        problem: the question, of level plans.
        splits: (n_plans, n_channels), currency for the whole plan; no two the same.
        money: (n_plans, n_periods, n_channels), currency, which adds up to `splits`.

    Raises:
        InputError: the problem plans no calendar, or money does not add up to the splits.
    """

    def __init__(self, problem: BudgetProblem, splits: FloatArray, money: FloatArray) -> None:
        if problem.period_limits is None:
            raise InputError("the problem plans no calendar; make it with calendar=True", code="calendar.none")
        self._problem = problem
        self._limits = problem.period_limits
        self._check = CalendarCheck(problem.limits, problem.money, problem.periods, self._limits.starts)
        self.dynamics = dynamics_of(problem.tables, problem.periods, problem.plan_tables.order)
        self._reference = reference_of(problem, self.dynamics)
        yardsticks = problem.money.today, problem.money.reference
        self._yardsticks = {money.tobytes() for money in yardsticks if money is not None}
        self._file(splits, money)

    def _file(self, splits: FloatArray, money: FloatArray) -> None:
        self._last: tuple[tuple[tuple[int, ...], bytes], CalendarBatch] | None = None
        self.splits, self.money = frozen(splits), frozen(money)
        shape = (len(splits), self._problem.periods, len(self._problem.channels))
        check_shape("money", self.money, shape, "(n_plans, n_periods, n_channels)")
        off = np.abs(self.money.sum(axis=1) - self.splits).max(initial=0.0)
        if off > 1e-9 * self._problem.budget.max:
            raise InputError(
                f"money per period misses the totals of its channels by up to {off:g}; it must add up to them",
                code="calendar.sums",
            )
        self._rows = {split.tobytes(): row for row, split in enumerate(self.splits)}

    def with_money(self, splits: FloatArray, money: FloatArray) -> CalendarLaw:
        """The same law for other plans; arguments as for a new one."""
        other = copy.copy(self)
        other._file(splits, money)
        return other

    @property
    def starts(self) -> tuple[datetime.date, ...]:
        """First day of every period, and of the one after the last; empty where periods have no dates."""
        return self._limits.starts

    def placed(self, spend: FloatArray) -> FloatArray:
        """Money of plans (n_plans, n_channels) in every period, (n_plans, n_periods, n_channels), currency."""
        money = level_money(spend, self._problem.periods)
        keys = [np.ascontiguousarray(split).tobytes() for split in spend]
        known = np.array([key in self._rows for key in keys], dtype=bool)
        others = ~known & np.array([key not in self._yardsticks for key in keys], dtype=bool)
        money[known] = self.money[[self._rows[key] for key in keys if key in self._rows]]
        if others.any():
            money[others] = even_money(self._limits, spend[others], self._problem.money_step)
        return money

    def batch(self, spend: FloatArray) -> CalendarBatch:
        """Plans (n_plans, n_channels) with what their goals are made of; asked twice about the same, it is the same."""
        asked, last = (spend.shape, spend.tobytes()), self._last
        if last is not None and last[0] == asked:
            return last[1]
        batch = calendar_batch(self._problem, self.dynamics, self.placed(spend), spend, self._reference)
        self._last = asked, batch
        return batch

    def marginal(self, outcome: int, spend: FloatArray) -> FloatArray:
        """Expected outcome of the next unit of money in each channel of a plan, (n_channels,) in and out.

        It goes where the channel's money goes; of a channel without money, evenly over the periods.
        """
        tables, money = self._problem.plan_tables, self.placed(spend[None])
        nothing = np.zeros((1, len(tables.weights)))
        slope = self.dynamics.gradient(outcome, tables.sorted(money), tables.weights[None], nothing)[0]
        idle = money[0].sum(axis=0) == 0.0
        shares = np.where(idle, 1.0, money[0])
        marginal: FloatArray = (tables.unsorted(slope) * shares).sum(axis=0) / shares.sum(axis=0)
        return marginal

    def broken(self, spend: FloatArray, tolerance: float) -> tuple[str, ...]:
        """The limits per period that a plan (n_channels,) breaks, in words."""
        return self._check.broken(self.placed(spend[None])[0], spend, tolerance)

    def extrapolated(self, spend: FloatArray) -> tuple[str, ...]:
        """The channels of a plan (n_channels,) that get more in some period than was ever spent in one."""
        seen = self._problem.money.observed_max / self._problem.periods
        most = self.placed(spend[None])[0].max(axis=0)
        return tuple(name for c, name in enumerate(self._problem.channels) if most[c] > seen[c] * (1 + 1e-9))


def reference_of(problem: BudgetProblem, dynamics: Dynamics) -> DynamicReference | None:
    """The reference plan of a problem, spent level, on the dynamic response; channels in the order of the tables."""
    reference = problem.money.reference
    if reference is None:
        return None
    return DynamicReference(dynamics, problem.plan_tables.sorted(level_money(reference[None], problem.periods)[0]))


def calendar_batch(
    problem: BudgetProblem,
    dynamics: Dynamics,
    money: FloatArray,
    spend: FloatArray,
    reference: DynamicReference | None,
) -> CalendarBatch:
    """Money (n_plans, n_periods, n_channels) and its sums, channels in the problem's order, as the measures read it."""
    tables = problem.plan_tables
    return CalendarBatch(problem, dynamics, tables.sorted(money), tables.sorted(spend), reference)
