"""How long one plan of 20 channels takes to explain, by what its limits and curves are.

Run: python benchmarks/bench_explain_time.py. 300 draws, 13 periods, four goals, the balanced plan of a front of 60.
Times are the process's own (`explain`: the best of three), so that neighbours on the machine hardly count; that limits
are found where they were asked for is checked before anything is timed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from readme import machine, table

import moo_budget as mb
from moo_budget._checks import FloatArray

N_CHANNELS, N_DRAWS, PERIODS = 20, 300, 13
NAMES = [f"c{c:02d}" for c in range(N_CHANNELS)]
GOAL_RULES = ["awareness >= 1.05 * today(awareness)", "risk <= today(risk)"]
_REPEATS = 3


@dataclass(frozen=True)
class Question:
    """One row of the table.

    Args:
        title: what it is.
        slope: of the Hill curves; above 1 they are S-shaped.
        limits: as in a problem file.
    """

    title: str
    slope: float = 1.0
    limits: dict[str, object] = field(default_factory=dict)


QUESTIONS = (
    Question("concave curves, largest change 50 %", limits={"change": 0.5}),
    Question("S-shaped curves", slope=2.5),
    Question("two rules on goals", limits={"change": 0.5, "rules": GOAL_RULES}),
    Question("14 of 20 channels", limits={"rules": ["count <= 14"]}),
    Question("ten channels in blocks", limits={"channel": {name: {"step": 100.0} for name in NAMES[::2]}}),
)


def asked(question: Question) -> mb.BudgetProblem:
    """The problem of a row: Hill curves whose heights and half saturations are uncertain."""
    rng = np.random.default_rng(0)
    factors = np.exp(rng.uniform(0.1, 0.4, (N_CHANNELS, 1)) * rng.normal(size=(N_CHANNELS, N_DRAWS)))
    half = rng.uniform(20.0, 120.0, (N_CHANNELS, 1)) * np.exp(0.1 * rng.normal(size=(N_CHANNELS, N_DRAWS)))
    heights = {outcome: size * rng.uniform(200.0, 900.0, N_CHANNELS) for outcome, size in SIZES.items()}
    curves = {
        outcome: {name: _hill(high[c] * factors[c], half[c], question.slope) for c, name in enumerate(NAMES)}
        for outcome, high in heights.items()
    }
    tables = mb.from_functions(curves, dict.fromkeys(NAMES, 200.0), units={"revenue": "EUR"})
    today = dict(zip(NAMES, rng.uniform(100.0, 900.0, N_CHANNELS).tolist(), strict=True))
    return mb.BudgetProblem(
        tables, budget=sum(today.values()), periods=PERIODS, today=today, currency="EUR", limits=question.limits
    )


SIZES = {"revenue": 1.0, "awareness": 50.0, "engagement": 5.0}


def _hill(height: FloatArray, half: FloatArray, slope: float) -> Callable[[FloatArray], FloatArray]:
    return lambda spend: height * spend[:, None] ** slope / (spend[:, None] ** slope + half**slope)


def measured(question: Question) -> list[str]:
    """Seconds of `explain`, `stability` with 100 draws, and `what_to_test`."""
    problem = asked(question)
    front = mb.solve(problem, "scalarised", n_plans=60, n_evaluations=6000, seed=1)
    plan = front.choose("balanced")
    kinds = {limit.kind for limit in mb.explain(problem, plan, front=front).limits}
    assert "budget" in kinds
    for kind, key in (("count", "count <="), ("step", "step")):
        assert (kind in kinds) == (key in str(question.limits)), kinds
    times = (
        _best(lambda: mb.explain(problem, plan, front=front), _REPEATS),
        _best(lambda: mb.stability(problem, plan, front=front)),
        _best(lambda: mb.what_to_test(problem, plan, front=front)),
    )
    return [question.title, *(f"{seconds:.2f}" for seconds in times)]


def _best(call: Callable[[], object], repeats: int = 1) -> float:
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        seconds.append(time.process_time() - start)
    return min(seconds)


def main() -> None:
    header = ["20 channels, seconds", "explain", "stability", "what to test"]
    print(table(header, []))
    for question in QUESTIONS:
        print("| " + " | ".join(measured(question)) + " |", flush=True)
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
