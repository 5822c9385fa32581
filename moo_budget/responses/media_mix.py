"""One joint additive model of an outcome measured for the whole business.

Outcome = level, trend, seasons and controls, plus every channel's saturating curve over its stock. Source of the form:
Jin, Wang, Sun, Chan and Koehler 2017. Deviations: a normal posterior around the most likely parameters instead of
sampling; priors on what a channel brings at its typical spend instead of on its ceiling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.errors import Message, ModelError
from moo_budget.responses import messages
from moo_budget.responses.additive import AdditiveFit, AdditiveRegression, fit_additive
from moo_budget.responses.baseline import baseline_of
from moo_budget.responses.quality import NOT_FITTED, NOT_SCORED, forecast_quality, in_sample_quality, split_of
from moo_budget.responses.settings import FitSettings, LearnedOutcome, typical_spend

if TYPE_CHECKING:
    from moo_budget.history import History, OutcomeSeries

# Prior median of what all channels together bring, as a share of the outcome, split in proportion to spend: before the
# data every channel has the same return.
MEDIA_SHARE = 0.25
# How uncertain the return of all channels at once is, on the free scale, beside what is uncertain about each.
COMMON_SPREAD = 0.8


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
    if np.ptp(outcome.values) == 0.0:
        return _constant(history, outcome, settings)
    split = split_of(history)
    seen = split.seen(outcome.values)
    before = _fit(history, seen, settings) if np.nanmax(seen) > np.nanmin(seen) else None
    after = _fit(history, outcome.values, settings)
    quality = {
        "model": "media_mix",
        **after.summary(),
        **(forecast_quality(outcome.values, before.expected, split) if before else NOT_SCORED),
        **in_sample_quality(outcome.values, after.expected),
    }
    said = [
        *messages.failed(outcome.name, after.fault),
        *([] if before else [messages.not_scored(outcome.name)]),
        *messages.not_settled(outcome.name, after.posterior),
        *messages.outliers(outcome.name, {"": after.posterior.outliers}, history),
        *messages.worse_than_naive(outcome.name, quality),
    ]
    return LearnedOutcome(
        channels=after.responses(settings.n_draws, settings.rng(outcome.name)),
        residuals=None,
        quality=quality,
        messages=tuple(said),
    )


def _fit(history: History, observed: FloatArray, settings: FitSettings) -> AdditiveFit:
    """The joint fit of (n_periods,) outcomes, NaN where held out, in units of the mean outcome."""
    return_per_money = MEDIA_SHARE / history.spend.sum(axis=1).mean()
    regression = AdditiveRegression(
        baseline_of(history, settings.seasonality, level=1.0 - MEDIA_SHARE),
        settings.terms(history, settings.curves[0], return_per_money * typical_spend(history)),
        COMMON_SPREAD,
    )
    return fit_additive(regression, observed, float(np.nanmean(np.abs(observed))), ordered=history.dates is not None)


def _constant(history: History, outcome: OutcomeSeries, settings: FitSettings) -> LearnedOutcome:
    text = f"{outcome.name}: it is {outcome.values[0]:g} in every period, so no channel is taken to move it."
    channels = (settings.no_response(),) * len(history.channels)
    quality = {"model": "media_mix", "status": "no effect", **NOT_SCORED, **NOT_FITTED}
    return LearnedOutcome(channels, None, quality, (Message("fit.constant", text),))
