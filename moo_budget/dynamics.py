"""What money per period brings: the same curves, with stock in place of spend."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from moo_budget._checks import FloatArray, IntArray
from moo_budget._threads import in_chunks
from moo_budget.errors import InputError
from moo_budget.kernels.calendar import calendar_gradient, calendar_moments, calendar_responses, even_curves
from moo_budget.plan_tables import PlanTables, made_once, spent_level
from moo_budget.tables import ResponseTables

_USUAL = 0.3  # of a table's end: where the spread of a response over periods is read
_TERMS_IN_A_CHUNK = 200_000  # responses of a period, channel and draw, for which a thread pays


@dataclass(frozen=True, eq=False)
class Dynamics:
    """Curves per period, carry-over, what the past puts in, and the season; channels in an order of their own.

    A plan is followed beyond its end, until no money of it works any more. What it brings is what comes with it less
    what would come without it, under the same draw and the same shocks: the past's stock alone is not the plan's. So a
    plan that goes on as before brings exactly what the tables say of a level spend: what the past brings into its first
    periods is what it leaves behind its last.

    Args:
        n_periods: of the plan.
        ends: (n_channels,), currency per period, where the tables end. Beyond its end a curve is level, which only
            stock out of a wilder past can reach.
        curves: per outcome knots (n_channels, n_knots), values and slopes (n_channels, n_knots, n_draws).
        flows: per outcome carry-over (n_channels, n_lags, n_draws), stock of the past and factor of the season, both
            (n_channels, n_periods followed, n_draws).
        noise: per outcome loadings (n_channels, n_factors) and specific (n_channels,), relative, of one period.
        without: per outcome (n_periods followed, n_channels, n_draws), what the past's stock alone brings.
        weights: (n_draws,), probability of each draw.
    """

    n_periods: int
    ends: FloatArray
    curves: tuple[tuple[FloatArray, FloatArray, FloatArray], ...]
    flows: tuple[tuple[FloatArray, FloatArray, FloatArray], ...]
    noise: tuple[tuple[FloatArray, FloatArray], ...]
    without: tuple[FloatArray, ...]
    weights: FloatArray

    def __post_init__(self) -> None:
        for group in (self.curves, self.flows, self.noise, (self.without,)):
            for arrays in group:
                for array in arrays:
                    array.flags.writeable = False

    @property
    def n_draws(self) -> int:
        """How many posterior draws there are."""
        return len(self.weights)

    def moments(self, outcome: int, money: FloatArray, less: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
        """Mean and variance of an outcome over all periods under every draw.

        Args:
            outcome: row of the tables.
            money: (n_plans, n_periods, n_channels), currency.
            less: (n_periods followed, n_channels, n_draws), `responses` of a plan that is subtracted; None: of nothing.

        Returns:
            Two arrays (n_plans, n_draws); NaN where a plan spends more in a period than its table knows.
        """
        mean = np.empty((len(money), self.n_draws))
        variance = np.empty_like(mean)
        parts = self._parts(outcome, less)

        def work(rows: slice) -> None:
            calendar_moments(money[rows], *parts, mean[rows], variance[rows])

        in_chunks(work, len(money), self._smallest_chunk)
        beyond = (money > self.ends * (1.0 + 1e-9)).any(axis=(1, 2))
        mean[beyond] = variance[beyond] = np.nan
        return mean, variance

    def gradient(
        self,
        outcome: int,
        money: FloatArray,
        by_mean: FloatArray,
        by_variance: FloatArray,
        less: FloatArray | None = None,
    ) -> FloatArray:
        """Slope of a function of an outcome's moments by the money of each period and channel, like `money`."""
        slope = np.empty_like(money)
        parts = self._parts(outcome, less)

        def work(rows: slice) -> None:
            calendar_gradient(money[rows], *parts, by_mean[rows], by_variance[rows], slope[rows])

        in_chunks(work, len(money), self._smallest_chunk)
        return slope

    def responses(self, outcome: int, money: FloatArray) -> FloatArray:
        """Responses of one plan (n_periods, n_channels) with the past's, (n_periods followed, n_channels, n_draws)."""
        out = np.empty((1, *self.without[outcome].shape))
        calendar_responses(money[None], self.flows[outcome], self.curves[outcome], out)
        responses: FloatArray = out[0]
        return responses

    def _parts(self, outcome: int, less: FloatArray | None) -> tuple[object, ...]:
        subtracted = self.without[outcome] if less is None else less
        return self.flows[outcome], self.curves[outcome], self.noise[outcome], subtracted

    @property
    def _smallest_chunk(self) -> int:
        return max(1, _TERMS_IN_A_CHUNK // self.without[0].size)

    def some_draws(self, count: int) -> Dynamics:
        """The same with so many draws at most: for searches, whose result all draws then judge.

        Every draw is taken as often as its weight says, in equal steps (systematic resampling: Kitagawa 1996).
        """
        if self.n_draws <= count:
            return self
        steps = (np.arange(count) + 0.5) / count
        chosen = np.minimum(np.searchsorted(np.cumsum(self.weights), steps), self.n_draws - 1)

        def picked(array: FloatArray) -> FloatArray:
            return np.ascontiguousarray(array[..., chosen])

        return Dynamics(
            n_periods=self.n_periods,
            ends=self.ends,
            curves=tuple((knots, picked(values), picked(slopes)) for knots, values, slopes in self.curves),
            flows=tuple((picked(carry), picked(stock), picked(season)) for carry, stock, season in self.flows),
            noise=self.noise,
            without=tuple(picked(array) for array in self.without),
            weights=np.full(count, 1.0 / count),
        )


def dynamics_of(tables: ResponseTables, periods: int, order: IntArray) -> Dynamics:
    """The dynamic response that tables carry.

    Args:
        tables: money per period.
        periods: length of the plan.
        order: (n_channels,), position in the tables of each channel here.

    Raises:
        InputError: the tables' season is shorter than the plan.
    """
    if 1 < tables.season.shape[3] < periods:
        raise InputError(
            f"the tables' season has {tables.season.shape[3]} periods and the plan {periods}; it needs a factor for "
            "each period of the plan, or one for all",
            code="calendar.season",
        )
    n_followed = periods + tables.carry_over.shape[3] - 1
    knots = np.ascontiguousarray(tables.knots[order])
    curves, flows, noise, without = [], [], [], []
    for o in range(len(tables.outcomes)):
        curve = knots, np.ascontiguousarray(tables.values[o, order]), np.ascontiguousarray(tables.slopes[o, order])
        flow = (
            np.ascontiguousarray(tables.carry_over[o, order].swapaxes(1, 2)),
            _followed(tables.carry_in[o, order], n_followed, fill=0.0),
            _followed(_season(tables, o)[order], n_followed, fill=None),
        )
        alone = np.empty((1, n_followed, len(order), len(tables.weights)))
        calendar_responses(np.zeros((1, periods, len(order))), flow, curve, alone)
        curves.append(curve)
        flows.append(flow)
        noise.append((np.ascontiguousarray(tables.noise[o].loadings[order]), tables.noise[o].specific[order]))
        without.append(alone[0])
    return Dynamics(
        periods, tables.ends[order], tuple(curves), tuple(flows), tuple(noise), tuple(without), tables.weights
    )


@made_once
def spent_evenly(tables: ResponseTables, periods: int) -> PlanTables:
    """Tables of a plan that spends the same in each of its periods, on the dynamic response.

    What the past puts in, what is left behind, and the season are in the curves, exactly at their knots. In the
    market's noise they are as of each channel's usual money: between periods that bring unequally, less evens out.

    Args:
        tables: money per period.
        periods: length of the plan.

    Raises:
        InputError: the tables' season is shorter than the plan.
    """
    level = spent_level(tables, periods)
    if is_level(tables):
        return level
    dynamics = dynamics_of(tables, periods, level.order)
    values, slopes = np.empty_like(level.values), np.empty_like(level.slopes)
    for outcome in range(len(tables.outcomes)):
        even_curves(periods, dynamics.flows[outcome], dynamics.curves[outcome], values[outcome], slopes[outcome])
    values -= values[:, :, :1].copy()
    uneven = [_unevenness(dynamics, outcome) for outcome in range(len(tables.outcomes))]
    return replace(
        level.with_draws(values, slopes),
        loadings=tuple(rows * np.sqrt(more)[:, None] for rows, more in zip(level.loadings, uneven, strict=True)),
        specific=tuple(rows * more for rows, more in zip(level.specific, uneven, strict=True)),
    )


def _unevenness(dynamics: Dynamics, outcome: int) -> FloatArray:
    """(n_channels,), how much larger the variance of a usual, even spend is than were its periods equal."""
    money = np.repeat(_USUAL * dynamics.ends[None], dynamics.n_periods, axis=0)
    brought = (dynamics.responses(outcome, money) - dynamics.without[outcome]) @ dynamics.weights
    squares, square = (brought**2).sum(axis=0), brought.sum(axis=0) ** 2
    return np.where(square > 0.0, dynamics.n_periods * squares / np.where(square > 0.0, square, 1.0), 1.0)


def is_level(tables: ResponseTables) -> bool:
    """Whether no money works beyond its own period and every period is as good as any other."""
    return (
        not tables.carry_over[..., 1:].any() and not tables.carry_in.any() and not np.ptp(tables.season, axis=3).any()
    )


def _season(tables: ResponseTables, outcome: int) -> FloatArray:
    shape = (len(tables.outcomes), len(tables.channels), len(tables.weights), tables.season.shape[3])
    whole: FloatArray = np.broadcast_to(tables.season, shape)[outcome]
    return whole


def _followed(per_period: FloatArray, n_followed: int, fill: float | None) -> FloatArray:
    """(n_channels, n_draws, n) -> (n_channels, n_followed, n_draws); what is missing is `fill`, or None: the last."""
    n_missing = max(n_followed - per_period.shape[2], 0)
    widths = ((0, 0), (0, 0), (0, n_missing))
    padded = np.pad(per_period, widths, "edge") if fill is None else np.pad(per_period, widths, constant_values=fill)
    return np.ascontiguousarray(padded[..., :n_followed].swapaxes(1, 2))
