"""Sheet Summary: today, the reference and the picks with their goals; the front and the picks' money as charts."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from xlsxwriter.chart import Chart

from moo_budget.goals import Goal
from moo_budget.report.facts import unit_of
from moo_budget.report.picture import COLOURS, OTHERS, SERIES, marker_of
from moo_budget.workbook.book import NAMES, WHOLE, WIDTH, Book, Placed
from moo_budget.workbook.goals import goal_heading, probabilities, without_empty_ranges

_FIRST_TABLE = 4  # rows of title and notes stand above it
_CHART_ROWS = 21  # of the sheet that one chart covers
_SIZE = {"width": 640, "height": 400}
_MOST_SCATTERS = 3
_MARKS = {"today": "diamond", "reference": "diamond", "safest": "square", "balanced": "circle", "boldest": "triangle"}
_GRID = {"visible": True, "line": {"color": "#d9dee3"}}


def add_summary(book: Book) -> Placed:
    """Title, what the numbers are, and a row a plan: budget, lead outcome, every goal, each with its range."""
    say, result = book.say, book.result
    sheet = book.sheet("sheet_summary")
    book.text(sheet, 0, 0, result.spec.title or say("untitled"), book.format(bold=True, font_size=14))
    sheet.write_string(1, 0, say("sheet_note", length=say.length(book.problem.periods, result.period)))
    sheet.write_string(2, 0, say("sheet_note_my_plan"))
    placed = book.table(sheet, _goals_of(book), _FIRST_TABLE, probabilities(book))
    sheet.freeze_panes(_FIRST_TABLE + 1, 1)
    sheet.set_column(0, 0, NAMES)
    sheet.set_column(1, len(placed.columns) - 1, WIDTH)
    return placed


def _goals_of(book: Book) -> pd.DataFrame:
    say, shown, lead = book.say, book.shown, book.outcome
    title = book.with_unit(say("incremental", outcome=say.name(lead)), unit_of(book.problem, lead))
    values = {title: [one.outcomes.get(lead) for one in shown]}
    values |= {goal_heading(book, goal): [one.goal(goal.name) for one in shown] for goal in book.problem.goals}
    columns: dict[str, list[str] | list[float] | list[float | None]] = {
        say("column_id"): [say.plan_names(one.names) for one in shown],
        say("column_total", currency=book.currency): [one.plan.total for one in shown],
    }
    for heading, estimates in values.items():
        for part in ("value", "low", "high"):
            columns[say(part, heading=heading)] = [
                None if estimate is None else getattr(estimate, part) for estimate in estimates
            ]
    return without_empty_ranges(book, pd.DataFrame(columns), values)


def draw_summary(book: Book, summary: Placed, plans: Placed, channels: Placed) -> None:
    """Charts below the table, fed by the cells of three sheets: how the money is split, and the trade-offs."""
    row = summary.row + summary.length + 2
    summary.sheet.insert_chart(row, 0, _split(book, channels))
    lead, *others = book.problem.sought_goals
    for count, goal in enumerate(others[:_MOST_SCATTERS], start=1):
        place = (row + _CHART_ROWS * (count // 2), 6 * (count % 2))
        summary.sheet.insert_chart(*place, _trade_off(book, summary, plans, goal, lead))


def _split(book: Book, channels: Placed) -> Chart:
    """A bar a plan, a piece a channel."""
    chart = book.file.add_chart({"type": "bar", "subtype": "stacked"})
    headings = [money_heading(book, one.names) for one in book.shown]
    first, last = (channels.columns.index(heading) for heading in (headings[0], headings[-1]))
    for rank, c in enumerate(book.drawn):
        row = channels.row + 1 + c
        chart.add_series(
            {
                "name": [channels.sheet.name, row, 0],
                "categories": [channels.sheet.name, channels.row, first, channels.row, last],
                "values": [channels.sheet.name, row, first, row, last],
            }
            | stacked(rank)
        )
    title = book.of_drawn(book.say("chart_split", currency=book.currency))
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_y_axis({"reverse": True})
    chart.set_x_axis({"num_format": WHOLE, "num_font": {"size": 8}, "major_gridlines": _GRID})
    chart.set_legend({"position": "right"})
    chart.set_size(_SIZE)
    return chart


def stacked(channel: int) -> dict[str, Any]:
    """How the piece of a channel looks, by its place among the channels."""
    fill = {"color": SERIES[channel % len(SERIES)], "transparency": 55 if channel >= len(SERIES) else 0}
    return {"fill": fill, "border": {"color": "#ffffff", "width": 0.5}, "gap": 60}


def money_heading(book: Book, names: tuple[str, ...]) -> str:
    """The heading of a plan's money."""
    return book.with_unit(book.say.plan_names(names), book.currency)


def _trade_off(book: Book, summary: Placed, plans: Placed, x: Goal, y: Goal) -> Chart:
    """Every plan of the front as a point, with today, the reference and the picks on top."""
    chart = book.file.add_chart({"type": "scatter"})
    headings = [book.say("value", heading=goal_heading(book, goal)) for goal in (x, y)]
    n_plans = plans.length - sum(one is not None for one in (book.result.front.today, book.result.front.reference))
    x_cells, y_cells = (plans.cells(heading, last=n_plans - 1) for heading in headings)
    chart.add_series(_dots(book.say("chart_front"), x_cells, y_cells, "circle", 4, OTHERS))
    for row, one in enumerate(book.shown):
        name = marker_of(one.names)
        x_cells, y_cells = (summary.cells(heading, row, row) for heading in headings)
        named = [summary.sheet.name, summary.row + 1 + row, 0]
        chart.add_series(_dots(named, x_cells, y_cells, _MARKS[name], 10, COLOURS[name]))
    chart.set_title({"none": True})
    chart.set_x_axis(_axis(book, x) | {"label_position": "low"})
    chart.set_y_axis(_axis(book, y) | {"label_position": "low"})
    chart.set_legend({"position": "top"})
    chart.set_size(_SIZE)
    return chart


def _dots(name: Any, x: list[Any], y: list[Any], shape: str, size: int, colour: str) -> dict[str, Any]:
    marker = {"type": shape, "size": size, "fill": {"color": colour}, "border": {"color": "#ffffff"}}
    return {"name": name, "categories": x, "values": y, "marker": marker}


def _axis(book: Book, goal: Goal) -> dict[str, Any]:
    """Over the values that are drawn: a spreadsheet would begin at zero."""
    g = book.problem.goals.index(goal)
    drawn = [*book.result.front.values.value[:, g].tolist()]
    drawn += [value.value for one in book.shown if (value := one.goal(goal.name)) is not None]
    low, high = min(drawn), max(drawn)
    step = 10.0 ** math.floor(math.log10((high - low) or abs(high) or 1.0)) / 2.0
    name = book.say("axis_more" if goal.direction == "max" else "axis_less", goal=book.say.goal(goal), unit=goal.unit)
    return {
        "name": name.replace("→", "").replace("←", ""),
        "name_font": {"bold": False, "size": 9},
        "min": math.floor(low / step) * step,
        "max": math.ceil(high / step) * step,
        "num_format": WHOLE if high >= 100.0 else "0.00",
        "major_gridlines": _GRID,
    }
