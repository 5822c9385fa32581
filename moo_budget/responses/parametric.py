"""One saturating curve per channel, for outcomes that are measured channel by channel.

Without spend a channel brings nothing, so there is no baseline, and its noise is proportional to what it brings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.errors import Message, ModelError, listed
from moo_budget.responses import messages
from moo_budget.responses.additive import (
    AdditiveFit,
    AdditiveRegression,
    ChannelResponse,
    fit_additive,
    no_baseline,
    unfitted,
)
from moo_budget.responses.quality import (
    NOT_FITTED,
    NOT_SCORED,
    Split,
    forecast_quality,
    in_sample_quality,
    split_of,
)
from moo_budget.responses.settings import FEWEST_ACTIVE, FitSettings, LearnedOutcome, is_thin, typical_spend

if TYPE_CHECKING:
    from moo_budget.history import History, OutcomeSeries

# Below this share of its typical effect a channel's noise is level, and its periods say nothing about the curve.
NOISE_FLOOR = 0.05


@dataclass(frozen=True, eq=False)
class _ChannelFit:
    """What became of one channel.

    Args:
        observed: (n_periods,), outcome; NaN where the channel hardly ran.
        fit: None: the channel has no effect.
        forecast: by a fit that has not seen the held-out periods; None: there was too little to see or to hold out.
    """

    observed: FloatArray
    fit: AdditiveFit | None = None
    forecast: AdditiveFit | None = None


def fit_parametric(history: History, outcome: OutcomeSeries, settings: FitSettings) -> LearnedOutcome:
    """Learn each channel's response from its own spend and outcome.

    Raises:
        ModelError: the outcome is measured in total and there are several channels.
    """
    if not outcome.per_channel and len(history.channels) > 1:
        raise ModelError(
            f"outcome `{outcome.name}` is measured in total; `parametric` learns outcomes measured channel by channel. "
            "Use `media_mix`.",
            code="fit.model",
        )
    split = split_of(history)
    fits = _fit_channels(history, outcome, split, settings)
    quality = _quality(fits, split)
    said = [message for name, fit in fits.items() for message in _said(outcome, name, fit)]
    far = {name: fit.fit.posterior.outliers for name, fit in fits.items() if fit.fit}
    return LearnedOutcome(
        channels=tuple(_response(fit, settings, outcome.name, name) for name, fit in fits.items()),
        residuals=np.column_stack([_noise_residuals(fit) for fit in fits.values()]),
        quality=quality,
        messages=(
            *said,
            *_untested(outcome.name, fits),
            *messages.outliers(outcome.name, far, history),
            *messages.worse_than_naive(outcome.name, quality),
        ),
    )


def _fit_channels(
    history: History, outcome: OutcomeSeries, split: Split, settings: FitSettings
) -> dict[str, _ChannelFit]:
    """Every channel's fit, by name."""
    values = outcome.values.reshape(history.n_periods, -1)
    measured = np.array([channel in outcome.measured for channel in history.channels])
    units = measured * _typical_outcomes(history, values, np.ones_like(split.held_out))
    seen_units = measured * _typical_outcomes(history, values, ~split.held_out)
    baseline = no_baseline(history.n_periods)
    by_curve = [settings.terms(history, curve, np.ones_like(units)) for curve in settings.curves]
    fits = {}
    for c, channel in enumerate(history.channels):
        candidates = [AdditiveRegression(baseline, (terms[c],), relative_above=NOISE_FLOOR) for terms in by_curve]
        fits[channel] = _fit_channel(candidates, values[:, c], units[c], seen_units[c], split)
    return fits


def _typical_outcomes(history: History, values: FloatArray, rows: BoolArray) -> FloatArray:
    """Roughly what each channel brings at its typical spend, by these rows, (n_channels,).

    The others' return stands in where a channel never ran.
    """
    spend, scales = history.spend[rows], typical_spend(history)
    own = np.array([_typical_outcome(*column) for column in zip(spend.T, values[rows].T, scales, strict=True)])
    returns = (own / scales)[own > 0.0]
    others = scales * np.median(returns) if len(returns) else np.zeros_like(scales)
    return np.where((spend > 0.0).any(axis=0), own, others)


def _typical_outcome(spend: FloatArray, observed: FloatArray, scale: float) -> float:
    """From medians, which wild counts do not move; 0 for a channel that never ran or never brought anything."""
    active = spend > 0.0
    if not active.any():
        return 0.0
    middle = float(np.median(observed[active])) / float(np.median(spend[active])) * scale
    return middle if middle > 0.0 else max(float(observed[active].mean()), 0.0)


def _fit_channel(
    candidates: Sequence[AdditiveRegression], observed: FloatArray, unit: float, seen_unit: float, split: Split
) -> _ChannelFit:
    if unit == 0.0:
        return _ChannelFit(observed)
    if is_thin(candidates[0].terms[0].spend):
        return _ChannelFit(np.full_like(observed, np.nan), unfitted(candidates[0], len(observed), unit))
    expected_before, _ = candidates[0].predict(candidates[0].prior.mean)
    observed = np.where(expected_before > NOISE_FLOOR, observed, np.nan)
    ran = np.isfinite(observed)
    scored = (ran & ~split.held_out).sum() >= FEWEST_ACTIVE and (ran & split.held_out).any() and seen_unit > 0.0
    return _ChannelFit(
        observed,
        _likeliest(candidates, observed, unit, split),
        _likeliest(candidates, split.seen(observed), seen_unit, split) if scored else None,
    )


def _likeliest(
    candidates: Sequence[AdditiveRegression], observed: FloatArray, unit: float, split: Split
) -> AdditiveFit:
    """The candidate with the highest evidence in what is observed; the first one in a tie."""
    fits = [fit_additive(regression, observed, unit, ordered=split.ordered) for regression in candidates]
    return max(fits, key=lambda fit: (not fit.fault, fit.posterior.log_evidence))


def _response(fit: _ChannelFit, settings: FitSettings, outcome: str, channel: str) -> ChannelResponse:
    if fit.fit is None:
        return settings.no_response()
    return fit.fit.responses(settings.n_draws, settings.rng(outcome, channel))[0]


def _noise_residuals(fit: _ChannelFit) -> FloatArray:
    """Relative residuals, (n_periods,); NaN where the channel hardly ran."""
    return np.full_like(fit.observed, np.nan) if fit.fit is None else fit.fit.relative_residuals


def _quality(fits: dict[str, _ChannelFit], split: Split) -> dict[str, Any]:
    """Of all channels' sum, and of each channel."""
    channels = {name: _channel_quality(fit, split) for name, fit in fits.items()}
    fitted = [quality for quality in channels.values() if "curve" in quality]
    return {
        "model": "parametric",
        "status": _named(channels.values(), "status"),
        "curve": _named(fitted, "curve"),
        "carry_over": _named(fitted, "carry_over"),
        "outliers": sum(quality["outliers"] for quality in fitted),
        **_sum_quality([fit for fit in fits.values() if fit.forecast], split),
        "channels": channels,
    }


def _named(qualities: Iterable[dict[str, Any]], key: str) -> str:
    return ", ".join(sorted({quality[key] for quality in qualities}))


def _sum_quality(fits: Sequence[_ChannelFit], split: Split) -> dict[str, Any]:
    """Of the sum of all channels with a forecast; where a channel hardly ran, neither side of it counts."""
    if not fits:
        return NOT_SCORED | NOT_FITTED
    ran = np.array([np.isfinite(fit.observed) for fit in fits])
    observed = np.where(ran, [fit.observed for fit in fits], 0.0).sum(axis=0)
    forecasts = np.array([fit.forecast.expected for fit in fits if fit.forecast])
    expected = np.array([fit.fit.expected for fit in fits if fit.fit])
    return {
        **forecast_quality(observed, np.where(ran, forecasts, 0.0).sum(axis=0), split),
        **in_sample_quality(observed, np.where(ran, expected, 0.0).sum(axis=0)),
    }


def _channel_quality(fit: _ChannelFit, split: Split) -> dict[str, Any]:
    if fit.fit is None:
        return {"status": "no effect"}
    ran = np.isfinite(fit.observed)
    observed, expected = fit.observed[ran], fit.fit.expected[ran]
    scores = forecast_quality(observed, fit.forecast.expected[ran], split.of(ran)) if fit.forecast else NOT_SCORED
    return {**fit.fit.summary(), "periods": len(observed), **scores, **in_sample_quality(observed, expected)}


def _said(outcome: OutcomeSeries, channel: str, fit: _ChannelFit) -> list[Message]:
    """What a person should know of one channel; the history says where nothing was measured."""
    where = f"{outcome.name} of `{channel}`"
    if fit.fit:
        return [*messages.failed(where, fit.fit.fault), *messages.not_settled(where, fit.fit.posterior)]
    if channel not in outcome.measured:
        return []
    seen = "is not above zero in the middle or on average" if fit.observed.any() else "is zero throughout"
    return [Message("fit.no-effect", f"{where} {seen}; the channel is taken to have no effect on it.")]


def _untested(outcome: str, fits: dict[str, _ChannelFit]) -> list[Message]:
    names = [name for name, fit in fits.items() if fit.fit and not fit.forecast and np.isfinite(fit.observed).any()]
    return [messages.not_scored(f"{outcome} of {listed(names)}")] if names else []
