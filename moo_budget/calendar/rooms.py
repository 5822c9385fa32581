"""Where the money of plans may stand: what limits per period allow, and the evenest money within."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.calendar.timing import Room
from moo_budget.limits import PeriodLimits

BURST = 0.1  # of a channel's money per period that it can run in: what a period of a burst gets at least


def level_money(spend: FloatArray, periods: int) -> FloatArray:
    """The same in every period: (n_plans, n_channels) -> (n_plans, n_periods, n_channels)."""
    return np.repeat(spend[:, None, :] / periods, periods, axis=1)


def room_of(limits: PeriodLimits, splits: FloatArray) -> Room:
    """What the periods allow to plans with these totals (n_plans, n_channels)."""
    upper = np.repeat(limits.most[None], len(splits), axis=0)
    return Room(np.zeros_like(upper), upper, splits, limits.total_max)


def burst_room(limits: PeriodLimits, splits: FloatArray, runs: BoolArray, step: float) -> Room:
    """The same with channels in bursts only where they run, and there no less than makes a burst one.

    Plans that do not fit into that keep the wider room.

    Args:
        limits: of periods.
        splits: (n_plans, n_channels), currency for the whole plan.
        runs: broadcasts to (n_plans, n_periods, n_channels).
        step: currency, to which money is rounded; a period of a burst gets as much at least.
    """
    plain = room_of(limits, splits)
    lower, upper = plain.lower.copy(), plain.upper.copy()
    used, n_open = splits > 0.0, (limits.most > 0.0).sum(axis=0)
    least = np.maximum(BURST * splits / np.maximum(n_open, 1), step)
    for c in np.flatnonzero(limits.min_burst > 1):
        on = np.broadcast_to(runs, upper.shape)[:, :, c] & used[:, [c]]
        upper[:, :, c] *= on
        lower[:, :, c] = np.where(on, np.minimum(least[:, [c]], upper[:, :, c]), 0.0)
    narrow = replace(plain, lower=lower, upper=upper)
    _, kept = narrow.nearest(level_money(splits, limits.n_periods))
    held = kept[:, None, None]
    return replace(plain, lower=np.where(held, lower, plain.lower), upper=np.where(held, upper, plain.upper))


def even_money(limits: PeriodLimits, splits: FloatArray, step: float) -> FloatArray:
    """Plans (n_plans, n_channels) spent as evenly as limits per period allow, (n_plans, n_periods, n_channels).

    What does not fit under `total_max` is spent as if there were none, and a plan of which a channel does not fit into
    its periods is spent level.
    """
    level = level_money(splits, limits.n_periods)
    if not limits.limited:
        return level
    room = burst_room(limits, splits, limits.most[None] > 0.0, step)
    money, kept = room.nearest(level)
    crowded, held = replace(room, total_max=np.inf).nearest(level)
    return np.where(kept[:, None, None], money, np.where(held[:, None, None], crowded, level))
