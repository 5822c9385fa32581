"""What goals of plans may come to: their moments under every draw, and the intervals that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray, frozen
from moo_budget.goals import Goal
from moo_budget.measures import Batch, value_of
from moo_budget.risk import mixture_quantile, weighted_percentile
from moo_budget.tables import ResponseTables


@dataclass(frozen=True, eq=False)
class GoalValues:
    """Goals of several plans with their intervals, five arrays (n_plans, n_goals); NaN beyond a table's end.

    `estimate_low`, `estimate_high`: 5th and 95th percentile of the expected value over draws. `low`, `high`: 10th and
    90th percentile of what may come, market noise included. Where there is no distribution all equal `value`.
    """

    value: FloatArray
    low: FloatArray
    high: FloatArray
    estimate_low: FloatArray
    estimate_high: FloatArray

    def __post_init__(self) -> None:
        for name in ("value", "low", "high", "estimate_low", "estimate_high"):
            object.__setattr__(self, name, frozen(getattr(self, name)))


def goal_values(goals: Sequence[Goal], batch: Batch, tables: ResponseTables, periods: int) -> GoalValues:
    """Goals of every plan of a batch with their intervals.

    Args:
        goals: which, in the order of the result's columns.
        batch: the plans.
        tables: response tables, money per period.
        periods: length of the plan in the tables' periods.
    """
    value = np.column_stack([value_of(batch, goal) for goal in goals])
    intervals = [_intervals(goal, batch, value[:, i], tables, periods) for i, goal in enumerate(goals)]
    low, high, estimate_low, estimate_high = (np.column_stack(part) for part in zip(*intervals, strict=True))
    return GoalValues(value, low, high, estimate_low, estimate_high)


def _intervals(
    goal: Goal, batch: Batch, value: FloatArray, tables: ResponseTables, periods: int
) -> tuple[FloatArray, ...]:
    """Low, high, estimate_low, estimate_high, each (n_plans,): the outcome's, carried over to the measure."""
    if goal.outcome is None or goal.is_risk:
        return (value,) * 4
    mean, variance = goal_moments(goal, batch, tables, periods)
    beyond = np.isnan(value)
    mean, variance = np.where(beyond[:, None], 0.0, mean), np.where(beyond[:, None], 0.0, variance)
    bounds = (
        mixture_quantile(mean, variance, tables.weights, 0.1),
        mixture_quantile(mean, variance, tables.weights, 0.9),
        weighted_percentile(mean, tables.weights, 0.05),
        weighted_percentile(mean, tables.weights, 0.95),
    )
    return tuple(np.where(beyond, np.nan, bound) for bound in bounds)


def goal_moments(goal: Goal, batch: Batch, tables: ResponseTables, periods: int) -> tuple[FloatArray, FloatArray]:
    """Mean and variance under every draw of a goal that measures an outcome, and no risk; (n_plans, n_draws)."""
    outcome = batch.index(goal)
    mean, variance = batch.moments(outcome)
    paid = batch.paid
    if goal.measure == "roi":
        idle = paid == 0.0
        scale = np.where(idle, 1.0, paid)[:, None]
        mean, variance = mean / scale, variance / scale**2
        mean[idle], variance[idle] = _first_return_moments(outcome, tables, periods)
    if goal.measure == "profit":
        mean, variance = goal.margin * mean - paid[:, None], goal.margin**2 * variance
    return mean, variance


def _first_return_moments(outcome: int, tables: ResponseTables, periods: int) -> tuple[FloatArray, FloatArray]:
    """Mean and variance over the plan of the first unit's return in the channel where it earns most."""
    c = int(np.argmax(tables.mean_slopes[outcome, :, 0]))
    noise = tables.noise[outcome]
    relative = float(noise.loadings[c] @ noise.loadings[c] + noise.specific[c]) / periods
    slope = tables.slopes[outcome, c, 0]
    return slope, relative * slope**2
