"""Whether the test that is recommended first is worth more than others: what plans made after it gain under the truth.

Run: python benchmarks/bench_explain.py (--quick: 15 worlds, a minute; --full: 90, six minutes). In each world
a model is fitted to a history in which revenue is measured in total, and a plan is made. `what_to_test` ranks a test of
every channel. Each of them is then held in all its outcomes: for every result that it may have, the draws are weighed
by how likely they make it, and the plan is made anew; results count by how likely the truth makes them. So nothing
hangs on the luck of a single test, and all tests of a world meet the same truth, the same history and the same plan.
Two truths are tried: that of the simulated world, which no model of ours knows, and draws of the posterior that were
not used for anything else, which show whether the calculation is right where the model is. The table goes to standard
output and between the markers in README.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from bench_decision import Case
from cells import command_line
from deciders import LEAD, PERIODS, Known, best_revenue
from readme import machine, table, write_section
from scipy.stats import norm

import moo_budget as mb
from moo_budget._checks import BoolArray, FloatArray
from moo_budget.explain import Experiment
from moo_budget.explain.again import Again
from moo_budget.explain.curves import recentred
from moo_budget.explain.stability import made_anew
from moo_budget.run import noise_of_totals
from moo_budget.simulate import random_world, simulate

FIRST_SEED = 7_000
N_CHANNELS = 5
WEEKS = 104
N_DRAWS = 1_000
HELD_OUT = 3  # every third draw is a truth and nothing else
N_RESULTS = 31  # that a test may have
WIDTH = 3.0  # standard errors beyond the least and the largest lift
SURE = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Thoroughness:
    """How many worlds are measured."""

    n_worlds: int


QUICK, FULL = Thoroughness(15), Thoroughness(90)


@dataclass(frozen=True)
class Tested:
    """One test of one world, as shares of the true revenue of today's plan.

    Args:
        promised: what `what_to_test` expected its result to be worth.
        in_world: what plans made after it are expected to gain under the world's truth.
        in_draws: the same, mean over truths that are draws of the posterior.
    """

    promised: float
    in_world: float
    in_draws: float


@dataclass(frozen=True, eq=False)
class Planner:
    """Plans for expected revenue, made anew where the draws weigh otherwise.

    Args:
        question: the most expected revenue.
        plan: (n_channels,), the best one before any test.
    """

    question: mb.BudgetProblem
    plan: FloatArray

    @cached_property
    def again(self) -> Again:
        """The question asked anew, from the plan."""
        goal = np.ones(1)
        return Again(self.question, self.question.plan_tables.sorted(self.plan), goal)

    @cached_property
    def before(self) -> FloatArray:
        """The plan without a test, (n_channels,), by the same search as those after one."""
        return self.after(self.question.tables.weights)

    def after(self, weights: FloatArray) -> FloatArray:
        """The best plan (n_channels,) where the draws have these weights."""
        tables = self.question.plan_tables
        moved = recentred(tables, tables.values @ weights, tables.slopes @ weights)
        return np.asarray(tables.unsorted(made_anew(self.again, self.question.supposing(plan_tables=moved))))


def measured(number: int) -> list[Tested] | None:
    """The tests of world `number`, the recommended one first; None where fewer than two channels can be tested."""
    case = _case(number)
    responses = mb.fit(case.history, seed=case.seed, draws=N_DRAWS)
    question = _without_held_out(case, mb.tabulate(responses, max_spend=case.ends))
    plan = best_revenue(question, case.seed)
    named = dict(zip(question.channels, plan.tolist(), strict=True))
    advice = mb.what_to_test(question, named, noise=_noise(case, responses)).experiments
    if len(advice) < 2:
        return None
    planner = Planner(question, plan)
    return [_tested(case, planner, test) for test in advice]


def _case(number: int) -> Case:
    seed = FIRST_SEED + number
    world = random_world(seed, n_channels=N_CHANNELS, per_channel=False, kind="moderate")
    return Case(world, world.history(simulate(world, WEEKS, seed)), None, seed)


def _without_held_out(case: Case, tables: mb.ResponseTables) -> mb.BudgetProblem:
    """The question over draws of which the truths among them have no weight."""
    weights = np.where(_truths(len(tables.weights)), 0.0, tables.weights)
    return Known(case.history, replace(tables, weights=weights / weights.sum()), case.seed).question


def _truths(n_draws: int) -> BoolArray:
    """Which draws are held out, (n_draws,)."""
    held_out: BoolArray = np.arange(n_draws) % HELD_OUT == 0
    return held_out


def _noise(case: Case, responses: mb.Responses) -> dict[str, float]:
    """As a run takes it: what forecasts of unseen weeks miss."""
    return noise_of_totals(case.history, {outcome.name: outcome.quality for outcome in responses.outcomes})


def _tested(case: Case, planner: Planner, test: Experiment) -> Tested:
    """What one test is worth under the truths."""
    question, held_out = planner.question, _truths(N_DRAWS)
    today = question.money.reference
    assert today is not None  # the question has one
    levels = np.array([today, today])
    levels[1, question.channels.index(test.channel)] *= max(1.0 + test.change, 0.0)  # rounding
    lifts, in_world = (test.periods / PERIODS * _risen(brought) for brought in _both(case, question, levels))
    ends = np.append(lifts, in_world)
    results = np.linspace(ends.min() - WIDTH * test.lift_se, ends.max() + WIDTH * test.lift_se, N_RESULTS)
    plans = np.array([planner.before, *_after_results(planner, results, lifts, test.lift_se)])
    by_draw, truly = _both(case, question, plans)
    base = case.values(today[None])[0, 0]
    return Tested(
        promised=test.worth / base,
        in_world=_gain(results, in_world, truly, test.lift_se) / base,
        in_draws=_gain(results, lifts[held_out], by_draw[:, held_out], test.lift_se) / base,
    )


def _both(case: Case, question: mb.BudgetProblem, plans: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Revenue of plans under each draw, (n_plans, n_draws), and truly, (n_plans, 1)."""
    return question.moments(LEAD, plans)[0], case.values(plans)[:, :1]


def _risen(brought: FloatArray) -> FloatArray:
    """What the second plan brings more than the first, (n_truths,)."""
    return np.asarray(brought[1] - brought[0])


def _after_results(planner: Planner, results: FloatArray, lifts: FloatArray, error: float) -> list[FloatArray]:
    """The plan that is made after each result, from draws with these lifts."""
    prior = planner.question.tables.weights
    likely = np.where(prior > 0.0, norm.logpdf(results[:, None], lifts, error), -np.inf)
    weights = prior * np.exp(likely - likely.max(axis=1, keepdims=True))
    return [planner.after(row / row.sum()) for row in weights]


def _gain(results: FloatArray, lifts: FloatArray, brought: FloatArray, error: float) -> float:
    """What plans after each result bring more than the first one, expected over results, mean over truths.

    Args:
        results: (n_results,).
        lifts: (n_truths,), what the test truly brings.
        brought: (1 + n_results, n_truths), by the plan without the test and by those after each result.
        error: standard error of the test.
    """
    gains = _likely(results, lifts, error) * (brought[1:] - brought[0])
    return float(gains.sum(axis=0).mean())


def _likely(results: FloatArray, lifts: FloatArray, error: float) -> FloatArray:
    """Probability that a test shows about each result under truths with these lifts, (n_results, n_truths)."""
    middles = 0.5 * (results[1:] + results[:-1])
    below = norm.cdf((middles[:, None] - lifts) / error)
    return np.diff(np.vstack([np.zeros_like(lifts), below, np.ones_like(lifts)]), axis=0)


def report(worlds: Sequence[Sequence[Tested]]) -> str:
    """The table, and how to read it."""
    columns = ("in_world", "in_draws", "promised")
    first = {name: np.array([getattr(tests[0], name) for tests in worlds]) for name in columns}
    others = {
        name: np.array([np.mean([getattr(test, name) for test in tests[1:]]) for tests in worlds]) for name in columns
    }
    kept = {name: first[name].sum() / first["promised"].sum() for name in columns[:2]}
    rows = [
        ["gain of the plan after the recommended test", *(_entry(first[name]) for name in columns)],
        ["after another test (mean of all others)", *(_entry(others[name]) for name in columns)],
        ["the difference", *(_entry(first[name] - others[name]) for name in columns)],
        ["worlds in which it gained more", *(f"{np.mean(first[name] > others[name]):.0%}" for name in columns)],
        ["of what the recommended test promised", *(f"{share:.0%}" for share in kept.values()), ""],
    ]
    headings = ["true gain, share of revenue", "truth: the simulated world", "truth: held-out draws", "promised"]
    footnote = (
        f"Mean over {len(worlds)} worlds of {N_CHANNELS} channels and {WEEKS} weeks, revenue "
        f"measured in total, and its 95 % interval, as a share of the revenue that today's plan truly brings; "
        f"of every test the expectation over its results. {machine()}"
    )
    return f"{table(headings, rows)}\n\n{footnote}"


def _entry(gains: FloatArray) -> str:
    reach = SURE * gains.std(ddof=1) / np.sqrt(len(gains))
    return f"{gains.mean():+.3%} ({gains.mean() - reach:+.3%} to {gains.mean() + reach:+.3%})"


def main() -> None:
    arguments = command_line(__doc__, quick=QUICK, full=FULL).parse_args()
    worlds = [measured(number) for number in range(arguments.effort.n_worlds)]
    text = report([tests for tests in worlds if tests is not None])
    print(text)
    write_section("bench_explain", text)


if __name__ == "__main__":
    main()
