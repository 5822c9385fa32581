"""Channels whose effects a joint fit cannot tell apart, or of which it says no more than was believed before."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from moo_budget._checks import FloatArray
from moo_budget.responses.additive_fit import AdditiveFit
from moo_budget.responses.channel_term import ChannelTerm

N_DRAWS = 2000
# Partial correlation of two gains under which one channel is credited with what the other is not.
TRADED = -0.5
# Of the variance of what was believed: where the data take away less, and move the best guess by fewer deviations,
# they say hardly more. Both, because an effect near zero is known, however wide its logarithm stays.
SETTLED, MOVED = 0.1, 0.5
# Correlation of two channels' money from which they are taken to move together.
TOGETHER = 0.9
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


def as_believed(fit: AdditiveFit, names: tuple[str, ...]) -> list[str]:
    """Channels of whose effect beside the others' the data say hardly more than was believed, most money first.

    What all channels bring together is another question, which a total answers: effects are told as differences from
    their mean, which is what the split of the money rests on.

    Args:
        fit: with the channels' terms first.
        names: of the channels.
    """
    if len(names) < 2:
        return []
    prior, posterior, terms = fit.regression.prior, fit.posterior, fit.regression.terms[: len(names)]
    rows = len(fit.regression.baseline.centres) + np.cumsum([0, *(len(term.parameters) for term in terms[:-1])])
    from_mean = np.eye(len(names)) - 1.0 / len(names)
    before, after = (
        np.diag(from_mean @ covariance[np.ix_(rows, rows)] @ from_mean)
        for covariance in (prior.covariance, np.linalg.inv(posterior.precision))
    )
    moved = np.abs(from_mean @ (posterior.mode - prior.mean)[rows]) / np.sqrt(before)
    money = np.array([term.spend.sum() for term in terms])
    unknown = (after > (1.0 - SETTLED) * before) & (moved < MOVED) & (money > 0.0)
    return [names[c] for c in np.argsort(-money, kind="stable") if unknown[c]]


def bought_together(spend: FloatArray, names: tuple[str, ...]) -> list[list[str]]:
    """Groups of channels whose money rises and falls together; the largest groups, and in them most money, first.

    Args:
        spend: (n_periods, n_channels), money.
        names: of the channels.
    """
    moves = np.flatnonzero(np.ptp(spend, axis=0) > 0.0)
    if len(moves) < 2:
        return []
    alike = np.corrcoef(spend[:, moves], rowvar=False) >= TOGETHER
    n_groups, group = connected_components(csr_array(alike), directed=False)
    by_money = moves[np.argsort(-spend[:, moves].sum(axis=0), kind="stable")]
    group_of = dict(zip(moves, group, strict=True))
    groups = [[names[c] for c in by_money if group_of[c] == one] for one in range(n_groups)]
    return sorted((one for one in groups if len(one) > 1), key=len, reverse=True)


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
