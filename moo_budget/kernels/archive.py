"""An archive of non-dominated rows that is quick to ask: rows near each other share a block that knows its bounds.

Most blocks are passed over by their bounds alone, which makes an offer ten times as cheap as a pass over all rows where
there are some thousand. The idea is the ND-tree's (Jaszkiewicz and Lust
2018), with one level of blocks in place of the tree.
"""

from typing import NamedTuple

import numpy as np

from moo_budget.kernels._copy import copy
from moo_budget.kernels._jit import jit

BLOCK_SIZE = 32
_FILED = 24  # at most so many when all rows are filed at once: room for newcomers
_DEPTH = 64  # halvings that wait; more rows than there are atoms would not need as many


class Blocks(NamedTuple):
    """Where the rows of an archive are filed, changed in place.

    Args:
        low, high: (n_blocks, n_goals), between which all of a block's rows lie; not always tight.
        members: (n_blocks, BLOCK_SIZE), row numbers.
        filled: (n_blocks,), how many of them are in use.
        place: (capacity,), block x BLOCK_SIZE + position of every row.
        scale: (n_goals,), one over the range of the goals when rows were last filed or split.
        n_used: (1,), how many blocks are in use.
    """

    low: np.ndarray
    high: np.ndarray
    members: np.ndarray
    filled: np.ndarray
    place: np.ndarray
    scale: np.ndarray
    n_used: np.ndarray


def empty_blocks(capacity: int, n_goals: int) -> Blocks:
    """Room for `capacity` rows: twice as many blocks as freshly filed rows can need."""
    n_blocks = 4 * (capacity // BLOCK_SIZE) + 4
    return Blocks(
        low=np.empty((n_blocks, n_goals)),
        high=np.empty((n_blocks, n_goals)),
        members=np.empty((n_blocks, BLOCK_SIZE), dtype=np.int64),
        filled=np.zeros(n_blocks, dtype=np.int64),
        place=np.empty(capacity, dtype=np.int64),
        scale=np.ones(n_goals),
        n_used=np.zeros(1, dtype=np.int64),
    )


@jit
def insert(goals, plans, blocks, size, new_goals, new_plans, start):
    """Offer rows `start`, `start + 1`, ... of new plans to an archive of non-dominated ones.

    goals (capacity, n_goals) and plans (capacity, n_channels) hold the archive in their first `size` rows, in no
    particular order, filed in `blocks`; new_goals (n_new, n_goals), new_plans (n_new, n_channels), all finite. A row
    that an archived one equals or dominates is refused, one that dominates archived rows replaces them. Ends early
    where the archive is full. Returns the new size and the first row that was not offered.
    """
    for row in range(start, new_goals.shape[0]):
        if size == goals.shape[0]:
            return size, row
        if _is_covered(goals, blocks, new_goals[row]):
            continue
        size = _drop_dominated(goals, plans, blocks, size, new_goals[row])
        for g in range(goals.shape[1]):
            goals[size, g] = new_goals[row, g]
        for c in range(plans.shape[1]):
            plans[size, c] = new_plans[row, c]
        if blocks.n_used[0] == blocks.filled.size:
            file_rows(goals, size, blocks)
        _file(goals, blocks, size)
        size += 1
    return size, new_goals.shape[0]


@jit
def file_rows(goals, size, blocks):
    """Forget the blocks and file the first `size` rows anew: halved where they lie farthest apart, until they fit."""
    for g in range(goals.shape[1]):
        low, high = np.inf, -np.inf
        for row in range(size):
            low, high = min(low, goals[row, g]), max(high, goals[row, g])
        blocks.scale[g] = 1.0 / (high - low) if high > low else 1.0
    blocks.n_used[0] = 0
    rows = np.arange(size)
    starts, ends = np.zeros(_DEPTH, dtype=np.int64), np.zeros(_DEPTH, dtype=np.int64)
    ends[0] = size
    depth = 1 if size > 0 else 0
    while depth > 0:
        start, end = starts[depth - 1], ends[depth - 1]
        if end - start <= _FILED:
            _open_block(blocks)
            for k in range(start, end):
                _append(goals, blocks, blocks.n_used[0] - 1, rows[k])
            depth -= 1
        else:
            middle = (start + end) // 2
            _halve(goals, blocks.scale, rows[start:end])
            ends[depth - 1], starts[depth], ends[depth] = middle, middle, end
            depth += 1


@jit
def _halve(goals, scale, rows):
    """Reorder the rows so that the first half is the lower one where they lie farthest apart; returns that goal."""
    longest, length = 0, -1.0
    for g in range(goals.shape[1]):
        low, high = np.inf, -np.inf
        for row in rows:
            low, high = min(low, goals[row, g]), max(high, goals[row, g])
        if (high - low) * scale[g] > length:
            longest, length = g, (high - low) * scale[g]
    along = np.empty(rows.size)
    for k in range(rows.size):
        along[k] = goals[rows[k], longest]
    copy(rows[np.argsort(along)], rows)
    return longest


@jit
def _is_covered(goals, blocks, point):
    """Whether some row equals or dominates the point."""
    low, high, members, count = blocks.low, blocks.high, blocks.members, blocks.filled
    for b in range(blocks.n_used[0]):
        if not _no_worse(low, b, point):
            continue
        if _no_worse(high, b, point):
            return True
        for k in range(count[b]):
            if _no_worse(goals, members[b, k], point):
                return True
    return False


@jit
def _no_worse(rows, row, point):
    """Whether rows[row] <= point in every goal."""
    for g in range(point.size):  # noqa: SIM110  # a generator is slow here
        if rows[row, g] > point[g]:
            return False
    return True


@jit
def _no_better(rows, row, point):
    """Whether rows[row] >= point in every goal."""
    for g in range(point.size):  # noqa: SIM110
        if rows[row, g] < point[g]:
            return False
    return True


@jit
def _drop_dominated(goals, plans, blocks, size, point):
    """Take out the rows that the point dominates; returns the new size."""
    high, members, count = blocks.high, blocks.members, blocks.filled
    for b in range(blocks.n_used[0] - 1, -1, -1):  # backwards, because a block that is taken out is filled by the last
        if not _no_better(high, b, point):
            continue
        for k in range(count[b] - 1, -1, -1):
            if _no_better(goals, members[b, k], point):
                size = _take_out(goals, plans, blocks, size, b, k)
        if count[b] == 0:
            _take_out_block(blocks, b)
    return size


@jit
def _take_out(goals, plans, blocks, size, b, k):
    """Remove the row at position k of block b; the last of the block and the last of the archive fill the gaps."""
    row = blocks.members[b, k]
    blocks.filled[b] -= 1
    moved = blocks.members[b, blocks.filled[b]]
    blocks.members[b, k] = moved
    blocks.place[moved] = b * BLOCK_SIZE + k
    last = size - 1
    if row != last:
        copy(goals[last], goals[row])
        copy(plans[last], plans[row])
        blocks.place[row] = blocks.place[last]
        blocks.members[blocks.place[row] // BLOCK_SIZE, blocks.place[row] % BLOCK_SIZE] = row
    return last


@jit
def _take_out_block(blocks, b):
    last = blocks.n_used[0] - 1
    blocks.n_used[0] = last
    if b != last:
        copy(blocks.low[last], blocks.low[b])
        copy(blocks.high[last], blocks.high[b])
        blocks.filled[b] = blocks.filled[last]
        for k in range(blocks.filled[b]):
            row = blocks.members[last, k]
            blocks.members[b, k] = row
            blocks.place[row] = b * BLOCK_SIZE + k


@jit
def _file(goals, blocks, row):
    """Put a row into the block whose middle is nearest to it; a block that is full is split first."""
    if blocks.n_used[0] == 0:
        _open_block(blocks)
    b = _nearest(blocks.low, blocks.high, blocks.scale, blocks.n_used[0], goals[row])
    if blocks.filled[b] == BLOCK_SIZE:
        b = _split(goals, blocks, b, goals[row])
    _append(goals, blocks, b, row)


@jit
def _nearest(low, high, scale, n_used, point):
    nearest, smallest = 0, np.inf
    for b in range(n_used):
        gap = 0.0
        for g in range(point.size):
            off = (low[b, g] + high[b, g] - 2.0 * point[g]) * scale[g]
            gap += off * off
        if gap < smallest:
            nearest, smallest = b, gap
    return nearest


@jit
def _open_block(blocks):
    blocks.n_used[0] += 1
    _clear(blocks, blocks.n_used[0] - 1)


@jit
def _clear(blocks, b):
    blocks.low[b] = np.inf
    blocks.high[b] = -np.inf
    blocks.filled[b] = 0


@jit
def _append(goals, blocks, b, row):
    k = blocks.filled[b]
    blocks.filled[b] = k + 1
    blocks.members[b, k] = row
    blocks.place[row] = b * BLOCK_SIZE + k
    for g in range(goals.shape[1]):
        blocks.low[b, g] = min(blocks.low[b, g], goals[row, g])
        blocks.high[b, g] = max(blocks.high[b, g], goals[row, g])


@jit
def _split(goals, blocks, b, point):
    """Halve a full block; the upper half goes to a new one. Returns the half for the point."""
    _rescale(blocks)
    rows = blocks.members[b].copy()
    longest = _halve(goals, blocks.scale, rows)
    half = rows.size // 2
    newest = blocks.n_used[0]
    _open_block(blocks)
    _clear(blocks, b)
    for k in range(rows.size):
        _append(goals, blocks, b if k < half else newest, rows[k])
    return b if point[longest] < goals[rows[half], longest] else newest


@jit
def _rescale(blocks):
    """Count goals by the range that the blocks cover now."""
    for g in range(blocks.scale.size):
        low, high = np.inf, -np.inf
        for b in range(blocks.n_used[0]):
            low, high = min(low, blocks.low[b, g]), max(high, blocks.high[b, g])
        blocks.scale[g] = 1.0 / (high - low) if high > low else 1.0
