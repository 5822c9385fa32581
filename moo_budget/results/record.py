"""The result of a run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from moo_budget.certificate import Certificate
from moo_budget.choose import ChosenPlan, Group, Picks, groups, knee, picks
from moo_budget.efficient_frontier import EfficientFrontier
from moo_budget.errors import Message
from moo_budget.explain import Explanation, FirstTest
from moo_budget.front import Front, Plan
from moo_budget.problem import BudgetProblem
from moo_budget.spec import Language, ProblemSpec
from moo_budget.views import ViewsRecord

Period = Literal["day", "week", "month", "quarter", "year", "none"]


@dataclass(frozen=True, eq=False)
class Result:
    """Everything a run found, enough to write every file of the folder again.

    Args:
        spec: the problem file.
        problem_text: the same as text, as it was solved.
        front: plans with their problem.
        period: of the history: day, week, month, quarter, year or none.
        history: {file, sha256, rows, start, end} of the table; None for curves of one's own.
        today_text: where today's money comes from, such as "mean of the last 13 weeks x 13"; empty without today.
        fit: outcome -> what was learned and how well, ready for JSON.
        messages: what a person should know, from reading to choosing.
        created: when, ISO 8601 with time zone.
        versions: of the program and of what it stands on.
        certificate: how far the front can be from perfect; None where nobody computed it.
        views: what the team's views changed; None without views.
        efficient_frontier: least risk for what is expected of the outcome at risk; None where nobody computed it.
        explanations: plan id -> why this plan; of the picks, empty where nobody explained them.
        first_test: what to test first for the balanced plan; None where nobody asked.
    """

    spec: ProblemSpec
    problem_text: str
    front: Front
    period: Period
    history: dict[str, Any] | None
    today_text: str
    fit: dict[str, dict[str, Any]]
    messages: tuple[Message, ...]
    created: str
    versions: dict[str, str]
    certificate: Certificate | None = None
    views: ViewsRecord | None = None
    efficient_frontier: EfficientFrontier | None = None
    explanations: dict[str, Explanation] = field(default_factory=dict)
    first_test: FirstTest | None = None

    @property
    def problem(self) -> BudgetProblem:
        """The question that was solved."""
        return self.front.problem

    def in_language(self, lang: Language | None) -> Result:
        """The same result, told in `lang`; None: in its own language."""
        return replace(self, spec=self.spec.in_language(lang))

    @cached_property
    def picks(self) -> Picks:
        """Safest, balanced and boldest plan."""
        return picks(self.front)

    @cached_property
    def knee(self) -> ChosenPlan | None:
        """The plan that it costs most to leave; None where no plan stands out."""
        found = knee(self.front)
        return None if found.messages else found

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Plans that spend alike, with one delegate each."""
        return groups(self.front)

    @property
    def compared(self) -> tuple[Plan, ...]:
        """Today, the reference and the picks, each once; those that lie within the tables."""
        front = self.front
        plans = [front.today, front.reference, *map(front.plan, dict.fromkeys(self.picks.ids.values()))]
        return tuple(plan for plan in plans if plan is not None and plan.goals is not None)
