"""The totals of the budget that the channels' bounds leave, and what to mend where they leave none."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray, amount_text
from moo_budget.errors import InfeasibleError, listed
from moo_budget.kernels.budget import placeable_totals
from moo_budget.limits.money import Money
from moo_budget.spec import BudgetRange, ChannelLimits, LimitsSpec

_ROUNDING = 1e-12  # relative: sums of money that are equal but for this are equal


def totals_of(
    money: Money, lower: FloatArray, upper: FloatArray, budget: BudgetRange, limits: LimitsSpec
) -> tuple[float, float]:
    """The totals within the budget that can be placed between lower and upper (n_channels,), from and to.

    Raises:
        InfeasibleError: none can; names the limits that clash, and by how much.
    """
    share = 1.0 if limits.share is None else limits.share
    low, high = placeable_totals(lower, upper, budget.min, budget.max, share)
    if low > budget.max:
        raise _too_little_money(money, lower, budget, low, limits)
    if low > high:
        raise _too_much_money(money, lower, upper, budget, high, limits)
    return low, high


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
