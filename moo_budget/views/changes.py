"""What views changed, from returns before and after, as a record and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from moo_budget._checks import FloatArray, amount_text
from moo_budget.errors import Message, listed
from moo_budget.expressions import Relation
from moo_budget.risk import weighted_percentile
from moo_budget.tables import ResponseTables
from moo_budget.views.beliefs import IMPLIED, View
from moo_budget.views.moved import Stop
from moo_budget.views.record import BeliefChange, ChannelChange, Estimate, PlanChange, ViewsRecord
from moo_budget.views.returns import Returns
from moo_budget.views.rows import Rows, Side

# Under either, tails rest on so few draws that more should be learned rather than the tail be believed.
_FEW_DRAWS, _FEW_OF_ALL = 50.0, 0.1
_FAR = 3.0  # standard deviations of the prior: data and view speak of different things
_MUCH_AT_ZERO = 0.01  # of the probability
_SETTLED = 1e-7  # of a probability, to which pooling holds one
_METHODS = {"black_litterman": "after Black and Litterman", "entropy_pooling": "by entropy pooling"}


def belief_changes(rows: Rows, before: Returns, after: Returns) -> list[BeliefChange]:
    """What each belief asked for, and what came of it."""
    words, others = rows.left.words(), rows.right.words()
    is_number = ~rows.right.has_returns
    prior, posterior = (_values(rows, rows.left, returns) for returns in (before, after))
    asked, asked_posterior = ((rows.right.values(returns) @ returns.weights).tolist() for returns in (before, after))
    return [
        BeliefChange(
            text=view.text,
            form=words[k] if view.probability is None else f"quantile({words[k]}, {100.0 * view.probability:.3g}%)",
            relation=view.relation,
            against="" if is_number[k] else others[k],
            confidence=view.confidence,
            prior=prior[k],
            asked=asked[k],
            posterior=posterior[k],
            asked_posterior=asked_posterior[k],
            reached=_reached(view.relation, prior[k] - asked[k], posterior[k] - asked_posterior[k]),
        )
        for k, view in enumerate(rows.views)
    ]


def _reached(relation: Relation, gap: float, left: float) -> float | None:
    """The share of a gap that is closed; None where nothing had to be."""
    held = gap == 0.0 or (relation == ">=" and gap > 0.0) or (relation == "<=" and gap < 0.0)
    return None if held else 1.0 - left / gap


def _values(rows: Rows, side: Side, returns: Returns) -> list[float]:
    values = side.values(returns)
    return [_value(view, value, returns.weights) for view, value in zip(rows.views, values, strict=True)]


def _value(view: View, form: FloatArray, weights: FloatArray) -> float:
    """The expected value of a view's form (n_draws,), or the quantile that it is about."""
    if view.probability is None:
        return float(form @ weights)
    # Of the values that are a quantile of the draws the highest: pooling leaves exactly the probability below it.
    return float(weighted_percentile(form[None], weights, view.probability + _SETTLED)[0])


def channel_changes(
    before: Returns, after: Returns, stops: Mapping[str, Stop], implied: Mapping[str, float], periods: int
) -> dict[str, ChannelChange]:
    """What each channel returns at today's money, before the views and with them."""
    return {
        name: ChannelChange(
            spend=periods * float(before.spend[c]),
            read_at=periods * float(before.read_at[c]),
            roi_prior=_estimate(before.roi[c], before.weights),
            roi_posterior=_estimate(after.roi[c], after.weights),
            mroi_prior=_estimate(before.marginal[c], before.weights),
            mroi_posterior=_estimate(after.marginal[c], after.weights),
            implied=implied.get(name) if before.brings_anything[c] else None,
            at_zero=stops[name].share if name in stops else 0.0,
        )
        for c, name in enumerate(before.channels)
    }


def plan_changes(
    outcome: str, without: ResponseTables, tables: ResponseTables, plans: Mapping[str, FloatArray], periods: int
) -> dict[str, PlanChange]:
    """What plans bring by the data alone and with the views.

    Args:
        outcome: that the views are about.
        without: tables before the views.
        tables: the same with them.
        plans: id -> (n_channels,), currency for the whole plan, within the tables.
        periods: of the plan.
    """
    spend = np.array(list(plans.values())) / periods
    prior, posterior = (periods * each.expected(outcome, spend).sum(axis=1) for each in (without, tables))
    return {id: PlanChange(*both) for id, *both in zip(plans, prior.tolist(), posterior.tolist(), strict=True)}


def _estimate(draws: FloatArray, weights: FloatArray) -> Estimate:
    mean = float(draws @ weights)
    return Estimate(mean, float(np.sqrt((draws - mean) ** 2 @ weights)))


def messages(record: ViewsRecord, rows: Rows, before: Returns, stops: Mapping[str, Stop]) -> Iterator[Message]:
    """What a person should know of what views changed."""
    yield _what_came_of_it(record, rows)
    yield from _far_from_data(record, rows, before)
    yield from _stopped_at_zero(stops)
    yield from _ceilings(record, rows)
    yield from _few_draws(record)


def _what_came_of_it(record: ViewsRecord, rows: Rows) -> Message:
    money = listed([_money(name, record.channels[name]) for name in rows.spoken_of()])
    beliefs = "; ".join(map(_belief_in_words, record.beliefs))
    text = f"views on {record.outcome} at today's money ({money}), {_METHODS[record.method]}: {beliefs}."
    return Message("views.taken-in", text)


def _money(name: str, change: ChannelChange) -> str:
    """Today's money of a channel, and where nothing is spent the money at which its returns are read."""
    if change.spend > 0.0:
        return f"{name} {amount_text(change.spend)}"
    return f"{name} nothing, read at {amount_text(change.read_at)}" if change.read_at > 0.0 else f"{name} nothing"


def _belief_in_words(belief: BeliefChange) -> str:
    if belief.against:
        return (
            f"`{belief.text}`: {belief.form} was {_short(belief.prior)} against {_short(belief.asked)}, "
            f"now {_short(belief.posterior)} against {_short(belief.asked_posterior)}"
        )
    return (
        f"`{belief.text}`: {belief.form} was {_short(belief.prior)}, asked {belief.relation} {_short(belief.asked)}, "
        f"now {_short(belief.posterior)}"
    )


def _short(value: float) -> str:
    """A value of a view; a difference that is nothing but rounding is 0."""
    return f"{round(value, 9) + 0.0:.3g}"  # -0.0 + 0.0 is 0.0


def _far_from_data(record: ViewsRecord, rows: Rows, before: Returns) -> Iterator[Message]:
    """Expected values that are asked for where the data hardly see them."""
    forms = rows.forms(before)
    for view, belief, form in zip(rows.views, record.beliefs, forms, strict=True):
        spread = _estimate(form, before.weights).std
        gap = abs(belief.asked - belief.prior)
        if view.probability is None and belief.reached is not None and gap > _FAR * spread > 0.0:
            asked, said = _short(belief.asked), _short(belief.prior)
            apart = f"asks for {asked} where the data say {said}"
            if belief.against:
                apart = f"compares what the data say is {said} with what they say is {asked}"
            text = (
                f"view `{belief.text}` {apart}, {gap / spread:.1f} standard deviations away; look for what the two "
                "count differently."
            )
            yield Message("views.far-from-data", text)


def _stopped_at_zero(stops: Mapping[str, Stop]) -> Iterator[Message]:
    for name, stop in stops.items():
        if stop.share > _MUCH_AT_ZERO:
            text = (
                f"views would make the return of {name} negative under {stop.share:.0%} of the draws; it stops at zero "
                f"there, so {_short(stop.got)} is expected where the views and the data together say "
                f"{_short(stop.wanted)}."
            )
            yield Message("views.at-zero", text)


def _ceilings(record: ViewsRecord, rows: Rows) -> Iterator[Message]:
    """Beliefs that lean on what today's mix implies of channels that it leaves out."""
    leant_on = dict.fromkeys(part.name for view in rows.views for part in view.spoken if part.function == IMPLIED)
    unbought = [name for name in leant_on if name in record.channels and record.channels[name].spend == 0.0]
    if unbought:
        text = (
            f"nothing is spent today on {listed(unbought)}, so what today's mix implies of them is a ceiling: any "
            "lower belief explains the mix as well."
        )
        yield Message("views.reference-zeros", text)


def _few_draws(record: ViewsRecord) -> Iterator[Message]:
    few = max(_FEW_DRAWS, _FEW_OF_ALL * record.n_draws)
    if record.method == "entropy_pooling" and record.effective_draws < few:
        text = (
            f"the views leave {record.effective_draws:.0f} effective draws of {record.n_draws}: rather learn with more "
            "[fit] draws than believe the tails."
        )
        yield Message("views.few-draws", text)
