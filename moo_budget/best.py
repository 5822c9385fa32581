"""best: the plan that is best in one goal, and how much better any other could be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from moo_budget._checks import FloatArray, check_known
from moo_budget.algorithms import ALGORITHMS
from moo_budget.certificate.certify import certify
from moo_budget.errors import InputError, Message, listed
from moo_budget.front import Front, GoalValue, MeasuredPlan
from moo_budget.goals import Direction
from moo_budget.methods import GENERIC, HANDLING, METHODS, SOLVERS, OneGoal, in_rounds
from moo_budget.problem import BudgetProblem
from moo_budget.solve import check_counts, drawn_seed, given_plans, solve
from moo_budget.spec import GoalSpec, goals_from
from moo_budget.whole_steps import in_whole_steps


@dataclass(frozen=True, eq=False, repr=False)
class BestPlan(MeasuredPlan):
    """The best plan that was found for one goal, and what is proved of it.

    Args:
        goal: its name; `goals` holds this one alone.
        direction: whether more or less of it is better.
        gap: in the goal's unit; no feasible plan is better by more than this. None where nothing is proved.
        unproved: why `gap` is None, in words; else empty.
        method: what searched, by name.
        n_evaluations: plans whose goal was computed.
        status: ``done``, or ``stopped`` by a person.
        messages: what happened on the way.
    """

    goal: str
    direction: Direction
    gap: float | None
    unproved: str
    method: str
    n_evaluations: int
    status: Literal["done", "stopped"]
    messages: tuple[Message, ...]

    @property
    def value(self) -> GoalValue:
        """What the plan brings in its goal, with intervals."""
        return self.goals[self.goal]

    @property
    def bound(self) -> float | None:
        """What no feasible plan is better than, in the goal's unit; None where nothing is proved."""
        if self.gap is None:
            return None
        return self.value.value + (self.gap if self.direction == "max" else -self.gap)


def best(
    problem: BudgetProblem,
    goal: str | GoalSpec | Mapping[str, object],
    method: str = "auto",
    *,
    n_evaluations: int = 100_000,
    seed: int | None = 1,
    initial_plans: FloatArray | None = None,
    constraints: str | None = None,
) -> BestPlan:
    """The best plan for one goal alone, within the limits of a problem; with a calendar of money spent evenly.

    Args:
        problem: limits, budget and curves; its other goals do not count.
        goal: name of one of its goals, also of one that is only measured; or a goal as the problem file states it,
            such as ``{"measure": "total", "outcome": "revenue"}``.
        method: a name in METHODS. ``auto`` solves by structure, exactly where curves are concave, and branches where
            they are not; the others are there to be compared with it. The proof is the same for all.
        n_evaluations: ceiling on plans whose goal is computed.
        seed: of the search.
        initial_plans: (n_initial, n_channels), currency for the whole plan, tried as well.
        constraints: how ``genetic_algorithm``, ``differential_evolution`` and ``simulated_annealing`` are made to keep
            the limits: ``projection`` (None: this one), ``penalty`` or ``augmented_lagrangian``. Others keep them by
            themselves.

    Returns:
        The plan, rounded to the problem's money step, with the id ``best``. It keeps all limits, whatever the method.

    Raises:
        InputError: the goal or the method is not known, a number is out of range, constraints are named for a method
            that keeps them by itself, ``convex`` is asked for what it cannot do, or there are rules on goals and the
            method is none of ALGORITHMS.
    """
    check_known("method", method, METHODS)
    _check_constraints(method, constraints)
    alone = alone_of(problem, goal)
    _check_goal_rules(alone, method)
    if method in ALGORITHMS:
        front = solve(alone, method, n_plans=1, n_evaluations=n_evaluations, seed=seed, initial_plans=initial_plans)
    else:
        given = given_plans(alone, initial_plans)
        front = _searched(alone, method, constraints or "projection", n_evaluations, seed, given)
    (sought,) = alone.sought_goals
    certificate = certify(alone, front)
    return BestPlan(
        **vars(front.plans[0]) | {"id": "best"},
        goal=sought.name,
        direction=sought.direction,
        gap=certificate.extreme_gap[sought.name],
        unproved=certificate.reasons.get(sought.name, ""),
        method=method,
        n_evaluations=front.n_evaluations,
        status=front.status,
        messages=front.messages,
    )


def _check_constraints(method: str, constraints: str | None) -> None:
    if constraints is None:
        return
    check_known("way to keep constraints", constraints, HANDLING)
    if method not in GENERIC:
        raise InputError(
            f"constraints = '{constraints}': the method {method} keeps the limits by itself. Leave it out, or take one "
            f"of the methods that know none: {listed(GENERIC)}.",
            code="best.constraints",
        )


def _check_goal_rules(alone: BudgetProblem, method: str) -> None:
    if alone.goal_rules and method not in ALGORITHMS:
        rules = ", ".join(f"`{rule.text}`" for rule in alone.goal_rules)
        raise InputError(
            f"the method {method} knows limits on money only, and {rules} limits what a plan brings. Take one of these "
            f"methods: {listed(ALGORITHMS)}.",
            code="best.goal-rules",
        )


def _searched(
    alone: BudgetProblem, method: str, constraints: str, n_evaluations: int, seed: int | None, given: FloatArray
) -> Front:
    """A front of the one plan that a method for one number finds, rounded; the known plans are tried as well."""
    check_counts(1, n_evaluations, None)
    seed = drawn_seed(seed)
    asked = OneGoal(alone, given, n_evaluations)
    search = partial(in_rounds, GENERIC[method], constraints) if method in GENERIC else SOLVERS[method]
    messages = search(asked, np.random.default_rng(seed))
    found = alone.plan_tables.unsorted(asked.best[None])
    spend = in_whole_steps(alone, found)
    assert alone.kept(spend).all(), alone.broken(spend[0])
    return Front(
        problem=alone,
        spend=spend,
        values=alone.values(spend),
        algorithm=method,
        seed=seed,
        n_evaluations=asked.n_evaluations,
        status="done",
        messages=messages,
    )


def alone_of(problem: BudgetProblem, goal: str | GoalSpec | Mapping[str, object]) -> BudgetProblem:
    """The same question about one goal; one that has no name is called by its measure and outcome.

    Args:
        problem: the question.
        goal: as `best` takes it.

    Raises:
        InputError: the goal is not known, or does not fit its measure.
    """
    if isinstance(goal, str):
        known = {one.name: one for one in problem.goals}
        check_known("goal", goal, known)
        return problem.restated(goals={goal: known[goal].spec})
    (spec,) = goals_from({"goal": goal}).values() if isinstance(goal, Mapping) else (goal,)
    return problem.restated(goals={"_".join(filter(None, [spec.measure, spec.outcome])): spec})
