"""A plan that is better than a given one in every goal: of the front, or solved for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import LinearConstraint, minimize

from moo_budget._checks import BoolArray, FloatArray
from moo_budget._process import one_blas_thread, unwarned
from moo_budget.aims import goal_scale
from moo_budget.descent import Descent
from moo_budget.front import Front, MeasuredPlan, measured
from moo_budget.limits import FeasibleSet
from moo_budget.problem import BudgetProblem

TOLERANCE = 1e-3  # of a goal's range on the front: plans that differ by less are equally good

_AT_BEST = 1e-6  # of the range: a goal that is this near to the best of the front cannot be bettered
_NOT_WORSE = 1e-9  # of the range: rounding
_NEAR = 2  # plans of the front from which a better one is searched, after the plan itself
_CHOICES = 8  # of on/off channels that are used, beside these: a search never changes it
_STEPS = 20  # from each start
_STEPS_IN_ALL = 30  # after that no further start is tried: of 20 channels and four goals they take some 35 ms
_PRECISION = 1e-5  # of the ranges


def better_plan(front: Front, spend: FloatArray) -> MeasuredPlan | None:
    """A feasible plan that is better than this one in every goal, by more than `TOLERANCE`; None if none is found.

    Of the front's plans that are, the one that moves least money. Are there none, the plan that gains most in the goal
    where it gains least, in ranges of the goals, is solved for (sequential quadratic programming on the exact slopes)
    from the given plan, then from the front's nearest; it has the id ``better``. Where the curves are S-shaped this is
    a local search. A goal in which the plan is at the best of the front (such as 0 of a `change`) cannot be bettered:
    there the other plan is not worse.

    Args:
        front: of plans within the limits.
        spend: (n_channels,), currency for the whole plan, within the tables; it need not keep the limits.
    """
    contest, goals = _Contest.on(front, spend)
    found = contest.nearest_winner(front, spend, goals)
    if found is not None or not contest.open.any():
        return found
    n_steps = _STEPS_IN_ALL
    for start in _starts(front, spend, contest.least_gain(goals)):
        plan, taken = contest.solved(start, min(_STEPS, n_steps))
        n_steps -= taken
        if plan is not None:
            return measured(front.problem, plan, "better")
        if n_steps <= 0:
            break
    return None


def better_on_front(front: Front, spend: FloatArray) -> MeasuredPlan | None:
    """The plan of the front that `better_plan` finds, if it finds one there: no search, some milliseconds."""
    contest, goals = _Contest.on(front, spend)
    return contest.nearest_winner(front, spend, goals)


def _starts(front: Front, spend: FloatArray, least_gain: FloatArray) -> Iterator[FloatArray]:
    """The plan itself, put within the limits; the nearest of the front; and of every choice of used channels one."""
    feasible = front.problem.feasible
    yield feasible.project(spend[None])[0]
    near = front.spend[np.argsort(-least_gain, kind="stable")]
    yield from near[:_NEAR]
    if feasible.has_choices:
        _, first = np.unique(near > 0.0, axis=0, return_index=True)
        yield from near[[row for row in np.sort(first) if row >= _NEAR][:_CHOICES]]


@dataclass(frozen=True, eq=False)
class _Contest:
    """What another plan has to be better than.

    Args:
        problem: the question.
        goals: (n_goals,), those of the given plan, minimised.
        scale: (n_goals,), the range of each goal.
        open: (n_goals,), goals that can be bettered.
    """

    problem: BudgetProblem
    goals: FloatArray
    scale: FloatArray
    open: BoolArray

    @classmethod
    def on(cls, front: Front, spend: FloatArray) -> tuple[_Contest, FloatArray]:
        """The contest with a plan (n_channels,), and the goals of the front's plans, (n_plans, n_goals), minimised."""
        problem, front_goals = front.problem, front.problem.to_minimise(front.values.value)
        scale = goal_scale(front_goals)
        goals = problem.to_minimise(problem.measure(spend[None]))[0]  # with a calendar not what searches see
        return cls(problem, goals, scale, goals > front_goals.min(axis=0) + _AT_BEST * scale), front_goals

    def nearest_winner(self, front: Front, spend: FloatArray, goals: FloatArray) -> MeasuredPlan | None:
        """Of the front's plans, with these goals, that are better, the one to which least money moves."""
        wins = np.flatnonzero(self.won_by(goals))
        if len(wins) == 0:
            return None
        moved = np.abs(front.spend[wins] - spend).sum(axis=1)
        return front.plan(front.ids[wins[int(np.argmin(moved))]])

    def _gains(self, goals: FloatArray) -> FloatArray:
        gains: FloatArray = (self.goals - goals) / self.scale
        return gains

    def least_gain(self, goals: FloatArray) -> FloatArray:
        """Of plans with these goals (n_plans, n_goals), where they gain least, (n_plans,)."""
        least: FloatArray = self._gains(goals).min(axis=1)
        return least

    def won_by(self, goals: FloatArray) -> BoolArray:
        """Which plans with these goals (n_plans, n_goals) are better, (n_plans,)."""
        needed = np.where(self.open, TOLERANCE, -_NOT_WORSE)
        won: BoolArray = np.all(self._gains(goals) > needed, axis=1)
        return won & self.open.any()

    def solved(self, start: FloatArray, n_steps: int) -> tuple[FloatArray | None, int]:
        """The rounded plan (n_channels,) that is found from a feasible one, None if it is not better; and the steps."""
        problem = self.problem
        most, taken = self._most_gain(start, n_steps)
        plan = problem.feasible.rounded(problem.feasible.project(most[None]), problem.money_step)
        goals = problem.to_minimise(problem.measure(plan))
        return plan[0] if self.won_by(goals)[0] and problem.kept(plan)[0] else None, taken

    def _most_gain(self, start: FloatArray, n_steps: int) -> tuple[FloatArray, int]:
        """The plan with the largest gain in the open goal where it gains least, no other goal worse; and the steps.

        Variables are the shares of the largest budget and that gain. Which on/off channels are used stays as it is.
        """
        allowed = self.problem.feasible.using(start > 0.0)
        assert allowed is not None  # the start is one of these
        money, n_channels = max(allowed.budget_max, np.finfo(float).tiny), len(start)
        upper = np.minimum(allowed.upper, allowed.share * allowed.budget_max)
        bounds = [*zip(allowed.lower / money, upper / money, strict=True), (None, None)]
        begin = np.append(np.clip(start, allowed.lower, upper) / money, 0.0)
        with one_blas_thread(), unwarned():  # of steps that left the box by rounding and were put back
            done = minimize(
                lambda z: -z[-1],
                begin,
                jac=lambda z: np.append(np.zeros(n_channels), -1.0),
                bounds=bounds,
                constraints=[self._gain_constraint(money), *_linear_constraints(allowed, money)],
                method="SLSQP",
                options={"maxiter": n_steps, "ftol": _PRECISION},
            )
        found: FloatArray = np.clip(done.x[:-1] * money, allowed.lower, upper)
        return found if np.isfinite(found).all() else start, int(done.nit)

    def _gain_constraint(self, money: float) -> dict[str, Any]:
        """Every gain is at least the last variable, or at least 0 in goals that cannot be bettered; rules are kept."""
        problem, tables, descent = self.problem, self.problem.plan_tables, Descent(self.problem)
        beside = np.zeros(len(problem.goal_rules))
        given, scale = np.append(self.goals, beside), np.append(self.scale, beside + 1.0)
        is_open: FloatArray = np.append(self.open.astype(float), beside)

        def gains(z: FloatArray) -> FloatArray:
            steered = problem.sorted_steered(tables.sorted(z[None, :-1] * money))[0]
            above: FloatArray = (given - steered) / scale - is_open * z[-1]
            return above

        def slopes(z: FloatArray) -> FloatArray:
            _, by_money = descent.goal_slopes(tables.sorted(z[None, :-1] * money))
            by_share = tables.unsorted(by_money[0]) * money
            return np.column_stack([-by_share / scale[:, None], -is_open])

        return {"type": "ineq", "fun": gains, "jac": slopes}


def _linear_constraints(allowed: FeasibleSet, money: float) -> Iterator[LinearConstraint]:
    """Total, free share and rules, over shares of the money and the gain."""
    for given in allowed.linear_constraints(money):
        yield LinearConstraint(np.pad(given.A, ((0, 0), (0, 1))), given.lb, given.ub)
