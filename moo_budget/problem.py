"""BudgetProblem: the question as a pymoo problem. With `algorithms` the only code that speaks pymoo's X, F and G."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from pymoo.core.problem import Problem

from moo_budget._checks import BoolArray, FloatArray, check_finite, check_shape
from moo_budget.dynamics import spent_evenly
from moo_budget.errors import Message
from moo_budget.goals import Goal
from moo_budget.hindsight import best_of_draws
from moo_budget.intervals import GoalValues, goal_values
from moo_budget.limits import FeasibleSet, GoalRule, goal_rule, nearest_kept
from moo_budget.limits.counting import Counts
from moo_budget.limits.rows import Rows
from moo_budget.measures import Batch, value_of
from moo_budget.plan_tables import PlanTables, spent_level
from moo_budget.question import question_of
from moo_budget.risk import mixture_std
from moo_budget.spec import BudgetRange, GoalSpec, LimitsSpec
from moo_budget.spec.source import SourceText
from moo_budget.structure import Structure, structure_of
from moo_budget.tables import ResponseTables
from moo_budget.yardsticks import MoneySum, Reference, Yardsticks


class Law(Protocol):
    """How plans are measured where not every plan spends level."""

    def batch(self, spend: FloatArray) -> Batch:
        """Plans (n_plans, n_channels) with what their goals are made of."""

    def placed(self, spend: FloatArray) -> FloatArray:
        """Money of plans (n_plans, n_channels) in every period, (n_plans, n_periods, n_channels), currency."""

    def marginal(self, outcome: int, spend: FloatArray) -> FloatArray:
        """Expected outcome of the next unit of money in each channel of a plan, (n_channels,) in and out."""

    def broken(self, spend: FloatArray, tolerance: float) -> tuple[str, ...]:
        """The limits per period that a plan (n_channels,) breaks, in words; `tolerance` in currency."""

    def extrapolated(self, spend: FloatArray) -> tuple[str, ...]:
        """The channels of a plan (n_channels,) that get more in a period than was ever spent on them."""


class BudgetProblem(Problem):
    """Money per channel for the whole plan against goals, within limits.

    A real pymoo problem: `_evaluate` projects what it is given onto the feasible set and writes the projected plans
    back, so any pymoo algorithm returns plans that add up and keep their limits. Goals to be maximised enter `F` with
    a minus sign: `sign` holds it, `to_minimise` and `minimised` put it there. Rules on a goal's value are what
    projection cannot keep: they enter `G`, and searches that steer by slopes see them as further columns beside F.

    Args:
        tables: response tables, money per period.
        goals: as in the problem file, or the records it becomes; None: the defaults.
        budget: money for the whole plan: a number (exactly this total), ``{min, max}``, or None for today's total.
        periods: length of the plan in the tables' periods.
        limits: as in the problem file.
        tags: names for groups of channels, for rules.
        today: channel -> money for the whole plan; None: no today and no reference.
        money_step: currency; handed-out plans are rounded to it, 0 for not.
        currency: for units and messages.
        source: the file that the limits come from, so that messages can name lines.
        calendar: whether money per period is to be planned as well (`schedule`): only plans that the periods hold are
            feasible then. Where blackouts name days: the first day of every period, and of the one after the last.
        ruled_goals: goals that rules may be about beside `goals`, and before them, as `restated` hands them on.

    Raises:
        InputError: goals, limits or today name something unknown or impossible.
        InfeasibleError: no plan obeys the limits.
        NotAvailableError: a part of the contract that a later version brings.
    """

    def __init__(
        self,
        tables: ResponseTables,
        *,
        goals: Mapping[str, GoalSpec] | Mapping[str, Mapping[str, object]] | None = None,
        budget: float | BudgetRange | Mapping[str, float] | None = None,
        periods: int = 1,
        limits: LimitsSpec | Mapping[str, object] | None = None,
        tags: Mapping[str, Sequence[str]] | None = None,
        today: Mapping[str, float] | None = None,
        money_step: float = 0.01,
        currency: str = "",
        source: SourceText | None = None,
        calendar: bool | Sequence[datetime.date] = False,
        ruled_goals: Sequence[Goal] = (),
    ) -> None:
        question = question_of(
            tables.channels,
            dict(zip(tables.outcomes, tables.units, strict=True)),
            goals=goals,
            budget=budget,
            periods=periods,
            limits=limits,
            tags=tags or {},
            today=today,
            money_step=money_step,
            currency=currency,
            source=source,
            calendar=calendar,
            table_end=tables.ends,
            observed_max=tables.observed_max,
            ruled_goals=ruled_goals,
        )
        self._question = question
        self._asked_goals = goals
        self._asked_calendar = calendar
        self._law: Law | None = None
        self.tables = tables
        self.periods = periods
        self.currency = currency
        self.money_step = money_step
        self.goals = question.goals
        self.limits = question.limits
        self.tags = question.tags
        self.budget = question.budget
        self.money = question.money
        self.rules = question.rules
        self.period_limits = question.periods
        self.feasible = question.feasible
        self.messages: tuple[Message, ...] = question.feasible.messages
        self.plan_tables = (spent_level if question.periods is None else spent_evenly)(tables, periods)
        self._sorted_feasible = self.feasible.reordered(self.plan_tables.order)
        self.yardsticks = self._yardsticks()
        self._best_of_draws: dict[int, FloatArray] = {}
        risky = [tables.outcomes.index(goal.outcome) for goal in question.measured if goal.is_risk and goal.outcome]
        self._risky = next(iter(risky), None)
        self._sought = [i for i, goal in enumerate(self.goals) if goal.optimised]
        self.sign = np.array([-1.0 if self.goals[i].direction == "max" else 1.0 for i in self._sought])
        self.steered_goals = (*self.sought_goals, *(rule.goal for rule in question.goal_rules))
        self._bind(self._rules_bound())
        super().__init__(
            n_var=len(tables.channels),
            n_obj=len(self._sought),
            n_ieq_constr=len(self.goal_rules),
            xl=self.feasible.lower.copy(),
            xu=self.feasible.upper.copy(),
        )

    def restated(
        self,
        *,
        goals: Mapping[str, GoalSpec] | None = None,
        budget: float | BudgetRange | None = None,
        limits: LimitsSpec | None = None,
        with_goal_rules: bool = True,
    ) -> BudgetProblem:
        """The same question with other goals, limits or another budget; what is None stays. Limits follow the budget.

        Args:
            goals: as in the problem file; rules on the goals of this problem stay.
            budget: total or range.
            limits: as in the problem file.
            with_goal_rules: False takes the rules on goals out.

        Raises:
            InputError: as a new problem does.
            InfeasibleError: no plan of this total obeys the limits.
        """
        today, source = self.money.today, self._question.source
        if source is not None:
            source = source.without([part for part, new in (("plan", budget), ("limits", limits)) if new is not None])
        limits = self.limits if limits is None else limits
        if not with_goal_rules and self.goal_rules:
            limits, source = replace(limits, rules=tuple(rule.text for rule in self.rules)), None
        return BudgetProblem(
            self.tables,
            goals=self._asked_goals if goals is None else goals,
            budget=self.budget if budget is None else budget,
            periods=self.periods,
            limits=limits,
            tags=self.tags,
            today=None if today is None else dict(zip(self.channels, today.tolist(), strict=True)),
            money_step=self.money_step,
            currency=self.currency,
            source=source,
            calendar=self._asked_calendar,
            ruled_goals=[rule.goal for rule in self.goal_rules] if with_goal_rules else (),
        )

    def _rules_bound(self) -> tuple[GoalRule, ...]:
        """The rules on goals' values with their bounds in the goals' units, as plans are measured now."""
        if not self._question.goal_rules:
            return ()
        box, reference = self.feasible, self.money.reference
        usual = self.batch(self.feasible.project(np.array([box.lower, box.upper, 0.5 * (box.lower + box.upper)])))
        today = None if reference is None else self.batch(reference[None])
        return tuple(
            goal_rule(
                asked,
                None if today is None else float(value_of(today, asked.goal)[0]),
                float(np.abs(value_of(usual, asked.goal)).max()),
            )
            for asked in self._question.goal_rules
        )

    def _bind(self, rules: tuple[GoalRule, ...]) -> None:
        self.goal_rules = rules
        self.steering = np.append(self.sign, [rule.factor for rule in rules])

    def under(self, law: Law | None) -> BudgetProblem:
        """The same question whose plans are measured by another law, None: spent level; a search measures as before.

        Rules on goals that speak of the reference's value speak of that under this law.
        """
        other = copy.copy(self)
        other._law = law
        other._bind(other._rules_bound())
        return other

    @property
    def law(self) -> Law | None:
        """How plans are measured; None: spent level."""
        return self._law

    def supposing(
        self,
        *,
        feasible: FeasibleSet | None = None,
        plan_tables: PlanTables | None = None,
        goal_rules: tuple[GoalRule, ...] | None = None,
    ) -> BudgetProblem:
        """The same question if other plans were allowed, the curves were others, or rules on the same goals had other
        bounds; what is None stays.

        For what-if answers, some milliseconds each: `broken` and `kept` still speak of the limits as they are, and
        `tables` of the curves.

        Args:
            feasible: what is allowed.
            plan_tables: the curves; channels in the order of this problem's.
            goal_rules: rules on goals, as many as this problem has.
        """
        supposed = copy.copy(self)
        for known in ("structure", "choosing_structure"):
            supposed.__dict__.pop(known, None)
        if feasible is not None:
            supposed.feasible = feasible
            supposed._sorted_feasible = feasible.reordered(self.plan_tables.order)
        if plan_tables is not None:
            supposed.plan_tables = plan_tables
        if goal_rules is not None:
            supposed.goal_rules = goal_rules
        supposed.yardsticks = supposed._yardsticks()
        supposed._best_of_draws = {}
        return supposed

    @property
    def channels(self) -> tuple[str, ...]:
        """Names, in the order of every channel axis."""
        return self.tables.channels

    @property
    def sought_goals(self) -> tuple[Goal, ...]:
        """The goals that are optimised, in the order of pymoo's F."""
        return tuple(self.goals[i] for i in self._sought)

    def _evaluate(self, x: FloatArray, out: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        out["X"], out["F"], out["G"] = self.project_and_steer(x)

    def project_and_measure(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Any amounts as plans within the limits on money, and the goals of these, all minimised.

        Args:
            x: (n_plans, n_channels), currency for the whole plan.

        Returns:
            The nearest plans (n_plans, n_channels) and F (n_plans, n_sought).
        """
        return self.project_and_steer(x)[:2]

    def project_and_steer(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """As `project_and_measure` of `x`, and G (n_plans, n_goal_rules): above 0 a rule is missed, by that share.

        Compiled, for many plans at once.
        """
        plans = self.project_sorted(self.plan_tables.sorted(x))
        steered = self.sorted_steered(plans)
        goals, missed = np.split(steered, [len(self._sought)], axis=1)
        return self.plan_tables.unsorted(plans), np.ascontiguousarray(goals), np.ascontiguousarray(missed)

    def minimised(self, batch: Batch) -> FloatArray:
        """F of a batch, (n_plans, n_sought)."""
        values: FloatArray = np.column_stack([value_of(batch, goal) for goal in self.sought_goals]) * self.sign
        return values

    def sorted_goals(self, plans: FloatArray) -> FloatArray:
        """F of plans (n_plans, n_channels) whose channels are in the order of `plan_tables`, (n_plans, n_sought)."""
        return self.minimised(self.sorted_batch(plans))

    def sorted_steered(self, plans: FloatArray) -> FloatArray:
        """What searches steer by, of plans (n_plans, n_channels) whose channels are in the order of `plan_tables`.

        (n_plans, n_sought + n_goal_rules): F, then by how much each rule on a goal is missed.
        """
        return self.steered_of(self.sorted_batch(plans))

    def steered_of(self, batch: Batch) -> FloatArray:
        """What searches steer by, of a batch, (n_plans, n_sought + n_goal_rules)."""
        values = {goal: value_of(batch, goal) for goal in dict.fromkeys(self.steered_goals)}
        return self.steered(np.column_stack([values[goal] for goal in self.steered_goals]))

    def steered(self, values: FloatArray) -> FloatArray:
        """`values` of `steered_goals` as searches steer by them, (n_plans, n_sought + n_goal_rules) in and out."""
        steered: FloatArray = values * self.steering
        for column, rule in enumerate(self.goal_rules, start=len(self._sought)):
            steered[:, column] -= rule.asked
        return steered

    def project_sorted(self, plans: FloatArray) -> FloatArray:
        """The nearest feasible plans, (n_plans, n_channels) in and out; channels in the order of `plan_tables`."""
        return self._sorted_feasible.project(plans)

    def held_sorted(self, plans: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Bounds (n_plans, n_channels) within which plans use the same channels and blocks; order of `plan_tables`."""
        return self._sorted_feasible.held(plans)

    @property
    def sorted_rows(self) -> Rows:
        """The money rules; channels in the order of `plan_tables`."""
        return self._sorted_feasible.rows

    def sorted_batch(self, plans: FloatArray) -> Batch:
        """As `batch`, of plans (n_plans, n_channels) whose channels are in the order of `plan_tables`."""
        totals = self.feasible.budget_min, self.feasible.budget_max
        return Batch(
            self.plan_tables, self.tables.outcomes, plans, self.yardsticks, self.best_of_draws, self._risky, totals
        )

    def to_minimise(self, values: FloatArray) -> FloatArray:
        """`values` of all goals (n_plans, n_goals) as pymoo's F, (n_plans, n_sought)."""
        minimised: FloatArray = values[:, self._sought] * self.sign
        return minimised

    def batch(self, spend: FloatArray) -> Batch:
        """Plans with what their goals are made of; spend (n_plans, n_channels), currency for the whole plan."""
        return self.sorted_batch(self.plan_tables.sorted(spend)) if self._law is None else self._law.batch(spend)

    @cached_property
    def structure(self) -> Structure:
        """Curves and limits, channel by channel, as the structured search reads them."""
        return self._structure(self._sorted_feasible.min_if_used)

    @cached_property
    def choosing_structure(self) -> Structure:
        """The same with counted channels' choice and whole blocks, as bounds read it."""
        return self._structure(self._sorted_feasible.least_used, self._sorted_feasible.block)

    @property
    def sorted_counts(self) -> Counts:
        """How many channels may be used; channels in the order of `plan_tables`."""
        return self._sorted_feasible.counts

    def _structure(self, least_used: FloatArray, block: FloatArray | None = None) -> Structure:
        feasible = self._sorted_feasible
        return structure_of(
            self.plan_tables,
            lower=feasible.lower,
            upper=np.minimum(feasible.upper, feasible.share * feasible.budget_max),
            min_if_used=least_used,
            budget_min=feasible.budget_min,
            budget_max=feasible.budget_max,
            kinks=self.kinks,
            block=block,
        )

    def best_of_draws(self, outcome: int) -> FloatArray:
        """What no feasible plan exceeds under each draw, (n_draws,); `outcome` is a row of the tables."""
        if outcome not in self._best_of_draws:
            self._best_of_draws[outcome] = best_of_draws(self.plan_tables, self.structure, outcome)
        return self._best_of_draws[outcome]

    def _yardsticks(self) -> Yardsticks:
        tables, reference = self.plan_tables, self.money.reference
        seen = tables.sorted(self.money.observed_max)
        return Yardsticks(
            reference_plan=None if reference is None else Reference(tables, tables.sorted(reference)),
            seen=np.where(np.isnan(seen), np.inf, seen),
        )

    @property
    def kinked_sums(self) -> tuple[MoneySum, ...]:
        """Sums over channels of money alone that have kinks and a goal that is made of them; see `Yardsticks`."""
        measures = {goal.measure for goal in self.steered_goals}
        names: dict[str, MoneySum] = {"change": "moved", "beyond_history": "beyond"}
        return tuple(name for measure, name in names.items() if measure in measures)

    @property
    def kinks(self) -> FloatArray:
        """Where the sums of `kinked_sums` have kinks, (n_channels, n_kinks), channels in the order of `plan_tables`."""
        where = [self.yardsticks.kink(name) for name in self.kinked_sums]
        return np.column_stack(where) if where else np.empty((len(self.channels), 0))

    def per_period(self, spend: FloatArray) -> FloatArray:
        """`spend` of the whole plan as currency per period, (n_plans, n_channels) in and out."""
        return np.ascontiguousarray(spend / self.periods)

    def totals(self, outcome: str, spend: FloatArray) -> FloatArray:
        """Expected incremental outcome over the whole plan, (n_plans,); `spend` as in `measure`."""
        return self.batch(spend).totals[:, self.tables.outcomes.index(outcome)]

    def moments(self, outcome: str, spend: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean and variance of the plan's outcome, (n_plans, n_draws), a draw a column; `spend` as in `measure`."""
        return self.batch(spend).moments(self.tables.outcomes.index(outcome))

    def std(self, outcome: str, spend: FloatArray) -> FloatArray:
        """Standard deviation of the incremental outcome over the whole plan, (n_plans,); `spend` as in `measure`."""
        return mixture_std(*self.moments(outcome, spend), self.tables.weights)

    def measure(self, spend: FloatArray) -> FloatArray:
        """Every goal of every plan as a strategist reads it.

        Args:
            spend: (n_plans, n_channels), currency for the whole plan; need not be feasible.

        Returns:
            (n_plans, n_goals), each in its goal's unit; NaN where a plan lies beyond a table's end.

        Raises:
            InputError: spend has another shape, or is not finite.
        """
        batch = self._checked(spend)
        return np.column_stack([value_of(batch, goal) for goal in self.goals])

    def _checked(self, spend: FloatArray) -> Batch:
        spend = np.asarray(spend, dtype=float)
        check_shape("spend", spend, (None, len(self.channels)), "(n_plans, n_channels)")
        check_finite("spend", spend)
        return self.batch(spend)

    def values(self, spend: FloatArray) -> GoalValues:
        """Every goal of every plan with its intervals, (n_plans, n_goals) each; `spend` as in `measure`.

        Raises:
            InputError: as `measure`.
        """
        return goal_values(self.goals, self._checked(spend), self.tables, self.periods)

    def broken(self, spend: FloatArray, *, tolerance: float | None = None) -> tuple[str, ...]:
        """The limits that `spend` (n_channels,) breaks, in words; `tolerance` in currency, None: a rounding error.

        Written without the projection and the searches, so that it can be trusted to check them. A rule on a goal may
        be missed by a millionth of its bound, of a probability or share by 1e-6.
        """
        spend, slack = np.asarray(spend, dtype=float), self._slack if tolerance is None else tolerance
        of_goals = [
            rule.text_of(float(value[0]))
            for rule, value in zip(self.goal_rules, self.rule_values(spend[None]), strict=True)
            if not rule.kept(value)[0]
        ]
        per_period = () if self._law is None else self._law.broken(spend, slack)
        return (*self._question.check.broken(spend, slack), *of_goals, *per_period)

    def kept(self, spend: FloatArray) -> BoolArray:
        """Whether `spend` (n_plans, n_channels) keeps all limits, (n_plans,); checked as `broken` does, but many."""
        kept = self.money_kept(spend)
        for rule, value in zip(self.goal_rules, self.rule_values(spend), strict=True):
            kept &= rule.kept(value)
        return kept

    def nearest_kept(self, plan: FloatArray) -> FloatArray:
        """The plan with least money in other places than a plan's that the limits on money allow, also per period.

        By a mixed-integer programme, in currency for the whole plan, (n_channels,) in and out.
        """
        return nearest_kept(self._question.named_limits, plan)

    def money_kept(self, spend: FloatArray) -> BoolArray:
        """Whether `spend` keeps all limits but rules on goals, (n_plans,): see `kept`."""
        kept = self._question.check.kept(spend, self._slack)
        if self._law is not None:
            kept &= np.array([not self._law.broken(plan, self._slack) for plan in spend], dtype=bool)
        return kept

    def rule_values(self, spend: FloatArray) -> FloatArray:
        """What rules on goals are about, each in its unit, (n_goal_rules, n_plans); `spend` as in `measure`."""
        if not self.goal_rules:
            return np.empty((0, len(spend)))
        batch = self.batch(spend)
        return np.array([value_of(batch, rule.goal) for rule in self.goal_rules])

    @property
    def _slack(self) -> float:
        """Currency: a rounding error."""
        return 1e-9 * self.budget.max

    def extrapolated(self, spend: FloatArray) -> tuple[str, ...]:
        """The channels that get more of `spend` (n_channels,) per period than was ever spent on them."""
        if self._law is not None:
            return self._law.extrapolated(spend)
        seen = self.money.observed_max
        return tuple(name for c, name in enumerate(self.channels) if spend[c] > seen[c] * (1 + 1e-9))
