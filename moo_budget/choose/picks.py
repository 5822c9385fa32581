"""The three picks: safest, balanced and boldest, by the rules of docs/design.md section 7."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.choose.record import ChosenPlan, chosen
from moo_budget.choose.regrets import first_best, regrets
from moo_budget.errors import Message
from moo_budget.front import Front
from moo_budget.problem import BudgetProblem


@dataclass(frozen=True)
class Picks:
    """Which plans the picks are.

    Args:
        ids: safest, balanced, boldest -> plan id.
        messages: where a rule could not be kept as it stands.
    """

    ids: dict[str, str]
    messages: tuple[Message, ...]


def picks(front: Front) -> Picks:
    """Safest, balanced and boldest plan of a front."""
    plans = [safest(front), balanced(front), boldest(front)]
    return Picks({plan.rule: plan.id for plan in plans}, tuple(message for plan in plans for message in plan.messages))


def balanced(front: Front) -> ChosenPlan:
    """The least worst regret over the goals."""
    regret = regrets(front)
    return chosen(front, first_best(regret.max(axis=1), regret), "balanced")


def boldest(front: Front) -> ChosenPlan:
    """The most of the lead goal's outcome; of a lead goal without one, its best value."""
    return chosen(front, first_best(boldness(front), regrets(front)), "boldest")


def safest(front: Front) -> ChosenPlan:
    """The lowest risk among plans that bring at least the reference's lead outcome."""
    enough, messages = _bring_enough(front)
    return chosen(front, first_best(np.where(enough, risk(front), np.inf), regrets(front)), "safest", messages=messages)


def boldness(front: Front) -> FloatArray:
    """What `boldest` keeps low, (n_plans,): the lead outcome with a minus sign, or the lead goal, minimised."""
    outcome = _lead_outcome(front.problem)
    if outcome is None:
        return front.problem.to_minimise(front.values.value)[:, 0]
    return -front.problem.totals(outcome, front.spend)


def risk(front: Front) -> FloatArray:
    """What `safest` keeps low, (n_plans,): the first risk goal, else money moved, else std of the lead outcome."""
    problem = front.problem
    columns = [c for c, goal in enumerate(problem.goals) if goal.is_risk]
    columns += [c for c, goal in enumerate(problem.goals) if goal.measure == "change"]
    if columns:
        value = front.values.value[:, columns[0]]
        return -value if problem.goals[columns[0]].direction == "max" else value
    outcome = _lead_outcome(problem) or problem.tables.outcomes[0]
    return problem.std(outcome, front.spend)


def _lead_outcome(problem: BudgetProblem) -> str | None:
    return problem.sought_goals[0].outcome


def _bring_enough(front: Front) -> tuple[BoolArray, tuple[Message, ...]]:
    """Which plans bring the reference's lead outcome, (n_plans,); all of them where that cannot be asked."""
    problem = front.problem
    everybody = np.ones(len(front), dtype=bool)
    outcome, reference = _lead_outcome(problem), problem.money.reference
    if outcome is None or reference is None:
        return everybody, ()
    needed = problem.totals(outcome, reference[None])[0]
    if np.isnan(needed):
        text = "the reference plan lies beyond the response tables; `safest` is chosen among all plans"
        return everybody, (Message("choose.safest-among-all", text),)
    enough = problem.totals(outcome, front.spend) >= needed * (1 - 1e-12)
    if not enough.any():
        text = f"no plan on the front brings the {outcome} of the reference plan; `safest` is chosen among all plans"
        return everybody, (Message("choose.safest-among-all", text),)
    return enough, ()
