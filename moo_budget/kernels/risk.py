"""Moments of the incremental outcome of plans under every posterior draw."""

import numpy as np

from moo_budget.kernels._jit import jit
from moo_budget.kernels.response import _fill_draws


@jit
def draw_moments(spend, knots, values, slopes, loadings, specific, mean, variance):
    """Mean and market-noise variance of one outcome, per period, for each plan under each draw.

    spend (n_plans, n_channels) currency per period; knots (n_channels, n_knots); values, slopes (n_channels, n_knots,
    n_draws), draws innermost so that every inner loop runs over contiguous memory; the noise covariance as
    loadings (n_channels, n_factors) and specific (n_channels,): Sigma = loadings loadings' + diag(specific)
    -> mean (n_plans, n_draws): sum_c f_cd; variance (n_plans, n_draws): f_d' Sigma f_d.
    """
    n_channels, n_factors, n_draws = spend.shape[1], loadings.shape[1], values.shape[2]
    response = np.empty(n_draws)
    exposure = np.empty((n_factors, n_draws))
    for p in range(spend.shape[0]):
        mean[p] = 0.0
        variance[p] = 0.0
        exposure[:] = 0.0
        for c in range(n_channels):
            _fill_draws(spend[p, c], knots[c], values[c], slopes[c], response)
            for i in range(n_draws):
                mean[p, i] += response[i]
                variance[p, i] += specific[c] * response[i] * response[i]
            for j in range(n_factors):
                weight = loadings[c, j]
                if weight != 0.0:  # half of a Cholesky factor is zero
                    for i in range(n_draws):
                        exposure[j, i] += weight * response[i]
        for j in range(n_factors):
            for i in range(n_draws):
                variance[p, i] += exposure[j, i] * exposure[j, i]
