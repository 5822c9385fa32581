"""Every hot inner part against numpy or a library that does the same, and against the memory it has to touch.

Run: python benchmarks/bench_kernels.py (--quick: fewer repeats). Both sides of a row give the same result, which is
asserted before the clock starts. The roofline is memory bandwidth, measured in the same run by a large copy: the time
in which the bytes of the touched knot rows, the plans and the results can be moved. Small tables live in caches that
are faster than that, so a share above 100 % is possible. The table goes to standard output and between the markers in
README.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import moocore
import numpy as np
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting
from questions import OUTCOMES, PERIODS, Question, Setting, question
from readme import machine, table, write_section
from scipy.special import ndtr, ndtri
from scipy.stats import norm

import moo_budget as mb
from moo_budget._checks import FloatArray
from moo_budget._threads import in_chunks
from moo_budget.algorithms import array_search
from moo_budget.algorithms.archive import Archive, thin
from moo_budget.indicators import hypervolume

LEVEL = 0.9  # of tail_mean
N_CHANNELS, N_DRAWS = 20, 300


@dataclass(frozen=True)
class Row:
    """One inner part.

    Args:
        name: what it does, and how much of it.
        kernel: ours; returns what `rival` returns.
        rival: the same by numpy or a library.
        rival_name: which.
        tolerance: largest relative difference of the two results.
        n_bytes: memory that must be moved at least; None: no roofline, the work is comparisons.
        agree: replaces the comparison where results may differ in order or are not unique.
    """

    name: str
    kernel: Callable[[], object]
    rival: Callable[[], object]
    rival_name: str
    tolerance: float = 1e-9
    n_bytes: float | None = None
    agree: Callable[[object, object], bool] | None = None


def bandwidth() -> float:
    """Bytes a second that one thread reads and writes, by copying 256 MB."""
    source = np.ones(1 << 25)
    target = np.empty_like(source)
    return 2 * source.nbytes / seconds(lambda: np.copyto(target, source), 5)


def seconds(work: Callable[[], object], n_repeats: int) -> float:
    """The fastest of some calls: what disturbs a call only makes it slower."""
    taken = []
    for _ in range(n_repeats):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return min(taken)


def numpy_goals(asked: Question, money: FloatArray) -> FloatArray:
    """The four goals of analytic curves without draws, vectorised; as `BudgetProblem.measure` gives them."""
    responses = [asked.curves[outcome].response(money / PERIODS)[:, :, 0] for outcome in OUTCOMES]
    variance = PERIODS * np.einsum("pa,ab,pb->p", responses[0], asked.covariance, responses[0], optimize=True)
    return np.column_stack([*(PERIODS * response.sum(axis=1) for response in responses), np.sqrt(variance)])


def numpy_moments(asked: Question, money: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and std of revenue under every draw, (n_plans, n_draws) each, by broadcasting and one matrix product."""
    response = asked.curves["revenue"].response(money / PERIODS)
    variance = (response * (asked.covariance @ response)).sum(axis=1)
    return PERIODS * response.sum(axis=1), np.sqrt(PERIODS * variance)


def numpy_std(mean: FloatArray, deviation: FloatArray) -> FloatArray:
    """Standard deviation of equally likely normals; (n_plans, n_draws) twice -> (n_plans,)."""
    return np.sqrt((deviation**2).mean(axis=1) + mean.var(axis=1))


def numpy_tail_mean(mean: FloatArray, deviation: FloatArray) -> FloatArray:
    """Mean of the worst cases: the quantile by Newton from that of one normal, then the mean below it."""
    mass = 1.0 - LEVEL
    quantile = mean.mean(axis=1) + ndtri(mass) * numpy_std(mean, deviation)
    for _ in range(8):
        z = (quantile[:, None] - mean) / deviation
        quantile = quantile - (ndtr(z).mean(axis=1) - mass) / (norm.pdf(z) / deviation).mean(axis=1)
    z = (quantile[:, None] - mean) / deviation
    return (mean * ndtr(z) - deviation * norm.pdf(z)).mean(axis=1) / mass


def numpy_shortfall(mean: FloatArray, deviation: FloatArray, target: float) -> FloatArray:
    """Probability of ending below the target."""
    return ndtr((target - mean) / deviation).mean(axis=1)


def on_threads(work: Callable[[FloatArray], FloatArray], money: FloatArray) -> FloatArray:
    """A numpy function of plans on as many threads as our kernels use."""
    out: dict[int, FloatArray] = {}

    def part(rows: slice) -> None:
        out[rows.start] = work(money[rows])

    in_chunks(part, len(money))
    return np.concatenate([out[start] for start in sorted(out)])


def some_plans(asked: Question, n_plans: int) -> FloatArray:
    """Feasible plans, even and concentrated ones."""
    feasible = asked.problem.feasible
    rng = np.random.default_rng(1)
    split = rng.dirichlet(np.full(len(feasible.lower), 0.5), n_plans)
    return feasible.project(feasible.budget_max * split)


def _projection(asked: Question) -> Iterator[Row]:
    feasible, total = asked.problem.feasible, asked.problem.feasible.budget_max
    for n_plans in (1_000, 10_000):
        money = np.random.default_rng(1).uniform(-0.2, 1.0, (n_plans, N_CHANNELS)) * feasible.upper

        def bisection(money: FloatArray = money) -> FloatArray:
            low, high = np.full((2, len(money), 1), [[[-total]], [[total]]])
            for _ in range(60):
                shift = 0.5 * (low + high)
                over = np.clip(money + shift, feasible.lower, feasible.upper).sum(axis=1, keepdims=True) > total
                low, high = np.where(over, low, shift), np.where(over, shift, high)
            return np.clip(money + low, feasible.lower, feasible.upper)

        name = f"projection, {n_plans:,} plans x {N_CHANNELS}"
        yield Row(name, partial(feasible.project, money), bisection, "numpy bisection", n_bytes=2 * money.nbytes)


def _fitness(asked: Question) -> Iterator[Row]:
    for n_plans in (1_000, 10_000):
        money = some_plans(asked, n_plans)
        # Two knots with value and slope of each of three outcomes, and the knots themselves, for every amount.
        touched = money.size * (2 + 4 * len(OUTCOMES)) * 8 + money.nbytes + n_plans * 4 * 8
        yield Row(
            f"four goals, {n_plans:,} plans x {N_CHANNELS}",
            partial(asked.problem.measure, money),
            partial(on_threads, partial(numpy_goals, asked), money),
            "numpy, analytic, as many threads",
            tolerance=1e-3,  # interpolation
            n_bytes=touched,
        )


def _draws() -> Iterator[Row]:
    """Measures of revenue with 300 draws, each for itself and all together."""
    asked = question(Setting(N_CHANNELS, n_draws=N_DRAWS))
    money = some_plans(asked, 1_000)
    target = float(numpy_moments(asked, money)[0].mean())
    all_numpy: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
        "std": numpy_std,
        "tail_mean": numpy_tail_mean,
        "shortfall": partial(numpy_shortfall, target=target),
    }
    touched = money.size * 4 * N_DRAWS * 8 + money.nbytes
    for names in (["std"], ["tail_mean"], ["shortfall"], ["std", "tail_mean", "shortfall"]):
        goals = {name: {"outcome": "revenue", "measure": name} for name in names}
        if "shortfall" in goals:
            goals["shortfall"]["target"] = target  # type: ignore[assignment]  # a number, as in the problem file
        try:
            problem = mb.BudgetProblem(asked.problem.tables, goals=goals, budget=asked.problem.budget, periods=PERIODS)
        except mb.NotAvailableError:
            continue

        def by_numpy(plans: FloatArray, names: list[str] = names) -> FloatArray:
            moments = numpy_moments(asked, plans)
            return np.column_stack([all_numpy[name](*moments) for name in names])

        yield Row(
            f"{', '.join(names)}: 1,000 plans x {N_CHANNELS} x {N_DRAWS} draws",
            partial(problem.measure, money),
            partial(on_threads, by_numpy, money),
            "numpy, analytic, as many threads",
            tolerance=1e-3,  # interpolation
            n_bytes=touched,
        )


def _dominance(asked: Question) -> Iterator[Row]:
    for n_plans in (400, 2_000):
        goals = asked.minimised(some_plans(asked, n_plans))
        ranked = partial(array_search.ranks_and_crowding, goals, np.zeros(n_plans))
        name = f"non-dominated sort with crowding, {n_plans:,} plans, 4 goals"
        yield Row(
            name,
            lambda ranked=ranked: ranked()[0],
            lambda goals=goals: NonDominatedSorting().do(goals, return_rank=True)[1],
            "pymoo, sort alone",
        )
        yield Row(
            name,
            lambda ranked=ranked: ranked()[0],
            lambda goals=goals: moocore.pareto_rank(goals),
            "moocore, sort alone",
        )


def _archive(asked: Question) -> Iterator[Row]:
    plans = some_plans(asked, 20_000)
    goals = asked.minimised(plans)

    def inserted() -> FloatArray:
        archive = Archive(len(goals) + 1, plans.shape[1], goals.shape[1])
        for first in range(0, len(goals), 200):
            archive.add(plans[first : first + 200], goals[first : first + 200])
        return np.unique(archive.goals, axis=0)

    def filtered() -> FloatArray:
        kept = goals[:0]
        for first in range(0, len(goals), 200):
            kept = moocore.filter_dominated(np.vstack([kept, goals[first : first + 200]]))
        return np.unique(kept, axis=0)

    yield Row("archive, 20,000 plans in batches of 200", inserted, filtered, "moocore, filtered again each time")


def _thinning(asked: Question) -> Iterator[Row]:
    """Thinning to 200: ours is worth it where it loses little of what greedy removal keeps."""
    goals = moocore.filter_dominated(asked.minimised(some_plans(asked, 4_000)))[:500]
    point = goals.max(axis=0) + 0.1 * np.ptp(goals, axis=0)
    low, reach = goals.min(axis=0), np.ptp(goals, axis=0)

    def greedy() -> FloatArray:
        rows = (goals - low) / reach
        while len(rows) > 200:
            rows = np.delete(rows, np.argmin(moocore.hv_contributions(rows, ref=np.full(4, 1.1))), axis=0)
        return low + rows * reach

    def enough(ours: object, theirs: object) -> bool:
        kept = [hypervolume(np.ascontiguousarray(front), point) for front in (ours, theirs)]
        return kept[0] >= 0.95 * kept[1]

    yield Row(
        f"hypervolume thinning, {len(goals)} to 200 plans",
        lambda: goals[thin(goals, 200)],
        greedy,
        "greedy, moocore's contributions",
        agree=enough,
    )


def measured(row: Row, bytes_a_second: float, n_repeats: int) -> list[str]:
    """A line of the table.

    Raises:
        SystemExit: the two sides disagree, so there is nothing to compare.
    """
    ours, theirs = row.kernel(), row.rival()
    equal = row.agree or partial(np.allclose, rtol=row.tolerance, atol=row.tolerance)
    if not equal(ours, theirs):
        raise SystemExit(f"{row.name}: the kernel and {row.rival_name} disagree; nothing is measured")
    own, rival = seconds(row.kernel, n_repeats), seconds(row.rival, max(2, n_repeats // 5))
    share = "" if row.n_bytes is None else f"{row.n_bytes / bytes_a_second / own:.0%}"
    return [row.name, f"{1e3 * own:.3g}", f"{1e3 * rival:.3g}", row.rival_name, f"{rival / own:.1f}", share]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 repeats of each call instead of 50")
    n_repeats = 10 if parser.parse_args().quick else 50
    bytes_a_second = bandwidth()
    asked = question(Setting(N_CHANNELS))
    parts = (_projection(asked), _fitness(asked), _draws(), _dominance(asked), _archive(asked), _thinning(asked))
    header = ["inner part", "ms", "ms there", "there", "times as fast", "of the roofline"]
    lines = [measured(row, bytes_a_second, n_repeats) for rows in parts for row in rows]
    footnote = (
        f"{machine(['numpy', 'numba', 'pymoo', 'moocore'])} Fastest of {n_repeats} calls, compilation apart. "
        f"Roofline: {bytes_a_second / 1e9:.1f} GB/s, one thread's copy."
    )
    text = f"{table(header, lines)}\n\n{footnote}"
    print(text)
    write_section("bench_kernels", text)


if __name__ == "__main__":
    main()
