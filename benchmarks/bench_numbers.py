"""What the whole flow makes of one question that is said in several ways: other names, another order, another currency.

Run: python benchmarks/bench_numbers.py (or --full, with a real table). From a history with views, tags, rules and a
channel that is on or off to the front and its certificate: by structure alone, which is exact, and by evolution, which
draws at random and is held against what other seeds of the search bring. Then one question in several processes. The
table goes to standard output and between the markers in README.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from cells import Cells, command_line, sources
from readme import ROOT, machine, table, write_section

import moo_budget as mb
from moo_budget.indicators import epsilon_additive, hypervolume, igd_plus, reference_point
from moo_budget.learning import learn, problem_of
from moo_budget.simulate import random_world, simulate

N_CHANNELS, N_WEEKS = 4, 80
ROBYN = "robyn"  # the real table
QUICK, FULL = (1,), (1, 2, ROBYN)  # seeds of the worlds
SEARCHES = tuple(range(1, 11))  # seeds of the evolution
EVALUATIONS = 4000
HEADER = (
    "the same question",
    "cases",
    "money of plans, of the budget",
    "goals, relative",
    "curves, relative",
    "certificate, relative",
    "hypervolume of the front, relative",
    "NSGA-II: hypervolume, of the best known",
    "IGD+",
    "epsilon",
    "medians outside the range of other seeds",
)
PROCESSES = (
    {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    {"PYTHONHASHSEED": "77", "OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "4", "TZ": "Asia/Tokyo"},
    {"PYTHONHASHSEED": "random", "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "NUMBA_NUM_THREADS": "2"},
)


@dataclass(frozen=True)
class Way:
    """How the question is said.

    Args:
        says: for the table.
        turned: everything that has an order stands the other way round.
        renamed: channels have other names, in another alphabetical order.
        money: how often a unit of the old money goes into the new one; outcomes that are money too.
        shuffled: rows of the history stand in another order.
        later: days by which all dates are moved.
        season: `[fit] seasonality`.
    """

    says: str
    turned: bool = False
    renamed: bool = False
    money: float = 1.0
    shuffled: bool = False
    later: int = 0
    season: str = "auto"


PLAIN, SEASONLESS = Way("as it is"), Way("without seasons", season="none")
WAYS = (
    Way("said again"),
    Way("other names", renamed=True),
    Way("everything in another order", turned=True),
    Way("rows in another order", shuffled=True),
    Way("money x 1024", money=2.0**10),
    Way("money / 1024", money=2.0**-10),
    Way("money x 1000", money=1e3),
    Way("money / 1000", money=1e-3),
    Way("dates 364 days later", later=364),
    Way("dates 700 days later, without seasons", later=700, season="none"),
)


@dataclass(frozen=True)
class Question:
    """A history and what its columns mean.

    Args:
        history: a row a period.
        date: the column of dates.
        channels: names, as in the columns of their money.
        spend: the pattern of these columns.
        outcomes: name -> column and unit; USD is money.
        others: settings of [history] that are lists of columns.
    """

    history: pd.DataFrame
    date: str
    channels: list[str]
    spend: str
    outcomes: dict[str, tuple[str, str]]
    others: dict[str, list[str]]


def question(world: int | str) -> Question:
    """A world with known truth, or the real table."""
    if world == ROBYN:
        return Question(
            pd.read_csv(data() / "robyn_dt_simulated_weekly.csv"),
            date="DATE",
            channels=["tv", "ooh", "print", "facebook", "search"],
            spend="{channel}_S",
            outcomes={"revenue": ("revenue", "USD")},
            others={"controls": ["competitor_sales_B"], "organic": ["newsletter"]},
        )
    made = random_world(int(world), n_channels=N_CHANNELS, per_channel=False, kind="easy")
    return Question(
        simulate(made, N_WEEKS, int(world)),
        date="week_start",
        channels=list(made.channels),
        spend="{channel}_spend",
        outcomes={"revenue": ("revenue", "USD"), "awareness": ("impressions", "impressions")},
        others={},
    )


def data() -> Path:
    """Where the real tables stand."""
    return Path(os.environ.get("MOO_BUDGET_DATA", ROOT.parent / "shared" / "data"))


def names_of(way: Way, asked: Question) -> dict[str, str]:
    """Channel -> what it is called in this way."""
    return {name: f"{'zbxamk'[place]}_{place}" if way.renamed else name for place, name in enumerate(asked.channels)}


def restated(way: Way, asked: Question, names: dict[str, str]) -> pd.DataFrame:
    """The history said in this way."""
    history = asked.history.copy()
    money = [asked.spend.format(channel=name) for name in asked.channels]
    money += [column for column, unit in asked.outcomes.values() if unit == "USD"]
    history[money] = history[money] * way.money
    history[asked.date] = (pd.to_datetime(history[asked.date]) + pd.Timedelta(days=way.later)).dt.date
    columns = {asked.spend.format(channel=old): asked.spend.format(channel=new) for old, new in names.items()}
    history = history.rename(columns=columns)
    return history.sample(frac=1.0, random_state=1) if way.shuffled else history


def written(way: Way, world: int | str, folder: Path) -> Path:
    """The problem file of a world, said in this way, with its history beside it."""
    asked = question(world)
    names = names_of(way, asked)
    restated(way, asked, names).to_csv(folder / "history.csv", index=False)
    turn = -1 if way.turned else 1
    first, second, third, fourth = (names[name] for name in asked.channels[:4])
    channels = json.dumps([names[name] for name in asked.channels[::turn]])
    used_up = f"{{ {first} = {0.02 / way.money!r}, {third} = {0.01 / way.money!r} }}"
    rules = [f"{first} + {second} <= 80% * total", f"pair >= 0.5 * {first}"]
    beliefs = [f"roi({first}) == 1.2 * roi({second}) @ 50%", f"roi({third}) == 0.9 * roi(pair) @ 30%"]
    others = "".join(f"{key} = {json.dumps(columns[::turn])}\n" for key, columns in asked.others.items())
    outcomes = [
        f"[outcomes.{name}]\ncolumn = {json.dumps(column)}\nunit = {json.dumps(unit)}\n"
        for name, (column, unit) in asked.outcomes.items()
    ]
    goals = [
        'revenue = { outcome = "revenue", measure = "total" }\n',
        *(f'{name} = {{ outcome = "{name}", measure = "total" }}\n' for name in list(asked.outcomes)[1:]),
        'risk = { outcome = "revenue", measure = "std" }\n',
    ]
    path = folder / "problem.toml"
    path.write_text(
        f'schema_version = 1\ncurrency = "USD"\n[history]\nfile = "history.csv"\ndate = "{asked.date}"\n'
        f"channels = {channels}\nspend = {json.dumps(asked.spend)}\n"
        f"{others}{''.join(outcomes[::turn])}[goals]\n{''.join(goals)}"
        f"[plan]\nperiods = 13\nmoney_step = {0.25 * way.money!r}\n"
        f"[tags]\npair = {json.dumps([second, fourth][::turn])}\n"
        f"[views]\nbeliefs = {json.dumps(beliefs[::turn])}\n"
        f"[limits]\nchange = 0.5\nshare = 0.7\nrules = {json.dumps(rules[::turn])}\n"
        f"[limits.resource.co2]\nper_money = {used_up}\nmax = 1e9\n"
        f'[fit]\ndraws = 100\nseasonality = "{way.season}"\n'
        '[search]\nseed = 1\nplans = 20\nalgorithm = "scalarised"\n',
        encoding="utf-8",
    )
    return path


def answer(way: Way, world: int | str) -> dict[str, Any]:
    """What the flow makes of it, in the first money, with the first names and in the first order."""
    with tempfile.TemporaryDirectory() as place:
        spec = mb.read_problem(written(way, world, Path(place)))
        problem = problem_of(spec, learn(spec, seed=1))
    front = mb.solve(problem, "scalarised", n_plans=20, seed=1)
    bound = mb.certify(problem, front, n_weights=20)
    asked = question(world)
    names = names_of(way, asked)
    back = [problem.channels.index(names[name]) for name in asked.channels]
    in_money = np.array([way.money if goal.unit == "USD" else 1.0 for goal in problem.goals])
    evolved = [mb.solve(problem, "nsga2", n_plans=40, n_evaluations=EVALUATIONS, seed=seed) for seed in SEARCHES]
    outcome = problem.tables.outcomes.index("revenue")
    return {
        "money": (front.spend[:, back] / way.money).tolist(),
        "goals": (front.values.value / in_money).tolist(),
        "curves": (problem.tables.mean_values[outcome, back] / way.money).tolist(),
        "certificate": [bound.solve_gap, bound.front_gap, bound.coverage_gap],
        "budget": problem.budget.max / way.money,
        "evolved": [problem.to_minimise(one.values.value / in_money).tolist() for one in evolved],
    }


def apart(mine: dict[str, Any], theirs: dict[str, Any]) -> list[float]:
    """Largest difference of the plans' money, goals, curves and certificate; infinite where a front has other plans."""
    found = []
    for key in ("money", "goals", "curves", "certificate"):
        one, other = np.array(mine[key]), np.array(theirs[key])
        size = mine["budget"] if key == "money" else np.abs(one).max(axis=0)
        same = one.shape == other.shape
        found.append(float((np.abs(one - other) / np.maximum(size, 1e-300)).max()) if same else np.inf)
    return found


def volume_apart(mine: dict[str, Any], theirs: dict[str, Any]) -> float:
    """By how much the hypervolume of the fronts by structure differs; all goals but the last, risk, are to be high."""
    fronts = [np.array(found["goals"]) * ([-1.0] * (len(found["goals"][0]) - 1) + [1.0]) for found in (mine, theirs)]
    corner = reference_point(np.vstack(fronts))
    one, other = (hypervolume(front, corner) for front in fronts)
    return abs(one - other) / one


def measured(evolved: dict[str, list[np.ndarray]]) -> dict[str, np.ndarray]:
    """Way -> hypervolume (of all fronts' together), IGD+ and epsilon against the best of all, (n_searches, 3)."""
    together = np.vstack([front for fronts in evolved.values() for front in fronts])
    beaten = [((together <= row).all(axis=1) & (together < row).any(axis=1)).any() for row in together]
    best = together[~np.array(beaten)]
    corner = reference_point(best)
    whole = hypervolume(best, corner)
    return {
        says: np.array(
            [[hypervolume(one, corner) / whole, igd_plus(one, best), epsilon_additive(one, best)] for one in fronts]
        )
        for says, fronts in evolved.items()
    }


def processes_agree(folder: Path) -> list[str]:
    """The files of a solve (views, calendar, evolution) and of a sweep that differ between processes."""
    path = written(PLAIN, 1, folder)
    text = path.read_text(encoding="utf-8").replace("periods = 13\n", "periods = 13\ncalendar = true\n")
    path.write_text(
        text.replace('algorithm = "scalarised"', 'algorithm = "nsga2"\nevaluations = 4000'), encoding="utf-8"
    )
    found: list[dict[str, Any]] = []
    for place, settings in enumerate(PROCESSES):
        out = folder / str(place)
        for verb in (["solve"], ["sweep", "--points", "3"]):
            command = [sys.executable, "-m", "moo_budget.cli", *verb, str(path), "--out", str(out / verb[0]), "--quiet"]
            subprocess.run(command, check=True, env=os.environ | settings, capture_output=True)
        found.append({str(file.relative_to(out)): _told(file) for file in sorted(out.rglob("*.json"))})
    return [name for name, told in found[0].items() if any(other.get(name) != told for other in found[1:])]


def _told(file: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return {key: value for key, value in told.items() if key != "created"}


def differing_files() -> list[str]:
    """`processes_agree` in a folder that goes."""
    with tempfile.TemporaryDirectory() as place:
        return processes_agree(Path(place))


def outside(evolved: np.ndarray, others: np.ndarray) -> float:
    """The most by which a median (n_searches, 3) lies outside the range of other seeds; 0: within it."""
    middle = np.median(evolved, axis=0)
    return float(np.maximum(np.maximum(others.min(axis=0) - middle, middle - others.max(axis=0)), 0.0).max())


def lines(
    worlds: list[int | str], answers: dict[tuple[str, int | str], dict[str, Any]], quality: list[dict[str, np.ndarray]]
) -> list[list[str]]:
    """The rows of the table: worst over worlds."""
    found = [[PLAIN.says, str(len(worlds)), *["-"] * 5, *ranges(quality, PLAIN.says), "-"]]
    for way in WAYS:
        base = SEASONLESS if way.season == "none" else PLAIN
        pairs = [(answers[base.says, world], answers[way.says, world]) for world in worlds]
        worst = np.max([[*apart(*pair), volume_apart(*pair)] for pair in pairs], axis=0)
        line = [way.says, str(len(worlds)), *["0" if value == 0.0 else f"{value:.0e}" for value in worst]]
        if way.season == "none":
            found.append([*line, *["-"] * 4])
        else:
            beside = max(outside(one[way.says], one[PLAIN.says]) for one in quality)
            found.append([*line, *ranges(quality, way.says), "0" if beside == 0.0 else f"{beside:.4f}"])
    return found


def ranges(quality: list[dict[str, np.ndarray]], says: str) -> list[str]:
    """Lowest and highest of each indicator over worlds and searches."""
    every = np.vstack([one[says] for one in quality])
    return [f"{low:.4f} to {high:.4f}" for low, high in zip(every.min(axis=0), every.max(axis=0), strict=True)]


def main() -> None:
    """Ask in every way and write the table."""
    arguments = command_line(__doc__ or "", quick=QUICK, full=FULL).parse_args()
    cells = Cells(arguments.cache if arguments.effort == FULL else None)
    stamp = sources(Path(__file__).name)
    worlds = [
        world for world in arguments.effort if world != ROBYN or (data() / "robyn_dt_simulated_weekly.csv").exists()
    ]
    answers = {
        (way.says, world): cells.kept(("numbers", stamp, way, world), lambda way=way, world=world: answer(way, world))
        for world in worlds
        for way in (PLAIN, SEASONLESS, *WAYS)
    }
    quality = [
        measured(
            {
                way.says: [np.array(front) for front in answers[way.says, world]["evolved"]]
                for way in (PLAIN, *WAYS)
                if way.season == "auto"
            }
        )
        for world in worlds
    ]
    differing = cells.kept(("processes", stamp), differing_files)
    told = "none differs" if not differing else f"{', '.join(differing)} differ"
    text = table(HEADER, lines(worlds, answers, quality)) + (
        f"\n\nWorst over {len(worlds)} histories: worlds of {N_CHANNELS} channels and {N_WEEKS} weeks"
        f"{', and Robyn of 5 channels and 208 weeks' if ROBYN in worlds else ''}, all with views, a tag, rules and a "
        "resource; 0: bit for bit. A factor of 1000, and a season after 364 days, round anew. Plans are compared "
        "row by row: where plans are nearly equal the last bit decides which of them a front of 20 keeps, and the "
        "hypervolume tells what that is worth. "
        f"NSGA-II: {len(SEARCHES)} seeds of {EVALUATIONS} evaluations each. "
        f"In {len(PROCESSES)} processes (1, 2 and 4 threads, three hash seeds, another time zone) one question with "
        f"views, calendar and NSGA-II was solved and swept: of result.json and sweep.json {told} but in `created`. "
        + machine()
    )
    print(text)
    write_section("bench_numbers", text)


if __name__ == "__main__":
    main()
