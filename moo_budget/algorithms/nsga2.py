"""NSGA-II, Deb, Pratap, Agarwal and Meyarivan 2002, as pymoo implements it, on plans that add up."""

from __future__ import annotations

from pymoo.algorithms.moo.nsga2 import NSGA2

from moo_budget._checks import FloatArray
from moo_budget.algorithms.operators import BudgetRepair, PlanSampling


def nsga2(initial_plans: FloatArray, population: int) -> NSGA2:
    """Pymoo's NSGA-II with its own crossover and mutation, our sampling and repair."""
    return NSGA2(pop_size=population, sampling=PlanSampling(initial_plans), repair=BudgetRepair())
