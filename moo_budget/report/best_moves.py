"""The table of moves: what leads from the reference to the balanced plan, what gains most first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from moo_budget.moves import Move
from moo_budget.report import numbers
from moo_budget.report.page import Page

_FIRST = 3  # moves that the first screen names
_SHOWN = 5  # moves in rows of their own; those after them share one
_WORTH_A_WORD = 1e-3  # of what the plan brings; the table has moves that gain less


@dataclass(frozen=True)
class MovesTable:
    """The best moves as text.

    Args:
        title: which way they are.
        columns: headings.
        rows: a row a move: from where to where, money, gain, gain of all moves so far.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def moves_table(page: Page) -> MovesTable | None:
    """The moves to the balanced plan; None where there are none, or where the reference lies beyond the curves."""
    moves, say = page.moves, page.say
    if not moves:
        return None
    fields = {"outcome": say.name(page.outcome), "unit": page.unit, "currency": page.currency}
    return MovesTable(
        say("best_moves_title", plan=say.plan_names(page.balanced.names).lower()),
        tuple(say(f"best_moves_{key}", **fields) for key in ("move", "money", "gain", "so_far")),
        tuple(_rows(page, moves)),
    )


def best_first(page: Page) -> str:
    """The moves that gain most of the lead outcome, in a sentence; empty where none gains as much as is worth one."""
    say = page.say
    brings = page.balanced.outcomes.get(page.outcome)
    least = _WORTH_A_WORD * abs(brings.value) if brings is not None else 0.0
    moves = [
        say(
            "best_moves_one",
            move=_between(page, move),
            money=page.spoken(move.money, page.currency),
            gain=numbers.plus(page.spoken(move.gain, page.unit)),
        )
        for move in page.moves[:_FIRST]
        if move.gain > least
    ]
    if not moves:
        return ""
    return say("best_moves_first", outcome=say.name(page.outcome), moves=say("semicolon").join(moves))


def _rows(page: Page, moves: Sequence[Move]) -> Iterator[tuple[str, ...]]:
    n_shown = len(moves) if len(moves) <= _SHOWN + 1 else _SHOWN
    gains = numbers.alike([gain for move in moves for gain in (move.gain, move.cumulative_gain)])
    for move, gain, so_far in zip(moves[:n_shown], gains[::2], gains[1::2], strict=False):
        stop = page.say("best_moves_breaks", gain=numbers.plus(so_far)) if move.breaks else numbers.plus(so_far)
        yield _between(page, move), page.money(move.money), numbers.plus(gain), stop
    rest, last = moves[n_shown:], moves[-1]
    if rest:
        before = moves[n_shown - 1]
        gain, so_far = numbers.alike([last.cumulative_gain - before.cumulative_gain, last.cumulative_gain])
        money = page.money(last.cumulative_money - before.cumulative_money)
        yield page.say("best_moves_rest", count=len(rest)), money, numbers.plus(gain), numbers.plus(so_far)


def _between(page: Page, move: Move) -> str:
    say = page.say
    giver, taker = move.from_channel or say("best_moves_new"), move.to_channel or say("best_moves_saved")
    return say("best_moves_between", giver=giver, taker=taker)
