"""One saturating curve from CURVES, learned as the `parametric` model learns it."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from moo_budget._checks import FloatArray
from moo_budget.responses.additive import AdditiveRegression, no_baseline
from moo_budget.responses.additive_fit import AdditiveFit, fit_additive
from moo_budget.responses.carry_over import CARRY_OVERS
from moo_budget.responses.channel_fits import NOISE_FLOOR
from moo_budget.responses.channel_term import ChannelTerm
from moo_budget.responses.curves import CURVES, NoEffect
from moo_budget.responses.estimators.base import ResponseEstimator, typical
from moo_budget.responses.mean import mean_ratio
from moo_budget.responses.parametric import typical_outcome
from moo_budget.responses.records import ResponseCurve
from moo_budget.responses.settings import is_thin


class ParametricCurve(ResponseEstimator):
    """A curve with weak priors and a normal posterior around its most likely parameters; features are not used.

    Args:
        curve: a name in CURVES.
        ordered: the rows follow each other in time, so neighbouring residuals may be related.
    """

    def __init__(self, curve: str = "hill", *, ordered: bool = False) -> None:
        self.curve = curve
        self.ordered = ordered

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from (n_periods, 1 + n_features) and (n_periods,)."""
        X, y = self._sample(X, y)
        self.posterior_ = self._posterior(X[:, 0], y)
        return self

    def predict(self, X: ArrayLike) -> FloatArray:
        """Expected outcome per period, (n_periods,)."""
        X = self._rows(X)
        if self.posterior_ is None:
            return np.zeros(len(X))
        fit = self.posterior_
        residuals = fit.posterior.residuals[np.isfinite(fit.posterior.residuals)]
        unit = fit.outcome_unit * (mean_ratio(residuals) if len(residuals) else 1.0)
        mode = fit.regression.terms[0].response(fit.posterior.mode[None, :], np.array([unit]))
        return mode.curve.values(X[:, 0])[:, 0]

    def draws(self, n_draws: int, rng: np.random.Generator) -> ResponseCurve:
        """The response under draws of the posterior."""
        if self.posterior_ is None:
            return NoEffect(n_draws)
        return self.posterior_.responses(n_draws, rng)[0].curve

    def _posterior(self, spend: FloatArray, observed: FloatArray) -> AdditiveFit | None:
        """None where nothing can be seen of an effect."""
        scale = typical(spend)
        unit = typical_outcome(spend, observed, scale)
        if unit == 0.0 or is_thin(spend):
            return None
        term = ChannelTerm(CURVES[self.curve], CARRY_OVERS["none"], 1, spend, scale, 1.0)
        regression = AdditiveRegression(no_baseline(len(spend)), (term,), relative_above=NOISE_FLOOR)
        expected, _ = regression.predict(regression.prior.mean)
        return fit_additive(regression, np.where(expected > NOISE_FLOOR, observed, np.nan), unit, ordered=self.ordered)
