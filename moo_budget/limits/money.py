"""What the limits are about: channels, and the money that is already known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray, frozen, money_by_channel
from moo_budget.rounding import round_money
from moo_budget.spec import BudgetRange, reference_money


@dataclass(frozen=True, eq=False)
class Money:
    """What the limits are about: the channels and the money that is already known of them, for the whole plan.

    Args:
        channels: names, in the order of the arrays.
        table_end: (n_channels,), where each channel's response table ends.
        observed_max: (n_channels,), highest spend of one period x periods; NaN where nobody knows.
        today: (n_channels,) or None.
        reference: (n_channels,) or None.
        money_step: currency, with which a channel counts as used; 0: with over 1e-9 of the budget.
    """

    channels: tuple[str, ...]
    table_end: FloatArray
    observed_max: FloatArray
    today: FloatArray | None
    reference: FloatArray | None
    money_step: float = 0.0


def known_money(
    channels: tuple[str, ...],
    *,
    table_end: FloatArray,
    observed_max: FloatArray,
    periods: int,
    today: Mapping[str, float] | None,
    budget: float | BudgetRange | None,
    money_step: float,
) -> Money:
    """Money of the whole plan from tables and history that count per period.

    Args:
        channels: names, in the order of the arrays.
        table_end: (n_channels,), currency per period.
        observed_max: (n_channels,), currency per period.
        periods: length of the plan.
        today: channel -> currency for the whole plan; None: no today and no reference.
        budget: as in the problem file.
        money_step: currency to which the reference is rounded, total kept; 0 for not.

    Raises:
        InputError: today names an unknown channel or a negative amount.
    """
    mix = None if today is None else reference_money(today, budget)
    reference = None if mix is None else money_by_channel(mix, channels, "reference")
    if reference is not None and money_step > 0.0:
        anything = np.zeros(len(channels)), np.full(len(channels), np.inf)
        reference = round_money(reference, *anything, float(reference.sum()), money_step)
    return Money(
        channels=channels,
        table_end=frozen(table_end * periods),
        observed_max=frozen(observed_max * periods),
        today=None if today is None else frozen(money_by_channel(today, channels, "today")),
        reference=None if reference is None else frozen(reference),
        money_step=money_step,
    )
