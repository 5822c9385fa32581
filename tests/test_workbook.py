import dataclasses
import io
import re
import time
import zipfile
from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook
from xlsxwriter import Workbook

from moo_budget import schedule
from moo_budget.errors import Message
from moo_budget.plan_files import read_plans
from moo_budget.workbook import stamp_of, write_workbook
from moo_budget.workbook.book import Book
from moo_budget.workbook.plans import add_plans
from tests.report.made import HOSTILE, front_of, result_of, seen_tables, small_front
from tests.worlds import CHANNELS, TODAY, four_channel_problem


@pytest.fixture(scope="module")
def result():
    return result_of(small_front(budget=1200.0))


@pytest.fixture(scope="module")
def content(result, tmp_path_factory):
    return written(result, tmp_path_factory.mktemp("workbook"))


def written(result, folder):
    path = folder / "plans.xlsx"
    write_workbook(result, path)
    return path.read_bytes()


def sheet(content, name):
    return load_workbook(io.BytesIO(content))[name]


def test_the_plans_sheet_reads_back_as_the_front(content, result):
    frame = pd.read_excel(io.BytesIO(content), sheet_name="Plans", dtype={"Plan": str}, keep_default_na=False)
    points = [f"risk_{part}" for part in ("low", "high", "estimate_low", "estimate_high")]
    expected = result.front.to_frame().drop(columns=points)
    assert list(frame["Plan"]) == list(expected["plan_id"])
    assert list(frame["Pick"]) == list(expected["pick"])
    # XlsxWriter writes 16 significant digits.
    np.testing.assert_allclose(frame.iloc[:, 2:].to_numpy(float), expected.iloc[:, 2:].to_numpy(float), rtol=1e-15)


def test_headings_carry_units_and_numbers_a_number_format(content):
    plans = sheet(content, "Plans")
    headings = {cell.value: cell.column for cell in plans[1]}
    awareness = "Awareness (impressions)"
    assert {"ROI (EUR per EUR)", f"{awareness}, low", f"{awareness}, high estimate", "Money for 电视 (EUR)"} <= set(
        headings
    )
    assert plans.cell(2, headings["ROI (EUR per EUR)"]).number_format == "#,##0.000"
    assert plans.cell(2, headings[awareness]).number_format == "#,##0"


def test_a_goal_without_a_range_has_one_column(content):
    for name, row in (("Summary", 5), ("Plans", 1)):
        headings = [cell.value for cell in sheet(content, name)[row]]
        assert [heading for heading in headings if heading and heading.startswith("Risk")] == ["Risk (EUR)"]
        assert "ROI (EUR per EUR), low" in headings


def test_the_heading_of_the_summary_stays_in_sight(content):
    assert sheet(content, "Summary").freeze_panes == "B6"


def test_the_plans_sheet_has_a_frozen_heading_and_filters(content, result):
    plans = sheet(content, "Plans")
    assert plans.freeze_panes == "C2"
    assert plans.auto_filter.ref.startswith("A1:")
    assert plans.max_row == len(result.front) + 3  # heading, today and reference


def test_the_summary_has_today_reference_and_picks_with_ranges(content):
    rows = list(sheet(content, "Summary").iter_rows(values_only=True))
    assert rows[0][0] == "Four channels (invented data)"
    revenue = "Incremental revenue (EUR)"
    assert rows[4][:5] == ("Plan", "Total (EUR)", revenue, f"{revenue}, low", f"{revenue}, high")
    assert [row[0] for row in rows[5:7]] == ["Today", "Reference"]
    assert rows[5][1] == 1000.0
    assert rows[6][1] == pytest.approx(1200.0)
    assert all(row[3] < row[2] < row[4] for row in rows[5:8])


def test_every_subject_has_a_sheet_and_the_one_that_tells_the_result_is_hidden(content):
    book = load_workbook(io.BytesIO(content))
    visible = ["Summary", "Plans", "Channels x plans", "My plan", "Curves", "Limits", "Data notes"]
    assert [one.title for one in book if one.sheet_state == "visible"] == visible
    assert book["moo-budget"].sheet_state == "hidden"


def charts_of(content):
    """The cells that feed the charts of the workbook, a chart an entry."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        names = sorted(name for name in file.namelist() if name.startswith("xl/charts/chart"))
        return [re.findall(r"<c:f>(.*?)</c:f>", file.read(name).decode()) for name in names]


def test_charts_are_fed_by_cells(content, result):
    split, *scatters, curves, _ = charts_of(content)
    n_channels, n_goals, n_plans = len(CHANNELS), len(result.problem.sought_goals), len(result.front)
    assert split[2] == "'Channels x plans'!$B$2:$F$2"
    assert len(split) == 3 * n_channels
    assert len(scatters) == n_goals - 1
    assert all(cells[0].startswith("Plans!$") and cells[0].endswith(f"${n_plans + 1}") for cells in scatters)
    assert all(cells[2].startswith("Summary!") for cells in scatters)
    assert len(curves) == 3 * n_channels


def test_channels_have_money_change_shares_and_returns_of_every_pick(content, result):
    channels = sheet(content, "Channels x plans")
    rows = [[cell.value for cell in row] for row in channels.iter_rows()]
    table = pd.DataFrame(rows[1:], columns=rows[0]).set_index("Channel")
    assert list(table.index) == list(CHANNELS)
    assert list(table["Today (EUR)"]) == list(TODAY.values())
    balanced = result.front.plan(result.picks.ids["balanced"])
    named = next(name for name in table if "alanced" in name).split(" (")[0]
    assert list(table[f"{named} (EUR)"]) == pytest.approx(list(balanced.spend.values()))
    moved = [after - before for after, before in zip(balanced.spend.values(), table["Reference (EUR)"], strict=True)]
    assert list(table[f"{named}: Change (EUR)"]) == pytest.approx(moved)
    assert table[f"{named}: Share of spend"].sum() == pytest.approx(1.0)
    assert table[f"{named}: Share of effect"].sum() == pytest.approx(1.0)
    assert channels.conditional_formatting


def test_curves_stand_knot_by_knot(content, result):
    rows = list(sheet(content, "Curves").iter_rows(values_only=True, max_col=6))
    tables = result.problem.tables
    assert len(rows) == 1 + tables.knots.size * len(tables.outcomes)
    assert rows[0][2:] == (
        "Spend (EUR per week)", "Expected, per week", "Low estimate, per week", "High estimate, per week"
    )  # fmt: skip
    last = rows[tables.knots.shape[1]]
    assert last[:2] == ("Revenue (EUR)", "tv")
    assert last[2:4] == pytest.approx((tables.knots[0, -1], tables.mean_values[0, 0, -1]))


def test_limits_and_notes_say_what_the_plans_keep_and_where_they_come_from(content):
    limits = [row[0] for row in sheet(content, "Limits").iter_rows(values_only=True)]
    assert limits[1:5] == list(CHANNELS)
    assert "The plan spends 1,200.00 EUR in total." in limits
    notes = list(sheet(content, "Data notes").iter_rows(values_only=True))
    assert ("Messages of the run", "156 weekly periods.") in notes
    assert ("Where it comes from", "Made 2026-11-22T00:40:00+00:00, seed 1.") in notes


def edited(content, changes):
    """The workbook as a spreadsheet program would save it after cells of sheet My plan were changed."""
    found = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(found, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "xl/worksheets/sheet4.xml":
                for cell, value in changes.items():
                    text = re.sub(
                        rf'(<c r="{cell}"[^>]*>)<v>[^<]*</v>'.encode(), rf"\g<1><v>{value}</v>".encode(), text
                    )
            new.writestr(name, text)
    return found.getvalue()


def test_a_plan_changed_by_hand_comes_back(content, result, tmp_path):
    path = tmp_path / "plans.xlsx"
    path.write_bytes(edited(content, {"B2": 400, "B3": 300.25, "B4": 250, "B5": 0}))
    read = read_plans(path, result.problem, stamp=stamp_of(result))
    assert read.plans == {"plans": dict(zip(CHANNELS, [400.0, 300.25, 250.0, 0.0], strict=True))}
    assert read.messages == ()


def test_my_plan_begins_with_the_balanced_plan_and_only_its_money_can_be_changed(content, result):
    mine = sheet(content, "My plan")
    balanced = result.front.plan(result.picks.ids["balanced"])
    assert [mine.cell(row, 2).value for row in range(2, 6)] == pytest.approx(list(balanced.spend.values()))
    assert mine.protection.sheet
    assert not any(mine.cell(row, 2).protection.locked for row in range(2, 6))
    assert mine.cell(2, 6).protection.locked
    assert mine["F2"].value == "=B2-E2"
    assert mine["I2"].value == "=SUM($B$2:$B$5)"
    assert len(mine.data_validations.dataValidation) == 4


def test_a_workbook_of_another_result_is_said(content, result, tmp_path):
    path = tmp_path / "plans.xlsx"
    path.write_bytes(content)
    other = result_of(small_front(budget=1100.0))
    (message,) = read_plans(path, other.problem, stamp=stamp_of(other)).messages
    assert message.text == (
        "plans.xlsx was made from another result: its money is judged by this one's limits, curves and front."
    )


def test_equal_results_give_equal_bytes(content, result, tmp_path):
    time.sleep(1.1)  # the zip and the properties hold seconds
    assert written(result, tmp_path) == content


def test_the_workbook_was_created_when_the_run_was(content):
    created = load_workbook(io.BytesIO(content)).properties.created
    assert created.replace(tzinfo=None) == datetime(2026, 11, 22, 0, 40)


@pytest.mark.parametrize("name", [HOSTILE, "=1+1", "https://example.org", "12"])
def test_text_stays_text(name, tmp_path):
    tables = seen_tables(channels=(name, *CHANNELS[1:]))
    problem = four_channel_problem(tables=tables, today=dict(zip(tables.channels, TODAY.values(), strict=True)))
    content = written(result_of(front_of(problem, [500.0, 250.0, 170.0, 80.0])), tmp_path)
    for title in ("Channels x plans", "My plan", "Limits"):
        cell = sheet(content, title)["A2"]
        assert (cell.value, cell.data_type, cell.hyperlink) == (name, "s", None)
    assert sheet(content, "Curves")["B2"].data_type == "s"


def test_what_has_no_value_is_an_empty_cell(tmp_path):
    problem = four_channel_problem(tables=seen_tables(), budget=4000.0, limits={"extrapolate": 0.0})
    content = written(result_of(front_of(problem, [1000.0] * 4)), tmp_path)
    reference = next(row for row in sheet(content, "Plans").iter_rows(values_only=True) if row[0] == "reference")
    assert reference[2:4] == (None, None)
    assert reference[-4] == pytest.approx(2800.0)


def test_money_per_period_has_a_chart_of_the_balanced_plan_and_picks_in_the_books_language(tmp_path):
    problem = four_channel_problem(tables=seen_tables(), calendar=True)
    front = schedule(front_of(problem, [500.0, 260.0, 120.0, 120.0], [450.0, 300.0, 125.0, 125.0]))
    result = result_of(front).in_language("zh")
    weekly = sheet(written(result, tmp_path), "分期")
    rows = list(weekly.iter_rows(min_row=2, values_only=True))
    balanced = next(row for row, cells in enumerate(rows, start=2) if cells[0] == result.picks.ids["balanced"])
    assert "均衡" in rows[balanced - 2][1]
    (chart,) = weekly._charts
    assert len(chart.series) == len(CHANNELS)
    assert chart.series[0].val.numRef.f == f"分期!$F${balanced}:$F${balanced + problem.periods - 1}"


def test_without_today_only_the_picks_are_there(tmp_path):
    problem = four_channel_problem(tables=seen_tables(), today=None)
    content = written(result_of(front_of(problem, [500.0, 250.0, 170.0, 80.0])), tmp_path)
    rows = list(sheet(content, "Summary").iter_rows(values_only=True))
    assert rows[5][0] == "Safest, balanced and boldest"


def test_a_probability_is_a_number_shown_in_percent(tmp_path):
    goals = {
        "revenue": {"outcome": "revenue", "measure": "total"},
        "missed": {"outcome": "revenue", "measure": "shortfall", "target": 6000.0},
    }
    path = tmp_path / "plans.xlsx"
    write_workbook(result_of(small_front(goals=goals)), path)
    book = load_workbook(path)
    for sheet in (book["Summary"], book["Plans"]):
        heading = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "Missed (probability)")
        below = sheet.cell(heading.row + 1, heading.column)
        assert below.number_format == "0%"
        assert 0.0 <= below.value <= 1.0


def test_what_excel_has_no_room_for_is_cut_with_a_word_and_never_in_silence(monkeypatch, tmp_path):
    long = dataclasses.replace(result_of(small_front(budget=1200.0)), messages=(Message("long", "word " * 8_000),))
    note = [row[1] for row in sheet(written(long, tmp_path), "Data notes").values if str(row[1]).startswith("word")]
    assert len(note[0]) == 32_767
    assert note[0].endswith(
        "word wor ... (cut: a cell holds no more; the whole text of 40,000 letters is in result.json)"
    )
    monkeypatch.setattr("moo_budget.workbook.book.MOST_COLUMNS", 5)
    monkeypatch.setattr("moo_budget.workbook.book.MOST_ROWS", 8)
    with Workbook(tmp_path / "wide.xlsx") as file:
        add_plans(Book(file, long), None)
    heading, *rows = sheet((tmp_path / "wide.xlsx").read_bytes(), "Plans").values
    assert heading[:2] == ("Plan", "Pick")
    assert re.fullmatch(r"\d+ more columns for which a sheet has no room: they are in the CSV files", heading[4])
    assert len(rows) == 7
    assert rows[5][0] == long.front.to_frame()["plan_id"][5]
    assert re.fullmatch(r"\d+ more rows for which a sheet has no room: they are in the CSV files", rows[6][0])
