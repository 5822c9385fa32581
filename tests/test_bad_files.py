"""Files that were made to do harm, or are half written: refused in words, early, and without what they ask for."""

import io
import itertools
import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
import pytest
from pyarrow import parquet

from moo_budget import InputError, read_problem
from moo_budget._files import bytes_of
from moo_budget.history import packed
from moo_budget.history.cells import read_numbers
from moo_budget.history.files import read_table
from moo_budget.run import text_of

PROBLEM = 'schema_version = 1\ntitle = "one"\n[plan]\nbudget = 1\n[fit]\ncurves = "curves.csv"\n'


def table_of(folder, content):
    (folder / "history.csv").write_bytes(content)
    return read_table(folder / "history.csv")


def changed_workbook(old, new):
    """A workbook of two columns and two rows in whose sheet `old` is replaced."""
    whole, changed = io.BytesIO(), io.BytesIO()
    pd.DataFrame({"a": [1, 2], "b": [3, 4]}).to_excel(whole, index=False, engine="xlsxwriter")
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            text = source.read(name)
            if name.endswith("sheet1.xml"):
                assert old in text
                text = text.replace(old, new)
            target.writestr(name, text)
    return changed.getvalue()


@pytest.mark.parametrize("read", [read_table, read_problem])
def test_what_is_no_file_is_refused_before_it_is_opened(tmp_path, read):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    for name in ("pipe", "link"):
        with pytest.raises(InputError, match=r"cannot be read: it is no file but a device or a pipe\. Save what"):
            read(tmp_path / name)


@pytest.mark.parametrize(("read", "most"), [(read_table, "100 MB"), (read_problem, "10 MB")])
def test_a_gigabyte_is_refused_before_it_is_read(tmp_path, read, most):
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1_000_000_000)
    with pytest.raises(InputError, match=f"it has 1,000 MB, and {most} are allowed"):
        read(tmp_path / "large")


def test_a_file_that_is_written_meanwhile_is_not_half_read(tmp_path, monkeypatch):
    path = tmp_path / "history.csv"
    path.write_bytes(b"x" * 1000)

    def written_after(number, look=os.fstat):
        state = look(number)
        with path.open("ab") as file:
            file.write(b"more")
        return state

    monkeypatch.setattr(os, "fstat", written_after)
    with pytest.raises(ValueError, match="somebody writes it at this moment"):
        bytes_of(path, 10_000)


def test_a_line_of_many_megabytes_is_no_table(tmp_path):
    with pytest.raises(InputError, match="field larger than field limit"):
        table_of(tmp_path, b"a,b\n" + b"1" * 3_000_000 + b",2\n")


def test_numbers_whose_squares_are_none_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"row 3, column `b`: `1e308` is too large .* up to 1e\+100 are allowed"):
        read_numbers(table_of(tmp_path, b"a,b\n1,2\n3,1e308\n"), ["a", "b"])


def test_short_rows_below_a_wide_header_are_not_filled_up_without_end(tmp_path):
    content = b",".join(b"c%d" % number for number in range(20_000)) + b"\n" + b"1,2\n" * 600
    with pytest.raises(InputError, match=r"history.csv has more than 10,000,000 cells.* Leave out columns"):
        table_of(tmp_path, content)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'<row r="3"', b'<row r="900000000"', "4,096 rows, the most that a sheet can have"),
        (b"</sheetData>", b'<row><c r="XFD1"><v>1</v></c></row>' * 70 + b"</sheetData>", "1,000,000 cells"),
    ],
)
def test_a_workbook_with_cells_far_out_is_refused(tmp_path, monkeypatch, old, new, words):
    monkeypatch.setattr(packed, "_MOST_ROWS", 4096)
    monkeypatch.setattr(packed, "MOST_CELLS", 1_000_000)
    with pytest.raises(InputError, match=f"has more than {words}"):
        table_of(tmp_path, changed_workbook(old, new))


@pytest.mark.parametrize("size", [b"A1", b"A1:XFD1048576"])
def test_what_a_sheet_says_of_its_size_is_not_trusted(tmp_path, size):
    table = table_of(tmp_path, changed_workbook(b'<dimension ref="A1:B3"/>', b'<dimension ref="%s"/>' % size))
    assert table.cells.to_numpy().tolist() == [[1, 3], [2, 4]]


def test_a_workbook_that_unpacks_to_more_than_a_memory_holds_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(packed, "_MOST_UNPACKED", 3_000_000)
    with pytest.raises(InputError, match="unpacks to 4 MB, and 3 MB are allowed"):
        table_of(tmp_path, changed_workbook(b"<sheetData>", b" " * 4_000_000 + b"<sheetData>"))


def test_entities_of_a_workbook_are_not_multiplied(tmp_path):
    names = [b"a%d" % number for number in range(12)]
    steps = [b'<!ENTITY %s "%s">' % (new, b"&%s;" % old * 10) for old, new in itertools.pairwise(names)]
    bomb = b'<!DOCTYPE bomb [<!ENTITY a0 "ha">' + b"".join(steps) + b"]><worksheet"
    content = changed_workbook(b"<worksheet", bomb)
    with pytest.raises(InputError, match="no XLSX workbook that can be read"):
        table_of(tmp_path, changed_entities(content))


def changed_entities(content):
    """The same workbook with the largest of its entities in a cell."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            target.writestr(name, text.replace(b"<v>1</v>", b"<v>&a11;</v>"))
    return changed.getvalue()


def test_a_parquet_file_of_millions_of_rows_in_a_few_bytes_is_refused(tmp_path):
    content = io.BytesIO()
    parquet.write_table(pyarrow.table({"a": pyarrow.nulls(10_000_001)}), content)
    assert len(content.getvalue()) < 100_000
    with pytest.raises(InputError, match="has more than 10,000,000 cells"):
        table_of(tmp_path, content.getvalue())


def test_a_long_text_in_many_rows_of_a_parquet_file_is_held_once(tmp_path):
    content = io.BytesIO()
    pd.DataFrame({"a": ["x" * 100_000] * 500, "b": np.arange(500.0)}).to_parquet(content, index=False)
    cells = table_of(tmp_path, content.getvalue()).cells["a"]
    assert len(set(map(id, cells))) == 1


def test_the_problem_of_a_result_is_the_one_that_was_read(tmp_path):
    path = tmp_path / "problem.toml"
    path.write_text(PROBLEM, encoding="utf-8")
    spec = read_problem(path)
    path.write_text(PROBLEM.replace("one", "other"), encoding="utf-8")
    assert text_of(spec) == PROBLEM


def test_days_with_a_gap_where_numbers_are_needed_are_named(tmp_path):
    pd.DataFrame({"a": [pd.Timestamp("2024-01-01"), None], "b": [1, 2]}).to_excel(tmp_path / "days.xlsx", index=False)
    with pytest.raises(InputError, match="row 2, column `a`: `2024-01-01 00:00:00` is no number"):
        read_numbers(read_table(tmp_path / "days.xlsx"), ["a"])


def test_a_damaged_parquet_file_does_not_end_the_program():
    content = Path(__file__).with_name("kept") / "damaged.parquet"  # pyarrow aborts where it is asked for its columns
    with pytest.raises(InputError, match="no Parquet file that can be read"):
        read_table(content)
