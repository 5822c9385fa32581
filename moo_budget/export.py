"""A front in the form that another program likes."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from moo_budget._whole import reason, write_file
from moo_budget.errors import FolderError, InputError
from moo_budget.front import Plan
from moo_budget.results import Result, to_json
from moo_budget.workbook import workbook

Plans = Sequence[Plan] | None  # None: all of the front

# A cell that begins like this is run as a formula by a spreadsheet; an apostrophe before it makes it text.
_FORMULA_STARTS = tuple("=+-@\t\r\n\0") + tuple("＝＋－＠")


def _to_csv(result: Result, plans: Plans) -> bytes:
    """The form that Excel likes: byte mark, CRLF, no cell that could be taken for a formula."""
    frame = result.front.to_frame(plans)
    text = frame.select_dtypes(exclude="number").columns
    frame[text] = frame[text].map(_as_text)
    frame.columns = pd.Index([_as_text(name) for name in frame.columns])
    return frame.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _as_text(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def as_written(text: str) -> str:
    """A text of a CSV for Excel without the apostrophe that keeps it from being a formula."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA_STARTS) else text


def _to_json(result: Result, plans: Plans) -> bytes:
    return to_json(result, plans).encode("utf-8")


def _to_parquet(result: Result, plans: Plans) -> bytes:
    if find_spec("pyarrow") is None:
        raise InputError(
            "export to parquet needs pyarrow. Install it with: pip install 'moo-budget[parquet]'", code="export.parquet"
        )
    content = io.BytesIO()
    result.front.to_frame(plans).to_parquet(content, index=False)
    return content.getvalue()


EXPORTS: dict[str, Callable[[Result, Plans], bytes]] = {
    "csv": _to_csv,
    "json": _to_json,
    "parquet": _to_parquet,
    "xlsx": workbook,
}


def exported(result: Result, form: str, plans: Plans = None) -> bytes:
    """The content of a file with plans of a result, today and the reference.

    Args:
        result: what a run found.
        form: a name in EXPORTS.
        plans: instead of all plans of the front, any plans of its problem.

    Raises:
        InputError: the form needs a package that is not installed, or, as JSON, a plan beyond a table's end.
    """
    return EXPORTS[form](result, plans)


def export(result: Result, path: Path, form: str, *, force: bool = False) -> None:
    """Write a result's front as `form`, a name in EXPORTS; whole or not at all.

    Raises:
        FolderError: the file exists and `force` is not given, or it cannot be written.
        InputError: the form needs a package that is not installed.
    """
    if path.is_dir() or (path.exists() and not force):
        raise FolderError(f"{path} exists already. Choose another --out, or --force.", code="export.exists")
    content = exported(result, form)
    try:
        write_file(path, content)
    except OSError as error:
        raise FolderError(
            f"{path} cannot be written ({reason(error)}). Make room or choose another --out.", code="export.write"
        ) from error
