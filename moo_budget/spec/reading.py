"""problem.toml -> ProblemSpec, and the same checks for parts that are given in Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from moo_budget.errors import InputError, NotAvailableError, joined
from moo_budget.spec.availability import CHOICES, LATER, later_faults, unknown_names
from moo_budget.spec.checks import CHECKS, goal_faults, limits_without_calendar, name_faults, two_sources
from moo_budget.spec.parsing import parse, shown
from moo_budget.spec.sections import BudgetRange, GoalSpec, LimitsSpec, PlanSpec, ProblemSpec, located, total_range
from moo_budget.spec.source import Fault, SourceText, read_toml

T = TypeVar("T")


def read_problem(path: str | Path) -> ProblemSpec:
    """The problem file at `path`, checked.

    What a later version brings is read like everything else: `require_available` says so when it is used. A date may
    stand in quotes, in ISO form; a number in quotes is a fault.

    Args:
        path: of the TOML file.

    Raises:
        InputError: the file cannot be read, or something in it is wrong; all faults at once, each with its line.
    """
    path = Path(path)
    data, source = read_toml(path)
    return located(_checked(data, source), path, source)


def require_available(part: object, where: str = "") -> None:
    """Refuse what the contract knows and this version does not carry out yet.

    Args:
        part: a problem, or any record of it, or a mapping of names to records.
        where: what to call a part in messages; a problem names its own file and lines.

    Raises:
        NotAvailableError: a setting that is still to come has a value other than its default.
        InputError: a model, curve, carry-over or algorithm that is not in the contract at all, or a problem with both a
            history and curves of its own, or with limits per period and no calendar.
    """
    source = part.source if isinstance(part, ProblemSpec) and part.source else SourceText(where)
    _raise([*two_sources(part), *limits_without_calendar(part), *unknown_names(part, CHOICES)], source)
    _raise(later_faults(part, CHOICES, LATER), source, NotAvailableError)


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
    _raise([*goal_faults(specs, ()), *name_faults([((name,), name, "goal") for name in specs])], SourceText("goals"))
    return specs


def limits_from(limits: LimitsSpec | Mapping[str, object] | None) -> LimitsSpec:
    """The limits; None: the defaults.

    Raises:
        InputError: something that is no limit, or limits that clash in themselves.
    """
    return LimitsSpec() if limits is None else parse_part(LimitsSpec, limits, "limits")


def budget_range(
    budget: float | BudgetRange | Mapping[str, float] | None,
    today: Mapping[str, float] | None,
    money_step: float = 0.0,
) -> BudgetRange:
    """Lowest and highest total of a plan, money for the whole plan.

    Args:
        budget: one total, a range of totals, or None for today's total.
        today: channel -> money for the whole plan, if it is known.
        money_step: today's total is rounded to it where it stands in for the budget; 0 for not.

    Raises:
        InputError: no budget and nothing spent today, or a budget that is none.
    """
    return total_range(parse_part(PlanSpec, {"budget": budget}, "plan").budget, today, money_step)


def _raise(faults: Iterable[Fault], source: SourceText, kind: type[InputError] = InputError) -> None:
    """One error for all faults, in the order of their lines; none if there are none."""
    errors = [source.error(fault, kind) for fault in sorted(faults, key=lambda fault: source.line(fault.path))]
    if not errors:
        return
    hint = "\n   All settings: moo-budget schema problem" if source.text else ""
    # An error has one code, its first fault's: of several faults each says its own.
    told = errors if len(errors) == 1 else [kind(f"{error}\n   ({error.code})", code=error.code) for error in errors]
    raise kind(joined(told) + hint, code=errors[0].code)


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
        faults += [fault for check, needed in CHECKS.items() if not needed & unsure for fault in check(sound)]
    _raise(faults, source)
    assert spec is not None  # no faults
    return spec


def _check_version(data: Mapping[str, Any], source: SourceText) -> None:
    """A file of another version is not read any further: its keys may mean something else."""
    version = data.get("schema_version", 1)
    if type(version) is not int or version != 1:  # true == 1
        what = f"`schema_version` = {shown(version)}, and this program reads version 1"
        mend = "install a newer moo-budget, or write the file for version 1"
        _raise([Fault(("schema_version",), what, mend, "problem.schema-version")], source)
