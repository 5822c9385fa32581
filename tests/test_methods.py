"""Every method for one number, with every way of keeping the limits, against answers known by other means."""

import re
import sys

import numpy as np
import pytest

from moo_budget.aims import WeightedSum
from moo_budget.best import best
from moo_budget.descent import Descent
from moo_budget.errors import InputError
from moo_budget.goals import MEASURES
from moo_budget.methods import GENERIC, HANDLING, METHODS
from moo_budget.problem import BudgetProblem
from moo_budget.spec import GoalSpec
from moo_budget.tables import from_functions
from tests.test_best import REVENUE, hills
from tests.worlds import TODAY, four_channel_problem, seen_channels

WAYS = [(name, way) for name in METHODS for way in (HANDLING if name in GENERIC else [None])]
each_way = pytest.mark.parametrize(("method", "constraints"), WAYS, ids=[f"{m} {c or ''}".strip() for m, c in WAYS])

# What a method may miss of the best value in so few evaluations: ways with rounds have fewer for each.
NEAR = {None: 2e-3, "projection": 2e-3, "augmented_lagrangian": 2e-2, "penalty": 2e-2}


def searched(problem, goal, method, constraints, **settings):
    """The plan of a short search; it must keep all limits by the independent check."""
    plan = best(problem, goal, method, constraints=constraints, **({"n_evaluations": 1500} | settings))
    spend = np.array([plan.spend[name] for name in problem.channels])
    assert problem.broken(spend) == plan.breaks == ()
    assert plan.n_evaluations <= settings.get("n_evaluations", 1500)
    assert plan.method == method
    return plan


@each_way
def test_money_in_millions_comes_near_the_known_best_plan(method, constraints):
    problem = hills([(0.9, 1e6, 1), (0.5, 2e6, 1), (0.2, 4e6, 1)], end=6e6, budget=6e6)
    plan = searched(problem, "revenue", method, constraints)
    assert 0.978211 * (1 - NEAR[constraints]) <= plan.value.value <= 0.978211 + 1e-5
    assert plan.value.value <= plan.bound


@each_way
def test_straight_curves_fill_the_best_channels_one_after_the_other(method, constraints):
    rises = {"a": 1.0, "b": 3.0, "c": 2.0}
    curves = {"revenue": {name: lambda x, rise=rise: rise * x for name, rise in rises.items()}}
    tables = from_functions(curves, {"a": 100.0, "b": 40.0, "c": 50.0})
    problem = BudgetProblem(tables, budget=100.0, goals={"revenue": REVENUE}, limits={"rules": ["c <= 40 + a"]})
    plan = searched(problem, "revenue", method, constraints)
    assert plan.value.value == pytest.approx(10 + 120 + 100, rel=NEAR[constraints])


@each_way
def test_limits_of_every_kind_are_kept_and_the_answer_is_near_the_enumerated_one(method, constraints):
    limits = {"share": 0.5, "rules": ["tv >= 2 * social"], "channel": {"social": {"min_if_used": 80.0}}}
    goals = {"profit": {"measure": "profit", "outcome": "revenue", "margin": 0.5}}
    problem = four_channel_problem(limits=limits, goals=goals, budget={"min": 600, "max": 1000})
    steps = np.arange(0.0, 501.0, 20.0)
    grid = np.stack(np.meshgrid(*[steps] * 4), axis=-1).reshape(-1, 4)
    enumerated = problem.measure(grid[problem.kept(grid)]).max()
    plan = searched(problem, "profit", method, constraints)
    assert plan.value.value >= enumerated * (1 - NEAR[constraints])


@each_way
def test_the_same_seed_gives_the_same_plan(method, constraints):
    problem = four_channel_problem(today=TODAY, limits={"change": 0.4})
    first, again = (searched(problem, "roi", method, constraints, n_evaluations=300) for _ in range(2))
    assert first.spend == again.spend


@each_way
def test_a_start_that_is_handed_over_is_never_made_worse(method, constraints):
    problem = hills([(10, 40, 1), (8, 45, 1), (6, 35, 1)], end=100, budget=100)
    start = np.array([[50.0, 35.0, 15.0]])
    plan = searched(problem, "revenue", method, constraints, n_evaluations=12, initial_plans=start)
    assert plan.value.value >= problem.measure(start)[0, 0] * (1 - 1e-12)


def test_on_s_curves_slsqp_finds_the_best_of_its_starts_and_the_bound_tells_what_is_left():
    problem = hills([(10, 40, 3), (8, 45, 3), (6, 35, 3)], end=100, budget=100)
    plan = best(problem, "revenue", "slsqp")
    assert plan.value.value == pytest.approx(11.331, abs=1e-3)
    assert plan.value.value + plan.gap == pytest.approx(plan.bound)


def test_slsqp_says_where_it_ended_without_success():
    problem = four_channel_problem(budget={"min": 600, "max": 1500})
    (said,) = best(problem, "roi", "slsqp").messages
    assert said.code == "best.slsqp"
    assert re.search(r"SLSQP ended without success from \d+ of 24 starts: Positive directional derivative", said.text)


@pytest.mark.parametrize(
    ("goal", "limits"),
    [
        ({"measure": "total", "outcome": "revenue"}, {"channel": {"social": {"min_if_used": 150.0}}}),
        ({"measure": "profit", "outcome": "revenue"}, {"share": 0.6}),
        ({"measure": "spend"}, {"rules": ["tv >= 400"]}),
        ({"measure": "change"}, {"share": 0.55}),
    ],
    ids=["total", "profit", "spend", "change"],
)
def test_the_linear_programme_gives_what_the_structured_search_proves(goal, limits):
    problem = four_channel_problem(budget={"min": 700, "max": 1000}, limits=limits, today=TODAY, money_step=0.0)
    exact, programmed = best(problem, goal), best(problem, goal, "convex")
    assert programmed.n_evaluations < 20
    assert programmed.value.value == pytest.approx(exact.value.value, rel=1e-6)


def test_a_channel_that_can_only_get_one_amount_may_have_any_curve():
    problem = hills([(10, 40, 3), (8, 45, 1), (6, 35, 1)], end=100, budget=100, limits={"channel": {"c0": {"min": 9}}})
    with pytest.raises(InputError, match="revenue of `c0` is S-shaped"):
        best(problem, "revenue", "convex")
    held = {"channel": {"c0": {"min": 30, "max": 30}}}
    problem = hills([(10, 40, 3), (8, 45, 1), (6, 35, 1)], end=100, budget=100, limits=held)
    assert best(problem, "revenue", "convex").value.value == pytest.approx(best(problem, "revenue").value.value)


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_the_slopes_that_slsqp_follows_are_those_of_finite_differences(measure):
    outcome = "revenue" if MEASURES[measure].of_outcome else None
    extra = {"target": 6000.0} if measure == "shortfall" else {}
    goals = {"goal": GoalSpec(measure, outcome, **extra)}
    problem = four_channel_problem(tables=seen_channels(), goals=goals, budget={"min": 600, "max": 1500}, today=TODAY)
    descent, aim = Descent(problem), WeightedSum(np.ones((1, 1)))
    plan = problem.plan_tables.sorted(np.array([[620.0, 130.0, 190.0, 170.0]]))
    _, slope = descent.value_and_slope(plan, aim)
    nudges = 1e-3 * np.eye(4)
    higher, lower = (problem.sorted_goals(plan + sign * nudges)[:, 0] for sign in (1.0, -1.0))
    size = np.abs(slope).max()
    assert slope[0] == pytest.approx((higher - lower) / 2e-3, rel=1e-4, abs=1e-5 * size)


def test_what_a_method_cannot_do_is_refused_with_what_it_can(monkeypatch):
    problem = four_channel_problem()
    with pytest.raises(InputError, match=r"cannot solve for the measure std here: it can for total, .* Take `auto`"):
        best(problem, "risk", "convex")
    with pytest.raises(InputError, match=r"constraints = 'penalty': the method slsqp keeps the limits by itself"):
        best(problem, "roi", "slsqp", constraints="penalty")
    with pytest.raises(InputError, match=r"there is no way to keep constraints `barrier`\. Known: projection, penalty"):
        best(problem, "roi", "genetic_algorithm", constraints="barrier")
    with pytest.raises(InputError, match="n_evaluations is 0; it must be at least 1"):
        best(problem, "roi", "slsqp", n_evaluations=0)
    with pytest.raises(InputError, match="seed is -1; it must be 0 or more"):
        best(problem, "roi", "simulated_annealing", seed=-1)
    monkeypatch.setitem(sys.modules, "cvxpy", None)
    with pytest.raises(InputError, match=r"needs cvxpy, which is not installed: pip install 'moo-budget\[convex\]'"):
        best(problem, "roi", "convex")
