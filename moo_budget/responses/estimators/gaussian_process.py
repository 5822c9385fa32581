"""A saturating curve bent by a Gaussian process, where spend and features say more than the curve can."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from moo_budget._checks import FloatArray
from moo_budget._process import unwarned
from moo_budget.responses.channel_fits import NOISE_FLOOR
from moo_budget.responses.estimators.base import ResponseEstimator, typical
from moo_budget.responses.estimators.grid import GridCurve, never_falling, spend_grid
from moo_budget.responses.estimators.parametric_curve import ParametricCurve
from moo_budget.responses.records import ResponseCurve
from moo_budget.responses.settings import FEWEST_ACTIVE

# Beyond what was seen the process dies away and the curve goes on; shares of the highest spend.
BEYOND = (1.3, 2.0, 4.0)
# Of the process's covariance, so that its root exists.
JITTER = 1e-8


class GaussianProcess(ResponseEstimator):
    """Curve times (1 + process): the relative residuals of a `ParametricCurve`, learned with scikit-learn.

    The process runs over the logarithm of spend, and over the features; its amplitude, lengths and noise are those of
    highest likelihood. A draw is one of the curve times one of the process, made monotone on a grid.

    Args:
        curve: of the mean, a name in CURVES.
        ordered: the rows follow each other in time; the curve's posterior knows it, the process does not.

    Source: Rasmussen and Williams 2006, algorithm 2.1.
    """

    def __init__(self, curve: str = "hill", *, ordered: bool = False) -> None:
        self.curve = curve
        self.ordered = ordered

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from (n_periods, 1 + n_features) and (n_periods,)."""
        X, y = self._sample(X, y)
        self.typical_spend_ = typical(X[:, 0])
        self.grid_ = spend_grid(X[:, 0])
        self.mean_ = ParametricCurve(self.curve, ordered=self.ordered).fit(X, y)
        expected = self.mean_.predict(X)
        ran = expected > NOISE_FLOOR * expected.mean()
        self.process_ = None
        if ran.sum() >= FEWEST_ACTIVE:
            self.process_ = _process(self._coordinates(X[ran]), y[ran] / expected[ran] - 1.0)
        return self

    def predict(self, X: ArrayLike) -> FloatArray:
        """Expected outcome per period, (n_periods,)."""
        X = self._rows(X)
        mean = self.mean_.predict(X)
        if self.process_ is None:
            return mean
        return np.asarray(mean * (1.0 + self.process_.predict(self._coordinates(X))), dtype=np.float64)

    def draws(self, n_draws: int, rng: np.random.Generator) -> ResponseCurve:
        """The response under draws of curve and process."""
        curve = self.mean_.draws(n_draws, rng)
        if self.process_ is None:
            return curve
        grid = np.concatenate([self.grid_, self.grid_[-1] * np.array(BEYOND)])
        X = np.column_stack([grid, np.broadcast_to(self.centres_, (len(grid), len(self.centres_)))])
        bends = _process_draws(self.process_, self._coordinates(X), n_draws, rng)
        return GridCurve(grid, never_falling(curve.values(grid) * (1.0 + bends)))

    def _coordinates(self, X: FloatArray) -> FloatArray:
        """Where the process runs, (n_periods, 1 + n_features), without units."""
        return np.column_stack([np.log1p(X[:, 0] / self.typical_spend_), self._features(X)])


def _process(coordinates: FloatArray, residuals: FloatArray) -> GaussianProcessRegressor:
    lengths = np.ones(coordinates.shape[1])
    bend = ConstantKernel(0.01, (1e-5, 1.0)) * RBF(lengths, (0.2, 100.0))
    process = GaussianProcessRegressor(bend + WhiteKernel(0.01, (1e-6, 10.0)), random_state=0)
    # A length or amplitude at its bound is an answer here: no bend that the data can see.
    with unwarned(category=ConvergenceWarning):
        process.fit(coordinates, residuals)
    return process


def _process_draws(
    process: GaussianProcessRegressor, coordinates: FloatArray, n_draws: int, rng: np.random.Generator
) -> FloatArray:
    """(n_points, n_draws) of the process itself, without the noise of a period."""
    mean, covariance = process.predict(coordinates, return_cov=True)
    noise = process.kernel_.k2.noise_level
    root = np.linalg.cholesky(covariance + (JITTER - noise) * np.eye(len(mean)))
    return np.asarray(mean[:, None] + root @ rng.standard_normal((len(mean), n_draws)), dtype=np.float64)
