"""problem.toml -> ProblemSpec: the records of a problem file, and its reader.

The records are plain frozen dataclasses; pydantic checks them once, at this border, and its complaints become
InputErrors with file, line, value and what is allowed. Two settings of one record that clash are the record's own
business; names that point from one part of the file to another are checked when all parts are known.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, ConfigDict, TypeAdapter
from pydantic import Field as Within
from pydantic.json_schema import SkipJsonSchema

from moo_budget._availability import Choices, Later, later_faults, unknown_names
from moo_budget._records import RecordError, parse, shown
from moo_budget._toml_lines import Fault, KeyPath, SourceText, dotted, read_toml
from moo_budget.errors import InputError, NotAvailableError, joined, listed, nearest

if TYPE_CHECKING:
    from moo_budget.history import History

T = TypeVar("T")

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    seen: dict[str, str] = {}
    for name in names:
        if _same(name) in seen:
            raise ValueError(f"a list without repeats; `{seen[_same(name)]}` and `{name}` are the same name")
        seen[_same(name)] = name
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


def _same(name: str) -> str:
    """Names are the same name if their NFKC forms are."""
    return unicodedata.normalize("NFKC", name)


Positive = Annotated[float, Within(gt=0)]
NotNegative = Annotated[float, Within(ge=0)]
Share = Annotated[float, Within(gt=0, le=1)]
Count = Annotated[int, Within(ge=1)]
Names = Annotated[tuple[str, ...], AfterValidator(_distinct)]
SomeNames = Annotated[tuple[str, ...], Within(min_length=1), AfterValidator(_distinct)]
Interval = Annotated[tuple[float, float], AfterValidator(_rising)]
UnitInterval = Annotated[tuple[Annotated[float, Within(ge=0)], Annotated[float, Within(lt=1)]], AfterValidator(_rising)]

MissingRule = Literal["error", "zero", "drop", "interpolate"]
MeasureName = Literal["total", "roi", "profit", "std", "tail_mean", "shortfall", "spend", "change"]

# A parameter of a goal -> the measure that reads it.
_MEASURE_OF_PARAMETER = {"level": "tail_mean", "target": "shortfall", "margin": "profit"}
_MEASURES_WITHOUT_OUTCOME = ("spend", "change")
RESERVED_NAMES = ("total", "count", "today", "all", "total_max")


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
    trials: dict[str, str] = field(default_factory=dict)
    sum_over: Names = ()
    missing: MissingRule = "error"
    outliers: Literal["keep", "drop"] = "keep"
    encoding: str = ""

    def __post_init__(self) -> None:
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

    def _check_spend_table(self, columns: Mapping[str, str]) -> None:
        for name in columns:
            if name not in self.channels:
                raise RecordError(
                    ("spend", name), _no_such("channel", name, self.channels), code="problem.unknown-name"
                )
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
        for parameter, measure in _MEASURE_OF_PARAMETER.items():
            if getattr(self, parameter) is not None and self.measure != measure:
                raise RecordError(
                    (parameter,),
                    f'only measure = "{measure}" has a {parameter}, not "{self.measure}"; take it out',
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
    roi: Interval | None = None
    decay: UnitInterval | None = None


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
    """A problem file, checked.

    `path` and `source` say where it was read from; both are None for a record built in Python.
    """

    __pydantic_config__ = _STRICT
    schema_version: Literal[1] = 1
    title: str = ""
    currency: str = ""
    lang: Literal["en", "zh"] = "en"
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
        return _located(replace(self, **parts), self.path, source)

    def max_spend(self, history: History) -> dict[str, float]:
        """Where each channel's response table ends: channel -> currency per period.

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
        whole_budget = budget_range(self.plan.budget, today).max / self.plan.periods
        return {channel: whole_budget if highest > 0 else 0.0 for channel, highest in seen.items()}


def read_problem(path: str | Path) -> ProblemSpec:
    """The problem file at `path`, checked.

    What a later version brings is read like everything else: `require_available` says so when it is used.

    Raises:
        InputError: the file cannot be read, or something in it is wrong; all faults at once, each with its line.
    """
    path = Path(path)
    data, source = read_toml(path)
    return _located(_checked(data, source), path, source)


def require_available(part: object, where: str = "") -> None:
    """Refuse what the contract knows and this version does not carry out yet.

    Args:
        part: a problem, or any record of it, or a mapping of names to records.
        where: what to call a part in messages; a problem names its own file and lines.

    Raises:
        NotAvailableError: a setting that is still to come has a value other than its default.
        InputError: a model, curve, carry-over or algorithm that is not in the contract at all, or a problem with both a
            history and curves of its own.
    """
    source = part.source if isinstance(part, ProblemSpec) and part.source else SourceText(where)
    _raise([*_two_sources(part), *unknown_names(part, _CHOICES)], source)
    _raise(later_faults(part, _CHOICES, _LATER), source, NotAvailableError)


def problem_schema() -> dict[str, Any]:
    """The JSON Schema of the problem file."""
    return TypeAdapter(ProblemSpec).json_schema()


def parse_part(kind: type[T], value: object, where: str) -> T:
    """A part of a problem file given in Python, as a mapping or as the record it becomes, checked like a file.

    Args:
        kind: the record, or ``dict[str, record]``.
        value: mappings, lists, numbers and text, or records.
        where: the caller's name for it, for messages.

    Raises:
        InputError: all that is wrong with it.
    """
    record, faults = parse(kind, value)
    _raise(faults, SourceText(where))
    assert record is not None  # no faults
    return record


def goals_from(goals: Mapping[str, GoalSpec] | Mapping[str, Mapping[str, object]]) -> dict[str, GoalSpec]:
    """Goal name -> goal, in order.

    Raises:
        InputError: a goal that does not fit its measure, a reserved name, or nothing to optimise.
    """
    specs = parse_part(dict[str, GoalSpec], goals, "goals")
    _raise([*_goal_faults(specs, ()), *_name_faults(((name,), name, "goal") for name in specs)], SourceText("goals"))
    return specs


def limits_from(limits: LimitsSpec | Mapping[str, object] | None) -> LimitsSpec:
    """The limits; None: the defaults.

    Raises:
        InputError: something that is no limit, or limits that clash in themselves.
    """
    return LimitsSpec() if limits is None else parse_part(LimitsSpec, limits, "limits")


def budget_range(
    budget: float | BudgetRange | Mapping[str, float] | None, today: Mapping[str, float] | None
) -> BudgetRange:
    """Lowest and highest total of a plan, money for the whole plan.

    Args:
        budget: one total, a range of totals, or None for today's total.
        today: channel -> money for the whole plan, if it is known.

    Raises:
        InputError: no budget and nothing spent today, or a budget that is none.
    """
    given = parse_part(PlanSpec, {"budget": budget}, "plan").budget
    if isinstance(given, BudgetRange):
        return given
    total = sum((today or {}).values()) if given is None else given
    if total <= 0:
        raise InputError(
            "plan  `budget` is missing, and nothing is spent today that could stand in for it; it must be a total such "
            "as budget = 250000, or a range { min = 200000, max = 260000 }",
            code="problem.no-budget",
        )
    return BudgetRange(total, total)


def reference_money(today: Mapping[str, float], budget: float | BudgetRange | None) -> dict[str, float] | None:
    """Today's mix at the plan's total: what changes nothing but the total. None if nothing is spent today.

    Args:
        today: channel -> money for the whole plan.
        budget: one total; a range, into which today's own total is moved; or None for today's total.

    Returns:
        Channel -> money for the whole plan, not rounded.
    """
    spent = sum(today.values())
    if spent <= 0:
        return None
    if isinstance(budget, BudgetRange):
        total = min(max(spent, budget.min), budget.max)
    else:
        total = spent if budget is None else budget
    return {channel: money * (total / spent) for channel, money in today.items()}


def _located(spec: ProblemSpec, path: Path | None, source: SourceText | None) -> ProblemSpec:
    """The spec itself, which learns where it was read from: these two are no settings, so no argument sets them."""
    object.__setattr__(spec, "path", path)
    object.__setattr__(spec, "source", source)
    return spec


def _raise(faults: Iterable[Fault], source: SourceText, kind: type[InputError] = InputError) -> None:
    """One error for all faults, in the order of their lines; none if there are none."""
    errors = [source.error(fault, kind) for fault in sorted(faults, key=lambda fault: source.line(fault.path))]
    if errors:
        raise kind(joined(errors), code=errors[0].code)


def _checked(data: dict[str, Any], source: SourceText) -> ProblemSpec:
    """The record of a file's data.

    Tables that are wrong in themselves are left out, and the checks between tables run on the rest: a person mends a
    file once.
    """
    _check_version(data, source)
    spec, faults = parse(ProblemSpec, data)
    tables = {f.name for f in fields(ProblemSpec)}
    broken = {str(fault.path[0]) for fault in faults if fault.path}
    sound = spec or parse(ProblemSpec, {table: data[table] for table in data.keys() - broken})[0]
    unsure = broken if broken <= tables else tables  # an unknown table may be any of them, misspelt
    if sound:
        faults += [fault for check, needed in _CHECKS.items() if not needed & unsure for fault in check(sound)]
    _raise(faults, source)
    assert spec is not None  # no faults
    return spec


def _check_version(data: Mapping[str, Any], source: SourceText) -> None:
    """A file of another version is not read any further: its keys may mean something else."""
    version = data.get("schema_version", 1)
    if version != 1:
        what = f"`schema_version` = {shown(version)}, and this program reads version 1"
        mend = "install a newer moo-budget, or write the file for version 1"
        _raise([Fault(("schema_version",), what, mend, "problem.schema-version")], source)


def _no_such(kind: str, name: str, known: Iterable[str]) -> str:
    known = list(known)
    return f"there is no {kind} `{name}`. {nearest(_same(name), known)}Known: {listed(known)}"


def _check_order(low: float, high: float) -> None:
    if low > high:
        text = f"min ({low:,.12g}) is above max ({high:,.12g}); lower min or raise max"
        raise RecordError(("min",), text, code="problem.min-above-max")


def _source_faults(spec: ProblemSpec) -> Iterator[Fault]:
    """Responses come from a history with outcomes, or from curves, which bring their outcomes along."""
    if spec.history is None and spec.fit.curves is None:
        what = "neither [history] nor `curves` under [fit] is given"
        mend = 'add [history] with file, channels and spend, or bring your own: [fit] curves = "curves.csv"'
        yield Fault((), what, mend, "problem.no-source")
    elif spec.history is None and spec.outcomes:
        what = "[outcomes] beside `fit.curves`, without [history]: the outcomes come from the table of curves"
        yield Fault(("outcomes",), what, "take [outcomes] out", "problem.two-sources")
    elif spec.history is not None and not spec.outcomes:
        mend = 'add a table such as [outcomes.revenue] with column = "revenue"'
        yield Fault(("outcomes",), "[outcomes] is missing", mend, "problem.missing-key")


def _two_sources(part: object) -> Iterator[Fault]:
    # Refused on use and not on reading, because the example in docs/design.md shows every key of the contract at once.
    if isinstance(part, ProblemSpec) and part.history is not None and part.fit.curves is not None:
        what = f"`fit.curves` = {shown(part.fit.curves)} stands instead of [history] and [outcomes], not beside them"
        yield Fault(("fit", "curves"), what, "take `curves` out, or [history] and [outcomes]", "problem.two-sources")


def _channel_mentions(spec: ProblemSpec) -> Iterator[tuple[KeyPath, str]]:
    """Every place outside [history] that names a channel."""
    limits, fit = spec.limits, spec.fit
    tables: dict[KeyPath, Any] = {
        ("plan", "today"): spec.plan.today,
        ("limits", "channel"): limits.channel,
        ("limits", "calendar"): [name for name in limits.calendar if name != "total_max"],
        ("fit", "carry_over"): fit.carry_over,
        ("fit", "priors"): fit.priors,
    }
    tables |= {("limits", "resource", name, "per_money"): limit.per_money for name, limit in limits.resource.items()}
    if isinstance(fit.model, Mapping):
        tables |= {("fit", "model", outcome): models for outcome, models in fit.model.items()}
    for path, names in tables.items():
        if names is not None and not isinstance(names, str):
            yield from (((*path, name), name) for name in names)
    lists: dict[KeyPath, Iterable[str]] = {("tags", tag): members for tag, members in spec.tags.items()}
    lists |= {("outcomes", name, "channels"): outcome.channels or () for name, outcome in spec.outcomes.items()}
    for path, members in lists.items():
        yield from (((*path, index), name) for index, name in enumerate(members))


def _outcome_mentions(spec: ProblemSpec) -> Iterator[tuple[KeyPath, str]]:
    """Every place outside [outcomes] that names an outcome."""
    for name, goal in (spec.goals or {}).items():
        if goal.outcome is not None:
            yield ("goals", name, "outcome"), goal.outcome
    if spec.views.outcome is not None:
        yield ("views", "outcome"), spec.views.outcome
    if isinstance(spec.fit.model, Mapping):
        yield from ((("fit", "model", outcome), outcome) for outcome in spec.fit.model)
    if spec.history is not None:
        yield from ((("history", "trials", outcome), outcome) for outcome in spec.history.trials)


def _mention_faults(spec: ProblemSpec) -> Iterator[Fault]:
    """Names of channels and outcomes that do not exist; with own curves nobody knows yet which do."""
    if spec.history is None:
        return
    known = {"channel": spec.history.channels, "outcome": tuple(spec.outcomes)}
    mentions = {"channel": _channel_mentions(spec), "outcome": _outcome_mentions(spec)}
    for kind, places in mentions.items():
        for path, name in places:
            if name not in known[kind]:
                text = _no_such(kind, name, known[kind])
                yield Fault(path, f"`{dotted(path)}`: {text}", "", f"problem.unknown-{kind}")


def _own_goal_faults(spec: ProblemSpec) -> Iterator[Fault]:
    return _goal_faults(spec.goals, ("goals",)) if spec.goals is not None else iter(())


def _goal_faults(goals: Mapping[str, GoalSpec], path: KeyPath) -> Iterator[Fault]:
    if not any(goal.goal for goal in goals.values()):
        what = "no goal is left to search for: every one is measured only (goal = false), or there is none"
        yield Fault(path, what, "give at least one goal without goal = false", "problem.no-goal")


def _own_name_faults(spec: ProblemSpec) -> Iterator[Fault]:
    channels = spec.history.channels if spec.history is not None else ()
    named: list[tuple[KeyPath, str, str]] = [
        (("history", "channels", index), name, "channel") for index, name in enumerate(channels)
    ]
    named += [(("tags", name), name, "tag") for name in spec.tags]
    named += [(("goals", name), name, "goal") for name in spec.goals or {}]
    return _name_faults(named)


def _name_faults(named: Iterable[tuple[KeyPath, str, str]]) -> Iterator[Fault]:
    """Names that a rule could not tell apart: each (path, name, what it names)."""
    owners: dict[str, str] = {}
    for path, name, kind in named:
        owner = owners.setdefault(_same(name), kind)
        if not name.strip():
            yield Fault(path, f"`{dotted(path)}`: a {kind} has no name", "", "problem.empty-name")
        elif _same(name) in RESERVED_NAMES:
            what = f"`{name}` cannot name a {kind}: it is a word of the rules"
            yield Fault(path, what, f"reserved: {', '.join(RESERVED_NAMES)}", "problem.reserved-name")
        elif owner != kind:
            what = f"`{name}` names a {owner} and a {kind}"
            yield Fault(path, what, "channels, tags and goals need different names", "problem.duplicate-name")


def _choice_faults(spec: ProblemSpec) -> Iterator[Fault]:
    return unknown_names(spec, _CHOICES)


# A check between tables -> the tables without which it would find faults that are none.
_CHECKS: dict[Callable[[ProblemSpec], Iterator[Fault]], set[str]] = {
    _source_faults: {"history", "outcomes", "fit"},
    _mention_faults: {"history", "outcomes"},
    _own_goal_faults: set(),
    _own_name_faults: set(),
    _choice_faults: set(),
}

_CHOICES = (
    Choices(
        FitSpec,
        "model",
        now=("auto", "parametric", "media_mix"),
        later=("gaussian_process", "gradient_boosting", "decision_tree", "linear", "logistic"),
    ),
    Choices(
        FitSpec,
        "curve",
        now=("auto", "hill", "logarithmic"),
        later=("exponential", "power", "logistic", "michaelis_menten", "linear"),
    ),
    Choices(FitSpec, "carry_over", now=("auto", "none", "geometric"), later=("delayed", "weibull")),
    Choices(SearchSpec, "algorithm", now=("auto", "nsga2", "mopso_cd"), later=("smpso", "cmopso", "scalarised")),
)

_LATER = (
    Later(ProblemSpec, "lang", 'write lang = "en"', later=("zh",)),
    Later(HistorySpec, "organic", "name the columns under controls"),
    Later(HistorySpec, "events", "name a column of 0 and 1 under controls"),
    Later(HistorySpec, "holidays", "name a column of 0 and 1 under controls"),
    Later(HistorySpec, "trials", "let the outcome's column be the count itself"),
    Later(HistorySpec, "outliers", 'write outliers = "keep"', later=("drop",)),
    Later(PlanSpec, "calendar", "plan level spend: calendar = false"),
    Later(GoalSpec, "measure", 'use measure = "std"', later=("tail_mean", "shortfall")),
    Later(LimitsSpec, "rules", "use min and max of the channels, change and share"),
    Later(LimitsSpec, "resource", "use max of the channels that need it"),
    Later(LimitsSpec, "calendar", "use max of the channels, for the whole plan"),
    Later(ChannelLimits, "min_if_used", "use min, or off"),
    Later(ChannelLimits, "step", "use money_step under [plan], which is one for all channels"),
    Later(FitSpec, "monotone", "write monotone = true"),
    Later(FitSpec, "priors"),
    Later(FitSpec, "experiments"),
    Later(RiskSpec, "covariance", 'use "ledoit_wolf" or "sample"', later=("oas", "ewma")),
    Later(ViewsSpec, "beliefs"),
)
