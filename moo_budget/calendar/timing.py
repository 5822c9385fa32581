"""When money is best spent: projected gradient steps on the dynamic response, every channel's total kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.kernels.placement import place_in_periods

Slope = Callable[[FloatArray, BoolArray], tuple[FloatArray, FloatArray]]

_FIRST_STEP = 0.3  # of a channel's money per period: what the steepest period gains at first
_LONGEST, _SHORTEST = 1e3, 1e-4  # of the first step
_BACK = 0.2
_SETTLED = 1e-7  # of the value's size: a smaller gain, so often in a row, ends the steps of a plan
_OFTEN = 3
_KEPT = 1e-9  # of the whole team's most in a period: what may be missing of it by rounding


@dataclass(frozen=True, eq=False)
class Room:
    """Where money may stand; all currency.

    Args:
        lower: (n_plans, n_periods, n_channels).
        upper: the same shape.
        splits: (n_plans, n_channels), totals of the channels.
        total_max: of all channels in one period; inf for none.
    """

    lower: FloatArray
    upper: FloatArray
    splits: FloatArray
    total_max: float

    def of(self, rows: BoolArray) -> Room:
        """For some of the plans, (n_plans,)."""
        return Room(self.lower[rows], self.upper[rows], self.splits[rows], self.total_max)

    @property
    def holds(self) -> BoolArray:
        """(n_plans,), plans whose channels fit between the sums of their bounds."""
        slack = _KEPT * self.splits
        least, most = self.lower.sum(axis=1), self.upper.sum(axis=1)
        return np.asarray(((self.splits >= least - slack) & (self.splits <= most + slack)).all(axis=1))

    def nearest(self, wanted: FloatArray, scale: FloatArray | None = None) -> tuple[FloatArray, BoolArray]:
        """The nearest money that keeps the room, (n_plans, n_periods, n_channels), and which plans have any.

        `scale` (n_plans, n_channels): distances are squares over it.
        """
        out, excess = np.empty_like(wanted), np.empty(len(wanted))
        scale = np.ones_like(self.splits) if scale is None else scale
        place_in_periods(wanted, self.lower, self.upper, self.splits, scale, self.total_max, out, excess)
        kept = excess <= (_KEPT * self.total_max if np.isfinite(self.total_max) else np.inf)
        return out, kept & self.holds


def timed(slope: Slope, start: FloatArray, room: Room, n_steps: int) -> FloatArray:
    """Money moved between periods so that a function of it falls; never higher than at the start.

    Spectral projected gradient (Birgin, Martinez and Raydan 2000), for many plans at once, each for itself. Deviations:
    every channel has a step of its own, because channels hardly bend each other; a step that does not help is taken
    back and shortened, so that values only fall.

    Args:
        slope: money (n_some, n_periods, n_channels) and which plans (n_plans,) -> value (n_some,) and its derivatives.
        start: (n_plans, n_periods, n_channels), which keeps the room.
        room: where money may stand.
        n_steps: slopes that are computed for each plan.
    """
    money = start.copy()
    active = np.ones(len(money), dtype=bool)
    value, rise = slope(money, active)
    first = _first_steps(rise, room)
    steps, stalled = first.copy(), np.zeros(len(money), dtype=np.int64)
    for _ in range(n_steps):
        if not active.any():
            break
        some = room.of(active)
        tried, kept = some.nearest(money[active] - steps[active][:, None, :] * rise[active], steps[active])
        value_there, rise_there = slope(tried, active)
        gain = np.where(kept, value[active] - value_there, -np.inf)
        better = gain > 0.0
        spectral = _spectral(tried - money[active], rise_there - rise[active], first[active])
        shorter = np.maximum(_BACK * steps[active], _SHORTEST * first[active])
        steps[active] = np.where(better[:, None], spectral, shorter)
        stalled[active] = np.where(gain > _SETTLED * np.abs(value[active]), 0, stalled[active] + 1)
        rows = np.flatnonzero(active)[better]
        money[rows], value[rows], rise[rows] = tried[better], value_there[better], rise_there[better]
        active = stalled < _OFTEN
    return money


def pulled(money: FloatArray, rise: FloatArray, room: Room) -> FloatArray:
    """Money after a first step along its slopes, wherever that ends: where it is, and where it would rather be."""
    wanted: FloatArray = money - _first_steps(rise, room)[:, None, :] * (rise - rise.mean(axis=1, keepdims=True))
    return wanted


def _first_steps(rise: FloatArray, room: Room) -> FloatArray:
    """(n_plans, n_channels), money per unit of slope."""
    spread = np.ptp(np.where(room.upper > room.lower, rise, rise.mean(axis=1, keepdims=True)), axis=1)
    per_period = room.splits / rise.shape[1]
    steps = np.where(spread > 0.0, _FIRST_STEP * per_period / np.where(spread > 0.0, spread, 1.0), 0.0)
    usual = np.where(steps.max(axis=1) > 0.0, steps.max(axis=1), 1.0)
    return np.where(steps > 0.0, steps, usual[:, None])  # a channel that cannot gain only follows the others


def _spectral(moved: FloatArray, bent: FloatArray, first: FloatArray) -> FloatArray:
    """Barzilai and Borwein's steps, channel by channel; where nothing bends upwards, long ones."""
    square, along = (moved**2).sum(axis=1), (moved * bent).sum(axis=1)
    steps = np.where(along > 0.0, square / np.where(along > 0.0, along, 1.0), _LONGEST * first)
    steps = np.where(square > 0.0, steps, first)
    return np.clip(steps, _SHORTEST * first, _LONGEST * first)
