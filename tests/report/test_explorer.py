"""The report as a strategist explores it: from disk, without network, by pointer and by keyboard."""

import json

import numpy as np
import pytest

from moo_budget.problem import BudgetProblem
from moo_budget.report import write_report
from moo_budget.report.numbers import compact, full, tick, written_in
from moo_budget.report.page_data import page_data
from moo_budget.tables import from_functions
from tests.report.conftest import ANNOUNCED, until
from tests.report.made import HOSTILE, front_of, result_of, seen_tables, small_front
from tests.worlds import CHANNELS, TODAY, four_channel_problem


@pytest.fixture
def page(opened, address):
    page, requests, console = opened(address, viewport={"width": 1280, "height": 900})
    yield page
    assert {url for url in requests if not url.startswith(("data:", "blob:"))} == {address}
    assert console == []


def state(page):
    return page.evaluate("MooBudget.state.current")


def count(page):
    return page.text_content("#view-limits .count")


def brush(page, key, start, end):
    """Drag on an axis between two shares of its height, from the top."""
    strip = page.locator(f'.strip[data-axis="{key}"]')
    strip.scroll_into_view_if_needed()
    box = strip.bounding_box()
    x, y = box["x"] + box["width"] / 2, lambda share: box["y"] + 8 + share * (box["height"] - 16)
    page.mouse.move(x, y(start))
    page.mouse.down()
    page.mouse.move(x, y((start + end) / 2))
    page.mouse.move(x, y(end))
    page.mouse.up()


def go(page, direction):
    """Go `back` or `forward`; the page hears of the new address after the browser has it."""
    page.evaluate("() => { window.heard = new Promise((done) => addEventListener('popstate', done, { once: true })); }")
    getattr(page, f"go_{direction}")()
    page.evaluate("() => window.heard.then(() => null)")


def limited(page, key, low, high):
    page.evaluate("([key, ends]) => MooBudget.state.change({ limits: { [key]: ends } })", [key, [low, high]])


def test_the_page_opens_on_today_and_the_three_picks_with_balanced_in_focus(page, result):
    names = page.locator(".plan-card .badge").all_text_contents()
    assert names[:2] == ["Today", "Reference"]
    assert {"Safest", "Balanced", "Boldest"} <= set(" + ".join(names).split(" + "))
    assert page.locator(".plan-card.focused .badge").text_content() == "Balanced"
    n_plans = len(result.front)
    assert count(page) == f"{n_plans} of {n_plans} plans match"
    assert state(page)["everything"] is False


def test_what_scripts_draw_is_not_shown_twice(page):
    assert page.locator(".static").count() > 0
    assert not any(one.is_visible() for one in page.locator(".static").all())
    assert page.locator("main img").evaluate_all("images => images.filter(image => image.offsetParent).length") <= 1


def test_a_brush_keeps_the_plans_that_a_filter_of_the_columns_keeps(page, result):
    brush(page, "risk", 0.0, 0.4)
    low, high = state(page)["limits"]["risk"]
    assert low is None
    risk = np.array(page_data(result)["plans"]["values"]["risk"]["value"])
    kept = int((risk <= high).sum())
    assert 0 < kept < len(risk)
    assert count(page).startswith(f"{kept} of ")
    assert page.locator(".all-plans caption").text_content().startswith(f"{kept} plans")
    assert page.locator("#view-plan_table tbody tr").count() == min(kept, 25)
    assert page.locator("input[data-limit=risk][data-end=high]").input_value() == f"{high:g}"


def test_brush_slider_and_typed_number_are_one_limit(page):
    brush(page, "risk", 0.0, 0.4)
    brushed = state(page)["limits"]
    go(page, "back")
    assert state(page)["limits"] == {}
    page.fill("input[data-limit=risk][data-end=high]", str(brushed["risk"][1]))
    page.keyboard.press("Tab")
    assert state(page)["limits"] == brushed
    go(page, "back")
    assert state(page)["limits"] == {}
    page.locator("input[data-slider=risk]").evaluate(
        "(slider, value) => { slider.value = -value; slider.dispatchEvent(new Event('change', { bubbles: true })); }",
        brushed["risk"][1],
    )
    assert state(page)["limits"] == brushed


def test_a_click_on_a_limit_clears_it_and_a_drag_inside_moves_it(page):
    brush(page, "risk", 0.3, 0.6)
    low, high = state(page)["limits"]["risk"]
    box = page.locator(".brush").bounding_box()
    x, y = box["x"] + 8, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 30)
    page.mouse.up()
    moved = state(page)["limits"]["risk"]
    assert moved[0] > low
    assert moved[1] - moved[0] == pytest.approx(high - low, rel=0.01)
    page.mouse.click(x, y + 30)
    assert state(page)["limits"] == {}


def test_handles_are_large_enough_to_be_caught(page):
    brush(page, "risk", 0.3, 0.6)
    boxes = [handle.bounding_box() for handle in page.locator(".handle").all()]
    assert len(boxes) == 2
    assert all(min(box["width"], box["height"]) >= 12 for box in boxes)


def test_back_undoes_and_the_address_brings_the_page_back(page, address):
    page.click(".plan-card.boldest .card-title")
    page.click(".region-plan_card button[data-do=pin]")
    brush(page, "risk", 0.0, 0.7)
    told = state(page)
    page.reload()
    assert {key: state(page)[key] for key in ("focus", "pins", "limits")} == {
        key: told[key] for key in ("focus", "pins", "limits")
    }
    go(page, "back")
    assert state(page)["limits"] == {}
    go(page, "back")
    assert state(page)["pins"] == []
    go(page, "back")
    assert page.locator(".plan-card.focused .badge").text_content() == "Balanced"


@pytest.mark.parametrize(
    "told",
    ["{", '{"focus": "999", "pins": ["1", "2", "3", "4", "5"]}', '{"limits": {"nobody": [1, 2]}, "x": 7}', "null"],
)
def test_an_address_that_makes_no_sense_opens_the_page_as_new(opened, address, told):
    page, _, console = opened(f"{address}#plan={told}")
    assert state(page) == page.evaluate("MooBudget.state.initial()")
    assert console == []


def test_pinned_plans_stand_side_by_side_with_the_reference(page, result):
    ticks = page.locator("#view-plan_table input[type=checkbox]")
    ticks.nth(1).check()
    ticks.nth(4).check()
    heads = page.locator(".compare thead .badge").all_text_contents()
    assert heads[0] == "Reference"
    assert len(heads) == 3
    first = page.locator(".compare tbody tr", has=page.locator("th", has_text="tv")).locator("td").nth(1).text_content()
    assert first.replace("\u00a0", " ").startswith(f"{result.front.spend[1][0]:,.2f}"[:3])


def test_no_more_than_four_plans_are_pinned_and_that_is_said(page):
    page.evaluate("MooBudget.state.change({ pins: ['1', '2', '3', '4'] })")
    page.locator("#view-plan_table input[type=checkbox]").nth(4).click()
    assert until(page, ANNOUNCED) == "Four plans are pinned. Take one out to pin another."
    assert state(page)["pins"] == ["1", "2", "3", "4"]


def test_where_nothing_matches_the_nearest_relaxations_are_buttons(page, result):
    values = page_data(result)["plans"]["values"]
    best = min(values["risk"]["value"])
    page.evaluate(
        "([roi, risk]) => MooBudget.state.change({ limits: { roi: [roi, null], risk: [null, risk] } })",
        [max(values["roi"]["value"]), best],
    )
    assert count(page).startswith("0 of ")
    said = page.text_content("#relaxations")
    assert said.startswith("No plan meets ROI ≥ ")
    assert page.locator("#relaxations button").count() == 2
    assert page.locator(".dots.dimmed").count() == 1
    page.locator("#relaxations button").first.click()
    assert not count(page).startswith("0 of ")


def test_still_reachable_leaves_a_goals_own_limit_out(page, result):
    values = page_data(result)["plans"]["values"]
    risk, roi = np.array(values["risk"]["value"]), np.array(values["roi"]["value"])
    cut = float(np.median(risk))
    limited(page, "risk", None, cut)
    reach = page.evaluate("MooBudget.sight(MooBudget.state.current.limits).reach")
    assert reach["roi"] == [roi[risk <= cut].min(), roi[risk <= cut].max()]
    assert reach["risk"] == [risk.min(), risk.max()]


def test_the_keyboard_alone_leads_from_opening_to_saving(page):
    page.focus("#view-scatter .graphic")
    page.keyboard.press("]")
    bolder = state(page)["focus"]
    page.keyboard.press("p")
    assert state(page)["pins"] == [bolder]
    page.keyboard.press("[")
    assert state(page)["focus"] != bolder
    limited(page, "risk", None, 1e9)
    page.focus("#view-parallel .wide")
    page.keyboard.press("Escape")
    assert state(page)["limits"] == {}
    with page.expect_download() as saving:
        page.focus("button[data-format=json]")
        page.keyboard.press("Enter")
    with open(saving.value.path(), encoding="utf-8") as file:
        saved = json.load(file)
    assert [plan["id"] for plan in saved["plans"]] == [bolder]
    page.focus("input[data-limit=risk][data-end=high]")
    page.keyboard.press("p")
    assert state(page)["pins"] == [bolder]


def test_a_saved_table_holds_what_the_page_shows_and_no_formula(opened, tmp_path):
    tables = seen_tables(channels=("=1+1", *CHANNELS[1:]))
    today = dict(zip(tables.channels, TODAY.values(), strict=True))
    problem = four_channel_problem(tables=tables, today=today)
    write_report(result_of(front_of(problem, [500.0, 250.0, 170.0, 80.0])), tmp_path / "report.html")
    page, _, _ = opened((tmp_path / "report.html").as_uri())
    with page.expect_download() as saving:
        page.click("button[data-format=csv]")
    with open(saving.value.path(), encoding="utf-8-sig", newline="") as file:
        head, plan = (line.split(",") for line in file.read().splitlines())
    assert head[:2] == ["plan_id", "pick"]
    assert plan[-4:] == ["500", "250", "170", "80"]
    assert not any(cell.startswith("=") for cell in head)


def test_names_with_markup_are_shown_as_text(opened, tmp_path):
    tables = seen_tables(channels=(HOSTILE, "\u202ecod\x1b", *CHANNELS[2:]))
    today = dict(zip(tables.channels, TODAY.values(), strict=True))
    problem = four_channel_problem(tables=tables, today=today)
    plans = [[500.0, 250.0, 170.0, 80.0], [400.0, 350.0, 170.0, 80.0]]
    write_report(result_of(front_of(problem, *plans), today_text=HOSTILE), tmp_path / "report.html")
    page, _, console = opened((tmp_path / "report.html").as_uri())
    assert page.locator("b").count() == 0
    assert HOSTILE in page.text_content("#view-compare")
    assert "\\u202ecod\\u001b" in page.text_content("#view-compare")
    assert console == []


@pytest.mark.parametrize(
    "made",
    [
        lambda: front_of(four_channel_problem(tables=seen_tables()), [500.0, 250.0, 170.0, 80.0]),
        lambda: small_front(today=None),
        lambda: small_front(goals={"revenue": {"outcome": "revenue", "measure": "total"}}),
        lambda: front_of(
            four_channel_problem(tables=seen_tables(), budget=4000.0, limits={"extrapolate": 0.0}), [1000.0] * 4
        ),
    ],
    ids=["one plan", "no today", "one goal", "today beyond the curves"],
)
def test_small_fronts_have_a_page_too(opened, tmp_path, made):
    write_report(result_of(made(), today_text=""), tmp_path / "report.html")
    page, _, console = opened((tmp_path / "report.html").as_uri())
    page.evaluate(
        "MooBudget.state.change({ everything: true, side: 'channels', colour: MooBudget.model.goals[0].key })"
    )
    page.evaluate("MooBudget.state.change({ focus: MooBudget.model.ids[0], hover: MooBudget.model.ids[0] })")
    assert page.locator(".region").count() == 11
    assert console == []


def test_numbers_are_written_as_in_the_sentences_above(page):
    values = [
        0.0,
        0.00123,
        0.5,
        9.996,
        12.0,
        99.95,
        123.4,
        999.6,
        1234.0,
        99950.0,
        999_500.0,
        1.5e6,
        -2.34e7,
        1e9,
        9.999e11,
    ]
    for name, python in (("compact", compact), ("full", full), ("tick", tick)):
        written = page.evaluate(f"values => values.map(value => MooBudget.numbers.{name}(value))", values)
        assert written == [python(value) for value in values], name


def test_chinese_money_is_counted_in_ten_thousands_as_in_the_sentences(page):
    page.evaluate("MooBudget.data.lang = 'zh'; MooBudget.data.symbol = '¥'")
    values = [9999, 9999.9, 10_000, 12_346, 300_000, 12_346_000, 1.354e8, 1.413e8, 1.23e9]
    written = page.evaluate("values => values.map(MooBudget.numbers.spokenMoney)", values)
    assert written[-4:] == ["¥1234.6万", "¥1.35亿", "¥1.41亿", "¥12.3亿"]
    with written_in("zh"):
        assert written == [f"¥{compact(value)}" for value in values]


def test_effects_and_returns_are_those_of_the_engine(page, result):
    from moo_budget.report.facts import channel_facts

    plan = result.front.plan(result.picks.ids["balanced"])
    for c, fact in enumerate(channel_facts(result.problem, "revenue", plan)):
        effect, marginal = page.evaluate(
            "([c, money]) => [MooBudget.effect('revenue', c, money), MooBudget.marginal('revenue', c, money)]",
            [c, fact.money],
        )
        assert effect == pytest.approx(fact.roi * fact.money if fact.money else 0.0, rel=1e-4, abs=1e-6)
        assert marginal == pytest.approx(fact.marginal_roi, rel=1e-3)


FAKE_HOST = """
() => {
  const root = document.createElement("div");
  document.getElementById("explorer").replaceWith(root);
  root.id = "explorer";
  window.asked = [];
  window.noted = [];
  const goals = Object.fromEntries(MooBudget.data.measures.map(({ key }) => [key, { value: 1, low: 0.5, high: 1.5 }]));
  MooBudget.start(root, MooBudget.data, {
    kind: "explorer",
    evaluate: async (spend) => {
      window.asked.push(spend);
      if (spend.tv > 900) throw new Error("tv has no money left");
      const outcomes = { revenue: { value: 7, low: 6, high: 8 } };
      return { goals, outcomes, broken: ["tv: too much"], nearest_better: "2" };
    },
    log: async (entries = []) => {
      window.noted.push(...entries);
      return window.noted.map(({ time, text }) => ({ at: time, text }));
    },
    reoptimise: async (request) => { window.request = request; },
    job: async () => ({ state: "done", front: 1, data: MooBudget.data }),
    cancel: async () => {},
  });
}
"""


@pytest.fixture
def hosted(page):
    page.evaluate(FAKE_HOST)
    return page


def test_a_plan_by_hand_is_worked_out_by_the_program_and_offers_the_better_neighbour(hosted):
    hosted.click("[data-do=own_begin]")
    hosted.wait_for_selector(".plan-card.own .flag")
    assert "tv: too much" in hosted.text_content(".plan-card.own")
    money = hosted.locator("input[type=number][data-own='0']")
    before = float(money.input_value())
    money.fill(str(before - 40))
    hosted.keyboard.press("Tab")
    until(hosted, "window.asked.length > 1")
    assert hosted.evaluate("window.asked.at(-1).tv") == pytest.approx(before - 40, rel=1e-5)
    assert "40.00 unplaced." in hosted.text_content(".own-total")
    hosted.click("[data-do=own_spread]")
    assert "unplaced" not in hosted.text_content(".own-total")
    hosted.locator("#view-own_plan [data-do=focus]").click()
    assert state(hosted)["focus"] == "2"


def test_a_refusal_is_told_in_the_programs_words(hosted):
    hosted.click("[data-do=own_begin]")
    hosted.locator("input[type=number][data-own='0']").fill("1000")
    hosted.keyboard.press("Tab")
    assert until(hosted, ANNOUNCED) == "tv has no money left"


def test_a_new_search_lies_over_the_old_front_until_somebody_decides(hosted):
    hosted.evaluate(
        "MooBudget.state.change({ pins: ['3'], limits: { risk: [null, 600] }, draft: { tv: { lock: true } } })"
    )
    hosted.click("[data-do=reoptimise]")
    hosted.wait_for_selector("[data-do=reoptimise_keep]")
    assert hosted.evaluate("window.request") == {"limits": {"tv": {"lock": True}}, "goals": {"risk": {"max": 600}}}
    assert hosted.locator(".dots path.earlier").count() == 1
    assert state(hosted)["pins"] == ["3@0"]
    assert hosted.locator(".compare thead .badge").all_text_contents()[1:] == ["Plan 3, earlier front"]
    go(hosted, "back")
    assert state(hosted)["pins"] == ["3"]
    assert hosted.locator("[data-do=reoptimise_keep]").count() == 0
    go(hosted, "forward")
    hosted.click("[data-do=reoptimise_back]")
    assert state(hosted)["pins"] == ["3"]
    assert hosted.locator(".dots path.earlier").count() == 0


def test_what_is_decided_is_logged_with_its_time(hosted):
    limited(hosted, "risk", None, 600)
    hosted.evaluate("MooBudget.state.change({ pins: ['3'] })")
    hosted.fill("[data-note]", "asked the agency")
    hosted.click("[data-do=note]")
    until(hosted, "window.noted.length === 3")
    kinds = hosted.evaluate("window.noted.map(({ kind, text }) => [kind, text])")
    assert [kind for kind, _ in kinds] == ["limit", "pin", "note"]
    assert kinds[0][1].startswith("Limit: Risk ≤ ")
    assert hosted.evaluate("!Number.isNaN(Date.parse(window.noted[0].time))")


def test_the_report_offers_nothing_that_needs_the_program(page):
    assert page.locator("[data-do=own_begin], [data-do=reoptimise], [data-note]").count() == 0
    assert "moo-budget explore" in page.text_content(".plan-card.own")


def test_of_many_channels_the_thirty_largest_are_drawn_and_the_rest_is_listed(opened, tmp_path):
    channels = [f"c{number}" for number in range(34)]
    tables = from_functions(
        {"revenue": dict.fromkeys(channels, lambda x: 9 * x / (x + 9))}, dict.fromkeys(channels, 90.0)
    )
    today = {channel: 10.0 + number for number, channel in enumerate(channels)}
    problem = BudgetProblem(tables, goals={"revenue": {"outcome": "revenue", "measure": "total"}}, today=today)
    write_report(result_of(front_of(problem, list(today.values()))), tmp_path / "report.html")
    page, _, console = opened((tmp_path / "report.html").as_uri())
    page.evaluate("MooBudget.state.change({ side: 'channels' })")
    assert page.locator(".axis-head").count() == 30
    assert "c0, c1, c2 and c3" in page.text_content("#view-parallel .how")
    assert page.locator(".curve").count() == 30
    assert "not drawn: c0, c1, c2 and c3" in page.text_content("#view-curves")
    assert page.locator(".all-plans thead th").count() == 3 + 1 + 34
    assert console == []


def test_the_plan_in_focus_has_its_shares_and_returns_channel_by_channel(page, result):
    from moo_budget.report.facts import channel_facts

    page.locator("#view-channels").scroll_into_view_if_needed()
    rows = page.locator(".by-channel tbody tr").all()
    facts = channel_facts(result.problem, "revenue", result.front.plan(result.picks.ids["balanced"]))
    total, effect = (sum(values) for values in zip(*((one.money, one.roi * one.money) for one in facts), strict=True))
    for row, fact in zip(rows, facts, strict=True):
        _, _, share, of_effect, roi, following = row.locator("td").all_text_contents()
        assert share.replace("\u00a0", " ") == f"{100 * fact.money / total:.0f} %"
        assert of_effect.replace("\u00a0", " ") == f"{100 * fact.roi * fact.money / effect:.0f} %"
        assert (roi, following) == (full(fact.roi), full(fact.marginal_roi))


def test_an_axis_is_carried_to_another_place_by_its_name(page):
    before = [key for key in state(page)["order"] if not key.startswith("spend:")]
    page.locator(f'[data-head="{before[-1]}"] strong').scroll_into_view_if_needed()
    page.locator(f'[data-head="{before[-1]}"] strong').drag_to(page.locator(f'[data-head="{before[0]}"] strong'))
    after = [key for key in state(page)["order"] if not key.startswith("spend:")]
    assert after == [before[-1], *before[:-1]]
    go(page, "back")
    assert [key for key in state(page)["order"] if not key.startswith("spend:")] == before


def test_the_knee_and_plans_that_are_practically_equal_are_named(page, result):
    picks = result.picks.ids
    knee, other = [plan for plan in result.front.ids if plan not in picks.values()][:2]
    told = {"knee": knee, "equal": {picks["balanced"]: [knee, other]}}
    page.evaluate("told => { Object.assign(MooBudget.data, told); MooBudget.drawAnew(); }", told)
    said = page.text_content(".in-words")
    assert f"Practically equal, the estimates do not tell them apart: Knee (plan {knee}) and Plan {other}." in said
    page.evaluate("knee => MooBudget.state.change({ focus: knee, pins: [knee] })", knee)
    said = page.text_content(".in-words")
    assert "The trade-off turns most here" in said
    assert "Practically equal to Balanced: the estimates do not tell the two apart." in said
    assert page.locator(".compare thead th").last.text_content() == f"Knee (plan {knee})≈ Balanced×"


def test_a_brush_touches_neither_the_canvas_nor_what_stays_as_it_is(page):
    brush(page, "risk", 0.0, 0.7)
    page.evaluate(
        """() => {
            window.touched = new Set();
            const note = (records) => records.forEach((record) => touched.add(record.target.nodeName));
            new MutationObserver(note).observe(document.body, { subtree: true, attributes: true, childList: true });
        }"""
    )
    brush(page, "risk", 0.0, 0.5)
    until(page, "touched.has('path')")
    touched = set(page.evaluate("() => [...touched]"))
    assert touched.isdisjoint({"CANVAS", "SELECT", "OPTION"})
