"""The calendar's limits as rows over the money of every channel in every kind of period."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from moo_budget._checks import FloatArray, amount_text
from moo_budget.limits.amounts import rounded_up
from moo_budget.limits.calendar import TOTAL_MAX, PeriodLimits
from moo_budget.limits.programme import Advice, Eased, Kinds, Limit, limit_of
from moo_budget.spec import CalendarLimits, LimitsSpec
from moo_budget.spec.source import SourceText, place_of


@dataclass(frozen=True, eq=False)
class InPeriods:
    """The calendar's limits of a problem, each with its place, its words and what to do where it is in the way.

    Args:
        limits: as in the problem file.
        channels: names, in the order of the arrays.
        periods: what the limits come to in every period.
        source: the file, for places; None: the limits were handed over.
    """

    limits: LimitsSpec
    channels: tuple[str, ...]
    periods: PeriodLimits
    source: SourceText | None

    @cached_property
    def kinds(self) -> Kinds:
        """Periods in which the same channels can run, taken together."""
        closed = np.hstack([self.periods.blackout, self.periods.too_short])
        kinds, kind_of, counts = np.unique(closed, axis=0, return_inverse=True, return_counts=True)
        blackout, too_short = np.hsplit(kinds, 2)
        return Kinds(counts.astype(float), blackout, too_short, kind_of.ravel())

    def all(self) -> Iterator[Limit]:
        """Every limit per period."""
        for name, own in self.limits.calendar.items():
            if isinstance(own, CalendarLimits):
                yield from self._of_channel(name, self.channels.index(name), own)
            else:
                yield self._of_team(own)

    def _of_channel(self, name: str, c: int, own: CalendarLimits) -> Iterator[Limit]:
        kinds = self.kinds
        if own.max is not None:
            yield self._of_max(name, c, own.max)
        if own.blackout:
            rows = [kinds.row(c, kinds.blackout[:, c])]
            if kinds.too_short[:, c].any():
                rows.append(kinds.reopened(c))
            n_closed, words = int(self.periods.blackout[:, c].sum()), f"`{name}` cannot run in"
            line = f"{self._place(name, 'blackout')}: {words} {n_closed} of {self.periods.n_periods} periods"
            yield replace(self._closing(line, np.array(rows)), amended=lambda eased: self._opened(name, c, own, eased))
        if kinds.too_short[:, c].any():
            yield self._of_min_burst(name, c, own)

    def _of_max(self, name: str, c: int, most: float) -> Limit:
        """Eased by the same amount in every period."""
        kinds, n_periods = self.kinds, self.periods.n_periods
        return self._per_period(
            f"{self._place(name, 'max')}: at most {amount_text(most)} for `{name}` in a period",
            lambda by, plan: f"raise `max` of `{name}` per period to {amount_text(rounded_up(most + by / n_periods))}",
            np.array([kinds.row(c, is_kind) for is_kind in np.eye(len(kinds.counts), dtype=bool)]),
            most,
        )

    def _of_team(self, most: float) -> Limit:
        kinds, n_periods = self.kinds, self.periods.n_periods
        each = np.repeat(np.eye(len(kinds.counts)), len(self.channels), axis=1)
        return self._per_period(
            f"{place_of(self.source, ('limits', 'calendar', TOTAL_MAX))}: at most {amount_text(most)} for all channels "
            "together in a period",
            lambda by, plan: f"raise `{TOTAL_MAX}` to {amount_text(rounded_up(most + by / n_periods))}",
            np.hstack([each, np.zeros((len(each), len(self.channels)))]),
            most,
        )

    def _per_period(self, line: str, advice: Advice, rows: FloatArray, most: float) -> Limit:
        """At most so much in a period of every kind, rows (n_kinds, n_unknowns)."""
        counts = self.kinds.counts
        limit = limit_of(line, advice, np.zeros((len(rows), len(self.channels))), -np.inf, counts * most)
        return replace(limit, placed=rows, give=counts / self.periods.n_periods)

    def _of_min_burst(self, name: str, c: int, own: CalendarLimits) -> Limit:
        """Of blackouts' gaps the limit says nothing where blackouts do not hold."""
        kinds, n_periods = self.kinds, self.periods.n_periods
        row = kinds.row(c, kinds.too_short[:, c])
        why = f"and the plan has {n_periods}"
        if own.min_burst <= n_periods:
            row -= kinds.reopened(c)
            n_closed = int(self.periods.too_short[:, c].sum())
            why = f"and {n_closed} of {n_periods} periods stand in gaps between blackouts that are shorter"
        line = f"{self._place(name, 'min_burst')}: `{name}` runs for {own.min_burst} periods in a row, {why}"
        return replace(self._closing(line, row[None]), amended=lambda eased: self._shortened(name, own))

    def _closing(self, line: str, rows: FloatArray) -> Limit:
        """No money in some periods, rows (n_rows, n_unknowns)."""
        nothing = np.zeros((len(rows), len(self.channels)))
        return replace(limit_of(line, lambda by, plan: "", nothing, -np.inf, 0.0), placed=rows)

    def _opened(self, name: str, c: int, own: CalendarLimits, eased: Eased) -> Iterator[tuple[str, LimitsSpec]]:
        """One period after the other out of the blackouts, those first in which the eased plan has most money."""
        closed = np.flatnonzero(self.periods.blackout[:, c])
        money = eased.per_kind[self.kinds.kind_of[closed], c]
        starts = self.periods.starts
        for n_opened in range(1, len(closed) + 1):
            opened = np.sort(closed[np.argsort(-money, kind="stable")[:n_opened]])
            spans = [(starts[t], starts[t + 1]) for t in opened]
            out = [day for day in own.blackout if any(first <= day < end for first, end in spans)]
            words = f"open `{name}` in {n_opened} of its {len(closed)} periods of blackout: {_written(out)}"
            yield words, self._with(name, replace(own, blackout=tuple(day for day in own.blackout if day not in out)))

    def _shortened(self, name: str, own: CalendarLimits) -> Iterator[tuple[str, LimitsSpec]]:
        for shorter in range(own.min_burst - 1, 0, -1):
            yield f"lower `min_burst` of `{name}` to {shorter}", self._with(name, replace(own, min_burst=shorter))

    def _with(self, name: str, own: CalendarLimits) -> LimitsSpec:
        return replace(self.limits, calendar=self.limits.calendar | {name: own})

    def _place(self, name: str, key: str) -> str:
        return place_of(self.source, ("limits", "calendar", name, key))


def _written(days: Sequence[datetime.date]) -> str:
    return ", ".join(str(day) for day in days)
