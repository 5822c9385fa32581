"""How sure a plan is: the plans that would have been made, had the data led to another estimate as likely as ours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from moo_budget._checks import FloatArray, IntArray, money_by_channel
from moo_budget.errors import InputError
from moo_budget.explain.again import Again
from moo_budget.explain.binding import bindings
from moo_budget.explain.curves import recentred
from moo_budget.explain.explanation import lead_outcome, scales_of
from moo_budget.explain.level import asked_of_totals
from moo_budget.explain.record import ChannelStability, Part, Stability
from moo_budget.explain.slopes import tolerance
from moo_budget.explain.wanted import implied
from moo_budget.front import Front, Plan
from moo_budget.plan_tables import PlanTables
from moo_budget.problem import BudgetProblem
from moo_budget.risk import weighted_percentile

_STAYS = 0.1  # of a channel's money
_FIRM, _SOFT = 0.8, 0.5
_STEPS = 30


def stability(
    problem: BudgetProblem,
    plan: Plan | Mapping[str, float],
    *,
    front: Front | None = None,
    n_draws: int = 100,
    seed: int = 1,
) -> Stability:
    """How often each channel's money stays within a tenth of the plan's when the curves are another draw.

    For each draw the whole posterior is moved so that this draw is what is expected: another estimate, as uncertain as
    ours. The plan is then made anew for the weights that this one acts on, through the structured search.

    Args:
        problem: the question.
        plan: feasible; of the front, or channel -> currency for the whole plan.
        front: whose ranges count as one of each goal.
        n_draws: how many; all where there are no more.
        seed: of which draws are taken.

    Raises:
        InputError: an unknown channel, money that is negative or not finite, or `n_draws` below 1.
    """
    if n_draws < 1:
        raise InputError(f"n_draws is {n_draws}; it must be at least 1", code="stability.draws")
    spend = money_by_channel(plan.spend if isinstance(plan, Plan) else plan, problem.channels, "plan")
    problem = asked_of_totals(problem, spend)
    remade = plans_of_draws(problem, spend, front, draws_taken(problem, n_draws, seed))
    return _told(problem, spend, remade)


def draws_taken(problem: BudgetProblem, n_draws: int, seed: int) -> IntArray:
    """Which draws are tried, each as likely as its weight says."""
    weights = problem.tables.weights
    if n_draws >= len(weights) and np.ptp(weights) == 0.0:
        return np.arange(len(weights))
    rng = np.random.default_rng(seed)
    is_even = bool(np.ptp(weights) == 0.0)
    return rng.choice(len(weights), size=min(n_draws, len(weights)), p=weights, replace=not is_even)


def plans_of_draws(problem: BudgetProblem, spend: FloatArray, front: Front | None, draws: IntArray) -> FloatArray:
    """The plan made anew for each draw, (n_draws, n_channels), in the problem's order."""
    tables, sorted_spend = problem.plan_tables, problem.plan_tables.sorted(spend)
    limits, scales = bindings(problem, spend), scales_of(problem, spend, front)
    again = Again(problem, sorted_spend, implied(problem, sorted_spend, limits, scales, lead_outcome(problem)))
    remade: FloatArray = np.empty((len(draws), len(spend)))
    for row, draw in enumerate(draws):
        expected = tables.values[..., draw], tables.slopes[..., draw]
        remade[row] = made_anew(again, recentred(tables, *expected))  # no name keeps the moved tables
    return tables.unsorted(remade)


def made_anew(again: Again, curves: PlanTables) -> FloatArray:
    """The best plan (n_channels,) for a plan's weights if the curves were these, sorted.

    Where there are several valleys it is the best of all, unless the plan itself is only the best of its own.
    """
    supposed, start = again.problem.supposing(plan_tables=curves), again.base[None]
    found = again.anywhere([supposed], [start]) if again.may_jump else again.near(supposed, start, n_steps=_STEPS)
    anew: FloatArray = found.plans[0]
    return anew


def _told(problem: BudgetProblem, spend: FloatArray, remade: FloatArray) -> Stability:
    least = tolerance(problem)
    stays = (np.abs(remade - spend) <= np.maximum(_STAYS * spend, least)).mean(axis=0)
    even = np.full(len(remade), 1.0 / len(remade))
    low, high = (weighted_percentile(remade.T, even, p) for p in (0.1, 0.9))
    held = problem.feasible.upper - problem.feasible.lower <= least
    return Stability(
        len(remade),
        {
            name: ChannelStability(
                float(stays[c]), float(low[c]), float(high[c]), _part(float(stays[c]), is_held=bool(held[c]))
            )
            for c, name in enumerate(problem.channels)
        },
    )


def _part(stays: float, *, is_held: bool) -> Part:
    if is_held:
        return "held"
    if stays >= _FIRM:
        return "firm"
    return "soft" if stays < _SOFT else "middling"
