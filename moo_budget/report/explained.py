"""The section that says why: sentences, where the change comes from, the next money, limits, and what to test first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from moo_budget.explain.first_test import Experiment, FirstTest
from moo_budget.explain.record import ChannelStability, Explanation, Gain, LimitPrice, Needs, Spread, WhyNot
from moo_budget.largest import MOST_CHANNELS
from moo_budget.report import numbers
from moo_budget.report.page import Page
from moo_budget.report.picture import (
    COLOURS,
    INK,
    MUTED,
    OTHERS,
    Picture,
    compact_axes,
    drawing,
    embedded,
    new_figure,
    shortened,
)
from moo_budget.report.sentences import Said

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BARS = 9  # channels of a waterfall; the smallest are taken together
_TESTS = 5
_WORTH_A_ROW = 0.01  # of the first test's worth
_EXPLAINED = 1e-3  # of what the next money brings: less is rounding
_NO_GAIN = 1e-6  # of the plan's money, at what the next of it brings: nobody leaves a plan for less
_JUMP = 1.05  # of money on the two sides of a factor


@dataclass(frozen=True)
class Rows:
    """A table as text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    how_to_read: str


@dataclass(frozen=True)
class Why:
    """The section as text and a picture.

    Args:
        title: heading.
        introduction: which plan it is about.
        sentences: at most three.
        acts: what the plan acts as if somebody wanted, and how far that explains it.
        others_title: heading of `others`.
        others: the other picks, a paragraph each.
        waterfall: the change of the lead outcome; None without a reference.
        waterfall_title: heading of the picture.
        waterfall_how: how to read it.
        next_money: the marginal table.
        limits: what the limits are worth; None where none is worth anything.
        test_title: heading of what to test.
        first_test: what to test first, in a sentence; empty where nobody asked.
        tests: further tests; None where there are none.
    """

    title: str
    introduction: str
    sentences: tuple[str, ...]
    acts: str
    others_title: str
    others: tuple[str, ...]
    waterfall: Picture | None
    waterfall_title: str
    waterfall_how: str
    next_money: Rows
    limits: Rows | None
    test_title: str
    first_test: str
    tests: Rows | None

    @property
    def tables(self) -> tuple[Rows, ...]:
        """Those that there are, in order."""
        return tuple(table for table in (self.next_money, self.limits) if table is not None)


def why(page: Page) -> Why | None:
    """The section; None for a result without explanations."""
    facts = page.result.explanations.get(page.balanced.plan.id)
    if facts is None:
        return None
    say = Said(page.say.lang, page.result.problem.currency)
    name = say.measured(facts.outcome)
    gain = facts.gains.get(facts.outcome)
    shown = _Section(page, facts, say)
    return Why(
        title=say("title"),
        introduction=say(
            "introduction_level" if facts.spent_level else "introduction",
            plan=page.say.plan_names(page.balanced.names).lower(),
        ),
        sentences=facts.sentences(say.lang),
        acts=("" if say.lang == "zh" else " ").join(map(say.sentence, shown.acts())),
        others_title=say("others_title"),
        others=tuple(shown.others()),
        waterfall=waterfall(gain, facts, say) if gain is not None and gain.channels else None,
        waterfall_title=say("waterfall_title", name=name),
        waterfall_how=say("waterfall_how"),
        next_money=shown.next_money(),
        limits=shown.limits(),
        test_title=say("test_title"),
        first_test=shown.first_test(),
        tests=shown.tests(),
    )


@dataclass(frozen=True, eq=False)
class _Section:
    """The parts of the section that are text."""

    page: Page
    facts: Explanation
    say: Said

    @property
    def unit(self) -> str:
        """What the next money is, in words."""
        return self.say.currency or self.say("money")

    @property
    def outcome_unit(self) -> str:
        return self.facts.unit or self.say.measured(self.facts.outcome)

    def acts(self) -> Iterator[str]:
        """The weights that the plan acts on, and what they leave open."""
        say, wanted = self.say, self.facts.wanted
        ranked = sorted(wanted.weights.items(), key=lambda pair: -pair[1])
        weights = [say("acts_weight", goal=say.measured(goal), share=say.share(share)) for goal, share in ranked]
        yield say("acts", weights=say("comma").join(weights))
        if not wanted.is_unique:
            yield say("acts_even")
        if not wanted.is_priced:
            return
        largest = max(abs(row.worth) for row in self.facts.channels.values())
        key = "acts_explained" if wanted.residual <= _EXPLAINED * largest else "acts_unexplained"
        yield say(key, unit=self.unit, amount=say.rough(wanted.residual, self.facts.unit))
        if wanted.left > self._nothing:
            yield say("acts_left", amount=say.rough(wanted.left, self.facts.unit))

    def others(self) -> Iterator[str]:
        for shown in self.page.picks:
            facts = self.page.result.explanations.get(shown.plan.id)
            if facts is not None and facts is not self.facts:
                plan = self.page.say.plan_names(shown.names)
                yield self.say("named", plan=plan, text=" ".join(facts.sentences(self.say.lang)))

    def next_money(self) -> Rows:
        say, sure = self.say, self.facts.stability
        keys = ["channel", "money", "marginal", "more", "why", "needs"] + (["sure"] if sure else [])
        fields = {"currency": self.unit, "unit": self.unit, "outcome": self.outcome_unit}
        columns = tuple(say(f"column_{key}", name=say.measured(self.facts.outcome), **fields) for key in keys)
        rows = tuple(self._channel(name) for name in self.facts.channels)
        how = say("table_how", draws=sure.n_draws) if sure else say("table_how_unsure")
        return Rows(say("table_title", unit=self.unit), columns, rows, self._of_many(how, "more_of_largest"))

    def _of_many(self, text: str, key: str) -> str:
        """A text, with what is said where the channels are too many to ask of all."""
        if len(self.facts.channels) <= MOST_CHANNELS:
            return text
        return ("" if self.say.lang == "zh" else " ").join([text, self.say(key, count=MOST_CHANNELS)])

    def _channel(self, name: str) -> tuple[str, ...]:
        margin, reason = self.facts.channels[name], self.facts.why_not[name]
        cells = (
            name,
            self.page.money(margin.spend),
            self._spread(margin.marginal_roi),
            self._change(reason),
            self._cause(reason),
            self._needs(reason.needs),
        )
        if self.facts.stability is None:
            return cells
        return (*cells, self._sure(self.facts.stability.channels[name]))

    def _spread(self, spread: Spread) -> str:
        value, low, high = numbers.alike([spread.value, spread.low, spread.high])
        return value if value == low == high else f"{value} ({self.say('range', low=low, high=high)})"

    def _change(self, reason: WhyNot) -> str:
        if reason.change is None or reason.more == 0.0:
            return numbers.MISSING
        ends = [numbers.plus(numbers.compact(end)) for end in (reason.change.low, reason.change.high)]
        text = f"{numbers.plus(numbers.compact(reason.change.value))} ({self.say('range', low=ends[0], high=ends[1])})"
        if reason.is_about_the_same:
            text = f"{self.say('about_the_same')}: {text}"
        return self.say("paid_by", change=text, payers=self.say.some(list(reason.payers))) if reason.payers else text

    def _cause(self, reason: WhyNot) -> str:
        limit = None if reason.limit is None else self.facts.limits[reason.limit]
        kind = "" if limit is None else self.say(f"kind_{limit.kind}", rule=limit.rule)
        return self.say(f"why_{reason.cause}", unit=self.unit, limit=kind)

    def _needs(self, needs: Needs | None) -> str:
        if needs is None:
            return numbers.MISSING
        if needs.factor is None:
            return self.say("needs_never")
        factor = numbers.significant(needs.factor, 3)
        if needs.above <= _JUMP * needs.below or needs.below == needs.above:
            return self.say("needs", factor=factor)
        return self.say(
            "needs_jump", factor=factor, below=self.page.money(needs.below), above=self.page.money(needs.above)
        )

    def _sure(self, row: ChannelStability) -> str:
        if row.part == "held":
            return self.say("part_held")
        return self.say("sure", part=self.say(f"part_{row.part}"), stays=numbers.whole_percent(row.stays))

    def limits(self) -> Rows | None:
        limits = [limit for limit in self.facts.limits if limit.kind != "nothing" and limit.worth > 0.0]
        if not limits or not self.facts.wanted.is_priced:
            return None
        say, fields = self.say, {"currency": self.unit, "unit": self.unit, "outcome": self.outcome_unit}
        columns = tuple(say(f"column_{key}", **fields) for key in ("limit", "amount", "worth", "holds"))
        rows = tuple(self._limit(limit) for limit in sorted(limits, key=lambda limit: (limit.unit, -limit.worth)))
        how = say("limits_how", unit=self.unit, name=say.measured(self.facts.outcome))
        return Rows(say("limits_title"), columns, rows, how)

    def _limit(self, limit: LimitPrice) -> tuple[str, ...]:
        kind = self.say(f"kind_{limit.kind}", rule=limit.rule)
        named = self.say("of_channel", channel=limit.channel, kind=kind) if limit.channel else kind
        ends = self._stands(limit.holds_from, limit), self._stands(limit.holds_to, limit)
        holds = numbers.MISSING if ends[0] == ends[1] else self.say("range", low=ends[0], high=ends[1])
        worth = numbers.full(limit.worth)
        if limit.unit:
            key = f"worth_{limit.unit}" if limit.price is None else "worth_unit"
            worth = self.say(key, worth=worth, unit=limit.unit)
        return named, self._stands(limit.amount, limit), worth, holds

    def _stands(self, amount: float, limit: LimitPrice) -> str:
        """An amount of a limit; with its unit where that is not money."""
        if limit.unit in ("", "block"):
            return self.page.money(amount)
        return f"{amount:.0f}" if limit.price is None else self.say.counted(amount, limit.unit)

    @property
    def _nothing(self) -> float:
        """How much of the lead outcome is nothing to a strategist."""
        largest = max(abs(row.worth) for row in self.facts.channels.values())
        return _NO_GAIN * largest * self.page.balanced.plan.total

    def first_test(self) -> str:
        tested = self.page.result.first_test
        if tested is None:
            return ""
        if not tested.experiments or tested.experiments[0].worth <= self._nothing:
            return self._of_many(self.say("test_none"), "tests_of_largest")
        test, say = tested.experiments[0], self.say
        return say(
            "test" if abs(test.lift.value) >= test.visible_lift else "test_blind",
            channel=test.channel,
            change=changed(test, say),
            length=say.length(test.periods, self.page.result.period),
            worth=_worth(test, tested, say),
            cost=say("test_cost", cost=say.rough(test.cost, say.currency)) if test.cost else "",
            lift=say.rough(abs(test.lift.value), tested.unit),
            visible=say.rough(test.visible_lift, tested.unit),
        )

    def tests(self) -> Rows | None:
        tested, say = self.page.result.first_test, self.say
        if tested is None or len(tested.experiments) < 2 or tested.experiments[0].worth <= self._nothing:
            return None
        has_cost = tested.experiments[0].cost is not None
        worth_unit = self.unit if has_cost else self.outcome_unit
        keys = ["test", "spend_change", "test_worth"] + (["test_cost"] if has_cost else []) + ["lift", "visible"]
        fields = {"currency": self.unit, "unit": worth_unit, "outcome": tested.unit or say.measured(tested.outcome)}
        worth_a_row = (test for test in tested.experiments if test.worth >= _WORTH_A_ROW * tested.experiments[0].worth)
        rows = tuple(map(self._test, islice(worth_a_row, _TESTS)))
        how = self._of_many(say("test_how"), "tests_of_largest")
        return Rows(say("tests_title"), tuple(say(f"column_{key}", **fields) for key in keys), rows, how)

    def _test(self, test: Experiment) -> tuple[str, ...]:
        say = self.say
        length = say.length(test.periods, self.page.result.period)
        named = say("test_row", channel=test.channel, change=changed(test, say), length=length)
        worth = numbers.compact(test.worth if test.money is None else test.money)
        cost = () if test.cost is None else (numbers.compact(test.cost),)
        spend = numbers.plus(numbers.compact(test.spend_change))
        return (named, spend, worth, *cost, self._spread(test.lift), numbers.compact(test.visible_lift))


def changed(test: Experiment, say: Said) -> str:
    """What a test does with a channel's spend."""
    if math.isclose(test.change, 1.0, abs_tol=1e-6):
        return say("test_doubled")
    if math.isclose(test.change, -1.0, abs_tol=1e-6):
        return say("test_stopped")
    return say("test_raised" if test.change > 0.0 else "test_lowered", share=say.share(abs(test.change)))


def _worth(test: Experiment, tested: FirstTest, say: Said) -> str:
    return say.rough(test.worth, tested.unit) if test.money is None else say.rough(test.money, say.currency)


def waterfall(gain: Gain, facts: Explanation, say: Said) -> Picture:
    """Bars from the reference plan's lead outcome to this plan's, a step a channel, the largest gain first."""
    steps = _steps(gain, say)
    with drawing([*gain.channels, facts.outcome, facts.unit, say("waterfall_start")]):
        figure = waterfall_figure(gain, facts.outcome, facts.unit, say)
        listed = ", ".join(f"{name} {numbers.plus(numbers.compact(step.value))}" for name, step in steps)
        ends = [say.amount(value, facts.unit) for value in (gain.reference, gain.reference + gain.change.value)]
        return embedded(figure, say("waterfall_alt", start=ends[0], end=ends[1], steps=listed))


def waterfall_figure(gain: Gain, outcome: str, unit: str, say: Said) -> Figure:
    """The bars; to be made within `drawing`."""
    steps = _steps(gain, say)
    names = [say("waterfall_start"), *(name for name, _ in steps), say("waterfall_end")]
    figure = new_figure(0.9 + 0.34 * len(names), layout="constrained")
    axes = figure.subplots()
    _bars(axes, gain, steps)
    axes.set_yticks(range(len(names)), [shortened(name) for name in names], color=INK)
    axes.invert_yaxis()
    axes.set_xlabel(f"{say.measured(outcome)} ({unit})" if unit else say.measured(outcome), color=MUTED)
    return figure


def _steps(gain: Gain, say: Said) -> list[tuple[str, Spread]]:
    """Channels by what they add, the largest first; those that change least are taken together, without a range."""
    ranked = sorted(gain.channels.items(), key=lambda step: -abs(step[1].value))
    shown = sorted(ranked[:_BARS], key=lambda step: -step[1].value)
    rest = [step for _, step in ranked[_BARS:]]
    if len(rest) == 1:
        return sorted(ranked, key=lambda step: -step[1].value)
    if rest:
        value = sum(step.value for step in rest)
        shown.append((say("waterfall_rest", count=len(rest)), Spread(value, value, value)))
    return shown


def _bars(axes: Axes, gain: Gain, steps: Sequence[tuple[str, Spread]]) -> None:
    level = gain.reference
    axes.barh(0, level, height=0.62, color=OTHERS)
    for row, (_, step) in enumerate(steps, start=1):
        colour = COLOURS["boldest"] if step.value >= 0.0 else COLOURS["balanced"]
        axes.barh(row, step.value, left=level, height=0.62, color=colour)
        axes.plot([level + step.low, level + step.high], [row, row], color=INK, linewidth=0.9)
        text, ahead = numbers.plus(numbers.compact(step.value)), max(step.value, step.high, 0.0)
        axes.annotate(
            text, (level + ahead, row), (4, 0), textcoords="offset points", va="center", fontsize=8, color=INK
        )
        level += step.value
    last = len(steps) + 1
    axes.barh(last, level, height=0.62, color=COLOURS["reference"])
    for row, value in ((0, gain.reference), (last, level)):
        text = numbers.compact(value)
        axes.annotate(text, (value, row), (4, 0), textcoords="offset points", va="center", fontsize=8, color=INK)
    _near(axes, gain, steps)
    compact_axes(axes)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _near(axes: Axes, gain: Gain, steps: Sequence[tuple[str, Spread]]) -> None:
    """Show the steps large: the axis begins near them and not at zero."""
    level, ends = gain.reference, [gain.reference, gain.reference + gain.change.value]
    for _, step in steps:
        ends += [level + step.low, level + step.high, level + step.value]
        level += step.value
    room = 0.15 * (max(ends) - min(ends))
    axes.set_xlim(max(min(ends) - room, 0.0), max(ends) + 1.5 * room)
