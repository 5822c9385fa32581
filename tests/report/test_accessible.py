"""The page for people who do not see it, see it large, or see it in other colours."""

import re
from itertools import pairwise

import pytest

from moo_budget.report.front_end import packaged
from moo_budget.report.page_data import page_data
from tests.report.conftest import axe_findings

TEXTS = ("ink", "muted", "accent", "today", "safest", "balanced", "boldest", "own-plan")
MARKS = ("control", "plain-line", "whole", *(f"colour{i}" for i in range(6)))


START = "data => MooBudget.start(document.getElementById('explorer'), data, { kind: 'report' })"
EVERYTHING = """() => {
  const goal = MooBudget.model.sought[1];
  MooBudget.state.change({ pins: ["1"], limits: { [goal.key]: [goal.least, null] }, colour: goal.key });
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
}"""


@pytest.mark.parametrize(
    ("lang", "scheme", "interactive"), [("en", "light", True), ("zh", "dark", True), ("en", "light", False)]
)
def test_axe_finds_nothing_in_the_report(opened, address, result, lang, scheme, interactive):
    page, _, _ = opened(address, color_scheme=scheme, viewport={"width": 1280, "height": 900})
    page.evaluate(START, page_data(result, lang=lang))
    page.evaluate(EVERYTHING)
    page.evaluate("on => document.documentElement.classList.toggle('interactive', on)", interactive)
    assert axe_findings(page) == []


def test_headings_go_down_one_step_at_a_time(opened, address):
    page, _, _ = opened(address)
    headings = page.locator("h1, h2, h3, h4").evaluate_all(
        "all => all.filter(one => one.offsetParent).map(one => Number(one.tagName[1]))"
    )
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))


@pytest.mark.parametrize("width", [640, 450])
def test_at_twice_the_size_nothing_is_cut_and_nothing_scrolls_sideways(opened, address, width):
    page, _, _ = opened(address, viewport={"width": width, "height": 450}, device_scale_factor=2)
    page.evaluate(EVERYTHING)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cut = page.locator(".explorer button, .explorer select, .explorer input, .plan-card").evaluate_all(
        "all => all.filter(one => one.offsetParent && !one.closest('.scroll, .wide')).map(one => "
        "[one.outerHTML.slice(0, 90), one.getBoundingClientRect()]).filter(([, box]) => box.right > innerWidth)"
    )
    assert cut == []


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """WCAG 2.2, contrast ratio."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_4_5_and_marks_have_3_to_1(scheme):
    screen = "".join(packaged(name).split("@media print")[0] for name in ("report.css", "static/explorer.css"))
    parts = re.findall(r"(@media \(prefers-color-scheme: dark\) \{\s*)?:root \{(.*?)\}", screen, re.DOTALL)
    told = "".join(text for dark, text in parts if bool(dark) == (scheme == "dark"))
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", told))
    for ground in ("paper", "ground"):
        weak = {name: contrast(colours[name], colours[ground]) for name in (*TEXTS, *MARKS)}
        assert {name: ratio for name, ratio in weak.items() if ratio < (4.5 if name in TEXTS else 3.0)} == {}
