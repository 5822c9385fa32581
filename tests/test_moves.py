"""Moves from one plan to another, part of the way, and the best plan within a change budget, against known answers."""

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize

from moo_budget.best import best
from moo_budget.errors import InfeasibleError, InputError
from moo_budget.moves import best_moves, best_within_change, part_way
from moo_budget.problem import BudgetProblem
from moo_budget.tables import from_functions
from tests.worlds import CHANNELS, TODAY, four_channel_problem, hill

REVENUE = {"measure": "total", "outcome": "revenue"}
RISES = {"a": 1.0, "b": 3.0, "c": 2.0}


def question(curves, today, *, end=100.0, **settings):
    """One outcome, revenue, over curves by channel; its total is the goal."""
    tables = from_functions({"revenue": curves}, dict.fromkeys(curves, end))
    settings = {"goals": {"revenue": REVENUE}, "money_step": 0.0, "budget": sum(today.values())} | settings
    return BudgetProblem(tables, today=today, **settings)


def straight(**settings):
    curves = {name: lambda x, rise=rise: rise * x for name, rise in RISES.items()}
    return question(curves, {"a": 50.0, "b": 20.0, "c": 30.0}, **settings)


def two_hills(**settings):
    return question({"a": hill(600, 30, 1), "b": hill(400, 30, 1)}, {"a": 20.0, "b": 80.0}, **settings)


def test_of_straight_curves_the_moves_come_in_order_of_money_times_what_the_channels_differ_by():
    moves = best_moves(straight(), {"a": 10.0, "b": 55.0, "c": 35.0})
    assert [(one.from_channel, one.to_channel) for one in moves.moves] == [("a", "b"), ("a", "c")]
    assert [one.money for one in moves.moves] == pytest.approx([35.0, 5.0])
    assert [one.gain for one in moves.moves] == pytest.approx([35.0 * 2.0, 5.0 * 1.0])
    assert [one.cumulative_gain for one in moves.moves] == pytest.approx([70.0, 75.0])
    assert (moves.money, moves.gain) == pytest.approx((40.0, 75.0))
    assert moves.goal.name == "total_revenue"


def test_the_moves_are_the_whole_difference_and_each_is_the_best_of_those_that_are_left():
    problem = four_channel_problem()
    target = {"tv": 462.0, "search": 318.0, "电视": 100.0, "social": 120.0}
    moves = best_moves(problem, target, goal="risk").moves
    assert len(moves) < len(CHANNELS)
    now = dict(TODAY)
    for move in moves:
        risk, left = risk_of(problem, now), {name: target[name] - now[name] for name in CHANNELS}
        gains = []
        for giver, taker in itertools.permutations(CHANNELS, 2):
            if left[giver] < 0 < left[taker]:
                amount = min(-left[giver], left[taker])
                moved = now | {giver: now[giver] - amount, taker: now[taker] + amount}
                gains.append(risk - risk_of(problem, moved))
        assert move.gain == pytest.approx(max(gains))
        now[move.from_channel] -= move.money
        now[move.to_channel] += move.money
    assert now == pytest.approx(target)
    assert moves[-1].cumulative_gain == pytest.approx(risk_of(problem, TODAY) - risk_of(problem, target))
    assert moves[-1].cumulative_money == pytest.approx(sum(move.money for move in moves))


def risk_of(problem, plan):
    names = [goal.name for goal in problem.goals]
    return problem.measure(np.array([[plan[name] for name in CHANNELS]]))[0, names.index("risk")]


def test_money_that_is_new_comes_from_nowhere_and_money_that_is_saved_goes_there():
    more = best_moves(straight(), {"a": 50.0, "b": 30.0, "c": 30.0})
    assert [(one.from_channel, one.to_channel, one.gain) for one in more.moves] == [(None, "b", pytest.approx(30.0))]
    less = best_moves(straight(), {"a": 10.0, "b": 30.0, "c": 30.0})
    assert [(one.from_channel, one.to_channel) for one in less.moves] == [("a", "b"), ("a", None)]
    assert [one.gain for one in less.moves] == pytest.approx([20.0, -30.0])


def test_the_way_may_begin_elsewhere_and_there_are_no_moves_to_where_one_is():
    problem = straight()
    start = {"a": 40.0, "b": 30.0, "c": 30.0}
    (only,) = best_moves(problem, {"a": 30.0, "b": 40.0, "c": 30.0}, start=start).moves
    assert (only.from_channel, only.to_channel, only.money, only.gain) == ("a", "b", 10.0, pytest.approx(20.0))
    nothing = best_moves(problem, start, start=start)
    assert (nothing.moves, nothing.money, nothing.gain) == ((), 0.0, 0.0)


def test_a_stop_on_the_way_that_breaks_a_limit_says_which():
    problem = straight(limits={"rules": ["c >= 0.5 * a"]})
    first, second = best_moves(problem, {"a": 20.0, "b": 65.0, "c": 15.0}).moves
    assert (first.from_channel, second.from_channel) == ("a", "c")
    assert (first.breaks, second.breaks) == ((), ())
    first, second = best_moves(problem, {"a": 45.0, "b": 40.0, "c": 15.0}).moves
    assert (first.from_channel, second.from_channel) == ("c", "a")
    assert "the rule `c >= 0.5 * a` is broken" in first.breaks[0]


def test_half_of_the_way_moves_every_channel_by_half_and_gains_what_the_curves_say():
    problem = two_hills()
    plan = part_way(problem, {"a": 60.0, "b": 40.0})
    assert plan.spend == pytest.approx({"a": 40.0, "b": 60.0})
    a, b = hill(600, 30, 1), hill(400, 30, 1)
    assert plan.gain == pytest.approx(a(40) + b(60) - a(20) - b(80), rel=1e-4)
    assert plan.full_gain == pytest.approx(a(60) + b(40) - a(20) - b(80), rel=1e-4)
    assert plan.gain_share > 0.5  # curves that flatten pay most at first
    assert plan.moved == pytest.approx(20.0)


def test_the_ends_of_the_way_are_its_ends_and_what_lies_between_keeps_the_limits():
    problem = four_channel_problem(limits={"channel": {"social": {"min_if_used": 90.0}}}, money_step=1.0)
    target = {"tv": 600.0, "search": 250.0, "电视": 50.0, "social": 100.0}
    assert part_way(problem, target, 1.0).spend == target
    for share in (0.0, 0.3, 0.6):
        plan = part_way(problem, target, share)
        assert plan.breaks == ()
        assert plan.total == 1000.0
        assert all(amount == round(amount) for amount in plan.spend.values())


def test_there_is_no_share_of_a_gain_that_is_none():
    problem = two_hills()
    assert part_way(problem, {"a": 20.0, "b": 80.0}).gain_share is None


@pytest.mark.parametrize("share", [0.05, 0.1, 0.25])
def test_on_two_concave_channels_all_that_may_move_goes_the_right_way(share):
    problem = two_hills()
    plan = best_within_change(problem, "revenue", share)
    assert plan.spend == pytest.approx({"a": 20 + 100 * share, "b": 80 - 100 * share}, abs=1e-4)
    a, b = hill(600, 30, 1), hill(400, 30, 1)
    assert plan.gain == pytest.approx(a(20 + 100 * share) + b(80 - 100 * share) - a(20) - b(80), rel=1e-4)
    assert plan.full_gain == pytest.approx(best(problem, "revenue").value.value - a(20) - b(80), rel=1e-4)


def test_where_more_may_move_than_the_best_plan_moves_it_is_the_best_plan():
    problem = two_hills()
    plan = best_within_change(problem, "revenue", 1.0)
    assert plan.spend == pytest.approx(best(problem, "revenue").spend)
    assert plan.gain_share == pytest.approx(1.0)


@pytest.mark.parametrize("goal", ["roi", "risk"])
def test_within_a_change_budget_no_solver_finds_a_better_plan(goal):
    problem = four_channel_problem(money_step=0.0)
    plan = best_within_change(problem, goal, 0.1)
    column = [one.name for one in problem.goals].index(goal)
    sign = -1.0 if goal == "roi" else 1.0
    today = np.array([TODAY[name] for name in CHANNELS])

    def lower(x):  # what is given and what is taken, both 0 or more, so that the limit is smooth
        return sign * float(problem.measure((today - x[:4] + x[4:])[None])[0, column])

    balanced = {"type": "eq", "fun": lambda x: x[:4].sum() - x[4:].sum()}
    allowed = {"type": "ineq", "fun": lambda x: 100.0 - x[:4].sum()}
    bounds = [(0.0, amount) for amount in today] + [(0.0, 100.0)] * 4
    starts = [np.full(8, 1.0), *np.random.default_rng(1).uniform(0.0, 50.0, (3, 8))]
    rivals = [
        minimize(lower, start, bounds=bounds, constraints=[balanced, allowed], options={"maxiter": 300, "ftol": 1e-12})
        for start in starts
    ]
    best_rival = min(one.fun for one in rivals if one.x[:4].sum() <= 100.0 + 1e-6)
    assert plan.moved <= 100.0 + 1e-6
    assert sign * plan.goals[goal].value <= best_rival + 1e-4 * abs(best_rival)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.45])
def test_on_s_curves_the_best_plan_within_a_change_budget_is_that_of_an_enumeration(share):
    today = {"a": 30.0, "b": 40.0, "c": 30.0}
    problem = question({"a": hill(10, 40, 3), "b": hill(8, 45, 3), "c": hill(6, 35, 3)}, today)
    grid = np.array([(a, b, 100.0 - a - b) for a in range(101) for b in range(101 - a)], dtype=float)
    near = grid[np.abs(grid - list(today.values())).sum(axis=1) <= 200.0 * share + 1e-9]
    plan = best_within_change(problem, "revenue", share)
    assert plan.moved <= 100.0 * share + 1e-6
    assert plan.goals["revenue"].value >= problem.measure(near).max() * (1 - 1e-6)


def test_a_change_budget_holds_in_whole_steps():
    problem = four_channel_problem(money_step=5.0)
    plan = best_within_change(problem, "roi", 0.07)
    assert plan.moved <= 70.0 + 1e-9
    assert all(amount % 5.0 == 0.0 for amount in plan.spend.values())
    assert plan.breaks == ()


def test_more_that_may_move_never_gains_less():
    problem = four_channel_problem(limits={"share": 0.75})
    gains = [best_within_change(problem, None, share).gain for share in (0.0, 0.02, 0.1, 0.2, 0.4)]
    assert gains[0] == 0.0
    assert gains == sorted(gains)


def test_a_reference_that_breaks_a_limit_is_left_by_the_least_or_it_is_said_how_much_that_is():
    problem = four_channel_problem(limits={"share": 0.6})
    plan = best_within_change(problem, "roi", 0.12)
    assert plan.breaks == ()
    assert 100.0 <= plan.moved <= 120.0 + 1e-9
    said = (
        r"at most 0\.05 of the reference's money \(50\.00\) may be moved, and the nearest plan that the limits allow "
        r"moves 100\.00\. Allow a share of 0\.1, or widen the limits that the reference breaks: tv: takes more than 60%"
    )
    with pytest.raises(InfeasibleError, match=said):
        best_within_change(problem, "roi", 0.05)


def test_refusals_say_what_is_missing_and_what_to_give():
    with pytest.raises(InputError, match=r"share is 10; it must be a number from 0 to 1, such as 0\.1"):
        best_within_change(two_hills(), "revenue", 10)
    with pytest.raises(InputError, match=r"share is -0\.1"):
        part_way(two_hills(), {"a": 60.0, "b": 40.0}, -0.1)
    with pytest.raises(InputError, match=r"moves begin at the reference plan, and there is none .* hand over a start"):
        best_moves(four_channel_problem(today=None), TODAY)
    with pytest.raises(InputError, match=r"plan: `a` gets 150.00; its response table ends at 100.00, so nobody knows"):
        best_moves(two_hills(), {"a": 150.0})
    with pytest.raises(InputError, match=r"plan is ndarray; it must be a mapping channel -> money, such as dict\(zip"):
        best_moves(two_hills(), np.array([60.0, 40.0]))
    with pytest.raises(InputError, match="there is no goal `riks`"):
        best_moves(two_hills(), {"a": 60.0, "b": 40.0}, goal="riks")
    with pytest.raises(InputError, match="there is no channel `d`"):
        part_way(two_hills(), {"d": 60.0})
