"""Which of several candidates to believe, how far, and why.

Candidates count by their evidence (Bayesian model averaging: Hoeting, Madigan, Raftery and Volinsky 1999), unless one
of them forecasts periods that none of them has seen clearly better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import softmax

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.errors import listed

# Standard errors of the difference by which a forecast must be worse before its model is dropped. Held-out periods are
# few: over 100 channels of known truth, choosing by them alone missed the curves beyond past spend by 27 %, by evidence
# alone by 20 %, weighing by evidence by 19 %; dropping at two standard errors already cost something, at three nothing.
CLEARLY_WORSE = 3.0


@dataclass(frozen=True, eq=False)
class Choice:
    """Candidates and how far each is believed.

    Args:
        names: of the candidates, best guess first.
        errors: (n_candidates,), mean held-out CRPS as a share of the mean outcome; NaN: not scored.
        weights: (n_candidates,), sum 1; 0: dropped.
        reason: why, a sentence without its subject.
    """

    names: tuple[str, ...]
    errors: FloatArray
    weights: FloatArray
    reason: str

    @property
    def chosen(self) -> int:
        """The candidate that is believed most; the first one in a tie."""
        return int(np.argmax(self.weights))

    def table(self) -> list[dict[str, Any]]:
        """The candidates, ready for JSON."""
        columns = zip(self.names, self.errors.tolist(), self.weights.tolist(), strict=True)
        return [
            {"name": name, "score": None if np.isnan(error) else error, "weight": weight, "chosen": i == self.chosen}
            for i, (name, error, weight) in enumerate(columns)
        ]


def choose(names: Sequence[str], log_evidence: FloatArray, crps: FloatArray, size: float) -> Choice:
    """Weigh candidates.

    Args:
        names: best guess first.
        log_evidence: (n_candidates,); -inf: it could not be fitted.
        crps: (n_candidates, n_held_out), of forecasts of the same periods; none or one held out: not scored.
        size: mean size of the held-out outcome; 0: nothing to hold errors against.
    """
    scored = crps.shape[1] > 1 and size > 0.0
    errors = crps.mean(axis=1) / size if scored else np.full(len(names), np.nan)
    dropped = _clearly_worse(crps) & scored
    believed = np.where(dropped | ~np.isfinite(log_evidence), -np.inf, log_evidence)
    weights = softmax(believed) if np.isfinite(believed).any() else np.eye(1, len(names))[0]
    return Choice(tuple(names), errors, weights, _reason(names, errors, dropped))


def _clearly_worse(crps: FloatArray) -> BoolArray:
    """(n_candidates,): worse than the best one by more than chance; False where nothing can be said."""
    n_candidates, n_held_out = crps.shape
    if n_held_out < 2:
        return np.zeros(n_candidates, dtype=np.bool_)
    behind = crps - crps[np.argmin(crps.mean(axis=1))]
    chance = behind.std(axis=1, ddof=1) / np.sqrt(n_held_out)
    return np.asarray(behind.mean(axis=1) > CLEARLY_WORSE * chance, dtype=np.bool_)


def _reason(names: Sequence[str], errors: FloatArray, dropped: BoolArray) -> str:
    if len(names) == 1:
        return "the only candidate"
    if np.isnan(errors).any():
        return "likeliest given all periods; nothing was held out to test it"
    if not dropped.any():
        return "likeliest given all periods; no other forecasts held-out periods clearly better"
    worse = listed([f"{names[i]} ({errors[i]:.1%})" for i in np.flatnonzero(dropped).tolist()])
    best = int(np.argmin(errors))
    return f"{names[best]} misses held-out periods by {errors[best]:.1%}, clearly less than {worse}"
