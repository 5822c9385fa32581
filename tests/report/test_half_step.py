"""The half step in the report, against the engine."""

import pytest

from moo_budget import evaluate
from moo_budget.report import render
from moo_budget.report.facts import difference, spend_of
from moo_budget.report.half_step import half_step
from moo_budget.report.page import Page
from tests.report.made import front_of, result_of, seen_tables
from tests.worlds import TODAY, four_channel_problem

PLAN = [500.0, 260.0, 120.0, 120.0]


def page_of(*plans, **changes):
    return Page.of(result_of(front_of(four_channel_problem(**({"tables": seen_tables()} | changes)), *plans)))


def test_every_channel_goes_half_of_its_way_and_the_gain_is_that_of_the_plan_between():
    page = page_of(PLAN)
    step = half_step(page)
    problem, balanced = page.result.problem, page.balanced.plan.spend
    between = {name: (TODAY[name] + balanced[name]) / 2 for name in problem.channels}
    assert [row[2] for row in step.money.rows[:-1]] == [f"{money:.2f}" for money in between.values()]
    spend = spend_of(problem, evaluate(problem, between))
    gain = difference(problem, "revenue", spend, problem.money.reference)
    share = 100.0 * gain.value / page.reference.outcomes["revenue"].value
    said = step.sentences[0]
    assert float(said.split("revenue +")[1].split("\u00a0%")[0]) == pytest.approx(share, abs=0.5)
    assert (
        f"EUR\u00a0{page.balanced.moved / 2:.0f} changes its place instead of EUR\u00a0{page.balanced.moved:.0f}"
        in said
    )
    assert "Half of the way" in render(page.result)
    assert "走一半" in render(page.result.in_language("zh"))


def test_a_half_step_that_breaks_a_limit_says_so():
    page = page_of([600.0, 100.0, 150.0, 150.0], limits={"channel": {"social": {"min_if_used": 120.0}}})
    assert "breaks a limit" in half_step(page).sentences[-1]
    assert "social" in half_step(page).sentences[-1]


def test_there_is_no_half_step_where_nothing_moves_or_nothing_is_known_of_today():
    assert half_step(page_of(list(TODAY.values()))) is None
    assert half_step(page_of(PLAN, today=None)) is None
