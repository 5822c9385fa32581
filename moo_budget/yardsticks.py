"""What plans are measured by beside themselves: the reference plan, and the most that was ever spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.plan_tables import PlanTables

# Sums over channels of money alone: moved away from the reference plan, beyond what was ever spent, and squares.
MoneySum = Literal["moved", "beyond", "squares"]


class Reference:
    """A plan that others are compared with.

    Args:
        tables: curves of the whole plan.
        spend: (n_channels,), currency for the whole plan, channels in the order of the tables.
    """

    def __init__(self, tables: PlanTables, spend: FloatArray) -> None:
        self.spend = spend
        self._tables = tables
        self._responses: dict[int, FloatArray] = {}

    def responses(self, outcome: int) -> FloatArray:
        """Its responses under every draw, (n_channels, n_draws)."""
        if outcome not in self._responses:
            self._responses[outcome] = self._tables.responses(outcome, self.spend)
        return self._responses[outcome]


@dataclass(frozen=True, eq=False)
class Yardsticks:
    """What plans are measured by beside themselves; channels in the order of the tables.

    Args:
        reference_plan: that others are compared with; None: there is none.
        seen: (n_channels,), the most that was ever spent at once, as money of the whole plan; inf where nobody knows.
    """

    reference_plan: Reference | None
    seen: FloatArray

    @property
    def reference(self) -> Reference:
        """The plan that others are compared with; goals that need it are refused where there is none."""
        assert self.reference_plan is not None
        return self.reference_plan

    def kink(self, name: MoneySum) -> FloatArray:
        """(n_channels,), currency: where a sum that has kinks has them."""
        return self.reference.spend if name == "moved" else self.seen

    def money_sum(self, name: MoneySum, money: FloatArray) -> FloatArray:
        """What each channel adds to a sum; currency for the whole plan, (..., n_channels) in and out."""
        if name == "moved":
            added: FloatArray = 0.5 * np.abs(money - self.kink(name))
        elif name == "beyond":
            added = np.maximum(money - self.kink(name), 0.0)
        else:
            added = money**2
        return added
