"""Lower bounds of sums over channels under one price of money, from Bezier points of the channels' cubics.

A channel's curve stands as a row of control points: first the point "nothing", which counts only where a channel may
also get nothing, then the points of its cubic pieces, four to a piece, neighbours sharing one. A cubic lies inside the
convex hull of its four points.
"""

import numpy as np

from moo_budget.kernels._jit import jit
from moo_budget.kernels.weighted import _lower_hull

_STEPS = 60  # of the search for a price; some fifteen do
_SETTLED = 1e-11  # of the size of the terms: what a better price could still gain
_BEYOND = 1.0 + 1e-9  # beyond the last slope every channel is at its end
_BENT = 1e-3  # weight of a bend where no channel is off its envelope
_ROUNDING = 1e-9  # of the size of the terms, taken off a bound: totals hold to 1e-12, a tail mean to 1e-10


@jit
def add_curves(coefficients, curves, out):
    """Add to out (n, n_channels, n_points) weighted sums of each channel's curves, one a draw or a term.

    coefficients (n, n_channels, n_draws), curves (n_channels, n_draws, n_points).
    """
    for p in range(coefficients.shape[0]):
        for c in range(curves.shape[0]):
            row = out[p, c]
            for d in range(curves.shape[1]):
                weight = coefficients[p, c, d]
                if weight != 0.0:
                    curve = curves[c, d]
                    for i in range(curve.size):
                        row[i] += weight * curve[i]


@jit
def _bernstein(t):
    rest = 1.0 - t
    return rest * rest * rest, 3.0 * rest * rest * t, 3.0 * rest * t * t, t * t * t


@jit
def responses(plans, positions, curves, out):
    """Value of each channel's curves at a plan's money: plans (n, n_channels) -> out (n, n_channels, n_draws).

    positions (n_channels, n_points); curves (n_channels, n_draws, n_points). Money below a channel's first piece is
    nothing.
    """
    last = positions.shape[1] - 4
    for p in range(plans.shape[0]):
        for c in range(plans.shape[1]):
            x, at = plans[p, c], positions[c]
            if x < at[1]:
                for d in range(curves.shape[1]):
                    out[p, c, d] = curves[c, d, 0]
                continue
            i = 1
            while i < last and x > at[i + 3]:
                i += 3
            width = at[i + 3] - at[i]
            t = min((x - at[i]) / width, 1.0) if width > 0.0 else 0.0
            a, b, e, f = _bernstein(t)
            for d in range(curves.shape[1]):
                y = curves[c, d]
                out[p, c, d] = a * y[i] + b * y[i + 1] + e * y[i + 2] + f * y[i + 3]


@jit
def noise_exposure(responses, loadings, specific, out):
    """Covariance times response of each draw, Sigma f_d: responses (n, n_channels, n_draws) -> out, the same shape.

    Sigma = loadings loadings' + diag(specific), loadings (n_channels, n_factors), specific (n_channels,).
    """
    n_channels, n_draws = responses.shape[1], responses.shape[2]
    exposure = np.empty(n_draws)
    for p in range(responses.shape[0]):
        for c in range(n_channels):
            for d in range(n_draws):
                out[p, c, d] = specific[c] * responses[p, c, d]
        for j in range(loadings.shape[1]):
            exposure[:] = 0.0
            for c in range(n_channels):
                weight = loadings[c, j]
                if weight != 0.0:
                    for d in range(n_draws):
                        exposure[d] += weight * responses[p, c, d]
            for c in range(n_channels):
                weight = loadings[c, j]
                if weight != 0.0:
                    for d in range(n_draws):
                        out[p, c, d] += weight * exposure[d]


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
                low_plan[p] = middle
            if total >= target:
                has_high, high, high_value, high_total = True, price, value, total
                high_plan[p] = middle
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
            low_plan[p], low_total = high_plan[p], high_total
        elif not has_high:
            high_plan[p], high_total = low_plan[p], low_total
        if low_total < target < high_total:
            low_share[p] = (high_total - target) / (high_total - low_total)


@jit
def _curve_at(money, x, y, first, last):
    """A channel's curve at money within its pieces; left of them its value at the first."""
    piece = first
    while piece < last - 1 and money > x[1 + 3 * (piece + 1)]:
        piece += 1
    i = 1 + 3 * piece
    width = x[i + 3] - x[i]
    t = min(max((money - x[i]) / width, 0.0), 1.0) if width > 0.0 else 0.0
    a, b, e, f = _bernstein(t)
    return a * y[i] + b * y[i + 1] + e * y[i + 2] + f * y[i + 3]


@jit
def _chord_at(money, left_x, left_y, right_x, right_y):
    share = (money - left_x) / (right_x - left_x) if right_x > left_x else 0.0
    return left_y + share * (right_y - left_y)


@jit
def _envelope_at(money, x, y, hull, n_hull):
    """The lower convex envelope of points at some money, from the indices of its vertices."""
    k = 1
    while k < n_hull - 1 and money > x[hull[k]]:
        k += 1
    if n_hull == 1:
        return y[hull[0]]
    return _chord_at(money, x[hull[k - 1]], y[hull[k - 1]], x[hull[k]], y[hull[k]])


@jit
def _off_envelope(money, x, y, first, last, nothing, hull):
    """How far a channel's curve lies above its envelope, and a little for how bent it is."""
    i = 0
    points = np.empty(last - first + 2, dtype=np.int64)
    if nothing:
        points[0] = 0
        i = 1
    for piece in range(first, last + 1):
        points[i] = 1 + 3 * piece
        i += 1
    at, values = x[points[:i]], y[points[:i]]
    n_hull = _lower_hull(at, values, hull)
    value = _curve_at(money, x, y, first, last)
    chord = _chord_at(money, at[0], values[0], at[i - 1], values[i - 1])
    return max(value - _envelope_at(money, at, values, hull, n_hull), 0.0) + _BENT * abs(value - chord)


@jit
def branches(x, y, first, last, nothing, plans, channel, piece):
    """The channel of each plan that is most off its envelope, and the piece before which to split its box.

    Arguments as in `dual_bounds`; plans (n, n_channels) -> channel (n,), -1 where nothing is left to split; piece
    (n,), equal to `first` where nothing is to be parted from something.
    """
    hull = np.empty(x.shape[1], dtype=np.int64)
    for p in range(plans.shape[0]):
        channel[p], piece[p], most = -1, 0, -1.0
        for c in range(plans.shape[1]):
            a, b = first[p, c], last[p, c]
            n_parts = b - a + (1 if nothing[p, c] else 0)
            if n_parts < 2 or x[c, 1 + 3 * b] <= x[c, 0 if nothing[p, c] else 1 + 3 * a]:
                continue
            off = _off_envelope(plans[p, c], x[c], y[p, c], a, b, nothing[p, c], hull)
            if off > most:
                channel[p], most = c, off
                piece[p] = a if nothing[p, c] else _nearest_knot(plans[p, c], x[c], a, b)


@jit
def _nearest_knot(money, x, first, last):
    """The knot nearest to some money, of those with pieces on both sides."""
    nearest = first + 1
    for k in range(first + 2, last):
        if abs(x[1 + 3 * k] - money) < abs(x[1 + 3 * nearest] - money):
            nearest = k
    return nearest


@jit
def _reach(corner, weights, bounds):
    """How far below a corner a plan may lie in all goals at once, by the bounds; weights sum to 1."""
    least = np.inf
    for w in range(weights.shape[0]):
        off = -bounds[w]
        for g in range(corner.size):
            if weights[w, g] != 0.0:
                off += weights[w, g] * corner[g]
        least = min(least, off)
    return least


@jit
def _deepest(corner, points):
    """The point strictly below a corner that takes most off it, -1 if there is none."""
    found, most = -1, 0.0
    for p in range(points.shape[0]):
        volume = 1.0
        for g in range(corner.size):
            if points[p, g] >= corner[g]:
                volume = 0.0
                break
            volume *= min(corner[g] - points[p, g], 1.0)
        if volume > most:
            found, most = p, volume
    return found


@jit
def largest_hole(points, weights, bounds, most_corners, out):
    """How far a plan may be better than every point in some goal, in the worst case that the bounds allow.

    points (n_points, n_goals) minimised, a goal's range on them 1; weights (n_weights, n_goals), rows that sum to 1,
    unit vectors among them, w z >= bounds (n_weights,) for every plan's goals z -> out (1,): every z has a point p with
    p <= z + out in all goals.

    What no point dominates is a union of boxes below corners, the local upper bounds of Klamroth, Lacour and
    Vanderpooten 2015. They are cut depth first, and only where a corner could be the worst; when `most_corners` are
    used up, the corners that are left stand for all below them.
    """
    n_goals = points.shape[1]
    corners = np.empty((most_corners + n_goals, n_goals))
    reach = np.empty(most_corners + n_goals)
    corners[0] = np.inf
    reach[0] = np.inf
    n_open, n_seen, worst = 1, 0, 0.0
    corner = np.empty(n_goals)
    child = np.empty(n_goals)
    children = np.empty(n_goals)
    while n_open > 0 and n_seen < most_corners and n_open < most_corners:
        n_open -= 1
        n_seen += 1
        if reach[n_open] <= worst:
            continue
        corner[:] = corners[n_open]
        point = _deepest(corner, points)
        if point < 0:
            worst = reach[n_open]
            continue
        for g in range(n_goals):
            child[:] = corner
            child[g] = points[point, g]
            children[g] = _reach(child, weights, bounds)
        for _ in range(n_goals):  # the worst is put down last, to be looked at next
            g = int(np.argmin(children))
            if children[g] > worst:
                corners[n_open] = corner
                corners[n_open, g] = points[point, g]
                reach[n_open] = children[g]
                n_open += 1
            children[g] = np.inf
    for i in range(n_open):
        worst = max(worst, reach[i])
    out[0] = worst
