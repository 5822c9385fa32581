"""What is named in several places is the same in all of them."""

from pathlib import Path
from typing import get_args

from moo_budget.algorithms import ALGORITHMS
from moo_budget.cli import solve as solve_verb
from moo_budget.goals import MEASURES
from moo_budget.measures import _ROWS
from moo_budget.methods import HANDLING, METHODS
from moo_budget.spec.availability import CHOICES
from moo_budget.spec.sections import MeasureName, SearchSpec


def test_every_measure_has_a_meaning_a_value_and_a_name_in_the_problem_file():
    assert set(MEASURES) == set(_ROWS) == set(get_args(MeasureName))


def test_every_search_method_can_be_asked_for():
    (choice,) = [choice for choice in CHOICES if choice.record is SearchSpec]
    assert choice.now == tuple(ALGORITHMS)
    assert choice.later == ()


def test_the_help_of_solve_names_every_search_method():
    told = solve_verb.__annotations__["algorithm"]
    assert all(name in str(told) for name in ALGORITHMS)


def test_the_design_page_names_every_method_for_one_number_and_every_way_of_keeping_limits():
    page = (Path(__file__).parent.parent / "docs" / "design.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in page for name in (*METHODS, *HANDLING))
