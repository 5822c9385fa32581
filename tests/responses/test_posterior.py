from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from moo_budget.errors import ModelError
from moo_budget.responses.least_squares import Prior
from moo_budget.responses.mean import mean_ratio
from moo_budget.responses.posterior import (
    SETTLED_DRAW,
    STEPS_OF_DRAWS,
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

    def fluctuation(self, free):
        return np.zeros(len(self.columns))


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


def with_memory(memory, seed, n_periods=400):
    noise = np.random.default_rng(seed).normal(size=n_periods)
    for t in range(1, n_periods):
        noise[t] += memory * noise[t - 1]
    return noise


def test_noise_with_memory_is_weighed_as_generalised_least_squares_weighs_it():
    slow = np.column_stack([COLUMNS, np.sin(np.arange(400) / 30)])
    observed = slow @ np.r_[TRUTH, 1.0] + with_memory(0.6, seed=2)
    posterior = learn(Line(slow), observed, ordered=True)
    assert posterior.autocorrelation == pytest.approx(0.6, abs=0.1)
    distance = np.abs(np.subtract.outer(np.arange(400), np.arange(400)))
    precise = np.linalg.inv(posterior.autocorrelation**distance)
    covariance = np.linalg.inv(slow.T @ precise @ slow)
    expected = covariance @ slow.T @ precise @ observed
    deviations = np.sqrt(np.linalg.inv(posterior.precision).diagonal())
    assert (np.abs(posterior.mode - expected) < 0.4 * deviations).all()  # robust weights
    np.testing.assert_allclose(deviations, 1.25 * np.sqrt(covariance.diagonal()), rtol=0.1)  # 1.25: of the whole noise
    unordered = learn(Line(slow), observed, ordered=False)
    ratio = deviations / np.sqrt(np.linalg.inv(unordered.precision).diagonal())
    assert ratio[3] > 1.5 > 1.0 > ratio[1]  # what moves slowly is hidden by such noise, what moves fast stands out


def test_periods_that_are_known_to_fluctuate_count_less():
    @dataclass(frozen=True, eq=False)
    class Restless(Line):
        def fluctuation(self, free):
            return np.where(np.arange(400) < 200, 8.0, 0.0)

    noise = np.random.default_rng(3).normal(size=400) * np.where(np.arange(400) < 200, 3.0, 1.0)
    deaf, told = (learn(line(COLUMNS), COLUMNS @ TRUTH + noise, ordered=False) for line in (Line, Restless))
    weights = np.where(np.arange(400) < 200, 1.0 / 9.0, 1.0)
    deviations = np.sqrt(np.linalg.inv(COLUMNS.T @ (weights[:, None] * COLUMNS)).diagonal())
    np.testing.assert_allclose(np.sqrt(np.linalg.inv(told.precision).diagonal()), deviations, rtol=0.15)
    assert (told.precision.diagonal() > 1.3 * deaf.precision.diagonal()).all()


def test_what_is_known_to_fluctuate_explains_no_more_than_there_is():
    @dataclass(frozen=True, eq=False)
    class Overstated(Line):
        def fluctuation(self, free):
            return np.full(400, 100.0)

    observed = COLUMNS @ TRUTH + np.random.default_rng(3).normal(size=400)
    plain, overstated = (learn(line(COLUMNS), observed, ordered=False) for line in (Line, Overstated))
    np.testing.assert_allclose(overstated.precision, plain.precision, rtol=1e-3)


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
class LineWithExperiments(Line):
    """A line of whose coefficients experiments have measured something."""

    experiments: Callable | None = None

    def known(self, free):
        misfit, missed = self.prior.misfit(free), self.experiments(free)
        return np.concatenate([misfit[0], missed[0]]), np.vstack([misfit[1], missed[1]])


def straight(free):
    """The sum of the last two coefficients was measured, as 1 with an error of 0.01."""
    row = np.array([[0.0, 100.0, 100.0]])
    return free @ row.T - 100.0, np.broadcast_to(row, (*free.shape[:-1], 1, 3))


def bent(free):
    """An arc tangent of the first coefficient, along which full steps run away, and the product of the others."""
    first, second, third = free.T
    missed = np.array([20.0 * np.arctan(8.0 * (first - 1.7)), 20.0 * (second * third + 0.2)]).T
    slope, zero = 160.0 / (1.0 + 64.0 * (first - 1.7) ** 2), np.zeros_like(first)
    return missed, np.array([[slope, zero], [zero, 20.0 * third], [zero, 20.0 * second]]).T


def draws_one_by_one(posterior, experiments, n_draws, rng):
    """The slow twin of `draws_with_experiments`, and how many steps each draw took."""
    missed, slopes = experiments(posterior.mode)
    precision = posterior.precision - slopes.T @ slopes
    centre = posterior.mode + np.linalg.solve(precision, slopes.T @ missed)
    anchors = centre + np.linalg.solve(np.linalg.cholesky(precision).T, rng.standard_normal((len(centre), n_draws))).T
    disturbances = rng.standard_normal((n_draws, len(missed)))
    pairs = zip(anchors, disturbances, strict=True)
    draws, n_steps = zip(*(nearest(experiments, anchor, precision, each) for anchor, each in pairs), strict=True)
    return np.array(draws), n_steps


def nearest(experiments, anchor, precision, disturbance):
    def cost(free):
        return (free - anchor) @ precision @ (free - anchor) + ((experiments(free)[0] - disturbance) ** 2).sum()

    free, share = anchor, 1.0
    for step in range(STEPS_OF_DRAWS):
        missed, slopes = experiments(free)
        downhill = precision @ (anchor - free) - slopes.T @ (missed - disturbance)
        tried = free + share * np.linalg.solve(precision + slopes.T @ slopes, downhill)
        gain = cost(free) - cost(tried)
        free, share = (tried, 1.0) if gain > 0.0 else (free, 0.3 * share)
        if 0.0 <= gain < SETTLED_DRAW:
            return free, step + 1
    return free, STEPS_OF_DRAWS


def with_experiments(experiments):
    regression = LineWithExperiments(COLUMNS[:40], experiments=experiments)
    return learn(regression, COLUMNS[:40] @ TRUTH + np.random.default_rng(2).normal(size=40), ordered=False)


def test_draws_side_by_side_are_those_that_are_found_one_by_one():
    posterior = with_experiments(bent)
    draws = draws_with_experiments(posterior, bent, 100, np.random.default_rng(1))
    expected, n_steps = draws_one_by_one(posterior, bent, 100, np.random.default_rng(1))
    assert len(set(n_steps)) > 3
    np.testing.assert_allclose(draws, expected, rtol=1e-6)


def test_where_experiments_are_linear_their_draws_are_the_normal_s():
    posterior = with_experiments(straight)
    draws = draws_with_experiments(posterior, straight, 4_000, np.random.default_rng(1))
    np.testing.assert_allclose(draws.mean(axis=0), posterior.mode, atol=0.01)
    np.testing.assert_allclose(np.cov(draws.T), np.linalg.inv(posterior.precision), atol=0.004)
    assert draws[:, 1:].sum(axis=1).std() < 0.0105


@pytest.mark.parametrize("noise", [0.1, 0.5])
def test_the_mean_of_skewed_periods_is_not_cut_and_a_wild_one_is(noise):
    residuals = np.expm1(np.random.default_rng(1).normal(scale=noise, size=20_000))
    assert mean_ratio(residuals) == pytest.approx(np.exp(noise**2 / 2), rel=0.01)
    residuals[7] = 1e6
    assert mean_ratio(residuals) == pytest.approx(np.exp(noise**2 / 2), rel=0.01)
