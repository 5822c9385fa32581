"""How far effects go with the season of the base: found where it is, not invented where it is not."""

import datetime
from dataclasses import replace

import numpy as np
import pytest

import moo_budget as mb
from moo_budget.dynamics import dynamics_of
from moo_budget.responses import CARRY_OVERS, CURVES, LiftTest, fit
from moo_budget.responses.additive import AdditiveRegression
from moo_budget.responses.baseline import baseline_of
from moo_budget.responses.channel_term import ChannelTerm
from moo_budget.responses.effect_season import LEAST_INDEX, EffectSeason
from moo_budget.responses.experiments import lift_series
from moo_budget.responses.seasons import seasons_of
from moo_budget.simulate import TrueResponse, random_world, simulate
from moo_budget.spec import FitSpec

from .histories import brought, flighted, history_of

N = 156
TRUTHS = [TrueResponse(60_000, 700.0, 1.0, 0.0), TrueResponse(30_000, 400.0, 1.2, 0.3)]
SPEND = flighted(N, (900.0, 400.0), seed=1)
# The last period begins on 2024-12-23; a year later, and half a year before that.
CHRISTMAS, JUNE = datetime.date(2025, 12, 1), datetime.date(2025, 6, 2)


def weeks_from(first, count=5):
    return tuple(first + datetime.timedelta(weeks=week) for week in range(count))


DAYS = 7.0 * np.arange(N)


def wave(amplitude, days=DAYS):
    return 1.0 + amplitude * np.cos(2.0 * np.pi * (days / 365.25 - 0.95))


def learned(strength):
    """What is learned of a base whose season has 40 %, and of effects that go with it so far."""
    sales = 60_000.0 * wave(0.4) + wave(0.4 * strength) * brought(SPEND, TRUTHS, 0.0, 0).sum(axis=1)
    sales = sales + np.random.default_rng(3).normal(scale=1_000.0, size=N)
    return fit(history_of(SPEND, {"sales": sales}), FitSpec(draws=200), seed=1)


@pytest.fixture(scope="module")
def with_season():
    return learned(1.0)


@pytest.fixture(scope="module")
def without_season():
    return learned(0.0)


def test_a_season_of_the_effect_is_found_where_it_is(with_season):
    strength = with_season.outcomes[0].quality["season_of_effect"]
    assert strength["low"] > 0.4
    assert strength["median"] > 0.75
    (said,) = [message.text for message in with_season.messages if message.code == "fit.season"]
    assert said.startswith("sales: what the channels bring goes with the season of the base, to ")
    assert said.endswith("; a plan's figures are those of the season in which it lies.")


def test_a_season_of_the_effect_is_not_invented(without_season):
    strength = without_season.outcomes[0].quality["season_of_effect"]
    assert strength["median"] < 0.1
    assert strength["high"] < 0.5
    assert "fit.season" not in {message.code for message in without_season.messages}
    assert without_season.outcomes[0].season is None


def test_the_factor_of_a_plan_is_the_truths(with_season):
    """Of what December brings over June; the truth is as strong as a strength can be, so no draw is far above it."""
    season = with_season.outcomes[0].season
    days = np.array(weeks_from(CHRISTMAS) + weeks_from(JUNE), dtype="datetime64[D]")
    winter, summer = season.factors(days)[:, 0], season.factors(days)[:, -1]
    low, high = np.quantile(winter / summer, [0.05, 0.95])
    true = wave(0.4, (days - np.datetime64("2022-01-03")).astype(float))
    assert 1.2 < low < true[0] / true[-1] < 1.05 * high
    year = np.datetime64("2025-01-06") + 7 * np.arange(52)
    assert season.factors(year).mean(axis=1) == pytest.approx(1.0, abs=0.01)  # 52 weeks are a day short of a year


def test_tables_of_a_plan_are_those_of_its_season_and_their_season_is_one_on_average(with_season):
    year = mb.tabulate(with_season)
    winter, summer = (mb.tabulate(with_season, plan_starts=weeks_from(first)) for first in (CHRISTMAS, JUNE))
    assert year.season.shape == (1, 1, 1, 1)
    assert winter.mean_values[0, 0, -1] > 1.15 * year.mean_values[0, 0, -1]
    assert summer.mean_values[0, 0, -1] < 0.85 * year.mean_values[0, 0, -1]
    assert winter.season[..., :4].mean(axis=3) == pytest.approx(1.0)
    assert winter.season.shape == (1, 1, 200, 4 + winter.carry_over.shape[3] - 1)
    factors = with_season.outcomes[0].season.factors(np.array(weeks_from(CHRISTMAS)[:4], dtype="datetime64[D]"))
    assert winter.values == pytest.approx(year.values * factors.mean(axis=1), rel=1e-12)
    assert winter.season[0, 0, :, :4] == pytest.approx(factors / factors.mean(axis=1, keepdims=True), rel=1e-12)


def test_level_money_brings_on_the_calendar_what_the_tables_of_its_season_say(with_season):
    """Without carry-over the periods' effects add up to the plan's length times the average one."""
    tables = mb.tabulate(with_season, plan_starts=weeks_from(CHRISTMAS))
    alone = np.zeros_like(tables.carry_over)
    alone[..., 0] = 1.0
    tables = replace(tables, carry_over=alone, carry_in=np.zeros_like(tables.carry_in))
    level = np.array([[700.0, 300.0]])
    money = np.repeat(level[None], 4, axis=1)
    over_time = dynamics_of(tables, 4, np.arange(2)).moments(0, money)[0]
    assert over_time == pytest.approx(4.0 * tables.moments("sales", level)[0], rel=1e-9)


@pytest.mark.parametrize(
    ("factors", "periods", "said"),
    [
        (np.ones((1, 200, 3)), 4, "factors of 3 periods, the lowest 1, for a plan of 4; each period of the plan needs"),
        (np.zeros((1, 200, 3)), 3, "factors of 3 periods, the lowest 0, for a plan of 3; each .* needs one above 0"),
        (np.ones((1, 7, 3)), 3, r"factors has shape \(1, 7, 3\); it must be \(n_outcomes, n_draws, n_p"),
    ],
)
def test_factors_that_do_not_fit_are_refused(with_season, factors, periods, said):
    with pytest.raises(mb.InputError, match=said):
        mb.tabulate(with_season).in_season(factors, periods)


# --- slopes, against differences ---


def regression(lifts=None):
    history = history_of(SPEND, {"sales": SPEND[:, 0]})
    base = baseline_of(history, "auto", level=0.7)
    curve, carry = CURVES["hill"], CARRY_OVERS["geometric"]
    terms = tuple(ChannelTerm(curve, carry, 5, column, column.mean(), 0.2) for column in SPEND.T)
    season = EffectSeason.of(seasons_of(history, "auto"), base.columns, slice(*base.waves))
    return AdditiveRegression(base, terms, lifts=lifts, season=season)


def differences(function, free, step=1e-6):
    steps = step * np.eye(len(free))
    return np.stack([(function(free + one) - function(free - one)) / (2.0 * step) for one in steps], axis=-1)


def some_place(asked, seed, season=0.1):
    rng = np.random.default_rng(seed)
    free = asked.starts[0] + 0.3 * rng.standard_normal(len(asked.prior.mean))
    free[slice(*asked.baseline.waves)] = season * rng.standard_normal(asked.baseline.waves[1] - asked.baseline.waves[0])
    free[0], free[-1] = 0.7, 0.6
    return free


def test_slopes_of_what_is_expected_are_its_differences():
    asked = regression()
    free = some_place(asked, seed=1)
    expected, jacobian = asked.predict(free)
    assert jacobian == pytest.approx(differences(lambda place: asked.predict(place)[0], free), abs=1e-6)
    assert asked.expected(free[None])[:, 0] == pytest.approx(expected, rel=1e-12)


def test_an_index_at_its_least_has_no_slope_and_keeps_effects_above_zero():
    asked = regression()
    free = some_place(asked, seed=2, season=3.0)
    factors = asked.season.factors(asked.baseline.columns, free[: len(asked.baseline.centres)], np.array(1.0))
    assert factors.min() == pytest.approx(LEAST_INDEX)
    assert np.isfinite(asked.predict(free)[1]).all()


def test_slopes_of_lift_tests_are_their_differences_draw_by_draw():
    day = np.datetime64("2022-01-03")
    tests = [
        LiftTest(("a", "b"), "sales", day + 7 * 60, day + 7 * 66 - 1, 3_000.0, 900.0, 90.0),
        LiftTest(("b",), "sales", day + 7 * 90, day + 7 * 94 - 1, -600.0, -200.0, 40.0),
    ]
    lifts = lift_series(tests, "sales", ("a", "b"), history_of(SPEND, {"sales": SPEND[:, 0]}), 5)
    asked = regression(lifts)
    draws = np.array([some_place(asked, seed) for seed in (1, 2)])
    _, jacobian = asked.predict_lifts(lifts, draws)
    for free, found in zip(draws, jacobian, strict=True):
        assert found == pytest.approx(differences(lambda at: asked.predict_lifts(lifts, at)[0], free), abs=1e-5)


def test_worlds_with_a_season_of_the_effect_have_the_others_money():
    plain, seasonal = (
        random_world(1, n_channels=2, per_channel=False, kind="nasty", season_of_effect=strength)
        for strength in (None, 0.5)
    )
    truth = seasonal.outcomes["revenue"]
    assert truth.factors(N).max() == pytest.approx(1.1, abs=1e-3)
    assert plain.outcomes["revenue"].factors(N) == pytest.approx(1.0)
    first, other = simulate(plain, 60, 1), simulate(seasonal, 60, 1)
    assert (first.filter(like="spend") == other.filter(like="spend")).all(axis=None)
    assert not np.allclose(first["revenue"], other["revenue"])
