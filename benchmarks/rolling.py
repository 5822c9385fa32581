"""Forecasts of real tables: four rolling origins, 13 weeks ahead, against the same weeks of the year before.

Spend and controls of the forecast weeks are known to the model, their outcomes are not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from readme import ROOT

import moo_budget as mb
from moo_budget._checks import BoolArray, FloatArray
from moo_budget.history import OutcomeSeries
from moo_budget.responses import media_mix, parametric
from moo_budget.responses.quality import Forecast, Split
from moo_budget.responses.settings import FitSettings, settings_of

DATA = Path(os.environ.get("MOO_BUDGET_DATA", ROOT.parent / "shared" / "data"))
NAMES = ("conjura", "robyn")
ORIGINS, AHEAD, YEAR = 4, 13, 52


@dataclass(frozen=True, eq=False)
class Rolled:
    """One outcome of one table, all origins together, (n_forecast,) each.

    Args:
        name: of table and outcome.
        actual: what came.
        expected: what was forecast.
        seasonal: the same weeks a year before.
        covered: whether the central 80 % of the forecast held it.
    """

    name: str
    actual: FloatArray
    expected: FloatArray
    seasonal: FloatArray
    covered: BoolArray

    @property
    def error(self) -> float:
        """Mean absolute error, as a share of the mean outcome."""
        return float(np.abs(self.expected - self.actual).mean() / np.abs(self.actual).mean())

    @property
    def seasonal_error(self) -> float:
        """The same of the seasonal naive forecast."""
        return float(np.abs(self.seasonal - self.actual).mean() / np.abs(self.actual).mean())


def rolled() -> Iterator[Rolled]:
    """Every outcome of every table that is there."""
    for name in NAMES if DATA.is_dir() else ():
        spec = mb.read_problem(ROOT / "tests" / "real" / f"{name}.toml")
        assert spec.history is not None  # the problem files of real tables have one
        here = replace(spec.history, file=str(DATA / Path(spec.history.file).name))
        history = mb.read_history(replace(spec, history=here))
        settings = settings_of(history, spec.fit, spec.risk, seed=1)
        for outcome in history.outcomes:
            yield _rolled(f"{name}, {outcome.name}", history, outcome, settings)


def _rolled(name: str, history: mb.History, outcome: OutcomeSeries, settings: FitSettings) -> Rolled:
    rows = np.arange(history.n_periods)
    starts = history.n_periods - AHEAD * np.arange(ORIGINS, 0, -1)
    folds = [Split(rows < start, (rows >= start) & (rows < start + AHEAD), ordered=True) for start in starts]
    model = parametric if outcome.per_channel else media_mix
    forecasts: list[Forecast] = [model.forecast(history, outcome, fold, settings) for fold in folds]
    # Of all channels, also those that a fold cannot forecast, because they are new in it.
    total = outcome.values.reshape(history.n_periods, -1).sum(axis=1)
    return Rolled(
        name,
        actual=np.concatenate([total[fold.held_out] for fold in folds]),
        expected=np.concatenate([forecast.expected for forecast in forecasts]),
        seasonal=np.concatenate([total[np.flatnonzero(fold.held_out) - YEAR] for fold in folds]),
        covered=np.concatenate([forecast.covered for forecast in forecasts]),
    )
