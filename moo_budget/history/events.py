"""What happens on some dates only: a column of event names, a table of holidays -> one series per name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from moo_budget._checks import FloatArray, check_known
from moo_budget.errors import InputError, Message, listed, nearest
from moo_budget.history.calendar import Period, later
from moo_budget.history.cells import DateArray, is_empty, read_dates, refuse
from moo_budget.history.files import Table, matching, read_table

# What is seen in fewer periods cannot be told from the chance of that period.
FEWEST_PERIODS = 2
# The second is what Prophet, and with it Robyn, calls the dates of its holidays.
_DATE_HEADERS = ("date", "ds")
_COUNTRY_HEADER = "country"

Series = dict[str, FloatArray]


def read_events(table: Table, column: str, period: pd.Series) -> tuple[Series, tuple[Message, ...]]:
    """The share of a period's rows that name an event.

    Args:
        table: with a column of names; empty cells name none.
        column: its header.
        period: the period of each row that counts, labelled like the table's cells.

    Returns:
        Event -> (n_periods,), and what became of rare ones.

    Raises:
        InputError: the column holds numbers.
    """
    # A row that was added for an absent one has no cell here, and so no event.
    cells = table.cells[column].reindex(period.index)
    names = cells.map(lambda cell: matching(str(cell))).where(~is_empty(cells))
    if names.notna().any() and pd.to_numeric(names.dropna(), errors="coerce").notna().all():
        raise InputError(
            f"{table.file}, column `{column}`: history.events names events, and this column holds numbers such as "
            f"{names.dropna().iloc[0]}. Name a column of 0 and 1 under history.controls.",
            code="history.events",
        )
    return _without_rare(table.file, "event", pd.get_dummies(names, dtype=np.float64).groupby(period).mean())


def read_holidays(
    path: Path, dates: DateArray, period: Period, country: str | None = None
) -> tuple[Series, tuple[Message, ...]]:
    """How many days of each period are a holiday; a period begins on its date.

    Args:
        path: a table with a column `holiday`, one of dates that is called `date` or `ds`, and maybe one `country`;
            other columns are not read, and a holiday that stands there twice on one date counts once.
        dates: (n_periods,), of the history.
        period: what a row of the history stands for.
        country: whose holidays count, where the table names countries; None: it names one at most.

    Returns:
        Holiday -> (n_periods,), and what became of rare ones.

    Raises:
        InputError: no such file, no such column, several countries and none asked for, one that is not there, a cell
            that is no date, or a holiday without a name.
    """
    table = _of_country(read_table(path), country)
    date = _header(table, _DATE_HEADERS)
    name = _header(table, ("holiday",))
    cells = table.cells[name]
    refuse(
        table,
        is_empty(cells).to_frame(),
        "{cell} names no holiday",
        "Name the holiday of every date, or leave the row out.",
        code="history.holidays",
    )
    days = pd.DataFrame({"day": read_dates(table, date), "name": cells.map(lambda cell: matching(str(cell)))})
    ends = np.array([later(start, period, 1) for start in dates])
    counts = {
        str(holiday): _between(np.unique(group["day"].to_numpy().astype("datetime64[D]")), dates, ends)
        for holiday, group in days.groupby("name")
    }
    seen = pd.DataFrame({holiday: count for holiday, count in counts.items() if count.any()})
    found = f"{table.file}: {seen.shape[1]} holidays on {int(seen.to_numpy().sum())} days of the history."
    series, said = _without_rare(table.file, "holiday", seen)
    return series, (Message("history.holidays", found), *said)


def _of_country(table: Table, asked: str | None) -> Table:
    """The rows of one country; all of a table without countries."""
    if asked is None and not table.has(_COUNTRY_HEADER):
        return table
    countries = table.cells[_header(table, (_COUNTRY_HEADER,))].map(lambda cell: matching(str(cell)))
    known = sorted(set(countries))
    if asked is None and len(known) == 1:
        return table
    if asked is None:
        raise InputError(
            f"{table.file} has holidays of {len(known)} countries, and the history is from one of them. Name it, such "
            f'as holidays_country = "{known[0]}", under [history]. Known: {listed(known)}',
            code="history.holidays-country",
        )
    check_known("country", matching(asked), known, f"{table.file}, for history.holidays_country")
    return replace(table, cells=table.cells[countries == matching(asked)])


def _header(table: Table, names: tuple[str, ...]) -> str:
    for name in names:
        if table.has(name):
            return table.column(name)
    raise InputError(
        f"{table.file}, the table of history.holidays, has no column `{names[0]}`. {nearest(names[0], table.columns)}"
        "It needs the columns date and holiday, and country where history.holidays_country asks for one. Its columns: "
        f"{listed(table.columns)}",
        code="history.missing-column",
    )


def _between(days: DateArray, starts: DateArray, ends: DateArray) -> FloatArray:
    """How many of the rising days lie in each span, (n_periods,)."""
    return (np.searchsorted(days, ends) - np.searchsorted(days, starts)).astype(np.float64)


def _without_rare(file: str, kind: str, series: pd.DataFrame) -> tuple[Series, tuple[Message, ...]]:
    """What is rare is taken together, or left out if it is rare even so."""
    is_rare = (series > 0.0).sum() < FEWEST_PERIODS
    kept = {str(name): series[name].to_numpy() for name in series.columns[~is_rare]}
    rare = series.loc[:, is_rare]
    together = rare.sum(axis="columns").to_numpy()
    if (together > 0.0).sum() < FEWEST_PERIODS:
        return kept, tuple(_rare(file, kind, rare, "left out"))
    return kept | {f"rare {kind}s": together}, tuple(_rare(file, kind, rare, "taken together as one"))


def _rare(file: str, kind: str, rare: pd.DataFrame, done: str) -> Iterator[Message]:
    if rare.shape[1]:
        text = (
            f"{file}: {rare.shape[1]} {kind}(s) in one period only, which says too little of each: "
            f"{listed(map(str, rare.columns), 6)}; {done}."
        )
        yield Message(f"history.rare-{kind}s", text)
