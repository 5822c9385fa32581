"""Limits that contradict each other: the smallest set of them, and what would do to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from moo_budget._checks import amount_text
from moo_budget.errors import InfeasibleError, listed
from moo_budget.limits.box import blocks_of
from moo_budget.limits.named import NamedLimits, rounded_up
from moo_budget.limits.programme import Eased, Limit, Programme

_NOTHING = 1e-10  # of the budget: a limit that is eased by less is not eased
_BUDGET = 0  # its position among the limits
_SHARES = 1e-6  # of a total: shares that differ by less are equal


def a_plan(named: NamedLimits) -> Eased:
    """A plan that keeps every limit, and the channels it uses.

    Raises:
        InfeasibleError: there is none; names the smallest set of limits that contradict each other, and the least that
            each of them would have to give.
    """
    programme, limits = _programme_of(named), list(named.all())
    found = programme.eased(limits, [])
    if found is None:
        raise _error(programme, limits, named)
    return found


def _programme_of(named: NamedLimits) -> Programme:
    money, step = named.money, blocks_of(named.limits, named.money.channels)
    return Programme(money.table_end, named.on_off, named.least_counted, step, named.budget.max)


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


def _error(programme: Programme, limits: list[Limit], named: NamedLimits) -> InfeasibleError:
    clash, nothing = contradiction(programme, limits), _NOTHING * programme.budget
    text = "these limits contradict each other; without any one of them the rest could be kept:\n"
    if len(clash) == 1:
        text = "no plan can keep this limit:\n"
    text += "\n".join(f"   {limits[i].line}" for i in clash)
    text += _table_ends(programme, [limits[i] for i in clash], named.money.channels)
    alone = [(i, eased) for i in clash if (eased := _eased(programme, limits, i)) and eased.plan.sum() > nothing]
    alone = [(i, eased) for i, eased in alone if i != _BUDGET or _would_do(named, float(eased.plan.sum()))]
    if alone:
        advice = [limits[i].advice(rounded_up(eased.by[0]), eased.plan) for i, eased in alone]
        text += f"\n{'Any one of these' if len(advice) > 1 else 'This'} would do: {'; '.join(advice)}."
        return InfeasibleError(text, code="limits.contradiction")
    text += "\nThey are not the only ones that do."
    if advice := list(_together(programme, limits, nothing)):
        text += f" All of these together would do: {'; '.join(advice)}."
    return InfeasibleError(text, code="limits.contradiction")


def _table_ends(programme: Programme, clash: list[Limit], channels: Sequence[str]) -> str:
    """Where response tables end, if they have a part in it: no setting of the limits moves them."""
    boundless = replace(programme, table_end=np.full_like(programme.table_end, np.inf))
    if not boundless.can(clash):
        return ""
    ends = zip(channels, programme.table_end, strict=True)
    return (
        f"\nResponse tables end, and plans with them, at: {listed(f'{name} {amount_text(end)}' for name, end in ends)}."
    )


def _eased(programme: Programme, limits: list[Limit], i: int) -> Eased | None:
    """The plan for which one limit gives least; of a number that is no money, what is enough is halved."""
    eased = programme.eased(_moving(limits) if i == _BUDGET else limits, [i])
    again = limits[i].again
    if again is None or eased is None or eased.plan.sum() == 0.0:
        return eased
    others, low, high = [*limits[:i], *limits[i + 1 :]], 0.0, float(eased.plan.max() / eased.plan.sum())
    while high - low > _SHARES:
        middle = 0.5 * (low + high)
        found = programme.eased([*others, again(middle)], [])
        if found is None or found.plan.sum() == 0.0:
            low = middle
        else:
            eased, high = replace(found, by=eased.by), middle
    return eased


def _would_do(named: NamedLimits, total: float) -> bool:
    """Whether another total would do: where `change` follows it, other channels may have limits that come before it."""
    if named.limits.change is None or named.budget.min < named.budget.max:
        return True
    fewer, more = (named.under(total * (1.0 + side * _SHARES)) for side in (-1.0, 1.0))
    return any(_programme_of(near).can(list(near.all())) for near in (fewer, more))


def _moving(limits: Sequence[Limit]) -> list[Limit]:
    """The limits while the budget is eased."""
    return [limit.moving or limit for limit in limits]


def _together(programme: Programme, limits: list[Limit], nothing: float) -> Iterator[str]:
    """What to do with several limits at once. The budget comes first: it moves as a whole, so it is settled first."""
    budget, *others = _moving(limits)
    found = programme.eased([budget, *others], range(len(limits)))
    if found is None:
        return
    if found.by[0] > nothing:
        by = rounded_up(found.by[0])
        yield budget.advice(by, found.plan)
        moved = by if found.plan.sum() > budget.high[0] else -by
        budget = replace(budget, low=budget.low + moved, high=budget.high + moved)
    found = programme.eased([budget, *others], range(1, len(limits)))
    if found is not None:
        for limit, by in zip(others, found.by, strict=True):
            if by > nothing:
                yield limit.advice(rounded_up(by), found.plan)
