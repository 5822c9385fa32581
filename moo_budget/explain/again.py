"""Solving again: the best plan for the weights of a plan, if a limit stood elsewhere or a channel had to get more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.aims import WeightedSum
from moo_budget.descent import Descent
from moo_budget.explain.binding import Binding, check_limits_known, tolerance
from moo_budget.limits import FeasibleSet
from moo_budget.limits.rows import Rows
from moo_budget.problem import BudgetProblem
from moo_budget.weighting import Weighting

_STEPS = 60  # few are needed; a search that does not move any more ends before
_BETTER = 1e-6  # of the weighted sum's size: to be better by less is rounding


@dataclass(frozen=True, eq=False)
class Found:
    """Plans that were found, (n, n_channels), and their weighted sums (n,); NaN where there is no plan."""

    plans: FloatArray
    values: FloatArray


class Again:
    """The question of a plan, asked anew; channels in the order of `plan_tables`, money for the whole plan.

    Answers lie in the valley of the plan. Where curves have dents or channels are on/off, other valleys are looked
    into as well, if the plan is the best that is found for its weights: what is best may jump then.

    Args:
        problem: the question.
        plan: (n_channels,), feasible.
        weights: (n_goals,), per unit of each minimised goal.
    """

    def __init__(self, problem: BudgetProblem, plan: FloatArray, weights: FloatArray) -> None:
        check_limits_known(problem)
        self.problem = problem
        self.plan = plan
        self.weights = weights
        self._descent = Descent(problem)
        self._weighting = Weighting(problem)
        self.box = tuple(part[0] for part in self._descent.used_box(plan[None]))
        near = self._descent.run(plan[None], WeightedSum(weights[None]), _STEPS)
        self.base, self.base_value = near.plans[0], float(near.value[0])

    @cached_property
    def may_jump(self) -> bool:
        """Whether other valleys are looked into."""
        return bool(self._weighting.dents) and not self.problem.rules and self.is_best

    @cached_property
    def is_best(self) -> bool:
        """Whether no plan was found that is better for the weights."""
        if not self._weighting.dents:
            return True
        _, goals = self._weighting.solve(self.weights[None], n_steps=_STEPS)
        value = float((goals[0] * self.weights).sum())
        return self.base_value <= value + _BETTER * abs(value)

    def in_boxes(self, lower: FloatArray, upper: FloatArray, *, jumps: BoolArray | None = None) -> Found:
        """The best plan within each box, two arrays (n, n_channels); the limits on totals and the rules stay.

        `jumps` (n,): where other valleys are looked into; None: nowhere.
        """
        start = np.repeat(self.base[None], len(lower), axis=0)
        weights = np.repeat(self.weights[None], len(lower), axis=0)
        model = self._descent.run(start, WeightedSum(weights), _STEPS, box=(lower, upper))
        found = self._kept(self.problem.feasible, model.plans, model.value, lower, upper)
        if jumps is None or not self.may_jump:
            return found
        plans, values = found.plans.copy(), found.values.copy()
        for row in np.flatnonzero(jumps):
            other = self._elsewhere(lower[row], upper[row])
            if other is not None and not other.values[0] >= values[row]:
                plans[row], values[row] = other.plans[0], other.values[0]
        return Found(plans, values)

    def _elsewhere(self, lower: FloatArray, upper: FloatArray) -> Found | None:
        """The best plan of all valleys within a box; on/off channels keep their choice unless the box takes it."""
        feasible, back = self.problem.feasible, self.problem.plan_tables.unsorted
        own_lower, own_upper = self.box
        least = self.problem.plan_tables.sorted(feasible.min_if_used)
        is_own = (lower == own_lower) & (upper == own_upper) & (least > 0.0)
        chosen = replace(
            feasible,
            lower=back(np.where(is_own, 0.0, lower)),
            upper=back(np.where(is_own, self.problem.plan_tables.sorted(feasible.upper), upper)),
            min_if_used=back(np.where(is_own, least, 0.0)),
            least_used=back(np.where(is_own, least, 0.0)),
        )
        return self.within(chosen, jumps=True)

    def within(self, feasible: FeasibleSet, *, jumps: bool = False) -> Found | None:
        """The best plan that other limits allow; None where they allow none."""
        room = np.minimum(feasible.upper, feasible.share * feasible.budget_max)
        if feasible.lower.sum() > feasible.budget_max or room.sum() < feasible.budget_min:
            return None
        supposed = self.problem.supposing(feasible=feasible)
        if jumps:
            return self.anywhere(supposed, self.base[None])
        descent = Descent(supposed)
        model = descent.run(self.base[None], WeightedSum(self.weights[None]), _STEPS)
        return self._kept(feasible, model.plans, model.value, *descent.used_box(self.base[None]))

    def anywhere(self, supposed: BudgetProblem, starts: FloatArray) -> Found:
        """The best plan of a supposed problem: of the structured search, and of the valleys of some plans."""
        plans, goals = Weighting(supposed).solve(self.weights[None], n_steps=_STEPS)
        weights = np.repeat(self.weights[None], len(starts), axis=0)
        near = Descent(supposed).run(starts, WeightedSum(weights), _STEPS)
        plans = np.vstack([plans, near.plans])
        values = np.concatenate([(goals * self.weights).sum(axis=1), near.value])
        best = int(np.argmin(values))
        return Found(plans[[best]], values[[best]])

    def _kept(
        self, feasible: FeasibleSet, plans: FloatArray, values: FloatArray, lower: FloatArray, upper: FloatArray
    ) -> Found:
        """The same with NaN for what no plan within the box can keep."""
        slack, total = tolerance(self.problem), plans.sum(axis=1)
        kept = (plans >= lower - slack).all(axis=1) & (plans <= upper + slack).all(axis=1)
        kept &= (total >= feasible.budget_min - slack) & (total <= feasible.budget_max + slack)
        rows = feasible.rows
        if len(rows) > 0:
            stands = self.problem.plan_tables.unsorted(plans) @ rows.matrix.T
            kept &= (stands >= rows.low - slack).all(axis=1) & (stands <= rows.high + slack).all(axis=1)
        return Found(plans, np.where(kept, values, np.nan))

    def gain(self, values: FloatArray) -> FloatArray:
        """How far weighted sums lie below that of the plan, solved again within its own limits."""
        gain: FloatArray = self.base_value - values
        return gain


def shifted_box(again: Again, limit: Binding, by: float) -> tuple[FloatArray, FloatArray]:
    """The bounds with a limit on one channel at `amount + by`, two arrays (n_channels,), as far as the table goes."""
    lower, upper = (part.copy() for part in again.box)
    assert limit.channel is not None  # the caller looked
    (c,) = np.flatnonzero(again.problem.plan_tables.order == limit.channel)
    end = again.problem.plan_tables.knots[c, -1]
    amount = min(max(limit.amount + by, 0.0), end)
    if limit.side >= 0:
        upper[c] = amount
    if limit.side <= 0:
        lower[c] = amount
    return np.minimum(lower, upper), upper


def shifted_limits(again: Again, limit: Binding, by: float) -> FeasibleSet:
    """All limits, with that of the total or a rule at `amount + by`."""
    feasible = again.problem.feasible
    if limit.kind == "budget":
        low = feasible.budget_min + (by if limit.side <= 0 else 0.0)
        high = feasible.budget_max + (by if limit.side >= 0 else 0.0)
        return replace(feasible, budget_min=max(low, 0.0), budget_max=max(high, 0.0))
    assert limit.rule is not None  # the total, a channel or a rule
    rows, length = feasible.rows, float(np.linalg.norm(limit.row))
    move = by / length * (np.arange(len(rows)) == limit.rule)
    moved_rows = Rows(
        rows.matrix,
        rows.low + move if limit.side <= 0 else rows.low,
        rows.high + move if limit.side >= 0 else rows.high,
    )
    return replace(feasible, rows=moved_rows)


def stacked(boxes: Sequence[tuple[FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray]:
    """Boxes as two arrays (n, n_channels)."""
    return np.array([lower for lower, _ in boxes]), np.array([upper for _, upper in boxes])
