"""The limits at which a plan stands, by name and as rows over the channels' money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.explain.record import LimitKind
from moo_budget.explain.slopes import NEAR, goal_slopes, tolerance
from moo_budget.limits import Rule
from moo_budget.limits.counting import CountRule
from moo_budget.limits.resources import read_resources
from moo_budget.problem import BudgetProblem
from moo_budget.spec import ChannelLimits

_ROUNDING = 1e-7  # of an amount


@dataclass(frozen=True, eq=False)
class Binding:
    """A limit that a plan stands at: what it limits is at most (side 1), at least (-1) or exactly (0) so much.

    Args:
        kind: what sets it.
        row: (n_channels,), in the problem's order: how what it limits grows with each channel's money, of a goal at the
            plan; 0 for a number of channels.
        side: which way it holds.
        amount: where it stands, in `unit`; of blocks in currency.
        channel: position of the one channel that it is about; None for the total and for rules.
        place: row of its rule among the money rules, resources and shares of `again.asked_by_rows`, or position among
            the rules on goals or on counts.
        text: of a rule as it was written; the name of a resource.
        unit: what one more is: empty for a unit of currency.
        kink: (n_channels,), how far the row goes to either side where the limited goal has a kink at the plan.
        block: currency, of a channel that is bought in blocks; else 0.
        members: (n_channels,), the channels that a rule counts.
    """

    kind: LimitKind
    row: FloatArray
    side: int
    amount: float
    channel: int | None = None
    place: int | None = None
    text: str = ""
    unit: str = ""
    kink: FloatArray | None = None
    block: float = 0.0
    members: BoolArray | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it gives way by whole channels or blocks only, so that it has no price by unit of money."""
        return self.kind in ("count", "unused") or self.block > 0.0

    @property
    def is_box(self) -> bool:
        """Whether it bounds one channel's money, whatever the others get, and gives way little by little."""
        return self.channel is not None and np.count_nonzero(self.row) == 1 and not self.is_whole

    @property
    def holds_down(self) -> bool:
        """Whether its one channel may not get more."""
        return self.channel is not None and self.side >= 0


def bindings(problem: BudgetProblem, spend: FloatArray) -> list[Binding]:
    """The limits at which a feasible plan (n_channels,) stands: of the total, of channels, of rules."""
    at = tolerance(problem)
    counts = list(_of_counts(problem, spend))
    return [
        *_of_total(problem, spend, at),
        *_of_channels(problem, spend, at, counts),
        *_of_rules(problem, spend, at),
        *_of_goal_rules(problem, spend, at),
        *counts,
    ]


def _of_total(problem: BudgetProblem, spend: FloatArray, at: float) -> Iterator[Binding]:
    low, high = problem.feasible.budget_min, problem.feasible.budget_max
    row, total = np.ones(len(spend)), spend.sum()
    if high - low <= at:
        yield Binding("budget", row, 0, high)
    elif total >= high - at:
        yield Binding("budget", row, 1, high)
    elif total <= low + at:
        yield Binding("budget", row, -1, low)


def _of_channels(problem: BudgetProblem, spend: FloatArray, at: float, counts: list[Binding]) -> Iterator[Binding]:
    for c, name in enumerate(problem.channels):
        own = problem.limits.channel.get(name, ChannelLimits())
        is_counted = any(limit.side >= 0 and limit.members is not None and limit.members[c] for limit in counts)
        yield from _of_channel(problem, c, own, spend, at, is_counted=is_counted)


def _of_channel(
    problem: BudgetProblem, c: int, own: ChannelLimits, spend: FloatArray, at: float, *, is_counted: bool
) -> Iterator[Binding]:
    """One limit of each side, or the one that leaves no choice; `is_counted`: no more channels like it may be used."""
    feasible, row, money = problem.feasible, _alone(spend, c), float(spend[c])
    lower, upper, block = float(feasible.lower[c]), float(feasible.upper[c]), float(feasible.block[c])
    least = max(float(feasible.min_if_used[c]), float(feasible.least_used[c]))
    is_choice = float(feasible.min_if_used[c]) > 0.0 or (is_counted and least > 0.0)
    if own.lock or own.off:
        yield Binding("off" if own.off else "lock", row, 0, upper, c)
        return
    if is_choice and money <= at:
        yield Binding("unused", row, 0, 0.0, c, unit="channel")
        return
    if upper - lower <= at:
        yield Binding(_upper_kind(problem, c, own), row, 0, upper, c)
        return
    share = feasible.share * float(spend.sum()) if feasible.share < 1.0 else np.inf
    kind: LimitKind = "step"
    if money >= min(upper, share) - at:
        kind = _upper_kind(problem, c, own) if upper <= share else "share"
    elif money <= max(lower, least) + at:
        kind = _lower_kind(problem, c, own)
    if block > 0.0:
        yield Binding(kind, row, 0, money, c, unit="block", block=block)
    elif kind == "share":
        yield _share(problem, c, spend)
    elif kind != "step":
        side = 1 if money >= upper - at else -1
        yield Binding(kind, row, side, upper if side > 0 else max(lower, least), c)


def _alone(spend: FloatArray, c: int) -> FloatArray:
    """1 for one channel, (n_channels,)."""
    row = np.zeros(len(spend))
    row[c] = 1.0
    return row


def _share(problem: BudgetProblem, c: int, spend: FloatArray) -> Binding:
    """A largest share of the total: money where the total is fixed, else a row over all channels."""
    feasible, own = problem.feasible, _alone(spend, c)
    if feasible.budget_min == feasible.budget_max:
        return Binding("share", own, 1, feasible.share * feasible.budget_max, c)
    place = len(feasible.rows) + c
    return Binding("share", own - feasible.share, 1, feasible.share * float(spend.sum()), c, place)


def _upper_kind(problem: BudgetProblem, c: int, own: ChannelLimits) -> LimitKind:
    upper, money, limits = float(problem.feasible.upper[c]), problem.money, problem.limits
    if own.max is not None and upper >= own.max:
        return "max"
    if _is_held_by_periods(problem, c):
        return "periods"
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


def _is_held_by_periods(problem: BudgetProblem, c: int) -> bool:
    """Whether the periods in which a channel can run hold no more than it may get."""
    if problem.period_limits is None:
        return False
    holds = float(problem.period_limits.most[:, c].sum())
    is_limited = holds < problem.money.table_end[c] * (1.0 - _ROUNDING)
    return is_limited and bool(problem.feasible.upper[c] >= holds * (1.0 - _ROUNDING))


def _lower_kind(problem: BudgetProblem, c: int, own: ChannelLimits) -> LimitKind:
    lower, least = float(problem.feasible.lower[c]), float(problem.feasible.min_if_used[c])
    if own.min == 0.0 and least == 0.0 and lower <= tolerance(problem):  # a channel that must be counted gets a cent
        return "nothing"
    if own.min > 0.0 and own.min >= max(lower, least):
        return "min"
    if own.min_if_used is not None and own.min_if_used >= max(lower, least):
        return "min_if_used"
    return "change"


def _of_rules(problem: BudgetProblem, spend: FloatArray, at: float) -> Iterator[Binding]:
    """Rules on money, then resources, in the order of `FeasibleSet.rows`."""
    of_money = [rule for rule in problem.rules if isinstance(rule, Rule)]
    for place, rule in enumerate(of_money):
        side = _side_of(float(rule.coefficients @ spend), rule.low, rule.high, _slack(at, rule.coefficients))
        if side is not None:
            amount = rule.low if side < 0 else rule.high
            yield Binding("rule", rule.coefficients, side, amount, place=place, text=rule.text)
    resources = read_resources(problem.limits.resource, problem.channels)
    for place, resource in enumerate(resources, start=len(of_money)):
        used, row = float(resource.coefficients @ spend), resource.coefficients
        if used >= resource.high - at * float(np.abs(row).sum()):
            yield Binding("resource", row, 1, resource.high, place=place, text=resource.name, unit=resource.name)


def _slack(at: float, row: FloatArray) -> float:
    return at * max(float(np.abs(row).sum()), 1.0)


def _side_of(stands: float, low: float, high: float, slack: float) -> int | None:
    """At which side of a range an amount stands; None between them."""
    if low == high:
        return 0
    if stands >= high - slack:
        return 1
    return -1 if stands <= low + slack else None


def _of_goal_rules(problem: BudgetProblem, spend: FloatArray, at: float) -> Iterator[Binding]:
    if not problem.goal_rules:
        return
    tables, n_goals = problem.plan_tables, problem.n_obj
    plan = tables.sorted(spend)
    slopes, kinks = (tables.unsorted(part[n_goals:]) for part in goal_slopes(problem, plan))
    missed = problem.sorted_steered(plan[None])[0, n_goals:]
    for place, rule in enumerate(problem.goal_rules):
        if missed[place] >= -max(NEAR, at * float(np.abs(slopes[place]).sum())):
            yield Binding(
                "goal_rule",
                slopes[place] / rule.factor,
                1 if rule.relation == "<=" else -1,
                rule.bound,
                place=place,
                text=rule.text,
                unit=rule.goal.unit,
                kink=np.abs(kinks[place] / rule.factor),
            )


def _of_counts(problem: BudgetProblem, spend: FloatArray) -> Iterator[Binding]:
    nothing, feasible = np.zeros(len(spend)), problem.feasible
    is_used = np.where(feasible.least_used > 0.0, spend > 0.5 * feasible.least_used, feasible.upper > 0.0)
    for place, rule in enumerate(rule for rule in problem.rules if isinstance(rule, CountRule)):
        n_used = int((rule.members & is_used).sum())
        side = _side_of(n_used, max(rule.fewest, 0), rule.most, 0.5)
        n_members = int(rule.members.sum())
        says_nothing = (side == 1 and n_used == n_members) or (side == -1 and n_used == 0)
        if side is not None and not says_nothing:
            yield Binding(
                "count", nothing, side, n_used, place=place, text=rule.text, unit="channel", members=rule.members
            )
