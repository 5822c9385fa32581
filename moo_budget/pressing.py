"""The method of multipliers: from plans to those that an aspiration means, round by round, over the steps of a descent.

Hestenes 1969 and Powell 1969; for inequalities Rockafellar 1973.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray
from moo_budget.aims import Aspiration
from moo_budget.descent import COST_OF_STEP, Descent

KEPT = 1e-6  # of a goal's range: a smaller miss of what must be kept is none
STIFFNESS = 10.0  # per range of a goal: stiffer rounds need more steps, softer ones more rounds
_SETTLED = 1e-6  # of a goal's range: what a round must gain
_IDLE = 3  # rounds without gain end it
_WORTH_A_START = 3  # rounds: a plan from which fewer can be made is not pressed beside others


@dataclass(frozen=True, eq=False)
class Rounds:
    """How long plans are pressed.

    Args:
        most: rounds of minimising, then pressing anew, at most.
        steps: in a round.
        margin: of a goal's range; what must be kept is approached from the wrong side, and aimed beyond by so much.
    """

    most: int
    steps: int
    margin: float


def pressed(
    descent: Descent, aim: Aspiration, starts: FloatArray, rounds: Rounds, n_evaluations: float = np.inf
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What an aspiration means, from each start: the best plan of all rounds, and what presses in the end.

    Args:
        descent: steps over a problem; counts all evaluations that this takes.
        aim: its rows belong to the starts.
        starts: (n_plans, n_channels), channels in the order of `plan_tables`.
        rounds: how long.
        n_evaluations: how many this may take; where they are few, there are fewer starts, the first ones, and rounds.

    Returns:
        Plans (n_plans, n_channels), their goals (n_plans, n_steered), and pressure as weights, per unit of each goal.
    """
    problem, hold = descent.problem, descent.problem.feasible.has_choices
    cost = 1 + (rounds.steps + 1) * (COST_OF_STEP + len(problem.steered_goals))  # of a round from one plan
    if np.isfinite(n_evaluations):
        starts = starts[: int(n_evaluations) // (1 + _WORTH_A_START * cost)]
    ceiling = descent.n_evaluations + n_evaluations

    def measured(plans: FloatArray) -> FloatArray:
        descent.n_evaluations += len(plans)
        return problem.sorted_steered(plans)

    plans = best = problem.project_sorted(starts)
    goals = best_goals = measured(best)
    missed, largest = aim.meant(goals)
    pressing = replace(aim, asked=aim.asked - np.where(aim.kept, rounds.margin * aim.scale, 0.0))
    weights = np.broadcast_to(pressing.slope(goals), goals.shape)
    n_idle = 0
    for _ in range(rounds.most):
        if not len(plans) or descent.n_evaluations + cost * len(plans) > ceiling:
            break
        plans = problem.project_sorted(descent.run(plans, pressing, rounds.steps, hold=hold).plans)
        goals = measured(plans)
        weights = pressing.slope(goals)
        now_missed, now_largest = aim.meant(goals)
        better = _is_better(now_missed, now_largest, missed, largest)
        n_idle = 0 if _is_better(now_missed, now_largest + _SETTLED, missed, largest).any() else n_idle + 1
        best, best_goals = np.where(better[:, None], plans, best), np.where(better[:, None], goals, best_goals)
        missed, largest = np.where(better, now_missed, missed), np.where(better, now_largest, largest)
        if n_idle == _IDLE:
            break
        pressing = pressing.updated(goals)
    return best, best_goals, weights


def nearest_first(aim: Aspiration, goals: FloatArray) -> IntArray:
    """Rows of goals, the nearest to what is asked first: what must be kept before all else."""
    missed, largest = aim.meant(goals)
    order: IntArray = np.lexsort((largest, np.maximum(missed, KEPT)))
    return order


def _is_better(missed: FloatArray, largest: FloatArray, than_missed: FloatArray, than_largest: FloatArray) -> BoolArray:
    """Less missed of what must be kept, or as little and nearer to what is aspired to."""
    missed, than_missed = np.maximum(missed, KEPT), np.maximum(than_missed, KEPT)
    better: BoolArray = (missed < than_missed) | ((missed == than_missed) & (largest < than_largest))
    return better
