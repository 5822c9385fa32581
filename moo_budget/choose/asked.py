"""Plans for what a person asks of the goals: values to aspire to, or how much each goal counts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from moo_budget._checks import FloatArray, check_known
from moo_budget.aims import Aspiration, goal_scale
from moo_budget.choose.record import ChosenPlan
from moo_budget.choose.regrets import first_best, regrets
from moo_budget.errors import InputError
from moo_budget.front import Front, MeasuredPlan, measured
from moo_budget.reach import check_asked, reach
from moo_budget.weighting import Weighting
from moo_budget.whole_steps import in_whole_steps

_UNNAMED = 1e-4  # of the largest weight: goals that nobody weighs decide between plans that are equal in the others
_STARTS = 6  # plans of the front from which the weighted best is searched, beside the structure's own
_STEPS = 30


def by_aspiration(front: Front, aspiration: Mapping[str, float]) -> ChosenPlan:
    """The plan where an aspiration projects onto the frontier: solved for by `reach`, from the front's plans too.

    With money placed in periods it is the nearest of the front's plans, whose periods are known.
    """
    check_asked(front.problem, dict(aspiration), {}, front)
    if front.problem.law is not None:
        nearest = front.ids[_nearest(front, aspiration)]
        return ChosenPlan(**vars(front.plan(nearest)), rule="aspiration", nearest=nearest)
    plan = reach(front.problem, aspiration, front=front)
    return ChosenPlan(**vars(plan), rule="aspiration", nearest=front.ids[_nearest(front, aspiration)])


def _nearest(front: Front, aspiration: Mapping[str, float]) -> int:
    """Row of the front's plan with the smallest largest miss of what is aspired to (an achievement function)."""
    problem = front.problem
    goals = problem.to_minimise(front.values.value)
    names = [goal.name for goal in problem.sought_goals]
    asked = np.array([aspiration.get(name, np.nan) for name in names]) * problem.sign
    named = ~np.isnan(asked)
    # A goal that nobody named only breaks ties: it counts in the augmentation alone.
    aim = Aspiration.of(np.where(named, asked, goals.min(axis=0)), goal_scale(goals), named, np.zeros_like(named), 1.0)
    return first_best(aim.meant(goals)[1], regrets(front))


def by_weights(front: Front, weights: Mapping[str, float]) -> ChosenPlan:
    """The plan that is best where each goal counts by its weight, per range of the goal on the front.

    Solved for by structure, from the best plans of the front and from the structure's own; where none of these is
    better than a plan of the front, it is that one. With money placed in periods it is always one of the front's.

    Args:
        front: whose goals are weighed.
        weights: goal -> 0 or more; only their ratios count. Goals left out decide between equals.

    Raises:
        InputError: a goal that is not optimised, a weight below 0 or no number, or no weight above 0.
    """
    problem = front.problem
    goals = problem.to_minimise(front.values.value)
    per_unit = _checked_weights(front, weights) / goal_scale(goals)
    row = first_best(_weighted(goals, per_unit), regrets(front))
    if problem.law is not None:
        return ChosenPlan(**vars(front.plan(front.ids[row])), rule="weights", nearest=front.ids[row])
    plan = _solved(front, per_unit, goals)
    solved_goals = problem.to_minimise(np.array([[value.value for value in plan.goals.values()]]))
    if _weighted(solved_goals, per_unit)[0] >= _weighted(goals, per_unit)[row]:
        plan = front.plan(front.ids[row])
    return ChosenPlan(**vars(plan), rule="weights", nearest=front.ids[row])


def _solved(front: Front, per_unit: FloatArray, goals: FloatArray) -> MeasuredPlan:
    """The best plan that the structured search finds, rounded, with the id ``weighted``."""
    problem, weighting = front.problem, Weighting(front.problem)
    near = front.spend[np.argsort(_weighted(goals, per_unit), kind="stable")[:_STARTS]]
    starts = problem.project_sorted(problem.plan_tables.sorted(near))
    cold, _ = weighting.solve(per_unit[None], n_steps=_STEPS)
    warm, _ = weighting.solve(np.repeat(per_unit[None], len(starts), axis=0), starts, _STEPS)
    plans = in_whole_steps(problem, problem.plan_tables.unsorted(np.vstack([cold, warm])))
    values = _weighted(problem.to_minimise(problem.measure(plans)), per_unit)
    return measured(problem, plans[int(np.argmin(values))], "weighted")


def _weighted(goals: FloatArray, per_unit: FloatArray) -> FloatArray:
    value: FloatArray = (goals * per_unit).sum(axis=1)
    return value


def _checked_weights(front: Front, weights: Mapping[str, float]) -> FloatArray:
    """(n_sought,), per range of each goal, all above 0."""
    names = [goal.name for goal in front.problem.sought_goals]
    for name, weight in weights.items():
        check_known("optimised goal", name, names, "weights")
        is_number = isinstance(weight, int | float | np.number) and not isinstance(weight, bool)
        if not is_number or not 0.0 <= weight < np.inf:
            raise InputError(
                f"weights: {name} has the weight {weight!r}; it must be a number, 0 or more", code="choose.weight"
            )
    given = np.array([float(weights.get(name, 0.0)) for name in names])
    if not given.any():
        raise InputError("weights: no goal has a weight above 0. Give at least one.", code="choose.no-weight")
    checked: FloatArray = np.maximum(given / given.max(), _UNNAMED)
    return checked
