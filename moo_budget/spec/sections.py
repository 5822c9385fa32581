"""The sections of a problem file as frozen records, which pydantic checks once, at the border.

Two settings of one record that clash are the record's own business; what points from one section to another is
checked when all are known.
"""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict
from pydantic import Field as Within
from pydantic.json_schema import SkipJsonSchema

from moo_budget.errors import InputError, listed, nearest
from moo_budget.spec.parsing import RecordError, shown
from moo_budget.spec.source import SourceText

if TYPE_CHECKING:
    from moo_budget.history import History

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    seen: dict[str, str] = {}
    for name in names:
        if same(name) in seen:
            raise ValueError(f"a list without repeats; `{seen[same(name)]}` and `{name}` are the same name")
        seen[same(name)] = name
    return names


def _rising(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] >= ends[1]:
        raise ValueError("[low, high] with low below high")
    return ends


def _outcome_name(name: str) -> str:
    if not re.fullmatch("[a-z][a-z0-9_]*", name):
        raise ValueError("made of a-z, 0-9 and _, and start with a letter")
    return name


def _today_text(text: str) -> str:
    if not re.fullmatch("last [1-9][0-9]*|same last year", text):
        raise ValueError('"last N" with N periods, "same last year", or a table channel -> money')
    return text


def same(name: str) -> str:
    """Names are the same name if their NFKC forms are."""
    return unicodedata.normalize("NFKC", name)


Positive = Annotated[float, Within(gt=0)]
NotNegative = Annotated[float, Within(ge=0)]
Share = Annotated[float, Within(gt=0, le=1)]
Count = Annotated[int, Within(ge=1, le=10**9)]
Names = Annotated[tuple[str, ...], AfterValidator(_distinct)]
SomeNames = Annotated[tuple[str, ...], Within(min_length=1), AfterValidator(_distinct)]
PositiveInterval = Annotated[tuple[NotNegative, Positive], AfterValidator(_rising)]
UnitInterval = Annotated[tuple[Annotated[float, Within(ge=0)], Annotated[float, Within(lt=1)]], AfterValidator(_rising)]

MissingRule = Literal["error", "zero", "drop", "interpolate"]
MeasureName = Literal[
    "total",
    "roi",
    "profit",
    "std",
    "semi_deviation",
    "tail_mean",
    "shortfall",
    "regret",
    "spend",
    "change",
    "beyond_history",
    "effective_channels",
]

# A parameter of a goal -> the measures that read it.
_MEASURES_OF_PARAMETER = {"level": ("tail_mean", "regret"), "target": ("shortfall",), "margin": ("profit",)}
_MEASURES_WITHOUT_OUTCOME = ("spend", "change", "beyond_history", "effective_channels")
RESERVED_NAMES = ("total", "count", "today", "all", "total_max")


Language = Literal["en", "zh"]


@dataclass(frozen=True)
class HistorySpec:
    """Where the past stands and what its columns mean."""

    __pydantic_config__ = _STRICT
    file: str
    channels: SomeNames
    spend: str | dict[str, str]
    sheet: str | None = None
    date: str | None = None
    layout: Literal["wide", "long"] = "wide"
    channel: str | None = None
    controls: Names = ()
    organic: Names = ()
    events: str | None = None
    holidays: str | None = None
    holidays_country: str | None = None
    trials: dict[str, str] = field(default_factory=dict)
    sum_over: Names = ()
    missing: MissingRule = "error"
    outliers: Literal["keep", "drop"] = "keep"
    encoding: str = ""

    def __post_init__(self) -> None:
        self._check_spend()
        self._check_date()
        if self.holidays_country is not None and self.holidays is None:
            raise RecordError(
                ("holidays",),
                'holidays_country needs the table of holidays, such as holidays = "holidays.csv"',
                code="problem.missing-key",
            )

    def _check_spend(self) -> None:
        if self.layout == "long":
            self._check_long()
        elif isinstance(self.spend, str):
            if "{channel}" not in self.spend:
                raise RecordError(
                    ("spend",),
                    f'{shown(self.spend)} has no {{channel}}; write a pattern such as "{{channel}}_spend", or a table '
                    "channel -> column",
                    code="problem.spend-columns",
                )
        else:
            self._check_spend_table(self.spend)

    def _check_long(self) -> None:
        if self.channel is None:
            raise RecordError(
                ("channel",),
                'layout "long" needs the name of the column that names the channel, such as channel = "channel"',
                code="problem.missing-key",
            )
        if not isinstance(self.spend, str):
            raise RecordError(
                ("spend",),
                'layout "long" has one column of spend; give its name instead of a table',
                code="problem.spend-columns",
            )

    def _check_date(self) -> None:
        needing = {
            'layout = "long"': self.layout == "long",
            "sum_over": bool(self.sum_over),
            'missing = "interpolate"': self.missing == "interpolate",
            "holidays": self.holidays is not None,
        }
        if self.date is None and any(needing.values()):
            setting = next(setting for setting, is_set in needing.items() if is_set)
            raise RecordError(
                ("date",),
                f'{setting} needs the name of the column that holds the dates, such as date = "week"',
                code="problem.missing-key",
            )

    def _check_spend_table(self, columns: Mapping[str, str]) -> None:
        for name in columns:
            if name not in self.channels:
                raise RecordError(("spend", name), no_such("channel", name, self.channels), code="problem.unknown-name")
        without = [channel for channel in self.channels if channel not in columns]
        if without:
            raise RecordError(
                ("spend",),
                f"no column for {listed(without)}; the table names one column for every channel",
                code="problem.spend-columns",
            )


@dataclass(frozen=True)
class OutcomeSpec:
    """One outcome: its column (or one column a channel), and what it is counted in."""

    __pydantic_config__ = _STRICT
    column: str
    minus: str | None = None
    times: str | None = None
    unit: str = ""
    channels: SomeNames | None = None


@dataclass(frozen=True)
class BudgetRange:
    """Lowest and highest total, money for the whole plan."""

    __pydantic_config__ = _STRICT
    min: NotNegative
    max: Positive

    def __post_init__(self) -> None:
        _check_order(self.min, self.max)


@dataclass(frozen=True)
class PlanSpec:
    """How long the plan runs, what it may cost, and what is spent today."""

    __pydantic_config__ = _STRICT
    periods: Annotated[int, Within(ge=1, le=10_000)] = 1
    budget: Positive | BudgetRange | None = None
    start: datetime.date | None = None
    today: Annotated[str, AfterValidator(_today_text)] | dict[str, NotNegative] | None = None
    money_step: NotNegative = 0.01
    calendar: bool = False


@dataclass(frozen=True)
class GoalSpec:
    """One goal as the problem file states it."""

    __pydantic_config__ = _STRICT
    measure: MeasureName
    outcome: str | None = None
    level: Annotated[float, Within(ge=0, lt=1)] | None = None
    target: float | Literal["today"] | None = None
    margin: Positive | None = None
    goal: bool = True

    def __post_init__(self) -> None:
        if self.measure in _MEASURES_WITHOUT_OUTCOME:
            if self.outcome is not None:
                raise RecordError(
                    ("outcome",),
                    f'measure = "{self.measure}" is about money alone; take the outcome out',
                    code="problem.goal-outcome",
                )
        elif self.outcome is None:
            raise RecordError(
                ("outcome",),
                f'measure = "{self.measure}" needs an outcome, such as outcome = "revenue"',
                code="problem.goal-outcome",
            )
        self._check_parameters()

    def _check_parameters(self) -> None:
        for parameter, measures in _MEASURES_OF_PARAMETER.items():
            if getattr(self, parameter) is not None and self.measure not in measures:
                known = " or ".join(f'"{measure}"' for measure in measures)
                raise RecordError(
                    (parameter,),
                    f'only measure = {known} has a {parameter}, not "{self.measure}"; take it out',
                    code="problem.goal-parameter",
                )
        if self.measure == "shortfall" and self.target is None:
            raise RecordError(
                ("target",),
                'measure = "shortfall" needs a target: a number, or "today"',
                code="problem.goal-parameter",
            )


@dataclass(frozen=True)
class ChannelLimits:
    """Limits of one channel, money for the whole plan."""

    __pydantic_config__ = _STRICT
    min: NotNegative = 0.0
    max: NotNegative | None = None
    min_if_used: NotNegative | None = None
    step: Positive | None = None
    lock: bool = False
    off: bool = False

    def __post_init__(self) -> None:
        if self.max is not None:
            _check_order(self.min, self.max)
        if self.lock and self.off:
            raise RecordError(
                ("off",),
                "lock keeps today's money and off takes it away; keep one of them",
                code="problem.lock-and-off",
            )
        if self.off and self.min > 0:
            raise RecordError(
                ("off",),
                f"a channel that is off cannot have min = {self.min:g}; keep one of them",
                code="problem.min-and-off",
            )


@dataclass(frozen=True)
class ResourceLimit:
    """Anything else that is used up, per unit of money."""

    __pydantic_config__ = _STRICT
    per_money: dict[str, float]
    max: NotNegative


@dataclass(frozen=True)
class CalendarLimits:
    """Limits of one channel per period."""

    __pydantic_config__ = _STRICT
    max: NotNegative | None = None
    blackout: tuple[datetime.date, ...] = ()
    min_burst: Count = 1


@dataclass(frozen=True)
class LimitsSpec:
    """What is allowed."""

    __pydantic_config__ = _STRICT
    change: NotNegative | None = None
    share: Share | None = None
    extrapolate: NotNegative = 2.0
    rules: tuple[str, ...] = ()
    channel: dict[str, ChannelLimits] = field(default_factory=dict)
    resource: dict[str, ResourceLimit] = field(default_factory=dict)
    calendar: dict[str, NotNegative | CalendarLimits] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, limits in self.calendar.items():
            if (name == "total_max") == isinstance(limits, CalendarLimits):
                raise RecordError(
                    ("calendar", name),
                    "total_max is a number, and the limits of a channel stand in a table such as { max = 6000 }",
                    code="problem.calendar-limit",
                )


@dataclass(frozen=True)
class PriorSpec:
    """What is believed of one channel beforehand: central 90 % ranges."""

    __pydantic_config__ = _STRICT
    roi: PositiveInterval | None = None
    decay: UnitInterval | None = None
    half_saturation: PositiveInterval | None = None


@dataclass(frozen=True)
class FitSpec:
    """How the responses are learned."""

    __pydantic_config__ = _STRICT
    model: str | dict[str, str | dict[str, str]] = "auto"
    curve: str = "auto"
    carry_over: str | dict[str, str] = "auto"
    monotone: bool = True
    draws: Annotated[int, Within(ge=1, le=10_000)] = 300
    seasonality: Literal["none", "yearly", "auto"] = "auto"
    priors: dict[str, PriorSpec] = field(default_factory=dict)
    experiments: str | None = None
    curves: str | None = None


@dataclass(frozen=True)
class RiskSpec:
    """How market noise is measured, or assumed."""

    __pydantic_config__ = _STRICT
    covariance: Literal["ledoit_wolf", "oas", "sample", "ewma"] = "ledoit_wolf"
    half_life: Positive = 26.0
    noise: NotNegative = 0.2
    correlation: Annotated[float, Within(ge=-1, le=1)] = 0.3


@dataclass(frozen=True)
class ViewsSpec:
    """What the team believes beside the data."""

    __pydantic_config__ = _STRICT
    outcome: str | None = None
    beliefs: tuple[str, ...] = ()
    method: Literal["black_litterman", "entropy_pooling"] = "black_litterman"


@dataclass(frozen=True)
class SearchSpec:
    """How the front is searched."""

    __pydantic_config__ = _STRICT
    algorithm: str = "auto"
    plans: Annotated[int, Within(ge=1, le=100_000)] = 200
    evaluations: Count = 100_000
    time_limit: NotNegative = 0.0
    seed: Annotated[int, Within(ge=0, lt=2**63)] | None = None


@dataclass(frozen=True)
class ProblemSpec:
    """A problem file, checked: docs/design.md section 4.

    `path` and `source` say where it was read from; both are None for a record built in Python.

    Args:
        schema_version: of the file's format.
        title: what the plan is called.
        currency: of all money.
        lang: of pages, workbook and a terminal's tables.
        history: the table of what was spent and what came; None with curves of one's own.
        outcomes: name -> where it stands in the table.
        plan: periods, budget, and what is spent today.
        goals: name -> outcome and measure; None: the usual four.
        limits: what is allowed.
        tags: name -> channels that a rule speaks of together.
        fit: how channels' responses are learned.
        risk: how the noise of channels' effects is estimated.
        views: what the team believes.
        search: how long, and for how many plans.
    """

    __pydantic_config__ = _STRICT
    schema_version: Literal[1] = 1
    title: str = ""
    currency: str = ""
    lang: Language = "en"
    history: HistorySpec | None = None
    outcomes: dict[Annotated[str, AfterValidator(_outcome_name)], OutcomeSpec] = field(default_factory=dict)
    plan: PlanSpec = field(default_factory=PlanSpec)
    goals: dict[str, GoalSpec] | None = None
    limits: LimitsSpec = field(default_factory=LimitsSpec)
    tags: dict[str, SomeNames] = field(default_factory=dict)
    fit: FitSpec = field(default_factory=FitSpec)
    risk: RiskSpec = field(default_factory=RiskSpec)
    views: ViewsSpec = field(default_factory=ViewsSpec)
    search: SearchSpec = field(default_factory=SearchSpec)
    path: SkipJsonSchema[Path | None] = field(default=None, init=False, compare=False)
    source: SkipJsonSchema[SourceText | None] = field(default=None, init=False, compare=False, repr=False)

    def replaced(self, **parts: Any) -> ProblemSpec:
        """The same problem with other parts. It still knows its file, and the lines of the parts that it kept."""
        source = self.source.without(parts) if self.source else None
        return located(replace(self, **parts), self.path, source)

    def in_language(self, lang: Language | None) -> ProblemSpec:
        """The same problem, told in `lang`; None: in its own language."""
        return self if lang is None or lang == self.lang else self.replaced(lang=lang)

    def max_spend(self, history: History) -> dict[str, float]:
        """Where each channel's response table over a history ends: channel -> currency per period.

        The largest of the explicit `max`, the `extrapolate` cap, today's money and the reference's. A channel that
        was never bought has no cap to extrapolate from: it ends at zero unless one of the others says more.

        Raises:
            InputError: `extrapolate = 0` needs a budget and there is none.
        """
        today = history.today(self.plan)
        reference = reference_money(today or {}, self.plan.budget) or {}
        caps = self._extrapolation_caps(history, today)
        ends = {}
        for channel in history.channels:
            limits = self.limits.channel.get(channel, ChannelLimits())
            kept = reference.get(channel, 0.0)
            kept += self.plan.money_step if kept > 0 else 0.0  # the reference may be rounded up
            money = max(limits.max or 0.0, (today or {}).get(channel, 0.0), kept)
            ends[channel] = max(caps[channel], money / self.plan.periods)
        return ends

    def _extrapolation_caps(self, history: History, today: Mapping[str, float] | None) -> dict[str, float]:
        """Channel -> currency per period: how far beyond its history a channel may go by default."""
        seen = {
            channel: float(highest) for channel, highest in zip(history.channels, history.observed_max, strict=True)
        }
        if self.limits.extrapolate > 0:
            return {channel: self.limits.extrapolate * highest for channel, highest in seen.items()}
        whole_budget = total_range(self.plan.budget, today).max / self.plan.periods
        return {channel: whole_budget if highest > 0 else 0.0 for channel, highest in seen.items()}


def no_such(kind: str, name: str, known: Iterable[str]) -> str:
    """That a name is not among the known ones, nearest first."""
    known = list(known)
    return f"there is no {kind} `{name}`. {nearest(same(name), known)}Known: {listed(known)}"


def _check_order(low: float, high: float) -> None:
    if low > high:
        text = f"min ({low:,.12g}) is above max ({high:,.12g}); lower min or raise max"
        raise RecordError(("min",), text, code="problem.min-above-max")


def total_range(
    budget: float | BudgetRange | None, today: Mapping[str, float] | None, money_step: float = 0.0
) -> BudgetRange:
    """Lowest and highest total of a plan; see `budget_range`, which checks what it is given."""
    if isinstance(budget, BudgetRange):
        return budget
    total = math.fsum((today or {}).values()) if budget is None else budget
    if total <= 0:
        raise InputError(
            "plan  `budget` is missing, and nothing is spent today that could stand in for it; it must be a total such "
            "as budget = 250000, or a range { min = 200000, max = 260000 }",
            code="problem.no-budget",
        )
    if budget is None:
        total = in_steps(round(total / money_step), money_step) if 0 < money_step <= total else total
    return BudgetRange(total, total)


def in_steps(steps: float, money_step: float) -> float:
    """So many steps of money, as the decimal fraction that a person would write."""
    per_unit = round(1.0 / money_step)
    is_fraction = per_unit > 1 and abs(per_unit * money_step - 1.0) < 1e-9
    return float(steps / per_unit if is_fraction else steps * money_step)


def reference_money(today: Mapping[str, float], budget: float | BudgetRange | None) -> dict[str, float] | None:
    """Today's mix at the plan's total: what changes nothing but the total. None if nothing is spent today.

    Args:
        today: channel -> money for the whole plan.
        budget: one total; a range, into which today's own total is moved; or None for today's total.

    Returns:
        Channel -> money for the whole plan, not rounded.
    """
    spent = math.fsum(today.values())  # the same in whatever order channels stand
    if spent <= 0:
        return None
    if isinstance(budget, BudgetRange):
        total = min(max(spent, budget.min), budget.max)
    else:
        total = spent if budget is None else budget
    return {channel: money * (total / spent) for channel, money in today.items()}


def located(spec: ProblemSpec, path: Path | None, source: SourceText | None) -> ProblemSpec:
    """The spec itself, which learns where it was read from: these two are no settings, so no argument sets them."""
    object.__setattr__(spec, "path", path)
    object.__setattr__(spec, "source", source)
    return spec
