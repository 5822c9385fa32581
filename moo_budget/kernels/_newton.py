"""A step of Newton's method that never leaves a bracket."""

import numpy as np

from moo_budget.kernels._jit import jit


@jit
def bracketed_step(x, missing, rate, low, high):
    """The next x, and the bracket that is left: `missing` falls to 0 as x rises, by `rate` per unit of x.

    Newton's step where it lies inside the bracket, else the middle: it halves where the rate is 0 or tells nothing.
    """
    if missing > 0.0:
        low = x
    else:
        high = x
    step = x + missing / rate if rate > 0.0 else np.inf
    return step if low < step < high else 0.5 * (low + high), low, high
