"""Structure first, evolution where it can still gain, one archive for both.

Weighted sums find all of the front but its dents: where curves are S-shaped, where a channel gets nothing or at least
its minimum, or where the front itself bends inward. Only then NSGA-II goes on from the structured plans and random
ones, until a stretch of generations has added next to nothing to the hypervolume; half of the evaluations at least are
left to it. All decisions are made by counts and values, never by the clock, so that the same seed makes the same front.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pymoo.core.termination import NoTermination

from moo_budget._checks import FloatArray
from moo_budget.algorithms.archive import spread, thin
from moo_budget.algorithms.array_search import ArraySearch
from moo_budget.algorithms.nsga2 import NSGA2
from moo_budget.algorithms.scalarised import Scalarised
from moo_budget.algorithms.staged import StagedSearch
from moo_budget.errors import Message, listed
from moo_budget.indicators import hypervolume, reference_point
from moo_budget.problem import BudgetProblem

_STRUCTURE = 0.5  # of the evaluations, at most, where there are dents, which are for evolution to cross
_STRETCH = 25  # generations between two looks at the hypervolume
_LEAST_GAIN = 1e-4  # of the hypervolume in a stretch: less is nothing
_LOOKED_AT = 400  # plans of the archive at a look: all of them would take as long as the search


class Auto(StagedSearch):
    """The default search; arguments and attributes as in `ArraySearch`."""

    def __init__(self, initial_plans: FloatArray, population: int) -> None:
        super().__init__(initial_plans, population)
        self._structured = Scalarised(initial_plans, population)
        self._n_evolved = 0

    def _search(self, rng: np.random.Generator) -> Iterator[None]:
        """Yields after every batch of plans."""
        if isinstance(self.problem, BudgetProblem):
            self._structured.n_wanted = self.n_wanted
            for _ in self._run(self._structured, rng):
                if self.ceiling is not None and self._structured.dents:
                    self._structured.ceiling = int(_STRUCTURE * self.ceiling)
                yield
            if not self._structured.dents or len(self.archive) == 0:
                return
            yield from self._evolve(rng)
        else:
            yield from self._run(NSGA2(self.initial_plans, self.population), rng)

    def _evolve(self, rng: np.random.Generator) -> Iterator[None]:
        """NSGA-II until it adds next to nothing; half of its first plans are the best of the archive, half at random.

        Where channels are on/off or S-shaped, all weightings may lead to the same few choices of channels, and no small
        step leads out of them.
        """
        start = self.archive.plans[thin(self.archive.goals, max(self.population // 2, 1))]
        reference = reference_point(self.archive.goals)
        reached = self._volume(reference)
        before = self.n_evaluated
        for generation, _ in enumerate(self._run(NSGA2(start, self.population), rng), start=1):
            self._n_evolved = self.n_evaluated - before
            yield
            if generation % _STRETCH == 0:
                previous, reached = reached, self._volume(reference)
                if reached - previous <= _LEAST_GAIN * reached:
                    return

    def _run(self, search: ArraySearch, rng: np.random.Generator) -> Iterator[None]:
        """Another search on the same archive, evaluations counted as our own."""
        before = self.n_evaluated
        search.ceiling = None if self.ceiling is None else self.ceiling - before
        search.setup(
            self.problem,
            archive=self.archive,
            evaluator=self.evaluator,
            termination=NoTermination(),
            seed=int(rng.integers(2**31)),
        )
        while search.has_next():
            search.next()
            self.n_evaluated = before + search.n_evaluated
            self.plans, self.goals, self.violation = search.plans, search.goals, search.violation
            yield

    def _volume(self, reference: FloatArray) -> float:
        goals = self.archive.goals
        return hypervolume(goals[spread(goals, _LOOKED_AT)], reference)

    @property
    def messages(self) -> tuple[Message, ...]:  # type: ignore[override]
        """What it did so far, in words."""
        structured = self._structured
        if structured.problem is None:
            return ()
        text = f"{structured.n_weightings:,} weightings of the goals solved by structure"
        if self._n_evolved:
            text += f", then {self._n_evolved:,} plans by NSGA-II, because of {listed(structured.dents)}"
        elif structured.dents:
            text += f"; ended before NSGA-II had its turn, which {listed(structured.dents)} would have called for"
        elif self._over:
            text += "; nothing stands in the way of structure here, so evolution has nothing to add"
        return (Message("solve.auto", f"algorithm = 'auto': {text}"),)
