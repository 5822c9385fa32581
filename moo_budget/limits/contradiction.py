"""Limits that contradict each other: the smallest set of them, and what would do to mend it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from moo_budget._checks import amount_text
from moo_budget.errors import InfeasibleError, listed
from moo_budget.limits.amounts import rounded_down, rounded_up
from moo_budget.limits.named import NamedLimits
from moo_budget.limits.programme import Eased, Limit, Programme
from moo_budget.spec import LimitsSpec

_NOTHING = 1e-10  # of the budget: a limit that is eased by less is not eased
_BUDGET = 0  # its position among the limits
_SHARES = 1e-6  # of a total: shares that differ by less are equal


def a_plan(named: NamedLimits) -> Eased:
    """A plan that keeps every limit, and the channels it uses.

    Raises:
        InfeasibleError: there is none; names the smallest set of limits that contradict each other, and the least that
            each of them would have to give.
    """
    programme, limits = named.programme, list(named.all())
    found = programme.eased(limits, [])
    if found is None:
        raise _error(programme, limits, named)
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


def _error(programme: Programme, limits: list[Limit], named: NamedLimits) -> InfeasibleError:
    clash = contradiction(programme, limits)
    text = "these limits contradict each other; without any one of them the rest could be kept:\n"
    if len(clash) == 1:
        text = "no plan can keep this limit:\n"
    text += "\n".join(f"   {limits[i].line}" for i in clash)
    text += _table_ends(programme, [limits[i] for i in clash], named.money.channels)
    if advice := [words for i in clash if (words := _alone(programme, limits, named, i))]:
        text += f"\n{'Any one of these' if len(advice) > 1 else 'This'} would do: {'; '.join(advice)}."
        return InfeasibleError(text, code="limits.contradiction")
    text += "\nThey are not the only ones that do."
    if advice := list(_together(programme, limits, named)):
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


def _alone(programme: Programme, limits: list[Limit], named: NamedLimits, i: int) -> str:
    """What to do with one limit so that all can be kept; empty where nothing that it could give would do."""
    eased, limit = _eased(programme, limits, i), limits[i]
    if eased is None or eased.plan.sum() <= _NOTHING * programme.budget:
        return ""
    if limit.amended is not None:
        return _amended(list(limit.amended(eased)), named)
    if i == _BUDGET and not _would_do(named, float(eased.plan.sum())):
        return ""
    return limit.advice(rounded_up(eased.by[0]), eased.plan)


def _amended(milder: list[tuple[str, LimitsSpec]], named: NamedLimits) -> str:
    """The first of ever milder limits that would do, in words; empty where none would."""

    def would_do(limits: LimitsSpec) -> bool:
        amended = named.amended(limits)
        return amended.programme.can(list(amended.all()))

    first = bisect_left(milder, True, key=lambda one: would_do(one[1]))
    return milder[first][0] if first < len(milder) else ""


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
    return any(near.programme.can(list(near.all())) for near in (fewer, more))


def _moving(limits: Sequence[Limit]) -> list[Limit]:
    """The limits while the budget is eased."""
    return [limit.moving or limit for limit in limits]


def _together(programme: Programme, limits: list[Limit], named: NamedLimits) -> Iterator[str]:
    """What to do with several limits at once. The budget comes first: it moves as a whole, so it is settled first.

    Days are not traded against money, and what is locked stays so where that is possible.
    """
    moving, nothing = _moving(limits), _NOTHING * programme.budget
    of_money = [i for i, limit in enumerate(moving) if limit.amended is None]
    which = [i for i in of_money if not moving[i].is_firm]
    found = programme.eased(moving, which)
    if found is None:
        which = of_money
        found = programme.eased(moving, which)
    if found is None:
        return
    by = float(dict(zip(which, found.by, strict=True))[_BUDGET])
    others = [i for i in which if i != _BUDGET]
    # To the cent a budget may be just beyond what is locked: then the other way.
    for moved in (rounded_up(by), rounded_down(by, named.budget.max)) if by > nothing else (0.0,):
        settled = named.moved(moved if found.plan.sum() > named.budget.max else -moved)
        limits = list(settled.all())
        rest = settled.programme.eased(limits, others)
        if rest is not None:
            if moved > 0.0:
                yield moving[_BUDGET].advice(moved, found.plan)
            eased = [(limits[i], by) for i, by in zip(others, rest.by, strict=True) if by > nothing]
            yield from (limit.advice(rounded_up(by), rest.plan) for limit, by in eased)
            return
