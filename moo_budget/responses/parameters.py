"""Parameters on scales where every real number is allowed, so that a fit may move them freely."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

import numpy as np
from scipy.special import expit, logit, ndtri

from moo_budget._checks import FloatArray


class Scale(Protocol):
    """A way between a parameter's natural value and a free real number, rising everywhere."""

    @property
    def low(self) -> float:
        """The natural value lies above it."""

    @property
    def high(self) -> float:
        """The natural value lies below it."""

    def natural(self, free: FloatArray) -> FloatArray:
        """The value that the formula takes."""

    def slope(self, free: FloatArray) -> FloatArray:
        """Derivative of `natural`."""

    def free(self, natural: float) -> float:
        """The inverse of `natural`."""


# Standard deviations from the middle of a normal belief to its 5 % and 95 % points.
FROM_MIDDLE = float(ndtri(0.95))
# A belief may begin where its scale ends, at an effect of zero say; there it begins as far above it, as a share.
JUST_ABOVE = 0.01
# A search may try a step far out; there the exponential would overflow, or become zero.
FURTHEST_EXPONENT = 30.0


@dataclass(frozen=True)
class Positive:
    """exp: above zero, uncertain by a factor."""

    low: ClassVar[float] = 0.0
    high: ClassVar[float] = np.inf

    def natural(self, free: FloatArray) -> FloatArray:
        """The value that the formula takes."""
        return np.exp(np.clip(free, -FURTHEST_EXPONENT, FURTHEST_EXPONENT))

    def slope(self, free: FloatArray) -> FloatArray:
        """Derivative of `natural`, within the furthest exponents."""
        return self.natural(free)

    def free(self, natural: float) -> float:
        """The inverse of `natural`."""
        return float(np.log(natural))


@dataclass(frozen=True)
class SoftPositive:
    """log(1 + exp): above zero, and a straight line once well above it.

    Effects live here. On the exp scale two collinear channels, each uncertain and nearly certain together, would get
    draws whose sum no history has seen; here the normal posterior keeps their sum.
    """

    low: ClassVar[float] = 0.0
    high: ClassVar[float] = np.inf

    def natural(self, free: FloatArray) -> FloatArray:
        """The value that the formula takes."""
        return np.logaddexp(0.0, free)

    def slope(self, free: FloatArray) -> FloatArray:
        """Derivative of `natural`."""
        return np.asarray(expit(free), dtype=np.float64)

    def free(self, natural: float) -> float:
        """The inverse of `natural`."""
        return float(natural + np.log(-np.expm1(-natural)))


@dataclass(frozen=True)
class Between:
    """A logistic curve from `low` to `high`, both excluded."""

    low: float
    high: float

    def natural(self, free: FloatArray) -> FloatArray:
        """The value that the formula takes."""
        return np.asarray(self.low + (self.high - self.low) * expit(free), dtype=np.float64)

    def slope(self, free: FloatArray) -> FloatArray:
        """Derivative of `natural`."""
        return np.asarray((self.high - self.low) * expit(free) * expit(-free), dtype=np.float64)

    def free(self, natural: float) -> float:
        """The inverse of `natural`."""
        return float(logit((natural - self.low) / (self.high - self.low)))


@dataclass(frozen=True)
class Parameter:
    """A parameter and the weak belief that holds it where the data are silent.

    Args:
        name: as the formula calls it.
        scale: where it is free.
        centre: prior median, natural.
        spread: prior standard deviation of the free number.
        common: prior standard deviation of what the parameters of this name have in common in all channels, beside it.
    """

    name: str
    scale: Scale
    centre: float
    spread: float
    common: float = 0.0

    @property
    def whole_spread(self) -> float:
        """Prior standard deviation of the free number, with what is in common."""
        return float(np.hypot(self.spread, self.common))

    def believed(self, low: float, high: float) -> Parameter:
        """The same parameter with a belief whose central 90 % run from `low` to `high`, natural, both on its scale."""
        above = max(low, self.scale.low + JUST_ABOVE * (high - self.scale.low))
        ends = np.array([self.scale.free(above), self.scale.free(high)])
        centre = self.scale.natural(ends.mean(keepdims=True))[0]
        return replace(self, centre=float(centre), spread=float(np.ptp(ends)) / (2.0 * FROM_MIDDLE), common=0.0)

    def mean(self) -> float:
        """Mean of what is believed, natural; above `centre` where the scale is skewed."""
        quantiles = ndtri((np.arange(1000) + 0.5) / 1000)
        return float(self.scale.natural(self.scale.free(self.centre) + self.whole_spread * quantiles).mean())

    def range(self) -> tuple[float, float]:
        """Central 90 % of what is believed, natural."""
        middle, aside = self.scale.free(self.centre), FROM_MIDDLE * self.whole_spread
        low, high = self.scale.natural(np.array([middle - aside, middle + aside]))
        return float(low), float(high)


def natural(parameters: tuple[Parameter, ...], free: FloatArray) -> FloatArray:
    """Natural values of free numbers, (..., n_parameters) both."""
    columns = [parameter.scale.natural(free[..., i]) for i, parameter in enumerate(parameters)]
    return np.stack(columns, axis=-1) if columns else np.empty(free.shape)


def natural_slopes(parameters: tuple[Parameter, ...], free: FloatArray) -> FloatArray:
    """Derivative of each natural value in its free number, (n_parameters,) or (n_draws, n_parameters)."""
    return np.array([parameter.scale.slope(column) for parameter, column in zip(parameters, free.T, strict=True)]).T
