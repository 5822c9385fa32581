"""The report as a person opens it: from disk, offline, in a real browser."""

import pytest

from moo_budget.report import write_report
from tests.report.made import result_of, small_front


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(result_of(small_front(budget=1200.0)), path)
    return path.as_uri()


@pytest.mark.parametrize("with_script", [True, False])
def test_the_report_needs_one_request_and_the_console_stays_silent(opened, address, with_script):
    _, requests, console = opened(address, java_script_enabled=with_script)
    assert [url for url in requests if not url.startswith("data:")] == [address]
    assert console == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_pictures_are_drawn_and_the_style_applies(opened, address, scheme):
    page, _, console = opened(address, color_scheme=scheme, java_script_enabled=False)
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background == {"light": "rgb(244, 246, 248)", "dark": "rgb(18, 23, 29)"}[scheme]
    assert console == []


@pytest.mark.parametrize("with_script", [True, False])
@pytest.mark.parametrize("width", [400, 800, 1280])
def test_the_page_never_scrolls_sideways(opened, address, width, with_script):
    page, _, _ = opened(address, viewport={"width": width, "height": 900}, java_script_enabled=with_script)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("with_script", [True, False])
def test_the_printed_report_is_a_few_pages_of_a4(opened, address, with_script):
    page, _, _ = opened(address, java_script_enabled=with_script)
    pdf = page.pdf(prefer_css_page_size=True)
    assert 3 <= pdf.count(b"/Type /Page\n") <= 8
    assert b"/MediaBox [0 0 594" in pdf or b"/MediaBox [0 0 595" in pdf


def test_paper_has_nothing_twice_and_no_problem_file(opened, address):
    page, _, _ = opened(address)
    twice = [".region-cards", ".region-plan_table", ".problem-file"]
    assert all(page.locator(part).is_visible() for part in twice)
    page.emulate_media(media="print")
    assert not any(page.locator(part).is_visible() for part in twice)
    assert page.locator(".region-compare").is_visible()


def test_the_table_of_all_plans_keeps_its_plans_in_sight_when_it_is_scrolled(opened, address):
    page, _, _ = opened(address, viewport={"width": 400, "height": 900})
    name = page.locator(".all-plans tbody th").first
    name.scroll_into_view_if_needed()
    moved = name.evaluate(
        "node => { const box = node.closest('.scroll'); box.scrollLeft = 200; return box.scrollLeft; }"
    )
    assert moved > 0
    assert name.evaluate(
        "node => node.getBoundingClientRect().left >= node.closest('.scroll').getBoundingClientRect().left"
    )


def test_returns_are_said_per_unit_of_money(opened, address):
    page, _, _ = opened(address)
    assert page.locator(".by-channel caption").text_content().endswith("returns in EUR per EUR")
