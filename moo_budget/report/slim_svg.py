"""The same picture in fewer bytes: what matplotlib writes for editors is left out, what it repeats is said once."""

from __future__ import annotations

import re
from collections import Counter
from itertools import count
from string import ascii_lowercase

_FAMILY = re.compile(r"font-family:[^;\"]*;?")
_COORDINATES = re.compile(r'(?<= )(?:d|x|y|width|height)="[^"]*"|translate\([^)]*\)')
_FRACTION = re.compile(r"-?\d+\.\d+")
_LEVEL = re.compile(r' transform="rotate\(-0 [^)]*\)"')
_STYLE = re.compile(r'style="([^"]*)"')
_EMPTY_GROUP = re.compile(r"<g>((?:(?!</?g\b).)*)</g>")


def slim(svg: str) -> str:
    """An image of matplotlib's to a tenth of a point, without comments, metadata, unused names and repeated styles."""
    svg = re.sub(r"<!--.*?-->|<[?!][^>]*>|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = svg.replace("xlink:href", "href").replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    svg = _COORDINATES.sub(_to_a_tenth, _short_names(_LEVEL.sub("", svg)))
    svg = re.sub(r">\s+<", "><", _styles_once(svg))
    return _EMPTY_GROUP.sub(r"\1", svg)


def _to_a_tenth(coordinates: re.Match[str]) -> str:
    cut = _FRACTION.sub(lambda number: f"{float(number[0]):.1f}".removesuffix(".0"), coordinates[0])
    return re.sub(r"\s*([A-Za-z])\s+(?=-?\d)", r"\1", cut)


def _styles_once(svg: str) -> str:
    """Styles that are used more than once become classes; the font of all letters stands at the top."""
    families = _FAMILY.findall(svg)
    svg = _STYLE.sub(_short_style, svg)
    uses = Counter(_STYLE.findall(svg))
    classes = dict(zip((style for style, times in uses.items() if times > 1), map(_name, count()), strict=False))
    rules = "".join(f".{name}{{{style}}}" for style, name in classes.items())
    if families:
        rules += f"text{{{families[0].partition(',')[0]},sans-serif}}"
    svg = _STYLE.sub(lambda style: f'class="{classes[style[1]]}"' if style[1] in classes else style[0], svg)
    return svg.replace("</style>", f"{rules}</style>", 1)


def _short_style(style: re.Match[str]) -> str:
    short = re.sub("([:;]) +", r"\1", _FAMILY.sub("", style[1])).strip("; ")
    return f'style="{short}"'


def _short_names(svg: str) -> str:
    """Ids that something points to get names of a letter or two; the others go."""
    pointed_to = dict.fromkeys(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    names = dict(zip(pointed_to, map(_name, count()), strict=False))
    svg = re.sub(r' id="([^"]*)"', lambda id: f' id="{names[id[1]]}"' if id[1] in names else "", svg)
    return re.sub(r'(href="#|url\(#)([^")]+)', lambda pointer: pointer[1] + names[pointer[2]], svg)


def _name(number: int) -> str:
    """a, b, ... z, a0, b0, ...: a letter first, as a name must begin."""
    letter, rest = ascii_lowercase[number % 26], number // 26
    return letter if rest == 0 else f"{letter}{rest - 1}"
