"""Plans whose money is placed in periods, as the measures read plans."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.aims import Aim
from moo_budget.dynamics import Dynamics
from moo_budget.kernels.risk import noise_exposure
from moo_budget.measures import ROUNDING, Batch, Sensitivity, sensitivity_of
from moo_budget.problem import BudgetProblem
from moo_budget.yardsticks import MoneySum


class DynamicReference:
    """The reference plan, spent level, on the dynamic response.

    Args:
        dynamics: what money per period brings.
        money: (n_periods, n_channels), currency.
    """

    def __init__(self, dynamics: Dynamics, money: FloatArray) -> None:
        self.money = money
        self._dynamics = dynamics
        self._responses: dict[int, FloatArray] = {}

    def responses(self, outcome: int) -> FloatArray:
        """With the past's stock, (n_periods followed, n_channels, n_draws)."""
        if outcome not in self._responses:
            self._responses[outcome] = self._dynamics.responses(outcome, self.money)
        return self._responses[outcome]


class CalendarBatch(Batch):
    """Plans with what their goals are made of, on the dynamic response; channels in the order of `plan_tables`.

    Args:
        problem: the question.
        dynamics: what money per period brings.
        money: (n_plans, n_periods, n_channels), currency.
        spend: (n_plans, n_channels), what that adds up to.
        reference: that plans are compared with; None: there is none.
    """

    def __init__(
        self,
        problem: BudgetProblem,
        dynamics: Dynamics,
        money: FloatArray,
        spend: FloatArray,
        reference: DynamicReference | None,
    ) -> None:
        totals = problem.feasible.budget_min, problem.feasible.budget_max
        super().__init__(
            problem.plan_tables, problem.tables.outcomes, spend, problem.yardsticks, problem.best_of_draws, None, totals
        )
        self.money = money
        self._problem = problem
        self._dynamics = dynamics
        self._reference = reference

    @property
    def weights(self) -> FloatArray:
        """(n_draws,), probability of each draw."""
        return self._dynamics.weights

    @cached_property
    def totals(self) -> FloatArray:
        """(n_plans, n_outcomes), expected incremental outcome of the whole plan and of what it leaves behind."""
        means = [self.moments(outcome)[0] for outcome in range(len(self._outcomes))]
        return np.column_stack([(mean * self.weights).sum(axis=1) for mean in means])

    def moments(self, outcome: int, *, less_reference: bool = False) -> tuple[FloatArray, FloatArray]:
        """Mean and variance of an outcome under every draw, two arrays (n_plans, n_draws); or of the gain by it."""
        asked = outcome, less_reference
        if asked not in self._moments:
            self._moments[asked] = self._dynamics.moments(outcome, self.money, self._less(outcome, less_reference))
        return self._moments[asked]

    def _less(self, outcome: int, less_reference: bool) -> FloatArray | None:
        if not less_reference:
            return None
        assert self._reference is not None  # goals that need it are refused where there is none
        return self._reference.responses(outcome)

    def slope(self, aim: Aim) -> tuple[FloatArray, FloatArray]:
        """What the plans are wanted for, and what one more unit of money does to that.

        Args:
            aim: a function of goals and rules on goals, as searches steer by them.

        Returns:
            (n_plans,) and (n_plans, n_periods, n_channels). What only depends on totals of the whole plan does not
            count in the slope: these stay.
        """
        changes = [sensitivity_of(self, goal) for goal in self._problem.steered_goals]
        steered = self._problem.steered(np.column_stack([change.value for change in changes]))
        by_goal = (aim.slope(steered) * self._problem.steering).T
        slope, by_moments = np.zeros_like(self.money), dict[tuple[int, bool], FloatArray]()
        for goal, change, weight in zip(self._problem.steered_goals, changes, by_goal, strict=True):
            weighed = change.scaled(weight)
            if goal.outcome is not None:
                asked = self.index(goal), weighed.less_reference
                zero = np.zeros((2, len(self.money), self._dynamics.n_draws))
                by_moments[asked] = by_moments.get(asked, zero) + self._by_moments(weighed)
            elif "beyond" in weighed.money:
                slope += weighed.money["beyond"][:, None, None] * (self.money >= self._seen)
        for (outcome, less_reference), (by_mean, by_variance) in by_moments.items():
            less = self._less(outcome, less_reference)
            slope += self._dynamics.gradient(outcome, self.money, by_mean, by_variance, less)
        return aim.value(steered), slope

    def _by_moments(self, change: Sensitivity) -> FloatArray:
        """How a goal reacts to mean and variance under each draw, (2, n_plans, n_draws)."""
        by_moments = np.zeros((2, len(self.money), self._dynamics.n_draws))
        if change.total is not None:
            by_moments[0] += change.total[:, None] * self.weights
        if change.mean is not None and change.variance is not None:
            by_moments += np.array([change.mean, change.variance])
        return by_moments

    @property
    def _seen(self) -> FloatArray:
        """(n_channels,), the most that was ever spent in a period."""
        return self.yardsticks.seen / self._dynamics.n_periods

    def money_sum(self, name: MoneySum) -> FloatArray:
        """A sum over channels of money alone, (n_plans,); money beyond history is counted period by period."""
        if name != "beyond":
            return super().money_sum(name)
        beyond: FloatArray = np.maximum(self.money - self._seen, 0.0).sum(axis=(1, 2))
        return beyond

    @cached_property
    def stays(self) -> BoolArray:
        """Which plans move nothing away from the reference in any period but rounding, (n_plans,)."""
        assert self._reference is not None  # only goals against it ask
        moved = np.abs(self.money - self._reference.money).sum(axis=(1, 2))
        return np.asarray(moved <= ROUNDING * self._reference.money.sum())

    def risk_terms(self, outcome: int) -> tuple[FloatArray, FloatArray]:
        """As in `Batch`, over all periods, whose noise is independent."""
        responses = self._dynamics.responses(outcome, self.money[0]) - self._dynamics.without[outcome]
        exposure = np.empty_like(responses)
        noise_exposure(responses, *self._dynamics.noise[outcome], exposure)
        return responses.sum(axis=0), (responses * exposure).sum(axis=0)
