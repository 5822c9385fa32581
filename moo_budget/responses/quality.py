"""How well a model forecasts periods that it has not seen, beside the simplest forecast there is.

Rolling origins (Tashman 2000): each fold sees a longer stretch of the history, leaves a gap as long as spend carries
over (Racine 2000), and forecasts the block behind it; the scores pool all blocks. Spread is scored by the CRPS
(Gneiting and Raftery 2007), without the ensemble's own size (Ferro 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.responses.carry_over import LAGS
from moo_budget.responses.settings import ordinary

if TYPE_CHECKING:
    from moo_budget.history import History

MOST_FOLDS = 3
HELD_OUT_SHARE = 0.125  # of the periods, per fold: a quarter of two years' weeks
FEWEST_HELD_OUT = 4
# A fold that has seen less than this share of the periods is no likeness of the fit that has seen them all.
SEEN_SHARE = 0.5
# The gap takes at most this share of the periods before the last block.
GAP_SHARE = 0.2
CROSS_SECTION_STRIDE = 5
# A percentage of next to nothing is a wild number: such periods are left out of MAPE.
MAPE_FLOOR = 0.1
INTERVAL = (0.1, 0.9)
NOT_SCORED: dict[str, Any] = {
    "folds": 0,
    "held_out_periods": 0,
    "r2": None,
    "mape": None,
    "naive_mape": None,
    "crps": None,
    "naive_crps": None,
    "coverage_80": None,
}
NOT_FITTED: dict[str, Any] = {"r2_in_sample": None, "observed_to_fitted": None}


@dataclass(frozen=True, eq=False)
class Split:
    """One fold: which rows a first fit sees, and which it forecasts; the rows of a gap are neither.

    Args:
        seen_rows: (n_periods,).
        held_out: (n_periods,).
        ordered: the rows follow each other in time.
    """

    seen_rows: BoolArray
    held_out: BoolArray
    ordered: bool

    def seen(self, observed: FloatArray) -> FloatArray:
        """(n_periods,) with NaN where not seen."""
        return np.where(self.seen_rows, observed, np.nan)

    def naive(self, observed: FloatArray) -> FloatArray:
        """What the simplest forecast draws from: as many seen outcomes just before as are held out, at least 4.

        Without time all that are seen. `observed` is (n_periods,); NaN, and rows that are not seen, are left out, and
        wild values are drawn in: beside a yardstick that a miscount has bent, any model looks straight.
        """
        before = ordinary(observed[self.seen_rows & np.isfinite(observed)])
        return before[-max(int(self.held_out.sum()), FEWEST_HELD_OUT) :] if self.ordered else before


def folds_of(history: History) -> tuple[Split, ...]:
    """Up to three folds, the earliest first; the last one always, others as long as they see half of the periods.

    A block is an eighth of the periods, at least 4. Without dates every fifth row is held out, from three starts.
    """
    rows = np.arange(history.n_periods)
    if history.dates is None:
        held_out = [rows % CROSS_SECTION_STRIDE == CROSS_SECTION_STRIDE - 1 - fold for fold in range(MOST_FOLDS)]
        return tuple(Split(~block, block, ordered=False) for block in reversed(held_out))
    size = max(FEWEST_HELD_OUT, round(HELD_OUT_SHARE * history.n_periods))
    gap = min(LAGS[history.period] - 1, int(GAP_SHARE * (history.n_periods - size)))
    starts = [history.n_periods - (fold + 1) * size for fold in range(MOST_FOLDS)]
    kept = [start for start in starts if start - gap >= SEEN_SHARE * history.n_periods or start == starts[0]]
    return tuple(
        Split(rows < start - gap, (rows >= start) & (rows < start + size), ordered=True) for start in reversed(kept)
    )


@dataclass(frozen=True, eq=False)
class Forecast:
    """What was expected of the held-out rows of one fold, what came, and how well that was foreseen.

    Args:
        actual: (n_held_out,), outcome.
        expected: (n_held_out,).
        crps: (n_held_out,), in the outcome's unit.
        covered: (n_held_out,): whether the central 80 % of what might have come hold what came.
        naive: (n_naive,), earlier outcomes: the forecast of somebody who knows nothing else.
    """

    actual: FloatArray
    expected: FloatArray
    crps: FloatArray
    covered: BoolArray
    naive: FloatArray

    @classmethod
    def of_draws(cls, actual: FloatArray, expected: FloatArray, draws: FloatArray, naive: FloatArray) -> Forecast:
        """Of (n_held_out, n_draws), outcomes that may come, noise included; kept, they would outweigh all of a fit."""
        low, high = np.quantile(draws, INTERVAL, axis=1)
        covered = np.asarray((low <= actual) & (actual <= high), dtype=np.bool_)
        return cls(actual, expected, ensemble_crps(actual, draws), covered, naive)

    @property
    def naive_crps(self) -> FloatArray:
        """(n_held_out,), of the naive forecast, in the outcome's unit."""
        return ensemble_crps(self.actual, np.broadcast_to(self.naive, (len(self.actual), len(self.naive))))


def held_out_quality(forecasts: Sequence[Forecast]) -> dict[str, Any]:
    """Quality on the held-out rows of all folds, pooled, ready for JSON.

    Returns:
        `folds`; `held_out_periods`; `r2`, None where the outcome does not vary; `mape` and `naive_mape`, mean absolute
        errors as shares of the outcome, over rows with at least a tenth of the mean outcome, None where there are none,
        the naive one of the median of what came before; `crps` and `naive_crps`, as shares of the mean size of the
        outcome, None where that is zero; `coverage_80`, the share of rows inside their 80 % interval.
    """
    if not forecasts:
        return dict(NOT_SCORED)
    actual = np.concatenate([forecast.actual for forecast in forecasts])
    expected = np.concatenate([forecast.expected for forecast in forecasts])
    naive = np.concatenate([np.full_like(forecast.actual, np.median(forecast.naive)) for forecast in forecasts])
    size = float(np.abs(actual).mean())
    crps, naive_crps = (
        float(np.concatenate(scores).mean()) / size if size > 0.0 else None
        for scores in ([one.crps for one in forecasts], [one.naive_crps for one in forecasts])
    )
    return {
        "folds": len(forecasts),
        "held_out_periods": len(actual),
        "r2": r_squared(actual, expected),
        "mape": mape(actual, expected),
        "naive_mape": mape(actual, naive),
        "crps": crps,
        "naive_crps": naive_crps,
        "coverage_80": float(np.concatenate([forecast.covered for forecast in forecasts]).mean()),
    }


def ensemble_crps(actual: FloatArray, draws: FloatArray) -> FloatArray:
    """Continuous ranked probability score of forecasts given as draws; 0 is a forecast that knew.

    The mean distance of the draws from what came, less half their mean distance from each other.

    Args:
        actual: (n,).
        draws: (n, n_draws), two or more.

    Returns:
        (n,), in the unit of both.

    Source: Ferro 2014, the fair form, whose mean does not hang on the number of draws.
    """
    n_draws = draws.shape[1]
    # Sorted, each pair's distance is counted through the ranks: no (n_draws, n_draws) table.
    ranks = 2.0 * np.arange(1, n_draws + 1) - n_draws - 1.0
    apart = np.sort(draws, axis=1) @ ranks / (n_draws * (n_draws - 1.0))
    return np.asarray(np.abs(draws - actual[:, None]).mean(axis=1) - apart, dtype=np.float64)


def r_squared(actual: FloatArray, predicted: FloatArray) -> float | None:
    """1 less the squared error over the squared deviation from the mean; None where nothing varies."""
    if len(np.unique(actual)) < 2:
        return None
    return float(1.0 - ((actual - predicted) ** 2).sum() / ((actual - actual.mean()) ** 2).sum())


def in_sample_quality(observed: FloatArray, expected: FloatArray) -> dict[str, Any]:
    """Of (n_periods,) outcomes and a fit that has seen them all, ready for JSON.

    `observed_to_fitted` is the total of what was observed over the total of what was fitted.
    """
    return {"r2_in_sample": r_squared(observed, expected), "observed_to_fitted": _ratio(observed, expected)}


def in_sample_quality_of_sum(
    observed: Sequence[FloatArray], expected: Sequence[FloatArray], counted: Sequence[BoolArray]
) -> dict[str, Any]:
    """The same of parts, each (n_periods,); where neither side of a part counts, it brings nothing to the sum."""
    if not counted:
        return dict(NOT_FITTED)
    return in_sample_quality(*(np.where(counted, values, 0.0).sum(axis=0) for values in (observed, expected)))


def _ratio(observed: FloatArray, expected: FloatArray) -> float | None:
    total = float(expected.sum())
    return float(observed.sum()) / total if total != 0.0 else None


def mape(actual: FloatArray, predicted: FloatArray) -> float | None:
    """Mean absolute error as a share of the outcome, over rows with at least a tenth of the mean outcome."""
    counted = actual > MAPE_FLOOR * max(float(actual.mean()), 0.0)
    if not counted.any():
        return None
    return float((np.abs(actual - predicted)[counted] / actual[counted]).mean())
