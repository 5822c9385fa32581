"""The rows of a table in numbers: cells read, empty ones repaired, nothing added up yet."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from moo_budget.errors import InputError, Message, joined, listed, nearest
from moo_budget.history.cells import is_empty, read_dates, read_numbers, refuse
from moo_budget.history.columns import UsedColumns
from moo_budget.history.files import Table, matching
from moo_budget.spec import HistorySpec, MissingRule


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

    def absent(self, keys: Sequence[pd.Series]) -> pd.DataFrame:
        """The pairs of a period and a value of `keys` without a row, though either has rows: (n_absent, 1 + n_keys)."""
        present = pd.concat([self.period, *keys], axis="columns").set_axis(range(1 + len(keys)), axis="columns")
        series = present.drop(columns=0).drop_duplicates()
        dates = self.period.drop_duplicates().sort_values().to_frame(0)
        pairs = dates.merge(series, how="cross")
        has_row = pd.MultiIndex.from_frame(pairs).isin(pd.MultiIndex.from_frame(present))
        return pairs.loc[list(~has_row)]

    def where(self, keep: pd.Series) -> Rows:
        """Only some of the rows."""
        channel = None if self.channel is None else self.channel[keep]
        return Rows(self.numbers[keep], self.period[keep], self.parts[keep], channel)


def read_rows(table: Table, used: UsedColumns, history: HistorySpec) -> tuple[Rows, tuple[Message, ...]]:
    """Read dates, channels and numbers of all rows of the listed channels, and repair what `missing` allows.

    Raises:
        InputError: a cell that is not what its column should hold, negative spend, two rows for the same date, or
            empty cells or absent rows that are not to be repaired; with file, row and column.
    """
    channel, said_channels = _row_channels(table, used, history.channels)
    if channel is not None:
        table = replace(table, cells=table.cells.loc[channel.index])
    numbers, said_numbers = read_numbers(table, used.numbers())
    index = table.cells.index
    period = pd.Series(index if used.date is None else read_dates(table, used.date), index=index)
    rows = Rows(numbers, period, table.cells[list(used.sum_over)].map(str), channel)
    _check_not_negative(table, rows, used)
    _check_distinct(table, rows)
    said_order = tuple(_order(table, rows))
    rows, said_repairs = _repaired(table, rows, history.missing)
    rows, said_absent = _completed(table, rows, history.missing)
    return rows, (*said_channels, *said_numbers, *said_order, *said_repairs, *said_absent)


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


def _check_not_negative(table: Table, rows: Rows, used: UsedColumns) -> None:
    refuse(
        table,
        rows.numbers[list(dict.fromkeys(used.spend.values()))] < 0,
        "spend is {cell}; it must be 0 or more",
        "Net refunds into the period they belong to.",
        code="history.negative-spend",
    )
    refuse(
        table,
        rows.numbers[list(used.organic)] < 0,
        "an organic channel's volume is {cell}; it must be 0 or more",
        "If less than nothing has a meaning here, name the column under history.controls.",
        code="history.negative-organic",
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


def _completed(table: Table, rows: Rows, rule: MissingRule) -> tuple[Rows, tuple[Message, ...]]:
    """The rows, with all parts of the business in every period, and what was done about parts without a row.

    Added up without one of its parts, a period would look like a fall.
    """
    if rows.parts.empty:
        return rows, ()
    absent = rows.absent(rows.part_keys())
    if absent.empty:
        return rows, ()
    found = absent_text(table.file, absent, list(map(str, rows.parts)))
    if rule == "error":
        raise InputError(
            f'{found}. Add the rows, or say what it means: history.missing = "zero", "drop" or "interpolate".',
            code="history.absent-pairs",
        )
    if rule == "zero":
        done = "counted as 0"
    elif rule == "drop":
        rows, done = rows.where(~rows.period.isin(absent[0])), f"{absent[0].nunique()} period(s) left out"
    else:
        rows = _with_rows(rows, absent)
        rows, done = replace(rows, numbers=_interpolated(table, rows)), "interpolated in time"
    return rows, (Message("history.absent-pairs", f"{found}; {done}."),)


def absent_text(file: str, absent: pd.DataFrame, names: Sequence[str]) -> str:
    """That pairs of date and `names` have no row: how many, and the first of them."""
    places = absent.head(5).astype(str).agg(", ".join, axis="columns")
    more = f" and {len(absent) - len(places)} more" if len(absent) > len(places) else ""
    return f"{file}: {len(absent)} pair(s) of date and {' and '.join(names)} have no row: {'; '.join(places)}{more}"


def _with_rows(rows: Rows, absent_parts: pd.DataFrame) -> Rows:
    """The rows and, after them, one without numbers for every series of the absent parts."""
    keys = rows.series_keys()
    added = rows.absent(keys)
    parts = added[[0, *range(1 + len(keys) - rows.parts.shape[1], 1 + len(keys))]]
    added = added[pd.MultiIndex.from_frame(parts).isin(pd.MultiIndex.from_frame(absent_parts))]
    added.index = rows.period.index.max() + 1 + np.arange(len(added))
    numbers, period = rows.numbers.reindex(rows.numbers.index.append(added.index)), pd.concat([rows.period, added[0]])
    series = [pd.concat([key, added[place]]).rename(key.name) for place, key in enumerate(keys, start=1)]
    channel = None if rows.channel is None else series.pop(0)
    return Rows(numbers, period, pd.concat(series, axis="columns"), channel)


def _interpolated(table: Table, rows: Rows) -> pd.DataFrame:
    """Empty cells on the straight line between their neighbours in time; at an end, the nearest value."""
    time = rows.period.astype(np.int64)

    def filled(column: pd.Series) -> pd.Series:
        known = column.dropna()
        if known.empty:
            raise InputError(
                f"{table.file}, column `{column.name}`: from row {column.index[0]} on every cell of a series is empty, "
                'so nothing can be interpolated. Use history.missing = "zero", or leave the column out.',
                code="history.missing-values",
            )
        sorted_time = time[known.index].sort_values()
        return pd.Series(np.interp(time[column.index], sorted_time, known[sorted_time.index]), index=column.index)

    keys = rows.series_keys()
    series = [part for _, part in rows.numbers.groupby(keys)] if keys else [rows.numbers]
    filled_columns = {name: pd.concat([filled(part[name]) for part in series]) for name in rows.numbers}
    return pd.DataFrame(filled_columns).loc[rows.numbers.index]
