"""The regression behind both models: a linear baseline plus every channel's curve over its stock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.errors import ModelError
from moo_budget.responses.carry_over import CarryOver, carry_in, lagged
from moo_budget.responses.curves import BENDS, Curve, CurveDraws
from moo_budget.responses.effect_season import STRENGTH_SPREAD, EffectSeason, LearnedSeason
from moo_budget.responses.experiments import LiftSeries
from moo_budget.responses.least_squares import Prior
from moo_budget.responses.mean import mean_deviation, mean_ratio
from moo_budget.responses.parameters import Parameter, SoftPositive, natural, natural_slopes
from moo_budget.responses.posterior import (
    Posterior,
    draws_with_experiments,
    independent_periods,
    learn,
    without_periods,
)
from moo_budget.responses.records import ResponseCurve

# Prior deviations of where a curve bends by which the other starts of a search lie off the first.
STARTS_APART = 1.5
# Prior deviations by which the first and the last channel begin off the middle, however many there are.
CHANNELS_APART = 0.1
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
        beliefs: name -> parameter that stands in for the one of the same name.
    """

    curve: Curve
    carry_over: CarryOver
    n_lags: int
    spend: FloatArray
    scale: float
    unit: float
    beliefs: Mapping[str, Parameter] = field(default_factory=dict)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Effect first, then the shape's, then the carry-over's."""
        usual = (EFFECT, *self.curve.parameters, *self.carry_over.parameters)
        return tuple(self.beliefs.get(parameter.name, parameter) for parameter in usual)

    def units(self, outcome_unit: float) -> dict[str, float]:
        """What people count a parameter in, per natural unit: effects in outcome per currency, at typical spend.

        `outcome_unit` is the outcome per unit of the regression.
        """
        return {"effect": outcome_unit * self.unit / self.scale, "half_saturation": self.scale, "decay": 1.0}

    @cached_property
    def _past(self) -> FloatArray:
        """(n_periods, n_lags) spend in typical spends."""
        return lagged(self.spend, self.n_lags) / self.scale

    def _split(self, values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(..., n_parameters) -> effect (...), the shape's (..., n), the carry-over's (..., n)."""
        end = 1 + len(self.curve.parameters)
        return values[..., 0], values[..., 1:end], values[..., end:]

    def predict(self, free: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Contribution of every period, and its Jacobian.

        Free parameters (n_parameters,), or draws of them (n_draws, n_parameters) -> (..., n_periods) and
        (..., n_periods, n_parameters).
        """
        effect, shape_parameters, carry_parameters = self._split(natural(self.parameters, free))
        effect, shape_parameters = effect[..., None], shape_parameters.T[..., None]
        stock = self.carry_over.weights(carry_parameters, self.n_lags) @ self._past.T
        shape = self.curve.shape(stock, *shape_parameters)
        by_shape = self.curve.gradient(stock, *shape_parameters)
        by_weights = self.carry_over.gradient(carry_parameters, self.n_lags) @ self._past.T
        by_carry = self.curve.slope(stock, *shape_parameters)[..., None, :] * by_weights
        by_each = [shape, *(effect * by for by in (*by_shape, *by_carry.swapaxes(0, -2)))]
        jacobian = np.stack(by_each, axis=-1) * natural_slopes(self.parameters, free)[..., None, :]
        return self.unit * effect * shape, self.unit * jacobian

    def contributions(self, free: FloatArray) -> FloatArray:
        """Draws of the free parameters (n_draws, n_parameters) -> contributions (n_periods, n_draws)."""
        effect, shape_parameters, carry_parameters = self._split(natural(self.parameters, free))
        stock = self._past @ self.carry_over.weights(carry_parameters, self.n_lags).T
        return self.unit * effect * self.curve.shape(stock, *shape_parameters.T)

    def level(self, spend: FloatArray, free: FloatArray) -> FloatArray:
        """The same draws at level spend, (n_spend,) currency per period -> (n_spend, n_draws)."""
        effect, shape_parameters, _ = self._split(natural(self.parameters, free))
        return self.unit * effect * self.curve.shape(spend[:, None] / self.scale, *shape_parameters.T)

    def response(self, free: FloatArray, outcome_units: FloatArray) -> ChannelResponse:
        """What draws of the free parameters, (n_draws, n_parameters), say of this channel.

        `outcome_units`, (n_draws,), is the outcome per unit of the regression.
        """
        effect, shape_parameters, carry_parameters = self._split(natural(self.parameters, free))
        weights = self.carry_over.weights(carry_parameters, self.n_lags)
        curve = CurveDraws(self.curve, self.scale, outcome_units * self.unit * effect, shape_parameters)
        return ChannelResponse(curve, weights, carry_in(self.spend, weights))


@dataclass(frozen=True)
class Fluctuation:
    """How what channels bring fluctuates from period to period.

    Args:
        deviation: relative, of each channel.
        correlation: between channels.
    """

    deviation: float
    correlation: float

    def variance(self, contributions: FloatArray) -> FloatArray:
        """(n_channels, n_periods) -> (n_periods,), of their sum."""
        together = self.correlation * contributions.sum(axis=0) ** 2
        alone = (1.0 - self.correlation) * (contributions**2).sum(axis=0)
        return np.asarray(self.deviation**2 * (together + alone), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Baseline:
    """What the outcome does without the channels: columns times coefficients.

    Args:
        columns: (n_periods, n_columns), without unit.
        centres: (n_columns,), prior means of the coefficients, in the regression's unit of outcome.
        spreads: (n_columns,), prior standard deviations, likewise.
        waves: first of the columns that are the seasons' and first after them.
    """

    columns: FloatArray
    centres: FloatArray
    spreads: FloatArray
    waves: tuple[int, int] = (0, 0)


def no_baseline(n_periods: int) -> Baseline:
    """The baseline of an outcome that only its channel makes."""
    return Baseline(np.empty((n_periods, 0)), np.empty(0), np.empty(0))


@dataclass(frozen=True, eq=False)
class AdditiveRegression:
    """A `Regression`: baseline plus channels.

    Args:
        baseline: the linear part.
        terms: the channels' parts.
        relative_above: the noise is proportional to what is expected, and to this where less is expected, in the
            regression's unit of outcome; None: it is level.
        lifts: lift tests, in the regression's unit of outcome; None: none was made.
        fluctuation_of_effects: how what the channels bring fluctuates beside level noise; None: not at all.
        trust: share of the periods' information that is believed.
        season: how what the channels bring goes with the season of the baseline; None: it does not.
    """

    baseline: Baseline
    terms: tuple[ChannelTerm, ...]
    relative_above: float | None = None
    lifts: LiftSeries | None = None
    fluctuation_of_effects: Fluctuation | None = None
    trust: float = 1.0
    season: EffectSeason | None = None

    @cached_property
    def prior(self) -> Prior:
        """Independent parameters, but for what those of a name have in common."""
        parameters = [parameter for term in self.terms for parameter in term.parameters]
        centres = [parameter.scale.free(parameter.centre) for parameter in parameters]
        spreads = np.array([parameter.spread for parameter in parameters])
        of_season = np.full(1 if self.season else 0, STRENGTH_SPREAD)
        covariance = np.diag(np.concatenate([self.baseline.spreads, spreads, of_season]) ** 2)
        for name in dict.fromkeys(parameter.name for parameter in parameters):
            shared = [parameter.common * (parameter.name == name) for parameter in parameters]
            loadings = np.concatenate([np.zeros(len(self.baseline.centres)), shared, np.zeros_like(of_season)])
            covariance += np.outer(loadings, loadings)
        return Prior(np.concatenate([self.baseline.centres, centres, np.zeros_like(of_season)]), covariance)

    def prior_ranges(self, outcome_unit: float) -> list[dict[str, list[float]]]:
        """Of each term, the central 90 % of what is believed beforehand, as far as people have words for it.

        `roi` is outcome per currency at typical spend, `half_saturation` currency per period, `decay` a share.
        """
        return [
            {
                "roi" if parameter.name == EFFECT.name else parameter.name: [
                    float(unit * end) for end in parameter.range()
                ]
                for parameter in term.parameters
                if (unit := term.units(outcome_unit).get(parameter.name))
            }
            for term in self.terms
        ]

    @property
    def starts(self) -> tuple[FloatArray, ...]:
        """About the prior's mean, then channels that saturate early, then channels that hardly do.

        Every channel begins a little off the next. Two whose money moved alike would otherwise stay alike on all of the
        way, and end on a saddle: where they are likeliest only as long as they are alike.
        """
        middle = 0.5 * (len(self.terms) - 1)
        each = [(c - middle, parameter) for c, term in enumerate(self.terms) for parameter in term.parameters]
        still, strength = np.zeros(len(self.baseline.centres)), np.zeros(1 if self.season else 0)
        tilts = [CHANNELS_APART * place / max(middle, 1.0) * parameter.spread for place, parameter in each]
        asides = [STARTS_APART * parameter.spread * (parameter.name in BENDS) for _, parameter in each]
        first = self.prior.mean + np.concatenate([still, tilts, strength])
        aside = np.concatenate([still, asides, strength])
        return (first, first - aside, first + aside)

    def split(self, free: FloatArray) -> tuple[FloatArray, list[FloatArray]]:
        """(..., n_free) -> the baseline's (..., n_columns), and each channel's (..., n_parameters)."""
        ends = np.cumsum([self.baseline.columns.shape[1], *(len(term.parameters) for term in self.terms)])
        baseline, *channels, _ = np.split(free, ends, axis=-1)
        return baseline, channels

    def predict(self, free: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Free parameters (n_free,) -> expected outcome (n_periods,) and its Jacobian (n_periods, n_free)."""
        coefficients, channels = self.split(free)
        n_periods = len(self.baseline.columns)
        parts = [term.predict(channel) for term, channel in zip(self.terms, channels, strict=True)]
        brought = sum((contribution for contribution, _ in parts), np.zeros(n_periods))
        by_channels = np.concatenate([np.empty((n_periods, 0)), *(jacobian for _, jacobian in parts)], axis=1)
        expected = self.baseline.columns @ coefficients
        if self.season is None:
            return expected + brought, np.concatenate([self.baseline.columns, by_channels], axis=1)
        factors = self.season.factors(self._waves, coefficients, free[-1])
        by_base, by_strength = self.season.slopes(self._waves, coefficients, free[-1])
        by_each = (
            self.baseline.columns + brought[:, None] * by_base,
            factors[:, None] * by_channels,
            (brought * by_strength)[:, None],
        )
        return expected + factors * brought, np.concatenate(by_each, axis=1)

    def expected(self, free: FloatArray) -> FloatArray:
        """Draws of the free parameters (n_draws, n_free) -> expected outcomes (n_periods, n_draws)."""
        coefficients, channels = self.split(free)
        contributions = [term.contributions(own) for term, own in zip(self.terms, channels, strict=True)]
        brought = sum(contributions, np.zeros((len(self.baseline.columns), len(free))))
        return np.asarray(self.baseline.columns @ coefficients.T + self._factors(free) * brought, dtype=np.float64)

    @cached_property
    def _waves(self) -> FloatArray:
        """(n_periods, n_columns), the baseline's columns as far as they are the seasons'."""
        assert self.season is not None
        return self.season.only_waves(self.baseline.columns)

    def _factors(self, free: FloatArray) -> FloatArray:
        """(n_periods, n_draws), of what the channels bring."""
        if self.season is None:
            return np.ones((len(self.baseline.columns), len(free)))
        return self.season.factors(self._waves, self.split(free)[0], free[:, -1]).T

    def known(self, free: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Prior and lift tests: free parameters (n_free,) -> misses in deviations (n_known,) and their Jacobian."""
        misfit, slopes = self.prior.misfit(free)
        if self.lifts is None:
            return misfit, slopes
        missed, jacobian = self.missed_lifts(self.lifts, free)
        return np.concatenate([misfit, missed]), np.vstack([slopes, jacobian])

    def missed_lifts(self, lifts: LiftSeries, free: FloatArray) -> tuple[FloatArray, FloatArray]:
        """By how many of their deviations the tests are missed, and its Jacobian; shapes as in `predict_lifts`."""
        predicted, jacobian = self.predict_lifts(lifts, free)
        return (predicted - lifts.lifts) / lifts.deviations, jacobian / lifts.deviations[:, None]

    def predict_lifts(self, lifts: LiftSeries, free: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What the tests' changes of spend bring, and its Jacobian.

        Free parameters (n_free,), or draws of them (n_draws, n_free) -> (..., n_tests) and (..., n_tests, n_free).
        """
        coefficients, channels = self.split(free)
        ends = np.cumsum([part.shape[-1] for part in (coefficients, *channels)])
        predicted = np.zeros((*free.shape[:-1], len(lifts.lifts)))
        jacobian = np.zeros((*predicted.shape, free.shape[-1]))
        tested = zip(lifts.places, lifts.signs, lifts.dates, self._tested, strict=True)
        for place, signs, dates, term in tested:
            contribution, slopes = term.predict(channels[place])
            own = slice(ends[place], ends[place + 1])
            if self.season is None:
                predicted += contribution @ signs.T
                jacobian[..., own] = signs @ slopes
                continue
            waves = self.season.waves(dates)
            factors = self.season.factors(waves, coefficients, free[..., -1])
            by_base, by_strength = self.season.slopes(waves, coefficients, free[..., -1])
            predicted += (factors * contribution) @ signs.T
            jacobian[..., : ends[0]] += signs @ (contribution[..., None] * by_base)
            jacobian[..., own] = signs @ (factors[..., None] * slopes)
            jacobian[..., -1] += (contribution * by_strength) @ signs.T
        return predicted, jacobian

    @cached_property
    def _tested(self) -> list[ChannelTerm]:
        """The channels that some test changes, over the rows of their tests."""
        if self.lifts is None:
            return []
        tested = zip(self.lifts.places, self.lifts.spend, strict=True)
        return [replace(self.terms[place], spend=spend) for place, spend in tested]

    def noise_scale(self, expected: FloatArray) -> FloatArray:
        """(n_periods,) -> standard deviation of each period's noise up to one common factor."""
        return np.ones_like(expected) if self.relative_above is None else np.maximum(expected, self.relative_above)

    def fluctuation(self, free: FloatArray) -> FloatArray:
        """Free parameters (n_free,) -> variance (n_periods,) of what the channels bring."""
        if self.fluctuation_of_effects is None:
            return np.zeros(len(self.baseline.columns))
        terms = zip(self.terms, self.split(free)[1], strict=True)
        contributions = [term.contributions(channel[None])[:, 0] for term, channel in terms]
        return self.fluctuation_of_effects.variance(self._factors(free[None])[:, 0] * np.array(contributions))


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
