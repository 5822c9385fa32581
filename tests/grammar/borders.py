"""Every place where the program takes what others wrote: it ends in an answer that holds, or in an error of ours.

What comes back was checked (`answers`); what is raised is a `MooBudgetError`, or a defect.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import moo_budget as mb
from moo_budget.history.proposal import propose
from moo_budget.learning import check, learn, problem_of
from moo_budget.spec import ViewsSpec, parse_part
from tests.grammar.answers import check_allowed, check_front, check_numbers, check_tables
from tests.grammar.problems import CHANNELS

N_PERIODS = 16
TODAY = {"tv": 400.0, "search": 400.0, "social": 200.0}
TAGS = {"digital": ["search", "social"]}
PAST = """\
currency = "EUR"
[history]
file = "history.csv"
date = "week"
channels = ["tv", "search", "social"]
spend = "{channel}_spend"
[outcomes.revenue]
column = "revenue"
[outcomes.clicks]
column = "{channel}_clicks"
"""
CURVES = "outcome,channel,spend,value\n" + "".join(
    f"{outcome},{channel},{x},{height * x / (x + 50.0):.6g}\n"
    for outcome in ("revenue", "clicks")
    for channel, height in zip(CHANNELS, (900.0, 500.0, 300.0), strict=True)
    for x in (0, 10, 20, 40, 80, 160, 400, 1000)
)
OWN_CURVES = """\
currency = "EUR"
[plan]
periods = 2
budget = 100
today = { tv = 40, search = 60, social = 0 }
[fit]
curves = "curves.csv"
[search]
seed = 1
"""


def history_frame() -> pd.DataFrame:
    """A history of three channels, (N_PERIODS rows)."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"week": pd.date_range("2024-01-01", periods=N_PERIODS, freq="7D").strftime("%Y-%m-%d")})
    spend = rng.uniform(20, 200, (N_PERIODS, len(CHANNELS))).round(2)
    for column, name in enumerate(CHANNELS):
        frame[f"{name}_spend"] = spend[:, column]
        frame[f"{name}_clicks"] = (spend[:, column] ** 0.7 * rng.uniform(5, 6, N_PERIODS)).round(1)
    frame["revenue"] = (1000 + 4 * spend.sum(axis=1) ** 0.8 + rng.normal(0, 20, N_PERIODS)).round(2)
    frame["temperature"] = rng.normal(15, 5, N_PERIODS).round(1)
    frame["events"] = ["sale" if week % 5 == 0 else "" for week in range(N_PERIODS)]
    return frame


@cache
def history_csv() -> bytes:
    """The same as a file."""
    return history_frame().to_csv(index=False).encode()


def written(folder: Path, **files: str | bytes) -> Path:
    """Files of a folder; the path of its problem file."""
    for name, content in files.items():
        path = folder / ("problem.toml" if name == "problem" else f"{name}.csv")
        path.write_bytes(content.encode("utf-8", "replace") if isinstance(content, str) else content)
    return folder / "problem.toml"


def checked(problem: Path) -> object:
    """What `check` finds out of a problem over a history."""
    found = check(problem)
    lower, upper = found.feasible.lower, found.feasible.upper
    assert np.isfinite(lower).all()
    assert (lower >= 0.0).all()
    assert (upper >= lower - 1e-9 * found.feasible.budget_max).all()  # limits are kept as exactly as the whole money
    assert found.feasible.budget_min <= found.feasible.budget_max
    if found.today is not None:
        assert all(np.isfinite(money) and money >= 0.0 for money in found.today.values())
    return found


def over_history(problem: str | bytes, folder: Path) -> object:
    """A problem file over a history that is right."""
    return checked(written(folder, problem=problem, history=history_csv(), curves=CURVES))


def over_curves(problem: str | bytes, folder: Path, curves: str | bytes = CURVES) -> object:
    """A problem file over curves of one's own, solved."""
    path = written(folder, problem=problem, curves=curves, history=history_csv())
    spec = mb.read_problem(path)
    if spec.history is not None or spec.plan.calendar:
        return checked(path)
    learned = learn(spec, seed=1)
    check_tables(learned.tables)
    front = solved(problem_of(spec, learned))
    check_front(front, spec)
    return front


def solved(problem: mb.BudgetProblem) -> mb.Front:
    """A small front."""
    return mb.solve(problem, n_plans=8, n_evaluations=200, seed=1)


def history(table: bytes, problem: str, folder: Path) -> object:
    """What `init` and `check` make of a table; what `init` writes has to be a problem file, whatever the table is."""
    path = written(folder, history=table, problem=problem)
    proposal = None
    with suppress(mb.MooBudgetError):
        proposal = propose(folder / "history.csv")
    if proposal is not None:
        (folder / "proposed.toml").write_text(proposal, encoding="utf-8")
        try:
            mb.read_problem(folder / "proposed.toml")
        except mb.InputError as error:
            raise AssertionError(f"init wrote what cannot be read: {error}") from error
        with suppress(mb.MooBudgetError):
            return checked(folder / "proposed.toml")
    return checked(path)


@cache
def tables() -> mb.ResponseTables:
    """Curves of three channels with draws that differ."""
    rng = np.random.default_rng(2)
    rows = [
        (outcome, channel, draw, x, height * factor * x / (x + 60.0))
        for outcome in ("revenue", "clicks")
        for channel, height in zip(CHANNELS, (900.0, 500.0, 300.0), strict=True)
        for draw, factor in enumerate(rng.uniform(0.5, 1.5, 40))
        for x in (0.0, 10.0, 20.0, 40.0, 80.0, 160.0, 400.0, 1000.0)
    ]
    return mb.from_curves(pd.DataFrame(rows, columns=["outcome", "channel", "draw", "spend", "value"]))


GOALS = {
    "income": {"outcome": "revenue", "measure": "total"},
    "awareness": {"outcome": "clicks", "measure": "total"},
    "risk": {"outcome": "revenue", "measure": "std"},
}


def question(**limits: Any) -> mb.BudgetProblem:
    """A problem over these tables."""
    plan = {"budget": 1000, "periods": 1, "today": TODAY, "money_step": 0.01, "currency": "EUR"}
    return mb.BudgetProblem(tables(), goals=GOALS, limits=limits, tags=TAGS, **plan)


@cache
def plain_question() -> mb.BudgetProblem:
    """Without limits."""
    return question()


def rules(texts: list[str]) -> object:
    """A problem with these rules, solved."""
    asked = question(rules=texts)
    check_allowed(asked)
    front = solved(asked)
    for plan in front.plans:
        check_numbers(plan)
        assert not plan.breaks, plan.breaks
        assert abs(plan.total - 1000) < 0.005, plan.total
    return front


def views(beliefs: list[str], method: str) -> object:
    """Tables with these views in them."""
    asked = parse_part(ViewsSpec, {"beliefs": beliefs, "outcome": "revenue", "method": method}, "views")
    viewed = mb.apply_views(tables(), asked, today=TODAY, periods=1, tags=TAGS)
    check_tables(viewed)
    return viewed


@cache
def known_history() -> mb.History:
    """The history that is right, read."""
    with tempfile.TemporaryDirectory() as place:
        return mb.read_history(mb.read_problem(written(Path(place), problem=PAST, history=history_csv())))


def lift_tests(table: bytes, folder: Path) -> object:
    """Lift tests on the history that is right."""
    (folder / "tests.csv").write_bytes(table)
    found = mb.read_experiments(folder / "tests.csv", known_history())
    for test in found:
        assert np.isfinite([test.spend_change, test.lift, test.lift_se]).all()
        assert test.lift_se > 0.0
        assert test.start <= test.end
        assert set(test.channels) <= set(CHANNELS)
    return found


def plans(table: bytes, folder: Path) -> object:
    """Plans of a file, the first three of them held against the limits."""
    (folder / "mine.csv").write_bytes(table)
    read = mb.read_plans(folder / "mine.csv", plain_question())
    for plan in list(read.plans.values())[:3]:
        assert list(plan) == CHANNELS
        judged = mb.evaluate(plain_question(), plan)
        check_numbers(judged)
        assert judged.spend == {name: float(money) for name, money in plan.items()}
        assert bool(judged.breaks) or abs(judged.total - 1000) < 0.01
    return read
