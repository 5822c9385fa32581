"""A plan made by hand: what it brings, what it breaks, and which plan of the front is better in everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moo_budget._checks import money_by_channel
from moo_budget.evaluation import better_on_front
from moo_budget.front import Front, MeasuredPlan, Plan, plan_of
from moo_budget.report.facts import Estimate, difference, outcomes_of, spend_of


def answer(front: Front, spend: Mapping[str, float]) -> dict[str, Any]:
    """What the page shows of a plan while it is edited, ready for JSON.

    Where it stands, if no plan of the front is better, takes longer to say: `evaluate`.

    Args:
        front: that the plan is held against.
        spend: channel -> currency for the whole plan.

    Raises:
        InputError: an unknown channel, or money that is negative or not finite.
    """
    problem = front.problem
    plan = plan_of(problem, money_by_channel(spend, problem.channels, "plan"), "plan")
    better = None if plan.goals is None else better_on_front(front, spend_of(problem, plan))
    outcomes = outcomes_of(problem, spend_of(problem, plan))
    return {
        "goals": None if plan.goals is None else {name: vars(value) for name, value in plan.goals.items()},
        "outcomes": {name: vars(estimate) for name, estimate in outcomes.items()},
        "gains": {name: vars(difference) for name, difference in _gains(front, plan).items()},
        "total": plan.total,
        "unplaced": _unplaced(front, plan),
        "broken": list(plan.breaks),
        "extrapolated": list(plan.extrapolated),
        "beyond_table": _beyond_table(front, plan),
        "nearest_better": None if better is None else better.id,
        "better_by": None if better is None else _better_by(front, plan, better),
    }


def _gains(front: Front, plan: Plan) -> dict[str, Estimate]:
    """Outcome -> how much more than the reference plan brings, over draws; empty where one of them has no figures."""
    problem, reference = front.problem, front.reference
    if plan.goals is None or reference is None or reference.goals is None:
        return {}
    money, before = spend_of(problem, plan), spend_of(problem, reference)
    return {outcome: difference(problem, outcome, money, before) for outcome in problem.tables.outcomes}


def _better_by(front: Front, plan: Plan, better: MeasuredPlan) -> dict[str, float]:
    """Goal -> how much better, in its unit; never negative."""
    assert plan.goals is not None  # it was compared
    names = [goal.name for goal in front.problem.sought_goals]
    return {name: abs(better.goals[name].value - plan.goals[name].value) for name in names}


def _unplaced(front: Front, plan: Plan) -> float:
    """Money that is missing to the least total that is allowed; negative: above the largest."""
    least, most = front.problem.budget.min, front.problem.budget.max
    return least - plan.total if plan.total < least else min(most - plan.total, 0.0)


def _beyond_table(front: Front, plan: Plan) -> list[str]:
    """Channels that get more money than their responses are known for."""
    ends = front.problem.money.table_end
    return [name for end, (name, money) in zip(ends, plan.spend.items(), strict=True) if money > end]
