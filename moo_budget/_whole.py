"""A file or a folder comes into being whole or not at all, whatever ends the program meanwhile."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from moo_budget.errors import FolderError

if sys.platform != "win32":
    import fcntl

_SECONDS_TO_WAIT = 30.0  # for another program, whose exchange of two folders takes less than one
_SECONDS_BETWEEN_LOOKS = 0.01


@contextmanager
def locked(place: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of a file or folder; whether it could be had. The end of a process ends its locks.

    Windows has no such locks, nor has every file system; of a network's disk often only programs of one machine see
    each other's.

    Raises:
        FolderError: another program held it all the time that this one waited.
    """
    try:
        number = os.open(place, os.O_RDONLY)
    except OSError:
        yield False
        return
    try:
        is_held = _lock(number, _SECONDS_TO_WAIT if wait else 0.0)
        if wait and is_held is None:
            raise FolderError(
                f"another program has held the lock of {place} for {_SECONDS_TO_WAIT:.0f} seconds. Wait until it has "
                "ended, or end it. If it is `flock` around this one, let it lock a file instead of that folder.",
                code="folder.locked",
            )
        yield bool(is_held)
    finally:
        _unlock(number)
        os.close(number)


def _lock(number: int, seconds: float) -> bool | None:
    """Whether a file has our lock now; None where another program held it for so long."""
    if sys.platform == "win32":
        return False
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= end:
                return None
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        except OSError:  # no such locks here
            return False


def _unlock(number: int) -> None:
    """Closing it is not enough: a child that was forked meanwhile has it open too."""
    if sys.platform != "win32":
        with suppress(OSError):
            fcntl.flock(number, fcntl.LOCK_UN)


def write_file(path: Path, content: bytes, *, through_link: bool = True) -> None:
    """Write a file: there is the whole new one, on the disk, or what was there before.

    Args:
        path: the file.
        content: all of it.
        through_link: a link stays a link, and what it leads to is written; otherwise the file takes the link's place.

    Raises:
        OSError: it cannot be written.
    """
    path = path.resolve() if through_link else path
    if path.exists() and not path.is_file():
        raise FileExistsError(errno.EEXIST, "it is a folder or a device", str(path))
    with new_beside(path, Path.touch) as partial:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # a name must not point at content that is not there after a power cut
        partial.replace(path)


@contextmanager
def new_beside(path: Path, make: Callable[[Path], None]) -> Iterator[Path]:
    """A new file or folder beside `path`, which is gone in the end unless it took another name.

    What a program that was killed left there is removed: nobody holds its lock any more.

    Args:
        path: what it will be called when it is whole.
        make: makes the empty one.
    """
    with ExitStack() as in_the_end:
        _remove_rests(path)
        partial = _new(path, make, in_the_end)
        while not partial.exists():  # before it had its lock it was taken for a rest
            partial = _new(path, make, in_the_end)
        in_the_end.callback(_remove, partial)
        yield partial


def _new(path: Path, make: Callable[[Path], None], in_the_end: ExitStack) -> Path:
    """An empty file or folder of a name that none had: who takes the earlier one for a rest goes by its name."""
    partial = path.with_name(_partial_name(path))
    make(partial)
    in_the_end.enter_context(locked(partial))
    return partial


def _remove_rests(path: Path) -> None:
    for place in path.parent.iterdir():
        if is_partial(place.name, of=path.name):
            with locked(place, wait=False) as is_free:
                if is_free:
                    discard(place, path)


def discard(doomed: Path, path: Path) -> None:
    """Remove what stands beside `path`, as far as the system lets us.

    It gets another name first: half of it must not be taken for a result, and who still writes it is to notice.
    """
    partial = path.with_name(_partial_name(path))
    with suppress(OSError):
        _remove(doomed.rename(partial))


def _remove(partial: Path) -> None:
    if partial.is_dir():
        shutil.rmtree(partial, ignore_errors=True)
    else:
        with suppress(OSError):
            partial.unlink()


def _partial_name(path: Path) -> str:
    return f".{path.name}.{secrets.token_hex(4)}.partial"


def reason(error: BaseException) -> str:
    """What the system says of a failure, without its number and the names of passing files."""
    return getattr(error, "strerror", None) or str(error)


def is_partial(name: str, of: str = "") -> bool:
    """Whether something is called as things are while they are made, or taken apart; `of`: as this one is."""
    return re.fullmatch(rf"\.{re.escape(of) or '.+'}\.[0-9a-f]{{8}}\.partial", name) is not None
