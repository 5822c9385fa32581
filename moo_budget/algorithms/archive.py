"""The archive: every non-dominated plan that a search has seen, whatever the search itself threw away."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray, IntArray
from moo_budget.kernels.dominance import insert, spread_subset


class Archive:
    """Non-dominated plans under goals that are all minimised, thinned to half when the capacity is reached.

    Args:
        capacity: how many plans it holds at most.
        n_channels: columns of a plan.
        n_goals: columns of its goals.
    """

    def __init__(self, capacity: int, n_channels: int, n_goals: int) -> None:
        self._plans = np.empty((capacity, n_channels))
        self._goals = np.empty((capacity, n_goals))
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def plans(self) -> FloatArray:
        """(n_plans, n_channels), a copy."""
        return self._plans[: self._size].copy()

    @property
    def goals(self) -> FloatArray:
        """(n_plans, n_goals), a copy."""
        return self._goals[: self._size].copy()

    def add(self, plans: FloatArray, goals: FloatArray) -> None:
        """Offer plans (n_plans, n_channels) with their goals (n_plans, n_goals); what is not finite is passed over."""
        finite = np.isfinite(goals).all(axis=1)
        plans, goals = np.ascontiguousarray(plans[finite]), np.ascontiguousarray(goals[finite])
        offered = 0
        while offered < len(goals):
            self._size, offered = insert(self._goals, self._plans, self._size, goals, plans, offered)
            if self._size == len(self._goals):
                self._keep(thin(self._goals[: self._size], max(1, self._size // 2)))

    def _keep(self, rows: IntArray) -> None:
        self._plans[: len(rows)], self._goals[: len(rows)] = self._plans[rows], self._goals[rows]
        self._size = len(rows)


def thin(goals: FloatArray, n_plans: int) -> IntArray:
    """Rows of at most n_plans points that cover all of them well, in rising order.

    The best point in each goal always stays; the others are taken where the largest hole is.

    Args:
        goals: (n_points, n_goals), non-dominated, minimised.
        n_plans: how many to keep.
    """
    if len(goals) <= n_plans:
        return np.arange(len(goals))
    low = goals.min(axis=0)
    reach = goals.max(axis=0) - low
    points = (goals - low) / np.where(reach > 0.0, reach, 1.0)
    best = np.unique(np.argmin(points, axis=0))[:n_plans]
    chosen = np.zeros(n_plans, dtype=np.int64)
    chosen[: len(best)] = best
    spread_subset(points, chosen, len(best))
    return np.sort(chosen)
