import numpy as np
import pytest

from moo_budget.responses import fit
from moo_budget.responses.additive import AdditiveRegression, no_baseline
from moo_budget.responses.additive_fit import fit_additive
from moo_budget.responses.averaging import MixedCurve, averaged
from moo_budget.responses.carry_over import CARRY_OVERS
from moo_budget.responses.channel_term import ChannelTerm
from moo_budget.responses.curves import CURVES
from moo_budget.simulate import TrueResponse
from moo_budget.spec import FitSpec

from .histories import brought, flighted, history_of

SPEND = flighted(100, (500.0,), seed=1)
CLICKS = brought(SPEND, [TrueResponse(9_000, 500.0, 1.2)], noise=0.3, seed=2)


def fits_of(*curves):
    terms = [ChannelTerm(CURVES[name], CARRY_OVERS["geometric"], 8, SPEND[:, 0], 500.0, 1.0) for name in curves]
    regressions = [AdditiveRegression(no_baseline(100), (term,), relative_above=0.05) for term in terms]
    return [fit_additive(regression, CLICKS[:, 0], 4_500.0, ordered=True) for regression in regressions]


FITS = fits_of("hill", "logarithmic")


def test_every_draw_is_one_of_a_candidate_s_own_as_often_as_it_is_believed():
    mixed = averaged(FITS, np.array([0.75, 0.25]), 400, np.random.default_rng(1))
    assert isinstance(mixed.curve, MixedCurve)
    spend = np.array([0.0, 200.0, 900.0])
    values, slopes = mixed.curve.values(spend), mixed.curve.slopes(spend)
    parts = mixed.curve.curves
    for d, k in enumerate(mixed.curve.origin):
        np.testing.assert_array_equal(values[:, d], parts[k].values(spend)[:, d])
        np.testing.assert_array_equal(slopes[:, d], parts[k].slopes(spend)[:, d])
    # 99 % of a binomial with 400 draws lies within 0.056 of its mean.
    assert (mixed.curve.origin == 1).mean() == pytest.approx(0.25, abs=0.056)
    assert mixed.carry_over.shape == mixed.carry_in.shape == (400, 8)
    assert not values[0].any()


def test_a_candidate_without_weight_leaves_no_trace():
    alone = averaged(FITS, np.array([0.0, 1.0]), 50, np.random.default_rng(1))
    assert alone.curve.curve.name == "logarithmic"


def test_a_curve_without_slopes_leaves_the_mixture_without_them():
    class Level:
        def values(self, spend):
            return np.ones((len(spend), 2))

        def slopes(self, spend):
            return None

    assert MixedCurve((Level(), Level()), np.array([0, 1])).slopes(np.zeros(3)) is None


def test_where_curves_differ_the_mixture_is_wider_than_either():
    history = history_of(SPEND, {"clicks": CLICKS})
    beyond = np.array([4.0 * SPEND.max()])

    def width(curve):
        (clicks,) = fit(history, FitSpec(curve=curve), seed=1).outcomes
        return np.ptp(np.quantile(clicks.curves[0].values(beyond)[0], [0.05, 0.95]))

    assert width("auto") > width("hill")
