"""What the longer programs share: their command line, and figures kept on disk, so that a stopped run goes on."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from readme import ROOT


def command_line(description: str, *, quick: object, full: object) -> argparse.ArgumentParser:
    """Arguments `effort`, one of the two, and `cache`, a folder."""
    parser = argparse.ArgumentParser(description=description)
    how_much = parser.add_mutually_exclusive_group()
    how_much.add_argument(
        "--quick", dest="effort", action="store_const", const=quick, default=quick, help="the default"
    )
    how_much.add_argument("--full", dest="effort", action="store_const", const=full, help="everything, resumable")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "moo_budget_bench", help="a folder")
    return parser


@dataclass(frozen=True)
class Cells:
    """Figures by what they are of.

    Args:
        folder: where they are kept; None: they are not.
    """

    folder: Path | None

    def kept(self, key: object, make: Callable[[], Any], *, anew: bool = False) -> Any:
        """What `make` gives, ready for JSON; read from the folder where the same key made it before.

        Args:
            key: its `repr` says all that the figures hang on, `sources` too.
            make: measures.
            anew: what is there is replaced.
        """
        if self.folder is None:
            return make()
        path = self._path(self.folder, key)
        if anew or not path.exists():
            made = json.dumps(make())
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made, encoding="utf-8")
        return json.loads(path.read_text(encoding="utf-8"))

    def has(self, key: object) -> bool:
        """Whether it was kept before."""
        return self.folder is not None and self._path(self.folder, key).exists()

    def _path(self, folder: Path, key: object) -> Path:
        return folder / f"{hashlib.sha256(repr(key).encode()).hexdigest()[:24]}.json"


@cache
def sources(*programs: str, package: str | None = "") -> str:
    """Digest of programs beside this one and of the package, of a part of it, or of nothing of it (None)."""
    files = [Path(__file__).with_name(name) for name in programs]
    files += sorted((ROOT / "moo_budget" / package).rglob("*.py")) if package is not None else []
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
