"""Methods for one number by name, beside the searches of ALGORITHMS.

Those in GENERIC see values only: somebody has to make them keep the limits (HANDLING). Those in SOLVERS keep them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from moo_budget.algorithms import ALGORITHMS
from moo_budget.errors import Message
from moo_budget.methods.convex import convex
from moo_budget.methods.generic import (
    Minimise,
    differential_evolution,
    genetic_algorithm,
    in_rounds,
    simulated_annealing,
)
from moo_budget.methods.handling import HANDLING
from moo_budget.methods.one_goal import OneGoal
from moo_budget.methods.slsqp import slsqp

GENERIC: dict[str, Minimise] = {
    "genetic_algorithm": genetic_algorithm,
    "differential_evolution": differential_evolution,
    "simulated_annealing": simulated_annealing,
}
SOLVERS: dict[str, Callable[[OneGoal, np.random.Generator], tuple[Message, ...]]] = {
    "slsqp": slsqp,
    "convex": convex,
}
METHODS = (*ALGORITHMS, *GENERIC, *SOLVERS)

__all__ = ["GENERIC", "HANDLING", "METHODS", "SOLVERS", "OneGoal", "in_rounds"]
