"""Rows of the kernels that decide which channels are used."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from moo_budget.kernels import budget
from tests.kernels.rows import Row, project_twin


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


@st.composite
def _one_use_inputs(draw: DrawFn):
    """Narrow on/off channels around a total that only one choice of used channels can reach."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_on_off, n_plans = draw(st.integers(1, 5)), draw(st.integers(0, 3))
    min_if_used = np.append(rng.uniform(1.0, 3.0, n_on_off), 0.0)
    upper = np.append(min_if_used[:-1] * rng.uniform(1.001, 1.01, n_on_off), 0.05)
    lower = np.append(np.zeros(n_on_off), draw(st.sampled_from([0.0, 0.02])))
    intended = np.append(rng.random(n_on_off) < 0.5, True)
    total = float(np.where(intended, rng.uniform(np.maximum(lower, min_if_used), upper), 0.0).sum())
    possible = [
        used
        for used in product([False, True], repeat=n_on_off)
        if (min_if_used[:-1] @ used) + lower[-1] <= total <= (upper[:-1] @ used) + upper[-1]
    ]
    if len(possible) > 1:  # leaves the last channel alone with the total, which one choice can do
        intended[:-1] = False
        total = float(upper[-1])
    limits = (lower, upper, min_if_used, total, total, 1.0)
    return rng.normal(1.0, 2.0, (n_plans, n_on_off + 1)), limits, intended


def project_on_off_twin(money, limits, known_used):
    """The projection onto the only box that holds the total."""
    lower, upper, min_if_used, budget_min, budget_max, share = limits
    low = np.where(known_used, np.maximum(min_if_used, lower), 0.0)
    return project_twin(money, low, np.where(known_used, upper, 0.0), budget_min, budget_max, share)


ROWS = [
    # The same straight piece reached from its two ends.
    Row(placeable_totals, placeable_totals_twin, lambda *_: [np.empty(2)], _totals_inputs(), 1e-9),
    # The twin's golden search finds the total to the root of its tolerance.
    Row(budget.project_on_off, project_on_off_twin, lambda money, *_: [np.empty_like(money)], _one_use_inputs(), 2e-4),
]
