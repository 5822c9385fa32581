"""A plan's risk by cause and by channel adds up, and is what small changes say."""

import json
from pathlib import Path

import numpy as np
import pytest

from moo_budget.decomposition import decompose_risk, outcome_at_risk
from moo_budget.errors import InputError
from moo_budget.results import read_result
from moo_budget.risk import mixture_std
from moo_budget.run import run
from tests.worlds import CHANNELS, TODAY, four_channel_problem

PLAN = {"tv": 210.0, "search": 170.0, "电视": 260.0, "social": 140.0}


def test_causes_add_up_in_squares_and_channels_in_sums():
    problem = four_channel_problem()
    for outcome in ("revenue", "awareness"):
        risk = decompose_risk(problem, PLAN, outcome=outcome)
        std = problem.std(outcome, np.array([list(PLAN.values())]))[0]
        assert risk.outcome == outcome
        assert risk.std == pytest.approx(std, rel=1e-12)
        assert np.hypot(risk.estimation, risk.market) == pytest.approx(std, rel=1e-12)
        assert sum(part.total for part in risk.channels.values()) == pytest.approx(std, rel=1e-12)
        by_cause = [sum(part.estimation for part in risk.channels.values()), risk.estimation**2 / std]
        assert by_cause[0] == pytest.approx(by_cause[1], rel=1e-12)
        assert risk.estimation_share == pytest.approx(risk.estimation**2 / std**2)
        assert tuple(risk.channels) == CHANNELS


def test_estimation_is_the_deviation_that_is_left_without_market_noise():
    problem = four_channel_problem()
    mean, _ = problem.moments("revenue", np.array([list(PLAN.values())]))
    certain_market = mixture_std(mean, np.zeros_like(mean), problem.tables.weights)[0]
    assert decompose_risk(problem, PLAN, outcome="revenue").estimation == pytest.approx(certain_market, rel=1e-12)


def test_estimation_grows_with_the_length_of_a_plan_and_market_noise_with_its_root():
    def parts(periods):
        problem = four_channel_problem(periods=periods, budget=100.0 * periods, today=None, limits={"extrapolate": 0})
        risk = decompose_risk(problem, dict.fromkeys(CHANNELS, 25.0 * periods), outcome="revenue")
        return np.array([risk.estimation, risk.market])

    np.testing.assert_allclose(parts(40) / parts(10), [4.0, 2.0], rtol=1e-12)


def test_a_channel_s_part_is_what_a_small_growth_of_its_response_adds():
    problem = four_channel_problem()
    tables, weights = problem.plan_tables, problem.tables.weights
    rows = tables.sorted(np.array(list(PLAN.values())))
    responses = tables.responses(0, rows)
    covariance = tables.loadings[0] @ tables.loadings[0].T + np.diag(tables.specific[0])

    def std(grown):
        variance = np.einsum("cd,ce,ed->d", grown, covariance, grown)
        return mixture_std(grown.sum(axis=0)[None], variance[None], weights)[0]

    parts = decompose_risk(problem, PLAN, outcome="revenue").channels
    found = tables.sorted(np.array([parts[name].total for name in CHANNELS]))
    for c in range(4):
        own = np.arange(4)[:, None] == c
        more, less = (std(responses * np.where(own, 1.0 + step, 1.0)) for step in (1e-5, -1e-5))
        assert found[c] == pytest.approx((more - less) / 2e-5, rel=1e-6)


def test_a_channel_without_money_adds_no_risk_and_no_money_has_none():
    problem = four_channel_problem(budget={"min": 0.0, "max": 1500.0})
    risk = decompose_risk(problem, PLAN | {"tv": 0.0})
    assert risk.channels["tv"].total == 0.0
    nothing = decompose_risk(problem, {})
    assert (nothing.std, nothing.estimation_share) == (0.0, 0.0)
    assert all(part.total == 0.0 for part in nothing.channels.values())


def test_the_outcome_is_that_of_the_first_risk_goal_else_of_the_lead_goal_else_the_first():
    def outcome(**goals):
        return outcome_at_risk(four_channel_problem(goals=goals))

    moved = {"measure": "change"}
    reach = {"outcome": "awareness", "measure": "total"}
    assert outcome(a=moved) == "revenue"
    assert outcome(a=reach, b=moved) == "awareness"
    assert outcome(a=reach, b={"outcome": "revenue", "measure": "regret"}) == "revenue"


def test_what_cannot_be_taken_apart_is_refused():
    problem = four_channel_problem()
    with pytest.raises(InputError, match="there is no channel `tvv`"):
        decompose_risk(problem, {"tvv": 1.0})
    with pytest.raises(InputError, match="there is no outcome `sales`"):
        decompose_risk(problem, TODAY, outcome="sales")
    text = r"plan: 2,001.00 for `tv` lies beyond its response table, which ends at 2,000.00"
    with pytest.raises(InputError, match=text):
        decompose_risk(problem, {"tv": 2001.0})


def test_a_result_says_where_the_risk_of_its_picks_comes_from_and_one_without_it_can_still_be_read(tmp_path):
    problem = Path(__file__).resolve().parents[1] / "problems" / "diversification" / "problem.toml"
    result = run(problem, tmp_path / "out", n_evaluations=2000, n_plans=20)
    written = tmp_path / "out" / "result.json"
    stored = json.loads(written.read_text(encoding="utf-8"))
    assert set(stored["risk"]) == set(result.picks.ids.values())
    least = stored["risk"][result.picks.ids["safest"]]
    assert least["outcome"] == "revenue"
    assert least["market"] == 0.0
    assert sum(part["estimation"] for part in least["channels"].values()) == pytest.approx(least["std"], rel=1e-12)
    del stored["risk"]
    written.write_text(json.dumps(stored), encoding="utf-8")
    assert read_result(tmp_path / "out").picks.ids == result.picks.ids
