"""What views changed, ready for `result.json` and the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pydantic import ConfigDict

from moo_budget.expressions import Relation

_CLOSED = ConfigDict(extra="forbid")  # unknown keys are errors
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Estimate:
    """Mean and standard deviation over draws."""

    __pydantic_config__ = _CLOSED

    mean: float
    std: float


@dataclass(frozen=True)
class ChannelChange:
    """What a channel returns at today's money, before the views and with them.

    Args:
        spend: today's money for the whole plan.
        read_at: money for the whole plan at which the returns are read: today's; where nothing is spent, that at which
            the expected curve returned most per money before the views.
        roi_prior: outcome per money before the views.
        roi_posterior: the same with them.
        mroi_prior: outcome brought by the next unit of money, before the views.
        mroi_posterior: the same with them.
        implied: marginal ROI for which today's mix would be right, at most this where nothing is spent; None where the
            mix implies none, or no money brings anything.
        at_zero: probability of the draws that views would have moved below zero, and that stop there.
    """

    __pydantic_config__ = _CLOSED

    spend: float
    read_at: float
    roi_prior: Estimate
    roi_posterior: Estimate
    mroi_prior: Estimate
    mroi_posterior: Estimate
    implied: float | None
    at_zero: float


@dataclass(frozen=True)
class BeliefChange:
    """What one belief asked for, and what came of it.

    Args:
        text: as it was written; a ranking is one for each neighbouring pair.
        form: what it is about, as a sum over channels' returns.
        relation: of the form to what it is compared with.
        against: the returns that it is compared with, as a sum; empty where that is a number.
        confidence: in (0, 1].
        prior: expected value of the form, or its quantile, before the views.
        asked: what it is compared with, before the views: the number, or the expected value of `against`.
        posterior: of the form with all views.
        asked_posterior: what it is compared with, with all views; the same number where it is one.
        reached: share of the gap between prior and asked that is closed; None where there was none, or an inequality
            held before.
    """

    __pydantic_config__ = _CLOSED

    text: str
    form: str
    relation: Relation
    against: str
    confidence: float
    prior: float
    asked: float
    posterior: float
    asked_posterior: float
    reached: float | None

    @property
    def holds(self) -> bool:
        """Whether the belief holds with all views, up to rounding."""
        gap = self.posterior - self.asked_posterior
        near = abs(gap) <= _ROUNDING * max(abs(self.asked), abs(self.prior), _ROUNDING)
        return near or {"==": False, "<=": gap < 0.0, ">=": gap > 0.0}[self.relation]


@dataclass(frozen=True)
class PlanChange:
    """Expected outcome of a plan over all its periods, by what the data alone say and with the views."""

    __pydantic_config__ = _CLOSED

    prior: float
    posterior: float


@dataclass(frozen=True)
class ViewsRecord:
    """What views changed; `views` in `result.json`.

    Args:
        outcome: that the views are about.
        method: how they were taken in.
        channels: name -> returns before and after.
        beliefs: in the order of the problem file.
        n_draws: how many draws differ from each other.
        effective_draws: how many equally likely draws their weights are worth.
        not_implied: why today's mix implies no marginal ROI; empty where it does.
        plans: plan id -> what it brings; the yardsticks and picks that lie within the tables, none before a search.
    """

    __pydantic_config__ = _CLOSED

    outcome: str
    method: Literal["black_litterman", "entropy_pooling"]
    channels: dict[str, ChannelChange]
    beliefs: list[BeliefChange]
    n_draws: int
    effective_draws: float
    not_implied: str
    plans: dict[str, PlanChange] = field(default_factory=dict)
