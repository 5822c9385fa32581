"""What other tools get wrong, by every search: each fixture has an answer that is known by other means.

Answers: of Hill curves of slope 1 by the price of money at which they add up (a scalar equation); of S-curves by
dynamic programming over a grid.
"""

import numpy as np
import pytest
from scipy.optimize import brentq

from moo_budget.algorithms import ALGORITHMS
from moo_budget.errors import InfeasibleError
from moo_budget.problem import BudgetProblem
from moo_budget.reach import reach
from moo_budget.solve import solve
from moo_budget.tables import from_functions
from tests.worlds import hill

REVENUE = {"revenue": {"measure": "total", "outcome": "revenue"}}
S_CURVES = [(10, 40, 3), (8, 45, 3), (6, 35, 3)]

each_search = pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))


def question(shapes, *, end, **settings):
    """Revenue over Hill curves (height, half saturation, slope), one for each channel a, b, c, ..."""
    names = "abcdefghij"[: len(shapes)]
    curves = {"revenue": {name: hill(*shape) for name, shape in zip(names, shapes, strict=True)}}
    tables = from_functions(curves, dict.fromkeys(names, end))
    return BudgetProblem(tables, **({"goals": REVENUE, "money_step": 0.0} | settings))


def best_spend(problem, algorithm, *, seed=1, initial_plans=None):
    """The plan that a short search hands over as best in its one goal, (n_channels,), checked by independent code."""
    front = solve(problem, algorithm, n_plans=1, n_evaluations=4000, seed=seed, initial_plans=initial_plans)
    spend = np.array(front.spend[0])
    assert problem.broken(spend) == ()
    return spend


def revenue_of(shapes, spend):
    return float(sum(hill(*shape)(money) for shape, money in zip(shapes, spend, strict=True)))


def by_price(shapes, budget, lower=0.0, upper=np.inf):
    """Most revenue of Hill curves of slope 1: where each earns the same price or is at a bound, (n_channels,)."""
    height, half, _ = np.array(shapes, dtype=float).T

    def at(price):
        return np.clip(np.sqrt(height * half / price) - half, lower, upper)

    steepest = (height / half).max()
    return at(
        np.exp(brentq(lambda log: at(np.exp(log)).sum() - budget, np.log(steepest) - 40, np.log(steepest), xtol=1e-15))
    )


def by_dynamic_programming(shapes, budget, n_steps=2000):
    """Most revenue where money is handed out in whole steps, channel after channel."""
    steps = np.linspace(0.0, budget, n_steps + 1)
    most = np.zeros(n_steps + 1)
    for shape in shapes:
        response = hill(*shape)(steps)
        most = np.array([(most[: k + 1] + response[k::-1]).max() for k in range(n_steps + 1)])
    return most[-1]


@each_search
@pytest.mark.parametrize("unit", [1e-9, 1.0, 100.0], ids=["thousandths", "millions", "cents"])
def test_shares_do_not_depend_on_what_money_is_counted_in(algorithm, unit):
    shapes = [(0.9, 1e6 * unit, 1), (0.5, 2e6 * unit, 1), (0.2, 4e6 * unit, 1)]
    known = by_price(shapes, 6e6 * unit)
    assert known == pytest.approx(np.array([3_337_813, 2_572_457, 89_730]) * unit, rel=1e-5)
    assert revenue_of(shapes, known) == pytest.approx(0.97821, abs=1e-5)
    spend = best_spend(question(shapes, end=6e6 * unit, budget=6e6 * unit), algorithm)
    assert spend.sum() == pytest.approx(6e6 * unit, rel=1e-12)
    assert revenue_of(shapes, spend) == pytest.approx(revenue_of(shapes, known), rel=1e-6)
    assert spend / spend.sum() == pytest.approx(known / known.sum(), abs=2e-3)


@pytest.mark.parametrize("algorithm", ["auto", "scalarised"])
def test_solved_by_structure_shares_are_the_same_to_the_last_digits_in_every_unit(algorithm):
    shares = []
    for unit in (1e-9, 1.0, 100.0):
        shapes = [(0.9, 1e6 * unit, 1), (0.5, 2e6 * unit, 1), (0.2, 4e6 * unit, 1)]
        spend = best_spend(question(shapes, end=6e6 * unit, budget=6e6 * unit), algorithm)
        shares.append(spend / spend.sum())
    assert np.ptp(shares, axis=0).max() < 1e-6


@each_search
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_on_s_curves_all_money_is_placed_where_dynamic_programming_places_it(algorithm, seed):
    known = by_dynamic_programming(S_CURVES, 100.0)
    assert known == pytest.approx(11.331, abs=1e-3)
    spend = best_spend(question(S_CURVES, end=100.0, budget=100.0), algorithm, seed=seed)
    assert spend.sum() == pytest.approx(100.0, rel=1e-12)
    assert revenue_of(S_CURVES, spend) >= known * (1 - 1e-4)
    assert spend == pytest.approx([57.6, 0.0, 42.4], abs=0.5)


@each_search
def test_the_best_plan_is_never_worse_than_a_today_that_keeps_the_limits(algorithm):
    today = {"a": 60.0, "b": 0.0, "c": 40.0}
    problem = question(S_CURVES, end=100.0, budget=100.0, today=today, limits={"change": 0.05})
    spend = best_spend(problem, algorithm)
    assert revenue_of(S_CURVES, today.values()) == pytest.approx(11.307, abs=1e-3)
    assert problem.measure(spend[None])[0, 0] >= problem.measure(np.array([[60.0, 0.0, 40.0]]))[0, 0]
    wider = question(S_CURVES, end=100.0, budget=100.0, today=today, limits={"change": 0.1})
    assert wider.measure(best_spend(wider, algorithm)[None])[0, 0] >= problem.measure(spend[None])[0, 0] - 1e-6


@each_search
def test_narrow_bounds_and_a_start_outside_of_all_of_them(algorithm):
    shapes = [(500, 40, 1), (300, 30, 1), (200, 60, 1)]
    bounds = {"a": {"min": 48, "max": 52}, "b": {"min": 18, "max": 22}, "c": {"min": 26, "max": 32}}
    problem = question(shapes, end=100.0, budget=100.0, limits={"channel": bounds})
    spend = best_spend(problem, algorithm, initial_plans=np.full((1, 3), 100.0 / 3.0))
    assert by_price(shapes, 100.0, [48, 18, 26], [52, 22, 32]) == pytest.approx([52, 22, 26], abs=1e-6)
    assert spend == pytest.approx([52.0, 22.0, 26.0], abs=1e-3)
    assert revenue_of(shapes, spend) == pytest.approx(469.997, abs=1e-2)


def test_caps_below_the_budget_are_refused_with_the_least_that_would_do():
    caps = {"a": {"max": 40}, "b": {"max": 30}, "c": {"max": 20}}
    with pytest.raises(InfeasibleError, match=r"lower the budget by 10\.00; raise the maximum of `a` to 50\.00"):
        question(S_CURVES, end=100.0, budget=100.0, limits={"channel": caps})


def test_minimums_above_the_budget_are_refused_with_the_least_that_would_do():
    floors = {"a": {"min": 50}, "b": {"min": 40}, "c": {"min": 20}}
    with pytest.raises(InfeasibleError, match=r"raise the budget by 10\.00; lower the minimum of `a` to 40\.00"):
        question(S_CURVES, end=100.0, budget=100.0, limits={"channel": floors})


def test_rules_of_two_groups_that_contradict_each_other_are_both_named():
    rules = ["a + b >= 70% * total", "b + c >= 60", "b <= 20"]
    with pytest.raises(InfeasibleError) as refused:
        question(S_CURVES, end=100.0, budget=100.0, limits={"rules": rules})
    assert all(rule in refused.value.text for rule in rules)


@each_search
def test_a_total_with_a_cent_over_seven_channels_is_exact_to_the_cent(algorithm):
    shapes = [(5e5 + 1e5 * c, 2e5, 1) for c in range(7)]
    problem = question(shapes, end=1e6, budget=1_000_000.01, money_step=0.01)
    spend = best_spend(problem, algorithm)
    cents = np.round(100.0 * spend)
    assert np.abs(100.0 * spend - cents).max() < 1e-6
    assert cents.sum() == 100_000_001
    known = by_price(shapes, 1_000_000.01)
    assert revenue_of(shapes, spend) == pytest.approx(revenue_of(shapes, known), rel=1e-4)


@each_search
def test_a_channel_without_effect_gets_nothing_unless_it_is_locked(algorithm):
    shapes = [(500, 40, 1), (300, 30, 1), (0, 60, 1)]
    today = {"a": 40.0, "b": 30.0, "c": 30.0}
    free = best_spend(question(shapes, end=100.0, budget=100.0, today=today), algorithm)
    assert free == pytest.approx([*by_price(shapes[:2], 100.0), 0.0], abs=0.2)
    held = {"channel": {"c": {"lock": True}}}
    locked = best_spend(question(shapes, end=100.0, budget=100.0, today=today, limits=held), algorithm)
    assert locked[2] == 30.0
    assert locked[:2] == pytest.approx(by_price(shapes[:2], 70.0), abs=0.2)


@each_search
def test_a_locked_channel_keeps_its_money_to_the_cent_and_one_that_is_off_gets_none(algorithm):
    shapes = [(500, 40, 1), (300, 30, 1), (200, 60, 1), (900, 10, 1)]
    today = {"a": 40.0, "b": 22.37, "c": 17.63, "d": 20.0}
    limits = {"channel": {"b": {"lock": True}, "d": {"off": True}}}
    problem = question(shapes, end=100.0, budget=100.0, today=today, limits=limits, money_step=0.01)
    spend = best_spend(problem, algorithm)
    assert (spend[1], spend[3]) == (22.37, 0.0)
    assert spend[[0, 2]] == pytest.approx(by_price([shapes[0], shapes[2]], 100.0 - 22.37), abs=0.2)


@each_search
def test_most_revenue_at_a_target_return_on_spend(algorithm):
    goals = REVENUE | {"roas": {"measure": "roi", "outcome": "revenue"}}
    shapes = [(600, 30, 1), (400, 30, 1)]
    problem = question(shapes, end=500.0, budget={"min": 50, "max": 800}, goals=goals, today={"a": 50, "b": 50})
    front = solve(problem, algorithm, n_plans=50, n_evaluations=4000, seed=1)
    plan = reach(problem, {"revenue": 2000.0}, keep={"roas": 2.0}, front=front)
    assert plan.goals["revenue"].value == pytest.approx(881.375, rel=1e-3)
    assert plan.goals["roas"].value >= 2.0 - 1e-4
    assert list(plan.spend.values()) == pytest.approx([245.634, 195.054], rel=5e-3)


@each_search
def test_tighter_targets_bring_less_revenue(algorithm):
    goals = REVENUE | {"roas": {"measure": "roi", "outcome": "revenue"}}
    problem = question([(600, 30, 1), (400, 30, 1)], end=500.0, budget={"min": 50, "max": 800}, goals=goals)
    front = solve(problem, algorithm, n_plans=50, n_evaluations=4000, seed=1)
    revenue = [
        reach(problem, {"revenue": 2000.0}, keep={"roas": target}, front=front).goals["revenue"].value
        for target in (1.5, 2.0, 3.0, 5.0)
    ]
    assert revenue == sorted(revenue, reverse=True)


@each_search
def test_a_channel_of_a_hundredth_moves_as_far_as_it_may(algorithm):
    shapes = [(5000, 4000, 1), (3000, 3000, 1), (100, 20, 1)]
    today = {"a": 5000.0, "b": 4950.0, "c": 50.0}
    problem = question(shapes, end=8000.0, budget=10_000.0, today=today, limits={"change": 0.2})
    money = np.array(list(today.values()))
    known = by_price(shapes, 10_000.0, 0.8 * money, 1.2 * money)
    spend = best_spend(problem, algorithm)
    assert known[2] == pytest.approx(60.0)  # at its limit
    assert spend[2] == pytest.approx(60.0, abs=0.1)
    assert revenue_of(shapes, spend) == pytest.approx(revenue_of(shapes, known), rel=1e-5)


@each_search
def test_a_constant_an_empty_and_two_equal_channels_give_finite_goals(algorithm):
    shapes = [(500, 40, 1), (500, 40, 1), (0, 60, 1), (300, 30, 1)]
    goals = REVENUE | {
        "risk": {"measure": "std", "outcome": "revenue"},
        "roi": {"measure": "roi", "outcome": "revenue"},
    }
    today = {"a": 60.0, "b": 0.0, "c": 0.0, "d": 40.0}
    front = solve(
        question(shapes, end=100.0, budget=100.0, today=today, goals=goals), algorithm, n_evaluations=1000, seed=1
    )
    assert np.isfinite(front.values.value).all()
