"""decisions.json: what was decided in the explorer and why, kept in the result folder."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from moo_budget._whole import reason, write_file
from moo_budget.errors import FolderError, InputError
from moo_budget.folder import DECISIONS, OpenedFolder, alone

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
_MOST_ENTRIES = 5000


@dataclass(frozen=True)
class Decision:
    """One line of the log.

    Args:
        id: made by the page, so that a line that is sent twice is kept once.
        at: when, ISO 8601.
        kind: limits, pin, pick, plan, note, ...
        text: in words.
        data: what the words are about, such as a plan's money.
    """

    __pydantic_config__ = _STRICT
    id: Annotated[str, Field(min_length=1, max_length=80)]
    at: Annotated[str, Field(max_length=40)]
    kind: Annotated[str, Field(max_length=40)]
    text: Annotated[str, Field(max_length=2000)]
    data: dict[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Decisions:
    """The content of decisions.json, oldest line first."""

    __pydantic_config__ = _STRICT
    schema_version: Literal[1] = 1
    entries: tuple[Decision, ...] = ()


_DECISIONS = TypeAdapter(Decisions)


class DecisionLog:
    """The log of a result folder; what is added is on disk before it is answered, whole or not at all.

    Args:
        folder: the result folder; in another one that takes its place from now on nothing is written.
    """

    def __init__(self, folder: Path) -> None:
        self._opened = OpenedFolder(folder)
        self._path = self._opened.path / DECISIONS
        self._lock = threading.Lock()

    def read(self) -> Decisions:
        """All lines.

        Raises:
            FolderError: the folder is not there any more, or holds another result.
            InputError: the file is damaged.
        """
        with self._lock:
            return self._read()

    def add(self, entries: Sequence[Decision]) -> Decisions:
        """Add the lines whose id is new; all lines as they stand in the file then.

        Raises:
            FolderError: the folder is not there any more, holds another result or cannot be written.
            InputError: the file is damaged or full; like the others, this leaves the file as it was.
        """
        # Other programs add lines to this file too, or replace its folder.
        with self._lock, alone(self._opened.path):
            known = self._read().entries
            lines: dict[str, Decision] = {}
            for entry in (*known, *entries):
                lines.setdefault(entry.id, entry)
            decisions = Decisions(entries=tuple(lines.values()))
            if len(decisions.entries) > _MOST_ENTRIES:
                raise InputError(
                    f"{DECISIONS} has room for {_MOST_ENTRIES:,} lines. Rename it, and a new one is begun.",
                    code="log.full",
                )
            self._write(decisions)
            return decisions

    def _read(self) -> Decisions:
        try:
            self._opened.check()
        except FolderError as error:
            raise FolderError(
                f"{error.text} What the page shows is still there: export it, or start moo-budget explore anew.",
                code="log.folder-gone",
            ) from error
        try:
            return _DECISIONS.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return Decisions()
        except (OSError, ValidationError) as error:
            raise InputError(
                f"{self._path} is no log of decisions that this program can read; it is left as it is. "
                "Rename it, and a new one is begun.",
                code="log.damaged",
            ) from error

    def _write(self, decisions: Decisions) -> None:
        try:
            write_file(self._path, as_json(decisions), through_link=False)
        except OSError as error:
            raise FolderError(
                f"{DECISIONS} cannot be written in {self._path.parent} ({reason(error)}); it is as it was before. "
                "Make room or get the right to write there, then try again.",
                code="log.write",
            ) from error


def as_json(decisions: Decisions) -> bytes:
    """The content of the file."""
    return _DECISIONS.dump_json(decisions, indent=1) + b"\n"
