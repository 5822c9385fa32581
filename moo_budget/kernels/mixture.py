"""Exact functionals of mixtures of normals, one mixture a plan, and their derivatives in the parts' moments.

Throughout: mean, variance (n_plans, n_draws), a part without variance is a point mass; weights (n_draws,), sum 1.
A plan whose moments are NaN has NaN.
"""

import numpy as np

from moo_budget.kernels._jit import jit

# The table of the normal distribution: nodes at -REACH, ..., REACH, PER_UNIT of them per deviation.
REACH = 8.5
PER_UNIT = 16.0

_STEPS = 200  # of bracketed Newton or bisection; normals need three, point masses some forty
_ROUNDING = 1e-12  # deviations, by which the tail mean may miss
_STILL = 1e-14  # of the mean: a deviation that is only what summing rounds off


@jit
def _normal(z, table):
    """Distribution function and density of the standard normal at z, to 1e-15 and 3e-13.

    table (n_nodes, 8): Taylor's coefficients of the distribution function around each node, a cache line a node.
    """
    if not -REACH < z < REACH:
        return (1.0 if z > 0.0 else 0.0), 0.0
    k = int((z + REACH) * PER_UNIT + 0.5)
    h = z - (k * (1.0 / PER_UNIT) - REACH)
    density = table[k, 7]
    area = table[k, 6] + h * density
    for i in range(5, -1, -1):
        density = area + h * density
        area = table[k, i] + h * area
    return area, density


@jit
def _moments(mean, variance, weights):
    """Mean and deviation of one mixture."""
    centre = 0.0
    for d in range(mean.size):
        centre += weights[d] * mean[d]
    total = 0.0
    for d in range(mean.size):
        away = mean[d] - centre
        total += weights[d] * (away * away + variance[d])
    return centre, np.sqrt(total)


@jit
def mixture_std(mean, variance, weights, value):
    """Standard deviation of each plan: spread of the parts' means plus mean of their variances -> value (n_plans,)."""
    for p in range(mean.shape[0]):
        value[p] = _moments(mean[p], variance[p], weights)[1]


@jit
def mixture_std_sensitivity(mean, variance, weights, value, d_mean, d_variance):
    """`mixture_std` and its derivatives in the moments, two arrays (n_plans, n_draws); 0 where nothing varies."""
    for p in range(mean.shape[0]):
        centre, value[p] = _moments(mean[p], variance[p], weights)
        per = 0.0 if value[p] <= _STILL * abs(centre) else 1.0 / value[p]
        for d in range(weights.size):
            d_mean[p, d] = weights[d] * (mean[p, d] - centre) * per
            d_variance[p, d] = 0.5 * weights[d] * per


@jit
def _short_of(distance, variance, table):
    """P(X < t), E[(t - X)+] and E[(t - X)+^2] of a normal, or a point mass, whose mean lies `distance` below t."""
    if variance > 0.0:
        deviation = np.sqrt(variance)
        area, density = _normal(distance / deviation, table)
        short = distance * area + deviation * density
        return area, short, distance * short + variance * area
    short = max(distance, 0.0)
    return (1.0 if distance > 0.0 else 0.0), short, short * short


@jit
def mixture_semi_deviation(mean, variance, weights, table, value):
    """Root mean square of what each plan ends below its own mean; table: see `_normal` -> value (n_plans,)."""
    for p in range(mean.shape[0]):
        centre, total = _moments(mean[p], variance[p], weights)[0], 0.0
        for d in range(weights.size):
            total += weights[d] * _short_of(centre - mean[p, d], variance[p, d], table)[2]
        value[p] = np.sqrt(total)


@jit
def mixture_semi_deviation_sensitivity(mean, variance, weights, table, value, d_mean, d_variance):
    """`mixture_semi_deviation` and its derivatives in the moments, two arrays (n_plans, n_draws); 0 where all is one.

    A part's mean moves the square of what is short of the plan's mean by weights (E[short] - short of the part) times
    two, its variance by weights P(X < mean), as the heat equation says.
    """
    mixture_semi_deviation(mean, variance, weights, table, value)
    for p in range(mean.shape[0]):
        centre, expected = _moments(mean[p], variance[p], weights)[0], 0.0
        per = 0.0 * value[p] if not value[p] > _STILL * abs(centre) else 1.0 / value[p]  # NaN where the plan is
        for d in range(weights.size):
            area, short, _ = _short_of(centre - mean[p, d], variance[p, d], table)
            d_mean[p, d], d_variance[p, d] = short, 0.5 * weights[d] * area * per
            expected += weights[d] * short
        for d in range(weights.size):
            d_mean[p, d] = weights[d] * (expected - d_mean[p, d]) * per


@jit
def _below(q, mean, deviation, precision, weights, table):
    """P(X <= q), the density at q, and E[(q - X)+] of one mixture."""
    below = density = short = 0.0
    for d in range(mean.size):
        distance = q - mean[d]
        if deviation[d] > 0.0:
            area, height = _normal(distance * precision[d], table)
            below += weights[d] * area
            density += weights[d] * height * precision[d]
            short += weights[d] * (distance * area + deviation[d] * height)
        elif distance >= 0.0:
            below += weights[d]
            short += weights[d] * distance
    return below, density, short


@jit
def _deviations(variance):
    """Deviation of each part (n_draws,), and one over it; 1 for a point mass, whose precision nobody asks for."""
    deviation, precision = np.empty(variance.size), np.empty(variance.size)
    for d in range(variance.size):
        deviation[d] = np.sqrt(variance[d])
        precision[d] = 1.0 / deviation[d] if deviation[d] > 0.0 else 1.0
    return deviation, precision


@jit
def _tail(mean, deviation, precision, weights, mass, centre, spread, start, table):
    """The lower tail of one mixture: its mean, its quantile, and a point on the quantile's other side.

    The mean is the largest value of t - E[(t - X)+] / mass, reached at the quantile and flat there, so a quantile found
    to the root of a precision gives the mean to that precision. Newton's method inside the bracket of Cantelli's
    inequality; it ends when the next step would gain nothing.
    Source: Rockafellar and Uryasev 2000.
    """
    low = centre - spread * (np.sqrt((1.0 - mass) / mass) + _ROUNDING)
    high = centre + spread * (np.sqrt(mass / (1.0 - mass)) + _ROUNDING)
    enough = mass * (_ROUNDING * spread + 1e-16 * abs(centre))
    q = min(max(centre + start * spread, low), high)
    for _ in range(_STEPS):
        below, density, short = _below(q, mean, deviation, precision, weights, table)
        excess = below - mass
        if excess > 0.0:
            high = q
        else:
            low = q
        step = -excess / density if density > 0.0 else np.inf
        if abs(excess) * min(abs(step), high - low) <= enough:
            break
        following = q + step if low < q + step < high else 0.5 * (low + high)
        if following in (low, high):
            break
        q = following
    return q - short / mass, q, low if excess > 0.0 else high


@jit
def mixture_tail_mean(mean, variance, weights, mass, start, table, value):
    """Mean of the lowest `mass` in (0, 1) of each plan's cases; a point mass at its edge counts in part.

    start: the normal quantile of `mass`, where the search begins; table: see `_normal` -> value (n_plans,).
    """
    for p in range(mean.shape[0]):
        centre, spread = _moments(mean[p], variance[p], weights)
        value[p] = centre
        if spread > _STILL * abs(centre):
            deviation, precision = _deviations(variance[p])
            value[p] = _tail(mean[p], deviation, precision, weights, mass, centre, spread, start, table)[0]


@jit
def mixture_tail_mean_sensitivity(mean, variance, weights, mass, start, table, value, d_mean, d_variance):
    """`mixture_tail_mean` and its derivatives in the moments, two arrays (n_plans, n_draws).

    d_mean is the share of each part in the tail: between 0 and weights / mass, and its sum is 1 (of the point masses at
    the edge, so much as the tail still needs). Source: the envelope theorem.
    """
    for p in range(mean.shape[0]):
        centre, spread = _moments(mean[p], variance[p], weights)
        value[p] = centre
        if not spread > _STILL * abs(centre):
            for d in range(weights.size):
                d_mean[p, d] = weights[d] + 0.0 * spread  # NaN where the plan is
                d_variance[p, d] = 0.0 * spread
            continue
        deviation, precision = _deviations(variance[p])
        value[p], edge, other = _tail(mean[p], deviation, precision, weights, mass, centre, spread, start, table)
        shared = _shares(edge, mean[p], deviation, weights, mass, table, d_mean[p], d_variance[p])
        missing = 1.0 - shared
        if missing != 0.0:
            beyond, unused = np.empty(weights.size), np.empty(weights.size)
            between = _shares(other, mean[p], deviation, weights, mass, table, beyond, unused) - shared
            part = missing / between if between != 0.0 else 0.0
            for d in range(weights.size):
                d_mean[p, d] += part * (beyond[d] - d_mean[p, d])


@jit
def _shares(q, mean, deviation, weights, mass, table, d_mean, d_variance):
    """Derivatives of q - E[(q - X)+] / mass in the parts' means and variances, q held; returns the sum of the first."""
    total = 0.0
    for d in range(mean.size):
        if deviation[d] > 0.0:
            area, height = _normal((q - mean[d]) / deviation[d], table)
            d_mean[d] = weights[d] / mass * area
            d_variance[d] = -0.5 * weights[d] / mass * height / deviation[d]
        else:
            d_mean[d] = weights[d] / mass if mean[d] <= q else 0.0
            d_variance[d] = 0.0
        total += d_mean[d]
    return total


@jit
def mixture_quantile(mean, variance, weights, probability, start, table, value):
    """The least q with P(X <= q) >= probability in (0, 1), up to rounding -> value (n_plans,).

    start: the normal quantile of `probability`; table: see `_normal`. Newton's method inside the bracket of Cantelli's
    inequality; where a point mass makes the distribution function jump, the bracket closes on it from both sides.
    """
    wanted = probability * (1.0 - _ROUNDING)
    for p in range(mean.shape[0]):
        centre, spread = _moments(mean[p], variance[p], weights)
        value[p] = centre
        if not spread > _STILL * abs(centre):
            continue
        deviation, precision = _deviations(variance[p])
        low = centre - spread * (np.sqrt((1.0 - wanted) / wanted) + _ROUNDING)
        high = centre + spread * (np.sqrt(wanted / (1.0 - wanted)) + _ROUNDING)
        q = min(max(centre + start * spread, low), high)
        for _ in range(_STEPS):
            below, density, _ = _below(q, mean[p], deviation, precision, weights, table)
            if below >= wanted:
                high = q
            else:
                low = q
            step = (wanted - below) / density if density > 0.0 else np.inf
            following = q + step if low < q + step < high else 0.5 * (low + high)
            # Only where the density is no rounding error does a short step mean that the root is near.
            if abs(step) <= _ROUNDING * spread and density * spread > 1e-3:
                high = q + step
                break
            if following in (low, high):
                break
            q = following
        value[p] = high


@jit
def mixture_shortfall(mean, variance, weights, target, table, value):
    """P(X < target) + P(X = target) / 2 of each plan -> value (n_plans,)."""
    for p in range(mean.shape[0]):
        value[p] = 0.0 * _moments(mean[p], variance[p], weights)[1]  # 0 or NaN
        for d in range(weights.size):
            distance = target - mean[p, d]
            if variance[p, d] > 0.0:
                value[p] += weights[d] * _normal(distance / np.sqrt(variance[p, d]), table)[0]
            elif distance >= 0.0:
                value[p] += weights[d] if distance > 0.0 else 0.5 * weights[d]
        if value[p] > 1.0:  # weights sum to 1 but for rounding
            value[p] = 1.0


@jit
def mixture_shortfall_sensitivity(mean, variance, weights, target, table, value, d_mean, d_variance):
    """`mixture_shortfall` and its derivatives in the moments, two arrays (n_plans, n_draws); 0 for point masses."""
    mixture_shortfall(mean, variance, weights, target, table, value)
    for p in range(mean.shape[0]):
        d_mean[p] = d_variance[p] = 0.0 * value[p]
        for d in range(weights.size):
            if variance[p, d] > 0.0:
                deviation = np.sqrt(variance[p, d])
                z = (target - mean[p, d]) / deviation
                pull = -weights[d] * _normal(z, table)[1] / deviation
                d_mean[p, d] += pull
                d_variance[p, d] += 0.5 * pull * z / deviation
