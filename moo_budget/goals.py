"""What is wanted: goals as an outcome, a measure and a direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from moo_budget._checks import check_known
from moo_budget.errors import InputError, listed
from moo_budget.spec import GoalSpec, goals_from, require_available

Direction = Literal["max", "min"]

PROBABILITY = "probability"  # the unit of a shortfall, which is shown as a percentage
SHARE = "share of money"  # so is this one


@dataclass(frozen=True)
class Measure:
    """A row of the table of measures in docs/design.md section 4.

    Args:
        direction: what a strategist wants of it.
        of_outcome: it measures an outcome; else money alone.
        is_risk: its best plan is the safe one.
        unit: with ``{outcome}`` and ``{currency}``.
    """

    direction: Direction
    of_outcome: bool
    is_risk: bool
    unit: str


MEASURES: dict[str, Measure] = {
    "total": Measure("max", of_outcome=True, is_risk=False, unit="{outcome}"),
    "roi": Measure("max", of_outcome=True, is_risk=False, unit="{outcome} per {currency}"),
    "profit": Measure("max", of_outcome=True, is_risk=False, unit="{currency}"),
    "std": Measure("min", of_outcome=True, is_risk=True, unit="{outcome}"),
    "semi_deviation": Measure("min", of_outcome=True, is_risk=True, unit="{outcome}"),
    "tail_mean": Measure("max", of_outcome=True, is_risk=True, unit="{outcome}"),
    "shortfall": Measure("min", of_outcome=True, is_risk=True, unit=PROBABILITY),
    "regret": Measure("min", of_outcome=True, is_risk=True, unit="{outcome}"),
    "spend": Measure("min", of_outcome=False, is_risk=False, unit="{currency}"),
    "change": Measure("min", of_outcome=False, is_risk=False, unit="{currency}"),
    "beyond_history": Measure("min", of_outcome=False, is_risk=False, unit=SHARE),
    "effective_channels": Measure("max", of_outcome=False, is_risk=False, unit="channels"),
}


@dataclass(frozen=True)
class Goal:
    """One goal of a problem.

    Args:
        name: as the problem file calls it.
        measure: a name in MEASURES.
        outcome: the outcome it measures; None for measures of money.
        unit: of its values.
        margin: profit only: currency earned per unit of the outcome.
        level: tail_mean and regret only: they are means of the worst 1 - level of cases, or of draws.
        target: shortfall only: outcome to stay above, over the whole plan; "today": that of the reference plan.
        optimised: False for a goal that is measured and not sought.
    """

    name: str
    measure: str
    outcome: str | None
    unit: str
    margin: float = 1.0
    level: float = 0.9
    target: float | Literal["today"] = "today"
    optimised: bool = True

    @property
    def direction(self) -> Direction:
        """Whether more or less of it is better."""
        return MEASURES[self.measure].direction

    @property
    def is_risk(self) -> bool:
        """Whether its best plan is the safe one."""
        return MEASURES[self.measure].is_risk

    @property
    def against_today(self) -> bool:
        """Whether it is a shortfall against the reference plan: then it is about the difference of the two plans."""
        return self.measure == "shortfall" and self.target == "today"

    @property
    def target_amount(self) -> float:
        """The outcome, or the difference to the reference plan, that a shortfall stays below."""
        return 0.0 if self.target == "today" else self.target

    @property
    def needs_reference(self) -> bool:
        """Whether it compares with the reference plan."""
        return self.measure == "change" or self.against_today

    @property
    def spec(self) -> GoalSpec:
        """The goal as the problem file states it, sought in any case."""
        return GoalSpec(self.measure, self.outcome, **self.parameters)  # type: ignore[arg-type]

    @property
    def parameters(self) -> dict[str, float | Literal["today"]]:
        """What the measure needs beside the outcome, as `result.json` names it."""
        names = {"profit": "margin", "tail_mean": "level", "regret": "level", "shortfall": "target"}
        name = names.get(self.measure)
        return {} if name is None else {name: getattr(self, name)}


def resolve_goals(
    goals: Mapping[str, GoalSpec] | Mapping[str, Mapping[str, object]] | None,
    outcomes: Sequence[str],
    units: Sequence[str],
    currency: str,
    *,
    has_reference: bool,
) -> tuple[Goal, ...]:
    """The goals in order, each with its unit; None: the defaults of docs/design.md section 4.

    Args:
        goals: as in the problem file, or the records it becomes.
        outcomes: names of the outcomes that the tables have.
        units: of each outcome.
        currency: name of the money, for units; may be empty.
        has_reference: whether there is a reference plan, without which nothing can be moved away from it.

    Raises:
        InputError: an outcome that is not known, a measure without what it needs, or nothing to optimise.
        NotAvailableError: a measure that a later version brings.
    """
    specs = default_goals(outcomes, units, currency) if goals is None else goals_from(goals)
    unit_of = dict(zip(outcomes, units, strict=True))
    resolved = []
    for name, spec in specs.items():
        require_available(spec, where=f"goals.{name}")
        if spec.outcome is not None:
            check_known("outcome", spec.outcome, outcomes, f"goals.{name}")
        words = {
            "outcome": unit_of.get(spec.outcome or "") or spec.outcome or "",
            "currency": currency or "unit of money",
        }
        unit = MEASURES[spec.measure].unit.format(**words)
        given = {key: getattr(spec, key) for key in ("margin", "level", "target") if getattr(spec, key) is not None}
        goal = Goal(name, spec.measure, spec.outcome, unit, optimised=spec.goal, **given)
        if goal.needs_reference and not has_reference:
            raise _without_reference(goal)
        resolved.append(goal)
    return tuple(resolved)


def _without_reference(goal: Goal) -> InputError:
    what, instead = {
        "change": ("measures money moved from the reference plan", "take the goal out"),
        "shortfall": ("measures the probability of ending below the reference plan", "give target a number"),
    }[goal.measure]
    return InputError(
        f"goals.{goal.name} {what}, and there is none without money spent today. Give [plan] today, or {instead}.",
        code=f"goals.{goal.measure}-without-reference",
    )


def default_goals(outcomes: Sequence[str], units: Sequence[str], currency: str) -> dict[str, GoalSpec]:
    """Return and risk of revenue, totals of awareness and engagement, as far as these outcomes exist.

    Raises:
        InputError: none of them does.
    """
    in_currency = [name for name, unit in zip(outcomes, units, strict=True) if currency and unit == currency]
    money = "revenue" if "revenue" in outcomes else next(iter(in_currency), None)
    goals: dict[str, GoalSpec] = {}
    if money is not None:
        goals["roi"] = GoalSpec("roi", money)
    for name in ("awareness", "engagement"):
        if name in outcomes:
            goals[name] = GoalSpec("total", name)
    if money is not None:
        goals["risk"] = GoalSpec("std", money)
    if not goals:
        raise InputError(
            f"no goals: none of the outcomes ({listed(outcomes)}) is named revenue, awareness or engagement or is "
            f"counted in the currency ({currency or 'not named'}). Write a [goals] section, such as "
            f'{outcomes[0]} = {{ outcome = "{outcomes[0]}", measure = "total" }}.',
            code="goals.none",
        )
    return goals
