"""What the limits at which a plan stands are worth: their prices, and what solving again says to either side."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.explain.again import Again, Found, shifted_box, shifted_problem, stacked
from moo_budget.explain.binding import Binding
from moo_budget.explain.record import LimitPrice
from moo_budget.explain.wanted import Implied
from moo_budget.largest import MOST_CHANNELS, largest
from moo_budget.problem import BudgetProblem

_STEP = 0.005  # of the budget: a step to either side, and so many times as much
_SIZES = (1.0, 2.0, 4.0, 8.0, 16.0)
_SHIFTS = np.array([*(-size for size in reversed(_SIZES)), *_SIZES])
_WHOLE = np.array([-1.0, 1.0])  # channels or blocks
_OF_AMOUNT = 0.05  # and no more than this part of a limit's own amount
_HOLDS = 0.25  # a price holds as long as the average over the way there differs by no more than this


def limit_prices(again: Again, limits: Sequence[Binding], found: Implied) -> list[LimitPrice]:
    """A record for each limit, in the same order."""
    worth, problem = _Worth(again, limits, found.prices), again.problem
    prices = found.prices.tolist()
    return [_priced(problem, limit, prices[row], found, worth.of(row)) for row, limit in enumerate(limits)]


class _Worth:
    """Solving again with every limit a step, two, four and eight to either side; or a channel or block more and less.

    Of thousands of limits on single channels those are solved again for whose step is worth most; of the others the
    price is all that is known.

    Args:
        again: the plan's question.
        limits: at which it stands.
    """

    def __init__(self, again: Again, limits: Sequence[Binding], prices: FloatArray) -> None:
        self._again = again
        self._limits = limits
        self.steps = np.array([_step(again, limit) for limit in limits])
        on_channels = np.array([limit.channel is not None for limit in limits], dtype=np.bool_)
        worth = np.where(on_channels, np.abs(prices) * self.steps, np.inf)
        self._solved = set(largest(worth, MOST_CHANNELS + int((~on_channels).sum())).tolist())

    def of(self, row: int) -> tuple[FloatArray, FloatArray]:
        """By how much a limit is shifted and what that takes off the weighted sum, two arrays (n,); NaN for no plan."""
        limit = self._limits[row]
        if limit.kind == "count":
            return _WHOLE, self._again.gain(np.array([self._with_count(limit, by).values[0] for by in _WHOLE]))
        if row not in self._solved:
            shifts = _WHOLE if limit.is_whole else _SHIFTS * self.steps[row]
            return shifts, np.full(len(shifts), np.nan)
        if limit.is_whole:
            return _WHOLE, self._by_blocks[row]
        shifts = _SHIFTS * self.steps[row]
        if limit.is_box:
            return shifts, self._by_boxes[row]
        return shifts, np.array([self._gain_beyond(limit, by) for by in shifts])

    @cached_property
    def _by_boxes(self) -> dict[int, FloatArray]:
        """All limits on single channels at once."""
        rows = [row for row, limit in enumerate(self._limits) if limit.is_box and row in self._solved]
        boxes = [shifted_box(self._again, self._limits[row], by * self.steps[row]) for row in rows for by in _SHIFTS]
        is_first = np.tile(np.abs(_SHIFTS) == 1.0, len(rows))
        gains = self._again.gain(self._again.in_boxes(*stacked(boxes), jumps=is_first).values).reshape(len(rows), -1)
        # Beyond a table's end, and below nothing, no limit can be shifted.
        for place, row in enumerate(rows):
            channel = self._limits[row].channel
            end = self._again.problem.money.table_end[channel]
            amounts = self._limits[row].amount + _SHIFTS * self.steps[row]
            gains[place, (amounts < 0.0) | (amounts > end * (1.0 + 1e-12))] = np.nan
        return dict(zip(rows, gains, strict=True))

    def _gain_beyond(self, limit: Binding, by: float) -> float:
        supposed = shifted_problem(self._again, limit, by)
        if supposed is None:
            return np.nan
        jumps = self._again.may_jump and abs(by) <= _step(self._again, limit) * 1.5
        return float(self._again.gain(self._again.within(supposed, jumps=jumps).values)[0])

    @cached_property
    def _by_blocks(self) -> dict[int, FloatArray]:
        """All channels that are bought in blocks or not used: gains of a block less and more, by the limit's row."""
        again, tables = self._again, self._again.problem.plan_tables
        limits = enumerate(self._limits)
        rows = [row for row, limit in limits if limit.is_whole and limit.kind != "count" and row in self._solved]
        lower, upper = (np.repeat(part[None], 2 * len(rows), axis=0) for part in again.box)
        is_possible = np.zeros(2 * len(rows), dtype=bool)
        for k, (row, by) in enumerate((row, by) for row in rows for by in _WHOLE):
            (c,) = np.flatnonzero(tables.order == self._limits[row].channel)
            least, most = self._whole_money(self._limits[row], by)
            is_possible[k] = 0.0 <= least <= most <= tables.knots[c, -1]
            lower[k, c], upper[k, c] = least, most
        gains = np.full(2 * len(rows), np.nan)
        if is_possible.any():
            jumps = np.ones(int(is_possible.sum()), dtype=bool)
            gains[is_possible] = again.gain(again.in_boxes(lower[is_possible], upper[is_possible], jumps=jumps).values)
        return dict(zip(rows, gains.reshape(-1, 2), strict=True))

    def _whole_money(self, limit: Binding, by: float) -> tuple[float, float]:
        """From where to where the money of a channel goes: so many blocks, or enough to be used; currency."""
        if limit.kind != "unused":
            return limit.amount + by * limit.block, limit.amount + by * limit.block
        c, feasible = limit.channel, self._again.problem.feasible
        least = float(max(feasible.min_if_used[c], feasible.least_used[c], feasible.block[c]))
        is_bound = feasible.block[c] > 0.0 or feasible.upper[c] < least
        return by * least, by * (least if is_bound else float(feasible.upper[c]))

    def _with_count(self, limit: Binding, by: float) -> Found:
        """As many channels may or must be used; each that can is put in or taken out, and the rest placed anew."""
        again = self._again
        supposed = shifted_problem(again, limit, by)
        assert supposed is not None  # the box stays as it is
        assert limit.members is not None  # as every count
        beside = again.choices_beside(again.base, limit.members[again.problem.plan_tables.order])
        if again.may_jump:
            return again.anywhere([supposed], [beside])
        return again.near(supposed, beside).best


def _step(again: Again, limit: Binding) -> float:
    """In the limit's own unit."""
    if limit.kind == "goal_rule":
        assert limit.place is not None  # as every rule
        return _STEP * again.problem.goal_rules[limit.place].size
    if limit.kind == "resource":
        return _STEP * limit.amount
    budget = again.problem.feasible.budget_max
    return min(_STEP * budget, _OF_AMOUNT * limit.amount) if limit.amount > 0.0 else _STEP * budget


def _priced(
    problem: BudgetProblem, limit: Binding, price: float, found: Implied, shifted: tuple[FloatArray, FloatArray]
) -> LimitPrice:
    shifts, gains = shifted[0], shifted[1] * found.in_outcome
    wider = -1.0 if limit.side < 0 else 1.0  # the way in which it gives way
    per_unit = gains / shifts * wider
    first = len(shifts) // 2
    below, above = _side(per_unit[:first][::-1]), _side(per_unit[first:])
    more, less = (below, above) if wider < 0.0 else (above, below)
    return LimitPrice(
        kind=limit.kind,
        channel=None if limit.channel is None else problem.channels[limit.channel],
        rule=limit.text,
        unit=limit.unit,
        side="both" if limit.side == 0 else ("upper" if limit.side > 0 else "lower"),
        amount=limit.amount,
        price=None if limit.is_whole else price * found.in_outcome,
        more=more,
        less=less,
        holds_from=limit.amount + (0.0 if limit.is_whole else _reach(shifts[:first][::-1], per_unit[:first][::-1])),
        holds_to=limit.amount + (0.0 if limit.is_whole else _reach(shifts[first:], per_unit[first:])),
    )


def _side(per_unit: FloatArray) -> float | None:
    return None if np.isnan(per_unit[0]) else float(per_unit[0])


def _reach(shifts: FloatArray, per_unit: FloatArray) -> float:
    """How far to one side the average price stays near to that of the first step; 0 where there is no first step."""
    if np.isnan(per_unit[0]):
        return 0.0
    near = np.abs(per_unit - per_unit[0]) <= _HOLDS * abs(per_unit[0])
    return float(shifts[np.argmin(near) - 1] if not near.all() else shifts[-1])
