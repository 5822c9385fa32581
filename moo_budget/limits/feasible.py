"""All plans that the limits allow, as arrays for the search."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import LinearConstraint

from moo_budget._checks import BoolArray, FloatArray, IntArray, check_finite, check_shape, frozen
from moo_budget._threads import in_chunks
from moo_budget.errors import Message
from moo_budget.kernels.budget import placeable_totals, project
from moo_budget.kernels.choices import project_choices
from moo_budget.kernels.rules import project_rules
from moo_budget.limits.box import Box, blocks_of, box_of
from moo_budget.limits.contradiction import a_plan
from moo_budget.limits.counting import Counts, counts_of
from moo_budget.limits.named import NamedLimits
from moo_budget.limits.rounded import keeps, rounded_within
from moo_budget.limits.rows import Rows, rows_of
from moo_budget.rounding import round_money
from moo_budget.spec import in_steps

_SOLVED = 1e-9  # relative: what the programme that decides whether there are plans does not tell apart


@dataclass(frozen=True, eq=False)
class FeasibleSet:
    """All plans x with lower <= x <= upper, budget_min <= sum x <= budget_max, x <= share * sum x, rules and choices.

    A channel with `least_used` m above 0 has a choice: x = 0 or m <= x <= upper; its `lower` is 0. One with a `block` b
    above 0 gets 0, b, 2 b and so on; its bounds are whole blocks. Without choices and rules every total in [budget_min,
    budget_max] can be placed; with them some total can.

    Args:
        lower: (n_channels,), currency for the whole plan, as all money here.
        upper: (n_channels,).
        budget_min: least total.
        budget_max: largest total.
        share: largest share of a channel in its plan's total; 1 does not bind.
        min_if_used: (n_channels,), as planners ask for it; 0 where nothing is no exception.
        least_used: (n_channels,), the same or what a channel gets at least that counts as used; 0: it has no choice.
        block: (n_channels,); 0 where any amount can be bought.
        counts: how many channels may be used.
        rows: the money rules and resources.
        known: (n_channels,), a plan of these.
        messages: what should be known about the limits.
    """

    lower: FloatArray
    upper: FloatArray
    budget_min: float
    budget_max: float
    share: float
    min_if_used: FloatArray
    least_used: FloatArray
    block: FloatArray
    counts: Counts
    rows: Rows
    known: FloatArray
    messages: tuple[Message, ...]

    def __post_init__(self) -> None:
        for name in ("lower", "upper", "min_if_used", "least_used", "block", "known"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def has_choices(self) -> bool:
        """Whether any channel is used or not, or bought in blocks."""
        return bool(self.least_used.any() or self.block.any())

    def project(self, money: FloatArray) -> FloatArray:
        """Feasible plans near to any plans, (n_plans, n_channels) in and out; a feasible plan stays as it is.

        The nearest ones, unless these do not keep what is said of used channels and of blocks: which are used, and how
        many blocks are bought, is then a good choice, not always the best.

        Raises:
            InputError: the shape is another, or an amount is not finite.
        """
        wanted = np.require(money, np.float64, ["C", "W"])  # not frozen: see `jit`
        check_shape("money", wanted, (None, len(self.lower)), "(n_plans, n_channels)")
        check_finite("money", wanted)
        out = np.empty_like(wanted)
        if self.has_choices:
            in_chunks(lambda part: self._project_choices(wanted[part], out[part]), len(wanted))
        elif len(self.rows) > 0:
            in_chunks(lambda part: self._project_within_rules(wanted[part], out[part]), len(wanted))
        else:
            project(wanted, self.lower, self.upper, *self._totals, out)
        return out

    @property
    def _totals(self) -> tuple[float, float, float]:
        return self.budget_min, self.budget_max, self.share

    def _project_choices(self, wanted: FloatArray, out: FloatArray) -> None:
        n_channels = len(self.lower)
        rows = np.empty((0, n_channels)), np.empty(0), np.empty(0)
        if len(self.rows) > 0:
            rows = self.rows.with_total(*self._totals)
        choices = self.least_used, self.block, self.counts.members, self.counts.fewest, self.counts.most
        project_choices(wanted, (self.lower, self.upper, *self._totals), rows, choices, self.known, out)

    def _project_within_rules(self, wanted: FloatArray, out: FloatArray) -> None:
        rows = self.rows.with_total(*self._totals)
        project_rules(wanted, (self.lower, self.upper, *self._totals), rows, self.known, out)

    def held(self, plans: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The bounds within which each plan makes the same choices, two arrays (n_plans, n_channels)."""
        used, has_choice, in_blocks = plans > 0.0, self.least_used > 0.0, self.block > 0.0
        low = np.where(has_choice & used, self.least_used, self.lower)
        high = np.where(has_choice & ~used, 0.0, self.upper)
        return np.where(in_blocks, plans, low), np.where(in_blocks, plans, high)

    def using(self, used: BoolArray) -> FeasibleSet | None:
        """The plans that use exactly these channels, with only blocks left to choose; None if there are none.

        Args:
            used: (n_channels,); what it says of channels that have no choice does not count.
        """
        has_choice = self.least_used > 0.0
        if not self.counts.kept(np.where(has_choice, used, self.upper > 0.0)):
            return None
        lower = np.where(has_choice & used, self.least_used, self.lower)
        return self._between(lower, np.where(has_choice & ~used, 0.0, self.upper), self.block)

    def choosing_as(self, plan: FloatArray) -> FeasibleSet:
        """The plans that use the channels of a feasible one (n_channels,) and buy its blocks: no choice is left."""
        low, high = (ends[0] for ends in self.held(plan[None]))
        bought = [
            in_steps(round(money / step), step) if step else 0.0 for money, step in zip(plan, self.block, strict=True)
        ]
        low, high = (np.where(self.block > 0.0, bought, ends) for ends in (low, high))
        kept = self._between(low, high, np.zeros_like(self.block))
        assert kept is not None  # the plan is one of these
        return kept

    def _between(self, lower: FloatArray, upper: FloatArray, block: FloatArray) -> FeasibleSet | None:
        """The plans between bounds that settle which channels are used; None if their totals cannot be placed."""
        low, high = _placeable(lower, upper, *self._totals)
        if low > high:
            return None
        none = np.zeros_like(lower)
        return replace(
            self,
            lower=lower,
            upper=upper,
            budget_min=low,
            budget_max=high,
            min_if_used=none,
            least_used=none,
            block=block,
            counts=counts_of([], len(none)),
        )

    def _with_known(self) -> FeasibleSet:
        """The same plans, the known one without the tolerances of the programme that found it."""
        return replace(self, known=self.choosing_as(self.known).project(self.known[None])[0])

    def linear_constraints(self, unit: float) -> list[LinearConstraint]:
        """Total, rules, and the largest share where the total is free, over plans in units of so much money.

        As scipy takes them, equations apart from inequalities; elsewhere shares are upper bounds.
        """
        matrix, low, high = self.rows.with_total(*self._totals)
        parts = [rows for rows in (low == high, low < high) if rows.any()]
        return [LinearConstraint(matrix[rows], low[rows] / unit, high[rows] / unit) for rows in parts]

    def reordered(self, order: IntArray) -> FeasibleSet:
        """The same plans with their channels in another order; order (n_channels,) holds positions here."""
        return replace(
            self,
            lower=self.lower[order],
            upper=self.upper[order],
            min_if_used=self.min_if_used[order],
            least_used=self.least_used[order],
            block=self.block[order],
            counts=self.counts.reordered(order),
            rows=self.rows.reordered(order),
            known=self.known[order],
        )

    def rounded(self, plans: FloatArray, step: float) -> FloatArray:
        """Feasible plans in whole steps, as far as limits and total hold whole steps; (n_plans, n_channels)."""
        if step == 0.0:
            return plans
        return np.array([self._rounded(plan, step) for plan in plans]).reshape(plans.shape)

    def _rounded(self, plan: FloatArray, step: float) -> FloatArray:
        kept = self.choosing_as(plan)
        if len(self.rows) > 0:
            return self._rounded_within_rules(kept, plan, step)
        total = kept._whole_total(float(plan.sum()), step)
        # A new total moves the caps of the share: the plan is placed again under it before it is rounded.
        under_total = replace(kept, budget_min=total, budget_max=total)
        cap = np.minimum(kept.upper, self.share * total) if self.share < 1.0 else kept.upper
        return round_money(under_total.project(plan[None])[0], kept.lower, cap, total, step)

    def _rounded_within_rules(self, kept: FeasibleSet, plan: FloatArray, step: float) -> FloatArray:
        """Rules may hold no whole steps: then the plan keeps its fractions, if possible under a whole total."""
        for total in kept._totals_to_try(float(plan.sum()), step):
            cap = np.minimum(kept.upper, self.share * total) if self.share < 1.0 else kept.upper
            found = rounded_within(plan, kept.lower, cap, total, step, self.rows)
            if found is not None:
                return found
        total = kept._whole_total(float(plan.sum()), step)
        near = replace(kept, budget_min=total, budget_max=total).project(plan[None])[0]
        return near if keeps(near, self.rows, total) else plan

    def _totals_to_try(self, total: float, step: float) -> Iterator[float]:
        """The nearest whole total; one that is lower or higher by a step a channel, where limits that are no whole
        steps leave no room at that one; the plan's own.
        """
        room = len(self.lower) * step
        yield self._whole_total(total, step)
        if self.budget_min < self.budget_max:
            yield self._whole_total(total - room, step)
            yield self._whole_total(total + room, step)
        yield total

    def _whole_total(self, total: float, step: float) -> float:
        """The nearest whole number of steps among the totals that are allowed; a fixed budget stays as it is."""
        if self.budget_min == self.budget_max:
            return self.budget_max
        fewest, most = math.ceil(self.budget_min / step - 1e-9), math.floor(self.budget_max / step + 1e-9)
        if fewest > most:
            return total
        return min(max(in_steps(min(max(round(total / step), fewest), most), step), self.budget_min), self.budget_max)


def feasible_set(named: NamedLimits) -> FeasibleSet:
    """Box, totals, share, on/off channels and rules of a problem.

    Of the calendar's limits a plan without dates knows what every channel's periods hold, and what all of them do
    together; some plan of these is held by them.

    Raises:
        InputError: a limit needs a today that is not there, or lies beyond a table's end.
        InfeasibleError: no plan obeys all of them; names the smallest set that clashes, and what would do.
    """
    limits, budget, money, periods = named.limits, named.budget, named.money, named.periods
    box, messages = box_of(limits, budget, money, None if periods is None else periods.holds)
    found = a_plan(named)
    least_used = _with_counted(box, named.least_counted, blocks_of(limits, money.channels))
    most = budget.max if periods is None else max(min(budget.max, periods.holds_together), budget.min)
    low, high = _placeable(box.lower, box.upper, budget.min, most, limits.share or 1.0)
    feasible = FeasibleSet(
        lower=box.lower,
        upper=box.upper,
        budget_min=low,
        budget_max=high,
        share=1.0 if limits.share is None else limits.share,
        min_if_used=box.min_if_used,
        least_used=least_used,
        block=blocks_of(limits, money.channels),
        counts=counts_of(named.counts, len(money.channels)),
        rows=rows_of([*named.rules, *named.resources], len(money.channels)),
        known=np.where(found.used | ~named.on_off, found.plan, 0.0),
        messages=messages,
    )
    return feasible._with_known()


def _with_counted(box: Box, least: FloatArray, block: FloatArray) -> FloatArray:
    """What each channel gets at least that is used, 0 where that is no choice; in the box, in place, what is never
    enough to be counted is nothing, and a lower limit is enough.
    """
    least = np.where(least > 0.0, np.maximum(least, block), 0.0)
    box.upper[box.upper < least] = 0.0
    box.lower[:] = np.where(box.lower > 0.0, np.maximum(box.lower, np.minimum(least, box.upper)), 0.0)
    return np.where((box.lower == 0.0) & (box.upper > 0.0), np.maximum(least, box.min_if_used), 0.0)


def _placeable(
    lower: FloatArray, upper: FloatArray, budget_min: float, budget_max: float, share: float
) -> tuple[float, float]:
    """From where to where totals can be placed, as far as the programme can tell that none can."""
    low, high = placeable_totals(lower, upper, budget_min, budget_max, share)
    if high < low <= high * (1.0 + _SOLVED):
        low = high = min(low, budget_max)
    return low, high
