"""What `solve` shows: today and the picks in a table, why the balanced plan, and what to open next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from moo_budget.report.details import proof_in_short
from moo_budget.report.facts import Shown
from moo_budget.report.numbers import full, plus, written_in
from moo_budget.report.page import Page
from moo_budget.report.words import Words
from moo_budget.results import Result, document, plain
from moo_budget.terminal.cells import bare_table, goal_cells, goal_name, length_of


def solved_document(result: Result, folder: Path) -> dict[str, Any]:
    """`result.json` without plans and curves, plus the folder."""
    stored = plain(document(result))
    del stored["plans"], stored["curves"]
    return stored | {"folder": str(folder)}


def solved(result: Result, folder: Path) -> RenderableType:
    """Today, the reference where it is another plan, and the three picks; then what to open next."""
    page = Page.of(result)
    with written_in(page.say.lang):
        return Group(*_solved(page, folder))


def _solved(page: Page, folder: Path) -> Iterator[RenderableType]:
    result, say = page.result, page.say
    yield say("shown_head", title=result.spec.title or say("shown_solved"), length=length_of(result, say))
    if result.today_text:
        yield say("shown_today", today=say.of_engine(result.today_text))
    if result.problem.money.reference is not None:
        yield say("shown_moves")
    if result.front.status == "stopped":
        yield say("shown_stopped", evaluations=f"{result.front.n_evaluations:,}")
    yield from proof_in_short(page)
    yield _picks_table(page)
    yield from _pick_rules(page)
    yield from _reasons(result, say)
    for name in ("report.html", "plans.xlsx", "front.csv", "result.json"):
        yield say("shown_written", file=folder / name)
    yield say("shown_next", file=folder / "report.html")


def _picks_table(page: Page) -> Table:
    result, say = page.result, page.say
    table = bare_table()
    table.add_column(say("shown_plan"))
    table.add_column(f"{say('shown_total')}\n{page.currency}", justify="right")
    for goal in result.problem.goals:
        table.add_column(f"{goal_name(goal, say)}\n{goal.unit}", justify="right")
    table.add_column(f"{say('shown_biggest')}\n{page.currency}")
    for shown in page.shown:
        plan, names = shown.plan, say("comma").join(map(say, shown.names)).lower()
        table.add_row(names, full(plan.total), *goal_cells(result, plan, say), _biggest_move(shown))
    return table


def _pick_rules(page: Page) -> Iterator[str]:
    """What the picks are, in a line: docs/design.md section 7; nothing where all are one plan."""
    problem, picks, say = page.result.problem, page.result.picks, page.say
    if len(set(picks.ids.values())) == 1:
        return
    risks = [goal for goal in problem.goals if goal.is_risk]
    moves = not risks and any(goal.measure == "change" for goal in problem.goals)
    lead = problem.sought_goals[0]
    bound = lead.outcome is not None and problem.money.reference is not None and not picks.messages
    outcome = say.name(lead.outcome or "")
    named = say("shown_named", name=goal_name(risks[0], say)) if risks and risks[0].name != "risk" else ""
    yield say(
        "shown_rules",
        least=say("shown_least_moved") if moves else say("shown_least_risk", named=named),
        among=say("shown_among", outcome=outcome) if bound else "",
        most=say("shown_most_of", outcome=outcome) if lead.outcome else say("shown_best_of", goal=goal_name(lead, say)),
    )
    if page.result.knee is not None:
        yield say("shown_knee", id=page.result.knee.id, plans=len(page.result.front))


def _reasons(result: Result, say: Words) -> Iterator[RenderableType]:
    """The balanced plan in at most three sentences."""
    facts = result.explanations.get(result.picks.ids["balanced"])
    if facts is not None:
        yield ""
        yield say("shown_why")
        for text in facts.sentences(say.lang):  # not broken where a number and its unit stand apart: rich would
            yield Text(text, no_wrap=True, overflow="ignore")
        yield ""


def _biggest_move(shown: Shown) -> str:
    if not shown.largest_moves:
        return ""
    channel, move = shown.largest_moves[0]
    return f"{channel}\n{plus(full(move))}"
