"""What both models are told, and what both hand back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from moo_budget._checks import FloatArray, check_known
from moo_budget.errors import InputError, Message
from moo_budget.responses.additive import ChannelResponse, ChannelTerm
from moo_budget.responses.baseline import Seasonality
from moo_budget.responses.carry_over import CARRY_OVERS, LAGS, CarryOver
from moo_budget.responses.curves import CURVES, Curve, NoEffect
from moo_budget.spec import FitSpec

if TYPE_CHECKING:
    from moo_budget.history import History

FEWEST_ACTIVE = 4
# Candidates of `auto`: one that may be S-shaped, one that never quite saturates.
AUTO_CURVES = ("hill", "logarithmic")


@dataclass(frozen=True)
class FitSettings:
    """The fit settings of a problem file, resolved against a history.

    Args:
        curves: the candidates, best guess first; one: it was asked for by name.
        carry_overs: one per channel.
        n_lags: how many periods a unit of spend is followed.
        seasonality: of a total outcome's baseline.
        n_draws: posterior draws per curve.
        seed: of all draws.
    """

    curves: tuple[Curve, ...]
    carry_overs: tuple[CarryOver, ...]
    n_lags: int
    seasonality: Seasonality
    n_draws: int
    seed: int

    def rng(self, *names: str) -> np.random.Generator:
        """A stream of its own for an outcome (and channel), whatever the order in which they are fitted."""
        keys = [crc32(name.encode()) for name in names]
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=keys))

    def no_response(self) -> ChannelResponse:
        """The part of a channel that does nothing."""
        unit_weights = np.repeat(np.eye(1, self.n_lags), self.n_draws, axis=0)
        return ChannelResponse(NoEffect(self.n_draws), unit_weights, np.zeros_like(unit_weights))

    def terms(self, history: History, curve: Curve, units: FloatArray) -> tuple[ChannelTerm, ...]:
        """Every channel's term, with (n_channels,) prior medians of the effects."""
        columns = zip(self.carry_overs, history.spend.T, typical_spend(history), units, strict=True)
        return tuple(ChannelTerm(curve, kind, self.n_lags, *column) for kind, *column in columns)


@dataclass(frozen=True, eq=False)
class LearnedOutcome:
    """What a model hands back.

    Args:
        channels: one response per channel, in their order.
        residuals: (n_periods, n_channels), relative, the fit's degrees of freedom given back, NaN where a channel did
            not run; None for an outcome measured in total.
        quality: ready for JSON.
        messages: what a person should know.
    """

    channels: tuple[ChannelResponse, ...]
    residuals: FloatArray | None
    quality: dict[str, Any]
    messages: tuple[Message, ...]


def is_thin(spend: FloatArray) -> bool:
    """Whether a channel, (n_periods,), ran in too few periods to be learned on its own."""
    return bool((spend > 0.0).sum() < FEWEST_ACTIVE)


def typical_spend(history: History) -> FloatArray:
    """Mean spend of the periods in which a channel ran, (n_channels,); of the others' median where it never did."""
    active = (history.spend > 0.0).sum(axis=0)
    means = history.spend.sum(axis=0) / np.maximum(active, 1)
    return np.asarray(np.where(active > 0, means, np.median(means[active > 0])), dtype=np.float64)


def settings_of(history: History, spec: FitSpec, seed: int) -> FitSettings:
    """Resolve names and ``auto``.

    Raises:
        InputError: an unknown channel, or carry-over asked of periods over which nothing carries.
    """
    return FitSettings(
        curves=tuple(CURVES[name] for name in (AUTO_CURVES if spec.curve == "auto" else (spec.curve,))),
        carry_overs=_carry_overs(history, spec),
        n_lags=LAGS[history.period],
        seasonality=spec.seasonality,
        n_draws=spec.draws,
        seed=seed,
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
