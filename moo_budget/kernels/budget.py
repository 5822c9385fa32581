"""Exact Euclidean projection of plans onto box, budget and largest share."""

import numpy as np

from moo_budget.kernels._jit import jit

_STEPS = 200  # of bracketed Newton or bisection; both end far earlier

# A sum this near to its total is the total: what was projected once is left alone, bit for bit.
_ROUNDING = 1e-14


@jit
def _fill_to(money, lower, upper, total, out):
    """The projection onto box and sum: out = clip(money + shift, lower, upper) sums to total. Returns the shift.

    The sum is piecewise linear and never falling in the shift, so Newton's method inside a bracket ends exactly.
    Source: Kiwiel 2008, continuous quadratic knapsack.
    """
    low, high = np.inf, -np.inf
    for c in range(money.size):
        low = min(low, lower[c] - money[c])
        high = max(high, upper[c] - money[c])
    shift = min(max(0.0, low), high)
    for _ in range(_STEPS):
        placed, n_free = 0.0, 0
        for c in range(money.size):
            want = money[c] + shift
            out[c] = min(max(want, lower[c]), upper[c])
            placed += out[c]
            n_free += lower[c] < want < upper[c]
        gap = total - placed
        if abs(gap) <= _ROUNDING * abs(total):
            return shift
        if gap > 0.0:
            low = shift
        else:
            high = shift
        step = shift + gap / n_free if n_free > 0 else np.inf
        following = step if low < step < high else 0.5 * (low + high)
        if following == shift:
            break
        shift = following
    _place_rest(lower, upper, total, out)
    return shift


@jit
def _place_rest(lower, upper, total, out):
    """Put what rounding left over where there is room, so that the sum is `total` to the last bit or two."""
    rest = total - out.sum()
    for c in range(out.size):
        moved = min(max(out[c] + rest, lower[c]), upper[c]) - out[c]
        out[c] += moved
        rest -= moved


@jit
def _project_share(money, lower, upper, low, high, share, cap, out):
    """Projection when no channel may take more than `share` of a total that is free between low and high.

    For a fixed total the set is a box with a sum; the squared distance is convex in the total, and its derivative is
    the price of the sum less the share's prices of the caps: bisection on the total.
    """
    for _ in range(_STEPS):
        total = 0.5 * (low + high)
        cap[:] = np.minimum(upper, share * total)
        slope = shift = _fill_to(money, lower, cap, total, out)
        for c in range(money.size):
            if cap[c] < upper[c] and money[c] + shift > cap[c]:
                slope -= share * (money[c] + shift - cap[c])
        if slope > 0.0:
            high = total
        else:
            low = total
        if high - low <= 1e-15 * high:
            break


@jit
def project(money, lower, upper, budget_min, budget_max, share, out):
    """The nearest plan with lower <= x <= upper, budget_min <= sum x <= budget_max and x <= share * sum x.

    money (n_plans, n_channels) currency per plan, lower, upper (n_channels,), and a feasible range of totals (every
    total in it can be placed) -> out (n_plans, n_channels). A share of 1 or more does not bind.
    """
    cap = np.minimum(upper, share * budget_max) if share < 1.0 else upper.copy()
    for p in range(money.shape[0]):
        if budget_min == budget_max:
            _fill_to(money[p], lower, cap, budget_max, out[p])
        elif share < 1.0:
            _project_share(money[p], lower, upper, budget_min, budget_max, share, cap, out[p])
        else:
            out[p] = np.minimum(np.maximum(money[p], lower), upper)
            total = out[p].sum()
            if total < budget_min:
                _fill_to(money[p], lower, upper, budget_min, out[p])
            elif total > budget_max:
                _fill_to(money[p], lower, upper, budget_max, out[p])
