"""The section on other plans says of knee, groups and equals what the result holds, in both languages."""

from dataclasses import replace

import pytest

from moo_budget.explain import explain
from moo_budget.report import render
from moo_budget.report.alternatives import alternatives
from moo_budget.report.page import Page
from tests.choose.fronts import TWO, front_of_goals
from tests.report.made import result_of, small_front


@pytest.fixture(scope="module")
def result():
    front = small_front()
    result = result_of(front)
    balanced = front.plan(result.picks.ids["balanced"])
    return replace(result, explanations={balanced.id: explain(front.problem, balanced, front=front)})


def test_every_plan_is_in_one_row_and_every_pick_is_named_once(result):
    shown = alternatives(Page.of(result))
    assert [row[0] for row in shown.groups.rows] == [f"Plan\u00a0{group.delegate}" for group in result.groups]
    assert sorted((id for group in result.groups for id in group.ids), key=int) == list(result.front.ids)
    text = " ".join(row[1] for row in shown.groups.rows)
    assert [text.count(name) for name in ("safest", "balanced", "boldest")] == [1, 1, 1]
    assert all(len(row) == len(shown.groups.columns) for row in shown.groups.rows)
    goals = [title for title in shown.groups.columns if "(" in title]
    assert len(goals) == sum(goal.unit != "" for goal in result.problem.sought_goals) > 1
    assert shown.groups.title in render(result)


def test_plans_that_are_practically_equal_are_counted_with_what_differs_most(result):
    equal = result.explanations[result.picks.ids["balanced"]].equal
    assert len(equal.ids) > 1
    said = alternatives(Page.of(result)).sentences[-1]
    widest = max(equal.channels, key=lambda name: equal.channels[name][1] - equal.channels[name][0])
    assert said.startswith(f"{len(equal.ids)} other plans are practically as good as the balanced one: ")
    assert f"They differ most in {widest} (EUR" in said


def test_the_knee_is_told_with_its_strength_and_a_straight_front_has_none():
    bent = result_of(front_of_goals([[0.0, 1.0], [0.1, 0.1], [1.0, 0.0]]))
    assert (bent.knee.id, alternatives(Page.of(bent)).sentences[0].split(":")[0]) == (
        "2",
        "The trade-off turns most at plan 2",
    )
    straight = result_of(front_of_goals([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]))
    assert straight.knee is None
    assert alternatives(Page.of(straight)).sentences[0].startswith("The trade-off turns nowhere")


def test_one_goal_leaves_nothing_to_choose():
    revenue = dict(list(TWO.items())[:1])
    assert alternatives(Page.of(result_of(small_front(goals=revenue)))) is None
