import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moo_budget.indicators import epsilon_additive, hypervolume, igd_plus, reference_point, spread

REFERENCE = np.array([[0.0, 40.0], [5.0, 20.0], [10.0, 0.0]])  # ranges of 10 and 40


def test_the_hypervolume_of_two_boxes_counts_their_overlap_once():
    assert hypervolume(np.array([[1.0, 3.0], [2.0, 1.0]]), np.array([4.0, 5.0])) == 6.0 + 8.0 - 4.0


def test_a_plan_beyond_the_reference_point_adds_nothing():
    assert hypervolume(np.array([[1.0, 3.0], [9.0, 1.0]]), np.array([4.0, 5.0])) == 6.0


def test_the_reference_point_lies_a_tenth_beyond_the_worst():
    assert reference_point(np.array([[0.0, 40.0, 5.0, 0.0], [10.0, 20.0, 5.0, 0.0]])).tolist() == [11.0, 42.0, 5.5, 0.1]


def test_igd_plus_counts_only_what_is_worse():
    # (5, 24) is worse than the three points by (0.5, 0), (0, 0.1) and (0, 0.6) of the ranges.
    assert igd_plus(np.array([[5.0, 24.0]]), REFERENCE) == pytest.approx((0.5 + 0.1 + 0.6) / 3)


def test_igd_plus_takes_the_length_of_what_is_worse():
    assert igd_plus(np.array([[3.0, 56.0]]), REFERENCE[:1] * [[1.0, 1.0]]) == pytest.approx(np.hypot(3.0, 16.0))


def test_epsilon_is_the_worst_share_that_is_missing():
    assert epsilon_additive(np.array([[2.0, 42.0], [7.0, 24.0], [11.0, 2.0]]), REFERENCE) == pytest.approx(0.2)


def test_a_front_better_than_the_reference_has_a_negative_epsilon():
    assert epsilon_additive(REFERENCE - np.array([1.0, 8.0]), REFERENCE) == pytest.approx(-0.1)


def test_an_even_and_complete_front_has_no_spread():
    along = np.linspace(0.0, 1.0, 11)
    assert spread(np.column_stack([10 * along, 40 * (1 - along)]), REFERENCE) == pytest.approx(0.0, abs=1e-9)


def test_spread_of_an_uneven_front_by_hand():
    # In shares (0, 1), (0.1, 0.9), (0.5, 0.5): neighbours at 0.1, 0.1, 0.4 diagonals; the end (1, 0) half of one away.
    front = np.array([[0.0, 40.0], [1.0, 36.0], [5.0, 20.0]])
    assert spread(front, REFERENCE) == pytest.approx((0.5 + 0.1 + 0.1 + 0.2) / (0.5 + 0.6))


def test_spread_of_one_plan_is_whole_unless_it_is_all_there_is():
    assert spread(np.array([[5.0, 20.0]]), REFERENCE) == 1.0
    assert spread(REFERENCE[:1], REFERENCE[:1]) == 0.0


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4))
def test_one_more_plan_makes_no_indicator_of_quality_worse(seed, n_goals):
    rng = np.random.default_rng(seed)
    reference, points = rng.uniform(size=(6, n_goals)), rng.uniform(size=(5, n_goals))
    fewer, corner = points[:4], np.full(n_goals, 1.1)
    assert hypervolume(points, corner) >= hypervolume(fewer, corner) * (1 - 1e-12)  # sums in another order
    assert igd_plus(points, reference) <= igd_plus(fewer, reference)
    assert epsilon_additive(points, reference) <= epsilon_additive(fewer, reference)
    scale = rng.uniform(0.5, 20.0, n_goals)  # another unit changes no share
    for indicator in (igd_plus, epsilon_additive, spread):
        assert indicator(points * scale, reference * scale) == pytest.approx(indicator(points, reference))
