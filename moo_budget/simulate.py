"""Worlds whose truth is known: invented channels, outcomes and spend, for demonstrations and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from moo_budget._checks import FloatArray, check_known, money_by_channel

DAYS_OF_WEEK = 7
WEEKS_OF_YEAR = 52.18
# Spend of a week remembers this much of the week before.
SPEND_MEMORY = 0.6
# A burst and the pause after it last this many weeks on average.
BURST_WEEKS = 5


@dataclass(frozen=True)
class TrueResponse:
    """A Hill curve over geometric stock, per week: ``ceiling z^slope / (z^slope + 1)``, z = stock / half_saturation.

    Args:
        ceiling: outcome, never reached.
        half_saturation: currency, level spend that brings half of it.
        slope: steepness; above 1 the curve is S-shaped.
        decay: share of the stock that is left a week later.
    """

    ceiling: float
    half_saturation: float
    slope: float = 1.0
    decay: float = 0.0

    def level(self, spend: FloatArray | float) -> FloatArray:
        """Outcome per week at level spend."""
        power = (np.asarray(spend) / self.half_saturation) ** self.slope
        return np.asarray(self.ceiling * power / (power + 1.0), dtype=np.float64)

    def over_time(self, spend: FloatArray) -> FloatArray:
        """(n_periods,) outcome of a spend history; before it the channel spent as in its first week."""
        stock = np.empty_like(spend)
        left = spend[0]
        for week, money in enumerate(spend):
            left = self.decay * left + (1.0 - self.decay) * money
            stock[week] = left
        return self.level(stock)


@dataclass(frozen=True)
class TrueOutcome:
    """An outcome and what makes it.

    Args:
        unit: what it is counted in.
        column: as in a problem file; with ``{channel}`` it is measured channel by channel, without baseline.
        channels: channel -> response.
        noise: standard deviation: of the logarithm per channel and week; of the week's total as a share of its mean.
        level: of the baseline, outcome per week.
        growth: of the baseline, share per year.
        season: amplitude of the yearly wave of the baseline, as a share of its level.
    """

    unit: str
    column: str
    channels: Mapping[str, TrueResponse]
    noise: float
    level: float = 0.0
    growth: float = 0.0
    season: float = 0.0

    @property
    def per_channel(self) -> bool:
        """Whether it is measured channel by channel."""
        return "{channel}" in self.column


@dataclass(frozen=True)
class Flighting:
    """How a channel is bought.

    Args:
        weekly: mean spend of a week in which it runs, currency.
        spread: standard deviation of the logarithm of weekly spend.
        bursts: it runs for some weeks and pauses for some.
    """

    weekly: float
    spread: float = 0.4
    bursts: bool = False


@dataclass(frozen=True)
class World:
    """Channels, how they are bought, and what they really do.

    Args:
        title: for people.
        start: the first Monday, ISO.
        flighting: channel -> how it is bought.
        outcomes: name -> outcome.

    Raises:
        InputError: an outcome has a response of a channel that is not bought.
    """

    title: str
    start: str
    flighting: Mapping[str, Flighting]
    outcomes: Mapping[str, TrueOutcome]

    def __post_init__(self) -> None:
        for name, outcome in self.outcomes.items():
            for channel in outcome.channels:
                check_known("channel", channel, list(self.flighting), f"outcome {name}")

    @property
    def channels(self) -> tuple[str, ...]:
        """Names, in order."""
        return tuple(self.flighting)

    def expected(self, spend_per_period: Mapping[str, float]) -> dict[str, float]:
        """True incremental outcome of a week at level spend (currency per week; channels left out have 0).

        Raises:
            InputError: an unknown channel, or money that is negative or not finite.
        """
        money = dict(zip(self.channels, money_by_channel(spend_per_period, self.channels, "spend"), strict=True))
        return {
            name: float(sum(response.level(money[channel]) for channel, response in outcome.channels.items()))
            for name, outcome in self.outcomes.items()
        }

    def truth(self) -> dict[str, Any]:
        """All true parameters, ready for JSON."""
        return {"title": self.title, "outcomes": {name: asdict(outcome) for name, outcome in self.outcomes.items()}}


def simulate(world: World, n_periods: int, seed: int) -> pd.DataFrame:
    """A history of the world as its owner would export it: a row a week, wide.

    Returns:
        ``week_start``, ``<channel>_spend`` and the outcomes' columns; money in cents, counts whole.
    """
    rng = np.random.default_rng(seed)
    weeks = pd.date_range(world.start, periods=n_periods, freq=f"{DAYS_OF_WEEK}D")
    spend = {channel: _spend(how, n_periods, rng) for channel, how in world.flighting.items()}
    table: dict[str, Any] = {"week_start": weeks.strftime("%Y-%m-%d")}
    table |= {f"{channel}_spend": money for channel, money in spend.items()}
    for outcome in world.outcomes.values():
        table |= _columns(outcome, spend, n_periods, rng)
    return pd.DataFrame(table)


def _spend(how: Flighting, n_periods: int, rng: np.random.Generator) -> FloatArray:
    """(n_periods,), currency in cents: a wandering level, for some channels in bursts."""
    shocks = rng.normal(scale=how.spread * np.sqrt(1.0 - SPEND_MEMORY**2), size=n_periods)
    wander = np.empty(n_periods)
    level = rng.normal(scale=how.spread)
    for week, shock in enumerate(shocks):
        level = SPEND_MEMORY * level + shock
        wander[week] = level
    running = _bursts(n_periods, rng) if how.bursts else np.ones(n_periods)
    return np.asarray(np.round(running * how.weekly * np.exp(wander - how.spread**2 / 2.0), 2), dtype=np.float64)


def _bursts(n_periods: int, rng: np.random.Generator) -> FloatArray:
    """(n_periods,) of 1 and 0 in stretches."""
    switches = rng.random(n_periods) < 1.0 / BURST_WEEKS
    return np.asarray((1.0 + np.cumsum(switches)) % 2.0, dtype=np.float64)


def _columns(
    outcome: TrueOutcome, spend: Mapping[str, FloatArray], n_periods: int, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """One column per channel, rounded to whole counts, or one total, in cents."""
    made = {channel: response.over_time(spend[channel]) for channel, response in outcome.channels.items()}
    if outcome.per_channel:
        return {
            outcome.column.format(channel=channel): np.round(
                values * np.exp(rng.normal(-(outcome.noise**2) / 2.0, outcome.noise, n_periods))
            ).astype(np.int64)
            for channel, values in made.items()
        }
    years = np.arange(n_periods) / WEEKS_OF_YEAR
    season = 1.0 + outcome.season * np.cos(2.0 * np.pi * (years - 0.9))
    total = outcome.level * (1.0 + outcome.growth * years) * season + sum(made.values())
    return {outcome.column: np.round(total + rng.normal(scale=outcome.noise * total.mean(), size=n_periods), 2)}


def online_retailer() -> World:
    """An invented shop with ten channels; three outcomes; television is past its best, two small channels are not.

    Of some 100,000 USD a week, television takes a third and brings little more with every further dollar;
    online video and podcasts are small and far from saturated.
    """
    flighting = {
        "tv": Flighting(34_000, spread=0.4),
        "paid_search": Flighting(18_000, spread=0.3),
        "shopping_ads": Flighting(12_000, spread=0.4),
        "paid_social": Flighting(14_000, spread=0.45),
        "display": Flighting(5_000, spread=0.5),
        "online_video": Flighting(4_000, spread=0.8),
        "podcasts": Flighting(3_000, spread=0.9),
        "radio": Flighting(9_000, spread=0.4, bursts=True),
        "out_of_home": Flighting(11_000, spread=0.4, bursts=True),
        "affiliates": Flighting(6_000, spread=0.35),
    }
    revenue = {
        "tv": TrueResponse(95_000, 9_000, 1.6, 0.4),
        "paid_search": TrueResponse(150_000, 22_000, 1.0, 0.1),
        "shopping_ads": TrueResponse(90_000, 13_000, 1.2, 0.1),
        "paid_social": TrueResponse(80_000, 14_000, 1.3, 0.2),
        "display": TrueResponse(14_000, 5_000, 1.0, 0.2),
        "online_video": TrueResponse(150_000, 16_000, 1.3, 0.3),
        "podcasts": TrueResponse(130_000, 14_000, 1.2, 0.2),
        "radio": TrueResponse(30_000, 9_000, 1.3, 0.3),
        "out_of_home": TrueResponse(30_000, 12_000, 1.2, 0.4),
        "affiliates": TrueResponse(36_000, 6_000, 1.0, 0.0),
    }
    impressions = {
        "tv": TrueResponse(4_500_000, 8_000, 1.2, 0.2),
        "paid_search": TrueResponse(1_800_000, 30_000),
        "shopping_ads": TrueResponse(1_900_000, 25_000),
        "paid_social": TrueResponse(3_200_000, 16_000, 1.1),
        "display": TrueResponse(3_500_000, 14_000),
        "online_video": TrueResponse(5_200_000, 15_000, 1.1),
        "podcasts": TrueResponse(2_900_000, 10_000),
        "radio": TrueResponse(2_500_000, 20_000, 1.0, 0.2),
        "out_of_home": TrueResponse(2_500_000, 14_000, 1.1, 0.3),
        "affiliates": TrueResponse(900_000, 12_000),
    }
    clicks = {
        "paid_search": TrueResponse(32_000, 28_000),
        "shopping_ads": TrueResponse(24_000, 22_000),
        "paid_social": TrueResponse(28_000, 26_000, 1.1),
        "display": TrueResponse(5_000, 12_000),
        "online_video": TrueResponse(9_000, 14_000, 1.2),
        "podcasts": TrueResponse(3_000, 9_000),
        "affiliates": TrueResponse(12_000, 13_000),
    }
    return World(
        title="An online retailer (invented)",
        start="2022-01-03",
        flighting=flighting,
        outcomes={
            "revenue": TrueOutcome("USD", "revenue", revenue, noise=0.028, level=600_000, growth=0.05, season=0.06),
            "awareness": TrueOutcome("impressions", "{channel}_impressions", impressions, noise=0.12),
            "engagement": TrueOutcome("clicks", "{channel}_clicks", clicks, noise=0.15),
        },
    )
