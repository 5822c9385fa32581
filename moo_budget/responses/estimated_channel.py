"""One channel and one estimator: what it is shown, what it expects, and what it misses where it has not looked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import xlogy

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.responses.additive_fit import AdditiveFit
from moo_budget.responses.carry_over import carry_in, lagged
from moo_budget.responses.channel_fits import NOISE_FLOOR
from moo_budget.responses.channel_term import ChannelResponse
from moo_budget.responses.mean import drawn_in
from moo_budget.responses.posterior import autocorrelation
from moo_budget.responses.settings import FEWEST_ACTIVE

if TYPE_CHECKING:
    from moo_budget.responses.estimators import ResponseEstimator

# The rows are cut into so many blocks; each is forecast by a fit to the others.
N_BLOCKS = 5
# How often a column is shuffled, and the seed of it.
N_SHUFFLES, SHUFFLING_SEED = 10, 0
# Where carry-over of successes is looked for, in prior standard deviations.
PRIOR_DEVIATIONS = np.linspace(-3.0, 3.0, 9)


@dataclass(frozen=True, eq=False)
class Channel:
    """One channel's history, and how it is to be learned.

    Args:
        make: gives an estimator that has learned nothing. Where it has the parameters `curve` (a name in CURVES, the
            likeliest) and `ordered` (rows follow each other in time), they are set.
        spend: (n_periods,), currency per period.
        outcome: (n_periods,).
        trials: (n_periods,), where the outcome counts successes; else None.
        features: (n_periods, n_features).
        feature_names: of each column of `features`; columns that belong together have one name.
        ordered: the periods follow each other in time.
    """

    make: Callable[[], ResponseEstimator]
    spend: FloatArray
    outcome: FloatArray
    trials: FloatArray | None
    features: FloatArray
    feature_names: tuple[str, ...]
    ordered: bool

    def estimator(self, curve: str) -> ResponseEstimator:
        """One that has learned nothing."""
        estimator = self.make()
        known = estimator.get_params()
        settings = {"curve": curve, "ordered": self.ordered}
        estimator.set_params(**{name: value for name, value in settings.items() if name in known})
        return estimator


@dataclass(frozen=True, eq=False)
class Sample:
    """What the estimators of a channel are shown.

    Args:
        X: (n_periods, 1 + n_features), stock and features.
        y: (n_periods,), outcome, or rate of successes.
        trials: (n_periods,); None: `y` is the outcome.
        rows: (n_periods,), those that say something.
    """

    X: FloatArray
    y: FloatArray
    trials: FloatArray | None
    rows: BoolArray

    def expected(self, estimator: ResponseEstimator, rows: BoolArray) -> FloatArray:
        """(n_periods,), outcome, by the estimator after it has been fitted to these rows."""
        weights: dict[str, Any] = {} if self.trials is None else {"sample_weight": self.trials[rows]}
        predicted = estimator.fit(self.X[rows], self.y[rows], **weights).predict(self.X)
        return predicted if self.trials is None else self.trials * predicted


@dataclass(frozen=True, eq=False)
class Learned:
    """What an estimator made of the periods that it was shown.

    Args:
        channel: what it learned.
        curves: the parametric fit to the same periods.
        carry_over: (n_lags,), weights.
        sample: what it was shown.
        estimator: fitted.
        expected: (n_periods,), outcome.
    """

    channel: Channel
    curves: AdditiveFit
    carry_over: FloatArray
    sample: Sample
    estimator: ResponseEstimator
    expected: FloatArray

    @cached_property
    def residuals(self) -> FloatArray:
        """(n_periods,), relative, each by a fit that has not seen its block of periods; NaN where not shown."""
        residuals = np.full_like(self.expected, np.nan)
        curve = self.curves.regression.terms[0].curve.name
        for block in _blocks(self.sample.rows, ordered=self.channel.ordered):
            expected = self.sample.expected(self.channel.estimator(curve), self.sample.rows & ~block)
            residuals[block] = ((self.channel.outcome - expected) / self.scale(expected))[block]
        return residuals

    def scale(self, expected: FloatArray) -> FloatArray:
        """What noise is in proportion to, (n_periods,)."""
        return np.maximum(expected, NOISE_FLOOR * self.curves.outcome_unit)

    def response(self, n_draws: int, rng: np.random.Generator) -> ChannelResponse:
        """As it is handed over: one carry-over for all draws."""
        weights = np.repeat(self.carry_over[None, :], n_draws, axis=0)
        return ChannelResponse(self.estimator.draws(n_draws, rng), weights, carry_in(self.channel.spend, weights))

    def summary(self) -> dict[str, Any]:
        """What was fitted and how, ready for JSON."""
        return {
            "status": "fitted",
            "carry_over": self.curves.regression.terms[0].carry_over.name,
            "residual_autocorrelation": autocorrelation(self.residuals) if self.channel.ordered else 0.0,
            "outliers": int(self.curves.posterior.outliers.sum()),
            "drivers": self._drivers(),
        }

    def _drivers(self) -> dict[str, float]:
        """Column -> how much of the variance is no longer explained where it is shuffled (Breiman 2001)."""
        from sklearn.inspection import permutation_importance

        shown, weights = self.sample.rows, self.sample.trials
        found = permutation_importance(
            self.estimator,
            self.sample.X[shown],
            self.sample.y[shown],
            n_repeats=N_SHUFFLES,
            random_state=SHUFFLING_SEED,
            sample_weight=None if weights is None else weights[shown],
        )
        lost = dict.fromkeys(("spend", *self.channel.feature_names), 0.0)
        for name, share in zip(("spend", *self.channel.feature_names), found.importances_mean.tolist(), strict=True):
            lost[name] += max(share, 0.0)
        return lost


def learn_channel(channel: Channel, curves: AdditiveFit, rows: BoolArray) -> Learned | None:
    """What the estimator makes of some rows.

    Args:
        channel: its history.
        curves: the parametric fit to these rows: carry-over, and what is far out.
        rows: (n_periods,).

    Returns:
        None: there are too few.
    """
    ran = np.isfinite(curves.posterior.residuals)
    shown = ran if channel.trials is None else rows & (channel.trials > 0.0)
    if min(ran.sum(), shown.sum()) < FEWEST_ACTIVE:
        return None
    term, mode = curves.regression.terms[0], curves.posterior.mode
    if channel.trials is None:
        carry_over = term.response(mode[None, :], np.ones(1)).carry_over[0]
    else:
        carry_over = _carry_over_of_successes(channel, channel.trials, curves, shown)
    sample = _sample(channel, curves, carry_over, shown)
    estimator = channel.estimator(term.curve.name)
    expected = sample.expected(estimator, shown)
    return Learned(channel, curves, carry_over, sample, estimator, expected)


def _carry_over_of_successes(channel: Channel, trials: FloatArray, curves: AdditiveFit, shown: BoolArray) -> FloatArray:
    """(n_lags,), the likeliest over a grid of the prior: the parametric fit knows no successes without spend."""
    term = curves.regression.terms[0]
    grids = [p.scale.natural(p.scale.free(p.centre) + p.spread * PRIOR_DEVIATIONS) for p in term.carry_over.parameters]
    candidates = term.carry_over.weights(np.array(list(product(*grids))), term.n_lags)

    def log_likelihood(weights: FloatArray) -> float:
        expected = _sample(channel, curves, weights, shown).expected(channel.estimator(term.curve.name), shown)
        hits, misses = channel.outcome, trials - channel.outcome
        return float((xlogy(hits, expected) + xlogy(misses, trials - expected))[shown].sum())

    return max(candidates, key=log_likelihood)


def _blocks(rows: BoolArray, *, ordered: bool) -> list[BoolArray]:
    """Rows that are forecast together: neighbours, or, without an order, every fifth."""
    place = np.cumsum(rows) - 1
    block = place * N_BLOCKS // rows.sum() if ordered else place % N_BLOCKS
    return [rows & (block == b) for b in range(N_BLOCKS)]


def _sample(channel: Channel, curves: AdditiveFit, carry_over: FloatArray, shown: BoolArray) -> Sample:
    """The rate of successes, or the outcome without outliers, beside stock and features."""
    X = np.column_stack([lagged(channel.spend, len(carry_over)) @ carry_over, channel.features])
    if channel.trials is None:
        return Sample(X, _without_outliers(channel.outcome, curves), None, shown)
    return Sample(X, channel.outcome / np.where(channel.trials > 0.0, channel.trials, 1.0), channel.trials, shown)


def _without_outliers(outcome: FloatArray, curves: AdditiveFit) -> FloatArray:
    """(n_periods,), drawn in to three robust deviations from the parametric fit where that has seen them."""
    residuals = curves.posterior.residuals
    seen = np.isfinite(residuals)
    too_far = np.zeros_like(residuals)
    too_far[seen] = residuals[seen] - drawn_in(residuals[seen])
    return outcome - curves.outcome_unit * curves.regression.noise_scale(curves.posterior.expected) * too_far
