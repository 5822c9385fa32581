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
from moo_budget.aims import WeightedSum
from moo_budget.descent import Descent
from moo_budget.explain.binding import Binding, tolerance
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
        prices: one for each limit: how fast the weighted sum falls as the limit gives way by a unit of money, of one
            that fixes an amount: as it is raised.
        slopes: (n_goals, n_channels), of each minimised goal to the right.
        slopes_left: the same to the left.
        remainder: (n_channels,), what is left of the weighted sum's slope.
        per_outcome: what a unit of the lead outcome takes off the weighted sum; 0 where that is hardly wanted.
        lead_share: what the goals that want more of the lead outcome make up of what is wanted.
    """

    weights: FloatArray
    prices: FloatArray
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
    slopes, jumps = goal_slopes(problem, plan)
    budget = problem.feasible.budget_max or 1.0
    rows = np.array([problem.plan_tables.sorted(limit.row) for limit in limits]).reshape(len(limits), len(plan))
    sides = np.array([limit.side for limit in limits])
    system = _System(slopes * (budget / scales[:, None]), jumps * (budget / scales[:, None]), rows, sides)
    shares, prices, remainder = system.solved()
    weights = shares / scales
    on_kink = jumps > 0.0
    lead_share = float(shares @ [goal.outcome == outcome and not goal.is_risk for goal in problem.sought_goals])
    return Implied(
        weights=weights,
        prices=prices / budget,
        slopes=slopes + np.where(on_kink, jumps, 0.0),
        slopes_left=slopes - np.where(on_kink, jumps, 0.0),
        remainder=remainder / budget,
        per_outcome=_per_outcome(problem, plan, weights, outcome) if lead_share >= _HARDLY else 0.0,
        lead_share=lead_share,
    )


def goal_slopes(problem: BudgetProblem, plan: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Slope of each minimised goal by each channel's money, and how far a kink at the plan lets it go to either side.

    Returns:
        Two arrays (n_goals, n_channels).
    """
    n_goals = len(problem.sought_goals)
    model = Descent(problem).run(np.repeat(plan[None], n_goals, axis=0), WeightedSum(np.eye(n_goals)), 0)
    slopes, at_kink = model.slope.copy(), np.zeros_like(model.slope)
    for jump, kink in zip(model.jumps.T, problem.kinks.T, strict=True):
        is_at = np.abs(plan - kink) <= tolerance(problem)
        slopes += jump[:, None] * np.where(is_at, 0.0, np.sign(plan - kink))
        at_kink += jump[:, None] * is_at
    return slopes, at_kink


@dataclass(frozen=True, eq=False)
class _System:
    """Sum of weighted slopes + kinks + prices of limits = 0, weights of sum 1; slopes (n_goals, n_channels) scaled."""

    slopes: FloatArray
    jumps: FloatArray
    rows: FloatArray
    sides: FloatArray

    def solved(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Weights (n_goals,), prices (n_limits,) and remainder (n_channels,)."""
        n_goals, n_channels = self.slopes.shape
        up, down = self.rows[self.sides >= 0], self.rows[self.sides <= 0]
        goal, channel = np.nonzero(self.jumps)
        ends = np.zeros((n_channels, len(goal)))
        ends[channel, np.arange(len(goal))] = self.jumps[goal, channel]
        explained = np.hstack([self.slopes.T, up.T, -down.T, ends, -ends])
        # Between its two sides a kink's slope is anything: what is used of both ends is the goal's weight.
        is_whole = np.zeros((1 + len(goal), explained.shape[1]))
        is_whole[0, :n_goals] = 1.0
        first = n_goals + len(up) + len(down)
        for k, g in enumerate(goal):
            is_whole[1 + k, [g, first + k, first + len(goal) + k]] = 1.0, -1.0, -1.0
        even = _EVEN * np.eye(n_goals, explained.shape[1])
        wanted = np.concatenate(
            [np.zeros(n_channels), [_EXACTLY], np.zeros(len(goal)), np.full(n_goals, _EVEN / n_goals)]
        )
        found, _ = nnls(np.vstack([explained, _EXACTLY * is_whole, even]), wanted)
        found = found / found[:n_goals].sum()
        found[:n_goals][found[:n_goals] < _NOTHING * found[:n_goals].max()] = 0.0
        prices = np.zeros(len(self.rows))
        prices[self.sides >= 0] += found[n_goals : n_goals + len(up)]
        # Of a limit that fixes an amount the price is that of raising it; a lower limit gives way by falling.
        sign = np.where(self.sides[self.sides <= 0] == 0, -1.0, 1.0)
        prices[self.sides <= 0] += sign * found[n_goals + len(up) : first]
        return found[:n_goals], prices, explained @ found


def _per_outcome(problem: BudgetProblem, plan: FloatArray, weights: FloatArray, outcome: str) -> float:
    """What a unit more of an outcome, under every draw, takes off the weighted sum."""
    return float(by_outcome(problem, plan, weights)[problem.tables.outcomes.index(outcome)])


def by_outcome(problem: BudgetProblem, plan: FloatArray, weights: FloatArray) -> FloatArray:
    """What a unit more of each outcome, under every draw, takes off the weighted sum; (n_outcomes,), 0 or more."""
    batch, taken = problem.sorted_batch(plan[None]), np.zeros(len(problem.tables.outcomes))
    for goal, sign, weight in zip(problem.sought_goals, problem.sign, weights, strict=True):
        if goal.outcome is None or weight == 0.0:
            continue
        reacts = sensitivity_of(batch, goal).scaled(np.array([sign * weight]))
        for part in (reacts.total, reacts.mean):
            if part is not None:
                taken[batch.index(goal)] -= part.sum()
    taken[taken < _NOTHING * np.abs(taken).max(initial=0.0)] = 0.0
    return taken
