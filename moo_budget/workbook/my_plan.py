"""Sheet My plan: the balanced plan to be changed by hand; `moo-budget evaluate DIR plans.xlsx` reads it back."""

from __future__ import annotations

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from moo_budget.report.facts import spend_of
from moo_budget.workbook.book import HEADING, NAMES, WHOLE, WIDTH, Book

_MONEY, _LEAST, _MOST, _FROM, _CHANGE = 1, 2, 3, 4, 5  # columns beside the channel's
_BESIDE = 7  # the column of totals
_EDIT = "#fff6d6"


def add_my_plan(book: Book) -> None:
    """A row a channel, editable money within what the limits leave it; total and remainder stand beside.

    Only the money can be changed, until somebody takes the protection off, which has no password.
    """
    sheet = book.sheet("sheet_my_plan")
    _headings(book, sheet)
    spend = spend_of(book.problem, book.balanced).tolist()
    for c, (channel, amount) in enumerate(zip(book.problem.channels, spend, strict=True)):
        _row(book, sheet, c + 1, channel, amount)
    _totals(book, sheet, len(spend), sum(spend))
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, NAMES)
    sheet.set_column(_MONEY, _CHANGE, WIDTH)
    sheet.set_column(_BESIDE, _BESIDE, NAMES)
    sheet.set_column(_BESIDE + 1, _BESIDE + 1, WIDTH)
    sheet.protect("", {"format_columns": True, "format_cells": True, "sort": True})


def _headings(book: Book, sheet: Worksheet) -> None:
    say, currency = book.say, book.currency
    keys = ("channel", "column_my_money", "column_least", "column_most", "column_began", "column_my_change")
    sheet.set_row(0, HEADING)
    for column, key in enumerate(keys):
        book.heading(sheet, 0, column, say(key, currency=currency))
    for column, key in ((_BESIDE, "column_beside"), (_BESIDE + 1, "column_amount_beside")):
        book.heading(sheet, 0, column, say(key, currency=currency))


def _row(book: Book, sheet: Worksheet, row: int, channel: str, amount: float) -> None:
    feasible, c = book.problem.feasible, row - 1
    least, most = float(feasible.lower[c]), float(feasible.upper[c])
    fixed, edited = book.format(num_format=WHOLE), book.format(num_format=WHOLE, bg_color=_EDIT, locked=False)
    sheet.write_string(row, 0, channel)
    sheet.write_number(row, _MONEY, amount, edited)
    sheet.write_number(row, _LEAST, least, fixed)
    sheet.write_number(row, _MOST, most, fixed)
    sheet.write_number(row, _FROM, amount, fixed)
    change = f"={xl_rowcol_to_cell(row, _MONEY)}-{xl_rowcol_to_cell(row, _FROM)}"
    sheet.write_formula(row, _CHANGE, change, fixed, 0.0)
    sheet.data_validation(row, _MONEY, row, _MONEY, _allowed(book, least, most, row))


def _allowed(book: Book, least: float, most: float, row: int) -> dict[str, object]:
    """What a spreadsheet warns of; a channel that may go unused may also have nothing."""
    cells = [xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True) for column in (_LEAST, _MOST)]
    return {
        "validate": "decimal",
        "criteria": "between",
        "minimum": f"={cells[0]}",
        "maximum": f"={cells[1]}",
        "error_type": "warning",
        "error_title": book.say("sheet_my_plan"),
        "error_message": book.say("my_plan_outside", low=f"{least:,.2f}", high=f"{most:,.2f}"),
    }


def _totals(book: Book, sheet: Worksheet, n_channels: int, total: float) -> None:
    """What is placed, what the budget is, and what remains: live."""
    say, budget = book.say, book.problem.budget
    money = book.format(num_format=WHOLE, bold=True)
    placed, most = (xl_rowcol_to_cell(row, _BESIDE + 1) for row in (1, 2))
    cells = xl_range_abs(1, _MONEY, n_channels, _MONEY)
    rows = [
        ("my_plan_total", f"=SUM({cells})", total),
        ("my_plan_budget", None, budget.max),
        ("my_plan_left", f"={most}-{placed}", budget.max - total),
    ]
    for row, (key, formula, value) in enumerate(rows, start=1):
        sheet.write_string(row, _BESIDE, say(key))
        if formula is None:
            sheet.write_number(row, _BESIDE + 1, value, money)
        else:
            sheet.write_formula(row, _BESIDE + 1, formula, money, value)
