"""How time and memory grow with channels and plans; every figure from a process of its own.

Run: python benchmarks/bench_scale.py (--quick: up to 1,000 channels, and the largest case). Tables are made here on
knots that all channels share in form, not by `from_functions`, so that only the search is measured; compilation is
apart (each process solves a small problem first). Time and memory are of `solve` with `auto`; the exponent is the
slope of the logarithms. The table goes to standard output and between the markers in README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace

import numpy as np
from questions import OUTCOMES, PERIODS, four_goals
from readme import machine, table, write_section

import moo_budget as mb
from moo_budget.risk import Factors

N_KNOTS = 33  # as many as a Hill curve needs for the tables' own accuracy


@dataclass(frozen=True)
class Case:
    """One question of a size.

    Args:
        n_channels: how many channels, Hill curves of slope 1.
        n_plans: on the front.
        n_draws: draws of every curve, heights uncertain.
        certified: the certificate is made too.
    """

    n_channels: int
    n_plans: int
    n_draws: int = 1
    certified: bool = False


@dataclass(frozen=True)
class Measured:
    """Seconds of the search and of the certificate, None where none was asked for; peak memory of the process in MB."""

    solve: float
    certify: float | None
    megabytes: float = 0.0


CHANNELS = tuple(Case(n, 200) for n in (10, 20, 100, 1_000, 10_000))
PLANS = tuple(Case(20, n) for n in (100, 1_000, 10_000))
LARGEST = Case(10_000, 200, n_draws=32, certified=True)


def problem(case: Case) -> mb.BudgetProblem:
    """Unequal concave channels, three noise factors, 40 % of what the caps allow."""
    rng = np.random.default_rng(case.n_channels)
    n, shape = case.n_channels, (len(OUTCOMES), case.n_channels, 1, 1)
    ends = rng.lognormal(4.0, 0.6, n)
    # Denser towards zero, where a concave curve bends most.
    knots = ends[:, None] * np.linspace(0.0, 1.0, N_KNOTS) ** 2
    height = rng.lognormal(1.0, 0.7, shape) * ends[:, None, None]
    height = height * np.exp(0.2 * rng.normal(size=(1, n, 1, case.n_draws)))
    half, x = rng.uniform(0.15, 0.7, shape) * ends[:, None, None], knots[None, :, :, None]
    tables = mb.ResponseTables(
        channels=tuple(f"channel_{c + 1}" for c in range(n)),
        outcomes=OUTCOMES,
        units=("USD", "impressions", "clicks"),
        knots=knots,
        values=height * (x / (x + half)),
        slopes=height * (half / (x + half) ** 2),
        weights=np.full(case.n_draws, 1.0 / case.n_draws),
        noise=(Factors(rng.normal(0.0, 0.1, (n, 3)), rng.uniform(0.01, 0.1, n)),) * len(OUTCOMES),
        observed_max=np.full(n, np.nan),
        carry_over=np.ones((len(OUTCOMES), n, case.n_draws, 1)),
        carry_in=np.zeros((len(OUTCOMES), n, case.n_draws, 1)),
        season=np.ones((1, 1, 1, 1)),
        error=1e-3,
    )
    budget = round(0.4 * float(ends.sum()) * PERIODS, 2)
    return mb.BudgetProblem(tables, goals=four_goals(), budget=budget, periods=PERIODS, currency="USD")


def run(case: Case) -> Measured:
    """Solve a case in this process."""
    for small in (Case(10, 20), Case(10, 20, case.n_draws)):  # compiles
        _timed(replace(small, certified=case.certified))
    return _timed(case)


def _timed(case: Case) -> Measured:
    asked = problem(case)
    begin = time.perf_counter()
    front = mb.solve(asked, n_plans=case.n_plans, seed=1)
    solved = time.perf_counter()
    if not case.certified:
        return Measured(solved - begin, None)
    mb.certify(asked, front)
    return Measured(solved - begin, time.perf_counter() - solved)


def in_process(case: Case) -> Measured:
    """Solve a case in a process of its own and read its peak memory from the system."""
    command = [sys.executable, __file__, "--case", json.dumps(asdict(case))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None  # a pipe was asked for
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{case} ended with {os.waitstatus_to_exitcode(status)}; nothing is measured")
    return replace(Measured(**json.loads(said)), megabytes=usage.ru_maxrss / 1024)


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """Slope of the logarithm of time over that of size, least squares."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def report(channels: tuple[Case, ...], plans: tuple[Case, ...]) -> str:
    """The table of all cases, and the exponents under it."""
    cases = dict.fromkeys([*channels, *plans, LARGEST])
    found = {case: in_process(case) for case in cases}
    rows = [
        [
            f"{case.n_channels:,}",
            f"{case.n_plans:,}",
            str(case.n_draws),
            f"{result.solve:.3g}",
            "" if result.certify is None else f"{result.certify:.3g}",
            f"{result.megabytes:,.0f}",
        ]
        for case, result in found.items()
    ]
    grown = [case for case in channels if case.n_channels >= 20]
    by_channels = exponent([case.n_channels for case in grown], [found[case].solve for case in grown])
    by_plans = exponent([case.n_plans for case in plans], [found[case].solve for case in plans])
    footnote = (
        f"Exponents: time over channels (from 20 on) {by_channels:.2f}, wanted at most 1.1; time over plans "
        f"{by_plans:.2f}. Wanted of the last line: front with certificate in under 60 s and 4 GB. {machine(['numba'])}"
    )
    header = ["channels", "plans", "draws", "solve, s", "certify, s", "peak memory, MB"]
    return f"{table(header, rows)}\n\n{footnote}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="channels up to 1,000 beside the largest case")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        print(json.dumps(asdict(run(Case(**json.loads(arguments.case))))))
        return
    text = report(CHANNELS[:-1] if arguments.quick else CHANNELS, PLANS)
    print(text)
    write_section("bench_scale", text)


if __name__ == "__main__":
    main()
