"""Measures against textbook numbers, a simulation, and all plans there are."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from moo_budget.algorithms.operators import random_plans
from moo_budget.errors import InputError
from moo_budget.evaluation import evaluate
from moo_budget.hindsight import best_of_draws
from moo_budget.problem import BudgetProblem
from moo_budget.risk import mixture_semi_deviation, mixture_std
from moo_budget.solve import solve
from moo_budget.tables import from_functions
from tests.worlds import CHANNELS, four_channel_problem, four_channels, hill, seen_channels

PLANS = np.array([[210.0, 170.0, 260.0, 140.0], [700.0, 0.0, 0.0, 80.0], [0.0, 0.0, 0.0, 0.0]])


def valued(measure, plans=PLANS, *, tables=None, **parameters):
    """A goal's values for plans of four channels; a measure of an outcome takes revenue."""
    of_money = measure in ("spend", "change", "beyond_history", "effective_channels")
    goal = {"measure": measure} | ({} if of_money else {"outcome": "revenue"}) | parameters
    settings = {"budget": {"min": 0.0, "max": 1500.0}, "limits": {"extrapolate": 0}}
    return four_channel_problem(goals={"g": goal}, tables=tables, **settings).measure(plans)[:, 0]


def test_risk_measures_equal_a_large_simulation_of_draws_and_shocks():
    goals = {
        "std": {"outcome": "revenue", "measure": "std"},
        "semi": {"outcome": "revenue", "measure": "semi_deviation"},
        "tail": {"outcome": "revenue", "measure": "tail_mean", "level": 0.8},
        "miss": {"outcome": "revenue", "measure": "shortfall", "target": 5000.0},
    }
    problem = four_channel_problem(goals=goals, budget={"min": 300.0, "max": 1500.0})
    tables, rng, n = problem.tables, np.random.default_rng(2), 200_000
    draws = [tables.draws("revenue", name, PLANS[0, [c]] / 10)[0] for c, name in enumerate(CHANNELS)]
    responses = np.array(draws)[:, rng.integers(len(tables.weights), size=n)]
    sigma = tables.noise[0].dense()
    cases = np.zeros(n)
    for _ in range(10):  # every period meets its own shocks
        cases += (responses * (1.0 + rng.multivariate_normal(np.zeros(4), sigma, size=n).T)).sum(axis=0)
    below = np.maximum(cases.mean() - cases, 0.0)
    worst = np.sort(cases)[: n // 5]
    sampled = [cases.std(), np.sqrt((below**2).mean()), worst.mean(), (cases < 5000.0).mean()]
    exact = problem.measure(PLANS[:1])[0]
    # Four standard errors: of a deviation, a root of a mean, the mean of a fifth, a share.
    errors = [
        sampled[0] / np.sqrt(2 * n),
        (below**2).std() / np.sqrt(n) / (2 * sampled[1]),
        (worst.std() + abs(worst.mean() - worst[-1])) / np.sqrt(n / 5),
        np.sqrt(sampled[3] / n),
    ]
    assert (np.abs(np.array(sampled) - exact) < 4 * np.array(errors)).all()
    assert 0.05 < exact[3] < 0.95


def test_the_semi_deviation_of_a_normal_is_its_deviation_over_the_root_of_two():
    mean, variance = np.array([[3.0], [-5.0]]), np.array([[4.0], [0.09]])
    np.testing.assert_allclose(mixture_semi_deviation(mean, variance, np.ones(1)), np.sqrt(variance[:, 0] / 2.0))


def test_the_semi_deviation_sees_on_which_side_the_spread_lies():
    """Of four equal chances 0, 0, 0, 8 the mean is 2: below it lie three cases by 2, above it one by 6."""
    luck, bad_luck, weights = np.array([[0.0, 0.0, 0.0, 8.0]]), np.array([[0.0, 0.0, 0.0, -8.0]]), np.full(4, 0.25)
    nothing = np.zeros((1, 4))
    assert mixture_semi_deviation(luck, nothing, weights)[0] == pytest.approx(np.sqrt(3 / 4 * 4), rel=1e-14)
    assert mixture_semi_deviation(bad_luck, nothing, weights)[0] == pytest.approx(np.sqrt(1 / 4 * 36), rel=1e-14)
    assert mixture_std(luck, nothing, weights)[0] == mixture_std(bad_luck, nothing, weights)[0]


# Regret.


def straight(slopes, **settings):
    """Straight curves, slopes (n_channels, n_draws), a budget of 10."""
    tables = from_functions(
        {"sales": {f"c{c}": lambda x, own=own: x[:, None] * own for c, own in enumerate(slopes)}},
        {f"c{c}": 10.0 for c in range(len(slopes))},
    )
    goals = {"sales": {"outcome": "sales", "measure": "total"}, **settings}
    return BudgetProblem(tables, goals=goals, budget=10.0, money_step=0.0)


def test_regret_of_straight_curves_is_what_the_best_channel_of_each_draw_would_have_brought_more():
    slopes = np.array([[1.0, 4.0, 2.0, 2.0], [3.0, 1.0, 2.0, 1.0]])
    problem = straight(
        slopes,
        mean={"outcome": "sales", "measure": "regret", "level": 0.0},
        worst_half={"outcome": "sales", "measure": "regret", "level": 0.5},
        worst={"outcome": "sales", "measure": "regret", "level": 0.75},
    )
    plan = np.array([[4.0, 6.0]])
    missed = 10.0 * slopes.max(axis=0) - plan[0] @ slopes  # 8, 18, 0, 6
    assert missed.tolist() == [8.0, 18.0, 0.0, 6.0]
    np.testing.assert_allclose(problem.measure(plan)[0, 1:], [8.0, 13.0, 18.0], rtol=1e-7)


def test_minimax_regret_hedges_between_channels():
    """One channel returns 4 or 1, the other 1 or 3: the loss of either draw is the same where 3 b = 2 a."""
    problem = straight(
        np.array([[4.0, 1.0], [1.0, 3.0]]), worst={"outcome": "sales", "measure": "regret", "level": 0.5}
    )
    front = solve(problem, n_plans=30, seed=1)
    safest = front.plans[int(np.argmin(front.values.value[:, 1]))]
    np.testing.assert_allclose(list(safest.spend.values()), [6.0, 4.0], rtol=1e-6)
    assert safest.goals["worst"].value == pytest.approx(12.0, rel=1e-6)


def test_the_best_of_each_draw_is_what_a_solver_finds_where_curves_are_concave():
    problem = four_channel_problem(budget={"min": 500.0, "max": 800.0}, limits={"share": 0.5}, money_step=0.0)
    tables = problem.plan_tables
    best = best_of_draws(tables, problem.structure, 0)
    for d in range(0, 40, 13):

        def lost(plan, d=d):
            return -tables.responses(0, plan)[:, d].sum()

        found = minimize(
            lost,
            np.full(4, 200.0),
            method="SLSQP",
            bounds=[(0.0, 400.0)] * 4,
            constraints=[{"type": "ineq", "fun": lambda x: 800.0 - x.sum()}],
            options={"ftol": 1e-12, "maxiter": 400},
        )
        assert best[d] == pytest.approx(-found.fun, rel=1e-6)
        assert best[d] >= -found.fun * (1.0 - 1e-12)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_regret_is_never_understated_also_where_curves_are_s_shaped(seed, on_off):
    rng = np.random.default_rng(seed)
    heights = rng.uniform(5, 15, (3, 6))

    def curve(c):
        shape = hill(1.0, rng.uniform(20, 60), rng.uniform(1, 4))
        return lambda x: shape(x)[:, None] * heights[c]

    tables = from_functions({"sales": {f"c{c}": curve(c) for c in range(3)}}, {f"c{c}": 100.0 for c in range(3)})
    goals = {"regret": {"outcome": "sales", "measure": "regret", "level": 0.7}}
    limits = {"channel": {"c0": {"min_if_used": 30.0}}} if on_off else {}
    problem = BudgetProblem(tables, goals=goals, budget=100.0, limits=limits, money_step=0.0)
    grid = np.array([[a, b, 100.0 - a - b] for a, b in product(range(0, 101, 5), repeat=2) if a + b <= 100], float)
    plans = grid[problem.kept(grid)]
    means, _ = problem.moments("sales", plans)
    assert (best_of_draws(problem.plan_tables, problem.structure, 0) >= means.max(axis=0)).all()
    known = np.sort(means.max(axis=0) - means, axis=1)[:, -2:]  # 0.3 of six draws: the worst, and 0.8 of the next
    understated = (known[:, 1] / 6 + known[:, 0] * (0.3 - 1 / 6)) / 0.3
    assert (problem.measure(plans)[:, 0] >= understated - 1e-9).all()


def test_market_noise_has_no_say_in_regret():
    regrets = [valued("regret", tables=four_channels(noise=noise), level=0.8) for noise in (0.0, 0.7)]
    np.testing.assert_array_equal(*regrets)
    deviations = [valued("semi_deviation", tables=four_channels(noise=noise))[0] for noise in (0.0, 0.7)]
    assert deviations[0] < deviations[1]


# Measures of money alone.


def test_money_beyond_history_is_counted_channel_by_channel():
    """Over ten periods 800, 900, 140 and 160 were seen: the first plan exceeds the third by 120."""
    shares = valued("beyond_history", tables=seen_channels())
    np.testing.assert_allclose(shares, [120.0 / 780.0, 0.0, 0.0])


def test_history_is_needed_to_lie_beyond_it():
    with pytest.raises(InputError, match=r"goals\.g measures money beyond what was ever spent, and curves"):
        valued("beyond_history")


def test_the_effective_number_of_channels_is_theirs_where_money_is_even_and_one_where_one_has_all():
    plans = np.array(
        [[50.0, 50.0, 50.0, 50.0], [0.0, 70.0, 0.0, 70.0], [0.0, 0.0, 9.0, 0.0], [0.0] * 4, [30, 10, 0, 0]]
    )
    np.testing.assert_allclose(valued("effective_channels", plans), [4.0, 2.0, 1.0, 0.0, 1.6], rtol=1e-14)


def test_new_measures_serve_as_goals_side_by_side():
    goals = {
        "revenue": {"outcome": "revenue", "measure": "total"},
        "downside": {"outcome": "revenue", "measure": "semi_deviation"},
        "regret": {"outcome": "revenue", "measure": "regret", "goal": False},
        "unseen": {"measure": "beyond_history"},
        "broad": {"measure": "effective_channels", "goal": False},
    }
    problem = four_channel_problem(tables=seen_channels(), goals=goals, limits={"extrapolate": 0})
    front = solve(problem, n_plans=60, n_evaluations=20_000, seed=1)
    assert [goal.name for goal in problem.sought_goals] == ["revenue", "downside", "unseen"]
    assert front.values.value[:, 3].min() == 0.0  # within history there is enough room
    plan = evaluate(problem, front.plans[0].spend)
    for name in ("downside", "regret", "unseen", "broad"):
        value = plan.goals[name]
        assert value.low == value.high == value.estimate_low == value.estimate_high == value.value
    random = problem.to_minimise(problem.measure(random_plans(problem, 300, np.random.default_rng(0))))
    found = problem.to_minimise(front.values.value)
    assert not (random[:, None] < found - 1e-9 * np.abs(found)).all(axis=2).any()
