"""What may come of a plan: covariance of market noise, and exact functionals of the normal mixture.

Under draw d the outcome of a plan is normal with mean m_d and variance v_d, so over draws with weights p_d it is a
mixture of normals (docs/design.md section 5). Everything here is a deterministic function of (m, v, p).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import factorial

import numpy as np
from scipy.linalg import eigh
from scipy.special import eval_hermitenorm, ndtr, ndtri

from moo_budget._checks import FloatArray, IntArray, check_covariance, check_finite, check_shape, frozen
from moo_budget._process import one_blas_thread
from moo_budget.errors import InputError
from moo_budget.kernels import mixture

_ROUNDING = 1e-12  # weights that sum to 1 do so up to this

EXACT_CHANNELS = 256  # whose noise is held as it is; of more, reading it for a plan would cost more than all the curves
SHARED_DIRECTIONS = 32  # in which more channels than that move together


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


def factors_of(covariance: NoiseCovariance, n_channels: int, curves: FloatArray | None = None) -> Factors:
    """The covariance as factors, which is what the compiled measures read.

    The same for every channel, to the last bit, whichever order the channels stand in. Exact for up to EXACT_CHANNELS
    channels with noise. Beyond that what they share is held in the SHARED_DIRECTIONS that explain most of their
    correlation, and each channel's own variance stays exact.

    Args:
        covariance: (n_channels, n_channels), symmetric and positive semi-definite up to rounding, or Factors.
        n_channels: how many channels the tables have.
        curves: (n_channels, n), numbers that tell channels of the same noise apart; None: nothing does.

    Raises:
        InputError: not square, not symmetric, or not positive semi-definite.
    """
    if isinstance(covariance, Factors):
        check_shape("loadings", covariance.loadings, (n_channels, None), "(n_channels, n_factors)")
        return covariance
    matrix = np.asarray(covariance, dtype=float)
    check_covariance("noise_covariance", matrix, n_channels)
    symmetric = (matrix + matrix.T) / 2
    order = _own_order(symmetric, np.empty((n_channels, 0)) if curves is None else curves)
    ordered = symmetric[np.ix_(order, order)]
    few = np.count_nonzero(matrix.diagonal() > 0.0) <= EXACT_CHANNELS
    loadings, specific = _all_directions(ordered) if few else _leading_directions(ordered)
    places = np.argsort(order)
    return Factors(loadings[places], specific[places])


def _all_directions(covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Loadings (n_channels, n_channels) whose squares are the covariance, and no variance beside them."""
    eigenvalues, directions = np.linalg.eigh(covariance)
    return directions * np.sqrt(np.clip(eigenvalues, 0.0, None)), np.zeros(len(covariance))


def _leading_directions(covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Loadings (n_channels, SHARED_DIRECTIONS) of what channels share, and the rest of each one's variance.

    Source: probabilistic principal components of the correlation (Tipping and Bishop 1999): a direction loses the
    mean of the eigenvalues left out, which the channels' own variances hold already. Ours fill each channel up to its
    exact variance in place of one common rest. A correlation common to all is exact.
    """
    deviations = np.sqrt(covariance.diagonal())
    varying = deviations > 0.0
    scale = np.where(varying, deviations, 1.0)
    n, first = len(covariance), len(covariance) - SHARED_DIRECTIONS
    with one_blas_thread():
        eigenvalues, directions = eigh(covariance / np.outer(scale, scale), subset_by_index=[first, n - 1])
    n_varying = np.count_nonzero(varying)
    rest = (n_varying - eigenvalues.sum()) / (n_varying - SHARED_DIRECTIONS)
    shared = directions * np.sqrt(np.clip(eigenvalues - rest, 0.0, None))
    own = np.where(varying, 1.0 - (shared**2).sum(axis=1), 0.0)
    return shared * deviations[:, None], np.clip(own, 0.0, None) * deviations**2


def _own_order(matrix: FloatArray, curves: FloatArray) -> IntArray:
    """Channels sorted by their rows of a symmetric matrix, those with equal rows by their curves.

    The last bits of eigenvectors depend on the order of the rows. Where all channels share one noise every direction
    across them is an eigenvector, and which are found depends on the order alone.
    """
    keys = np.column_stack([matrix.diagonal(), np.sort(matrix, axis=1), curves])
    return np.lexsort(keys.T[::-1])


def noise_by_outcome(
    noise: NoiseCovariance | Mapping[str, NoiseCovariance] | None,
    outcomes: tuple[str, ...],
    n_channels: int,
    curves: FloatArray | None = None,
) -> tuple[Factors, ...]:
    """One Factors an outcome: the same for all, one by name, or none at all (no market noise).

    Args:
        noise: what is given.
        outcomes: names.
        n_channels: how many channels the tables have.
        curves: as in `factors_of`.

    Raises:
        InputError: a mapping that leaves an outcome out or names one that is not known.
    """
    if noise is None:
        noise = Factors(np.zeros((n_channels, 0)), np.zeros(n_channels))
    if not isinstance(noise, Mapping):
        return (factors_of(noise, n_channels, curves),) * len(outcomes)
    if set(noise) != set(outcomes):
        raise InputError(
            f"noise_covariance has the outcomes {sorted(noise)}; it needs exactly {sorted(outcomes)}",
            code="risk.outcomes",
        )
    return tuple(factors_of(noise[name], n_channels, curves) for name in outcomes)


def _normal_table() -> FloatArray:
    """Taylor's coefficients of the normal distribution function around the nodes that the kernels expect.

    (n_nodes, 8); beyond the first and last node it is 0 and 1. The n-th derivative of the density is the density times
    (-1)^n He_n, with He_n the Hermite polynomials of probability.
    """
    z = np.linspace(-mixture.REACH, mixture.REACH, int(2 * mixture.REACH * mixture.PER_UNIT) + 1)
    density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    derivatives = [density * (-1) ** n * eval_hermitenorm(n, z) for n in range(7)]
    terms = [derivative / factorial(n + 1) for n, derivative in enumerate(derivatives)]
    return frozen(np.column_stack([ndtr(z), *terms]))


_NORMAL = _normal_table()


def mixture_std(mean: FloatArray, variance: FloatArray, weights: FloatArray) -> FloatArray:
    """Standard deviation of each plan's outcome: spread of the draws' means plus mean of their variances.

    Args:
        mean: (n_plans, n_draws), outcome.
        variance: (n_plans, n_draws), outcome squared.
        weights: (n_draws,), sum 1.

    Returns:
        (n_plans,), outcome; NaN where a moment is.
    """
    value = np.empty(len(mean))
    mixture.mixture_std(mean, variance, weights, value)
    return value


def mixture_semi_deviation(mean: FloatArray, variance: FloatArray, weights: FloatArray) -> FloatArray:
    """Root mean square of what each plan's outcome ends below its own mean; exact to rounding.

    Of a normal it is the deviation over the root of two: cases above the mean count as 0, and are counted.

    Args:
        mean: (n_plans, n_draws), outcome.
        variance: (n_plans, n_draws), outcome squared.
        weights: (n_draws,), sum 1.

    Returns:
        (n_plans,), outcome; NaN where a moment is.

    Source: Markowitz 1959, chapter 9.
    """
    value = np.empty(len(mean))
    mixture.mixture_semi_deviation(mean, variance, weights, _NORMAL, value)
    return value


def mixture_regret(mean: FloatArray, best: FloatArray, weights: FloatArray, level: float) -> FloatArray:
    """Mean of the largest (1 - level) of what each plan misses under a draw, against the best plan for that draw.

    Args:
        mean: (n_plans, n_draws), outcome.
        best: (n_draws,), what no plan exceeds under the draw.
        weights: (n_draws,), sum 1.
        level: in [0, 1); 0 is the mean over all draws.

    Returns:
        (n_plans,), outcome; NaN where a moment is.

    Source: Savage 1951, its largest value replaced by the mean of the tail.
    """
    return -mixture_tail_mean(mean - best, np.zeros_like(mean), weights, level)


def mixture_tail_mean(mean: FloatArray, variance: FloatArray, weights: FloatArray, level: float) -> FloatArray:
    """Mean of the worst (1 - level) of each plan's cases (CVaR); exact to rounding.

    A point mass at the edge of the tail counts in part, so that the tail has exactly its mass; level 0 is the mean.

    Args:
        mean: (n_plans, n_draws), outcome.
        variance: (n_plans, n_draws), outcome squared.
        weights: (n_draws,), sum 1.
        level: in [0, 1).

    Returns:
        (n_plans,), outcome; NaN where a moment is.
    """
    if level == 0.0:
        return _expectation(mean, weights)
    value = np.empty(len(mean))
    mass = 1.0 - level
    mixture.mixture_tail_mean(mean, variance, weights, mass, float(ndtri(mass)), _NORMAL, value)
    return value


def mixture_shortfall(mean: FloatArray, variance: FloatArray, weights: FloatArray, target: float) -> FloatArray:
    """Probability that each plan's outcome ends below the target, where equality counts one half.

    Against a reference plan: the moments of the difference to it (`draw_moments`) and a target of 0.

    Args:
        mean: (n_plans, n_draws), outcome.
        variance: (n_plans, n_draws), outcome squared.
        weights: (n_draws,), sum 1.
        target: outcome.

    Returns:
        (n_plans,), probability; NaN where a moment is.
    """
    value = np.empty(len(mean))
    mixture.mixture_shortfall(mean, variance, weights, target, _NORMAL, value)
    return value


# A value (n_plans,) and its derivatives in mean and variance under each draw, two arrays (n_plans, n_draws).
Sensitivity = tuple[FloatArray, FloatArray, FloatArray]


def std_sensitivity(mean: FloatArray, variance: FloatArray, weights: FloatArray) -> Sensitivity:
    """`mixture_std` and its derivatives; they are 0 where nothing varies."""
    value, d_mean, d_variance = np.empty(len(mean)), np.empty_like(mean), np.empty_like(mean)
    mixture.mixture_std_sensitivity(mean, variance, weights, value, d_mean, d_variance)
    return value, d_mean, d_variance


def semi_deviation_sensitivity(mean: FloatArray, variance: FloatArray, weights: FloatArray) -> Sensitivity:
    """`mixture_semi_deviation` and its derivatives; they are 0 where nothing varies."""
    value, d_mean, d_variance = np.empty(len(mean)), np.empty_like(mean), np.empty_like(mean)
    mixture.mixture_semi_deviation_sensitivity(mean, variance, weights, _NORMAL, value, d_mean, d_variance)
    return value, d_mean, d_variance


def regret_sensitivity(mean: FloatArray, best: FloatArray, weights: FloatArray, level: float) -> Sensitivity:
    """`mixture_regret` and its derivatives; market noise has no say in it."""
    value, shares, nothing = tail_mean_sensitivity(mean - best, np.zeros_like(mean), weights, level)
    return -value, -shares, nothing


def tail_mean_sensitivity(mean: FloatArray, variance: FloatArray, weights: FloatArray, level: float) -> Sensitivity:
    """`mixture_tail_mean` and its derivatives.

    The derivative in the mean is each draw's share of the tail: 0 to weights / (1 - level), sum 1. So it is also a
    dual solution: its product with the draws' outcomes bounds the tail mean of any plan from above.
    """
    value, d_mean, d_variance = np.empty(len(mean)), np.empty_like(mean), np.empty_like(mean)
    if level == 0.0:
        d_mean[:], d_variance[:] = weights, 0.0
        return _expectation(mean, weights), d_mean, d_variance
    mass = 1.0 - level
    start = float(ndtri(mass))
    mixture.mixture_tail_mean_sensitivity(mean, variance, weights, mass, start, _NORMAL, value, d_mean, d_variance)
    return value, d_mean, d_variance


def shortfall_sensitivity(mean: FloatArray, variance: FloatArray, weights: FloatArray, target: float) -> Sensitivity:
    """`mixture_shortfall` and its derivatives; point masses, where it jumps, have 0."""
    value, d_mean, d_variance = np.empty(len(mean)), np.empty_like(mean), np.empty_like(mean)
    mixture.mixture_shortfall_sensitivity(mean, variance, weights, target, _NORMAL, value, d_mean, d_variance)
    return value, d_mean, d_variance


def _expectation(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Mean over draws, (n_plans, n_draws) -> (n_plans,).

    No matrix product: its last bits depend on how many plans stand beside a plan, and one plan has one value.
    """
    result: FloatArray = (values * weights).sum(axis=1)
    return result


def mixture_quantile(mean: FloatArray, variance: FloatArray, weights: FloatArray, probability: float) -> FloatArray:
    """The q at which P(outcome <= q) reaches `probability`, for each plan; exact to rounding.

    Where no part has a variance, the draws are sorted.

    Args:
        mean: (n_plans, n_draws), outcome.
        variance: (n_plans, n_draws), outcome squared.
        weights: (n_draws,), sum 1.
        probability: in (0, 1).

    Returns:
        (n_plans,), outcome.
    """
    value = weighted_percentile(mean, weights, probability)
    moving = variance.any(axis=1)
    if moving.any():
        found = np.empty(int(moving.sum()))
        start = float(ndtri(probability))
        mixture.mixture_quantile(mean[moving], variance[moving], weights, probability, start, _NORMAL, found)
        value[moving] = found
    return value


def weighted_percentile(values: FloatArray, weights: FloatArray, probability: float) -> FloatArray:
    """The smallest draw that at least `probability` of the weight does not exceed; (n_plans, n_draws) -> (n_plans,)."""
    order = np.argsort(values, axis=1, kind="stable")
    reached = np.cumsum(weights[order], axis=1) >= probability * (1.0 - _ROUNDING)
    first = np.take_along_axis(order, np.argmax(reached, axis=1)[:, None], axis=1)
    return np.take_along_axis(values, first, axis=1)[:, 0]
