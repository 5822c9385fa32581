"""What is allowed: limits of the problem file as a box, a range of totals and a largest share.

Two halves that share no code: `feasible_set` makes what projection needs, `broken_limits` checks a finished plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray, check_known, frozen, money_by_channel
from moo_budget.errors import InfeasibleError, InputError, Message, listed
from moo_budget.kernels.budget import project
from moo_budget.spec import BudgetRange, ChannelLimits, LimitsSpec, reference_money


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
    reference = None if mix is None else _rounded(money_by_channel(mix, channels, "reference"), money_step)
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
        """The nearest feasible plans; (n_plans, n_channels) in and out."""
        out = np.empty_like(money)
        project(
            np.ascontiguousarray(money, dtype=float),
            self.lower,
            self.upper,
            self.budget_min,
            self.budget_max,
            self.share,
            out,
        )
        return out


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
    _check_box(money, lower, upper)
    share = 1.0 if limits.share is None else limits.share
    low, high = _totals(money, lower, upper, budget, share, limits)
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
            lower[c] = upper[c] = _locked(name, money, c)
    return lower, upper


def _locked(name: str, money: Money, c: int) -> float:
    if money.today is None:
        raise InputError(
            f"limits.channel.{name}.lock needs today's money, and there is none. Give [plan] today, or min and max.",
            code="limits.lock-without-today",
        )
    _check_end(f"limits.channel.{name}.lock", float(money.today[c]), money, c)
    return float(money.today[c])


def _check_end(where: str, amount: float, money: Money, c: int) -> None:
    if amount > money.table_end[c] * (1 + 1e-12):
        raise InputError(
            f"{where} = {amount:,.2f} lies beyond the end of the response table of `{money.channels[c]}` "
            f"({money.table_end[c]:,.2f} for the whole plan). Lower it, or make the table longer.",
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
        if money.reference[c] == 0.0 or own.lock or own.off:
            continue
        explicit = own.min > 0.0 or own.max is not None
        if explicit and (lower[c] > high or upper[c] < low):
            text = (
                f"`{name}`: its own limits ({lower[c]:,.2f} to {upper[c]:,.2f}) and `change` ({low:,.2f} to "
                f"{high:,.2f}) do not meet; `change` says nothing about this channel"
            )
            messages.append(Message("limits.change-yields", text))
            continue
        lower[c], upper[c] = max(lower[c], low), min(upper[c], high)
    return lower, upper, messages


def _check_box(money: Money, lower: FloatArray, upper: FloatArray) -> None:
    for c in np.flatnonzero(lower > upper):
        raise InfeasibleError(
            f"`{money.channels[c]}` must get at least {lower[c]:,.2f} and may get at most {upper[c]:,.2f} for the "
            "whole plan. Lower its minimum, or give it an explicit `max` (the default cap is `extrapolate` times the "
            "highest spend ever seen; `change` keeps it near the reference).",
            code="limits.min-above-max",
        )


def _totals(
    money: Money, lower: FloatArray, upper: FloatArray, budget: BudgetRange, share: float, limits: LimitsSpec
) -> tuple[float, float]:
    """The totals within the budget that can be placed.

    With a share s, a total T can be placed if sum min(u, sT) >= T and l <= sT: an interval again, because the sum is
    concave in T and zero at zero.
    """
    by_change = f" `change` = {limits.change:g} is one of the limits at work." if limits.change is not None else ""
    low = max(budget.min, float(lower.sum()), float(lower.max(initial=0.0)) / share)
    if low > budget.max * (1 + 1e-12):
        asked = sorted(zip(lower, money.channels, strict=True), reverse=True)
        names = listed(f"{name} ({amount:,.2f})" for amount, name in asked if amount > 0)
        raise InfeasibleError(
            f"lower limits add up to {lower.sum():,.2f} but the budget is {budget.max:,.2f}. Raise the budget by "
            f"{low - budget.max:,.2f}, or lower one of: {names}.{by_change}",
            code="limits.minimums-above-budget",
        )
    high = _largest_total(upper, share, budget.max)
    if high < low * (1 - 1e-12):
        share_text = f" with no channel above {share:.0%} of the total" if share < 1 else ""
        names = listed(f"{name} ({amount:,.2f})" for amount, name in zip(upper, money.channels, strict=True))
        raise InfeasibleError(
            f"upper limits add up to {upper.sum():,.2f}{share_text}, so at most {high:,.2f} can be placed; the budget "
            f"is {budget.min:,.2f}. Lower the budget by {low - high:,.2f}, or raise one of: {names}.{by_change}",
            code="limits.maximums-below-budget",
        )
    return min(low, budget.max), max(min(high, budget.max), min(low, budget.max))


def _largest_total(upper: FloatArray, share: float, most: float) -> float:
    """The largest T <= most with sum min(upper, share T) >= T."""
    if np.minimum(upper, share * most).sum() >= most * (1 - 1e-12):
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
        broken.append(f"the total {total:,.2f} is above the budget {budget.max:,.2f}")
    if total < budget.min - tolerance:
        broken.append(f"the total {total:,.2f} is below the budget {budget.min:,.2f}")
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
        return [f"is locked at {today:,.2f}"] if outside(today, today) else []
    broken = []
    if amount < own.min - tolerance:
        broken.append(f"{amount:,.2f} is below its minimum {own.min:,.2f}")
    cap = _cap(c, own, limits, money)
    if amount > cap + tolerance:
        broken.append(f"{amount:,.2f} is above its maximum {cap:,.2f}")
    if limits.share is not None and amount > limits.share * total + tolerance:
        broken.append(f"takes more than {limits.share:.0%} of the total")
    if limits.change is not None and money.reference is not None and money.reference[c] > 0:
        low, high = (float(money.reference[c]) * (1 + sign * limits.change) for sign in (-1, 1))
        meets = own.min <= high and cap >= low
        if meets and outside(low, high):
            broken.append(f"moves by more than {limits.change:.0%} of {float(money.reference[c]):,.2f}")
    return broken


def _cap(c: int, own: ChannelLimits, limits: LimitsSpec, money: Money) -> float:
    if own.max is not None:
        return own.max
    seen = float(money.observed_max[c])
    end = float(money.table_end[c])
    return end if limits.extrapolate == 0 or np.isnan(seen) else min(end, limits.extrapolate * seen)


def round_plans(spend: FloatArray, feasible: FeasibleSet, step: float) -> FloatArray:
    """Money in whole steps, totals kept, limits kept; what is fixed by equal limits keeps its own cents.

    Args:
        spend: (n_plans, n_channels), feasible.
        feasible: the limits.
        step: currency; 0 leaves the plans alone.
    """
    if step == 0.0:
        return spend
    rounded: FloatArray = np.array([_round_plan(plan, feasible, step) for plan in spend]).reshape(spend.shape)
    return rounded


def _rounded(plan: FloatArray, step: float) -> FloatArray:
    """One plan that no limit holds, in whole steps, total kept."""
    total = float(plan.sum())
    anything = FeasibleSet(np.zeros_like(plan), np.full_like(plan, np.inf), total, total, 1.0, ())
    rounded: FloatArray = round_plans(plan[None], anything, step)[0]
    return rounded


def _round_plan(plan: FloatArray, feasible: FeasibleSet, step: float) -> FloatArray:
    """Largest remainders: round down, then give the missing steps to the channels that lost most."""
    total = float(plan.sum())
    if feasible.budget_min < feasible.budget_max:
        total = min(max(round(total / step) * step, feasible.budget_min), feasible.budget_max)
    cap = np.minimum(feasible.upper, feasible.share * total)
    free = cap - feasible.lower >= step
    least, most = np.ceil(feasible.lower / step - 1e-9), np.floor(cap / step + 1e-9)
    steps = np.clip(np.floor(plan / step + 1e-9), least, most)
    missing = round((total - plan[~free].sum()) / step) - steps[free].sum()
    direction = 1 if missing > 0 else -1
    for c in np.argsort(direction * (steps - plan / step), kind="stable"):
        if missing == 0:
            break
        if free[c] and least[c] <= steps[c] + direction <= most[c]:
            steps[c] += direction
            missing -= direction
    rounded = np.where(free, np.round(steps * step, 10), plan)
    for c in np.argsort(feasible.lower - cap, kind="stable"):  # a total that is no whole number of steps
        moved = min(max(rounded[c] + total - rounded.sum(), feasible.lower[c]), cap[c]) - rounded[c]
        rounded[c] += moved if abs(moved) > 1e-12 * total else 0.0
    return rounded
