"""Money of every channel placed in periods: projection onto totals of channels and a most of all together."""

import numpy as np

from moo_budget.kernels._jit import jit
from moo_budget.kernels._newton import bracketed_step
from moo_budget.kernels.budget import _fill_to

_SWEEPS = 5000  # over channels and periods in turn; ordinary limits take some ten
_NEAR = 1e-11  # of the whole team's most in a period: what a period may be above it, or below it at a price
_FASTER = 1.5  # a price that goes on in one direction goes on in longer steps
_STEPS = 200  # of Newton or bisection


@jit
def place_in_periods(wanted, lower, upper, totals, scale, total_max, out, excess):
    """The nearest money within per-period bounds that adds up in every channel and is not too much in any period.

    wanted, lower, upper (n_plans, n_periods, n_channels), currency; totals (n_plans, n_channels), which fit between the
    sums of the bounds; scale (n_plans, n_channels): distances are squares over it; total_max: most of all channels in
    one period, inf for none
    -> out, like wanted; excess (n_plans,): by how much some period is still above `total_max`: where that is more than
    rounding, no such money exists.

    Without `total_max` every channel is a projection onto a box with a sum, and exact. With it, channels and periods
    are put right in turn, each by the price that does so exactly: block coordinate ascent on the dual, which for a
    strictly convex distance converges (Tseng 1991). Deviation: where channels give way at once, prices would rise in
    small equal steps for long, so steps in one direction grow until it turns.
    """
    n_periods, n_channels = wanted.shape[1], wanted.shape[2]
    price, shift, last, stretch = np.empty(n_periods), np.empty(n_channels), np.empty(n_periods), np.empty(n_periods)
    row, low, high, found = np.empty(n_periods), np.empty(n_periods), np.empty(n_periods), np.empty(n_periods)
    for p in range(wanted.shape[0]):
        price[:] = 0.0
        shift[:] = 0.0
        last[:] = 0.0
        stretch[:] = 1.0
        for _ in range(_SWEEPS):
            for c in range(n_channels):
                for t in range(n_periods):
                    row[t] = wanted[p, t, c] - scale[p, c] * price[t]
                    low[t], high[t] = lower[p, t, c], upper[p, t, c]
                shift[c] = _fill_to(row, low, high, totals[p, c], shift[c], found)
                for t in range(n_periods):
                    out[p, t, c] = found[t]
            if total_max == np.inf or _settled(out[p], price, total_max):
                break
            for t in range(n_periods):
                step = _price(wanted[p, t], lower[p, t], upper[p, t], shift, scale[p], total_max) - price[t]
                stretch[t] = stretch[t] * _FASTER if step * last[t] > 0.0 else 1.0
                last[t] = step
                price[t] = max(price[t] + stretch[t] * step, 0.0)
        excess[p] = 0.0
        for t in range(n_periods):
            excess[p] = max(excess[p], _taken(out[p, t]) - total_max)


@jit
def _taken(money):
    """What all channels (n_channels,) get."""
    total = 0.0
    for c in range(money.size):
        total += money[c]
    return total


@jit
def _settled(money, price, total_max):
    """Whether no period takes more than the most, and none with a price less."""
    for t in range(price.size):
        above = _taken(money[t]) - total_max
        if above > _NEAR * total_max or (price[t] > 0.0 and above < -_NEAR * total_max):
            return False
    return True


@jit
def _price(wanted, lower, upper, shift, scale, total_max):
    """The least price, 0 or more, at which a period's channels together take no more than the most.

    What they take is piecewise linear and never rising in the price: Newton's method inside a bracket.
    """
    low, high, price = 0.0, 0.0, 0.0
    for c in range(wanted.size):
        high = max(high, (wanted[c] + shift[c] - lower[c]) / scale[c])
    for _ in range(_STEPS):
        taken, rate = 0.0, 0.0
        for c in range(wanted.size):
            want = wanted[c] + shift[c] - scale[c] * price
            taken += min(max(want, lower[c]), upper[c])
            if lower[c] < want < upper[c]:
                rate += scale[c]
        gap = taken - total_max
        if abs(gap) <= 1e-14 * total_max or (gap < 0.0 and price == 0.0):
            break
        following, low, high = bracketed_step(price, gap, rate, low, high)
        if following == price:
            break
        price = following
    return price
