"""The regression behind both models: a linear baseline plus every channel's curve over its stock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.responses.channel_term import EFFECT, ChannelTerm
from moo_budget.responses.curves import BENDS
from moo_budget.responses.effect_season import STRENGTH_SPREAD, EffectSeason
from moo_budget.responses.experiments import LiftSeries
from moo_budget.responses.least_squares import Prior

# Prior deviations of where a curve bends by which the other starts of a search lie off the first.
STARTS_APART = 1.5
# Prior deviations by which the first and the last channel begin off the middle, however many there are.
CHANNELS_APART = 0.1


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
