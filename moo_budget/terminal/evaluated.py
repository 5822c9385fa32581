"""What `evaluate` shows: plans of one's own beside those that they are compared with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table

from moo_budget.evaluation import TOLERANCE, Evaluation, money_between
from moo_budget.front import Plan
from moo_budget.report.numbers import by_unit, compact, full, plus, written_in
from moo_budget.report.page import Page
from moo_budget.report.words import Words
from moo_budget.results import Result
from moo_budget.terminal.cells import bare_table, goal_cells, goal_name, length_of


def evaluated(result: Result, evaluations: Sequence[Evaluation]) -> RenderableType:
    """Every plan beside the one that it is compared with, and what follows from that in words."""
    page = Page.of(result)
    say = page.say
    with written_in(say.lang):
        head = say("shown_head", title=result.spec.title or say("shown_evaluated"), length=length_of(result, say))
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
        yield say("shown_break", limit=say.of_engine(one.breaks[0]))
    elif one.breaks:
        yield say("shown_breaks")
        yield from (f"- {say.of_engine(text)}" for text in one.breaks)
    if one.within is not None:
        yield say("shown_within", currency=page.currency, money=full(money_between(one, one.within)))


def _standing_table(result: Result, one: Evaluation, say: Words) -> Table:
    """Goals, then money by channel, of the plan, of the nearest within limits, and of the one it is compared with."""
    table = bare_table()
    table.add_column("")
    plans = [plan for plan in (one, one.within, one.against) if plan is not None]
    for plan in plans:
        table.add_column(_called(plan, one, say), justify="right")
    cells = [goal_cells(result, plan, say) for plan in plans]
    for g, goal in enumerate(result.problem.goals):
        table.add_row(f"{goal_name(goal, say)}\n{goal.unit}", *(column[g] for column in cells))
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
        parts.append(say(key, goal=goal_name(goal, say), value=value, low=low, high=high))
    other = _called(against, one, say).replace("\n", " ")
    return say("shown_instead", id=one.id, other=other, differences=say("semicolon").join(parts))
