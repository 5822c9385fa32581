"""The trade-off picture: the lead goal against each other goal, all plans of the front."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from moo_budget.front import Front
from moo_budget.goals import Goal
from moo_budget.report.facts import Shown
from moo_budget.report.numbers import with_unit
from moo_budget.report.picture import Picture, cloud, compact_axes, drawing, embedded, mark, new_figure
from moo_budget.report.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANELS_IN_A_ROW = 3


def trade_off(front: Front, shown: Sequence[Shown], say: Words, currency: str) -> Picture:
    """One scatter per goal beside the lead goal, which is upright in all of them; better is up and to the right.

    `front` has at least two goals that are sought.
    """
    lead, *others = front.problem.sought_goals
    with drawing(goal_texts(front)):
        figure = trade_off_figure(front, shown, say)
        return embedded(figure, "\n".join(_finding(front, goal, lead, say, currency) for goal in others))


def goal_texts(front: Front) -> list[str]:
    """Every name that the picture writes."""
    return [goal.name + goal.unit for goal in front.problem.sought_goals]


def trade_off_figure(front: Front, shown: Sequence[Shown], say: Words) -> Figure:
    """The panels; to be made within `drawing`."""
    lead, *others = front.problem.sought_goals
    columns = min(len(others), _PANELS_IN_A_ROW)
    rows = math.ceil(len(others) / columns)
    figure = new_figure(3.5 * rows + 0.35, layout="constrained")
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes, goal in zip(grid.flat, others, strict=False):
        _panel(axes, front, shown, goal, lead, say)
    for axes in grid[:, 0]:
        axes.set_ylabel(_axis_text(lead, say))
    if lead.direction == "min":
        grid[0, 0].invert_yaxis()
    for axes in list(grid.flat)[len(others) :]:
        axes.set_axis_off()
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), handletextpad=0.3, columnspacing=1.5)
    return figure


def _panel(axes: Axes, front: Front, shown: Sequence[Shown], x: Goal, y: Goal, say: Words) -> None:
    index = {goal.name: column for column, goal in enumerate(front.problem.goals)}
    values = front.values.value
    cloud(axes, values[:, index[x.name]], values[:, index[y.name]], say)
    for one in shown:
        if one.plan.goals is not None:
            mark(axes, one.plan.goals[x.name].value, one.plan.goals[y.name].value, one.names, say.plan_names(one.names))
    axes.margins(0.08)
    axes.grid(True)
    compact_axes(axes)
    axes.set_xlabel(_axis_text(x, say))
    if x.direction == "min":
        axes.invert_xaxis()


def _axis_text(goal: Goal, say: Words) -> str:
    return say("axis_more" if goal.direction == "max" else "axis_less", goal=say.goal(goal), unit=goal.unit)


def _finding(front: Front, x: Goal, y: Goal, say: Words, currency: str) -> str:
    """The two ends of the front in one sentence."""
    names = [goal.name for goal in front.problem.goals]
    rows = front.values.value
    column = rows[:, names.index(x.name)]
    best = int(column.argmax() if x.direction == "max" else column.argmin())
    lead = rows[:, names.index(y.name)]
    top = int(lead.argmax() if y.direction == "max" else lead.argmin())
    return say(
        "trade_off_alt",
        lead=say.goal(y),
        other=say.goal(x),
        lead_best=with_unit(lead[top], y.unit, currency),
        other_there=with_unit(column[top], x.unit, currency),
        other_best=with_unit(column[best], x.unit, currency),
        lead_there=with_unit(lead[best], y.unit, currency),
    )
