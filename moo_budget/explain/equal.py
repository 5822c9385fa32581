"""Plans that the draws do not tell apart: what is best is flat, and its region says more than its last digit."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.explain.record import PracticallyEqual
from moo_budget.explain.wanted import by_outcome
from moo_budget.front import Front
from moo_budget.problem import BudgetProblem

_TURNS = 0.2  # of the draws: where the order of two plans turns over in more, they are practically equal
_SAME = 1e-9  # of the money moved: the plan itself


def practically_equal(problem: BudgetProblem, spend: FloatArray, front: Front, weights: FloatArray) -> PracticallyEqual:
    """The plans of a front whose order with a plan (n_channels,) turns over in more than a fifth of the draws.

    Two plans are held against each other in the weighted sum of the goals that the one acts on: expected outcomes
    under the same draw each, risk and goals of money alone as they are.

    Args:
        problem: the question.
        spend: currency for the whole plan.
        front: where they are looked for.
        weights: (n_goals,), per unit of each minimised goal.
    """
    gains = gains_by_draw(problem, spend, front.spend, weights)
    turned = ((gains > 0.0) @ problem.tables.weights, (gains < 0.0) @ problem.tables.weights)
    moved = np.abs(front.spend - spend).sum(axis=1) > _SAME * max(float(spend.sum()), 1.0)
    rows = np.flatnonzero((np.minimum(*turned) > _TURNS) & moved)
    plans = np.vstack([spend, front.spend[rows]])
    least, most = plans.min(axis=0).tolist(), plans.max(axis=0).tolist()
    ranges = zip(problem.channels, least, most, strict=True)
    return PracticallyEqual(tuple(front.ids[row] for row in rows), {name: (low, high) for name, low, high in ranges})


def gains_by_draw(problem: BudgetProblem, spend: FloatArray, plans: FloatArray, weights: FloatArray) -> FloatArray:
    """By how much plans (n_plans, n_channels) are better than another under each draw, (n_plans, n_draws).

    In the weighted sum: its difference, with each expected outcome replaced by what it is under the draw.
    """
    tables, rows = problem.plan_tables, problem.plan_tables.sorted(np.vstack([spend, plans]))
    values = problem.sorted_goals(rows) @ weights
    gains = (values[0] - values[1:])[:, None]
    taken = by_outcome(problem, rows[0], weights)
    for outcome in np.flatnonzero(taken):
        mean, _ = tables.moments(int(outcome), rows)
        away = mean - (mean @ tables.weights)[:, None]
        gains = gains + taken[outcome] * (away[1:] - away[0])
    return np.broadcast_to(gains, (len(plans), tables.n_draws))
