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
        beliefs: a row a belief: text, what it is about, confidence, what the data said, what was asked, what holds now,
            how far it came.
        channel_columns: headings of `channels`.
        channels: a row a channel: today's money, ROI and marginal ROI before and with views, what today's mix implies.
        how_to_read: what the last column means, or why it is empty.
    """

    introduction: str
    beliefs: tuple[tuple[str, ...], ...]
    channel_columns: tuple[str, ...]
    channels: tuple[tuple[str, ...], ...]
    how_to_read: str


def team_views(page: Page) -> TeamViews | None:
    """The section on views; None for a result without any."""
    record, say = page.result.views, page.say
    if record is None:
        return None
    unit = unit_of(page.result.problem, record.outcome) or say.name(record.outcome)
    keys = ("channel", "views_money", "views_roi_before", "views_roi_with", "views_mroi_before", "views_mroi_with")
    per_money = say("per", unit=unit, per=page.currency)
    columns = tuple(say(key, currency=page.currency, unit=per_money) for key in (*keys, "views_implied"))
    how_to_read = say("views_not_implied", reason=record.not_implied) if record.not_implied else say("views_how")
    return TeamViews(
        _introduction(record, say),
        tuple(_belief_row(belief, say) for belief in record.beliefs),
        columns,
        tuple(_channel_row(name, change, page) for name, change in record.channels.items()),
        how_to_read,
    )


def _introduction(record: ViewsRecord, say: Words) -> str:
    counts = {"effective": numbers.fixed(record.effective_draws, 0), "draws": numbers.fixed(record.n_draws, 0)}
    return say(f"views_by_{record.method}", outcome=say.name(record.outcome), **counts)


def _belief_row(belief: BeliefChange, say: Words) -> tuple[str, ...]:
    sign = {"==": "", ">=": "≥ ", "<=": "≤ "}[belief.relation]
    values = (_value(belief.prior), sign + _value(belief.asked), _value(belief.posterior))
    return (belief.text, belief.form, numbers.whole_percent(belief.confidence), *values, _way(belief, say))


def _value(value: float) -> str:
    """A value of a view; a difference that is nothing but rounding is 0."""
    return numbers.full(round(value, 9))


def _way(belief: BeliefChange, say: Words) -> str:
    """How far a belief came, or that it held from the beginning, though other views may have cost it that."""
    if belief.reached is not None:
        return numbers.whole_percent(belief.reached)
    return say("views_held" if belief.holds else "views_lost")


def _channel_row(name: str, change: ChannelChange, page: Page) -> tuple[str, ...]:
    estimates = (change.roi_prior, change.roi_posterior, change.mroi_prior, change.mroi_posterior)
    return (name, page.money(change.spend), *map(_estimate, estimates), _implied(change))


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
