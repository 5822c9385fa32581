"""Headings of goals, and columns of their values with ranges."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pandas as pd

from moo_budget.goals import PROBABILITY, SHARE, Goal
from moo_budget.workbook.book import Book


def goal_heading(book: Book, goal: Goal) -> str:
    """A goal's name with its unit."""
    return book.with_unit(book.say.goal(goal), goal.unit)


def probabilities(book: Book) -> frozenset[str]:
    """Headings of the goals that are probabilities or shares."""
    goals = [goal for goal in book.problem.goals if goal.unit in (PROBABILITY, SHARE)]
    return frozenset(book.say("value", heading=goal_heading(book, goal)) for goal in goals)


def without_empty_ranges(book: Book, frame: pd.DataFrame, headings: Iterable[str]) -> pd.DataFrame:
    """Without the ends of ranges that are points in every row: nothing is known of the spread there."""
    say = book.say
    pairs = [
        [say(part, heading=heading) for part in parts]
        for heading in headings
        for parts in (("low", "high"), ("estimate_low", "estimate_high"))
    ]
    points = [pair for pair in pairs if set(pair) <= set(frame) and frame[pair[0]].equals(frame[pair[1]])]
    return frame.drop(columns=itertools.chain.from_iterable(points))
