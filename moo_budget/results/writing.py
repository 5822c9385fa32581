"""A result as the files that other programs read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from moo_budget.calendar import calendar_frame
from moo_budget.choose import ChosenPlan
from moo_budget.decomposition import RiskDecomposition, decompose_risk
from moo_budget.efficient_frontier import EfficientFrontier
from moo_budget.errors import InputError
from moo_budget.front import Front, GoalValue, Plan
from moo_budget.goals import Goal
from moo_budget.indicators import hypervolume, reference_point
from moo_budget.results.documents import (
    SCHEMA_VERSION,
    CalendarDocument,
    CurveDocument,
    ExplanationDocument,
    FrontierDocument,
    GoalDocument,
    HypervolumeDocument,
    KneeDocument,
    MessageDocument,
    PlanDocument,
    PointDocument,
    ResultDocument,
    ValueDocument,
    YardstickDocument,
    plain,
)
from moo_budget.results.record import Result
from moo_budget.risk import weighted_percentile
from moo_budget.spec import LimitsSpec
from moo_budget.tables import ResponseTables, save_tables

_LIMITS = TypeAdapter(LimitsSpec)


def document(result: Result) -> ResultDocument:
    """The record of `result.json`; numbers in full precision."""
    problem, front = result.problem, result.front
    return ResultDocument(
        schema_version=SCHEMA_VERSION,
        title=result.spec.title,
        currency=problem.currency,
        period=result.period,
        periods=problem.periods,
        algorithm=front.algorithm,
        evaluations=front.n_evaluations,
        seed=front.seed,
        versions=result.versions,
        created=result.created,
        history=result.history,
        today_from=result.today_text,
        channels=list(problem.channels),
        goals=[_goal(goal) for goal in problem.goals],
        limits=_LIMITS.dump_python(problem.limits, mode="json"),
        today=_yardstick(front.today),
        reference=_yardstick(front.reference),
        picks=result.picks.ids,
        plans=[_plan(plan) for plan in front.plans],
        curves=_curves(problem.tables),
        certificate=result.certificate,
        fit=result.fit,
        hypervolume=_hypervolume(front),
        status=front.status,
        messages=[MessageDocument(code=message.code, text=message.text) for message in result.messages],
        risk=_risk(result),
        views=result.views,
        efficient_frontier=_frontier(result.efficient_frontier),
        calendar=_calendar(front),
        explanations={
            id: ExplanationDocument(facts.sentences(result.spec.lang), facts)
            for id, facts in result.explanations.items()
        },
        first_test=result.first_test,
        knee=_knee(result.knee),
        groups=result.groups,
        lang=result.spec.lang,
    )


def _goal(goal: Goal) -> GoalDocument:
    return GoalDocument(
        name=goal.name,
        outcome=goal.outcome,
        measure=goal.measure,
        parameters=goal.parameters,
        unit=goal.unit,
        direction=goal.direction,
        goal=goal.optimised,
    )


def _knee(plan: ChosenPlan | None) -> KneeDocument | None:
    if plan is None:
        return None
    assert plan.strength is not None  # it stands out by that
    return KneeDocument(plan.id, plan.strength)


def _calendar(front: Front) -> CalendarDocument | None:
    limits = front.problem.period_limits
    if limits is None:
        return None
    law, channels = front.problem.law, front.problem.channels
    placed = [] if law is None else law.placed(front.spend).swapaxes(1, 2).tolist()
    plans = {id: dict(zip(channels, money, strict=True)) for id, money in zip(front.ids, placed, strict=False)}
    return CalendarDocument(list(limits.starts), plans)


def _risk(result: Result) -> dict[str, RiskDecomposition]:
    """Where the risk of today, the reference and the picks comes from; of those that lie within the tables."""
    return {plan.id: decompose_risk(result.problem, plan.spend) for plan in result.compared}


def _goals(goals: dict[str, GoalValue]) -> dict[str, ValueDocument]:
    return {name: ValueDocument(**vars(value)) for name, value in goals.items()}


def _yardstick(plan: Plan | None) -> YardstickDocument | None:
    if plan is None:
        return None
    return YardstickDocument(
        spend=plan.spend,
        goals=None if plan.goals is None else _goals(plan.goals),
        breaks=list(plan.breaks),
        extrapolated=list(plan.extrapolated),
    )


def _frontier(frontier: EfficientFrontier | None) -> FrontierDocument | None:
    if frontier is None:
        return None
    channels = frontier.problem.channels
    points = zip(frontier.mean.tolist(), frontier.risk.tolist(), frontier.spend.tolist(), strict=True)
    return FrontierDocument(
        outcome=frontier.outcome,
        measure=frontier.measure,
        level=frontier.level,
        riskless=frontier.riskless,
        points=[PointDocument(mean, risk, dict(zip(channels, spend, strict=True))) for mean, risk, spend in points],
        best_ratio=frontier.best_ratio_row,
        jumps=list(frontier.jumps),
    )


def _curves(tables: ResponseTables) -> dict[str, dict[str, CurveDocument]]:
    return {
        outcome: {channel: _curve(tables, o, c) for c, channel in enumerate(tables.channels)}
        for o, outcome in enumerate(tables.outcomes)
    }


def _curve(tables: ResponseTables, o: int, c: int) -> CurveDocument:
    seen = float(tables.observed_max[c])
    low, high = (weighted_percentile(tables.values[o, c], tables.weights, p) for p in (0.05, 0.95))
    return CurveDocument(
        spend=tables.knots[c].tolist(),
        mean=tables.mean_values[o, c].tolist(),
        low=low.tolist(),
        high=high.tolist(),
        observed_max=None if np.isnan(seen) else seen,
    )


def to_json(result: Result, plans: Sequence[Plan] | None = None) -> str:
    """The text of `result.json`.

    Args:
        result: what a run found.
        plans: instead of all plans of the front, any plans of its problem.

    Raises:
        InputError: one of `plans` lies beyond a table's end.
    """
    written = document(result)
    if plans is not None:
        ids = {plan.id for plan in plans}
        picks = {name: id for name, id in written.picks.items() if id in ids}
        kept = written.knee if written.knee and written.knee.plan in ids else None
        written = replace(written, plans=[_plan(plan) for plan in plans], picks=picks, knee=kept, groups=())
    return json.dumps(plain(written), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _plan(plan: Plan) -> PlanDocument:
    if plan.goals is None:
        raise InputError(
            f"plan `{plan.id}` gives a channel more than its responses are known for, so it has no figures. Lower it.",
            code="export.beyond-table",
        )
    return PlanDocument(plan.id, plan.spend, _goals(plan.goals), list(plan.extrapolated))


def _hypervolume(front: Front) -> HypervolumeDocument:
    goals = front.problem.sought_goals
    minimised = front.problem.to_minimise(front.values.value)
    point = reference_point(minimised)
    turned = np.where([goal.direction == "max" for goal in goals], -point, point)
    return HypervolumeDocument(
        value=hypervolume(minimised, point),
        reference_point={goal.name: float(value) for goal, value in zip(goals, turned, strict=True)},
    )


def write_data(result: Result, folder: Path) -> None:
    """The files that other programs read: result.json, front.csv, calendar.csv, tables.npz, problem.toml."""
    (folder / "result.json").write_text(to_json(result), encoding="utf-8")
    result.front.to_frame().to_csv(folder / "front.csv", index=False, encoding="utf-8", lineterminator="\n")
    if result.problem.law is not None:
        frame = calendar_frame(result.front, result.picks)
        frame.to_csv(folder / "calendar.csv", index=False, encoding="utf-8", lineterminator="\n")
    save_tables(result.problem.tables, folder / "tables.npz")
    (folder / "problem.toml").write_text(result.problem_text, encoding="utf-8")
