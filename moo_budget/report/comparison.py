"""The plans side by side: cards, the full table, and differences from the reference in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from moo_budget.goals import Goal
from moo_budget.report import numbers
from moo_budget.report.facts import Estimate, Shown, difference, spend_of, unit_of
from moo_budget.report.page import Page

_SAME = 0.005  # within half a percent two plans are about the same

Number = Callable[[float], str]


@dataclass(frozen=True)
class Cell:
    """A number, and what stands small below it."""

    text: str
    note: str = ""


@dataclass(frozen=True)
class Row:
    """A measure with its unit, and its cell for every plan that is shown."""

    title: str
    unit: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Change:
    """How much more of an outcome a plan brings than the reference, in words.

    Args:
        kind: more, less, same or unclear; the end of a key in the catalogue.
        size: without sign.
        signed: with sign.
        range: both ends with sign, ready for a sentence; empty where nothing is known of the spread.
    """

    kind: str
    size: str
    signed: str
    range: str

    def spoken(self, page: Page) -> str:
        """The difference with its sign, unless it is unclear or about none."""
        return self.signed if self.kind in ("more", "less") else page.say(f"change_{self.kind}")


def change_from_reference(page: Page, one: Shown, outcome: str) -> Change | None:
    """The difference of an outcome, in percent where the reference has any of it; None where there is none to tell."""
    problem, reference = page.result.problem, page.reference
    if reference is None or not reference.outcomes or not one.outcomes:
        return None
    gain = difference(problem, outcome, spend_of(problem, one.plan), spend_of(problem, reference.plan))
    base, unit = reference.outcomes[outcome].value, unit_of(problem, outcome)
    if base > 0.0:
        share = gain.over(base)
        texts = numbers.percents_alike([share.value, share.low, share.high])
        return _change(page, gain, texts, same=max(-share.low, share.high) < _SAME)
    texts = [page.spoken(part, unit) for part in (gain.value, gain.low, gain.high)]
    return _change(page, gain, texts, same=gain.low == gain.high == 0.0)


def _change(page: Page, gain: Estimate, texts: list[str], *, same: bool) -> Change:
    """`texts`: value, low and high, a real minus sign before what is negative."""
    kind = "same" if same else "unclear" if gain.unclear else "more" if gain.value > 0.0 else "less"
    signed, low, high = (numbers.plus(text) for text in texts)
    ends = page.say("range", low=low, high=high) if gain.has_range else ""
    return Change(kind, signed.lstrip(numbers.SIGNS), signed, ends)


def pick_rules(page: Page) -> Iterator[str]:
    """How the picks are chosen in this problem: docs/design.md section 7 in words."""
    problem, say = page.result.problem, page.say
    lead = problem.sought_goals[0]
    outcome = say.name(lead.outcome or "")
    moves = not any(goal.is_risk for goal in problem.goals) and any(goal.measure == "change" for goal in problem.goals)
    bound = "_reference" if lead.outcome and page.reference else ""
    yield say("picks_limits")
    yield say(("safest_moves" if moves else "safest_risk") + bound, outcome=outcome)
    yield say("balanced_rule")
    yield say("boldest_outcome" if lead.outcome else "boldest_goal", outcome=outcome, goal=say.goal(lead))
    if len(page.picks) < len(page.result.picks.ids):
        yield say("picks_one_plan")


def card_rows(page: Page) -> list[Row]:
    """What every card shows, compact."""
    moves = [_biggest_move(page, numbers.compact)] if page.reference else []
    return [*_common_rows(page, numbers.compact, numbers.compact), *moves]


def table_rows(page: Page) -> list[Row]:
    """The same in full, and what cards have no room for."""
    return [*_common_rows(page, page.money, numbers.rounded), *_change_rows(page), *_money_rows(page)]


def _common_rows(page: Page, money: Number, number: Number) -> Iterator[Row]:
    say = page.say
    yield _row(page, say("row_budget"), page.currency, lambda one: Cell(money(one.plan.total)))
    lead = [one.outcomes.get(page.outcome) for one in page.shown]
    yield _estimates(page, say("incremental", outcome=say.name(page.outcome)), page.unit, lead, number)
    for goal in page.goals_beside_lead:
        values = [one.goal(goal.name) for one in page.shown]
        written = numbers.by_unit(number, goal.unit)
        yield _estimates(page, say.goal(goal), _goal_unit(page, goal), values, written)


def _change_rows(page: Page) -> Iterator[Row]:
    """Every outcome against the reference."""
    if page.reference is not None and page.reference.outcomes:
        for outcome in page.result.problem.tables.outcomes:
            cells = tuple(_change_cell(page, one, outcome) for one in page.shown)
            yield Row(page.say("row_against", outcome=page.say.title(outcome)), "", cells)


def _money_rows(page: Page) -> Iterator[Row]:
    say, n_channels = page.say, len(page.result.problem.channels)
    if page.reference is not None:
        yield _row(page, say("row_moved"), page.currency, lambda one: Cell(page.money(one.moved)))
        yield _biggest_move(page, page.money)
    yield _row(page, say("row_touched"), "", lambda one: Cell(say("of", part=one.touched, whole=n_channels)))
    yield _row(
        page, say("row_beyond"), "", lambda one: Cell(say("comma").join(one.plan.extrapolated) or say("nothing"))
    )
    yield _row(page, say("row_breaks"), "", lambda one: Cell(say.broken(one.plan.breaks) or say("nothing")))


def _biggest_move(page: Page, money: Number) -> Row:
    def cell(one: Shown) -> Cell:
        if one.largest_move is None:
            return Cell(page.say("nothing"))
        channel, move = one.largest_move
        return Cell(numbers.plus(money(move)), channel)

    return _row(page, page.say("row_biggest"), page.currency, cell)


def _row(page: Page, title: str, unit: str, cell: Callable[[Shown], Cell]) -> Row:
    return Row(title, unit, tuple(cell(one) for one in page.shown))


def _estimates(page: Page, title: str, unit: str, values: Sequence[Estimate | None], number: Number) -> Row:
    """A row of values with their ranges."""
    return Row(title, page.say.unit_beside(title, unit), tuple(_estimate_cell(page, value, number) for value in values))


def _estimate_cell(page: Page, estimate: Estimate | None, number: Number) -> Cell:
    if estimate is None:
        return Cell(page.say("beyond_table"))
    note = page.say("range", low=number(estimate.low), high=number(estimate.high)) if estimate.has_range else ""
    return Cell(number(estimate.value), note)


def _goal_unit(page: Page, goal: Goal) -> str:
    notes = [goal.unit]
    if goal.direction == "min":
        notes.append(page.say("less_is_better"))
    if not goal.optimised:
        notes.append(page.say("measured_only"))
    return page.say("comma").join(notes)


def _change_cell(page: Page, one: Shown, outcome: str) -> Cell:
    if one is page.reference:
        return Cell(numbers.MISSING)
    change = change_from_reference(page, one, outcome)
    if change is None:
        return Cell(page.say("not_known"))
    return Cell(change.spoken(page), change.range)
