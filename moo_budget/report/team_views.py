"""What the team's views changed: prior, view and posterior."""

from __future__ import annotations

import math
from dataclasses import dataclass

from moo_budget.report import numbers
from moo_budget.report.facts import unit_of
from moo_budget.report.page import Page
from moo_budget.report.words import Words
from moo_budget.views.record import BeliefChange, ChannelChange, Estimate, ViewsRecord

_MOST_DECIMALS = 4


@dataclass(frozen=True)
class TeamViews:
    """The section on views, as text.

    Args:
        introduction: what they are about and how they were taken in.
        beliefs: a row a belief: text, what it is about, confidence, what the data say, what was asked, what holds with
            the views, how far it was followed.
        channel_columns: headings of `channels`.
        channels: a row a channel: today's money, ROI and marginal ROI before and with views, what today's mix implies.
        how_to_read: what the last column means, or why it is empty.
        plans_title: heading of `plans`.
        plans: a row a plan: name, expected outcome without the views, with them, the difference.
    """

    introduction: str
    beliefs: tuple[tuple[str, ...], ...]
    channel_columns: tuple[str, ...]
    channels: tuple[tuple[str, ...], ...]
    how_to_read: str
    plans_title: str
    plans: tuple[tuple[str, ...], ...]


def team_views(page: Page) -> TeamViews | None:
    """The section on views; None for a result without any."""
    record, say = page.result.views, page.say
    if record is None:
        return None
    unit = unit_of(page.result.problem, record.outcome) or say.name(record.outcome)
    keys = ("channel", "views_money", "views_roi_before", "views_roi_with", "views_mroi_before", "views_mroi_with")
    per_money = say("per", unit=unit, per=page.currency)
    columns = tuple(say(key, currency=page.currency, unit=per_money) for key in (*keys, "views_implied"))
    return TeamViews(
        _introduction(record, say),
        tuple(_belief_row(belief, say) for belief in record.beliefs),
        columns,
        tuple(_channel_row(name, change, page) for name, change in record.channels.items()),
        _how_to_read(record, say),
        say("views_plans", outcome=say.name(record.outcome), unit=unit),
        _plan_rows(record, page),
    )


def _how_to_read(record: ViewsRecord, say: Words) -> str:
    implied = say("views_not_implied", reason=record.not_implied) if record.not_implied else say("views_how")
    is_read_elsewhere = any(change.read_at > change.spend for change in record.channels.values())
    return f"{implied} {say('views_read')}" if is_read_elsewhere else implied


def _plan_rows(record: ViewsRecord, page: Page) -> tuple[tuple[str, ...], ...]:
    shown = [one for one in page.shown if one.plan.id in record.plans]
    changes = [record.plans[one.plan.id] for one in shown]
    values = [
        value for change in changes for value in (change.prior, change.posterior, change.posterior - change.prior)
    ]
    texts = iter(numbers.alike(values) if values else [])
    rows = zip(shown, texts, texts, texts, strict=True)
    return tuple(
        (page.say.plan_names(one.names), before, after, numbers.plus(more)) for one, before, after, more in rows
    )


def _introduction(record: ViewsRecord, say: Words) -> str:
    counts = {"effective": numbers.fixed(record.effective_draws, 0), "draws": numbers.fixed(record.n_draws, 0)}
    return say(f"views_by_{record.method}", outcome=say.name(record.outcome), **counts)


def _belief_row(belief: BeliefChange, say: Words) -> tuple[str, ...]:
    confidence, way = numbers.whole_percent(belief.confidence), _way(belief, say)
    if belief.against:
        asked = say({"==": "views_equal", ">=": "views_at_least", "<=": "views_at_most"}[belief.relation])
        form = _against(belief.form, belief.against, say)
        prior = _against(_value(belief.prior), _value(belief.asked), say)
        posterior = _against(_value(belief.posterior), _value(belief.asked_posterior), say)
    else:
        asked = {"==": "", ">=": "≥ ", "<=": "≤ "}[belief.relation] + _stated(belief.asked)
        form, prior, posterior = belief.form, _value(belief.prior), _value(belief.posterior)
    return (belief.text, form, confidence, prior, asked, posterior, way)


def _against(value: str, other: str, say: Words) -> str:
    return say("views_against", value=value, other=other)


def _value(value: float) -> str:
    """A value of a view; a difference that is nothing but rounding is 0."""
    return numbers.full(round(value, 9) + 0.0)  # -0.0 + 0.0 is 0.0


def _stated(value: float) -> str:
    """A number that somebody wrote: without zeros that they did not write."""
    whole, point, decimals = _value(value).partition(".")
    return f"{whole}{point}{decimals}".rstrip("0").rstrip(point) if point else whole


def _way(belief: BeliefChange, say: Words) -> str:
    """How far a belief came, or that it held from the beginning, though other views may have cost it that."""
    if belief.reached is not None:
        return numbers.whole_percent(belief.reached)
    return say("views_held" if belief.holds else "views_lost")


def _channel_row(name: str, change: ChannelChange, page: Page) -> tuple[str, ...]:
    estimates = (change.roi_prior, change.roi_posterior, change.mroi_prior, change.mroi_posterior)
    money = page.money(change.spend)
    if change.read_at > change.spend:
        money = page.say("views_read_at", money=money, read_at=page.money(change.read_at))
    return (name, money, *map(_estimate, estimates), _implied(change))


def _implied(change: ChannelChange) -> str:
    if change.implied is None:
        return numbers.MISSING
    return ("" if change.spend > 0.0 else "≤ ") + numbers.full(change.implied)


def _estimate(estimate: Estimate) -> str:
    """Mean and deviation with as many decimals as give the deviation two digits; nothing for what has no response."""
    if estimate.mean == estimate.std == 0.0:
        return numbers.MISSING
    digit = math.floor(math.log10(estimate.std)) if estimate.std > 0.0 else 0
    decimals = min(max(1 - digit, 0), _MOST_DECIMALS)
    return f"{numbers.fixed(estimate.mean, decimals)} ± {numbers.fixed(estimate.std, decimals)}"
