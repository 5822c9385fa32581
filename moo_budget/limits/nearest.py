"""The plan nearest to another one that all limits allow."""

from __future__ import annotations

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.limits.named import NamedLimits
from moo_budget.limits.programme import limit_of


def nearest_kept(named: NamedLimits, plan: FloatArray) -> FloatArray:
    """The plan (n_channels,) with least money in other places than a given one that keeps all limits, also per period.

    Args:
        named: limits that some plan keeps.
        plan: (n_channels,).
    """
    limits = list(named.all())
    each = np.eye(len(plan))
    wanted = [limit_of("", lambda by, plan: "", each[[c]], money, money) for c, money in enumerate(plan)]
    found = named.programme.eased([*limits, *wanted], range(len(limits), len(limits) + len(wanted)))
    assert found is not None  # some plan keeps the limits
    return np.where(found.used | ~named.on_off, found.plan, 0.0)
