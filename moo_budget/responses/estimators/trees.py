"""What trees have in common: monotone in spend, anchored at zero, drawn by the bootstrap."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin

from moo_budget._checks import FloatArray, IntArray
from moo_budget.responses.estimators.base import ResponseEstimator
from moo_budget.responses.estimators.grid import GridCurve, never_falling, spend_grid
from moo_budget.responses.records import ResponseCurve

# Rows of the sample over whose features the partial dependence is averaged: more would change the third digit.
MOST_ROWS = 100


class TreeEstimator(ResponseEstimator):
    """A model of steps that rise with spend.

    Rows without spend and outcome, a leaf full of them, stand beside the sample: that a channel brings nothing without
    spend is known and need not be learned. Draws are refits on bootstrap samples of the rows, in blocks where the rows
    have an order (Kuensch 1989; blocks of the cube root of the rows), at most 50, each handed out several times.
    """

    most_draws: ClassVar[int | None] = 50
    ordered: bool

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from (n_periods, 1 + n_features) and (n_periods,)."""
        X, y = self._sample(X, y)
        self.sample_ = (X, y)
        self.trees_ = self._grown(X, y)
        return self

    def predict(self, X: ArrayLike) -> FloatArray:
        """Expected outcome per period, (n_periods,)."""
        X = self._rows(X)
        return np.asarray(self.trees_.predict(X), dtype=np.float64)

    def draws(self, n_draws: int, rng: np.random.Generator) -> ResponseCurve:
        """The averaged partial dependence on spend, under refits on bootstrap samples."""
        X, y = self.sample_
        grid = spend_grid(X[:, 0])
        block = max(round(len(y) ** (1 / 3)), 1) if self.ordered else 1
        refits = []
        for _ in range(min(n_draws, self.most_draws or n_draws)):
            rows = _bootstrap(len(y), block, rng)
            refits.append(_partial_dependence(self._grown(X[rows], y[rows]), X, grid))
        outcomes = never_falling(np.column_stack(refits))
        return GridCurve(grid, outcomes[:, np.arange(n_draws) % len(refits)])

    @abstractmethod
    def _unfitted(self, n_columns: int, leaf: int) -> RegressorMixin:
        """The trees before they grow, monotone in the first of the columns, with at least so many rows in a leaf."""

    def _grown(self, X: FloatArray, y: FloatArray) -> RegressorMixin:
        leaf = max(2, len(y) // 20)
        anchors = np.column_stack([np.zeros(leaf), np.tile(X[:, 1:].mean(axis=0), (leaf, 1))])
        return self._unfitted(X.shape[1], leaf).fit(np.vstack([X, anchors]), np.append(y, np.zeros(leaf)))


def _bootstrap(n_rows: int, block: int, rng: np.random.Generator) -> IntArray:
    """Rows of a bootstrap sample, (n_rows,), in blocks that may run over the end to the start."""
    starts = rng.integers(n_rows, size=-(-n_rows // block))
    return np.asarray(((starts[:, None] + np.arange(block)) % n_rows).ravel()[:n_rows], dtype=np.int64)


def _partial_dependence(trees: RegressorMixin, X: FloatArray, grid: FloatArray) -> FloatArray:
    """What is expected at each spend of the grid, averaged over the sample's features, (n_points,)."""
    features = X[:: -(-len(X) // MOST_ROWS), 1:] if X.shape[1] > 1 else X[:1, 1:]
    rows = np.column_stack([np.repeat(grid, len(features)), np.tile(features, (len(grid), 1))])
    return np.asarray(trees.predict(rows).reshape(len(grid), -1).mean(axis=1), dtype=np.float64)
