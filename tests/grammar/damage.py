"""Right inputs damaged in one place or two."""

from __future__ import annotations

import datetime
from typing import Any

from tests.grammar.choices import ODD_NAMES, ODD_NUMBERS, Choices

_VALUES: tuple[Any, ...] = (
    *(-1, 0, 1, 2, 0.5, 1e308, 1e-320, 10**30, 2**63, -0.0, float("nan"), float("inf"), True, False, "", "tv", "today"),
    *([], {}, [1], ["tv", "tv"], {"tv": 1}, {"min": 2, "max": 1}, [[]], "last 3", "2024-01-01"),
    *(datetime.date(2024, 2, 29), datetime.date(1, 1, 1), datetime.date(9999, 12, 31)),
)
_MARKS = ('"', "'", "[", "]", "{", "}", "=", ",", "\n", "\t", "#", "\0", "\ufeff", "%", "(", ")", "@", "\\", ";", "é")


def places(choices: Choices) -> int:
    """In how many places an input is damaged: none in two of five."""
    return choices.one((0, 0, 1, 1, 2))


def tree(choices: Choices, root: dict[str, Any]) -> None:
    """Another value, one more key or one less somewhere in nested tables, which are changed."""
    table: Any = root
    while inner := [value for value in table.values() if isinstance(value, dict) and value]:
        if choices.rarely(4):
            break
        table = choices.one(inner)
    if not table:
        return
    key = choices.one(list(table))
    kind = choices.below(8)
    if kind < 4:
        table[key] = choices.one(_VALUES)
    elif kind == 4:
        del table[key]
    elif kind == 5:
        table[choices.one([key + "s", key[:-1], *ODD_NAMES])] = table.pop(key)
    elif isinstance(table[key], list) and table[key]:
        table[key] = [*table[key], choices.one([*table[key], *ODD_NAMES])]
    elif isinstance(table[key], int | float):
        table[key] = table[key] * choices.one((-1, 1000, 1e-9, 1e12))
    else:
        table[key] = choices.one(ODD_NAMES)


def text(choices: Choices, content: str) -> str:
    """A mark more, a stretch less, or a stretch twice."""
    at = choices.below(max(1, len(content)))
    stretch = content[at : at + 1 + choices.below(20)]
    kind = choices.below(3)
    if kind == 0:
        return content[:at] + choices.one(_MARKS) + content[at:]
    return content[:at] + (stretch if kind == 1 else "") * 2 + content[at + len(stretch) :]


def rows(choices: Choices, table: list[list[Any]]) -> None:
    """Another cell or header, a row or a column more or less in a table with a header, which is changed."""
    row = 0 if len(table) == 1 or choices.rarely(4) else 1 + choices.below(len(table) - 1)
    column = choices.below(max(1, len(table[row])))
    kind = choices.below(8)
    if kind < 4 and table[row]:
        table[row][column] = choices.one(ODD_NUMBERS if row else ODD_NAMES)
    elif kind == 4:
        table.insert(row, list(table[row]))
    elif kind == 5 and len(table) > 1:
        del table[row]
    elif kind == 6:
        table[row] = [*table[row], choices.one(("", "1", "x"))]
    else:
        table[:] = [[*cells[:column], *cells[column + 1 :]] for cells in table]
