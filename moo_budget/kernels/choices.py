"""Plans near to others where channels are used or not, so many of them may be, or money is bought in blocks."""

import numpy as np

from moo_budget.kernels._copy import copy
from moo_budget.kernels._jit import jit
from moo_budget.kernels.budget import _cap_at, _project_plan, placeable_totals
from moo_budget.kernels.rules import _keeps, _nearest_within

_TRIES = 500  # of a search for choices; ordinary limits take one for each channel that has one
_PLACED = 20  # of the choices that it finds: a plan is sought with so many
_ROUNDING = 1e-12  # of what a rule counts
_WHOLE = 1e-11  # of an amount: nearer to whole blocks it is whole


@jit
def _place(money, low, high, limits, rules, room, out):
    """The nearest plan between bounds that keeps totals, share and rules; whether there is one."""
    _, _, budget_min, budget_max, share = limits
    cap, even = room
    first, last = placeable_totals(low, high, budget_min, budget_max, share)
    if first > last:
        return False
    _project_plan(money, low, high, first, last, share, cap, out)
    if rules[1].size == 0 or _keeps(rules, out):
        return True
    _cap_at(share * budget_max if share < 1.0 else np.inf, high, cap)
    return _nearest_within(money, low, cap, budget_max if budget_min == budget_max else -1.0, rules, even, out)


@jit
def _can_hold(low, high, limits, rules):
    """Whether the totals leave a plan between bounds, and each rule for itself does."""
    _, _, budget_min, budget_max, share = limits
    rows, least, largest = rules
    first, last = placeable_totals(low, high, budget_min, budget_max, share)
    can = first <= last
    for i in range(least.size):
        bottom, top, size = 0.0, 0.0, 0.0
        for c in range(low.size):
            bottom += min(rows[i, c] * low[c], rows[i, c] * high[c])
            top += max(rows[i, c] * low[c], rows[i, c] * high[c])
            size += abs(rows[i, c]) * high[c]
        can = can and bottom <= largest[i] + _ROUNDING * size and top >= least[i] - _ROUNDING * size
    return can


@jit
def _can_count(state, choices):
    """Whether the counts can be kept: state (n_channels,) is 1 where a channel is used, 0 where not, -1 while open."""
    _, _, members, fewest, most = choices
    can = True
    for i in range(fewest.size):
        n_used, n_open = 0, 0
        for c in range(state.size):
            if members[i, c]:
                n_used += state[c] == 1
                n_open += state[c] == -1
        can = can and n_used <= most[i] and n_used + n_open >= fewest[i]
    return can


@jit
def _bound(c, used, limits, choices, low, high):
    """The bounds of a channel once it is known whether it is used; one that is always or never used has no choice."""
    lower, upper, _, _, _ = limits
    least = choices[0][c]
    low[c] = lower[c] if least == 0.0 else (least if used else 0.0)
    high[c] = upper[c] if least == 0.0 or used else 0.0


@jit
def _read_use(plan, limits, choices, used):
    """Which channels a plan uses; whether it keeps the counts, and no channel lies between nothing and its least."""
    _, upper, _, _, _ = limits
    state, clean = np.empty(plan.size, np.int64), True
    for c in range(plan.size):
        least = choices[0][c]
        used[c] = plan[c] >= least if least > 0.0 else upper[c] > 0.0
        state[c] = used[c]
        clean = clean and (used[c] or plan[c] == 0.0)
    return clean and _can_count(state, choices)


@jit
def _sort_by(key, limits, choices, channels):
    """Sort channels by rising key; ties by their limits, so that no channel's place in the plan matters."""
    upper, least = limits[1], choices[0]
    for i in range(1, channels.size):
        c, k = channels[i], i
        while k > 0 and (key[channels[k - 1]], least[channels[k - 1]], upper[channels[k - 1]]) > (
            key[c],
            least[c],
            upper[c],
        ):
            channels[k] = channels[k - 1]
            k -= 1
        channels[k] = c


@jit
def _best_count(wanted, between, unit_cost, limits, choices):
    """How many of the channels in `between`, from the first on, to use.

    The cost is the squared distance of what is rounded, and of what the other channels bear evenly, as far as their
    limits let them give or take, so that the total stays within the budget.
    """
    lower, upper, budget_min, budget_max, _ = limits
    least = choices[0]
    n_givers, n_takers, total, cost = 0, 0, 0.0, 0.0
    for c in range(wanted.size):
        n_givers += wanted[c] > max(lower[c], least[c])
        n_takers += least[c] <= wanted[c] < upper[c]
        total += wanted[c]
    for i in range(between.size):
        total -= wanted[between[i]]
        cost += wanted[between[i]] ** 2
    best, lowest = 0, np.inf
    for n in range(between.size + 1):
        if n > 0:
            total += least[between[n - 1]]
            cost += least[between[n - 1]] * unit_cost[between[n - 1]]
        excess, missing = max(total - budget_max, 0.0), max(budget_min - total, 0.0)
        whole = cost + excess**2 / max(n_givers, 1) + missing**2 / max(n_takers + n, 1)
        if whole < lowest:
            best, lowest = n, whole
    return best


@jit
def _round_use(wanted, limits, choices, used, regret):
    """Which channels to use in a plan near to `wanted`, and what another decision would cost.

    A channel at or above its least m is used, one without money is not. To use one at w between, rather than not,
    costs (m - w)^2 - w^2 = m (m - 2 w) in squared distance and binds the money m. The channels where a unit of bound
    money costs least are used first. used, regret (n_channels,) are written.
    """
    least = choices[0]
    between, n_between, unit_cost = np.empty(wanted.size, np.int64), 0, np.empty_like(wanted)
    for c in range(wanted.size):
        unit_cost[c] = least[c] - 2.0 * wanted[c]
        regret[c] = max(wanted[c], least[c]) ** 2
        if 0.0 < wanted[c] < least[c]:
            between[n_between] = c
            n_between += 1
    if n_between == 0:
        return
    between = between[:n_between]
    _sort_by(unit_cost, limits, choices, between)
    n_used = _best_count(wanted, between, unit_cost, limits, choices)
    last, following = between[max(n_used - 1, 0)], between[min(n_used, n_between - 1)]
    turn = 0.5 * (unit_cost[last] + unit_cost[following])
    for n in range(n_between):
        c = between[n]
        used[c] = n < n_used
        regret[c] = least[c] * abs(unit_cost[c] - turn)


@jit
def _search_use(used, regret, limits, rules, choices, low, high):
    """Bounds that the totals, the counts and each rule for itself can hold, near to the decisions in `used`.

    By depth-first search; the channel whose other decision costs most is decided first, and one still open may have
    anything up to its upper limit. low, high (n_channels,) are written; whether there are such bounds.
    """
    lower, upper, _, _, _ = limits
    state = np.empty(used.size, np.int64)
    order, n_order = np.empty(used.size, np.int64), 0
    for c in range(used.size):
        low[c], high[c] = lower[c], upper[c]
        state[c] = -1 if choices[0][c] > 0.0 else upper[c] > 0.0
        if state[c] == -1:
            order[n_order] = c
            n_order += 1
    order = order[:n_order]
    _sort_by(-regret, limits, choices, order)
    n_tried, depth = np.zeros(n_order, np.int64), 0
    for _ in range(_TRIES if n_order > 0 else 0):
        c = order[depth]
        if n_tried[depth] == 2:
            n_tried[depth], state[c] = 0, -1
            low[c], high[c] = 0.0, upper[c]
            depth -= 1
        else:
            is_used = used[c] if n_tried[depth] == 0 else not used[c]
            _bound(c, is_used, limits, choices, low, high)
            state[c] = is_used
            n_tried[depth] += 1
            if _can_count(state, choices) and _can_hold(low, high, limits, rules):
                depth += 1
                if depth == n_order:
                    return True
        if depth < 0:
            break
    return False


@jit
def _choose_use(wanted, limits, rules, choices, used, low, high, room, out):
    """Place a plan with channels used near to those of `out`; whether there is one.

    Where rules together allow no plan that uses these, one channel after the other is decided otherwise, the one of
    least regret first, and the rest anew.
    """
    regret = np.empty_like(low)
    _round_use(out, limits, choices, used, regret)
    turns, near = np.arange(low.size), used.copy()
    _sort_by(regret, limits, choices, turns)
    for turn in range(-1, low.size if rules[1].size > 0 else 0):
        if turn >= 0 and choices[0][turns[turn]] == 0.0:
            continue
        before = 0.0
        copy(near, used)
        if turn >= 0:
            before, regret[turns[turn]] = regret[turns[turn]], np.inf
            used[turns[turn]] = not used[turns[turn]]
        found = _search_use(used, regret, limits, rules, choices, low, high)
        if found and _place(wanted, low, high, limits, rules, room, out):
            return True
        if turn >= 0:
            regret[turns[turn]] = before
    return False


@jit
def _in_blocks(plan, block):
    """Whether every channel that is bought in blocks has whole ones."""
    whole = True
    for c in range(plan.size):
        if block[c] > 0.0:
            whole = whole and abs(plan[c] - np.round(plan[c] / block[c]) * block[c]) <= _WHOLE * plan[c]
    return whole


@jit
def _nearest_blocks(near, low, high, block, options, regret, order):
    """The three nearest amounts in whole blocks of every channel that has a choice, the nearest first; how many have.

    regret (n_channels,): what the second costs more than the first, in squared distance.
    """
    n_order = 0
    for c in range(near.size):
        regret[c] = 0.0
        if block[c] > 0.0 and low[c] < high[c]:
            whole = np.round(near[c] / block[c])
            side = 1.0 if near[c] >= whole * block[c] else -1.0
            for i in range(3):
                wanted = (whole + (0.0 if i == 0 else (side if i == 1 else -side))) * block[c]
                options[c, i] = min(max(wanted, low[c]), high[c])
            regret[c] = (options[c, 1] - near[c]) ** 2 - (options[c, 0] - near[c]) ** 2
            order[n_order] = c
            n_order += 1
    return n_order


@jit
def _reopen(c, options, low, high):
    """Let a channel have anything between its three amounts again."""
    low[c] = min(options[c, 0], options[c, 1], options[c, 2])
    high[c] = max(options[c, 0], options[c, 1], options[c, 2])


@jit
def _choose_blocks(wanted, low, high, limits, rules, choices, room, out):
    """Place a plan in whole blocks near to `out`, which lies between the bounds; whether there is one.

    Each channel may have the three nearest amounts; first all have the nearest, then a depth-first search decides the
    channel first whose second nearest costs most. The bounds are narrowed.
    """
    n = low.size
    options, regret, order = np.empty((n, 3)), np.empty(n), np.empty(n, np.int64)
    order = order[: _nearest_blocks(out, low, high, choices[1], options, regret, order)]
    for i in range(order.size):
        low[order[i]] = high[order[i]] = options[order[i], 0]
    if _place(wanted, low, high, limits, rules, room, out):
        return True
    _sort_by(-regret, limits, choices, order)
    for i in range(order.size):
        _reopen(order[i], options, low, high)
    n_tried, depth, n_placed = np.zeros(order.size, np.int64), 0, 0
    for _ in range(_TRIES if order.size > 0 else 0):
        c = order[depth]
        if n_tried[depth] == 3:
            n_tried[depth] = 0
            _reopen(c, options, low, high)
            depth -= 1
        else:
            low[c] = high[c] = options[c, n_tried[depth]]
            n_tried[depth] += 1
            if _can_hold(low, high, limits, rules):
                if depth + 1 < order.size:
                    depth += 1
                elif _place(wanted, low, high, limits, rules, room, out):
                    return True
                else:
                    n_placed += 1
        if depth < 0 or n_placed == _PLACED:
            break
    return False


@jit
def _place_as(known, wanted, limits, rules, choices, low, high, room, out):
    """The nearest plan that makes the choices of one that is known, or that plan."""
    block = choices[1]
    for c in range(low.size):
        _bound(c, known[c] > 0.0, limits, choices, low, high)
        if block[c] > 0.0:
            low[c] = high[c] = np.round(known[c] / block[c]) * block[c]
    if not _place(wanted, low, high, limits, rules, room, out):
        copy(known, out)


@jit
def project_choices(money, limits, rules, choices, known, out):
    """A feasible plan near to each plan, where channels are used or not, counted, or bought in blocks.

    money (n_plans, n_channels) currency per plan; limits: lower, upper (n_channels,), budget_min, budget_max, share;
    rules as in `project_rules`, without rows where there are none; choices: least_used (n_channels,), what a channel
    gets if it gets anything, 0 where it has no choice, and with lower 0 otherwise; block (n_channels,), 0 for none, of
    which all bounds are multiples; members (n_counts, n_channels) bool, fewest and most (n_counts,) of them that may be
    used; known (n_channels,), a plan that keeps everything -> out (n_plans, n_channels).

    Where the nearest plan without choices keeps them, that is the answer, and exact. Otherwise it says which channels
    to use, and the nearest plan that uses these how many blocks to buy: heuristics of ours. Where a short search finds
    no choices that leave a plan, those of the plan that is known take their place.
    """
    lower, upper, _, _, _ = limits
    low, high, used = np.empty_like(lower), np.empty_like(lower), np.empty(lower.size, np.bool_)
    room = np.empty_like(lower), np.ones_like(lower)
    for p in range(money.shape[0]):
        copy(lower, low)  # which may be written to: see `jit`
        copy(upper, high)
        found = _place(money[p], low, high, limits, rules, room, out[p])
        if found and _read_use(out[p], limits, choices, used):
            for c in range(lower.size):
                _bound(c, used[c], limits, choices, low, high)
        elif found:
            found = _choose_use(money[p], limits, rules, choices, used, low, high, room, out[p])
        if found and not _in_blocks(out[p], choices[1]):
            found = _choose_blocks(money[p], low, high, limits, rules, choices, room, out[p])
        if not found:
            _place_as(known, money[p], limits, rules, choices, low, high, room, out[p])
