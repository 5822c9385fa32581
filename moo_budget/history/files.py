"""A table file (CSV, XLSX, Parquet) -> its cells as they stand there, with the numbers of their rows."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from moo_budget.errors import InputError, Message, listed, nearest

Grid = list[list[Any]]

_ZIP, _PARQUET, _OLD_EXCEL = b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0"
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
# Text has no control characters but tab, line feed, form feed and carriage return.
_BINARY = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_SAMPLE_ROWS = 20


def matching(name: str) -> str:
    """The form of a name that is compared: NFKC, so that full-width letters and digits match plain ones."""
    return unicodedata.normalize("NFKC", name).strip()


@dataclass(frozen=True, eq=False)
class Table:
    """The cells of a table file, nothing interpreted.

    Attributes:
        file: name of the file, without its folder.
        sha256: digest of the file's bytes.
        cells: a row per row of the file that is not empty, labelled with its number there (the header is row 1); a
            column per named column. CSV cells are text without surrounding blanks; XLSX and Parquet cells have the
            type they have there. Nothing says yet which cells count as empty.
        messages: what was found out about the file, where it is not the plain case.
    """

    file: str
    sha256: str
    cells: pd.DataFrame
    messages: tuple[Message, ...]

    @property
    def columns(self) -> list[str]:
        """The headers as they are written, in order."""
        return list(self.cells.columns)

    @cached_property
    def headers(self) -> dict[str, str]:
        """Header in the form that is compared -> header as it is written."""
        return {matching(header): header for header in self.columns}

    def has(self, name: str) -> bool:
        """Whether there is a column of that name, after NFKC."""
        return matching(name) in self.headers

    def column(self, name: str) -> str:
        """The header as it is written of the column `name`, which must be there."""
        return self.headers[matching(name)]


def read_table(path: Path, *, sheet: str | None = None, encoding: str = "") -> Table:
    """Read a table file; the first row that is not empty is its header.

    What the bytes are is found out from the bytes, not from the file's name. Text is decoded by its byte mark
    (UTF-8, UTF-16), else as strict UTF-8, else as GB18030: in that order, because Chinese in UTF-8 is also decodable
    as GB18030, into nonsense. Commas, semicolons, tabs or pipes separate the cells: whatever splits the header into
    most cells, the first rows agreeing.

    Args:
        path: the file.
        sheet: sheet of a workbook; default the first.
        encoding: encoding of a text file; default found out.

    Raises:
        InputError: there is no such file, it is no table, it has no rows, two columns have one name, a row is longer
            than the header, or a workbook's formula has no saved value.
    """
    content = _content(path)
    file = path.name
    if content.startswith(_ZIP):
        grid, messages = _workbook_grid(file, content, sheet)
    elif sheet is not None:
        raise InputError(
            f"{file} is no XLSX workbook, so it has no sheet `{sheet}`. Leave history.sheet out.", code="history.sheet"
        )
    elif content.startswith(_PARQUET):
        grid, messages = _parquet_grid(file, content), []
    else:
        grid, messages = _text_grid(file, content, encoding)
    return Table(file, hashlib.sha256(content).hexdigest(), _under_header(file, grid), tuple(messages))


def _content(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(f"{path.name} is a folder; name the table file inside it.", code="history.is-folder")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        raise InputError(
            f"There is no file {path}. {nearest(path.name, beside)}Paths are relative to the problem file.",
            code="history.no-file",
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path.name} cannot be read: {error}", code="history.unreadable") from error
    if content.startswith(_OLD_EXCEL):
        raise InputError(
            f"{path.name} is a workbook in the old XLS form (or encrypted). Save it as XLSX or CSV.",
            code="history.old-workbook",
        )
    return content


def _text_grid(file: str, content: bytes, encoding: str) -> tuple[Grid, list[Message]]:
    text, used = _decoded(file, content, encoding)
    if _BINARY.search(text):
        raise _no_table(file)
    if not text.strip():
        raise _empty(file)
    try:
        separator = _separator(text)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise InputError(
            f"{file} is no CSV table: {error}. Look for a quotation mark that is not closed.", code="history.bad-csv"
        ) from error
    messages = []
    if used != "UTF-8":
        messages.append(Message("history.encoding", f"{file} was read as {used}; if names look wrong, set encoding."))
    if separator != ",":
        messages.append(Message("history.separator", f"{file}: {_SEPARATORS[separator]} separate the cells."))
    return [[cell.strip() for cell in row] for row in rows], messages


def _decoded(file: str, content: bytes, encoding: str) -> tuple[str, str]:
    """The text and the name of the encoding that it is in."""
    if encoding:
        candidates = [(encoding, encoding)]
    elif content.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = [("utf-16", "UTF-16")]
    else:
        candidates = [("utf-8", "UTF-8"), ("gb18030", "GB18030")]
    for codec, name in candidates:
        try:
            return content.decode(codec).removeprefix("\ufeff"), name
        except LookupError:
            raise InputError(
                f'history.encoding is "{encoding}", which is no encoding. Usual: utf-8, gb18030, utf-16, cp1252.',
                code="history.unknown-encoding",
            ) from None
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
    if _BINARY.search(content.decode("latin-1")):
        raise _no_table(file)
    raise InputError(
        f"{file}, line {line}: the bytes are not {candidates[-1][1]}. "
        "Save the file as UTF-8, or name what it is in history.encoding.",
        code="history.encoding",
    )


def _no_table(file: str) -> InputError:
    return InputError(
        f"{file} is no table: it holds bytes that no text has. Allowed: CSV, XLSX, Parquet.", code="history.not-a-table"
    )


def _separator(text: str) -> str:
    """What splits the header into most cells; one that splits the first rows alike comes before one that does not."""
    lines = list(islice((line for line in io.StringIO(text, newline="") if line.strip()), _SAMPLE_ROWS))

    def fitness(separator: str) -> tuple[bool, bool, int]:
        lengths = [len(row) for row in csv.reader(lines, delimiter=separator)]
        return lengths[0] > 1, len(set(lengths)) == 1, lengths[0]

    return max(_SEPARATORS, key=fitness)


def _workbook_grid(file: str, content: bytes, sheet: str | None) -> tuple[Grid, list[Message]]:
    try:
        names = _workbook(content).sheetnames
        chosen = names[0] if sheet is None else sheet
        grid, unsaved = _sheet_grid(content, chosen) if chosen in names else ([], [])
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
        content = path.read_bytes()
        return tuple(_workbook(content).sheetnames) if content.startswith(_ZIP) else ()
    # `read_table` says what is wrong with it.
    except Exception:
        return ()


def _workbook(content: bytes, *, formulas: bool = False) -> Any:
    import openpyxl  # a command that reads no workbook should not wait for it

    with warnings.catch_warnings():
        # It warns of styles and extensions that it drops; only the cells are wanted.
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=not formulas)


def _sheet_grid(content: bytes, sheet: str) -> tuple[Grid, list[str]]:
    """The values of a sheet, and the places of its formulas whose value nobody has saved."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        grid = [
            [value.strip() if isinstance(value, str) else value for value in row]
            for row in _workbook(content)[sheet].iter_rows(values_only=True)
        ]
        formulas = [
            (row, column, cell.coordinate)
            for row, cells in enumerate(_workbook(content, formulas=True)[sheet].iter_rows())
            for column, cell in enumerate(cells)
            if cell.data_type == "f"
        ]
    return grid, [place for row, column, place in formulas if grid[row][column] is None]


def _parquet_grid(file: str, content: bytes) -> Grid:
    try:
        frame = pd.read_parquet(io.BytesIO(content), engine="pyarrow")
    except ImportError:
        raise InputError(
            f"{file} is a Parquet file, and pyarrow is not installed. Install it: pip install 'moo-budget[parquet]'",
            code="history.parquet-extra",
        ) from None
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


def _under_header(file: str, grid: Grid) -> pd.DataFrame:
    """The grid below its first row that is not empty, which names the columns; empty rows and nameless columns go."""
    filled = [(number, row) for number, row in enumerate(grid, start=1) if not all(is_blank(cell) for cell in row)]
    if not filled:
        raise _empty(file)
    (_, header), *rows = filled
    names = ["" if is_blank(cell) else str(cell).strip() for cell in header]
    _check_distinct(file, names)
    if not rows:
        raise InputError(
            f"{file} has a header and no rows below it. Its columns: {listed(filter(None, names))}",
            code="history.no-rows",
        )
    cells = pd.DataFrame(
        [_fitted(file, number, row, len(names)) for number, row in rows],
        index=[number for number, _ in rows],
        columns=names,
        dtype=object,
    )
    return cells[[name for name in names if name]]


def _empty(file: str) -> InputError:
    return InputError(f"{file} is empty; it needs a header and rows.", code="history.empty")


def is_blank(cell: Any) -> bool:
    """Whether a cell of a file has no content."""
    return cell is None or (isinstance(cell, str) and not cell)


def _fitted(file: str, number: int, row: Sequence[Any], length: int) -> list[Any]:
    """The row, filled up with empty cells to the header's length."""
    if not all(is_blank(cell) for cell in row[length:]):
        raise InputError(
            f"{file}, row {number} has {len(row)} cells and the header has {length}. "
            "Is there an unquoted separator in one of its cells?",
            code="history.long-row",
        )
    return [*row[:length], *[None] * (length - len(row))]


def _check_distinct(file: str, names: Sequence[str]) -> None:
    counts = Counter(matching(name) for name in names if name)
    repeated = [name for name, count in counts.items() if count > 1]
    if repeated:
        raise InputError(
            f"{file}: {len(repeated)} header(s) stand over more than one column: {listed(repeated)}. "
            "Every column needs a name of its own.",
            code="history.repeated-header",
        )
