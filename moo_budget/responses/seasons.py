"""The seasons that the dates of a history can show, as waves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from moo_budget._checks import FloatArray

if TYPE_CHECKING:
    from moo_budget.history import History

Seasonality = Literal["none", "yearly", "auto"]

DAYS_OF_YEAR = 365.25
# Harmonics of the year that the length of a period can show.
YEARLY_HARMONICS = {"day": 3, "week": 3, "month": 3, "quarter": 1, "year": 0}
WEEKLY_HARMONICS = 3


@dataclass(frozen=True)
class Seasons:
    """Waves of the date alone, so that they go on beyond the history.

    Args:
        first: the history's first day.
        yearly: harmonics of the year; None: no yearly season.
        weekly: harmonics of the week; None: no weekly one.
    """

    first: np.datetime64
    yearly: int | None
    weekly: int | None

    def waves(self, dates: NDArray[np.datetime64]) -> list[FloatArray]:
        """Of every season, each (n_dates, 2 n_harmonics), sines before cosines."""
        since_new_year = (dates - self.first.astype("datetime64[Y]")).astype("timedelta64[D]").astype(np.float64)
        days = (dates - self.first).astype("timedelta64[D]").astype(np.float64)
        asked = (since_new_year / DAYS_OF_YEAR, self.yearly), (days / 7.0, self.weekly)
        return [_fourier(cycles, n_harmonics) for cycles, n_harmonics in asked if n_harmonics is not None]


def seasons_of(history: History, seasonality: Seasonality) -> Seasons:
    """Every season that the dates of a history can show; ``auto``: yearly where a year is covered, weekly of days."""
    assert history.dates is not None
    days = (history.dates - history.dates[0]).astype(np.float64)
    covered = days[-1] + np.median(np.diff(days)) >= np.floor(DAYS_OF_YEAR) - 1.0
    yearly = seasonality == "yearly" or (seasonality == "auto" and covered)
    weekly = seasonality == "auto" and history.period == "day"
    return Seasons(
        history.dates[0],
        YEARLY_HARMONICS[history.period] if yearly else None,
        WEEKLY_HARMONICS if weekly else None,
    )


def _fourier(cycles: FloatArray, n_harmonics: int) -> FloatArray:
    """(n_dates,) -> (n_dates, 2 n_harmonics)."""
    angles = 2.0 * np.pi * cycles[:, None] * np.arange(1, n_harmonics + 1)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
