"""Whether any plan keeps a set of limits, and how far one must be eased: linear and mixed-integer programmes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.optimize import Bounds, LinearConstraint
from scipy.sparse import csr_array

from moo_budget._checks import BoolArray, FloatArray, IntArray
from moo_budget._highs import integer_programme
from moo_budget.spec import LimitsSpec

# The largest total as the programmes see it: the solver's tolerances are absolute, 1e-7.
_LARGEST_TOTAL = 1e4

Advice = Callable[[float, FloatArray], str]
Amended = Callable[["Eased"], Iterator[tuple[str, LimitsSpec]]]


@dataclass(frozen=True, eq=False)
class Kinds:
    """The periods of a plan, those taken together in which the same channels can run.

    What periods of one kind hold, they also hold spread evenly over them; so the unknowns of a programme are what each
    channel gets in each kind, (n_kinds, n_channels) one kind after the other, and then how far each channel is let run
    in its blackouts, (n_channels,), both currency.

    Args:
        counts: (n_kinds,), how many periods there are.
        blackout: (n_kinds, n_channels).
        too_short: (n_kinds, n_channels), between blackouts that leave less room than a burst needs.
        kind_of: (n_periods,).
    """

    counts: FloatArray
    blackout: BoolArray
    too_short: BoolArray
    kind_of: IntArray

    def row(self, c: int, kinds: BoolArray) -> FloatArray:
        """What a channel gets in some kinds (n_kinds,) together, over the unknowns."""
        money = np.zeros(self.blackout.shape)
        money[kinds, c] = 1.0
        return np.append(money.ravel(), np.zeros(self.blackout.shape[1]))

    def reopened(self, c: int) -> FloatArray:
        """How far a channel is let run in its blackouts, over the unknowns."""
        return np.append(np.zeros(self.blackout.size), np.eye(self.blackout.shape[1])[c])

    @property
    def totals(self) -> FloatArray:
        """What every channel gets in all periods, (n_channels, n_unknowns); without periods (0, 0)."""
        if len(self.counts) == 0:
            return np.empty((0, 0))
        everywhere = np.ones(len(self.counts), dtype=bool)
        return np.array([self.row(c, everywhere) for c in range(self.blackout.shape[1])])

    def most(self, table_end: FloatArray) -> FloatArray:
        """The upper ends of the unknowns, for tables that end there, (n_channels,), for the whole plan."""
        if len(self.counts) == 0:
            return np.empty(0)
        cells = np.outer(self.counts / self.counts.sum(), table_end)
        return np.append(cells.ravel(), np.full_like(table_end, np.inf))

    def per_period(self, unknowns: FloatArray) -> FloatArray:
        """Money of every channel in one period of each kind, (n_kinds, n_channels)."""
        cells = unknowns[: self.blackout.size].reshape(self.blackout.shape)
        return cells / self.counts[:, None]


def no_kinds(n_channels: int) -> Kinds:
    """Of limits that do not ask when."""
    none = np.empty((0, n_channels), dtype=bool)
    return Kinds(np.empty(0), none, none, np.empty(0, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows of a programme, nearly all zeros, and their ends.

    Args:
        amounts: (n_amounts,), those that are not 0, row by row.
        columns: (n_amounts,), where they stand.
        sizes: (n_rows,), how many each row has.
        low: (n_rows,).
        high: (n_rows,).
    """

    amounts: FloatArray
    columns: IntArray
    sizes: IntArray
    low: FloatArray
    high: FloatArray

    def over(self, width: int) -> FloatArray:
        """With their zeros, (n_rows, width)."""
        rows = np.zeros((len(self.sizes), width))
        rows[np.repeat(np.arange(len(self.sizes)), self.sizes), self.columns] = self.amounts
        return rows


@dataclass(frozen=True, eq=False)
class Limit:
    """One limit as rows over what every channel gets, whether it is used, how many blocks are bought, and when.

    low - give <= money @ plan + use @ used + block @ blocks + placed @ per_period <= high + give, where the limit is
    eased by `give` times an amount of money.

    Args:
        line: the limit in the planner's words, with its place.
        advice: eased by so much money, with a plan (n_channels,) that it then allows -> what to do, in words.
        money: (n_rows, n_channels).
        use: the same shape.
        block: the same shape.
        low: (n_rows,).
        high: (n_rows,).
        give: (n_rows,).
        placed: (n_rows, n_unknowns), of `Kinds`; None: the limit does not ask when.
        again: the same limit with another number, where that is no money; None where it is.
        amended: for what is neither money nor another number: eased -> ever milder limits of the problem, in words.
        moving: the same limit while the budget is eased, where it follows the total; None where it does not.
        is_firm: whether it is eased together with others only where nothing else will do.
    """

    line: str
    advice: Advice
    money: FloatArray
    use: FloatArray
    block: FloatArray
    low: FloatArray
    high: FloatArray
    give: FloatArray
    placed: FloatArray | None = None
    again: Callable[[float], Limit] | None = None
    amended: Amended | None = None
    moving: Limit | None = None
    is_firm: bool = False

    @cached_property
    def rows(self) -> _Rows:
        """Over plan, used, blocks and, where the limit asks when, per period.

        Kept, because a contradiction takes a hundred programmes of the same limits.
        """
        parts = [self.money, self.use, self.block]
        return _between(np.hstack(parts if self.placed is None else [*parts, self.placed]), self.low, self.high)


def limit_of(
    line: str,
    advice: Advice,
    money: FloatArray,
    low: FloatArray | float,
    high: FloatArray | float,
    use: FloatArray | None = None,
) -> Limit:
    """A limit about money, and perhaps about which channels are used; each row is eased by money."""
    n_rows = len(money)
    return Limit(
        line=line,
        advice=advice,
        money=money,
        use=np.zeros_like(money) if use is None else use,
        block=np.zeros_like(money),
        low=np.broadcast_to(low, n_rows).astype(float),
        high=np.broadcast_to(high, n_rows).astype(float),
        give=np.ones(n_rows),
    )


@dataclass(frozen=True, eq=False)
class Eased:
    """A plan that keeps all limits once each is eased by an amount of money (n_limits,).

    The plan, which channels it uses and how many blocks it buys are arrays (n_channels,); `per_kind` (n_kinds,
    n_channels) is its money in one period of each kind, without limits per period (0, n_channels).
    """

    plan: FloatArray
    used: BoolArray
    blocks: FloatArray
    per_kind: FloatArray
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
        kinds: the periods, where limits speak of them.
    """

    table_end: FloatArray
    on_off: BoolArray
    least: FloatArray
    step: FloatArray
    budget: float
    kinds: Kinds

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
        placed_end = self.kinds.most(self._boundless_end / unit)
        width = 3 * n_channels + len(placed_end)
        rows = [self._row(limit, unit, [i == k for k in which], width) for i, limit in enumerate(limits)]
        each, nothing = np.eye(n_channels), np.zeros((n_channels, n_channels))
        beside = np.zeros((n_channels, len(placed_end) + n_eased))
        used_end, least_used = np.diag(end), np.diag(self.least / unit)
        rows.append(_between(np.hstack([each, -used_end, nothing, beside])[on_off], -np.inf, 0.0))
        rows.append(_between(np.hstack([each, -least_used, nothing, beside])[on_off], 0.0, np.inf))
        rows.append(self._adding_up(n_eased))
        for other in refuted:
            sign = np.where(on_off, np.where(other, -1.0, 1.0), 0.0)
            row = np.concatenate([np.zeros(n_channels), sign, np.zeros(n_channels), beside[0]])
            rows.append(_between(row[None], 1.0 - np.sum(other & on_off), np.inf))
        blocks = np.divide(end * unit, self.step, out=np.zeros(n_channels), where=self.step > 0.0) + 1.0
        least = np.zeros(2 * n_channels) if fixed is None else np.concatenate([fixed.used, fixed.blocks])
        most = np.concatenate([np.ones(n_channels), blocks]) if fixed is None else least
        whole = np.concatenate([on_off, self.step > 0.0]) & (fixed is None)
        solved = integer_programme(
            np.concatenate([np.zeros(3 * n_channels + len(placed_end)), np.ones(n_eased)]),
            integrality=np.concatenate([np.zeros(n_channels), whole, beside[0]]),
            bounds=Bounds(
                np.concatenate([np.zeros(n_channels), least, beside[0]]),
                np.concatenate([end, most, placed_end, np.full(n_eased, np.inf)]),
            ),
            constraints=[_constraint(rows, width + n_eased)],
            options={"mip_rel_gap": 0.0},
        )
        if solved.x is None:
            return None
        plan, use, bought, placed, by = np.split(solved.x, [*(n_channels * np.arange(1, 4)), len(solved.x) - n_eased])
        return Eased(plan * unit, use > 0.5, np.round(bought), self.kinds.per_period(placed * unit), by * unit)

    @property
    def _boundless_end(self) -> FloatArray:
        """Where tables end, or far beyond any plan."""
        return np.minimum(self.table_end, 1e3 * self.budget)

    def _adding_up(self, n_eased: int) -> _Rows:
        """What a channel gets is what it gets in all periods."""
        totals = self.kinds.totals
        n_rows, n_channels = len(totals), len(self.table_end)
        rows = [-np.eye(n_channels)[:n_rows], np.zeros((n_rows, 2 * n_channels)), totals, np.zeros((n_rows, n_eased))]
        return _between(np.hstack(rows), 0.0, 0.0)

    def _most(self, limits: Sequence[Limit]) -> FloatArray:
        """What each channel gets at most, as rows without minus signs tell; tight, so that little of it is not nothing.

        The solver takes a millionth for no channel: of an end far beyond a channel's limits that is money.
        """
        most = self._boundless_end.copy()
        for limit in limits:
            if limit.placed is not None:
                continue
            is_money = ~(limit.use.any(axis=1) | limit.block.any(axis=1))
            plain = is_money & (limit.money >= 0.0).all(axis=1) & (limit.high >= 0.0)
            for row, high in zip(limit.money[plain], limit.high[plain], strict=True):
                most[row > 0.0] = np.minimum(most[row > 0.0], high / row[row > 0.0])
        return most

    def _row(self, limit: Limit, unit: float, eased: Sequence[bool], width: int) -> _Rows:
        """Rows of a limit over so many unknowns beside what is eased, twice where it is: from below and from above."""
        rows, n_channels = limit.rows, len(self.table_end)
        is_number = (rows.columns >= n_channels) & (rows.columns < 3 * n_channels)
        amounts = np.where(is_number, rows.amounts / unit, rows.amounts)
        rows = replace(rows, amounts=amounts, low=rows.low / unit, high=rows.high / unit)
        if not any(eased):
            return rows
        each, give = rows.over(width), np.outer(limit.give, np.array(eased, dtype=float))
        nothing = np.full(len(rows.sizes), np.inf)
        return _between(
            np.vstack([np.hstack([each, give]), np.hstack([each, -give])]),
            np.concatenate([rows.low, -nothing]),
            np.concatenate([nothing, rows.high]),
        )


def _between(rows: FloatArray, low: FloatArray | float, high: FloatArray | float) -> _Rows:
    """Rows (n_rows, n_unknowns) and their ends, each (n_rows,) or one for all."""
    row, column = np.nonzero(rows)
    ends = (np.broadcast_to(end, len(rows)) for end in (low, high))
    return _Rows(rows[row, column], column, np.count_nonzero(rows, axis=1), *ends)


def _constraint(rows: Sequence[_Rows], width: int) -> LinearConstraint:
    """All rows over so many unknowns, as scipy takes them."""
    parts = [(one.amounts, one.columns, one.sizes, one.low, one.high) for one in rows]
    amounts, columns, sizes, low, high = (np.concatenate(part) for part in zip(*parts, strict=True))
    starts = np.append(0, np.cumsum(sizes))
    return LinearConstraint(csr_array((amounts, columns, starts), shape=(len(low), width)), low, high)
