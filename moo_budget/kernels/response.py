"""Look-ups in response tables: cubic Hermite pieces between knots, nothing beyond the last one."""

import numpy as np

from moo_budget.kernels._jit import jit

# Money that was divided by the number of periods and multiplied back may pass the table's end by a rounding error.
END_TOLERANCE = 1.0 + 1e-12


@jit
def _cell(x, knots):
    """The k with knots[k] <= x <= knots[k + 1] by bisection, or -1 beyond the table; knots (n_knots,) rise."""
    last = knots.size - 1
    if not 0.0 <= x <= knots[last] * END_TOLERANCE:
        return -1
    low, high = 0, last
    while high - low > 1:
        middle = (low + high) // 2
        if x < knots[middle]:
            high = middle
        else:
            low = middle
    return low


@jit
def _hermite(x, left, right):
    """Weights of (value left, slope left, value right, slope right) at x in [left, right]."""
    width = right - left
    if width == 0.0:  # a channel whose table ends at zero: it has no effect
        return 1.0, 0.0, 0.0, 0.0
    t = min((x - left) / width, 1.0)
    rest = 1.0 - t
    return (1.0 + 2.0 * t) * rest * rest, t * rest * rest * width, t * t * (3.0 - 2.0 * t), -t * t * rest * width


@jit
def _hermite_slope(x, left, right):
    """Weights of (value left, slope left, value right, slope right) in the derivative at x in [left, right]."""
    width = right - left
    if width == 0.0:
        return 0.0, 0.0, 0.0, 0.0
    t = min((x - left) / width, 1.0)
    rise = 6.0 * t * (1.0 - t) / width
    return -rise, (1.0 - t) * (1.0 - 3.0 * t), rise, t * (3.0 * t - 2.0)


@jit
def channel_response(spend, knots, values, slopes, out):
    """Response of each channel of each plan, NaN beyond the channel's table.

    spend (n_plans, n_channels) currency per period, knots, values, slopes (n_channels, n_knots)
    -> out (n_plans, n_channels) outcome per period. Source: Fritsch and Carlson 1980, the Hermite form.
    """
    for p in range(spend.shape[0]):
        for c in range(spend.shape[1]):
            k = _cell(spend[p, c], knots[c])
            if k < 0:
                out[p, c] = np.nan
                continue
            a, b, d, e = _hermite(spend[p, c], knots[c, k], knots[c, k + 1])
            out[p, c] = a * values[c, k] + b * slopes[c, k] + d * values[c, k + 1] + e * slopes[c, k + 1]


@jit
def _fill_draws(x, knots, values, slopes, out):
    """The response of one channel under every draw; values, slopes (n_knots, n_draws) -> out (n_draws,)."""
    k = _cell(x, knots)
    if k < 0:
        out[:] = np.nan
    else:
        _weigh_draws(_hermite(x, knots[k], knots[k + 1]), k, values, slopes, out)


@jit
def _fill_slopes(x, knots, values, slopes, out):
    """The slope of one channel's response under every draw; as `_fill_draws`."""
    k = _cell(x, knots)
    if k < 0:
        out[:] = np.nan
    else:
        _weigh_draws(_hermite_slope(x, knots[k], knots[k + 1]), k, values, slopes, out)


@jit
def _weigh_draws(weights, k, values, slopes, out):
    """The four ends of a piece by their weights, draw by draw."""
    a, b, d, e = weights
    for i in range(out.size):
        out[i] = a * values[k, i] + b * slopes[k, i] + d * values[k + 1, i] + e * slopes[k + 1, i]
