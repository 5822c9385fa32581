"""Risk and return: the efficient frontier as a picture, what risk means in words, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.decomposition import RiskDecomposition, decompose_risk
from moo_budget.efficient_frontier import EfficientFrontier
from moo_budget.front import Front
from moo_budget.report import numbers
from moo_budget.report.facts import Shown, spend_of, unit_of
from moo_budget.report.page import Page
from moo_budget.report.picture import (
    INK,
    MUTED,
    OTHERS,
    SERIES,
    Picture,
    cloud,
    compact_axes,
    drawing,
    embedded,
    mark,
    marker_of,
    new_figure,
    shortened,
)
from moo_budget.report.words import Words
from moo_budget.risk import mixture_tail_mean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEVEL = 0.9  # the worst tenth
_SAME = 0.01  # a plan whose risk is larger by less than this share lies on the frontier
_ALONE = len(SERIES)  # channels with a colour of their own; the others are drawn as one


@dataclass(frozen=True)
class RiskReturn:
    """The section on risk and return.

    Args:
        picture: the frontier; None where it is a single plan.
        how_to_read: the picture.
        sentences: what risk means for each plan, and what of it could be taken away.
        title: of the table.
        mark: of the plan that the table is about.
        columns: headings.
        rows: a row a channel, largest part first, as text.
        total: the last row.
    """

    picture: Picture | None
    how_to_read: str
    sentences: tuple[str, ...]
    title: str
    mark: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]


def risk_return(page: Page) -> RiskReturn | None:
    """The section on risk and return; None for a result without a frontier, or where nothing is at risk."""
    frontier, problem = page.result.efficient_frontier, page.result.problem
    if frontier is None or not frontier.at_risk.any():
        return None
    say, plan = page.say, page.balanced
    parts = decompose_risk(problem, plan.plan.spend, outcome=frontier.outcome)
    unit = unit_of(problem, frontier.outcome) or say.name(frontier.outcome)
    *rows, total = _table(say, parts, plan)
    how_to_read = ["risk_return_how", "risk_return_gaps"] if frontier.jumps else ["risk_return_how"]
    keys = ("channel", "column_share_spend", "risk_estimation", "risk_market", "risk_total", "risk_share")
    return RiskReturn(
        _picture(page, frontier) if len(frontier) > 1 else None,
        " ".join(map(say, how_to_read)),
        tuple(_sentences(page, frontier, parts)),
        say("risk_table", plan=say.plan_names(plan.names), outcome=say.name(frontier.outcome)),
        marker_of(plan.names),
        tuple(say(key, unit=unit) for key in keys),
        tuple(rows),
        total,
    )


def not_drawn(page: Page) -> str:
    """Why there is no frontier; empty where there is one, or where nobody asked for it."""
    reasons = (message.text for message in page.result.messages if message.code == "frontier.failed")
    return next((page.say("risk_not_drawn", reason=reason) for reason in reasons), "")


def _sentences(page: Page, frontier: EfficientFrontier, parts: RiskDecomposition) -> Iterator[str]:
    say, outcome = page.say, frontier.outcome
    for one in (*page.picks, *([page.reference] if page.reference else [])):
        if one.outcomes:
            estimate, worst = one.outcomes[outcome], worst_tenth(page.result.front, outcome, one)
            low, mean, tail = (_spoken(page, outcome, value) for value in (estimate.low, estimate.value, worst))
            plan = say.plan_names(one.names)
            yield say("risk_in_words", plan=plan, outcome=say.name(outcome), low=low, mean=mean, worst=tail)
    if parts.std > 0.0:
        known, market = numbers.percents_alike([parts.estimation_share, 1.0 - parts.estimation_share])
        yield say("risk_two_parts", plan=say.plan_names(page.balanced.names), estimation=known, market=market)
    yield from _against_frontier(page, frontier)
    if len(frontier) > 1 and frontier.best_ratio_row is not None:
        yield _ends(page, frontier, frontier.best_ratio_row)


def _against_frontier(page: Page, frontier: EfficientFrontier) -> Iterator[str]:
    """How much of the balanced plan's risk its return needs."""
    mean, own = _mean_and_risk(frontier, page.balanced)
    if frontier.mean[0] <= mean <= frontier.mean[-1]:
        least = min(_read_off(frontier, mean), own)
        key = "risk_on_frontier" if own <= least * (1.0 + _SAME) else "risk_off_frontier"
        amounts = {"own": _spoken(page, frontier.outcome, own), "least": _spoken(page, frontier.outcome, least)}
        yield page.say(key, plan=page.say.plan_names(page.balanced.names), **amounts)


def _read_off(frontier: EfficientFrontier, mean: float) -> float:
    """The risk at which so much can be expected; within a jump that of the next plan, which brings more."""
    row = int(np.searchsorted(frontier.mean, mean))
    within_jump = row - 1 in frontier.jumps
    return float(frontier.risk[row] if within_jump else np.interp(mean, frontier.mean, frontier.risk))


def _ends(page: Page, frontier: EfficientFrontier, best: int) -> str:
    """The ends of the frontier, and the row with the best ratio unless it reads like one of them."""
    least, middle, most = (_spoken(page, frontier.outcome, frontier.mean[row]) for row in (0, best, -1))
    key = {most: "risk_ends_bold", least: "risk_ends_cautious"}.get(middle, "risk_ends")
    return page.say(
        key, least=_point(page, frontier, 0), best=_point(page, frontier, best), most=_point(page, frontier, -1)
    )


def _point(page: Page, frontier: EfficientFrontier, row: int) -> str:
    """What a row of the frontier is expected to bring, and its risk."""
    mean, risk = (_spoken(page, frontier.outcome, values[row]) for values in (frontier.mean, frontier.risk))
    return page.say("risk_point", mean=mean, risk=risk)


def _mean_and_risk(frontier: EfficientFrontier, one: Shown) -> tuple[float, float]:
    """Both goals of the frontier, of a plan; NaN beyond the tables."""
    mean, risk = frontier.problem.measure(spend_of(frontier.problem, one.plan)[None])[0].tolist()
    return mean, risk


def worst_tenth(front: Front, outcome: str, one: Shown) -> float:
    """What a plan within the tables brings on average in the worst tenth of cases."""
    problem = front.problem
    moments = problem.moments(outcome, spend_of(problem, one.plan)[None])
    return float(mixture_tail_mean(*moments, problem.tables.weights, _LEVEL)[0])


def _spoken(page: Page, outcome: str, value: float) -> str:
    return page.spoken(value, unit_of(page.result.problem, outcome))


def _table(say: Words, parts: RiskDecomposition, plan: Shown) -> Iterator[tuple[str, ...]]:
    """A row a channel, the largest part first, then their sums."""
    channels = sorted(parts.channels, key=lambda channel: -parts.channels[channel].total)
    own = [parts.channels[channel] for channel in channels]
    amounts = np.array([[part.estimation, part.market, part.total] for part in own])
    amounts = np.vstack([amounts, amounts.sum(axis=0)])
    texts = np.reshape(numbers.alike(amounts.ravel().tolist()), amounts.shape).tolist()
    whole = numbers.whole_percent(1.0)
    for channel, part, text in zip(channels, own, texts[:-1], strict=True):
        share = plan.plan.spend[channel] / plan.plan.total if plan.plan.total > 0.0 else 0.0
        risk = numbers.whole_percent(part.total / parts.std) if parts.std > 0.0 else numbers.MISSING
        yield (channel, numbers.whole_percent(share), *text, risk)
    yield (say("total"), whole, *texts[-1], whole)


def _picture(page: Page, frontier: EfficientFrontier) -> Picture:
    say = page.say
    with drawing(frontier_texts(frontier)):
        figure = risk_return_figure(page.result.front, frontier, page.shown, say, page.currency)
        least, most = _point(page, frontier, 0), _point(page, frontier, -1)
        return embedded(figure, say("risk_alt", outcome=say.name(frontier.outcome), least=least, most=most))


def frontier_texts(frontier: EfficientFrontier) -> list[str]:
    """Every name that the picture writes."""
    problem = frontier.problem
    return [*problem.channels, frontier.outcome, problem.currency, unit_of(problem, frontier.outcome)]


def risk_return_figure(
    front: Front, frontier: EfficientFrontier, shown: Sequence[Shown], say: Words, currency: str
) -> Figure:
    """The frontier with all plans of a front, and the money of each channel along it; to be made within `drawing`."""
    figure = new_figure(4.4, layout="constrained")
    plane, money = figure.subplots(1, 2, width_ratios=(3, 2))
    _draw_plane(plane, front, frontier, shown, say)
    _draw_money(money, frontier, say, currency)
    handles, labels = plane.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), handletextpad=0.3, columnspacing=1.5)
    return figure


def _draw_plane(axes: Axes, front: Front, frontier: EfficientFrontier, shown: Sequence[Shown], say: Words) -> None:
    outcome, unit = frontier.outcome, unit_of(front.problem, frontier.outcome)
    # Both goals of the frontier, of any plan.
    plans = frontier.problem.measure(front.spend)
    cloud(axes, plans[:, 1], plans[:, 0], say)
    after_jumps = [row + 1 for row in frontier.jumps]
    line = [np.insert(values, after_jumps, np.nan) for values in (frontier.risk, frontier.mean)]
    axes.plot(*line, ".-", color=INK, linewidth=1.6, markersize=3.5, label=say("risk_frontier"))
    for one in shown:
        mean, risk = _mean_and_risk(frontier, one)
        if np.isfinite(mean):
            mark(axes, risk, mean, one.names, say.plan_names(one.names))
    _note(axes, frontier, 0, say("risk_least"), (8, -3), "left")
    if frontier.best_ratio_row:
        _note(axes, frontier, frontier.best_ratio_row, say("risk_best_ratio"), (-7, 7), "right")
    axes.margins(0.08)
    axes.grid(True)
    compact_axes(axes)
    axes.set_xlabel(say("risk_axis_risk", unit=unit))
    axes.set_ylabel(say("risk_axis_mean", outcome=say.name(outcome), unit=unit))


def _note(
    axes: Axes, frontier: EfficientFrontier, row: int, text: str, away: tuple[int, int], side: Literal["left", "right"]
) -> None:
    """A point of the frontier, named; `away`: points from it to the text, whose `side` is there."""
    x, y = frontier.risk[row], frontier.mean[row]
    axes.scatter([x], [y], s=26, facecolor="white", edgecolor=INK, linewidth=1.2, zorder=4)
    axes.annotate(text, (x, y), away, textcoords="offset points", ha=side, fontsize=8, color=MUTED)


def _draw_money(axes: Axes, frontier: EfficientFrontier, say: Words, currency: str) -> None:
    """Money of each channel over what is expected, stacked: those that ever get most by name, the others as one."""
    ranked = np.argsort(-frontier.spend.max(axis=0), kind="stable")
    named, others = ranked[:_ALONE], ranked[_ALONE:]
    layers: list[FloatArray] = [frontier.spend[:, c] for c in named]
    names = [shortened(frontier.problem.channels[c], 18) for c in named]
    colours = list(SERIES[: len(named)])
    if len(others):
        layers.append(frontier.spend[:, others].sum(axis=1))
        names.append(say("risk_others", count=len(others)))
        colours.append(OTHERS)
    for rows in frontier.stretches:
        part = [layer[rows] for layer in layers]
        for area in axes.stackplot(frontier.mean[rows], part, colors=colours, labels=names, linewidth=0.8):
            area.set_edgecolor("face")  # so that a stretch of one plan is seen as well
        names = []  # each is in the legend once
    axes.margins(0)
    compact_axes(axes, bins=4)
    axes.set_xlabel(
        say("risk_axis_mean", outcome=say.name(frontier.outcome), unit=unit_of(frontier.problem, frontier.outcome))
    )
    axes.set_ylabel(say("risk_axis_money", currency=currency))
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, handlelength=1.0)
