"""The same asked very often in one process: what stays in memory.

Run: python -m load.often SOLVES EVALUATIONS REPORTS FILE
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import moo_budget as mb
from load.small import problem_file, solved


def resident() -> float:
    """MB of this process in memory now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def growth(ask: Callable[[], object], times: int) -> tuple[float, float]:
    """MB after a tenth of the times, and after all."""
    first = max(times // 10, 1)
    for _ in range(first):
        ask()
    before = resident()
    for _ in range(times - first):
        ask()
    return before, resident()


def main() -> None:
    solves, evaluations, reports = map(int, sys.argv[1:4])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result = mb.run(problem_file(folder), folder / "result")
        plan = result.front.choose("balanced").spend
        found = {
            "solve": growth(solved, solves),
            "evaluate": growth(lambda: mb.evaluate(result.problem, plan, front=result.front), evaluations),
            "report": growth(lambda: mb.write_report(result, folder / "again.html"), reports),
        }
    Path(sys.argv[4]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
