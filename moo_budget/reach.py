"""reach: the plan that comes nearest to what a person asks of each goal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from moo_budget._checks import FloatArray, IntArray, check_known
from moo_budget.aims import Aspiration
from moo_budget.descent import Descent
from moo_budget.errors import InputError
from moo_budget.front import Front, Plan, plan_of
from moo_budget.problem import BudgetProblem
from moo_budget.weighting import Weighting, even_weights

_WEIGHTINGS = 300  # whose plans are starts, beside those of a front
_NEAREST = 6  # of them are pressed, and the means of any two of these, which may lie inside a dent
_ROUNDS = 25  # of minimising, then pressing anew
_STEPS = 8  # in a round
_STIFFNESS = 10.0  # per range of a goal: stiffer rounds need more steps, softer ones more rounds
_KEPT = 1e-6  # of a goal's range: a miss that rounding to whole steps of money may make
_MARGIN = 1e-4  # of a goal's range: what must be kept is approached from the wrong side


def reach(
    problem: BudgetProblem,
    aspiration: Mapping[str, float] | None = None,
    *,
    keep: Mapping[str, float] | None = None,
    front: Front | None = None,
) -> Plan:
    """The plan on the true frontier where an aspiration projects onto it.

    Among the plans that keep what must be kept, the one whose largest miss of what is aspired to is smallest, misses
    counted in ranges of the goals; where all can be had, the one that has most to spare everywhere. Solved by structure
    from several starts (`Aspiration`), so the plan need not be best for any weighting, nor near one of a front. Curves
    that are not concave may hide a better one.

    Args:
        problem: the question.
        aspiration: goal -> value in its unit. Goals in neither mapping aspire to the best value known.
        keep: goal -> value in its unit that must be reached (for a goal that is minimised: not be passed). What cannot
            be kept is missed by little, and the plan's goals say by how much.
        front: whose plans are starts as well.

    Returns:
        The plan, rounded to the problem's money step, with the id ``asked``.

    Raises:
        InputError: a goal that is not sought, a value that is no number, or a goal in both mappings.
    """
    aspired, kept = dict(aspiration or {}), dict(keep or {})
    _check(problem, aspired, kept)
    known, goals = _known(problem, front)
    aim = _aim(problem, aspired, kept, goals)
    near = known[_nearest(aim, goals)[:_NEAREST]]
    a, b = np.triu_indices(len(near), k=1)
    starts = np.vstack([near, problem.project_sorted(0.5 * (near[a] + near[b]))])
    plans = np.vstack([near, _pressed(problem, aim, starts)])
    plan = plans[_nearest(aim, problem.sorted_goals(plans))[0]]
    money = problem.feasible.rounded(problem.plan_tables.unsorted(plan[None]), problem.money_step)
    return plan_of(problem, money[0], "asked")


def _check(problem: BudgetProblem, aspired: dict[str, float], kept: dict[str, float]) -> None:
    names = tuple(goal.name for goal in problem.sought_goals)
    for argument, asked in (("aspiration", aspired), ("keep", kept)):
        for name, value in asked.items():
            check_known("goal that is optimised", name, names, argument)
            if not np.isfinite(value):
                raise InputError(f"{argument}: {name} is {value}; it must be a finite number", code="reach.number")
    for name in aspired:
        if name in kept:
            raise InputError(
                f"{name} stands in `aspiration` and in `keep`. Keep it where it must not be missed, aspire to it "
                "where it may be, a little, if others gain.",
                code="reach.asked-twice",
            )


def _known(problem: BudgetProblem, front: Front | None) -> tuple[FloatArray, FloatArray]:
    """Plans of a few weightings and of the front, no two the same, and their goals; channels sorted."""
    n_goals = len(problem.sought_goals)
    weighting = Weighting(problem)
    ends, goals = weighting.solve(np.eye(n_goals))
    weights = even_weights(_WEIGHTINGS if n_goals > 1 else 0, n_goals)
    plans, _ = weighting.solve(weights / _scale(goals))
    given = [] if front is None else [problem.plan_tables.sorted(front.spend)]
    known = np.unique(problem.project_sorted(np.vstack([ends, plans, *given])), axis=0)
    return known, problem.sorted_goals(known)


def _scale(goals: FloatArray) -> FloatArray:
    """What counts as one in each goal: its range, or its size where it has none."""
    span, size = np.ptp(goals, axis=0), np.abs(goals).max(axis=0)
    scale: FloatArray = np.where(span > 0.0, span, np.where(size > 0.0, size, 1.0))
    return scale


def _aim(problem: BudgetProblem, aspired: dict[str, float], kept: dict[str, float], known: FloatArray) -> Aspiration:
    """What is asked of each goal, in ranges of the goals of known plans."""
    names = [goal.name for goal in problem.sought_goals]
    values = np.array([(aspired | kept).get(name, np.nan) for name in names]) * problem.sign
    asked = np.where(np.isnan(values), known.min(axis=0), values)
    return Aspiration.of(asked, _scale(known), np.array([name in kept for name in names]), _STIFFNESS)


def _pressed(problem: BudgetProblem, aim: Aspiration, starts: FloatArray) -> FloatArray:
    """The method of multipliers from each plan; of all rounds the best plan of each row."""
    descent, plans, best = Descent(problem), starts, starts
    missed, largest = aim.meant(problem.sorted_goals(best))
    pressing = replace(aim, asked=aim.asked - np.where(aim.kept, _MARGIN * aim.scale, 0.0))
    for _ in range(_ROUNDS):
        plans = problem.project_sorted(descent.run(plans, pressing, _STEPS).plans)
        goals = problem.sorted_goals(plans)
        now_missed, now_largest = aim.meant(goals)
        now_missed = np.maximum(now_missed, _KEPT)
        better = (now_missed < missed) | ((now_missed <= np.maximum(missed, _KEPT)) & (now_largest < largest))
        best = np.where(better[:, None], plans, best)
        missed, largest = np.where(better, now_missed, missed), np.where(better, now_largest, largest)
        pressing = pressing.updated(goals)
    return best


def _nearest(aim: Aspiration, goals: FloatArray) -> IntArray:
    """Rows of goals, the nearest to what is asked first: what must be kept before what is aspired to."""
    missed, largest = aim.meant(goals)
    rows: IntArray = np.lexsort((largest, np.maximum(missed, _KEPT)))
    return rows
