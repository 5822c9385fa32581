"""Bytes of files that others wrote, as far as a program may read them unattended."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def bytes_of(path: Path, most: int) -> bytes:
    """The content of a file, whole, as it was at one time.

    Args:
        path: of a file, or of a link to one. A device or a pipe may never end, and is none.
        most: bytes it may have.

    Raises:
        OSError: the system does not give it.
        ValueError: it is no file, it has more bytes, somebody writes it at this moment, or no file can have this name.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path.name} is a folder")
    if not stat.S_ISREG(path.stat().st_mode):  # before it is opened: opening a pipe waits for who writes into it
        raise ValueError("it is no file but a device or a pipe. Save what it gives in a file")
    with path.open("rb") as file:
        before = os.fstat(file.fileno())
        if before.st_size > most:
            raise ValueError(f"it has {before.st_size / 1e6:,.0f} MB, and {most / 1e6:,.0f} MB are allowed")
        content = file.read(most + 1)
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(content) != after.st_size:
        raise ValueError("somebody writes it at this moment. Try again when it is finished")
    return content
