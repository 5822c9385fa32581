"""Where to split a box of plans: at the channel that is most off the lower convex envelope of its curve."""

import numpy as np

from moo_budget.kernels._jit import jit
from moo_budget.kernels.bezier import _bernstein
from moo_budget.kernels.weighted import _lower_hull

_BENT = 1e-3  # weight of a bend where no channel is off its envelope


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
def _knots(x, y, first, last, nothing):
    """Money and values where a channel's pieces begin and end, and of nothing where it may get that."""
    n_before = 1 if nothing else 0
    n_knots = n_before + last - first + 1
    money, values = np.empty(n_knots), np.empty(n_knots)
    if nothing:
        money[0], values[0] = x[0], y[0]
    for i in range(n_before, n_knots):
        at = 1 + 3 * (first + i - n_before)
        money[i], values[i] = x[at], y[at]
    return money, values


@jit
def _off_envelope(money, x, y, first, last, nothing, hull):
    """How far a channel's curve lies above its envelope, and a little for how bent it is."""
    at, values = _knots(x, y, first, last, nothing)
    n_hull = _lower_hull(at, values, hull)
    value = _curve_at(money, x, y, first, last)
    chord = _chord_at(money, at[0], values[0], at[at.size - 1], values[at.size - 1])
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
