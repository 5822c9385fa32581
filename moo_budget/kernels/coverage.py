"""The largest hole of a front that bounds of weighted sums leave."""

import numpy as np

from moo_budget.kernels._copy import copy
from moo_budget.kernels._jit import jit


@jit
def _reach(corner, weights, bounds):
    """How far below a corner a plan may lie in all goals at once, by the bounds; weights sum to 1."""
    least = np.inf
    for w in range(weights.shape[0]):
        off = -bounds[w]
        for g in range(corner.size):
            if weights[w, g] != 0.0:
                off += weights[w, g] * corner[g]
        least = min(least, off)
    return least


@jit
def _deepest(corner, points):
    """The point strictly below a corner that takes most off it, -1 if there is none."""
    found, most = -1, 0.0
    for p in range(points.shape[0]):
        volume = 1.0
        for g in range(corner.size):
            if points[p, g] >= corner[g]:
                volume = 0.0
                break
            volume *= min(corner[g] - points[p, g], 1.0)
        if volume > most:
            found, most = p, volume
    return found


@jit
def largest_hole(points, weights, bounds, most_corners, out):
    """How far a plan may be better than every point in some goal, in the worst case that the bounds allow.

    points (n_points, n_goals) minimised, a goal's range on them 1; weights (n_weights, n_goals), rows that sum to 1,
    unit vectors among them, w z >= bounds (n_weights,) for every plan's goals z -> out (1,): every z has a point p with
    p <= z + out in all goals.

    What no point dominates is a union of boxes below corners, the local upper bounds of Klamroth, Lacour and
    Vanderpooten 2015. They are cut depth first, and only where a corner could be the worst; when `most_corners` are
    used up, the corners that are left stand for all below them.
    """
    n_goals = points.shape[1]
    corners = np.empty((most_corners + n_goals, n_goals))
    reach = np.empty(most_corners + n_goals)
    corners[0] = np.inf
    reach[0] = np.inf
    n_open, n_seen, worst = 1, 0, 0.0
    corner = np.empty(n_goals)
    child = np.empty(n_goals)
    children = np.empty(n_goals)
    while n_open > 0 and n_seen < most_corners and n_open < most_corners:
        n_open -= 1
        n_seen += 1
        if reach[n_open] <= worst:
            continue
        copy(corners[n_open], corner)
        point = _deepest(corner, points)
        if point < 0:
            worst = reach[n_open]
            continue
        for g in range(n_goals):
            copy(corner, child)
            child[g] = points[point, g]
            children[g] = _reach(child, weights, bounds)
        for _ in range(n_goals):  # the worst is put down last, to be looked at next
            g = int(np.argmin(children))
            if children[g] > worst:
                copy(corner, corners[n_open])
                corners[n_open, g] = points[point, g]
                reach[n_open] = children[g]
                n_open += 1
            children[g] = np.inf
    for i in range(n_open):
        worst = max(worst, reach[i])
    out[0] = worst
