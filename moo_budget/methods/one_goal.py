"""A problem with one goal as methods for one number see it: a value that is to be low, over a cube."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.aims import goal_scale
from moo_budget.evenly import even_points
from moo_budget.problem import BudgetProblem

_SPREAD = 8  # starts beside those that are given


class EvaluationsSpent(Exception):  # noqa: N818  # no error: it ends somebody else's loop from inside an evaluation
    """No further plan may be evaluated in this round."""


class OneGoal:
    """What is searched, how much of it was, and the best plan so far.

    Money is in the order of `plan_tables`. A point of the unit cube is a plan: 0 is the least that each channel may
    get and 1 the most, so that no method sees whether money is counted in cents or in millions.

    Args:
        problem: with one goal.
        given: (n_given, n_channels), feasible plans, in the problem's own order.
        n_evaluations: ceiling, never passed.
    """

    def __init__(self, problem: BudgetProblem, given: FloatArray, n_evaluations: int) -> None:
        self.problem = problem
        self.n_evaluations = 0
        self.ceiling = n_evaluations
        tables, feasible = problem.plan_tables, problem.feasible
        self.money = feasible.budget_max or 1.0
        self._lower = tables.sorted(feasible.lower)
        self._width = tables.sorted(np.minimum(feasible.upper, feasible.share * feasible.budget_max)) - self._lower
        spread = problem.project_sorted(self.plans(even_points(_SPREAD, len(self._lower)).T))
        self.starts = np.vstack([tables.sorted(given), spread])[:n_evaluations]
        self.best, self.best_value = self.starts[0], np.inf
        self.unit = float(goal_scale(self.measured(self.starts)[:, None])[0])

    @property
    def n_left(self) -> int:
        """Evaluations that are left in this round."""
        return self.ceiling - self.n_evaluations

    def plans(self, points: FloatArray) -> FloatArray:
        """Points of the cube (n_points, n_channels) as money, which need not be feasible."""
        return self._lower + points * self._width

    def points(self, plans: FloatArray) -> FloatArray:
        """The other way round."""
        points = np.divide(plans - self._lower, self._width, out=np.zeros_like(plans), where=self._width > 0.0)
        return np.clip(points, 0.0, 1.0)

    def values(self, plans: FloatArray) -> FloatArray:
        """The goal of any plans (n_plans, n_channels), minimised, (n_plans,).

        Raises:
            EvaluationsSpent: there are not enough of them left.
        """
        self.count(len(plans))
        return self.problem.sorted_goals(plans)[:, 0]

    def count(self, n_evaluations: int) -> None:
        """Note that so many evaluations are about to be made.

        Raises:
            EvaluationsSpent: there are not enough of them left.
        """
        if n_evaluations > self.n_left:
            raise EvaluationsSpent
        self.n_evaluations += n_evaluations

    def measured(self, plans: FloatArray) -> FloatArray:
        """The same of feasible plans, the best of which is kept."""
        values = self.values(plans)
        row = int(np.argmin(values))
        if values[row] < self.best_value:
            self.best, self.best_value = plans[row], float(values[row])
        return values

    @contextmanager
    def round(self, n_rounds: int) -> Iterator[None]:
        """The first of so many rounds that are left: it gets its share of the evaluations, less one for each end."""
        ceiling = self.ceiling
        self.ceiling = self.n_evaluations + max(self.n_left // n_rounds - 1, 0)
        try:
            yield
        except EvaluationsSpent:
            pass
        finally:
            self.ceiling = ceiling
