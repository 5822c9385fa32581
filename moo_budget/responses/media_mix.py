"""One joint additive model of an outcome measured for the whole business.

Outcome = level, trend, seasons, holidays, events and controls, plus every channel's saturating curve over its stock,
organic channels included. Source of the form: Jin, Wang, Sun, Chan and Koehler 2017. Deviations: a normal posterior
around the most likely parameters instead of sampling; priors on what a channel brings at its typical spend instead of
on its ceiling.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.errors import Message, ModelError, listed
from moo_budget.responses import messages
from moo_budget.responses.additive import EFFECT, AdditiveFit, AdditiveRegression, fit_additive, unfitted
from moo_budget.responses.baseline import baseline_of
from moo_budget.responses.collinear import indistinct
from moo_budget.responses.curves import HILL
from moo_budget.responses.forecasts import forecast_of_sum, held_out_mape
from moo_budget.responses.parameters import Between, Parameter, Positive
from moo_budget.responses.quality import (
    NOT_FITTED,
    NOT_SCORED,
    Forecast,
    Split,
    folds_of,
    held_out_quality,
    in_sample_quality,
)
from moo_budget.responses.settings import FitSettings, LearnedOutcome, ordinary, ordinary_spend, typical_spend

if TYPE_CHECKING:
    from moo_budget.history import History, OutcomeSeries

# Prior mean of what all channels together bring, as a share of the outcome, split in proportion to spend: before the
# data every channel has the same return.
MEDIA_SHARE = 0.25
# How uncertain the return of all channels at once is, on the free scale, beside what is uncertain about each.
COMMON_SPREAD = 0.8
MEAN_EFFECT = replace(EFFECT, spread=float(np.hypot(EFFECT.spread, COMMON_SPREAD))).mean()
# A total shows what more money brings, not what all of it does: how a curve goes on below what was seen is the shape's
# to say, so S-shapes get more room here than where a channel's own outcome shows them.
SHAPES = {
    HILL.name: {
        "half_saturation": Parameter("half_saturation", Positive(), centre=1.0, spread=0.6),
        # Steeper ones turn upward beyond what was spent, and advice that believes them loses (bench_decision.py).
        "slope": Parameter("slope", Between(1.0, 2.5), centre=1.4, spread=1.5),
    }
}
# Prior median of what an organic channel brings, as a share of the outcome.
ORGANIC_SHARE = 0.05
# Of an outcome that goes below zero: its size in ranges from its 5 % to its 95 % point.
NET_RANGES = 1.5
# Values that differ by no more of their size differ by rounding.
ROUNDING = 1e-9


def fit_media_mix(history: History, outcome: OutcomeSeries, settings: FitSettings) -> LearnedOutcome:
    """Learn all channels' responses together; draws belong together across channels.

    Raises:
        ModelError: the outcome is measured channel by channel.
    """
    if outcome.per_channel:
        raise ModelError(
            f"outcome `{outcome.name}` is measured channel by channel; `media_mix` learns outcomes measured in total. "
            "Use `parametric`.",
            code="fit.model",
        )
    if np.ptp(outcome.values) <= ROUNDING * np.abs(outcome.values).max():
        return _constant(history, outcome, settings)
    folds = [fold for fold in folds_of(history) if not _is_level(fold.seen(outcome.values))]
    forecasts = [_forecast(history, outcome, fold, settings) for fold in folds]
    fit = _fit(history, outcome.name, outcome.values, settings)
    pairs = indistinct(fit, history.channels)
    quality = {
        "model": "media_mix",
        **fit.summary(),
        **held_out_quality(forecasts),
        "baseline_mape": _baseline_mape(history, fit, outcome.values, folds, settings),
        **in_sample_quality(outcome.values, fit.expected),
        "indistinct": [list(pair) for pair in pairs],
        "priors": _priors(history, fit),
    }
    said = [
        *messages.failed(outcome.name, fit.fault),
        *_level(outcome),
        *([] if forecasts else [messages.not_scored(outcome.name)]),
        *messages.not_settled(outcome.name, fit.posterior),
        *messages.outliers(outcome.name, {"": fit.posterior.outliers}, history),
        *messages.breaks(outcome.name, {"": fit.posterior.residuals}, history),
        *_not_told_apart(outcome.name, pairs),
        *messages.worse_than_naive(outcome.name, quality),
    ]
    responses = fit.responses(settings.n_draws, settings.rng(outcome.name))
    return LearnedOutcome(
        channels=responses[: len(history.channels)],
        residuals=None,
        quality=quality,
        messages=tuple(said),
    )


def _fit(history: History, outcome: str, observed: FloatArray, settings: FitSettings) -> AdditiveFit:
    """The joint fit of (n_periods,) outcomes, NaN where not seen, in units of their typical size."""
    ordinary_outcomes = ordinary(observed[np.isfinite(observed)])
    unit = _typical_size(ordinary_outcomes)
    return_per_money = MEDIA_SHARE / MEAN_EFFECT / ordinary_spend(history).sum()
    curve, effects = settings.curves[0], return_per_money * typical_spend(history)
    terms = (
        *settings.terms(history, outcome, curve, effects, np.full_like(effects, unit)),
        *settings.organic_terms(history, curve, ORGANIC_SHARE),
    )
    shape = SHAPES.get(curve.name, {})
    regression = AdditiveRegression(
        baseline_of(history, settings.seasonality, level=ordinary_outcomes.mean() / unit - MEDIA_SHARE),
        tuple(replace(term, beliefs={**shape, **term.beliefs}) for term in terms),
        COMMON_SPREAD,
        lifts=settings.lifts(history, outcome, history.channels),
    )
    if _is_level(observed):
        return unfitted(regression, history.n_periods, unit)
    return fit_additive(regression, observed, unit, ordered=history.dates is not None)


def _typical_size(observed: FloatArray) -> float:
    """Mean of (n_periods,) outcomes; where they go below zero, how far they range, if that is more.

    What is left after returns or costs may lie around zero, and its mean then says nothing of what there is to move.
    """
    low, high = np.quantile(observed, [0.05, 0.95])
    size = float(np.abs(observed).mean())
    return max(size, NET_RANGES * float(high - low)) if low < 0.0 else size


def _is_level(observed: FloatArray) -> bool:
    """Whether most of (n_periods,) with NaN is one value: a robust fit would be certain of it, and of nothing else."""
    known = observed[np.isfinite(observed)]
    return bool(np.isclose(known, np.median(known), rtol=ROUNDING, atol=0.0).mean() > 0.5)


def forecast(history: History, outcome: OutcomeSeries, fold: Split, settings: FitSettings) -> Forecast | None:
    """Of a fold's held-out periods, by a fit that has seen only its part; None: hardly anything moves there."""
    return None if _is_level(fold.seen(outcome.values)) else _forecast(history, outcome, fold, settings)


def _forecast(history: History, outcome: OutcomeSeries, fold: Split, settings: FitSettings) -> Forecast:
    fit = _fit(history, outcome.name, fold.seen(outcome.values), settings)
    everywhere = np.ones((1, history.n_periods), dtype=np.bool_)
    rng = settings.rng(outcome.name, "forecasts")
    return forecast_of_sum(outcome.values[None], [fit], everywhere, fold, rng)


def _baseline_mape(
    history: History, fit: AdditiveFit, observed: FloatArray, folds: list[Split], settings: FitSettings
) -> float | None:
    """Held-out error of the same model without any channel that is bought."""
    if not folds:
        return None
    level = float(fit.regression.baseline.centres[0]) + MEDIA_SHARE
    regression = AdditiveRegression(
        baseline_of(history, settings.seasonality, level), fit.regression.terms[len(history.channels) :]
    )
    return held_out_mape(regression, observed, fit.outcome_unit, folds)


def _priors(history: History, fit: AdditiveFit) -> dict[str, Any]:
    return dict(zip(history.channels, fit.regression.prior_ranges(fit.outcome_unit), strict=False))


def _not_told_apart(outcome: str, pairs: list[tuple[str, str]]) -> Iterator[Message]:
    if pairs:
        names = listed([f"`{one}` and `{other}`" for one, other in pairs], 6)
        text = (
            f"{outcome}: the effects of {names} cannot be told apart, because their money moved together; only what a "
            "pair brings together is known. A lift test of one of them would tell."
        )
        yield Message("fit.indistinct", text)


def _level(outcome: OutcomeSeries) -> Iterator[Message]:
    if _is_level(outcome.values):
        text = (
            f"{outcome.name}: it is {np.median(outcome.values):g} in most periods, which says too little of what moves "
            "it; a wide guess stands in."
        )
        yield Message("fit.level", text)


def _constant(history: History, outcome: OutcomeSeries, settings: FitSettings) -> LearnedOutcome:
    text = f"{outcome.name}: it is {outcome.values[0]:g} in every period, so no channel is taken to move it."
    channels = (settings.no_response(),) * len(history.channels)
    quality = {"model": "media_mix", "status": "no effect", **NOT_SCORED, **NOT_FITTED}
    return LearnedOutcome(channels, None, quality, (Message("fit.constant", text),))
