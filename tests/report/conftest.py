"""A real browser, without network, for whoever opens a page from disk.

Words are read by `text_content`: what is off the screen has no inner text, as it is not drawn until it is seen.
"""

import shutil

import pytest

from moo_budget.report import write_report
from tests.report.made import result_of, small_front

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


PATIENCE = 120_000  # milliseconds: another process may have the machine for a while


def until(page, expression):
    """What an expression says once it says anything; Playwright's own way evaluates text in the page, which the page
    forbids. What is said aloud is taken away after some seconds: it is waited for and read at once.
    """
    for _ in range(PATIENCE // 25):
        if said := page.evaluate(expression):
            return said
        page.wait_for_timeout(25)
    raise AssertionError(f"never true: {expression}")


ANNOUNCED = "document.querySelector('.announcement')?.textContent"


def axe_findings(page):
    """What axe-core objects to in a page, as rule and element."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(finding["id"], node["html"][:200]) for finding in found for node in finding["nodes"]]


@pytest.fixture(scope="session")
def result():
    return result_of(small_front(budget=1200.0))


@pytest.fixture(scope="session")
def address(result, tmp_path_factory):
    """Of the report of `result`."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(result, path)
    return path.as_uri()


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser):
    """Open an address with the given settings; returns the page, its requests and its console."""
    contexts = []

    def open_page(address, **settings):
        context = browser.new_context(offline=True, **settings)
        context.set_default_timeout(PATIENCE)
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
