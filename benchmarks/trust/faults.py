"""Programs that are killed, disks that are full and runs that meet in one folder: what is left of the result.

Every trial is a child of this process, forked when everything is loaded and compiled, so that two hundred of them take
minutes. After each one the folder must hold a whole result, the old one or the new one, and the decisions.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

import moo_budget as mb
from moo_budget.cli import main as command_line
from trust.inputs import CURVES, OWN_CURVES

FILES = {"result.json", "front.csv", "plans.xlsx", "report.html", "tables.npz", "problem.toml"}
SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
_ALLOWED = {0, 2, 5, 130}  # exit codes of a run that was stopped, or found no room
_DECISIONS = '{"schema_version": 1, "entries": []}'


@dataclass(frozen=True)
class Found:
    """What trials of one kind came to.

    Args:
        trials: how many.
        new: of them left the new result, the others the old one or none.
        faults: what was wrong after a trial.
    """

    trials: int
    new: int
    faults: list[str]


def forked(work: Callable[[], object]) -> int:
    """Start a child that does this, and is silent; its process id."""
    number = os.fork()
    if number:
        return number
    code = 1
    try:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        work()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        code = 99
    finally:
        os._exit(code)


def solve(folder: Path, seed: int, *, force: bool) -> None:
    """`moo-budget solve` on the smallest problem."""
    arguments = ["solve", str(folder.parent / "problem.toml"), "--out", str(folder), "--seed", str(seed), "--quiet"]
    command_line([*arguments, *(["--force"] if force else [])])


def place() -> Path:
    """A new folder with a problem in it."""
    found = Path(tempfile.mkdtemp(prefix="trust-faults-"))
    (found / "curves.csv").write_text(CURVES, encoding="utf-8")
    text = OWN_CURVES + "evaluations = 300\nplans = 8\n"
    (found / "problem.toml").write_text(text, encoding="utf-8")
    return found


def fault_in(folder: Path, old: set[int], new: int, *, may_be_missing: bool) -> tuple[str, bool]:
    """What is wrong with what is left in a folder, and whether it is the new result, by the seeds of both."""
    if not folder.exists() and may_be_missing and not folder.with_name(folder.name + ".previous").exists():
        return "", False
    try:
        result = mb.read_result(folder)  # puts back what an interrupted exchange left aside
        written = pd.read_csv(folder / "front.csv")
    except Exception as error:
        return f"{type(error).__name__}: {error}", False
    names = {path.name for path in folder.iterdir()}
    ours = result.front.spend
    theirs = written[[name for name in written if name.startswith("spend_")]].to_numpy()[: len(ours)]
    if not names >= FILES or names - FILES - {"decisions.json"}:
        return f"the folder holds {sorted(names)}", False
    if result.front.seed not in {*old, new} or not np.array_equal(ours, theirs):
        return "result.json and front.csv are of different results", False
    if not may_be_missing and (folder / "decisions.json").read_text(encoding="utf-8") != _DECISIONS:
        return "the decisions are gone", False
    return "", result.front.seed == new


def killed(trials: int, *, force: bool, seed: int = 7) -> Found:
    """Runs that get a signal at a random moment."""
    rng = np.random.default_rng(seed)
    here = place()
    folder = here / "result"
    if force:
        _old_result(folder)
    longest = _seconds_of_a_run(here)
    faults, new = [], 0
    for trial in range(trials):
        sent = SIGNALS[trial % len(SIGNALS)]
        before = {mb.read_result(folder).front.seed} if folder.exists() else set()
        child = forked(lambda trial=trial: solve(folder, 1000 + trial, force=force))
        # A third of the moments lie in the last tenth, where files are written.
        share = rng.uniform(0.85, 1.02) if trial % 2 else rng.uniform(0.0, 1.0)
        time.sleep(longest * share)
        os.kill(child, sent)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        fault, is_new = fault_in(folder, before, 1000 + trial, may_be_missing=not force)
        if code not in _ALLOWED and code != -sent:
            fault += f" exit code {code}"
        if fault:
            faults.append(f"{sent.name}, trial {trial}: {fault}")
        new += is_new
        if not force:
            shutil.rmtree(folder, ignore_errors=True)
    _run_to_the_end(folder, force=force)
    left = sorted(path.name for path in here.iterdir())
    if left != ["curves.csv", "problem.toml", "result"]:
        faults.append(f"rests beside the result: {left}")
    shutil.rmtree(here)
    return Found(trials, new, faults)


def _run_to_the_end(folder: Path, *, force: bool) -> None:
    os.waitpid(forked(lambda: solve(folder, 9999, force=force)), 0)


def _old_result(folder: Path) -> None:
    _run_to_the_end(folder, force=False)
    (folder / "decisions.json").write_text(_DECISIONS, encoding="utf-8")


def _seconds_of_a_run(here: Path) -> float:
    """How long a run takes in a child, from its start to its end, the slower of two."""
    taken = []
    for number in range(2):
        begun = time.perf_counter()
        os.waitpid(forked(lambda number=number: solve(here / f"try{number}", 1, force=False)), 0)
        taken.append(time.perf_counter() - begun)
        shutil.rmtree(here / f"try{number}")
    return max(taken)


def full_disk(trials: int) -> Found:
    """Runs that may write files up to some size only, and then get the error of a full disk."""
    here = place()
    folder = here / "result"
    _old_result(folder)
    largest = max(path.stat().st_size for path in folder.iterdir())
    faults, new = [], 0
    for trial in range(trials):
        room = int(largest * (trial + 0.5) / trials)

        def run(room: int = room, trial: int = trial) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
            solve(folder, 1000 + trial, force=True)

        before = {mb.read_result(folder).front.seed}
        code = os.waitstatus_to_exitcode(os.waitpid(forked(run), 0)[1])
        fault, is_new = fault_in(folder, before, 1000 + trial, may_be_missing=False)
        fault += "" if code in (0, 2) else f" exit code {code}"
        new += is_new
        if fault or (code == 2 and is_new):
            faults.append(f"room for {room} bytes: {fault}")
    shutil.rmtree(here)
    return Found(trials, new, faults)


def together(trials: int) -> Found:
    """Two runs into one folder at a time, with and without leave to replace."""
    faults, new = [], 0
    for trial in range(trials):
        here = place()
        folder = here / "result"
        force = trial % 2 == 0
        if force:
            _old_result(folder)
        runs = [partial(solve, folder, seed, force=force) for seed in (1, 2)]
        children = [forked(run) for run in runs]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        fault, _ = fault_in(folder, {1}, 2, may_be_missing=not force)
        allowed = [0, 0] if force else [0, 2]
        if sorted(codes) != allowed:
            fault += f" exit codes {codes}"
        if sorted(path.name for path in here.iterdir()) != ["curves.csv", "problem.toml", "result"]:
            fault += " rests are left"
        if fault:
            faults.append(f"trial {trial}: {fault}")
        new += not fault
        shutil.rmtree(here)
    return Found(trials, new, faults)


def changing_history(trials: int) -> Found:
    """Curves that somebody writes anew all the time: a run reads one whole state or refuses."""
    here = place()

    def write() -> None:
        end = time.monotonic() + 60.0
        while time.monotonic() < end:
            with (here / "curves.csv").open("w", encoding="utf-8") as file:
                for line in CURVES.splitlines(keepends=True):
                    file.write(line)
                    file.flush()

    writer = forked(write)
    faults, new = [], 0
    try:
        for _ in range(trials):
            try:
                mb.read_problem(here / "problem.toml")
                from moo_budget.history.files import read_table

                new += len(read_table(here / "curves.csv").cells) == CURVES.count("\n") - 1
            except mb.MooBudgetError:
                pass
            except Exception as error:
                faults.append(f"{type(error).__name__}: {error}")
    finally:
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        shutil.rmtree(here)
    return Found(trials, new, faults)


KINDS: dict[str, Callable[[int], Found]] = {
    "killed while the result is new": lambda trials: killed(trials // 2, force=False),
    "killed while an old result is replaced": lambda trials: killed(trials - trials // 2, force=True),
    "disk full": lambda trials: full_disk(max(trials // 10, 3)),
    "two runs into one folder": lambda trials: together(max(trials // 20, 2)),
    "a table that is written while it is read": changing_history,
}


def main() -> None:
    """`python -m trust.faults TRIALS FILE`: every kind, written to the file as it comes."""
    trials, out = int(sys.argv[1]), Path(sys.argv[2])
    here = place()
    mb.run(here / "problem.toml", here / "result", n_evaluations=300, n_plans=8)  # loads and compiles
    shutil.rmtree(here)
    found = {}
    for kind, try_out in KINDS.items():
        found[kind] = vars(try_out(trials))
        out.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
