"""Rows of the kernels behind the certificate."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from scipy.interpolate import BPoly
from scipy.optimize import linprog

from moo_budget.kernels import bezier, branching, coverage, envelope, risk
from tests.kernels.rows import Row, held

_POINTS = 8  # a piece, with which a twin begins


def _positions(rng, n_channels, n_pieces):
    """Money of the control points; one channel begins above zero, one has pieces of no width."""
    widths = rng.uniform(0.5, 2.0, (n_channels, n_pieces))
    widths[0, -1] = 0.0
    knots = rng.uniform(0.0, 1.0, (n_channels, 1)) + np.hstack([np.zeros((n_channels, 1)), np.cumsum(widths, axis=1)])
    inner = np.stack([knots[:, :-1], knots[:, :-1] + widths / 3, knots[:, 1:] - widths / 3], axis=-1)
    return np.hstack([np.zeros((n_channels, 1)), inner.reshape(n_channels, -1), knots[:, -1:]])


def _curves(rng, positions, n):
    """Control points of any height; over pieces of no width they are level."""
    y = rng.normal(size=(n, *positions.shape))
    level = np.diff(positions, axis=1) == 0.0
    for i in range(2, positions.shape[1]):
        y[:, level[:, i - 1], i] = y[:, level[:, i - 1], i - 1]
    return y


def _points(x, y, first, last, nothing, price):
    """Money and values of a channel: some of all that it may get, and where curve less price x may be lowest."""
    money, value = ([0.0], [y[0]]) if nothing else ([], [])
    for piece in range(first, last):
        i = slice(1 + 3 * piece, 5 + 3 * piece)
        z = y[i] - price * x[i]
        level = np.roots([z[3] - 3 * z[2] + 3 * z[1] - z[0], 2 * (z[2] - 2 * z[1] + z[0]), z[1] - z[0]])
        t = np.append(np.linspace(0.0, 1.0, _POINTS + 1), level.real[(level.imag == 0) & (abs(level - 0.5) < 0.5)])
        money.extend(x[i][0] + t * (x[i][3] - x[i][0]))
        value.extend(BPoly(y[i, None], [0.0, 1.0])(t))
    return np.array(money), np.array(value)


def _value_at(money, x, y, first, last):
    """A channel's curve at what it gets; less than its first piece begins with is nothing."""
    if first == last or money < x[1 + 3 * first]:
        return y[0]
    piece = first + min(int(np.searchsorted(x[4 + 3 * first : 1 + 3 * last : 3], money)), last - first - 1)
    i = slice(1 + 3 * piece, 5 + 3 * piece)
    width = x[i][3] - x[i][0]
    return float(BPoly(y[i, None], [0.0, 1.0])((money - x[i][0]) / width if width > 0 else 0.0))


@st.composite
def _curve_sums(draw: DrawFn):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, n_channels, n_draws = (draw(st.integers(low, 4)) for low in (0, 1, 1))
    coefficients = rng.normal(size=(n, n_channels, n_draws)) * rng.integers(0, 2, (n, n_channels, n_draws))
    return coefficients, rng.normal(size=(n_channels, n_draws, 7))


def add_curves_twin(coefficients, curves):
    """One contraction."""
    return np.einsum("pcd,cdi->pci", coefficients, curves)


@st.composite
def _plans_on_curves(draw: DrawFn):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, n_channels = draw(st.integers(0, 4)), draw(st.integers(1, 3))
    x = _positions(rng, n_channels, draw(st.integers(1, 4)))
    part = rng.choice([0.0, 0.2, 0.7, 1.0], (n, n_channels))
    plans = np.where(rng.random((n, n_channels)) < 0.2, 0.0, x[:, 1] + part * (x[:, -1] - x[:, 1]))
    return plans, x, np.ascontiguousarray(_curves(rng, x, 3).swapaxes(0, 1))


def responses_twin(plans, positions, curves):
    """scipy's Bernstein polynomials over the pieces that have a width."""
    out = np.empty((*plans.shape, curves.shape[1]))
    for c, x in enumerate(positions):
        knots = x[1::3]
        wide = np.diff(knots) > 0
        if not wide.any():
            out[:, c] = np.where(plans[:, [c]] < knots[0], curves[c, :, 0], curves[c, :, 1])
            continue
        for d, y in enumerate(curves[c]):
            pieces = np.array([y[1 + 3 * k : 5 + 3 * k] for k in range(len(knots) - 1)])[wide]
            curve = BPoly(pieces.T, np.append(knots[:-1][wide], knots[-1]))
            out[:, c, d] = np.where(plans[:, c] < knots[0], y[0], curve(np.maximum(plans[:, c], knots[0])))
    return out


@st.composite
def _noise_inputs(draw: DrawFn):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, n_channels, n_draws = (draw(st.integers(low, 4)) for low in (0, 1, 1))
    loadings = rng.normal(size=(n_channels, draw(st.integers(0, 2)))) * rng.integers(0, 2)
    return rng.normal(size=(n, n_channels, n_draws)), *held(loadings, rng.uniform(0, 1, n_channels))


def noise_exposure_twin(responses, loadings, specific):
    """The dense covariance times the responses."""
    return np.einsum("ab,pbd->pad", loadings @ loadings.T + np.diag(specific), responses)


@st.composite
def _boxes_on_curves(draw: DrawFn):
    """Sums over channels within boxes: parts of curves, on/off channels, totals fixed, free or impossible."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, n_channels, n_pieces = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 4))
    x = _positions(rng, n_channels, n_pieces)
    ends = np.sort(rng.integers(0, n_pieces + 1, (2, n, n_channels)), axis=0)
    nothing = (rng.random((n, n_channels)) < 0.3) | (ends[0] == ends[1])
    low, high = np.sort(rng.uniform(0.0, 1.1, 2)) * x[:, -1].sum()
    low = high if draw(st.booleans()) else low
    return x, _curves(rng, x, n), ends[0], ends[1], nothing, float(low), float(high)


def dual_bounds_kernel(x, y, first, last, nothing, budget_min, budget_max, bound, mixed):
    """The kernel's bounds, and what the mixture of its two plans is worth: the bound, only if both are answers."""
    low, high = np.empty((2, *first.shape))
    share = np.empty(len(first))
    envelope.dual_bounds(x, y, first, last, nothing, budget_min, budget_max, bound, low, high, share)
    for p, reached in enumerate(np.isfinite(bound)):
        mixed[p] = np.inf
        if reached:
            total = share[p] * low[p].sum() + (1.0 - share[p]) * high[p].sum()
            assert budget_min * (1.0 - 1e-8) <= total <= budget_max * (1.0 + 1e-8)
            assert 0.0 <= share[p] <= 1.0
            ends = [
                sum(_value_at(plan[c], x[c], y[p, c], first[p, c], last[p, c]) for c in range(len(x)))
                for plan in (low[p], high[p])
            ]
            mixed[p] = share[p] * ends[0] + (1.0 - share[p]) * ends[1]


def dual_bounds_twin(x, y, first, last, nothing, budget_min, budget_max):
    """The linear program that mixes points of each channel, with the best new points at its price until none helps."""
    out = np.full(len(y), np.inf)
    for p in range(len(y)):
        money, value, owner = (np.empty(0) for _ in "mvo")
        price = 0.0
        for _ in range(40):
            laid = [_points(x[c], y[p, c], first[p, c], last[p, c], nothing[p, c], price) for c in range(len(x))]
            money = np.concatenate([money, *(at for at, _ in laid)])
            value = np.concatenate([value, *(values for _, values in laid)])
            owner = np.concatenate([owner, np.repeat(np.arange(len(x)), [len(at) for at, _ in laid])])
            (money, value, owner), before = np.unique([money, value, owner], axis=1), out[p]
            solved = linprog(
                value,
                A_ub=[money, -money],
                b_ub=[budget_max, -budget_min],
                A_eq=(owner[None] == np.arange(len(x))[:, None]).astype(float),
                b_eq=np.ones(len(x)),
            )
            if solved.status != 0:
                break
            out[p], price = solved.fun, solved.ineqlin.marginals @ [1.0, -1.0]
            if before - out[p] < 1e-9:
                break
    return out, out


@st.composite
def _off_curves(draw: DrawFn):
    x, y, first, last, nothing, *_ = draw(_boxes_on_curves())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    channel = np.arange(len(x))
    low, high = np.where(nothing, 0.0, x[channel, 1 + 3 * first]), x[channel, 1 + 3 * last]
    plans = low + rng.uniform(0, 1, first.shape) * (np.where(first == last, low, high) - low)
    return x, y, first, last, nothing, plans


def branches(*arguments):
    """The kernel, which writes whole numbers, as one that writes floats."""
    *inputs, channel, piece = arguments
    found = np.empty((2, len(channel)), dtype=np.int64)
    branching.branches(*inputs, *found)
    channel[:], piece[:] = found


def branches_twin(x, y, first, last, nothing, plans):
    """Every channel's envelope as the best mixture of two of its knots."""
    channel, piece = np.full(len(y), -1.0), np.zeros(len(y))
    for p, c in product(range(len(y)), reversed(range(len(x)))):
        k = np.arange(first[p, c], last[p, c] + 1)
        points = np.append([0] if nothing[p, c] else [], 1 + 3 * k).astype(int)
        at, values = x[c, points], y[p, c, points]
        if len(points) < 2 or len(points) - 1 < (1 if nothing[p, c] and len(k) > 1 else 2) or at[-1] <= at[0]:
            continue
        score = _off(plans[p, c], x[c], y[p, c], at, values, k)
        if channel[p] < 0 or score >= _off_of(channel[p], x, y, first, last, nothing, plans, p):
            channel[p] = c
            inner = k[1:-1]
            piece[p] = k[0] if nothing[p, c] else inner[np.argmin(np.abs(x[c, 1 + 3 * inner] - plans[p, c]))]
    return channel, piece


def _off_of(channel, x, y, first, last, nothing, plans, p):
    c = int(channel)
    k = np.arange(first[p, c], last[p, c] + 1)
    points = np.append([0] if nothing[p, c] else [], 1 + 3 * k).astype(int)
    return _off(plans[p, c], x[c], y[p, c], x[c, points], y[p, c, points], k)


def _off(money, x, y, at, values, k):
    i = 1 + 3 * max(k[0], min(k[-1] - 1, k[0] + np.searchsorted(x[1 + 3 * k], money) - 1))
    width = x[i + 3] - x[i] if k[-1] > k[0] else 0.0
    t = min(max((money - x[i]) / width, 0.0), 1.0) if width > 0 else 0.0
    value = float(BPoly(y[i : i + 4, None], [0.0, 1.0])(t)) if k[-1] > k[0] else values[-1]
    mixtures = [
        values[a] + (money - at[a]) / (at[b] - at[a]) * (values[b] - values[a])
        for a in range(len(at))
        for b in range(len(at))
        if at[a] <= money <= at[b] and at[a] < at[b]
    ]
    chord = values[0] + (money - at[0]) / (at[-1] - at[0]) * (values[-1] - values[0])
    return max(value - min(mixtures), 0.0) + 1e-3 * abs(value - chord)


@st.composite
def _front_inputs(draw: DrawFn):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_goals, n_points = draw(st.integers(1, 4)), draw(st.integers(1, 12))
    points = rng.uniform(0, 1, (n_points, n_goals))
    weights = np.vstack([np.eye(n_goals), rng.dirichlet(np.ones(n_goals), 4)])
    bounds = (points @ weights.T).min(axis=0) - rng.uniform(0, 0.3, len(weights))
    return points, weights, bounds, 100_000


def largest_hole_twin(points, weights, bounds, most_corners):
    """Every corner: all ways to give each point a goal in which the plan is better."""
    worst = 0.0
    corners = {(np.inf,) * points.shape[1]}
    for point in points:
        cut = {corner for corner in corners if (point < corner).all()}
        new = {(*corner[:g], point[g], *corner[g + 1 :]) for corner in cut for g in range(len(point))}
        corners = (corners - cut) | new
        corners = {u for u in corners if not any(v != u and (np.array(v) >= u).all() for v in corners)}
    for corner in corners:
        usable = [(w, h) for w, h in zip(weights, bounds, strict=True) if np.isfinite(corner)[w > 0].all()]
        worst = max(worst, min(w[w > 0] @ np.array(corner)[w > 0] - h for w, h in usable))
    return np.array([worst])


ROWS = [
    Row(
        bezier.add_curves,
        add_curves_twin,
        lambda coefficients, curves: [np.zeros((*coefficients.shape[:2], curves.shape[2]))],
        _curve_sums(),
        1e-12,  # other order of summation
    ),
    Row(
        bezier.responses,
        responses_twin,
        lambda plans, positions, curves: [np.empty((*plans.shape, curves.shape[1]))],
        _plans_on_curves(),
        1e-9,  # scipy divides by the width of a piece
    ),
    Row(
        risk.noise_exposure,
        noise_exposure_twin,
        lambda responses, *_: [np.empty_like(responses)],
        _noise_inputs(),
        1e-12,  # other order of summation
    ),
    # The tolerance of HiGHS; the kernel itself takes a billionth off for rounding.
    Row(
        dual_bounds_kernel,
        dual_bounds_twin,
        lambda x, y, *_: [np.empty(len(y)) for _ in "bm"],
        _boxes_on_curves(),
        1e-6,
    ),
    Row(branches, branches_twin, lambda x, y, *_: [np.empty(len(y)), np.empty(len(y))], _off_curves(), 0.0),
    Row(coverage.largest_hole, largest_hole_twin, lambda *_: [np.empty(1)], _front_inputs(), 1e-12),
]
