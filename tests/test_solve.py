import importlib

import numpy as np
import pytest
from pymoo.algorithms.moo.age2 import AGEMOEA2
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.optimize import minimize
from pymoo.problems.multi import BNH

from moo_budget.algorithms import ALGORITHMS
from moo_budget.algorithms.archive import Archive, thin
from moo_budget.algorithms.scalarised import Scalarised
from moo_budget.errors import InputError, StoppedError
from moo_budget.evaluation import evaluate
from moo_budget.indicators import hypervolume, reference_point
from moo_budget.problem import BudgetProblem
from moo_budget.solve import solve
from moo_budget.tables import from_functions
from tests.worlds import four_channel_problem, hill

solving = importlib.import_module("moo_budget.solve")  # `moo_budget.solve` itself is the verb


@pytest.fixture(scope="module")
def front():
    return solve(four_channel_problem(), n_plans=40, n_evaluations=4000, seed=1)


@pytest.mark.parametrize("algorithm", ["auto", *ALGORITHMS])
def test_every_front_is_feasible_non_dominated_and_without_twins(algorithm):
    problem = four_channel_problem(limits={"share": 0.5, "change": 0.9, "channel": {"tv": {"min": 200}}})
    front = solve(problem, algorithm, n_plans=30, n_evaluations=3000, seed=2)
    goals = problem.to_minimise(front.values.value)
    assert 1 < len(front) <= 30
    assert all(plan.breaks == () for plan in front.plans)
    for row in goals:
        assert not (np.all(goals <= row, axis=1) & np.any(goals < row, axis=1)).any()
    assert len({tuple(row) for row in front.spend}) == len(front)
    np.testing.assert_allclose(front.spend.sum(axis=1), 1000.0, rtol=1e-12)
    np.testing.assert_array_equal(np.round(front.spend, 2), front.spend)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_same_seed_gives_the_same_front(algorithm):
    first, second = (solve(four_channel_problem(), algorithm, n_plans=20, n_evaluations=1500, seed=7) for _ in "ab")
    np.testing.assert_array_equal(first.spend, second.spend)
    other = solve(four_channel_problem(), algorithm, n_plans=20, n_evaluations=20_000, seed=8)
    assert not np.array_equal(first.spend, other.spend)


def test_a_seed_that_nobody_gave_is_drawn_and_makes_the_front_again():
    front = solve(four_channel_problem(), "nsga2", n_plans=10, n_evaluations=500)
    again = solve(four_channel_problem(), "nsga2", n_plans=10, n_evaluations=500, seed=front.seed)
    np.testing.assert_array_equal(front.spend, again.spend)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("ceiling", [1, 7, 333, 1000])
def test_the_ceiling_on_evaluations_is_never_passed(algorithm, ceiling, monkeypatch):
    counted, searched = [], []
    sorted_batch, handed_out = BudgetProblem.sorted_batch, solving._handed_out
    monkeypatch.setattr(
        BudgetProblem, "sorted_batch", lambda self, rows: (counted.append(len(rows)), sorted_batch(self, rows))[1]
    )
    monkeypatch.setattr(solving, "_handed_out", lambda *a: (searched.append(sum(counted)), handed_out(*a))[1])
    front = solve(four_channel_problem(), algorithm, n_evaluations=ceiling, seed=1)
    assert 0 < searched[0] <= front.n_evaluations <= ceiling


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "object"])
def test_the_front_is_never_worse_than_a_feasible_reference(algorithm):
    problem = four_channel_problem()
    search = NSGA2(pop_size=20) if algorithm == "object" else algorithm
    front = solve(problem, search, n_plans=40, n_evaluations=200, seed=1)
    goals = problem.to_minimise(front.values.value)
    reference = problem.to_minimise(problem.measure(problem.money.reference[None]))[0]
    assert front.reference.breaks == ()
    assert (goals.min(axis=0) <= reference).all()
    assert not (np.all(reference <= goals, axis=1) & np.any(reference < goals, axis=1)).any()


@pytest.mark.parametrize("search", ["nsga2", "mopso_cd", AGEMOEA2(pop_size=10)])
def test_given_plans_are_evaluated_first(search):
    plan = {"tv": 250.0, "search": 250.0, "电视": 250.0, "social": 250.0}
    front = solve(four_channel_problem(today=None), search, n_plans=5, n_evaluations=1, seed=1, initial_plans=plan)
    assert front.spend.tolist() == [list(plan.values())]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_given_plans_never_make_a_front_worse(algorithm):
    problem = four_channel_problem(money_step=0.0)
    given = solve(problem, "nsga2", n_plans=60, n_evaluations=5000, seed=4).spend
    front = solve(problem, algorithm, n_plans=3000, n_evaluations=1500, seed=1, initial_plans=given)
    goals = problem.to_minimise(front.values.value)
    for row in problem.to_minimise(problem.measure(given)):
        assert (goals <= row + 1e-12 * np.abs(row)).all(axis=1).any()


@pytest.mark.parametrize("algorithm", ["nsga2", "smpso", "scalarised", "auto"])
def test_pymoo_itself_finds_the_front_that_solve_finds(algorithm):
    problem = four_channel_problem(money_step=0.0)
    given = problem.money.reference[None]
    theirs = minimize(problem, ALGORITHMS[algorithm](given, 100), ("n_eval", 30_000), seed=5)
    ours = solve(problem, algorithm, n_plans=200, n_evaluations=30_000, seed=5)
    goals = problem.to_minimise(ours.values.value)
    corner = reference_point(goals)
    assert all(problem.kept(theirs.X))
    assert hypervolume(goals, corner) == pytest.approx(hypervolume(theirs.F, corner), rel=0.03)


def test_auto_evolves_only_where_structure_leaves_dents():
    smooth = solve(four_channel_problem(), seed=1)
    assert "evolution has nothing to add" in smooth.messages[0].text
    dented = solve(four_channel_problem(limits={"channel": {"tv": {"min_if_used": 300.0}}}), seed=1)
    assert "by NSGA-II, because of channels that get nothing or at least their minimum" in dented.messages[0].text
    assert dented.n_evaluations < 100_000  # it stops where nothing is left to gain


def test_auto_crosses_dents_with_few_evaluations_too():
    """Weightings lead to too few choices of channels here: alone they come to 0.95 of all plans of a grid."""
    shapes = {
        "revenue": [(10.64, 25.0, 2.52), (10.66, 16.89, 1.61), (8.61, 28.42, 1.62)],
        "awareness": [(11.99, 30.22, 3.61), (9.57, 49.1, 2.48), (6.64, 46.42, 2.73)],
    }
    curves = {
        name: {channel: hill(*one) for channel, one in zip("abc", own, strict=True)} for name, own in shapes.items()
    }
    goals = {name: {"outcome": name, "measure": "total"} for name in shapes}
    used = {"channel": {"a": {"min_if_used": 29.0}, "c": {"min_if_used": 30.0}}, "rules": ["a + b >= 39% * total"]}
    problem = BudgetProblem(
        from_functions(curves, dict.fromkeys("abc", 100.0)), goals=goals, budget=100.0, limits=used, money_step=0.0
    )
    a, b = (grid.ravel() for grid in np.meshgrid(np.arange(101.0), np.arange(101.0)))
    plans = np.column_stack([a, b, 100.0 - a - b])[a + b <= 100.0]
    best = problem.to_minimise(problem.measure(plans[problem.kept(plans)]))
    corner = reference_point(best)
    found = solve(problem, n_evaluations=20_000, seed=1)
    volume = hypervolume(problem.to_minimise(found.values.value), corner)
    assert volume > 0.995 * hypervolume(best, corner)


def test_structure_is_refused_where_there_is_none():
    search = Scalarised(np.empty((0, 2)), 50)
    with pytest.raises(InputError, match="`scalarised` reads response tables, and BNH has none"):
        minimize(BNH(), search, ("n_eval", 1000), seed=1)


def test_a_single_goal_over_s_curves_is_branched_on_until_nothing_is_left_to_gain():
    curves = {name: hill(height, half, 2.5) for name, height, half in (("a", 10, 40), ("b", 8, 45), ("c", 6, 35))}
    tables = from_functions({"sales": curves}, dict.fromkeys("abc", 100.0))
    problem = BudgetProblem(tables, goals={"sales": {"measure": "total", "outcome": "sales"}}, budget=100.0)
    front = solve(problem, seed=1)
    assert "evolution has nothing to add" in front.messages[0].text
    assert front.n_evaluations < 2000


def test_the_time_limit_is_looked_at_between_batches_of_weightings():
    seen = []
    front = solve(four_channel_problem(), n_plans=2000, seed=1, callback=seen.append)
    steps = np.diff([progress.n_evaluations for progress in seen])
    assert front.status == "done"
    assert steps.max() < 0.25 * front.n_evaluations


def test_auto_takes_a_problem_without_structure_as_well():
    found = minimize(BNH(), ALGORITHMS["auto"](np.empty((0, 2)), 60), ("n_eval", 6000), seed=1)
    assert (found.G <= 0).all()
    assert len(found.F) > 50


def test_s_curves_are_solved_to_the_known_best_plan():
    tables = from_functions(
        {"sales": {"a": hill(10, 40, 3), "b": hill(8, 45, 3), "c": hill(6, 35, 3)}}, dict.fromkeys("abc", 100.0)
    )
    problem = BudgetProblem(tables, goals={"sales": {"measure": "total", "outcome": "sales"}}, budget=100.0)
    for seed in (1, 2, 3):
        front = solve(problem, n_evaluations=20_000, seed=seed)
        assert len(front) == 1
        assert front.values.value[0, 0] == pytest.approx(11.331, rel=1e-3)
        np.testing.assert_allclose(front.spend[0], [57.6, 0.0, 42.4], atol=0.1)


def test_a_range_as_budget_is_used_from_end_to_end():
    goals = {"revenue": {"measure": "total", "outcome": "revenue"}, "spend": {"measure": "spend"}}
    problem = four_channel_problem(goals=goals, budget={"min": 500.0, "max": 1500.0})
    total = solve(problem, n_plans=50, n_evaluations=5000, seed=1).spend.sum(axis=1)
    np.testing.assert_allclose([total.min(), total.max()], [500.0, 1500.0], rtol=1e-12)


def test_everything_locked_leaves_one_plan():
    limits = {"channel": {name: {"lock": True} for name in four_channel_problem().channels}}
    front = solve(four_channel_problem(limits=limits), n_evaluations=500, seed=1)
    assert front.spend.tolist() == [[700.0, 100.0, 150.0, 50.0]]


def test_a_pymoo_algorithm_object_is_taken_and_left_untouched():
    search = AGEMOEA2(pop_size=40)
    first = solve(four_channel_problem(), search, n_plans=20, n_evaluations=800, seed=3)
    second = solve(four_channel_problem(), search, n_plans=20, n_evaluations=800, seed=3)
    assert first.algorithm == "AGEMOEA2"
    np.testing.assert_array_equal(first.spend, second.spend)


def test_progress_is_told_in_counted_evaluations():
    seen = []
    solve(four_channel_problem(), "nsga2", n_plans=20, n_evaluations=1000, seed=1, callback=seen.append)
    assert [p.n_evaluations for p in seen] == [200, 400, 600, 800, 1000]
    assert all(p.ceiling == 1000 and p.n_front > 0 and p.hypervolume() > 0 for p in seen)


def test_an_interrupt_keeps_the_front_so_far():
    def interrupt(progress):
        if progress.n_evaluations >= 400:
            raise KeyboardInterrupt

    front = solve(four_channel_problem(), "nsga2", n_plans=20, n_evaluations=100_000, seed=1, callback=interrupt)
    assert front.status == "stopped"
    assert front.n_evaluations == 400
    assert len(front) > 1


def test_an_interrupt_at_the_very_end_is_an_interrupt_as_well():
    def interrupt(progress):
        if progress.n_evaluations == 400:
            raise KeyboardInterrupt

    front = solve(four_channel_problem(), "nsga2", n_plans=20, n_evaluations=400, seed=1, callback=interrupt)
    assert (front.status, front.n_evaluations) == ("stopped", 400)


def test_steps_that_the_limits_do_not_hold_are_said():
    problem = four_channel_problem(limits={"share": 0.4}, money_step=500.0)
    front = solve(problem, n_plans=10, n_evaluations=300, seed=1)
    assert all(plan.breaks == () for plan in front.plans)
    assert "money_step = 500: the total or the limits hold no whole number of steps" in front.messages[-1].text


def test_numpy_integers_are_seeds():
    front = solve(four_channel_problem(), n_plans=5, n_evaluations=50, seed=np.int64(7))
    assert front.seed == 7


def test_an_interrupt_before_the_first_plan_leaves_nothing(monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(BudgetProblem, "project_and_steer", interrupt)
    with pytest.raises(StoppedError, match="interrupted before the first plan was evaluated"):
        solve(four_channel_problem(), seed=1)


def test_the_time_limit_ends_the_search_and_says_so():
    front = solve(four_channel_problem(), "nsga2", n_plans=10, n_evaluations=10**9, seed=1, time_limit=0.2)
    assert front.status == "stopped"


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"n_plans": 0}, InputError, "n_plans is 0; it must be at least 1"),
        ({"n_evaluations": 0}, InputError, "n_evaluations is 0; it must be at least 1"),
        ({"seed": -1}, InputError, "seed is -1; it must be 0 or more"),
        ({"time_limit": -1.0}, InputError, r"time_limit is -1.0; it must be 0 \(none\) or more"),
        ({"algorithm": "nsga9"}, InputError, "(?s)nsga9.*Did you mean `nsga2`?"),
        ({"initial_plans": np.zeros((1, 3))}, InputError, r"initial_plans has shape \(1, 3\)"),
        ({"initial_plans": np.full((1, 4), np.nan)}, InputError, r"initial_plans\[0, 0\] is nan"),
    ],
)
def test_settings_out_of_range_are_refused(settings, error, text):
    with pytest.raises(error, match=text):
        solve(four_channel_problem(), **settings)


def test_a_used_pymoo_algorithm_is_refused():
    search = NSGA2(pop_size=10)
    search.setup(four_channel_problem(), seed=1)
    with pytest.raises(InputError, match="NSGA2 was set up before; pymoo keeps its old seed"):
        solve(four_channel_problem(), search)


def test_an_archive_passes_over_what_is_not_finite():
    archive = Archive(10, 1, 2)
    archive.add(np.array([[1.0], [2.0]]), np.array([[np.nan, 0.0], [1.0, 1.0]]))
    assert archive.plans.tolist() == [[2.0]]


def test_thinning_keeps_the_best_of_every_goal_and_spreads_the_rest():
    along = np.linspace(0, 1, 101)
    rows = thin(np.column_stack([along, 1 - along]), 5)
    assert len(rows) == 5
    assert (rows[0], rows[-1]) == (0, 100)
    assert np.diff(rows).max() < 40


def test_a_front_knows_its_plans_by_id(front):
    plan = front.plan("1")
    assert plan.goals["roi"].value == front.values.value[:, 0].max()
    assert evaluate(front.problem, plan.spend).goals == plan.goals
    assert plan.total == pytest.approx(1000.0)
    with pytest.raises(InputError, match="there is no plan `nobody`"):
        front.plan("nobody")


def test_the_frame_has_the_columns_of_front_csv(front):
    frame = front.to_frame()
    assert frame["plan_id"].tolist() == [*front.ids, "today", "reference"]
    assert list(frame.columns[:8]) == [
        "plan_id",
        "pick",
        "roi",
        "roi_low",
        "roi_high",
        "roi_estimate_low",
        "roi_estimate_high",
        "awareness",
    ]
    assert list(frame.columns[-4:]) == [f"spend_{name}" for name in front.problem.channels]
    assert set("+".join(frame["pick"]).split("+")) - {""} == {"safest", "balanced", "boldest"}


def test_a_large_problem_gets_fewer_weightings_than_a_small_one(monkeypatch):
    monkeypatch.setattr("moo_budget.algorithms.scalarised._LARGE", 1.0)
    front = solve(four_channel_problem(), n_plans=30, seed=1)
    assert front.messages[0].text.startswith("algorithm = 'auto': 30 weightings of the goals solved by structure")
    assert len(front) > 20


def test_a_copy_for_pymoos_history_has_the_front_and_cannot_go_on():
    problem = four_channel_problem()
    kept = minimize(problem, ALGORITHMS["auto"](np.empty((0, 4)), 40), ("n_gen", 4), seed=1, save_history=True).history
    assert len(kept) == 4
    assert len(kept[-1].opt) > 1
    with pytest.raises(InputError, match="a copy of a running Auto cannot go on"):
        kept[-1].next()


def test_pymoos_limit_on_evaluations_is_kept_within_a_batch():
    problem = four_channel_problem()
    done = minimize(problem, ALGORITHMS["auto"](np.empty((0, 4)), 40), ("n_eval", 700), seed=1)
    assert 0 < done.algorithm.evaluator.n_eval <= 700


def test_goals_that_are_no_numbers_are_said(monkeypatch):
    project_and_steer = BudgetProblem.project_and_steer

    def nothing(self, x):
        plans, goals, missed = project_and_steer(self, x)
        return plans, np.full_like(goals, np.nan), missed

    monkeypatch.setattr(BudgetProblem, "project_and_steer", nothing)
    with pytest.raises(InputError, match="no plan that the limits allow has a value in every goal"):
        solve(four_channel_problem(), "nsga2", n_evaluations=400, seed=1)


@pytest.mark.parametrize("algorithm", ["auto", "nsga2"])
def test_money_spent_is_no_trade_off_where_the_total_is_fixed(algorithm):
    goals = {"revenue": {"measure": "total", "outcome": "revenue"}, "spend": {"measure": "spend"}}
    front = solve(four_channel_problem(goals=goals, money_step=0.0), algorithm, n_evaluations=5000, seed=1)
    assert len(front) == 1


def test_a_reference_outside_the_limits_pulls_no_plan_out_of_them():
    goals = {"roi": {"measure": "roi", "outcome": "revenue"}, "moved": {"measure": "change"}}
    limits = {"channel": {"tv": {"max": 400.0}}}  # its reference money is 700
    front = solve(four_channel_problem(goals=goals, limits=limits, money_step=0.0), seed=1)
    assert [message.code for message in front.messages] == ["solve.auto"]
    np.testing.assert_allclose(front.spend.sum(axis=1), 1000.0, rtol=1e-12)
    assert front.values.value[:, 1].min() == pytest.approx(300.0, rel=1e-9)
    plain = solve(front.problem, "nsga2", n_evaluations=20_000, seed=1)
    goals = front.problem.to_minimise(front.values.value)
    beaten = [
        (front.problem.to_minimise(plain.values.value) < row - 1e-3 * np.abs(row)).all(axis=1).any() for row in goals
    ]
    assert not any(beaten)
