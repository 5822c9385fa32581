"""What the report states, as numbers: moves, differences, shares and returns. No word of it is written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.front import INTERVAL, Front, GoalValue, Plan
from moo_budget.goals import Goal
from moo_budget.largest import largest
from moo_budget.problem import BudgetProblem
from moo_budget.results import Result
from moo_budget.risk import mixture_quantile, weighted_percentile

TOUCHED = 1e-9  # of the budget: less money than this is none


@dataclass(frozen=True)
class Estimate:
    """A value and its range, in the unit of what it measures."""

    value: float
    low: float
    high: float

    @property
    def has_range(self) -> bool:
        """Whether anything is known of the spread."""
        return self.low < self.high

    @property
    def unclear(self) -> bool:
        """Whether the range of a difference spans zero."""
        return self.low < 0.0 < self.high

    def over(self, base: float) -> Estimate:
        """The same as shares of `base`."""
        return Estimate(self.value / base, self.low / base, self.high / base)


@dataclass(frozen=True, eq=False)
class Shown:
    """A plan that the report shows, under all its names.

    Args:
        names: of today, reference, safest, balanced, boldest; several where picks fall on one plan.
        plan: its money and goals; goals that are money within rounding are 0.
        outcomes: outcome -> what it may bring over the whole plan, 10th to 90th percentile; empty beyond a table.
        moves: channel -> currency more than in the reference plan; empty without one.
        rounding: a difference of money up to this much, currency, is none.
    """

    names: tuple[str, ...]
    plan: Plan
    outcomes: dict[str, Estimate]
    moves: dict[str, float]
    rounding: float

    def goal(self, name: str) -> Estimate | None:
        """A goal of the plan; None where the plan lies beyond a table."""
        if self.plan.goals is None:
            return None
        value = self.plan.goals[name]
        return Estimate(value.value, value.low, value.high)

    @property
    def moved(self) -> float:
        """Money that changes its place: gained by some channels and lost by others, whatever the total does."""
        gained = sum(move for move in self.moves.values() if move > 0.0)
        return self._beyond_rounding(min(gained, gained - sum(self.moves.values())))

    @property
    def more_spent(self) -> float:
        """Currency that the plan spends beyond the reference plan's total; negative where it spends less."""
        return self._beyond_rounding(sum(self.moves.values()))

    @property
    def largest_moves(self) -> list[tuple[str, float]]:
        """Channels and what they gain or lose, largest first; those that stay are left out."""
        ranked = sorted(self.moves.items(), key=lambda item: -abs(item[1]))
        return [(channel, move) for channel, move in ranked if self._beyond_rounding(move)]

    @property
    def largest_move(self) -> tuple[str, float] | None:
        """The first of `largest_moves`; None where no money is moved."""
        return self.largest_moves[0] if self.largest_moves else None

    @property
    def touched(self) -> int:
        """Channels that get money."""
        return sum(amount > TOUCHED * self.plan.total for amount in self.plan.spend.values())

    def _beyond_rounding(self, money: float) -> float:
        return money if abs(money) > self.rounding else 0.0


@dataclass(frozen=True)
class ChannelFacts:
    """One channel of one plan; effects are those on the lead outcome, NaN where nothing can be said.

    Args:
        channel: its name.
        money: currency for the whole plan.
        reference: the same of the reference plan; None without one.
        share_of_spend: of the plan's money.
        share_of_effect: of the plan's expected outcome.
        roi: outcome per currency.
        marginal_roi: outcome that the next unit of currency brings.
        beyond: more per period than was ever spent.
    """

    channel: str
    money: float
    reference: float | None
    share_of_spend: float
    share_of_effect: float
    roi: float
    marginal_roi: float
    beyond: bool


def lead_outcome(problem: BudgetProblem) -> str:
    """The outcome that the first goal about one is about."""
    return next((goal.outcome for goal in problem.sought_goals if goal.outcome), problem.tables.outcomes[0])


def drawn_channels(problem: BudgetProblem, shown: Sequence[Shown]) -> list[int]:
    """Places of the channels that pictures and charts have room for: all, or those that get most in a shown plan."""
    most = np.max([spend_of(problem, one.plan) for one in shown], axis=0)
    return [int(c) for c in largest(most)]


def unit_of(problem: BudgetProblem, outcome: str) -> str:
    """What an outcome is counted in."""
    return problem.tables.units[problem.tables.outcomes.index(outcome)]


def spend_of(problem: BudgetProblem, plan: Plan) -> FloatArray:
    """Money of a plan in the order of the channels, (n_channels,)."""
    return np.array([plan.spend[channel] for channel in problem.channels])


def shown_plans(result: Result) -> tuple[Shown, ...]:
    """Today, the reference and the picks; those that are one plan stand together."""
    return shown_of(result.front, result.picks.ids)


def shown_of(front: Front, picked: Mapping[str, str]) -> tuple[Shown, ...]:
    """The same of a front; `picked`: name -> plan id."""
    today, reference = front.today, front.reference
    named: list[tuple[tuple[str, ...], Plan]] = []
    if today is not None:
        if reference is None:
            named.append((("today",), today))
        elif differ(front.problem, today, reference):
            named += [(("today",), today), (("reference",), reference)]
        else:  # as the reference: a goal against it reads nonsense of what differs from it by a rounding error
            named.append((("today", "reference"), reference))
    names_of: dict[str, list[str]] = {}
    for name, id in picked.items():
        names_of.setdefault(id, []).append(name)
    named += [(tuple(names), front.plan(id)) for id, names in names_of.items()]
    return tuple(as_shown(front.problem, names, plan) for names, plan in named)


def differ(problem: BudgetProblem, one: Plan, other: Plan) -> bool:
    """Whether two plans put more than a rounding error of money in different places."""
    return bool(np.abs(spend_of(problem, one) - spend_of(problem, other)).max() > rounding(problem))


def rounding(problem: BudgetProblem) -> float:
    """What handing out money in whole steps can change of a plan, currency."""
    return max(len(problem.channels) * problem.money_step, 1e-6 * problem.budget.max)


def as_shown(problem: BudgetProblem, names: tuple[str, ...], plan: Plan) -> Shown:
    """A plan with what it may bring and what it moves."""
    spend, reference = spend_of(problem, plan), problem.money.reference
    moves = {} if reference is None else dict(zip(problem.channels, (spend - reference).tolist(), strict=True))
    return Shown(names, _told(problem, plan), outcomes_of(problem, spend), moves, rounding(problem))


def told(problem: BudgetProblem, goal: Goal, value: float) -> float:
    """A goal's value as it is told: money that is no more than rounding is none."""
    return 0.0 if goal.outcome is None and abs(value) <= rounding(problem) else value


def _told(problem: BudgetProblem, plan: Plan) -> Plan:
    if plan.goals is None:
        return plan
    values = {
        goal.name: GoalValue(*(told(problem, goal, getattr(plan.goals[goal.name], part)) for part in INTERVAL))
        for goal in problem.goals
    }
    return replace(plan, goals=values)


def outcomes_of(problem: BudgetProblem, spend: FloatArray) -> dict[str, Estimate]:
    """What a plan (n_channels,) may bring, market noise included."""
    weights, estimates = problem.tables.weights, {}
    for outcome in problem.tables.outcomes:
        mean, variance = problem.moments(outcome, spend[None])
        if np.isnan(mean).any():
            return {}
        low, high = (float(mixture_quantile(mean, variance, weights, p)[0]) for p in (0.1, 0.9))
        estimates[outcome] = Estimate(float(problem.totals(outcome, spend[None])[0]), low, high)
    return estimates


def difference(problem: BudgetProblem, outcome: str, plan: FloatArray, reference: FloatArray) -> Estimate:
    """How much more of an outcome one plan is expected to bring than another, 5th to 95th percentile over draws.

    Draw by draw, so that what is unknown about both alike cancels; market noise, which meets both, is left out.

    Args:
        problem: the question.
        outcome: its name.
        plan: (n_channels,), currency for the whole plan.
        reference: the same; both within the tables.
    """
    weights = problem.tables.weights
    mean, _ = problem.moments(outcome, np.array([plan, reference]))
    more = (mean[0] - mean[1])[None]
    low, high = (float(weighted_percentile(more, weights, p)[0]) for p in (0.05, 0.95))
    return Estimate(float((more @ weights)[0]), low, high)


def better_than_reference(result: Result) -> tuple[str, ...] | None:
    """Other plans of the front that are at least as good as the reference in every goal; None without its goals.

    Money moved from the reference is left out: no other plan moves as little.
    """
    problem, reference = result.problem, result.problem.money.reference
    compared = [goal.measure != "change" for goal in problem.sought_goals]
    if reference is None or not any(compared):
        return None
    goals = problem.to_minimise(problem.measure(reference[None]))[0, compared]
    if np.isnan(goals).any():
        return None
    slack = 1e-9 * np.abs(goals)
    as_good = (problem.to_minimise(result.front.values.value)[:, compared] <= goals + slack).all(axis=1)
    chosen = as_good & ~_is_reference(result)
    return tuple(id for id, better in zip(result.front.ids, chosen, strict=True) if better)


def reference_is_found(result: Result) -> bool:
    """Whether the reference, up to rounding, is a plan of the front."""
    return bool(_is_reference(result).any())


def _is_reference(result: Result) -> BoolArray:
    """Which plans of the front are the reference, (n_plans,)."""
    problem, spend = result.problem, result.front.spend
    if problem.money.reference is None:
        return np.zeros(len(spend), dtype=bool)
    return np.asarray(np.abs(spend - problem.money.reference).max(axis=1) <= rounding(problem))


def channel_facts(problem: BudgetProblem, outcome: str, plan: Plan) -> list[ChannelFacts]:
    """Every channel of a plan within the tables, in the order of the problem."""
    spend = spend_of(problem, plan)
    effect = _effects(problem, outcome, spend)
    marginal = marginal_roi(problem, outcome, spend)
    reference = problem.money.reference
    total, whole = spend.sum(), effect.sum()
    return [
        ChannelFacts(
            channel=channel,
            money=float(spend[c]),
            reference=None if reference is None else float(reference[c]),
            share_of_spend=_ratio(spend[c], total),
            share_of_effect=_ratio(effect[c], whole),
            roi=_ratio(effect[c], spend[c]),
            marginal_roi=float(marginal[c]),
            beyond=channel in plan.extrapolated,
        )
        for c, channel in enumerate(problem.channels)
    ]


def _effects(problem: BudgetProblem, outcome: str, spend: FloatArray) -> FloatArray:
    """What every channel of a plan (n_channels,) is expected to bring over the whole plan, (n_channels,)."""
    responses, _ = problem.batch(spend[None]).risk_terms(problem.tables.outcomes.index(outcome))
    return problem.plan_tables.unsorted(responses @ problem.tables.weights)


def marginal_roi(problem: BudgetProblem, outcome: str, spend: FloatArray) -> FloatArray:
    """Expected outcome that the next unit of currency brings in each channel of a plan (n_channels,).

    Where money is placed in periods, it goes where the channel's money goes.
    """
    tables, per_period = problem.tables, problem.per_period(spend)
    o = tables.outcomes.index(outcome)
    if problem.law is not None:
        return problem.law.marginal(o, spend)
    return np.array(
        [
            _slope(tables.knots[c], tables.mean_values[o, c], tables.mean_slopes[o, c], per_period[c])
            for c in range(len(spend))
        ]
    )


def _slope(knots: FloatArray, values: FloatArray, slopes: FloatArray, spend: float) -> float:
    if knots[-1] == 0.0:  # a table that ends at zero: no effect, and no money to place
        return 0.0
    return float(CubicHermiteSpline(knots, values, slopes).derivative()(min(spend, knots[-1])))


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0.0 else float("nan")
