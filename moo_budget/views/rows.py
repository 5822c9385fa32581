"""Views as linear rows over the channels' returns at today's money: tags and implied returns resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, frozen
from moo_budget.errors import InputError
from moo_budget.views.beliefs import IMPLIED, MARGINAL_ROI, ROI, Return, View
from moo_budget.views.returns import Returns


@dataclass(frozen=True, eq=False)
class Rows:
    """What each view is about, as coefficients of returns.

    Args:
        views: in order.
        channels: names, in the order of the columns.
        roi: (n_views, n_channels), coefficients of the channels' ROI.
        marginal: the same shape, of their marginal ROI.
        asked: (n_views,), what is believed of each row, or of its quantile.
    """

    views: tuple[View, ...]
    channels: tuple[str, ...]
    roi: FloatArray
    marginal: FloatArray
    asked: FloatArray

    def __post_init__(self) -> None:
        for name in ("roi", "marginal", "asked"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def names(self) -> list[str]:
        """The views as they were written."""
        return [view.text for view in self.views]

    @property
    def confidence(self) -> FloatArray:
        """(n_views,), in (0, 1]."""
        return np.array([view.confidence for view in self.views])

    def forms(self, returns: Returns) -> FloatArray:
        """What each view is about under every draw, (n_views, n_draws)."""
        forms: FloatArray = self.roi @ returns.roi + self.marginal @ returns.marginal
        return forms

    def spoken_of(self) -> list[str]:
        """The channels that any view is about."""
        spoken: BoolArray = np.any(self.roi, axis=0) | np.any(self.marginal, axis=0)
        return [name for name, is_spoken in zip(self.channels, spoken, strict=True) if is_spoken]

    def words(self) -> list[str]:
        """Each row as a sum: ``roi(tiktok) - 1.2 roi(meta)``."""
        return [_sum_in_words(self.channels, *row) for row in zip(self.roi, self.marginal, strict=True)]


def rows_of(
    views: Sequence[View], returns: Returns, tags: Mapping[str, Sequence[str]], implied: Mapping[str, float]
) -> Rows:
    """Views as rows.

    Args:
        views: of `read_views`.
        returns: at today's money, by which a tag's channels are weighted.
        tags: tag -> channels.
        implied: channel -> marginal ROI that today's mix implies; all channels where any view speaks of it.

    Raises:
        InputError: a tag on whose channels nothing is spent today.
    """
    coefficients = {function: np.zeros((len(views), len(returns.channels))) for function in (ROI, MARGINAL_ROI)}
    asked = np.array([view.value for view in views])
    for row, view in enumerate(views):
        for part, coefficient in view.form.terms.items():
            shares = coefficient * _shares(part, returns, tags)
            if part.function == IMPLIED:
                asked[row] -= shares @ [implied[name] for name in returns.channels]
            else:
                coefficients[part.function][row] += shares
    return Rows(tuple(views), returns.channels, coefficients[ROI], coefficients[MARGINAL_ROI], asked)


def _shares(spoken: Return, returns: Returns, tags: Mapping[str, Sequence[str]]) -> FloatArray:
    """A return as a weighted sum of channels' returns: weights (n_channels,), of a tag by today's money."""
    if spoken.name in returns.channels:
        return np.array([float(name == spoken.name) for name in returns.channels])
    money = returns.spend * [name in tags[spoken.name] for name in returns.channels]
    if money.sum() == 0.0:
        raise InputError(
            f"{spoken.function}({spoken.name}): nothing is spent today on any channel of the tag, so they have no "
            "return together. Name the channels one by one.",
            code="views.empty-tag",
        )
    shares: FloatArray = money / money.sum()
    return shares


def _sum_in_words(channels: Sequence[str], roi: FloatArray, marginal: FloatArray) -> str:
    terms = [
        (f"{function}({name})", float(coefficient))
        for function, row in ((ROI, roi), (MARGINAL_ROI, marginal))
        for name, coefficient in zip(channels, row, strict=True)
        if coefficient != 0.0
    ]
    terms.sort(key=lambda term: term[1] < 0.0)  # what is added first
    words = ""
    for name, coefficient in terms:
        size = "" if abs(coefficient) == 1.0 else f"{abs(coefficient):.3g} "
        sign = ("-" if coefficient < 0.0 else "") if not words else (" - " if coefficient < 0.0 else " + ")
        words += f"{sign}{size}{name}"
    return words
