"""What the program carries: thousands of channels, thousands of calls, several runs and many visitors at a time.

Run: python benchmarks/bench_load.py (or --full: 2,000 channels x 520 periods, hours of one core; --only measures some
parts anew, --measured tells what was measured before). Each part runs in a process of its own, of which the system says
processor seconds and the peak of memory; the figures of --full are kept in the cache folder with the commit that they
are of, so that parts can be measured one by one. The table goes to standard output, and that of all parts between the
markers in README.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cells import Cells, command_line
from readme import ROOT, machine, table, write_section

HEADER = ("what", "size", "processor, s", "peak memory, MB", "verdict")
MOST_MEMORY = 4096  # MB, of the largest flow
STEADY = 25.0  # MB that may be added between the first tenth of the calls and the last


@dataclass(frozen=True)
class Effort:
    """How large every part is.

    Args:
        flows: channels and periods, outcomes measured channel by channel.
        joint: channels and periods, one total.
        often: calls of solve, of evaluate, of the report.
        together: runs at a time.
        visitors: requests at a time, and how many times.
    """

    flows: tuple[tuple[int, int], ...]
    joint: tuple[int, int]
    often: tuple[int, int, int]
    together: int
    visitors: tuple[int, int]


QUICK = Effort(((40, 104),), (30, 104), (50, 50, 10), 2, (10, 4))
FULL = Effort(((200, 520), (2000, 520)), (300, 156), (1000, 1000, 100), 8, (50, 10))


@dataclass(frozen=True)
class Part:
    """What is measured by itself: a program of `load`, what it is told, and the rows that its figures make."""

    module: str
    arguments: tuple[object, ...]
    rows: Callable[[dict[str, Any]], Iterator[list[str]]]


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


def rows_of_often(often: tuple[int, int, int], found: dict[str, Any]) -> Iterator[list[str]]:
    """A row for each kind of call."""
    for kind, times in zip(("solve", "evaluate", "report"), often, strict=True):
        if failed(found):
            yield row(f"{kind} again and again", f"{times:,} calls in one process", found, failed(found))
            continue
        before, after = found[kind]
        verdict = "steady" if after - before <= STEADY else "grows"
        grown = f"{verdict}: {before:,.0f} MB after a tenth of them, {after:,.0f} MB in the end"
        yield row(f"{kind} again and again", f"{times:,} calls in one process", found, grown)


def rows_of_together(n: int, found: dict[str, Any]) -> Iterator[list[str]]:
    """One row."""
    told = failed(found) or "same bits: " + ", ".join(
        f"{how} {found['same'][how]} of {asked}" for how, asked in found["asked"].items()
    )
    yield row("the same search at a time", f"{n} runs each way", found, told)


def rows_of_visitors(at_a_time: int, found: dict[str, Any]) -> Iterator[list[str]]:
    """One row."""
    if failed(found):
        yield row("the explorer", f"{at_a_time} requests at a time", found, failed(found))
        return
    sent, kept = found["logged"]
    measured = "right" if found["evaluated"] else "wrong"
    told = (
        f"{len(found['wrong'])} wrong answers, plan measured {measured}; log {kept} of {sent} lines; "
        f"median {found['median']:.2f} s, worst {found['worst']:.1f} s; {found['memory'][0]:,.0f} MB, "
        f"then {found['memory'][-1]:,.0f}; exit {found['code']}"
    )
    yield row("the explorer", f"{found['requests']} requests, {at_a_time} at a time", found, told)


def failed(found: dict[str, Any]) -> str:
    """How a part ended that did not write its figures; empty: it did."""
    return f"failed: exit {found['failed']}" if "failed" in found else ""


def row(what: str, size: str, found: dict[str, Any], verdict: str) -> list[str]:
    return [what, size, f"{found['seconds']:,.0f}", f"{found['megabytes']:,.0f}", verdict]


def parts_of(effort: Effort) -> dict[str, Part]:
    """By name, as `--only` takes it."""
    told = "one total, all channels learned together"
    flows = {
        f"flow-{size[0]}": Part("flow", size, partial(rows_of_flow, "outcomes per channel", size))
        for size in effort.flows
    }
    return {
        "visitors": Part("visitors", effort.visitors, partial(rows_of_visitors, effort.visitors[0])),
        "together": Part("together", (effort.together,), partial(rows_of_together, effort.together)),
        "often": Part("often", effort.often, partial(rows_of_often, effort.often)),
        "joint": Part("flow", (*effort.joint, "--total"), partial(rows_of_flow, told, effort.joint)),
        **flows,
    }


def commit() -> str:
    """The short name of the tree's commit."""
    command = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def measured(part: Part, cells: Cells, *, anew: bool) -> dict[str, Any]:
    """The figures of a part, and the commit `at` which it was measured."""
    found: dict[str, Any] = cells.kept(
        (part.module, part.arguments), lambda: figures(part.module, *part.arguments) | {"at": commit()}, anew=anew
    )
    return found


def main() -> None:
    """Measure what is asked for and write the table."""
    parser = command_line(__doc__ or "", quick=QUICK, full=FULL)
    parser.add_argument("--only", nargs="+", metavar="PART", help="measure these anew and write no README")
    parser.add_argument("--measured", action="store_true", help="tell what the cache folder has, and measure nothing")
    arguments = parser.parse_args()
    parts, cells = parts_of(arguments.effort), Cells(arguments.cache if arguments.effort == FULL else None)
    unknown = sorted(set(arguments.only or ()) - set(parts))
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}; known: {', '.join(parts)}")
    known = [part for part in parts.values() if cells.has((part.module, part.arguments))]
    asked = [parts[name] for name in arguments.only or ()] or (known if arguments.measured else list(parts.values()))
    found = [(part, measured(part, cells, anew=bool(arguments.only))) for part in asked]
    missing = [name for name, part in parts.items() if part not in asked]
    text = table(HEADER, [line for part, figures in found for line in part.rows(figures)]) + (
        "\n\nProcessor seconds of a process with its children, compilation in the first; peak memory of the largest "
        "process of a part. Latencies are wall time on a machine that does other work. Measured at "
        f"{', '.join(sorted({figures['at'] for _, figures in found}))}"
        f"{'; not measured: ' + ', '.join(missing) if missing else ''}. {machine(['numba'])}"
    )
    print(text)
    if not arguments.only:
        write_section("bench_load", text)


if __name__ == "__main__":
    main()
