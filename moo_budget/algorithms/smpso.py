"""SMPSO: Nebro, Durillo, Garcia-Nieto, Coello, Luna and Alba 2009, a new PSO-based metaheuristic.

As published: velocities are constricted and kept within half the box, leaders win a binary
tournament by crowding distance, and every sixth particle is mutated (polynomial, index 20). Inertia is 0.1 and the
coefficients lie in [1.5, 2.5], as in the authors' jMetal. Where we deviate: particles enter the leaders' archive all at
once after a generation, by constraint domination, and where there are too many the most crowded leave at once.
"""

from __future__ import annotations

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray
from moo_budget.algorithms.swarm import Swarm
from moo_budget.kernels.variation import mutate

_INERTIA = 0.1
_COEFFICIENTS = (1.5, 2.5)
_MUTATED_EVERY = 6


class SMPSO(Swarm):
    """SMPSO on arrays; arguments as in `ArraySearch`."""

    def _followed(self, rng: np.random.Generator) -> IntArray:
        """The less crowded of two; leaders stand in that order."""
        followed: IntArray = rng.integers(len(self.leaders), size=(2, len(self.plans))).min(axis=0)
        return followed

    def _accelerated(self, leaders: FloatArray, rng: np.random.Generator) -> FloatArray:
        n_plans = len(self.plans)
        own, theirs = rng.uniform(*_COEFFICIENTS, (2, n_plans))
        constriction = _constriction(own + theirs)
        return self._drawn(
            leaders,
            constriction * _INERTIA,
            constriction * own * rng.random(n_plans),
            constriction * theirs * rng.random(n_plans),
        )

    def _disturbed(self, plans: FloatArray, rng: np.random.Generator) -> FloatArray:
        chosen = np.ascontiguousarray(plans[::_MUTATED_EVERY])
        mutants = np.empty_like(chosen)
        mutate(chosen, self.lower, self.upper, rng.random(chosen.shape), mutants)
        plans[::_MUTATED_EVERY] = mutants
        return plans

    def _forgets(self, n_plans: int, rng: np.random.Generator) -> BoolArray:
        return np.ones(n_plans, dtype=bool)


def _constriction(pull: FloatArray) -> FloatArray:
    """The factor on a velocity for the sum of both coefficients; 1 up to 4.

    Negative beyond, as the paper and jMetal print it (Clerc and Kennedy 2002 take the absolute value): half of the
    particles fly past or away from their leaders, and without that the swarm gets stuck on ZDT1.
    """
    strong = np.maximum(pull, 4.0)
    return np.where(pull <= 4.0, 1.0, 2.0 / (2.0 - strong - np.sqrt(strong * strong - 4.0 * strong)))
