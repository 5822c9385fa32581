"""What may come of a plan: covariance of market noise, and exact functionals of the normal mixture.

Under draw d the outcome of a plan is normal with mean m_d and variance v_d, so over draws with weights p_d it is a
mixture of normals (docs/design.md section 5). Everything here is a deterministic function of (m, v, p).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize.elementwise import find_root
from scipy.special import ndtr

from moo_budget._checks import FloatArray, IntArray, check_finite, check_shape, frozen
from moo_budget.errors import InputError

_REACH = 40.0  # deviations beyond which the normal distribution function is 0 or 1 in double precision
_ROUNDING = 1e-12  # weights that sum to 1 do so up to this


@dataclass(frozen=True, eq=False)
class Factors:
    """A noise covariance loadings @ loadings.T + diag(specific), relative, per period.

    Args:
        loadings: (n_channels, n_factors).
        specific: (n_channels,), variances, 0 or more.

    Raises:
        InputError: shapes disagree, an entry is not finite, or a specific variance is negative.
    """

    loadings: FloatArray
    specific: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "loadings", frozen(self.loadings))
        object.__setattr__(self, "specific", frozen(self.specific))
        check_shape("specific", self.specific, (None,), "(n_channels,)")
        check_shape("loadings", self.loadings, (len(self.specific), None), "(n_channels, n_factors)")
        check_finite("loadings", self.loadings)
        check_finite("specific", self.specific)
        if (self.specific < 0).any():
            raise InputError(
                f"specific[{int(np.argmin(self.specific))}] is {self.specific.min():g}; a variance must be 0 or more",
                code="risk.variance",
            )

    def dense(self) -> FloatArray:
        """The (n_channels, n_channels) covariance."""
        return self.loadings @ self.loadings.T + np.diag(self.specific)


NoiseCovariance = FloatArray | Factors


def factors_of(covariance: NoiseCovariance, n_channels: int) -> Factors:
    """The covariance as factors, which is what the compiled measures read.

    Args:
        covariance: (n_channels, n_channels), symmetric and positive semi-definite up to rounding, or Factors.
        n_channels: how many channels the tables have.

    Raises:
        InputError: not square, not symmetric, or not positive semi-definite.
    """
    if isinstance(covariance, Factors):
        check_shape("loadings", covariance.loadings, (n_channels, None), "(n_channels, n_factors)")
        return covariance
    matrix = np.asarray(covariance, dtype=float)
    check_shape("noise_covariance", matrix, (n_channels, n_channels), "(n_channels, n_channels)")
    check_finite("noise_covariance", matrix)
    asymmetry = float(np.abs(matrix - matrix.T).max(initial=0.0))
    scale = float(np.abs(matrix).max(initial=0.0))
    if asymmetry > 1e-8 * scale:
        raise InputError(f"noise_covariance differs from its transpose by {asymmetry:g}", code="risk.not-symmetric")
    eigenvalues, directions = np.linalg.eigh((matrix + matrix.T) / 2)
    if eigenvalues.min(initial=0.0) < -1e-8 * max(scale, 1e-300):
        raise InputError(
            f"noise_covariance has the eigenvalue {eigenvalues.min():g}; a covariance has none below 0. "
            "Clip its eigenvalues at 0, or build it from correlations that can occur together.",
            code="risk.not-psd",
        )
    return Factors(directions * np.sqrt(np.clip(eigenvalues, 0.0, None)), np.zeros(n_channels))


def noise_by_outcome(
    noise: NoiseCovariance | Mapping[str, NoiseCovariance] | None, outcomes: tuple[str, ...], n_channels: int
) -> tuple[Factors, ...]:
    """One Factors an outcome: the same for all, one by name, or none at all (no market noise).

    Raises:
        InputError: a mapping that leaves an outcome out or names one that is not known.
    """
    if noise is None:
        noise = Factors(np.zeros((n_channels, 0)), np.zeros(n_channels))
    if not isinstance(noise, Mapping):
        return (factors_of(noise, n_channels),) * len(outcomes)
    if set(noise) != set(outcomes):
        raise InputError(
            f"noise_covariance has the outcomes {sorted(noise)}; it needs exactly {sorted(outcomes)}",
            code="risk.outcomes",
        )
    return tuple(factors_of(noise[name], n_channels) for name in outcomes)


def mixture_std(mean: FloatArray, variance: FloatArray, weights: FloatArray) -> FloatArray:
    """Standard deviation of each plan's outcome: spread of the draws' means plus mean of their variances.

    Args:
        mean: (n_plans, n_draws), outcome.
        variance: (n_plans, n_draws), outcome squared.
        weights: (n_draws,), sum 1.

    Returns:
        (n_plans,), outcome.
    """
    spread = mean - _expectation(mean, weights)[:, None]
    result: FloatArray = np.sqrt(_expectation(spread**2 + variance, weights))
    return result


def _expectation(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Mean over draws, (n_plans, n_draws) -> (n_plans,).

    No matrix product: its last bits depend on how many plans stand beside a plan, and one plan has one value.
    """
    result: FloatArray = (values * weights).sum(axis=1)
    return result


def mixture_quantile(mean: FloatArray, variance: FloatArray, weights: FloatArray, probability: float) -> FloatArray:
    """The q at which P(outcome <= q) reaches `probability`, for each plan; exact to rounding.

    The distribution function jumps where a part has no variance and is a point mass, so its root is bracketed
    (Chandrupatla 1997, as scipy has it); where all parts are point masses, the draws are sorted instead.

    Args:
        mean: (n_plans, n_draws), outcome.
        variance: (n_plans, n_draws), outcome squared.
        weights: (n_draws,), sum 1.
        probability: in (0, 1).

    Returns:
        (n_plans,), outcome.
    """
    moving = variance.any(axis=1)
    result = weighted_percentile(mean, weights, probability)
    if moving.any():
        result[moving] = _root(mean[moving], np.sqrt(variance[moving]), weights, probability)
    return result


def _root(mean: FloatArray, deviation: FloatArray, weights: FloatArray, probability: float) -> FloatArray:
    """Where the distribution functions of mixtures reach `probability`; (n_plans, n_draws) twice -> (n_plans,)."""
    point = deviation == 0.0
    scale = np.where(point, 1.0, deviation)

    def missing(q: FloatArray, plan: IntArray) -> FloatArray:
        distance = q[:, None] - mean[plan]
        below = np.where(point[plan], distance >= 0.0, ndtr(distance / scale[plan]))
        return _expectation(below, weights) - probability * (1.0 - _ROUNDING)

    low, high = (mean - _REACH * deviation).min(axis=1), (mean + _REACH * deviation).max(axis=1)
    below_all = low - _ROUNDING * np.maximum(np.abs(low), np.abs(high))  # the lowest part may be a point mass
    found = find_root(
        missing,
        (below_all, high),
        args=(np.arange(len(mean)),),
        tolerances={"xatol": 0.0, "xrtol": 1e-15, "fatol": 0.0},
    )
    result: FloatArray = found.x
    return result


def weighted_percentile(values: FloatArray, weights: FloatArray, probability: float) -> FloatArray:
    """The smallest draw that at least `probability` of the weight does not exceed; (n_plans, n_draws) -> (n_plans,)."""
    order = np.argsort(values, axis=1, kind="stable")
    reached = np.cumsum(weights[order], axis=1) >= probability * (1.0 - _ROUNDING)
    first = np.take_along_axis(order, np.argmax(reached, axis=1)[:, None], axis=1)
    return np.take_along_axis(values, first, axis=1)[:, 0]
