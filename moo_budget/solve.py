"""solve: a problem and a search method make a front."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pymoo.core.algorithm import Algorithm
from pymoo.core.evaluator import Evaluator
from pymoo.core.population import Population
from pymoo.core.termination import NoTermination

from moo_budget._checks import FloatArray, amount_text, check_finite, check_known, check_shape, money_by_channel
from moo_budget._interrupts import finishing
from moo_budget.algorithms import ALGORITHMS
from moo_budget.algorithms.archive import Archive, thin
from moo_budget.algorithms.array_search import ArraySearch
from moo_budget.errors import InfeasibleError, InputError, Message, MooBudgetError, StoppedError, listed
from moo_budget.front import Front
from moo_budget.goal_rules_met import plan_within
from moo_budget.indicators import hypervolume, reference_point
from moo_budget.problem import BudgetProblem
from moo_budget.weighting import Weighting
from moo_budget.whole_steps import in_whole_steps

_ARCHIVE_PER_PLAN = 10  # plans in the archive, for each that is asked for
_CENT = 0.01  # a step that nobody chose; whoever asks for larger ones wants them
_COARSE = 1e-3  # of the budget: larger steps lose plans
_POPULATION = 200
_SMALLEST_POPULATION = 8


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a search is; handed to the callback after every generation.

    Args:
        n_evaluations: plans whose goals were computed so far.
        ceiling: how many there may be.
        seconds: since the search began.
        front_goals: (n_front, n_goals), goals of the front so far, all minimised.
    """

    n_evaluations: int
    ceiling: int
    seconds: float
    front_goals: FloatArray

    @property
    def n_front(self) -> int:
        """Plans on the front so far; every one of them keeps all limits."""
        return len(self.front_goals)

    def hypervolume(self, reference: FloatArray | None = None) -> float:
        """Volume that the front dominates so far; by default below the front's own reference point."""
        return hypervolume(self.front_goals, reference_point(self.front_goals) if reference is None else reference)


Callback = Callable[[Progress], None]


class _SearchOver(Exception):  # noqa: N818  # no error: it ends a pymoo loop from inside an evaluation
    def __init__(self, *, stopped: bool) -> None:
        self.stopped = stopped


class _ArchivingEvaluator(Evaluator):
    """Counts evaluations, never passes the ceiling, and offers every evaluated plan to the archive.

    Sitting where pymoo evaluates, it works for any algorithm, also for one that evaluates during its set-up.
    """

    def __init__(self, archive: Archive, ceiling: int, deadline: float) -> None:
        super().__init__()
        self.archive = archive
        self.ceiling = ceiling
        self.deadline = deadline
        self.n_archived = 0

    def _eval(self, problem: BudgetProblem, pop: Population, evaluate_values_of: list[str], **kwargs: Any) -> None:
        if self.n_archived and time.monotonic() > self.deadline:  # compiling may have used it up
            raise _SearchOver(stopped=True)
        pop = pop[: self.ceiling - self.n_archived]
        if len(pop):
            super()._eval(problem, pop, evaluate_values_of, **kwargs)
            keeps = (pop.get("G") <= 0.0).all(axis=1)
            self.archive.add(pop.get("X")[keeps], pop.get("F")[keeps])
            self.n_archived += len(pop)
        if self.n_archived == self.ceiling:
            raise _SearchOver(stopped=False)


def solve(
    problem: BudgetProblem,
    algorithm: str | Algorithm = "auto",
    *,
    n_plans: int = 200,
    n_evaluations: int = 100_000,
    seed: int | np.random.Generator | None = None,
    initial_plans: FloatArray | Mapping[str, float] | None = None,
    time_limit: float | None = None,
    callback: Callback | None = None,
) -> Front:
    """Search the Pareto front of a problem.

    Every feasible plan that is evaluated is offered to an archive, and the front is chosen from the archive: what a
    generation throws away is not lost. The reference plan, when it keeps the limits, and the initial plans are always
    among the first. Ctrl-C and the time limit end the search early and keep what there is.

    Args:
        problem: the question.
        algorithm: a name in ALGORITHMS, or a pymoo algorithm that was not set up yet.
        n_plans: largest size of the front.
        n_evaluations: ceiling on plans whose goals are computed during the search; never passed. The plans that are
            handed over are rounded and computed once more.
        seed: the same seed gives the same front; None draws one, which the front records.
        initial_plans: (n_initial, n_channels) or one mapping, currency for the whole plan; projected.
        time_limit: seconds; None or 0: none.
        callback: told of the progress after every generation.

    Raises:
        InputError: a number out of range, an unknown algorithm, or plans of the wrong shape.
        InfeasibleError: no plan was found that keeps the rules on goals; it tells the nearest one.
        StoppedError: interrupted before one plan was evaluated.
    """
    check_counts(n_plans, n_evaluations, time_limit)
    seed = drawn_seed(seed)
    given = np.vstack([given_plans(problem, initial_plans), plan_within(problem)])
    search = _method(algorithm, given, n_evaluations)
    least = search.least_archive if isinstance(search, ArraySearch) else ArraySearch.least_archive
    archive = Archive(max(_ARCHIVE_PER_PLAN * n_plans, least), len(problem.channels), problem.n_obj)
    begin = time.monotonic()
    deadline = begin + time_limit if time_limit else np.inf
    run = _Ours(search, archive, n_plans) if isinstance(search, ArraySearch) else _Foreign(search, archive, given)

    def tell() -> None:
        if callback is not None and len(archive):
            callback(Progress(run.n_evaluated, n_evaluations, time.monotonic() - begin, archive.goals))

    stopped = _searched(run, problem, seed, n_evaluations, deadline, tell)
    if not len(archive):
        raise _nothing_found(stopped=stopped)
    with finishing(patient=not stopped):
        spend, messages = _handed_out(problem, archive, n_plans)
        return Front(
            problem=problem,
            spend=spend,
            values=problem.values(spend),
            algorithm=algorithm if isinstance(algorithm, str) else type(algorithm).__name__,
            seed=seed,
            n_evaluations=run.n_evaluated,
            status="stopped" if stopped else "done",
            messages=(*run.messages, *messages),
        )


def solve_near(
    problem: BudgetProblem,
    initial_plans: FloatArray,
    *,
    n_plans: int,
    seed: int,
    n_evaluations: int = 3_000,
    time_limit: float | None = None,
) -> Front:
    """Search from plans (n_initial, n_channels) that are nearly on the front, in few evaluations.

    Where plans lie in dents, few evaluations are worth most to evolution; elsewhere weightings find them all.

    Raises:
        InfeasibleError: as `solve`.
    """
    return solve(
        problem,
        "nsga2" if Weighting(problem).dents else "scalarised",
        n_plans=n_plans,
        n_evaluations=n_evaluations,
        seed=seed,
        initial_plans=initial_plans,
        time_limit=time_limit,
    )


def _nothing_found(*, stopped: bool) -> MooBudgetError:
    if stopped:
        return StoppedError("interrupted before the first plan was evaluated; nothing to keep", code="solve.stopped")
    return InputError(
        "no plan that the limits allow has a value in every goal: the response tables or the goals hold what is no "
        "number. Take goals out one by one to see which.",
        code="solve.nothing-finite",
    )


class _Ours:
    """A run of one of our own search methods, which count and archive for themselves."""

    def __init__(self, search: ArraySearch, archive: Archive, n_plans: int) -> None:
        self._search = search
        search.archive = archive
        search.n_wanted = n_plans

    @property
    def n_evaluated(self) -> int:
        return self._search.n_evaluated

    @property
    def messages(self) -> tuple[Message, ...]:
        return self._search.messages

    def steps(self, problem: BudgetProblem, seed: int, ceiling: int, deadline: float) -> Iterator[None]:
        self._search.ceiling = ceiling
        self._search.setup(problem, termination=NoTermination(), seed=seed)
        while self._search.has_next():
            self._search.next()
            if time.monotonic() > deadline and self._search.has_next():
                raise _SearchOver(stopped=True)
            yield


class _Foreign:
    """A run of somebody else's pymoo algorithm, with an archive where it evaluates.

    The given plans are evaluated before it starts; it samples as it likes.
    """

    messages: tuple[Message, ...] = ()

    def __init__(self, search: Algorithm, archive: Archive, given: FloatArray) -> None:
        self._search = search
        self._archive = archive
        self._given = given
        self._evaluator: _ArchivingEvaluator | None = None

    @property
    def n_evaluated(self) -> int:
        return 0 if self._evaluator is None else self._evaluator.n_archived

    def steps(self, problem: BudgetProblem, seed: int, ceiling: int, deadline: float) -> Iterator[None]:
        evaluator = self._evaluator = _ArchivingEvaluator(self._archive, ceiling, deadline)
        evaluator.eval(problem, Population.new("X", self._given))
        # `setup` takes any keyword and keeps it: these three are the ones that pymoo reads.
        self._search.setup(problem, termination=NoTermination(), seed=seed, evaluator=evaluator)
        while self._search.has_next():
            self._search.next()
            yield


def _searched(
    run: _Ours | _Foreign,
    problem: BudgetProblem,
    seed: int,
    ceiling: int,
    deadline: float,
    tell: Callable[[], None],
) -> bool:
    """Run until the method is done or the evaluations are used up; True where something ended it before that."""
    stopped = False
    try:
        try:
            for _ in run.steps(problem, seed, ceiling, deadline):
                tell()
        except _SearchOver as over:
            stopped = over.stopped
            tell()
    except KeyboardInterrupt:
        return True
    return stopped


def drawn_seed(seed: int | np.random.Generator | None) -> int:
    """The seed as an integer that can be recorded; one that nobody gave, or a generator's next, is drawn."""
    if seed is None or isinstance(seed, np.random.Generator):
        return int(np.random.default_rng(seed).integers(2**31))
    if seed < 0:
        raise InputError(f"seed is {seed}; it must be 0 or more", code="solve.seed")
    return int(seed)


def check_counts(n_plans: int, n_evaluations: int, time_limit: float | None) -> None:
    """Raise InputError unless there is to be at least one plan and one evaluation, and a time limit of 0 or more."""
    for name, value in (("n_plans", n_plans), ("n_evaluations", n_evaluations)):
        if value < 1:
            raise InputError(f"{name} is {value}; it must be at least 1", code="solve.count")
    if time_limit is not None and not time_limit >= 0:
        raise InputError(f"time_limit is {time_limit}; it must be 0 (none) or more seconds", code="solve.time-limit")


def given_plans(problem: BudgetProblem, initial_plans: FloatArray | Mapping[str, float] | None) -> FloatArray:
    """Plans to begin with, feasible: those of the caller, then the reference."""
    if isinstance(initial_plans, Mapping):
        initial_plans = money_by_channel(initial_plans, problem.channels, "initial_plans")[None]
    rows = [np.empty((0, len(problem.channels)))]
    if initial_plans is not None:
        plans = np.asarray(initial_plans, dtype=float)
        check_shape("initial_plans", plans, (None, len(problem.channels)), "(n_initial, n_channels)")
        check_finite("initial_plans", plans)
        rows.append(problem.feasible.project(plans))
    reference = problem.money.reference
    if reference is not None and not problem.broken(reference):
        rows.append(reference[None])
    return np.vstack(rows)


def _method(algorithm: str | Algorithm, given: FloatArray, n_evaluations: int) -> Algorithm:
    """A fresh pymoo algorithm."""
    if isinstance(algorithm, Algorithm):
        if algorithm.problem is not None:
            raise InputError(
                f"{type(algorithm).__name__} was set up before; pymoo keeps its old seed. Hand over a fresh one.",
                code="solve.used-algorithm",
            )
        return copy.deepcopy(algorithm)
    check_known("algorithm", algorithm, ALGORITHMS)
    # At least some five generations, however few evaluations there are.
    population = max(min(_POPULATION, n_evaluations // 5), _SMALLEST_POPULATION, len(given))
    return ALGORITHMS[algorithm](given, population)


def _handed_out(problem: BudgetProblem, archive: Archive, n_plans: int) -> tuple[FloatArray, tuple[Message, ...]]:
    """The front's money: thinned, rounded, checked, non-dominated again after rounding, the lead goal's best first."""
    spare = n_plans + n_plans // 20 + 1  # for the few that rounding makes equal or worse
    rows = thin(archive.goals, n_plans if problem.money_step == 0.0 else spare)
    rounded = np.unique(in_whole_steps(problem, archive.plans[rows]), axis=0)
    sound = problem.kept(rounded)
    if problem.goal_rules and not sound.any():
        raise InfeasibleError(
            f"no plan in whole steps of {amount_text(problem.money_step)} was found that keeps the rules on goals: "
            f"the nearest one breaks {problem.broken(rounded[0])[0]}. Lower [plan] money_step, or loosen the rules.",
            code="rules.goals-not-in-steps",
        )
    assert sound.any(), "the search offered no plan that keeps the limits"
    final = Archive(int(sound.sum()) + 1, len(problem.channels), problem.n_obj)
    final.add(rounded[sound], problem.to_minimise(problem.measure(rounded[sound])))
    goals = final.goals
    rows = thin(goals, n_plans)
    spend = final.plans[rows][np.lexsort(goals[rows].T[::-1])]
    return spend, (
        *rules_told(problem, spend),
        *_dropped(problem, rounded[~sound]),
        *_coarse(problem),
        *_unrounded(problem, spend),
    )


def rules_told(problem: BudgetProblem, plans: FloatArray) -> tuple[Message, ...]:
    """What each rule on a goal has come to in plans (n_plans, n_channels) that keep them."""
    if not problem.goal_rules:
        return ()
    told = []
    for rule, values in zip(problem.goal_rules, problem.rule_values(plans), strict=True):
        low, high = rule.amount_text(float(values.min())), rule.amount_text(float(values.max()))
        told.append(f"`{rule.text}`: {rule.goal.name} is " + (low if low == high else f"{low} to {high}"))
    return (Message("solve.goal-rules", f"rules on goals, kept by every plan: {'; '.join(told)}"),)


def _dropped(problem: BudgetProblem, plans: FloatArray) -> tuple[Message, ...]:
    """The independent check has the last word on a plan; what it refuses is said."""
    if len(plans) == 0:
        return ()
    text = f"{len(plans)} plans of the search were dropped: one of them breaks {problem.broken(plans[0])[0]}"
    return (Message("solve.dropped", text),)


def _coarse(problem: BudgetProblem) -> tuple[Message, ...]:
    """Cents are no small change where money is counted in thousands or millions."""
    step, budget = problem.money_step, problem.budget.max
    if not _COARSE * budget < step <= _CENT:
        return ()
    finer = 10.0 ** math.floor(math.log10(_COARSE * budget)) / 10.0
    text = (
        f"money is handed out in steps of {step:g}, which is {step / budget:.2%} of the budget {amount_text(budget)}: "
        f"give a smaller [plan] money_step, such as {finer:g}, or 0"
    )
    return (Message("solve.coarse-step", text),)


def _unrounded(problem: BudgetProblem, spend: FloatArray) -> tuple[Message, ...]:
    step = problem.money_step
    if step == 0.0:
        return ()
    off = np.abs(spend / step - np.round(spend / step)) > 1e-6
    names = [name for c, name in enumerate(problem.channels) if off[:, c].any()]
    if not names:
        return ()
    text = f"money_step = {step:g}: the total or the limits hold no whole number of steps for {listed(names)}"
    return (Message("solve.money-step", text),)
