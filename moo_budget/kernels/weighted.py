"""Plans that are best for a weighting of the goals: where the sum falls apart by channel, and a step towards it."""

import numpy as np

from moo_budget.kernels._jit import jit
from moo_budget.kernels._newton import bracketed_step
from moo_budget.kernels.budget import _place_rest
from moo_budget.kernels.expected import _guided_cell, _outside

_STEPS = 100  # of bracketed Newton or bisection; both end far earlier
_ROUNDING = 1e-14


@jit
def _lower_hull(x, y, hull):
    """Indices of the lower convex hull of points with x never falling; returns how many. Andrew's monotone chain."""
    n = 0
    for i in range(x.size):
        if n > 0 and x[i] == x[hull[n - 1]]:
            if y[i] >= y[hull[n - 1]]:
                continue
            n -= 1
        while n >= 2:
            a, b = hull[n - 2], hull[n - 1]
            if (y[b] - y[a]) * (x[i] - x[b]) < (y[i] - y[b]) * (x[b] - x[a]):
                break
            n -= 1
        hull[n] = i
        n += 1
    return n


@jit
def dent_depths(points, values, out):
    """How far curves lie below their upper convex envelope at most, as a share of their height.

    points (n_channels, n_points), never falling in a row; values (n_curves, n_channels, n_points)
    -> out (n_curves, n_channels), 0 for a curve of no height.
    """
    n_points = points.shape[1]
    hull = np.empty(n_points, dtype=np.int64)
    y = np.empty(n_points)
    for t in range(values.shape[0]):
        for c in range(points.shape[0]):
            x = points[c]
            lowest, highest = np.inf, -np.inf
            for i in range(n_points):
                y[i] = -values[t, c, i]
                lowest, highest = min(lowest, y[i]), max(highest, y[i])
            n_hull = _lower_hull(x, y, hull)
            deepest = 0.0
            for i in range(1, n_hull):
                a, b = hull[i - 1], hull[i]
                for k in range(a + 1, b):
                    share = (x[k] - x[a]) / (x[b] - x[a])
                    deepest = max(deepest, y[k] - y[a] - share * (y[b] - y[a]))
            height = highest - lowest
            out[t, c] = deepest / height if height > 0.0 else 0.0


@jit
def _at_price(price, x, y, hull, n_hull, out):
    """The hull vertex of each channel where y - price x is lowest, the one with most money among equals; the sum."""
    total = 0.0
    for c in range(x.shape[0]):
        low, high = 0, n_hull[c] - 1
        while low < high:
            middle = (low + high + 1) >> 1
            a, b = hull[c, middle - 1], hull[c, middle]
            if y[c, b] - y[c, a] <= price * (x[c, b] - x[c, a]):
                low = middle
            else:
                high = middle - 1
        out[c] = x[c, hull[c, low]]
        total += out[c]
    return total


@jit
def _price_range(x, y, hull, n_hull):
    """Lowest and highest slope of the hulls; 0, 0 where there is none."""
    low, high = 0.0, 0.0
    for c in range(x.shape[0]):
        for i in range(1, n_hull[c]):
            a, b = hull[c, i - 1], hull[c, i]
            slope = (y[c, b] - y[c, a]) / (x[c, b] - x[c, a])
            low, high = min(low, slope), max(high, slope)
    return low, high


@jit
def envelope_fill(points, terms, weights, paid, budget_min, budget_max, out, tied, tied_low, tied_high):
    """For each weighting the best plan where every channel's curve is replaced by its lower convex envelope.

    points (n_channels, n_points) currency, never falling in a row; terms (n_terms, n_channels, n_points), to be
    minimised; weights (n_plans, n_terms); paid (n_plans,) weight of the money itself
    -> out (n_plans, n_channels); tied (n_plans,) the one channel that stands between two vertices of its envelope, or
    -1, and these vertices, tied_low and tied_high (n_plans,).

    One price for all channels, by bisection; the money that the price leaves open goes to tied channels one after the
    other. Source: the Lagrangian of a separable problem, Everett 1963.
    """
    n_channels, n_points = points.shape
    y = np.empty((n_channels, n_points))
    hull = np.empty((n_channels, n_points), dtype=np.int64)
    n_hull = np.empty(n_channels, dtype=np.int64)
    more = np.empty(n_channels)
    for p in range(weights.shape[0]):
        for c in range(n_channels):
            for k in range(n_points):
                y[c, k] = paid[p] * points[c, k]
            for t in range(terms.shape[0]):
                for k in range(n_points):
                    y[c, k] += weights[p, t] * terms[t, c, k]
            n_hull[c] = _lower_hull(points[c], y[c], hull[c])
        tied[p] = -1
        total = _at_price(0.0, points, y, hull, n_hull, out[p])
        target = min(max(total, budget_min), budget_max)
        if total == target:
            continue
        low, high = _price_range(points, y, hull, n_hull)
        low, high = (low - 1.0 - abs(low), 0.0) if total > target else (0.0, high + 1.0 + abs(high))
        for _ in range(_STEPS):
            price = 0.5 * (low + high)
            if price in (low, high):
                break
            if _at_price(price, points, y, hull, n_hull, more) >= target:
                high = price
            else:
                low = price
        rest = target - _at_price(low, points, y, hull, n_hull, out[p])
        _at_price(high, points, y, hull, n_hull, more)
        for c in range(n_channels):
            added = more[c] - out[p, c]
            if added > rest:
                tied[p], tied_low[p], tied_high[p] = c, out[p, c], more[c]
                out[p, c] += rest
                break
            out[p, c] += added
            rest -= added


@jit
def expected_slopes(spend, knots, guide, pieces, weights, slope, curvature):
    """First and second derivative of a weighted sum of expected outcomes by each channel's money.

    spend, knots, guide and pieces as in `expected_totals`; weights (n_plans, n_outcomes)
    -> slope, curvature (n_plans, n_channels), to the right at a knot, NaN beyond a table.
    """
    for p in range(spend.shape[0]):
        for c in range(spend.shape[1]):
            if _outside(spend[p, c], knots[c]):
                slope[p, c] = curvature[p, c] = np.nan
                continue
            k = _guided_cell(spend[p, c], knots[c], guide[c])
            u = spend[p, c] - knots[c, k]
            first, second = 0.0, 0.0
            for o in range(weights.shape[1]):
                a = pieces[c, k, o]
                first += weights[p, o] * (a[1] + u * (2.0 * a[2] + u * 3.0 * a[3]))
                second += weights[p, o] * (2.0 * a[2] + u * 6.0 * a[3])
            slope[p, c] = first
            curvature[p, c] = second


@jit
def _moved_to(price, plan, slope, curvature, lower, upper, kinks, kink_slopes, out):
    """Each channel where its quadratic model with kinks, less price x, is lowest; sum and d sum."""
    total, response = 0.0, 0.0
    for c in range(plan.size):
        wanted = plan[c] - (slope[c] - price) / curvature[c]
        for k in range(kinks.shape[1]):
            wanted += kink_slopes[c, k] / curvature[c]
        on_kink = False  # below every kink, so far
        for k in range(kinks.shape[1]):
            if wanted <= kinks[c, k]:
                break
            wanted -= 2.0 * kink_slopes[c, k] / curvature[c]
            if wanted <= kinks[c, k]:
                wanted, on_kink = kinks[c, k], True
                break
        out[c] = min(max(wanted, lower[c]), upper[c])
        total += out[c]
        if not on_kink and lower[c] < wanted < upper[c]:
            response += 1.0 / curvature[c]
    return total, response


@jit
def _prices(plan, slope, curvature, lower, upper, kink_slopes):
    """A price at which every channel is at its lower end, and one at which every channel is at its upper end."""
    low, high = 0.0, 0.0
    for c in range(plan.size):
        jump = 0.0
        for k in range(kink_slopes.shape[1]):
            jump += kink_slopes[c, k]
        low = min(low, slope[c] + curvature[c] * (lower[c] - plan[c]) - jump)
        high = max(high, slope[c] + curvature[c] * (upper[c] - plan[c]) + jump)
    return low, high


@jit
def model_step(plans, slope, curvature, lower, upper, budget_min, budget_max, kinks, kink_slopes, out):
    """The feasible plan at which a separable quadratic model of the objective is lowest.

    plans, slope, curvature (above 0), lower, upper (n_plans, n_channels); the objective also has kink_slopes
    (n_plans, n_channels, n_kinks), 0 or more, times |x_c - kink|, kinks (n_channels, n_kinks), never falling in a row
    -> out (n_plans, n_channels).

    The sum of the channels' answers to one price never falls in the price: Newton's method inside a bracket.
    """
    for p in range(plans.shape[0]):
        model = plans[p], slope[p], curvature[p], lower[p], upper[p], kinks, kink_slopes[p], out[p]
        total, response = _moved_to(0.0, *model)
        target = min(max(total, budget_min), budget_max)
        low, high = _prices(plans[p], slope[p], curvature[p], lower[p], upper[p], kink_slopes[p])
        price = 0.0
        for _ in range(_STEPS):
            gap = target - total
            if abs(gap) <= _ROUNDING * target:
                break
            following, low, high = bracketed_step(price, gap, response, low, high)
            if following == price:
                break
            price = following
            total, response = _moved_to(price, *model)
        _place_rest(lower[p], upper[p], target, out[p])
