"""How good a front is, by the field's own numbers; moocore computes them."""

from __future__ import annotations

import moocore
import numpy as np

from moo_budget._checks import FloatArray


def reference_point(minimised: FloatArray) -> FloatArray:
    """The nadir of a front moved out by a tenth of its range, so that its end points count; (n_plans, n_goals) in.

    A goal in which all plans are alike is moved out by a tenth of its size.
    """
    worst, best = minimised.max(axis=0), minimised.min(axis=0)
    reach = np.where(worst > best, worst - best, np.where(worst != 0.0, np.abs(worst), 1.0))
    point: FloatArray = worst + 0.1 * reach
    return point


def hypervolume(minimised: FloatArray, reference: FloatArray) -> float:
    """Volume that a front dominates below a reference point, all goals minimised; product of the goals' units.

    Source: moocore's `hypervolume`, exact.
    """
    return float(moocore.hypervolume(minimised, ref=reference))
