"""What `compare` shows: two results side by side."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType

from moo_budget.report.compared import Compared, Table
from moo_budget.terminal.cells import bare_table


def compared(said: Compared) -> RenderableType:
    """Which plans are beaten, then goals, picks and what changed in the question."""
    return Group(*_parts(said))


def _parts(said: Compared) -> Iterator[RenderableType]:
    for name, made in said.strips:
        yield f"{name}: {made}"
    yield from said.headlines()
    yield from said.remarks()
    yield from _shown(said.goals)
    for text, table in said.picks():
        yield from _shown(table)
        yield text
    if said.changes.rows:
        yield from _shown(said.changes)
    else:
        yield said.say("compare_changes_none")


def _shown(table: Table) -> Iterator[RenderableType]:
    drawn = bare_table()
    for position, column in enumerate(table.columns):
        drawn.add_column(column, justify="right" if position else "left", overflow="fold")
    for row in table.rows:
        drawn.add_row(*row)
    yield ""
    yield table.title
    yield drawn
