"""The explorer in a real browser, with the program behind it."""

import io
import re
import shutil
import socket
import threading

import openpyxl
import pytest
import uvicorn

from moo_budget.explorer import session as session_module
from moo_budget.explorer.app import application
from moo_budget.explorer.guard import Envelope, Keys
from moo_budget.explorer.session import Session
from moo_budget.reoptimise import reoptimise
from tests.explorer.conftest import CHANNELS, CONTROL, FORMULA, MARKUP
from tests.report.conftest import ANNOUNCED, PATIENCE, axe_findings, until


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
        self.thread.join(PATIENCE / 1000)
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
    context.set_default_timeout(PATIENCE)
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
    assert page.text_content("h1") == "Curves & <names>"
    labels, texts = (page.locator(f".strip {part}").all_text_contents() for part in ("dt", "dd"))
    strip = dict(zip(labels, texts, strict=True))
    assert strip["Currency"] == "EUR"
    assert strip["Seed"] == "1"
    assert {"Planning period", "Data", "Today's money", "Made", "Program"} <= set(strip)
    assert page.text_content(".certificate") == page.evaluate("MooBudget.data.certificate")
    assert page.text_content(".health strong").startswith("Model health: ")


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


# What a strategist does, once by pointer and once from the keyboard.
OWN = {"tv": 120, "电视": 180, MARKUP: 0, FORMULA: 0, CONTROL: 100}


class Pointer:
    """Somebody who clicks and types."""

    def __init__(self, page):
        self.page = page

    def press(self, selector):
        self.page.locator(selector).first.click()

    def write(self, selector, text):
        self.page.fill(selector, text)
        self.page.keyboard.press("Tab")

    def limit_risk(self):
        strip = self.page.locator('.strip[data-axis="risk"]')
        strip.scroll_into_view_if_needed()
        box = strip.bounding_box()
        x = box["x"] + box["width"] / 2
        self.page.mouse.move(x, box["y"] + 8)
        self.page.mouse.down()
        self.page.mouse.move(x, box["y"] + 0.6 * box["height"])
        self.page.mouse.up()


class Keyboard(Pointer):
    """Somebody who has no pointer: what Tab does not reach is not there."""

    def reach(self, selector):
        wanted = self.page.locator(selector).first.element_handle()
        for _ in range(600):
            if self.page.evaluate("one => one === document.activeElement", wanted):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {selector}")

    def press(self, selector):
        self.reach(selector)
        self.page.keyboard.press("Space")

    def write(self, selector, text):
        self.reach(selector)
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Tab")

    def limit_risk(self):
        self.reach("input[data-slider=risk]")
        for _ in range(3):
            self.page.keyboard.press("PageUp")


@pytest.mark.parametrize("person", [Pointer, Keyboard])
def test_a_strategist_gets_from_the_picks_to_a_workbook_with_the_same_numbers(opened, served, person):
    page, requests, console = opened
    by = person(page)
    cards = page.locator(".plan-card .badge").all_text_contents()
    assert {"Safest", "Balanced", "Boldest"} <= set(" + ".join(cards).split(" + "))

    by.limit_risk()
    risk = page.evaluate("MooBudget.state.current.limits.risk")
    kept = page.evaluate("MooBudget.sight(MooBudget.state.current.limits).rows.length")
    assert 0 < kept < len(served.session.result(0).front)
    assert page.text_content("#view-limits .count").startswith(f"{kept} of ")
    assert risk[0] is None

    for row in (1, 2):
        by.press(f"#view-plan_table tbody tr:nth-child({row}) input")
    pins = page.evaluate("MooBudget.state.current.pins")
    assert len(pins) == 2
    assert page.locator(".compare thead th").count() == 2 + len(pins)

    by.press("#view-own_plan button[data-do=own_begin]")
    for channel, money in enumerate(OWN.values()):
        by.write(f"#view-own_plan input[type=number][data-own='{channel}']", str(money))
    page.wait_for_selector("#view-own_plan button[data-do=focus]")
    answer = served.session.evaluate(0, OWN)
    by.press("#view-own_plan button[data-do=focus]")
    assert page.evaluate("MooBudget.state.current.focus") == answer["nearest_better"]

    by.press("button[data-do=clear_limits]")
    by.press("#view-channel_limits summary")
    by.press("input[data-channel=tv][data-part=lock]")
    by.press("button[data-do=reoptimise]")
    page.wait_for_selector("button[data-do=reoptimise_keep]")
    by.press("button[data-do=reoptimise_keep]")
    found = served.session.result(1).front
    assert page.evaluate("MooBudget.model.ids.length") == len(found)
    assert set(page.evaluate("MooBudget.data.plans.spend[0]")) == {200}

    by.press("#view-plan_table tbody tr:nth-child(3) input")
    pinned = page.evaluate("MooBudget.model.ids[2]")
    with page.expect_download() as download:
        by.press("button[data-format=xlsx]")
    plans = in_workbook(download.value.path())
    assert plans[pinned] == pytest.approx(list(found.plan(pinned).spend.values()))
    heads = page.locator(".compare thead .badge").all_text_contents()
    row = page.locator(".compare tbody tr").filter(has=page.locator("th", has_text="电视"))
    cells = row.locator("td").all_text_contents()
    money = [float(re.match(r"[\d,.]+", cell)[0].replace(",", "")) for cell in cells]
    told = dict(zip(heads, money, strict=True))
    earlier = [f"Plan {plan}, earlier front" for plan in pins]
    for name, title in [(pinned, page.evaluate("id => MooBudget.title(id)", pinned)), *((one, one) for one in earlier)]:
        assert plans[name][1] == pytest.approx(told[title], abs=0.01)
    assert console == []
    assert {url for url in requests if not url.startswith((served.address, "data:", "blob:"))} == set()


def in_workbook(path):
    """Plan -> its money, as the sheet of plans has it."""
    rows = list(openpyxl.load_workbook(io.BytesIO(path.read_bytes()))["Plans"].iter_rows(values_only=True))
    money = [column for column, name in enumerate(rows[0]) if str(name).startswith("Money for")]
    return {row[0]: [row[column] for column in money] for row in rows[1:]}


def searched(page):
    """Search again with tv locked, and keep what was found."""
    page.evaluate("MooBudget.state.change({ pins: ['3'], draft: { tv: { lock: true } } })")
    page.click("button[data-do=reoptimise]")
    page.click("button[data-do=reoptimise_keep]")


def test_a_front_that_was_kept_is_there_after_a_reload_and_back_leads_to_the_first(opened, served):
    page, _, console = opened
    searched(page)
    told = page.evaluate("MooBudget.state.current")
    page.reload()
    page.wait_for_selector("text=Plan 3, earlier front")
    assert page.evaluate("MooBudget.model.ids.length") == len(served.session.result(1).front)
    assert page.evaluate("MooBudget.state.current") == told
    page.go_back()
    page.wait_for_selector(".compare thead :text-is('Plan 3')")
    assert page.evaluate("MooBudget.model.ids.length") == len(served.session.result(0).front)
    assert console == []


def test_a_front_that_is_not_kept_any_more_is_said_to_be_gone(opened, served):
    page, _, _ = opened
    searched(page)
    del served.session._results[1]
    page.reload()
    assert until(page, ANNOUNCED).startswith("front 1 is not kept any more; kept are 0.")
    assert page.evaluate("MooBudget.state.current.front") is None
    assert page.evaluate("MooBudget.state.current.pins") == []
    assert page.evaluate("MooBudget.state.current.draft") == {"tv": {"lock": True}}


def test_an_address_of_another_search_opens_the_folders_front(opened, served):
    page, _, _ = opened
    searched(page)
    page.evaluate("MooBudget.state.change({ front: { number: 1, made: 'long ago' } })")
    page.reload()
    assert until(page, ANNOUNCED).startswith("The front of this address is gone; this is the one of the ")
    assert page.evaluate("MooBudget.model.ids.length") == len(served.session.result(0).front)


def test_two_tabs_stay_with_their_own_fronts(opened, served):
    page, _, _ = opened
    other = page.context.new_page()
    other.goto(served.address)
    other.wait_for_selector("#view-cards li")
    searched(page)
    assert other.evaluate("MooBudget.host.evaluate({ tv: 200, '电视': 200 })")["goals"]
    assert other.evaluate("MooBudget.state.current.front") is None
    other.locator("#view-cards button[data-do=pin]").first.click()
    other.wait_for_function("() => MooBudget.host.log().then((entries) => entries.length >= 3)")
    assert page.evaluate("MooBudget.state.current.pins") == ["3@0"]


def test_a_program_that_ends_while_it_searches_is_told_and_costs_no_pins(opened, served, monkeypatch):
    page, _, _ = opened
    go_on = hold(monkeypatch)
    page.evaluate("MooBudget.state.change({ pins: ['3'], draft: { tv: { lock: true } } })")
    page.click("button[data-do=reoptimise]")
    page.wait_for_selector("button[data-do=reoptimise_cancel]")
    served.server.should_exit = True
    page.wait_for_selector("text=Not searched: The explorer does not answer")
    go_on.set()
    assert page.evaluate("MooBudget.state.current.pins") == ["3"]
    assert page.locator(".plan-card").count() > 3


def hold(monkeypatch):
    """Searches wait after their first generation until the returned event is set."""
    go_on = threading.Event()

    def slow(question, start_from, *, callback):
        return reoptimise(question, start_from, callback=lambda told: (callback(told), go_on.wait(PATIENCE / 1000)))

    monkeypatch.setattr(session_module, "reoptimise", slow)
    return go_on


def test_a_plan_by_hand_that_spends_more_is_told_so_and_lies_within_the_picture(opened):
    page, _, _ = opened
    page.evaluate("MooBudget.state.change({ own: { spend: [400, 400, 400, 0, 0] }, focus: 'own' })")
    until(page, "document.querySelector('#view-scatter .point.own') !== null")
    words = page.text_content("#view-plan_card .in-words p")
    assert words.startswith("Spends EUR\u00a0800 more, and moves EUR\u00a060.0 (5\u00a0%) from =1+1 to")
    box = "(one) => { const at = one.getBoundingClientRect(); return [at.left, at.right, at.top, at.bottom]; }"
    left, right, top, bottom = page.evaluate(f"({box})(document.querySelector('#view-scatter .point.own'))")
    grid = page.evaluate(f"[...document.querySelectorAll('#view-scatter .grid line')].map({box})")
    assert min(line[0] for line in grid) < left < right < max(line[1] for line in grid)
    assert min(line[2] for line in grid) < top < bottom < max(line[3] for line in grid)


def test_every_limit_of_a_channel_can_be_seen_without_scrolling(opened):
    page, _, _ = opened
    page.click("#view-channel_limits summary")
    table = "document.querySelector('.channels .scroll')"
    assert page.evaluate(f"[{table}.clientWidth > 0, {table}.scrollWidth <= {table}.clientWidth]") == [True, True]
