"""The report as a person opens it: from disk, offline, in a real browser."""

import shutil

import pytest

from moo_budget.report import write_report
from tests.report.made import result_of, small_front

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(result_of(small_front(budget=1200.0)), path)
    return path.as_uri()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, address):
    """Open the report with the given settings; returns the page, its requests and its console."""
    contexts = []

    def open_page(**settings):
        context = browser.new_context(offline=True, **settings)
        contexts.append(context)
        page, requests, console = context.new_page(), [], []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: console.append(message.text))
        page.on("pageerror", lambda error: console.append(str(error)))
        page.goto(address)
        return page, requests, console

    yield open_page
    for context in contexts:
        context.close()


def test_the_report_needs_one_request_and_the_console_stays_silent(opened, address):
    _, requests, console = opened(java_script_enabled=False)
    assert [url for url in requests if not url.startswith("data:")] == [address]
    assert console == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_pictures_are_drawn_and_the_style_applies(opened, scheme):
    page, _, console = opened(color_scheme=scheme)
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background == {"light": "rgb(244, 246, 248)", "dark": "rgb(18, 23, 29)"}[scheme]
    assert console == []


@pytest.mark.parametrize("width", [400, 800, 1280])
def test_the_page_never_scrolls_sideways(opened, width):
    page, _, _ = opened(viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_printed_report_is_a_few_pages_of_a4(opened):
    page, _, _ = opened()
    pdf = page.pdf(prefer_css_page_size=True)
    assert 3 <= pdf.count(b"/Type /Page\n") <= 8
    assert b"/MediaBox [0 0 594" in pdf or b"/MediaBox [0 0 595" in pdf
