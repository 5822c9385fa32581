"""How far each plan of a front is from the best in each goal, and who comes first among equals."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.front import Front


def regrets(front: Front) -> FloatArray:
    """Distance to the front's best per goal over the goal's range on the front, (n_plans, n_sought); no range: 0."""
    goals = front.problem.to_minimise(front.values.value)
    best, worst = goals.min(axis=0), goals.max(axis=0)
    regret: FloatArray = (goals - best) / np.where(worst > best, worst - best, 1.0)
    return regret


def first_best(score: FloatArray, regret: FloatArray) -> int:
    """Row of the lowest score; ties: the smaller sum of regrets, then the lower id."""
    return int(np.lexsort((np.arange(len(score)), regret.sum(axis=1), score))[0])
