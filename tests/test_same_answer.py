"""The same question has the same answer, bit for bit: for any number of threads."""

import numpy as np
from threadpoolctl import threadpool_limits

from moo_budget import best, efficient_frontier
from tests.worlds import four_channel_problem

GOALS = {"roi": {"outcome": "revenue", "measure": "roi"}, "risk": {"outcome": "revenue", "measure": "std"}}
RULED = {"share": 0.5, "rules": ["tv <= 3 * search + 200", "search + social >= 200"]}


def points(n_threads):
    """The efficient frontier of a problem with rules, found with BLAS in so many threads."""
    problem = four_channel_problem(goals=GOALS, limits=RULED)
    with threadpool_limits(n_threads):
        found = efficient_frontier(problem, "revenue", 6, seed=1)
    return np.column_stack([found.spend, found.mean, found.risk])


def test_the_efficient_frontier_does_not_depend_on_the_threads_of_blas():
    alone = points(1)
    np.testing.assert_array_equal(points(4), alone)


def test_a_best_plan_by_quadratic_programming_does_not_depend_on_the_threads_of_blas():
    plans = []
    for n_threads in (1, 4):
        with threadpool_limits(n_threads):
            plans.append(best(four_channel_problem(goals=GOALS, limits=RULED), "risk", method="slsqp", seed=1).spend)
    assert plans[0] == plans[1]
