"""Bounds of each channel from its own limits, the default cap and `change`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray, amount_text
from moo_budget.errors import InputError, Message
from moo_budget.limits.money import Money
from moo_budget.spec import BudgetRange, ChannelLimits, LimitsSpec

_CENT = 0.01  # a maximum at a table's end may be written in cents, or in steps of money if they are smaller
_SAME_BLOCK = 1e-9  # of a block: an amount this near to whole blocks is one
_ROUNDING = 1e-12  # relative: sums of money that are equal but for this are equal


@dataclass(frozen=True, eq=False)
class Box:
    """Bounds of every channel, currency for the whole plan; three arrays (n_channels,).

    A channel with `min_if_used` above 0 gets nothing, or from that to `upper`; its `lower` is 0. Any other gets from
    `lower` to `upper`.
    """

    lower: FloatArray
    upper: FloatArray
    min_if_used: FloatArray


def box_of(
    limits: LimitsSpec, budget: BudgetRange, money: Money, held: FloatArray | None = None
) -> tuple[Box, tuple[Message, ...]]:
    """Bounds of every channel, which cross where its limits contradict each other, and what should be known of them.

    Args:
        limits: as in the problem file.
        budget: lowest and highest total.
        money: what the limits are about.
        held: (n_channels,), what every channel's periods hold; None: money is not planned per period.

    Raises:
        InputError: a limit needs a today that is not there, or lies beyond a table's end.
    """
    box = own_box(limits, money)
    yielding = _cut_to_change(box, limits, money)
    if held is not None:
        _cut_to_periods(box, limits, money, held)
    return box, (*yielding, *_leave_out(box, limits, budget, money))


def own_box(limits: LimitsSpec, money: Money) -> Box:
    """Limits of each channel for itself: lock, off, min, max, else the default cap beyond what was ever spent."""
    nothing = np.zeros(len(money.channels))
    lower, upper, min_if_used = nothing, default_cap(limits, money), nothing.copy()
    for name, own in limits.channel.items():
        c = money.channels.index(name)
        least = own.min_if_used or 0.0
        lower[c], min_if_used[c] = (max(own.min, least), 0.0) if own.min > 0 else (0.0, least)
        if own.max is not None:
            _check_end(f"limits.channel.{name}.max", own.max, money, c, slack=min(_CENT, money.money_step or _CENT))
            upper[c] = min(own.max, money.table_end[c])
        lower[c], upper[c] = _in_blocks(lower[c], upper[c], own.step)
        min_if_used[c], _ = _in_blocks(min_if_used[c], 0.0, own.step)
        if own.off:
            lower[c] = upper[c] = min_if_used[c] = 0.0
        if own.lock:
            lower[c] = upper[c] = _locked(name, money, c)
            min_if_used[c] = 0.0
    return Box(lower, upper, min_if_used)


def default_cap(limits: LimitsSpec, money: Money) -> FloatArray:
    """What each channel gets at most without a `max` of its own, (n_channels,), currency."""
    seen = np.where(np.isnan(money.observed_max), np.inf, money.observed_max)
    beyond = np.inf if limits.extrapolate == 0 else limits.extrapolate * seen
    cap: FloatArray = np.minimum(beyond, money.table_end)
    return cap


def blocks_of(limits: LimitsSpec, channels: Sequence[str]) -> FloatArray:
    """What each channel is bought in, (n_channels,), currency; 0 where it is not bought in blocks."""
    return np.array([limits.channel.get(name, ChannelLimits()).step or 0.0 for name in channels])


def _in_blocks(low: float, high: float, step: float | None) -> tuple[float, float]:
    """The least and the most between two amounts that are whole blocks; crossed where there are none."""
    if step is None:
        return low, high
    return step * math.ceil(low / step - _SAME_BLOCK), step * math.floor(high / step + _SAME_BLOCK)


def _locked(name: str, money: Money, c: int) -> float:
    if money.today is None:
        raise InputError(
            f"limits.channel.{name}.lock needs today's money, and there is none. Give [plan] today, or min and max.",
            code="limits.lock-without-today",
        )
    today = float(money.today[c])
    _check_end(f"limits.channel.{name}.lock", today, money, c)
    return today


def _check_end(where: str, amount: float, money: Money, c: int, slack: float = 0.0) -> None:
    if amount > money.table_end[c] * (1 + _ROUNDING) + slack:
        raise InputError(
            f"{where} = {amount_text(amount)} lies beyond the end of the response table of `{money.channels[c]}` "
            f"({amount_text(money.table_end[c])} for the whole plan). Lower it, or make the table longer.",
            code="limits.beyond-table",
        )


def _cut_to_change(box: Box, limits: LimitsSpec, money: Money) -> list[Message]:
    """Cut the box, in place, to `change` around the reference, except where a channel's own limits say otherwise."""
    if limits.change is None:
        return []
    if money.reference is None:
        raise InputError(
            "limits.change needs a reference plan, and there is none without money spent today. "
            "Give [plan] today, or take the limit out.",
            code="limits.change-without-reference",
        )
    messages = []
    for c, name in enumerate(money.channels):
        if money.reference[c] == 0.0:
            continue
        around = change_around(box, limits, money, c)
        if around is None:
            if _is_less_than_a_block(box, limits.channel[name], c):
                continue  # `_leave_out` says it
            low, high = _reach(limits, money, c)
            text = (
                f"`{name}`: its own limits ({_own_text(box, c)}) and `change` "
                f"({amount_text(low)} to {amount_text(high)}) do not meet; `change` says nothing about this channel"
            )
            messages.append(Message("limits.change-yields", text))
            continue
        low, high = around
        step = limits.channel.get(name, ChannelLimits()).step
        ends = max(_least_used(box, c, low), low), min(box.upper[c], high)
        box.lower[c], box.upper[c] = _in_blocks(*ends, step)
        if low > 0.0:
            box.min_if_used[c] = 0.0
    return messages


def _cut_to_periods(box: Box, limits: LimitsSpec, money: Money, held: FloatArray) -> None:
    """Cut the box, in place, to what the channels' periods hold."""
    for c in np.flatnonzero(held < box.upper * (1 - _ROUNDING)):
        own = limits.channel.get(money.channels[c], ChannelLimits())
        _, box.upper[c] = _in_blocks(0.0, float(held[c]), own.step)


def _is_less_than_a_block(box: Box, own: ChannelLimits, c: int) -> bool:
    """Whether a channel that may be bought gets nothing because one block is more than it may get."""
    is_open = not (own.off or own.lock) and own.max != 0.0
    return own.step is not None and is_open and box.upper[c] == 0.0


def change_around(box: Box, limits: LimitsSpec, money: Money, c: int) -> tuple[float, float] | None:
    """From where to where `change` lets a channel move; None where it says nothing about it.

    Args:
        box: of the channels' own limits.
        limits: with a `change`.
        money: with a reference.
        c: the channel's position.
    """
    assert money.reference is not None  # `change` needs one, which is checked before
    if money.reference[c] == 0.0:
        return None
    low, high = _reach(limits, money, c)
    own = limits.channel.get(money.channels[c], ChannelLimits())
    least = _least_used(box, c, low)
    first, last = _in_blocks(max(least, low), min(high, box.upper[c]), own.step)
    return None if own != ChannelLimits() and first > last else (low, high)


def _reach(limits: LimitsSpec, money: Money, c: int) -> tuple[float, float]:
    assert limits.change is not None
    assert money.reference is not None
    return float(money.reference[c] * (1 - limits.change)), float(money.reference[c] * (1 + limits.change))


def _least_used(box: Box, c: int, low: float) -> float:
    """The least that a channel gets where it must get `low`: what moves by less than all its money is used."""
    return float(max(box.lower[c], box.min_if_used[c]) if low > 0.0 else box.lower[c])


def _own_text(box: Box, c: int) -> str:
    least, most = box.min_if_used[c], amount_text(box.upper[c])
    return f"nothing, or {amount_text(least)} to {most}" if least > 0.0 else f"{amount_text(box.lower[c])} to {most}"


def _leave_out(box: Box, limits: LimitsSpec, budget: BudgetRange, money: Money) -> list[Message]:
    """Take out of the box, in place, the channels that cannot reach their minimum if used."""
    share = 1.0 if limits.share is None else limits.share
    most = np.minimum(box.upper, share * budget.max)
    messages = []
    for c in np.flatnonzero(box.min_if_used > most * (1 + _ROUNDING)):
        text = (
            f"`{money.channels[c]}` gets nothing: its minimum if used is {amount_text(box.min_if_used[c])}, and it may "
            f"get at most {amount_text(most[c])} (by `max`, the default cap, its response table, its periods, "
            "`change`, `share` and the budget). To use it, lower `min_if_used` or raise what is in its way"
        )
        messages.append(Message("limits.never-used", text))
        box.upper[c] = box.min_if_used[c] = 0.0
    for name, own in limits.channel.items():
        if _is_less_than_a_block(box, own, money.channels.index(name)):
            assert own.step is not None
            text = f"`{name}` gets nothing: a block is {amount_text(own.step)}, which is more than it may get"
            messages.append(Message("limits.never-used", text))
    box.min_if_used[:] = np.minimum(box.min_if_used, box.upper)
    return messages
