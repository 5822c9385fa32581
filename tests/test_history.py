"""Reading tables: layouts, encodings and formats; every repair that is said and every error that stops."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moo_budget.errors import InputError
from moo_budget.history import History, OutcomeSeries, Source, read_history
from moo_budget.spec import HistorySpec, OutcomeSpec, PlanSpec, ProblemSpec, read_problem

DATA = Path(__file__).parents[2] / "shared" / "data"

WEEKS = [str(np.datetime64("2023-01-02") + 7 * week) for week in range(10)]
TV = [100.0, 0.0, 250.5, 80.0, 90.0, 120.0, 60.0, 70.0, 110.0, 95.0]
RADIO = [20.0, 30.0, 25.0, 0.0, 15.0, 22.0, 18.0, 31.0, 27.0, 24.0]
REVENUE = [1000.0, 1100.0, 1250.0, 900.0, 980.0, 1210.0, 870.0, 1010.0, 1130.0, 1040.0]
COLUMNS = {"week": WEEKS, "tv_spend": TV, "radio_spend": RADIO, "revenue": REVENUE}
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct"]
REVENUE_SPEC = {"revenue": OutcomeSpec("revenue", unit="EUR")}


def csv_text(columns: dict[str, list], separator: str = ",") -> str:
    rows = [list(columns), *([str(cell) for cell in row] for row in zip(*columns.values(), strict=True))]
    return "\n".join(separator.join(row) for row in rows) + "\n"


def problem(folder: Path, outcomes: dict[str, OutcomeSpec] | None = None, **history) -> ProblemSpec:
    given_settings = {
        "file": "history.csv",
        "channels": ("tv", "radio"),
        "spend": "{channel}_spend",
        "date": "week",
    } | history
    spec = ProblemSpec(history=HistorySpec(**given_settings), outcomes=outcomes or REVENUE_SPEC)
    object.__setattr__(spec, "path", folder / "problem.toml")
    return spec


def read(folder: Path, content: str | bytes | dict[str, list], outcomes=None, **history) -> History:
    """The history of a table with this content, read by a problem file beside it."""
    if isinstance(content, dict):
        content = csv_text(content)
    data = content.encode("utf-8") if isinstance(content, str) else content
    (folder / history.get("file", "history.csv")).write_bytes(data)
    return read_history(problem(folder, outcomes, **history))


def refusal(folder: Path, content: str | bytes | dict[str, list], outcomes=None, **history) -> InputError:
    with pytest.raises(InputError) as caught:
        read(folder, content, outcomes, **history)
    return caught.value


def said(history: History, code: str) -> list[str]:
    return [message.text for message in history.messages if message.code == code]


def changed(column: str, row: int, cell: object) -> dict[str, list]:
    """The wide table with one cell changed; `row` as in the file, whose header is row 1."""
    cells = list(COLUMNS[column])
    cells[row - 2] = cell
    return COLUMNS | {column: cells}


# --- what a history holds ---


def test_wide_table_gives_its_numbers_and_where_they_come_from(tmp_path):
    history = read(tmp_path, COLUMNS)
    assert history.channels == ("tv", "radio")
    assert history.spend.tolist() == [[tv, radio] for tv, radio in zip(TV, RADIO, strict=True)]
    assert history.outcome("revenue").values.tolist() == REVENUE
    assert not history.outcome("revenue").per_channel
    assert history.outcome("revenue").measured == ("tv", "radio")
    assert history.dates.astype(str).tolist() == WEEKS
    assert history.n_periods == 10
    assert history.observed_max.tolist() == [250.5, 31.0]
    digest = hashlib.sha256((tmp_path / "history.csv").read_bytes()).hexdigest()
    assert history.source == Source("history.csv", digest, 10, "2023-01-02", "2023-03-06")
    assert said(history, "history.period") == ["history.csv: 10 weeks, 2023-01-02 to 2023-03-06."]


def test_arrays_of_a_history_are_read_only(tmp_path):
    history = read(tmp_path, COLUMNS)
    for array in (history.spend, history.controls, history.outcome("revenue").values, history.dates):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]


def test_unknown_outcome_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(InputError, match=r"no outcome `revenu`. Did you mean `revenue`\?"):
        read(tmp_path, COLUMNS).outcome("revenu")


def test_minus_and_times_work_row_by_row(tmp_path):
    columns = COLUMNS | {"discount": [10.0] * 10, "price": [2.0, 3.0] * 5}
    outcomes = {"revenue": OutcomeSpec("revenue", minus="discount", times="price")}
    history = read(tmp_path, columns, outcomes)
    assert history.outcome("revenue").values.tolist() == [
        (r - 10) * p for r, p in zip(REVENUE, columns["price"], strict=True)
    ]


def test_outcome_per_channel_is_zero_and_said_where_a_channel_has_no_column(tmp_path):
    outcomes = REVENUE_SPEC | {"clicks": OutcomeSpec("{channel}_clicks", unit="clicks", channels=("radio",))}
    history = read(tmp_path, COLUMNS | {"radio_clicks": range(10)}, outcomes)
    clicks = history.outcome("clicks")
    assert clicks.per_channel
    assert clicks.measured == ("radio",)
    assert clicks.values.tolist() == [[0, row] for row in range(10)]
    assert said(history, "history.not-measured") == [
        "`clicks` is not measured for tv; no effect of theirs on it is assumed."
    ]


def test_spend_columns_may_be_given_one_by_one(tmp_path):
    columns = {"week": WEEKS, "Fernsehen": TV, "Funk": RADIO, "revenue": REVENUE}
    history = read(tmp_path, columns, spend={"tv": "Fernsehen", "radio": "Funk"})
    assert history.spend[:, 1].tolist() == RADIO


def test_controls_keep_their_names_and_order(tmp_path):
    columns = COLUMNS | {"promo": [0, 1] * 5, "price": range(10)}
    history = read(tmp_path, columns, controls=("price", "promo"))
    assert history.control_names == ("price", "promo")
    assert history.controls[:3].tolist() == [[0, 0], [1, 1], [2, 0]]
    assert read(tmp_path, COLUMNS).controls.shape == (10, 0)


def test_table_without_dates_is_a_cross_section_in_its_own_order(tmp_path):
    columns = {name: cells for name, cells in COLUMNS.items() if name != "week"}
    history = read(tmp_path, columns, date=None)
    assert history.dates is None
    assert history.period == "none"
    assert history.spend[:, 0].tolist() == TV
    assert (history.source.start, history.source.end) == (None, None)
    assert "no dates, so its 10 rows stand beside one another" in said(history, "history.period")[0]


def test_channel_that_is_zero_throughout_is_said(tmp_path):
    history = read(tmp_path, COLUMNS | {"radio_spend": [0] * 10})
    assert said(history, "history.never-bought")[0].startswith("`radio` was never bought")


def test_spend_that_looks_like_a_slip_is_named_and_no_cap_counts_from_it(tmp_path):
    usual = [0, 2, 3, 2, 4, 2, 3, 2, 3, 2]
    history = read(tmp_path, COLUMNS | {"tv_spend": [*usual[:5], 45_000, *usual[6:]], "radio_spend": usual})
    assert said(history, "history.wild-spend") == [
        f"`tv` spent over 10 times more than usual in 1 period(s): 45,000.00 ({WEEKS[5]}). If that is a slip, mend it. "
        "How far plans may go beyond the history counts from its highest other period, 4.00."
    ]
    assert history.observed_max.tolist() == [4.0, 4.0]
    assert history.spend[5, 0] == 45_000
    assert problem(tmp_path).max_spend(history) == {"tv": 8.0, "radio": 8.0}


def test_a_channel_that_grew_for_good_is_not_wild(tmp_path):
    history = read(tmp_path, COLUMNS | {"tv_spend": [1, 1, 1, 1, 1, 1, 1, 1, 60, 70]})
    assert said(history, "history.wild-spend") == []
    assert history.observed_max[0] == 70


def test_names_match_after_nfkc(tmp_path):
    columns = {"ｗｅｅｋ": WEEKS, "电视（全国）_spend": TV, "radio_spend": RADIO, "revenue": REVENUE}
    history = read(tmp_path, columns, channels=("电视(全国)", "radio"))
    assert history.spend[:, 0].tolist() == TV


# --- regions and long tables ---


def test_rows_of_one_date_are_added_up_and_controls_averaged(tmp_path):
    columns = {
        "week": WEEKS + WEEKS,
        "geo": ["north"] * 10 + ["south"] * 10,
        "tv_spend": TV + TV,
        "radio_spend": RADIO + [0] * 10,
        "orders": REVENUE + REVENUE,
        "price": [2] * 10 + [4] * 10,
    }
    outcomes = {"revenue": OutcomeSpec("orders", times="price")}
    history = read(tmp_path, columns, outcomes, sum_over=("geo",), controls=("price",))
    assert history.spend.tolist() == [[2 * tv, radio] for tv, radio in zip(TV, RADIO, strict=True)]
    assert history.outcome("revenue").values.tolist() == [6 * orders for orders in REVENUE]
    assert history.controls.tolist() == [[3]] * 10
    assert history.source.rows == 20


LONG = {
    "week": [week for week in WEEKS for _ in range(2)],
    "media": ["tv", "radio"] * 10,
    "cost": [money for pair in zip(TV, RADIO, strict=True) for money in pair],
    "clicks": list(range(20)),
    "revenue": [value for value in REVENUE for _ in range(2)],
}
LONG_SETTINGS = {"layout": "long", "channel": "media", "spend": "cost"}
LONG_OUTCOMES = REVENUE_SPEC | {"clicks": OutcomeSpec("clicks", unit="clicks")}


def test_long_table_tells_a_total_from_an_outcome_per_channel(tmp_path):
    history = read(tmp_path, LONG, LONG_OUTCOMES, **LONG_SETTINGS)
    assert history.spend.tolist() == read(tmp_path, COLUMNS).spend.tolist()
    assert history.outcome("revenue").values.tolist() == REVENUE
    assert history.outcome("clicks").per_channel
    assert history.outcome("clicks").values[:2].tolist() == [[0, 1], [2, 3]]
    assert said(history, "history.outcome-reading") == [
        "`revenue` was read as one total a date: it is the same for all channels of every date.",
        "`clicks` was read as measured per channel.",
    ]


def test_long_outcome_with_channels_is_per_channel_even_if_constant(tmp_path):
    outcomes = {"revenue": OutcomeSpec("revenue", channels=("tv",))}
    history = read(tmp_path, LONG, outcomes, **LONG_SETTINGS)
    assert history.outcome("revenue").measured == ("tv",)
    assert history.outcome("revenue").values.tolist() == [[value, 0] for value in REVENUE]


@pytest.mark.parametrize("constant", [0.0, 7.0])
def test_long_outcome_that_never_changes_is_no_total(tmp_path, constant):
    history = read(tmp_path, LONG | {"revenue": [constant] * 20}, **LONG_SETTINGS)
    assert history.outcome("revenue").per_channel


def test_long_total_is_added_up_over_regions_but_not_over_channels(tmp_path):
    columns = {name: cells + cells for name, cells in LONG.items()} | {"geo": ["north"] * 20 + ["south"] * 20}
    history = read(tmp_path, columns, LONG_OUTCOMES, sum_over=("geo",), **LONG_SETTINGS)
    assert history.outcome("revenue").values.tolist() == [2 * value for value in REVENUE]
    assert history.spend[:, 0].tolist() == [2 * tv for tv in TV]


def test_pair_of_date_and_channel_without_a_row_is_zero_and_said(tmp_path):
    columns = {name: [*cells[:5], *cells[6:]] for name, cells in LONG.items()}
    history = read(tmp_path, columns, LONG_OUTCOMES, **LONG_SETTINGS)
    assert history.spend[2].tolist() == [TV[2], 0]
    assert history.outcome("clicks").values[2].tolist() == [4, 0]
    assert history.outcome("revenue").values[2] == REVENUE[2]
    assert said(history, "history.absent-pairs") == [
        "history.csv: 1 pair(s) of date and channel have no row: 2023-01-16, radio; "
        "spend and outcomes are taken as 0 there."
    ]


REGIONS = {name: cells + cells for name, cells in COLUMNS.items()} | {"geo": ["north"] * 10 + ["south"] * 10}
LONG_REGIONS = {name: cells + cells for name, cells in LONG.items()} | {"geo": ["north"] * 20 + ["south"] * 20}


def without(columns: dict[str, list], *rows: int) -> dict[str, list]:
    """The table without some rows; they are counted as in the file, whose header is row 1."""
    return {
        name: [cell for row, cell in enumerate(cells, start=2) if row not in rows] for name, cells in columns.items()
    }


ABSENT = "history.csv: 1 pair(s) of date and geo have no row: 2023-01-16, south"


def test_region_without_a_row_on_a_date_stops_by_default_and_is_named(tmp_path):
    error = refusal(tmp_path, without(REGIONS, 14), sum_over=("geo",))
    assert error.text == (
        f'{ABSENT}. Add the rows, or say what it means: history.missing = "zero", "drop" or "interpolate".'
    )
    assert error.code == "history.absent-pairs"
    error = refusal(tmp_path, without(REGIONS, *range(12, 19)), sum_over=("geo",))
    assert "7 pair(s) of date and geo have no row: 2023-01-02, south; 2023-01-09, south; " in error.text
    assert "2023-01-30, south and 2 more." in error.text
    long = refusal(tmp_path, without(LONG_REGIONS, 26, 27), LONG_OUTCOMES, sum_over=("geo",), **LONG_SETTINGS)
    assert long.text.startswith(ABSENT)


@pytest.mark.parametrize(
    ("missing", "tv", "done"),
    [
        ("zero", [2 * TV[1], TV[2], 2 * TV[3]], "counted as 0"),
        ("drop", [2 * TV[1], 2 * TV[3], 2 * TV[4]], "1 period(s) left out"),
        ("interpolate", [2 * TV[1], TV[2] + (TV[1] + TV[3]) / 2, 2 * TV[3]], "interpolated in time"),
    ],
)
def test_region_without_a_row_on_a_date_follows_missing(tmp_path, missing, tv, done):
    chosen = {"sum_over": ("geo",), "missing": missing}
    for columns, rows, layout in ((REGIONS, (14,), {}), (LONG_REGIONS, (26, 27), LONG_SETTINGS)):
        history = read(tmp_path, without(columns, *rows), **chosen, **layout)
        assert history.spend[1:4, 0].tolist() == tv
        assert said(history, "history.absent-pairs")[0] == f"{ABSENT}; {done}."


def test_region_interpolated_in_a_long_table_gets_its_outcomes_too(tmp_path):
    chosen = {"sum_over": ("geo",), "missing": "interpolate"} | LONG_SETTINGS
    history = read(tmp_path, without(LONG_REGIONS, 26, 27), LONG_OUTCOMES, **chosen)
    assert history.outcome("revenue").values[2] == REVENUE[2] + (REVENUE[1] + REVENUE[3]) / 2
    assert history.outcome("clicks").values[2].tolist() == [8, 10]
    assert len(said(history, "history.absent-pairs")) == 1


def test_channel_without_a_row_in_one_region_is_zero_there_and_said(tmp_path):
    history = read(tmp_path, without(LONG_REGIONS, 26), sum_over=("geo",), **LONG_SETTINGS)
    assert history.spend[2].tolist() == [TV[2], 2 * RADIO[2]]
    assert said(history, "history.absent-pairs") == [
        "history.csv: 1 pair(s) of date and channel and geo have no row: 2023-01-16, tv, south; "
        "spend and outcomes are taken as 0 there."
    ]


def test_outcome_read_from_a_column_of_spend_is_refused(tmp_path):
    error = refusal(tmp_path, COLUMNS, {"revenue": OutcomeSpec("tv_spend")})
    assert error.text == (
        "history.csv: outcomes.revenue.column is `tv_spend`, which history.spend reads as spend. "
        "What is spent is no outcome: name the column of what it brought."
    )
    assert read(tmp_path, COLUMNS, {"profit": OutcomeSpec("revenue", minus="tv_spend")}).n_periods == 10


def test_lines_that_end_in_a_carriage_return_alone_are_read(tmp_path):
    assert read(tmp_path, csv_text(COLUMNS).replace("\n", "\r")).spend[:, 0].tolist() == TV


def test_plan_that_starts_within_the_history_is_said(tmp_path):
    (tmp_path / "history.csv").write_text(csv_text(COLUMNS))
    spec = problem(tmp_path)
    inside = spec.replaced(plan=PlanSpec(start=datetime.date(2023, 3, 6)))
    assert said(read_history(inside), "history.plan-in-the-past") == [
        "plan.start is 2023-03-06, and history.csv runs to 2023-03-06: the plan begins in the past, for which the "
        "outcomes are already known."
    ]
    after = spec.replaced(plan=PlanSpec(start=datetime.date(2023, 3, 13)))
    assert not said(read_history(after), "history.plan-in-the-past")


def test_channels_that_are_not_listed_are_left_out_and_said(tmp_path):
    columns = {name: [*cells, *cells[-2:]] for name, cells in LONG.items()}
    columns["media"][-2:] = ["posters", "posters2"]
    columns["cost"][-1] = "unknown"
    history = read(tmp_path, columns, **LONG_SETTINGS)
    assert history.channels == ("tv", "radio")
    assert "rows of posters, posters2 were left out" in said(history, "history.unlisted-channel")[0]


def test_listed_channel_that_does_not_occur_is_refused_with_the_nearest(tmp_path):
    error = refusal(tmp_path, LONG, **(LONG_SETTINGS | {"channels": ("TV", "radios")}))
    assert "column `media`: there is no channel `radios`. Did you mean `radio`? Its channels: tv, radio" in error.text
    assert error.code == "history.unknown-channel"


def test_name_in_two_spellings_is_said(tmp_path):
    columns = LONG | {"media": ["facebook_a", "faceBOOK_b"] * 10}
    history = read(tmp_path, columns, **(LONG_SETTINGS | {"channels": ("facebook_a", "faceBOOK_b")}))
    assert said(history, "history.two-spellings") == [
        "One name in 2 spellings: `facebook` (in `facebook_a`), `faceBOOK` (in `faceBOOK_b`). "
        "Case tells channels apart; width does not."
    ]


def test_row_without_a_channel_is_refused(tmp_path):
    error = refusal(tmp_path, LONG | {"media": ["tv", ""] * 10}, **LONG_SETTINGS)
    assert error.text.startswith("history.csv, row 3, column `media`: an empty cell names no channel (also in row 5,")


@pytest.mark.parametrize(
    ("settings_", "text"),
    [
        ({"layout": "long", "channel": "media", "spend": "{channel}_cost"}, "name it as the table does, without"),
        ({"channel": "media"}, 'history.channel is "media", and only the long layout has a column that names'),
    ],
)
def test_settings_that_a_layout_cannot_use_are_refused(tmp_path, settings_, text):
    assert text in refusal(tmp_path, LONG, **settings_).text


def test_channels_of_an_outcome_in_total_are_refused(tmp_path):
    error = refusal(tmp_path, COLUMNS, {"revenue": OutcomeSpec("revenue", channels=("tv",))})
    assert "outcomes.revenue.channels says which channels have a column, but `revenue` is one column" in error.text


# --- encodings and formats ---


@pytest.mark.parametrize(
    ("codec", "message"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "history.csv was read as UTF-16"),
        ("gb18030", "history.csv was read as GB18030"),
    ],
)
def test_chinese_table_reads_alike_in_every_encoding(tmp_path, codec, message):
    columns = {"日期": WEEKS, "电视_花费": TV, "搜索_花费": RADIO, "收入": REVENUE}
    outcomes = {"revenue": OutcomeSpec("收入")}
    chosen = {"channels": ("电视", "搜索"), "spend": "{channel}_花费", "date": "日期"}
    history = read(tmp_path, csv_text(columns).encode(codec), outcomes, **chosen)
    assert history.spend[:, 1].tolist() == RADIO
    texts = said(history, "history.encoding")
    assert [text.split(";")[0] for text in texts] == ([message] if message else [])


def test_given_encoding_is_used(tmp_path):
    columns = {"week": WEEKS, "tv_spend": TV, "radio_spend": RADIO, "Erlös": REVENUE}
    content = csv_text(columns).encode("cp1252")
    history = read(tmp_path, content, {"revenue": OutcomeSpec("Erlös")}, encoding="cp1252")
    assert history.outcome("revenue").values.tolist() == REVENUE
    assert read(tmp_path, csv_text(COLUMNS).encode("utf-8-sig"), encoding="utf-8").n_periods == 10
    assert 'history.encoding is "utf-9", which is no encoding' in refusal(tmp_path, content, encoding="utf-9").text
    error = refusal(tmp_path, content, encoding="utf-8")
    assert error.text.startswith("history.csv, line 1: the bytes are not utf-8. Save the file as UTF-8")


def test_bytes_of_no_known_encoding_are_refused(tmp_path):
    error = refusal(tmp_path, csv_text(COLUMNS).encode() + b"\xff\xff\n")
    assert error.text.startswith("history.csv, line 12: the bytes are not GB18030.")


@pytest.mark.parametrize(("separator", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "pipes")])
def test_separator_is_found_out_and_said(tmp_path, separator, name):
    history = read(tmp_path, csv_text(COLUMNS, separator))
    assert history.spend[:, 0].tolist() == TV
    assert said(history, "history.separator") == [f"history.csv: {name} separate the cells."]


def test_decimal_commas_do_not_look_like_separators(tmp_path):
    text = csv_text(COLUMNS, ";").replace("100.0", "1.100,5").replace(".0", ",0").replace("250.5", "250,5")
    history = read(tmp_path, text)
    assert history.spend[:3, 0].tolist() == [1100.5, 0, 250.5]
    assert "numbers were read with a decimal comma" in said(history, "history.decimal-comma")[0]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ('"1,234.5"', 1234.5),
        ('"1,234,567"', 1234567),
        ("1 234", 1234),
        ("1'234.5", 1234.5),
        ("￥１２３４．５", 1234.5),
        ("$250", 250),
        ("1.2万", 12000),
        ("3亿", 3e8),
        ("1e3", 1000),
        (" 7 ", 7),
    ],
)
def test_common_ways_to_write_a_number_are_read(tmp_path, cell, number):
    assert read(tmp_path, changed("tv_spend", 5, cell)).spend[3, 0] == number


def test_comma_that_could_be_either_is_settled_by_other_numbers_and_said(tmp_path):
    history = read(tmp_path, changed("revenue", 5, '"1,234"'))
    assert history.outcome("revenue").values[3] == 1234
    assert said(history, "history.thousands-comma") == [
        "history.csv: commas were read as grouping thousands, as in 1,234."
    ]


def test_comma_that_nothing_settles_is_refused(tmp_path):
    whole = {"week": WEEKS, "tv_spend": range(10), "radio_spend": range(10), "revenue": ['"1,234"'] * 10}
    error = refusal(tmp_path, whole)
    assert "`1,234` may be 1234 or 1.234, and no other number tells which" in error.text
    assert error.code == "history.ambiguous-comma"


def test_two_decimal_marks_in_one_table_are_refused(tmp_path):
    error = refusal(tmp_path, changed("revenue", 5, '"12,5"'))
    assert "has a decimal dot and `12,5` a decimal comma" in error.text


def workbook(folder: Path, rows: list[list], sheets: tuple[str, ...] = ("Data",)) -> None:
    book = openpyxl.Workbook()
    for number, name in enumerate(sheets):
        sheet = book.active if number == 0 else book.create_sheet()
        sheet.title = name
        for row in rows:
            sheet.append(row)
    book.save(folder / "history.xlsx")


def sheet_rows() -> list[list]:
    dates = [datetime.datetime.fromisoformat(week) for week in WEEKS]
    return [list(COLUMNS), *(list(row) for row in zip(dates, TV, RADIO, REVENUE, strict=True))]


def test_workbook_reads_like_the_csv(tmp_path):
    workbook(tmp_path, sheet_rows())
    history = read_history(problem(tmp_path, file="history.xlsx"))
    assert history.spend.tolist() == read(tmp_path, COLUMNS).spend.tolist()
    assert history.dates.astype(str).tolist() == WEEKS
    assert not said(history, "history.sheet")


def test_sheet_of_a_workbook_is_chosen_or_the_first_is_said(tmp_path):
    workbook(tmp_path, sheet_rows(), ("Notes", "Data"))
    assert read_history(problem(tmp_path, file="history.xlsx", sheet="Data")).n_periods == 10
    history = read_history(problem(tmp_path, file="history.xlsx"))
    assert said(history, "history.sheet") == ["history.xlsx: the first of 2 sheets was read, `Notes`."]
    with pytest.raises(InputError, match=r"has no sheet `Date`\. Did you mean `Data`\? Its sheets: Notes, Data"):
        read_history(problem(tmp_path, file="history.xlsx", sheet="Date"))
    assert "is no XLSX workbook, so it has no sheet `Data`" in refusal(tmp_path, COLUMNS, sheet="Data").text


def test_formula_without_a_saved_value_is_refused_by_its_cell(tmp_path):
    rows = sheet_rows()
    rows[3][1] = "=SUM(B2:B3)"
    workbook(tmp_path, rows)
    with pytest.raises(InputError, match="sheet `Data`: the formula in B4 has no saved value"):
        read_history(problem(tmp_path, file="history.xlsx"))


def test_text_in_a_number_column_of_a_workbook_is_refused_by_its_row(tmp_path):
    rows = sheet_rows()
    rows[6][2] = datetime.datetime(2023, 1, 1)
    workbook(tmp_path, rows)
    with pytest.raises(InputError, match=r"row 7, column `radio_spend`: `2023-01-01 00:00:00` is no number"):
        read_history(problem(tmp_path, file="history.xlsx"))


def test_decimal_comma_in_a_text_cell_leaves_real_numbers_of_a_workbook_alone(tmp_path):
    rows = sheet_rows()
    rows[1][1], rows[2][1] = 1.234, "5,6"
    workbook(tmp_path, rows)
    assert read_history(problem(tmp_path, file="history.xlsx")).spend[:2, 0].tolist() == [1.234, 5.6]


@pytest.mark.parametrize("as_index", [False, True])
def test_parquet_reads_like_the_csv(tmp_path, as_index):
    frame = pd.DataFrame(COLUMNS).assign(week=pd.to_datetime(WEEKS))
    (frame.set_index("week") if as_index else frame).to_parquet(tmp_path / "history.parquet")
    history = read_history(problem(tmp_path, file="history.parquet"))
    assert history.spend.tolist() == read(tmp_path, COLUMNS).spend.tolist()
    assert history.dates.astype(str).tolist() == WEEKS


def test_parquet_cells_that_are_no_numbers_are_refused(tmp_path):
    pd.DataFrame(COLUMNS | {"tv_spend": [[1.0, 2.0]] * 10}).to_parquet(tmp_path / "history.parquet")
    with pytest.raises(InputError, match=r"row 2, column `tv_spend`: `\[1. 2.\]` is no number"):
        read_history(problem(tmp_path, file="history.parquet"))


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    error = refusal(tmp_path, b"PAR1....PAR1")
    assert "pip install 'moo-budget[parquet]'" in error.text


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "history.empty"),
        (b" \n\n", "history.empty"),
        (b";;\n", "history.empty"),
        (b"\xef\xbb\xbf\n", "history.empty"),
        (b"week,tv_spend,radio_spend,revenue\n", "history.no-rows"),
        (bytes(range(256)), "history.not-a-table"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "history.not-a-table"),
        (b"PK\x03\x04 rubbish", "history.bad-workbook"),
        (b"PAR1 rubbish", "history.bad-parquet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "history.old-workbook"),
        (b'week,tv_spend\n"2023-01-02,5\n', "history.bad-csv"),
        (b"week,tv_spend\n2023-01-02,5,7\n", "history.long-row"),
    ],
)
def test_file_that_is_no_table_has_an_error_of_its_own(tmp_path, content, code):
    error = refusal(tmp_path, content)
    assert error.code == code
    assert "history.csv" in error.text


def test_row_longer_than_the_header_is_named(tmp_path):
    error = refusal(tmp_path, csv_text(COLUMNS).replace("250.5", "250,5,1"))
    assert error.text.startswith("history.csv, row 4 has 6 cells and the header has 4.")


def test_missing_file_and_folder_have_errors_of_their_own(tmp_path):
    (tmp_path / "histories").mkdir()
    (tmp_path / "history_v2.csv").touch()
    with pytest.raises(InputError, match=r"There is no file .*history\.csv\. Did you mean `history_v2\.csv`\?"):
        read_history(problem(tmp_path))
    with pytest.raises(InputError, match="histories is a folder; name the table file inside it"):
        read_history(problem(tmp_path, file="histories"))
    with pytest.raises(InputError, match="There is no file"):
        read_history(problem(tmp_path / "nowhere"))


def test_problem_without_a_history_is_refused():
    with pytest.raises(InputError, match=r"The problem has no \[history\]"):
        read_history(ProblemSpec())


# --- columns ---


def test_all_missing_columns_are_named_at_once_with_the_nearest(tmp_path):
    outcomes = {"revenue": OutcomeSpec("revenues"), "clicks": OutcomeSpec("{channel}_clicks")}
    error = refusal(tmp_path, COLUMNS, outcomes, channels=("tv", "radios"))
    assert error.code == "history.missing-column"
    assert "no column `radios_spend`, which history.spend for channel `radios` asks for" in error.text
    assert "Did you mean `radio_spend`?" in error.text
    assert "no column `revenues`, which outcomes.revenue.column asks for. Did you mean `revenue`?" in error.text
    assert "If `tv` has none, list the others in outcomes.clicks.channels." in error.text
    assert "Its columns: week, tv_spend, radio_spend, revenue" in error.text


def test_two_identical_headers_are_refused(tmp_path):
    text = csv_text(COLUMNS).replace("radio_spend", "ｔv_spend")
    assert "1 header(s) stand over more than one column: tv_spend" in refusal(tmp_path, text).text


def test_nameless_columns_are_ignored(tmp_path):
    text = "\n".join(
        f"{number},{line}" if number else f",{line}" for number, line in enumerate(csv_text(COLUMNS).split())
    )
    assert read(tmp_path, text).spend[:, 0].tolist() == TV


@pytest.mark.parametrize("second", ["-,EUR,EUR,EUR", "week,tv_spend,radio_spend,revenue"])
def test_second_header_row_is_recognised(tmp_path, second):
    first, rest = csv_text(COLUMNS).split("\n", 1)
    above = "Week,EUR,EUR2,EUR3" if second.startswith("week") else first
    error = refusal(tmp_path, "\n".join([above, second, rest]))
    assert error.code == "history.two-headers"
    assert "history.csv, row 2:" in error.text


def test_empty_rows_are_skipped_and_row_numbers_stay_those_of_the_file(tmp_path):
    text = "\n" + csv_text(changed("tv_spend", 4, "many")).replace("\n2023-01-16", "\n\n,,,\n2023-01-16")
    assert refusal(tmp_path, text).text.startswith("history.csv, row 7, column `tv_spend`: `many`")


# --- cells ---


def test_text_in_number_columns_is_named_by_row_and_column_all_at_once(tmp_path):
    columns = COLUMNS | {"tv_spend": [*TV[:3], "n/k", "?", *TV[5:]], "revenue": ["inf", *REVENUE[1:]]}
    error = refusal(tmp_path, columns)
    assert error.text.splitlines() == [
        "history.csv, row 5, column `tv_spend`: `n/k` is no number (also in row 6). "
        "Write a number such as 1234.5, or leave the cell empty.",
        "history.csv, row 2, column `revenue`: `inf` is no number. "
        "Write a number such as 1234.5, or leave the cell empty.",
    ]
    assert error.code == "history.not-a-number"


def test_negative_spend_is_refused(tmp_path):
    error = refusal(tmp_path, changed("radio_spend", 6, -250.0))
    assert error.text == (
        "history.csv, row 6, column `radio_spend`: spend is `-250.0`; it must be 0 or more. "
        "Net refunds into the period they belong to."
    )
    assert error.code == "history.negative-spend"


def test_negative_outcome_is_allowed(tmp_path):
    assert read(tmp_path, changed("revenue", 6, -5)).outcome("revenue").values[4] == -5


def test_fewer_than_eight_periods_are_refused(tmp_path):
    columns = {name: cells[:7] for name, cells in COLUMNS.items()}
    assert "history.csv has 7 period(s); at least 8 are needed" in refusal(tmp_path, columns).text
    assert read(tmp_path, {name: cells[:8] for name, cells in COLUMNS.items()}).n_periods == 8


EMPTY = changed("tv_spend", 4, "") | {"revenue": ["NA", *REVENUE[1:]]}


def test_empty_cells_stop_by_default_and_are_counted_and_placed(tmp_path):
    error = refusal(tmp_path, EMPTY)
    assert error.text == (
        "history.csv: 2 empty cell(s): `tv_spend` row 4, `revenue` row 2. Fill them, or say what they mean: "
        'history.missing = "zero", "drop" or "interpolate".'
    )


def test_more_than_ten_empty_cells_are_counted(tmp_path):
    columns = {name: cells + cells for name, cells in LONG.items()} | {"geo": ["north"] * 20 + ["south"] * 20}
    columns["cost"] = [""] * 15 + columns["cost"][15:]
    assert (
        "15 empty cell(s): `cost` row 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 5 more"
        in refusal(tmp_path, columns, sum_over=("geo",), **LONG_SETTINGS).text
    )


def test_empty_cells_as_zero(tmp_path):
    history = read(tmp_path, EMPTY, missing="zero")
    assert history.spend[2, 0] == 0
    assert history.outcome("revenue").values[0] == 0
    assert said(history, "history.missing-values") == [
        "history.csv: 2 empty cell(s): `tv_spend` row 4, `revenue` row 2; counted as 0."
    ]


def test_periods_with_empty_cells_dropped(tmp_path):
    history = read(tmp_path, EMPTY, missing="drop")
    assert history.dates.astype(str).tolist() == [week for place, week in enumerate(WEEKS) if place not in (0, 2)]
    assert said(history, "history.missing-values")[0].endswith("; 2 period(s) left out.")
    assert "2023-01-16" in said(history, "history.gaps")[0]


def test_dropping_takes_the_whole_date_of_a_long_table(tmp_path):
    columns = LONG | {"cost": ["", *LONG["cost"][1:]]}
    assert read(tmp_path, columns, missing="drop", **LONG_SETTINGS).spend[0].tolist() == [TV[1], RADIO[1]]


def test_dropping_every_period_is_too_short_and_no_crash(tmp_path):
    for columns, chosen in ((COLUMNS | {"tv_spend": [""] * 10}, {}), (LONG | {"clicks": [""] * 20}, LONG_SETTINGS)):
        outcomes = LONG_OUTCOMES if chosen else REVENUE_SPEC
        assert "has 0 period(s)" in refusal(tmp_path, columns, outcomes, missing="drop", **chosen).text


def test_empty_cells_interpolated_in_time_not_in_row_order(tmp_path):
    dates = [*WEEKS[:2], "2023-01-23", *WEEKS[4:]]  # the third row is two weeks after the second
    order = [1, 0, *range(2, 9)]
    columns = {
        "week": [dates[place] for place in order],
        "tv_spend": [[10.0, "", 40.0, 1, 1, 1, 1, 1, 1][place] for place in order],
        "radio_spend": [1] * 9,
        "revenue": ["", 5.0, 6, 6, 6, 6, 6, 6, 6][1:2] + [""] + [6.0] * 7,
    }
    history = read(tmp_path, columns, missing="interpolate")
    assert history.spend[:3, 0].tolist() == [10, 20, 40]
    assert history.outcome("revenue").values[:2].tolist() == [5, 5]  # at an end: the nearest value
    assert said(history, "history.missing-values")[0].endswith("; interpolated in time.")


def test_interpolation_stays_within_a_channel(tmp_path):
    columns = LONG | {"cost": [*LONG["cost"][:2], "", *LONG["cost"][3:]]}
    history = read(tmp_path, columns, missing="interpolate", **LONG_SETTINGS)
    assert history.spend[1, 0] == (TV[0] + TV[2]) / 2


def test_series_without_any_number_cannot_be_interpolated(tmp_path):
    error = refusal(tmp_path, COLUMNS | {"tv_spend": [""] * 10}, missing="interpolate")
    assert "column `tv_spend`: from row 2 on every cell of a series is empty" in error.text


# --- dates ---


def dates_as(form) -> dict[str, list]:
    return COLUMNS | {"week": [form(datetime.date.fromisoformat(week)) for week in WEEKS]}


@pytest.mark.parametrize(
    "form",
    [
        "{0:%Y-%m-%d}",
        "{0:%Y-%m-%d} 00:00:00",
        "{0:%Y-%m-%d}T00:00:00Z",
        "{0:%Y/%m/%d}",
        "{0:%Y%m%d}",
        "{0:%Y.%m.%d}",
        "{0.day}.{0.month}.{0.year}",
        "{0.day}/{0.month}/{0.year}",
        "{0.month}/{0.day}/{0.year}",
        "{0:%d-%m-%Y}",
        "{0.year}年{0.month}月{0.day}日",
        "{0:%d %b %Y}",
        "{0:%d-%b-%Y}",
        "{0:%d-%b-%y}",
        "{0:%d/%m/%y}",
        "{0:%m/%d/%y}",
        '"{0:%B %d, %Y}"',
        "{0:%G-W%V}",
    ],
)
def test_common_forms_of_a_date_are_read(tmp_path, form):
    history = read(tmp_path, dates_as(form.format))
    assert history.dates.astype(str).tolist() == WEEKS


@pytest.mark.parametrize(
    ("cells", "period", "last"),
    [
        ([f"2023-01-{day:02}" for day in range(1, 11)], "day", "2023-01-10"),
        (["2022-10", "2022-11", "2022-12", *(f"2023-{month:02}" for month in range(1, 8))], "month", "2023-07-01"),
        ([f"2026年{month}月" for month in range(1, 11)], "month", "2026-10-01"),
        ([f"{month} 2023" for month in MONTHS], "month", "2023-10-01"),
        ([f"{2021 + n // 4}Q{n % 4 + 1}" for n in range(10)], "quarter", "2023-04-01"),
        ([str(year) for year in range(2001, 2011)], "year", "2010-01-01"),
        ([f"2023-{month:02}-{28 if month == 2 else 30}" for month in range(1, 11)], "month", "2023-10-30"),
    ],
)
def test_period_is_found_out_without_gaps(tmp_path, cells, period, last):
    history = read(tmp_path, COLUMNS | {"week": cells})
    assert (history.period, history.source.end) == (period, last)
    assert said(history, "history.period")[0].startswith(f"history.csv: 10 {period}s, ")
    assert not said(history, "history.gaps") + said(history, "history.irregular-dates")


def test_gaps_are_said_by_date_and_no_row_is_invented(tmp_path):
    columns = {name: [*cells[:3], *cells[4:]] for name, cells in COLUMNS.items()}
    history = read(tmp_path, columns)
    assert history.n_periods == 9
    assert said(history, "history.gaps") == [
        "history.csv: 1 week(s) in between have no row, and none is invented: 2023-01-23."
    ]


def test_gap_in_months_is_said(tmp_path):
    cells = ["2022-10", "2022-12", *(f"2023-{month:02}" for month in range(1, 9))]
    assert said(read(tmp_path, COLUMNS | {"week": cells}), "history.gaps")[0].endswith(": 2022-11.")


def test_irregular_dates_are_said(tmp_path):
    history = read(tmp_path, changed("week", 5, "2023-01-25"))
    assert said(history, "history.irregular-dates") == [
        "history.csv: the dates keep no regular step; each row was taken as one week."
    ]


def test_unsorted_rows_are_sorted_and_said(tmp_path):
    columns = {name: list(reversed(cells)) for name, cells in COLUMNS.items()}
    history = read(tmp_path, columns)
    assert history.spend[:, 0].tolist() == TV
    assert said(history, "history.unsorted")
    assert not said(read(tmp_path, COLUMNS), "history.unsorted")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("Total", "`Total` is no date like `2023-01-02`"),
        ("2023-02-30", "`2023-02-30` is no date"),
        ("", "an empty cell is no date"),
        ("2023-13-01", "`2023-13-01` is no date"),
        ("30.1.2023", "`30.1.2023` is no date like `2023-01-02`"),
    ],
)
def test_date_that_is_none_is_refused_by_its_row(tmp_path, cell, text):
    error = refusal(tmp_path, changed("week", 6, cell))
    assert error.text.startswith(f"history.csv, row 6, column `week`: {text}")
    assert error.code == "history.not-a-date"


def test_week_that_a_year_does_not_have_is_no_date(tmp_path):
    weeks = [f"2023-W{week}" for week in range(44, 54)]
    error = refusal(tmp_path, COLUMNS | {"week": weeks})
    assert "row 11, column `week`: `2023-W53` is no date like `2023-W44`" in error.text


def test_column_without_any_date_is_refused(tmp_path):
    error = refusal(tmp_path, COLUMNS | {"week": list("abcdefghij")})
    assert "row 2, column `week`: `a` is no date (also in row 3, 4, 5, 6, 7, 8, 9, 10, 11)." in error.text


def test_day_and_month_that_cannot_be_told_apart_are_refused(tmp_path):
    error = refusal(tmp_path, COLUMNS | {"week": [f"0{day}/02/2023" for day in range(1, 10)] + ["10/02/2023"]})
    assert "no row tells which part of 01/02/2023 is the day, which the month and which the year." in error.text


@pytest.mark.parametrize("form", ["01/{0:02}/23", "{0:02}/01/23", "23/01/{0:02}"])
def test_date_whose_year_of_two_digits_could_stand_elsewhere_is_refused(tmp_path, form):
    error = refusal(tmp_path, COLUMNS | {"week": [form.format(number) for number in range(1, 11)]})
    assert error.code == "history.ambiguous-date"


def test_repeated_date_is_refused_by_rows_and_points_at_sum_over(tmp_path):
    error = refusal(tmp_path, changed("week", 5, WEEKS[0]))
    assert "rows 2, 5 are all of 2023-01-02. One row is allowed" in error.text
    assert "name it in history.sum_over" in error.text
    error = refusal(tmp_path, LONG | {"media": ["tv", "tv"] * 10}, **(LONG_SETTINGS | {"channels": ("tv",)}))
    assert "rows 2, 3 are all of 2023-01-02, tv, and 9 more like them." in error.text


# --- what is spent today ---


def test_today_is_the_mean_of_the_last_rows_times_the_plan(tmp_path):
    history = read(tmp_path, COLUMNS)
    assert history.today(PlanSpec(periods=4)) == {"tv": sum(TV[-4:]), "radio": sum(RADIO[-4:])}
    assert history.today_text(PlanSpec(periods=4)) == "mean of the last 4 weeks x 4"
    plan = PlanSpec(periods=4, today="last 2")
    assert history.today(plan) == {"tv": 2 * sum(TV[-2:]), "radio": 2 * sum(RADIO[-2:])}
    assert history.today_text(plan) == "mean of the last 2 weeks x 4"
    assert history.today_text(PlanSpec()) == "the last week"
    assert history.today_text(PlanSpec(periods=4, today="last 1")) == "the last week x 4"
    assert history.today_text(PlanSpec(today="last 2")) == "mean of the last 2 weeks"


def test_today_of_a_plan_longer_than_the_history_takes_all_of_it(tmp_path):
    history = read(tmp_path, COLUMNS)
    assert history.today(PlanSpec(periods=20))["tv"] == 2 * sum(TV)
    assert history.today_text(PlanSpec(periods=20)) == (
        "mean of the last 10 weeks x 20: the history is shorter than the plan"
    )


def test_today_from_more_rows_than_there_are_is_refused(tmp_path):
    with pytest.raises(InputError, match=r'"last 11", but history.csv has 10 weeks. Write "last 10" or less'):
        read(tmp_path, COLUMNS).today(PlanSpec(periods=4, today="last 11"))


def test_today_as_a_table_gives_zero_to_channels_left_out_and_says_so(tmp_path):
    history, plan = read(tmp_path, COLUMNS), PlanSpec(periods=4, today={"radio": 70.0})
    assert history.today(plan) == {"tv": 0.0, "radio": 70.0}
    assert history.today_text(plan) == "stated in the problem file; 0 for tv, left out there"
    assert history.today_text(PlanSpec(today={"tv": 1.0, "radio": 2.0})) == "stated in the problem file"
    with pytest.raises(InputError, match=r"plan\.today: there is no channel `radios`"):
        history.today(PlanSpec(today={"radios": 70.0}))


def test_today_of_a_cross_section_is_the_mean_of_all_rows(tmp_path):
    columns = {name: cells for name, cells in COLUMNS.items() if name != "week"}
    history = read(tmp_path, columns, date=None)
    assert history.today(PlanSpec(periods=3))["tv"] == pytest.approx(np.mean(TV) * 3, rel=1e-15)
    assert history.today_text(PlanSpec(periods=3)) == "mean of all 10 rows x 3"
    for today in ("last 3", "same last year"):
        with pytest.raises(InputError, match=rf'plan\.today = "{today}" needs dates'):
            history.today(PlanSpec(periods=3, today=today))


def test_today_in_unknown_words_is_refused(tmp_path):
    with pytest.raises(InputError, match=r'plan.today = "first 3" is unknown. Allowed: "last N", "same last year"'):
        read(tmp_path, COLUMNS).today(PlanSpec(periods=3, today="first 3"))


def years(period: str, count: int) -> History:
    """A history from 2022-01-01 on whose spend in period n is n."""
    unit = {"day": "D", "week": "D", "month": "M"}[period]
    dates = np.datetime64("2022-01-01").astype(f"datetime64[{unit}]") + np.arange(count) * (
        7 if period == "week" else 1
    )
    return History(
        channels=("tv",),
        dates=dates.astype("datetime64[D]"),
        period=period,
        spend=np.arange(count, dtype=float)[:, None],
        outcomes=(),
        controls=np.empty((count, 0)),
        control_names=(),
        source=Source("years.csv", "", count, None, None),
        messages=(),
    )


@pytest.mark.parametrize(
    ("history", "plan", "rows", "text"),
    [
        # The plan starts with the period after the history: 2024-01, or a given date.
        (
            years("month", 24),
            PlanSpec(periods=3, today="same last year"),
            range(12, 15),
            "the 3 months from 2023-01-01",
        ),
        (
            years("month", 24),
            PlanSpec(periods=3, today="same last year", start=datetime.date(2023, 11, 1)),
            range(10, 13),
            "the 3 months from 2022-11-01",
        ),
        (
            years("day", 400),
            PlanSpec(periods=28, today="same last year", start=datetime.date(2023, 1, 11)),
            range(10, 38),
            "the 28 days from 2022-01-11",
        ),
        # 2022-12-31 is the Saturday after the history; a year before it, 2021-12-31, the week of 2022-01-01 begins.
        (years("week", 60), PlanSpec(periods=13, today="same last year"), range(8, 21), "the 13 weeks from 2022-02-26"),
    ],
)
def test_today_as_the_same_span_a_year_before(history, plan, rows, text):
    assert history.today(plan) == {"tv": float(sum(rows))}
    assert history.today_text(plan) == f"{text} on, the same span a year earlier"


@pytest.mark.parametrize("start", [datetime.date(2022, 12, 1), datetime.date(2024, 12, 1)])
def test_today_a_year_before_needs_the_whole_span(start):
    plan = PlanSpec(periods=3, today="same last year", start=start)
    with pytest.raises(
        InputError, match=r"needs all 3 months from 20.*years.csv has \d of them and runs from 2022-01-01"
    ):
        years("month", 24).today(plan)


# --- tables that nobody here wrote ---


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the shared data are not at {DATA}")
@pytest.mark.parametrize(
    ("name", "period", "shape", "source_rows", "codes"),
    [
        ("conjura", "week", (121, 9), 121, {"history.never-bought"}),
        ("india", "day", (28, 11), 308, {"history.two-spellings", "history.outcome-reading"}),
        ("robyn", "week", (208, 5), 208, {"history.rare-events", "history.holidays", "history.rare-holidays"}),
        ("meridian_geo", "week", (156, 3), 3120, set()),
        ("meridian_national", "week", (156, 5), 156, set()),
        ("pymc", "week", (179, 2), 179, set()),
        ("islr", "none", (200, 3), 200, set()),
        ("fpp", "month", (40, 1), 40, set()),
    ],
)
def test_real_table_reads_whole_and_only_what_is_odd_is_said(name, period, shape, source_rows, codes):
    history = read_history(read_problem(Path(__file__).parent / "real" / f"{name}.toml"))
    assert (history.period, history.spend.shape, history.source.rows) == (period, shape, source_rows)
    assert {message.code for message in history.messages} == codes | {"history.period"}


# --- the record checks itself ---


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ({"spend": np.ones((24, 2))}, r"spend has shape \(24, 2\)"),
        ({"spend": np.full((24, 1), np.nan)}, r"spend\[0, 0\] is nan"),
        ({"spend": np.full((24, 1), -1.0)}, "spend has a negative entry"),
        ({"controls": np.ones((24, 1))}, r"controls has shape \(24, 1\)"),
        ({"outcomes": (OutcomeSeries("y", "", np.ones(23), False, ("tv",)),)}, r"outcome `y` has shape \(23,\)"),
        ({"dates": np.array(["2022-01-01"] * 24, dtype="datetime64[D]")}, r"dates must be .* and rise"),
    ],
)
def test_history_refuses_parts_that_do_not_fit(part, text):
    with pytest.raises(InputError, match=text):
        replace(years("month", 24), **part)


# --- anything at all ---


@settings(max_examples=300, deadline=None)
@given(
    head=st.sampled_from(
        [b"", b"\xff\xfe", b"\xef\xbb\xbf", b"PK\x03\x04", b"PAR1", b"week,tv_spend,radio_spend,revenue\n"]
    ),
    rest=st.binary(max_size=300),
)
def test_any_bytes_give_a_history_or_an_input_error(tmp_path_factory, head, rest):
    folder = tmp_path_factory.mktemp("bytes")
    with contextlib.suppress(InputError):
        read(folder, head + rest)


cells = st.one_of(
    st.floats(0, 1e9).map(str),
    st.text(max_size=8),
    st.sampled_from(["", "1,234", "12,5", "-3", "2023-01-02", "3/4/2023", "2023", "万", "inf", "１２", "true"]),
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(cells, min_size=4, max_size=4), min_size=1, max_size=12),
    st.sampled_from(["error", "zero", "drop", "interpolate"]),
)
def test_any_cells_give_a_history_or_an_input_error(tmp_path_factory, rows, missing):
    folder = tmp_path_factory.mktemp("cells")
    quoted = ["week,tv_spend,radio_spend,revenue"]
    quoted += [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    with contextlib.suppress(InputError):
        history = read(folder, "\n".join(quoted).encode("utf-8", "replace"), missing=missing)
        assert np.isfinite(history.spend).all()


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(10)), st.permutations(list(COLUMNS)))
def test_order_of_rows_and_columns_does_not_matter(tmp_path_factory, rows, names):
    folder = tmp_path_factory.mktemp("order")
    history = read(folder, {name: [COLUMNS[name][row] for row in rows] for name in names})
    assert history.spend[:, 0].tolist() == TV
    assert history.outcome("revenue").values.tolist() == REVENUE
