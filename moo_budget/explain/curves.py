"""What channels bring under every draw at the money of a plan, and the curves as they would be if they were others."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from moo_budget._checks import FloatArray
from moo_budget.explain.record import Spread
from moo_budget.plan_tables import PlanTables
from moo_budget.risk import weighted_percentile


def marginal_returns(tables: PlanTables, outcome: int, plan: FloatArray) -> FloatArray:
    """What the next unit of money brings in each channel of a plan (n_channels,), (n_channels, n_draws)."""
    marginal = np.zeros((len(plan), tables.n_draws))
    for c, money in enumerate(plan):
        if tables.knots[c, -1] > 0.0:
            curve = CubicHermiteSpline(tables.knots[c], tables.values[outcome, c], tables.slopes[outcome, c])
            marginal[c] = curve(min(money, tables.knots[c, -1]), 1)
    return marginal


def scaled(tables: PlanTables, channel: int, factor: float) -> PlanTables:
    """With one channel's curves higher by a factor, every outcome and draw."""
    values, slopes = tables.values.copy(), tables.slopes.copy()
    values[:, channel] *= factor
    slopes[:, channel] *= factor
    return tables.with_draws(values, slopes)


def recentred(tables: PlanTables, values: FloatArray, slopes: FloatArray) -> PlanTables:
    """All draws moved by as much, so that these curves are expected; arrays (n_outcomes, n_channels, n_knots)."""
    more, steeper = values - tables.mean_values, slopes - tables.mean_slopes
    return tables.with_draws(tables.values + more[..., None], tables.slopes + steeper[..., None])


def spread(by_draw: FloatArray, weights: FloatArray) -> Spread:
    """Mean, 5th and 95th percentile of amounts (n_draws,)."""
    low, high = (float(weighted_percentile(by_draw[None], weights, p)[0]) for p in (0.05, 0.95))
    return Spread(float(by_draw @ weights), low, high)
