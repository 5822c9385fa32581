"""Expected outcomes of whole plans: every outcome from one look-up per channel."""

import numpy as np

from moo_budget.kernels._jit import jit
from moo_budget.kernels.response import END_TOLERANCE


@jit
def _outside(x, knots):
    """Whether money lies outside a channel's table, knots (n_knots,)."""
    return not 0.0 <= x <= knots[-1] * END_TOLERANCE


@jit
def _guided_cell(x, knots, guide):
    """The k with knots[k] <= x <= knots[k + 1] for money inside the table; knots (n_knots,) rise.

    guide (n_buckets,) holds the cell in which each bucket of equal width begins. Bisection mispredicts half of its
    branches and takes twice as long for 33 knots; so does a cell of -1 for money outside.
    """
    end = knots[-1]
    k = guide[min(int(x / end * guide.size), guide.size - 1)] if end > 0.0 else 0
    while x >= knots[k + 1] and k < knots.size - 2:
        k += 1
    return k


@jit
def expected_totals(spend, knots, guide, pieces, out):
    """Expected outcomes of plans, NaN beyond a table.

    spend (n_plans, n_channels) currency per plan, knots (n_channels, n_knots), guide (n_channels, n_buckets), pieces
    (n_channels, n_knots - 1, n_outcomes, 4): constant, linear, quadratic and cubic coefficient in the money above the
    left knot -> out (n_plans, n_outcomes).
    """
    n_outcomes = out.shape[1]
    for p in range(spend.shape[0]):
        out[p] = 0.0
        for c in range(spend.shape[1]):
            if _outside(spend[p, c], knots[c]):
                out[p] = np.nan
                break
            k = _guided_cell(spend[p, c], knots[c], guide[c])
            u = spend[p, c] - knots[c, k]
            for o in range(n_outcomes):
                a = pieces[c, k, o]
                out[p, o] += a[0] + u * (a[1] + u * (a[2] + u * a[3]))


@jit
def expected_moments(spend, knots, guide, pieces, outcome, loadings, specific, totals, variance):
    """Expected outcomes of plans, and the market noise of one of them, in one pass; NaN beyond a table.

    As `expected_totals`; the noise of row `outcome` is y' Sigma y, y the channels' expected responses and
    Sigma = loadings loadings' + diag(specific), loadings (n_channels, n_factors), specific (n_channels,)
    -> totals (n_plans, n_outcomes), variance (n_plans,).
    """
    n_outcomes, n_factors = totals.shape[1], loadings.shape[1]
    exposure = np.empty(n_factors)
    for p in range(spend.shape[0]):
        totals[p] = 0.0
        exposure[:] = 0.0
        noise = 0.0
        for c in range(spend.shape[1]):
            if _outside(spend[p, c], knots[c]):
                totals[p] = np.nan
                noise = np.nan
                break
            k = _guided_cell(spend[p, c], knots[c], guide[c])
            u = spend[p, c] - knots[c, k]
            response = 0.0
            for o in range(n_outcomes):
                a = pieces[c, k, o]
                value = a[0] + u * (a[1] + u * (a[2] + u * a[3]))
                totals[p, o] += value
                if o == outcome:
                    response = value
            noise += specific[c] * response * response
            for j in range(n_factors):
                exposure[j] += loadings[c, j] * response
        for j in range(n_factors):
            noise += exposure[j] * exposure[j]
        variance[p] = noise
