"""Every step that a folder's exchange takes on the disk is where a program may be killed, refused or interrupted.

A step is a call that changes or opens something on the disk. Each is tried: the n-th of a run is the last of a program
that is killed there, is refused by the system, or brings an interrupt, for every n until a run comes to its end.
"""

import errno
import io
import os
import shutil
import signal
from contextlib import suppress

import pytest

from moo_budget import _whole
from moo_budget._whole import write_file
from moo_budget.errors import FolderError
from moo_budget.folder import restore, write_folder

STEPS = [(os, name) for name in ("mkdir", "rename", "replace", "rmdir", "unlink", "link", "utime", "open", "fsync")] + [
    (io, "open")
]
DEAR = '{"schema_version": 1, "entries": []}\n'


class KilledError(BaseException):
    """Nothing that a program would still do happens after this."""


class Steps:
    """The steps of one run, counted; at the n-th something is done, and a killed program takes no further one."""

    def __init__(self, n, at_step):
        self.n, self.at_step, self.taken, self.is_dead = n, at_step, 0, False

    def counted(self, call):
        def step(*arguments, **settings):
            if self.is_dead:
                raise KilledError
            self.taken += 1
            if self.taken == self.n:
                self.at_step(self)
            return call(*arguments, **settings)

        return step

    @property
    def is_over(self):
        return self.taken < self.n


def kill(steps):
    steps.is_dead = True
    raise KilledError


def refuse(steps):
    raise OSError(errno.EDQUOT, "Disk quota exceeded")


def interrupt(steps):
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """A disk that has everything at once: only the order of steps is looked at."""
    monkeypatch.setattr(os, "fsync", lambda number: None)


@pytest.fixture
def with_steps(monkeypatch):
    """Run something whose n-th step goes wrong; the steps, and what it raised."""

    def run(n, at_step, work):
        steps, raised = Steps(n, at_step), None
        with monkeypatch.context() as patch:
            for module, name in STEPS:
                patch.setattr(module, name, steps.counted(getattr(module, name)))
            try:
                work()
            except (KilledError, FolderError, KeyboardInterrupt) as error:
                raised = error
        return steps, raised

    return run


def both(text):
    return lambda folder: [(folder / name).write_text(text) for name in ("result.json", "front.csv")]


def contents(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def whole(text, **more):
    return {"result.json": text, "front.csv": text} | more


DEARS = {"decisions.json": DEAR, "mine/plan.csv": "tv,1"}  # what people put into a result


def old_result(folder):
    write_folder(folder, both("old"), force=True)
    (folder / "decisions.json").write_text(DEAR)
    (folder / "mine").mkdir(exist_ok=True)
    (folder / "mine" / "plan.csv").write_text("tv,1")


def nothing(folder):
    pass


def empty_folder(folder):
    folder.mkdir()


def left_aside(folder):
    old_result(folder)
    folder.rename(folder.with_name(".result.previous"))


def old_one_still_there(folder):
    old_result(folder)
    shutil.copytree(folder, folder.with_name(".result.previous"))


BEGINNINGS = [nothing, empty_folder, old_result, left_aside, old_one_still_there]
TRIED = [(begin, kill) for begin in BEGINNINGS] + [(nothing, refuse), (old_result, refuse), (old_result, interrupt)]


@pytest.fixture
def numbers():
    """Places of one's own under one folder, one after the other."""

    def places(tmp_path):
        n = 0
        while True:
            n += 1
            (tmp_path / str(n)).mkdir()
            yield n, tmp_path / str(n) / "result"

    return places


def check(folder, had, raised=None):
    """The old result or the new one, whole, with what people put into it; and the next run clears up."""
    restore(folder)
    left = contents(folder) if folder.exists() else {}
    dears = DEARS if had else {}
    allowed = [whole("new", **dears), whole("old", **dears) if had else {}]
    assert left in allowed
    if isinstance(raised, FolderError):
        assert left == allowed[1], f"{raised} was said, and the new result is there"
        if "is kept" in str(raised):
            shutil.rmtree(folder.with_name("result-2"))
    write_folder(folder, both("next"), force=True)
    assert contents(folder) == whole("next", **dears)
    assert [path.name for path in folder.parent.iterdir()] == ["result"]


@pytest.mark.parametrize(("begin", "at_step"), TRIED)
def test_whichever_step_goes_wrong_the_old_result_or_the_new_one_is_whole(
    tmp_path, with_steps, numbers, begin, at_step
):
    for n, folder in numbers(tmp_path):
        begin(folder)
        had = begin not in (nothing, empty_folder)
        steps, raised = with_steps(n, at_step, lambda folder=folder: write_folder(folder, both("new"), force=True))
        if raised is None:
            assert contents(folder)["result.json"] == "new"
        check(folder, had, raised)
        if steps.is_over:
            assert raised is None
            assert n > 8
            return


def test_a_program_that_is_killed_while_it_clears_up_after_a_killed_one_harms_nothing(tmp_path, with_steps, numbers):
    places = numbers(tmp_path)
    for first in range(10, 100, 3):
        for second in range(1, 100, 7):
            _, folder = next(places)
            old_result(folder)
            died, _ = with_steps(first, kill, lambda folder=folder: write_folder(folder, both("new"), force=True))
            again, _ = with_steps(second, kill, lambda folder=folder: write_folder(folder, both("new"), force=True))
            check(folder, True)
            if again.is_over:
                break
        if died.is_over:
            return


@pytest.mark.parametrize("at_step", [kill, refuse])
def test_a_file_is_the_old_one_or_the_new_one_whichever_step_goes_wrong(tmp_path, with_steps, numbers, at_step):
    for n, place in numbers(tmp_path):
        place.write_bytes(b"old")

        def write(place=place):
            try:
                write_file(place, b"new")
            except OSError as error:
                raise FolderError(error.strerror, code="test") from error

        steps, raised = with_steps(n, at_step, write)
        assert place.read_bytes() in (b"old", b"new")
        assert raised is None or isinstance(raised, KilledError) or place.read_bytes() == b"old"
        write_file(place, b"next")
        assert {path.name: path.read_bytes() for path in place.parent.iterdir()} == {"result": b"next"}
        if steps.is_over:
            return


@pytest.mark.parametrize("reader", [False, True])
@pytest.mark.parametrize("force", [False, True])
def test_without_locks_another_program_in_the_middle_of_an_exchange_harms_no_result(
    tmp_path, with_steps, numbers, monkeypatch, force, reader
):
    monkeypatch.setattr(_whole, "_lock", lambda number, seconds: False)
    for n, folder in numbers(tmp_path):
        if force:
            old_result(folder)

        def meanwhile(steps, folder=folder):
            steps.n = 0  # what the other does is not counted
            with suppress(FolderError):
                restore(folder) if reader else write_folder(folder, both("other"), force=force)

        def run(folder=folder):
            write_folder(folder, both("new"), force=force)

        steps, raised = with_steps(n, meanwhile, run)
        restore(folder)
        dears = DEARS if force else {}
        assert contents(folder) in [whole(text, **dears) for text in ("old", "new", "other")], n
        if raised is None and reader:
            assert contents(folder) == whole("new", **dears)
        if steps.n:
            return
