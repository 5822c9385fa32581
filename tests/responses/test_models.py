"""One contract for every model of outcomes measured channel by channel, walked over the registry."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from moo_budget.errors import InputError, ModelError
from moo_budget.interpolation import TOLERANCE
from moo_budget.responses import MODELS, NoEffect, PerChannel, fit
from moo_budget.responses.estimators import ESTIMATORS, GradientBoosting, GridCurve
from moo_budget.responses.estimators.trees import TreeEstimator
from moo_budget.simulate import TrueResponse
from moo_budget.spec import FitSpec
from moo_budget.spec.availability import CHOICES
from moo_budget.tables import tabulate

from .histories import brought, flighted, history_of

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
ESTIMATED = [name for name, model in MODELS.items() if isinstance(model, PerChannel)]
PER_CHANNEL = ["parametric", *ESTIMATED]
TRUTHS = [TrueResponse(50_000, 700.0, 1.0, 0.0), TrueResponse(9_000, 500.0, 1.5, 0.4)]
SPEND = flighted(104, (900.0, 400.0), seed=1)
CLICKS = brought(SPEND, TRUTHS, noise=0.05, seed=2)
QUICK = FitSpec(draws=60, curve="hill")


def tried(clicks, spend=SPEND):
    """A history of clicks that are successes among impressions, which only `logistic` reads."""
    history = history_of(spend, {"clicks": clicks})
    trials = np.ceil(np.maximum(2.0 * clicks.max(axis=0), 1.0)) * np.ones_like(clicks)
    return replace(history, outcomes=(replace(history.outcomes[0], trials=trials),))


@pytest.fixture(scope="module", autouse=True)
def quick_bootstrap():
    """Fewer refits: what is tested here does not hang on their number."""
    assert TreeEstimator.most_draws == 50
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TreeEstimator, "most_draws", 20)
        yield


@pytest.fixture(scope="module", params=PER_CHANNEL)
def learned(request):
    """(name, responses) of every model on the same history."""
    return request.param, fit(tried(CLICKS), QUICK, model=request.param, seed=7)


def test_every_model_can_be_asked_for():
    (choice,) = [choice for choice in CHOICES if choice.record is FitSpec and choice.key == "model"]
    assert set(choice.now) == {"auto", *MODELS}
    assert choice.later == ()
    assert set(ESTIMATORS) == set(PER_CHANNEL)


def test_a_response_is_zero_at_zero_and_never_falls(learned):
    _, responses = learned
    for c, curve in enumerate(responses.outcomes[0].curves):
        spend = np.linspace(0.0, 4.0 * SPEND[:, c].max(), 2_000)
        values = curve.values(spend)
        assert values.shape == (2_000, 60)
        assert (values[0] == 0.0).all()
        assert (np.diff(values, axis=0) >= -1e-9 * values[-1]).all()
        assert (values[-1] > 0.0).all()


def test_slopes_are_those_of_the_values(learned):
    _, responses = learned
    for c, curve in enumerate(responses.outcomes[0].curves):
        spend = np.linspace(0.1, 2.0, 50) * SPEND[:, c].max()
        step = 1e-5 * spend[0]
        slopes = (curve.values(spend + step) - curve.values(spend - step)) / (2.0 * step)
        # Central differences of numbers as large as the outcome, over a small step.
        np.testing.assert_allclose(curve.slopes(spend), slopes, rtol=1e-4, atol=1e-6 * slopes.max())


@pytest.mark.parametrize("name", PER_CHANNEL)
def test_the_same_seed_gives_the_same_draws_and_another_one_others(name):
    one, again, other = (
        fit(tried(CLICKS[:52, :1], SPEND[:52, :1]), replace(QUICK, draws=8), model=name, seed=seed)
        .outcomes[0]
        .curves[0]
        .values(SPEND[:5, 0])
        for seed in (7, 7, 8)
    )
    np.testing.assert_array_equal(one, again)
    assert (one != other).all()


def test_a_table_holds_every_model_to_its_stated_error(learned):
    _, responses = learned
    tables = tabulate(responses)
    assert tables.error <= TOLERANCE
    for c, curve in enumerate(responses.outcomes[0].curves):
        spend = np.linspace(0.0, tables.ends[c], 3_001)
        values = curve.values(spend)
        missed = np.abs(tables.draws("clicks", "ab"[c], spend) - values) / values.max(axis=0)
        # Between the points at which the error was looked for it may be a little larger.
        assert missed.max() <= 2.0 * TOLERANCE


def test_steps_of_three_outcomes_fit_into_one_table():
    history = history_of(SPEND, {name: brought(SPEND, TRUTHS, 0.2, seed=s) for s, name in enumerate(("x", "y", "z"))})
    assert tabulate(fit(history, replace(QUICK, draws=30), model="decision_tree", seed=7)).error <= TOLERANCE


def test_quality_is_ready_for_json_and_scored_on_held_out_periods(learned):
    name, responses = learned
    quality = json.loads(json.dumps(responses.outcomes[0].quality, allow_nan=False))
    assert quality["model"] == name
    assert quality["held_out_periods"] == 39  # three folds of an eighth of the periods
    assert 0.0 <= quality["coverage_80"] <= 1.0
    assert set(quality["channels"]) == {"a", "b"}
    assert quality["channels"]["b"]["held_out_periods"] == 39


def test_bootstrap_models_say_that_their_draws_are_few(learned):
    name, responses = learned
    few = f"clicks: `{name}` makes 20 draws, and each stands for several of 60."
    assert (few in [message.text for message in responses.messages]) == issubclass(ESTIMATORS[name], TreeEstimator)


def smooth(spend):
    return np.column_stack([truth.level(column) for truth, column in zip(TRUTHS, spend.T, strict=True)])


def straight(spend):
    return spend * [12.0, 7.0]


def successes(spend):
    """Of 40,000 trials: log odds -3 without spend, and 1 more for every typical spend."""
    return 40_000 * (1.0 / (1.0 + np.exp(3.0 - spend / [900.0, 400.0])) - 1.0 / (1.0 + np.exp(3.0)))


# What a model can find, and how far its mean may be off at the 10th, 50th and 90th percentile of the spend: 104 periods
# with 5 % noise fix a level to about 1 %, and a slope to a few; trees have steps that 12 points of spend smooth.
KNOWN = {
    "parametric": (smooth, 0.05),
    "gaussian_process": (smooth, 0.05),
    "gradient_boosting": (smooth, 0.12),
    "decision_tree": (smooth, 0.15),
    "linear": (straight, 0.02),
    "logistic": (successes, 0.05),
}


@pytest.mark.parametrize("name", PER_CHANNEL)
def test_a_known_curve_is_found_again(name):
    truth, tolerance = KNOWN[name]
    level = 40_000 / (1.0 + np.exp(3.0)) if name == "logistic" else 0.0
    noise = np.exp(np.random.default_rng(3).normal(-0.00125, 0.05, SPEND.shape))
    history = history_of(SPEND, {"clicks": (truth(SPEND) + level) * noise})
    history = (
        replace(history, outcomes=(replace(history.outcomes[0], trials=np.full(SPEND.shape, 40_000.0)),))
        if name == "logistic"
        else history
    )
    (clicks,) = fit(history, replace(QUICK, carry_over="none"), model=name, seed=7).outcomes
    inside = np.quantile(SPEND, [0.1, 0.5, 0.9], axis=0)
    for c, curve in enumerate(clicks.curves):
        found = curve.values(inside[:, c])
        np.testing.assert_allclose(found.mean(axis=1), truth(inside)[:, c], rtol=tolerance)
        assert (found.std(axis=1) < 0.2 * found.mean(axis=1)).all()


# One channel's spend and outcome.
MONEY, BROUGHT, WEEKS = SPEND[:52, :1], CLICKS[:52, :1], np.arange(52)[:, None]
BAD = {
    "eight periods": (MONEY[:8], BROUGHT[:8]),
    "a constant outcome": (MONEY, np.full_like(BROUGHT, 70.0)),
    "spend in thousandths": (1e-3 * MONEY, BROUGHT),
    "spend in billions": (1e9 * MONEY, BROUGHT),
    "a huge outlier": (MONEY, np.where(WEEKS == 30, 1e3 * BROUGHT, BROUGHT)),
    "a step": (MONEY, np.where(WEEKS < 26, BROUGHT, 3.0 * BROUGHT)),
    "level spend": (np.full_like(MONEY, 500.0), BROUGHT),
    "pauses": (MONEY * (WEEKS % 4 > 0), BROUGHT * (WEEKS % 4 > 0)),
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("name", PER_CHANNEL)
def test_bad_input_is_learned_without_a_crash_and_without_nonsense(name, bad):
    spend, clicks = BAD[bad]
    responses = fit(tried(clicks, spend), replace(QUICK, draws=8), model=name, seed=7)
    for c, curve in enumerate(responses.outcomes[0].curves):
        values = curve.values(np.array([0.0, *np.quantile(spend[:, c], [0.1, 0.5, 1.0])]))
        assert np.isfinite(values).all()
        assert (np.diff(values, axis=0) >= -1e-9 * values[-1]).all()
        # No channel brings more than several times what was ever seen of it in an ordinary period.
        assert values[2].mean() < 5.0 * np.median(clicks[:, c])
    assert np.isfinite(tabulate(responses).error)


@pytest.mark.parametrize("name", PER_CHANNEL)
def test_an_outcome_of_zeros_has_no_effect_and_returns_above_sales_are_said(name):
    zeros = fit(tried(0.0 * CLICKS), QUICK, model=name, seed=7)
    assert all(isinstance(curve, NoEffect) for curve in zeros.outcomes[0].curves)
    if name == "logistic":
        return  # successes below zero are refused with the history
    returned = CLICKS - 2.0 * np.median(CLICKS, axis=0) * [0.0, 1.0]
    refunds = fit(history_of(SPEND, {"clicks": returned}), QUICK, model=name)
    assert isinstance(refunds.outcomes[0].curves[1], NoEffect)
    assert "clicks of `b` is not above zero in the middle or on average" in "\n".join(
        message.text for message in refunds.messages
    )


@pytest.mark.parametrize("name", ESTIMATED)
def test_thin_and_never_bought_channels_are_what_they_are_to_the_parametric_model(name):
    thin = np.where((np.arange(104) >= 40) & (np.arange(104) < 43), 250.0, 0.0)
    spend = np.column_stack([SPEND[:, 0], thin, np.zeros(104)])
    history = tried(np.column_stack([CLICKS[:, 0], 20.0 * thin, np.zeros(104)]), spend)
    mine, parametric = (fit(history, replace(QUICK, draws=8), model=m, seed=7) for m in (name, "parametric"))
    for c in (1, 2):
        at = np.array([100.0, 300.0])
        np.testing.assert_array_equal(
            mine.outcomes[0].curves[c].values(at), parametric.outcomes[0].curves[c].values(at)
        )
    assert mine.outcomes[0].quality["channels"]["b"]["status"] == "prior"


def test_another_currency_changes_nothing_but_the_currency(learned):
    name, responses = learned
    scaled = fit(tried(CLICKS, 1000.0 * SPEND), QUICK, model=name, seed=7)
    for c, curve in enumerate(responses.outcomes[0].curves):
        np.testing.assert_allclose(
            scaled.outcomes[0].curves[c].values(1000.0 * SPEND[:5, c]),
            curve.values(SPEND[:5, c]),
            rtol=1e-3,  # the least-squares solver stops at 1e-6, and a Gaussian process looks for its lengths
        )


def test_carry_over_is_the_parametric_fit_s_and_the_same_in_every_draw(learned):
    mine, parametric = learned[1].outcomes[0], fit(tried(CLICKS), QUICK, model="parametric", seed=7).outcomes[0]
    assert learned[0] == "parametric" or (mine.carry_over == mine.carry_over[:, :1]).all()
    np.testing.assert_allclose(mine.carry_over[:, 0], parametric.carry_over.mean(axis=1), atol=0.04)
    np.testing.assert_allclose(mine.carry_in[:, 0], parametric.carry_in.mean(axis=1), rtol=0.1, atol=20.0)


def test_season_and_controls_are_told_from_spend():
    weeks = np.arange(104)
    season = 1.0 + 0.5 * np.sin(2.0 * np.pi * weeks / 52.18)
    weather = np.random.default_rng(5).normal(size=(104, 1))
    spend = SPEND[:, :1] * season[:, None] ** 2
    moved = TRUTHS[0].level(spend) * season[:, None] * np.exp(0.2 * weather)
    history = history_of(spend, {"clicks": moved}, controls=weather)
    at = np.quantile(spend, [0.2, 0.8])
    rise = np.diff(TRUTHS[0].level(at))[0]
    settings = replace(QUICK, draws=300, carry_over="none")  # a process's mean over few draws wanders by itself

    def missed(model, table, seasonality):
        learned = fit(table, replace(settings, seasonality=seasonality), model=model, seed=1).outcomes[0]
        return abs(np.diff(learned.curves[0].values(at).mean(axis=1))[0] - rise)

    for model in ("gaussian_process", "gradient_boosting"):
        told = missed(model, history, "yearly")
        assert told < 0.1 * rise
        assert told < 0.7 * missed(model, history_of(spend, {"clicks": moved}), "none")


@pytest.mark.parametrize("name", PER_CHANNEL)
def test_an_outcome_measured_in_total_is_for_the_media_mix(name):
    said = f"`{name}` learns outcomes measured channel by channel. Use `media_mix`."
    with pytest.raises(ModelError, match=re.escape(said)):
        fit(history_of(SPEND, {"sales": CLICKS.sum(axis=1)}), model=name, seed=1)


def test_models_can_differ_between_the_channels_of_an_outcome():
    history = history_of(SPEND, {"clicks": CLICKS})
    (mixed,) = fit(history, replace(QUICK, model={"clicks": {"a": "decision_tree"}}), seed=7).outcomes
    (trees,) = fit(history, replace(QUICK, model="decision_tree"), seed=7).outcomes
    (curves,) = fit(history, QUICK, seed=7).outcomes
    assert mixed.quality["model"] == "decision_tree, parametric"
    assert [mixed.quality["channels"][c]["model"] for c in "ab"] == ["decision_tree", "parametric"]
    # The same draws; which of them meet which of the other channel's depends on both channels' noise.
    both = (np.sort(outcome.curves[0].values(SPEND[:5, 0])) for outcome in (mixed, trees))
    np.testing.assert_array_equal(*both)
    means = (outcome.curves[1].values(SPEND[:5, 1]).mean(axis=1) for outcome in (mixed, curves))
    np.testing.assert_allclose(*means, rtol=0.02)  # the same curve, with its carry-over at the likeliest


def test_a_joint_model_cannot_stand_beside_others_in_one_outcome():
    asked = replace(QUICK, model={"clicks": {"a": "media_mix"}})
    with pytest.raises(ModelError, match="differs between channels, and `media_mix` learns all channels at once"):
        fit(history_of(SPEND, {"clicks": CLICKS}), asked, seed=7)
    with pytest.raises(InputError, match=re.escape("[fit] model of `clicks`: there is no channel `z`. Known: a, b")):
        fit(history_of(SPEND, {"clicks": CLICKS}), replace(QUICK, model={"clicks": {"z": "linear"}}), seed=7)


def test_models_wait_for_a_fit_to_load_scikit_learn():
    script = "import sys, moo_budget.responses; assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_rates_need_their_trials():
    said = "`logistic` learns how many trials succeed, and [history] trials names no column for the outcome `clicks`."
    with pytest.raises(ModelError, match=re.escape(said)):
        fit(history_of(SPEND, {"clicks": CLICKS}), model="logistic", seed=7)


def test_a_model_of_one_s_own_is_added_as_the_readme_says(monkeypatch):
    (block,) = (block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "MODELS[" in block)
    assert len(block.splitlines()) <= 30
    monkeypatch.setitem(MODELS, "logarithm", None)  # taken out again after the test
    scope = {"history": history_of(SPEND, {"clicks": CLICKS})}
    exec(compile(block, "README.md", "exec"), scope)
    (clicks,) = scope["responses"].outcomes
    assert clicks.quality["model"] == "logarithm"
    at = np.array([900.0])
    assert clicks.curves[0].values(at).mean() == pytest.approx(TRUTHS[0].level(at)[0], rel=0.15)
    assert tabulate(scope["responses"]).error <= TOLERANCE


NOT_REFUSED = (
    "it wants negative features refused with negative spend, and its spend, the first column of the iris data less the "
    "mean of all columns, is not negative"
)
LEFT_OUT = {"check_positive_only_tag_during_fit": NOT_REFUSED}


@parametrize_with_checks([kind() for kind in ESTIMATORS.values()], expected_failed_checks=lambda _: LEFT_OUT)
def test_an_estimator_keeps_scikit_learn_s_rules(estimator, check):
    check(estimator)


def test_a_grid_curve_meets_its_points_and_is_level_beyond_them():
    outcomes = np.array([[0.0, 0.0], [3.0, 1.0], [3.0, 4.0]])
    curve = GridCurve(np.array([0.0, 10.0, 20.0]), outcomes)
    np.testing.assert_allclose(curve.values(np.array([0.0, 10.0, 20.0, 1e6])), [*outcomes, outcomes[-1]])
    np.testing.assert_allclose(curve.slopes(np.array([20.0, 1e6])), 0.0, atol=1e-12)


def test_blocks_of_the_bootstrap_keep_neighbours_together():
    weeks = np.arange(64.0)
    X, y = np.column_stack([weeks + 1.0, weeks]), weeks
    together, apart = (
        GradientBoosting(ordered=ordered).fit(X, y).draws(20, np.random.default_rng(1)).values(np.array([32.0]))
        for ordered in (True, False)
    )
    assert together.std() > apart.std()


def test_what_drives_a_model_is_told_by_column():
    weather = np.random.default_rng(5).normal(size=(len(SPEND), 1))
    moved = TRUTHS[0].level(SPEND[:, :1]) * np.exp(0.3 * weather)
    history = history_of(SPEND[:, :1], {"clicks": moved}, controls=weather)
    settings = replace(QUICK, draws=10, carry_over="none", seasonality="none")
    (quality,) = fit(history, settings, model="gradient_boosting", seed=1).outcomes[0].quality["channels"].values()
    drivers = quality["drivers"]
    assert set(drivers) == {"spend", *history.control_names}
    assert min(drivers.values()) > 0.1
    idle = history_of(SPEND[:, :1], {"clicks": TRUTHS[0].level(SPEND[:, :1])}, controls=weather)
    (quality,) = fit(idle, settings, model="gradient_boosting", seed=1).outcomes[0].quality["channels"].values()
    assert quality["drivers"]["spend"] > 50.0 * quality["drivers"][history.control_names[0]]
