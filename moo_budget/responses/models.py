"""`fit`: from a history to responses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from moo_budget._checks import check_known
from moo_budget.errors import ModelError, NotAvailableError
from moo_budget.responses.curves import NoEffect
from moo_budget.responses.media_mix import fit_media_mix
from moo_budget.responses.messages import assumed_noise, gaps, thin_channels
from moo_budget.responses.noise import Noise, noise_covariance
from moo_budget.responses.parametric import fit_parametric
from moo_budget.responses.records import OutcomeResponse, Responses
from moo_budget.responses.settings import FitSettings, LearnedOutcome, settings_of
from moo_budget.spec import FitSpec, RiskSpec, parse_part, require_available

if TYPE_CHECKING:
    from moo_budget.history import History, OutcomeSeries

Model = Callable[["History", "OutcomeSeries", FitSettings], LearnedOutcome]

MODELS: dict[str, Model] = {"parametric": fit_parametric, "media_mix": fit_media_mix}


def fit(
    history: History,
    fit_spec: FitSpec | None = None,
    *,
    risk: RiskSpec | None = None,
    seed: int | np.random.Generator | None = None,
    model: str | None = None,
    draws: int | None = None,
) -> Responses:
    """How every channel moves every outcome, with joint posterior draws, and how well that forecasts.

    Args:
        history: what was spent and what came.
        fit_spec: the ``[fit]`` table; None: its defaults.
        risk: the ``[risk]`` table; None: its defaults.
        seed: of the draws; None: drawn, and recorded in the result.
        model: a name in MODELS or ``auto``, for all outcomes; None: as `fit_spec` says.
        draws: posterior draws per curve; None: as `fit_spec` says.

    Raises:
        InputError: an unknown name, a value out of range, or noise that cannot be assumed.
        ModelError: a model that cannot learn an outcome, or a history without any spend.
        NotAvailableError: a setting that a later version brings.
    """
    fit_spec, risk = _checked(fit_spec or FitSpec(), risk or RiskSpec(), model, draws)
    if not history.spend.any():
        raise ModelError("no channel has any spend, so nothing can be learned", code="fit.no-spend")
    seed = _seed(seed)
    settings = settings_of(history, fit_spec, seed)
    models = _models(history, fit_spec.model)
    # Small matrices: threads would only wait for each other, and their order would move the last bits.
    with threadpool_limits(1):
        learned = {
            outcome.name: MODELS[models[outcome.name]](history, outcome, settings) for outcome in history.outcomes
        }
        noises = {outcome.name: _noise(history, outcome, learned, risk) for outcome in history.outcomes}
    said = [message for outcome in learned.values() for message in outcome.messages]
    return Responses(
        channels=history.channels,
        outcomes=tuple(
            _outcome_response(outcome, learned[outcome.name], noises[outcome.name]) for outcome in history.outcomes
        ),
        observed_max=history.observed_max,
        seed=seed,
        messages=(*thin_channels(history), *gaps(history), *said, *assumed_noise(noises)),
    )


def _checked(fit_spec: FitSpec, risk: RiskSpec, model: str | None, draws: int | None) -> tuple[FitSpec, RiskSpec]:
    """Both tables, held to what a problem file may say."""
    asked = replace(
        fit_spec,
        model=fit_spec.model if model is None else model,
        draws=fit_spec.draws if draws is None else draws,
    )
    fit_spec, risk = parse_part(FitSpec, asked, "fit"), parse_part(RiskSpec, risk, "risk")
    require_available(fit_spec, "fit")
    require_available(risk, "risk")
    return fit_spec, risk


def _seed(seed: int | np.random.Generator | None) -> int:
    if isinstance(seed, int | np.integer):
        return int(seed)
    return int(np.random.default_rng(seed).integers(2**31))


def _models(history: History, asked: str | dict[str, str | dict[str, str]]) -> dict[str, str]:
    """Outcome -> name in MODELS."""
    names = [outcome.name for outcome in history.outcomes]
    by_outcome = dict.fromkeys(names, asked) if isinstance(asked, str) else asked
    for name in by_outcome:
        check_known("outcome", name, names, "[fit] model")
    return {outcome.name: _model(outcome, by_outcome.get(outcome.name, "auto")) for outcome in history.outcomes}


def _model(outcome: OutcomeSeries, asked: str | dict[str, str]) -> str:
    if isinstance(asked, dict):
        if len(set(asked.values())) != 1:
            raise NotAvailableError(
                f"[fit] model of `{outcome.name}` differs between channels, which is not available yet; "
                "name one model for the outcome",
                code="fit.not-available",
            )
        asked = next(iter(asked.values()))
    if asked == "auto":
        return "parametric" if outcome.per_channel else "media_mix"
    return asked


def _noise(history: History, outcome: OutcomeSeries, learned: dict[str, LearnedOutcome], risk: RiskSpec) -> Noise:
    has_effect = np.array([not isinstance(channel.curve, NoEffect) for channel in learned[outcome.name].channels])
    residuals = {name: result.residuals for name, result in learned.items() if result.residuals is not None}
    ordered = history.dates is not None
    return noise_covariance(outcome.name, residuals, has_effect, risk, history.channels, ordered=ordered)


def _outcome_response(outcome: OutcomeSeries, learned: LearnedOutcome, noise: Noise) -> OutcomeResponse:
    return OutcomeResponse(
        name=outcome.name,
        unit=outcome.unit,
        curves=tuple(channel.curve for channel in learned.channels),
        carry_over=np.stack([channel.carry_over for channel in learned.channels]),
        carry_in=np.stack([channel.carry_in for channel in learned.channels]),
        noise_covariance=noise.covariance,
        noise_source=noise.source,
        quality=learned.quality,
    )
