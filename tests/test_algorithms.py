import moocore
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymoo.algorithms.moo import nsga2 as pymoo_nsga2
from pymoo.core.problem import Problem
from pymoo.core.termination import NoTermination
from pymoo.optimize import minimize
from pymoo.problems.multi import BNH, OSY, ZDT1

from moo_budget.algorithms import ALGORITHMS
from moo_budget.algorithms.archive import Archive, spread, thin
from moo_budget.algorithms.array_search import ranks_and_crowding
from moo_budget.algorithms.leaders import Leaders
from moo_budget.algorithms.nsga2 import NSGA2
from moo_budget.kernels.archive import BLOCK_SIZE, empty_blocks, file_rows, insert
from tests.worlds import four_channel_problem

# `scalarised` reads response tables, which pymoo's problems lack, and is over before its ceiling; so is `auto`, which
# begins with it. test_weighting and test_solve have tests of both.
READ_TABLES = {"auto", "scalarised"}
SEARCHES = [search for name, search in ALGORITHMS.items() if name not in READ_TABLES]
each_search = pytest.mark.parametrize("search", SEARCHES)


def searched(search, problem, *, ceiling=2000, seed=1, initial_plans=None, population=40, archive=None):
    """A search that ran to its ceiling."""
    initial_plans = np.empty((0, problem.n_var)) if initial_plans is None else initial_plans
    running = search(initial_plans, population)
    running.ceiling = ceiling
    running.archive = archive
    running.setup(problem, termination=NoTermination(), seed=seed)
    while running.has_next():
        running.next()
    return running


def dominated(goals, others):
    """Which rows of `goals` some row of `others` dominates."""
    return np.array([(np.all(others <= row, axis=1) & np.any(others < row, axis=1)).any() for row in goals], dtype=bool)


class Nowhere(Problem):
    """No plan is feasible; the violation is least in the middle."""

    def __init__(self):
        super().__init__(n_var=2, n_obj=2, n_ieq_constr=1, xl=np.zeros(2), xu=np.ones(2))

    def _evaluate(self, x, out, *args, **kwargs):
        out["F"] = np.column_stack([x[:, 0], 1 - x[:, 0]])
        out["G"] = 1.0 + np.abs(x - 0.5).sum(axis=1, keepdims=True)


class Holes(Problem):
    """Goals are no numbers on half of the box, where they would be best."""

    def __init__(self):
        super().__init__(n_var=2, n_obj=2, xl=np.zeros(2), xu=np.ones(2))

    def _evaluate(self, x, out, *args, **kwargs):
        goals = np.column_stack([x[:, 0], 1 - x[:, 0] + x[:, 1]])
        out["F"] = np.where(x[:, 1:] < 0.5, np.nan, goals)


class TestSearches:
    @each_search
    @pytest.mark.parametrize(
        ("problem", "share"), [(BNH(), 0.99), (OSY(), 0.80), (ZDT1(n_var=10), 0.97)], ids=["BNH", "OSY", "ZDT1"]
    )
    def test_pymoo_runs_it_to_a_feasible_front_as_good_as_its_own_nsga2(self, search, problem, share):
        budget = ("n_eval", 8000)
        ours = minimize(problem, search(np.empty((0, problem.n_var)), 100), budget, seed=1)
        theirs = minimize(problem, pymoo_nsga2.NSGA2(pop_size=100), budget, seed=1)
        both = np.vstack([ours.F, theirs.F])
        corner, reach = both.max(axis=0) + 0.1 * np.ptp(both, axis=0), np.ptp(both, axis=0)
        volumes = [moocore.hypervolume((front - corner) / reach, ref=[0, 0]) for front in (ours.F, theirs.F)]
        assert volumes[0] >= share * volumes[1]
        assert ours.algorithm.evaluator.n_eval == ours.algorithm.n_evaluated == 8000
        assert not dominated(ours.F, ours.F).any()
        if problem.n_ieq_constr:
            assert (problem.evaluate(ours.X, return_values_of=["G"]) <= 0).all()

    @each_search
    def test_a_step_at_a_time_no_leader_is_infeasible_once_a_feasible_plan_is_known(self, search):
        running = search(np.empty((0, 6)), 20)
        running.setup(OSY(), termination=NoTermination(), seed=3)
        for _ in range(60):
            running.next()
            if isinstance(getattr(running, "leaders", None), Leaders):
                assert (running.leaders.violation == 0).all() or not len(running.archive)
        assert len(running.archive)
        assert (OSY().evaluate(running.archive.plans, return_values_of=["G"]) <= 0).all()

    @each_search
    def test_where_nothing_is_feasible_it_goes_where_the_least_is_missing(self, search):
        result = minimize(Nowhere(), search(np.empty((0, 2)), 20), ("n_eval", 2000), seed=1)
        assert result.X is None
        running = searched(search, Nowhere(), population=20)
        assert len(running.archive) == 0
        np.testing.assert_allclose(running.opt.get("X"), [[0.5, 0.5]], atol=0.05)

    @each_search
    def test_plans_without_finite_goals_count_as_infeasible(self, search):
        running = searched(search, Holes())
        assert np.isfinite(running.archive.goals).all()
        assert running.archive.goals.sum(axis=1).min() == pytest.approx(1.5, abs=0.02)

    @each_search
    def test_the_same_seed_gives_the_same_arrays(self, search):
        first, second, other = (searched(search, four_channel_problem(), seed=seed) for seed in (5, 5, 6))
        np.testing.assert_array_equal(first.archive.plans, second.archive.plans)
        np.testing.assert_array_equal(first.plans, second.plans)
        assert not np.array_equal(first.archive.plans, other.archive.plans)

    @each_search
    @pytest.mark.parametrize("ceiling", [1, 7, 40, 41, 333])
    def test_the_ceiling_is_reached_and_never_passed(self, search, ceiling):
        running = searched(search, four_channel_problem(), ceiling=ceiling)
        assert running.n_evaluated == running.evaluator.n_eval == ceiling
        assert len(running.plans) == len(running.goals) == len(running.violation) <= 40

    @each_search
    @pytest.mark.parametrize("population", [2, 5])
    def test_a_small_or_odd_population_is_one(self, search, population):
        assert len(searched(search, four_channel_problem(), population=population, ceiling=200).plans) == population

    @each_search
    def test_every_plan_it_holds_keeps_the_limits(self, search):
        problem = four_channel_problem(limits={"share": 0.5, "channel": {"tv": {"min": 200}}})
        running = searched(search, problem)
        assert not any(problem.broken(plan) for plan in [*running.archive.plans, *running.plans])
        np.testing.assert_allclose(
            running.archive.goals, problem.to_minimise(problem.measure(running.archive.plans)), rtol=1e-9
        )

    @each_search
    def test_initial_plans_are_the_first_and_never_make_the_front_worse(self, search):
        problem = four_channel_problem()
        given = searched(NSGA2, problem, seed=8, ceiling=4000).archive.plans[:50]
        goals = problem.to_minimise(problem.measure(given))
        running = searched(search, problem, initial_plans=given)
        covered = np.array([np.all(running.archive.goals <= row + 1e-9 * np.abs(row), axis=1).any() for row in goals])
        assert covered.all()
        first = searched(search, problem, initial_plans=given, ceiling=len(given))
        np.testing.assert_allclose(np.sort(first.archive.plans, axis=0), np.sort(given, axis=0), rtol=1e-9)

    @each_search
    def test_pymoo_sees_its_population_and_its_front(self, search):
        running = searched(search, BNH())
        assert len(running.pop) == 40
        assert running.pop.get("feas").any()
        np.testing.assert_array_equal(running.opt.get("F"), running.archive.goals)

    @each_search
    def test_two_searches_share_an_archive(self, search):
        shared = Archive(500, 4, four_channel_problem().n_obj)
        for seed in (1, 2):
            assert searched(search, four_channel_problem(), seed=seed, archive=shared).archive is shared


def test_nsga2_keeps_what_crowding_throws_away():
    running = searched(NSGA2, four_channel_problem(), ceiling=6000)
    assert len(running.archive) > len(running.plans)
    assert not dominated(running.archive.goals, running.goals).any()


def test_leaders_are_few_isolated_and_feasible():
    leaders = Leaders(3, 1, 2)
    along = np.array([0.0, 0.1, 0.2, 0.6, 1.0])
    goals = np.column_stack([along, 1 - along])
    leaders.offer(along[:2, None], goals[:2] - 5.0, np.array([1.0, 2.0]))
    assert leaders.plans.tolist() == [[0.0]]
    leaders.offer(along[:, None], goals, np.zeros(5))
    assert sorted(leaders.plans[:, 0]) == [0.0, 0.6, 1.0]
    assert (np.diff(leaders.crowding[1:]) <= 0).all()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 80))
def test_ranks_and_crowding_go_with_the_rows(seed, n_goals, n_rows):
    rng = np.random.default_rng(seed)
    goals, violation = rng.uniform(size=(n_rows, n_goals)), rng.choice([0.0, 0.0, 0.5, 0.7], n_rows)
    rank, crowding = ranks_and_crowding(goals, violation)
    order = rng.permutation(n_rows)
    moved_rank, moved_crowding = ranks_and_crowding(goals[order], violation[order])
    np.testing.assert_array_equal(moved_rank, rank[order])
    feasible = violation[order] == 0  # rows of equal violation are alike, so their neighbours are a matter of order
    np.testing.assert_allclose(moved_crowding[feasible], crowding[order][feasible], rtol=1e-12)


class TestArchive:
    @settings(deadline=None, max_examples=60)
    @given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 400), st.sampled_from([5, 10**6]))
    def test_below_its_capacity_it_holds_exactly_what_nothing_dominates(self, seed, n_goals, n_rows, n_values):
        rng = np.random.default_rng(seed)
        goals = rng.integers(0, n_values, (n_rows, n_goals)) + 0.0
        goals[rng.uniform(size=n_rows) < 0.05] = np.nan
        if rng.uniform() < 0.5:  # near a front most are kept
            goals[:, 0] = n_values - goals[:, 1:].sum(axis=1)
        plans = np.arange(n_rows, dtype=float)[:, None]
        archive = Archive(n_rows + 1, 1, n_goals)
        for batch in np.array_split(np.arange(n_rows), rng.integers(1, 6)):
            archive.add(plans[batch], goals[batch])
        finite = goals[np.isfinite(goals).all(axis=1)]
        expected = {tuple(row) for row in finite[~dominated(finite, finite)]}
        assert {tuple(row) for row in archive.goals} == expected
        assert len(archive) == len(expected)  # no two alike
        np.testing.assert_array_equal(goals[archive.plans[:, 0].astype(int)], archive.goals)

    def test_thousands_of_rows_replace_each_other(self):
        rng = np.random.default_rng(4)
        sphere = np.abs(rng.normal(size=(3000, 4)))
        sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
        archive = Archive(4000, 1, 4)
        for closer in (1.2, 1.1, 1.0):  # each of these fronts lies before the last one
            archive.add(np.full((3000, 1), closer), closer - sphere)
        kept = archive.goals
        assert not dominated(kept, kept).any()
        expected = np.vstack([1.2 - sphere, 1.1 - sphere, 1.0 - sphere])
        expected = expected[moocore.is_nondominated(expected)]
        np.testing.assert_array_equal(np.sort(kept, axis=0), np.sort(expected, axis=0))

    def test_full_it_keeps_half_of_its_rows_and_the_best_of_every_goal(self):
        along = np.random.default_rng(1).permutation(np.linspace(0, 1, 1000))
        archive = Archive(100, 1, 2)
        archive.add(along[:, None], np.column_stack([along, 1 - along]))
        assert 50 <= len(archive) < 100
        assert archive.goals.min(axis=0).tolist() == [0.0, 0.0]
        assert np.diff(np.sort(archive.plans[:, 0])).max() < 0.05

    def test_a_row_is_offered_again_where_the_archive_was_full(self):
        goals = np.array([[0.0, 3.0], [1.0, 2.0], [2.0, 1.0]])
        assert insert(np.empty((2, 2)), np.empty((2, 1)), empty_blocks(2, 2), 0, goals, np.zeros((3, 1)), 0) == (2, 2)

    @settings(deadline=None, max_examples=30)
    @given(st.integers(0, 2**32 - 1), st.integers(0, 300), st.integers(1, 3))
    def test_every_row_is_filed_once_between_its_bounds(self, seed, n_rows, n_goals):
        goals = np.random.default_rng(seed).integers(0, 20, (n_rows, n_goals)).astype(float)
        blocks = empty_blocks(n_rows, n_goals)
        file_rows(goals, n_rows, blocks)
        rows = [blocks.members[b, : blocks.filled[b]] for b in range(blocks.n_used[0])]
        assert sorted(np.concatenate([[], *rows]).tolist()) == list(range(n_rows))
        for b, members in enumerate(rows):
            assert 0 < len(members) < BLOCK_SIZE
            np.testing.assert_array_equal(blocks.low[b], goals[members].min(axis=0))
            np.testing.assert_array_equal(blocks.high[b], goals[members].max(axis=0))
            assert blocks.place[members].tolist() == [b * BLOCK_SIZE + k for k in range(len(members))]


class TestThinning:
    def test_of_a_straight_line_it_keeps_the_ends_and_even_steps(self):
        along = np.linspace(0, 1, 101)
        rows = thin(np.column_stack([along, 1 - along]), 5)
        np.testing.assert_allclose(along[rows], [0, 0.25, 0.5, 0.75, 1], atol=0.06)

    @settings(deadline=None, max_examples=30)
    @given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 60), st.integers(1, 60))
    def test_it_keeps_as_many_as_are_wanted_and_the_best_of_every_goal(self, seed, n_goals, n_points, n_plans):
        goals = np.random.default_rng(seed).uniform(size=(n_points, n_goals))
        goals = goals[moocore.is_nondominated(goals)]
        rows = thin(goals, n_plans)
        assert len(rows) == min(len(goals), n_plans)
        assert (np.diff(rows) > 0).all()
        if n_plans >= n_goals:
            np.testing.assert_array_equal(goals[rows].min(axis=0), goals.min(axis=0))

    @pytest.mark.parametrize("front", ["bulging", "hollow"])
    def test_it_keeps_more_hypervolume_than_spreading_alone_and_that_more_than_chance(self, front):
        rng = np.random.default_rng(2)
        sphere = np.abs(rng.normal(size=(2000, 4)))
        sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
        goals = sphere if front == "bulging" else 1 - sphere
        choices = thin(goals, 100), spread(goals, 100), rng.choice(2000, 100, replace=False)
        best, even, by_chance = (moocore.hypervolume(goals[rows], ref=[1.1] * 4) for rows in choices)
        assert best > 1.02 * even > 1.03 * by_chance

    @pytest.mark.parametrize("n_goals", [2, 3, 4, 6])
    def test_neither_units_nor_the_order_of_plans_matter(self, n_goals):
        rng = np.random.default_rng(3)
        goals = 1 - np.abs(rng.normal(size=(800, n_goals)))
        goals = goals[moocore.is_nondominated(goals)]
        shuffled, n_plans = rng.permutation(len(goals)), len(goals) // 3
        kept = goals[thin(goals, n_plans)]
        in_other_units = (goals * 2.0 ** np.arange(n_goals))[shuffled]  # powers of two: no rounding
        again = in_other_units[thin(in_other_units, n_plans)] / 2.0 ** np.arange(n_goals)
        assert {tuple(row) for row in again} == {tuple(row) for row in kept}

    @pytest.mark.parametrize("n_goals", [2, 3, 4, 6])
    def test_a_single_plan_is_one_with_about_the_most_hypervolume(self, n_goals):
        sphere = np.abs(np.random.default_rng(n_goals).normal(size=(300, n_goals)))
        goals = 1.0 - sphere / np.linalg.norm(sphere, axis=1, keepdims=True)
        volumes = np.array([moocore.hypervolume(row[None], ref=np.full(n_goals, 1.1)) for row in goals])
        assert volumes[thin(goals, 1)[0]] >= 0.9 * volumes.max()

    def test_goals_in_which_all_plans_are_alike_do_not_matter(self):
        rng = np.random.default_rng(6)
        sphere = np.abs(rng.normal(size=(500, 5)))
        goals = sphere / np.linalg.norm(sphere, axis=1, keepdims=True)
        goals[:, 3] = 7.0
        rows = thin(goals, 40)
        assert len(np.unique(rows)) == 40
        np.testing.assert_array_equal(goals[rows].min(axis=0), goals.min(axis=0))

    def test_where_every_sample_is_dominated_distance_goes_on(self):
        along = np.linspace(0.0, 1.0, 2000)
        ends = np.column_stack([along, 1 - along, np.zeros(2000), np.zeros(2000)])  # next to no samples are left
        assert np.diff(along[thin(ends, 400)]).max() < 0.02
