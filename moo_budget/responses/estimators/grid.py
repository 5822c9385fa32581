"""Responses given on a grid of spend, joined so that a table can hold them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import isotonic_regression

from moo_budget._checks import FloatArray, frozen

# Every point costs a table some knots, of which several outcomes share a channel's.
N_POINTS = 12


@dataclass(frozen=True, eq=False)
class GridCurve:
    """A channel's response through points of every draw, joined by a monotone cubic, level beyond the last point.

    A step of a tree cannot be held by a table of cubics; the response *is* this interpolation of the steps on their own
    grid, so the table's stated error is one against what the search and the report use.

    Args:
        spend: (n_points,), currency per period, rising from 0.
        outcomes: (n_points, n_draws), outcome per period, rising from 0.

    Source: Fritsch and Butland 1984 (PCHIP).
    """

    spend: FloatArray
    outcomes: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "spend", frozen(self.spend))
        object.__setattr__(self, "outcomes", frozen(self.outcomes))

    @cached_property
    def _cubics(self) -> PchipInterpolator:
        # A level piece behind the last point lets the response run into it without a kink.
        spend = np.append(self.spend, 2.0 * self.spend[-1])
        return PchipInterpolator(spend, np.vstack([self.outcomes, self.outcomes[-1:]]))

    def values(self, spend: FloatArray) -> FloatArray:
        """(n_spend,) currency per period, level -> (n_spend, n_draws) outcome per period."""
        return np.asarray(self._cubics(np.minimum(spend, self.spend[-1])), dtype=np.float64)

    def slopes(self, spend: FloatArray) -> FloatArray:
        """(n_spend,) currency per period, level -> (n_spend, n_draws) outcome per currency."""
        return np.asarray(self._cubics.derivative()(np.minimum(spend, self.spend[-1])), dtype=np.float64)


def spend_grid(spend: FloatArray) -> FloatArray:
    """Zero and quantiles of the spend above it, (at most 1 + N_POINTS,), currency per period."""
    above = spend[spend > 0.0]
    if len(above) == 0:
        return np.array([0.0, 1.0])
    quantiles = np.quantile(above, np.linspace(0.0, 1.0, N_POINTS))
    # Points closer than this would only make steep cubics of rounding.
    apart = np.diff(quantiles, prepend=0.0) > 1e-6 * quantiles[-1]
    return np.append(0.0, quantiles[apart])


def never_falling(outcomes: FloatArray) -> FloatArray:
    """The nearest draws, (n_points, n_draws), that start at zero and never fall (isotonic regression)."""
    rising = np.column_stack([isotonic_regression(draw).x for draw in outcomes[1:].T])
    return np.vstack([np.zeros(outcomes.shape[1]), np.maximum(rising, 0.0)])
