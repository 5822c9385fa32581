"""Worlds whose truth is known: invented channels, outcomes and spend, for demonstrations, tests and benchmarks."""

from moo_budget.simulate.files import write_world
from moo_budget.simulate.flighting import Flighting
from moo_budget.simulate.kinds import KINDS, Kind, random_world
from moo_budget.simulate.retailer import online_retailer
from moo_budget.simulate.truth import Disturbance, EffectNoise, TrueOutcome, TrueResponse
from moo_budget.simulate.world import World, simulate

__all__ = [
    "KINDS",
    "Disturbance",
    "EffectNoise",
    "Flighting",
    "Kind",
    "TrueOutcome",
    "TrueResponse",
    "World",
    "online_retailer",
    "random_world",
    "simulate",
    "write_world",
]
