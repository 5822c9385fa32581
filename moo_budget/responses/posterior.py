"""Weighted least squares with weak priors, and the normal posterior around its solution.

Sources: Student-t errors by iteratively reweighted least squares (Lange, Little and Taylor 1989), parameter-expanded
(Liu, Rubin and Wu 1998); Laplace's approximation with the Gauss-Newton Hessian. Deviations: a few fixed starts, of
which the likeliest is kept; the noise level loses the degrees of freedom that the fit has used; autocorrelated
residuals count as fewer observations.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np
from scipy.linalg import solve_triangular
from scipy.optimize import least_squares

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.errors import ModelError

STUDENT_DEGREES = 4.0
# Fisher information of one period about its expected value, in units of 1 / noise squared.
STUDENT_INFORMATION = (STUDENT_DEGREES + 1.0) / (STUDENT_DEGREES + 3.0)
MOST_ROUNDS = 60
# A fit has settled when a round moves no parameter by more prior deviations, no weight and no log noise by more.
SETTLED = 1e-4
# A draw has settled when a step gains less, in squared deviations.
STEPS_OF_DRAWS, SETTLED_DRAW = 8, 0.02
# Log evidence by which a later start must be better than an earlier one: rounding must not choose between equals.
CLEARLY_LIKELIER = 0.01
# Prior deviations between two solutions that are worth telling apart.
ELSEWHERE = 0.1
# Data without noise would make every other number infinitely certain.
SMALLEST_NOISE = 1e-4
# Beyond as many deviations a period is named as an outlier; its weight is then under a sixth.
OUTLIER_DEVIATIONS = 5.0


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
    """What `learn` fits."""

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
        log_evidence: how likely the regression makes what was observed, up to a constant of the observations.
        settled: whether another round would have changed nothing that matters.
    """

    mode: FloatArray
    precision: FloatArray
    expected: FloatArray
    residuals: FloatArray
    noise: float
    n_effective: float
    autocorrelation: float
    outliers: BoolArray
    log_evidence: float
    settled: bool

    def draws(self, n_draws: int, rng: np.random.Generator) -> FloatArray:
        """Free parameters, (n_draws, n_free)."""
        # Cholesky, unlike eigenvectors, has no signs for rounding to flip: a history in cents has the same draws.
        root = np.linalg.cholesky(self.precision)
        normal = rng.standard_normal((n_draws, len(self.mode)))
        return np.asarray(self.mode + solve_triangular(root.T, normal.T).T, dtype=np.float64)


def learn(regression: Regression, observed: FloatArray, *, ordered: bool) -> Posterior:
    """The posterior of a regression's free parameters.

    Args:
        regression: what is expected of each period under which parameters.
        observed: (n_periods,); NaN: not used.
        ordered: the periods follow each other in time, so neighbouring residuals may be related.

    Raises:
        ModelError: no finite solution was found.
    """
    chosen = _likeliest(regression, observed)
    used = np.isfinite(observed)
    kept = np.where(used, chosen.residuals, np.nan)
    rho = autocorrelation(kept) if ordered else 0.0
    return Posterior(
        mode=chosen.free,
        precision=independent_periods(rho) * _share_kept(chosen, used) * chosen.information
        + _precision_known(regression, chosen.free),
        expected=chosen.expected,
        residuals=kept,
        noise=chosen.noise,
        n_effective=chosen.n_effective,
        autocorrelation=rho,
        outliers=used & (np.abs(chosen.residuals) > OUTLIER_DEVIATIONS * chosen.noise),
        log_evidence=chosen.log_evidence,
        settled=chosen.settled,
    )


def draws_with_experiments(
    regression: Regression, posterior: Posterior, n_draws: int, rng: np.random.Generator
) -> FloatArray:
    """Free parameters, (n_draws, n_free), where experiments are so precise that their curves' bend matters.

    Each draw is the most likely place when both the normal posterior without the experiments and what they measured are
    disturbed by as much as they are uncertain; were lifts linear, these would be the draws of the normal posterior.

    Source: randomised maximum likelihood (Oliver, He and Reynolds 1996). Deviation: only the experiments are followed
    along their bends.
    """
    n_free = len(posterior.mode)
    missed, slopes = _experiments(regression, posterior.mode)
    precision = posterior.precision - slopes.T @ slopes
    centre = posterior.mode + np.linalg.solve(precision, slopes.T @ missed)
    root = np.linalg.cholesky(precision)
    anchors = centre + solve_triangular(root.T, rng.standard_normal((n_free, n_draws))).T
    disturbances = rng.standard_normal((n_draws, len(missed)))
    pairs = zip(anchors, disturbances, strict=True)
    return np.array([_nearest(regression, anchor, precision, disturbance) for anchor, disturbance in pairs])


def _nearest(regression: Regression, anchor: FloatArray, precision: FloatArray, disturbance: FloatArray) -> FloatArray:
    """The place (n_free,) nearest to both `anchor`, by its precision, and the experiments, disturbed by (n_tests,)."""

    def cost(free: FloatArray, missed: FloatArray) -> float:
        return float((free - anchor) @ precision @ (free - anchor) + ((missed - disturbance) ** 2).sum())

    free, share = anchor, 1.0
    missed, slopes = _experiments(regression, free)
    for _ in range(STEPS_OF_DRAWS):
        towards = precision @ (anchor - free) - slopes.T @ (missed - disturbance)
        tried = free + share * np.linalg.solve(precision + slopes.T @ slopes, towards)
        missed_there, slopes_there = _experiments(regression, tried)
        gain = cost(free, missed) - cost(tried, missed_there)
        if gain > 0.0:
            free, missed, slopes = tried, missed_there, slopes_there
        if 0.0 <= gain < SETTLED_DRAW:
            break
        share = 1.0 if gain > 0.0 else 0.3 * share
    return free


def _experiments(regression: Regression, free: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How far experiments are missed, in deviations of their own, (n_tests,), and its Jacobian."""
    missed, slopes = regression.known(free)
    return missed[len(free) :], slopes[len(free) :]


def without_periods(regression: Regression, n_periods: int) -> Posterior:
    """The posterior where no period is observed: what is known beside them.

    Raises:
        ModelError: no finite solution was found.
    """
    nothing = np.zeros(n_periods)
    free = _solve(regression, nothing, nothing, regression.prior.mean)
    expected, _ = regression.predict(free)
    return Posterior(
        mode=free,
        precision=_precision_known(regression, free),
        expected=expected,
        residuals=np.full(n_periods, np.nan),
        noise=np.nan,
        n_effective=0.0,
        autocorrelation=0.0,
        outliers=np.zeros(n_periods, dtype=np.bool_),
        log_evidence=0.0,
        settled=True,
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


@dataclass(frozen=True, eq=False)
class _Fixpoint:
    """Where the rounds from one start ended; names as in `Posterior`, and the (n_periods,) weights of least squares."""

    root_weights: FloatArray
    free: FloatArray
    expected: FloatArray
    residuals: FloatArray
    noise: float
    n_effective: float
    information: FloatArray
    log_evidence: float
    settled: bool


def _likeliest(regression: Regression, observed: FloatArray) -> _Fixpoint:
    """The likeliest of the places to which the starts lead; rounds are spent only where a start leads elsewhere."""
    whitener = regression.prior.whitener
    values = np.where(np.isfinite(observed), observed, 0.0)
    first, *others = regression.starts
    best = _settle(regression, observed, first)
    for start in others:
        reached = _solve(regression, values, best.root_weights, start)
        if np.abs(whitener @ (reached - best.free)).max() > ELSEWHERE:
            other = _settle(regression, observed, reached)
            best = other if other.log_evidence > best.log_evidence + CLEARLY_LIKELIER else best
    return best


def _settle(regression: Regression, observed: FloatArray, start: FloatArray) -> _Fixpoint:
    """Rounds of least squares, weights and noise level until they agree with each other."""
    used = np.isfinite(observed)
    values = np.where(used, observed, 0.0)
    whitener = regression.prior.whitener
    free = start
    expected, _ = regression.predict(free)
    residuals = _relative(regression, values, expected)
    noise = max(float(np.median(np.abs(residuals[used]))) * 1.4826, SMALLEST_NOISE)
    weights = used.astype(np.float64)
    settled, n_rounds = False, 0
    while not settled and n_rounds < MOST_ROUNDS:
        before = np.concatenate([whitener @ free, weights, [np.log(noise)]])
        root_weights = np.sqrt(weights) / (noise * regression.noise_scale(expected))
        free = _solve(regression, values, root_weights, free)
        expected, jacobian = regression.predict(free)
        residuals = _relative(regression, values, expected)
        n_effective = _effective_parameters(jacobian * root_weights[:, None], _precision_known(regression, free))
        weights = used * _student_weights(residuals / noise)
        noise = _noise_level(residuals, weights, n_effective / used.sum())
        after = np.concatenate([whitener @ free, weights, [np.log(noise)]])
        settled, n_rounds = bool(np.abs(after - before).max() < SETTLED), n_rounds + 1
    scale = noise * regression.noise_scale(expected)
    information = _information(jacobian * (used * np.sqrt(STUDENT_INFORMATION) / scale)[:, None])
    log_likelihood = _log_likelihood(residuals[used] / noise, scale[used])
    log_evidence = log_likelihood + _log_occam(regression, free, information)
    return _Fixpoint(root_weights, free, expected, residuals, noise, n_effective, information, log_evidence, settled)


def _share_kept(fixpoint: _Fixpoint, used: BoolArray) -> float:
    """How much of a period's information is left under the noise that there is, instead of Student's; at most all.

    The mean slope of the score squared over its mean square, its degrees of freedom given back (Huber 1964).
    """
    squares = (fixpoint.residuals[used] / fixpoint.noise) ** 2
    weights = _student_weights(np.sqrt(squares))
    slopes = weights * (STUDENT_DEGREES - squares) / (STUDENT_DEGREES + squares)
    mean_square = (weights**2 * squares).mean()
    if mean_square == 0.0:
        return 1.0
    left = max(1.0 - fixpoint.n_effective / used.sum(), 1.0 / used.sum())
    return float(min(left * slopes.mean() ** 2 / mean_square / STUDENT_INFORMATION, 1.0))


def _log_likelihood(deviations: FloatArray, scale: FloatArray) -> float:
    """Of Student-t noise, up to a constant per period."""
    tails = 0.5 * (STUDENT_DEGREES + 1.0) * np.log1p(deviations**2 / STUDENT_DEGREES)
    return float(-(tails + np.log(scale)).sum())


def _log_occam(regression: Regression, free: FloatArray, information: FloatArray) -> float:
    """Laplace's log density of what is known at the mode times the posterior's volume."""
    misfit, slopes = regression.known(free)
    volume = np.linalg.slogdet(information + slopes.T @ slopes)[1]
    return float(-0.5 * (misfit**2).sum() + np.linalg.slogdet(regression.prior.whitener)[1] - 0.5 * volume)


def _relative(regression: Regression, values: FloatArray, expected: FloatArray) -> FloatArray:
    return (values - expected) / regression.noise_scale(expected)


def _solve(regression: Regression, values: FloatArray, root_weights: FloatArray, start: FloatArray) -> FloatArray:
    # The solver asks for the slopes where it has just asked for the misfit.
    @lru_cache(maxsize=1)
    def at(place: bytes) -> tuple[FloatArray, FloatArray]:
        free = np.frombuffer(place)
        expected, jacobian = regression.predict(free)
        missed, slopes = regression.known(free)
        misfit = np.concatenate([root_weights * (expected - values), missed])
        return misfit, np.vstack([root_weights[:, None] * jacobian, slopes])

    def misfit(free: FloatArray) -> FloatArray:
        return at(free.tobytes())[0]

    def slopes(free: FloatArray) -> FloatArray:
        return at(free.tobytes())[1]

    try:
        solution = least_squares(misfit, start, jac=slopes, method="lm", max_nfev=100, ftol=1e-6, xtol=1e-6).x
    except (ValueError, np.linalg.LinAlgError) as fault:
        raise ModelError(f"least squares found no finite solution ({fault})", code="fit.failed") from fault
    return np.asarray(solution, dtype=np.float64)


def _precision_known(regression: Regression, free: FloatArray) -> FloatArray:
    _, slopes = regression.known(free)
    return slopes.T @ slopes


def _information(weighted_jacobian: FloatArray) -> FloatArray:
    return weighted_jacobian.T @ weighted_jacobian


def _effective_parameters(weighted_jacobian: FloatArray, precision_known: FloatArray) -> float:
    information = _information(weighted_jacobian)
    return float(np.trace(np.linalg.solve(information + precision_known, information)))


def _student_weights(deviations: FloatArray) -> FloatArray:
    return np.asarray((STUDENT_DEGREES + 1.0) / (STUDENT_DEGREES + deviations**2), dtype=np.float64)


def _noise_level(residuals: FloatArray, weights: FloatArray, share_used_up: float) -> float:
    """Over the sum of weights instead of the periods: the same level in the end, in far fewer rounds (Liu et al.)."""
    degrees_of_freedom = weights.sum() * max(1.0 - share_used_up, 1.0 / len(weights))
    return max(float(np.sqrt((weights * residuals**2).sum() / degrees_of_freedom)), SMALLEST_NOISE)
