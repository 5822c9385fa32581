"""Where a plan stands: fifty that are not on the front, fifty that are, and known answers."""

import numpy as np
import pytest

from moo_budget.aims import goal_scale
from moo_budget.errors import InputError
from moo_budget.evaluation import TOLERANCE, evaluate
from moo_budget.evenly import even_weights
from moo_budget.front import Front
from moo_budget.problem import BudgetProblem
from moo_budget.reach import reach
from moo_budget.risk import weighted_percentile
from moo_budget.solve import solve
from moo_budget.tables import from_functions
from moo_budget.weighting import Weighting
from tests.choose.fronts import THREE, TWO, front_of
from tests.worlds import CHANNELS, TODAY, four_channel_problem, hill, seen_channels

RULED = {"share": 0.6, "rules": ["tv >= 1.5 * social", "search + social <= 55% * total"]}
ON_OFF = {"channel": {name: {"min_if_used": 150.0} for name in CHANNELS}}
COUNTED = {"rules": ["count <= 3", "awareness >= 92% * today(awareness)"]}
BLOCKS = {"channel": {"search": {"step": 50.0}, "social": {"step": 80.0}}}
USED_UP = {"resource": {"hours": {"per_money": {"tv": 0.02, "search": 0.05}, "max": 26.0}}}


def as_plan(spend):
    return dict(zip(CHANNELS, np.asarray(spend).tolist(), strict=True))


def random_plans(problem, n, seed):
    money = np.random.default_rng(seed).dirichlet(np.ones(len(problem.channels)), n) * problem.budget.max
    return problem.feasible.rounded(problem.feasible.project(money), problem.money_step)


def gains(problem, front, better, spend):
    """Of a plan over another, in ranges of the goals on the front."""
    goals = problem.to_minimise(problem.measure(np.array([list(better.spend.values()), spend])))
    return (goals[1] - goals[0]) / goal_scale(problem.to_minimise(front.values.value))


QUESTIONS = {
    "three goals": {"goals": THREE},
    "a free total": {"goals": THREE, "budget": {"min": 700.0, "max": 1100.0}},
    "rules": {"goals": TWO, "limits": RULED},
    "on/off channels": {"goals": THREE, "limits": ON_OFF},
    "a count and a rule on a goal": {"goals": TWO | {"awareness": THREE["awareness"]}, "limits": COUNTED},
    "blocks": {"goals": TWO, "limits": BLOCKS},
    "a resource": {"goals": THREE, "limits": USED_UP},
}


@pytest.fixture(scope="module", params=QUESTIONS)
def question(request):
    """A problem with its front."""
    problem = four_channel_problem(**QUESTIONS[request.param])
    return problem, solve(problem, n_plans=40, n_evaluations=3000, seed=1)


def test_of_fifty_random_plans_the_better_one_is_better_in_every_goal_and_no_other_search_finds_one_elsewhere(question):
    problem, front = question
    unbeaten = []
    for spend in random_plans(problem, 50, seed=3):
        one = evaluate(problem, as_plan(spend), front=front)
        if one.standing == "beaten":
            assert one.better.breaks == ()
            assert (gains(problem, front, one.better, spend) > TOLERANCE).all()
        else:
            assert one.standing == ("outside" if one.breaks else "on_front")
            unbeaten.append((one, spend))
    assert len(unbeaten) <= 35
    for one, spend in unbeaten[:4]:  # a search that takes its time
        asked = {goal.name: one.goals[goal.name].value for goal in problem.sought_goals}
        other = reach(problem, asked, front=front, n_evaluations=20_000)
        assert gains(problem, front, other, spend).min() <= 1.5 * TOLERANCE


def test_fifty_plans_of_the_front_lie_on_it(question):
    problem, front = question
    for spend in np.resize(front.spend, (50, 4)):
        one = evaluate(problem, as_plan(spend), front=front)
        assert one.standing == "on_front"
        assert one.better is None
        assert front.plan(one.nearest).spend == one.spend


def test_fifty_plans_that_are_best_for_some_weighting_lie_on_the_front_without_being_of_it():
    problem = four_channel_problem(goals=THREE)
    front = solve(problem, n_plans=15, n_evaluations=6000, seed=1)
    scale = goal_scale(problem.to_minimise(front.values.value))
    plans, _ = Weighting(problem).solve(even_weights(50, 3) / scale, n_steps=60)
    plans = problem.feasible.rounded(problem.plan_tables.unsorted(plans), problem.money_step)
    found = [evaluate(problem, as_plan(spend), front=front) for spend in plans]
    assert {one.standing for one in found} == {"on_front"}
    assert {one.better for one in found} == {None}


def test_the_better_plan_of_the_front_is_the_one_that_moves_least_money():
    problem = four_channel_problem(goals=TWO)
    front = solve(problem, n_plans=60, n_evaluations=4000, seed=1)
    spend = np.array([200.0, 100.0, 200.0, 500.0])
    one = evaluate(problem, as_plan(spend), front=front)
    scale = goal_scale(problem.to_minimise(front.values.value))
    goals = problem.to_minimise(problem.measure(np.vstack([front.spend, spend])))
    better = ((goals[-1] - goals[:-1]) / scale > TOLERANCE).all(axis=1)
    moved = 0.5 * np.abs(front.spend - spend).sum(axis=1)
    assert better.sum() > 1
    assert front.ids.index(one.better.id) == np.flatnonzero(better)[np.argmin(moved[better])]
    assert one.moved == pytest.approx(moved[better].min())


def test_where_the_front_has_no_better_plan_the_one_that_gains_most_is_solved_for():
    # Channel c brings nothing, so that its money gains both goals where it goes to a and b by halves.
    curves = {
        "revenue": {"a": lambda x: 90.0 * np.log1p(x / 40.0), "b": lambda x: 0.0 * x, "c": lambda x: 0.0 * x},
        "awareness": {"a": lambda x: 0.0 * x, "b": lambda x: 90.0 * np.log1p(x / 40.0), "c": lambda x: 0.0 * x},
    }
    goals = {name: {"outcome": name, "measure": "total"} for name in curves}
    tables = from_functions(curves, dict.fromkeys("abc", 200.0))
    problem = BudgetProblem(tables, goals=goals, budget=200.0, money_step=0.0)
    ends = np.array([[200.0, 0.0, 0.0], [0.0, 200.0, 0.0]])
    front = Front(problem, ends, problem.values(ends), "by hand", 1, 2, "done", ())
    one = evaluate(problem, {"a": 80.0, "b": 80.0, "c": 40.0}, front=front)
    assert (one.standing, one.better.id) == ("beaten", "better")
    assert one.better.spend == pytest.approx({"a": 100.0, "b": 100.0, "c": 0.0}, abs=0.05)
    assert one.differences["revenue"].value == pytest.approx(90.0 * np.log(120.0 / 140.0), rel=1e-3)


def test_inside_a_dent_a_better_plan_is_found_too():
    curves = {"revenue": {"a": hill(100, 90, 2.5), "b": hill(1, 90, 2.5), "c": hill(1, 50, 1.0)}}
    curves["awareness"] = {"a": hill(1, 90, 2.5), "b": hill(100, 90, 2.5), "c": hill(1, 50, 1.0)}
    goals = {name: {"outcome": name, "measure": "total"} for name in curves}
    problem = BudgetProblem(from_functions(curves, dict.fromkeys("abc", 100.0)), goals=goals, budget=100.0)
    front = solve(problem, n_plans=30, seed=1)
    one = evaluate(problem, {"a": 45.0, "b": 45.0, "c": 10.0}, front=front)
    assert (gains(problem, front, one.better, [45.0, 45.0, 10.0]) > TOLERANCE).all()


def test_a_goal_that_cannot_be_bettered_is_kept():
    goals = {"revenue": THREE["revenue"], "beyond": {"measure": "beyond_history"}, "risk": THREE["risk"]}
    problem = four_channel_problem(tables=seen_channels(), goals=goals)
    front = solve(problem, n_plans=40, n_evaluations=6000, seed=1)
    spend = [390.0, 490.0, 100.0, 20.0]
    one = evaluate(problem, as_plan(spend), front=front)
    assert one.goals["beyond"].value == 0.0
    assert one.standing == "beaten"
    assert one.better.goals["beyond"].value == pytest.approx(0.0, abs=1e-9)
    assert one.better.goals["revenue"].value > one.goals["revenue"].value
    assert one.better.goals["risk"].value < one.goals["risk"].value


@pytest.mark.parametrize("n_goals", [1, 2, 3])
@pytest.mark.parametrize("plans", [[[400.0, 300.0, 200.0, 100.0]], [[400.0, 300.0, 200.0, 100.0]] * 3])
def test_fronts_of_one_plan_and_of_twins(n_goals, plans):
    problem = four_channel_problem(goals=dict(list(THREE.items())[:n_goals]))
    front = front_of(problem, plans)
    assert evaluate(problem, as_plan(plans[0]), front=front).standing == "on_front"
    one = evaluate(problem, as_plan([0.0, 0.0, 0.0, 1000.0]), front=front)
    assert one.standing in ("beaten", "on_front")
    if n_goals == 1:
        assert one.standing == "beaten"


def test_a_plan_that_breaks_limits_says_which_and_is_measured_all_the_same():
    problem = four_channel_problem(goals=TWO, limits={"channel": {"tv": {"max": 500.0}}})
    front = solve(problem, n_plans=20, n_evaluations=3000, seed=1)
    small = evaluate(problem, as_plan([10.0, 10.0, 10.0, 10.0]), front=front)
    assert small.standing == "outside"  # so little risk as no plan of the whole budget has
    assert any("below" in text for text in small.breaks)
    large = evaluate(problem, as_plan([900.0, 0.0, 0.0, 100.0]), front=front)
    assert any("tv" in text for text in large.breaks)
    assert large.standing == "beaten"
    assert large.better.breaks == ()


def test_a_plan_that_breaks_limits_stands_beside_the_nearest_one_that_keeps_them():
    problem = four_channel_problem(goals=TWO, limits={"channel": {"tv": {"max": 500.0}}})
    one = evaluate(problem, as_plan([900.0, 0.0, 0.0, 100.0]))
    # 400 leave tv, and the others share them evenly.
    assert one.within.spend == pytest.approx(as_plan([500.0, 400 / 3, 400 / 3, 100 + 400 / 3]), abs=0.01)
    assert one.within.breaks == ()
    assert evaluate(problem, one.within.spend).within is None


def test_where_the_nearest_plan_breaks_a_rule_on_a_goal_the_next_one_towards_the_front_is_shown():
    problem = four_channel_problem(goals=TWO, limits={"rules": ["risk <= 90% * today(risk)"]})
    front = solve(problem, n_plans=10, n_evaluations=2000, seed=1)
    mine = as_plan([850.0, 50.0, 50.0, 50.0])
    assert evaluate(problem, mine).within is None  # nobody searched
    one = evaluate(problem, mine, front=front)
    assert one.within.breaks == ()
    risks = [one.goals["risk"].value, one.within.goals["risk"].value, front.plan(one.nearest).goals["risk"].value]
    assert risks == sorted(risks, reverse=True)


def test_a_plan_beyond_the_tables_is_unknown():
    problem = four_channel_problem(goals=TWO)
    one = evaluate(problem, {"tv": 2500.0}, front=front_of(problem, [list(TODAY.values())]))
    assert (one.standing, one.goals, one.against) == ("unknown", None, None)
    assert one.within.goals is not None


def test_without_a_front_a_plan_is_measured_and_checked_alone():
    one = evaluate(four_channel_problem(), TODAY, id="mine")
    assert (one.id, one.standing, one.against, one.nearest, one.moved) == ("mine", None, None, None, 0.0)
    assert one.breaks == ()


def test_differences_are_those_of_paired_draws():
    problem = four_channel_problem(
        goals=TWO
        | {"roi": {"outcome": "revenue", "measure": "roi"}, "gain": {"outcome": "revenue", "measure": "profit"}}
    )
    front = solve(problem, n_plans=20, n_evaluations=3000, seed=1)
    spend = np.array([200.0, 100.0, 200.0, 500.0])
    one = evaluate(problem, as_plan(spend), front=front)
    both = np.array([spend, list(one.against.spend.values())])
    draws, _ = problem.moments("revenue", both)
    apart = (draws[0] - draws[1])[None]
    low, high = (weighted_percentile(apart, problem.tables.weights, share)[0] for share in (0.05, 0.95))
    found = one.differences
    assert (found["revenue"].estimate_low, found["revenue"].estimate_high) == pytest.approx((low, high))
    assert found["roi"].value == pytest.approx(found["revenue"].value / 1000.0)
    assert found["gain"].estimate_low == pytest.approx(low)
    for name, difference in found.items():
        assert difference.value == pytest.approx(one.goals[name].value - one.against.goals[name].value)
    assert found["risk"].estimate_low == found["risk"].value == found["risk"].estimate_high
    # Draws in pairs tell two plans apart where their own ranges overlap.
    mine, other = one.goals["revenue"], one.against.goals["revenue"]
    assert mine.estimate_high > other.estimate_low
    assert found["revenue"].is_clear


def test_the_balanced_pick_is_not_compared_with_itself():
    problem = four_channel_problem(goals=TWO)
    front = solve(problem, n_plans=20, n_evaluations=3000, seed=1)
    balanced = front.choose("balanced")
    one = evaluate(problem, balanced.spend, front=front)
    assert (one.standing, one.against, one.nearest) == ("on_front", None, balanced.id)
    other = next(plan for plan in front.plans if plan.id != balanced.id)
    assert evaluate(problem, other.spend, front=front).against.id == balanced.id


def test_permuting_the_plans_of_a_mapping_changes_nothing_and_the_answer_comes_again():
    problem = four_channel_problem(goals=TWO)
    front = solve(problem, n_plans=20, n_evaluations=3000, seed=1)
    plan = {"social": 500.0, "电视": 200.0, "search": 100.0, "tv": 200.0}
    first, second = evaluate(problem, plan, front=front), evaluate(problem, dict(reversed(plan.items())), front=front)
    assert first.against.spend == second.against.spend


def test_a_front_of_another_problem_is_refused():
    problem = four_channel_problem(goals=TWO)
    front = front_of(four_channel_problem(goals=THREE), [list(TODAY.values())])
    with pytest.raises(InputError, match="the front has other channels or goals than the problem"):
        evaluate(problem, TODAY, front=front)
