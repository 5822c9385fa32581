"""Rows of the kernels that evolve plans: sorting, crowding, covering, variation, swarms."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from scipy.optimize import brentq

from moo_budget.kernels import dominance, swarm, thinning, variation
from tests.kernels.rows import Row


def _generator(draw: DrawFn) -> np.random.Generator:
    return np.random.default_rng(draw(st.integers(0, 2**32 - 1)))


def _rows_by_goal(goals):
    return np.argsort(np.ascontiguousarray(goals.T), axis=1)


def _dominates(goals, violation, other_goals, other_violation):
    """The definition of Deb et al. 2002, for two rows."""
    if violation > 0 or other_violation > 0:
        return violation < other_violation
    return bool(np.all(goals <= other_goals) and np.any(goals < other_goals))


@st.composite
def _goals_and_violation(draw: DrawFn):
    """Coarse goals, so that rows are alike and equal; some rows infeasible, some of those without finite goals."""
    rng = _generator(draw)
    n_rows, n_goals = draw(st.sampled_from([0, 1, 2, 7, 30, 70])), draw(st.integers(1, 4))
    goals = rng.integers(0, draw(st.sampled_from([2, 6, 1000])), (n_rows, n_goals)).astype(float)
    violation = rng.choice([0.0, 0.0, 1.0, 2.5], n_rows) * draw(st.sampled_from([0.0, 1.0]))
    goals[violation == 2.5, 0] = np.nan
    return goals, violation


@st.composite
def _ranks_inputs(draw: DrawFn):
    goals, violation = draw(_goals_and_violation())
    return goals, violation, _rows_by_goal(goals)


def front_ranks_twin(goals, violation, order):
    """Take off the rows that no row left dominates, again and again."""
    rank = np.full(len(goals), -1)
    left = list(range(len(goals)))
    while left:
        front = [a for a in left if not any(_dominates(goals[b], violation[b], goals[a], violation[a]) for b in left)]
        rank[front] = rank.max(initial=-1) + 1
        left = [a for a in left if a not in front]
    return rank


@st.composite
def _crowding_inputs(draw: DrawFn):
    """No two rows alike in a goal, where the definition would leave open who is whose neighbour; one goal constant."""
    rng = _generator(draw)
    n_rows, n_goals = draw(st.sampled_from([0, 1, 2, 9, 20])), draw(st.integers(1, 4))
    goals = rng.uniform(size=(n_rows, n_goals))
    rank = rng.integers(0, 3, n_rows)
    return goals, rank, _rows_by_goal(goals)


def crowding_distance_twin(goals, rank, order):
    """Front by front and goal by goal on sorted values."""
    distance = np.zeros(len(goals))
    for front in np.unique(rank):
        rows = np.flatnonzero(rank == front)
        for values in goals[rows].T:
            ranked = np.sort(values)
            place = np.searchsorted(ranked, values)
            wide = np.concatenate([[-np.inf], ranked, [np.inf]])
            reach = ranked[-1] - ranked[0]
            distance[rows] += (wide[place + 2] - wide[place]) / (reach if reach > 0 else 1.0)
    return distance


@st.composite
def _compare_inputs(draw: DrawFn):
    rng = _generator(draw)
    n_rows, n_goals = draw(st.integers(0, 20)), draw(st.integers(1, 3))
    pair = rng.integers(0, 3, (2, n_rows, n_goals)).astype(float)
    violation = rng.choice([0.0, 0.0, 1.0, 2.0], (2, n_rows))
    return pair[0], violation[0], pair[1], violation[1]


def compare_twin(goals, violation, other_goals, other_violation):
    pairs = list(zip(zip(goals, violation, strict=True), zip(other_goals, other_violation, strict=True), strict=True))
    return np.array([int(_dominates(*one, *other)) - int(_dominates(*other, *one)) for one, other in pairs], dtype=int)


@st.composite
def _cover_inputs(draw: DrawFn):
    rng = _generator(draw)
    n_points = draw(st.sampled_from([1, 2, 12, 150]))
    given = rng.choice(n_points, draw(st.integers(1, min(n_points, 3))), replace=False)
    n_chosen = draw(st.integers(len(given), n_points))
    # The front of a sphere: a point that another one dominates is never worth choosing, and all those are alike.
    points = rng.uniform(0.1, 1.0, (n_points, draw(st.integers(2, 4))))
    return 1.0 - points / np.linalg.norm(points, axis=1, keepdims=True), given, n_chosen


def cover_kernel(points, given, n_chosen, chosen):
    thinning.cover(points, given, chosen)


def cover_twin(points, given, n_chosen):
    """The definition, on the whole matrix of losses."""
    loss = np.maximum(points[:, None] - points[None], 0.0).sum(axis=2)  # of taking the row for the column
    chosen = list(given)
    while len(chosen) < n_chosen:
        left = loss[chosen].min(axis=0)
        left[chosen] = -1.0
        chosen.append(int(np.argmax(left)))
    return np.array(chosen)


@st.composite
def _dominators_inputs(draw: DrawFn):
    rng = _generator(draw)
    n_goals = draw(st.integers(1, 4))
    points, samples = (rng.integers(0, 4, (draw(st.integers(0, 70)), n_goals)).astype(float) for _ in range(2))
    return np.ascontiguousarray(samples.T), points


def count_dominators_twin(columns, points):
    """All pairs at once."""
    return (points[None] <= columns.T[:, None]).all(axis=2).sum(axis=1)


@st.composite
def _covering_inputs(draw: DrawFn):
    """Coarse points and samples, so that many are level; more points than one chunk, more samples than one word."""
    rng = _generator(draw)
    n_points, n_goals = draw(st.sampled_from([1, 2, 12, 150])), draw(st.integers(1, 4))
    n_values = draw(st.sampled_from([3, 12, 1000]))
    points = rng.integers(0, n_values, (n_points, n_goals)).astype(float)
    samples = rng.integers(0, n_values, (draw(st.sampled_from([0, 1, 64, 300])), n_goals)).astype(float)
    samples = samples[np.argsort(samples[:, 0])]
    given = rng.choice(n_points, draw(st.integers(0, min(n_points, 3))), replace=False)
    n_chosen = draw(st.integers(len(given), n_points))
    return points, _rows_by_goal(points), samples, _rows_by_goal(samples), given, n_chosen


def cover_samples_kernel(points, order, samples, sample_order, given, n_chosen, chosen):
    chosen[thinning.cover_samples(points, order, samples, sample_order, given, chosen) :] = -1


def cover_samples_twin(points, order, samples, sample_order, given, n_chosen):
    """The definition, every gain counted anew each time."""
    dominated = (points[:, None] <= samples[None]).all(axis=2)
    chosen = list(given)
    while len(chosen) < n_chosen:
        left = ~dominated[chosen].any(axis=0)
        gains = (dominated & left).sum(axis=1)
        if gains.max() < 2:
            break
        chosen.append(int(np.argmax(gains)))
    return np.array(chosen + [-1] * (n_chosen - len(chosen)))


@st.composite
def _tournament_inputs(draw: DrawFn):
    rng = _generator(draw)
    n_plans = draw(st.integers(1, 12))
    distance = rng.choice([0.5, 1.0, np.inf], n_plans)
    return rng.integers(0, 3, n_plans), distance, rng.integers(0, n_plans, (draw(st.integers(0, 12)), 2))


def binary_tournament_twin(rank, distance, contestants):
    """The smaller of two pairs (rank, -distance); `min` keeps the first of equals."""
    return np.array([min(pair, key=lambda p: (rank[p], -distance[p])) for pair in contestants], dtype=int)


@st.composite
def _plans_in_a_box(draw: DrawFn):
    """Plans inside a box that does not start at zero, some amounts on its bounds, some channels locked."""
    rng = _generator(draw)
    n_plans, n_channels = draw(st.integers(0, 5)), draw(st.integers(1, 4))
    lower = rng.uniform(0.5, 1.0, n_channels)
    upper = lower + rng.choice([0.0, 1.0, 3.0], n_channels)
    where = rng.choice([0.0, 0.2, 0.21, 0.6, 1.0], (n_plans, n_channels))
    return rng, np.clip(lower + where * (upper - lower), lower, upper), lower, upper


@st.composite
def _crossover_inputs(draw: DrawFn):
    rng, plans, lower, upper = draw(_plans_in_a_box())
    return plans, lower, upper, rng.uniform(size=(len(plans) // 2, plans.shape[1] + 1))


def crossover_twin(parents, lower, upper, draws):
    """Spreads from the cumulative law, which is cut off at the bound and inverted by a root finder."""
    index = 15.0
    children = parents.copy()

    def chance(spread):
        return 0.5 * spread ** (index + 1) if spread <= 1 else 1 - 0.5 * spread ** -(index + 1)

    def spread(largest, draw):
        return brentq(lambda s: chance(s) - draw * chance(largest), 0.0, largest, xtol=1e-14)

    for pair, row in enumerate(draws):
        if row[-1] >= 0.9:
            continue
        for c in range(parents.shape[1]):
            low, high = sorted(parents[2 * pair : 2 * pair + 2, c])
            if row[c] < 0.5 or low == high:
                continue
            draw = (4.0 * row[c]) % 1.0
            half, centre = (high - low) / 2, (high + low) / 2
            below = centre - half * spread((centre - lower[c]) / half, draw)
            above = centre + half * spread((upper[c] - centre) / half, draw)
            children[2 * pair : 2 * pair + 2, c] = (below, above) if row[c] < 0.75 else (above, below)
    return children


@st.composite
def _mutation_inputs(draw: DrawFn):
    rng, plans, lower, upper = draw(_plans_in_a_box())
    return plans, lower, upper, rng.uniform(size=plans.shape)


def mutate_twin(plans, lower, upper, draws):
    """Shifts from the cumulative law, half of it to each side up to the bound, inverted by a root finder."""
    power = 21.0
    mutants = plans.copy()
    for p, c in np.argwhere((draws * plans.shape[1] < 1.0) & (lower < upper)):
        draw, reach = draws[p, c] * plans.shape[1], upper[c] - lower[c]
        toward = 1.0 if draw >= 0.5 else -1.0
        room = (upper[c] - plans[p, c] if draw >= 0.5 else plans[p, c] - lower[c]) / reach
        share = abs(2.0 * draw - 1.0)  # of what lies on that side within the bound
        within = 1.0 - (1.0 - room) ** power
        shift = brentq(lambda s: 1.0 - (1.0 - s) ** power - share * within, 0.0, room, xtol=1e-15) if room > 0 else 0.0  # noqa: B023
        mutants[p, c] += toward * shift * reach
    return mutants


@st.composite
def _acceleration_inputs(draw: DrawFn):
    rng = _generator(draw)
    shape = draw(st.integers(0, 4)), draw(st.integers(1, 3))
    return *rng.normal(size=(4, *shape)), rng.uniform(size=(3, *shape))


def accelerate_twin(plans, velocities, best, leaders, shares):
    pulls = np.stack([velocities, best - plans, leaders - plans])
    return np.einsum("kpc,kpc->pc", shares, pulls)


@st.composite
def _flight_inputs(draw: DrawFn):
    rng, plans, lower, upper = draw(_plans_in_a_box())
    return plans, rng.choice([0.0, 0.1, -0.7, 5.0], plans.shape), lower, upper


def fly_twin(plans, velocities, lower, upper):
    moved = np.median([np.broadcast_to(lower, plans.shape), plans + velocities, np.broadcast_to(upper, plans.shape)], 0)
    return moved, np.where(moved == plans + velocities, velocities, -velocities)


@st.composite
def _angle_inputs(draw: DrawFn):
    rng = _generator(draw)
    n_plans, n_elite, n_goals = draw(st.integers(0, 6)), draw(st.integers(1, 4)), draw(st.integers(2, 4))
    elite = rng.uniform(size=(n_elite, n_goals)) * rng.choice([0.0, 1.0, 1.0, 1.0], (n_elite, 1))
    return rng.uniform(size=(n_plans, n_goals)), elite, rng.integers(0, n_elite, (n_plans, 2))


def winners_by_angle_twin(goals, elite, pairs):
    """Angles from the lengths of sum and difference of unit vectors; the ideal point itself lies in every direction."""

    def angle(a, b):
        if not a.any() or not b.any():
            return 0.0
        a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
        return 2 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b))

    return np.array(
        [
            first if angle(p, elite[first]) <= angle(p, elite[second]) else second
            for p, (first, second) in zip(goals, pairs, strict=True)
        ],
        dtype=int,
    )


ROWS = [
    Row(dominance.front_ranks, front_ranks_twin, lambda goals, *_: [np.empty(len(goals), int)], _ranks_inputs(), 0.0),
    # The same gaps over the same ranges, summed in another order.
    Row(
        dominance.crowding_distance,
        crowding_distance_twin,
        lambda goals, *_: [np.empty(len(goals))],
        _crowding_inputs(),
        1e-12,
    ),
    Row(dominance.compare, compare_twin, lambda goals, *_: [np.empty(len(goals), int)], _compare_inputs(), 0.0),
    Row(
        thinning.count_dominators,
        count_dominators_twin,
        lambda columns, points: [np.empty(columns.shape[1], np.uint8)],
        _dominators_inputs(),
        0.0,
    ),
    Row(cover_samples_kernel, cover_samples_twin, lambda *inputs: [np.empty(inputs[-1], int)], _covering_inputs(), 0.0),
    Row(cover_kernel, cover_twin, lambda points, given, n: [np.empty(n, int)], _cover_inputs(), 0.0),
    Row(
        variation.binary_tournament,
        binary_tournament_twin,
        lambda rank, distance, contestants: [np.empty(len(contestants), int)],
        _tournament_inputs(),
        0.0,
    ),
    # A root finder's tolerance where the law is steep: next to the parents.
    Row(variation.crossover, crossover_twin, lambda parents, *_: [np.empty_like(parents)], _crossover_inputs(), 1e-8),
    Row(variation.mutate, mutate_twin, lambda plans, *_: [np.empty_like(plans)], _mutation_inputs(), 1e-8),
    Row(swarm.accelerate, accelerate_twin, lambda plans, *_: [np.empty_like(plans)], _acceleration_inputs(), 1e-12),
    Row(swarm.fly, fly_twin, lambda plans, *_: [np.empty_like(plans) for _ in "mk"], _flight_inputs(), 0.0),
    Row(
        swarm.winners_by_angle,
        winners_by_angle_twin,
        lambda goals, elite, pairs: [np.empty(len(pairs), int)],
        _angle_inputs(),
        0.0,
    ),
]
