"""Moments of the incremental outcome of plans under every posterior draw, and what a change in spend does to them."""

import numpy as np

from moo_budget.kernels._jit import jit
from moo_budget.kernels.response import _fill_draws, _fill_slopes

# Channels, or factors, that one pass over the draws adds up: every sum is then read and written a quarter as often,
# which is 1.6 times as fast with 20 factors and 300 draws. Blocks of 32 to 128 draws that stay in the first cache lost
# (0.6 times: the passes are then too short), and so did fused multiply-adds (1.0 times).
_GROUP = 4

# Sums that stay in the second cache while a channel's table is read for several plans at a time: half the time with
# 10,000 channels and 32 draws, whose tables are larger than any cache, and none lost with 20 channels.
_KEPT = 32768


@jit
def draw_moments(spend, knots, values, slopes, loadings, specific, reference, mean, variance):
    """Mean and market-noise variance of one outcome, per period, for each plan under each draw.

    spend (n_plans, n_channels) currency per period; knots (n_channels, n_knots); values, slopes (n_channels, n_knots,
    n_draws), draws innermost so that every inner loop runs over contiguous memory; the noise covariance as
    loadings (n_channels, n_factors) and specific (n_channels,): Sigma = loadings loadings' + diag(specific); reference
    (n_channels, n_draws): responses of a plan that meets the same draw and the same shocks and is subtracted, as
    `draw_response` gives them, or (n_channels, 0): nothing is
    -> mean (n_plans, n_draws): sum_c g_cd; variance (n_plans, n_draws): g_d' Sigma g_d, with g the responses less the
    reference's; NaN beyond a table.
    """
    n_plans, n_channels, n_draws = spend.shape[0], spend.shape[1], values.shape[2]
    grouped, own = _grouped(loadings), _grouped(specific.reshape(n_channels, 1))
    response = np.zeros((_GROUP, n_draws))
    n_together = min(n_plans, max(1, _KEPT // ((loadings.shape[1] + 2) * n_draws)))
    exposure = np.empty((n_together, loadings.shape[1], n_draws))
    for first in range(0, n_plans, max(n_together, 1)):
        last = min(first + n_together, n_plans)
        mean[first:last] = 0.0
        variance[first:last] = 0.0
        exposure[:] = 0.0
        for g in range(grouped.shape[0]):
            start = g * _GROUP
            n_here = min(_GROUP, n_channels - start)
            response[n_here:] = 0.0
            for p in range(first, last):
                for h in range(n_here):
                    c = start + h
                    _fill_draws(spend[p, c], knots[c], values[c], slopes[c], response[h])
                    _subtract(reference[c], response[h])
                _add_group(response, own[g], mean[p], variance[p])
                _expose_group(response, grouped[g], exposure[p - first])
        for p in range(first, last):
            _add_squares(exposure[p - first], variance[p])


@jit
def draw_response(spend, knots, values, slopes, out):
    """Responses of one plan under each draw: spend (n_channels,), tables as above -> out (n_channels, n_draws)."""
    for c in range(spend.size):
        _fill_draws(spend[c], knots[c], values[c], slopes[c], out[c])


@jit
def draw_gradient(spend, knots, values, slopes, loadings, specific, reference, d_mean, d_variance, gradient, curvature):
    """What one more unit of spend does to a functional R of the moments, and how strongly noise bends it.

    Arguments as in `draw_moments`; d_mean, d_variance (n_plans, n_draws): dR/dm_d and dR/dv_d
    -> gradient (n_plans, n_channels): dR/dx_c = sum_d f'_cd [ dR/dm_d + 2 dR/dv_d (Sigma g_d)_c ];
    curvature (n_plans, n_channels): sum_d |2 dR/dv_d| Sigma_cc f'_cd^2, the diagonal of what g' Sigma g bends, without
    the bend of the responses themselves. A plan beyond a table has NaN for derivatives, and NaN here.
    """
    n_channels, n_draws, n_factors = spend.shape[1], values.shape[2], loadings.shape[1]
    grouped, by_factor = _grouped(loadings), _factors_grouped(loadings)
    response = np.zeros((grouped.shape[0], _GROUP, n_draws))
    exposure = np.zeros((by_factor.shape[1] * _GROUP, n_draws))
    pull = exposure.reshape(by_factor.shape[1], _GROUP, n_draws)
    slope, force = np.empty(n_draws), np.empty(n_draws)
    weight, first, second = np.empty(n_draws), np.empty(n_draws), np.empty(n_draws)
    for p in range(spend.shape[0]):
        exposure[:] = 0.0
        for g in range(grouped.shape[0]):
            for h in range(min(_GROUP, n_channels - g * _GROUP)):
                c = g * _GROUP + h
                _fill_draws(spend[p, c], knots[c], values[c], slopes[c], response[g, h])
                _subtract(reference[c], response[g, h])
            _expose_group(response[g], grouped[g], exposure[:n_factors])
        for j in range(n_factors):
            for i in range(n_draws):
                exposure[j, i] *= 2.0 * d_variance[p, i]
        for c in range(n_channels):
            own = response[c // _GROUP, c % _GROUP]
            for i in range(n_draws):
                force[i] = d_mean[p, i] + 2.0 * d_variance[p, i] * specific[c] * own[i]
            noise = specific[c]
            for g in range(by_factor.shape[1]):
                for h in range(_GROUP):
                    noise += by_factor[c, g, h] * by_factor[c, g, h]
                _add_weighted(by_factor[c, g], pull[g], force)
            _fill_slopes(spend[p, c], knots[c], values[c], slopes[c], slope)
            for i in range(n_draws):
                force[i] *= slope[i]
                weight[i] = abs(2.0 * d_variance[p, i])
                first[i] = weight[i] * slope[i]
                second[i] = first[i] * slope[i]
            gradient[p, c] = _sum(force)
            bend, total = _sum(second), _sum(weight)
            mean = _sum(first) / total if total > 0.0 else 0.0
            curvature[p, c] = noise * bend + max(bend - mean * mean * total, 0.0)


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
def _grouped(rows):
    """Rows in groups, (n_rows, n) -> (n_groups, _GROUP, n), the last one filled up with zeros."""
    n_groups = (rows.shape[0] + _GROUP - 1) // _GROUP
    groups = np.zeros((n_groups, _GROUP, rows.shape[1]))
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            groups[i // _GROUP, i % _GROUP, j] = rows[i, j]
    return groups


@jit
def _factors_grouped(loadings):
    """Factors in groups, (n_channels, n_factors) -> (n_channels, n_groups, _GROUP), the last one filled up."""
    groups = np.zeros((loadings.shape[0], (loadings.shape[1] + _GROUP - 1) // _GROUP, _GROUP))
    for c in range(loadings.shape[0]):
        for j in range(loadings.shape[1]):
            groups[c, j // _GROUP, j % _GROUP] = loadings[c, j]
    return groups


@jit
def _subtract(reference, response):
    """Take the reference's responses away, unless there are none."""
    for i in range(reference.size):
        response[i] -= reference[i]


@jit
def _add_group(response, own, mean, variance):
    """Sum, and squares under the channels' own noise, of a group's responses (_GROUP, n_draws), own (_GROUP, 1)."""
    a, b, c, d = own[0, 0], own[1, 0], own[2, 0], own[3, 0]
    for i in range(mean.size):
        mean[i] += response[0, i] + response[1, i] + response[2, i] + response[3, i]
        variance[i] += (
            a * response[0, i] * response[0, i]
            + b * response[1, i] * response[1, i]
            + c * response[2, i] * response[2, i]
            + d * response[3, i] * response[3, i]
        )


@jit
def _expose_group(response, loadings, exposure):
    """Add to exposure (n_factors, n_draws) loadings' (_GROUP, n_factors) response (_GROUP, n_draws)."""
    for j in range(exposure.shape[0]):
        a, b, c, d = loadings[0, j], loadings[1, j], loadings[2, j], loadings[3, j]
        if a != 0.0 or b != 0.0 or c != 0.0 or d != 0.0:  # channels that a factor does not move
            for i in range(exposure.shape[1]):
                exposure[j, i] += a * response[0, i] + b * response[1, i] + c * response[2, i] + d * response[3, i]


@jit
def _add_squares(exposure, variance):
    """Add the squares of exposure (n_factors, n_draws) to variance (n_draws,)."""
    for j in range(exposure.shape[0]):
        for i in range(variance.size):
            variance[i] += exposure[j, i] * exposure[j, i]


@jit
def _add_weighted(weights, rows, out):
    """Add to out (n_draws,) weights (_GROUP,) rows (_GROUP, n_draws)."""
    a, b, c, d = weights[0], weights[1], weights[2], weights[3]
    if a != 0.0 or b != 0.0 or c != 0.0 or d != 0.0:
        for i in range(out.size):
            out[i] += a * rows[0, i] + b * rows[1, i] + c * rows[2, i] + d * rows[3, i]


@jit
def _sum(terms):
    """Sum of terms, which are used up: half is folded onto half, in an order that no vector width changes."""
    n = terms.size
    while n > 1:
        half = n // 2
        upper = terms[n - half : n]
        for i in range(half):
            terms[i] += upper[i]
        n -= half
    return terms[0]
