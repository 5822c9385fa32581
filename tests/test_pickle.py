"""Records and errors may go to another process and come back, as pools of `concurrent.futures` and joblib send them."""

import copy
import gc
import pickle

import numpy as np
import pytest

import moo_budget as mb
from moo_budget.expressions import ExpressionError, parse_statement
from moo_budget.responses import fit
from moo_budget.responses.curves import CURVES, CurveDraws
from moo_budget.spec import FitSpec
from tests.report.made import result_of, small_front
from tests.responses.histories import history_of
from tests.worlds import four_channel_problem

GOALS = {
    "roi": {"measure": "roi", "outcome": "revenue"},
    "regret": {"measure": "regret", "outcome": "revenue"},
}
PLANS = np.array([[400.0, 300.0, 200.0, 100.0], [100.0, 200.0, 300.0, 400.0]])


def there_and_back(value):
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("copied", [there_and_back, copy.deepcopy, copy.copy])
def test_a_copy_of_a_problem_outlives_it_and_measures_as_it_did(copied):
    problem = four_channel_problem(goals=GOALS)
    other = copied(problem)
    expected = problem.measure(PLANS)
    del problem
    gc.collect()
    np.testing.assert_array_equal(other.measure(PLANS), expected)


def test_a_question_under_another_law_outlives_the_first():
    problem = four_channel_problem(goals=GOALS).under(None)
    gc.collect()
    assert np.isfinite(problem.measure(PLANS)).all()


def test_what_is_found_and_told_of_a_front_survives():
    front = small_front()
    problem, plan = front.problem, front.choose("balanced")
    again = there_and_back(front)
    assert again.choose("balanced").spend == plan.spend
    np.testing.assert_array_equal(again.values.value, front.values.value)
    assert there_and_back(plan).goals == plan.goals
    assert there_and_back(problem.tables).channels == problem.channels
    assert there_and_back(result_of(front)).picks == result_of(front).picks
    for record in (mb.certify(problem, front), mb.evaluate(problem, plan.spend, front=front), mb.groups(front, 2)):
        assert repr(there_and_back(record)) == repr(record)


def test_learned_responses_survive_with_their_history():
    spend = np.random.default_rng(3).uniform(20.0, 90.0, (30, 1))
    history = history_of(spend, {"clicks": 400.0 * spend / (spend + 60.0)})
    responses = fit(there_and_back(history), FitSpec(curve="hill", carry_over="none"), draws=5, seed=1)
    at = np.array([10.0, 70.0])
    again = there_and_back(responses).outcomes[0].curves[0]
    np.testing.assert_array_equal(again.values(at), responses.outcomes[0].curves[0].values(at))


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_a_curve_survives(curve):
    parameters = np.array([[one.centre for one in curve.parameters]] * 2)
    draws, at = CurveDraws(curve, 50.0, np.array([7.0, 9.0]), parameters), np.array([0.0, 10.0, 70.0])
    again = there_and_back(draws)
    np.testing.assert_array_equal(again.values(at), draws.values(at))
    np.testing.assert_array_equal(again.slopes(at), draws.slopes(at))


def test_a_problem_file_survives_with_its_lines(tmp_path):
    (tmp_path / "problem.toml").write_text('[fit]\ncurves = "curves.csv"\n[plan]\nbudget = 9\n', encoding="utf-8")
    spec = mb.read_problem(tmp_path / "problem.toml")
    assert there_and_back(spec) == spec
    assert there_and_back(spec).source == spec.source


@pytest.mark.parametrize("kind", [getattr(mb, name) for name in mb.__all__ if name.endswith("Error")])
def test_an_error_comes_back_from_another_process_as_it_was(kind):
    again = there_and_back(kind("what, where and how to mend it", code="some.fault"))
    assert (type(again), str(again), again.code) == (kind, "what, where and how to mend it", "some.fault")


def test_an_error_with_more_to_say_comes_back_with_it():
    with pytest.raises(ExpressionError) as caught:
        parse_statement("tv <=")
    assert vars(there_and_back(caught.value)) == vars(caught.value)
