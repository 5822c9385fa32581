"""A little safer, a little bolder: from one plan of a front to its neighbour along one goal."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray, check_known
from moo_budget.choose.picks import boldness, risk
from moo_budget.choose.record import ChosenPlan, chosen
from moo_budget.choose.regrets import first_best, regrets
from moo_budget.errors import Message
from moo_budget.front import Front

_EQUAL = 1e-9  # of the range: a smaller gain is rounding


def safer(front: Front, than: str) -> ChosenPlan:
    """The nearest plan with less of what `safest` keeps low."""
    return _neighbour(front, than, risk(front), "safer")


def bolder(front: Front, than: str) -> ChosenPlan:
    """The nearest plan with more of what `boldest` wants."""
    return _neighbour(front, than, boldness(front), "bolder")


def _neighbour(front: Front, than: str, score: FloatArray, rule: str) -> ChosenPlan:
    """Of the plans with a lower score, the one nearest in all goals; at the end of the front the plan itself.

    Nearest: the largest difference in any goal, in ranges of the front, is smallest. With two goals it is the next
    plan of the front; with more, the one for which the other goals change least.
    """
    check_known("plan", than, front.ids, "than")
    row, regret = front.ids.index(than), regrets(front)
    better = score < score[row] - _EQUAL * np.ptp(score)
    if not better.any():
        message = Message(f"choose.no-{rule}", f"no plan of the front is {rule} than plan {than}")
        return chosen(front, row, rule, messages=(message,))
    distance = np.abs(regret - regret[row]).max(axis=1)
    return chosen(front, first_best(np.where(better, distance, np.inf), regret), rule)
