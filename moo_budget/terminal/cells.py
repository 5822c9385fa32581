"""What tables of a terminal have in common."""

from __future__ import annotations

from rich.table import Table

from moo_budget.front import Plan
from moo_budget.goals import Goal
from moo_budget.report.numbers import by_unit, compact
from moo_budget.report.words import Words
from moo_budget.results import Result


def bare_table() -> Table:
    """A table without a frame, to be filled."""
    return Table(show_edge=False, pad_edge=False)


def length_of(result: Result, say: Words) -> str:
    """Length of the plan, in words."""
    return say.length(result.problem.periods, result.period)


def goal_name(goal: Goal, say: Words) -> str:
    """As the problem file has it, or as the language calls a name that problems get by default."""
    return goal.name if say.lang == "en" else say.name(goal.name)


def goal_cells(result: Result, plan: Plan, say: Words) -> list[str]:
    """Every goal of a plan with its interval below it."""
    if plan.goals is None:
        return [say("shown_beyond")] * len(result.problem.goals)
    cells = []
    for goal in result.problem.goals:
        value = plan.goals[goal.name]
        ends = say("shown_range", low=compact(value.low), high=compact(value.high))
        cells.append(by_unit(compact, goal.unit)(value.value) + (f"\n({ends})" if value.low < value.high else "\n"))
    return cells
