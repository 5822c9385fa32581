"""The section on plans beside the picks: the knee, those that are practically the balanced one, and kinds of plans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from moo_budget.choose import Group
from moo_budget.front import Plan
from moo_budget.report import numbers
from moo_budget.report.explained import Rows
from moo_budget.report.page import Page
from moo_budget.report.sentences import Said

_MOST = 3  # channels that are named
_NO_MONEY = 0.005  # of a plan: less is not named


@dataclass(frozen=True)
class Alternatives:
    """The section as text.

    Args:
        title: heading.
        sentences: on the knee, and on plans that are practically the balanced one.
        groups: a row a group, by its delegate.
    """

    title: str
    sentences: tuple[str, ...]
    groups: Rows


def alternatives(page: Page) -> Alternatives | None:
    """The section; None where there is one plan only, or one goal."""
    result, say = page.result, Said(page.say.lang, page.result.problem.currency)
    if len(result.front) < 2 or len(result.problem.sought_goals) < 2:
        return None
    sentences = (_knee(page, say), *_equal(page, say))
    return Alternatives(say("alike_title"), sentences, _groups(page, say))


def _knee(page: Page, say: Said) -> str:
    knee = page.result.knee
    if knee is None:
        return say("knee_none")
    assert knee.strength is not None  # it stands out by that
    return say("knee", plan=knee.id, strength=numbers.significant(knee.strength, 3))


def _equal(page: Page, say: Said) -> Iterator[str]:
    """How many plans the draws do not tell from the balanced one, and which channels differ most in them."""
    facts = page.result.explanations.get(page.balanced.plan.id)
    if facts is None or facts.equal is None or not facts.equal.ids:
        return
    ranges = sorted(facts.equal.channels.items(), key=lambda item: item[1][0] - item[1][1])
    open_ones = [(name, low, high) for name, (low, high) in ranges[:_MOST] if high - low > page.balanced.rounding]
    parts = [
        say("equal_range", channel=say.name(name), low=say.money(low), high=say.money(high))
        for name, low, high in open_ones
    ]
    key = "equal_1" if len(facts.equal.ids) == 1 else "equal"
    yield say(key, count=len(facts.equal.ids), plan=facts.equal.ids[0], ranges=say.listed(parts))


def _groups(page: Page, say: Said) -> Rows:
    goals = page.result.problem.sought_goals
    titles = map(page.say.goal_with_unit, goals)
    columns = (*(say(f"column_{key}") for key in ("delegate", "alike", "spread")), *titles, say("column_most"))
    rows = tuple(_group(page, say, group) for group in page.result.groups)
    return Rows(say("groups_title"), columns, rows, say("groups_how"))


def _group(page: Page, say: Said, group: Group) -> tuple[str, ...]:
    plan = page.result.front.plan(group.delegate)
    goals = page.result.problem.sought_goals
    values = (numbers.by_unit(numbers.compact, goal.unit)(plan.goals[goal.name].value) for goal in goals)
    names = _names(page, group)
    of_picks = say("group_with", names=page.say.plan_names(names).lower()) if names else ""
    alike = f"{len(group.ids)}{of_picks}"
    return (say("plan", plan=group.delegate), alike, numbers.percent(group.spread), *values, _most(say, plan))


def _names(page: Page, group: Group) -> list[str]:
    """The picks among the plans of a group."""
    return [name for name, id in page.result.picks.ids.items() if id in group.ids]


def _most(say: Said, plan: Plan) -> str:
    """The channels that get most, with their shares."""
    ranked = sorted(plan.spend.items(), key=lambda item: -item[1])[:_MOST]
    shares = [(name, amount / plan.total) for name, amount in ranked if amount > _NO_MONEY * plan.total]
    return say("comma").join(f"{name} {numbers.whole_percent(share)}" for name, share in shares)
