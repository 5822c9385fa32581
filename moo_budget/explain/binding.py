"""The limits at which a plan stands, by name and as rows over the channels' money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.errors import NotAvailableError, listed
from moo_budget.explain.record import LimitKind
from moo_budget.limits import Rule
from moo_budget.problem import BudgetProblem
from moo_budget.spec import ChannelLimits

_ROUNDING = 1e-7  # of the budget


@dataclass(frozen=True, eq=False)
class Binding:
    """A limit that a plan stands at: `row @ plan` is at most (side 1), at least (-1) or exactly (0) `amount`.

    Args:
        kind: what sets it.
        row: (n_channels,), in the problem's order.
        side: which way it holds.
        amount: currency.
        channel: position of the one channel that it is about; None for the total and for rules.
        rule: position of the money rule.
    """

    kind: LimitKind
    row: FloatArray
    side: int
    amount: float
    channel: int | None = None
    rule: int | None = None

    @property
    def is_box(self) -> bool:
        """Whether it bounds one channel's money, whatever the others get."""
        return self.channel is not None and np.count_nonzero(self.row) == 1

    @property
    def holds_down(self) -> bool:
        """Whether its one channel may not get more."""
        return self.channel is not None and self.side >= 0


def tolerance(problem: BudgetProblem) -> float:
    """Currency: what is nearer to a limit than this stands at it."""
    return max(_ROUNDING * problem.budget.max, 1.01 * problem.money_step)


def check_limits_known(problem: BudgetProblem) -> None:
    """Refuse limits of which an explanation knows neither prices nor how to keep them when it solves again."""
    kinds = {
        "rules on goals": bool(problem.goal_rules),
        "rules on counts": len(problem.feasible.counts) > 0,
        "blocks": bool(problem.feasible.block.any()),
        "resources": bool(problem.limits.resource),
        "a calendar": problem.period_limits is not None,
    }
    if any(kinds.values()):
        names = listed([kind for kind, is_there in kinds.items() if is_there])
        raise NotAvailableError(
            f"plans are not explained yet where there are: {names}. Take them out to see why.", code="explain.limits"
        )


def bindings(problem: BudgetProblem, spend: FloatArray) -> list[Binding]:
    """The limits at which a feasible plan (n_channels,) stands."""
    check_limits_known(problem)
    at = tolerance(problem)
    return [*_of_total(problem, spend, at), *_of_channels(problem, spend, at), *_of_rules(problem, spend, at)]


def _of_total(problem: BudgetProblem, spend: FloatArray, at: float) -> Iterator[Binding]:
    low, high = problem.feasible.budget_min, problem.feasible.budget_max
    row, total = np.ones(len(spend)), spend.sum()
    if high - low <= at:
        yield Binding("budget", row, 0, high)
    elif total >= high - at:
        yield Binding("budget", row, 1, high)
    elif total <= low + at:
        yield Binding("budget", row, -1, low)


def _of_channels(problem: BudgetProblem, spend: FloatArray, at: float) -> Iterator[Binding]:
    for c, name in enumerate(problem.channels):
        own = problem.limits.channel.get(name, ChannelLimits())
        yield from _of_channel(problem, c, own, spend, at)


def _of_channel(problem: BudgetProblem, c: int, own: ChannelLimits, spend: FloatArray, at: float) -> Iterator[Binding]:
    """One limit of each side, or the one that leaves no choice."""
    feasible, row, money = problem.feasible, np.eye(len(spend))[c], float(spend[c])
    lower, upper, least = float(feasible.lower[c]), float(feasible.upper[c]), float(feasible.min_if_used[c])
    if own.lock or own.off:
        yield Binding("off" if own.off else "lock", row, 0, upper, c)
        return
    if least > 0.0 and money <= at:
        yield Binding("unused", row, 0, 0.0, c)
        return
    if upper - lower <= at:
        yield Binding(_upper_kind(problem, c, own), row, 0, upper, c)
        return
    share = feasible.share * float(spend.sum()) if feasible.share < 1.0 else np.inf
    if money >= min(upper, share) - at:
        yield Binding(_upper_kind(problem, c, own), row, 1, upper, c) if upper <= share else _share(problem, c, spend)
    elif money <= max(lower, least) + at:
        yield Binding(_lower_kind(problem, c, own), row, -1, max(lower, least), c)


def _share(problem: BudgetProblem, c: int, spend: FloatArray) -> Binding:
    """A largest share of the total: money where the total is fixed, else a row over all channels."""
    feasible, own = problem.feasible, np.eye(len(spend))[c]
    if feasible.budget_min == feasible.budget_max:
        return Binding("share", own, 1, feasible.share * feasible.budget_max, c)
    return Binding("share", own - feasible.share, 1, 0.0, c)


def _upper_kind(problem: BudgetProblem, c: int, own: ChannelLimits) -> LimitKind:
    upper, money, limits = float(problem.feasible.upper[c]), problem.money, problem.limits
    if own.max is not None and upper >= own.max:
        return "max"
    if money.reference is not None and limits.change is not None and money.reference[c] > 0.0:
        moved = float(money.reference[c] * (1.0 + limits.change))
        if upper >= moved * (1.0 - _ROUNDING):
            return "change"
    if upper == 0.0 and own.min_if_used:
        return "unused"  # it cannot reach its minimum
    is_end = upper >= money.table_end[c] * (1.0 - _ROUNDING)
    seen = float(money.observed_max[c])
    is_cap = limits.extrapolate > 0.0 and not np.isnan(seen) and upper <= limits.extrapolate * seen * (1.0 + _ROUNDING)
    return "cap" if is_cap or not is_end else "table"


def _lower_kind(problem: BudgetProblem, c: int, own: ChannelLimits) -> LimitKind:
    lower, least = float(problem.feasible.lower[c]), float(problem.feasible.min_if_used[c])
    if lower == 0.0 and least == 0.0:
        return "nothing"
    if own.min > 0.0 and own.min >= max(lower, least):
        return "min"
    if own.min_if_used is not None and own.min_if_used >= max(lower, least):
        return "min_if_used"
    return "change"


def _of_rules(problem: BudgetProblem, spend: FloatArray, at: float) -> Iterator[Binding]:
    for number, rule in enumerate(problem.rules):
        assert isinstance(rule, Rule)  # rules on counts are refused
        stands = float(rule.coefficients @ spend)
        slack = at * max(float(np.abs(rule.coefficients).sum()), 1.0)
        if rule.low == rule.high:
            yield Binding("rule", rule.coefficients, 0, rule.high, rule=number)
        elif stands >= rule.high - slack:
            yield Binding("rule", rule.coefficients, 1, rule.high, rule=number)
        elif stands <= rule.low + slack:
            yield Binding("rule", rule.coefficients, -1, rule.low, rule=number)
