"""The best plan as a linear programme: concave curves as the lowest of their chords; by cvxpy (extra `convex`)."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from moo_budget._checks import FloatArray, amount_text
from moo_budget.errors import InputError, Message
from moo_budget.goals import Goal
from moo_budget.limits import FeasibleSet
from moo_budget.methods.one_goal import OneGoal

_POINTS = 400  # of each curve over its whole range, and again over two such steps to either side of the first answer
_DENT = 1e-4  # of a curve's height: what tables may be off by, so a curve that sags by less is taken as concave

_CAN = "total, profit, spend, change, and roi where the budget is one number"


def convex(asked: OneGoal, rng: np.random.Generator) -> tuple[Message, ...]:
    """Solve a goal that is a sum of concave curves and money; on/off channels by whole numbers.

    Once over whole curves, once more with chords that are short near the answer. Nothing in it is random.

    Raises:
        InputError: cvxpy is not installed, the goal is no such sum, or a curve is not concave.
    """
    cp = _cvxpy()
    _check_goal(asked)
    plan: FloatArray | None = None
    for _ in range(2):
        with asked.round(1):
            plan, status = _solved(cp, asked, plan)
            if plan is None:
                return (Message("best.convex", f"the linear programme ended with the status {status}"),)
            asked.measured(asked.problem.project_sorted(plan[None]))
    return ()


def _cvxpy() -> ModuleType:
    try:
        import cvxpy
    except ImportError:
        text = "the method `convex` needs cvxpy, which is not installed: pip install 'moo-budget[convex]'"
        raise InputError(text, code="best.no-cvxpy") from None
    module: ModuleType = cvxpy
    return module


def _check_goal(asked: OneGoal) -> None:
    (goal,), feasible = asked.problem.sought_goals, asked.problem.feasible
    is_fixed = feasible.budget_min == feasible.budget_max > 0.0
    if goal.measure not in ("total", "profit", "spend", "change") and not (goal.measure == "roi" and is_fixed):
        raise InputError(
            f"the method `convex` cannot solve for the measure {goal.measure} here: it can for {_CAN}. Take `auto`.",
            code="best.not-linear",
        )


def _solved(cp: Any, asked: OneGoal, near: FloatArray | None) -> tuple[FloatArray | None, str]:
    """The best plan (n_channels,), in the order of `plan_tables`, None where the solver failed; and what it says.

    Inside, money is a share of the budget and the outcome in scales of the goal: solvers' tolerances are absolute.
    """
    feasible = asked.problem.feasible.reordered(asked.problem.plan_tables.order)
    n_channels, money = len(feasible.lower), asked.money
    share = cp.Variable(n_channels)
    used = cp.Variable(n_channels, boolean=True) if feasible.least_used.any() else None
    matrix, low, high = feasible.rows.with_total(feasible.budget_min, feasible.budget_max, feasible.share)
    limits = [share >= feasible.lower / money, share <= feasible.upper / money]
    for side, sign in ((low, -1.0), (high, 1.0)):
        has = np.isfinite(side)
        limits += [sign * (matrix[has] @ share) <= sign * side[has] / money] if has.any() else []
    limits += _choices(cp, feasible, share, used, money)
    better, chords = _objective(cp, asked, share, used, near)
    task = cp.Problem(cp.Maximize(better), [*limits, *chords])
    task.solve(solver=cp.SCIPY)
    if share.value is None:
        return None, task.status
    return np.asarray(share.value) * money, task.status


def _choices(cp: Any, feasible: FeasibleSet, share: Any, used: Any, money: float) -> list[Any]:
    """What is said of used channels, of their number and of blocks."""
    limits = []
    if used is not None:
        chooses, counts = feasible.least_used > 0.0, feasible.counts
        limits += [share >= cp.multiply(feasible.least_used / money, used)]
        limits += [share[chooses] <= cp.multiply(feasible.upper[chooses] / money, used[chooses])]
        n_used = counts.members.astype(float) @ (cp.multiply(chooses, used) + (feasible.lower > 0.0))
        limits += [n_used >= counts.fewest, n_used <= counts.most] if len(counts) > 0 else []
    in_blocks = feasible.block > 0.0
    if in_blocks.any():
        n_blocks = cp.Variable(int(in_blocks.sum()), integer=True)
        limits += [share[in_blocks] == cp.multiply(feasible.block[in_blocks] / money, n_blocks)]
    return limits


def _objective(cp: Any, asked: OneGoal, share: Any, used: Any, near: FloatArray | None) -> tuple[Any, list[Any]]:
    """What is to be high, in scales of the goal, and what holds the outcomes below their curves."""
    (goal,), problem, money = asked.problem.sought_goals, asked.problem, asked.money
    paid = cp.sum(share) * (money / asked.unit)
    if goal.measure == "spend":
        return -paid, []
    if goal.measure == "change":
        return -0.5 * (money / asked.unit) * cp.norm1(share - problem.yardsticks.reference.spend / money), []
    height = {"profit": goal.margin, "roi": 1.0 / money}.get(goal.measure, 1.0) / asked.unit
    response = cp.Variable(len(problem.channels))
    chords = []
    for c, (x, y) in enumerate(_curves(asked, goal, near)):
        slope = np.diff(y) / np.diff(x)
        at_zero = y[:-1] - slope * x[:-1]
        is_used = 1.0 if used is None or problem.feasible.least_used[problem.plan_tables.order[c]] == 0.0 else used[c]
        chords.append(response[c] <= cp.multiply(slope * (money * height), share[c]) + at_zero * height * is_used)
    total = cp.sum(response)
    return (total - paid if goal.measure == "profit" else total), chords


def _curves(asked: OneGoal, goal: Goal, near: FloatArray | None) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Money and expected outcome at the corners of each channel's upper envelope, over what the channel may get."""
    structure, tables = asked.problem.structure, asked.problem.plan_tables
    assert goal.outcome is not None  # measures of money alone have no curves
    outcome = asked.problem.tables.outcomes.index(goal.outcome)
    for c, channel in enumerate(tables.order):
        low, high = structure.lower[c], structure.upper[c]
        curve = CubicHermiteSpline(tables.knots[c], tables.mean_values[outcome, c], tables.mean_slopes[outcome, c])
        if high <= low:  # one amount: a level line through what it brings
            yield np.array([low, low + asked.money]), np.full(2, curve(low))
            continue
        x = np.linspace(low, high, _POINTS)
        if near is not None:
            step = 2.0 * (x[1] - x[0])
            x = np.unique(np.concatenate([x, np.linspace(near[c] - step, near[c] + step, _POINTS).clip(low, high)]))
        y = curve(x)
        corners = _upper_corners(x, y)
        _check_concave(asked.problem.channels[channel], goal, x, y, corners)
        yield x[corners], y[corners]


def _upper_corners(x: FloatArray, y: FloatArray) -> list[int]:
    """Points on the upper convex hull, by position. Andrew's monotone chain."""
    corners: list[int] = []
    for i in range(len(x)):
        while len(corners) > 1:
            a, b = corners[-2:]
            if (y[b] - y[a]) * (x[i] - x[a]) > (y[i] - y[a]) * (x[b] - x[a]):
                break
            corners.pop()
        corners.append(i)
    return corners


def _check_concave(channel: str, goal: Goal, x: FloatArray, y: FloatArray, corners: list[int]) -> None:
    below = np.interp(x, x[corners], y[corners]) - y
    worst = int(np.argmax(below))
    if below[worst] > _DENT * np.ptp(y):
        raise InputError(
            f"the method `convex` needs concave curves: {goal.outcome} of `{channel}` is S-shaped, "
            f"{100.0 * below[worst] / np.ptp(y):.2g} % of its height below its envelope at {amount_text(x[worst])}. "
            "Take `auto`, which branches there.",
            code="best.not-concave",
        )
