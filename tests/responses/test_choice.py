import numpy as np
import pytest

from moo_budget.responses.choice import choose

NAMES = ("hill", "logarithmic", "linear")
ALIKE = np.random.default_rng(1).uniform(1.0, 2.0, (1, 30)) + np.zeros((3, 1))


def test_candidates_that_forecast_alike_count_by_their_evidence():
    choice = choose(NAMES, np.log([6.0, 3.0, 1.0]), ALIKE, 30.0)
    np.testing.assert_allclose(choice.weights, [0.6, 0.3, 0.1])
    np.testing.assert_allclose(choice.errors, ALIKE.mean() / 30.0)
    assert choice.reason == "likeliest given all periods; no other forecasts held-out periods clearly better"
    assert [row["name"] for row in choice.table() if row["chosen"]] == ["hill"]


def test_one_that_forecasts_clearly_worse_is_dropped_however_likely_it_is():
    rng = np.random.default_rng(2)
    crps = ALIKE + np.array([[0.5], [0.0], [0.01]]) + rng.normal(0.0, 0.1, (3, 30))
    choice = choose(NAMES, np.array([50.0, 0.0, 0.0]), crps, 10.0)
    assert choice.weights[0] == 0.0
    assert choice.weights[1:].tolist() == [0.5, 0.5]
    best = int(np.argmin(choice.errors))
    assert choice.reason == (
        f"{NAMES[best]} misses held-out periods by {choice.errors[best]:.1%}, clearly less than "
        f"hill ({choice.errors[0]:.1%})"
    )


def test_a_worse_forecast_that_may_be_chance_drops_nobody():
    crps = ALIKE[:2].copy()
    crps[0, 3] += 5.0
    assert (choose(NAMES[:2], np.zeros(2), crps, 30.0).weights == 0.5).all()


@pytest.mark.parametrize(("crps", "size"), [(np.empty((2, 0)), 0.0), (np.ones((2, 1)), 1.0), (ALIKE[:2], 0.0)])
def test_without_held_out_periods_the_evidence_decides_and_this_is_said(crps, size):
    choice = choose(NAMES[:2], np.array([0.0, 3.0]), crps, size)
    assert choice.chosen == 1
    assert choice.reason == "likeliest given all periods; nothing was held out to test it"
    assert [row["score"] for row in choice.table()] == [None, None]


def test_a_candidate_that_could_not_be_fitted_counts_only_where_there_is_no_other():
    assert choose(NAMES[:2], np.array([-np.inf, -900.0]), ALIKE[:2], 30.0).weights.tolist() == [0.0, 1.0]
    assert choose(NAMES[:2], np.array([-np.inf, -np.inf]), ALIKE[:2], 30.0).weights.tolist() == [1.0, 0.0]


def test_a_single_candidate_needs_no_choice():
    choice = choose(NAMES[:1], np.array([-3.0]), ALIKE[:1], 30.0)
    assert choice.weights.tolist() == [1.0]
    assert choice.reason == "the only candidate"
