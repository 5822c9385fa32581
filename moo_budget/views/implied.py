"""The belief behind today's mix: what the channels must return for it to be right (reverse optimisation).

If today's money x0 is best for E[R] - (delta / 2) Var(R) - lambda x spend, every channel's marginal return equals
lambda + (delta / 2) dVar/dx_c there. Source: Black and Litterman 1992, carried over to curves that bend; docs/risk.md
section 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.errors import InputError
from moo_budget.risk import Factors
from moo_budget.tables import ResponseTables
from moo_budget.views.returns import Returns, returns_today

Bound = Literal["exactly", "at most"]


@dataclass(frozen=True)
class ImpliedBelief:
    """What today's mix says about one channel, beside what the data say.

    Args:
        spend: today's money for the whole plan.
        implied: marginal ROI for which today's money is right.
        bound: "exactly", or "at most" where nothing is spent: then less would be right as well.
        learned: expected marginal ROI at today's money; where nothing is spent, at the money at which the channel
            returns most per money, as `implied` is: to first order, as if that money met today's risk.
        learned_std: its standard deviation over draws.
    """

    spend: float
    implied: float
    bound: Bound
    learned: float
    learned_std: float

    @property
    def deviations(self) -> float:
        """How far the implied lies above the learned, in the learned one's deviations; NaN where that is 0."""
        return (self.implied - self.learned) / self.learned_std if self.learned_std > 0.0 else float("nan")


@dataclass(frozen=True)
class ImpliedBeliefs:
    """What today's mix says about all channels.

    Args:
        channels: name -> belief.
        hurdle: lambda, what a unit of money must bring: 1 / margin.
        risk_aversion: delta, per unit of the outcome, at which implied and learned agree on average over today's money.
    """

    channels: dict[str, ImpliedBelief]
    hurdle: float
    risk_aversion: float


def implied_beliefs(
    tables: ResponseTables, outcome: str, *, today: Mapping[str, float], periods: int, margin: float = 1.0
) -> ImpliedBeliefs:
    """The marginal ROI of every channel for which today's mix would be the best one, beside what was learned.

    Neither is a reason to move money by itself: where they are far apart, somebody knows something that the other does
    not. Used as prior and data at once they would count the same evidence twice.

    Args:
        tables: money per period.
        outcome: name; counted in the currency, or in units worth `margin` each.
        today: channel -> money for the whole plan.
        periods: of the plan.
        margin: currency earned per unit of the outcome.

    Raises:
        InputError: nothing is spent today; today's marginal return is below 1 / margin, so that no aversion to risk
            explains the mix; or nothing about it is uncertain.
    """
    if not margin > 0.0:
        raise InputError(f"margin is {margin:g}; it must be above 0", code="views.not-positive")
    returns = returns_today(tables, outcome, today, periods)
    if returns.spend.sum() == 0.0:
        raise InputError("nothing is spent today, so today's mix implies no belief", code="views.no-money-today")
    hurdle = 1.0 / margin
    risk = _marginal_risk(returns, tables.noise[tables.outcomes.index(outcome)], periods)
    learned = returns.marginal @ returns.weights
    deviation = np.sqrt((returns.marginal - learned[:, None]) ** 2 @ returns.weights)
    shares = returns.spend / returns.spend.sum()
    risk_aversion = _risk_aversion(shares @ learned - hurdle, shares @ risk, hurdle)
    implied = hurdle + risk_aversion * risk
    beliefs = {
        name: ImpliedBelief(
            spend=periods * float(returns.spend[c]),
            implied=float(implied[c]),
            bound="exactly" if returns.spend[c] > 0.0 else "at most",
            learned=float(learned[c]),
            learned_std=float(deviation[c]),
        )
        for c, name in enumerate(returns.channels)
    }
    return ImpliedBeliefs(beliefs, hurdle, risk_aversion)


def _marginal_risk(returns: Returns, noise: Factors, periods: int) -> FloatArray:
    """Half the variance of the plan's outcome that the next unit of each channel's money brings, (n_channels,).

    H Cov_d(R_d, f'_c) + E_d[(Sigma f_d)_c f'_cd], R_d = sum_c f_cd per period: estimation and market noise.
    """
    response = returns.response
    total = response.sum(axis=0)
    about_mean = returns.weights * (total - total @ returns.weights)
    exposure = noise.loadings @ (noise.loadings.T @ response) + noise.specific[:, None] * response
    market = (exposure * returns.marginal) @ returns.weights
    risk: FloatArray = periods * (returns.marginal @ about_mean) + market
    return risk


def _risk_aversion(surplus: float, risk: float, hurdle: float) -> float:
    """The delta at which the implied marginal ROI is the learned one, on average over today's money."""
    if risk <= 0.0:
        raise InputError(
            "nothing about today's mix is uncertain, so no aversion to risk can explain it", code="views.no-risk"
        )
    if surplus <= 0.0:
        raise InputError(
            f"at today's money the next unit brings {surplus + hurdle:.3g} on average, less than the {hurdle:.3g} that "
            "it costs: too much is spent, whatever the mix, so the mix implies no belief. State the margin, or a lower "
            "total.",
            code="views.below-hurdle",
        )
    return float(surplus / risk)
