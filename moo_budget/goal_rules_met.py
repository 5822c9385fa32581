"""Whether rules on goals can be kept at all: a plan that keeps them, or the nearest one and by how much it misses."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from moo_budget._checks import FloatArray, amount_text
from moo_budget.dual import ChannelCurves, lowest_excess
from moo_budget.errors import InfeasibleError
from moo_budget.limits import GoalRule
from moo_budget.problem import BudgetProblem
from moo_budget.weighting import Weighting
from moo_budget.whole_steps import in_whole_steps


def plan_within(problem: BudgetProblem) -> FloatArray:
    """A plan (1, n_channels) that keeps the rules on goals with most room; (0, n_channels) where there are none.

    Raises:
        InfeasibleError: none was found; it tells the nearest one, and what is proved of each rule.
    """
    within = Weighting(problem).within_rules if problem.goal_rules else None
    if within is None:
        return np.empty((0, len(problem.channels)))
    plan = problem.plan_tables.unsorted(within.anchor[None])
    if within.is_met:
        return plan
    nearest = in_whole_steps(problem, plan)[0]
    raise InfeasibleError(" ".join(_told(problem, nearest)), code="rules.goals-not-met")


def _told(problem: BudgetProblem, plan: FloatArray) -> Iterator[str]:
    """Which rules cannot be kept, the nearest plan, what is proved, and what to do."""
    values = problem.rule_values(plan[None])[:, 0]
    missed = [(rule, float(value)) for rule, value in zip(problem.goal_rules, values, strict=True)]
    missed = [(rule, value) for rule, value in missed if not rule.kept(np.array([value]))[0]]
    rules = "this rule on a goal" if len(problem.goal_rules) == 1 else "these rules on goals at once"
    named = ", ".join(f"`{rule.text}` ({rule.where})" for rule in problem.goal_rules)
    yield f"No plan was found that keeps {rules}: {named}."
    yield "The nearest one misses by little in all of them:" if len(missed) > 1 else "The nearest one:"
    yield "; ".join(_reached(rule, value) for rule, value in missed) + "."
    money = ", ".join(f"{name} {amount_text(amount)}" for name, amount in zip(problem.channels, plan, strict=True))
    yield f"It spends {amount_text(float(plan.sum()))}: {money}."
    yield from _proved(problem, plan, [rule for rule, _ in missed])
    if problem.period_limits is not None:
        yield "All this is of money spent evenly over the periods; placed in them it may bring a little more."
    loosened = " and ".join(f"{rule.goal.name} {rule.relation} {rule.written(value)}" for rule, value in missed)
    yield f"Raise the budget, widen the limits on money, or ask for less: {loosened}."


def _reached(rule: GoalRule, value: float) -> str:
    more = "too much" if rule.relation == "<=" else "too little"
    asked, missing = rule.amount_text(rule.bound), rule.amount_text(abs(value - rule.bound))
    return f"{rule.goal.name} is {rule.amount_text(value)} where {asked} is asked, {missing} {more}"


def _proved(problem: BudgetProblem, plan: FloatArray, missed: list[GoalRule]) -> Iterator[str]:
    """What no plan within the limits on money can reach, rule by rule, or that rules exclude each other."""
    curves, near = ChannelCurves(problem), problem.plan_tables.sorted(plan[None])[0]
    alone, in_missed = [], np.array([float(rule in missed) for rule in problem.goal_rules])
    for row, rule in enumerate(problem.goal_rules):
        excess = lowest_excess(curves, np.eye(len(problem.goal_rules))[row], near)
        if rule in missed and excess > 0.0:
            most = "at least" if rule.relation == "<=" else "at most"
            bound = (excess + rule.asked) / rule.factor
            alone.append(f"{rule.goal.name} is {most} {rule.amount_text(bound)} in every plan")
    if alone:
        yield f"This is proved: within the limits on money {'; '.join(alone)}."
    elif len(missed) > 1 and lowest_excess(curves, in_missed, near, may_shift=True) > 0.0:
        yield "It is proved that no plan keeps all of them."
    else:
        yield "This is not proved: the search may have missed a plan."
