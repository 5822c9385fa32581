"""How long the main job takes and how much memory it needs, each run in a process of its own.

Run: python benchmarks/bench_flow.py (three runs of everything) or --quick (one). Absolute times belong to the machine
that the table names. The table goes to standard output and between the markers in README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from readme import ROOT, machine, write_section

DATA = Path(os.environ.get("MOO_BUDGET_DATA", ROOT.parent / "shared" / "data"))
PROGRAM = [sys.executable, "-m", "moo_budget.cli"]


@dataclass(frozen=True)
class Case:
    """One command line, with what it must not exceed; None: no target."""

    name: str
    arguments: tuple[str, ...]
    seconds: float | None = None
    fresh_cache: bool = False


def cases(out: str) -> list[Case]:
    real = [
        Case(
            f"solve {path.stem}",
            ("solve", str(path), "--out", out, "--force", "--quiet"),
            60.0 if path.stem == "conjura" else None,
        )
        for path in sorted((ROOT / "tests" / "real").glob("*.toml"))
        if DATA.is_dir()
    ]
    return [
        Case("--help", ("--help",), 0.5),
        Case("demo, first run with compilation", ("demo", "--out", out, "--quiet"), 40.0, fresh_cache=True),
        Case("demo", ("demo", "--out", out, "--quiet"), 15.0),
        *real,
    ]


@dataclass(frozen=True)
class Run:
    """Seconds of wall time, and the peak of memory in MB, of one process."""

    seconds: float
    megabytes: float


def measure(case: Case, folder: Path) -> Run:
    empty_cache = {"NUMBA_CACHE_DIR": tempfile.mkdtemp(dir=folder)} if case.fresh_cache else {}
    begin = time.monotonic()
    process = subprocess.Popen(
        [*PROGRAM, *case.arguments], env=os.environ | empty_cache, stdout=subprocess.DEVNULL, cwd=folder
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{case.name} ended with {os.waitstatus_to_exitcode(status)}; nothing is measured")
    return Run(seconds, usage.ru_maxrss / 1024)


def front_size(folder: Path) -> str:
    stored = folder / "out" / "result.json"
    return str(len(json.loads(stored.read_text(encoding="utf-8"))["plans"])) if stored.exists() else ""


def table(n_runs: int) -> str:
    rows = ["| command | seconds, median (range) | target | peak memory, MB | plans |", "|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for case in cases(str(folder / "out")):
            runs = [measure(case, folder) for _ in range(n_runs)]
            seconds = sorted(run.seconds for run in runs)
            spread = f"{statistics.median(seconds):.1f} ({seconds[0]:.1f} to {seconds[-1]:.1f})"
            target = "" if case.seconds is None else f"under {case.seconds:g}"
            plans = front_size(folder) if case.arguments[0] in ("demo", "solve") else ""
            rows.append(f"| {case.name} | {spread} | {target} | {max(run.megabytes for run in runs):.0f} | {plans} |")
    return "\n".join([*rows, "", f"{machine()} {n_runs} run(s) each."])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run of each command instead of three")
    text = table(1 if parser.parse_args().quick else 3)
    write_section("bench_flow", text)
    print(text)


if __name__ == "__main__":
    main()
