"""Response tables as the search reads them: money of the whole plan, channels in an order of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np

from moo_budget._checks import FloatArray, IntArray
from moo_budget._threads import in_chunks
from moo_budget.kernels.expected import expected_moments, expected_totals
from moo_budget.kernels.risk import draw_gradient, draw_moments, draw_response
from moo_budget.kernels.weighted import expected_slopes
from moo_budget.tables import ResponseTables

_DRAWS_AT_ONCE = 16  # enough to keep numpy busy, few enough to keep memory small
_DRAWS_IN_A_CHUNK = 2400  # of all plans together, for which a thread pays
_BUCKETS = 256  # of a channel's guide; more gain nothing, with 64 a look-up takes a quarter longer


@dataclass(frozen=True, eq=False)
class PlanTables:
    """Curves of the whole plan: money and outcomes for all periods, at a level spend.

    Channels stand in `order`, which depends on what they are and not on where they stood: a sum over channels then has
    the same last bit in whichever order a problem file names them.

    Args:
        order: (n_channels,), position in the problem of each channel here.
        knots: (n_channels, n_knots), currency for the whole plan.
        values: (n_outcomes, n_channels, n_knots, n_draws), outcome of the whole plan.
        slopes: the same shape, outcome per currency.
        weights: (n_draws,), probability of each draw.
        mean_values: (n_outcomes, n_channels, n_knots), expected over draws.
        mean_slopes: the same shape.
        loadings: an array (n_channels, n_factors) an outcome: relative noise over the whole plan.
        specific: an array (n_channels,) an outcome.
        guide: (n_channels, n_buckets), see `kernels.expected`.
        pieces: (n_channels, n_knots - 1, n_outcomes, 4), the expected curves' cubics.
    """

    order: IntArray
    knots: FloatArray
    values: FloatArray
    slopes: FloatArray
    weights: FloatArray
    mean_values: FloatArray
    mean_slopes: FloatArray
    loadings: tuple[FloatArray, ...]
    specific: tuple[FloatArray, ...]
    guide: IntArray
    pieces: FloatArray

    def __post_init__(self) -> None:
        arrays = (self.knots, self.values, self.slopes, self.mean_values, self.mean_slopes, self.guide, self.pieces)
        for array in (self.order, *arrays, *self.loadings, *self.specific):
            array.flags.writeable = False

    @property
    def n_draws(self) -> int:
        """How many posterior draws there are; with one, the mean is the draw."""
        return len(self.weights)

    def sorted(self, money: FloatArray) -> FloatArray:
        """Columns of the problem's order (..., n_channels) in the order of these tables."""
        return np.ascontiguousarray(money[..., self.order])

    def unsorted(self, money: FloatArray) -> FloatArray:
        """Columns in the order of these tables (..., n_channels) back in the problem's order."""
        out = np.empty_like(money)
        out[..., self.order] = money
        return out

    def with_draws(self, values: FloatArray, slopes: FloatArray) -> PlanTables:
        """Other curves on the same knots, under the same draws; arrays as `values` and `slopes`."""
        mean_values, mean_slopes = values @ self.weights, slopes @ self.weights
        return replace(
            self,
            values=values,
            slopes=slopes,
            mean_values=mean_values,
            mean_slopes=mean_slopes,
            pieces=cubic_pieces(self.knots, mean_values, mean_slopes),
        )

    def totals(self, spend: FloatArray) -> FloatArray:
        """Expected outcomes; spend (n_plans, n_channels) in the order of these tables -> (n_plans, n_outcomes)."""
        out = np.empty((len(spend), self.pieces.shape[2]))
        in_chunks(lambda rows: expected_totals(spend[rows], self.knots, self.guide, self.pieces, out[rows]), len(spend))
        return out

    def expected_slopes(self, spend: FloatArray, by_outcome: FloatArray) -> tuple[FloatArray, FloatArray]:
        """First and second derivative of a weighted sum of expected outcomes by each channel's money.

        Args:
            spend: as in `totals`.
            by_outcome: (n_plans, n_outcomes), the weights.

        Returns:
            Two arrays (n_plans, n_channels); to the right at a knot, NaN beyond a table's end.
        """
        slope, curvature = np.empty_like(spend), np.empty_like(spend)

        def work(rows: slice) -> None:
            written = slope[rows], curvature[rows]
            expected_slopes(spend[rows], self.knots, self.guide, self.pieces, by_outcome[rows], *written)

        in_chunks(work, len(spend))
        return slope, curvature

    def totals_and_noise(self, outcome: int, spend: FloatArray) -> tuple[FloatArray, FloatArray]:
        """`totals`, and the market-noise variance (n_plans,) of one outcome's expected responses."""
        totals, variance = np.empty((len(spend), self.pieces.shape[2])), np.empty(len(spend))
        curves = self.knots, self.guide, self.pieces, outcome, self.loadings[outcome], self.specific[outcome]
        in_chunks(lambda rows: expected_moments(spend[rows], *curves, totals[rows], variance[rows]), len(spend))
        return totals, variance

    def some_draws(self, outcome: int) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
        """An outcome's curves some draws at a time: which, values and slopes (n_some, n_channels, n_knots)."""
        for first in range(0, self.n_draws, _DRAWS_AT_ONCE):
            some = slice(first, first + _DRAWS_AT_ONCE)
            values, slopes = self.values[outcome, ..., some], self.slopes[outcome, ..., some]
            yield some, np.moveaxis(values, -1, 0), np.moveaxis(slopes, -1, 0)

    def responses(self, outcome: int, plan: FloatArray) -> FloatArray:
        """Responses of one plan (n_channels,) under every draw, (n_channels, n_draws)."""
        out = np.empty((len(plan), self.n_draws))
        draw_response(plan, self.knots, self.values[outcome], self.slopes[outcome], out)
        return out

    def moments(self, outcome: int, spend: FloatArray, less: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
        """Mean and variance under every draw.

        Args:
            outcome: row of the tables.
            spend: as in `totals`.
            less: (n_channels, n_draws), responses of a plan that is subtracted: the moments of the difference, both
                plans meeting the same draw and the same shocks.

        Returns:
            Two arrays (n_plans, n_draws).
        """
        if self.n_draws == 1 and less is None:
            totals, variance = self.totals_and_noise(outcome, spend)
            return totals[:, [outcome]], variance[:, None]
        mean = np.empty((len(spend), self.n_draws))
        variance = np.empty_like(mean)
        tables = self._draw_tables(outcome, less)

        def work(rows: slice) -> None:
            draw_moments(spend[rows], *tables, mean[rows], variance[rows])

        in_chunks(work, len(spend), smallest=self._smallest_chunk)
        return mean, variance

    def gradient(
        self,
        outcome: int,
        spend: FloatArray,
        by_mean: FloatArray,
        by_variance: FloatArray,
        less: FloatArray | None = None,
    ) -> tuple[FloatArray, FloatArray]:
        """What a function of an outcome's moments gains by each channel's money, and an estimate of its curvature.

        Args:
            outcome: row of the tables.
            spend: as in `totals`.
            by_mean: (n_plans, n_draws), derivative by the mean under each draw.
            by_variance: (n_plans, n_draws), derivative by the variance under each draw.
            less: as in `moments`.

        Returns:
            Two arrays (n_plans, n_channels); the second is 0 or more.
        """
        slope, curvature = np.empty_like(spend), np.empty_like(spend)
        tables = self._draw_tables(outcome, less)

        def work(rows: slice) -> None:
            draw_gradient(spend[rows], *tables, by_mean[rows], by_variance[rows], slope[rows], curvature[rows])

        in_chunks(work, len(spend), smallest=self._smallest_chunk)
        return slope, curvature

    @property
    def _smallest_chunk(self) -> int:
        return max(8, _DRAWS_IN_A_CHUNK // self.n_draws)

    def _draw_tables(self, outcome: int, less: FloatArray | None) -> tuple[FloatArray, ...]:
        subtracted = np.empty((len(self.knots), 0)) if less is None else less
        noise = self.loadings[outcome], self.specific[outcome]
        return (self.knots, self.values[outcome], self.slopes[outcome], *noise, subtracted)


def made_once(make: Callable[[ResponseTables, int], PlanTables]) -> Callable[[ResponseTables, int], PlanTables]:
    """`make` by tables and periods, once as long as the tables live: with thousands of channels they fill a gigabyte,
    and every question that is asked a little otherwise would hold its own.
    """
    made: WeakKeyDictionary[ResponseTables, dict[int, PlanTables]] = WeakKeyDictionary()

    def kept(tables: ResponseTables, periods: int) -> PlanTables:
        by_periods = made.setdefault(tables, {})
        if periods not in by_periods:
            by_periods[periods] = make(tables, periods)
        return by_periods[periods]

    return kept


@made_once
def spent_level(tables: ResponseTables, periods: int) -> PlanTables:
    """`plan_tables` in their own order, shared by all problems over the same tables."""
    return plan_tables(tables, periods)


def plan_tables(tables: ResponseTables, periods: int, order: IntArray | None = None) -> PlanTables:
    """Tables per period as tables of a plan that spends the same in each of its periods.

    Args:
        tables: money per period.
        periods: length of the plan.
        order: (n_channels,), of the channels, where other tables have set it; None: their own.
    """
    order = _order(tables) if order is None else order
    knots = periods * tables.knots[order]
    mean_values = periods * np.take(tables.mean_values, order, axis=1)
    mean_slopes = np.take(tables.mean_slopes, order, axis=1)
    # A fancy index on the second axis leaves the memory in another order, which costs the kernels half their speed.
    values = np.take(tables.values, order, axis=1)
    values *= periods  # in place: of thousands of channels it fills half a gigabyte
    return PlanTables(
        order=order,
        knots=knots,
        values=values,
        slopes=np.take(tables.slopes, order, axis=1),
        weights=tables.weights,
        mean_values=mean_values,
        mean_slopes=mean_slopes,
        # Independent between periods: the relative noise of a sum of them has a variance smaller by their number.
        loadings=tuple(_triangular(noise.loadings[order]) / np.sqrt(periods) for noise in tables.noise),
        specific=tuple(noise.specific[order] / periods for noise in tables.noise),
        guide=_guide(knots),
        pieces=cubic_pieces(knots, mean_values, mean_slopes),
    )


def _order(tables: ResponseTables) -> IntArray:
    """Channels sorted by their expected curves and noise, of whichever outcome; equal ones as they stand."""
    parts = zip(tables.mean_values, tables.mean_slopes, tables.noise, strict=True)
    known = [
        np.concatenate([values, slopes, noise.loadings, noise.specific[:, None]], axis=1)
        for values, slopes, noise in parts
    ]

    def key(c: int) -> list[bytes]:
        return [tables.knots[c].tobytes(), *sorted(outcome[c].tobytes() for outcome in known)]

    return np.array(sorted(range(len(tables.channels)), key=key), dtype=np.int64)


def _triangular(loadings: FloatArray) -> FloatArray:
    """Loadings of the same covariance, half of them zero where there are as many factors as channels.

    Kernels skip groups of zeros: moments of 20 channels with a dense covariance take a fifth less time.
    """
    return np.ascontiguousarray(np.linalg.qr(loadings.T).R.T)


def _guide(knots: FloatArray) -> IntArray:
    """The cell in which each of _BUCKETS equal parts of a table begins, (n_channels, n_buckets)."""
    starts = np.arange(_BUCKETS) / _BUCKETS
    cells = [np.searchsorted(row, row[-1] * starts, side="right") - 1 for row in knots]
    guide: IntArray = np.clip(cells, 0, knots.shape[1] - 2).astype(np.int64)
    return guide


def cubic_pieces(knots: FloatArray, values: FloatArray, slopes: FloatArray) -> FloatArray:
    """Coefficients of Hermite cubics in the money above the left knot, constant first.

    Args:
        knots: (n_channels, n_knots), currency; pieces of no width are constant.
        values: (n_curves, n_channels, n_knots).
        slopes: the same shape, per currency.

    Returns:
        (n_channels, n_knots - 1, n_curves, 4).
    """
    width = np.diff(knots)
    wide = np.where(width > 0.0, width, np.inf)
    rise = np.diff(values, axis=2) / wide
    left, right = slopes[:, :, :-1], slopes[:, :, 1:]
    quadratic = (3.0 * rise - 2.0 * left - right) / wide
    cubic = (left + right - 2.0 * rise) / wide**2
    linear = np.where(width > 0.0, left, 0.0)
    stacked = np.stack([values[:, :, :-1], linear, quadratic, cubic], axis=-1)
    return np.ascontiguousarray(stacked.transpose(1, 2, 0, 3))
