"""What the channels return at today's money, under every draw: the numbers that views are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from moo_budget._checks import FloatArray, amount_text, check_known, frozen, money_by_channel
from moo_budget.errors import InputError
from moo_budget.kernels.response import END_TOLERANCE
from moo_budget.tables import ResponseTables


@dataclass(frozen=True, eq=False)
class Returns:
    """Returns of one outcome at today's money.

    Args:
        channels: names, in the order of the tables.
        spend: (n_channels,), currency per period: today's.
        response: (n_channels, n_draws), outcome per period.
        roi: (n_channels, n_draws), outcome per money; where nothing is spent, the slope at zero.
        marginal: (n_channels, n_draws), outcome brought by the next unit of money.
        weights: (n_draws,), probability of each draw.
    """

    channels: tuple[str, ...]
    spend: FloatArray
    response: FloatArray
    roi: FloatArray
    marginal: FloatArray
    weights: FloatArray

    def __post_init__(self) -> None:
        for name in ("spend", "response", "roi", "marginal", "weights"):
            object.__setattr__(self, name, frozen(getattr(self, name)))


def returns_today(tables: ResponseTables, outcome: str, today: Mapping[str, float] | None, periods: int) -> Returns:
    """Returns of an outcome at today's money.

    Args:
        tables: money per period.
        outcome: name.
        today: channel -> money for the whole plan.
        periods: of the plan.

    Raises:
        InputError: no today, an unknown name, or money beyond the end of a table.
    """
    check_known("outcome", outcome, tables.outcomes)
    if today is None:
        raise InputError(
            "views speak of returns at today's money, and nobody said what is spent today. Give [plan] today.",
            code="views.no-today",
        )
    spend = money_by_channel(today, tables.channels, "today") / periods
    for name, amount, end in zip(tables.channels, spend, tables.ends, strict=True):
        if amount > end * END_TOLERANCE:
            raise InputError(
                f"today's {amount_text(amount)} of `{name}` per period lies beyond the end of its table "
                f"({amount_text(end)}); nothing is known there",
                code="views.beyond-table",
            )
    index = tables.outcomes.index(outcome)
    at = [_at(tables, index, c, float(x)) for c, x in enumerate(spend)]
    response, marginal = (np.array(part) for part in zip(*at, strict=True))
    paid = np.where(spend > 0.0, spend, 1.0)[:, None]
    roi = np.where(spend[:, None] > 0.0, response / paid, marginal)
    return Returns(tables.channels, spend, response, roi, marginal, tables.weights)


def _at(tables: ResponseTables, outcome: int, channel: int, spend: float) -> tuple[FloatArray, FloatArray]:
    """A channel's response and its slope under every draw, two arrays (n_draws,)."""
    knots = tables.knots[channel]
    if knots[-1] == 0.0:
        return np.zeros(len(tables.weights)), np.zeros(len(tables.weights))
    curve = CubicHermiteSpline(knots, tables.values[outcome, channel], tables.slopes[outcome, channel])
    spend = min(spend, float(knots[-1]))
    return np.maximum(curve(spend), 0.0), np.maximum(curve(spend, 1), 0.0)
