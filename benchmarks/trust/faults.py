"""Programs that are killed, disks that are full and runs that meet in one folder: what is left of the result.

Most trials are children of this process, forked when everything is loaded and compiled, so that two hundred of them
take minutes. After each one the folder must hold a whole result, the old one or the new one, and what people put into
it; the words and the exit code must say which; the next run must leave nothing else.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

import moo_budget as mb
from moo_budget import report
from moo_budget._interrupts import hear_again
from moo_budget.cli import main as command_line
from moo_budget.folder import write_folder
from moo_budget.history.files import read_table
from moo_budget.workbook import STAMP_COLUMN, STAMP_SHEET, stamp_of

CURVES = "outcome,channel,spend,value\n" + "".join(
    f"{outcome},{channel},{x},{height * x / (x + 50.0):.6g}\n"
    for outcome in ("revenue", "clicks")
    for channel, height in (("tv", 900.0), ("search", 500.0))
    for x in (0, 10, 20, 40, 80, 160)
)
PROBLEM = """\
schema_version = 1
currency = "EUR"
[plan]
periods = 2
budget = 100
today = { tv = 40, search = 60 }
[fit]
curves = "curves.csv"
[search]
evaluations = 300
plans = 8
"""
FILES = {"result.json", "front.csv", "plans.xlsx", "report.html", "tables.npz", "problem.toml"}
SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
solving = sys.modules[mb.run.__module__]  # on the package, `run` is the verb
OLD = 77  # seed of the result that is there before
_DEAR = {"decisions.json": b'{"schema_version": 1,  "entries": []}', "mine.csv": b"channel,spend\r\ntv,1\r\n"}
_STEPS = {"open", "os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "shutil.rmtree", "shutil.copyfile"}
_GAP = "gap"  # the step before which the old result is aside and the new one not yet in its place


@dataclass
class Found:
    """What trials of one kind came to.

    Args:
        trials: how many.
        old: of them left what was there before: the old result, or none.
        new: left the new result.
        put_back: left the old result aside, and who read it next put it back; counted in `old` too.
        faults: what was wrong after a trial.
    """

    trials: int = 0
    old: int = 0
    new: int = 0
    put_back: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Ended:
    """How a program ended: its exit code, or minus the signal, and what it said on stderr."""

    code: int
    said: str


def forked(work: Callable[[], object], said: Path) -> int:
    """Start a child that does this, its words in a file; its process id."""
    number = os.fork()
    if number:
        return number
    code = 99
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have turned it off for us
        sys.unraisablehook = hear_again  # as the program begins
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        work()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except KeyboardInterrupt:  # before the program began or when it had ended
        code = 130
    finally:
        sys.stderr.flush()
        os._exit(code)


def ended(child: int, said: Path) -> Ended:
    """Wait for a child."""
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return Ended(code, said.read_text(encoding="utf-8") if said.exists() else "")


def verb(*words: object) -> None:
    """A verb of the program, in this process."""
    command_line([*map(str, words), "--quiet"])


def solve(folder: Path, seed: int, *, force: bool) -> None:
    """`moo-budget solve` on the smallest problem."""
    verb(*_solving(folder, seed, force=force))


def _solving(folder: Path, seed: int, *, force: bool) -> list[str]:
    end = ["--force"] if force else []
    return ["solve", str(folder.parent / "problem.toml"), "--out", str(folder), "--seed", str(seed), *end]


class Place:
    """A folder with a problem in it, and a result that is the old one of every trial."""

    def __init__(self, around: Path | None = None) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="trust-faults-", dir=around))
        self.folder = self.path / "result"
        self.said = Path(tempfile.mkstemp()[1])
        (self.path / "curves.csv").write_text(CURVES, encoding="utf-8")
        (self.path / "problem.toml").write_text(PROBLEM, encoding="utf-8")
        self._kept = Path(tempfile.mkdtemp()) / "old"
        end = self.run(lambda: solve(self.folder, OLD, force=False))
        assert end.code == 0, end
        shutil.move(self.folder, self._kept)
        for name, content in _DEAR.items():
            (self._kept / name).write_bytes(content)

    def run(self, work: Callable[[], object]) -> Ended:
        """Do this in a child, to its end."""
        return ended(forked(work, self.said), self.said)

    def renew(self, *, force: bool) -> str:
        """The next run: it must leave its result and nothing else. What is wrong; then all is as at the beginning."""
        write_folder(self.folder, lambda new: shutil.copytree(self._kept, new, dirs_exist_ok=True), force=True)
        left = sorted(path.name for path in self.path.iterdir())
        if not force:
            shutil.rmtree(self.folder)
        return "" if left == ["curves.csv", "problem.toml", "result"] else f"rests after the next run: {left}"

    def remove(self) -> None:
        """Leave nothing."""
        shutil.rmtree(self.path)
        shutil.rmtree(self._kept.parent)
        self.said.unlink()


def judge(place: Place, end: Ended, new: int, *, force: bool) -> tuple[str, str]:
    """After a trial: which result is there ("old", "new", "put back"), and what is wrong."""
    is_aside = not place.folder.exists() and place.folder.with_name(".result.previous").exists()
    seed, fault = _left(place.folder, force=force)
    which = "put back" if is_aside else "new" if seed == new else "old"
    if seed not in ({OLD, new} if force else {None, new}):
        fault += f" the result is of seed {seed}"
    if "Traceback" in end.said or "Exception ignored" in end.said:
        fault += f" it said {end.said[-600:]}"
    if end.code in (0, 5) and which != "new":
        fault += f" exit code {end.code}, and no new result"
    if end.code in (2, 130) and which == "new":
        fault += f" exit code {end.code}, and the new result is there: {end.said}"
    if end.code == 130 and "nothing was saved" not in end.said:
        fault += f" exit code 130 without its words: {end.said}"
    return which, fault


def _left(folder: Path, *, force: bool) -> tuple[int | None, str]:
    """The seed of the result that is left, None where there is none, and what is wrong with it."""
    if not force and not folder.exists():
        return None, ""
    try:
        result = mb.read_result(folder)  # puts back what an interrupted exchange left aside
        written = pd.read_csv(folder / "front.csv")
        stamp = read_table(folder / "plans.xlsx", sheet=STAMP_SHEET).cells[STAMP_COLUMN].iloc[0]
        page = (folder / "report.html").read_text(encoding="utf-8")
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"
    ours, theirs = result.front.spend, written.filter(like="spend_").to_numpy()
    names = {path.name for path in folder.iterdir()}
    dear = {name: (folder / name).read_bytes() for name in names - FILES}
    if not names >= FILES or dear != (_DEAR if force else {}):
        return result.front.seed, f"the folder holds {sorted(names)}"
    if not np.array_equal(ours, theirs[: len(ours)]) or stamp != stamp_of(result) or str(result.front.seed) not in page:
        return result.front.seed, "its files are of different results"
    return result.front.seed, ""


def killed(trials: int, sent: signal.Signals, *, force: bool) -> Found:
    """Runs that get a signal: of four one at any time, one at any step, one at the exchange, one in its gap."""
    rng = np.random.default_rng([int(sent), int(force)])
    place, found = Place(), Found(trials)
    longest, steps = _measured(place, force=force)
    first, gap = steps.index("os.rename"), steps.index(_GAP)
    for trial in range(trials):
        seed = 1000 + trial
        if trial % 4 == 0:
            moment = f"{longest * rng.uniform(0.0, 1.05):.2f} s"
            child = forked(lambda seed=seed: solve(place.folder, seed, force=force), place.said)
            time.sleep(float(moment.split()[0]))
            os.kill(child, sent)
            end = ended(child, place.said)
        else:
            step = (0, int(rng.integers(len(steps))), int(rng.integers(first, len(steps))), gap)[trial % 4] + 1
            end = place.run(lambda step=step, seed=seed: _ending_itself(place.folder, seed, sent, step, force=force))
            moment = f"step {step} of {len(steps)}"
        which, fault = judge(place, end, seed, force=force)
        if end.code not in (0, 5, 130, -sent):
            fault += f" exit code {end.code}: {end.said}"
        fault += place.renew(force=force)
        _count(found, which, f"{moment}: {fault}" if fault else "")
    place.remove()
    return found


def _count(found: Found, which: str, fault: str) -> None:
    found.new += which == "new"
    found.old += which != "new"
    found.put_back += which == "put back"
    found.faults += [fault] if fault else []


def _measured(place: Place, *, force: bool) -> tuple[float, list[str]]:
    """How long a run takes in a child, and which steps a quick one takes in the folder or beside it."""
    counted = place.path.with_suffix(".steps")
    begun = time.perf_counter()
    place.run(lambda: solve(place.folder, 1, force=force))
    seconds = time.perf_counter() - begun
    place.renew(force=force)

    def count() -> None:
        taken = _on_steps(place.path, lambda n: None)
        _be_quick()
        try:
            solve(place.folder, 1, force=force)
        finally:
            counted.write_text(" ".join(taken))

    place.run(count)
    steps = counted.read_text().split()
    counted.unlink()
    place.renew(force=force)
    return seconds, steps


def _ending_itself(folder: Path, seed: int, sent: signal.Signals, step: int, *, force: bool) -> None:
    _be_quick()
    _on_steps(folder.parent, lambda n: os.kill(os.getpid(), sent) if n == step else None)
    solve(folder, seed, force=force)


def _be_quick() -> None:
    """Leave out what takes time and no step on the disk: proofs, explanations, the content of the page."""
    solving.explained = lambda result, learned, say: result
    solving._bounds = lambda front, say: (None, None, ())
    report.render = lambda result: f"seed {result.front.seed}"


def _on_steps(place: Path, at: Callable[[int], None]) -> list[str]:
    """Before every step that this process takes on the disk below a place, call `at` with its number; the steps."""
    taken: list[str] = []

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in _STEPS and (event != "open" or str(arguments[0]).startswith(f"{place}{os.sep}.result")):
            is_gap = event == "os.rename" and str(arguments[1]) == str(place / "result")
            taken.append(_GAP if is_gap else event)
            at(len(taken))

    sys.addaudithook(hook)
    return taken


def killed_from_outside(trials: int, *, loading: bool) -> Found:
    """Whole programs, from the moment that they hear signals until their libraries are loaded, or to their end."""
    place, found = Place(), Found(trials)
    place.renew(force=True)
    longest = _seconds(_started(place, 1), place.said, "learning" if loading else "")
    place.renew(force=True)
    for trial in range(trials):
        sent, seed = SIGNALS[1 + trial % 2] if loading else SIGNALS[trial % 3], 1000 + trial
        child = _started(place, seed)
        after = longest * (trial + 0.5) / trials
        time.sleep(after)
        child.send_signal(sent)
        end = Ended(child.wait(), place.said.read_text(encoding="utf-8"))
        which, fault = judge(place, end, seed, force=True)
        is_over = sent == signal.SIGKILL or which == "new"
        if end.code not in (0, 5, 130) and not (end.code == -sent and is_over):
            fault += f" exit code {end.code}: {end.said}"
        fault += place.renew(force=True)
        _count(found, which, f"{sent.name} after {after:.2f} of {longest:.2f} s: {fault}" if fault else "")
    place.remove()
    return found


def _started(place: Place, seed: int) -> subprocess.Popen[bytes]:
    """A program that hears signals; before, while Python itself starts, they are Python's."""
    program = [sys.executable, "-W", "ignore", "-m", "moo_budget", *_solving(place.folder, seed, force=True)]
    hears = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    with place.said.open("wb") as said:
        child = subprocess.Popen(
            program, stdout=subprocess.DEVNULL, stderr=said, env=os.environ | {"OMP_NUM_THREADS": "1"}, preexec_fn=hears
        )
    while not _hears(child):
        time.sleep(0.001)
    return child


def _hears(child: subprocess.Popen[bytes]) -> bool:
    """Whether a child has its own answer to SIGTERM."""
    status = Path(f"/proc/{child.pid}/status").read_text(encoding="ascii")
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def _seconds(child: subprocess.Popen[bytes], said: Path, word: str) -> float:
    """How long a program takes from now until it says a word, or to its end; it is left to end."""
    begun = time.perf_counter()
    while child.poll() is None and not (word and word in said.read_text(encoding="utf-8")):
        time.sleep(0.001)
    seconds = time.perf_counter() - begun
    child.wait()
    return seconds


@contextmanager
def _small_disk(megabytes: int = 8) -> Iterator[Path | None]:
    """A disk of its own in memory; None where this user may not mount one."""
    place = Path(tempfile.mkdtemp(prefix="trust-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    is_mounted = os.getuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield place if is_mounted else None
    finally:
        if is_mounted:
            subprocess.run(["umount", "-l", str(place)], check=True)
        place.rmdir()


def full_disk(trials: int) -> Found:
    """Verbs that write, with so much room left; where no small disk may be mounted, files up to a size only."""
    found = Found()
    with _small_disk() as disk:
        place = Place(disk)
        place.renew(force=True)
        page = place.path / "page.html"
        problem, history = place.path / "problem.toml", place.said.with_name("history.csv")
        history.write_text("week,tv,sales\n2025-01-06,1,2\n2025-01-13,2,3\n", encoding="utf-8")
        log = [{"id": "a", "at": "now", "kind": "note", "text": "x" * 2000}]
        works: dict[str, Callable[[], object]] = {
            "solve": lambda: solve(place.folder, 1000, force=True),
            "sweep": lambda: verb("sweep", problem, "--points", 2, "--out", place.path / "sweep", "--seed", 1),
            "report": lambda: verb("report", place.folder, "--lang", "zh"),
            "export": lambda: verb("export", place.folder, "--to", "xlsx", "--out", place.path / "front.xlsx"),
            "compare": lambda: verb("compare", place.folder, place.folder, "--out", page),
            "init": lambda: verb("init", history, "--out", problem, "--force"),
            "log": lambda: _note(place.folder, log),
        }
        for name, work in works.items():
            for trial in range(trials):
                fault, is_done = _with_little_room(place, work, disk, (trial + 0.5) / trials)
                found.trials += 1
                found.new += is_done
                found.old += not is_done
                found.faults += [f"{name}, trial {trial}: {fault}"] if fault else []
        place.remove()
    return found


def _note(folder: Path, lines: list[dict[str, str]]) -> None:
    from moo_budget.errors import FolderError
    from moo_budget.explorer.decisions import Decision, DecisionLog

    try:
        DecisionLog(folder).add([Decision(**line) for line in lines])
    except FolderError as error:
        print(error.text, file=sys.stderr)
        sys.exit(2)


def _with_little_room(place: Place, work: Callable[[], object], disk: Path | None, share: float) -> tuple[str, bool]:
    """What is wrong after something that needs more room than there is, and whether it had enough."""
    before = _contents(place.path)
    room = int(share**2 * 1.2 * sum(map(len, before.values())))
    ballast = None if disk is None else disk / "ballast"
    if ballast is not None:
        _fill(ballast, room)

    def cramped() -> None:
        if ballast is None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room // 2, room // 2))
        work()

    end = place.run(cramped)
    if ballast is not None:
        ballast.unlink()
    after = _contents(place.path)
    fault = ""
    if end.code not in (0, 2) or "Traceback" in end.said:
        fault = f"exit code {end.code}: {end.said[-600:]}"
    elif end.code == 2:
        if after != before:
            fault = f"changed or new: {sorted(dict(before.items() ^ after.items()))}"
        if not ("No space left" in end.said or "too large" in end.said) or "ake room" not in end.said:
            fault += f" it said {end.said}"
    for path in place.path.iterdir():
        if path.name in ("sweep", "page.html", "front.xlsx"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (place.path / "problem.toml").write_bytes(before["problem.toml"])
    return f"{fault} {place.renew(force=True)}".strip(), end.code == 0


def _contents(place: Path) -> dict[str, bytes]:
    files = [path for path in place.rglob("*") if path.is_file()]
    return {str(path.relative_to(place)): path.read_bytes() for path in files}


def _fill(ballast: Path, room: int) -> None:
    """Fill the disk around a file but for so many bytes."""
    free = os.statvfs(ballast.parent)
    ballast.write_bytes(b"\0" * max(free.f_bavail * free.f_frsize - room, 0))


def together(trials: int) -> Found:
    """Two runs into one folder within milliseconds, with and without leave to replace."""
    found, place = Found(trials), Place()
    for trial in range(trials):
        force = trial % 2 == 0
        place.renew(force=force)
        said = [place.said, place.said.with_suffix(".other")]
        runs = [partial(solve, place.folder, seed, force=force) for seed in (1, 2)]
        children = [forked(run, one) for run, one in zip(runs, said, strict=True)]
        ends = [ended(child, one) for child, one in zip(children, said, strict=True)]
        said[1].unlink()
        seed, fault = _left(place.folder, force=force)
        if seed not in (1, 2):
            fault += f" the result is of seed {seed}"
        if sorted(end.code for end in ends) != ([0, 0] if force else [0, 2]):
            fault += f" {ends}"
        fault += _kept_beside(place, {1, 2} - {seed}, force=force)
        _count(found, "new", f"trial {trial}: {fault}{place.renew(force=force)}".strip() if fault else "")
    place.remove()
    return found


def _kept_beside(place: Place, seeds: set[int | None], *, force: bool) -> str:
    """What is wrong with the result of the run that came too late, which is kept; then it is removed."""
    beside = place.folder.with_name("result-2")
    if not beside.exists():  # the other one had ended before this one began
        return ""
    seed, fault = _left(beside, force=False)
    shutil.rmtree(beside)
    return fault if not force and seed in seeds else f"{fault} beside it is the result of seed {seed}"


def changing_history(trials: int) -> Found:
    """A table that somebody replaces, takes away and cuts off all the time: one whole state is read, or none."""
    place = Path(tempfile.mkdtemp(prefix="trust-faults-"))
    path, beside = place / "curves.csv", place / "next.csv"
    states = [CURVES, "".join(line for line in CURVES.splitlines(keepends=True) if "tv" not in line)]
    path.write_text(states[0], encoding="utf-8")

    def write() -> None:
        rng, end = np.random.default_rng(1), time.monotonic() + 600.0
        while time.monotonic() < end:
            beside.write_text(states[rng.integers(2)], encoding="utf-8")
            how = rng.integers(3)
            if how == 1:
                path.unlink(missing_ok=True)
            elif how == 2 and path.exists():
                os.truncate(path, 0)
                path.write_text(states[0], encoding="utf-8")
            os.replace(beside, path)

    writer = forked(write, place / "said")
    found = Found(trials)
    rows = {text.count("\n") - 1 for text in states}
    for _ in range(trials):
        try:
            n_rows = len(read_table(path).cells)
            found.new += n_rows in rows
            found.faults += [] if n_rows in rows else [f"{n_rows} rows"]
        except mb.MooBudgetError:
            found.old += 1
        except Exception as error:
            found.faults.append(f"{type(error).__name__}: {error}")
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    shutil.rmtree(place)
    return found


def kinds(trials: int) -> dict[str, Callable[[], Found]]:
    """What is tried, by what it is called; `trials`: signals in all."""
    each = max(trials // 6, 2)
    signals = {
        f"`solve{' --force' if force else ''}` gets {sent.name}": partial(killed, each, sent, force=force)
        for force in (False, True)
        for sent in SIGNALS
    }
    return signals | {
        "a whole program gets SIGINT or SIGTERM while it loads its libraries": partial(
            killed_from_outside, max(trials // 2, 3), loading=True
        ),
        "a whole program, until its end, gets one of the three": partial(
            killed_from_outside, max(trials // 10, 3), loading=False
        ),
        "a disk that fills up under seven verbs": partial(full_disk, max(trials // 20, 2)),
        "two runs into one folder": partial(together, max(trials // 20, 2)),
        "a table that is replaced, cut off and taken away while it is read": partial(changing_history, 10 * trials),
    }


def main() -> None:
    """`python -m trust.faults TRIALS KIND FILE`: a kind of `kinds`, written to the file."""
    trials, kind, out = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    place = Path(tempfile.mkdtemp(prefix="trust-faults-"))
    (place / "curves.csv").write_text(CURVES, encoding="utf-8")
    (place / "problem.toml").write_text(PROBLEM, encoding="utf-8")
    mb.run(place / "problem.toml", place / "result")  # loads and compiles
    mb.run_sweep(place / "problem.toml", place / "sweep", points=2)
    shutil.rmtree(place)
    out.write_text(json.dumps(vars(kinds(trials)[kind]()), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
