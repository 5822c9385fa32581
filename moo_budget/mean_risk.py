"""The least risky plan that is expected to bring at least so much: one point of an efficient frontier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from typing import Literal

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, NonlinearConstraint, milp, minimize

from moo_budget._checks import BoolArray, FloatArray
from moo_budget._process import one_blas_thread
from moo_budget.limits import FeasibleSet
from moo_budget.measures import sensitivity_of
from moo_budget.problem import BudgetProblem
from moo_budget.risk import mixture_std, tail_mean_sensitivity
from moo_budget.spec import GoalSpec

_MOST_CHANNELS = 50  # a step costs their cube: with more of them plans are not refined
_STEPS = 200  # of one search; thirty are usual
_SETTLED = 1e-12  # of what is minimised: a step that gains less is the last
_MISSED = 1e-9  # of what is wanted: to bring less by no more than this is to bring it
_SOFTNESS = (1e-2, 1e-3)  # of the outcome's deviation; each search begins where the one before ended
_SOFT_SETTLED = 1e-9
_STRAIGHT = 1e-9  # of a curve's slope: a change by less is rounding

RiskMeasure = Literal["std", "tail_mean"]
RISK_MEASURES: tuple[RiskMeasure, ...] = ("std", "tail_mean")

Value = Callable[[FloatArray], tuple[float, FloatArray]]  # of a plan (n_channels,), and its slope (n_channels,)


def mean_risk_problem(
    problem: BudgetProblem, outcome: str, risk: RiskMeasure, level: float | None = None
) -> BudgetProblem:
    """The same question with two goals, `expected` (an outcome's total) and its `risk`; `level` of a tail mean only.

    Without the rules on goals: a frontier of two goals shows what these cost.
    """
    goals = {"expected": GoalSpec("total", outcome), "risk": GoalSpec(risk, outcome, level=level)}
    return problem.restated(goals=goals, with_goal_rules=False)


class MeanRisk:
    """Plans between what they are expected to bring and their risk, as it is minimised.

    All plans here have their channels in the order of the problem's `plan_tables`. Which channels are used and how many
    blocks are bought stays as it is where a search begins. With more than 50 channels a search ends where it begins.

    Args:
        problem: as `mean_risk_problem` makes it.
    """

    def __init__(self, problem: BudgetProblem) -> None:
        self.problem = problem
        self._risk = problem.sought_goals[1]
        self._outcome = problem.tables.outcomes.index(self._risk.outcome or "")
        self._feasible = problem.feasible.reordered(problem.plan_tables.order)
        self._budget = problem.feasible.budget_max or 1.0

    def goals(self, plans: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean and risk of plans (n, n_channels), two arrays (n,)."""
        values = self.problem.sorted_goals(plans)
        return -values[:, 0], values[:, 1]

    def feasible(self, plans: FloatArray) -> FloatArray:
        """The nearest plans that keep all limits; (n, n_channels) in and out."""
        return self.problem.project_sorted(plans)

    @property
    def is_std(self) -> bool:
        """Whether risk is the standard deviation; else it is minus a tail mean."""
        return self._risk.measure == "std"

    def is_enough(self, brought: FloatArray, mean: float | None) -> BoolArray:
        """Whether plans that bring so much (n,) bring what is wanted, up to rounding; (n,)."""
        least = -np.inf if mean is None else mean - _MISSED * abs(mean)
        enough: BoolArray = brought >= least
        return enough

    def most(self, start: FloatArray) -> FloatArray:
        """The plan (n_channels,) that is expected to bring most, sought from `start`."""
        if not self._is_refined:
            return start
        plans = np.array([start, self._descended(start, None, lambda plan: (-self._mean(plan), -self._rise(plan)))])
        best: FloatArray = plans[np.argmax(self.goals(plans)[0])]
        return best

    def least_risk(self, start: FloatArray, mean: float | None) -> FloatArray:
        """The least risky plan (n_channels,) that brings at least `mean`, sought from `start`.

        The least risky of all where risk is convex in money, as it is over straight curves; elsewhere of those near the
        start. The start itself where no plan is found that brings enough.

        Args:
            start: (n_channels,).
            mean: expected outcome; None: whatever it brings.
        """
        plans = np.array([start, *self._sought(start, mean)])
        brought, risk = self.goals(plans)
        best: FloatArray = plans[np.argmin(np.where(self.is_enough(brought, mean), risk, np.inf))]
        return best

    def _sought(self, start: FloatArray, mean: float | None) -> Iterator[FloatArray]:
        if not self._is_refined:
            return
        if self._is_smooth:
            yield self._descended(start, mean, self._risk_and_slope)
        elif self._is_straight:
            yield self._programmed(start, mean)
        else:
            std = float(mixture_std(*self._moments(start), self.problem.tables.weights)[0])
            for soft in _SOFTNESS:
                start = self._descended(start, mean, partial(self._soft_risk, soft=soft * std), _SOFT_SETTLED)
                yield start

    @property
    def _is_refined(self) -> bool:
        return len(self.problem.channels) <= _MOST_CHANNELS

    @cached_property
    def _is_smooth(self) -> bool:
        """A tail mean without market noise has a kink wherever two draws change places."""
        noise = self.problem.tables.noise[self._outcome]
        return self._risk.measure == "std" or bool(noise.loadings.any() or noise.specific.any())

    @cached_property
    def _is_straight(self) -> bool:
        """Whether every curve rises as steeply everywhere, in every draw."""
        slopes = self.problem.plan_tables.slopes[self._outcome]
        return bool((np.ptp(slopes, axis=1) <= _STRAIGHT * np.abs(slopes).max(axis=1)).all())

    # What is sought, and its slope.

    def _mean(self, plan: FloatArray) -> float:
        return float(self.problem.plan_tables.totals(plan[None])[0, self._outcome])

    def _rise(self, plan: FloatArray) -> FloatArray:
        """Of the mean, (n_channels,)."""
        only_this = np.eye(len(self.problem.tables.outcomes))[[self._outcome]]
        rise, _ = self.problem.plan_tables.expected_slopes(plan[None], only_this)
        by_channel: FloatArray = rise[0]
        return by_channel

    def _moments(self, plan: FloatArray) -> tuple[FloatArray, FloatArray]:
        return self.problem.plan_tables.moments(self._outcome, plan[None])

    def _risk_and_slope(self, plan: FloatArray) -> tuple[float, FloatArray]:
        reaction = sensitivity_of(self.problem.sorted_batch(plan[None]), self._risk).scaled(self.problem.sign[[1]])
        assert reaction.mean is not None  # risk is made of moments
        assert reaction.variance is not None
        slope, _ = self.problem.plan_tables.gradient(self._outcome, plan[None], reaction.mean, reaction.variance)
        return float(reaction.value[0]), slope[0]

    def _soft_risk(self, plan: FloatArray, soft: float) -> tuple[float, FloatArray]:
        """The tail mean if every draw had a noise of this deviation, which rounds its kinks off; minimised."""
        mean, variance = self._moments(plan)
        value, *by_moments = tail_mean_sensitivity(
            mean, variance + soft**2, self.problem.tables.weights, self._risk.level
        )
        slope, _ = self.problem.plan_tables.gradient(self._outcome, plan[None], *by_moments)
        return -float(value[0]), -slope[0]

    # The two ways to seek it, with money as shares of the budget.

    def _descended(self, start: FloatArray, mean: float | None, value: Value, settled: float = _SETTLED) -> FloatArray:
        """The plan near `start` where a smooth value is lowest, by sequential quadratic programming (Kraft 1988)."""
        kept, budget = self._using(start), self._budget
        size = abs(value(start)[0]) or 1.0

        def money(shares: FloatArray) -> FloatArray:  # never beyond a table by rounding, where there is no value
            amounts: FloatArray = np.clip(budget * shares, kept.lower, kept.upper)
            return amounts

        def scaled(shares: FloatArray) -> tuple[float, FloatArray]:
            amount, slope = value(money(shares))
            return amount / size, slope * (budget / size)

        with one_blas_thread():
            found = minimize(
                scaled,
                start / budget,
                jac=True,
                method="SLSQP",
                bounds=Bounds(kept.lower / budget, kept.upper / budget),
                constraints=[*kept.linear_constraints(budget), *self._enough(mean, money)],
                options={"ftol": settled, "maxiter": _STEPS},
            )
        return self._placed(kept, found.x)

    def _programmed(self, start: FloatArray, mean: float | None) -> FloatArray:
        """The plan with the highest tail mean where all curves are straight, by a linear programme.

        Its variables are money, the cut, and how far each draw ends below the cut (Rockafellar and Uryasev 2000).
        """
        kept, weights, budget = self._using(start), self.problem.tables.weights, self._budget
        n_draws, nothing = len(weights), np.zeros(len(weights))
        returns = np.ascontiguousarray(self.problem.plan_tables.slopes[self._outcome][:, 0].T)
        size = float(np.abs(returns).max()) or 1.0
        ends_above = np.hstack([returns / size, -np.ones((n_draws, 1)), np.eye(n_draws)])
        rows = [LinearConstraint(ends_above, 0.0, np.inf)]
        of_money = kept.linear_constraints(budget)
        if mean is not None:
            of_money.append(LinearConstraint((weights @ returns)[None] / size, mean / (size * budget), np.inf))
        for row in of_money:
            rows.append(LinearConstraint(np.pad(row.A, ((0, 0), (0, 1 + n_draws))), row.lb, row.ub))
        found = milp(
            np.concatenate([np.zeros(len(start)), [-1.0], weights / (1.0 - self._risk.level)]),
            constraints=rows,
            bounds=Bounds(
                np.concatenate([kept.lower / budget, [-np.inf], nothing]),
                np.concatenate([kept.upper / budget, [np.inf], nothing + np.inf]),
            ),
        )
        return start if found.x is None else self._placed(kept, found.x[: len(start)])

    def _using(self, plan: FloatArray) -> FeasibleSet:
        """The plans that use the same channels, and buy the same blocks."""
        kept = self._feasible.choosing_as(plan)
        cap = np.minimum(kept.upper, kept.share * kept.budget_max)
        return replace(kept, upper=np.maximum(kept.lower, cap))  # by rounding a cap may lie below

    def _enough(self, mean: float | None, money: Callable[[FloatArray], FloatArray]) -> Iterator[NonlinearConstraint]:
        if mean is not None:
            size = abs(mean) or 1.0
            yield NonlinearConstraint(
                lambda shares: self._mean(money(shares)) / size,
                mean / size,
                np.inf,
                jac=lambda shares: self._rise(money(shares))[None] * (self._budget / size),
            )

    def _placed(self, kept: FeasibleSet, shares: FloatArray) -> FloatArray:
        money = np.where(np.isfinite(shares), self._budget * shares, kept.lower)
        plan: FloatArray = kept.project(money[None])[0]
        return plan
