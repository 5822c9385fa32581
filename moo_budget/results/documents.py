"""`result.json`, key by key: docs/design.md section 8."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter

from moo_budget.certificate import Certificate
from moo_budget.choose import Group
from moo_budget.decomposition import RiskDecomposition
from moo_budget.explain import Explanation, FirstTest
from moo_budget.mean_risk import RiskMeasure
from moo_budget.results.record import Period
from moo_budget.spec import Language
from moo_budget.views import ViewsRecord

SCHEMA_VERSION: Literal[1] = 1

_CLOSED = ConfigDict(extra="forbid")  # unknown keys are errors


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
    lang: Language | None = None  # None: written before it was kept; the problem file's


_DOCUMENT = TypeAdapter(ResultDocument)


def result_schema() -> dict[str, Any]:
    """JSON Schema of `result.json`."""
    return _DOCUMENT.json_schema()


def parsed(raw: object) -> ResultDocument:
    """What JSON knows as a document.

    Raises:
        pydantic.ValidationError: a key is missing, unknown or of another kind.
    """
    return _DOCUMENT.validate_python(raw)


def plain(document: ResultDocument) -> dict[str, Any]:
    """A document as what JSON knows: mappings, lists, text and numbers."""
    plain: dict[str, Any] = _DOCUMENT.dump_python(document, mode="json")
    return plain
