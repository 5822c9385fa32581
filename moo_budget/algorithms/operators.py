"""Operators that know the budget: where plans start, and how offspring get back to plans that add up."""

from __future__ import annotations

from typing import Any

import numpy as np
from pymoo.core.repair import Repair
from pymoo.core.sampling import Sampling

from moo_budget._checks import FloatArray
from moo_budget.problem import BudgetProblem

# Concentrations of the Dirichlet law that splits the budget: from nearly all in one channel to nearly even. Uniform
# sampling of a box followed by projection would put almost every plan near the even split.
_CONCENTRATIONS = (0.1, 0.3, 1.0, 3.0)


class PlanSampling(Sampling):
    """The given plans first, then random splits of random totals, projected onto the feasible set."""

    def __init__(self, initial_plans: FloatArray) -> None:
        super().__init__()
        self.initial_plans = initial_plans

    def _do(
        self,
        problem: BudgetProblem,
        n_samples: int,
        *args: Any,
        random_state: np.random.Generator,
        **kwargs: Any,
    ) -> FloatArray:
        given = self.initial_plans[:n_samples]
        return np.vstack([given, random_plans(problem, n_samples - len(given), random_state)])


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


class BudgetRepair(Repair):
    """Projects offspring before duplicates are looked for, so that two shadows of one plan count as one."""

    def _do(self, problem: BudgetProblem, X: FloatArray, **kwargs: Any) -> FloatArray:
        return problem.feasible.project(X)
