"""How quickly the page of plans answers, and how large the report is, in headless Chromium.

Run: python benchmarks/bench_explorer.py (or --quick). The fronts are invented: what counts here is their size. A brush
is counted as processor time of the page's thread, drawing and painting included, the mean of many; the first paint is
wall time, the best of three. The table goes to standard output and between the markers in README.md.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from readme import machine, table, write_section

import moo_budget as mb
from moo_budget.front import Front
from moo_budget.problem import BudgetProblem
from moo_budget.report import write_report
from moo_budget.results import Result
from moo_budget.risk import Factors
from moo_budget.spec import PlanSpec, ProblemSpec

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
OUTCOMES = {"revenue": "USD", "awareness": "impressions", "engagement": "clicks"}
N_DRAWS = 100
HEADER = ("plans x channels", "report, kB", "first paint, s", "brush, painted, ms", "with channels as axes, ms")

BRUSH = """
async ([times, side]) => {
  const { state, model } = MooBudget;
  const goal = model.sought[1];
  state.change({ everything: true, side }, { settled: false });
  for (let i = 0; i < times; i++) {
    const end = goal.least + (goal.span * (1 + (7 * i) % 11)) / 14;
    state.change({ limits: { [goal.key]: [end, null] } }, { settled: false });
    MooBudget.draw();
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  }
}
"""


@dataclass(frozen=True)
class Size:
    """A front of so many plans and channels, with what its page must not exceed."""

    n_plans: int
    n_channels: int
    paint: float  # seconds to the first paint
    brush: float  # milliseconds
    kilobytes: float


SIZES = (Size(500, 20, 0.5, 10.0, 900.0), Size(5000, 35, 1.0, 50.0, 3500.0))


def made_result(size: Size) -> Result:
    """An invented result: Hill curves with uncertain heights, plans around today's that keep the limits."""
    rng = np.random.default_rng(1)
    channels = [f"channel_{c + 1}" for c in range(size.n_channels)]
    heights = rng.lognormal(6.0, 0.8, (len(OUTCOMES), size.n_channels))
    halves = rng.lognormal(4.0, 0.5, size.n_channels)
    spread = np.exp(0.2 * rng.normal(size=(size.n_channels, N_DRAWS)))
    functions = {
        outcome: {name: hill(heights[o, c], halves[c], spread[c]) for c, name in enumerate(channels)}
        for o, outcome in enumerate(OUTCOMES)
    }
    noise = Factors(np.full((size.n_channels, 1), 0.1), np.full(size.n_channels, 0.04))
    tables = mb.from_functions(functions, dict.fromkeys(channels, 400.0), noise, units=OUTCOMES)
    today = dict(zip(channels, (13 * rng.uniform(20.0, 150.0, size.n_channels)).round(2).tolist(), strict=True))
    limits = {"change": 0.5}
    problem = BudgetProblem(tables, periods=13, today=today, currency="USD", limits=limits)
    spend = problem.feasible.project(
        np.array(list(today.values())) * rng.lognormal(0.0, 0.3, (size.n_plans, size.n_channels))
    )
    front = Front(problem, spend, problem.values(spend), "invented", 1, size.n_plans, "done", ())
    spec = ProblemSpec(title="Invented", currency="USD", plan=PlanSpec(periods=13))
    return Result(
        spec, "", front, "week", None, "today", {}, (), "2026-01-01T00:00:00+00:00", {"moo-budget": mb.__version__}
    )


def hill(height: float, half: float, spread: np.ndarray):
    return lambda x: (height * x / (x + half))[:, None] * spread


def measured(browser, path: Path, times: int) -> tuple[float, float, float]:
    """Seconds to the first paint (best of three), and milliseconds of a brush across goals and across channels."""
    paints = []
    for _ in range(3):
        context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.goto(path.as_uri(), timeout=120_000)
        page.wait_for_timeout(500)
        paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000.0)
        if len(paints) < 3:
            context.close()
    brushes = [brushed(context, page, times, side) for side in ("goals", "channels")]
    context.close()
    return min(paints), *brushes


def brushed(context, page, times: int, side: str) -> float:
    """Processor time of the page's thread from one brush to all views and the next frame, milliseconds."""
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.evaluate(BRUSH, [times, side])
    before = busy(session)
    page.evaluate(BRUSH, [times, side])
    return 1000.0 * (busy(session) - before) / times


def busy(session) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")


def row(size: Size, kilobytes: float, paint: float, goals: float, channels: float) -> list[str]:
    return [
        f"{size.n_plans:,} x {size.n_channels}",
        f"{kilobytes:,.0f} (under {size.kilobytes:,.0f})",
        f"{paint:.2f} (under {size.paint:g})",
        f"{goals:.1f} (under {size.brush:g})",
        f"{channels:.1f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="ten brushes instead of fifty")
    times = 10 if parser.parse_args().quick else 50
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("there is no Chromium on this machine; nothing is measured")
    from playwright.sync_api import sync_playwright

    rows = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for size in SIZES:
            path = Path(folder) / f"{size.n_plans}.html"
            write_report(made_result(size), path)
            rows.append(row(size, path.stat().st_size / 1000, *measured(browser, path, times)))
        browser.close()
    text = table(HEADER, rows) + f"\n\n{machine(['playwright'])} {times} brushes."
    write_section("bench_explorer", text)
    print(text)


if __name__ == "__main__":
    main()
