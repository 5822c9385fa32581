"""Sheet Weekly: the rows of `calendar.csv`."""

from __future__ import annotations

from moo_budget.calendar import calendar_frame
from moo_budget.workbook.book import WIDTH, Book
from moo_budget.workbook.plans import spend_headings


def add_weekly(book: Book) -> None:
    """Money of every plan in every period, and a chart of the balanced plan's."""
    say = book.say
    headings = {"plan_id": say("column_id"), "pick": say("column_pick"), "period": say("column_period")}
    headings |= {"start": say("column_start"), "total": say("column_total", currency=book.currency)}
    frame = calendar_frame(book.result.front, book.result.picks).rename(columns=headings | spend_headings(book))
    placed = book.table(book.sheet("sheet_weekly"), frame, 0)
    book.listed(placed, n_names=4, widths=(10, WIDTH, 9, 12))
    placed.sheet.ignore_errors({"number_stored_as_text": f"A2:A{len(frame) + 1}"})  # ids are names
