import io
import time
import zipfile
from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from moo_budget.workbook import write_workbook
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
    for name, row in (("Summary", 4), ("Plans", 1)):
        headings = [cell.value for cell in sheet(content, name)[row]]
        assert [heading for heading in headings if heading and heading.startswith("Risk")] == ["Risk (EUR)"]
        assert "ROI (EUR per EUR), low" in headings


def test_the_heading_of_the_summary_stays_in_sight(content):
    assert sheet(content, "Summary").freeze_panes == "B5"


def test_the_plans_sheet_has_a_frozen_heading_and_filters(content, result):
    plans = sheet(content, "Plans")
    assert plans.freeze_panes == "C2"
    assert plans.auto_filter.ref.startswith("A1:")
    assert plans.max_row == len(result.front) + 3  # heading, today and reference


def test_the_summary_has_today_reference_and_picks_with_ranges(content):
    rows = list(sheet(content, "Summary").iter_rows(values_only=True))
    assert rows[0][0] == "Four channels (invented data)"
    revenue = "Incremental revenue (EUR)"
    assert rows[3][:5] == ("Plan", "Total (EUR)", revenue, f"{revenue}, low", f"{revenue}, high")
    assert [row[0] for row in rows[4:6]] == ["Today", "Reference"]
    assert rows[4][1] == 1000.0
    assert rows[5][1] == pytest.approx(1200.0)
    assert all(row[3] < row[2] < row[4] for row in rows[4:7])


def test_money_per_channel_stands_below_and_feeds_a_chart(content):
    rows = list(sheet(content, "Summary").iter_rows(values_only=True))
    head = next(i for i, row in enumerate(rows) if row[0] == "Channel")
    assert rows[head][1:3] == ("Today (EUR)", "Reference (EUR)")
    assert [row[0] for row in rows[head + 1 : head + 5]] == list(CHANNELS)
    assert [row[1] for row in rows[head + 1 : head + 5]] == list(TODAY.values())
    chart = zipfile.ZipFile(io.BytesIO(content)).read("xl/charts/chart1.xml").decode()
    assert f"Summary!$B${head + 2}:$B${head + 5}" in chart


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
    summary = sheet(written(result_of(front_of(problem, [500.0, 250.0, 170.0, 80.0])), tmp_path), "Summary")
    cell = next(row[0] for row in summary.iter_rows() if row[0].value == name)
    assert cell.data_type == "s"
    assert cell.hyperlink is None


def test_what_has_no_value_is_an_empty_cell(tmp_path):
    problem = four_channel_problem(tables=seen_tables(), budget=4000.0, limits={"extrapolate": 0.0})
    content = written(result_of(front_of(problem, [1000.0] * 4)), tmp_path)
    reference = next(row for row in sheet(content, "Plans").iter_rows(values_only=True) if row[0] == "reference")
    assert reference[2:4] == (None, None)
    assert reference[-4] == pytest.approx(2800.0)


def test_without_today_only_the_picks_are_there(tmp_path):
    problem = four_channel_problem(tables=seen_tables(), today=None)
    content = written(result_of(front_of(problem, [500.0, 250.0, 170.0, 80.0])), tmp_path)
    rows = list(sheet(content, "Summary").iter_rows(values_only=True))
    assert rows[4][0] == "Safest, balanced and boldest"


def test_a_probability_is_a_number_shown_in_percent(tmp_path):
    goals = {
        "revenue": {"outcome": "revenue", "measure": "total"},
        "missed": {"outcome": "revenue", "measure": "shortfall", "target": 6000.0},
    }
    path = tmp_path / "plans.xlsx"
    write_workbook(result_of(small_front(goals=goals)), path)
    for sheet in load_workbook(path):
        heading = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "Missed (probability)")
        below = sheet.cell(heading.row + 1, heading.column)
        assert below.number_format == "0%"
        assert 0.0 <= below.value <= 1.0
