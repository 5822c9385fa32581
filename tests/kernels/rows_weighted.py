"""Rows of the kernels behind weighted sums: expected outcomes, envelopes, and steps on a quadratic model."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from scipy.interpolate import CubicHermiteSpline
from scipy.optimize import brentq, linprog

from moo_budget.kernels import expected, weighted
from moo_budget.plan_tables import _guide, cubic_pieces
from tests.kernels.rows import Row, _generator, _plans_and_table, held


@st.composite
def _expected_inputs(draw: DrawFn):
    rng, spend, knots = draw(_plans_and_table())
    effect = knots[:, -1:] > 0
    values, slopes = rng.normal(size=(2, draw(st.integers(1, 3)), *knots.shape)) * effect
    return spend, *held(knots), values, slopes


def _splines(knots, values, slopes):
    """scipy's Hermite splines of one outcome; None for a channel without effect."""
    return [
        CubicHermiteSpline(x, y, m, extrapolate=False) if x[-1] > 0 else None
        for x, y, m in zip(knots, values, slopes, strict=True)
    ]


def _responses(spend, knots, values, slopes):
    columns = [
        np.where(x == 0.0, 0.0, np.nan) if curve is None else curve(x)
        for x, curve in zip(spend.T, _splines(knots, values, slopes), strict=True)
    ]
    return np.array(columns).T.reshape(spend.shape)


def expected_totals_kernel(spend, knots, values, slopes, out):
    """The kernel on cubics and a guide made of the same values and slopes that the twin reads."""
    expected.expected_totals(spend, knots, *held(_guide(knots), cubic_pieces(knots, values, slopes)), out)


def expected_totals_twin(spend, knots, values, slopes):
    """scipy's splines, outcome by outcome."""
    return np.array([_responses(spend, knots, *own).sum(axis=1) for own in zip(values, slopes, strict=True)]).T


@st.composite
def _variance_inputs(draw: DrawFn):
    spend, knots, values, slopes = draw(_expected_inputs())
    rng = _generator(draw)
    loadings = rng.normal(size=(len(knots), draw(st.integers(0, 3))))
    outcome = draw(st.integers(0, len(values) - 1))
    return spend, knots, values, slopes, outcome, *held(loadings, rng.uniform(size=len(knots)))


def expected_moments_kernel(spend, knots, values, slopes, outcome, loadings, specific, totals, variance):
    curves = held(_guide(knots), cubic_pieces(knots, values, slopes))
    expected.expected_moments(spend, knots, *curves, outcome, loadings, specific, totals, variance)


def expected_moments_twin(spend, knots, values, slopes, outcome, loadings, specific):
    """The totals' twin, and the dense covariance in its eigenbasis."""
    totals = expected_totals_twin(spend, knots, values, slopes)
    eigenvalues, directions = np.linalg.eigh(loadings @ loadings.T + np.diag(specific))
    responses = _responses(spend, knots, values[outcome], slopes[outcome])
    return totals, ((responses @ directions) ** 2 * eigenvalues).sum(axis=1)


@st.composite
def _slope_inputs(draw: DrawFn):
    spend, knots, values, slopes = draw(_expected_inputs())
    inside = np.minimum(spend, knots[:, -1])
    return inside, knots, values, slopes, _generator(draw).normal(size=(len(spend), len(values)))


def expected_slopes_kernel(spend, knots, values, slopes, weights, slope, curvature):
    curves = held(_guide(knots), cubic_pieces(knots, values, slopes))
    weighted.expected_slopes(spend, knots, *curves, weights, slope, curvature)


def expected_slopes_twin(spend, knots, values, slopes, weights):
    """scipy's derivatives; at a knot its splines look to the right as well."""
    slope, curvature = np.zeros((2, *spend.shape))
    for o in range(len(values)):
        for c, curve in enumerate(_splines(knots, values[o], slopes[o])):
            if curve is not None:
                slope[:, c] += weights[:, o] * curve.derivative()(spend[:, c])
                curvature[:, c] += weights[:, o] * curve.derivative(2)(spend[:, c])
    return slope, curvature


@st.composite
def _points_and_curves(draw: DrawFn):
    """Points of unequal number in each channel, the last one repeated, and curves of any shape on them."""
    rng = _generator(draw)
    n_curves, n_channels, n_points = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(2, 6))
    points = np.cumsum(rng.uniform(0.1, 1.0, (n_channels, n_points)), axis=1)
    values = rng.normal(size=(n_curves, n_channels, n_points))
    repeated = draw(st.integers(0, n_points - 2))
    if repeated:
        points[0, -repeated:] = points[0, -repeated - 1]
        values[:, 0, -repeated:] = values[:, 0, [-repeated - 1]]
    return rng, points, values


@st.composite
def _dent_inputs(draw: DrawFn):
    _, points, values = draw(_points_and_curves())
    return points, values


def dent_depths_twin(points, values):
    """Every chord over every point."""
    out = np.zeros(values.shape[:2])
    for t, c in np.ndindex(*out.shape):
        x, y = points[c], values[t, c]
        chords = [
            y[a] + (x[k] - x[a]) / (x[b] - x[a]) * (y[b] - y[a]) - y[k]
            for k in range(len(x))
            for a in range(k)
            for b in range(k + 1, len(x))
            if x[a] < x[k] < x[b]
        ]
        out[t, c] = max([0.0, *chords]) / np.ptp(y) if np.ptp(y) > 0 else 0.0
    return out


@st.composite
def _fill_inputs(draw: DrawFn):
    rng, points, terms = draw(_points_and_curves())
    n_plans = draw(st.integers(0, 3))
    ends = np.sort(rng.uniform(points[:, 0].sum(), points[:, -1].sum(), 2))
    if draw(st.booleans()):
        ends[0] = ends[1]
    return points, terms, rng.uniform(size=(n_plans, len(terms))), rng.normal(size=n_plans), *ends.tolist()


def _envelope_problem(points, curve):
    """Costs, money and channel of every point, for the programme that mixes the points of each channel."""
    n_channels, n_points = points.shape
    return curve.ravel(), points.ravel(), np.kron(np.eye(n_channels), np.ones(n_points))


def envelope_fill_twin(points, terms, weights, paid, budget_min, budget_max):
    """The linear programme that mixes each channel's points."""
    values = []
    for w, money in zip(weights, paid, strict=True):
        cost, x, channel = _envelope_problem(points, np.tensordot(w, terms, 1) + money * points)
        limits = np.array([x, -x]), np.array([budget_max, -budget_min])
        values.append(linprog(cost, *limits, channel, np.ones(len(points))).fun)
    return np.array(values)


def envelope_fill(points, terms, weights, paid, budget_min, budget_max, out):
    """The kernel's plans, judged by their envelopes: several plans may be best."""
    n_plans = len(weights)
    plans, tied = np.empty((n_plans, len(points))), np.empty(n_plans, dtype=np.int64)
    ends = np.empty((2, n_plans))
    weighted.envelope_fill(points, terms, weights, paid, budget_min, budget_max, plans, tied, *ends)
    for p, plan in enumerate(plans):
        assert budget_min - 1e-9 <= plan.sum() <= budget_max + 1e-9
        if tied[p] >= 0:
            assert ends[0, p] <= plan[tied[p]] <= ends[1, p]
        cost, x, channel = _envelope_problem(points, np.tensordot(weights[p], terms, 1) + paid[p] * points)
        mixed = np.vstack([channel, channel * x])
        out[p] = linprog(cost, None, None, mixed, np.append(np.ones(len(points)), plan)).fun


@st.composite
def _step_inputs(draw: DrawFn):
    """Unequal boxes that do not start at zero, some of no width; a kink inside or outside of them."""
    rng = _generator(draw)
    n_plans, n_channels = draw(st.integers(0, 3)), draw(st.integers(1, 5))
    lower = rng.uniform(0.0, 1.0, (n_plans, n_channels))
    upper = lower + rng.choice([0.0, 0.5, 3.0], lower.shape)
    least, most = lower.sum(axis=1).max(initial=0.0), upper.sum(axis=1).min(initial=1.0)
    lower, upper = np.minimum(lower, most / n_channels), np.maximum(upper, least / n_channels)
    ends = np.sort(rng.uniform(lower.sum(axis=1).max(initial=0.0), upper.sum(axis=1).min(initial=1.0), 2))
    if draw(st.booleans()):
        ends[0] = ends[1]
    plans, slope = rng.normal(1.0, 1.0, (2, n_plans, n_channels))
    curvature = rng.uniform(0.2, 3.0, plans.shape)
    kinks = np.sort(rng.uniform(0.0, 2.0, (n_channels, draw(st.integers(0, 2)))), axis=1)
    kinks[:1, 1:] = np.inf  # one that no plan reaches
    jumps = rng.choice([0.0, 0.4, 0.7], (n_plans, *kinks.shape))
    return plans, slope, curvature, lower, upper, *ends.tolist(), kinks, jumps


def model_step_twin(plans, slope, curvature, lower, upper, budget_min, budget_max, kinks, kink_slopes):
    """Each channel's answer to a price by trying all places where it can be lowest; the price by Brent's method."""

    def answer(p, price):
        sides = product((-1, 1), repeat=kinks.shape[1])
        bends = [plans[p] - (slope[p] - price + kink_slopes[p] @ np.array(s, float)) / curvature[p] for s in sides]
        tried = np.clip(np.vstack([*bends, *kinks.T, lower[p], upper[p]]), lower[p], upper[p])
        value = (slope[p] - price) * tried + curvature[p] / 2 * (tried - plans[p]) ** 2
        for kink, jump in zip(kinks.T, kink_slopes[p].T, strict=True):
            value += jump * np.abs(tried - np.minimum(kink, 1e3))  # beyond every plan it may lie anywhere
        return tried[np.argmin(value, axis=0), np.arange(tried.shape[1])]

    out = np.empty_like(plans)
    for p in range(len(plans)):
        total = answer(p, 0.0).sum()
        target = min(max(total, budget_min), budget_max)
        price = 0.0
        if total != target:
            price = brentq(lambda price: answer(p, price).sum() - target, -1e3, 1e3, xtol=1e-14)  # noqa: B023
        out[p] = answer(p, price)
    return out


ROWS = [
    # The same cubic in two bases.
    Row(
        expected_totals_kernel,
        expected_totals_twin,
        lambda spend, knots, values, slopes: [np.empty((len(spend), len(values)))],
        _expected_inputs(),
        1e-9,
    ),
    # An eigenbasis loses half the digits of a variance that cancels to nothing.
    Row(
        expected_moments_kernel,
        expected_moments_twin,
        lambda spend, knots, values, *_: [np.empty((len(spend), len(values))), np.empty(len(spend))],
        _variance_inputs(),
        1e-8,
    ),
    # Second derivatives of cubics on knots a tenth apart.
    Row(
        expected_slopes_kernel,
        expected_slopes_twin,
        lambda spend, *_: [np.empty_like(spend) for _ in range(2)],
        _slope_inputs(),
        1e-7,
    ),
    Row(
        weighted.dent_depths,
        dent_depths_twin,
        lambda points, values: [np.empty(values.shape[:2])],
        _dent_inputs(),
        1e-12,
    ),
    # The tolerance of HiGHS.
    Row(
        envelope_fill,
        envelope_fill_twin,
        lambda points, terms, weights, *_: [np.empty(len(weights))],
        _fill_inputs(),
        1e-6,
    ),
    # Brent's price, times the answers' slope in it.
    Row(weighted.model_step, model_step_twin, lambda plans, *_: [np.empty_like(plans)], _step_inputs(), 1e-9),
]
