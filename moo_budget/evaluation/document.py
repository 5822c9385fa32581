"""What was found of a plan as a document for a program: docs/design.md section 9."""

from __future__ import annotations

from typing import Any

from moo_budget.evaluation.evaluate import Evaluation
from moo_budget.front import Plan


def evaluation_document(evaluation: Evaluation) -> dict[str, Any]:
    """What `evaluate` found of one plan, ready for JSON."""
    against = evaluation.against
    return {
        **_plan_document(evaluation),
        "breaks": list(evaluation.breaks),
        "standing": evaluation.standing,
        "nearest": evaluation.nearest,
        "within": None if evaluation.within is None else _plan_document(evaluation.within),
        "against": None if against is None else _plan_document(against),
        "moved": evaluation.moved,
        "differences": {name: vars(one) for name, one in (evaluation.differences or {}).items()},
    }


def _plan_document(plan: Plan) -> dict[str, Any]:
    goals = None if plan.goals is None else {name: vars(value) for name, value in plan.goals.items()}
    return {
        "id": plan.id,
        "spend": plan.spend,
        "total": plan.total,
        "goals": goals,
        "extrapolated": list(plan.extrapolated),
    }
