import numpy as np
import pytest

from moo_budget.responses.messages import worse_than_naive
from moo_budget.responses.quality import (
    Forecast,
    Split,
    ensemble_crps,
    folds_of,
    held_out_quality,
    mape,
    r_squared,
)

from .histories import history_of

OBSERVED = np.array([1.0, 3.0, 10.0, 20.0, 10.0, 30.0])


def folds(n_periods, period="week"):
    return folds_of(history_of(np.ones((n_periods, 1)), {}, period=period))


def forecast(actual, expected, naive=(1.0, 2.0), spread=1.0):
    """A forecast with draws at `spread` on both sides of what is expected."""
    expected = np.array(expected)
    return Forecast.of_draws(
        np.array(actual), expected, expected[:, None] + spread * np.array([-1.0, 0.0, 1.0]), np.array(naive)
    )


@pytest.mark.parametrize(
    ("n_periods", "first_held_out", "n_seen"),
    [
        (8, [4], [4]),
        (20, [16], [13]),
        (40, [30, 35], [23, 28]),
        (104, [65, 78, 91], [58, 71, 84]),
        (121, [76, 91, 106], [69, 84, 99]),
    ],
)
def test_each_fold_sees_more_leaves_a_gap_and_forecasts_the_block_behind_it(n_periods, first_held_out, n_seen):
    found = folds(n_periods)
    size = max(4, round(n_periods / 8))
    assert [np.flatnonzero(fold.held_out).tolist() for fold in found] == [
        list(range(first, first + size)) for first in first_held_out
    ]
    assert [np.flatnonzero(fold.seen_rows).tolist() for fold in found] == [list(range(n)) for n in n_seen]
    assert all(fold.ordered for fold in found)


def test_periods_over_which_nothing_carries_need_no_gap():
    (last,) = folds(8, "none")[-1:]
    assert not last.ordered
    assert (last.seen_rows == ~last.held_out).all()


def test_without_dates_every_fifth_row_is_held_out_from_three_starts():
    assert [np.flatnonzero(fold.held_out).tolist() for fold in folds(11, "none")] == [[2, 7], [3, 8], [4, 9]]


def test_what_is_not_seen_is_unknown_and_the_naive_forecast_is_the_latest_that_is():
    fold = folds(20)[0]
    rows = np.arange(20.0)
    assert np.isnan(fold.seen(rows)[13:]).all()
    np.testing.assert_array_equal(fold.seen(rows)[:13], rows[:13])
    assert fold.naive(rows).tolist() == [9.0, 10.0, 11.0, 12.0]
    gappy = np.where(rows == 11.0, np.nan, rows)
    assert fold.naive(gappy).tolist() == [8.0, 9.0, 10.0, 12.0]


def test_without_time_the_naive_forecast_is_all_other_rows():
    fold = Split(np.arange(6) < 4, np.arange(6) >= 4, ordered=False)
    assert fold.naive(OBSERVED).tolist() == [1.0, 3.0, 10.0, 20.0]


def test_the_scores_are_those_done_by_hand_and_pool_all_folds():
    scores = held_out_quality([forecast([10.0], [15.0], [10.0, 20.0]), forecast([30.0], [27.0], [15.0, 15.0])])
    assert (scores["folds"], scores["held_out_periods"]) == (2, 2)
    assert scores["r2"] == pytest.approx(1 - (25 + 9) / 200)
    assert scores["mape"] == pytest.approx((0.5 + 0.1) / 2)
    assert scores["naive_mape"] == pytest.approx((0.5 + 0.5) / 2)
    assert scores["coverage_80"] == 0.0


def test_nothing_held_out_is_nothing_scored():
    scores = held_out_quality([])
    assert (scores.pop("folds"), scores.pop("held_out_periods")) == (0, 0)
    assert set(scores.values()) == {None}


def test_the_interval_covers_what_lies_in_the_middle_four_fifths_of_the_draws():
    draws = np.tile(np.arange(11.0), (4, 1))
    one = Forecast.of_draws(np.array([0.9, 1.0, 9.0, 9.1]), np.full(4, 5.0), draws, np.ones(2))
    assert one.covered.tolist() == [False, True, True, False]


def test_crps_is_that_of_all_pairs_counted_one_by_one():
    rng = np.random.default_rng(1)
    draws, actual = rng.normal(size=(5, 7)), rng.normal(size=5)
    by_hand = [
        np.abs(row - y).mean() - sum(abs(a - b) for a in row for b in row) / (2 * 7 * 6)
        for row, y in zip(draws, actual, strict=True)
    ]
    np.testing.assert_allclose(ensemble_crps(actual, draws), by_hand, rtol=1e-12)


@pytest.mark.parametrize("n_draws", [2, 5, 400])
def test_crps_of_the_right_normal_forecast_is_known_and_does_not_hang_on_the_number_of_draws(n_draws):
    rng = np.random.default_rng(2)
    scores = ensemble_crps(rng.normal(size=20_000), rng.normal(size=(20_000, n_draws)))
    assert scores.mean() == pytest.approx(1 / np.sqrt(np.pi), abs=0.02)


def test_an_honest_spread_scores_better_than_one_too_narrow_or_too_wide():
    rng = np.random.default_rng(3)
    actual, draws = rng.normal(size=2_000), rng.normal(size=(2_000, 50))
    narrow, honest, wide = (ensemble_crps(actual, scale * draws).mean() for scale in (0.2, 1.0, 4.0))
    assert honest < min(narrow, wide)


def test_periods_next_to_nothing_are_left_out_of_the_percentages():
    assert mape(np.array([0.0, 0.01, 10.0]), np.full(3, 8.0)) == pytest.approx(0.2)
    assert mape(np.zeros(3), np.ones(3)) is None
    nothing = held_out_quality([forecast([0.0, 0.0], [1.0, 1.0], [0.0, 0.0])])
    assert nothing["mape"] is nothing["naive_mape"] is nothing["r2"] is nothing["crps"] is None


def test_r_squared_of_a_constant_or_of_nothing_is_unknown():
    assert r_squared(np.full(4, 0.1), np.zeros(4)) is None
    assert r_squared(np.empty(0), np.empty(0)) is None


def test_a_model_worse_than_other_periods_is_said_to_be():
    (message,) = worse_than_naive("revenue", {"held_out_periods": 24, "crps": 0.35, "naive_crps": 0.2})
    assert message.text == (
        "revenue: on the 24 held-out periods the model's forecast misses by 35.0% of the outcome (CRPS), one that only "
        "repeats other periods by 20.0%. Read its curves as a direction, not as a forecast."
    )
    assert not worse_than_naive("revenue", {"held_out_periods": 24, "crps": 0.1, "naive_crps": 0.2})
    assert not worse_than_naive("revenue", {"held_out_periods": 24, "crps": None, "naive_crps": None})


def test_wild_outcomes_do_not_bend_the_naive_yardstick():
    rows = np.arange(20)
    outcomes = 100.0 + 10.0 * np.sin(rows)
    wild = np.where(np.isin(rows, (9, 11)), 1e6 * outcomes, outcomes)
    fold = folds(20)[0]
    calm, bent = (
        held_out_quality([forecast(outcomes[16:], outcomes[16:], fold.naive(seen))]) for seen in (outcomes, wild)
    )
    assert bent["naive_mape"] < 6.0  # two of four are wild, and count as ten medians; their own errors are 1e6
    assert bent["naive_crps"] < 10.0
    one = np.where(rows == 9, 1e6 * outcomes, outcomes)
    bent_once = held_out_quality([forecast(outcomes[16:], outcomes[16:], fold.naive(one))])
    assert bent_once["naive_mape"] == pytest.approx(calm["naive_mape"], abs=0.05)
