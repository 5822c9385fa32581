"""What `sweep` shows: a row a budget, and the answer."""

from __future__ import annotations

from pathlib import Path

from rich.console import Group, RenderableType

from moo_budget.report.numbers import compact, full
from moo_budget.sweep_results import SweepResult, folder_name
from moo_budget.terminal.cells import bare_table


def swept(result: SweepResult, folder: Path) -> RenderableType:
    """A row a budget: what the best plan of it brings and what the next unit of money would; then the answer."""
    sweep, currency = result.sweep, result.spec.currency or "money"
    table = bare_table()
    unit = sweep.unit or sweep.outcome
    headings = (f"budget\n{currency}", f"{sweep.outcome}\n{unit}", "8 in 10 cases", f"next {currency} brings", "folder")
    for column in headings:
        table.add_column(column, justify="left" if column == "folder" else "right")
    for point in sweep.points:
        if point.best is None:
            table.add_row(full(point.budget), "", "", "", "not solved")
            continue
        value, marginal = point.best.value, point.marginal
        band = f"{compact(value.low)} to {compact(value.high)}"
        brings = (
            ""
            if marginal is None
            else f"{compact(marginal.value)} ({compact(marginal.low)} to {compact(marginal.high)})"
        )
        table.add_row(full(point.budget), compact(value.value), band, brings, folder_name(point.budget))
    reasons = [f"{full(point.budget)}: {point.reason}" for point in sweep.points if point.reason]
    title = f"{result.spec.title or 'Swept'}: the plan of each budget that brings most {sweep.outcome}."
    written = [f"written: {folder / name}" for name in ("report.html", "sweep.csv", "sweep.json")]
    return Group(title, table, *reasons, sweep.break_even.text, *written, f"next: open {folder / 'report.html'}")
