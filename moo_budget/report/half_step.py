"""A plan half of the way from the reference to the balanced one, for whoever wants to see first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moo_budget.front import plan_of
from moo_budget.report.comparison import change_from_reference
from moo_budget.report.explained import Rows
from moo_budget.report.facts import Shown, as_shown, spend_of
from moo_budget.report.page import Page


@dataclass(frozen=True)
class HalfStep:
    """The half step as text.

    Args:
        sentences: what it moves and changes, and the limits that it breaks.
        money: a row a channel: reference, half of the way, balanced plan.
    """

    sentences: tuple[str, ...]
    money: Rows


def half_step(page: Page) -> HalfStep | None:
    """The half step; None where the balanced plan moves nothing, or the reference lies beyond the curves."""
    reference, balanced = page.reference, page.balanced
    if reference is None or not reference.outcomes or not balanced.largest_moves:
        return None
    problem = page.result.problem
    spend = np.mean([spend_of(problem, one.plan) for one in (reference, balanced)], axis=0)
    half = as_shown(problem, ("half",), plan_of(problem, spend, "half"))
    return HalfStep((_brings(page, half), *_breaks(page, half)), _money(page, (reference, half, balanced)))


def _brings(page: Page, half: Shown) -> str:
    outcomes = page.result.problem.tables.outcomes
    changes = [
        page.say("half_brings", outcome=page.say.name(name), change=_change(page, half, name)) for name in outcomes
    ]
    return page.say(
        "half_step",
        half=page.spoken(half.moved or abs(half.more_spent), page.currency),
        whole=page.spoken(page.balanced.moved or abs(page.balanced.more_spent), page.currency),
        changes=page.say("semicolon").join(changes),
    )


def _change(page: Page, one: Shown, outcome: str) -> str:
    change = change_from_reference(page, one, outcome)
    assert change is not None  # between two plans within the tables lies a third
    return change.spoken(page) + (page.say("in_brackets", text=change.range) if change.range else "")


def _breaks(page: Page, half: Shown) -> list[str]:
    broken = half.plan.breaks
    return [page.say("half_breaks", breaks=page.say.broken(broken))] if broken else []


def _money(page: Page, plans: tuple[Shown, ...]) -> Rows:
    say, channels = page.say, page.result.problem.channels
    reference, _, balanced = plans
    names = (say.plan_names(reference.names), say("half_title"), say.plan_names(balanced.names))
    columns = (say("channel"), *(say("with_unit", label=name, unit=page.currency) for name in names))
    rows = tuple((name, *(page.money(one.plan.spend[name]) for one in plans)) for name in channels)
    total = (say("total"), *(page.money(one.plan.total) for one in plans))
    return Rows(say("half_title"), columns, (*rows, total), say("half_how"))
