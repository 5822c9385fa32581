"""Plans nearest to others, or lowest on a separable model, within a box and any linear rules."""

import numpy as np

from moo_budget.kernels._copy import copy
from moo_budget.kernels._jit import jit
from moo_budget.kernels.budget import _cap_at, _place_rest, _project_plan

_ROUNDS = 200  # of Newton's method; some five are usual
_USUAL, _NEARLY = 30, 1e-11  # after so many rounds a row may miss this of a plan's money
_SEARCHES = 80  # of a step length; one or two are usual
_ROUNDING = 2e-14  # of a plan's money: what a row, of length 1, may miss
_FLAT = 1e-11  # of a row's own size: what is left of it beside the others is nothing
_RIDGE = 1e-8  # lets rows that say the same hand their multipliers over to each other
_SOFT = 0.1  # part of a channel's give that is assumed where channels at their bounds leave a step undecided


@jit
def _answers(price, model, out, give):
    """Each channel where its quadratic model with kinks, less price x, is lowest; and how far a price moves it."""
    centre, ease, lower, upper, kinks, kink_slopes = model
    for c in range(centre.size):
        wanted = centre[c] + ease[c] * price[c]
        for k in range(kinks.shape[1]):
            wanted += kink_slopes[c, k] * ease[c]
        on_kink = False  # below every kink, so far
        for k in range(kinks.shape[1]):
            if wanted <= kinks[c, k]:
                break
            wanted -= 2.0 * kink_slopes[c, k] * ease[c]
            if wanted <= kinks[c, k]:
                wanted, on_kink = kinks[c, k], True
                break
        out[c] = min(max(wanted, lower[c]), upper[c])
        give[c] = 0.0 if on_kink or wanted < lower[c] or wanted > upper[c] else ease[c]


@jit
def _size(plan):
    """Money of a plan, whatever its sign."""
    size = 0.0
    for c in range(plan.size):
        size += abs(plan[c])
    return size


@jit
def _placed(rows, i, plan):
    """What a plan comes to in one row."""
    placed = 0.0
    for c in range(plan.size):
        placed += rows[i, c] * plan[c]
    return placed


@jit
def _misses(rules, multiplier, plan, tolerance, miss):
    """What each rule lacks (above 0) or has too much of (below 0), as far as it binds; whether all is well."""
    rows, low, high = rules
    kept, size = True, _size(plan)
    for i in range(low.size):
        placed = _placed(rows, i, plan)
        below, above = low[i] - placed, high[i] - placed
        if low[i] == high[i] or multiplier[i] > 0.0:
            miss[i] = below
        elif multiplier[i] < 0.0:
            miss[i] = above
        else:
            miss[i] = max(below, 0.0) + min(above, 0.0)
        if abs(miss[i]) <= tolerance * size:
            miss[i] = 0.0
        kept = kept and miss[i] == 0.0
    return kept


@jit
def _matrix(rows, give, binding, n, out):
    """How the binding rows react to each other's multipliers: rows give rows', its lower half."""
    for a in range(n):
        for b in range(a + 1):
            total = 0.0
            for c in range(give.size):
                total += rows[binding[a], c] * give[c] * rows[binding[b], c]
            out[a, b] = total


@jit
def _decompose(matrix, n):
    """Cholesky's factor in place of the lower half; False where a row adds nothing to those before it."""
    for a in range(n):
        own = matrix[a, a]
        for b in range(a + 1):
            left = matrix[a, b]
            for k in range(b):
                left -= matrix[a, k] * matrix[b, k]
            if b < a:
                matrix[a, b] = left / matrix[b, b]
            elif left > _FLAT * own:
                matrix[a, a] = np.sqrt(left)
            else:
                return False
    return True


@jit
def _solve(factor, n, step):
    """The solution of factor factor' x = step, in place of step."""
    for a in range(n):
        for k in range(a):
            step[a] -= factor[a, k] * step[k]
        step[a] /= factor[a, a]
    for a in range(n - 1, -1, -1):
        for k in range(a + 1, n):
            step[a] -= factor[k, a] * step[k]
        step[a] /= factor[a, a]


@jit
def _direction(rules, model, multiplier, miss, give, room, is_soft):
    """Newton's direction for the multipliers of the rules that bind; how many do.

    A rule that begins to bind may only be pushed the way that it lacks; one that the others would push back waits.
    Where rules say the same of the channels that can move, a ridge decides; `is_soft`: as if those at their bounds gave
    a little too.
    """
    rows, low, high = rules
    _, ease, lower, upper, _, _ = model
    binding, step, matrix, soft = room
    n = 0
    for i in range(low.size):
        if low[i] == high[i] or multiplier[i] != 0.0 or miss[i] != 0.0:
            binding[n] = i
            n += 1
    while True:
        _matrix(rows, give, binding, n, matrix)
        if not _decompose(matrix, n):
            for c in range(give.size):
                soft[c] = max(give[c], _SOFT * ease[c] if is_soft and lower[c] < upper[c] else 0.0)
            _matrix(rows, soft, binding, n, matrix)
            size = 0.0
            for a in range(n):
                size += matrix[a, a] / n
            for a in range(n):
                matrix[a, a] += _RIDGE * size if size > 0.0 else 1.0
            _decompose(matrix, n)
        for a in range(n):
            step[a] = miss[binding[a]]
        _solve(matrix, n, step)
        worst, wrong = 0.0, -1
        for a in range(n):
            i = binding[a]
            if low[i] < high[i] and multiplier[i] == 0.0 and step[a] * miss[i] < worst:
                worst, wrong = step[a] * miss[i], a
        if wrong < 0:
            return n
        for a in range(wrong, n - 1):
            binding[a] = binding[a + 1]
        n -= 1


@jit
def _length(rules, model, multiplier, miss, price, push, n, room, trial, out, give):
    """How far to go along a direction until nothing more is gained, or a multiplier reaches zero."""
    _, low, high = rules
    binding, step, _, _ = room
    longest, asked, first = np.inf, 0.0, 0.0
    for a in range(n):
        i = binding[a]
        if low[i] < high[i] and multiplier[i] * step[a] < 0.0:
            longest = min(longest, -multiplier[i] / step[a])
        is_low = low[i] == high[i] or multiplier[i] > 0.0 or (multiplier[i] == 0.0 and miss[i] > 0.0)
        asked += step[a] * (low[i] if is_low else high[i])
        first += step[a] * miss[i]
    begin, end, length = 0.0, longest, min(1.0, longest)
    for _ in range(_SEARCHES):
        for c in range(price.size):
            trial[c] = price[c] + length * push[c]
        _answers(trial, model, out, give)
        gain, bend = asked, 0.0
        for c in range(price.size):
            gain -= push[c] * out[c]
            bend += push[c] * push[c] * give[c]
        if abs(gain) <= 0.1 * first or (gain > 0.0 and length == longest):
            break
        if gain > 0.0:
            begin = length
        else:
            end = length
        following = length + gain / bend if bend > 0.0 else (np.inf if gain > 0.0 else -np.inf)
        if following >= longest and gain > 0.0 and end == longest:
            following = longest if longest < np.inf else 8.0 * length
        elif not begin < following < end:
            if begin == 0.0:
                following = 0.05 * end
            else:
                following = np.sqrt(begin * end) if end > 4.0 * begin else 0.5 * (begin + end)
        if following == length:
            break
        length = following
    return length, length == longest


@jit
def _lowest(model, rules, out):
    """The plan where a separable model is lowest within box and rules, by its dual; whether one was found.

    The dual of a separable quadratic over a box is concave and piecewise quadratic in the rules' multipliers: Newton's
    method with a line search ends exactly. Source: semismooth Newton, Qi and Sun 1993; Li and Li 2013 for one row.
    """
    rows, low, high = rules
    n_rows, n_channels = rows.shape
    multiplier, miss = np.zeros(n_rows), np.empty(n_rows)
    price, push, trial = np.zeros(n_channels), np.empty(n_channels), np.empty(n_channels)
    give = np.empty(n_channels)
    room = np.empty(n_rows, np.int64), np.empty(n_rows), np.empty((n_rows, n_rows)), np.empty(n_channels)
    binding, step, _, _ = room
    for r in range(_ROUNDS):
        _answers(price, model, out, give)
        if _misses(rules, multiplier, out, _ROUNDING if r < _USUAL else _NEARLY, miss):
            return True
        n = _direction(rules, model, multiplier, miss, give, room, r % 4 != 3)
        for c in range(n_channels):
            push[c] = 0.0
        for a in range(n):
            for c in range(n_channels):
                push[c] += step[a] * rows[binding[a], c]
        length, at_zero = _length(rules, model, multiplier, miss, price, push, n, room, trial, out, give)
        for a in range(n):
            i = binding[a]
            ends = at_zero and low[i] < high[i] and multiplier[i] * step[a] < 0.0
            ends = ends and -multiplier[i] / step[a] <= length
            multiplier[i] = 0.0 if ends else multiplier[i] + length * step[a]
        for c in range(n_channels):
            price[c] = 0.0
        for i in range(n_rows):
            if multiplier[i] != 0.0:
                for c in range(n_channels):
                    price[c] += multiplier[i] * rows[i, c]
    return False


@jit
def _keeps(rules, plan):
    """Whether a plan keeps the rules, but for rounding."""
    rows, low, high = rules
    kept, size = True, _size(plan)
    for i in range(low.size):
        placed = _placed(rows, i, plan)
        kept = kept and low[i] - 2.0 * _NEARLY * size <= placed <= high[i] + 2.0 * _NEARLY * size
    return kept


@jit
def _nearest_within(money, lower, upper, total, rules, even, out):
    """The nearest plan within box and rules, the first of which is the total; whether one was found.

    total: what the plan must add up to, where it is fixed, else below 0; even (n_channels,): ones.
    """
    none = np.empty((money.size, 0))
    found = _lowest((money, even, lower, upper, none, none), rules, out)
    if found and total >= 0.0:
        _place_rest(lower, upper, total, out)
    return found


@jit
def project_rules(money, limits, rules, known, out):
    """The nearest plans within box, total, largest share and linear rules.

    money (n_plans, n_channels) currency per plan; limits: lower, upper (n_channels,), budget_min, budget_max, share;
    rules: rows (n_rows, n_channels) of length 1, low and high (n_rows,), the total among them, and the share too where
    the total is free; known (n_channels,), a plan that keeps them all, which stands in where Newton's method does not
    end -> out (n_plans, n_channels).
    """
    lower, upper, budget_min, budget_max, share = limits
    lower, upper = lower.copy(), upper.copy()  # which may be written to: see `jit`
    cap, even = np.empty_like(upper), np.ones_like(upper)
    total = budget_max if budget_min == budget_max else -1.0
    for p in range(money.shape[0]):
        _project_plan(money[p], lower, upper, budget_min, budget_max, share, cap, out[p])
        if _keeps(rules, out[p]):
            continue
        _cap_at(share * budget_max if share < 1.0 else np.inf, upper, cap)
        if not _nearest_within(money[p], lower, cap, total, rules, even, out[p]):
            copy(known, out[p])


@jit
def model_step_rules(plans, slope, curvature, lower, upper, kinks, kink_slopes, rules, out):
    """`model_step` within linear rules, the total among them; a plan whose box holds none of them stays.

    rules: rows (n_rows, n_channels) of length 1, low and high (n_rows,) -> out (n_plans, n_channels).
    """
    ease, centre = np.empty(plans.shape[1]), np.empty(plans.shape[1])
    for p in range(plans.shape[0]):
        for c in range(plans.shape[1]):
            ease[c] = 1.0 / curvature[p, c]
            centre[c] = plans[p, c] - slope[p, c] * ease[c]
        if not _lowest((centre, ease, lower[p], upper[p], kinks, kink_slopes[p]), rules, out[p]):
            copy(plans[p], out[p])
