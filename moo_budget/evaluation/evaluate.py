"""Any plan against goals, limits and the front of a problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from moo_budget._checks import FloatArray, money_by_channel
from moo_budget.choose.picks import balanced
from moo_budget.errors import InputError, Message
from moo_budget.evaluation.better import better_plan
from moo_budget.evaluation.within import nearest_within
from moo_budget.front import Front, MeasuredPlan, Plan, plan_of
from moo_budget.goals import Goal
from moo_budget.intervals import goal_moments
from moo_budget.problem import BudgetProblem
from moo_budget.risk import weighted_percentile

Standing = Literal["on_front", "beaten", "outside", "unknown"]


@dataclass(frozen=True)
class Difference:
    """One goal of a plan less the same goal of another, in the goal's unit.

    Args:
        value: the difference.
        estimate_low: 5th percentile of the expected difference over draws, both plans meeting the same draw; of goals
            of risk and of money alone the value.
        estimate_high: 95th percentile.
    """

    value: float
    estimate_low: float
    estimate_high: float

    @property
    def is_clear(self) -> bool:
        """Whether its range leaves zero out."""
        return self.estimate_low > 0.0 or self.estimate_high < 0.0


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation(Plan):
    """A plan that anybody made, and where it stands.

    Args:
        standing: ``on_front``: it keeps the limits, and no plan was found that is better in every goal; ``beaten``: one
            was; ``outside``: it breaks limits, and no plan within them is better in every goal; ``unknown``: it lies
            beyond a table's end. None where it was not compared with a front.
        against: the better plan (of the front, or ``better``, which was solved for); where none is better the balanced
            pick. None where there is nothing to compare with, or the plan is that pick.
        differences: goal -> the plan less `against`: what it costs, or brings, to follow it instead.
        nearest: id of the front's plan to which least money has to move.
        within: of a plan that breaks limits the nearest one that keeps them; see `nearest_within`. None where it keeps
            them itself, or none was found.
    """

    standing: Standing | None = None
    against: MeasuredPlan | None = None
    differences: Mapping[str, Difference] | None = None
    nearest: str | None = None
    within: MeasuredPlan | None = None

    @property
    def better(self) -> MeasuredPlan | None:
        """A plan that is better in every goal, where there is one."""
        return self.against if self.standing == "beaten" else None

    @property
    def moved(self) -> float:
        """Currency that is spent otherwise in `against`: what leaves or enters channels, whichever is more."""
        return 0.0 if self.against is None else money_between(self, self.against)


def money_between(plan: Plan, other: Plan) -> float:
    """Currency that is spent otherwise in another plan: what leaves or enters channels, whichever is more."""
    changes = np.array([other.spend[name] - amount for name, amount in plan.spend.items()])
    return float(max(changes[changes > 0.0].sum(), -changes[changes < 0.0].sum()))


def evaluate(
    problem: BudgetProblem, plan: Mapping[str, float], *, front: Front | None = None, id: str = "plan"
) -> Evaluation:
    """Any plan against the goals and limits of a problem, and against its front where that is given.

    One that is not feasible says so in `breaks`, and `within` is the nearest one that is. A plan that is better in
    every goal is looked for on the front, then solved for: see `better_plan`. Plans that differ by less than a
    thousandth of a goal's range are equally good.

    Beside a front whose money is placed in periods, other plans are spent as evenly as the limits of these allow, on
    the same dynamic response.

    Args:
        problem: the question.
        plan: channel -> currency for the whole plan; channels left out get 0.
        front: of the same problem.
        id: what the plan is called.

    Raises:
        InputError: an unknown channel, money that is negative or not finite, or a front of another problem.
    """
    spend = money_by_channel(plan, problem.channels, "plan")
    if front is not None:
        _check_front(front, problem)
    alone = plan_of(problem, spend, id)
    within = nearest_within(problem, spend, front) if alone.breaks else None
    evaluated = Evaluation(**vars(alone), within=within)
    return evaluated if front is None else _compared(evaluated, spend, problem, front)


def placing_told(problem: BudgetProblem) -> tuple[Message, ...]:
    """When plans that nobody placed spend their money; nothing where all plans are spent level."""
    if problem.law is None:
        return ()
    text = (
        "plans of your own are spent as evenly over the periods as the limits of these allow, plans of the front as "
        "their calendar says; where two differ, a part of it may be timing"
    )
    return (Message("evaluate.spent-evenly", text),)


def _check_front(front: Front, problem: BudgetProblem) -> None:
    if front.problem.channels != problem.channels or front.problem.goals != problem.goals:
        raise InputError(
            "the front has other channels or goals than the problem. Hand over a front of this problem, or none.",
            code="evaluate.other-front",
        )


def _compared(plan: Evaluation, spend: FloatArray, problem: BudgetProblem, front: Front) -> Evaluation:
    apart = np.abs(front.spend - spend)
    row = int(np.argmin(apart.sum(axis=1)))
    kept = vars(plan) | {"nearest": front.ids[row]}
    if plan.goals is None:
        return Evaluation(**kept | {"standing": "unknown"})
    is_on_front = apart[row].max() <= max(0.5 * problem.money_step, 1e-9 * problem.budget.max)
    better = None if is_on_front else better_plan(front, spend)
    standing: Standing = "beaten" if better is not None else "outside" if plan.breaks else "on_front"
    against = better or balanced(front)
    if standing == "on_front" and against.id == front.ids[row] and is_on_front:
        return Evaluation(**kept | {"standing": standing})
    return Evaluation(
        **kept | {"standing": standing, "against": against, "differences": _differences(problem, spend, against)}
    )


def _differences(problem: BudgetProblem, spend: FloatArray, against: Plan) -> dict[str, Difference]:
    """Every goal of a plan less that of another, draw by draw."""
    both = np.array([spend, list(against.spend.values())])
    batch, values = problem.batch(both), problem.measure(both)
    found = {}
    for g, goal in enumerate(problem.goals):
        value = float(values[0, g] - values[1, g])
        low = high = value
        if _has_draws(goal):
            mean, _ = goal_moments(goal, batch, problem.tables, problem.periods)
            weights = problem.tables.weights
            low, high = (float(weighted_percentile(mean[:1] - mean[1:], weights, share)[0]) for share in (0.05, 0.95))
        found[goal.name] = Difference(value, low, high)
    return found


def _has_draws(goal: Goal) -> bool:
    return goal.outcome is not None and not goal.is_risk
