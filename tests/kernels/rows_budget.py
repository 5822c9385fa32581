"""Rows of the kernels that place totals."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from moo_budget.kernels import budget
from tests.kernels.rows import Row


@st.composite
def _totals_inputs(draw: DrawFn):
    """Bounds, a budget above or below what they hold, and a share that may be too small for any total."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_channels = draw(st.integers(1, 6))
    lower = rng.uniform(0.0, 1.0, n_channels) * rng.integers(0, 2, n_channels)
    upper = lower + rng.choice([0.0, 0.5, 3.0], n_channels)
    ends = np.sort(rng.uniform(0.0, 1.3 * upper.sum() + 0.1, 2))
    return lower, upper, float(ends[0]), float(ends[1]), draw(st.sampled_from([1.0, 0.6, 0.35, 0.2]))


def placeable_totals(lower, upper, budget_min, budget_max, share, out):
    """The kernel, which returns its pair, as one that writes it."""
    out[:] = budget.placeable_totals(lower, upper, budget_min, budget_max, share)


def placeable_totals_twin(lower, upper, budget_min, budget_max, share):
    """The linear piece of the capped sum beyond the last of its sorted kinks that still reaches the total."""
    kinks, capped = np.sort(upper) / share, np.cumsum(np.sort(upper))
    n_free = len(upper) - np.arange(1, len(upper) + 1)
    reaching = np.flatnonzero(capped + n_free * share * kinks >= kinks * (1 - 1e-14))
    high = budget_max
    if share * len(upper) < 1.0:
        high = 0.0
    elif len(reaching) and share * n_free[reaching[-1]] < 1.0:
        high = min(budget_max, capped[reaching[-1]] / (1.0 - share * n_free[reaching[-1]]))
    return np.array([max(budget_min, lower.sum(), lower.max() / share), high])


ROWS = [
    # The same straight piece reached from its two ends.
    Row(placeable_totals, placeable_totals_twin, lambda *_: [np.empty(2)], _totals_inputs(), 1e-9),
]
