"""What is wrong between the sections of a problem file that are each right in themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from moo_budget.spec.availability import CHOICES, unknown_names
from moo_budget.spec.parsing import shown
from moo_budget.spec.sections import RESERVED_NAMES, GoalSpec, ProblemSpec, no_such, same
from moo_budget.spec.source import Fault, KeyPath, dotted

# What stands behind a goal's name in the further columns that front.csv has for it.
_INTERVAL_ENDINGS = ("low", "high", "estimate_low", "estimate_high")


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


def two_sources(part: object) -> Iterator[Fault]:
    """A problem with a history and curves of its own."""
    # Refused on use and not on reading, because the example in docs/design.md shows every key of the contract at once.
    if isinstance(part, ProblemSpec) and part.history is not None and part.fit.curves is not None:
        what = f"`fit.curves` = {shown(part.fit.curves)} stands instead of [history] and [outcomes], not beside them"
        yield Fault(("fit", "curves"), what, "take `curves` out, or [history] and [outcomes]", "problem.two-sources")


def limits_without_calendar(part: object) -> Iterator[Fault]:
    """A problem with limits per period, and no periods that money is planned for."""
    # Refused on use and not on reading, for the same reason.
    if isinstance(part, ProblemSpec) and part.limits.calendar and not part.plan.calendar:
        what = "[limits.calendar] limits money per period, and this plan spends level: `calendar` under [plan] is false"
        yield Fault(("limits", "calendar"), what, "write calendar = true, or take the table out", "problem.no-calendar")


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
                text = no_such(kind, name, known[kind])
                yield Fault(path, f"`{dotted(path)}`: {text}", "", f"problem.unknown-{kind}")


def _owngoal_faults(spec: ProblemSpec) -> Iterator[Fault]:
    return goal_faults(spec.goals, ("goals",)) if spec.goals is not None else iter(())


def goal_faults(goals: Mapping[str, GoalSpec], path: KeyPath) -> Iterator[Fault]:
    """Goals of which none is sought."""
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
    return name_faults(named)


def name_faults(named: Sequence[tuple[KeyPath, str, str]]) -> Iterator[Fault]:
    """Names that a rule could not tell apart: each (path, name, what it names)."""
    owners: dict[str, str] = {}
    for path, name, kind in named:
        owner = owners.setdefault(same(name), kind)
        if not name.strip():
            yield Fault(path, f"`{dotted(path)}`: a {kind} has no name", "", "problem.empty-name")
        elif same(name) in RESERVED_NAMES:
            what = f"`{name}` cannot name a {kind}: it is a word of the rules"
            yield Fault(path, what, f"reserved: {', '.join(RESERVED_NAMES)}", "problem.reserved-name")
        elif owner != kind:
            what = f"`{name}` names a {owner} and a {kind}"
            yield Fault(path, what, "channels, tags and goals need different names", "problem.duplicate-name")
    yield from _column_faults(named)


def _column_faults(named: Sequence[tuple[KeyPath, str, str]]) -> Iterator[Fault]:
    """Goals that would give front.csv two columns of one name."""
    taken = {"plan_id", "pick"} | {f"spend_{name}" for _, name, kind in named if kind == "channel"}
    for path, name, kind in named:
        if kind == "goal":
            columns = [name, *(f"{name}_{ending}" for ending in _INTERVAL_ENDINGS)]
            twice = [column for column in columns if column in taken]
            if twice:
                what = f"the goal `{name}` would make a second column `{twice[0]}` in front.csv"
                yield Fault(path, what, "give the goal another name", "problem.goal-column")
            taken.update(columns)


def _choice_faults(spec: ProblemSpec) -> Iterator[Fault]:
    return unknown_names(spec, CHOICES)


# A check between tables -> the tables without which it would find faults that are none.
CHECKS: dict[Callable[[ProblemSpec], Iterator[Fault]], set[str]] = {
    _source_faults: {"history", "outcomes", "fit"},
    _mention_faults: {"history", "outcomes"},
    _owngoal_faults: set(),
    _own_name_faults: set(),
    _choice_faults: set(),
}
