"""What `check` shows: the limits of every channel, and notes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType

from moo_budget.learning import Checked
from moo_budget.limits import PeriodLimits
from moo_budget.report.numbers import full
from moo_budget.report.words import Words
from moo_budget.terminal.cells import bare_table


def check_document(found: Checked) -> dict[str, Any]:
    """What `check` found, for a program."""
    feasible = found.feasible
    return {
        "ok": True,
        "period": found.history.period if found.history else "none",
        "rows": found.history.source.rows if found.history else None,
        "budget": {"min": feasible.budget_min, "max": feasible.budget_max},
        "channels": {
            name: {
                "min": feasible.lower[c],
                "min_if_used": feasible.min_if_used[c],
                "max": feasible.upper[c],
                "step": feasible.block[c],
                "today": (found.today or {}).get(name),
            }
            for c, name in enumerate(found.channels)
        },
        "calendar": None if found.periods is None else _calendar_document(found, found.periods),
        "messages": [vars(message) for message in found.messages],
    }


def _calendar_document(found: Checked, periods: PeriodLimits) -> dict[str, Any]:
    """Limits per period, for a program."""
    return {
        "starts": [day.isoformat() for day in periods.starts],
        "total_max": periods.total_max if math.isfinite(periods.total_max) else None,
        "channels": {
            name: {
                "max": float(periods.most[:, c].max()),
                "periods": int((periods.most[:, c] > 0.0).sum()),
                "min_burst": int(periods.min_burst[c]),
            }
            for c, name in enumerate(found.channels)
        },
    }


def checked(found: Checked, lang: str) -> RenderableType:
    """What `check` found, for a person."""
    say = Words(lang)
    currency = found.spec.currency or say("money")
    table = bare_table()
    in_blocks = bool(found.feasible.block.any())
    table.add_column(say("shown_channel"))
    for key in ("column_today", "least", "most", "blocks") if in_blocks else ("column_today", "least", "most"):
        table.add_column(f"{say(f'shown_{key}')}\n{currency}", justify="right")
    for c, name in enumerate(found.channels):
        today = "" if found.today is None else full(found.today[name])
        block = [full(float(found.feasible.block[c])) if found.feasible.block[c] > 0.0 else ""] if in_blocks else []
        table.add_row(name, today, _least(found, c, say), full(float(found.feasible.upper[c])), *block)
    low, high = found.feasible.budget_min, found.feasible.budget_max
    total = full(high) if low == high else say("shown_range", low=full(low), high=full(high))
    notes = [f"- {text}" for text in (*_calendar_notes(found), *(message.text for message in found.messages))]
    return Group(
        say("shown_in_order", title=found.spec.title or say("shown_checked"), currency=currency, total=total),
        table,
        *notes,
        say("shown_next_solve", file=found.spec.path),
    )


def _calendar_notes(found: Checked) -> Iterator[str]:
    """What the calendar's limits leave, a line each."""
    if found.periods is None:
        return
    periods, currency = found.periods, found.spec.currency or "money"
    span = f" from {periods.starts[0]} on" if periods.starts else ""
    yield f"money is planned for each of {periods.n_periods} periods{span}"
    if math.isfinite(periods.total_max):
        yield f"[limits.calendar] total_max: all channels together at most {currency} {full(periods.total_max)} in each"
    for name in found.spec.limits.calendar:
        if name in found.channels:
            c = found.channels.index(name)
            runs = int((periods.most[:, c] > 0.0).sum())
            if runs == 0:
                yield f"[limits.calendar.{name}]: says nothing, because `{name}` gets nothing in any period"
                continue
            most = full(float(periods.most[:, c].max()))
            bursts = f", for {periods.min_burst[c]} in a row at least" if periods.min_burst[c] > 1 else ""
            yield f"[limits.calendar.{name}]: at most {currency} {most} in each of {runs} periods{bursts}"


def _least(found: Checked, c: int, say: Words) -> str:
    """The least that a channel gets: ``0 or 60,000`` where that is nothing or a minimum."""
    least = full(float(found.feasible.lower[c]))
    min_if_used = float(found.feasible.min_if_used[c])
    return say("shown_nothing_or", least=least, minimum=full(min_if_used)) if min_if_used > 0.0 else least
