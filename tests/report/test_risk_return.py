"""The section on risk and return says what is computed, and the same pictures come out of `front.plot`."""

import dataclasses
import html
import re

import matplotlib
import numpy as np
import pytest

from moo_budget.decomposition import decompose_risk
from moo_budget.efficient_frontier import efficient_frontier
from moo_budget.errors import InputError, Message
from moo_budget.problem import BudgetProblem
from moo_budget.report import render
from moo_budget.report.page import Page
from moo_budget.report.picture import drawing
from moo_budget.report.risk_return import risk_return, risk_return_figure, worst_tenth
from moo_budget.results import read_result, write_data
from moo_budget.tables import from_functions
from tests.report.made import HOSTILE, front_of, result_of, seen_tables, small_front
from tests.worlds import CHANNELS, TODAY, four_channel_problem

ONE_GOAL = {"revenue": {"outcome": "revenue", "measure": "total"}}


@pytest.fixture(scope="module")
def result():
    front = small_front()
    return result_of(front, efficient_frontier=efficient_frontier(front.problem, "revenue", 8, front=front))


@pytest.fixture(scope="module")
def section(result):
    return risk_return(Page.of(result))


def number(text):
    return float(text.replace(",", "").replace("\u2212", "-").replace("\u00a0%", ""))


def test_parts_of_the_risk_add_up_by_row_and_by_column(section, result):
    std = decompose_risk(result.problem, Page.of(result).balanced.plan.spend, outcome="revenue").std
    assert sum(number(row[4]) for row in section.rows) == pytest.approx(std, rel=1e-2)
    for row in section.rows:
        assert number(row[2]) + number(row[3]) == pytest.approx(number(row[4]), abs=1.1)
        assert number(row[5]) == pytest.approx(100.0 * number(row[4]) / std, abs=1.0)
    assert number(section.total[4]) == pytest.approx(std, rel=1e-2)
    assert section.total[1] == section.total[5] == "100\u00a0%"


def test_one_time_in_ten_is_said_of_every_pick_and_of_the_reference(section, result):
    page = Page.of(result)
    named = [text.split(":")[0] for text in section.sentences if "in 1 case in 10" in text]
    shown = [*page.picks, page.reference]
    assert named == [page.say.plan_names(one.names) for one in shown]
    for one in shown:
        estimate = one.outcomes["revenue"]
        assert worst_tenth(result.front, "revenue", one) < estimate.low < estimate.value
        low = page.spoken(estimate.low, "EUR")
        assert any(f"does worse than {low}" in text for text in section.sentences)


def test_the_two_causes_of_risk_share_it_between_them(section):
    (text,) = (text for text in section.sentences if "counted as variance" in text)
    known, market = (float(share) for share in re.findall(r"([\d.]+)\u00a0%", text))
    assert known + market == pytest.approx(100.0)


def test_a_plan_off_the_frontier_is_told_what_its_return_needs(result):
    problem = result.problem
    wasteful = front_of(problem, [250.0, 50.0, 50.0, 650.0])
    page = Page.of(result_of(wasteful, efficient_frontier=result.efficient_frontier))
    (text,) = (text for text in risk_return(page).sentences if "carries a risk" in text)
    assert "could be expected to bring as much at a risk of" in text


def test_a_plan_on_the_frontier_is_told_so(result):
    frontier = result.efficient_frontier
    page = Page.of(result_of(front_of(result.problem, frontier.spend[4].tolist()), efficient_frontier=frontier))
    (text,) = (text for text in risk_return(page).sentences if "carries a risk" in text)
    assert "about the least that was found" in text


def test_the_page_carries_the_section_and_its_picture(result):
    page = render(result)
    assert 'id="risk-return"' in page
    alternatives = [html.unescape(text) for text in re.findall(r'<img [^>]*alt="([^"]*)"', page)]
    assert any(re.match("Expected revenue along the line: from .* to ", text) for text in alternatives)
    for channel in CHANNELS:
        assert channel in page
    assert render(result) == page


def test_where_nothing_is_at_risk_there_is_no_section():
    curves = {"a": lambda x: 3.0 * np.sqrt(x), "b": lambda x: 4.0 * np.sqrt(x)}
    tables = from_functions({"revenue": curves}, {"a": 100.0, "b": 100.0})
    problem = BudgetProblem(tables, goals=ONE_GOAL, budget=100.0)
    frontier = efficient_frontier(problem, "revenue", 4)
    page = render(result_of(front_of(problem, [36.0, 64.0]), efficient_frontier=frontier))
    assert 'id="risk-return"' not in page


def test_a_result_without_a_frontier_has_no_section(result):
    assert 'id="risk-return"' not in render(result_of(result.front))


def test_names_from_data_are_never_markup():
    tables = seen_tables(channels=(HOSTILE, *CHANNELS[1:]))
    problem = four_channel_problem(tables=tables, today=dict(zip(tables.channels, TODAY.values(), strict=True)))
    frontier = efficient_frontier(problem, "revenue", 4)
    page = render(result_of(front_of(problem, [500.0, 250.0, 170.0, 80.0]), efficient_frontier=frontier))
    assert "<b>" not in page
    assert html.escape(HOSTILE) in page


def test_a_written_frontier_is_read_back_number_by_number(result, tmp_path):
    text = """
schema_version = 1
currency = "EUR"
[fit]
curves = "curves.csv"
[plan]
periods = 10
budget = 1000
"""
    written = dataclasses.replace(result.efficient_frontier, jumps=(0, 3))
    write_data(result_of(result.front, problem_text=text, efficient_frontier=written), tmp_path)
    read = read_result(tmp_path).efficient_frontier
    for name in ("spend", "mean", "risk", "ratio"):
        np.testing.assert_array_equal(getattr(read, name), getattr(written, name))
    assert (read.best_ratio_row, read.jumps) == (written.best_ratio_row, (0, 3))


def test_a_frontier_that_jumps_is_drawn_with_a_gap_and_says_so(result):
    frontier = result.efficient_frontier
    broken = dataclasses.replace(frontier, jumps=(3,))
    whole = dataclasses.replace(frontier, jumps=())
    for one, n_gaps in ((broken, 1), (whole, 0)):
        page = Page.of(result_of(result.front, efficient_frontier=one))
        how_to_read = risk_return(page).how_to_read
        assert ("nothing was found between" in how_to_read) == (n_gaps == 1)
        with drawing([]):
            plane, money = risk_return_figure(result.front, one, page.shown, page.say, "EUR").axes
        (line,) = plane.lines
        assert np.isnan(line.get_xdata()).sum() == n_gaps
        assert len(money.collections) == (1 + n_gaps) * len(CHANNELS)
        assert len(money.get_legend().texts) == len(CHANNELS)


def test_within_a_jump_the_return_needs_the_risk_of_the_next_plan(result):
    frontier = result.efficient_frontier
    between = 0.5 * (frontier.spend[3] + frontier.spend[4])
    mean, _ = frontier.problem.measure(between[None])[0]
    assert frontier.mean[3] < mean < frontier.mean[4]
    wasteful = dataclasses.replace(frontier, risk=frontier.risk * np.linspace(0.5, 0.9, len(frontier)), jumps=(3,))
    page = Page.of(result_of(front_of(result.problem, between.tolist()), efficient_frontier=wasteful))
    (text,) = (text for text in risk_return(page).sentences if "carries a risk" in text)
    assert text.endswith(f"at a risk of {page.spoken(wasteful.risk[4], 'EUR')}.")


def test_ends_that_read_alike_are_told_once(result):
    frontier = result.efficient_frontier

    def said(ratio_row):
        # Far less risk in one row makes its ratio the best.
        risk = frontier.risk * np.where(np.arange(len(frontier)) == ratio_row, 0.01, 1.0)
        page = Page.of(result_of(result.front, efficient_frontier=dataclasses.replace(frontier, risk=risk)))
        return next(text for text in risk_return(page).sentences if text.startswith("Within the limits"))

    assert "also gains about the most per unit of risk." in said(len(frontier) - 1)
    assert "also gains about the most per unit of risk;" in said(0)
    assert "the plan that gains most per unit of risk" in said(3)


def test_the_amounts_of_the_table_have_equally_many_decimals(section):
    amounts = [cell for row in (*section.rows, section.total) for cell in row[2:5]]
    assert len({len(cell.partition(".")[2]) for cell in amounts}) == 1


def test_a_frontier_that_failed_says_why_in_its_place(result):
    why = Message("frontier.failed", "there is no efficient frontier (ValueError: no luck)")
    page = render(result_of(result.front, messages=(why,)))
    section = page[page.index('id="risk-return"') : page.index('id="channels"')]
    assert "Not drawn: there is no efficient frontier (ValueError: no luck)." in section
    assert page.count("no luck") == 1


@pytest.mark.parametrize(("kind", "n_axes"), [("trade_off", 2), ("risk", 2)])
def test_the_front_draws_itself(result, kind, n_axes):
    before = dict(matplotlib.rcParams)
    figure = result.front.plot(kind=kind)
    assert len(figure.axes) == n_axes
    assert all(axes.get_xlabel() for axes in figure.axes)
    assert dict(matplotlib.rcParams) == before


def test_what_cannot_be_drawn_is_refused(result):
    with pytest.raises(InputError, match="there is no kind `risks`"):
        result.front.plot(kind="risks")
    one_goal = front_of(four_channel_problem(goals=ONE_GOAL), [400.0, 300.0, 200.0, 100.0])
    with pytest.raises(InputError, match="the front has one goal, so there is nothing to trade off"):
        one_goal.plot(kind="trade_off")
