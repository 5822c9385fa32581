"""Two results side by side."""

import dataclasses
import io
import json

import numpy as np
import pytest
from rich.console import Console

from moo_budget.compare import compare, document
from moo_budget.errors import InputError
from moo_budget.report import Compared, write_comparison
from moo_budget.report.words import Words
from moo_budget.spec import LimitsSpec, PlanSpec, ProblemSpec
from moo_budget.terminal.compared import compared
from tests.report.made import HOSTILE, front_of, result_of, seen_tables
from tests.worlds import CHANNELS, TODAY, four_channel_problem

GOALS = {
    "revenue": {"outcome": "revenue", "measure": "total"},
    "awareness": {"outcome": "awareness", "measure": "total"},
    "risk": {"outcome": "revenue", "measure": "std"},
}
PLANS = [[500.0, 250.0, 170.0, 80.0], [300.0, 300.0, 300.0, 100.0], [200.0, 350.0, 250.0, 200.0]]


def a_result(*plans, tables=None, changes=None, **problem):
    tables = tables or seen_tables()
    known = dict(zip(tables.channels, TODAY.values(), strict=True))
    question = four_channel_problem(**({"tables": tables, "goals": GOALS, "today": known} | problem))
    return result_of(front_of(question, *(plans or PLANS)), **(changes or {}))


@pytest.fixture(scope="module")
def first():
    return a_result()


def test_a_result_compared_with_itself_differs_in_nothing(first):
    found = compare(first, first)
    assert found.changes == found.a_beaten == found.b_beaten == ()
    assert found.ground.measured_by == "b"
    assert found.volumes.a == found.volumes.b == 1.0
    for pick in found.picks:
        assert pick.moved == 0.0
        assert all(one.value == one.estimate_low == one.estimate_high == 0.0 for one in pick.differences.values())


def test_a_plan_is_beaten_where_the_other_result_has_a_better_one():
    worse, better = [900.0, 40.0, 30.0, 30.0], [300.0, 300.0, 300.0, 100.0]
    goals = {name: GOALS[name] for name in ("revenue", "awareness")}
    a, b = a_result(worse, PLANS[0], goals=goals), a_result(better, goals=goals)
    measured = a.problem.measure(np.array([worse, better]))
    assert (measured[0] < measured[1]).all()
    found = compare(a, b)
    assert "1" in found.a_beaten
    assert found.b_beaten == ()
    assert found.volumes.b > found.volumes.a


def test_plans_of_the_first_are_measured_by_the_curves_of_the_second(first):
    doubled = seen_tables()
    doubled = dataclasses.replace(doubled, values=2.0 * doubled.values, slopes=2.0 * doubled.slopes)
    b = a_result(tables=doubled)
    pick = compare(first, b).picks[0]
    assert pick.a_goals["revenue"].value == pytest.approx(2.0 * pick.a.goals["revenue"].value)
    assert pick.differences["revenue"].value == pytest.approx(0.0, abs=1e-9)


def test_a_difference_has_the_range_of_the_draws_that_both_plans_meet(first):
    a, b = a_result(PLANS[0]), a_result(PLANS[1])
    found = compare(a, b).picks[0].differences["revenue"]
    mean, _ = first.problem.moments("revenue", np.array([PLANS[0], PLANS[1]]))
    apart = np.sort(mean[1] - mean[0])
    assert found.value == pytest.approx(apart.mean())
    assert (found.estimate_low, found.estimate_high) == pytest.approx((apart[1], apart[37]))


def test_what_only_one_result_has_is_said_and_the_rest_is_compared(first):
    tables = seen_tables(channels=("tv", "search", "kino", "social"))
    goals = {"revenue": GOALS["revenue"], "risk": {"outcome": "revenue", "measure": "tail_mean"}}
    found = compare(first, a_result(tables=tables, goals=goals))
    assert (found.ground.measured_by, found.ground.reason, found.ground.names) == ("own", "channels", ("电视",))
    assert [one.goal.name for one in found.goals] == ["revenue"]
    assert found.volumes is None
    assert found.channels == (*CHANNELS, "kino")
    assert found.picks[0].moves["kino"] == found.picks[0].b.spend["kino"]
    text = " ".join(Compared(found, ("old", "new"), Words("en")).remarks())
    assert "because old spends on what new does not know (电视)" in text
    assert "Goals of old alone, which are not compared: Awareness, Risk." in text
    assert "Channels of new alone: kino." in text


def test_apart_learned_curves_meet_every_draw_of_each_other(first):
    tables = seen_tables(channels=("tv", "search", "kino", "social"))
    rolled = {part: np.roll(getattr(tables, part), 1, axis=-1) for part in ("values", "slopes")}
    found = compare(first, a_result(tables=dataclasses.replace(tables, **rolled))).picks[0].differences["revenue"]
    # Equal plans by equal curves that were learned apart: the difference may go either way.
    assert found.value == pytest.approx(0.0, abs=1e-9)
    assert found.estimate_low < 0.0 < found.estimate_high


def test_plans_beyond_the_curves_of_the_second_are_measured_by_their_own():
    a = a_result(PLANS[0])
    tables = seen_tables()
    short = dataclasses.replace(
        tables,
        knots=tables.knots * 0.2,
        slopes=tables.slopes / 0.2,
    )
    b = a_result([300.0, 250.0, 250.0, 200.0], tables=short, today=dict.fromkeys(CHANNELS, 250.0))
    found = compare(a, b)
    assert (found.ground.reason, found.ground.names) == ("curves", ("1",))


def test_what_changed_in_the_question_stands_key_by_key(first):
    spec = ProblemSpec(title="t", currency="EUR", plan=PlanSpec(periods=10, budget=900.0), limits=LimitsSpec(share=0.5))
    fit = {outcome: quality | {"curve": "power"} for outcome, quality in first.fit.items()}
    b = a_result(changes={"spec": spec, "fit": fit, "versions": {"moo-budget": "0.2.0"}})
    told = {change.key: (change.a, change.b) for change in compare(first, b).changes}
    assert told["plan.budget"] == ("", "900")
    assert told["limits.share"] == ("", "0.5")
    assert told["models.revenue.curve"] == ("hill", "power")
    assert told["program"] == ("0.1.0", "0.2.0")
    assert not any(key.startswith(("goals", "data")) for key in told)


def test_limits_of_the_second_that_a_pick_of_the_first_breaks_are_named(first):
    b = a_result([250.0, 250.0, 250.0, 250.0], limits={"share": 0.27})
    found = compare(first, b)
    assert all(pick.a_breaks for pick in found.picks)
    text = " ".join(Compared(found, ("old", "new"), Words("en")).remarks())
    assert "plan of old does not keep the limits of new: " in text


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        (
            {"currency": "USD"},
            "the first result counts in EUR, the second in USD; results are compared in one currency",
        ),
        ({"periods": 20}, "the first result plans 10 x week, the second 20 x week; plans are compared at equal length"),
        (
            {"goals": {"risk": {"outcome": "revenue", "measure": "semi_deviation"}}},
            r"the results have no goal in common that both seek; the first has revenue \(total of revenue\), awareness "
            r"\(total of awareness\), risk \(std of revenue\), the second risk \(semi_deviation of revenue\)",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_reason(first, changed, text):
    with pytest.raises(InputError, match=text):
        compare(first, a_result(**changed))


def test_the_page_is_whole_and_names_are_inert(tmp_path):
    tables = seen_tables(channels=(HOSTILE, *CHANNELS[1:]))
    said = Compared(compare(a_result(tables=tables), a_result(tables=tables)), ("a<b>", "c"), Words("en"))
    write_comparison(said, tmp_path / "compare.html")
    page = (tmp_path / "compare.html").read_text(encoding="utf-8")
    assert "<b>" not in page
    assert "a&lt;b&gt;" in page
    assert "<script" not in page
    assert "Nothing: the same was asked of the same data, and the same models answered." in page
    assert page.count("<table") == 4  # goals and three picks


def test_a_program_and_a_terminal_are_told_the_same(first):
    found = compare(first, a_result(PLANS[1]))
    told = json.loads(json.dumps(document(found), allow_nan=False))
    assert told["picks"]["boldest"]["b"]["spend"] == dict(zip(CHANNELS, PLANS[1], strict=True))
    assert told["beaten"]["a"] == list(found.a_beaten)
    shown = io.StringIO()
    Console(width=160, file=shown).print(compared(Compared(found, ("old", "new"), Words("en"))))
    text = shown.getvalue()
    assert "Boldest plan" in text
    assert "new less old" in text
