"""Whether any plan keeps a set of limits, and how far one must be eased: linear and mixed-integer programmes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint

from moo_budget._checks import BoolArray, FloatArray
from moo_budget._highs import integer_programme

# The largest total as the programmes see it: the solver's tolerances are absolute, 1e-7.
_LARGEST_TOTAL = 1e4


@dataclass(frozen=True, eq=False)
class Limit:
    """One limit as rows over what every channel gets, whether it is used, and how many blocks are bought.

    low - give <= money @ plan + use @ used + block @ blocks <= high + give, where the limit is eased by `give` times an
    amount of money.

    Args:
        line: the limit in the planner's words, with its place.
        advice: eased by so much money, with a plan (n_channels,) that it then allows -> what to do, in words.
        money: (n_rows, n_channels).
        use: the same shape.
        block: the same shape.
        low: (n_rows,).
        high: (n_rows,).
        give: (n_rows,).
        again: the same limit with another number, where that is no money; None where it is.
        moving: the same limit while the budget is eased, where it follows the total; None where it does not.
    """

    line: str
    advice: Callable[[float, FloatArray], str]
    money: FloatArray
    use: FloatArray
    block: FloatArray
    low: FloatArray
    high: FloatArray
    give: FloatArray
    again: Callable[[float], Limit] | None = None
    moving: Limit | None = None


@dataclass(frozen=True, eq=False)
class Eased:
    """A plan that keeps all limits once each is eased by an amount of money (n_limits,).

    The plan, which channels it uses and how many blocks it buys are arrays (n_channels,).
    """

    plan: FloatArray
    used: BoolArray
    blocks: FloatArray
    by: FloatArray


@dataclass(frozen=True, eq=False)
class Programme:
    """What no limit can change: a channel gets from nothing to its table's end, and one that is not used nothing.

    Args:
        table_end: (n_channels,), currency for the whole plan.
        on_off: (n_channels,), channels for which it matters whether they are used.
        least: (n_channels,), currency, what a channel gets at least that counts as used.
        step: (n_channels,), currency, for what is bought in blocks; 0 for what is not.
        budget: the largest total, for the scale.
    """

    table_end: FloatArray
    on_off: BoolArray
    least: FloatArray
    step: FloatArray
    budget: float

    def can(self, limits: Sequence[Limit]) -> bool:
        """Whether some plan keeps all limits."""
        return self.eased(limits, []) is not None

    def eased(self, limits: Sequence[Limit], which: Sequence[int]) -> Eased | None:
        """The plan for which the limits in `which` are eased by the least money in all; None where there is none."""
        refuted: list[BoolArray] = []
        while True:
            found = self._solved(limits, which, refuted, None)
            if found is None or not (self.on_off.any() or self.step.any()):
                return found
            # The solver's idea of a whole number has a tolerance: the choice is fixed and solved once more.
            fixed = self._solved(limits, which, [], found)
            if fixed is not None:
                return fixed
            if not self.on_off.any():
                return found
            refuted.append(found.used)

    def _solved(
        self, limits: Sequence[Limit], which: Sequence[int], refuted: Sequence[BoolArray], fixed: Eased | None
    ) -> Eased | None:
        n_channels, n_eased, on_off = len(self.table_end), len(which), self.on_off
        unit = self.budget / _LARGEST_TOTAL or 1.0
        end = self._most([limit for i, limit in enumerate(limits) if i not in which]) / unit
        rows = [self._row(limit, unit, [i == k for k in which]) for i, limit in enumerate(limits)]
        each, nothing = np.eye(n_channels)[on_off], np.zeros((on_off.sum(), n_channels + n_eased))
        rows.append(LinearConstraint(np.hstack([each, -np.diag(end)[on_off], nothing]), -np.inf, 0.0))
        rows.append(LinearConstraint(np.hstack([each, -np.diag(self.least / unit)[on_off], nothing]), 0.0, np.inf))
        for other in refuted:
            sign = np.where(on_off, np.where(other, -1.0, 1.0), 0.0)
            row = np.concatenate([np.zeros(n_channels), sign, np.zeros(n_channels + n_eased)])
            rows.append(LinearConstraint(row[None], 1.0 - np.sum(other & on_off), np.inf))
        blocks = np.divide(end * unit, self.step, out=np.zeros(n_channels), where=self.step > 0.0) + 1.0
        least = np.zeros(2 * n_channels) if fixed is None else np.concatenate([fixed.used, fixed.blocks])
        most = np.concatenate([np.ones(n_channels), blocks]) if fixed is None else least
        whole = np.concatenate([on_off, self.step > 0.0]) & (fixed is None)
        solved = integer_programme(
            np.concatenate([np.zeros(3 * n_channels), np.ones(n_eased)]),
            integrality=np.concatenate([np.zeros(n_channels), whole, np.zeros(n_eased)]),
            bounds=Bounds(
                np.concatenate([np.zeros(n_channels), least, np.zeros(n_eased)]),
                np.concatenate([end, most, np.full(n_eased, np.inf)]),
            ),
            constraints=[row for row in rows if row.A.shape[0]],
            options={"mip_rel_gap": 0.0},
        )
        if solved.x is None:
            return None
        plan, use, bought, by = np.split(solved.x, n_channels * np.arange(1, 4))
        return Eased(plan * unit, use > 0.5, np.round(bought), by * unit)

    def _most(self, limits: Sequence[Limit]) -> FloatArray:
        """What each channel gets at most, as rows without minus signs tell; tight, so that little of it is not nothing.

        The solver takes a millionth for no channel: of an end far beyond a channel's limits that is money.
        """
        most = np.minimum(self.table_end, 1e3 * self.budget)
        for limit in limits:
            is_money = ~(limit.use.any(axis=1) | limit.block.any(axis=1))
            plain = is_money & (limit.money >= 0.0).all(axis=1) & (limit.high >= 0.0)
            for row, high in zip(limit.money[plain], limit.high[plain], strict=True):
                most[row > 0.0] = np.minimum(most[row > 0.0], high / row[row > 0.0])
        return most

    def _row(self, limit: Limit, unit: float, eased: Sequence[bool]) -> LinearConstraint:
        """Rows of a limit, twice where it is eased: from below and from above."""
        rows = np.hstack([limit.money, limit.use / unit, limit.block / unit])
        low, high = limit.low / unit, limit.high / unit
        if not any(eased):
            return LinearConstraint(np.hstack([rows, np.zeros((len(rows), len(eased)))]), low, high)
        give = np.outer(limit.give, np.array(eased, dtype=float))
        nothing = np.full(len(low), np.inf)
        return LinearConstraint(
            np.vstack([np.hstack([rows, give]), np.hstack([rows, -give])]),
            np.concatenate([low, -nothing]),
            np.concatenate([nothing, high]),
        )
