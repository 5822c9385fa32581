import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf, oas

from moo_budget.errors import InputError
from moo_budget.responses.noise import assumed_noise, measured_noise, noise_covariance, recency
from moo_budget.responses.posterior import autocorrelation
from moo_budget.spec import RiskSpec

CHANNELS = ("tv", "search", "radio")
SIGMA = np.array([[0.04, 0.018, 0.0], [0.018, 0.09, 0.0], [0.0, 0.0, 0.01]])
HAS_EFFECT = np.ones(3, dtype=bool)


def residuals_of(n_periods, seed=0):
    return np.random.default_rng(seed).multivariate_normal(np.zeros(3), SIGMA, size=n_periods)


def sigma_of(*arguments, **settings):
    return measured_noise(*arguments, **settings).covariance


def sigma_and_source(*arguments):
    noise = noise_covariance(*arguments, CHANNELS, ordered=True)
    return noise.covariance, noise.source


def bounded_residuals():
    """Residuals without outliers and without positive autocorrelation, which nothing but shrinkage changes."""
    uniform = np.random.default_rng(3).uniform(-1.0, 1.0, size=(31, 3))
    residuals = (uniform[1:] - 0.6 * uniform[:-1] + 0.3 * uniform[1:, :1]) * [0.2, 0.3, 0.05]
    assert all(autocorrelation(column) == 0.0 for column in residuals.T)
    return residuals


@pytest.mark.parametrize("method", ["ledoit_wolf", "oas", "sample"])
def test_a_known_covariance_is_found_again(method):
    np.testing.assert_allclose(sigma_of(residuals_of(20_000), method, ordered=True), SIGMA, rtol=0.06, atol=1e-3)


@pytest.mark.parametrize(("method", "shrinking"), [("ledoit_wolf", ledoit_wolf), ("oas", oas)])
def test_shrinkage_is_the_published_one_on_the_correlation(method, shrinking):
    residuals = bounded_residuals()
    deviations = np.sqrt((residuals**2).mean(axis=0))
    shrunk, _ = shrinking(residuals / deviations, assume_centered=True)
    np.testing.assert_allclose(
        sigma_of(residuals, method, ordered=True), shrunk * np.outer(deviations, deviations), rtol=1e-10
    )


def test_a_period_one_half_life_ago_counts_half():
    np.testing.assert_allclose(recency(5, 2.0)[[0, 2, 4]], [0.25, 0.5, 1.0])
    residuals = bounded_residuals()
    sigma, said = sigma_and_source("clicks", {"clicks": residuals}, HAS_EFFECT, RiskSpec("ewma", half_life=7.0))
    weights = 0.5 ** (np.arange(29, -1, -1) / 7.0)
    expected = (residuals * weights[:, None]).T @ residuals / weights.sum()
    np.testing.assert_allclose(sigma, expected, rtol=1e-10)
    assert said == "measured: relative residuals of clicks (ewma, half-life 7 periods)"


def test_every_outcome_s_last_period_is_its_most_recent_one():
    calm_then_wild = np.vstack([0.5 * residuals_of(200), residuals_of(200, seed=1)])
    outcomes = {"clicks": calm_then_wild, "reach": calm_then_wild}
    sigma, _ = sigma_and_source("revenue", outcomes, HAS_EFFECT, RiskSpec("ewma", half_life=30.0))
    plain, _ = sigma_and_source("revenue", outcomes, HAS_EFFECT, RiskSpec("sample"))
    np.testing.assert_allclose(sigma.diagonal(), SIGMA.diagonal(), rtol=0.4)
    assert (plain.diagonal() < 0.8 * sigma.diagonal()).all()


def test_a_channel_that_ran_only_long_ago_is_still_measured():
    residuals = residuals_of(2000)
    residuals[200:, 0] = np.nan
    sigma, _ = sigma_and_source("clicks", {"clicks": residuals}, HAS_EFFECT, RiskSpec("ewma", half_life=1.0))
    assert sigma[0, 0] == pytest.approx(0.04, rel=0.3)


def test_recent_periods_need_an_order():
    text = r'\[risk\] covariance = "ewma" lets recent periods count more, and a history without dates has none'
    with pytest.raises(InputError, match=text):
        noise_covariance("a", {"a": residuals_of(50)}, HAS_EFFECT, RiskSpec("ewma"), CHANNELS, ordered=False)


def messages_of(residuals, method):
    channels = tuple(f"c{c}" for c in range(residuals.shape[1]))
    has_effect = np.ones(len(channels), dtype=bool)
    noise = noise_covariance("clicks", {"clicks": residuals}, has_effect, RiskSpec(method), channels, ordered=True)
    return {message.code: message.text for message in noise.messages}


def test_more_channels_than_periods_are_said_where_nothing_is_shrunk():
    residuals = np.random.default_rng(5).normal(scale=0.1, size=(10, 12))
    assert messages_of(residuals, "ledoit_wolf") == messages_of(residuals, "oas") == {}
    text = (
        'market noise of 12 channels is measured on 10 periods of clicks (covariance = "sample"): with fewer periods '
        'than channels some mixes seem to have no noise at all. Use "ledoit_wolf" or "oas".'
    )
    assert messages_of(residuals, "sample") == {"noise.few-periods": text}
    long = np.random.default_rng(5).normal(scale=0.1, size=(300, 12))
    assert messages_of(long, "ewma") == {}  # a half-life of 26 periods weighs as much as 75


def test_the_sample_covariance_is_about_zero_which_the_fit_has_made_the_mean():
    residuals = bounded_residuals()
    np.testing.assert_allclose(sigma_of(residuals, "sample", ordered=True), residuals.T @ residuals / 30, rtol=1e-10)


def test_autocorrelation_widens_by_one_plus_rho_over_one_minus_rho():
    noise = np.random.default_rng(4).normal(scale=0.1, size=50_000)
    for t in range(1, len(noise)):
        noise[t] += 0.5 * noise[t - 1]
    variance = sigma_of(noise[:, None], "sample", ordered=True)[0, 0]
    assert variance == pytest.approx(3.0 * noise.var(), rel=0.03)


def test_a_miscounted_day_is_not_the_market():
    residuals = residuals_of(200)
    calm = sigma_of(residuals, "sample", ordered=True)
    residuals[3, 0] = 500.0
    assert sigma_of(residuals, "sample", ordered=True)[0, 0] < 1.1 * calm[0, 0]


def test_channels_that_hardly_ran_together_are_taken_as_unrelated_and_the_rest_stays_a_covariance():
    residuals = residuals_of(60)
    residuals[:35, 0] = np.nan
    residuals[40:, 1] = np.nan
    sigma = sigma_of(residuals, "sample", ordered=True)
    assert sigma[0, 1] == 0.0
    assert (sigma.diagonal() > 0.0).all()
    assert np.linalg.eigvalsh(sigma).min() >= -1e-15


def test_pairwise_correlations_that_cannot_occur_together_are_repaired():
    shared = np.random.default_rng(6).normal(size=(30, 3))
    residuals = np.full((90, 3), np.nan)
    for block, (i, j, sign) in enumerate([(0, 1, 1), (1, 2, 1), (0, 2, -1)]):
        rows = slice(30 * block, 30 * block + 30)
        residuals[rows, i] = shared[:, block]
        residuals[rows, j] = sign * shared[:, block]
    sigma = sigma_of(residuals, "sample", ordered=True)
    assert np.linalg.eigvalsh(sigma).min() >= -1e-15
    assert sigma[0, 1] > 0.0 > sigma[0, 2]
    told = messages_of(residuals, "sample")["noise.repaired"]
    assert "cannot occur together (lowest eigenvalue -1); negative eigenvalues were set to 0." in told
    assert messages_of(residuals_of(60), "sample") == {}


def test_where_nothing_varies_there_are_zeros():
    residuals = residuals_of(50)
    residuals[:, 1] = 0.0
    residuals[7:, 2] = np.nan
    sigma = sigma_of(residuals, "ledoit_wolf", ordered=True)
    assert sigma[0, 0] > 0.0
    assert not sigma[1:].any()
    assert not sigma_of(np.full((9, 2), np.nan), "sample", ordered=True).any()


def test_an_outcome_s_own_residuals_come_first_then_those_of_the_others_then_the_assumption():
    residuals = {"clicks": residuals_of(500), "reach": 2.0 * residuals_of(500, seed=1)}
    risk = RiskSpec(covariance="sample")
    own, said = sigma_and_source("clicks", residuals, HAS_EFFECT, risk)
    assert said == "measured: relative residuals of clicks (sample)"
    assert own[0, 0] == pytest.approx(0.04, rel=0.2)
    borrowed, said = sigma_and_source("revenue", residuals, HAS_EFFECT, risk)
    assert said == "measured: relative residuals of clicks, reach (sample)"
    assert borrowed[0, 0] == pytest.approx((0.04 + 0.16) / 2, rel=0.2)
    assumed, said = sigma_and_source("revenue", {}, HAS_EFFECT, risk)
    assert said == "assumed: relative noise 0.2 per period, correlation 0.3 between channels"
    np.testing.assert_allclose(assumed, assumed_noise(3, risk))


def test_a_channel_whose_noise_was_not_measured_gets_the_assumed_one_and_is_named():
    residuals = residuals_of(500)
    residuals[:, 1] = np.nan
    sigma, said = sigma_and_source("clicks", {"clicks": residuals}, HAS_EFFECT, RiskSpec(noise=0.5))
    assert sigma[1].tolist() == [0.0, 0.25, 0.0]
    assert said.endswith("; assumed: relative noise 0.5 per period for search, uncorrelated")


def test_a_channel_without_effect_has_no_noise():
    has_effect = np.array([True, False, True])
    for residuals in ({}, {"clicks": residuals_of(500)}):
        sigma, _ = sigma_and_source("clicks", residuals, has_effect, RiskSpec())
        assert not sigma[1].any()
        assert sigma[0, 0] > 0.0


def test_impressions_at_a_fixed_price_say_nothing_of_the_noise_of_sales():
    exact = {"impressions": 1e-6 * residuals_of(100)}
    _, said = sigma_and_source("revenue", exact, HAS_EFFECT, RiskSpec())
    assert said.startswith("assumed")
    own, said = sigma_and_source("impressions", exact, HAS_EFFECT, RiskSpec())
    assert said.startswith("measured")
    assert own.max() < 1e-12


def test_an_impossible_common_correlation_is_refused_with_its_range():
    assert np.linalg.eigvalsh(assumed_noise(3, RiskSpec(correlation=-0.5))).min() == pytest.approx(0.0, abs=1e-15)
    text = r"^\[risk\] correlation is -0.6; 3 channels can have a common correlation from -0.5 to 1$"
    with pytest.raises(InputError, match=text):
        assumed_noise(3, RiskSpec(correlation=-0.6))


def test_rows_without_an_order_have_no_autocorrelation():
    sorted_rows = np.sort(residuals_of(200), axis=0)
    covariance = sigma_of(sorted_rows, "sample", ordered=False)
    np.testing.assert_allclose(covariance.diagonal(), SIGMA.diagonal(), rtol=0.35)
    assert (sigma_of(sorted_rows, "sample", ordered=True).diagonal() > 5 * covariance.diagonal()).all()


def test_where_no_channel_does_anything_nothing_is_assumed():
    noise = noise_covariance("sales", {}, np.zeros(3, dtype=bool), RiskSpec(), CHANNELS, ordered=True)
    assert not noise.covariance.any()
    assert not noise.assumed
    assert noise.source == "none: no channel moves this outcome"
