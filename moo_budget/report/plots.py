"""Pictures of a front for people who work in Python: the report's and the page's, as matplotlib figures."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.choose import picks
from moo_budget.decomposition import outcome_at_risk
from moo_budget.efficient_frontier import efficient_frontier
from moo_budget.errors import InputError
from moo_budget.explain.waterfall import gains_on
from moo_budget.front import Front
from moo_budget.goals import Goal
from moo_budget.report.calendar import calendar_figure
from moo_budget.report.explained import waterfall_figure
from moo_budget.report.facts import Shown, lead_outcome, shown_of, spend_of, unit_of
from moo_budget.report.numbers import by_unit, tick
from moo_budget.report.picture import (
    COLOURS,
    INK,
    MUTED,
    WIDTH,
    cjk_family,
    cloud,
    compact_axes,
    drawing,
    is_chinese,
    mark,
    marker_of,
    new_figure,
)
from moo_budget.report.response_curves import curves_figure
from moo_budget.report.risk_return import frontier_texts, risk_return_figure
from moo_budget.report.sentences import Said
from moo_budget.report.trade_off import goal_texts, trade_off_figure
from moo_budget.report.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PALE = "#8fa3b5"
_MOST_LINES = 300  # of a front in parallel coordinates; beyond it some, evenly


def _trade_off(front: Front) -> Figure:
    _check_several_goals(front)
    with _lasting(goal_texts(front)):
        return _lettered(trade_off_figure(front, _shown(front), Words("en")))


def _scatter_matrix(front: Front) -> Figure:
    """Every sought goal against every other; on the diagonal how the front's values are spread."""
    _check_several_goals(front)
    goals, say = front.problem.sought_goals, Words("en")
    with _lasting(goal_texts(front)):
        figure = new_figure(WIDTH, layout="constrained")
        grid = figure.subplots(len(goals), len(goals), squeeze=False)
        for row, y in enumerate(goals):
            for column, x in enumerate(goals):
                _matrix_panel(grid[row, column], front, x, y, say)
        for goal, bottom, left in zip(goals, grid[-1], grid[:, 0], strict=True):
            bottom.set_xlabel(say.goal_with_unit(goal))
            left.set_ylabel(say.goal_with_unit(goal))
        handles, labels = grid[0, 1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), handletextpad=0.3)
        return _lettered(figure)


def _matrix_panel(axes: Axes, front: Front, x: Goal, y: Goal, say: Words) -> None:
    compact_axes(axes, bins=3)
    if x is y:
        axes.hist(_values(front, x), bins=20, color=_PALE)
        axes.set_yticks([])
        return
    cloud(axes, _values(front, x), _values(front, y), say)
    for one in _shown(front):
        if one.plan.goals is not None:
            point = one.plan.goals[x.name].value, one.plan.goals[y.name].value
            mark(axes, *point, one.names, say.plan_names(one.names), size=36.0)


def _parallel(front: Front) -> Figure:
    """An axis a sought goal, better up; every plan a line, today and the picks on top."""
    _check_several_goals(front)
    goals, say = front.problem.sought_goals, Words("en")
    with _lasting(goal_texts(front)):
        figure = new_figure(4.6, layout="constrained")
        axes = figure.subplots()
        shown = [one for one in _shown(front) if one.plan.goals is not None]
        values = np.array([[one.plan.goals[goal.name].value for goal in goals] for one in shown if one.plan.goals])
        plans = np.column_stack([_values(front, goal) for goal in goals])
        worst, best = _ends(np.vstack([plans, values]), goals)
        span = np.where(best == worst, 1.0, best - worst)
        drawn = np.unique(np.linspace(0, len(plans) - 1, min(len(plans), _MOST_LINES)).round().astype(int))
        places = np.arange(len(goals), dtype=float)
        axes.plot(places, ((plans[drawn] - worst) / span).T, color=_PALE, alpha=0.35, linewidth=0.8)
        for one, line in zip(shown, (values - worst) / span, strict=True):
            _bold_line(axes, places, line, one, say)
        _parallel_axes(axes, goals, worst, best, say)
        figure.legend(loc="outside upper center", ncols=len(shown))
        return _lettered(figure)


def _bold_line(axes: Axes, places: FloatArray, line: FloatArray, one: Shown, say: Words) -> None:
    name = marker_of(one.names)
    style = "--" if name in ("today", "reference") else "-"
    axes.plot(places, line, color=COLOURS[name], linestyle=style, linewidth=2.2, label=say.plan_names(one.names))


def _ends(values: FloatArray, goals: Iterable[Goal]) -> tuple[FloatArray, FloatArray]:
    """Worst and best of every goal, (n_goals,) each."""
    less = np.array([goal.direction == "min" for goal in goals])
    low, high = values.min(axis=0), values.max(axis=0)
    return np.where(less, high, low), np.where(less, low, high)


def _parallel_axes(axes: Axes, goals: Iterable[Goal], worst: FloatArray, best: FloatArray, say: Words) -> None:
    for place, (goal, low, high) in enumerate(zip(goals, worst, best, strict=True)):
        show = by_unit(tick, goal.unit)
        axes.axvline(place, color=INK, linewidth=0.8)
        for y, value, side in ((1.0, high, "bottom"), (0.0, low, "top")):
            axes.annotate(
                show(float(value)), (place, y), (0, 3 if y else -3), textcoords="offset points",
                ha="center", va=side, fontsize=8.5, color=MUTED,
            )  # fmt: skip
    axes.set_xticks(range(len(worst)), [f"\n{say.goal_with_unit(goal)}" for goal in goals], color=INK)
    axes.set_yticks([])
    axes.set_ylim(-0.02, 1.08)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(axis="x", length=0)


def _risk(front: Front) -> Figure:
    frontier = efficient_frontier(front.problem, outcome_at_risk(front.problem), front=front, seed=front.seed)
    say = Words("en")
    with _lasting(frontier_texts(frontier)):
        figure = risk_return_figure(front, frontier, _shown(front), say, front.problem.currency or say("money"))
        return _lettered(figure)


def _curves(front: Front) -> Figure:
    """The lead outcome of every channel that moves it, with today and the balanced plan."""
    problem, outcome = front.problem, lead_outcome(front.problem)
    moving = problem.tables.mean_values[problem.tables.outcomes.index(outcome)].any(axis=1)
    if not moving.any():
        raise InputError(f"plot: no channel moves {outcome}, so there is no curve to draw.", code="plot.no-curve")
    points = [one for one in _shown(front) if set(one.names) & {"today", "balanced"}]
    say = Words("en")
    with _lasting([*problem.channels, outcome, problem.currency]):
        channels = np.flatnonzero(moving).tolist()
        return _lettered(curves_figure(problem, outcome, channels, points, say, say("none")))


def _waterfall(front: Front) -> Figure:
    """From the reference to the balanced plan, channel by channel, in the lead outcome."""
    problem, outcome = front.problem, lead_outcome(front.problem)
    reference = problem.money.reference
    if reference is None:
        raise InputError(
            "plot: there is no today's plan, so there is nothing to begin the waterfall from. Use kind='curves', or "
            "give the problem today's money.",
            code="plot.no-reference",
        )
    balanced = front.plan(picks(front).ids["balanced"])
    gain = gains_on(problem, reference, spend_of(problem, balanced))[outcome]
    unit = unit_of(problem, outcome)
    with _lasting([*problem.channels, outcome, unit]):
        return _lettered(waterfall_figure(gain, outcome, unit, Said("en", problem.currency)))


def _calendar(front: Front) -> Figure:
    """Money per period of the balanced plan."""
    problem = front.problem
    if problem.law is None:
        raise InputError(
            "plot: the front's plans are spent level, so there is no calendar to draw. Plan one with calendar = true "
            "(mb.schedule).",
            code="plot.no-calendar",
        )
    balanced = front.plan(picks(front).ids["balanced"])
    money = problem.law.placed(spend_of(problem, balanced)[None])[0]
    with _lasting([*problem.channels, problem.currency]):
        return _lettered(calendar_figure(problem, money, Words("en"), "none"))


def _check_several_goals(front: Front) -> None:
    if len(front.problem.sought_goals) < 2:
        raise InputError(
            "plot: the front has one goal, so there is nothing to trade off. Use kind='risk'.", code="plot.one-goal"
        )


def _shown(front: Front) -> tuple[Shown, ...]:
    return shown_of(front, picks(front).ids)


def _values(front: Front, goal: Goal) -> FloatArray:
    return np.asarray(front.values.value[:, front.problem.goals.index(goal)])


@contextmanager
def _lasting(texts: Iterable[str]) -> Iterator[None]:
    """`drawing`, for a figure whose letters are drawn here and not in a browser."""
    texts = list(texts)
    if is_chinese(texts) and cjk_family() is None:
        _warn_of_letters()
    with drawing(texts):
        yield


@cache
def _warn_of_letters() -> None:
    """Once for all figures of a process."""
    text = (
        "No font with Chinese letters is installed, so they are drawn as boxes. Install one, such as Noto Sans CJK SC "
        "(Debian: fonts-noto-cjk), and delete matplotlib's font cache."
    )
    warnings.warn(text, UserWarning, stacklevel=4)


def _lettered(figure: Figure) -> Figure:
    """The figure with its fonts fixed: some letters are made when it is drawn, under whatever settings hold then."""
    from matplotlib import rcParams
    from matplotlib.text import Text

    figure.draw_without_rendering()
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_fontfamily(rcParams["font.family"])
    return figure


PLOTS: dict[str, Callable[[Front], Figure]] = {
    "trade_off": _trade_off,
    "scatter_matrix": _scatter_matrix,
    "parallel": _parallel,
    "risk": _risk,
    "curves": _curves,
    "waterfall": _waterfall,
    "calendar": _calendar,
}
