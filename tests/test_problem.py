from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.problem import Problem
from pymoo.optimize import minimize

from moo_budget.errors import InputError
from moo_budget.evaluation import evaluate
from moo_budget.front import Front
from moo_budget.problem import BudgetProblem
from moo_budget.risk import Factors
from moo_budget.tables import from_functions
from tests.worlds import CHANNELS, TODAY, four_channel_problem, four_channels, hill

PLAN = {"tv": 400.0, "search": 300.0, "电视": 200.0, "social": 100.0}


def one_channel(**settings):
    tables = from_functions({"sales": {"tv": hill(10, 40, 1)}}, {"tv": 300.0}, units={"sales": "units"})
    goals = {"sales": {"measure": "total", "outcome": "sales"}}
    return BudgetProblem(tables, goals=goals, **({"budget": 100.0, "periods": 2} | settings))


def test_it_is_a_pymoo_problem_of_the_right_size():
    problem = four_channel_problem()
    assert isinstance(problem, Problem)
    assert (problem.n_var, problem.n_obj, problem.n_ieq_constr, problem.n_eq_constr) == (4, 3, 0, 0)


def test_goals_left_out_are_return_awareness_and_risk_as_far_as_outcomes_exist():
    goals = four_channel_problem().goals
    assert [(g.name, g.measure, g.outcome, g.unit, g.direction) for g in goals] == [
        ("roi", "roi", "revenue", "EUR per EUR", "max"),
        ("awareness", "total", "awareness", "impressions", "max"),
        ("risk", "std", "revenue", "EUR", "min"),
    ]


def test_without_revenue_the_first_outcome_in_the_currency_leads():
    tables = from_functions({"sales": {"tv": hill(1, 1, 1)}}, {"tv": 9.0}, units={"sales": "EUR"})
    assert [g.outcome for g in BudgetProblem(tables, budget=5.0, currency="EUR").goals] == ["sales", "sales"]


def test_without_any_known_outcome_goals_must_be_written():
    tables = from_functions({"quotes": {"tv": hill(1, 1, 1)}}, {"tv": 9.0})
    with pytest.raises(
        InputError, match=r"none of the outcomes \(quotes\) is named revenue.*Write a \[goals\] section"
    ):
        BudgetProblem(tables, budget=5.0)


def test_money_of_a_plan_is_spread_over_its_periods():
    value = one_channel().measure(np.array([[80.0]]))[0, 0]
    assert value == pytest.approx(2 * 10 * 40 / (40 + 40), rel=1e-4)


def test_every_measure_has_its_known_value():
    tables = from_functions(
        {"sales": {"tv": hill(10, 40, 1), "radio": hill(6, 20, 1)}},
        {"tv": 300.0, "radio": 300.0},
        Factors(np.zeros((2, 0)), np.array([0.09, 0.04])),
        units={"sales": "units"},
    )
    measures = {"total": {}, "roi": {}, "profit": {"margin": 50.0}, "std": {}, "spend": {}, "change": {}}
    goals = {
        f"my_{name}": {"measure": name} | more | ({} if name in ("spend", "change") else {"outcome": "sales"})
        for name, more in measures.items()
    }
    problem = BudgetProblem(
        tables, goals=goals, budget={"min": 0, "max": 100}, periods=2, today={"tv": 60.0, "radio": 20.0}
    )
    tv, radio = 10 * 20 / 60, 6 * 30 / 50  # 20 and 30 per period
    total = 2 * (tv + radio)
    std = np.sqrt(2 * (0.09 * tv**2 + 0.04 * radio**2))
    expected = [total, total / 100, 50 * total - 100, std, 100, 0.5 * (20 + 40)]
    got = problem.measure(np.array([[40.0, 60.0]]))[0]
    np.testing.assert_allclose(got, expected, rtol=2e-4)
    assert [goal.unit for goal in problem.goals] == [
        "units",
        "units per unit of money",
        "unit of money",
        "units",
        "unit of money",
        "unit of money",
    ]


def test_roi_of_no_money_is_the_return_of_the_first_unit():
    tables = from_functions(
        {"sales": {"tv": lambda x: 3 * x, "radio": lambda x: 5 * x}}, {"tv": 9.0, "radio": 9.0}, 0.04 * np.eye(2)
    )
    goals = {"roi": {"measure": "roi", "outcome": "sales"}}
    values = BudgetProblem(tables, goals=goals, budget={"min": 0, "max": 5}).values(np.zeros((1, 2)))
    assert values.value[0, 0] == pytest.approx(5.0)
    assert values.low[0, 0] == pytest.approx(5.0 * (1 - 1.2815515655 * 0.2))


def test_std_is_that_of_sampled_draws_and_shocks():
    problem = four_channel_problem()
    spend = np.array([list(PLAN.values())])
    rng = np.random.default_rng(5)
    n = 20_000
    draws = rng.integers(0, 40, n)
    noise = problem.tables.noise[0].dense()
    shocks = rng.multivariate_normal(np.zeros(4), noise / problem.periods, n)
    response = np.stack(
        [problem.tables.draws("revenue", c, spend[:, i] / 10)[0] for i, c in enumerate(CHANNELS)], axis=1
    )
    outcome = 10 * (response[draws] * (1 + shocks)).sum(axis=1)
    # Standard error of a sampled deviation: its size over the root of 2 n.
    assert problem.std("revenue", spend)[0] == pytest.approx(outcome.std(), rel=4 / np.sqrt(2 * n))
    index = [goal.name for goal in problem.goals].index("roi")
    low = problem.values(spend).low[0, index] * spend.sum()
    assert low == pytest.approx(np.quantile(outcome, 0.1), rel=0.01)


def test_intervals_hold_their_value_and_money_has_none():
    goals = {
        "revenue": {"measure": "total", "outcome": "revenue"},
        "spend": {"measure": "spend"},
        "risk": {"measure": "std", "outcome": "revenue"},
    }
    values = four_channel_problem(goals=goals).values(np.array([list(PLAN.values())]))
    assert values.low[0, 0] < values.value[0, 0] < values.high[0, 0]
    assert values.estimate_low[0, 0] < values.value[0, 0] < values.estimate_high[0, 0]
    for column in (1, 2):
        assert values.low[0, column] == values.high[0, column] == values.value[0, column]


def test_a_plan_beyond_a_table_has_no_goals_and_says_what_it_breaks():
    plan = evaluate(four_channel_problem(), {"tv": 2500.0})
    assert plan.goals is None
    assert plan.breaks[0] == "the total 2,500.00 is above the budget 1,000.00"


def test_a_front_holds_no_plan_beyond_a_table():
    problem = four_channel_problem()
    spend = np.array([list(PLAN.values()), [0.0, 2500.0, 0.0, 0.0]])
    said = f"plan 2 of the front has no value of {problem.goals[0].name}: it lies beyond a table's end"
    with pytest.raises(InputError, match=said):
        Front(problem, spend, problem.values(spend), "by hand", 1, 2, "done", ())


def test_goals_to_be_maximised_enter_pymoo_with_a_minus_sign():
    problem = four_channel_problem()
    plans = problem.feasible.project(np.array([list(PLAN.values())]))
    np.testing.assert_array_equal(problem.evaluate(plans), problem.measure(plans) * [-1, -1, 1])


def test_a_goal_that_is_only_measured_is_not_sought():
    goals = {
        "revenue": {"measure": "total", "outcome": "revenue"},
        "risk": {"measure": "std", "outcome": "revenue", "goal": False},
    }
    problem = four_channel_problem(goals=goals)
    assert problem.n_obj == 1
    assert problem.measure(np.array([list(PLAN.values())])).shape == (1, 2)


@pytest.mark.parametrize(
    ("goals", "error", "text"),
    [
        ({"x": {"measure": "total", "outcome": "revenu"}}, InputError, "no outcome `revenu`. Did you mean `revenue`?"),
        ({"x": {"measure": "tail_mean", "outcome": "revenue", "level": 1.0}}, InputError, "level"),
        ({"x": {"measure": "totel", "outcome": "revenue"}}, InputError, "total"),
        ({"x": {"measure": "spend", "goal": False}}, InputError, "goal"),
    ],
)
def test_goals_that_cannot_be_are_refused(goals, error, text):
    with pytest.raises(error, match=text):
        four_channel_problem(goals=goals)


def test_moving_money_needs_a_reference():
    with pytest.raises(InputError, match=r"goals.move measures money moved from the reference plan, and there is none"):
        four_channel_problem(goals={"move": {"measure": "change"}}, today=None)


@pytest.mark.parametrize(
    ("spend", "text"),
    [(np.zeros((2, 3)), r"spend has shape \(2, 3\)"), (np.full((1, 4), np.inf), r"spend\[0, 0\] is inf")],
)
def test_plans_of_the_wrong_form_are_refused(spend, text):
    with pytest.raises(InputError, match=text):
        four_channel_problem().measure(spend)


def test_evaluate_refuses_unknown_channels_and_negative_money():
    with pytest.raises(InputError, match=r"plan: there is no channel `tvv`. Did you mean `tv`?"):
        evaluate(four_channel_problem(), {"tvv": 5.0})
    with pytest.raises(InputError, match=r"plan: money of `tv` is -5.0; it must be 0 or more"):
        evaluate(four_channel_problem(), {"tv": -5.0})


@settings(deadline=None, max_examples=25)
@given(st.permutations(range(4)), st.integers(0, 2**32 - 1))
def test_permuting_channels_permutes_tables_and_evaluations(order, seed):
    spend = np.random.default_rng(seed).uniform(0, 1500, (3, 4))
    problem = four_channel_problem()
    functions = {
        outcome: {CHANNELS[c]: (lambda x, o=outcome, n=CHANNELS[c]: problem.tables.draws(o, n, x)) for c in order}
        for outcome in problem.tables.outcomes
    }
    noise = problem.tables.noise[0].dense()[np.ix_(order, order)]
    tables = from_functions(
        functions,
        dict.fromkeys([CHANNELS[c] for c in order], 200.0),
        noise,
        units=dict(zip(problem.tables.outcomes, problem.tables.units, strict=True)),
    )
    permuted = four_channel_problem(tables=tables)
    # The permuted tables are made from the first ones' values, so slopes come from PCHIP: the table's own error.
    np.testing.assert_allclose(permuted.measure(spend[:, order]), problem.measure(spend), rtol=5e-4)


@settings(deadline=None, max_examples=25)
@given(st.floats(1e-3, 1e3), st.integers(0, 2**32 - 1))
def test_a_new_currency_scales_money_and_leaves_outcomes(factor, seed):
    spend = np.random.default_rng(seed).uniform(0, 250, (3, 1))
    mine = one_channel(budget=100.0)
    tables = from_functions({"sales": {"tv": hill(10, 40 * factor, 1)}}, {"tv": 300.0 * factor})
    theirs = BudgetProblem(
        tables, goals={"s": {"measure": "total", "outcome": "sales"}}, budget=100 * factor, periods=2
    )
    np.testing.assert_allclose(theirs.measure(spend * factor), mine.measure(spend), rtol=1e-9)


def test_stock_pymoo_solves_it_without_our_solve():
    found = minimize(four_channel_problem(), NSGA2(pop_size=50), ("n_eval", 20_000), seed=1)
    assert found.X.shape == (50, 4)
    np.testing.assert_allclose(found.X.sum(axis=1), 1000.0, rtol=1e-12)
    np.testing.assert_array_equal(four_channel_problem().evaluate(found.X), found.F)


def test_today_and_the_reference_are_kept_apart():
    problem = four_channel_problem(budget=2000.0)
    assert problem.money.today.sum() == sum(TODAY.values())
    assert problem.money.reference.tolist() == [2 * amount for amount in TODAY.values()]
    assert four_channels().channels == problem.channels


def test_a_shortfall_against_a_reference_beyond_its_tables_is_refused():
    goals = {"miss": {"outcome": "revenue", "measure": "shortfall", "target": "today"}}
    text = "goals.miss compares with the reference plan, which gives `tv` 3,500.00; its response table ends at 2,000.00"
    with pytest.raises(InputError, match=text):
        four_channel_problem(goals=goals, budget=5000.0)


def test_a_move_of_a_rounding_error_is_as_good_as_the_reference():
    problem = four_channel_problem(goals={"miss": {"outcome": "revenue", "measure": "shortfall", "target": "today"}})
    reference = problem.money.reference
    moved = reference + np.array([1e-10, -1e-10, 0.0, 0.0])
    assert problem.measure(np.array([reference, moved]))[:, 0].tolist() == [0.5, 0.5]


@pytest.mark.parametrize("known", ["structure", "choosing_structure"])
def test_a_supposed_question_knows_nothing_of_what_was_allowed_before(known):
    problem = four_channel_problem()
    assert getattr(problem, known).upper.max() > 1.0
    lower = np.minimum(problem.feasible.lower, 1.0)
    supposed = problem.supposing(
        feasible=replace(problem.feasible, lower=lower, upper=np.ones_like(lower), budget_min=0.0)
    )
    assert getattr(supposed, known).upper.max() == 1.0
