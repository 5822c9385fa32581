"""decisions.json: what was decided in the explorer and why, kept in the result folder."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from moo_budget.errors import FolderError, InputError
from moo_budget.folder import DECISIONS, RESULT, alone

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
        folder: the result folder as it was opened; in another one that has taken its place nothing is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._opened = _identity(self._folder)
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
        with self._lock, alone(self._folder):
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
        self._check_folder()
        path = self._folder / DECISIONS
        try:
            return _DECISIONS.validate_json(path.read_bytes())
        except FileNotFoundError:
            return Decisions()
        except (OSError, ValidationError) as error:
            raise InputError(
                f"{path} is no log of decisions that this program can read; it is left as it is. "
                "Rename it, and a new one is begun.",
                code="log.damaged",
            ) from error

    def _check_folder(self) -> None:
        found = _identity(self._folder)
        if found is None or found != self._opened:
            what = "is not there any more" if found is None else "holds another result now"
            raise FolderError(
                f"{self._folder} {what}, so nothing can be saved in it. What the page shows is still there: export it, "
                "or start moo-budget explore anew.",
                code="log.folder-gone",
            )

    def _write(self, decisions: Decisions) -> None:
        partial = self._folder / f".{DECISIONS}.{secrets.token_hex(4)}"
        try:
            with partial.open("wb") as file:
                file.write(as_json(decisions))
                file.flush()
                os.fsync(file.fileno())  # a name must not point at content that is not there after a power cut
            partial.replace(self._folder / DECISIONS)
        except OSError as error:
            raise FolderError(
                f"{DECISIONS} cannot be written in {self._folder} ({error.strerror}); it is as it was before.",
                code="log.write",
            ) from error
        finally:
            partial.unlink(missing_ok=True)


def as_json(decisions: Decisions) -> bytes:
    """The content of the file."""
    return _DECISIONS.dump_json(decisions, indent=1) + b"\n"


def _identity(folder: Path) -> tuple[int, int, int] | None:
    """What tells one written result from another; None where there is none."""
    try:
        status = (folder / RESULT).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns
