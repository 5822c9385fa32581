"""The table of moves in the report, against the moves themselves."""

import re

from moo_budget import best_moves
from moo_budget.report import render
from moo_budget.report.best_moves import best_first, moves_table
from moo_budget.report.page import Page
from tests.report.made import front_of, result_of, seen_tables
from tests.worlds import TODAY, four_channel_problem

PLAN = [500.0, 260.0, 120.0, 120.0]
GOALS = {"revenue": {"outcome": "revenue", "measure": "total"}}


def page_of(*plans, **changes):
    settings = {"tables": seen_tables(), "goals": GOALS} | changes
    return Page.of(result_of(front_of(four_channel_problem(**settings), *plans)))


def test_each_row_is_a_move_and_the_last_is_the_whole_gain():
    page = page_of(PLAN)
    table = moves_table(page)
    moves = best_moves(page.result.problem, page.balanced.plan.spend)
    assert table.title == "The best moves, in order: from the reference plan to the safest, balanced and boldest plan"
    assert table.columns == ("From, to", "Money (EUR)", "More revenue (EUR)", "So far (EUR)")
    assert [row[0] for row in table.rows] == [f"{one.from_channel} → {one.to_channel}" for one in moves.moves]
    assert table.rows[0][0] == "tv → search"
    assert [row[1] for row in table.rows] == [f"{one.money:.2f}" for one in moves.moves]
    assert table.rows[-1][-1] == f"+{moves.gain:.0f}"


def test_what_comes_after_five_moves_shares_a_row(monkeypatch):
    monkeypatch.setattr("moo_budget.report.best_moves._SHOWN", 1)
    page = page_of(PLAN)
    _, rest = moves_table(page).rows
    moves = best_moves(page.result.problem, page.balanced.plan.spend)
    assert rest[0] == f"{len(moves.moves) - 1} further moves"
    assert float(rest[1]) == moves.money - moves.moves[0].money
    assert rest[-1] == f"+{moves.gain:.0f}"


def test_the_first_screen_names_the_moves_that_gain_most():
    page = page_of(PLAN)
    first = best_moves(page.result.problem, page.balanced.plan.spend).moves[0]
    said = best_first(page)
    assert f"{first.from_channel} → {first.to_channel}, EUR\u00a0{first.money:.0f} (+EUR\u00a0{first.gain:.0f})" in said
    assert said in render(page.result)
    assert best_first(page_of(PLAN, today=None)) == ""


def test_a_move_that_gains_next_to_nothing_is_not_named_first():
    names = list(TODAY)
    few = [TODAY[name] for name in names]
    few[0], few[1] = few[0] + 0.1, few[1] - 0.1
    page = page_of(few)
    assert all(move.gain < 1e-3 * page.balanced.outcomes["revenue"].value for move in page.moves)
    assert best_first(page) == ""


def test_there_is_no_table_without_a_move_or_a_reference():
    assert moves_table(page_of(list(TODAY.values()))) is None
    assert moves_table(page_of(PLAN, today=None)) is None
    assert moves_table(page_of([700.0, 200.0, 50.0, 50.0], today=TODAY | {"tv": 3000.0}, budget=3300.0)) is None


def test_a_stop_that_breaks_a_limit_is_marked_on_the_page():
    page = page_of([450.0, 400.0, 75.0, 75.0], limits={"rules": ["search <= 5 * social"]})
    assert "to stop here breaks a limit" in moves_table(page).rows[0][-1]
    html = render(page.result)
    assert re.search(r"<caption>The best moves, in order: from the reference plan", html)
    assert "tv → search" in html
