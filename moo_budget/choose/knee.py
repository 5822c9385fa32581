"""The knee: the plan that it costs most to leave."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.choose.record import ChosenPlan, chosen
from moo_budget.choose.regrets import first_best, regrets
from moo_budget.errors import Message
from moo_budget.front import Front

_APART = 0.1  # of a goal's range: between nearer plans every smooth front is straight, and no plan would be a knee
_STRAIGHT = 1.0 + 1e-6


def knee(front: Front) -> ChosenPlan:
    """The plan where the trade-off turns most: to whichever other plan one goes, much is given up for what is gained.

    Its strength is that rate towards the plan where it is lowest: goals lost over goals gained, each goal in ranges of
    the front and all of them added up, among the plans that are at least a tenth of a range away in some goal. On a
    straight front it is 1, and below that in a dent; then no plan is a knee, which is said.

    Source: Rachmawati and Srinivasan 2009, whose neighbours are the nearest plans, however near they are.
    """
    regret = regrets(front)
    rate = np.array([_least_rate(regret, row) for row in range(len(regret))])
    row = first_best(-rate, regret)
    if np.isinf(rate[row]):
        return chosen(front, row, "knee", messages=(_none("there is nothing to trade off"),))
    messages = () if rate[row] > _STRAIGHT else (_none("the trade-off is nowhere worse on both sides of a plan"),)
    return chosen(front, row, "knee", strength=float(rate[row]), messages=messages)


def _least_rate(regret: FloatArray, row: int) -> float:
    """Lost over gained on the way from one plan to the other plan where this is lowest; infinite without others."""
    change = regret - regret[row]
    change = change[np.abs(change).max(axis=1) >= _APART]
    lost, gained = np.maximum(change, 0.0).sum(axis=1), np.maximum(-change, 0.0).sum(axis=1)
    rates = np.divide(lost, gained, out=np.full(len(change), np.inf), where=gained > 0.0)
    return float(rates.min(initial=np.inf))


def _none(why: str) -> Message:
    return Message("choose.no-knee", f"the front has no knee: {why}")
