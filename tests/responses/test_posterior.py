from dataclasses import dataclass

import numpy as np
import pytest

from moo_budget.errors import ModelError
from moo_budget.responses.mean import mean_ratio
from moo_budget.responses.posterior import (
    Prior,
    autocorrelation,
    draws_with_experiments,
    independent_periods,
    learn,
    without_periods,
)

RNG = np.random.default_rng(5)
COLUMNS = np.column_stack([np.ones(400), RNG.normal(size=(400, 2))])
TRUTH = np.array([2.0, -1.0, 0.5])


@dataclass(frozen=True, eq=False)
class Line:
    """A linear regression with level noise, whose posterior is known."""

    columns: np.ndarray
    spread: float = 10.0

    @property
    def prior(self):
        n = self.columns.shape[1]
        return Prior(np.zeros(n), self.spread**2 * np.eye(n))

    @property
    def starts(self):
        return (np.zeros(self.columns.shape[1]),)

    def predict(self, free):
        return self.columns @ free, self.columns

    def known(self, free):
        return self.prior.misfit(free)

    def noise_scale(self, expected):
        return np.ones_like(expected)


def test_a_linear_regression_finds_its_coefficients_and_their_deviations():
    observed = COLUMNS @ TRUTH + np.random.default_rng(1).normal(scale=0.3, size=400)
    posterior = learn(Line(COLUMNS), observed, ordered=False)
    ordinary, *_ = np.linalg.lstsq(COLUMNS, observed, rcond=None)
    np.testing.assert_allclose(posterior.mode, ordinary, atol=0.02)  # robust weights move it by less than a deviation
    assert posterior.n_effective == pytest.approx(3.0, abs=0.01)
    deviations = np.sqrt(np.linalg.inv(posterior.precision).diagonal())
    # Student-t noise fitted to normal noise is a few per cent narrower, and the sample's own deviation is not 0.3.
    np.testing.assert_allclose(deviations, 0.3 / np.sqrt(400), rtol=0.15)


def test_draws_have_the_posterior_s_covariance():
    observed = COLUMNS[:40] @ TRUTH + RNG.normal(size=40)
    posterior = learn(Line(COLUMNS[:40]), observed, ordered=False)
    draws = posterior.draws(20_000, np.random.default_rng(1))
    np.testing.assert_allclose(draws.mean(axis=0), posterior.mode, atol=0.01)
    np.testing.assert_allclose(np.cov(draws.T), np.linalg.inv(posterior.precision), atol=0.002)


def test_one_wild_value_hardly_moves_the_fit_and_is_named():
    observed = COLUMNS @ TRUTH + np.random.default_rng(1).normal(scale=0.3, size=400)
    calm = learn(Line(COLUMNS), observed, ordered=False)
    observed[7] += 1000.0
    shaken = learn(Line(COLUMNS), observed, ordered=False)
    np.testing.assert_allclose(shaken.mode, calm.mode, atol=0.005)
    assert np.flatnonzero(shaken.outliers).tolist() == [7]


def test_periods_that_are_nan_are_not_used_but_are_forecast():
    observed = COLUMNS @ TRUTH
    observed[300:] = np.nan
    posterior = learn(Line(COLUMNS), observed, ordered=True)
    np.testing.assert_allclose(posterior.expected, COLUMNS @ TRUTH, atol=1e-3)
    assert np.isnan(posterior.residuals[300:]).all()


def test_autocorrelated_residuals_widen_the_posterior():
    noise = np.random.default_rng(2).normal(size=400)
    for t in range(1, 400):
        noise[t] += 0.6 * noise[t - 1]
    ordered, unordered = (learn(Line(COLUMNS), COLUMNS @ TRUTH + noise, ordered=flag) for flag in (True, False))
    assert ordered.autocorrelation == pytest.approx(0.6, abs=0.1)
    ratio = np.linalg.inv(ordered.precision).diagonal() / np.linalg.inv(unordered.precision).diagonal()
    np.testing.assert_allclose(ratio, 1 / independent_periods(ordered.autocorrelation), rtol=0.01)


def test_collinear_columns_keep_their_sum_and_share_it_as_the_prior_says():
    observed = 3.0 * COLUMNS[:, 1] + np.random.default_rng(1).normal(scale=0.1, size=400)
    posterior = learn(Line(np.column_stack([COLUMNS[:, 1]] * 2), spread=1.0), observed, ordered=False)
    np.testing.assert_allclose(posterior.mode, 1.5, atol=0.02)
    draws = posterior.draws(2000, np.random.default_rng(1))
    assert draws.sum(axis=1).std() < 0.02 < 0.5 < draws[:, 0].std()


def test_without_data_the_posterior_is_the_prior():
    posterior = without_periods(Line(COLUMNS), 400)
    np.testing.assert_allclose(np.linalg.inv(posterior.precision), 100 * np.eye(3))
    assert posterior.n_effective == 0.0


def test_a_fit_without_finite_solution_says_so():
    broken = Line(np.full_like(COLUMNS, np.inf))
    with (
        np.errstate(invalid="ignore"),
        pytest.raises(ModelError, match=r"^least squares found no finite solution"),
    ):
        learn(broken, COLUMNS @ TRUTH, ordered=False)


def test_autocorrelation_knows_its_limits():
    alternating = np.tile([1.0, -1.0], 20)
    assert autocorrelation(alternating) == 0.0
    assert autocorrelation(np.r_[np.ones(40), -np.ones(40)]) == 0.8
    assert autocorrelation(np.full(9, 2.0)) == 0.0
    gap = np.r_[1.0, 1.0, np.nan, -1.0, -1.0]
    assert autocorrelation(gap) == 0.8
    assert independent_periods(0.5) == pytest.approx(1 / 3)


@dataclass(frozen=True, eq=False)
class TwoPlaces(Line):
    """A line whose slope is free squared less free: two places explain it, and the prior prefers one of them."""

    order: tuple[float, ...] = (-3.0, 3.0)

    @property
    def prior(self):
        return Prior(np.array([0.0]), np.eye(1))

    @property
    def starts(self):
        return tuple(np.array([start]) for start in self.order)

    def predict(self, free):
        x = self.columns[:, 1]
        return x * (free[0] ** 2 - free[0]), (x * (2 * free[0] - 1))[:, None]


@pytest.mark.parametrize("order", [(-3.0, 3.0), (3.0, -3.0)])
def test_of_several_places_the_likeliest_is_kept_wherever_the_search_starts(order):
    observed = 2.0 * COLUMNS[:, 1] + np.random.default_rng(1).normal(scale=0.1, size=400)
    found = learn(TwoPlaces(COLUMNS, order=order), observed, ordered=False)
    np.testing.assert_allclose(found.mode, -1.0, atol=0.02)  # and not 2, which the prior finds less likely
    assert found.settled


@dataclass(frozen=True, eq=False)
class LineWithExperiment(Line):
    """A line of whose coefficients an experiment has measured the sum of the last two, as 1 with an error of 0.01."""

    def known(self, free):
        missed, slopes = self.prior.misfit(free)
        row = np.array([[0.0, 100.0, 100.0]])
        return np.concatenate([missed, row @ free - 100.0]), np.vstack([slopes, row])


def test_where_experiments_are_linear_their_draws_are_the_normal_s():
    regression = LineWithExperiment(COLUMNS[:40])
    posterior = learn(regression, COLUMNS[:40] @ TRUTH + RNG.normal(size=40), ordered=False)
    draws = draws_with_experiments(regression, posterior, 4_000, np.random.default_rng(1))
    np.testing.assert_allclose(draws.mean(axis=0), posterior.mode, atol=0.01)
    np.testing.assert_allclose(np.cov(draws.T), np.linalg.inv(posterior.precision), atol=0.004)
    assert draws[:, 1:].sum(axis=1).std() < 0.0105


@pytest.mark.parametrize("noise", [0.1, 0.5])
def test_the_mean_of_skewed_periods_is_not_cut_and_a_wild_one_is(noise):
    residuals = np.expm1(np.random.default_rng(1).normal(scale=noise, size=20_000))
    assert mean_ratio(residuals) == pytest.approx(np.exp(noise**2 / 2), rel=0.01)
    residuals[7] = 1e6
    assert mean_ratio(residuals) == pytest.approx(np.exp(noise**2 / 2), rel=0.01)
