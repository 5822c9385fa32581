"""Workbooks (XLSX) and Parquet files -> rows of cells, without unpacking what no memory holds.

Both forms are packed: a few thousand bytes may stand for more cells than a machine can hold. So what they say about
their size is read first, and rows are counted as they come.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from moo_budget._files import bytes_of
from moo_budget._process import unwarned
from moo_budget.errors import InputError, Message, listed, nearest

Grid = list[list[Any]]

ZIP, PARQUET = b"PK\x03\x04", b"PAR1"  # what the files begin with
MOST_BYTES = 100_000_000  # of a table file
MOST_CELLS = 10_000_000  # of a table: 2,000 channels over 500 weeks, ten columns each
_MOST_ROWS = 2**20  # of a sheet, as its form says
_MOST_UNPACKED = 300_000_000  # bytes of one part of a workbook, or of a Parquet file


def too_large(file: str, what: str) -> InputError:
    """The error for a table that is more than the program takes; `what` says how much it is."""
    return InputError(
        f"{file} {what}. Leave out columns that are not used, or add its rows up before.", code="history.too-large"
    )


def check_cells(file: str, n_cells: int) -> None:
    """Raise InputError for more cells than a table may have."""
    if n_cells > MOST_CELLS:
        raise too_large(file, f"has more than {MOST_CELLS:,} cells, the most that is read")


def workbook_grid(file: str, content: bytes, sheet: str | None) -> tuple[Grid, list[Message]]:
    """The values of a sheet, by default the first, and what is to be said about the choice.

    Raises:
        InputError: it is no workbook, or too large; there is no such sheet; a formula has no saved value.
    """
    try:
        _check_unpacked(file, content)
        names = _workbook(content).sheetnames
        chosen = names[0] if sheet is None else sheet
        grid, unsaved = _sheet_grid(file, content, chosen) if chosen in names else ([], [])
    except InputError:
        raise
    # openpyxl raises whatever its zip and XML parsers meet, and promises no list of it.
    except Exception as error:
        raise InputError(
            f"{file} is no XLSX workbook that can be read ({type(error).__name__}). Save it again as XLSX or CSV.",
            code="history.bad-workbook",
        ) from error
    if chosen not in names:
        raise InputError(
            f"{file} has no sheet `{chosen}`. {nearest(chosen, names)}Its sheets: {listed(names)}",
            code="history.sheet",
        )
    if unsaved:
        raise InputError(
            f"{file}, sheet `{chosen}`: the formula in {listed(unsaved, 5)} has no saved value. "
            "Open the workbook in a spreadsheet program and save it, or paste values.",
            code="history.formula-without-value",
        )
    said = [Message("history.sheet", f"{file}: the first of {len(names)} sheets was read, `{chosen}`.")]
    return grid, said if sheet is None and len(names) > 1 else []


def sheet_names(path: Path) -> tuple[str, ...]:
    """The sheets of a workbook, in order; none where the file is no workbook, or cannot be read."""
    try:
        content = bytes_of(path, MOST_BYTES)
        return tuple(_workbook(content).sheetnames) if content.startswith(ZIP) else ()
    # `read_table` says what is wrong with it.
    except Exception:
        return ()


def _check_unpacked(file: str, content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        largest = max((part.file_size for part in packed.infolist()), default=0)
    if largest > _MOST_UNPACKED:
        raise too_large(file, f"unpacks to {largest / 1e6:,.0f} MB, and {_MOST_UNPACKED / 1e6:,.0f} MB are allowed")


def _workbook(content: bytes, *, formulas: bool = False) -> Any:
    import openpyxl  # a command that reads no workbook should not wait for it

    with unwarned():  # of styles and extensions that it drops; only the cells are wanted
        return openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=not formulas)


def _sheet_grid(file: str, content: bytes, sheet: str) -> tuple[Grid, list[str]]:
    """The values of a sheet, and the places of its formulas whose value nobody has saved."""
    with unwarned():
        grid = [
            [value.strip() if isinstance(value, str) else value for value in row]
            for row in _counted(file, _rows(_workbook(content)[sheet], values_only=True))
        ]
        formulas = [
            (row, column, cell.coordinate)
            for row, cells in enumerate(_rows(_workbook(content, formulas=True)[sheet], values_only=False))
            for column, cell in enumerate(cells)
            if cell.data_type == "f"
        ]
    return grid, [place for row, column, place in formulas if grid[row][column] is None]


def _rows(sheet: Any, *, values_only: bool) -> Iterator[Sequence[Any]]:
    # What a sheet says of its size is often wrong: too small, and rows would be missing; too large, and memory is.
    sheet.reset_dimensions()
    return iter(sheet.iter_rows(values_only=values_only))


def _counted(file: str, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    n_cells = 0
    for n_rows, row in enumerate(rows, start=1):
        n_cells += len(row)
        check_cells(file, n_cells)
        if n_rows > _MOST_ROWS:
            raise too_large(file, f"has more than {_MOST_ROWS:,} rows, the most that a sheet can have")
        yield row


def parquet_grid(file: str, content: bytes) -> Grid:
    """The names of the columns, then the rows.

    Raises:
        InputError: pyarrow is not installed, it is no Parquet file, or it is too large.
    """
    try:
        texts = _texts_of_parquet(file, content)
        frame = pd.read_parquet(io.BytesIO(content), engine="pyarrow", read_dictionary=texts)
    except ImportError:
        raise InputError(
            f"{file} is a Parquet file, and pyarrow is not installed. Install it: pip install 'moo-budget[parquet]'",
            code="history.parquet-extra",
        ) from None
    except InputError:
        raise
    # pyarrow's errors share no base class with one another.
    except Exception as error:
        raise InputError(
            f"{file} is no Parquet file that can be read ({type(error).__name__}). Write it again, or as CSV.",
            code="history.bad-parquet",
        ) from error
    named_index = [name for name in frame.index.names if name is not None]
    frame = frame.reset_index(level=named_index) if named_index else frame
    cells = frame.astype(object).where(frame.notna(), None)
    return [list(cells.columns), *cells.to_numpy().tolist()]


def _texts_of_parquet(file: str, content: bytes) -> list[str]:
    """The columns of text, once it is known that the file can be unpacked: each text of theirs is to be held once."""
    import pyarrow
    from pyarrow import parquet

    packed = parquet.ParquetFile(io.BytesIO(content))
    groups = [packed.metadata.row_group(number) for number in range(packed.metadata.num_row_groups)]
    check_cells(file, packed.metadata.num_rows * packed.metadata.num_columns)
    # A cell that is a list may hold any number of values. Others are not asked: pyarrow ends the whole program where
    # what a damaged file says of a column does not fit together.
    lists = [number for number in range(len(packed.schema)) if packed.schema.column(number).max_repetition_level > 0]
    for group in groups:
        check_cells(file, sum(group.column(number).num_values for number in lists))
    unpacked = sum(group.total_byte_size for group in groups)
    if unpacked > _MOST_UNPACKED:
        raise too_large(file, f"unpacks to {unpacked / 1e6:,.0f} MB, and {_MOST_UNPACKED / 1e6:,.0f} MB are allowed")
    is_text = (pyarrow.types.is_string, pyarrow.types.is_large_string, pyarrow.types.is_binary)
    return [field.name for field in packed.schema_arrow if any(test(field.type) for test in is_text)]
