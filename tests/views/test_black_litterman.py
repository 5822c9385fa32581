import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from moo_budget.errors import InputError
from moo_budget.views import (
    black_litterman,
    confidence_omega,
    equilibrium_returns,
    excess_values,
    implied_risk_aversion,
    proportional_omega,
)
from tests.views import papers

DELTA, TAU = 2.5, 0.05


def he_litterman(table, tau=TAU):
    picks, values, factors, *printed = papers.HE_LITTERMAN[table]
    prior = equilibrium_returns(papers.COVARIANCE, papers.MARKET, DELTA)
    omega = np.array(factors) * proportional_omega(np.array(picks), tau * papers.COVARIANCE)
    return black_litterman(prior, papers.COVARIANCE, picks, values, tau=tau, omega=omega), np.array(picks), printed


def idzorek_prior():
    delta = implied_risk_aversion(papers.IDZOREK_PREMIUM, papers.IDZOREK_COVARIANCE, papers.IDZOREK_MARKET)
    return equilibrium_returns(papers.IDZOREK_COVARIANCE, papers.IDZOREK_MARKET, delta), delta


def test_equilibrium_returns_of_he_and_litterman():
    returns = equilibrium_returns(papers.COVARIANCE, papers.MARKET, DELTA)
    np.testing.assert_allclose(100 * returns, papers.EQUILIBRIUM, atol=0.05)


@pytest.mark.parametrize("table", papers.HE_LITTERMAN)
def test_tables_of_he_and_litterman(table):
    posterior, picks, (returns, weights, tilts, by_view) = he_litterman(table)
    got = posterior.weights(DELTA)
    if returns is not None:
        np.testing.assert_allclose(100 * posterior.mean, returns, atol=0.0501)  # printed to one decimal
    np.testing.assert_allclose(100 * got, weights, atol=0.0501)
    tilt = got - papers.MARKET / (1 + TAU)
    np.testing.assert_allclose(100 * tilt, tilts, atol=0.0501)
    # Trap: their tables print Lambda, their text once calls Lambda / (1 + tau) so.
    in_span, remainder, *_ = np.linalg.lstsq(picks.T, (1 + TAU) * tilt, rcond=None)
    np.testing.assert_allclose(in_span, by_view, atol=0.00051)
    assert remainder.max(initial=0.0) < 1e-20  # deviations lie in the span of the views


def test_with_proportional_omega_the_mean_does_not_depend_on_tau_but_its_uncertainty_does():
    small, large = he_litterman("table 5", tau=0.01)[0], he_litterman("table 5", tau=0.5)[0]
    np.testing.assert_allclose(small.mean, large.mean, rtol=1e-12)
    np.testing.assert_allclose(50 * small.uncertainty, large.uncertainty, rtol=1e-9)


def test_without_views_the_posterior_covariance_gives_the_market_over_one_plus_tau():
    prior = equilibrium_returns(papers.COVARIANCE, papers.MARKET, DELTA)
    posterior = black_litterman(prior, papers.COVARIANCE, np.zeros((0, 7)), [], tau=TAU)
    np.testing.assert_allclose(posterior.weights(DELTA), papers.MARKET / (1 + TAU), rtol=1e-10)
    np.testing.assert_allclose(posterior.weights(DELTA, covariance="prior"), papers.MARKET, rtol=1e-10)


def test_equilibrium_returns_of_idzorek_need_his_risk_aversion_at_full_precision():
    returns, delta = idzorek_prior()
    assert delta == pytest.approx(3.07, abs=0.005)
    # The covariance is printed to six decimals, which moves returns by a hundredth of a per cent.
    np.testing.assert_allclose(100 * returns, papers.IDZOREK_EQUILIBRIUM, atol=0.0055)
    rounded = equilibrium_returns(papers.IDZOREK_COVARIANCE, papers.IDZOREK_MARKET, 3.07)
    assert np.abs(100 * rounded - papers.IDZOREK_EQUILIBRIUM).max() > 0.01


def test_tables_of_idzorek():
    prior, delta = idzorek_prior()
    views = papers.IDZOREK_PICKS, papers.IDZOREK_VALUES
    posterior = black_litterman(prior, papers.IDZOREK_COVARIANCE, *views, tau=0.025)
    weights = posterior.weights(delta, covariance="prior")
    certain = black_litterman(prior, papers.IDZOREK_COVARIANCE, *views, tau=0.025, confidence=np.ones(3))
    certain_weights = certain.weights(delta, covariance="prior")
    np.testing.assert_allclose(100 * posterior.mean, papers.IDZOREK_RETURNS, atol=0.0055)
    np.testing.assert_allclose(100 * weights, papers.IDZOREK_WEIGHTS, atol=0.0075)
    np.testing.assert_allclose(100 * certain_weights, papers.IDZOREK_CERTAIN_WEIGHTS, atol=0.0125)
    # His implied confidence: the share of the way to the weights under certain views; one for all assets of a view.
    implied = (weights - papers.IDZOREK_MARKET) / (certain_weights - papers.IDZOREK_MARKET)
    np.testing.assert_allclose(100 * implied[[6, 0, 2]], papers.IDZOREK_IMPLIED_CONFIDENCE, atol=0.02)


def test_a_mistyped_copy_of_idzoreks_covariance_does_not_reproduce_his_tables():
    covariance = papers.IDZOREK_COVARIANCE.copy()
    covariance[4, 6] = covariance[6, 4] = 0.039443
    delta = implied_risk_aversion(papers.IDZOREK_PREMIUM, covariance, papers.IDZOREK_MARKET)
    prior = equilibrium_returns(covariance, papers.IDZOREK_MARKET, delta)
    assert np.abs(100 * prior - papers.IDZOREK_EQUILIBRIUM).max() > 0.03


@pytest.mark.parametrize("row", range(3))
def test_confidence_in_closed_form_is_what_idzorek_searches_for(row):
    """His step 7: the omega whose weights come nearest, in least squares, to the tilt of a certain view times k."""
    prior, delta = idzorek_prior()
    picks, values = papers.IDZOREK_PICKS[[row]], papers.IDZOREK_VALUES[[row]]
    confidence = papers.IDZOREK_CONFIDENCE[[row]]

    def weights(omega):
        posterior = black_litterman(prior, papers.IDZOREK_COVARIANCE, picks, values, tau=0.025, omega=[omega])
        return posterior.weights(delta, covariance="prior")

    target = papers.IDZOREK_MARKET + confidence * (weights(0.0) - papers.IDZOREK_MARKET)
    closed = confidence_omega(picks, 0.025 * papers.IDZOREK_COVARIANCE, confidence)[0]
    found = minimize_scalar(
        lambda log: 1e6 * ((weights(np.exp(log)) - target) ** 2).sum(), bounds=(-14, 0), options={"xatol": 1e-10}
    )
    assert np.exp(found.x) == pytest.approx(closed, rel=1e-4)


@pytest.mark.parametrize("k", [0.1, 0.5, 0.9, 1.0])
def test_one_view_moves_by_its_confidence(k):
    prior, delta = idzorek_prior()
    picks, values = papers.IDZOREK_PICKS[[2]], papers.IDZOREK_VALUES[[2]]

    def posterior(confidence):
        return black_litterman(
            prior, papers.IDZOREK_COVARIANCE, picks, values, tau=0.025, confidence=np.array([confidence])
        )

    moved = posterior(k)
    np.testing.assert_allclose(picks @ moved.mean, picks @ prior + k * (values - picks @ prior), rtol=1e-10)
    assert moved.reached[0] == pytest.approx(k)
    # The tilt is linear in k with the prior covariance, and not with the posterior's.
    for covariance, is_linear in (("prior", True), ("posterior", False)):
        start, end = posterior(0.0).weights(delta, covariance), posterior(1.0).weights(delta, covariance)
        linear = start + k * (end - start)
        assert np.allclose(moved.weights(delta, covariance), linear, atol=1e-9) == (is_linear or k == 1.0)


def test_overlapping_views_do_not_each_move_by_their_confidence():
    prior = equilibrium_returns(papers.COVARIANCE, papers.MARKET, DELTA)
    picks = [papers.GERMANY_OVER_EUROPE, papers.GERMANY_OVER_EUROPE]
    posterior = black_litterman(prior, papers.COVARIANCE, picks, [0.05, 0.05], tau=TAU, confidence=[0.5, 0.5])
    np.testing.assert_allclose(posterior.reached, 2 / 3)  # two halves of equal weight


def test_no_confidence_drops_the_view_and_full_confidence_holds_it():
    prior = equilibrium_returns(papers.COVARIANCE, papers.MARKET, DELTA)
    picks, values = [papers.GERMANY_OVER_EUROPE, papers.CANADA_OVER_USA], [0.05, 0.03]
    posterior = black_litterman(prior, papers.COVARIANCE, picks, values, tau=TAU, confidence=[0.0, 1.0])
    alone = black_litterman(prior, papers.COVARIANCE, picks[1:], values[1:], tau=TAU, confidence=[1.0])
    np.testing.assert_allclose(posterior.mean, alone.mean, rtol=1e-12)
    assert picks[1] @ posterior.mean == pytest.approx(0.03)
    assert picks[1] @ posterior.uncertainty @ picks[1] == pytest.approx(0.0, abs=1e-15)


def test_the_posterior_is_that_of_the_form_that_inverts_omega():
    posterior, picks, _ = he_litterman("table 7")
    prior = equilibrium_returns(papers.COVARIANCE, papers.MARKET, DELTA)
    values, factors = (np.array(papers.HE_LITTERMAN["table 7"][i]) for i in (1, 2))
    precision = np.linalg.inv(TAU * papers.COVARIANCE)
    of_views = picks.T @ np.diag(1 / (factors * proportional_omega(picks, TAU * papers.COVARIANCE)))
    spread = np.linalg.inv(precision + of_views @ picks)
    np.testing.assert_allclose(posterior.mean, spread @ (precision @ prior + of_views @ values), rtol=1e-10)
    np.testing.assert_allclose(posterior.uncertainty, spread, rtol=1e-8)


def test_channels_in_another_order_give_the_same_posterior_in_that_order():
    posterior, picks, _ = he_litterman("table 5")
    order = np.array([3, 6, 0, 2, 5, 1, 4])
    prior = equilibrium_returns(papers.COVARIANCE, papers.MARKET, DELTA)
    turned = black_litterman(
        prior[order], papers.COVARIANCE[np.ix_(order, order)], picks[:, order], [0.05, 0.03], tau=TAU
    )
    np.testing.assert_allclose(turned.mean, posterior.mean[order], rtol=1e-12)


def test_views_in_total_returns_are_lowered_by_the_hurdle_and_differences_are_not():
    picks = np.array([[1, 0, 0], [1, -1.2, 0], [0, 1, -1]])
    np.testing.assert_allclose(excess_values(picks, [0.8, 0.0, 0.3], hurdle=0.5), [0.3, 0.1, 0.3])


def test_a_certain_view_that_repeats_another_changes_nothing():
    prior = equilibrium_returns(papers.COVARIANCE, papers.MARKET, DELTA)
    once = black_litterman(prior, papers.COVARIANCE, [papers.CANADA_OVER_USA], [0.03], confidence=[1.0])
    twice = black_litterman(
        prior,
        papers.COVARIANCE,
        [papers.CANADA_OVER_USA, 2 * papers.CANADA_OVER_USA],
        [0.03, 0.06],
        confidence=[1.0, 1.0],
    )
    np.testing.assert_allclose(twice.mean, once.mean, rtol=1e-12)


def test_certain_views_that_contradict_each_other_are_named():
    prior = equilibrium_returns(papers.COVARIANCE, papers.MARKET, DELTA)
    picks = [papers.GERMANY_OVER_EUROPE, papers.CANADA_OVER_USA, papers.CANADA_OVER_JAPAN, np.eye(7)[4] - np.eye(7)[6]]
    with pytest.raises(InputError, match="`d` contradicts `b` and `c`, and all of them are held to be certain") as told:
        black_litterman(
            prior, papers.COVARIANCE, picks, [0.05, 0.03, 0.01, 0.5], confidence=np.ones(4), names=["a", "b", "c", "d"]
        )
    assert told.value.code == "views.contradiction"


def test_a_view_about_what_is_certain_already_is_refused():
    covariance = np.diag([0.04, 0.0])
    with pytest.raises(InputError, match="`view 1` asks for something else than what is known"):
        black_litterman(np.array([1.0, 2.0]), covariance, [[0.0, 1.0]], [3.0], confidence=[0.5])
    kept = black_litterman(np.array([1.0, 2.0]), covariance, [[0.0, 1.0]], [2.0], confidence=[0.5])
    np.testing.assert_array_equal(kept.mean, [1.0, 2.0])


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"covariance": np.zeros((2, 3))}, r"covariance has shape \(2, 3\); it must be \(n_channels, n_channels\)"),
        ({"covariance": np.array([[1.0, 0.2], [0.1, 1.0]])}, "covariance differs from its transpose by 0.1"),
        ({"covariance": np.array([[1.0, 2.0], [2.0, 1.0]])}, "covariance has the eigenvalue -1; a covariance has none"),
        ({"covariance": np.array([[1.0, np.nan], [np.nan, 1.0]])}, r"covariance\[0, 1\] is nan"),
        ({"picks": [[1.0, 0.0, 0.0]]}, r"picks has shape \(1, 3\); it must be \(n_views, n_channels\)"),
        ({"values": [1.0, 2.0]}, r"values has shape \(2,\); it must be \(n_views,\)"),
        ({"tau": 0.0}, "tau is 0; it must be above 0"),
        ({"confidence": [1.2]}, "a confidence is 1.2; it must lie between 0 and 1"),
        ({"omega": [-0.1]}, "omega has the entry -0.1; a variance must be 0 or more"),
        ({"omega": [0.1], "confidence": [0.5]}, "give the views' confidence or their omega, not both"),
    ],
)
def test_what_is_no_view_is_refused(change, text):
    given = {"prior_mean": np.ones(2), "covariance": np.eye(2), "picks": [[1.0, 0.0]], "values": [1.0]} | change
    with pytest.raises(InputError, match=text):
        black_litterman(**given)


def test_weights_know_two_covariances():
    prior = equilibrium_returns(papers.COVARIANCE, papers.MARKET, DELTA)
    posterior = black_litterman(prior, papers.COVARIANCE, np.eye(7)[:1], [0.1], confidence=[0.5])
    with pytest.raises(InputError, match=r"there is no covariance `sample`\. Known: prior, posterior"):
        posterior.weights(DELTA, covariance="sample")


def test_a_premium_below_zero_has_no_risk_aversion():
    with pytest.raises(InputError, match=r"premium is -0\.01; it must be above 0"):
        implied_risk_aversion(-0.01, papers.COVARIANCE, papers.MARKET)
    with pytest.raises(InputError, match="the variance of the reference mix is 0; it must be above 0"):
        implied_risk_aversion(0.01, papers.COVARIANCE, np.zeros(7))
