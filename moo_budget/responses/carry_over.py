"""Carry-over: spend of one period that goes on working in the next ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.responses.parameters import Between, Parameter

# How many periods a unit of spend is followed, the one in which it is spent included.
LAGS = {"day": 14, "week": 8, "month": 4, "quarter": 2, "year": 1, "none": 1}


@dataclass(frozen=True)
class CarryOver:
    """Weights over lags that add up to one, so that a level spend has itself as its stock.

    Args:
        name: key in CARRY_OVERS.
        parameters: what the weights depend on.
        weights: (parameters (..., n_parameters), n_lags) -> (..., n_lags).
        gradient: (parameters (n_parameters,), n_lags) -> (n_parameters, n_lags), derivative of the weights.
        source: where it comes from.
    """

    name: str
    parameters: tuple[Parameter, ...]
    weights: Callable[[FloatArray, int], FloatArray]
    gradient: Callable[[FloatArray, int], FloatArray]
    source: str


def _none_weights(parameters: FloatArray, n_lags: int) -> FloatArray:
    weights = np.zeros((*parameters.shape[:-1], n_lags))
    weights[..., 0] = 1.0
    return weights


def _none_gradient(parameters: FloatArray, n_lags: int) -> FloatArray:
    return np.empty((0, n_lags))


def _geometric_weights(parameters: FloatArray, n_lags: int) -> FloatArray:
    powers = parameters[..., :1] ** np.arange(n_lags)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float64)


def _geometric_gradient(parameters: FloatArray, n_lags: int) -> FloatArray:
    lags = np.arange(n_lags)
    total = (parameters**lags).sum()
    rates = lags * parameters ** np.maximum(lags - 1, 0)
    return np.atleast_2d((rates - _geometric_weights(parameters, n_lags) * rates.sum()) / total)


CARRY_OVERS: dict[str, CarryOver] = {
    "none": CarryOver("none", (), _none_weights, _none_gradient, "spend works in its own period only"),
    "geometric": CarryOver(
        "geometric",
        (Parameter("decay", Between(0.0, 0.9), centre=0.25, spread=1.0),),
        _geometric_weights,
        _geometric_gradient,
        "Broadbent 1979; Koyck 1954",
    ),
}


def lagged(spend: FloatArray, n_lags: int) -> FloatArray:
    """Spend of each period and of the ones before it: (n_periods,) -> (n_periods, n_lags), own period first.

    Before the first row the channel is taken to have spent as in the first row: a history that starts with a running
    channel would otherwise look like a launch.
    """
    padded = np.concatenate([np.full(n_lags - 1, spend[0]), spend])
    return np.lib.stride_tricks.sliding_window_view(padded, n_lags)[:, ::-1]


def carry_in(spend: FloatArray, weights: FloatArray) -> FloatArray:
    """Stock that past spend still puts into the first periods after the history.

    Args:
        spend: (n_periods,), currency per period.
        weights: (n_draws, n_lags).

    Returns:
        (n_draws, n_lags), currency, for plan period 0, 1, ...; the last is zero.
    """
    n_lags = weights.shape[1]
    latest = lagged(spend, n_lags)[-1]
    stock = np.zeros_like(weights)
    for period in range(n_lags - 1):
        stock[:, period] = weights[:, period + 1 :] @ latest[: n_lags - 1 - period]
    return stock
