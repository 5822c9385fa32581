"""Sheet Limits: what every channel may get, and the limits that are about more than one."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from moo_budget.report.facts import spend_of
from moo_budget.spec import ChannelLimits
from moo_budget.workbook.book import NAMES, Book

_STATES = ("lock", "off")


def add_limits(book: Book) -> None:
    """A row a channel, with the balanced plan's money beside; below them all other limits in words."""
    placed = book.table(book.sheet("sheet_limits"), _channels(book), 0)
    sheet = placed.sheet
    book.listed(placed, n_names=1, widths=(NAMES,))
    for offset, text in enumerate(_others(book)):
        book.text(sheet, placed.length + 2 + offset, 0, text)


def _channels(book: Book) -> pd.DataFrame:
    say, problem, feasible = book.say, book.problem, book.problem.feasible
    own = [problem.limits.channel.get(name, ChannelLimits()) for name in problem.channels]
    columns: dict[str, list[str] | list[float] | list[float | None]] = {
        "channel": list(problem.channels),
        "column_least": feasible.lower.tolist(),
        "column_if_used": _where_any(feasible.min_if_used.tolist()),
        "column_most": feasible.upper.tolist(),
        "column_blocks": _where_any(feasible.block.tolist()),
        "column_state": [" ".join(say(f"state_{word}") for word in _STATES if getattr(one, word)) for one in own],
        "column_began": spend_of(problem, book.balanced).tolist(),
    }
    return pd.DataFrame({say(key, currency=book.currency): values for key, values in columns.items()})


def _where_any(amounts: list[float]) -> list[float | None]:
    """Amounts that say something: zero is none."""
    return [amount or None for amount in amounts]


def _others(book: Book) -> Iterator[str]:
    """Limits about the total, shares, changes, rules and resources."""
    say, limits, feasible = book.say, book.problem.limits, book.problem.feasible
    low, high = (f"{total:,.2f}" for total in (feasible.budget_min, feasible.budget_max))
    key = "limits_total" if low == high else "limits_total_range"
    yield say(key, low=low, high=high, currency=book.currency)
    if limits.share is not None:
        yield say("limits_share", share=f"{limits.share:.0%}")
    if limits.change is not None:
        yield say("limits_change", share=f"{limits.change:.0%}")
    if limits.extrapolate > 0.0:
        yield say("limits_beyond", times=f"{limits.extrapolate:g}")
    for rule in limits.rules:
        yield say("limits_rule", rule=rule)
    for name, resource in limits.resource.items():
        yield say("limits_resource", name=name, most=f"{resource.max:,.12g}")
