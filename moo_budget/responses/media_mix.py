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
from moo_budget.responses.additive import AdditiveRegression, Baseline
from moo_budget.responses.additive_fit import AdditiveFit, fit_additive, unfitted
from moo_budget.responses.baseline import baseline_of
from moo_budget.responses.channel_term import EFFECT
from moo_budget.responses.collinear import as_believed, indistinct
from moo_budget.responses.contradictions import contradictions
from moo_budget.responses.curves import HILL
from moo_budget.responses.diagnostics import ROUNDING, is_level, level_fault
from moo_budget.responses.effect_season import EffectSeason, LearnedSeason
from moo_budget.responses.forecasts import forecast_of_sum, forecasts_of
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
from moo_budget.responses.seasons import seasons_of
from moo_budget.responses.settings import FitSettings, LearnedOutcome, ordinary, ordinary_spend, typical_spend

if TYPE_CHECKING:
    from moo_budget.history import History, OutcomeSeries

# Prior mean of what all channels together bring, as a share of the outcome, split in proportion to spend: before the
# data every channel has the same return. Sales come from much beside media; impressions and visits are mostly bought.
MEDIA_SHARE, MEDIA_SHARE_OF_OTHERS = 0.25, 0.45
# The return of all channels at once is uncertain beside what is uncertain about each.
MIX_EFFECT = replace(EFFECT, common=1.0)
MEAN_EFFECT = MIX_EFFECT.mean()
# A total shows what more money brings, not what all of it does: how a curve goes on below what was seen is the shape's
# to say, so S-shapes get more room here than where a channel's own outcome shows them. They bend about where the money
# is: an S-shape that bends far beyond it would promise what nobody has seen, and advice that believes it loses
# (bench_decision.py).
SHAPES = {
    HILL.name: {
        "half_saturation": Parameter("half_saturation", Positive(), centre=1.0, spread=0.4),
        "slope": Parameter("slope", Between(1.0, 2.5), centre=1.5, spread=2.0),
    }
}
# Of a period's information, what is believed: no curve of ours is the market's (Miller and Dunson 2019 coarsen alike).
# With four fifths of it, 90 % intervals hold in 85 to 89 % of the worlds of bench_fit.py.
TRUST = 0.67
# Prior median of what an organic channel brings, as a share of the outcome.
ORGANIC_SHARE = 0.05
# Of an outcome that goes below zero: its size in ranges from its 5 % to its 95 % point.
NET_RANGES = 1.5


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
    lifts = settings.lifts(history, outcome.name, history.channels)
    if _is_constant(outcome.values) and (lifts is None or lifts.typical_return == 0.0):
        return _constant(history, outcome, settings)
    fit = _fit(history, outcome.name, outcome.values, settings, is_seasonal=True)
    season = fit.season(settings.n_draws, settings.rng(outcome.name))
    is_seasonal = season is not None and season.is_clear
    if season is not None and not is_seasonal:
        fit = _fit(history, outcome.name, outcome.values, settings, is_seasonal=False)
    by_fold = [
        (fold, forecast(history, outcome, fold, settings, is_seasonal=is_seasonal)) for fold in folds_of(history)
    ]
    folds, forecasts = [fold for fold, made in by_fold if made], [made for _, made in by_fold if made]
    pairs, ordered = indistinct(fit, history.channels), history.dates is not None
    believed = as_believed(fit, history.channels) if fit.status == "fitted" else []
    quality = {
        "model": "media_mix",
        **fit.summary(),
        **held_out_quality(forecasts),
        **_without_channels(history, outcome, fit, folds, settings),
        **in_sample_quality(outcome.values, fit.expected),
        "indistinct": [list(pair) for pair in pairs],
        "as_believed": believed,
        "season_of_effect": _strength(season),
        "priors": _priors(history, fit),
    }
    said = [
        *messages.failed(outcome.name, fit.fault),
        *messages.contradicted_tests(contradictions(fit, settings.rng(outcome.name, of="lifts"), ordered=ordered)),
        *([] if forecasts else [messages.not_scored(outcome.name)]),
        *messages.not_settled(outcome.name, fit.posterior),
        *_not_told_apart(outcome.name, pairs),
        *_as_believed(outcome.name, believed, len(history.channels)),
        *([messages.season_of_effect(outcome.name, season)] if season and is_seasonal else []),
        *messages.after_fit(
            outcome.name, {"": fit.posterior.outliers}, {"": fit.posterior.residuals}, quality, history
        ),
    ]
    responses = fit.responses(settings.n_draws, settings.rng(outcome.name))
    return LearnedOutcome(
        channels=responses[: len(history.channels)],
        residuals=None,
        quality=quality,
        messages=tuple(said),
        season=season if is_seasonal else None,
    )


def _fit(
    history: History, outcome: str, observed: FloatArray, settings: FitSettings, *, is_seasonal: bool
) -> AdditiveFit:
    """The joint fit of (n_periods,) outcomes, NaN where not seen, in units of their typical size.

    `is_seasonal`: where the base has a season, how far the effects go with it is learned.
    Of several curves the best guess alone: a total does not show how its channels' curves go on below what was spent,
    so their likelihoods do not tell them apart, and those that cannot be S-shaped take too much for theirs.
    """
    ordinary_outcomes = ordinary(observed[np.isfinite(observed)])
    lifts = settings.lifts(history, outcome, history.channels)
    unit = _typical_size(ordinary_outcomes)
    if lifts is not None and _is_constant(ordinary_outcomes):
        # Where nothing ever moved, only the tests can say how much there is to move.
        unit = lifts.typical_return * float(ordinary_spend(history).sum()) / _media_share(outcome, settings)
    share = _media_share(outcome, settings)
    return_per_money = share / MEAN_EFFECT / ordinary_spend(history).sum()
    curve, effects = settings.curves[0], return_per_money * typical_spend(history)
    terms = (
        *settings.terms(history, outcome, curve, effects, np.full_like(effects, unit)),
        *settings.organic_terms(history, curve, ORGANIC_SHARE),
    )
    usual = {EFFECT.name: MIX_EFFECT, **SHAPES.get(curve.name, {})}
    baseline = baseline_of(history, settings.seasonality, level=ordinary_outcomes.mean() / unit - share)
    regression = AdditiveRegression(
        baseline,
        tuple(replace(term, beliefs={**usual, **term.beliefs}) for term in terms),
        lifts=lifts,
        fluctuation_of_effects=settings.effect_noise,
        trust=TRUST,
        season=_season(history, baseline, settings) if is_seasonal else None,
    )
    fault = level_fault(observed)
    if fault:
        return unfitted(regression, history.n_periods, unit, fault)
    return fit_additive(regression, observed, unit, ordered=history.dates is not None)


def _season(history: History, baseline: Baseline, settings: FitSettings) -> EffectSeason | None:
    """Where the base has a season, how far the effects go with it is learned."""
    if history.dates is None or baseline.waves[0] == baseline.waves[1]:
        return None
    return EffectSeason.of(seasons_of(history, settings.seasonality), baseline.columns, slice(*baseline.waves))


def _is_constant(observed: FloatArray) -> bool:
    return bool(np.ptp(observed) <= ROUNDING * np.abs(observed).max())


def _media_share(outcome: str, settings: FitSettings) -> float:
    return MEDIA_SHARE if outcome == settings.roi_outcome else MEDIA_SHARE_OF_OTHERS


def _typical_size(observed: FloatArray) -> float:
    """Mean of (n_periods,) outcomes; where they go below zero, how far they range, if that is more.

    What is left after returns or costs may lie around zero, and its mean then says nothing of what there is to move.
    """
    low, high = np.quantile(observed, [0.05, 0.95])
    size = float(np.abs(observed).mean())
    return max(size, NET_RANGES * float(high - low)) if low < 0.0 else size


def forecast(
    history: History, outcome: OutcomeSeries, fold: Split, settings: FitSettings, *, is_seasonal: bool = False
) -> Forecast | None:
    """Of a fold's held-out periods, by a fit that has seen only its part; None: hardly anything moves there.

    `is_seasonal`: what the channels bring goes with the season of the base.
    """
    if is_level(fold.seen(outcome.values)):
        return None
    fit = _fit(history, outcome.name, fold.seen(outcome.values), settings, is_seasonal=is_seasonal)
    everywhere = np.ones((1, history.n_periods), dtype=np.bool_)
    rng = settings.rng(outcome.name, of="forecasts")
    return forecast_of_sum(outcome.values[None], [fit], everywhere, fold, rng)


def _without_channels(
    history: History, outcome: OutcomeSeries, fit: AdditiveFit, folds: list[Split], settings: FitSettings
) -> dict[str, float | None]:
    """Held-out errors of the same model without any channel that is bought."""
    level = float(fit.regression.baseline.centres[0]) + _media_share(outcome.name, settings)
    regression = AdditiveRegression(
        baseline_of(history, settings.seasonality, level), fit.regression.terms[len(history.channels) :]
    )
    rng = settings.rng(outcome.name, of="forecasts")
    scores = held_out_quality(forecasts_of(regression, outcome.values, fit.outcome_unit, folds, rng))
    return {"baseline_mape": scores["mape"], "baseline_crps": scores["crps"]}


def _strength(season: LearnedSeason | None) -> dict[str, float] | None:
    """Central 90 % of how far the effects go with the season of the base, from 0 to 1, ready for JSON."""
    return None if season is None else dict(zip(("low", "median", "high"), season.strength_range, strict=True))


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


def _as_believed(outcome: str, believed: list[str], n_channels: int) -> Iterator[Message]:
    if believed:
        names = listed([f"`{name}`" for name in believed], 6)
        text = (
            f"{outcome}: for {len(believed)} of {n_channels} channels (most money first: {names}) the data hardly say "
            "whether they bring more or less than the others. How plans split money between them rests on what was "
            "believed beforehand; what all channels bring together is known better. Plan such channels as groups, "
            "measure the outcome channel by channel, or test those with most money ([fit] experiments)."
        )
        yield Message("fit.as-believed", text)


def _constant(history: History, outcome: OutcomeSeries, settings: FitSettings) -> LearnedOutcome:
    text = f"{outcome.name}: it is {outcome.values[0]:g} in every period, so no channel is taken to move it."
    channels = (settings.no_response(),) * len(history.channels)
    quality = {"model": "media_mix", "status": "no effect", **NOT_SCORED, **NOT_FITTED}
    return LearnedOutcome(channels, None, quality, (Message("fit.constant", text),))
