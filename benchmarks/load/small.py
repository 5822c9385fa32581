"""A small question over curves of one's own, for what is asked very often."""

from __future__ import annotations

import hashlib
from pathlib import Path

import moo_budget as mb

CHANNELS = {"tv": 900, "radio": 500, "search": 300, "social": 250}
PROBLEM = """\
schema_version = 1
title = "Small"
currency = "EUR"
[plan]
budget = 400
today = { tv = 200, radio = 100, search = 60, social = 40 }
[fit]
curves = "curves.csv"
[search]
evaluations = 2000
plans = 40
seed = 1
"""


def problem_file(folder: Path) -> Path:
    """The problem file with its curves."""
    rows = [
        f"{outcome},{channel},{x},{height * x / (x + half):.6g}"
        for channel, height in CHANNELS.items()
        for outcome, height, half in (("revenue", height, 50), ("awareness", 1000 - height, 80))
        for x in range(0, 401, 10)
    ]
    (folder / "curves.csv").write_text("\n".join(["outcome,channel,spend,value", *rows]), encoding="utf-8")
    (folder / "problem.toml").write_text(PROBLEM, encoding="utf-8")
    return folder / "problem.toml"


def problem() -> mb.BudgetProblem:
    """The same question without files, tables made anew."""
    curves = {
        "revenue": {name: lambda x, h=h: h * x / (x + 50.0) for name, h in CHANNELS.items()},
        "awareness": {name: lambda x, h=h: (1000 - h) * x / (x + 80.0) for name, h in CHANNELS.items()},
    }
    tables = mb.from_functions(curves, max_spend=dict.fromkeys(CHANNELS, 400.0), units={"revenue": "EUR"})
    today = {"tv": 200.0, "radio": 100.0, "search": 60.0, "social": 40.0}
    return mb.BudgetProblem(tables, budget=400.0, today=today, currency="EUR")


def digest(front: mb.Front) -> str:
    """Of every bit of a front."""
    return hashlib.sha256(front.spend.tobytes() + front.values.value.tobytes()).hexdigest()


def solved() -> str:
    """The digest of a search."""
    return digest(mb.solve(problem(), n_plans=40, n_evaluations=2000, seed=1))
