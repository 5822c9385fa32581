"""What requests and answers hold: bytes from a page -> checked records, records -> what JSON knows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, Field

from moo_budget.errors import InputError
from moo_budget.explorer.decisions import Decision
from moo_budget.explorer.search import Job
from moo_budget.reoptimise import Changes
from moo_budget.solve import Progress
from moo_budget.spec import parse_part

T = TypeVar("T")

_MOST_GOALS = 4  # of more, the exact volume of a search's thousands of plans takes longer than a person watches

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class UnreadableError(InputError):
    """A body that is no JSON object."""


@dataclass(frozen=True)
class HandMade:
    """A plan to evaluate: channel -> currency for the whole plan, held against the front with this number."""

    __pydantic_config__ = _STRICT
    spend: dict[str, float]
    front: int = 0


@dataclass(frozen=True)
class Reoptimise(Changes):
    """Limits that are to differ from the problem file's, and the number of the front whose plans begin the search."""

    __pydantic_config__ = _STRICT
    front: int = 0

    @property
    def changes(self) -> Changes:
        """The limits alone."""
        return Changes(self.limits, self.goals, self.budget)


@dataclass(frozen=True)
class OwnPlan:
    """A plan of one's own with its name."""

    __pydantic_config__ = _STRICT
    name: Annotated[str, Field(min_length=1, max_length=80)]
    spend: dict[str, float]


@dataclass(frozen=True)
class Export:
    """Which plans are wanted as a file: ids of a front, and plans of one's own."""

    __pydantic_config__ = _STRICT
    format: Literal["xlsx", "csv", "json"]
    plans: Annotated[tuple[str | OwnPlan, ...], Field(min_length=1, max_length=10_000)]
    front: int = 0


@dataclass(frozen=True)
class NewEntries:
    """Lines for the log."""

    __pydantic_config__ = _STRICT
    entries: Annotated[tuple[Decision, ...], Field(max_length=1000)] = field(default=())


@dataclass(frozen=True)
class Nothing:
    """A request that needs no words."""

    __pydantic_config__ = _STRICT


def read(kind: type[T], body: bytes) -> T:
    """The record that a body describes.

    Raises:
        UnreadableError: it is no JSON object.
        InputError: all that is wrong with it.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:  # no JSON, no UTF-8, brackets or digits by the thousand
        raise UnreadableError("the body of the request is no JSON", code="explore.no-json") from error
    if not isinstance(data, dict):
        raise UnreadableError("the body of the request is no JSON object", code="explore.no-json")
    return parse_part(kind, data, "request")


def told(job: Job, data: dict[str, Any] | None) -> dict[str, Any]:
    """A search as `GET /job` answers it; `data`: of the front that it found."""
    progress = None if job.progress is None else _progress(job, job.progress)
    return {
        "job": job.number,
        "state": job.state,
        "front": job.front,
        "progress": progress,
        "data": data,
        "message": job.message,
    }


def _progress(job: Job, progress: Progress) -> dict[str, float | None]:
    """How far a search is; how long it still takes is not known, most end long before `of`."""
    is_quick = progress.front_goals.shape[1] <= _MOST_GOALS
    return {
        "evaluations": progress.n_evaluations,
        "of": progress.ceiling,
        "plans": progress.n_front,
        "seconds": round(progress.seconds, 1),
        "hypervolume": progress.hypervolume(job.measured_from) if is_quick else None,
    }


def failed(code: str, text: str) -> dict[str, Any]:
    """A refusal."""
    return {"error": {"code": code, "text": text}}
