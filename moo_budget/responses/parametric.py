"""One saturating curve per channel, for outcomes that are measured channel by channel.

Without spend a channel brings nothing, so there is no baseline, and its noise is proportional to what it brings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.errors import Message, ModelError, listed
from moo_budget.responses import messages
from moo_budget.responses.additive import AdditiveRegression, no_baseline
from moo_budget.responses.averaging import averaged
from moo_budget.responses.channel_fits import NOISE_FLOOR, ChannelFit, channel_quality, fit_channel
from moo_budget.responses.channel_term import ChannelResponse
from moo_budget.responses.contradictions import contradictions
from moo_budget.responses.forecasts import forecast_of_sum
from moo_budget.responses.quality import (
    Forecast,
    Split,
    folds_of,
    held_out_quality,
    in_sample_quality_of_sum,
)
from moo_budget.responses.settings import FitSettings, LearnedOutcome, typical_spend

if TYPE_CHECKING:
    from moo_budget.history import History, OutcomeSeries

# Of a period's information, what is believed, as in `media_mix`: with all of it, intervals hold in 85 to 88 %.
TRUST = 0.75


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
    folds = folds_of(history)
    fits = fit_channels(history, outcome, folds, settings)
    quality = _quality(fits, folds, settings.rng(outcome.name, of="forecasts"))
    said = [message for name, fit in fits.items() for message in said_of(outcome, name, fit)]
    far = {name: fit.fit.posterior.outliers for name, fit in fits.items() if fit.fit}
    residuals = {name: _noise_residuals(fit) for name, fit in fits.items()}
    untested = [name for name, fit in fits.items() if fit.fit and not fit.held_out and fit.ran.any()]
    return LearnedOutcome(
        channels=tuple(response_of(fit, settings, outcome.name, name) for name, fit in fits.items()),
        residuals=np.column_stack([*residuals.values()]),
        quality=quality,
        messages=(
            *said,
            *_contradicted(history, outcome.name, fits, settings),
            *messages.untested(outcome.name, untested),
            *messages.after_fit(outcome.name, far, residuals, quality, history),
        ),
    )


def forecast(history: History, outcome: OutcomeSeries, fold: Split, settings: FitSettings) -> Forecast | None:
    """Of the sum of all channels, by fits that have seen only the fold's part; None: too little happens there."""
    tested = [fit for fit in fit_channels(history, outcome, (fold,), settings).values() if fit.held_out]
    return _forecast_of_sum(tested, 0, fold, settings.rng(outcome.name, of="forecasts")) if tested else None


def fit_channels(
    history: History, outcome: OutcomeSeries, folds: Sequence[Split], settings: FitSettings
) -> dict[str, ChannelFit]:
    """Every channel's fit, by name."""
    values = outcome.values.reshape(history.n_periods, -1)
    measured = np.array([channel in outcome.measured for channel in history.channels])
    lifts = [settings.lifts(history, outcome.name, (channel,)) for channel in history.channels]
    by_periods = measured * _typical_outcomes(history, values, np.ones(history.n_periods, dtype=np.bool_))
    by_tests = typical_spend(history) * [0.0 if tests is None else tests.typical_return for tests in lifts]
    units = np.where(by_periods > 0.0, by_periods, by_tests)
    seen_units = np.array([measured * _typical_outcomes(history, values, fold.seen_rows) for fold in folds])
    baseline = no_baseline(history.n_periods)
    by_curve = [settings.terms(history, outcome.name, curve, np.ones_like(units), units) for curve in settings.curves]
    fits = {}
    for c, channel in enumerate(history.channels):
        candidates = [
            AdditiveRegression(baseline, (terms[c],), relative_above=NOISE_FLOOR, lifts=lifts[c], trust=TRUST)
            for terms in by_curve
        ]
        rng = settings.rng(outcome.name, channel, of="forecasts")
        fits[channel] = fit_channel(candidates, values[:, c], units[c], seen_units[:, c], folds, rng)
        settings.learning(outcome.name, len(fits), len(history.channels))
    return fits


def _typical_outcomes(history: History, values: FloatArray, rows: BoolArray) -> FloatArray:
    """Roughly what each channel brings at its typical spend, by these rows, (n_channels,).

    The others' return stands in where a channel never ran. Typical spend is that of all rows, whatever `rows` are: what
    will be spent is known beforehand.
    """
    spend, scales = history.spend[rows], typical_spend(history)
    own = np.array([typical_outcome(*column) for column in zip(spend.T, values[rows].T, scales, strict=True)])
    returns = (own / scales)[own > 0.0]
    others = scales * np.median(returns) if len(returns) else np.zeros_like(scales)
    return np.where((spend > 0.0).any(axis=0), own, others)


def typical_outcome(spend: FloatArray, observed: FloatArray, scale: float) -> float:
    """What a channel brings at spend `scale`, from (n_periods,) of spend and outcome.

    From medians, which wild counts do not move; 0 for a channel that never ran or never brought anything.
    """
    active = spend > 0.0
    if not active.any():
        return 0.0
    middle = float(np.median(observed[active])) / float(np.median(spend[active])) * scale
    return middle if middle > 0.0 else max(float(observed[active].mean()), 0.0)


def response_of(fit: ChannelFit, settings: FitSettings, outcome: str, channel: str) -> ChannelResponse:
    """The channel's part of an outcome, with draws."""
    if fit.choice is None:
        return settings.no_response()
    return averaged(fit.candidates, fit.choice.weights, settings.n_draws, settings.rng(outcome, channel))


def _noise_residuals(fit: ChannelFit) -> FloatArray:
    """Relative residuals, (n_periods,); NaN where the channel hardly ran."""
    return np.full_like(fit.observed, np.nan) if fit.fit is None else fit.fit.relative_residuals


def _quality(fits: dict[str, ChannelFit], folds: Sequence[Split], rng: np.random.Generator) -> dict[str, Any]:
    """Of all channels' sum, and of each channel."""
    channels = {name: channel_quality(fit) for name, fit in fits.items()}
    fitted = [quality for quality in channels.values() if "curve" in quality]
    tested = [fit for fit in fits.values() if fit.held_out]
    return {
        "model": "parametric",
        "status": named(channels.values(), "status"),
        "curve": named(fitted, "curve"),
        "carry_over": named(fitted, "carry_over"),
        "outliers": sum(quality["outliers"] for quality in fitted),
        "candidates": _all_candidates(tested, folds, rng),
        "reason": _chosen_by_channel(channels),
        **held_out_quality(_forecasts(tested, folds, rng)),
        **_in_sample_quality(tested),
        "channels": channels,
    }


def named(qualities: Iterable[dict[str, Any]], key: str) -> str:
    """What the channels have under `key`, each once."""
    return ", ".join(sorted({quality[key] for quality in qualities}))


def _all_candidates(
    tested: Sequence[ChannelFit], folds: Sequence[Split], rng: np.random.Generator
) -> list[dict[str, Any]]:
    """The candidates with what each would forecast of all channels' sum; chosen: by some channel."""
    choices = [fit.choice for fit in tested if fit.choice]
    return [
        {
            "name": name,
            "score": held_out_quality(_forecasts(tested, folds, rng, candidate=k))["crps"],
            "weight": float(np.mean([choice.weights[k] for choice in choices])),
            "chosen": any(choice.chosen == k for choice in choices),
        }
        for k, name in enumerate(choices[0].names if choices else ())
    ]


def _chosen_by_channel(channels: Mapping[str, dict[str, Any]]) -> str:
    """``hill: a, b; logarithmic: c``, as every channel's own reason has it."""
    chosen: dict[str, list[str]] = {}
    for name, quality in channels.items():
        if "curve" in quality:
            chosen.setdefault(quality["curve"], []).append(name)
    return "; ".join(f"{curve}: {listed(names)}" for curve, names in sorted(chosen.items()))


def _in_sample_quality(tested: Sequence[ChannelFit]) -> dict[str, Any]:
    """Of the sum of all channels with a forecast; where a channel hardly ran, neither side of it counts."""
    fits = [fit.fit for fit in tested if fit.fit]
    return in_sample_quality_of_sum(
        [fit.observed for fit in tested], [fit.expected for fit in fits], [fit.ran for fit in tested]
    )


def _forecasts(
    tested: Sequence[ChannelFit], folds: Sequence[Split], rng: np.random.Generator, candidate: int | None = None
) -> list[Forecast]:
    """Of every fold in which some channel has a forecast."""
    by_fold = {f: [fit for fit in tested if f in fit.held_out] for f in range(len(folds))}
    return [_forecast_of_sum(fits, f, folds[f], rng, candidate) for f, fits in by_fold.items() if fits]


def _forecast_of_sum(
    tested: Sequence[ChannelFit], f: int, fold: Split, rng: np.random.Generator, candidate: int | None = None
) -> Forecast:
    """Of the sum of these channels in fold `f`; by one candidate, or by what was likeliest in what the fold saw."""
    held_out = [fit.held_out[f] for fit in tested]
    fits = [one.fits[one.likeliest if candidate is None else candidate] for one in held_out]
    observed, ran = np.array([fit.observed for fit in tested]), np.array([fit.ran for fit in tested])
    return forecast_of_sum(observed, fits, ran, fold, rng)


def said_of(outcome: OutcomeSeries, channel: str, fit: ChannelFit) -> list[Message]:
    """What a person should know of one channel; the history says where nothing was measured."""
    where = f"{outcome.name} of `{channel}`"
    if fit.fit:
        return [*messages.failed(where, fit.fit.fault), *messages.not_settled(where, fit.fit.posterior)]
    if channel not in outcome.measured:
        return []
    seen = "is not above zero in the middle or on average" if fit.observed.any() else "is zero throughout"
    return [Message("fit.no-effect", f"{where} {seen}; the channel is taken to have no effect on it, and no risk.")]


def _contradicted(
    history: History, outcome: str, fits: Mapping[str, ChannelFit], settings: FitSettings
) -> Iterator[Message]:
    for name, fit in fits.items():
        if fit.fit:
            rng = settings.rng(outcome, name, of="lifts")
            found = contradictions(fit.fit, rng, ordered=history.dates is not None)
            yield from messages.contradicted_tests(found)
