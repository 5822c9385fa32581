"""A comparison for a program: docs/design.md section 9."""

from __future__ import annotations

from typing import Any

from moo_budget.compare.record import ComparedPick, Comparison
from moo_budget.front import GoalValue, Plan
from moo_budget.results import Result


def document(comparison: Comparison) -> dict[str, Any]:
    """What was found, ready for JSON."""
    a, b = comparison.a, comparison.b
    return {
        "a": _head(a),
        "b": _head(b),
        "measured_by": comparison.ground.measured_by,
        "reason": comparison.ground.reason,
        "names": list(comparison.ground.names),
        "changes": [vars(change) for change in comparison.changes],
        "goals": {one.goal.name: {"a": vars(one.a), "b": vars(one.b)} for one in comparison.goals},
        "picks": {pick.name: _pick(pick) for pick in comparison.picks},
        "beaten": {"a": list(comparison.a_beaten), "b": list(comparison.b_beaten)},
        "hypervolume": None if comparison.volumes is None else vars(comparison.volumes),
    }


def _head(result: Result) -> dict[str, Any]:
    return {
        "title": result.spec.title,
        "created": result.created,
        "currency": result.problem.currency,
        "budget": vars(result.problem.budget),
        "plans": len(result.front),
        "channels": list(result.problem.channels),
        "goals": [goal.name for goal in result.problem.goals],
    }


def _pick(pick: ComparedPick) -> dict[str, Any]:
    return {
        "a": _plan(pick.a, pick.a_goals) | {"breaks": list(pick.a_breaks)},
        "b": _plan(pick.b, pick.b_goals),
        "differences": {name: vars(one) for name, one in pick.differences.items()},
        "moves": dict(pick.moves),
        "moved": pick.moved,
    }


def _plan(plan: Plan, goals: dict[str, GoalValue]) -> dict[str, Any]:
    return {
        "id": plan.id,
        "spend": plan.spend,
        "total": plan.total,
        "goals": {name: vars(value) for name, value in goals.items()},
    }
