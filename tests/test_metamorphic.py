"""The same question said in another way has the same answer: relations that hold whatever the right answer is.

Tables are given here, so that what is asked is the search, the proof and the explanation; `tests/responses/test_fit.py`
asks the same of what is learned, and `benchmarks/bench_numbers.py` of the whole flow, real tables included.
"""

from __future__ import annotations

import numpy as np
import pytest

from moo_budget import best, certify, explain
from moo_budget.errors import InputError
from moo_budget.expressions import ExpressionError
from moo_budget.problem import BudgetProblem
from moo_budget.solve import solve
from moo_budget.tables import from_functions
from moo_budget.weighting import Weighting
from tests.worlds import drawn_hill

CURVES = {"tv": (900, 120, 0.3), "search": (500, 30, 0.1), "radio": (300, 60, 0.4)}
GOALS = {
    "revenue": {"outcome": "revenue", "measure": "total"},
    "risk": {"outcome": "revenue", "measure": "std"},
}
NOISE = 0.2


def tables_of(curves, ends, covariance):
    """Tables of one outcome, each channel's curve drawn alike whatever stands beside it."""
    return from_functions({"revenue": curves}, ends, covariance, units={"revenue": "EUR"})


def asked(money=1.0, extra=None, **changes):
    """Three channels, or more with `extra` (name -> curve), over ten periods; `money` is what a unit of money is."""
    curves = {
        name: drawn_hill(height, half * money, spread, seed=c)
        for c, (name, (height, half, spread)) in enumerate(CURVES.items())
    } | (extra or {})
    tables = tables_of(curves, dict.fromkeys(curves, 200.0 * money), NOISE**2 * np.eye(len(curves)))
    rules = [f"tv <= 2 * search + {100.0 * money!r}"]
    settings = {"goals": GOALS, "budget": 1000.0 * money, "periods": 10, "money_step": 0.25 * money, "currency": "EUR"}
    settings["limits"] = {"share": 0.6, "rules": rules}
    return BudgetProblem(tables, **settings | changes)


def front_of(problem, n_plans=15):
    return solve(problem, "scalarised", n_plans=n_plans, seed=1)


@pytest.fixture(scope="module")
def front():
    return front_of(asked())


def same_front(mine, theirs, factor=1.0, rtol=0.0):
    """That two fronts are the same, `theirs` in a money that counts `factor` times as much."""
    columns = [theirs.problem.channels.index(name) for name in mine.problem.channels]
    np.testing.assert_allclose(theirs.spend[:, columns], factor * mine.spend, rtol=rtol, atol=0.0)
    np.testing.assert_allclose(theirs.values.value, mine.values.value, rtol=rtol, atol=0.0)


@pytest.mark.parametrize("factor", [2.0**10, 2.0**-10])
def test_another_currency_scales_money_and_changes_no_other_bit(front, factor):
    """By a power of two, so that nothing is rounded: whatever is absolute in the program shows."""
    theirs = front_of(asked(factor))
    same_front(front, theirs, factor)
    mine, other = (certify(one.problem, one, n_weights=20) for one in (front, theirs))
    assert (other.extreme_gap, other.solve_gap, other.coverage_gap) == (
        mine.extreme_gap,
        mine.solve_gap,
        mine.coverage_gap,
    )
    why, reason = (explain(one.problem, one.choose("balanced"), front=one) for one in (front, theirs))
    assert reason.wanted.weights == why.wanted.weights
    for name, row in why.channels.items():
        assert reason.channels[name].spend == factor * row.spend
        assert reason.channels[name].marginal_roi.value == row.marginal_roi.value / factor
    assert [limit.amount for limit in reason.limits] == [factor * limit.amount for limit in why.limits]


@pytest.mark.parametrize("factor", [1e3, 1e-3])
def test_a_currency_a_thousand_times_as_large_has_the_same_shares(front, factor):
    same_front(front, front_of(asked(factor)), factor, rtol=1e-6)


@pytest.mark.parametrize("factor", [1.0, 2.0**-20])
def test_a_maximum_beyond_a_table_is_refused_whatever_the_currency(factor):
    with pytest.raises(InputError, match=r"limits.channel.tv.max = .* lies beyond the end of the response table"):
        asked(factor, limits={"channel": {"tv": {"max": 2100.0 * factor}}})


def test_a_small_number_in_a_rule_is_an_amount_where_there_is_little_money():
    """Counted in millions, half a million is 0.5, which looks like a share where there are a thousand."""
    with pytest.raises(ExpressionError, match=r"0\.5 is an amount of money here, and a very small one"):
        asked(limits={"rules": ["tv <= 0.5"]})
    assert asked(1e-3, limits={"rules": ["tv <= 0.5"]}).feasible.rows.matrix.shape == (1, 3)


def test_a_channel_that_gets_nothing_is_as_if_it_were_not_there(front):
    limits = {"share": 0.6, "rules": ["tv <= 2 * search + 100"], "channel": {"zero": {"off": True}}}
    theirs = asked(extra={"zero": drawn_hill(400, 50, 0.2, seed=8)}, limits=limits)
    beside = np.column_stack([front.spend, np.zeros(len(front))])
    np.testing.assert_array_equal(theirs.measure(beside), front.values.value)
    weights = np.array([[0.2, 0.8], [0.5, 0.5], [0.8, 0.2]]) / np.ptp(front.values.value, axis=0)
    mine, other = (
        one.plan_tables.unsorted(Weighting(one).solve(weights, None, 8)[0]) for one in (front.problem, theirs)
    )
    np.testing.assert_allclose(other[:, :3], mine, rtol=1e-6)  # of steps that end where they no longer gain
    assert (other[:, 3] == 0.0).all()


def test_a_channel_that_brings_nothing_makes_no_goal_worse_and_gets_nothing(front):
    theirs = front_of(asked(extra={"idle": lambda spend: np.zeros((len(spend), 40))}))
    mine, other = (best(one.problem, "revenue") for one in (front, theirs))
    assert other.goals["revenue"].value >= mine.goals["revenue"].value * (1.0 - 1e-9)
    assert other.spend["idle"] == 0.0
    assert theirs.values.value[:, 1].min() <= front.values.value[:, 1].min()  # money that brings nothing risks nothing


def test_a_worse_copy_of_a_channel_makes_no_goal_worse():
    copy = {"copy": lambda spend: 0.5 * drawn_hill(500, 30, 0.1, seed=1)(spend)}
    mine, other = (best(asked(extra=extra), "revenue") for extra in ({}, copy))
    assert other.goals["revenue"].value >= mine.goals["revenue"].value * (1.0 - 1e-9)


def test_a_channel_in_two_halves_brings_as_much_and_gets_as_much(front):
    """Of expected revenue: unequal halves waste money, and where all must be spent waste may lower risk."""
    whole = drawn_hill(*CURVES["tv"], seed=0)
    others = {name: drawn_hill(*CURVES[name], seed=c) for c, name in enumerate(CURVES) if name != "tv"}
    curves = {"tv_1": lambda x: whole(2 * x) / 2, "tv_2": lambda x: whole(2 * x) / 2, **others}
    covariance = NOISE**2 * np.eye(4)
    covariance[0, 1] = covariance[1, 0] = NOISE**2  # the market shakes both halves alike
    ends = {name: 100.0 if name.startswith("tv") else 200.0 for name in curves}
    shares = [f"{part} <= 60% * total" for part in ("tv", "search", "radio")]
    problem = BudgetProblem(
        tables_of(curves, ends, covariance),
        goals=GOALS,
        budget=1000.0,
        periods=10,
        limits={"rules": ["tv <= 2 * search + 100", *shares]},
        tags={"tv": ["tv_1", "tv_2"]},
    )
    mine, halved = best(front.problem, "revenue"), best(problem, "revenue")
    assert halved.goals["revenue"].value == pytest.approx(mine.goals["revenue"].value, rel=2e-4)  # the tables' error
    assert halved.spend["tv_1"] == pytest.approx(halved.spend["tv_2"], rel=2e-2)


@pytest.mark.parametrize(
    "rules",
    [
        ["tv <= 2 * search + 100", "tv <= 2 * search + 100"],
        ["0 >= tv - 2 * search - 100"],
        ["2 * search >= tv - 100"],
        ["-0.5 * tv + 50 >= -search"],
        ["tv <= 2 * search + 100", "tv <= 2 * search + 5000"],
        ["tv <= 2 * search + 100", "total <= 1000"],
    ],
    ids=["twice", "against zero", "turned", "halved", "a looser one too", "what holds anyway"],
)
def test_a_rule_written_in_another_way_is_the_same_rule(front, rules):
    same_front(front, front_of(asked(limits={"share": 0.6, "rules": rules})), rtol=1e-6)


def test_more_freedom_never_lowers_the_best_of_a_goal():
    budgets = [{"min": 900.0, "max": 1000.0}, {"min": 800.0, "max": 1100.0}, {"min": 0.0, "max": 1500.0}]
    for goal, turn in (("revenue", 1.0), ("risk", -1.0)):
        found = [turn * best(asked(budget=budget), goal).goals[goal].value for budget in budgets]
        found += [turn * best(asked(budget=budgets[-1], limits={}), goal).goals[goal].value]
        assert np.diff(found).min() >= -1e-6 * max(np.abs(found))


def test_no_gap_of_a_certificate_is_below_zero(front):
    bound = certify(front.problem, front, n_weights=20)
    assert min([*bound.extreme_gap.values(), bound.solve_gap, bound.front_gap, bound.coverage_gap]) >= 0.0
