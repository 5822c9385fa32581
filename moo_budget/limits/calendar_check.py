"""A finished plan's money per period against the calendar's limits, in words; shares no code with what places it."""

from __future__ import annotations

import bisect
import datetime
from collections.abc import Iterator, Sequence
from itertools import groupby

from moo_budget._checks import FloatArray, amount_text
from moo_budget.limits.money import Money
from moo_budget.spec import CalendarLimits, LimitsSpec

_ROUNDING = 1e-9  # of an amount


class CalendarCheck:
    """What money per period is held against, written without the placement so that it can be trusted to check it.

    Args:
        limits: as in the problem file.
        money: where the response tables end.
        periods: length of the plan.
        starts: first day of every period, and of the one after the last; empty where periods have no dates.
    """

    def __init__(self, limits: LimitsSpec, money: Money, periods: int, starts: Sequence[datetime.date]) -> None:
        self._channels = money.channels
        self._ends = [end / periods for end in money.table_end.tolist()]
        self._starts = list(starts)
        self._limits = {name: own for name, own in limits.calendar.items() if isinstance(own, CalendarLimits)}
        self._total_max = next((most for most in limits.calendar.values() if isinstance(most, float | int)), None)

    def broken(self, money: FloatArray, split: FloatArray, tolerance: float) -> tuple[str, ...]:
        """The limits that money (n_periods, n_channels) breaks by more than `tolerance` (currency), in words.

        `split` (n_channels,) is what the channels get for the whole plan.
        """
        words: list[str] = []
        for c, name in enumerate(self._channels):
            amounts = [float(amount) for amount in money[:, c]]
            words += [f"{name}: {text}" for text in self._of_channel(name, c, amounts, tolerance)]
            if abs(sum(amounts) - split[c]) > tolerance + _ROUNDING * split[c]:
                words.append(f"{name}: its periods add up to {amount_text(sum(amounts))}, not {amount_text(split[c])}")
        if self._total_max is not None:
            for t, row in enumerate(money.tolist()):
                if sum(row) > self._total_max * (1 + _ROUNDING) + tolerance:
                    together = f"{amount_text(sum(row))} is above `total_max` {amount_text(self._total_max)}"
                    words.append(f"{self._period(t)}: {together}")
        return tuple(words)

    def _of_channel(self, name: str, c: int, amounts: list[float], tolerance: float) -> Iterator[str]:
        own = self._limits.get(name, CalendarLimits())
        black = {bisect.bisect_right(self._starts, day) - 1 for day in own.blackout}
        for t, amount in enumerate(amounts):
            most = self._ends[c] if own.max is None else min(own.max, self._ends[c])
            if amount < -tolerance:
                yield f"{amount_text(amount)} in {self._period(t)} is below 0"
            if t in black and amount > tolerance:
                yield f"{amount_text(amount)} in {self._period(t)}, which is a blackout"
            elif amount > most * (1 + _ROUNDING) + tolerance:
                yield f"{amount_text(amount)} in {self._period(t)} is above its maximum {amount_text(most)} per period"
        start = 0
        for runs, group in groupby(amounts, key=lambda amount: amount > tolerance):
            length = len(list(group))
            if runs and length < own.min_burst:
                yield f"runs for {length} of at least {own.min_burst} periods in a row from {self._period(start)} on"
            start += length

    def _period(self, t: int) -> str:
        return f"period {t + 1}" + (f" ({self._starts[t]})" if self._starts else "")
