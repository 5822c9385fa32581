"""What differs between two questions, key by key as a problem file names them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from moo_budget.results import Result
from moo_budget.spec import ProblemSpec

_SPEC = TypeAdapter(ProblemSpec)
_SECTIONS = ("history", "outcomes", "plan", "goals", "limits", "tags", "fit", "risk", "views", "search")
_OF_A_MODEL = ("model", "curve", "carry_over")
_ERROR_DECIMALS = 3  # of a forecast's error, a share: two fits are not told apart by less


@dataclass(frozen=True)
class Change:
    """One thing that is not the same in both results.

    Args:
        key: as the problem file names it (`limits.channel.tv.max`), or `data.sha256`, `models.revenue.curve`,
            `today.tv`, `program` for what is not in it.
        a: in the first result, as text; empty where it is not there.
        b: in the second.
    """

    key: str
    a: str
    b: str


def changes(a: Result, b: Result) -> tuple[Change, ...]:
    """Everything that was asked or known otherwise, in the order of the problem file; data and models last."""
    before, after = dict(_said(a)), dict(_said(b))
    keys = dict.fromkeys([*before, *after])
    return tuple(
        Change(key, before.get(key, ""), after.get(key, "")) for key in keys if before.get(key) != after.get(key)
    )


def _said(result: Result) -> Iterator[tuple[str, str]]:
    stated = _SPEC.dump_python(result.spec, mode="json", include=set(_SECTIONS))
    stated["plan"]["today"] = result.today_text
    for section in _SECTIONS:
        yield from _flat(section, stated[section])
    yield from _flat("today", result.front.today.spend if result.front.today else None)
    yield from _flat("data", result.history)
    for outcome, quality in result.fit.items():
        yield from _flat(f"models.{outcome}", {key: quality.get(key) for key in _OF_A_MODEL})
        if quality.get("crps") is not None:
            yield f"models.{outcome}.crps", f"{quality['crps']:.{_ERROR_DECIMALS}f}"
    yield "program", result.versions.get("moo-budget", "")


def _flat(key: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every setting below a key that says something, as text."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{key}.{name}", inner)
    elif isinstance(value, list):
        if value:
            yield key, ", ".join(map(str, value))
    elif value not in (None, "", False):
        yield key, f"{value:.12g}" if isinstance(value, float) else str(value)
