"""Curves over the weeks of a history: what wanders, and the year's wave."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray

WEEKS_OF_YEAR = 52.18
# Where in the year the wave is highest: towards Christmas.
PEAK_OF_YEAR = 0.9


def years(n_periods: int) -> FloatArray:
    """(n_periods,), years since the first week."""
    return np.arange(n_periods) / WEEKS_OF_YEAR


def wave(n_periods: int, amplitude: float) -> FloatArray:
    """(n_periods,), a yearly wave around 1."""
    return np.asarray(1.0 + amplitude * np.cos(2.0 * np.pi * (years(n_periods) - PEAK_OF_YEAR)), dtype=np.float64)


def remembered(shocks: FloatArray, start: FloatArray | float, memory: float) -> FloatArray:
    """Shocks (n_periods, ...) added up, each week keeping `memory` of the week before; before the first: `start`."""
    path = np.empty_like(shocks)
    level = start
    for week, shock in enumerate(shocks):
        level = memory * level + shock
        path[week] = level
    return path
