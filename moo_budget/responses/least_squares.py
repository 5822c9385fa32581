"""Weighted least squares of a regression that is not linear, with what is known beforehand among the squares.

Source: Gauss and Newton's steps, shortened where the sum would rise (Nocedal and Wright 2006, section 10.3). Beliefs
make every step's equations regular, so nothing else is needed to hold it; at twenty parameters a step costs less than a
library's solver takes to begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.errors import ModelError

MOST_STEPS = 100
# Of a step, tried one after the other; below the last of them only rounding is left of it.
SHARES = 0.3 ** np.arange(16)
# Relative; a sum that rises by less has not risen.
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Prior:
    """A normal belief about the free parameters: mean (n_free,), covariance (n_free, n_free)."""

    mean: FloatArray
    covariance: FloatArray

    @cached_property
    def whitener(self) -> FloatArray:
        """(n_free, n_free) W with W' W the inverse of the covariance."""
        return np.linalg.inv(np.linalg.cholesky(self.covariance))

    def misfit(self, free: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Free parameters (n_free,) -> distance to the mean in deviations, (n_free,), and its Jacobian."""
        return self.whitener @ (free - self.mean), self.whitener


class Regression(Protocol):
    """What is fitted."""

    @property
    def prior(self) -> Prior:
        """Belief about the free parameters before the data."""

    @property
    def starts(self) -> tuple[FloatArray, ...]:
        """Free parameters (n_free,) from which to search, the likeliest place first."""

    def known(self, free: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What is known beside the periods: the prior, and where there are some, experiments.

        Free parameters (n_free,) -> how far each piece of knowledge is missed, in deviations of its own, (n_known,),
        and the Jacobian (n_known, n_free).
        """

    def predict(self, free: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Free parameters (n_free,) -> expected values (n_periods,) and their Jacobian (n_periods, n_free)."""

    def noise_scale(self, expected: FloatArray) -> FloatArray:
        """(n_periods,) -> standard deviation of each period's noise up to one common factor."""

    def fluctuation(self, free: FloatArray) -> FloatArray:
        """Free parameters (n_free,) -> variance (n_periods,) of what is known to fluctuate beside that noise."""


@dataclass(frozen=True, eq=False)
class Whitening:
    """Turns misses of periods, unequally noisy and each with a part of the one before, into independent equal ones.

    Source: Prais and Winsten 1954.

    Args:
        deviations: (n_periods,), of the noise that a period adds to what is left of the one before.
        memory: autocorrelation of the noise from one period to the next.
        follows: (n_periods,), whether a period's miss is compared with that of the one before.
        root_weights: (n_periods,), roots of the weights of least squares; 0: not used.
    """

    deviations: FloatArray
    memory: float
    follows: BoolArray
    root_weights: FloatArray

    def innovations(self, misses: FloatArray) -> FloatArray:
        """What each period adds, in deviations: (n_periods,) or (n_periods, n) -> the same."""
        own = misses.T / self.deviations
        if self.memory == 0.0:
            return np.asarray(own.T)
        # A miss with nothing before it is one of the whole noise, which memory has made larger.
        left = np.where(self.follows, 1.0, np.sqrt(1.0 - self.memory**2)) * own
        left[..., 1:] -= self.memory * self.follows[1:] * own[..., :-1]
        return np.asarray(left.T)

    def weighted(self, misses: FloatArray) -> FloatArray:
        """The same under the roots of the weights."""
        return np.asarray((self.innovations(misses).T * self.root_weights).T)


@dataclass(frozen=True, eq=False)
class Place:
    """A regression at one set of free parameters.

    Args:
        free: (n_free,).
        expected: (n_periods,), from `predict`, with its Jacobian.
        jacobian: (n_periods, n_free).
        missed: (n_known,), from `known`, with its Jacobian.
        slopes: (n_known, n_free).
    """

    free: FloatArray
    expected: FloatArray
    jacobian: FloatArray
    missed: FloatArray
    slopes: FloatArray

    @cached_property
    def precision_known(self) -> FloatArray:
        """(n_free, n_free), of what is known beside the periods."""
        return self.slopes.T @ self.slopes

    def information(self, whitening: Whitening) -> FloatArray:
        """What the periods say of the parameters, (n_free, n_free)."""
        weighted = whitening.weighted(self.jacobian)
        return weighted.T @ weighted


def place_at(regression: Regression, free: FloatArray) -> Place:
    """The regression at free parameters (n_free,)."""
    return Place(free, *regression.predict(free), *regression.known(free))


@dataclass(frozen=True, eq=False)
class Squares:
    """A sum of squares that is to be least: of the periods under their weights, and of what is known beside them.

    Args:
        regression: what is expected of the periods.
        values: (n_periods,), what they should be.
        whitening: of what is missed.
    """

    regression: Regression
    values: FloatArray
    whitening: Whitening

    def total(self, place: Place) -> float:
        """The sum."""
        misfit = self.whitening.weighted(self.values - place.expected)
        return float(misfit @ misfit + place.missed @ place.missed)

    def step(self, place: Place) -> FloatArray:
        """(n_free,), to where the sum would be least if the regression were linear."""
        slopes = self.whitening.weighted(place.jacobian)
        misfit = self.whitening.weighted(self.values - place.expected)
        precision = slopes.T @ slopes + place.precision_known
        downhill = slopes.T @ misfit - place.slopes.T @ place.missed
        return np.asarray(np.linalg.solve(precision, downhill), dtype=np.float64)


def least(squares: Squares, place: Place, within: float) -> Place:
    """Where the steps from `place` end: one has moved no parameter by `within` prior deviations.

    Raises:
        ModelError: no finite solution was found.
    """
    whitener = squares.regression.prior.whitener
    for _ in range(MOST_STEPS):
        before, place = place, _downhill(squares, place)
        if np.abs(whitener @ (place.free - before.free)).max() < within:
            break
    return place


def _downhill(squares: Squares, place: Place) -> Place:
    """The place after a step, or after as much of it as the sum does not rise along; none of it: the same place."""
    try:
        step = squares.step(place)
    except np.linalg.LinAlgError as fault:
        raise ModelError(f"least squares found no finite solution ({fault})", code="fit.failed") from fault
    if not np.isfinite(step).all():
        raise ModelError("least squares found no finite solution (a step is not finite)", code="fit.failed")
    most = squares.total(place) * (1.0 + ROUNDING)
    tried = (place_at(squares.regression, place.free + share * step) for share in SHARES)
    return next((there for there in tried if squares.total(there) <= most), place)
