"""Lift tests that the history does not bear out: one of the two is not what it is taken for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from moo_budget.responses.additive_fit import AdditiveFit, fit_additive
from moo_budget.responses.experiments import LiftTest

# Standard errors of the difference between a test and the history beyond which they contradict each other.
CLEARLY_APART = 3.0
N_DRAWS = 100


@dataclass(frozen=True)
class Contradiction:
    """A lift test and what the history alone makes of it.

    Args:
        test: as it was stated.
        expected: lift, outcome over the span.
        deviation: how uncertain that is, likewise.
    """

    test: LiftTest
    expected: float
    deviation: float


def contradictions(fit: AdditiveFit, rng: np.random.Generator, *, ordered: bool) -> list[Contradiction]:
    """The lift tests of a fit that lie too far from what the same regression expects without any test.

    A fit that has seen a precise test goes through it, and no longer shows what the history had to say.
    """
    lifts = fit.regression.lifts
    if lifts is None or fit.status == "prior":
        return []
    observed, untested = fit.outcome_unit * fit.observed, replace(fit.regression, lifts=None)
    alone = fit_additive(untested, observed, fit.outcome_unit, ordered=ordered)
    draws, _ = fit.regression.predict_lifts(lifts, alone.posterior.draws(N_DRAWS, rng))
    unit = fit.outcome_unit * alone.mean_ratio
    expected, deviations = unit * np.mean(draws, axis=0), unit * np.std(draws, axis=0)
    return [
        Contradiction(test, float(lift), float(deviation))
        for test, lift, deviation in zip(lifts.tests, expected, deviations, strict=True)
        if abs(test.lift - lift) > CLEARLY_APART * np.hypot(test.lift_se, deviation)
    ]
