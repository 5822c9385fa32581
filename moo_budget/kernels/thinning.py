"""A few points that stand for many, all goals minimised: by the space that they dominate, or by distance."""

import numpy as np

from moo_budget.kernels._jit import jit

_CHUNK = 64  # points of which the most is remembered together
_LEAST_GAIN = 2  # samples: a single one says little about a point's volume

_ONE, _LAST = np.uint64(1), np.uint64(63)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_PAIRS, _FOURS, _BYTES = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
_SHIFTS = (np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(8), np.uint64(16), np.uint64(32))
_COUNT = np.uint64(127)


@jit
def count_dominators(columns, points, count):
    """How many of the points are no worse than each sample in every goal.

    columns (n_goals, n_samples), points (n_points, n_goals), fewer than 256 -> count (n_samples,), uint8.
    """
    no_worse = np.empty(count.size, dtype=np.uint8)
    count[:] = 0
    for p in range(points.shape[0]):
        no_worse[:] = 1
        for g in range(columns.shape[0]):
            _note_no_worse(columns[g], points[p, g], no_worse)
        for s in range(count.size):
            count[s] += no_worse[s]


@jit
def _note_no_worse(column, value, no_worse):
    """Strike out the samples that the value is worse than."""
    for s in range(column.size):
        no_worse[s] &= np.uint8(column[s] >= value)


@jit
def cover_samples(points, order, samples, sample_order, given, chosen):
    """The given points, then always the one that dominates most samples which no point chosen before dominates.

    points (n_points, n_goals), order (n_goals, n_points), points by rising goal; samples (n_samples, n_goals), rising
    in the first goal, sample_order (n_goals, n_samples); given (n_given,), point numbers -> chosen (n_chosen,), point
    numbers, n_given <= n_chosen <= n_points. Ends early where no point dominates two samples that are left; returns
    how many were chosen.

    Gains only shrink as points are chosen, so a point is looked at again only when it leads (Minoux 1978).
    """
    dominated, first = _dominated_samples(points, order, samples, sample_order)
    left = np.full(dominated.shape[1], _ALL)
    gains, most = _first_gains(dominated, first)
    for i in range(chosen.size):
        best = given[i] if i < given.size else _leader(dominated, first, left, gains, most)
        if i >= given.size and gains[best // _CHUNK, best % _CHUNK] < _LEAST_GAIN:
            return i
        chosen[i] = best
        _set_gain(gains, most, best, -1)  # never again
        _strike_out(left[first[best] :], dominated[best, first[best] :])
    return chosen.size


@jit
def _dominated_samples(points, order, samples, sample_order):
    """A row of bits per point, one for each sample that it dominates, and the first word of the row that is in use.

    In one pass along each goal, from its worst value on, a row of bits collects the samples seen so far.
    """
    n_points, n_samples = points.shape[0], samples.shape[0]
    n_words = (n_samples + 63) // 64
    dominated = np.full((n_points, n_words), _ALL)
    first = np.empty(n_points, dtype=np.int64)
    seen = np.empty(n_words, dtype=np.uint64)
    for g in range(points.shape[1]):
        seen[:] = 0
        n_left = n_samples
        for p in order[g][::-1]:
            while n_left > 0 and samples[sample_order[g, n_left - 1], g] >= points[p, g]:
                n_left -= 1
                s = sample_order[g, n_left]
                seen[s // 64] |= _ONE << (np.uint64(s) & _LAST)
            if g == 0:  # samples stand in this order
                first[p] = n_left // 64
            _keep_common(dominated[p, first[p] :], seen[first[p] :])
    return dominated, first


@jit
def _first_gains(dominated, first):
    """How many samples every point dominates, in rows of `_CHUNK`, and the most in each row."""
    n_chunks = (first.size + _CHUNK - 1) // _CHUNK
    gains, most = np.full((n_chunks, _CHUNK), -1), np.full(n_chunks, -1)
    every = np.full(dominated.shape[1], _ALL)
    for p in range(first.size):
        _set_gain(gains, most, p, _count_common(dominated[p, first[p] :], every[first[p] :]))
    return gains, most


@jit
def _set_gain(gains, most, p, gain):
    gains[p // _CHUNK, p % _CHUNK] = gain
    largest = gain
    for k in range(_CHUNK):
        largest = max(largest, gains[p // _CHUNK, k])
    most[p // _CHUNK] = largest


@jit
def _leader(dominated, first, left, gains, most):
    """The point that dominates most of the samples left; gains are those of an earlier look until a point leads."""
    while True:
        chunk = np.argmax(most)
        p = chunk * _CHUNK + np.argmax(gains[chunk])
        gain = _count_common(dominated[p, first[p] :], left[first[p] :]) if most[chunk] > 0 else most[chunk]
        if gain == most[chunk]:
            return p
        _set_gain(gains, most, p, gain)


@jit
def _keep_common(bits, others):
    for w in range(bits.size):
        bits[w] &= others[w]


@jit
def _count_common(bits, others):
    """Number of bits that are set in both."""
    total = np.uint64(0)
    for w in range(bits.size):
        x = bits[w] & others[w]
        x -= (x >> _SHIFTS[0]) & _PAIRS
        x = (x & _FOURS) + ((x >> _SHIFTS[1]) & _FOURS)
        x = (x + (x >> _SHIFTS[2])) & _BYTES
        x += x >> _SHIFTS[3]
        x += x >> _SHIFTS[4]
        total += (x + (x >> _SHIFTS[5])) & _COUNT
    return np.int64(total)


@jit
def _strike_out(bits, others):
    for w in range(bits.size):
        bits[w] &= ~others[w]


@jit
def cover(points, given, chosen):
    """The given points, then always the one that those already chosen stand in for worst.

    How far a point is from a chosen one counts only where the chosen one is worse, summed over goals: what whoever
    wanted that point would have to give up.

    points (n_points, n_goals), scaled, best in an order in which neighbours are near each other; given (n_given,),
    point numbers -> chosen (n_chosen,), point numbers, n_given <= n_chosen <= n_points.

    Source: Gonzalez 1985 (the next is the farthest) with the distance of IGD+ (Ishibuchi et al. 2015), summed. A chunk
    is passed over where even its worst corner is too far from the newest point: five times as fast for 20,000 points.
    """
    tiles, high = _in_tiles(points)
    given_up = np.full((tiles.shape[0], _CHUNK), np.inf)
    given_up.ravel()[points.shape[0] :] = -1.0  # room that no point takes
    most = np.full(tiles.shape[0], np.inf)
    to_newest = np.empty(_CHUNK)
    for i in range(chosen.size):
        newest = given[i] if i < given.size else _farthest(given_up, most)
        chosen[i] = newest
        given_up[newest // _CHUNK, newest % _CHUNK] = -1.0  # never again
        most[newest // _CHUNK] = np.inf
        for chunk in range(most.size):
            if _loss(points[newest], high[chunk]) < most[chunk]:
                _add_losses(tiles[chunk], points[newest], to_newest)
                most[chunk] = _lower(given_up[chunk], to_newest)


@jit
def _farthest(given_up, most):
    chunk = np.argmax(most)
    return chunk * _CHUNK + np.argmax(given_up[chunk])


@jit
def _in_tiles(points):
    """Points goal by goal in chunks (n_chunks, n_goals, _CHUNK), and the worst of each goal (n_chunks, n_goals)."""
    n_points, n_goals = points.shape
    n_chunks = (n_points + _CHUNK - 1) // _CHUNK
    tiles, high = np.zeros((n_chunks, n_goals, _CHUNK)), np.full((n_chunks, n_goals), -np.inf)
    for p in range(n_points):
        for g in range(n_goals):
            tiles[p // _CHUNK, g, p % _CHUNK] = points[p, g]
            high[p // _CHUNK, g] = max(high[p // _CHUNK, g], points[p, g])
    return tiles, high


@jit
def _loss(chosen, wanted):
    """By how much the chosen point is worse, summed over goals."""
    loss = 0.0
    for g in range(chosen.size):
        loss += max(chosen[g] - wanted[g], 0.0)
    return loss


@jit
def _add_losses(tile, chosen, losses):
    """As `_loss`, for a chunk of wanted points."""
    losses[:] = 0.0
    for g in range(chosen.size):
        for k in range(losses.size):
            losses[k] += max(chosen[g] - tile[g, k], 0.0)


@jit
def _lower(given_up, to_newest):
    """Note where the newest is the nearest so far; returns the most that is still given up."""
    most = -1.0
    for k in range(given_up.size):
        given_up[k] = min(given_up[k], to_newest[k])
        most = max(most, given_up[k])
    return most
