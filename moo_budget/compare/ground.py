"""Common ground: what plans of two results are measured by, so that their figures can be held against each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.evaluation import Difference
from moo_budget.front import INTERVAL, GoalValue
from moo_budget.goals import Goal
from moo_budget.intervals import GoalValues, goal_moments
from moo_budget.problem import BudgetProblem
from moo_budget.results import Result
from moo_budget.risk import weighted_percentile

Reason = Literal["", "calendar", "channels", "curves"]


@dataclass(frozen=True)
class Ground:
    """What plans of both results were measured by.

    Args:
        measured_by: ``b``: plans of both by the curves, the market and the reference of the second result, which knows
            what is newer; ``own``: each by its own, because the second cannot measure the first one's plans.
        reason: why not: ``calendar``: one of them places money in periods; ``channels``: the first spends on channels
            that the second does not know; ``curves``: the first spends more than the second's curves cover.
        names: the channels, or the plans, that are the reason.
    """

    measured_by: Literal["b", "own"]
    reason: Reason = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Measured:
    """Plans of one result on common ground.

    Args:
        problem: that measures them.
        spend: (n_plans, n_channels of `problem`), currency.
        values: their goals, those of `problem`.
    """

    problem: BudgetProblem
    spend: FloatArray
    values: GoalValues

    def goal(self, goal: Goal) -> FloatArray:
        """One goal of every plan, (n_plans,), in its unit."""
        return self.values.value[:, self._column(goal)]

    def value(self, row: int, goal: Goal) -> GoalValue:
        """One goal of one plan."""
        return GoalValue(*(float(getattr(self.values, part)[row, self._column(goal)]) for part in INTERVAL))

    def expected(self, row: int, goal: Goal) -> FloatArray:
        """What one plan is expected to have of a goal under every draw, (n_draws,)."""
        batch = self.problem.batch(self.spend[row : row + 1])
        mean, _ = goal_moments(goal, batch, self.problem.tables, self.problem.periods)
        return np.asarray(mean[0])

    def _column(self, goal: Goal) -> int:
        return [one.name for one in self.problem.goals].index(goal.name)


def on_common_ground(a: Result, b: Result) -> tuple[Ground, Measured, Measured]:
    """How the plans of two results are measured, and the plans of each so measured."""
    mine = Measured(b.problem, b.front.spend, b.front.values)
    if a.problem.law is not None or b.problem.law is not None:
        return Ground("own", "calendar"), _own(a), mine
    if unknown := tuple(_unknown(a, b.problem)):
        return Ground("own", "channels", unknown), _own(a), mine
    spend = _in_channels_of(b.problem, a)
    values = b.problem.values(spend)
    beyond = np.isnan(values.value).any(axis=1)
    if beyond.any():
        return Ground("own", "curves", tuple(np.array(a.front.ids)[beyond].tolist())), _own(a), mine
    return Ground("b"), Measured(b.problem, spend, values), mine


def _own(result: Result) -> Measured:
    return Measured(result.problem, result.front.spend, result.front.values)


def _unknown(a: Result, problem: BudgetProblem) -> Iterator[str]:
    """Channels on which the first result's plans spend and that a problem does not know."""
    for c, name in enumerate(a.problem.channels):
        if name not in problem.channels and a.front.spend[:, c].any():
            yield name


def _in_channels_of(problem: BudgetProblem, a: Result) -> FloatArray:
    """Plans of a result in the channels of a problem, 0 where it does not know one; (n_plans, n_channels)."""
    spend = np.zeros((len(a.front), len(problem.channels)))
    for c, name in enumerate(problem.channels):
        if name in a.problem.channels:
            spend[:, c] = a.front.spend[:, a.problem.channels.index(name)]
    return spend


def _same_draws(a: BudgetProblem, b: BudgetProblem) -> bool:
    """Whether two questions are about the same curves, draw by draw."""
    return a is b or (
        np.array_equal(a.tables.values, b.tables.values) and np.array_equal(a.tables.knots, b.tables.knots)
    )


def difference(goal: Goal, b: Measured, b_row: int, a: Measured, a_row: int) -> Difference:
    """A goal of a plan of the second result less that of one of the first.

    Where both are measured by the same draws, the plans meet them together; what was learned apart is taken to be
    independent, so every draw of the one meets every draw of the other.
    """
    value = float(b.goal(goal)[b_row] - a.goal(goal)[a_row])
    if goal.outcome is None or goal.is_risk:
        return Difference(value, value, value)
    after, before = b.expected(b_row, goal), a.expected(a_row, goal)
    weights = b.problem.tables.weights
    if _same_draws(a.problem, b.problem):
        apart = after - before
    else:
        apart = (after[:, None] - before).ravel()
        weights = (weights[:, None] * a.problem.tables.weights).ravel()
    low, high = (float(weighted_percentile(apart[None], weights, share)[0]) for share in (0.05, 0.95))
    return Difference(value, low, high)
