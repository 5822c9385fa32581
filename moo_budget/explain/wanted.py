"""What a plan acts as if somebody wanted: weights of the goals, prices of limits, and what these leave unexplained.

At a plan that is best for some weighting the marginal values of all channels agree, but for the prices of the limits
at which they stand (Karush, Kuhn and Tucker). Weights and prices are found by non-negative least squares (Lawson and
Hanson 1974).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from moo_budget._checks import FloatArray
from moo_budget.explain.binding import Binding
from moo_budget.explain.slopes import goal_slopes
from moo_budget.measures import sensitivity_of
from moo_budget.problem import BudgetProblem

_EXACTLY = 1e3  # how much more an equation counts than what is to be explained
_EVEN = 1e-5  # how much less it counts that weights are even: of those that explain a plan as well the most even ones
_NOTHING = 1e-9  # of the largest weight
_HARDLY = 0.1  # of the weights: a lead outcome that counts less is no measure of the others


@dataclass(frozen=True, eq=False)
class Implied:
    """Weights and prices of a plan; channels in the order of `plan_tables`.

    Args:
        weights: (n_goals,), per unit of each minimised goal; the sum of weights times scales is 1.
        prices: one for each limit: how fast the weighted sum falls as the limit gives way by one of its units, of one
            that fixes an amount: as it is raised; 0 of a number of channels, which has none.
        pressure: (n_goal_rules,), what the weighted sum falls by as a rule on a goal is steered by one less.
        slopes: (n_goals, n_channels), of each minimised goal to the right.
        slopes_left: the same to the left.
        remainder: (n_channels,), what is left of the weighted sum's slope.
        per_outcome: what a unit of the lead outcome takes off the weighted sum; 0 where that is hardly wanted.
        lead_share: what the goals that want more of the lead outcome make up of what is wanted.
    """

    weights: FloatArray
    prices: FloatArray
    pressure: FloatArray
    slopes: FloatArray
    slopes_left: FloatArray
    remainder: FloatArray
    per_outcome: float
    lead_share: float

    @property
    def in_outcome(self) -> float:
        """The weighted sum in units of the lead outcome; as it is where nobody wants that."""
        return 1.0 / self.per_outcome if self.per_outcome > 0.0 else 1.0

    @property
    def worth(self) -> FloatArray:
        """(n_channels,), what the next unit of money takes off the weighted sum, in the lead outcome."""
        worth: FloatArray = -(self.weights @ self.slopes) * self.in_outcome
        return worth


def implied(
    problem: BudgetProblem, plan: FloatArray, limits: Sequence[Binding], scales: FloatArray, outcome: str
) -> Implied:
    """The weights and prices for which a plan is best, as far as there are any.

    Args:
        problem: the question.
        plan: (n_channels,), feasible, in the order of `plan_tables`.
        limits: at which it stands.
        scales: (n_goals,), what counts as one of each goal.
        outcome: the lead outcome.
    """
    slopes, jumps = (part[: len(scales)] for part in goal_slopes(problem, plan))
    budget = problem.feasible.budget_max or 1.0
    shape = len(limits), len(plan)
    rows = np.array([problem.plan_tables.sorted(limit.row) for limit in limits]).reshape(shape)
    smooth = np.zeros(len(plan))
    kinks = [smooth if limit.kink is None else problem.plan_tables.sorted(limit.kink) for limit in limits]
    per_scale = budget / scales[:, None]
    system = _System(
        slopes * per_scale,
        jumps * per_scale,
        rows,
        np.array(kinks).reshape(shape),
        np.array([limit.side for limit in limits]),
    )
    shares, prices, remainder = system.solved()
    weights = shares / scales
    on_kink = jumps > 0.0
    lead_share = float(shares @ [goal.outcome == outcome and not goal.is_risk for goal in problem.sought_goals])
    return Implied(
        weights=weights,
        prices=prices / budget,
        pressure=_pressure(problem, limits, prices / budget),
        slopes=slopes + np.where(on_kink, jumps, 0.0),
        slopes_left=slopes - np.where(on_kink, jumps, 0.0),
        remainder=remainder / budget,
        per_outcome=_per_outcome(problem, plan, weights, outcome) if lead_share >= _HARDLY else 0.0,
        lead_share=lead_share,
    )


def _pressure(problem: BudgetProblem, limits: Sequence[Binding], prices: FloatArray) -> FloatArray:
    """What each rule on a goal is worth as searches steer by it, (n_goal_rules,)."""
    pressure = np.zeros(len(problem.goal_rules))
    for limit, price in zip(limits, prices, strict=True):
        if limit.kind == "goal_rule" and limit.place is not None:
            pressure[limit.place] = price / abs(problem.goal_rules[limit.place].factor)
    return pressure


@dataclass(frozen=True, eq=False)
class _System:
    """Sum of weighted slopes + kinks + prices of limits = 0, the goals' weights of sum 1.

    Args:
        slopes: (n_goals, n_channels), scaled.
        jumps: the same shape, what a kink at the plan lets each slope vary by to either side.
        rows: (n_limits, n_channels).
        kinks: (n_limits, n_channels), the same of the rows.
        sides: (n_limits,), as `Binding.side`.
    """

    slopes: FloatArray
    jumps: FloatArray
    rows: FloatArray
    kinks: FloatArray
    sides: FloatArray

    def solved(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Weights (n_goals,), prices (n_limits,) and remainder (n_channels,)."""
        n_goals, n_channels = self.slopes.shape
        is_up, is_down = self.sides >= 0, self.sides <= 0
        length = np.linalg.norm(self.rows, axis=1)
        length = np.where(length > 0.0, length, 1.0)[:, None]
        rows, kinks = self.rows / length, self.kinks / length
        columns = np.vstack([self.slopes, rows[is_up], -rows[is_down]])
        column, channel = np.nonzero(np.vstack([self.jumps, kinks[is_up], kinks[is_down]]))
        n_columns, n_ends = len(columns), len(column)
        ends = np.zeros((n_channels, n_ends))
        ends[channel, np.arange(n_ends)] = np.vstack([self.jumps, kinks[is_up], kinks[is_down]])[column, channel]
        explained = np.hstack([columns.T, ends, -ends])
        # Between its two sides a kink's slope is anything: what is used of both ends is the weight of what has it.
        is_whole = np.zeros((1 + n_ends, explained.shape[1]))
        is_whole[0, :n_goals] = 1.0
        for k, owner in enumerate(column.tolist()):
            is_whole[1 + k, [owner, n_columns + k, n_columns + n_ends + k]] = 1.0, -1.0, -1.0
        even = _EVEN * np.eye(n_goals, explained.shape[1])
        wanted = np.concatenate([np.zeros(n_channels), [_EXACTLY], np.zeros(n_ends), np.full(n_goals, _EVEN / n_goals)])
        found, _ = nnls(np.vstack([explained, _EXACTLY * is_whole, even]), wanted)
        found = found / found[:n_goals].sum()
        found[:n_goals][found[:n_goals] < _NOTHING * found[:n_goals].max()] = 0.0
        prices, first_down = np.zeros(len(rows)), n_goals + int(is_up.sum())
        prices[is_up] += found[n_goals:first_down]
        # Of a limit that fixes an amount the price is that of raising it; a lower limit gives way by falling.
        prices[is_down] += np.where(self.sides[is_down] == 0, -1.0, 1.0) * found[first_down:n_columns]
        return found[:n_goals], prices / length[:, 0], explained @ found


def _per_outcome(problem: BudgetProblem, plan: FloatArray, weights: FloatArray, outcome: str) -> float:
    """What a unit more of an outcome, under every draw, takes off the weighted sum."""
    return float(by_outcome(problem, plan, weights)[problem.tables.outcomes.index(outcome)])


def by_outcome(problem: BudgetProblem, plan: FloatArray, weights: FloatArray) -> FloatArray:
    """What a unit more of each outcome, under every draw, takes off a weighted sum; (n_outcomes,), 0 or more.

    `weights`: of the sought goals, and of the rules on goals if they count (n_goals,) or (n_steered,).
    """
    batch, taken = problem.sorted_batch(plan[None]), np.zeros(len(problem.tables.outcomes))
    for goal, sign, weight in zip(problem.steered_goals, problem.steering, weights, strict=False):
        if goal.outcome is None or weight == 0.0:
            continue
        reacts = sensitivity_of(batch, goal).scaled(np.array([sign * weight]))
        for part in (reacts.total, reacts.mean):
            if part is not None:
                taken[batch.index(goal)] -= part.sum()
    taken[taken < _NOTHING * np.abs(taken).max(initial=0.0)] = 0.0
    return taken
