"""What channels really do: responses, their fluctuation, and what moves an outcome besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.simulate.paths import remembered, wave, years

# So many times as large is the noise of an outlier.
OUTLIER_SIZE = 5.0


@dataclass(frozen=True)
class TrueResponse:
    """A Hill curve over geometric stock, per week: ``ceiling z^slope / (z^slope + 1)``, z = stock / half_saturation.

    Args:
        ceiling: outcome, never reached.
        half_saturation: currency, level spend that brings half of it.
        slope: steepness; above 1 the curve is S-shaped.
        decay: share of the stock that is left a week later.
    """

    ceiling: float
    half_saturation: float
    slope: float = 1.0
    decay: float = 0.0

    def level(self, spend: FloatArray | float) -> FloatArray:
        """Outcome per week at level spend."""
        power = (np.asarray(spend) / self.half_saturation) ** self.slope
        return np.asarray(self.ceiling * power / (power + 1.0), dtype=np.float64)

    def over_time(self, spend: FloatArray) -> FloatArray:
        """(n_periods,) outcome of a spend history; before it the channel spent as in its first week."""
        return self.level(remembered((1.0 - self.decay) * spend, spend[0], self.decay))


@dataclass(frozen=True)
class EffectNoise:
    """How what the channels bring fluctuates around what is expected: factors, lognormal, of mean 1.

    Args:
        deviation: of a factor, relative.
        correlation: of two channels' factors in the same week.
        memory: autocorrelation of a factor's logarithm from week to week.
    """

    deviation: float
    correlation: float = 0.0
    memory: float = 0.0

    def factors(self, shape: tuple[int, ...], rng: np.random.Generator, sizes: FloatArray | float = 1.0) -> FloatArray:
        """(n_periods, ..., n_channels) for such a shape; between the two ends everything is independent.

        `sizes`, of that shape, stretch the factors' logarithms; the means stay 1.
        """
        # The logarithms' covariance that gives the factors these deviations and correlations exactly.
        relative = self.deviation**2 * np.where(np.eye(shape[-1]) == 1.0, 1.0, self.correlation)
        covariance = np.log1p(relative)
        eigenvalues, directions = np.linalg.eigh(covariance)
        root = directions * np.sqrt(np.maximum(eigenvalues, 0.0))
        steady = rng.standard_normal(shape[1:]) @ root.T
        shocks = np.sqrt(1.0 - self.memory**2) * rng.standard_normal(shape) @ root.T
        logarithms = sizes * remembered(shocks, steady, self.memory)
        return np.asarray(np.exp(logarithms - sizes**2 * covariance.diagonal() / 2.0))


@dataclass(frozen=True)
class Disturbance:
    """What makes effects hard to learn besides noise of equal size around a steady level; shares of that level.

    The level is that of a total outcome's baseline, or of what one channel brings where that is measured.

    Args:
        memory: autocorrelation from week to week of a total outcome's noise.
        unrest: the noise grows over the history, from this share below its mean size to this share above.
        outliers: share of weeks in which the noise is five times as large.
        wander: standard deviation, after a year, of a random walk of the level.
        step: jump of the level, up or down, at some week in the middle half of the history.
    """

    memory: float = 0.0
    unrest: float = 0.0
    outliers: float = 0.0
    wander: float = 0.0
    step: float = 0.0

    def noise(self, n_periods: int, rng: np.random.Generator) -> FloatArray:
        """(n_periods,), of deviation about 1."""
        shocks = np.sqrt(1.0 - self.memory**2) * rng.standard_normal(n_periods)
        return remembered(shocks, rng.standard_normal(), self.memory) * self.sizes(n_periods, rng)

    def sizes(self, n_periods: int, rng: np.random.Generator) -> FloatArray:
        """(n_periods,), how large the noise is, about 1."""
        growing = np.linspace(1.0 - self.unrest, 1.0 + self.unrest, n_periods)
        return growing * np.where(rng.random(n_periods) < self.outliers, OUTLIER_SIZE, 1.0)

    def drift(self, n_periods: int, rng: np.random.Generator) -> FloatArray:
        """(n_periods,), what is added to the level, as a share of it."""
        walk = self.wander * np.sqrt(years(2)[1]) * rng.standard_normal(n_periods).cumsum()
        at = rng.integers(n_periods // 4, n_periods - n_periods // 4)
        direction = rng.choice([-1.0, 1.0])
        return np.asarray(walk + direction * self.step * (np.arange(n_periods) >= at), dtype=np.float64)


@dataclass(frozen=True)
class TrueOutcome:
    """An outcome and what makes it.

    Args:
        unit: what it is counted in.
        column: as in a problem file; with ``{channel}`` it is measured channel by channel, without baseline.
        channels: channel -> response.
        noise: standard deviation: of the logarithm per channel and week; of the week's total as a share of its mean.
        level: of the baseline, outcome per week.
        growth: of the baseline, share per year.
        season: amplitude of the yearly wave of the baseline, as a share of its level.
        effects: how what the channels bring fluctuates; None: not at all.
        disturbance: of a total's baseline and noise; where it is measured channel by channel, of each channel's level
            before the history's last week and of the size of `effects`. None: noise of equal size, each week its own.
        effect_season: amplitude of the yearly wave of what the channels bring, as a share of it; None: there is none.
    """

    unit: str
    column: str
    channels: Mapping[str, TrueResponse]
    noise: float
    level: float = 0.0
    growth: float = 0.0
    season: float = 0.0
    effects: EffectNoise | None = None
    disturbance: Disturbance | None = None
    effect_season: float | None = None

    @property
    def per_channel(self) -> bool:
        """Whether it is measured channel by channel."""
        return "{channel}" in self.column

    def shows(self, channels: Sequence[str]) -> bool:
        """Whether a test of these channels together can be read off it."""
        return any(channel in self.channels for channel in channels) and not (self.per_channel and len(channels) > 1)

    def expected(self, money: Mapping[str, float]) -> FloatArray:
        """(n_channels,) incremental outcome per week at level spend over a year, in the order of `channels`."""
        return np.array([response.level(money[channel]) for channel, response in self.channels.items()])

    def realised(self, money: Mapping[str, float], shape: tuple[int, int], rng: np.random.Generator) -> FloatArray:
        """(n,) incremental outcomes of a plan at level spend; `shape` is (n_periods, n)."""
        factors = np.ones((*shape, len(self.channels)))
        if self.effects:
            factors = self.effects.factors(factors.shape, rng)
        if self.per_channel:
            factors = factors * _lognormal(self.noise, factors.shape, rng)
        return np.asarray((factors @ self.expected(money)).sum(axis=0), dtype=np.float64)

    def columns(
        self, spend: Mapping[str, FloatArray], n_periods: int, rng: np.random.Generator
    ) -> dict[str, FloatArray]:
        """One column per channel, rounded to whole counts, or one total, in cents."""
        seasonal = self.factors(n_periods)
        made = {channel: seasonal * response.over_time(spend[channel]) for channel, response in self.channels.items()}
        if self.effects:
            factors = self._fluctuations(self.effects, n_periods, rng)
            made = {channel: values * factors[:, c] for c, (channel, values) in enumerate(made.items())}
        if self.per_channel:
            return {
                self.column.format(channel=channel): np.round(
                    values * _lognormal(self.noise, (n_periods,), rng)
                ).astype(np.int64)
                for channel, values in made.items()
            }
        total = self._baseline(n_periods, rng) + sum(made.values())
        return {self.column: np.round(total + self._noise(total.mean(), n_periods, rng), 2)}

    def factors(self, n_periods: int) -> FloatArray:
        """(n_periods,), of what the channels bring, in their season."""
        return np.ones(n_periods) if self.effect_season is None else wave(n_periods, self.effect_season)

    def _fluctuations(self, effects: EffectNoise, n_periods: int, rng: np.random.Generator) -> FloatArray:
        """(n_periods, n_channels), factors of what the channels bring; the last week's level is the truth's."""
        shape = (n_periods, len(self.channels))
        if not (self.per_channel and self.disturbance):
            return effects.factors(shape, rng)
        sizes = np.column_stack([self.disturbance.sizes(n_periods, rng) for _ in self.channels])
        drifts = np.column_stack([self.disturbance.drift(n_periods, rng) for _ in self.channels])
        return np.asarray(effects.factors(shape, rng, sizes) * (1.0 + drifts - drifts[-1]), dtype=np.float64)

    def _baseline(self, n_periods: int, rng: np.random.Generator) -> FloatArray:
        level = self.level * (1.0 + self.growth * years(n_periods)) * wave(n_periods, self.season)
        return level + self.level * self.disturbance.drift(n_periods, rng) if self.disturbance else level

    def _noise(self, mean: float, n_periods: int, rng: np.random.Generator) -> FloatArray:
        if self.disturbance:
            return self.noise * mean * self.disturbance.noise(n_periods, rng)
        return rng.normal(scale=self.noise * mean, size=n_periods)


def _lognormal(deviation: float, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Factors of mean 1 whose logarithm has this standard deviation."""
    return np.asarray(np.exp(rng.normal(-(deviation**2) / 2.0, deviation, shape)), dtype=np.float64)
