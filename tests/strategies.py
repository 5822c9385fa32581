"""Hypothesis strategies over the program's own grammar: problem files, tables, rules, views, plans and requests.

Every strategy shrinks to the plain right input: hypothesis draws the decisions, and 0 is always the plain one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

from tests.grammar import borders, problems, statements, tables
from tests.grammar.choices import Choices, off_bytes
from tests.grammar.problems import CHANNELS

T = TypeVar("T")

_DECISIONS = 300


def _of(make: Callable[[Choices], T]) -> st.SearchStrategy[T]:
    # One draw of bytes: a draw for each decision takes thirty times as long.
    return st.binary(min_size=_DECISIONS, max_size=_DECISIONS).map(lambda content: make(off_bytes(content)))


def problem_files(*, has_history: bool) -> st.SearchStrategy[str]:
    """Problem files over the history of `borders`, or over its curves, two in five of them right."""
    return _of(lambda choices: problems.problem(choices, has_history=has_history))


def histories() -> st.SearchStrategy[tuple[bytes, str]]:
    """A table of the past as CSV, and the problem file that says what is in it."""

    def made(choices: Choices) -> tuple[bytes, str]:
        rows, problem = tables.history(choices)
        return tables.as_csv(choices, rows), problem

    return _of(made)


def curve_files() -> st.SearchStrategy[bytes]:
    """Tables of curves of one's own, as CSV."""
    return _of(lambda choices: tables.as_csv(choices, tables.curves(choices)))


def lift_tests() -> st.SearchStrategy[bytes]:
    """Tables of experiments on the history of `borders`, as CSV."""
    return _of(lambda choices: tables.as_csv(choices, tables.lift_tests(choices)))


def plan_files() -> st.SearchStrategy[bytes]:
    """Plans that people bring, as CSV."""
    return _of(lambda choices: tables.as_csv(choices, tables.plans(choices, CHANNELS)))


def rules() -> st.SearchStrategy[list[str]]:
    """One to three rules on the channels, the tag and the goals of `borders.question`."""
    goals = list(borders.GOALS)
    return _of(lambda choices: [statements.rule(choices, CHANNELS, ["digital"], goals) for _ in range(_few(choices))])


def views() -> st.SearchStrategy[tuple[list[str], str]]:
    """One to three beliefs, and the method that takes them."""

    def made(choices: Choices) -> tuple[list[str], str]:
        is_linear = choices.often()
        beliefs = [statements.belief(choices, CHANNELS, ["digital"], is_linear=is_linear) for _ in range(_few(choices))]
        return beliefs, "black_litterman" if is_linear else "entropy_pooling"

    return _of(made)


def _few(choices: Choices) -> int:
    return 1 + choices.below(3)
