"""The limits of a problem, each with its place, its words and what to do where it is in the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, amount_text, check_known
from moo_budget.limits.amounts import down_to, rounded_up, share_up
from moo_budget.limits.box import blocks_of, change_around, default_cap, own_box
from moo_budget.limits.calendar import PeriodLimits, period_limits
from moo_budget.limits.counting import CountRule, least_counted
from moo_budget.limits.in_periods import InPeriods
from moo_budget.limits.money import Money
from moo_budget.limits.programme import Limit, Programme, limit_of, no_kinds
from moo_budget.limits.resources import Resource, read_resources
from moo_budget.limits.rules import Rule
from moo_budget.spec import BudgetRange, ChannelLimits, LimitsSpec
from moo_budget.spec.source import KeyPath, SourceText, place_of

_SOLVED = 1e-4  # currency: what the solver's amounts may miss
_SOLVED_SHARE = 1e-7  # of the budget, where that is less


@dataclass(frozen=True, eq=False)
class NamedLimits:
    """The limits of a problem as rows with words.

    Args:
        limits: as in the problem file.
        budget: lowest and highest total.
        money: what the limits are about.
        rules: the money rules.
        counts: the rules about how many channels are used.
        resources: what else money uses up.
        source: the file, for places; None: the limits were handed over.
        periods: what the calendar's limits come to; None: there is no calendar.
    """

    limits: LimitsSpec
    budget: BudgetRange
    money: Money
    rules: Sequence[Rule]
    counts: Sequence[CountRule]
    resources: Sequence[Resource]
    source: SourceText | None
    periods: PeriodLimits | None

    @property
    def on_off(self) -> BoolArray:
        """Channels for which it matters whether they are used, (n_channels,)."""
        own = [self.limits.channel.get(name, ChannelLimits()) for name in self.money.channels]
        on_off: BoolArray = self.counted | np.array([bool(limit.min_if_used) and not limit.off for limit in own])
        return on_off

    @property
    def counted(self) -> BoolArray:
        """Channels that a rule counts, (n_channels,)."""
        none = np.zeros(self.n_channels, dtype=bool)
        counted: BoolArray = np.any([none, *(rule.members for rule in self.counts)], axis=0)
        return counted

    @property
    def least_counted(self) -> FloatArray:
        """What a channel gets at least that counts as used, (n_channels,); 0 where none counts, or some is locked."""
        today = np.zeros(self.n_channels) if self.money.today is None else self.money.today
        locked = np.array([self.limits.channel.get(name, ChannelLimits()).lock for name in self.money.channels])
        is_choice = self.counted & ~(locked & (today > 0.0))
        return np.where(is_choice, least_counted(self.money.money_step, self.budget.max), 0.0)

    @property
    def programme(self) -> Programme:
        """What decides about the limits."""
        in_periods = self.in_periods
        today = np.zeros(self.n_channels) if self.money.today is None else self.money.today
        counted = least_counted(self.money.money_step, self.budget.max)
        # What is locked at enough to be counted counts as used only while it has that, also where the lock is eased.
        least = np.where(self.counted & (today >= counted), counted, self.least_counted)
        kinds = no_kinds(self.n_channels) if in_periods is None else in_periods.kinds
        step = blocks_of(self.limits, self.money.channels)
        return Programme(self.money.table_end, self.on_off, least, step, self.budget.max, kinds)

    @property
    def in_periods(self) -> InPeriods | None:
        """The calendar's limits; None where there are none."""
        if self.periods is None or not self.periods.limited:
            return None
        return InPeriods(self.limits, self.money.channels, self.periods, self.source)

    def under(self, total: float) -> NamedLimits:
        """The same limits under another fixed total, which the reference follows."""
        reference = self.money.reference
        moved = None if reference is None else reference * (total / self.budget.max)
        return replace(self, budget=BudgetRange(total, total), money=replace(self.money, reference=moved))

    def moved(self, by: float) -> NamedLimits:
        """The same limits with so much more to spend, or less."""
        low, high = self.budget.min, self.budget.max
        return self.under(high + by) if low == high else replace(self, budget=BudgetRange(low + by, high + by))

    def amended(self, limits: LimitsSpec) -> NamedLimits:
        """The same question with other limits per period."""
        assert self.periods is not None
        periods = period_limits(limits, self.money, self.periods.n_periods, self.periods.starts)
        return replace(self, limits=limits, periods=periods)

    def all(self) -> Iterator[Limit]:
        """Every limit; the budget comes first."""
        yield self.of_budget()
        for c, name in enumerate(self.money.channels):
            yield from self.of_channel(c, name, self.limits.channel.get(name, ChannelLimits()))
        if self.limits.share is not None and self.limits.share < 1.0:
            yield self.of_share(self.limits.share)
        if self.limits.change is not None:
            yield self.of_change(self.limits.change)
        yield from (self.of_rule(rule) for rule in self.rules)
        yield from (self.of_count(rule) for rule in self.counts)
        yield from (self.of_resource(resource) for resource in self.resources)
        if self.in_periods is not None:
            yield from self.in_periods.all()

    @property
    def n_channels(self) -> int:
        """How many channels there are."""
        return len(self.money.channels)

    def place(self, path: KeyPath) -> str:
        """Where a setting stands."""
        return place_of(self.source, path)

    def of_budget(self) -> Limit:
        """The total."""
        low, high = self.budget.min, self.budget.max
        words = amount_text(high) if low == high else f"{amount_text(low)} to {amount_text(high)}"

        def advice(by: float, plan: FloatArray) -> str:
            return f"{'raise' if plan.sum() > high else 'lower'} the budget by {amount_text(by)}"

        total = np.ones((1, self.n_channels))
        return limit_of(f"{self.place(('plan', 'budget'))}: the budget, {words}", advice, total, low, high)

    def of_channel(self, c: int, name: str, own: ChannelLimits) -> Iterator[Limit]:
        """The channel's own limits."""
        alone = np.eye(self.n_channels)[[c]]
        path: KeyPath = ("limits", "channel", name)
        if own.lock or own.off:
            yield self.of_lock(c, name, own, alone)
        if own.off:
            return
        least = max(own.min, own.min_if_used or 0.0)
        if least > 0.0:
            key = "min" if own.min == least else "min_if_used"
            words = "the minimum" if key == "min" else "the minimum if used"
            use = None if own.min > 0.0 else -least * alone
            yield limit_of(
                f"{self.place((*path, key))}: {words} of `{name}`, {amount_text(least)}",
                lambda by, plan: f"lower {words} of `{name}` to {down_to(least - by, self.budget.max)}",
                alone,
                least if use is None else 0.0,
                np.inf,
                use,
            )
        yield from self.of_cap(c, name, own, alone)
        if own.step is not None:
            yield self.of_step(c, name, own.step, alone)

    def of_lock(self, c: int, name: str, own: ChannelLimits, alone: FloatArray) -> Limit:
        """Today's money, or none."""
        at = float(self.money.today[c]) if own.lock and self.money.today is not None else 0.0
        key, words = ("lock", f"`{name}` is locked at {amount_text(at)}") if own.lock else ("off", f"`{name}` is off")
        limit = limit_of(
            f"{self.place(('limits', 'channel', name, key))}: {words}",
            lambda by, plan: f"let `{name}` {self.has(at, by, plan[c])}",
            alone,
            at,
            at,
        )
        return replace(limit, is_firm=True)

    def of_cap(self, c: int, name: str, own: ChannelLimits, alone: FloatArray) -> Iterator[Limit]:
        """An explicit maximum, or the default cap, which says nothing of a channel that is locked."""
        most = own.max if own.max is not None else float(default_cap(self.limits, self.money)[c])
        if most >= self.money.table_end[c] or (own.max is None and own.lock):
            return
        end = float(self.money.table_end[c])
        path: KeyPath = ("limits", "channel", name, "max") if own.max is not None else ("limits", "extrapolate")
        words = "the maximum" if own.max is not None else "the default cap"
        mend = f"raise the maximum of `{name}` to" if own.max is not None else f"give `{name}` an explicit `max` of"
        yield limit_of(
            f"{self.place(path)}: {words} of `{name}`, {amount_text(most)}",
            lambda by, plan: f"{mend} {amount_text(rounded_up(min(most + by, end)))}",
            alone,
            -np.inf,
            most,
        )

    def of_share(self, share: float) -> Limit:
        """Eased by money of the largest total; the least share that would do is asked for `again`."""

        def advice(by: float, plan: FloatArray) -> str:
            least = float(plan.max() / plan.sum()) if plan.sum() > 0.0 else share
            return f"raise `share` to {share_up(least):.2%}"

        line = f"{self.place(('limits', 'share'))}: no channel takes more than {share:.4g} of the total"
        return replace(limit_of(line, advice, np.eye(self.n_channels) - share, -np.inf, 0.0), again=self.of_share)

    def of_change(self, change: float) -> Limit:
        """Eased by a share of the largest reference money, every channel by the same share of its own."""
        box, reference = own_box(self.limits, self.money), self.money.reference
        assert reference is not None  # box_of has checked it
        around = [change_around(box, self.limits, self.money, c) for c in range(self.n_channels)]
        held = [c for c, ends in enumerate(around) if ends is not None]
        ends = np.array([end for end in around if end is not None]).reshape(len(held), 2)
        largest = float(reference.max())
        limit = limit_of(
            f"{self.place(('limits', 'change'))}: no channel moves by more than {change:.4g} of its reference money",
            lambda by, plan: f"raise `change` to {share_up(change + by / largest):g}",
            np.eye(self.n_channels)[held],
            ends[:, 0],
            ends[:, 1],
        )
        limit = replace(limit, give=reference[held] / largest)
        if self.budget.min < self.budget.max:  # the reference is today's money as it is, or nearly
            return limit
        return replace(limit, moving=self.following_total(limit, ends / self.budget.max))

    def following_total(self, limit: Limit, shares: FloatArray) -> Limit:
        """A limit from so much to so much of the total, (n_rows, 2), whatever the total is; `limit` has it in money."""
        low, high = (limit.money - shares[:, [end]] for end in (0, 1))
        nothing, endless = np.zeros(len(shares)), np.full(len(shares), np.inf)
        rows = np.vstack([low, high])
        return replace(
            limit,
            money=rows,
            use=np.zeros_like(rows),
            block=np.zeros_like(rows),
            low=np.append(nothing, -endless),
            high=np.append(endless, nothing),
            give=np.tile(limit.give, 2),
        )

    def of_rule(self, rule: Rule) -> Limit:
        """A money rule."""
        return limit_of(
            f"{rule.where}: the rule `{rule.text}`",
            lambda by, plan: f"let `{rule.text}` be missed by {amount_text(by)}",
            rule.coefficients[None],
            rule.low,
            rule.high,
        )

    def of_count(self, rule: CountRule) -> Limit:
        """A channel more or less weighs as much as an even part of the budget."""
        weight = self.budget.max / self.n_channels or 1.0

        def advice(by: float, plan: FloatArray) -> str:
            n = max(round(by / weight), 1)
            return f"let `{rule.text}` be missed by {n} channel{'s' if n > 1 else ''}"

        nothing = np.zeros((1, self.n_channels))
        use = weight * rule.members[None].astype(float)
        line = f"{rule.where}: the rule `{rule.text}`"
        return limit_of(line, advice, nothing, weight * rule.fewest, weight * rule.most, use)

    def has(self, at: float, by: float, money: float) -> str:
        """What a channel gets in the plan that is allowed then; less than that only where it is no whole cent."""
        if money > at:
            return f"have {amount_text(at + by)}"
        budget = self.budget.max
        return f"have {down_to(money + min(_SOLVED, _SOLVED_SHARE * budget), budget)}"

    def of_step(self, c: int, name: str, step: float, alone: FloatArray) -> Limit:
        """Whole blocks; eased by money beside them."""
        limit = limit_of(
            f"{self.place(('limits', 'channel', name, 'step'))}: `{name}` is bought in blocks of {amount_text(step)}",
            lambda by, plan: f"let `{name}` be {amount_text(by)} off whole blocks of {amount_text(step)}",
            alone,
            0.0,
            0.0,
        )
        return replace(limit, block=-step * alone)

    def of_resource(self, resource: Resource) -> Limit:
        """Counted in what it takes of the channel that uses it up fastest, so that it is money for the programme."""
        per_money = float(np.abs(resource.coefficients).max())
        return limit_of(
            f"{resource.where}: at most {amount_text(resource.high)} of `{resource.name}` is used up",
            lambda by, plan: (
                f"raise the maximum of `{resource.name}` to {amount_text(rounded_up(resource.high + by * per_money))}"
            ),
            resource.coefficients[None] / per_money,
            -np.inf,
            resource.high / per_money,
        )


def named_limits(
    limits: LimitsSpec,
    budget: BudgetRange,
    money: Money,
    rules: Sequence[Rule | CountRule] = (),
    source: SourceText | None = None,
    periods: PeriodLimits | None = None,
) -> NamedLimits:
    """The limits of a problem.

    Args:
        limits: as in the problem file.
        budget: lowest and highest total.
        money: what the limits are about.
        rules: on money and counts.
        source: the file, for places.
        periods: what the calendar's limits come to; None: there is no calendar.

    Raises:
        InputError: limits of an unknown channel, a resource that names one, or a resource that none uses up.
    """
    for name in limits.channel:
        check_known("channel", name, money.channels, "limits.channel")
    counting = [rule for rule in rules if isinstance(rule, CountRule)]
    of_money = [rule for rule in rules if isinstance(rule, Rule)]
    resources = read_resources(limits.resource, money.channels, source)
    return NamedLimits(limits, budget, money, of_money, counting, resources, source, periods)
