"""What would have to be true for a channel to get more: by how much its curve would have to be higher."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.explain.again import Again
from moo_budget.explain.curves import scaled
from moo_budget.explain.record import Needs
from moo_budget.explain.wanted import by_outcome

_LARGEST = 100.0  # a channel that would have to bring more than a hundred times as much is out of the question
_BESIDE = 0.005  # of the money: how far beside it slopes are measured
_STEPS = 40
_KNOWN = 1e-3  # of a factor: nearer it need not be known
_TRIES = 8  # of the secant method; two or three are usual


def needs_of_plan(again: Again, channel: int, plan: FloatArray) -> Needs | None:
    """What it takes for a channel to get its money in the best plan (n_channels,) that gives it so much.

    None where no higher curve does. `channel`: its row in the order of `plan_tables`.
    """
    if again.may_jump:
        return needs_where_it_jumps(again, channel, plan)
    return needs_of(again, channel, plan, _Rise(again, channel, plan).at(1.0))


def needs_of(again: Again, channel: int, plan: FloatArray, rise: float) -> Needs | None:
    """The factor on a channel's curve for which a plan's money of it is best, near that plan.

    By how much the weighted sum rises with the channel's money is made up of what the money takes from the others, and
    what the channel brings. With expected goals alone only the latter grows with the factor, in proportion. Risk goals
    and rules on goals also react to it, so the factor is sought by the secant method, everything else placed anew each
    time.

    None where a lower curve would do, because a channel that brings less is less of a risk.

    Args:
        again: the plan's question; channels in the order of `plan_tables`.
        channel: row of the channel.
        plan: (n_channels,), the best plan that gives it so much.
        rise: of the weighted sum there, per money of the channel.
    """
    money = float(plan[channel])
    problem = again.problem
    taken = by_outcome(problem, plan, again.pull)
    slopes, _ = problem.plan_tables.expected_slopes(plan[None], taken[None])
    brings = float(slopes[0, channel])
    if brings <= 0.0:
        return Needs(money, None, money, money, None, None)
    factor = 1.0 + rise / brings
    if not reacts_to_more(again):
        return _answer(money, factor, factor, factor)
    return _answer(money, *_sought(_Rise(again, channel, plan).at, rise, factor))


def _answer(money: float, factor: float, low: float, high: float) -> Needs | None:
    if not factor >= 1.0:  # nor where other limits left no plan to measure by
        return None
    if factor > _LARGEST:
        return Needs(money, None, money, money, None, None)
    return Needs(money, factor, money, money, low, high)


def reacts_to_more(again: Again) -> bool:
    """Whether more of a channel's curve changes what its money is worth otherwise than in proportion.

    It does where the plan wants a risk goal, which reacts to the whole curve, or where a rule on a goal presses.
    """
    goals = zip(again.problem.steered_goals, again.pull, strict=True)
    presses = bool((again.pull[len(again.weights) :] > 0.0).any())
    return presses or any(goal.is_risk and weight > 0.0 for goal, weight in goals)


class _Rise:
    """How fast the weighted sum rises with a channel's money if its curve were higher.

    Args:
        again: the plan's question.
        channel: row of the channel.
        plan: (n_channels,), with the money at which the rise is measured.
    """

    def __init__(self, again: Again, channel: int, plan: FloatArray) -> None:
        self._again = again
        self._channel = channel
        self._starts = np.repeat(plan[None], 2, axis=0)
        end = again.problem.plan_tables.knots[channel, -1]
        self._amounts = np.minimum(plan[channel] * np.array([1.0 - _BESIDE, 1.0 + _BESIDE]), end)

    def at(self, factor: float) -> float:
        """With its curve so many times as high, everything else placed anew."""
        again, channel = self._again, self._channel
        curves = scaled(again.problem.plan_tables, channel, factor)
        lower, upper = (np.repeat(part[None], 2, axis=0) for part in again.box)
        lower[:, channel] = upper[:, channel] = self._amounts
        found = again.near(again.problem.supposing(plan_tables=curves), self._starts, (lower, upper), _STEPS)
        self._starts = found.plans  # the next factor is a near one
        return float((found.values[1] - found.values[0]) / (self._amounts[1] - self._amounts[0]))


def _sought(rise_if: Callable[[float], float], rise: float, factor: float) -> tuple[float, float, float]:
    """Where the rise is 0 by the secant method from 1 and a first guess: the factor, and the bracket around it."""
    known = [(1.0, rise)]
    for _ in range(_TRIES):
        if not 0.0 < factor <= _LARGEST:
            break
        known.append((factor, rise_if(factor)))
        (last, at_last), (now, at_now) = known[-2:]
        if at_now == at_last:
            break
        factor = now - at_now * (now - last) / (at_now - at_last)
        if abs(factor - now) <= _KNOWN * now:
            return factor, factor, factor
    enough = [tried for tried, at in known if at <= 0.0]
    too_little = [tried for tried, at in known if at > 0.0]
    return factor, min(enough, default=factor), max(too_little, default=factor)


def needs_where_it_jumps(again: Again, channel: int, plan: FloatArray) -> Needs:
    """The smallest factor on a channel's curve for which the best plan of all gives it so much, by halving.

    Curves with dents make the best plan jump: just below the factor the channel gets much less, just above much more.

    Args:
        again: the plan's question; channels in the order of `plan_tables`.
        channel: row of the channel.
        plan: (n_channels,), the best plan that gives it so much.
    """
    money = float(plan[channel])
    starts = _starts(again, channel, plan)
    low, high = 1.0, 1.25
    below, above = float(again.base[channel]), _money_if(again, channel, high, starts)
    while above < money and high < _LARGEST:
        low, below, high = high, above, 2.0 * high
        above = _money_if(again, channel, high, starts)
    if above < money:
        return Needs(money, None, below, above, None, None)
    while high - low > _KNOWN * high:
        middle = 0.5 * (low + high)
        there = _money_if(again, channel, middle, starts)
        if there >= money:
            high, above = middle, there
        else:
            low, below = middle, there
    return Needs(money, high, below, above, low, high)


def _starts(again: Again, channel: int, plan: FloatArray) -> FloatArray:
    """The plan without the money, the one with it, and these with each other channel at its least."""
    lower, rows = again.box[0], [again.base, plan]
    for start in (again.base, plan):
        for c in np.flatnonzero(start > lower):
            if c != channel:
                rows.append(np.where(np.arange(len(start)) == c, lower[c], start))
    return np.array(rows)


def _money_if(again: Again, channel: int, factor: float, starts: FloatArray) -> float:
    """What the best plan gives a channel if its curve were higher by a factor."""
    problem, c = again.problem, again.problem.plan_tables.order[channel]
    upper = problem.feasible.upper.copy()
    upper[c] = problem.money.table_end[c]
    lifted = replace(problem.feasible, upper=upper)
    supposed = problem.supposing(feasible=lifted, plan_tables=scaled(problem.plan_tables, channel, factor))
    return float(again.anywhere([supposed], [starts]).plans[0, channel])
