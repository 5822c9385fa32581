"""How sure a plan's money is: plans made anew for other draws, against plans made by hand."""

from importlib import import_module
from weakref import ref

import numpy as np
import pytest

from moo_budget.errors import InputError
from moo_budget.explain import stability, what_to_test
from moo_budget.explain.curves import recentred
from moo_budget.problem import BudgetProblem
from moo_budget.tables import from_functions
from tests.explain.plans import best_for
from tests.worlds import CHANNELS, four_channel_problem

TOTAL = {"revenue": {"outcome": "revenue", "measure": "total"}}


def two_draws(spread=0.3):
    """A channel that is known beside one that is either better or worse than expected; logarithms."""
    curves = {
        "known": lambda x: (100.0 * np.log1p(x / 10.0))[:, None] * np.ones(2),
        "open": lambda x: (100.0 * np.log1p(x / 10.0))[:, None] * np.array([1.0 - spread, 1.0 + spread]),
    }
    tables = from_functions({"revenue": curves}, dict.fromkeys(curves, 200.0), units={"revenue": "EUR"})
    return BudgetProblem(tables, goals=TOTAL, budget=100.0, currency="EUR", money_step=0.0)


def test_the_plans_of_two_draws_are_those_of_the_closed_form():
    facts = stability(two_draws(), {"known": 50.0, "open": 50.0})
    assert facts.n_draws == 2
    # a / (k + x) is equal for both: x = a (budget + 2 k) / sum a - k.
    money = sorted(factor * 120.0 / (1.0 + factor) - 10.0 for factor in (0.7, 1.3))
    row = facts.channels["open"]
    assert (row.low, row.high) == (pytest.approx(money[0], rel=2e-3), pytest.approx(money[1], rel=2e-3))
    assert (row.stays, row.part) == (0.0, "soft")


def test_where_all_draws_agree_everything_is_firm_and_what_may_not_move_is_held():
    facts = stability(two_draws(spread=0.0), {"known": 50.0, "open": 50.0})
    assert {row.part for row in facts.channels.values()} == {"firm"}
    problem = four_channel_problem(limits={"channel": {"tv": {"lock": True}}, "extrapolate": 0})
    plan = dict(zip(CHANNELS, problem.feasible.project(np.full((1, 4), 250.0))[0].tolist(), strict=True))
    facts = stability(problem, plan, n_draws=10)
    assert facts.n_draws == 10
    assert facts.channels["tv"].part == "held"
    assert facts.channels["tv"].low == facts.channels["tv"].high == pytest.approx(700.0)


def test_another_estimate_expects_its_draw_and_is_as_uncertain():
    problem = four_channel_problem()
    tables = problem.plan_tables
    moved = recentred(tables, tables.values[..., 7], tables.slopes[..., 7])
    np.testing.assert_allclose(moved.mean_values, tables.values[..., 7], rtol=1e-12)
    spread = [one.values - one.mean_values[..., None] for one in (tables, moved)]
    np.testing.assert_allclose(*spread, atol=1e-9 * np.abs(tables.values).max())


def test_a_plan_s_own_risk_weight_goes_into_the_plans_of_other_draws():
    goals = TOTAL | {"risk": {"outcome": "revenue", "measure": "std"}}
    problem = four_channel_problem(goals=goals, limits={"extrapolate": 0}, money_step=0.0)
    weights = np.array([1.0, 0.8])
    plan = dict(zip(CHANNELS, best_for(problem, weights).tolist(), strict=True))
    found = stability(problem, plan, n_draws=40)
    tables = problem.plan_tables
    remade = np.array(
        [
            best_for(
                problem.supposing(plan_tables=recentred(tables, tables.values[..., d], tables.slopes[..., d])), weights
            )
            for d in range(40)
        ]
    )
    stays = (np.abs(remade - list(plan.values())) <= 0.1 * np.array(list(plan.values()))).mean(axis=0)
    np.testing.assert_allclose([found.channels[name].stays for name in CHANNELS], stays, atol=0.026)


def test_no_draws_are_refused():
    with pytest.raises(InputError, match="n_draws is 0; it must be at least 1"):
        stability(two_draws(), {"known": 50.0, "open": 50.0}, n_draws=0)


@pytest.mark.parametrize("ask", [lambda *asked: stability(*asked, n_draws=2), what_to_test])
def test_of_the_moved_tables_of_thousands_of_channels_one_is_held_at_a_time(ask, monkeypatch):
    held, moved = [], []

    def watched(*curves):
        held.append([one() for one in moved if one() is not None])
        tables = recentred(*curves)
        moved.append(ref(tables))
        return tables

    for module in ("stability", "first_test"):
        monkeypatch.setattr(import_module(f"moo_budget.explain.{module}"), "recentred", watched)
    ask(two_draws(), {"known": 50.0, "open": 50.0})
    assert held == [[]] * len(held)
    assert len(held) > 1
