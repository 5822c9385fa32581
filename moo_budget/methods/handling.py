"""How methods that know no limits are made to keep them: three ways to give any point of the cube a value.

All three lean on the projection onto the feasible set, and so know every limit that it knows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.methods.one_goal import OneGoal

_PENALTY, _DEARER = 3.0, 10.0  # goal's scale by the whole money; from round to round
_STIFFNESS, _STIFFER = 10.0, 4.0  # goal's scale by the square of the whole money; from round to round


class Handling(Protocol):
    """Values for points of the cube, in rounds that begin where the last one ended.

    Args:
        asked: the goal.
    """

    n_rounds: int

    def __init__(self, asked: OneGoal) -> None: ...

    def values(self, points: FloatArray) -> FloatArray:
        """What is to be low; points (n_points, n_channels) -> (n_points,), in scales of the goal."""

    def settle(self) -> None:
        """End a round: its best point becomes a feasible plan."""


class Projection:
    """Every point stands for the nearest plan that the limits allow."""

    n_rounds = 1

    def __init__(self, asked: OneGoal) -> None:
        self._asked = asked

    def values(self, points: FloatArray) -> FloatArray:
        """The goal of the nearest plan."""
        asked = self._asked
        return asked.measured(asked.problem.project_sorted(asked.plans(points))) / asked.unit

    def settle(self) -> None:
        """All plans were feasible."""


class _Priced:
    """A round's best point, whatever a way out of the feasible set is priced at."""

    def __init__(self, asked: OneGoal) -> None:
        self._asked = asked
        self._forget()

    def _forget(self) -> None:
        self._lowest, self._plan = np.inf, self._asked.best

    def _noted(self, plans: FloatArray, values: FloatArray) -> FloatArray:
        row = int(np.argmin(values))
        if values[row] < self._lowest:
            self._lowest, self._plan = float(values[row]), plans[row]
        return values

    def _end_round(self) -> None:
        self._asked.measured(self._asked.problem.project_sorted(self._plan[None]))
        self._forget()


class Penalty(_Priced):
    """The goal and a price for the distance from the feasible set, dearer in every round.

    The distance itself, not its square, so that a price that is high enough is exact (Clarke 1983, Proposition 2.4.3).
    """

    n_rounds = 3

    def __init__(self, asked: OneGoal) -> None:
        super().__init__(asked)
        self._price = _PENALTY

    def values(self, points: FloatArray) -> FloatArray:
        """The goal and the price."""
        asked = self._asked
        plans = asked.plans(points)
        away = np.linalg.norm(plans - asked.problem.project_sorted(plans), axis=1) / asked.money
        return self._noted(plans, asked.values(plans) / asked.unit + self._price * away)

    def settle(self) -> None:
        """The nearest plan to the best point."""
        self._end_round()
        self._price *= _DEARER


class AugmentedLagrangian(_Priced):
    """The goal and half the squared distance of a shifted point, the shift learned from round to round.

    Source: the method of multipliers for plans within a set (Rockafellar 1976; Jia, Kanzow, Mehlitz and Wachsmuth
    2023): multipliers are what the projection takes away from the shifted point.
    """

    n_rounds = 4

    def __init__(self, asked: OneGoal) -> None:
        super().__init__(asked)
        self._multipliers = np.zeros(asked.starts.shape[1])
        self._stiffness = _STIFFNESS

    def values(self, points: FloatArray) -> FloatArray:
        """The augmented Lagrangian."""
        asked = self._asked
        plans = asked.plans(points)
        squared = (self._taken_away(plans) ** 2).sum(axis=1)
        return self._noted(plans, asked.values(plans) / asked.unit + 0.5 * self._stiffness * squared)

    def _taken_away(self, plans: FloatArray) -> FloatArray:
        """By the projection from the shifted plans, in whole moneys."""
        asked = self._asked
        shifted = plans + asked.money * self._multipliers / self._stiffness
        taken: FloatArray = (shifted - asked.problem.project_sorted(shifted)) / asked.money
        return taken

    def settle(self) -> None:
        """The nearest plan to the best point; it presses in the next round."""
        self._multipliers = self._stiffness * self._taken_away(self._plan[None])[0]
        self._end_round()
        self._stiffness *= _STIFFER


HANDLING: dict[str, Callable[[OneGoal], Handling]] = {
    "projection": Projection,
    "penalty": Penalty,
    "augmented_lagrangian": AugmentedLagrangian,
}
