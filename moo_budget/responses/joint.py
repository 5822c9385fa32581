"""Draws of channels that were learned one by one, brought together: noise in common makes errors in common.

Source: Iman and Conover 1982, which puts the draws of each channel into the order of correlated normals, so that every
channel keeps exactly its own draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray, IntArray
from moo_budget.responses.channel_term import ChannelResponse
from moo_budget.responses.curves import NoEffect
from moo_budget.responses.records import ResponseCurve


@dataclass(frozen=True, eq=False)
class ReorderedCurve:
    """A curve whose draws stand in another order, (n_draws,)."""

    curve: ResponseCurve
    order: IntArray

    def values(self, spend: FloatArray) -> FloatArray:
        """(n_spend,) currency per period, level -> (n_spend, n_draws) outcome per period."""
        return self.curve.values(spend)[:, self.order]

    def slopes(self, spend: FloatArray) -> FloatArray | None:
        """The derivative, in the same shape; None: unknown."""
        slopes = self.curve.slopes(spend)
        return None if slopes is None else slopes[:, self.order]


def joint_draws(
    channels: Sequence[ChannelResponse],
    spend: FloatArray,
    typical: FloatArray,
    noise_covariance: FloatArray,
    streams: Sequence[np.random.Generator],
) -> tuple[ChannelResponse, ...]:
    """The same responses with draws whose levels correlate as the noise from which they were learned does.

    Noise that two channels share in every period leaves the same error in both levels, as far as they ran together. How
    their curves bend is left as independent as it was.

    Args:
        channels: one per channel, each with draws of its own.
        spend: (n_periods, n_channels), currency per period.
        typical: (n_channels,), currency per period, at which a channel's level is compared.
        noise_covariance: (n_channels, n_channels), relative, per period.
        streams: one per channel.
    """
    n_draws = len(channels[0].carry_over)
    independent = np.column_stack([stream.standard_normal(n_draws) for stream in streams])
    correlated = independent @ _root(_correlation(spend, noise_covariance))
    columns = zip(channels, typical, correlated.T, strict=True)
    return tuple(_reordered(channel, money, normals) for channel, money, normals in columns)


def _correlation(spend: FloatArray, noise_covariance: FloatArray) -> FloatArray:
    """(n_channels, n_channels), of mean noise over the periods in which each channel ran."""
    ran = (spend > 0.0).astype(np.float64)
    together = noise_covariance * (ran.T @ ran)
    deviations = np.where(together.diagonal() > 0.0, np.sqrt(together.diagonal()), 1.0)
    correlation: FloatArray = together / np.outer(deviations, deviations)
    np.fill_diagonal(correlation, 1.0)
    return correlation


def _root(correlation: FloatArray) -> FloatArray:
    """The symmetric square root, which, unlike Cholesky's, does not hang on the order of the channels."""
    eigenvalues, directions = np.linalg.eigh(correlation)
    return np.asarray((directions * np.sqrt(np.maximum(eigenvalues, 0.0))) @ directions.T, dtype=np.float64)


def _reordered(channel: ChannelResponse, money: float, normals: FloatArray) -> ChannelResponse:
    """The channel's draws, from the lowest level at `money` for the lowest of the normals to the highest."""
    if isinstance(channel.curve, NoEffect):
        return channel
    by_level = np.argsort(channel.curve.values(np.array([money]))[0], kind="stable")
    order = by_level[np.argsort(np.argsort(normals))]
    return ChannelResponse(ReorderedCurve(channel.curve, order), channel.carry_over[order], channel.carry_in[order])
