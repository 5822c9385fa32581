"""The report's section on why: what it shows is what the explanation holds, and a result without one has none."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from moo_budget.explain import explain, stability, what_to_test
from moo_budget.report import render
from moo_budget.report.explained import why
from moo_budget.report.page import Page
from moo_budget.results import read_result
from moo_budget.run import run
from tests.report.made import HOSTILE, result_of, small_front

PROBLEMS = Path(__file__).resolve().parents[2] / "problems"


@pytest.fixture(scope="module")
def result():
    return with_reasons(result_of(small_front(limits={"change": 0.5})))


def with_reasons(result, **changes):
    problem, front = result.problem, result.front
    facts = {}
    for id in set(result.picks.ids.values()):
        plan = front.plan(id)
        sure = stability(problem, plan, front=front, n_draws=12)
        facts[id] = replace(explain(problem, plan, front=front), stability=sure, **changes)
    first = what_to_test(problem, front.plan(result.picks.ids["balanced"]), front=front)
    # In so certain a world no test is worth anything: these are, the last less than a hundredth of the first.
    experiments = zip(first.experiments, (90.0, 40.0, 20.0, 0.5), strict=True)
    first = replace(first, experiments=tuple(replace(test, worth=worth, money=worth) for test, worth in experiments))
    return replace(result, explanations=facts, first_test=first)


def test_a_test_that_is_worth_next_to_nothing_is_not_recommended(result):
    tested = result.first_test
    rounding = tuple(replace(test, worth=1e-28, money=1e-28) for test in tested.experiments)
    shown = why(Page.of(replace(result, first_test=replace(tested, experiments=rounding))))
    assert shown.first_test.startswith("No test")
    assert shown.tests is None


def test_where_not_every_channel_was_asked_the_tables_say_so(result, monkeypatch):
    tried = "Tests of the 2 channels on which most is spent were tried, and of no others."
    assert tried not in why(Page.of(result)).tests.how_to_read
    monkeypatch.setattr("moo_budget.report.explained.MOST_CHANNELS", 2)
    shown = why(Page.of(result))
    assert "A tenth more was tried for the 2 channels with most money in this plan; " in shown.next_money.how_to_read
    assert shown.tests.how_to_read.endswith(tried)
    no_test = replace(result.first_test, experiments=())
    assert why(Page.of(replace(result, first_test=no_test))).first_test.endswith(f"change this plan. {tried}")


def test_the_section_shows_sentences_waterfall_tables_and_the_first_test(result):
    shown = why(Page.of(result))
    facts = result.explanations[result.picks.ids["balanced"]]
    assert shown.sentences == facts.sentences()
    assert [row[0] for row in shown.next_money.rows] == list(result.problem.channels)
    assert all(len(row) == len(shown.next_money.columns) for row in shown.next_money.rows)
    assert len(shown.limits.rows) == sum(limit.kind != "nothing" and limit.price > 0 for limit in facts.limits)
    best = result.first_test.experiments[0]
    assert shown.first_test.startswith(f"Test {best.channel} first: ")
    assert len(shown.tests.rows) == 3
    for step in facts.gains["revenue"].channels:
        assert step in shown.waterfall.alt
    page = render(result)
    assert '<h2 id="why">Why this plan</h2>' in page
    assert shown.first_test in page
    assert (
        "None"
        not in re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL).split('id="why"')[1].split("</section>")[0]
    )


def test_it_says_what_the_plan_acts_on_what_that_leaves_open_and_who_would_pay(result):
    facts = result.explanations[result.picks.ids["balanced"]]
    shown = why(Page.of(result))
    goal, share = max(facts.wanted.weights.items(), key=lambda pair: pair[1])
    assert f"over all plans: {goal} {100.0 * share:.2g}" in shown.acts.replace("\u00a0", "")
    largest = max(abs(row.worth) for row in facts.channels.values())
    assert ("explains all that the next EUR brings" in shown.acts) is (facts.wanted.residual <= 1e-3 * largest)
    assert ("neither by these weights nor by a limit." in shown.acts) is (facts.wanted.residual > 1e-3 * largest)
    assert ("Other weights explain it as well" in shown.acts) is not facts.wanted.is_unique
    better = facts.wanted.left > 1e-6 * largest * result.front.plan(result.picks.ids["balanced"]).total
    assert ("another plan is better by" in shown.acts) == better
    assert shown.acts in render(result)
    for row, reason in zip(shown.next_money.rows, facts.why_not.values(), strict=True):
        assert row[3].endswith("would pay") == bool(reason.payers)
        assert not reason.payers or next(iter(reason.payers)) in row[3]


def test_a_result_without_explanations_has_no_such_section():
    assert 'id="why"' not in render(result_of(small_front()))


def test_a_stopped_run_s_explanations_go_without_stability_and_tests(result):
    bare = {id: replace(facts, stability=None) for id, facts in result.explanations.items()}
    shown = why(Page.of(replace(result, explanations=bare, first_test=None)))
    assert shown.first_test == ""
    assert len(shown.next_money.columns) == 6
    assert all(len(row) == 6 for row in shown.next_money.rows)


def test_names_that_are_markup_stay_text(result):
    facts = result.explanations[result.picks.ids["balanced"]]
    hostile = replace(facts, outcome="revenue", unit=HOSTILE)
    page = render(replace(result, explanations={result.picks.ids["balanced"]: hostile}))
    assert HOSTILE not in page


def test_a_run_writes_explanations_of_its_picks_and_they_are_read_back(tmp_path):
    result = run(PROBLEMS / "two_goals_closed_form" / "problem.toml", tmp_path / "out", n_evaluations=2000, n_plans=20)
    stored = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert set(stored["explanations"]) == set(result.picks.ids.values())
    for id, one in stored["explanations"].items():
        assert one["sentences"] == list(result.explanations[id].sentences())
        assert one["facts"]["plan"] == id
    again = read_result(tmp_path / "out")
    assert again.explanations == result.explanations
    assert again.first_test == result.first_test
    assert stored["knee"] == (result.knee and {"plan": result.knee.id, "strength": result.knee.strength})
    assert [id for group in stored["groups"] for id in group["ids"]] != []
    assert {group["delegate"] for group in stored["groups"]} == {group.delegate for group in again.groups}
    assert "Why this plan" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    del stored["explanations"], stored["first_test"]
    (tmp_path / "out" / "result.json").write_text(json.dumps(stored), encoding="utf-8")
    assert read_result(tmp_path / "out").explanations == {}


def test_a_defect_in_explanations_is_seen_and_takes_no_plans_away(tmp_path, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("boom")

    monkeypatch.setattr(sys.modules["moo_budget.run"], "explain", broken)
    with pytest.raises(RuntimeError, match="boom"):
        run(PROBLEMS / "two_goals_closed_form" / "problem.toml", tmp_path / "out", n_evaluations=1000, n_plans=10)
    result = read_result(tmp_path / "out")
    assert len(result.front) == 10
    assert result.explanations == {}
