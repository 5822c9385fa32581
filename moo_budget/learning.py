"""What stands before a search: the problem file checked, and how the channels respond."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from moo_budget._checks import amount_text, money_by_channel
from moo_budget.errors import InfeasibleError, InputError, Message, listed
from moo_budget.history import History, read_history
from moo_budget.history.files import read_table
from moo_budget.interpolation import TOLERANCE
from moo_budget.limits import (
    FeasibleSet,
    PeriodLimits,
)
from moo_budget.problem import BudgetProblem
from moo_budget.question import Question, question_of
from moo_budget.responses import fit
from moo_budget.responses.collinear import TOGETHER, bought_together
from moo_budget.responses.experiments import LiftTest, read_experiments
from moo_budget.responses.noise import assumed_noise
from moo_budget.responses.settings import Learning
from moo_budget.risk import EXACT_CHANNELS
from moo_budget.spec import ProblemSpec, read_problem, require_available
from moo_budget.tables import ResponseTables, from_curves, tabulate
from moo_budget.views import Viewed, ViewsRecord, asked_by, taken_in

Asked = TypeVar("Asked")


@dataclass(frozen=True, eq=False)
class Learned:
    """What is known before the search: response tables and where they come from.

    Args:
        tables: money per period.
        history: None for curves of one's own.
        today: channel -> money for the whole plan; None where nobody said.
        fit: outcome -> what was learned and how well, ready for JSON.
        messages: from reading to tabulating.
        views: what the team's views changed in the tables; None without views.
        without_views: the tables as they were before the views.
    """

    tables: ResponseTables
    history: History | None
    today: dict[str, float] | None
    fit: dict[str, dict[str, Any]]
    messages: tuple[Message, ...]
    views: ViewsRecord | None
    without_views: ResponseTables


def learn(
    spec: ProblemSpec,
    *,
    seed: int | None = None,
    budgets: Sequence[float] = (),
    learning: Learning | None = None,
) -> Learned:
    """Read the history and learn how the channels respond, or read curves of one's own.

    Args:
        spec: the problem file.
        seed: of the posterior's draws.
        budgets: totals instead of the file's, all of which the response tables are to reach.
        learning: as `fit` takes it.

    Raises:
        InputError: the data or the problem file are wrong.
        InfeasibleError: the limits cannot be met together; said before anything is learned.
    """
    require_available(spec)
    if spec.history is None:
        return _own_curves(spec)
    history = read_history(spec)
    questions = [with_budget(spec, budget) for budget in budgets] or [spec]
    first_that_holds(questions, lambda question: _question_of(question, history))
    tests = _experiments(spec, history)
    responses = fit(history, spec.fit, risk=spec.risk, seed=seed, experiments=tests, learning=learning)
    ends = [question.max_spend(history) for question in questions]
    tables = tabulate(
        responses,
        max_spend={name: max(end[name] for end in ends) for name in history.channels},
        plan_starts=history.period_starts(spec.plan),
    )
    quality = {outcome.name: outcome.quality | {"noise": outcome.noise_source} for outcome in responses.outcomes}
    today = history.today(spec.plan)
    viewed = _with_views(spec, tables, today)
    waiting = history.skipped_periods(spec.plan) if spec.plan.calendar else 0
    said = (
        *history.messages,
        *_beyond_telling(history),
        *responses.messages,
        *_table_error(tables),
        *_shared_noise(tables),
        *viewed.messages,
        *_waiting(waiting, history),
    )
    return Learned(viewed.tables.after(waiting), history, today, quality, said, viewed.record, tables)


def _waiting(periods: int, history: History) -> tuple[Message, ...]:
    if periods == 0:
        return ()
    text = (
        f"the plan begins {periods} {history.period}(s) after the history ends; what is spent in between is not known, "
        "so nothing of it is taken to work on in the plan"
    )
    return (Message("history.plan-later", text),)


def with_budget(spec: ProblemSpec, budget: float) -> ProblemSpec:
    """The problem file with another total, which is to be placed in full."""
    return spec.replaced(plan=replace(spec.plan, budget=budget))


def first_that_holds(questions: Sequence[ProblemSpec], ask: Callable[[ProblemSpec], Asked]) -> Asked:
    """What `ask` makes of the first question whose limits can be met.

    Raises:
        InfeasibleError: those of none can; the first one's error.
    """
    refusal: InfeasibleError | None = None
    for question in questions:
        try:
            return ask(question)
        except InfeasibleError as error:
            refusal = refusal or error
    assert refusal is not None  # there is a question
    raise refusal


def _beyond_telling(history: History) -> Iterator[Message]:
    """What the money alone says of how far a total can tell channels apart."""
    totals = listed([series.name for series in history.outcomes if not series.per_channel])
    if all(series.per_channel for series in history.outcomes):
        return
    n_channels, n_periods = len(history.channels), history.n_periods
    if n_channels >= n_periods:
        text = (
            f"{totals}: {n_channels} channels are learned from the totals of {n_periods} periods, which cannot "
            "tell so many apart: what they bring together is known, and of most what each brings is what was believed "
            "beforehand. Plan groups of channels, measure outcomes channel by channel, or bring lift tests "
            "([fit] experiments)."
        )
        yield Message("fit.more-channels-than-periods", text)
    groups = bought_together(history.spend, history.channels)
    if groups:
        yield Message("data.bought-together", f"{totals}: {_told_together(groups)}")


def _told_together(groups: list[list[str]]) -> str:
    told = [listed([f"`{name}`" for name in group], 4) for group in groups]
    more = f"; and {len(told) - 3} more groups" if len(told) > 3 else ""
    return (
        f"these channels are bought together (their money correlates by {TOGETHER:g} or more): {'; '.join(told[:3])}"
        f"{more}. A total shows what they bring together, hardly what each does. Plan them as one channel, or change "
        "or test one of them alone."
    )


def _with_views(spec: ProblemSpec, tables: ResponseTables, today: dict[str, float] | None) -> Viewed:
    periods, goals, tags = spec.plan.periods, spec.goals, spec.tags
    return taken_in(tables, spec.views, today=today, periods=periods, goals=goals, tags=tags, currency=spec.currency)


def _experiments(spec: ProblemSpec, history: History) -> tuple[LiftTest, ...]:
    if spec.fit.experiments is None:
        return ()
    assert spec.path is not None  # read_problem sets it
    return read_experiments(spec.path.parent / spec.fit.experiments, history)


def _own_curves(spec: ProblemSpec) -> Learned:
    assert spec.path is not None  # read_problem sets it
    assert spec.fit.curves is not None  # the problem file has [history] or this
    if spec.fit.experiments is not None:
        raise InputError(
            "[fit] experiments sharpen curves that are learned, and this problem brings its own. Take them out.",
            code="fit.experiments",
        )
    table = read_table(spec.path.parent / spec.fit.curves)
    n_channels = table.cells["channel"].nunique() if "channel" in table.cells else 0
    tables = from_curves(table.cells, assumed_noise(n_channels, spec.risk))
    noise = f"assumed: {spec.risk.noise:.0%} a channel and period, correlation {spec.risk.correlation:g} ([risk])"
    quality = {outcome: {"model": "own curves", "noise": noise} for outcome in tables.outcomes}
    today, said = _stated_today(spec, tables)
    viewed = _with_views(spec, tables, today)
    said = (*table.messages, *said, *_table_error(tables), *_shared_noise(tables), *viewed.messages)
    return Learned(viewed.tables, None, today, quality, said, viewed.record, tables)


def _stated_today(spec: ProblemSpec, tables: ResponseTables) -> tuple[dict[str, float] | None, tuple[Message, ...]]:
    """Today's money of a problem without history: what the file states, within the curves."""
    stated = spec.plan.today
    if stated is None:
        return None, ()
    if isinstance(stated, str):
        raise InputError(
            f'[plan] today = "{stated}" needs a history, and this problem brings its own curves. '
            "Write a table channel -> money.",
            code="plan.today-without-history",
        )
    money = money_by_channel(stated, tables.channels, "[plan] today")
    ends = tables.ends * spec.plan.periods
    for name, amount, end in zip(tables.channels, money, ends, strict=True):
        if amount > end:
            raise InputError(
                f"[plan] today: {amount_text(amount)} of `{name}` lies beyond the end of its curve "
                f"({amount_text(end)} for the whole plan). Lower it, or add points to the curve.",
                code="plan.today-beyond-curve",
            )
    left_out = [name for name in tables.channels if name not in stated]
    said = f"[plan] today leaves out {listed(left_out)}: nothing is spent on what is left out"
    today = dict(zip(tables.channels, money.tolist(), strict=True))
    return today, (Message("plan.today-left-out", said),) if left_out else ()


def _table_error(tables: ResponseTables) -> tuple[Message, ...]:
    """Curves that jump cannot be tabulated to the error that is promised of smooth ones."""
    if tables.error <= TOLERANCE:
        return ()
    text = f"a response curve is tabulated with an error of {tables.error:.2%} of its height; it jumps or bends sharply"
    return (Message("tables.error", text),)


def _shared_noise(tables: ResponseTables) -> tuple[Message, ...]:
    """That of very many channels the noise is held in the directions that matter most."""
    n_channels = len(tables.channels)
    directions = max(factors.loadings.shape[1] for factors in tables.noise)
    if directions in (0, n_channels):  # none, or all of them
        return ()
    text = (
        f"market noise of {n_channels:,} channels: every channel's own is held as it was found, and what they share in "
        f"the {directions} directions in which they move together most (exact for up to {EXACT_CHANNELS} channels)"
    )
    return (Message("noise.shared-directions", text),)


def problem_of(spec: ProblemSpec, learned: Learned) -> BudgetProblem:
    """The question of a problem file over what was learned."""
    return BudgetProblem(
        learned.tables,
        goals=spec.goals,
        budget=spec.plan.budget,
        periods=spec.plan.periods,
        limits=spec.limits,
        tags=spec.tags,
        today=learned.today,
        money_step=spec.plan.money_step,
        currency=spec.currency,
        source=spec.source,
        calendar=_periods_of(spec, learned.history),
    )


def _periods_of(spec: ProblemSpec, history: History | None) -> bool | tuple[datetime.date, ...]:
    """The plan's periods as `BudgetProblem` takes them."""
    starts = history.period_starts(spec.plan) if spec.plan.calendar and history else None
    return spec.plan.calendar if starts is None else starts


def _question_of(spec: ProblemSpec, history: History) -> Question:
    """Goals, limits and views before anything is learned, so that what is wrong with them is said at once.

    Raises:
        InputError: a goal or a limit needs what is not there, or a view cannot be read or held.
        InfeasibleError: the limits cannot be met together.
    """
    today = history.today(spec.plan)
    units = {name: outcome.unit for name, outcome in spec.outcomes.items()}
    table_end = money_by_channel(spec.max_spend(history), history.channels, "max_spend")
    if spec.views.beliefs:
        asked_by(
            spec.views,
            history.channels,
            units,
            today=today,
            table_end=table_end,
            goals=spec.goals,
            tags=spec.tags,
            currency=spec.currency,
        )
    return question_of(
        history.channels,
        units,
        goals=spec.goals,
        budget=spec.plan.budget,
        periods=spec.plan.periods,
        limits=spec.limits,
        tags=spec.tags,
        today=today,
        money_step=spec.plan.money_step,
        currency=spec.currency,
        source=spec.source,
        calendar=_periods_of(spec, history),
        table_end=table_end,
        observed_max=history.observed_max,
    )


@dataclass(frozen=True, eq=False)
class Checked:
    """What `check` found: nothing in the way of `run`.

    Args:
        spec: the problem file.
        history: None for curves of one's own.
        feasible: limits of every channel and of the total, currency for the whole plan.
        today: channel -> money for the whole plan; None where nobody said.
        channels: names, in the order of `feasible`.
        messages: repairs and notes.
        periods: what is allowed in every period; None where plans are spent level.
    """

    spec: ProblemSpec
    history: History | None
    feasible: FeasibleSet
    today: dict[str, float] | None
    channels: tuple[str, ...]
    messages: tuple[Message, ...]
    periods: PeriodLimits | None = None


def check(problem: str | Path) -> Checked:
    """Data, lift tests and limits of a problem file, before anything is learned or solved.

    Raises:
        InputError: the data or the problem file are wrong.
        InfeasibleError: the limits cannot be met together.
        NotAvailableError: a setting that a later version carries out.
    """
    spec = read_problem(problem)
    require_available(spec)
    if spec.history is None:
        learned = _own_curves(spec)
        asked = problem_of(spec, learned)
        said = (*learned.messages, *asked.messages)
        return Checked(spec, None, asked.feasible, learned.today, asked.channels, said, asked.period_limits)
    history = read_history(spec)
    question = _question_of(spec, history)
    _experiments(spec, history)
    feasible, said = question.feasible, (*history.messages, *_beyond_telling(history), *question.feasible.messages)
    return Checked(spec, history, feasible, history.today(spec.plan), history.channels, said, question.periods)
