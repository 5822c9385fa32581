"""The order in which a history is learned: channels by their money, so that neither names nor places say anything.

Controls, organic channels, events and holidays are sorted by what they hold. Sums in floating point hang on their
order, and draws on the order of a factor's rows. In one order for all a history whose columns stand elsewhere, or are
called otherwise, is learned as before to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.responses.experiments import LiftTest
from moo_budget.responses.records import OutcomeResponse, Responses

if TYPE_CHECKING:
    from moo_budget.history import History


def by_money(history: History) -> History:
    """The same history, the channel with most money first, of equal ones the name decides; all else by its values."""
    money = history.spend.sum(axis=0)
    order = sorted(range(len(money)), key=lambda c: (-money[c], history.channels[c]))

    def columns(values: FloatArray) -> FloatArray:
        return np.ascontiguousarray(values[:, order])

    outcomes = tuple(
        replace(series, values=columns(series.values), trials=None if series.trials is None else columns(series.trials))
        if series.per_channel
        else series
        for series in history.outcomes
    )
    channels = tuple(history.channels[c] for c in order)
    controls = _by_values(dict(zip(history.control_names, history.controls.T, strict=True)))
    return replace(
        history,
        channels=channels,
        spend=columns(history.spend),
        outcomes=outcomes,
        controls=np.reshape([*controls.values()], (-1, history.n_periods)).T,
        control_names=tuple(controls),
        organic=_by_values(history.organic),
        events=_by_values(history.events),
        holidays=_by_values(history.holidays),
    )


def _by_values(series: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    return dict(sorted(series.items(), key=lambda item: (item[1].tolist(), item[0])))


def tests_in_order(tests: Sequence[LiftTest], channels: Sequence[str]) -> tuple[LiftTest, ...]:
    """Lift tests by outcome, channels in this order, and time, in whatever rows they stood."""
    place = {name: c for c, name in enumerate(channels)}

    def key(test: LiftTest) -> tuple[Any, ...]:
        return test.outcome, sorted(place[name] for name in test.channels), test.start, test.end, test.spend_change

    return tuple(sorted(tests, key=key))


def restored(responses: Responses, channels: Sequence[str]) -> Responses:
    """What was learned, with the channels in this order."""
    order = [responses.channels.index(name) for name in channels]
    return replace(
        responses,
        channels=tuple(channels),
        outcomes=tuple(_restored(outcome, order, channels) for outcome in responses.outcomes),
        observed_max=responses.observed_max[order],
    )


def _restored(outcome: OutcomeResponse, order: list[int], channels: Sequence[str]) -> OutcomeResponse:
    return replace(
        outcome,
        curves=tuple(outcome.curves[place] for place in order),
        carry_over=outcome.carry_over[order],
        carry_in=outcome.carry_in[order],
        noise_covariance=outcome.noise_covariance[np.ix_(order, order)],
        quality={key: _by_channel(value, channels) for key, value in outcome.quality.items()},
    )


def _by_channel(value: Any, channels: Sequence[str]) -> Any:
    """Figures by channel in the order of the channels; anything else as it is."""
    if isinstance(value, dict) and value.keys() <= set(channels):
        return {name: value[name] for name in channels if name in value}
    return value
