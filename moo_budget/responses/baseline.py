"""What an outcome does without the channels: level, trend, seasons, holidays, events and controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from moo_budget._checks import FloatArray
from moo_budget.errors import InputError
from moo_budget.responses.additive import Baseline

if TYPE_CHECKING:
    from moo_budget.history import History

Seasonality = Literal["none", "yearly", "auto"]

DAYS_OF_YEAR = 365.25
# Harmonics of the year that the length of a period can show.
YEARLY_HARMONICS = {"day": 3, "week": 3, "month": 3, "quarter": 1, "year": 0}

# Prior standard deviations, in mean outcomes.
LEVEL_SPREAD = 1.0
TREND_SPREAD = 0.5
BEND_SPREAD = 0.25
# Wide: where money follows the season, what the season does must not be booked to the money.
SEASON_SPREAD = 0.6
CONTROL_SPREAD = 0.2
EVENT_SPREAD = 0.3
# A holiday is a day, so the longer the period, the less of it moves.
HOLIDAY_SPREADS = {"day": 0.3, "week": 0.1, "month": 0.05, "quarter": 0.02, "year": 0.005, "none": 0.3}
BENDS = 4
# A bend needs as many periods of its own.
PERIODS_PER_BEND = 20


def baseline_of(history: History, seasonality: Seasonality, level: float) -> Baseline:
    """Columns and weak priors of a total outcome's baseline, in mean outcomes.

    Args:
        history: dates, controls, events and holidays.
        seasonality: ``auto``: yearly where a year is covered, and weekly where the periods are days.
        level: prior mean of the level.

    Raises:
        InputError: seasons are asked of a table without dates.
    """
    if history.dates is None and seasonality == "yearly":
        raise InputError(
            "[fit] seasonality is `yearly`, but the history has no dates. Name the date column, or leave it at `auto`.",
            code="fit.no-dates",
        )
    groups = [(np.ones((history.n_periods, 1)), LEVEL_SPREAD)]
    if history.dates is not None:
        groups += _trend(history.dates)
        groups += [(columns, SEASON_SPREAD) for columns in seasons_of(history, seasonality)]
    groups.append((_standardised(history.controls), CONTROL_SPREAD))
    for series, spread in ((history.events, EVENT_SPREAD), (history.holidays, HOLIDAY_SPREADS[history.period])):
        groups.append((np.reshape([*series.values()], (-1, history.n_periods)).T, spread))
    columns = np.concatenate([group for group, _ in groups], axis=1)
    spreads = np.concatenate([np.full(group.shape[1], spread) for group, spread in groups])
    return Baseline(columns, np.r_[level, np.zeros(len(spreads) - 1)], spreads)


def _trend(dates: NDArray[np.datetime64]) -> list[tuple[FloatArray, float]]:
    """A line, and a few bends that the prior keeps gentle."""
    days = (dates - dates[0]).astype(np.float64)
    time = days / days[-1]
    bends = np.linspace(0.0, 1.0, min(BENDS, len(dates) // PERIODS_PER_BEND) + 2)[1:-1]
    return [(time[:, None] - 0.5, TREND_SPREAD), (np.maximum(time[:, None] - bends, 0.0), BEND_SPREAD)]


def seasons_of(history: History, seasonality: Seasonality) -> list[FloatArray]:
    """Waves of every season that the dates can show, each (n_periods, 2 n_harmonics), sines before cosines."""
    assert history.dates is not None
    days = (history.dates - history.dates[0]).astype(np.float64)
    covered = days[-1] + np.median(np.diff(days)) >= np.floor(DAYS_OF_YEAR) - 1.0
    seasons = []
    if seasonality == "yearly" or (seasonality == "auto" and covered):
        since_new_year = (history.dates - history.dates[0].astype("datetime64[Y]")).astype(np.float64)
        seasons.append(_fourier(since_new_year / DAYS_OF_YEAR, YEARLY_HARMONICS[history.period]))
    if seasonality == "auto" and history.period == "day":
        seasons.append(_fourier(days / 7.0, 3))
    return seasons


def _fourier(cycles: FloatArray, n_harmonics: int) -> FloatArray:
    """(n_periods,) -> (n_periods, 2 n_harmonics)."""
    angles = 2.0 * np.pi * cycles[:, None] * np.arange(1, n_harmonics + 1)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


def _standardised(columns: FloatArray) -> FloatArray:
    """Mean 0 and deviation 1; a constant column becomes zero."""
    centred = columns - columns.mean(axis=0)
    deviation = centred.std(axis=0)
    return np.asarray(centred / np.where(deviation > 0.0, deviation, 1.0), dtype=np.float64)
