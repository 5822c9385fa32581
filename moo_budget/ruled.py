"""Weighted sums of the goals within rules on their values: steps within the rules made straight, then pulled inside."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from scipy.optimize import nnls

from moo_budget._checks import FloatArray, IntArray
from moo_budget._threads import in_chunks
from moo_budget.aims import Aspiration, goal_scale
from moo_budget.descent import COST_OF_STEP, Descent, Pieces
from moo_budget.evenly import even_weights
from moo_budget.kernels.rules import model_step_rules
from moo_budget.limits.rows import KernelRows
from moo_budget.pressing import STIFFNESS, Rounds, nearest_first, pressed
from moo_budget.problem import BudgetProblem

_NEAREST = Rounds(most=25, steps=8, margin=0.0)  # to the rules, once for a problem
_ANCHORS = 30  # mixtures of the rules, whose plans are starts on the way to the anchor
_MOST_ENDS = 3  # of a weighting's best plans for envelopes: where a channel stands in a dent, its ends as well
_PULLS = 8  # from a plan to where the way to the anchor enters the rules
_ACTIVE = 1e-3  # of a rule's range: nearer to its bound it presses
_DEARER = 2.0  # times the pressure is the price of a miss
_SETTLED = 1e-10  # of the goals' ranges: what a step must change
_LEAST_DAMPING, _MORE, _LESS = 0.1, 4.0, 0.5  # of the estimated part of the curvature, as in `Descent`
_FREE = 1e-7  # of the budget: a channel nearer to its limit does not move

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
        anchor: the plan (n_channels,) that is farthest inside the rules, or nearest to them where none keeps them all.
    """

    def __init__(self, problem: BudgetProblem, descent: Descent, first_plans: FirstPlans, certain: FloatArray) -> None:
        self.problem = problem
        self.n_evaluations = 0
        self._descent = descent
        self._first_plans = first_plans
        self._certain = problem.project_sorted(certain)
        self._n_sought = problem.n_obj
        self._is_rule = np.arange(len(problem.steered_goals)) >= self._n_sought
        self._scale = self._sizes()
        self.anchor = self._farthest_inside()

    def largest_cost(self, n_steps: int, *, cold: bool) -> int:
        """Evaluations that one weighting may take at most, beside those of its envelopes' best plans."""
        each = 2 * (_PULLS + 2) + COST_OF_STEP * (n_steps + 1) + 1
        return (_MOST_ENDS + 1 + _MOST_ENDS + 1) * each if cold else each

    def _farthest_inside(self) -> FloatArray:
        """The anchor.

        Not counted as evaluations: whether there is a plan at all is asked before any search.
        """
        n_rules = len(self.problem.goal_rules)
        mixtures = even_weights(_ANCHORS, n_rules) if n_rules > 1 else np.ones((1, 1))
        rows = np.vstack([np.eye(n_rules), mixtures])
        starts, _ = self._first_plans(np.hstack([np.zeros((len(rows), self._n_sought)), rows]))
        starts = np.unique(np.vstack([self.problem.project_sorted(starts), self._certain]), axis=0)
        # Misses count as shares of each rule's own size, which is what people are told.
        scale = np.where(self._is_rule, 1.0, self._scale)
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
        weights = np.hstack([shares, none]) / self._scale
        first, owner = self._first_plans(weights)
        plans, pressure = self._descended(first, shares[owner], n_steps)
        best = self._best(self.problem.sorted_steered(plans), shares, owner)
        again, row = self._first_plans(weights + pressure[best] / self._scale)
        anchors = np.broadcast_to(self.anchor, (len(shares), first.shape[1]))
        every = np.arange(len(shares))
        return np.vstack([plans[best], again, anchors]), np.concatenate([every, row, every])

    def _best(self, goals: FloatArray, shares: FloatArray, owner: IntArray) -> IntArray:
        """Rows of goals, for each row of shares the one that misses rules least, then the lowest; (n_weights,)."""
        self.n_evaluations += len(goals)
        missed, value = np.maximum(self._worst(goals), 0.0), self._value(goals, shares[owner])
        order = np.lexsort((np.arange(len(owner)), value, missed, owner))
        best: IntArray = order[np.searchsorted(owner[order], np.arange(len(shares)))]
        return best

    def _shares(self, weights: FloatArray) -> FloatArray:
        """Weights per range of each goal, which sum to 1."""
        shares = weights * self._scale[: self._n_sought]
        whole: FloatArray = shares / shares.sum(axis=1, keepdims=True)
        return whole

    def _descended(self, starts: FloatArray, shares: FloatArray, n_steps: int) -> tuple[FloatArray, FloatArray]:
        """Plans that keep the rules from which no step helps any more, and what presses there.

        Sequential quadratic programming (Wilson 1963; Han 1977): each step ends where a separable model is lowest
        within box, total, rules on money, and the other rules made straight. It is kept where it lowers the weighted
        sum and what is missed, at a price above the pressure.

        Args:
            starts: (n_plans, n_channels).
            shares: (n_plans, n_goals), weights per range.
            n_steps: at most.

        Returns:
            Plans (n_plans, n_channels) and pressure (n_plans, n_steered), per range.
        """
        plans, descent = self._pulled_in(self.problem.project_sorted(starts)), self._descent
        box, pieces = descent.used_box(plans), descent.pieces(plans)
        pressure = self._pressure(plans, pieces, shares)
        price, damping = np.ones(len(plans)), np.ones(len(plans))
        for _ in range(n_steps):
            tried = self.problem.project_sorted(self._stepped(plans, pieces, shares, pressure, box, damping))
            there = descent.pieces(tried)
            price = np.maximum(price, _DEARER * pressure.max(axis=1))
            before, after = (self._merit(at.goals, shares, price) for at in (pieces, there))
            better = after <= before
            plans, pieces = np.where(better[:, None], tried, plans), pieces.with_better(there, better)
            if (np.abs(after - before) <= _SETTLED).all():
                break
            pressure = self._pressure(plans, pieces, shares)
            damping = np.where(better, np.maximum(_LESS * damping, _LEAST_DAMPING), _MORE * damping)
        return self._pulled_in(plans), pressure

    def _stepped(
        self,
        plans: FloatArray,
        pieces: Pieces,
        shares: FloatArray,
        pressure: FloatArray,
        box: tuple[FloatArray, FloatArray],
        damping: FloatArray,
    ) -> FloatArray:
        """Where the model is lowest, plan by plan, because each has its own straightened rules; (n_plans, n_channels).

        A plan for which these allow nothing stays.
        """
        n_sought = self._n_sought
        of_goals = shares / self._scale[:n_sought]
        slope = np.einsum("pj,jpc->pc", of_goals, pieces.slope[:n_sought])
        jumps = np.einsum("pj,jpk->pk", of_goals, pieces.jumps[:n_sought])
        pull = pressure / self._scale
        pull[:, :n_sought] = of_goals
        known = np.einsum("pj,jpc->pc", pull, pieces.known)
        estimated = np.einsum("pj,jpc->pc", pull, pieces.estimated)
        floor = self._descent.least_curvature(slope, jumps)
        curvature = np.abs(known) + damping[:, None] * (estimated + floor[:, None])
        kinks, kink_slopes = self._descent.by_kinks(jumps)
        out = np.empty_like(plans)

        def work(some: slice) -> None:
            for p in range(some.start, some.stop):
                row = slice(p, p + 1)
                around = plans[row], slope[row], curvature[row], box[0][row], box[1][row]
                straight = self._straightened(plans[p], pieces, p)
                model_step_rules(*around, kinks, kink_slopes[row], straight, out[row])

        in_chunks(work, len(plans), smallest=16)
        return out

    def _straightened(self, plan: FloatArray, pieces: Pieces, p: int) -> KernelRows:
        """Rows of total, rules on money, and rules on goals made straight around a plan (n_channels,)."""
        rows, low, high = self._money_rows
        slopes = pieces.rises(plan, p, self.problem.kinks)[self._n_sought :]
        length = np.linalg.norm(slopes, axis=1)
        flat = length == 0.0
        slopes = slopes / np.where(flat, 1.0, length)[:, None]
        room = np.where(flat, np.inf, slopes @ plan - pieces.goals[p, self._n_sought :] / np.where(flat, 1.0, length))
        slopes[flat] = rows[0]  # a row that says nothing is given a length
        return np.vstack([rows, slopes]), np.append(low, np.full(len(room), -np.inf)), np.append(high, room)

    @cached_property
    def _money_rows(self) -> KernelRows:
        structure = self.problem.structure
        return self.problem.sorted_rows.with_total(structure.budget_min, structure.budget_max)

    def _value(self, goals: FloatArray, shares: FloatArray) -> FloatArray:
        value: FloatArray = (goals[:, : self._n_sought] / self._scale[: self._n_sought] * shares).sum(axis=1)
        return value

    def _merit(self, goals: FloatArray, shares: FloatArray, price: FloatArray) -> FloatArray:
        missed = np.maximum(goals[:, self._n_sought :] / self._scale[self._n_sought :], 0.0).sum(axis=1)
        merit: FloatArray = self._value(goals, shares) + price * missed
        return merit

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

    def _pressure(self, plans: FloatArray, pieces: Pieces, shares: FloatArray) -> FloatArray:
        """Multipliers with which plans that are nearly best are so, (n_plans, n_steered), per range.

        Non-negative least squares of the slopes along the channels that can move (Lawson and Hanson 1974).
        """
        budget = max(self.problem.feasible.budget_max, np.finfo(float).tiny)
        structure, out = self.problem.structure, np.zeros_like(pieces.goals)
        totals = structure.budget_min, structure.budget_max
        for p, plan in enumerate(plans):
            moves = (plan > structure.lower + _FREE * budget) & (plan < structure.upper - _FREE * budget)
            pressing = np.flatnonzero(self._is_rule & (pieces.goals[p] > -_ACTIVE * self._scale))
            if len(pressing) == 0 or not moves.any():
                continue
            rises = pieces.rises(plan, p, self.problem.kinks)[:, moves] * (budget / self._scale)[:, None]
            columns = rises[pressing]
            if np.isclose(plan.sum(), totals, rtol=_FREE, atol=0.0).any():
                columns = np.vstack([columns, np.ones(columns.shape[1]), -np.ones(columns.shape[1])])
            out[p, pressing] = nnls(columns.T, -(shares[p] @ rises[: self._n_sought]))[0][: len(pressing)]
        return out
