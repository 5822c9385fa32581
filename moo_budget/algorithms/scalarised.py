"""Structure only: weighted sums of the goals, solved channel by channel, with new weights where the front has holes.

The first weightings are spread over the simplex (low-discrepancy points, Roberts 2018). Further ones stand between
neighbours whose plans lie farthest apart, and begin at the mean of the neighbours' plans. Last, plans of neighbours are
mixed: goals are flat around a plan that is best for a weighting, so a mixture of two that are best for near weightings
is nearly as good, and costs one evaluation where a weighting costs ten.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree

from moo_budget._checks import FloatArray, IntArray
from moo_budget.algorithms.staged import StagedSearch
from moo_budget.dual import ChannelCurves, bounded, most_passes
from moo_budget.errors import InputError
from moo_budget.evenly import even_weights
from moo_budget.problem import BudgetProblem
from moo_budget.weighting import N_STEPS, Weighting

_BATCH = 256  # weightings between two looks at the clock and at Ctrl-C
_FIRST = 300  # weightings before the first look at the front's holes
_LEAST = 1000  # weightings in all, however few plans are wanted, unless the problem is large
_ROUNDS = 7  # of new weightings
_LARGE = 6e4  # channels times draws
_WARM_STEPS = 3  # from the neighbours' mean
_COLD_STEPS = 40  # for the ends of the front, by which everything else is scaled
_NEIGHBOURS = 8
_BRANCHED = 40  # weightings solved by branching where there are dents; single goals come first
_BOXES = 50  # of each: better plans turn up early, proofs come late
_BRANCHING_SHARE = 0.5  # of the evaluations that are left
_ENOUGH = 1e-3  # of the ranges: a gap that is not worth a branch
_LEAST_SIDE = 3e-3  # of a goal's range: shorter sides of a gap count as this long
_MIXTURES, _LEAST_MIXTURES = 4, 4000  # for each plan that is wanted, and in all
_MIXTURE_ROUNDS = 4


class Scalarised(StagedSearch):
    """Weighted sums solved by structure; arguments as in `ArraySearch`. Over when it has answered its weightings."""

    def __init__(self, initial_plans: FloatArray, population: int) -> None:
        super().__init__(initial_plans, population)
        self._weighting: Weighting | None = None
        self._is_proved = False

    @property
    def n_weightings(self) -> int:
        """How many weightings were answered."""
        return len(self._weights)

    @property
    def dents(self) -> tuple[str, ...]:
        """Why the front may have parts that are best for no weighting, in words; nothing where it has none."""
        return () if self._weighting is None or self._is_proved else self._weighting.dents

    def _search(self, rng: np.random.Generator) -> Iterator[None]:
        """The given plans, single goals, weightings, and mixtures; ends early where evaluations run out."""
        if not isinstance(self.problem, BudgetProblem):
            raise InputError(
                f"`scalarised` reads response tables, and {type(self.problem).__name__} has none. Use `nsga2`.",
                code="solve.no-structure",
            )
        n_goals = self.problem.n_obj
        self._weights, self._scale = np.empty((0, n_goals)), np.ones(n_goals)
        self.evaluate(self.initial_plans if len(self.initial_plans) else self.first_plans(rng)[:1])
        yield
        self._weighting = Weighting(self.problem)
        self.count(self._weighting.n_evaluations)
        if not self._weighting.can_keep_rules:
            self.evaluate(self.first_plans(rng))  # no weighting has an answer within the rules
            return
        yield from self._answered(np.eye(n_goals), None, _COLD_STEPS)
        if self.n_weightings < n_goals:  # what is left is too little for one: plans at random use it up
            self.evaluate(self.first_plans(rng))
            return
        reach = self.goals.max(axis=0) - self.goals.min(axis=0)
        self._scale = np.where(reach > 0.0, reach, 1.0)
        if n_goals == 1:
            self._branch()
        else:
            yield from self._weightings()
            yield from self._mixtures(rng)

    def _weightings(self) -> Iterator[None]:
        """Spread over the simplex first, then where neighbours lie farthest apart."""
        n_weightings = max(self.n_wanted, self._affordable(_LEAST))
        n_first = max(min(max(_FIRST, n_weightings // 5), n_weightings - self.n_weightings), 0)
        yield from self._answered(even_weights(n_first, self.problem.n_obj), None, N_STEPS)
        self._branch()
        yield
        left = max(n_weightings - self.n_weightings, 0)
        for n_new in np.diff(np.linspace(0, left, _ROUNDS + 1).astype(int)):
            a, b = self._widest_gaps(n_new)
            between, mean = 0.5 * (self._weights[a] + self._weights[b]), 0.5 * (self.plans[a] + self.plans[b])
            yield from self._answered(between, mean, _WARM_STEPS)

    def _mixtures(self, rng: np.random.Generator) -> Iterator[None]:
        """Plans between those of neighbours."""
        a, b = self._neighbours()
        n_mixtures = max(_MIXTURES * self.n_wanted, self._affordable(_LEAST_MIXTURES))
        for _ in range(_MIXTURE_ROUNDS):
            pair = rng.integers(len(a), size=n_mixtures // _MIXTURE_ROUNDS)
            share = rng.random((len(pair), 1))
            self.evaluate(share * self.plans[a[pair]] + (1.0 - share) * self.plans[b[pair]])
            yield

    def _affordable(self, n_plans: int) -> int:
        """Fewer than so many where channels times draws are very many: what is wanted comes before what is nice."""
        return min(n_plans, int(_LARGE * n_plans / (self.problem.n_var * self.problem.plan_tables.n_draws)))

    def _answered(self, weights: FloatArray, begin: FloatArray | None, n_steps: int) -> Iterator[None]:
        """Solve for rows of weights per goal's range (n, n_goals) and keep the answers, batch by batch."""
        for first in range(0, len(weights), _BATCH):
            some = slice(first, first + _BATCH)
            plans, goals = self._solved(weights[some], None if begin is None else begin[some], n_steps)
            self._weights = np.concatenate([self._weights, weights[some][: len(plans)]])
            self.plans, self.goals = np.concatenate([self.plans, plans]), np.concatenate([self.goals, goals])
            self.violation = np.zeros(len(self.plans))
            yield

    def _solved(self, weights: FloatArray, begin: FloatArray | None, n_steps: int) -> tuple[FloatArray, FloatArray]:
        """Plans and goals for rows of weights, with as many steps as there are evaluations for.

        Where there are too few for one step each, the last rows are left out.
        """
        assert self._weighting is not None
        assert isinstance(self.problem, BudgetProblem)
        weighting, tables, cold = self._weighting, self.problem.plan_tables, begin is None
        if self.ceiling is not None:
            left = self.ceiling - self.n_evaluated
            fits = [n for n in range(1, n_steps + 1) if len(weights) * weighting.largest_cost(n, cold=cold) <= left]
            n_steps = fits[-1] if fits else 1
            weights = weights[: left // weighting.largest_cost(n_steps, cold=cold)]
        before = weighting.n_evaluations
        rows = None if begin is None else tables.sorted(begin[: len(weights)])
        rows, goals = weighting.solve(weights / self._scale, rows, n_steps)
        plans = tables.unsorted(rows)
        self.count(weighting.n_evaluations - before)
        self.archive.add(plans, goals)
        return plans, goals

    def _branch(self) -> None:
        """Where there are dents, leave the basins that the first plans led to.

        Branching answers a few weightings to within a proved gap; the others begin at its plans as well.
        """
        assert isinstance(self.problem, BudgetProblem)
        if not self.dents:
            return
        curves, tables = ChannelCurves(self.problem), self.problem.plan_tables
        left = np.inf if self.ceiling is None else self.ceiling - self.n_evaluated
        n_branched = int(min(_BRANCHED, self.n_weightings, _BRANCHING_SHARE * left // most_passes(curves, _BOXES)))
        if n_branched < 1 or not curves.is_certified.all():
            return
        weights = self._weights / self._scale
        some, value = slice(0, n_branched), (weights * self.goals).sum(axis=1)
        found = bounded(
            curves, weights[some], tables.sorted(self.plans[some]), value[some], enough=_ENOUGH, n_boxes=_BOXES
        )
        self.count(found.n_passes)
        self._is_proved = self.problem.n_obj == 1 and found.value[0] - found.bound[0] <= _ENOUGH
        _, nearest = cKDTree(np.sqrt(self._weights[some])).query(np.sqrt(self._weights))
        plans, goals = self._solved(self._weights, tables.unsorted(found.plans)[nearest], _WARM_STEPS)
        better = np.flatnonzero((weights[: len(goals)] * goals).sum(axis=1) < value[: len(goals)])
        self.plans[better], self.goals[better] = plans[better], goals[better]

    def _neighbours(self) -> tuple[IntArray, IntArray]:
        """Pairs of near weightings, each once: two arrays of rows."""
        # Under the square root as much room is given to small weights as Fisher's metric gives to small probabilities.
        points = np.sqrt(self._weights)
        _, near = cKDTree(points).query(points, k=min(_NEIGHBOURS + 1, len(points)))
        one, other = np.repeat(np.arange(len(points)), near.shape[1]), near.ravel()
        low, high = np.minimum(one, other), np.maximum(one, other)
        pair = np.unique((low * len(points) + high)[low < high])
        return pair // len(points), pair % len(points)

    def _widest_gaps(self, n_gaps: int) -> tuple[IntArray, IntArray]:
        """The neighbours whose goals span the largest boxes."""
        a, b = self._neighbours()
        sides = np.maximum(np.abs(self.goals[a] - self.goals[b]) / self._scale, _LEAST_SIDE)
        widest = np.argsort(-sides.prod(axis=1), kind="stable")[:n_gaps]
        return a[widest], b[widest]
