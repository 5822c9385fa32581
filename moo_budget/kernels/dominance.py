"""Pareto dominance on goals that are all minimised."""

import numpy as np

from moo_budget.kernels._jit import jit


@jit
def front_ranks(goals, violation, order, rank):
    """Non-dominated sorting: 0 for rows that nothing dominates, 1 for those that only rows of rank 0 dominate, ...

    goals (n_rows, n_goals), minimised; violation (n_rows,), 0 for a feasible row; order (n_goals, n_rows), rows by
    rising goal -> rank (n_rows,). Every feasible row comes before every infeasible one, and those stand by violation
    alone (the constraint domination of Deb et al. 2002).

    In one pass along each goal a row of bits collects who is better so far: four to ten times as fast as comparing
    pairs at some hundred rows.
    """
    n_words = (rank.size + 63) // 64
    not_worse = np.full((rank.size, n_words), -1, dtype=np.int64)
    better = np.zeros((rank.size, n_words), dtype=np.int64)
    for g in range(goals.shape[1]):
        _note_better(goals[:, g], violation, order[g], not_worse, better)
    for row in range(rank.size):
        for w in range(n_words):
            better[row, w] &= not_worse[row, w]
    _rank_infeasible(violation, _peel(better, violation, rank), rank)


@jit
def _note_better(goal, violation, order, not_worse, better):
    """Bits of the feasible rows that are not worse, and of those that are better, in one goal."""
    seen = np.zeros(better.shape[1], dtype=np.int64)
    start = 0
    while start < order.size:
        end = start
        while end < order.size and goal[order[end]] == goal[order[start]]:  # rows that are alike in this goal
            row = order[end]
            for w in range(seen.size):
                better[row, w] |= seen[w]
            end += 1
        end = max(end, start + 1)  # NaN is not like itself
        for k in range(start, end):
            if violation[order[k]] == 0.0:
                seen[order[k] // 64] |= np.int64(1) << np.int64(order[k] % 64)
        for k in range(start, end):
            for w in range(seen.size):
                not_worse[order[k], w] &= seen[w]
        start = end


@jit
def _peel(dominators, violation, rank):
    """Take off front by front the feasible rows whose dominators are all gone; returns the number of fronts."""
    left = np.zeros(dominators.shape[1], dtype=np.int64)
    rows = np.empty(rank.size, dtype=np.int64)
    n_rows = 0
    for row in range(rank.size):
        if violation[row] == 0.0:
            left[row // 64] |= np.int64(1) << np.int64(row % 64)
            rows[n_rows] = row
            n_rows += 1
    n_fronts = 0
    while n_rows > 0:
        n_left = 0
        for k in range(n_rows):
            row = rows[k]
            rank[row] = n_fronts
            for w in range(left.size):
                if dominators[row, w] & left[w] != 0:
                    rows[n_left] = row
                    n_left += 1
                    break
        left[:] = 0
        for k in range(n_left):
            left[rows[k] // 64] |= np.int64(1) << np.int64(rows[k] % 64)
        n_rows = n_left
        n_fronts += 1
    return n_fronts


@jit
def _rank_infeasible(violation, n_fronts, rank):
    """Infeasible rows by rising violation, each amount a front of its own."""
    last = 0.0
    current = n_fronts - 1
    for row in np.argsort(violation):
        if violation[row] > 0.0:
            if violation[row] > last:
                current += 1
                last = violation[row]
            rank[row] = current


@jit
def crowding_distance(goals, rank, order, distance):
    """How far apart a row's neighbours in its front are: summed over goals, as share of the front's range.

    goals (n_rows, n_goals), rank (n_rows,), order (n_goals, n_rows), rows by rising goal -> distance (n_rows,); the
    ends of every front are infinitely far.

    Source: Deb et al. 2002, all fronts in one pass along each goal.
    """
    n_fronts = 0
    for row in range(rank.size):
        n_fronts = max(n_fronts, rank[row] + 1)
    first, last = np.empty(n_fronts, dtype=np.int64), np.empty(n_fronts, dtype=np.int64)
    previous, before = np.empty(n_fronts, dtype=np.int64), np.empty(n_fronts, dtype=np.int64)
    distance[:] = 0.0
    for g in range(goals.shape[1]):
        for row in order[g][::-1]:
            first[rank[row]] = row
        for row in order[g]:
            last[rank[row]] = row
        previous[:], before[:] = -1, -1
        for row in order[g]:
            front = rank[row]
            reach = goals[last[front], g] - goals[first[front], g]
            if before[front] >= 0 and reach > 0.0:
                distance[previous[front]] += (goals[row, g] - goals[before[front], g]) / reach
            if row == first[front] or row == last[front]:
                distance[row] = np.inf
            before[front], previous[front] = previous[front], row


@jit
def compare(goals, violation, other_goals, other_violation, verdict):
    """Row by row: 1 where the first dominates the other, -1 where the other dominates it, else 0.

    goals, other_goals (n_rows, n_goals), minimised; violation, other_violation (n_rows,), 0 where feasible: the
    smaller one dominates -> verdict (n_rows,).
    """
    for row in range(verdict.size):
        if violation[row] != other_violation[row]:
            verdict[row] = 1 if violation[row] < other_violation[row] else -1
            continue
        better, worse = False, False
        if violation[row] == 0.0:
            for g in range(goals.shape[1]):
                better |= goals[row, g] < other_goals[row, g]
                worse |= goals[row, g] > other_goals[row, g]
        verdict[row] = int(better) - int(worse) if better != worse else 0
