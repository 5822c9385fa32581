"""Where plans start."""

from __future__ import annotations

import numpy as np
from pymoo.core.problem import Problem

from moo_budget._checks import FloatArray
from moo_budget.problem import BudgetProblem

# Concentrations of the Dirichlet law that splits the budget: from nearly all in one channel to nearly even. Uniform
# sampling of a box followed by projection would put almost every plan near the even split.
_CONCENTRATIONS = (0.1, 0.3, 1.0, 3.0)


def first_plans(problem: Problem, initial_plans: FloatArray, n_plans: int, rng: np.random.Generator) -> FloatArray:
    """All given plans, then as many random ones as n_plans still lacks; uniform in the box of a foreign problem."""
    n_random = max(0, n_plans - len(initial_plans))
    if isinstance(problem, BudgetProblem):
        return np.vstack([initial_plans, random_plans(problem, n_random, rng)])
    return np.vstack([initial_plans, rng.uniform(problem.xl, problem.xu, (n_random, problem.n_var))])


def random_plans(problem: BudgetProblem, n_plans: int, rng: np.random.Generator) -> FloatArray:
    """Feasible plans from even to concentrated, (n_plans, n_channels), currency for the whole plan."""
    feasible = problem.feasible
    n_channels = len(feasible.lower)
    concentration = np.resize(_CONCENTRATIONS, n_plans)[:, None]
    # A Dirichlet split as normalised gamma variates; the floor keeps a row of underflows from dividing by zero.
    split = np.maximum(rng.standard_gamma(concentration, (n_plans, n_channels)), 1e-300)
    split /= split.sum(axis=1, keepdims=True)
    total = rng.uniform(feasible.budget_min, feasible.budget_max, (n_plans, 1))
    return feasible.project(feasible.lower + split * (total - feasible.lower.sum()))
