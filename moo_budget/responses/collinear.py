"""Channels whose effects a joint fit cannot tell apart."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.responses.additive_fit import AdditiveFit
from moo_budget.responses.channel_term import ChannelTerm

N_DRAWS = 2000
# Partial correlation of two gains under which one channel is credited with what the other is not.
TRADED = -0.5
# A gain is known where its central 90 % are narrower than this share of its median.
WIDE = 1.0


def indistinct(fit: AdditiveFit, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pairs of channels of which the data know what both bring together, and not what each does.

    Their gains are anticorrelated, given those of all others (so that three alike make three pairs), and one of the
    two at least is wide open. A gain is what a channel brings at its higher spend more than at its lower one: what it
    brings at all times could as well be the level's, which is another question.

    Args:
        fit: with the channels' terms first.
        names: of the channels.
    """
    terms = zip(names, fit.regression.terms, fit.term_draws(N_DRAWS, np.random.default_rng(0)), strict=False)
    gains = {name: _gain(term, free) for name, term, free in terms if np.ptp(term.spend) > 0.0}
    if len(gains) < 2:
        return []
    draws = np.column_stack([*gains.values()])
    low, median, high = np.quantile(draws, [0.05, 0.5, 0.95], axis=0)
    wide = high - low > WIDE * median
    pairs = np.argwhere(np.triu((_partial_correlation(draws) < TRADED) & (wide[:, None] | wide), k=1))
    moved = tuple(gains)
    return [(moved[one], moved[other]) for one, other in pairs]


def _gain(term: ChannelTerm, free: FloatArray) -> FloatArray:
    """(n_draws,): between the means of the periods below and above mean spend."""
    above = term.spend > term.spend.mean()
    lower, higher = term.level(np.array([term.spend[~above].mean(), term.spend[above].mean()]), free)
    return np.asarray(higher - lower, dtype=np.float64)


def _partial_correlation(draws: FloatArray) -> FloatArray:
    """(n_draws, n) -> (n, n): of each pair with all others held; -1 on the diagonal."""
    precision = np.linalg.inv(np.corrcoef(draws, rowvar=False))
    scale = np.sqrt(precision.diagonal())
    return np.asarray(-precision / np.outer(scale, scale), dtype=np.float64)
