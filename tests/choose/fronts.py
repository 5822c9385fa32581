"""Fronts written down by hand: of plans, or of goals whose plans do not matter."""

import numpy as np

from moo_budget.front import Front
from moo_budget.intervals import GoalValues
from tests.worlds import four_channel_problem

TWO = {"revenue": {"outcome": "revenue", "measure": "total"}, "risk": {"outcome": "revenue", "measure": "std"}}
THREE = TWO | {"awareness": {"outcome": "awareness", "measure": "total"}}


def front_of(problem, spend):
    """A front of these plans (n_plans, n_channels)."""
    spend = np.asarray(spend, dtype=float)
    return Front(problem, spend, problem.values(spend), "by hand", 1, len(spend), "done", ())


def front_of_goals(goals, names=None):
    """A front with these goals (n_plans, n_goals), all minimised, whatever its plans are."""
    goals = np.asarray(goals, dtype=float)
    problem = four_channel_problem(goals=names or (TWO if goals.shape[1] == 2 else THREE))
    value = goals * problem.sign
    spend = np.tile([400.0, 300.0, 200.0, 100.0], (len(goals), 1))
    return Front(problem, spend, GoalValues(*[value] * 5), "by hand", 1, len(goals), "done", ())
