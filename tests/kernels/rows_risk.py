"""Twins of the kernels of risk: splines and a dense covariance for moments, scipy's normal for mixtures."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from scipy.integrate import quad
from scipy.interpolate import CubicHermiteSpline
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from moo_budget import risk as functionals
from moo_budget.kernels import mixture, risk
from tests.kernels.rows import (
    Row,
    _generator,
    _moment_inputs,
    channel_response_twin,
    draw_moments_twin,
    held,
)

TABLE = functionals._NORMAL


def channel_slope_twin(spend, knots, values, slopes):
    """The derivative of scipy's Hermite spline, channel by channel."""
    out = np.zeros_like(spend)
    for c in range(spend.shape[1]):
        if knots[c, -1] == 0.0:
            out[:, c] = np.where(spend[:, c] == 0.0, 0.0, np.nan)
        else:
            curve = CubicHermiteSpline(knots[c], values[c], slopes[c], extrapolate=False)
            out[:, c] = curve.derivative()(spend[:, c])
    return out


@st.composite
def _difference_inputs(draw: DrawFn):
    """Tables and plans, with a reference of its own or none."""
    inputs = draw(_moment_inputs())
    n_channels, _, n_draws = inputs[2].shape
    has_reference = draw(st.booleans())
    reference = _generator(draw).normal(size=(n_channels, n_draws)) if has_reference else np.empty((n_channels, 0))
    return *inputs, reference


def difference_moments_twin(spend, knots, values, slopes, loadings, specific, reference):
    """The reference taken off every value: a Hermite cubic between shifted values is the shifted cubic."""
    if reference.shape[1] > 0:
        values = values - reference[:, None, :]
    mean, variance = draw_moments_twin(spend, knots, values, slopes, loadings, specific)
    idle = knots[:, -1] == 0.0  # where the twin's spline knows nothing but zero
    if reference.shape[1] > 0 and idle.any():
        return _idle_channels_too(spend, knots, values, slopes, loadings, specific)
    return mean, variance


def _idle_channels_too(spend, knots, values, slopes, loadings, specific):
    covariance = loadings @ loadings.T + np.diag(specific)
    gain = np.stack(
        [
            np.where(
                knots[:, -1] == 0.0,
                np.where(spend == 0.0, values[:, 0, d], np.nan),
                channel_response_twin(spend, knots, values[..., d], slopes[..., d]),
            )
            for d in range(values.shape[2])
        ],
        axis=-1,
    )
    return gain.sum(axis=1), np.einsum("pcd,ce,ped->pd", gain, covariance, gain)


@st.composite
def _one_plan_inputs(draw: DrawFn):
    spend, knots, values, slopes, *_ = draw(_moment_inputs())
    return (spend[0] if len(spend) else np.zeros(len(knots))), knots, values, slopes


def draw_response_twin(spend, knots, values, slopes):
    return np.column_stack(
        [channel_response_twin(spend[None], knots, values[..., d], slopes[..., d])[0] for d in range(values.shape[2])]
    )


@st.composite
def _gradient_inputs(draw: DrawFn):
    """Derivatives of any sign; NaN where a plan lies beyond a table, as the functionals give them."""
    inputs = draw(_difference_inputs())
    spend, knots, values = inputs[:3]
    rng = _generator(draw)
    d_mean, d_variance = rng.normal(size=(2, len(spend), values.shape[2]))
    beyond = (spend > knots[:, -1] * (1 + 1e-9)).any(axis=1)
    d_mean[beyond] = d_variance[beyond] = np.nan
    return *inputs, d_mean, d_variance


def draw_gradient_twin(spend, knots, values, slopes, loadings, specific, reference, d_mean, d_variance):
    """Draw by draw with the dense covariance and scipy's derivative."""
    covariance = loadings @ loadings.T + np.diag(specific)
    gradient, curvature = np.zeros_like(spend), np.zeros_like(spend)
    each_slope = []
    for d in range(values.shape[2]):
        gain = channel_response_twin(spend, knots, values[..., d], slopes[..., d])
        if reference.shape[1] > 0:
            gain = gain - reference[:, d]
        slope = channel_slope_twin(spend, knots, values[..., d], slopes[..., d])
        force = d_mean[:, [d]] + 2.0 * d_variance[:, [d]] * (gain @ covariance)
        gradient += slope * force
        curvature += np.abs(2.0 * d_variance[:, [d]]) * np.diag(covariance) * slope**2
        each_slope.append(slope)
    weight = np.abs(2.0 * d_variance).T[:, :, None]
    total = np.maximum(weight.sum(axis=0), np.finfo(float).tiny)
    mean = (weight * each_slope).sum(axis=0) / total
    return gradient, curvature + (weight * (each_slope - mean) ** 2).sum(axis=0)


@st.composite
def _mixtures(draw: DrawFn):
    """No plan, one, several; parts that are normal, point masses, or equal; a weight of zero; a plan that is NaN."""
    rng = _generator(draw)
    shape = draw(st.integers(0, 4)), draw(st.integers(1, 6))
    mean = rng.normal(3.0, 2.0, shape)
    variance = rng.uniform(0.01, 2.0, shape) * rng.choice([1.0, 1.0, 0.0], shape)
    kind = draw(st.sampled_from(["normal", "mixed", "point", "equal"]))
    if kind == "normal":
        variance += 0.05
    if kind in ("point", "equal"):
        variance[:] = 0.0
    if kind == "equal":
        mean[:] = 1.5
    if draw(st.booleans()) and shape[0] > 1:
        mean[0, 0] = variance[0, 0] = np.nan
    weights = rng.dirichlet(np.ones(shape[1]))
    if shape[1] > 2:
        weights[0] = 0.0
        weights /= weights.sum()
    return mean, variance, *held(weights)


@st.composite
def _with_table(draw: DrawFn):
    return *draw(_mixtures()), TABLE


@st.composite
def _tails(draw: DrawFn):
    mass = draw(st.sampled_from([0.9, 0.5, 0.1, 0.01]))
    return *draw(_mixtures()), mass, float(ndtri(mass)), TABLE


@st.composite
def _targets(draw: DrawFn):
    mean, variance, weights = draw(_mixtures())
    targets = [0.0, 1.5, *mean[np.isfinite(mean)][:1].tolist()]  # on a point mass, too
    return mean, variance, weights, draw(st.sampled_from(targets)), TABLE


def _row_of_nan(function):
    """Plans that are NaN stay NaN; the others go to scipy."""

    def twin(mean, variance, weights, *parameters):
        sound = ~np.isnan(mean).any(axis=1)
        found = function(mean[sound], variance[sound], weights, *parameters)
        whole = []
        for part in found if isinstance(found, tuple) else (found,):
            rows = np.full((len(mean), *part.shape[1:]), np.nan)
            rows[sound] = part
            whole.append(rows)
        return tuple(whole) if isinstance(found, tuple) else whole[0]

    return twin


@_row_of_nan
def mixture_std_twin(mean, variance, weights):
    """From the differences of all pairs of parts, without a mean."""
    apart = (mean[:, :, None] - mean[:, None, :]) ** 2
    return np.sqrt(variance @ weights + 0.5 * ((apart @ weights) @ weights))


@_row_of_nan
def mixture_semi_deviation_twin(mean, variance, weights, table):
    """An integral of the distribution function: the squares of what is short are 2 (mu - q) P(X <= q) dq."""
    square = np.zeros(len(mean))
    for p, (means, deviations) in enumerate(zip(mean, np.sqrt(variance), strict=True)):
        centre = float(means @ weights)
        for m, s, w in zip(means, deviations, weights, strict=True):
            below = (lambda q: float(q >= m)) if s == 0.0 else (lambda q: ndtr((q - m) / s))  # noqa: B023
            low = min(m - 12.0 * s, centre)
            inner = sorted({x for x in (m - 3.0 * s, m, m + 3.0 * s) if low < x < centre})
            weighted = lambda q: 2.0 * (centre - q) * below(q)  # noqa: E731, B023
            for begin, end in pairwise([low, *inner, centre]):
                square[p] += w * quad(weighted, begin, end, epsabs=1e-13, epsrel=1e-12)[0]
    return np.sqrt(square)


@_row_of_nan
def mixture_semi_deviation_sensitivity_twin(mean, variance, weights, table):
    """By conditional expectations of scipy's normal; the value's own twin is the other row's."""
    centre = (mean @ weights)[:, None]
    point, deviation = variance == 0.0, np.sqrt(variance)
    z = (centre - mean) / np.where(point, 1.0, deviation)
    area = np.where(point, z > 0.0, ndtr(z))
    short = np.where(point, np.maximum(centre - mean, 0.0), deviation * (norm.pdf(z) + z * ndtr(z)))
    value = mixture_semi_deviation_twin(mean, variance, weights, table)
    still = (np.ptp(mean, axis=1) == 0.0) & ~variance.any(axis=1)
    per = np.where(still, 0.0, 1.0 / np.where(value > 0.0, value, 1.0))[:, None]
    return value, weights * ((short @ weights)[:, None] - short) * per, 0.5 * weights * area * per


@st.composite
def _quantiles(draw: DrawFn):
    """Mixtures with point masses whose quantile is unique: no two parts' edges have just the probability between them.

    On a step that ends exactly at the probability a rounding error decides which of its ends is found.
    """
    mean, variance, weights, mass, *rest = draw(_tails())
    sound = ~np.isnan(mean).any(axis=1)
    at, slack = _quantile(mean[sound], variance[sound], weights, mass), 1e-6
    below, reached = (_reached(at + side, mean[sound], variance[sound], weights) for side in (-slack, slack))
    assume((below < mass * (1.0 - 1e-9)).all() and (reached > mass * (1.0 + 1e-9)).all())
    return mean, variance, weights, mass, *rest


@_row_of_nan
def mixture_quantile_twin(mean, variance, weights, mass, start, table):
    """Bisection of the distribution function, which knows neither a density nor a bracket."""
    return _quantile(mean, variance, weights, mass)[:, 0]


@_row_of_nan
def mixture_std_sensitivity_twin(mean, variance, weights):
    value = mixture_std_twin(mean, variance, weights)
    still = (np.ptp(mean, axis=1) == 0.0) & ~variance.any(axis=1)
    per = np.where(still, 0.0, 1.0 / np.where(value > 0.0, value, 1.0))[:, None]
    away = mean - (mean @ weights)[:, None]
    return value, weights * away * per, 0.5 * weights * per * np.ones_like(mean)


def _reached(q, mean, variance, weights):
    """P(X <= q), q (n_plans, 1) -> (n_plans,)."""
    scale = np.sqrt(np.where(variance == 0.0, 1.0, variance))
    return np.where(variance == 0.0, q >= mean, ndtr((q - mean) / scale)) @ weights


def _quantile(mean, variance, weights, mass):
    """By plain bisection of the distribution function, (n_plans, 1); the upper end of the last bracket."""
    deviation = np.sqrt(variance)
    low, high = (mean - 40.0 * deviation).min(axis=1) - 1.0, (mean + 40.0 * deviation).max(axis=1)
    for _ in range(200):
        q = 0.5 * (low + high)
        reached = _reached(q[:, None], mean, variance, weights) >= mass * (1.0 - 1e-12)
        low, high = np.where(reached, low, q), np.where(reached, q, high)
    return high[:, None]


@_row_of_nan
def mixture_tail_mean_twin(mean, variance, weights, mass, start, table):
    """The tail laid out: what lies below the quantile, then so much at the quantile as is still needed."""
    edge = _quantile(mean, variance, weights, mass)
    deviation = np.sqrt(variance)
    point = deviation == 0.0
    scale = np.where(point, 1.0, deviation)
    z = (edge - mean) / scale
    below = np.where(point, mean < edge, ndtr(z))
    part = below * mean - np.where(point, 0.0, deviation * norm.pdf(z))
    return (part @ weights + (mass - below @ weights) * edge[:, 0]) / mass


@st.composite
def _smooth_tails(draw: DrawFn):
    mean, variance, *rest = draw(_tails())
    return mean, variance + 0.05, *rest


@_row_of_nan
def mixture_tail_mean_sensitivity_twin(mean, variance, weights, mass, start, table):
    z = (_quantile(mean, variance, weights, mass) - mean) / np.sqrt(variance)
    value = mixture_tail_mean_twin(mean, variance, weights, mass, start, table)
    return value, weights / mass * ndtr(z), -0.5 * weights / mass * norm.pdf(z) / np.sqrt(variance)


@_row_of_nan
def mixture_shortfall_twin(mean, variance, weights, target, table):
    point = variance == 0.0
    z = (target - mean) / np.sqrt(np.where(point, 1.0, variance))
    return np.where(point, 0.5 + 0.5 * np.sign(target - mean), ndtr(z)) @ weights


@_row_of_nan
def mixture_shortfall_sensitivity_twin(mean, variance, weights, target, table):
    point = variance == 0.0
    deviation = np.sqrt(np.where(point, 1.0, variance))
    z = (target - mean) / deviation
    d_mean = np.where(point, 0.0, -weights * norm.pdf(z) / deviation)
    return mixture_shortfall_twin(mean, variance, weights, target, table), d_mean, 0.5 * d_mean * z / deviation


def _moments_of(spend, _, values, *rest):
    return [np.empty((len(spend), values.shape[2])) for _ in range(2)]


def _value(mean, *rest):
    return [np.empty(len(mean))]


def _sensitivity(mean, *rest):
    return [np.empty(len(mean)), np.empty_like(mean), np.empty_like(mean)]


ROWS = [
    Row(risk.draw_moments, difference_moments_twin, _moments_of, _difference_inputs(), 1e-10),
    Row(
        risk.draw_response,
        draw_response_twin,
        lambda spend, _, values, *__: [np.empty((len(spend), values.shape[2]))],
        _one_plan_inputs(),
        1e-9,
    ),
    Row(
        risk.draw_gradient,
        draw_gradient_twin,
        lambda spend, *_: [np.empty_like(spend), np.empty_like(spend)],
        _gradient_inputs(),
        1e-8,
    ),
    Row(mixture.mixture_std, mixture_std_twin, _value, _mixtures(), 1e-10),
    Row(mixture.mixture_std_sensitivity, mixture_std_sensitivity_twin, _sensitivity, _mixtures(), 1e-10),
    # The table's density is good to 3e-13, and the root of a small square loses digits.
    Row(mixture.mixture_semi_deviation, mixture_semi_deviation_twin, _value, _with_table(), 1e-10),
    Row(
        mixture.mixture_semi_deviation_sensitivity,
        mixture_semi_deviation_sensitivity_twin,
        _sensitivity,
        _with_table(),
        1e-9,
    ),
    # The tail mean is flat in the quantile: the search for it ends where a step would gain 1e-12 deviations, which
    # leaves the quantile, and with it the derivatives, known to the root of that over the tail's mass.
    Row(mixture.mixture_tail_mean, mixture_tail_mean_twin, _value, _tails(), 1e-10),
    Row(
        mixture.mixture_tail_mean_sensitivity,
        mixture_tail_mean_sensitivity_twin,
        _sensitivity,
        _smooth_tails(),
        1e-4,
    ),
    # The probability is reached up to 1e-12 of it, where the density may be as low as a thousandth.
    Row(mixture.mixture_quantile, mixture_quantile_twin, _value, _quantiles(), 1e-9),
    Row(mixture.mixture_shortfall, mixture_shortfall_twin, _value, _targets(), 1e-10),
    # The density from the table is good to 3e-13, and a deviation is not below a tenth.
    Row(mixture.mixture_shortfall_sensitivity, mixture_shortfall_sensitivity_twin, _sensitivity, _targets(), 1e-10),
]
