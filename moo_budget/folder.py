"""A result folder is written whole or not at all, whoever else writes there, whatever ends the program meanwhile."""

from __future__ import annotations

import datetime
import itertools
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from moo_budget._interrupts import undisturbed
from moo_budget._whole import discard, is_partial, locked, new_beside, reason
from moo_budget.errors import FolderError, Message

RESULT, SWEEP = "result.json", "sweep.json"  # the file by which a folder of ours is known
DECISIONS = "decisions.json"  # what people wrote into a result
_EDITABLE = {"front.csv", "calendar.csv", "plans.xlsx", "problem.toml", "sweep.csv"}  # in other programs
_WRITTEN = {RESULT, SWEEP, "report.html", "tables.npz"} | _EDITABLE  # all else was put there by others


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Let no other program of ours exchange, read or add to `folder` meanwhile; whether the disk has locks for that.

    What is locked is the folder around it, which an exchange leaves in place; around a result of a sweep, which goes
    with its sweep, the one around that.
    """
    around = folder.resolve().parent
    is_sweep = any(_is_ours(place, SWEEP) for place in (around, _previous(around)))
    with locked(around.parent if is_sweep else around) as is_held:
        yield is_held


class OpenedFolder:
    """A result folder as it was found; for who comes back to write into it.

    Args:
        folder: that holds a result.
        holds: the file by which that is known.

    Raises:
        FolderError: see `restore`.
    """

    def __init__(self, folder: Path, holds: str = RESULT) -> None:
        restore(folder, holds)
        self.path = folder.resolve()
        self._file = self.path / holds
        self._found = self._identity()

    @property
    def holds_another(self) -> bool:
        """Whether there is a result now that was not there."""
        return self._identity() not in (None, self._found)

    def check(self) -> None:
        """Raise FolderError where nothing may be written into it any more."""
        if self._found is None or self._identity() != self._found:
            what = "holds another result now" if self.holds_another else "is not there any more"
            raise FolderError(f"{self.path} {what}, so nothing can be saved in it.", code="folder.replaced")

    def _identity(self) -> tuple[int, int, int] | None:
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino, status.st_mtime_ns


def restore(folder: Path, holds: str = RESULT) -> None:
    """Put back the old result that an interrupted exchange left aside; what is no result of ours is left alone.

    Raises:
        FolderError: it lies aside, and this program may not put it back.
    """
    folder = _resolved(folder)
    for place, known_by in ((folder.parent, SWEEP), (folder, holds)):
        if _is_left_aside(place, known_by):
            try:
                with alone(place):  # an exchange that runs at this moment is none that was interrupted
                    _put_back(place, known_by)
            except OSError as error:
                raise FolderError(
                    f"{place} is not there: a program that replaced it was interrupted. Its content is in "
                    f"{_previous(place)}, which cannot be renamed here ({reason(error)}). Rename it, or ask its owner.",
                    code="folder.aside",
                ) from error


def _put_back(folder: Path, holds: str) -> None:
    if _is_left_aside(folder, holds):
        if folder.exists():
            folder.rmdir()
        _previous(folder).rename(folder)


def _is_left_aside(folder: Path, holds: str) -> bool:
    return _is_ours(_previous(folder), holds) and _is_free(folder)


def check_free(folder: Path, *, force: bool, holds: str = RESULT) -> tuple[Message, ...]:
    """Find out before anything is learned whether a result may and can be written.

    Args:
        folder: where the result shall stand.
        force: an earlier result there may be replaced; anything else may not.
        holds: the file by which an earlier one is known: a result replaces results only, a sweep sweeps.

    Returns:
        What should be known about the place, and which files of the earlier one are kept.

    Raises:
        FolderError: it would stand over something that must stay, or cannot be written.
    """
    folder = _resolved(folder)
    try:
        _check_place(folder)
        place = next(place for place in folder.parents if place.exists())
        with alone(folder) if place == folder.parent else locked(place) as is_locked:
            _put_back(folder, holds)
            _check_replaceable(folder, force=force, holds=holds)
            _try_writing(place)
            if folder.exists():  # its content will have to go
                _try_writing(folder)
                _check_owner(folder)
            edited = tuple(_kept_when_edited(folder)) if folder.exists() else ()
    except FolderError:
        raise
    except OSError as error:  # a name that is too long, no right to look
        raise _unwritable(folder, error) from error
    no_locks = () if is_locked or sys.platform == "win32" else (_without_locks(folder),)
    return (*no_locks, *edited)


def write_folder(folder: Path, write: Callable[[Path], None], *, force: bool, holds: str = RESULT) -> None:
    """Let `write` fill a new folder beside `folder`, then exchange the two.

    Whatever goes wrong, `folder` holds the old result or the new one, whole: the old one is moved to
    ``.<folder>.previous``, the new one takes its place, the old one goes. What people put into the old one, their
    decisions among it, is handed on, and so is what they changed. What a program that was killed left beside the folder
    is removed.

    Raises:
        FolderError: see `check_free`, or the disk is full; where the folder may not be replaced any more when the new
            one is written, that one is kept beside it, as the error says.
    """
    check_free(folder, force=force, holds=holds)
    folder = _resolved(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with new_beside(folder, Path.mkdir) as partial:
            write(partial)
            _settle(partial)
            try:
                _take_place(folder, partial, force=force, holds=holds)
            except FolderError as error:  # another program may have been faster
                raise _kept_beside(folder, partial, error) from error
    except FolderError:
        raise
    except OSError as error:
        raise _unwritable(folder, error) from error


def _take_place(folder: Path, partial: Path, *, force: bool, holds: str) -> None:
    with alone(folder):
        _put_back(folder, holds)
        _check_replaceable(folder, force=force, holds=holds)
        if folder.exists():
            _hand_on(folder, partial)  # may take long where files cannot be linked, so it may be interrupted
        with undisturbed():
            _exchange(folder, partial)


def _kept_beside(folder: Path, partial: Path, error: FolderError) -> FolderError:
    """The error, with the place where the new folder is now: what is in it may have taken an hour."""
    places = (folder.with_name(f"{folder.name}-{n}") for n in itertools.count(2))
    beside = next(place for place in places if not os.path.lexists(place))
    try:
        partial.rename(beside)
    except OSError:
        return error
    return FolderError(f"{error.text} What was to stand there is kept: {beside}", code=error.code)


def _resolved(folder: Path) -> Path:
    try:
        return folder.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name that no file can have
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: Exception) -> FolderError:
    return FolderError(
        f"{folder} cannot be written ({reason(error)}). Make room or get the right to write there, or choose another "
        "--out.",
        code="folder.write",
    )


def _without_locks(folder: Path) -> Message:
    return Message(
        "folder.no-locks",
        f"the disk of {folder.parent} has no locks, so programs cannot wait for one another: let only one at a time "
        f"write {folder.name}, and read it when that one has ended",
    )


def _kept_when_edited(folder: Path) -> Iterator[Message]:
    """That files of ours which may have been changed are kept; of a sweep those of its results too."""
    for path in sorted(folder.iterdir()):
        if _is_ours(folder, SWEEP) and _is_ours(path, RESULT):
            yield from _kept_when_edited(path)
        elif _is_edited(path):
            text = (
                f"{path} is of another moment than the rest of {folder.name}, so somebody may have changed it: it is "
                f"kept as {_edited_name(path)}"
            )
            yield Message("folder.edited", text)


def _check_place(folder: Path) -> None:
    here = Path.cwd()
    if folder in (here, *here.parents):
        raise FolderError(
            f"{folder} is where this program runs. Name a folder of its own by --out.", code="folder.here"
        )
    if os.path.ismount(folder):  # Path.is_mount fails where another program exchanges it meanwhile
        raise FolderError(
            f"{folder} is where a disk is mounted, so no other folder can take its place. Name a folder in it: "
            f"--out {folder / 'result'}",
            code="folder.mount",
        )


def _check_replaceable(folder: Path, *, force: bool, holds: str) -> None:
    previous = _previous(folder)
    if previous.exists() and not _is_ours(previous, holds):
        raise FolderError(
            f"{previous} is in the way: the old result would stand there for a moment, and it holds none. "
            "Rename it, or choose another --out.",
            code="folder.previous",
        )
    if folder.exists() and not folder.is_dir():
        raise FolderError(f"{folder} is a file, not a folder. Choose another --out.", code="folder.is-file")
    if _is_free(folder):
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


def _try_writing(place: Path) -> None:
    """Find out by trying: rights, quotas and read-only disks have no common answer to whether one may."""
    with tempfile.TemporaryFile(dir=place):  # without a name, where the system can: nothing to leave behind
        pass


def _check_owner(folder: Path) -> None:
    """Nobody but its owner may rename a folder where all may write, such as in /tmp; only trying it would tell."""
    owners = (folder.stat().st_uid, folder.parent.stat().st_uid, 0)
    if sys.platform != "win32" and folder.parent.stat().st_mode & stat.S_ISVTX and os.geteuid() not in owners:
        raise FolderError(
            f"{folder} belongs to somebody else, who alone may replace it in {folder.parent}. Choose another --out.",
            code="folder.owner",
        )


def _settle(partial: Path) -> None:
    """Have everything on the disk before a name points at it, so that a power cut leaves no empty files.

    All files are of one moment then: see `_is_edited`.
    """
    now = time.time_ns()
    for path in partial.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, ns=(now, now))
            _settle_file(path)


def _settle_file(path: Path) -> None:
    with path.open("rb+" if sys.platform == "win32" else "rb") as file:  # there who settles must be able to write
        os.fsync(file.fileno())


def _exchange(folder: Path, partial: Path) -> None:
    previous = _previous(folder)
    if folder.exists() and _is_free(folder):
        folder.rmdir()
    elif folder.exists():
        discard(previous, folder)
        folder.rename(previous)
    try:
        partial.rename(folder)
    except BaseException:
        if previous.exists() and not folder.exists():
            previous.rename(folder)
        raise
    discard(previous, folder)


def _hand_on(old: Path, new: Path) -> None:
    """Have in the new one too what people put into an old result, into the results of an old sweep, or changed there.

    What is handed on for a budget that the new sweep leaves out stands alone, until a later one has that budget again.
    """
    for path in old.iterdir():
        if _is_edited(path):
            _also(path, new / _edited_name(path))
        elif path.name in _WRITTEN or is_partial(path.name):
            continue
        elif _is_ours(old, SWEEP) and _is_ours(path, RESULT):
            _hand_on(path, new / path.name)
        else:
            _also(path, new / path.name)


def _also(path: Path, place: Path) -> None:
    """Have a file, or a folder with all in it, at another place too.

    Raises:
        FolderError: it can neither be linked nor copied.
    """
    try:
        place.parent.mkdir(exist_ok=True)
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, place, symlinks=True, dirs_exist_ok=True, copy_function=_link_or_copy)
        else:
            _link_or_copy(path, place)
    except OSError as error:
        raise FolderError(
            f"{path} was not written by this program and is handed on to the new result, but cannot be copied "
            f"({reason(error)}). Move it away, or choose another --out.",
            code="folder.hand-on",
        ) from error


def _link_or_copy(path: str | Path, place: str | Path) -> None:
    """A second name for a file takes no time however large it is; not every disk has such names."""
    try:
        os.link(path, place, follow_symlinks=False)
    except OSError:
        shutil.copy2(path, place, follow_symlinks=False)
        if not Path(place).is_symlink():
            _settle_file(Path(place))


def _is_edited(path: Path) -> bool:
    """Whether people may have changed a file of ours: it is of another moment than what says that the folder is ours.

    A copy of a folder may be of several moments, and so is a result of an earlier version: rather kept than lost.
    """
    known_by = path.with_name(SWEEP if path.name == "sweep.csv" else RESULT)
    return path.name in _EDITABLE and known_by.is_file() and path.lstat().st_mtime_ns != known_by.stat().st_mtime_ns


def _edited_name(path: Path) -> str:
    """What it is called in the next result; by the moment, as there may be several in time, and more of one moment."""
    moment = datetime.datetime.fromtimestamp(path.lstat().st_mtime, datetime.UTC)
    name = f"{path.stem}-changed-{moment:%Y%m%d-%H%M%S}"
    mores = itertools.chain([""], (f"-{n}" for n in itertools.count(2)))
    places = (path.with_name(f"{name}{more}{path.suffix}") for more in mores)
    return next(place.name for place in places if not os.path.lexists(place))


def _previous(folder: Path) -> Path:
    """Where the old result stands for a moment; hidden, as ``result.previous`` is what people call their own copies."""
    return folder.with_name(f".{folder.name}.previous")


def _is_ours(folder: Path, holds: str) -> bool:
    return (folder / holds).is_file()


def _is_free(folder: Path) -> bool:
    """Whether nothing is there, or an empty folder."""
    try:
        return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    except FileNotFoundError:  # a program that exchanges it was between the two looks
        return True
