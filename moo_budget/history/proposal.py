"""A table -> a first problem file: everything guessed is said, so that its owner can check it line by line."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from moo_budget.errors import listed
from moo_budget.history.files import read_table
from moo_budget.history.roles import PLAN_PERIODS, OutcomeGuess, Roles, guess_roles
from moo_budget.spec.checks import name_faults

_CHANGE, _SHARE = 0.3, 0.6
_WIDTH = 90


def propose(path: str | Path, *, problem: str | Path | None = None) -> str:
    """The text of a problem file for the table at `path`.

    Names and cells are read as Robyn, Meridian, PyMC-Marketing and exports of shops and platforms write them. Lines
    marked GUESS follow from a name, lines marked QUESTION need an answer; commented lines are what else it could be.

    Args:
        path: the table: CSV, XLSX (its first sheet) or Parquet.
        problem: where the text will be written, to which the table's path is made relative; default beside the table.

    Raises:
        InputError: the file is no table, or no column of it can be spend or an outcome.
    """
    path = Path(path)
    folder = path.parent if problem is None else Path(problem).parent
    roles = guess_roles(read_table(path))
    periods = PLAN_PERIODS[roles.period]
    unit = "" if roles.period == "none" else f", next {periods} {roles.period}s"
    sections = [
        [
            _comment(f"Proposed by `moo-budget init` for {path.name}."),
            "# GUESS: read off names and cells, check it. QUESTION: answer it. All settings: moo-budget schema problem",
            "schema_version = 1",
            f"title = {_quoted(path.stem.replace('_', ' ') + unit)}",
            'currency = "units"  # QUESTION: which? The table names none. Write USD, EUR, CNY ...',
        ],
        _history(roles, os.path.relpath(path, folder)),
        *(_outcome(outcome, is_long=roles.channel is not None) for outcome in roles.outcomes),
        [
            "[plan]",
            f"periods = {periods}  # length of the plan in periods of the history",
            "# budget = 100000  # money for the whole plan; left out: what was spent in the last periods",
        ],
        _goals(roles.outcomes, roles.spend.channels),
        _limits(roles),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _quoted(text: str) -> str:
    # A JSON string is a TOML basic string, but for the one control character that JSON leaves as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(names: Iterable[str]) -> str:
    quoted = [_quoted(name) for name in names]
    line = f"[{', '.join(quoted)}]"
    return line if len(line) <= _WIDTH else "[\n" + "".join(f"    {name},\n" for name in quoted) + "]"


def _comment(text: str) -> str:
    """A line of comment, whatever line breaks and control characters a header has."""
    return "# " + " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _history(roles: Roles, file: str) -> list[str]:
    lines = ["[history]", f"file = {_quoted(Path(file).as_posix())}"]
    if roles.date is None:
        lines.append("# No column holds dates, so the rows stand beside one another. If one does: date = ...")
    else:
        span = f"{len(roles.dates)} {roles.period}s, {roles.dates[0]} to {roles.dates[-1]}"
        lines.append(f"date = {_quoted(roles.date)}  # GUESS: {span}")
    if roles.channel is not None:
        lines += ['layout = "long"  # GUESS: a row is a date and a channel', f"channel = {_quoted(roles.channel)}"]
    lines += [f"channels = {_list(roles.spend.channels)}", *_spend(roles)]
    if roles.controls:
        lines.append(f"controls = {_list(roles.controls)}  # GUESS: moves the outcome and is not bought")
    if roles.organic:
        lines.append(f"organic = {_list(roles.organic)}  # GUESS: a channel of its own that is not bought")
    if roles.events is not None:
        lines.append(f"events = {_quoted(roles.events)}  # GUESS: names of what happened; empty: nothing")
    if roles.sum_over:
        lines.append(f"sum_over = {_list(roles.sum_over)}  # GUESS: rows of one date that differ here are added up")
    if roles.repeats:
        lines.append("# QUESTION: some dates have several rows. What tells them apart? Name it in sum_over.")
    if roles.empty_cells:
        lines.append(_comment(f"QUESTION: {roles.empty_cells} cells are empty. What do they mean?"))
        lines.append('missing = "error"  # or "zero", "drop", "interpolate"')
    if roles.unused:
        lines.append(_comment(f"Not used: {listed(roles.unused, 30)}"))
    return lines


def _spend(roles: Roles) -> list[str]:
    spend = roles.spend
    lines = [f"spend = {_quoted(spend.setting)}" + ("  # GUESS: by name" if spend.is_named else "")]
    if not spend.is_named:
        lines.append(
            "# QUESTION: no column is named like spend. Are these channels, and is it money? Take out what is not."
        )
    elif spend.whole:
        lines.append(_comment(f"QUESTION: whole numbers only in {listed(spend.whole)}. Is it money, or a count?"))
    return lines


def _outcome(outcome: OutcomeGuess, *, is_long: bool) -> list[str]:
    unit = "units" if outcome.is_money else outcome.column.replace("{channel}", "").strip("_ ") or outcome.name
    lines = [f"[outcomes.{outcome.name}]", f"column = {_quoted(outcome.column)}  # GUESS: by name"]
    if outcome.others:
        lines.append(_comment(f"QUESTION: or is it one of these? {listed(outcome.others)}"))
    if outcome.channels:
        lines.append(f"channels = {_list(outcome.channels)}  # the only ones that have such a column")
    lines += [f"# minus = {_quoted(column)}  # QUESTION: to be taken off?" for column in outcome.minus]
    lines += [f"# times = {_quoted(column)}  # QUESTION: to be multiplied with?" for column in outcome.times]
    said = "  # the currency, if it is money" if outcome.is_money else ""
    return [*lines, f"unit = {_quoted(unit)}{said}"]


def _goals(outcomes: tuple[OutcomeGuess, ...], channels: Sequence[str]) -> list[str]:
    """Goals for outcomes for which the defaults have no place; the defaults need revenue."""
    if outcomes[0].is_money:
        return ["# [goals]  # left out: roi, awareness, engagement and risk, as far as their outcomes exist"]
    goals: dict[str, str] = {}
    for outcome in outcomes:
        goals[_goal_name(outcome.name, goals, channels)] = f'{{ outcome = "{outcome.name}", measure = "total" }}'
    goals[_goal_name("risk", goals, channels)] = f'{{ outcome = "{outcomes[0].name}", measure = "std" }}'
    return ["[goals]", *(f"{name} = {goal}" for name, goal in goals.items())]


def _goal_name(name: str, goals: Iterable[str], channels: Sequence[str]) -> str:
    """The name, or else with a number, so that no rule and no column of a result takes it for another."""
    others = [((channel,), channel, "channel") for channel in channels] + [((goal,), goal, "goal") for goal in goals]
    candidates = (name, *(f"{name}_{number}" for number in range(2, 5 + len(others))))
    return next(
        one for one in candidates if one not in goals and not any(name_faults([*others, ((one,), one, "goal")]))
    )


def _limits(roles: Roles) -> list[str]:
    lines = ["[limits]", f"change = {_CHANGE}  # no channel moves by more than this share of its money"]
    if len(roles.spend.channels) == 1:
        return lines
    # A cap below the largest channel's share could leave nothing feasible within `change`.
    share = min(1.0, max(_SHARE, math.ceil(20 * roles.spend.largest_share) / 20))
    return [*lines, f"share = {share:g}  # no channel takes more than this share of the total"]
