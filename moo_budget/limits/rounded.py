"""Money in whole steps where rules have to be kept as well."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint

from moo_budget._checks import FloatArray, frozen
from moo_budget._highs import integer_programme
from moo_budget.kernels.rules import project_rules
from moo_budget.limits.rows import Rows
from moo_budget.rounding import round_money
from moo_budget.spec import in_steps

_SAME = 1e-9  # of a step
_KEPT = 1e-10  # of the total: what a rule may miss
_FURTHEST = 10.0  # steps that a channel may be rounded away from its plan


def rounded_within(
    plan: FloatArray, lower: FloatArray, upper: FloatArray, total: float, step: float, rows: Rows
) -> FloatArray | None:
    """A plan in whole steps that adds up to `total` and keeps the rules; None where none was found.

    Largest remainders first; where they break a rule, inequalities get the room that rounding may need and it is done
    again; where that room is not there, or an equation is to be kept, an integer programme finds the nearest steps.

    Args:
        plan: (n_channels,), which keeps the rules.
        lower: (n_channels,).
        upper: (n_channels,).
        total: currency.
        step: currency, above 0.
        rows: the rules.
    """
    room = step * np.abs(rows.matrix).sum(axis=1)
    for within in (rows, rows.tightened(room)):
        near = np.empty((1, len(plan)))
        limits, nothing = (frozen(lower), frozen(upper), total, total, 1.0), frozen(np.full(len(plan), np.nan))
        project_rules(np.array([plan]), limits, within.with_total(total, total), nothing, near)
        if np.isfinite(near).all():
            rounded = round_money(near[0], lower, upper, total, step)
            if keeps(rounded, rows, total):
                return rounded
    stepped = _nearest_steps(plan, lower, upper, total, step, rows)
    return stepped if stepped is not None and keeps(stepped, rows, total) else None


def keeps(plan: FloatArray, rows: Rows, total: float) -> bool:
    """Whether a plan (n_channels,) adds up to a total and keeps the rules, but for rounding errors."""
    placed, slack = rows.matrix @ plan, _KEPT * total
    within = (rows.low - slack <= placed) & (placed <= rows.high + slack)
    return bool(within.all()) and abs(float(plan.sum()) - total) <= 1e-12 * total


def _nearest_steps(
    plan: FloatArray, lower: FloatArray, upper: FloatArray, total: float, step: float, rows: Rows
) -> FloatArray | None:
    """Steps k and distances d: least sum of d >= |k - plan / step|. A channel that its limits hold keeps its cents."""
    n_channels, wanted = len(plan), plan / step
    least, most = np.ceil(lower / step - _SAME), np.floor(upper / step + _SAME)
    free = (lower < upper) & (least <= most)
    base = np.where(free, np.clip(np.floor(wanted), least, most), wanted)  # what is counted is small, and exact
    each, length = np.eye(n_channels), np.array([1.0, *np.ones(len(rows))])
    matrix = np.vstack([np.ones((1, n_channels)), rows.matrix])
    start = matrix @ base
    slack = 0.1 * _KEPT * total / step * length
    low = np.array([total / step, *(rows.low / step)]) - start - slack
    high = np.array([total / step, *(rows.high / step)]) - start + slack
    solved = integer_programme(
        np.concatenate([np.zeros(n_channels), np.ones(n_channels)]),
        integrality=np.concatenate([free, np.zeros(n_channels)]),
        bounds=Bounds(
            np.concatenate([np.where(free, np.maximum(least - base, -_FURTHEST), 0.0), np.zeros(n_channels)]),
            np.concatenate([np.where(free, np.minimum(most - base, _FURTHEST), 0.0), np.full(n_channels, np.inf)]),
        ),
        constraints=[
            LinearConstraint(np.hstack([matrix, 0.0 * matrix]), low, high),
            LinearConstraint(np.hstack([each, each]), wanted - base, np.inf),
            LinearConstraint(np.hstack([each, -each]), -np.inf, wanted - base),
        ],
        options={"mip_rel_gap": 0.0, "node_limit": 2000},
    )
    if solved.x is None:
        return None
    steps = base + np.round(solved.x[:n_channels])
    return np.where(free, [in_steps(count, step) for count in steps], plan)
