"""A comparison of two results in words and tables: the same for the page and for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from moo_budget.compare import ComparedPick, Comparison, GoalRange
from moo_budget.evaluation import Difference
from moo_budget.front import GoalValue
from moo_budget.goals import Goal
from moo_budget.report import numbers
from moo_budget.report.facts import rounding
from moo_budget.report.words import Words
from moo_budget.results import Result


@dataclass(frozen=True)
class Table:
    """A table as text.

    Args:
        title: what it holds.
        columns: headings.
        rows: a cell a column.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class Compared:
    """What is said of a comparison.

    Args:
        comparison: what was found.
        names: what the two results are called, the first one first.
        say: the words.
    """

    comparison: Comparison
    names: tuple[str, str]
    say: Words

    @property
    def title(self) -> str:
        """The problem's title, or what the page is."""
        return self.comparison.b.spec.title or self.say("untitled")

    @cached_property
    def strips(self) -> list[tuple[str, str]]:
        """Either result: its name, and how it was made."""
        return [(name, self._made(one)) for name, one in zip(self.names, self._results, strict=True)]

    @property
    def _results(self) -> tuple[Result, Result]:
        return self.comparison.a, self.comparison.b

    def _made(self, result: Result) -> str:
        length = self.say.length(result.problem.periods, result.period)
        budget = result.problem.budget
        total = numbers.full(budget.max)
        if budget.min < budget.max:
            total = self.say("range", low=numbers.full(budget.min), high=total)
        plans = self.say("all_plans", count=len(result.front))
        return self.say("semicolon").join([self._money(total), length, plans, result.created[:10]])

    def _money(self, amount: str) -> str:
        return f"{self.comparison.b.problem.currency} {amount}".strip()

    def headlines(self) -> Iterator[str]:
        """Which plans the other result beats, both ways."""
        a, b = self.names
        found = self.comparison
        for one, other, beaten, result in ((a, b, found.a_beaten, found.a), (b, a, found.b_beaten, found.b)):
            fields = {"one": one, "other": other, "count": len(beaten), "plans": len(result.front)}
            yield self.say("compare_headline_beaten" if beaten else "compare_headline_none", **fields)

    def remarks(self) -> Iterator[str]:
        """What was measured how, and what is not compared."""
        say, (a, b), found = self.say, self.names, self.comparison
        ground = found.ground
        named = say("comma").join(ground.names)
        yield say(f"compare_ground_{ground.reason or 'b'}", a=a, b=b, names=named, count=len(ground.names))
        if found.volumes is not None:
            shares = {"a_share": numbers.percent(found.volumes.a, 3), "b_share": numbers.percent(found.volumes.b, 3)}
            yield say("compare_volumes", a=a, b=b, **shares)
        yield from self._only()
        for pick in found.picks:
            if pick.a_breaks:
                breaks = self.say.broken(pick.a_breaks)
                yield say("compare_breaks", pick=self.say(pick.name).lower(), a=a, b=b, breaks=breaks)
        yield say("compare_ranges")

    def _only(self) -> Iterator[str]:
        """Goals and channels of one result alone."""
        shared = {one.goal.name for one in self.comparison.goals}
        for name, result, other in zip(self.names, self._results, self._results[::-1], strict=True):
            goals = [self.say.goal(goal) for goal in result.problem.goals if goal.name not in shared]
            channels = [channel for channel in result.problem.channels if channel not in other.problem.channels]
            if goals:
                yield self.say("compare_goals_only", name=name, goals=self.say("comma").join(goals))
            if channels:
                yield self.say("compare_channels_only", name=name, channels=self.say("comma").join(channels))

    @property
    def changes(self) -> Table:
        """What is not the same in question, data and models."""
        rows = tuple((change.key, change.a, change.b) for change in self.comparison.changes)
        return Table(self.say("compare_changes"), (self.say("compare_key"), *self.names), rows)

    @property
    def goals(self) -> Table:
        """The range of every common goal on either front."""
        rows = tuple(
            (self._heading(one.goal), self._range(one.goal, one.a), self._range(one.goal, one.b))
            for one in self.comparison.goals
        )
        return Table(self.say("compare_goals"), (self.say("compare_goal"), *self.names), rows)

    def _heading(self, goal: Goal) -> str:
        title = self.say.goal(goal)
        unit = self.say.unit_beside(title, goal.unit)
        return self.say("with_unit", label=title, unit=unit) if unit else title

    def _range(self, goal: Goal, ends: GoalRange) -> str:
        show = numbers.by_unit(numbers.rounded, goal.unit)
        return self.say("range", low=show(ends.worst), high=show(ends.best))

    def picks(self) -> Iterator[tuple[str, Table]]:
        """Every pick: how much of its money is spent otherwise, and its goals and money beside each other."""
        for pick in self.comparison.picks:
            moved = numbers.full(pick.moved)
            same = pick.moved <= rounding(self.comparison.b.problem)
            text = self.say("compare_same_plan") if same else self.say("compare_moved", moved=self._money(moved))
            yield text, self._pick(pick)

    def _pick(self, pick: ComparedPick) -> Table:
        a, b = self.names
        columns = ("", a, b, self.say("compare_difference", a=a, b=b))
        goals = [
            (
                self._heading(one.goal),
                self._value(one.goal, pick.a_goals[one.goal.name]),
                self._value(one.goal, pick.b_goals[one.goal.name]),
                self._difference(one.goal, pick.differences[one.goal.name]),
            )
            for one in self.comparison.goals
        ]
        return Table(
            self.say("compare_pick", pick=self.say(pick.name)),
            columns,
            (*goals, self._total(pick), *self._money_of(pick)),
        )

    def _value(self, goal: Goal, value: GoalValue) -> str:
        return numbers.by_unit(numbers.rounded, goal.unit)(value.value)

    def _difference(self, goal: Goal, difference: Difference) -> str:
        parts = [difference.value, difference.estimate_low, difference.estimate_high]
        show = numbers.by_unit(numbers.rounded, goal.unit)
        value, low, high = (numbers.plus(show(part)) for part in parts)
        if difference.estimate_low == difference.estimate_high:
            return value
        ends = self.say("range", low=low, high=high)
        return self.say("compare_difference_range", difference=value, range=ends)

    def _total(self, pick: ComparedPick) -> tuple[str, ...]:
        currency = self.comparison.b.problem.currency or self.say("money")
        more = self._more(pick.b.total - pick.a.total)
        heading = self.say("column_total", currency=currency)
        return (heading, numbers.full(pick.a.total), numbers.full(pick.b.total), more)

    def _money_of(self, pick: ComparedPick) -> Iterator[tuple[str, ...]]:
        for channel, move in pick.moves.items():
            before, after = (plan.spend.get(channel) for plan in (pick.a, pick.b))
            cells = [numbers.MISSING if amount is None else numbers.full(amount) for amount in (before, after)]
            yield (channel, *cells, self._more(move))

    def _more(self, money: float) -> str:
        """A difference of money; no more than rounding is none."""
        return numbers.plus(numbers.full(money if abs(money) > rounding(self.comparison.b.problem) else 0.0))
