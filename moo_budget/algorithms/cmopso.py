"""CMOPSO: Zhang, Zheng, Cheng, Qiu and Jin 2018, a competitive mechanism based multi-objective particle swarm.

As published: the ten best of the swarm by rank and crowding distance are the elite; every particle follows, of two of
them, the one at the smaller angle in goal space, and all are mutated (polynomial, index 20). There is no memory. Where
we deviate: goals count in shares of their range, because ours have units; the selection spreads the last front with
`spread` in place of SPEA2's truncation, which costs the cube of the population.
"""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.algorithms.archive import scaled, spread
from moo_budget.algorithms.array_search import ArraySearch, ranks_and_crowding
from moo_budget.kernels.swarm import accelerate, fly, winners_by_angle
from moo_budget.kernels.variation import mutate

_ELITE = 10


class CMOPSO(ArraySearch):
    """CMOPSO on arrays; arguments as in `ArraySearch`."""

    def _begin(self, rng: np.random.Generator) -> None:
        plans, goals, violation = self.evaluate(self.first_plans(rng))
        self._keep_best(plans, goals, violation, np.zeros_like(plans))

    def _step(self, rng: np.random.Generator) -> None:
        moved, mutants, velocities = np.empty((3, *self.plans.shape))
        fly(self.plans, self._accelerated(rng), self.lower, self.upper, moved, velocities)
        mutate(moved, self.lower, self.upper, rng.random(moved.shape), mutants)
        plans, goals, violation = self.evaluate(mutants)
        self._keep_best(
            np.concatenate([self.plans, plans]),
            np.concatenate([self.goals, goals]),
            np.concatenate([self.violation, violation]),
            np.concatenate([self.velocities, velocities[: len(plans)]]),
        )

    def _accelerated(self, rng: np.random.Generator) -> FloatArray:
        """Half of the particle's own way, on average, and half of the way to its winner."""
        n_elite = min(_ELITE, len(self.plans))
        pairs = rng.integers(n_elite, size=(len(self.plans), 2))
        winners = np.empty(len(self.plans), dtype=np.int64)
        points = scaled(self.goals)
        elite = self.best_first[:n_elite]
        winners_by_angle(points, points[elite], pairs, winners)
        shares = rng.random((3, *self.plans.shape))
        shares[1] = 0.0  # of a best of its own
        out = np.empty_like(self.plans)
        accelerate(self.plans, self.velocities, self.plans, self.plans[elite[winners]], shares, out)
        return out

    def _keep_best(self, plans: FloatArray, goals: FloatArray, violation: FloatArray, velocities: FloatArray) -> None:
        """The first `population` particles by rank; of the last front those that are spread best."""
        rank, crowding = ranks_and_crowding(goals, violation)
        kept = np.lexsort((-crowding, rank))
        if len(kept) > self.population:
            last = rank[kept[self.population - 1]]
            sure, torn = np.flatnonzero(rank < last), np.flatnonzero(rank == last)
            kept = np.concatenate([sure, torn[spread(goals[torn], self.population - len(sure))]])
        self.plans, self.goals, self.violation = plans[kept], goals[kept], violation[kept]
        self.velocities = velocities[kept]
        self.best_first = np.lexsort((-crowding[kept], rank[kept]))
