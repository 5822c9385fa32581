"""What a channel brings on average, where a robust fit finds what it brings in an ordinary period.

Source: the smearing estimate (Duan 1983). Deviation: residuals far out are drawn in, here and in Sigma alike.
"""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray

# Residuals further out are drawn in to here: a miscounted day is not the market.
FURTHEST_DEVIATIONS, FURTHEST_FACTOR = 3.0, 20.0
# A channel's mean is at least this share of its ordinary period, however many refunds were booked against it.
SMALLEST_RATIO = 0.05


def drawn_in(residuals: FloatArray) -> FloatArray:
    """Relative residuals, (n_periods, ...) without NaN, limited to three robust deviations; kept where most are zero.

    The deviations are those of the logarithm: good weeks lie further above the middle than bad ones below it, and what
    is cut from them would be missing in the mean.
    """
    logs = np.log1p(np.maximum(residuals, SMALLEST_RATIO - 1.0))
    limit = np.minimum(FURTHEST_DEVIATIONS * 1.4826 * np.median(np.abs(logs), axis=0), np.log(FURTHEST_FACTOR))
    bound = np.where(limit > 0.0, np.expm1(limit), np.inf)
    return np.asarray(np.clip(residuals, -bound, bound), dtype=np.float64)


def mean_ratio(residuals: FloatArray) -> FloatArray:
    """Mean over ordinary outcome, (...), from relative residuals (n_periods, ...) without NaN."""
    return np.asarray(np.maximum(1.0 + drawn_in(residuals).mean(axis=0), SMALLEST_RATIO), dtype=np.float64)


def mean_deviation(residuals: FloatArray, n_independent: float) -> float:
    """Relative standard error of the mean of (n_periods,) outcomes, as many of which are independent."""
    return float(drawn_in(residuals).std() / mean_ratio(residuals) / np.sqrt(max(n_independent, 1.0)))
