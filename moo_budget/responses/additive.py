"""The regression behind both models: a linear baseline plus every channel's curve over its stock."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.errors import ModelError
from moo_budget.responses.carry_over import CarryOver, carry_in, lagged
from moo_budget.responses.curves import Curve, CurveDraws
from moo_budget.responses.mean import mean_deviation, mean_ratio
from moo_budget.responses.parameters import Parameter, SoftPositive, natural, natural_slopes
from moo_budget.responses.posterior import Posterior, Prior, independent_periods, learn, prior_only
from moo_budget.responses.records import ResponseCurve

# Prior deviations of half-saturation by which the other starts of a search lie off the first.
STARTS_APART = 1.5
EFFECT = Parameter("effect", SoftPositive(), centre=1.0, spread=1.2)


@dataclass(frozen=True, eq=False)
class ChannelResponse:
    """One channel's part of one outcome, as it is handed over.

    Args:
        curve: with draws.
        carry_over: (n_draws, n_lags), weights.
        carry_in: (n_draws, n_lags), currency: stock that the past puts into plan period 0, 1, ...
    """

    curve: ResponseCurve
    carry_over: FloatArray
    carry_in: FloatArray


@dataclass(frozen=True, eq=False)
class ChannelTerm:
    """One channel's part of an outcome: ``unit * effect * shape(stock / scale)``.

    Args:
        curve: the shape.
        carry_over: how spend becomes stock.
        n_lags: how many periods a unit of spend is followed.
        spend: (n_periods,), currency per period.
        scale: typical spend, currency per period.
        unit: prior median of the effect, in the regression's unit of outcome.
    """

    curve: Curve
    carry_over: CarryOver
    n_lags: int
    spend: FloatArray
    scale: float
    unit: float

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Effect first, then the shape's, then the carry-over's."""
        return (EFFECT, *self.curve.parameters, *self.carry_over.parameters)

    @cached_property
    def _past(self) -> FloatArray:
        """(n_periods, n_lags) spend in typical spends."""
        return lagged(self.spend, self.n_lags) / self.scale

    def _split(self, values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(..., n_parameters) -> effect (...), the shape's (..., n), the carry-over's (..., n)."""
        end = 1 + len(self.curve.parameters)
        return values[..., 0], values[..., 1:end], values[..., end:]

    def predict(self, free: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Free parameters (n_parameters,) -> contribution (n_periods,) and its Jacobian (n_periods, n_parameters)."""
        effect, shape_parameters, carry_parameters = self._split(natural(self.parameters, free))
        weights = self.carry_over.weights(carry_parameters, self.n_lags)
        stock = self._past @ weights
        shape = self.curve.shape(stock, *shape_parameters)
        by_stock = self._past @ self.carry_over.gradient(carry_parameters, self.n_lags).T
        by_carry = self.curve.slope(stock, *shape_parameters)[:, None] * by_stock
        by_shape = np.reshape(self.curve.gradient(stock, *shape_parameters), (-1, len(stock))).T
        gradient = np.column_stack([shape, effect * by_shape, effect * by_carry])
        return self.unit * effect * shape, self.unit * gradient * natural_slopes(self.parameters, free)

    def contributions(self, free: FloatArray) -> FloatArray:
        """Draws of the free parameters (n_draws, n_parameters) -> contributions (n_periods, n_draws)."""
        effect, shape_parameters, carry_parameters = self._split(natural(self.parameters, free))
        stock = self._past @ self.carry_over.weights(carry_parameters, self.n_lags).T
        return self.unit * effect * self.curve.shape(stock, *shape_parameters.T)

    def response(self, free: FloatArray, outcome_units: FloatArray) -> ChannelResponse:
        """What draws of the free parameters, (n_draws, n_parameters), say of this channel.

        `outcome_units`, (n_draws,), is the outcome per unit of the regression.
        """
        effect, shape_parameters, carry_parameters = self._split(natural(self.parameters, free))
        weights = self.carry_over.weights(carry_parameters, self.n_lags)
        curve = CurveDraws(self.curve, self.scale, outcome_units * self.unit * effect, shape_parameters)
        return ChannelResponse(curve, weights, carry_in(self.spend, weights))


@dataclass(frozen=True, eq=False)
class Baseline:
    """What the outcome does without the channels: columns times coefficients.

    Args:
        columns: (n_periods, n_columns), without unit.
        centres: (n_columns,), prior means of the coefficients, in the regression's unit of outcome.
        spreads: (n_columns,), prior standard deviations, likewise.
    """

    columns: FloatArray
    centres: FloatArray
    spreads: FloatArray


def no_baseline(n_periods: int) -> Baseline:
    """The baseline of an outcome that only its channel makes."""
    return Baseline(np.empty((n_periods, 0)), np.empty(0), np.empty(0))


@dataclass(frozen=True, eq=False)
class AdditiveRegression:
    """A `Regression`: baseline plus channels.

    Args:
        baseline: the linear part.
        terms: the channels' parts.
        common_spread: prior standard deviation, on the free scale, of what all channels' effects have in common.
        relative_above: the noise is proportional to what is expected, and to this where less is expected, in the
            regression's unit of outcome; None: it is level.
    """

    baseline: Baseline
    terms: tuple[ChannelTerm, ...]
    common_spread: float = 0.0
    relative_above: float | None = None

    @cached_property
    def prior(self) -> Prior:
        """Independent parameters, but for the effects, which share `common_spread`."""
        parameters = [parameter for term in self.terms for parameter in term.parameters]
        centres = [parameter.scale.free(parameter.centre) for parameter in parameters]
        spreads = np.array([parameter.spread for parameter in parameters])
        is_effect = np.concatenate([np.zeros(len(self.baseline.centres)), [p is EFFECT for p in parameters]])
        covariance = np.diag(np.concatenate([self.baseline.spreads, spreads]) ** 2)
        covariance += self.common_spread**2 * np.outer(is_effect, is_effect)
        return Prior(np.concatenate([self.baseline.centres, centres]), covariance)

    @property
    def starts(self) -> tuple[FloatArray, ...]:
        """The prior's mean, then channels that saturate early, then channels that hardly do."""
        saturations = [
            STARTS_APART * parameter.spread * (parameter.name == "half_saturation")
            for term in self.terms
            for parameter in term.parameters
        ]
        aside = np.concatenate([np.zeros(len(self.baseline.centres)), saturations])
        return (self.prior.mean, self.prior.mean - aside, self.prior.mean + aside)

    def split(self, free: FloatArray) -> tuple[FloatArray, list[FloatArray]]:
        """(..., n_free) -> the baseline's (..., n_columns), and each channel's (..., n_parameters)."""
        ends = np.cumsum([self.baseline.columns.shape[1], *(len(term.parameters) for term in self.terms)])
        baseline, *channels = np.split(free, ends[:-1], axis=-1)
        return baseline, channels

    def predict(self, free: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Free parameters (n_free,) -> expected outcome (n_periods,) and its Jacobian (n_periods, n_free)."""
        coefficients, channels = self.split(free)
        expected = self.baseline.columns @ coefficients
        jacobians = [self.baseline.columns]
        for term, channel in zip(self.terms, channels, strict=True):
            contribution, jacobian = term.predict(channel)
            expected = expected + contribution
            jacobians.append(jacobian)
        return expected, np.concatenate(jacobians, axis=1)

    def noise_scale(self, expected: FloatArray) -> FloatArray:
        """(n_periods,) -> standard deviation of each period's noise up to one common factor."""
        return np.ones_like(expected) if self.relative_above is None else np.maximum(expected, self.relative_above)


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
        return self.outcome_unit * self._mean_ratio * self.posterior.expected

    @property
    def relative_residuals(self) -> FloatArray:
        """(n_periods,), about the mean outcome, the fit's degrees of freedom given back; NaN where not used."""
        return ((1.0 + self.posterior.residuals) / self._mean_ratio - 1.0) * self._given_back

    def responses(self, n_draws: int, rng: np.random.Generator) -> tuple[ChannelResponse, ...]:
        """One per term, with joint draws."""
        free = self.posterior.draws(n_draws, rng)
        _, channels = self.regression.split(free)
        outcome_units = self.outcome_unit * (self._mean_draws(channels, rng) if self._has_mean else np.ones(n_draws))
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
    def _mean_ratio(self) -> float:
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
        n_independent = used.sum() * independent_periods(self.posterior.autocorrelation)
        deviation = self._given_back * mean_deviation(self._used_residuals, n_independent)
        sampling = deviation * rng.standard_normal(expected.shape[1]) - 0.5 * deviation**2
        return np.asarray(mean_ratio(residuals) * np.exp(sampling), dtype=np.float64)


def fit_additive(
    regression: AdditiveRegression, observed: FloatArray, outcome_unit: float, *, ordered: bool
) -> AdditiveFit:
    """Learn the regression from (n_periods,) outcomes, NaN where not used; where that fails, keep its prior."""
    in_units = observed / outcome_unit
    try:
        return AdditiveFit(regression, learn(regression, in_units, ordered=ordered), in_units, outcome_unit)
    except ModelError as fault:
        return unfitted(regression, len(observed), outcome_unit, fault.text)


def unfitted(regression: AdditiveRegression, n_periods: int, outcome_unit: float, fault: str = "") -> AdditiveFit:
    """The regression with its prior for a posterior."""
    nothing = np.full(n_periods, np.nan)
    return AdditiveFit(regression, prior_only(regression, n_periods), nothing, outcome_unit, fault)
