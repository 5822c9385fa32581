"""Weighted sums of the goals within rules on their values, of any plans: steps within the rules, then pulled inside."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from moo_budget._checks import FloatArray, IntArray
from moo_budget.aims import Aspiration, goal_scale
from moo_budget.descent import COST_OF_STEP, Descent
from moo_budget.evenly import even_weights
from moo_budget.pressing import STIFFNESS, Rounds, nearest_first, pressed
from moo_budget.problem import BudgetProblem
from moo_budget.rule_steps import RuleSteps

_NEAREST = Rounds(most=25, steps=8, margin=0.0)  # to the rules, once for a problem
_ANCHORS = 30  # mixtures of the rules, whose plans are starts on the way to the anchor
_MOST_ENDS = 3  # of a weighting's best plans for envelopes: where a channel stands in a dent, its ends as well
_PULLS = 8  # from a plan to where the way to the anchor enters the rules

# Weights (n, n_steered) -> plans to begin with, and the row of weights that each is for.
FirstPlans = Callable[[FloatArray], tuple[FloatArray, IntArray]]


class WithinRules:
    """Weighted sums within rules on goals; channels in the order of `plan_tables`.

    Args:
        problem: with rules on goals.
        descent: steps over it.
        first_plans: the plans that are best for lower envelopes, rules weighed like goals.
        certain: (n, n_channels), plans that are starts on the way to the anchor as well.

    Attributes:
        n_evaluations: of goals, on the way from first plans.
        n_begun: weightings, of rules as well, that first plans were asked for in searches.
        scale: (n_steered,), what counts as one in each goal and rule.
    """

    def __init__(self, problem: BudgetProblem, descent: Descent, first_plans: FirstPlans, certain: FloatArray) -> None:
        self.problem = problem
        self.n_evaluations = 0
        self.n_begun = 0
        self._descent = descent
        self._first_plans = first_plans
        self._certain = problem.project_sorted(certain)
        self._n_sought = problem.n_obj
        self._is_rule = np.arange(len(problem.steered_goals)) >= self._n_sought
        self.scale = self._sizes()
        self._steps = RuleSteps(problem, descent, self.scale)

    def largest_cost(self, n_steps: int, *, cold: bool) -> int:
        """Evaluations that one weighting may take at most, beside those of its envelopes' best plans."""
        each = 2 * (_PULLS + 2) + COST_OF_STEP * (n_steps + 1) + 1
        return (_MOST_ENDS + 1 + _MOST_ENDS + 1) * each if cold else each

    @cached_property
    def anchor(self) -> FloatArray:
        """The plan (n_channels,) that is farthest inside the rules, or nearest to them where none keeps them all.

        Not counted as evaluations: whether there is a plan at all is asked before any search.
        """
        n_rules = len(self.problem.goal_rules)
        mixtures = even_weights(_ANCHORS, n_rules) if n_rules > 1 else np.ones((1, 1))
        rows = np.vstack([np.eye(n_rules), mixtures])
        starts, _ = self._first_plans(np.hstack([np.zeros((len(rows), self._n_sought)), rows]))
        starts = np.unique(np.vstack([self.problem.project_sorted(starts), self._certain]), axis=0)
        # Misses count as shares of each rule's own size, which is what people are told.
        scale = np.where(self._is_rule, 1.0, self.scale)
        nothing = np.zeros(len(scale), dtype=bool)
        aim = Aspiration.of(np.zeros(len(scale)), scale, self._is_rule, nothing, STIFFNESS, n_rules=len(scale))
        plans, *_ = pressed(Descent(self.problem), aim, starts, _NEAREST)
        every = np.vstack([starts, plans])
        nearest: FloatArray = every[nearest_first(aim, self.problem.sorted_steered(every))[0]]
        return nearest

    @property
    def is_met(self) -> bool:
        """Whether a plan is known that keeps all rules."""
        return bool(self._worst(self.problem.sorted_steered(self.anchor[None]))[0] <= 0.0)

    def _sizes(self) -> FloatArray:
        """What counts as one in each goal and rule, (n_steered,)."""
        ends, _ = self._first_plans(np.eye(len(self._is_rule)))
        plans = np.vstack([self.problem.project_sorted(ends), self._certain])
        return goal_scale(self.problem.sorted_steered(plans))

    def solve(self, weights: FloatArray, plans: FloatArray | None, n_steps: int) -> tuple[FloatArray, FloatArray]:
        """The best plan that is found for each weighting within the rules, and its goals.

        Where nothing is found that keeps them, the plan that misses least.

        Args:
            weights: (n_weights, n_goals), 0 or more, per unit of each minimised goal.
            plans: (n_weights, n_channels), where to begin; None: at the envelopes' best plans and the anchor.
            n_steps: from each beginning.
        """
        shares, owner = self._shares(weights), np.arange(len(weights))
        if plans is None:
            starts, owner = self._from_afar(shares, n_steps)
        else:
            starts = self.problem.project_sorted(plans)
        found, _ = self._descended(starts, shares[owner], n_steps)
        goals = self.problem.sorted_steered(found)
        best = self._best(goals, shares, owner)
        return found[best], np.ascontiguousarray(goals[best, : self._n_sought])

    def _from_afar(self, shares: FloatArray, n_steps: int) -> tuple[FloatArray, IntArray]:
        """Plans to begin with, and the row of shares that each is for.

        The best from those for the envelopes' sums where no rule presses; those where they press as they do in the end
        there; and the anchor.
        """
        none = np.zeros((len(shares), len(self.problem.goal_rules)))
        weights = np.hstack([shares, none]) / self.scale
        self.n_begun += 2 * len(weights)
        first, owner = self._first_plans(weights)
        plans, pressure = self._descended(first, shares[owner], n_steps)
        best = self._best(self.problem.sorted_steered(plans), shares, owner)
        again, row = self._first_plans(weights + pressure[best] / self.scale)
        anchors = np.broadcast_to(self.anchor, (len(shares), first.shape[1]))
        every = np.arange(len(shares))
        return np.vstack([plans[best], again, anchors]), np.concatenate([every, row, every])

    def _best(self, goals: FloatArray, shares: FloatArray, owner: IntArray) -> IntArray:
        """Rows of goals, for each row of shares the one that misses rules least, then the lowest; (n_weights,)."""
        self.n_evaluations += len(goals)
        missed, value = np.maximum(self._worst(goals), 0.0), self._steps.value(goals, shares[owner])
        order = np.lexsort((np.arange(len(owner)), value, missed, owner))
        best: IntArray = order[np.searchsorted(owner[order], np.arange(len(shares)))]
        return best

    def _shares(self, weights: FloatArray) -> FloatArray:
        """Weights per range of each goal, which sum to 1."""
        shares = weights * self.scale[: self._n_sought]
        whole: FloatArray = shares / shares.sum(axis=1, keepdims=True)
        return whole

    def _descended(self, starts: FloatArray, shares: FloatArray, n_steps: int) -> tuple[FloatArray, FloatArray]:
        """Plans that keep the rules from which no step helps any more, and what presses there; as `RuleSteps.run`."""
        project = self.problem.project_sorted
        plans = self._pulled_in(project(starts))
        box = self._descent.used_box(plans)
        plans, pressure = self._steps.run(plans, shares, n_steps, box, settled=project)
        return self._pulled_in(plans), pressure

    def _worst(self, goals: FloatArray) -> FloatArray:
        """Of goals as searches steer by them, by how much the rule that is missed most is missed, (n,)."""
        worst: FloatArray = goals[:, self._n_sought :].max(axis=1)
        return worst

    def _pulled_in(self, plans: FloatArray) -> FloatArray:
        """Plans moved towards the anchor until they keep the rules, as far as is needed; others as they are.

        By the Illinois method (Dowell and Jarratt 1971).
        """
        out, at_anchor = plans.copy(), self._missed(self.anchor[None])[0]
        at_plan = self._missed(plans)
        rows = np.flatnonzero(at_plan > 0.0)
        if len(rows) == 0 or at_anchor > 0.0:
            return out
        low, high = np.zeros(len(rows)), np.ones(len(rows))
        above, below = at_plan[rows], np.full(len(rows), min(at_anchor, -np.finfo(float).tiny))
        kept = np.broadcast_to(self.anchor, (len(rows), plans.shape[1]))
        for _ in range(_PULLS):
            share = low + (high - low) * above / (above - below)
            tried = self.problem.project_sorted(plans[rows] + share[:, None] * (self.anchor - plans[rows]))
            missed = self._missed(tried)
            keeps = missed <= 0.0
            kept = np.where(keeps[:, None], tried, kept)
            # The end that stays counts half, so that the other one moves too.
            above = np.where(keeps, 0.5 * above, missed)
            below = np.where(keeps, np.minimum(missed, -np.finfo(float).tiny), 0.5 * below)
            low, high = np.where(keeps, low, share), np.where(keeps, share, high)
        out[rows] = kept
        return out

    def _missed(self, plans: FloatArray) -> FloatArray:
        """As `_worst`, of plans; 0 or below where all rules are kept."""
        self.n_evaluations += len(plans)
        return self._worst(self.problem.sorted_steered(plans))
