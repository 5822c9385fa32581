"""Settings of the whole process that are changed for a moment and put back: by one thread at a time.

Of two threads that overlap, the second would find what the first has set, and put that back for good.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import TracebackType

from threadpoolctl import ThreadpoolController


class Alone:
    """What one thread at a time may do, again within itself; a fork waits for it, so that no child is left with it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        if hasattr(os, "register_at_fork"):
            release = self._lock.release
            os.register_at_fork(before=self._lock.acquire, after_in_parent=release, after_in_child=release)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()


changing_settings = Alone()
limiting_threads = Alone()


@contextmanager
def unwarned(message: str = "", category: type[Warning] = Warning) -> Iterator[None]:
    """Warnings of that kind are passed over.

    Args:
        message: a pattern that the warning begins with; empty: any.
        category: its class.
    """
    with changing_settings, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message, category)
        yield


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """For what is short: BLAS works in one thread, as their number moves the last bits of what is done with matrices.

    Steps that end where they no longer gain carry the last bits into digits that a person reads.
    """
    with limiting_threads, _blas().limit(limits=1):
        yield


@cache
def _blas() -> ThreadpoolController:
    """Of numpy and of scipy, which have one each."""
    import scipy.linalg  # noqa: F401 (loads the second)

    return ThreadpoolController()
