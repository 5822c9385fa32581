"""What every estimator of one channel's response can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from moo_budget._checks import FloatArray
from moo_budget.responses.records import ResponseCurve


class ResponseEstimator(RegressorMixin, BaseEstimator, ABC):
    """A scikit-learn regressor of what a channel brings on what is spent on it, which also draws its response.

    ``X[:, 0]`` is the channel's spend (its stock) per period, currency, 0 or more; further columns are features, such
    as season and controls. ``y`` is the outcome per period, which the channel alone brings: nothing without spend.

    Attributes:
        most_draws: no more draws than these differ; None: all do.
        needs_trials: ``y`` is a rate of successes, and ``fit`` takes the trials as ``sample_weight``.
    """

    most_draws: ClassVar[int | None] = None
    needs_trials: ClassVar[bool] = False

    @abstractmethod
    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from (n_periods, 1 + n_features) and (n_periods,)."""

    @abstractmethod
    def predict(self, X: ArrayLike) -> FloatArray:
        """Expected outcome per period, (n_periods,)."""

    @abstractmethod
    def draws(self, n_draws: int, rng: np.random.Generator) -> ResponseCurve:
        """The partial effect of spend, features at their mean over the sample: zero at zero, never falling."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        # Outcomes that are there without spend, or fall with it, are none that a channel brings.
        tags.regressor_tags.poor_score = True
        return tags

    def _sample(self, X: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Spend and features, and the outcome, as checked arrays."""
        rows, outcome = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        if (rows[:, 0] < 0.0).any():
            raise ValueError("Negative values in data: spend, X[:, 0], must be 0 or more")
        self._centre(rows, np.ones(len(rows)))
        return rows, outcome.astype(np.float64)

    def _centre(self, X: FloatArray, weights: FloatArray) -> None:
        """Remember mean and deviation of the features."""
        self.centres_ = np.average(X[:, 1:], axis=0, weights=weights)
        deviations = np.sqrt(np.average((X[:, 1:] - self.centres_) ** 2, axis=0, weights=weights))
        self.deviations_ = np.where(deviations > 0.0, deviations, 1.0)

    def _rows(self, X: ArrayLike) -> FloatArray:
        """Checked rows to predict."""
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, dtype=np.float64, reset=False), dtype=np.float64)

    def _features(self, X: FloatArray) -> FloatArray:
        """(n_periods, n_features), in deviations from their mean."""
        return np.asarray((X[:, 1:] - self.centres_) / self.deviations_, dtype=np.float64)


def typical(values: FloatArray) -> float:
    """Mean of the values above zero; 1 where there are none."""
    above = values[values > 0.0]
    return float(above.mean()) if len(above) else 1.0
