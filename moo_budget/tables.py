"""Response tables: every curve, whoever learned it, as values and slopes on knots.

Cubic Hermite pieces between knots (marginals are continuous), nothing beyond the last knot. All money in this module
is per period; `BudgetProblem` divides a plan's money by its periods.
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from moo_budget._checks import (
    FloatArray,
    amount_text,
    check_finite,
    check_known,
    check_shape,
    frozen,
    handed_over,
    money_by_channel,
)
from moo_budget.errors import InputError, listed
from moo_budget.interpolation import choose_knots, common_count, interpolation_error, on_knots
from moo_budget.kernels.response import channel_response
from moo_budget.kernels.risk import draw_moments
from moo_budget.own_curves import FunctionCurve, PointCurve, Vectorised, checked_points
from moo_budget.risk import Factors, NoiseCovariance, noise_by_outcome

if TYPE_CHECKING:
    from moo_budget.responses import ResponseCurve, Responses

# Error of a table of learned curves, as a share of their height, beyond which plans would be judged by the table's own
# inventions.
COARSEST = 0.01


@dataclass(frozen=True, eq=False)
class ResponseTables:
    """Incremental outcome per period of every channel at level spend, under every posterior draw.

    Args:
        channels: names, in the order of every channel axis.
        outcomes: names, in the order of every outcome axis.
        units: what each outcome is counted in.
        knots: (n_channels, n_knots), currency per period, rising from 0 to the table's end; all 0 where the end is 0.
        values: (n_outcomes, n_channels, n_knots, n_draws), outcome per period.
        slopes: the same shape, outcome per currency.
        weights: (n_draws,), probability of each draw, sum 1.
        noise: one Factors an outcome: relative noise of the channels' effects in one period.
        observed_max: (n_channels,), highest spend ever seen in one period; NaN where nobody knows.
        carry_over: (n_outcomes, n_channels, n_draws, n_lags), normalised weights of spend 0, 1, ... periods ago.
        carry_in: the same shape, currency: stock that past spend still puts into plan period 0, 1, ...
        season: broadcasts to (n_outcomes, n_channels, n_draws, n_periods): factor of the effect in each plan period
            and perhaps in later ones. Learned ones are 1 on average over the plan.
        error: largest interpolation error, as a share of a curve's height.

    Raises:
        InputError: shapes disagree, an entry is not finite, knots do not rise, or weights do not sum to 1.
    """

    channels: tuple[str, ...]
    outcomes: tuple[str, ...]
    units: tuple[str, ...]
    knots: FloatArray
    values: FloatArray
    slopes: FloatArray
    weights: FloatArray
    noise: tuple[Factors, ...]
    observed_max: FloatArray
    carry_over: FloatArray
    carry_in: FloatArray
    season: FloatArray
    error: float
    mean_values: FloatArray = field(init=False)
    mean_slopes: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        arrays = ("knots", "values", "slopes", "weights", "observed_max", "carry_over", "carry_in", "season")
        for name in arrays:
            object.__setattr__(self, name, frozen(getattr(self, name)))
            if name != "observed_max":
                check_finite(name, getattr(self, name))
        shape = (len(self.outcomes), len(self.channels))
        check_shape("knots", self.knots, (len(self.channels), None), "(n_channels, n_knots)")
        check_shape("weights", self.weights, (None,), "(n_draws,)")
        full = (*shape, self.knots.shape[1], len(self.weights))
        for name in ("values", "slopes"):
            check_shape(name, getattr(self, name), full, "(n_outcomes, n_channels, n_knots, n_draws)")
        check_shape("observed_max", self.observed_max, shape[1:], "(n_channels,)")
        for name in ("carry_over", "carry_in"):
            lags = (*shape, len(self.weights), None)
            check_shape(name, getattr(self, name), lags, "(n_outcomes, n_channels, n_draws, n_lags)")
        self._check_knots()
        if abs(self.weights.sum() - 1.0) > 1e-9 or (self.weights < 0).any():
            raise InputError(
                f"weights of the draws sum to {self.weights.sum():g}; they must be 0 or more and sum to 1",
                code="tables.weights",
            )
        # Means of the draws' own cubics, never fitted again: a weighted sum of cubics on common knots is one.
        object.__setattr__(self, "mean_values", frozen(self.values @ self.weights))
        object.__setattr__(self, "mean_slopes", frozen(self.slopes @ self.weights))

    def _check_knots(self) -> None:
        rising = (np.diff(self.knots, axis=1) > 0).all(axis=1) & (self.knots[:, 0] == 0)
        for c in np.flatnonzero(~rising & (self.knots != 0).any(axis=1)):
            raise InputError(
                f"knots of `{self.channels[c]}` must rise from 0 to the table's end; they are {self.knots[c]}",
                code="tables.knots",
            )
        without_effect = self.knots[:, -1] == 0
        if self.values[:, without_effect].any() or self.slopes[:, without_effect].any():
            raise InputError("a channel whose table ends at zero has a response other than 0", code="tables.no-table")

    def after(self, periods: int) -> ResponseTables:
        """The same for a plan that begins so many periods later, before which nothing is spent."""
        waited = np.zeros_like(self.carry_in)
        left = max(self.carry_in.shape[3] - periods, 0)
        waited[..., :left] = self.carry_in[..., self.carry_in.shape[3] - left :]
        return replace(self, carry_in=waited)

    def in_season(self, factors: FloatArray, periods: int) -> ResponseTables:
        """The same for a plan in whose periods the effects of all channels are so many times those of an average one.

        The curves become those of the plan's average period, so that level money brings what its periods bring
        together, and `season` is what each period has of that.

        Args:
            factors: (n_outcomes, n_draws, n_periods), of the plan's periods and, as far as they are known, of later
                ones.
            periods: how many of these are the plan's.

        Raises:
            InputError: shapes disagree, an entry is not finite, or a factor is not above 0.
        """
        shape = (len(self.outcomes), len(self.weights), None)
        check_shape("factors", factors, shape, "(n_outcomes, n_draws, n_periods)")
        check_finite("factors", factors)
        if not 1 <= periods <= factors.shape[2] or (factors <= 0.0).any():
            raise InputError(
                f"factors of {factors.shape[2]} periods, the lowest {factors.min(initial=np.inf):g}, for a plan of "
                f"{periods}; each period of the plan needs one above 0",
                code="tables.season",
            )
        average = factors[:, :, :periods].mean(axis=2)
        level = average[:, None, None, :]
        season = (factors / average[:, :, None])[:, None]
        values, slopes = handed_over(self.values * level), handed_over(self.slopes * level)
        return replace(self, values=values, slopes=slopes, season=season)

    @property
    def ends(self) -> FloatArray:
        """(n_channels,), currency per period: where each table ends."""
        return self.knots[:, -1]

    def expected(self, outcome: str, spend: FloatArray) -> FloatArray:
        """Expected `outcome` of each channel, per period, NaN beyond a table's end.

        Args:
            outcome: its name.
            spend: (n_plans, n_channels), currency per period; so is what is returned, in the outcome's unit.

        Raises:
            InputError: an unknown outcome, or spend of another shape.
        """
        index, spend = self._index(outcome), self._per_period(spend)
        out = np.empty_like(spend)
        channel_response(spend, self.knots, self.mean_values[index], self.mean_slopes[index], out)
        return out

    def moments(self, outcome: str, spend: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean and noise variance of `outcome` per period under every draw, two (n_plans, n_draws); else as `expected`.

        Args:
            outcome: its name.
            spend: (n_plans, n_channels), currency per period.

        Raises:
            InputError: as `expected`.
        """
        index, spend = self._index(outcome), self._per_period(spend)
        mean = np.empty((len(spend), len(self.weights)))
        variance = np.empty_like(mean)
        noise = self.noise[index]
        tables = self.knots, self.values[index], self.slopes[index], noise.loadings, noise.specific
        draw_moments(spend, *tables, np.empty((len(self.channels), 0)), mean, variance)
        return mean, variance

    def _index(self, outcome: str) -> int:
        check_known("outcome", outcome, self.outcomes)
        return self.outcomes.index(outcome)

    def _per_period(self, spend: FloatArray) -> FloatArray:
        spend = np.ascontiguousarray(spend, dtype=float)
        check_shape("spend", spend, (None, len(self.channels)), "(n_plans, n_channels)")
        return spend

    def draws(self, outcome: str, channel: str, spend: FloatArray) -> FloatArray:
        """One channel's response under every draw, (n_spend, n_draws), NaN beyond the table's end.

        Args:
            outcome: its name.
            channel: its name.
            spend: (n_spend,), currency per period.

        Raises:
            InputError: an unknown outcome or channel.
        """
        check_known("channel", channel, self.channels)
        c = self.channels.index(channel)
        alone = np.zeros((len(spend), len(self.channels)))
        alone[:, c] = spend
        return self.moments(outcome, alone)[0]


def tabulate(
    responses: Responses,
    max_spend: Mapping[str, float] | None = None,
    *,
    plan_starts: Sequence[datetime.date] | None = None,
) -> ResponseTables:
    """Put learned curves on knots, dense enough that the stated error holds.

    Args:
        responses: what `fit` learned.
        max_spend: channel -> money per period where its table ends; None: twice the highest spend seen.
        plan_starts: first day of every period of the plan, and of the one after its last: the season in which it lies
            scales the curves, as far as effects were found to go with the season. None: curves of a whole year.

    Raises:
        InputError: `max_spend` names an unknown channel, a negative amount, or so much that no table can hold its
            curves.
    """
    channels = responses.channels
    ends = 2.0 * responses.observed_max
    if max_spend is not None:
        ends = money_by_channel(max_spend, channels, "max_spend")
    curves = [[outcome.curves[c] for outcome in responses.outcomes] for c in range(len(channels))]
    tables = _assemble(
        channels,
        {outcome.name: outcome.unit for outcome in responses.outcomes},
        [choose_knots(end, row) for end, row in zip(ends, curves, strict=True)],
        curves,
        {outcome.name: outcome.noise_covariance for outcome in responses.outcomes},
        observed_max=responses.observed_max,
        carry_over=np.array([outcome.carry_over for outcome in responses.outcomes]),
        carry_in=np.array([outcome.carry_in for outcome in responses.outcomes]),
    )
    if tables.error > COARSEST:
        _refuse_coarse(tables, curves)
    if plan_starts is None or all(outcome.season is None for outcome in responses.outcomes):
        return tables
    days = _followed_days(plan_starts, tables.carry_over.shape[3])
    still = np.ones((len(tables.weights), len(days)))
    factors = [still if outcome.season is None else outcome.season.factors(days) for outcome in responses.outcomes]
    return tables.in_season(np.array(factors), len(plan_starts) - 1)


def _followed_days(starts: Sequence[datetime.date], n_lags: int) -> NDArray[np.datetime64]:
    """First days of a plan's periods and of those in which its money still works, as far apart as its last two."""
    days = np.array(starts, dtype="datetime64[D]")
    return np.concatenate([days[:-1], days[-1] + (days[-1] - days[-2]) * np.arange(n_lags - 1)])


def _refuse_coarse(tables: ResponseTables, curves: Sequence[Sequence[ResponseCurve]]) -> NoReturn:
    """Name the channel whose curves its table holds worst."""
    errors = [max(interpolation_error(x, c).max() for c in row) for x, row in zip(tables.knots, curves, strict=True)]
    c = int(np.argmax(errors))
    raise InputError(
        f"`{tables.channels[c]}`: a table up to {amount_text(tables.ends[c])} per period misses its curves by "
        f"{errors[c]:.0%} of their height, because they bend long before that: its highest spend of a period was "
        f"{amount_text(tables.observed_max[c])}. Lower its max, or extrapolate; where today's money reaches that far, "
        "state another under [plan] today.",
        code="tables.too-coarse",
    )


def from_functions(
    functions: Mapping[str, Mapping[str, Vectorised]],
    max_spend: Mapping[str, float],
    noise_covariance: NoiseCovariance | Mapping[str, NoiseCovariance] | None = None,
    *,
    units: Mapping[str, str] | None = None,
) -> ResponseTables:
    """Tables from your own response functions.

    Args:
        functions: outcome -> channel -> vectorised function of money per period; a channel that an outcome leaves out
            has no effect on it. A function gives (n_spend,) or, with draws, (n_spend, n_draws).
        max_spend: channel -> money per period where its table ends, a hard bound.
        noise_covariance: (n_channels, n_channels) in the order of `max_spend`, Factors, or a mapping from outcomes;
            None: no market noise.
        units: outcome -> what it is counted in.

    Raises:
        InputError: a channel without end, or a function whose values are not finite, not zero at zero or change shape.
    """
    channels = tuple(max_spend)
    for outcome, by_channel in functions.items():
        missing = [name for name in by_channel if name not in max_spend]
        if missing:
            raise InputError(f"{outcome}: max_spend has no entry for {listed(missing)}", code="tables.max-spend")
    ends = money_by_channel(max_spend, channels, "max_spend")
    curves = [
        [
            FunctionCurve(by_channel.get(name, np.zeros_like), f"{outcome} of {name}")
            for outcome, by_channel in functions.items()
        ]
        for name in channels
    ]
    return _assemble(
        channels,
        {outcome: (units or {}).get(outcome, "") for outcome in functions},
        [choose_knots(end, row) for end, row in zip(ends, curves, strict=True)],
        curves,
        noise_covariance,
    )


def from_curves(
    frame: pd.DataFrame,
    noise_covariance: NoiseCovariance | Mapping[str, NoiseCovariance] | None = None,
    *,
    units: Mapping[str, str] | None = None,
) -> ResponseTables:
    """Tables from points of your own curves, per period; each curve ends at its channel's last point.

    Args:
        frame: columns outcome, channel, spend, value and, where there are several, draw. A point at spend 0 may be
            left out: the response there is 0. A channel that an outcome leaves out has no effect on it.
        noise_covariance: as in `from_functions`; channels in order of first appearance.
        units: outcome -> what it is counted in.

    Raises:
        InputError: a column is missing, a cell is no number, spend repeats, or curves of one channel end apart.
    """
    frame = checked_points(frame)
    channels, outcomes = tuple(frame["channel"].unique()), tuple(frame["outcome"].unique())
    draws = sorted(frame["draw"].unique())
    points = dict(list(frame.groupby(["channel", "outcome"])))
    curves: list[list[ResponseCurve]] = [
        [
            PointCurve(points[channel, outcome], f"{outcome} of `{channel}`", draws)
            if (channel, outcome) in points
            else FunctionCurve(np.zeros_like, f"{outcome} of {channel}")
            for outcome in outcomes
        ]
        for channel in channels
    ]
    by_channel = frame.groupby("channel")["spend"]
    knots = [np.union1d([0.0], by_channel.get_group(channel)) for channel in channels]
    return _assemble(
        channels, {name: (units or {}).get(name, "") for name in outcomes}, knots, curves, noise_covariance
    )


def _assemble(
    channels: tuple[str, ...],
    units: Mapping[str, str],
    knots: Sequence[FloatArray],
    curves: Sequence[Sequence[ResponseCurve]],
    noise: NoiseCovariance | Mapping[str, NoiseCovariance] | None,
    *,
    observed_max: FloatArray | None = None,
    carry_over: FloatArray | None = None,
    carry_in: FloatArray | None = None,
) -> ResponseTables:
    """The record from knots[channel] and curves[channel][outcome]; curves that nobody fitted have no carry-over."""
    if not channels or not units:
        raise InputError("there are no curves; a table needs at least one channel and one outcome", code="tables.empty")
    knots = common_count(knots)
    counts = {curve.values(np.zeros(1)).shape[1] for row in curves for curve in row} - {1} or {1}
    if len(counts) > 1:
        raise InputError(
            f"curves have {listed(map(str, sorted(counts)))} draws; all must have as many", code="tables.draws"
        )
    n_draws = counts.pop()
    size = (len(units), len(channels), n_draws, 1)
    shape = (len(units), len(channels), len(knots[0]), n_draws)
    values, slopes = np.empty(shape), np.empty(shape)
    for c, (x, row) in enumerate(zip(knots, curves, strict=True)):
        for o, curve in enumerate(row):
            values[o, c], slopes[o, c] = on_knots(x, curve)
    expected_curves = np.concatenate([np.array(knots), *values.mean(axis=3)], axis=1)
    return ResponseTables(
        channels=channels,
        outcomes=tuple(units),
        units=tuple(units.values()),
        knots=np.array(knots),
        values=handed_over(values),
        slopes=handed_over(slopes),
        weights=np.full(n_draws, 1.0 / n_draws),
        noise=noise_by_outcome(noise, tuple(units), len(channels), expected_curves),
        observed_max=np.full(len(channels), np.nan) if observed_max is None else observed_max,
        carry_over=np.ones(size) if carry_over is None else carry_over,
        carry_in=np.zeros(size) if carry_in is None else carry_in,
        season=np.ones((1, 1, 1, 1)),
        error=max(float(interpolation_error(x, c).max()) for x, row in zip(knots, curves, strict=True) for c in row),
    )


_ARRAYS = ("knots", "values", "slopes", "weights", "observed_max", "carry_over", "carry_in", "season")


def save_tables(tables: ResponseTables, path: Path) -> None:
    """Write tables as an .npz of plain arrays, which numpy reads without pickle."""
    arrays = {name: getattr(tables, name) for name in _ARRAYS}
    for i, noise in enumerate(tables.noise):
        arrays |= {f"noise_loadings_{i}": noise.loadings, f"noise_specific_{i}": noise.specific}
    names = {name: np.array(getattr(tables, name), dtype=str) for name in ("channels", "outcomes", "units")}
    np.savez(path, allow_pickle=False, error=np.array(tables.error), **names, **arrays)


def load_tables(path: Path) -> ResponseTables:
    """Read what `save_tables` wrote.

    Raises:
        InputError: the file is not there, is none of ours, or is damaged.
    """
    try:
        stored = _arrays_of(path)
        parts: dict[str, Any] = {name: tuple(stored[name].tolist()) for name in ("channels", "outcomes", "units")}
        parts |= {name: stored[name] for name in _ARRAYS}
        parts["noise"] = tuple(
            Factors(stored[f"noise_loadings_{i}"], stored[f"noise_specific_{i}"])
            for i in range(len(stored["outcomes"]))
        )
        return ResponseTables(**parts, error=float(stored["error"]))
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(path, error) from error


def _arrays_of(path: Path) -> dict[str, Any]:
    try:
        with np.load(path, allow_pickle=False) as file:
            stored = dict(file.items())
    except Exception as error:  # numpy and zipfile meet damaged bytes with errors of a dozen kinds
        raise _unreadable(path, error) from error
    for name, array in stored.items():  # numpy takes letters that Unicode has not, and Python stumbles over them later
        letters = array.astype(array.dtype.newbyteorder("=")).tobytes() if array.dtype.kind == "U" else b""
        if (np.frombuffer(letters, np.uint32) > sys.maxunicode).any():
            raise _unreadable(path, f"`{name}` holds no text")
    return stored


def _unreadable(path: Path, reason: object) -> InputError:
    return InputError(f"{path.name}: no response tables can be read from it ({reason})", code="tables.file")
