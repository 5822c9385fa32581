"""What the best plan would bring if one knew the draw: the yardstick of regret."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.kernels.envelope import dual_bounds
from moo_budget.plan_tables import PlanTables
from moo_budget.structure import Structure


def best_of_draws(tables: PlanTables, structure: Structure, outcome: int) -> FloatArray:
    """What no feasible plan exceeds under each draw, (n_draws,), outcome of the whole plan.

    A bound by duality, so regret is never understated: the best itself, but for rounding, where a draw's curves are
    concave and no channel is on/off. Limits that are no part of the structure, rules on money and on goals among them,
    are left out, which raises it.

    Args:
        tables: curves of the whole plan.
        structure: what each channel may get.
        outcome: row of the tables.
    """
    positions, best = structure.positions, np.empty(tables.n_draws)
    for some, values, slopes in tables.some_draws(outcome):
        lost = -structure.control_points(values, slopes)
        first = np.zeros(lost.shape[:2], dtype=np.int64)
        box = first, first + structure.knots.shape[1] - 1, np.broadcast_to(structure.optional, first.shape).copy()
        bound, low_share = np.empty((2, len(lost)))
        low, high = np.empty((2, *first.shape))
        totals = structure.budget_min, structure.budget_max
        dual_bounds(positions, lost, *box, *totals, bound, low, high, low_share)
        best[some] = -bound
    return best
