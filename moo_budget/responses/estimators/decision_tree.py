"""One small tree: a handful of steps that anybody can read."""

from __future__ import annotations

from sklearn.base import RegressorMixin
from sklearn.tree import DecisionTreeRegressor

from moo_budget.responses.estimators.trees import TreeEstimator


class DecisionTree(TreeEstimator):
    """scikit-learn's `DecisionTreeRegressor`, monotone in spend.

    Args:
        max_depth: of the tree.
        ordered: the rows follow each other in time, so the bootstrap draws blocks of them.

    Source: Breiman, Friedman, Olshen and Stone 1984.
    """

    def __init__(self, max_depth: int = 4, *, ordered: bool = False) -> None:
        self.max_depth = max_depth
        self.ordered = ordered

    def _unfitted(self, n_columns: int, leaf: int) -> RegressorMixin:
        monotonic = [1] + [0] * (n_columns - 1)
        return DecisionTreeRegressor(
            max_depth=self.max_depth, min_samples_leaf=leaf, monotonic_cst=monotonic, random_state=0
        )
