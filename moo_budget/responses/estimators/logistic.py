"""The rate of successes, for outcomes of which each trial either is one or is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit
from scipy.stats import truncnorm
from sklearn.linear_model import LogisticRegression
from sklearn.utils import check_array, check_consistent_length

from moo_budget._checks import FloatArray, frozen
from moo_budget.responses.estimators.base import ResponseEstimator
from moo_budget.responses.posterior import autocorrelation, independent_periods
from moo_budget.responses.records import ResponseCurve

# Variance of a prior coefficient: a typical spend seldom changes the odds more than tenfold.
SPREAD = 2.0


@dataclass(frozen=True, eq=False)
class LogisticDraws:
    """Further successes that spend brings among so many trials, over those without spend.

    Args:
        trials: per period.
        scale: typical spend, currency per period.
        levels: (n_draws,), log odds without spend.
        effects: (n_draws,), what a typical spend adds to them, 0 or more.
    """

    trials: float
    scale: float
    levels: FloatArray
    effects: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", frozen(self.levels))
        object.__setattr__(self, "effects", frozen(self.effects))

    def values(self, spend: FloatArray) -> FloatArray:
        """(n_spend,) currency per period, level -> (n_spend, n_draws) successes per period."""
        return np.asarray(self.trials * (expit(self._log_odds(spend)) - expit(self.levels)), dtype=np.float64)

    def slopes(self, spend: FloatArray) -> FloatArray:
        """(n_spend,) currency per period, level -> (n_spend, n_draws) successes per currency."""
        log_odds = self._log_odds(spend)
        steepest = self.trials * self.effects / self.scale
        return np.asarray(steepest * expit(log_odds) * expit(-log_odds), dtype=np.float64)

    def _log_odds(self, spend: FloatArray) -> FloatArray:
        return self.levels + self.effects * (spend[:, None] / self.scale)


class Logistic(ResponseEstimator):
    """Log odds of a success = level + spend x effect + features x coefficients; binomial, trials as weights.

    ``y`` is the rate, ``sample_weight`` the trials (left out: one each); rates beyond 0 and 1 are held there. `predict`
    gives the rate; the response counts successes among the mean number of trials. Draws are normal around the most
    likely coefficients, widened as far as the rates vary more than a binomial's, with an effect above zero.

    Args:
        ordered: the rows follow each other in time, so autocorrelated residuals count as fewer.

    Source: McCullagh and Nelder 1989, section 4.5 (overdispersion).
    """

    needs_trials = True

    def __init__(self, *, ordered: bool = False) -> None:
        self.ordered = ordered

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from (n_periods, 1 + n_features), (n_periods,) rates and (n_periods,) trials."""
        rows, rates = self._sample(X, y)
        trials = np.ones(len(rows)) if sample_weight is None else _checked(sample_weight, rows)
        tried = trials > 0.0
        rows, rates, trials = rows[tried], np.clip(rates[tried], 0.0, 1.0), trials[tried]
        self._centre(rows, trials)
        self.typical_spend_ = float(np.average(rows[:, 0], weights=trials)) or 1.0
        self.trials_ = float(trials.mean())
        columns = self._columns(rows)
        self.coef_ = _most_likely(columns, rates, trials)
        self.covariance_ = self._covariance(columns, rates, trials)
        return self

    def predict(self, X: ArrayLike) -> FloatArray:
        """Expected rate, (n_periods,)."""
        return np.asarray(expit(self._columns(self._rows(X)) @ self.coef_), dtype=np.float64)

    def draws(self, n_draws: int, rng: np.random.Generator) -> ResponseCurve:
        """Successes that spend adds, under draws of level and effect."""
        level, effect = self.coef_[:2]
        covariance = self.covariance_[:2, :2]
        deviation = float(np.sqrt(covariance[1, 1]))
        effects = truncnorm.rvs(-effect / deviation, np.inf, effect, deviation, size=n_draws, random_state=rng)
        by_effect = covariance[0, 1] / covariance[1, 1]
        rest = np.sqrt(max(covariance[0, 0] - by_effect * covariance[0, 1], 0.0))
        levels = level + by_effect * (effects - effect) + rest * rng.standard_normal(n_draws)
        return LogisticDraws(self.trials_, self.typical_spend_, levels, np.maximum(effects, 0.0))

    def _columns(self, X: FloatArray) -> FloatArray:
        return np.column_stack([np.ones(len(X)), X[:, 0] / self.typical_spend_, self._features(X)])

    def _covariance(self, columns: FloatArray, rates: FloatArray, trials: FloatArray) -> FloatArray:
        """(n_coefficients, n_coefficients), of the posterior."""
        expected = expit(columns @ self.coef_)
        variances = np.maximum(trials * expected * (1.0 - expected), np.finfo(float).tiny)
        residuals = trials * (rates - expected) / np.sqrt(variances)
        dispersion = max(float((residuals**2).sum()) / max(len(rates) - columns.shape[1], 1), 1.0)
        rho = autocorrelation(residuals) if self.ordered else 0.0
        information = (columns * variances[:, None]).T @ columns * (independent_periods(rho) / dispersion)
        return np.asarray(np.linalg.inv(information + np.eye(len(information)) / SPREAD**2), dtype=np.float64)


def _checked(trials: ArrayLike, rows: FloatArray) -> FloatArray:
    checked: FloatArray = check_array(trials, ensure_2d=False, dtype=np.float64, input_name="sample_weight")
    if checked.ndim != 1:
        raise ValueError(f"sample_weight has shape {checked.shape}; it must have one number a row")
    check_consistent_length(rows, checked)
    if (checked < 0.0).any() or not checked.any():
        raise ValueError("sample_weight are trials: none is negative, and some are above zero")
    return checked


def _most_likely(columns: FloatArray, rates: FloatArray, trials: FloatArray) -> FloatArray:
    """Of the level and the coefficients, by scikit-learn: a row of successes and one of the other trials."""
    successes = np.append(rates * trials, (1.0 - rates) * trials)
    happened = np.repeat([1, 0], len(rates))
    counted = successes > 0.0
    if len(np.unique(happened[counted])) < 2:
        # Always or never: half a trial on the other side keeps the odds finite (Haldane; Anscombe 1956).
        share = (rates @ trials + 0.5) / (trials.sum() + 1.0)
        return np.append(np.log(share / (1.0 - share)), np.zeros(columns.shape[1] - 1))
    model = LogisticRegression(C=SPREAD**2, solver="newton-cholesky", tol=1e-8, max_iter=200)
    model.fit(np.tile(columns[:, 1:], (2, 1))[counted], happened[counted], sample_weight=successes[counted])
    return np.concatenate([model.intercept_, model.coef_[0]])
