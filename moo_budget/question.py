"""What is asked of plans: goals and limits, resolved against the channels before anything is known of their effects."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray, amount_text, check_known
from moo_budget.errors import InputError
from moo_budget.goals import Goal, resolve_goals
from moo_budget.limits import (
    CountRule,
    FeasibleSet,
    LimitCheck,
    Money,
    PeriodLimits,
    Rule,
    Words,
    feasible_set,
    known_money,
    named_limits,
    period_limits,
    read_goal_rules,
    read_rules,
)
from moo_budget.limits.goal_rules import AskedOfGoal
from moo_budget.limits.named import NamedLimits
from moo_budget.spec import BudgetRange, GoalSpec, LimitsSpec, budget_range, limits_from, require_available
from moo_budget.spec.source import SourceText


@dataclass(frozen=True, eq=False)
class Question:
    """Goals and limits of a problem.

    Args:
        goals: what is wanted, those that are only measured among them.
        limits: as in the problem file.
        tags: names for groups of channels.
        budget: for the whole plan.
        money: what limits and goals compare plans with.
        rules: on money and counts.
        goal_rules: on a goal's value, as they are written.
        periods: what is allowed in every period; None where plans are spent level.
        named_limits: those on money, each under the name that the planner knows it by.
        feasible: the plans that keep all limits on money.
        check: the same limits once more, to check plans by.
        source: the file that the limits come from.
    """

    goals: tuple[Goal, ...]
    limits: LimitsSpec
    tags: dict[str, tuple[str, ...]]
    budget: BudgetRange
    money: Money
    rules: tuple[Rule | CountRule, ...]
    goal_rules: tuple[AskedOfGoal, ...]
    periods: PeriodLimits | None
    named_limits: NamedLimits
    feasible: FeasibleSet
    check: LimitCheck
    source: SourceText | None

    @property
    def measured(self) -> tuple[Goal, ...]:
        """All goals that plans are measured by: the wanted ones, and those that rules are about."""
        return tuple(dict.fromkeys((*self.goals, *(rule.goal for rule in self.goal_rules))))


def question_of(
    channels: tuple[str, ...],
    units: Mapping[str, str],
    *,
    goals: Mapping[str, GoalSpec] | Mapping[str, Mapping[str, object]] | None,
    budget: float | BudgetRange | Mapping[str, float] | None,
    periods: int,
    limits: LimitsSpec | Mapping[str, object] | None,
    tags: Mapping[str, Sequence[str]],
    today: Mapping[str, float] | None,
    money_step: float,
    currency: str,
    source: SourceText | None,
    calendar: bool | Sequence[datetime.date],
    table_end: FloatArray,
    observed_max: FloatArray,
    ruled_goals: Sequence[Goal] = (),
) -> Question:
    """What `BudgetProblem` and, before anything is learned, `check` are asked.

    Args:
        channels: names.
        units: outcome -> unit.
        goals: as `BudgetProblem` takes them, and so on to `calendar`.
        budget: money for the whole plan.
        periods: length of the plan.
        limits: as in the problem file.
        tags: names for groups of channels.
        today: channel -> money for the whole plan.
        money_step: currency.
        currency: for units and messages.
        source: the file that the limits come from.
        calendar: whether money per period is to be planned as well.
        table_end: (n_channels,), currency per period, to which responses are or will be known.
        observed_max: (n_channels,), currency per period; NaN where nothing was observed.
        ruled_goals: goals that rules may be about beside `goals`, and before them.

    Raises:
        InputError: goals, limits or today name something unknown or impossible.
        InfeasibleError: no plan obeys the limits.
        NotAvailableError: a part of the contract that a later version brings.
    """
    _check_numbers(periods, money_step)
    limits = limits_from(limits)
    require_available(limits, where="limits")
    checked_tags = _checked_tags(tags, channels)
    total = budget_range(budget, today, money_step)
    money = known_money(
        channels,
        table_end=table_end,
        observed_max=observed_max,
        periods=periods,
        today=today,
        budget=total,
        money_step=money_step,
    )
    wanted = resolve_goals(
        goals, tuple(units), tuple(units.values()), currency, has_reference=money.reference is not None
    )
    named = (*ruled_goals, *wanted)
    words = Words(money, checked_tags, [goal.name for goal in named])
    rules = read_rules(limits.rules, words, source)
    goal_rules = read_goal_rules(limits.rules, words, named, source)
    if goal_rules:
        _check_free_total(wanted, total, today)
    measured = (*wanted, *(rule.goal for rule in goal_rules))
    _check_reference(measured, money)
    _check_seen(measured, money)
    allowed = _allowed_per_period(limits, wanted, money, periods, calendar)
    of_money = named_limits(limits, total, money, rules, source, allowed)
    return Question(
        goals=wanted,
        limits=limits,
        tags=checked_tags,
        budget=total,
        money=money,
        rules=rules,
        goal_rules=goal_rules,
        periods=allowed,
        named_limits=of_money,
        feasible=feasible_set(of_money),
        check=LimitCheck(limits, total, money, rules, words),
        source=source,
    )


def _check_reference(goals: Sequence[Goal], money: Money) -> None:
    """A plan can be compared with the reference, draw by draw, only where that has responses."""
    if money.reference is None:
        return
    for c in np.flatnonzero(money.reference > money.table_end * (1 + 1e-9)):
        for goal in goals:
            if goal.against_today:
                raise InputError(
                    f"goals.{goal.name} compares with the reference plan, which gives `{money.channels[c]}` "
                    f"{amount_text(money.reference[c])}; its response table ends at {amount_text(money.table_end[c])}. "
                    "Make the table longer (an explicit max), lower the budget, or give target a number.",
                    code="goals.reference-beyond-table",
                )


def _check_free_total(goals: Sequence[Goal], budget: BudgetRange, today: Mapping[str, float] | None) -> None:
    """The least money that keeps rules on goals can be sought only where the total is free."""
    sought = [goal for goal in goals if goal.optimised]
    if budget.min == budget.max and all(goal.measure == "spend" for goal in sought):
        most = sum(today.values()) if today else budget.max
        raise InputError(
            f"goals.{sought[0].name} seeks the least money, and [plan] budget fixes the total at "
            f"{amount_text(budget.max)}. Give a range within which it is free, such as "
            f"budget = {{ min = 0, max = {2.0 * max(most, budget.max):.0f} }}.",
            code="goals.spend-fixed",
        )


def _check_seen(goals: Sequence[Goal], money: Money) -> None:
    """What lies beyond history can be told only where there is one."""
    for goal in goals:
        if goal.measure == "beyond_history" and np.isnan(money.observed_max).all():
            raise InputError(
                f"goals.{goal.name} measures money beyond what was ever spent, and curves of one's own do not say what "
                "that is. Take the goal out, or cap the channels with an explicit max.",
                code="goals.beyond-history-without-history",
            )


def _allowed_per_period(
    limits: LimitsSpec, goals: Sequence[Goal], money: Money, periods: int, calendar: bool | Sequence[datetime.date]
) -> PeriodLimits | None:
    """What the calendar's limits allow in every period; None where money is not planned per period."""
    if calendar is False:
        if limits.calendar:
            raise InputError(
                "limits.calendar limits money per period, and this plan spends level. Plan a calendar "
                "(calendar = true), or take the table out.",
                code="limits.calendar-of-level-plan",
            )
        return None
    for goal in goals:
        if goal.measure == "regret":
            raise InputError(
                f"goals.{goal.name} is measured against the best plan of every draw, which is known of level plans "
                "only. Take the goal out, or plan without a calendar.",
                code="goals.regret-with-calendar",
            )
    starts = None if calendar is True else tuple(calendar)
    if starts is not None and (len(starts) != periods + 1 or list(starts) != sorted(set(starts))):
        raise InputError(
            f"calendar has {len(starts)} dates; for {periods} periods it needs {periods + 1} that rise: the first day "
            "of every period, and of the one after the last",
            code="problem.calendar-dates",
        )
    return period_limits(limits, money, periods, starts)


def _check_numbers(periods: int, money_step: float) -> None:
    if periods < 1 or periods != int(periods):
        raise InputError(f"periods is {periods}; a plan has 1, 2, 3, ... periods", code="problem.periods")
    if not 0.0 <= money_step < np.inf:
        raise InputError(f"money_step is {money_step}; it must be 0 (not rounded) or more", code="problem.money-step")


def _checked_tags(tags: Mapping[str, Sequence[str]], channels: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    for tag, members in tags.items():
        for name in members:
            check_known("channel", name, channels, f"tags.{tag}")
    return {tag: tuple(members) for tag, members in tags.items()}
