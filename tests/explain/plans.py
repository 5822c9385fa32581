"""Plans found by other means, which the tests of explanations share."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.problem import BudgetProblem
from moo_budget.weighting import Weighting


def best_for(problem: BudgetProblem, weights: FloatArray) -> FloatArray:
    """The best plan (n_channels,) for a weighting per unit of each minimised goal."""
    weighting = Weighting(problem)
    rows, _ = weighting.solve(weights[None], n_steps=100)
    # A search ends where the sum changes by 1e-12 of itself: near its flat bottom that is 1e-6 of the money.
    for _ in range(30):
        rows, _ = weighting.solve(weights[None], rows, n_steps=3)
    return problem.plan_tables.unsorted(rows)[0]


def total_on_a_grid(problem: BudgetProblem, step: float) -> list[FloatArray]:
    """What each channel brings at 0, step, 2 step, ... up to the budget."""
    grid = np.arange(0.0, problem.budget.max + step / 2, step)
    values = []
    for c in range(len(problem.channels)):
        plans = np.zeros((len(grid), len(problem.channels)))
        plans[:, c] = np.minimum(grid, problem.money.table_end[c])
        values.append(problem.measure(plans)[:, 0])
    return values


def placed_by_programming(values: list[FloatArray], step: float) -> tuple[FloatArray, float]:
    """Money of each channel and the most that all of the budget brings, by dynamic programming over a grid."""
    n = len(values[0])
    most, taken = np.where(np.arange(n) == 0, 0.0, -np.inf), []
    for row in values:
        sums = np.array([[most[b - a] + row[a] if a <= b else -np.inf for a in range(n)] for b in range(n)])
        taken.append(sums.argmax(axis=1))
        most = sums.max(axis=1)
    money, left = np.zeros(len(values)), n - 1
    for c in reversed(range(len(values))):
        money[c] = taken[c][left] * step
        left -= taken[c][left]
    return money, float(most[-1])
