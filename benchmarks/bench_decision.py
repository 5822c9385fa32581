"""How good the money is placed: the true value of the plans that methods recommend from the same simulated data.

Run: python benchmarks/bench_decision.py (--quick: 3 worlds a condition, under three minutes; --full: 60 worlds of
moderate noise a condition, world by world, so that a run that was stopped goes on where it was). Tables go to standard
output and between the markers in README.md. Worlds, seeds and sizes are fixed beforehand; none is left out. The oracle
places the same money within the same limits and knows the true curves. PyMC-Marketing's own fit and optimiser take
part where --pymc names an interpreter that has them: in the first ten worlds, because a fit takes it a minute.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from deciders import BEST_REVENUE, DECIDERS, LEAD, OURS, PERIODS, Known, best_revenue
from readme import ROOT, machine, table, write_section

import moo_budget as mb
from moo_budget._checks import FloatArray
from moo_budget.history import History
from moo_budget.indicators import hypervolume, reference_point
from moo_budget.responses.experiments import read_experiments
from moo_budget.simulate import World, random_world, simulate
from moo_budget.simulate.experiments import TEST_WEEKS

FIRST_SEED = 4_000
SIZES = ((5, 104), (8, 104), (10, 156), (12, 104), (15, 156))  # channels and weeks, in turn
TOTALS = {outcome: {"outcome": outcome, "measure": "total"} for outcome in (LEAD, "awareness")}
STEPS = (0.25, 0.5, 0.75, 1.0)
WORSE = 0.01  # of today's revenue
PYMC = "PyMC-Marketing 0.19, fit and BudgetOptimizer"
QUICK, FULL, N_PYMC = 3, 60, 10  # worlds


@dataclass(frozen=True)
class Condition:
    """What is known of a world.

    Args:
        name: as it stands in the tables.
        per_channel: its outcomes are measured channel by channel.
        tested: there are lift tests on every other channel.
    """

    name: str
    per_channel: bool
    tested: bool = False


CONDITIONS = (
    Condition("measured channel by channel", per_channel=True),
    Condition("in total, lift tests on half of the channels", per_channel=False, tested=True),
    Condition("in total", per_channel=False),
)


@dataclass(frozen=True)
class Cell:
    """One world under one condition; gains are true revenue of the whole plan beyond that of today's plan.

    Args:
        today: true revenue of today's plan.
        oracle: gain of the plan that the truth would choose.
        gains: method -> gain of each plan that it recommends.
        steps: gain after a share of the way from today's plan to our best one, by STEPS.
        front_share: hypervolume of our front under the truth over that of the oracle's front.
    """

    today: float
    oracle: float
    gains: dict[str, list[float]]
    steps: list[float]
    front_share: float


class Truth:
    """What plans of a world really bring.

    Args:
        world: the truth.
        known: its question, whose limits the oracle keeps too.
    """

    def __init__(self, world: World, known: Known) -> None:
        self._world, self._known = world, known
        curves = {
            name: {channel: response.level for channel, response in outcome.channels.items()}
            for name, outcome in world.outcomes.items()
        }
        ends = dict(zip(known.tables.channels, known.tables.ends.tolist(), strict=True))
        self._tables = mb.from_functions(curves, ends)

    def values(self, plans: FloatArray) -> FloatArray:
        """Plans (n_plans, n_channels) -> true revenue and awareness, (n_plans, 2)."""
        brought = [
            self._world.expected(dict(zip(self._world.channels, (plan / PERIODS).tolist(), strict=True)))
            for plan in plans
        ]
        return PERIODS * np.array([[one[outcome] for outcome in TOTALS] for one in brought])

    def revenue(self, plan: FloatArray) -> float:
        """Of one plan, (n_channels,)."""
        return float(self.values(plan[None])[0, 0])

    def best(self) -> float:
        """The most true revenue."""
        return self.revenue(best_revenue(self._known.problem(self._tables, BEST_REVENUE), self._known.seed))

    def front_share(self, plans: FloatArray) -> float:
        """Hypervolume of plans (n_plans, n_channels) under the truth over that of the true front."""
        front = mb.solve(self._known.problem(self._tables, TOTALS), n_plans=len(plans), seed=self._known.seed)
        best = -self.values(front.spend)
        reference = reference_point(np.vstack([best, -self.values(self._known.today[None])]))
        return hypervolume(-self.values(plans), reference) / hypervolume(best, reference)


@dataclass(frozen=True, eq=False)
class Case:
    """A world and what is to be known of it.

    Args:
        world: the truth.
        history: one that it made.
        lift_tests: as in a file of them; none where nothing was tested.
        seed: of the world, its history and everything that is drawn.
    """

    world: World
    history: History
    lift_tests: pd.DataFrame | None
    seed: int

    @classmethod
    def of(cls, condition: Condition, number: int) -> Case:
        """World `number` of a condition, always the same."""
        seed, (n_channels, n_periods) = FIRST_SEED + number, SIZES[number % len(SIZES)]
        world = random_world(seed, n_channels=n_channels, per_channel=condition.per_channel, kind="moderate")
        data = simulate(world, n_periods, seed)
        tests = world.lift_tests(data, world.channels[::2], seed) if condition.tested else None
        return cls(world, world.history(data), tests, seed)


def learned(case: Case) -> Known:
    """What the history, and the lift tests, teach."""
    history, experiments = case.history, ()
    if case.lift_tests is not None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "lift_tests.csv"
            case.lift_tests.to_csv(path, index=False)
            experiments = read_experiments(path, history)
    responses = mb.fit(history, seed=case.seed, experiments=experiments)
    ends = dict(zip(history.channels, (2.0 * history.observed_max).tolist(), strict=True))
    return Known(history, mb.tabulate(responses, ends), case.seed)


def measured(condition: Condition, number: int) -> Cell:
    """One world: learn, ask every method, look the plans up in the truth."""
    case = Case.of(condition, number)
    known = learned(case)
    truth = Truth(case.world, known)
    today = truth.revenue(known.today)
    plans = {name: decide(known) for name, decide in DECIDERS.items()}
    (best,) = plans[OURS]
    return Cell(
        today=today,
        oracle=truth.best() - today,
        gains={name: [truth.revenue(plan) - today for plan in chosen] for name, chosen in plans.items()},
        steps=[truth.revenue(known.today + step * (best - known.today)) - today for step in STEPS],
        front_share=truth.front_share(known.front.spend),
    )


def pymc_revenue(python: str, condition: Condition, number: int) -> float:
    """True revenue of the plan that PyMC-Marketing recommends."""
    case = Case.of(condition, number)
    history, tests = case.history, case.lift_tests
    revenue = history.outcome(LEAD).values
    question = {
        "channels": history.channels,
        "dates": [str(date) for date in history.dates],
        "spend": history.spend.tolist(),
        "outcome": revenue.reshape(history.n_periods, -1).sum(axis=1).tolist(),
        "lift_tests": [] if tests is None else _weekly(tests[tests["outcome"] == LEAD]),
        "periods": PERIODS,
        "lower": np.zeros(len(history.channels)).tolist(),
        "upper": (2.0 * PERIODS * history.observed_max).tolist(),
        "total": float(history.spend[-PERIODS:].sum()),
        "seed": case.seed,
    }
    command = [python, str(Path(__file__).with_name("pymc_plan.py"))]
    done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=True)
    plan = json.loads(done.stdout.splitlines()[-1])  # the sampler talks before
    money = dict(zip(history.channels, (np.array(plan) / PERIODS).tolist(), strict=True))
    return PERIODS * case.world.expected(money)[LEAD]


def _weekly(tests: pd.DataFrame) -> list[dict[str, Any]]:
    """Lift tests as PyMC-Marketing has them."""
    names = {"spend": "x", "spend_change": "delta_x", "lift": "delta_y", "lift_se": "sigma"}
    return [
        {"channel": test["channel"]} | {theirs: test[ours] / TEST_WEEKS for ours, theirs in names.items()}
        for _, test in tests.iterrows()
    ]


class Bench:
    """Cells, kept in a folder where they may be asked for again.

    Args:
        n_worlds: of every condition.
        folder: None: nothing is kept.
        python: an interpreter with PyMC-Marketing; None: it takes no part.
    """

    def __init__(self, n_worlds: int, folder: Path | None, python: str | None) -> None:
        self._folder = folder
        self.cells = {condition: [self._cell(condition, i) for i in range(n_worlds)] for condition in CONDITIONS}
        n_pymc = min(n_worlds, N_PYMC) if python else 0
        self.pymc = {condition: [self._pymc(python, condition, i) for i in range(n_pymc)] for condition in CONDITIONS}

    def _cell(self, condition: Condition, number: int) -> Cell:
        cell = Cell(**self._kept((condition, number), _sources(), lambda: asdict(measured(condition, number))))
        print(f"{condition.name}; {number}: {cell.gains[OURS][0]:,.0f} of {cell.oracle:,.0f}", file=sys.stderr)
        return cell

    def _pymc(self, python: str | None, condition: Condition, number: int) -> float:
        """Gain over today's plan."""
        assert python is not None  # n_pymc is zero otherwise
        sources = _sources("simulate")
        revenue: float = self._kept((PYMC, condition, number), sources, lambda: pymc_revenue(python, condition, number))
        print(f"{PYMC}; {condition.name}; {number}: {revenue:,.0f}", file=sys.stderr)
        return revenue - self.cells[condition][number].today

    def _kept(self, key: tuple[object, ...], sources: str, make: Callable[[], Any]) -> Any:
        """What `make` gives, ready for JSON; read from the folder where the same sources made it before."""
        if self._folder is None:
            return make()
        digest = hashlib.sha256(repr((key, sources)).encode()).hexdigest()[:24]
        path = self._folder / "decisions" / f"{digest}.json"
        if not path.exists():
            made = json.dumps(make())
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made, encoding="utf-8")
        return json.loads(path.read_text(encoding="utf-8"))


@cache
def _sources(part: str = "") -> str:
    """Digest of what makes a cell: methods, and the package or a part of it."""
    files = [Path(__file__).with_name(name) for name in ("bench_decision.py", "deciders.py", "pymc_plan.py")]
    files += sorted((ROOT / "moo_budget" / part).rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _entry(cells: Sequence[Cell], gains: Sequence[Sequence[float]]) -> str:
    """Sum of gains over the sum of the oracle's, and how often a plan is truly worse than today's; gains by world."""
    share = sum(float(np.mean(plans)) for plans in gains) / sum(cell.oracle for cell in cells)
    worse = [gain < -WORSE * cell.today for cell, plans in zip(cells, gains, strict=True) for gain in plans]
    return f"{share:.0%}, worse in {np.mean(worse):.0%}"


def _pymc_entry(bench: Bench, condition: Condition) -> str:
    gains = bench.pymc[condition]
    if not gains:
        return "not installed (--pymc)"
    cells = bench.cells[condition][: len(gains)]
    ours = _entry(cells, [cell.gains[OURS] for cell in cells])
    return f"{_entry(cells, [[gain] for gain in gains])}; ours in these {len(gains)} worlds {ours}"


def _front_entry(cells: Sequence[Cell]) -> str:
    shares = [cell.front_share for cell in cells]
    return f"{np.mean(shares):.0%} ({min(shares):.0%} to {max(shares):.0%})"


def report(bench: Bench) -> str:
    """Three tables: methods, shrinkage, fronts."""
    names = [f"{condition.name} ({len(cells)} worlds)" for condition, cells in bench.cells.items()]
    worlds = list(bench.cells.values())
    methods = [[name, *(_entry(cells, [cell.gains[name] for cell in cells]) for cells in worlds)] for name in DECIDERS]
    steps = [
        [f"{step:.0%} of the way", *(_entry(cells, [[cell.steps[s]] for cell in cells]) for cells in worlds)]
        for s, step in enumerate(STEPS)
    ]
    pymc = [PYMC, *(_pymc_entry(bench, condition) for condition in bench.cells)]
    fronts = ["our front", *map(_front_entry, worlds)]
    footnote = (
        "Gain in true revenue over today's plan, summed over worlds, as a share of the oracle's; worse: truly worse "
        "than today's plan by more than 1 % of its revenue. All plans place today's money, each channel up to twice "
        "its highest week; the balanced plan also seeks awareness, return and little risk. Hypervolume of true revenue "
        "and awareness, mean and range. Worlds of moderate noise with 5 to 15 channels and 104 or 156 weeks. "
        f"{machine(['scipy', 'pymoo'])}"
    )
    tables = [
        table(["most revenue with today's money", *names], [*methods, pymc]),
        table(["from today's plan to ours", *names], steps),
        table(["hypervolume under the truth", *names], [fronts]),
    ]
    return "\n\n".join([*tables, footnote])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    how_much = parser.add_mutually_exclusive_group()
    how_much.add_argument(
        "--quick", dest="n_worlds", action="store_const", const=QUICK, default=QUICK, help="the default"
    )
    how_much.add_argument("--full", dest="n_worlds", action="store_const", const=FULL, help="everything, resumable")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "moo_budget_bench", help="a folder")
    parser.add_argument("--pymc", help="an interpreter that has pymc-marketing 0.19 and numpyro")
    arguments = parser.parse_args()
    text = report(Bench(arguments.n_worlds, arguments.cache if arguments.n_worlds > QUICK else None, arguments.pymc))
    print(text)
    write_section("bench_decision", text)


if __name__ == "__main__":
    main()
