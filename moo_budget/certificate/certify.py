"""certify: a front and its problem make a certificate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.aims import goal_scale
from moo_budget.certificate.record import Certificate
from moo_budget.certificate.words import MIXES_WITH, note_of, reason_of
from moo_budget.dual import Bounded, ChannelCurves, bounded, highest_roi, most_effective_channels
from moo_budget.errors import InputError
from moo_budget.front import Front
from moo_budget.kernels.coverage import largest_hole
from moo_budget.problem import BudgetProblem
from moo_budget.weighting import Weighting

_N_STEPS = 30  # of each weighted solve: what it leaves is then less than what a bound leaves
_ENOUGH = 5e-4  # of the ranges: a gap below this is not worth a branch
_BOXES = 300  # for a weighting; after some 100 most gaps are closed, a strong risk over concave curves wants more
_NO_RANGE = 1e-9  # of a goal's size: a smaller range on the front is none
_CELLS = 5e6  # channels x draws of all weightings together: beyond it there are fewer of them
_COMPARISONS = 4e7  # of corners with plans and bounds: a second


def certify(problem: BudgetProblem, front: Front, *, n_weights: int = 120, branch: bool = True) -> Certificate:
    """How far a front can be from perfect, at most: docs/design.md section 7, docs/risk.md section 8.

    The same front gives the same certificate: the work is limited by counts, never by the clock.

    Args:
        problem: the question.
        front: plans that were found.
        n_weights: weightings of the goals for which a bound is computed, about, and fewer where channels and draws are
            very many; unit vectors are among them.
        branch: split the feasible set where S-curves, on/off channels or risk leave a bound loose.

    Raises:
        InputError: the money of the front's plans is placed in periods.
    """
    if problem.law is not None or front.problem.law is not None:
        raise InputError(
            "`certify` bounds plans that are spent evenly, and the money of this front's plans is placed in periods, "
            "which can bring more. Certify the front as it was before schedule.",
            code="certificate.calendar",
        )
    curves = ChannelCurves(problem)
    scales = _Scales.of(problem, front, curves)
    affordable = int(_CELLS / curves.n_curves)
    rows = _weightings(scales, min(n_weights, affordable))
    known = _bounds(problem, front, curves, rows / scales.size, branch=branch)
    unit = _unit_bounds(curves, scales, rows, known)
    return _written(problem, scales, rows, known, unit)


@dataclass(frozen=True, eq=False)
class _Scales:
    """The front's goals, and what counts as one in each; all minimised.

    Args:
        goals: (n_plans, n_goals).
        best: (n_goals,).
        span: (n_goals,), range on the front.
        moves: (n_goals,), whether that range is more than rounding.
        size: (n_goals,), the range, or the goal's size where it has none.
        weighs: (n_goals,), whether weighted sums with the goal have a bound.
    """

    goals: FloatArray
    best: FloatArray
    span: FloatArray
    moves: BoolArray
    size: FloatArray
    weighs: BoolArray

    @classmethod
    def of(cls, problem: BudgetProblem, front: Front, curves: ChannelCurves) -> _Scales:
        goals = problem.to_minimise(front.values.value)
        largest = np.abs(goals).max(axis=0)
        span = np.ptp(goals, axis=0)
        moves = span > _NO_RANGE * largest
        return cls(goals, goals.min(axis=0), span, moves, goal_scale(goals), curves.is_certified)


def _weightings(scales: _Scales, n_weights: int) -> FloatArray:
    """Rows that sum to 1, in goals by their size: a lattice over those that move, and every other one for itself."""
    n_goals = len(scales.best)
    mixed = np.flatnonzero(scales.moves & scales.weighs)
    rows = np.zeros((0, n_goals))
    if len(mixed):
        lattice = _lattice(len(mixed), n_weights)
        rows = np.zeros((len(lattice), n_goals))
        rows[:, mixed] = lattice
    return np.vstack([rows, np.eye(n_goals)[scales.weighs & ~scales.moves]])


def _lattice(n_goals: int, n_weights: int) -> FloatArray:
    """All weights that are multiples of 1 / h and sum to 1, h as large as `n_weights` allows. Das and Dennis 1998."""
    h = 1
    while n_goals > 1 and comb(h + n_goals, n_goals - 1) <= n_weights:
        h += 1
    places = h + n_goals - 1
    bars = [(-1, *chosen, places) for chosen in combinations(range(places), n_goals - 1)]
    weights: FloatArray = (np.diff(np.array(bars, dtype=float)) - 1.0) / h
    return weights


def _bounds(
    problem: BudgetProblem, front: Front, curves: ChannelCurves, weights: FloatArray, *, branch: bool
) -> Bounded:
    """Bounds of weightings, begun at the best of the front's plans and of one more solve each."""
    if len(weights) == 0:
        return Bounded(weights, np.zeros((0, len(problem.channels))), np.zeros(0), np.zeros(0), 0)
    solved = problem.project_sorted(Weighting(problem).solve(weights, n_steps=_N_STEPS)[0])
    plans = np.vstack([solved, problem.plan_tables.sorted(front.spend)])
    goals = np.vstack([problem.sorted_goals(solved), problem.to_minimise(front.values.value)])
    # No matrix product: its last bits depend on how many rows stand beside a row.
    values = (weights[:, None, :] * goals).sum(axis=2)
    best = np.argmin(values, axis=1)
    reached = np.take_along_axis(values, best[:, None], axis=1)[:, 0]
    return bounded(curves, weights, plans[best], reached, enough=_ENOUGH, n_boxes=_BOXES if branch else 0)


def _unit_bounds(curves: ChannelCurves, scales: _Scales, rows: FloatArray, known: Bounded) -> FloatArray:
    """No feasible plan has less than this in a goal, as it is minimised, (n_goals,); NaN where that is not known."""
    bounds = np.full(len(scales.best), np.nan)
    for j, goal in enumerate(curves.goals):
        row = np.flatnonzero(rows[:, j] == 1.0)
        if len(row):
            bounds[j] = known.bound[row[0]] * scales.size[j]
        elif goal.measure == "roi":
            roi = highest_roi(curves, goal, -scales.best[j])
            bounds[j] = np.nan if roi is None else -roi
        elif goal.measure == "effective_channels":
            bounds[j] = -most_effective_channels(curves)
        elif goal.measure == "beyond_history":
            bounds[j] = 0.0
    lowest: FloatArray = np.minimum(bounds, scales.best)
    return lowest


def _written(
    problem: BudgetProblem, scales: _Scales, rows: FloatArray, known: Bounded, unit: FloatArray
) -> Certificate:
    names = [goal.name for goal in problem.sought_goals]

    def by_goal(values: FloatArray) -> dict[str, float | None]:
        return dict(zip(names, map(_number, values), strict=True))

    mixed = np.flatnonzero((rows[:, scales.moves] > 0.0).any(axis=1))
    extreme = scales.best - unit
    hole = _coverage(scales, rows[mixed], known.bound[mixed], unit)
    # Where a goal is the same on the whole front, its extreme gap speaks of every plan.
    covered = np.where(scales.moves, hole * scales.span, extreme + scales.span)
    unbound = np.isnan(unit).any()
    gaps = (known.value - known.bound)[mixed]
    of_front = (known.weights[mixed][:, None, :] * scales.goals).sum(axis=2).min(axis=1)
    worst = mixed[np.argmax(gaps)] if len(mixed) else None
    codes = dict(_reasons(problem, scales, unit))
    without = [name for name, bound in zip(names, unit, strict=True) if np.isnan(bound)]
    certificate = Certificate(
        extreme_gap=by_goal(extreme),
        extreme_share=by_goal(np.where(scales.moves, extreme / scales.size, np.nan)),
        solve_gap=_largest(gaps),
        solve_weights={} if worst is None else dict(zip(names, rows[worst].tolist(), strict=True)),
        front_gap=_largest(of_front - known.bound[mixed]),
        coverage_gap=_number(hole),
        coverage=by_goal(np.where(unbound, np.nan, covered)),
        n_weights=len(mixed),
        note="",
        reasons={part: reason_of(code, without) for part, code in codes.items()},
        reason_codes=codes,
    )
    return replace(certificate, note=note_of(certificate, problem, is_loose=bool((gaps > _ENOUGH).any())))


def _largest(gaps: FloatArray) -> float | None:
    return float(gaps.max()) if len(gaps) else None


def _coverage(scales: _Scales, rows: FloatArray, bounds: FloatArray, unit: FloatArray) -> float:
    """`coverage_gap`, over the goals that move: the others are within their extreme gap everywhere. NaN: unknown."""
    if not np.isfinite(unit).all() or not scales.moves.any():
        return float("nan")
    best, size = scales.best[scales.moves], scales.size[scales.moves]
    weights = np.vstack([rows[:, scales.moves], np.eye(len(best))])
    ideal = (rows[:, scales.moves] * (best / size)).sum(axis=1)
    all_bounds = np.append(bounds - ideal, (unit[scales.moves] - best) / size)
    points = np.ascontiguousarray((scales.goals[:, scales.moves] - best) / size)
    out = np.empty(1)
    most_corners = int(_COMPARISONS / (len(points) + len(weights))) + 1
    largest_hole(points, weights, all_bounds, most_corners, out)
    return float(out[0])


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _reasons(problem: BudgetProblem, scales: _Scales, unit: FloatArray) -> Iterator[tuple[str, str]]:
    goals = problem.sought_goals
    for j, goal in enumerate(goals):
        if np.isnan(unit[j]):
            yield goal.name, "curves_off_zero" if goal.measure == "roi" else "no_bound"
        elif not scales.weighs[j]:
            yield f"{MIXES_WITH}{goal.name}", "no_sum" if goal.measure == "effective_channels" else "free_ratio"
    if not (scales.moves & scales.weighs).any():
        yield "solve_gap", "no_range"
    if np.isnan(unit).any():
        yield "coverage_gap", "goals_unbound"
    elif not scales.moves.any():
        yield "coverage_gap", "no_range"
