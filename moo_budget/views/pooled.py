"""Entropy pooling on response tables: the draws that agree with the views count more, the curves stay."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from moo_budget._checks import FloatArray, IntArray
from moo_budget.errors import InputError
from moo_budget.expressions import MIRRORED, Relation
from moo_budget.tables import ResponseTables
from moo_budget.views.beliefs import View
from moo_budget.views.entropy_pooling import entropy_pooling
from moo_budget.views.returns import Returns
from moo_budget.views.rows import Rows


@dataclass(frozen=True, eq=False)
class Distinct:
    """Draws that differ from each other: bootstrap models hand theirs out several times, and copies say no more.

    Args:
        first: (n_distinct,), the first of equal draws each.
        which: (n_draws,), to which of them every draw belongs.
    """

    first: IntArray
    which: IntArray

    def together(self, weights: FloatArray) -> FloatArray:
        """What equal draws weigh together; weights (n_draws,) -> (n_distinct,)."""
        return np.bincount(self.which, weights).astype(np.float64)


def distinct_draws(returns: Returns) -> Distinct:
    """The draws under which any return differs."""
    everything = np.vstack([returns.roi, returns.marginal])
    _, first, which = np.unique(everything, axis=1, return_index=True, return_inverse=True)
    return Distinct(first.astype(np.int64), which.astype(np.int64))


def pooled_tables(tables: ResponseTables, rows: Rows, returns: Returns) -> ResponseTables:
    """Tables whose draws are weighted so that the views hold.

    Raises:
        InputError: views that no weights hold, that contradict each other, or that leave too few effective draws.
    """
    distinct = distinct_draws(returns)
    prior = distinct.together(returns.weights)
    stated = [_as_expectation(*each) for each in zip(rows.views, rows.forms(returns), rows.asked, strict=True)]
    statistics, relations, values = zip(*stated, strict=True)
    pooled = entropy_pooling(
        np.array(statistics)[:, distinct.first],
        relations,
        np.array(values),
        confidence=rows.confidence,
        weights=prior,
        names=rows.names,
    )
    factor = np.divide(pooled.weights, prior, out=np.zeros_like(prior), where=prior > 0.0)
    return replace(tables, weights=returns.weights * factor[distinct.which])


def _as_expectation(view: View, form: FloatArray, asked: float) -> tuple[FloatArray, Relation, float]:
    """A view as one on an expected value: a quantile bounds the probability of lying below it."""
    if view.probability is None:
        return form, view.relation, asked
    if not form.min() < asked <= form.max():
        raise InputError(
            f"`{view.text}` cannot be reached by weighing the draws: under them it lies between {form.min():.4g} and "
            f"{form.max():.4g}. Ask for a quantile in between.",
            code="views.unreachable",
        )
    return (form < asked).astype(np.float64), MIRRORED[view.relation], view.probability
