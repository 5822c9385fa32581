import errno
import os
import sys
import threading

import pytest
from numba import types
from numba.core.caching import NullCache

from moo_budget.kernels import _cache
from moo_budget.kernels._cache import KernelCache, alone
from moo_budget.kernels._jit import jit


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """A kernel of its own, with an empty cache."""
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path))

    def doubled(x):
        return 2.0 * x

    return jit(doubled)


def test_what_was_compiled_is_kept_on_disk_and_read_by_the_next_process(kernel, tmp_path):
    assert kernel(1.5) == 3.0
    assert list(tmp_path.rglob("*.nbi"))
    again = jit(kernel.py_func)
    assert again(1.5) == 3.0
    assert sum(again.stats.cache_hits.values()) == 1


def test_a_cache_that_another_process_is_in_is_neither_read_nor_written(kernel):
    cache = kernel._cache
    cache._impl.locator.ensure_cache_path()
    asked = (types.float64,)
    waiting = threading.Thread(target=cache.load_overload, args=(asked, kernel.targetctx))
    with alone(cache.cache_path):
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
    waiting.join(10.0)
    assert not waiting.is_alive()


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
def test_a_cache_that_was_cut_off_is_made_anew(kernel, tmp_path, suffix):
    kernel(1.5)
    (file,) = tmp_path.rglob(f"*.{suffix}")
    os.truncate(file, 9)
    again = jit(kernel.py_func)
    assert again(1.5) == 3.0
    assert sum(again.stats.cache_hits.values()) == 0
    mended = jit(kernel.py_func)
    assert mended(1.5) == 3.0
    assert sum(mended.stats.cache_hits.values()) == 1


def test_a_kernel_runs_where_what_was_compiled_cannot_be_kept(kernel, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(kernel._cache._cache_file, "_save_data", fail)
    assert kernel(1.5) == 3.0


def test_code_of_older_source_is_not_run_when_a_process_was_killed_while_it_kept_the_new_one(kernel, monkeypatch):
    def killed(*_):
        raise SystemExit

    kernel(1.5)
    cache = kernel._cache
    cache.flush()  # as if the source had changed: the index is empty, the old code still lies there
    monkeypatch.setattr(cache._cache_file, "_save_data", killed)
    with pytest.raises(SystemExit):
        cache.save_overload((types.float64,), kernel.overloads[(types.float64,)])
    assert jit(kernel.py_func)._cache.load_overload((types.float64,), kernel.targetctx) is None


def test_a_disk_without_locks_keeps_nobody_from_running(kernel, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(_cache.fcntl, "flock", refuse)
    assert kernel(1.5) == 3.0


def test_where_numba_has_other_parts_its_own_cache_keeps_kernels(monkeypatch):
    monkeypatch.delitem(sys.modules, "moo_budget.kernels._cache")
    monkeypatch.delattr("numba.core.caching.FunctionCache")
    doubled = jit(lambda x: 2.0 * x)
    assert not isinstance(doubled._cache, KernelCache | NullCache)
