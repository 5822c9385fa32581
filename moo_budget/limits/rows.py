"""Money rules and resources as arrays for the kernels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray, IntArray, frozen
from moo_budget.limits.resources import Resource
from moo_budget.limits.rules import Rule

KernelRows = tuple[FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rules low <= matrix @ plan <= high, each row of length 1.

    Args:
        matrix: (n_rules, n_channels).
        low: (n_rules,), currency; minus infinity for none.
        high: (n_rules,), infinity for none; equal to `low` in an equation.
    """

    matrix: FloatArray
    low: FloatArray
    high: FloatArray

    def __post_init__(self) -> None:
        for name in ("matrix", "low", "high"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def __len__(self) -> int:
        return len(self.low)

    def reordered(self, order: IntArray) -> Rows:
        """The same rules over channels in another order; order (n_channels,) holds positions here.

        The rules themselves are sorted by what they say: in which order they were written changes no bit of a plan.
        """
        said = np.column_stack([self.matrix[:, order], self.low, self.high])
        matrix, low, high = np.split(
            np.array(sorted(said.tolist())).reshape(said.shape), [len(order), len(order) + 1], axis=1
        )
        return Rows(matrix, low[:, 0], high[:, 0])

    def tightened(self, margin: FloatArray) -> Rows:
        """Inequalities with so much room (n_rules,), as far as there is room; equations as they are."""
        room = np.where(self.low < self.high, np.minimum(margin, 0.5 * (self.high - self.low)), 0.0)
        return Rows(self.matrix, self.low + room, self.high - room)

    def with_total(self, budget_min: float, budget_max: float, share: float = 1.0) -> KernelRows:
        """The rules and the total as the kernels take them; the share too, where it binds and the total is free."""
        n_channels = self.matrix.shape[1]
        ones = np.ones((1, n_channels))
        matrix, low, high = [ones, self.matrix], [np.array([budget_min]), self.low], [np.array([budget_max]), self.high]
        if share < 1.0 and budget_min < budget_max:
            matrix.append(np.eye(n_channels) - share)
            low.append(np.full(n_channels, -np.inf))
            high.append(np.zeros(n_channels))
        rows, length = np.vstack(matrix), np.linalg.norm(np.vstack(matrix), axis=1)
        return rows / length[:, None], np.concatenate(low) / length, np.concatenate(high) / length


def rows_of(rules: Sequence[Rule | Resource], n_channels: int) -> Rows:
    """The rows of rules and resources, brought to length 1."""
    matrix = np.array([rule.coefficients for rule in rules]).reshape(len(rules), n_channels)
    length = np.array([math.sqrt(math.fsum(row**2)) for row in matrix])  # the same in whatever order channels stand
    low, high = (np.array([getattr(rule, side) for rule in rules]) for side in ("low", "high"))
    return Rows(matrix / length[:, None], low / length, high / length)
