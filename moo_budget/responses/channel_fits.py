"""One channel's candidates: fitted to all periods, tested on held-out ones, and chosen from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.responses.additive import AdditiveRegression
from moo_budget.responses.additive_fit import AdditiveFit, fit_additive, unfitted
from moo_budget.responses.channel_term import ChannelTerm
from moo_budget.responses.choice import Choice, choose
from moo_budget.responses.diagnostics import level_fault
from moo_budget.responses.forecasts import forecast_of_sum
from moo_budget.responses.quality import Forecast, Split, held_out_quality, in_sample_quality
from moo_budget.responses.settings import FEWEST_ACTIVE, is_thin

# Below this share of its typical effect a channel's noise is level, and its periods say nothing about the curve.
NOISE_FLOOR = 0.05


@dataclass(frozen=True, eq=False)
class HeldOut:
    """One fold of one channel.

    Args:
        fits: of the candidates to what the fold sees.
        forecasts: theirs, of what it holds out.
    """

    fits: tuple[AdditiveFit, ...]
    forecasts: tuple[Forecast, ...]

    @property
    def likeliest(self) -> int:
        """The candidate that a fit to the fold alone would have chosen."""
        return int(np.argmax(_log_evidence(self.fits)))


@dataclass(frozen=True, eq=False)
class ChannelFit:
    """What became of one channel.

    Args:
        observed: (n_periods,), outcome; NaN where the channel hardly ran.
        candidates: fits to all periods, one a curve; none: the channel has no effect.
        choice: which of them to believe, and how far; None: there are none.
        held_out: by fold; those that have too little to see or to hold out are missing.
    """

    observed: FloatArray
    candidates: tuple[AdditiveFit, ...] = ()
    choice: Choice | None = None
    held_out: Mapping[int, HeldOut] = field(default_factory=dict)

    @property
    def fit(self) -> AdditiveFit | None:
        """The candidate that is believed most."""
        return self.candidates[self.choice.chosen] if self.choice else None

    @property
    def ran(self) -> BoolArray:
        """(n_periods,): where it says something."""
        return np.isfinite(self.observed)


def fit_channel(
    candidates: Sequence[AdditiveRegression],
    observed: FloatArray,
    unit: float,
    seen_units: FloatArray,
    folds: Sequence[Split],
    rng: np.random.Generator,
) -> ChannelFit:
    """Fit a channel's candidates, put them to the test, and choose.

    Args:
        candidates: one a curve, best guess first.
        observed: (n_periods,), outcome.
        unit: outcome per unit of the regressions, by all periods or else by lift tests; 0: the channel has no effect.
        seen_units: (n_folds,), the same by what each fold sees.
        folds: one or more.
        rng: of the forecasts' draws.
    """
    if unit == 0.0:
        return ChannelFit(observed)
    if is_thin(candidates[0].terms[0].spend):
        return _guess(candidates[0], len(observed), unit)
    observed = np.where(_runs(candidates[0].terms[0]), observed, np.nan)
    fault = _fault(observed)
    if fault:
        return _guess(candidates[0], len(observed), unit, fault)
    fits = _fit_all(candidates, observed, unit, ordered=folds[0].ordered)
    ran = np.isfinite(observed)
    held_out = {
        f: _held_out(candidates, observed, seen_units[f], fold, rng)
        for f, fold in enumerate(folds)
        if (ran & fold.seen_rows).sum() >= FEWEST_ACTIVE
        and (ran & fold.held_out).any()
        and seen_units[f] > 0.0
        and not _fault(fold.seen(observed))
    }
    return ChannelFit(observed, fits, _choice(fits, held_out), held_out)


def _runs(term: ChannelTerm) -> BoolArray:
    """(n_periods,): where a channel of usual return would bring more than the noise floor, whatever is stated of it."""
    usual = replace(term, beliefs={})
    centres = np.array([parameter.scale.free(parameter.centre) for parameter in usual.parameters])
    expected, _ = usual.predict(centres)
    return np.asarray(expected > NOISE_FLOOR)


def _guess(regression: AdditiveRegression, n_periods: int, unit: float, fault: str = "") -> ChannelFit:
    """A channel of which only the prior and its lift tests speak; `fault` is why, empty: it hardly ran."""
    guess = unfitted(regression, n_periods, unit, fault)
    return ChannelFit(np.full(n_periods, np.nan), (guess,), _choice((guess,), {}))


def _fault(observed: FloatArray) -> str:
    """Why (n_periods,) outcomes with NaN cannot be learned from; empty: they can.

    A channel that mostly brings nothing is rare, not level: how often it brings something tells.
    """
    known = observed[np.isfinite(observed)]
    if not len(known):
        return ""
    middle = np.median(known)
    if max(middle, known.mean()) <= 0.0:
        return "it is not above zero, so that only lift tests speak of it"
    return level_fault(known) if middle != 0.0 else ""


def _fit_all(
    candidates: Sequence[AdditiveRegression], observed: FloatArray, unit: float, *, ordered: bool
) -> tuple[AdditiveFit, ...]:
    return tuple(fit_additive(regression, observed, unit, ordered=ordered) for regression in candidates)


def _held_out(
    candidates: Sequence[AdditiveRegression], observed: FloatArray, unit: float, fold: Split, rng: np.random.Generator
) -> HeldOut:
    fits = _fit_all(candidates, fold.seen(observed), unit, ordered=fold.ordered)
    ran = np.isfinite(observed)[None]
    return HeldOut(fits, tuple(forecast_of_sum(observed[None], (fit,), ran, fold, rng) for fit in fits))


def _log_evidence(fits: Sequence[AdditiveFit]) -> FloatArray:
    """(n_candidates,), in what is observed; -inf where a fit fell back on its prior."""
    return np.array([-np.inf if fit.fault else fit.posterior.log_evidence for fit in fits])


def _choice(fits: Sequence[AdditiveFit], held_out: Mapping[int, HeldOut]) -> Choice:
    """Among fits to all periods, by their evidence and by how their curves forecast what the folds hold out."""
    by_fold = [[forecast.crps for forecast in fold.forecasts] for fold in held_out.values()]
    crps = np.concatenate([np.empty((len(fits), 0)), *by_fold], axis=1)
    actual = np.concatenate([np.empty(0), *(fold.forecasts[0].actual for fold in held_out.values())])
    names = [fit.regression.terms[0].curve.name for fit in fits]
    return choose(names, _log_evidence(fits), crps, float(np.abs(actual).mean()) if len(actual) else 0.0)


def channel_quality(fit: ChannelFit) -> dict[str, Any]:
    """What was fitted, why, and how well it forecasts, ready for JSON."""
    if fit.fit is None or fit.choice is None:
        return {"status": "no effect"}
    observed, expected = fit.observed[fit.ran], fit.fit.expected[fit.ran]
    return {
        **fit.fit.summary(),
        "candidates": fit.choice.table(),
        "reason": fit.choice.reason,
        "periods": len(observed),
        **held_out_quality([fold.forecasts[fold.likeliest] for fold in fit.held_out.values()]),
        **in_sample_quality(observed, expected),
    }
