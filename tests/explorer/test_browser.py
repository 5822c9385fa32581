"""The explorer in a real browser, with the program behind it."""

import io
import shutil
import socket
import threading

import openpyxl
import pytest
import uvicorn

from moo_budget.explorer.app import application
from moo_budget.explorer.guard import Envelope, Keys
from moo_budget.explorer.session import Session
from tests.explorer.conftest import CHANNELS
from tests.report.conftest import axe_findings


class Served:
    """The explorer behind a real socket, until it is ended."""

    def __init__(self, folder):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.keys, self.session = Keys(self.port), Session(folder)
        app = Envelope(application(self.session, self.keys, ["127.0.0.1"]))
        self.server = uvicorn.Server(uvicorn.Config(app, http="h11", ws="none", lifespan="off", log_config=None))
        self.thread = threading.Thread(target=self.server.run, args=([self.listening],))
        self.thread.start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/"

    def end(self):
        self.server.should_exit = True
        self.thread.join(30)
        self.session.close()
        self.listening.close()


@pytest.fixture
def served(folder):
    served = Served(folder)
    yield served
    served.end()


@pytest.fixture
def opened(browser, served):
    """The page as the printed address opens it, its requests and its console."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page, requests, console = context.new_page(), [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: console.append(message.text))
    page.on("pageerror", lambda error: console.append(str(error)))
    page.goto(f"{served.address}?token={served.keys.token}")
    page.wait_for_selector("#view-cards li")
    yield page, requests, console
    context.close()


def test_the_page_opens_without_token_in_its_address_and_asks_nobody_else(opened, served):
    page, requests, console = opened
    assert page.url == served.address
    assert page.evaluate("document.cookie") == ""
    assert {url for url in requests if not url.startswith((served.address, "data:", "blob:"))} == set()
    assert console == []
    for name in CHANNELS:
        assert page.evaluate("name => MooBudget.data.channels.some((one) => one.name === name)", name)
    page.reload()
    page.wait_for_selector("#view-cards li")
    assert console == []


def test_the_head_of_the_page_tells_what_is_explored(opened):
    page, _, _ = opened
    assert page.inner_text("h1") == "Curves & <names>"
    labels, texts = (page.locator(f".strip {part}").all_inner_texts() for part in ("dt", "dd"))
    strip = dict(zip(labels, texts, strict=True))
    assert strip["Currency"] == "EUR"
    assert strip["Seed"] == "1"
    assert {"Planning period", "Data", "Today's money", "Made", "Program"} <= set(strip)
    assert page.inner_text(".certificate") == page.evaluate("MooBudget.data.certificate")
    assert page.inner_text(".health strong").startswith("Model health: ")


def test_axe_finds_nothing_in_the_explorer(opened):
    page, _, _ = opened
    page.click("[data-do=own_begin]")
    page.fill("[data-note]", "asked the agency")
    page.click("[data-do=note]")
    page.wait_for_selector(".log li")
    assert axe_findings(page) == []


def test_a_plan_by_hand_in_the_page_has_the_figures_of_the_engine(opened, served):
    page, _, console = opened
    spend = {"tv": 150.0, "电视": 250.0}
    answer = page.evaluate("spend => MooBudget.host.evaluate(spend)", spend)
    assert answer == served.session.evaluate(0, spend)
    stands = page.evaluate("spend => MooBudget.host.better(spend)", spend)
    assert stands["standing"] == served.session.better(0, spend)["standing"]
    assert console == []


def test_pins_and_notes_reach_the_folder(opened, folder):
    page, _, _ = opened
    page.locator("#view-cards button[data-do=pin]").first.click()
    page.wait_for_function("() => MooBudget.host.log().then((entries) => entries.length > 0)")
    assert '"kind": "pin"' in (folder / "decisions.json").read_text(encoding="utf-8")


def test_a_file_is_saved_under_a_plain_name(opened):
    page, _, _ = opened
    with page.expect_download() as download:
        page.click("button[data-format=xlsx]")
    assert download.value.suggested_filename == "plans.xlsx"


def test_when_the_program_has_ended_the_page_says_so_and_keeps_its_pins(opened, served):
    page, _, _ = opened
    page.locator("#view-cards button[data-do=pin]").first.click()
    served.end()
    said = page.evaluate("() => MooBudget.host.evaluate({ tv: 1 }).catch((error) => error.message)")
    assert said.startswith("The explorer does not answer; it may have ended. What you see stays")
    assert page.evaluate("MooBudget.state.current.pins.length") == 1


def test_a_refusal_reaches_the_person_in_the_engines_words(opened, folder):
    page, _, _ = opened
    said = page.evaluate(
        "() => MooBudget.host.reoptimise({ limits: { tv: { min: 1e6 } } }).catch((error) => error.message)"
    )
    assert "no plan can keep this limit" in said
    assert "lower the minimum of `tv` to 400.00" in said
    shutil.rmtree(folder)
    entry = [{"time": "now", "kind": "note", "text": "x"}]
    lost = page.evaluate("entry => MooBudget.host.log(entry).catch((error) => error.message)", entry)
    assert "is not there any more, so nothing can be saved in it" in lost


def test_a_strategist_edits_a_plan_takes_the_better_one_and_searches_again_with_tv_locked(opened, served, folder):
    page, requests, console = opened
    page.locator("#view-own_plan button[data-do=own_begin]").click()
    for channel, money in enumerate((120, 180, 0, 0, 100)):
        page.fill(f"#view-own_plan input[type=number][data-own='{channel}']", str(money))
        page.keyboard.press("Tab")
    page.wait_for_selector("#view-own_plan button[data-do=focus]")
    answer = served.session.evaluate(0, {"tv": 120.0, "电视": 180.0, list(CHANNELS)[4]: 100.0})
    page.click("#view-own_plan button[data-do=focus]")
    assert page.evaluate("MooBudget.state.current.focus") == answer["nearest_better"]

    page.locator("#view-cards button[data-do=pin]").first.click()
    page.locator("#view-cards button[data-do=pin]").nth(1).click()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.check("input[data-channel=tv][data-part=lock]")
    page.click("button[data-do=reoptimise]")
    page.click("button[data-do=reoptimise_keep]", timeout=60_000)
    found = served.session.result(1).front
    assert page.evaluate("MooBudget.model.ids.length") == len(found)
    assert set(page.evaluate("MooBudget.data.plans.spend[0]")) == {200}

    pinned = page.evaluate("MooBudget.model.ids[3]")
    page.evaluate("id => MooBudget.pinPlan(id)", pinned)
    with page.expect_download() as download:
        page.click("button[data-format=xlsx]")
    rows = list(
        openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))["Plans"].iter_rows(values_only=True)
    )
    money = [column for column, name in enumerate(rows[0]) if str(name).startswith("Money for")]
    by_name = {row[0]: [row[column] for column in money] for row in rows[1:]}
    assert by_name[pinned] == pytest.approx(list(found.plan(pinned).spend.values()))
    assert len(by_name) == len(rows) - 1 > 2  # the plan pinned before the search came along under a name of its own
    assert console == []
    assert {url for url in requests if not url.startswith((served.address, "data:", "blob:"))} == set()
