"""Views on response tables: draws are moved or weighed anew, and what that changed is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.errors import InputError, Message
from moo_budget.goals import default_goals
from moo_budget.spec import GoalSpec, ViewsSpec, goals_from, parse_part
from moo_budget.tables import ResponseTables
from moo_budget.views.beliefs import IMPLIED, View, read_views
from moo_budget.views.changes import belief_changes, channel_changes, messages
from moo_budget.views.entropy_pooling import effective_draws
from moo_budget.views.implied import implied_beliefs
from moo_budget.views.moved import moved_tables
from moo_budget.views.pooled import distinct_draws, pooled_tables
from moo_budget.views.record import ViewsRecord
from moo_budget.views.returns import Returns, returns_today
from moo_budget.views.rows import Rows, rows_of

Goals = Mapping[str, GoalSpec] | Mapping[str, Mapping[str, object]]


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
        InputError: a belief that cannot be read or that the method cannot hold, an unknown name, no today, views that
            contradict each other or the draws, or too few effective draws.
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
    tags = tags or {}
    beliefs = read_views(spec, tables.channels, tags)
    outcome = spec.outcome or _lead_outcome(tables, goals, currency)
    before = returns_today(tables, outcome, today, periods)
    implied, not_implied = _implied(tables, outcome, before, periods, _margin(tables, outcome, goals, currency))
    if not_implied is not None and _speak_of_implied(beliefs):
        raise not_implied
    rows = rows_of(beliefs, before, tags, implied)
    _check_tables(tables, rows.spoken_of())
    blended, at_zero = _blended(spec.method, tables, outcome, rows, before)
    after = returns_today(blended, outcome, today, periods)
    distinct = distinct_draws(before)
    record = ViewsRecord(
        outcome=outcome,
        method=spec.method,
        channels=channel_changes(before, after, at_zero, implied, periods),
        beliefs=belief_changes(rows, before, after),
        n_draws=len(distinct.first),
        effective_draws=effective_draws(distinct.together(blended.weights)),
        not_implied=not_implied.text if not_implied is not None else "",
    )
    return Viewed(blended, record, tuple(messages(record, rows, before)))


def _blended(
    method: str, tables: ResponseTables, outcome: str, rows: Rows, before: Returns
) -> tuple[ResponseTables, FloatArray]:
    """Tables with the views in them, and the probability (n_channels,) of draws that stopped at zero."""
    if method == "entropy_pooling":
        return pooled_tables(tables, rows, before), np.zeros(len(tables.channels))
    moved = moved_tables(tables, outcome, rows, before)
    return moved.tables, moved.at_zero


def _check_tables(tables: ResponseTables, spoken_of: Sequence[str]) -> None:
    """Raise InputError for a view about a channel that can get no money, whose return is zero whatever is believed."""
    for name in spoken_of:
        if tables.ends[tables.channels.index(name)] == 0.0:
            raise InputError(
                f"a view is about `{name}`, which was never bought and can get no money: it has no response to move. "
                f"Give it a max under [limits.channel.{name}], or take the view out.",
                code="views.no-table",
            )


def _lead_outcome(tables: ResponseTables, goals: Goals | None, currency: str) -> str:
    """The outcome of the first sought goal that has one; of goals about money alone, the tables' first."""
    specs = default_goals(tables.outcomes, tables.units, currency) if goals is None else goals_from(goals)
    named = [goal.outcome for goal in specs.values() if goal.goal and goal.outcome is not None]
    return named[0] if named else tables.outcomes[0]


def _margin(tables: ResponseTables, outcome: str, goals: Goals | None, currency: str) -> float | None:
    """What a unit of the outcome earns: as a profit goal states it, else 1 for an outcome in money, else unknown."""
    specs = {} if goals is None else goals_from(goals)
    stated = [goal.margin or 1.0 for goal in specs.values() if goal.measure == "profit" and goal.outcome == outcome]
    in_money = tables.units[tables.outcomes.index(outcome)] == currency
    return next(iter(stated), 1.0 if in_money else None)


def _speak_of_implied(views: Sequence[View]) -> bool:
    return any(part.function == IMPLIED for view in views for part in view.form.terms)


def _implied(
    tables: ResponseTables, outcome: str, returns: Returns, periods: int, margin: float | None
) -> tuple[dict[str, float], InputError | None]:
    """Channel -> marginal ROI that today's mix implies; or none, and why."""
    today = dict(zip(returns.channels, (periods * returns.spend).tolist(), strict=True))
    if margin is None:
        unit = tables.units[tables.outcomes.index(outcome)] or "units of its own"
        text = (
            f"{outcome} is counted in {unit} and not in money, so nobody knows what it must return for today's mix to "
            "be right. A profit goal with a margin would say it."
        )
        return {}, InputError(text, code="views.no-margin")
    try:
        beliefs = implied_beliefs(tables, outcome, today=today, periods=periods, margin=margin)
    except InputError as error:
        return {}, error
    return {name: belief.implied for name, belief in beliefs.channels.items()}, None
