"""The structure of a problem: its curves cut to what each channel may get, so that a sum falls apart by channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray
from moo_budget.plan_tables import PlanTables, cubic_pieces

_MOST_BLOCKS = 100  # of a channel: finer ones hardly matter, and every one is a piece of its curve
_ROUNDING = 1e-9  # of a block


@dataclass(frozen=True, eq=False)
class Structure:
    """Box, totals and knots of a problem; channels in the order of `PlanTables`, money of the whole plan.

    A plan x is allowed where lower <= x <= upper in every channel, or x = 0 where the channel is `optional`, and
    budget_min <= sum x <= budget_max. Where a problem also has a largest share of a total that is free, this is its
    relaxation: the share is taken of the largest total.

    Args:
        knots: (n_channels, n_knots), from `lower` to `upper`, never falling; the last is repeated where a channel has
            fewer than others. Money at which a goal has a kink is a knot, so that goals are smooth between knots.
        lower: (n_channels,), currency; of an optional channel the least that it gets when it is used.
        upper: (n_channels,), currency.
        optional: (n_channels,), whether the channel may also get nothing.
        whole: (n_channels,), whether the channel gets a knot's money and none between: there its curves are straight.
        budget_min: currency.
        budget_max: currency.
    """

    knots: FloatArray
    lower: FloatArray
    upper: FloatArray
    optional: BoolArray
    whole: BoolArray
    budget_min: float
    budget_max: float
    _cell: IntArray  # (n_channels, n_knots): the table's cell in which each knot lies
    _tables: PlanTables

    def __post_init__(self) -> None:
        for array in (self.knots, self.lower, self.upper, self.optional, self.whole, self._cell):
            array.flags.writeable = False

    def refined(self, values: FloatArray, slopes: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Any curves given on the knots of the tables, on the knots of this structure: exact, a cubic stays one.

        Args:
            values: (n_curves, n_channels, n_table_knots).
            slopes: the same shape, per currency.

        Returns:
            Values and slopes, two arrays (n_curves, n_channels, n_knots).
        """
        channel = np.arange(len(self.knots))[:, None]
        pieces = cubic_pieces(self._tables.knots, values, slopes)[channel, self._cell]
        u = (self.knots - self._tables.knots[channel, self._cell])[..., None]
        a, b, c, d = np.moveaxis(pieces, -1, 0)
        refined = a + u * (b + u * (c + u * d)), b + u * (2.0 * c + u * 3.0 * d)
        return tuple(np.ascontiguousarray(np.moveaxis(part, -1, 0)) for part in refined)  # type: ignore[return-value]

    @property
    def positions(self) -> FloatArray:
        """Money of the Bezier points, (n_channels, n_points): nothing, then the points of every cubic piece."""
        return np.hstack([np.zeros((len(self.knots), 1)), _between(self.knots)])

    def control_points(self, values: FloatArray, slopes: FloatArray) -> FloatArray:
        """Any curves given on the knots of the tables as Bezier points within the limits; see `kernels.bezier`.

        Args:
            values: (n_curves, n_channels, n_table_knots).
            slopes: the same shape, per currency.

        Returns:
            (n_curves, n_channels, n_points).
        """
        refined, rising = self.refined(values, slopes)
        width, chord = np.diff(self.knots), np.diff(refined)
        straight = self.whole[:, None]
        after = refined[..., :-1] + np.where(straight, chord, width * rising[..., :-1]) / 3.0
        before = refined[..., 1:] - np.where(straight, chord, width * rising[..., 1:]) / 3.0
        inner = np.stack([refined[..., :-1], after, before], axis=-1).reshape(*refined.shape[:2], -1)
        return np.concatenate([values[..., :1], inner, refined[..., -1:]], axis=-1)


def _between(knots: FloatArray) -> FloatArray:
    """Knots with two points, a third apart, in every gap."""
    width = np.diff(knots)
    inner = np.stack([knots[:, :-1], knots[:, :-1] + width / 3.0, knots[:, 1:] - width / 3.0], axis=-1)
    return np.hstack([inner.reshape(len(knots), -1), knots[:, -1:]])


def structure_of(
    tables: PlanTables,
    *,
    lower: FloatArray,
    upper: FloatArray,
    min_if_used: FloatArray,
    budget_min: float,
    budget_max: float,
    kinks: FloatArray,
    block: FloatArray | None = None,
) -> Structure:
    """Cut the tables to a box, and to whole blocks where there are `_MOST_BLOCKS` of them at most.

    All arrays (n_channels,) in the order of `tables`, currency for the whole plan; kinks (n_channels, n_kinks); a block
    of 0 is none.
    """
    optional = (lower == 0.0) & (min_if_used > 0.0) & (upper > 0.0)
    least = np.where(optional, min_if_used, lower)
    inner = [np.unique(np.clip(np.append(row, kinks[c]), least[c], upper[c])) for c, row in enumerate(tables.knots)]
    whole = np.zeros(len(lower), dtype=np.bool_)
    blocks = np.zeros_like(lower) if block is None else block
    for c in np.flatnonzero(blocks):
        sums = _sums_of_blocks(blocks[c], least[c], upper[c])
        if 1 <= len(sums) <= _MOST_BLOCKS:
            inner[c], whole[c] = sums, True
    n_knots = max(2, *(len(row) for row in inner))
    knots = np.array([np.append(row, np.full(n_knots - len(row), row[-1])) for row in inner])
    cell = [
        np.clip(np.searchsorted(row, x, side="right") - 1, 0, len(row) - 2)
        for row, x in zip(tables.knots, knots, strict=True)
    ]
    return Structure(
        knots, least, upper, optional, whole, budget_min, budget_max, np.array(cell, dtype=np.int64), tables
    )


def _sums_of_blocks(block: float, least: float, most: float) -> FloatArray:
    """Whole numbers of blocks from `least` to `most`, in currency; none where the least is no such number."""
    first, last = least / block, most / block
    if abs(first - round(first)) > _ROUNDING:
        return np.empty(0)
    return np.asarray(block * np.arange(round(first), int(last + _ROUNDING) + 1), dtype=np.float64)
