"""Limits: whether every plan that is handed out keeps them, whether what cannot be kept is told right, and how fast.

Run: python benchmarks/bench_limits.py (--quick: fewer sets). Random sets of limits come from tests/limit_sets.py, with
checks that share nothing with the package; a kind of limit is a row there. Sets that contradict each other come from
tests/test_limits_rules.py: of the named ones every proper subset must be possible, and every advice must be enough.
Fronts are held against all plans of a grid where there are few enough. The table goes to standard output and between
the markers in README.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import moocore
import numpy as np
from readme import ROOT, machine, spread, table, write_section

import moo_budget as mb
from moo_budget._checks import FloatArray
from moo_budget.algorithms import ALGORITHMS
from moo_budget.errors import InfeasibleError, InputError
from moo_budget.tables import from_functions

sys.path.append(str(ROOT))  # the sets are shared with the tests

from tests.limit_sets import KINDS, LimitSet, feasible_sets
from tests.test_limits_rules import followed, named, only, random_limits, refusal

N_PLANS, N_EVALUATIONS = 10, 400  # of each search over a set
FRONT_PLANS, FRONT_EVALUATIONS = 200, 100_000  # of a front that is held against an enumeration
KERNEL_PLANS, KERNEL_CHANNELS, KERNEL_RULES = 10_000, 50, 5


@dataclass(frozen=True)
class Size:
    """How much is done.

    Args:
        sets: of limits that can be kept, each through every search.
        contradictions: sets that cannot be kept.
        fronts: small problems, each through every search.
    """

    sets: int
    contradictions: int
    fronts: int


QUICK, FULL = Size(40, 20, 3), Size(500, 200, 12)


def kept(sets: Sequence[LimitSet]) -> Iterator[list[str]]:
    """A row a search: plans handed out, share that keep every limit, share whose total is a whole number of cents."""
    for name in ALGORITHMS:
        n_plans = n_kept = n_exact = 0
        for found in sets:
            found_front = mb.solve(found.problem, name, n_plans=N_PLANS, n_evaluations=N_EVALUATIONS, seed=1)
            front, money = found.handed_out(found_front)
            for row, plan in enumerate(front.spend):
                faults = found.faults(np.array(plan[None]), None if money is None else money[[row]])
                n_plans += 1
                n_exact += "money step" not in faults and "budget" not in faults
                n_kept += not set(faults) - {"money step"} and not front.problem.broken(plan)
                if faults:
                    print(f"{name}, set {found.seed}: {faults}", file=sys.stderr)
        yield [f"`{name}`", f"{n_plans:,}", f"{n_kept / n_plans:.2%}", f"{n_exact / n_plans:.2%}"]


def contradictions(n_sets: int) -> list[str]:
    """How many sets were named minimally, how many advices were enough, and how long naming one takes."""
    minimal, enough, advised, seconds = 0, 0, 0, []
    for seed, case in _impossible(n_sets):
        begin = time.process_time()  # one thread's work, whatever else the machine does
        error = refusal(*case)
        seconds.append(time.process_time() - begin)
        limits, budget, money = case
        assert error is not None  # it was refused before
        is_minimal = _is_minimal(limits, budget, money, error)
        answers = list(_answers(limits, budget, money, error))
        minimal, enough, advised = minimal + is_minimal, enough + sum(answers), advised + len(answers)
        if not is_minimal or not all(answers):
            print(f"set {seed}: minimal {is_minimal}, advice {answers}\n{error.text}", file=sys.stderr)
    return [
        f"{n_sets}",
        f"{minimal / n_sets:.1%}",
        f"{enough} of {advised}",
        f"{1e3 * float(np.median(seconds)):.0f} ms",
        f"{1e3 * max(seconds):.0f} ms",
    ]


def _impossible(n_sets: int) -> Iterator[tuple[int, tuple]]:
    seed = 10_000  # the tests take the first ones
    while n_sets:
        seed += 1
        case = random_limits(seed, "everything")
        error = refusal(*case)
        if error is not None and error.code == "limits.contradiction":
            n_sets -= 1
            yield seed, case


def _is_minimal(limits, budget, money, error: InfeasibleError) -> bool:
    """The named limits cannot be kept together, and can without any one of them."""
    lines = named(error)
    rest = [only(limits, budget, lines - {line}, money) for line in lines]
    return not _possible(*only(limits, budget, lines, money), money) and all(_possible(*one, money) for one in rest)


def _possible(limits, budget, money) -> bool:
    """Whether some plan keeps the limits; advice that is refused by itself is no help either."""
    try:
        return refusal(limits, budget, money) is None
    except InputError:
        return False


def _answers(limits, budget, money, error: InfeasibleError) -> Iterator[bool]:
    """Whether each advice is enough; of several that only do together, whether they are. No advice is not enough."""
    if "would do: " not in error.text:
        yield False
        return
    advice = error.text.split("would do: ")[1].removesuffix(".").split("; ")
    if "together" not in error.text:
        yield from (_possible(*followed(limits, budget, one), money) for one in advice)
        return
    eased = limits, budget
    for one in advice:
        eased = followed(*eased, one)
    yield _possible(*eased, money)


def enumerated(n_problems: int) -> Iterator[list[str]]:
    """A row a search: hypervolume of its fronts over that of all plans of a grid."""
    problems = [_small_problem(seed) for seed in range(n_problems)]
    known = [(asked, *_enumerated_front(asked)) for asked in problems]
    for name in ALGORITHMS:
        shares = []
        for asked, best, corner in known:
            front = mb.solve(asked, name, n_plans=FRONT_PLANS, n_evaluations=FRONT_EVALUATIONS, seed=1)
            found = asked.to_minimise(front.values.value)
            shares.append(_volume(found, best, corner) / _volume(best, best, corner))
        yield [f"`{name}`", spread(shares, ".4f")]


def _small_problem(seed: int) -> mb.BudgetProblem:
    """Three S-curves, on/off channels and a rule, two outcomes that want different channels; 100 of money."""
    rng = np.random.default_rng(seed)
    names = ("a", "b", "c")

    def curves():
        shapes = zip(rng.uniform(5, 12, 3), rng.uniform(15, 50, 3), rng.uniform(1.5, 4.0, 3), strict=True)
        return {name: _hill(*shape) for name, shape in zip(names, shapes, strict=True)}

    limits = {
        "channel": {
            "a": {"min_if_used": float(rng.integers(10, 40))},
            "c": {"min_if_used": float(rng.integers(10, 40))},
        },
        "rules": [f"a + b >= {rng.integers(20, 50)}% * total"],
    }
    goals = {name: {"outcome": name, "measure": "total"} for name in ("revenue", "awareness")}
    tables = from_functions({name: curves() for name in goals}, dict.fromkeys(names, 100.0))
    return mb.BudgetProblem(tables, goals=goals, budget=100.0, limits=limits, money_step=0.0)


def _hill(height: float, half: float, slope: float):
    return lambda x: height * x**slope / (x**slope + half**slope)


def _enumerated_front(asked: mb.BudgetProblem) -> tuple[FloatArray, FloatArray]:
    """Goals of the best plans in steps of a quarter, minimised, and the corner of what they dominate."""
    steps = np.arange(0.0, 100.125, 0.25)
    a, b = (grid.ravel() for grid in np.meshgrid(steps, steps))
    plans = np.column_stack([a, b, 100.0 - a - b])[a + b <= 100.0]
    goals = asked.to_minimise(asked.measure(plans[asked.kept(plans)]))
    best = goals[moocore.is_nondominated(goals)]
    return best, best.max(axis=0) + 0.1 * np.ptp(best, axis=0)


def _volume(goals: FloatArray, best: FloatArray, corner: FloatArray) -> float:
    size = corner - best.min(axis=0)
    return float(moocore.hypervolume((goals - corner) / size, ref=[0.0] * goals.shape[1]))


def projection() -> list[str]:
    """Milliseconds of the projection onto box, total and rules, the fastest of ten."""
    rng = np.random.default_rng(1)
    names = [f"c{c}" for c in range(KERNEL_CHANNELS)]
    curves = {"revenue": {name: _hill(1.0, 30.0, 1.0) for name in names}}
    rules = [f"{' + '.join(names[10 * k : 10 * k + 8])} <= {18 + k}% * total" for k in range(KERNEL_RULES - 2)]
    rules += ["c0 + c10 >= 2 * c20", "c30 - c40 <= 10"]
    goals = {"revenue": {"outcome": "revenue", "measure": "total"}}
    tables = from_functions(curves, dict.fromkeys(names, 100.0))
    asked = mb.BudgetProblem(tables, goals=goals, budget=1000.0, limits={"rules": rules})
    money = rng.uniform(0.0, 60.0, (KERNEL_PLANS, KERNEL_CHANNELS))
    projected = asked.feasible.project(money)  # compiles
    assert asked.kept(projected).all()
    taken = []
    for _ in range(10):
        begin = time.perf_counter()
        asked.feasible.project(money)
        taken.append(time.perf_counter() - begin)
    size = f"{KERNEL_PLANS:,} plans x {KERNEL_CHANNELS} channels, {KERNEL_RULES} rules"
    return [size, f"{1e3 * min(taken):.0f} ms", f"{1e3 * float(np.median(taken)):.0f} ms"]


def report(size: Size) -> str:
    """The section of README.md."""
    sets = list(feasible_sets(size.sets))
    per_search = table(["search", "plans handed out", "keep every limit", "total exact to the cent"], kept(sets))
    refused = table(
        ["sets that contradict", "named set is minimal", "advice is enough", "median, CPU", "slowest, CPU"],
        [contradictions(size.contradictions)],
    )
    fronts = table(
        ["search", f"hypervolume of {FRONT_PLANS} plans over the enumerated front's"], enumerated(size.fronts)
    )
    kernel = table(["projection", "fastest of ten", "median"], [projection()])
    return (
        f"{size.sets} random sets of limits that can be kept ({', '.join(KINDS)}), six channels, each through every "
        f"search; plans are checked by code that shares nothing with the package, and by the package's own check:\n\n"
        f"{per_search}\n\nRandom sets that contradict each other:\n\n{refused}\n\n{size.fronts} small problems with "
        f"S-curves, on/off channels and a rule, against all plans in steps of a quarter of a percent of the money "
        f"({FRONT_EVALUATIONS:,} evaluations, the default; median, and range; above 1: better than the grid):\n\n"
        f"{fronts}\n\nThe kernel that keeps linear rules:\n\n"
        f"{kernel}\n\n{machine(['numba', 'scipy'])}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--quick", action="store_true", help="fewer sets")
    chosen.add_argument("--full", action="store_true", help="all sets (the default)")
    arguments = parser.parse_args()
    text = report(QUICK if arguments.quick else FULL)
    print(text)
    write_section("bench_limits", text)


if __name__ == "__main__":
    main()
