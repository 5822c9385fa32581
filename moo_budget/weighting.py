"""Plans that are best for a weighting of the goals, for many weightings at once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray
from moo_budget._threads import in_chunks
from moo_budget.kernels.weighted import dent_depths, envelope_fill, expected_slopes, model_step
from moo_budget.measures import sensitivity_of
from moo_budget.problem import BudgetProblem

N_STEPS = 8  # from a first plan: the mean error is then some 1e-6 of a goal's range
COST_OF_START, COST_OF_STEP = 2, 2  # in evaluations: the curves at all knots; goals, and their slopes

# The part of the curvature that is only estimated is damped more after a step that did not help, less after one that
# did. Without a curvature at all a step would reach the limits at once.
_DAMPING, _LEAST_DAMPING, _MORE, _LESS = 1.0, 0.25, 4.0, 0.5
_FLOOR = 1e-2  # of the spread of the slopes over the budget
_LEAST_FLOOR, _NOT_ZERO = 1e-9, 1e-300  # of the steepest slope over the budget; where all slopes are 0
_SETTLED = 1e-12
_DENT = 1e-4  # of a curve's height: what a table does not tell from a straight line


@dataclass(frozen=True, eq=False)
class _Model:
    """A weighted sum of the goals around each plan.

    Args:
        plans: (n_plans, n_channels).
        goals: (n_plans, n_goals), minimised.
        value: (n_plans,), the weighted sum.
        slope: (n_plans, n_channels), but for `change`, which is a kink of its own.
        known: (n_plans, n_channels), second derivative of the part that is a sum over channels.
        estimated: (n_plans, n_channels), what risk adds, 0 or more.
    """

    plans: FloatArray
    goals: FloatArray
    value: FloatArray
    slope: FloatArray
    known: FloatArray
    estimated: FloatArray

    def with_better(self, other: _Model, better: BoolArray) -> _Model:
        """The other model in the rows that are better, this one in the rest."""
        return _Model(
            *(
                np.where(better if mine.ndim == 1 else better[:, None], theirs, mine)
                for mine, theirs in zip(self._parts(), other._parts(), strict=True)
            )
        )

    def _parts(self) -> list[FloatArray]:
        return [getattr(self, field.name) for field in fields(self)]


class Weighting:
    """Weighted sums of a problem's goals: the plan where sum_j w_j F_j is lowest, one for each row of weights.

    The sum falls apart by channel once what is no sum over channels is linearised. The first plan is best for the lower
    convex envelopes of the channels' curves under one price of money: exact for concave curves, but for the risk's
    covariances. Steps on a separable quadratic model, kept where they help, do the rest.

    All plans here have their channels in the order of the problem's `plan_tables`.

    Args:
        problem: the question.
    """

    def __init__(self, problem: BudgetProblem) -> None:
        self.problem = problem
        self._goals = problem.sought_goals
        self._tables = problem.plan_tables
        self._structure = problem.structure
        self._kink = np.zeros(len(problem.channels)) if problem.sorted_reference is None else problem.sorted_reference
        self._moves = np.array([goal.measure == "change" for goal in self._goals])
        self._points, self._terms = self._envelope_terms()
        self._term_weights, self._paid_weights = self._linearised()
        self.n_evaluations = 1  # of the plan around which goals are linearised; `solve` adds its own

    def largest_cost(self, n_steps: int, *, cold: bool) -> int:
        """Evaluations that one weighting may take at most: of goals, and of table passes that cost as much."""
        descent = COST_OF_STEP * (n_steps + 1)
        return COST_OF_START + 3 * descent if cold else descent

    @cached_property
    def dents(self) -> tuple[str, ...]:
        """Why some plans of the front may be best for no weighting, in words; nothing where all are."""
        totals = self._terms[: len(self.problem.tables.outcomes)]
        depths = np.empty(totals.shape[:2])
        dent_depths(self._points, totals, depths)
        causes = {
            "S-shaped curves": (depths > _DENT).any(),
            "channels that get nothing or at least their minimum": self._structure.optional.any(),
            "a largest share of a total that is free": self._share_moves,
            "a shortfall": any(goal.measure == "shortfall" for goal in self._goals),
            "a risk that no goal outweighs": self._has_lone_risk,
            "a return on a total that is free": self._total_is_free
            and any(goal.measure == "roi" for goal in self._goals),
        }
        return tuple(name for name, applies in causes.items() if applies)

    @property
    def _total_is_free(self) -> bool:
        return self._structure.budget_min < self._structure.budget_max

    @property
    def _share_moves(self) -> bool:
        return self.problem.feasible.share < 1.0 and self._total_is_free

    @property
    def _has_lone_risk(self) -> bool:
        """A risk whose outcome no goal wants more of: over concave curves it is not convex, and likes corners."""
        wanted = {goal.outcome for goal in self._goals if not goal.is_risk}
        return any(goal.is_risk and goal.outcome not in wanted for goal in self._goals)

    def solve(
        self, weights: FloatArray, plans: FloatArray | None = None, n_steps: int = N_STEPS
    ) -> tuple[FloatArray, FloatArray]:
        """The best plan that is found for each weighting.

        Args:
            weights: (n_weights, n_goals), 0 or more, per unit of each minimised goal.
            plans: (n_weights, n_channels), where to begin; None: at the envelopes' best plan.
            n_steps: of the quadratic model.

        Returns:
            Plans (n_weights, n_channels) and their goals (n_weights, n_goals), minimised.
        """
        owner = np.arange(len(weights))
        if plans is None:
            plans, owner = self._first_plans(weights)
            self.n_evaluations += COST_OF_START * len(weights)
        model = self._descended(plans, weights[owner], n_steps)
        best = _first_best(model.value, owner, len(weights))
        # The steps know a relaxation: a choice of used channels may hold no total, a share moves with the total.
        plans, goals = self.problem.project_sorted(model.plans[best]), model.goals[best]
        mended = (plans != model.plans[best]).any(axis=1)
        if mended.any():
            goals[mended] = self.problem.sorted_goals(plans[mended])
        return plans, goals

    # The first plan: every goal as a sum over channels.

    def _envelope_terms(self) -> tuple[FloatArray, FloatArray]:
        """What a channel adds at each amount it may get: points (n_channels, n_points), terms (n_terms, ...).

        Terms are the expected outcomes, the own variance of each outcome that has a risk goal, and the money moved.
        """
        structure, tables = self._structure, self._tables
        totals, _ = structure.refined(tables.mean_values, tables.mean_slopes)
        terms = [*totals, *(self._own_variance(outcome) for outcome in self._risky)]
        terms.append(0.5 * np.abs(structure.knots - self._kink[:, None]))
        nothing = structure.optional[:, None]
        at_zero = [np.zeros_like(self._kink)] * (len(terms) - 1) + [0.5 * self._kink]
        points = np.hstack([np.where(nothing, 0.0, structure.knots[:, :1]), structure.knots])
        full = [
            np.hstack([np.where(nothing, zero[:, None], term[:, :1]), term])
            for zero, term in zip(at_zero, terms, strict=True)
        ]
        return points, np.ascontiguousarray(full)

    @property
    def _risky(self) -> list[int]:
        """Outcomes that have a risk goal, by row."""
        names = self.problem.tables.outcomes
        return sorted({names.index(goal.outcome) for goal in self._goals if goal.is_risk and goal.outcome})

    def _own_variance(self, outcome: int) -> FloatArray:
        """Variance of the outcome by one channel alone, (n_channels, n_knots): over draws, and by market noise."""
        tables, weights = self._tables, self._tables.weights
        mean = square = np.zeros_like(self._structure.knots)
        for some, values, slopes in tables.some_draws(outcome):
            response, _ = self._structure.refined(values, slopes)
            mean = mean + np.tensordot(weights[some], response, 1)
            square = square + np.tensordot(weights[some], response**2, 1)
        own_noise = (tables.loadings[outcome] ** 2).sum(axis=1) + tables.specific[outcome]
        own: FloatArray = square - mean**2 + own_noise[:, None] * square
        return own

    def _linearised(self) -> tuple[FloatArray, FloatArray]:
        """Each goal by the terms (n_goals, n_terms) and by money spent (n_goals,), around a plan in the middle."""
        structure = self._structure
        middle = np.minimum(structure.upper, np.maximum(structure.lower, structure.budget_max / len(structure.lower)))
        batch = self.problem.sorted_batch(self.problem.project_sorted(middle[None]))
        n_outcomes, risky = len(self.problem.tables.outcomes), self._risky
        by_term, by_paid = np.zeros((len(self._goals), len(self._terms))), np.zeros(len(self._goals))
        for j, goal in enumerate(self._goals):
            reacts = sensitivity_of(batch, goal).scaled(self.problem.sign[[j]])
            if reacts.paid is not None:
                by_paid[j] = reacts.paid[0]
            if reacts.total is not None:
                by_term[j, batch.index(goal)] = reacts.total[0]
            if reacts.mean is not None and reacts.variance is not None:
                by_term[j, batch.index(goal)] = reacts.mean.sum()
                by_term[j, n_outcomes + risky.index(batch.index(goal))] = max(reacts.variance.sum(), 0.0)
        by_term[self._moves, -1] = 1.0
        return by_term, by_paid

    def _first_plans(self, weights: FloatArray) -> tuple[FloatArray, IntArray]:
        """Plans to begin with, and the row of weights that each is for.

        Where a channel stands inside a dent of its curve, both ends of the dent are tried as well.
        """
        n_weights, n_channels = len(weights), len(self._kink)
        plans = np.empty((n_weights, n_channels))
        tied = np.empty(n_weights, dtype=np.int64)
        low, high = np.empty(n_weights), np.empty(n_weights)
        # No matrix product: its last bits depend on how many rows stand beside a row.
        by_term = (weights[:, :, None] * self._term_weights).sum(axis=1)
        by_paid = (weights * self._paid_weights).sum(axis=1)
        totals = self._structure.budget_min, self._structure.budget_max

        def work(rows: slice) -> None:
            written = plans[rows], tied[rows], low[rows], high[rows]
            envelope_fill(self._points, self._terms, by_term[rows], by_paid[rows], *totals, *written)

        in_chunks(work, n_weights, smallest=16)
        dented = np.flatnonzero(self._skips_a_knot(tied, low, high))
        ends = np.repeat(plans[dented], 2, axis=0)
        ends[np.arange(len(ends)), np.repeat(tied[dented], 2)] = np.column_stack([low[dented], high[dented]]).ravel()
        owner = np.concatenate([np.arange(n_weights), np.repeat(dented, 2)])
        return np.vstack([plans, ends]), owner

    def _skips_a_knot(self, tied: IntArray, low: FloatArray, high: FloatArray) -> BoolArray:
        """Whether the tied channel stands in a dent: with knots between the vertices of its envelope, or on/off."""
        points = self._points[tied]
        over_knots = ((points > low[:, None]) & (points < high[:, None])).any(axis=1)
        skips: BoolArray = (tied >= 0) & (over_knots | (self._structure.optional[tied] & (low == 0.0)))
        return skips

    # The steps.

    def _descended(self, plans: FloatArray, weights: FloatArray, n_steps: int) -> _Model:
        structure = self._structure
        used = ~structure.optional | (plans >= 0.5 * structure.lower)
        lower, upper = np.where(used, structure.lower, 0.0), np.where(used, structure.upper, 0.0)
        kink = 0.5 * weights[:, self._moves].sum(axis=1)
        ones, none = np.ones_like(plans), np.zeros_like(plans)
        placed = self._step(plans, none, ones, lower, upper, np.zeros(len(plans)))
        model = self._model(placed, weights)
        damping = np.full(len(plans), _DAMPING)
        for _ in range(n_steps):
            per_money = 1.0 / max(structure.budget_max, np.finfo(float).tiny)
            spread = model.slope.max(axis=1) - model.slope.min(axis=1)
            steepest = np.abs(model.slope).max(axis=1) + kink
            floor = per_money * (_FLOOR * (spread + kink) + _LEAST_FLOOR * steepest) + _NOT_ZERO
            curvature = np.abs(model.known) + damping[:, None] * (model.estimated + floor[:, None])
            tried = self._model(self._step(model.plans, model.slope, curvature, lower, upper, kink), weights)
            better = tried.value <= model.value
            settled = np.abs(tried.value - model.value) <= _SETTLED * np.abs(model.value)
            model = model.with_better(tried, better)
            if settled.all():
                break
            damping = np.where(better, np.maximum(_LESS * damping, _LEAST_DAMPING), _MORE * damping)
        return model

    def _step(
        self,
        plans: FloatArray,
        slope: FloatArray,
        curvature: FloatArray,
        lower: FloatArray,
        upper: FloatArray,
        kink: FloatArray,
    ) -> FloatArray:
        out = np.empty_like(plans)
        totals = self._structure.budget_min, self._structure.budget_max

        def work(rows: slice) -> None:
            around = plans[rows], slope[rows], curvature[rows], lower[rows], upper[rows]
            model_step(*around, *totals, self._kink, kink[rows], out[rows])

        in_chunks(work, len(plans))
        return out

    def _model(self, plans: FloatArray, weights: FloatArray) -> _Model:
        batch = self.problem.sorted_batch(plans)
        goals = np.empty((len(plans), len(self._goals)))
        self.n_evaluations += COST_OF_STEP * len(plans)
        by_outcome = np.zeros((len(plans), len(self.problem.tables.outcomes)))
        by_paid = np.zeros(len(plans))
        by_moments: dict[tuple[int, bool], tuple[FloatArray, FloatArray]] = {}
        for j, goal in enumerate(self._goals):
            alone = sensitivity_of(batch, goal)
            goals[:, j] = alone.value * self.problem.sign[j]
            reacts = alone.scaled(self.problem.sign[j] * weights[:, j])
            if reacts.total is not None:
                by_outcome[:, batch.index(goal)] += reacts.total
            if reacts.paid is not None:
                by_paid += reacts.paid
            if reacts.mean is not None and reacts.variance is not None:
                moments = batch.index(goal), reacts.less_reference
                mean, variance = by_moments.get(moments, (np.zeros_like(reacts.mean),) * 2)
                by_moments[moments] = mean + reacts.mean, variance + reacts.variance
        slope, known = self._expected_slopes(plans, by_outcome)
        estimated = np.zeros_like(slope)
        for (outcome, less_reference), reacts_to in by_moments.items():
            more, curvature = batch.gradient(outcome, *reacts_to, less_reference=less_reference)
            slope, estimated = slope + more, estimated + curvature
        value = (goals * weights).sum(axis=1)
        return _Model(plans, goals, value, slope + by_paid[:, None], known, estimated)

    def _expected_slopes(self, plans: FloatArray, by_outcome: FloatArray) -> tuple[FloatArray, FloatArray]:
        slope, curvature = np.empty_like(plans), np.empty_like(plans)
        tables = self._tables

        def work(rows: slice) -> None:
            written = slope[rows], curvature[rows]
            expected_slopes(plans[rows], tables.knots, tables.guide, tables.pieces, by_outcome[rows], *written)

        in_chunks(work, len(plans))
        return slope, curvature


def _first_best(values: FloatArray, owner: IntArray, n_owners: int) -> IntArray:
    """The row with the lowest value of each owner, the first among equals; (n_owners,)."""
    order = np.lexsort((np.arange(len(values)), values, owner))
    first: IntArray = order[np.searchsorted(owner[order], np.arange(n_owners))]
    return first
