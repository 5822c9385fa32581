"""The page in the making: a result, the plans that are shown of it, and the words to say it in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from moo_budget.goals import Goal
from moo_budget.moves import Move, best_moves
from moo_budget.report import numbers
from moo_budget.report.facts import Shown, drawn_channels, lead_outcome, shown_plans, unit_of
from moo_budget.report.words import Words
from moo_budget.results import Result

_WHOLE_FROM = 10_000.0  # budgets from here on are shown in whole units of money
_DIGITS = 6  # of a smaller budget


@dataclass(frozen=True, eq=False)
class Page:
    """What every part of the page is written from.

    Args:
        result: what was found.
        say: the words.
        shown: today, reference and picks, in this order.
        outcome: the lead outcome.
    """

    result: Result
    say: Words
    shown: tuple[Shown, ...]
    outcome: str

    @classmethod
    def of(cls, result: Result) -> Page:
        """The page of a result, in the language of its problem file."""
        return cls(result, Words(result.spec.lang), shown_plans(result), lead_outcome(result.problem))

    @cached_property
    def drawn(self) -> list[int]:
        """Places of the channels that are drawn."""
        return drawn_channels(self.result.problem, self.shown)

    @property
    def only_largest(self) -> str | None:
        """Which channels are not drawn; None: all are."""
        channels = self.result.problem.channels
        others = [name for c, name in enumerate(channels) if c not in set(self.drawn)]
        if not others:
            return None
        return self.say("only_largest", count=len(self.drawn), channels=self.say("comma").join(others))

    @property
    def currency(self) -> str:
        """The money's name, also where the problem file gives none."""
        return self.result.problem.currency or self.say("money")

    @property
    def unit(self) -> str:
        """What the lead outcome is counted in."""
        return unit_of(self.result.problem, self.outcome)

    @property
    def balanced(self) -> Shown:
        """The plan that the page speaks of first."""
        return next(one for one in self.shown if "balanced" in one.names)

    @property
    def reference(self) -> Shown | None:
        """The yardstick, where there is one."""
        return next((one for one in self.shown if "reference" in one.names), None)

    @property
    def picks(self) -> tuple[Shown, ...]:
        """The recommended plans, balanced first."""
        recommended = [one for one in self.shown if set(one.names) & set(self.result.picks.ids)]
        return tuple(sorted(recommended, key=lambda one: "balanced" not in one.names))

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """From the reference to the balanced plan, what gains most first; none beyond the curves."""
        if self.reference is None or not self.reference.outcomes:
            return ()
        facts = self.result.explanations.get(self.balanced.plan.id)
        if facts is not None:
            return facts.moves
        goal = {"measure": "total", "outcome": self.outcome}
        return best_moves(self.result.problem, self.balanced.plan.spend, goal=goal).moves

    @property
    def goals_beside_lead(self) -> tuple[Goal, ...]:
        """All goals but the total of the lead outcome, which has its own place."""
        goals = self.result.problem.goals
        return tuple(goal for goal in goals if (goal.measure, goal.outcome) != ("total", self.outcome))

    def money(self, amount: float) -> str:
        """An amount for tables, with decimals only where the budget is small, and no finer than it is handed out."""
        return numbers.fixed(amount, self.decimals)

    @cached_property
    def decimals(self) -> int:
        """How many an amount in a table has."""
        budget, step = self.result.problem.budget.max, self.result.problem.money_step
        if budget >= _WHOLE_FROM:
            return 0
        enough = _DIGITS - 1 - math.floor(math.log10(budget))
        return min(enough, numbers.decimals_of(step)) if step > 0.0 else enough

    def spoken(self, value: float, unit: str) -> str:
        """A value in a sentence: compact, with its unit."""
        return numbers.with_unit(value, unit, self.result.problem.currency)
