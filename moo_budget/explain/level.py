"""The question of a plan whose money is placed in periods, as it was asked when its totals were chosen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.explain.slopes import NEAR
from moo_budget.problem import BudgetProblem

_PLACED = 1e-3  # of a rule's own size: placed money that is nearer to it is held by it, as rounds of placing end there


def asked_of_totals(problem: BudgetProblem, spend: FloatArray) -> BudgetProblem:
    """The same question of money spent evenly; without a calendar the question itself.

    Spent evenly, a plan (n_channels,) stands at the rules on goals that held its search; from the others as far as it
    does where its money is placed.
    """
    if problem.law is None:
        return problem
    evenly = problem.under(None)
    placed, level = (law.rule_values(spend[None])[:, 0].tolist() for law in (problem, evenly))
    corrected = []
    for rule, asked, there, here in zip(evenly.goal_rules, problem.goal_rules, placed, level, strict=True):
        if abs(float(rule.missed(np.array(here)))) > NEAR:
            held = abs(float(asked.missed(np.array(there)))) <= _PLACED
            rule = replace(rule, bound=here if held else asked.bound + here - there)
        corrected.append(rule)
    return evenly.supposing(goal_rules=tuple(corrected))
