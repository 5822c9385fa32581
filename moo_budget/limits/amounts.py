"""Amounts as messages show them, rounded so that what they say is enough."""

from __future__ import annotations

import math

from moo_budget._checks import amount_text

_SOLVED = 5  # digits behind a cent to which the solver's amounts are believed


def rounded_up(amount: float) -> float:
    """An amount rounded up as messages show it; nothing where it is below 0."""
    if amount <= 0.0:
        return 0.0
    digits = 2 if amount >= 1.0 else 5 - math.floor(math.log10(amount))
    return math.ceil(round(amount * 10.0**digits, _SOLVED)) / 10.0**digits


def share_up(share: float) -> float:
    """A share rounded up to hundredths of a percent."""
    return math.ceil(round(share * 1e4, _SOLVED)) / 1e4


def rounded_down(amount: float, budget: float) -> float:
    """An amount rounded down to hundredths, under a budget below 100 finer; nothing where it is below 0."""
    digits = max(2, 4 - math.floor(math.log10(budget))) if budget > 0.0 else 2
    return math.floor(round(max(amount, 0.0) * 10.0**digits, _SOLVED)) / 10.0**digits


def down_to(amount: float, budget: float) -> str:
    """An amount rounded down as messages show it."""
    return amount_text(rounded_down(amount, budget))
