"""Views as linear rows over the channels' returns at today's money: tags and implied returns resolved."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, frozen
from moo_budget.errors import InputError
from moo_budget.expressions import Linear
from moo_budget.views.beliefs import IMPLIED, MARGINAL_ROI, ROI, Return, View
from moo_budget.views.returns import Returns


@dataclass(frozen=True, eq=False)
class Side:
    """One side of every view, as sums over the channels' returns.

    Args:
        channels: names, in the order of the columns.
        roi: (n_views, n_channels), coefficients of the channels' ROI.
        marginal: the same shape, of their marginal ROI.
        constant: (n_views,), with what today's mix implies.
    """

    channels: tuple[str, ...]
    roi: FloatArray
    marginal: FloatArray
    constant: FloatArray

    def __post_init__(self) -> None:
        for name in ("roi", "marginal", "constant"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def has_returns(self) -> BoolArray:
        """Which views name any return on this side, (n_views,)."""
        named: BoolArray = np.any(self.roi, axis=1) | np.any(self.marginal, axis=1)
        return named

    def values(self, returns: Returns) -> FloatArray:
        """The side under every draw, (n_views, n_draws)."""
        values: FloatArray = self.roi @ returns.roi + self.marginal @ returns.marginal + self.constant[:, None]
        return values

    def in_order(self, views: Sequence[int], channels: Sequence[int]) -> Side:
        """The same with rows and columns elsewhere; both hold places here."""
        names = tuple(self.channels[c] for c in channels)
        return Side(
            names, self.roi[np.ix_(views, channels)], self.marginal[np.ix_(views, channels)], self.constant[views]
        )

    def words(self) -> list[str]:
        """The side of each view as a sum: ``roi(tiktok) - 1.2 roi(meta)``."""
        return [_sum_in_words(self.channels, *row) for row in zip(self.roi, self.marginal, self.constant, strict=True)]


@dataclass(frozen=True, eq=False)
class Rows:
    """What each view is about, as coefficients of returns: left less right against a number.

    Args:
        views: in order.
        left: without constants.
        right: a number, and the returns that the left side is compared with.
    """

    views: tuple[View, ...]
    left: Side
    right: Side

    @property
    def channels(self) -> tuple[str, ...]:
        """Names, in the order of the columns."""
        return self.left.channels

    @property
    def roi(self) -> FloatArray:
        """(n_views, n_channels), coefficients of the channels' ROI."""
        return self.left.roi - self.right.roi

    @property
    def marginal(self) -> FloatArray:
        """(n_views, n_channels), coefficients of the channels' marginal ROI."""
        return self.left.marginal - self.right.marginal

    @property
    def asked(self) -> FloatArray:
        """(n_views,), what is believed of each row, or of its quantile."""
        return self.right.constant

    @property
    def names(self) -> list[str]:
        """The views as they were written."""
        return [view.text for view in self.views]

    @property
    def confidence(self) -> FloatArray:
        """(n_views,), in (0, 1]."""
        return np.array([view.confidence for view in self.views])

    def in_own_order(self, channels: Sequence[int]) -> Rows:
        """The same with the channels in this order, and the views in one that hangs on what they say alone."""
        form = np.concatenate([self.roi, self.marginal], axis=1)[
            :, [*channels, *(len(self.channels) + c for c in channels)]
        ]

        def key(row: int) -> tuple[Any, ...]:
            view = self.views[row]
            return view.confidence, view.relation, view.probability or 0.0, self.asked[row], form[row].tolist()

        views = sorted(range(len(self.views)), key=key)
        return Rows(
            tuple(self.views[row] for row in views),
            self.left.in_order(views, channels),
            self.right.in_order(views, channels),
        )

    def forms(self, returns: Returns) -> FloatArray:
        """What each view is about under every draw, (n_views, n_draws)."""
        forms: FloatArray = self.roi @ returns.roi + self.marginal @ returns.marginal
        return forms

    def spoken_of(self) -> list[str]:
        """The channels that any view is about."""
        spoken: BoolArray = np.any(self.roi, axis=0) | np.any(self.marginal, axis=0)
        return [name for name, is_spoken in zip(self.channels, spoken, strict=True) if is_spoken]


def rows_of(
    views: Sequence[View],
    channels: tuple[str, ...],
    spend: FloatArray,
    tags: Mapping[str, Sequence[str]],
    implied: Mapping[str, float],
) -> Rows:
    """Views as rows.

    Args:
        views: of `read_views`.
        channels: names.
        spend: (n_channels,), today's money, by which a tag's channels are weighted.
        tags: tag -> channels.
        implied: channel -> marginal ROI that today's mix implies; all channels where any view speaks of it.

    Raises:
        InputError: a tag on whose channels nothing is spent today.
    """

    def side(forms: Sequence[Linear[Return]]) -> Side:
        coefficients = {function: np.zeros((len(forms), len(channels))) for function in (ROI, MARGINAL_ROI)}
        constant = np.array([form.constant for form in forms], dtype=float)
        for row, form in enumerate(forms):
            for part, coefficient in form.terms.items():
                shares = coefficient * _shares(part, channels, spend, tags)
                if part.function == IMPLIED:
                    constant[row] += shares @ [implied[name] for name in channels]
                else:
                    coefficients[part.function][row] += shares
        return Side(channels, coefficients[ROI], coefficients[MARGINAL_ROI], constant)

    return Rows(tuple(views), side([view.left for view in views]), side([view.right for view in views]))


def _shares(
    spoken: Return, channels: Sequence[str], spend: FloatArray, tags: Mapping[str, Sequence[str]]
) -> FloatArray:
    """A return as a weighted sum of channels' returns: weights (n_channels,), of a tag by today's money."""
    if spoken.name in channels:
        return np.array([float(name == spoken.name) for name in channels])
    money = spend * [name in tags[spoken.name] for name in channels]
    if money.sum() == 0.0:
        raise InputError(
            f"{spoken.function}({spoken.name}): nothing is spent today on any channel of the tag, so they have no "
            "return together. Name the channels one by one.",
            code="views.empty-tag",
        )
    shares: FloatArray = money / math.fsum(money)  # the same whatever the order of the channels
    return shares


def _sum_in_words(channels: Sequence[str], roi: FloatArray, marginal: FloatArray, constant: float) -> str:
    terms = [
        (f"{function}({name})", float(coefficient))
        for function, row in ((ROI, roi), (MARGINAL_ROI, marginal))
        for name, coefficient in zip(channels, row, strict=True)
        if coefficient != 0.0
    ]
    terms.sort(key=lambda term: term[1] < 0.0)  # what is added first
    if constant != 0.0:
        terms.append(("", constant))
    words = ""
    for name, coefficient in terms:
        size = "" if name and abs(coefficient) == 1.0 else f"{abs(coefficient):.3g} "
        sign = ("-" if coefficient < 0.0 else "") if not words else (" - " if coefficient < 0.0 else " + ")
        words += f"{sign}{size}{name}".rstrip()
    return words
