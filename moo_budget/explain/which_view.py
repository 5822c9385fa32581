"""Which view on a channel's return would give it its money: what the team would have to believe, and how firmly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from moo_budget._checks import FloatArray
from moo_budget.errors import InputError
from moo_budget.explain.again import Again
from moo_budget.explain.explanation import asked_money, lead_outcome
from moo_budget.explain.record import NeededView
from moo_budget.front import Front, Plan
from moo_budget.limits import FeasibleSet
from moo_budget.plan_tables import plan_tables
from moo_budget.problem import BudgetProblem
from moo_budget.views import taken_in
from moo_budget.views.returns import returns_today

_LARGEST = 100.0  # times what is believed now: more is out of the question
_KNOWN = 1e-3  # of a return: nearer it need not be known


def which_view(
    problem: BudgetProblem,
    plan: Plan | Mapping[str, float],
    channel: str,
    money: float,
    *,
    front: Front | None = None,
    confidence: float = 1.0,
) -> NeededView:
    """The lowest return of a channel that the team would have to believe in for the best plan to give it so much money.

    A belief is taken in after Black and Litterman, as one in [views] is: other channels that do well when this one does
    are believed to do better too, and the plan is made anew for its weights. The channel's own limits are lifted as far
    as its response table goes; all others hold. Where the best plan jumps, the money on both sides is told.

    Args:
        problem: the question, with the views in its tables that there are already.
        plan: feasible; of the front, or channel -> currency for the whole plan.
        channel: its name.
        money: currency for the whole plan, more than it gets.
        front: whose ranges count as one of each goal.
        confidence: with which it is believed, above 0 and up to 1.

    Raises:
        InputError: as `what_it_takes`; a confidence beyond its range, no today, or a channel that brings nothing.
    """
    if not 0.0 < confidence <= 1.0:
        raise InputError(
            f"confidence is {confidence}; it must be above 0 and at most 1, such as 0.6", code="explain.confidence"
        )
    again, row, starts = asked_money(problem, plan, channel, money, front)
    return _Believing(again, row, channel, confidence, starts).enough_for(money)


@dataclass(frozen=True, eq=False)
class _Believing:
    """What a plan would give a channel if the team believed in a return of it.

    Args:
        again: the plan's question.
        row: of the channel in the order of `plan_tables`.
        channel: its name.
        confidence: of the belief.
        starts: (n_plans, n_channels), the plan without the money, and with it.
    """

    again: Again
    row: int
    channel: str
    confidence: float
    starts: FloatArray

    def enough_for(self, money: float) -> NeededView:
        """The lowest return at which the channel gets it, by doubling, then halving."""
        now = self._now()
        low, high = now, 1.25 * now
        below, (above, believed) = float(self.again.base[self.row]), self._if(high)
        while above < money and high < _LARGEST * now:
            low, below, high = high, above, 2.0 * high
            above, believed = self._if(high)
        if above < money:
            return NeededView("", money, now, None, None, self.confidence, below, above)
        while high - low > _KNOWN * high:
            middle = 0.5 * (low + high)
            there, returns = self._if(middle)
            if there >= money:
                high, above, believed = middle, there, returns
            else:
                low, below = middle, there
        return NeededView(self._belief(high), money, now, high, believed, self.confidence, below, above)

    def _now(self) -> float:
        problem = self.again.problem
        returns = returns_today(problem.tables, lead_outcome(problem), self._today, problem.periods)
        c = problem.channels.index(self.channel)
        return float(returns.roi[c] @ returns.weights)

    def _if(self, asked: float) -> tuple[float, float]:
        """What the best plan gives the channel, and what is expected of its return once the belief is taken in."""
        problem, again = self.again.problem, self.again
        views = {"outcome": lead_outcome(problem), "beliefs": [self._belief(asked)]}
        viewed = taken_in(problem.tables, views, today=self._today, periods=problem.periods)
        curves = plan_tables(viewed.tables, problem.periods, problem.plan_tables.order)
        supposed = problem.supposing(feasible=self._lifted, plan_tables=curves)
        found = again.anywhere([supposed], [self.starts]) if again.may_jump else again.near(supposed, self.starts[:1])
        assert viewed.record is not None  # there is a belief
        return float(found.plans[0, self.row]), viewed.record.channels[self.channel].roi_posterior.mean

    @cached_property
    def _lifted(self) -> FeasibleSet:
        """The limits without the channel's own largest amount."""
        feasible, c = self.again.problem.feasible, self.again.problem.channels.index(self.channel)
        upper = feasible.upper.copy()
        upper[c] = self.again.problem.money.table_end[c]
        return replace(feasible, upper=upper)

    @cached_property
    def _today(self) -> dict[str, float] | None:
        today = self.again.problem.money.today
        return None if today is None else dict(zip(self.again.problem.channels, today.tolist(), strict=True))

    def _belief(self, asked: float) -> str:
        sure = "" if self.confidence == 1.0 else f" @ {100.0 * self.confidence:g}%"
        return f"roi('{self.channel}') == {asked:.6g}{sure}"
