"""What views ask, as far as it is known before anything is learned: whatever is wrong with that is said at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from moo_budget._checks import FloatArray, check_known, frozen
from moo_budget.errors import InputError
from moo_budget.goals import default_goals
from moo_budget.spec import GoalSpec, ViewsSpec, goals_from
from moo_budget.views.beliefs import IMPLIED, View, read_views
from moo_budget.views.moved import moved_by_marginal
from moo_budget.views.returns import spent_today
from moo_budget.views.rows import Rows, rows_of

Goals = Mapping[str, GoalSpec] | Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, eq=False)
class Asked:
    """Views that can be taken in, as far as is known without responses.

    Args:
        views: in order.
        channels: names.
        outcome: that the views are about.
        unit: what it is counted in.
        margin: currency that a unit of it earns; None: unknown.
        spend: (n_channels,), today's money for the whole plan.
        tags: tag -> channels.
    """

    views: tuple[View, ...]
    channels: tuple[str, ...]
    outcome: str
    unit: str
    margin: float | None
    spend: FloatArray
    tags: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "spend", frozen(self.spend))

    @property
    def leans_on_implied(self) -> bool:
        """Whether any view speaks of what today's mix implies."""
        return any(part.function == IMPLIED for view in self.views for part in view.spoken)

    def rows(self, implied: Mapping[str, float]) -> Rows:
        """The views as rows, with the marginal ROI that today's mix implies of each channel."""
        return rows_of(self.views, self.channels, self.spend, self.tags, implied)

    def without_margin(self) -> InputError:
        """Why today's mix implies nothing about an outcome that is no money."""
        return InputError(
            f"{self.outcome} is counted in {self.unit or 'units of its own'} and not in money, so nobody knows what it "
            "must return for today's mix to be right. A profit goal with a margin would say it.",
            code="views.no-margin",
        )


def asked_by(
    views: ViewsSpec,
    channels: Sequence[str],
    units: Mapping[str, str],
    *,
    today: Mapping[str, float] | None,
    table_end: FloatArray,
    goals: Goals | None = None,
    tags: Mapping[str, Sequence[str]] | None = None,
    currency: str = "",
) -> Asked:
    """What [views] of a problem file ask.

    Args:
        views: the section, with at least one belief.
        channels: names.
        units: outcome -> what it is counted in.
        today: channel -> money for the whole plan.
        table_end: (n_channels,), the most that a channel can get.
        goals: as for `BudgetProblem`; views that name no outcome are about the first sought goal's.
        tags: tag -> channels.
        currency: name of the money.

    Raises:
        InputError: a belief that cannot be read or that the method cannot hold, an unknown outcome, no today, a channel
            that can get no money, a tag on which nothing is spent, or `implied` of an outcome that is no money.
    """
    tags = tags or {}
    beliefs = read_views(views, channels, tags)
    outcome = views.outcome or _lead_outcome(units, goals, currency)
    check_known("outcome", outcome, units)
    spend, margin = spent_today(today, channels), _margin(outcome, units, goals, currency)
    asked = Asked(beliefs, tuple(channels), outcome, units[outcome], margin, spend, tags)
    _check_tables(asked.views, channels, table_end)
    rows = asked.rows(dict.fromkeys(channels, 0.0))  # which returns a view is about depends on no implied number
    if views.method == "black_litterman":
        moved_by_marginal(rows)
    if asked.margin is None and asked.leans_on_implied:
        raise asked.without_margin()
    return asked


def named(views: Sequence[View], names: Sequence[str]) -> Iterator[tuple[View, str]]:
    """Every view with each of these channels that it names itself; a tag says nothing of its channels one by one."""
    return ((view, part.name) for view in views for part in view.spoken if part.name in names)


def _check_tables(views: Sequence[View], channels: Sequence[str], table_end: FloatArray) -> None:
    """Raise InputError for a view about a channel that can get no money, whose return is zero whatever is believed."""
    for view, name in named(views, [name for name, end in zip(channels, table_end, strict=True) if end == 0.0]):
        raise InputError(
            f"`{view.text}` is about `{name}`, which was never bought and can get no money: it has no response to "
            f"move. Give it a max under [limits.channel.{name}], or take the view out.",
            code="views.no-table",
        )


def _lead_outcome(units: Mapping[str, str], goals: Goals | None, currency: str) -> str:
    """The outcome of the first sought goal that has one; of goals about money alone, the first outcome."""
    specs = default_goals(tuple(units), tuple(units.values()), currency) if goals is None else goals_from(goals)
    found = [goal.outcome for goal in specs.values() if goal.goal and goal.outcome is not None]
    return found[0] if found else next(iter(units))


def _margin(outcome: str, units: Mapping[str, str], goals: Goals | None, currency: str) -> float | None:
    """What a unit of the outcome earns: as a profit goal states it, else 1 for an outcome in money, else unknown."""
    specs = {} if goals is None else goals_from(goals)
    stated = [goal.margin or 1.0 for goal in specs.values() if goal.measure == "profit" and goal.outcome == outcome]
    return next(iter(stated), 1.0 if units[outcome] == currency else None)
