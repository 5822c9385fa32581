"""A sweep of a problem file as other programs read it: sweep.json and sweep.csv."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import ConfigDict, TypeAdapter

from moo_budget.best import BestPlan
from moo_budget.break_even import BreakEven, Marginal
from moo_budget.errors import Message
from moo_budget.front import INTERVAL, Plan, plan_of
from moo_budget.problem import BudgetProblem
from moo_budget.results import MessageDocument, Period, Result, ValueDocument
from moo_budget.spec import GoalSpec, ProblemSpec
from moo_budget.sweep import LEAD, BudgetSweep, SweepPoint

SCHEMA_VERSION: Literal[1] = 1

_CLOSED = ConfigDict(extra="forbid")  # unknown keys are errors


@dataclass(frozen=True, eq=False)
class SweepResult:
    """Everything that a sweep's folder holds.

    Args:
        spec: the problem file.
        sweep: fronts and best plans by rising budget.
        results: what each solved point's own folder holds, in the order of `sweep.solved`.
        period: of the history: day, week, month, quarter, year or none.
        messages: what a person should know beside the words of each point.
        created: when, ISO 8601 with time zone.
        versions: of the program and of what it stands on.
    """

    spec: ProblemSpec
    sweep: BudgetSweep
    results: tuple[Result, ...]
    period: Period
    messages: tuple[Message, ...]
    created: str
    versions: dict[str, str]

    @cached_property
    def today(self) -> Plan | None:
        """What is spent today, by what it brings of the lead outcome; None where nobody said."""
        problem = self.sweep.problem
        money = problem.money.today
        return None if money is None else plan_of(lead_alone(self.sweep, problem), money, "today")


def lead_alone(sweep: BudgetSweep, problem: BudgetProblem) -> BudgetProblem:
    """The question with the total of the lead outcome as its only goal, `LEAD`."""
    return problem.restated(goals={LEAD: GoalSpec("total", sweep.outcome)})


def folder_name(budget: float) -> str:
    """What a budget's own folder is called: ``250000`` or ``0.25``."""
    return np.format_float_positional(budget, trim="-")


@dataclass(frozen=True)
class LeadDocument:
    """What the curve is about: an outcome, and what a unit of it earns; null where nobody said."""

    __pydantic_config__ = _CLOSED

    outcome: str
    unit: str
    margin: float | None


@dataclass(frozen=True)
class BestDocument:
    """The plan that brings most of the lead outcome; no plan of this total brings more than `gap` beyond it."""

    __pydantic_config__ = _CLOSED

    spend: dict[str, float]
    outcome: ValueDocument
    gap: float | None
    extrapolated: list[str]


@dataclass(frozen=True)
class PointDocument:
    """One total budget; where it was not solved `reason` says why, and all else is null."""

    __pydantic_config__ = _CLOSED

    budget: float
    folder: str | None
    reason: str
    best: BestDocument | None
    marginal: Marginal | None
    picks: dict[str, str] | None


@dataclass(frozen=True)
class SweepDocument:
    """`sweep.json`: docs/design.md section 8."""

    __pydantic_config__ = _CLOSED

    schema_version: Literal[1]
    title: str
    currency: str
    period: Period
    periods: int
    seed: int
    versions: dict[str, str]
    created: str
    lead: LeadDocument
    break_even: BreakEven
    points: list[PointDocument]
    status: Literal["done", "stopped"]
    messages: list[MessageDocument]


_DOCUMENT = TypeAdapter(SweepDocument)


def sweep_schema() -> dict[str, Any]:
    """JSON Schema of `sweep.json`."""
    return _DOCUMENT.json_schema()


def sweep_document(result: SweepResult) -> dict[str, Any]:
    """The record of `sweep.json` as what JSON knows; numbers in full precision."""
    swept = result.sweep
    document = SweepDocument(
        schema_version=SCHEMA_VERSION,
        title=result.spec.title,
        currency=result.spec.currency,
        period=result.period,
        periods=swept.problem.periods,
        seed=swept.seed,
        versions=result.versions,
        created=result.created,
        lead=LeadDocument(swept.outcome, swept.unit, swept.margin),
        break_even=swept.break_even,
        points=[_point(point) for point in swept.points],
        status=swept.status,
        messages=[MessageDocument(message.code, message.text) for message in result.messages],
    )
    plain: dict[str, Any] = _DOCUMENT.dump_python(document, mode="json")
    return plain


def _point(point: SweepPoint) -> PointDocument:
    return PointDocument(
        budget=point.budget,
        folder=None if point.front is None else folder_name(point.budget),
        reason=point.reason,
        best=None if point.best is None else _best(point.best),
        marginal=point.marginal,
        picks=None if point.picks is None else point.picks.ids,
    )


def _best(plan: BestPlan) -> BestDocument:
    return BestDocument(plan.spend, ValueDocument(**vars(plan.value)), plan.gap, list(plan.extrapolated))


def sweep_frame(swept: BudgetSweep) -> pd.DataFrame:
    """The columns of `sweep.csv`: a row a budget and pick, and one for the plan that brings most, `best`."""
    return pd.DataFrame([row for point in swept.points for row in _rows(swept, point)])


def _rows(swept: BudgetSweep, point: SweepPoint) -> Iterator[dict[str, Any]]:
    if point.front is None or point.best is None or point.picks is None:
        yield {"budget": point.budget, "pick": "", "plan_id": "", "reason": point.reason}
        return
    problem = point.front.problem
    alone = lead_alone(swept, problem)
    best = plan_of(problem, np.array(list(point.best.spend.values())), "best")
    for pick, plan in (("best", best), *((name, point.front.plan(id)) for name, id in point.picks.ids.items())):
        lead = plan_of(alone, np.array(list(plan.spend.values())), plan.id)
        row: dict[str, Any] = {"budget": point.budget, "pick": pick, "plan_id": plan.id, "reason": ""}
        row["marginal"] = point.marginal.value if pick == "best" and point.marginal else None
        for goal, of in ((LEAD, lead), *((goal.name, plan) for goal in problem.goals)):
            for part in INTERVAL:
                column = goal if part == "value" else f"{goal}_{part}"
                row[column] = None if of.goals is None else getattr(of.goals[goal], part)
        yield row | {f"spend_{name}": amount for name, amount in plan.spend.items()}


def write_sweep_data(result: SweepResult, folder: Path) -> None:
    """The files that other programs read: sweep.json and sweep.csv."""
    text = json.dumps(sweep_document(result), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    (folder / "sweep.json").write_text(text, encoding="utf-8")
    sweep_frame(result.sweep).to_csv(folder / "sweep.csv", index=False, encoding="utf-8", lineterminator="\n")
