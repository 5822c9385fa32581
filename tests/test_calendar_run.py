"""A calendar from the problem file to the result folder, over own curves and over real tables."""

import json
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest

import moo_budget as mb
from moo_budget.learning import check
from moo_budget.limits import CalendarCheck
from moo_budget.report import render
from moo_budget.terminal.checked import check_document
from tests.real_data import HERE, needs_data, problem_in

CURVES = """
schema_version = 1
currency = "EUR"
[plan]
periods = 6
budget = 900
today = { tv = 500, search = 400 }
calendar = true
[fit]
curves = "curves.csv"
[limits.calendar]
total_max = 160
[limits.calendar.tv]
max = 90
"""

# Beside tests/real/robyn.toml and conjura.toml: a blackout, a burst and a limit of the whole team; and two views.
LIMITS = {
    "robyn": """
[limits.calendar]
total_max = 50000
[limits.calendar.tv]
blackout = [2019-12-02, 2019-12-09]
[limits.calendar.ooh]
min_burst = 3
""",
    "conjura": """
[limits.calendar]
total_max = 33000
[limits.calendar.google_pmax]
max = 11000
blackout = [2023-12-25, 2024-01-01]
[limits.calendar.google_video]
min_burst = 4
[views]
beliefs = ["roi(meta_instagram) == 1.2 * roi(meta_facebook) @ 60%", "mroi(google_pmax) == 2 @ 80%"]
""",
}


def problem_file(folder):
    """A problem over own curves of two channels, without carry-over and season."""
    spend = np.linspace(0.0, 200.0, 21)
    rows = [("revenue", "tv", x, 400.0 * x / (x + 60.0)) for x in spend]
    rows += [("revenue", "search", x, 300.0 * x / (x + 90.0)) for x in spend]
    pd.DataFrame(rows, columns=["outcome", "channel", "spend", "value"]).to_csv(folder / "curves.csv", index=False)
    path = folder / "problem.toml"
    path.write_text(CURVES, encoding="utf-8")
    return path


@pytest.fixture
def problem(tmp_path):
    return problem_file(tmp_path)


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """The result, and its folder that nobody changes."""
    folder = tmp_path_factory.mktemp("calendar")
    return mb.run(problem_file(folder), folder / "out", seed=1, n_plans=8, n_evaluations=500), folder / "out"


def test_curves_without_carry_over_are_spent_as_level_as_the_limits_allow(solved):
    result, folder = solved
    texts = {message.code: message.text for message in result.messages}
    assert texts["calendar.level"].endswith("every plan is spent as level as the limits per period allow")
    assert "Solve without `calendar` for these" in texts["calendar.no-certificate"]
    assert result.certificate is None
    frame = pd.read_csv(folder / "calendar.csv")
    assert list(frame.columns) == ["plan_id", "pick", "period", "start", "total", "spend_tv", "spend_search"]
    assert np.ptp(frame["total"]) <= 0.021
    assert frame["spend_tv"].max() <= 90.0


def test_the_folder_comes_back_with_its_calendar(solved):
    result, folder = solved
    back = mb.read_result(folder)
    np.testing.assert_array_equal(back.problem.law.money, result.problem.law.money)
    np.testing.assert_array_equal(back.front.values.low, result.front.values.low)
    assert back.front.reference.goals == result.front.reference.goals
    assert back.picks.ids == result.picks.ids
    assert render(back) == render(result)
    stored = json.loads((folder / "result.json").read_text(encoding="utf-8"))["calendar"]
    assert stored["starts"] == []
    assert sum(stored["plans"]["1"]["tv"]) == pytest.approx(result.front.plan("1").spend["tv"])


def test_the_workbook_has_a_sheet_and_the_report_a_picture_a_pick(solved):
    result, folder = solved
    with ZipFile(folder / "plans.xlsx") as book:
        assert 'name="Weekly"' in book.read("xl/workbook.xml").decode()
    page = render(result)
    assert "When the money is spent" in page
    assert page.count("Money per period of ") == len(set(result.picks.ids.values()))
    assert "A plan's money is spent as its calendar says." in page.replace("&#39;", "'")


def test_check_names_the_limits_per_period(problem):
    found = check(problem)
    assert check_document(found)["calendar"] == {
        "starts": [],
        "total_max": 160.0,
        "channels": {
            "tv": {"max": 90.0, "periods": 6, "min_burst": 1},
            "search": {"max": 200.0, "periods": 6, "min_burst": 1},
        },
    }


def test_limits_per_period_without_a_calendar_are_refused_with_their_line(problem):
    problem.write_text(CURVES.replace("calendar = true\n", ""), encoding="utf-8")
    with pytest.raises(mb.InputError, match=r"problem.toml:10  \[limits.calendar\] limits money per period") as caught:
        check(problem)
    assert caught.value.exit_code == 3


def test_a_team_limit_that_does_not_hold_the_budget_ends_with_exit_4(problem):
    problem.write_text(CURVES.replace("total_max = 160", "total_max = 140"), encoding="utf-8")
    with pytest.raises(mb.InfeasibleError, match=r"lower the budget by 60\.00; raise `total_max` to 150\.00"):
        check(problem)


@needs_data
@pytest.mark.parametrize("name", LIMITS)
def test_real_tables_get_a_calendar_that_keeps_all_limits_and_views_beside_it(name, tmp_path):
    path = problem_in(tmp_path, HERE / "real" / f"{name}.toml")
    text = path.read_text(encoding="utf-8").replace("periods = 13\n", "periods = 13\ncalendar = true\n")
    path.write_text(text + LIMITS[name], encoding="utf-8")
    result = mb.run(path, tmp_path / "out", seed=1, n_plans=20, n_evaluations=1000)
    problem, front = result.problem, result.front
    assert all(plan.breaks == () for plan in front.plans)
    check = CalendarCheck(problem.limits, problem.money, problem.periods, problem.law.starts)
    for split, money in zip(front.spend, problem.law.money, strict=True):
        assert check.broken(money, split, 1e-6) == ()
    timed = next(message.text for message in result.messages if message.code == "calendar.timed")
    assert "better than spent level" in timed
    assert str(problem.law.starts[0]) in (tmp_path / "out" / "calendar.csv").read_text(encoding="utf-8")
    back = mb.read_result(tmp_path / "out")
    assert back.front.today.goals == front.today.goals
    if name == "conjura":
        check_views(result, back, (tmp_path / "out" / "report.html").read_text(encoding="utf-8"))


def check_views(result, back, page):
    ratio, pmax = result.views.beliefs
    assert 0.3 < ratio.reached < 0.9  # each moves by its confidence when alone; here they share channels
    assert abs(pmax.posterior - 2.0) < abs(pmax.prior - 2.0)
    assert "roi(meta_instagram) == 1.2 * roi(meta_facebook) @ 60%" in page
    assert back.views == result.views
