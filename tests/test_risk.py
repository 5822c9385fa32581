import numpy as np
import pytest
from scipy.stats import norm

from moo_budget.errors import InputError
from moo_budget.risk import Factors, factors_of, mixture_quantile, mixture_std, noise_by_outcome, weighted_percentile


def test_the_quantile_of_one_normal_is_the_normal_quantile():
    mean, variance = np.array([[3.0], [-1.0]]), np.array([[4.0], [0.25]])
    for probability in (0.05, 0.1, 0.5, 0.9):
        expected = norm.ppf(probability, mean[:, 0], np.sqrt(variance[:, 0]))
        np.testing.assert_allclose(mixture_quantile(mean, variance, np.ones(1), probability), expected, rtol=1e-10)


def test_the_quantile_solves_the_mixture_distribution_function():
    rng = np.random.default_rng(3)
    mean, variance, weights = rng.normal(size=(4, 7)), rng.uniform(0.01, 2, (4, 7)), rng.dirichlet(np.ones(7))
    quantile = mixture_quantile(mean, variance, weights, 0.1)
    reached = norm.cdf(quantile[:, None], mean, np.sqrt(variance)) @ weights
    np.testing.assert_allclose(reached, 0.1, rtol=1e-10)


def test_a_part_without_variance_is_a_point_mass():
    mean, none = np.array([[1.0, 2.0, 5.0]]), np.zeros((1, 3))
    weights = np.array([0.2, 0.5, 0.3])
    for probability, expected in ((0.1, 1.0), (0.2, 1.0), (0.21, 2.0), (0.7, 2.0), (0.9, 5.0)):
        assert mixture_quantile(mean, none, weights, probability) == pytest.approx(expected, rel=1e-12)


def test_a_point_mass_among_normals_takes_its_share():
    mean, variance = np.array([[0.0, 5.0, 5.0]]), np.array([[1.0, 0.0, 1.0]])
    weights = np.array([0.3, 0.5, 0.2])
    # Below 5 there is 0.3 of the first part and half of the last; the point mass reaches from 0.4 to 0.9.
    for probability in (0.41, 0.6, 0.89):
        assert mixture_quantile(mean, variance, weights, probability) == pytest.approx(5.0, rel=1e-12)
    assert mixture_quantile(mean, variance, weights, 0.15) == pytest.approx(0.0, abs=1e-6)


def test_the_lowest_part_may_be_a_point_mass():
    mean, variance = np.array([[1.0, 10.0], [-3.0, 10.0]]), np.array([[0.0, 1.0], [0.0, 1.0]])
    assert mixture_quantile(mean, variance, np.full(2, 0.5), 0.1) == pytest.approx([1.0, -3.0], rel=1e-11)


def test_a_plan_that_brings_nothing_stands_beside_one_that_does():
    mean, variance = np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[0.0, 0.0], [1.0, 1.0]])
    assert mixture_quantile(mean, variance, np.full(2, 0.5), 0.1)[0] == 0.0


def test_equal_point_masses_give_their_value_also_at_zero():
    assert weighted_percentile(np.zeros((1, 4)), np.full(4, 0.25), 0.05) == pytest.approx(0.0, abs=1e-299)


def test_std_equals_a_large_sample_of_draws_and_shocks():
    rng = np.random.default_rng(0)
    mean, variance = rng.normal(10, 2, (1, 50)), rng.uniform(1, 4, (1, 50))
    weights = rng.dirichlet(np.full(50, 5.0))
    n = 400_000
    draw = rng.choice(50, n, p=weights)
    sample = mean[0, draw] + np.sqrt(variance[0, draw]) * rng.normal(size=n)
    # The standard error of a sampled deviation is about its size over the root of 2 n.
    assert mixture_std(mean, variance, weights)[0] == pytest.approx(sample.std(), rel=4 / np.sqrt(2 * n))


def test_factors_give_the_covariance_back():
    root = np.random.default_rng(1).normal(size=(4, 4))
    np.testing.assert_allclose(factors_of(root @ root.T, 4).dense(), root @ root.T, atol=1e-12)


@pytest.mark.parametrize(
    ("covariance", "text"),
    [
        (np.eye(2), r"noise_covariance has shape \(2, 2\); it must be \(n_channels, n_channels\) = \(3, 3\)"),
        (np.array([[1.0, 0.5, 0], [0, 1, 0], [0, 0, 1]]), "differs from its transpose by 0.5"),
        (np.array([[1.0, 2.0, 0], [2, 1, 0], [0, 0, 1]]), "has the eigenvalue -1; a covariance has none below 0"),
        (np.full((3, 3), np.nan), r"noise_covariance\[0, 0\] is nan"),
    ],
)
def test_what_is_no_covariance_is_refused(covariance, text):
    with pytest.raises(InputError, match=text):
        factors_of(covariance, 3)


def test_negative_specific_variance_is_refused():
    with pytest.raises(InputError, match=r"specific\[1\] is -1; a variance must be 0 or more"):
        Factors(np.zeros((2, 1)), np.array([0.0, -1.0]))


def test_noise_by_name_must_name_every_outcome():
    with pytest.raises(InputError, match=r"has the outcomes \['a'\]; it needs exactly \['a', 'b'\]"):
        noise_by_outcome({"a": np.eye(2)}, ("a", "b"), 2)


def test_no_noise_is_no_covariance():
    assert (noise_by_outcome(None, ("a",), 3)[0].dense() == 0).all()
