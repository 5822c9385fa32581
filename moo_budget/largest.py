"""Which channels are spoken of one by one, where there are too many to speak of all."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray, IntArray

MOST_CHANNELS = 30


def largest(amounts: FloatArray, most: int = MOST_CHANNELS) -> IntArray:
    """Places of the largest of (n,) amounts, in the order in which they stand; of equal ones those that stand first."""
    return np.sort(np.argsort(-amounts, kind="stable")[:most])
