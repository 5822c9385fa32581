"""Whole plans that the periods hold: linear programmes over money per period and channel."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack, kron, vstack

from moo_budget._checks import FloatArray
from moo_budget.limits.calendar import PeriodLimits
from moo_budget.limits.feasible import FeasibleSet

Inequalities = tuple[csr_array, FloatArray]


def least_team(feasible: FeasibleSet, periods: PeriodLimits) -> float:
    """The least `total_max`, no less than there is, under which the periods hold some plan; currency.

    On/off channels may get anything up to their maximum.
    """
    whole, _ = _whole(feasible, feasible.lower, feasible.upper, periods)
    teams = _sums_of_periods(periods), np.zeros(periods.n_periods)
    raised = csr_array(np.r_[np.zeros(len(whole[1])), -np.ones(periods.n_periods)][:, None])
    found = _cheapest((whole, teams), raised, periods, np.array([periods.total_max]))
    assert found is not None  # a plan of the whole period is held by periods that are not limited together
    return float(found[-1])


def nearest_held(feasible: FeasibleSet, periods: PeriodLimits, split: FloatArray) -> FloatArray | None:
    """The plan (n_channels,) with least money in other places than `split` that limits and periods hold.

    It uses the same on/off channels; None if there is none.
    """
    n_channels = len(split)
    used = (split > 0.0) | (feasible.min_if_used == 0.0)
    lower = np.where(used, np.maximum(feasible.lower, feasible.min_if_used), 0.0)
    whole, sums = _whole(feasible, lower, np.where(used, feasible.upper, 0.0), periods)
    teams = _sums_of_periods(periods), np.full(periods.n_periods, periods.total_max)
    near = vstack([sums, -sums]), np.r_[split, -split]
    nothing = np.zeros((len(whole[1]) + periods.n_periods, n_channels))
    distances = csr_array(np.vstack([nothing, -np.eye(n_channels), -np.eye(n_channels)]))
    found = _cheapest((whole, teams, near), distances, periods, np.zeros(n_channels))
    return None if found is None else np.asarray(sums @ found[: periods.most.size], dtype=np.float64)


def _whole(
    feasible: FeasibleSet, lower: FloatArray, upper: FloatArray, periods: PeriodLimits
) -> tuple[Inequalities, csr_array]:
    """The limits of the whole plan over the money of every period; and the sums of every channel over its periods."""
    n_channels = len(lower)
    sums = csr_array(kron(np.ones((1, periods.n_periods)), eye_array(n_channels)))  # cells stand period by period
    matrix, low, high = feasible.rows.with_total(feasible.budget_min, feasible.budget_max, feasible.share)
    caps = np.minimum(upper, feasible.share * feasible.budget_max)
    rows = np.vstack([np.eye(n_channels), matrix])
    low, high = np.r_[lower, low], np.r_[caps, high]
    above, below = np.isfinite(high), np.isfinite(low)
    one_sided = csr_array(np.vstack([rows[above], -rows[below]]))
    return (one_sided @ sums, np.r_[high[above], -low[below]]), sums


def _sums_of_periods(periods: PeriodLimits) -> csr_array:
    return csr_array(kron(eye_array(periods.n_periods), np.ones((1, periods.most.shape[1]))))


def _cheapest(
    inequalities: tuple[Inequalities, ...], by_extra: csr_array, periods: PeriodLimits, least: FloatArray
) -> FloatArray | None:
    """Money of every cell, then further unknowns from `least` on, whose sum is lowest; None: nothing is feasible."""
    matrix = hstack([vstack([rows for rows, _ in inequalities]), by_extra], format="csr")
    caps = periods.most.ravel()
    solved = linprog(
        np.r_[np.zeros(len(caps)), np.ones(len(least))],
        A_ub=matrix,
        b_ub=np.concatenate([ends for _, ends in inequalities]),
        bounds=np.column_stack([np.r_[np.zeros(len(caps)), least], np.r_[caps, np.full(len(least), np.inf)]]),
        method="highs",
    )
    return None if solved.x is None else np.asarray(solved.x, dtype=np.float64)
