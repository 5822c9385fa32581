"""Money placed in periods: time, what it gains over level spend, and whether every plan keeps its limits.

Run: python benchmarks/bench_calendar.py (--quick: one seed; --full: three seeds, and S-shaped curves). Every problem is
a front of 100 plans over four goals (revenue over money, awareness, engagement, deviation of revenue) with 300 draws,
carry-over over 8 periods, spend of the past and a season of each channel; with limits: a most of all channels 5 % above
level, a blackout of a tenth of the periods, bursts of three periods. Kernels are compiled before the clock starts.
Checked before anything is told: every plan keeps its limits by the independent check, and without limits is no worse
than level spend in any goal, deviation included, by all draws and but for rounding to cents. The table goes to standard
output and between the markers in README.md.
"""

from __future__ import annotations

import argparse
import datetime
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from questions import OUTCOMES, four_goals
from readme import machine, spread, table, write_section

import moo_budget as mb
from moo_budget._checks import FloatArray
from moo_budget.calendar import CalendarLaw
from moo_budget.risk import Factors

N_PLANS, N_DRAWS, N_LAGS, N_KNOTS = 100, 300, 8, 33
LEVEL = 0.4  # of a table's end
TEAM, BLACK, BURST = 1.05, 0.1, 3


@dataclass(frozen=True)
class Case:
    """One question; `limited`: with limits per period; `s_shaped`: curves that first rise steeper."""

    n_periods: int
    n_channels: int
    limited: bool = False
    s_shaped: bool = False


@dataclass(frozen=True)
class Measured:
    """Processor seconds, of all threads, of the level search and of the placing; gains as shares.

    `gain`: revenue of the boldest plan against the same front spent level.
    """

    solve: float
    schedule: float
    gain: float
    n_left: int


QUICK = (Case(13, 10), Case(13, 10, limited=True), Case(52, 15), Case(52, 15, limited=True))
FULL = (*QUICK, Case(52, 15, s_shaped=True))


def tables(case: Case, seed: int) -> mb.ResponseTables:
    """Unequal channels with draws of height and decay, a year's season each, and spend of the past."""
    rng = np.random.default_rng(seed)
    n, shape = case.n_channels, (len(OUTCOMES), case.n_channels, 1, 1)
    power = 2.5 if case.s_shaped else 1.0
    ends = rng.lognormal(4.0, 0.6, n)
    knots = ends[:, None] * np.linspace(0.0, 1.0, N_KNOTS) ** 2
    height = rng.lognormal(1.0, 0.5, shape) * ends[:, None, None] * np.exp(0.2 * rng.normal(size=(1, n, 1, N_DRAWS)))
    half, x = rng.uniform(0.15, 0.7, shape) * ends[:, None, None], knots[None, :, :, None]
    decay = rng.beta(4.0, 6.0, (len(OUTCOMES), n, N_DRAWS, 1)) ** np.arange(N_LAGS)
    weights = decay / decay.sum(axis=-1, keepdims=True)
    left = np.flip(np.cumsum(np.flip(weights, -1), -1), -1)[..., 1:]
    past = rng.uniform(0.2, 0.6, n) * ends
    weeks = np.arange(case.n_periods + N_LAGS - 1)
    season = 1.0 + rng.uniform(0.0, 0.3, (1, n, 1, 1)) * np.sin(
        2 * np.pi * weeks / 52 + rng.uniform(0, 6, (1, n, 1, 1))
    )
    return mb.ResponseTables(
        channels=tuple(f"channel_{c + 1}" for c in range(n)),
        outcomes=OUTCOMES,
        units=("USD", "impressions", "clicks"),
        knots=knots,
        values=height * (x**power / (x**power + half**power)),
        slopes=height * power * half**power * x ** (power - 1.0) / (x**power + half**power) ** 2,
        weights=np.full(N_DRAWS, 1.0 / N_DRAWS),
        noise=(Factors(rng.normal(0.0, 0.1, (n, 3)), rng.uniform(0.01, 0.1, n)),) * len(OUTCOMES),
        observed_max=np.full(n, np.nan),
        carry_over=weights,
        carry_in=np.concatenate([left * past[:, None, None], np.zeros((*left.shape[:3], 1))], axis=-1),
        season=season,
        error=1e-3,
    )


def problem(case: Case, seed: int) -> mb.BudgetProblem:
    """The question of a case."""
    asked, first = tables(case, seed), datetime.date(2024, 1, 1)
    starts = [first + datetime.timedelta(weeks=t) for t in range(case.n_periods + 1)]
    budget = round(LEVEL * float(asked.ends.sum()) * case.n_periods, 2)
    black = starts[2 : 3 + round(BLACK * case.n_periods)]
    limits = {
        "calendar": {
            "total_max": round(TEAM * budget / case.n_periods, 2),
            "channel_1": {"blackout": black},
            "channel_2": {"min_burst": BURST},
            "channel_3": {"min_burst": BURST, "blackout": black},
        }
    }
    return mb.BudgetProblem(
        asked,
        goals=four_goals(),
        budget=budget,
        periods=case.n_periods,
        limits=limits if case.limited else None,
        currency="USD",
        calendar=starts,
    )


def measured(case: Case, seed: int) -> Measured:
    """One seed of one case, checked."""
    asked = problem(case, seed)
    begin = time.process_time()
    before = mb.solve(asked, n_plans=N_PLANS, n_evaluations=20_000, seed=seed)
    solved = time.process_time()
    after = mb.schedule(before)
    seconds = time.process_time() - solved
    broken = [plan.breaks for plan in after.plans if plan.breaks]
    if broken:
        raise SystemExit(f"{case}, seed {seed}: a plan breaks {broken[0]}")
    level = np.repeat(before.spend[:, None] / case.n_periods, case.n_periods, axis=1)
    spent_level = asked.under(CalendarLaw(asked, before.spend, level))
    if not case.limited and _any_worse(after, asked.to_minimise(spent_level.measure(after.spend))):
        raise SystemExit(f"{case}, seed {seed}: a plan is worse than level spend in a goal")
    gain = after.problem.totals(OUTCOMES[0], after.spend).max() / spent_level.totals(OUTCOMES[0], before.spend).max()
    return Measured(solved - begin, seconds, gain - 1.0, len(after))


def _any_worse(front: mb.Front, spent_level: FloatArray) -> bool:
    """Whether a plan is worse in a goal, all minimised, than spent level, (n_plans, n_goals); cents are level's too."""
    placed = front.problem.to_minimise(front.values.value)
    return bool((placed > spent_level + 1e-4 * np.ptp(spent_level, axis=0)).any())


def row(case: Case, found: Sequence[Measured]) -> list[str]:
    """A line of the table."""
    return [
        f"{case.n_periods} x {case.n_channels}",
        "yes" if case.limited else "no",
        "S-shaped" if case.s_shaped else "concave",
        spread([one.solve for one in found], ".1f"),
        spread([one.schedule for one in found], ".1f"),
        spread([one.schedule / one.solve for one in found], ".1f"),
        spread([one.gain for one in found], ".1%"),
        str(round(statistics.median(one.n_left for one in found))),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed")
    parser.add_argument("--full", action="store_true", help="three seeds, and S-shaped curves")
    arguments = parser.parse_args()
    measured(replace(QUICK[0], n_periods=10, limited=True), 0)  # compiles
    cases, seeds = (FULL, (1, 2, 3)) if arguments.full else (QUICK, (1,))
    header = ["periods x channels", "limits", "curves", "level front, CPU s", "placing, CPU s", "placing / front"]
    header += ["revenue gained", "plans left"]
    lines = [row(case, [measured(case, seed) for seed in seeds]) for case in cases]
    footnote = (
        f"Fronts of {N_PLANS} plans, {N_DRAWS} draws. Processor seconds, little moved by what else runs: placing "
        "runs on all cores, and front and placing together are wanted in under 30 s on two, 60 processor seconds. "
        "Revenue gained: the boldest plan against the boldest of the same splits spent level, which limits may forbid. "
        f"Every plan kept its limits by the independent check. {len(seeds)} seed(s). {machine(['numba'])}"
    )
    text = f"{table(header, lines)}\n\n{footnote}"
    print(text)
    write_section("bench_calendar", text)


if __name__ == "__main__":
    main()
