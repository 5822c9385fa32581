"""A hidden sheet that says which result a workbook was made from, so that one from elsewhere is noticed."""

from __future__ import annotations

import hashlib

from moo_budget.results import Result
from moo_budget.workbook.book import Book

STAMP_SHEET = "moo-budget"
STAMP_COLUMN = "result"


def stamp_of(result: Result) -> str:
    """What tells results apart: when they were made, from which problem file, and their plans; SHA-256."""
    told = hashlib.sha256(result.created.encode())
    told.update(result.problem_text.encode())
    told.update(result.front.spend.tobytes())
    return told.hexdigest()


def add_stamp(book: Book) -> None:
    """The hidden sheet."""
    sheet = book.file.add_worksheet(STAMP_SHEET)
    sheet.write_string(0, 0, STAMP_COLUMN)
    sheet.write_string(1, 0, stamp_of(book.result))
    sheet.hide()
