"""Where the tables are that nobody here wrote, and problem files that point to them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DATA = Path(os.environ.get("MOO_BUDGET_DATA", HERE.parent.parent / "shared" / "data"))
PROBLEMS = sorted((HERE / "real").glob("*.toml"))

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no shared data: {DATA} is not there (see MOO_BUDGET_DATA)")


def problem_in(folder: Path, path: Path) -> Path:
    """A copy of a problem file in `folder` that finds its table wherever the data are."""
    text = path.read_text(encoding="utf-8").replace("../../../shared/data", DATA.as_posix())
    copy = folder / path.name
    copy.write_text(text, encoding="utf-8")
    return copy
