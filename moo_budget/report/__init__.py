"""The report: one HTML file that opens offline, with the answer first."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from moo_budget._whole import reason, write_file
from moo_budget.errors import FolderError
from moo_budget.folder import OpenedFolder, alone
from moo_budget.report.alternatives import alternatives
from moo_budget.report.answer import headline, largest_moves, remarks, tiles, title_strip
from moo_budget.report.best_moves import best_first, moves_table
from moo_budget.report.budget_sweep import sweep_context
from moo_budget.report.calendar import calendars
from moo_budget.report.compared import Compared
from moo_budget.report.comparison import card_rows, pick_rules, table_rows
from moo_budget.report.details import (
    all_plans,
    assumptions,
    channel_columns,
    channel_tables,
    curve_groups,
    fit_rows,
    fit_sentences,
    glossary,
    marks_extrapolation,
    messages,
    search_sentences,
    sources,
)
from moo_budget.report.explained import why
from moo_budget.report.front_end import packaged, script, style
from moo_budget.report.half_step import half_step
from moo_budget.report.money_moved import money_moved
from moo_budget.report.numbers import written_in
from moo_budget.report.page import Page
from moo_budget.report.page_data import page_data, page_json
from moo_budget.report.picture import marker_of
from moo_budget.report.risk_return import not_drawn, risk_return
from moo_budget.report.team_views import team_views
from moo_budget.report.trade_off import trade_off
from moo_budget.results import Result, read_result
from moo_budget.spec import Language
from moo_budget.sweep_results import SweepResult

__all__ = ["Compared", "render", "rewrite_report", "write_comparison", "write_report", "write_sweep_report"]

# Where the report hands over to the scripts; what they draw anew steps back.
_START = """
document.documentElement.classList.add("interactive");
MooBudget.start(
  document.getElementById("explorer"),
  JSON.parse(document.getElementById("data").textContent),
  { kind: "report" },
);
"""


def write_report(result: Result, path: str | Path) -> None:
    """Write the report as one file; there is the whole new file or what was there before.

    Args:
        result: what a run found.
        path: of the HTML file; one that exists is replaced.

    Raises:
        FolderError: it cannot be written.
    """
    _replace(Path(path), render(result))


def rewrite_report(folder: str | Path, lang: Language | None = None) -> Path:
    """Write the report of a result folder again; its path.

    Args:
        folder: that `solve` wrote.
        lang: None: the one that the result is written in.

    Raises:
        InputError: there is no result in the folder.
        FolderError: the page cannot be written, or another result has taken the place of the one that it is of.
    """
    opened = OpenedFolder(Path(folder))
    text = render(read_result(folder).in_language(lang))
    with alone(opened.path):
        opened.check()
        _replace(Path(folder) / "report.html", text)
    return Path(folder) / "report.html"


def write_sweep_report(result: SweepResult, path: str | Path) -> None:
    """Write the page of a sweep as one file, in the same way; it leads to the reports of its budgets."""
    with written_in(result.spec.lang):
        _replace(Path(path), _filled("sweep.html.jinja", sweep_context(result), packaged("report.css")))


def write_comparison(compared: Compared, path: str | Path) -> None:
    """Write the page of two results side by side as one file, in the same way."""
    with written_in(compared.say.lang):
        _replace(Path(path), _filled("compare.html.jinja", {"said": compared}, packaged("report.css")))


def _replace(path: Path, text: str) -> None:
    try:
        write_file(path, text.encode("utf-8"))
    except OSError as error:
        raise FolderError(
            f"{path} cannot be written ({reason(error)}); what was there before is untouched. Make room, get the "
            "right to write there, or choose another place.",
            code="report.write",
        ) from error


def render(result: Result) -> str:
    """The report as HTML; equal results give equal text."""
    with written_in(result.spec.lang):
        return _filled("report.html.jinja", _context(Page.of(result)) | _interactive(result), style())


def _interactive(result: Result) -> dict[str, Any]:
    """What the template needs for the part that scripts draw."""
    text = script() + _START
    return {"script": Markup(text), "script_hash": _content_hash(text), "data": Markup(page_json(page_data(result)))}


def _filled(name: str, context: dict[str, Any], style: str) -> str:
    template = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).from_string(packaged(name))
    return template.render(context, style=Markup(style), style_hash=_content_hash(style))


def _content_hash(text: str) -> str:
    """As a content security policy names an inline text that is allowed."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _drawn(page: Page) -> list[str]:
    return [page.result.problem.channels[c] for c in page.drawn]


def _context(page: Page) -> dict[str, Any]:
    """Every part of the page by the name that the template calls it."""
    result, say = page.result, page.say
    front = result.front
    has_choice = len(front) > 1 and len(result.problem.sought_goals) > 1
    return {
        "say": say,
        "result": result,
        "page": page,
        "strip": title_strip(page),
        "headline": headline(page),
        "remarks": list(remarks(page)),
        "tiles": tiles(page),
        "moves": largest_moves(page),
        "plans": [(say.plan_names(one.names), marker_of(one.names)) for one in page.shown],
        "pick_rules": list(pick_rules(page)),
        "card_rows": card_rows(page),
        "table_rows": table_rows(page),
        "calendars": calendars(page),
        "only_largest": page.only_largest,
        "money_moved": money_moved(page.picks, _drawn(page), say, page.currency) if page.reference else None,
        "moves_table": moves_table(page),
        "best_first": best_first(page),
        "half_step": half_step(page),
        "why": why(page),
        "alternatives": alternatives(page),
        "trade_off": trade_off(front, page.shown, say, page.currency) if has_choice else None,
        "risk_return": risk_return(page),
        "risk_not_drawn": not_drawn(page),
        "channel_columns": channel_columns(page),
        "channel_tables": channel_tables(page),
        "marks_extrapolation": marks_extrapolation(page),
        "curve_groups": curve_groups(page),
        "team_views": team_views(page),
        "fit_rows": fit_rows(page),
        "fit_sentences": fit_sentences(page),
        "search": search_sentences(page),
        "messages": messages(page),
        "assumptions": assumptions(page),
        "glossary": glossary(page),
        "all_plans": all_plans(page),
        "sources": sources(page),
    }
