"""How good the money is placed: the true value of the plans that methods recommend from the same simulated data.

Run: python benchmarks/bench_decision.py (--quick: 3 worlds a condition, under three minutes; --full: 60 worlds of
moderate noise a condition, world by world, so that a run that was stopped goes on where it was). Tables go to standard
output and between the markers in README.md. Worlds, seeds and sizes are fixed beforehand; none is left out. The oracle
places the same money within the same limits and knows the true curves. In the first ten worlds, because they take a
minute each, two more take part: the informed oracle (informed.py; --full only), who knows how the curves were drawn
and has seen the history, and PyMC-Marketing's own fit and optimiser where --pymc names an interpreter that has them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from cells import Cells, command_line, sources
from deciders import BEST_REVENUE, DECIDERS, LEAD, OURS, PERIODS, Known, best_revenue
from informed import Posterior, chain, curves
from readme import machine, table, write_section

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
STEPS = tuple(s / 20 for s in range(21))
SHOWN = (0.25, 0.5, 0.75, 1.0)  # of the steps
WORTH = 0.95  # of the gain at the best step
WORSE = 0.01  # of today's revenue
INFORMED = "informed oracle (true prior, long sampler run)"
N_CHAINS = 2
PYMC = "PyMC-Marketing 0.19, fit and BudgetOptimizer"
PROGRAMS = ("bench_decision.py", "deciders.py")  # that make a cell


@dataclass(frozen=True)
class Thoroughness:
    """How many worlds of each condition are measured.

    Args:
        n_worlds: by all methods.
        n_informed: of these by the informed oracle.
        n_pymc: of these by PyMC-Marketing.
        resumable: worlds that were measured before, by the same code, are not measured again.
    """

    n_worlds: int
    n_informed: int
    n_pymc: int
    resumable: bool


QUICK = Thoroughness(n_worlds=3, n_informed=0, n_pymc=3, resumable=False)
FULL = Thoroughness(n_worlds=60, n_informed=10, n_pymc=10, resumable=True)


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
        promised: the gain that we expect of our best plan.
        steps: gain after a share of the way from today's plan to our best one, by STEPS.
        front_share: hypervolume of our front under the truth over that of the oracle's front.
    """

    today: float
    oracle: float
    gains: dict[str, list[float]]
    promised: float
    steps: list[float]
    front_share: float


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

    @property
    def ends(self) -> dict[str, float]:
        """Channel -> the most that a plan may give it, currency per week: twice its highest week."""
        return dict(zip(self.history.channels, (2.0 * self.history.observed_max).tolist(), strict=True))

    def values(self, plans: FloatArray) -> FloatArray:
        """Plans (n_plans, n_channels) -> true revenue and awareness, (n_plans, 2)."""
        brought = [
            self.world.expected(dict(zip(self.world.channels, (plan / PERIODS).tolist(), strict=True)))
            for plan in plans
        ]
        return PERIODS * np.array([[one[outcome] for outcome in TOTALS] for one in brought])

    def revenue(self, plan: FloatArray) -> float:
        """True, of one plan (n_channels,)."""
        return float(self.values(plan[None])[0, 0])


class Oracle:
    """What could be had by one who knows the truth.

    Args:
        case: with the truth.
        known: the same question, whose limits the oracle keeps too.
    """

    def __init__(self, case: Case, known: Known) -> None:
        self._case, self._known = case, known
        curves = {
            name: {channel: response.level for channel, response in outcome.channels.items()}
            for name, outcome in case.world.outcomes.items()
        }
        self._tables = mb.from_functions(curves, case.ends)

    def revenue(self) -> float:
        """The most."""
        return self._case.revenue(best_revenue(self._known.problem(self._tables, BEST_REVENUE), self._known.seed))

    def front_share(self, plans: FloatArray) -> float:
        """Hypervolume of plans (n_plans, n_channels) under the truth over that of the true front."""
        front = mb.solve(self._known.problem(self._tables, TOTALS), n_plans=len(plans), seed=self._known.seed)
        best = -self._case.values(front.spend)
        reference = reference_point(np.vstack([best, -self._case.values(self._known.today[None])]))
        return hypervolume(-self._case.values(plans), reference) / hypervolume(best, reference)


def learned(case: Case) -> Known:
    """What the history, and the lift tests, teach."""
    history, experiments = case.history, ()
    if case.lift_tests is not None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "lift_tests.csv"
            case.lift_tests.to_csv(path, index=False)
            experiments = read_experiments(path, history)
    responses = mb.fit(history, seed=case.seed, experiments=experiments)
    return Known(history, mb.tabulate(responses, case.ends), case.seed)


def measured(condition: Condition, number: int) -> Cell:
    """One world: learn, ask every method, look the plans up in the truth."""
    case = Case.of(condition, number)
    known = learned(case)
    oracle = Oracle(case, known)
    today = case.revenue(known.today)
    plans = {name: decide(known) for name, decide in DECIDERS.items()}
    (best,) = plans[OURS]
    expected = known.question.totals(LEAD, np.array([known.today, best]))
    return Cell(
        today=today,
        oracle=oracle.revenue() - today,
        gains={name: [case.revenue(plan) - today for plan in chosen] for name, chosen in plans.items()},
        promised=float(expected[1] - expected[0]),
        steps=[case.revenue(known.today + step * (best - known.today)) - today for step in STEPS],
        front_share=oracle.front_share(known.front.spend),
    )


def informed_revenues(condition: Condition, number: int) -> list[float]:
    """True revenue of the informed oracle's plan, and of the plans that each of its chains alone would give."""
    case = Case.of(condition, number)
    posterior = Posterior(case.world, case.history, case.lift_tests)
    chains = [chain(posterior, rng) for rng in np.random.default_rng(case.seed).spawn(N_CHAINS)]
    return [case.revenue(_believed_best(case, posterior, draws)) for draws in (np.concatenate(chains), *chains)]


def _believed_best(case: Case, posterior: Posterior, draws: FloatArray) -> FloatArray:
    """The plan (n_channels,) with the most revenue expected over draws of the latents."""
    believed = dict(zip(case.world.channels, curves(posterior, draws), strict=True))
    known = Known(case.history, mb.from_functions({LEAD: believed}, case.ends), case.seed)
    return best_revenue(known.question, known.seed)


def by_pymc(python: str, condition: Condition, number: int) -> dict[str, float]:
    """`revenue`, true, of the plan that PyMC-Marketing recommends, of today's where its optimiser `gave_up`.

    `fit_ratio`: CPU time of its fit over ours.
    """
    case = Case.of(condition, number)
    history, tests = case.history, case.lift_tests
    revenue, today = history.outcome(LEAD).values, history.spend[-PERIODS:].sum(axis=0)
    question = {
        "channels": history.channels,
        "dates": [str(date) for date in history.dates],
        "spend": history.spend.tolist(),
        "outcome": revenue.reshape(history.n_periods, -1).sum(axis=1).tolist(),
        "lift_tests": [] if tests is None else _weekly(tests[tests["outcome"] == LEAD]),
        "periods": PERIODS,
        "lower": np.zeros(len(history.channels)).tolist(),
        "upper": (2.0 * PERIODS * history.observed_max).tolist(),
        "total": float(today.sum()),
        "seed": case.seed,
    }
    command = [python, str(Path(__file__).with_name("pymc_plan.py"))]
    done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout.splitlines()[-1])  # the sampler talks before
    begin = time.process_time()
    mb.fit(replace(history, outcomes=(history.outcome(LEAD),)), seed=case.seed)
    ours = time.process_time() - begin
    gave_up = answer["plan"] is None
    plan = today if gave_up else np.array(answer["plan"])
    return {"revenue": case.revenue(plan), "fit_ratio": answer["seconds"] / ours, "gave_up": gave_up}


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
        effort: how many worlds are measured.
        folder: for a resumable run.
        python: an interpreter with PyMC-Marketing; None: it takes no part.
    """

    def __init__(self, effort: Thoroughness, folder: Path, python: str | None) -> None:
        self._kept = Cells(folder / "decisions" if effort.resumable else None).kept
        self.cells = {condition: [self._cell(condition, i) for i in range(effort.n_worlds)] for condition in CONDITIONS}
        self.informed = {
            condition: [self._informed(condition, i) for i in range(effort.n_informed)]
            for condition in CONDITIONS
            if not condition.per_channel
        }
        self.pymc = {
            condition: [self._pymc(python, condition, i) for i in range(effort.n_pymc if python else 0)]
            for condition in CONDITIONS
        }

    def _cell(self, condition: Condition, number: int) -> Cell:
        key = condition, number, sources(*PROGRAMS)
        cell = Cell(**self._kept(key, lambda: asdict(measured(condition, number))))
        print(f"{condition.name}; {number}: {cell.gains[OURS][0]:,.0f} of {cell.oracle:,.0f}", file=sys.stderr)
        return cell

    def _informed(self, condition: Condition, number: int) -> list[float]:
        """Gains over today's plan: of both chains together, then of each."""
        key = INFORMED, condition, number, sources(*PROGRAMS, "informed.py", package="simulate")
        revenues = self._kept(key, lambda: informed_revenues(condition, number))
        gains = [revenue - self.cells[condition][number].today for revenue in revenues]
        print(f"{INFORMED}; {condition.name}; {number}: {', '.join(f'{gain:,.0f}' for gain in gains)}", file=sys.stderr)
        return gains

    def _pymc(self, python: str | None, condition: Condition, number: int) -> dict[str, float]:
        """`gain` over today's plan, `fit_ratio` and `gave_up`."""
        assert python is not None  # none is asked for otherwise
        key = PYMC, condition, number, sources(*PROGRAMS, "pymc_plan.py", package="simulate")
        found = self._kept(key, lambda: by_pymc(python, condition, number))
        print(f"{PYMC}; {condition.name}; {number}: {found['revenue']:,.0f}", file=sys.stderr)
        return found | {"gain": found["revenue"] - self.cells[condition][number].today}


def _share(cells: Sequence[Cell], gains: Sequence[Sequence[float]]) -> float:
    """Sum of gains over the sum of the oracle's; gains by world, of one plan or several."""
    return sum(float(np.mean(plans)) for plans in gains) / sum(cell.oracle for cell in cells)


def _entry(cells: Sequence[Cell], gains: Sequence[Sequence[float]]) -> str:
    """Share of the oracle's gain, and how often a plan is truly worse than today's."""
    worse = [gain < -WORSE * cell.today for cell, plans in zip(cells, gains, strict=True) for gain in plans]
    return f"{_share(cells, gains):.0%}, worse in {np.mean(worse):.0%}"


def _ours(cells: Sequence[Cell]) -> list[list[float]]:
    return [cell.gains[OURS] for cell in cells]


def _informed_entries(bench: Bench, condition: Condition) -> tuple[str, str]:
    """The informed oracle's, and ours as a share of it."""
    gains = bench.informed.get(condition, [])
    if not gains:
        return ("", "") if condition.per_channel else ("not measured (--full)", "")
    cells = bench.cells[condition][: len(gains)]
    both, *alone = ([[by_world[part]] for by_world in gains] for part in range(1 + N_CHAINS))
    chains = " and ".join(f"{_share(cells, chain):.0%}" for chain in alone)
    return (
        f"{_entry(cells, both)} ({len(gains)} worlds; its chains alone {chains})",
        f"{_share(cells, _ours(cells)) / _share(cells, both):.0%}",
    )


def _pymc_entry(bench: Bench, condition: Condition) -> str:
    found = bench.pymc[condition]
    if not found:
        return "not installed (--pymc)"
    cells = bench.cells[condition][: len(found)]
    gains, ratio = [[one["gain"]] for one in found], np.median([one["fit_ratio"] for one in found])
    ours = f"ours in these {len(found)} worlds {_entry(cells, _ours(cells))}"
    gave_up = sum(one["gave_up"] for one in found)
    said = f"its optimiser gave up in {gave_up} (today's plan counts there); " if gave_up else ""
    return f"{_entry(cells, gains)}; {ours}; {said}its fit takes {ratio:.0f} times as long"


def _methods(bench: Bench) -> list[list[str]]:
    rows = [
        [name, *(_entry(cells, [cell.gains[name] for cell in cells]) for cells in bench.cells.values())]
        for name in DECIDERS
    ]
    informed, ours = zip(*(_informed_entries(bench, condition) for condition in CONDITIONS), strict=True)
    pymc = [_pymc_entry(bench, condition) for condition in CONDITIONS]
    ceiling = [[INFORMED, *informed], ["ours as a share of the informed oracle's, same worlds", *ours]]
    return [*rows, [PYMC, *pymc], *ceiling]


def _step_entry(cells: Sequence[Cell], step: float) -> str:
    return _entry(cells, [[cell.steps[STEPS.index(step)]] for cell in cells])


def _fitted_steps(cells: Sequence[Cell]) -> tuple[float, float]:
    """The step with the most gain over all worlds, and the first with WORTH of it."""
    gains = np.sum([cell.steps for cell in cells], axis=0)
    return STEPS[int(gains.argmax())], STEPS[int(np.argmax(gains >= WORTH * gains.max()))]


def _came_true(cells: Sequence[Cell]) -> str:
    """Slope, and its standard error, of true gain on promised gain, through zero; both as shares of today's revenue."""
    promised, true = (
        np.array([gain / cell.today for gain, cell in zip(gains, cells, strict=True)])
        for gains in ([cell.promised for cell in cells], [cell.gains[OURS][0] for cell in cells])
    )
    slope, spread = promised @ true / (promised @ promised), promised @ promised
    error = np.sqrt(((true - slope * promised) ** 2).sum() / (len(cells) - 1) / spread)
    return f"{slope:.0%} (standard error {error:.0%})"


def _shrinkage(bench: Bench) -> list[list[str]]:
    worlds = list(bench.cells.values())
    rows = [[f"{step:.0%} of the way", *(_step_entry(cells, step) for cells in worlds)] for step in SHOWN]
    fitted = [[f"{step:.0%}: {_step_entry(cells, step)}" for step in _fitted_steps(cells)] for cells in worlds]
    most, enough = zip(*fitted, strict=True)
    rows += [["the way with the most gain", *most], [f"the least way to {WORTH:.0%} of that", *enough]]
    return [*rows, ["of the promised gain came true", *map(_came_true, worlds)]]


def _front_entry(cells: Sequence[Cell]) -> str:
    shares = [cell.front_share for cell in cells]
    return f"{np.mean(shares):.0%} ({min(shares):.0%} to {max(shares):.0%})"


def report(bench: Bench) -> str:
    """Three tables: methods, shrinkage, fronts."""
    names = [f"{condition.name} ({len(cells)} worlds)" for condition, cells in bench.cells.items()]
    footnote = (
        "Gain in true revenue over today's plan, summed over worlds, as a share of the oracle's; worse: truly worse "
        "than today's plan by more than 1 % of its revenue. All plans place today's money, each channel up to twice "
        "its highest week; the balanced plan also seeks awareness, return and little risk. The informed oracle knows "
        "how worlds are drawn and sees the same history and tests; its chains start anywhere. The way with the most "
        "gain is fitted to the worlds of its column; of the promised gain came true: slope of true on promised gain, "
        "world by world, through zero. Hypervolume of true revenue and awareness, mean and range. Worlds of moderate "
        f"noise with 5 to 15 channels and 104 or 156 weeks. {machine(['scipy', 'pymoo'])}"
    )
    tables = [
        table(["most revenue with today's money", *names], _methods(bench)),
        table(["from today's plan to ours", *names], _shrinkage(bench)),
        table(["hypervolume under the truth", *names], [["our front", *map(_front_entry, bench.cells.values())]]),
    ]
    return "\n\n".join([*tables, footnote])


def main() -> None:
    parser = command_line(__doc__, quick=QUICK, full=FULL)
    parser.add_argument("--pymc", help="an interpreter that has pymc-marketing 0.19 and numpyro")
    arguments = parser.parse_args()
    text = report(Bench(arguments.effort, arguments.cache, arguments.pymc))
    print(text)
    write_section("bench_decision", text)


if __name__ == "__main__":
    main()
