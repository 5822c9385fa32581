"""Risk goals from below: by tangents, which are sums over channels where risk itself couples them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from moo_budget._checks import FloatArray
from moo_budget.goals import Goal
from moo_budget.risk import (
    mixture_quantile,
    mixture_regret,
    mixture_semi_deviation,
    mixture_std,
    mixture_tail_mean,
    semi_deviation_sensitivity,
)

_POINT = 1e-13  # a deviation below this share of the largest outcome is none
_NOTHING = 1e-9  # of the largest outcome: a semi-deviation below it is none
_DOUBLINGS = 60  # from a rounding error to beyond any outcome


@dataclass(frozen=True, eq=False)
class Moments:
    """Of one outcome, around which a tangent is laid.

    Args:
        mean: (n, n_draws).
        variance: (n, n_draws), by market noise.
        exposure: (n, n_channels, n_draws), covariance of the noise times the responses.
        weights: (n_draws,), probability of each draw.
        best: (n_draws,), what no plan exceeds under each draw; empty where no goal measures regret.
    """

    mean: FloatArray
    variance: FloatArray
    exposure: FloatArray
    weights: FloatArray
    best: FloatArray

    @property
    def missed(self) -> Moments:
        """Of the outcome less the best one of each draw, which the market's noise does not move."""
        nothing = np.zeros_like(self.mean)
        return Moments(self.mean - self.best, nothing, np.zeros_like(self.exposure), self.weights, self.best)


def minimised(goal: Goal, mean: FloatArray, variance: FloatArray, weights: FloatArray, best: FloatArray) -> FloatArray:
    """A risk goal by its moments, as it is minimised; arguments as in `Moments`."""
    if goal.measure == "std":
        return mixture_std(mean, variance, weights)
    if goal.measure == "semi_deviation":
        return mixture_semi_deviation(mean, variance, weights)
    if goal.measure == "regret":
        return mixture_regret(mean, best, weights, goal.level)
    return -mixture_tail_mean(mean, variance, weights, goal.level)


def _std_tangent(at: Moments, goal: Goal) -> FloatArray:
    """What the deviation rises by, for each channel's response under each draw, at least; (n, n_channels, n_draws).

    Source: Cauchy and Schwarz; docs/risk.md section 8.
    """
    std = mixture_std(at.mean, at.variance, at.weights)
    spread = at.mean - (at.mean * at.weights).sum(axis=1)[:, None]
    scale = np.divide(1.0, std, out=np.zeros_like(std), where=std > _POINT * np.abs(at.mean).max(axis=1))
    slope: FloatArray = at.weights * (spread[:, None, :] + at.exposure) * scale[:, None, None]
    return slope


def _semi_deviation_tangent(at: Moments, goal: Goal) -> FloatArray:
    """As `_std_tangent`: it is convex in the outcome, and twice an outcome has twice of it, so its slopes are a bound.

    Where it is next to nothing its slopes are rounding, and 0 is the bound.
    """
    value, by_mean, by_variance = semi_deviation_sensitivity(at.mean, at.variance, at.weights)
    slope = by_mean[:, None, :] + 2.0 * by_variance[:, None, :] * at.exposure
    slope[value <= _NOTHING * np.abs(at.mean).max(axis=1)] = 0.0
    return slope


def _regret_tangent(at: Moments, goal: Goal) -> FloatArray:
    """What regret rises by; at no outcome at all it is the best one of each draw, which `constant` gives."""
    return _tail_mean_tangent(at.missed, goal)


def constant(at: Moments, goal: Goal, slope: FloatArray) -> FloatArray:
    """What a tangent with these slopes has where no channel brings anything, (n,)."""
    if goal.measure != "regret":
        return np.zeros(len(slope))
    lost: FloatArray = -(slope[:, 0] * at.best).sum(axis=1)
    return lost


def _tail_mean_tangent(at: Moments, goal: Goal) -> FloatArray:
    """Minus what the tail mean rises by, for each channel's response under each draw, at most.

    Any masses of the draws' lower tails that sum to the tail's mass give a bound, and of each draw's deviation any
    tangent does: docs/risk.md section 8. Between two cuts on either side of the quantile the masses are mixed, so that
    they sum up also where draws without noise are point masses.
    """
    tail = 1.0 - goal.level
    deviation = np.sqrt(at.variance)
    mass, density = _cut(at.mean, deviation, at.weights, tail)
    noise = np.divide(density, deviation, out=np.zeros_like(density), where=deviation > 0.0)
    slope: FloatArray = -at.weights / tail * (mass[:, None, :] - noise[:, None, :] * at.exposure)
    return slope


def _cut(mean: FloatArray, deviation: FloatArray, weights: FloatArray, tail: float) -> tuple[FloatArray, FloatArray]:
    """Mass below a common cut of every draw, which sums to `tail`, and the density there; two arrays (n, n_draws)."""
    middle = mixture_quantile(mean, deviation**2, weights, tail)
    step = 1e-15 * np.maximum(np.abs(mean).max(axis=1), deviation.max(axis=1)) + 1e-300
    low, high = middle - step, middle + step
    for _ in range(_DOUBLINGS):
        open_low = (_below(low, mean, deviation)[0] * weights).sum(axis=1) > tail
        open_high = (_below(high, mean, deviation)[0] * weights).sum(axis=1) < tail
        if not (open_low.any() or open_high.any()):
            break
        step = 2.0 * step
        low, high = np.where(open_low, low - step, low), np.where(open_high, high + step, high)
    low_mass, low_density = _below(low, mean, deviation)
    high_mass, high_density = _below(high, mean, deviation)
    under, over = (low_mass * weights).sum(axis=1), (high_mass * weights).sum(axis=1)
    share = np.divide(tail - under, over - under, out=np.zeros_like(under), where=over > under)[:, None]
    return low_mass + share * (high_mass - low_mass), low_density + share * (high_density - low_density)


def _below(cut: FloatArray, mean: FloatArray, deviation: FloatArray) -> tuple[FloatArray, FloatArray]:
    point = deviation == 0.0
    z = (cut[:, None] - mean) / np.where(point, 1.0, deviation)
    mass = np.where(point, z >= 0.0, ndtr(z))
    density = np.where(point, 0.0, np.exp(-0.5 * np.minimum(z * z, 1400.0)) / np.sqrt(2.0 * np.pi))
    return mass, density


TANGENTS = {
    "std": _std_tangent,
    "semi_deviation": _semi_deviation_tangent,
    "tail_mean": _tail_mean_tangent,
    "regret": _regret_tangent,
}
