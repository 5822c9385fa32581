"""What an outcome does without the channels: level, trend, seasons, holidays, events and controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from moo_budget._checks import FloatArray
from moo_budget.errors import InputError
from moo_budget.responses.additive import Baseline
from moo_budget.responses.seasons import Seasonality, seasons_of

if TYPE_CHECKING:
    from moo_budget.history import History

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
    steady = [(np.ones((history.n_periods, 1)), LEVEL_SPREAD)]
    waves: list[FloatArray] = []
    if history.dates is not None:
        steady += _trend(history.dates)
        waves = seasons_of(history, seasonality).waves(history.dates)
    happened = [(_standardised(history.controls), CONTROL_SPREAD)]
    for series, spread in ((history.events, EVENT_SPREAD), (history.holidays, HOLIDAY_SPREADS[history.period])):
        happened.append((np.reshape([*series.values()], (-1, history.n_periods)).T, spread))
    groups = [*steady, *((columns, SEASON_SPREAD) for columns in waves), *happened]
    columns = np.concatenate([group for group, _ in groups], axis=1)
    spreads = np.concatenate([np.full(group.shape[1], spread) for group, spread in groups])
    first = sum(group.shape[1] for group, _ in steady)
    place = first, first + sum(group.shape[1] for group in waves)
    return Baseline(columns, np.r_[level, np.zeros(len(spreads) - 1)], spreads, place)


def _trend(dates: NDArray[np.datetime64]) -> list[tuple[FloatArray, float]]:
    """A line, and a few bends that the prior keeps gentle."""
    days = (dates - dates[0]).astype(np.float64)
    time = days / days[-1]
    bends = np.linspace(0.0, 1.0, min(BENDS, len(dates) // PERIODS_PER_BEND) + 2)[1:-1]
    return [(time[:, None] - 0.5, TREND_SPREAD), (np.maximum(time[:, None] - bends, 0.0), BEND_SPREAD)]


def _standardised(columns: FloatArray) -> FloatArray:
    """Mean 0 and deviation 1; a constant column becomes zero."""
    centred = columns - columns.mean(axis=0)
    deviation = centred.std(axis=0)
    return np.asarray(centred / np.where(deviation > 0.0, deviation, 1.0), dtype=np.float64)
