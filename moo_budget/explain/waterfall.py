"""From the reference plan to another one, channel by channel, so that the steps add up."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import factorial

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray
from moo_budget.explain.curves import spread
from moo_budget.explain.record import Gain, Waterfall
from moo_budget.goals import Goal
from moo_budget.measures import value_of
from moo_budget.problem import BudgetProblem

_EXACT = 12  # channels that move, up to which all orders count
_ORDERS = 100  # of a sample, each with its reverse; every order of n channels takes n plans of n channels,
_PLANS = 20_000  # so that of thousands of channels there are as many as have so many plans
_SEED = 1
_SUMS = ("total", "profit", "spend", "change")  # over channels: their differences are the steps
_MOVED = 1e-9  # of the money: less is rounding

Value = Callable[[FloatArray], FloatArray]  # of plans (n_plans, n_channels) -> (n_plans,)


def waterfalls(problem: BudgetProblem, start: FloatArray, end: FloatArray) -> dict[str, Waterfall]:
    """Goal -> its way from one plan (n_channels,) to another, both within the tables."""
    both = problem.measure(np.vstack([start, end]))
    moved = np.flatnonzero(_is_moved(start, end))
    falls = {}
    for column, goal in enumerate(problem.goals):
        steps, is_exact = _steps(problem, goal, start, end, moved)
        better = 1.0 if goal.direction == "max" else -1.0
        ranked = sorted(zip(moved.tolist(), steps.tolist(), strict=True), key=lambda step: -better * step[1])
        named = {problem.channels[c]: step for c, step in ranked}
        ends = float(both[0, column]), float(both[1, column])
        falls[goal.name] = Waterfall(goal.measure, goal.outcome, *ends, named, is_exact)
    return falls


def gains_on(problem: BudgetProblem, start: FloatArray, end: FloatArray) -> dict[str, Gain]:
    """Outcome -> what one plan (n_channels,) brings beyond another, both within the tables, channel by channel."""
    tables, weights, gains = problem.plan_tables, problem.tables.weights, {}
    moved = np.flatnonzero(_is_moved(start, end))
    for row, outcome in enumerate(problem.tables.outcomes):
        before, after = (tables.responses(row, tables.sorted(plan)) for plan in (start, end))
        by_draw = np.empty_like(after)
        by_draw[tables.order] = after - before
        steps = {problem.channels[c]: spread(by_draw[c], weights) for c in moved}
        gains[outcome] = Gain(float(before.sum(axis=0) @ weights), spread(by_draw.sum(axis=0), weights), steps)
    return gains


def _is_moved(start: FloatArray, end: FloatArray) -> BoolArray:
    most = max(start.sum(), end.sum(), np.finfo(float).tiny)
    return np.asarray(np.abs(end - start) > _MOVED * most)


def _steps(
    problem: BudgetProblem, goal: Goal, start: FloatArray, end: FloatArray, moved: IntArray
) -> tuple[FloatArray, bool]:
    """(n_moved,), and whether they are exact."""

    def value(plans: FloatArray) -> FloatArray:
        return value_of(problem.batch(plans), goal)

    if goal.measure in _SUMS:
        one_by_one = np.repeat(start[None], len(moved), axis=0)
        one_by_one[np.arange(len(moved)), moved] = end[moved]
        return value(one_by_one) - value(start[None]), True
    if goal.measure == "std":
        return std_steps(problem, goal, start, end)[moved], True
    if len(moved) <= _EXACT:
        return shapley(value, start, end, moved), True
    return sampled_shapley(value, start, end, moved), False


def std_steps(problem: BudgetProblem, goal: Goal, start: FloatArray, end: FloatArray) -> FloatArray:
    """Steps of a standard deviation, (n_channels,): those of the variance over the sum of both deviations.

    A variance is a quadratic form in what the channels bring, y'Sy: over all orders, changing y0 to y1 is credited to
    the channels by (y1 - y0)_c (S (y0 + y1))_c, exactly. Draws count as further rows of y, market noise as their S.
    """
    tables, outcome = problem.plan_tables, problem.tables.outcomes.index(goal.outcome or "")
    before, after = (tables.responses(outcome, tables.sorted(plan)) for plan in (start, end))
    both, change, weights = before + after, after - before, tables.weights
    away = weights * (both.sum(axis=0) - weights @ both.sum(axis=0))
    covariance = tables.loadings[outcome] @ tables.loadings[outcome].T + np.diag(tables.specific[outcome])
    of_variance = change @ away + (change * (covariance @ both)) @ weights
    deviations = problem.std(goal.outcome or "", np.vstack([start, end])).sum()
    return tables.unsorted(of_variance / deviations if deviations > 0.0 else np.zeros_like(of_variance))


def shapley(value: Value, start: FloatArray, end: FloatArray, moved: IntArray) -> FloatArray:
    """What each moved channel adds, averaged over all orders in which they could move. Shapley 1953."""
    n = len(moved)
    who = np.array(list(product((False, True), repeat=n)), dtype=bool).reshape(2**n, n)
    plans = np.repeat(start[None], len(who), axis=0)
    plans[:, moved] = np.where(who, end[moved], start[moved])
    values, size = value(plans), who.sum(axis=1)
    steps = np.empty(n)
    place = 2 ** np.arange(n)[::-1]
    for c in range(n):
        without = np.flatnonzero(~who[:, c])
        share = np.array([factorial(s) * factorial(n - s - 1) / factorial(n) for s in range(n)])
        steps[c] = share[size[without]] @ (values[without + place[c]] - values[without])
    return steps


def sampled_shapley(value: Value, start: FloatArray, end: FloatArray, moved: IntArray) -> FloatArray:
    """The same over a sample of orders, each with its reverse; the steps still add up."""
    rng, n = np.random.default_rng(_SEED), len(moved)
    drawn = [rng.permutation(n) for _ in range(min(_ORDERS, max(_PLANS // n, 1)))]
    steps = np.zeros(n)
    for order in [*drawn, *(one[::-1] for one in drawn)]:
        plans = np.repeat(start[None], n + 1, axis=0)
        for k, c in enumerate(order):
            plans[k + 1 :, moved[c]] = end[moved[c]]
        steps[order] += np.diff(value(plans))
    return steps / (2 * len(drawn))
