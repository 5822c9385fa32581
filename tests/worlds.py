"""Small problems with known shapes that several tests share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from moo_budget.problem import BudgetProblem
from moo_budget.risk import Factors
from moo_budget.tables import ResponseTables, from_functions

CHANNELS = ("tv", "search", "电视", "social")


def hill(height, half_saturation, slope):
    """Response b x^s / (x^s + k^s)."""
    return lambda x: height * x**slope / (x**slope + half_saturation**slope)


def drawn_hill(height, half_saturation, spread, *, n_draws=40, seed=0):
    """A Hill response of slope 1 whose height is uncertain."""
    factors = np.exp(spread * np.random.default_rng(seed).normal(size=n_draws))
    return lambda x: (height * x / (x + half_saturation))[:, None] * factors


def four_channels(*, end=200.0, noise=0.2) -> ResponseTables:
    """Three outcomes over four unequal channels, with draws and market noise."""
    revenue = [
        drawn_hill(h, k, s, seed=i)
        for i, (h, k, s) in enumerate([(900, 120, 0.3), (500, 30, 0.1), (300, 60, 0.4), (200, 20, 0.2)])
    ]
    reach = [
        drawn_hill(h, k, 0.1, seed=9 + i) for i, (h, k) in enumerate([(5e4, 300), (8e3, 50), (4e4, 80), (2e4, 90)])
    ]
    return from_functions(
        {"revenue": dict(zip(CHANNELS, revenue, strict=True)), "awareness": dict(zip(CHANNELS, reach, strict=True))},
        dict.fromkeys(CHANNELS, end),
        Factors(np.full((4, 1), 0.1), np.full(4, noise**2)),
        units={"revenue": "EUR", "awareness": "impressions"},
    )


def seen_channels() -> ResponseTables:
    """`four_channels` with a history, which no channel's table goes beyond by much more than twice."""
    return replace(four_channels(), observed_max=np.array([80.0, 90.0, 14.0, 16.0]))


TODAY = {"tv": 700.0, "search": 100.0, "电视": 150.0, "social": 50.0}


def four_channel_problem(**changes) -> BudgetProblem:
    """The usual question about `four_channels`: 10 periods, today's total."""
    settings = {"budget": 1000.0, "periods": 10, "today": TODAY, "currency": "EUR"} | changes
    return BudgetProblem(settings.pop("tables", None) or four_channels(), **settings)
