"""The columns that a problem file names, found among the headers of its table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from moo_budget.errors import InputError, joined, listed, nearest
from moo_budget.history.cells import is_empty
from moo_budget.history.files import Table, matching
from moo_budget.spec import HistorySpec, OutcomeSpec

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
        trials: outcome -> channel -> header, for the outcomes that count successes among trials.
        controls: headers.
        organic: headers.
        events: header of the names of events; None: there is none.
        date: header of the dates; None for a cross-section.
        channel: long layout: header of the channels.
        sum_over: headers of what tells rows of one date apart, to be added up.
    """

    spend: dict[str, str]
    outcomes: dict[str, dict[str, Formula]]
    trials: dict[str, dict[str, str]]
    controls: tuple[str, ...]
    organic: tuple[str, ...]
    events: str | None
    date: str | None
    channel: str | None
    sum_over: tuple[str, ...]

    def numbers(self) -> list[str]:
        """The headers of all number columns, each once."""
        formulas = (formula for parts in self.outcomes.values() for formula in parts.values())
        measured = [column for formula in formulas for column in formula.columns()]
        measured += [column for by_channel in self.trials.values() for column in by_channel.values()]
        return list(dict.fromkeys([*self.spend.values(), *measured, *self.controls, *self.organic]))


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
        InputError: columns that are not there, all in one go, each with the nearest header; two rows of headers; or
            an outcome read from a column of spend.
    """
    finder = _Finder(table)
    is_long = history.layout == "long"
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
        trials={
            name: {
                channel: finder.find(column.replace(PATTERN, channel), f"history.trials.{name}")
                for channel in (measured_channels(outcomes[name], history) if PATTERN in column else (TOTAL,))
            }
            for name, column in history.trials.items()
        },
        controls=tuple(finder.find(name, "history.controls") for name in history.controls),
        organic=tuple(finder.find(name, "history.organic") for name in history.organic),
        events=None if history.events is None else finder.find(history.events, "history.events"),
        date=None if history.date is None else finder.find(history.date, "history.date"),
        channel=finder.find(history.channel, "history.channel") if is_long and history.channel is not None else None,
        sum_over=tuple(finder.find(name, "history.sum_over") for name in history.sum_over),
    )
    finder.check()
    _check_one_header(table, used)
    _check_outcomes(table, used)
    return used


def measured_channels(outcome: OutcomeSpec, history: HistorySpec) -> tuple[str, ...]:
    """The channels for which an outcome per channel is measured."""
    return history.channels if outcome.channels is None else outcome.channels


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


def _check_outcomes(table: Table, used: UsedColumns) -> None:
    for name, formulas in used.outcomes.items():
        for formula in formulas.values():
            if formula.column in used.spend.values():
                raise InputError(
                    f"{table.file}: outcomes.{name}.column is `{formula.column}`, which history.spend reads as spend. "
                    "What is spent is no outcome: name the column of what it brought.",
                    code="history.spend-as-outcome",
                )


def _two_headers(table: Table, found: str) -> InputError:
    return InputError(
        f"{table.file}, row {table.cells.index[0]}: `{found}` stands below the header and is a second one. Leave one "
        "row of column names, with the names that the problem file uses.",
        code="history.two-headers",
    )
