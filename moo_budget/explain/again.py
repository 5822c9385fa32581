"""Solving again: the best plan for the weights of a plan, if a limit stood elsewhere or a channel had to get more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.aims import WeightedSum
from moo_budget.descent import Descent
from moo_budget.explain.binding import Binding
from moo_budget.explain.slopes import tolerance
from moo_budget.explain.wanted import Implied
from moo_budget.limits import FeasibleSet
from moo_budget.limits.counting import Counts
from moo_budget.limits.goal_rules import ROOM
from moo_budget.limits.rows import Rows
from moo_budget.problem import BudgetProblem
from moo_budget.rule_steps import RuleSteps
from moo_budget.weighting import Weighting

_STEPS = 60  # few are needed; a search that does not move any more ends before
_FIRST_STEPS = 8  # from each of several beginnings: which of them is best is plain by then
_BETTER = 1e-6  # of the weighted sum's size: to be better by less is rounding


@dataclass(frozen=True, eq=False)
class Found:
    """Plans that were found, (n, n_channels), and their weighted sums (n,); NaN where one does not keep its limits."""

    plans: FloatArray
    values: FloatArray

    @property
    def best(self) -> Found:
        """The plan with the lowest sum alone; any where none keeps its limits."""
        row = [int(np.argmin(np.where(np.isnan(self.values), np.inf, self.values)))]
        return Found(self.plans[row], self.values[row])


class Again:
    """The question of a plan, asked anew; channels in the order of `plan_tables`, money for the whole plan.

    Answers lie in the valley of the plan. Where curves have dents, channels are on/off or counted, or bought in blocks,
    other valleys are looked into as well, if the plan is the best that is found for its weights: what is best may jump
    then. Within rules on goals these are the plans that make one of those choices otherwise.

    Args:
        problem: the question.
        plan: (n_channels,), feasible.
        found: what it acts as if was wanted.
    """

    def __init__(self, problem: BudgetProblem, plan: FloatArray, found: Implied) -> None:
        self.problem = asked_by_rows(problem)
        self.plan = plan
        self.weights = found.weights
        self.pull = np.append(found.weights, found.pressure)
        self._weighting = Weighting(self.problem)
        self.box = tuple(part[0] for part in Descent(self.problem).held_box(plan[None]))
        near = self.near(self.problem, plan[None], (self.box[0][None], self.box[1][None]))
        self.base, self.base_value = near.plans[0], self.value(near.plans)[0]
        self._known: dict[bytes, tuple[FloatArray, float]] = {}  # by box: the best plan of all valleys, and its value

    def value(self, plans: FloatArray) -> FloatArray:
        """Weighted sums of plans (n_plans, n_channels), (n_plans,)."""
        value: FloatArray = (self.problem.sorted_goals(plans) * self.weights).sum(axis=1)
        return value

    @cached_property
    def may_jump(self) -> bool:
        """Whether other valleys are looked into."""
        return bool(self._weighting.dents) and self.is_best

    @cached_property
    def is_best(self) -> bool:
        """Whether no plan was found that is better for the weights."""
        if not self._weighting.dents:
            return True
        _, goals = self._weighting.solve(self.weights[None], n_steps=_STEPS)
        value = float((goals[0] * self.weights).sum())
        return bool(self.base_value <= value + _BETTER * abs(value))

    def near(
        self,
        problem: BudgetProblem,
        starts: FloatArray,
        box: tuple[FloatArray, FloatArray] | None = None,
        n_steps: int = _STEPS,
    ) -> Found:
        """The best plans of a supposed problem that lie near some plans (n, n_channels).

        `box`: bounds of each, two arrays (n, n_channels); None: the limits', while choices of channels and blocks stay.
        """
        descent = Descent(problem)
        lower, upper = descent.held_box(starts) if box is None else box
        weights, within = np.repeat(self.weights[None], len(starts), axis=0), self._weighting.within_rules
        if within is None:
            plans = descent.run(starts, WeightedSum(weights), n_steps, box=(lower, upper)).plans
        else:
            shares = weights * within.scale[: problem.n_obj]
            shares /= shares.sum(axis=1, keepdims=True)
            steps = RuleSteps(problem, descent, within.scale)
            plans, _ = steps.run(descent.nearest(starts, (lower, upper)), shares, n_steps, (lower, upper))
        values = (problem.sorted_goals(plans) * self.weights).sum(axis=1)
        return Found(plans, np.where(_keeps(problem, plans, lower, upper), values, np.nan))

    def in_boxes(self, lower: FloatArray, upper: FloatArray, *, jumps: BoolArray | None = None) -> Found:
        """The best plan within each box, two arrays (n, n_channels); the limits on totals and the rules stay.

        `jumps` (n,): where other valleys are looked into; None: nowhere.
        """
        found = self.near(self.problem, np.repeat(self.base[None], len(lower), axis=0), (lower, upper))
        if jumps is None or not jumps.any() or not self.may_jump:
            return found
        plans, values = found.plans.copy(), found.values.copy()
        rows = np.flatnonzero(jumps)
        other = self._elsewhere(lower[rows], upper[rows], must_choose=np.isnan(values[rows]))
        better = np.isnan(values[rows]) | (other.values < values[rows])
        plans[rows[better]], values[rows[better]] = other.plans[better], other.values[better]
        return Found(plans, values)

    def forced(self, row: int, money: float) -> FloatArray | None:
        """The best plan (n_channels,) that gives a channel so much; None where the other limits leave none."""
        lower, upper = (part[None].copy() for part in self.box)
        lower[:, row] = upper[:, row] = money
        found = self.in_boxes(lower, upper, jumps=np.array([True]))
        return None if np.isnan(found.values[0]) else found.plans[0]

    def _elsewhere(self, lower: FloatArray, upper: FloatArray, *, must_choose: BoolArray) -> Found:
        """The best plans of all valleys within boxes, two arrays (n, n_channels); choices of channels and blocks that
        a box does not make are free.

        `must_choose` (n,): with the choices of the plan no plan is known there. What was asked for is known from then
        on: a block more is both a price and a reason why a channel gets no more.
        """
        keys = [low.tobytes() + high.tobytes() for low, high in zip(lower, upper, strict=True)]
        new = [row for row, key in enumerate(keys) if key not in self._known]
        if new:
            supposed = [self._free_in(lower[row], upper[row]) for row in new]
            starts = [self._beside(lower[row], upper[row], must_choose=bool(must_choose[row])) for row in new]
            found = self.anywhere(supposed, starts)
            self._known |= {keys[row]: (found.plans[k], found.values[k]) for k, row in enumerate(new)}
        plans, values = zip(*(self._known[key] for key in keys), strict=True)
        return Found(np.array(plans), np.array(values))

    def _free_in(self, lower: FloatArray, upper: FloatArray) -> BudgetProblem:
        """The question within a box, two arrays (n_channels,), whose other channels are free again."""
        feasible, tables, is_own = self.problem.feasible, self.problem.plan_tables, self._is_own(lower, upper)

        def own(part: FloatArray, else_: FloatArray | float) -> FloatArray:
            return tables.unsorted(np.where(is_own, tables.sorted(part), else_))

        chosen = replace(
            feasible,
            lower=own(feasible.lower, lower),
            upper=own(feasible.upper, upper),
            min_if_used=own(feasible.min_if_used, 0.0),
            least_used=own(feasible.least_used, 0.0),
            block=own(feasible.block, 0.0),
        )
        return self.problem.supposing(feasible=chosen)

    def _beside(self, lower: FloatArray, upper: FloatArray, *, must_choose: bool) -> FloatArray:
        """Plans to begin with in a box, (n, n_channels)."""
        in_blocks = self.problem.plan_tables.sorted(self.problem.feasible.block) > 0.0
        may_choose = self._is_own(lower, upper) & (must_choose | in_blocks)
        return self.choices_beside(np.clip(self.base, lower, upper), may_choose)

    def _is_own(self, lower: FloatArray, upper: FloatArray) -> BoolArray:
        """Which channels a box leaves as they are, (n_channels,)."""
        return np.asarray((lower == self.box[0]) & (upper == self.box[1]))

    def choices_beside(self, plan: FloatArray, free: BoolArray) -> FloatArray:
        """A plan (n_channels,), then the same with another choice in one of its free channels: in or out, a block more
        or less; (n, n_channels).
        """
        feasible, tables = self.problem.feasible, self.problem.plan_tables
        least, block, upper = (tables.sorted(p) for p in (feasible.least_used, feasible.block, feasible.upper))
        rows = [plan]
        for c in np.flatnonzero(free & ((least > 0.0) | (block > 0.0))):
            in_or_out = 0.0 if plan[c] > 0.0 else max(least[c], block[c])
            for money in {in_or_out, plan[c] - block[c], plan[c] + block[c]} - {plan[c]}:
                if 0.0 <= money <= upper[c]:
                    rows.append(np.where(np.arange(len(plan)) == c, money, plan))
        return np.array(rows)

    def within(self, supposed: BudgetProblem, *, jumps: bool = False) -> Found:
        """The best plan if other limits held."""
        if jumps:
            return self.anywhere([supposed], [self.base[None]])
        return self.near(supposed, self.base[None])

    def anywhere(self, supposed: Sequence[BudgetProblem], starts: Sequence[FloatArray]) -> Found:
        """The best plan of each supposed problem in the valleys of some plans, or that the structured search finds.

        Within rules on goals there is no search: it would look for a plan inside them each time.

        Args:
            supposed: problems that differ in nothing but what each channel may get.
            starts: plans (n, n_channels) for each.
        """
        first = self._near_each(supposed, starts, _FIRST_STEPS)
        if self.problem.goal_rules:
            # Few steps need not end within the rules.
            begun = [
                found.best.plans if np.isfinite(found.values).any() else plans
                for found, plans in zip(first, starts, strict=True)
            ]
        else:
            begun = [self._searched(problem, found.best) for problem, found in zip(supposed, first, strict=True)]
        best = [found.best for found in self._near_each(supposed, begun)]
        return Found(np.vstack([found.plans for found in best]), np.concatenate([found.values for found in best]))

    def _near_each(
        self, supposed: Sequence[BudgetProblem], starts: Sequence[FloatArray], n_steps: int = _STEPS
    ) -> list[Found]:
        """As `near`, of all problems and their plans at once, while choices of channels and blocks stay."""
        boxes = [Descent(problem).held_box(plans) for problem, plans in zip(supposed, starts, strict=True)]
        lower, upper = (np.vstack(part) for part in zip(*boxes, strict=True))
        found = self.near(supposed[0], np.vstack(starts), (lower, upper), n_steps)
        ends = np.cumsum([len(plans) for plans in starts])[:-1]
        return [Found(*part) for part in zip(np.split(found.plans, ends), np.split(found.values, ends), strict=True)]

    def _searched(self, supposed: BudgetProblem, known: Found) -> FloatArray:
        """The plan of the structured search, or a known one (both one row) where that is better."""
        if np.isfinite(known.values[0]):
            feasible = replace(supposed.feasible, known=supposed.plan_tables.unsorted(known.plans[0]))
            supposed = supposed.supposing(feasible=feasible)
        plans, goals = Weighting(supposed).solve(self.weights[None], n_steps=_FIRST_STEPS)
        keeps = _keeps(supposed, plans, *Descent(supposed).held_box(plans))
        values = np.where(keeps, (goals * self.weights).sum(axis=1), np.nan)
        return Found(np.vstack([known.plans, plans]), np.append(known.values, values)).best.plans

    def gain(self, values: FloatArray) -> FloatArray:
        """How far weighted sums lie below that of the plan, solved again within its own limits."""
        gain: FloatArray = self.base_value - values
        return gain


def asked_by_rows(problem: BudgetProblem) -> BudgetProblem:
    """The question with a largest share of a free total as rows over the channels' money, after its own rows."""
    feasible = problem.feasible
    if feasible.share == 1.0 or feasible.budget_min == feasible.budget_max:
        return problem
    shares = np.eye(len(feasible.lower)) - feasible.share
    length = np.linalg.norm(shares, axis=1)
    rows, none = feasible.rows, np.full(len(length), -np.inf)
    whole = Rows(
        np.vstack([rows.matrix, shares / length[:, None]]),
        np.append(rows.low, none),
        np.append(rows.high, np.zeros(len(length))),
    )
    return problem.supposing(feasible=replace(feasible, rows=whole, share=1.0))


def _keeps(problem: BudgetProblem, plans: FloatArray, lower: FloatArray, upper: FloatArray) -> BoolArray:
    """Which plans keep their box, and the total, rules and counts of a problem; (n_plans,)."""
    feasible, slack, total = problem.feasible, tolerance(problem), plans.sum(axis=1)
    kept = np.asarray(((plans >= lower - slack) & (plans <= upper + slack)).all(axis=1))
    kept &= (total >= feasible.budget_min - slack) & (total <= feasible.budget_max + slack)
    money = problem.plan_tables.unsorted(plans)
    if len(feasible.rows) > 0:
        stands = money @ feasible.rows.matrix.T
        kept &= (stands >= feasible.rows.low - slack).all(axis=1) & (stands <= feasible.rows.high + slack).all(axis=1)
    if len(feasible.counts) > 0:
        kept &= np.array([feasible.counts.kept(row > 0.0) for row in money])
    if problem.goal_rules:
        kept &= (problem.sorted_steered(plans)[:, problem.n_obj :] <= ROOM).all(axis=1)
    return kept


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


def shifted_problem(again: Again, limit: Binding, by: float) -> BudgetProblem | None:
    """The question with the limit of a total or a rule at `amount + by`; None where the box leaves no such total."""
    problem = again.problem
    if limit.kind == "goal_rule":
        rules = list(problem.goal_rules)
        assert limit.place is not None  # as every rule
        rules[limit.place] = replace(rules[limit.place], bound=limit.amount + by)
        return problem.supposing(goal_rules=tuple(rules))
    shifted = _shifted_limits(problem.feasible, limit, by)
    if shifted.lower.sum() > shifted.budget_max or shifted.upper.sum() < shifted.budget_min:
        return None
    return problem.supposing(feasible=shifted)


def _shifted_limits(feasible: FeasibleSet, limit: Binding, by: float) -> FeasibleSet:
    is_lower, is_upper = limit.side <= 0, limit.side >= 0
    if limit.kind == "budget":
        low = feasible.budget_min + (by if is_lower else 0.0)
        high = feasible.budget_max + (by if is_upper else 0.0)
        return replace(feasible, budget_min=max(low, 0.0), budget_max=max(high, 0.0))
    assert limit.place is not None  # the total or a rule
    if limit.kind == "count":
        more = int(by) * (np.arange(len(feasible.counts)) == limit.place)
        counts = feasible.counts
        fewest = np.maximum(counts.fewest + (more if is_lower else 0), 0)
        return replace(feasible, counts=Counts(counts.members, fewest, counts.most + (more if is_upper else 0)))
    rows, length = feasible.rows, float(np.linalg.norm(limit.row))
    move = by / length * (np.arange(len(rows)) == limit.place)
    moved_rows = Rows(
        rows.matrix, rows.low + move if is_lower else rows.low, rows.high + move if is_upper else rows.high
    )
    return replace(feasible, rows=moved_rows)


def stacked(boxes: Sequence[tuple[FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray]:
    """Boxes as two arrays (n, n_channels)."""
    return np.array([lower for lower, _ in boxes]), np.array([upper for _, upper in boxes])
