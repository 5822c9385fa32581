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
from trust.faults import kinds
from trust.inputs import BORDERS

QUICK, FULL = (100, 12), (1700, 200)  # inputs of each border, runs that are killed
INPUTS = ("bad input", "tried", "got deep", "results", "errors of ours", "defects", "slowest, s", "memory, MB")
ATTACKS = ("file made to do harm", "ended in", "processor, s", "memory more, MB")
FAULTS = ("what was done", "tried", "as it was before", "of these put back", "the new is there", "defects")
MEANS = (
    "Got deep: ended in a result, or in an error from beyond syntax, keys and headers. Results were checked: totals "
    "to the cent, limits kept, goals finite. Slowest (of processor) and memory are of one process a row, with atheris. "
    "As it was before: the old result, or none where there was none; put back: by whoever read it next. Of four "
    "signals one comes at any time, one at any step of writing, one at a step of the exchange, and one in its gap, "
    "where the old result is aside and the new one not yet in its place: only SIGKILL ends a program there, the others "
    "are passed over. Whole programs get theirs from the moment that they hear any. Defects: kinds of "
    "endings that are neither a result nor an error of ours, answers that do not hold, files outside the result "
    "folder, folders that are not whole, words and exit codes that are not true. "
)


def figures(module: str, *arguments: str) -> dict[str, Any]:
    """What a program of `trust` writes, in a process of its own; its last argument is the file."""
    out = Path(os.environ.get("TMPDIR", "/tmp")) / f"trust-{os.getpid()}.json"
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'benchmarks'}"}
    subprocess.run([sys.executable, "-W", "ignore", "-m", module, *arguments, str(out)], check=False, env=environment)
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    out.unlink()
    return found


def bad_input(cells: Cells, inputs: int) -> list[list[str]]:
    """Rows of the first table, a border each, and their sum."""
    counts = ("inputs", "deep", "results")
    rows, sums = [], dict.fromkeys((*counts, "told", "bad"), 0)
    for border in BORDERS:
        found = cells.kept(
            ("trust", border, inputs, 2),
            lambda border=border: figures("trust.fuzz", border, "--runs", str(inputs), "--out"),
        )
        died = found["inputs"] < inputs  # the whole process ended before its time
        bad = len(found["defects"]) + bool(found["outside"]) + died
        found |= {"told": sum(found["errors"].values()), "bad": bad}
        rows.append([border, *_counted(found), f"{found['slowest']:.1f}", f"{found['megabytes']:,.0f}"])
        sums = {name: sums[name] + found[name] for name in sums}
    return [*rows, ["all", *_counted(sums), "", ""]]


def _counted(found: dict[str, Any]) -> list[str]:
    deep = f"{found['deep'] / max(1, found['inputs']):.0%}"
    return [f"{found['inputs']:,}", deep, f"{found['results']:,}", f"{found['told']:,}", str(found["bad"])]


def attacks(cells: Cells) -> list[list[str]]:
    """Rows of the table of files that were made to do harm."""
    found = cells.kept(("trust", "attacks"), lambda: figures("trust.attacks"))
    return [[name, one["end"], f"{one['seconds']:.1f}", f"{one['megabytes']:,.0f}"] for name, one in found.items()]


def faults(cells: Cells, kills: int) -> list[list[str]]:
    """Rows of the second table."""
    rows = []
    for kind in kinds(kills):
        found = cells.kept(("trust", kind, kills), lambda kind=kind: figures("trust.faults", str(kills), kind))
        counts = [str(found[name]) for name in ("trials", "old", "put_back", "new")]
        rows.append([kind, *counts, str(len(found["faults"]))])
    return rows


def main() -> None:
    """Try everything and write the table."""
    arguments = command_line(__doc__ or "", quick=QUICK, full=FULL).parse_args()
    inputs, kills = arguments.effort
    cells = Cells(arguments.cache if arguments.effort == FULL else None)
    tables = [
        table(INPUTS, bad_input(cells, inputs)),
        table(ATTACKS, attacks(cells)),
        table(FAULTS, faults(cells, kills)),
    ]
    text = "\n\n".join([*tables, MEANS + machine()])
    print(text)
    write_section("bench_trust", text)


if __name__ == "__main__":
    main()
