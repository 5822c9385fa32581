"""What the searches by stages share: one generator that does the work and pauses after every batch of plans."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.algorithms.array_search import ArraySearch
from moo_budget.errors import InputError


class StagedSearch(ArraySearch):
    """A search that ends by itself; arguments as in `ArraySearch`."""

    least_archive = 6_000  # structured plans are all good: a front chosen from more of them is better

    def __init__(self, initial_plans: FloatArray, population: int) -> None:
        super().__init__(initial_plans, population)
        self._over = False

    @abstractmethod
    def _search(self, rng: np.random.Generator) -> Iterator[None]:
        """Do all the work, and yield after every batch of plans, the first as soon as there is one."""

    def _begin(self, rng: np.random.Generator) -> None:
        self._stages = self._search(rng)
        self._step(rng)

    def _step(self, rng: np.random.Generator) -> None:
        if not hasattr(self, "_stages"):
            raise InputError(
                f"a copy of a running {type(self).__name__} cannot go on. Copy it before it is set up.",
                code="solve.copied-algorithm",
            )
        try:
            next(self._stages)
        except StopIteration:
            self._over = True

    def __getstate__(self) -> dict[str, Any]:
        """A copy, as pymoo keeps for its history, has everything but the way to go on."""
        return {name: value for name, value in self.__dict__.items() if name != "_stages"}

    def has_next(self) -> bool:
        """Whether there is anything left to do, within the ceiling and pymoo's termination."""
        return not self._over and super().has_next()
