"""From a matplotlib figure to an image inside the page; the same look, and equal bytes for equal input."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget._process import changing_settings, unwarned
from moo_budget.report.numbers import tick
from moo_budget.report.slim_svg import slim
from moo_budget.report.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 10.0  # inches; the page scales it

INK, MUTED, RULE = "#1d2733", "#5a6672", "#d9dee3"
# Okabe and Ito's colours, which people with any colour vision tell apart; every name has its own marker as well.
COLOURS = {
    "today": "#1d2733",
    "reference": "#1d2733",
    "safest": "#0072b2",
    "balanced": "#d55e00",
    "boldest": "#008060",
}
# The same colours for what has no name of its own: the layers of a stack, and what is left over.
SERIES = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#f0e442")
OTHERS = "#b6bec6"
MARKERS = {"today": "D", "reference": "D", "safest": "s", "balanced": "o", "boldest": "^"}

_MOST_POINTS = 1000  # of a front in one panel
_CJK_FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "PingFang SC",
    "Hiragino Sans GB", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Arial Unicode MS",
)  # fmt: skip
_FIRST_CJK = 0x2E80
_STYLE: dict[Any, Any] = {  # the stubs list every key that matplotlib knows
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": "#9aa4ae",
    "axes.labelcolor": MUTED,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": RULE,
    "grid.linewidth": 0.7,
    "hatch.color": "#b6bec6",
    "hatch.linewidth": 0.7,
    "legend.frameon": False,
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "svg.fonttype": "none",
    "svg.hashsalt": "moo_budget",
}


@dataclass(frozen=True)
class Picture:
    """An image for the page.

    Args:
        source: a data URI.
        alt: what it shows, in words.
    """

    source: str
    alt: str


def new_figure(height: float, layout: Literal["constrained"] | None = None) -> Figure:
    """An empty figure as wide as the page. The first one loads matplotlib, for which nobody waits who draws nothing."""
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH, height), layout=layout)


def marker_of(names: Iterable[str]) -> str:
    """The name whose colour and marker stand for a plan with several names: balanced before the others."""
    names = tuple(names)
    return "balanced" if "balanced" in names else names[0]


def mark(axes: Axes, x: float, y: float, names: tuple[str, ...], label: str = "", size: float = 60.0) -> None:
    """A plan as a point, in the colour and shape that it has everywhere; the reference is hollow."""
    name = marker_of(names)
    hollow = name == "reference"
    axes.scatter(
        [x],
        [y],
        s=size,
        marker=MARKERS[name],
        facecolor="white" if hollow else COLOURS[name],
        edgecolor=COLOURS[name] if hollow else "white",
        linewidth=1.4 if hollow else 0.9,
        zorder=5,
        label=label,
        clip_on=False,
    )


def cloud(axes: Axes, x: FloatArray, y: FloatArray, say: Words) -> None:
    """The plans of a front (n_plans,) as pale points: of a very large one some, evenly, as no eye tells more apart."""
    drawn = np.unique(np.linspace(0, len(x) - 1, min(len(x), _MOST_POINTS)).round().astype(int))
    label = say("all_plans" if len(drawn) == len(x) else "some_plans", count=len(drawn), all=len(x))
    axes.scatter(x[drawn], y[drawn], s=16, color="#8fa3b5", alpha=0.75, linewidth=0, label=label)


def compact_axes(axes: Axes, bins: int = 5) -> None:
    """Few ticks, written like every number of the report."""
    axes.locator_params(nbins=bins)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, position: tick(round(value, 12)))


def shortened(name: str, most: int = 26) -> str:
    """A name for a chart; tables carry it whole."""
    return name if len(name) <= most else name[: most - 1] + "…"


def is_chinese(texts: Iterable[str]) -> bool:
    """Whether letters of Chinese, Japanese or Korean are among them."""
    return any(ord(letter) >= _FIRST_CJK for text in texts for letter in text)


def cjk_family() -> str | None:
    """A font that is installed here and has such letters; None where none is."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in _CJK_FAMILIES if name in installed), None)


@contextmanager
def drawing(texts: Iterable[str]) -> Iterator[None]:
    """The report's style while a figure is made and written; one thread at a time, as matplotlib has one style for all.

    Letters stay text, which the reader's browser draws: as outlines they would be more than half of the page. The fonts
    that are installed here only say how much room they need.
    """
    from matplotlib import rc_context

    chinese = is_chinese(texts)
    family = cjk_family() if chinese else None
    fonts = {
        "font.family": ["DejaVu Sans", *([family] if family else []), "sans-serif"],
        "axes.titleweight": "normal" if chinese else "bold",  # few Chinese fonts are bold, and matplotlib complains
    }
    with changing_settings, rc_context(_STYLE | fonts), unwarned("Glyph .* missing from font"):
        yield


def embedded(figure: Figure, alt: str) -> Picture:
    """The figure as an SVG inside a data URI; to be called within `drawing`."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    # Not `savefig`, which draws every figure twice.
    FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})  # type: ignore[no-untyped-call]
    svg = slim(buffer.getvalue())
    return Picture("data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode(), alt)
