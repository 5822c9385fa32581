"""Plans in whole steps of money; those that miss rules on goals then, moved step by step until they keep them."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.largest import MOST_CHANNELS
from moo_budget.problem import BudgetProblem
from moo_budget.spec import in_steps

_SAME = 1e-6  # of a step
_MOVES = 50  # of one plan, at most


def in_whole_steps(problem: BudgetProblem, plans: FloatArray) -> FloatArray:
    """Feasible plans (n_plans, n_channels) in whole steps of money, moved by steps where these miss rules on goals."""
    return mended(problem, problem.feasible.rounded(plans, problem.money_step))


def mended(problem: BudgetProblem, plans: FloatArray) -> FloatArray:
    """Rounded plans (n_plans, n_channels) whose nearest neighbours in whole steps keep the rules where they do not.

    Move by move, a step of money more, less, or from one channel to another: the one after which least is missed. With
    a single goal also those that better it. A plan that no move helps stays as it is.
    """
    if problem.money_step == 0.0 or not problem.goal_rules:
        return plans
    misses = ~problem.kept(plans)
    if problem.n_obj == 1:
        misses[:] = True
    out = plans.copy()
    for row in np.flatnonzero(misses):
        out[row] = _exact(_mended(problem, plans[row]), problem.money_step)
    return out


def _exact(plan: FloatArray, step: float) -> FloatArray:
    """Whole steps without what adding them up leaves in the last digits."""
    counts = np.round(plan / step)
    whole = np.array([in_steps(count, step) for count in counts])
    return np.where(np.abs(plan - whole) <= _SAME * step, whole, plan)


def _mended(problem: BudgetProblem, plan: FloatArray) -> FloatArray:
    best, rank = plan, _rank(problem, plan[None])[0]
    for _ in range(_MOVES):
        near = best + _moves(problem, best)
        near = near[problem.money_kept(near)]
        if len(near) == 0:
            break
        ranks = _rank(problem, near)
        first = np.lexsort(ranks.T[::-1])[0]
        if tuple(ranks[first]) >= tuple(rank):
            break
        best, rank = near[first], ranks[first]
    return best


def _moves(problem: BudgetProblem, plan: FloatArray) -> FloatArray:
    """A step from one channel to another, and where the total is free a step more or less; (n_moves, n_channels).

    Of over thirty channels between the thirty whose step more and the thirty whose step less alone are the best:
    between all of 2,000 the moves would fill 64 GB.
    """
    more, less = (problem.money_step * sign * np.eye(len(plan)) for sign in (1.0, -1.0))
    if len(plan) > MOST_CHANNELS:
        more, less = (_best_steps(problem, plan, steps) for steps in (more, less))
    swaps = (more[:, None] + less[None]).reshape(-1, len(plan))
    is_free = problem.budget.min < problem.budget.max
    moves = np.vstack([swaps, more, less]) if is_free else swaps
    return moves[moves.any(axis=1)]


def _best_steps(problem: BudgetProblem, plan: FloatArray, steps: FloatArray) -> FloatArray:
    """Of steps (n, n_channels) of one channel each, those that its own bounds allow and that alone are the best."""
    feasible, near, slack = problem.feasible, plan + steps, _SAME * problem.money_step
    within = (near >= feasible.lower - slack) & (near <= feasible.upper + slack)
    allowed = (within | (steps == 0.0)).all(axis=1)
    near, steps = near[allowed], steps[allowed]
    return steps[np.sort(np.lexsort(_rank(problem, near).T[::-1])[:MOST_CHANNELS])]


def _rank(problem: BudgetProblem, plans: FloatArray) -> FloatArray:
    """What is missed, then the goal where there is but one; (n_plans, 2), lower is better."""
    steered = problem.sorted_steered(problem.plan_tables.sorted(plans))
    missed = np.maximum(steered[:, problem.n_obj :], 0.0).sum(axis=1)
    value = steered[:, 0] if problem.n_obj == 1 else np.zeros(len(plans))
    return np.column_stack([np.nan_to_num(missed, nan=np.inf), value])
