"""What the channels return at today's money, under every draw: the numbers that views are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from moo_budget._checks import BoolArray, FloatArray, amount_text, check_known, frozen, money_by_channel
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
        read_at: (n_channels,), currency per period: where the returns are read. Today's money; where nothing is spent,
            the money at which the expected curve returns most per money: of an S-shaped curve the first unit says
            nothing, and of a concave one this is the first unit.
        roi: (n_channels, n_draws), outcome per money; at no money the slope.
        marginal: (n_channels, n_draws), outcome brought by the next unit of money.
        weights: (n_draws,), probability of each draw.
    """

    channels: tuple[str, ...]
    spend: FloatArray
    response: FloatArray
    read_at: FloatArray
    roi: FloatArray
    marginal: FloatArray
    weights: FloatArray

    def __post_init__(self) -> None:
        for name in ("spend", "response", "read_at", "roi", "marginal", "weights"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def brings_anything(self) -> BoolArray:
        """Which channels bring anything under any draw where they are read, (n_channels,)."""
        brings: BoolArray = np.any(self.roi, axis=1) | np.any(self.marginal, axis=1)
        return brings

    @property
    def own_order(self) -> list[int]:
        """Places of the channels sorted by their returns, which hangs on what they are and not on where they stand.

        Sums in floating point hang on the order, and so do draws that are moved by one view after the other.
        """
        return sorted(range(len(self.channels)), key=lambda c: (self.roi[c].tolist(), self.marginal[c].tolist()))

    def in_order(self, channels: list[int]) -> Returns:
        """The same with the channels elsewhere; `channels` holds places here."""
        return Returns(
            channels=tuple(self.channels[c] for c in channels),
            spend=self.spend[channels],
            response=self.response[channels],
            read_at=self.read_at[channels],
            roi=self.roi[channels],
            marginal=self.marginal[channels],
            weights=self.weights,
        )


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
    spend = spent_today(today, tables.channels) / periods
    for name, amount, end in zip(tables.channels, spend, tables.ends, strict=True):
        if amount > end * END_TOLERANCE:
            raise InputError(
                f"today's {amount_text(amount)} of `{name}` per period lies beyond the end of its table "
                f"({amount_text(end)}); nothing is known there",
                code="views.beyond-table",
            )
    index = tables.outcomes.index(outcome)
    read_at = np.where(spend > 0.0, spend, _best_starts(tables, index))
    return returns_at(tables, outcome, spend, read_at)


def spent_today(today: Mapping[str, float] | None, channels: Sequence[str]) -> FloatArray:
    """Today's money (n_channels,), currency for the whole plan.

    Raises:
        InputError: no today, an unknown name, or a negative amount.
    """
    if today is None:
        raise InputError(
            "views speak of returns at today's money, and nobody said what is spent today. Give [plan] today.",
            code="views.no-today",
        )
    return money_by_channel(today, channels, "today")


def returns_at(tables: ResponseTables, outcome: str, spend: FloatArray, read_at: FloatArray) -> Returns:
    """Returns of an outcome, read at stated money: those before views and with them are compared at the same.

    Args:
        tables: money per period.
        outcome: name.
        spend: (n_channels,), currency per period: today's.
        read_at: (n_channels,), currency per period: today's where there is any.
    """
    index = tables.outcomes.index(outcome)
    at = [_at(tables, index, c, float(x)) for c, x in enumerate(read_at)]
    brought, marginal = (np.array(part) for part in zip(*at, strict=True))
    paid = np.where(read_at > 0.0, read_at, 1.0)[:, None]
    roi = np.where(read_at[:, None] > 0.0, brought / paid, marginal)
    response = np.where(spend[:, None] > 0.0, brought, 0.0)
    return Returns(tables.channels, spend, response, read_at, roi, marginal, tables.weights)


def _best_starts(tables: ResponseTables, outcome: int) -> FloatArray:
    """The knot at which each channel's expected curve returns most per money, (n_channels,), currency per period."""
    knots, values = tables.knots[:, 1:], tables.mean_values[outcome, :, 1:]
    per_money = np.divide(values, knots, out=np.zeros_like(values), where=knots > 0.0)
    per_money = np.column_stack([tables.mean_slopes[outcome, :, 0], per_money])
    best: FloatArray = tables.knots[np.arange(len(knots)), per_money.argmax(axis=1)]
    return best


def _at(tables: ResponseTables, outcome: int, channel: int, spend: float) -> tuple[FloatArray, FloatArray]:
    """A channel's response and its slope under every draw, two arrays (n_draws,)."""
    knots = tables.knots[channel]
    if knots[-1] == 0.0:
        return np.zeros(len(tables.weights)), np.zeros(len(tables.weights))
    curve = CubicHermiteSpline(knots, tables.values[outcome, channel], tables.slopes[outcome, channel])
    spend = min(spend, float(knots[-1]))
    return np.maximum(curve(spend), 0.0), np.maximum(curve(spend, 1), 0.0)
