"""Results without a run: a front written down by hand, or a small search, with everything a report needs beside it."""

from __future__ import annotations

import dataclasses

import numpy as np

from moo_budget.errors import Message
from moo_budget.front import Front
from moo_budget.problem import BudgetProblem
from moo_budget.results import Result
from moo_budget.solve import solve
from moo_budget.spec import PlanSpec, ProblemSpec
from tests.worlds import four_channel_problem, four_channels

HOSTILE = "</script><b>=1+1"
FIT = {
    "revenue": {
        "model": "media_mix", "curve": "hill", "carry_over": "geometric", "r2": 0.712, "mape": 0.083,
        "naive_mape": 0.19, "crps": 0.061, "naive_crps": 0.14, "baseline_crps": 0.07, "held_out_periods": 31,
        "noise": "assumed: relative noise 0.2 per period",
        "baseline_mape": 0.094, "coverage_80": 0.77, "indistinct": [["tv", "radio"]], "reason": "the likelier one",
        "candidates": [
            {"name": "hill", "score": 0.061, "chosen": True}, {"name": "power", "score": 0.068, "chosen": False},
        ],
    },
    "awareness": {"model": "own curves", "noise": "measured: residuals of awareness (ledoit_wolf)"},
}  # fmt: skip


def seen_tables(**changes):
    """The four channels with a highest spend of 90 per period each."""
    return dataclasses.replace(four_channels(), observed_max=np.full(4, 90.0), **changes)


def small_front(**changes) -> Front:
    """A short search over the four channels."""
    problem = four_channel_problem(**({"tables": seen_tables()} | changes))
    return solve(problem, n_plans=20, n_evaluations=400, seed=1)


def front_of(problem: BudgetProblem, *plans: list[float]) -> Front:
    """A front of exactly these plans."""
    spend = np.array(plans, dtype=float)
    return Front(problem, spend, problem.values(spend), "by_hand", 7, len(plans), "done", ())


def result_of(front: Front, **changes) -> Result:
    """A result around a front; fields by keyword."""
    problem = front.problem
    fields = {
        "spec": ProblemSpec(
            title="Four channels (invented data)", currency=problem.currency, plan=PlanSpec(periods=problem.periods)
        ),
        "problem_text": 'title = "Four channels (invented data)"\n',
        "front": front,
        "period": "week",
        "history": {
            "file": "history.csv",
            "sha256": "ab" * 32,
            "rows": 156,
            "start": "2021-01-04",
            "end": "2023-12-25",
        },
        "today_text": "mean of the last 10 weeks x 10",
        "fit": {outcome: FIT.get(outcome, FIT["awareness"]) for outcome in problem.tables.outcomes},
        "messages": (Message("history.period", "156 weekly periods."),),
        "created": "2026-11-22T00:40:00+00:00",
        "versions": {"python": "3.11.7", "moo-budget": "0.1.0"},
    }
    return Result(**(fields | changes))
