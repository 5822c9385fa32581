"""Offspring within a box: binary tournament, simulated binary crossover, polynomial mutation."""

import numpy as np

from moo_budget.kernels._copy import copy
from moo_budget.kernels._jit import jit

_CROSSOVER_SHARE = 0.9  # of pairs
_MUTATION_INDEX = 20.0
_SAME = 1e-14  # amounts nearer than this share of the box are one amount: nothing to cross


@jit
def binary_tournament(rank, distance, contestants, winners):
    """The better of two plans by rank, then by crowding distance; the first where both are equal.

    rank, distance (n_plans,), contestants (n_winners, 2) row numbers -> winners (n_winners,) row numbers.
    """
    for w in range(winners.size):
        first, second = contestants[w, 0], contestants[w, 1]
        if rank[first] != rank[second]:
            winners[w] = first if rank[first] < rank[second] else second
        else:
            winners[w] = first if distance[first] >= distance[second] else second


@jit
def _spread(room, draw):
    """How far children lie from their parents' centre, in half distances; `room` to the nearer bound, in distances.

    The index 15 makes every power a 16th, which is four squares or four roots: five times as fast as powers.

    Source: Deb and Agrawal 1995, with the bound as in Deb's program: the law is cut off where a child would leave.
    """
    reach = 1.0 + 2.0 * room
    for _ in range(4):
        reach *= reach
    chance = draw * (2.0 - 1.0 / reach)
    root = chance if chance <= 1.0 else 1.0 / (2.0 - chance)
    for _ in range(4):
        root = np.sqrt(root)
    return root


@jit
def crossover(parents, lower, upper, draws, children):
    """Simulated binary crossover of neighbouring rows; index 15, nine pairs of ten, every other channel.

    parents (n_plans, n_channels) within lower, upper (n_channels,); draws (n_pairs, n_channels + 1), uniform in
    [0, 1): the last column says whether a pair crosses; in the others the quarter says whether a channel crosses and
    whether the children change sides, and the place within the quarter how far they go -> children (n_plans,
    n_channels). A last row without partner is copied.
    """
    n_channels = parents.shape[1]
    for p in range(parents.shape[0]):
        copy(parents[p], children[p])
    for pair in range(parents.shape[0] // 2):
        if draws[pair, n_channels] >= _CROSSOVER_SHARE:
            continue
        a, b = 2 * pair, 2 * pair + 1
        for c in range(n_channels):
            quarter = int(4.0 * draws[pair, c])
            low, high = min(parents[a, c], parents[b, c]), max(parents[a, c], parents[b, c])
            apart = high - low
            if quarter < 2 or apart <= _SAME * (upper[c] - lower[c]):
                continue
            draw = 4.0 * draws[pair, c] - quarter
            below = 0.5 * (low + high - _spread((low - lower[c]) / apart, draw) * apart)
            above = 0.5 * (low + high + _spread((upper[c] - high) / apart, draw) * apart)
            below, above = max(below, lower[c]), min(above, upper[c])
            children[a, c], children[b, c] = (below, above) if quarter == 2 else (above, below)


@jit
def mutate(plans, lower, upper, draws, mutants):
    """Polynomial mutation with index 20 of one channel in n_channels.

    plans (n_plans, n_channels) within lower, upper (n_channels,); draws (n_plans, n_channels), uniform in [0, 1): a
    draw below 1 / n_channels mutates, and its place below that says how far -> mutants (n_plans, n_channels).

    Source: Deb and Goyal 1996, with the bounds as in Deb's program.
    """
    n_channels = plans.shape[1]
    power = _MUTATION_INDEX + 1.0
    for p in range(plans.shape[0]):
        for c in range(n_channels):
            mutants[p, c] = plans[p, c]
            draw = draws[p, c] * n_channels
            reach = upper[c] - lower[c]
            if draw >= 1.0 or reach == 0.0:
                continue
            if draw < 0.5:
                rest = (1.0 - (plans[p, c] - lower[c]) / reach) ** power
                shift = (2.0 * draw + (1.0 - 2.0 * draw) * rest) ** (1.0 / power) - 1.0
            else:
                rest = (1.0 - (upper[c] - plans[p, c]) / reach) ** power
                shift = 1.0 - (2.0 * (1.0 - draw) + (2.0 * draw - 1.0) * rest) ** (1.0 / power)
            mutants[p, c] = min(max(plans[p, c] + shift * reach, lower[c]), upper[c])
