"""What our own search methods share: a pymoo algorithm that holds arrays where pymoo holds an object per plan."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from pymoo.core.algorithm import Algorithm
from pymoo.core.population import Population
from pymoo.core.problem import Problem
from pymoo.termination.max_eval import MaximumFunctionCallTermination
from pymoo.util.display.multi import MultiObjectiveOutput

from moo_budget._checks import FloatArray, IntArray
from moo_budget.algorithms.archive import Archive
from moo_budget.algorithms.operators import first_plans
from moo_budget.errors import Message
from moo_budget.kernels.dominance import crowding_distance, front_ranks
from moo_budget.problem import BudgetProblem

_ARCHIVE_CAPACITY = 2000
_EQUALITY_SLACK = 1e-4  # as in pymoo


class ArraySearch(Algorithm, ABC):
    """A population of plans as arrays, and an archive of every non-dominated feasible plan that was evaluated.

    One `next()` is one `_begin` (the first) or one `_step`, which a method implements; both end with `self.plans`,
    `self.goals` and `self.violation` holding the present population. Plans are evaluated by `evaluate` only. pymoo's
    `pop` and `opt` are made when somebody reads them. Random numbers come from the generator that both are handed.

    Any pymoo problem with bounds and continuous variables can be searched; there a variable is called a channel too.

    Args:
        initial_plans: (n_initial, n_channels), all in the first generation, before any random plan.
        population: how many plans a generation has.

    Attributes:
        plans, goals, violation: (n_plans, n_channels), (n_plans, n_goals) minimised, (n_plans,) 0 where feasible.
        archive: an `Archive`, made by `setup` where none was given: ``setup(problem, archive=...)``.
        ceiling: the largest number of plans evaluated, never passed: the last batch is cut; None: pymoo's termination
            alone says when it is over.
        n_evaluated: how many plans were evaluated so far.
        n_wanted: how many plans the front is to have, for methods whose work depends on it.
        least_archive: plans that its archive should have room for, however few are wanted.
        messages: what should be known about the run so far.
    """

    least_archive: int = 2_000
    messages: tuple[Message, ...] = ()

    archive: Any  # None until it is set up, as pymoo has it
    is_initialized: bool

    def __init__(self, initial_plans: FloatArray, population: int) -> None:
        super().__init__(output=MultiObjectiveOutput())
        self.initial_plans = initial_plans
        self.population = population
        self.ceiling: int | None = None
        self.n_evaluated = 0
        self.n_wanted = _ARCHIVE_CAPACITY // 10

    @abstractmethod
    def _begin(self, rng: np.random.Generator) -> None:
        """Evaluate the first population."""

    @abstractmethod
    def _step(self, rng: np.random.Generator) -> None:
        """Evaluate the next one, and keep what the method keeps."""

    def _setup(self, problem: Problem, **kwargs: Any) -> None:
        self.lower, self.upper = np.array(problem.xl, dtype=float), np.array(problem.xu, dtype=float)
        self.plans, self.goals = np.empty((0, problem.n_var)), np.empty((0, problem.n_obj))
        self.violation = np.empty(0)
        if self.ceiling is None and isinstance(self.termination, MaximumFunctionCallTermination):
            self.ceiling = int(self.termination.n_max_evals)
        if self.archive is None:
            self.archive = Archive(_ARCHIVE_CAPACITY, problem.n_var, problem.n_obj)

    def has_next(self) -> bool:
        """Whether neither the termination nor the ceiling has been reached."""
        return bool(super().has_next()) and (self.ceiling is None or self.n_evaluated < self.ceiling)

    def next(self) -> None:
        """One generation."""
        if self.is_initialized:
            self._step(self.random_state)
        else:
            self._initialize()
            self._begin(self.random_state)
            self.is_initialized = True
        self._post_advance()
        if not self.has_next():
            self.finalize()

    @property
    def progress(self) -> float:
        """Share of the search that is done, in [0, 1]: of the ceiling, or as pymoo's termination sees it."""
        return self.termination.perc if self.ceiling is None else self.n_evaluated / self.ceiling

    def first_plans(self, rng: np.random.Generator) -> FloatArray:
        """The initial plans and as many random ones as the population still needs, (population or more, n_channels)."""
        return first_plans(self.problem, self.initial_plans, self.population, rng)

    def evaluate(self, plans: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Plans as the problem mends them, their goals and their violation; offers the feasible ones to the archive.

        Args:
            plans: (n_plans, n_channels); rows beyond the ceiling are left out.

        Returns:
            (n_evaluated, n_channels), (n_evaluated, n_goals) minimised, and (n_evaluated,): 0 where feasible, infinite
            where a goal is not finite.
        """
        if self.ceiling is not None:
            plans = plans[: self.ceiling - self.n_evaluated]
        plans, goals, violation = _evaluated(self.problem, plans)
        self.count(len(plans))
        if violation.any():
            self.archive.add(plans[violation == 0.0], goals[violation == 0.0])
        else:
            self.archive.add(plans, goals)
        return plans, goals, violation

    def count(self, n_evaluations: int) -> None:
        """Add to the evaluations that were used, also to pymoo's count of them."""
        self.n_evaluated += n_evaluations
        self.evaluator.n_eval += n_evaluations

    @property
    def pop(self) -> Population:
        """The present population as pymoo's objects."""
        if self.problem is None:
            return Population.empty()
        return _as_pymoo(self.problem, self.plans, self.goals, self.violation)

    @pop.setter
    def pop(self, _: object) -> None:
        """Passed over: pymoo assigns empty ones on the way."""

    @property
    def opt(self) -> Population:
        """The archive as pymoo's objects; while nothing feasible was found, the plan that is nearest to it."""
        if self.problem is None or self.n_evaluated == 0:
            return Population.empty()
        if len(self.archive):
            return _as_pymoo(self.problem, self.archive.plans, self.archive.goals, np.zeros(len(self.archive)))
        nearest = [int(np.argmin(self.violation))]
        return _as_pymoo(self.problem, self.plans[nearest], self.goals[nearest], self.violation[nearest])

    @opt.setter
    def opt(self, _: object) -> None:
        """Passed over, as with `pop`."""

    def _set_optimum(self) -> None:
        """Nothing to do: `opt` is made when it is read."""


def rows_by_goal(goals: FloatArray) -> IntArray:
    """Rows by rising goal, (n_goals, n_plans); which of those that are alike comes first is left open."""
    order: IntArray = np.argsort(np.ascontiguousarray(goals.T), axis=1)
    return order


def ranks_and_crowding(goals: FloatArray, violation: FloatArray) -> tuple[IntArray, FloatArray]:
    """Rank by constraint domination, 0 for the best, and crowding distance within the rank; two arrays (n_plans,)."""
    return ordered_ranks_and_crowding(goals, violation, rows_by_goal(goals))


def ordered_ranks_and_crowding(
    goals: FloatArray, violation: FloatArray, order: IntArray
) -> tuple[IntArray, FloatArray]:
    """As `ranks_and_crowding`, where `rows_by_goal` are known."""
    rank, crowding = np.empty(len(goals), dtype=np.int64), np.empty(len(goals))
    front_ranks(goals, violation, order, rank)
    crowding_distance(goals, rank, order, crowding)
    return rank, crowding


def _evaluated(problem: Problem, plans: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    if isinstance(problem, BudgetProblem):
        plans, goals, missed = problem.project_and_steer(plans)
        violation = np.maximum(missed, 0.0).sum(axis=1)
    else:
        out = problem.evaluate(plans, return_values_of=["F", "G", "H"], return_as_dictionary=True)
        plans, goals = out.get("X", plans), np.ascontiguousarray(out["F"])
        short, off = np.maximum(out["G"], 0.0), np.maximum(np.abs(out["H"]) - _EQUALITY_SLACK, 0.0)
        violation = short.sum(axis=1) + off.sum(axis=1)
    finite = np.isfinite(goals)
    return plans, goals, violation if finite.all() else np.where(finite.all(axis=1), violation, np.inf)


def _as_pymoo(problem: Problem, plans: FloatArray, goals: FloatArray, violation: FloatArray) -> Population:
    """Evaluated individuals; the violation stands in for constraints that are not kept."""
    constraints = np.zeros((len(plans), problem.n_ieq_constr))
    equalities = np.zeros((len(plans), problem.n_eq_constr))
    if problem.n_ieq_constr:
        constraints[:, 0] = violation
    elif problem.n_eq_constr:
        equalities[:, 0] = violation
    made = Population.new("X", plans, "F", goals, "G", constraints, "H", equalities)
    made.apply(lambda individual: individual.evaluated.update({"F", "G", "H"}))
    return made
