"""Rules on a goal's value, such as `risk <= 200000` or `awareness >= 0.9 * today(awareness)`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, amount_text
from moo_budget.errors import InfeasibleError
from moo_budget.expressions import (
    Call,
    Expression,
    ExpressionError,
    Name,
    Number,
    Operation,
    Span,
    Statement,
    parse_statement,
)
from moo_budget.goals import PROBABILITY, SHARE, Goal
from moo_budget.limits.rules import TODAY, Words, is_about_goal, names_in
from moo_budget.spec.sections import same
from moo_budget.spec.source import SourceText, place_of

ROOM = 1e-6  # of a rule's size: a handed-out plan may miss by so much, which is what rounding to cents does


@dataclass(frozen=True)
class AskedOfGoal:
    """What a rule asks of a goal, before the reference's value is known.

    Args:
        text: as it was written.
        where: its place, in words: file and line, or the setting.
        goal: that it is about.
        relation: of the goal's value to what is asked.
        amount: in the goal's unit; with `of_today`, times the reference's value.
        of_today: whether it is a multiple of the reference's value.
    """

    text: str
    where: str
    goal: Goal
    relation: Literal["<=", ">="]
    amount: float
    of_today: bool


@dataclass(frozen=True)
class GoalRule:
    """A limit on a goal's value.

    Args:
        text: as it was written.
        where: its place, in words.
        goal: that it is about; it need not be one of a problem's goals.
        relation: of the goal's value to the bound.
        bound: in the goal's unit.
        size: in the goal's unit, what misses are shares of: the bound, 1 of probabilities and shares.
    """

    text: str
    where: str
    goal: Goal
    relation: Literal["<=", ">="]
    bound: float
    size: float

    @property
    def factor(self) -> float:
        """By which a goal's value becomes what is to be low: per unit, as share of `size`."""
        return (1.0 if self.relation == "<=" else -1.0) / self.size

    @property
    def asked(self) -> float:
        """What `factor` times the goal's value may be at most in a search: half of the room is left to rounding."""
        return self.factor * self.bound + 0.5 * ROOM

    @property
    def is_with_the_goal(self) -> bool:
        """Whether it asks for more of what is wanted, not for less."""
        return (self.relation == "<=") == (self.goal.direction == "min")

    def missed(self, values: FloatArray) -> FloatArray:
        """By how much goal values (n_plans,) miss it, as share of `size`; 0 or below where they do not."""
        return self.factor * (values - self.bound)

    def kept(self, values: FloatArray) -> BoolArray:
        """Which goal values (n_plans,) keep it; NaN, beyond a table's end, does not."""
        kept: BoolArray = self.missed(values) <= ROOM
        return kept

    def text_of(self, value: float) -> str:
        """The rule and the value of a plan that breaks it, in words."""
        if np.isnan(value):
            return f"the rule `{self.text}` cannot be checked: the plan lies beyond a response table's end"
        missing = self.amount_text(abs(value - self.bound))
        return f"the rule `{self.text}` is broken: {self.goal.name} is {self.amount_text(value)}, {missing} too " + (
            "much" if self.relation == "<=" else "little"
        )

    def amount_text(self, value: float) -> str:
        """An amount of the goal, with its unit."""
        if self.goal.unit in (PROBABILITY, SHARE):
            return f"{100.0 * value:.4g}%"
        return f"{amount_text(value)} {self.goal.unit}".strip()

    def written(self, value: float) -> str:
        """A bound that this value just keeps, as a rule writes it."""
        if self.goal.unit in (PROBABILITY, SHARE):
            return f"{_outward(100.0 * value, self.relation):.6g}%"
        return f"{_outward(value, self.relation):.6g}"


def _outward(value: float, relation: str) -> float:
    """Rounded to five digits, up for a rule that says at most, down for one that says at least."""
    if value == 0.0:
        return value
    unit = 10.0 ** (np.floor(np.log10(abs(value))) - 4)
    return float((np.ceil(value / unit) if relation == "<=" else np.floor(value / unit)) * unit)


def read_goal_rules(
    rules: Sequence[str], words: Words, goals: Sequence[Goal], source: SourceText | None = None
) -> tuple[AskedOfGoal, ...]:
    """Those of the rules that are about a goal, in order; see `read_rules` for the others.

    Args:
        rules: as they were written.
        words: what their names mean.
        goals: that rules may be about; of two with the same name the first counts.
        source: the file, for places; None: they were handed over.

    Raises:
        ExpressionError: a rule that names a goal and does not follow the grammar; it shows the place.
    """
    by_name = {same(goal.name): goal for goal in reversed(goals)}
    read = []
    for index, text in enumerate(rules):
        statement, where = parse_statement(text), place_of(source, ("limits", "rules", index))
        if is_about_goal(statement, words):
            try:
                read.append(_Reading(statement, by_name, words, where).asked())
            except ExpressionError as error:
                raise error.at(where) from None
    return tuple(read)


@dataclass(frozen=True, eq=False)
class _Reading:
    """A statement that is read as a rule on a goal's value."""

    statement: Statement
    goals: dict[str, Goal]
    words: Words
    where: str

    def fault(self, span: Span, what: str, code: str) -> ExpressionError:
        return ExpressionError(self.statement.text, span, what, code=f"rules.{code}")

    def asked(self) -> AskedOfGoal:
        goal, relation, right = self.form()
        if isinstance(right, Number):
            amount, of_today = self.number(right, goal), False
        else:
            amount, of_today = self.of_today(right, goal), True
        return AskedOfGoal(self.statement.text.strip(), self.where, goal, relation, amount, of_today)

    def form(self) -> tuple[Goal, Literal["<=", ">="], Expression]:
        """A goal's name, a relation, and what is asked."""
        if self.statement.confidence is not None:
            raise self.fault(self.statement.confidence.span, "a rule always holds: take @ and what follows out", "sure")
        left, right, *more = self.statement.sides
        if more:
            what = "a rule has two sides: write one rule for each neighbouring pair"
            raise self.fault(more[0].span, what, "sides")
        if not isinstance(left, Name) or left.text not in self.goals:
            name = next(name for side in self.statement.sides for name in names_in(side) if name.text in self.goals)
            what = f"a rule about the goal `{name.text}` begins with its name alone, such as {name.text} <= 1200"
            raise self.fault(left.span, what, "goal-form")
        relation = self.statement.relations[0]
        if relation == "==":
            what = "a goal's value can be at least (>=) or at most (<=) so much, not exactly"
            raise self.fault(self.statement_span, what, "goal-equation")
        return self.goals[left.text], relation, right

    @property
    def statement_span(self) -> Span:
        return Span(self.statement.sides[0].span.start, self.statement.sides[-1].span.end)

    def number(self, number: Number, goal: Goal) -> float:
        is_share = goal.unit in (PROBABILITY, SHARE)
        if number.is_percentage and not is_share:
            share = f"{100.0 * number.value:g}%"
            what = f"{share} of what? {goal.name} is in {goal.unit}: write an amount, or {share} * today({goal.name})"
            raise self.fault(number.span, what, "percentage")
        if is_share and number.value > 1.0:
            likely = f"write {number.value:g}%" if not number.is_percentage else "write 100% or less"
            what = f"{goal.name} is a share, from 0% to 100%: {likely}"
            raise self.fault(number.span, what, "share")
        return number.value

    def of_today(self, side: Expression, goal: Goal) -> float:
        """The factor in `today(goal)`, `factor * today(goal)` or `today(goal) * factor`."""
        factor, call = 1.0, side
        if isinstance(side, Operation) and side.operator == "*":
            parts = (side.left, side.right) if isinstance(side.left, Number) else (side.right, side.left)
            if isinstance(parts[0], Number):
                factor, call = parts[0].value, parts[1]
        if not isinstance(call, Call) or call.function != TODAY or len(call.arguments) != 1:
            raise self.fault(side.span, self.what_is_allowed(goal), "goal-form")
        (name,) = call.arguments
        if not isinstance(name, Name) or name.text != same(goal.name):
            what = f"{goal.name} is compared with its own value: write today({goal.name})"
            raise self.fault(name.span, what, "goal-today")
        if self.words.money.reference is None:
            what = "this needs today's money, and there is none. Give [plan] today, or write an amount"
            raise self.fault(call.span, what, "no-today")
        return factor

    def what_is_allowed(self, goal: Goal) -> str:
        return f"a goal stands against a number or a multiple of its value today, such as 0.9 * today({goal.name})"


def goal_rule(asked: AskedOfGoal, reference: float | None, usual: float) -> GoalRule:
    """What is asked of a goal, in its unit.

    Args:
        asked: the rule as it was read.
        reference: the reference's value of the goal; None where there is no reference.
        usual: a size of the goal's values, for a bound of 0.

    Raises:
        InfeasibleError: the reference lies beyond a table's end, so it has no value to compare with.
    """
    bound = asked.amount
    if asked.of_today:
        assert reference is not None  # the rule's reader has refused it otherwise
        if np.isnan(reference):
            raise InfeasibleError(
                f"{asked.where}: `{asked.text}` compares with the reference plan, which lies beyond the end of a "
                "response table and has no value. Write an amount, or make the table longer (an explicit max).",
                code="rules.reference-beyond-table",
            )
        bound *= reference
    size = 1.0 if asked.goal.unit in (PROBABILITY, SHARE) else abs(bound) or abs(usual) or 1.0
    return GoalRule(asked.text, asked.where, asked.goal, asked.relation, bound, size)
