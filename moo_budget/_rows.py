"""The rows of a table in numbers: columns found, cells read, empty ones repaired, nothing added up yet."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from moo_budget._cells import is_empty, read_dates, read_numbers, refuse
from moo_budget._read_table import Table, matching
from moo_budget.errors import InputError, Message, joined, listed, nearest
from moo_budget.spec import HistorySpec, MissingRule, OutcomeSpec

PATTERN = "{channel}"
# Stands where a channel would, for a column that belongs to no single one.
TOTAL = ""


@dataclass(frozen=True)
class Formula:
    """(column - minus) * times, row by row; headers as the table writes them."""

    column: str
    minus: str | None = None
    times: str | None = None

    def columns(self) -> tuple[str, ...]:
        """The headers that it needs."""
        return tuple(column for column in (self.column, self.minus, self.times) if column is not None)

    def values(self, numbers: pd.DataFrame) -> pd.Series:
        """Its value in each row, (n_rows,)."""
        values = numbers[self.column]
        if self.minus is not None:
            values = values - numbers[self.minus]
        return values if self.times is None else values * numbers[self.times]


@dataclass(frozen=True)
class UsedColumns:
    """The headers that a problem file means.

    Attributes:
        spend: channel -> header; in the long layout one header, under TOTAL.
        outcomes: outcome -> channel -> formula; one formula, under TOTAL, where no channel has its own.
        controls: headers.
        date: header of the dates; None for a cross-section.
        channel: long layout: header of the channels.
        sum_over: headers of what tells rows of one date apart, to be added up.
    """

    spend: dict[str, str]
    outcomes: dict[str, dict[str, Formula]]
    controls: tuple[str, ...]
    date: str | None
    channel: str | None
    sum_over: tuple[str, ...]

    def numbers(self) -> list[str]:
        """The headers of all number columns, each once."""
        formulas = (formula for parts in self.outcomes.values() for formula in parts.values())
        used = [*self.spend.values(), *(column for formula in formulas for column in formula.columns()), *self.controls]
        return list(dict.fromkeys(used))


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of a table; all parts are labelled with the table's row numbers.

    Attributes:
        numbers: every number column that is used; no entry is empty.
        period: date of each row; without dates every row is a period of its own.
        parts: text that tells the rows of one period apart: the `sum_over` columns.
        channel: long layout: the channel of each row, as the problem file writes it.
    """

    numbers: pd.DataFrame
    period: pd.Series
    parts: pd.DataFrame
    channel: pd.Series | None

    def part_keys(self) -> list[pd.Series]:
        """What must be equal for two rows of one period to belong to one part of the business."""
        return [self.parts[name] for name in self.parts]

    def series_keys(self) -> list[pd.Series]:
        """What must be equal for two rows to belong to one series in time."""
        return [*([] if self.channel is None else [self.channel]), *self.part_keys()]

    def where(self, keep: pd.Series) -> Rows:
        """Only some of the rows."""
        channel = None if self.channel is None else self.channel[keep]
        return Rows(self.numbers[keep], self.period[keep], self.parts[keep], channel)


class _Finder:
    """Finds the columns that a problem file names, and keeps what is not there until all are looked up."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.missing: dict[str, InputError] = {}

    def find(self, name: str, key: str, hint: str = "") -> str:
        """The header for `name`, which the setting `key` of the problem file gives."""
        if self.table.has(name):
            return self.table.column(name)
        headers = self.table.columns
        self.missing[name] = InputError(
            f"{self.table.file} has no column `{name}`, which {key} asks for. {nearest(name, headers)}{hint}"
            f"Its columns: {listed(headers)}",
            code="history.missing-column",
        )
        return name

    def formula(self, outcome: str, spec: OutcomeSpec, channel: str = PATTERN) -> Formula:
        """The outcome's formula with `channel` filled in."""
        key = f"outcomes.{outcome}"
        hint = "" if channel == PATTERN else f"If `{channel}` has none, list the others in {key}.channels. "
        column, minus, times = (
            None if name is None else self.find(name.replace(PATTERN, channel), f"{key}.{setting}", hint)
            for setting, name in (("column", spec.column), ("minus", spec.minus), ("times", spec.times))
        )
        assert column is not None
        return Formula(column, minus, times)

    def check(self) -> None:
        """Raise for all that was not found; that the names stand in a second header row is the likelier fault."""
        below = {matching(str(cell)) for cell in self.table.cells.iloc[0]}
        for name in self.missing:
            if matching(name) in below:
                raise _two_headers(self.table, name)
        if self.missing:
            raise InputError(joined(list(self.missing.values())), code="history.missing-column")


def find_columns(table: Table, history: HistorySpec, outcomes: Mapping[str, OutcomeSpec]) -> UsedColumns:
    """Look up every column that the problem file names.

    Raises:
        InputError: columns that are not there, all in one go, each with the nearest header.
    """
    finder = _Finder(table)
    used = UsedColumns(
        spend={
            channel: finder.find(column, f"history.spend for channel `{channel}`" if channel else "history.spend")
            for channel, column in _spend_columns(history).items()
        },
        outcomes={
            name: {channel: finder.formula(name, spec, channel) for channel in measured_channels(spec, history)}
            if PATTERN in spec.column
            else {TOTAL: finder.formula(name, spec)}
            for name, spec in outcomes.items()
        },
        controls=tuple(finder.find(name, "history.controls") for name in history.controls),
        date=None if history.date is None else finder.find(history.date, "history.date"),
        channel=finder.find(history.channel, "history.channel") if history.channel is not None else None,
        sum_over=tuple(finder.find(name, "history.sum_over") for name in history.sum_over),
    )
    finder.check()
    return used


def measured_channels(outcome: OutcomeSpec, history: HistorySpec) -> tuple[str, ...]:
    """The channels for which an outcome per channel is measured."""
    return history.channels if outcome.channels is None else outcome.channels


def read_rows(table: Table, used: UsedColumns, history: HistorySpec) -> tuple[Rows, tuple[Message, ...]]:
    """Read dates, channels and numbers of all rows of the listed channels, and repair what `missing` allows.

    Raises:
        InputError: a cell that is not what its column should hold, negative spend, two rows for the same date, or
            empty cells that are not to be repaired; with file, row and column.
    """
    _check_one_header(table, used)
    channel, said_channels = _row_channels(table, used, history.channels)
    if channel is not None:
        table = replace(table, cells=table.cells.loc[channel.index])
    numbers, said_numbers = read_numbers(table, used.numbers())
    index = table.cells.index
    period = pd.Series(index if used.date is None else read_dates(table, used.date), index=index)
    rows = Rows(numbers, period, table.cells[list(used.sum_over)].map(str), channel)
    _check_spend(table, rows, used)
    _check_distinct(table, rows)
    rows, said_repairs = _repaired(table, rows, history.missing)
    return rows, (*said_channels, *said_numbers, *_order(table, rows), *said_repairs)


def _spend_columns(history: HistorySpec) -> dict[str, str]:
    """Channel -> name of its spend column, as the problem file gives it."""
    if isinstance(history.spend, str):
        channels = (TOTAL,) if history.layout == "long" else history.channels
        return {channel: history.spend.replace(PATTERN, channel) for channel in channels}
    return {channel: history.spend[channel] for channel in history.channels}


def _check_one_header(table: Table, used: UsedColumns) -> None:
    """A row of units below the header makes text of every number column's first cell."""
    first = table.cells.iloc[0][used.numbers()]
    if not is_empty(first).any() and all(isinstance(cell, str) and not re.search(r"\d", cell) for cell in first):
        raise _two_headers(table, first.iloc[0])


def _two_headers(table: Table, found: str) -> InputError:
    return InputError(
        f"{table.file}, row {table.cells.index[0]}: `{found}` stands below the header and is a second one. Leave one "
        "row of column names, with the names that the problem file uses.",
        code="history.two-headers",
    )


def _row_channels(
    table: Table, used: UsedColumns, channels: tuple[str, ...]
) -> tuple[pd.Series | None, tuple[Message, ...]]:
    """Long layout: the channel of each row of a listed channel."""
    if used.channel is None:
        return None, tuple(_odd_spellings(channels))
    cells = table.cells[used.channel]
    refuse(
        table,
        is_empty(cells).to_frame(),
        "{cell} names no channel",
        "Name the channel of every row, or leave the row out.",
        code="history.no-channel",
    )
    known = {matching(channel): channel for channel in channels}
    names = cells.map(str)
    channel = names.map(matching).map(known)
    _check_found(table, used.channel, channels, channel, names)
    unlisted = list(names[channel.isna()].unique())
    said = list(_odd_spellings(names.unique()))
    if unlisted:
        text = f"{table.file}: rows of {listed(unlisted)} were left out; history.channels does not list them."
        said.append(Message("history.unlisted-channel", text))
    return channel.dropna(), tuple(said)


def _check_found(table: Table, column: str, channels: Iterable[str], channel: pd.Series, names: pd.Series) -> None:
    found, existing = set(channel.dropna()), list(names.unique())
    faults = [
        InputError(
            f"{table.file}, column `{column}`: there is no channel `{name}`. {nearest(name, existing)}"
            f"Its channels: {listed(existing)}",
            code="history.unknown-channel",
        )
        for name in channels
        if name not in found
    ]
    if faults:
        raise InputError(joined(faults), code="history.unknown-channel")


def _odd_spellings(names: Iterable[str]) -> Iterable[Message]:
    """Names, or words in them, that are equal but for case or width: mostly one name in two spellings."""
    spellings: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for name in names:
        for word in re.split(r"[\W_]+", name):
            spellings[matching(word).casefold()].setdefault(word, name)
    for found in spellings.values():
        if len(found) > 1:
            where = ", ".join(f"`{word}` (in `{name}`)" for word, name in found.items())
            text = f"One name in {len(found)} spellings: {where}. Case tells channels apart; width does not."
            yield Message("history.two-spellings", text)


def _check_spend(table: Table, rows: Rows, used: UsedColumns) -> None:
    refuse(
        table,
        rows.numbers[list(dict.fromkeys(used.spend.values()))] < 0,
        "spend is {cell}; it must be 0 or more",
        "Net refunds into the period they belong to.",
        code="history.negative-spend",
    )


def _check_distinct(table: Table, rows: Rows) -> None:
    keys = pd.concat([rows.period, *rows.series_keys()], axis="columns")
    repeated = keys[keys.duplicated(keep=False)]
    if repeated.empty:
        return
    names = repeated.astype(str).agg(", ".join, axis="columns")
    same = names.index[names == names.iloc[0]]
    more = f", and {names.nunique() - 1} more like them" if names.nunique() > 1 else ""
    raise InputError(
        f"{table.file}: rows {listed(map(str, same), 6)} are all of {names.iloc[0]}{more}. One row is allowed; if "
        "another column tells them apart (a region, a product), name it in history.sum_over and they are added up.",
        code="history.repeated-date",
    )


def _order(table: Table, rows: Rows) -> Iterable[Message]:
    if not rows.series_keys() and not rows.period.is_monotonic_increasing:
        yield Message("history.unsorted", f"{table.file}: the rows were not in the order of their dates; now they are.")


def _repaired(table: Table, rows: Rows, rule: MissingRule) -> tuple[Rows, tuple[Message, ...]]:
    """The rows without empty cells, and what was done to them."""
    empty = rows.numbers.isna()
    count = int(empty.to_numpy().sum())
    if count == 0:
        return rows, ()
    places = [f"`{name}` row {listed(map(str, empty.index[empty[name]]), 10)}" for name in empty if empty[name].any()]
    found = f"{table.file}: {count} empty cell(s): {listed(places, 10)}"
    if rule == "error":
        raise InputError(
            f'{found}. Fill them, or say what they mean: history.missing = "zero", "drop" or "interpolate".',
            code="history.missing-values",
        )
    if rule == "zero":
        repaired, done = replace(rows, numbers=rows.numbers.fillna(0.0)), "counted as 0"
    elif rule == "drop":
        # The whole period goes: without one of its parts the sum of the others would look like a fall.
        dropped = rows.period.isin(rows.period[empty.any(axis="columns")])
        repaired, done = rows.where(~dropped), f"{int(rows.period[dropped].nunique())} period(s) left out"
    else:
        repaired, done = replace(rows, numbers=_interpolated(table, rows)), "interpolated in time"
    return repaired, (Message("history.missing-values", f"{found}; {done}."),)


def _interpolated(table: Table, rows: Rows) -> pd.DataFrame:
    """Empty cells on the straight line between their neighbours in time; at an end, the nearest value."""
    days = rows.period.astype(np.int64)

    def filled(column: pd.Series) -> pd.Series:
        known = column.dropna()
        if known.empty:
            raise InputError(
                f"{table.file}, column `{column.name}`: from row {column.index[0]} on every cell of a series is empty, "
                'so nothing can be interpolated. Use history.missing = "zero", or leave the column out.',
                code="history.missing-values",
            )
        in_time = days[known.index].sort_values()
        return pd.Series(np.interp(days[column.index], in_time, known[in_time.index]), index=column.index)

    keys = rows.series_keys()
    series = [part for _, part in rows.numbers.groupby(keys)] if keys else [rows.numbers]
    filled_columns = {name: pd.concat([filled(part[name]) for part in series]) for name in rows.numbers}
    return pd.DataFrame(filled_columns).loc[rows.numbers.index]
