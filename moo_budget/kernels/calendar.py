"""Money per period: stock through carry-over, moments of the outcome over all periods, and what they react to.

Throughout, a plan has H periods and is followed for T >= H of them, until nothing of it works any more. `flow` is
carry_over (n_channels, n_lags, n_draws), weights of spend 0, 1, ... periods ago; stock_in (n_channels, T, n_draws),
currency, what the past puts into each period; season (n_channels, T, n_draws), factor of the effect. `curves` is knots
(n_channels, n_knots), values and slopes (n_channels, n_knots, n_draws), per period. `noise` is loadings (n_channels,
n_factors) and specific (n_channels,), Sigma = loadings loadings' + diag(specific), relative, per period.
"""

import numpy as np

from moo_budget.kernels._jit import jit
from moo_budget.kernels.response import _hermite, _hermite_slope

_ROUNDING = 1.0 + 1e-12  # of weights that sum to 1: the table's end is its end, where the slope is not yet 0


@jit
def _fill_stock(money, p, t, c, carry_over, stock_in, out):
    """Stock of one channel in one period under every draw, (n_draws,)."""
    for d in range(out.size):
        out[d] = stock_in[c, t, d]
    for k in range(max(0, t - money.shape[1] + 1), min(t + 1, carry_over.shape[1])):
        spent = money[p, t - k, c]
        if spent != 0.0:
            for d in range(out.size):
                out[d] += spent * carry_over[c, k, d]


@jit
def _hunted(x, c, knots, k):
    """The cell of `x` in the table of channel c, looked for from cell k on."""
    last = knots.shape[1] - 2
    while k > 0 and x < knots[c, k]:
        k -= 1
    while k < last and x >= knots[c, k + 1]:
        k += 1
    return k


@jit
def _weighed(weights, c, k, d, values, slopes):
    """The four ends of a channel's piece by their weights, under one draw."""
    e, f, g, h = weights
    return e * values[c, k, d] + f * slopes[c, k, d] + g * values[c, k + 1, d] + h * slopes[c, k + 1, d]


@jit
def _fill_response(stock, c, t, season, knots, values, slopes, out):
    """Response of one channel in one period under every draw; beyond the table's end it is that at the end."""
    k, end = 0, knots[c, knots.shape[1] - 1]
    for d in range(out.size):
        x = min(stock[d], end)
        k = _hunted(x, c, knots, k)
        out[d] = season[c, t, d] * _weighed(_hermite(x, knots[c, k], knots[c, k + 1]), c, k, d, values, slopes)


@jit
def _fill_response_and_slope(stock, c, t, season, knots, values, slopes, out, rise):
    """As `_fill_response`, and by one more unit of stock, in the same shape: 0 beyond the table's end.

    Together, because finding the cell is half of the work.
    """
    k, end = 0, knots[c, knots.shape[1] - 1]
    for d in range(out.size):
        x = min(stock[d], end)
        k = _hunted(x, c, knots, k)
        left, right = knots[c, k], knots[c, k + 1]
        out[d] = season[c, t, d] * _weighed(_hermite(x, left, right), c, k, d, values, slopes)
        slope = _weighed(_hermite_slope(x, left, right), c, k, d, values, slopes)
        rise[d] = season[c, t, d] * slope if stock[d] <= end else 0.0


@jit
def calendar_responses(money, flow, curves, out):
    """Responses of plans in every period under every draw.

    money (n_plans, H, n_channels), currency per period -> out (n_plans, T, n_channels, n_draws), outcome.
    """
    carry_over, stock_in, season = flow
    knots, values, slopes = curves
    stock = np.empty(values.shape[2])
    for p in range(money.shape[0]):
        for t in range(out.shape[1]):
            for c in range(money.shape[2]):
                _fill_stock(money, p, t, c, carry_over, stock_in, stock)
                _fill_response(stock, c, t, season, knots, values, slopes, out[p, t, c])


@jit
def calendar_moments(money, flow, curves, noise, less, mean, variance):
    """Mean and market-noise variance of one outcome over all periods, for each plan under each draw.

    money (n_plans, H, n_channels), currency per period; less (T, n_channels, n_draws): responses that are subtracted,
    of nothing or of the plan that others are compared with
    -> mean (n_plans, n_draws): sum_t sum_c g_tcd; variance (n_plans, n_draws): sum_t g_td' Sigma g_td, g the responses
    less the subtracted ones. Noise is independent between periods.
    """
    carry_over, stock_in, season = flow
    knots, values, slopes = curves
    loadings, specific = noise
    n_draws, n_factors = values.shape[2], loadings.shape[1]
    stock, response, exposure = np.empty(n_draws), np.empty(n_draws), np.empty((n_factors, n_draws))
    for p in range(money.shape[0]):
        mean[p] = 0.0
        variance[p] = 0.0
        for t in range(less.shape[0]):
            exposure[:] = 0.0
            for c in range(money.shape[2]):
                _fill_stock(money, p, t, c, carry_over, stock_in, stock)
                _fill_response(stock, c, t, season, knots, values, slopes, response)
                for d in range(n_draws):
                    response[d] -= less[t, c, d]
                    mean[p, d] += response[d]
                    variance[p, d] += specific[c] * response[d] * response[d]
                _expose(response, c, loadings, exposure)
            for j in range(n_factors):
                for d in range(n_draws):
                    variance[p, d] += exposure[j, d] * exposure[j, d]


@jit
def _expose(response, c, loadings, exposure):
    """Add a channel's response (n_draws,) to what moves with each factor, exposure (n_factors, n_draws)."""
    for j in range(exposure.shape[0]):
        weight = loadings[c, j]
        if weight != 0.0:
            for d in range(response.size):
                exposure[j, d] += weight * response[d]


@jit
def even_curves(n_periods, flow, curves, out, rises):
    """What the same money in every period brings with the past's stock, over all periods followed, at each knot.

    -> out (n_channels, n_knots, n_draws), outcome; rises, in the same shape: by one more unit of money of all periods.
    """
    carry_over, stock_in, season = flow
    knots, values, slopes = curves
    n_draws = values.shape[2]
    weight, stock, filled, rise = np.empty(n_draws), np.empty(n_draws), np.empty(n_draws), np.empty(n_draws)
    for c in range(knots.shape[0]):
        end = knots[c, knots.shape[1] - 1]
        out[c] = 0.0
        rises[c] = 0.0
        for t in range(season.shape[1]):
            _fill_weight(c, t, n_periods, carry_over, weight)
            for k in range(knots.shape[1]):
                for d in range(n_draws):
                    stock[d] = stock_in[c, t, d] + knots[c, k] * weight[d]
                    if stock[d] > end and stock[d] <= end * _ROUNDING:
                        stock[d] = end
                _fill_response_and_slope(stock, c, t, season, knots, values, slopes, filled, rise)
                for d in range(n_draws):
                    out[c, k, d] += filled[d]
                    rises[c, k, d] += rise[d] * weight[d] / n_periods


@jit
def _fill_weight(c, t, n_periods, carry_over, out):
    """How much of a money that is the same in all periods works in one of them, under every draw, (n_draws,)."""
    for d in range(out.size):
        out[d] = 0.0
    for k in range(max(0, t - n_periods + 1), min(t + 1, carry_over.shape[1])):
        for d in range(out.size):
            out[d] += carry_over[c, k, d]


@jit
def calendar_gradient(money, flow, curves, noise, less, d_mean, d_variance, gradient):
    """What one more unit of money in each period and channel does to a functional R of the moments.

    Arguments as in `calendar_moments`; d_mean, d_variance (n_plans, n_draws): dR/dm_d and dR/dv_d
    -> gradient (n_plans, H, n_channels): sum_kd w_ckd s_cud f'_cud [dR/dm_d + 2 dR/dv_d (Sigma g_ud)_c], u = t + k:
    the adjoint of carry-over applied to what each period's stock does.
    """
    carry_over, stock_in, season = flow
    knots, values, slopes = curves
    loadings, specific = noise
    n_channels, n_draws, n_factors = money.shape[2], values.shape[2], loadings.shape[1]
    stock, pull, exposure = np.empty(n_draws), np.empty(n_draws), np.empty((n_factors, n_draws))
    response, slope = np.empty((n_channels, n_draws)), np.empty((n_channels, n_draws))
    for p in range(money.shape[0]):
        gradient[p] = 0.0
        for t in range(less.shape[0]):
            exposure[:] = 0.0
            for c in range(n_channels):
                _fill_stock(money, p, t, c, carry_over, stock_in, stock)
                _fill_response_and_slope(stock, c, t, season, knots, values, slopes, response[c], slope[c])
                for d in range(n_draws):
                    response[c, d] -= less[t, c, d]
                _expose(response[c], c, loadings, exposure)
            for c in range(n_channels):
                for d in range(n_draws):
                    pull[d] = specific[c] * response[c, d]
                for j in range(n_factors):
                    for d in range(n_draws):
                        pull[d] += loadings[c, j] * exposure[j, d]
                for d in range(n_draws):
                    pull[d] = slope[c, d] * (d_mean[p, d] + 2.0 * d_variance[p, d] * pull[d])
                _pull_back(pull, p, t, c, carry_over, gradient)


@jit
def _pull_back(pull, p, t, c, carry_over, gradient):
    """Give what a period's stock does, (n_draws,), to the periods in which the money was spent."""
    for k in range(max(0, t - gradient.shape[1] + 1), min(t + 1, carry_over.shape[1])):
        total = 0.0
        for d in range(pull.size):
            total += carry_over[c, k, d] * pull[d]
        gradient[p, t - k, c] += total
