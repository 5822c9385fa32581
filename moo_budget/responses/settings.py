"""What both models are told, and what both hand back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from moo_budget._checks import FloatArray, check_known
from moo_budget.errors import InputError, Message
from moo_budget.responses.additive import Fluctuation
from moo_budget.responses.carry_over import CARRY_OVERS, LAGS, CarryOver
from moo_budget.responses.channel_term import EFFECT, ChannelResponse, ChannelTerm
from moo_budget.responses.curves import CURVES, Curve, NoEffect
from moo_budget.responses.effect_season import LearnedSeason
from moo_budget.responses.experiments import LiftSeries, LiftTest, lift_series
from moo_budget.responses.priors import check_priors, with_prior
from moo_budget.responses.seasons import Seasonality
from moo_budget.spec import FitSpec, PriorSpec, RiskSpec

if TYPE_CHECKING:
    from moo_budget.history import History

FEWEST_ACTIVE = 4
# Candidates of `auto`: one that may be S-shaped, one that never quite saturates.
AUTO_CURVES = ("hill", "logarithmic")
# One wild period must not set the scale of all others.
MOST_MEDIANS = 10.0
# The outcome of whose return priors speak; without it they speak of the first one.
ROI_OUTCOME = "revenue"
# Prior standard deviation of an organic channel's effect, on the free scale; nothing ties it to the paid ones.
ORGANIC_SPREAD = 1.4


# Told of an outcome that is learned channel by channel: its name, how many channels are done, of how many.
Learning = Callable[[str, int, int], None]


def unheard(outcome: str, n_done: int, n_channels: int) -> None:
    """Nobody asked how far learning is."""


@dataclass(frozen=True)
class FitSettings:
    """The fit settings of a problem file, resolved against a history.

    Args:
        channels: names, in the order of the history that is learned.
        curves: the candidates, best guess first; one: it was asked for by name.
        carry_overs: one per channel.
        organic_carry_over: of all organic channels.
        priors: channel -> what the problem file believes of it.
        roi_outcome: the outcome of which `priors` state a return.
        n_lags: how many periods a unit of spend is followed.
        seasonality: of a total outcome's baseline.
        n_draws: posterior draws per curve.
        seed: of all draws.
        effect_noise: how what channels bring fluctuates where an outcome is measured in total.
        experiments: lift tests that the history can place.
        learning: told after every channel that is learned by itself.
    """

    channels: tuple[str, ...]
    curves: tuple[Curve, ...]
    carry_overs: tuple[CarryOver, ...]
    organic_carry_over: CarryOver
    priors: Mapping[str, PriorSpec]
    roi_outcome: str
    n_lags: int
    seasonality: Seasonality
    n_draws: int
    seed: int
    effect_noise: Fluctuation
    experiments: tuple[LiftTest, ...] = ()
    learning: Learning = unheard

    def rng(self, outcome: str, channel: str | None = None, *, of: str = "") -> np.random.Generator:
        """A stream of its own for what is drawn of an outcome (and channel), in whatever order that is done.

        A channel counts by its place among the channels that are learned, not by its name.
        """
        keys = [crc32(outcome.encode()), crc32(of.encode())]
        keys += [] if channel is None else [self.channels.index(channel)]
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=keys))

    def lifts(self, history: History, outcome: str, channels: tuple[str, ...]) -> LiftSeries | None:
        """The lift tests of an outcome in which only these channels took part; None: there are none."""
        return lift_series(self.experiments, outcome, channels, history, self.n_lags)

    def no_response(self) -> ChannelResponse:
        """The part of a channel that does nothing."""
        unit_weights = np.repeat(np.eye(1, self.n_lags), self.n_draws, axis=0)
        return ChannelResponse(NoEffect(self.n_draws), unit_weights, np.zeros_like(unit_weights))

    def terms(
        self, history: History, outcome: str, curve: Curve, units: FloatArray, outcome_units: FloatArray
    ) -> tuple[ChannelTerm, ...]:
        """Every channel's term, with its prior.

        Args:
            history: the channels' spend.
            outcome: its name.
            curve: of all terms.
            units: (n_channels,), prior medians of the effects, in units of the regression.
            outcome_units: (n_channels,), outcome per unit of the regression.
        """
        columns = zip(self.carry_overs, history.spend.T, typical_spend(history), units, strict=True)
        usual = [ChannelTerm(curve, kind, self.n_lags, *column) for kind, *column in columns]
        priors = [self.priors.get(channel, PriorSpec()) for channel in history.channels]
        if outcome != self.roi_outcome:
            priors = [replace(prior, roi=None) for prior in priors]
        return tuple(with_prior(*parts) for parts in zip(usual, priors, outcome_units, strict=True))

    def organic_terms(self, history: History, curve: Curve, unit: float) -> tuple[ChannelTerm, ...]:
        """A term for every organic channel that was ever there; `unit` is the prior median of its effect."""
        effect = {EFFECT.name: replace(EFFECT, spread=ORGANIC_SPREAD)}
        return tuple(
            ChannelTerm(curve, self.organic_carry_over, self.n_lags, volume, volume[volume > 0.0].mean(), unit, effect)
            for volume in history.organic.values()
            if volume.any()
        )


@dataclass(frozen=True, eq=False)
class LearnedOutcome:
    """What a model hands back.

    Args:
        channels: one response per channel, in their order.
        residuals: (n_periods, n_channels), relative, the fit's degrees of freedom given back, NaN where a channel did
            not run; None for an outcome measured in total.
        quality: ready for JSON.
        messages: what a person should know.
        season: how the effects of all channels go with the season, drawn with them; None: not at all.
    """

    channels: tuple[ChannelResponse, ...]
    residuals: FloatArray | None
    quality: dict[str, Any]
    messages: tuple[Message, ...]
    season: LearnedSeason | None = None


def is_thin(spend: FloatArray) -> bool:
    """Whether a channel, (n_periods,), ran in too few periods to be learned on its own."""
    return bool((spend > 0.0).sum() < FEWEST_ACTIVE)


def ordinary(values: FloatArray) -> FloatArray:
    """(n_periods,), what lies further from zero than ten medians of what is not zero drawn in to there."""
    sizes = np.abs(values[values != 0.0])
    most = MOST_MEDIANS * np.median(sizes) if len(sizes) else 0.0
    return np.asarray(np.clip(values, -most, most), dtype=np.float64)


def ordinary_spend(history: History) -> FloatArray:
    """Mean spend of all periods, (n_channels,)."""
    return np.array([ordinary(spend).mean() for spend in history.spend.T])


def typical_spend(history: History) -> FloatArray:
    """Mean spend of the periods in which a channel ran, (n_channels,); of the others' median where it never did."""
    active = (history.spend > 0.0).mean(axis=0)
    means = ordinary_spend(history) / np.where(active > 0.0, active, 1.0)
    return np.asarray(np.where(active > 0.0, means, np.median(means[active > 0.0])), dtype=np.float64)


def settings_of(
    history: History,
    spec: FitSpec,
    risk: RiskSpec,
    seed: int,
    experiments: tuple[LiftTest, ...] = (),
    learning: Learning | None = None,
) -> FitSettings:
    """Resolve names and ``auto``.

    Raises:
        InputError: an unknown channel, carry-over asked of periods over which nothing carries, or a prior of what a
            channel's curve or carry-over does not have.
    """
    curves = tuple(CURVES[name] for name in (AUTO_CURVES if spec.curve == "auto" else (spec.curve,)))
    carry_overs = _carry_overs(history, spec)
    check_priors(spec.priors, curves, dict(zip(history.channels, carry_overs, strict=True)))
    names = [outcome.name for outcome in history.outcomes]
    return FitSettings(
        channels=history.channels,
        curves=curves,
        carry_overs=carry_overs,
        organic_carry_over=_carry_over(spec.carry_over if isinstance(spec.carry_over, str) else "auto", history),
        priors=spec.priors,
        roi_outcome=ROI_OUTCOME if ROI_OUTCOME in names else names[0],
        n_lags=LAGS[history.period],
        seasonality=spec.seasonality,
        n_draws=spec.draws,
        seed=seed,
        effect_noise=Fluctuation(risk.noise, risk.correlation),
        experiments=experiments,
        learning=learning or unheard,
    )


def _carry_overs(history: History, spec: FitSpec) -> tuple[CarryOver, ...]:
    asked = spec.carry_over if isinstance(spec.carry_over, dict) else dict.fromkeys(history.channels, spec.carry_over)
    for channel in asked:
        check_known("channel", channel, history.channels, "[fit] carry_over")
    return tuple(_carry_over(asked.get(channel, "auto"), history) for channel in history.channels)


def _carry_over(name: str, history: History) -> CarryOver:
    carries = LAGS[history.period] > 1
    if name == "auto":
        return CARRY_OVERS["geometric" if carries else "none"]
    if name != "none" and not carries:
        raise InputError(
            f"[fit] carry_over is `{name}`, but nothing carries over between rows of period `{history.period}`. "
            "Name a date column of shorter periods, or leave it at `auto`.",
            code="fit.no-carry-over",
        )
    return CARRY_OVERS[name]
