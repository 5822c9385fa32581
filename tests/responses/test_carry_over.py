import numpy as np
import pytest
from scipy.stats import weibull_min

from moo_budget.responses import CARRY_OVERS
from moo_budget.responses.carry_over import carry_in, lagged
from moo_budget.responses.parameters import natural

N_LAGS = 5
SPEND = np.array([4.0, 0.0, 7.0, 1.0, 3.0, 9.0, 2.0])


def weights_of(name, free):
    parameters = CARRY_OVERS[name].parameters
    return CARRY_OVERS[name].weights(natural(parameters, np.full((1, len(parameters)), free)), N_LAGS)


@pytest.mark.parametrize("name", CARRY_OVERS)
@pytest.mark.parametrize("free", [-8.0, 0.3, 8.0])
def test_weights_add_up_to_one_so_level_spend_is_its_own_stock(name, free):
    stock = lagged(np.full(9, 3.5), N_LAGS) @ weights_of(name, free)[0]
    np.testing.assert_allclose(stock, 3.5, rtol=1e-14)


@pytest.mark.parametrize("name", CARRY_OVERS)
def test_the_gradient_of_the_weights_agrees_with_finite_differences(name):
    kind, parameters = CARRY_OVERS[name], np.full(len(CARRY_OVERS[name].parameters), 0.4)
    gradient = kind.gradient(parameters, N_LAGS)
    assert gradient.shape == (len(parameters), N_LAGS)
    for i, row in enumerate(gradient):
        nudge = 1e-6 * np.eye(len(parameters))[i]
        by_hand = (kind.weights(parameters + nudge, N_LAGS) - kind.weights(parameters - nudge, N_LAGS)) / 2e-6
        np.testing.assert_allclose(row, by_hand, rtol=1e-6, atol=1e-9)


def test_geometric_weights_fall_by_the_decay():
    weights = CARRY_OVERS["geometric"].weights(np.array([[0.5], [0.25]]), 3)
    np.testing.assert_allclose(weights, [[4 / 7, 2 / 7, 1 / 7], [16 / 21, 4 / 21, 1 / 21]])


def test_delayed_weights_peak_at_their_delay():
    weights = CARRY_OVERS["delayed"].weights(np.array([0.5, 1.0]), 3)
    np.testing.assert_allclose(weights, [0.25, 0.5, 0.25])


def test_weibull_weights_follow_the_density():
    weights = CARRY_OVERS["weibull"].weights(np.array([2.0, 1.5]), 4)
    density = weibull_min(2.0, scale=1.5).pdf([1, 2, 3, 4])
    np.testing.assert_allclose(weights, density / density.sum())


def test_before_the_first_row_the_channel_spent_as_in_it():
    assert lagged(np.array([4.0, 1.0, 7.0]), 3).tolist() == [[4, 4, 4], [1, 4, 4], [7, 1, 4]]


@pytest.mark.parametrize("name", CARRY_OVERS)
def test_carry_in_is_the_stock_of_a_history_that_goes_on_without_spend(name):
    weights = weights_of(name, 0.3)
    gone_dark = lagged(np.r_[SPEND, np.zeros(N_LAGS)], N_LAGS)[len(SPEND) :] @ weights[0]
    np.testing.assert_allclose(carry_in(SPEND, weights)[0], gone_dark, atol=1e-15)


def test_carry_in_reaches_before_a_history_shorter_than_the_lags():
    weights = weights_of("geometric", 0.3)
    np.testing.assert_allclose(carry_in(SPEND[:2], weights), carry_in(np.r_[[4.0] * 9, SPEND[:2]], weights))
