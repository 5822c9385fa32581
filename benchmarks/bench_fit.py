"""How far the learned curves and their intervals can be trusted: worlds with known truth, and forecasts of real tables.

Run: python benchmarks/bench_fit.py (--quick: 40 worlds, some three minutes; --full: 200 worlds of each sort, world by
world, so that a run that was stopped goes on where it was). Worlds of 5 to 15 channels and 52 to 156 weeks, easy,
moderate and nasty in turn, two outcomes each, measured channel by channel or in total; the truth is what
`moo_budget.simulate` made the history from. No world is left out. A share of intervals holds if it lies in the central
95 % of the binomial distribution of as many worlds, because all plans and both outcomes of one world hang on the same
money and curves. Tables go to standard output and between the markers in README.md.
"""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from cells import Cells, command_line, sources
from readme import machine, spread, table, write_section
from rolling import DATA, rolled
from scipy.stats import binom

import moo_budget as mb
from moo_budget._checks import FloatArray
from moo_budget.risk import mixture_shortfall, weighted_percentile
from moo_budget.simulate import KINDS, World, random_world, simulate
from moo_budget.spec import FitSpec

PERIODS = 13
OUTCOMES = ("revenue", "awareness")
N_REALISED = 400  # of every plan
N_SPENDS = 25  # at which a curve is compared with the truth
ESTIMATE, PREDICTION = 0.9, 0.8  # what the intervals promise
GOALS = {name: {"outcome": name, "measure": "total"} for name in OUTCOMES} | {
    "risk": {"outcome": "revenue", "measure": "std"}
}
AGAINST_TODAY = {
    f"{name}_worse": {"outcome": name, "measure": "shortfall", "target": "today", "goal": False} for name in OUTCOMES
}
TARGETS = (0.9, 1.0, 1.1)  # of what a plan is expected to bring
EDGES = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)  # of the bins of stated probabilities
LIMITS = {"change": 0.5}
CHOSEN = {"balanced": "our balanced plan", "boldest": "our best revenue plan"}


@dataclass(frozen=True)
class Sort:
    """Worlds that share a column of the tables.

    Args:
        name: as it stands there.
        per_channel: both outcomes are measured channel by channel; else in total.
        effect_noise: factor on the noise that `[risk]` states, in total outcomes.
        judged: the intervals promise to hold here.
    """

    name: str
    per_channel: bool
    effect_noise: float = 1.0
    judged: bool = True


SORTS = (
    Sort("measured per channel", per_channel=True),
    Sort("in total", per_channel=False),
    Sort("in total, half the effect noise", per_channel=False, effect_noise=0.5, judged=False),
    Sort("in total, double", per_channel=False, effect_noise=2.0, judged=False),
)


@dataclass(frozen=True)
class Thoroughness:
    """How much is measured.

    Args:
        n_worlds: of each judged sort.
        n_shown: of each sort that is shown and not judged.
        n_timed: fits whose median time is shown.
        resumable: worlds that were measured before, by the same code, are not measured again.
    """

    n_worlds: int
    n_shown: int
    n_timed: int
    resumable: bool

    def size(self, sort: Sort) -> int:
        """How many worlds of a sort are measured."""
        return self.n_worlds if sort.judged else self.n_shown


QUICK = Thoroughness(n_worlds=15, n_shown=5, n_timed=1, resumable=False)
FULL = Thoroughness(n_worlds=200, n_shown=20, n_timed=3, resumable=True)


@dataclass(frozen=True)
class Setting:
    """One world and its history, drawn by its number."""

    sort: Sort
    number: int

    @property
    def kind(self) -> str:
        """Easy, moderate and nasty in turn."""
        return tuple(KINDS)[self.number % len(KINDS)]

    @property
    def n_channels(self) -> int:
        """5 to 15."""
        return int(np.random.default_rng([self.number, 1]).integers(5, 16))

    @property
    def n_periods(self) -> int:
        """52 to 156."""
        return int(np.random.default_rng([self.number, 2]).integers(52, 157))

    def world(self) -> World:
        """The truth."""
        return random_world(
            self.number,
            n_channels=self.n_channels,
            per_channel=self.sort.per_channel,
            kind=self.kind,
            effect_noise=self.sort.effect_noise,
        )


@dataclass(frozen=True)
class Interval:
    """What was said of one outcome of one plan, against the truth.

    Args:
        plan: by name.
        estimate: the true expected outcome lies between `estimate_low` and `estimate_high`.
        difference: so does that of the difference to today's plan; None: this is today's.
        prediction: share of what may really come that lies between `low` and `high`.
        width: of the estimate's interval, over the true expected outcome.
    """

    plan: str
    estimate: bool
    difference: bool | None
    prediction: float
    width: float


@dataclass(frozen=True)
class Chance:
    """A probability of missing a target, as stated, and the share of what may really come that misses it.

    Args:
        against_today: the target is what today's plan brings under the same shocks; else a number.
    """

    against_today: bool
    stated: float
    realised: float


@dataclass(frozen=True)
class Measured:
    """One world.

    Args:
        kind: of the world.
        intervals: what they did.
        chances: of plans fixed beforehand.
        curve_errors: of each outcome, as a share of the curves' height.
    """

    kind: str
    intervals: list[Interval]
    chances: list[Chance]
    curve_errors: list[float]


def measure(setting: Setting) -> Measured:
    """Learn a world, say what plans would bring, and look at the truth."""
    world = setting.world()
    frame = simulate(world, setting.n_periods, seed=setting.number)
    history = world.history(frame)
    responses = mb.fit(history, FitSpec(), seed=1)
    today = history.spend[-PERIODS:].mean(axis=0)
    problem = mb.BudgetProblem(
        mb.tabulate(responses),
        goals=GOALS | AGAINST_TODAY,
        budget=None,
        periods=PERIODS,
        limits=LIMITS,
        today=dict(zip(world.channels, today * PERIODS, strict=True)),
        money_step=0.0,
        currency="USD",
    )
    fixed = {"today's plan": today} | _fixed_plans(today, history.observed_max, setting.number)
    plans = fixed | _chosen(problem)
    return Measured(
        setting.kind,
        [interval for name in OUTCOMES for interval in _intervals(world, problem, plans, name, seed=setting.number)],
        [chance for name in OUTCOMES for chance in _chances(world, problem, fixed, name, seed=setting.number)],
        [_curve_error(world, responses, name) for name in OUTCOMES],
    )


def _fixed_plans(today: FloatArray, highest: FloatArray, seed: int) -> dict[str, FloatArray]:
    """Plans that nobody chose, money per period (n_channels,), none of it beyond what was seen."""
    rng = np.random.default_rng([seed, 3])
    sides = rng.permutation(np.resize([0.5, 1.5], len(today)))
    return {
        "half of every other channel moved": np.minimum(today * sides, highest),
        "a random mix": highest * rng.uniform(0.1, 0.7, len(today)),
    }


def _chosen(problem: mb.BudgetProblem) -> dict[str, FloatArray]:
    """The plans that we would recommend, money per period (n_channels,)."""
    front = mb.solve(problem, n_plans=40, n_evaluations=5_000, seed=1)
    picked = {name: np.array(list(front.choose(pick).spend.values())) for pick, name in CHOSEN.items()}
    return {name: money / PERIODS for name, money in picked.items()}


def _intervals(
    world: World, problem: mb.BudgetProblem, plans: dict[str, FloatArray], outcome: str, *, seed: int
) -> Iterator[Interval]:
    """One per plan; today's is the first."""
    money = np.array(list(plans.values())) * PERIODS
    said, goal = problem.values(money), list(GOALS).index(outcome)
    by_draw, _ = problem.moments(outcome, money)
    gain, weights = by_draw - by_draw[0], problem.tables.weights
    gain_low, gain_high = (weighted_percentile(gain, weights, share) for share in (0.05, 0.95))
    named = [dict(zip(world.channels, row / PERIODS, strict=True)) for row in money]
    truth = np.array([PERIODS * world.expected(plan)[outcome] for plan in named])
    for p, (name, plan) in enumerate(zip(plans, named, strict=True)):
        realised = world.realised(plan, PERIODS, N_REALISED, seed=seed * len(plans) + p)[outcome]
        yield Interval(
            plan=name,
            estimate=bool(said.estimate_low[p, goal] <= truth[p] <= said.estimate_high[p, goal]),
            difference=bool(gain_low[p] <= truth[p] - truth[0] <= gain_high[p]) if p else None,
            prediction=float(((said.low[p, goal] <= realised) & (realised <= said.high[p, goal])).mean()),
            width=float((said.estimate_high[p, goal] - said.estimate_low[p, goal]) / truth[p]),
        )


def _chances(
    world: World, problem: mb.BudgetProblem, plans: dict[str, FloatArray], outcome: str, *, seed: int
) -> Iterator[Chance]:
    """Of every plan, today's first: to miss shares of what is expected of it, and to do worse than today's."""
    money = np.array(list(plans.values())) * PERIODS
    mean, variance = problem.moments(outcome, money)
    against_today = problem.values(money).value[:, [goal.name for goal in problem.goals].index(f"{outcome}_worse")]
    expected = problem.totals(outcome, money)
    # One seed: every plan meets the same shocks.
    named = [dict(zip(world.channels, plan, strict=True)) for plan in plans.values()]
    realised = [world.realised(plan, PERIODS, N_REALISED, seed=seed)[outcome] for plan in named]
    for share in TARGETS:
        for p, target in enumerate((share * expected).tolist()):
            row = slice(p, p + 1)
            stated = mixture_shortfall(mean[row], variance[row], problem.tables.weights, target)[0]
            yield Chance(False, float(stated), float((realised[p] < target).mean()))
    for p in range(1, len(plans)):
        yield Chance(True, float(against_today[p]), float((realised[p] < realised[0]).mean()))


def _curve_error(world: World, responses: mb.Responses, outcome: str) -> float:
    """Mean absolute error of the mean curves up to the highest spend seen, over the true height there; all channels."""
    errors = []
    for channel, curve, highest in zip(
        world.channels, responses.outcome(outcome).curves, responses.observed_max, strict=True
    ):
        spend = np.linspace(0.0, highest, N_SPENDS + 1)[1:]
        truth = world.outcomes[outcome].channels[channel].level(spend)
        errors.append(np.abs(curve.values(spend).mean(axis=1) - truth).mean() / truth[-1])
    return float(np.mean(errors))


Worlds = dict[Sort, list[Measured]]


def measured(effort: Thoroughness, folder: Path, jobs: int) -> Worlds:
    """Every world of every sort, in `jobs` processes; what is stored in the folder is not measured again."""
    settings = [Setting(sort, number) for sort in SORTS for number in range(effort.size(sort))]
    keep = partial(_stored, cells=Cells(folder / "fit" if effort.resumable else None))
    found: Worlds = {sort: [] for sort in SORTS}
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for setting, world in zip(settings, pool.map(keep, settings), strict=True):
            found[setting.sort].append(world)
    return found


def _stored(setting: Setting, cells: Cells) -> Measured:
    stored = cells.kept([setting, sources("bench_fit.py")], lambda: asdict(_timed(setting)))
    intervals = [Interval(**interval) for interval in stored["intervals"]]
    return Measured(**stored | {"intervals": intervals, "chances": [Chance(**chance) for chance in stored["chances"]]})


def _timed(setting: Setting) -> Measured:
    begin = time.perf_counter()
    found = measure(setting)
    what = f"{setting.kind}, {setting.n_channels} channels, {setting.n_periods} weeks"
    print(f"{setting.sort.name}, {setting.number} ({what}): {time.perf_counter() - begin:.1f} s", file=sys.stderr)
    return found


def _coverage(worlds: Worlds) -> str:
    """Shares of intervals that held, by plan and sort."""
    rows = []
    for what, promised in (("estimate", ESTIMATE), ("difference", ESTIMATE), ("prediction", PREDICTION)):
        for plan in _plan_names(worlds):
            fixed = plan not in CHOSEN.values()
            cells = [_held(worlds[sort], plan, what, promised, judged=fixed and sort.judged) for sort in SORTS]
            if any(cells):
                rows.append([f"{_WORDS[what]}, {plan}{'' if fixed else ' (chosen)'}", f"{promised:.0%}", *cells])
    return table(["interval", "promised", *(sort.name for sort in SORTS)], rows)


_WORDS = {"estimate": "expected outcome", "difference": "difference to today's plan", "prediction": "what may come"}


def _plan_names(worlds: Worlds) -> list[str]:
    return list(dict.fromkeys(interval.plan for interval in worlds[SORTS[0]][0].intervals))


def _held(worlds: Sequence[Measured], plan: str, what: str, promised: float, *, judged: bool) -> str:
    """Share that held, and the verdict where there is a promise; empty where there is no such interval."""
    intervals = [interval for world in worlds for interval in world.intervals if interval.plan == plan]
    held = [float(getattr(interval, what)) for interval in intervals if getattr(interval, what) is not None]
    if not held:
        return ""
    return _verdict(held, promised, len(worlds)) if judged else f"{statistics.mean(held):.1%}"


def _verdict(held: Sequence[float], promised: float, n_independent: int) -> str:
    """Share that held, and whether it is one that so many independent intervals have when they keep the promise."""
    share = statistics.mean(held)
    low, high = (bound / n_independent for bound in binom.interval(0.95, n_independent, promised))
    verdict = "too rarely" if share < low else "too often" if share > high else "holds"
    return f"{share:.1%} ({low:.0%} to {high:.0%}): {verdict}"


def _reliability(worlds: Worlds) -> str:
    """How often plans missed their targets, by how probable that was said to be."""
    rows = []
    for against_today, what in ((False, "a number"), (True, "today's plan")):
        for low, high in itertools.pairwise(EDGES):
            cells = []
            for sort in SORTS:
                alike = [[c for c in world.chances if c.against_today == against_today] for world in worlds[sort]]
                inside = [[c for c in one if low <= c.stated < high or c.stated == high == EDGES[-1]] for one in alike]
                cells.append(_missed([chances for chances in inside if chances], judged=sort.judged))
            rows.append([f"below {what}, said to be {low:.0%} to {high:.0%}", *cells])
    return table(["probability of missing", *(sort.name for sort in SORTS)], rows)


def _missed(chances: Sequence[Sequence[Chance]], *, judged: bool) -> str:
    """Mean of what was said, share that missed, and the verdict where there is a promise; chances by world."""
    if not chances:
        return "none"
    stated = statistics.mean(chance.stated for world in chances for chance in world)
    realised = [chance.realised for world in chances for chance in world]
    said = _verdict(realised, stated, len(chances)) if judged else f"{statistics.mean(realised):.1%}"
    return f"{stated:.1%} said, {said}"


def _kinds(worlds: Worlds) -> str:
    """Error of the curves, and today's intervals, by kind of world."""
    rows = []
    for sort in SORTS[:2]:
        for kind in KINDS:
            alike = [world for world in worlds[sort] if world.kind == kind]
            errors = [error for world in alike for error in world.curve_errors]
            today = [interval for world in alike for interval in world.intervals if interval.difference is None]
            rows.append(
                [
                    f"{sort.name}, {kind}",
                    str(len(alike)),
                    _middle_and_most(errors),
                    _middle_and_most([interval.width for interval in today]),
                    f"{statistics.mean(interval.estimate for interval in today):.0%}",
                    f"{statistics.mean(interval.prediction for interval in today):.0%}",
                ]
            )
    header = ["worlds", "number", "error of the curves", "width of the estimate", "estimate holds", "prediction holds"]
    return table(header, rows)


def _middle_and_most(values: Sequence[float]) -> str:
    """Median and 90th percentile."""
    return f"{np.median(values):.1%} ({np.quantile(values, 0.9):.1%})"


def _seconds(n_timed: int) -> str:
    """Time of a fit of 15 channels over 156 weeks: one named curve, 300 draws, one outcome."""
    rows = []
    for sort, target in ((SORTS[1], 30), (SORTS[0], 2)):
        world = random_world(1, n_channels=15, per_channel=sort.per_channel, kind="moderate")
        history = world.history(simulate(world, 156, seed=1))
        for name, spec in (("one curve", FitSpec(curve="hill", carry_over="geometric")), ("`auto`", FitSpec())):
            seconds = [_fit_seconds(history, spec) / len(history.outcomes) for _ in range(n_timed)]
            wanted = f"under {target}" if name == "one curve" else ""
            rows.append([f"{sort.name}, {name}", wanted, spread(seconds, ".2f")])
    return table(["fit of an outcome, 15 channels x 156 weeks", "wanted, s", "seconds of one core"], rows)


def _fit_seconds(history: mb.History, spec: FitSpec) -> float:
    begin = time.process_time()  # a fit is serial, and the machine may have other work
    mb.fit(history, spec, seed=1)
    return time.process_time() - begin


def _real() -> str:
    """Forecasts of real tables, beside the same weeks of the year before."""
    rows = [
        [
            one.name,
            f"{one.error:.1%}",
            f"{one.seasonal_error:.1%}",
            "better" if one.error < one.seasonal_error else "worse",
            _verdict(one.covered.tolist(), PREDICTION, len(one.covered)),
        ]
        for one in rolled()
    ]
    if not rows:
        return f"Real tables: not measured, {DATA.name} is not there."
    return table(["13 weeks ahead, four origins", "error", "seasonal naive", "", "80 % intervals hold"], rows)


def report(effort: Thoroughness, worlds: Worlds) -> str:
    """All tables, with what they mean and the versions under them."""
    footnote = (
        f"{effort.n_worlds} worlds a sort, {effort.n_shown} where the noise is halved or doubled, two outcomes each; "
        "no world is left out. In brackets: where 95 % of such shares lie if the promise is kept, for as many worlds "
        "(all plans and both outcomes of one hang on the same money and curves). Shown and not "
        "judged: effects that fluctuate half or twice as much as `[risk]` states, and plans that we chose ourselves, "
        "which look better than they are because they were chosen for their looks. Probabilities of missing: of the "
        "plans fixed beforehand, against 90, 100 and 110 % of what was expected of them, and against today's plan "
        "under the same shocks. Error of the curves: absolute, mean over channels up to the highest spend seen, share "
        "of the true height there; width: over the true outcome; median (90th percentile). Real tables: absolute error "
        "as a share of the mean outcome; spend and controls of the forecast weeks are known, and neighbouring weeks "
        f"are no independent intervals, so the band is narrower than it should be. {machine(['numpy', 'scipy'])}"
    )
    tables = [_coverage(worlds), _reliability(worlds), _kinds(worlds), _seconds(effort.n_timed), _real()]
    return "\n\n".join([*tables, footnote])


def main() -> None:
    parser = command_line(__doc__, quick=QUICK, full=FULL)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes; timings come after them, alone")
    arguments = parser.parse_args()
    text = report(arguments.effort, measured(arguments.effort, arguments.cache, arguments.jobs))
    print(text)
    write_section("bench_fit", text)


if __name__ == "__main__":
    main()
