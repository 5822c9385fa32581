"""Search methods by name; each is built fresh for one solve.

A row is a function ``(initial plans, population size) -> pymoo Algorithm``; `solve` takes such a pymoo object as well.
"""

from __future__ import annotations

from collections.abc import Callable

from pymoo.core.algorithm import Algorithm

from moo_budget._checks import FloatArray
from moo_budget.algorithms.mopso_cd import mopso_cd
from moo_budget.algorithms.nsga2 import nsga2

AlgorithmFactory = Callable[[FloatArray, int], Algorithm]

ALGORITHMS: dict[str, AlgorithmFactory] = {"nsga2": nsga2, "mopso_cd": mopso_cd}

AUTO = "nsga2"  # what `auto` stands for

__all__ = ["ALGORITHMS", "AUTO", "AlgorithmFactory"]
