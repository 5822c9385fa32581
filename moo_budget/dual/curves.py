"""Goals as sums over channels: exactly where they are that, by their tangents where risk couples the channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray
from moo_budget.dual.mixtures import Mixture, Segment
from moo_budget.dual.tangents import TANGENTS, Moments, constant, minimised
from moo_budget.goals import Goal
from moo_budget.kernels.bezier import add_curves, responses
from moo_budget.kernels.risk import noise_exposure
from moo_budget.limits import GoalRule
from moo_budget.limits.goal_rules import ROOM
from moo_budget.problem import BudgetProblem

_SUMS = ("total", "profit", "spend", "change")  # measures that fall apart by channel
_SHARES = ("roi", "beyond_history")  # these do where the total that they are taken of is fixed
_GOLDEN = 0.6180339887498949  # of an interval is kept by a section
_SECTIONS = 10  # then a step is known to a hundredth
_ROUNDING = 1e-9  # of the budget: by so much a plan may miss a rule on money


@dataclass(frozen=True, eq=False)
class Boxes:
    """Parts of the feasible set, by the cubic pieces that each channel may use.

    Args:
        first: (n, n_channels), first piece.
        last: (n, n_channels), one beyond the last piece; equal to `first` where only nothing is left.
        nothing: (n, n_channels), whether the channel may also get nothing.
    """

    first: IntArray
    last: IntArray
    nothing: BoolArray

    def __getitem__(self, rows: slice | IntArray | int) -> Boxes:
        return Boxes(self.first[rows], self.last[rows], self.nothing[rows])


def _has_fixed_total(problem: BudgetProblem) -> bool:
    return problem.structure.budget_min == problem.structure.budget_max > 0.0


def has_bound(goal: Goal, problem: BudgetProblem) -> bool:
    """Whether a weighted sum with a goal has a bound."""
    if goal.measure in _SHARES:
        return _has_fixed_total(problem)
    return goal.measure in _SUMS or goal.measure in TANGENTS


def can_be_priced(rule: GoalRule, problem: BudgetProblem) -> bool:
    """Whether a rule on a goal enters bounds: it is a sum over channels, or tangents lie below what is missed."""
    return has_bound(rule.goal, problem) and (rule.goal.measure not in TANGENTS or rule.is_with_the_goal)


class ChannelCurves:
    """What each channel adds to each goal, as Bezier points; channels in the order of the problem's `plan_tables`.

    Rules are priced: how much each is missed by, 0 or below where it is kept, stands behind the goals, one column a
    side. First the rules on goals, then the sides of the rules on money, as shares of the budget.

    Args:
        problem: the question.

    Attributes:
        goals: those that are sought.
        is_certified: (n_goals,), whether weighted sums with the goal have a bound.
        can_be_priced: (n_priced,), whether the rule enters bounds.
        asked: (n_goals + n_priced,), what is taken off each column: nothing of goals, of rules what they allow.
    """

    def __init__(self, problem: BudgetProblem) -> None:
        structure, tables = problem.choosing_structure, problem.plan_tables
        self.problem, self.structure = problem, structure
        self.goals = problem.sought_goals
        self.n_pieces = structure.knots.shape[1] - 1
        self.positions = structure.positions
        outcomes = structure.control_points(tables.mean_values, tables.mean_slopes)
        self._kinked = problem.kinked_sums
        kinked = [problem.yardsticks.money_sum(name, self.positions.T).T for name in self._kinked]
        self.terms = np.ascontiguousarray(np.swapaxes([*outcomes, self.positions, *kinked], 0, 1))
        self._steered = problem.steered_goals
        self._sides = _Sides.of(problem, self.positions)
        self.terms = np.concatenate([self.terms, self._sides.curves], axis=1)
        of_goals = np.array([self._by_term(goal) for goal in self._steered]) * problem.steering[:, None]
        n_sides, n_terms = len(self._sides.most), self.terms.shape[1]
        of_sides = np.eye(n_terms)[n_terms - n_sides :]
        self.by_term = np.vstack([of_goals, of_sides])
        allowed = [rule.factor * rule.bound + ROOM for rule in problem.goal_rules]
        self.asked = np.concatenate([np.zeros(len(self.goals)), allowed, self._sides.most])
        priced = [can_be_priced(rule, problem) for rule in problem.goal_rules]
        self.can_be_priced = np.append(priced, np.ones(n_sides)).astype(bool)
        self.risky = self._risky_outcomes()
        self.drawn = {outcome: self._drawn_curves(outcome) for outcome in self.risky}
        self.best = {outcome: self._best_known(outcome) for outcome in self.risky}
        self.is_certified = np.array([has_bound(goal, problem) for goal in self.goals])

    @property
    def has_fixed_total(self) -> bool:
        """Whether every plan spends the same, and something."""
        return _has_fixed_total(self.problem)

    @property
    def n_curves(self) -> int:
        """Curves of all channels together: a term or a draw each."""
        each = [int(curves.shape[1]) for curves in (self.terms, *self.drawn.values())]
        return len(self.positions) * sum(each)

    def _risky_outcomes(self) -> list[int]:
        names = self.problem.tables.outcomes
        return sorted(
            {names.index(goal.outcome) for goal in self._steered if goal.measure in TANGENTS and goal.outcome}
        )

    def _by_term(self, goal: Goal) -> FloatArray:
        """The goal by the terms: expected outcomes, money spent, sums with kinks; zeros where it is no sum of them."""
        n_outcomes = len(self.problem.tables.outcomes)
        row = np.zeros(self.terms.shape[1])
        outcome = 0 if goal.outcome is None else self.problem.tables.outcomes.index(goal.outcome)
        if goal.measure == "total":
            row[outcome] = 1.0
        if goal.measure == "roi" and self.has_fixed_total:
            row[outcome] = 1.0 / self.structure.budget_max
        if goal.measure == "profit":
            row[outcome], row[n_outcomes] = goal.margin, -1.0
        if goal.measure == "spend":
            row[n_outcomes] = 1.0
        if goal.measure == "change":
            row[n_outcomes + 1 + self._kinked.index("moved")] = 1.0
        if goal.measure == "beyond_history" and self.has_fixed_total:
            row[n_outcomes + 1 + self._kinked.index("beyond")] = 1.0 / self.structure.budget_max
        return row

    def _drawn_curves(self, outcome: int) -> FloatArray:
        """An outcome under every draw, (n_channels, n_draws, n_points)."""
        tables = self.problem.plan_tables
        out = np.empty((len(self.positions), tables.n_draws, self.positions.shape[1]))
        for some, values, slopes in tables.some_draws(outcome):
            out[:, some] = self.structure.control_points(values, slopes).swapaxes(0, 1)
        return out

    def _best_known(self, outcome: int) -> FloatArray:
        """What no plan exceeds under each draw, (n_draws,); empty where no goal asks for it."""
        is_asked = any(goal.measure == "regret" for _, goal in self._risks_of(outcome))
        return self.problem.best_of_draws(outcome) if is_asked else np.empty(0)

    def whole(self, n: int) -> Boxes:
        """The whole feasible set, n times."""
        first = np.zeros((n, len(self.positions)), dtype=np.int64)
        nothing = np.broadcast_to(self.structure.optional, first.shape)
        return Boxes(first, first + self.n_pieces, nothing.copy())

    def within(self, boxes: Boxes, plans: FloatArray) -> FloatArray:
        """Plans (n, n_channels) moved into boxes, channel by channel."""
        channel = np.arange(len(self.positions))
        low, high = self.positions[channel, 1 + 3 * boxes.first], self.positions[channel, 1 + 3 * boxes.last]
        moved = np.clip(plans, low, high)
        idle = boxes.nothing & ((boxes.first == boxes.last) | (plans < 0.5 * low))
        within: FloatArray = np.where(idle, 0.0, moved)
        return within

    def mixture(self, plans: FloatArray) -> Mixture:
        """What plans (n, n_channels) bring."""
        sums = np.empty((*plans.shape, self.terms.shape[1]))
        responses(plans, self.positions, self.terms, sums)
        risky = {}
        for outcome, curves in self.drawn.items():
            tables, response = self.problem.plan_tables, np.empty((*plans.shape, curves.shape[1]))
            exposure = np.empty_like(response)
            responses(plans, self.positions, curves, response)
            noise_exposure(response, tables.loadings[outcome], tables.specific[outcome], exposure)
            risky[outcome] = (response, exposure)
        return Mixture(sums.sum(axis=1), risky)

    def weighted(self, weights: FloatArray, around: Mixture) -> FloatArray:
        """Weighted sums of the goals from below, as one curve a channel: (n, n_channels, n_points).

        Args:
            weights: (n, n_goals + n_priced), per unit of each minimised goal, and prices of the rules.
            around: where risk is replaced by its tangent.
        """
        out = np.zeros((len(weights), *self.positions.shape))
        by_term = self._term_weights(weights)[:, None, :]
        add_curves(np.repeat(by_term, len(self.positions), axis=1), self.terms, out)
        for outcome, (response, exposure) in around.risky.items():
            mean, variance = response.sum(axis=1), np.maximum((response * exposure).sum(axis=1), 0.0)
            at = Moments(mean, variance, exposure, self.problem.plan_tables.weights, self.best[outcome])
            slope = np.zeros_like(response)
            for j, goal in self._risks_of(outcome):
                tangent = self._of_risk(weights, j)[:, None, None] * TANGENTS[goal.measure](at, goal)
                slope += tangent
                out[:, 0] += constant(at, goal, tangent)[:, None]  # of the sum, so one channel can carry it
            add_curves(slope, self.drawn[outcome], out)
        return out

    def step(self, weights: FloatArray, start: Mixture, end: Mixture) -> FloatArray:
        """How far to go from one mixture towards another, (n,), 0 to 1: where the weighted sum is lowest, nearly.

        It is convex in the responses: a golden section of the square root, which is fine where steps are short.
        """
        rise = ((end.sums - start.sums) * self._term_weights(weights)).sum(axis=1)
        parts = {outcome: Segment.of(*start.risky[outcome], *end.risky[outcome]) for outcome in self.risky}

        def value(root: FloatArray) -> FloatArray:
            share = root**2
            total: FloatArray = rise * share
            for outcome, part in parts.items():
                moments = *part.at(share), self.problem.plan_tables.weights, self.best[outcome]
                for j, goal in self._risks_of(outcome):
                    total = total + self._of_risk(weights, j) * minimised(goal, *moments)
            return total

        low, high = np.zeros(len(weights)), np.ones(len(weights))
        for _ in range(_SECTIONS):
            left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
            falls = value(left) > value(right)
            low, high = np.where(falls, left, low), np.where(falls, high, right)
        share: FloatArray = (0.5 * (low + high)) ** 2
        return share

    def missed(self, found: Mixture) -> FloatArray:
        """By how much mixtures miss what is priced, (n, n_priced); 0 or below where they do not."""
        values: FloatArray = (found.sums[:, None, :] * self.by_term).sum(axis=2) - self.asked
        for outcome, (response, exposure) in found.risky.items():
            mean, variance = response.sum(axis=1), np.maximum((response * exposure).sum(axis=1), 0.0)
            for j, goal in self._risks_of(outcome):
                measured = minimised(goal, mean, variance, self.problem.plan_tables.weights, self.best[outcome])
                values[:, j] += abs(self.problem.steering[j]) * measured
        return values[:, len(self.goals) :]

    def _of_risk(self, weights: FloatArray, j: int) -> FloatArray:
        """Weights (n,) of a goal or rule per unit of the risk that it measures, as that is minimised."""
        of_risk: FloatArray = weights[:, j] * abs(self.problem.steering[j])
        return of_risk

    def _term_weights(self, weights: FloatArray) -> FloatArray:
        # No matrix product: its last bits depend on how many rows stand beside a row.
        by_term: FloatArray = (weights[:, :, None] * self.by_term).sum(axis=1)
        return by_term

    def _risks_of(self, outcome: int) -> list[tuple[int, Goal]]:
        name = self.problem.tables.outcomes[outcome]
        return [
            (j, goal)
            for j, goal in enumerate(self._steered)
            if goal.measure in TANGENTS and goal.outcome == name and (j < len(self.goals) or self._can_be_priced(j))
        ]

    def _can_be_priced(self, j: int) -> bool:
        return bool(self.can_be_priced[j - len(self.goals)])


@dataclass(frozen=True, eq=False)
class _Sides:
    """Sides of the rules on money, as shares of the budget, and of those on counts, as sums over channels.

    Args:
        curves: (n_channels, n_sides, n_points), what a channel adds: its money times a factor, or 1 where it is used.
        most: (n_sides,), what the sums may come to.
    """

    curves: FloatArray
    most: FloatArray

    @classmethod
    def of(cls, problem: BudgetProblem, positions: FloatArray) -> _Sides:
        """Those that bind; positions (n_channels, n_points), money of the curves' points."""
        rows, counts = problem.sorted_rows, problem.sorted_counts
        budget = max(problem.feasible.budget_max, np.finfo(float).tiny)
        matrix, money = np.vstack([rows.matrix, -rows.matrix]), np.append(rows.high, -rows.low)
        binds = np.isfinite(money)
        members = np.vstack([counts.members, -1.0 * counts.members])
        most = np.append(counts.most, -1.0 * counts.fewest)
        counted = most < np.maximum(members, 0.0).sum(axis=1)
        used = _used(problem, positions)
        return cls(
            np.concatenate(
                [
                    matrix[binds].T[:, :, None] / budget * positions[:, None],
                    members[counted].T[:, :, None] * used[:, None],
                ],
                axis=1,
            ),
            np.append(money[binds] / budget + _ROUNDING, most[counted]),
        )


def _used(problem: BudgetProblem, positions: FloatArray) -> FloatArray:
    """1 at points (n_channels, n_points) at which a channel is used, 0 at those at which it gets nothing."""
    structure = problem.choosing_structure
    used = np.repeat((structure.upper > 0.0)[:, None], positions.shape[1], axis=1)
    used[:, 0] &= ~structure.optional
    return used.astype(np.float64)
