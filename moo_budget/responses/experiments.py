"""Lift tests: what changes of spend brought when somebody tried them out.

They enter the regressions beside the periods, as observations on differences of the curves with errors of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from moo_budget._checks import FloatArray, IntArray, amount_text, check_known
from moo_budget.errors import InputError, joined, listed, nearest
from moo_budget.history.calendar import later, whole_periods
from moo_budget.history.cells import is_empty, read_dates, read_numbers, refuse
from moo_budget.history.files import Table, matching, read_table

if TYPE_CHECKING:
    from moo_budget.history import History

NAMES, DATES, NUMBERS = ("channel", "outcome"), ("start", "end"), ("spend_change", "lift", "lift_se")
COLUMNS = (*NAMES, *DATES, *NUMBERS)
# A go-dark test takes away all there was; rounding to cents must not make it more.
CENTS = 1e-6


@dataclass(frozen=True)
class LiftTest:
    """What a change of spend brought over a span of time.

    Args:
        channels: tested together; the change is shared in proportion to their spend.
        outcome: that was measured.
        start: first day of its first period.
        end: last day of its last period.
        spend_change: money over the span, in the flighting of its spend; below zero: taken away.
        lift: outcome that the change made over the span, carry-over inside it included.
        lift_se: standard error of `lift`.
        spend: money of these channels over the span without the change; None: as in the history.
        where: what messages call it.

    Raises:
        InputError: a number is not finite, nothing was changed, the error is not above zero, the span ends before it
            starts, a channel is named twice or none is named.
    """

    channels: tuple[str, ...]
    outcome: str
    start: np.datetime64
    end: np.datetime64
    spend_change: float
    lift: float
    lift_se: float
    spend: float | None = None
    where: str = "lift test"

    def __post_init__(self) -> None:
        for name in DATES:
            object.__setattr__(self, name, np.datetime64(getattr(self, name), "D"))
        stated = {name: getattr(self, name) for name in (*NUMBERS, "spend") if getattr(self, name) is not None}
        for name, number in stated.items():
            self._require(bool(np.isfinite(number)), f"{name} is {number}; it must be a finite number")
        self._require(bool(self.channels), "no channel is named")
        self._require(
            len(set(self.channels)) == len(self.channels), f"a channel is named twice in `{'+'.join(self.channels)}`"
        )
        self._require(bool(self.start <= self.end), f"it ends on {self.end}, before it starts on {self.start}")
        self._require(self.spend_change != 0.0, "spend_change is 0; a test changes what is spent")
        self._require(self.lift_se > 0.0, f"lift_se is {self.lift_se:g}; a standard error is above 0")
        self._require(self.spend is None or self.spend >= 0.0, f"spend is {self.spend}; it must be 0 or more")

    def _require(self, holds: bool, fault: str) -> None:
        if not holds:
            raise InputError(f"{self.where}: {fault}.", code="experiments.value")


@dataclass(frozen=True, eq=False)
class LiftSeries:
    """Lift tests of one outcome as a regression sees them: spend without the change and with it, one after the other.

    Args:
        tests: as they were stated.
        places: (n_tested,), which of the channels some test changes.
        spend: of each of these, (n_rows,), currency per period; the span of each test that changes it stands there
            twice, without the change and with it, each time behind the periods whose spend carries over into it.
        dates: of each of these, (n_rows,), first days of the same periods.
        signs: of each of these, (n_tests, n_rows): -1 in a test's span without the change, 1 in the one with it.
        lifts: (n_tests,), outcome.
        deviations: (n_tests,), standard errors.
    """

    tests: tuple[LiftTest, ...]
    places: tuple[int, ...]
    spend: tuple[FloatArray, ...]
    dates: tuple[NDArray[np.datetime64], ...]
    signs: tuple[FloatArray, ...]
    lifts: FloatArray
    deviations: FloatArray

    @property
    def typical_return(self) -> float:
        """What money brought in the tests on average, outcome per currency, whatever its sign; 0: nothing in any."""
        return float(np.mean(np.abs([test.lift / test.spend_change for test in self.tests])))

    def in_units(self, outcome_unit: float) -> LiftSeries:
        """The same with outcomes counted in `outcome_unit`."""
        return replace(self, lifts=self.lifts / outcome_unit, deviations=self.deviations / outcome_unit)


def read_experiments(path: str | Path, history: History) -> tuple[LiftTest, ...]:
    """The lift tests of a table file with columns channel, outcome, start, end, spend_change, lift, lift_se[, spend].

    Args:
        path: CSV, XLSX or Parquet.
        history: of the same channels, outcomes and dates.

    Raises:
        InputError: no such file, a column is missing, or rows that are wrong, ten of them named in one go.
    """
    path = Path(path)
    if not path.is_file():
        beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        raise InputError(
            f"There is no file {path}. {nearest(path.name, beside)}"
            "[fit] experiments is a path relative to the problem file.",
            code="experiments.no-file",
        )
    table = read_table(path)
    missing = [name for name in COLUMNS if not table.has(name)]
    if missing:
        raise InputError(
            f"{table.file}: no column {listed(missing)}; the columns are {listed(table.columns)}. "
            f"A table of lift tests has {', '.join(COLUMNS)} and, where needed, spend.",
            code="experiments.columns",
        )
    return _tests(table, history)


def _tests(table: Table, history: History) -> tuple[LiftTest, ...]:
    tests: list[LiftTest] = []
    faults: list[InputError] = []
    for record in _records(table):
        try:
            test = LiftTest(**record)
            check_test(test, history, earlier=tests)
        except InputError as fault:
            faults.append(fault)
        else:
            tests.append(test)
    if faults:
        raise InputError(joined(faults), code=faults[0].code)
    return tuple(tests)


def _records(table: Table) -> list[dict[str, Any]]:
    """The arguments of every row's `LiftTest`; none of its cells is empty but `spend`.

    Raises:
        InputError: empty cells, text for a number, or a date that is none.
    """
    names = table.cells[[table.column(name) for name in NAMES]]
    headers = [table.column(name) for name in (*NUMBERS, "spend") if table.has(name)]
    numbers, _ = read_numbers(table, headers)
    empty = names.apply(is_empty).join(numbers[headers[: len(NUMBERS)]].isna())
    refuse(table, empty, "{cell}", "Only spend may be empty.", code="experiments.empty")
    columns = {
        "channels": [tuple(matching(part) for part in str(cell).split("+")) for cell in names.iloc[:, 0]],
        "outcome": [matching(str(cell)) for cell in names.iloc[:, 1]],
        **{name: read_dates(table, table.column(name)) for name in DATES},
        **{name: [float(number) for number in numbers[table.column(name)]] for name in NUMBERS},
        "where": [f"{table.file}, row {row}" for row in table.cells.index],
    }
    if table.has("spend"):
        columns["spend"] = [None if np.isnan(n) else float(n) for n in numbers[table.column("spend")]]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def check_test(test: LiftTest, history: History, *, earlier: Sequence[LiftTest] = ()) -> None:
    """Raise InputError unless the history can place the test and none of the `earlier` ones is the same.

    Raises:
        InputError: a test that was there before, an unknown channel or outcome, an outcome that is not measured for
            the channel, several channels of an outcome that is measured channel by channel, a span that cuts through a
            period, is longer than the history or has no spend to start from.
    """
    for other in earlier:
        if replace(other, where=test.where) == test:
            raise InputError(
                f"{test.where}: it says in every column what {other.where} says, and counted twice a test would seem "
                "more certain than it is. Take one of the two out.",
                code="experiments.repeated",
            )
    for channel in test.channels:
        check_known("channel", channel, history.channels, test.where)
    check_known("outcome", test.outcome, [series.name for series in history.outcomes], test.where)
    outcome = history.outcome(test.outcome)
    if outcome.per_channel and len(test.channels) > 1:
        raise InputError(
            f"{test.where}: `{'+'.join(test.channels)}` were tested together, but `{test.outcome}` is measured channel "
            "by channel, so each channel is learned by itself. State the lift of each channel in a row of its own.",
            code="experiments.joint",
        )
    silent = [channel for channel in test.channels if channel not in outcome.measured]
    if silent:
        raise InputError(
            f"{test.where}: `{test.outcome}` is not measured for `{silent[0]}`, which is taken to have no effect on "
            f"it. Known: {listed(outcome.measured)}.",
            code="experiments.not-measured",
        )
    _spans(test, history, n_before=0)


def lift_series(
    tests: Sequence[LiftTest], outcome: str, channels: Sequence[str], history: History, n_lags: int
) -> LiftSeries | None:
    """The tests of an outcome that only some channels took part in, laid out for these; None: there are none.

    `n_lags` is how many periods a unit of spend is followed.
    """
    mine = tuple(test for test in tests if test.outcome == outcome and set(test.channels) <= set(channels))
    if not mine:
        return None
    tested = {channel for test in mine for channel in test.channels}
    places = tuple(place for place, channel in enumerate(channels) if channel in tested)
    columns = [history.channels.index(channels[place]) for place in places]
    spans = [_spans(test, history, n_before=n_lags - 1) for test in mine]
    spend = np.concatenate([spend for pair in spans for spend in pair])
    days = [_days(test, history, n_lags - 1, len(pair[0])) for test, pair in zip(mine, spans, strict=True)]
    dates = np.concatenate([np.tile(first_days, 2) for first_days in days])
    signs = [np.repeat([0.0, -1.0, 0.0, 1.0], [n_lags - 1, len(pair[0]) - n_lags + 1] * 2) for pair in spans]
    changes = [[channels[place] in test.channels for test in mine] for place in places]
    rows = [np.repeat(of_channel, [len(row) for row in signs]) for of_channel in changes]
    return LiftSeries(
        tests=mine,
        places=places,
        spend=tuple(spend[own, column] for own, column in zip(rows, columns, strict=True)),
        dates=tuple(dates[own] for own in rows),
        signs=tuple(block_diag(*signs)[:, own] for own in rows),
        lifts=np.array([test.lift for test in mine]),
        deviations=np.array([test.lift_se for test in mine]),
    )


def _spans(test: LiftTest, history: History, *, n_before: int) -> tuple[FloatArray, FloatArray]:
    """Spend of the `n_before` periods before a test and of its span, without the change and with it.

    Both (n_before + n_span, n_channels), currency per period. Outside the history only what is tested is spent, at one
    level.
    """
    tested = [history.channels.index(channel) for channel in test.channels]
    rows = _rows_of(test, history)
    if rows is None:
        spend = np.zeros((n_before + _n_periods(test, history), len(history.channels)))
        spend[:, tested] = history.spend[:, tested].mean(axis=0)
    else:
        # Before the first row a channel is taken to have spent as in the first row.
        spend = history.spend[np.maximum(np.arange(rows[0] - n_before, rows[-1] + 1), 0)]
    span = spend[n_before:, tested]
    without = span if test.spend is None else _spread(test.spend, span)
    added = without + _spread(test.spend_change, without)
    if added.sum() < -CENTS * without.sum():
        raise InputError(
            f"{test.where}: it takes away {amount_text(-test.spend_change)} of {amount_text(without.sum())} that was "
            "spent. If the history shows the spend with the change made, state the spend without it under `spend`.",
            code="experiments.more-than-all",
        )
    changed = spend.copy()
    spend[n_before:, tested], changed[n_before:, tested] = without, np.maximum(added, 0.0)
    if rows is None:
        spend[:n_before, tested] = changed[:n_before, tested] = without[0]
    return spend, changed


def _days(test: LiftTest, history: History, n_before: int, n_rows: int) -> NDArray[np.datetime64]:
    """First days of so many periods, of which the test begins after `n_before`."""
    return np.array([later(test.start, history.period, row - n_before) for row in range(n_rows)])


def _rows_of(test: LiftTest, history: History) -> IntArray | None:
    """The periods that begin within the test's span; None: it lies outside the history."""
    if history.dates is None:
        raise InputError(
            f"{test.where}: a lift test needs dates, and {history.source.file} has none. Name its date column.",
            code="experiments.no-dates",
        )
    first, end = history.dates[0], later(history.dates[-1], history.period, 1)
    if test.start < first or test.end >= end:
        if test.spend is None:
            raise InputError(
                f"{test.where}: {test.start} to {test.end} does not lie within the history, {first} to "
                f"{end - np.timedelta64(1, 'D')}. State what was spent over the span without the change under `spend`.",
                code="experiments.no-spend",
            )
        return None
    rows = np.flatnonzero((history.dates >= test.start) & (history.dates <= test.end))
    if not len(rows) or test.start != history.dates[rows[0]] or not _ends_with_row(test, history, rows[-1]):
        begun = np.searchsorted(history.dates, [test.start, test.end], side="right") - 1
        _refuse_cut(test, history, *history.dates[begun])
    return rows


def _ends_with_row(test: LiftTest, history: History, row: int) -> bool:
    """Whether a test's last day is that of a period, or the one before the next period that the history knows."""
    assert history.dates is not None  # the caller looked
    return _after(test) in (later(history.dates[row], history.period, 1), *history.dates[row + 1 : row + 2])


def _n_periods(test: LiftTest, history: History) -> int:
    """How many periods a test outside the history lasted."""
    n_periods = whole_periods(test.start, _after(test), history.period)
    if n_periods > history.n_periods:
        raise InputError(
            f"{test.where}: {test.start} to {test.end} is {n_periods:,} {history.period}s, more than the "
            f"{history.n_periods} of the history. Is a year mistyped?",
            code="experiments.too-long",
        )
    last = later(test.start, history.period, n_periods)
    if last != _after(test):
        _refuse_cut(test, history, test.start, last)
    return n_periods


def _after(test: LiftTest) -> np.datetime64:
    """The day after the test."""
    return test.end + np.timedelta64(1, "D")


def _refuse_cut(test: LiftTest, history: History, first: np.datetime64, last: np.datetime64) -> NoReturn:
    """Say in which periods, by their first days, a test begins and ends that is not made of whole ones."""
    period = history.period
    spans = [f"from {start} to {later(start, period, 1) - np.timedelta64(1, 'D')}" for start in (first, last)]
    raise InputError(
        f"{test.where}: {test.start} to {test.end} cuts through a {period}, and only what whole {period}s spent and "
        f"brought is known. It begins in the {period} {spans[0]} and ends in the one {spans[1]}; state money and lift "
        f"of whole {period}s.",
        code="experiments.cut",
    )


def _spread(total: float, flighting: FloatArray) -> FloatArray:
    """`total` in proportion to (n_periods, n_channels) of spend; evenly where there was none."""
    spent = flighting.sum()
    return total * (flighting / spent if spent > 0.0 else np.full(flighting.shape, 1.0 / flighting.size))
