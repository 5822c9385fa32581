"""What the swarms with a memory share: a best plan per particle, leaders, and a flight towards both."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray
from moo_budget.algorithms.array_search import ArraySearch
from moo_budget.algorithms.leaders import Leaders
from moo_budget.kernels.dominance import compare
from moo_budget.kernels.swarm import accelerate, fly


class Swarm(ArraySearch):
    """Particles that remember their own best plan and follow leaders; arguments as in `ArraySearch`.

    Particles start at rest. Where the problem mends a plan, the particle goes on from the mended one.
    """

    def _begin(self, rng: np.random.Generator) -> None:
        self.plans, self.goals, self.violation = self.evaluate(self.first_plans(rng))
        self.velocities = np.zeros_like(self.plans)
        self.best_plans, self.best_goals, self.best_violation = self.plans, self.goals, self.violation
        self.leaders = Leaders(self.population, *self.plans.shape[1:], *self.goals.shape[1:])
        self.leaders.offer(self.plans, self.goals, self.violation)

    def _step(self, rng: np.random.Generator) -> None:
        velocities = self._accelerated(self.leaders.plans[self._followed(rng)], rng)
        moved, self.velocities = np.empty_like(self.plans), np.empty_like(self.plans)
        fly(self.plans, velocities, self.lower, self.upper, moved, self.velocities)
        self.plans, self.goals, self.violation = self.evaluate(self._disturbed(moved, rng))
        self._remember(rng)
        self.leaders.offer(self.plans, self.goals, self.violation)

    @abstractmethod
    def _followed(self, rng: np.random.Generator) -> IntArray:
        """A leader for every particle, (n_plans,)."""

    @abstractmethod
    def _accelerated(self, leaders: FloatArray, rng: np.random.Generator) -> FloatArray:
        """New velocities, given every particle's leader; (n_plans, n_channels) in and out."""

    @abstractmethod
    def _disturbed(self, plans: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Some of the plans changed at random, (n_plans, n_channels) in and out."""

    @abstractmethod
    def _forgets(self, n_plans: int, rng: np.random.Generator) -> BoolArray:
        """Whether a particle gives up its best for a plan that is neither better nor worse, (n_plans,)."""

    def _drawn(self, leaders: FloatArray, inertia: FloatArray, cognitive: FloatArray, social: FloatArray) -> FloatArray:
        """New velocities within half the box, by a share (n_plans,) for each of the three that make them."""
        per_channel = np.repeat(np.stack([inertia, cognitive, social])[:, :, None], self.plans.shape[1], axis=2)
        out = np.empty_like(self.plans)
        accelerate(self.plans, self.velocities, self.best_plans, leaders, per_channel, out)
        limit = 0.5 * (self.upper - self.lower)
        return np.clip(out, -limit, limit)

    def _remember(self, rng: np.random.Generator) -> None:
        n_plans = len(self.plans)  # fewer than before where the ceiling cut the last batch
        best = self.best_plans[:n_plans], self.best_goals[:n_plans], self.best_violation[:n_plans]
        verdict = np.empty(n_plans, dtype=np.int64)
        compare(self.goals, self.violation, best[1], best[2], verdict)
        newer = (verdict > 0) | ((verdict == 0) & self._forgets(n_plans, rng))
        self.best_plans = np.where(newer[:, None], self.plans, best[0])
        self.best_goals = np.where(newer[:, None], self.goals, best[1])
        self.best_violation = np.where(newer, self.violation, best[2])
