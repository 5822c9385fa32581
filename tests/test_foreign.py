"""pymoo's own algorithms under `solve`. How good their fronts are is pymoo's business; that they are fronts is ours."""

import numpy as np
import pytest
from pymoo.algorithms.moo.age2 import AGEMOEA2
from pymoo.algorithms.moo.ctaea import CTAEA
from pymoo.algorithms.moo.moead import MOEAD
from pymoo.algorithms.moo.nsga3 import NSGA3
from pymoo.algorithms.moo.rvea import RVEA
from pymoo.algorithms.moo.sms import SMSEMOA
from pymoo.algorithms.moo.unsga3 import UNSGA3
from pymoo.util.ref_dirs import get_reference_directions

from moo_budget import solve
from tests.worlds import four_channel_problem

DIRECTIONS = get_reference_directions("das-dennis", 3, n_partitions=6)
CEILING = 610  # no whole number of generations of 28 or 40 plans

# MOEAD refuses problems with constraints. Ours has none: limits are kept where plans are evaluated, so it is used as
# it is, and hands over one plan at a time.
ALGORITHMS = {
    "NSGA3": lambda: NSGA3(DIRECTIONS),
    "UNSGA3": lambda: UNSGA3(DIRECTIONS),
    "CTAEA": lambda: CTAEA(DIRECTIONS),
    "MOEAD": lambda: MOEAD(DIRECTIONS, n_neighbors=8),
    "SMSEMOA": lambda: SMSEMOA(pop_size=40),
    "AGEMOEA2": lambda: AGEMOEA2(pop_size=40),
}
# An on/off channel, a share and a range of totals: sets that no box describes.
LIMITS = {"share": 0.8, "channel": {"tv": {"min_if_used": 200}, "search": {"min": 60}}}


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_foreign_algorithm_gives_a_feasible_front_that_its_seed_repeats(name):
    problem = four_channel_problem(budget={"min": 800, "max": 1000}, limits=LIMITS)
    first, again = (solve(problem, ALGORITHMS[name](), n_plans=60, n_evaluations=CEILING, seed=4) for _ in "12")
    assert len(first.spend) > 20
    assert problem.kept(first.spend).all()
    goals = problem.to_minimise(problem.measure(first.spend))
    for row in goals:
        assert not (np.all(goals <= row, axis=1) & np.any(goals < row, axis=1)).any()
    assert first.n_evaluations == CEILING
    assert first.status == "done"
    assert first.algorithm == name
    np.testing.assert_array_equal(first.spend, again.spend)


def test_another_seed_gives_another_front():
    fronts = [
        solve(four_channel_problem(), NSGA3(DIRECTIONS), n_evaluations=CEILING, seed=seed).spend for seed in (4, 5)
    ]
    assert not np.array_equal(*fronts)


def test_an_algorithm_that_needs_a_termination_of_its_own_says_so():
    # RVEA adapts its directions along the generations, and asks pymoo's termination how many there will be; the ceiling
    # of `solve` ends a search from outside.
    with pytest.raises(Exception, match="Please use the n_gen or n_eval as a termination criterion to run RVEA"):
        solve(four_channel_problem(), RVEA(DIRECTIONS), n_evaluations=CEILING, seed=1)
