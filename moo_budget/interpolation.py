"""Curves on knots: cubic Hermite pieces that keep the shape, and how many knots a curve needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import PchipInterpolator

from moo_budget._checks import FloatArray, IntArray

if TYPE_CHECKING:
    from moo_budget.responses import ResponseCurve

N_KNOTS = 33
MAX_KNOTS = 257
TOLERANCE = 1e-4  # largest error of a table, as a share of the curve's height
_NARROWEST = 1e-6  # of a table's end: a jump stays a jump however narrow its interval


def choose_knots(end: float, curves: Sequence[ResponseCurve]) -> FloatArray:
    """Knots from 0 to `end`, denser near 0, split where a curve is missed by more than TOLERANCE."""
    if end == 0.0:
        return np.zeros(N_KNOTS)
    knots: FloatArray = end * np.linspace(0.0, 1.0, N_KNOTS) ** 2
    while True:
        error = np.max([interpolation_error(knots, curve) for curve in curves], axis=0)
        worst = np.flatnonzero((error > TOLERANCE) & (np.diff(knots) > _NARROWEST * end))
        room = MAX_KNOTS - len(knots)
        if len(worst) == 0 or room <= 0:
            return knots
        knots = _split(knots, worst[np.argsort(-error[worst], kind="stable")][:room])


def _split(knots: FloatArray, intervals: IntArray) -> FloatArray:
    return np.sort(np.append(knots, 0.5 * (knots[intervals] + knots[intervals + 1])))


def interpolation_error(knots: FloatArray, curve: ResponseCurve) -> FloatArray:
    """Largest error between neighbouring knots over the draws, (n_knots - 1,), as a share of each draw's height."""
    if knots[-1] == 0.0:
        return np.zeros(len(knots) - 1)
    value, slope = on_knots(knots, curve)
    width = np.diff(knots)[:, None]
    height = np.maximum(np.abs(value).max(axis=0), np.finfo(float).tiny)
    worst = np.zeros(len(width))
    for t in (0.25, 0.5, 0.75):
        a, b, c, d = (1 + 2 * t) * (1 - t) ** 2, t * (1 - t) ** 2, t * t * (3 - 2 * t), -t * t * (1 - t)
        cubic = a * value[:-1] + b * width * slope[:-1] + c * value[1:] + d * width * slope[1:]
        missed = np.abs(curve.values(knots[:-1] + t * width[:, 0]) - cubic) / height
        worst = np.maximum(worst, missed.max(axis=1))
    return worst


def on_knots(knots: FloatArray, curve: ResponseCurve) -> tuple[FloatArray, FloatArray]:
    """Values and slopes of a curve on its knots, two (n_knots, n_draws), that keep the shape between them."""
    value = curve.values(knots)
    if knots[-1] == 0.0:
        return np.zeros_like(value), np.zeros_like(value)
    slope = curve.slopes(knots)
    if slope is None:
        return value, _pchip_slopes(knots, value)
    return value, _limited(knots, value, slope)


def _pchip_slopes(knots: FloatArray, value: FloatArray) -> FloatArray:
    slopes: FloatArray = PchipInterpolator(knots, value, axis=0).derivative()(knots)
    return slopes


def _limited(knots: FloatArray, value: FloatArray, slope: FloatArray) -> FloatArray:
    """Slopes cut to three times the flatter neighbouring secant, within which a Hermite piece cannot overshoot.

    Source: Fritsch and Carlson 1980, the box [0, 3] x [0, 3] inside their monotonicity region.
    """
    secant = np.diff(value, axis=0) / np.diff(knots)[:, None]
    left = np.vstack([secant[:1], secant])
    right = np.vstack([secant, secant[-1:]])
    room = 3.0 * np.where(left * right > 0.0, np.minimum(np.abs(left), np.abs(right)), 0.0)
    return np.clip(slope, -room, room)


def common_count(knots: Sequence[FloatArray]) -> list[FloatArray]:
    """The same number of knots for every channel: the widest intervals are halved until all have as many."""
    count = max(len(x) for x in knots)
    return [_refined(x, count) for x in knots]


def _refined(knots: FloatArray, count: int) -> FloatArray:
    if knots[-1] == 0.0:
        return np.zeros(count)
    while len(knots) < count:
        knots = _split(knots, np.argsort(-np.diff(knots), kind="stable")[: count - len(knots)])
    return knots
