"""Cells of a table -> numbers and dates, with every cell that is neither named by row and column."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from moo_budget.errors import InputError, Message, joined, listed
from moo_budget.history.files import Table, is_blank

DateArray = NDArray[np.datetime64]

_LARGEST = 1e100  # squares and sums of so much still are numbers
_EMPTY = {"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "—"}
_CURRENCY = re.compile("^[¥$€£₹]|[¥$€£₹]$")
# A blank or an apostrophe between digits can only group thousands; a comma or a dot can also be the decimal mark.
_GROUPING_BLANK = re.compile(r"(?<=\d)[ '’](?=\d{3}(?!\d))")
_MULTIPLES = {"万": 1e4, "亿": 1e8}


def _number_pattern(decimal: str, group: str) -> re.Pattern[str]:
    whole = rf"(?:\d+|[1-9]\d{{0,2}}(?:{re.escape(group)}\d{{3}})+)"
    fraction = rf"{re.escape(decimal)}\d"
    return re.compile(rf"[+-]?(?:{whole}(?:{fraction}*)?|{fraction}+)(?:[eE][+-]?\d+)?[万亿]?")


_PATTERNS = {".": _number_pattern(".", ","), ",": _number_pattern(",", ".")}

# Shape of a tidied text -> what it may mean; several meanings are told apart by the other cells of the column.
_DATE_SHAPES = {
    r"\d{4}-\d{1,2}-\d{1,2}": ("%Y-%m-%d",),
    r"\d{4}-\d{1,2}": ("%Y-%m",),
    r"\d{4}\.\d{1,2}\.\d{1,2}": ("%Y.%m.%d",),
    r"\d{8}": ("%Y%m%d",),
    r"\d{6}": ("%Y%m",),
    r"\d{4}": ("%Y",),
    r"\d{1,2}\.\d{1,2}\.\d{4}": ("%d.%m.%Y",),
    r"\d{1,2}-\d{1,2}-\d{4}": ("%d-%m-%Y", "%m-%d-%Y"),
    r"\d{2}-\d{2}-\d{2}": ("%d-%m-%y", "%m-%d-%y", "%y-%m-%d"),
    r"\d{4} W\d{2} \d": ("%G W%V %u",),
    r"[A-Za-z]{3} \d{4}": ("%b %Y",),
    r"[A-Za-z]{4,} \d{4}": ("%B %Y",),
    r"\d{1,2} [A-Za-z]{3} \d{4}": ("%d %b %Y",),
    r"\d{1,2} [A-Za-z]{3} \d{2}": ("%d %b %y",),
    r"\d{1,2} [A-Za-z]{4,} \d{4}": ("%d %B %Y",),
    r"[A-Za-z]{3} \d{1,2} \d{4}": ("%b %d %Y",),
    r"[A-Za-z]{4,} \d{1,2} \d{4}": ("%B %d %Y",),
}


def is_empty(cells: pd.Series) -> pd.Series:
    """Which cells hold nothing: no content, NaN, or a usual word for that."""
    return cells.isna() | cells.map(lambda cell: isinstance(cell, str) and cell.casefold() in _EMPTY).astype(bool)


def read_numbers(table: Table, columns: Sequence[str]) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    """The numbers of some columns, and how their marks were read.

    Understood: thousands grouped by commas, dots, blanks or apostrophes; a decimal comma; a currency sign; full-width
    digits; 万 and 亿. A comma or a dot that may group thousands or mark decimals is settled by the other cells of
    these columns, which must agree; where they settle nothing, a dot alone is a decimal mark and a comma is an error.

    Returns:
        (n_rows, n_columns) float64, labelled like the table's cells; NaN where a cell is empty.

    Raises:
        InputError: text, or a number that is not finite or beyond 1e100, all columns of the table named in one go.
    """
    cells = table.cells[list(columns)]
    messages: tuple[Message, ...] = ()
    try:
        numbers = cells.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        numbers, messages = _interpreted(table, cells)
    refuse(
        table,
        numbers.apply(np.isinf),
        "{cell} is no number",
        "Write a number such as 1234.5, or leave the cell empty.",
        code="history.not-a-number",
    )
    refuse(
        table,
        numbers.abs() > _LARGEST,
        "{cell} is too large to reckon with",
        f"Numbers up to {_LARGEST:g} are allowed; look for a digit or an exponent too many.",
        code="history.not-a-number",
    )
    return numbers, messages


def refuse(table: Table, wrong: pd.DataFrame, found: str, advice: str, *, code: str) -> None:
    """Raise InputError for all columns with wrong cells in one go; none: nothing.

    Args:
        table: where the cells stand.
        wrong: (n_rows, n_wrong_columns) bool, labelled like the table's cells.
        found: what is wrong, with `{cell}` for the first wrong cell of a column.
        advice: how to mend it.
        code: stable name of the fault.
    """
    faults = []
    for column in wrong:
        rows = list(wrong.index[wrong[column]])
        if rows:
            cell = table.cells[column].loc[rows[0]]
            text = found.format(cell="an empty cell" if is_blank(cell) else f"`{cell}`")
            also = f" (also in row {listed(map(str, rows[1:]), 9)})" if len(rows) > 1 else ""
            place = f"{table.file}, row {rows[0]}, column `{column}`"
            faults.append(InputError(f"{place}: {text}{also}. {advice}", code=code))
    if faults:
        raise InputError(joined(faults), code=code)


def _interpreted(table: Table, cells: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    """Numbers of cells that are not all plain; infinite where a cell is neither empty nor a number."""
    tidied = cells.apply(lambda column: column.mask(is_empty(column)).map(_tidied_number, na_action="ignore"))
    decimal, messages = _decimal_mark(table, tidied)
    numbers = tidied.apply(lambda column: column.map(lambda cell: _number(cell, decimal), na_action="ignore"))
    # Where a column has days only, pandas makes its empty cells days too.
    return numbers.where(numbers.notna(), np.nan).astype(np.float64), messages


def _tidied_number(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    text = unicodedata.normalize("NFKC", cell).replace("−", "-").strip()
    return _GROUPING_BLANK.sub("", _CURRENCY.sub("", text).strip())


def _number(cell: Any, decimal: str) -> float:
    try:
        if not isinstance(cell, str):
            return float(cell)
        if not _PATTERNS[decimal].fullmatch(cell):
            return np.inf
        group = "," if decimal == "." else "."
        digits = cell.replace(group, "").replace(decimal, ".")
        return float(digits.rstrip("万亿")) * _MULTIPLES.get(digits[-1], 1.0)
    except (TypeError, ValueError, OverflowError):
        return np.inf


def _decimal_mark(table: Table, tidied: pd.DataFrame) -> tuple[str, tuple[Message, ...]]:
    """The decimal mark on which all cells that settle it agree."""
    texts = {cell for column in tidied for cell in tidied[column] if isinstance(cell, str)}
    with_dot, with_comma = ({text for text in texts if _PATTERNS[mark].fullmatch(text)} for mark in ".,")
    only_dot, only_comma = sorted(with_dot - with_comma), sorted(with_comma - with_dot)
    grouped = sorted(text for text in with_dot if "," in text)
    if only_dot and only_comma:
        raise InputError(
            f"{table.file}: `{only_dot[0]}` has a decimal dot and `{only_comma[0]}` a decimal comma. "
            "Write all numbers of the table in one way.",
            code="history.mixed-decimal-marks",
        )
    if only_comma:
        text = f"{table.file}: numbers were read with a decimal comma, as in {only_comma[0]}."
        return ",", (Message("history.decimal-comma", text),)
    if grouped and not only_dot:
        raise InputError(
            f"{table.file}: `{grouped[0]}` may be {grouped[0].replace(',', '')} or {grouped[0].replace(',', '.')}, and "
            "no other number tells which. Write it without the comma, or with a decimal dot.",
            code="history.ambiguous-comma",
        )
    if grouped:
        text = f"{table.file}: commas were read as grouping thousands, as in {grouped[0]}."
        return ".", (Message("history.thousands-comma", text),)
    return ".", ()


def read_dates(table: Table, column: str) -> DateArray:
    """The dates of a column, (n_rows,) datetime64[D]; a month, quarter or year stands for its first day.

    Understood: ISO dates (a time of day is dropped), ISO weeks and quarters, 2026/1/31, 20260131, 2026-01, 2026年1月,
    31.1.2026, 31/1/2026 and 1/31/2026 where the column tells them apart, names of months in English; a year of two
    digits after day and month. One form per column: that which reads most of its texts.

    Raises:
        InputError: cells that are no date of that form, or the order of day, month and year is open.
    """
    cells = table.cells[column]
    texts = cells.map(str)
    distinct = texts.drop_duplicates()
    readings = _date_readings(pd.Series(distinct.map(_tidied_date).to_numpy(), index=distinct))
    counts = [int(reading.notna().sum()) for reading in readings]
    best = [reading for reading, count in zip(readings, counts, strict=True) if count == max(counts)]
    dates = texts.map(best[0]) if best else pd.Series(pd.NaT, index=cells.index, dtype="datetime64[s]")
    others = cells[dates.notna()]
    refuse(
        table,
        dates.isna().to_frame(column),
        "{cell} is no date" + (f" like `{others.iloc[0]}`" if len(others) else ""),
        "Write dates as 2026-01-31, months as 2026-01; leave totals and notes out of the table.",
        code="history.not-a-date",
    )
    # 02/01/23, 09/01/23, ... may begin with the year, but then every row would lie in another one.
    likely = [reading for reading in best if reading.dt.year.nunique() <= best[0].dt.year.nunique()]
    if any(not best[0].equals(other) for other in likely[1:]):
        raise InputError(
            f"{table.file}, column `{column}`: no row tells which part of {cells.iloc[0]} is the day, which the month "
            "and which the year. Write dates as 2026-01-31.",
            code="history.ambiguous-date",
        )
    return dates.to_numpy().astype("datetime64[D]")


def _date_readings(texts: pd.Series) -> list[pd.Series]:
    """The texts read in each form that some of them have; NaT where one has another."""
    return [
        pd.to_datetime(texts.where(fits), format=form, errors="coerce")
        for shape, forms in _DATE_SHAPES.items()
        if (fits := texts.str.fullmatch(shape)).any()
        for form in forms
    ]


def _is_week(year: int, week: int) -> bool:
    """Whether a year has that ISO week; pandas before 3.0 reads a week 53 too many as the next year's first."""
    try:
        datetime.date.fromisocalendar(year, week, 1)
    except ValueError:
        return False
    return True


def _tidied_date(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).strip()
    text = re.sub(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AP]M)?(Z|[+-]\d{2}:?\d{2})?$", "", text)
    text = re.sub(r"[年月/](?=\d)", "-", text).rstrip("年月日")
    if quarter := re.fullmatch(r"(\d{4})[- ]?[Qq]([1-4])", text):
        return f"{quarter[1]}-{3 * int(quarter[2]) - 2}"
    if week := re.fullmatch(r"(\d{4})-?W(\d{2})(-\d)?", text):
        return f"{week[1]} W{week[2]} {(week[3] or '1')[-1]}" if _is_week(int(week[1]), int(week[2])) else text
    return re.sub(r"[- ,]+", " ", text) if re.search("[A-Za-z]", text) else text
