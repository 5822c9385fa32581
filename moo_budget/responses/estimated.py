"""One estimator per channel, for outcomes that are measured channel by channel.

The estimators see a channel's stock, made with the carry-over that the parametric fit finds likeliest, and season and
controls of each period; outliers are drawn in beforehand. Thin channels, and those without effect, are what they are
to the parametric model. Noise is measured on periods that a fit has not seen, because trees follow what they see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.errors import Message, ModelError
from moo_budget.responses import messages
from moo_budget.responses.channel_fits import ChannelFit, channel_quality
from moo_budget.responses.channel_term import ChannelResponse
from moo_budget.responses.estimated_channel import Channel, Learned, learn_channel
from moo_budget.responses.forecasts import filled, summed
from moo_budget.responses.mean import drawn_in
from moo_budget.responses.parametric import fit_channels, named, response_of, said_of
from moo_budget.responses.quality import Forecast, Split, folds_of, held_out_quality, in_sample_quality_of_sum
from moo_budget.responses.seasons import Seasonality, seasons_of
from moo_budget.responses.settings import FitSettings, LearnedOutcome

if TYPE_CHECKING:
    from moo_budget.history import History, OutcomeSeries
    from moo_budget.responses.estimators import ResponseEstimator

# Draws of a forecast.
N_DRAWS = 400


@dataclass(frozen=True)
class PerChannel:
    """A model of outcomes measured channel by channel that learns every channel with an estimator.

    Args:
        name: its key in MODELS.
        make: gives an estimator that has learned nothing; see `Channel`.
    """

    name: str
    make: Callable[[], ResponseEstimator]

    def __call__(self, history: History, outcome: OutcomeSeries, settings: FitSettings) -> LearnedOutcome:
        """Learn each channel's response from its own spend and outcome; see `fit_estimators`."""
        return fit_estimators(history, outcome, settings, dict.fromkeys(history.channels, self))


def built_in(name: str) -> PerChannel:
    """The model whose channels are learned with one of our own estimators."""

    def make() -> ResponseEstimator:
        # Loading scikit-learn costs a second, which only a fit should pay.
        from moo_budget.responses.estimators import ESTIMATORS

        return ESTIMATORS[name]()

    return PerChannel(name, make)


@dataclass(frozen=True, eq=False)
class _Result:
    """What became of one channel.

    Args:
        model: how it was learned.
        curves: its parametric fit, which says whether it ran and has an effect.
        learned: by the estimator; None: there was too little, and the parametric fit stands.
        held_out: by fold, from what the fold sees.
    """

    model: PerChannel
    curves: ChannelFit
    learned: Learned | None
    held_out: Mapping[int, Learned]


def fit_estimators(
    history: History, outcome: OutcomeSeries, settings: FitSettings, models: Mapping[str, PerChannel]
) -> LearnedOutcome:
    """Learn each channel's response from its own spend and outcome.

    Args:
        history: what was spent and what came.
        outcome: measured channel by channel.
        settings: carry-over, seasons, draws and seed.
        models: channel -> how it is learned, for all channels.

    Raises:
        ModelError: the outcome is measured in total and there are several channels, or a model needs trials that are
            not there.
    """
    _check(history, outcome, models)
    folds = folds_of(history)
    results = _results(history, outcome, settings, models, folds)
    learned = {name: result.learned for name, result in results.items() if result.learned}
    unknown = np.full(history.n_periods, np.nan)
    residuals = {name: learned[name].residuals if name in learned else unknown for name in results}
    quality = _quality(results, folds, settings.rng(outcome.name, of="forecasts"))
    far = {name: one.curves.posterior.outliers for name, one in learned.items()}
    return LearnedOutcome(
        channels=tuple(_channel_response(result, settings, outcome.name, name) for name, result in results.items()),
        residuals=np.column_stack([*residuals.values()]),
        quality=quality,
        messages=(
            *[message for name, result in results.items() for message in said_of(outcome, name, result.curves)],
            *_few_draws(outcome.name, results, settings.n_draws),
            *messages.untested(outcome.name, [name for name in learned if not results[name].held_out]),
            *messages.after_fit(outcome.name, far, residuals, quality, history),
        ),
    )


def _check(history: History, outcome: OutcomeSeries, models: Mapping[str, PerChannel]) -> None:
    by_name = {model.name: model for model in models.values()}
    if not outcome.per_channel and len(history.channels) > 1:
        raise ModelError(
            f"outcome `{outcome.name}` is measured in total; `{'`, `'.join(by_name)}` learns outcomes measured channel "
            "by channel. Use `media_mix`.",
            code="fit.model",
        )
    for name, model in by_name.items():
        if outcome.trials is None and model.make().needs_trials:
            raise ModelError(
                f"`{name}` learns how many trials succeed, and [history] trials names no column for the outcome "
                f"`{outcome.name}`. Name one, or use another model.",
                code="fit.trials",
            )


def _results(
    history: History,
    outcome: OutcomeSeries,
    settings: FitSettings,
    models: Mapping[str, PerChannel],
    folds: Sequence[Split],
) -> dict[str, _Result]:
    """Every channel's, by name."""
    features, names = _features(history, settings.seasonality)
    every_row = np.ones(history.n_periods, dtype=np.bool_)
    results = {}
    for c, (name, curves) in enumerate(fit_channels(history, outcome, folds, settings).items()):
        channel = _channel(history, outcome, c, models[name], features, names)
        held_out = {
            f: learn_channel(channel, held.fits[held.likeliest], folds[f].seen_rows)
            for f, held in curves.held_out.items()
        }
        results[name] = _Result(
            models[name],
            curves,
            learn_channel(channel, curves.fit, every_row) if curves.fit else None,
            {f: learned for f, learned in held_out.items() if learned},
        )
    return results


def _channel(
    history: History, outcome: OutcomeSeries, c: int, model: PerChannel, features: FloatArray, names: tuple[str, ...]
) -> Channel:
    def own(values: FloatArray) -> FloatArray:
        return values.reshape(history.n_periods, -1)[:, c]

    trials = None if outcome.trials is None or not model.make().needs_trials else own(outcome.trials)
    ordered = history.dates is not None
    return Channel(model.make, history.spend[:, c], own(outcome.values), trials, features, names, ordered)


def _features(history: History, seasonality: Seasonality) -> tuple[FloatArray, tuple[str, ...]]:
    """(n_periods, n_features), the first wave of every season, and the controls; and the name of each column.

    The estimators are to tell season from spend, not to draw its every turn.
    """
    seasons = [] if history.dates is None else seasons_of(history, seasonality).waves(history.dates)
    waves = [season[:, [0, season.shape[1] // 2]] for season in seasons if season.shape[1]]
    names = ("season",) * (2 * len(waves)) + history.control_names
    return np.concatenate([*waves, history.controls], axis=1), names


def _channel_response(result: _Result, settings: FitSettings, outcome: str, channel: str) -> ChannelResponse:
    if result.learned is None:
        return response_of(result.curves, settings, outcome, channel)
    return result.learned.response(settings.n_draws, settings.rng(outcome, channel))


def _quality(results: Mapping[str, _Result], folds: Sequence[Split], rng: np.random.Generator) -> dict[str, Any]:
    """Of all channels' sum, and of each channel."""
    channels = {name: _channel_quality_of(result, folds, rng) for name, result in results.items()}
    fitted = [quality for quality in channels.values() if "carry_over" in quality]
    return {
        "model": ", ".join(dict.fromkeys(result.model.name for result in results.values())),
        "status": named(channels.values(), "status"),
        "carry_over": named(fitted, "carry_over"),
        "outliers": sum(quality["outliers"] for quality in fitted),
        **_scores(results.values(), folds, rng),
        "channels": channels,
    }


def _channel_quality_of(result: _Result, folds: Sequence[Split], rng: np.random.Generator) -> dict[str, Any]:
    if result.learned is None:
        return channel_quality(result.curves)
    periods = int(result.learned.sample.rows.sum())
    return {
        **result.learned.summary(),
        "model": result.model.name,
        "periods": periods,
        **_scores([result], folds, rng),
    }


def _scores(results: Iterable[_Result], folds: Sequence[Split], rng: np.random.Generator) -> dict[str, Any]:
    """Of the sum of these channels, as far as they were learned and tested."""
    tested = [(one.learned, one.held_out) for one in results if one.learned and one.held_out]
    by_fold = {f: [(one, held_out[f]) for one, held_out in tested if f in held_out] for f in range(len(folds))}
    return {
        **held_out_quality([_forecast(pairs, folds[f], rng) for f, pairs in by_fold.items() if pairs]),
        **in_sample_quality_of_sum(
            [one.channel.outcome for one, _ in tested],
            [one.expected for one, _ in tested],
            [one.sample.rows for one, _ in tested],
        ),
    }


def _forecast(pairs: Sequence[tuple[Learned, Learned]], fold: Split, rng: np.random.Generator) -> Forecast:
    """Of the sum of channels, each with what was learned from all periods and from what the fold sees.

    Where a channel hardly ran, neither side of it counts. The noise is that of periods that the fold sees, the same for
    all channels, so that what moves several of them at once stays together; wild ones are drawn in, as they are in
    Sigma.
    """
    periods = rng.choice(np.flatnonzero(fold.seen_rows), size=N_DRAWS)
    noise = np.array([drawn_in(filled(everything.residuals, rng))[periods] for everything, _ in pairs])
    expected = np.array([seen.expected for _, seen in pairs])
    rows = fold.held_out
    return summed(
        np.array([everything.channel.outcome for everything, _ in pairs]),
        expected,
        (
            seen.expected[rows, None] + seen.scale(seen.expected)[rows, None] * missed
            for (_, seen), missed in zip(pairs, noise, strict=True)
        ),
        np.array([everything.sample.rows for everything, _ in pairs]),
        fold,
    )


def _few_draws(outcome: str, results: Mapping[str, _Result], n_draws: int) -> list[Message]:
    """Draws that are handed out several times."""
    most = {r.model.name: r.learned.estimator.most_draws for r in results.values() if r.learned}
    return [
        Message("fit.few-draws", f"{outcome}: `{name}` makes {few} draws, and each stands for several of {n_draws}.")
        for name, few in most.items()
        if few is not None and few < n_draws
    ]
