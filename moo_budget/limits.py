"""What is allowed: limits of the problem file as a box, a range of totals and a largest share.

Two halves that share no code: `feasible_set` makes what projection needs, `broken_limits` checks a finished plan.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from moo_budget._checks import FloatArray, amount_text, check_finite, check_known, check_shape, frozen, money_by_channel
from moo_budget.errors import InfeasibleError, InputError, Message, listed
from moo_budget.kernels.budget import project
from moo_budget.rounding import round_money
from moo_budget.spec import BudgetRange, ChannelLimits, LimitsSpec, in_steps, reference_money

_ROUNDING = 1e-12  # relative: sums of money that are equal but for this are equal


@dataclass(frozen=True, eq=False)
class Money:
    """What the limits are about: the channels and the money that is already known of them, for the whole plan.

    Args:
        channels: names, in the order of the arrays.
        table_end: (n_channels,), where each channel's response table ends.
        observed_max: (n_channels,), highest spend of one period x periods; NaN where nobody knows.
        today: (n_channels,) or None.
        reference: (n_channels,) or None.
    """

    channels: tuple[str, ...]
    table_end: FloatArray
    observed_max: FloatArray
    today: FloatArray | None
    reference: FloatArray | None


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
    )


@dataclass(frozen=True, eq=False)
class FeasibleSet:
    """All plans x with lower <= x <= upper, budget_min <= sum x <= budget_max, x <= share * sum x.

    Money is for the whole plan; every total in [budget_min, budget_max] can be placed.
    """

    lower: FloatArray
    upper: FloatArray
    budget_min: float
    budget_max: float
    share: float
    messages: tuple[Message, ...]

    def project(self, money: FloatArray) -> FloatArray:
        """The nearest feasible plans; (n_plans, n_channels) in and out.

        Raises:
            InputError: the shape is another, or an amount is not finite.
        """
        wanted = np.ascontiguousarray(money, dtype=float)
        check_shape("money", wanted, (None, len(self.lower)), "(n_plans, n_channels)")
        check_finite("money", wanted)
        out = np.empty_like(wanted)
        project(wanted, self.lower, self.upper, self.budget_min, self.budget_max, self.share, out)
        return out

    def rounded(self, plans: FloatArray, step: float) -> FloatArray:
        """Feasible plans in whole steps, as far as limits and total hold whole steps; (n_plans, n_channels)."""
        if step == 0.0:
            return plans
        return np.array([self._rounded(plan, step) for plan in plans]).reshape(plans.shape)

    def _rounded(self, plan: FloatArray, step: float) -> FloatArray:
        total = self._whole_total(float(plan.sum()), step)
        # A new total moves the caps of the share: the plan is placed again under it before it is rounded.
        under_total = replace(self, budget_min=total, budget_max=total)
        cap = np.minimum(self.upper, self.share * total) if self.share < 1.0 else self.upper
        return round_money(under_total.project(plan[None])[0], self.lower, cap, total, step)

    def _whole_total(self, total: float, step: float) -> float:
        """The nearest whole number of steps among the totals that are allowed; a fixed budget stays as it is."""
        if self.budget_min == self.budget_max:
            return self.budget_max
        fewest, most = math.ceil(self.budget_min / step - 1e-9), math.floor(self.budget_max / step + 1e-9)
        if fewest > most:
            return total
        return min(max(in_steps(min(max(round(total / step), fewest), most), step), self.budget_min), self.budget_max)


def feasible_set(limits: LimitsSpec, budget: BudgetRange, money: Money) -> FeasibleSet:
    """Box, totals and share of a problem.

    Raises:
        InputError: a limit names an unknown channel, needs a today that is not there, or lies beyond a table's end.
        InfeasibleError: no plan obeys all of them; names the limits that clash, and by how much.
    """
    for name in limits.channel:
        check_known("channel", name, money.channels, "limits.channel")
    lower, upper = _own_box(limits, money)
    lower, upper, messages = _within_change(limits, money, lower, upper)
    _check_box(limits, money, lower, upper)
    low, high = _totals(money, lower, upper, budget, limits)
    share = 1.0 if limits.share is None else limits.share
    return FeasibleSet(frozen(lower), frozen(upper), low, high, share, tuple(messages))


def _own_box(limits: LimitsSpec, money: Money) -> tuple[FloatArray, FloatArray]:
    """Limits of each channel for itself: lock, off, min, max, else the default cap beyond what was ever spent."""
    seen = np.where(np.isnan(money.observed_max), np.inf, money.observed_max)
    cap = money.table_end if limits.extrapolate == 0 else np.fmin(limits.extrapolate * seen, money.table_end)
    lower, upper = np.zeros(len(money.channels)), np.array(cap, dtype=float)
    for name, own in limits.channel.items():
        c = money.channels.index(name)
        lower[c] = own.min
        if own.max is not None:
            _check_end(f"limits.channel.{name}.max", own.max, money, c)
            upper[c] = own.max
        if own.off:
            lower[c] = upper[c] = 0.0
        if own.lock:
            lower[c] = upper[c] = _locked(name, money, c, own)
    return lower, upper


def _locked(name: str, money: Money, c: int, own: ChannelLimits) -> float:
    if money.today is None:
        raise InputError(
            f"limits.channel.{name}.lock needs today's money, and there is none. Give [plan] today, or min and max.",
            code="limits.lock-without-today",
        )
    today = float(money.today[c])
    _check_end(f"limits.channel.{name}.lock", today, money, c)
    if not own.min <= today <= (math.inf if own.max is None else own.max):
        raise InfeasibleError(
            f"limits.channel.{name} locks today's {amount_text(today)}, which its own min and max do not allow. "
            "Take `lock` out, or the limit that is in its way.",
            code="limits.lock-outside",
        )
    return today


def _check_end(where: str, amount: float, money: Money, c: int) -> None:
    if amount > money.table_end[c] * (1 + _ROUNDING):
        raise InputError(
            f"{where} = {amount_text(amount)} lies beyond the end of the response table of `{money.channels[c]}` "
            f"({amount_text(money.table_end[c])} for the whole plan). Lower it, or make the table longer.",
            code="limits.beyond-table",
        )


def _within_change(
    limits: LimitsSpec, money: Money, lower: FloatArray, upper: FloatArray
) -> tuple[FloatArray, FloatArray, list[Message]]:
    """The box cut to `change` around the reference, except where the channel's own limits say otherwise."""
    if limits.change is None:
        return lower, upper, []
    if money.reference is None:
        raise InputError(
            "limits.change needs a reference plan, and there is none without money spent today. "
            "Give [plan] today, or take the limit out.",
            code="limits.change-without-reference",
        )
    lower, upper, messages = lower.copy(), upper.copy(), []
    for c, name in enumerate(money.channels):
        low, high = money.reference[c] * (1 - limits.change), money.reference[c] * (1 + limits.change)
        own = limits.channel.get(name, ChannelLimits())
        if money.reference[c] == 0.0:
            continue
        if own != ChannelLimits() and (lower[c] > high or upper[c] < low):
            text = (
                f"`{name}`: its own limits ({amount_text(lower[c])} to {amount_text(upper[c])}) and `change` "
                f"({amount_text(low)} to {amount_text(high)}) do not meet; `change` says nothing about this channel"
            )
            messages.append(Message("limits.change-yields", text))
            continue
        lower[c], upper[c] = max(lower[c], low), min(upper[c], high)
    return lower, upper, messages


def _check_box(limits: LimitsSpec, money: Money, lower: FloatArray, upper: FloatArray) -> None:
    for c in np.flatnonzero(lower > upper):
        name = money.channels[c]
        own = limits.channel.get(name, ChannelLimits())
        by_change = limits.change is not None and money.reference is not None and money.reference[c] > 0.0
        if own.max is None and upper[c] >= money.table_end[c]:
            mend = "Lower its minimum: its response table ends there"
        elif own.max is None and not by_change:
            mend = "Lower its minimum, or give it an explicit `max` above the default cap (`extrapolate`)"
        else:
            mend = "Lower its minimum, or widen `max` or `change`"
        raise InfeasibleError(
            f"`{name}` must get at least {amount_text(lower[c])} and may get at most {amount_text(upper[c])} for the "
            f"whole plan. {mend}.",
            code="limits.min-above-max",
        )


def _totals(
    money: Money, lower: FloatArray, upper: FloatArray, budget: BudgetRange, limits: LimitsSpec
) -> tuple[float, float]:
    """The totals within the budget that can be placed.

    With a share s, a total T can be placed if sum min(u, sT) >= T and l <= sT: an interval again, because the sum is
    concave in T and zero at zero.
    """
    share = 1.0 if limits.share is None else limits.share
    low = max(budget.min, float(lower.sum()), float(lower.max(initial=0.0)) / share)
    if low > budget.max * (1 + _ROUNDING):
        raise _too_little_money(money, lower, budget, low, limits)
    high = _largest_total(upper, share, budget.max)
    if high < low * (1 - _ROUNDING):
        raise _too_much_money(money, lower, upper, budget, high, limits)
    return min(low, budget.max), max(high, min(low, budget.max))


def _too_little_money(
    money: Money, lower: FloatArray, budget: BudgetRange, needed: float, limits: LimitsSpec
) -> InfeasibleError:
    raise_by = f"Raise the budget by {amount_text(needed - budget.max)}"
    if lower.sum() <= budget.max * (1 + _ROUNDING):
        c = int(np.argmax(lower))
        text = (
            f"`{money.channels[c]}` must get at least {amount_text(lower[c])}, which is more than the largest share "
            f"({limits.share:.0%}) of the budget {amount_text(budget.max)}. {raise_by}, raise `share` to "
            f"{lower[c] / budget.max:.1%} or more, or lower the minimum."
        )
        return InfeasibleError(text, code="limits.minimum-above-share")
    asked = sorted(zip(lower, money.channels, strict=True), reverse=True)
    names = listed(f"{name} ({amount_text(amount)})" for amount, name in asked if amount > 0)
    return InfeasibleError(
        f"lower limits add up to {amount_text(lower.sum())} but the budget is {amount_text(budget.max)}. {raise_by}, "
        f"or lower one of: {names}.{_by_change(limits)}",
        code="limits.minimums-above-budget",
    )


def _too_much_money(
    money: Money, lower: FloatArray, upper: FloatArray, budget: BudgetRange, placed: float, limits: LimitsSpec
) -> InfeasibleError:
    needed = max(budget.min, float(lower.sum()))
    if upper.sum() >= needed and limits.share is not None:
        least = _least_share(upper, needed)
        text = (
            f"with no channel above {limits.share:.0%} of the total, at most {amount_text(placed)} of the budget "
            f"{amount_text(needed)} can be placed. Raise `share` to {least:.1%} or more.{_by_change(limits)}"
        )
        return InfeasibleError(text, code="limits.share-below-budget")
    own = [limits.channel.get(name, ChannelLimits()) for name in money.channels]
    movable = [c for c, limit in enumerate(own) if not (limit.lock or limit.off)]
    names = listed(f"{money.channels[c]} ({amount_text(upper[c])})" for c in movable)
    return InfeasibleError(
        f"upper limits add up to {amount_text(upper.sum())}, so at most {amount_text(placed)} can be placed; the "
        f"budget is {amount_text(needed)}. Lower the budget by {amount_text(needed - placed)}, or raise one of: "
        f"{names}.{_by_change(limits)}",
        code="limits.maximums-below-budget",
    )


def _by_change(limits: LimitsSpec) -> str:
    return f" `change` = {limits.change:g} is one of the limits at work." if limits.change is not None else ""


def _least_share(upper: FloatArray, total: float) -> float:
    """The smallest share s with sum min(upper, s total) >= total, rounded up to a tenth of a percent."""
    for tenth in range(1, 1001):
        if np.minimum(upper, tenth / 1000 * total).sum() >= total:
            return tenth / 1000
    return 1.0


def _largest_total(upper: FloatArray, share: float, most: float) -> float:
    """The largest T <= most with sum min(upper, share T) >= T."""
    if np.minimum(upper, share * most).sum() >= most * (1 - _ROUNDING):
        return most
    if share * len(upper) < 1.0:
        return 0.0
    # Beyond the last kink at which the sum still reaches the total, the sum is linear: solve that piece.
    kinks = np.sort(upper) / share
    capped = np.cumsum(np.sort(upper))
    n_free = len(upper) - np.arange(1, len(upper) + 1)
    reached = capped + n_free * share * kinks >= kinks
    last = int(np.flatnonzero(reached)[-1])
    return float(min(most, capped[last] / (1.0 - share * n_free[last]))) if share * n_free[last] < 1 else float(most)


def broken_limits(
    spend: FloatArray, limits: LimitsSpec, budget: BudgetRange, money: Money, *, tolerance: float
) -> tuple[str, ...]:
    """The limits that one plan breaks by more than `tolerance` (currency), in words; written without the projection.

    Args:
        spend: (n_channels,), currency for the whole plan.
        limits: as in the problem file.
        budget: lowest and highest total.
        money: what the limits are about.
        tolerance: currency.
    """
    total = float(sum(spend))
    broken = []
    if total > budget.max + tolerance:
        broken.append(f"the total {amount_text(total)} is above the budget {amount_text(budget.max)}")
    if total < budget.min - tolerance:
        broken.append(f"the total {amount_text(total)} is below the budget {amount_text(budget.min)}")
    for c, name in enumerate(money.channels):
        own = limits.channel.get(name, ChannelLimits())
        broken += [f"{name}: {text}" for text in _broken_by(float(spend[c]), c, total, own, limits, money, tolerance)]
    return tuple(broken)


def _broken_by(
    amount: float, c: int, total: float, own: ChannelLimits, limits: LimitsSpec, money: Money, tolerance: float
) -> Sequence[str]:
    def outside(low: float, high: float) -> bool:
        return amount < low - tolerance or amount > high + tolerance

    if own.off:
        return ["is switched off"] if outside(0.0, 0.0) else []
    if own.lock:
        today = 0.0 if money.today is None else float(money.today[c])
        return [f"is locked at {amount_text(today)}"] if outside(today, today) else []
    broken = []
    if amount < own.min - tolerance:
        broken.append(f"{amount_text(amount)} is below its minimum {amount_text(own.min)}")
    cap = _cap(c, own, limits, money)
    if amount > cap + tolerance:
        broken.append(f"{amount_text(amount)} is above its maximum {amount_text(cap)}")
    if limits.share is not None and amount > limits.share * total + tolerance:
        broken.append(f"takes more than {limits.share:.0%} of the total")
    if limits.change is not None and money.reference is not None and money.reference[c] > 0:
        low, high = (float(money.reference[c]) * (1 + sign * limits.change) for sign in (-1, 1))
        meets = own.min <= high and cap >= low
        if meets and outside(low, high):
            broken.append(f"moves by more than {limits.change:.0%} of {amount_text(float(money.reference[c]))}")
    return broken


def _cap(c: int, own: ChannelLimits, limits: LimitsSpec, money: Money) -> float:
    if own.max is not None:
        return own.max
    seen = float(money.observed_max[c])
    end = float(money.table_end[c])
    return end if limits.extrapolate == 0 or np.isnan(seen) else min(end, limits.extrapolate * seen)
