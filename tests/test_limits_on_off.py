"""Channels that get nothing or at least their minimum if used, from the limits to a front."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from moo_budget import solve
from moo_budget.algorithms import ALGORITHMS
from moo_budget.errors import InfeasibleError
from moo_budget.kernels.budget import project
from moo_budget.limits import FeasibleSet, LimitCheck, Money, feasible_set, named_limits
from moo_budget.spec import BudgetRange, limits_from
from tests.worlds import CHANNELS, TODAY, four_channel_problem


def if_used(**amounts):
    return {"channel": {name: {"min_if_used": amount} for name, amount in amounts.items()}}


class TestLimits:
    def test_a_channel_without_the_rule_has_none(self):
        feasible = four_channel_problem(limits=if_used(tv=300)).feasible
        assert feasible.min_if_used.tolist() == [300.0, 0.0, 0.0, 0.0]
        assert feasible.lower.tolist() == [0.0] * 4
        assert not four_channel_problem().feasible.has_choices

    def test_a_channel_with_a_minimum_is_always_used(self):
        limits = {"channel": {"tv": {"min": 10, "min_if_used": 300}, "search": {"min": 20, "min_if_used": 5}}}
        feasible = four_channel_problem(limits=limits).feasible
        assert feasible.lower.tolist() == [300.0, 20.0, 0.0, 0.0]
        assert not feasible.has_choices

    def test_a_channel_that_change_keeps_from_nothing_is_always_used(self):
        feasible = four_channel_problem(limits={"change": 0.5} | if_used(tv=400, search=60)).feasible
        assert feasible.lower.tolist() == [400.0, 60.0, 75.0, 25.0]
        assert not feasible.has_choices

    def test_the_minimum_if_used_comes_before_change_and_this_is_said(self):
        problem = four_channel_problem(limits={"change": 0.5} | if_used(social=200))
        assert (problem.feasible.min_if_used[3], problem.feasible.upper[3]) == (200.0, 2000.0)
        assert problem.messages[0].text == (
            "`social`: its own limits (nothing, or 200.00 to 2,000.00) and `change` (25.00 to 75.00) do not meet; "
            "`change` says nothing about this channel"
        )
        assert problem.broken(np.array([700.0, 100.0, 200.0, 0.0])) == ()
        assert problem.broken(np.array([650.0, 100.0, 150.0, 100.0])) == (
            "social: 100.00 is neither nothing nor at least its minimum if used 200.00",
        )

    def test_a_change_that_reaches_nothing_leaves_the_choice(self):
        problem = four_channel_problem(limits={"change": 1.5} | if_used(tv=400, social=200))
        assert problem.feasible.min_if_used.tolist() == [400.0, 0.0, 0.0, 0.0]
        assert problem.feasible.upper.tolist() == [1750.0, 250.0, 375.0, 0.0]  # social: at most 125, so nothing
        assert problem.broken(np.array([650.0, 100.0, 250.0, 0.0])) == ()

    @pytest.mark.parametrize(
        ("limits", "most"),
        [
            ({"channel": {"tv": {"max": 200, "min_if_used": 300}}}, "200.00"),
            ({"share": 0.4} | if_used(tv=500), "400.00"),
            (if_used(tv=5000), "1,000.00"),
        ],
    )
    def test_a_channel_that_cannot_reach_its_minimum_gets_nothing_and_this_is_said(self, limits, most):
        problem = four_channel_problem(limits=limits)
        assert (problem.feasible.upper[0], problem.feasible.has_choices) == (0.0, False)
        assert problem.messages[0].code == "limits.never-used"
        assert (
            f"`tv` gets nothing: its minimum if used is {limits['channel']['tv']['min_if_used']:,.2f}, and it may"
            in (problem.messages[0].text)
        )
        assert f"get at most {most} (by `max`" in problem.messages[0].text

    def test_off_and_lock_leave_no_choice(self):
        limits = {"channel": {"tv": {"off": True, "min_if_used": 300}, "search": {"lock": True, "min_if_used": 90}}}
        problem = four_channel_problem(limits=limits)
        assert problem.feasible.lower.tolist() == [0.0, 100.0, 0.0, 0.0]
        assert problem.feasible.upper.tolist() == [0.0, 100.0, 2000.0, 2000.0]
        assert problem.messages == ()

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            (
                {"limits": {"channel": {"tv": {"lock": True, "min_if_used": 800}}}},
                "limits.channel.tv.min_if_used: the minimum if used of `tv`, 800.00\nAny one of these would do: let "
                "`tv` have 800.00; lower the minimum if used of `tv` to 700.00.",
            ),
            (
                {"limits": {"channel": {"tv": {"min": 10, "max": 200, "min_if_used": 300}}}},
                "would do: lower the minimum if used of `tv` to 200.00; raise the maximum of `tv` to 300.00.",
            ),
            (
                {"limits": {"channel": {name: {"max": 450, "min_if_used": 400} for name in CHANNELS}}},
                "would do: lower the budget by 100.00; lower the minimum if used of `tv` to 200.00; raise the maximum "
                "of `tv` to 550.00; lower the minimum if used of `search`",
            ),
            (
                {
                    "limits": {"channel": {name: {"max": 160, "min_if_used": 150} for name in CHANNELS}},
                    "budget": {"min": 490.0, "max": 590.0},
                },
                "would do: lower the budget by 10.00; lower the minimum if used of `tv` to 140.00; raise the maximum",
            ),
            (
                {"limits": {"share": 0.3, "channel": {name: {"min_if_used": 290} for name in CHANNELS}}},
                "would do: raise the budget by 160.00; lower the minimum if used of `tv` to 130.00; .* to 33.34%",
            ),
        ],
    )
    def test_limits_that_leave_no_plan_are_refused_in_words(self, changes, text):
        with pytest.raises(InfeasibleError, match=text):
            four_channel_problem(**changes)


def made(lower, upper, min_if_used, budget, share) -> tuple[FeasibleSet, dict]:
    """A feasible set from limits of the file, and what `LimitCheck` needs to check it."""
    n = len(lower)
    names = tuple(f"c{i}" for i in range(n))
    channel = {name: {"min": lower[i], "max": upper[i], "min_if_used": min_if_used[i]} for i, name in enumerate(names)}
    limits = limits_from({"share": share, "channel": channel})
    money = Money(names, np.full(n, 1e9), np.full(n, np.nan), None, None)
    question = {"limits": limits, "budget": BudgetRange(*budget), "money": money}
    return feasible_set(named_limits(**question)), question


@st.composite
def on_off_limits(draw):
    """Up to six channels, most of them with wide holes and narrow ranges; many of these leave no plan."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(2, 6))
    min_if_used = rng.uniform(10, 60, n) * (rng.random(n) < 0.8)
    lower = np.where(min_if_used > 0, 0.0, rng.uniform(0, 5, n))
    upper = np.maximum(lower, min_if_used) * rng.choice([1.0, 1.1, 3.0], n) + 1e-3
    ends = np.sort(rng.uniform(0.1, 1.0, 2)) * upper.sum()
    budget = (float(ends[1]), float(ends[1])) if draw(st.booleans()) else (float(ends[0]), float(ends[1]))
    return lower.tolist(), upper.tolist(), min_if_used.tolist(), budget, draw(st.sampled_from([1.0, 0.7, 0.45]))


def boxes(lower, upper, min_if_used):
    """Bounds of every choice of used channels."""
    lower, upper, min_if_used = np.array(lower), np.array(upper), np.array(min_if_used)
    on_off = np.flatnonzero(min_if_used > 0)
    for choice in product([False, True], repeat=len(on_off)):
        low, high = lower.copy(), upper.copy()
        low[on_off] = np.where(choice, min_if_used[on_off], 0.0)
        high[on_off] = np.where(choice, upper[on_off], 0.0)
        yield low, high


def ends_of_totals(low, high, budget, share):
    """Least and largest total within the budget, by linear programming; None where there is none."""
    n = len(low)
    rules, sides = np.vstack([np.eye(n) - share, np.ones((1, n)), -np.ones((1, n))]), np.zeros(n)
    sides = np.append(sides, [budget[1], -budget[0]])
    bounds = np.column_stack([low, high])
    ends = [linprog(sign * np.ones(n), A_ub=rules, b_ub=sides, bounds=bounds) for sign in (1.0, -1.0)]
    return None if ends[0].status == 2 else tuple(float(end.x.sum()) for end in ends)


@settings(deadline=None, max_examples=20)
@given(on_off_limits())
def test_limits_are_refused_exactly_when_no_choice_of_used_channels_leaves_a_plan(limits):
    lower, upper, min_if_used, budget, share = limits
    possible = any(ends_of_totals(low, high, budget, share) for low, high in boxes(lower, upper, min_if_used))
    try:
        feasible, _ = made(*limits)
    except InfeasibleError:
        assert not possible
    else:
        assert possible
        assert feasible.using(feasible.known > 0) is not None


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(1, 60_000_000), min_size=1, max_size=7), st.integers(1, 100_000_000))
def test_packages_that_miss_the_budget_by_one_cent_are_refused(packages, budget):
    """Whole cents, each package bought or not: exact in integers, at the edge of the solver's tolerance."""
    sums = {sum(bought) for bought in product(*[(0, package) for package in packages])}
    reached = max(total for total in sums)
    for cents in (budget, reached, reached + 1):
        amounts = [package / 100 for package in packages]
        budgeted = (cents / 100, cents / 100)
        if cents in sums:
            made([0.0] * len(amounts), amounts, amounts, budgeted, 1.0)
        else:
            with pytest.raises(InfeasibleError):
                made([0.0] * len(amounts), amounts, amounts, budgeted, 1.0)


def feasible_or_none(limits):
    try:
        return made(*limits)
    except InfeasibleError:
        return None


@settings(deadline=None, max_examples=40)
@given(on_off_limits(), st.integers(0, 2**32 - 1))
def test_projection_keeps_every_limit_and_leaves_feasible_plans_alone(limits, seed):
    made_of = feasible_or_none(limits)
    if made_of is None:
        return
    feasible, question = made_of
    wild = np.random.default_rng(seed).normal(25, 30, (8, len(feasible.lower)))
    plans = feasible.project(wild)
    for plan in plans:
        assert LimitCheck(**question).broken(plan, 1e-11 * feasible.budget_max) == ()
    assert not ((plans > 0) & (plans < feasible.min_if_used * (1 - 1e-14))).any()
    np.testing.assert_array_equal(feasible.project(plans), plans)


@settings(deadline=None, max_examples=25)
@given(on_off_limits(), st.integers(0, 2**32 - 1))
def test_permuting_channels_permutes_the_projection(limits, seed):
    made_of = feasible_or_none(limits)
    if made_of is None:
        return
    feasible, _ = made_of
    rng = np.random.default_rng(seed)
    wild = rng.normal(25, 30, (8, len(feasible.lower)))
    order = rng.permutation(len(feasible.lower))
    moved = feasible.reordered(order).project(wild[:, order])
    # Sums in another order differ in their last bits.
    np.testing.assert_allclose(moved, feasible.project(wild)[:, order], atol=1e-9 * feasible.budget_max)


def distance_to_best(feasible, limits, wild):
    """Distance of each plan to the nearest feasible one, over all choices of used channels."""
    lower, upper, min_if_used, _, share = limits
    best = np.full(len(wild), np.inf)
    for low, high in boxes(lower, upper, min_if_used):
        ends = ends_of_totals(low, high, (feasible.budget_min, feasible.budget_max), share)
        if ends is not None:
            out = np.empty_like(wild)
            project(wild, low, high, ends[0], max(ends), share, out)
            best = np.minimum(best, np.linalg.norm(out - wild, axis=1))
    return best


def test_projection_is_near_to_the_best_choice_of_used_channels():
    rng = np.random.default_rng(5)
    ratios = []
    while len(ratios) < 400:
        n = int(rng.integers(3, 7))
        min_if_used = rng.uniform(10, 60, n) * (rng.random(n) < 0.8)
        upper = np.maximum(min_if_used, 20.0) * rng.uniform(1.2, 4.0, n)
        total = float(upper.sum() * rng.uniform(0.2, 0.8))
        limits = ([0.0] * n, upper.tolist(), min_if_used.tolist(), (total, total), float(rng.choice([1.0, 0.6])))
        made_of = feasible_or_none(limits)
        if made_of is None:
            continue
        wild = rng.uniform(0, 2 * total / n, (8, n))
        reached = np.linalg.norm(made_of[0].project(wild) - wild, axis=1)
        best = distance_to_best(made_of[0], limits, wild)
        assert (reached >= best * (1 - 1e-6)).all()
        ratios.extend(reached / best)
    ratios = np.array(ratios)
    assert np.mean(ratios < 1.0 + 1e-6) > 0.95
    assert np.mean(ratios) < 1.01
    assert np.quantile(ratios, 0.99) < 1.2


def test_the_nearest_choice_is_taken_where_it_is_plain():
    feasible = four_channel_problem(limits=if_used(tv=300, search=300)).feasible
    wanted = np.array([[140.0, 500.0, 180.0, 180.0], [240.0, 400.0, 180.0, 180.0]])
    np.testing.assert_allclose(
        feasible.project(wanted), [[0.0, 1640 / 3, 680 / 3, 680 / 3], [300.0, 380.0, 160.0, 160.0]]
    )


def test_money_that_many_channels_want_is_not_taken_from_all_of_them():
    """Each wish is below half of its minimum; rounding each for itself would leave the total to one channel."""
    n = 10
    feasible, _ = made([0.0] * (n + 1), [700.0] * (n + 1), [150.0] * n + [0.0], (700.0, 700.0), 1.0)
    plan = feasible.project(np.array([[70.0 + i for i in range(n)] + [0.0]]))[0]
    assert 3 <= (plan[:n] > 0).sum() <= 4
    assert (plan[n - 3 : n] > 0).all()


def test_where_the_search_gives_up_known_channels_are_used():
    """Twenty packages of odd cents, of which only one choice adds up to the budget."""
    rng = np.random.default_rng(2)
    packages = (rng.integers(10_000_000, 90_000_000, 20) / 100).tolist()
    total = sum(packages[::2])
    feasible, question = made([0.0] * 20, packages, packages, (total, total), 1.0)
    assert (feasible.known > 0).tolist() == [True, False] * 10
    for plan in feasible.project(rng.uniform(0, 9e5, (5, 20))):
        assert (plan > 0).tolist() == [True, False] * 10
        assert LimitCheck(**question).broken(plan, 1e-3) == ()


def test_using_fixes_which_channels_are_used():
    feasible = four_channel_problem(limits=if_used(tv=300, search=800)).feasible
    fixed = feasible.using(np.array([True, False, False, False]))
    assert fixed.lower.tolist() == [300.0, 0.0, 0.0, 0.0]
    assert fixed.upper.tolist() == [2000.0, 0.0, 2000.0, 2000.0]
    assert not fixed.has_choices
    assert feasible.using(np.array([True, True, False, False])) is None
    ranged = four_channel_problem(limits=if_used(tv=300), budget={"min": 100.0, "max": 1000.0}).feasible
    assert ranged.using(np.array([True] * 4)).budget_min == 300.0


@settings(deadline=None, max_examples=25)
@given(on_off_limits(), st.integers(0, 2**32 - 1), st.sampled_from([0.01, 1.0, 7.0]))
def test_rounding_keeps_the_rule_and_the_total(limits, seed, step):
    made_of = feasible_or_none(limits)
    if made_of is None:
        return
    feasible, question = made_of
    plans = feasible.project(np.random.default_rng(seed).normal(25, 30, (4, len(feasible.lower))))
    rounded = feasible.rounded(plans, step)
    np.testing.assert_array_equal(rounded > 0, plans > 0)
    for plan in rounded:
        assert LimitCheck(**question).broken(plan, 1e-9 * feasible.budget_max) == ()
    if feasible.budget_min == feasible.budget_max:
        np.testing.assert_allclose(rounded.sum(axis=1), feasible.budget_max, rtol=1e-12)


@pytest.mark.parametrize("budget", [1000.0, {"min": 800.0, "max": 1000.0}])
@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_a_front_keeps_the_rule(algorithm, budget):
    limits = {"share": 0.7} | if_used(tv=300, search=150, social=200)
    problem = four_channel_problem(limits=limits, budget=budget)
    front = solve(problem, algorithm, n_evaluations=2000, seed=3)
    assert len(front.spend) > 5
    assert all(problem.broken(plan) == () for plan in front.spend)
    assert not any("dropped" in message.text for message in front.messages)
    assert len({tuple(plan > 0) for plan in front.spend}) > 1  # the search finds more than one choice


def test_a_reference_in_the_hole_is_said():
    problem = four_channel_problem(limits=if_used(social=80))
    assert problem.broken(np.array(list(TODAY.values()))) == (
        "social: 50.00 is neither nothing nor at least its minimum if used 80.00",
    )


def test_a_budget_that_can_only_be_nothing_leaves_on_off_channels_without_money():
    limits = {"share": 0.4, "channel": {"tv": {"min_if_used": 5.0}}}
    limits["channel"] |= {name: {"off": True} for name in ("search", "social", "电视")}
    problem = four_channel_problem(limits=limits, budget={"min": 0.0, "max": 60.0})
    assert problem.feasible.project(np.full((1, 4), 50.0)).tolist() == [[0.0] * 4]
