"""How long `mb.evaluate` takes beside a front that is loaded, and what it says of random plans.

Run: python benchmarks/bench_evaluate.py RESULT_FOLDER (of `moo-budget solve`; --quick: 40 plans instead of 200). Times
are the process's own, the best of three for each plan, so that neighbours on the machine do not count. Every better
plan is compared with the plan that it is said to beat before anything is told.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from readme import machine, table

import moo_budget as mb
from moo_budget.aims import goal_scale
from moo_budget.evaluation import TOLERANCE

_REPEATS = 3
_SAID = {
    "front": "a plan of the front is better in everything",
    "better": "a better plan is solved for",
    "on_front": "it lies on the front",
    "outside": "it breaks limits, and none is better",
}


def measured(result: mb.Result, n_plans: int, seed: int = 1) -> dict[str, list[float]]:
    """What is said of random feasible plans -> milliseconds of each."""
    problem, front = result.problem, result.front
    shares = np.random.default_rng(seed).dirichlet(np.ones(len(problem.channels)), n_plans)
    plans = problem.feasible.rounded(problem.feasible.project(shares * problem.budget.max), problem.money_step)
    times = defaultdict(list)
    for spend in plans:
        plan = dict(zip(problem.channels, spend.tolist(), strict=True))
        evaluation, seconds = _timed(problem, plan, front)
        if evaluation.better is None:
            times[str(evaluation.standing)].append(1e3 * seconds)
            continue
        _assert_better(front, evaluation)
        times["better" if evaluation.better.id == "better" else "front"].append(1e3 * seconds)
    return times


def _timed(problem: mb.BudgetProblem, plan: dict[str, float], front: mb.Front) -> tuple[mb.Evaluation, float]:
    seconds = []
    for _ in range(_REPEATS):
        begin = time.process_time()
        evaluation = mb.evaluate(problem, plan, front=front)
        seconds.append(time.process_time() - begin)
    return evaluation, min(seconds)


def _assert_better(front: mb.Front, evaluation: mb.Evaluation) -> None:
    problem = front.problem
    assert evaluation.better is not None
    both = np.array([list(plan.spend.values()) for plan in (evaluation, evaluation.better)])
    mine, other = problem.to_minimise(problem.measure(both))
    scale = goal_scale(problem.to_minimise(front.values.value))
    gains = (mine - other) / scale
    assert (gains > -1e-9).all(), gains
    assert gains.max() > TOLERANCE, gains
    assert evaluation.better.breaks == ()


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    result = mb.read_result(arguments.folder)
    times = measured(result, 40 if arguments.quick else 200)
    rows = [
        [_SAID[said], str(len(taken)), f"{np.median(taken):.0f}", f"{max(taken):.0f}"]
        for said, taken in sorted(times.items())
    ]
    n_draws = result.problem.tables.values.shape[-1]
    print(f"{len(result.problem.channels)} channels, {n_draws} draws, {len(result.problem.sought_goals)} goals")
    print(table(["what is said", "plans", "median ms", "most ms"], rows))
    print(machine())


if __name__ == "__main__":
    main()
