"""Dates of rows -> the period that a row stands for, and which dates are missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from moo_budget.history.cells import DateArray

Period = Literal["day", "week", "month", "quarter", "year", "none"]

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
# Up to how many days apart the dates in the middle may be for each period.
_LONGEST_GAP: tuple[tuple[Period, int], ...] = (("day", 3), ("week", 15), ("month", 60), ("quarter", 200))


@dataclass(frozen=True, eq=False)
class Calendar:
    """What the dates of a table have in common.

    Attributes:
        period: what one row stands for.
        missing: dates between the first and the last for which there is no row; empty if the dates keep no step.
        regular: whether all dates are whole periods apart.
    """

    period: Period
    missing: DateArray
    regular: bool


def calendar_of(dates: DateArray) -> Calendar:
    """Period, gaps and regularity of dates that rise strictly, (n_periods,), at least two."""
    gap = float(np.median(np.diff(dates).astype(float)))
    period: Period = next((name for name, longest in _LONGEST_GAP if gap <= longest), "year")
    unit, size = ("D", _DAYS[period]) if period in _DAYS else ("M", _MONTHS[period])
    units = dates.astype(f"datetime64[{unit}]")
    steps = (units - units[0]).astype(np.int64)
    regular = bool(np.all(steps % size == 0) and np.all(np.diff(steps) > 0) and (unit == "D" or _same_day(dates)))
    absent = np.setdiff1d(np.arange(0, steps[-1] + 1, size), steps) if regular else np.array([], dtype=np.int64)
    return Calendar(period, units[0] + absent, regular)


def _same_day(dates: DateArray) -> bool:
    """Whether dates keep their place in the month; its last day, 28 to 31, is one place."""
    days = (dates - dates.astype("datetime64[M]")).astype(int)
    return bool(np.ptp(days) <= 3)


def later(date: np.datetime64, period: Period, count: int) -> np.datetime64:
    """The date `count` periods after `date`."""
    months = _MONTHS.get(period, 0) * count
    days = _DAYS.get(period, 0) * count
    return np.datetime64((pd.Timestamp(date) + pd.DateOffset(months=months, days=days)).date(), "D")


def whole_periods(start: np.datetime64, end: np.datetime64, period: Period) -> int:
    """How many periods that follow each other from `start` on are over by `end`, which is no earlier."""
    if period in _DAYS:
        return int((end - start).astype(np.int64)) // _DAYS[period]
    months = int((end.astype("datetime64[M]") - start.astype("datetime64[M]")).astype(np.int64))
    count = months // _MONTHS[period]
    return count if later(start, period, count) <= end else count - 1
