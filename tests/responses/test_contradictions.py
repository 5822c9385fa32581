"""Lift tests beside histories that say otherwise, or nothing."""

from dataclasses import replace

import numpy as np
import pytest

from moo_budget.responses import LiftTest, NoEffect, fit
from moo_budget.simulate import TrueResponse
from moo_budget.spec import FitSpec

from .histories import brought, flighted, history_of

N = 104
SPEND = flighted(N, (300.0, 120.0), seed=1)
TRUTHS = [TrueResponse(9_000, 500.0, 1.8, 0.0), TrueResponse(30_000, 400.0, 1.2, 0.0)]
CLICKS = brought(SPEND, TRUTHS, noise=0.2, seed=2)
SALES = 60_000 + CLICKS.sum(axis=1)
DATES = history_of(SPEND, {}).dates
SPAN = slice(60, 66)
MONEY = SPEND[SPAN, 0].sum()
LIFT = (TRUTHS[0].level(2.0 * SPEND[SPAN, 0]) - TRUTHS[0].level(SPEND[SPAN, 0])).sum()
CONTRADICTED = "experiments.contradicted"
QUICK = FitSpec(curve="hill", carry_over="none", draws=100)
TEST = LiftTest(("a",), "clicks", DATES[60], DATES[65] + 6, MONEY, LIFT, 0.01 * LIFT, where="tests.csv, row 2")


def tried(test, **outcomes):
    return fit(history_of(SPEND, outcomes), QUICK, seed=1, experiments=[test])


def said(responses, code):
    return [message.text for message in responses.messages if message.code == code]


def test_a_test_that_agrees_with_the_history_needs_no_word():
    for test in (TEST, replace(TEST, lift=3.0 * LIFT, lift_se=LIFT)):
        assert not said(tried(test, clicks=CLICKS), CONTRADICTED)


@pytest.mark.parametrize(("factor", "outcome"), [(3.0, "clicks"), (-1.0, "clicks"), (-1.0, "sales")])
def test_a_test_that_contradicts_the_history_is_named_with_what_it_measured_and_what_was_expected(factor, outcome):
    values = {"clicks": CLICKS, "sales": SALES}[outcome]
    (text,) = said(tried(replace(TEST, outcome=outcome, lift=factor * LIFT), **{outcome: values}), CONTRADICTED)
    begun, numbers = text.split(", but the history alone expects ")
    assert begun == (
        f"tests.csv, row 2: from 2023-02-27 to 2023-04-09 `a` is said to have moved {outcome} by "
        f"{factor * LIFT:,.2f} (standard error {0.01 * LIFT:,.2f})"
    )
    numbers, rest = numbers.split(". Each ")
    assert rest == (
        "counts as far as it is certain. Check sign, span and unit of the test, and whether anything else changed "
        "while it ran."
    )
    expected, deviation = (float(number.replace(",", "")) for number in numbers.rstrip(")").split(" ("))
    assert abs(expected - LIFT) < 3.0 * deviation


@pytest.mark.parametrize(("name", "outcome"), [("sales", np.zeros(N)), ("clicks", np.zeros((N, 2)))])
def test_where_an_outcome_never_moved_its_lift_test_is_all_that_is_known_of_it(name, outcome):
    test = replace(TEST, outcome=name, lift_se=0.1 * LIFT)
    responses = tried(test, **{name: outcome})
    curve, spend = responses.outcome(name).curves[0], SPEND[SPAN, 0]
    lift = (curve.values(2.0 * spend) - curve.values(spend)).sum(axis=0)
    assert lift.mean() == pytest.approx(LIFT, rel=0.05)
    assert lift.std() == pytest.approx(0.1 * LIFT, rel=0.2)
    assert "prior" in responses.outcome(name).quality["status"]
    assert any("a wide guess stands in" in message.text for message in responses.messages)
    silent = tried(replace(test, lift=0.0, lift_se=LIFT), **{name: outcome})
    assert isinstance(silent.outcome(name).curves[0], NoEffect)


def test_a_channel_whose_outcome_is_level_keeps_its_prior_and_this_is_said():
    level = np.column_stack([np.full(N, 7.0), CLICKS[:, 1]])
    responses = fit(history_of(SPEND, {"clicks": level}), QUICK, seed=1)
    clicks = responses.outcome("clicks")
    values = clicks.curves[0].values(np.array([SPEND[:, 0].mean()]))[0]
    assert np.median(values) == pytest.approx(7.0, rel=0.3)
    assert values.std() > 2.0
    assert [clicks.quality["channels"][channel]["status"] for channel in "ab"] == ["prior", "fitted"]
    assert said(responses, "fit.failed") == [
        "clicks of `a`: it is 7 in most periods, which says too little of what moves it; a wide guess stands in."
    ]


def test_a_channel_that_rarely_brings_anything_is_learned():
    rare = np.random.default_rng(4).poisson(0.4, size=(N, 1)).astype(float)
    assert np.median(rare) == 0.0
    (clicks,) = fit(history_of(SPEND[:, :1], {"clicks": rare}), QUICK, seed=1).outcomes
    assert clicks.quality["channels"]["a"]["status"] == "fitted"
