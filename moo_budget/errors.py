"""Every error this package raises on purpose.

MooBudgetError                  the root; `exit_code` is what the command line ends with
├── InputError                  data or problem file: its owner must act (3)
│   ├── NotAvailableError       a part of the contract that a later version brings (3)
│   └── ModelError              no model can be learned from these data (3)
├── InfeasibleError             the limits cannot be met together (4)
├── FolderError                 the result folder is in the way, or is none (2)
└── StoppedError                interrupted before there was anything to keep (130)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any


@dataclass(frozen=True)
class Message:
    """Something a person should know about a run that went on: a repair, an assumption, a choice made.

    Args:
        code: stable name of it, such as ``evaluate.spent-evenly``.
        text: the fact and what follows from it; a reader needs nothing else.
    """

    code: str
    text: str


class MooBudgetError(Exception):
    """The root of the package's errors.

    Args:
        text: where, what came, what is allowed, how to mend it; a reader needs nothing else.
        code: stable name of the fault, such as ``problem.unknown-key``.
    """

    exit_code = 1

    def __init__(self, text: str, *, code: str) -> None:
        super().__init__(text)
        self.text = text
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_anew, (type(self), self.args), vars(self)


def _made_anew(kind: type[MooBudgetError], args: tuple[Any, ...]) -> MooBudgetError:
    """Without its constructor: pickle knows no keywords, and a pool of processes breaks of what it cannot read."""
    error = kind.__new__(kind)
    error.args = args
    return error


class InputError(MooBudgetError, ValueError):
    """The data or the problem file are wrong."""

    exit_code = 3


class NotAvailableError(InputError, NotImplementedError):
    """The contract knows this setting, this version does not carry it out yet."""


class ModelError(InputError):
    """No model can be learned from these data."""


class InfeasibleError(MooBudgetError, ValueError):
    """No plan obeys all limits."""

    exit_code = 4


class FolderError(MooBudgetError, FileExistsError):
    """The result folder is in the way, or is no result folder."""

    exit_code = 2


class StoppedError(MooBudgetError, RuntimeError):
    """Interrupted before there was anything to keep."""

    exit_code = 130


def nearest(name: str, known: Iterable[str]) -> str:
    """``did you mean `x`? `` or nothing, to put before the list of what is known."""
    matches = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"Did you mean `{matches[0]}`? " if matches else ""


def listed(names: Iterable[str], most: int = 12) -> str:
    """``a, b, c`` with at most `most` names, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(names[:most]) + more) if names else "none"


def joined(faults: Sequence[MooBudgetError], most: int = 10) -> str:
    """The texts of several faults of one file, a paragraph each, at most `most` of them."""
    more = [f"... and {len(faults) - most} more"] if len(faults) > most else []
    return "\n".join([fault.text for fault in faults[:most]] + more)
