"""Entropy pooling: new weights for scenarios that hold views and differ from the old ones as little as possible.

Weights p minimise sum p log(p / p0) subject to sum_d p_d v_kd = (or >=, <=) q_k. The dual has one multiplier a view:
minimise over mu  log sum_d p0_d exp(mu' v_d) - mu' q + mu' Omega mu / 2,  mu_k >= 0 for >=, <= 0 for <=; then
p_d ~ p0_d exp(mu' v_d). Omega is 0 for a certain view.

Source: Meucci 2008, with views in expectation; the term in Omega makes a confidence of a view, in which it is the
exponential family's counterpart of Black-Litterman's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog
from scipy.special import logsumexp

from moo_budget._checks import BoolArray, FloatArray, check_finite, check_known, check_shape, frozen
from moo_budget.errors import InputError
from moo_budget.expressions import MIRRORED, Relation

FEWEST_DRAWS = 20.0
_MOST_STEPS = 200
_SETTLED = 1e-9  # of a statistic's deviation, and of a probability: so exactly are values met
_RIDGE = 1e-12  # views that say the same make the Hessian singular
_SMALLEST_STEP = 1e-8
_ROUNDING = 1e-14  # of the dual, within which a step counts as no worse


@dataclass(frozen=True, eq=False)
class Pooled:
    """Weights that hold the views.

    Args:
        weights: (n_draws,), sum 1.
        multipliers: (n_views,), what each view pulls with, per unit of its statistic; 0: it holds by itself.
        effective_draws: exp of the weights' entropy; as many equal weights say as much.
    """

    weights: FloatArray
    multipliers: FloatArray
    effective_draws: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", frozen(self.weights))
        object.__setattr__(self, "multipliers", frozen(self.multipliers))


def entropy_pooling(
    statistics: ArrayLike,
    relations: Sequence[Relation],
    values: ArrayLike,
    *,
    confidence: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    fewest_draws: float = FEWEST_DRAWS,
) -> Pooled:
    """New weights of draws under which the expected value of every statistic is (at least, at most) the asked one.

    Args:
        statistics: (n_views, n_draws), what a view is about under each draw.
        relations: ``==``, ``<=`` or ``>=``, a view each.
        values: (n_views,), what is asked.
        confidence: (n_views,), in (0, 1]; 1, which is the default, holds exactly.
        weights: (n_draws,), of the draws before, sum 1; None: all equal.
        names: of the views, for messages.
        fewest_draws: fewer effective draws are refused.

    Raises:
        InputError: shapes disagree, an unknown relation, weights that are none, a confidence outside (0, 1], a value
            that no weights can reach (the nearest one is named), views that contradict each other (all of them are
            named), or too few effective draws.
    """
    for relation in relations:
        check_known("relation", relation, tuple(MIRRORED))
    statistics, values = np.asarray(statistics, dtype=float), np.asarray(values, dtype=float)
    check_shape("statistics", statistics, (len(relations), None), "(n_views, n_draws)")
    check_finite("statistics", statistics)
    check_shape("values", values, (len(relations),), "(n_views,)")
    check_finite("values", values)
    n_draws = statistics.shape[1]
    prior = np.full(n_draws, 1.0 / n_draws) if weights is None else np.asarray(weights, dtype=float)
    check_shape("weights", prior, (n_draws,), "(n_draws,)")
    if not ((prior >= 0.0).all() and abs(prior.sum() - 1.0) <= _SETTLED):
        raise InputError(
            f"weights sum to {prior.sum():g}; they must be 0 or more and sum to 1", code="views.prior-weights"
        )
    sure = np.ones(len(relations)) if confidence is None else np.asarray(confidence, dtype=float)
    check_shape("confidence", sure, (len(relations),), "(n_views,)")
    for k in sure:
        if not 0.0 < k <= 1.0:
            raise InputError(f"a confidence is {k:g}; it must be above 0 and at most 1", code="views.confidence")
    names = [f"view {row + 1}" for row in range(len(relations))] if names is None else names
    possible = prior > 0.0
    views = _Views(statistics[:, possible], np.array(relations, dtype=object), values, 1.0 / sure - 1.0, names)
    views.check_reachable()
    pooled, multipliers = views.pooled(prior[possible])
    posterior = np.zeros(n_draws)
    posterior[possible] = pooled
    result = Pooled(posterior, multipliers, effective_draws(posterior))
    if result.effective_draws < fewest_draws:
        raise _too_few(result.effective_draws, n_draws, names)
    return result


def effective_draws(weights: FloatArray) -> float:
    """How many equally likely draws say as much as these weights (n_draws,): exp of their entropy."""
    some = weights[weights > 0.0]
    return float(np.exp(-(some @ np.log(some))))


@dataclass(frozen=True, eq=False)
class _Views:
    """Views on draws that can occur; `omega` (n_views,) is the variance of a view, in variances of its statistic."""

    statistics: FloatArray
    relations: np.ndarray
    values: FloatArray
    omega: FloatArray
    names: Sequence[str]

    def check_reachable(self) -> None:
        """Raise InputError unless some weights hold every certain view."""
        certain = np.flatnonzero(self.omega == 0.0).tolist()
        for row in certain:
            if not self.some_weights_hold([row]):
                raise self._unreachable(row)
        if not self.some_weights_hold(certain):
            raise self._contradiction(certain)

    def some_weights_hold(self, rows: Sequence[int]) -> bool:
        """Whether these views can hold together: a linear programme without an objective."""
        middle = self.statistics.mean(axis=1, keepdims=True)
        scale = np.abs(self.statistics - middle).max(axis=1, initial=0.0)
        scale[scale == 0.0] = 1.0
        scaled = (self.statistics - middle) / scale[:, None]
        asked = (self.values - middle[:, 0]) / scale
        sign = np.where(self.relations == ">=", -1.0, 1.0)
        exact = [row for row in rows if self.relations[row] == "=="]
        bounded = [row for row in rows if self.relations[row] != "=="]
        found = linprog(
            np.zeros(scaled.shape[1]),
            A_ub=sign[bounded, None] * scaled[bounded] if bounded else None,
            b_ub=sign[bounded] * asked[bounded] if bounded else None,
            A_eq=np.vstack([np.ones(scaled.shape[1]), scaled[exact]]),
            b_eq=np.append(1.0, asked[exact]),
            method="highs",
        )
        return bool(found.status == 0)

    def _unreachable(self, row: int) -> InputError:
        low, high = self.statistics[row].min(), self.statistics[row].max()
        nearest = float(np.clip(self.values[row], low, high))
        return InputError(
            f"`{self.names[row]}` cannot be reached by weighing the draws: under them its value lies between {low:.4g} "
            f"and {high:.4g}. The nearest that can be asked is {nearest:.4g}.",
            code="views.unreachable",
        )

    def _contradiction(self, rows: Sequence[int]) -> InputError:
        """The fewest views that cannot hold together: every one that the others contradict without is left out."""
        culprits = list(rows)
        for row in rows:
            others = [other for other in culprits if other != row]
            if not self.some_weights_hold(others):
                culprits = others
        quoted = " and ".join(f"`{self.names[row]}`" for row in culprits)
        return InputError(
            f"{quoted} contradict each other: no weights of the draws hold all of them. Give them confidences, such as "
            "@ 60%, or take one out.",
            code="views.contradiction",
        )

    def pooled(self, prior: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weights (n_draws,) and multipliers (n_views,) that solve the dual: Newton on the multipliers that may move.

        Source: Bertsekas 1982, projected Newton for simple bounds.
        """
        middle = self.statistics @ prior
        deviation = np.sqrt((self.statistics - middle[:, None]) ** 2 @ prior)
        scale = np.where(deviation > 0.0, deviation, 1.0)
        dual = _Dual((self.statistics - middle[:, None]) / scale[:, None], (self.values - middle) / scale, self.omega)
        lower = np.where(self.relations == ">=", 0.0, -np.inf)
        upper = np.where(self.relations == "<=", 0.0, np.inf)
        multipliers = np.zeros(len(self.values))
        value, weights = dual.value(multipliers, prior)
        for _ in range(_MOST_STEPS):
            slope = dual.statistics @ weights - dual.asked + dual.omega * multipliers
            held = ((multipliers <= lower) & (slope > 0.0)) | ((multipliers >= upper) & (slope < 0.0))
            if np.abs(slope[~held]).max(initial=0.0) <= _SETTLED:
                return weights, multipliers / scale
            step = dual.newton_step(slope, weights, ~held)
            length = 1.0
            while True:
                moved = np.clip(multipliers + length * step, lower, upper)
                moved_value, moved_weights = dual.value(moved, prior)
                if moved_value <= value + 1e-4 * slope @ (moved - multipliers) + _ROUNDING * (1.0 + abs(value)):
                    break
                length /= 2.0
                if length < _SMALLEST_STEP:
                    raise self._at_the_edge()
            multipliers, value, weights = moved, moved_value, moved_weights
        raise self._at_the_edge()

    def _at_the_edge(self) -> InputError:
        quoted = " and ".join(f"`{name}`" for name in dict.fromkeys(self.names))
        return InputError(
            f"{quoted}: this is at the edge of what the draws can say, where a handful of them would carry everything. "
            "Ask for less, or give confidences such as @ 60%.",
            code="views.edge",
        )


@dataclass(frozen=True, eq=False)
class _Dual:
    """The dual over standardised statistics (n_views, n_draws), what is asked of them, and its variance."""

    statistics: FloatArray
    asked: FloatArray
    omega: FloatArray

    def value(self, multipliers: FloatArray, prior: FloatArray) -> tuple[float, FloatArray]:
        """The dual's value, and the weights (n_draws,) that go with the multipliers."""
        exponent = np.log(prior) + multipliers @ self.statistics
        total = float(logsumexp(exponent))
        value = total - multipliers @ self.asked + 0.5 * multipliers @ (self.omega * multipliers)
        return float(value), np.exp(exponent - total)

    def newton_step(self, slope: FloatArray, weights: FloatArray, free: BoolArray) -> FloatArray:
        """Newton's step (n_views,) of the free multipliers; the others stay."""
        centred = self.statistics[free] - (self.statistics[free] @ weights)[:, None]
        hessian = (centred * weights) @ centred.T + np.diag(self.omega[free] + _RIDGE)
        step = np.zeros(len(slope))
        step[free] = -np.linalg.solve(hessian, slope[free])
        return step


def _too_few(effective: float, n_draws: int, names: Sequence[str]) -> InputError:
    quoted = " and ".join(f"`{name}`" for name in dict.fromkeys(names))
    return InputError(
        f"{quoted}: of {n_draws} draws these views leave {effective:.1f} effective ones, too few to say anything about "
        "risk. Ask for less, give confidences such as @ 60%, or learn with more [fit] draws.",
        code="views.few-draws",
    )
