"""Many small trees, each on what the ones before it left over."""

from __future__ import annotations

from sklearn.base import RegressorMixin
from sklearn.ensemble import HistGradientBoostingRegressor

from moo_budget.responses.estimators.trees import TreeEstimator


class GradientBoosting(TreeEstimator):
    """scikit-learn's `HistGradientBoostingRegressor`, monotone in spend.

    Args:
        n_trees: so many, one after the other.
        learning_rate: how much of each tree is kept.
        max_leaf_nodes: of a tree.
        ordered: the rows follow each other in time, so the bootstrap draws blocks of them.

    Source: Friedman 2001; Ke and others 2017.
    """

    def __init__(
        self, n_trees: int = 40, *, learning_rate: float = 0.15, max_leaf_nodes: int = 6, ordered: bool = False
    ) -> None:
        self.n_trees = n_trees
        self.learning_rate = learning_rate
        self.max_leaf_nodes = max_leaf_nodes
        self.ordered = ordered

    def _unfitted(self, n_columns: int, leaf: int) -> RegressorMixin:
        return HistGradientBoostingRegressor(
            max_iter=self.n_trees,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.max_leaf_nodes,
            min_samples_leaf=leaf,
            monotonic_cst=[1] + [0] * (n_columns - 1),
            early_stopping=False,
            random_state=0,
        )
