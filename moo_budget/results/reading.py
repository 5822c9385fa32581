"""A result folder as the record it was written from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from moo_budget._checks import FloatArray
from moo_budget.calendar import CalendarLaw
from moo_budget.efficient_frontier import EfficientFrontier
from moo_budget.errors import InputError, Message, listed
from moo_budget.folder import alone, restore
from moo_budget.front import INTERVAL, Front
from moo_budget.intervals import GoalValues
from moo_budget.mean_risk import mean_risk_problem
from moo_budget.problem import BudgetProblem
from moo_budget.results.documents import SCHEMA_VERSION, FrontierDocument, ResultDocument, parsed
from moo_budget.results.record import Result
from moo_budget.spec import ProblemSpec, read_problem
from moo_budget.tables import ResponseTables, load_tables


def read_result(folder: str | Path) -> Result:
    """A result folder as the record it was written from.

    Args:
        folder: that `run` or `solve` wrote.

    Raises:
        InputError: there is no result in the folder, or it is damaged or of a newer version.
    """
    folder = Path(folder)
    restore(folder)
    with alone(folder):  # half of one result and half of the next fit together badly
        stored = _read_document(folder / "result.json")
        spec = read_problem(folder / "problem.toml")
        problem_text = (folder / "problem.toml").read_text(encoding="utf-8")
        tables = load_tables(folder / "tables.npz")
    problem = _asked(stored, spec, tables)
    _check_names(stored, problem, folder)
    front = Front(
        problem=_under_calendar(problem, stored),
        spend=_spend(stored, problem),
        values=_values(stored, problem),
        algorithm=stored.algorithm,
        seed=stored.seed,
        n_evaluations=stored.evaluations,
        status=stored.status,
        messages=(),
    )
    return Result(
        spec=spec.in_language(stored.lang),
        problem_text=problem_text,
        front=front,
        period=stored.period,
        history=stored.history,
        today_text=stored.today_from,
        fit=stored.fit,
        messages=tuple(Message(message.code, message.text) for message in stored.messages),
        created=stored.created,
        versions=stored.versions,
        certificate=stored.certificate,
        views=stored.views,
        efficient_frontier=_read_frontier(stored.efficient_frontier, problem),
        explanations={id: stored_one.facts for id, stored_one in stored.explanations.items()},
        first_test=stored.first_test,
    )


def _asked(stored: ResultDocument, spec: ProblemSpec, tables: ResponseTables) -> BudgetProblem:
    """The question as it was asked: what the problem file leaves to the data stands in the document."""
    return BudgetProblem(
        tables,
        goals=spec.goals,
        budget=spec.plan.budget,
        periods=stored.periods,
        limits=spec.limits,
        tags=spec.tags,
        today=None if stored.today is None else stored.today.spend,
        money_step=spec.plan.money_step,
        currency=stored.currency,
        source=spec.source,
        calendar=stored.calendar is not None and (stored.calendar.starts or True),
    )


def _check_names(stored: ResultDocument, problem: BudgetProblem, folder: Path) -> None:
    """Every plan of `result.json` names the goals and channels of the other two files."""
    frontier, calendar = stored.efficient_frontier, stored.calendar
    spends: list[dict[str, Any]] = [plan.spend for plan in stored.plans]
    spends += [point.spend for point in frontier.points] if frontier is not None else []
    if calendar is not None and calendar.plans:
        spends += [calendar.plans.get(plan.id, {}) for plan in stored.plans]
    channels, goals = set(problem.channels), {goal.name for goal in problem.goals}
    strange = {name for spend in spends for name in channels ^ set(spend)}
    strange |= {name for plan in stored.plans for name in goals ^ set(plan.goals)}
    if strange:
        raise InputError(
            f"{folder}: result.json, problem.toml and tables.npz do not belong together: not all of them have "
            f"{listed(sorted(strange))}. Solve the problem again.",
            code="result.mixed",
        )


def _under_calendar(problem: BudgetProblem, stored: ResultDocument) -> BudgetProblem:
    """The question as its plans were measured: with their money per period, if it was placed."""
    if stored.calendar is None or not stored.calendar.plans:
        return problem
    plans = [stored.calendar.plans[plan.id] for plan in stored.plans]
    money = np.array([[plan[name] for name in problem.channels] for plan in plans]).swapaxes(1, 2)
    return problem.under(CalendarLaw(problem, _spend(stored, problem), money))


def _read_document(path: Path) -> ResultDocument:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(
            f"{path.parent} is no result folder: result.json cannot be read ({reason}). "
            "Name the folder that `moo-budget solve` wrote.",
            code="result.unreadable",
        ) from error
    version = raw.get("schema_version") if isinstance(raw, dict) else None
    if version != SCHEMA_VERSION:
        is_newer = isinstance(version, int) and version > SCHEMA_VERSION
        advice = "Read it with the newer program that wrote it, or solve" if is_newer else "Solve"
        raise InputError(
            f"{path}: schema_version is {version!r}; this program reads {SCHEMA_VERSION}. {advice} the problem again.",
            code="result.version",
        )
    try:
        return parsed(raw)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "unexpected_keyword_argument":
            raise InputError(
                f"{path}: this program does not know the part `{place}`, so a newer one wrote it, or a hand. Read the "
                "result with the newer one, or solve the problem again.",
                code="result.unknown-part",
            ) from error
        raise InputError(f"{path}: `{place}` is damaged ({fault['msg']})", code="result.damaged") from error


def _spend(stored: ResultDocument, problem: BudgetProblem) -> FloatArray:
    return np.array([[plan.spend[name] for name in problem.channels] for plan in stored.plans])


def _values(stored: ResultDocument, problem: BudgetProblem) -> GoalValues:
    arrays = [
        np.array([[getattr(plan.goals[goal.name], part) for goal in problem.goals] for plan in stored.plans])
        for part in INTERVAL
    ]
    return GoalValues(*arrays)


def _read_frontier(stored: FrontierDocument | None, problem: BudgetProblem) -> EfficientFrontier | None:
    if stored is None:
        return None
    return EfficientFrontier(
        problem=mean_risk_problem(problem, stored.outcome, stored.measure, stored.level),
        spend=np.array([[point.spend[name] for name in problem.channels] for point in stored.points]),
        mean=np.array([point.mean for point in stored.points]),
        risk=np.array([point.risk for point in stored.points]),
        riskless=stored.riskless,
        jumps=tuple(stored.jumps),
    )
