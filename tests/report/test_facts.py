import numpy as np
import pytest

from moo_budget.report import facts
from tests.report.made import front_of, result_of, seen_tables
from tests.worlds import CHANNELS, TODAY, four_channel_problem

PLAN = [500.0, 250.0, 170.0, 80.0]


@pytest.fixture(scope="module")
def problem():
    return four_channel_problem(tables=seen_tables())


def test_at_an_equal_total_money_moved_is_half_the_sum_of_all_changes(problem):
    (today, pick) = facts.shown_plans(result_of(front_of(problem, PLAN)))
    assert pick.moved == pytest.approx(0.5 * sum(abs(a - b) for a, b in zip(PLAN, TODAY.values(), strict=True)))
    assert pick.largest_moves[0] == ("tv", pytest.approx(-200.0))
    assert today.moved == pytest.approx(0.0)


def test_today_and_an_equal_reference_share_a_column_and_so_do_equal_picks(problem):
    shown = facts.shown_plans(result_of(front_of(problem, PLAN)))
    assert [one.names for one in shown] == [("today", "reference"), ("safest", "balanced", "boldest")]


def test_another_total_gives_the_reference_a_column_of_its_own():
    problem = four_channel_problem(tables=seen_tables(), budget=1200.0)
    shown = facts.shown_plans(result_of(front_of(problem, [600.0, 300.0, 200.0, 100.0])))
    assert [one.names[0] for one in shown] == ["today", "reference", "safest"]


def test_without_today_only_picks_are_shown():
    problem = four_channel_problem(tables=seen_tables(), today=None)
    (pick,) = facts.shown_plans(result_of(front_of(problem, PLAN)))
    assert pick.moves == {}


def test_a_difference_is_taken_draw_by_draw(problem):
    reference = np.array(list(TODAY.values()))
    gain = facts.difference(problem, "revenue", np.array(PLAN), reference)
    per_draw = sum(
        problem.tables.draws("revenue", channel, np.array([a, b]) / 10.0) * 10.0
        for channel, a, b in zip(CHANNELS, PLAN, reference, strict=True)
    )
    more = np.sort(per_draw[0] - per_draw[1])
    assert gain.value == pytest.approx(more.mean())
    # 40 draws of equal weight: the 5th percentile is the second, the 95th the 38th.
    assert (gain.low, gain.high) == (pytest.approx(more[1]), pytest.approx(more[37]))


def test_marginal_roi_is_what_the_next_unit_of_money_brings(problem):
    step, spend = 1e-3, np.array(PLAN)
    bumped = spend + step * np.eye(4)
    totals = problem.totals("revenue", bumped) - problem.totals("revenue", spend[None])
    np.testing.assert_allclose(facts.marginal_roi(problem, "revenue", spend), totals / step, rtol=1e-4)


def test_shares_add_up_and_channels_beyond_past_spend_are_marked(problem):
    plan = front_of(problem, [910.0, 60.0, 30.0, 0.0]).plan("1")
    rows = facts.channel_facts(problem, "revenue", plan)
    assert sum(row.share_of_spend for row in rows) == pytest.approx(1.0)
    assert sum(row.share_of_effect for row in rows) == pytest.approx(1.0)
    assert [row.channel for row in rows if row.beyond] == ["tv"]
    assert np.isnan(rows[3].roi)


def test_plans_that_beat_the_reference_are_counted_without_the_money_moved():
    goals = {"revenue": {"outcome": "revenue", "measure": "total"}, "change": {"measure": "change"}}
    for chosen in ({"revenue": goals["revenue"]}, goals):
        problem = four_channel_problem(tables=seen_tables(), goals=chosen)
        assert facts.better_than_reference(result_of(front_of(problem, PLAN, list(TODAY.values())))) == ("1",)
    problem = four_channel_problem(tables=seen_tables(), goals={"change": goals["change"]})
    assert facts.better_than_reference(result_of(front_of(problem, PLAN))) is None
    problem = four_channel_problem(tables=seen_tables(), goals={"revenue": goals["revenue"]}, today=None)
    assert facts.better_than_reference(result_of(front_of(problem, PLAN))) is None


def test_today_and_reference_in_one_column_have_the_goals_of_the_reference():
    goals = {
        "revenue": {"outcome": "revenue", "measure": "total"},
        "worse": {"outcome": "revenue", "measure": "shortfall", "target": "today"},
        "change": {"measure": "change"},
    }
    today = TODAY | {"tv": TODAY["tv"] + 3e-3}
    problem = four_channel_problem(tables=seen_tables(), goals=goals, budget=sum(TODAY.values()), today=today)
    front = front_of(problem, PLAN)
    assert front.today.goals["change"].value > 0.0
    both = facts.shown_plans(result_of(front))[0]
    assert both.names == ("today", "reference")
    assert both.plan.goals["worse"] == front.reference.goals["worse"]
    assert both.plan.goals["change"].value == 0.0


def test_goals_that_are_money_within_rounding_are_none():
    goals = {"revenue": {"outcome": "revenue", "measure": "total"}, "change": {"measure": "change"}}
    problem = four_channel_problem(tables=seen_tables(), goals=goals)
    near = [amount + shift for amount, shift in zip(TODAY.values(), (0.02, -0.02, 0.0, 0.0), strict=True)]
    front = front_of(problem, near)
    assert front.plan("1").goals["change"].value == pytest.approx(0.02)
    pick = facts.shown_plans(result_of(front))[-1]
    assert pick.goal("change").value == 0.0
    assert pick.goal("revenue").value == front.plan("1").goals["revenue"].value


def test_what_another_total_adds_is_not_money_moved():
    problem = four_channel_problem(tables=seen_tables(), budget={"min": 500.0, "max": 1500.0})
    pick = facts.shown_plans(result_of(front_of(problem, [500.0, 150.0, 150.0, 50.0])))[-1]
    assert pick.more_spent == pytest.approx(-150.0)
    assert pick.moved == pytest.approx(50.0)  # search gains 50 of the 200 that tv loses


def test_money_within_the_rounding_of_every_channel_is_no_difference(problem):
    assert facts.rounding(problem) == pytest.approx(4 * 0.01)
    today = front_of(problem, list(TODAY.values())).plan("1")
    near = front_of(problem, [700.03, 99.97, 150.0, 50.0]).plan("1")
    far = front_of(problem, [700.05, 99.95, 150.0, 50.0]).plan("1")
    assert not facts.differ(problem, today, near)
    assert facts.differ(problem, today, far)
    shown = facts.shown_plans(result_of(front_of(problem, [700.03, 99.97, 150.0, 50.0])))
    assert [one.largest_move for one in shown] == [None, None]
    assert shown[-1].moved == 0.0


def test_the_reference_is_found_among_the_plans_up_to_rounding(problem):
    assert facts.reference_is_found(result_of(front_of(problem, PLAN, [700.01, 99.99, 150.0, 50.0])))
    assert not facts.reference_is_found(result_of(front_of(problem, PLAN)))
    alone = four_channel_problem(tables=seen_tables(), today=None)
    assert not facts.reference_is_found(result_of(front_of(alone, PLAN)))
