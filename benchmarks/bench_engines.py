"""Our search methods against stock engines: equal evaluations, equal wall time, equal size of the front.

Run: python benchmarks/bench_engines.py (--quick: fewer problems and seeds, some five minutes; --full: all
problems at equal time, four at equal evaluations, half an hour, cell by cell, so that a run that was stopped goes on
where it was; rivals that need longer than its cap are shown as not finished). Tables go to standard output
and between the markers in README.md. Shares are hypervolume over that of a dense reference front (reference.py), every
front thinned to the same number of plans by the same rule; seconds are wall time without imports and compilation: every
engine runs once before the clock starts. What fails, does not apply or runs into its cap stays in the table.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from cells import Cells, command_line, sources
from pymoo.core.termination import NoTermination
from questions import SETTINGS, Question, Setting, question
from readme import machine, spread, table, write_section
from reference import reference
from rivals import OURS, RIVALS, Effort, NotApplicable

import moo_budget as mb
from moo_budget._checks import FloatArray
from moo_budget.algorithms import ALGORITHMS
from moo_budget.indicators import epsilon_additive, igd_plus
from moo_budget.indicators import spread as unevenness

ENGINES = OURS | RIVALS
N_PLANS, N_MANY_PLANS = 200, 5_000
N_EVALUATIONS = 100_000
UNLIMITED = 10**9
MAIN = Setting(20)
PROGRAMS = ("questions.py", "reference.py", "rivals.py")  # that make a cell


@dataclass(frozen=True)
class Thoroughness:
    """How much is measured.

    Args:
        seeds: of every cell.
        cap: seconds after which a rival is stopped and shown as not finished.
        at_equal_evaluations, at_equal_time: the problems of the two comparisons.
        targets: the problems whose targets are measured; None: all.
        resumable: cells that were measured before, by the same versions, are not measured again.
    """

    seeds: tuple[int, ...]
    cap: float
    at_equal_evaluations: tuple[Setting, ...]
    at_equal_time: tuple[Setting, ...]
    targets: tuple[Setting, ...] | None
    resumable: bool

    def wants(self, setting: Setting) -> bool:
        """Whether the targets of a problem are measured."""
        return self.targets is None or setting in self.targets


QUICK = Thoroughness(
    seeds=(1, 2),
    cap=3.0,
    at_equal_evaluations=(MAIN,),
    at_equal_time=(MAIN, Setting(20, "s_shaped")),
    targets=(MAIN,),
    resumable=False,
)
FULL = Thoroughness(
    seeds=(1, 2, 3),
    cap=10.0,
    at_equal_evaluations=(
        MAIN,
        Setting(20, "s_shaped"),
        Setting(20, n_draws=300, risk="tail_mean"),
        Setting(20, "s_shaped", on_off=True),
    ),
    at_equal_time=SETTINGS,
    targets=None,
    resumable=True,
)


@dataclass(frozen=True)
class Run:
    """One engine on one problem from one seed; `failure` is empty where there is a front."""

    seconds: float = 0.0
    share: float = 0.0
    n_evaluations: int = 0
    finished: bool = True
    failure: str = ""


class Bench:
    """Problems, their references and the cells that were measured, all kept.

    Args:
        effort: how much is measured.
        folder: where references and cells are stored.
    """

    def __init__(self, effort: Thoroughness, folder: Path) -> None:
        self.effort = effort
        self._cells = Cells(folder / "cells" if effort.resumable else None)
        self._warm: set[tuple[str, Setting]] = set()
        self.question = cache(question)
        self.reference = cache(lambda setting: reference(self.question(setting), folder))

    def runs(self, name: str, setting: Setting, effort: Effort, label: str) -> list[Run]:
        """One run a seed; a rival that runs into its cap or fails is not asked again.

        Args:
            name: of the engine.
            setting: of the problem.
            effort: what it may spend; the seed is set here.
            label: of the comparison, part of the name under which the cell is stored.
        """
        # At equal time the limit is our own, so it hangs on our code, and is never the same twice.
        follows_us = name in OURS or effort.n_evaluations == UNLIMITED
        key = [name, ENGINES[name].version, setting, label, self.effort.seeds, self.effort.cap]
        key += [effort.n_plans, effort.n_evaluations, sources(*PROGRAMS, package="" if follows_us else None)]
        stored = self._cells.kept(key, lambda: [asdict(run) for run in self._measured(name, setting, effort, label)])
        return [Run(**run) for run in stored]

    def _measured(self, name: str, setting: Setting, effort: Effort, label: str) -> list[Run]:
        runs: list[Run] = []
        for seed in self.effort.seeds:
            runs.append(self._run(name, setting, replace(effort, seed=seed)))
            print(f"{name}; {setting.name}; {label}; seed {seed}: {runs[-1]}", file=sys.stderr)
            if runs[-1].failure or not runs[-1].finished:
                break
        return runs

    def _run(self, name: str, setting: Setting, effort: Effort) -> Run:
        engine = ENGINES[name]
        if engine.version is None:
            return Run(failure="not installed")
        try:
            asked, dense = self.question(setting), self.reference(setting)
            self._warm_up(name, asked)
            outcome = engine.run(asked, effort)
        except NotApplicable:
            return Run(failure="not applicable")
        except Exception as error:  # a rival's failure is a result
            print(f"{name} on {setting.name}: {error!r}", file=sys.stderr)
            return Run(failure=f"failed: {type(error).__name__}")
        finished = effort.n_evaluations == UNLIMITED or outcome.seconds <= effort.time_limit
        return Run(outcome.seconds, dense.share(outcome.goals, effort.n_plans), outcome.n_evaluations, finished)

    def _warm_up(self, name: str, asked: Question) -> None:
        """Import and compile; our methods in full, because which kernels they need depends on what they find."""
        if (name, asked.setting) in self._warm:
            return
        small = Effort(2 * N_PLANS, N_PLANS, 0, 1.0)
        ENGINES[name].run(asked, Effort(N_EVALUATIONS, N_PLANS, 0, np.inf) if name in OURS else small)
        self._warm.add((name, asked.setting))


def _equal_evaluations(bench: Bench) -> str:
    effort = Effort(N_EVALUATIONS, N_PLANS, 0, bench.effort.cap)
    settings = bench.effort.at_equal_evaluations
    rows = [
        [name, *(_cell(bench.runs(name, setting, effort, "equal evaluations")) for setting in settings)]
        for name in ENGINES
    ]
    return table([f"{N_EVALUATIONS:,} evaluations, {N_PLANS} plans", *(setting.name for setting in settings)], rows)


def _equal_time(bench: Bench) -> str:
    """What every engine has when `auto` is done."""
    settings, rows = bench.effort.at_equal_time, []
    own = {
        setting: bench.runs("auto", setting, Effort(N_EVALUATIONS, N_PLANS, 0, np.inf), "auto") for setting in settings
    }
    most = [f"{100 * bench.reference(setting).ceiling(N_PLANS):.1f} %" for setting in settings]
    rows.append([f"the reference's own best {N_PLANS}", *most])
    rows.append(["auto", *(_cell(own[setting]) for setting in settings)])
    for name in [name for name in ENGINES if name != "auto"]:
        rows.append([name, *(_at_time(bench, name, setting, own[setting]) for setting in settings)])
    return table([f"the time `auto` takes, {N_PLANS} plans", *(setting.name for setting in settings)], rows)


def _at_time(bench: Bench, name: str, setting: Setting, own: list[Run]) -> str:
    if own[0].failure:
        return own[0].failure
    limit = statistics.median(run.seconds for run in own)
    return _cell(bench.runs(name, setting, Effort(UNLIMITED, N_PLANS, 0, limit), "the time of auto"))


def _cell(runs: list[Run]) -> str:
    """Share and seconds over seeds, or why there are none."""
    if runs[-1].failure:
        return runs[-1].failure
    text = f"{spread([100 * run.share for run in runs], '.1f')} %, {_seconds(runs)} s"
    if runs[-1].finished:
        return text
    last = runs[-1]
    return f"not finished: {100 * last.share:.1f} %, {last.n_evaluations:,} evaluations in {_seconds([last])} s"


def _seconds(runs: list[Run]) -> str:
    return spread([run.seconds for run in runs], ".3g")


def _quality(bench: Bench) -> str:
    """Fronts of our own methods by several indicators, because one number hides where a front is thin or short."""
    asked, dense = bench.question(MAIN), bench.reference(MAIN)
    rows = []
    for name in OURS:
        fronts = [_solved(asked, N_PLANS, seed, algorithm=name).goals for seed in bench.effort.seeds]
        shares = spread([100 * dense.share(front, N_PLANS) for front in fronts], ".1f")
        others = [
            spread([indicator(front, dense.goals) for front in fronts], ".3g")
            for indicator in (igd_plus, epsilon_additive, unevenness)
        ]
        rows.append([name, f"{shares} %", *others])
    header = [f"{MAIN.name}, {N_PLANS} plans", "hypervolume", "IGD+", "additive epsilon", "spread"]
    return table(header, rows)


Row = list[str]


@dataclass(frozen=True)
class _Timed:
    """Our own front at some size: seconds, minimised goals and what was asked, for the targets."""

    seconds: float
    goals: FloatArray
    front: mb.Front


def _solved(
    asked: Question, n_plans: int, seed: int, *, algorithm: str = "auto", n_evaluations: int = N_EVALUATIONS
) -> _Timed:
    begin = time.perf_counter()
    front = mb.solve(asked.problem, algorithm, n_plans=n_plans, n_evaluations=n_evaluations, seed=seed)
    seconds = time.perf_counter() - begin
    return _Timed(seconds, asked.problem.to_minimise(front.values.value), front)


def _fronts_in_time(bench: Bench) -> Iterator[Row]:
    """Seconds and share of the default search, small and large fronts, channels and draws."""
    wanted = [
        (MAIN, N_PLANS, "96 % in 0.3 s"),
        (MAIN, N_MANY_PLANS, "99 % in 1.5 s"),
        (Setting(8), N_PLANS, "95 % in 0.9 s"),
        (Setting(8), N_MANY_PLANS, "98 % in 4.5 s"),
        (Setting(60), N_PLANS, "95 % in 0.9 s"),
        (Setting(60), N_MANY_PLANS, "98 % in 4.5 s"),
        (Setting(20, n_draws=300), N_PLANS, "as with one draw, in 8 times the time"),
        (Setting(20, n_draws=300), N_MANY_PLANS, "as with one draw, in 8 times the time"),
    ]
    for setting, n_plans, target in wanted:
        if not bench.effort.wants(setting):
            continue
        asked, dense = bench.question(setting), bench.reference(setting)
        _solved(asked, n_plans, 0)
        timed = [_solved(asked, n_plans, seed) for seed in bench.effort.seeds]
        shares = spread([100 * dense.share(run.goals, n_plans) for run in timed], ".1f")
        reached = f"{shares} % in {spread([run.seconds for run in timed], '.3g')} s"
        if n_plans == N_PLANS:
            reached += f" (the reference's own best {N_PLANS}: {100 * dense.ceiling(N_PLANS):.1f} %)"
        yield [f"`auto`, {setting.name}, {n_plans:,} plans", target, reached]


def _time_to_pymoo(bench: Bench) -> Iterator[Row]:
    """How much sooner the default search has what stock NSGA-II ends with."""
    for setting, target in (
        (MAIN, 150),
        (Setting(20, "s_shaped", on_off=True), 20),
        (Setting(20, n_draws=300, risk="tail_mean"), 20),
    ):
        if not bench.effort.wants(setting):
            continue
        effort = Effort(N_EVALUATIONS, N_PLANS, 0, np.inf)
        runs = bench.runs("pymoo NSGA-II", setting, effort, "its own final hypervolume")
        what = f"`auto` to the final hypervolume of pymoo NSGA-II, {setting.name}"
        if runs[0].failure:
            yield [what, f"{target} times as fast", runs[0].failure]
            continue
        needed = [_time_to(bench, setting, run.share, seed) for run, seed in zip(runs, bench.effort.seeds, strict=True)]
        if None in needed:
            yield [what, f"{target} times as fast", "not reached"]
            continue
        ratios = [run.seconds / own for run, own in zip(runs, needed, strict=True) if own is not None]
        yield [what, f"{target} times as fast", f"{spread(ratios, '.0f')} times"]


def _time_to(bench: Bench, setting: Setting, share: float, seed: int) -> float | None:
    """Seconds of the smallest complete search, by doubling, whose front has a share; None: not within the ceiling."""
    asked, dense = bench.question(setting), bench.reference(setting)
    n_evaluations = 250
    while n_evaluations <= 2 * N_EVALUATIONS:
        for _ in range(2):  # the first compiles what it may need
            run = _solved(asked, N_PLANS, seed, n_evaluations=n_evaluations)
        if dense.share(run.goals, N_PLANS) >= share:
            return run.seconds
        n_evaluations *= 2
    return None


def _alone(bench: Bench) -> Iterator[Row]:
    """Our NSGA-II and swarms against the same methods elsewhere, per evaluation and in hypervolume."""
    effort = Effort(N_EVALUATIONS, N_PLANS, 0, bench.effort.cap)
    pairs = [
        ("nsga2", "pymoo NSGA-II", 20),
        ("nsga2", "pygmo NSGA-II", 4),
        ("mopso_cd", "pymoo MOPSO_CD", 100),
        ("smpso", "jMetalPy SMPSO", 100),
        ("cmopso", "pymoo CMOPSO", 100),
    ]
    for own, rival, target in pairs:
        what = f"`{own}` against {rival}, {MAIN.name}"
        ours, theirs = (bench.runs(name, MAIN, effort, "equal evaluations") for name in (own, rival))
        yield [what, f"{target} times as fast, hypervolume higher", _compared(bench, own, ours, theirs)]


def _compared(bench: Bench, own: str, ours: list[Run], theirs: list[Run]) -> str:
    """Ratio of evaluations a second; the front's share, the population's and the rival's."""
    for runs in (ours, theirs):
        if runs[-1].failure:
            return runs[-1].failure
    speeds = [statistics.median(run.n_evaluations / run.seconds for run in runs) for runs in (ours, theirs)]
    shares = [100 * statistics.median(run.share for run in runs) for runs in (ours, theirs)]
    capped = "" if theirs[-1].finished else f" (not finished: {theirs[-1].n_evaluations:,} evaluations)"
    population = 100 * _population_share(bench, own)
    return (
        f"{speeds[0] / speeds[1]:.1f} times; archive {shares[0]:.1f} %, "
        f"population {population:.1f} %, rival {shares[1]:.1f} %{capped}"
    )


def _population_share(bench: Bench, name: str) -> float:
    """Share of the last population alone, median over seeds: what the method is without its archive."""
    asked, dense = bench.question(MAIN), bench.reference(MAIN)
    shares = []
    for seed in bench.effort.seeds:
        search = ALGORITHMS[name](np.empty((0, asked.problem.n_var)), N_PLANS)
        search.setup(asked.problem, termination=NoTermination(), seed=seed)
        while search.evaluator.n_eval < N_EVALUATIONS:
            search.next()
        shares.append(dense.share(np.asarray(search.pop.get("F"), dtype=float), N_PLANS))
    return statistics.median(shares)


def _certificates(bench: Bench) -> Iterator[Row]:
    """Gaps of the certificate as shares of each goal's range, and its time beside the search's."""
    for setting, target in (
        (MAIN, "0.1 % for totals, 1 % for the risk"),
        (Setting(20, "s_shaped"), "1 % (median), 3 % (worst)"),
        (Setting(20, n_draws=300), "0.1 % for totals, 1 % for the risk"),
    ):
        if not bench.effort.wants(setting):
            continue
        solved = _solved(bench.question(setting), N_PLANS, 1)
        for _ in range(2):  # the first compiles
            begin = time.perf_counter()
            certificate = mb.certify(solved.front.problem, solved.front)
            seconds = time.perf_counter() - begin
        yield [
            f"certificate, {setting.name}",
            target,
            f"{_gaps(certificate)}; {seconds:.3g} s, solve {solved.seconds:.3g} s",
        ]


def _gaps(certificate: mb.Certificate) -> str:
    """The gaps as shares of the goals' ranges."""
    extremes = ", ".join(f"{goal} {_percent(share)}" for goal, share in certificate.extreme_share.items())
    others = (("solve", certificate.solve_gap), ("coverage", certificate.coverage_gap))
    return f"extremes: {extremes}; " + "; ".join(f"{name} {_percent(gap)}" for name, gap in others)


def _percent(share: float | None) -> str:
    return "null" if share is None else f"{share:.2%}"


_FIRST = """
import sys, time
sys.path.insert(0, {here!r})
from questions import Setting, question
import moo_budget as mb
begin = time.perf_counter()
mb.solve(question(Setting(20)).problem, seed=1)
print(time.perf_counter() - begin)
"""


def _first_calls(bench: Bench) -> Iterator[Row]:
    """A fresh process, without and with compiled kernels on disk."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"NUMBA_CACHE_DIR": folder}
        command = [sys.executable, "-c", _FIRST.format(here=str(Path(__file__).parent))]
        for what, target in (("compiles", 30), ("warm cache on disk", 2)):
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            yield [f"first `solve` of a fresh process, {what}", f"under {target} s", f"{float(done.stdout):.2f} s"]


TARGETS: tuple[Callable[[Bench], Iterator[Row]], ...] = (
    _fronts_in_time,
    _time_to_pymoo,
    _alone,
    _certificates,
    _first_calls,
)


def report(bench: Bench) -> str:
    """All four tables, with the hardware and the versions under them."""
    equal_evaluations, equal_time, quality = _equal_evaluations(bench), _equal_time(bench), _quality(bench)
    targets = table(["target", "wanted", "reached"], [row for rows in TARGETS for row in rows(bench)])
    installed = sorted({engine.package for engine in RIVALS.values() if engine.version is not None})
    footnote = (
        f"{machine(['numba', *installed])} Medians of {len(bench.effort.seeds)} seeds (range); shares of the dense "
        f"reference's hypervolume; cap {bench.effort.cap:g} s a run. IGD+, epsilon and spread: against the "
        "reference, in shares of its ranges; 0 is as good, as complete and as even. The time to another engine's "
        "hypervolume is that of the smallest search, by doubling its evaluations, whose front has it; the smaller ones "
        "before it are not counted."
    )
    return "\n\n".join([targets, equal_time, equal_evaluations, quality, footnote])


def main() -> None:
    arguments = command_line(__doc__, quick=QUICK, full=FULL).parse_args()
    text = report(Bench(arguments.effort, arguments.cache))
    print(text)
    write_section("bench_engines", text)


if __name__ == "__main__":
    main()
