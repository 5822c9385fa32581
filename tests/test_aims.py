"""What a plan is wanted for: slopes by differences, the smooth stand-in against what it stands for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize

from moo_budget.aims import Aspiration, WeightedSum

KEPT = [[False, False, False], [False, True, True], [False, False, True], [True, True, True]]


def aspiration(kept, stiffness=5.0):
    return Aspiration.of(np.array([1.0, -2.0, 3.0]), np.array([0.5, 2.0, 1.0]), np.array(kept), stiffness)


@pytest.mark.parametrize("kept", KEPT)
def test_the_slope_of_an_aspiration_is_what_differences_say(kept):
    goals = np.random.default_rng(1).normal([1.0, -2.0, 3.0], [0.5, 2.0, 1.0], (50, 3))
    aim = aspiration(kept).updated(goals[::-1])
    for j in range(3):
        step = 1e-6 * np.eye(3)[j]
        difference = (aim.value(goals + step) - aim.value(goals - step)) / 2e-6
        np.testing.assert_allclose(aim.slope(goals)[:, j], difference, atol=1e-5)


def test_the_slope_of_a_weighted_sum_is_its_weights():
    weights = np.array([[1.0, 0.0, 2.0], [0.5, 0.5, 0.0]])
    aim, goals = WeightedSum(weights), np.array([[3.0, 1.0, 1.0], [2.0, 4.0, 9.0]])
    assert aim.value(goals).tolist() == [5.0, 3.0]
    assert aim.slope(goals) is weights
    assert aim.bend(goals) is None


@given(arrays(float, (4, 3), elements=st.floats(-50, 50)), st.sampled_from(KEPT))
def test_the_smooth_value_never_exceeds_what_it_stands_for(goals, kept):
    aim = aspiration(kept)
    missed, largest = aim.meant(goals)
    fine = missed == 0.0
    assert (aim.value(goals)[fine] <= largest[fine] + 1e-9 * (1.0 + np.abs(largest[fine]))).all()


@given(arrays(float, (3, 3), elements=st.floats(-50, 50)), st.sampled_from(KEPT))
def test_pressing_anew_keeps_balanced_pressure_at_one_and_kept_pressure_at_0_or_more(goals, kept):
    multipliers = aspiration(kept).updated(goals).multipliers
    balanced = ~np.array(kept)
    assert (multipliers >= 0.0).all()
    if balanced.any():
        np.testing.assert_allclose(multipliers[:, balanced].sum(axis=1), 1.0)


def test_repeated_minimising_inside_a_dent_ends_where_the_largest_miss_is_least():
    # x^2 and (1 - x)^2 turned inward: both goals are concave in x, so weights only find the two ends.
    def goals(x):
        return np.array([[np.sqrt(x), np.sqrt(1.0 - x)]])

    aim, x = Aspiration.of(np.zeros(2), np.ones(2), np.array([False, False]), 10.0), 0.2
    for _ in range(60):
        x = minimize(lambda v, aim=aim: aim.value(goals(v[0]))[0], [x], bounds=[(1e-9, 1.0 - 1e-9)]).x[0]
        aim = aim.updated(goals(x))
    assert x == pytest.approx(0.5, abs=1e-3)
