"""Weighted sums against other solvers, other orders of the channels, and all plans there are."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from moo_budget.aims import WeightedSum
from moo_budget.algorithms.operators import random_plans
from moo_budget.certificate import certify
from moo_budget.descent import COST_OF_STEP, Descent
from moo_budget.evenly import even_weights
from moo_budget.indicators import hypervolume, reference_point
from moo_budget.measures import sensitivity_of, value_of
from moo_budget.plan_tables import plan_tables
from moo_budget.problem import BudgetProblem
from moo_budget.risk import Factors
from moo_budget.solve import solve
from moo_budget.tables import from_functions
from moo_budget.weighting import Weighting
from tests.worlds import CHANNELS, TODAY, four_channel_problem, hill, seen_channels

GOALS = {
    "revenue": {"outcome": "revenue", "measure": "total"},
    "return": {"outcome": "revenue", "measure": "roi"},
    "earned": {"outcome": "revenue", "measure": "profit", "margin": 0.4},
    "risk": {"outcome": "revenue", "measure": "std"},
    "worst": {"outcome": "revenue", "measure": "tail_mean", "level": 0.8},
    "miss": {"outcome": "awareness", "measure": "shortfall", "target": "today"},
    "downside": {"outcome": "revenue", "measure": "semi_deviation"},
    "regretted": {"outcome": "revenue", "measure": "regret", "level": 0.5},
    "cost": {"measure": "spend"},
    "unseen": {"measure": "beyond_history"},
    "broad": {"measure": "effective_channels"},
    "moved": {"measure": "change"},
}


def weighted(problem, weights, plans=None, n_steps=60):
    """Plans in the problem's own order, and their weighted sums."""
    rows = None if plans is None else problem.plan_tables.sorted(plans)
    rows, goals = Weighting(problem).solve(weights, rows, n_steps)
    return problem.plan_tables.unsorted(rows), (goals * weights).sum(axis=1)


def asked_of_seen(names, budget):
    """The usual question with these goals, over channels with a history that does not limit them."""
    goals, limits = {name: GOALS[name] for name in names}, {"extrapolate": 0}
    return four_channel_problem(tables=seen_channels(), goals=goals, budget=budget, limits=limits, money_step=0.0)


def scales(problem, rng):
    _, goals = problem.project_and_measure(random_plans(problem, 400, rng))
    return goals.max(axis=0) - goals.min(axis=0)


@pytest.mark.parametrize("goal", GOALS)
def test_a_goal_reacts_as_finite_differences_say(goal):
    problem = asked_of_seen((goal,), {"min": 300.0, "max": 1500.0})
    rows = problem.plan_tables.sorted(np.array([[210.0, 170.0, 260.0, 140.0]]))
    batch = problem.sorted_batch(rows)
    one = problem.sought_goals[0]
    reacts = sensitivity_of(batch, one)
    slope = np.zeros(4)
    if reacts.paid is not None:
        slope += reacts.paid
    if reacts.total is not None:
        step = 1e-4 * np.eye(4)
        outcome = batch.index(one)
        totals = problem.plan_tables.totals(np.vstack([rows + step, rows - step]))[:, outcome]
        slope += reacts.total * (totals[:4] - totals[4:]) / 2e-4
    for name, by_sum in reacts.money.items():
        rise = {"beyond": rows[0] > problem.yardsticks.seen, "squares": 2.0 * rows[0], "moved": np.nan}
        slope += by_sum * rise[name]
    if reacts.mean is not None:
        slope += batch.gradient(batch.index(one), reacts.mean, reacts.variance, less_reference=reacts.less_reference)[
            0
        ][0]
    step = 0.01 * np.eye(4)
    values = value_of(problem.sorted_batch(np.vstack([rows + step, rows - step])), one)
    if goal != "moved":  # its kinks lie next to the plan
        np.testing.assert_allclose(slope, (values[:4] - values[4:]) / 0.02, rtol=2e-4, atol=1e-9)


@pytest.mark.parametrize(
    "names",
    [
        ("revenue", "risk"),
        ("return", "worst", "moved"),
        ("miss", "cost"),
        ("earned", "moved"),
        ("revenue", "downside", "unseen"),
        ("earned", "unseen", "moved"),
        ("regretted", "cost"),
        ("revenue", "broad"),
    ],
)
def test_a_weighted_sum_is_as_low_as_a_solver_with_many_starts_finds_it(names):
    problem = asked_of_seen(names, {"min": 700.0, "max": 1300.0})
    rng = np.random.default_rng(1)
    weights = rng.dirichlet(np.ones(len(names)), 6) / scales(problem, rng)
    _, found = weighted(problem, weights)
    for w, value in zip(weights, found, strict=True):

        def total(plan, w=w):
            return (problem.to_minimise(problem.measure(np.clip(plan, 0.0, 2000.0)[None])) @ w)[0]

        best = min(
            minimize(
                total,
                start,
                method="SLSQP",
                bounds=[(0.0, 2000.0)] * 4,
                constraints=[
                    {"type": "ineq", "fun": lambda x: x.sum() - 700.0},
                    {"type": "ineq", "fun": lambda x: 1300.0 - x.sum()},
                ],
            ).fun
            for start in random_plans(problem, 6, rng)
        )
        assert value <= best + 2e-3


def test_a_plan_that_changes_nothing_is_found_exactly_where_change_is_all_that_counts():
    problem = four_channel_problem(goals={"revenue": GOALS["revenue"], "moved": GOALS["moved"]})
    plans, _ = weighted(problem, np.array([[1e-9, 1.0]]))
    np.testing.assert_allclose(plans[0], list(TODAY.values()), rtol=1e-12)


def s_curves(**limits):
    tables = from_functions(
        {"sales": {"a": hill(10, 40, 3), "b": hill(8, 45, 3), "c": hill(6, 35, 2.5)}}, dict.fromkeys("abc", 100.0)
    )
    goals = {"sales": {"outcome": "sales", "measure": "total"}, "moved": {"measure": "change"}}
    today = {"a": 50.0, "b": 20.0, "c": 30.0}
    return BudgetProblem(tables, goals=goals, budget=100.0, limits=limits, today=today, money_step=0.0)


@pytest.mark.parametrize("limits", [{}, {"channel": {"a": {"min_if_used": 45}, "c": {"min_if_used": 30}}}])
def test_dents_and_on_off_rules_are_crossed_as_well_as_all_plans_on_a_grid_can(limits):
    problem = s_curves(**limits)
    grid = np.array([[a, b, 100.0 - a - b] for a, b in product(range(0, 101), repeat=2) if a + b <= 100], dtype=float)
    goals = problem.to_minimise(problem.measure(grid[problem.kept(grid)]))
    weights = even_weights(40, 2) / (goals.max(axis=0) - goals.min(axis=0))
    plans, found = weighted(problem, weights)
    assert problem.kept(plans).all()
    behind = found - (goals @ weights.T).min(axis=0)
    assert (behind <= 1e-6).mean() > 0.8  # structure alone; a channel at both ends of a dent is tried, not every pair
    front = solve(problem, n_plans=400, seed=1)
    reached = (problem.to_minimise(front.values.value) @ weights.T).min(axis=0)
    assert (reached - (goals @ weights.T).min(axis=0)).max() <= 2e-3


def permuted(order, **settings):
    names = [CHANNELS[c] for c in order]
    rng = np.random.default_rng(4)
    heights, halves = rng.uniform(100, 900, (2, 4)), rng.uniform(20, 200, (2, 4))
    spread = np.exp(rng.normal(scale=0.2, size=(4, 25)))
    mixed = rng.normal(size=(4, 4))
    covariance = (mixed @ mixed.T / 40)[np.ix_(order, order)]

    def curve(o, c):
        return lambda x: (heights[o, c] * x / (x + halves[o, c]))[:, None] * spread[c]

    tables = from_functions(
        {outcome: {CHANNELS[c]: curve(o, c) for c in order} for o, outcome in enumerate(("revenue", "awareness"))},
        dict.fromkeys(names, 200.0),
        covariance,
        units={"revenue": "EUR", "awareness": "impressions"},
    )
    today = {name: TODAY[name] for name in names}
    return BudgetProblem(tables, budget=1000.0, periods=10, today=today, currency="EUR", **settings)


@pytest.mark.parametrize("order", [(2, 0, 3, 1), (3, 2, 1, 0)])
@pytest.mark.parametrize("names", [None, ("revenue", "downside", "regretted", "broad")])
def test_permuting_channels_permutes_evaluations_structure_and_certificate_to_the_last_bit(order, names):
    goals = None if names is None else {name: GOALS[name] for name in names}
    mine, theirs = (permuted(given, goals=goals, money_step=0.0) for given in ((0, 1, 2, 3), order))
    order = list(order)
    plans = random_plans(mine, 50, np.random.default_rng(1))
    np.testing.assert_array_equal(mine.tables.values[:, order], theirs.tables.values)
    np.testing.assert_array_equal(mine.measure(plans), theirs.measure(plans[:, order]))
    fronts = [solve(problem, "scalarised", n_plans=50, seed=3) for problem in (mine, theirs)]
    np.testing.assert_array_equal(fronts[0].spend[:, order], fronts[1].spend)
    np.testing.assert_array_equal(fronts[0].values.low, fronts[1].values.low)
    bounds = [certify(problem, front) for problem, front in zip((mine, theirs), fronts, strict=True)]
    assert bounds[0].extreme_gap == bounds[1].extreme_gap
    assert (bounds[0].solve_gap, bounds[0].coverage_gap) == (bounds[1].solve_gap, bounds[1].coverage_gap)


@settings(deadline=None, max_examples=15)
@given(st.floats(300.0, 900.0), st.floats(0.0, 600.0), st.sampled_from(["revenue", "earned", "worst", "return"]))
def test_a_wider_range_of_totals_never_lowers_the_best_of_a_goal(low, width, goal):
    def best(widened):
        budget = {"min": low - widened * 200.0, "max": low + width + widened * 300.0}
        problem = four_channel_problem(goals={goal: GOALS[goal]}, budget=budget, money_step=0.0)
        return solve(problem, seed=1).values.value.max()

    assert best(1) >= best(0) * (1.0 - 1e-6)


@settings(deadline=None)
@given(st.integers(1, 400), st.integers(1, 6))
def test_weightings_lie_on_the_simplex(n_weights, n_goals):
    weights = even_weights(n_weights, n_goals)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)


def test_weightings_leave_smaller_holes_than_random_ones():
    def largest_hole(weights):
        probes = np.random.default_rng(0).dirichlet(np.full(3, 0.7), 2000)
        return np.sqrt(((probes[:, None] - weights) ** 2).sum(axis=2).min(axis=1)).max()

    random = np.random.default_rng(1).dirichlet(np.full(3, 0.7), 200)
    assert largest_hole(even_weights(200, 3)) < 0.9 * largest_hole(random)


def test_tables_of_a_plan_say_what_tables_per_period_say():
    problem = four_channel_problem()
    tables = plan_tables(problem.tables, 10)
    plans = random_plans(problem, 30, np.random.default_rng(2))
    per_period = problem.tables.expected("awareness", plans / 10).sum(axis=1) * 10
    np.testing.assert_allclose(tables.totals(tables.sorted(plans))[:, 1], per_period, rtol=1e-12)
    mean, variance = problem.tables.moments("revenue", plans / 10)
    whole = tables.moments(0, tables.sorted(plans))
    np.testing.assert_allclose(whole[0], 10 * mean, rtol=1e-12)
    np.testing.assert_allclose(whole[1], 10 * variance, rtol=1e-12)  # periods are independent of each other
    np.testing.assert_array_equal(tables.unsorted(tables.sorted(plans)), plans)


def test_the_expected_curves_rise_as_the_draws_do_on_average():
    problem = four_channel_problem()
    tables = problem.plan_tables
    plans = tables.sorted(random_plans(problem, 30, np.random.default_rng(2)))
    weights = np.tile(tables.weights, (30, 1))
    on_average, _ = tables.gradient(1, plans, weights, np.zeros_like(weights))
    rise, _ = tables.expected_slopes(plans, np.tile([0.0, 1.0], (30, 1)))
    np.testing.assert_allclose(rise, on_average, rtol=1e-10)


def test_one_draw_is_its_own_mean():
    curves = {"sales": {"a": hill(10, 40, 1), "b": hill(8, 45, 1.5)}}
    tables = plan_tables(from_functions(curves, {"a": 100.0, "b": 90.0}, Factors(np.ones((2, 1)), np.ones(2))), 3)
    plans = np.array([[10.0, 200.0], [0.0, 0.0], [270.0, 1.0]])
    fast = tables.moments(0, plans)
    slow = tables.moments(0, plans, np.zeros((2, 1)))
    for one, other in zip(fast, slow, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_plans_of_on_off_channels_keep_the_budget_where_their_choice_does_not_hold_it():
    limits = {"channel": {"a": {"min_if_used": 60, "max": 61}, "b": {"min_if_used": 60, "max": 61}, "c": {"max": 45}}}
    problem = s_curves(**limits)
    plans, _ = weighted(problem, even_weights(50, 2))
    assert problem.kept(plans).all()


def test_where_nothing_can_be_spent_the_answer_is_nothing():
    off = {"channel": {name: {"off": True} for name in CHANNELS}}
    goals = {"revenue": GOALS["revenue"], "risk": GOALS["risk"]}
    problem = four_channel_problem(goals=goals, limits=off, budget={"min": 0.0, "max": 100.0})
    plans, _ = weighted(problem, np.array([[0.5, 0.5]]))
    assert plans.tolist() == [[0.0] * 4]


@pytest.mark.parametrize("algorithm", ["nsga2", "smpso", "cmopso", "mopso_cd"])
def test_permuting_channels_leaves_evolution_within_a_band(algorithm):
    order = (2, 0, 3, 1)
    fronts = [
        solve(problem, algorithm, n_plans=100, n_evaluations=10_000, seed=3)
        for problem in (permuted((0, 1, 2, 3)), permuted(order))
    ]
    goals = [front.problem.to_minimise(front.values.value) for front in fronts]
    corner = reference_point(np.vstack(goals))
    assert hypervolume(goals[0], corner) == pytest.approx(hypervolume(goals[1], corner), rel=0.03)


@pytest.mark.parametrize("goal", GOALS)
def test_a_goal_has_one_value_whether_or_not_its_reactions_are_asked_for(goal):
    problem = asked_of_seen((goal,), {"min": 300.0, "max": 1500.0})
    plans = np.vstack([random_plans(problem, 40, np.random.default_rng(5)), problem.money.reference])
    batch, again = problem.batch(plans), problem.batch(plans)
    (asked,) = problem.sought_goals
    np.testing.assert_array_equal(sensitivity_of(batch, asked).value, value_of(again, asked))


def test_steps_from_a_plan_lead_to_the_same_plan_whatever_stands_beside_it():
    """A plan that has arrived takes no more steps while others still do."""
    problem = four_channel_problem(limits={"extrapolate": 0})
    rng = np.random.default_rng(0)
    starts = problem.project_sorted(1000.0 * rng.dirichlet(np.ones(4), 8))
    aim = WeightedSum(rng.dirichlet(np.ones(problem.n_obj), 8))
    together = Descent(problem).run(starts, aim, 60).plans
    for row in range(8):
        one = slice(row, row + 1)
        alone = Descent(problem).run(starts[one], WeightedSum(aim.weights[one]), 60).plans
        np.testing.assert_array_equal(alone[0], together[row])


def test_a_plan_that_has_settled_is_evaluated_no_more_but_counts_on(monkeypatch):
    problem = four_channel_problem(limits={"extrapolate": 0})
    rng = np.random.default_rng(0)
    starts, aim = 1000.0 * rng.dirichlet(np.ones(4), 8), WeightedSum(rng.dirichlet(np.ones(problem.n_obj), 8))
    modelled, evaluated = Descent._model, []
    monkeypatch.setattr(Descent, "_model", lambda *args: evaluated.append(len(args[1])) or modelled(*args))
    descent = Descent(problem)
    descent.run(problem.project_sorted(starts), aim, 60)
    assert evaluated == sorted(evaluated, reverse=True)
    assert 0 < evaluated[-1] < 8
    assert descent.n_evaluations == COST_OF_STEP * 8 * len(evaluated)
