"""Results that earlier states of the program wrote, kept as they were: they can still be read."""

import json
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from moo_budget import read_result
from moo_budget.errors import InputError
from moo_budget.results import result_schema
from moo_budget.tables import load_tables

KEPT = sorted(path for path in (Path(__file__).parent / "kept").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", KEPT, ids=lambda folder: folder.name)
def test_a_result_of_an_earlier_state_is_read_with_all_that_it_holds(folder):
    result = read_result(folder)
    written = pd.read_csv(folder / "front.csv")
    plans = written[written["plan_id"].map(str).isin(result.front.ids)]
    assert len(plans) == len(result.front) == 4
    assert plans["spend_tv"].tolist() == result.front.spend[:, 0].tolist()
    assert result.explanations
    assert result.certificate is not None
    assert result.efficient_frontier is not None
    assert result.views is not None


# What a result may lack, because earlier versions did not write it: docs/design.md, section 8.
LATER = (
    *("risk", "views", "efficient_frontier", "calendar", "explanations", "first_test"),
    *("knee", "groups", "lang"),
)


@pytest.fixture
def changed(tmp_path):
    """The newest kept result with a change made to its result.json, read."""

    def read(change):
        folder = shutil.copytree(KEPT[-1], tmp_path / "result")
        stored = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        change(stored)
        (folder / "result.json").write_text(json.dumps(stored), encoding="utf-8")
        return read_result(folder)

    return read


def test_the_newest_kept_result_holds_every_part_that_is_written_today():
    stored = json.loads((KEPT[-1] / "result.json").read_text(encoding="utf-8"))
    assert stored.keys() == result_schema()["properties"].keys()


def test_what_earlier_versions_did_not_write_may_be_missing(changed):
    def without(stored):
        for part in LATER:
            del stored[part]

    result = changed(without)
    assert (result.explanations, result.first_test, result.views, result.efficient_frontier) == ({}, None, None, None)
    assert result.spec.lang == "en"
    assert len(result.groups) > 0  # read from the front


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda stored: stored.update(schema_version=2), "schema_version is 2; .* Read it with the newer program"),
        (
            lambda stored: stored.update(schema_version=0),
            r"schema_version is 0; this program reads 1\. Solve the problem",
        ),
        (lambda stored: stored.update(weather="fine"), "this program does not know the part `weather`"),
        (
            lambda stored: stored["goals"][0].update(mood=1),
            r"this program does not know the part `goals\.0\.mood`",
        ),
        (lambda stored: stored.pop("seed"), "`seed` is damaged"),
    ],
    ids=["newer", "older than any", "unknown part", "unknown part of a part", "missing part"],
)
def test_a_reader_says_what_it_cannot_read(changed, change, text):
    with pytest.raises(InputError, match=text):
        changed(change)


def test_files_that_do_not_belong_together_are_told(changed):
    def other_goal(stored):
        goals = stored["plans"][0]["goals"]
        goals["reach"] = goals.pop("risk")

    with pytest.raises(InputError, match=r"do not belong together: not all of them have reach, risk\. Solve"):
        changed(other_goal)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"{'descr': '<f8', 'shape': (1", "EOF in multi-line statement"),  # a TokenError
        (b"{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }", "`error` holds no text"),
    ],
)
def test_damaged_tables_are_told_whatever_numpy_makes_of_them(tmp_path, header, reason):
    path = tmp_path / "tables.npz"
    head = header.ljust(117) + b"\n"
    array = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + b"\xff\xff\xff\xff"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("error.npy", array)
    with pytest.raises(InputError, match=f"tables.npz: no response tables can be read from it .*{reason}"):
        load_tables(path)
