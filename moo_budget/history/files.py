"""A table file (CSV, XLSX, Parquet) -> its cells as they stand there, with the numbers of their rows."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from moo_budget._files import bytes_of
from moo_budget.errors import InputError, Message, listed, nearest
from moo_budget.history.packed import MOST_BYTES, PARQUET, ZIP, Grid, check_cells, parquet_grid, workbook_grid

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
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
        InputError: there is no such file, it is no table or too large, it has no rows, two columns have one name, a
            row is longer than the header, or a workbook's formula has no saved value.
    """
    content = _content(path)
    file = path.name
    if content.startswith(ZIP):
        grid, messages = workbook_grid(file, content, sheet)
    elif sheet is not None:
        raise InputError(
            f"{file} is no XLSX workbook, so it has no sheet `{sheet}`. Leave history.sheet out.", code="history.sheet"
        )
    elif content.startswith(PARQUET):
        grid, messages = parquet_grid(file, content), []
    else:
        grid, messages = _text_grid(file, content, encoding)
    return Table(file, hashlib.sha256(content).hexdigest(), _under_header(file, grid), tuple(messages))


def _content(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(f"{path} is a folder; name the table file inside it.", code="history.is-folder")
    try:
        content = bytes_of(path, MOST_BYTES)
    except FileNotFoundError:
        beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        raise InputError(
            f"There is no file {path}. {nearest(path.name, beside)}Paths in a problem file are relative to it.",
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
        check_cells(file, text.count(separator) + text.count("\n") + text.count("\r"))
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


def _under_header(file: str, grid: Grid) -> pd.DataFrame:
    """The grid below its first row that is not empty, which names the columns; empty rows and nameless columns go."""
    filled = [(number, row) for number, row in enumerate(grid, start=1) if not all(is_blank(cell) for cell in row)]
    if not filled:
        raise _empty(file)
    (_, header), *rows = filled
    names = ["" if is_blank(cell) else str(cell).strip() for cell in header]
    check_cells(file, len(rows) * len(names))  # short rows are filled up
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
