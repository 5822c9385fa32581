"""Finished plans against their limits, in words; shares no code with what makes plans feasible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray, amount_text
from moo_budget.expressions import Call, Expression, Name, Number
from moo_budget.limits.counting import CountRule
from moo_budget.limits.money import Money
from moo_budget.limits.rules import TODAY, Rule, Words
from moo_budget.spec import BudgetRange, ChannelLimits, LimitsSpec, ResourceLimit

_ROUNDING = 1e-9  # of a rule's sides
_NO_MONEY = 1e-9  # of the budget: with no more than that a channel is not used, where money is not rounded
_SAME = 1e-9  # of a block


@dataclass(frozen=True, eq=False)
class _Limit:
    """One kind of limit: the channels of each plan that break it (n_plans, n_channels), and how to say it."""

    broken: BoolArray
    text: Callable[[int, float], str]


def _against(amount: float, side: str, what: str, limit: float) -> str:
    """An amount beyond a limit, with the difference where both look alike once they are rounded."""
    one, other = amount_text(amount), amount_text(limit)
    by = f" by {amount_text(abs(amount - limit))}" if one == other else ""
    return f"{one} is {side} {what} {other}{by}"


class LimitCheck:
    """What a finished plan is held against, written without the projection so that it can be trusted to check it.

    Args:
        limits: as in the problem file.
        budget: lowest and highest total.
        money: what the limits are about.
        rules: the rules; the text of those about money is worked out side by side here, not their rows.
        words: what the names in the rules mean.
    """

    def __init__(
        self,
        limits: LimitsSpec,
        budget: BudgetRange,
        money: Money,
        rules: Sequence[Rule | CountRule] = (),
        words: Words | None = None,
    ) -> None:
        self._resources = limits.resource
        self._rules = [_RuleCheck(rule, words or Words(money, {})) for rule in rules if isinstance(rule, Rule)]
        self._counts = [rule for rule in rules if isinstance(rule, CountRule)]
        self._counts_from = money.money_step or _NO_MONEY * budget.max
        own = [limits.channel.get(name, ChannelLimits()) for name in money.channels]
        n_channels = len(own)
        self._channels = money.channels
        self._budget = budget
        self._off = np.array([limit.off for limit in own])
        self._locked = np.array([limit.lock for limit in own]) & ~self._off
        self._today = np.zeros(n_channels) if money.today is None else money.today
        self._min = np.array([limit.min for limit in own])
        self._min_if_used = np.array([limit.min_if_used or 0.0 for limit in own])
        self._step = np.array([limit.step or 0.0 for limit in own])
        self._cap = np.array([_cap(c, limit, limits, money) for c, limit in enumerate(own)])
        self._share = limits.share
        self._change = limits.change or 0.0
        self._reference = np.zeros(n_channels) if money.reference is None else money.reference
        self._low, self._high = self._within_change(says_something=limits.change is not None)

    def broken(self, plan: FloatArray, tolerance: float) -> tuple[str, ...]:
        """The limits that one plan (n_channels,) breaks by more than `tolerance` (currency), in words."""
        total = float(plan.sum())
        words = []
        if total > self._budget.max + tolerance:
            words.append(f"the total {_against(total, 'above', 'the budget', self._budget.max)}")
        if total < self._budget.min - tolerance:
            words.append(f"the total {_against(total, 'below', 'the budget', self._budget.min)}")
        kinds = self._kinds(plan[None], tolerance)
        for c in np.flatnonzero(np.any([kind.broken[0] for kind in kinds], axis=0)):
            words += [f"{self._channels[c]}: {kind.text(int(c), plan[c])}" for kind in kinds if kind.broken[0, c]]
        words += [rule.text(plan) for rule in self._rules if not rule.kept(plan[None], tolerance)[0]]
        words += [
            f"the rule `{rule.text}` is broken: {self._n_used(rule, plan[None])[0]} are used"
            for rule in self._counts
            if not self._counted(rule, plan[None])[0]
        ]
        words += [
            f"`{name}`: {amount_text(self._used_up(limit, plan[None])[0])} is used up, above {amount_text(limit.max)}"
            for name, limit in self._resources.items()
            if not self._within(limit, plan[None], tolerance)[0]
        ]
        return tuple(words)

    def kept(self, plans: FloatArray, tolerance: float) -> BoolArray:
        """Which plans (n_plans, n_channels) keep all limits, (n_plans,)."""
        total = plans.sum(axis=1)
        within: BoolArray = (total <= self._budget.max + tolerance) & (total >= self._budget.min - tolerance)
        for kind in self._kinds(plans, tolerance):
            within &= ~kind.broken.any(axis=1)
        for rule in self._rules:
            within &= rule.kept(plans, tolerance)
        for count in self._counts:
            within &= self._counted(count, plans)
        for limit in self._resources.values():
            within &= self._within(limit, plans, tolerance)
        return within

    def _n_used(self, rule: CountRule, plans: FloatArray) -> IntArray:
        """How many of the counted channels plans (n_plans, n_channels) use, (n_plans,)."""
        n_used: IntArray = (plans[:, rule.members] >= self._counts_from * (1.0 - _ROUNDING)).sum(axis=1)
        return n_used

    def _counted(self, rule: CountRule, plans: FloatArray) -> BoolArray:
        n_used = self._n_used(rule, plans)
        kept: BoolArray = (n_used >= rule.fewest) & (n_used <= rule.most)
        return kept

    def _used_up(self, limit: ResourceLimit, plans: FloatArray) -> FloatArray:
        """Of a resource, in its unit, by plans (n_plans, n_channels), (n_plans,)."""
        parts = [plans[:, self._channels.index(name)] * per_money for name, per_money in limit.per_money.items()]
        used_up: FloatArray = np.sum(parts, axis=0)
        return used_up

    def _within(self, limit: ResourceLimit, plans: FloatArray, tolerance: float) -> BoolArray:
        """Which plans keep a resource's maximum but for `tolerance` (currency), (n_plans,)."""
        slack = tolerance * sum(abs(per_money) for per_money in limit.per_money.values()) + _ROUNDING * limit.max
        within: BoolArray = self._used_up(limit, plans) <= limit.max + slack
        return within

    def _kinds(self, plans: FloatArray, slack: float) -> list[_Limit]:
        free = ~self._off & ~self._locked
        total = plans.sum(axis=1, keepdims=True)
        share = 1.0 if self._share is None else self._share
        in_hole = (plans > slack) & (plans < self._min_if_used - slack)
        blocks = np.where(self._step > 0.0, np.round(plans / np.where(self._step > 0.0, self._step, 1.0)), 0.0)
        moves = (plans < self._low - slack) | (plans > self._high + slack)
        return [
            _Limit(self._off & (np.abs(plans) > slack), lambda c, x: "is switched off"),
            _Limit(
                self._locked & (np.abs(plans - self._today) > slack),
                lambda c, x: f"is locked at {amount_text(self._today[c])}",
            ),
            _Limit(
                free & (plans < self._min - slack),
                lambda c, x: _against(x, "below", "its minimum", self._min[c]),
            ),
            _Limit(
                free & in_hole,
                lambda c, x: (
                    f"{amount_text(x)} is neither nothing nor at least its minimum if used "
                    f"{amount_text(self._min_if_used[c])}"
                ),
            ),
            _Limit(
                free & (plans > self._cap + slack),
                lambda c, x: _against(x, "above", "its maximum", self._cap[c]),
            ),
            _Limit(
                free & (plans > share * total + slack),
                lambda c, x: f"takes more than {share:.0%} of the total",
            ),
            _Limit(
                free & moves,
                lambda c, x: f"moves by more than {self._change:.0%} of {amount_text(self._reference[c])}",
            ),
            _Limit(
                (self._step > 0.0) & (np.abs(plans - blocks * self._step) > slack),
                lambda c, x: f"{amount_text(x)} is no whole number of blocks of {amount_text(self._step[c])}",
            ),
        ]

    def _within_change(self, *, says_something: bool) -> tuple[FloatArray, FloatArray]:
        """What `change` allows each channel; everything where it has no reference money or its own limits do not meet.

        Its own limits come first: what it must get if it is used counts where it has to be used.
        """
        low, high = self._reference * (1.0 - self._change), self._reference * (1.0 + self._change)
        must_be_used = np.maximum(self._min, low) > 0.0
        least = np.where(must_be_used, np.maximum(self._min, self._min_if_used), 0.0)
        bottom, top = np.maximum(least, low), np.minimum(high, self._cap)
        step = np.where(self._step > 0.0, self._step, 1.0)
        in_blocks = (self._step == 0.0) | (np.ceil(bottom / step - _SAME) * step <= top * (1.0 + _SAME))
        applies = (self._reference > 0.0) & (bottom <= top) & in_blocks
        if not says_something:
            applies[:] = False
        return np.where(applies, low, -np.inf), np.where(applies, high, np.inf)


@dataclass(frozen=True, eq=False)
class _RuleCheck:
    """One rule, worked out as it was written."""

    rule: Rule
    words: Words

    def sides(self, plans: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Left and right of the rule for plans (n_plans, n_channels), two arrays (n_plans,)."""
        left, right = (np.broadcast_to(self.worked_out(side, plans), len(plans)) for side in self.rule.statement.sides)
        return left, right

    def kept(self, plans: FloatArray, tolerance: float) -> BoolArray:
        """Which plans (n_plans, n_channels) keep the rule but for `tolerance` (currency), (n_plans,)."""
        left, right = self.sides(plans)
        slack = tolerance + _ROUNDING * np.maximum(np.abs(left), np.abs(right))
        relation = self.rule.statement.relations[0]
        below, above = left <= right + slack, left >= right - slack
        kept: BoolArray = {"<=": below, ">=": above, "==": below & above}[relation]
        return kept

    def text(self, plan: FloatArray) -> str:
        left, right = (amount_text(float(side[0])) for side in self.sides(plan[None]))
        return f"the rule `{self.rule.text}` is broken: its left side is {left}, its right side {right}"

    def worked_out(self, expression: Expression, plans: FloatArray) -> FloatArray:
        """Money that an expression comes to, (n_plans,), or one number for all plans."""
        if isinstance(expression, Number):
            return np.array(expression.value)
        if isinstance(expression, Call):
            (name,) = expression.arguments
            assert expression.function == TODAY  # the rule has been read
            assert isinstance(name, Name)
            assert self.words.money.today is not None
            return self.of_name(name, self.words.money.today[None])
        if isinstance(expression, Name):
            return self.of_name(expression, plans)
        left, right = self.worked_out(expression.left, plans), self.worked_out(expression.right, plans)
        operators: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
            "+": np.add,
            "-": np.subtract,
            "*": np.multiply,
            "/": np.divide,
        }
        return operators[expression.operator](left, right)

    def of_name(self, name: Name, money: FloatArray) -> FloatArray:
        members = self.words.members(name.text)
        assert members is not None  # the rule has been read
        total: FloatArray = money[:, members].sum(axis=1)
        return total


def _cap(c: int, own: ChannelLimits, limits: LimitsSpec, money: Money) -> float:
    if own.max is not None:
        return own.max
    seen = float(money.observed_max[c])
    end = float(money.table_end[c])
    return end if limits.extrapolate == 0 or np.isnan(seen) else min(end, limits.extrapolate * seen)
