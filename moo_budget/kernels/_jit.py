"""How every kernel is compiled, in one place."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numba


def jit(kernel: Callable[..., Any]) -> Any:
    """Compile a kernel when it is first called, and keep what was compiled on disk.

    Strict IEEE arithmetic: a reordered sum would make a front depend on the machine's vector width. `nogil` lets chunks
    of plans run on threads; numba's own parallel loops are not used because their threads do not survive a fork. numba
    keeps compiled kernels beside the package, else in the user's cache; where it may write to neither, it compiles anew
    in every process. No kernel is called back from C: without that entry it compiles in a tenth less time.

    What compiles slowly, and is therefore not used here: array expressions, slices assigned to slices, and the same
    kernel called with arrays that may be written to and with frozen ones, which numba compiles apart.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
    compiled: Any = numba.njit(**options)(kernel)
    with suppress(RuntimeError):  # no place that can be written to
        _keep(compiled, kernel)
    return compiled


def _keep(compiled: Any, kernel: Callable[..., Any]) -> None:
    """What `cache=True` does, with a cache of our own; with numba's where a release of it has other parts."""
    try:
        from moo_budget.kernels._cache import KernelCache

        compiled._cache = KernelCache(kernel)
    except (ImportError, AttributeError, TypeError):
        compiled.enable_caching()
