"""Saturating curves: what spend brings, as an effect at typical spend times a shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.special import expit

from moo_budget._checks import FloatArray, frozen
from moo_budget.responses.parameters import Between, Parameter, Positive

TYPICAL = np.float64(1.0)  # z at typical spend
POWER_START = 0.01  # of typical spend
# Parameters that say at which spend a curve bends: where a search is to look on both sides.
BENDS = ("half_saturation", "knee", "midpoint")


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
        source: where the curve comes from; for people.
    """

    name: str
    formula: str
    parameters: tuple[Parameter, ...]
    shape: Callable[..., FloatArray]
    slope: Callable[..., FloatArray]
    gradient: Callable[..., tuple[FloatArray, ...]]
    source: str


Raw = Callable[..., FloatArray]


def _normalised(
    raw: Raw, by_z: Raw, by_parameters: Callable[..., tuple[FloatArray, ...]]
) -> dict[str, Callable[..., Any]]:
    """Shape, slope and gradient of a curve, from one with `raw(0) = 0`, its slope and its parameters' derivatives.

    No closures, so that responses can be handed to another process.
    """
    return {
        "shape": partial(_share_of_typical, raw, raw),
        "slope": partial(_share_of_typical, raw, by_z),
        "gradient": partial(_gradient, raw, by_parameters),
    }


def _share_of_typical(raw: Raw, by_z: Raw, z: FloatArray, *parameters: FloatArray) -> FloatArray:
    return np.asarray(by_z(z, *parameters) / raw(TYPICAL, *parameters), dtype=np.float64)


def _gradient(
    raw: Raw, by_parameters: Callable[..., tuple[FloatArray, ...]], z: FloatArray, *parameters: FloatArray
) -> tuple[FloatArray, ...]:
    at_one, value = raw(TYPICAL, *parameters), _share_of_typical(raw, raw, z, *parameters)
    here, there = by_parameters(z, *parameters), by_parameters(TYPICAL, *parameters)
    return tuple((h - value * t) / at_one for h, t in zip(here, there, strict=True))


def _linear(z: FloatArray) -> FloatArray:
    return z


def _linear_by_parameters(z: FloatArray) -> tuple[FloatArray, ...]:
    return ()


def _hill(z: FloatArray, half_saturation: FloatArray, slope: FloatArray) -> FloatArray:
    power = z**slope
    return np.asarray(power / (power + half_saturation**slope), dtype=np.float64)


def _hill_by_z(z: FloatArray, half_saturation: FloatArray, slope: FloatArray) -> FloatArray:
    middle = half_saturation**slope
    return np.asarray(slope * middle * z ** (slope - 1.0) / (z**slope + middle) ** 2, dtype=np.float64)


def _hill_by_parameters(z: FloatArray, half_saturation: FloatArray, slope: FloatArray) -> tuple[FloatArray, ...]:
    share = _hill(z, half_saturation, slope)
    bend = share * (1.0 - share)
    # At z = 0 the curve is zero whatever the slope, so the logarithm there may be anything finite.
    return -slope * bend / half_saturation, bend * np.log(np.where(z > 0.0, z, half_saturation) / half_saturation)


def _logarithmic(z: FloatArray, knee: FloatArray) -> FloatArray:
    return np.asarray(np.log1p(z / knee), dtype=np.float64)


def _logarithmic_by_z(z: FloatArray, knee: FloatArray) -> FloatArray:
    return 1.0 / (knee + z)


def _logarithmic_by_parameters(z: FloatArray, knee: FloatArray) -> tuple[FloatArray, ...]:
    return (-z / (knee * (knee + z)),)


def _exponential(z: FloatArray, half_saturation: FloatArray) -> FloatArray:
    return np.asarray(-np.expm1(-np.log(2.0) * z / half_saturation), dtype=np.float64)


def _exponential_by_z(z: FloatArray, half_saturation: FloatArray) -> FloatArray:
    rate = np.log(2.0) / half_saturation
    return np.asarray(rate * np.exp(-rate * z), dtype=np.float64)


def _exponential_by_parameters(z: FloatArray, half_saturation: FloatArray) -> tuple[FloatArray, ...]:
    return (-z * _exponential_by_z(z, half_saturation) / half_saturation,)


def _power(z: FloatArray, exponent: FloatArray) -> FloatArray:
    return np.asarray((z + POWER_START) ** exponent - POWER_START**exponent, dtype=np.float64)


def _power_by_z(z: FloatArray, exponent: FloatArray) -> FloatArray:
    return np.asarray(exponent * (z + POWER_START) ** (exponent - 1.0), dtype=np.float64)


def _power_by_parameters(z: FloatArray, exponent: FloatArray) -> tuple[FloatArray, ...]:
    here, start = z + POWER_START, np.float64(POWER_START)
    return (here**exponent * np.log(here) - start**exponent * np.log(start),)


def _logistic(z: FloatArray, midpoint: FloatArray, steepness: FloatArray) -> FloatArray:
    return np.asarray(expit(steepness * (z / midpoint - 1.0)) - expit(-steepness), dtype=np.float64)


def _logistic_by_z(z: FloatArray, midpoint: FloatArray, steepness: FloatArray) -> FloatArray:
    return steepness / midpoint * _logistic_bend(z, midpoint, steepness)


def _logistic_by_parameters(z: FloatArray, midpoint: FloatArray, steepness: FloatArray) -> tuple[FloatArray, ...]:
    bend, start = _logistic_bend(z, midpoint, steepness), _logistic_bend(np.zeros_like(z), midpoint, steepness)
    return -steepness * z / midpoint**2 * bend, (z / midpoint - 1.0) * bend + start


def _logistic_bend(z: FloatArray, midpoint: FloatArray, steepness: FloatArray) -> FloatArray:
    free = steepness * (z / midpoint - 1.0)
    return np.asarray(expit(free) * expit(-free), dtype=np.float64)


def _michaelis_menten(z: FloatArray, half_saturation: FloatArray) -> FloatArray:
    return z / (z + half_saturation)


def _michaelis_menten_by_z(z: FloatArray, half_saturation: FloatArray) -> FloatArray:
    return half_saturation / (z + half_saturation) ** 2


def _michaelis_menten_by_parameters(z: FloatArray, half_saturation: FloatArray) -> tuple[FloatArray, ...]:
    return (-z / (z + half_saturation) ** 2,)


HILL = Curve(
    name="hill",
    formula="a z^s / (z^s + k^s), a = effect (1 + k^s), z = spend / scale",
    parameters=(
        Parameter("half_saturation", Positive(), centre=1.0, spread=0.8),
        # From 1 on: below 1 the slope at zero is infinite, which no channel shows and no table can hold. Above 4
        # the curve is a step that weekly data cannot tell from a threshold.
        Parameter("slope", Between(1.0, 4.0), centre=1.3, spread=1.0),
    ),
    **_normalised(_hill, _hill_by_z, _hill_by_parameters),
    source="Hill 1910; Jin, Wang, Sun, Chan and Koehler 2017",
)

LOGARITHMIC = Curve(
    name="logarithmic",
    formula="a log(1 + z / k), a = effect / log(1 + 1 / k), z = spend / scale",
    # It has no ceiling to be half of: at its knee the slope is half of that at zero.
    parameters=(Parameter("knee", Positive(), centre=1.0, spread=1.0),),
    **_normalised(_logarithmic, _logarithmic_by_z, _logarithmic_by_parameters),
    source="Simon and Arndt 1980",
)

EXPONENTIAL = Curve(
    name="exponential",
    formula="a (1 - 2^(-z / k)), a = effect / (1 - 2^(-1 / k)), z = spend / scale",
    parameters=(Parameter("half_saturation", Positive(), centre=1.0, spread=0.8),),
    **_normalised(_exponential, _exponential_by_z, _exponential_by_parameters),
    source="Mitscherlich 1909; Rao and Miller 1975",
)

POWER = Curve(
    name="power",
    formula="a ((z + 0.01)^e - 0.01^e), a such that it is the effect at z = 1, z = spend / scale",
    parameters=(Parameter("exponent", Between(0.05, 1.0), centre=0.5, spread=1.0),),
    **_normalised(_power, _power_by_z, _power_by_parameters),
    source="Cobb and Douglas 1928; deviation: moved aside by a hundredth of typical spend, where its slope is finite",
)

LOGISTIC = Curve(
    name="logistic",
    formula="a (1 / (1 + exp(s (1 - z / m))) - 1 / (1 + exp(s))), z = spend / scale",
    parameters=(
        Parameter("midpoint", Positive(), centre=0.7, spread=0.8),
        Parameter("steepness", Between(0.5, 8.0), centre=2.0, spread=1.0),
    ),
    **_normalised(_logistic, _logistic_by_z, _logistic_by_parameters),
    source="Verhulst 1838, less its value at zero; Johansson 1979",
)

MICHAELIS_MENTEN = Curve(
    name="michaelis_menten",
    formula="a z / (z + k), a = effect (1 + k), z = spend / scale",
    parameters=(Parameter("half_saturation", Positive(), centre=1.0, spread=1.0),),
    **_normalised(_michaelis_menten, _michaelis_menten_by_z, _michaelis_menten_by_parameters),
    source="Michaelis and Menten 1913",
)

LINEAR = Curve(
    name="linear",
    formula="effect z, z = spend / scale",
    parameters=(),
    **_normalised(_linear, np.ones_like, _linear_by_parameters),
    source="no saturation",
)

CURVES: dict[str, Curve] = {
    curve.name: curve for curve in (HILL, LOGARITHMIC, EXPONENTIAL, POWER, LOGISTIC, MICHAELIS_MENTEN, LINEAR)
}


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
