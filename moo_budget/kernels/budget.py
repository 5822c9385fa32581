"""Projection of plans onto box, budget and largest share, and near where a channel gets nothing or enough."""

import numpy as np

from moo_budget.kernels._jit import jit

_STEPS = 200  # of bracketed Newton or bisection; both end far earlier

# A sum this near to its total is the total: what was projected once is left alone, bit for bit.
_ROUNDING = 1e-14

_SAME_CAP = 1e-15  # relative: a share and an upper limit that differ by less are equal
_SAME_TOTAL = 1e-12  # relative: totals that differ by less are equal
_TRIES = 500  # of the search for channels to use; ordinary limits take one for each channel with the rule


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
    cap = np.empty_like(upper)
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


@jit
def _bound(c, used, limits, low, high):
    """The bounds of an on/off channel once it is known whether it is used."""
    _, upper, min_if_used, _, _, _ = limits
    low[c] = min_if_used[c] if used else 0.0
    high[c] = upper[c] if used else 0.0


@jit
def _bound_all(used, limits, low, high):
    """The bounds of all channels once it is known which are used, and the totals that can be placed then."""
    lower, upper, min_if_used, budget_min, budget_max, share = limits
    low[:], high[:] = lower, upper
    for c in range(used.size):
        if min_if_used[c] > 0.0:
            _bound(c, used[c], limits, low, high)
    return placeable_totals(low, high, budget_min, budget_max, share)


@jit
def _sort_by(key, limits, channels):
    """Sort channels by rising key; ties by their limits, so that no channel's place in the plan matters."""
    _, upper, min_if_used, _, _, _ = limits
    for i in range(1, channels.size):
        c, k = channels[i], i
        while k > 0 and (key[channels[k - 1]], min_if_used[channels[k - 1]], upper[channels[k - 1]]) > (
            key[c],
            min_if_used[c],
            upper[c],
        ):
            channels[k] = channels[k - 1]
            k -= 1
        channels[k] = c


@jit
def _between(wanted, min_if_used):
    """The channels that have money, and less than their minimum if used."""
    return np.flatnonzero((wanted > 0.0) & (wanted < min_if_used))


@jit
def _best_count(wanted, between, unit_cost, limits):
    """How many of the channels in `between`, from the first on, to use.

    The cost is the squared distance of what is rounded, and of what the other channels bear evenly, as far as their
    limits let them give or take, so that the total stays within the budget.
    """
    lower, upper, min_if_used, budget_min, budget_max, _ = limits
    n_givers = np.sum(wanted > np.maximum(lower, min_if_used))
    n_takers = np.sum((wanted >= min_if_used) & (wanted < upper))
    total, cost = wanted.sum(), 0.0
    for c in between:
        total -= wanted[c]
        cost += wanted[c] ** 2
    best, least = 0, np.inf
    for n in range(between.size + 1):
        if n > 0:
            total += min_if_used[between[n - 1]]
            cost += min_if_used[between[n - 1]] * unit_cost[between[n - 1]]
        excess, missing = max(total - budget_max, 0.0), max(budget_min - total, 0.0)
        whole = cost + excess**2 / max(n_givers, 1) + missing**2 / max(n_takers + n, 1)
        if whole < least:
            best, least = n, whole
    return best


@jit
def _round_use(wanted, between, limits, used, regret):
    """Which channels to use in a plan near to `wanted`, and what another decision would cost.

    A channel at or above its minimum m is used, one without money is not. To use one at w between, rather than not,
    costs (m - w)^2 - w^2 = m (m - 2 w) in squared distance and binds the money m. The channels where a unit of bound
    money costs least are used first. used, regret (n_channels,) are written.
    """
    _, _, min_if_used, _, _, _ = limits
    used[:] = wanted >= min_if_used
    regret[:] = np.where(used, wanted, min_if_used) ** 2
    unit_cost = min_if_used - 2.0 * wanted
    _sort_by(unit_cost, limits, between)
    n_used = _best_count(wanted, between, unit_cost, limits)
    last, following = between[max(n_used - 1, 0)], between[min(n_used, between.size - 1)]
    turn = 0.5 * (unit_cost[last] + unit_cost[following])
    for n in range(between.size):
        c = between[n]
        used[c] = n < n_used
        regret[c] = min_if_used[c] * abs(unit_cost[c] - turn)


@jit
def _search_use(used, regret, limits, low, high):
    """Bounds in which some total can be placed, near to the decisions in `used`, by depth-first search.

    The channel whose other decision costs most is decided first; one still open may have anything up to its upper
    limit. low, high (n_channels,) are written. Returns the totals as `placeable_totals`: none if nothing was found.
    """
    lower, upper, min_if_used, budget_min, budget_max, share = limits
    low[:], high[:] = lower, upper
    order = np.flatnonzero(min_if_used > 0.0)
    _sort_by(-regret, limits, order)
    n_tried = np.zeros(order.size, np.int64)
    depth = 0
    for _ in range(_TRIES):
        c = order[depth]
        if n_tried[depth] == 2:
            n_tried[depth] = 0
            low[c], high[c] = 0.0, upper[c]
            depth -= 1
        else:
            _bound(c, used[c] if n_tried[depth] == 0 else not used[c], limits, low, high)
            n_tried[depth] += 1
            first, last = placeable_totals(low, high, budget_min, budget_max, share)
            if first <= last:
                depth += 1
                if depth == order.size:
                    return first, last
        if depth < 0:
            break
    return np.inf, -np.inf


@jit
def project_on_off(money, limits, known_used, out):
    """A feasible plan near to each plan, where channels with a minimum if used get nothing or at least that.

    money (n_plans, n_channels) currency per plan; limits: lower, upper, min_if_used (n_channels,), 0 for none and with
    lower 0 otherwise, budget_min, budget_max, share; known_used (n_channels,) bool, channels whose use is known to be
    feasible -> out (n_plans, n_channels).

    Where the nearest plan without the rule keeps it, that is the answer, and exact. Otherwise it says which channels to
    use, and the answer is the nearest plan that uses these: a heuristic of ours. If no total can be placed with them, a
    short search decides some otherwise; if it fails, the channels that are known take their place.
    """
    lower, upper, min_if_used, budget_min, budget_max, share = limits
    low, high, cap, regret = np.empty_like(lower), np.empty_like(lower), np.empty_like(lower), np.empty_like(lower)
    used = np.empty_like(known_used)
    for p in range(money.shape[0]):
        _project_plan(money[p], lower, upper, budget_min, budget_max, share, cap, out[p])
        between = _between(out[p], min_if_used)
        if between.size == 0:
            continue
        _round_use(out[p], between, limits, used, regret)
        first, last = _bound_all(used, limits, low, high)
        if first > last:
            first, last = _search_use(used, regret, limits, low, high)
        if first > last:
            first, last = _bound_all(known_used, limits, low, high)
        _project_plan(money[p], low, high, first, last, share, cap, out[p])
