"""Whether the test that is recommended first is worth more than another: true gain of the plans made after it.

Run: python benchmarks/bench_explain.py (--quick: 4 worlds; --full: 40). In each world a model is fitted to a history in
which revenue is measured in total, and a plan is made. Then one channel is tested as `what_to_test` recommends it, and
another one, drawn at random, in its own best way; each result is the truth of that world plus the error that such a
test has. The model is fitted again with the result, and a new plan is made. What counts is the true revenue of the
plans. The table goes to standard output and between the markers in README.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from bench_decision import CONDITIONS, Case
from cells import command_line
from deciders import LEAD, PERIODS, Known, best_revenue
from readme import machine, table, write_section

import moo_budget as mb
from moo_budget._checks import FloatArray
from moo_budget.explain import Experiment

IN_TOTAL = CONDITIONS[2]
WEEK = np.timedelta64(7, "D")
N_REPEATS = 3  # of each test, with other errors


@dataclass(frozen=True)
class Thoroughness:
    """How many worlds are measured."""

    n_worlds: int


QUICK, FULL = Thoroughness(4), Thoroughness(40)


@dataclass(frozen=True)
class Measured:
    """One world; gains are true revenue of the whole plan, as shares of that of today's plan.

    Args:
        untested: gain of the plan on today's.
        recommended: further gain after the test that is recommended, mean over repeats.
        random: the same after the test of another channel.
        promised: what the recommended test was expected to be worth.
    """

    untested: float
    recommended: float
    random: float
    promised: float


def measured(number: int) -> Measured | None:
    """World `number`; None where fewer than two channels can be tested."""
    case = Case.of(IN_TOTAL, number)
    rng = np.random.default_rng(case.seed)
    responses = mb.fit(case.history, seed=case.seed)
    known = _known(case, responses)
    plan = best_revenue(known.question, case.seed)
    advice = mb.what_to_test(known.question, _named(case, plan), noise=_noise(case, responses)).experiments
    if len(advice) < 2:
        return None
    today, before = (case.values(spend[None])[0, 0] for spend in (known.today, plan))
    other = advice[int(rng.integers(1, len(advice)))]
    after = [np.mean([_revenue_after(case, test, rng) for _ in range(N_REPEATS)]) for test in (advice[0], other)]
    return Measured(
        untested=float(before / today - 1.0),
        recommended=float((after[0] - before) / today),
        random=float((after[1] - before) / today),
        promised=float(advice[0].worth / today),
    )


def _known(case: Case, responses: mb.Responses) -> Known:
    return Known(case.history, mb.tabulate(responses, max_spend=case.ends), case.seed)


def _named(case: Case, spend: FloatArray) -> dict[str, float]:
    return dict(zip(case.world.channels, spend.tolist(), strict=True))


def _noise(case: Case, responses: mb.Responses) -> dict[str, float]:
    """As a run takes it: what forecasts of unseen weeks miss."""
    (lead,) = (outcome for outcome in responses.outcomes if outcome.name == LEAD)
    missed = lead.quality["crps"] * np.abs(case.history.outcome(LEAD).values).mean()
    return {LEAD: float(np.sqrt(np.pi) * missed)}


def _revenue_after(case: Case, test: Experiment, rng: np.random.Generator) -> float:
    """True revenue of the plan that is made once a test's result is known."""
    level = case.history.spend[-PERIODS:].mean(axis=0)
    changed = level.copy()
    changed[case.world.channels.index(test.channel)] += test.spend_change / test.periods
    brought = [case.world.expected(_named(case, spend))[LEAD] for spend in (level, changed)]
    lift = rng.normal(test.periods * (brought[1] - brought[0]), test.lift_se)
    start = case.history.dates[-1] + WEEK
    result = mb.LiftTest(
        channels=(test.channel,),
        outcome=LEAD,
        start=start,
        end=start + test.periods * WEEK - np.timedelta64(1, "D"),
        spend_change=test.spend_change,
        lift=float(lift),
        lift_se=test.lift_se,
        spend=float(test.periods * level[case.world.channels.index(test.channel)]),
    )
    known = _known(case, mb.fit(case.history, seed=case.seed, experiments=(result,)))
    return float(case.values(best_revenue(known.question, case.seed)[None])[0, 0])


def report(worlds: list[Measured]) -> str:
    """The table, and how to read it."""
    rows = [
        ["the plan without a test", _entry([world.untested for world in worlds])],
        ["further, after the recommended test", _entry([world.recommended for world in worlds])],
        ["further, after a test of another channel", _entry([world.random for world in worlds])],
        ["the difference of the two", _entry([world.recommended - world.random for world in worlds])],
        ["what the recommended test was expected to be worth", _entry([world.promised for world in worlds])],
    ]
    footnote = (
        f"Mean over {len(worlds)} worlds and its standard error; true revenue measured in total, as a share of that of "
        f"today's plan; each test {N_REPEATS} times with other errors. {machine()}"
    )
    return f"{table(['true gain', 'share of revenue'], rows)}\n\n{footnote}"


def _entry(gains: list[float]) -> str:
    error = np.std(gains, ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else np.nan
    return f"{np.mean(gains):+.2%} (± {error:.2%})"


def main() -> None:
    arguments = command_line(__doc__, quick=QUICK, full=FULL).parse_args()
    worlds = [measured(number) for number in range(arguments.effort.n_worlds)]
    text = report([world for world in worlds if world is not None])
    print(text)
    write_section("bench_explain", text)


if __name__ == "__main__":
    main()
