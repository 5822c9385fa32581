"""How well a model forecasts periods that it has not seen, beside the simplest forecast there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from moo_budget._checks import BoolArray, FloatArray

if TYPE_CHECKING:
    from moo_budget.history import History

HELD_OUT_SHARE = 0.2
FEWEST_HELD_OUT = 4
CROSS_SECTION_STRIDE = 5
# A percentage of next to nothing is a wild number: such periods are left out of MAPE.
MAPE_FLOOR = 0.1
NOT_SCORED: dict[str, Any] = {"held_out_periods": 0, "r2": None, "mape": None, "naive_mape": None}
NOT_FITTED: dict[str, Any] = {"r2_in_sample": None, "observed_to_fitted": None}


@dataclass(frozen=True, eq=False)
class Split:
    """Which rows a first fit does not see.

    Args:
        held_out: (n_periods,).
        ordered: the rows follow each other in time.
    """

    held_out: BoolArray
    ordered: bool

    def of(self, rows: BoolArray) -> Split:
        """The same split of some of the rows."""
        return Split(self.held_out[rows], self.ordered)

    def seen(self, observed: FloatArray) -> FloatArray:
        """(n_periods,) with NaN where held out."""
        return np.where(self.held_out, np.nan, observed)


def split_of(history: History) -> Split:
    """The last fifth of the periods (at least 4) is held out; without dates, every fifth row."""
    rows = np.arange(history.n_periods)
    if history.dates is None:
        return Split(rows % CROSS_SECTION_STRIDE == CROSS_SECTION_STRIDE - 1, ordered=False)
    n_held_out = max(FEWEST_HELD_OUT, round(HELD_OUT_SHARE * history.n_periods))
    return Split(rows >= history.n_periods - n_held_out, ordered=True)


def naive_forecast(observed: FloatArray, split: Split) -> float:
    """The mean of as many periods just before as are held out; without time, the mean of the other rows."""
    before = observed[~split.held_out]
    return float(before[-split.held_out.sum() :].mean() if split.ordered else before.mean())


def forecast_quality(observed: FloatArray, predicted: FloatArray, split: Split) -> dict[str, Any]:
    """Quality on the held-out rows, ready for JSON.

    Args:
        observed: (n_periods,), outcome.
        predicted: (n_periods,), by a fit that has not seen the held-out rows.
        split: which rows those are; some are, and some are not.

    Returns:
        `held_out_periods`; `r2`, None where the outcome does not vary; `mape` and `naive_mape`, mean absolute errors as
        shares of the outcome, over rows with at least a tenth of the mean outcome, None where there are none.
    """
    actual = observed[split.held_out]
    return {
        "held_out_periods": len(actual),
        "r2": r_squared(actual, predicted[split.held_out]),
        "mape": _mape(actual, predicted[split.held_out]),
        "naive_mape": _mape(actual, np.full_like(actual, naive_forecast(observed, split))),
    }


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


def _ratio(observed: FloatArray, expected: FloatArray) -> float | None:
    total = float(expected.sum())
    return float(observed.sum()) / total if total != 0.0 else None


def _mape(actual: FloatArray, predicted: FloatArray) -> float | None:
    counted = actual > MAPE_FLOOR * max(float(actual.mean()), 0.0)
    if not counted.any():
        return None
    return float((np.abs(actual - predicted)[counted] / actual[counted]).mean())
