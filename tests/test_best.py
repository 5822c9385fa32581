"""The best plan for one goal, against answers known by other means; what is proved of it; the words of refusals."""

import numpy as np
import pytest
from scipy.optimize import minimize

from moo_budget.best import best
from moo_budget.errors import InputError
from moo_budget.methods import METHODS
from moo_budget.problem import BudgetProblem
from moo_budget.spec import GoalSpec
from moo_budget.tables import from_functions
from tests.worlds import CHANNELS, TODAY, four_channel_problem, hill

REVENUE = {"measure": "total", "outcome": "revenue"}


def hills(shapes, *, end, budget, **settings):
    """One outcome over Hill curves; its goal is `revenue`."""
    names = [f"c{i}" for i in range(len(shapes))]
    curves = {"revenue": {name: hill(*shape) for name, shape in zip(names, shapes, strict=True)}}
    tables = from_functions(curves, dict.fromkeys(names, end))
    settings = {"goals": {"revenue": REVENUE}, "money_step": 0.0} | settings
    return BudgetProblem(tables, budget=budget, **settings)


def test_money_in_millions_finds_the_known_optimum():
    problem = hills([(0.9, 1e6, 1), (0.5, 2e6, 1), (0.2, 4e6, 1)], end=6e6, budget=6e6)
    plan = best(problem, "revenue")
    assert plan.value.value == pytest.approx(0.97821, abs=1e-5)
    assert list(plan.spend.values()) == pytest.approx([3_337_813, 2_572_457, 89_730], rel=5e-3)
    assert plan.gap == pytest.approx(0.0, abs=1e-5)


def test_on_s_curves_the_known_optimum_is_found_and_proved():
    problem = hills([(10, 40, 3), (8, 45, 3), (6, 35, 3)], end=100, budget=100)
    plan = best(problem, "revenue")
    assert plan.value.value == pytest.approx(11.331, abs=1e-3)
    assert list(plan.spend.values()) == pytest.approx([57.6, 0.0, 42.4], abs=0.1)
    assert plan.value.value <= plan.bound <= 11.331 * 1.001


@pytest.mark.parametrize("method", [name for name in METHODS if name != "auto"])
def test_every_method_comes_near_and_none_passes_the_bound(method):
    problem = hills([(600, 30, 1), (400, 30, 1)], end=100, budget=100)
    proved, found = best(problem, "revenue"), best(problem, "revenue", method, n_evaluations=4000)
    assert found.method == method
    assert proved.value.value * (1 - 1e-4) <= found.value.value <= proved.bound
    assert found.bound == pytest.approx(proved.bound, rel=1e-4)


def test_straight_curves_fill_the_best_channels_one_after_the_other():
    rises = {"a": 1.0, "b": 3.0, "c": 2.0}
    curves = {"revenue": {name: lambda x, rise=rise: rise * x for name, rise in rises.items()}}
    tables = from_functions(curves, {"a": 100.0, "b": 40.0, "c": 50.0})
    plan = best(BudgetProblem(tables, budget=100.0, goals={"revenue": REVENUE}), "revenue")
    assert plan.spend == pytest.approx({"a": 10.0, "b": 40.0, "c": 50.0})
    assert plan.value.value == pytest.approx(10 + 120 + 100)
    assert plan.bound == pytest.approx(230.0)


def test_a_goal_that_is_minimised_is_bounded_from_below():
    problem = four_channel_problem(goals={"revenue": REVENUE, "risk": {"measure": "std", "outcome": "revenue"}})
    plan = best(problem, "risk")
    assert (plan.goal, plan.direction, plan.id) == ("risk", "min", "best")
    assert 0.0 <= plan.bound <= plan.value.value

    def risk(spend):
        return float(problem.std("revenue", spend[None])[0])

    total = {"type": "eq", "fun": lambda x: x.sum() - 1000.0}
    rival = minimize(risk, np.full(4, 250.0), bounds=[(0, 1000)] * 4, constraints=[total], options={"maxiter": 300})
    assert plan.value.value <= rival.fun * (1 + 1e-4)


def test_the_least_money_is_spent_where_the_total_is_free():
    problem = four_channel_problem(budget={"min": 600, "max": 1000}, goals={"spend": {"measure": "spend"}})
    plan = best(problem, "spend")
    assert plan.total == pytest.approx(600.0)
    assert plan.gap == pytest.approx(0.0, abs=1e-4)


def test_a_goal_need_not_be_one_of_the_problem():
    problem = four_channel_problem()
    by_mapping = best(problem, {"measure": "total", "outcome": "awareness"})
    assert by_mapping.goal == "total_awareness"
    assert best(problem, GoalSpec("total", "awareness")).spend == by_mapping.spend
    assert by_mapping.value.value == pytest.approx(best(problem, "awareness").value.value)


def test_a_goal_that_is_only_measured_can_be_sought():
    goals = {"revenue": REVENUE, "floor": {"measure": "tail_mean", "outcome": "revenue", "level": 0.8, "goal": False}}
    problem = four_channel_problem(goals=goals)
    found, usual = best(problem, "floor"), best(problem, "revenue")
    spend = np.array([[plan.spend[name] for name in CHANNELS] for plan in (found, usual)])
    tails = problem.measure(spend)[:, 1]
    assert found.value.value == pytest.approx(tails[0])
    assert tails[0] >= tails[1]


def test_what_is_not_proved_says_why():
    goals = {"short": {"measure": "shortfall", "outcome": "revenue", "target": 9000}}
    plan = best(four_channel_problem(goals=goals), "short")
    assert (plan.gap, plan.bound) == (None, None)
    assert plan.unproved == "no method here bounds its measure"


def test_the_plan_keeps_the_limits_and_is_in_whole_steps():
    problem = four_channel_problem(limits={"change": 0.2, "share": 0.75}, today=TODAY, money_step=10.0)
    plan = best(problem, "roi")
    assert plan.breaks == ()
    assert all(amount % 10.0 == 0.0 for amount in plan.spend.values())
    assert plan.total == 1000.0


def test_a_start_can_be_handed_over_and_is_never_made_worse():
    problem = hills([(10, 40, 3), (8, 45, 3), (6, 35, 3)], end=100, budget=100)
    start = np.array([[57.6, 0.0, 42.4]])
    assert best(problem, "revenue", n_evaluations=10, initial_plans=start).value.value >= 11.33


def test_unknown_goals_and_methods_are_refused_by_name():
    problem = four_channel_problem()
    with pytest.raises(InputError, match=r"there is no goal `riks`. Did you mean `risk`"):
        best(problem, "riks")
    with pytest.raises(InputError, match="there is no method `simplex`"):
        best(problem, "roi", method="simplex")
    with pytest.raises(InputError, match='measure = "total" needs an outcome'):
        best(problem, {"measure": "total"})
