"""What the whole flow makes of one question that is said in several ways: other names, another order, another currency.

Run: python benchmarks/bench_numbers.py (or --full). From a history to result.json, by structure alone: evolution draws
at random, and tests hold it within bands. The table goes to standard output and between the markers in README.md.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from cells import Cells, command_line, sources
from readme import machine, table, write_section

import moo_budget as mb
from moo_budget.simulate import random_world, simulate

N_CHANNELS, N_WEEKS = 4, 80
QUICK, FULL = (1,), (1, 2, 3)  # seeds of the worlds
HEADER = ("the same question", "cases", "money of plans, of the budget", "goals, relative", "curves, relative")


@dataclass(frozen=True)
class Way:
    """How the question is said.

    Args:
        says: for the table.
        order: of the channels, by place.
        names: old -> new.
        money: how often a unit of the old money goes into the new one; outcomes that are money too.
        shuffled: rows of the history stand in another order.
    """

    says: str
    order: tuple[int, ...] = tuple(range(N_CHANNELS))
    names: dict[str, str] = field(default_factory=dict)
    money: float = 1.0
    shuffled: bool = False


PLAIN = Way("as it is")
WAYS = (
    Way("said again"),
    Way("other names", names={"channel_1": "z", "channel_2": "b", "channel_3": "x", "channel_4": "a"}),
    Way("channels in another order", order=(2, 0, 3, 1)),
    Way("rows in another order", shuffled=True),
    Way("money x 1024", money=2.0**10),
    Way("money / 1024", money=2.0**-10),
    Way("money x 1000", money=1e3),
    Way("money / 1000", money=1e-3),
)


def written(way: Way, seed: int, folder: Path) -> Path:
    """The problem file of a world, said in this way, with its history beside it."""
    world = random_world(seed, n_channels=N_CHANNELS, per_channel=False, kind="easy")
    history = simulate(world, N_WEEKS, seed)
    money = [f"{name}_spend" for name in world.channels] + ["revenue"]
    history[money] *= way.money
    names = {name: way.names.get(name, name) for name in world.channels}
    history = history.rename(columns={f"{old}_spend": f"{new}_spend" for old, new in names.items()})
    if way.shuffled:
        history = history.sample(frac=1.0, random_state=seed)
    history.to_csv(folder / "history.csv", index=False)
    channels = [names[world.channels[place]] for place in way.order]
    first, second = (names[name] for name in world.channels[:2])
    path = folder / "problem.toml"
    path.write_text(
        f'schema_version = 1\ncurrency = "USD"\n[history]\nfile = "history.csv"\ndate = "week_start"\n'
        f'channels = {json.dumps(channels)}\nspend = "{{channel}}_spend"\n'
        '[outcomes.revenue]\ncolumn = "revenue"\nunit = "USD"\n'
        '[outcomes.awareness]\ncolumn = "impressions"\nunit = "impressions"\n'
        f"[plan]\nperiods = 13\nmoney_step = {0.25 * way.money!r}\n"
        f'[limits]\nchange = 0.5\nshare = 0.7\nrules = ["{first} + {second} <= 80% * total"]\n'
        '[search]\nseed = 1\nplans = 20\nalgorithm = "scalarised"\n',
        encoding="utf-8",
    )
    return path


def answer(way: Way, seed: int) -> dict[str, Any]:
    """What the flow makes of it, in the first money, with the first names and in the first order."""
    with tempfile.TemporaryDirectory() as place:
        result = mb.run(written(way, seed, Path(place)), Path(place) / "result")
    front, tables = result.front, result.problem.tables
    back = np.argsort(way.order)
    in_money = np.array([way.money if goal.unit == "USD" else 1.0 for goal in result.problem.goals])
    return {
        "money": (front.spend[:, back] / way.money).tolist(),
        "goals": (front.values.value / in_money).tolist(),
        "curves": (tables.mean_values[0, back] / way.money).tolist(),
        "budget": result.problem.budget.max / way.money,
    }


def apart(mine: dict[str, Any], theirs: dict[str, Any]) -> list[float]:
    """Largest difference of the plans' money, of goals and of curves; infinite where a front has other plans."""
    found = []
    for key in ("money", "goals", "curves"):
        one, other = np.array(mine[key]), np.array(theirs[key])
        size = mine["budget"] if key == "money" else np.abs(one).max(axis=0)
        same = one.shape == other.shape
        found.append(float((np.abs(one - other) / np.maximum(size, 1e-300)).max()) if same else np.inf)
    return found


def main() -> None:
    """Ask in every way and write the table."""
    arguments = command_line(__doc__ or "", quick=QUICK, full=FULL).parse_args()
    cells = Cells(arguments.cache if arguments.effort == FULL else None)
    stamp, seeds = sources(Path(__file__).name), arguments.effort
    answers = {
        (way.says, seed): cells.kept(("numbers", stamp, way.says, seed), lambda way=way, seed=seed: answer(way, seed))
        for way in (PLAIN, *WAYS)
        for seed in seeds
    }
    rows = []
    for way in WAYS:
        worst = np.max([apart(answers[PLAIN.says, seed], answers[way.says, seed]) for seed in seeds], axis=0)
        rows.append([way.says, str(len(seeds)), *["0" if value == 0.0 else f"{value:.0e}" for value in worst]])
    text = table(HEADER, rows) + (
        f"\n\nWorst deviation over {len(seeds)} world(s) of {N_CHANNELS} channels and {N_WEEKS} weeks; 0: bit for bit. "
        "A factor of 1000 rounds the data anew, and steps end where they no longer gain. " + machine()
    )
    print(text)
    write_section("bench_numbers", text)


if __name__ == "__main__":
    main()
