"""Limits that contradict each other: the smallest set of them, and what would do to mend it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, amount_text
from moo_budget.errors import InfeasibleError
from moo_budget.limits.box import change_around, own_box
from moo_budget.limits.money import Money
from moo_budget.limits.programme import Eased, Limit, Programme
from moo_budget.limits.rules import Rule
from moo_budget.spec import BudgetRange, ChannelLimits, LimitsSpec
from moo_budget.spec.source import KeyPath, SourceText, place_of

_SOLVED = 5  # digits behind a cent to which the solver's amounts are believed
_NOTHING = 1e-9  # of the budget: a limit that is eased by less is not eased


def a_plan(
    limits: LimitsSpec, budget: BudgetRange, money: Money, rules: Sequence[Rule], source: SourceText | None = None
) -> Eased:
    """A plan that keeps every limit, and the channels it uses.

    Raises:
        InfeasibleError: there is none; names the smallest set of limits that contradict each other, and the least that
            each of them would have to give.
    """
    programme = Programme(money.table_end, _on_off(limits, money), budget.max)
    named = list(_Named(limits, budget, money, rules, source).all())
    found = programme.eased(named, [])
    if found is None:
        raise _error(programme, named, budget)
    return found


def contradiction(programme: Programme, limits: Sequence[Limit]) -> list[int]:
    """Limits that no plan keeps together, by position, though any one fewer can be kept.

    Source: QuickXplain, Junker 2004.
    """

    def part(kept: list[int], candidates: list[int], *, is_new: bool) -> list[int]:
        if is_new and not programme.can([limits[i] for i in kept]):
            return []
        if len(candidates) == 1:
            return candidates
        first, second = candidates[: len(candidates) // 2], candidates[len(candidates) // 2 :]
        in_second = part(kept + first, second, is_new=True)
        return part(kept + in_second, first, is_new=bool(in_second)) + in_second

    return sorted(part([], list(range(len(limits))), is_new=False))


def _error(programme: Programme, limits: list[Limit], budget: BudgetRange) -> InfeasibleError:
    clash, nothing = contradiction(programme, limits), _NOTHING * budget.max
    alone = [(i, eased) for i in clash if (eased := programme.eased(limits, [i])) and eased.plan.sum() > nothing]
    text = "these limits contradict each other; without any one of them the rest could be kept:\n"
    if len(clash) == 1:
        text = "no plan can keep this limit:\n"
    text += "\n".join(f"   {limits[i].line}" for i in clash)
    if alone:
        advice = [limits[i].advice(_up(eased.by[0]), eased.plan) for i, eased in alone]
        text += f"\n{'Any one of these' if len(advice) > 1 else 'This'} would do: {'; '.join(advice)}."
        return InfeasibleError(text, code="limits.contradiction")
    text += "\nThey are not the only ones that do."
    if advice := list(_together(programme, limits, nothing)):
        text += f" All of these together would do: {'; '.join(advice)}."
    return InfeasibleError(text, code="limits.contradiction")


def _together(programme: Programme, limits: list[Limit], nothing: float) -> Iterator[str]:
    """What to do with several limits at once. The budget comes first: it moves as a whole, so it is settled first."""
    budget, *others = limits
    found = programme.eased(limits, range(len(limits)))
    if found is None:
        return
    if found.by[0] > nothing:
        by = _up(found.by[0])
        yield budget.advice(by, found.plan)
        moved = by if found.plan.sum() > budget.high[0] else -by
        budget = replace(budget, low=budget.low + moved, high=budget.high + moved)
    found = programme.eased([budget, *others], range(1, len(limits)))
    if found is not None:
        for limit, by in zip(others, found.by, strict=True):
            if by > nothing:
                yield limit.advice(_up(by), found.plan)


def _on_off(limits: LimitsSpec, money: Money) -> BoolArray:
    own = [limits.channel.get(name, ChannelLimits()) for name in money.channels]
    return np.array([bool(limit.min_if_used) and not (limit.lock or limit.off) for limit in own])


def _up(amount: float) -> float:
    """An amount rounded up as messages show it, so that what they say is enough."""
    if amount <= 0.0:
        return 0.0
    digits = 2 if amount >= 1.0 else 5 - math.floor(math.log10(amount))
    return math.ceil(round(amount * 10.0**digits, _SOLVED)) / 10.0**digits


def _down_to(amount: float) -> str:
    """An amount rounded down as messages show it."""
    return amount_text(math.floor(round(max(amount, 0.0) * 100.0, _SOLVED)) / 100.0)


@dataclass(frozen=True, eq=False)
class _Named:
    """The limits of a problem, one after the other, each with its place and its words."""

    limits: LimitsSpec
    budget: BudgetRange
    money: Money
    rules: Sequence[Rule]
    source: SourceText | None

    def all(self) -> Iterator[Limit]:
        yield self.of_budget()
        for c, name in enumerate(self.money.channels):
            yield from self.of_channel(c, name, self.limits.channel.get(name, ChannelLimits()))
        if self.limits.share is not None and self.limits.share < 1.0:
            yield self.of_share(self.limits.share)
        if self.limits.change is not None:
            yield self.of_change(self.limits.change)
        yield from (self.of_rule(rule) for rule in self.rules)

    @property
    def n_channels(self) -> int:
        return len(self.money.channels)

    def place(self, path: KeyPath) -> str:
        return place_of(self.source, path)

    def of_budget(self) -> Limit:
        low, high = self.budget.min, self.budget.max
        words = amount_text(high) if low == high else f"{amount_text(low)} to {amount_text(high)}"

        def advice(by: float, plan: FloatArray) -> str:
            return f"{'raise' if plan.sum() > high else 'lower'} the budget by {amount_text(by)}"

        total = np.ones((1, self.n_channels))
        return _limit(f"{self.place(('plan', 'budget'))}: the budget, {words}", advice, total, low, high)

    def of_channel(self, c: int, name: str, own: ChannelLimits) -> Iterator[Limit]:
        alone = np.eye(self.n_channels)[[c]]
        path: KeyPath = ("limits", "channel", name)
        if own.lock or own.off:
            at = float(self.money.today[c]) if own.lock and self.money.today is not None else 0.0
            key, words = (
                ("lock", f"`{name}` is locked at {amount_text(at)}") if own.lock else ("off", f"`{name}` is off")
            )
            yield _limit(
                f"{self.place((*path, key))}: {words}",
                lambda by, plan: f"let `{name}` {_has(at, by, plan[c])}",
                alone,
                at,
                at,
            )
            return
        least = max(own.min, own.min_if_used or 0.0)
        if least > 0.0:
            key = "min" if own.min == least else "min_if_used"
            words = "the minimum" if own.min > 0.0 else "the minimum if used"
            use = None if own.min > 0.0 else -least * alone
            yield _limit(
                f"{self.place((*path, key))}: {words} of `{name}`, {amount_text(least)}",
                lambda by, plan: f"lower {words} of `{name}` to {_down_to(least - by)}",
                alone,
                least if use is None else 0.0,
                np.inf,
                use,
            )
        yield from self.of_cap(c, name, own, alone)

    def of_cap(self, c: int, name: str, own: ChannelLimits, alone: FloatArray) -> Iterator[Limit]:
        most = float(own_box(self.limits, self.money).upper[c])
        if most >= self.money.table_end[c]:
            return
        path: KeyPath = ("limits", "channel", name, "max") if own.max is not None else ("limits", "extrapolate")
        words = "the maximum" if own.max is not None else "the default cap"
        mend = f"raise the maximum of `{name}` to" if own.max is not None else f"give `{name}` an explicit `max` of"
        yield _limit(
            f"{self.place(path)}: {words} of `{name}`, {amount_text(most)}",
            lambda by, plan: f"{mend} {amount_text(_up(most + by))}",
            alone,
            -np.inf,
            most,
        )

    def of_share(self, share: float) -> Limit:
        """Eased by money of the largest total: exact where the total is fixed."""
        rows = np.eye(self.n_channels) - share

        def advice(by: float, plan: FloatArray) -> str:
            least = max(share + by / plan.sum(), float(plan.max() / plan.sum())) if plan.sum() > 0.0 else share
            return f"raise `share` to {math.ceil(round(least * 1e4, _SOLVED)) / 1e4:.2%}"

        line = f"{self.place(('limits', 'share'))}: no channel takes more than {share:.4g} of the total"
        return _limit(line, advice, rows, -np.inf, 0.0)

    def of_change(self, change: float) -> Limit:
        box, reference = own_box(self.limits, self.money), self.money.reference
        assert reference is not None  # box_of has checked it
        around = [change_around(box, self.limits, self.money, c) for c in range(self.n_channels)]
        held = [c for c, ends in enumerate(around) if ends is not None]
        ends = np.array([end for end in around if end is not None]).reshape(len(held), 2)
        largest = float(reference.max())
        limit = _limit(
            f"{self.place(('limits', 'change'))}: no channel moves by more than {change:.4g} of its reference money",
            lambda by, plan: f"raise `change` to {math.ceil(round((change + by / largest) * 1e4, _SOLVED)) / 1e4:g}",
            np.eye(self.n_channels)[held],
            ends[:, 0],
            ends[:, 1],
        )
        return replace(limit, give=reference[held] / largest)

    def of_rule(self, rule: Rule) -> Limit:
        return _limit(
            f"{rule.where}: the rule `{rule.text}`",
            lambda by, plan: f"let `{rule.text}` be missed by {amount_text(by)}",
            rule.coefficients[None],
            rule.low,
            rule.high,
        )


def _has(at: float, by: float, money: float) -> str:
    return f"have {amount_text(at + by)}" if money > at else f"have {_down_to(at - by)}"


def _limit(
    line: str,
    advice: Callable[[float, FloatArray], str],
    money: FloatArray,
    low: FloatArray | float,
    high: FloatArray | float,
    use: FloatArray | None = None,
) -> Limit:
    n_rows = len(money)
    return Limit(
        line=line,
        advice=advice,
        money=money,
        use=np.zeros_like(money) if use is None else use,
        low=np.broadcast_to(low, n_rows).astype(float),
        high=np.broadcast_to(high, n_rows).astype(float),
        give=np.ones(n_rows),
    )
