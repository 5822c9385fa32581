import numpy as np
import pytest

from moo_budget.responses import fit
from moo_budget.responses.channel_term import ChannelResponse
from moo_budget.responses.curves import LINEAR, CurveDraws, NoEffect
from moo_budget.responses.joint import joint_draws
from moo_budget.simulate import EffectNoise, TrueResponse

from .histories import history_of

N_DRAWS = 4_000
SPEND = np.ones((80, 3))


def responses(seed):
    """Three straight lines whose slopes are uncertain, unequally and not normally."""
    rng = np.random.default_rng(seed)
    effects = [rng.lognormal(sigma=0.1, size=N_DRAWS), rng.normal(5.0, 0.3, N_DRAWS), rng.uniform(1.0, 2.0, N_DRAWS)]
    carry_over = rng.dirichlet([1.0, 1.0], N_DRAWS)
    return [
        ChannelResponse(CurveDraws(LINEAR, 1.0, values, np.empty((N_DRAWS, 0))), carry_over, carry_over)
        for values in effects
    ]


def covariance(correlation):
    return np.where(np.eye(3) == 1.0, 1.0, correlation) * np.outer([0.1, 0.2, 0.3], [0.1, 0.2, 0.3])


def streams(seed=0):
    return np.random.default_rng(seed).spawn(3)


def levels(channels):
    return np.array([channel.curve.values(np.array([1.0]))[0] for channel in channels])


def test_every_channel_keeps_its_own_draws_whole():
    before = responses(1)
    after = joint_draws(before, SPEND, np.ones(3), covariance(0.6), streams())
    for old, new in zip(before, after, strict=True):
        both = [
            np.column_stack([one.curve.values(np.array([2.0]))[0], one.curve.slopes(np.array([2.0]))[0], one.carry_in])
            for one in (old, new)
        ]
        order = [np.argsort(rows[:, 0], kind="stable") for rows in both]
        np.testing.assert_array_equal(both[0][order[0]], both[1][order[1]])
        np.testing.assert_array_equal(new.carry_in, new.carry_over)


def test_levels_correlate_as_the_noise_does():
    after = joint_draws(responses(1), SPEND, np.ones(3), covariance(0.6), streams())
    np.testing.assert_allclose(np.corrcoef(levels(after))[np.triu_indices(3, 1)], 0.6, atol=0.04)
    alone = joint_draws(responses(1), SPEND, np.ones(3), covariance(0.0), streams())
    np.testing.assert_allclose(np.corrcoef(levels(alone))[np.triu_indices(3, 1)], 0.0, atol=0.04)


def test_channels_that_never_ran_together_share_no_error():
    spend = np.ones((80, 3))
    spend[:40, 0] = spend[40:, 1] = 0.0
    after = np.corrcoef(levels(joint_draws(responses(1), spend, np.ones(3), covariance(0.6), streams())))
    assert after[0, 1] == pytest.approx(0.0, abs=0.04)
    assert after[0, 2] == pytest.approx(0.6 * np.sqrt(0.5), abs=0.04)


def test_the_order_of_the_channels_does_not_matter():
    order, before, sigma = [2, 0, 1], responses(1), covariance(0.6)
    usual = levels(joint_draws(before, SPEND, np.ones(3), sigma, streams()))
    parts, others = [before[c] for c in order], [streams()[c] for c in order]
    moved = levels(joint_draws(parts, SPEND, np.ones(3), sigma[np.ix_(order, order)], others))
    np.testing.assert_array_equal(moved, usual[order])


def test_a_channel_without_effect_stays_one():
    before = [*responses(1)[:2], ChannelResponse(NoEffect(N_DRAWS), *[np.ones((N_DRAWS, 1))] * 2)]
    sigma = covariance(0.6)
    sigma[2] = sigma[:, 2] = 0.0
    after = joint_draws(before, SPEND, np.ones(3), sigma, streams())
    assert after[2] is before[2]
    assert np.corrcoef(levels(after[:2]))[0, 1] == pytest.approx(0.6, abs=0.04)


def test_noise_in_common_widens_what_is_said_of_the_channels_sum():
    rng = np.random.default_rng(3)
    spend = 10.0 * np.exp(rng.normal(scale=0.5, size=(100, 6)))
    truth = TrueResponse(100.0, 12.0)
    exact = np.column_stack([truth.over_time(column) for column in spend.T])
    together, apart = (EffectNoise(0.2, correlation).factors((100, 6), rng) for correlation in (0.7, 0.0))
    widths = []
    for factors in (together, apart):
        (outcome,) = fit(history_of(spend, {"clicks": exact * factors}), seed=1, draws=300).outcomes
        widths.append(sum(curve.values(np.array([10.0]))[0] for curve in outcome.curves).std())
    assert widths[0] > 1.5 * widths[1]
