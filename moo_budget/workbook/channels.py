"""Sheet Channels x plans: what every channel gets in today's plan, the reference and the picks, and what it brings."""

from __future__ import annotations

import math

import pandas as pd

from moo_budget.report.facts import Shown, channel_facts, spend_of, unit_of
from moo_budget.workbook.book import NAMES, Book, Placed
from moo_budget.workbook.summary import money_heading

_LESS, _MORE = "#b84f00", "#0072b2"


def add_channels(book: Book) -> Placed:
    """Money of all plans first, for eyes and charts; then, pick by pick, change, shares and returns."""
    columns: dict[str, list[str] | list[float | None]] = {book.say("channel"): list(book.problem.channels)}
    columns |= {money_heading(book, one.names): spend_of(book.problem, one.plan).tolist() for one in book.shown}
    picks = [one for one in book.shown if set(one.names) & set(book.result.picks.ids)]
    for pick in picks:
        columns |= _details(book, pick)
    shares = [_of_pick(book, pick, key) for pick in picks for key in ("share_spend", "share_effect")]
    placed = book.table(book.sheet("sheet_channels"), pd.DataFrame(columns), 0, shares)
    book.listed(placed, n_names=1, widths=(NAMES,))
    for pick in picks:
        if pick.moves:
            _colour(book, placed, _of_pick(book, pick, "change"))
    return placed


def _details(book: Book, pick: Shown) -> dict[str, list[str] | list[float | None]]:
    """Change against the reference, shares, ROI and marginal ROI of every channel, on the lead outcome."""
    facts = channel_facts(book.problem, book.outcome, pick.plan)
    columns = {
        "share_spend": [row.share_of_spend for row in facts],
        "share_effect": [row.share_of_effect for row in facts],
        "roi": [row.roi for row in facts],
        "marginal": [row.marginal_roi for row in facts],
    }
    if pick.moves:
        columns = {"change": list(pick.moves.values())} | columns
    return {_of_pick(book, pick, key): [_or_none(value) for value in values] for key, values in columns.items()}


def _of_pick(book: Book, pick: Shown, key: str) -> str:
    """``Balanced: change (EUR)``."""
    unit = book.say("per", unit=unit_of(book.problem, book.outcome) or book.say.name(book.outcome), per=book.currency)
    heading = book.say(f"column_{key}", currency=book.currency, unit=unit)
    return book.say("of_pick", plan=book.say.plan_names(pick.names), heading=heading)


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def _colour(book: Book, placed: Placed, heading: str) -> None:
    """More in one colour, less in another."""
    _, top, column, bottom, _ = placed.cells(heading)
    for criteria, colour in ((">", _MORE), ("<", _LESS)):
        look = {"type": "cell", "criteria": criteria, "value": 0, "format": book.format(font_color=colour)}
        placed.sheet.conditional_format(top, column, bottom, column, look)
