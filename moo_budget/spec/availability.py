"""What the contract knows and this version does not carry out yet: two tables, and the walk that reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any

from moo_budget.errors import listed, nearest
from moo_budget.spec.parsing import shown
from moo_budget.spec.sections import (
    FitSpec,
    HistorySpec,
    SearchSpec,
)
from moo_budget.spec.source import Fault, KeyPath, dotted


@dataclass(frozen=True)
class Choices:
    """A setting whose value is a name, or a table of names.

    Attributes:
        record: the record type that has the setting.
        key: the setting.
        now: names that this version carries out.
        later: names that a later version brings.
    """

    record: type
    key: str
    now: tuple[str, ...]
    later: tuple[str, ...] = ()


@dataclass(frozen=True)
class Later:
    """Any other setting that this version does not carry out, or not with every value.

    Attributes:
        record: the record type that has the setting.
        key: the setting.
        instead: what works now, to put after "take it out or"; empty if nothing does.
        later: the values that are still to come; empty: everything but the default.
    """

    record: type
    key: str
    instead: str = ""
    later: tuple[str, ...] = ()


CHOICES = (
    Choices(
        FitSpec,
        "model",
        now=(
            "auto",
            "parametric",
            "media_mix",
            "gaussian_process",
            "gradient_boosting",
            "decision_tree",
            "linear",
            "logistic",
        ),
    ),
    Choices(
        FitSpec,
        "curve",
        now=(
            "auto",
            "hill",
            "logarithmic",
            "exponential",
            "power",
            "logistic",
            "michaelis_menten",
            "linear",
        ),
    ),
    Choices(FitSpec, "carry_over", now=("auto", "none", "geometric", "delayed", "weibull")),
    Choices(SearchSpec, "algorithm", now=("auto", "scalarised", "nsga2", "mopso_cd", "smpso", "cmopso")),
)

LATER = (
    Later(HistorySpec, "outliers", 'write outliers = "keep"', later=("drop",)),
    Later(FitSpec, "monotone", "write monotone = true"),
)


def unknown_names(part: object, choices: Sequence[Choices]) -> Iterator[Fault]:
    """Choices within `part` that are not in the contract at all."""
    for path, name, setting in _named(part, choices):
        known = (*setting.now, *setting.later)
        if name not in known:
            what = f"`{dotted(path)}` = {shown(name)} is not known"
            yield Fault(path, what, f"{nearest(name, known)}Known: {listed(known)}", "problem.unknown-name")


def later_faults(part: object, choices: Sequence[Choices], to_come: Sequence[Later]) -> Iterator[Fault]:
    """Settings within `part` that a later version brings."""
    for path, name, setting in _named(part, choices):
        if name in setting.later:
            yield _not_available(path, name, f"use one of: {listed(setting.now)}")
    for path, record in _records(part):
        for row in to_come:
            if isinstance(record, row.record):
                value = getattr(record, row.key)
                if value in row.later if row.later else value != _default(record, row.key):
                    yield _not_available((*path, row.key), value, row.instead)


def _not_available(path: KeyPath, value: object, instead: str) -> Fault:
    return Fault(
        path,
        f"`{dotted(path)}` = {shown(value)} is not available yet in this version",
        "take it out" + (f" or {instead}" if instead else ""),
        "problem.not-available",
    )


def _named(part: object, choices: Sequence[Choices]) -> Iterator[tuple[KeyPath, str, Choices]]:
    """Every name that stands in one of the settings, alone or in a table."""
    for path, record in _records(part):
        for setting in choices:
            if isinstance(record, setting.record):
                for leaf, name in _leaves((*path, setting.key), getattr(record, setting.key)):
                    yield leaf, name, setting


def _records(part: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every record within `part`, itself included."""
    inner: Mapping[str, Any] = {}
    if is_dataclass(part):
        yield path, part
        inner = {f.name: getattr(part, f.name) for f in fields(part) if f.init}
    elif isinstance(part, Mapping):
        inner = part
    for key, value in inner.items():
        yield from _records(value, (*path, key))


def _leaves(path: KeyPath, value: Any) -> Iterator[tuple[KeyPath, Any]]:
    """What stands in nested tables."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves((*path, key), inner)
    else:
        yield path, value


def _default(record: Any, key: str) -> Any:
    setting = next(f for f in fields(record) if f.name == key)
    return setting.default if setting.default_factory is MISSING else setting.default_factory()
