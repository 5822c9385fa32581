"""Sheet Plans: the rows of `front.csv`."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from moo_budget.front import INTERVAL, Plan
from moo_budget.workbook.book import WIDTH, Book, Placed
from moo_budget.workbook.goals import goal_heading, probabilities, without_empty_ranges


def add_plans(book: Book, plans: Sequence[Plan] | None) -> Placed:
    """Every plan of the front, or those that are handed over, then today and reference."""
    goals = {goal.name: goal_heading(book, goal) for goal in book.problem.goals}
    frame = book.result.front.to_frame(plans)
    frame = frame.assign(pick=names_of_picks(book, frame["pick"])).rename(columns=_headings(book, goals))
    frame = without_empty_ranges(book, frame, goals.values())
    placed = book.table(book.sheet("sheet_plans"), frame, 0, probabilities(book))
    book.listed(placed, n_names=2, widths=(10, WIDTH))
    placed.sheet.ignore_errors({"number_stored_as_text": f"A2:A{len(frame) + 1}"})  # ids are names
    return placed


def _headings(book: Book, goals: dict[str, str]) -> dict[str, str]:
    """Column of `front.csv` -> its heading in words, with its unit; `goals`: goal -> heading of its value."""
    say = book.say
    headings = {"plan_id": say("column_id"), "pick": say("column_pick")} | spend_headings(book)
    for goal, heading in goals.items():
        headings |= {goal if part == "value" else f"{goal}_{part}": say(part, heading=heading) for part in INTERVAL}
    return headings


def names_of_picks(book: Book, picks: pd.Series) -> pd.Series:
    """Picks as a CSV names them, ``safest+balanced``, in the workbook's language."""
    if book.say.lang == "en":
        return picks
    return picks.map(lambda names: book.say("comma").join(map(book.say, filter(None, names.split("+")))))


def spend_headings(book: Book) -> dict[str, str]:
    """Column of a channel's money in a CSV -> its heading in words."""
    return {
        f"spend_{channel}": book.with_unit(book.say("column_spend", channel=channel), book.currency)
        for channel in book.problem.channels
    }
