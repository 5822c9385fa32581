"""compare: two results make a comparison."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.compare.ground import Measured, difference, on_common_ground
from moo_budget.compare.question import changes
from moo_budget.compare.record import ComparedGoal, ComparedPick, Comparison, GoalRange, Volumes
from moo_budget.errors import InputError, listed
from moo_budget.evaluation import TOLERANCE
from moo_budget.goals import Goal
from moo_budget.indicators import hypervolume, reference_point
from moo_budget.results import Result


def compare(a: Result, b: Result) -> Comparison:
    """Two results side by side, on what they have in common: docs/design.md section 7.

    Plans of both are measured by the second result, where it can: `Ground` says so.

    Args:
        a: the first result, the older one where one is older.
        b: the second.

    Raises:
        InputError: other currencies or lengths of the plan, or no goal in common that both seek.
    """
    _check_alike(a, b)
    shared = _shared_goals(a, b)
    ground, in_a, in_b = on_common_ground(a, b)
    sought = [goal for goal in shared if goal.optimised]
    minimised = _minimised(in_a, sought), _minimised(in_b, sought)
    return Comparison(
        a=a,
        b=b,
        ground=ground,
        changes=changes(a, b),
        goals=tuple(ComparedGoal(goal, _range(in_a, goal), _range(in_b, goal)) for goal in shared),
        picks=tuple(_pick(name, a, b, in_a, in_b, shared) for name in a.picks.ids),
        a_beaten=_chosen(a.front.ids, _beaten(*minimised)),
        b_beaten=_chosen(b.front.ids, _beaten(*minimised[::-1])),
        volumes=_volumes(sought, *minimised) if len(sought) > 1 else None,
    )


def _check_alike(a: Result, b: Result) -> None:
    if a.problem.currency != b.problem.currency:
        text = (
            f"the first result counts in {a.problem.currency or 'no named currency'}, the second in "
            f"{b.problem.currency or 'no named currency'}; results are compared in one currency. Name it in both "
            "problem files, and bring the money to it."
        )
        raise InputError(text, code="compare.currency")
    lengths = [f"{one.problem.periods} x {one.period}" for one in (a, b)]
    if lengths[0] != lengths[1]:
        raise InputError(
            f"the first result plans {lengths[0]}, the second {lengths[1]}; plans are compared at equal length. Solve "
            "one of them again with the `periods` of the other.",
            code="compare.length",
        )


def _shared_goals(a: Result, b: Result) -> list[Goal]:
    """Goals that are the same in both, sought where both seek them; in the order of the second result, which measures.

    Raises:
        InputError: there is none that both seek.
    """
    known = {_meaning(goal): goal for goal in a.problem.goals}
    shared = [
        goal if known[_meaning(goal)].optimised else known[_meaning(goal)]
        for goal in b.problem.goals
        if _meaning(goal) in known
    ]
    if not any(goal.optimised for goal in shared):
        raise InputError(
            f"the results have no goal in common that both seek; the first has {_goal_list(a)}, the second "
            f"{_goal_list(b)}. Solve one of them again with a goal of the other.",
            code="compare.no-common-goal",
        )
    return shared


def _meaning(goal: Goal) -> tuple[object, ...]:
    return (goal.name, goal.outcome, goal.measure, goal.unit, tuple(goal.parameters.items()))


def _goal_list(result: Result) -> str:
    return listed([f"{goal.name} ({goal.measure} of {goal.outcome})" for goal in result.problem.sought_goals])


def _minimised(plans: Measured, goals: list[Goal]) -> FloatArray:
    """Goals as they are minimised, (n_plans, n_goals)."""
    return np.column_stack([plans.goal(goal) * (1.0 if goal.direction == "min" else -1.0) for goal in goals])


def _range(plans: Measured, goal: Goal) -> GoalRange:
    values = plans.goal(goal)
    low, high = float(values.min()), float(values.max())
    return GoalRange(low, high) if goal.direction == "max" else GoalRange(high, low)


def _pick(name: str, a: Result, b: Result, in_a: Measured, in_b: Measured, goals: list[Goal]) -> ComparedPick:
    plans = a.front.plan(a.picks.ids[name]), b.front.plan(b.picks.ids[name])
    a_row, b_row = a.front.ids.index(plans[0].id), b.front.ids.index(plans[1].id)
    channels = dict.fromkeys([*plans[0].spend, *plans[1].spend])
    return ComparedPick(
        name=name,
        a=plans[0],
        b=plans[1],
        a_goals={goal.name: in_a.value(a_row, goal) for goal in goals},
        b_goals={goal.name: in_b.value(b_row, goal) for goal in goals},
        differences={goal.name: difference(goal, in_b, b_row, in_a, a_row) for goal in goals},
        a_breaks=in_a.problem.broken(in_a.spend[a_row]) if in_a.problem is b.problem else (),
        moves={channel: plans[1].spend.get(channel, 0.0) - plans[0].spend.get(channel, 0.0) for channel in channels},
    )


def _beaten(plans: FloatArray, others: FloatArray) -> BoolArray:
    """Which plans (n_plans, n_goals), minimised, some other one beats; (n_plans,)."""
    slack = TOLERANCE * np.ptp(np.vstack([plans, others]), axis=0)
    as_good = np.ones((len(plans), len(others)), dtype=bool)
    better = np.zeros_like(as_good)
    for g in range(plans.shape[1]):
        ahead = plans[:, g, None] - others[:, g]
        as_good &= ahead >= 0.0
        better |= ahead > slack[g]
    return np.asarray((as_good & better).any(axis=1))


def _chosen(ids: tuple[str, ...], chosen: BoolArray) -> tuple[str, ...]:
    return tuple(id for id, is_chosen in zip(ids, chosen, strict=True) if is_chosen)


def _volumes(goals: list[Goal], a: FloatArray, b: FloatArray) -> Volumes:
    both = np.vstack([a, b])
    point = reference_point(both)
    whole = hypervolume(both, point)
    turned = np.where([goal.direction == "max" for goal in goals], -point, point)
    named = {goal.name: float(value) for goal, value in zip(goals, turned, strict=True)}
    return Volumes(hypervolume(a, point) / whole, hypervolume(b, point) / whole, named)
