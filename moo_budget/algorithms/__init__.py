"""Search methods by name; each is built fresh for one solve.

A row is a function ``(initial plans, population size) -> pymoo Algorithm``; `solve` takes such a pymoo object as well.
"""

from __future__ import annotations

from collections.abc import Callable

from moo_budget._checks import FloatArray
from moo_budget.algorithms.array_search import ArraySearch
from moo_budget.algorithms.auto import Auto
from moo_budget.algorithms.cmopso import CMOPSO
from moo_budget.algorithms.mopso_cd import MOPSOCD
from moo_budget.algorithms.nsga2 import NSGA2
from moo_budget.algorithms.scalarised import Scalarised
from moo_budget.algorithms.smpso import SMPSO

AlgorithmFactory = Callable[[FloatArray, int], ArraySearch]

ALGORITHMS: dict[str, AlgorithmFactory] = {
    "auto": Auto,
    "scalarised": Scalarised,
    "nsga2": NSGA2,
    "mopso_cd": MOPSOCD,
    "smpso": SMPSO,
    "cmopso": CMOPSO,
}

__all__ = ["ALGORITHMS", "AlgorithmFactory"]
