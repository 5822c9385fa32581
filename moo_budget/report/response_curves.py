"""Pictures of what every channel brings at every level of spend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.front import Plan
from moo_budget.problem import BudgetProblem
from moo_budget.report.facts import Shown, marginal_roi, spend_of, unit_of
from moo_budget.report.numbers import full, with_unit
from moo_budget.report.picture import (
    INK,
    MUTED,
    Picture,
    compact_axes,
    drawing,
    embedded,
    mark,
    new_figure,
    shortened,
)
from moo_budget.report.words import Words
from moo_budget.risk import weighted_percentile

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = 8
_COLUMNS = 4
_POINTS = 41
_PANEL_HEIGHT, _ABOVE, _BELOW = 1.95, 0.55, 0.5  # inches
_LINE = "#2f4a63"


def response_curves(
    problem: BudgetProblem, outcome: str, channels: Sequence[int], points: Sequence[Shown], say: Words, period: str
) -> tuple[Picture, ...]:
    """Grids of up to eight channels: mean, 5 to 95 % band over draws, the given plans, hatched beyond past spend.

    Args:
        problem: the question.
        outcome: one that some channel moves.
        channels: those that move it, by their place among the problem's.
        points: the plans to mark on every curve.
        say: the words.
        period: what one period is called.
    """
    return tuple(
        _grid(problem, outcome, channels[start : start + PANELS], points, say, period)
        for start in range(0, len(channels), PANELS)
    )


def _grid(
    problem: BudgetProblem, outcome: str, channels: Sequence[int], points: Sequence[Shown], say: Words, period: str
) -> Picture:
    with drawing([*(problem.channels[c] for c in channels), problem.currency, unit_of(problem, outcome)]):
        figure = curves_figure(problem, outcome, channels, points, say, period)
        return embedded(figure, "\n".join(_finding(problem, outcome, c, points, say, period) for c in channels))


def curves_figure(
    problem: BudgetProblem, outcome: str, channels: Sequence[int], points: Sequence[Shown], say: Words, period: str
) -> Figure:
    """A grid of any number of channels; to be made within `drawing`. Arguments as of `response_curves`."""
    currency, unit = problem.currency or say("money"), unit_of(problem, outcome) or say.name(outcome)
    rows = math.ceil(len(channels) / _COLUMNS)
    height = _PANEL_HEIGHT * rows + _ABOVE + _BELOW
    figure = new_figure(height)
    grid = figure.subplots(rows, _COLUMNS, squeeze=False)
    figure.subplots_adjust(0.085, _BELOW / height, 0.99, 1.0 - _ABOVE / height, wspace=0.36, hspace=0.5)
    for axes, c in zip(grid.flat, channels, strict=False):
        _panel(axes, problem, outcome, c, points, say)
    for axes in list(grid.flat)[len(channels) :]:
        axes.set_axis_off()
    figure.supxlabel(say("per_period", unit=currency, period=period), y=0.06 / height, fontsize=9, color=MUTED)
    figure.supylabel(say("per_period", unit=unit, period=period), x=0.005, fontsize=9, color=MUTED)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper left", ncols=len(labels), fontsize=8.5, columnspacing=1.4)
    return figure


def _panel(axes: Axes, problem: BudgetProblem, outcome: str, c: int, points: Sequence[Shown], say: Words) -> None:
    tables, channel = problem.tables, problem.channels[c]
    seen, end = float(tables.observed_max[c]), float(tables.ends[c])
    amounts = [float(problem.per_period(spend_of(problem, one.plan))[c]) for one in points]
    spend = np.linspace(0.0, _reach(seen, end, amounts), _POINTS)
    mean, low, high = _band(problem, outcome, channel, spend)
    axes.plot(spend, mean, color=_LINE, linewidth=1.6, label=say("expected"))
    axes.fill_between(spend, low, high, color=_LINE, alpha=0.18, linewidth=0, label=say("band"))
    axes.axvspan(min(seen, spend[-1]) if seen >= 0.0 else spend[-1], spend[-1], facecolor="none", edgecolor="#b6bec6",
                 hatch="////", linewidth=0, label=say("beyond"))  # fmt: skip
    for one, amount in zip(points, amounts, strict=True):
        if amount <= spend[-1]:
            mark(axes, amount, float(np.interp(amount, spend, mean)), one.names, say.plan_names(one.names), size=36)
    axes.set_title(shortened(channel, 24), fontsize=9)
    axes.set_xlim(0.0, spend[-1])
    axes.set_ylim(0.0, 1.08 * float(high.max()))
    axes.grid(True, axis="y")
    compact_axes(axes, bins=3)
    axes.tick_params(labelcolor=INK, labelsize=8)


def _reach(seen: float, end: float, amounts: Sequence[float]) -> float:
    """How far a panel goes: some way beyond past spend and every point, not beyond the table."""
    wanted = max(1.3 * seen if seen > 0.0 else end, *(1.1 * amount for amount in amounts))
    return min(end, wanted)


def _band(problem: BudgetProblem, outcome: str, channel: str, spend: FloatArray) -> tuple[FloatArray, ...]:
    """Mean, 5th and 95th percentile over draws, each (n_spend,)."""
    draws, weights = problem.tables.draws(outcome, channel, spend), problem.tables.weights
    return draws @ weights, weighted_percentile(draws, weights, 0.05), weighted_percentile(draws, weights, 0.95)


def _finding(problem: BudgetProblem, outcome: str, c: int, points: Sequence[Shown], say: Words, period: str) -> str:
    """One sentence per plan that is marked: what it spends, and what more money would bring."""
    channel, unit = problem.channels[c], unit_of(problem, outcome)
    sentences = [
        say(
            "curve_alt",
            channel=channel,
            plan=say.plan_names(one.names),
            spend=with_unit(_per_period(problem, one.plan, c), problem.currency, problem.currency),
            period=period,
            marginal=full(float(marginal_roi(problem, outcome, spend_of(problem, one.plan))[c])),
            unit=unit or outcome,
            currency=problem.currency or say("money"),
        )
        for one in points
        if one.outcomes
    ]
    return " ".join(sentences)


def _per_period(problem: BudgetProblem, plan: Plan, c: int) -> float:
    return float(problem.per_period(spend_of(problem, plan))[c])
