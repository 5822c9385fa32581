"""The plan nearest to what is asked: against another solver, against all plans there are, and the words of refusals."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize

from moo_budget.errors import InputError
from moo_budget.evenly import even_weights
from moo_budget.limits import FeasibleSet
from moo_budget.problem import BudgetProblem
from moo_budget.reach import reach
from moo_budget.risk import Factors
from moo_budget.solve import solve
from moo_budget.tables import from_functions
from moo_budget.weighting import Weighting
from tests.worlds import CHANNELS, four_channel_problem, hill

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


def test_a_goal_that_nobody_names_comes_as_near_to_its_best_as_the_named_ones_allow(problem, front):
    best = -Weighting(problem).solve(np.eye(3)[:1])[1][0, 0]
    assert reach(problem, keep={"awareness": 0.0, "risk": 1e12}).goals["revenue"].value == pytest.approx(best, rel=1e-5)
    span = np.ptp(front.values.value, axis=0)
    for awareness in (180_000.0, 220_000.0):  # what can be had is kept, and the others gain from all that is left
        kept = reach(problem, keep={"awareness": awareness})
        assert reach(problem, {"awareness": awareness}).spend == kept.spend
        assert kept.goals["awareness"].value >= awareness - 1e-6 * span[1]
    most = reach(problem, {"awareness": 1e9}).goals["awareness"].value
    assert most == pytest.approx(front.values.value[:, 1].max(), rel=1e-4)


def test_what_is_asked_from_far_away_counts_as_much_as_can_be_asked(problem, front):
    span = np.ptp(front.values.value, axis=0)
    far = [goals_of(reach(problem, {"revenue": size, "awareness": 4e4, "risk": 100.0})) for size in (1e9, 1e20)]
    np.testing.assert_allclose(far[0], far[1], rtol=1e-9)
    assert far[0][0] >= front.values.value[:, 0].max() - 1e-3 * span[0]


def test_a_goal_that_is_the_same_for_every_plan_has_no_say():
    curves = {"revenue": {"a": hill(100, 60, 1.0), "b": hill(80, 90, 1.0), "c": hill(60, 30, 1.0)}}
    curves["awareness"] = {name: lambda x: 0.3 * x for name in "abc"}
    tables = from_functions(curves, dict.fromkeys("abc", 100.0), Factors(np.zeros((3, 1)), np.full(3, 0.04)))
    some = {name: GOALS[name] for name in ("revenue", "risk")}
    asked = {"revenue": 100.0, "risk": 12.0}
    settings = {"budget": 150.0, "money_step": 0.0}
    without = reach(BudgetProblem(tables, goals=some, **settings), asked)
    beside = reach(BudgetProblem(tables, goals=GOALS, **settings), asked | {"awareness": 20.0})
    assert beside.goals["revenue"].value == pytest.approx(without.goals["revenue"].value, rel=1e-3)


def test_rounding_to_whole_steps_does_not_lose_what_can_be_kept():
    for step in (1.0, 10.0):
        problem = four_channel_problem(goals=GOALS, money_step=step)
        for awareness in (180_000.0, 220_000.0):
            assert reach(problem, keep={"awareness": awareness}).goals["awareness"].value >= awareness


def test_every_choice_of_used_channels_is_tried():
    rule = {"channel": {name: {"min_if_used": 250.0} for name in CHANNELS}}
    problem = four_channel_problem(goals=GOALS, money_step=0.0, limits=rule)
    plan = reach(problem, keep={"awareness": 200_000.0})
    goals = problem.to_minimise(problem.measure(np.vstack(list(_all_plans(250.0, 1000.0)))))
    best = _largest_miss(problem, goals[goals[:, 1] <= -200_000.0]).min()
    assert plan.goals["awareness"].value >= 200_000.0
    assert _largest_miss(problem, goals_of(plan)[None] * problem.sign)[0] <= best + 0.01


def _all_plans(least, total):
    """Every choice of used channels, what is left shared out in all ways by tenths."""
    shares = np.array(list(product(np.linspace(0.0, 1.0, 11), repeat=4)))
    for used in product([False, True], repeat=4):
        left = total - least * sum(used)
        spare = shares * used
        if left >= 0.0 and any(used):
            spare = spare[spare.sum(axis=1) > 0.0]
            yield least * np.array(used) + left * spare / spare.sum(axis=1, keepdims=True)


def _largest_miss(problem, goals):
    """Of revenue and risk, in ranges of the plans that are best in one."""
    ends = Weighting(problem).solve(np.eye(3))[1]
    return ((goals - ends.min(axis=0)) / np.ptp(ends, axis=0))[:, [0, 2]].max(axis=1)


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


@pytest.mark.parametrize("ceiling", [1, 40, 700, 3_000, 15_000])
@pytest.mark.parametrize("with_front", [False, True])
@pytest.mark.parametrize("asked", [{"awareness": 220_000.0}, {"revenue": 7_000.0, "awareness": 2e5, "risk": 900.0}])
def test_the_ceiling_on_evaluations_is_never_passed(problem, front, ceiling, with_front, asked, monkeypatch):
    counted, sorted_batch = [], BudgetProblem.sorted_batch
    rounding, searched = FeasibleSet.rounded, []
    problem.sorted_goals(front.spend)  # what is computed once is
    monkeypatch.setattr(
        BudgetProblem, "sorted_batch", lambda self, rows: (counted.append(len(rows)), sorted_batch(self, rows))[1]
    )
    monkeypatch.setattr(FeasibleSet, "rounded", lambda *a: (searched.append(sum(counted)), rounding(*a))[1])
    plan = reach(problem, asked, front=front if with_front else None, n_evaluations=ceiling)
    assert plan.breaks == ()
    assert 0 < searched[0] <= ceiling


def test_more_evaluations_come_nearer_to_what_is_asked(problem, front):
    values, sign = front.values.value, problem.sign
    span = np.ptp(values, axis=0)
    asked = values.min(axis=0) + np.array([0.9, 0.9, 0.1]) * span
    missed = [
        ((goals_of(reach(problem, dict(zip(GOALS, asked, strict=True)), n_evaluations=n)) - asked) * sign / span).max()
        for n in (1, 2_000, 100_000)
    ]
    assert missed[2] <= missed[1] + 1e-6
    assert missed[1] < missed[0] - 0.01


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n_evaluations": 0}, "n_evaluations is 0; it must be at least 1"),
        ({"aspiration": {"reven": 1.0}}, "aspiration: there is no optimised goal `reven`"),
        ({"keep": {"risk": float("nan")}}, "keep: risk is nan; it must be a finite number, in EUR"),
        ({"keep": {"awareness": "12"}}, "keep: awareness is '12'; it must be a finite number, in impressions"),
        ({"aspiration": {"risk": 1.0}, "keep": {"risk": 1.0}}, "risk stands in `aspiration` and in `keep`"),
    ],
)
def test_what_cannot_be_asked_is_refused(problem, arguments, words):
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        reach(problem, **arguments)


def test_a_front_of_another_problem_is_refused(front):
    other = four_channel_problem(goals={name: GOALS[name] for name in ("revenue", "risk")})
    with pytest.raises(InputError, match="the front has other channels or goals than the problem"):
        reach(other, front=front)
