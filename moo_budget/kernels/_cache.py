"""numba's cache of compiled kernels, used by one process at a time. It stands on parts of numba that are no API."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from numba.core.caching import FunctionCache, IndexDataCacheFile

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]


class KernelCache(FunctionCache):
    """numba's cache of one kernel, used by one process at a time; a disk that fails costs time and no run.

    numba writes index and data apart and numbers the data by the index that it read: of two processes that compile two
    signatures of a kernel at once, both write the same file, and either signature then runs the code of the other.
    """

    def __init__(self, kernel: Callable[..., Any]) -> None:
        super().__init__(kernel)
        locator = self._impl.locator
        self._cache_file = _DataFirst(self.cache_path, self._impl.filename_base, locator.get_source_stamp())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        with alone(self.cache_path):
            try:
                return super().load_overload(sig, target_context)
            except Exception:  # cut off by a full disk or a power cut: whatever pickle makes of that
                with suppress(OSError):
                    self.flush()
                return None

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(OSError):  # no room, no right any more: the next process compiles it again
            self._impl.locator.ensure_cache_path()
            with alone(self.cache_path):
                super().save_overload(sig, data)


class _DataFirst(IndexDataCacheFile):
    """numba writes the index first: a process that is killed then leaves an index that names code of older source."""

    def save(self, key: Any, data: Any) -> None:
        names = self._load_index()
        names.setdefault(key, self._data_name(len(names) + 1))
        self._save_data(names[key], data)
        self._save_index(names)


@contextmanager
def alone(folder: str) -> Iterator[None]:
    """No other thread or process is in here for this folder; where it cannot be locked nobody waits."""
    try:
        lock = os.open(os.path.join(folder, ".moo_budget.lock"), os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:  # it is not there yet, or may not be written to: then nobody writes
        yield
        return
    try:
        with suppress(OSError):  # no locks on this disk
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        with suppress(OSError):
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_UN)  # not by closing: a child forked meanwhile has it open too
        os.close(lock)
