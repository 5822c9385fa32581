"""Whom a swarm follows: a small archive of its own, by constraint domination and crowding distance."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.algorithms.array_search import ranks_and_crowding


class Leaders:
    """The non-dominated plans that a swarm has seen, the most isolated first; the most crowded leave when it is full.

    An infeasible plan is here only as long as there is no feasible one, and then only the nearest to being feasible.

    Args:
        capacity: how many plans there are at most.
        n_channels: columns of a plan.
        n_goals: columns of its goals.

    Attributes:
        plans, goals, violation: (n_leaders, n_channels), (n_leaders, n_goals), (n_leaders,).
        crowding: (n_leaders,), never rising.
    """

    def __init__(self, capacity: int, n_channels: int, n_goals: int) -> None:
        self.capacity = capacity
        self.plans, self.goals = np.empty((0, n_channels)), np.empty((0, n_goals))
        self.violation, self.crowding = np.empty(0), np.empty(0)

    def __len__(self) -> int:
        return len(self.plans)

    def offer(self, plans: FloatArray, goals: FloatArray, violation: FloatArray) -> None:
        """Take in what nothing here dominates; what is dominated by it, or too crowded, goes."""
        plans, goals = np.concatenate([self.plans, plans]), np.concatenate([self.goals, goals])
        violation = np.concatenate([self.violation, violation])
        rank, crowding = ranks_and_crowding(goals, violation)
        kept = np.lexsort((-crowding, rank))[: min(self.capacity, int((rank == 0).sum()))]
        self.plans, self.goals, self.violation = plans[kept], goals[kept], violation[kept]
        self.crowding = crowding[kept]
