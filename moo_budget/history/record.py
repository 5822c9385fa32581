"""Tables in (CSV, XLSX, Parquet) -> History: what was spent and what came of it, period by period."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from moo_budget._checks import (
    BoolArray,
    FloatArray,
    amount_text,
    check_finite,
    check_known,
    check_shape,
    frozen,
    money_by_channel,
)
from moo_budget.errors import InputError, Message, listed
from moo_budget.history.calendar import Calendar, Period, calendar_of, later, whole_periods
from moo_budget.history.columns import TOTAL
from moo_budget.history.events import read_holidays
from moo_budget.history.files import Table, read_table
from moo_budget.history.layouts import Panel, read_panel
from moo_budget.spec import HistorySpec, PlanSpec, ProblemSpec

# Fewer periods leave nothing to hold out, and no curve can be told from a line.
MIN_PERIODS = 8
# So many times what USUAL of the periods stay below looks like a slip of the decimal point; none of eight real tables
# has more than 4.2 times. Medians would not do: a channel that grew has its last quarter far above.
WILD_TIMES, USUAL = 10.0, 0.9


@dataclass(frozen=True, eq=False)
class OutcomeSeries:
    """One outcome over the periods of a history.

    Args:
        name: its name in the problem file.
        unit: what it is counted in.
        values: (n_periods, n_channels) if measured per channel, 0 where a channel is not measured; else (n_periods,).
        per_channel: whether it is measured channel by channel, or for the whole business.
        measured: the channels for which it is measured; all channels if it is measured for the whole business.
        trials: where the outcome counts successes, among how many trials, shaped as `values`; else None.

    Raises:
        InputError: an entry is not finite, trials have another shape, are below zero or below the successes.
    """

    name: str
    unit: str
    values: FloatArray
    per_channel: bool
    measured: tuple[str, ...]
    trials: FloatArray | None = None

    def __post_init__(self) -> None:
        check_finite(f"outcome `{self.name}`", self.values)
        object.__setattr__(self, "values", frozen(self.values))
        if self.trials is not None:
            self._check_trials(self.trials)
            object.__setattr__(self, "trials", frozen(self.trials))

    def _check_trials(self, trials: FloatArray) -> None:
        check_shape(f"trials of `{self.name}`", trials, self.values.shape, "as the outcome")
        check_finite(f"trials of `{self.name}`", trials)
        wrong = np.argwhere((self.values < 0.0) | (self.values > trials))
        if len(wrong):
            successes, tried = self.values[tuple(wrong[0])], trials[tuple(wrong[0])]
            raise InputError(
                f"outcome `{self.name}`: period {wrong[0][0] + 1} has {successes:g} successes among {tried:g} trials, "
                f"and {len(wrong)} entries are like that; successes must lie between 0 and the trials. Count late "
                "successes in the period of their trial, or take the outcome out of [history] trials.",
                code="history.trials",
            )


@dataclass(frozen=True)
class Source:
    """Where a history comes from.

    Attributes:
        file: name of the table file, without its folder.
        sha256: digest of the file's bytes.
        rows: rows of the table, before anything was added up.
        start: first date, ISO; None for a cross-section.
        end: last date, likewise.
    """

    file: str
    sha256: str
    rows: int
    start: str | None
    end: str | None


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """Spend, outcomes and what else moves them, of past periods.

    Args:
        channels: names, in the order of every channel axis.
        dates: (n_periods,), datetime64[D], rising; None: a cross-section, whose rows stand beside one another.
        period: what a row stands for; "none" without dates.
        spend: (n_periods, n_channels), currency per period.
        outcomes: in the order of the problem file.
        controls: (n_periods, n_controls): what moves outcomes and is not bought.
        control_names: names, in the order of the controls' axis.
        source: where it comes from.
        messages: every repair, every guess, and what is odd.
        organic: channels that are not bought -> (n_periods,), their volume, 0 or more.
        events: event -> (n_periods,), 1 in its periods.
        holidays: holiday -> (n_periods,), its days in each period.

    Raises:
        InputError: shapes disagree, an entry is not finite, or spend or an organic volume is negative.
    """

    channels: tuple[str, ...]
    dates: NDArray[np.datetime64] | None
    period: Period
    spend: FloatArray
    outcomes: tuple[OutcomeSeries, ...]
    controls: FloatArray
    control_names: tuple[str, ...]
    source: Source
    messages: tuple[Message, ...]
    organic: Mapping[str, FloatArray] = field(default_factory=dict)
    events: Mapping[str, FloatArray] = field(default_factory=dict)
    holidays: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n_channels = len(self.channels)
        check_shape("spend", self.spend, (None, n_channels), "(n_periods, n_channels)")
        check_shape("controls", self.controls, (self.n_periods, len(self.control_names)), "(n_periods, n_controls)")
        for name, array in (("spend", self.spend), ("controls", self.controls)):
            check_finite(name, array)
            object.__setattr__(self, name, frozen(array))
        for series in self.outcomes:
            shape = (self.n_periods, n_channels) if series.per_channel else (self.n_periods,)
            meaning = "(n_periods, n_channels)" if series.per_channel else "(n_periods,)"
            check_shape(f"outcome `{series.name}`", series.values, shape, meaning)
        for kind in ("organic", "events", "holidays"):
            object.__setattr__(self, kind, self._checked_series(kind, getattr(self, kind)))
        if (self.spend < 0).any():
            raise InputError("spend has a negative entry; every entry must be 0 or more", code="history.negative-spend")
        if self.dates is not None:
            self._check_dates(self.dates)

    def _checked_series(self, kind: str, series: Mapping[str, FloatArray]) -> Mapping[str, FloatArray]:
        for name, values in series.items():
            check_shape(f"{kind} `{name}`", values, (self.n_periods,), "(n_periods,)")
            check_finite(f"{kind} `{name}`", values)
            if kind == "organic" and (values < 0).any():
                raise InputError(
                    f"{kind} `{name}` has a negative entry; every entry must be 0 or more",
                    code="history.negative-organic",
                )
        return {name: frozen(values) for name, values in series.items()}

    def _check_dates(self, dates: NDArray[np.datetime64]) -> None:
        if dates.shape != (self.n_periods,) or not (np.diff(dates).astype(np.int64) > 0).all():
            raise InputError(
                f"dates must be (n_periods,) = ({self.n_periods},) and rise; they have shape {dates.shape}",
                code="history.dates",
            )
        copy = dates.astype("datetime64[D]")
        copy.flags.writeable = False
        object.__setattr__(self, "dates", copy)

    @property
    def n_periods(self) -> int:
        """Rows of `spend`."""
        return int(self.spend.shape[0])

    @property
    def wild_spend(self) -> BoolArray:
        """(n_periods, n_channels): over ten times what is the most in nine of ten periods in which a channel ran."""
        return np.column_stack([spend > WILD_TIMES * _usual_most(spend) for spend in self.spend.T])

    @property
    def observed_max(self) -> FloatArray:
        """(n_channels,), currency per period: the highest spend of one period that is not wild."""
        return frozen(np.where(self.wild_spend, 0.0, self.spend).max(axis=0))

    def outcome(self, name: str) -> OutcomeSeries:
        """The outcome of that name.

        Raises:
            InputError: there is none.
        """
        by_name = {series.name: series for series in self.outcomes}
        check_known("outcome", name, by_name, self.source.file)
        return by_name[name]

    def today(self, plan: PlanSpec) -> dict[str, float]:
        """What is spent today, money for as many periods as the plan has: channel -> currency.

        A table in the plan is taken as it is, channels left out have 0. Otherwise it is the mean of some rows times
        the plan's periods: the last N, the same calendar span a year before the plan's start, by default the last
        `plan.periods` (of a shorter history all), without dates all.

        Raises:
            InputError: the history does not reach as far back as the plan asks.
        """
        if isinstance(plan.today, dict):
            money = money_by_channel(plan.today, self.channels, "plan.today")
        else:
            rows = self.spend[self._today_rows(plan)]
            money = rows.sum(axis=0) * (plan.periods / len(rows))
        return dict(zip(self.channels, money.tolist(), strict=True))

    def __repr__(self) -> str:
        """Sizes, span and outcomes in a line."""
        each = "row" if self.period == "none" else self.period
        span = "" if self.dates is None else f", {self.dates[0]} to {self.dates[-1]}"
        outcomes = ", ".join(series.name for series in self.outcomes)
        return f"History({self.n_periods} {each}s{span}; {len(self.channels)} channels; {outcomes})"

    def _repr_html_(self) -> str:
        from moo_budget.report.notebook import history_html

        return history_html(self)

    def today_text(self, plan: PlanSpec) -> str:
        """Where today's money of a plan comes from, such as ``mean of the last 13 weeks x 13``.

        Raises:
            InputError: as `today`.
        """
        if isinstance(plan.today, dict):
            left_out = [channel for channel in self.channels if channel not in plan.today]
            return "stated in the problem file" + (f"; 0 for {listed(left_out)}, left out there" if left_out else "")
        rows = self._today_rows(plan)
        n_rows = len(self.spend[rows])
        times = "" if plan.periods == 1 else f" x {plan.periods}"
        if self.dates is None:
            return f"mean of all {n_rows} rows{times}"
        span = self.period if n_rows == 1 else f"{n_rows} {self.period}s"
        if plan.today == "same last year":
            return f"the {span} from {self.dates[rows][0]} on, the same span a year earlier"
        shorter = ": the history is shorter than the plan" if plan.today is None and n_rows < plan.periods else ""
        return f"{'the last' if n_rows == 1 else 'mean of the last'} {span}{times}{shorter}"

    def period_starts(self, plan: PlanSpec) -> tuple[datetime.date, ...] | None:
        """First day of every period of a plan, and of the one after its last; None without dates."""
        if self.dates is None:
            return None
        first = self._first_day(self.dates, plan)
        return tuple(_day(later(first, self.period, count)) for count in range(plan.periods + 1))

    def skipped_periods(self, plan: PlanSpec) -> int:
        """How many periods lie between the history and the plan; 0 also where the plan begins in the past."""
        if self.dates is None:
            return 0
        following = later(self.dates[-1], self.period, 1)
        return max(whole_periods(following, self._first_day(self.dates, plan), self.period), 0)

    def _first_day(self, dates: NDArray[np.datetime64], plan: PlanSpec) -> np.datetime64:
        return later(dates[-1], self.period, 1) if plan.start is None else np.datetime64(plan.start, "D")

    def _today_rows(self, plan: PlanSpec) -> slice:
        """The periods whose mean spend is today's."""
        if plan.today is None:
            return slice(None) if self.dates is None else slice(-plan.periods, None)
        if self.dates is None:
            raise InputError(
                f'plan.today = "{plan.today}" needs dates, and {self.source.file} has no date column. Leave it '
                "out (the mean of all rows), or give a table channel -> money.",
                code="plan.today",
            )
        assert isinstance(plan.today, str)
        if plan.today == "same last year":
            return self._last_year_rows(plan, self.dates)
        count = re.fullmatch("last ([1-9][0-9]*)", plan.today)
        if count is None:
            raise InputError(
                f'plan.today = "{plan.today}" is unknown. Allowed: "last N", "same last year", or a table '
                "channel -> money.",
                code="plan.today",
            )
        if int(count[1]) > self.n_periods:
            raise InputError(
                f'plan.today = "{plan.today}", but {self.source.file} has {self.n_periods} {self.period}s. Write '
                f'"last {self.n_periods}" or less.',
                code="plan.today",
            )
        return slice(-int(count[1]), None)

    def _last_year_rows(self, plan: PlanSpec, dates: NDArray[np.datetime64]) -> slice:
        first = later(self._first_day(dates, plan), "year", -1)
        end = later(first, self.period, plan.periods)
        rows = slice(*(int(place) for place in np.searchsorted(dates, [first, end])))
        found = rows.stop - rows.start
        if found != plan.periods:
            raise InputError(
                f'plan.today = "same last year" needs all {plan.periods} {self.period}s from {first} to before {end}; '
                f"{self.source.file} has {found} of them and runs from {dates[0]} to {dates[-1]}. Write "
                '"last N", another plan.start, or a table channel -> money.',
                code="plan.today",
            )
        return rows


def read_history(spec: ProblemSpec) -> History:
    """The history that a problem file names.

    What can be found out is found out and said in `messages`: encoding, separator, decimal mark, form of the dates,
    the period. What is wrong raises, with file, row (the header is row 1) and column; only empty cells and
    absent rows are repaired, as `history.missing` says. In the long layout a total is told from an outcome per channel
    as `read_panel` says.

    Args:
        spec: a problem with a [history], whose files are looked for beside the problem file.

    Raises:
        InputError: the file or something in it is wrong, or there are fewer than 8 periods.
    """
    if spec.history is None:
        raise InputError("The problem has no [history], so there is no table to read.", code="history.none")
    folder = Path() if spec.path is None else spec.path.parent
    table = read_table(folder / spec.history.file, sheet=spec.history.sheet, encoding=spec.history.encoding)
    panel = read_panel(table, spec.history, spec.outcomes)
    _check_length(table.file, panel)
    calendar = None if panel.dates is None else calendar_of(panel.dates)
    period: Period = "none" if calendar is None else calendar.period
    holidays, said_holidays = _holidays(folder, spec.history, panel, period)
    history = History(
        channels=spec.history.channels,
        dates=panel.dates,
        period=period,
        spend=panel.spend.to_numpy(),
        outcomes=tuple(
            _series(name, outcome.unit, panel.outcomes[name], panel.trials.get(name), spec.history.channels)
            for name, outcome in spec.outcomes.items()
        ),
        controls=panel.controls.to_numpy(),
        control_names=spec.history.controls,
        source=_source(table, panel),
        messages=(*table.messages, *panel.messages, *said_holidays),
        organic=dict(zip(spec.history.organic, panel.organic.to_numpy().T, strict=True)),
        events=panel.events,
        holidays=holidays,
    )
    said = (*_calendar_messages(history, calendar), *_channel_messages(history), *_start_messages(history, spec.plan))
    return replace(history, messages=(*history.messages, *said))


def _holidays(
    folder: Path, spec: HistorySpec, panel: Panel, period: Period
) -> tuple[Mapping[str, FloatArray], tuple[Message, ...]]:
    if spec.holidays is None:
        return {}, ()
    # A table of holidays without dates is refused with the problem file.
    assert panel.dates is not None
    return read_holidays(folder / spec.holidays, panel.dates, period, spec.holidays_country)


def _check_length(file: str, panel: Panel) -> None:
    if len(panel.spend) < MIN_PERIODS:
        raise InputError(
            f"{file} has {len(panel.spend)} period(s); at least {MIN_PERIODS} are needed to learn anything. "
            "Take a longer export, or finer periods.",
            code="history.too-short",
        )


def _series(
    name: str, unit: str, frame: pd.DataFrame, trials: pd.DataFrame | None, channels: tuple[str, ...]
) -> OutcomeSeries:
    if list(frame.columns) == [TOTAL]:
        return OutcomeSeries(name, unit, frame[TOTAL].to_numpy(), False, channels)
    values, tried = (
        None if part is None else part.reindex(columns=list(channels), fill_value=0.0).to_numpy()
        for part in (frame, trials)
    )
    assert values is not None
    return OutcomeSeries(name, unit, values, True, tuple(frame.columns), tried)


def _source(table: Table, panel: Panel) -> Source:
    start, end = (None, None) if panel.dates is None else (str(panel.dates[0]), str(panel.dates[-1]))
    return Source(table.file, table.sha256, len(table.cells), start, end)


def _calendar_messages(history: History, calendar: Calendar | None) -> Iterator[Message]:
    source = history.source
    if calendar is None:
        text = f"{source.file}: no dates, so its {history.n_periods} rows stand beside one another, in no order."
        yield Message("history.period", text)
        return
    text = f"{source.file}: {history.n_periods} {history.period}s, {source.start} to {source.end}."
    yield Message("history.period", text)
    if not calendar.regular:
        text = f"{source.file}: the dates keep no regular step; each row was taken as one {history.period}."
        yield Message("history.irregular-dates", text)
    if len(calendar.missing):
        dates = listed(calendar.missing.astype(str), 10)
        count = len(calendar.missing)
        text = f"{source.file}: {count} {history.period}(s) in between have no row, and none is invented: {dates}."
        yield Message("history.gaps", text)


def _day(date: np.datetime64) -> datetime.date:
    return datetime.date.fromisoformat(str(date))


def _usual_most(spend: FloatArray) -> float:
    """What most of the periods stay below in which a channel, (n_periods,), ran; 0 where it never did."""
    ran = spend[spend > 0.0]
    return float(np.quantile(ran, USUAL, method="lower")) if len(ran) else 0.0


def _channel_messages(history: History) -> Iterator[Message]:
    for c in np.flatnonzero(history.wild_spend.any(axis=0)):
        rows = np.flatnonzero(history.wild_spend[:, c])
        places = listed([f"{amount_text(history.spend[row, c])} ({_place(history, row)})" for row in rows], 6)
        text = (
            f"`{history.channels[c]}` spent over {WILD_TIMES:g} times more than usual in {len(rows)} period(s): "
            f"{places}. If that is a slip, mend it. How far plans may go beyond the history counts from its highest "
            f"other period, {amount_text(history.observed_max[c])}."
        )
        yield Message("history.wild-spend", text)
    for channel, highest in zip(history.channels, history.observed_max, strict=True):
        if highest == 0:
            text = f"`{channel}` was never bought: its spend is 0 throughout, so nothing can be learned of it here."
            yield Message("history.never-bought", text)
    for series in history.outcomes:
        others = [channel for channel in history.channels if channel not in series.measured]
        if others:
            text = f"`{series.name}` is not measured for {listed(others)}; no effect of theirs on it is assumed."
            yield Message("history.not-measured", text)


def _place(history: History, row: int | np.int64) -> str:
    return f"period {row + 1}" if history.dates is None else str(history.dates[row])


def _start_messages(history: History, plan: PlanSpec) -> Iterator[Message]:
    if plan.start is not None and history.dates is not None and np.datetime64(plan.start, "D") <= history.dates[-1]:
        text = (
            f"plan.start is {plan.start}, and {history.source.file} runs to {history.source.end}: the plan begins in "
            "the past, for which the outcomes are already known."
        )
        yield Message("history.plan-in-the-past", text)
