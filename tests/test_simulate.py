import json

import numpy as np
import pytest

from moo_budget.errors import InputError
from moo_budget.responses import Responses, fit
from moo_budget.simulate import Flighting, TrueOutcome, TrueResponse, World, online_retailer, simulate

from .responses.histories import history_of

WORLD = online_retailer()
# A small channel whose next unit of money brings much, and the big one whose next unit brings little.
SMALL, SATURATED = ("online_video", "podcasts"), "tv"


def learned_from(seed: int) -> tuple[dict[str, float], Responses]:
    """Today's weekly money and the responses learned from 156 weeks of the world."""
    frame = simulate(WORLD, 156, seed)
    spend = frame[[f"{channel}_spend" for channel in WORLD.channels]].to_numpy()
    history = history_of(spend, {"revenue": frame["revenue"].to_numpy()}, channels=WORLD.channels)
    return dict(zip(WORLD.channels, spend.mean(axis=0), strict=True)), fit(history, seed=1)


def marginal(level, money, step=1e-3):
    return (level(money * (1 + step)) - level(money * (1 - step))) / (2 * step * money)


def test_a_response_is_half_its_ceiling_at_half_saturation():
    response = TrueResponse(80.0, 20.0, slope=1.7)
    np.testing.assert_allclose(response.level(np.array([0.0, 20.0, 1e12])), [0.0, 40.0, 80.0])


def test_level_spend_brings_its_level_outcome_from_the_first_week_on():
    response = TrueResponse(80.0, 20.0, slope=1.7, decay=0.6)
    np.testing.assert_allclose(response.over_time(np.full(5, 30.0)), response.level(30.0))


def test_a_burst_goes_on_working():
    response = TrueResponse(80.0, 20.0, decay=0.5)
    np.testing.assert_allclose(response.over_time(np.array([0.0, 8.0, 0.0])), response.level(np.array([0.0, 4.0, 2.0])))


def test_expected_is_the_sum_of_the_channels_at_level_spend():
    world = World(
        "two channels",
        "2024-01-01",
        {"tv": Flighting(10.0), "radio": Flighting(5.0)},
        {"sales": TrueOutcome("USD", "sales", {"tv": TrueResponse(100.0, 30.0), "radio": TrueResponse(9.0, 3.0)}, 0.1)},
    )
    assert world.expected({"tv": 10.0, "radio": 6.0}) == {"sales": pytest.approx(100 / 4 + 9 * 2 / 3)}
    assert world.expected({"tv": 10.0}) == {"sales": pytest.approx(25.0)}
    with pytest.raises(InputError, match="there is no channel `tvv`"):
        world.expected({"tvv": 1.0})
    with pytest.raises(InputError, match="outcome sales: there is no channel `radio`"):
        World("one", "2024-01-01", {"tv": Flighting(10.0)}, world.outcomes)


def test_the_table_looks_like_its_owner_s_export():
    frame = simulate(WORLD, 30, seed=1)
    assert frame["week_start"].tolist()[:2] == ["2022-01-03", "2022-01-10"]
    assert len(frame.columns) == 1 + 10 + 1 + 10 + 7
    numbers = frame.drop(columns="week_start")
    assert (numbers >= 0).all(axis=None)
    assert (numbers["tv_spend"] == numbers["tv_spend"].round(2)).all()
    assert numbers["tv_impressions"].dtype == np.int64
    assert (numbers["radio_spend"] == 0).any()


def test_the_same_seed_makes_the_same_table():
    assert simulate(WORLD, 30, seed=1).equals(simulate(WORLD, 30, seed=1))
    assert not simulate(WORLD, 30, seed=1).equals(simulate(WORLD, 30, seed=2))


def test_the_truth_can_be_written_down():
    truth = json.loads(json.dumps(WORLD.truth()))
    assert truth["outcomes"]["revenue"]["channels"]["tv"]["half_saturation"] == 9_000


def test_the_retailer_is_of_the_size_it_claims():
    frame = simulate(WORLD, 156, seed=2)
    assert frame.filter(like="_spend").sum(axis=1).mean() == pytest.approx(100_000, rel=0.05)
    assert frame["revenue"].mean() == pytest.approx(950_000, rel=0.05)


def test_in_the_retailer_s_truth_television_is_past_its_best_and_two_small_channels_are_not():
    responses = WORLD.outcomes["revenue"].channels
    today = {channel: how.weekly for channel, how in WORLD.flighting.items()}
    marginals = {channel: marginal(response.level, today[channel]) for channel, response in responses.items()}
    ranked = sorted(marginals, key=marginals.__getitem__)
    assert ranked[0] == SATURATED
    assert set(ranked[-2:]) == set(SMALL)
    moved = today | {"tv": 0.5 * today["tv"], **{c: today[c] + 0.25 * today["tv"] for c in SMALL}}
    assert WORLD.expected(moved)["revenue"] > 1.1 * WORLD.expected(today)["revenue"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_learned_of_the_retailer_agrees_with_its_truth(seed):
    today, responses = learned_from(seed)
    (revenue,) = responses.outcomes
    draws = {
        channel: curve.slopes(np.array([today[channel]]))[0]
        for channel, curve in zip(WORLD.channels, revenue.curves, strict=True)
    }
    truth = {c: marginal(response.level, today[c]) for c, response in WORLD.outcomes["revenue"].channels.items()}
    means = {channel: slopes.mean() for channel, slopes in draws.items()}
    ranked = sorted(means, key=means.__getitem__)
    assert ranked[0] == SATURATED
    assert set(ranked[-2:]) == set(SMALL)
    inside = [np.quantile(draws[c], 0.05) <= truth[c] <= np.quantile(draws[c], 0.95) for c in WORLD.channels]
    assert sum(inside) >= 8  # of ten central 90 % intervals, one fails on average
