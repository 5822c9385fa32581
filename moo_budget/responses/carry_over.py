"""Carry-over: spend of one period that goes on working in the next ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from moo_budget._checks import FloatArray
from moo_budget.responses.parameters import Between, Parameter, Positive

# How many periods a unit of spend is followed, the one in which it is spent included.
LAGS = {"day": 14, "week": 8, "month": 4, "quarter": 2, "year": 1, "none": 1}


@dataclass(frozen=True)
class CarryOver:
    """Weights over lags that add up to one, so that a level spend has itself as its stock.

    Args:
        name: key in CARRY_OVERS.
        parameters: what the weights depend on.
        weights: (parameters (..., n_parameters), n_lags) -> (..., n_lags).
        gradient: the same -> (..., n_parameters, n_lags), derivative of the weights.
        source: where it comes from; for people.
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
    return np.empty((*parameters.shape[:-1], 0, n_lags))


def _geometric_weights(parameters: FloatArray, n_lags: int) -> FloatArray:
    powers = parameters[..., :1] ** np.arange(n_lags)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float64)


def _geometric_gradient(parameters: FloatArray, n_lags: int) -> FloatArray:
    lags = np.arange(n_lags)
    total = (parameters**lags).sum(axis=-1, keepdims=True)
    rates = lags * parameters ** np.maximum(lags - 1, 0)
    weights = _geometric_weights(parameters, n_lags)
    return np.asarray((rates - weights * rates.sum(axis=-1, keepdims=True)) / total)[..., None, :]


def _delayed_logs(parameters: FloatArray, n_lags: int) -> tuple[FloatArray, FloatArray]:
    retention, delay = parameters[..., :1], parameters[..., 1:]
    away = np.arange(n_lags) - delay
    gradient = np.stack(np.broadcast_arrays(away**2 / retention, -2.0 * away * np.log(retention)), axis=-2)
    return away**2 * np.log(retention), gradient


def _weibull_logs(parameters: FloatArray, n_lags: int) -> tuple[FloatArray, FloatArray]:
    shape, scale = parameters[..., :1], parameters[..., 1:]
    relative = (1.0 + np.arange(n_lags)) / scale
    power, log = relative**shape, np.log(relative)
    by_scale = (shape * power - (shape - 1.0)) / scale
    return (shape - 1.0) * log - power, np.stack(np.broadcast_arrays(log - power * log, by_scale), axis=-2)


def _from_logs(
    logs: Callable[[FloatArray, int], tuple[FloatArray, FloatArray]],
) -> dict[str, Callable[..., FloatArray]]:
    """Weights and their gradient, from logarithms up to a constant and the derivatives of these."""

    def weights(parameters: FloatArray, n_lags: int) -> FloatArray:
        return np.asarray(softmax(logs(parameters, n_lags)[0], axis=-1), dtype=np.float64)

    def gradient(parameters: FloatArray, n_lags: int) -> FloatArray:
        share, slopes = weights(parameters, n_lags), logs(parameters, n_lags)[1]
        return np.asarray(share[..., None, :] * (slopes - slopes @ share[..., None]), dtype=np.float64)

    return {"weights": weights, "gradient": gradient}


CARRY_OVERS: dict[str, CarryOver] = {
    carry_over.name: carry_over
    for carry_over in (
        CarryOver("none", (), _none_weights, _none_gradient, "spend works in its own period only"),
        CarryOver(
            "geometric",
            (Parameter("decay", Between(0.0, 0.9), centre=0.25, spread=1.0),),
            _geometric_weights,
            _geometric_gradient,
            "Broadbent 1979; Koyck 1954",
        ),
        CarryOver(
            "delayed",
            (
                Parameter("retention", Between(0.01, 0.9), centre=0.4, spread=1.0),
                Parameter("delay", Between(0.0, 5.0), centre=1.0, spread=1.0),
            ),
            **_from_logs(_delayed_logs),
            source="Jin, Wang, Sun, Chan and Koehler 2017: retention to the square of the periods from the peak",
        ),
        CarryOver(
            "weibull",
            (
                Parameter("shape", Between(0.5, 5.0), centre=1.5, spread=1.0),
                Parameter("scale", Positive(), centre=1.5, spread=0.7),
            ),
            **_from_logs(_weibull_logs),
            source="Weibull density at whole periods, the first at 1: Zhou, Choudhary and others 2024 (Robyn)",
        ),
    )
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
