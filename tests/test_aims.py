"""What a plan is wanted for: slopes by differences, the smooth stand-in against what it stands for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize

from moo_budget.aims import Aspiration, WeightedSum

BALANCED, KEPT, SILENT = "balanced", "kept", "silent"
ROLES = [(BALANCED,) * 3, (BALANCED, KEPT, KEPT), (BALANCED, BALANCED, KEPT), (KEPT,) * 3, (BALANCED, SILENT, KEPT)]


def aspiration(roles, stiffness=5.0):
    balanced, kept = (np.array([one == role for one in roles]) for role in (BALANCED, KEPT))
    return Aspiration.of(np.array([1.0, -2.0, 3.0]), np.array([0.5, 2.0, 1.0]), balanced, kept, stiffness)


@pytest.mark.parametrize("roles", ROLES)
def test_the_slope_of_an_aspiration_is_what_differences_say(roles):
    goals = np.random.default_rng(1).normal([1.0, -2.0, 3.0], [0.5, 2.0, 1.0], (50, 3))
    aim = aspiration(roles).updated(goals[::-1])
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


@given(arrays(float, (4, 3), elements=st.floats(-50, 50)), st.sampled_from(ROLES))
def test_the_smooth_value_never_exceeds_what_it_stands_for(goals, roles):
    aim = aspiration(roles)
    goals = np.where([role == KEPT for role in roles], np.minimum(goals, aim.asked), goals)
    missed, largest = aim.meant(goals)
    assert (missed == 0.0).all()
    assert (aim.value(goals) <= largest + 1e-9 * (1.0 + np.abs(largest))).all()


@given(arrays(float, (3, 3), elements=st.floats(-50, 50)), st.sampled_from(ROLES))
def test_pressing_anew_keeps_balanced_pressure_at_one_and_kept_pressure_at_0_or_more(goals, roles):
    multipliers = aspiration(roles).updated(goals).multipliers
    balanced = np.array([role == BALANCED for role in roles])
    assert (multipliers >= 0.0).all()
    assert (multipliers[:, [role == SILENT for role in roles]] == 0.0).all()
    if balanced.any():
        np.testing.assert_allclose(multipliers[:, balanced].sum(axis=1), 1.0)


def test_repeated_minimising_inside_a_dent_ends_where_the_largest_miss_is_least():
    # x^2 and (1 - x)^2 turned inward: both goals are concave in x, so weights only find the two ends.
    def goals(x):
        return np.array([[np.sqrt(x), np.sqrt(1.0 - x)]])

    both = np.array([True, True])
    aim, x = Aspiration.of(np.zeros(2), np.ones(2), both, ~both, 10.0), 0.2
    for _ in range(60):
        x = minimize(lambda v, aim=aim: aim.value(goals(v[0]))[0], [x], bounds=[(1e-9, 1.0 - 1e-9)]).x[0]
        aim = aim.updated(goals(x))
    assert x == pytest.approx(0.5, abs=1e-3)


def test_an_aspiration_of_some_plans_has_their_rows_and_what_is_said_for_all():
    goals, some = np.random.default_rng(2).normal(size=(4, 3)), np.array([True, False, True, False])
    first = aspiration(ROLES[1])  # one row of multipliers for all
    np.testing.assert_array_equal(first.of_rows(some).value(goals[some]), first.value(goals)[some])
    pressed = first.updated(goals)
    np.testing.assert_array_equal(pressed.of_rows(some).value(goals[some]), pressed.value(goals)[some])
