"""What the measures of docs/design.md section 4 are, as functions of a batch of plans, and how they react to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget._threads import in_chunks
from moo_budget.goals import Goal
from moo_budget.kernels.risk import noise_exposure
from moo_budget.plan_tables import PlanTables
from moo_budget.risk import (
    mixture_regret,
    mixture_semi_deviation,
    mixture_shortfall,
    mixture_std,
    mixture_tail_mean,
    regret_sensitivity,
    semi_deviation_sensitivity,
    shortfall_sensitivity,
    std_sensitivity,
    tail_mean_sensitivity,
)
from moo_budget.yardsticks import MoneySum, Yardsticks

ROUNDING = 1e-9  # of the reference's money
_SAME_TOTAL = 1e-11
_DRAWS_IN_A_CHUNK = 20_000  # of all plans together: with fewer, a measure is done before a thread has begun


class Batch:
    """Plans with what their goals are made of; every part is computed once, and only when a goal asks for it.

    Args:
        tables: curves of the whole plan.
        outcomes: names, in the order of the tables.
        spend: (n_plans, n_channels), currency for the whole plan, channels in the order of `tables`.
        yardsticks: what plans are measured by beside themselves.
        best: row of an outcome -> (n_draws,), what no feasible plan exceeds under each draw.
        risky: row of the outcome whose moments will be asked for, so that one pass gives them along with the totals.
        totals_allowed: least and largest total; a plan that meets one of them but for rounding pays exactly that.
    """

    def __init__(
        self,
        tables: PlanTables,
        outcomes: tuple[str, ...],
        spend: FloatArray,
        yardsticks: Yardsticks,
        best: Callable[[int], FloatArray],
        risky: int | None,
        totals_allowed: tuple[float, float],
    ) -> None:
        self.tables = tables
        self.spend = spend
        self.yardsticks = yardsticks
        self.best = best
        self._outcomes = outcomes
        self._totals_allowed = totals_allowed
        self._risky = risky if tables.n_draws == 1 else None
        self._moments: dict[tuple[int, bool], tuple[FloatArray, FloatArray]] = {}

    @property
    def weights(self) -> FloatArray:
        """(n_draws,), probability of each draw."""
        return self.tables.weights

    @cached_property
    def paid(self) -> FloatArray:
        """(n_plans,), currency."""
        paid: FloatArray = self.spend.sum(axis=1)
        for total in self._totals_allowed:
            paid[np.abs(paid - total) <= _SAME_TOTAL * abs(total)] = total
        return paid

    @cached_property
    def totals(self) -> FloatArray:
        """(n_plans, n_outcomes), expected incremental outcome of the whole plan."""
        if self._risky is None:
            return self.tables.totals(self.spend)
        totals, variance = self.tables.totals_and_noise(self._risky, self.spend)
        self._moments[self._risky, False] = totals[:, [self._risky]], variance[:, None]
        return totals

    def money_sum(self, name: MoneySum) -> FloatArray:
        """A sum over channels of money alone, (n_plans,); see `Yardsticks.money_sum`."""
        total: FloatArray = self.yardsticks.money_sum(name, self.spend).sum(axis=1)
        return total

    @cached_property
    def stays(self) -> BoolArray:
        """Which plans move nothing away from the reference but rounding, (n_plans,)."""
        reference = self.yardsticks.reference.spend
        moved = np.abs(self.spend - reference).sum(axis=1)
        return np.asarray(moved <= ROUNDING * reference.sum())

    def risk_terms(self, outcome: int) -> tuple[FloatArray, FloatArray]:
        """Responses of the first plan under every draw, and what each channel's meets of market noise in all.

        Two arrays (n_channels, n_draws): f_cd, and f_cd (Sigma f_d)_c, whose sum over channels is the variance.
        """
        responses = self.tables.responses(outcome, self.spend[0])
        exposure = np.empty_like(responses)
        noise_exposure(responses[None], self.tables.loadings[outcome], self.tables.specific[outcome], exposure[None])
        return responses, responses * exposure

    def index(self, goal: Goal) -> int:
        """Row of the goal's outcome in the tables."""
        assert goal.outcome is not None  # the problem file's checks see to it
        return self._outcomes.index(goal.outcome)

    def moments(self, outcome: int, *, less_reference: bool = False) -> tuple[FloatArray, FloatArray]:
        """Mean and variance of an outcome under every draw, two arrays (n_plans, n_draws); or of the gain by it."""
        asked = outcome, less_reference
        if asked == (self._risky, False):
            _ = self.totals  # files these moments as well
        if asked not in self._moments:
            less = self.yardsticks.reference.responses(outcome) if less_reference else None
            self._moments[asked] = self.tables.moments(outcome, self.spend, less)
        return self._moments[asked]

    def gradient(
        self, outcome: int, by_mean: FloatArray, by_variance: FloatArray, *, less_reference: bool
    ) -> tuple[FloatArray, FloatArray]:
        """Slope and estimated curvature of a function of moments, two arrays (n_plans, n_channels)."""
        less = self.yardsticks.reference.responses(outcome) if less_reference else None
        return self.tables.gradient(outcome, self.spend, by_mean, by_variance, less)


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """A goal's value, and how it reacts to what it is made of; what it does not depend on is None.

    Args:
        value: (n_plans,), in the goal's unit.
        total: (n_plans,), per unit of the expected total of the goal's outcome.
        paid: (n_plans,), per unit of money spent.
        money: name of a sum in `Yardsticks.money_sum` -> (n_plans,), per unit of it.
        mean: (n_plans, n_draws), per unit of the outcome's mean under each draw.
        variance: (n_plans, n_draws), per unit of its variance under each draw.
        less_reference: mean and variance are those of the difference to the reference plan.
    """

    value: FloatArray
    total: FloatArray | None = None
    paid: FloatArray | None = None
    money: Mapping[MoneySum, FloatArray] = field(default_factory=dict)
    mean: FloatArray | None = None
    variance: FloatArray | None = None
    less_reference: bool = False

    def scaled(self, factor: FloatArray) -> Sensitivity:
        """Of the goal times a factor, (n_plans,)."""

        def times(part: FloatArray | None) -> FloatArray | None:
            return None if part is None else (part.T * factor).T

        return Sensitivity(
            self.value * factor,
            times(self.total),
            times(self.paid),
            {name: part * factor for name, part in self.money.items()},
            times(self.mean),
            times(self.variance),
            self.less_reference,
        )


def value_of(batch: Batch, goal: Goal) -> FloatArray:
    """A goal of every plan, (n_plans,), in its unit; NaN where a plan lies beyond a table's end."""
    return _ROWS[goal.measure].value(batch, goal)


def _total(batch: Batch, goal: Goal) -> FloatArray:
    return batch.totals[:, batch.index(goal)]


def _roi(batch: Batch, goal: Goal) -> FloatArray:
    total = _total(batch, goal)
    ratio: FloatArray = np.divide(
        total, batch.paid, out=np.full_like(total, _first_return(batch, goal)), where=batch.paid > 0
    )
    return ratio


def _first_return(batch: Batch, goal: Goal) -> float:
    """Return of the first unit of money where it earns most: the ROI of a plan that spends nothing."""
    return float(batch.tables.mean_slopes[batch.index(goal), :, 0].max())


def _profit(batch: Batch, goal: Goal) -> FloatArray:
    profit: FloatArray = goal.margin * _total(batch, goal) - batch.paid
    return profit


def _std(batch: Batch, goal: Goal) -> FloatArray:
    return _by_rows(mixture_std, batch.moments(batch.index(goal)), batch.weights)


def _semi_deviation(batch: Batch, goal: Goal) -> FloatArray:
    return _by_rows(mixture_semi_deviation, batch.moments(batch.index(goal)), batch.weights)


def _regret(batch: Batch, goal: Goal) -> FloatArray:
    outcome = batch.index(goal)
    means = batch.moments(outcome)[:1]
    return _by_rows(mixture_regret, means, batch.best(outcome), batch.weights, goal.level)


def _tail_mean(batch: Batch, goal: Goal) -> FloatArray:
    return _by_rows(mixture_tail_mean, batch.moments(batch.index(goal)), batch.weights, goal.level)


def _shortfall(batch: Batch, goal: Goal) -> FloatArray:
    moments = batch.moments(batch.index(goal), less_reference=goal.against_today)
    return _unmoved(batch, goal, _by_rows(mixture_shortfall, moments, batch.weights, goal.target_amount))


def _unmoved(batch: Batch, goal: Goal, shortfall: FloatArray) -> FloatArray:
    """A move away from the reference of nothing but rounding is none: what it brings has any sign."""
    if goal.against_today:
        shortfall[batch.stays] = 0.5
    return shortfall


def _by_rows(measure: Callable[..., FloatArray], moments: tuple[FloatArray, ...], *rest: object) -> FloatArray:
    """A measure of mixtures, in chunks of plans; moments (n_plans, n_draws) each."""
    n_plans, n_draws = moments[0].shape
    out = np.empty(n_plans)

    def work(rows: slice) -> None:
        out[rows] = measure(*(moment[rows] for moment in moments), *rest)

    in_chunks(work, n_plans, smallest=max(1, _DRAWS_IN_A_CHUNK // n_draws))
    return out


def _spend(batch: Batch, goal: Goal) -> FloatArray:
    return batch.paid


def _change(batch: Batch, goal: Goal) -> FloatArray:
    return batch.money_sum("moved")


def _beyond_history(batch: Batch, goal: Goal) -> FloatArray:
    return batch.money_sum("beyond") * _per_money(batch)


def _per_money(batch: Batch) -> FloatArray:
    """One over the money spent, 0 where nothing is."""
    per_money: FloatArray = np.divide(1.0, batch.paid, out=np.zeros_like(batch.paid), where=batch.paid > 0)
    return per_money


def _effective_channels(batch: Batch, goal: Goal) -> FloatArray:
    """One over the sum of squared shares (Herfindahl's index), 0 where nothing is spent. Laakso and Taagepera 1979."""
    squares = batch.money_sum("squares")
    number: FloatArray = np.divide(batch.paid**2, squares, out=np.zeros_like(squares), where=squares > 0)
    return number


def sensitivity_of(batch: Batch, goal: Goal) -> Sensitivity:
    """A goal of every plan and how it reacts to what it is made of."""
    return _ROWS[goal.measure].sensitivity(batch, goal)


def _total_sensitivity(batch: Batch, goal: Goal) -> Sensitivity:
    return Sensitivity(_total(batch, goal), total=np.ones(len(batch.spend)))


def _roi_sensitivity(batch: Batch, goal: Goal) -> Sensitivity:
    per_money = _per_money(batch)
    return Sensitivity(_roi(batch, goal), total=per_money, paid=-_total(batch, goal) * per_money**2)


def _profit_sensitivity(batch: Batch, goal: Goal) -> Sensitivity:
    n_plans = len(batch.spend)
    return Sensitivity(_profit(batch, goal), total=np.full(n_plans, goal.margin), paid=np.full(n_plans, -1.0))


def _std_sensitivity(batch: Batch, goal: Goal) -> Sensitivity:
    value, mean, variance = std_sensitivity(*batch.moments(batch.index(goal)), batch.weights)
    return Sensitivity(value, mean=mean, variance=variance)


def _semi_deviation_sensitivity(batch: Batch, goal: Goal) -> Sensitivity:
    value, mean, variance = semi_deviation_sensitivity(*batch.moments(batch.index(goal)), batch.weights)
    return Sensitivity(value, mean=mean, variance=variance)


def _regret_sensitivity(batch: Batch, goal: Goal) -> Sensitivity:
    outcome = batch.index(goal)
    means, best = batch.moments(outcome)[0], batch.best(outcome)
    value, mean, variance = regret_sensitivity(means, best, batch.weights, goal.level)
    return Sensitivity(value, mean=mean, variance=variance)


def _tail_mean_sensitivity(batch: Batch, goal: Goal) -> Sensitivity:
    moments = batch.moments(batch.index(goal))
    value, mean, variance = tail_mean_sensitivity(*moments, batch.weights, goal.level)
    return Sensitivity(value, mean=mean, variance=variance)


def _shortfall_sensitivity(batch: Batch, goal: Goal) -> Sensitivity:
    moments = batch.moments(batch.index(goal), less_reference=goal.against_today)
    value, mean, variance = shortfall_sensitivity(*moments, batch.weights, goal.target_amount)
    value = _unmoved(batch, goal, value)
    return Sensitivity(value, mean=mean, variance=variance, less_reference=goal.against_today)


def _spend_sensitivity(batch: Batch, goal: Goal) -> Sensitivity:
    return Sensitivity(batch.paid, paid=np.ones(len(batch.spend)))


def _change_sensitivity(batch: Batch, goal: Goal) -> Sensitivity:
    return Sensitivity(_change(batch, goal), money={"moved": np.ones(len(batch.spend))})


def _beyond_history_sensitivity(batch: Batch, goal: Goal) -> Sensitivity:
    value, per_money = _beyond_history(batch, goal), _per_money(batch)
    return Sensitivity(value, paid=-value * per_money, money={"beyond": per_money})


def _effective_channels_sensitivity(batch: Batch, goal: Goal) -> Sensitivity:
    value, per_money = _effective_channels(batch, goal), _per_money(batch)
    return Sensitivity(value, paid=2.0 * value * per_money, money={"squares": -((value * per_money) ** 2)})


@dataclass(frozen=True)
class _Row:
    """A measure: its value, and how it reacts."""

    value: Callable[[Batch, Goal], FloatArray]
    sensitivity: Callable[[Batch, Goal], Sensitivity]


_ROWS: dict[str, _Row] = {
    "total": _Row(_total, _total_sensitivity),
    "roi": _Row(_roi, _roi_sensitivity),
    "profit": _Row(_profit, _profit_sensitivity),
    "std": _Row(_std, _std_sensitivity),
    "semi_deviation": _Row(_semi_deviation, _semi_deviation_sensitivity),
    "tail_mean": _Row(_tail_mean, _tail_mean_sensitivity),
    "shortfall": _Row(_shortfall, _shortfall_sensitivity),
    "regret": _Row(_regret, _regret_sensitivity),
    "spend": _Row(_spend, _spend_sensitivity),
    "change": _Row(_change, _change_sensitivity),
    "beyond_history": _Row(_beyond_history, _beyond_history_sensitivity),
    "effective_channels": _Row(_effective_channels, _effective_channels_sensitivity),
}
