"""What plans bring, and mixtures of plans, which may lie off the curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray


@dataclass(frozen=True, eq=False)
class Mixture:
    """What a plan brings, or a mixture of plans, which may lie off the curves.

    Args:
        sums: (n, n_terms), what goals that are sums over channels are made of.
        risky: outcome -> responses (n, n_channels, n_draws) and the noise's covariance times these.
    """

    sums: FloatArray
    risky: dict[int, tuple[FloatArray, FloatArray]]

    def mixed(self, other: Mixture, share: FloatArray) -> Mixture:
        """(1 - share) of this and share of the other; share (n,)."""
        part, risky = share[:, None, None], {}
        for outcome, (response, exposure) in self.risky.items():
            towards, exposed = other.risky[outcome]
            risky[outcome] = (response + part * (towards - response), exposure + part * (exposed - exposure))
        return Mixture(self.sums + share[:, None] * (other.sums - self.sums), risky)


@dataclass(frozen=True, eq=False)
class Segment:
    """Moments of an outcome between two mixtures: the mean is linear, the noise's variance a quadratic.

    Args:
        mean: (n, n_draws), at the start.
        rise: (n, n_draws), of the mean to the end.
        variance: three arrays (n, n_draws): of the start, mixed, of the end.
    """

    mean: FloatArray
    rise: FloatArray
    variance: tuple[FloatArray, FloatArray, FloatArray]

    @classmethod
    def of(cls, start: FloatArray, start_exposure: FloatArray, end: FloatArray, end_exposure: FloatArray) -> Segment:
        """The way from one mixture's responses and exposure to another's, as in `Mixture.risky`."""
        mean = start.sum(axis=1)
        pairs = (start, start_exposure), (start, end_exposure), (end, end_exposure)
        own, mixed, last = ((response * exposure).sum(axis=1) for response, exposure in pairs)
        return cls(mean, end.sum(axis=1) - mean, (own, mixed, last))

    def at(self, share: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean and variance (n, n_draws) where a share (n,) of the way is gone."""
        part, rest = share[:, None], 1.0 - share[:, None]
        own, mixed, last = self.variance
        return self.mean + part * self.rise, np.maximum(rest**2 * own + 2.0 * rest * part * mixed + part**2 * last, 0.0)
