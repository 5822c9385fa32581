"""How every kernel is compiled, in one place."""

from collections.abc import Callable
from typing import Any

import numba


def jit(kernel: Callable[..., Any]) -> Any:
    """Compile a kernel when it is first called, and keep what was compiled on disk.

    Strict IEEE arithmetic: a reordered sum would make a front depend on the machine's vector width. `nogil` lets chunks
    of plans run on threads; numba's own parallel loops are not used because their threads do not survive a fork. numba
    keeps compiled kernels beside the package, else in the user's cache; where it may write to neither, it compiles anew
    in every process.
    """
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(kernel)
    except RuntimeError:  # no place that can be written to
        return numba.njit(nogil=True, error_model="numpy")(kernel)
