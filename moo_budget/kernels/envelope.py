"""Lower bounds of sums over channels under one price of money."""

import numpy as np

from moo_budget.kernels._copy import copy
from moo_budget.kernels._jit import jit
from moo_budget.kernels.bezier import _bernstein

_STEPS = 60  # of the search for a price; some fifteen do
_SETTLED = 1e-11  # of the size of the terms: what a better price could still gain
_BEYOND = 1.0 + 1e-9  # beyond the last slope every channel is at its end
_ROUNDING = 1e-9  # of the size of the terms, taken off a bound: totals hold to 1e-12, a tail mean to 1e-10


@jit
def _lowest(price, x, y, first, last, nothing):
    """Where a channel's curve less price x is lowest, and how low; exact: ends and the roots of a quadratic."""
    best, best_x = np.inf, 0.0
    if nothing:
        best = y[0]
    for piece in range(first, last):
        i = 1 + 3 * piece
        z0, z1 = y[i] - price * x[i], y[i + 1] - price * x[i + 1]
        z2, z3 = y[i + 2] - price * x[i + 2], y[i + 3] - price * x[i + 3]
        if min(min(z0, z1), min(z2, z3)) >= best:
            continue
        if z0 < best:
            best, best_x = z0, x[i]
        if z3 < best:
            best, best_x = z3, x[i + 3]
        if min(z1, z2) >= best:
            continue
        first_rise, middle, last_rise = z1 - z0, z2 - z1, z3 - z2
        quadratic = first_rise - 2.0 * middle + last_rise
        half = middle - first_rise
        inside = half * half - quadratic * first_rise
        if inside < 0.0:
            continue
        q = -(half + np.sqrt(inside)) if half > 0.0 else -(half - np.sqrt(inside))
        for root in range(2):
            top, bottom = (q, quadratic) if root == 0 else (first_rise, q)
            if bottom == 0.0:
                continue
            t = top / bottom
            if 0.0 < t < 1.0:
                a, b, e, f = _bernstein(t)
                value = a * z0 + b * z1 + e * z2 + f * z3
                if value < best:
                    best, best_x = value, x[i] + t * (x[i + 3] - x[i])
    return best, best_x


@jit
def _answers(price, x, y, first, last, nothing, plan):
    """Every channel's answer to one price, written to plan; their sum of curve less price x, and of money."""
    value, total = 0.0, 0.0
    for c in range(plan.size):
        lowest, plan[c] = _lowest(price, x[c], y[c], first[c], last[c], nothing[c])
        value += lowest
        total += plan[c]
    return value, total


@jit
def _extent(x, y, first, last, nothing):
    """Least and largest total, lowest and highest slope between neighbouring points, size of the terms."""
    least, most, low, high, size = 0.0, 0.0, 0.0, 0.0, 0.0
    for c in range(first.size):
        begin, end = 1 + 3 * first[c], 1 + 3 * last[c]
        used = first[c] < last[c]
        least += 0.0 if nothing[c] else x[c, begin]
        most += x[c, end] if used else 0.0
        largest = abs(y[c, 0]) if nothing[c] else 0.0
        if used:
            for i in range(begin, end + 1):
                largest = max(largest, abs(y[c, i]))
                before = i - 1 if i > begin else 0
                if (i > begin or nothing[c]) and x[c, i] > x[c, before]:
                    slope = (y[c, i] - y[c, before]) / (x[c, i] - x[c, before])
                    low, high = min(low, slope), max(high, slope)
        size += largest
    return least, most, low * _BEYOND, high * _BEYOND, size


@jit
def dual_bounds(x, y, first, last, nothing, budget_min, budget_max, bound, low_plan, high_plan, low_share):
    """What no plan of a box is below: the Lagrangian dual of a sum over channels, at a price that is nearly the best.

    x (n_channels, n_points) money of the control points; y (n, n_channels, n_points) to be minimised; the box of each
    row in pieces: first, last (n, n_channels), the pieces first <= k < last; nothing (n, n_channels), whether the
    channel may also get nothing -> bound (n,), inf where the box holds no total that is allowed; low_plan, high_plan
    (n, n_channels), the channels' answers on either side of the price; low_share (n,), the share of the first in the
    mixture of both that keeps the budget.

    Any price gives a bound. The next one tried is where the tangents at the two nearest prices meet: the middle where
    the dual is smooth, the kink where a channel jumps. Source: Everett 1963; Kelley 1960.
    """
    middle = np.empty(x.shape[0])
    for p in range(y.shape[0]):
        box = x, y[p], first[p], last[p], nothing[p]
        least, most, lowest, highest, size = _extent(*box)
        bound[p], low_share[p] = np.inf, 1.0
        low_plan[p], high_plan[p] = 0.0, 0.0
        slack = _ROUNDING * budget_max
        if least > budget_max + slack or most < budget_min - slack:
            continue
        bound[p] = -np.inf
        has_low, has_high = False, False
        price = low = high = low_value = high_value = low_total = high_total = target = 0.0
        for step in range(_STEPS):
            value, total = _answers(price, *box, middle)
            if step == 0:
                target = min(max(total, budget_min), budget_max)
            value += price * target
            bound[p] = max(bound[p], value - _ROUNDING * (size + abs(price) * target))
            if total <= target:
                has_low, low, low_value, low_total = True, price, value, total
                copy(middle, low_plan[p])
            if total >= target:
                has_high, high, high_value, high_total = True, price, value, total
                copy(middle, high_plan[p])
            if total == target or (not has_high and price >= highest) or (not has_low and price <= lowest):
                break
            if not has_high:
                price = highest
            elif not has_low:
                price = lowest
            else:
                price = high_value - low_value + (high_total - target) * high + (target - low_total) * low
                price /= high_total - low_total
                reachable = low_value + (target - low_total) * (price - low)
                if reachable - max(low_value, high_value) <= _SETTLED * size or not low < price < high:
                    break
        if not has_low:
            copy(high_plan[p], low_plan[p])
            low_total = high_total
        elif not has_high:
            copy(low_plan[p], high_plan[p])
            high_total = low_total
        if low_total < target < high_total:
            low_share[p] = (high_total - target) / (high_total - low_total)
