import numpy as np
import pytest

from moo_budget.responses.messages import worse_than_naive
from moo_budget.responses.quality import Split, forecast_quality, r_squared, split_of

from .histories import history_of

OBSERVED = np.array([1.0, 3.0, 10.0, 20.0, 10.0, 30.0])
LAST_TWO = Split(np.arange(6) >= 4, ordered=True)


@pytest.mark.parametrize(("n_periods", "n_held_out"), [(8, 4), (20, 4), (121, 24)])
def test_the_last_fifth_and_at_least_four_periods_are_held_out(n_periods, n_held_out):
    split = split_of(history_of(np.ones((n_periods, 1)), {}))
    assert split.ordered
    assert np.flatnonzero(split.held_out).tolist() == list(range(n_periods - n_held_out, n_periods))


def test_without_dates_every_fifth_row_is_held_out():
    split = split_of(history_of(np.ones((11, 1)), {}, period="none"))
    assert not split.ordered
    assert np.flatnonzero(split.held_out).tolist() == [4, 9]


def test_the_scores_are_those_done_by_hand():
    predicted = np.array([np.nan, np.nan, np.nan, np.nan, 15.0, 27.0])
    scores = forecast_quality(OBSERVED, predicted, LAST_TWO)
    assert scores["held_out_periods"] == 2
    assert scores["r2"] == pytest.approx(1 - (25 + 9) / 200)
    assert scores["mape"] == pytest.approx((0.5 + 0.1) / 2)
    assert scores["naive_mape"] == pytest.approx((0.5 + 0.5) / 2)  # the mean of 10 and 20, the two periods before


def test_without_time_the_naive_forecast_is_the_mean_of_the_other_rows():
    scores = forecast_quality(OBSERVED, OBSERVED, Split(LAST_TWO.held_out, ordered=False))
    assert scores["naive_mape"] == pytest.approx((0.15 + 21.5 / 30) / 2)


def test_periods_next_to_nothing_are_left_out_of_the_percentages():
    observed = np.array([5.0, 5.0, 5.0, 5.0, 0.0, 0.01, 10.0])
    scores = forecast_quality(observed, np.full(7, 8.0), Split(np.arange(7) >= 4, ordered=True))
    assert scores["mape"] == pytest.approx(0.2)
    nothing = forecast_quality(np.zeros(7), np.ones(7), Split(np.arange(7) >= 4, ordered=True))
    assert nothing["mape"] is nothing["naive_mape"] is nothing["r2"] is None


def test_r_squared_of_a_constant_or_of_nothing_is_unknown():
    assert r_squared(np.full(4, 0.1), np.zeros(4)) is None
    assert r_squared(np.empty(0), np.empty(0)) is None


def test_a_model_worse_than_a_mean_is_said_to_be():
    (message,) = worse_than_naive("revenue", {"held_out_periods": 24, "mape": 0.35, "naive_mape": 0.2})
    assert message.text == (
        "revenue: on the 24 held-out periods the model is off by 35.0% on average, a plain mean of the others by "
        "20.0%. Read its curves as a direction, not as a forecast."
    )
    assert not worse_than_naive("revenue", {"held_out_periods": 24, "mape": 0.1, "naive_mape": 0.2})
    assert not worse_than_naive("revenue", {"held_out_periods": 24, "mape": None, "naive_mape": None})
