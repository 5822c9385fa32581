"""The plan nearest to what is asked: against another solver, against all plans there are, and the words of refusals."""

import numpy as np
import pytest
from scipy.optimize import minimize

from moo_budget.errors import InputError
from moo_budget.problem import BudgetProblem
from moo_budget.reach import reach
from moo_budget.risk import Factors
from moo_budget.solve import solve
from moo_budget.tables import from_functions
from moo_budget.weighting import Weighting, even_weights
from tests.worlds import four_channel_problem, hill

GOALS = {
    "revenue": {"outcome": "revenue", "measure": "total"},
    "awareness": {"outcome": "awareness", "measure": "total"},
    "risk": {"outcome": "revenue", "measure": "std"},
}


@pytest.fixture(scope="module")
def problem():
    return four_channel_problem(goals=GOALS, money_step=0.0)


@pytest.fixture(scope="module")
def front(problem):
    return solve(problem, n_plans=60, seed=1)


def goals_of(plan):
    return np.array([plan.goals[name].value for name in GOALS])


def slsqp(problem, objective, constraints, start):
    """Another solver's answer, from the given plan."""
    total = {"type": "eq", "fun": lambda z: z[:4].sum() - problem.feasible.budget_max}
    bounds = [*zip(problem.feasible.lower, problem.feasible.upper, strict=True)] + [(None, None)] * (len(start) - 4)
    done = minimize(
        objective, start, bounds=bounds, constraints=[total, *constraints], method="SLSQP", options={"maxiter": 500}
    )
    return done.x


def test_an_aspiration_is_reached_as_another_solver_reaches_it(problem, front):
    values, sign = front.values.value, problem.sign
    low, high = values.min(axis=0), values.max(axis=0)
    for share in ([0.9, 0.9, 0.1], [0.3, 0.6, 0.2], [0.5, 0.2, 0.9]):
        asked = low + np.array(share) * (high - low)
        plan = reach(problem, dict(zip(GOALS, asked, strict=True)))

        def misses(money, asked=asked):
            return (problem.measure(money[None])[0] - asked) * sign / (high - low)

        mine = misses(np.array(list(plan.spend.values())))
        each = [{"type": "ineq", "fun": lambda z, j=j: z[4] - misses(z[:4])[j]} for j in range(3)]
        best = min(
            misses(slsqp(problem, lambda z: z[4], each, np.append(start, 1.0))[:4]).max()
            for start in front.spend[[5, 20, 40, 55]]
        )
        assert mine.max() <= best + 2e-3


def test_keeping_all_but_one_goal_makes_that_one_as_good_as_another_solver_makes_it(problem, front):
    middle = np.median(front.values.value, axis=0)
    plan = reach(problem, keep={"awareness": middle[1], "risk": middle[2]})
    span = np.ptp(front.values.value, axis=0)
    limits = [
        {"type": "ineq", "fun": lambda z: (problem.measure(z[None])[0][1] - middle[1]) / span[1]},
        {"type": "ineq", "fun": lambda z: (middle[2] - problem.measure(z[None])[0][2]) / span[2]},
    ]
    found = [
        problem.measure(slsqp(problem, lambda z: -problem.measure(z[None])[0][0] / span[0], limits, start)[None])[0]
        for start in front.spend[[5, 20, 40, 55]]
    ]
    best = max(row[0] for row in found if row[1] >= middle[1] - 1e-6 * span[1] and row[2] <= middle[2] + 1e-6 * span[2])
    reached = goals_of(plan)
    assert reached[1] >= middle[1] - 1e-6 * span[1]
    assert reached[2] <= middle[2] + 1e-6 * span[2]
    assert reached[0] >= best - 1e-3 * span[0]


def test_what_all_can_have_leaves_something_to_spare_everywhere(problem, front):
    worst = {name: float(value) for name, value in zip(GOALS, problem.measure(front.spend).min(axis=0), strict=True)}
    worst["risk"] = float(front.values.value[:, 2].max())
    reached = goals_of(reach(problem, worst))
    assert reached[0] > worst["revenue"]
    assert reached[1] > worst["awareness"]
    assert reached[2] < worst["risk"]


def test_inside_a_dent_it_finds_a_plan_that_no_weighting_finds():
    # One channel brings revenue, the other awareness, both only in earnest: half and half is little of either, and best
    # for no weighting.
    curves = {"revenue": {"a": hill(100, 90, 2.5), "b": hill(1, 90, 2.5)}}
    curves["awareness"] = {"a": hill(1, 90, 2.5), "b": hill(100, 90, 2.5)}
    problem = BudgetProblem(
        from_functions(curves, dict.fromkeys("ab", 100.0), Factors(np.zeros((2, 1)), np.full(2, 0.01))),
        goals={name: GOALS[name] for name in ("revenue", "awareness")},
        budget=100.0,
        money_step=0.0,
    )
    answers, _ = Weighting(problem).solve(even_weights(500, 2), n_steps=60)
    assert (np.abs(answers[:, 0] - 50.0) > 20.0).all()
    plan = reach(problem, {"revenue": 40.0, "awareness": 40.0})
    assert plan.spend == pytest.approx({"a": 50.0, "b": 50.0}, abs=0.1)


def test_a_goal_that_nobody_names_aspires_to_the_best_there_is(problem):
    assert reach(problem).spend == reach(problem, {}, keep={}).spend
    alone = reach(problem, keep={"awareness": 0.0, "risk": 1e12})
    best = Weighting(problem).solve(np.eye(3)[:1])[1][0, 0]
    assert alone.goals["revenue"].value == pytest.approx(-best, rel=1e-5)


def test_the_plan_keeps_the_limits_and_the_money_step():
    problem = four_channel_problem(goals=GOALS, money_step=1.0, budget={"min": 700.0, "max": 1300.0})
    plan = reach(problem, {"revenue": 1e9, "risk": 0.0}, keep={"awareness": 1.0})
    assert plan.breaks == ()
    assert plan.id == "asked"
    assert all(float(money).is_integer() for money in plan.spend.values())


def test_a_front_chooses_by_aspiration(problem, front):
    values = front.values.value[30]
    asked = dict(zip(GOALS, values.tolist(), strict=True))
    plan = front.choose(aspiration=asked)
    missed = (goals_of(plan) - values) * problem.sign / np.ptp(front.values.value, axis=0)
    assert missed.max() <= 1e-4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"aspiration": {"reven": 1.0}}, "aspiration: there is no goal that is optimised `reven`"),
        ({"keep": {"risk": float("nan")}}, "keep: risk is nan; it must be a finite number"),
        ({"aspiration": {"risk": 1.0}, "keep": {"risk": 1.0}}, "risk stands in `aspiration` and in `keep`"),
    ],
)
def test_what_cannot_be_asked_is_refused(problem, arguments, words):
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        reach(problem, **arguments)


def test_two_ways_to_choose_are_refused(front):
    with pytest.raises(InputError, match="a name \\('balanced'\\) and an aspiration are two ways to choose"):
        front.choose("balanced", aspiration={"risk": 1.0})
