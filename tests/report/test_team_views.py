import dataclasses
import json

import numpy as np

from moo_budget.report import render
from moo_budget.results import read_result, to_json, write_data
from moo_budget.views import taken_in
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
    assert "blended with what the data say after Black and Litterman: all 40 draws" in page
    assert "roi(brand) == 2 * roi(&#39;search&#39;) @ 60%" in page
    assert "0.933 roi(tv) + 0.0667 roi(social) - 2 roi(search)" in page
    assert "Today&#39;s mix implies" in page


def test_pooled_views_say_how_many_draws_are_left():
    result = viewed_result("roi(tv) >= roi(search) - 7", "roi(tv) <= 1000", method="entropy_pooling")
    page = render(result)
    assert f"{result.views.effective_draws:.0f} of 40 draws are left" in page
    assert "held already" in page
    assert "≤ 1,000" in page


def test_a_view_that_others_push_aside_says_so():
    beliefs = "roi(tv) <= 4", "quantile(roi(tv), 10%) >= 3.5 @ 10%"
    result = viewed_result(*beliefs, method="entropy_pooling")
    floor = result.views.beliefs[1]
    assert floor.prior > 3.5 > floor.posterior
    assert not floor.holds
    assert "held before" in render(result)


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
