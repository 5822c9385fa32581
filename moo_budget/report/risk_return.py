"""Risk and return: the efficient frontier as a picture, what risk means in words, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

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
    WIDTH,
    Picture,
    compact_axes,
    drawing,
    embedded,
    mark,
    marker_of,
    shortened,
)
from moo_budget.report.words import Words
from moo_budget.risk import mixture_tail_mean

_LEVEL = 0.9  # the worst tenth
_SAME = 0.01  # a plan whose risk is larger by less than this share lies on the frontier
_ALONE = len(SERIES)  # channels with a colour of their own; the others are drawn as one


@dataclass(frozen=True)
class RiskReturn:
    """The section on risk and return.

    Args:
        picture: the frontier; None where it is a single plan.
        sentences: what risk means for each plan, and what of it could be taken away.
        title: of the table.
        mark: of the plan that the table is about.
        columns: headings.
        rows: a row a channel, largest part first, as text.
        total: the last row.
    """

    picture: Picture | None
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
    keys = ("channel", "column_share_spend", "risk_estimation", "risk_market", "risk_total", "risk_share")
    return RiskReturn(
        _picture(page, frontier) if len(frontier) > 1 else None,
        tuple(_sentences(page, frontier, parts)),
        say("risk_table", plan=say.plan_names(plan.names), outcome=say.name(frontier.outcome)),
        marker_of(plan.names),
        tuple(say(key, unit=unit) for key in keys),
        tuple(_rows(parts, plan)),
        _total(say, parts),
    )


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
    yield from _against_frontier(page, frontier, parts.std)


def _against_frontier(page: Page, frontier: EfficientFrontier, std: float) -> Iterator[str]:
    """How much of the balanced plan's risk its return needs, and the ends of the frontier."""
    say, outcome = page.say, frontier.outcome
    mean = page.balanced.outcomes[outcome].value
    if frontier.measure == "std" and frontier.mean[0] <= mean <= frontier.mean[-1]:
        least = min(float(np.interp(mean, frontier.mean, frontier.risk)), std)
        key = "risk_on_frontier" if std <= least * (1.0 + _SAME) else "risk_off_frontier"
        amounts = {"std": _spoken(page, outcome, std), "least": _spoken(page, outcome, least)}
        yield say(key, plan=say.plan_names(page.balanced.names), **amounts)
    best = frontier.best_ratio_row
    if len(frontier) > 1 and best is not None:
        rows = {"least": 0, "best": best, "most": len(frontier) - 1}
        ends = {f"{end}_mean": _spoken(page, outcome, frontier.mean[row]) for end, row in rows.items()}
        ends |= {f"{end}_risk": _spoken(page, outcome, frontier.at_risk[row]) for end, row in rows.items()}
        yield say("risk_ends", **ends)


def worst_tenth(front: Front, outcome: str, one: Shown) -> float:
    """What a plan within the tables brings on average in the worst tenth of cases."""
    problem = front.problem
    moments = problem.moments(outcome, spend_of(problem, one.plan)[None])
    return float(mixture_tail_mean(*moments, problem.tables.weights, _LEVEL)[0])


def _spoken(page: Page, outcome: str, value: float) -> str:
    return page.spoken(value, unit_of(page.result.problem, outcome))


def _rows(parts: RiskDecomposition, plan: Shown) -> Iterator[tuple[str, ...]]:
    """A row a channel, the largest part first."""
    for channel, own in sorted(parts.channels.items(), key=lambda item: -item[1].total):
        share = plan.plan.spend[channel] / plan.plan.total if plan.plan.total > 0.0 else 0.0
        amounts = tuple(numbers.full(part) if part else "0" for part in (own.estimation, own.market, own.total))
        risk = numbers.whole_percent(own.total / parts.std) if parts.std > 0.0 else numbers.MISSING
        yield (channel, numbers.whole_percent(share), *amounts, risk)


def _total(say: Words, parts: RiskDecomposition) -> tuple[str, ...]:
    sums = (sum(getattr(own, part) for own in parts.channels.values()) for part in ("estimation", "market", "total"))
    amounts = tuple(numbers.full(amount) if amount else "0" for amount in sums)
    return (say("total"), numbers.whole_percent(1.0), *amounts, numbers.whole_percent(1.0))


def _picture(page: Page, frontier: EfficientFrontier) -> Picture:
    say, outcome = page.say, frontier.outcome
    with drawing(frontier_texts(frontier)):
        figure = risk_return_figure(page.result.front, frontier, page.shown, say, page.currency)
        finding = say(
            "risk_alt",
            outcome=say.name(outcome),
            least_mean=_spoken(page, outcome, frontier.mean[0]),
            least_risk=_spoken(page, outcome, frontier.risk[0]),
            most_mean=_spoken(page, outcome, frontier.mean[-1]),
            most_risk=_spoken(page, outcome, frontier.risk[-1]),
        )
        return embedded(figure, finding)


def frontier_texts(frontier: EfficientFrontier) -> list[str]:
    """Every name that the picture writes."""
    problem = frontier.problem
    return [*problem.channels, frontier.outcome, problem.currency, unit_of(problem, frontier.outcome)]


def risk_return_figure(
    front: Front, frontier: EfficientFrontier, shown: Sequence[Shown], say: Words, currency: str
) -> Figure:
    """The frontier with all plans of a front, and the money of each channel along it; to be made within `drawing`."""
    figure = Figure(figsize=(WIDTH, 4.4), layout="constrained")
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
    axes.scatter(
        plans[:, 1],
        plans[:, 0],
        s=16,
        color="#8fa3b5",
        alpha=0.75,
        linewidth=0,
        label=say("all_plans", count=len(front)),
    )
    axes.plot(frontier.risk, frontier.mean, color=INK, linewidth=1.6, label=say("risk_frontier"))
    for one in shown:
        mean, risk = frontier.problem.measure(spend_of(front.problem, one.plan)[None])[0]
        if np.isfinite(mean):
            mark(axes, risk, mean, one.names, say.plan_names(one.names))
    _note(axes, frontier, 0, say("risk_least"), (8, -3), "left")
    if frontier.best_ratio_row:
        _note(axes, frontier, frontier.best_ratio_row, say("risk_best_ratio"), (-7, 7), "right")
    axes.margins(0.08)
    axes.grid(True)
    compact_axes(axes)
    axes.set_xlabel(say(f"risk_axis_{frontier.measure}", outcome=say.name(outcome), unit=unit))
    axes.set_ylabel(say("risk_axis_mean", outcome=say.name(outcome), unit=unit))
    if frontier.measure == "tail_mean":
        axes.invert_xaxis()


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
    axes.stackplot(frontier.mean, layers, colors=colours, labels=names, linewidth=0)
    axes.margins(0)
    compact_axes(axes, bins=4)
    axes.set_xlabel(
        say("risk_axis_mean", outcome=say.name(frontier.outcome), unit=unit_of(frontier.problem, frontier.outcome))
    )
    axes.set_ylabel(say("risk_axis_money", currency=currency))
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, handlelength=1.0)
