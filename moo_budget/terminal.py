"""What a terminal shows: progress while a search runs, tables when it is done."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from moo_budget._checks import FloatArray
from moo_budget.certificate import in_short
from moo_budget.front import Plan
from moo_budget.indicators import reference_point
from moo_budget.report.facts import Shown, shown_plans
from moo_budget.report.numbers import by_unit, compact, full, plus
from moo_budget.results import Result, document, plain
from moo_budget.run import Checked
from moo_budget.solve import Progress as Searched

_SECONDS_BETWEEN_LINES = 10.0  # where there is no terminal to draw a bar on
_SECONDS_BETWEEN_LOOKS = 1.0  # a hypervolume costs as much as some generations


class Talk:
    """Stages and progress on stderr: a bar on a terminal, else a plain line every ten seconds."""

    def __init__(self, *, quiet: bool, color: bool) -> None:
        self._quiet = quiet
        self._console = Console(stderr=True, no_color=not color, highlight=False, markup=False)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[text]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=quiet or not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", text="", visible=False)
        self._reference: FloatArray | None = None
        self._compiled: Searched | None = None  # the first generation pays for compilation: no rate before it
        self._last = -_SECONDS_BETWEEN_LINES

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def stage(self, text: str) -> None:
        """Something begins."""
        self._bar.update(self._task, visible=False)
        if not self._quiet:
            self._console.print(f"{text} ...", soft_wrap=True)

    def progress(self, searched: Searched) -> None:
        """A generation is done."""
        wait = _SECONDS_BETWEEN_LOOKS if self._console.is_terminal else _SECONDS_BETWEEN_LINES
        now = time.monotonic()
        if self._quiet or now - self._last < wait:
            return
        self._last = now
        if self._reference is None:  # held fixed, so that the volume can only grow
            self._reference = reference_point(searched.front_goals)
        text = (
            f"{searched.n_evaluations:,} of {searched.ceiling:,} evaluations, front {searched.n_front}, "
            f"hypervolume {searched.hypervolume(self._reference):.4g}"
        )
        if self._console.is_terminal:
            self._bar.update(
                self._task,
                completed=searched.n_evaluations,
                total=searched.ceiling,
                text=text,
                visible=True,
            )
        else:
            self._console.print(f"  {text}{self._left(searched)}", soft_wrap=True)
            self._compiled = self._compiled or searched

    def note(self, text: str) -> None:
        """Something a person should know about the data or the run."""
        if not self._quiet:
            self._console.print(f"note: {text}", soft_wrap=True)

    def _left(self, searched: Searched) -> str:
        if self._compiled is None:
            return ""
        done = searched.n_evaluations - self._compiled.n_evaluations
        seconds = (searched.seconds - self._compiled.seconds) / done * (searched.ceiling - searched.n_evaluations)
        return f", about {seconds:.0f} s left"


def solved_document(result: Result, folder: Path) -> dict[str, Any]:
    """`result.json` without plans and curves, plus the folder."""
    stored = plain(document(result))
    del stored["plans"], stored["curves"]
    return stored | {"folder": str(folder)}


def solved(result: Result, folder: Path) -> RenderableType:
    """Today, the reference where it is another plan, and the three picks; then what to open next."""
    lines = [f"{result.spec.title or 'Solved'}: {_length(result)}. In brackets: 8 in 10 cases lie in this range."]
    if result.today_text:
        lines.append(f"today: {result.today_text}.")
    if result.problem.money.reference is not None:
        lines.append("Moves are counted from the reference plan: today's mix within the budget.")
    if result.front.status == "stopped":
        lines.append(f"Stopped early after {result.front.n_evaluations:,} evaluations; what there was is kept.")
    if result.certificate is not None and (proved := in_short(result.certificate)):
        lines.append(f"Proved: {proved}.")
    written = [f"written: {folder / name}" for name in ("report.html", "plans.xlsx", "front.csv", "result.json")]
    return Group(*lines, _picks_table(result), *written, f"next: open {folder / 'report.html'}")


def _length(result: Result) -> str:
    periods = result.problem.periods
    if result.period == "none":
        return f"a plan of {periods} period{'s' if periods > 1 else ''}"
    return f"a plan of {periods} {result.period}{'s' if periods > 1 else ''}"


def _picks_table(result: Result) -> Table:
    currency = result.problem.currency or "money"
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("plan")
    table.add_column(f"total\n{currency}", justify="right")
    for goal in result.problem.goals:
        table.add_column(f"{goal.name}\n{goal.unit}", justify="right")
    table.add_column(f"biggest move\n{currency}")
    for shown in shown_plans(result):
        plan = shown.plan
        table.add_row(", ".join(shown.names), full(plan.total), *_goal_cells(result, plan), _biggest_move(shown))
    return table


def _goal_cells(result: Result, plan: Plan) -> list[str]:
    if plan.goals is None:
        return ["beyond the tables"] * len(result.problem.goals)
    cells = []
    for goal in result.problem.goals:
        value = plan.goals[goal.name]
        spread = f"\n({compact(value.low)} to {compact(value.high)})" if value.low < value.high else "\n"
        cells.append(by_unit(compact, goal.unit)(value.value) + spread)
    return cells


def _biggest_move(shown: Shown) -> str:
    if not shown.largest_moves:
        return ""
    channel, move = shown.largest_moves[0]
    return f"{channel}\n{plus(full(move))}"


def check_document(found: Checked) -> dict[str, Any]:
    """What `check` found, for a program."""
    feasible = found.feasible
    return {
        "ok": True,
        "period": found.history.period if found.history else "none",
        "rows": found.history.source.rows if found.history else None,
        "budget": {"min": feasible.budget_min, "max": feasible.budget_max},
        "channels": {
            name: {"min": feasible.lower[c], "max": feasible.upper[c], "today": (found.today or {}).get(name)}
            for c, name in enumerate(found.channels)
        },
        "messages": [vars(message) for message in found.messages],
    }


def checked(found: Checked) -> RenderableType:
    """What `check` found, for a person."""
    currency = found.spec.currency or "money"
    table = Table(show_edge=False, pad_edge=False)
    for heading in ("channel", f"today\n{currency}", f"at least\n{currency}", f"at most\n{currency}"):
        table.add_column(heading, justify="left" if heading == "channel" else "right")
    for c, name in enumerate(found.channels):
        today = "" if found.today is None else full(found.today[name])
        table.add_row(name, today, full(float(found.feasible.lower[c])), full(float(found.feasible.upper[c])))
    low, high = found.feasible.budget_min, found.feasible.budget_max
    total = full(high) if low == high else f"{full(low)} to {full(high)}"
    notes = [f"- {message.text}" for message in found.messages]
    return Group(
        f"{found.spec.title or 'Checked'}: data and limits are in order. Total to place: {currency} {total}.",
        table,
        *notes,
        f"next: moo-budget solve {found.spec.path}",
    )
