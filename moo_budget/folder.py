"""A result folder is written whole or not at all, whoever else writes there, whatever ends the program meanwhile."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from moo_budget.errors import FolderError

if sys.platform != "win32":
    import fcntl

RESULT, SWEEP = "result.json", "sweep.json"  # the file by which a folder of ours is known
DECISIONS = "decisions.json"  # what people wrote into a result; a new result in its place keeps it


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let no other program of ours exchange, read or add to `folder` meanwhile; the end of a process ends its lock.

    What is locked is the folder around it, which an exchange leaves in place. Where a system or a file system has no
    such locks, programs do not wait for one another.
    """
    with _locked(folder.resolve().parent):
        yield


@contextmanager
def _locked(place: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of an existing folder; whether it could be had."""
    if sys.platform == "win32":
        yield False
        return
    try:
        number = os.open(place, os.O_RDONLY)
    except OSError:
        yield False
        return
    try:
        is_held = False
        with suppress(OSError):
            fcntl.flock(number, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_held = True
        yield is_held
    finally:
        os.close(number)


def restore(folder: Path, holds: str = RESULT) -> None:
    """Put back the old result that an interrupted exchange left aside; what is no result of ours is left alone."""
    folder = folder.resolve()
    if _is_ours(_previous(folder), holds) and not folder.exists():
        with alone(folder):  # an exchange that runs at this moment is none that was interrupted
            _put_back(folder, holds)


def _put_back(folder: Path, holds: str) -> None:
    previous = _previous(folder)
    if _is_ours(previous, holds) and not folder.exists():
        previous.rename(folder)


def check_free(folder: Path, *, force: bool, holds: str = RESULT) -> None:
    """Raise FolderError where a result would have to be written over something that must stay, or cannot be written.

    Args:
        folder: where the result shall stand.
        force: an earlier result there may be replaced; anything else may not.
        holds: the file by which an earlier one is known: a result replaces results only, a sweep sweeps.
    """
    folder = _resolved(folder)
    if folder in (Path.cwd(), *Path.cwd().parents):
        raise FolderError(
            f"{folder} is where this program runs. Name a folder of its own by --out.", code="folder.here"
        )
    try:
        place = next(place for place in folder.parents if place.exists())
        with _locked(place):
            _put_back(folder, holds)
            _check_replaceable(folder, force=force, holds=holds)
            _try_writing(place / _partial_name(folder))
    except FolderError:
        raise
    except OSError as error:  # a name that is too long, no right to look
        raise _unwritable(folder, error) from error


def write_folder(folder: Path, write: Callable[[Path], None], *, force: bool, holds: str = RESULT) -> None:
    """Let `write` fill a new folder beside `folder`, then exchange the two.

    Whatever goes wrong, `folder` holds the old result or the new one, whole: the old one is moved to
    ``<folder>.previous``, the new one takes its place, the old one goes. Decisions that people noted in the old one
    are handed on. What a program that was killed left beside the folder is removed.

    Raises:
        FolderError: see `check_free`, or the disk is full.
    """
    check_free(folder, force=force, holds=holds)
    folder = _resolved(folder)
    try:
        with _new_beside(folder) as partial:
            write(partial)
            _settle(partial)
            with alone(folder):
                _put_back(folder, holds)
                _check_replaceable(folder, force=force, holds=holds)  # another program may have been faster
                _exchange(folder, partial)
    except FolderError:
        raise
    except OSError as error:
        raise _unwritable(folder, error) from error


def _resolved(folder: Path) -> Path:
    try:
        return folder.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name that no file can have
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: Exception) -> FolderError:
    return FolderError(f"{folder} cannot be written ({error}). Choose another --out.", code="folder.write")


def _check_replaceable(folder: Path, *, force: bool, holds: str) -> None:
    previous = _previous(folder)
    if previous.exists() and not _is_ours(previous, holds):
        raise FolderError(
            f"{previous} is in the way: the old result would stand there for a moment, and it holds none. "
            "Rename it, or choose another --out.",
            code="folder.previous",
        )
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FolderError(f"{folder} is a file, not a folder. Choose another --out.", code="folder.is-file")
    if not any(folder.iterdir()):
        return
    if not force:
        raise FolderError(
            f"{folder} exists already. Choose another --out, or replace it with --force.", code="folder.exists"
        )
    if not _is_ours(folder, holds):
        raise FolderError(
            f"{folder} holds no {holds.removesuffix('.json')} (no {holds}), so it is not replaced. "
            "Choose another --out.",
            code="folder.foreign",
        )


def _try_writing(trial: Path) -> None:
    """Find out by trying: rights, quotas and read-only disks have no common answer to whether one may."""
    trial.mkdir()
    trial.rmdir()


@contextmanager
def _new_beside(folder: Path) -> Iterator[Path]:
    """A new folder beside `folder` that is gone in the end, unless it took its place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.with_name(_partial_name(folder))
    with ExitStack() as in_the_end:
        with alone(folder):
            _remove_abandoned(folder)
            partial.mkdir()
            in_the_end.enter_context(_locked(partial))
        in_the_end.callback(shutil.rmtree, partial, ignore_errors=True)
        yield partial


def _remove_abandoned(folder: Path) -> None:
    """Remove what programs that were killed left beside `folder`: nobody holds its lock any more."""
    pattern = re.compile(rf"\.{re.escape(folder.name)}\.[0-9a-f]{{8}}\.partial")
    for place in folder.parent.iterdir():
        if pattern.fullmatch(place.name):
            with _locked(place, wait=False) as is_free:
                if is_free:
                    shutil.rmtree(place, ignore_errors=True)


def _settle(partial: Path) -> None:
    """Have everything on the disk before a name points at it, so that a power cut leaves no empty files."""
    for path in partial.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())


def _exchange(folder: Path, partial: Path) -> None:
    previous = _previous(folder)
    if folder.exists():
        _hand_on_decisions(folder, partial)
        _discard(previous, folder)
        folder.rename(previous)
    try:
        partial.rename(folder)
    except BaseException:
        if previous.exists() and not folder.exists():
            previous.rename(folder)
        raise
    _discard(previous, folder)


def _hand_on_decisions(folder: Path, partial: Path) -> None:
    for path in folder.rglob(DECISIONS):  # a sweep holds a result for each budget
        place = partial / path.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)


def _discard(previous: Path, folder: Path) -> None:
    """Remove it under another name: half of it must not be taken for an old result, or stand in the next one's way."""
    if previous.exists():
        doomed = folder.with_name(_partial_name(folder))
        previous.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def _partial_name(folder: Path) -> str:
    return f".{folder.name}.{secrets.token_hex(4)}.partial"


def _previous(folder: Path) -> Path:
    return folder.with_name(folder.name + ".previous")


def _is_ours(folder: Path, holds: str) -> bool:
    return (folder / holds).is_file()
