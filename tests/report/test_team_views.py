import dataclasses
import json

import numpy as np
import pytest

from moo_budget.report import render
from moo_budget.report.facts import spend_of
from moo_budget.report.page import Page
from moo_budget.report.team_views import team_views
from moo_budget.results import read_result, to_json, write_data
from moo_budget.views import plan_changes, taken_in
from tests.report.made import front_of, result_of, seen_tables
from tests.worlds import TODAY, four_channel_problem

ABOUT = {"today": TODAY, "periods": 10, "currency": "EUR", "tags": {"brand": ("tv", "social")}}


def viewed_result(*beliefs, method="black_litterman", today=TODAY):
    viewed = taken_in(seen_tables(), {"beliefs": beliefs, "method": method}, **ABOUT | {"today": today})
    problem = four_channel_problem(tables=viewed.tables, today=today)
    return result_of(front_of(problem, list(TODAY.values())), views=viewed.record, messages=viewed.messages)


def test_the_report_shows_prior_view_and_posterior():
    page = render(viewed_result("roi(brand) == 2 * roi('search') @ 60%", "mroi(电视) == 0.5 @ 30%"))
    assert '<h2 id="views">What the team believes</h2>' in page
    assert "The team&#39;s views on revenue (2) are in all of these figures" in page
    assert "blended with what the data say after Black and Litterman: every response curve" in page
    assert "roi(brand) == 2 * roi(&#39;search&#39;) @ 60%" in page
    assert "Today&#39;s mix implies" in page


def test_a_comparison_of_returns_is_told_by_its_two_sides():
    result = viewed_result("roi(brand) == 2 * roi('search') @ 60%")
    (ratio,) = result.views.beliefs
    ((_, form, _, prior, asked, posterior, _),) = team_views(Page.of(result)).beliefs
    assert form == "0.933 roi(tv) + 0.0667 roi(social) against 2 roi(search)"
    assert asked == "equal"
    for text, numbers in ((prior, (ratio.prior, ratio.asked)), (posterior, (ratio.posterior, ratio.asked_posterior))):
        assert [float(number) for number in text.split(" against ")] == pytest.approx(numbers, rel=5e-3)
    assert abs(ratio.posterior - ratio.asked_posterior) < abs(ratio.prior - ratio.asked)


def test_an_inequality_between_returns_asks_for_at_least_or_at_most_as_much():
    result = viewed_result("roi(tv) <= mroi(search) + 100", "roi(tv) + 100 >= mroi(search)", method="entropy_pooling")
    rows = team_views(Page.of(result)).beliefs
    assert [row[1] for row in rows] == ["roi(tv) against mroi(search) + 100", "roi(tv) against mroi(search) - 100"]
    assert [row[4] for row in rows] == ["at most as much", "at least as much"]


def test_a_number_on_the_left_does_not_turn_a_view_round():
    ((_, form, _, prior, asked, *_),) = team_views(Page.of(viewed_result("0.8 == roi(tv) @ 80%"))).beliefs
    assert (form, asked) == ("roi(tv)", "0.8")
    assert float(prior) > 0.0


def test_the_report_says_what_the_views_change_in_the_plans():
    result = viewed_result("roi(tv) == 2 @ 60%")
    problem = result.problem
    plans = {plan.id: spend_of(problem, plan) for plan in result.compared}
    changes = plan_changes("revenue", seen_tables(), problem.tables, plans, problem.periods)
    for id, change in changes.items():
        (here,) = problem.tables.expected("revenue", plans[id][None] / problem.periods)
        assert change.posterior == pytest.approx(problem.periods * here.sum())
    result = dataclasses.replace(result, views=dataclasses.replace(result.views, plans=changes))
    section = team_views(Page.of(result))
    change = changes["reference"]
    assert change.posterior < change.prior
    name, without, with_views, difference = section.plans[0]
    assert name == "Today and reference"
    assert without == f"{change.prior:,.0f}"
    assert with_views == f"{change.posterior:,.0f}"
    assert difference.startswith("−")
    assert "without the views and with them" in render(result)


def test_pooled_views_say_how_many_draws_are_left():
    result = viewed_result("roi(tv) >= roi(search) - 7", "roi(tv) <= 1000", method="entropy_pooling")
    page = render(result)
    assert f"{result.views.effective_draws:.0f} of 40 cases are left" in page
    assert "held already" in page
    assert "≤ 1,000" in page


def test_a_view_that_others_push_aside_says_so():
    beliefs = "roi(tv) <= 4", "quantile(roi(tv), 10%) >= 3.5 @ 10%"
    result = viewed_result(*beliefs, method="entropy_pooling")
    floor = result.views.beliefs[1]
    assert floor.prior > 3.5 > floor.posterior
    assert not floor.holds
    assert "held before" in render(result)


def test_returns_of_an_s_shaped_channel_without_money_say_where_they_are_read():
    result = viewed_result("roi(tv) == 5 @ 10%", today=TODAY | {"social": 0.0})
    assert "read at" not in render(result)  # a concave curve is read at its first unit
    channels = result.views.channels | {"social": dataclasses.replace(result.views.channels["social"], read_at=120.0)}
    page = render(dataclasses.replace(result, views=dataclasses.replace(result.views, channels=channels)))
    assert "0.00 (read at 120.00)" in page
    assert "Where nothing is spent today, returns are read at the money at which" in page


def test_a_channel_without_money_has_a_ceiling():
    assert "<td>≤ " in render(viewed_result("roi(tv) == 5 @ 10%", today=TODAY | {"social": 0.0}))


def test_without_views_there_is_no_such_section():
    assert "What the team believes" not in render(result_of(front_of(four_channel_problem(), list(TODAY.values()))))


def test_the_record_comes_back_from_the_folder(tmp_path):
    result = viewed_result("roi(tv) == 5 @ 10%")
    text = '[fit]\ncurves = "curves.csv"\n[views]\nbeliefs = ["roi(tv) == 5 @ 10%"]\n'
    write_data(dataclasses.replace(result, problem_text=text), tmp_path)
    again = read_result(tmp_path)
    assert again.views == result.views
    # The stored tables hold the views already: nothing is taken in twice.
    np.testing.assert_array_equal(again.problem.tables.values, result.problem.tables.values)


def test_a_result_without_the_key_can_still_be_read(tmp_path):
    result = result_of(front_of(four_channel_problem(), list(TODAY.values())))
    write_data(dataclasses.replace(result, problem_text='[fit]\ncurves = "curves.csv"\n'), tmp_path)
    stored = json.loads(to_json(result))
    assert stored.pop("views") is None
    (tmp_path / "result.json").write_text(json.dumps(stored), encoding="utf-8")
    assert read_result(tmp_path).views is None
