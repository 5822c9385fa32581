"""What is allowed per period: the calendar's limits as arrays."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray, check_known
from moo_budget.errors import InputError
from moo_budget.limits.money import Money
from moo_budget.spec import CalendarLimits, LimitsSpec

TOTAL_MAX = "total_max"


@dataclass(frozen=True, eq=False)
class PeriodLimits:
    """What every channel may get in every period, and all of them together.

    Args:
        most: (n_periods, n_channels), currency; 0 where a channel cannot run.
        blackout: (n_periods, n_channels).
        too_short: (n_periods, n_channels), between blackouts that leave less room than a burst needs.
        total_max: of all channels in one period, currency; inf for none.
        min_burst: (n_channels,), periods in a row for which a channel runs, once it does.
        starts: first day of every period, and of the one after the last; empty where periods have no dates.
        limited: whether `[limits.calendar]` says anything.
    """

    most: FloatArray
    blackout: BoolArray
    too_short: BoolArray
    total_max: float
    min_burst: IntArray
    starts: tuple[datetime.date, ...]
    limited: bool

    def __post_init__(self) -> None:
        for name in ("most", "blackout", "too_short"):
            getattr(self, name).flags.writeable = False

    @property
    def n_periods(self) -> int:
        """Length of the plan."""
        return len(self.most)

    @property
    def holds(self) -> FloatArray:
        """What every channel gets at most in all periods, (n_channels,), currency."""
        held: FloatArray = self.most.sum(axis=0)
        return held

    @property
    def holds_together(self) -> float:
        """What all channels get at most in all periods, currency."""
        return float(np.minimum(self.most.sum(axis=1), self.total_max).sum())


def period_limits(
    limits: LimitsSpec, money: Money, periods: int, starts: Sequence[datetime.date] | None = None
) -> PeriodLimits:
    """The calendar's limits of a problem.

    Args:
        limits: as in the problem file.
        money: where the response tables end: no period may go beyond them.
        periods: length of the plan.
        starts: first day of every period, and of the one after the last; None: periods have no dates.

    Raises:
        InputError: a limit names an unknown channel, or a blackout that is in no period of the plan.
    """
    own = {name: limit for name, limit in limits.calendar.items() if isinstance(limit, CalendarLimits)}
    total_max = limits.calendar.get(TOTAL_MAX, np.inf)
    assert not isinstance(total_max, CalendarLimits)  # the record's checks see to it
    most = np.repeat(money.table_end[None] / periods, periods, axis=0)
    min_burst = np.ones(len(money.channels), dtype=np.int64)
    blackout, too_short = np.zeros(most.shape, dtype=bool), np.zeros(most.shape, dtype=bool)
    for name, limit in own.items():
        check_known("channel", name, money.channels, "limits.calendar")
        c = money.channels.index(name)
        min_burst[c] = limit.min_burst
        if limit.max is not None:
            most[:, c] = np.minimum(most[:, c], limit.max)
        for day in limit.blackout:
            blackout[_period_of(day, name, starts, periods), c] = True
        too_short[:, c] = ~blackout[:, c] & ~_in_long_runs(~blackout[:, c], limit.min_burst)
    most[blackout | too_short] = 0.0
    return PeriodLimits(most, blackout, too_short, total_max, min_burst, tuple(starts or ()), bool(limits.calendar))


def _period_of(day: datetime.date, channel: str, starts: Sequence[datetime.date] | None, periods: int) -> int:
    if not starts:
        raise InputError(
            f"limits.calendar.{channel}.blackout names {day}, and the plan's periods have no dates. Name the date "
            "column of the history, or give the channel a `max` instead.",
            code="limits.blackout-without-dates",
        )
    if not starts[0] <= day < starts[periods]:
        raise InputError(
            f"limits.calendar.{channel}.blackout names {day}, which is in no period of the plan: it runs from "
            f"{starts[0]} to before {starts[periods]}. Take the day out, or move [plan] start.",
            code="limits.blackout-outside",
        )
    return bisect_right(starts, day, hi=periods) - 1


def _in_long_runs(running: BoolArray, shortest: int) -> BoolArray:
    """Which periods (n_periods,) stand in a run of at least so many."""
    edges = np.flatnonzero(np.diff(np.r_[False, running, False]))
    kept = np.zeros_like(running)
    for begin, end in edges.reshape(-1, 2):
        kept[begin:end] = end - begin >= shortest
    return kept
