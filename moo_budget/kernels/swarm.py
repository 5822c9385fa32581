"""How a swarm of plans flies: velocities, the walls of the box, and whom a particle follows."""

import numpy as np

from moo_budget.kernels._jit import jit


@jit
def accelerate(plans, velocities, best, leaders, shares, out):
    """Velocities that keep some of themselves and are drawn to a particle's own best and to its leader.

    plans, velocities, best, leaders (n_plans, n_channels); shares (3, n_plans, n_channels): inertia, cognitive and
    social -> out (n_plans, n_channels).
    """
    for p in range(plans.shape[0]):
        for c in range(plans.shape[1]):
            to_best, to_leader = best[p, c] - plans[p, c], leaders[p, c] - plans[p, c]
            out[p, c] = shares[0, p, c] * velocities[p, c] + shares[1, p, c] * to_best + shares[2, p, c] * to_leader


@jit
def fly(plans, velocities, lower, upper, moved, kept):
    """Plans moved by their velocity; at a bound they stop, and that velocity is turned round.

    plans, velocities (n_plans, n_channels); lower, upper (n_channels,) -> moved and kept, plans and velocities after
    it, both (n_plans, n_channels).
    """
    for p in range(plans.shape[0]):
        for c in range(plans.shape[1]):
            want = plans[p, c] + velocities[p, c]
            moved[p, c] = min(max(want, lower[c]), upper[c])
            kept[p, c] = velocities[p, c] if moved[p, c] == want else -velocities[p, c]


@jit
def winners_by_angle(goals, elite, pairs, winners):
    """Of two of the elite, the one in the direction of which a particle already lies, seen from the ideal point.

    goals (n_plans, n_goals) and elite (n_elite, n_goals), minimised, measured from the ideal point; pairs (n_plans,
    2), rows of the elite -> winners (n_plans,), rows of the elite; the first where both angles are equal.
    """
    for p in range(goals.shape[0]):
        first, second = pairs[p, 0], pairs[p, 1]
        nearer = _cosine(goals[p], elite[first]) >= _cosine(goals[p], elite[second])
        winners[p] = first if nearer else second


@jit
def _cosine(a, b):
    """Cosine of the angle between two vectors; 1 where one of them is nothing."""
    product, square_a, square_b = 0.0, 0.0, 0.0
    for i in range(a.size):
        product += a[i] * b[i]
        square_a += a[i] * a[i]
        square_b += b[i] * b[i]
    length = np.sqrt(square_a * square_b)
    return product / length if length > 0.0 else 1.0
