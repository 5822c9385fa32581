"""The archive: every non-dominated plan that a search has seen, whatever the search itself threw away."""

from __future__ import annotations

import moocore
import numpy as np

from moo_budget._checks import FloatArray, IntArray
from moo_budget.evenly import even_points
from moo_budget.kernels.archive import empty_blocks, file_rows, insert
from moo_budget.kernels.thinning import count_dominators, cover, cover_samples

# By the number of goals: how many points' exact contributions to the hypervolume are computed, and how often.
_MOST_POINTS_AND_CUTS = {2: (2000, 100), 3: (2000, 50)}

# With more goals, where contributions are too slow. Four times as many samples gain 0.2 % of the hypervolume and take
# five times as long. A bit for each sample and point bounds memory to 50 MB; few points need fewer samples.
_MOST_SAMPLES, _SAMPLES_PER_POINT, _MOST_BITS = 1 << 16, 128, 400_000_000
_LEAST_SAMPLES = 16  # for each plan that is wanted: with fewer, distance does as well
# A sample that more than so many of the points spread best dominate is dominated by almost any choice of plans, where
# these are not far fewer than the guides.
_GUIDES, _DEEP = 64, 4
_CELL_BITS = 4  # of each goal, for an order in which neighbours are near each other
_REACH = 1.1  # of the goals' ranges: where the reference point is


class Archive:
    """Non-dominated plans under goals that are all minimised, thinned to half when the capacity is reached.

    Args:
        capacity: how many plans it holds at most, two or more.
        n_channels: columns of a plan.
        n_goals: columns of its goals.
    """

    def __init__(self, capacity: int, n_channels: int, n_goals: int) -> None:
        self._plans = np.empty((capacity, n_channels))
        self._goals = np.empty((capacity, n_goals))
        self._blocks = empty_blocks(capacity, n_goals)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def plans(self) -> FloatArray:
        """(n_plans, n_channels), a copy."""
        return self._plans[: self._size].copy()

    @property
    def goals(self) -> FloatArray:
        """(n_plans, n_goals), a copy."""
        return self._goals[: self._size].copy()

    def add(self, plans: FloatArray, goals: FloatArray) -> None:
        """Offer plans (n_plans, n_channels) with their goals (n_plans, n_goals); what is not finite is passed over."""
        finite = np.isfinite(goals)
        if not finite.all():
            sound = finite.all(axis=1)
            plans, goals = plans[sound], goals[sound]
        plans, goals = np.ascontiguousarray(plans), np.ascontiguousarray(goals)
        offered = 0
        while offered < len(goals):
            self._size, offered = insert(self._goals, self._plans, self._blocks, self._size, goals, plans, offered)
            if self._size == len(self._goals):
                self._halve()

    def _halve(self) -> None:
        rows = spread(self._goals, max(1, self._size // 2))
        self._plans[: len(rows)], self._goals[: len(rows)] = self._plans[rows], self._goals[rows]
        self._size = len(rows)
        file_rows(self._goals, self._size, self._blocks)


def thin(goals: FloatArray, n_plans: int) -> IntArray:
    """Rows of at most n_plans points that keep as much hypervolume as can be had quickly, in rising order.

    The best point in each goal stays, unless there are more goals than plans. Up to three goals, twice as many points
    as wanted are spread over the front; then those go that contribute least to the hypervolume, exactly computed. With
    more goals, low-discrepancy samples of the dominated space stand for its volume, and the point that dominates most
    of those left is next; once all are dominated, distance decides, as it does from the start for thousands of plans,
    where samples are too few to tell them apart.

    Args:
        goals: (n_points, n_goals), non-dominated, minimised.
        n_plans: how many to keep.
    """
    if len(goals) <= n_plans:
        return np.arange(len(goals))
    points = scaled(goals)
    order = _near_each_other(points)
    return np.sort(order[_chosen(points[order], n_plans)])


def _chosen(points: FloatArray, n_plans: int) -> IntArray:
    """As `thin`, of points in shares of their range, near each other; in any order."""
    if points.shape[1] > max(_MOST_POINTS_AND_CUTS) or n_plans < points.shape[1]:
        return _covering(points, n_plans)
    most, n_cuts = _MOST_POINTS_AND_CUTS.get(points.shape[1], (0, 0))
    rows = _spread(points, max(n_plans, min(2 * n_plans, most, len(points))))
    return _best_contributions(points, rows, n_plans, n_cuts)


def _best_contributions(points: FloatArray, rows: IntArray, n_plans: int, n_cuts: int) -> IntArray:
    """Of some rows, those that are left when the least contributions to the hypervolume have gone, cut by cut."""
    for n_left in np.linspace(len(rows), n_plans, n_cuts + 1).astype(int)[1:]:
        if n_left < len(rows):
            contribution = moocore.hv_contributions(points[rows], ref=np.full(points.shape[1], _REACH))
            contribution[np.argmin(points[rows], axis=0)] = np.inf
            rows = rows[np.argsort(-contribution, kind="stable")[:n_left]]
    return rows


def _covering(points: FloatArray, n_plans: int) -> IntArray:
    """Rows that dominate most of the samples between the front and the reference point, then the farthest."""
    n_samples = min(_MOST_SAMPLES, _SAMPLES_PER_POINT * len(points), _MOST_BITS // len(points))
    if n_samples < _LEAST_SAMPLES * n_plans:
        return _spread(points, n_plans)
    samples = _samples_near(points, n_samples) if n_plans >= _GUIDES else _all_samples(points, n_samples)
    chosen = np.empty(n_plans, dtype=np.int64)
    n_chosen = cover_samples(
        points,
        np.argsort(np.ascontiguousarray(points.T), axis=1),
        np.ascontiguousarray(samples.T),
        np.argsort(samples, axis=1),
        _extremes(points, n_plans),
        chosen,
    )
    cover(points, chosen[:n_chosen].copy(), chosen)
    return chosen


def _all_samples(points: FloatArray, n_samples: int) -> FloatArray:
    """Samples of the space up to the reference point, (n_goals, n_samples), rising in the first goal."""
    samples = _REACH * even_points(n_samples, points.shape[1])
    return np.ascontiguousarray(samples[:, np.argsort(samples[0])])


def _samples_near(points: FloatArray, n_samples: int) -> FloatArray:
    """The same without those deep behind the front, (n_goals, n_left)."""
    samples = _all_samples(points, n_samples)
    depth = np.empty(n_samples, dtype=np.uint8)
    count_dominators(samples, points[_spread(points, min(_GUIDES, len(points)))], depth)
    return np.ascontiguousarray(samples[:, depth <= _DEEP])


def spread(goals: FloatArray, n_plans: int) -> IntArray:
    """Rows of n_plans points: the best in each goal, then always the one that those chosen stand in for worst."""
    points = scaled(goals)
    order = _near_each_other(points)
    return order[_spread(points[order], n_plans)]


def _spread(points: FloatArray, n_plans: int) -> IntArray:
    """As `spread`, of points in shares of their range, near each other."""
    chosen = np.empty(n_plans, dtype=np.int64)
    cover(points, _extremes(points, n_plans), chosen)
    return chosen


def _near_each_other(points: FloatArray) -> IntArray:
    """An order of points in shares of their range that depends on nothing but their values: cells in Morton's order.

    Within a cell by value. How rows stood breaks no tie, and a chunk of neighbours takes up little room.
    """
    cells = np.minimum(points * (1 << _CELL_BITS), (1 << _CELL_BITS) - 1).astype(np.int64)
    key = np.zeros(len(points), dtype=np.int64)
    for bit in reversed(range(_CELL_BITS)):
        for cell in cells.T:
            key = 2 * key + (cell >> bit & 1)
    return np.lexsort((*points.T, key))


def _extremes(points: FloatArray, n_plans: int) -> IntArray:
    """The rows that are best in some goal, each once; none where there are more of them than plans."""
    rows = np.unique(np.argmin(points, axis=0))
    return rows if len(rows) <= n_plans else rows[:0]


def scaled(goals: FloatArray) -> FloatArray:
    """Goals in shares of their range."""
    low = goals.min(axis=0)
    reach = goals.max(axis=0) - low
    points: FloatArray = (goals - low) / np.where(reach > 0.0, reach, 1.0)
    return points
