"""Rows of the kernels for money per period."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from scipy.interpolate import CubicHermiteSpline
from scipy.optimize import lsq_linear

from moo_budget.kernels import calendar, placement
from tests.kernels.rows import Row, held


@st.composite
def _flow_inputs(draw: DrawFn):
    """Plans (none, one, many) shorter and longer than carry-over; channels without effect, and stock beyond."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_plans, n_periods, n_channels = draw(st.integers(0, 2)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    n_lags, n_draws = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    knots = np.cumsum(np.hstack([np.zeros((n_channels, 1)), rng.uniform(0.3, 2.0, (n_channels, 4))]), axis=1)
    if draw(st.booleans()):
        knots[0] = 0.0
    shape = (*knots.shape, n_draws)
    effect = knots[:, -1, None, None] > 0
    curves = held(knots, rng.normal(size=shape) * effect, rng.normal(size=shape) * effect)
    carry_over = rng.dirichlet(np.ones(n_lags), (n_channels, n_draws)).swapaxes(1, 2)
    followed = (n_channels, n_periods + n_lags - 1, n_draws)
    past = draw(st.sampled_from([0.0, 0.4, 3.0])) * knots[:, -1:, None]
    stock, season = rng.uniform(0, 1, followed) * past, rng.uniform(0.5, 1.5, followed)
    flow = held(np.ascontiguousarray(carry_over), stock, season)
    money = rng.choice([0.0, 0.3, 0.9], (n_plans, n_periods, n_channels)) * knots[:, -1]
    return np.ascontiguousarray(money), flow, curves, rng


@st.composite
def _response_inputs(draw: DrawFn):
    return draw(_flow_inputs())[:3]


@st.composite
def _moment_inputs(draw: DrawFn):
    money, flow, curves, rng = draw(_flow_inputs())
    n_channels, n_followed, n_draws = flow[1].shape
    noise = held(rng.normal(size=(n_channels, draw(st.integers(0, 2)))), rng.uniform(size=n_channels))
    return money, flow, curves, noise, *held(rng.normal(size=(n_followed, n_channels, n_draws)))


@st.composite
def _gradient_inputs(draw: DrawFn):
    inputs = draw(_moment_inputs())
    rng, shape = np.random.default_rng(0), (len(inputs[0]), inputs[4].shape[2])
    return (*inputs, rng.normal(size=shape), rng.normal(size=shape))


def calendar_responses_twin(money, flow, curves):
    """numpy's convolution for the stock, scipy's Hermite spline for the curve, held level beyond its end."""
    carry_over, stock_in, season = flow
    knots, values, slopes = curves
    n_channels, n_followed, n_draws = season.shape
    out = np.zeros((len(money), n_followed, n_channels, n_draws))
    for p, c, d in np.ndindex(len(money), n_channels, n_draws):
        if knots[c, -1] > 0.0:
            stock = np.convolve(money[p, :, c], carry_over[c, :, d]) + stock_in[c, :, d]
            curve = CubicHermiteSpline(knots[c], values[c, :, d], slopes[c, :, d])
            out[p, :, c, d] = season[c, :, d] * curve(np.minimum(stock, knots[c, -1]))
    return out


@st.composite
def _even_inputs(draw: DrawFn):
    money, flow, curves, _ = draw(_flow_inputs())
    return money.shape[1], flow, curves


def even_curves_twin(n_periods, flow, curves):
    """The responses of level plans, one a knot, added up; slopes are differences into the table."""
    knots = curves[0]
    step = 1e-6 * np.where(np.arange(knots.shape[1]) > 0, -1.0, 1.0)

    def brought(per_period):
        money = np.repeat(per_period.T[:, None], n_periods, axis=1)
        return calendar_responses_twin(money, flow, curves).sum(axis=1).transpose(1, 0, 2)

    out = brought(knots)
    return out, (brought(knots + step) - out) / (n_periods * step[:, None])


def calendar_moments_twin(money, flow, curves, noise, less):
    """Sums over all responses, the covariance dense and in its eigenbasis."""
    responses = calendar_responses_twin(money, flow, curves) - less
    eigenvalues, directions = np.linalg.eigh(noise[0] @ noise[0].T + np.diag(noise[1]))
    turned = np.einsum("ptcd,ce->pted", responses, directions)
    return responses.sum(axis=(1, 2)), np.einsum("pted,e->pd", turned**2, eigenvalues)


def calendar_gradient_twin(money, flow, curves, noise, less, d_mean, d_variance):
    """Central differences of the moments."""
    slope, step = np.zeros_like(money), 1e-6
    for p, t, c in np.ndindex(money.shape):
        ends = []
        for side in (-1.0, 1.0):
            moved = money[[p]].copy()
            moved[0, t, c] += side * step
            mean, variance = calendar_moments_twin(moved, flow, curves, noise, less)
            ends.append(float(mean[0] @ d_mean[p] + variance[0] @ d_variance[p]))
        slope[p, t, c] = (ends[1] - ends[0]) / (2.0 * step)
    return slope


@st.composite
def _placement_inputs(draw: DrawFn):
    """Some blackouts, channels that get nothing, and a most of all channels that binds or does not."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.integers(0, 2)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    upper = rng.uniform(0.5, 2.0, shape) * (rng.random(shape) < 0.8)
    lower = upper * rng.choice([0.0, 0.2], shape)
    inside = lower + rng.uniform(0.0, 1.0, shape) * (upper - lower)
    tight = inside.sum(axis=2).max(initial=0.0) * 1.02 + 0.01
    wanted = rng.normal(1.0, 2.0, shape)
    scale = rng.uniform(0.5, 2.0, (shape[0], shape[2]))
    return wanted, lower, upper, inside.sum(axis=1), scale, draw(st.sampled_from([np.inf, float(tight)]))


def place_in_periods_twin(wanted, lower, upper, totals, scale, total_max):
    """scipy's bounded least squares, with slack in every period and sums that weigh so much that they hold."""
    out, heavy = lower.copy(), 1e4
    _, n_periods, n_channels = wanted.shape
    sums = np.vstack([np.kron(np.ones(n_periods), np.eye(n_channels)), np.kron(np.eye(n_periods), np.ones(n_channels))])
    sums = sums[: None if np.isfinite(total_max) else n_channels]
    for p, plan in enumerate(wanted):
        free = np.flatnonzero(upper[p].ravel() > lower[p].ravel())
        root = np.broadcast_to(1.0 / np.sqrt(scale[p]), plan.shape).ravel()[free]
        n_slack = len(sums) - n_channels
        slack = np.vstack([np.zeros((n_channels, n_slack)), np.eye(n_slack)])
        ends = np.r_[totals[p], np.full(n_slack, total_max)] - np.delete(sums, free, axis=1) @ np.delete(lower[p], free)
        matrix = np.block([[np.diag(root), np.zeros((len(free), n_slack))], [heavy * sums[:, free], heavy * slack]])
        bounds = (
            np.r_[lower[p].ravel()[free], np.zeros(n_slack)],
            np.r_[upper[p].ravel()[free], np.full(n_slack, np.inf)],
        )
        if len(free) > 0:
            solved = lsq_linear(
                matrix, np.r_[root * plan.ravel()[free], heavy * ends], bounds, method="bvls", tol=1e-14
            )
            out[p].ravel()[free] = solved.x[: len(free)]
    return out, np.zeros(len(wanted))


def _followed(money, flow):
    return np.empty((len(money), flow[1].shape[1], flow[1].shape[0], flow[1].shape[2]))


ROWS = [
    # The same cubics in two bases.
    Row(
        calendar.calendar_responses,
        calendar_responses_twin,
        lambda money, flow, *_: [_followed(money, flow)],
        _response_inputs(),
        1e-9,
    ),
    Row(
        calendar.even_curves,
        even_curves_twin,
        lambda n_periods, flow, curves: [np.empty_like(curves[1]) for _ in range(2)],
        _even_inputs(),
        2e-4,
    ),
    Row(
        calendar.calendar_moments,
        calendar_moments_twin,
        lambda money, *rest: [np.empty((len(money), rest[3].shape[2])) for _ in range(2)],
        _moment_inputs(),
        1e-8,
    ),
    # Differences over a step lose half the digits; at a knot the curves' second derivative jumps.
    Row(
        calendar.calendar_gradient,
        calendar_gradient_twin,
        lambda money, *_: [np.empty_like(money)],
        _gradient_inputs(),
        2e-3,
    ),
    # The twin's sums give way by the square of their weight.
    Row(
        placement.place_in_periods,
        place_in_periods_twin,
        lambda wanted, *_: [np.empty_like(wanted), np.empty(len(wanted))],
        _placement_inputs(),
        2e-4,
    ),
]
