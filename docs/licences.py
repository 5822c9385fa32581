"""The licences of everything that the program runs on, is built, tested and compared with: writes docs/licences.md.

Run where all extras are installed: python docs/licences.py.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "licences.md"
# Of packages whose metadata do not say it in a line: what stands in their LICENSE.
READ = {
    "atheris": "Apache-2.0",
    "axe-playwright-python": "MIT, with axe-core: MPL-2.0",
    "graphemeu": "MIT",
    "platypus-opt": "GPL-3.0",
}
HEAD = """\
# Licences

What `moo_budget` (Apache-2.0, [text](LICENSE)) runs on, and what its extras bring, with the licences that their own
metadata state. None of it is copied into the repository or the wheel: report and explorer load no script but our own.
Of what the program itself wants, `moocore` is under the LGPL: it is imported as it is. Packages that only Windows or
macOS want are missing. Written by `python docs/licences.py`; `tests/test_supply.py` compares it with what is installed.

| package | licence | wanted by |
| --- | --- | --- |
"""


def wanted() -> dict[str, list[str]]:
    """Every package -> `the program` and the extras that want it, also where they do so by way of another one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, list[str]] = {}
    for group, texts in {"the program": project["dependencies"], **project["optional-dependencies"]}.items():
        for name in closure(map(Requirement, texts)):
            found.setdefault(name, []).append(group)
    return found


def closure(requirements: Iterable[Requirement]) -> set[str]:
    """The canonical names of these packages and of all that they want here."""
    seen: set[str] = set()
    waiting = list(requirements)
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name not in seen:
            seen.add(name)
            waiting += _further(requirement)
    return seen


def _further(requirement: Requirement) -> Iterator[Requirement]:
    extras = requirement.extras or {""}
    for further in map(Requirement, requires(requirement.name)):
        if further.marker is None or any(further.marker.evaluate({"extra": extra}) for extra in extras):
            yield further


def requires(name: str) -> list[str]:
    """What a package wants; nothing where it is not installed."""
    try:
        return distribution(name).requires or []
    except PackageNotFoundError:
        return []


def licence(package: Distribution) -> str:
    """The SPDX expression of a package's metadata, or else its classifiers, or else the line that it gives."""
    told = package.metadata
    if read := READ.get(canonicalize_name(package.name)):
        return read
    if expression := told.get("License-Expression"):
        return expression
    classified = [text.split(" :: ")[-1] for text in told.get_all("Classifier", []) if text.startswith("License ::")]
    named = [text for text in classified if text != "OSI Approved"]
    return ", ".join(named) or told.get("License", "not stated")


def main() -> None:
    """Write the page."""
    rows = [f"| {name} | {licence(distribution(name))} | {', '.join(groups)} |" for name, groups in wanted().items()]
    PAGE.write_text(HEAD + "\n".join(sorted(rows)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
