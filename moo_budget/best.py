"""best: the plan that is best in one goal, and how much better any other could be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from moo_budget._checks import FloatArray, check_known
from moo_budget.algorithms import ALGORITHMS
from moo_budget.certificate.certify import certify
from moo_budget.front import GoalValue, Plan
from moo_budget.goals import Direction
from moo_budget.problem import BudgetProblem
from moo_budget.solve import solve
from moo_budget.spec import GoalSpec, goals_from


@dataclass(frozen=True, eq=False)
class BestPlan(Plan):
    """The best plan that was found for one goal, and what is proved of it.

    Args:
        goal: its name; `goals` holds this one alone.
        direction: whether more or less of it is better.
        gap: in the goal's unit; no feasible plan is better by more than this. None where nothing is proved.
        unproved: why `gap` is None, in words; else empty.
        method: what searched, by name.
        status: ``done``, or ``stopped`` by a person.
    """

    goal: str
    direction: Direction
    gap: float | None
    unproved: str
    method: str
    status: Literal["done", "stopped"]

    @property
    def value(self) -> GoalValue:
        """What the plan brings in its goal, with intervals."""
        assert self.goals is not None  # a search hands out no plan beyond a table's end
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
) -> BestPlan:
    """The best plan for one goal alone, within the limits of a problem.

    Args:
        problem: limits, budget and curves; its other goals do not count.
        goal: name of one of its goals, also of one that is only measured; or a goal as the problem file states it,
            such as ``{"measure": "total", "outcome": "revenue"}``.
        method: a name in ALGORITHMS. ``auto`` solves by structure, exactly where curves are concave, and branches
            where they are not; the others are there to be compared with it. The proof is the same for all.
        n_evaluations: ceiling on plans whose goal is computed.
        seed: of the search.
        initial_plans: (n_initial, n_channels), currency for the whole plan, tried as well.

    Returns:
        The plan, rounded to the problem's money step, with the id ``best``.

    Raises:
        InputError: the goal or the method is not known, or a number is out of range.
    """
    check_known("method", method, ALGORITHMS)
    alone = alone_of(problem, goal)
    front = solve(alone, method, n_plans=1, n_evaluations=n_evaluations, seed=seed, initial_plans=initial_plans)
    (sought,) = alone.sought_goals
    certificate = certify(alone, front)
    return BestPlan(
        **vars(front.plans[0]) | {"id": "best"},
        goal=sought.name,
        direction=sought.direction,
        gap=certificate.extreme_gap[sought.name],
        unproved=certificate.reasons.get(sought.name, ""),
        method=method,
        status=front.status,
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
