"""When channels run that have to run for some periods in a row, once they do."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray


def best_bursts(worth: FloatArray, allowed: BoolArray, shortest: int) -> BoolArray:
    """The periods in which a channel runs, every run as long as it must be, with the largest sum of worth.

    Exact, by dynamic programming over the ends of runs. There is at least one run.

    Args:
        worth: (n_periods,), of running in each period; below 0 where it had better not.
        allowed: (n_periods,), where it may run; some run of them is long enough.
        shortest: periods in a row.
    """
    n_periods, sums = len(worth), np.r_[0.0, np.cumsum(worth)]
    # Of the first t periods: the best that ends in a pause, with a run before it or not, and where its last run is.
    paused = np.full(n_periods + 2, -np.inf)
    paused[0] = 0.0
    ended, begun = np.full(n_periods + 1, -np.inf), np.zeros(n_periods + 1, dtype=np.int64)
    first = np.zeros(n_periods + 1, dtype=np.int64)  # where the allowed stretch before t begins
    for t in range(1, n_periods + 1):
        first[t] = first[t - 1] if allowed[t - 1] else t
        starts = np.arange(first[t], t - shortest + 1)
        if len(starts):
            found = paused[starts] - sums[starts]
            begun[t] = starts[int(np.argmax(found))]
            ended[t] = found.max() + sums[t]
        paused[t] = max(paused[t - 1], ended[t - 1])
    return _traced(paused, ended, begun, n_periods)


def _traced(paused: FloatArray, ended: FloatArray, begun: IntArray, n_periods: int) -> BoolArray:
    """The runs of the best, from the last one back; the last one ends where runs are worth most."""
    runs = np.zeros(n_periods, dtype=bool)
    end = int(np.argmax(ended))
    while True:
        begin = int(begun[end])
        runs[begin:end] = True
        if paused[begin] == 0.0 and not (ended[:begin] > 0.0).any():
            return runs
        end = int(np.flatnonzero(ended[:begin] == paused[begin])[-1])
