"""Dense reference fronts: thousands of scalarised solves on the closed-form curves, by code that no engine shares.

For weights spread over the simplex of goals, two scalarisations are solved from several starts by a projected Newton
method with a diagonal Hessian and Levenberg's damping, all weights side by side in numpy: the weighted sum, and from
its plans the Chebyshev distance to the ideal (smoothed), which also reaches what weights cannot. Gradients are those
of the closed form; the plans found are then measured by the problem itself, as every engine's are, and what is not
dominated is the reference. It is no proof of optimality: on S-shaped curves and under on/off rules an engine may find
what the reference lacks, and then has more than 100 %.

Two settings have no closed form here. `tail_mean` is searched through `std`, which ranks plans almost alike. On/off
rules are solved in rounds: channels that a first solve leaves below a share of their least amount are switched off,
the others held above it, and the rest is solved again.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import moocore
import numpy as np
from questions import OUTCOMES, PERIODS, Question
from scipy.stats import qmc

from moo_budget._checks import FloatArray
from moo_budget.algorithms.archive import thin
from moo_budget.indicators import hypervolume, reference_point

_N_WEIGHTS, _N_WEIGHTS_DRAWS = 4096, 1024  # draws are slow
_CONCENTRATIONS = {"concave": (3.0,), "s_shaped": (0.1, 0.5, 3.0)}  # of the Dirichlet laws that the starts come from
_SHARPNESS = (20.0, 100.0)  # of the smoothed maximum, in two rounds
_STEPS = 60
_PRICES = 60  # at most; some ten do
_CHUNK_SIZE = 2_000_000  # plans x channels x draws that are worked on at once
_SWITCHED_OFF = (0.25, 0.5, 1.0)  # shares of the least amount below which a channel is switched off


@dataclass(frozen=True, eq=False)
class Reference:
    """A dense front (n_points, n_goals), all minimised, and the point from which hypervolumes are measured."""

    goals: FloatArray
    point: FloatArray
    volume: float

    def share(self, goals: FloatArray, n_plans: int) -> float:
        """Hypervolume of a front, thinned to at most n_plans, as a share of the dense one's."""
        goals = non_dominated(goals)
        return hypervolume(goals[thin(goals, n_plans)], self.point) / self.volume if len(goals) else 0.0

    def ceiling(self, n_plans: int) -> float:
        """Share that n_plans of the reference's own points have, chosen greedily: about as much as any front can.

        Gains only shrink as points are added, so a point is looked at again only when it leads (Minoux 1978).
        """
        gains = [(-float(np.prod(self.point - row)), i, 0) for i, row in enumerate(self.goals)]
        heapq.heapify(gains)
        chosen: list[int] = []
        volume = 0.0
        while len(chosen) < min(n_plans, len(self.goals)):
            gain, i, n_chosen = heapq.heappop(gains)
            if n_chosen == len(chosen):
                chosen.append(i)
                volume -= gain
            else:
                with_it = hypervolume(self.goals[[*chosen, i]], self.point)
                heapq.heappush(gains, (volume - with_it, i, len(chosen)))
        return volume / self.volume


def reference(question: Question, cache: Path) -> Reference:
    """The dense front, read from the cache or computed (up to a minute) and put there."""
    sources = [(Path(__file__).parent / name).read_bytes() for name in ("questions.py", "reference.py")]
    digest = hashlib.sha256(b"".join([repr(question.setting).encode(), *sources])).hexdigest()[:16]
    path = cache / f"reference-{digest}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, non_dominated(question.minimised(_candidates(question))))
    goals = np.load(path)
    point = reference_point(goals)
    return Reference(goals, point, hypervolume(goals, point))


def non_dominated(goals: FloatArray) -> FloatArray:
    """The finite rows that no other row beats, each once."""
    goals = np.unique(goals[np.isfinite(goals).all(axis=1)], axis=0)
    return goals[moocore.is_nondominated(goals)] if len(goals) else goals


def weights_on_simplex(n_weights: int, n_goals: int) -> FloatArray:
    """Low-discrepancy weights that sum to 1, each goal alone first; (n_weights, n_goals)."""
    points = qmc.Sobol(n_goals, seed=1).random(1 << (n_weights - 1).bit_length())[:n_weights]
    spread = -np.log1p(-points * (1.0 - 1e-12))  # exponentials, normalised, are uniform on the simplex
    return np.vstack([np.eye(n_goals), spread / spread.sum(axis=1, keepdims=True)])[:n_weights]


def goals_and_slopes(question: Question, money: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Closed form of the three totals and the std, minimised, with first derivatives and sizes of the second.

    Args:
        question: the problem.
        money: (n_plans, n_channels), currency for the whole plan.

    Returns:
        Goals (n_plans, 4); their gradients (n_plans, 4, n_channels); a diagonal that is positive and of the size of
        the second derivatives, (n_plans, 4, n_channels).
    """
    spend = money / PERIODS
    goals, slopes, bends = [], [], []
    for outcome in OUTCOMES:
        value, marginal, second = (part.mean(axis=2) for part in question.curves[outcome].derivatives(spend))
        goals.append(-PERIODS * value.sum(axis=1))
        slopes.append(-marginal)
        bends.append(np.abs(second) / PERIODS)
    deviation, slope, bend = _std_and_slopes(question, spend)
    return np.column_stack([*goals, deviation]), np.stack([*slopes, slope], 1), np.stack([*bends, bend], 1)


def _std_and_slopes(question: Question, spend: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Standard deviation of revenue: noise y'Sy of every draw and the spread of the draws' totals."""
    value, marginal, second = question.curves["revenue"].derivatives(spend)
    pulled = question.covariance @ value  # (n_plans, n_channels, n_draws)
    totals = value.sum(axis=1)
    spread = (totals - totals.mean(axis=1, keepdims=True))[:, None, :]
    variance = PERIODS * (value * pulled).sum(axis=1).mean(axis=1) + PERIODS**2 * (spread[:, 0] ** 2).mean(axis=1)
    deviation = np.sqrt(np.maximum(variance, 1e-12))[:, None]
    push = pulled + PERIODS * spread
    slope = (push * marginal).mean(axis=2) / deviation
    own = np.diag(question.covariance)[:, None]
    bend = (own * marginal**2 + np.abs(push * second)).mean(axis=2) / (PERIODS * deviation)
    return deviation[:, 0], slope, bend


@dataclass(frozen=True, eq=False)
class _Scale:
    """Ideal and range of each goal, (n_goals,): what makes weights comparable."""

    ideal: FloatArray
    reach: FloatArray


def _candidates(question: Question) -> FloatArray:
    """Plans (n_plans, n_channels) that are likely to be on the front; feasible but for on/off rules."""
    feasible = question.problem.feasible
    concentrations = _CONCENTRATIONS[question.setting.shape]
    n_weights = _N_WEIGHTS if question.setting.n_draws == 1 else _N_WEIGHTS_DRAWS
    weights = weights_on_simplex(n_weights, 4)
    rng = np.random.default_rng(1)
    shape = (n_weights, len(feasible.lower))
    box = np.zeros(shape), np.broadcast_to(feasible.upper, shape)
    starts = [
        feasible.project(feasible.budget_max * rng.dirichlet(np.full(shape[1], a), n_weights)) for a in concentrations
    ]
    even = _Scale(np.zeros(4), np.ones(4))
    corners = _solve(question, np.eye(4), starts[-1][:4], (box[0][:4], box[1][:4]), even, 0.0)
    ends = goals_and_slopes(question, corners)[0]
    scale = _Scale(ends.min(axis=0), np.ptp(ends, axis=0))
    found = [corners]
    for start in starts:
        plans = _solve(question, weights, start, box, scale, 0.0)
        found.append(plans)
        for sharpness in _SHARPNESS:
            plans = _solve(question, weights, plans, box, scale, sharpness)
        found.append(plans)
    if question.setting.on_off:
        found += [_switched(question, weights, plans, scale, share) for share in _SWITCHED_OFF for plans in found[1:]]
    return np.vstack(found)


def _switched(question: Question, weights: FloatArray, plans: FloatArray, scale: _Scale, share: float) -> FloatArray:
    """Solve again with small channels off and the others at least at their least amount; (n_plans, n_channels)."""
    upper, own = question.problem.feasible.upper, question.problem.limits.channel
    least = np.array([(own[name].min_if_used or 0.0) if name in own else 0.0 for name in question.problem.channels])
    on = plans >= share * least
    box = np.where(on, least, 0.0), np.where(on, upper, 0.0)
    total = question.problem.feasible.budget_max
    possible = (box[0].sum(axis=1) <= total) & (box[1].sum(axis=1) >= total)
    box = box[0][possible], box[1][possible]
    return _solve(question, weights[possible], plans[possible], box, scale, 0.0)


def _solve(
    question: Question,
    weights: FloatArray,
    start: FloatArray,
    box: tuple[FloatArray, FloatArray],
    scale: _Scale,
    sharpness: float,
) -> FloatArray:
    """Plans that minimise the weighted sum (sharpness 0) or the smoothed weighted maximum of the scaled goals."""
    size = max(1, _CHUNK_SIZE // (start.shape[1] * question.setting.n_draws))
    chunks = [slice(first, first + size) for first in range(0, len(start), size)]
    return np.vstack(
        [
            _descend(
                lambda x, part=part: _merit(question, x, weights[part], scale, sharpness),
                start[part],
                (box[0][part], box[1][part]),
                question.problem.feasible.budget_max,
            )
            for part in chunks
        ]
        or [start]
    )


_Merit = tuple[FloatArray, FloatArray, FloatArray]


def _merit(question: Question, money: FloatArray, weights: FloatArray, scale: _Scale, sharpness: float) -> _Merit:
    """Value (n_plans,), gradient and diagonal of the Hessian (n_plans, n_channels) of the scalarised goals."""
    goals, slopes, bends = goals_and_slopes(question, money)
    weighted = weights * (goals - scale.ideal) / scale.reach
    value, pull = weighted.sum(axis=1), weights
    if sharpness > 0.0:
        top = weighted.max(axis=1, keepdims=True)
        parts = np.exp(sharpness * (weighted - top))
        value = top[:, 0] + np.log(parts.sum(axis=1)) / sharpness
        pull = weights * parts / parts.sum(axis=1, keepdims=True)
    pull = (pull / scale.reach)[:, :, None]
    gradient, diagonal = (pull * slopes).sum(axis=1), (pull * bends).sum(axis=1)
    return value, gradient, np.maximum(diagonal, 1e-6 * diagonal.max(axis=1, keepdims=True) + 1e-300)


def _descend(
    merit: Callable[[FloatArray], _Merit], start: FloatArray, box: tuple[FloatArray, FloatArray], total: float
) -> FloatArray:
    """Projected diagonal Newton steps; a plan's damping grows where a step did not help (Levenberg 1944)."""
    plans = _nearest(start, np.ones_like(start), box, total)
    value, gradient, diagonal = merit(plans)
    damping = np.ones((len(plans), 1))
    for _ in range(_STEPS):
        metric = damping * diagonal
        trial = _nearest(plans - gradient / metric, metric, box, total)
        there = merit(trial)
        better = there[0] < value
        plans[better] = trial[better]
        value[better], gradient[better], diagonal[better] = (part[better] for part in there)
        damping *= np.where(better, 0.5, 4.0)[:, None]
        damping = np.clip(damping, 0.3, 1e9)
    return plans


def _nearest(wanted: FloatArray, metric: FloatArray, box: tuple[FloatArray, FloatArray], total: float) -> FloatArray:
    """The points of box and total nearest to `wanted` under a diagonal metric: bracketed Newton on the multiplier."""
    lower, upper = box
    low = (metric * (wanted - upper)).min(axis=1, keepdims=True)
    high = (metric * (wanted - lower)).max(axis=1, keepdims=True)
    price = np.clip(0.0, low, high)
    for _ in range(_PRICES):
        unbound = wanted - price / metric
        placed = np.clip(unbound, lower, upper)
        excess = placed.sum(axis=1, keepdims=True) - total
        low, high = np.where(excess > 0.0, price, low), np.where(excess > 0.0, high, price)
        give = ((placed == unbound) / metric).sum(axis=1, keepdims=True)
        newton = price + excess / np.maximum(give, 1e-300)
        price = np.where((newton > low) & (newton < high), newton, 0.5 * (low + high))
        if (np.abs(excess) <= 1e-10 * total).all():
            break
    return np.clip(wanted - price / metric, lower, upper)
