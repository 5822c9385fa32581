"""plans.xlsx: the picks beside today, and every plan of the front, as plain numbers that people can work with."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from moo_budget.calendar import calendar_frame
from moo_budget.front import INTERVAL, Plan
from moo_budget.goals import PROBABILITY, SHARE
from moo_budget.problem import BudgetProblem
from moo_budget.report.facts import Shown, lead_outcome, shown_plans, unit_of
from moo_budget.report.picture import COLOURS, marker_of
from moo_budget.report.words import Words
from moo_budget.results import Result

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_WHOLE, _FINE, _PERCENT = "#,##0", "#,##0.000", "0%"
_WHOLE_FROM = 100.0  # a column whose largest number is smaller shows decimals
_FIRST_TABLE = 3  # rows of title and notes stand above it
_WIDTH = 15  # of a column, in letters


def write_workbook(result: Result, path: str | Path) -> None:
    """Write the workbook of a result; see `workbook`.

    Args:
        result: what a run found.
        path: of the XLSX file; one that exists is replaced.
    """
    Path(path).write_bytes(workbook(result))


def workbook(result: Result, plans: Sequence[Plan] | None = None) -> bytes:
    """The workbook: sheet Summary (today, reference and picks), sheet Plans (the rows of `front.csv`), and where money
    is placed in periods sheet Calendar (the rows of `calendar.csv`).

    Text is never taken for a formula, an address or a number, and what has no value is an empty cell. Equal results
    give equal bytes.

    Args:
        result: what a run found.
        plans: on sheet Plans instead of all plans of the front.
    """
    content = io.BytesIO()
    with Workbook(content, _OPTIONS) as book:
        created = datetime.fromisoformat(result.created).astimezone(UTC).replace(tzinfo=None)
        book.set_properties({"title": result.spec.title, "created": created})
        _write_summary(book, result)
        _write_plans(book, result, plans)
        if result.problem.law is not None and plans is None:
            _write_calendar(book, result)
    return content.getvalue()


def _write_summary(book: Workbook, result: Result) -> None:
    """Goals of today, reference and picks; then money per channel, with a chart fed by its cells."""
    say, problem, shown = Words(result.spec.lang), result.problem, shown_plans(result)
    sheet = book.add_worksheet("Summary")
    sheet.write_string(0, 0, result.spec.title or say("untitled"), book.add_format({"bold": True, "font_size": 14}))
    sheet.write_string(1, 0, say("sheet_note", length=say.length(problem.periods, result.period)))
    goals, money = _goals_of(shown, problem, say), _money_of(shown, problem, say)
    _write_table(book, sheet, goals, _FIRST_TABLE, _probabilities(problem, say))
    money_row = _FIRST_TABLE + len(goals) + 2
    _write_table(book, sheet, money, money_row)
    sheet.freeze_panes(_FIRST_TABLE + 1, 1)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, max(len(goals.columns), len(money.columns)) - 1, _WIDTH)
    sheet.insert_chart(money_row + len(money) + 2, 0, _money_chart(book, sheet, shown, money, money_row))


def _goals_of(shown: Sequence[Shown], problem: BudgetProblem, say: Words) -> pd.DataFrame:
    """A row a plan: budget, lead outcome, every goal, each with its range."""
    lead = lead_outcome(problem)
    title = _with_unit(say("incremental", outcome=say.name(lead)), unit_of(problem, lead), say)
    values = {title: [one.outcomes.get(lead) for one in shown]}
    values |= {
        _with_unit(say.goal(goal), goal.unit, say): [one.goal(goal.name) for one in shown] for goal in problem.goals
    }
    columns: dict[str, list[str] | list[float] | list[float | None]] = {
        say("column_id"): [say.plan_names(one.names) for one in shown],
        say("column_total", currency=problem.currency or say("money")): [one.plan.total for one in shown],
    }
    for heading, estimates in values.items():
        for part in ("value", "low", "high"):
            columns[say(part, heading=heading)] = [
                None if estimate is None else getattr(estimate, part) for estimate in estimates
            ]
    return _without_empty_ranges(pd.DataFrame(columns), values, say)


def _without_empty_ranges(frame: pd.DataFrame, headings: Iterable[str], say: Words) -> pd.DataFrame:
    """Without the ends of ranges that are points in every row: nothing is known of the spread there."""
    pairs = [
        [say(part, heading=heading) for part in parts]
        for heading in headings
        for parts in (("low", "high"), ("estimate_low", "estimate_high"))
    ]
    points = [pair for pair in pairs if set(pair) <= set(frame) and frame[pair[0]].equals(frame[pair[1]])]
    return frame.drop(columns=itertools.chain.from_iterable(points))


def _with_unit(label: str, unit: str, say: Words) -> str:
    return say("with_unit", label=label, unit=unit) if unit else label


def _money_of(shown: Sequence[Shown], problem: BudgetProblem, say: Words) -> pd.DataFrame:
    """A row a channel, a column a plan."""
    currency = problem.currency or say("money")
    columns = {
        say("with_unit", label=say.plan_names(one.names), unit=currency): list(one.plan.spend.values()) for one in shown
    }
    return pd.DataFrame({say("channel"): problem.channels} | columns)


def _money_chart(book: Workbook, sheet: Worksheet, shown: Sequence[Shown], money: pd.DataFrame, row: int) -> Chart:
    chart = book.add_chart({"type": "bar"})
    first, last = row + 1, row + len(money)
    for column, one in enumerate(shown, start=1):
        chart.add_series(
            {
                "name": [sheet.name, row, column],
                "categories": [sheet.name, first, 0, last, 0],
                "values": [sheet.name, first, column, last, column],
                "fill": {
                    "color": COLOURS[marker_of(one.names)],
                    "transparency": 60 if one.names == ("reference",) else 0,
                },
            }
        )
    chart.set_y_axis({"reverse": True})
    chart.set_x_axis({"num_format": _WHOLE, "major_gridlines": {"visible": True, "line": {"color": "#d9dee3"}}})
    chart.set_legend({"position": "top"})
    chart.set_size({"width": 900, "height": 160 + 18 * len(money) * len(shown)})
    return chart


def _write_plans(book: Workbook, result: Result, plans: Sequence[Plan] | None) -> None:
    """Every plan of the front, or those that are handed over, then today and reference."""
    say, problem = Words(result.spec.lang), result.problem
    goals = {goal.name: _with_unit(say.goal(goal), goal.unit, say) for goal in problem.goals}
    frame = result.front.to_frame(plans).rename(columns=_headings(problem, goals, say))
    frame = _without_empty_ranges(frame, goals.values(), say)
    sheet = book.add_worksheet("Plans")
    _write_table(book, sheet, frame, 0, _probabilities(problem, say))
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
    sheet.set_column(0, len(frame.columns) - 1, _WIDTH)
    sheet.ignore_errors({"number_stored_as_text": f"A2:A{len(frame) + 1}"})  # ids are names


def _write_calendar(book: Workbook, result: Result) -> None:
    """Money of every plan in every period."""
    say, problem = Words(result.spec.lang), result.problem
    money = problem.currency or say("money")
    headings = {"plan_id": say("column_id"), "pick": say("column_pick"), "period": say("column_period")}
    headings |= {"start": say("column_start"), "total": say("column_total", currency=money)}
    headings |= {
        f"spend_{name}": _with_unit(say("column_spend", channel=name), money, say) for name in problem.channels
    }
    frame = calendar_frame(result.front, result.picks).rename(columns=headings)
    sheet = book.add_worksheet("Calendar")
    _write_table(book, sheet, frame, 0)
    sheet.freeze_panes(1, 4)
    sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
    sheet.set_column(0, len(frame.columns) - 1, _WIDTH)
    sheet.ignore_errors({"number_stored_as_text": f"A2:A{len(frame) + 1}"})  # ids are names


def _headings(problem: BudgetProblem, goals: Mapping[str, str], say: Words) -> dict[str, str]:
    """Column of `front.csv` -> its heading in words, with its unit; `goals`: goal -> heading of its value."""
    headings = {"plan_id": say("column_id"), "pick": say("column_pick")}
    headings |= {
        f"spend_{channel}": _with_unit(say("column_spend", channel=channel), problem.currency or say("money"), say)
        for channel in problem.channels
    }
    for goal, heading in goals.items():
        headings |= {goal if part == "value" else f"{goal}_{part}": say(part, heading=heading) for part in INTERVAL}
    return headings


def _probabilities(problem: BudgetProblem, say: Words) -> frozenset[str]:
    """Headings of the goals that are probabilities or shares."""
    goals = [goal for goal in problem.goals if goal.unit in (PROBABILITY, SHARE)]
    return frozenset(say("value", heading=_with_unit(say.goal(goal), goal.unit, say)) for goal in goals)


def _write_table(
    book: Workbook, sheet: Worksheet, frame: pd.DataFrame, row: int, percentages: frozenset[str] = frozenset()
) -> None:
    """Headings in `row`, the frame's rows below; empty cells where it has no value.

    `percentages`: headings of columns that are shown in percent.
    """
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    formats = {form: book.add_format({"num_format": form}) for form in (_WHOLE, _FINE, _PERCENT)}
    for column, (name, values) in enumerate(frame.items()):
        sheet.write_string(row, column, str(name), heading)
        fine = formats[_PERCENT if name in percentages else _FINE]
        _write_column(sheet, row + 1, column, values, formats[_WHOLE], fine)


def _write_column(sheet: Worksheet, row: int, column: int, values: pd.Series, whole: Format, fine: Format) -> None:
    if values.map(lambda value: isinstance(value, str)).any():
        for offset, text in enumerate(values):
            sheet.write_string(row + offset, column, text)
        return
    numbers = pd.to_numeric(values)
    style = whole if numbers.abs().max() >= _WHOLE_FROM else fine
    for offset, number in enumerate(numbers):
        if pd.isna(number):
            sheet.write_blank(row + offset, column, None, style)
        else:
            sheet.write_number(row + offset, column, number, style)
