"""What the limits at which a plan stands are worth: their prices, and what solving again says to either side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.explain.again import Again, Found, shifted_box, shifted_problem, stacked
from moo_budget.explain.binding import Binding
from moo_budget.explain.record import LimitPrice
from moo_budget.explain.wanted import Implied
from moo_budget.largest import MOST_CHANNELS, largest
from moo_budget.problem import BudgetProblem

_STEP = 0.005  # of the budget: a step to either side, and so many times as much
_SIZES = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
_SIDES = np.array([[-1.0], [1.0]])  # also: a channel or block less and more
_OF_AMOUNT = 0.05  # and no more than this part of a limit's own amount
_HOLDS = 0.25  # a price holds as long as the average over the way there differs by no more than this


def limit_prices(again: Again, limits: Sequence[Binding], found: Implied) -> list[LimitPrice]:
    """A record for each limit, in the same order."""
    worth, problem = _Worth(again, limits, found), again.problem
    prices = found.prices.tolist()
    return [_priced(problem, limit, prices[row], found, worth.of(row)) for row, limit in enumerate(limits)]


class _Worth:
    """Solving again with every limit a step, two, four and more to either side; or a channel or block more and less.

    Of thousands of limits on single channels those are solved again for whose step is worth most; of the others the
    price is all that is known. Further from a limit than its price holds nothing is asked.

    Args:
        again: the plan's question.
        limits: at which it stands.
        found: its weights and prices.
    """

    def __init__(self, again: Again, limits: Sequence[Binding], found: Implied) -> None:
        self._again = again
        self._limits = limits
        self._in_outcome = found.in_outcome
        self.steps = np.array([_step(again, limit) for limit in limits])
        on_channels = np.array([limit.channel is not None for limit in limits], dtype=np.bool_)
        worth = np.where(on_channels, np.abs(found.prices) * self.steps, np.inf)
        self._solved = set(largest(worth, MOST_CHANNELS + int((~on_channels).sum())).tolist())

    def of(self, row: int) -> tuple[FloatArray, FloatArray]:
        """By how much a limit is shifted and what that takes off the weighted sum, NaN where that is not known.

        Two arrays (2, n): less and more, outwards.
        """
        limit = self._limits[row]
        shifts = _SIDES if limit.is_whole else _SIDES * (_SIZES * self.steps[row])
        if limit.kind == "count":
            by_count = [self._with_count(limit, by).values[0] for by in _SIDES[:, 0]]
            return shifts, self._again.gain(np.array(by_count))[:, None]
        if row not in self._solved:
            return shifts, np.full(shifts.shape, np.nan)
        if limit.is_whole:
            return shifts, self._by_blocks[row][:, None]
        return shifts, (self._by_boxes if limit.is_box else self._beyond)[row]

    @cached_property
    def _by_boxes(self) -> dict[int, FloatArray]:
        """All limits on single channels at once."""
        rows = [row for row, limit in enumerate(self._limits) if limit.is_box and row in self._solved]
        return self._outwards(rows, self._gains_of_boxes)

    @cached_property
    def _beyond(self) -> dict[int, FloatArray]:
        """Limits that hold several channels."""
        limits = enumerate(self._limits)
        rows = [row for row, limit in limits if not (limit.is_box or limit.is_whole) and row in self._solved]
        return self._outwards(rows, lambda asked: np.array([self._gain_beyond(row, by) for row, by in asked]))

    def _outwards(
        self, rows: Sequence[int], gains_of: Callable[[Sequence[tuple[int, float]]], FloatArray]
    ) -> dict[int, FloatArray]:
        """Gains (2, n_sizes) of limits by row, to each side from step to step as long as the price holds; NaN beyond.

        `gains_of`: of limits, each shifted by so many steps, (n_asked,).
        """
        gains = {row: np.full((2, len(_SIZES)), np.nan) for row in rows}
        asked = [(row, side) for row in rows for side in range(2)]
        for k, size in enumerate(_SIZES):
            found = gains_of([(row, float(_SIDES[side, 0] * size)) for row, side in asked])
            for (row, side), gain in zip(asked, found, strict=True):
                gains[row][side, k] = gain
            asked = [(row, side) for row, side in asked if self._holds(row, gains[row])[side, k]]
            if not asked:
                break
        return gains

    def _holds(self, row: int, gains: FloatArray) -> BoolArray:
        """How far the price of a limit holds, (2, n_sizes)."""
        return _is_near(gains * self._in_outcome / (_SIDES * (_SIZES * self.steps[row])))

    def _gains_of_boxes(self, asked: Sequence[tuple[int, float]]) -> FloatArray:
        """Gains of limits on single channels, each shifted by so many of its steps, (n_asked,).

        Beyond a table's end, and below nothing, no limit can be shifted.
        """
        shifts = [by * self.steps[row] for row, by in asked]
        boxes = [shifted_box(self._again, self._limits[row], by) for (row, _), by in zip(asked, shifts, strict=True)]
        is_first = np.array([abs(by) == 1.0 for _, by in asked])
        gains = self._again.gain(self._again.in_boxes(*stacked(boxes), jumps=is_first).values)
        amounts = np.array([self._limits[row].amount for row, _ in asked]) + shifts
        channels = np.array([self._limits[row].channel for row, _ in asked], dtype=np.int64)
        ends = self._again.problem.money.table_end[channels]
        return np.where((amounts < 0.0) | (amounts > ends * (1.0 + 1e-12)), np.nan, gains)

    def _gain_beyond(self, row: int, by: float) -> float:
        """Of a limit that holds several channels, shifted by so many of its steps."""
        supposed = shifted_problem(self._again, self._limits[row], by * self.steps[row])
        if supposed is None:
            return np.nan
        jumps = self._again.may_jump and abs(by) == 1.0
        return float(self._again.gain(self._again.within(supposed, jumps=jumps).values)[0])

    @cached_property
    def _by_blocks(self) -> dict[int, FloatArray]:
        """All channels that are bought in blocks or not used: gains of a block less and more, by the limit's row."""
        again, tables = self._again, self._again.problem.plan_tables
        limits = enumerate(self._limits)
        rows = [row for row, limit in limits if limit.is_whole and limit.kind != "count" and row in self._solved]
        lower, upper = (np.repeat(part[None], 2 * len(rows), axis=0) for part in again.box)
        is_possible = np.zeros(2 * len(rows), dtype=bool)
        for k, (row, by) in enumerate((row, by) for row in rows for by in _SIDES[:, 0]):
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
    below, above = (None if np.isnan(first) else float(first) for first in per_unit[:, 0])
    more, less = (below, above) if wider < 0.0 else (above, below)
    down, up = (0.0, 0.0) if limit.is_whole else _reach(shifts, per_unit)
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
        holds_from=limit.amount + down,
        holds_to=limit.amount + up,
    )


def _is_near(per_unit: FloatArray) -> BoolArray:
    """Which average prices (2, n) are near to those of the first steps (2, 1); none where there is no first step."""
    first = per_unit[:, :1]
    return np.asarray(np.abs(per_unit - first) <= _HOLDS * np.abs(first))


def _reach(shifts: FloatArray, per_unit: FloatArray) -> tuple[float, float]:
    """How far to either side the average price stays near to that of the first step; 0 where there is no first step."""
    n_near = np.logical_and.accumulate(_is_near(per_unit), axis=1).sum(axis=1)
    down, up = (float(side[n - 1]) if n > 0 else 0.0 for side, n in zip(shifts, n_near, strict=True))
    return down, up
