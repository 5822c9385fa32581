"""How every kernel is compiled, in one place."""

import numba

# Strict IEEE arithmetic: a reordered sum would make a front depend on the machine's vector width. `nogil` lets chunks
# of plans run on threads; numba's own parallel loops are not used because their threads do not survive a fork.
jit = numba.njit(cache=True, nogil=True, error_model="numpy")
