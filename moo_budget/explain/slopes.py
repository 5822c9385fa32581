"""What the next unit of money does to every goal and rule on a goal's value."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.aims import WeightedSum
from moo_budget.descent import Descent
from moo_budget.problem import BudgetProblem

NEAR = 1e-4  # of a rule's own size: plans are brought within rules on goals by a search, and end a little inside
_ROUNDING = 1e-7  # of the budget


def tolerance(problem: BudgetProblem) -> float:
    """Currency: what is nearer to a limit or a kink than this stands at it."""
    return max(_ROUNDING * problem.budget.max, 1.01 * problem.money_step)


def goal_slopes(problem: BudgetProblem, plan: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Slope of each goal and rule by each channel's money, and how far a kink at the plan lets it go to either side.

    Goals are minimised, rules as searches steer by them; a plan (n_channels,) has its channels in the order of
    `plan_tables`.

    Returns:
        Two arrays (n_steered, n_channels).
    """
    each = np.eye(len(problem.steered_goals))
    model = Descent(problem).run(np.repeat(plan[None], len(each), axis=0), WeightedSum(each), 0)
    slopes, at_kink = model.slope.copy(), np.zeros_like(model.slope)
    for jump, kink in zip(model.jumps.T, problem.kinks.T, strict=True):
        is_at = np.abs(plan - kink) <= tolerance(problem)
        slopes += jump[:, None] * np.where(is_at, 0.0, np.sign(plan - kink))
        at_kink += jump[:, None] * is_at
    return slopes, at_kink
