"""The certificate is a bound: no feasible plan ever passes it; and it is tight where it can be."""

import json
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from moo_budget.certificate import Certificate, certify, is_relaxed
from moo_budget.certificate.words import note_of
from moo_budget.dual import Bounded, ChannelCurves, bounded, highest_roi, most_effective_channels
from moo_budget.dual.tangents import TANGENTS, Moments, constant, minimised
from moo_budget.errors import InfeasibleError
from moo_budget.front import Front
from moo_budget.problem import BudgetProblem
from moo_budget.results import read_result
from moo_budget.risk import Factors
from moo_budget.run import run
from moo_budget.solve import solve
from moo_budget.tables import from_functions
from moo_budget.weighting import Weighting
from tests.worlds import hill

PROBLEMS = Path(__file__).resolve().parents[1] / "problems"

GOALS = {
    "revenue": {"outcome": "revenue", "measure": "total"},
    "reach": {"outcome": "reach", "measure": "total"},
    "profit": {"outcome": "revenue", "measure": "profit", "margin": 0.5},
    "roi": {"outcome": "revenue", "measure": "roi"},
    "risk": {"outcome": "revenue", "measure": "std"},
    "tail": {"outcome": "revenue", "measure": "tail_mean", "level": 0.8},
    "downside": {"outcome": "revenue", "measure": "semi_deviation"},
    "regret": {"outcome": "reach", "measure": "regret", "level": 0.6},
    "floor": {"outcome": "revenue", "measure": "shortfall", "target": 40.0},
    "spend": {"measure": "spend"},
    "change": {"measure": "change"},
    "unseen": {"measure": "beyond_history"},
    "broad": {"measure": "effective_channels"},
}


def made_tables(rng, n_channels, *, steepest=1.0, n_draws=1, noise=0.3, hedging=False):
    """Two outcomes over unequal channels; curves are concave for a steepness of 1, S-shaped above; noise may hedge."""
    names = [f"c{i}" for i in range(n_channels)]
    end = rng.uniform(50, 150, n_channels)

    def curve(height, half, steepness):
        factors = np.exp(0.4 * rng.normal(size=n_draws))
        halves = half * np.exp(0.3 * rng.normal(size=n_draws))
        if n_draws == 1:
            return hill(height, half, steepness)
        return lambda x: height * factors * (x[:, None] ** steepness / (x[:, None] ** steepness + halves**steepness))

    curves = {
        outcome: {
            name: curve(height * rng.uniform(0.2, 1), end[i] * rng.uniform(0.1, 0.8), rng.uniform(1.0, steepest))
            for i, name in enumerate(names)
        }
        for outcome, height in (("revenue", 100.0), ("reach", 5e4))
    }
    loadings = rng.normal(size=(n_channels, 2))
    loadings = loadings if hedging else np.abs(loadings)
    covariance = Factors(noise * loadings, noise**2 * rng.uniform(0, 1, n_channels))
    tables = from_functions(curves, dict(zip(names, end, strict=True)), covariance)
    return replace(tables, observed_max=end * rng.uniform(0.2, 0.8, n_channels)), end


def front_of_plans(problem, plans):
    """The non-dominated ones of feasible plans, as a front."""
    goals = problem.to_minimise(problem.measure(plans))
    kept = [
        not ((goals <= row).all(axis=1) & (goals < row).any(axis=1)).any() and not (goals[:i] == row).all(axis=1).any()
        for i, row in enumerate(goals)
    ]
    return Front(problem, plans[kept], problem.values(plans[kept]), "by hand", 0, len(plans), "done", ())


def all_plans(problem, rng, n=400):
    """Plans from everywhere in the feasible set: a grid, its corners, and random ones."""
    low, high = problem.feasible.lower, problem.feasible.upper
    n_channels = len(low)
    per_channel = max(2, round(4000 ** (1 / n_channels)))
    grid = np.array(list(product(np.linspace(0.0, 1.0, per_channel), repeat=n_channels)))
    random = rng.dirichlet(np.full(n_channels, 0.3), n) * problem.budget.max
    plans = problem.feasible.project(np.vstack([low + grid * (high - low), random]))
    return np.unique(plans, axis=0)


def assert_holds(certificate, problem, front, plans):
    """Every number of a certificate against plans that are known to be feasible."""
    goals = problem.to_minimise(problem.measure(plans))
    found = problem.to_minimise(front.values.value)
    for j, goal in enumerate(problem.sought_goals):
        gap = certificate.extreme_gap[goal.name]
        if gap is not None:
            assert goals[:, j].min() >= found[:, j].min() - gap
    if certificate.coverage_gap is None:
        return
    slack = np.array([certificate.coverage[goal.name] for goal in problem.sought_goals])
    matched = (found[None] <= goals[:, None] + slack * (1 + 1e-12)).all(axis=2).any(axis=1)
    assert matched.all()


@st.composite
def questions(draw):
    """Small problems of every kind that has a certificate."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    n_channels = draw(st.integers(1, 3))
    tables, end = made_tables(
        rng,
        n_channels,
        steepest=draw(st.sampled_from([1.0, 3.0])),
        n_draws=draw(st.sampled_from([1, 4])),
        noise=draw(st.sampled_from([0.0, 0.3])),
        hedging=draw(st.booleans()),
    )
    names = draw(st.lists(st.sampled_from(sorted(GOALS)), min_size=1, max_size=4, unique=True))
    least, most = sorted(rng.uniform(0.2, 0.9, 2) * end.sum())
    from_nothing = {"min": 0.0 if "roi" not in names else 1.0, "max": float(most)}
    budget = draw(st.sampled_from([float(most), {"min": float(least), "max": float(most)}, from_nothing]))
    on_off = {"c0": {"min_if_used": float(0.3 * end[0])}} if "roi" not in names and draw(st.booleans()) else {}
    share = {"share": 0.7} if n_channels > 1 and draw(st.booleans()) else {}
    limits = {"channel": on_off, "extrapolate": 0} | share
    today = dict(zip(tables.channels, (0.4 * end * rng.uniform(0, 1, n_channels)).tolist(), strict=True))
    goals = {name: GOALS[name] for name in names}
    try:
        problem = BudgetProblem(tables, goals=goals, budget=budget, today=today, limits=limits, money_step=0.0)
    except InfeasibleError:
        assume(False)
    assume(problem.feasible.budget_max > 0.0)  # else there is but one plan, which spends nothing
    return problem, rng


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(question=questions(), branch=st.booleans())
def test_no_plan_of_a_small_problem_passes_the_certificate(question, branch):
    problem, rng = question
    plans = all_plans(problem, rng)
    front = front_of_plans(problem, plans[rng.choice(len(plans), min(len(plans), 12), replace=False)])
    assert_holds(certify(problem, front, n_weights=20, branch=branch), problem, front, plans)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["risk", "downside", "tail", "regret"]),
    st.booleans(),
    st.sampled_from([0.0, 0.3]),
)
def test_a_risk_lies_above_its_tangent_at_any_plan_and_touches_it_there(seed, name, hedging, noise):
    rng = np.random.default_rng(seed)
    tables, end = made_tables(rng, 3, steepest=3.0, n_draws=9, noise=noise, hedging=hedging)
    goals, total = {name: GOALS[name]}, 0.5 * end.sum()
    problem = BudgetProblem(tables, goals=goals, budget=total, limits={"extrapolate": 0}, money_step=0.0)
    (goal,), curves = problem.sought_goals, ChannelCurves(problem)
    plans = problem.feasible.project(rng.dirichlet(np.full(3, 0.5), 30) * total)
    plans = problem.plan_tables.sorted(plans)
    ((outcome, (response, exposure)),) = curves.mixture(plans).risky.items()
    mean, variance = response.sum(axis=1), np.maximum((response * exposure).sum(axis=1), 0.0)
    weights, best = problem.plan_tables.weights, curves.best[outcome]
    values = minimised(goal, mean, variance, weights, best)
    np.testing.assert_allclose(values, problem.sorted_goals(plans)[:, 0], rtol=1e-9, atol=1e-7)
    at = Moments(mean, variance, exposure, weights, best)
    slope = TANGENTS[goal.measure](at, goal)
    tangents = np.einsum("acd,bcd->ab", slope, response) + constant(at, goal, slope)[:, None]
    scale = np.abs(mean).max() + 1.0
    assert (tangents <= values + 1e-9 * scale).all()
    np.testing.assert_allclose(tangents.diagonal(), values, atol=1e-6 * scale)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(question=questions(), branch=st.booleans())
def test_no_plan_of_a_small_problem_passes_the_bound_of_a_weighting(question, branch):
    problem, rng = question
    plans = all_plans(problem, rng)
    curves = ChannelCurves(problem)
    assume(curves.is_certified.any())
    goals = problem.to_minimise(problem.measure(plans))
    size = np.maximum(np.ptp(goals, axis=0), 1e-6 * np.abs(goals).max(axis=0) + 1e-12)
    weights = rng.dirichlet(np.ones(len(size)), 8) * curves.is_certified / size
    values = goals @ weights.T
    best = problem.plan_tables.sorted(plans[values.argmin(axis=0)])
    found = bounded(curves, weights, best, values.min(axis=0), enough=1e-6, n_boxes=100 if branch else 0)
    assert (found.bound <= values.min(axis=0)).all()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32 - 1), least=st.sampled_from([0.0, 0.1]), min_if_used=st.sampled_from([0.0, 0.3]))
def test_no_plan_of_a_free_total_returns_more_than_the_highest_roi(seed, least, min_if_used):
    rng = np.random.default_rng(seed)
    steepest = rng.choice([1.0, 3.0])
    tables, end = made_tables(rng, 3, steepest=steepest)
    budget = {"min": float(least * end.sum()), "max": float(0.6 * end.sum())}
    limits = {"channel": {"c0": {"min_if_used": float(min_if_used * end[0])}}, "extrapolate": 0}
    problem = BudgetProblem(tables, goals={"roi": GOALS["roi"]}, budget=budget, limits=limits, money_step=0.0)
    reached = problem.measure(all_plans(problem, rng))[:, 0]
    highest = highest_roi(ChannelCurves(problem), problem.goals[0], float(reached[0]))
    assert reached.max() <= highest
    if steepest == 1.0 and min_if_used == 0.0:  # nothing is lost but what lies between the grid's plans
        assert highest <= 1.1 * reached.max()


def large(rng, *, steepest, n_draws, goals=("revenue", "reach", "risk")):
    tables, end = made_tables(rng, 20, steepest=steepest, n_draws=n_draws)
    chosen = {name: GOALS[name] for name in goals}
    return BudgetProblem(tables, goals=chosen, budget=float(0.4 * end.sum()), money_step=0.0)


@pytest.mark.parametrize(("steepest", "n_draws"), [(1.0, 1), (2.5, 1), (1.0, 30), (2.5, 30)])
def test_no_plan_of_a_long_run_passes_the_certificate(steepest, n_draws):
    rng = np.random.default_rng(5)
    problem = large(rng, steepest=steepest, n_draws=n_draws, goals=("revenue", "reach", "risk", "tail"))
    front = solve(problem, n_plans=60, n_evaluations=4000, seed=1)
    certificate = certify(problem, front)
    search = solve(problem, n_plans=1000, n_evaluations=30_000, seed=2)
    random = problem.feasible.project(rng.dirichlet(np.full(20, 0.2), 5000) * problem.budget.max)
    assert_holds(certificate, problem, front, np.vstack([search.spend, random]))


def found_by_weights(problem, n_steps=30):
    """A front with the best plan of every goal on it."""
    n_goals = len(problem.sought_goals)
    rows = np.vstack([np.eye(n_goals), np.random.default_rng(0).dirichlet(np.ones(n_goals), 200)])
    weighting = Weighting(problem)
    goals = weighting.solve(np.eye(n_goals), n_steps=n_steps)[1]
    plans, _ = weighting.solve(rows / np.maximum(np.ptp(goals, axis=0), 1e-9), n_steps=n_steps)
    return front_of_plans(problem, problem.plan_tables.unsorted(plans))


@pytest.mark.parametrize("goals", [("revenue", "reach"), ("roi", "reach"), ("profit", "reach")])
def test_over_concave_curves_gaps_are_a_rounding_error_without_branching(goals):
    problem = large(np.random.default_rng(1), steepest=1.0, n_draws=1, goals=goals)
    certificate = certify(problem, found_by_weights(problem), branch=False)
    assert certificate.solve_gap < 1e-4
    assert max(certificate.extreme_share.values()) < 1e-4


def test_money_and_return_are_bounded_where_the_total_is_free():
    tables, end = made_tables(np.random.default_rng(1), 6)
    goals = {name: GOALS[name] for name in ("roi", "spend", "revenue", "profit")}
    budget = {"min": float(0.1 * end.sum()), "max": float(0.5 * end.sum())}
    problem = BudgetProblem(tables, goals=goals, budget=budget, money_step=0.0)
    certificate = certify(problem, found_by_weights(problem))
    assert certificate.extreme_share["roi"] < 1e-3
    assert certificate.extreme_share["spend"] < 1e-6
    assert certificate.extreme_share["revenue"] < 1e-3
    assert certificate.extreme_share["profit"] < 1e-3


@pytest.mark.parametrize("steepest", [1.0, 2.5])
def test_branching_closes_what_risk_and_s_curves_leave_open(steepest):
    problem = large(np.random.default_rng(3), steepest=steepest, n_draws=20)
    front = found_by_weights(problem)
    loose, tight = certify(problem, front, branch=False), certify(problem, front)
    assert tight.solve_gap <= min(0.01, loose.solve_gap)
    assert tight.coverage_gap <= loose.coverage_gap
    assert loose.solve_gap > 0.002


def test_a_note_says_where_bounds_may_be_tighter():
    problem = large(np.random.default_rng(3), steepest=2.5, n_draws=20)
    front = found_by_weights(problem)
    said = "The work that goes into bounds is limited: the truth may be tighter."
    assert said in certify(problem, front, branch=False).note
    concave = large(np.random.default_rng(3), steepest=1.0, n_draws=1, goals=("revenue", "reach"))
    assert said not in certify(concave, found_by_weights(concave)).note


def test_branching_hands_over_the_plans_that_it_finds():
    problem = large(np.random.default_rng(3), steepest=2.5, n_draws=1)
    curves = ChannelCurves(problem)
    even = problem.plan_tables.sorted(problem.feasible.project(np.full((1, 20), problem.budget.max / 20)))
    value = curves.problem.sorted_goals(even)[:, 0]
    found = bounded(curves, np.array([[1.0, 0.0, 0.0]]), even, value, enough=1e-3 * abs(value[0]), n_boxes=100)
    assert isinstance(found, Bounded)
    assert found.value[0] < 1.05 * value[0]
    assert found.value[0] == pytest.approx(curves.problem.sorted_goals(found.plans)[0, 0], rel=1e-12)
    assert found.value[0] - found.bound[0] <= 1e-3 * abs(value[0])


def test_the_order_of_channels_makes_no_difference():
    rng = np.random.default_rng(4)
    names = [f"c{i}" for i in range(6)]
    curves = [(h, k, s) for h, k, s in rng.uniform([100, 10, 1], [900, 80, 2], (6, 3))]
    sigma = np.diag(rng.uniform(0.1, 0.4, 6)) @ (0.3 + 0.7 * np.eye(6)) @ np.diag(rng.uniform(0.1, 0.4, 6))
    sigma = np.linalg.cholesky(sigma @ sigma.T)
    goals = {name: GOALS[name] for name in ("revenue", "risk", "tail", "change")}
    made = []
    for order in (np.arange(6), rng.permutation(6)):
        tables = from_functions(
            {"revenue": {names[i]: hill(*curves[i]) for i in order}},
            {names[i]: 100.0 for i in order},
            Factors(sigma[order], np.zeros(6)),
        )
        problem = BudgetProblem(
            tables, goals=goals, budget=300.0, today=dict(zip(names, 10.0 * np.arange(1, 7), strict=True)), money_step=0
        )
        wanted = np.random.default_rng(0).dirichlet(np.ones(6), 30)[:, order] * 300
        made.append(certify(problem, front_of_plans(problem, problem.project_and_measure(wanted)[0])))
    assert made[0] == made[1]


def test_a_shortfall_has_no_bound_and_this_is_said():
    tables, end = made_tables(np.random.default_rng(1), 4, n_draws=5)
    goals = {name: GOALS[name] for name in ("revenue", "floor")}
    problem = BudgetProblem(tables, goals=goals, budget=float(0.4 * end.sum()), money_step=0.0)
    certificate = certify(problem, solve(problem, n_plans=20, n_evaluations=1000, seed=1))
    assert certificate.extreme_gap["floor"] is None
    assert certificate.extreme_gap["revenue"] >= 0.0
    assert certificate.coverage_gap is None
    assert set(certificate.reasons) >= {"floor", "coverage_gap"}
    assert "floor" in certificate.note
    assert "Not certified: floor (no method here bounds its measure)." in certificate.note


def test_a_single_plan_that_is_best_is_certified_in_units():
    tables, end = made_tables(np.random.default_rng(1), 5)
    problem = BudgetProblem(tables, goals={"revenue": GOALS["revenue"]}, budget=float(0.4 * end.sum()), money_step=0.0)
    front = found_by_weights(problem)
    certificate = certify(problem, front)
    assert len(front) == 1
    assert certificate.extreme_gap["revenue"] <= 1e-6 * front.values.value[0, 0]
    assert certificate.extreme_share["revenue"] is None
    assert certificate.solve_gap is None
    assert certificate.coverage["revenue"] == certificate.extreme_gap["revenue"]


def test_where_everything_is_locked_nothing_is_left_to_gain():
    tables, end = made_tables(np.random.default_rng(1), 3)
    today = dict(zip(tables.channels, (0.5 * end).tolist(), strict=True))
    limits = {"channel": {name: {"lock": True} for name in tables.channels}}
    goals = {name: GOALS[name] for name in ("revenue", "risk", "change")}
    problem = BudgetProblem(tables, goals=goals, today=today, limits=limits, money_step=0.0)
    front = front_of_plans(problem, problem.feasible.project(0.5 * end[None]))
    certificate = certify(problem, front)
    assert [gap <= 1e-6 for gap in certificate.extreme_gap.values()] == [True] * 3


def test_a_share_of_a_free_total_is_certified_as_its_relaxation():
    tables, end = made_tables(np.random.default_rng(1), 4)
    budget = {"min": float(0.2 * end.sum()), "max": float(0.5 * end.sum())}
    goals = {name: GOALS[name] for name in ("revenue", "spend")}
    problem = BudgetProblem(tables, goals=goals, budget=budget, limits={"share": 0.4}, money_step=0.0)
    certificate = certify(problem, found_by_weights(problem))
    assert "share" in certificate.note
    assert is_relaxed(problem)
    fixed = BudgetProblem(tables, goals=goals, budget=budget["max"], limits={"share": 0.4}, money_step=0.0)
    assert not is_relaxed(fixed)


def bounds_of(**shares):
    """A certificate of goals whose bounds are these shares of ranges of 1000."""
    gaps = {name: 1000.0 * share for name, share in shares.items()}
    return Certificate(gaps, dict(shares), 0.0, {}, 0.0, min(shares.values()), gaps, 1, "", {})


def test_the_note_gives_amounts_only_where_they_are_not_tiny():
    tables, _ = made_tables(np.random.default_rng(1), 2)
    goals = {name: GOALS[name] for name in ("revenue", "reach")}
    problem = BudgetProblem(tables, goals=goals, budget=50.0, money_step=0.0)
    note = note_of(bounds_of(revenue=2e-9, reach=0.021), problem)
    assert note.startswith(
        "No feasible plan is better than the front's best in revenue by as much as 0.01% of its range. No "
        "feasible plan is better than the front's best in one goal by more than: reach 21 "
    )
    far = note_of(bounds_of(revenue=1.13, reach=12.4), problem)
    assert "(113% of its range)" in far
    assert "(1,240% of its range)" in far


def test_a_run_writes_its_certificate_and_reads_it_back(tmp_path):
    result = run(PROBLEMS / "two_goals_closed_form" / "problem.toml", tmp_path / "out", n_evaluations=5000, seed=1)
    stored = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert stored["certificate"].keys() >= {"extreme_gap", "solve_gap", "coverage_gap", "note"}
    assert read_result(tmp_path / "out").certificate == result.certificate
    assert result.certificate.extreme_gap.keys() == {goal.name for goal in result.problem.sought_goals}
    assert "it is proved that no plan" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_result_from_before_there_were_certificates_is_read(tmp_path):
    run(PROBLEMS / "three_channel_log" / "problem.toml", tmp_path / "out", n_evaluations=2000, seed=1)
    path = tmp_path / "out" / "result.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(stored | {"certificate": None}), encoding="utf-8")
    assert read_result(tmp_path / "out").certificate is None


def test_a_certificate_that_fails_leaves_the_front_and_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["moo_budget.run"], "certify", lambda *_, **__: 1 / 0)
    result = run(PROBLEMS / "three_channel_log" / "problem.toml", tmp_path / "out", n_evaluations=2000, seed=1)
    assert result.certificate is None
    assert "could not be certified (ZeroDivisionError" in " ".join(message.text for message in result.messages)


def test_the_same_front_gives_the_same_certificate():
    problem = large(np.random.default_rng(3), steepest=2.5, n_draws=10)
    front = solve(problem, n_plans=30, n_evaluations=2000, seed=1)
    assert certify(problem, front) == certify(problem, front)


@pytest.mark.parametrize("limits", [{}, {"channel": {"c1": {"min": 20.0}, "c2": {"max": 5.0}}}])
def test_the_most_channels_are_those_of_the_most_even_plan(limits):
    tables, _ = made_tables(np.random.default_rng(1), 3)
    settings = {"goals": {"broad": GOALS["broad"]}, "limits": limits | {"extrapolate": 0}, "money_step": 0.0}
    fixed = BudgetProblem(tables, budget=30.0, **settings)
    even = fixed.feasible.project(np.full((1, 3), 10.0))
    most = most_effective_channels(ChannelCurves(fixed))
    assert most == pytest.approx(fixed.measure(even)[0, 0], rel=1e-6)
    assert most >= fixed.measure(even)[0, 0]
    free = BudgetProblem(tables, budget={"min": 25.0, "max": 30.0}, **settings)
    assert 3.0 < most_effective_channels(ChannelCurves(free)) == pytest.approx(3.0, rel=1e-11)


def test_what_new_measures_cannot_have_certified_is_said():
    tables, _ = made_tables(np.random.default_rng(1), 3)
    goals = {name: GOALS[name] for name in ("revenue", "regret", "downside", "unseen", "broad")}
    problem = BudgetProblem(tables, goals=goals, budget={"min": 60.0, "max": 120.0}, limits={"extrapolate": 0})
    front = solve(problem, n_plans=40, n_evaluations=6000, seed=1)
    certificate = certify(problem, front, n_weights=20)
    assert certificate.reasons == {
        "weightings with unseen": "weighed against others it is a ratio, because the total is free",
        "weightings with broad": "weighed against others it is no sum over channels",
    }
    assert all(gap is not None for gap in certificate.extreme_gap.values())
    assert certificate.extreme_gap["unseen"] == 0.0
