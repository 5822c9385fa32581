import threading

import pytest
from numba import types

from moo_budget.kernels._jit import alone, jit


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
