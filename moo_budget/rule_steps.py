"""Steps towards a weighted sum of the goals within rules on their values: sequential quadratic programming.

Wilson 1963; Han 1977.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from scipy.optimize import nnls

from moo_budget._checks import FloatArray
from moo_budget._threads import in_chunks
from moo_budget.descent import Descent, Pieces
from moo_budget.kernels.rules import model_step_rules
from moo_budget.limits.rows import KernelRows
from moo_budget.problem import BudgetProblem

_ACTIVE = 1e-3  # of a rule's range: nearer to its bound it presses
_DEARER = 2.0  # times the pressure is the price of a miss
_SETTLED = 1e-10  # of the goals' ranges: what a step must change
_LEAST_DAMPING, _MORE, _LESS = 0.1, 4.0, 0.5  # of the estimated part of the curvature, as in `Descent`
_FREE = 1e-7  # of the budget: a channel nearer to its limit does not move

Box = tuple[FloatArray, FloatArray]  # lower and upper bounds of each plan, (n_plans, n_channels)


class RuleSteps:
    """Steps from many plans at once; channels in the order of `plan_tables`.

    Each ends where a separable model is lowest within box, total, rules on money, and the other rules made straight. It
    is kept where it lowers the weighted sum and what is missed, at a price above the pressure.

    Args:
        problem: with rules on goals.
        descent: over it.
        scale: (n_steered,), what counts as one in each goal and rule.
    """

    def __init__(self, problem: BudgetProblem, descent: Descent, scale: FloatArray) -> None:
        self.problem = problem
        self._descent = descent
        self._n_sought = problem.n_obj
        self._is_rule = np.arange(len(problem.steered_goals)) >= self._n_sought
        self._scale = scale

    def run(
        self,
        plans: FloatArray,
        shares: FloatArray,
        n_steps: int,
        box: Box,
        *,
        settled: Callable[[FloatArray], FloatArray] = lambda plans: plans,
    ) -> tuple[FloatArray, FloatArray]:
        """Plans from which no step helps any more; they keep the rules up to the last step's bend.

        Args:
            plans: (n_plans, n_channels), within their boxes.
            shares: (n_plans, n_goals), weights per range.
            n_steps: at most.
            box: of each plan.
            settled: what the plans of every step are brought to.

        Returns:
            Plans (n_plans, n_channels) and pressure (n_plans, n_steered), per range.
        """
        pieces = self._descent.pieces(plans)
        pressure = self._pressure(plans, pieces, shares, box)
        price, damping, moving = np.ones(len(plans)), np.ones(len(plans)), np.arange(len(plans))
        ends, pressing = plans.copy(), pressure.copy()
        for _ in range(n_steps):
            tried = settled(self._stepped(plans, pieces, shares, pressure, box, damping))
            there = self._descent.pieces(tried)
            price = np.maximum(price, _DEARER * pressure.max(axis=1))
            before, after = (self._merit(at.goals, shares, price) for at in (pieces, there))
            better = after <= before
            plans, pieces = np.where(better[:, None], tried, plans), pieces.with_better(there, better)
            pressure = self._pressure(plans, pieces, shares, box)
            damping = np.where(better, np.maximum(_LESS * damping, _LEAST_DAMPING), _MORE * damping)
            ends[moving], pressing[moving] = plans, pressure
            moves = np.abs(after - before) > _SETTLED
            if not moves.any():
                break
            if not moves.all():  # a plan that has arrived waits for no other
                plans, shares, pressure = plans[moves], shares[moves], pressure[moves]
                price, damping, moving = price[moves], damping[moves], moving[moves]
                box, pieces = (box[0][moves], box[1][moves]), pieces.of(moves)
        return ends, pressing

    def value(self, goals: FloatArray, shares: FloatArray) -> FloatArray:
        """The weighted sum, (n_plans,); goals as `Model.goals`, shares (n_plans, n_goals)."""
        value: FloatArray = (goals[:, : self._n_sought] / self._scale[: self._n_sought] * shares).sum(axis=1)
        return value

    def _stepped(
        self,
        plans: FloatArray,
        pieces: Pieces,
        shares: FloatArray,
        pressure: FloatArray,
        box: Box,
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

    def _merit(self, goals: FloatArray, shares: FloatArray, price: FloatArray) -> FloatArray:
        missed = np.maximum(goals[:, self._n_sought :] / self._scale[self._n_sought :], 0.0).sum(axis=1)
        merit: FloatArray = self.value(goals, shares) + price * missed
        return merit

    def _pressure(self, plans: FloatArray, pieces: Pieces, shares: FloatArray, box: Box) -> FloatArray:
        """Multipliers with which plans that are nearly best are so, (n_plans, n_steered), per range.

        Non-negative least squares of the slopes along the channels that can move (Lawson and Hanson 1974).
        """
        budget = max(self.problem.feasible.budget_max, np.finfo(float).tiny)
        structure, out = self.problem.structure, np.zeros_like(pieces.goals)
        totals = structure.budget_min, structure.budget_max
        for p, plan in enumerate(plans):
            moves = (plan > box[0][p] + _FREE * budget) & (plan < box[1][p] - _FREE * budget)
            pressing = np.flatnonzero(self._is_rule & (pieces.goals[p] > -_ACTIVE * self._scale))
            if len(pressing) == 0 or not moves.any():
                continue
            rises = pieces.rises(plan, p, self.problem.kinks)[:, moves] * (budget / self._scale)[:, None]
            columns = rises[pressing]
            if np.isclose(plan.sum(), totals, rtol=_FREE, atol=0.0).any():
                columns = np.vstack([columns, np.ones(columns.shape[1]), -np.ones(columns.shape[1])])
            out[p, pressing] = nnls(columns.T, -(shares[p] @ rises[: self._n_sought]))[0][: len(pressing)]
        return out
