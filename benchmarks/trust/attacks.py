"""Files that were made to do harm, each read once: how it ends, how long that takes, how much memory.

Run: python -m trust.attacks FILE, from `benchmarks/`; `bench_trust.py` calls it. The suite holds smaller ones
(`tests/test_attacks.py`, `tests/test_bad_files.py`); here they have their full size.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
from pyarrow import parquet


def one_line(path: Path) -> None:
    """A gigabyte without an end of line."""
    with path.open("wb") as file:
        for _ in range(1000):
            file.write(b"1," * 500_000)


def one_cell(path: Path) -> None:
    """As much as a table may have, in one cell."""
    path.write_bytes(b"a,b\n" + b"1" * 99_000_000 + b",2\n")


def wide_header(path: Path) -> None:
    """A header of millions of cells."""
    path.write_bytes(b",".join(b"c%d" % number for number in range(4_000_000)) + b"\n1\n")


def workbook(sheet: bytes, *, doctype: bytes = b"") -> Callable[[Path], None]:
    """A workbook whose sheet has these cells."""

    def write(path: Path) -> None:
        whole = io.BytesIO()
        pd.DataFrame({"a": [1], "b": [2]}).to_excel(whole, index=False, engine="xlsxwriter")
        with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                text = source.read(name)
                if name.endswith("sheet1.xml"):
                    text = text.replace(b"<worksheet", doctype + b"<worksheet").replace(b"</sheetData>", sheet)
                target.writestr(name, text)

    return write


def parquet_of_nothing(path: Path) -> None:
    """A hundred million rows in few bytes."""
    parquet.write_table(pyarrow.table({"a": pyarrow.nulls(100_000_000)}), path)


def nested(path: Path) -> None:
    """Ten megabytes of brackets."""
    path.write_bytes(b"a = " + b"[" * 9_900_000)


def endless_key(path: Path) -> None:
    """A key of millions of parts."""
    path.write_bytes(b"a" + b".a" * 4_900_000 + b" = 1\n")


_LAUGHS = b'<!DOCTYPE b [<!ENTITY a0 "ha">' + b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)
)
TABLES = {
    "CSV, 1 GB in one line": one_line,
    "CSV, 99 MB in one cell": one_cell,
    "CSV, four million columns": wide_header,
    "XLSX that unpacks to 600 MB": workbook(b" " * 600_000_000 + b"</sheetData>"),
    "XLSX, entities of entities": workbook(b"<row><c><v>&a11;</v></c></row></sheetData>", doctype=_LAUGHS + b"]>"),
    "XLSX, cells far out": workbook(b'<row r="900000000"><c r="XFD900000000"><v>1</v></c></row></sheetData>'),
    "Parquet, a hundred million rows in few bytes": parquet_of_nothing,
}
PROBLEMS = {"TOML, ten million brackets": nested, "TOML, a key of five million parts": endless_key}


def _read(path: Path, is_problem: bool, answers: Any) -> None:
    from moo_budget import MooBudgetError, read_problem
    from moo_budget.history.files import read_table

    before, begun = _most_memory(), time.process_time()
    try:
        (read_problem if is_problem else read_table)(path)
        end = "result"
    except MooBudgetError as error:
        end = error.code
    except BaseException as error:
        end = f"defect: {type(error).__name__}"
    more = _most_memory() - before
    answers.put({"end": end, "seconds": time.process_time() - begun, "megabytes": more})


def _most_memory() -> float:
    """Megabytes that this process ever held; what `resource` says includes the process that started it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024.0


def main() -> None:
    """Make each file, read it in a process of its own, and write how it ended."""
    apart = multiprocessing.get_context("spawn")
    found = {}
    for name, make in (TABLES | PROBLEMS).items():
        with tempfile.TemporaryDirectory(prefix="trust-attack-") as place:
            path = Path(place) / "attack"
            make(path)
            answers = apart.Queue()
            process = apart.Process(target=_read, args=(path, name in PROBLEMS, answers))
            process.start()
            found[name] = answers.get(timeout=600)
            process.join()
    Path(sys.argv[1]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
