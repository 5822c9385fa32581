"""The plan within the limits that is nearest to one that breaks some."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.front import Front, MeasuredPlan, measured
from moo_budget.problem import BudgetProblem

_WAY = np.linspace(0.0, 1.0, 21)[:, None]  # of the way to a plan of the front


def nearest_within(problem: BudgetProblem, spend: FloatArray, front: Front | None) -> MeasuredPlan | None:
    """The feasible plan nearest to a given one, rounded; it has the id ``within``.

    Nearest in money, by least squares. That knows no rules on goals: where it breaks one, it is the first plan that
    keeps all limits on the straight way from there to the nearest plan of the front. None where that is not to be had.

    Args:
        problem: the question.
        spend: (n_channels,), currency for the whole plan.
        front: of plans within the limits; None: nobody searched.
    """
    start = problem.feasible.project(spend[None])
    way = start if front is None else start + _WAY * (_nearest(front, start) - start)
    plans = problem.feasible.rounded(problem.feasible.project(way), problem.money_step)
    kept = np.flatnonzero(problem.kept(plans))
    return measured(problem, plans[kept[0]], "within") if len(kept) else None


def _nearest(front: Front, spend: FloatArray) -> FloatArray:
    """The plan of the front to which least money has to move, (n_channels,)."""
    nearest: FloatArray = front.spend[int(np.argmin(np.abs(front.spend - spend).sum(axis=1)))]
    return nearest
