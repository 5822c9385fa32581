"""Names, files and archives that were made to reach what they must not: they stay names, nothing leaves its folder."""

import csv
import io
import zipfile

import openpyxl
import pandas as pd
import pytest

from moo_budget import InputError, read_problem, run
from moo_budget.export import exported
from moo_budget.history.files import read_table

HARMFUL = ["../../up", "/etc/passwd", "=1+1", "@SUM(A1)", "+1|' /C calc'!A0", "<script>alert(1)</script>", "{{7*7}}"]
FILES = {"front.csv", "plans.xlsx", "problem.toml", "report.html", "result.json", "tables.npz"}


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """A run over channels with such names, in a folder with nothing else."""
    place = tmp_path_factory.mktemp("attacked")
    rows = [("revenue", name, x, (9.0 - c) * x**0.5) for c, name in enumerate(HARMFUL) for x in (0, 10, 40, 90)]
    pd.DataFrame(rows, columns=["outcome", "channel", "spend", "value"]).to_csv(place / "curves.csv", index=False)
    title = 'title = "../<script>alert(2)</script>"\n'
    text = title + 'currency = "EUR"\n[plan]\nbudget = 200\n[fit]\ncurves = "curves.csv"\n[search]\nseed = 1\n'
    (place / "problem.toml").write_text(text, encoding="utf-8")
    return place, run(place / "problem.toml", n_plans=5, n_evaluations=200)


def test_names_that_are_paths_write_nothing_beside_the_result(result):
    place, _ = result
    assert {path.name for path in place.iterdir() if not path.name.startswith(".")} == {
        *("curves.csv", "problem.toml", "result")
    }
    assert {path.name for path in (place / "result").iterdir()} == FILES


def test_names_that_are_formulas_are_text_in_the_workbook(result):
    place, _ = result
    book = openpyxl.load_workbook(place / "result" / "plans.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    formulas = [str(cell.value) for cell in cells if cell.data_type == "f"]
    assert not [text for text in formulas for name in HARMFUL if text.startswith(name)]
    assert set(HARMFUL) <= {cell.value for cell in cells}


def test_no_cell_of_the_csv_for_excel_begins_like_a_formula(result):
    text = exported(result[1], "csv", list(result[1].front.plans)).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=+@" and cell]
    assert not [cell for cell in cells if cell[:1] == "-" and not cell[1:2].isdigit()]


def test_names_that_are_markup_are_text_in_the_report(result):
    place, _ = result
    page = (place / "result" / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{7*7}}" in page


def test_parts_of_a_workbook_with_names_that_lead_elsewhere_are_not_unpacked(tmp_path):
    book = tmp_path / "inside" / "history.xlsx"
    book.parent.mkdir()
    pd.DataFrame({"a": [1], "b": [2]}).to_excel(book, index=False, engine="xlsxwriter")
    with zipfile.ZipFile(book, "a") as packed:
        packed.writestr("../outside.txt", "x")
        packed.writestr(str(tmp_path / "absolute.txt"), "x")
    assert read_table(book).cells.to_numpy().tolist() == [[1, 2]]
    assert [path.name for path in tmp_path.rglob("*")] == ["inside", "history.xlsx"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'title = "a\0b"\n', "this is no text file"),
        (b"a = " + b"[" * 100_000, "nested this deeply"),
        (b"[a" + b".a" * 20_000 + b"]\n", "nested this deeply"),
        (b'x = { "a" ' + b". 'a'" * 20_000 + b" = 1 }\n", "nested this deeply"),
        (b"seed = " + b"9" * 10_000, "numbers this long"),
    ],
)
def test_problem_files_that_are_made_to_break_the_reader_are_refused(tmp_path, content, words):
    (tmp_path / "problem.toml").write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_problem(tmp_path / "problem.toml")


def test_nul_bytes_are_refused_in_tables_and_in_paths(tmp_path):
    (tmp_path / "history.csv").write_bytes(b"a,b\n1,\0\n")
    with pytest.raises(InputError, match="holds bytes that no text has"):
        read_table(tmp_path / "history.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_table(tmp_path / "his\0tory.csv")
