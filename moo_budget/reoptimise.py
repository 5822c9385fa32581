"""The same question with other limits, searched again from the plans that are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Thread

from pydantic import ConfigDict

from moo_budget._checks import amount_text, check_known
from moo_budget.calendar import schedule
from moo_budget.certificate import Certificate
from moo_budget.errors import Message
from moo_budget.front import Front
from moo_budget.problem import BudgetProblem
from moo_budget.results import Result
from moo_budget.run import certified, without_bounds
from moo_budget.solve import Callback, Progress, solve
from moo_budget.spec import BudgetRange, ChannelLimits, ProblemSpec, parse_part

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
_WEIGHTINGS = 30  # that the certificate looks at: somebody is waiting
_PATIENCE = 0.1  # seconds until that somebody is asked again whether to go on
_OF_A_SEARCH = (  # codes of messages
    "solve.", "calendar.", "certificate.", "frontier.", "choose.", "limits.", "run.", "reoptimise.",
)  # fmt: skip


@dataclass(frozen=True)
class ChannelChange:
    """Limits of one channel, money for the whole plan; None: as in the problem file."""

    __pydantic_config__ = _STRICT
    min: float | None = None
    max: float | None = None
    lock: bool | None = None
    off: bool | None = None

    @property
    def settings(self) -> dict[str, float | bool]:
        """What differs from the problem file."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class GoalBounds:
    """What a goal must at least and may at most be, in its unit; None: anything."""

    __pydantic_config__ = _STRICT
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True)
class Changes:
    """What is to be different from the problem file; what is not named stays.

    Args:
        limits: channel -> its limits.
        goals: goal -> bounds, beside the rules that there are.
        budget: money for the whole plan.
    """

    __pydantic_config__ = _STRICT
    limits: dict[str, ChannelChange] = field(default_factory=dict)
    goals: dict[str, GoalBounds] = field(default_factory=dict)
    budget: float | BudgetRange | None = None


@dataclass(frozen=True, eq=False)
class Question:
    """A changed question whose limits can be met.

    Args:
        before: the result whose question was changed.
        spec: the problem file with the changes.
        problem: the same over the response tables of `before`.
        changes: in words.
    """

    before: Result
    spec: ProblemSpec
    problem: BudgetProblem
    changes: str


def restate(result: Result, changes: Changes | Mapping[str, object]) -> Question:
    """The question of a result with other limits, checked before anything is searched.

    Args:
        result: what was found so far.
        changes: the record, or the mappings that it is made of.

    Raises:
        InputError: a channel or goal that is not there, or a limit that is none or lies beyond a response table.
        InfeasibleError: the limits cannot be met together.
    """
    asked = parse_part(Changes, changes, "changes")
    spec = _changed(result, asked)
    limits = None if spec.limits == result.spec.limits else spec.limits
    problem = result.problem.restated(limits=limits, budget=None if asked.budget is None else spec.plan.budget)
    return Question(result, spec, problem, ", ".join(_in_words(asked)) or "nothing")


def reoptimise(question: Question, start_from: Front | None = None, *, callback: Callback | None = None) -> Result:
    """The front of a changed question, searched from the plans of a front that is there.

    As long and with the seed of the search before; the certificate is made from fewer weightings, there is no efficient
    frontier, and nobody explains the picks. With a calendar the money of its plans is placed in periods.

    Args:
        question: see `restate`.
        start_from: whose plans are among the first that are tried; None: the front before the changes.
        callback: told of the progress, and of the last one again and again while the certificate is made; one that
            raises KeyboardInterrupt ends what is under way, and what there is is kept.

    Raises:
        InfeasibleError: with money placed in periods no plan keeps all limits.
        StoppedError: ended before there was anything to keep.
    """
    before, search = question.before, question.spec.search
    watcher = _Watcher(callback)
    front = solve(
        question.problem,
        search.algorithm,
        n_plans=search.plans,
        n_evaluations=search.evaluations,
        seed=before.front.seed,
        initial_plans=(start_from or before.front).spend,
        time_limit=search.time_limit,
        callback=None if callback is None else watcher,
    )
    if question.problem.period_limits is None:
        certificate, said = watcher.certified(front)
    else:
        front, certificate, said = schedule(front), None, (without_bounds(),)
    found = replace(
        before,
        spec=question.spec,
        front=front,
        messages=(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        certificate=certificate,
        efficient_frontier=None,
        explanations={},
        first_test=None,
    )
    kept = [message for message in before.messages if not message.code.startswith(_OF_A_SEARCH)]
    changed = Message("reoptimise.changed", f"limits differ from the problem file: {question.changes}")
    told = (changed, *question.problem.messages, *front.messages, *said, *found.picks.messages)
    return replace(found, messages=tuple(dict.fromkeys((*kept, *told))))


class _Watcher:
    """Somebody who is told how a search goes, and may end it at any time.

    Args:
        callback: of `reoptimise`.
    """

    def __init__(self, callback: Callback | None) -> None:
        self._callback = callback
        self._last: Progress | None = None

    def __call__(self, progress: Progress) -> None:
        """Tell of the progress."""
        self._last = progress
        self._ask()

    def _ask(self) -> None:
        if self._callback is not None and self._last is not None:
            self._callback(self._last)

    def certified(self, front: Front) -> tuple[Certificate | None, tuple[Message, ...]]:
        """The certificate of a front; without one where its end is not waited for, and then it is made for nobody."""
        made: Future[tuple[Certificate | None, tuple[Message, ...]]] = Future()
        Thread(target=lambda: made.set_result(certified(front, _WEIGHTINGS)), daemon=True).start()
        while True:
            try:
                return made.result(timeout=_PATIENCE)
            except TimeoutError:
                try:
                    self._ask()
                except KeyboardInterrupt:
                    return None, (Message("certificate.not-awaited", "the front is not certified: ended before that"),)


def _changed(result: Result, changes: Changes) -> ProblemSpec:
    """The problem file with the changes."""
    spec, problem = result.spec, result.problem
    channels = dict(spec.limits.channel)
    for name, change in changes.limits.items():
        check_known("channel", name, problem.channels, "limits")
        own = channels.get(name, ChannelLimits())
        channels[name] = parse_part(ChannelLimits, vars(own) | change.settings, f"limits.channel.{name}")
    for name in changes.goals:
        check_known("goal", name, [goal.name for goal in problem.goals], "goals")
    rules = (*spec.limits.rules, *_rules(changes.goals))
    plan = spec.plan if changes.budget is None else replace(spec.plan, budget=changes.budget)
    return spec.replaced(limits=replace(spec.limits, channel=channels, rules=rules), plan=plan)


def _rules(goals: Mapping[str, GoalBounds]) -> Iterator[str]:
    """Bounds of goals as the problem file writes them."""
    for name, bounds in goals.items():
        if bounds.min is not None:
            yield f"'{name}' >= {bounds.min!r}"
        if bounds.max is not None:
            yield f"'{name}' <= {bounds.max!r}"


def _in_words(changes: Changes) -> Iterator[str]:
    for name, change in changes.limits.items():
        for setting, value in change.settings.items():
            yield f"{name} {setting} = {str(value).lower() if isinstance(value, bool) else amount_text(value)}"
    yield from _rules(changes.goals)
    if isinstance(changes.budget, BudgetRange):
        yield f"budget = {amount_text(changes.budget.min)} to {amount_text(changes.budget.max)}"
    elif changes.budget is not None:
        yield f"budget = {amount_text(changes.budget)}"
