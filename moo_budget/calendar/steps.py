"""Money per period in whole steps (cents, hundreds), totals of channels and limits of periods kept."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, kron

from moo_budget._checks import FloatArray
from moo_budget.calendar.timing import Room
from moo_budget.rounding import round_money
from moo_budget.spec import in_steps

_SAME = 1e-9  # of a step


def in_whole_steps(money: FloatArray, room: Room, step: float) -> FloatArray:
    """Plans in whole steps, as far as bounds and totals hold whole steps; what they do not hold keeps its cents.

    Channel by channel by largest remainders; where that puts more into a period than all channels together may get, all
    at once, each amount up or down by less than a step.

    Args:
        money: (n_plans, n_periods, n_channels), which keeps the room.
        room: where money may stand.
        step: currency; 0: nothing is rounded.
    """
    if step == 0.0:
        return money
    rounded = np.empty_like(money)
    for p, plan in enumerate(money):
        for c, row in enumerate(plan.T):
            ends = room.lower[p, :, c], room.upper[p, :, c]
            stepped = round_money(row, *ends, float(room.splits[p, c]), step)
            rounded[p, :, c] = stepped if _is_within(stepped, ends[1]) else row
        if (rounded[p].sum(axis=1) > room.total_max + _SAME * step).any():
            stepped = _all_at_once(plan, room.upper[p], room.splits[p], room.total_max, step)
            rounded[p] = stepped if _is_within(stepped, room.upper[p]) else plan
    return rounded


def _is_within(money: FloatArray, upper: FloatArray) -> bool:
    return bool((money <= upper * (1.0 + _SAME)).all())


def _all_at_once(plan: FloatArray, upper: FloatArray, split: FloatArray, total_max: float, step: float) -> FloatArray:
    """(n_periods, n_channels): up or down by less than a step, sums of channels kept and no period above the most.

    Such a rounding exists, and the linear programme's corners are whole: its matrix is that of a network (Bacharach
    1966). What of a channel's total is no whole step stays where it has most money.
    """
    n_periods, n_channels = plan.shape
    steps = plan / step
    down = np.floor(steps + _SAME)
    left = np.where(np.abs(steps - down) <= 2 * _SAME, 0.0, steps - down)
    steps_above = step * (down + 1.0 - _SAME)
    missing = np.round(split / step - down.sum(axis=0))
    by_channel = kron(np.ones((1, n_periods)), eye_array(n_channels))
    by_period = kron(eye_array(n_periods), np.ones((1, n_channels)))
    solved = linprog(
        1.0 - 2.0 * left.ravel(),
        A_ub=csr_array(by_period),
        b_ub=np.floor(total_max / step + _SAME) - down.sum(axis=1),
        A_eq=csr_array(by_channel),
        b_eq=missing,
        bounds=np.column_stack([np.zeros(plan.size), ((left > 0.0) & (steps_above <= upper)).ravel()]),
        method="highs",
    )
    if solved.x is None:
        return plan
    whole = np.array([in_steps(count, step) for count in (down + np.round(solved.x.reshape(plan.shape))).ravel()])
    rounded = whole.reshape(plan.shape)
    largest = rounded.argmax(axis=0)
    rounded[largest, np.arange(n_channels)] += split - rounded.sum(axis=0)
    return rounded
