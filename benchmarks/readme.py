"""Tables in README.md: each program writes its own, between two markers that carry its name."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent


def write_section(name: str, text: str) -> None:
    """Replace what stands between the markers of `name` in README.md.

    Raises:
        SystemExit: a marker is missing, or the end stands before the beginning.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    readme = ROOT / "README.md"
    old = readme.read_text(encoding="utf-8")
    before, found, rest = old.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise SystemExit(f"README.md has no place for this table: put the lines {begin} and {end} where it belongs")
    readme.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine(packages: Iterable[str] = ()) -> str:
    """The hardware and the versions that figures belong to, as a sentence."""
    versions = [f"{package} {metadata.version(package)}" for package in packages]
    parts = [f"{os.cpu_count()} cores", platform.machine(), f"Python {platform.python_version()}", *versions]
    return ", ".join(parts) + "."


def spread(values: Sequence[float], form: str = ".2f") -> str:
    """Median, and the range where there is one: "0.31 (0.29 to 0.35)"."""
    middle, low, high = (format(value, form) for value in (statistics.median(values), min(values), max(values)))
    return middle if low == high else f"{middle} ({low} to {high})"
