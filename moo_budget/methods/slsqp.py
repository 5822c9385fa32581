"""Sequential quadratic programming with exact slopes, from several starts."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, minimize

from moo_budget._checks import FloatArray
from moo_budget._process import one_blas_thread
from moo_budget.aims import WeightedSum
from moo_budget.descent import COST_OF_STEP, Descent
from moo_budget.errors import Message
from moo_budget.methods.one_goal import OneGoal

_STARTS = 24
_STEPS = 300
_SETTLED = 1e-13  # of the goal's scale


def slsqp(asked: OneGoal, rng: np.random.Generator) -> tuple[Message, ...]:
    """Kraft 1988, by scipy, on money as a share of the budget and the goal in its scale.

    Total, share and rules are its own linear constraints; of on/off channels those stay used that a start uses. What it
    ends with counts whether it calls that a success or not, but only as far as the limits allow it and it is better.
    """
    n_random = max(_STARTS - len(asked.starts), 0)
    random = asked.problem.project_sorted(asked.plans(rng.random((n_random, asked.starts.shape[1]))))
    said: list[str] = []
    n_tried = 0
    with asked.round(1):
        for start in np.vstack([asked.starts, random]):
            ended = _from(asked, start)
            n_tried += 1
            said += [ended] if ended else []
    if not said:
        return ()
    text = f"SLSQP ended without success from {len(said)} of {n_tried} starts: {'; '.join(dict.fromkeys(said))}"
    return (Message("best.slsqp", text),)


def _from(asked: OneGoal, start: FloatArray) -> str:
    """One run; what it says where it does not call it a success."""
    problem, tables, money = asked.problem, asked.problem.plan_tables, asked.money
    kept = problem.feasible.using(tables.unsorted(start) > 0.0)
    assert kept is not None  # the start is one of these
    descent = Descent(problem)
    aim = WeightedSum(np.full((1, 1), 1.0 / asked.unit))

    def value_and_slope(shares: FloatArray) -> tuple[float, FloatArray]:
        asked.count(COST_OF_STEP)
        plan = np.clip(shares * money, kept.lower, kept.upper)  # it steps over bounds by a rounding error
        value, slope = descent.value_and_slope(tables.sorted(plan[None]), aim)
        return float(value[0]), tables.unsorted(slope)[0] * money

    with one_blas_thread():
        ended = minimize(
            value_and_slope,
            tables.unsorted(start) / money,
            jac=True,
            method="SLSQP",
            bounds=Bounds(kept.lower / money, kept.upper / money),
            constraints=kept.linear_constraints(money),
            options={"maxiter": _STEPS, "ftol": _SETTLED},
        )
    if np.isfinite(ended.x).all():
        asked.measured(problem.project_sorted(tables.sorted(ended.x[None] * money)))
    return "" if ended.success else str(ended.message)
