"""What a terminal shows of what a verb has found: tables, and what is said about them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from moo_budget.evaluation import TOLERANCE, Evaluation, money_between
from moo_budget.front import Plan
from moo_budget.goals import Goal
from moo_budget.learning import Checked
from moo_budget.limits import PeriodLimits
from moo_budget.report.details import proof_in_short
from moo_budget.report.facts import Shown
from moo_budget.report.numbers import by_unit, compact, full, plus, written_in
from moo_budget.report.page import Page
from moo_budget.report.words import Words
from moo_budget.results import Result, document, plain
from moo_budget.sweep_results import SweepResult, folder_name


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
    yield say("shown_head", title=result.spec.title or say("shown_solved"), length=_length(result, say))
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


def _length(result: Result, say: Words) -> str:
    return say.length(result.problem.periods, result.period)


def _picks_table(page: Page) -> Table:
    result, say = page.result, page.say
    table = Table(show_edge=False, pad_edge=False)
    table.add_column(say("shown_plan"))
    table.add_column(f"{say('shown_total')}\n{page.currency}", justify="right")
    for goal in result.problem.goals:
        table.add_column(f"{_goal_name(goal, say)}\n{goal.unit}", justify="right")
    table.add_column(f"{say('shown_biggest')}\n{page.currency}")
    for shown in page.shown:
        plan, names = shown.plan, say("comma").join(map(say, shown.names)).lower()
        table.add_row(names, full(plan.total), *_goal_cells(result, plan, say), _biggest_move(shown))
    return table


def _goal_name(goal: Goal, say: Words) -> str:
    """As the problem file has it, or as the language calls a name that problems get by default."""
    return goal.name if say.lang == "en" else say.name(goal.name)


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
    named = say("shown_named", name=_goal_name(risks[0], say)) if risks and risks[0].name != "risk" else ""
    yield say(
        "shown_rules",
        least=say("shown_least_moved") if moves else say("shown_least_risk", named=named),
        among=say("shown_among", outcome=outcome) if bound else "",
        most=say("shown_most_of", outcome=outcome)
        if lead.outcome
        else say("shown_best_of", goal=_goal_name(lead, say)),
    )
    if page.result.knee is not None:
        yield say("shown_knee", id=page.result.knee.id, plans=len(page.result.front))


def _reasons(result: Result, say: Words) -> Iterator[str]:
    """The balanced plan in at most three sentences."""
    facts = result.explanations.get(result.picks.ids["balanced"])
    if facts is not None:
        yield ""
        yield say("shown_why")
        yield from facts.sentences(say.lang)
        yield ""


def _goal_cells(result: Result, plan: Plan, say: Words) -> list[str]:
    if plan.goals is None:
        return [say("shown_beyond")] * len(result.problem.goals)
    cells = []
    for goal in result.problem.goals:
        value = plan.goals[goal.name]
        ends = say("shown_range", low=compact(value.low), high=compact(value.high))
        cells.append(by_unit(compact, goal.unit)(value.value) + (f"\n({ends})" if value.low < value.high else "\n"))
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
    page = Page.of(result)
    say = page.say
    with written_in(say.lang):
        head = say("shown_head", title=result.spec.title or say("shown_evaluated"), length=_length(result, say))
        return Group(head, *(part for one in evaluations for part in _evaluated(page, one)))


def _evaluated(page: Page, one: Evaluation) -> Iterator[RenderableType]:
    say = page.say
    yield ""
    yield say("shown_own_total", id=one.id, currency=page.currency, total=full(one.total))
    yield _standing_table(page.result, one, say)
    yield from _broken(page, one)
    if one.extrapolated:
        channels = say("comma").join(one.extrapolated)
        yield say("shown_more_than_ever", period=say(page.result.period), channels=channels)
    yield _verdict(page, one)
    if one.against is not None:
        yield _instead(page.result, one, one.against, say)


def _broken(page: Page, one: Evaluation) -> Iterator[str]:
    """The limits that a plan breaks, a line each where there are several, and how far the nearest plan within is."""
    say = page.say
    if len(one.breaks) == 1:
        yield say("shown_break", limit=one.breaks[0])
    elif one.breaks:
        yield say("shown_breaks")
        yield from (f"- {text}" for text in one.breaks)
    if one.within is not None:
        yield say("shown_within", currency=page.currency, money=full(money_between(one, one.within)))


def _standing_table(result: Result, one: Evaluation, say: Words) -> Table:
    """Goals, then money by channel, of the plan, of the nearest within limits, and of the one it is compared with."""
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("")
    plans = [plan for plan in (one, one.within, one.against) if plan is not None]
    for plan in plans:
        table.add_column(_called(plan, one, say), justify="right")
    cells = [_goal_cells(result, plan, say) for plan in plans]
    for g, goal in enumerate(result.problem.goals):
        table.add_row(f"{_goal_name(goal, say)}\n{goal.unit}", *(column[g] for column in cells))
    table.add_section()
    for channel in result.problem.channels:
        table.add_row(channel, *(full(plan.spend[channel]) for plan in plans))
    return table


def _called(plan: Plan, one: Evaluation, say: Words) -> str:
    if plan is one:
        return one.id
    if plan is one.within:
        return say("shown_nearest")
    if plan.id == "better":
        return say("shown_better_plan")
    return say("shown_plan_id" if one.standing == "beaten" else "shown_plan_balanced", id=plan.id)


def _verdict(page: Page, one: Evaluation) -> str:
    """Where the plan stands."""
    say = page.say
    if one.standing == "unknown":
        return say("shown_unknown")
    if one.standing == "outside":
        return say("shown_outside")
    if one.standing == "on_front":
        return say("shown_on_front", tolerance=f"{TOLERANCE:.1%}")
    assert one.against is not None  # it is beaten by something
    key = "shown_solved_for" if one.against.id == "better" else "shown_beaten"
    return say(key, id=one.against.id, currency=page.currency, money=full(one.moved))


def _instead(result: Result, one: Evaluation, against: Plan, say: Words) -> str:
    """What it costs, or brings, to follow the plan instead of the other one."""
    parts = []
    for goal in result.problem.sought_goals:
        difference = (one.differences or {})[goal.name]
        value, low, high = (
            plus(by_unit(compact, goal.unit)(number))
            for number in (difference.value, difference.estimate_low, difference.estimate_high)
        )
        if difference.estimate_low == difference.estimate_high:
            key = "shown_difference"
        else:
            key = "shown_difference_range" if difference.is_clear else "shown_difference_none"
        parts.append(say(key, goal=_goal_name(goal, say), value=value, low=low, high=high))
    other = _called(against, one, say).replace("\n", " ")
    return say("shown_instead", id=one.id, other=other, differences=say("semicolon").join(parts))


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


def checked(found: Checked, lang: str) -> RenderableType:
    """What `check` found, for a person."""
    say = Words(lang)
    currency = found.spec.currency or say("money")
    table = Table(show_edge=False, pad_edge=False)
    in_blocks = bool(found.feasible.block.any())
    table.add_column(say("shown_channel"))
    for key in ("column_today", "least", "most", "blocks") if in_blocks else ("column_today", "least", "most"):
        table.add_column(f"{say(f'shown_{key}')}\n{currency}", justify="right")
    for c, name in enumerate(found.channels):
        today = "" if found.today is None else full(found.today[name])
        block = [full(float(found.feasible.block[c])) if found.feasible.block[c] > 0.0 else ""] if in_blocks else []
        table.add_row(name, today, _least(found, c, say), full(float(found.feasible.upper[c])), *block)
    low, high = found.feasible.budget_min, found.feasible.budget_max
    total = full(high) if low == high else say("shown_range", low=full(low), high=full(high))
    notes = [f"- {text}" for text in (*_calendar_notes(found), *(message.text for message in found.messages))]
    return Group(
        say("shown_in_order", title=found.spec.title or say("shown_checked"), currency=currency, total=total),
        table,
        *notes,
        say("shown_next_solve", file=found.spec.path),
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


def _least(found: Checked, c: int, say: Words) -> str:
    """The least that a channel gets: ``0 or 60,000`` where that is nothing or a minimum."""
    least = full(float(found.feasible.lower[c]))
    min_if_used = float(found.feasible.min_if_used[c])
    return say("shown_nothing_or", least=least, minimum=full(min_if_used)) if min_if_used > 0.0 else least
