"""Sheet Weekly: the rows of `calendar.csv`."""

from __future__ import annotations

from xlsxwriter.chart import Chart

from moo_budget.calendar import calendar_frame
from moo_budget.workbook.book import WIDTH, Book, Placed
from moo_budget.workbook.plans import names_of_picks, spend_headings
from moo_budget.workbook.summary import stacked


def add_weekly(book: Book) -> None:
    """Money of every plan in every period, and a chart of the balanced plan's."""
    say = book.say
    headings = {"plan_id": say("column_id"), "pick": say("column_pick"), "period": say("column_period")}
    headings |= {"start": say("column_start"), "total": say("column_total", currency=book.currency)}
    frame = calendar_frame(book.result.front, book.result.picks)
    frame = frame.assign(pick=names_of_picks(book, frame["pick"])).rename(columns=headings | spend_headings(book))
    placed = book.table(book.sheet("sheet_weekly"), frame, 0)
    book.listed(placed, n_names=4, widths=(10, WIDTH, 9, 12))
    placed.sheet.ignore_errors({"number_stored_as_text": f"A2:A{len(frame) + 1}"})  # ids are names
    times = headings["start"] if frame[headings["start"]].any() else headings["period"]  # undated, periods are numbered
    placed.sheet.insert_chart(1, len(placed.columns) + 1, _balanced(book, placed, times))


def _balanced(book: Book, placed: Placed, times: str) -> Chart:
    """A column a period, a piece a channel."""
    n_periods = book.problem.periods
    first = n_periods * book.result.front.ids.index(book.balanced.id)
    last = first + n_periods - 1
    chart = book.file.add_chart({"type": "column", "subtype": "stacked"})
    headings = list(spend_headings(book).values())
    drawn = [headings[c] for c in book.drawn if headings[c] in placed.columns]  # a sheet may be too narrow for all
    for rank, heading in enumerate(drawn):
        series = {"name": placed.heading(heading), "categories": placed.cells(times, first, last)}
        chart.add_series(series | {"values": placed.cells(heading, first, last)} | stacked(rank))
    title = book.of_drawn(book.say("chart_weekly", plan=book.say("balanced"), currency=book.currency))
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_legend({"position": "right"})
    chart.set_size({"width": 900, "height": 380})
    return chart
