"""The result of a run: the record, `result.json`, and back."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import ConfigDict, TypeAdapter, ValidationError

from moo_budget._checks import FloatArray
from moo_budget.calendar import CalendarLaw, calendar_frame
from moo_budget.certificate import Certificate
from moo_budget.choose import ChosenPlan, Group, Picks, groups, knee, picks
from moo_budget.decomposition import RiskDecomposition, decompose_risk
from moo_budget.efficient_frontier import EfficientFrontier
from moo_budget.errors import InputError, Message
from moo_budget.explain import Explanation, FirstTest
from moo_budget.folder import alone, restore
from moo_budget.front import INTERVAL, Front, GoalValue, Plan
from moo_budget.indicators import hypervolume, reference_point
from moo_budget.mean_risk import RiskMeasure, mean_risk_problem
from moo_budget.problem import BudgetProblem, GoalValues
from moo_budget.risk import weighted_percentile
from moo_budget.spec import Language, LimitsSpec, ProblemSpec, read_problem
from moo_budget.tables import ResponseTables, load_tables, save_tables
from moo_budget.views import ViewsRecord

SCHEMA_VERSION: Literal[1] = 1

Period = Literal["day", "week", "month", "quarter", "year", "none"]

_CLOSED = ConfigDict(extra="forbid")  # unknown keys are errors


@dataclass(frozen=True, eq=False)
class Result:
    """Everything a run found, enough to write every file of the folder again.

    Args:
        spec: the problem file.
        problem_text: the same as text, as it was solved.
        front: plans with their problem.
        period: of the history: day, week, month, quarter, year or none.
        history: {file, sha256, rows, start, end} of the table; None for curves of one's own.
        today_text: where today's money comes from, such as "mean of the last 13 weeks x 13"; empty without today.
        fit: outcome -> what was learned and how well, ready for JSON.
        messages: what a person should know, from reading to choosing.
        created: when, ISO 8601 with time zone.
        versions: of the program and of what it stands on.
        certificate: how far the front can be from perfect; None where nobody computed it.
        views: what the team's views changed; None without views.
        efficient_frontier: least risk for what is expected of the outcome at risk; None where nobody computed it.
        explanations: plan id -> why this plan; of the picks, empty where nobody explained them.
        first_test: what to test first for the balanced plan; None where nobody asked.
    """

    spec: ProblemSpec
    problem_text: str
    front: Front
    period: Period
    history: dict[str, Any] | None
    today_text: str
    fit: dict[str, dict[str, Any]]
    messages: tuple[Message, ...]
    created: str
    versions: dict[str, str]
    certificate: Certificate | None = None
    views: ViewsRecord | None = None
    efficient_frontier: EfficientFrontier | None = None
    explanations: dict[str, Explanation] = field(default_factory=dict)
    first_test: FirstTest | None = None

    @property
    def problem(self) -> BudgetProblem:
        """The question that was solved."""
        return self.front.problem

    def in_language(self, lang: Language | None) -> Result:
        """The same result, told in another language; None: in its own."""
        return replace(self, spec=self.spec.in_language(lang))

    @cached_property
    def picks(self) -> Picks:
        """Safest, balanced and boldest plan."""
        return picks(self.front)

    @cached_property
    def knee(self) -> ChosenPlan | None:
        """The plan that it costs most to leave; None where no plan stands out."""
        found = knee(self.front)
        return None if found.messages else found

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Plans that spend alike, with one delegate each."""
        return groups(self.front)

    @property
    def compared(self) -> tuple[Plan, ...]:
        """Today, the reference and the picks, each once; those that lie within the tables."""
        front = self.front
        plans = [front.today, front.reference, *map(front.plan, dict.fromkeys(self.picks.ids.values()))]
        return tuple(plan for plan in plans if plan is not None and plan.goals is not None)


@dataclass(frozen=True)
class GoalDocument:
    """What a goal is."""

    __pydantic_config__ = _CLOSED

    name: str
    outcome: str | None
    measure: str
    parameters: dict[str, float | Literal["today"]]
    unit: str
    direction: Literal["max", "min"]
    goal: bool


@dataclass(frozen=True)
class ValueDocument:
    """One goal of one plan, in the goal's unit."""

    __pydantic_config__ = _CLOSED

    value: float
    low: float
    high: float
    estimate_low: float
    estimate_high: float


@dataclass(frozen=True)
class PlanDocument:
    """A plan of the front; money for the whole plan."""

    __pydantic_config__ = _CLOSED

    id: str
    spend: dict[str, float]
    goals: dict[str, ValueDocument]
    extrapolated: list[str]


@dataclass(frozen=True)
class YardstickDocument:
    """Today or the reference; `goals` is null where it lies beyond a table's end."""

    __pydantic_config__ = _CLOSED

    spend: dict[str, float]
    goals: dict[str, ValueDocument] | None
    breaks: list[str]
    extrapolated: list[str]


@dataclass(frozen=True)
class CurveDocument:
    """A response curve per period: mean, and 5th and 95th percentile of the expected value."""

    __pydantic_config__ = _CLOSED

    spend: list[float]
    mean: list[float]
    low: list[float]
    high: list[float]
    observed_max: float | None


@dataclass(frozen=True)
class PointDocument:
    """A point of the efficient frontier, in the outcome's unit; money for the whole plan, not rounded."""

    __pydantic_config__ = _CLOSED

    mean: float
    risk: float
    spend: dict[str, float]


@dataclass(frozen=True)
class FrontierDocument:
    """The efficient frontier of one outcome, the least risky point first; `best_ratio` is a row of `points`.

    `jumps` are the rows after which the next plan is another one, with nothing found on the way.
    """

    __pydantic_config__ = _CLOSED

    outcome: str
    measure: RiskMeasure
    level: float | None
    riskless: float
    points: list[PointDocument]
    best_ratio: int | None
    jumps: list[int]


@dataclass(frozen=True)
class CalendarDocument:
    """Money per period; `starts` holds the first day of every period and of the one after the last, or nothing.

    `plans`: plan id -> channel -> money of every period; empty where all plans are spent level.
    """

    __pydantic_config__ = _CLOSED

    starts: list[datetime.date]
    plans: dict[str, dict[str, list[float]]]


@dataclass(frozen=True)
class KneeDocument:
    """The plan that it costs most to leave: who does gives up `strength` times what is gained, or more."""

    __pydantic_config__ = _CLOSED

    plan: str
    strength: float


@dataclass(frozen=True)
class ExplanationDocument:
    """Why a plan is what it is, and the same in at most three sentences."""

    __pydantic_config__ = _CLOSED

    sentences: tuple[str, ...]
    facts: Explanation


@dataclass(frozen=True)
class HypervolumeDocument:
    """Volume that the front dominates above (for goals to be minimised: below) the reference point."""

    __pydantic_config__ = _CLOSED

    value: float
    reference_point: dict[str, float]


@dataclass(frozen=True)
class MessageDocument:
    """Something a person should know."""

    __pydantic_config__ = _CLOSED

    code: str
    text: str


@dataclass(frozen=True)
class ResultDocument:
    """`result.json`: docs/design.md section 8."""

    __pydantic_config__ = _CLOSED

    schema_version: Literal[1]
    title: str
    currency: str
    period: Period
    periods: int
    algorithm: str
    evaluations: int
    seed: int
    versions: dict[str, str]
    created: str
    history: dict[str, Any] | None
    today_from: str
    channels: list[str]
    goals: list[GoalDocument]
    limits: dict[str, Any]
    today: YardstickDocument | None
    reference: YardstickDocument | None
    picks: dict[str, str]
    plans: list[PlanDocument]
    curves: dict[str, dict[str, CurveDocument]]
    certificate: Certificate | None
    fit: dict[str, dict[str, Any]]
    hypervolume: HypervolumeDocument
    status: Literal["done", "stopped"]
    messages: list[MessageDocument]
    risk: dict[str, RiskDecomposition] = field(default_factory=dict)
    views: ViewsRecord | None = None
    efficient_frontier: FrontierDocument | None = None
    calendar: CalendarDocument | None = None
    explanations: dict[str, ExplanationDocument] = field(default_factory=dict)
    first_test: FirstTest | None = None
    knee: KneeDocument | None = None
    groups: tuple[Group, ...] = ()


_DOCUMENT = TypeAdapter(ResultDocument)
_LIMITS = TypeAdapter(LimitsSpec)


def result_schema() -> dict[str, Any]:
    """JSON Schema of `result.json`."""
    return _DOCUMENT.json_schema()


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
        goals=[
            GoalDocument(
                name=goal.name,
                outcome=goal.outcome,
                measure=goal.measure,
                parameters=goal.parameters,
                unit=goal.unit,
                direction=goal.direction,
                goal=goal.optimised,
            )
            for goal in problem.goals
        ],
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


def plain(document: ResultDocument) -> dict[str, Any]:
    """A document as what JSON knows: mappings, lists, text and numbers."""
    plain: dict[str, Any] = _DOCUMENT.dump_python(document, mode="json")
    return plain


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


def read_result(folder: str | Path) -> Result:
    """A result folder as the record it was written from.

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
    today = stored.today
    problem = BudgetProblem(
        tables,
        goals=spec.goals,
        budget=spec.plan.budget,
        periods=stored.periods,
        limits=spec.limits,
        tags=spec.tags,
        today=None if today is None else today.spend,
        money_step=spec.plan.money_step,
        currency=stored.currency,
        source=spec.source,
        calendar=stored.calendar is not None and (stored.calendar.starts or True),
    )
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
        spec=spec,
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
        raise InputError(
            f"{path.parent} is no result folder: result.json cannot be read ({error}). "
            "Name the folder that `moo-budget solve` wrote.",
            code="result.unreadable",
        ) from error
    version = raw.get("schema_version") if isinstance(raw, dict) else None
    if version != SCHEMA_VERSION:
        raise InputError(
            f"{path}: schema_version is {version!r}; this program reads {SCHEMA_VERSION}. Solve the problem again.",
            code="result.version",
        )
    try:
        return _DOCUMENT.validate_python(raw)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise InputError(f"{path}: `{place}` is damaged ({fault['msg']})", code="result.damaged") from error


def _spend(stored: ResultDocument, problem: BudgetProblem) -> FloatArray:
    return np.array([[plan.spend[name] for name in problem.channels] for plan in stored.plans])


def _values(stored: ResultDocument, problem: BudgetProblem) -> GoalValues:
    arrays = [
        np.array([[getattr(plan.goals[goal.name], part) for goal in problem.goals] for plan in stored.plans])
        for part in INTERVAL
    ]
    return GoalValues(*arrays)
