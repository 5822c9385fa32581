"""A result folder is written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from moo_budget.errors import FolderError


def restore(folder: Path) -> None:
    """Put back the old result that an interrupted exchange left aside."""
    previous = _previous(folder)
    if previous.exists() and not folder.exists():
        previous.rename(folder)


def check_free(folder: Path, *, force: bool) -> None:
    """Raise FolderError where a result would have to be written over something that must stay.

    Args:
        folder: where the result shall stand.
        force: an earlier result there may be replaced; anything else may not.
    """
    restore(folder)
    if not folder.exists() and not folder.is_symlink():
        return
    if not folder.is_dir():
        raise FolderError(f"{folder} is a file, not a folder. Choose another --out.", code="folder.is-file")
    if not any(folder.iterdir()):
        return
    if not force:
        raise FolderError(
            f"{folder} exists already. Choose another --out, or replace it with --force.", code="folder.exists"
        )
    if not (folder / "result.json").is_file():
        raise FolderError(
            f"{folder} holds no result (no result.json), so it is not replaced. Choose another --out.",
            code="folder.foreign",
        )


def write_folder(folder: Path, write: Callable[[Path], None], *, force: bool) -> None:
    """Let `write` fill a new folder beside `folder`, then exchange the two.

    Whatever goes wrong, `folder` holds the old result or the new one, whole: the old one is moved to
    ``<folder>.previous``, the new one takes its place, the old one goes.

    Raises:
        FolderError: see `check_free`, or the folder cannot be written.
    """
    check_free(folder, force=force)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise FolderError(
            f"{folder} cannot be written ({error}). Choose another --out.", code="folder.write"
        ) from error
    try:
        write(partial)
        partial.chmod(0o777 & ~_umask())
        _exchange(folder, partial)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _exchange(folder: Path, partial: Path) -> None:
    previous = _previous(folder)
    if folder.exists():
        shutil.rmtree(previous, ignore_errors=True)
        folder.rename(previous)
    partial.rename(folder)
    shutil.rmtree(previous, ignore_errors=True)


def _previous(folder: Path) -> Path:
    return folder.with_name(folder.name + ".previous")


def _umask() -> int:
    """What the user's other folders are made with; a temporary one is private."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
