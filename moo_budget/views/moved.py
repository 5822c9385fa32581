"""Black-Litterman on posterior draws: every draw moves so that their mean and covariance become the posterior's.

Prior mean and uncertainty are mean and covariance of the draws' own returns, so tau is inside already and returns are
not in excess of anything. Matheron's rule would move each draw to the views with a random disturbance of its own, and
reach the covariance up to sampling only. The square-root form needs no randomness, reaches both exactly, and keeps the
shape of the draws.

Source: Whitaker and Hamill 2002, serial ensemble square-root filter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, handed_over
from moo_budget.errors import InputError
from moo_budget.tables import ResponseTables
from moo_budget.views.black_litterman import independent_views
from moo_budget.views.returns import Returns
from moo_budget.views.rows import Rows


@dataclass(frozen=True)
class Stop:
    """A channel whose draws would have been moved below zero, and stop there.

    Args:
        share: probability of those draws, above 0.
        wanted: expected return as the views and the data say it together.
        got: as it is, above that.
    """

    share: float
    wanted: float
    got: float


@dataclass(frozen=True, eq=False)
class MovedTables:
    """Tables whose draws were moved.

    Args:
        tables: with other values and slopes of one outcome.
        stops: channel -> how zero stopped its draws, where it did.
    """

    tables: ResponseTables
    stops: dict[str, Stop]


def moved_tables(tables: ResponseTables, outcome: str, rows: Rows, returns: Returns) -> MovedTables:
    """Tables under views with == on expected returns.

    A channel's curve moves as a whole. Downwards it is scaled; upwards it gains as much of the channel's expected curve
    as brings it there, because scaling would blow up a draw that has hardly any effect at today's money.

    Args:
        tables: money per period.
        outcome: that the views are about.
        rows: the views.
        returns: of the outcome, at today's money; channels in the order of the rows, which need not be the tables'.

    Raises:
        InputError: views about both `roi` and `mroi` of a channel, or views that contradict each other.
    """
    by_marginal = moved_by_marginal(rows)
    draws = np.where(by_marginal[:, None], returns.marginal, returns.roi)
    picks = rows.roi + rows.marginal  # no channel is in both
    moved = moved_draws(draws, returns.weights, picks, rows.asked, rows.confidence, rows.names)
    stopped = np.maximum(moved, 0.0)
    shares, wanted, got = ((part @ returns.weights).tolist() for part in (moved < 0.0, moved, stopped))
    stops = {
        name: Stop(*stop) for name, *stop in zip(returns.channels, shares, wanted, got, strict=True) if stop[0] > 0.0
    }
    return MovedTables(_with_returns(tables, outcome, returns.channels, draws, stopped), stops)


def moved_by_marginal(rows: Rows) -> BoolArray:
    """Which channels' views are about marginal ROI, (n_channels,); all others move by their ROI.

    Raises:
        InputError: views about both of a channel.
    """
    by_marginal: BoolArray = np.any(rows.marginal, axis=0)
    for c in np.flatnonzero(np.any(rows.roi, axis=0) & by_marginal):
        raise InputError(
            f'views are about both roi and mroi of `{rows.channels[c]}`, and method "black_litterman" moves the curve '
            'of a channel as a whole. Keep one of them, or write method = "entropy_pooling".',
            code="views.roi-and-mroi",
        )
    return by_marginal


def moved_draws(
    draws: FloatArray,
    weights: FloatArray,
    picks: FloatArray,
    values: FloatArray,
    confidence: FloatArray,
    names: Sequence[str],
) -> FloatArray:
    """Draws (n_channels, n_draws) whose mean and covariance are Black-Litterman's posterior, view by view.

    Args:
        draws: (n_channels, n_draws).
        weights: (n_draws,), sum 1.
        picks: (n_views, n_channels).
        values: (n_views,).
        confidence: (n_views,), in (0, 1].
        names: of the views, for messages.

    Raises:
        InputError: certain views that contradict each other.
    """
    mean = draws @ weights
    around = draws - mean[:, None]
    forms = picks @ around
    covariance = (forms * weights) @ forms.T
    omega = (1.0 / confidence - 1.0) * np.diag(covariance)
    size = np.abs(values) + np.abs(picks) @ np.abs(mean)
    for row in np.flatnonzero(independent_views(covariance, values - picks @ mean, size, omega, names)):
        held = picks[row] @ around
        covered = (around * weights) @ held
        variance = picks[row] @ covered
        gain = covered / (variance + omega[row])
        mean = mean + gain * (values[row] - picks[row] @ mean)
        around = around - np.outer(gain / (1.0 + np.sqrt(omega[row] / (variance + omega[row]))), held)
    moved: FloatArray = mean[:, None] + around
    return moved


def _with_returns(
    tables: ResponseTables, outcome: str, channels: Sequence[str], before: FloatArray, after: FloatArray
) -> ResponseTables:
    """Tables in which every channel's curve has moved from one return to another under each draw."""
    index = tables.outcomes.index(outcome)
    values, slopes = tables.values.copy(), tables.slopes.copy()
    for name, mean, was, is_now in zip(channels, before @ tables.weights, before, after, strict=True):
        if mean > 0.0:
            c = tables.channels.index(name)
            falls = is_now < was
            kept = np.divide(is_now, was, out=np.ones(len(falls)), where=falls)
            gained = np.where(falls, 0.0, is_now - was) / mean
            values[index, c] = values[index, c] * kept + np.outer(tables.mean_values[index, c], gained)
            slopes[index, c] = slopes[index, c] * kept + np.outer(tables.mean_slopes[index, c], gained)
    return replace(tables, values=handed_over(values), slopes=handed_over(slopes))
