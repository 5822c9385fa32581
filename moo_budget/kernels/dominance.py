"""Pareto dominance on goals that are all minimised."""

import numpy as np

from moo_budget.kernels._jit import jit


@jit
def insert(goals, plans, size, new_goals, new_plans, start):
    """Offer rows `start`, `start + 1`, ... of new plans to an archive of non-dominated ones.

    goals (capacity, n_goals) and plans (capacity, n_channels) hold the archive in their first `size` rows and are
    changed in place; new_goals (n_new, n_goals), new_plans (n_new, n_channels). A row that an archived one equals or
    dominates is refused, one that dominates archived rows replaces them. Ends early where the archive is full.
    Returns the new size and the first row that was not offered.
    """
    for row in range(start, new_goals.shape[0]):
        if size == goals.shape[0]:
            return size, row
        refused = False
        kept = 0
        for a in range(size):
            no_worse, no_better = True, True  # of the archived row against the new one
            for g in range(goals.shape[1]):
                if goals[a, g] > new_goals[row, g]:
                    no_worse = False
                elif goals[a, g] < new_goals[row, g]:
                    no_better = False
            if no_worse:
                refused = True  # nothing was dropped before: the new row would then dominate this one's equal
                break
            if not no_better:
                if kept != a:
                    goals[kept] = goals[a]
                    plans[kept] = plans[a]
                kept += 1
        if refused:
            continue
        goals[kept] = new_goals[row]
        plans[kept] = new_plans[row]
        size = kept + 1
    return size, new_goals.shape[0]


@jit
def spread_subset(points, chosen, n_chosen):
    """Fill `chosen` with the rows farthest from those already chosen, one after the other (max-min distance).

    points (n_points, n_goals), scaled; chosen (n_wanted,) holds row numbers, the first n_chosen of them given.
    Source: Gonzalez 1985, within a factor of two of the best covering radius.
    """
    distance = np.full(points.shape[0], np.inf)
    for i in range(chosen.size):
        if i >= n_chosen:
            chosen[i] = np.argmax(distance)
        for p in range(points.shape[0]):
            gap = 0.0
            for g in range(points.shape[1]):
                difference = points[p, g] - points[chosen[i], g]
                gap += difference * difference
            distance[p] = min(distance[p], gap)
