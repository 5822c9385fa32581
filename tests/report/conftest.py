"""A real browser, without network, for whoever opens a page from disk.

Words are read by `text_content`: what is off the screen has no inner text, as it is not drawn until it is seen.
"""

import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def axe_findings(page):
    """What axe-core objects to in a page, as rule and element."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(finding["id"], node["html"][:200]) for finding in found for node in finding["nodes"]]


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
