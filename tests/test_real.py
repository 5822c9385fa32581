"""The main job on real tables: each problem file of tests/real/, with few evaluations."""

import numpy as np
import pandas as pd
import pytest

from moo_budget.results import read_result
from moo_budget.run import run
from tests.real_data import DATA, PROBLEMS, needs_data, problem_in

pytestmark = needs_data

# What `today` must be, by plain pandas over the file: money per channel over as many last rows as the plan is long.
LAST = {
    "conjura": ("conjura_us_undergarments_weekly", 13, "{}_spend"),
    "robyn": ("robyn_dt_simulated_weekly", 13, "{}_S"),
    "meridian_national": ("meridian_national_all_channels", 13, "{}_spend"),
    "pymc": ("pymc_mmm_example", 13, "{}"),
}


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """Every problem solved once: name -> (result, folder)."""
    folder = tmp_path_factory.mktemp("real")
    results = {}
    for path in PROBLEMS:
        out = folder / path.stem
        results[path.stem] = (
            run(problem_in(folder, path), out, seed=1, n_evaluations=2000, n_plans=60),
            out,
        )
    return results


NAMES = [path.stem for path in PROBLEMS]


def test_all_eight_tables_are_there():
    assert len(NAMES) == 8


@pytest.mark.parametrize("name", NAMES)
def test_the_front_is_feasible_non_dominated_and_adds_up(solved, name):
    front = solved[name][0].front
    problem = front.problem
    goals = problem.to_minimise(front.values.value)
    assert np.isfinite(goals).all()
    assert all(plan.breaks == () for plan in front.plans)
    for row in goals:
        assert not (np.all(goals <= row, axis=1) & np.any(goals < row, axis=1)).any()
    total = front.spend.sum(axis=1)
    if problem.budget.min == problem.budget.max:
        np.testing.assert_allclose(total, problem.budget.max, rtol=1e-12)
    assert ((total >= problem.budget.min * (1 - 1e-12)) & (total <= problem.budget.max * (1 + 1e-12))).all()
    assert len(front) > (1 if len(problem.channels) > 1 else 0)


@pytest.mark.parametrize("name", NAMES)
def test_intervals_are_in_order_and_effects_are_of_a_sensible_size(solved, name):
    result = solved[name][0]
    values = result.front.values
    assert (values.low <= values.value + 1e-9 * np.abs(values.value)).all()
    assert (values.value <= values.high + 1e-9 * np.abs(values.value)).all()
    assert (values.estimate_low <= values.estimate_high).all()
    assert (values.value > 0).all()


@pytest.mark.parametrize("name", LAST)
def test_todays_money_is_what_the_file_says(solved, name):
    file, rows, pattern = LAST[name]
    table = pd.read_csv(DATA / f"{file}.csv")
    for channel, amount in solved[name][0].front.today.spend.items():
        assert amount == pytest.approx(table[pattern.format(channel)].tail(rows).sum(), rel=1e-9)


def test_regions_and_campaigns_are_added_up(solved):
    table = pd.read_csv(DATA / "meridian_geo_full_funnel.csv")
    last = table[table["time"].isin(sorted(table["time"].unique())[-13:])]
    today = solved["meridian_geo"][0].front.today.spend
    assert today["AwarenessVideo"] == pytest.approx(last["AwarenessVideo_spend"].sum(), rel=1e-9)
    campaigns = pd.read_csv(DATA / "india_digital_campaigns_daily.csv")
    by_name = campaigns.groupby("campaign_name")["mark_spent"].sum()
    money = solved["india"][0].front.today.spend
    assert set(money) == set(by_name.index)
    assert money["facebOOK_tier2"] == pytest.approx(by_name["facebOOK_tier2"], rel=1e-9)


def test_a_cross_section_speaks_of_the_mean_row(solved):
    table = pd.read_csv(DATA / "islr_advertising.csv")
    today = solved["islr"][0].front.today.spend
    assert today["TV"] == pytest.approx(table["TV"].mean(), rel=1e-9)


def test_what_is_measured_per_channel_is_learned_to_the_size_of_the_data(solved):
    """Today's expected impressions are within a third of those that were counted while today's money was spent."""
    table = pd.read_csv(DATA / "conjura_us_undergarments_weekly.csv").tail(13)
    counted = sum(table[f"{channel}_impressions"].sum() for channel in solved["conjura"][0].problem.channels)
    assert solved["conjura"][0].front.today.goals["awareness"].value == pytest.approx(counted, rel=1 / 3)


def test_channels_that_were_never_or_hardly_bought_are_named(solved):
    texts = " ".join(message.text for message in solved["conjura"][0].messages)
    assert "`tiktok` was never bought" in texts
    result = solved["conjura"][0]
    assert result.problem.feasible.upper[result.problem.channels.index("tiktok")] == 0.0


def test_incremental_revenue_is_less_than_all_revenue(solved):
    table = pd.read_csv(DATA / "robyn_dt_simulated_weekly.csv").tail(13)
    result = solved["robyn"][0]
    today = result.front.today
    incremental = today.goals["roi"].value * today.total
    assert 0.02 * table["revenue"].sum() < incremental < table["revenue"].sum()


def test_one_channel_gives_a_line_of_plans(solved):
    front = solved["fpp"][0].front
    assert front.spend.shape[1] == 1
    assert (np.diff(np.sort(front.spend[:, 0])) > 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_folder_comes_back_as_the_same_result(solved, name):
    result, folder = solved[name]
    back = read_result(folder)
    np.testing.assert_array_equal(back.front.spend, result.front.spend)
    np.testing.assert_array_equal(back.front.values.low, result.front.values.low)
    assert back.picks.ids == result.picks.ids
    assert back.front.today.goals == result.front.today.goals
    assert back.certificate == result.certificate is not None
    assert (folder / "front.csv").read_bytes().count(b"\n") == len(result.front) + 3
