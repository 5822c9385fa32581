"""What the data can and cannot tell, looked at before and beside any model."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray

# Standard deviation over mean below which spend says next to nothing about a curve.
LEVEL_DEVIATION = 0.1
# Share of its variance that spend may have in common with the baseline before it says nothing of its own.
BOUND_SHARE = 0.9
# Values that differ by no more of their size differ by rounding.
ROUNDING = 1e-9
BREAK_PERIODS = 8
# Deviations inside the stretches on both sides by which their middles must differ. A steady climb has 3.5.
BREAK_DEVIATIONS = 5.0


def relative_deviations(spend: FloatArray) -> FloatArray:
    """(n_periods, n_channels) -> standard deviation over mean, (n_channels,); infinite for a channel never bought."""
    means = spend.mean(axis=0)
    return np.where(means > 0.0, spend.std(axis=0) / np.where(means > 0.0, means, 1.0), np.inf)


def is_level(observed: FloatArray) -> bool:
    """Whether most of (n_periods,) with NaN is one value: a robust fit would be certain of it, and of nothing else."""
    known = observed[np.isfinite(observed)]
    return bool(np.isclose(known, np.median(known), rtol=ROUNDING, atol=0.0).mean() > 0.5)


def level_fault(observed: FloatArray) -> str:
    """Why outcomes, (n_periods,) with NaN, say too little of what moves them; empty: they are not level."""
    if not is_level(observed):
        return ""
    return f"it is {np.nanmedian(observed):g} in most periods, which says too little of what moves it"


def shares_explained(spend: FloatArray, columns: FloatArray) -> FloatArray:
    """How much of each channel's variance a linear combination of columns makes, beyond what chance would.

    Args:
        spend: (n_periods, n_channels).
        columns: (n_periods, n_columns), a constant among them.

    Returns:
        (n_channels,), adjusted R2; 0 where spend does not vary, or where there are hardly more periods than columns.
    """
    n_periods, n_left = len(spend), len(spend) - np.linalg.matrix_rank(columns)
    if n_left < n_periods / 2:
        return np.zeros(spend.shape[1])
    fitted = columns @ np.linalg.lstsq(columns, spend, rcond=None)[0]
    variance = spend.var(axis=0)
    left = ((spend - fitted) ** 2).sum(axis=0) / n_left * (n_periods - 1) / n_periods
    return np.where(variance > 0.0, 1.0 - left / np.where(variance > 0.0, variance, 1.0), 0.0)


def break_rows(residuals: FloatArray) -> list[int]:
    """Rows at which a series steps to another level, from eight values before and eight from there on.

    Args:
        residuals: (n_periods,); NaN: not known, taken out, so that neighbours move together.

    Returns:
        The largest steps first come first served: no two within eight values of each other; in rising order.
    """
    rows = np.flatnonzero(np.isfinite(residuals))
    known = residuals[rows]
    if len(known) < 2 * BREAK_PERIODS:
        return []
    windows = np.lib.stride_tricks.sliding_window_view(known, BREAK_PERIODS)
    before, after = windows[:-BREAK_PERIODS], windows[BREAK_PERIODS:]
    within = np.sqrt((_spread(before) ** 2 + _spread(after) ** 2) / 2.0)
    steps = np.abs(np.median(after, axis=1) - np.median(before, axis=1))
    found: list[int] = []
    for place in np.argsort(-steps):
        apart = all(abs(place - other) >= BREAK_PERIODS for other in found)
        if steps[place] > BREAK_DEVIATIONS * within[place] and apart:
            found.append(int(place))
    return sorted(int(rows[place + BREAK_PERIODS]) for place in found)


def _spread(windows: FloatArray) -> FloatArray:
    return np.asarray(windows.std(axis=1, ddof=1), dtype=np.float64)
