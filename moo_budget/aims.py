"""What a plan is wanted for: a function of its goals that is to be as low as can be.

Weighted sums find what is best for some weighting. An aspiration also finds what is best for none, inside a dent of the
front, and it answers the question a person asks: this much awareness, that little risk, what is nearest to it?
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np

from moo_budget._checks import BoolArray, FloatArray

_AUGMENTATION = 1e-3  # of the sum of all goals beside the largest miss: rules out plans that others equal or beat
_NO_RANGE = 1e-9  # of a goal's size: a smaller range is rounding


def goal_scale(goals: FloatArray) -> FloatArray:
    """What counts as one in each goal, (n_goals,): its range over rows, its size where it has none, else 1."""
    span, size = np.ptp(goals, axis=0), np.abs(goals).max(axis=0)
    scale: FloatArray = np.where(span > _NO_RANGE * size, span, np.where(size > 0.0, size, 1.0))
    return scale


class Aim(Protocol):
    """A function of the goals of each plan; goals are (n_plans, n_goals), minimised."""

    def value(self, goals: FloatArray) -> FloatArray:
        """(n_plans,), which is to be low."""

    def slope(self, goals: FloatArray) -> FloatArray:
        """(n_plans, n_goals), of the value by each goal."""

    def bend(self, goals: FloatArray) -> FloatArray | None:
        """(n_plans, n_goals), no less than the slope changes with each goal; None: it never changes."""

    def of_rows(self, rows: BoolArray) -> Self:
        """For some of the plans, (n_plans,)."""


@dataclass(frozen=True, eq=False)
class WeightedSum:
    """The sum of the goals, weighted.

    Args:
        weights: (n_plans, n_goals), 0 or more, per unit of each goal.
    """

    weights: FloatArray

    def value(self, goals: FloatArray) -> FloatArray:
        """The sum."""
        # No matrix product: its last bits depend on how many rows stand beside a row.
        value: FloatArray = (goals * self.weights).sum(axis=1)
        return value

    def slope(self, goals: FloatArray) -> FloatArray:
        """The weights."""
        return self.weights

    def bend(self, goals: FloatArray) -> None:
        """A sum is straight."""

    def of_rows(self, rows: BoolArray) -> WeightedSum:
        """With their weights."""
        return WeightedSum(self.weights[rows])


@dataclass(frozen=True, eq=False)
class Aspiration:
    """The largest miss of what some goals aspire to, while others are kept (Wierzbicki 1982, augmented).

    All goals balanced: the augmented Chebyshev distance. One balanced, the others kept: an epsilon-constraint. Both
    have kinks, which the method of multipliers (Rockafellar 1973) takes away: `value` is smooth, and minimising it
    with `updated` multipliers, again and again, leads to the minimum of what is meant. Unlike a weighted sum it is
    also low inside dents.

    Args:
        asked: (n_goals,) or (n_plans, n_goals), what each goal should be.
        scale: (n_goals,), what counts as one in each.
        balanced: (n_goals,), goals of which the largest miss is to be small.
        kept: (n_goals,), goals that must not miss. Goals that are neither only count in the augmentation.
        multipliers: (n_plans, n_goals) or one row for all, how much the last minimum was pressed by each goal.
        stiffness: how fast pressure grows with a miss, per scale.
        weights: (n_plans, n_goals) or one row for all, what a miss of each goal counts beside the largest, 0 or more.
            With nothing balanced this is a weighted sum within what is kept.
    """

    asked: FloatArray
    scale: FloatArray
    balanced: BoolArray
    kept: BoolArray
    multipliers: FloatArray
    stiffness: float
    weights: FloatArray

    @classmethod
    def of(
        cls,
        asked: FloatArray,
        scale: FloatArray,
        balanced: BoolArray,
        kept: BoolArray,
        stiffness: float,
        *,
        n_rules: int = 0,
    ) -> Aspiration:
        """With as much pressure on every goal that is balanced, and none on the others; arrays (n_goals,).

        The last `n_rules` of the goals are rules, of which it does not count by how much they are kept.
        """
        pressure = balanced / max(int(balanced.sum()), 1)
        beside = np.where(np.arange(len(asked)) < len(asked) - n_rules, _AUGMENTATION, 0.0)
        return cls(asked, scale, balanced, kept, pressure[None], stiffness, beside[None])

    def of_rows(self, rows: BoolArray) -> Aspiration:
        """For some of the plans, (n_plans,); what is said for all at once stays."""
        by_plan = len(rows), len(self.scale)
        parts = {name: getattr(self, name) for name in ("asked", "multipliers", "weights")}
        return replace(self, **{name: part[rows] for name, part in parts.items() if part.shape == by_plan})

    def updated(self, goals: FloatArray) -> Aspiration:
        """Pressed as these goals say."""
        return replace(self, multipliers=self._pressure(self._misses(goals)))

    def value(self, goals: FloatArray) -> FloatArray:
        """The augmented Lagrangian, per scale."""
        misses = self._misses(goals)
        pressure = self._pressure(misses)
        moved = ((pressure - self.multipliers) ** 2).sum(axis=1) / (2.0 * self.stiffness)
        value: FloatArray = (pressure * misses).sum(axis=1) - moved + (self.weights * misses).sum(axis=1)
        return value

    def slope(self, goals: FloatArray) -> FloatArray:
        """The pressure of each goal, per its unit."""
        slope: FloatArray = (self._pressure(self._misses(goals)) + self.weights) / self.scale
        return slope

    def bend(self, goals: FloatArray) -> FloatArray:
        """The stiffness of the goals that press."""
        bend: FloatArray = self.stiffness * (self._pressure(self._misses(goals)) > 0.0) / self.scale**2
        return bend

    def meant(self, goals: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What the smooth value stands for, two arrays (n_plans,).

        The largest miss of the goals that are kept, 0 or more; and the largest of the balanced ones with what others
        count, which is below 0 where all are better than asked.
        """
        misses = self._misses(goals)
        largest = misses[:, self.balanced].max(axis=1) if self.balanced.any() else np.zeros(len(misses))
        return np.max(misses, axis=1, where=self.kept, initial=0.0), largest + (self.weights * misses).sum(axis=1)

    def _misses(self, goals: FloatArray) -> FloatArray:
        misses: FloatArray = (goals - self.asked) / self.scale
        return misses

    def _pressure(self, misses: FloatArray) -> FloatArray:
        """Multipliers that make the value largest: on the simplex of the balanced goals, 0 or more where kept."""
        wanted = self.multipliers + self.stiffness * misses
        pressure = np.where(self.kept, np.maximum(wanted, 0.0), 0.0)
        if self.balanced.any():
            pressure[:, self.balanced] = _on_simplex(wanted[:, self.balanced])
        return pressure


def _on_simplex(rows: FloatArray) -> FloatArray:
    """The nearest rows that are 0 or more and sum to 1 (Held, Wolfe and Crowder 1974)."""
    falling = -np.sort(-rows, axis=1)
    excess = (falling.cumsum(axis=1) - 1.0) / np.arange(1, rows.shape[1] + 1)
    last = (falling > excess).sum(axis=1) - 1
    nearest: FloatArray = np.maximum(rows - excess[np.arange(len(rows)), last][:, None], 0.0)
    return nearest
