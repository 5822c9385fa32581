"""What the program carries: thousands of channels, thousands of calls, several runs and many visitors at a time.

Run: python benchmarks/bench_load.py (or --full: 2,000 channels x 520 periods, most of an hour of one core). Each part
runs in a process of its own, of which the system says processor seconds and the peak of memory; its figures are kept in
the cache folder, so that a stopped run goes on. The table goes to standard output and between the markers in README.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cells import Cells, command_line, sources
from readme import ROOT, machine, table, write_section

HEADER = ("what", "size", "processor, s", "peak memory, MB", "verdict")
PROGRAMS = tuple(f"load/{name}.py" for name in ("worlds", "flow", "small", "often", "together", "visitors"))
MOST_MEMORY = 4096  # MB, of the largest flow
STEADY = 25.0  # MB that may be added between the first tenth of the calls and the last


@dataclass(frozen=True)
class Effort:
    """How large every part is.

    Args:
        flow: channels and periods, outcomes measured channel by channel.
        joint: channels and periods, one total.
        often: calls of solve, of evaluate, of the report.
        together: runs at a time.
        visitors: requests at a time, and how many times.
    """

    flow: tuple[int, int]
    joint: tuple[int, int]
    often: tuple[int, int, int]
    together: int
    visitors: tuple[int, int]


QUICK = Effort((40, 104), (30, 104), (50, 50, 10), 2, (10, 4))
FULL = Effort((2000, 520), (300, 156), (1000, 1000, 100), 8, (50, 10))


def figures(module: str, *arguments: object) -> dict[str, Any]:
    """What a program of `load` writes, with `seconds` of its processor and `megabytes` at its peak, children included.

    One that fails has `failed`, how it ended, in place of what it writes.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "found.json"
        environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'benchmarks'}"}
        command = [sys.executable, "-W", "ignore", "-m", f"load.{module}", *map(str, arguments), str(out)]
        process = subprocess.Popen(command, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        found = json.loads(out.read_text(encoding="utf-8")) if code == 0 else {"failed": code}
    return found | {"seconds": usage.ru_utime + usage.ru_stime, "megabytes": usage.ru_maxrss / 1024}


def rows_of_flow(what: str, size: tuple[int, int], found: dict[str, Any]) -> Iterator[list[str]]:
    """The whole, then every step."""
    n_channels, n_periods = size
    verdict = failed(found) or f"{found['plans']} plans; report {found['report'] / 1e6:.1f} MB"
    within = "" if found["megabytes"] <= MOST_MEMORY else f"; over {MOST_MEMORY:,} MB"
    yield row(what, f"{n_channels:,} channels x {n_periods} periods", found, verdict + within)
    for step, (seconds, peak) in found.get("steps", {}).items():
        if step != "start":
            yield ["", step, f"{seconds:,.1f}", f"{peak:,.0f} so far", ""]


def rows_of_often(found: dict[str, Any], often: tuple[int, int, int]) -> Iterator[list[str]]:
    """A row for each kind of call."""
    for kind, times in zip(("solve", "evaluate", "report"), often, strict=True):
        if failed(found):
            yield row(f"{kind} again and again", f"{times:,} calls in one process", found, failed(found))
            continue
        before, after = found[kind]
        verdict = "steady" if after - before <= STEADY else "grows"
        grown = f"{verdict}: {before:,.0f} MB after a tenth of them, {after:,.0f} MB in the end"
        yield row(f"{kind} again and again", f"{times:,} calls in one process", found, grown)


def row_of_together(found: dict[str, Any], n: int) -> list[str]:
    told = failed(found) or "same bits: " + ", ".join(
        f"{how} {found['same'][how]} of {asked}" for how, asked in found["asked"].items()
    )
    return row("the same search at a time", f"{n} runs each way", found, told)


def row_of_visitors(found: dict[str, Any], at_a_time: int) -> list[str]:
    if failed(found):
        return row("the explorer", f"{at_a_time} requests at a time", found, failed(found))
    sent, kept = found["logged"]
    measured = "right" if found["evaluated"] else "wrong"
    told = (
        f"{len(found['wrong'])} wrong answers, plan measured {measured}; log {kept} of {sent} lines; "
        f"median {found['median']:.2f} s, worst {found['worst']:.1f} s; {found['memory'][0]:,.0f} MB, "
        f"then {found['memory'][-1]:,.0f}; exit {found['code']}"
    )
    return row("the explorer", f"{found['requests']} requests, {at_a_time} at a time", found, told)


def failed(found: dict[str, Any]) -> str:
    """How a part ended that did not write its figures; empty: it did."""
    return f"failed: exit {found['failed']}" if "failed" in found else ""


def row(what: str, size: str, found: dict[str, Any], verdict: str) -> list[str]:
    return [what, size, f"{found['seconds']:,.0f}", f"{found['megabytes']:,.0f}", verdict]


def measured(effort: Effort, cells: Cells) -> Iterator[list[str]]:
    """All rows."""
    made_by = sources(*PROGRAMS)

    def part(module: str, *arguments: object) -> dict[str, Any]:
        found: dict[str, Any] = cells.kept((module, arguments, made_by), lambda: figures(module, *arguments))
        return found

    yield row_of_visitors(part("visitors", *effort.visitors), effort.visitors[0])
    yield row_of_together(part("together", effort.together), effort.together)
    yield from rows_of_often(part("often", *effort.often), effort.often)
    joint = part("flow", *effort.joint, "--total")
    yield from rows_of_flow("one total, all channels learned together", effort.joint, joint)
    yield from rows_of_flow("outcomes per channel", effort.flow, part("flow", *effort.flow))


def main() -> None:
    """Measure everything and write the table."""
    arguments = command_line(__doc__ or "", quick=QUICK, full=FULL).parse_args()
    cells = Cells(arguments.cache if arguments.effort == FULL else None)
    text = table(HEADER, measured(arguments.effort, cells)) + (
        "\n\nProcessor seconds of a process with its children, compilation in the first; peak memory of the largest "
        f"process of a part. Latencies are wall time on a machine that does other work. {machine(['numba'])}"
    )
    print(text)
    write_section("bench_load", text)


if __name__ == "__main__":
    main()
