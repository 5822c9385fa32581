"""What bad input and faults do to the program: inputs that are nearly right, runs that are killed, disks that are full.

Run: python benchmarks/bench_trust.py (or --full). Each kind runs in a process of its own; its figures are kept in the
cache folder, so that a stopped run goes on. With atheris (extra `fuzz`) inputs are led by coverage, without it they are
blind. The table goes to standard output and between the markers in README.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from cells import Cells, command_line
from readme import ROOT, machine, table, write_section
from trust.inputs import BORDERS

QUICK, FULL = (100, 12), (1900, 200)  # inputs of each border, runs that are killed
HEADER = ("what was done", "tried", "results", "errors of ours", "defects found", "slowest, s", "memory, MB")


def figures(module: str, *arguments: str) -> dict[str, Any]:
    """What a program of `trust` writes, in a process of its own; its last argument is the file."""
    out = Path(os.environ.get("TMPDIR", "/tmp")) / f"trust-{os.getpid()}.json"
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'benchmarks'}"}
    subprocess.run([sys.executable, "-W", "ignore", "-m", module, *arguments, str(out)], check=False, env=environment)
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    out.unlink()
    return found


def main() -> None:
    """Try everything and write the table."""
    arguments = command_line(__doc__ or "", quick=QUICK, full=FULL).parse_args()
    inputs, kills = arguments.effort
    cells = Cells(arguments.cache if arguments.effort == FULL else None)
    rows = []
    for border in BORDERS:
        found = cells.kept(
            ("trust", border, inputs),
            lambda border=border: figures("trust.fuzz", border, "--runs", str(inputs), "--out"),
        )
        told, bad = sum(found["errors"].values()), len(found["defects"])
        ends = [f"{found['slowest']:.1f}", f"{found['megabytes']:,.0f}"]
        rows.append([border, f"{found['inputs']:,}", f"{found['results']:,}", f"{told:,}", str(bad), *ends])
    faults = cells.kept(("trust", "faults", kills), lambda: figures("trust.faults", str(kills)))
    for kind, one in faults.items():
        rows.append([kind, str(one["trials"]), str(one["new"]), "", str(len(one["faults"])), "", ""])
    text = table(HEADER, rows) + (
        "\n\nResults of runs that are killed: how many left the new result; the others left the old one, or none. "
        "\nDefects found, since mended: kinds of endings that are neither a result nor an error of ours, folders that "
        "are not whole. " + machine()
    )
    print(text)
    write_section("bench_trust", text)


if __name__ == "__main__":
    main()
