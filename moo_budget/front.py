"""The Pareto front of budget plans, and one plan of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from moo_budget._checks import FloatArray, check_known, check_shape, frozen
from moo_budget.errors import InputError, Message
from moo_budget.intervals import GoalValues
from moo_budget.problem import BudgetProblem

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from moo_budget.choose import ChosenPlan

INTERVAL = ("value", "low", "high", "estimate_low", "estimate_high")


@dataclass(frozen=True)
class GoalValue:
    """One goal of one plan with its intervals, in the goal's unit; without a distribution all are the value.

    Args:
        value: expected, or what the goal's measure says.
        low: 10th percentile of what may come, market noise included.
        high: 90th percentile.
        estimate_low: 5th percentile of the expected value over draws.
        estimate_high: 95th percentile.
    """

    value: float
    low: float
    high: float
    estimate_low: float
    estimate_high: float


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """Money for every channel and what it brings.

    Args:
        id: of the front, or ``today``, ``reference``, or what its maker calls it.
        spend: channel -> currency for the whole plan.
        goals: goal -> value with intervals; None where the plan lies beyond a table's end.
        extrapolated: channels that get more per period than was ever spent on them.
        breaks: the limits it does not keep, in words.
    """

    id: str
    spend: dict[str, float]
    goals: dict[str, GoalValue] | None
    extrapolated: tuple[str, ...]
    breaks: tuple[str, ...]

    @property
    def total(self) -> float:
        """Currency for the whole plan."""
        return sum(self.spend.values())

    def __repr__(self) -> str:
        """Its name, its money and where it is special, in a line."""
        beyond = f"; beyond past spend: {len(self.extrapolated)}" if self.extrapolated else ""
        breaks = f"; breaks {len(self.breaks)} limits" if self.breaks else ""
        return f"{type(self).__name__}({self.id!r}: {self.total:,.2f} on {len(self.spend)} channels{beyond}{breaks})"

    def _repr_html_(self) -> str:
        from moo_budget.report.notebook import plan_html

        return plan_html(self)


@dataclass(frozen=True, eq=False, repr=False)
class MeasuredPlan(Plan):
    """A plan within the tables, as every one that a search hands out: all its goals are known.

    Args:
        goals: goal -> value with intervals.
    """

    goals: dict[str, GoalValue]


def plan_of(problem: BudgetProblem, spend: FloatArray, id: str) -> Plan:
    """A plan from its money (n_channels,), evaluated; it may lie beyond a table's end."""
    plan = measured(problem, spend, id)
    beyond = any(np.isnan(goal.value) for goal in plan.goals.values())
    return Plan(**vars(plan) | {"goals": None}) if beyond else plan


def measured(problem: BudgetProblem, spend: FloatArray, id: str) -> MeasuredPlan:
    """The same of money (n_channels,) that lies within the tables, as what the limits allow always does."""
    return _measured(problem, spend, problem.values(spend[None]), 0, id)


def _measured(problem: BudgetProblem, spend: FloatArray, values: GoalValues, row: int, id: str) -> MeasuredPlan:
    goals = {
        goal.name: GoalValue(*(float(getattr(values, part)[row, g]) for part in INTERVAL))
        for g, goal in enumerate(problem.goals)
    }
    return MeasuredPlan(
        id=id,
        spend=dict(zip(problem.channels, spend.tolist(), strict=True)),
        goals=goals,
        extrapolated=problem.extrapolated(spend),
        breaks=problem.broken(spend),
    )


@dataclass(frozen=True, eq=False)
class Front:
    """Plans none of which is better than another in every goal; feasible, no two the same, the lead goal's best first.

    Args:
        problem: the question.
        spend: (n_plans, n_channels), currency for the whole plan.
        values: goals with intervals, arrays (n_plans, n_goals).
        algorithm: what searched, by name.
        seed: that makes the same front again.
        n_evaluations: plans whose goals were computed.
        status: ``done``, or ``stopped`` by a person, a signal or the time limit.
        messages: what happened on the way.
    """

    problem: BudgetProblem
    spend: FloatArray
    values: GoalValues
    algorithm: str
    seed: int
    n_evaluations: int
    status: Literal["done", "stopped"]
    messages: tuple[Message, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "spend", frozen(self.spend))
        check_shape("spend", self.spend, (None, len(self.problem.channels)), "(n_plans, n_channels)")
        shape = (len(self.spend), len(self.problem.goals))
        check_shape("values", self.values.value, shape, "(n_plans, n_goals)")
        for row, g in np.argwhere(np.isnan(self.values.value)):
            raise InputError(
                f"plan {row + 1} of the front has no value of {self.problem.goals[g].name}: it lies beyond a table's "
                "end, or nobody evaluated it. Leave it out, or make the table longer.",
                code="front.unknown-value",
            )

    def __len__(self) -> int:
        return len(self.spend)

    def __repr__(self) -> str:
        goals = ", ".join(goal.name for goal in self.problem.goals)
        return f"Front({len(self)} plans over {goals}; {self.algorithm}, seed {self.seed}, {self.status})"

    def _repr_html_(self) -> str:
        from moo_budget.report.notebook import front_html

        return front_html(self)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Names of the plans: "1" for the one that is best in the lead goal, and so on."""
        return tuple(str(row + 1) for row in range(len(self)))

    @property
    def plans(self) -> tuple[MeasuredPlan, ...]:
        """Every plan, in the order of `ids`."""
        return tuple(_measured(self.problem, self.spend[i], self.values, i, id) for i, id in enumerate(self.ids))

    def plan(self, id: str) -> MeasuredPlan:
        """The plan with this id.

        Raises:
            InputError: no plan of the front has it.
        """
        check_known("plan", id, self.ids)
        row = self.ids.index(id)
        return _measured(self.problem, self.spend[row], self.values, row, id)

    @property
    def today(self) -> Plan | None:
        """What is spent today, evaluated; None where nobody said."""
        money = self.problem.money.today
        return None if money is None else plan_of(self.problem, money, "today")

    @property
    def reference(self) -> Plan | None:
        """Today's mix at the plan's total, evaluated: the yardstick of every comparison."""
        money = self.problem.money.reference
        return None if money is None else plan_of(self.problem, money, "reference")

    def choose(
        self,
        name: str | None = None,
        *,
        aspiration: Mapping[str, float] | None = None,
        weights: Mapping[str, float] | None = None,
        than: str | None = None,
    ) -> ChosenPlan:
        """One plan, by a rule or by what is asked of the goals; the rules stand in docs/design.md section 7.

        Args:
            name: a name in CHOOSERS, such as ``safest``, ``balanced``, ``boldest`` or ``knee``; None: ``balanced``, or
                what the other arguments ask for.
            aspiration: goal -> value in its unit. The plan is solved for, not picked: see `reach`.
            weights: goal -> how much a range of it counts. The plan is solved for too.
            than: id of the plan than which another is to be ``safer`` or ``bolder``.

        Raises:
            InputError: there is no such rule, goal or plan, or the rule takes other arguments than are given.
        """
        from moo_budget.choose import choose_plan

        return choose_plan(self, name, aspiration=aspiration, weights=weights, than=than)

    def plot(self, kind: str = "trade_off") -> Figure:
        """The front as a picture, for notebooks and slides: ``figure.savefig("front.png")``.

        Args:
            kind: ``trade_off``, the lead goal against each other goal; ``scatter_matrix``, every goal against every
                other; ``parallel``, an axis a goal and a line a plan; ``risk``, the efficient frontier of the outcome
                at risk with all plans of the front, and what each channel gets along it; ``curves``, what each channel
                brings; ``waterfall``, from the reference to the balanced plan; ``calendar``, when the balanced plan's
                money is spent.

        Raises:
            InputError: there is no such kind, or nothing to draw: a front of one goal has no trade-off, one without
                today no waterfall, one of level plans no calendar.
        """
        from moo_budget.report.plots import PLOTS

        check_known("kind", kind, PLOTS)
        return PLOTS[kind](self)

    def to_frame(self, plans: Sequence[Plan] | None = None) -> pd.DataFrame:
        """The columns of `front.csv`: a row a plan, then today and reference where they exist.

        Args:
            plans: instead of all plans of the front, any plans of its problem.
        """
        from moo_budget.choose import picks

        names: dict[str, list[str]] = {}
        for name, id in picks(self).ids.items():
            names.setdefault(id, []).append(name)
        extra = [plan for plan in (self.today, self.reference) if plan is not None]
        rows = (*(self.plans if plans is None else plans), *extra)
        return pd.DataFrame([_row(self.problem, plan, "+".join(names.get(plan.id, []))) for plan in rows])


def _row(problem: BudgetProblem, plan: Plan, pick: str) -> dict[str, Any]:
    row: dict[str, Any] = {"plan_id": plan.id, "pick": pick}
    for goal in sorted(problem.goals, key=lambda goal: not goal.optimised):
        values = plan.goals[goal.name] if plan.goals else None
        for part in INTERVAL:
            column = goal.name if part == "value" else f"{goal.name}_{part}"
            row[column] = None if values is None else getattr(values, part)
    return row | {f"spend_{name}": amount for name, amount in plan.spend.items()}
