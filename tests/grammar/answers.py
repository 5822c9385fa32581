"""What every answer must be, whatever was asked: worked out from the question again, not from the answer's words."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from moo_budget import Front, Plan
from moo_budget.problem import BudgetProblem
from moo_budget.spec import LimitsSpec, PlanSpec, ProblemSpec
from moo_budget.tables import ResponseTables

_CENT = 0.01


def check_front(front: Front, spec: ProblemSpec) -> None:
    """Every plan spends what may be spent, keeps every limit, and has goals that are numbers; none beats another."""
    assert len(front) > 0
    for plan in front.plans:
        check_numbers(plan)
        assert plan.goals is not None, f"{plan} lies beyond a table's end"
        assert not plan.breaks, plan.breaks
        _check_money(plan, spec.plan, spec.limits)
    values = front.problem.to_minimise(front.values.value)
    better = (values[:, None] <= values[None]).all(axis=2) & (values[:, None] < values[None]).any(axis=2)
    assert not better.any(), "a plan of the front beats another"


def _check_money(plan: Plan, asked: PlanSpec, limits: LimitsSpec) -> None:
    """Total and limits of single channels, as the file writes them."""
    slack = _CENT / 2 + 1e-9 * plan.total
    budget = asked.budget
    if isinstance(budget, float):
        assert abs(plan.total - budget) <= slack, f"{plan.total} is spent of {budget}"
    elif budget is not None:
        assert budget.min - slack <= plan.total <= budget.max + slack, f"{plan.total} is spent, allowed: {budget}"
    for name, own in limits.channel.items():
        money = plan.spend[name]
        used = money > slack
        assert money >= own.min - slack, f"{name} gets {money}, at least {own.min}"
        assert own.max is None or money <= own.max + slack, f"{name} gets {money}, at most {own.max}"
        assert not (own.off and used), f"{name} is off and gets {money}"
        assert own.min_if_used is None or not used or money >= own.min_if_used - slack, f"{name} gets only {money}"
        if own.step is not None and not own.lock:
            blocks = money / own.step
            assert abs(blocks - round(blocks)) * own.step <= slack, f"{name} gets {money}, blocks of {own.step}"
        if own.lock and isinstance(asked.today, dict):
            assert abs(money - asked.today.get(name, 0.0)) <= slack, f"{name} is locked and gets {money}"
    share = max(plan.spend.values()) / plan.total if plan.total else 0.0
    assert limits.share is None or share <= limits.share + 1e-6, f"a channel has {share:.1%} of the total"


def check_numbers(plan: Plan) -> None:
    """Money is 0 or more, goals are finite and lie in their intervals' order."""
    assert all(math.isfinite(money) and money >= 0.0 for money in plan.spend.values()), plan.spend
    for name, goal in (plan.goals or {}).items():
        assert all(map(math.isfinite, vars(goal).values())), f"{name}: {goal}"
        assert goal.low <= goal.high, f"{name}: {goal}"
        assert goal.estimate_low <= goal.estimate_high, f"{name}: {goal}"


def check_tables(tables: ResponseTables) -> None:
    """Response tables that a search can trust: finite, 0 at no money, never falling, draws with probabilities."""
    assert np.isfinite(tables.values).all()
    assert np.isfinite(tables.slopes).all()
    assert abs(tables.weights.sum() - 1.0) < 1e-9
    assert (tables.weights >= 0.0).all()
    assert np.allclose(tables.values[:, :, 0], 0.0)
    height = np.abs(tables.values).max(axis=2, keepdims=True)
    assert (np.diff(tables.values, axis=2) >= -1e-9 * height).all(), "a response falls"


def check_allowed(problem: BudgetProblem) -> None:
    """The limits leave a plan: the one that is known to keep them does."""
    known = problem.feasible.known
    assert np.isfinite(known).all()
    slack = max(_CENT, 1e-6 * problem.budget.max)
    assert not problem.broken(known, tolerance=slack) or problem.goal_rules, problem.broken(known, tolerance=slack)


def check_json(content: bytes | str) -> Any:
    """JSON as every reader takes it: no NaN, no infinity."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} in JSON")

    return json.loads(content, parse_constant=refuse)
