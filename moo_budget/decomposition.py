"""Where a plan's risk comes from: what is not known and what the market does, channel by channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from pydantic import ConfigDict

from moo_budget._checks import FloatArray, check_known, money_by_channel
from moo_budget.errors import InputError
from moo_budget.problem import BudgetProblem

_CLOSED = ConfigDict(extra="forbid")  # unknown keys are errors


@dataclass(frozen=True)
class ChannelRisk:
    """A channel's part of a plan's standard deviation, in the outcome's unit; below 0 where the channel hedges.

    Args:
        estimation: by what is not known of its curve; experiments can buy it off.
        market: by what the market does; nobody can.
    """

    __pydantic_config__ = _CLOSED

    estimation: float
    market: float

    @property
    def total(self) -> float:
        """Both parts; over all channels they add up to the plan's standard deviation."""
        return self.estimation + self.market


@dataclass(frozen=True)
class RiskDecomposition:
    """The standard deviation of a plan's outcome and what it is made of, in the outcome's unit.

    Args:
        outcome: its name.
        std: standard deviation, posterior draws and market noise; std^2 = estimation^2 + market^2.
        estimation: deviation of the expected outcome over draws.
        market: root of the mean variance by market noise.
        channels: channel -> its part of `std`.
    """

    __pydantic_config__ = _CLOSED

    outcome: str
    std: float
    estimation: float
    market: float
    channels: dict[str, ChannelRisk]

    @property
    def estimation_share(self) -> float:
        """The share of the variance that better knowledge would take away; 0 where there is no risk."""
        return (self.estimation / self.std) ** 2 if self.std > 0.0 else 0.0


def decompose_risk(
    problem: BudgetProblem, plan: Mapping[str, float], *, outcome: str | None = None
) -> RiskDecomposition:
    """A plan's standard deviation by its two causes and by channel.

    A channel's part is what a small proportional change of its response changes, so that the parts add up exactly; what
    it would have alone is another number, and those do not add up. Source: Euler's theorem; Tasche 1999.

    Args:
        problem: the question.
        plan: channel -> currency for the whole plan; channels left out get 0.
        outcome: its name; None: that of the first risk goal, else of the lead goal, else the first of the tables.

    Raises:
        InputError: an unknown channel or outcome, money that is negative or not finite, or beyond a table's end.
    """
    name = outcome_at_risk(problem) if outcome is None else outcome
    check_known("outcome", name, problem.tables.outcomes)
    spend = money_by_channel(plan, problem.channels, "plan")
    for channel, amount, end in zip(problem.channels, spend, problem.money.table_end, strict=True):
        if amount > end * (1 + 1e-9):
            raise InputError(
                f"plan: {amount:,.2f} for `{channel}` lies beyond its response table, which ends at {end:,.2f}",
                code="decomposition.beyond-table",
            )
    return _decomposed(problem, spend, name)


def outcome_at_risk(problem: BudgetProblem) -> str:
    """The outcome of the first risk goal; without one that of the lead goal, else the first of the tables."""
    risks = [goal.outcome for goal in problem.goals if goal.is_risk]
    return next(filter(None, [*risks, problem.sought_goals[0].outcome]), problem.tables.outcomes[0])


def _decomposed(problem: BudgetProblem, spend: FloatArray, outcome: str) -> RiskDecomposition:
    tables = problem.plan_tables
    responses, met = problem.batch(spend[None]).risk_terms(problem.tables.outcomes.index(outcome))
    total = responses.sum(axis=0)
    away = tables.weights * (total - tables.weights @ total)
    by_estimation, by_market = (responses * away).sum(axis=1), met @ tables.weights
    # Both sums are variances, below 0 by rounding at most.
    estimation, market = max(float(by_estimation.sum()), 0.0), max(float(by_market.sum()), 0.0)
    std = float(np.sqrt(estimation + market))
    per = 1.0 / std if std > 0.0 else 0.0
    parts = tables.unsorted(np.array([by_estimation, by_market]) * per).T.tolist()
    return RiskDecomposition(
        outcome=outcome,
        std=std,
        estimation=float(np.sqrt(estimation)),
        market=float(np.sqrt(market)),
        channels={channel: ChannelRisk(*own) for channel, own in zip(problem.channels, parts, strict=True)},
    )
