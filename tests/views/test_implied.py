import numpy as np
import pytest

from moo_budget.errors import InputError
from moo_budget.risk import Factors, mixture_std
from moo_budget.tables import from_functions
from moo_budget.views import equilibrium_returns, implied_beliefs
from tests.worlds import CHANNELS, TODAY, four_channels

PERIODS = 10


def variance(tables, money, periods):
    """V(x) of a plan by the moments of its draws; money (n_channels,) for the whole plan."""
    mean, noise = tables.moments("revenue", money[None] / periods)
    return mixture_std(periods * mean, periods * noise, tables.weights)[0] ** 2


def test_implied_marginal_roi_is_half_the_slope_of_the_variance_times_the_aversion():
    """A finite difference of V over the plan's money, trace included."""
    tables = four_channels(noise=0.3)
    found = implied_beliefs(tables, "revenue", today=TODAY, periods=PERIODS)
    today = np.array([TODAY[name] for name in CHANNELS])
    for c, name in enumerate(CHANNELS):
        step = 1e-3 * np.eye(4)[c]
        slope = (variance(tables, today + step, PERIODS) - variance(tables, today - step, PERIODS)) / 2e-3
        expected = found.hurdle + found.risk_aversion / 2 * slope
        assert found.channels[name].implied == pytest.approx(expected, rel=1e-6)


def test_linear_curves_over_one_period_are_the_textbook_case():
    """Reverse optimisation: hurdle + delta Sigma w, with w in money."""
    rng = np.random.default_rng(4)
    slopes = np.array([1.5, 1.2, 2.0])[:, None] + rng.normal(size=(3, 400)) * [[0.2], [0.1], [0.4]]
    names = ("a", "b", "c")
    curves = {name: lambda x, s=slope: np.outer(x, s) for name, slope in zip(names, slopes, strict=True)}
    tables = from_functions({"revenue": curves}, dict.fromkeys(names, 100.0))
    money = np.array([50.0, 30.0, 20.0])
    found = implied_beliefs(tables, "revenue", today=dict(zip(names, money, strict=True)), periods=1)
    textbook = 1.0 + equilibrium_returns(np.cov(slopes, bias=True), money, found.risk_aversion)
    np.testing.assert_allclose([belief.implied for belief in found.channels.values()], textbook, rtol=1e-10)


def test_implied_and_learned_agree_on_average_over_todays_money():
    found = implied_beliefs(four_channels(), "revenue", today=TODAY, periods=PERIODS, margin=0.8)
    assert found.hurdle == pytest.approx(1.25)
    money = np.array([belief.spend for belief in found.channels.values()])
    np.testing.assert_allclose(money, list(TODAY.values()))
    implied, learned = ([getattr(b, part) for b in found.channels.values()] for part in ("implied", "learned"))
    assert money @ implied == pytest.approx(money @ learned)


def test_money_in_cents_changes_the_aversion_and_no_return():
    def world(unit):
        spread = np.random.default_rng(2).normal(size=(2, 60))
        curve = [lambda x, i=i: unit * 40 * np.log1p(np.outer(x / unit / 9, np.exp(0.3 * spread[i]))) for i in (0, 1)]
        noise = Factors(np.array([[0.1], [0.2]]), np.array([0.02, 0.01]))
        tables = from_functions({"revenue": {"a": curve[0], "b": curve[1]}}, {"a": 90 * unit, "b": 90 * unit}, noise)
        return implied_beliefs(tables, "revenue", today={"a": 100 * unit, "b": 60 * unit}, periods=4)

    euros, cents = world(1.0), world(100.0)
    assert cents.risk_aversion == pytest.approx(euros.risk_aversion / 100, rel=1e-6)
    for name in ("a", "b"):
        assert cents.channels[name].implied == pytest.approx(euros.channels[name].implied, rel=1e-6)
        assert cents.channels[name].deviations == pytest.approx(euros.channels[name].deviations, rel=1e-6)


def test_a_channel_without_money_says_at_most():
    today = TODAY | {"tv": 0.0}
    found = implied_beliefs(four_channels(), "revenue", today=today, periods=PERIODS)
    assert found.channels["tv"].bound == "at most"
    assert found.channels["search"].bound == "exactly"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"today": {}}, "nothing is spent today, so today's mix implies no belief"),
        ({"margin": 0.01}, "less than the 100 that it costs: too much is spent, whatever the mix"),
        ({"margin": 0.0}, "margin is 0; it must be above 0"),
        ({"outcome": "revenu"}, "there is no outcome `revenu`. Did you mean `revenue`"),
    ],
)
def test_a_mix_that_implies_no_belief_says_why(change, text):
    given = {"outcome": "revenue", "today": TODAY, "periods": PERIODS} | change
    with pytest.raises(InputError, match=text.replace("?", r"\?").replace(".", r"\.")):
        implied_beliefs(four_channels(), given.pop("outcome"), **given)


def test_what_is_certain_implies_nothing():
    tables = from_functions({"revenue": {"tv": lambda x: 30 * np.log1p(x)}}, {"tv": 50.0})
    with pytest.raises(InputError, match="nothing about today's mix is uncertain"):
        implied_beliefs(tables, "revenue", today={"tv": 10.0}, periods=1)
