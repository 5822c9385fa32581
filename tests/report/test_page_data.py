"""What the page's scripts are given, and how it travels."""

import json
import re

import numpy as np
import pytest

from moo_budget.report.facts import channel_facts, difference
from moo_budget.report.front_end import SCRIPTS, packaged, script, style
from moo_budget.report.page_data import page_data, page_json, visible
from moo_budget.report.page_words import NAMES, PAGE_WORDS
from tests.report.made import HOSTILE, front_of, result_of, seen_tables, small_front
from tests.worlds import CHANNELS, TODAY, four_channel_problem


@pytest.fixture(scope="module")
def result():
    return result_of(small_front(budget=1200.0))


@pytest.fixture(scope="module")
def data(result):
    return json.loads(page_json(page_data(result)))


def test_columns_hold_the_front_to_six_digits(result, data):
    front = result.front
    assert data["plans"]["id"] == list(front.ids)
    np.testing.assert_allclose(np.array(data["plans"]["spend"]).T, front.spend, rtol=5e-6)
    np.testing.assert_allclose(data["plans"]["total"], front.spend.sum(axis=1), rtol=1e-12)
    for g, goal in enumerate(result.problem.goals):
        for part in ("value", "low", "high"):
            parts = data["plans"]["values"][goal.name]
            column = parts.get(part, parts["value"])
            np.testing.assert_allclose(column, getattr(front.values, part)[:, g], rtol=5e-6, atol=1e-9)


def test_the_lead_outcome_stands_first_where_no_goal_is_its_total(data):
    assert data["measures"][0]["key"] == "total:revenue"
    assert not data["measures"][0]["sought"]
    values = data["plans"]["values"]["total:revenue"]
    assert all(
        low < value < high for low, value, high in zip(values["low"], values["value"], values["high"], strict=True)
    )


def test_gains_are_the_differences_that_the_report_tells(result, data):
    problem, front = result.problem, result.front
    gain = difference(problem, "revenue", front.spend[3], problem.money.reference)
    told = [data["plans"]["gains"]["revenue"][part][3] for part in ("value", "low", "high")]
    np.testing.assert_allclose(told, [gain.value, gain.low, gain.high], rtol=5e-6)


def test_yardsticks_are_today_and_the_reference_where_they_differ(data):
    assert list(data["yardsticks"]) == ["today", "reference"]
    assert data["yardsticks"]["today"]["spend"] == list(TODAY.values())
    assert "below the budget" in data["yardsticks"]["today"]["breaks"][0]
    assert list(page_data(result_of(small_front()))["yardsticks"]) == ["today"]
    assert page_data(result_of(small_front(today=None), today_text=""))["yardsticks"] == {}


def test_what_is_allowed_and_was_seen_is_money_for_the_whole_plan(result, data):
    problem = result.problem
    assert data["budget"] == [1200, 1200]
    for c, channel in enumerate(data["channels"]):
        assert channel["seen"] == pytest.approx(90.0 * problem.periods)
        assert channel["upper"] == pytest.approx(min(problem.feasible.upper[c], 1200.0))


def test_markup_in_names_is_only_text_on_its_way():
    tables = seen_tables(channels=(HOSTILE, *CHANNELS[1:]))
    today = dict(zip(tables.channels, TODAY.values(), strict=True))
    problem = four_channel_problem(tables=tables, today=today)
    text = page_json(page_data(result_of(front_of(problem, [500.0, 250.0, 170.0, 80.0]))))
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text)["channels"][0]["name"] == HOSTILE


def test_marks_that_hide_or_turn_text_are_written_out():
    assert visible("tv\u202e\x1b[31m\n电视") == "tv\\u202e\\u001b[31m\\u000a电视"


def test_every_language_has_the_same_sentences_with_the_same_fields():
    def fields(sentences):
        return {key: sorted(re.findall(r"{(\w+)}", text)) for key, text in sentences.items()}

    assert all(fields(sentences) == fields(PAGE_WORDS["en"]) for sentences in PAGE_WORDS.values())
    assert set(NAMES) == set(PAGE_WORDS)


def test_the_page_can_be_asked_for_in_chinese(result):
    data = page_data(result, lang="zh")
    assert data["words"]["balanced"] == "均衡方案"
    assert [measure["title"] for measure in data["measures"]][:3] == ["增量收入", "ROI", "知名度"]
    assert data["period"] == "周"


def test_every_sentence_that_a_script_asks_for_is_there_and_none_is_idle():
    text = script()
    asked = set(re.findall(r'say\("(\w+)"', text))
    assert asked <= set(PAGE_WORDS["en"])
    named = set(re.findall(r'"(\w+)"', text)) | asked
    patterns = [
        re.compile(re.sub(r"\\\$\\{[^}]*\\}", r"\\w+", re.escape(word)))
        for word in re.findall(r"`(\w*\$\{[^`]*)`", text)
    ]
    in_python = {"incremental", *(key for key in PAGE_WORDS["en"] if key.startswith("limit_"))}
    idle = {
        key for key in PAGE_WORDS["en"] if key not in named | in_python and not any(p.fullmatch(key) for p in patterns)
    }
    assert idle == set()


def test_every_script_and_style_is_shipped_once():
    assert len(set(SCRIPTS)) == len(SCRIPTS)
    assert all(packaged(f"static/{name}.js") in script() for name in SCRIPTS)
    assert not re.search("</script|<!--", script())
    assert "@import" not in style()
    addresses = re.findall(r"https?://[^\"'\s]+", script() + style())
    assert addresses == ["http://www.w3.org/2000/svg"]


def test_effects_on_the_lead_outcome_can_be_read_from_the_curves(result, data):
    """The slope at the plan's money is the marginal ROI that the report tells."""
    plan = result.front.plan(result.picks.ids["balanced"])
    facts = channel_facts(result.problem, "revenue", plan)
    for c, fact in enumerate(facts):
        knots, curve = data["channels"][c]["knots"], data["curves"]["revenue"][c]
        effect = np.interp(fact.money / data["periods"], knots, curve["mean"]) * data["periods"]
        assert effect == pytest.approx(fact.roi * fact.money, rel=0.02, abs=1.0)
