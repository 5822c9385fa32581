"""`fit`: from a history to responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from moo_budget._checks import check_known
from moo_budget._process import limiting_threads
from moo_budget.errors import Message, ModelError, listed
from moo_budget.responses.curves import NoEffect
from moo_budget.responses.estimated import PerChannel, built_in, fit_estimators
from moo_budget.responses.experiments import LiftTest, check_test, read_experiments
from moo_budget.responses.joint import joint_draws
from moo_budget.responses.media_mix import fit_media_mix
from moo_budget.responses.messages import about_data, assumed_noise
from moo_budget.responses.noise import Noise, noise_covariance
from moo_budget.responses.order import by_money, restored, tests_in_order
from moo_budget.responses.parametric import fit_parametric
from moo_budget.responses.records import OutcomeResponse, Responses
from moo_budget.responses.settings import FitSettings, LearnedOutcome, Learning, settings_of, typical_spend
from moo_budget.spec import FitSpec, RiskSpec, parse_part, require_available

if TYPE_CHECKING:
    from moo_budget.history import History, OutcomeSeries

Model = Callable[["History", "OutcomeSeries", FitSettings], LearnedOutcome]

MODELS: dict[str, Model] = {
    "parametric": fit_parametric,
    "media_mix": fit_media_mix,
    "gaussian_process": built_in("gaussian_process"),
    "gradient_boosting": built_in("gradient_boosting"),
    "decision_tree": built_in("decision_tree"),
    "linear": built_in("linear"),
    "logistic": built_in("logistic"),
}

# Models whose regressions take lift tests in.
USE_EXPERIMENTS = (fit_parametric, fit_media_mix)


def fit(
    history: History,
    fit_spec: FitSpec | None = None,
    *,
    risk: RiskSpec | None = None,
    seed: int | np.random.Generator | None = None,
    model: str | None = None,
    draws: int | None = None,
    experiments: Sequence[LiftTest] | None = None,
    learning: Learning | None = None,
) -> Responses:
    """How every channel moves every outcome, with joint posterior draws, and how well that forecasts.

    Channels are learned in the order of their money: what they are called and where they stand changes no bit.

    Args:
        history: what was spent and what came.
        fit_spec: the ``[fit]`` table; None: its defaults.
        risk: the ``[risk]`` table; None: its defaults.
        seed: of the draws; None: drawn, and recorded in the result.
        model: a name in MODELS or ``auto``, for all outcomes; None: as `fit_spec` says.
        draws: posterior draws per curve; None: as `fit_spec` says.
        experiments: lift tests; None: those of the file that `fit_spec` names, a path as it stands there.
        learning: told of an outcome that is learned channel by channel: its name, how many are done, of how many.

    Raises:
        InputError: an unknown name, a value out of range, or noise that cannot be assumed.
        ModelError: a model that cannot learn an outcome, or a history without any spend.
        NotAvailableError: a setting that a later version brings.
    """
    fit_spec, risk = _checked(fit_spec or FitSpec(), risk or RiskSpec(), model, draws)
    if not history.spend.any():
        raise ModelError("no channel has any spend, so nothing can be learned", code="fit.no-spend")
    seed, channels, history = _seed(seed), history.channels, by_money(history)
    tests = tests_in_order(_experiments(history, fit_spec, experiments), history.channels)
    settings = settings_of(history, fit_spec, risk, seed, tests, learning)
    models = _models(history, fit_spec.model)
    # Matrices are small: threads of BLAS would only wait for each other, and their order would move the last bits. How
    # many there are holds for the whole process, so that fits of several threads take turns.
    with limiting_threads, threadpool_limits(1):
        learned = {outcome.name: models[outcome.name](history, outcome, settings) for outcome in history.outcomes}
        noises = {outcome.name: _noise(history, outcome, learned, risk) for outcome in history.outcomes}
    said = [message for outcome in learned.values() for message in outcome.messages]
    responses = Responses(
        channels=history.channels,
        outcomes=tuple(
            _outcome_response(history, outcome, learned[outcome.name], noises[outcome.name], settings)
            for outcome in history.outcomes
        ),
        observed_max=history.observed_max,
        seed=seed,
        messages=(
            *about_data(history, settings.seasonality),
            *_unused_experiments(models, settings.experiments),
            *said,
            *assumed_noise(noises),
            *dict.fromkeys(message for noise in noises.values() for message in noise.messages),
        ),
    )
    return restored(responses, channels)


def _checked(fit_spec: FitSpec, risk: RiskSpec, model: str | None, draws: int | None) -> tuple[FitSpec, RiskSpec]:
    """Both tables, held to what a problem file may say, but for models that somebody has added to MODELS."""
    asked = replace(
        fit_spec,
        model=fit_spec.model if model is None else model,
        draws=fit_spec.draws if draws is None else draws,
    )
    fit_spec, risk = parse_part(FitSpec, asked, "fit"), parse_part(RiskSpec, risk, "risk")
    require_available(replace(fit_spec, model=_with_auto_for_known(fit_spec.model)), "fit")
    require_available(risk, "risk")
    return fit_spec, risk


def _with_auto_for_known(asked: Any) -> Any:
    """What is asked, name or tables of names, with ``auto`` for every name in MODELS."""
    if isinstance(asked, Mapping):
        return {key: _with_auto_for_known(inner) for key, inner in asked.items()}
    return "auto" if asked in MODELS else asked


def _seed(seed: int | np.random.Generator | None) -> int:
    if isinstance(seed, int | np.integer):
        return int(seed)
    return int(np.random.default_rng(seed).integers(2**31))


def _experiments(history: History, fit_spec: FitSpec, given: Sequence[LiftTest] | None) -> tuple[LiftTest, ...]:
    """The lift tests that are given, or those of the file that the problem names."""
    if given is None:
        return () if fit_spec.experiments is None else read_experiments(fit_spec.experiments, history)
    for place, test in enumerate(given):
        check_test(test, history, earlier=given[:place])
    return tuple(given)


def _unused_experiments(models: Mapping[str, Model], tests: Sequence[LiftTest]) -> list[Message]:
    """Lift tests of outcomes whose model takes none in."""
    unused = [test for test in tests if models[test.outcome] not in USE_EXPERIMENTS]
    outcomes = listed(dict.fromkeys(test.outcome for test in unused))
    text = f"{len(unused)} lift test(s) of {outcomes} are not used: only `parametric` and `media_mix` take them in."
    return [Message("experiments.unused", text)] if unused else []


def _models(history: History, asked: str | dict[str, str | dict[str, str]]) -> dict[str, Model]:
    """Outcome -> model."""
    names = [outcome.name for outcome in history.outcomes]
    by_outcome = dict.fromkeys(names, asked) if isinstance(asked, str) else asked
    for name in by_outcome:
        check_known("outcome", name, names, "[fit] model")
    return {
        outcome.name: _model(outcome, by_outcome.get(outcome.name, "auto"), history.channels)
        for outcome in history.outcomes
    }


def _model(outcome: OutcomeSeries, asked: str | dict[str, str], channels: tuple[str, ...]) -> Model:
    usual = "parametric" if outcome.per_channel else "media_mix"
    if isinstance(asked, str):
        return MODELS[usual if asked == "auto" else asked]
    for channel in asked:
        check_known("channel", channel, channels, f"[fit] model of `{outcome.name}`")
    by_channel = {channel: asked.get(channel, "auto") for channel in channels}
    by_channel = {channel: usual if name == "auto" else name for channel, name in by_channel.items()}
    if len(set(by_channel.values())) == 1:
        return MODELS[next(iter(by_channel.values()))]
    parts = {channel: _part(outcome, name) for channel, name in by_channel.items()}
    return lambda history, outcome, settings: fit_estimators(history, outcome, settings, parts)


def _part(outcome: OutcomeSeries, name: str) -> PerChannel:
    """A model that may stand beside others in one outcome."""
    model = built_in(name) if name == "parametric" else MODELS[name]
    if not isinstance(model, PerChannel):
        raise ModelError(
            f"[fit] model of `{outcome.name}` differs between channels, and `{name}` learns all channels at once. Name "
            "it for the whole outcome, or other models for its channels.",
            code="fit.model",
        )
    return model


def _noise(history: History, outcome: OutcomeSeries, learned: dict[str, LearnedOutcome], risk: RiskSpec) -> Noise:
    has_effect = np.array([not isinstance(channel.curve, NoEffect) for channel in learned[outcome.name].channels])
    residuals = {name: result.residuals for name, result in learned.items() if result.residuals is not None}
    ordered = history.dates is not None
    return noise_covariance(outcome.name, residuals, has_effect, risk, history.channels, ordered=ordered)


def _outcome_response(
    history: History, outcome: OutcomeSeries, learned: LearnedOutcome, noise: Noise, settings: FitSettings
) -> OutcomeResponse:
    channels = learned.channels
    if learned.residuals is not None:
        streams = [settings.rng(outcome.name, channel, of="joint") for channel in history.channels]
        channels = joint_draws(channels, history.spend, typical_spend(history), noise.covariance, streams)
    return OutcomeResponse(
        name=outcome.name,
        unit=outcome.unit,
        curves=tuple(channel.curve for channel in channels),
        carry_over=np.stack([channel.carry_over for channel in channels]),
        carry_in=np.stack([channel.carry_in for channel in channels]),
        noise_covariance=noise.covariance,
        noise_source=noise.source,
        quality=learned.quality,
        season=learned.season,
    )
