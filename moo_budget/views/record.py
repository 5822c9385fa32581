"""What views changed, ready for `result.json` and the report."""

from __future__ import annotations

from dataclasses import dataclass
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
        roi_prior: outcome per money before the views; where nothing is spent, the slope at zero.
        roi_posterior: the same with them.
        mroi_prior: outcome brought by the next unit of money, before the views.
        mroi_posterior: the same with them.
        implied: marginal ROI for which today's mix would be right, at most this where nothing is spent; None where the
            mix implies none.
        at_zero: probability of the draws that views would have moved below zero, and that stop there.
    """

    __pydantic_config__ = _CLOSED

    spend: float
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
        form: what it is about, as a sum over channels at today's money.
        relation: of the form to the asked value.
        asked: what is believed of the form, or of its quantile.
        confidence: in (0, 1].
        prior: the same before the views.
        posterior: the same with all views.
        reached: share of the way from prior to asked; None where prior and asked are the same, or an inequality held
            before.
    """

    __pydantic_config__ = _CLOSED

    text: str
    form: str
    relation: Relation
    asked: float
    confidence: float
    prior: float
    posterior: float
    reached: float | None

    @property
    def holds(self) -> bool:
        """Whether the belief holds with all views, up to rounding."""
        gap = self.posterior - self.asked
        near = abs(gap) <= _ROUNDING * max(abs(self.asked), abs(self.prior), _ROUNDING)
        return near or {"==": False, "<=": gap < 0.0, ">=": gap > 0.0}[self.relation]


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
    """

    __pydantic_config__ = _CLOSED

    outcome: str
    method: Literal["black_litterman", "entropy_pooling"]
    channels: dict[str, ChannelChange]
    beliefs: list[BeliefChange]
    n_draws: int
    effective_draws: float
    not_implied: str
