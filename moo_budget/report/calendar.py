"""The calendar: when each pick spends, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moo_budget._checks import FloatArray, IntArray
from moo_budget.largest import MOST_CHANNELS
from moo_budget.problem import BudgetProblem
from moo_budget.report import numbers
from moo_budget.report.facts import spend_of
from moo_budget.report.page import Page
from moo_budget.report.picture import (
    INK,
    MUTED,
    OTHERS,
    Picture,
    drawing,
    embedded,
    marker_of,
    new_figure,
    shortened,
)
from moo_budget.report.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_NUMBERS = 16  # periods up to which cells carry their money
_MOST_DATES = 14  # on an axis
_DARKEST = 2.0, 3.0  # times level money, at least and at most: level looks even, and one burst hides no other


@dataclass(frozen=True)
class PickCalendar:
    """One pick's picture, with its place in the page."""

    title: str
    mark: str
    picture: Picture
    sentence: str


def calendars(page: Page) -> list[PickCalendar]:
    """A picture a pick, balanced first; none where plans are spent level."""
    law = page.result.problem.law
    if law is None:
        return []
    picks = []
    for pick in page.picks:
        money = law.placed(spend_of(page.result.problem, pick.plan)[None])[0]
        title = page.say("calendar_of", plan=page.say.plan_names(pick.names))
        picks.append(PickCalendar(title, marker_of(pick.names), _picture(page, money), _sentence(page, money)))
    return picks


def _sentence(page: Page, money: FloatArray) -> str:
    """The fullest and the emptiest period."""
    totals, names = money.sum(axis=1), _periods(page.result.problem, page.say, page.result.period)
    most, least = int(totals.argmax()), int(totals.argmin())
    if page.money(totals[most]) == page.money(totals[least]):
        return page.say("calendar_even", money=page.money(totals[most]), currency=page.currency)
    return page.say(
        "calendar_uneven",
        most=page.money(totals[most]),
        when_most=names[most],
        least=page.money(totals[least]),
        when_least=names[least],
        currency=page.currency,
    )


def _periods(problem: BudgetProblem, say: Words, period: str) -> list[str]:
    assert problem.period_limits is not None  # the plans have a calendar
    starts = [day.isoformat() for day in problem.period_limits.starts[: problem.periods]]
    return starts or [f"{say(period)} {t + 1}" for t in range(problem.periods)]


def _picture(page: Page, money: FloatArray) -> Picture:
    """Money of all channels together as bars, and below it every channel, darker where it spends more."""
    problem, say = page.result.problem, page.say
    names = [problem.channels[c] for c in _by_money(money)]
    with drawing([*names, page.currency]):
        figure = calendar_figure(problem, money, say, page.result.period)
        return embedded(figure, say("calendar_alt", channels=say("comma").join(names)) + " " + _sentence(page, money))


def _by_money(money: FloatArray) -> IntArray:
    """Channels that get money, the one with most first, as many as are drawn."""
    used = np.flatnonzero(money.any(axis=0))
    return np.asarray(used[np.argsort(-money[:, used].sum(axis=0), kind="stable")][:MOST_CHANNELS])


def calendar_figure(problem: BudgetProblem, money: FloatArray, say: Words, period: str) -> Figure:
    """Money (n_periods, n_channels) of a problem with a calendar; to be made within `drawing`."""
    rows = _by_money(money)
    heights = [1.0, 0.27 * max(len(rows), 3)]
    figure = new_figure(1.9 + heights[1], layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=heights)
    _totals(above, problem, money, say)
    _cells(below, money[:, rows], [problem.channels[c] for c in rows])
    _date_axis(below, _periods(problem, say, period))
    figure.supxlabel(say("calendar_axis", period=say(period)), fontsize=9, color=MUTED)
    return figure


def _totals(axes: Axes, problem: BudgetProblem, money: FloatArray, say: Words) -> None:
    limits = problem.period_limits
    assert limits is not None  # the plans have a calendar
    totals = money.sum(axis=1)
    axes.bar(range(len(totals)), totals, width=0.8, color=OTHERS)
    if np.isfinite(limits.total_max) and limits.total_max <= 1.5 * totals.max():
        axes.axhline(limits.total_max, color=INK, linewidth=0.9, linestyle="--")
    axes.set_title(say("calendar_total", currency=problem.currency or say("money")))
    axes.set_ylim(0.0, None)
    axes.locator_params(axis="y", nbins=3)
    axes.yaxis.set_major_formatter(lambda value, position: numbers.tick(round(value, 12)))
    axes.tick_params(axis="x", length=0)


def _cells(axes: Axes, money: FloatArray, names: list[str]) -> None:
    n_periods = len(money)
    times_level = (money / money.mean(axis=0)).T
    darkest = float(np.clip(times_level.max(), *_DARKEST))
    axes.pcolormesh(
        np.arange(n_periods + 1) - 0.5,
        np.arange(len(names) + 1) - 0.5,
        times_level,
        cmap="Blues",
        vmin=0.0,
        vmax=darkest,
        edgecolor="white",
        linewidth=0.6 if n_periods <= 2 * _MOST_NUMBERS else 0.2,
    )
    axes.invert_yaxis()
    axes.set_yticks(range(len(names)), [shortened(name) for name in names], color=INK)
    axes.tick_params(axis="y", length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    if n_periods <= _MOST_NUMBERS:
        for row, column in np.ndindex(times_level.shape):
            amount, dark = float(money[column, row]), times_level[row, column] > 0.55 * darkest
            text = numbers.compact(amount) if amount > 0.0 else "–"
            axes.text(column, row, text, ha="center", va="center", fontsize=7, color="white" if dark else INK)


def _date_axis(axes: Axes, names: list[str]) -> None:
    every = -(-len(names) // _MOST_DATES)
    places = range(0, len(names), every)
    axes.set_xticks(places, [names[t] for t in places], rotation=30, ha="right")
