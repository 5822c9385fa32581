"""What a test is worth before it is run, against the closed form and against what can be seen to be worth nothing."""

import numpy as np
import pytest
from scipy.stats import norm

from moo_budget.errors import InputError
from moo_budget.explain import what_to_test
from moo_budget.explain.first_test import expected_worth
from moo_budget.problem import BudgetProblem
from moo_budget.risk import Factors
from moo_budget.tables import from_functions
from tests.worlds import CHANNELS, four_channel_problem

TOTAL = {"revenue": {"outcome": "revenue", "measure": "total"}}
N = 400


def quantiles(n=N):
    """A standard normal as evenly likely draws."""
    return norm.ppf((np.arange(n) + 0.5) / n)


@pytest.mark.parametrize(("mean", "error"), [(0.0, 0.5), (-0.4, 1.0), (0.7, 2.0)])
def test_a_choice_between_two_plans_is_worth_what_the_closed_form_says(mean, error):
    """A plan gains theta, normal; a test shows theta with an error. Raiffa and Schlaifer 1961, linear loss."""
    theta = mean + quantiles()
    gains = np.vstack([np.zeros(N), theta])
    worth, best = expected_worth(theta, error, gains, np.full(N, 1.0 / N))
    after = 1.0 / np.sqrt(1.0 + error**2)  # deviation of the mean that a result leads to
    z = abs(mean) / after
    assert worth == pytest.approx(after * (norm.pdf(z) - z * norm.sf(z)), rel=0.02, abs=1e-3)
    assert (best == 1).mean() == pytest.approx(norm.cdf(mean / after), abs=0.02)


def test_a_result_that_says_nothing_of_what_is_to_be_decided_is_worth_nothing():
    rng = np.random.default_rng(1)
    lift, other = rng.normal(size=(2, N))
    gains = np.vstack([np.zeros(N), other - other.mean() - 0.5])
    assert expected_worth(lift, 0.1, gains, np.full(N, 1.0 / N))[0] == pytest.approx(0.0, abs=0.01)
    same = np.vstack([np.zeros(N), np.full(N, -1.0)])
    assert expected_worth(lift, 0.1, same, np.full(N, 1.0 / N))[0] == 0.0


def test_a_more_exact_test_is_worth_more():
    theta = quantiles()
    gains, weights = np.vstack([np.zeros(N), theta]), np.full(N, 1.0 / N)
    worth = [expected_worth(theta, error, gains, weights)[0] for error in (0.0, 0.3, 1.0, 3.0)]
    assert worth == sorted(worth, reverse=True)
    assert worth[0] == pytest.approx(norm.pdf(0.0), rel=0.02)


def open_channel(spread, noise=0.05):
    """Three alike channels, of which only the first is not known."""
    wild = np.exp(spread * quantiles(60))
    curves = {
        name: (lambda x, f=factor: (300.0 * np.log1p(x / 30.0))[:, None] * f)
        for name, factor in (("open", wild / wild.mean()), ("one", np.ones(60)), ("other", np.ones(60)))
    }
    tables = from_functions(
        {"revenue": curves}, dict.fromkeys(curves, 400.0), Factors(np.zeros((3, 1)), np.full(3, noise**2)),
        units={"revenue": "EUR"},
    )  # fmt: skip
    today = dict.fromkeys(curves, 100.0 * 13)
    return BudgetProblem(tables, goals=TOTAL, budget=3900.0, periods=13, today=today, currency="EUR")


def test_the_channel_that_is_not_known_is_tested_first_and_known_ones_not_at_all():
    problem = open_channel(0.6)
    plan = dict.fromkeys(problem.channels, 1300.0)
    advice = what_to_test(problem, plan)
    (first,) = advice.experiments
    assert (advice.outcome, advice.unit, first.channel) == ("revenue", "EUR", "open")
    assert first.money == first.worth > 0.0
    assert first.periods == 8
    assert first.visible_lift == pytest.approx(2.802 * first.lift_se, rel=1e-3)
    assert first.turns > 0.5
    closer = what_to_test(open_channel(0.2), plan).experiments[0]
    noisier = what_to_test(open_channel(0.6, noise=0.5), plan).experiments[0]
    assert closer.worth < first.worth
    assert noisier.worth < first.worth
    assert what_to_test(problem, plan, noise={"revenue": 500.0}).experiments[0].worth < first.worth


def test_the_error_of_a_lift_is_the_market_s_noise_in_both_arms():
    problem = open_channel(0.4)
    plan = dict.fromkeys(problem.channels, 1300.0)
    (test,) = what_to_test(problem, plan, changes=[0.5], lengths=[4]).experiments
    assert test.spend_change == pytest.approx(4 * 50.0)
    assert test.change == pytest.approx(0.5)
    brought = problem.tables.draws("revenue", "open", np.array([100.0, 150.0]))
    assert test.lift.value == pytest.approx(4 * np.diff(brought, axis=0).mean(), rel=1e-9)
    own = 4 * 0.05**2 * (brought**2).mean(axis=1).sum()
    assert test.lift_se == pytest.approx(np.sqrt(own), rel=1e-9)
    (total,) = what_to_test(problem, plan, changes=[0.5], lengths=[4], noise={"revenue": 30.0}).experiments
    rest = 4 * 4 * 0.05**2 * problem.tables.draws("revenue", "one", np.array([100.0]))[0, 0] ** 2
    assert total.lift_se == pytest.approx(np.sqrt(own + rest + 2 * 4 * 30.0**2), rel=1e-9)
    (stopped,) = what_to_test(problem, plan, changes=[-1.0], lengths=[4]).experiments
    assert stopped.lift.value < 0.0
    assert stopped.cost == pytest.approx(stopped.spend_change - stopped.lift.value, rel=1e-9)
    assert stopped.net == pytest.approx(stopped.money - stopped.cost)


def test_channels_without_money_today_or_without_a_choice_are_not_tested():
    problem = four_channel_problem(
        goals=TOTAL,
        today={"tv": 700.0, "search": 100.0, "电视": 200.0, "social": 0.0},
        limits={"channel": {"tv": {"lock": True}}, "extrapolate": 0},
    )
    plan = problem.feasible.project(np.full((1, 4), 250.0))[0]
    advice = what_to_test(problem, dict(zip(CHANNELS, plan.tolist(), strict=True)))
    assert {test.channel for test in advice.experiments} == {"search", "电视"}


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"changes": [0.0]}, "changes: 0.0 is no change of a channel's spend"),
        ({"changes": [-1.5]}, "changes: -1.5 is no change"),
        ({"lengths": [0]}, "lengths: 0; a test lasts at least 1 period"),
        ({"noise": {"revenue": -1.0}}, "noise: revenue is -1.0; it must be 0 or more"),
        ({"noise": {"sales": 1.0}}, "there is no outcome `sales`"),
    ],
)
def test_what_cannot_be_tested_is_refused(asked, text):
    with pytest.raises(InputError, match=text):
        what_to_test(open_channel(0.3), dict.fromkeys(("open", "one", "other"), 1300.0), **asked)
