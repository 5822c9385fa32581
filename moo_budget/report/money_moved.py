"""The picture of money moved: what each pick takes from and gives to every channel."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from moo_budget.report.facts import Shown
from moo_budget.report.numbers import compact, plus
from moo_budget.report.picture import (
    COLOURS,
    INK,
    MUTED,
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


def money_moved(picks: Sequence[Shown], drawn: Collection[str], say: Words, currency: str) -> Picture:
    """Diverging bars, a panel a pick on one scale; the channels `drawn`, in order of what the first pick moves."""
    channels = sorted(drawn, key=lambda channel: picks[0].moves[channel])
    reach = max(abs(pick.moves[channel]) for pick in picks for channel in channels) or 1.0
    texts = [*channels, currency]
    with drawing(texts):
        figure = new_figure(0.9 + 0.29 * max(len(channels), 3), layout="constrained")
        grid = figure.subplots(1, len(picks), sharey=True, squeeze=False)[0]
        for axes, pick in zip(grid, picks, strict=True):
            _panel(axes, pick, channels, reach, say.plan_names(pick.names))
        grid[0].set_yticks(range(len(channels)), [shortened(channel) for channel in channels], color=INK)
        figure.supxlabel(say("moved_axis", currency=currency or say("money")), fontsize=9, color=MUTED)
        return embedded(figure, "\n".join(_finding(pick, say, currency) for pick in picks))


def _panel(axes: Axes, pick: Shown, channels: Sequence[str], reach: float, title: str) -> None:
    colour = COLOURS[marker_of(pick.names)]
    moves = [pick.moves[channel] for channel in channels]
    axes.barh(range(len(channels)), moves, height=0.62, color=[colour if move > 0 else colour + "73" for move in moves])
    moved = dict(pick.largest_moves)
    for row, (channel, move) in enumerate(zip(channels, moves, strict=True)):
        if channel in moved:  # also where the bar is too small to be seen
            text, side = plus(compact(move)), math.copysign(1.0, move)
            axes.annotate(
                text, (move, row), (3 * side, 0), textcoords="offset points", va="center",
                ha="left" if side > 0 else "right", fontsize=8, color=INK,
            )  # fmt: skip
    axes.axvline(0.0, color=INK, linewidth=0.9)
    axes.set_title(title, color=colour, loc="center")
    axes.set_xlim(-1.45 * reach, 1.45 * reach)
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0)
    axes.spines[["left", "bottom"]].set_visible(False)


def _finding(pick: Shown, say: Words, currency: str) -> str:
    moves = pick.largest_moves
    if not moves:
        return say("moved_alt_none", pick=say.plan_names(pick.names))
    listed = say("semicolon").join(f"{channel} {plus(compact(move))}" for channel, move in moves)
    return say("moved_alt", pick=say.plan_names(pick.names), moves=listed, currency=currency)
