from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.optimize import least_squares

from moo_budget.errors import ModelError
from moo_budget.responses.additive import AdditiveRegression, Baseline
from moo_budget.responses.carry_over import CARRY_OVERS
from moo_budget.responses.channel_term import ChannelTerm
from moo_budget.responses.curves import CURVES
from moo_budget.responses.least_squares import Prior, Squares, Whitening, least, place_at

from .histories import flighted

SPEND = flighted(80, (900.0, 400.0), seed=1)
REGRESSION = AdditiveRegression(
    Baseline(np.column_stack([np.ones(80), np.linspace(-1.0, 1.0, 80)]), np.array([1.0, 0.0]), np.array([1.0, 0.3])),
    tuple(ChannelTerm(CURVES["hill"], CARRY_OVERS["geometric"], 8, spend, spend.mean(), 0.5) for spend in SPEND.T),
)


def squares_about(regression, free, noise=0.05):
    """Of outcomes that these parameters make, with noise, under unequal weights."""
    rng = np.random.default_rng(2)
    expected, _ = regression.predict(free)
    values = expected + rng.normal(scale=noise, size=len(expected))
    return Squares(regression, values, whitening(noise / rng.uniform(0.5, 1.5, len(expected))))


def whitening(deviations, memory=0.0, gaps=()):
    """Of periods that follow each other but for those after the gaps, which are not used."""
    used = ~np.isin(np.arange(len(deviations)), gaps)
    return Whitening(deviations, memory, used & np.r_[False, used[:-1]], used.astype(float))


def minpack(squares, start):
    """The same minimum by Levenberg and Marquardt's method, slopes by differences."""

    def misfit(free):
        missed, _ = squares.regression.known(free)
        whitened = squares.whitening.weighted(squares.regression.predict(free)[0] - squares.values)
        return np.concatenate([whitened, missed])

    return least_squares(misfit, start, jac="3-point", method="lm", xtol=1e-14, ftol=1e-14).x


def test_the_least_sum_is_where_another_solver_finds_it():
    rng = np.random.default_rng(3)
    truth = REGRESSION.prior.mean + 0.5 * rng.normal(size=len(REGRESSION.prior.mean))
    squares = squares_about(REGRESSION, truth)
    for start in REGRESSION.starts:
        found = least(squares, place_at(REGRESSION, start), within=1e-8)
        np.testing.assert_allclose(found.free, minpack(squares, start), atol=1e-5)  # differences know no more


def test_a_sum_of_a_line_is_least_after_one_step():
    line = replace(REGRESSION, terms=())
    squares = squares_about(line, np.array([2.0, 0.5]))
    place = place_at(line, line.prior.mean)
    np.testing.assert_allclose(place.free + squares.step(place), minpack(squares, line.prior.mean), rtol=1e-6)


@dataclass(frozen=True, eq=False)
class Arc:
    """One period that is to be the arc tangent of the parameter, and next to no belief: full steps run away."""

    prior: Prior

    def predict(self, free):
        return np.arctan(free), np.diag(1.0 / (1.0 + free**2))

    def known(self, free):
        return self.prior.misfit(free)


def test_a_step_that_goes_too_far_is_shortened():
    arc = Arc(Prior(np.zeros(1), 1e6 * np.eye(1)))
    squares = Squares(arc, np.zeros(1), whitening(np.ones(1)))
    far = place_at(arc, np.array([3.0]))
    assert squares.total(place_at(arc, far.free + squares.step(far))) > squares.total(far)
    assert least(squares, far, within=1e-9).free == pytest.approx(0.0, abs=1e-6)


def test_no_finite_step_is_an_error_that_says_so():
    squares = squares_about(REGRESSION, REGRESSION.prior.mean)
    broken = replace(squares, values=np.full(80, np.nan))
    with pytest.raises(ModelError, match=r"^least squares found no finite solution \(a step is not finite\)$"):
        least(broken, place_at(REGRESSION, REGRESSION.prior.mean), within=0.1)


def test_twins_do_not_begin_alike_and_a_channel_alone_begins_at_its_prior():
    twins, alone = replace(REGRESSION, terms=REGRESSION.terms[:1] * 2), replace(REGRESSION, terms=REGRESSION.terms[:1])
    _, (one, other) = twins.split(twins.starts[0])
    assert (one != other).all()
    np.testing.assert_array_equal(alone.starts[0], alone.prior.mean)


def test_whitened_misses_have_the_squares_that_the_noise_as_a_whole_gives_them():
    rng = np.random.default_rng(4)
    deviations, memory, gaps = rng.uniform(0.5, 2.0, 12), 0.6, (5, 6, 9)
    used = np.setdiff1d(np.arange(12), gaps)
    stretch = np.cumsum(np.isin(np.arange(12), gaps))[used]
    together = stretch[:, None] == stretch
    distance = np.abs(used[:, None] - used)
    covariance = together * memory**distance / (1.0 - memory**2) * np.outer(deviations[used], deviations[used])
    misses = rng.normal(size=(12, 3))
    whitened = whitening(deviations, memory, gaps).weighted(misses)
    expected = misses[used].T @ np.linalg.solve(covariance, misses[used])
    np.testing.assert_allclose(whitened.T @ whitened, expected, rtol=1e-10)
    np.testing.assert_allclose(whitening(deviations, memory, gaps).weighted(misses[:, 0]), whitened[:, 0])


def test_the_least_sum_under_noise_with_memory_is_where_another_solver_finds_it():
    squares = squares_about(REGRESSION, REGRESSION.prior.mean)
    squares = replace(squares, whitening=whitening(squares.whitening.deviations, memory=0.5, gaps=(20, 50)))
    start = REGRESSION.starts[1]
    found = least(squares, place_at(REGRESSION, start), within=1e-8)
    np.testing.assert_allclose(found.free, minpack(squares, start), atol=1e-5)
