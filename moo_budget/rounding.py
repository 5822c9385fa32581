"""Money in whole steps (cents, hundreds), totals and limits kept."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.spec import in_steps

_SAME = 1e-9  # of a step: money this near to a whole step is one
_MOST_STEPS = 2.0**52  # of more, one more or less is no other number


def round_money(plan: FloatArray, lower: FloatArray, upper: FloatArray, total: float, step: float) -> FloatArray:
    """One plan in whole steps that adds up to `total`, by largest remainders.

    A channel whose limits hold no whole step keeps its own cents. What of the total is no whole number of steps goes to
    the channels with most money, as far as their limits allow. A plan of so much money that a step is below its own
    precision stays as it is.

    Args:
        plan: (n_channels,), lower <= plan <= upper, sum `total`.
        lower: (n_channels,), currency.
        upper: (n_channels,), currency; may be infinite.
        total: currency.
        step: currency, above 0.
    """
    if total > _MOST_STEPS * step:
        return plan
    least, most = np.ceil(lower / step - _SAME) + 0.0, np.floor(upper / step + _SAME)  # + 0.0: no negative zero
    free = (lower < upper) & (least <= most)
    wanted = plan / step
    steps = np.where(free, np.clip(np.floor(wanted + _SAME), least, most), 0.0)
    missing = round((total - plan[~free].sum()) / step) - int(steps.sum())
    _hand_out(steps, wanted, np.where(free, least, np.inf), most, missing)
    rounded = np.where(free, [in_steps(count, step) for count in steps], plan)
    return _with_rest(rounded, lower, upper, total)


def _hand_out(steps: FloatArray, wanted: FloatArray, least: FloatArray, most: FloatArray, missing: int) -> None:
    """Add (or take away) missing steps, one each, where rounding took (or gave) most; `steps` is changed in place."""
    direction = 1 if missing > 0 else -1
    while missing != 0:
        open_to = np.flatnonzero((least <= steps + direction) & (steps + direction <= most))
        if len(open_to) == 0:
            return
        order = np.argsort(direction * (steps - wanted)[open_to], kind="stable")[: abs(missing)]
        steps[open_to[order]] += direction
        missing -= direction * len(order)


def _with_rest(rounded: FloatArray, lower: FloatArray, upper: FloatArray, total: float) -> FloatArray:
    for c in np.argsort(-rounded, kind="stable"):
        rest = total - rounded.sum()
        if abs(rest) <= 1e-12 * total:
            break
        rounded[c] = min(max(rounded[c] + rest, lower[c]), upper[c])
    return rounded
