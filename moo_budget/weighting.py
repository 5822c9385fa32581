"""Plans that are best for a weighting of the goals, for many weightings at once."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray
from moo_budget._threads import in_chunks
from moo_budget.aims import WeightedSum
from moo_budget.descent import COST_OF_STEP, Descent
from moo_budget.kernels.weighted import dent_depths, envelope_fill
from moo_budget.measures import sensitivity_of
from moo_budget.problem import BudgetProblem
from moo_budget.ruled import WithinRules
from moo_budget.yardsticks import MoneySum

N_STEPS = 8  # from a first plan: the mean error is then some 1e-6 of a goal's range
COST_OF_START = 2  # in evaluations: the curves at all knots

_DENT = 1e-4  # of a curve's height: what a table does not tell from a straight line


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
        self._goals = problem.steered_goals
        self._tables = problem.plan_tables
        self._structure = problem.structure
        self._points, self._terms = self._envelope_terms()
        self._term_weights, self._paid_weights = self._linearised()
        self._descent = Descent(problem)
        self._n_begun = 0
        self.within_rules = self._within_rules() if problem.goal_rules else None

    @property
    def n_evaluations(self) -> int:
        """Of the plan around which goals are linearised, of first plans and of steps."""
        begun, within = self._n_begun, 0
        if self.within_rules is not None:
            begun, within = self.within_rules.n_begun, self.within_rules.n_evaluations
        return 1 + COST_OF_START * begun + self._descent.n_evaluations + within

    @property
    def can_keep_rules(self) -> bool:
        """Whether a plan is known that keeps the rules on goals; where there are none, every plan does."""
        return self.within_rules is None or self.within_rules.is_met

    def largest_cost(self, n_steps: int, *, cold: bool) -> int:
        """Evaluations that one weighting may take at most: of goals, and of table passes that cost as much."""
        if self.within_rules is not None:
            return (2 * COST_OF_START if cold else 0) + self.within_rules.largest_cost(n_steps, cold=cold)
        descent = COST_OF_STEP * (n_steps + 1)
        mended = descent + 1 if self._chooses else 0
        return COST_OF_START + 3 * descent + mended if cold else descent + mended

    @cached_property
    def dents(self) -> tuple[str, ...]:
        """Why some plans of the front may be best for no weighting, in words; nothing where all are."""
        totals = self._terms[: len(self.problem.tables.outcomes)]
        depths = np.empty(totals.shape[:2])
        dent_depths(self._points, totals, depths)
        causes = {
            "S-shaped curves": (depths > _DENT).any(),
            "channels that get nothing or at least their minimum": self._structure.optional.any(),
            "a limited number of channels": len(self.problem.feasible.counts) > 0,
            "channels bought in blocks": self.problem.feasible.block.any(),
            "a largest share of a total that is free": self._share_moves,
            "a shortfall": self._measures("shortfall"),
            "a risk that no goal outweighs": self._has_lone_risk,
            "a return on a total that is free": self._total_is_free and self._measures("roi"),
            "a share beyond history of a total that is free": self._total_is_free and self._measures("beyond_history"),
            "a number of channels": self._measures("effective_channels"),
        }
        return tuple(name for name, applies in causes.items() if applies)

    def _measures(self, measure: str) -> bool:
        return any(goal.measure == measure for goal in self._goals)

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
        """The best plan that is found for each weighting, within the rules on goals if there are any.

        Args:
            weights: (n_weights, n_goals), 0 or more, per unit of each minimised goal.
            plans: (n_weights, n_channels), where to begin; None: at the envelopes' best plan.
            n_steps: of the quadratic model.

        Returns:
            Plans (n_weights, n_channels) and their goals (n_weights, n_goals), minimised.
        """
        if self.within_rules is not None:
            return self.within_rules.solve(weights, plans, n_steps)
        owner = np.arange(len(weights))
        if plans is None:
            plans, owner = self._first_plans(weights)
            self._n_begun += len(weights)
        model = self._descent.run(plans, WeightedSum(weights[owner]), n_steps)
        best = _first_best(model.value, owner, len(weights))
        # The steps know a relaxation: a choice of used channels may hold no total, a share moves with the total.
        plans, goals = self.problem.project_sorted(model.plans[best]), model.goals[best]
        mended = (plans != model.plans[best]).any(axis=1)
        if mended.any():
            plans[mended], goals[mended] = self._mended(plans[mended], weights[mended], n_steps)
        return plans, goals

    def _mended(self, plans: FloatArray, weights: FloatArray, n_steps: int) -> tuple[FloatArray, FloatArray]:
        """Plans and goals of projected plans; where projection has chosen channels or blocks, the rest gives way."""
        if self._chooses:
            plans = self._descent.run(plans, WeightedSum(weights), n_steps, hold=True).plans
            plans = self.problem.project_sorted(plans)
        return plans, self.problem.sorted_goals(plans)

    @property
    def _chooses(self) -> bool:
        """Whether channels are counted or bought in blocks, of which the steps know nothing."""
        feasible = self.problem.feasible
        return len(feasible.counts) > 0 or bool(feasible.block.any())

    # The first plan: every goal as a sum over channels.

    def _envelope_terms(self) -> tuple[FloatArray, FloatArray]:
        """What a channel adds at each amount it may get: points (n_channels, n_points), terms (n_terms, ...).

        Terms are the expected outcomes, the own variance of each outcome that has a risk goal, and sums of money.
        """
        structure, tables = self._structure, self._tables
        totals, _ = structure.refined(tables.mean_values, tables.mean_slopes)
        terms = [*totals, *(self._own_variance(outcome) for outcome in self._risky)]
        nothing = structure.optional[:, None]
        points = np.hstack([np.where(nothing, 0.0, structure.knots[:, :1]), structure.knots])
        full = [np.hstack([np.where(nothing, 0.0, term[:, :1]), term]) for term in terms]
        full += [self.problem.yardsticks.money_sum(name, points.T).T for name in self._money_terms]
        return points, np.ascontiguousarray(full)

    @property
    def _money_terms(self) -> list[MoneySum]:
        """Sums over channels of money alone, with kinks or without, that goals are made of."""
        squares: list[MoneySum] = ["squares"] if self._measures("effective_channels") else []
        return [*self.problem.kinked_sums, *squares]

    @property
    def _risky(self) -> list[int]:
        """Outcomes that have a risk goal, by row."""
        names = self.problem.tables.outcomes
        return sorted({names.index(goal.outcome) for goal in self._goals if goal.is_risk and goal.outcome})

    def _own_variance(self, outcome: int) -> FloatArray:
        """Variance of the outcome by one channel alone, (n_channels, n_knots): over draws, and by market noise."""
        tables, weights = self._tables, self._tables.weights
        # The last of many blocks may lie beyond the table by a rounding.
        knots = np.minimum(self._structure.knots, tables.knots[:, -1:])
        mean, square = np.empty((2, *knots.shape))
        for knot, money in enumerate(knots.T):
            response = tables.responses(outcome, np.ascontiguousarray(money))
            mean[:, knot], square[:, knot] = response @ weights, response**2 @ weights
        own_noise = (tables.loadings[outcome] ** 2).sum(axis=1) + tables.specific[outcome]
        own: FloatArray = square - mean**2 + own_noise[:, None] * square
        return own

    def _linearised(self) -> tuple[FloatArray, FloatArray]:
        """Each goal by the terms (n_goals, n_terms) and by money spent (n_goals,), around a plan in the middle."""
        structure = self._structure
        middle = np.minimum(structure.upper, np.maximum(structure.lower, structure.budget_max / len(structure.lower)))
        batch = self.problem.sorted_batch(self.problem.project_sorted(middle[None]))
        n_outcomes, risky = len(self.problem.tables.outcomes), self._risky
        first_sum = n_outcomes + len(risky)
        by_term, by_paid = np.zeros((len(self._goals), len(self._terms))), np.zeros(len(self._goals))
        for j, goal in enumerate(self._goals):
            reacts = sensitivity_of(batch, goal).scaled(self.problem.steering[[j]])
            if reacts.paid is not None:
                by_paid[j] = reacts.paid[0]
            if reacts.total is not None:
                by_term[j, batch.index(goal)] = reacts.total[0]
            if reacts.mean is not None and reacts.variance is not None:
                by_term[j, batch.index(goal)] = reacts.mean.sum()
                by_term[j, n_outcomes + risky.index(batch.index(goal))] = max(reacts.variance.sum(), 0.0)
            for name, by_sum in reacts.money.items():
                by_term[j, first_sum + self._money_terms.index(name)] = by_sum[0]
        return by_term, by_paid

    def _within_rules(self) -> WithinRules:
        """With the plans that bring most of each outcome as certain starts: there is a slope to every chance there."""
        n_outcomes, structure = len(self.problem.tables.outcomes), self._structure
        by_term = np.zeros((n_outcomes, len(self._terms)))
        by_term[:, :n_outcomes] = -np.eye(n_outcomes)
        plans, _ = self._filled(by_term, np.zeros(n_outcomes))
        reference = self.problem.money.reference
        known = [] if reference is None else [self._tables.sorted(reference[None])]
        middle = 0.5 * (structure.lower + structure.upper)
        certain = np.vstack([plans[:n_outcomes], middle[None], *known])
        return WithinRules(self.problem, self._descent, self._first_plans, certain)

    def _first_plans(self, weights: FloatArray) -> tuple[FloatArray, IntArray]:
        """Plans to begin with, and the row of weights that each is for; weights (n, n_goals), rules' too."""
        # No matrix product: its last bits depend on how many rows stand beside a row.
        by_term = (weights[:, :, None] * self._term_weights).sum(axis=1)
        return self._filled(by_term, (weights * self._paid_weights).sum(axis=1))

    def _filled(self, by_term: FloatArray, by_paid: FloatArray) -> tuple[FloatArray, IntArray]:
        """The best plans for envelopes of sums of the terms, and the row that each is for.

        Where a channel stands inside a dent of its curve, both ends of the dent are tried as well.
        """
        n_weights, n_channels = len(by_term), len(self._points)
        plans = np.empty((n_weights, n_channels))
        tied = np.empty(n_weights, dtype=np.int64)
        low, high = np.empty(n_weights), np.empty(n_weights)
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


def _first_best(values: FloatArray, owner: IntArray, n_owners: int) -> IntArray:
    """The row with the lowest value of each owner, the first among equals; (n_owners,)."""
    order = np.lexsort((np.arange(len(values)), values, owner))
    first: IntArray = order[np.searchsorted(owner[order], np.arange(n_owners))]
    return first
