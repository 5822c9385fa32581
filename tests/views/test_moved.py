import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moo_budget.views import black_litterman
from moo_budget.views.moved import moved_draws


def covariance(draws, weights):
    around = draws - (draws @ weights)[:, None]
    return (around * weights) @ around.T


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 4), st.sampled_from([0.2, 0.7, 1.0]))
def test_moved_draws_have_the_moments_of_the_posterior(seed, n_channels, n_views, first):
    rng = np.random.default_rng(seed)
    draws = rng.gamma(2.0, size=(n_channels, 40)) * rng.uniform(0.1, 10, size=(n_channels, 1))
    weights = rng.dirichlet(np.full(40, 3.0))
    picks, values = rng.normal(size=(n_views, n_channels)), rng.normal(size=n_views)
    confidence = np.append(first, rng.uniform(0.05, 0.95, n_views - 1))
    posterior = black_litterman(draws @ weights, covariance(draws, weights), picks, values, confidence=confidence)
    moved = moved_draws(draws, weights, picks, values, confidence, ["view"] * n_views)
    scale = np.abs(posterior.mean).max() + np.abs(draws).max()
    np.testing.assert_allclose(moved @ weights, posterior.mean, atol=1e-9 * scale)
    np.testing.assert_allclose(covariance(moved, weights), posterior.uncertainty, atol=1e-9 * scale**2)
    assert np.linalg.eigvalsh(posterior.uncertainty).min() > -1e-12 * scale**2


def test_matherons_rule_with_a_random_disturbance_agrees_up_to_sampling():
    """The textbook way to move a draw; ours is exact where it is so on average."""
    rng = np.random.default_rng(1)
    draws = np.array([[1.0], [2.0]]) + np.array([[0.5, 0.0], [0.3, 0.4]]) @ rng.normal(size=(2, 100_000))
    weights = np.full(100_000, 1e-5)
    picks, values, k = np.array([[1.0, -1.2]]), np.array([0.0]), np.array([0.6])
    spread = covariance(draws, weights)
    omega = (1 / k - 1) * np.diag(picks @ spread @ picks.T)
    gain = spread @ picks.T / (picks @ spread @ picks.T + omega)
    textbook = draws + gain @ (values[:, None] + np.sqrt(omega) * rng.normal(size=(1, 100_000)) - picks @ draws)
    moved = moved_draws(draws, weights, picks, values, k, ["view"])
    np.testing.assert_allclose(moved @ weights, textbook @ weights, atol=0.01)
    np.testing.assert_allclose(covariance(moved, weights), covariance(textbook, weights), atol=0.005)


def test_channels_without_any_tie_to_the_view_stay_bit_for_bit():
    rng = np.random.default_rng(2)
    draws = np.vstack([rng.normal(size=20), np.zeros(20)])
    moved = moved_draws(draws, np.full(20, 0.05), np.array([[1.0, 0.0]]), np.array([3.0]), np.array([0.5]), ["view"])
    np.testing.assert_array_equal(moved[1], draws[1])


def test_one_certain_view_is_met_by_every_draw():
    draws = np.random.default_rng(3).gamma(2.0, size=(3, 50))
    picks = np.array([[1.0, -1.2, 0.0]])
    moved = moved_draws(draws, np.full(50, 0.02), picks, np.array([0.4]), np.array([1.0]), ["view"])
    assert picks @ moved == pytest.approx(0.4)
