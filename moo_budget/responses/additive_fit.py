"""The additive regression learned from outcomes: its posterior, and what draws of it say of every channel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.errors import ModelError
from moo_budget.responses.additive import AdditiveRegression
from moo_budget.responses.channel_term import ChannelResponse
from moo_budget.responses.effect_season import LearnedSeason
from moo_budget.responses.mean import mean_deviation, mean_ratio
from moo_budget.responses.posterior import (
    Posterior,
    draws_with_experiments,
    independent_periods,
    learn,
    without_periods,
)


@dataclass(frozen=True, eq=False)
class AdditiveFit:
    """A fitted regression in the outcome's own unit.

    Args:
        regression: what was fitted, in units of `outcome_unit`.
        posterior: of its free parameters.
        observed: (n_periods,), in units of `outcome_unit`; NaN where not used.
        outcome_unit: outcome per unit of the regression.
        fault: what went wrong, so that the posterior is only the prior; empty: nothing.
    """

    regression: AdditiveRegression
    posterior: Posterior
    observed: FloatArray
    outcome_unit: float
    fault: str = ""

    @property
    def status(self) -> str:
        """``fitted``, or ``prior`` where the data had no say."""
        return "fitted" if self.posterior.n_effective > 0.0 else "prior"

    def summary(self) -> dict[str, Any]:
        """What was fitted and how, ready for JSON."""
        return {
            "status": self.status,
            "curve": ", ".join(sorted({term.curve.name for term in self.regression.terms})),
            "carry_over": ", ".join(sorted({term.carry_over.name for term in self.regression.terms})),
            "residual_autocorrelation": self.posterior.autocorrelation,
            "outliers": int(self.posterior.outliers.sum()),
        }

    @property
    def expected(self) -> FloatArray:
        """(n_periods,), mean outcome."""
        return self.outcome_unit * self.mean_ratio * self.posterior.expected

    @property
    def relative_residuals(self) -> FloatArray:
        """(n_periods,), about the mean outcome, the fit's degrees of freedom given back; NaN where not used."""
        return ((1.0 + self.posterior.residuals) / self.mean_ratio - 1.0) * self._given_back

    def term_draws(self, n_draws: int, rng: np.random.Generator) -> list[FloatArray]:
        """Joint draws of each term's free parameters, (n_draws, n_parameters)."""
        return self.regression.split(self.posterior.draws(n_draws, rng))[1]

    def _draws(self, n_draws: int, rng: np.random.Generator) -> FloatArray:
        """Free parameters (n_draws, n_free), which follow the bends of what lift tests measured."""
        lifts = self.regression.lifts
        if lifts is None:
            return self._within(self.posterior.draws(n_draws, rng))
        experiments = partial(self.regression.missed_lifts, lifts)
        return self._within(draws_with_experiments(self.posterior, experiments, n_draws, rng))

    def _within(self, free: FloatArray) -> FloatArray:
        """Draws whose season is stronger than full, or weaker than none, moved to the nearest one that is not.

        Nearest as the posterior measures it, so that with the strength all moves that the data had bound to it.
        """
        if self.regression.season is None:
            return free
        last = np.eye(free.shape[1])[-1]
        together = np.linalg.solve(self.posterior.precision, last)
        moved = np.clip(free[:, -1], 0.0, 1.0) - free[:, -1]
        within: FloatArray = free + moved[:, None] * together / together[-1]
        return within

    def season(self, n_draws: int, rng: np.random.Generator) -> LearnedSeason | None:
        """The season of the effects; of the same stream as `responses` its draws belong to theirs. None: none."""
        if self.regression.season is None:
            return None
        free = self._draws(n_draws, rng)
        return LearnedSeason(self.regression.season, self.regression.split(free)[0], free[:, -1])

    def responses(self, n_draws: int, rng: np.random.Generator) -> tuple[ChannelResponse, ...]:
        """One per term, with joint draws."""
        channels = self.regression.split(self._draws(n_draws, rng))[1]
        # Where tests have measured a level, what was observed must not overrule them.
        is_observed = self._has_mean and self.regression.lifts is None
        outcome_units = self.outcome_unit * (
            self._mean_draws(channels, rng) if is_observed else np.full(n_draws, self.mean_ratio)
        )
        terms = zip(self.regression.terms, channels, strict=True)
        return tuple(term.response(draws, outcome_units) for term, draws in terms)

    @property
    def _has_mean(self) -> bool:
        """Whether an ordinary period and the mean differ: level noise has no side, and a prior no residuals."""
        return self.regression.relative_above is not None and self.status == "fitted"

    @property
    def _used_residuals(self) -> FloatArray:
        return self.posterior.residuals[np.isfinite(self.posterior.residuals)]

    @property
    def mean_ratio(self) -> float:
        """What a period brings on average, over what an ordinary one brings."""
        return float(mean_ratio(self._used_residuals)) if self._has_mean else 1.0

    @property
    def _given_back(self) -> float:
        """Root of observations per degree of freedom that the fit has left."""
        n_used = len(self._used_residuals)
        return float(np.sqrt(n_used / max(n_used - self.posterior.n_effective, 1.0)))

    def _mean_draws(self, channels: list[FloatArray], rng: np.random.Generator) -> FloatArray:
        """Mean over ordinary outcome, (n_draws,).

        Every draw is brought to the mean of what was observed, so what was unknown about its level gives way to how
        well so many observations know their mean.
        """
        used = np.isfinite(self.observed)
        terms = zip(self.regression.terms, channels, strict=True)
        expected = sum((term.contributions(free)[used] for term, free in terms), np.zeros(1))
        residuals = (self.observed[used, None] - expected) / self.regression.noise_scale(expected)
        n_believed = self.regression.trust * used.sum() * independent_periods(self.posterior.autocorrelation)
        deviation = self._given_back * mean_deviation(self._used_residuals, n_believed)
        sampling = deviation * rng.standard_normal(expected.shape[1]) - 0.5 * deviation**2
        return np.asarray(mean_ratio(residuals) * np.exp(sampling), dtype=np.float64)


def fit_additive(
    regression: AdditiveRegression, observed: FloatArray, outcome_unit: float, *, ordered: bool
) -> AdditiveFit:
    """Learn the regression from (n_periods,) outcomes, NaN where not used; where that fails, keep its prior.

    The regression's lift tests are in the outcome's own unit.
    """
    in_units = observed / outcome_unit

    def fit_in(regression: AdditiveRegression) -> AdditiveFit:
        posterior = learn(regression, in_units, ordered=ordered, trust=regression.trust)
        return AdditiveFit(regression, posterior, in_units, outcome_unit)

    try:
        fit = fit_in(_in_units(regression, outcome_unit))
        if regression.lifts is None or fit.mean_ratio == 1.0:
            return fit
        # A test measures a mean, and these curves are those of an ordinary period.
        return fit_in(_in_units(regression, outcome_unit * fit.mean_ratio))
    except ModelError as fault:
        return unfitted(replace(regression, lifts=None), len(observed), outcome_unit, fault.text)


def _in_units(regression: AdditiveRegression, outcome_unit: float) -> AdditiveRegression:
    lifts = regression.lifts
    return regression if lifts is None else replace(regression, lifts=lifts.in_units(outcome_unit))


def unfitted(regression: AdditiveRegression, n_periods: int, outcome_unit: float, fault: str = "") -> AdditiveFit:
    """The regression with what is known beside the periods for a posterior; of a season that is nothing."""
    nothing = np.full(n_periods, np.nan)
    regression = _in_units(replace(regression, season=None), outcome_unit)
    return AdditiveFit(regression, without_periods(regression, n_periods), nothing, outcome_unit, fault)
