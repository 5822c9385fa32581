"""Worlds drawn at random, easy to nasty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moo_budget._checks import check_known
from moo_budget.simulate.flighting import Flighting
from moo_budget.simulate.truth import Disturbance, EffectNoise, TrueOutcome, TrueResponse
from moo_budget.simulate.world import World

START = "2021-01-04"
# As `[risk]` states it for outcomes measured in total.
EFFECT_DEVIATION, EFFECT_CORRELATION = 0.2, 0.3
# Of a total outcome's growth per year, as a share of its baseline.
GROWTH_DEVIATION = 0.05


@dataclass(frozen=True)
class Kind:
    """How hard a random world is to learn from.

    Args:
        flighting: what all channels' buying has in common; `bursts` and `window` are drawn channel by channel.
        in_bursts: share of channels that run in bursts.
        in_part: share of channels that are launched, or stopped, within the history.
        steepest: Hill slopes are drawn from 1 to this.
        slowest: decays are drawn from 0 to this.
        measured: noise of an outcome that is measured channel by channel.
        unsteady: disturbance of such an outcome; None: none.
        noise: of a total outcome, as a share of its mean.
        season: amplitude of a total outcome's yearly wave.
        disturbance: of a total outcome.
    """

    flighting: Flighting
    in_bursts: float
    in_part: float
    steepest: float
    slowest: float
    measured: EffectNoise
    unsteady: Disturbance | None
    noise: float
    season: float
    disturbance: Disturbance


KINDS: dict[str, Kind] = {
    # Money moves by itself, week by week, and nothing else does.
    "easy": Kind(
        Flighting(1.0, spread=0.6),
        in_bursts=0.0,
        in_part=0.0,
        steepest=1.5,
        slowest=0.4,
        measured=EffectNoise(0.1),
        unsteady=None,
        noise=0.02,
        season=0.05,
        disturbance=Disturbance(),
    ),
    # What a well-kept weekly table looks like.
    "moderate": Kind(
        Flighting(1.0, spread=0.45, shared=0.3, season=0.1),
        in_bursts=0.25,
        in_part=0.1,
        steepest=2.0,
        slowest=0.6,
        measured=EffectNoise(0.2, correlation=0.2, memory=0.2),
        unsteady=None,
        noise=0.04,
        season=0.1,
        disturbance=Disturbance(memory=0.3, unrest=0.2, wander=0.03),
    ),
    # Channels move together, with the season, and hardly; the rest jumps, drifts and remembers.
    "nasty": Kind(
        Flighting(1.0, spread=0.3, shared=0.6, season=0.25),
        in_bursts=0.3,
        in_part=0.25,
        steepest=3.0,
        slowest=0.8,
        measured=EffectNoise(0.35, correlation=0.4, memory=0.4),
        unsteady=Disturbance(unrest=0.5, outliers=0.03),
        noise=0.06,
        season=0.2,
        disturbance=Disturbance(memory=0.6, unrest=0.5, outliers=0.03, wander=0.08, step=0.1),
    ),
}


@dataclass(frozen=True)
class Prior:
    """What the truth of one outcome is drawn from.

    Args:
        per_money: outcome that a unit of money brings at typical spend, median over channels.
        half_saturation: median, in typical spends.
        share: range of what the channels bring of a total outcome.
    """

    per_money: float
    half_saturation: float
    share: tuple[float, float]

    def response(self, how: Kind, weekly: float, rng: np.random.Generator) -> TrueResponse:
        """Of a channel that typically spends `weekly`."""
        effect = weekly * self.per_money * rng.lognormal(0.0, 0.6)
        half, slope = self.half_saturation * rng.lognormal(0.0, 0.5), rng.uniform(1.0, how.steepest)
        return TrueResponse(effect * (1.0 + half**slope), weekly * half, slope, rng.uniform(0.0, how.slowest))

    def level(self, brought: float, rng: np.random.Generator) -> float:
        """Of the baseline beside what the channels bring at typical spend, outcome per week."""
        return brought * (1.0 / rng.uniform(*self.share) - 1.0)


PRIORS = {
    "revenue": Prior(per_money=2.0, half_saturation=1.1, share=(0.15, 0.45)),
    "awareness": Prior(per_money=40.0, half_saturation=1.6, share=(0.3, 0.7)),
}


def random_world(
    seed: int,
    *,
    n_channels: int,
    per_channel: bool,
    kind: str = "moderate",
    effect_noise: float = 1.0,
    season_of_effect: float | None = None,
) -> World:
    """A world with two outcomes, revenue and awareness, both measured channel by channel or both in total.

    Weekly spend of a channel is lognormal around 10,000 USD (deviation of the logarithm 0.8). What a channel brings at
    that spend is lognormal around 2 USD and 40 impressions per USD (0.6); half-saturation around 1.1 and 1.6 of it
    (0.5); channels bring 15 to 45 % of a total revenue and 30 to 70 % of a total awareness. What makes it easy or hard:

    ===================================================  ======  ========  ======
    of a channel                                         easy    moderate  nasty
    ===================================================  ======  ========  ======
    deviation of log spend                               0.6     0.45      0.3
    ... share of its variance common to all channels     0       0.3       0.6
    yearly wave of spend                                 0       10 %      25 %
    channels in bursts                                   0       25 %      30 %
    channels launched or stopped on the way              0       10 %      25 %
    Hill slope, from 1 to                                1.5     2         3
    decay, from 0 to                                     0.4     0.6       0.8
    noise where it is measured channel by channel        10 %    20 %      35 %
    ... correlation between channels                     0       0.2       0.4
    ... memory from week to week                         0       0.2       0.4
    ... growth over the history, around its mean size    0       0         +-50 %
    ... weeks in which it is five times as large         0       0         3 %
    ===================================================  ======  ========  ======

    ===================================================  ======  ========  ======
    of a total outcome                                   easy    moderate  nasty
    ===================================================  ======  ========  ======
    noise, of its mean                                   2 %     4 %       6 %
    ... memory from week to week                         0       0.3       0.6
    ... growth over the history, around its mean size    0       +-20 %    +-50 %
    ... weeks in which it is five times as large         0       0         3 %
    yearly wave                                          5 %     10 %      20 %
    random walk of the baseline, after a year            0       3 %       8 %
    jump of the baseline                                 0       0         10 %
    noise of the effects                                 20 %    20 %      20 %
    ... correlation between channels                     0.3     0.3       0.3
    ===================================================  ======  ========  ======

    Args:
        seed: of the world; its histories have seeds of their own.
        n_channels: how many channels, all unequal.
        per_channel: both outcomes are measured channel by channel; else in total.
        kind: a name in KINDS.
        effect_noise: factor on the noise of the effects where an outcome is measured in total, 20 % a week and channel.
        season_of_effect: how far the effects on outcomes measured in total go with the season of the baseline, 0 to 1;
            None: not at all.

    Raises:
        InputError: an unknown kind.
    """
    check_known("kind of world", kind, KINDS)
    # A stream of its own, so that a history may have the same seed as its world.
    how, rng = KINDS[kind], np.random.default_rng([seed, n_channels, per_channel])
    weekly = {f"channel_{c + 1}": 10_000.0 * rng.lognormal(0.0, 0.8) for c in range(n_channels)}
    flighting = {channel: _flighting(how, money, rng) for channel, money in weekly.items()}
    effects = EffectNoise(effect_noise * EFFECT_DEVIATION, EFFECT_CORRELATION)

    def outcome(unit: str, column: str, prior: Prior) -> TrueOutcome:
        responses = {channel: prior.response(how, money, rng) for channel, money in weekly.items()}
        if per_channel:
            return TrueOutcome(
                unit,
                f"{{channel}}_{column}",
                responses,
                noise=0.0,
                effects=how.measured,
                disturbance=how.unsteady,
            )
        brought = sum(float(response.level(weekly[channel])) for channel, response in responses.items())
        return TrueOutcome(
            unit,
            column,
            responses,
            noise=how.noise,
            level=prior.level(brought, rng),
            growth=rng.normal(scale=GROWTH_DEVIATION),
            season=how.season,
            effects=effects,
            disturbance=how.disturbance,
            effect_season=None if season_of_effect is None else season_of_effect * how.season,
        )

    outcomes = {
        "revenue": outcome("USD", "revenue", PRIORS["revenue"]),
        "awareness": outcome("impressions", "impressions", PRIORS["awareness"]),
    }
    return World(f"A {kind} world ({n_channels} channels, seed {seed})", START, flighting, outcomes)


def _flighting(how: Kind, weekly: float, rng: np.random.Generator) -> Flighting:
    base = how.flighting
    bursts = rng.random() < how.in_bursts
    window = _window(rng) if rng.random() < how.in_part else (0.0, 1.0)
    return Flighting(weekly, base.spread, bursts, base.shared, base.season, window)


def _window(rng: np.random.Generator) -> tuple[float, float]:
    """From a launch on, or up to an end."""
    return (rng.uniform(0.2, 0.6), 1.0) if rng.random() < 0.5 else (0.0, rng.uniform(0.6, 0.9))
