"""Thousands of channels: what is held once, and what is said of the largest thirty alone."""

import gc
import io
import re
import weakref
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

import moo_budget as mb
from moo_budget import whole_steps
from moo_budget.explain.binding import bindings
from moo_budget.largest import MOST_CHANNELS, largest
from moo_budget.learning import check
from moo_budget.report import render
from moo_budget.workbook import workbook
from tests.report.made import result_of, small_front

N = MOST_CHANNELS + 3


def tables_of(n_channels):
    names = [f"c{c:02d}" for c in range(n_channels)]
    returns = {name: (lambda x, c=c: (20.0 + c) * x / (x + 10.0)) for c, name in enumerate(names)}
    return mb.from_functions({"revenue": returns}, max_spend=dict.fromkeys(names, 20.0), units={"revenue": "EUR"})


@pytest.fixture(scope="module")
def problem():
    today = {f"c{c:02d}": 5.0 + 0.1 * c for c in range(N)}
    return mb.BudgetProblem(tables_of(N), goals={"revenue": {"outcome": "revenue", "measure": "total"},
        "change": {"measure": "change"}}, budget=sum(today.values()), today=today, currency="EUR")  # fmt: skip


@pytest.fixture(scope="module")
def front(problem):
    return mb.solve(problem, algorithm="scalarised", n_plans=5, n_evaluations=500, seed=1)


def test_the_largest_stand_in_their_order_and_equal_ones_by_place():
    assert largest(np.array([1.0, 3.0, 2.0, 3.0, 3.0]), 2).tolist() == [1, 3]
    assert largest(np.array([1.0, 2.0])).tolist() == [0, 1]


def test_tables_are_held_once_by_all_questions_over_them_and_go_with_them(problem):
    other = problem.restated(goals={"revenue": {"outcome": "revenue", "measure": "total"}})
    assert other.plan_tables is problem.plan_tables
    tables = tables_of(2)
    shared = weakref.ref(mb.BudgetProblem(tables, budget=10.0).plan_tables)
    assert shared() is mb.BudgetProblem(tables, budget=12.0).plan_tables
    del tables
    gc.collect()
    assert shared() is None


def test_tables_said_otherwise_hold_no_second_copy_of_their_curves():
    tables = tables_of(2)
    later = tables.after(0)
    assert all(getattr(later, name) is getattr(tables, name) for name in ("knots", "values", "slopes", "season"))
    assert np.shares_memory(tables.in_season(np.ones((1, 1, 3)), 3).knots, tables.knots)


def test_a_record_shares_no_memory_with_a_caller_who_may_write_to_it():
    mine = np.zeros(2)
    looks_frozen = mine[:]
    looks_frozen.flags.writeable = False
    records = [mb.Factors(np.zeros((2, 0)), specific) for specific in (mine, looks_frozen)]
    mine[:] = 1.0
    assert all((record.specific == 0.0).all() for record in records)


def test_supposed_curves_go_with_the_question_and_wait_for_no_collector(problem):
    moved = replace(problem.plan_tables)
    known = weakref.ref(moved)
    supposed = problem.supposing(plan_tables=moved)
    gc.disable()
    try:
        del moved, supposed
        assert known() is None
    finally:
        gc.enable()


def test_of_many_channels_the_thirty_with_most_money_are_solved_again_for_and_all_have_a_cause(problem, front):
    plan = front.choose("boldest")
    facts = mb.explain(problem, plan, front=front)
    asked = {name for name, why in facts.why_not.items() if why.more > 0.0}
    money = np.array([plan.spend[name] for name in problem.channels])
    assert asked <= {problem.channels[c] for c in largest(money)}
    assert len(asked) == MOST_CHANNELS
    assert len(facts.why_not) == N
    assert all(why.cause for why in facts.why_not.values())


def test_a_limit_on_one_channel_holds_its_row_and_no_matrix_of_all_channels(problem):
    limits = [limit for limit in bindings(problem, np.zeros(N)) if limit.channel is not None]
    assert len(limits) == N
    assert all(limit.row.base is None for limit in limits)


def test_of_many_moves_each_is_between_those_with_most_left_and_all_are_the_whole_difference(problem):
    start = dict(zip(problem.channels, np.r_[np.full(N - 1, 6.0), 0.0], strict=True))
    plan = dict(zip(problem.channels, np.r_[np.linspace(0.0, 4.0, N - 1), 6.0 * (N - 1) - 2.0 * (N - 1)], strict=True))
    plan["c32"] = 20.0
    moves = mb.best_moves(problem, plan, start=start).moves
    given = {name: sum(m.money for m in moves if m.from_channel == name) for name in problem.channels}
    assert given == pytest.approx({name: max(start[name] - plan[name], 0.0) for name in problem.channels})
    assert {m.from_channel for m in moves[:1]} <= {f"c{c:02d}" for c in range(10)}


def said_of_total(spend, tmp_path):
    """Code -> text of what `check` says where revenue is the total of (n_periods, n_channels) money."""
    n_channels = spend.shape[1]
    frame = pd.DataFrame(spend, columns=[f"c{c}" for c in range(n_channels)]).assign(revenue=2.0 * spend.sum(axis=1))
    frame.to_csv(tmp_path / "history.csv", index=False)
    channels = ", ".join(f'"c{c}"' for c in range(n_channels))
    (tmp_path / "problem.toml").write_text(
        'schema_version = 1\ntitle = "Many"\ncurrency = "EUR"\n[history]\nfile = "history.csv"\n'
        f'channels = [{channels}]\nspend = "{{channel}}"\n[outcomes.revenue]\ncolumn = "revenue"\nunit = "EUR"\n'
    )
    return {message.code: message.text for message in check(tmp_path / "problem.toml").messages}


def test_more_channels_than_periods_of_a_total_are_said_before_anything_is_learned(tmp_path):
    said = said_of_total(np.random.default_rng(1).uniform(5.0, 10.0, (10, 12)).round(2), tmp_path)
    start = "revenue: 12 channels are learned from the totals of 10 periods, which cannot tell so many"
    assert said["fit.more-channels-than-periods"].startswith(start)


def test_channels_that_are_bought_together_are_said_before_anything_is_learned(tmp_path):
    rng = np.random.default_rng(2)
    apart = rng.uniform(5.0, 10.0, (20, 5))
    spend = np.column_stack([apart, *(np.arange(1.0, 6.0) * apart[:, [0]]).T, 3.0 * apart[:, 1]])
    said = said_of_total((spend * rng.uniform(0.99, 1.01, spend.shape)).round(2), tmp_path)
    assert "fit.more-channels-than-periods" not in said
    assert said["data.bought-together"] == (
        "revenue: these channels are bought together (their money correlates by 0.9 or more): `c9`, `c8`, `c7`, `c6` "
        "and 2 more; `c10`, `c1`. A total shows what they bring together, hardly what each does. Plan them as one "
        "channel, or change or test one of them alone."
    )
    (tmp_path / "apart").mkdir()
    assert "data.bought-together" not in said_of_total(apart.round(2), tmp_path / "apart")


@pytest.fixture
def two_of_four(monkeypatch):
    """A result of four channels, of which the two largest are drawn."""
    monkeypatch.setattr("moo_budget.report.facts.largest", lambda amounts: largest(amounts, 2))
    return result_of(small_front(budget=1200.0))


def test_the_report_draws_the_largest_channels_and_lists_the_others(two_of_four):
    page = render(two_of_four)
    (said,) = set(
        re.findall(r"The 2 channels with most money in a plan that is shown are drawn. Not drawn: (.*?)\.<", page)
    )
    left_out = said.split(", ")
    assert len(left_out) == 2
    drawn = [name for name in two_of_four.problem.channels if name not in left_out]
    told = " ".join(re.findall(r'<img src="[^"]*" alt="([^"]*)"', page))
    assert all(f"{name}, Balanced" in told for name in drawn)
    assert not any(f"{name}, Balanced" in told for name in left_out)
    assert all(f'<th scope="row">{name}</th>' in page for name in left_out)


def test_charts_of_the_workbook_have_the_largest_channels_and_its_tables_all(two_of_four):
    content = io.BytesIO(workbook(two_of_four))
    with zipfile.ZipFile(content) as parts:
        charts = [parts.read(name).decode() for name in parts.namelist() if re.match(r"xl/charts/chart\d", name)]
    (split,) = [chart for chart in charts if "How the money is split" in chart]
    assert split.count("<c:ser>") == 2
    assert "the 2 largest channels" in split
    book = load_workbook(content, read_only=True)
    listed = {row[0] for row in book["Channels x plans"].values}
    assert set(two_of_four.problem.channels) <= listed
    assert len({row[1] for row in book["Curves"].values}) == 1 + 2


def test_plans_of_many_channels_in_whole_steps_keep_rules_on_goals_by_the_moves_that_help_most(monkeypatch):
    revenue = {"revenue": {"outcome": "revenue", "measure": "total"}, "change": {"measure": "change"}}
    even, sizes = np.full((1, N), 5.0), []
    brought = mb.BudgetProblem(tables_of(N), goals={"revenue": revenue["revenue"]}, budget=5.0 * N).measure(even)[0, 0]
    asked = mb.BudgetProblem(
        tables_of(N),
        goals=revenue,
        budget=5.0 * N,
        currency="EUR",
        today=dict.fromkeys([f"c{c:02d}" for c in range(N)], 5.0),
        limits={"rules": [f"revenue >= {brought + 3.0:.6f}"]},
        money_step=0.5,
    )
    monkeypatch.setattr(
        whole_steps, "_moves", lambda *a, moves=whole_steps._moves: sizes.append(moves(*a)) or sizes[-1]
    )
    found = whole_steps.mended(asked, even)
    assert asked.kept(found).all()
    assert {len(moves) for moves in sizes} <= set(range(MOST_CHANNELS**2 + 1))
    monkeypatch.setattr(whole_steps, "MOST_CHANNELS", N)
    np.testing.assert_array_equal(found, whole_steps.mended(asked, even))
    assert len(sizes[-1]) == N * (N - 1)


def test_a_step_of_many_channels_may_end_exactly_at_a_maximum():
    names = [f"c{c:02d}" for c in range(N)]
    question = mb.BudgetProblem(
        tables_of(N),
        budget={"min": 0.2 * N, "max": 0.3 * N},
        money_step=0.1,
        limits={"channel": {n: {"max": 0.3} for n in names}},
    )
    moves = whole_steps._moves(question, np.full(N, 0.2))  # 0.2 + 0.1 is more than 0.3
    assert (moves > 0.0).any()
