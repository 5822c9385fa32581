import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from moo_budget.errors import InputError
from moo_budget.views import black_litterman, entropy_pooling
from moo_budget.views.entropy_pooling import effective_draws


def gaussian(n_draws=20_000, seed=3):
    """Draws of three correlated returns whose sample mean and covariance are known."""
    rng = np.random.default_rng(seed)
    mix = np.array([[0.5, 0.0, 0.0], [0.2, 0.4, 0.0], [-0.1, 0.1, 0.3]])
    return np.array([[1.0], [2.0], [0.5]]) + mix @ rng.normal(size=(3, n_draws))


def test_views_that_hold_already_leave_the_weights_alone():
    prior = np.random.default_rng(0).dirichlet(np.ones(200))
    draws = np.random.default_rng(1).normal(size=(3, 200))
    held = draws @ prior
    pooled = entropy_pooling(draws, ["==", "<=", ">="], held + np.array([0.0, 0.1, -0.1]), weights=prior)
    np.testing.assert_allclose(pooled.weights, prior, atol=1e-10)
    np.testing.assert_allclose(pooled.multipliers, 0.0, atol=1e-8)


def test_a_probability_is_shared_out_evenly_within_and_without():
    inside = np.arange(100) < 30
    pooled = entropy_pooling([inside], ["=="], [0.6])
    np.testing.assert_allclose(pooled.weights, np.where(inside, 0.6 / 30, 0.4 / 70), rtol=1e-8)
    assert pooled.effective_draws == pytest.approx((30 / 0.6) ** 0.6 * (70 / 0.4) ** 0.4)


@pytest.mark.parametrize(
    ("relations", "confidence"),
    [(["==", "=="], [1.0, 1.0]), ([">=", "<="], [1.0, 1.0]), (["==", ">="], [0.4, 0.7]), (["<=", "<="], [1.0, 1.0])],
)
def test_weights_are_those_of_the_primal_problem(relations, confidence):
    """The same by another way: a solver for constraints on the weights themselves, confidence as a penalty."""
    rng = np.random.default_rng(5)
    draws, prior = rng.gamma(2.0, size=(2, 30)), rng.dirichlet(np.full(30, 5.0))
    asked = draws @ prior + [0.3, -0.2]
    got = entropy_pooling(draws, relations, asked, confidence=confidence, weights=prior, fewest_draws=0.0)
    deviation = np.sqrt((draws - (draws @ prior)[:, None]) ** 2 @ prior)
    omega = (1 / np.array(confidence) - 1) * deviation**2

    def miss(p):
        gap = asked - draws @ p
        sign = np.array([{"==": 0, ">=": 1, "<=": -1}[relation] for relation in relations])
        return np.where(sign == 0, gap, np.maximum(sign * gap, 0.0))

    def cost(p):
        soft = omega > 0
        return p @ np.log(p / prior) + 0.5 * (miss(p)[soft] ** 2 / omega[soft]).sum()

    hard = omega == 0
    limits = [{"type": "eq", "fun": lambda p: p.sum() - 1}]
    for row in np.flatnonzero(hard):
        kind = "eq" if relations[row] == "==" else "ineq"
        sign = -1.0 if relations[row] == "<=" else 1.0
        limits.append({"type": kind, "fun": lambda p, r=row, s=sign: s * (draws[r] @ p - asked[r])})
    found = minimize(cost, prior, bounds=[(1e-9, 1)] * 30, constraints=limits, options={"maxiter": 500, "ftol": 1e-13})
    assert cost(got.weights) <= found.fun + 1e-9
    np.testing.assert_allclose(got.weights, found.x, atol=2e-4)


def test_an_inequality_pulls_to_its_value_and_no_further():
    draws = gaussian(2_000)
    pooled = entropy_pooling(draws[:2], [">=", "<="], [1.2, 5.0])
    assert draws[0] @ pooled.weights == pytest.approx(1.2, abs=1e-8)
    assert pooled.multipliers[0] > 0.0
    assert pooled.multipliers[1] == 0.0


@pytest.mark.parametrize("k", [0.3, 0.6])
def test_on_gaussian_draws_the_mean_is_that_of_black_litterman_and_the_spread_is_wider(k):
    draws = gaussian()
    picks, values = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, -1.2]]), np.array([1.3, 1.1])
    mean, covariance = draws.mean(axis=1), np.cov(draws, bias=True)
    exact = black_litterman(mean, covariance, picks, values, confidence=[k, k])
    pooled = entropy_pooling(picks @ draws, ["==", "=="], values, confidence=[k, k])
    got = draws @ pooled.weights
    # Of 20,000 draws, tilted by less than a deviation.
    np.testing.assert_allclose(got, exact.mean, atol=0.01)
    spread = ((draws - got[:, None]) ** 2) @ pooled.weights
    assert (spread[:2] > 1.1 * np.diag(exact.uncertainty)[:2]).all()


def test_an_unsure_view_does_not_block_another():
    draws = gaussian(5_000)
    alone = entropy_pooling(draws[[0]], ["=="], [1.4])
    beside = entropy_pooling(draws[[0, 0]], ["==", "=="], [1.4, 1.0], confidence=[1.0, 1e-6])
    np.testing.assert_allclose(beside.weights, alone.weights, atol=1e-8)


def test_views_that_say_the_same_twice_are_one():
    draws = gaussian(1_000)
    once = entropy_pooling(draws[[0]], ["=="], [1.3])
    twice = entropy_pooling([draws[0], 2 * draws[0]], ["==", "=="], [1.3, 2.6])
    np.testing.assert_allclose(twice.weights, once.weights, atol=1e-7)


def test_draws_without_weight_stay_without():
    draws = gaussian(400)
    prior = np.where(np.arange(400) < 300, 1 / 300, 0.0)
    pooled = entropy_pooling(draws[[0]], ["=="], [1.2], weights=prior)
    short = entropy_pooling(draws[[0], :300], ["=="], [1.2])
    assert not pooled.weights[300:].any()
    np.testing.assert_allclose(pooled.weights[:300], short.weights, atol=1e-12)


def test_effective_draws_count_equal_weights():
    assert effective_draws(np.full(40, 1 / 40)) == pytest.approx(40)
    assert effective_draws(np.array([0.5, 0.5, 0.0])) == pytest.approx(2)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1000), st.floats(0.05, 1.0), st.floats(-1.0, 1.0))
def test_weights_are_a_distribution_and_certain_views_hold(seed, share, shift):
    rng = np.random.default_rng(seed)
    draws = rng.gamma(1.5, size=(2, 80))
    asked = draws.mean(axis=1) + shift * draws.std(axis=1) * [share, 1 - share]
    pooled = entropy_pooling(draws, ["==", "=="], asked, fewest_draws=0.0)
    assert pooled.weights.min() >= 0.0
    assert pooled.weights.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(draws @ pooled.weights, asked, atol=1e-7)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.lists(st.sampled_from(["==", "<=", ">="]), min_size=1, max_size=5))
def test_any_views_that_some_weights_hold_are_held_at_the_least_cost(seed, relations):
    """Conditions of an optimum: exact rows met, bounds kept, no bound pulls that is not reached."""
    rng = np.random.default_rng(seed)
    draws = rng.gamma(1.5, size=(len(relations), 60)) * rng.uniform(0.01, 100, size=(len(relations), 1))
    some = draws @ rng.dirichlet(np.full(60, 2.0))
    room = {"==": 0.0, "<=": 1.0, ">=": -1.0}
    asked = some + np.array([room[relation] for relation in relations]) * rng.uniform(0, 0.1) * some
    pooled = entropy_pooling(draws, relations, asked, fewest_draws=0.0)
    gap = (draws @ pooled.weights - asked) / asked
    for relation, missed, pull in zip(relations, gap, pooled.multipliers * asked, strict=True):
        assert {"==": -1e-7, "<=": -np.inf, ">=": -1e-7}[relation] <= missed
        assert missed <= {"==": 1e-7, "<=": 1e-7, ">=": np.inf}[relation]
        assert {"==": 0.0, "<=": -pull, ">=": pull}[relation] >= 0.0
        assert pull == 0.0 or abs(missed) < 1e-7
    # Weights of the exponential family with these multipliers: nothing else is as near to equal ones.
    exponent = pooled.multipliers @ draws
    np.testing.assert_allclose(
        pooled.weights, np.exp(exponent - exponent.max()) / np.exp(exponent - exponent.max()).sum()
    )


def test_a_value_that_no_draw_reaches_is_refused_and_the_nearest_is_named():
    draws = np.linspace(0.5, 2.0, 100)[None]
    with pytest.raises(InputError, match=r"lies between 0.5 and 2. The nearest that can be asked is 2\.") as told:
        entropy_pooling(draws, ["=="], [3.0], names=["roi(tv) == 3"])
    assert told.value.text.startswith("`roi(tv) == 3` cannot be reached by weighing the draws")


def test_views_that_contradict_each_other_are_named_and_no_others():
    draws = gaussian(500)
    statistics = [draws[0], draws[1], draws[0] - draws[1]]
    with pytest.raises(InputError, match="`a` and `c` and `d` contradict each other") as told:
        entropy_pooling(
            [*statistics, draws[1], draws[2]],
            ["==", ">=", ">=", ">=", "<="],
            [1.0, 0.5, 0.2, 1.5, 0.9],
            names=["a", "b", "c", "d", "e"],
        )
    assert told.value.code == "views.contradiction"


def test_views_that_are_less_sure_do_not_contradict():
    draws = gaussian(500)
    pooled = entropy_pooling(draws[[0, 0]], ["==", "=="], [0.8, 1.2], confidence=[0.5, 0.5])
    assert draws[0] @ pooled.weights == pytest.approx(1.0, abs=0.05)


def test_too_few_effective_draws_are_refused():
    with pytest.raises(InputError, match=r"`view 1`: of 500 draws these views leave \d+\.\d effective ones, too few"):
        entropy_pooling(gaussian(500)[[0]], ["=="], [2.4])


def test_the_edge_of_the_draws_is_refused():
    draws = np.append(np.linspace(0.0, 1.0, 99), 10.0)[None]
    with pytest.raises(InputError, match=r"effective ones, too few|at the edge of what the draws can say"):
        entropy_pooling(draws, ["=="], [10.0])


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"confidence": [0.0]}, "a confidence is 0; it must be above 0 and at most 1"),
        ({"confidence": [1.5]}, "a confidence is 1.5; it must be above 0 and at most 1"),
        ({"relations": [">"]}, r"there is no relation `>`\. Did you mean `>=`\? Known: ==, <=, >="),
        ({"relations": "=="}, "there is no relation `=`"),
        ({"values": [1.0, 2.0]}, r"values has shape \(2,\); it must be \(n_views,\)"),
        ({"statistics": [[np.nan, 1.0]]}, r"statistics\[0, 0\] is nan"),
        ({"weights": [0.4, 0.5]}, r"weights sum to 0\.9; they must be 0 or more and sum to 1"),
        ({"weights": [1.0]}, r"weights has shape \(1,\); it must be \(n_draws,\)"),
    ],
)
def test_what_is_no_view_is_refused(change, text):
    given = {"statistics": [[0.0, 1.0]], "relations": ["=="], "values": [0.5], "fewest_draws": 0.0} | change
    with pytest.raises(InputError, match=text):
        entropy_pooling(**given)
