"""What fits expect of every period, what may come there, and how that compares with what came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.responses.additive import AdditiveRegression
from moo_budget.responses.additive_fit import AdditiveFit, fit_additive
from moo_budget.responses.posterior import OUTLIER_DEVIATIONS
from moo_budget.responses.quality import Forecast, Split

N_DRAWS = 100
# Every draw of the parameters meets the noise of so many periods.
NOISE_PER_DRAW = 4


def may_come(fits: Sequence[AdditiveFit], rows: BoolArray, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Outcomes that may come, noise included, of one fit after the other, (n_rows, n_draws), in the outcome's unit.

    Draws of the parameters are independent between fits; their noise is that of one past period, the same for all, so
    that what moves several channels at once stays together. A fit that has seen nothing has no noise to show.

    Args:
        fits: to the same periods.
        rows: (n_periods,), the periods that are asked for.
        rng: of the draws.
    """
    residuals = np.array([_noise_of(fit) for fit in fits])
    seen = residuals[:, np.isfinite(residuals).any(axis=0)]
    past = rng.integers(max(seen.shape[1], 1), size=(NOISE_PER_DRAW, N_DRAWS))
    for fit, known in zip(fits, seen, strict=True):
        yield _one(fit, rows, filled(known, rng)[past], rng)


def _one(fit: AdditiveFit, rows: BoolArray, noise: FloatArray, rng: np.random.Generator) -> FloatArray:
    """(n_rows, n_draws) of one fit under relative noise (NOISE_PER_DRAW, N_DRAWS)."""
    regression = fit.regression
    expected = regression.expected(fit.posterior.draws(N_DRAWS, rng))[rows]
    outcomes = expected[:, None, :] + regression.noise_scale(expected)[:, None, :] * noise
    return np.asarray(fit.outcome_unit * outcomes.reshape(len(expected), -1), dtype=np.float64)


def _noise_of(fit: AdditiveFit) -> FloatArray:
    """Residuals (n_periods,), widened by the degrees of freedom that the fit has used; NaN where not used.

    Those of outliers are drawn in to where outliers begin: one miscounted period in every hundred draws would else be
    all that a score hears of.
    """
    furthest = OUTLIER_DEVIATIONS * fit.posterior.noise
    residuals = np.clip(fit.posterior.residuals, -furthest, furthest)
    n_used = int(np.isfinite(residuals).sum())
    return np.asarray(residuals * np.sqrt(n_used / max(n_used - fit.posterior.n_effective, 1.0)), dtype=np.float64)


def filled(residuals: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The same with periods that were not used taken from those that were; zeros where none was."""
    known = residuals[np.isfinite(residuals)]
    if not len(known):
        return np.zeros(max(len(residuals), 1))
    return np.where(np.isfinite(residuals), residuals, rng.choice(known, size=len(residuals)))


def forecast_of_sum(
    observed: FloatArray,
    fits: Sequence[AdditiveFit],
    counted: BoolArray,
    split: Split,
    rng: np.random.Generator,
) -> Forecast:
    """What one fold's fits together say of its held-out rows.

    Args:
        observed: (n_fits, n_periods), outcomes.
        fits: they have not seen the held-out rows.
        counted: (n_fits, n_periods): where neither side of a fit counts, it brings nothing to the sum.
        split: the fold; some of its held-out rows count for some fit.
        rng: of the draws.
    """
    expected = np.array([fit.expected for fit in fits])
    return summed(observed, expected, may_come(fits, split.held_out, rng), counted, split)


def summed(
    observed: FloatArray, expected: FloatArray, draws: Iterable[FloatArray], counted: BoolArray, split: Split
) -> Forecast:
    """A fold's forecast of a sum, from those of its parts.

    Args:
        observed: (n_parts, n_periods), outcomes.
        expected: (n_parts, n_periods), by what the fold sees.
        draws: of one part after the other, (n_held_out, n_draws), what may come by it, noise included; held one at a
            time, as there may be thousands.
        counted: (n_parts, n_periods): where neither side of a part counts, it brings nothing to the sum.
        split: the fold; some of its held-out rows count for some part.
    """
    shown = np.asarray(counted.any(axis=0))
    known = np.where(shown, np.where(counted, observed, 0.0).sum(axis=0), np.nan)
    here = split.held_out & shown
    in_total = np.where(counted, expected, 0.0).sum(axis=0)
    held_out = counted[:, split.held_out, None]
    may_be: FloatArray = np.zeros((1, 1))
    for counts, part in zip(held_out, draws, strict=True):
        may_be = may_be + np.where(counts, part, 0.0)
    return Forecast.of_draws(known[here], in_total[here], may_be[shown[split.held_out]], split.naive(known))


def forecasts_of(
    regression: AdditiveRegression,
    observed: FloatArray,
    outcome_unit: float,
    folds: Sequence[Split],
    rng: np.random.Generator,
) -> list[Forecast]:
    """What a regression says of each fold, such as a model's own less its channels: what the model must beat.

    Args:
        regression: in units of `outcome_unit`.
        observed: (n_periods,), outcome.
        outcome_unit: outcome per unit of the regression.
        folds: as the model itself is tested.
        rng: of the draws.
    """
    fits = [fit_additive(regression, fold.seen(observed), outcome_unit, ordered=fold.ordered) for fold in folds]
    everywhere = np.ones((1, len(observed)), dtype=np.bool_)
    return [
        forecast_of_sum(observed[None], (fit,), everywhere, fold, rng) for fit, fold in zip(fits, folds, strict=True)
    ]
