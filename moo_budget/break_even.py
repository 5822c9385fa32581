"""The break-even point: the budget at which one more unit of money just earns itself back."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scipy.optimize import brentq

_SAME = 1e-4  # of the money between two budgets: the break-even point is known to within this


@dataclass(frozen=True)
class Marginal:
    """What the next unit of money brings, as the limits follow the budget; outcome per currency.

    Args:
        value: expected.
        low: 5th percentile over draws.
        high: 95th percentile over draws.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class BreakEven:
    """Where the next unit of money just earns itself back.

    Args:
        budget: currency for the whole plan; None where there is no such point within the sweep.
        low: where the 5th percentile of the estimate does, between the budgets of the sweep on a straight line; None
            where it does not within it.
        high: the same of the 95th percentile.
        text: all of it in words, or why there is none.
    """

    budget: float | None
    low: float | None
    high: float | None
    text: str


def break_even(
    known: Sequence[tuple[float, Marginal]],
    margin: float,
    currency: str,
    *,
    marginal_at: Callable[[float], Marginal | None],
    profit: Callable[[float], float],
) -> BreakEven:
    """The budget beyond which money brings less than itself: of several the one with most profit.

    Args:
        known: budgets, rising, with their marginal returns.
        margin: currency earned per unit of the outcome.
        currency: its name; empty: none.
        marginal_at: the marginal return of any budget between; None where it cannot be placed.
        profit: of any budget between, currency.
    """
    if not known:
        return _none("The limits leave no budget beside those of the sweep, so nothing can be said of more.")
    budgets = [budget for budget, _ in known]
    earned, low, high = ([margin * getattr(one, part) for _, one in known] for part in ("value", "low", "high"))
    money = currency or "unit of money"
    if earned[-1] >= 1.0:
        return _none(
            f"Beyond the sweep: at {_about(budgets[-1])} {money} the next {money} still earns {earned[-1]:,.2f}."
        )
    falls = [row for row in range(len(budgets) - 1) if earned[row] >= 1.0 > earned[row + 1]]
    if not falls:
        return _none(
            f"Below the sweep: at {_about(budgets[0])} {money} already the next {money} earns only {earned[0]:,.2f}."
        )
    found = [_fall(marginal_at, budgets[row : row + 2], earned[row : row + 2], margin) for row in falls]
    at = max(found, key=profit)
    ends = _last_fall(budgets, low), _last_fall(budgets, high)
    text = f"At a budget of about {_about(at)} {money} the next {money} just earns itself back; beyond, it does not."
    if any(one.low < one.high for _, one in known):
        text += f" By what the data leave open (9 in 10) that point lies {_between(*ends, money)}."
    return BreakEven(at, *ends, text)


def no_margin(outcome: str, unit: str) -> BreakEven:
    """No break-even point, because nobody said what a unit of the outcome is worth."""
    return _none(
        f"{outcome} is counted in {unit or 'units'}, not in money, so no budget breaks even by itself: say what one of "
        "them is worth (`margin`, or a `profit` goal), and the marginal return says how far to go."
    )


def _none(text: str) -> BreakEven:
    return BreakEven(None, None, None, text)


def _fall(
    marginal_at: Callable[[float], Marginal | None], ends: Sequence[float], earned: Sequence[float], margin: float
) -> float:
    """Where between two budgets the marginal return times the margin falls to 1; `earned` at these two."""
    known = dict(zip(ends, earned, strict=True))

    def beyond(budget: float) -> float:
        if budget in known:
            return known[budget] - 1.0
        marginal = marginal_at(budget)
        return -1.0 if marginal is None else margin * marginal.value - 1.0  # what cannot be placed earns nothing

    low, high = ends
    return float(brentq(beyond, low, high, xtol=_SAME * (high - low), rtol=1e-12, disp=False))


def _last_fall(budgets: Sequence[float], earned: Sequence[float]) -> float | None:
    """Where a line through points falls below 1 for the last time; None where it does not, or ends above."""
    rows = [row for row in range(len(budgets) - 1) if earned[row] >= 1.0 > earned[row + 1]]
    if not rows or earned[-1] >= 1.0:
        return None
    row = rows[-1]
    share = (earned[row] - 1.0) / (earned[row] - earned[row + 1])
    return budgets[row] + share * (budgets[row + 1] - budgets[row])


def _between(low: float | None, high: float | None, money: str) -> str:
    if low is not None and high is not None:
        return f"between {_about(low)} and {_about(high)} {money}"
    below = "below the sweep" if low is None else f"{_about(low)} {money}"
    above = "beyond the sweep" if high is None else f"{_about(high)} {money}"
    return f"anywhere from {below} to {above}"


def _about(amount: float) -> str:
    """Money to three digits: a break-even point is no better known."""
    digits = 2 - math.floor(math.log10(amount))
    return f"{round(amount, digits):,.{max(digits, 0)}f}"
