"""explain: everything that is said of one plan, from its marginal returns to what would have to be true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from moo_budget._checks import FloatArray, amount_text, check_known, money_by_channel
from moo_budget.aims import goal_scale
from moo_budget.decomposition import decompose_risk
from moo_budget.errors import InputError
from moo_budget.explain.again import Again
from moo_budget.explain.binding import Binding, bindings
from moo_budget.explain.curves import marginal_returns, spread
from moo_budget.explain.equal import practically_equal
from moo_budget.explain.level import asked_of_totals
from moo_budget.explain.needs import needs_of_plan
from moo_budget.explain.prices import limit_prices
from moo_budget.explain.record import (
    ChannelMargin,
    Explanation,
    Gain,
    LimitPrice,
    Needs,
    PracticallyEqual,
    Wanted,
    Waterfall,
)
from moo_budget.explain.slopes import tolerance
from moo_budget.explain.wanted import Implied, implied
from moo_budget.explain.waterfall import gains_on, waterfalls
from moo_budget.explain.why_not import why_not
from moo_budget.front import Front, Plan
from moo_budget.moves import Move, best_moves
from moo_budget.problem import BudgetProblem
from moo_budget.views import ViewsRecord

_BETTER = 1e-6  # of the weighted sum's size: to be better by less is rounding


def explain(
    problem: BudgetProblem,
    plan: Plan | Mapping[str, float],
    *,
    front: Front | None = None,
    views: ViewsRecord | None = None,
) -> Explanation:
    """What a plan acts as if was wanted, what its limits are worth, why no channel gets more, what its gain is made of.

    Args:
        problem: the question.
        plan: of the front, or channel -> currency for the whole plan; channels left out get 0.
        front: whose ranges count as one of each goal, and among whose plans practically equal ones are looked for.
        views: what the team's views changed, so that a channel held back by them is named.

    Raises:
        InputError: an unknown channel, money that is negative or not finite, or a plan that breaks a limit.

    Source: docs/risk.md section 9.
    """
    return _explaining(problem, plan, front, views).explanation()


def what_it_takes(
    problem: BudgetProblem,
    plan: Plan | Mapping[str, float],
    channel: str,
    money: float,
    *,
    front: Front | None = None,
) -> Needs:
    """What would have to be true for a channel to get so much money in a plan: the factor on its curve.

    The channel's own limits are lifted as far as its response table goes; all others hold.

    Args:
        problem: the question.
        plan: feasible; of the front, or channel -> currency for the whole plan.
        channel: its name.
        money: currency for the whole plan, more than it gets.
        front: whose ranges count as one of each goal.

    Raises:
        InputError: an unknown channel, a plan that breaks a limit, money that is not more than it gets or lies beyond
            the channel's response table, or other limits that leave no such plan.
    """
    again, row, starts = asked_money(problem, plan, channel, money, front)
    found = needs_of_plan(again, row, starts[-1])
    if found is None:
        raise _not_allowed(channel, money, "its risk is in the way")
    return found


def asked_money(
    problem: BudgetProblem, plan: Plan | Mapping[str, float], channel: str, money: float, front: Front | None
) -> tuple[Again, int, FloatArray]:
    """The question of a plan, the channel's row in it, and the plan without and with so much money for the channel.

    Raises:
        InputError: as `what_it_takes`.
    """
    check_known("channel", channel, problem.channels)
    c = problem.channels.index(channel)
    explained = _explaining(problem, plan, front, None)
    now, end = float(explained.spend[c]), float(problem.money.table_end[c])
    if not now < money <= end:
        raise InputError(
            f"money: {amount_text(money)} for `{channel}`; it must be more than the {amount_text(now)} that the plan "
            f"gives it, and no more than {amount_text(end)}, where its response table ends",
            code="explain.money",
        )
    again, row = explained.again, int(np.flatnonzero(problem.plan_tables.order == c)[0])
    forced = again.forced(row, money)
    if forced is None:
        raise _not_allowed(channel, money, "the other limits leave none")
    return again, row, np.vstack([again.base, forced])


def _not_allowed(channel: str, money: float, reason: str) -> InputError:
    return InputError(
        f"money: no higher curve of `{channel}` gives it {amount_text(money)}: {reason}. Ask for less, or widen the "
        "limits.",
        code="explain.money-not-allowed",
    )


def _explaining(
    problem: BudgetProblem, plan: Plan | Mapping[str, float], front: Front | None, views: ViewsRecord | None
) -> _Explaining:
    named = plan.spend if isinstance(plan, Plan) else plan
    spend = money_by_channel(named, problem.channels, "plan")
    broken = problem.broken(spend, tolerance=tolerance(problem))
    if broken:
        raise InputError(
            f"plan: it breaks a limit ({broken[0]}), and prices of limits are those of a plan that keeps them. Explain "
            "one of the front, or ask `evaluate` what this one brings.",
            code="explain.broken",
        )
    id = plan.id if isinstance(plan, Plan) else "plan"
    return _Explaining(asked_of_totals(problem, spend), spend, id, front, views, asked=problem)


def lead_outcome(problem: BudgetProblem) -> str:
    """The outcome that the first goal about one is about."""
    return next((goal.outcome for goal in problem.sought_goals if goal.outcome), problem.tables.outcomes[0])


def scales_of(problem: BudgetProblem, spend: FloatArray, front: Front | None) -> FloatArray:
    """What counts as one of each sought goal, (n_goals,): its range on the front, without one the plan's own amount."""
    plans = spend[None] if front is None else front.spend
    return goal_scale(problem.to_minimise(problem.measure(plans)))


@dataclass(frozen=True, eq=False)
class _Explaining:
    """A plan that is being explained.

    Args:
        problem: the question, of money spent evenly.
        spend: (n_channels,), currency for the whole plan.
        id: of the plan.
        front: whose ranges count as one of each goal; None: the plan's own amounts.
        views: what the team's views changed.
        asked: the question as it was handed over, of money in periods if these are planned.
    """

    problem: BudgetProblem
    spend: FloatArray
    id: str
    front: Front | None
    views: ViewsRecord | None
    asked: BudgetProblem

    def explanation(self) -> Explanation:
        outcome, margins = self.outcome, self.margins()
        return Explanation(
            plan=self.id,
            outcome=outcome,
            unit=self.problem.tables.units[self.problem.tables.outcomes.index(outcome)],
            currency=self.problem.currency,
            wanted=self.wanted(),
            channels=margins,
            limits=tuple(self.prices),
            why_not=why_not(self.again, self.implied, self.limits, margins, outcome, self.views),
            gains=self.gains(),
            waterfall=self.waterfall(),
            moves=self.moves(),
            spent_level=self.asked.law is not None,
            beyond_history=sum(margin.beyond_history for margin in margins.values()),
            equal=self.equal(),
        )

    @property
    def outcome(self) -> str:
        return lead_outcome(self.problem)

    @cached_property
    def counted(self) -> BudgetProblem:
        """The question with the return on a fixed total counted as its outcome, which is best for the same plans."""
        goals, feasible = self.problem.goals, self.problem.feasible
        if feasible.budget_min < feasible.budget_max or all(goal.measure != "roi" for goal in goals):
            return self.problem
        specs = {goal.name: replace(goal.spec, goal=goal.optimised) for goal in goals}
        totals = {goal.name: replace(specs[goal.name], measure="total") for goal in goals if goal.measure == "roi"}
        return self.problem.restated(goals=specs | totals)

    @property
    def n_free(self) -> int:
        """Ways in which the plan could move: channels that stand at no limit, less the limits that hold several."""
        held = {
            limit.channel for limit in self.limits if limit.channel is not None and np.count_nonzero(limit.row) == 1
        }
        together = sum(int(np.count_nonzero(limit.row) > 1) for limit in self.limits)
        return len(self.spend) - len(held) - together

    @cached_property
    def limits(self) -> Sequence[Binding]:
        return bindings(self.problem, self.spend)

    @cached_property
    def scales(self) -> FloatArray:
        return scales_of(self.counted, self.spend, self.front)

    @cached_property
    def implied(self) -> Implied:
        plan = self.problem.plan_tables.sorted(self.spend)
        return implied(self.counted, plan, self.limits, self.scales, self.outcome)

    @cached_property
    def again(self) -> Again:
        return Again(self.counted, self.problem.plan_tables.sorted(self.spend), self.implied)

    @cached_property
    def prices(self) -> list[LimitPrice]:
        prices = limit_prices(self.again, self.limits, self.implied)
        return [self.as_asked(limit, price) for limit, price in zip(self.limits, prices, strict=True)]

    def as_asked(self, limit: Binding, price: LimitPrice) -> LimitPrice:
        """The price of a rule on a goal at the bound that was asked for, of which placing money takes its part."""
        if limit.kind != "goal_rule" or limit.place is None:
            return price
        by = self.asked.goal_rules[limit.place].bound - limit.amount
        return replace(price, amount=price.amount + by, holds_from=price.holds_from + by, holds_to=price.holds_to + by)

    def wanted(self) -> Wanted:
        found, again = self.implied, self.again
        names = [goal.name for goal in self.problem.sought_goals]
        value = float(again.value(again.plan[None])[0])
        of_total = [limit.price for limit in self.prices if limit.kind == "budget"]
        left = max(value - again.base_value, 0.0) * found.in_outcome
        return Wanted(
            weights=dict(zip(names, (found.weights * self.scales).tolist(), strict=True)),
            scales=dict(zip(names, scales_of(self.problem, self.spend, self.front).tolist(), strict=True)),
            price=next(iter(of_total), None),
            residual=float(np.abs(found.remainder).max() * found.in_outcome),
            left=max(left, self.worth_of_other_choices),
            lead_share=found.lead_share,
            is_priced=found.per_outcome > 0.0,
            is_unique=self.n_free >= len(names) - 1,
            is_best=again.is_best and self.worth_of_other_choices <= _BETTER * abs(value * found.in_outcome),
        )

    @property
    def worth_of_other_choices(self) -> float:
        """What the best plan gains that uses a channel that this one leaves out, or buys a block more or less."""
        gains = [0.0]
        for limit in self.prices:
            if limit.kind in ("unused", "step"):
                gains += [limit.more or 0.0, -(limit.less or 0.0)]
        return max(gains)

    def margins(self) -> dict[str, ChannelMargin]:
        """The marginal table."""
        problem, tables = self.problem, self.problem.plan_tables
        outcome, plan = problem.tables.outcomes.index(self.outcome), self.again.plan
        brought, marginal = tables.responses(outcome, plan), marginal_returns(tables, outcome, plan)
        worth_left = -(self.implied.weights @ self.implied.slopes_left) * self.implied.in_outcome
        risk = decompose_risk(problem, dict(zip(problem.channels, self.spend.tolist(), strict=True)))
        reference, seen = problem.money.reference, problem.money.observed_max
        before = None if self.reference is None else marginal_returns(tables, outcome, tables.sorted(self.reference))
        rows: dict[str, ChannelMargin] = {}
        for row, c in sorted(enumerate(tables.order.tolist()), key=lambda pair: pair[1]):
            name, money = problem.channels[c], float(self.spend[c])
            rows[name] = ChannelMargin(
                spend=money,
                change=None if reference is None else money - float(reference[c]),
                roi=spread(brought[row] / money, tables.weights) if money > 0.0 else None,
                marginal_roi=spread(marginal[row], tables.weights),
                marginal_at_reference=None if before is None else float(before[row] @ tables.weights),
                worth=float(self.implied.worth[row]),
                worth_left=float(worth_left[row]),
                limit=next((n for n, limit in enumerate(self.limits) if limit.channel == c), None),
                beyond_history=0.0 if np.isnan(seen[c]) else max(money - float(seen[c]), 0.0),
                risk_share=risk.channels[name].total / risk.std if risk.std > 0.0 else 0.0,
            )
        return rows

    @property
    def reference(self) -> FloatArray | None:
        """The reference plan, where it lies within the tables."""
        reference = self.problem.money.reference
        is_within = reference is not None and (reference <= self.problem.money.table_end * (1.0 + 1e-12)).all()
        return reference if is_within else None

    def gains(self) -> dict[str, Gain]:
        if self.reference is None:
            return {}
        return gains_on(self.problem, self.reference, self.spend)

    def waterfall(self) -> dict[str, Waterfall]:
        if self.reference is None:
            return {}
        return waterfalls(self.problem, self.reference, self.spend)

    def moves(self) -> tuple[Move, ...]:
        """The way from the reference plan, in the lead outcome's expected total."""
        if self.reference is None:
            return ()
        spend = dict(zip(self.problem.channels, self.spend.tolist(), strict=True))
        return best_moves(self.problem, spend, goal={"measure": "total", "outcome": self.outcome}).moves

    def equal(self) -> PracticallyEqual | None:
        if self.front is None:
            return None
        return practically_equal(self.counted, self.spend, self.front, self.implied.weights)
