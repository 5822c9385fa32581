"""A world as a folder that the program can be run on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from moo_budget.simulate.world import HISTORY_FILE, World, simulate


def write_world(world: World, folder: str | Path, n_periods: int, seed: int, **changes: Any) -> Path:
    """Write ``history.csv``, ``problem.toml`` and ``truth.json`` of a world.

    Args:
        world: whose history is simulated.
        folder: made where it does not exist.
        n_periods: weeks of the history.
        seed: of the history.
        changes: as in `World.problem`.

    Returns:
        The path of the problem file.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    simulate(world, n_periods, seed).to_csv(folder / HISTORY_FILE, index=False, lineterminator="\n")
    (folder / "truth.json").write_text(json.dumps(world.truth(), indent=1) + "\n", encoding="utf-8")
    path = folder / "problem.toml"
    path.write_text("\n".join(_lines(world.problem(**changes))) + "\n", encoding="utf-8")
    return path


def _lines(problem: Mapping[str, Any]) -> Iterator[str]:
    """TOML: plain values, then the tables, what is nested in these on one line."""
    yield from (f"{key} = {_value(value)}" for key, value in problem.items() if not isinstance(value, Mapping))
    for name, table in problem.items():
        if isinstance(table, Mapping):
            yield f"\n[{_value(name)}]"
            yield from (f"{_value(key)} = {_value(value)}" for key, value in table.items())


def _value(value: Any) -> str:
    """TOML writes strings, numbers, truth values and lists as JSON does."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_value(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
