"""Several curves of one channel as one: each draw comes from one of them, as often as it is believed.

Source: Bayesian model averaging (Hoeting, Madigan, Raftery and Volinsky 1999).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray, IntArray
from moo_budget.responses.additive_fit import AdditiveFit
from moo_budget.responses.channel_term import ChannelResponse
from moo_budget.responses.records import ResponseCurve


@dataclass(frozen=True, eq=False)
class MixedCurve:
    """Draws of several curves.

    Args:
        curves: with as many draws each.
        origin: (n_draws,), the curve from which each draw is taken.
    """

    curves: tuple[ResponseCurve, ...]
    origin: IntArray

    def values(self, spend: FloatArray) -> FloatArray:
        """(n_spend,) currency per period, level -> (n_spend, n_draws) outcome per period."""
        return _picked([curve.values(spend).T for curve in self.curves], self.origin).T

    def slopes(self, spend: FloatArray) -> FloatArray | None:
        """The derivative, in the same shape; None where one of the curves does not know it."""
        known = [slopes.T for curve in self.curves if (slopes := curve.slopes(spend)) is not None]
        return _picked(known, self.origin).T if len(known) == len(self.curves) else None


def averaged(
    fits: Sequence[AdditiveFit], weights: FloatArray, n_draws: int, rng: np.random.Generator
) -> ChannelResponse:
    """The response of the one channel that all fits are about, with draws of each in proportion to its weight.

    Args:
        fits: candidates, of one term each.
        weights: (n_fits,), sum 1; a fit with 0 is left out.
        n_draws: in all.
        rng: of the draws and of which fit they come from.
    """
    chance, *streams = rng.spawn(1 + len(fits))
    believed = weights > 0.0
    candidates = zip(fits, streams, believed, strict=True)
    parts = [fit.responses(n_draws, stream)[0] for fit, stream, counts in candidates if counts]
    if len(parts) == 1:
        return parts[0]
    origin = np.searchsorted(np.cumsum(weights[believed])[:-1], chance.random(n_draws))
    return ChannelResponse(
        MixedCurve(tuple(part.curve for part in parts), origin),
        _picked([part.carry_over for part in parts], origin),
        _picked([part.carry_in for part in parts], origin),
    )


def _picked(parts: Sequence[FloatArray], origin: IntArray) -> FloatArray:
    """(n_draws, n) of the same shapes -> draw d of part origin[d]."""
    return np.asarray(np.stack(parts)[origin, np.arange(len(origin))], dtype=np.float64)
