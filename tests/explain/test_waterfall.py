"""Steps from the reference plan to another add up, and are what all orders of moving the channels say on average."""

from itertools import permutations

import numpy as np
import pytest

from moo_budget.explain import explain
from moo_budget.explain.waterfall import sampled_shapley, shapley, std_steps, waterfalls
from moo_budget.measures import value_of
from tests.worlds import TODAY, four_channel_problem, seen_channels

GOALS = {
    "revenue": {"outcome": "revenue", "measure": "total"},
    "return": {"outcome": "revenue", "measure": "roi"},
    "earned": {"outcome": "revenue", "measure": "profit", "margin": 0.4},
    "risk": {"outcome": "revenue", "measure": "std"},
    "worst": {"outcome": "revenue", "measure": "tail_mean"},
    "miss": {"outcome": "awareness", "measure": "shortfall", "target": "today"},
    "unseen": {"measure": "beyond_history"},
    "broad": {"measure": "effective_channels"},
    "moved": {"measure": "change"},
}
PLAN = {"tv": 480.0, "search": 230.0, "电视": 150.0, "social": 140.0}


def over_all_orders(value, start, end, moved):
    """Average of what each channel adds, over every order in which they could move."""
    steps = np.zeros(len(moved))
    orders = list(permutations(range(len(moved))))
    for order in orders:
        plan = start.copy()
        for c in order:
            before = value(plan[None])[0]
            plan[moved[c]] = end[moved[c]]
            steps[c] += value(plan[None])[0] - before
    return steps / len(orders)


def asked(**changes):
    return four_channel_problem(tables=seen_channels(), goals=GOALS, limits={"extrapolate": 0}, **changes)


def test_the_steps_of_every_goal_add_up_and_the_largest_gain_stands_first():
    problem = asked()
    facts = explain(problem, PLAN)
    assert list(facts.waterfall) == list(GOALS)
    for goal in problem.goals:
        fall = facts.waterfall[goal.name]
        assert fall.exact
        assert sum(fall.steps.values()) == pytest.approx(fall.end - fall.start, rel=1e-9, abs=1e-12)
        assert set(fall.steps) == {"tv", "search", "social"}
        gains = [step if goal.direction == "max" else -step for step in fall.steps.values()]
        assert gains == sorted(gains, reverse=True)
    assert explain(four_channel_problem(today=None), PLAN).waterfall == {}


@pytest.mark.parametrize("name", ["return", "worst", "miss", "unseen", "broad"])
def test_the_exact_steps_are_the_average_over_all_orders(name):
    problem = asked()
    goal = next(goal for goal in problem.goals if goal.name == name)
    start, end = np.array(list(TODAY.values())), np.array(list(PLAN.values()))
    moved = np.flatnonzero(start != end)

    def value(plans):
        return value_of(problem.batch(plans), goal)

    exact = over_all_orders(value, start, end, moved)
    np.testing.assert_allclose(shapley(value, start, end, moved), exact, rtol=1e-9, atol=1e-12)
    named = waterfalls(problem, start, end)[name].steps
    np.testing.assert_allclose([named[problem.channels[c]] for c in moved], exact, rtol=1e-9, atol=1e-12)


def test_the_variance_s_steps_are_those_of_all_subsets_of_channels():
    problem = asked()
    goal = next(goal for goal in problem.goals if goal.name == "risk")
    start, end = np.array(list(TODAY.values())), np.array([480.0, 230.0, 190.0, 100.0])
    deviations = problem.std("revenue", np.vstack([start, end]))

    def variance(plans):
        return problem.std("revenue", plans) ** 2

    exact = shapley(variance, start, end, np.arange(4))
    np.testing.assert_allclose(exact, over_all_orders(variance, start, end, np.arange(4)), rtol=1e-9)
    np.testing.assert_allclose(std_steps(problem, goal, start, end), exact / deviations.sum(), rtol=1e-9)


def test_steps_over_a_sample_of_orders_add_up_and_come_near_to_the_exact_ones():
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(9, 9))

    def value(plans):
        return np.tanh(plans @ matrix).sum(axis=1)

    start, end = rng.uniform(0.0, 1.0, (2, 9))
    sampled, exact = (steps(value, start, end, np.arange(9)) for steps in (sampled_shapley, shapley))
    difference = value(end[None])[0] - value(start[None])[0]
    assert sampled.sum() == pytest.approx(difference, rel=1e-9)
    assert exact.sum() == pytest.approx(difference, rel=1e-9)
    np.testing.assert_allclose(sampled, exact, atol=0.1 * np.abs(exact).max())


def test_a_plan_that_moves_nothing_has_no_steps():
    plan = np.array([3.0, 1.0])
    assert shapley(lambda plans: plans.sum(axis=1), plan, plan, np.array([], dtype=int)).shape == (0,)


def test_of_thousands_of_channels_fewer_orders_are_drawn_and_the_steps_add_up():
    asked = []

    def value(plans):
        asked.append(len(plans))
        return np.sqrt(plans.sum(axis=1))

    start, end = np.ones(1000), np.linspace(1.0, 3.0, 1000)
    steps = sampled_shapley(value, start, end, np.arange(1000))
    assert sum(asked) == 40 * 1001  # 20 orders, each with its reverse
    assert steps.sum() == pytest.approx(np.sqrt(end.sum()) - np.sqrt(start.sum()))
