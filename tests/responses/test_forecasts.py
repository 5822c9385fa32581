import tracemalloc

import numpy as np
import pytest

from moo_budget.responses import fit
from moo_budget.responses.additive import AdditiveRegression, Baseline
from moo_budget.responses.additive_fit import fit_additive, unfitted
from moo_budget.responses.forecasts import forecast_of_sum, forecasts_of, may_come
from moo_budget.responses.parametric import forecast
from moo_budget.responses.quality import Split, folds_of, held_out_quality
from moo_budget.responses.settings import settings_of
from moo_budget.spec import FitSpec, RiskSpec

from .histories import flighted, history_of

N = 400
RNG = np.random.default_rng(1)
LEVEL = Baseline(np.ones((N, 1)), np.ones(1), np.ones(1))
FOLD = Split(np.arange(N) < 200, np.arange(N) >= 200, ordered=True)
EVERYWHERE = np.ones((2, N), dtype=bool)


def level_fit(observed):
    return fit_additive(AdditiveRegression(LEVEL, ()), FOLD.seen(observed), 10.0, ordered=True)


def test_what_may_come_has_the_level_and_the_noise_of_what_was_seen():
    (draws,) = may_come([level_fit(10.0 + 2.0 * RNG.normal(size=N))], EVERYWHERE[0], np.random.default_rng(2))
    assert draws.shape == (N, 400)
    assert draws.mean() == pytest.approx(10.0, abs=0.3)
    assert draws.std() == pytest.approx(2.0, rel=0.15)


@pytest.mark.parametrize("factor", [1e3, 1e6])
def test_one_wild_period_hardly_changes_the_score_of_a_forecast(factor):
    observed = 10.0 + 2.0 * np.random.default_rng(7).normal(size=N)
    wild = np.where(np.arange(N) == 90, factor * observed, observed)
    calm, bent = (
        forecast_of_sum(one[None], [level_fit(one)], EVERYWHERE[:1], FOLD, np.random.default_rng(2)).crps.mean()
        for one in (observed, wild)
    )
    assert bent == pytest.approx(calm, rel=0.05)


def test_noise_that_moves_two_channels_at_once_stays_together_in_their_sum():
    shock = RNG.normal(size=N)
    same, opposite = 10.0 + shock, 10.0 - shock
    fits = {"same": level_fit(same), "opposite": level_fit(opposite)}

    def spread(other):
        return sum(may_come([fits["same"], fits[other]], FOLD.held_out, np.random.default_rng(3))).std()

    assert spread("same") == pytest.approx(2.0, rel=0.15)
    assert spread("opposite") < 0.3
    pair, parts = np.array([same, same]), [fits["same"]] * 2
    together = forecast_of_sum(pair, parts, EVERYWHERE, FOLD, np.random.default_rng(3))
    assert held_out_quality([together])["coverage_80"] == pytest.approx(0.8, abs=0.12)  # 200 periods, 3 deviations


def test_the_forecast_of_many_channels_needs_no_more_memory_than_that_of_one():
    observed = np.tile(10.0 + RNG.normal(size=N), (60, 1))
    parts, counted = [level_fit(observed[0])] * 60, np.ones(observed.shape, dtype=bool)
    tracemalloc.start()
    try:
        made = forecast_of_sum(observed, parts, counted, FOLD, np.random.default_rng(8))
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    draws_of_one = 200 * 400 * 8
    assert peak < 12 * draws_of_one
    assert kept < draws_of_one / 10  # scores, no draws
    assert len(made.crps) == 200


def test_where_a_channel_does_not_count_it_brings_nothing_to_either_side():
    observed = np.vstack([10.0 + RNG.normal(size=N), 5.0 + RNG.normal(size=N)])
    counted = EVERYWHERE.copy()
    counted[1, 300:] = counted[0, 399:] = False
    made = forecast_of_sum(observed, [level_fit(row) for row in observed], counted, FOLD, np.random.default_rng(4))
    assert len(made.actual) == 199
    assert made.expected[:100] == pytest.approx(15.0, abs=0.5)
    assert made.expected[100:] == pytest.approx(10.0, abs=0.5)
    np.testing.assert_allclose(made.actual[100:], observed[0, 300:399])


def test_a_fit_that_saw_nothing_forecasts_its_prior_without_noise():
    (draws,) = may_come([unfitted(AdditiveRegression(LEVEL, ()), N, 10.0)], EVERYWHERE[0], np.random.default_rng(5))
    np.testing.assert_array_equal(draws[0], draws[-1])
    assert draws.std() == pytest.approx(10.0, rel=0.3)


def test_the_forecast_without_channels_is_that_of_the_baseline_alone():
    history = history_of(np.ones((40, 1)), {})
    baseline = Baseline(np.ones((40, 1)), np.ones(1), np.ones(1))
    observed = np.where(np.arange(40) < 30, 100.0, 125.0)
    rng = np.random.default_rng(6)
    scores = held_out_quality(forecasts_of(AdditiveRegression(baseline, ()), observed, 100.0, folds_of(history), rng))
    assert scores["mape"] == pytest.approx(0.2, abs=0.01)


def test_the_parametric_model_forecasts_any_stretch_that_it_has_not_seen():
    spend = flighted(60, (900.0, 300.0), seed=1)
    history = history_of(spend, {"clicks": 3.0 * spend})
    learned = []
    settings = settings_of(history, FitSpec(), RiskSpec(), 1, learning=lambda *told: learned.append(told))
    fold = Split(np.arange(60) < 40, np.arange(60) >= 47, ordered=True)
    made = forecast(history, history.outcomes[0], fold, settings)
    np.testing.assert_allclose(made.actual, 3.0 * spend[47:].sum(axis=1))
    np.testing.assert_allclose(
        made.expected, made.actual, rtol=0.02
    )  # without noise, but for spend beyond what was seen
    assert learned == [("clicks", 1, 2), ("clicks", 2, 2)]
    nothing = Split(np.arange(60) < 2, np.arange(60) >= 47, ordered=True)
    assert forecast(history, history.outcomes[0], nothing, settings) is None


def test_one_wild_period_hardly_changes_the_score_of_an_estimator():
    spend = flighted(60, (900.0,), seed=1)
    clicks = 3.0 * spend * np.exp(np.random.default_rng(2).normal(scale=0.1, size=spend.shape))
    wild = np.where(np.arange(60)[:, None] == 12, 1e6 * clicks, clicks)
    calm, bent = (
        fit(history_of(spend, {"clicks": values}), FitSpec(curve="linear", draws=8), model="linear", seed=1)
        .outcomes[0]
        .quality["crps"]
        for values in (clicks, wild)
    )
    assert bent < 1.5 * calm
