import numpy as np
import pytest

from moo_budget.responses.diagnostics import break_rows, relative_deviations, shares_explained
from moo_budget.responses.messages import about_data, breaks

from .histories import flighted, history_of

RNG = np.random.default_rng(1)
WEEKS = np.arange(120)
SEASON = np.sin(2 * np.pi * WEEKS / 52.18)


def codes(history):
    return [message.code for message in about_data(history, "auto")]


def test_noise_a_slope_a_season_and_one_wild_period_are_no_breaks():
    noise = RNG.normal(size=120)
    wild = np.where(WEEKS == 60, 30.0, noise)
    for series in (noise, WEEKS / 3.0 + noise, 5.0 * SEASON + noise, wild):
        assert break_rows(series) == []


@pytest.mark.parametrize("size", [-8.0, 8.0])
def test_a_step_is_found_where_it_happens(size):
    (row,) = break_rows(RNG.normal(size=120) + size * (WEEKS >= 70))
    assert row == pytest.approx(70, abs=1)


def test_two_steps_are_two_breaks_and_unknown_periods_are_passed_over():
    series = 0.1 * RNG.normal(size=120) + 3.0 * (WEEKS >= 40) - 3.0 * (WEEKS >= 90)
    series[38:42] = np.nan
    first, second = break_rows(series)
    assert first == pytest.approx(42, abs=1)
    assert second == pytest.approx(90, abs=1)


def test_too_few_values_show_no_break():
    assert break_rows(np.r_[np.zeros(7), np.ones(7)]) == []


def test_a_break_is_dated_and_says_what_to_do():
    history = history_of(np.ones((120, 1)), {})
    (message,) = breaks("sales", {"": 1.0 * (WEEKS >= 70) + 0.01 * RNG.normal(size=120)}, history)
    assert message.text.startswith(
        "sales: a step from one period to the next that no spend explains, at 2023-05-08. If something else changed"
    )
    assert breaks("sales", {"": np.zeros(120)}, history) == []


def test_spend_that_never_moves_varies_by_nothing_and_a_channel_never_bought_is_another_matter():
    spend = np.column_stack([np.full(10, 5.0), np.zeros(10), np.tile([0.0, 2.0], 5)])
    assert relative_deviations(spend).tolist() == [0.0, np.inf, 1.0]


def test_the_share_explained_is_that_of_a_regression_without_what_chance_explains():
    columns = np.column_stack([np.ones(120), RNG.normal(size=(120, 20))])
    spend = np.column_stack([columns[:, 1], RNG.normal(size=120), np.full(120, 3.0)])
    bound, free, level = shares_explained(spend, columns)
    assert bound == pytest.approx(1.0)
    assert free == pytest.approx(0.0, abs=0.25)
    assert level == 0.0
    assert shares_explained(spend[:30], columns[:30]).tolist() == [0.0] * 3


def test_spend_that_hardly_varies_is_named():
    spend = flighted(120, (900.0, 300.0), seed=1)
    spend[:, 1] = 300.0 + 10.0 * np.sin(WEEKS)
    (message,) = about_data(history_of(spend, {"clicks": spend}), "auto")
    assert message.text == (
        "`b` is bought almost alike in every period (it varies by 2.4% of its mean), so the shape of its curves is a "
        "guess. Some weeks with clearly more and clearly less, or a lift test, would show it."
    )


def test_spend_that_follows_the_season_is_named_where_an_outcome_is_measured_in_total():
    spend = flighted(120, (900.0, 300.0), seed=1)
    spend[:, 0] = 900.0 + 500.0 * SEASON + 20.0 * RNG.normal(size=120)
    assert codes(history_of(spend, {"clicks": spend})) == []
    (message,) = about_data(history_of(spend, {"sales": spend.sum(axis=1)}), "auto")
    assert message.code == "data.bound-spend"
    assert message.text.startswith("`a` is bought with trend, season and controls (")
