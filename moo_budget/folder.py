"""A result folder is written whole or not at all."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from moo_budget.errors import FolderError

RESULT, SWEEP = "result.json", "sweep.json"  # the file by which a folder of ours is known


def restore(folder: Path, holds: str = RESULT) -> None:
    """Put back the old result that an interrupted exchange left aside; what is no result of ours is left alone."""
    folder = folder.resolve()
    previous = _previous(folder)
    if _is_ours(previous, holds) and not folder.exists():
        previous.rename(folder)


def check_free(folder: Path, *, force: bool, holds: str = RESULT) -> None:
    """Raise FolderError where a result would have to be written over something that must stay.

    Args:
        folder: where the result shall stand.
        force: an earlier result there may be replaced; anything else may not.
        holds: the file by which an earlier one is known: a result replaces results only, a sweep sweeps.
    """
    folder = folder.resolve()
    if folder in (Path.cwd(), *Path.cwd().parents):
        raise FolderError(
            f"{folder} is where this program runs. Name a folder of its own by --out.", code="folder.here"
        )
    restore(folder, holds)
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


def write_folder(folder: Path, write: Callable[[Path], None], *, force: bool, holds: str = RESULT) -> None:
    """Let `write` fill a new folder beside `folder`, then exchange the two.

    Whatever goes wrong, `folder` holds the old result or the new one, whole: the old one is moved to
    ``<folder>.previous``, the new one takes its place, the old one goes.

    Raises:
        FolderError: see `check_free`, or the folder cannot be written.
    """
    check_free(folder, force=force, holds=holds)
    folder = folder.resolve()
    partial = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial.mkdir()
    except OSError as error:
        raise FolderError(
            f"{folder} cannot be written ({error}). Choose another --out.", code="folder.write"
        ) from error
    try:
        write(partial)
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


def _is_ours(folder: Path, holds: str) -> bool:
    return (folder / holds).is_file()
