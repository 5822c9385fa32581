"""Whatever is brought to the program, it ends in an answer that holds or in an error of ours.

The answers are checked by `tests/grammar/answers.py`; `benchmarks/bench_trust.py` does the same twenty thousand times.
"""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings

from moo_budget import MooBudgetError
from tests import strategies
from tests.grammar import borders
from tests.grammar.choices import off_bytes
from tests.grammar.problems import problem

some = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def test_the_plainest_inputs_of_the_grammar_are_right(tmp_path):
    borders.over_history(problem(off_bytes(b""), has_history=True), tmp_path)
    borders.over_curves(problem(off_bytes(b""), has_history=False), tmp_path)


@some
@given(text=strategies.problem_files(has_history=True))
def test_problem_files_over_a_history(tmp_path, text):
    with suppress(MooBudgetError):
        borders.over_history(text, tmp_path)


@some
@given(text=strategies.problem_files(has_history=False))
def test_problem_files_over_curves_and_the_fronts_that_they_give(tmp_path, text):
    with suppress(MooBudgetError):
        borders.over_curves(text, tmp_path)


@some
@given(history=strategies.histories())
def test_histories_and_what_init_makes_of_them(tmp_path, history):
    with suppress(MooBudgetError):
        borders.history(*history, tmp_path)


@some
@given(table=strategies.curve_files())
def test_curves_of_ones_own_and_the_fronts_over_them(tmp_path, table):
    with suppress(MooBudgetError):
        borders.over_curves(borders.OWN_CURVES, tmp_path, table)


@some
@given(table=strategies.lift_tests())
def test_lift_tests(tmp_path, table):
    with suppress(MooBudgetError):
        borders.lift_tests(table, tmp_path)


@some
@given(table=strategies.plan_files())
def test_plans_that_people_bring(tmp_path, table):
    with suppress(MooBudgetError):
        borders.plans(table, tmp_path)


@some
@given(texts=strategies.rules())
def test_rules_and_the_fronts_that_keep_them(texts):
    with suppress(MooBudgetError):
        borders.rules(texts)


@some
@given(views=strategies.views())
def test_views_and_the_tables_with_them(views):
    with suppress(MooBudgetError):
        borders.views(*views)
