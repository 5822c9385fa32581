"""One plan out of a front: the three picks, by the rules of docs/design.md section 7."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray
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
    regret = _regrets(front)
    safest, messages = _safest(front, regret)
    rows = {"safest": safest, "balanced": _first_best(regret.max(axis=1), regret), "boldest": _boldest(front, regret)}
    return Picks({name: front.ids[row] for name, row in rows.items()}, messages)


def _regrets(front: Front) -> FloatArray:
    """Distance to the front's best per goal over the goal's range on the front, (n_plans, n_sought)."""
    goals = front.problem.to_minimise(front.values.value)
    best, worst = goals.min(axis=0), goals.max(axis=0)
    regret: FloatArray = (goals - best) / np.where(worst > best, worst - best, 1.0)
    return regret


def _first_best(score: FloatArray, regret: FloatArray) -> int:
    """Row of the lowest score; ties: the smaller sum of regrets, then the lower id."""
    return int(np.lexsort((np.arange(len(score)), regret.sum(axis=1), score))[0])


def _lead_outcome(problem: BudgetProblem) -> str | None:
    return problem.sought_goals[0].outcome


def _boldest(front: Front, regret: FloatArray) -> int:
    outcome = _lead_outcome(front.problem)
    if outcome is None:
        return _first_best(regret[:, 0], regret)
    return _first_best(-front.problem.totals(outcome, front.spend), regret)


def _safest(front: Front, regret: FloatArray) -> tuple[int, tuple[Message, ...]]:
    """Lowest risk among plans that bring at least the reference's lead outcome."""
    problem = front.problem
    outcome, reference = _lead_outcome(problem), problem.money.reference
    risk = _risk(front)
    if outcome is None or reference is None:
        return _first_best(risk, regret), ()
    needed = problem.totals(outcome, reference[None])[0]
    if np.isnan(needed):
        text = "the reference plan lies beyond the response tables; `safest` is chosen among all plans"
        return _first_best(risk, regret), (Message("choose.safest-among-all", text),)
    enough = problem.totals(outcome, front.spend) >= needed * (1 - 1e-12)
    if not enough.any():
        text = f"no plan on the front brings the {outcome} of the reference plan; `safest` is chosen among all plans"
        return _first_best(risk, regret), (Message("choose.safest-among-all", text),)
    return _first_best(np.where(enough, risk, np.inf), regret), ()


def _risk(front: Front) -> FloatArray:
    """What `safest` keeps low, (n_plans,): the first risk goal, else money moved, else std of the lead outcome."""
    problem = front.problem
    columns = [c for c, goal in enumerate(problem.goals) if goal.is_risk]
    columns += [c for c, goal in enumerate(problem.goals) if goal.measure == "change"]
    if columns:
        value = front.values.value[:, columns[0]]
        return -value if problem.goals[columns[0]].direction == "max" else value
    outcome = _lead_outcome(problem) or problem.tables.outcomes[0]
    return problem.std(outcome, front.spend)
