"""Random sets of limits through every search, by a check that is written here and not in the package."""

import numpy as np
import pytest

from moo_budget.algorithms import ALGORITHMS
from moo_budget.solve import solve
from tests.limit_sets import KINDS, MONEY_KINDS, feasible_sets, limit_set


@pytest.fixture(scope="module")
def sets():
    return list(feasible_sets(50))


def test_every_kind_of_limit_is_drawn_and_some_sets_can_and_some_cannot_be_kept(sets):
    assert {one.kind for found in sets for one in found.drawn} == set(KINDS)
    assert sets[-1].seed > len(sets)


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_every_plan_that_is_handed_out_keeps_every_limit_and_the_total_to_the_cent(sets, algorithm):
    for found in sets:
        front = solve(found.problem, algorithm, n_plans=5, n_evaluations=200, seed=1)
        front, money = found.handed_out(front)
        plans = np.array(front.spend)
        assert found.faults(plans, money) == [], (found.seed, found.problem.limits)
        assert all(front.problem.broken(plan) == () for plan in plans)


def test_a_free_total_gives_way_by_cents_where_limits_that_are_no_whole_cents_leave_no_room():
    found = limit_set(46, MONEY_KINDS)  # `change` and a rule hold all channels at amounts with fractions of a cent
    front = solve(found.problem, "scalarised", n_plans=10, n_evaluations=300, seed=1)
    assert np.abs(100.0 * front.spend - np.round(100.0 * front.spend)).max() < 1e-4
    assert found.faults(np.array(front.spend)) == []


def test_the_check_sees_what_is_broken():
    for found in feasible_sets(10, MONEY_KINDS):
        plan = np.array(solve(found.problem, "scalarised", n_plans=1, n_evaluations=50, seed=1).spend)
        assert "budget" in found.faults(1.5 * plan)
        assert "money step" in found.faults(plan + 0.0007)
