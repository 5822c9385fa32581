"""Rows of the kernels that choose channels and blocks."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from moo_budget.kernels import choices
from tests.kernels.rows import Row, held, project_twin
from tests.kernels.rows_rules import project_rules_twin


def _no_rules(n_channels: int):
    return np.empty((0, n_channels)), np.empty(0), np.empty(0)


def _no_counts(n_channels: int):
    return np.empty((0, n_channels), dtype=bool), np.empty(0, np.int64), np.empty(0, np.int64)


@st.composite
def _one_choice_inputs(draw: DrawFn):
    """Narrow on/off channels, and one in blocks, around a total and perhaps a rule that leave one choice only."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_on_off, has_rule, has_count = draw(st.integers(1, 4)), draw(st.booleans()), draw(st.booleans())
    n = n_on_off + 2
    least = np.append(rng.uniform(1.0, 3.0, n_on_off), [0.0, 0.0])
    block = np.append(np.zeros(n_on_off), [draw(st.sampled_from([0.0, 0.7])), 0.0])
    upper = np.append(least[:-2] * 1.001, [2.1, 0.05])
    used = np.append(rng.random(n_on_off) < 0.5, [True, True])
    inside = np.where(used, np.maximum(least, 0.02), 0.0)
    inside[-2] = 0.7 * rng.integers(0, 4)
    total = float(inside.sum())
    possible = [
        choice
        for choice in product([False, True], repeat=n_on_off)
        for n_blocks in range(4)
        if (least[:-2] @ choice) + 0.7 * n_blocks <= total <= (upper[:-2] @ choice) + 0.7 * n_blocks + upper[-1]
    ]
    if len(possible) > 1 or block[-2] == 0.0:  # leaves the last channels alone with the total
        inside[:-1], used[:-2] = 0.0, False
        total = float(inside.sum())
    rules, counts = _no_rules(n), _no_counts(n)
    if has_rule:
        row = np.append(np.where(used[:-2], -1.0, 1.0), [0.0, 0.0])
        rows = np.array([np.ones(n), row])
        length = np.linalg.norm(rows, axis=1)
        low, high = np.array([total, -np.inf]), np.array([total, 0.0])
        rules = rows / length[:, None], low / length, high / length
    if has_count:
        n_used = int(used[:-2].sum())
        counts = np.arange(n)[None] < n_on_off, np.array([n_used]), np.array([n_used])
    limits = *held(np.zeros(n), upper), total, total, 1.0
    money = rng.normal(1.0, 2.0, (draw(st.integers(0, 2)), n))
    return money, limits, rules, held(least, block, *counts), *held(inside)


def project_choices_twin(money, limits, rules, made, known):
    """The projection onto the box of the only choice, which is that of the plan that is known."""
    lower, upper, budget_min, budget_max, share = limits
    least, block, *_ = made
    used = known > 0.0
    low = np.where(least > 0.0, np.where(used, least, 0.0), lower)
    high = np.where((least > 0.0) & ~used, 0.0, upper)
    low, high = np.where(block > 0.0, known, low), np.where(block > 0.0, known, high)
    if len(rules[1]) == 0:
        return project_twin(money, low, high, budget_min, budget_max, share)
    return project_rules_twin(money, (low, high, budget_min, budget_max, share), rules, known)


ROWS = [
    # The twin's golden search finds the total to the root of its tolerance.
    Row(
        choices.project_choices,
        project_choices_twin,
        lambda money, *_: [np.empty_like(money)],
        _one_choice_inputs(),
        2e-4,
    ),
]
