"""The columns of `calendar.csv`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from moo_budget.choose import Picks
from moo_budget.errors import InputError
from moo_budget.front import Front


def calendar_frame(front: Front, picks: Picks) -> pd.DataFrame:
    """A row a plan and period: plan_id, pick, period, start (empty without dates), total, spend_<channel>.

    Raises:
        InputError: the front's plans are spent level: `schedule` places their money.
    """
    problem = front.problem
    if problem.law is None or problem.period_limits is None:
        raise InputError("the front has no calendar; make one with schedule(front)", code="calendar.none")
    names: dict[str, list[str]] = {}
    for name, id in picks.ids.items():
        names.setdefault(id, []).append(name)
    money, n_periods = problem.law.placed(front.spend), problem.periods
    starts = [str(day) for day in problem.period_limits.starts[:n_periods]] or [""] * n_periods
    index = {
        "plan_id": np.repeat(front.ids, n_periods),
        "pick": np.repeat(["+".join(names.get(id, [])) for id in front.ids], n_periods),
        "period": np.tile(np.arange(1, n_periods + 1), len(front)),
        "start": np.tile(starts, len(front)),
        "total": money.sum(axis=2).ravel(),
    }
    columns = {f"spend_{name}": money[:, :, c].ravel() for c, name in enumerate(problem.channels)}
    return pd.DataFrame(index | columns)
