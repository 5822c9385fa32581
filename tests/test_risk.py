import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.stats import norm

from moo_budget.errors import InputError
from moo_budget.kernels.mixture import _normal
from moo_budget.kernels.risk import draw_gradient, draw_moments, draw_response
from moo_budget.learning import _shared_noise
from moo_budget.plan_tables import plan_tables
from moo_budget.risk import (
    _NORMAL,
    EXACT_CHANNELS,
    SHARED_DIRECTIONS,
    Factors,
    factors_of,
    mixture_quantile,
    mixture_shortfall,
    mixture_std,
    mixture_tail_mean,
    noise_by_outcome,
    shortfall_sensitivity,
    std_sensitivity,
    tail_mean_sensitivity,
    weighted_percentile,
)
from moo_budget.tables import from_functions


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


def test_one_correlation_of_very_many_channels_is_held_exactly():
    covariance = 0.01 * (np.full((300, 300), 0.3) + 0.7 * np.eye(300))
    found = factors_of(covariance, 300)
    assert found.loadings.shape == (300, SHARED_DIRECTIONS)
    np.testing.assert_allclose(found.dense(), covariance, atol=1e-15)


def test_of_very_many_channels_own_variances_are_exact_and_a_plans_total_nearly():
    rng = np.random.default_rng(1)
    n_channels, n_periods = EXACT_CHANNELS + 44, 520
    shared, own = rng.normal(0.0, 0.05, (3, n_channels)), rng.uniform(0.05, 0.3, n_channels)
    shared[:, 7] = own[7] = 0.0  # a channel without noise
    residuals = rng.normal(size=(n_periods, 3)) @ shared + rng.normal(0.0, own, (n_periods, n_channels))
    covariance = residuals.T @ residuals / n_periods
    found = factors_of(covariance, n_channels)
    np.testing.assert_allclose(found.dense().diagonal(), covariance.diagonal(), rtol=1e-12)
    assert (found.specific > 0.0).sum() == n_channels - 1
    assert not found.loadings[7].any()
    plans = rng.lognormal(0.0, 1.0, (50, n_channels))
    true, measured, held = (
        np.einsum("pc,cd,pd->p", plans, matrix, plans)
        for matrix in (shared.T @ shared + np.diag(own**2), covariance, found.dense())
    )
    # What is left out are correlations that 520 periods cannot tell from none: the truth is as near without them.
    assert np.abs(held / true - 1.0).mean() < np.abs(measured / true - 1.0).mean()
    assert np.abs(held / measured - 1.0).mean() < 0.04
    order = rng.permutation(n_channels)
    other = factors_of(covariance[np.ix_(order, order)], n_channels)
    assert other.loadings.tobytes() == found.loadings[order].tobytes()


@pytest.mark.parametrize("shared", ["one noise for all", "a noise of its own each"])
def test_channels_in_another_order_have_the_same_noise_bit_for_bit(shared):
    # One noise for all leaves only the curves to tell the channels by; equal curves only the noise.
    root = np.random.default_rng(1).normal(size=(5, 5))
    covariance = np.full((5, 5), 0.02) + 0.08 * np.eye(5) if shared == "one noise for all" else root @ root.T
    half = {name: 20.0 + (c if shared == "one noise for all" else 0) for c, name in enumerate("abcde")}

    def tables_of(names):
        curves = {"revenue": {name: lambda x, name=name: 100.0 * x / (x + half[name]) for name in names}}
        places = ["abcde".index(name) for name in names]
        return plan_tables(from_functions(curves, dict.fromkeys(names, 90.0), covariance[np.ix_(places, places)]), 13)

    plain, other = tables_of("abcde"), tables_of("dbeac")
    assert plain.loadings[0].tobytes() == other.loadings[0].tobytes()
    np.testing.assert_array_equal(plain.order, np.array(["abcde".index(name) for name in "dbeac"])[other.order])


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


def test_the_normal_distribution_from_its_table():
    z = np.concatenate([np.linspace(-9.0, 9.0, 5001), [-8.5, 8.5, 0.0, np.inf, -np.inf]])
    found = np.array([_normal(x, _NORMAL) for x in z])
    np.testing.assert_allclose(found[:, 0], norm.cdf(z), rtol=0, atol=1e-15)
    np.testing.assert_allclose(found[:, 1], norm.pdf(z), rtol=0, atol=3e-13)


SCENARIOS = np.array([[4.0, -1.0, 2.0, 9.0, 2.0, 0.5]])
SCENARIO_WEIGHTS = np.array([0.1, 0.15, 0.25, 0.2, 0.2, 0.1])


@pytest.mark.parametrize("level", [0.0, 0.3, 0.8, 0.85, 0.9, 0.97])
def test_three_forms_of_the_lower_tail_mean_agree(level):
    mass = 1.0 - level
    order = np.argsort(SCENARIOS[0])
    taken, missing = 0.0, mass
    for i in order:  # the worst first, the scenario at the edge in part
        part = min(SCENARIO_WEIGHTS[i], missing)
        taken, missing = taken + part * SCENARIOS[0, i], missing - part
    shortest = [t - SCENARIO_WEIGHTS @ np.maximum(t - SCENARIOS[0], 0) / mass for t in SCENARIOS[0]]
    dual = linprog(
        SCENARIOS[0],
        A_eq=np.ones((1, 6)),
        b_eq=[1.0],
        bounds=list(zip(np.zeros(6), SCENARIO_WEIGHTS / mass, strict=True)),
    )
    found = mixture_tail_mean(SCENARIOS, np.zeros((1, 6)), SCENARIO_WEIGHTS, level)[0]
    assert found == pytest.approx(taken / mass, rel=1e-11)
    assert found == pytest.approx(max(shortest), rel=1e-11)
    assert found == pytest.approx(dual.fun, rel=1e-9)


@pytest.mark.parametrize("level", [0.0, 0.3, 0.8, 0.85, 0.9])
def test_shares_of_the_tail_are_a_dual_solution_also_at_point_masses(level):
    value, shares, _ = tail_mean_sensitivity(SCENARIOS, np.zeros((1, 6)), SCENARIO_WEIGHTS, level)
    assert shares.sum() == pytest.approx(1.0, rel=1e-12)
    assert (shares >= -1e-12).all()
    assert (shares <= SCENARIO_WEIGHTS / (1.0 - level) + 1e-12).all()
    assert shares[0] @ SCENARIOS[0] == pytest.approx(value[0], rel=1e-10)


def some_mixture(n_plans=3, n_draws=40, seed=5):
    rng = np.random.default_rng(seed)
    mean, variance = rng.normal(10, 2, (n_plans, n_draws)), rng.uniform(1, 4, (n_plans, n_draws))
    return mean, variance, rng.dirichlet(np.full(n_draws, 5.0))


def test_the_tail_mean_at_level_zero_is_the_mean():
    mean, variance, weights = some_mixture()
    np.testing.assert_allclose(mixture_tail_mean(mean, variance, weights, 0.0), mean @ weights, rtol=1e-14)


def test_the_tail_mean_of_one_normal_is_known():
    mass = 0.1
    expected = 3.0 - 2.0 * norm.pdf(norm.ppf(mass)) / mass
    found = mixture_tail_mean(np.array([[3.0]]), np.array([[4.0]]), np.ones(1), 1.0 - mass)
    assert found[0] == pytest.approx(expected, rel=1e-12)


def test_a_gift_to_every_case_raises_the_tail_mean_by_as_much_and_leaves_the_deviation():
    mean, variance, weights = some_mixture()
    for level in (0.5, 0.9, 0.99):
        raised = mixture_tail_mean(mean + 7.0, variance, weights, level)
        np.testing.assert_allclose(raised, mixture_tail_mean(mean, variance, weights, level) + 7.0, rtol=1e-11)
    np.testing.assert_allclose(
        mixture_std(mean + 7.0, variance, weights), mixture_std(mean, variance, weights), rtol=1e-11
    )


def test_tail_mean_and_shortfall_equal_a_large_sample_of_draws_and_shocks():
    mean, variance, weights = some_mixture(1)
    rng = np.random.default_rng(8)
    n = 400_000
    draw = rng.choice(40, n, p=weights)
    sample = np.sort(mean[0, draw] + np.sqrt(variance[0, draw]) * rng.normal(size=n))
    tail = sample[: n // 10]
    # The mean of a tail of m cases errs by about the tail's deviation over the root of m, edge included twice that.
    error = 4 * 2 * tail.std() / np.sqrt(n // 10)
    assert mixture_tail_mean(mean, variance, weights, 0.9)[0] == pytest.approx(tail.mean(), abs=error)
    below = (sample < 8.0).mean()
    assert mixture_shortfall(mean, variance, weights, 8.0)[0] == pytest.approx(below, abs=4 * np.sqrt(0.25 / n))


def test_equality_counts_one_half():
    mean, none, weights = np.array([[1.0, 2.0, 5.0]]), np.zeros((1, 3)), np.array([0.2, 0.5, 0.3])
    for target, expected in ((0.5, 0.0), (1.0, 0.1), (1.5, 0.2), (2.0, 0.45), (5.0, 0.85), (6.0, 1.0)):
        assert mixture_shortfall(mean, none, weights, target)[0] == pytest.approx(expected, rel=1e-12)


def test_a_tail_mean_of_at_least_the_target_bounds_the_shortfall():
    mean, variance, weights = some_mixture(20)
    tail = mixture_tail_mean(mean, variance, weights, 0.8)
    for value, m, v in zip(tail, mean, variance, strict=True):
        assert mixture_shortfall(m[None], v[None], weights, value)[0] <= 0.2


def test_a_plan_beyond_a_table_has_no_risk_and_no_sensitivity():
    mean, variance = np.full((1, 3), np.nan), np.full((1, 3), np.nan)
    weights = np.full(3, 1 / 3)
    assert np.isnan(mixture_std(mean, variance, weights)[0])
    assert np.isnan(mixture_tail_mean(mean, variance, weights, 0.9)[0])
    assert np.isnan(mixture_shortfall(mean, variance, weights, 1.0)[0])
    for found in (
        std_sensitivity(mean, variance, weights),
        tail_mean_sensitivity(mean, variance, weights, 0.9),
        shortfall_sensitivity(mean, variance, weights, 1.0),
    ):
        assert all(np.isnan(part).all() for part in found)


SENSITIVITIES = {
    "std": (mixture_std, std_sensitivity, ()),
    "tail_mean": (mixture_tail_mean, tail_mean_sensitivity, (0.85,)),
    "shortfall": (mixture_shortfall, shortfall_sensitivity, (9.0,)),
}


def curves(n_channels=5, n_draws=7, seed=2):
    """A table of rising curves with noise in two factors, and plans inside it."""
    rng = np.random.default_rng(seed)
    knots = np.cumsum(np.hstack([np.zeros((n_channels, 1)), rng.uniform(0.5, 2.0, (n_channels, 6))]), axis=1)
    rise = rng.uniform(0.1, 1.0, (n_channels, 6, n_draws))
    values = np.concatenate([np.zeros((n_channels, 1, n_draws)), np.cumsum(rise, axis=1)], axis=1)
    slopes = rng.uniform(0.1, 0.6, values.shape)
    noise = rng.normal(0, 0.2, (n_channels, 2)), rng.uniform(0.01, 0.05, n_channels)
    spend = rng.uniform(0.2, 0.9, (4, n_channels)) * knots[:, -1]
    return (knots, values, slopes, *noise), spend, rng.dirichlet(np.full(n_draws, 4.0))


@pytest.mark.parametrize("against_reference", [False, True])
@pytest.mark.parametrize("name", SENSITIVITIES)
def test_the_gradient_of_a_risk_measure_equals_finite_differences(name, against_reference):
    value_of, sensitivity, parameters = SENSITIVITIES[name]
    tables, spend, weights = curves()
    reference = np.empty((5, 0))
    if against_reference:
        reference = np.empty((5, 7))
        draw_response(spend[0] * 0.8, *tables[:3], reference)
        parameters = (0.0,) if name == "shortfall" else parameters

    def moments(plans):
        mean, variance = np.empty((2, len(plans), 7))
        draw_moments(plans, *tables, reference, mean, variance)
        return mean, variance

    value, d_mean, d_variance = sensitivity(*moments(spend), weights, *parameters)
    np.testing.assert_allclose(value, value_of(*moments(spend), weights, *parameters), rtol=1e-13)
    gradient, curvature = np.empty_like(spend), np.empty_like(spend)
    draw_gradient(spend, *tables, reference, d_mean, d_variance, gradient, curvature)
    assert (curvature >= 0.0).all()
    step = 1e-5
    for c in range(5):
        up, down = spend.copy(), spend.copy()
        up[:, c] += step
        down[:, c] -= step
        rise = value_of(*moments(up), weights, *parameters) - value_of(*moments(down), weights, *parameters)
        # A difference of two values divides their rounding by the step; its own error is the step squared.
        np.testing.assert_allclose(gradient[:, c], rise / (2 * step), rtol=1e-5, atol=1e-7)


def test_the_reference_itself_ties_in_every_draw():
    tables, spend, weights = curves()
    reference = np.empty((5, 7))
    draw_response(spend[1], *tables[:3], reference)
    mean, variance = np.empty((2, 4, 7))
    draw_moments(spend, *tables, reference, mean, variance)
    assert not mean[1].any()
    assert not variance[1].any()
    shortfall = mixture_shortfall(mean, variance, weights, 0.0)
    assert shortfall[1] == pytest.approx(0.5, rel=1e-12)
    assert ((shortfall >= 0) & (shortfall <= 1)).all()


def test_shared_shocks_make_a_sure_gain_sure():
    """Noise that meets both plans alike cannot turn more of everything into less."""
    tables, spend, weights = curves()
    knots, values, slopes, _, _ = tables
    tables = knots, values, slopes, np.full((5, 1), 0.3), np.zeros(5)
    reference = np.empty((5, 7))
    draw_response(spend[0], *tables[:3], reference)
    mean, variance = np.empty((2, 1, 7))
    draw_moments(np.minimum(spend[:1] * 1.2, knots[:, -1]), *tables, reference, mean, variance)
    paired = mixture_shortfall(mean, variance, weights, 0.0)[0]
    assert paired == pytest.approx(norm.cdf(-1 / 0.3), rel=1e-9)  # the gain is g (1 + e) with e of deviation 0.3


def test_a_plan_has_the_same_moments_whoever_stands_beside_it():
    tables, spend, _ = curves(n_draws=33)
    together, alone = np.empty((2, 4, 33)), np.empty((2, 1, 33))
    nothing = np.empty((spend.shape[1], 0))
    draw_moments(spend, *tables, nothing, *together)
    for p in range(4):
        draw_moments(spend[p : p + 1], *tables, nothing, *alone)
        np.testing.assert_array_equal(alone[:, 0], together[:, p])


def test_that_noise_of_very_many_channels_is_held_in_part_is_said():
    def tables_of(n):
        names = [f"c{c}" for c in range(n)]
        return from_functions({"revenue": dict.fromkeys(names, lambda x: x)}, dict.fromkeys(names, 9.0), np.eye(n))

    assert _shared_noise(tables_of(2)) == ()
    (said,) = _shared_noise(tables_of(EXACT_CHANNELS + 1))
    assert said.text == (
        "market noise of 257 channels: every channel's own is held as it was found, and what they share in the 32 "
        "directions in which they move together most (exact for up to 256 channels)"
    )
