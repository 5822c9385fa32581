"""What the calendar's limits leave of the limits of the whole plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from moo_budget._checks import FloatArray, amount_text
from moo_budget.errors import InfeasibleError
from moo_budget.limits.calendar import TOTAL_MAX, PeriodLimits
from moo_budget.limits.counting import CountRule
from moo_budget.limits.feasible import FeasibleSet, feasible_set
from moo_budget.limits.money import Money
from moo_budget.limits.rules import Rule
from moo_budget.limits.team import least_team
from moo_budget.spec import BudgetRange, ChannelLimits, LimitsSpec
from moo_budget.spec.source import SourceText

_ROUNDING = 1e-9


def feasible_in_periods(
    limits: LimitsSpec,
    budget: BudgetRange,
    money: Money,
    rules: Sequence[Rule | CountRule],
    source: SourceText | None,
    periods: PeriodLimits | None,
) -> FeasibleSet:
    """Box, totals, share, on/off channels and rules of a problem, as far as its periods hold the money.

    Every channel is cut to what its periods hold, and the budget to what all periods do; whether they also hold a
    whole plan of these is decided by a linear programme.

    Raises:
        InputError: as `feasible_set` does.
        InfeasibleError: no plan obeys all of them; names what clashes, and what would do.
    """
    if periods is None:
        return feasible_set(limits, budget, money, rules, source)
    holds = periods.most.sum(axis=0)
    held = _held_channels(limits, money, periods, holds)
    feasible = feasible_set(held, _held_budget(budget, periods), money, rules, source)
    if np.isfinite(periods.total_max):
        _check_team(feasible, periods)
    return feasible


def _held_channels(limits: LimitsSpec, money: Money, periods: PeriodLimits, holds: FloatArray) -> LimitsSpec:
    """The same limits with every `max` cut to what the channel's periods hold."""
    channel = dict(limits.channel)
    for name in limits.calendar:
        if name == TOTAL_MAX:
            continue
        c = money.channels.index(name)
        own = channel.get(name, ChannelLimits())
        needed = _least(own, money, c)
        if needed > holds[c] * (1.0 + _ROUNDING):
            raise _too_short(name, needed, float(holds[c]), periods, c)
        if own.off or own.lock:
            continue
        cap = _cap(own, limits, money, c)
        if holds[c] < cap:
            channel[name] = replace(own, max=max(float(holds[c]), own.min))
    return replace(limits, channel=channel)


def _least(own: ChannelLimits, money: Money, c: int) -> float:
    """What a channel must get by its own limits."""
    if own.off:
        return 0.0
    if own.lock:
        return 0.0 if money.today is None else float(money.today[c])
    return max(own.min, own.min_if_used or 0.0) if own.min > 0.0 else 0.0


def _cap(own: ChannelLimits, limits: LimitsSpec, money: Money, c: int) -> float:
    if own.max is not None:
        return own.max
    seen, end = float(money.observed_max[c]), float(money.table_end[c])
    return end if limits.extrapolate == 0 or np.isnan(seen) else min(limits.extrapolate * seen, end)


def _too_short(name: str, needed: float, holds: float, periods: PeriodLimits, c: int) -> InfeasibleError:
    n_open = int((periods.most[:, c] > 0.0).sum())
    enough = f", or raise its `max` per period to {_at_least(needed / n_open)}" if n_open else ""
    return InfeasibleError(
        f"limits.calendar.{name}: the {n_open} of {periods.n_periods} periods in which it can run hold at most "
        f"{amount_text(holds)}, and it must get at least {amount_text(needed)} for the whole plan. Lower that to "
        f"{amount_text(holds)}{enough}.",
        code="limits.calendar-below-minimum",
    )


def _at_least(amount: float) -> str:
    """An amount that will do, also as it is written: cents are rounded up."""
    return amount_text(
        math.ceil(amount * 100.0 * (1.0 - _ROUNDING)) / 100.0 if amount >= 1.0 else amount * (1.0 + 1e-5)
    )


def _held_budget(budget: BudgetRange, periods: PeriodLimits) -> BudgetRange:
    """The budget, cut to what all periods hold."""
    holds = periods.team(periods.total_max)
    if holds >= budget.max:
        return budget
    if holds >= budget.min:
        return replace(budget, max=holds)
    missing = budget.min - holds
    total_max = _enough_for_all(budget.min, periods)
    instead = (
        f"or raise `total_max` to {_at_least(total_max)}"
        if total_max is not None
        else f"or raise `max` under [limits.calendar], or the response tables (`max`, `extrapolate`), by "
        f"{amount_text(missing)} over all periods"
    )
    raise InfeasibleError(
        f"the {periods.n_periods} periods of the plan hold at most {amount_text(holds)} under [limits.calendar], and "
        f"the budget is {amount_text(budget.min)}. Lower the budget by {amount_text(missing)}, {instead}.",
        code="limits.calendar-below-budget",
    )


def _enough_for_all(total: float, periods: PeriodLimits) -> float | None:
    """The least `total_max` under which the periods hold a total; None where none does."""
    if not np.isfinite(periods.total_max) or periods.team(np.inf) < total:
        return None
    falling = np.sort(periods.most.sum(axis=1))[::-1]
    below = falling[::-1].cumsum()[::-1]  # of this period and the emptier ones
    for n_full in range(1, len(falling) + 1):
        rest = below[n_full] if n_full < len(falling) else 0.0
        level = (total - rest) / n_full
        if n_full == len(falling) or level >= falling[n_full]:
            return float(level)
    return None  # pragma: no cover  # the last period is always reached


def _check_team(feasible: FeasibleSet, periods: PeriodLimits) -> None:
    """Whether the periods hold a plan; an on/off channel may get anything up to its maximum here."""
    needed = least_team(feasible, periods)
    if needed > periods.total_max * (1.0 + _ROUNDING):
        raise InfeasibleError(
            f"limits.calendar.total_max = {amount_text(periods.total_max)}: what the channels must get does not fit "
            f"into the periods in which they can run. Raise `total_max` to {_at_least(needed)}, lower what they must "
            "get for the whole plan, or take blackouts out.",
            code="limits.calendar-team",
        )
