"""Weighted least squares with weak priors, and the normal posterior around its solution.

Sources: Student-t errors by iteratively reweighted least squares (Lange, Little and Taylor 1989); Laplace's
approximation with the Gauss-Newton Hessian. Deviations: a fixed number of rounds; the noise level loses the degrees of
freedom that the fit has used; autocorrelated residuals count as fewer observations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.optimize import least_squares

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.errors import ModelError

STUDENT_DEGREES = 4.0
# Fisher information of one period about its expected value, in units of 1 / noise squared.
STUDENT_INFORMATION = (STUDENT_DEGREES + 1.0) / (STUDENT_DEGREES + 3.0)
ROUNDS = 6
# Data without noise would make every other number infinitely certain.
SMALLEST_NOISE = 1e-4
# Beyond as many deviations a period is named as an outlier; its weight is then under a sixth.
OUTLIER_DEVIATIONS = 5.0


@dataclass(frozen=True, eq=False)
class Prior:
    """A normal belief about the free parameters: mean (n_free,), covariance (n_free, n_free)."""

    mean: FloatArray
    covariance: FloatArray

    def whitener(self) -> FloatArray:
        """(n_free, n_free) W with W' W the inverse of the covariance."""
        return np.linalg.inv(np.linalg.cholesky(self.covariance))


class Regression(Protocol):
    """What `learn` fits."""

    @property
    def prior(self) -> Prior:
        """Belief about the free parameters before the data."""

    def predict(self, free: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Free parameters (n_free,) -> expected values (n_periods,) and their Jacobian (n_periods, n_free)."""

    def noise_scale(self, expected: FloatArray) -> FloatArray:
        """(n_periods,) -> standard deviation of each period's noise up to one common factor."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """A fitted regression.

    Args:
        mode: (n_free,).
        precision: (n_free, n_free), inverse covariance of the normal around the mode.
        expected: (n_periods,), at the mode, also for periods that were not used.
        residuals: (n_periods,), observed less expected in units of the noise scale; NaN where not used.
        noise: scale of the Student-t noise, in units of the noise scale.
        n_effective: how many parameters the data have determined.
        autocorrelation: lag-1, of the residuals; 0 where periods have no order.
        outliers: (n_periods,), periods far from the fit, which counted less.
    """

    mode: FloatArray
    precision: FloatArray
    expected: FloatArray
    residuals: FloatArray
    noise: float
    n_effective: float
    autocorrelation: float
    outliers: BoolArray

    def draws(self, n_draws: int, rng: np.random.Generator) -> FloatArray:
        """Free parameters, (n_draws, n_free)."""
        eigenvalues, directions = np.linalg.eigh(self.precision)
        normal = rng.standard_normal((n_draws, len(self.mode)))
        return np.asarray(self.mode + (normal / np.sqrt(eigenvalues)) @ directions.T, dtype=np.float64)


def learn(regression: Regression, observed: FloatArray, *, ordered: bool) -> Posterior:
    """The posterior of a regression's free parameters.

    Args:
        regression: what is expected of each period under which parameters.
        observed: (n_periods,); NaN: not used.
        ordered: the periods follow each other in time, so neighbouring residuals may be related.

    Raises:
        ModelError: no finite solution was found.
    """
    used = np.isfinite(observed)
    values = np.where(used, observed, 0.0)
    whitener = regression.prior.whitener()
    free = regression.prior.mean
    expected, _ = regression.predict(free)
    residuals = _relative(regression, values, expected)
    noise = max(float(np.median(np.abs(residuals[used]))) * 1.4826, SMALLEST_NOISE)
    weights = used.astype(np.float64)
    for _ in range(ROUNDS):
        root_weights = np.sqrt(weights) / (noise * regression.noise_scale(expected))
        free = _solve(regression, values, root_weights, whitener, free)
        expected, jacobian = regression.predict(free)
        residuals = _relative(regression, values, expected)
        n_effective = _effective_parameters(jacobian * root_weights[:, None], whitener)
        weights = used * _student_weights(residuals / noise)
        noise = _noise_level(residuals, weights, used.sum() - n_effective)
    root_weights = used * np.sqrt(STUDENT_INFORMATION) / (noise * regression.noise_scale(expected))
    information = _information(jacobian * root_weights[:, None])
    kept = np.where(used, residuals, np.nan)
    rho = autocorrelation(kept) if ordered else 0.0
    return Posterior(
        mode=free,
        precision=independent_periods(rho) * information + whitener.T @ whitener,
        expected=expected,
        residuals=kept,
        noise=noise,
        n_effective=n_effective,
        autocorrelation=rho,
        outliers=used & (np.abs(residuals) > OUTLIER_DEVIATIONS * noise),
    )


def prior_only(regression: Regression, n_periods: int) -> Posterior:
    """The posterior where nothing is observed."""
    expected, _ = regression.predict(regression.prior.mean)
    whitener = regression.prior.whitener()
    return Posterior(
        mode=regression.prior.mean,
        precision=whitener.T @ whitener,
        expected=expected,
        residuals=np.full(n_periods, np.nan),
        noise=np.nan,
        n_effective=0.0,
        autocorrelation=0.0,
        outliers=np.zeros(n_periods, dtype=np.bool_),
    )


def autocorrelation(residuals: FloatArray) -> float:
    """Lag-1 autocorrelation, from 0 to 0.8, of (n_periods,) residuals with NaN where there is none.

    Negative values count as 0: in few periods they are chance more often than comfort.
    """
    centred = residuals - np.nanmean(residuals)
    pairs = centred[1:] * centred[:-1]
    variance = np.nanmean(centred**2)
    if variance <= 0.0 or np.isfinite(pairs).sum() < 2:
        return 0.0
    return float(np.clip(np.nanmean(pairs) / variance, 0.0, 0.8))


def independent_periods(rho: float) -> float:
    """How many independent periods one period is worth under AR(1) noise with this autocorrelation."""
    return (1.0 - rho) / (1.0 + rho)


def _relative(regression: Regression, values: FloatArray, expected: FloatArray) -> FloatArray:
    return (values - expected) / regression.noise_scale(expected)


def _solve(
    regression: Regression, values: FloatArray, root_weights: FloatArray, whitener: FloatArray, start: FloatArray
) -> FloatArray:
    def misfit(free: FloatArray) -> FloatArray:
        expected, _ = regression.predict(free)
        return np.concatenate([root_weights * (expected - values), whitener @ (free - regression.prior.mean)])

    def slopes(free: FloatArray) -> FloatArray:
        _, jacobian = regression.predict(free)
        return np.vstack([root_weights[:, None] * jacobian, whitener])

    try:
        solution = least_squares(misfit, start, jac=slopes, method="lm", max_nfev=100, ftol=1e-6, xtol=1e-6).x
    except (ValueError, np.linalg.LinAlgError) as fault:
        raise ModelError(f"least squares found no finite solution ({fault})", code="fit.failed") from fault
    return np.asarray(solution, dtype=np.float64)


def _information(weighted_jacobian: FloatArray) -> FloatArray:
    return weighted_jacobian.T @ weighted_jacobian


def _effective_parameters(weighted_jacobian: FloatArray, whitener: FloatArray) -> float:
    information = _information(weighted_jacobian)
    return float(np.trace(np.linalg.solve(information + whitener.T @ whitener, information)))


def _student_weights(deviations: FloatArray) -> FloatArray:
    return np.asarray((STUDENT_DEGREES + 1.0) / (STUDENT_DEGREES + deviations**2), dtype=np.float64)


def _noise_level(residuals: FloatArray, weights: FloatArray, degrees_of_freedom: float) -> float:
    return max(float(np.sqrt((weights * residuals**2).sum() / max(degrees_of_freedom, 1.0))), SMALLEST_NOISE)
