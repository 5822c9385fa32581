"""The first screen: what this is, the answer in one sentence, up to four numbers and the largest moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from moo_budget.goals import PROBABILITY, SHARE, Goal
from moo_budget.report import numbers
from moo_budget.report.comparison import change_from_reference
from moo_budget.report.facts import Estimate, Shown, better_than_reference, reference_is_found, unit_of
from moo_budget.report.page import Page

_SAME_RISK = 0.005  # a risk that changes by less than half a percent is about the same
_LARGEST_MOVES = 3
_GOAL_TILES = 2


@dataclass(frozen=True)
class Tile:
    """One number of the balanced plan, large, with its range and the reference's value."""

    label: str
    value: str
    range: str
    reference: str


@dataclass(frozen=True)
class Move:
    """What one channel gains or loses."""

    channel: str
    money: str
    from_to: str
    note: str


def title_strip(page: Page) -> list[tuple[str, str]]:
    """Label and text of everything that identifies the report."""
    result, say = page.result, page.say
    return [
        (say("strip_period"), _planning_period(page)),
        (say("strip_currency"), result.problem.currency or say("strip_currency_none")),
        (say("strip_data"), _data_range(page)),
        (say("strip_made"), numbers.moment(result.created)),
        (say("strip_program"), f"moo-budget {result.versions['moo-budget']}"),
        (say("strip_seed"), str(result.front.seed)),
    ]


def _planning_period(page: Page) -> str:
    result, say = page.result, page.say
    length = say.length(result.problem.periods, result.period)
    if result.spec.plan.start is not None:
        return say("strip_period_from", length=length, start=result.spec.plan.start.isoformat())
    end = (result.history or {}).get("end")
    return length if end is None else say("strip_period_after", length=length, end=end)


def _data_range(page: Page) -> str:
    history, say = page.result.history, page.say
    if history is None:
        return say("strip_data_own")
    rows = f"{history['rows']:,}"
    if history["start"] is None:
        return say("strip_data_rows", rows=rows)
    return say("strip_data_range", rows=rows, start=history["start"], end=history["end"])


def headline(page: Page) -> str:
    """What the balanced plan spends and moves, and what that is expected to change."""
    say, balanced, outcome = page.say, page.balanced, page.say.name(page.outcome)
    expected = balanced.outcomes[page.outcome]
    value = page.spoken(expected.value, page.unit)
    if page.reference is None:
        total = page.spoken(balanced.plan.total, page.currency)
        return say("headline_alone", total=total, value=value, outcome=outcome, range=_spoken_range(page, expected))
    if not balanced.largest_moves:
        return say("headline_stay")
    change = change_from_reference(page, balanced, page.outcome)
    if change is None:
        return say("headline_beyond", does=_deed(page, page.reference), value=value, outcome=outcome)
    return say(
        f"headline_{change.kind}",
        does=_deed(page, page.reference),
        size=change.size,
        outcome=outcome,
        range=say("in_brackets", text=change.range) if change.range else "",
        risk=_risk_clause(page),
    )


def _deed(page: Page, reference: Shown) -> str:
    """What the balanced plan does with the money: another total first, then what changes its place."""
    say, balanced = page.say, page.balanced
    fields = {
        "total": page.spoken(balanced.plan.total, page.currency),
        "change": numbers.percent(abs(balanced.more_spent) / reference.plan.total),
        "moved": page.spoken(balanced.moved, page.currency),
        "share": numbers.percent(balanced.moved / balanced.plan.total),
    }
    if balanced.more_spent == 0.0:
        return say("does_move", **fields)
    kind = "more" if balanced.more_spent > 0.0 else "less"
    return say(f"does_spend_{kind}_and_move" if balanced.moved > 0.0 else f"does_spend_{kind}", **fields)


def _spoken_range(page: Page, estimate: Estimate) -> str:
    if not estimate.has_range:
        return ""
    ends = (page.spoken(end, page.unit) for end in (estimate.low, estimate.high))
    return page.say("in_brackets", text=page.say("range", **dict(zip(("low", "high"), ends, strict=True))))


def _risk_clause(page: Page) -> str:
    """How the first deviation that is a goal changes: one number, it has no range of its own."""
    risk = next((goal for goal in page.result.problem.goals if goal.measure == "std"), None)
    if risk is None or page.reference is None:
        return ""
    before, after = page.reference.goal(risk.name), page.balanced.goal(risk.name)
    if before is None or after is None or before.value <= 0.0:
        return ""
    change = after.value / before.value - 1.0
    kind = "same" if abs(change) < _SAME_RISK else "less" if change < 0.0 else "more"
    return page.say(f"risk_{kind}", change=numbers.percent(abs(change)))


def remarks(page: Page) -> Iterator[str]:
    """What belongs right below the answer."""
    result, say, reference = page.result, page.say, page.reference
    yield from doubts(page)
    changes = list(_other_changes(page))
    if changes:
        yield say("other_changes", changes=say("semicolon").join(changes))
    yield from _bad_cases(page)
    yield from _better_plans(page)
    if reference is not None:
        fixed = result.problem.budget.min == result.problem.budget.max
        yield say("reference_is" if fixed else "reference_is_free", today=say.of_engine(result.today_text))
        if reference.plan.breaks:
            yield say("reference_breaks", breaks=say.broken(reference.plan.breaks))
    if len(result.problem.tables.weights) == 1:
        yield say("no_draws")
    if result.views is not None:
        yield say("views_remark", outcome=say.name(result.views.outcome), count=len(result.views.beliefs))


def doubts(page: Page) -> Iterator[str]:
    """Models that knew less of held-out periods than somebody who looks at no channel."""
    for outcome, quality in page.result.fit.items():
        error, naive, baseline = (quality.get(key) for key in ("crps", "naive_crps", "baseline_crps"))
        if error is None:
            continue
        spoken = {
            key: numbers.percent(share)
            for key, share in (("error", error), ("naive", naive), ("baseline", baseline))
            if share is not None
        }
        if naive is not None and error > naive:
            yield page.say("fit_worse_remark", outcome=page.say.name(outcome), **spoken)
        elif baseline is not None and error >= baseline:
            yield page.say("fit_no_channels_remark", outcome=page.say.name(outcome), **spoken)


def _bad_cases(page: Page) -> Iterator[str]:
    """What the goals about bad cases say of the balanced plan."""
    say = page.say
    for goal in page.result.problem.goals:
        value = page.balanced.goal(goal.name)
        if goal.measure not in ("tail_mean", "shortfall", "regret") or goal.outcome is None or value is None:
            continue
        before = page.reference.goal(goal.name) if page.reference else None
        unit = unit_of(page.result.problem, goal.outcome)
        yield say(
            "shortfall_today" if goal.against_today else goal.measure,
            outcome=say.name(goal.outcome),
            value=page.spoken(value.value, goal.unit),
            mass=numbers.percent(1.0 - goal.level),
            target=page.spoken(goal.target_amount, unit),
            reference=say("in_brackets", text=_beside(page, before.value, goal.unit)) if before else "",
        )


def _better_plans(page: Page) -> Iterator[str]:
    """Plans that give up no goal against the reference; one to look at where the balanced plan is none of them."""
    result, say = page.result, page.say
    better = better_than_reference(result)
    if better is None:
        return
    left_out = [say.goal(goal) for goal in result.problem.sought_goals if goal.measure == "change"]
    but = say("better_but", goals=say("comma").join(left_out)) if left_out else ""
    if better:
        yield say("better_some", but=but, count=len(better), plans=len(result.front))
        if page.balanced.plan.id not in better and not reference_is_found(result):
            yield _pointer(page, better)
    elif len(result.front) > 1 and not reference_is_found(result):
        yield say("better_none", but=but, plans=len(result.front))


def _pointer(page: Page, better: Sequence[str]) -> str:
    """To the boldest plan if it is one of `better`, else to another pick, else to the first of them."""
    say = page.say
    pick = next((one for one in reversed(page.picks) if one.plan.id in better), None)
    if pick is None:
        return say("better_plan", id=better[0])
    change = change_from_reference(page, pick, page.outcome)
    assert change is not None  # where plans are better than the reference, it lies within the tables
    ends = say("in_brackets", text=change.range) if change.range else ""
    return say(
        "better_pick",
        plan=say.plan_names(pick.names).lower(),
        change=f"{say.name(page.outcome)} {change.spoken(page)}{ends}",
    )


def _other_changes(page: Page) -> Iterator[str]:
    """What the balanced plan changes beside the lead outcome."""
    for outcome in page.result.problem.tables.outcomes:
        change = change_from_reference(page, page.balanced, outcome)
        if outcome == page.outcome or change is None or not page.balanced.largest_moves:
            continue
        ends = page.say("in_brackets", text=change.range) if change.range else ""
        yield f"{page.say.name(outcome)} {change.spoken(page)}{ends}"


def tiles(page: Page) -> list[Tile]:
    """Budget, lead outcome, and two goals: a return and a risk where there are such goals."""
    say, one, reference = page.say, page.balanced, page.reference
    length = say.length(page.result.problem.periods, page.result.period)
    spent = _beside(page, reference.plan.total, page.currency) if reference else ""
    lead = reference.outcomes.get(page.outcome) if reference else None
    chosen = sorted(page.goals_beside_lead, key=lambda goal: (goal.measure != "roi", not goal.is_risk))
    return [
        Tile(say("tile_budget"), page.spoken(one.plan.total, page.currency), length, spent),
        _tile(page, say("incremental", outcome=say.name(page.outcome)), page.unit, one.outcomes[page.outcome], lead),
        *(_goal_tile(page, goal) for goal in chosen[:_GOAL_TILES]),
    ]


def _goal_tile(page: Page, goal: Goal) -> Tile:
    value = page.balanced.goal(goal.name)
    assert value is not None  # a plan of the front lies within the tables
    before = page.reference.goal(goal.name) if page.reference else None
    return _tile(page, page.say.goal(goal), goal.unit, value, before)


def _tile(page: Page, label: str, unit: str, value: Estimate, before: Estimate | None) -> Tile:
    """Money carries its currency, a probability its sign; any other unit stands with the label."""
    low, high = numbers.compact(value.low), numbers.compact(value.high)
    ends = page.say("tile_range", low=low, high=high) if value.has_range else ""
    shown = unit if unit in (page.currency, PROBABILITY, SHARE) else ""
    beside = "" if shown else page.say.unit_beside(label, unit)
    title = page.say("with_unit", label=label, unit=beside) if beside else label
    return Tile(title, page.spoken(value.value, shown), ends, _beside(page, before.value, shown) if before else "")


def _beside(page: Page, value: float, unit: str) -> str:
    return page.say("tile_reference", value=page.spoken(value, unit))


def largest_moves(page: Page) -> list[Move]:
    """Up to three largest moves of the balanced plan."""
    return [_move(page, channel, money) for channel, money in page.balanced.largest_moves[:_LARGEST_MOVES]]


def _move(page: Page, channel: str, money: float) -> Move:
    plan = page.balanced.plan
    after = plan.spend[channel]
    ends = {"low": page.spoken(after - money, page.currency), "high": page.spoken(after, page.currency)}
    note = page.say("beyond") if channel in plan.extrapolated else ""
    return Move(channel, numbers.plus(page.spoken(money, page.currency)), page.say("range", **ends), note)
