"""Lift tests: some weeks in which a part of the business spends more, or nothing, and what that really brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.simulate.truth import TrueResponse

TEST_WEEKS = 6
# Spend is raised by half, doubled, or stopped.
CHANGES = (0.5, 1.0, -1.0)
# Standard errors as shares of the true lift.
SMALLEST_ERROR, LARGEST_ERROR = 0.1, 0.3


@dataclass(frozen=True)
class LiftTest:
    """One test, in money and outcome over its span.

    Args:
        first: row of its first week.
        spend: what was spent without it, currency.
        spend_change: what it added, currency; negative where it stopped channels.
        lift: what it measured of what that brought.
        lift_se: standard error of the measurement.
    """

    first: int
    spend: float
    spend_change: float
    lift: float
    lift_se: float


def lift_test(
    responses: Mapping[str, TrueResponse],
    spend: Mapping[str, FloatArray],
    factors: FloatArray,
    rng: np.random.Generator,
) -> LiftTest:
    """A test of some channels together, in weeks in which they run.

    Args:
        responses: channel -> truth.
        spend: channel -> (n_periods,), currency per period.
        factors: (n_periods,), of what the channels bring, in their season.
        rng: of when, how and how well it is tested.
    """
    first = _first_week(np.sum(list(spend.values()), axis=0), rng)
    span = slice(first, first + TEST_WEEKS)
    change = rng.choice(CHANGES)
    lift = sum(_lift(response, spend[channel], factors, span, change) for channel, response in responses.items())
    error = rng.uniform(SMALLEST_ERROR, LARGEST_ERROR) * abs(lift)
    money = sum(float(column[span].sum()) for column in spend.values())
    return LiftTest(first, money, change * money, float(rng.normal(lift, error)), float(error))


def _first_week(spend: FloatArray, rng: np.random.Generator) -> int:
    """Row from which on as much is spent as in most stretches of that length."""
    stretches = np.convolve(spend, np.ones(TEST_WEEKS), mode="valid")
    return int(rng.choice(np.flatnonzero((stretches >= np.median(stretches)) & (stretches > 0.0))))


def _lift(response: TrueResponse, spend: FloatArray, factors: FloatArray, span: slice, change: float) -> float:
    changed = spend.copy()
    changed[span] *= 1.0 + change
    return float((factors * (response.over_time(changed) - response.over_time(spend)))[span].sum())
