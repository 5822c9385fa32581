"""A workbook in the making: tables of plain numbers under headings with units, in one look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from moo_budget.front import Plan
from moo_budget.report.facts import Shown, drawn_channels, lead_outcome, shown_plans
from moo_budget.report.words import Words
from moo_budget.results import Result

WHOLE, FINE, PERCENT = "#,##0", "#,##0.000", "0%"
_WHOLE_FROM = 100.0  # a column whose largest number is smaller shows decimals
WIDTH = 15  # of a column of numbers, in letters
NAMES = 26  # of a column of names
# What Excel holds: XlsxWriter drops the rest without a word.
MOST_LETTERS, MOST_COLUMNS, MOST_ROWS = 32_767, 16_384, 1_048_576
HEADING = 48  # points: three lines, because no spreadsheet makes room for a wrapped heading by itself


@dataclass(frozen=True)
class Placed:
    """A table on a sheet, for charts and formulas that are fed by its cells.

    Args:
        sheet: where it stands.
        row: of its headings.
        columns: headings, from the first column on.
        length: how many rows stand below them.
    """

    sheet: Worksheet
    row: int
    columns: tuple[str, ...]
    length: int

    def cells(self, heading: str, first: int = 0, last: int | None = None) -> list[Any]:
        """The cells of a column, as XlsxWriter's charts name them; `first` and `last` are rows of the table."""
        column, top = self.columns.index(heading), self.row + 1
        end = self.length - 1 if last is None else last
        return [self.sheet.name, top + first, column, top + end, column]

    def heading(self, heading: str) -> list[Any]:
        """The cell of a heading."""
        return [self.sheet.name, self.row, self.columns.index(heading)]


class Book:
    """The file with what all sheets need: the result, its words, and one look.

    Args:
        file: that is written.
        result: what a run found.
    """

    def __init__(self, file: Workbook, result: Result) -> None:
        self.file = file
        self.result = result
        self.problem = result.problem
        self.say = Words(result.spec.lang)
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    @cached_property
    def shown(self) -> tuple[Shown, ...]:
        """Today, the reference and the picks."""
        return shown_plans(self.result)

    @cached_property
    def drawn(self) -> list[int]:
        """Places of the channels that charts have room for; Excel draws no more than 255 series."""
        return drawn_channels(self.problem, self.shown)

    def of_drawn(self, title: str) -> str:
        """A chart's title, with how many channels it is about where it is not about all."""
        count = len(self.drawn)
        return title if count == len(self.problem.channels) else self.say("chart_largest", title=title, count=count)

    @property
    def balanced(self) -> Plan:
        """The plan to begin from."""
        return self.result.front.plan(self.result.picks.ids["balanced"])

    @cached_property
    def outcome(self) -> str:
        """The lead outcome."""
        return lead_outcome(self.problem)

    @property
    def currency(self) -> str:
        """The money's name, also where the problem file gives none."""
        return self.problem.currency or self.say("money")

    def with_unit(self, label: str, unit: str) -> str:
        """A heading with its unit."""
        return self.say("with_unit", label=label, unit=unit) if unit else label

    def format(self, **look: Any) -> Format:
        """A format, made once."""
        key = tuple(sorted(look.items()))
        if key not in self._formats:
            self._formats[key] = self.file.add_format(look)
        return self._formats[key]

    def sheet(self, key: str) -> Worksheet:
        """A new sheet that prints on as many A4 pages as its rows need, and no wider than one."""
        sheet = self.file.add_worksheet(self.say(key))
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet

    def text(self, sheet: Worksheet, row: int, column: int, text: str, look: Format | None = None) -> None:
        """Words in a cell; of more than a cell holds, the beginning and a word that says so."""
        cut = self.say("cut_text", count=f"{len(text):,}")
        shown = text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - len(cut)] + cut
        sheet.write_string(row, column, shown, look)

    def heading(self, sheet: Worksheet, row: int, column: int, text: str) -> None:
        """A heading of a table."""
        self.text(sheet, row, column, text, self.format(bold=True, text_wrap=True, valign="top", bottom=1))

    def table(self, sheet: Worksheet, frame: pd.DataFrame, row: int, percentages: Iterable[str] = ()) -> Placed:
        """Headings in `row`, the frame's rows below; empty cells where it has no value.

        Of more rows or columns than a sheet holds, the first, and a word on how many are left out.

        `percentages`: headings of columns that are shown in percent.
        """
        percentages, frame = set(percentages), self._fitting(frame, row)
        sheet.set_row(row, HEADING)
        for column, (name, values) in enumerate(frame.items()):
            self.heading(sheet, row, column, str(name))
            self._column(sheet, row + 1, column, values, PERCENT if name in percentages else FINE)
        return Placed(sheet, row, tuple(map(str, frame.columns)), len(frame))

    def _fitting(self, frame: pd.DataFrame, row: int) -> pd.DataFrame:
        """The rows and columns of a table for which a sheet has room; `row`: of its headings."""
        n_rows, n_columns = MOST_ROWS - row - 1, MOST_COLUMNS
        if frame.shape[1] > n_columns:
            word = self.say("cut_columns", count=f"{frame.shape[1] - n_columns + 1:,}")
            frame = frame.iloc[:, : n_columns - 1].assign(**{word: np.nan})
        if len(frame) > n_rows:
            word = self.say("cut_rows", count=f"{len(frame) - n_rows + 1:,}")
            last = pd.DataFrame([[word, *[np.nan] * (frame.shape[1] - 1)]], columns=frame.columns)
            frame = pd.concat([frame.iloc[: n_rows - 1].astype({frame.columns[0]: object}), last], ignore_index=True)
        return frame

    def _column(self, sheet: Worksheet, row: int, column: int, values: pd.Series, fine: str) -> None:
        if values.map(lambda value: isinstance(value, str)).any():
            for offset, text in enumerate(values):
                self.text(sheet, row + offset, column, str(text))
            return
        numbers = pd.to_numeric(values)
        look = self.format(num_format=WHOLE if numbers.abs().max() >= _WHOLE_FROM else fine)
        for offset, number in enumerate(numbers):
            if pd.isna(number):
                sheet.write_blank(row + offset, column, None, look)
            else:
                sheet.write_number(row + offset, column, number, look)

    def listed(self, placed: Placed, n_names: int, widths: Sequence[float] = ()) -> None:
        """A long table that stands alone on its sheet: heading and first columns frozen, filters, repeated in print."""
        sheet, last = placed.sheet, len(placed.columns) - 1
        sheet.freeze_panes(placed.row + 1, n_names)
        sheet.autofilter(placed.row, 0, placed.row + placed.length, last)
        sheet.repeat_rows(placed.row)
        sheet.set_column(0, last, WIDTH)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
