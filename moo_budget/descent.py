"""From plans to better ones: steps on a separable model of a function of the goals, each kept only where it helps."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray
from moo_budget._threads import in_chunks
from moo_budget.aims import Aim
from moo_budget.kernels.rules import model_step_rules
from moo_budget.kernels.weighted import model_step
from moo_budget.measures import Batch, Sensitivity, sensitivity_of
from moo_budget.problem import BudgetProblem

COST_OF_STEP = 2  # in evaluations: goals, and their slopes; an aim that bends takes one more for each goal

# The part of the curvature that is only estimated is damped more after a step that did not help, less after one that
# did. Without a curvature at all a step would reach the limits at once.
_DAMPING, _LEAST_DAMPING, _MORE, _LESS = 1.0, 0.25, 4.0, 0.5
_FLOOR = 1e-2  # of the spread of the slopes over the budget
_LEAST_FLOOR, _NOT_ZERO = 1e-9, 1e-300  # of the steepest slope over the budget; where all slopes are 0
_SETTLED = 1e-13  # of the value: less costs few steps, and what a forced move costs is a small part of it


@dataclass(frozen=True, eq=False)
class Model:
    """A function of the goals around each plan.

    Args:
        plans: (n_plans, n_channels).
        goals: (n_plans, n_goals), minimised; rules on goals as further columns, as `BudgetProblem.sorted_steered` has
            them.
        value: (n_plans,), the function.
        slope: (n_plans, n_channels), without the kinks.
        jumps: (n_plans, n_kinks), what every channel adds by each unit of money from a kink; see `Descent`.
        known: (n_plans, n_channels), second derivative of the part that is a sum over channels.
        estimated: (n_plans, n_channels), what risk and the function's own bend add, 0 or more.
    """

    plans: FloatArray
    goals: FloatArray
    value: FloatArray
    slope: FloatArray
    jumps: FloatArray
    known: FloatArray
    estimated: FloatArray

    def with_better(self, other: Model, better: BoolArray) -> Model:
        """The other model in the rows that are better, this one in the rest."""
        return Model(
            *(
                np.where(better if mine.ndim == 1 else better[:, None], theirs, mine)
                for mine, theirs in zip(self._parts(), other._parts(), strict=True)
            )
        )

    def with_rows(self, rows: IntArray, other: Model) -> Model:
        """The other model in some rows, which it has alone, this one in the rest."""
        parts = [part.copy() for part in self._parts()]
        for mine, theirs in zip(parts, other._parts(), strict=True):
            mine[rows] = theirs
        return Model(*parts)

    def of(self, rows: BoolArray) -> Model:
        """That of some of the plans (n_plans,)."""
        return Model(*(part[rows] for part in self._parts()))

    def _parts(self) -> list[FloatArray]:
        return [getattr(self, field.name) for field in fields(self)]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Goals and rules around each plan, each with its own slopes; n_steered of them.

    Args:
        goals: (n_plans, n_steered), as `Model.goals`.
        slope: (n_steered, n_plans, n_channels), without the kinks.
        jumps: (n_steered, n_plans, n_kinks), as `Model.jumps`.
        known: (n_steered, n_plans, n_channels), as `Model.known`.
        estimated: (n_steered, n_plans, n_channels), as `Model.estimated`.
    """

    goals: FloatArray
    slope: FloatArray
    jumps: FloatArray
    known: FloatArray
    estimated: FloatArray

    def rises(self, plan: FloatArray, p: int, kinks: FloatArray) -> FloatArray:
        """Slopes of all at one plan (n_channels,), the p-th, kinks included, (n_steered, n_channels).

        Args:
            plan: its money.
            p: its row.
            kinks: (n_channels, n_kinks), in the order of the jumps.
        """
        beyond = np.sign(plan[:, None] - kinks)
        rises: FloatArray = self.slope[:, p] + self.jumps[:, p] @ beyond.T
        return rises

    def with_better(self, other: Pieces, better: BoolArray) -> Pieces:
        """The other ones in the plans that are better (n_plans,), these in the rest."""
        goals = np.where(better[:, None], other.goals, self.goals)
        mine, theirs = ((at.slope, at.jumps, at.known, at.estimated) for at in (self, other))
        rest = (np.where(better[:, None], b, a) for a, b in zip(mine, theirs, strict=True))
        return Pieces(goals, *rest)

    def of(self, rows: BoolArray) -> Pieces:
        """Those around some of the plans (n_plans,)."""
        rest = (part[:, rows] for part in (self.slope, self.jumps, self.known, self.estimated))
        return Pieces(self.goals[rows], *rest)


class Descent:
    """Steps towards what an aim wants, for many plans at once; their channels in the order of `plan_tables`.

    A step ends where a separable quadratic model is lowest among the plans that the box, the total and the rules allow.
    Which on/off channels are used stays as it is, and where that is asked also counted channels and blocks; shares of a
    free total are left to the caller's projection.

    Args:
        problem: the question.
    """

    def __init__(self, problem: BudgetProblem) -> None:
        self.problem = problem
        self.n_evaluations = 0
        self._goals = problem.steered_goals
        self._structure = problem.structure
        self._kinked_sums = problem.kinked_sums
        self._kinks = problem.kinks
        self._order = np.argsort(self._kinks, axis=1, kind="stable")
        self._rising_kinks = np.take_along_axis(self._kinks, self._order, axis=1)

    def run(
        self,
        plans: FloatArray,
        aim: Aim,
        n_steps: int,
        *,
        hold: bool = False,
        box: tuple[FloatArray, FloatArray] | None = None,
    ) -> Model:
        """So many steps from each plan, fewer where it does not move any more, whatever stands beside it.

        A plan that has settled waits for no other: of 390 that explain one plan of 200 channels half settle within 20
        steps and the last after 60.

        Args:
            plans: (n_plans, n_channels), currency for the whole plan.
            aim: what is to be low; its rows belong to the plans.
            n_steps: at most.
            hold: plans are feasible, and counted channels and blocks stay as they are.
            box: lower and upper bounds of each plan instead of the problem's, two arrays (n_plans, n_channels).
        """
        if box is None:
            box = self.held_box(plans) if hold else self.used_box(plans)
        model = at = self._model(self.nearest(plans, box), aim)
        # Settled plans count on: how far a search may go hangs on its steps, not on when each plan settled.
        cost = len(plans) * (COST_OF_STEP + (0 if aim.bend(model.goals) is None else len(self._goals)))
        self.n_evaluations += cost
        damping, moving = np.full(len(plans), _DAMPING), np.arange(len(plans))
        for _ in range(n_steps):
            floor = self.least_curvature(at.slope, at.jumps)
            curvature = np.abs(at.known) + damping[:, None] * (at.estimated + floor[:, None])
            tried = self._model(self._step(at.plans, at.slope, curvature, box, at.jumps), aim)
            self.n_evaluations += cost
            better = tried.value <= at.value
            moves = ~(np.abs(tried.value - at.value) <= _SETTLED * np.abs(at.value))
            at = at.with_better(tried, better)
            damping = np.where(better, np.maximum(_LESS * damping, _LEAST_DAMPING), _MORE * damping)
            if not moves.all():
                model = model.with_rows(moving, at)
                at, aim, damping, moving = at.of(moves), aim.of_rows(moves), damping[moves], moving[moves]
                box = box[0][moves], box[1][moves]
            if not moves.any():
                break
        return model.with_rows(moving, at)

    def nearest(self, plans: FloatArray, box: tuple[FloatArray, FloatArray]) -> FloatArray:
        """The nearest plans (n_plans, n_channels) within a box each, the total and the rules on money."""
        no_kinks = np.zeros((len(plans), len(self._kinked_sums)))
        return self._step(plans, np.zeros_like(plans), np.ones_like(plans), box, no_kinks)

    def value_and_slope(self, plans: FloatArray, aim: Aim) -> tuple[FloatArray, FloatArray]:
        """What an aim makes of plans (n_plans, n_channels), (n_plans,), and its slope by each channel's money."""
        goals, slopes = self.goal_slopes(plans)
        return aim.value(goals), np.einsum("pg,pgc->pc", aim.slope(goals), slopes)

    def goal_slopes(self, plans: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Every goal of each plan, and what the next unit of money in each channel does to it.

        Args:
            plans: (n_plans, n_channels), currency for the whole plan.

        Returns:
            Goals and rules as `Model.goals`, (n_plans, n_steered), and slopes (n_plans, n_steered, n_channels); at a
            kink the mean of both sides.
        """
        batch = self.problem.sorted_batch(plans)
        self.n_evaluations += (1 + len(self._goals)) * len(plans)
        goals, reacts = self._reactions(batch)
        return goals, np.stack([self._rise(batch, reacts, j) for j in range(len(self._goals))], axis=1)

    def pieces(self, plans: FloatArray) -> Pieces:
        """Goals and rules as searches steer by them, each with its own slopes; plans (n_plans, n_channels)."""
        self.n_evaluations += COST_OF_STEP * len(plans)
        batch = self.problem.sorted_batch(plans)
        goals, reacts = self._reactions(batch)
        alone = np.eye(len(self._goals))
        each = [self._slopes(batch, reacts, row[None].repeat(len(plans), axis=0)) for row in alone]
        slope, jumps, known, estimated = (np.array(part) for part in zip(*each, strict=True))
        return Pieces(goals, slope, jumps, known, estimated)

    def used_box(self, plans: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What each channel may get while the same on/off channels are used; two arrays (n_plans, n_channels)."""
        structure = self._structure
        used = ~structure.optional | (plans >= 0.5 * structure.lower)
        return np.where(used, structure.lower, 0.0), np.where(used, structure.upper, 0.0)

    def held_box(self, plans: FloatArray) -> tuple[FloatArray, FloatArray]:
        """As `used_box`, of feasible plans, while counted channels and blocks stay as they are as well."""
        low, high = self.problem.held_sorted(plans)
        return low, np.maximum(low, np.minimum(high, self._structure.upper))

    def by_kinks(self, jumps: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Kinks (n_channels, n_kinks) by rising money, and jumps (n_plans, n_kinks) in the same order, by channel."""
        return self._rising_kinks, np.take(jumps, self._order, axis=1)

    def least_curvature(self, slope: FloatArray, jumps: FloatArray) -> FloatArray:
        """The least curvature that is assumed, (n_plans,); slope and jumps as in `Model`.

        What a channel would bring that cannot move says nothing of how far the others may.
        """
        per_money = 1.0 / max(self._structure.budget_max, np.finfo(float).tiny)
        moves = self._structure.upper > self._structure.lower
        slope = slope[:, moves] if moves.any() else slope
        highest, lowest = slope.max(axis=1), slope.min(axis=1)
        if self._structure.budget_min < self._structure.budget_max:  # money may also stay unspent
            highest, lowest = np.maximum(highest, 0.0), np.minimum(lowest, 0.0)
        spread = highest - lowest
        jump = jumps.sum(axis=1)
        steepest = np.abs(slope).max(axis=1) + jump
        floor: FloatArray = per_money * (_FLOOR * (spread + jump) + _LEAST_FLOOR * steepest) + _NOT_ZERO
        return floor

    def _step(
        self,
        plans: FloatArray,
        slope: FloatArray,
        curvature: FloatArray,
        box: tuple[FloatArray, FloatArray],
        jumps: FloatArray,
    ) -> FloatArray:
        out = np.empty_like(plans)
        lower, upper = box
        totals = self._structure.budget_min, self._structure.budget_max
        rules = self.problem.sorted_rows.with_total(*totals) if len(self.problem.sorted_rows) > 0 else None
        kinks, kink_slopes = self.by_kinks(jumps)

        def work(rows: slice) -> None:
            around = plans[rows], slope[rows], curvature[rows], lower[rows], upper[rows]
            if rules is None:
                model_step(*around, *totals, kinks, kink_slopes[rows], out[rows])
            else:
                model_step_rules(*around, kinks, kink_slopes[rows], rules, out[rows])

        in_chunks(work, len(plans))
        return out

    def _model(self, plans: FloatArray, aim: Aim) -> Model:
        batch = self.problem.sorted_batch(plans)
        goals, reacts = self._reactions(batch)
        pull, bend = aim.slope(goals), aim.bend(goals)
        slope, jumps, known, estimated = self._slopes(batch, reacts, pull)
        if bend is not None:
            estimated = estimated + self._bent(batch, reacts, bend)
        return Model(plans, goals, aim.value(goals), slope, jumps, known, estimated)

    def _reactions(self, batch: Batch) -> tuple[FloatArray, list[Sensitivity]]:
        """Goals and rules as `Model.goals` has them, and how each goal's own value reacts."""
        of_goal = {goal: sensitivity_of(batch, goal) for goal in dict.fromkeys(self._goals)}
        reacts = [of_goal[goal] for goal in self._goals]
        return self.problem.steered(np.column_stack([one.value for one in reacts])), reacts

    def _slopes(
        self, batch: Batch, reacts: list[Sensitivity], pull: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Of the goals times `pull` (n_plans, n_goals): slope, jumps, known and estimated curvature, as in `Model`."""
        by_outcome = np.zeros((len(pull), len(self.problem.tables.outcomes)))
        by_money = {name: np.zeros(len(pull)) for name in ("paid", "moved", "beyond", "squares")}
        by_moments: dict[tuple[int, bool], tuple[FloatArray, FloatArray]] = {}
        for j in np.flatnonzero(pull.any(axis=0)):
            goal, reaction = self._goals[j], reacts[j].scaled(self.problem.steering[j] * pull[:, j])
            if reaction.total is not None:
                by_outcome[:, batch.index(goal)] += reaction.total
            if reaction.paid is not None:
                by_money["paid"] += reaction.paid
            for name, by_sum in reaction.money.items():
                by_money[name] += by_sum
            if reaction.mean is not None and reaction.variance is not None:
                moments = batch.index(goal), reaction.less_reference
                mean, variance = by_moments.get(moments, (np.zeros_like(reaction.mean),) * 2)
                by_moments[moments] = mean + reaction.mean, variance + reaction.variance
        slope, known = self.problem.plan_tables.expected_slopes(batch.spend, by_outcome)
        estimated = np.zeros_like(slope)
        for (outcome, less_reference), of_moments in by_moments.items():
            more, curvature = batch.gradient(outcome, *of_moments, less_reference=less_reference)
            slope, estimated = slope + more, estimated + curvature
        by_spend, jumps, bend = self._money_slopes(batch.spend, by_money)
        return slope + by_spend, jumps, known + bend, estimated

    def _money_slopes(
        self, spend: FloatArray, by_money: dict[str, FloatArray]
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Slope, jumps and curvature by sums of money; each sum -> (n_plans,), per unit of it."""
        # Money beyond what was seen, max(0, x - seen), is half of (x - seen) + |x - seen|.
        straight = (by_money["paid"] + 0.5 * by_money["beyond"])[:, None]
        bend = 2.0 * by_money["squares"][:, None]
        jumps = np.empty((len(spend), len(self._kinked_sums)))
        for k, name in enumerate(self._kinked_sums):
            jumps[:, k] = 0.5 * by_money[name]
        return straight + bend * spend, jumps, bend

    def _bent(self, batch: Batch, reacts: list[Sensitivity], bend: FloatArray) -> FloatArray:
        """What the aim's own bend adds to the curvature by channel: its diagonal, (n_plans, n_channels)."""
        added = np.zeros_like(batch.spend)
        for j in np.flatnonzero(bend.any(axis=0)):
            rise = self._rise(batch, reacts, int(j))
            if self._structure.budget_min == self._structure.budget_max:
                rise = rise - rise.mean(axis=1, keepdims=True)  # moves that add up to nothing see only differences
            added += bend[:, [j]] * rise**2
        return added

    def _rise(self, batch: Batch, reacts: list[Sensitivity], j: int) -> FloatArray:
        """Slope of one goal by each channel's money, (n_plans, n_channels); at a kink the mean of both sides."""
        pull = np.eye(len(self._goals))[[j]].repeat(len(batch.spend), axis=0)
        rise, jumps, _, _ = self._slopes(batch, reacts, pull)
        for jump, kink in zip(jumps.T, self._kinks.T, strict=True):
            rise += jump[:, None] * np.sign(batch.spend - kink)
        return rise
