"""Rules about how many channels are used, such as `count <= 6` or `count(brand) >= 2`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import BoolArray, IntArray
from moo_budget.expressions import MIRRORED, Call, Expression, ExpressionError, Name, Number, Span, Statement

COUNT = "count"
_ROUNDING = 1e-9  # of the budget: with more a channel counts as used where money is not rounded


@dataclass(frozen=True, eq=False)
class CountRule:
    """One rule: fewest <= how many of the members are used <= most.

    Args:
        text: as it was written.
        where: its place, in words: file and line, or the setting.
        members: (n_channels,), the channels that are counted.
        fewest: 0 for none.
        most: the number of members for none.
    """

    text: str
    where: str
    members: BoolArray
    fewest: int
    most: int

    def __post_init__(self) -> None:
        self.members.flags.writeable = False


@dataclass(frozen=True, eq=False)
class Counts:
    """Rules about how many channels are used, as arrays.

    Args:
        members: (n_counts, n_channels).
        fewest: (n_counts,).
        most: (n_counts,).
    """

    members: BoolArray
    fewest: IntArray
    most: IntArray

    def __post_init__(self) -> None:
        for array in (self.members, self.fewest, self.most):
            array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.fewest)

    def kept(self, used: BoolArray) -> bool:
        """Whether a choice of used channels (n_channels,) keeps all."""
        n_used = (self.members & used).sum(axis=1)
        return bool(((self.fewest <= n_used) & (n_used <= self.most)).all())

    def reordered(self, order: IntArray) -> Counts:
        """The same rules over channels in another order; order (n_channels,) holds positions here."""
        return Counts(np.ascontiguousarray(self.members[:, order]), self.fewest, self.most)


def counts_of(rules: Sequence[CountRule], n_channels: int) -> Counts:
    """The arrays of rules."""
    members = np.array([rule.members for rule in rules], dtype=bool).reshape(len(rules), n_channels)
    fewest, most = (np.array([getattr(rule, end) for rule in rules], dtype=np.int64) for end in ("fewest", "most"))
    return Counts(members, fewest, most)


def least_counted(money_step: float, budget: float) -> float:
    """The least money with which a channel counts as used."""
    return money_step if money_step > 0.0 else _ROUNDING * budget


def asks_for_a_count(statement: Statement) -> bool:
    """Whether one of the sides is a number of channels."""
    return any(_is_count(side) for side in statement.sides)


def count_rule(
    statement: Statement, where: str, n_channels: int, members_of: Callable[[Name], Sequence[int]]
) -> CountRule:
    """A statement of two sides, one of which is a number of channels, as a rule.

    Args:
        statement: the tree of the text.
        where: its place, in words.
        n_channels: how many there are.
        members_of: the channels of a name, by position; raises ExpressionError for what it does not know.

    Raises:
        ExpressionError: the other side is no whole number, or `count` is asked of something other than a name.
    """
    left, right = statement.sides
    (relation,) = statement.relations
    counted, number = (left, right) if _is_count(left) else (right, left)
    if counted is right:
        relation = MIRRORED[relation]
    if not isinstance(number, Number) or number.is_percentage or not number.value.is_integer():
        what = "a number of channels is compared with a whole number, such as count <= 6 or count(brand) >= 2"
        raise _fault(statement, number.span, what)
    members = np.zeros(n_channels, dtype=bool)
    members[_members(statement, counted, n_channels, members_of)] = True
    asked = int(min(number.value, n_channels + 1))  # more than there are is more than there are
    return CountRule(
        statement.text.strip(),
        where,
        members,
        fewest=0 if relation == "<=" else asked,
        most=int(members.sum()) if relation == ">=" else asked,
    )


def _is_count(side: Expression) -> bool:
    name = side.function if isinstance(side, Call) else side.text if isinstance(side, Name) else ""
    return name == COUNT


def _members(
    statement: Statement, counted: Expression, n_channels: int, members_of: Callable[[Name], Sequence[int]]
) -> Sequence[int]:
    if not isinstance(counted, Call):
        return range(n_channels)
    if len(counted.arguments) != 1 or not isinstance(counted.arguments[0], Name):
        raise _fault(statement, counted.span, "count takes one tag or one channel, such as count(brand)")
    return members_of(counted.arguments[0])


def _fault(statement: Statement, span: Span, what: str) -> ExpressionError:
    return ExpressionError(statement.text, span, what, code="rules.count")
