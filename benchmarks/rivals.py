"""Every engine behind one signature: ours from the registry, and the rivals, each as its own manual sets it up.

All of them see the same fitness, `BudgetProblem` itself: projection, then the compiled measures. Engines that cannot
write plans back search genes in [0, 1] between each channel's bounds. Populations are evaluated in one call wherever
the engine has a place for that. Those that know no constraints see what a plan still breaks as a penalty.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from math import comb
from typing import Any

import numpy as np
from questions import OUTCOMES, PERIODS, Hill, Question
from reference import goals_and_slopes, weights_on_simplex
from threadpoolctl import threadpool_limits

import moo_budget as mb
from moo_budget._checks import FloatArray
from moo_budget.algorithms import ALGORITHMS

_PENALTY = 1e12  # far beyond every goal, times the violation


class NotApplicable(Exception):  # noqa: N818  # no error: a table shows it
    """The engine cannot be asked this question; the text says why."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What an engine handed over.

    Args:
        goals: (n_plans, n_goals), minimised, of its final front; rows that break limits are left out.
        seconds: wall time of the search and of taking its front, set-up included, imports and compilation not.
        n_evaluations: plans it evaluated.
    """

    goals: FloatArray
    seconds: float
    n_evaluations: int


@dataclass(frozen=True)
class Effort:
    """What an engine may spend.

    Args:
        n_evaluations: ceiling.
        n_plans: size of its population and of the front that is asked for.
        seed: of its random numbers.
        time_limit: seconds after which it stops at its next generation.
    """

    n_evaluations: int
    n_plans: int
    seed: int
    time_limit: float


@dataclass(frozen=True)
class Engine:
    """One row of the tables: a way to run it, and the package it comes from."""

    run: Callable[[Question, Effort], Outcome]
    package: str

    @property
    def version(self) -> str | None:
        """Of the package; None where it is not installed."""
        try:
            return metadata.version(self.package)
        except metadata.PackageNotFoundError:
            return None


class Counted:
    """The fitness that a rival calls: genes in, penalised goals out, evaluations counted, time watched.

    Goals come in units of their size at the even split, because some engines (MOEA/D among them) do not scale them.
    """

    def __init__(self, question: Question, effort: Effort) -> None:
        self.question = question
        self.effort = effort
        self.n_evaluations = 0
        self.units = np.abs(question.minimised(even_split(question)))
        self.begin = time.perf_counter()

    def __call__(self, genes: FloatArray) -> FloatArray:
        """Genes (n_plans, n_channels) -> scaled goals (n_plans, n_goals), minimised."""
        genes = np.clip(np.atleast_2d(np.asarray(genes, dtype=float)), 0.0, 1.0)
        self.n_evaluations += len(genes)
        out = self.question.problem.evaluate(self.question.from_unit(genes), return_as_dictionary=True)
        violation = np.maximum(out["G"], 0.0).sum(axis=1, keepdims=True) if "G" in out else 0.0
        return np.asarray(out["F"] / self.units + _PENALTY * violation)

    @property
    def over(self) -> bool:
        """Nothing is left to spend."""
        return self.n_evaluations >= self.effort.n_evaluations or self.seconds > self.effort.time_limit

    @property
    def seconds(self) -> float:
        """Since the engine began."""
        return time.perf_counter() - self.begin

    def outcome(self, goals: Any) -> Outcome:
        """The front that is handed over now."""
        goals = np.asarray(goals, dtype=float).reshape(-1, self.question.problem.n_obj)
        feasible = (goals < _PENALTY).all(axis=1)
        return Outcome(goals[feasible] * self.units, self.seconds, self.n_evaluations)


def even_split(question: Question) -> FloatArray:
    """The same money for every channel, as far as its bounds allow; (1, n_channels)."""
    feasible = question.problem.feasible
    n_channels = len(feasible.lower)
    return feasible.project(np.full((1, n_channels), feasible.budget_max / n_channels))


def ours(algorithm: str) -> Callable[[Question, Effort], Outcome]:
    """A named method of `solve`, rounding and intervals of the front included."""

    def run(question: Question, effort: Effort) -> Outcome:
        begin = time.perf_counter()
        front = mb.solve(
            question.problem,
            algorithm,
            n_plans=effort.n_plans,
            n_evaluations=effort.n_evaluations,
            seed=effort.seed,
            time_limit=effort.time_limit if np.isfinite(effort.time_limit) else None,
        )
        seconds = time.perf_counter() - begin
        return Outcome(question.problem.to_minimise(front.values.value), seconds, front.n_evaluations)

    return run


def _pymoo(make: Callable[[int, int], Any]) -> Callable[[Question, Effort], Outcome]:
    """A stock pymoo algorithm: its own sampling, operators and survival."""

    def run(question: Question, effort: Effort) -> Outcome:
        from pymoo.core.termination import NoTermination

        begin = time.perf_counter()
        search = make(effort.n_plans, question.problem.n_obj)
        search.setup(question.problem, termination=NoTermination(), seed=effort.seed)
        while search.evaluator.n_eval < effort.n_evaluations and time.perf_counter() - begin <= effort.time_limit:
            search.next()
        goals = search.opt.get("F") if search.opt is not None else []  # none where the first generation took too long
        n_goals = question.problem.n_obj
        return Outcome(np.reshape(goals, (-1, n_goals)), time.perf_counter() - begin, search.evaluator.n_eval)

    return run


def _pymoo_nsga2(n_plans: int, n_goals: int) -> Any:
    from pymoo.algorithms.moo.nsga2 import NSGA2

    return NSGA2(pop_size=n_plans)


def _pymoo_nsga3(n_plans: int, n_goals: int) -> Any:
    from pymoo.algorithms.moo.nsga3 import NSGA3
    from pymoo.util.ref_dirs import get_reference_directions

    most = max(p for p in range(1, n_plans) if comb(p + n_goals - 1, p) <= n_plans)
    return NSGA3(get_reference_directions("das-dennis", n_goals, n_partitions=most), pop_size=n_plans)


def _pymoo_mopso_cd(n_plans: int, n_goals: int) -> Any:
    from pymoo.algorithms.moo.mopso_cd import MOPSO_CD

    return MOPSO_CD(pop_size=n_plans, archive_size=n_plans)


def _pymoo_cmopso(n_plans: int, n_goals: int) -> Any:
    from pymoo.algorithms.moo.cmopso import CMOPSO

    return CMOPSO(pop_size=n_plans)


def _pymoo_sms(n_plans: int, n_goals: int) -> Any:
    from pymoo.algorithms.moo.sms import SMSEMOA

    return SMSEMOA(pop_size=n_plans)


class _PygmoProblem:
    """A pygmo user-defined problem over genes, with the batch call that pygmo looks for."""

    def __init__(self, fitness: Counted) -> None:
        self.evaluate = fitness

    def __deepcopy__(self, memo: dict[int, Any]) -> _PygmoProblem:
        return self  # pygmo copies problems; the counter must stay one

    def fitness(self, genes: FloatArray) -> FloatArray:
        return self.evaluate(genes)[0]

    def batch_fitness(self, genes: FloatArray) -> FloatArray:
        return self.evaluate(genes.reshape(-1, self.evaluate.question.problem.n_var)).ravel()

    def get_nobj(self) -> int:
        return self.evaluate.question.problem.n_obj

    def get_bounds(self) -> tuple[list[float], list[float]]:
        n = self.evaluate.question.problem.n_var
        return [0.0] * n, [1.0] * n


def _pygmo(make: Callable[[int], Any]) -> Callable[[Question, Effort], Outcome]:
    """A pygmo algorithm, ten generations at a time."""

    def run(question: Question, effort: Effort) -> Outcome:
        import pygmo

        fitness = Counted(question, effort)
        method = make(effort.seed)
        method.set_bfe(pygmo.bfe(pygmo.member_bfe()))
        search = pygmo.algorithm(method)
        n_plans = effort.n_plans + -effort.n_plans % 4  # its tournaments take fours
        population = pygmo.population(_PygmoProblem(fitness), n_plans, seed=effort.seed, b=pygmo.member_bfe())
        while not fitness.over:
            population = search.evolve(population)
        return fitness.outcome(population.get_f())

    return run


def _pygmo_nsga2(seed: int) -> Any:
    import pygmo

    return pygmo.nsga2(gen=10, seed=seed)


def _pygmo_nspso(seed: int) -> Any:
    import pygmo

    return pygmo.nspso(gen=10, seed=seed, memory=True)


def _pygmo_moead(seed: int) -> Any:
    import pygmo

    return pygmo.moead_gen(gen=10, weight_generation="low discrepancy", seed=seed)


def _pymoors(question: Question, effort: Effort) -> Outcome:
    """NSGA-II of pymoors. It cannot be stopped: what fits into the time limit is found by a short run before.

    It measures parents again beside their offspring, so the same number of generations counts twice the evaluations.
    """

    def run(n_iterations: int) -> Outcome:
        import pymoors

        fitness = Counted(question, effort)
        search = pymoors.Nsga2(
            sampler=pymoors.RandomSamplingFloat(min=0.0, max=1.0),
            crossover=pymoors.SimulatedBinaryCrossover(distribution_index=15.0),
            mutation=pymoors.GaussianMutation(gene_mutation_rate=1.0 / question.problem.n_var, sigma=0.1),
            fitness_fn=fitness,
            constraints_fn=pymoors.Constraints(lower_bound=0.0, upper_bound=1.0),
            num_vars=question.problem.n_var,
            population_size=effort.n_plans,
            num_offsprings=effort.n_plans,
            num_iterations=n_iterations,
            mutation_rate=1.0,
            keep_infeasible=True,
            verbose=False,
            seed=effort.seed,
        )
        search.run()
        return fitness.outcome(fitness(search.population.genes))

    most = max(1, effort.n_evaluations // effort.n_plans - 1)
    if np.isfinite(effort.time_limit):
        most = max(1, min(most, int(effort.time_limit / (run(5).seconds / 6))))
    return run(most)


def _platypus(question: Question, effort: Effort) -> Outcome:
    """Platypus' NSGA-II with its default variators; populations are evaluated in one call."""
    import platypus

    fitness = Counted(question, effort)

    class Batch(platypus.Evaluator):
        def evaluate_all(self, jobs: list[Any], **kwargs: Any) -> list[Any]:
            for job, goals in zip(jobs, fitness([job.solution.variables for job in jobs]), strict=True):
                job.solution.objectives[:] = goals.tolist()
                job.solution.evaluated, job.solution.feasible, job.solution.constraint_violation = True, True, 0.0
            return jobs

    random.seed(effort.seed)
    problem = platypus.Problem(question.problem.n_var, question.problem.n_obj)
    problem.types[:] = platypus.Real(0.0, 1.0)
    search = platypus.NSGAII(problem, population_size=effort.n_plans, evaluator=Batch())
    search.run(lambda algorithm: fitness.over)
    return fitness.outcome([solution.objectives[:] for solution in search.result])


def _jmetal(make: Callable[..., Any]) -> Callable[[Question, Effort], Outcome]:
    """A jMetalPy algorithm; populations are evaluated in one call."""

    def run(question: Question, effort: Effort) -> Outcome:
        from jmetal.core.problem import FloatProblem
        from jmetal.util.evaluator import Evaluator
        from jmetal.util.termination_criterion import TerminationCriterion

        logging.getLogger("jmetal").setLevel(logging.WARNING)
        fitness = Counted(question, effort)

        class Budget(FloatProblem):
            def __init__(self) -> None:
                super().__init__()
                self.lower_bound, self.upper_bound = [0.0] * question.problem.n_var, [1.0] * question.problem.n_var
                self.directions = [self.MINIMIZE] * question.problem.n_obj

            def number_of_objectives(self) -> int:
                return question.problem.n_obj

            def number_of_constraints(self) -> int:
                return 0

            def evaluate(self, solution: Any) -> Any:
                solution.objectives = fitness(solution.variables)[0].tolist()
                return solution

            def name(self) -> str:
                return question.name

        class Batch(Evaluator):
            def evaluate(self, solution_list: list[Any], problem: Any) -> list[Any]:
                goals = fitness([solution.variables for solution in solution_list])
                for solution, row in zip(solution_list, goals, strict=True):
                    solution.objectives = row.tolist()
                return solution_list

        class Over(TerminationCriterion):
            def update(self, *args: Any, **kwargs: Any) -> None:
                """Nothing to keep: the fitness counts."""

            @property
            def is_met(self) -> bool:
                return fitness.over

        random.seed(effort.seed)
        np.random.seed(effort.seed)  # noqa: NPY002  # what jMetalPy draws from
        search = make(Budget(), effort.n_plans, Batch(), Over())
        search.run()
        return fitness.outcome([solution.objectives for solution in search.result()])

    return run


def _jmetal_nsga2(problem: Any, n_plans: int, evaluator: Any, termination: Any) -> Any:
    from jmetal.algorithm.multiobjective.nsgaii import NSGAII
    from jmetal.operator.crossover import SBXCrossover
    from jmetal.operator.mutation import PolynomialMutation

    return NSGAII(
        problem=problem,
        population_size=n_plans,
        offspring_population_size=n_plans,
        mutation=PolynomialMutation(probability=1.0 / problem.number_of_variables(), distribution_index=20),
        crossover=SBXCrossover(probability=1.0, distribution_index=20),
        population_evaluator=evaluator,
        termination_criterion=termination,
    )


def _jmetal_smpso(problem: Any, n_plans: int, evaluator: Any, termination: Any) -> Any:
    from jmetal.algorithm.multiobjective.smpso import SMPSO
    from jmetal.operator.mutation import PolynomialMutation
    from jmetal.util.archive import CrowdingDistanceArchive

    return SMPSO(
        problem=problem,
        swarm_size=n_plans,
        mutation=PolynomialMutation(probability=1.0 / problem.number_of_variables(), distribution_index=20),
        leaders=CrowdingDistanceArchive(n_plans),
        swarm_evaluator=evaluator,
        termination_criterion=termination,
    )


def _deap(question: Question, effort: Effort) -> Outcome:
    """NSGA-II from DEAP's parts, as its example `nsga2.py` puts them together."""
    from deap import base, tools

    fitness = Counted(question, effort)
    n_genes, n_goals = question.problem.n_var, question.problem.n_obj

    class Goals(base.Fitness):
        weights = (-1.0,) * n_goals

    class Individual(list):
        def __init__(self, genes: Any) -> None:
            super().__init__(genes)
            self.fitness = Goals()

    def measured(individuals: list[Individual]) -> list[Individual]:
        for individual, goals in zip(individuals, fitness(individuals), strict=True):
            individual.fitness.values = tuple(goals.tolist())
        return individuals

    def children(parents: list[Individual]) -> list[Individual]:
        young = [Individual(parent) for parent in parents]
        for one, other in zip(young[::2], young[1::2], strict=True):
            if random.random() <= 0.9:
                tools.cxSimulatedBinaryBounded(one, other, eta=20.0, low=0.0, up=1.0)
            for child in (one, other):
                tools.mutPolynomialBounded(child, eta=20.0, low=0.0, up=1.0, indpb=1.0 / n_genes)
        return young

    random.seed(effort.seed)
    size = effort.n_plans + -effort.n_plans % 4  # its tournament takes fours
    population = measured([Individual(random.random() for _ in range(n_genes)) for _ in range(size)])
    population = tools.selNSGA2(population, size)
    while not fitness.over:
        offspring = measured(children(tools.selTournamentDCD(population, size)))
        population = tools.selNSGA2(population + offspring, size)
    return fitness.outcome([individual.fitness.values for individual in population])


def _reach(question: Question, best_alone: list[FloatArray]) -> FloatArray:
    """Range of each goal over the plans that are best in one goal alone; (n_goals,)."""
    return np.ptp(goals_and_slopes(question, np.array(best_alone))[0], axis=0)


def _smooth(question: Question) -> None:
    """Refuse what has no gradient.

    Raises:
        NotApplicable: on/off rules, or a risk without a closed form.
    """
    if question.setting.on_off:
        raise NotApplicable("on/off rules have no gradient")
    if question.setting.risk != "std":
        raise NotApplicable("no closed form of this risk")


@threadpool_limits.wrap(limits=1)  # BLAS threads make its tiny matrices six times slower
def _slsqp(question: Question, effort: Effort) -> Outcome:
    """SLSQP of scipy with exact gradients on weighted sums, one weight vector a plan, the last plan as the start."""
    from scipy.optimize import minimize

    _smooth(question)
    begin = time.perf_counter()
    feasible = question.problem.feasible
    total, n_evaluations = feasible.budget_max, 0

    def best(weights: FloatArray, start: FloatArray) -> FloatArray:
        nonlocal n_evaluations

        def merit(split: FloatArray) -> tuple[float, FloatArray]:
            goals, slopes, _ = goals_and_slopes(question, total * split[None])
            return float(weights @ goals[0]), total * (weights @ slopes[0])

        done = minimize(
            merit,
            start / total,
            jac=True,
            method="SLSQP",
            bounds=list(zip(feasible.lower / total, feasible.upper / total, strict=True)),
            constraints={"type": "eq", "fun": lambda s: s.sum() - 1.0, "jac": lambda s: np.ones_like(s)},
        )
        n_evaluations += done.nfev
        return np.asarray(done.x) * total

    plans = [even_split(question)[0]]
    sizes = np.abs(goals_and_slopes(question, plans[0][None])[0][0])
    plans = [best(row / sizes, plans[0]) for row in np.eye(4)]
    reach = _reach(question, plans)
    for row in weights_on_simplex(effort.n_plans, 4)[4:]:
        if time.perf_counter() - begin > effort.time_limit or n_evaluations >= effort.n_evaluations:
            break
        plans.append(best(row / reach, plans[-1]))
    return Outcome(question.minimised(np.array(plans)), time.perf_counter() - begin, n_evaluations)


def _cvxpy(question: Question, effort: Effort) -> Outcome:
    """Weighted sums by Clarabel on concave curves, Hill of slope 1 written as h - h k / (x + k).

    Mean against risk over concave curves is not convex: the risk is that of revenue linearised at the last plan,
    solved three times for each weight vector.
    """
    import cvxpy as cp

    _smooth(question)
    if question.setting.shape != "concave" or question.setting.n_draws > 1:
        raise NotApplicable("concave curves without draws only")
    begin = time.perf_counter()
    feasible, n_channels = question.problem.feasible, question.problem.n_var
    spend = cp.Variable(n_channels)  # money per period
    pull, at_zero, marginal = cp.Parameter(3, nonneg=True), cp.Parameter(n_channels), cp.Parameter(n_channels)
    totals = [_concave_total(cp, question.curves[outcome], spend) for outcome in OUTCOMES]
    root = np.sqrt(PERIODS) * np.linalg.cholesky(question.covariance).T
    risk = cp.norm(root @ (at_zero + cp.multiply(marginal, spend)))
    task = cp.Problem(
        cp.Maximize(sum(pull[i] * PERIODS * total for i, total in enumerate(totals)) - risk),
        [
            spend >= feasible.lower / PERIODS,
            spend <= feasible.upper / PERIODS,
            cp.sum(spend) == feasible.budget_max / PERIODS,
        ],
    )

    def best(weights: FloatArray, plan: FloatArray) -> FloatArray:
        pull.value = weights[:3]
        for _ in range(3):
            value, slope, _ = (part[0, :, 0] for part in question.curves["revenue"].derivatives(plan[None] / PERIODS))
            at_zero.value, marginal.value = weights[3] * (value - slope * plan / PERIODS), weights[3] * slope
            task.solve(solver=cp.CLARABEL)
            plan = np.asarray(spend.value) * PERIODS
        return plan

    even = even_split(question)
    sizes = np.abs(goals_and_slopes(question, even)[0][0])
    plans = [best(row / sizes, even[0]) for row in np.eye(4)]
    reach = _reach(question, plans)
    for row in weights_on_simplex(effort.n_plans, 4)[4:]:
        if time.perf_counter() - begin > effort.time_limit:
            break
        plans.append(best(row / reach * reach.mean(), plans[-1]))
    return Outcome(question.minimised(np.array(plans)), time.perf_counter() - begin, 3 * len(plans))


def _concave_total(cp: Any, hill: Hill, spend: Any) -> Any:
    """Total of Hill curves of slope 1 as cvxpy knows that it is concave; spend: a variable, money per period."""
    height, half_saturation = hill.height[:, 0], hill.half_saturation[:, 0]
    return cp.sum(height - cp.multiply(height * half_saturation, cp.inv_pos(spend + half_saturation)))


OURS: dict[str, Engine] = {
    name: Engine(ours(name), "moo-budget") for name in dict.fromkeys(["auto", "scalarised", *ALGORITHMS])
}

RIVALS: dict[str, Engine] = {
    "pymoo NSGA-II": Engine(_pymoo(_pymoo_nsga2), "pymoo"),
    "pymoo NSGA-III": Engine(_pymoo(_pymoo_nsga3), "pymoo"),
    "pymoo MOPSO_CD": Engine(_pymoo(_pymoo_mopso_cd), "pymoo"),
    "pymoo CMOPSO": Engine(_pymoo(_pymoo_cmopso), "pymoo"),
    "pymoo SMS-EMOA": Engine(_pymoo(_pymoo_sms), "pymoo"),
    "pygmo NSGA-II": Engine(_pygmo(_pygmo_nsga2), "pygmo"),
    "pygmo NSPSO": Engine(_pygmo(_pygmo_nspso), "pygmo"),
    "pygmo MOEA/D": Engine(_pygmo(_pygmo_moead), "pygmo"),
    "pymoors NSGA-II": Engine(_pymoors, "pymoors"),
    "Platypus NSGA-II": Engine(_platypus, "platypus-opt"),
    "jMetalPy NSGA-II": Engine(_jmetal(_jmetal_nsga2), "jmetalpy"),
    "jMetalPy SMPSO": Engine(_jmetal(_jmetal_smpso), "jmetalpy"),
    "DEAP NSGA-II": Engine(_deap, "deap"),
    "SLSQP sweep": Engine(_slsqp, "scipy"),
    "cvxpy sweep": Engine(_cvxpy, "cvxpy"),
}
