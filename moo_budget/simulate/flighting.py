"""How channels are bought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.simulate.paths import remembered, wave

# Spend of a week remembers this much of the week before.
SPEND_MEMORY = 0.6
# A burst and the pause after it last this many weeks on average.
BURST_WEEKS = 5


@dataclass(frozen=True)
class Flighting:
    """How a channel is bought.

    Args:
        weekly: mean spend of a week in which it runs, currency.
        spread: standard deviation of the logarithm of weekly spend.
        bursts: it runs for some weeks and pauses for some.
        shared: share of the logarithm's variance that it has in common with the other channels.
        season: amplitude of the yearly wave of its spend, as a share of `weekly`.
        window: shares of the history between which it is bought at all.
    """

    weekly: float
    spread: float = 0.4
    bursts: bool = False
    shared: float = 0.0
    season: float = 0.0
    window: tuple[float, float] = (0.0, 1.0)


def spend_histories(
    flighting: Mapping[str, Flighting], n_periods: int, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """Channel -> (n_periods,), currency in cents."""
    together = any(how.shared > 0.0 for how in flighting.values())
    common = _wandering(1.0, n_periods, rng) if together else np.zeros(n_periods)
    return {channel: _spend(how, common, rng) for channel, how in flighting.items()}


def _spend(how: Flighting, common: FloatArray, rng: np.random.Generator) -> FloatArray:
    """(n_periods,), currency in cents: a wandering level, for some channels in bursts."""
    n_periods = len(common)
    own = np.sqrt(1.0 - how.shared) * _wandering(how.spread, n_periods, rng)
    wander = own + np.sqrt(how.shared) * how.spread * common
    running = _bursts(n_periods, rng) if how.bursts else np.ones(n_periods)
    money = running * how.weekly * np.exp(wander - how.spread**2 / 2.0) * wave(n_periods, how.season)
    first, end = (round(share * n_periods) for share in how.window)
    money[:first] = money[end:] = 0.0
    return np.asarray(np.round(money, 2), dtype=np.float64)


def _wandering(spread: float, n_periods: int, rng: np.random.Generator) -> FloatArray:
    """(n_periods,) around 0 with this standard deviation."""
    shocks = rng.normal(scale=spread * np.sqrt(1.0 - SPEND_MEMORY**2), size=n_periods)
    return remembered(shocks, rng.normal(scale=spread), SPEND_MEMORY)


def _bursts(n_periods: int, rng: np.random.Generator) -> FloatArray:
    """(n_periods,) of 1 and 0 in stretches."""
    switches = rng.random(n_periods) < 1.0 / BURST_WEEKS
    return np.asarray((1.0 + np.cumsum(switches)) % 2.0, dtype=np.float64)
