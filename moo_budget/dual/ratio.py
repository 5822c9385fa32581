"""Bounds on goals that are ratios: the return where the total is free, and the number of channels."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.dual.curves import ChannelCurves
from moo_budget.goals import Goal
from moo_budget.kernels.envelope import dual_bounds

_ROUNDED_UP = 1.0 + 1e-12  # a number of channels is itself a rounded ratio
_STEPS = 10  # of Dinkelbach's method, which doubles its digits with each


def highest_roi(curves: ChannelCurves, goal: Goal, reached: float) -> float | None:
    """No feasible plan has a higher ROI than this; None where curves do not begin at zero.

    Args:
        curves: the goals as sums over channels.
        goal: measures `roi`.
        reached: the ROI of some feasible plan.
    """
    structure = curves.structure
    outcome = curves.problem.tables.outcomes.index(str(goal.outcome))
    placed = np.where(structure.optional, 0.0, structure.lower).sum()
    least = max(structure.budget_min, float(placed))
    if least <= 0.0:
        return _steepest(curves, outcome)
    roi, bound = reached, np.inf
    for _ in range(_STEPS):
        excess, paid = _excess(curves, outcome, roi)
        bound = min(bound, roi + max(excess, 0.0) / least)
        if excess <= 0.0 or paid <= 0.0:
            break
        roi += excess / paid
    return bound


def most_effective_channels(curves: ChannelCurves) -> float:
    """No feasible plan has a higher effective number of channels; close where the total is fixed and none is on/off.

    The least sum of squares, which falls apart by channel, over the square of the total. Where the total is free, the
    number of channels that may get anything.
    """
    structure = curves.structure
    usable = np.count_nonzero(structure.upper) * _ROUNDED_UP
    if not curves.has_fixed_total:
        return usable
    left, right = structure.knots[:, :-1], structure.knots[:, 1:]
    inner = np.stack([left**2, (left**2 + 2.0 * left * right) / 3.0, (2.0 * left * right + right**2) / 3.0], axis=-1)
    squares = np.hstack([np.zeros((len(left), 1)), inner.reshape(len(left), -1), right[:, -1:] ** 2])
    least, _ = _lowest(curves, squares)
    return float(min(usable, structure.budget_max**2 / least)) if least > 0.0 else usable


def _excess(curves: ChannelCurves, outcome: int, roi: float) -> tuple[float, float]:
    """The most by which a total exceeds this ROI times the money spent, and where: what is spent there.

    Source: Dinkelbach 1967.
    """
    lowest, paid = _lowest(curves, roi * curves.positions - curves.terms[:, outcome])
    return -lowest, paid


def _lowest(curves: ChannelCurves, y: FloatArray) -> tuple[float, float]:
    """What no feasible plan has less of in a sum over channels, y (n_channels, n_points), and what is spent there."""
    structure, box = curves.structure, curves.whole(1)
    bound, low_share = np.empty(1), np.empty(1)
    low, high = np.empty((1, len(y))), np.empty((1, len(y)))
    totals = structure.budget_min, structure.budget_max
    dual_bounds(curves.positions, y[None], box.first, box.last, box.nothing, *totals, bound, low, high, low_share)
    return float(bound[0]), float(low_share[0] * low.sum() + (1.0 - low_share[0]) * high.sum())


def _steepest(curves: ChannelCurves, outcome: int) -> float | None:
    """The highest return of any channel for itself: a plan's return is a weighted mean of those of its channels.

    On a piece a ratio of two polynomials in Bezier form lies below the largest ratio of their points.
    """
    first = curves.problem.plan_tables
    if first.mean_values[outcome, :, 0].any():
        return None
    x, y = curves.positions, curves.terms[:, outcome]
    ratio = np.divide(y, x, out=np.zeros_like(y), where=x > 0.0)
    return max(float(ratio.max()), float(first.mean_slopes[outcome, :, 0].max()))
