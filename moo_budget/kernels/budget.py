"""Projection of plans onto box, budget and largest share."""

import numpy as np

from moo_budget.kernels._jit import jit
from moo_budget.kernels._newton import bracketed_step

_STEPS = 200  # of bracketed Newton or bisection; both end far earlier

# A sum this near to its total is the total: what was projected once is left alone, bit for bit.
_ROUNDING = 1e-14

_SAME_CAP = 1e-15  # relative: a share and an upper limit that differ by less are equal
_SAME_TOTAL = 1e-12  # relative: totals that differ by less are equal


@jit
def _fill_to(money, lower, upper, total, start, out):
    """The projection onto box and sum: out = clip(money + shift, lower, upper) sums to total. Returns the shift.

    The sum is piecewise linear and never falling in the shift, so Newton's method inside a bracket ends exactly; it
    begins at `start`.
    Source: Kiwiel 2008, continuous quadratic knapsack.
    """
    low, high = np.inf, -np.inf
    for c in range(money.size):
        low = min(low, lower[c] - money[c])
        high = max(high, upper[c] - money[c])
    shift = min(max(start, low), high)
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
        following, low, high = bracketed_step(shift, gap, n_free, low, high)
        if following == shift:
            break
        shift = following
    _place_rest(lower, upper, total, out)
    return shift


@jit
def _place_rest(lower, upper, total, out):
    """Put what rounding left over where there is room, so that the sum is `total` to the last bit or two."""
    placed = 0.0
    for c in range(out.size):
        placed += out[c]
    rest = total - placed
    for c in range(out.size):
        moved = min(max(out[c] + rest, lower[c]), upper[c]) - out[c]
        out[c] += moved
        rest -= moved


@jit
def _cap_at(most, upper, out):
    """The tighter of each channel's upper limit and one for all."""
    for c in range(upper.size):
        out[c] = min(upper[c], most)


@jit
def _pull_on_total(money, lower, upper, shift, share, total):
    """What one more unit of the total costs below it and above it, in half squared distances, and how that rises.

    Money that the share holds back pays for more total. The two differ where a channel's share is just its upper
    limit: on the way up it is the limit from there on that holds the channel back, which no total moves.
    """
    cap, pull, jump, n_free, n_capped = share * total, shift, 0.0, 0, 0
    for c in range(money.size):
        want = money[c] + shift
        if want > cap and cap < upper[c] * (1.0 + _SAME_CAP):
            if cap < upper[c] * (1.0 - _SAME_CAP):
                pull -= share * (want - cap)
                n_capped += 1
            else:
                jump += share * (want - cap)
        elif lower[c] < want < upper[c]:
            n_free += 1
    rise = (1.0 - share * n_capped) ** 2 / n_free + share * share * n_capped if n_free > 0 else 0.0
    return pull - jump, pull, rise


@jit
def _last_jump(start, end, upper, share):
    """The last of the totals on the way from start to end at which the share is some upper limit; else the end."""
    last, left = end, np.inf
    for c in range(upper.size):
        jump = upper[c] / share
        if min(start, end) < jump < max(start, end) and abs(end - jump) < left:
            last, left = jump, abs(end - jump)
    return last


@jit
def _project_share(money, lower, upper, low, high, share, cap, out):
    """Projection when no channel may take more than `share` of a total that is free between low and high.

    For a fixed total the set is a box with a sum; the squared distance is convex in the total, and its derivative is
    piecewise linear with jumps up. Newton's method inside a bracket stops at the last jump that a step passes.
    """
    total, shift = 0.0, 0.0
    for c in range(money.size):
        total += min(max(money[c], lower[c]), upper[c])
    total = min(max(total, low), high)
    for step in range(_STEPS):
        _cap_at(share * total, upper, cap)
        shift = _fill_to(money, lower, cap, total, shift, out)
        below, above, rise = _pull_on_total(money, lower, upper, shift, share, total)
        if (below <= 0.0 or total == low) and (above >= 0.0 or total == high):
            break
        following = total - (below if below > 0.0 else above) / rise if rise > 0.0 else np.nan
        if below > 0.0:
            high = total
        else:
            low = total
        if high - low <= 1e-15 * high or abs(following - total) <= 1e-15 * total:
            break
        if not low < following < high or step % 3 == 2:  # between two jumps Newton's steps may go to and fro
            following = 0.5 * (low + high)
        total = _last_jump(total, following, upper, share)


@jit
def _keeps_all(money, lower, upper, budget_min, budget_max, share):
    """Whether a plan is feasible already, but for the rounding of its sum."""
    total = 0.0
    for c in range(money.size):
        total += money[c]
    slack = 4.0 * _ROUNDING * total
    kept = budget_min - slack <= total <= budget_max + slack
    for c in range(money.size):
        kept = kept and lower[c] <= money[c] <= upper[c] and money[c] <= share * total + slack
    return kept


@jit
def _project_plan(money, lower, upper, budget_min, budget_max, share, cap, out):
    """`project` for one plan; cap (n_channels,) is room to work in."""
    if budget_min == budget_max:
        _cap_at(share * budget_max if share < 1.0 else np.inf, upper, cap)
        _fill_to(money, lower, cap, budget_max, 0.0, out)
    elif share < 1.0:
        if _keeps_all(money, lower, upper, budget_min, budget_max, share):
            for c in range(money.size):
                out[c] = money[c]
        else:
            _project_share(money, lower, upper, budget_min, budget_max, share, cap, out)
    else:
        total = 0.0
        for c in range(money.size):
            out[c] = min(max(money[c], lower[c]), upper[c])
            total += out[c]
        _cap_at(np.inf, upper, cap)
        if total < budget_min:
            _fill_to(money, lower, cap, budget_min, 0.0, out)
        elif total > budget_max:
            _fill_to(money, lower, cap, budget_max, 0.0, out)


@jit
def project(money, lower, upper, budget_min, budget_max, share, out):
    """The nearest plan with lower <= x <= upper, budget_min <= sum x <= budget_max and x <= share * sum x.

    money (n_plans, n_channels) currency per plan, lower, upper (n_channels,), and a feasible range of totals (every
    total in it can be placed) -> out (n_plans, n_channels). A share of 1 or more does not bind.
    """
    lower, upper, cap = lower.copy(), upper.copy(), np.empty_like(upper)  # copies may be written to: see `jit`
    for p in range(money.shape[0]):
        _project_plan(money[p], lower, upper, budget_min, budget_max, share, cap, out[p])


@jit
def placeable_totals(lower, upper, budget_min, budget_max, share):
    """The totals between two budgets that can be placed, from and to; from > to: none can.

    lower, upper (n_channels,). A total T can be placed if sum lower <= T, lower <= share T and
    sum min(upper, share T) >= T: an interval, because the last sum is concave in T and zero at zero. Its end is found
    by Newton's method from above, which never steps past the root of a concave function.
    """
    least, largest = 0.0, 0.0
    for c in range(lower.size):
        least += lower[c]
        largest = max(largest, lower[c])
    low, high = max(budget_min, least, largest / share), budget_max
    for _ in range(upper.size + 1):  # every step takes one more channel off its upper limit
        placed, n_free = 0.0, 0
        for c in range(upper.size):
            if upper[c] > share * high:
                n_free += 1
            else:
                placed += upper[c]
        if placed + n_free * share * high >= high * (1.0 - _SAME_TOTAL):
            break
        high = placed / (1.0 - share * n_free)
    if budget_max < low <= budget_max * (1.0 + _SAME_TOTAL):
        low = budget_max
    if high < low <= high * (1.0 + _SAME_TOTAL):
        high = low
    return low, high
