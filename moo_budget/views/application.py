"""Views on response tables: draws are moved or weighed anew, and what that changed is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from moo_budget.errors import InputError, Message
from moo_budget.spec import ViewsSpec, parse_part
from moo_budget.tables import ResponseTables
from moo_budget.views.asked import Asked, Goals, asked_by, named
from moo_budget.views.beliefs import View
from moo_budget.views.changes import belief_changes, channel_changes, messages
from moo_budget.views.entropy_pooling import effective_draws
from moo_budget.views.implied import implied_beliefs
from moo_budget.views.moved import Stop, moved_tables
from moo_budget.views.pooled import distinct_draws, pooled_tables
from moo_budget.views.record import ViewsRecord
from moo_budget.views.returns import Returns, returns_at, returns_today
from moo_budget.views.rows import Rows


@dataclass(frozen=True, eq=False)
class Viewed:
    """Tables with the team's views in them.

    Args:
        tables: as every later step sees them.
        record: what changed; None without views.
        messages: what a person should know.
    """

    tables: ResponseTables
    record: ViewsRecord | None
    messages: tuple[Message, ...]


def apply_views(
    tables: ResponseTables,
    views: ViewsSpec | Mapping[str, object],
    *,
    today: Mapping[str, float] | None,
    periods: int,
    goals: Goals | None = None,
    tags: Mapping[str, Sequence[str]] | None = None,
    currency: str = "",
) -> ResponseTables:
    """The tables with the team's views in their draws, so that all that follows sees them; without views the same.

    Args:
        tables: money per period.
        views: [views] of a problem file.
        today: channel -> money for the whole plan: views are about returns at today's money.
        periods: of the plan.
        goals: as for `BudgetProblem`; views that name no outcome are about the first sought goal's.
        tags: tag -> channels; a tag's return is that of its channels together, at today's money.
        currency: name of the money.

    Raises:
        InputError: a belief that cannot be read or that the method cannot hold, an unknown name, no today, a channel
            that can get no money or brings nothing, views that contradict each other or the draws, or too few effective
            draws.
    """
    return taken_in(tables, views, today=today, periods=periods, goals=goals, tags=tags, currency=currency).tables


def taken_in(
    tables: ResponseTables,
    views: ViewsSpec | Mapping[str, object],
    *,
    today: Mapping[str, float] | None,
    periods: int,
    goals: Goals | None = None,
    tags: Mapping[str, Sequence[str]] | None = None,
    currency: str = "",
) -> Viewed:
    """`apply_views`, with the record of what changed."""
    spec = parse_part(ViewsSpec, views, "views")
    if not spec.beliefs:
        return Viewed(tables, None, ())
    units = dict(zip(tables.outcomes, tables.units, strict=True))
    asked = asked_by(
        spec, tables.channels, units, today=today, table_end=tables.ends, goals=goals, tags=tags, currency=currency
    )
    before = returns_today(tables, asked.outcome, today, periods)
    implied, not_implied = _implied(tables, asked, before, periods)
    if not_implied is not None and asked.leans_on_implied:
        raise not_implied
    rows = asked.rows(implied)
    _check_responses(asked.views, before)
    blended, stops = _blended(spec.method, tables, asked.outcome, rows, before)
    after = returns_at(blended, asked.outcome, before.spend, before.read_at)
    distinct = distinct_draws(before)
    record = ViewsRecord(
        outcome=asked.outcome,
        method=spec.method,
        channels=channel_changes(before, after, stops, implied, periods),
        beliefs=belief_changes(rows, before, after),
        n_draws=len(distinct.first),
        effective_draws=effective_draws(distinct.together(blended.weights)),
        not_implied=not_implied.text if not_implied is not None else "",
    )
    return Viewed(blended, record, tuple(messages(record, rows, before, stops)))


def _blended(
    method: str, tables: ResponseTables, outcome: str, rows: Rows, before: Returns
) -> tuple[ResponseTables, dict[str, Stop]]:
    """Tables with the views in them, and the channels whose draws stopped at zero."""
    order = before.own_order
    rows, before = rows.in_own_order(order), before.in_order(order)
    if method == "entropy_pooling":
        return pooled_tables(tables, rows, before), {}
    moved = moved_tables(tables, outcome, rows, before)
    return moved.tables, moved.stops


def _check_responses(views: Sequence[View], returns: Returns) -> None:
    """Raise InputError for a view about a channel that brings nothing at any money, whatever is believed."""
    silent = [name for name, brings in zip(returns.channels, returns.brings_anything, strict=True) if not brings]
    for view, name in named(views, silent):
        raise InputError(
            f"`{view.text}` is about `{name}`, which brings nothing at any money under any draw: it has no response to "
            "move. Take the view out, or give what speaks for the channel as a lift test ([fit] experiments).",
            code="views.no-response",
        )


def _implied(
    tables: ResponseTables, asked: Asked, returns: Returns, periods: int
) -> tuple[dict[str, float], InputError | None]:
    """Channel -> marginal ROI that today's mix implies; or none, and why."""
    if asked.margin is None:
        return {}, asked.without_margin()
    today = dict(zip(returns.channels, asked.spend.tolist(), strict=True))
    try:
        beliefs = implied_beliefs(tables, asked.outcome, today=today, periods=periods, margin=asked.margin)
    except InputError as error:
        return {}, error
    return {name: belief.implied for name, belief in beliefs.channels.items()}, None
