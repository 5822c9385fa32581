"""A straight line through zero, whose slope the features may bend."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from moo_budget._checks import FloatArray
from moo_budget.responses.channel_fits import NOISE_FLOOR
from moo_budget.responses.curves import CURVES, CurveDraws, NoEffect
from moo_budget.responses.estimators.base import ResponseEstimator, typical
from moo_budget.responses.posterior import SMALLEST_NOISE, autocorrelation, independent_periods
from moo_budget.responses.records import ResponseCurve


class Linear(ResponseEstimator):
    """Outcome = spend x (return + features x coefficients), with noise in proportion to spend.

    Divided by spend this is ordinary regression of the return; a coefficient is held near zero with the weight of one
    period. A draw of the return is one of its Student-t posterior, above zero.

    Args:
        ordered: the rows follow each other in time, so autocorrelated residuals count as fewer.

    Source: Gelman and others 2013, section 14.2 (noninformative prior); deviation: the effect is not negative.
    """

    def __init__(self, *, ordered: bool = False) -> None:
        self.ordered = ordered

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from (n_periods, 1 + n_features) and (n_periods,)."""
        X, y = self._sample(X, y)
        self.typical_spend_ = typical(X[:, 0])
        ran = X[:, 0] > NOISE_FLOOR * self.typical_spend_
        columns = np.column_stack([np.ones(ran.sum()), self._features(X[ran])])
        returns = y[ran] / X[ran, 0]
        precision = columns.T @ columns + np.diag([0.0] + [1.0] * (columns.shape[1] - 1))
        # Without any spend nothing is known, and nothing is claimed.
        covariance = np.linalg.pinv(precision, hermitian=True)
        self.coef_ = covariance @ columns.T @ returns
        residuals = returns - columns @ self.coef_
        n_effective = float(np.trace(covariance @ columns.T @ columns))
        self.degrees_ = max(len(returns) - n_effective, 1.0)
        rho = autocorrelation(residuals) if self.ordered and len(residuals) > 1 else 0.0
        noise = max(float(np.sqrt((residuals**2).sum() / self.degrees_)), SMALLEST_NOISE * abs(float(self.coef_[0])))
        self.deviation_ = noise * float(np.sqrt(covariance[0, 0] / independent_periods(rho)))
        return self

    def predict(self, X: ArrayLike) -> FloatArray:
        """Expected outcome per period, (n_periods,)."""
        X = self._rows(X)
        returns = max(self.coef_[0], 0.0) + self._features(X) @ self.coef_[1:]
        return np.asarray(X[:, 0] * returns, dtype=np.float64)

    def draws(self, n_draws: int, rng: np.random.Generator) -> ResponseCurve:
        """Straight lines."""
        if self.deviation_ == 0.0:
            return NoEffect(n_draws)
        posterior = student(self.degrees_, loc=self.coef_[0], scale=self.deviation_)
        # The survival function keeps its digits where nearly all of the posterior lies below zero.
        returns = posterior.isf(posterior.sf(0.0) * rng.random(n_draws))
        effects = self.typical_spend_ * np.maximum(returns, 0.0)
        return CurveDraws(CURVES["linear"], self.typical_spend_, effects, np.empty((n_draws, 0)))
