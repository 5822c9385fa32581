"""Methods that see nothing but values: a genetic algorithm, differential evolution, simulated annealing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from pymoo.algorithms.soo.nonconvex.ga import GA
from pymoo.core.problem import Problem
from pymoo.core.termination import NoTermination
from pymoo.optimize import minimize
from scipy.optimize import differential_evolution as scipy_evolution
from scipy.optimize import dual_annealing

from moo_budget._checks import FloatArray
from moo_budget.errors import Message
from moo_budget.methods.handling import HANDLING
from moo_budget.methods.one_goal import OneGoal

_POPULATION, _PER_CHANNEL = 40, 5
_SMALLEST_POPULATION = 8
_SETTLED = 1e-9  # of the values of a population

Values = Callable[[FloatArray], FloatArray]
Minimise = Callable[[Values, FloatArray, np.random.Generator], None]


def in_rounds(minimise: Minimise, handling: str, asked: OneGoal, rng: np.random.Generator) -> tuple[Message, ...]:
    """Search in as many rounds as the handling of limits wants, each from the best plan so far and its first points.

    Args:
        minimise: given values of points, and first points; ends by itself or when evaluations are spent.
        handling: a name in HANDLING.
        asked: the goal.
        rng: for all that is random.
    """
    handled = HANDLING[handling](asked)
    for n_rounds in range(handled.n_rounds, 0, -1):
        with asked.round(n_rounds):
            minimise(handled.values, _first_points(asked, rng), rng)
        if asked.n_left:
            handled.settle()
    return ()


def _first_points(asked: OneGoal, rng: np.random.Generator) -> FloatArray:
    """The best plan so far, the starts, and random points: a population."""
    n_channels = asked.starts.shape[1]
    size = max(min(_POPULATION + _PER_CHANNEL * n_channels, asked.n_left // 5), _SMALLEST_POPULATION)
    known = asked.points(np.vstack([asked.best, asked.starts]))[:size]
    return np.vstack([known, rng.random((size - len(known), n_channels))])


class _Cube(Problem):
    def __init__(self, values: Values, n_channels: int) -> None:
        super().__init__(n_var=n_channels, n_obj=1, xl=0.0, xu=1.0)
        self._values = values

    def _evaluate(self, x: FloatArray, out: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        out["F"] = self._values(x)[:, None]


def genetic_algorithm(values: Values, first: FloatArray, rng: np.random.Generator) -> None:
    """Binary tournaments, simulated binary crossover and polynomial mutation (Deb and Agrawal 1995), by pymoo."""
    search = GA(pop_size=len(first), sampling=first)
    minimize(_Cube(values, first.shape[1]), search, NoTermination(), seed=int(rng.integers(2**31)))


def differential_evolution(values: Values, first: FloatArray, rng: np.random.Generator) -> None:
    """Storn and Price 1997, best1bin, by scipy."""
    scipy_evolution(
        lambda points: values(points.T),
        [(0.0, 1.0)] * first.shape[1],
        init=first,
        maxiter=10**9,
        tol=_SETTLED,
        polish=False,
        updating="deferred",
        vectorized=True,
        rng=rng,
    )


def simulated_annealing(values: Values, first: FloatArray, rng: np.random.Generator) -> None:
    """Generalised simulated annealing with local searches (Xiang et al. 1997), by scipy, again and again."""
    while True:
        dual_annealing(lambda point: float(values(point[None])[0]), [(0.0, 1.0)] * first.shape[1], x0=first[0], rng=rng)
