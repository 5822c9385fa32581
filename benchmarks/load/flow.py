"""The whole flow over a drawn history, step by step: seconds of processor time, and the peak of memory so far.

Run: python -m load.flow CHANNELS PERIODS FILE (a total in place of outcomes per channel: --total)
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import moo_budget as mb
from load.worlds import write_problem
from moo_budget.explorer.session import Session
from moo_budget.learning import check

STEPS = {
    "reading the history and learning how the channels respond": "learn",
    "searching the front": "search",
    "proving how good the front is": "certify",
    "drawing risk against return": "efficient frontier",
    "saying why": "explain three picks",
    "writing the result": "report, workbook, result.json",
}


class Steps:
    """Processor seconds and the peak of memory in MB at the end of every step."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[float, float]] = {}
        self._name, self._begun = "start", time.process_time()

    def begin(self, name: str) -> None:
        """End the step that runs, and begin the next."""
        now = time.process_time()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.found[self._name] = (now - self._begun, peak)
        print(f"{self._name}: {now - self._begun:.1f} s, {peak:,.0f} MB", file=sys.stderr, flush=True)
        self._name, self._begun = STEPS.get(name, name), now


def flow(folder: Path, n_channels: int, n_periods: int, *, total: bool) -> dict[str, Any]:
    """Every step from the problem file to the open explorer."""
    problem, steps = write_problem(folder, n_channels, n_periods, total=total), Steps()
    steps.begin("check")
    check(problem)
    said = [message.text for message in mb.run(problem, folder / "result", stage=steps.begin).messages]
    steps.begin("load")
    result = mb.read_result(folder / "result")
    steps.begin("evaluate")
    balanced = result.front.choose("balanced")
    mb.evaluate(result.problem, balanced.spend, front=result.front)
    steps.begin("explore opens")
    session = Session(folder / "result")
    json.dumps(session.data(0))
    session.close()
    steps.begin("end")
    report = (folder / "result" / "report.html").stat().st_size
    known = result.fit["revenue"].get("indistinct", [])
    about = [text for text in said if "cannot" in text or "tell" in text]
    return {"steps": steps.found, "plans": len(result.front), "report": report, "pairs": len(known), "said": about}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n_channels", type=int)
    parser.add_argument("n_periods", type=int)
    parser.add_argument("--total", action="store_true")
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = flow(Path(folder), asked.n_channels, asked.n_periods, total=asked.total)
    asked.out.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
