"""What views changed, from returns before and after, as a record and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from moo_budget._checks import FloatArray, amount_text
from moo_budget.errors import Message, listed
from moo_budget.risk import weighted_percentile
from moo_budget.views.beliefs import View
from moo_budget.views.record import BeliefChange, ChannelChange, Estimate, ViewsRecord
from moo_budget.views.returns import Returns
from moo_budget.views.rows import Rows

# Under either, tails rest on so few draws that more should be learned rather than the tail be believed.
_FEW_DRAWS, _FEW_OF_ALL = 50.0, 0.1
_FAR = 3.0  # standard deviations of the prior: data and view speak of different things
_MUCH_AT_ZERO = 0.01  # of the probability
_SETTLED = 1e-7  # of a probability, to which pooling holds one


def belief_changes(rows: Rows, before: Returns, after: Returns) -> list[BeliefChange]:
    """What each belief asked for, and what came of it."""
    columns = (rows.views, rows.words(), rows.asked.tolist(), _values(rows, before), _values(rows, after))
    return [_belief_change(*each) for each in zip(*columns, strict=True)]


def _belief_change(view: View, form: str, asked: float, prior: float, posterior: float) -> BeliefChange:
    held = (view.relation == ">=" and prior >= asked) or (view.relation == "<=" and prior <= asked)
    reached = None if held or prior == asked else (posterior - prior) / (asked - prior)
    if view.probability is not None:
        form = f"quantile({form}, {100.0 * view.probability:.3g}%)"
    return BeliefChange(view.text, form, view.relation, asked, view.confidence, prior, posterior, reached)


def _values(rows: Rows, returns: Returns) -> list[float]:
    forms = rows.forms(returns)
    return [_value(view, form, returns.weights) for view, form in zip(rows.views, forms, strict=True)]


def _value(view: View, form: FloatArray, weights: FloatArray) -> float:
    """The expected value of a view's form (n_draws,), or the quantile that it is about."""
    if view.probability is None:
        return float(form @ weights)
    # Of the values that are a quantile of the draws the highest: pooling leaves exactly the probability below it.
    return float(weighted_percentile(form[None], weights, view.probability + _SETTLED)[0])


def channel_changes(
    before: Returns, after: Returns, at_zero: FloatArray, implied: Mapping[str, float], periods: int
) -> dict[str, ChannelChange]:
    """What each channel returns at today's money, before the views and with them."""
    return {
        name: ChannelChange(
            spend=periods * float(before.spend[c]),
            roi_prior=_estimate(before.roi[c], before.weights),
            roi_posterior=_estimate(after.roi[c], after.weights),
            mroi_prior=_estimate(before.marginal[c], before.weights),
            mroi_posterior=_estimate(after.marginal[c], after.weights),
            implied=implied.get(name),
            at_zero=float(at_zero[c]),
        )
        for c, name in enumerate(before.channels)
    }


def _estimate(draws: FloatArray, weights: FloatArray) -> Estimate:
    mean = float(draws @ weights)
    return Estimate(mean, float(np.sqrt((draws - mean) ** 2 @ weights)))


def messages(record: ViewsRecord, rows: Rows, before: Returns) -> Iterator[Message]:
    """What a person should know of what views changed."""
    yield _what_came_of_it(record, rows)
    yield from _far_from_data(record, rows, before)
    yield from _stopped_at_zero(record)
    yield from _ceilings(record)
    yield from _few_draws(record)


def _what_came_of_it(record: ViewsRecord, rows: Rows) -> Message:
    spent = [f"{name} {amount_text(record.channels[name].spend)}" for name in rows.spoken_of()]
    beliefs = [
        f"`{belief.text}`: {belief.form} was {_short(belief.prior)}, asked {belief.relation} {_short(belief.asked)}, "
        f"now {_short(belief.posterior)}"
        for belief in record.beliefs
    ]
    method = record.method.replace("_", " ")
    text = f"views on {record.outcome} at today's money ({listed(spent)}), by {method}: {'; '.join(beliefs)}."
    return Message("views.taken-in", text)


def _short(value: float) -> str:
    """A value of a view; a difference that is nothing but rounding is 0."""
    return f"{round(value, 9):.3g}"


def _far_from_data(record: ViewsRecord, rows: Rows, before: Returns) -> Iterator[Message]:
    """Expected values that are asked for where the data hardly see them."""
    forms = rows.forms(before)
    for view, belief, form in zip(rows.views, record.beliefs, forms, strict=True):
        learned = _estimate(form, before.weights)
        gap = abs(belief.asked - learned.mean)
        if view.probability is None and belief.reached is not None and gap > _FAR * learned.std > 0.0:
            text = (
                f"view `{belief.text}` asks for {_short(belief.asked)} where the data say {_short(belief.prior)}, "
                f"{gap / learned.std:.1f} standard deviations away; look for what the two count differently."
            )
            yield Message("views.far-from-data", text)


def _stopped_at_zero(record: ViewsRecord) -> Iterator[Message]:
    cut = {name: change.at_zero for name, change in record.channels.items() if change.at_zero > _MUCH_AT_ZERO}
    if cut:
        shares = listed([f"{name} ({share:.0%})" for name, share in cut.items()])
        text = (
            f"views would make the return of {shares} negative under that share of the draws; it stops at zero there, "
            "so the mean is a little above what the views and the data say together."
        )
        yield Message("views.at-zero", text)


def _ceilings(record: ViewsRecord) -> Iterator[Message]:
    unbought = [name for name, change in record.channels.items() if change.implied is not None and change.spend == 0.0]
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
