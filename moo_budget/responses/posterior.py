"""Robust least squares with weak priors, and the normal posterior around its solution.

Sources: Student-t errors by iteratively reweighted least squares (Lange, Little and Taylor 1989), parameter-expanded
(Liu, Rubin and Wu 1998); first-order autocorrelation by Prais and Winsten 1954; Laplace's approximation with the
Gauss-Newton Hessian. Deviations: a few fixed starts, of which the likeliest is kept; noise level and autocorrelation
get back what the fit has used up of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg import cho_solve, solve_triangular

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.responses.least_squares import Place, Regression, Squares, Whitening, least, place_at

STUDENT_DEGREES = 4.0
# Fisher information of one period about its expected value, in units of 1 / noise squared.
STUDENT_INFORMATION = (STUDENT_DEGREES + 1.0) / (STUDENT_DEGREES + 3.0)
MOST_ROUNDS = 200
# A fit has settled when a round moves no parameter by more prior deviations, no weight and no log noise by more.
SETTLED = 1e-4
# A draw has settled when a step gains less, in squared deviations.
STEPS_OF_DRAWS, SETTLED_DRAW = 25, 0.02
# Log evidence by which a later start must be better than an earlier one: rounding must not choose between equals.
CLEARLY_LIKELIER = 0.01
# Prior deviations between two solutions that are worth telling apart. A round's own solution need be no better: its
# weights are on their way too.
ELSEWHERE = 0.1
# Data without noise would make every other number infinitely certain.
SMALLEST_NOISE = 1e-4
# Of the variance, the most that what is known to fluctuate may explain; the rest is there in every period.
MOST_KNOWN = 0.9
# Autocorrelation beyond this is a trend that the regression lacks; fewer neighbours say nothing of it.
MOST_MEMORY, FEWEST_NEIGHBOURS = 0.8, 8
# Robust deviations to which residuals are drawn in before they are compared with their neighbours.
FURTHEST_NEIGHBOUR = 4.0
# Beyond as many deviations a period is named as an outlier; its weight is then under a sixth.
OUTLIER_DEVIATIONS = 5.0

# Free parameters (n_free,) or (n_draws, n_free) -> how far experiments are missed, in deviations of their own,
# (..., n_tests), and the Jacobian (..., n_tests, n_free).
Experiments = Callable[[FloatArray], tuple[FloatArray, FloatArray]]


@dataclass(frozen=True, eq=False)
class Posterior:
    """A fitted regression.

    Args:
        mode: (n_free,).
        precision: (n_free, n_free), inverse covariance of the normal around the mode.
        expected: (n_periods,), at the mode, also for periods that were not used.
        residuals: (n_periods,), observed less expected in units of the noise scale; NaN where not used.
        noise: scale of the Student-t noise that a period adds, in units of the noise scale.
        n_effective: how many parameters the data have determined.
        autocorrelation: lag-1, of the noise; 0 where periods have no order.
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


def learn(regression: Regression, observed: FloatArray, *, ordered: bool, trust: float = 1.0) -> Posterior:
    """The posterior of a regression's free parameters.

    Args:
        regression: what is expected of each period under which parameters.
        observed: (n_periods,); NaN: not used.
        ordered: the periods follow each other in time, so neighbouring residuals may be related.
        trust: share of the periods' information that is believed, because no regression is the truth.

    Raises:
        ModelError: no finite solution was found.
    """
    chosen = _likeliest(regression, observed, ordered=ordered)
    noise, share = chosen.noise, trust * chosen.share_kept
    # With as much of the periods' information as there is: mode and precision are of one posterior.
    less = replace(noise.whitening, root_weights=np.sqrt(share * noise.weights))
    place = least(replace(chosen.squares, whitening=less), chosen.place, SETTLED)
    misses = np.where(noise.used, observed - place.expected, np.nan)
    return Posterior(
        mode=place.free,
        precision=share * STUDENT_INFORMATION * place.information(noise.unweighted) + place.precision_known,
        expected=place.expected,
        residuals=misses / regression.noise_scale(place.expected),
        noise=noise.level,
        n_effective=chosen.n_effective,
        autocorrelation=noise.memory,
        outliers=noise.used & (np.abs(misses) > OUTLIER_DEVIATIONS * noise.whole_deviations),
        log_evidence=chosen.log_evidence,
        settled=chosen.settled,
    )


def draws_with_experiments(
    posterior: Posterior, experiments: Experiments, n_draws: int, rng: np.random.Generator
) -> FloatArray:
    """Free parameters, (n_draws, n_free), where experiments are so precise that their curves' bend matters.

    Each draw is the most likely place when both the normal posterior without the experiments and what they measured are
    disturbed by as much as they are uncertain; were lifts linear, these would be the draws of the normal posterior.

    Source: randomised maximum likelihood (Oliver, He and Reynolds 1996). Deviation: only the experiments are followed
    along their bends.
    """
    n_free = len(posterior.mode)
    missed, slopes = experiments(posterior.mode)
    precision = posterior.precision - slopes.T @ slopes
    centre = posterior.mode + np.linalg.solve(precision, slopes.T @ missed)
    root = np.asarray(np.linalg.cholesky(precision), dtype=np.float64)
    anchors = centre + solve_triangular(root.T, rng.standard_normal((n_free, n_draws))).T
    disturbances = rng.standard_normal((n_draws, len(missed)))
    return _nearest(experiments, anchors, root, disturbances)


def _nearest(experiments: Experiments, anchors: FloatArray, root: FloatArray, disturbances: FloatArray) -> FloatArray:
    """The places (n_draws, n_free) nearest to both `anchors` and the experiments, disturbed by (n_draws, n_tests).

    `root` is Cholesky's, of the anchors' precision.
    """

    def costs(free: FloatArray, missed: FloatArray) -> FloatArray:
        away = (free - anchors) @ root
        return np.asarray((away**2).sum(axis=1) + ((missed - disturbances) ** 2).sum(axis=1), dtype=np.float64)

    covariance = cho_solve((root, True), np.eye(len(root)))
    free, shares = anchors, np.ones(len(anchors))
    missed, slopes = experiments(free)
    for _ in range(STEPS_OF_DRAWS):
        towards = anchors + _away_if_linear(free - anchors, missed - disturbances, slopes, covariance)
        tried = free + shares[:, None] * (towards - free)
        missed_there, slopes_there = experiments(tried)
        gains = costs(free, missed) - costs(tried, missed_there)
        better = gains > 0.0
        free = np.where(better[:, None], tried, free)
        missed = np.where(better[:, None], missed_there, missed)
        slopes = np.where(better[:, None, None], slopes_there, slopes)
        settled = (gains >= 0.0) & (gains < SETTLED_DRAW)
        # A draw that has settled takes no part of any later step.
        shares = np.where(settled, 0.0, np.where(better, 1.0, 0.3 * shares))
    return free


def _away_if_linear(away: FloatArray, missed: FloatArray, slopes: FloatArray, covariance: FloatArray) -> FloatArray:
    """How far from its anchor each draw would end if experiments were linear, (n_draws, n_free); `away`: it is now.

    By Woodbury's identity: as many equations as there are experiments, instead of as many as parameters.
    """
    spread = slopes @ covariance
    misses = slopes @ away[..., None] - missed[..., None]
    pulls = np.linalg.solve(np.eye(missed.shape[1]) + spread @ slopes.mT, misses)
    return np.asarray((spread.mT @ pulls)[..., 0], dtype=np.float64)


def without_periods(regression: Regression, n_periods: int) -> Posterior:
    """The posterior where no period is observed: what is known beside them.

    Raises:
        ModelError: no finite solution was found.
    """
    nothing = np.zeros(n_periods)
    unused = Whitening(np.ones(n_periods), 0.0, nothing > 0.0, nothing)
    place = least(Squares(regression, nothing, unused), place_at(regression, regression.prior.mean), SETTLED)
    return Posterior(
        mode=place.free,
        precision=place.precision_known,
        expected=place.expected,
        residuals=np.full(n_periods, np.nan),
        noise=np.nan,
        n_effective=0.0,
        autocorrelation=0.0,
        outliers=np.zeros(n_periods, dtype=np.bool_),
        log_evidence=0.0,
        settled=True,
    )


def autocorrelation(residuals: FloatArray) -> float:
    """Lag-1 autocorrelation, from 0 to `MOST_MEMORY`, of (n_periods,) residuals with NaN where there is none.

    Negative values count as 0: in few periods they are chance more often than comfort.
    """
    centred = residuals - np.nanmean(residuals)
    pairs = centred[1:] * centred[:-1]
    variance = np.nanmean(centred**2)
    if variance <= 0.0 or np.isfinite(pairs).sum() < 2:
        return 0.0
    return float(np.clip(np.nanmean(pairs) / variance, 0.0, MOST_MEMORY))


def independent_periods(rho: float) -> float:
    """How many independent periods one period is worth under AR(1) noise with this autocorrelation."""
    return (1.0 - rho) / (1.0 + rho)


@dataclass(frozen=True, eq=False)
class _Noise:
    """What is known of the noise between two rounds.

    Args:
        used: (n_periods,), periods that were observed.
        follows: (n_periods,), used periods right after a used one; none: the noise has no memory.
        shape: (n_periods,), deviations up to the level.
        level: scale of the Student-t noise that a period adds.
        memory: its autocorrelation.
        weights: (n_periods,), Student's; 0: not used.
    """

    used: BoolArray
    follows: BoolArray
    shape: FloatArray
    level: float
    memory: float
    weights: FloatArray

    @property
    def whitening(self) -> Whitening:
        """Of least squares under the weights."""
        return Whitening(self.level * self.shape, self.memory, self.follows, np.sqrt(self.weights))

    @property
    def unweighted(self) -> Whitening:
        """The same with all used periods in full."""
        return replace(self.whitening, root_weights=self.used.astype(np.float64))

    @property
    def whole_deviations(self) -> FloatArray:
        """(n_periods,), of a period's noise with what is left of earlier ones."""
        return np.asarray(self.level * self.shape / np.sqrt(1.0 - self.memory**2), dtype=np.float64)

    @property
    def state(self) -> FloatArray:
        """What must stand still for a fit to have settled."""
        return np.concatenate([self.weights, np.log(self.level * self.shape), [self.memory]])


@dataclass(frozen=True, eq=False)
class _Fixpoint:
    """Where the rounds from one start ended; names as in `Posterior`."""

    squares: Squares
    place: Place
    noise: _Noise
    n_effective: float
    settled: bool

    @cached_property
    def _deviations(self) -> FloatArray:
        """(n_used,), what each period adds to the noise, in its deviations."""
        misses = self.squares.values - self.place.expected
        return self.noise.unweighted.innovations(misses)[self.noise.used]

    @cached_property
    def log_evidence(self) -> float:
        """Student's log likelihood, and Laplace's log density of what is known times the posterior's volume."""
        noise, place = self.noise, self.place
        tails = 0.5 * (STUDENT_DEGREES + 1.0) * np.log1p(self._deviations**2 / STUDENT_DEGREES)
        alone = np.count_nonzero(noise.used & ~noise.follows)
        log_sizes = np.log(noise.level * noise.shape[noise.used]).sum()
        log_likelihood = 0.5 * alone * np.log1p(-(noise.memory**2)) - log_sizes - tails.sum()
        information = STUDENT_INFORMATION * place.information(noise.unweighted)
        log_volume = -0.5 * np.linalg.slogdet(information + place.precision_known)[1]
        log_known = np.linalg.slogdet(self.squares.regression.prior.whitener)[1] - 0.5 * (place.missed**2).sum()
        return float(log_likelihood + log_known + log_volume)

    @property
    def share_kept(self) -> float:
        """How much of a period's information is left under the noise that there is, instead of Student's; at most all.

        The mean slope of the score squared over its mean square, its degrees of freedom given back (Huber 1964).
        """
        squares, n_used = self._deviations**2, len(self._deviations)
        weights = _student_weights(self._deviations)
        slopes = weights * (STUDENT_DEGREES - squares) / (STUDENT_DEGREES + squares)
        mean_square = (weights**2 * squares).mean()
        if mean_square == 0.0:
            return 1.0
        left = max(1.0 - self.n_effective / n_used, 1.0 / n_used)
        return float(min(left * slopes.mean() ** 2 / mean_square / STUDENT_INFORMATION, 1.0))


def _likeliest(regression: Regression, observed: FloatArray, *, ordered: bool) -> _Fixpoint:
    """The likeliest of the places to which the starts lead; rounds are spent only where a start leads elsewhere.

    Noise with memory comes last, and only where it is likelier: on the way to a place everything is missed in a row.
    """
    whitener = regression.prior.whitener
    first, *others = regression.starts
    best = _settle(regression, observed, place_at(regression, first), follow=False)
    for start in others:
        reached = least(best.squares, place_at(regression, start), ELSEWHERE)
        if np.abs(whitener @ (reached.free - best.place.free)).max() > ELSEWHERE:
            best = _likelier(best, _settle(regression, observed, reached, follow=False))
    return _likelier(best, _settle(regression, observed, best.place, follow=True)) if ordered else best


def _likelier(known: _Fixpoint, other: _Fixpoint) -> _Fixpoint:
    return other if other.log_evidence > known.log_evidence + CLEARLY_LIKELIER else known


def _settle(regression: Regression, observed: FloatArray, place: Place, *, follow: bool) -> _Fixpoint:
    """Rounds of least squares and of the noise until they agree with each other; `follow`: it may have memory."""
    used = np.isfinite(observed)
    values = np.where(used, observed, 0.0)
    whitener = regression.prior.whitener
    noise, n_effective = _first_noise(regression, values, place, used, follow=follow), 0.0
    settled, n_rounds = False, 0
    while not settled and n_rounds < MOST_ROUNDS:
        before = np.concatenate([whitener @ place.free, noise.state])
        squares = Squares(regression, values, noise.whitening)
        place = least(squares, place, ELSEWHERE)
        information = place.information(noise.whitening)
        n_effective = float(np.trace(np.linalg.solve(information + place.precision_known, information)))
        noise = _next_noise(squares, place, noise, n_effective)
        after = np.concatenate([whitener @ place.free, noise.state])
        settled, n_rounds = bool(np.abs(after - before).max() < SETTLED), n_rounds + 1
    return _Fixpoint(squares, place, noise, n_effective, settled)


def _first_noise(regression: Regression, values: FloatArray, place: Place, used: BoolArray, *, follow: bool) -> _Noise:
    """Before any round: from medians, all periods alike and each by itself."""
    shape = regression.noise_scale(place.expected)
    level = 1.4826 * float(np.median(np.abs(values - place.expected)[used] / shape[used]))
    follows = used & np.r_[False, used[:-1]] & follow
    return _Noise(used, follows, shape, max(level, SMALLEST_NOISE), 0.0, used.astype(np.float64))


def _next_noise(squares: Squares, place: Place, noise: _Noise, n_effective: float) -> _Noise:
    """The noise that the misses at `place` show."""
    misses, share_used_up = squares.values - place.expected, n_effective / noise.used.sum()
    shape = _shape(squares.regression, place, noise)
    memory = _memory(np.where(noise.used, misses / shape, np.nan), noise, share_used_up)
    added = Whitening(shape, memory, noise.follows, noise.weights).innovations(misses)
    weights = noise.used * _student_weights(added / noise.level)
    level = _noise_level(added, weights, share_used_up)
    return replace(noise, shape=shape, level=level, memory=memory, weights=weights)


def _shape(regression: Regression, place: Place, noise: _Noise) -> FloatArray:
    """(n_periods,), deviations up to the level: what is known to fluctuate, and equal noise for the rest of it."""
    scale, known = regression.noise_scale(place.expected), regression.fluctuation(place.free)
    if not known.any():
        return scale
    whole = (noise.level * noise.shape[noise.used] / scale[noise.used]) ** 2
    known = known / scale**2
    known = known * min(1.0, MOST_KNOWN * whole.mean() / known[noise.used].mean())
    variance = whole.mean() - known[noise.used].mean() + known
    return np.asarray(scale * np.sqrt(variance / whole.mean()), dtype=np.float64)


def _memory(residuals: FloatArray, noise: _Noise, share_used_up: float) -> float:
    """Autocorrelation of (n_periods,) residuals with NaN; a fit follows the noise, which hides some of it."""
    if noise.follows.sum() < FEWEST_NEIGHBOURS:
        return 0.0
    furthest = FURTHEST_NEIGHBOUR * 1.4826 * np.nanmedian(np.abs(residuals))
    found = autocorrelation(np.clip(residuals, -furthest, furthest))
    return min(found + float(share_used_up) * (1.0 - found), MOST_MEMORY) if found > 0.0 else 0.0


def _student_weights(deviations: FloatArray) -> FloatArray:
    return np.asarray((STUDENT_DEGREES + 1.0) / (STUDENT_DEGREES + deviations**2), dtype=np.float64)


def _noise_level(added: FloatArray, weights: FloatArray, share_used_up: float) -> float:
    """Over the sum of weights instead of the periods: the same level in the end, in far fewer rounds (Liu et al.)."""
    degrees_of_freedom = weights.sum() * max(1.0 - share_used_up, 1.0 / len(weights))
    return max(float(np.sqrt((weights * added**2).sum() / degrees_of_freedom)), SMALLEST_NOISE)
