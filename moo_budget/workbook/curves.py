"""Sheet Curves: what every channel brings at every level of spend per period, with a chart an outcome."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from xlsxwriter.chart import Chart

from moo_budget.report.facts import unit_of
from moo_budget.report.picture import SERIES
from moo_budget.risk import weighted_percentile
from moo_budget.workbook.book import NAMES, WHOLE, Book, Placed

_CHART_ROWS = 24  # of the sheet that one chart covers
_DASHES = ("solid", "dash", "round_dot")  # with them, three times as many channels can be told apart
_GRID = {"visible": True, "line": {"color": "#d9dee3"}}


def add_curves(book: Book) -> None:
    """A long table of curves with the band of their estimates; charts fed by its rows stand beside it.

    Of many channels those that are drawn: the rows of thousands would fill the sheet, and `result.json` has them all.
    """
    say, period = book.say, book.say(book.result.period)
    spend = say("column_curve_spend", currency=book.currency, period=period)
    parts = [say(key, period=period) for key in ("column_curve_mean", "column_curve_low", "column_curve_high")]
    columns = (say("column_outcome"), say("channel"), spend, *parts)
    frame = pd.DataFrame(_rows(book), columns=columns)
    placed = book.table(book.sheet("sheet_curves"), frame, 0)
    book.listed(placed, n_names=2, widths=(NAMES, NAMES))
    placed.sheet.set_column(len(columns), len(columns), 3)
    for o in range(len(book.problem.tables.outcomes)):
        placed.sheet.insert_chart(1 + o * _CHART_ROWS, len(columns) + 1, _chart(book, placed, o))


def _rows(book: Book) -> Iterator[tuple[str, str, float, float, float, float]]:
    """Outcome with its unit, channel, spend, and what that is expected to bring; 5th and 95th percentile beside."""
    tables = book.problem.tables
    for o, outcome in enumerate(tables.outcomes):
        title = book.with_unit(book.say.title(outcome), unit_of(book.problem, outcome))
        for c in book.drawn:
            low, high = (weighted_percentile(tables.values[o, c], tables.weights, part) for part in (0.05, 0.95))
            rows = np.column_stack([tables.knots[c], tables.mean_values[o, c], low, high]).tolist()
            yield from ((title, tables.channels[c], *row) for row in rows)


def _chart(book: Book, placed: Placed, o: int) -> Chart:
    """Every channel that moves the outcome as a line; those that get most money first."""
    tables, n_knots = book.problem.tables, book.problem.tables.knots.shape[1]
    outcome = tables.outcomes[o]
    spent = np.array(list(book.balanced.spend.values()))[book.drawn]
    moving = [place for place in np.argsort(spent)[::-1].tolist() if tables.mean_values[o, book.drawn[place]].any()]
    chart = book.file.add_chart({"type": "scatter", "subtype": "smooth"})
    for rank, place in enumerate(moving[: len(SERIES) * len(_DASHES)]):
        first = (o * len(book.drawn) + place) * n_knots
        x, y = (placed.cells(placed.columns[column], first, first + n_knots - 1) for column in (2, 3))
        line = {"color": SERIES[rank % len(SERIES)], "width": 1.75, "dash_type": _DASHES[rank // len(SERIES)]}
        name = [placed.sheet.name, placed.row + 1 + first, 1]
        chart.add_series({"name": name, "categories": x, "values": y, "line": line, "marker": {"type": "none"}})
    say, period = book.say, book.say(book.result.period)
    title = book.of_drawn(say("curves_of", outcome=say.title(outcome)))
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_x_axis({"name": placed.columns[2], "num_format": WHOLE, "min": 0, "major_gridlines": _GRID})
    unit = unit_of(book.problem, outcome) or say.name(outcome)
    chart.set_y_axis(
        {"name": say("per_period", unit=unit, period=period), "num_format": WHOLE, "major_gridlines": _GRID}
    )
    chart.set_size({"width": 760, "height": 460})
    return chart
