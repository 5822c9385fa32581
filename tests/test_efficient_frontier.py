"""The frontier is Markowitz's where theory has one, by other means; elsewhere it is honest about its gaps."""

import importlib
from itertools import product

import cvxpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from moo_budget.certificate import certify
from moo_budget.efficient_frontier import efficient_frontier
from moo_budget.errors import InputError
from moo_budget.problem import BudgetProblem
from moo_budget.solve import solve
from moo_budget.tables import from_functions
from tests.test_certificate import made_tables
from tests.worlds import CHANNELS, TODAY, four_channel_problem

MODULE = importlib.import_module("moo_budget.efficient_frontier")  # the package has a verb of this name
BUDGET = 100.0
GOALS = {"revenue": {"outcome": "revenue", "measure": "total"}}
RISK = {"outcome": "revenue", "measure": "std"}


class Straight:
    """Channels whose every unit of money brings as much, in every draw; returns (n_channels, n_draws)."""

    def __init__(self, *, n_channels=6, n_draws=40, noise=0.0, seed=0, budget=BUDGET, **limits):
        rng = np.random.default_rng(seed)
        common = rng.normal(size=(n_channels, 2)) @ rng.normal(size=(2, n_draws))
        expected = rng.uniform(0.5, 3.0, (n_channels, 1))
        self.returns = np.maximum(expected * (1.0 + 0.3 * common + 0.2 * rng.normal(size=common.shape)), 0.01)
        root = noise * rng.normal(size=(n_channels, n_channels))
        noise_covariance = root @ root.T
        names = [f"c{i}" for i in range(n_channels)]
        curves = {name: lambda x, row=row: x[:, None] * row for name, row in zip(names, self.returns, strict=True)}
        self.problem = BudgetProblem(
            from_functions({"revenue": curves}, dict.fromkeys(names, BUDGET), noise_covariance),
            goals=GOALS,
            budget=budget,
            limits=limits,
        )
        self.mean = self.returns.mean(axis=1)
        second = self.returns @ self.returns.T / n_draws
        self.covariance = second - np.outer(self.mean, self.mean) + noise_covariance * second


def least_std(world, mean, *, upper=BUDGET):
    """Markowitz's quadratic programme, by cvxpy."""
    root = np.linalg.cholesky(world.covariance + 1e-12 * np.eye(len(world.mean)))
    money = cvxpy.Variable(len(world.mean))
    limits = [cvxpy.sum(money) == BUDGET, money >= 0, money <= upper, world.mean @ money >= mean]
    programme = cvxpy.Problem(cvxpy.Minimize(cvxpy.norm(root.T @ money)), limits)
    programme.solve(solver="CLARABEL")
    return programme.value


def corner_portfolios(mean, covariance, upper):
    """Where the critical line bends, as (mean, std): Markowitz 1956, by trying every set of channels at a limit."""
    n, corners = len(mean), []
    for place in product((0.0, None, upper), repeat=n):
        free = [i for i in range(n) if place[i] is None]
        if not free:
            continue
        fixed = np.array([0.0 if amount is None else amount for amount in place])
        # covariance x - price - steepness mean = 0 on the free channels, sum x = budget: x = a + steepness b
        system = np.zeros((len(free) + 1, len(free) + 1))
        system[:-1, :-1], system[:-1, -1], system[-1, :-1] = covariance[np.ix_(free, free)], -1.0, 1.0
        a = np.linalg.solve(system, np.append(-(covariance @ fixed)[free], BUDGET - fixed.sum()))
        b = np.linalg.solve(system, np.append(mean[free], 0.0))
        line, rise = fixed.copy(), np.zeros(n)
        line[free], rise[free] = a[:-1], b[:-1]
        # every condition is linear in the steepness: at + steepness * by >= 0
        pull, pull_by = covariance @ line - a[-1], covariance @ rise - b[-1] - mean
        sign = np.array([0.0 if amount is None else (1.0 if amount == 0.0 else -1.0) for amount in place])
        at = np.concatenate([line[free], upper - line[free], (sign * pull)[sign != 0.0], [0.0]])
        by = np.concatenate([rise[free], -rise[free], (sign * pull_by)[sign != 0.0], [1.0]])
        with np.errstate(divide="ignore", invalid="ignore"):
            bend = -at / by
        low = max(bend[by > 1e-12], default=0.0)
        high = min(bend[by < -1e-12], default=np.inf)
        if low <= high and (at[np.abs(by) <= 1e-12] >= -1e-9).all():
            for steepness in (low, high):
                if np.isfinite(steepness):
                    plan = line + steepness * rise
                    corners.append((mean @ plan, np.sqrt(plan @ covariance @ plan)))
    return np.unique(np.round(corners, 9), axis=0)


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_of_straight_curves_every_point_is_that_of_the_quadratic_programme(noise):
    world = Straight(noise=noise)
    frontier = efficient_frontier(world.problem, "revenue", 12)
    expected = [least_std(world, mean) for mean in frontier.mean]
    np.testing.assert_allclose(frontier.risk, expected, rtol=1e-6)
    np.testing.assert_allclose(frontier.mean, frontier.spend @ world.mean, rtol=1e-12)


def test_with_a_free_total_and_a_largest_share_it_is_the_quadratic_programme_as_well():
    least, share = 0.6 * BUDGET, 0.4
    world = Straight(noise=0.2, budget={"min": least, "max": BUDGET}, share=share)
    frontier = efficient_frontier(world.problem, "revenue", 8)
    root = np.linalg.cholesky(world.covariance)
    money, mean = cvxpy.Variable(len(world.mean), nonneg=True), cvxpy.Parameter()
    total = cvxpy.sum(money)
    limits = [total >= least, total <= BUDGET, money <= share * total, world.mean @ money >= mean]
    programme = cvxpy.Problem(cvxpy.Minimize(cvxpy.norm(root.T @ money)), limits)
    for brought, risk in zip(frontier.mean, frontier.risk, strict=True):
        mean.value = brought * (1.0 - 1e-9)
        programme.solve(solver="CLARABEL")
        assert risk == pytest.approx(programme.value, rel=1e-6)
    assert np.ptp(frontier.spend.sum(axis=1)) == pytest.approx(BUDGET - least)


@pytest.mark.parametrize("upper", [BUDGET, 0.4 * BUDGET])
def test_of_straight_curves_it_goes_through_all_corner_portfolios(upper):
    world = Straight(n_channels=4, noise=0.2, share=upper / BUDGET)
    corners = corner_portfolios(world.mean, world.covariance, upper)
    assert len(corners) > 3
    frontier = efficient_frontier(world.problem, "revenue", 3, at=corners[:, 0])
    for mean, std in corners:
        row = np.argmin(np.abs(frontier.mean - mean))
        assert frontier.mean[row] == pytest.approx(mean, rel=1e-8)
        assert frontier.risk[row] == pytest.approx(std, rel=1e-6)
    assert frontier.mean[0] == pytest.approx(corners[:, 0].min(), rel=1e-5)
    assert frontier.mean[-1] == pytest.approx(corners[:, 0].max(), rel=1e-9)


def test_the_best_ratio_is_the_tangent_from_what_is_riskless():
    world = Straight(noise=0.2)
    riskless = 0.5 * BUDGET
    frontier = efficient_frontier(world.problem, "revenue", 10, riskless=riskless)
    # Any multiple of a plan has the same ratio of what it gains over its share of what is riskless.
    money = cvxpy.Variable(len(world.mean), nonneg=True)
    gains_one = (world.mean - riskless / BUDGET) @ money == 1.0
    programme = cvxpy.Problem(cvxpy.Minimize(cvxpy.quad_form(money, world.covariance)), [gains_one])
    programme.solve(solver="CLARABEL")
    assert frontier.ratio.max() == pytest.approx(programme.value**-0.5, rel=1e-7)
    assert frontier.ratio.argmax() == frontier.best_ratio_row
    tangent = BUDGET * money.value / money.value.sum()
    np.testing.assert_allclose(list(frontier.best_ratio.spend.values()), tangent, atol=1e-3 * BUDGET)


def test_where_no_plan_gains_there_is_no_best_ratio():
    frontier = efficient_frontier(Straight().problem, "revenue", 5, riskless=1e4)
    assert frontier.best_ratio is None
    assert (frontier.ratio < 0.0).all()


@pytest.mark.parametrize("level", [0.0, 0.5, 0.87])
def test_of_straight_curves_without_noise_the_tail_mean_is_that_of_the_linear_programme(level):
    world = Straight(n_draws=50)
    frontier = efficient_frontier(world.problem, "revenue", 10, risk="tail_mean", level=level)
    n_channels, n_draws = world.returns.shape
    for mean, risk in zip(frontier.mean, frontier.risk, strict=True):
        # Minimise -(cut - what draws miss it by / tail), over (money, cut, misses).
        found = linprog(
            np.concatenate([np.zeros(n_channels), [-1.0], np.full(n_draws, 1.0 / n_draws / (1.0 - level))]),
            A_ub=np.vstack(
                [
                    np.hstack([-world.returns.T, np.ones((n_draws, 1)), -np.eye(n_draws)]),
                    np.concatenate([-world.mean, np.zeros(1 + n_draws)]),
                ]
            ),
            b_ub=np.append(np.zeros(n_draws), -mean * (1.0 - 1e-12)),
            A_eq=[np.concatenate([np.ones(n_channels), np.zeros(1 + n_draws)])],
            b_eq=[BUDGET],
            bounds=[(0, BUDGET)] * n_channels + [(None, None)] + [(0, None)] * n_draws,
        )
        assert risk == pytest.approx(-found.fun, rel=1e-6)
    assert len(frontier) == (1 if level == 0.0 else 10)


def test_of_concave_curves_without_noise_the_tail_mean_is_that_of_the_convex_programme():
    rng = np.random.default_rng(3)
    n_channels, n_draws, level = 4, 40, 0.8
    height = rng.uniform(20, 60, (n_channels, 1)) * np.exp(0.4 * rng.normal(size=(n_channels, n_draws)))
    bend = rng.uniform(10, 40, (n_channels, n_draws))
    names = [f"c{i}" for i in range(n_channels)]
    curves = {
        name: lambda x, h=h, k=k: h * np.log1p(x[:, None] / k) for name, h, k in zip(names, height, bend, strict=True)
    }
    tables = from_functions({"revenue": curves}, dict.fromkeys(names, BUDGET))
    problem = BudgetProblem(tables, goals=GOALS, budget=BUDGET)
    frontier = efficient_frontier(problem, "revenue", 8, risk="tail_mean", level=level)
    money, cut, miss = cvxpy.Variable(n_channels), cvxpy.Variable(), cvxpy.Variable(n_draws, nonneg=True)
    least = cvxpy.Parameter()
    drawn = sum(cvxpy.multiply(height[c], cvxpy.log1p(money[c] / bend[c])) for c in range(n_channels))
    limits = [cvxpy.sum(money) == BUDGET, money >= 0, miss >= cut - drawn, cvxpy.sum(drawn) / n_draws >= least]
    programme = cvxpy.Problem(cvxpy.Maximize(cut - cvxpy.sum(miss) / n_draws / (1.0 - level)), limits)
    stated = tables.error * (height * np.log1p(BUDGET / bend)).max(axis=1).sum()
    assert stated < 1e-3 * frontier.risk.min()
    for mean, risk in zip(frontier.mean[:-1], frontier.risk[:-1], strict=True):
        least.value = mean
        programme.solve(solver="CLARABEL")
        assert risk == pytest.approx(programme.value, abs=stated)
    assert len(frontier) == 8


@pytest.mark.parametrize("risk", ["std", "tail_mean"])
def test_points_rise_in_both_and_lie_close(risk):
    problem = four_channel_problem()
    frontier = efficient_frontier(problem, "revenue", 30, risk=risk)
    worse = frontier.risk if risk == "std" else -frontier.risk
    assert len(frontier) == 30
    assert (np.diff(frontier.mean) > 0).all()
    assert (np.diff(worse) > 0).all()
    steps = np.hypot(np.diff(frontier.mean) / np.ptp(frontier.mean), np.diff(worse) / np.ptp(worse))
    assert np.sort(steps)[-2] < 4.0 * steps.mean()  # but for one dent: risk over concave curves is not convex


@pytest.mark.parametrize(
    ("budget", "limits"),
    [
        (1000.0, {"share": 0.4}),
        (1000.0, {"change": 0.3, "channel": {"tv": {"lock": True}}}),
        (1000.0, {"channel": {"tv": {"min_if_used": 300.0}, "social": {"min_if_used": 200.0, "max": 400.0}}}),
        ({"min": 600.0, "max": 1400.0}, {"share": 0.5}),
        ({"min": 600.0, "max": 1400.0}, {"channel": {"tv": {"min_if_used": 300.0}, "search": {"min": 50.0}}}),
    ],
    ids=["share", "change and lock", "on/off", "free total with share", "free total with on/off"],
)
@pytest.mark.parametrize("risk", ["std", "tail_mean"])
def test_every_plan_keeps_the_limits_of_the_problem(budget, limits, risk):
    problem = four_channel_problem(budget=budget, limits=limits)
    frontier = efficient_frontier(problem, "revenue", 8, risk=risk)
    assert [problem.broken(plan) for plan in frontier.spend] == [()] * len(frontier)


@pytest.mark.parametrize("risk", ["std", "tail_mean"])
def test_without_anything_unknown_the_frontier_is_the_one_best_plan(risk):
    curves = {"a": lambda x: 3.0 * np.sqrt(x), "b": lambda x: 4.0 * np.sqrt(x)}
    problem = BudgetProblem(from_functions({"revenue": curves}, {"a": BUDGET, "b": BUDGET}), goals=GOALS, budget=BUDGET)
    frontier = efficient_frontier(problem, "revenue", 10, risk=risk)
    assert len(frontier) == 1
    np.testing.assert_allclose(frontier.spend[0], [36.0, 64.0], rtol=1e-2)
    assert frontier.best_ratio_row == 0
    assert frontier.ratio[0] == np.inf


def test_one_feasible_plan_is_a_frontier_of_one_point():
    locked = {"channel": {name: {"lock": True} for name in CHANNELS}}
    frontier = efficient_frontier(four_channel_problem(limits=locked), "revenue", 10)
    np.testing.assert_allclose(frontier.spend, [list(TODAY.values())])


@pytest.mark.parametrize("seed", [0, 2, 4])
@pytest.mark.parametrize("risk", ["std", "tail_mean"])
def test_over_s_curves_and_on_off_channels_no_plan_of_a_fine_grid_is_better(seed, risk):
    tables, end = made_tables(np.random.default_rng(seed), 3, steepest=4.0, n_draws=10, hedging=seed == 2)
    limits = {"channel": {"c0": {"min_if_used": 0.2 * end[0]}}} if seed == 4 else {}
    budget = float(0.5 * end.sum())
    problem = BudgetProblem(tables, goals=GOALS, budget=budget, limits=limits)
    frontier = efficient_frontier(problem, "revenue", 25, risk=risk, level=0.8 if risk == "tail_mean" else None)
    a, b = (amounts.ravel() for amounts in np.meshgrid(*(np.linspace(0.0, most, 250) for most in end[:2])))
    grid = np.column_stack([a, b, budget - a - b])
    grid = grid[(grid[:, 2] >= 0) & (grid[:, 2] <= end[2])]
    grid = grid[problem.kept(grid)]
    mean, worse = (frontier.problem.measure(grid) * [1.0, frontier.problem.sign[1]]).T
    for least_mean, reached in zip(frontier.mean, frontier.problem.sign[1] * frontier.risk, strict=True):
        assert reached <= worse[mean >= least_mean].min(initial=np.inf) + 1e-9 * abs(reached)
    if len(frontier) > 1:
        certificate = certify(frontier.problem, frontier.front)
        assert certificate.extreme_share["expected"] < 1e-3
        assert certificate.solve_gap < 0.05


def test_no_plan_of_a_front_beats_the_frontier_that_was_drawn_beside_it():
    tables, end = made_tables(np.random.default_rng(5), 8, steepest=3.0, n_draws=30)
    today = {name: 0.4 * most for name, most in zip(tables.channels, end, strict=True)}
    problem = BudgetProblem(tables, today=today, limits={"change": 0.6})
    front = solve(problem, n_plans=60, n_evaluations=5_000, seed=1)
    frontier = efficient_frontier(problem, "revenue", 25, front=front)
    mean, std = frontier.problem.measure(front.spend).T
    above = np.searchsorted(frontier.mean, mean)
    assert (above < len(frontier)).all()
    # Between two points the frontier lies below the second, and never below the first.
    left = np.maximum(above - 1, 0)
    assert (std >= frontier.risk[left] * (1.0 - 1e-9)).all()
    assert np.diff(frontier.risk).max() < 0.15 * np.ptp(frontier.risk)


def test_a_front_that_was_searched_for_this_risk_makes_the_second_search_short(monkeypatch):
    """Over the package's demo and ten random problems 5,000 evaluations find what 50,000 do."""
    ceilings = []

    def counted(problem, **settings):
        ceilings.append(settings["n_evaluations"])
        return solve(problem, **settings)

    monkeypatch.setattr(MODULE, "solve", counted)
    problem = four_channel_problem()
    with_risk = solve(problem, n_plans=20, n_evaluations=1_000, seed=1)
    lone_risk = {"awareness": {"outcome": "awareness", "measure": "total"}, "risk": RISK}
    without = [
        solve(four_channel_problem(goals=goals), n_plans=5, n_evaluations=1_000, seed=1) for goals in (GOALS, lone_risk)
    ]
    assert any((goal.measure, goal.outcome) == ("std", "revenue") for goal in problem.goals)
    for front in (with_risk, *without, None):
        efficient_frontier(problem, "revenue", 3, front=front)
    assert ceilings[0] < ceilings[1] == ceilings[2] == ceilings[3]


def test_there_are_never_more_points_than_were_asked_for_beside_those_at_given_means():
    problem = four_channel_problem()
    coarse = efficient_frontier(problem, "revenue", 3)
    assert len(coarse) == 3
    assert coarse.best_ratio_row is not None
    middle = coarse.mean[[0, -1]].mean()
    assert len(efficient_frontier(problem, "revenue", 3, at=[middle])) <= 4


def test_the_tail_mean_is_of_the_worst_tenth_unless_a_level_is_given():
    assert efficient_frontier(four_channel_problem(), "revenue", 3, risk="tail_mean").level == 0.9
    assert efficient_frontier(four_channel_problem(), "revenue", 3).level is None


@pytest.mark.parametrize("n_points", [3, 12])
def test_over_straight_curves_the_frontier_never_jumps(n_points):
    frontier = efficient_frontier(Straight(noise=0.2).problem, "revenue", n_points)
    assert frontier.jumps == ()
    assert frontier.stretches == (slice(0, n_points),)


def test_where_the_frontier_jumps_the_next_plan_is_another_one_and_nothing_lies_between():
    limits = {"channel": {"tv": {"min_if_used": 400.0}}}
    frontier = efficient_frontier(four_channel_problem(limits=limits), "revenue", 20)
    begins_tv = int(np.argmax(frontier.spend[:, 0] > 0.0))
    assert begins_tv - 1 in frontier.jumps
    again = efficient_frontier(four_channel_problem(limits=limits), "revenue", 60)
    for row in frontier.jumps:
        moved = 0.5 * np.abs(np.diff(frontier.spend[row : row + 2], axis=0)).sum()
        assert moved > 0.1 * frontier.spend[row].sum()
        # Three times as many points may find another piece on the way, and do not fill the jump.
        begin, end = frontier.mean[row] * (1.0 - 1e-6), frontier.mean[row + 1] * (1.0 + 1e-6)
        assert any(begin <= again.mean[jump] and again.mean[jump + 1] <= end for jump in again.jumps)
    assert [part.stop for part in again.stretches[:-1]] == [part.start for part in again.stretches[1:]]


def test_many_channels_are_taken_from_the_search_as_they_are():
    tables, end = made_tables(np.random.default_rng(6), 60)
    frontier = efficient_frontier(BudgetProblem(tables, goals=GOALS, budget=float(0.3 * end.sum())), "revenue", 6)
    assert len(frontier) == 6
    assert (np.diff(frontier.mean) > 0).all()
    assert (np.diff(frontier.risk) > 0).all()


@settings(max_examples=4, deadline=None)
@given(order=st.permutations(range(4)))
def test_the_order_of_the_channels_makes_no_difference(order):
    world = Straight(n_channels=4)
    names = [f"c{i}" for i in order]
    tables = from_functions(
        {"revenue": {f"c{i}": lambda x, row=world.returns[i]: x[:, None] * row for i in order}},
        dict.fromkeys(names, BUDGET),
    )
    permuted = efficient_frontier(BudgetProblem(tables, goals=GOALS, budget=BUDGET), "revenue", 4)
    plain = efficient_frontier(world.problem, "revenue", 4)
    np.testing.assert_allclose(permuted.risk, plain.risk, rtol=1e-9)


def test_the_frame_has_a_row_a_point_and_names_the_two_that_matter():
    frontier = efficient_frontier(four_channel_problem(), "revenue", 6)
    frame = frontier.to_frame()
    assert list(frame.columns) == ["point", "mean", "risk", "ratio", *(f"spend_{name}" for name in CHANNELS)]
    assert frame["point"].iloc[0] == "minimum risk"
    assert frame["ratio"].idxmax() == frontier.best_ratio_row == frame.index[frame["point"] == "best ratio"][0]
    assert frontier.minimum_risk.goals["risk"].value == pytest.approx(frame["risk"].min())
    assert repr(frontier) == "EfficientFrontier(6 points: revenue against its std)"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"outcome": "revenues"}, "there is no outcome `revenues`. Did you mean `revenue`?"),
        ({"risk": "variance"}, "there is no risk `variance`. Known: std, tail_mean"),
        ({"n_points": 2}, "n_points is 2; it must be a whole number of 3 or more: a frontier has two ends and a plan"),
        ({"n_points": 3.5}, "n_points is 3.5; it must be a whole number"),
        ({"risk": "tail_mean", "level": 1.0}, r"level is 1.0; it must be in \[0, 1\)"),
        ({"level": 0.5}, "level is 0.5, and the risk is `std`: only tail_mean has a level. Take it out."),
        ({"riskless": np.nan}, "riskless is nan; it must be a finite outcome"),
        ({"at": [1e9]}, "at: 1e\\+09 cannot be expected; within the limits it is"),
        ({"at": [np.nan]}, "at"),
    ],
)
def test_what_is_no_question_is_refused(changes, message):
    arguments = {"outcome": "revenue", "n_points": 5} | changes
    with pytest.raises(InputError, match=message):
        efficient_frontier(four_channel_problem(), **arguments)


def test_a_front_of_other_channels_is_refused():
    front = solve(four_channel_problem(), n_plans=5, n_evaluations=300, seed=1)
    with pytest.raises(InputError, match="the front has other channels than the problem"):
        efficient_frontier(Straight().problem, "revenue", front=front)
