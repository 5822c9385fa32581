"""PyMC-Marketing's fit and its BudgetOptimizer, in an interpreter of its own: a question in, an answer out, both JSON.

Run by bench_decision.py --pymc PYTHON, where PYTHON has pymc-marketing 0.19. Its documented model of weekly tables with
all defaults: geometric adstock over 8 weeks, logistic saturation, two yearly harmonics; lift tests where there are any.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from typing import Any

import numpy as np
import pandas as pd

DRAWS = {"draws": 500, "tune": 500, "chains": 2, "cores": 1, "progressbar": False}


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """`plan`, money per channel for the whole plan, null if its optimiser gives up; `seconds`, CPU time of the fit."""
    from pymc_marketing.mmm import GeometricAdstock, LogisticSaturation
    from pymc_marketing.mmm.budget_optimizer import MinimizeException
    from pymc_marketing.mmm.multidimensional import MMM, MultiDimensionalBudgetOptimizerWrapper

    channels = question["channels"]
    table = pd.DataFrame(question["spend"], columns=channels)
    table.insert(0, "date", pd.to_datetime(question["dates"]))
    model = MMM(
        date_column="date",
        channel_columns=channels,
        target_column="y",
        adstock=GeometricAdstock(l_max=8),
        saturation=LogisticSaturation(),
        yearly_seasonality=2,
    )
    outcome = pd.Series(question["outcome"], name="y")
    model.build_model(table, outcome)
    if question["lift_tests"]:
        model.add_lift_test_measurements(pd.DataFrame(question["lift_tests"]))
    begin = time.process_time()
    model.fit(table, outcome, random_seed=question["seed"], nuts_sampler="numpyro", **DRAWS)
    seconds = time.process_time() - begin
    weeks = question["periods"]
    start = table["date"].iloc[-1] + pd.Timedelta(weeks=1)
    optimiser = MultiDimensionalBudgetOptimizerWrapper(
        model=model, start_date=str(start.date()), end_date=str((start + pd.Timedelta(weeks=weeks - 1)).date())
    )
    bounds = {
        channel: (low / weeks, high / weeks)
        for channel, low, high in zip(channels, question["lower"], question["upper"], strict=True)
    }
    try:
        best, _ = optimiser.optimize_budget(budget=question["total"] / weeks, budget_bounds=bounds)
    except MinimizeException:
        return {"plan": None, "seconds": seconds}
    plan = weeks * np.asarray(best.sel(channel=channels).to_numpy(), dtype=float)
    return {"plan": plan.tolist(), "seconds": seconds}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(answer(json.load(sys.stdin))))
