"""The joint model: what else moves a total, what is believed beforehand, collinear money, and bad input."""

import json
import re

import numpy as np
import pytest

from moo_budget.errors import InputError
from moo_budget.responses import CARRY_OVERS, CURVES, NoEffect, fit
from moo_budget.responses.parameters import Between, Parameter, Positive, SoftPositive
from moo_budget.simulate import TrueResponse
from moo_budget.spec import FitSpec, PriorSpec

from .histories import brought, flighted, history_of

LEVELS = (900.0, 300.0, 120.0)
TRUTHS = [
    TrueResponse(50_000, 700.0, 1.0, 0.0),
    TrueResponse(9_000, 500.0, 1.8, 0.5),
    TrueResponse(30_000, 400.0, 1.2, 0.2),
]
N = 120
WEEKS = np.arange(N)
SPEND = flighted(N, LEVELS, seed=1)


def sales_of(spend, truths, noise=1_500.0):
    """A total with level, trend and season beside what the channels bring."""
    weeks = np.arange(len(spend))
    exact = 60_000 + 80.0 * weeks + 6_000 * np.sin(2 * np.pi * weeks / 52.18)
    exact = exact + brought(spend, truths, 0.0, 0).sum(axis=1)
    return exact + np.random.default_rng(3).normal(scale=noise, size=len(spend))


SALES = sales_of(SPEND, TRUTHS)


def learned(spend, sales, spec=None, name="sales", **history):
    """The response of one total, and what is said about it."""
    responses = fit(history_of(spend, {name: sales}, **history), spec or FitSpec(), seed=1)
    return responses.outcomes[0], [message.text for message in responses.messages]


@pytest.fixture(scope="module")
def plain():
    """What is learned where nothing is odd."""
    return learned(SPEND, SALES)[0]


def gain(outcome, channel, low, high):
    """(n_draws,): what the higher level of spend brings more than the lower one."""
    return np.diff(outcome.curves[channel].values(np.array([low, high])), axis=0)[0]


def total(outcome, spend):
    """(n_draws,): of all channels at mean spend."""
    return sum(curve.values(np.array([x]))[0] for curve, x in zip(outcome.curves, spend.mean(axis=0), strict=True))


# --- what else moves a total ---


@pytest.mark.parametrize("kind", ["events", "holidays"])
def test_what_an_event_brings_is_not_credited_to_the_channels_that_run_beside_it(kind):
    happened = (WEEKS % 5 == 3).astype(float)
    spend = SPEND * (1.0 + 2.0 * happened[:, None])
    sales = sales_of(spend, TRUTHS) + 15_000 * happened
    true = np.diff(TRUTHS[0].level(np.array([500.0, 2_500.0])))[0]
    with_events, _ = learned(spend, sales, **{kind: {"sale": happened}})
    without, _ = learned(spend, sales)
    off = [abs(gain(outcome, 0, 500.0, 2_500.0).mean() - true) / true for outcome in (with_events, without)]
    assert off[0] < 0.1 < off[1]
    assert with_events.quality["r2_in_sample"] > without.quality["r2_in_sample"]


def test_an_organic_channel_takes_its_part_with_its_own_carry_over_and_is_no_channel_of_the_plan():
    mails = flighted(N, (40.0,), seed=5)[:, 0]
    moved = SALES + TrueResponse(60_000, 40.0, 1.0, 0.5).over_time(mails)
    outcome, _ = learned(SPEND, moved, organic={"mail": mails, "never": np.zeros(N)})
    without, _ = learned(SPEND, moved)
    assert outcome.quality["r2_in_sample"] > without.quality["r2_in_sample"] + 0.1
    assert len(outcome.curves) == len(outcome.carry_over) == 3
    assert set(outcome.quality["priors"]) == {"a", "b", "c"}


def test_the_unit_of_an_organic_volume_does_not_matter():
    mails = flighted(N, (40.0,), seed=5)[:, 0]
    one, other = (learned(SPEND, SALES, organic={"mail": factor * mails})[0] for factor in (1.0, 1e6))
    # The least-squares solver stops at 1e-6.
    np.testing.assert_allclose(other.curves[0].values(SPEND[:3, 0]), one.curves[0].values(SPEND[:3, 0]), rtol=1e-4)


# --- what is believed beforehand ---


@pytest.mark.parametrize(
    "parameter",
    [
        Parameter("effect", SoftPositive(), 1.0, 1.0),
        Parameter("half_saturation", Positive(), 1.0, 1.0),
        Parameter("decay", Between(0.0, 0.9), 0.25, 1.0),
    ],
)
def test_a_belief_has_the_central_ninety_per_cent_that_were_asked_for(parameter):
    believed = parameter.believed(0.2, 0.8)
    assert believed.range() == pytest.approx((0.2, 0.8))
    free = parameter.scale.free(believed.centre) + believed.spread * np.random.default_rng(1).normal(size=20_000)
    inside = (believed.scale.natural(free) > 0.2) & (believed.scale.natural(free) < 0.8)
    assert inside.mean() == pytest.approx(0.9, abs=0.01)
    assert parameter.believed(0.0, 0.8).range() == pytest.approx((0.008, 0.8), rel=0.13)


def test_priors_of_the_problem_file_are_the_priors_that_the_fit_reports():
    prior = PriorSpec(roi=(2.0, 5.0), decay=(0.1, 0.4), half_saturation=(300.0, 900.0))
    outcome, _ = learned(SPEND, SALES, FitSpec(priors={"b": prior}))
    stated = json.loads(json.dumps(outcome.quality["priors"]))["b"]
    assert stated["roi"] == pytest.approx([2.0, 5.0])
    assert stated["decay"] == pytest.approx([0.1, 0.4])
    assert stated["half_saturation"] == pytest.approx([300.0, 900.0])
    others = [outcome.quality["priors"][channel]["roi"] for channel in "ac"]
    assert others[0] == pytest.approx(others[1])  # before the data every channel has the same return


def test_where_the_data_are_silent_the_stated_return_is_what_comes_out():
    spend = np.tile(LEVELS, (N, 1))
    outcome, _ = learned(spend, SALES, FitSpec(priors={"a": PriorSpec(roi=(3.0, 4.0))}, draws=2_000))
    returns = outcome.curves[0].values(np.array([LEVELS[0]]))[0] / LEVELS[0]
    np.testing.assert_allclose(np.quantile(returns, [0.05, 0.95]), [3.0, 4.0], rtol=0.05)


def test_a_stated_decay_holds_the_carry_over_of_that_channel():
    spec = FitSpec(priors={"a": PriorSpec(decay=(0.59, 0.61))})
    outcome, _ = learned(SPEND, SALES, spec)
    weights = outcome.carry_over[0]
    np.testing.assert_allclose(weights[:, 1] / weights[:, 0], 0.6, atol=0.05)


def test_a_stated_return_is_one_of_revenue_or_else_of_the_first_outcome():
    outcomes = {"visits": SALES, "revenue": SALES}
    spec = FitSpec(priors={"a": PriorSpec(roi=(1.0, 1.1))}, draws=5)
    both = fit(history_of(SPEND, outcomes), spec, seed=1)
    ranges = [outcome.quality["priors"]["a"]["roi"] for outcome in both.outcomes]
    assert ranges[1] == pytest.approx([1.0, 1.1])
    assert ranges[0] != pytest.approx([1.0, 1.1])
    alone, _ = learned(SPEND, SALES, spec, name="visits")
    assert alone.quality["priors"]["a"]["roi"] == pytest.approx([1.0, 1.1])


def test_a_stated_return_moves_an_outcome_that_is_measured_per_channel_too():
    clicks = brought(SPEND[:12], TRUTHS, noise=0.4, seed=2)
    returns = []
    for roi in ((1.0, 1.5), (90.0, 99.0)):
        spec = FitSpec(priors={"a": PriorSpec(roi=roi)}, curve="hill")
        (outcome,) = fit(history_of(SPEND[:12], {"clicks": clicks}), spec, seed=1).outcomes
        returns.append(outcome.curves[0].values(np.array([900.0])).mean() / 900.0)
    assert returns[0] < returns[1]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (FitSpec(priors={"z": PriorSpec()}), "[fit] priors: there is no channel `z`. Known: a, b, c"),
        (
            FitSpec(priors={"a": PriorSpec(decay=(0.1, 0.5))}, carry_over="weibull"),
            "[fit.priors.a] decay is stated, but the carry-over `weibull` has none. Take it out.",
        ),
        (
            FitSpec(priors={"a": PriorSpec(half_saturation=(1.0, 5.0))}, curve="linear"),
            "[fit.priors.a] half_saturation is stated, but the curve `linear` has none. Take it out.",
        ),
        (
            FitSpec(priors={"a": PriorSpec(half_saturation=(1.0, 5.0))}, curve="logarithmic"),
            "[fit.priors.a] half_saturation is stated, but the curve `logarithmic` has none. Take it out.",
        ),
        (
            FitSpec(priors={"a": PriorSpec(decay=(0.1, 0.5))}, carry_over="delayed"),
            "[fit.priors.a] decay is stated, but the carry-over `delayed` has none. Take it out.",
        ),
        (
            FitSpec(priors={"a": PriorSpec(decay=(0.5, 0.95))}),
            "[fit.priors.a] decay goes up to 0.95; a unit of spend is followed for a few periods only, so it must stay "
            "below 0.9",
        ),
    ],
)
def test_priors_of_what_is_not_there_are_refused(spec, said):
    with pytest.raises(InputError, match=re.escape(said)):
        learned(SPEND, SALES, spec)


@pytest.mark.parametrize(
    ("curve", "carry_over"), [*((curve, "auto") for curve in CURVES), *(("auto", name) for name in CARRY_OVERS)]
)
def test_every_curve_and_carry_over_says_what_is_believed_of_it(curve, carry_over):
    outcome, _ = learned(SPEND[:40], SALES[:40], FitSpec(curve=curve, carry_over=carry_over, draws=5))
    ranges = outcome.quality["priors"]["a"]
    assert {"roi"} <= set(ranges) <= {"roi", "half_saturation", "decay"}
    assert all(low < high for low, high in ranges.values())


# --- channels that cannot be told apart ---


@pytest.mark.parametrize("noise", [1_500.0, 6_000.0])
def test_channels_whose_money_moves_together_are_named_and_others_are_not(noise):
    spend = np.column_stack([SPEND[:, 0], SPEND[:, 0] / 3.0, SPEND[:, 2]])
    outcome, said = learned(spend, sales_of(spend, TRUTHS, noise))
    assert outcome.quality["indistinct"] == [["a", "b"]]
    assert (
        "sales: the effects of `a` and `b` cannot be told apart, because their money moved together; only what a pair "
        "brings together is known. A lift test of one of them would tell." in said
    )
    outcome, said = learned(SPEND, sales_of(SPEND, TRUTHS, noise), FitSpec(draws=20))
    assert outcome.quality["indistinct"] == []
    assert not any("told apart" in text for text in said)


def test_three_alike_are_three_pairs():
    spend = SPEND[:, :1].repeat(3, axis=1)
    outcome, _ = learned(spend, sales_of(spend, TRUTHS[:1] * 3, 6_000.0))
    assert outcome.quality["indistinct"] == [["a", "b"], ["a", "c"], ["b", "c"]]


def test_channels_of_which_the_data_say_no_more_than_was_believed_are_named_with_most_money_first():
    """Twenty small ones over sixteen periods, and one with most of the money that swings by itself."""
    rng = np.random.default_rng(4)
    small = rng.lognormal(4.0, 0.5, (16, 20))
    large = np.where(np.arange(16) % 6 < 3, 2_000.0, 8_000.0) * rng.uniform(0.9, 1.1, 16)
    sales = (3.0 * large + 2.0 * small.sum(axis=1) + 5e4) * rng.normal(1.0, 0.02, 16)
    names = tuple(f"c{c:02d}" for c in range(21))
    spec = FitSpec(draws=20, curve="hill", carry_over="none")
    outcome, said = learned(np.column_stack([large, small]), sales, spec, channels=names)
    by_money = [names[1 + c] for c in np.argsort(-small.sum(axis=0))]
    assert outcome.quality["as_believed"] == by_money
    (text,) = [text for text in said if "hardly say" in text]
    most = ", ".join(f"`{name}`" for name in by_money[:6])
    assert text == (
        f"sales: for 20 of 21 channels (most money first: {most} and 14 more) the data hardly say whether they bring "
        "more or less than the others. How plans split money between them rests on what was believed beforehand; what "
        "all channels bring together is known better. Plan such channels as groups, measure the outcome channel by "
        "channel, or test those with most money ([fit] experiments)."
    )


def test_effects_that_the_data_show_are_not_called_beliefs(plain):
    assert plain.quality["as_believed"] == []


def test_money_that_moves_together_is_shared_out_as_the_priors_say():
    spend = np.column_stack([SPEND[:, 0], SPEND[:, 0]])
    sales = sales_of(spend, TRUTHS[:1] * 2, 6_000.0)
    shares = []
    for roi in ((5.0, 10.0), (40.0, 80.0)):
        outcome, _ = learned(spend, sales, FitSpec(priors={"b": PriorSpec(roi=roi)}))
        gains = [gain(outcome, c, 500.0, 1_500.0).mean() for c in (0, 1)]
        shares.append(gains[1] / sum(gains))
    assert shares[0] < 0.4 < shares[1] - 0.1


# --- bad input ---


@pytest.mark.parametrize("n_periods", [8, 10, 12, 15])
def test_few_periods_give_a_wide_answer_that_holds_the_truth(n_periods):
    spend = SPEND[:n_periods]
    outcome, _ = learned(spend, SALES[:n_periods])
    low, high = np.quantile(total(outcome, spend), [0.05, 0.95])
    assert low < sum(truth.level(x) for truth, x in zip(TRUTHS, spend.mean(axis=0), strict=True)) < high
    assert high > 1.5 * low


@pytest.mark.parametrize("n_periods", [8, 12, 15])
def test_few_periods_of_nothing_but_noise_leave_the_effects_open(n_periods):
    noise = 1_000 + 10 * np.random.default_rng(3).normal(size=n_periods)
    outcome, _ = learned(SPEND[:n_periods], noise)
    low, high = np.quantile(total(outcome, SPEND[:n_periods]), [0.05, 0.95])
    assert high > 3 * low


@pytest.mark.parametrize("n_periods", [8, N])
def test_one_channel_alone_is_learned(n_periods):
    spend = SPEND[:n_periods, :1]
    outcome, _ = learned(spend, sales_of(spend, TRUTHS[:1]))
    low, high = np.quantile(total(outcome, spend), [0.01, 0.99])
    assert low < TRUTHS[0].level(spend.mean()) < high
    assert outcome.quality["indistinct"] == []


@pytest.mark.parametrize("factor", [1e-6, 1e9])
def test_spend_in_thousandths_or_in_billions_changes_nothing_but_the_currency(plain, factor):
    scaled, _ = learned(factor * SPEND, SALES)
    for c in range(3):
        np.testing.assert_allclose(
            scaled.curves[c].values(factor * SPEND[:5, c]), plain.curves[c].values(SPEND[:5, c]), rtol=1e-4
        )


def test_a_priors_currency_is_that_of_the_table():
    prior, scaled = PriorSpec((2.0, 5.0), (0.1, 0.4), (300.0, 900.0)), PriorSpec((2e-3, 5e-3), (0.1, 0.4), (3e5, 9e5))
    plain, in_cents = (
        learned(factor * SPEND, SALES, FitSpec(priors={"b": stated}))[0]
        for factor, stated in ((1.0, prior), (1_000.0, scaled))
    )
    np.testing.assert_allclose(
        in_cents.curves[1].values(1_000.0 * SPEND[:5, 1]), plain.curves[1].values(SPEND[:5, 1]), rtol=1e-4
    )


@pytest.mark.parametrize("size", [1e2, 1e8])
def test_a_huge_outlier_is_named_and_moves_little(plain, size):
    wild = SALES.copy()
    wild[60] *= size
    outcome, said = learned(SPEND, wild)
    assert any("far from the fit, so counted less (1 of the values): 2023-02-27." in text for text in said)
    assert total(outcome, SPEND).mean() == pytest.approx(total(plain, SPEND).mean(), rel=0.05)


def test_a_wild_period_of_spend_does_not_set_the_scale_of_all_channels(plain):
    wild = SPEND.copy()
    wild[60, 1] *= 1e4
    outcome, _ = learned(wild, SALES)
    assert total(outcome, SPEND).mean() == pytest.approx(total(plain, SPEND).mean(), rel=0.2)


@pytest.mark.parametrize("factor", [0.3, 2.0])
def test_a_step_in_the_outcome_makes_the_answer_wider_not_wrong(plain, factor):
    stepped = SALES * np.where(WEEKS < 70, 1.0, factor)
    outcome, _ = learned(SPEND, stepped)
    before, after = (total(response, SPEND) for response in (plain, outcome))
    assert after.std() / after.mean() > 1.2 * before.std() / before.mean()
    low, high = np.quantile(after, [0.05, 0.95])
    ends = [scale * sum(t.level(x) for t, x in zip(TRUTHS, LEVELS, strict=True)) for scale in (1.0, factor)]
    assert low < max(ends)
    assert min(ends) < high


@pytest.mark.parametrize("shift", [0.9, 1.0, 3.0])
def test_returns_that_exceed_sales_leave_the_effects_what_they_are(plain, shift):
    outcome, _ = learned(SPEND, SALES - shift * SALES.mean())
    mine, theirs = (gain(o, 0, 400.0, 1_600.0).mean() for o in (outcome, plain))
    assert mine == pytest.approx(theirs, rel=0.1)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.where(WEEKS == 60, 500.0, 0.0), "sales: it is 0 in most periods"),
        (np.where(WEEKS == N - 1, 80.0, 70.0), "sales: it is 70 in most periods"),
        (np.where(WEEKS % 9 == 0, 50.0 + WEEKS, 0.0), "sales: it is 0 in most periods"),
    ],
)
def test_an_outcome_that_hardly_ever_moves_gets_a_wide_guess_and_a_sentence(values, said):
    outcome, texts = learned(SPEND, values)
    assert outcome.quality["status"] == "prior"
    assert any(text.startswith(said) for text in texts)
    low, high = np.quantile(total(outcome, SPEND), [0.05, 0.95])
    assert high > 5 * low > 0.0


@pytest.mark.parametrize("level", [0.0, -70.0, 1e9])
def test_a_constant_outcome_is_constant_whatever_the_rounding(level):
    outcome, _ = learned(SPEND, level * (1.0 + 1e-14 * WEEKS))
    assert all(isinstance(curve, NoEffect) for curve in outcome.curves)


def test_more_channels_than_periods_do_not_fail():
    spend = flighted(8, (100.0,) * 10, seed=3)
    outcome, _ = learned(spend, 1e4 + spend.sum(axis=1))
    low, high = np.quantile(total(outcome, spend), [0.05, 0.95])
    assert high > 2 * low
