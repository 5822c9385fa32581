"""All plans that the limits allow, as arrays for the search."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray, check_finite, check_known, check_shape, frozen
from moo_budget._threads import in_chunks
from moo_budget.errors import Message
from moo_budget.kernels.budget import placeable_totals, project, project_on_off
from moo_budget.kernels.rules import project_rules, project_rules_on_off
from moo_budget.limits.box import Box, box_of
from moo_budget.limits.contradiction import a_plan
from moo_budget.limits.money import Money
from moo_budget.limits.named import NamedLimits
from moo_budget.limits.resources import read_resources
from moo_budget.limits.rounded import rounded_within
from moo_budget.limits.rows import Rows, rows_of
from moo_budget.limits.rules import Rule
from moo_budget.rounding import round_money
from moo_budget.spec import BudgetRange, LimitsSpec, in_steps
from moo_budget.spec.source import SourceText


@dataclass(frozen=True, eq=False)
class FeasibleSet:
    """All plans x with lower <= x <= upper, budget_min <= sum x <= budget_max, x <= share * sum x, and rules.

    A channel with `min_if_used` m above 0 is an on/off channel: x = 0 or m <= x <= upper; its `lower` is 0. Without
    such channels and without rules every total in [budget_min, budget_max] can be placed; with them some total can.

    Args:
        lower: (n_channels,), currency for the whole plan, as all money here.
        upper: (n_channels,).
        budget_min: least total.
        budget_max: largest total.
        share: largest share of a channel in its plan's total; 1 does not bind.
        min_if_used: (n_channels,); 0 where nothing is no exception.
        known_used: (n_channels,), a choice of used channels with which some total can be placed.
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
    known_used: BoolArray
    rows: Rows
    known: FloatArray
    messages: tuple[Message, ...]

    def __post_init__(self) -> None:
        for name in ("lower", "upper", "min_if_used", "known"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        known_used = self.known_used.copy()
        known_used.flags.writeable = False
        object.__setattr__(self, "known_used", known_used)

    @property
    def has_on_off(self) -> bool:
        """Whether any channel gets nothing or at least its minimum."""
        return bool(self.min_if_used.any())

    def project(self, money: FloatArray) -> FloatArray:
        """Feasible plans near to any plans, (n_plans, n_channels) in and out; a feasible plan stays as it is.

        The nearest ones, unless an on/off channel stands between nothing and its minimum there: which of these are used
        is then a good choice, not always the best.

        Raises:
            InputError: the shape is another, or an amount is not finite.
        """
        wanted = np.ascontiguousarray(money, dtype=float)
        check_shape("money", wanted, (None, len(self.lower)), "(n_plans, n_channels)")
        check_finite("money", wanted)
        out = np.empty_like(wanted)
        if len(self.rows) > 0:
            self._project_within_rules(wanted, out)
        elif self.has_on_off:
            limits = (self.lower, self.upper, self.min_if_used, self.budget_min, self.budget_max, self.share)
            project_on_off(wanted, limits, self.known_used, out)
        else:
            project(wanted, self.lower, self.upper, self.budget_min, self.budget_max, self.share, out)
        return out

    def _project_within_rules(self, wanted: FloatArray, out: FloatArray) -> None:
        totals = self.budget_min, self.budget_max, self.share
        rows = self.rows.with_total(*totals)

        def work(part: slice) -> None:
            if self.has_on_off:
                limits = (self.lower, self.upper, self.min_if_used, *totals)
                project_rules_on_off(wanted[part], limits, rows, self.known, out[part])
            else:
                project_rules(wanted[part], (self.lower, self.upper, *totals), rows, self.known, out[part])

        in_chunks(work, len(wanted))

    def using(self, used: BoolArray) -> FeasibleSet | None:
        """The plans that use exactly these on/off channels, with no on/off left; None if there are none.

        Args:
            used: (n_channels,); what it says of other channels does not count.
        """
        if not self.has_on_off:
            return self
        box = Box(self.lower, self.upper, self.min_if_used).using(used)
        low, high = placeable_totals(box.lower, box.upper, self.budget_min, self.budget_max, self.share)
        if low > high:
            return None
        return replace(
            self, lower=box.lower, upper=box.upper, min_if_used=box.min_if_used, budget_min=low, budget_max=high
        )

    def _with_known(self) -> FeasibleSet:
        """The same plans, the known one without the tolerances of the programme that found it."""
        kept = self.using(self.known_used)
        assert kept is not None  # the programme has used these
        return replace(self, known=kept.project(self.known[None])[0])

    def reordered(self, order: IntArray) -> FeasibleSet:
        """The same plans with their channels in another order; order (n_channels,) holds positions here."""
        return replace(
            self,
            lower=self.lower[order],
            upper=self.upper[order],
            min_if_used=self.min_if_used[order],
            known_used=self.known_used[order],
            rows=self.rows.reordered(order),
            known=self.known[order],
        )

    def rounded(self, plans: FloatArray, step: float) -> FloatArray:
        """Feasible plans in whole steps, as far as limits and total hold whole steps; (n_plans, n_channels)."""
        if step == 0.0:
            return plans
        return np.array([self._rounded(plan, step) for plan in plans]).reshape(plans.shape)

    def _rounded(self, plan: FloatArray, step: float) -> FloatArray:
        kept = self.using(plan > 0.0)
        assert kept is not None  # the plan is one of these
        if len(self.rows) > 0:
            return self._rounded_within_rules(kept, plan, step)
        total = kept._whole_total(float(plan.sum()), step)
        # A new total moves the caps of the share: the plan is placed again under it before it is rounded.
        under_total = replace(kept, budget_min=total, budget_max=total)
        cap = np.minimum(kept.upper, self.share * total) if self.share < 1.0 else kept.upper
        return round_money(under_total.project(plan[None])[0], kept.lower, cap, total, step)

    def _rounded_within_rules(self, kept: FeasibleSet, plan: FloatArray, step: float) -> FloatArray:
        """Rules may hold no whole total: then the plan keeps its own."""
        for total in (kept._whole_total(float(plan.sum()), step), float(plan.sum())):
            cap = np.minimum(kept.upper, self.share * total) if self.share < 1.0 else kept.upper
            found = rounded_within(plan, kept.lower, cap, total, step, self.rows)
            if found is not None:
                return found
        return plan

    def _whole_total(self, total: float, step: float) -> float:
        """The nearest whole number of steps among the totals that are allowed; a fixed budget stays as it is."""
        if self.budget_min == self.budget_max:
            return self.budget_max
        fewest, most = math.ceil(self.budget_min / step - 1e-9), math.floor(self.budget_max / step + 1e-9)
        if fewest > most:
            return total
        return min(max(in_steps(min(max(round(total / step), fewest), most), step), self.budget_min), self.budget_max)


def feasible_set(
    limits: LimitsSpec,
    budget: BudgetRange,
    money: Money,
    rules: Sequence[Rule] = (),
    source: SourceText | None = None,
) -> FeasibleSet:
    """Box, totals, share, on/off channels and rules of a problem.

    Args:
        limits: as in the problem file.
        budget: lowest and highest total.
        money: what the limits are about.
        rules: the money rules, read.
        source: the file, for places.

    Raises:
        InputError: a limit names an unknown channel, needs a today that is not there, or lies beyond a table's end.
        InfeasibleError: no plan obeys all of them; names the smallest set that clashes, and what would do.
    """
    for name in limits.channel:
        check_known("channel", name, money.channels, "limits.channel")
    box, messages = box_of(limits, budget, money)
    resources = read_resources(limits.resource, money.channels, source)
    found = a_plan(NamedLimits(limits, budget, money, rules, resources, source))
    low, high = _totals(box, limits, budget)
    feasible = FeasibleSet(
        lower=box.lower,
        upper=box.upper,
        budget_min=low,
        budget_max=high,
        share=1.0 if limits.share is None else limits.share,
        min_if_used=box.min_if_used,
        known_used=found.used,
        rows=rows_of([*rules, *resources], len(money.channels)),
        known=found.plan,
        messages=messages,
    )
    return feasible._with_known()


def _totals(box: Box, limits: LimitsSpec, budget: BudgetRange) -> tuple[float, float]:
    """From where to where totals can be placed within the budget; some can, up to rounding, or there were no plan."""
    low, high = placeable_totals(box.lower, box.upper, budget.min, budget.max, limits.share or 1.0)
    return (low, high) if low <= high else (min(low, budget.max), min(low, budget.max))
