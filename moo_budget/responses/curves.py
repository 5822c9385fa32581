"""Saturating curves: what spend brings, as an effect at typical spend times a shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray, frozen
from moo_budget.responses.parameters import Between, Parameter, Positive


@dataclass(frozen=True)
class Curve:
    """A shape with ``shape(0) = 0`` and ``shape(1) = 1``; the response is ``effect * shape(spend / scale)``.

    With the scale at a channel's typical spend, `effect` is what the channel brings there: the one number that data
    say most about, hardly tied to the shape's own parameters, whatever the curve.

    Args:
        name: key in CURVES.
        formula: for people.
        parameters: of the shape, in the order in which the functions take them.
        shape: (z, *parameters) -> values; arrays that broadcast, z >= 0.
        slope: the same -> derivative in z, finite at zero.
        gradient: the same -> derivative in each parameter, a tuple.
        source: where the curve comes from.
    """

    name: str
    formula: str
    parameters: tuple[Parameter, ...]
    shape: Callable[..., FloatArray]
    slope: Callable[..., FloatArray]
    gradient: Callable[..., tuple[FloatArray, ...]]
    source: str


def _hill_share(z: FloatArray, half_saturation: FloatArray, slope: FloatArray) -> FloatArray:
    """Share of the ceiling that is reached at z."""
    power = z**slope
    return np.asarray(power / (power + half_saturation**slope), dtype=np.float64)


def _hill_shape(z: FloatArray, half_saturation: FloatArray, slope: FloatArray) -> FloatArray:
    return _hill_share(z, half_saturation, slope) * (1.0 + half_saturation**slope)


def _hill_slope(z: FloatArray, half_saturation: FloatArray, slope: FloatArray) -> FloatArray:
    middle = half_saturation**slope
    return np.asarray((1.0 + middle) * slope * middle * z ** (slope - 1.0) / (z**slope + middle) ** 2, dtype=np.float64)


def _hill_gradient(z: FloatArray, half_saturation: FloatArray, slope: FloatArray) -> tuple[FloatArray, ...]:
    share = _hill_share(z, half_saturation, slope)
    share_at_one = _hill_share(np.ones_like(z), half_saturation, slope)
    shape = share / share_at_one
    # At z = 0 the shape is zero whatever the slope, so the logarithm there may be anything finite.
    log_ratio = np.log(np.where(z > 0.0, z, half_saturation) / half_saturation)
    by_half_saturation = shape * slope * (share - share_at_one) / half_saturation
    by_slope = shape * ((1.0 - share) * log_ratio + (1.0 - share_at_one) * np.log(half_saturation))
    return by_half_saturation, by_slope


def _logarithmic_shape(z: FloatArray, half_saturation: FloatArray) -> FloatArray:
    return np.log1p(z / half_saturation) / np.log1p(1.0 / half_saturation)


def _logarithmic_slope(z: FloatArray, half_saturation: FloatArray) -> FloatArray:
    return np.asarray(1.0 / ((half_saturation + z) * np.log1p(1.0 / half_saturation)), dtype=np.float64)


def _logarithmic_gradient(z: FloatArray, half_saturation: FloatArray) -> tuple[FloatArray, ...]:
    at_one = np.log1p(1.0 / half_saturation)
    rise = _logarithmic_shape(z, half_saturation) / (1.0 + half_saturation) - z / (half_saturation + z)
    return (rise / (half_saturation * at_one),)


HILL = Curve(
    name="hill",
    formula="a z^s / (z^s + k^s), a = effect (1 + k^s), z = spend / scale",
    parameters=(
        Parameter("half_saturation", Positive(), centre=1.0, spread=0.8),
        # From 1 on: below 1 the slope at zero is infinite, which no channel shows and no table can hold. Above 4
        # the curve is a step that weekly data cannot tell from a threshold.
        Parameter("slope", Between(1.0, 4.0), centre=1.3, spread=1.0),
    ),
    shape=_hill_shape,
    slope=_hill_slope,
    gradient=_hill_gradient,
    source="Hill 1910; Jin, Wang, Sun, Chan and Koehler 2017",
)

LOGARITHMIC = Curve(
    name="logarithmic",
    formula="a log(1 + z / k), a = effect / log(1 + 1 / k), z = spend / scale",
    parameters=(Parameter("half_saturation", Positive(), centre=1.0, spread=1.0),),
    shape=_logarithmic_shape,
    slope=_logarithmic_slope,
    gradient=_logarithmic_gradient,
    source="Simon and Arndt 1980",
)

CURVES: dict[str, Curve] = {"hill": HILL, "logarithmic": LOGARITHMIC}


@dataclass(frozen=True, eq=False)
class CurveDraws:
    """A channel's response to one outcome: a curve with one set of parameters per posterior draw.

    Args:
        curve: the formula.
        scale: typical spend, currency per period.
        effects: (n_draws,), outcome per period at typical spend.
        parameters: (n_draws, n_parameters) of the shape, natural.
    """

    curve: Curve
    scale: float
    effects: FloatArray
    parameters: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "effects", frozen(self.effects))
        object.__setattr__(self, "parameters", frozen(self.parameters))

    def values(self, spend: FloatArray) -> FloatArray:
        """(n_spend,) currency per period, level -> (n_spend, n_draws) outcome per period."""
        return self.effects * self.curve.shape(spend[:, None] / self.scale, *self.parameters.T)

    def slopes(self, spend: FloatArray) -> FloatArray:
        """(n_spend,) currency per period, level -> (n_spend, n_draws) outcome per currency."""
        return self.effects / self.scale * self.curve.slope(spend[:, None] / self.scale, *self.parameters.T)


@dataclass(frozen=True)
class NoEffect:
    """The response of a channel that does nothing for an outcome: zero in every draw."""

    n_draws: int

    def values(self, spend: FloatArray) -> FloatArray:
        """(n_spend,) -> zeros (n_spend, n_draws)."""
        return np.zeros((len(spend), self.n_draws))

    def slopes(self, spend: FloatArray) -> FloatArray:
        """(n_spend,) -> zeros (n_spend, n_draws)."""
        return np.zeros((len(spend), self.n_draws))
