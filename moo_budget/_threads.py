"""Chunks of plans on one small thread pool: kernels release the interpreter lock, so they run side by side."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

_MOST_WORKERS = 8
_pool: ThreadPoolExecutor | None = None


def in_chunks(work: Callable[[slice], None], n_rows: int, smallest: int = 1024) -> None:
    """Call `work` for slices that cover range(n_rows), at the same time where that pays.

    Every row must be computed for itself, so the result does not depend on how many threads there are.

    Args:
        work: writes the rows of the slice that it is given; runs in several threads.
        n_rows: how many rows there are.
        smallest: rows for which handing over to a thread, some 50 microseconds, still pays.
    """
    n_chunks = min(_n_workers(), n_rows // smallest) if n_rows >= 2 * smallest else 1
    if n_chunks < 2:
        work(slice(0, n_rows))
        return
    ends = [n_rows * i // n_chunks for i in range(n_chunks + 1)]
    slices = [slice(begin, end) for begin, end in pairwise(ends)]
    others = [_started().submit(work, part) for part in slices[1:]]
    try:
        work(slices[0])
    finally:  # an interrupt here must not leave threads writing into arrays that their owner gave up
        for other in others:
            other.exception()
    for other in others:
        other.result()


def _n_workers() -> int:
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, _MOST_WORKERS)


def _started() -> ThreadPoolExecutor:
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(_n_workers(), thread_name_prefix="moo_budget")
    return _pool


def _forget() -> None:
    """A forked child has the pool's object and none of its threads."""
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
