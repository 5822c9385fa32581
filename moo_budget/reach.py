"""reach: the plan that comes nearest to what a person asks of each goal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

import moocore
import numpy as np

from moo_budget._checks import FloatArray, check_known
from moo_budget.aims import Aspiration, goal_scale
from moo_budget.descent import Descent
from moo_budget.errors import InputError
from moo_budget.evenly import even_weights
from moo_budget.front import Front, MeasuredPlan, measured
from moo_budget.goal_rules_met import plan_within
from moo_budget.pressing import KEPT, STIFFNESS, Rounds, nearest_first, pressed
from moo_budget.problem import BudgetProblem
from moo_budget.weighting import N_STEPS, Weighting
from moo_budget.whole_steps import in_whole_steps

_FOR_WEIGHTINGS = 0.5  # of the evaluations, at most
_WEIGHTINGS = 300  # whose plans are starts, beside those of a front
_NEAREST = 6  # of them are pressed, and the means of any two of these, which may lie inside a dent
_CHOICES = 12  # of used channels, beside: steps never change it
_ROUNDS = Rounds(most=25, steps=8, margin=1e-4)
_FAR = 100.0  # ranges beyond what is known: whoever asks for more wants as much as there is


def reach(
    problem: BudgetProblem,
    aspiration: Mapping[str, float] | None = None,
    *,
    keep: Mapping[str, float] | None = None,
    front: Front | None = None,
    n_evaluations: int = 100_000,
) -> MeasuredPlan:
    """The plan that comes nearest to what is asked, solved for by structure and not picked from a front.

    Among the plans that keep what must be kept, the one whose largest miss of what is aspired to is smallest, misses
    counted in ranges of the goals; where all of it can be had, the one with most to spare everywhere. Are there goals
    that nobody named, then what can be had is kept, and the nameless come as near to their best as it allows.
    Solved from several starts by `Aspiration`, so the plan need not be best for any weighting, nor near one of a front.
    Where curves are S-shaped or channels on/off there may be a nearer one; with a front's plans as starts that is rare.

    Args:
        problem: the question.
        aspiration: goal -> value in its unit.
        keep: goal -> value in its unit that must be reached (for a goal that is minimised: not be passed). What cannot
            be kept is missed by little, and the plan's goals say by how much.
        front: of the same problem, whose plans are starts as well.
        n_evaluations: ceiling on evaluations, never passed; with few there are fewer starts and rounds. The few plans
            that are rounded in the end are computed once more.

    Returns:
        The plan, rounded to the problem's money step, with the id ``asked``.

    Raises:
        InfeasibleError: no plan was found that keeps the rules on goals.
        InputError: a goal that is not optimised, a value that is no finite number, a goal in both mappings, a front of
            another problem, a ceiling below 1, or a problem whose plans' money is placed in periods.
    """
    if problem.law is not None:
        raise InputError(
            "`reach` solves for plans that are spent evenly, and the money of this problem's plans is placed in "
            "periods. front.choose(aspiration=...) picks the nearest of the front's plans; or reach over the problem "
            "that the front was solved for, before schedule.",
            code="reach.calendar",
        )
    aspired, kept = dict(aspiration or {}), dict(keep or {})
    check_asked(problem, aspired, kept, front)
    if n_evaluations < 1:
        raise InputError(f"n_evaluations is {n_evaluations}; it must be at least 1", code="reach.count")
    search = _Search(problem, front, n_evaluations)
    if aspired:
        all_named = len(aspired) + len(kept) == len(problem.sought_goals)
        plan = search.nearest(search.aim(aspired, kept), 1.0 if all_named else 0.5)
        if all_named or not search.has(plan, aspired):
            return measured(problem, plan, "asked")
    return measured(problem, search.nearest(search.aim({}, aspired | kept), 1.0), "asked")


def check_asked(problem: BudgetProblem, aspired: dict[str, float], kept: dict[str, float], front: Front | None) -> None:
    """Raise InputError where what `reach` is asked cannot be: see there."""
    names = tuple(goal.name for goal in problem.sought_goals)
    for argument, asked in (("aspiration", aspired), ("keep", kept)):
        for name, value in asked.items():
            check_known("optimised goal", name, names, argument)
            if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not np.isfinite(value):
                unit = next(goal.unit for goal in problem.sought_goals if goal.name == name)
                raise InputError(
                    f"{argument}: {name} is {value!r}; it must be a finite number, in {unit}", code="reach.number"
                )
    for name in aspired:
        if name in kept:
            raise InputError(
                f"{name} stands in `aspiration` and in `keep`. Keep it where it must not be missed, aspire to it "
                "where it may be, a little, if others gain.",
                code="reach.asked-twice",
            )
    if front is not None and (front.problem.channels != problem.channels or front.problem.goals != problem.goals):
        raise InputError(
            "the front has other channels or goals than the problem. Hand over a front of this problem, or none.",
            code="reach.other-front",
        )


class _Search:
    """Plans that are known of a problem, and the way from them to what is asked; channels sorted.

    Args:
        problem: the question.
        front: whose plans are known as well.
        n_evaluations: how many there may be.
    """

    def __init__(self, problem: BudgetProblem, front: Front | None, n_evaluations: int) -> None:
        self.problem = problem
        self._left = n_evaluations
        known = [*self._given(front), *self._weighted()]
        plans = np.unique(np.vstack(known), axis=0) if known else problem.project_sorted(np.zeros((1, problem.n_var)))
        # Where evaluations are few, some that are spread over all.
        self._plans = plans[np.unique(np.linspace(0, len(plans) - 1, min(len(plans), self._left)).astype(int))]
        self._goals = self._measured(self._plans)
        best = self._goals[moocore.is_nondominated(self._goals[:, : problem.n_obj])]
        self._best, self._worst, self._scale = best.min(axis=0), best.max(axis=0), goal_scale(best)

    def _measured(self, plans: FloatArray) -> FloatArray:
        self._left -= len(plans)
        return self.problem.sorted_steered(plans)

    def _given(self, front: Front | None) -> Iterator[FloatArray]:
        if self.problem.goal_rules:
            yield self.problem.plan_tables.sorted(plan_within(self.problem))
        if front is not None:
            yield self.problem.project_sorted(self.problem.plan_tables.sorted(front.spend))

    def _weighted(self) -> Iterator[FloatArray]:
        """The best plan for each goal alone, and for weightings spread over all, as many as there is room for."""
        n_goals = len(self.problem.sought_goals)
        if self._left <= n_goals:
            return
        room = int(_FOR_WEIGHTINGS * self._left) // self._weighting.largest_cost(N_STEPS, cold=True)
        if room < n_goals:
            return
        ends, goals = self._solved(np.eye(n_goals))
        yield self.problem.project_sorted(ends)
        n_weights = min(_WEIGHTINGS, room - n_goals)
        if n_goals > 1 and n_weights > 0:
            yield self._solved(even_weights(n_weights, n_goals) / goal_scale(goals))[0]

    @cached_property
    def _weighting(self) -> Weighting:
        weighting = Weighting(self.problem)
        self._left -= weighting.n_evaluations
        return weighting

    def _solved(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        before = self._weighting.n_evaluations
        solved = self._weighting.solve(weights)
        self._left -= self._weighting.n_evaluations - before
        return solved

    def aim(self, aspired: dict[str, float], kept: dict[str, float]) -> Aspiration:
        """What is asked; where nothing is aspired to, goals that are not kept aspire to the best that is known.

        Rules on goals are kept as well.
        """
        names = [goal.name for goal in self.problem.sought_goals]
        rules = np.arange(len(self._best)) >= len(names)
        values = np.array([(aspired | kept).get(name, np.nan) for name in names]) * self.problem.sign
        values = np.append(values, -KEPT * self._scale[rules])
        asked = np.where(np.isnan(values), self._best, values)
        asked = np.clip(asked, self._best - _FAR * self._scale, self._worst + _FAR * self._scale)
        is_kept = np.append([name in kept for name in names], rules[rules])
        balanced = ~is_kept
        if aspired:
            balanced = np.append([name in aspired for name in names], ~rules[rules])
        return Aspiration.of(asked, self._scale, balanced, is_kept, STIFFNESS, n_rules=int(rules.sum()))

    def has(self, plan: FloatArray, asked: dict[str, float]) -> bool:
        """Whether a plan (n_channels,), in the problem's own order, reaches all that is asked."""
        goals = self.problem.sorted_steered(self.problem.plan_tables.sorted(plan[None]))
        return bool(self.aim({}, asked).meant(goals)[0][0] <= KEPT)

    def nearest(self, aim: Aspiration, share: float) -> FloatArray:
        """The nearest plan that is found, (n_channels,), rounded, in the problem's own order.

        Args:
            aim: what is asked.
            share: of the evaluations that are left which this may take.
        """
        later = self._left - int(share * self._left)
        self._left -= later
        known = nearest_first(aim, self._goals)[:_NEAREST]
        plans, goals, weights = self._pressed(aim, self._starts(aim))
        near = nearest_first(aim, goals)[:_NEAREST]
        candidates = [(self._plans[known], self._goals[known]), (plans, goals)]
        if len(near) > 0 and 2 * len(near) * self._weighting.largest_cost(N_STEPS, cold=True) <= self._left:
            # What presses in the end weighs the goals as the answer does: the best for that may lie elsewhere.
            elsewhere, _ = self._solved(weights[near][:, : self.problem.n_obj])
            candidates.append(self._pressed(aim, elsewhere)[:2])
        self._left += later
        return self._rounded(aim, *map(np.vstack, zip(*candidates, strict=True)))

    def _starts(self, aim: Aspiration) -> FloatArray:
        """The nearest of the known plans, the nearest of each choice of used channels, and means of two."""
        order = nearest_first(aim, self._goals)
        _, first = np.unique(self._plans[order] > 0.0, axis=0, return_index=True)
        near = self._plans[order[:_NEAREST]]
        a, b = np.triu_indices(len(near), k=1)
        between = self.problem.project_sorted(0.5 * (near[a] + near[b]))
        starts = [near, between]
        if self.problem.feasible.has_choices:
            starts.insert(1, self._plans[order[np.sort(first)[:_CHOICES]]])
        return np.vstack(starts)

    def _pressed(self, aim: Aspiration, starts: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """As `pressed` does, as far as evaluations go."""
        descent = Descent(self.problem)
        found = pressed(descent, aim, starts, _ROUNDS, self._left)
        self._left -= descent.n_evaluations
        return found

    def _rounded(self, aim: Aspiration, plans: FloatArray, goals: FloatArray) -> FloatArray:
        """The nearest of plans after rounding, (n_channels,); where whole steps make it miss what must be kept, the
        nearest among its neighbours by as much.
        """
        tables, problem = self.problem.plan_tables, self.problem
        order = nearest_first(aim, goals)[:_NEAREST]
        near = plans[order]
        rounded = in_whole_steps(problem, tables.unsorted(near))
        goals_rounded = problem.sorted_steered(tables.sorted(rounded))
        missed, _ = aim.meant(goals_rounded)
        if missed.min() > KEPT >= aim.meant(goals[order])[0].min():
            tighter = replace(aim, asked=aim.asked - np.where(aim.kept, 1.5 * missed.min() * aim.scale, 0.0))
            again = in_whole_steps(problem, tables.unsorted(self._pressed(tighter, near)[0]))
            rounded = np.vstack([rounded, again])
            goals_rounded = problem.sorted_steered(tables.sorted(rounded))
        money: FloatArray = rounded[nearest_first(aim, goals_rounded)[0]]
        return money
