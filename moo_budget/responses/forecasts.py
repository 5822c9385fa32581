"""What fits expect of every period, what may come there, and how that compares with what came."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.responses.additive import AdditiveFit, AdditiveRegression, fit_additive
from moo_budget.responses.quality import Forecast, Split, mape

N_DRAWS = 100
# Every draw of the parameters meets the noise of so many periods.
NOISE_PER_DRAW = 4


def may_come(fits: Sequence[AdditiveFit], rng: np.random.Generator) -> FloatArray:
    """Outcomes that may come, noise included, (n_fits, n_periods, n_draws), in the outcome's unit.

    Draws of the parameters are independent between fits; their noise is that of one past period, the same for all, so
    that what moves several channels at once stays together. A fit that has seen nothing has no noise to show.
    """
    residuals = np.array([_given_back_residuals(fit) for fit in fits])
    seen = residuals[:, np.isfinite(residuals).any(axis=0)]
    rows = rng.integers(max(seen.shape[1], 1), size=(NOISE_PER_DRAW, N_DRAWS))
    return np.array([_one(fit, filled(known, rng)[rows], rng) for fit, known in zip(fits, seen, strict=True)])


def _one(fit: AdditiveFit, noise: FloatArray, rng: np.random.Generator) -> FloatArray:
    """(n_periods, n_draws) of one fit under relative noise (NOISE_PER_DRAW, N_DRAWS)."""
    regression = fit.regression
    coefficients, channels = regression.split(fit.posterior.draws(N_DRAWS, rng))
    terms = zip(regression.terms, channels, strict=True)
    expected = regression.baseline.columns @ coefficients.T + sum(term.contributions(free) for term, free in terms)
    outcomes = expected[:, None, :] + regression.noise_scale(expected)[:, None, :] * noise
    return np.asarray(fit.outcome_unit * outcomes.reshape(len(expected), -1), dtype=np.float64)


def _given_back_residuals(fit: AdditiveFit) -> FloatArray:
    """(n_periods,), widened by the degrees of freedom that the fit has used; NaN where not used."""
    residuals, n_effective = fit.posterior.residuals, fit.posterior.n_effective
    n_used = int(np.isfinite(residuals).sum())
    return np.asarray(residuals * np.sqrt(n_used / max(n_used - n_effective, 1.0)), dtype=np.float64)


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
    held_out = split.held_out & counted.any(axis=0)
    actual = np.where(counted, observed, 0.0).sum(axis=0)
    expected = np.where(counted, [fit.expected for fit in fits], 0.0).sum(axis=0)
    draws = np.where(counted[:, :, None], may_come(fits, rng), 0.0).sum(axis=0)
    known = np.where(counted.any(axis=0), actual, np.nan)
    return Forecast(actual[held_out], expected[held_out], draws[held_out], split.naive(known))


def held_out_mape(
    regression: AdditiveRegression, observed: FloatArray, outcome_unit: float, folds: Sequence[Split]
) -> float | None:
    """Held-out error of a regression, such as a model's own less its channels: what the model must beat.

    Args:
        regression: in units of `outcome_unit`.
        observed: (n_periods,), outcome.
        outcome_unit: outcome per unit of the regression.
        folds: as the model itself is tested.
    """
    fits = [fit_additive(regression, fold.seen(observed), outcome_unit, ordered=fold.ordered) for fold in folds]
    actual = np.concatenate([observed[fold.held_out] for fold in folds])
    expected = np.concatenate([fit.expected[fold.held_out] for fit, fold in zip(fits, folds, strict=True)])
    return mape(actual, expected)
