import json
from dataclasses import replace

import numpy as np
import pytest

from moo_budget.errors import InputError
from moo_budget.history import read_history
from moo_budget.responses import Responses, fit
from moo_budget.responses.experiments import read_experiments
from moo_budget.simulate import (
    KINDS,
    Disturbance,
    EffectNoise,
    Flighting,
    TrueOutcome,
    TrueResponse,
    World,
    online_retailer,
    random_world,
    simulate,
    write_world,
)
from moo_budget.spec import read_problem

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


def test_factors_have_the_deviation_correlation_and_memory_they_claim():
    noise = EffectNoise(0.4, correlation=0.3, memory=0.5)
    factors = noise.factors((3, 200_000, 2), np.random.default_rng(1))
    np.testing.assert_allclose(factors.mean(axis=1), 1.0, atol=5e-3)
    np.testing.assert_allclose(factors.std(axis=1), 0.4, rtol=0.02)
    np.testing.assert_allclose([np.corrcoef(week.T)[0, 1] for week in factors], 0.3, atol=0.01)
    logs = np.log(factors[:, :, 0])
    np.testing.assert_allclose([np.corrcoef(logs[0], logs[lag])[0, 1] for lag in (1, 2)], [0.5, 0.25], atol=0.01)


def test_noise_grows_remembers_and_has_outliers():
    noise = Disturbance(memory=0.6, unrest=0.5).noise(200_000, np.random.default_rng(1))
    quarter = len(noise) // 4
    assert noise[:quarter].std() == pytest.approx(0.63, abs=0.02)  # half at the beginning, 1.5 times at the end
    assert noise[-quarter:].std() == pytest.approx(1.38, abs=0.04)
    assert np.corrcoef(noise[1:], noise[:-1])[0, 1] == pytest.approx(0.6, abs=0.02)
    wild = Disturbance(outliers=0.03).noise(100_000, np.random.default_rng(1))
    assert (np.abs(wild) > 4.5).mean() == pytest.approx(0.03 * 0.37, rel=0.1)  # P(5 |z| > 4.5) = 0.37


def test_a_baseline_jumps_once_and_wanders_by_what_it_claims():
    (jump,) = np.flatnonzero(np.diff(Disturbance(step=0.1).drift(100, np.random.default_rng(3)))) + 1
    assert 25 <= jump < 75
    ends = [Disturbance(wander=0.08).drift(53, np.random.default_rng(seed))[-1] for seed in range(2_000)]
    assert np.std(ends) == pytest.approx(0.08, rel=0.06)


def test_what_is_measured_channel_by_channel_can_be_as_unsteady_as_a_total():
    spend = {"a": np.full(20_000, 50.0), "b": np.full(20_000, 50.0)}
    responses = dict.fromkeys(spend, TrueResponse(2e9, 50.0))
    effects, unsteady = EffectNoise(0.2), Disturbance(unrest=0.5, step=0.3)

    def relative(**settings):
        outcome = TrueOutcome("clicks", "{channel}_clicks", responses, noise=0.0, effects=effects, **settings)
        return {name: counts / 1e9 for name, counts in outcome.columns(spend, 20_000, np.random.default_rng(1)).items()}

    steady, shaken = relative(), relative(disturbance=unsteady)
    for counts in shaken.values():
        before, after = counts[:5_000], counts[-5_000:]  # a jump lies in the middle half
        assert after.mean() == pytest.approx(1.0, abs=0.02)
        assert abs(before.mean() - 1.0) == pytest.approx(0.3, abs=0.02)
        assert before.std() / before.mean() == pytest.approx(0.63 * 0.2, rel=0.05)
        assert after.std() / after.mean() == pytest.approx(1.38 * 0.2, rel=0.05)
    for counts in steady.values():
        assert counts[:5_000].mean() == pytest.approx(1.0, abs=0.02)
    wild = EffectNoise(0.1).factors((100_000, 1), np.random.default_rng(1), np.full((100_000, 1), 5.0))
    assert wild.mean() == pytest.approx(1.0, abs=0.01)
    assert np.log(wild).std() == pytest.approx(0.5, rel=0.01)


def test_channels_move_together_as_far_as_they_share():
    how = Flighting(1_000.0, spread=0.5, shared=0.6)
    world = World("together", "2024-01-01", {"tv": how, "radio": how, "search": replace(how, shared=0.0)}, {})
    logs = np.log(simulate(world, 12_000, seed=1)[["tv_spend", "radio_spend", "search_spend"]].to_numpy()).T
    np.testing.assert_allclose(logs.std(axis=1), 0.5, rtol=0.05)
    np.testing.assert_allclose(np.corrcoef(logs)[0], [1.0, 0.6, 0.0], atol=0.05)


def test_a_launched_channel_has_no_money_before_and_a_stopped_one_none_after():
    flighting = {"new": Flighting(10.0, window=(0.4, 1.0)), "old": Flighting(10.0, window=(0.0, 0.8))}
    frame = simulate(World("two", "2024-01-01", flighting, {}), 100, seed=1)
    np.testing.assert_array_equal(np.flatnonzero(frame["new_spend"]), np.arange(40, 100))
    np.testing.assert_array_equal(np.flatnonzero(frame["old_spend"]), np.arange(80))


@pytest.mark.parametrize("per_channel", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_realised_is_what_is_expected_give_or_take_the_stated_noise(kind, per_channel):
    world = random_world(7, n_channels=4, per_channel=per_channel, kind=kind)
    money = {channel: 8_000.0 for channel in world.channels}
    realised, expected = world.realised(money, 13, 20_000, seed=1), world.expected(money)
    for name, outcome in world.outcomes.items():
        assert realised[name].mean() == pytest.approx(13 * expected[name], rel=0.01)
        noise, each = outcome.effects, outcome.expected(money)
        correlation = np.where(np.eye(4) == 1.0, 1.0, noise.correlation)
        if noise.memory == 0.0:
            variance = 13 * noise.deviation**2 * each @ correlation @ each
            assert realised[name].std() == pytest.approx(np.sqrt(variance), rel=0.02)


def test_worlds_of_a_kind_are_as_hard_as_they_say():
    for kind, noise in (("easy", 0.02), ("moderate", 0.04), ("nasty", 0.06)):
        world = random_world(1, n_channels=8, per_channel=False, kind=kind)
        assert world.outcomes["revenue"].noise == noise
    halved = random_world(1, n_channels=8, per_channel=False, kind="easy", effect_noise=0.5)
    assert halved.outcomes["revenue"].effects == EffectNoise(0.1, 0.3)
    with pytest.raises(InputError, match="there is no kind of world `nice`"):
        random_world(1, n_channels=8, per_channel=False, kind="nice")


@pytest.mark.parametrize("kind", KINDS)
def test_channels_bring_the_share_of_a_total_outcome_that_they_say(kind):
    for seed in range(10):
        world = random_world(seed, n_channels=6, per_channel=False, kind=kind)
        weekly = {channel: how.weekly for channel, how in world.flighting.items()}
        for name, low, high in (("revenue", 0.15, 0.45), ("awareness", 0.3, 0.7)):
            brought = world.expected(weekly)[name]
            assert low <= brought / (brought + world.outcomes[name].level) <= high


def test_lift_tests_agree_with_the_truth_within_their_errors():
    world = random_world(5, n_channels=6, per_channel=False, kind="moderate")
    table = simulate(world, 156, seed=1)
    entries = [*world.channels[:3], "channel_4+channel_5"]
    tests = world.lift_tests(table, entries * 20, seed=1)
    assert list(tests) == ["channel", "outcome", "start", "end", "spend_change", "lift", "lift_se", "spend"]
    assert set(tests["channel"]) == set(entries)
    days = table["week_start"].to_numpy().astype("datetime64[D]")
    deviations = []
    for test in tests.itertuples():
        rows = (days >= np.datetime64(test.start)) & (days <= np.datetime64(test.end))
        assert rows.sum() == 6
        lift = spent = 0.0
        for channel in test.channel.split("+"):
            base = table[f"{channel}_spend"].to_numpy()
            spent += base[rows].sum()
            changed = np.where(rows, base * (1 + test.spend_change / test.spend), base)
            response = world.outcomes[test.outcome].channels[channel]
            lift += (response.over_time(changed) - response.over_time(base))[rows].sum()
        assert spent == pytest.approx(test.spend, abs=0.01)
        assert np.sign(lift) == np.sign(test.spend_change)
        deviations.append((test.lift - lift) / test.lift_se)
    assert np.mean(deviations) == pytest.approx(0.0, abs=0.25)
    assert np.std(deviations) == pytest.approx(1.0, rel=0.2)
    with pytest.raises(InputError, match="lift_tests: there is no channel `radio`"):
        world.lift_tests(table, ["radio"], seed=1)


def test_lift_tests_of_outcomes_that_not_every_channel_moves_are_read_again(tmp_path):
    table = simulate(WORLD, 60, seed=1)
    tests = WORLD.lift_tests(table, ["tv", "paid_search", "tv+radio"], seed=1)
    assert list(zip(tests["channel"], tests["outcome"], strict=True)) == [
        ("tv", "revenue"),
        ("tv", "awareness"),
        ("paid_search", "revenue"),
        ("paid_search", "awareness"),
        ("paid_search", "engagement"),
        ("tv+radio", "revenue"),
    ]
    tests.to_csv(tmp_path / "lift_tests.csv", index=False)
    assert len(read_experiments(tmp_path / "lift_tests.csv", WORLD.history(table))) == 6
    nothing = WORLD.lift_tests(table, [], seed=1)
    assert (len(nothing), list(nothing)) == (0, list(tests))


@pytest.mark.parametrize("per_channel", [True, False])
def test_a_written_world_reads_as_the_one_that_was_never_written(tmp_path, per_channel):
    world = random_world(2, n_channels=5, per_channel=per_channel, kind="easy")
    path = write_world(world, tmp_path / "world", 60, seed=3, fit={"draws": 50, "carry_over": {"channel_1": "none"}})
    spec = read_problem(path)
    assert spec.fit.draws == 50
    assert spec.fit.carry_over == {"channel_1": "none"}
    read, made = read_history(spec), world.history(simulate(world, 60, seed=3))
    np.testing.assert_array_equal(read.spend, made.spend)
    np.testing.assert_array_equal(read.dates, made.dates)
    assert (read.channels, read.period, read.source.rows) == (made.channels, made.period, made.source.rows)
    for there, here in zip(read.outcomes, made.outcomes, strict=True):
        np.testing.assert_array_equal(there.values, here.values)
        assert (there.name, there.unit, there.per_channel) == (here.name, here.unit, here.per_channel)
        assert there.measured == here.measured
    truth = json.loads((path.parent / "truth.json").read_text(encoding="utf-8"))
    assert truth == json.loads(json.dumps(world.truth()))


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
    assert ranked[-1] in SMALL
    assert set(SMALL) <= set(ranked[-3:])
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
    assert ranked[-1] in SMALL
    assert set(SMALL) <= set(ranked[-3:])
    inside = [np.quantile(draws[c], 0.05) <= truth[c] <= np.quantile(draws[c], 0.95) for c in WORLD.channels]
    assert sum(inside) >= 8  # of ten central 90 % intervals, one fails on average
