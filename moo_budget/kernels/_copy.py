"""An assignment that compiles fast."""

from moo_budget.kernels._jit import jit


@jit
def copy(source, out):
    """out[:] = source, which as an assignment takes numba two to three seconds: it makes the text of an error."""
    for i in range(out.size):
        out[i] = source[i]
