"""Every compiled kernel with its slow twin, inputs worth testing, and how far the two may differ.

A twin reaches the same number by another way of thinking: a library's polynomial, an eigenbasis, a convex solver's
optimality conditions, a brute-force comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from scipy.interpolate import CubicHermiteSpline
from scipy.optimize import brentq

from moo_budget.kernels import budget, response


@dataclass(frozen=True)
class Row:
    """One kernel.

    Args:
        kernel: takes the arguments, writes its last ones.
        twin: takes the same inputs, returns what the kernel wrote.
        outputs: empty arrays for the kernel to fill, from the inputs.
        inputs: strategy of argument tuples.
        tolerance: largest relative difference, with its cause in a comment.
    """

    kernel: Callable
    twin: Callable
    outputs: Callable
    inputs: SearchStrategy
    tolerance: float

    def __repr__(self) -> str:
        return self.kernel.__name__


def held(*arrays):
    """Inputs that may not be written to, as the package's records hold them: numba compiles kernels apart for these."""
    for array in arrays:
        array.flags.writeable = False
    return arrays


def _generator(draw: DrawFn) -> np.random.Generator:
    return np.random.default_rng(draw(st.integers(0, 2**32 - 1)))


@st.composite
def _plans_and_table(draw: DrawFn):
    """Plans (none, one, many) on knots, between them, at the end and beyond; a channel without effect among them."""
    rng = _generator(draw)
    n_plans, n_channels = draw(st.integers(0, 4)), draw(st.integers(1, 4))
    knots = np.cumsum(np.hstack([np.zeros((n_channels, 1)), rng.uniform(0.1, 2.0, (n_channels, 4))]), axis=1)
    if draw(st.booleans()):
        knots[0] = 0.0
    at = rng.choice([-1.0, 0.0, 0.3, 0.7, 1.0, 1.5], (n_plans, n_channels))
    spend = np.where(at < 0, knots[:, 2], np.maximum(at, 0.0) * knots[:, -1])
    return rng, np.ascontiguousarray(spend), knots


@st.composite
def _response_inputs(draw: DrawFn):
    rng, spend, knots = draw(_plans_and_table())
    effect = knots[:, -1:] > 0  # a table that ends at zero holds zeros
    return spend, *held(knots, rng.normal(size=knots.shape) * effect, rng.normal(size=knots.shape) * effect)


def channel_response_twin(spend, knots, values, slopes):
    """scipy's Hermite spline, channel by channel."""
    out = np.empty_like(spend)
    for c in range(spend.shape[1]):
        if knots[c, -1] == 0.0:
            out[:, c] = np.where(spend[:, c] == 0.0, 0.0, np.nan)
            continue
        curve = CubicHermiteSpline(knots[c], values[c], slopes[c], extrapolate=False)
        out[:, c] = curve(spend[:, c])
    return out


@st.composite
def _moment_inputs(draw: DrawFn):
    rng, spend, knots = draw(_plans_and_table())
    n_draws, n_factors = draw(st.integers(1, 5)), draw(st.integers(0, 3))
    shape = (*knots.shape, n_draws)
    loadings = rng.normal(size=(len(knots), n_factors))
    effect = knots[:, -1, None, None] > 0
    values, slopes = rng.normal(size=shape) * effect, rng.normal(size=shape) * effect
    return spend, *held(knots, values, slopes, loadings, rng.uniform(size=len(knots)))


def draw_moments_twin(spend, knots, values, slopes, loadings, specific):
    """Draw by draw through scipy's spline and the dense covariance in its eigenbasis."""
    eigenvalues, directions = np.linalg.eigh(loadings @ loadings.T + np.diag(specific))
    mean = np.empty((len(spend), values.shape[2]))
    variance = np.empty_like(mean)
    for d in range(values.shape[2]):
        responses = channel_response_twin(spend, knots, values[..., d], slopes[..., d])
        mean[:, d] = responses.sum(axis=1)
        variance[:, d] = ((responses @ directions) ** 2 * eigenvalues).sum(axis=1)
    return mean, variance


@st.composite
def _projection_inputs(draw: DrawFn):
    """A box that does not start at zero, some channels locked, a fixed or a free total, with and without a share."""
    rng = _generator(draw)
    n_plans, n_channels = draw(st.integers(0, 3)), draw(st.integers(1, 5))
    lower = rng.uniform(0.0, 1.0, n_channels)
    upper = lower + rng.choice([0.0, 0.5, 3.0], n_channels)
    ends = np.sort(rng.uniform(lower.sum(), upper.sum(), 2))
    share = draw(st.sampled_from([1.0, 1.0, 0.6]))
    if share < 1.0:  # a range of totals in which every total can be placed: one point and its neighbours above
        share = max(share, 1.01 * (upper / max(upper.sum(), 1e-9)).max())
        share = 1.0 if share >= 1.0 else share
        ends = np.array([upper.sum() * 0.999, upper.sum()])
        lower = np.minimum(lower, share * ends[0])
    if draw(st.booleans()):
        ends[0] = ends[1]
    money = rng.normal(1.0, 2.0, (n_plans, n_channels))
    return money, *held(lower, upper), float(ends[0]), float(ends[1]), float(share)


def project_twin(money, lower, upper, budget_min, budget_max, share):
    """Root of the sum in the shift by Brent's method; the total by golden search over the distance."""

    def at_total(plan, total):
        cap = np.minimum(upper, share * total) if share < 1.0 else upper
        low, high = (lower - plan).min(), (cap - plan).max()
        gap = lambda shift: np.clip(plan + shift, lower, cap).sum() - total  # noqa: E731
        if gap(low) >= 0:
            return np.clip(plan + low, lower, cap)
        if gap(high) <= 0:
            return np.clip(plan + high, lower, cap)
        return np.clip(plan + brentq(gap, low, high, xtol=1e-15, rtol=1e-15), lower, cap)

    out = np.empty_like(money)
    for p, plan in enumerate(money):
        low, high = budget_min, budget_max
        while high - low > 1e-9 * max(high, 1.0):
            thirds = low + (high - low) / 3, high - (high - low) / 3
            left, right = (((at_total(plan, total) - plan) ** 2).sum() for total in thirds)
            low, high = (low, thirds[1]) if left <= right else (thirds[0], high)
        out[p] = at_total(plan, (low + high) / 2)
    return out


ROWS = [
    # The same cubic in two bases: a few roundings of terms that can cancel.
    Row(
        response.channel_response,
        channel_response_twin,
        lambda spend, *_: [np.empty_like(spend)],
        _response_inputs(),
        1e-9,
    ),
    # The twin's golden search finds the total to the root of its tolerance.
    Row(budget.project, project_twin, lambda money, *_: [np.empty_like(money)], _projection_inputs(), 2e-4),
]
