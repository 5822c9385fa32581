"""What a terminal shows: progress while a search runs, tables when it is done."""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from moo_budget.certificate import in_short, is_relaxed, left_out, open_in_short
from moo_budget.evaluation import TOLERANCE, Evaluation, money_between
from moo_budget.front import Plan
from moo_budget.learning import Checked
from moo_budget.limits import PeriodLimits
from moo_budget.report.facts import Shown, shown_plans
from moo_budget.report.numbers import by_unit, compact, full, plus
from moo_budget.results import Result, document, plain
from moo_budget.solve import Progress as Searched
from moo_budget.sweep_results import SweepResult, folder_name

_SECONDS_BETWEEN_LINES = 10.0  # where there is no terminal to draw a bar on
_SECONDS_BETWEEN_LOOKS = 1.0
_KERNELS_WORTH_A_WORD = 3  # one or two are compiled before anybody wonders


class Talk:
    """Stages and progress on stderr: a moving line on a terminal, else a plain one every ten seconds.

    How long a search still takes is not told, because nobody knows: most end long before their ceiling.
    """

    def __init__(self, *, quiet: bool, color: bool) -> None:
        self._quiet = quiet
        self._console = Console(stderr=True, no_color=not color, highlight=False, markup=False)
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            console=self._console,
            transient=True,
            disable=quiet or not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None, visible=False)
        self._searched: Searched | None = None  # what the search that runs told last
        self._next = 0.0  # no line of progress before this time
        self._over = threading.Event()
        self._watch = threading.Thread(
            target=self._tell_of_compiling, args=(_n_compiled(),), name="compiling", daemon=True
        )

    def __enter__(self) -> Self:
        self._bar.start()
        if not self._quiet:
            self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_search()
        self._over.set()
        if self._watch.is_alive():
            self._watch.join()
        self._bar.stop()

    def stage(self, text: str) -> None:
        """Something begins."""
        self._end_search()
        if not self._quiet:
            self._console.print(f"{text} ...", soft_wrap=True)
        self._next = time.monotonic() + _SECONDS_BETWEEN_LOOKS

    def progress(self, searched: Searched) -> None:
        """A generation is done."""
        self._searched = searched
        now = time.monotonic()
        if self._quiet or now < self._next:
            return
        self._next = now + (_SECONDS_BETWEEN_LOOKS if self._console.is_terminal else _SECONDS_BETWEEN_LINES)
        if self._console.is_terminal:
            self._bar.update(self._task, description=_found(searched), visible=True)
        else:
            self._console.print(f"  {_found(searched)}", soft_wrap=True)

    def note(self, text: str) -> None:
        """Something a person should know about the data or the run."""
        if not self._quiet:
            self._console.print(f"note: {text}", soft_wrap=True)

    def _end_search(self) -> None:
        """Say what a search came to, if one has run."""
        self._bar.update(self._task, visible=False)
        if self._searched is not None and not self._quiet:
            self._console.print(f"  {_found(self._searched)}", soft_wrap=True)
        self._searched = None

    def _tell_of_compiling(self, before: int) -> None:
        """Say once that kernels are being compiled; ends with the talk."""
        while not self._over.wait(_SECONDS_BETWEEN_LOOKS):
            if _n_compiled() - before >= _KERNELS_WORTH_A_WORD:
                self._console.print("  compiling the kernels, once on this machine: up to half a minute")
                return


def _found(searched: Searched) -> str:
    """``27,598 evaluations, 1,862 plans that no other beats, 3 s``."""
    evaluations = f"{searched.n_evaluations:,} evaluation{'s' if searched.n_evaluations != 1 else ''}"
    plans = f"{searched.n_front:,} plan{'s' if searched.n_front != 1 else ''} that no other beats"
    return f"{evaluations}, {plans}, {searched.seconds:.0f} s"


def _n_compiled() -> int:
    """Kernels that this process has compiled or compiles now, because no cache on disk had them."""
    loaded = [module for name, module in sys.modules.copy().items() if name.startswith("moo_budget.kernels.")]
    kernels = {id(thing): thing for module in loaded for thing in vars(module).values() if hasattr(thing, "py_func")}
    return sum(len(kernel.stats.cache_misses) for kernel in kernels.values())


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
        relaxed = " (the largest share taken of the largest total)" if is_relaxed(result.problem) else ""
        relaxed += f" (without {rules})" if (rules := left_out(result.problem)) else ""
        lines.append(f"Proved{relaxed}: {proved}.")
    if result.certificate is not None and (unproved := open_in_short(result.certificate)):
        lines.append(f"Not proved: {unproved}.")
    written = [f"written: {folder / name}" for name in ("report.html", "plans.xlsx", "front.csv", "result.json")]
    said = (*_pick_rules(result), *_reasons(result))
    return Group(*lines, _picks_table(result), *said, *written, f"next: open {folder / 'report.html'}")


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


def _pick_rules(result: Result) -> Iterator[str]:
    """What the picks are, in a line: docs/design.md section 7; nothing where all are one plan."""
    problem, picks = result.problem, result.picks
    if len(set(picks.ids.values())) == 1:
        return
    risks = [goal.name for goal in problem.goals if goal.is_risk]
    moves = not risks and any(goal.measure == "change" for goal in problem.goals)
    lead = problem.sought_goals[0]
    bound = lead.outcome is not None and problem.money.reference is not None and not picks.messages
    named = f" ({risks[0]})" if risks and risks[0] != "risk" else ""
    least = "least money moved" if moves else f"least risk{named}"
    among = f" among plans that bring at least the reference's {lead.outcome}" if bound else ""
    most = f"best {lead.name}" if lead.outcome is None else f"most {lead.outcome}"
    yield f"safest: {least}{among}; balanced: least worst regret over the goals; boldest: {most}."
    if result.knee is not None:
        yield f"The trade-off turns most at plan {result.knee.id} of the front's {len(result.front)}."


def _reasons(result: Result) -> Iterator[str]:
    """The balanced plan in at most three sentences."""
    facts = result.explanations.get(result.picks.ids["balanced"])
    if facts is not None:
        yield ""
        yield "Balanced, and why:"
        yield from facts.sentences(result.spec.lang)
        yield ""


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


def swept(result: SweepResult, folder: Path) -> RenderableType:
    """A row a budget: what the best plan of it brings and what the next unit of money would; then the answer."""
    sweep, currency = result.sweep, result.spec.currency or "money"
    table = Table(show_edge=False, pad_edge=False)
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


def evaluation_document(evaluation: Evaluation) -> dict[str, Any]:
    """What `evaluate` found of one plan, for a program; docs/design.md section 9."""
    against = evaluation.against
    return {
        **_plan_document(evaluation),
        "breaks": list(evaluation.breaks),
        "standing": evaluation.standing,
        "nearest": evaluation.nearest,
        "within": None if evaluation.within is None else _plan_document(evaluation.within),
        "against": None if against is None else _plan_document(against),
        "moved": evaluation.moved,
        "differences": {name: vars(one) for name, one in (evaluation.differences or {}).items()},
    }


def _plan_document(plan: Plan) -> dict[str, Any]:
    goals = None if plan.goals is None else {name: vars(value) for name, value in plan.goals.items()}
    return {
        "id": plan.id,
        "spend": plan.spend,
        "total": plan.total,
        "goals": goals,
        "extrapolated": list(plan.extrapolated),
    }


def evaluated(result: Result, evaluations: Sequence[Evaluation]) -> RenderableType:
    """Every plan beside the one that it is compared with, and what follows from that in words."""
    head = f"{result.spec.title or 'Evaluated'}: {_length(result)}. In brackets: 8 in 10 cases lie in this range."
    return Group(head, *(part for one in evaluations for part in _evaluated(result, one)))


def _evaluated(result: Result, one: Evaluation) -> Iterator[RenderableType]:
    yield ""
    yield f"{one.id}: {result.problem.currency or 'money'} {full(one.total)} in total."
    yield _standing_table(result, one)
    yield from _broken(result, one)
    if one.extrapolated:
        yield f"More than was ever spent per {_period(result)} on: {', '.join(one.extrapolated)}."
    yield _verdict(result, one)
    if one.against is not None:
        yield _instead(result, one, one.against)


def _broken(result: Result, one: Evaluation) -> Iterator[str]:
    """The limits that a plan breaks, a line each where there are several, and how far the nearest plan within is."""
    if len(one.breaks) == 1:
        yield f"It breaks a limit: {one.breaks[0]}."
    elif one.breaks:
        yield "It breaks limits:"
        yield from (f"- {text}" for text in one.breaks)
    if one.within is not None:
        money = full(money_between(one, one.within))
        yield f"In the nearest plan that keeps them {result.problem.currency or 'money'} {money} are spent otherwise."


def _period(result: Result) -> str:
    return "period" if result.period == "none" else result.period


def _standing_table(result: Result, one: Evaluation) -> Table:
    """Goals, then money by channel, of the plan, of the nearest within limits, and of the one it is compared with."""
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("")
    plans = [plan for plan in (one, one.within, one.against) if plan is not None]
    for plan in plans:
        table.add_column(_called(plan, one), justify="right")
    cells = [_goal_cells(result, plan) for plan in plans]
    for g, goal in enumerate(result.problem.goals):
        unit = f"\n{goal.unit}" if goal.unit else "\n"
        table.add_row(f"{goal.name}{unit}", *(column[g] for column in cells))
    table.add_section()
    for channel in result.problem.channels:
        table.add_row(channel, *(full(plan.spend[channel]) for plan in plans))
    return table


def _called(plan: Plan, one: Evaluation) -> str:
    if plan is one:
        return one.id
    if plan is one.within:
        return "the nearest plan\nwithin limits"
    if plan.id == "better":
        return "a better plan"
    return f"plan {plan.id}" if one.standing == "beaten" else f"plan {plan.id}\n(balanced)"


def _verdict(result: Result, one: Evaluation) -> str:
    """Where the plan stands."""
    if one.standing == "unknown":
        return "It lies beyond what the response curves know, so nothing can be said about what it brings."
    if one.standing == "outside":
        return "No plan within the limits was found that is better in every goal; what it gains, it gains beyond them."
    if one.standing == "on_front":
        return (
            "It lies on the front: no plan within the limits was found that is better in every goal by more than "
            f"{TOLERANCE:.1%} of what the goals range over."
        )
    assert one.against is not None  # it is beaten by something
    moves = f"{result.problem.currency or 'money'} {full(one.moved)} are spent otherwise"
    if one.against.id == "better":
        return f"No plan of the front is better in every goal, but one that was solved for is: {moves} in it."
    return f"Plan {one.against.id} is better in every goal, the nearest of the front that is: {moves} in it."


def _instead(result: Result, one: Evaluation, against: Plan) -> str:
    """What it costs, or brings, to follow the plan instead of the other one."""
    parts = []
    for goal in result.problem.sought_goals:
        difference = (one.differences or {})[goal.name]
        show = by_unit(compact, goal.unit)
        if difference.estimate_low == difference.estimate_high:
            parts.append(f"{goal.name} {plus(show(difference.value))}")
        elif difference.is_clear:
            band = f"{plus(show(difference.estimate_low))} to {plus(show(difference.estimate_high))}"
            parts.append(f"{goal.name} {plus(show(difference.value))} ({band})")
        else:
            parts.append(f"{goal.name} about the same ({plus(show(difference.value))})")
    return f"{one.id} instead of {_called(against, one).replace(chr(10), ' ')}: " + "; ".join(parts) + "."


def check_document(found: Checked) -> dict[str, Any]:
    """What `check` found, for a program."""
    feasible = found.feasible
    return {
        "ok": True,
        "period": found.history.period if found.history else "none",
        "rows": found.history.source.rows if found.history else None,
        "budget": {"min": feasible.budget_min, "max": feasible.budget_max},
        "channels": {
            name: {
                "min": feasible.lower[c],
                "min_if_used": feasible.min_if_used[c],
                "max": feasible.upper[c],
                "step": feasible.block[c],
                "today": (found.today or {}).get(name),
            }
            for c, name in enumerate(found.channels)
        },
        "calendar": None if found.periods is None else _calendar_document(found, found.periods),
        "messages": [vars(message) for message in found.messages],
    }


def checked(found: Checked) -> RenderableType:
    """What `check` found, for a person."""
    currency = found.spec.currency or "money"
    table = Table(show_edge=False, pad_edge=False)
    in_blocks = bool(found.feasible.block.any())
    headings = ["channel", f"today\n{currency}", f"at least\n{currency}", f"at most\n{currency}"]
    for heading in [*headings, f"in blocks of\n{currency}"] if in_blocks else headings:
        table.add_column(heading, justify="left" if heading == "channel" else "right")
    for c, name in enumerate(found.channels):
        today = "" if found.today is None else full(found.today[name])
        block = [full(float(found.feasible.block[c])) if found.feasible.block[c] > 0.0 else ""] if in_blocks else []
        table.add_row(name, today, _least(found, c), full(float(found.feasible.upper[c])), *block)
    low, high = found.feasible.budget_min, found.feasible.budget_max
    total = full(high) if low == high else f"{full(low)} to {full(high)}"
    notes = [f"- {text}" for text in (*_calendar_notes(found), *(message.text for message in found.messages))]
    return Group(
        f"{found.spec.title or 'Checked'}: data and limits are in order. Total to place: {currency} {total}.",
        table,
        *notes,
        f"next: moo-budget solve {found.spec.path}",
    )


def _calendar_document(found: Checked, periods: PeriodLimits) -> dict[str, Any]:
    """Limits per period, for a program."""
    return {
        "starts": [day.isoformat() for day in periods.starts],
        "total_max": periods.total_max if math.isfinite(periods.total_max) else None,
        "channels": {
            name: {
                "max": float(periods.most[:, c].max()),
                "periods": int((periods.most[:, c] > 0.0).sum()),
                "min_burst": int(periods.min_burst[c]),
            }
            for c, name in enumerate(found.channels)
        },
    }


def _calendar_notes(found: Checked) -> Iterator[str]:
    """What the calendar's limits leave, a line each."""
    if found.periods is None:
        return
    periods, currency = found.periods, found.spec.currency or "money"
    span = f" from {periods.starts[0]} on" if periods.starts else ""
    yield f"money is planned for each of {periods.n_periods} periods{span}"
    if math.isfinite(periods.total_max):
        yield f"[limits.calendar] total_max: all channels together at most {currency} {full(periods.total_max)} in each"
    for name in found.spec.limits.calendar:
        if name in found.channels:
            c = found.channels.index(name)
            runs = int((periods.most[:, c] > 0.0).sum())
            if runs == 0:
                yield f"[limits.calendar.{name}]: says nothing, because `{name}` gets nothing in any period"
                continue
            most = full(float(periods.most[:, c].max()))
            bursts = f", for {periods.min_burst[c]} in a row at least" if periods.min_burst[c] > 1 else ""
            yield f"[limits.calendar.{name}]: at most {currency} {most} in each of {runs} periods{bursts}"


def _least(found: Checked, c: int) -> str:
    """The least that a channel gets: ``0 or 60,000`` where that is nothing or a minimum."""
    least = full(float(found.feasible.lower[c]))
    min_if_used = float(found.feasible.min_if_used[c])
    return f"{least} or {full(min_if_used)}" if min_if_used > 0.0 else least
