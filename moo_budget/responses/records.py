"""What a fit hands over: curves with draws, carry-over, noise and how well it all forecasts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from moo_budget._checks import FloatArray, check_finite, check_shape, frozen
from moo_budget.errors import Message
from moo_budget.responses.effect_season import LearnedSeason


class ResponseCurve(Protocol):
    """A channel's response to one outcome; implement this to bring a curve of your own."""

    def values(self, spend: FloatArray) -> FloatArray:
        """(n_spend,) currency per period, level -> (n_spend, n_draws) outcome per period."""

    def slopes(self, spend: FloatArray) -> FloatArray | None:
        """The derivative, in the same shape; None: unknown."""


@dataclass(frozen=True, eq=False)
class OutcomeResponse:
    """How every channel moves one outcome.

    Args:
        name: of the outcome.
        unit: what it is counted in.
        curves: one per channel, in order of the channels; `NoEffect` for a channel that does nothing.
        carry_over: (n_channels, n_draws, n_lags), weights over lags, sum 1.
        carry_in: (n_channels, n_draws, n_lags), currency: stock that past spend puts into plan period 0, 1, ...
        noise_covariance: (n_channels, n_channels), relative, per period.
        noise_source: a sentence, ``measured: ...``, ``assumed: ...``, both, or ``none: ...``.
        quality: ready for JSON: model, curve, carry_over, quality on held-out periods.
        season: how the effects of all channels go with the season, in the same draws; None: not at all.

    Raises:
        InputError: shapes disagree, or an entry is not finite.
    """

    name: str
    unit: str
    curves: tuple[ResponseCurve, ...]
    carry_over: FloatArray
    carry_in: FloatArray
    noise_covariance: FloatArray
    noise_source: str
    quality: dict[str, Any]
    season: LearnedSeason | None = None

    def __post_init__(self) -> None:
        n_channels = len(self.curves)
        for name in ("carry_over", "carry_in", "noise_covariance"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
            check_finite(f"{name} of `{self.name}`", getattr(self, name))
        check_shape("carry_over", self.carry_over, (n_channels, None, None), "(n_channels, n_draws, n_lags)")
        check_shape("carry_in", self.carry_in, self.carry_over.shape, "(n_channels, n_draws, n_lags)")
        check_shape("noise_covariance", self.noise_covariance, (n_channels, n_channels), "(n_channels, n_channels)")


@dataclass(frozen=True, eq=False, repr=False)
class Responses:
    """Everything that was learned from a history.

    Draws belong together across channels of one outcome; between outcomes they are independent.

    Args:
        channels: names, in the order of every channel axis.
        outcomes: in the order of the history.
        observed_max: (n_channels,), highest spend of one period, currency.
        seed: what the draws were made with.
        messages: what a person should know about the fit.
    """

    channels: tuple[str, ...]
    outcomes: tuple[OutcomeResponse, ...]
    observed_max: FloatArray
    seed: int
    messages: tuple[Message, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "observed_max", frozen(self.observed_max))
        check_shape("observed_max", self.observed_max, (len(self.channels),), "(n_channels,)")

    def __repr__(self) -> str:
        """Sizes and models in a line."""
        learned = ", ".join(f"{one.name} by {one.quality.get('model', 'own curves')}" for one in self.outcomes)
        return f"Responses({len(self.channels)} channels; {learned}; seed {self.seed})"

    def _repr_html_(self) -> str:
        from moo_budget.report.notebook import responses_html

        return responses_html(self)

    def outcome(self, name: str) -> OutcomeResponse:
        """The response of the outcome with this name."""
        return next(outcome for outcome in self.outcomes if outcome.name == name)
