"""Rules as text, such as `tv + search <= 60% * total`, as rows over the channels' money. Grammar: docs/design.md 4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray, frozen
from moo_budget.errors import listed, nearest
from moo_budget.expressions import (
    Call,
    Expression,
    ExpressionError,
    Linear,
    Name,
    Number,
    Operation,
    Span,
    Statement,
    linear_form,
    parse_statement,
)
from moo_budget.limits.counting import COUNT, CountRule, asks_for_a_count, count_rule
from moo_budget.limits.money import Money
from moo_budget.spec.sections import same
from moo_budget.spec.source import SourceText, place_of

TOTAL, TODAY, ALL = "total", "today", "all"
_SMALL = 1e-3  # of the money that all tables hold


@dataclass(frozen=True, eq=False)
class Rule:
    """One money rule: low <= coefficients @ plan <= high.

    Args:
        text: as it was written.
        where: its place, in words: file and line, or the setting.
        statement: the tree of the text.
        coefficients: (n_channels,), currency for the whole plan on both sides.
        low: minus infinity for none.
        high: infinity for none; equal to `low` in an equation.
    """

    text: str
    where: str
    statement: Statement
    coefficients: FloatArray
    low: float
    high: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "coefficients", frozen(self.coefficients))


@dataclass(frozen=True, eq=False)
class Words:
    """What the names in rules mean.

    Args:
        money: channels, and what is spent on them today.
        tags: tag -> channels.
        goals: names of goals.
    """

    money: Money
    tags: Mapping[str, Sequence[str]]
    goals: Sequence[str] = ()

    def members(self, name: str) -> list[int] | None:
        """The channels of a channel, a tag, `total` or `all`, by position; None where the name is none of them."""
        channels = self.money.channels
        if name in (TOTAL, ALL):
            return list(range(len(channels)))
        by_name = {same(channel): [c] for c, channel in enumerate(channels)}
        by_name |= {same(tag): [channels.index(member) for member in members] for tag, members in self.tags.items()}
        return by_name.get(name)

    @property
    def known(self) -> list[str]:
        """Every name that stands for money in a plan."""
        return [*self.money.channels, *self.tags, TOTAL]


def read_rules(rules: Sequence[str], words: Words, source: SourceText | None = None) -> tuple[Rule | CountRule, ...]:
    """The rules of a problem file about money and counts, in order; those about goals are left to `read_goal_rules`.

    Args:
        rules: as they were written.
        words: what their names mean.
        source: the file, for places; None: they were handed over.

    Raises:
        ExpressionError: a rule that does not follow the grammar, an unknown name, a percentage of nothing, a number
            that looks like a share, or a rule that says nothing about the plan; it shows the place.
    """
    read = list[Rule | CountRule]()
    for index, text in enumerate(rules):
        where = place_of(source, ("limits", "rules", index))
        try:
            statement = parse_statement(text)
            if not is_about_goal(statement, words):
                read.append(_Reading(statement, words, where).rule())
        except ExpressionError as error:
            raise error.at(where) from None
    return tuple(read)


def is_about_goal(statement: Statement, words: Words) -> bool:
    """Whether a rule names a goal anywhere."""
    goals = set(map(same, words.goals))
    return any(name.text in goals for side in statement.sides for name in names_in(side))


def names_in(expression: Expression) -> Iterator[Name]:
    """Every name in an expression, from left to right."""
    if isinstance(expression, Name):
        yield expression
    elif isinstance(expression, Call):
        for argument in expression.arguments:
            yield from names_in(argument)
    elif isinstance(expression, Operation):
        yield from names_in(expression.left)
        yield from names_in(expression.right)


@dataclass(frozen=True, eq=False)
class _Reading:
    """A statement that is read as a rule."""

    statement: Statement
    words: Words
    where: str

    def fault(self, span: Span, what: str, code: str) -> ExpressionError:
        return ExpressionError(self.statement.text, span, what, code=f"rules.{code}")

    def rule(self) -> Rule | CountRule:
        self.check_sides()
        if asks_for_a_count(self.statement):
            return count_rule(self.statement, self.where, len(self.words.money.channels), self.counted)
        self.check_percentages()
        left, right = self.statement.sides
        (relation,) = self.statement.relations
        form = self.form(left).plus(self.form(right), -1.0)
        self.check_shares(left, right, form)
        row = np.zeros(len(self.words.money.channels))
        for c, coefficient in form.terms.items():
            row[c] = coefficient
        asked = -form.constant
        low, high = asked if relation != "<=" else -np.inf, asked if relation != ">=" else np.inf
        return Rule(self.statement.text.strip(), self.where, self.statement, row, low, high)

    def counted(self, name: Name) -> list[int]:
        """The channels that `count(name)` counts."""
        members = self.words.members(name.text) if name.text not in (TOTAL, ALL) else None
        if members is None:
            known = [*self.words.tags, *self.words.money.channels]
            raise self.fault(name.span, self.no_such(name.text, known), "unknown-name")
        return members

    def check_sides(self) -> None:
        """One relation between two sides."""
        if self.statement.confidence is not None:
            raise self.fault(self.statement.confidence.span, "a rule always holds: take @ and what follows out", "sure")
        if len(self.statement.sides) > 2:
            what = "a rule has two sides: write one rule for each neighbouring pair"
            raise self.fault(self.statement.sides[2].span, what, "sides")

    def check_percentages(self) -> None:
        """Shares of something."""
        for side in self.statement.sides:
            for percentage in _bare_percentages(side):
                share = f"{100.0 * percentage.value:g}%"
                what = f"{share} of what? Write {share} * total, or {share} * a channel or tag"
                raise self.fault(percentage.span, what, "percentage")

    def check_shares(self, left: Expression, right: Expression, form: Linear[int]) -> None:
        """A number that looks like a share, and a rule that holds for all plans or none."""
        if not form.terms:
            what = "this says nothing about a plan: no channel's money is left in it"
            raise self.fault(Span(left.span.start, right.span.end), what, "no-money")
        small = min(1.0, _SMALL * float(self.words.money.table_end.sum()))
        for side in (left, right):
            if isinstance(side, Number) and 0.0 < side.value <= small:
                what = (
                    f"{side.value:g} is an amount of money here, and a very small one; if a share is meant, write "
                    f"{100.0 * side.value:g}% * total"
                )
                raise self.fault(side.span, what, "share")

    def form(self, expression: Expression) -> Linear[int]:
        return linear_form(self.statement.text, expression, self.meaning)

    def meaning(self, atom: Name | Call) -> Linear[int]:
        if isinstance(atom, Call):
            return self.called(atom)
        members = self.words.members(atom.text) if atom.text != ALL else None
        if members is None:
            raise self.unknown(atom)
        return Linear(dict.fromkeys(members, 1.0), 0.0)

    def called(self, call: Call) -> Linear[int]:
        if call.function == COUNT:
            raise self.count_within(call.span)
        if call.function != TODAY:
            what = f"there is no function `{call.function}` in rules. {nearest(call.function, [TODAY])}Known: {TODAY}"
            raise self.fault(call.span, what, "unknown-function")
        if len(call.arguments) != 1 or not isinstance(call.arguments[0], Name):
            raise self.fault(call.span, "today takes one channel, one tag, or `all`, such as today(tv)", "argument")
        name = call.arguments[0]
        members = self.words.members(name.text) if name.text != TOTAL else None
        if members is None:
            raise self.no_today_of(name)
        if self.words.money.today is None:
            what = "this needs today's money, and there is none. Give [plan] today, or write an amount"
            raise self.fault(call.span, what, "no-today")
        return Linear({}, float(self.words.money.today[members].sum()))

    def unknown(self, name: Name) -> ExpressionError:
        if name.text == COUNT:
            return self.count_within(name.span)
        if name.text in (TODAY, ALL):
            hint = "write `total` for the plan's money, today(all) for today's"
            return self.fault(name.span, f"`{name.text}` alone is no money of the plan: {hint}", "unknown-name")
        return self.fault(name.span, self.no_such(name.text, self.words.known), "unknown-name")

    def count_within(self, span: Span) -> ExpressionError:
        what = "a number of channels is no money: compare it with a whole number, such as count <= 6"
        return self.fault(span, what, "count")

    def no_today_of(self, name: Name) -> ExpressionError:
        if name.text == TOTAL:
            return self.fault(name.span, "today's money of all channels is today(all)", "unknown-name")
        known = [*self.words.money.channels, *self.words.tags, ALL]
        return self.fault(name.span, self.no_such(name.text, known), "unknown-name")

    def no_such(self, name: str, known: Sequence[str]) -> str:
        by_form = {same(one): one for one in known}
        return f"there is no channel or tag `{name}`. {nearest(name, by_form)}Known: {listed(known)}"


def _bare_percentages(expression: Expression) -> Iterator[Number]:
    """Percentages that stand in a sum by themselves, as a share of nothing."""
    if isinstance(expression, Number) and expression.is_percentage:
        yield expression
    elif isinstance(expression, Operation) and expression.operator in ("+", "-"):
        yield from _bare_percentages(expression.left)
        yield from _bare_percentages(expression.right)
