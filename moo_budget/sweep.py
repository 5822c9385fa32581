"""sweep: how much money? A front and the best plan for each of several budgets, and where more money stops to pay."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from moo_budget._checks import FloatArray, amount_text, check_finite, check_shape
from moo_budget._interrupts import finishing
from moo_budget.best import BestPlan, best
from moo_budget.break_even import BreakEven, Marginal, break_even, no_margin
from moo_budget.choose import Picks, picks
from moo_budget.errors import InfeasibleError, InputError, StoppedError
from moo_budget.front import Front
from moo_budget.problem import BudgetProblem
from moo_budget.risk import weighted_percentile
from moo_budget.solve import solve, solve_near
from moo_budget.spec import GoalSpec, in_steps
from moo_budget.weighting import Weighting

_SEEDED_EVALUATIONS = 3_000  # of a front that begins at its neighbour's plans
_STEP = 0.005  # of a budget: how far beside it the marginal return is measured
_POLISH = 40  # steps from the best plan to that of a budget beside it

_NOT_REACHED = "not reached: the sweep was stopped before"

LEAD = "outcome"  # what the single goal of the best plans is called


@dataclass(frozen=True, eq=False)
class SweepPoint:
    """What one total budget can do.

    Args:
        budget: currency for the whole plan.
        front: plans of this total that no other beats; None where it was not solved.
        best: the plan of this total that is expected to bring most of the lead outcome; its only goal is `LEAD`.
        marginal: outcome per unit of money at `best`; None where no budget beside this one can be placed.
        reason: why it was not solved, in words; else empty.
    """

    budget: float
    front: Front | None = None
    best: BestPlan | None = None
    marginal: Marginal | None = None
    reason: str = ""

    @cached_property
    def picks(self) -> Picks | None:
        """Safest, balanced and boldest plan of the front."""
        return None if self.front is None else picks(self.front)


@dataclass(frozen=True, eq=False)
class BudgetSweep:
    """Fronts and best plans of several budgets, by rising budget.

    Args:
        problem: the question; its own budget does not count.
        points: one for each budget.
        outcome: the lead outcome, which the curve is about.
        unit: what it is counted in.
        margin: currency earned per unit of it; None where that is not known.
        break_even: where the marginal return times the margin falls to 1.
        seed: that makes the same sweep again.
        status: ``done``, or ``stopped`` by a person, a signal or the time limit.
    """

    problem: BudgetProblem
    points: tuple[SweepPoint, ...]
    outcome: str
    unit: str
    margin: float | None
    break_even: BreakEven
    seed: int
    status: Literal["done", "stopped"]

    def __len__(self) -> int:
        return len(self.points)

    @property
    def solved(self) -> tuple[SweepPoint, ...]:
        """The points whose budget can be placed in full and was."""
        return tuple(point for point in self.points if point.front is not None)

    @property
    def budgets(self) -> FloatArray:
        """(n_solved,), currency for the whole plan."""
        return np.array([point.budget for point in self.solved])

    def curve(self, part: str = "value") -> FloatArray:
        """The lead outcome of the best plan of each solved budget, (n_solved,), or an end of its interval.

        Args:
            part: ``value``, ``low``, ``high``, ``estimate_low`` or ``estimate_high``, as in `GoalValue`.
        """
        return np.array([getattr(point.best.value, part) for point in self.solved if point.best is not None])


@dataclass(frozen=True)
class Swept:
    """How far a sweep is; handed to the callback before each budget.

    Args:
        n_done: budgets that are behind it.
        n_points: all of them.
        budget: the one that begins now, currency for the whole plan.
    """

    n_done: int
    n_points: int
    budget: float


SweepCallback = Callable[[Swept], None]


def sweep(
    problem: BudgetProblem,
    budgets: Sequence[float] | None = None,
    *,
    start: float | None = None,
    stop: float | None = None,
    points: int = 11,
    margin: float | None = None,
    n_plans: int = 100,
    n_evaluations: int = 100_000,
    seed: int | None = 1,
    time_limit: float | None = None,
    callback: SweepCallback | None = None,
) -> BudgetSweep:
    """Solve a problem for several total budgets.

    Limits that are shares of the budget or of the reference (`share`, `change`) follow it, as they do for one plan.
    Each budget is a fixed total, placed in full; one that the limits do not allow is said, and the others go on. The
    first front is searched as `solve` does, every other one begins with its neighbour's plans and takes a fraction of
    that.

    Args:
        problem: goals, limits and curves; its own budget gives `start` and `stop` where they are left out.
        budgets: currency for the whole plan; instead of `start`, `stop` and `points`.
        start: the smallest budget; None: half of the problem's.
        stop: the largest budget; None: one and a half times the problem's.
        points: how many budgets, evenly spaced.
        margin: currency earned per unit of the lead outcome; None: that of a `profit` goal about it, else 1 where it is
            counted in the currency.
        n_plans: largest size of each front.
        n_evaluations: ceiling on evaluations for the first front; the others take far fewer.
        seed: the same seed gives the same sweep; None draws one.
        time_limit: seconds for all of it; None or 0: none. What was solved by then is kept.
        callback: told of the progress before each budget.

    Raises:
        InputError: budgets that are none, or a number out of range.
        InfeasibleError: none of the budgets can be placed.
        StoppedError: interrupted before the first budget was solved.
    """
    check_goals({goal.name: goal.spec for goal in problem.sought_goals})
    amounts = _budgets(problem, budgets, start, stop, points)
    if margin is not None and not (np.isfinite(margin) and margin > 0.0):
        raise InputError(f"margin is {margin}; it must be above 0, in currency per unit", code="sweep.margin")
    seed = int(np.random.default_rng().integers(2**31)) if seed is None else seed
    run = _Run(problem, n_plans, n_evaluations, seed, time.monotonic() + time_limit if time_limit else np.inf)
    done = run.over(amounts, callback or (lambda swept: None))
    if margin is None:
        margin = known_margin(problem, run.outcome)
    with finishing(patient=not run.is_stopped):
        even = _break_even(run, [point for point in done if point.best is not None], margin)
    unit = problem.tables.units[problem.tables.outcomes.index(run.outcome)]
    status: Literal["done", "stopped"] = "stopped" if run.is_stopped else "done"
    return BudgetSweep(problem, tuple(done), run.outcome, unit, margin, even, seed, status)


def sweep_budgets(
    around: float, money_step: float, *, start: float | None = None, stop: float | None = None, points: int = 11
) -> list[float]:
    """Evenly spaced budgets in round amounts; left out: from half of `around` to one and a half times it.

    Raises:
        InputError: fewer than two budgets, or ends that are none.
    """
    asked = start, stop
    start, stop = 0.5 * around if start is None else start, 1.5 * around if stop is None else stop
    if points < 2:
        raise InputError(f"points is {points}; a sweep has at least 2 budgets", code="sweep.points")
    if not 0.0 < start < stop < np.inf:
        raise InputError(
            f"a sweep goes from a budget above 0 to a larger one, not from {amount_text(start)} to {amount_text(stop)}",
            code="sweep.ends",
        )
    step = max(money_step, 10.0 ** (math.floor(math.log10((stop - start) / (points - 1))) - 1))
    between = [in_steps(round(amount / step), step) for amount in np.linspace(start, stop, points)]
    ends = [between[0] if asked[0] is None else start, between[-1] if asked[1] is None else stop]
    return sorted({ends[0], *between[1:-1], ends[1]})


def check_goals(sought: Mapping[str, GoalSpec]) -> None:
    """Raise InputError where nothing is sought but to spend little: each front's total is fixed."""
    if sought and all(goal.measure == "spend" for goal in sought.values()):
        raise InputError(
            "a sweep fixes the total of every front, and the only goal is to spend little. Seek something else beside "
            "it; the least money that keeps rules on goals is found by solve.",
            code="sweep.seeks-spend",
        )


def _budgets(
    problem: BudgetProblem, budgets: Sequence[float] | None, start: float | None, stop: float | None, points: int
) -> list[float]:
    if budgets is None:
        return sweep_budgets(problem.budget.max, problem.money_step, start=start, stop=stop, points=points)
    if start is not None or stop is not None:
        raise InputError("give `budgets`, or `start` and `stop`; not both", code="sweep.two-ways")
    amounts = np.asarray(budgets, dtype=float)
    check_shape("budgets", amounts, (None,), "(n_budgets,)")
    check_finite("budgets", amounts)
    if len(amounts) == 0 or amounts.min() <= 0.0:
        raise InputError("budgets must be one or more amounts above 0", code="sweep.ends")
    return sorted(set(amounts.tolist()))


@dataclass(eq=False)
class _Run:
    """A sweep in the making: what is known of the budgets so far."""

    problem: BudgetProblem
    n_plans: int
    n_evaluations: int
    seed: int
    deadline: float
    is_stopped: bool = False
    _last: SweepPoint | None = field(default=None)  # the neighbour, whose plans begin the next search

    @cached_property
    def outcome(self) -> str:
        """The outcome that the first goal about one is about."""
        sought = self.problem.sought_goals
        return next((goal.outcome for goal in sought if goal.outcome), self.problem.tables.outcomes[0])

    def over(self, budgets: Sequence[float], tell: SweepCallback) -> list[SweepPoint]:
        """A point for each budget; what an interrupt leaves undone says so."""
        points: list[SweepPoint] = []
        refusals: list[InfeasibleError | InputError] = []
        for budget in budgets:
            if self.is_stopped:
                points.append(SweepPoint(budget, reason=_NOT_REACHED))
                continue
            try:
                tell(Swept(len(points), len(budgets), budget))
                points.append(self._point(budget))
            except (InfeasibleError, InputError) as error:
                refusals.append(error)
                points.append(SweepPoint(budget, reason=error.text))
            except (KeyboardInterrupt, StoppedError):
                self.is_stopped = True
                points.append(SweepPoint(budget, reason=_NOT_REACHED))
        if len(refusals) == len(budgets):
            raise refusals[0]
        if self._last is None:
            raise StoppedError("interrupted before the first budget was solved; nothing to keep", code="sweep.stopped")
        return points

    def _point(self, budget: float) -> SweepPoint:
        question, before = self.problem.restated(budget=budget), self._last
        found = self.best(budget)
        seeds = [_money(question, found)]
        if before is not None and before.front is not None:
            seeds.append(before.front.spend * (budget / before.budget))
        left = self.deadline - time.monotonic()
        time_limit = max(left, 1e-3) if np.isfinite(left) else None
        few = self.n_evaluations if before is None else min(self.n_evaluations, _SEEDED_EVALUATIONS)
        front = (solve if before is None else solve_near)(
            question,
            initial_plans=np.vstack(seeds),
            n_plans=self.n_plans,
            n_evaluations=few,
            seed=self.seed,
            time_limit=time_limit,
        )
        self.is_stopped = "stopped" in (front.status, found.status) or time.monotonic() > self.deadline
        self._last = SweepPoint(budget, front, found, marginal_return(question, self.outcome, _money(question, found)))
        return self._last

    def best(self, budget: float) -> BestPlan:
        """The plan of this total that brings most, sought from that of the budget before as well."""
        before = None if self._last is None or self._last.best is None else _money(self.problem, self._last.best)[None]
        question = self.problem.restated(budget=budget, goals={LEAD: GoalSpec("total", self.outcome)})
        return best(question, LEAD, n_evaluations=self.n_evaluations, seed=self.seed, initial_plans=before)

    def marginal_at(self, budget: float) -> Marginal | None:
        """The marginal return of the best plan of any budget; None where it cannot be placed, or none beside it."""
        try:
            question, found = self.problem.restated(budget=budget), self.best(budget)
        except InfeasibleError:
            return None
        return marginal_return(question, self.outcome, _money(question, found))


def _money(problem: BudgetProblem, plan: BestPlan) -> FloatArray:
    return np.array([plan.spend[name] for name in problem.channels])


def marginal_return(problem: BudgetProblem, outcome: str, spend: FloatArray) -> Marginal | None:
    """What an outcome gains by a unit more money, placed as well as can be from a plan, with limits that follow.

    The difference between the best plans a little below and a little above the budget in the valley where the plan
    lies: the slope of the best plans' curve but where that jumps to another valley. Where one side cannot be placed,
    the other one counts; None where neither can.

    Args:
        problem: with a fixed total.
        outcome: name of the outcome.
        spend: (n_channels,), the best plan of this total.
    """
    sides = [side for side in _sides(problem, outcome, spend) if side is not None]
    if len(sides) < 2:
        return None
    (less, brought_less), (more, brought_more) = sides[0], sides[-1]
    by_draw = (brought_more - brought_less) / (more - less)
    weights = problem.tables.weights
    low, high = (float(weighted_percentile(by_draw[None], weights, p)[0]) for p in (0.05, 0.95))
    return Marginal(float(by_draw @ weights), low, high)


def _sides(problem: BudgetProblem, outcome: str, spend: FloatArray) -> Iterator[tuple[float, FloatArray] | None]:
    """A little below the budget, the budget, a little above: the total, and what it brings under every draw."""
    total = problem.budget.max
    for budget in (total * (1.0 - _STEP), total, total * (1.0 + _STEP)):
        try:
            beside = problem.restated(budget=budget, goals={LEAD: GoalSpec("total", outcome)})
        except InfeasibleError:
            yield None
            continue
        start = beside.project_sorted(beside.plan_tables.sorted(spend[None] * (budget / total)))
        weighting = Weighting(beside)
        if not weighting.can_keep_rules:
            yield None
            continue
        plans, _ = weighting.solve(np.ones((1, 1)), start, _POLISH)
        mean, _ = beside.sorted_batch(plans).moments(beside.tables.outcomes.index(outcome))
        yield budget, mean[0]


def known_margin(problem: BudgetProblem, outcome: str) -> float | None:
    """Currency per unit of the outcome: a profit goal's, else 1 where it is money; None where nobody said."""
    for goal in problem.goals:
        if goal.measure == "profit" and goal.outcome == outcome:
            return goal.margin
    unit = problem.tables.units[problem.tables.outcomes.index(outcome)]
    return 1.0 if problem.currency and unit == problem.currency else None


def _break_even(run: _Run, solved: Sequence[SweepPoint], margin: float | None) -> BreakEven:
    problem, outcome = run.problem, run.outcome
    if margin is None:
        return no_margin(outcome, problem.tables.units[problem.tables.outcomes.index(outcome)])
    earned = {point.budget: margin * point.best.value.value for point in solved if point.best is not None}

    def profit(budget: float) -> float:
        return float(np.interp(budget, list(earned), list(earned.values()))) - budget

    known = [(point.budget, point.marginal) for point in solved if point.marginal is not None]
    return break_even(known, margin, problem.currency, marginal_at=run.marginal_at, profit=profit)
