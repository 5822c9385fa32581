"""Every hot inner part against numpy or a library that does the same, and against the memory it has to touch.

Run: python benchmarks/bench_kernels.py (--quick: fewer repeats). Both sides of a row give the same result, which is
asserted before the clock starts; a row without another side has no short equivalent in numpy. The roofline is memory
bandwidth, measured in the same run by a large copy: the time in which the bytes of the touched knot rows, the plans and
the results can be moved. Small tables live in caches that are faster than that, so a share above 100 % is possible. The
table goes to standard output and between the markers in README.md.
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
from reference import weights_on_simplex
from scipy.special import ndtr, ndtri
from scipy.stats import norm

import moo_budget as mb
from moo_budget._checks import FloatArray
from moo_budget._threads import in_chunks
from moo_budget.algorithms import array_search
from moo_budget.algorithms.archive import Archive, thin
from moo_budget.dual import ChannelCurves
from moo_budget.indicators import hypervolume
from moo_budget.kernels.envelope import dual_bounds
from moo_budget.kernels.variation import crossover, mutate
from moo_budget.kernels.weighted import envelope_fill, model_step

LEVEL = 0.9  # of tail_mean
N_CHANNELS, N_DRAWS = 20, 300


@dataclass(frozen=True)
class Row:
    """One inner part.

    Args:
        name: what it does, and how much of it.
        kernel: ours; returns what `rival` returns.
        rival: the same by numpy or a library; None: there is none, and ours is timed alone.
        rival_name: which.
        tolerance: largest relative difference of the two results.
        n_bytes: memory that must be moved at least; None: no roofline, the work is comparisons.
        agree: replaces the comparison where results may differ in order or are not unique.
    """

    name: str
    kernel: Callable[[], object]
    rival: Callable[[], object] | None = None
    rival_name: str = ""
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


def numpy_semi_deviation(mean: FloatArray, deviation: FloatArray) -> FloatArray:
    """Root mean square of what equally likely normals end below their mean."""
    distance = mean.mean(axis=1)[:, None] - mean
    z = distance / deviation
    square = (distance**2 + deviation**2) * ndtr(z) + distance * deviation * norm.pdf(z)
    return np.sqrt(square.mean(axis=1))


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
    on_off = question(Setting(N_CHANNELS, "s_shaped", on_off=True)).problem.feasible
    money = np.random.default_rng(1).uniform(-0.2, 1.0, (1_000, N_CHANNELS)) * on_off.upper
    yield Row(f"projection, 1,000 plans x {N_CHANNELS}, half of them on/off", partial(on_off.project, money))


def numpy_offspring(
    parents: FloatArray, lower: FloatArray, upper: FloatArray, crossing: FloatArray, mutating: FloatArray
) -> FloatArray:
    """Simulated binary crossover of neighbouring rows, then polynomial mutation, from the kernels' random numbers."""
    low, high = np.minimum(parents[::2], parents[1::2]), np.maximum(parents[::2], parents[1::2])
    quarter, draw = np.divmod(4.0 * crossing[:, :-1], 1.0)
    apart = high - low
    crosses = (crossing[:, -1:] < 0.9) & (quarter >= 2) & (apart > 0.0)

    def reach(room: FloatArray) -> FloatArray:
        chance = draw * (2.0 - (1.0 + 2.0 * room / np.where(crosses, apart, 1.0)) ** -16)
        return apart * np.where(chance <= 1.0, chance, 1.0 / (2.0 - chance)) ** (1 / 16)

    below = np.maximum(0.5 * (low + high - reach(low - lower)), lower)
    above = np.minimum(0.5 * (low + high + reach(upper - high)), upper)
    children = np.empty_like(parents)
    children[::2] = np.where(crosses, np.where(quarter == 2, below, above), parents[::2])
    children[1::2] = np.where(crosses, np.where(quarter == 2, above, below), parents[1::2])
    p, c = np.nonzero(mutating * parents.shape[1] < 1.0)
    draw, share = mutating[p, c] * parents.shape[1], (children[p, c] - lower[c]) / (upper - lower)[c]
    rest = (1.0 - np.where(draw < 0.5, share, 1.0 - share)) ** 21
    left = np.minimum(draw, 1.0 - draw)
    shift = 1.0 - (2.0 * left + (1.0 - 2.0 * left) * rest) ** (1 / 21)
    moved = children[p, c] + np.where(draw < 0.5, -shift, shift) * (upper - lower)[c]
    children[p, c] = np.clip(moved, lower[c], upper[c])
    return children


def _offspring(asked: Question) -> Iterator[Row]:
    feasible, rng = asked.problem.feasible, np.random.default_rng(1)
    for n_plans in (200, 2_000):
        parents = some_plans(asked, n_plans)
        crossing = rng.uniform(size=(n_plans // 2, N_CHANNELS + 1))
        inputs = parents, feasible.lower, feasible.upper, crossing, rng.uniform(size=parents.shape)

        def bred(inputs: tuple[FloatArray, ...] = inputs) -> FloatArray:
            parents, lower, upper, crossing, mutating = inputs
            children, mutants = np.empty_like(parents), np.empty_like(parents)
            crossover(parents, lower, upper, crossing, children)
            mutate(children, lower, upper, mutating, mutants)
            return mutants

        name = f"crossover and mutation, {n_plans:,} plans x {N_CHANNELS}"
        yield Row(name, bred, partial(numpy_offspring, *inputs), "numpy")


def _weightings(asked: Question) -> Iterator[Row]:
    """Plans for weightings of the goals: first plans from envelopes, steps on a quadratic model, dual bounds."""
    problem, n_weights = asked.problem, 200
    total, tables = problem.feasible.budget_max, problem.plan_tables
    weights = weights_on_simplex(n_weights, len(OUTCOMES)) / tables.mean_values[:, :, -1].sum(axis=1)
    yield _envelopes(tables.knots, np.ascontiguousarray(-tables.mean_values), weights, total)
    yield _steps(problem, total)
    curves = ChannelCurves(problem)
    plans = tables.sorted(some_plans(asked, n_weights))
    weighted = curves.weighted(np.column_stack([weights, weights[:, 0]]), curves.mixture(plans))
    boxes = curves.whole(n_weights)
    written = np.empty(n_weights), np.empty_like(plans), np.empty_like(plans), np.empty(n_weights)

    def bounds() -> None:
        dual_bounds(curves.positions, weighted, boxes.first, boxes.last, boxes.nothing, total, total, *written)

    yield Row(f"dual bounds, {n_weights} weightings x {N_CHANNELS}, one thread", bounds)


def _envelopes(knots: FloatArray, terms: FloatArray, weights: FloatArray, total: float) -> Row:
    """Concave curves, which are their own envelopes; both sides are judged by what their plans are worth."""
    n_weights = len(weights)
    ends = np.empty((2, n_weights))
    plans, tied, nothing_paid = (
        np.empty((n_weights, len(knots))),
        np.empty(n_weights, dtype=np.int64),
        np.zeros(n_weights),
    )

    def filled() -> FloatArray:
        envelope_fill(knots, terms, weights, nothing_paid, total, total, plans, tied, *ends)
        return plans

    def by_numpy() -> FloatArray:
        """The price by bisection, then the mixture of both sides' plans that keeps the budget."""
        cost = np.tensordot(weights, terms, 1)
        steepest = np.abs(np.diff(cost) / np.diff(knots)).max()
        low, high = np.full((n_weights, 1, 1), -2.0 * steepest), np.zeros((n_weights, 1, 1))

        def answer(price: FloatArray) -> FloatArray:
            return knots[np.arange(len(knots)), np.argmin(cost - price * knots, axis=2)]

        for _ in range(60):
            price = 0.5 * (low + high)
            over = (answer(price).sum(axis=1) >= total)[:, None, None]
            low, high = np.where(over, low, price), np.where(over, price, high)
        less, more = answer(low), answer(high)
        share = (total - less.sum(axis=1)) / (more.sum(axis=1) - less.sum(axis=1))
        return less + share[:, None] * (more - less)

    def worth(money: FloatArray) -> FloatArray:
        cost = np.tensordot(weights, terms, 1)
        channels = range(len(knots))
        return np.array(
            [sum(np.interp(x[c], knots[c], own[c]) for c in channels) for x, own in zip(money, cost, strict=True)]
        )

    return Row(
        f"envelope plans, {n_weights} weightings x {len(knots)}, one thread",
        filled,
        by_numpy,
        "numpy bisection",
        agree=lambda ours, theirs: np.allclose(worth(np.asarray(ours)), worth(np.asarray(theirs)), rtol=1e-9),
    )


def _steps(problem: mb.BudgetProblem, total: float) -> Row:
    feasible, rng = problem.feasible, np.random.default_rng(1)
    plans = feasible.project(rng.uniform(0.0, 1.0, (1_000, N_CHANNELS)) * feasible.upper)
    slope, curvature = -rng.uniform(0.5, 3.0, plans.shape), rng.uniform(1.0, 9.0, plans.shape) / feasible.upper
    lower, upper = (np.tile(end, (len(plans), 1)) for end in (feasible.lower, feasible.upper))
    out, no_kink = np.empty_like(plans), (np.empty((N_CHANNELS, 0)), np.empty((*plans.shape, 0)))

    def stepped() -> FloatArray:
        model_step(plans, slope, curvature, lower, upper, total, total, *no_kink, out)
        return out

    def by_numpy() -> FloatArray:
        low = (slope + curvature * (lower - plans)).min(axis=1, keepdims=True)
        high = (slope + curvature * (upper - plans)).max(axis=1, keepdims=True)
        for _ in range(60):
            price = 0.5 * (low + high)
            over = np.clip(plans - (slope - price) / curvature, lower, upper).sum(axis=1, keepdims=True) > total
            low, high = np.where(over, low, price), np.where(over, price, high)
        return np.clip(plans - (slope - low) / curvature, lower, upper)

    name = f"steps on a quadratic model, {len(plans):,} plans x {N_CHANNELS}, one thread"
    return Row(name, stepped, by_numpy, "numpy bisection", n_bytes=6 * plans.nbytes)


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
        "semi_deviation": numpy_semi_deviation,
        "tail_mean": numpy_tail_mean,
        "shortfall": partial(numpy_shortfall, target=target),
    }
    touched = money.size * 4 * N_DRAWS * 8 + money.nbytes
    for names in (["std"], ["semi_deviation"], ["tail_mean"], ["shortfall"], ["std", "tail_mean", "shortfall"]):
        goals = {name: {"outcome": "revenue", "measure": name} for name in names}
        if "shortfall" in goals:
            goals["shortfall"]["target"] = target  # type: ignore[assignment]  # a number, as in the problem file
        problem = mb.BudgetProblem(asked.problem.tables, goals=goals, budget=asked.problem.budget, periods=PERIODS)

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
    ours = row.kernel()
    equal = row.agree or partial(np.allclose, rtol=row.tolerance, atol=row.tolerance)
    if row.rival is not None and not equal(ours, row.rival()):
        raise SystemExit(f"{row.name}: the kernel and {row.rival_name} disagree; nothing is measured")
    own = seconds(row.kernel, n_repeats)
    share = "" if row.n_bytes is None else f"{row.n_bytes / bytes_a_second / own:.0%}"
    if row.rival is None:
        return [row.name, f"{1e3 * own:.3g}", "", "", "", share]
    rival = seconds(row.rival, max(2, n_repeats // 5))
    return [row.name, f"{1e3 * own:.3g}", f"{1e3 * rival:.3g}", row.rival_name, f"{rival / own:.1f}", share]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 repeats of each call instead of 50")
    n_repeats = 10 if parser.parse_args().quick else 50
    bytes_a_second = bandwidth()
    asked = question(Setting(N_CHANNELS))
    parts = (
        _projection(asked),
        _fitness(asked),
        _draws(),
        _offspring(asked),
        _dominance(asked),
        _archive(asked),
        _thinning(asked),
        _weightings(asked),
    )
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
