"""MOPSO with crowding distance, Raquel and Naval 2005, as pymoo implements it, on plans that add up."""

from __future__ import annotations

from pymoo.algorithms.moo.mopso_cd import MOPSO_CD

from moo_budget._checks import FloatArray
from moo_budget.algorithms.operators import PlanSampling


def mopso_cd(initial_plans: FloatArray, population: int) -> MOPSO_CD:
    """Pymoo's swarm with our sampling; the problem itself projects the particles."""
    return MOPSO_CD(pop_size=population, archive_size=population, sampling=PlanSampling(initial_plans))
