"""How good a front is, by the field's own numbers, all goals minimised.

Volumes are in the goals' units. Distances would mix units, so they count every goal in shares of the range that a
reference front has in it.
"""

from __future__ import annotations

import moocore
import numpy as np
from scipy.spatial import cKDTree

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


def igd_plus(minimised: FloatArray, reference_front: FloatArray) -> float:
    """How much worse than a reference front, on average over its points; smaller is better, 0 is a front as good.

    Each point of the reference front is held against the plan that comes nearest to it, by the length of what that
    plan is worse in.

    Args:
        minimised: (n_plans, n_goals).
        reference_front: (n_points, n_goals).

    Source: Ishibuchi, Masuda, Tanigaki and Nojima 2015, by moocore.
    """
    return float(moocore.igd_plus(*_in_shares(minimised, reference_front)))


def epsilon_additive(minimised: FloatArray, reference_front: FloatArray) -> float:
    """The least share of the goals' ranges by which a front must improve to match every point of a reference front.

    Smaller is better; 0 where it matches all of them, negative where it beats them.

    Args:
        minimised: (n_plans, n_goals).
        reference_front: (n_points, n_goals).

    Source: Zitzler, Thiele, Laumanns, Fonseca and da Fonseca 2003, by moocore.
    """
    return float(moocore.epsilon_additive(*_in_shares(minimised, reference_front)))


def spread(minimised: FloatArray, reference_front: FloatArray) -> float:
    """How unevenly a front lies and how far it ends from the ends of a reference front; 0 is even and complete.

    With d the distance of a plan to its nearest neighbour on the front and e that of the best reference point in each
    goal to the front: (sum e + sum |d - mean d|) / (sum e + sum d). A front of one plan has no neighbours: d is 0.

    Args:
        minimised: (n_plans, n_goals).
        reference_front: (n_points, n_goals).

    Source: the generalized spread of Zhou, Jin, Zhang, Sendhoff and Tsang 2006.
    """
    points, reference = _in_shares(minimised, reference_front)
    near = cKDTree(points)
    to_ends = near.query(reference[np.argmin(reference, axis=0)])[0]
    to_neighbour = near.query(points, k=2)[0][:, 1] if len(points) > 1 else np.zeros(1)
    unevenness = np.abs(to_neighbour - to_neighbour.mean()).sum()
    whole = to_ends.sum() + to_neighbour.sum()
    return float((to_ends.sum() + unevenness) / whole) if whole > 0.0 else 0.0


def _in_shares(minimised: FloatArray, reference_front: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Both fronts from the reference front's best, in shares of its range; a goal without range as it is."""
    best = reference_front.min(axis=0)
    reach = reference_front.max(axis=0) - best
    reach = np.where(reach > 0.0, reach, 1.0)
    return (minimised - best) / reach, (reference_front - best) / reach
