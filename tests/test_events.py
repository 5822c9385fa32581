"""Events, holidays and organic channels of a history: what is read, what is rare, what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from moo_budget.errors import InputError
from moo_budget.history import read_history
from moo_budget.history.events import read_holidays
from moo_budget.spec import HistorySpec, OutcomeSpec, ProblemSpec, read_problem
from tests.real_data import DATA, needs_data
from tests.test_history import COLUMNS, TV, WEEKS, read, refusal, said

EVENTS = ["sale", "na", "", "sale", "NA", "strike", "sale", "", "fair", ""]
DATES = np.array(WEEKS, dtype="datetime64[D]")


def holidays_of(folder: Path, text: str, dates=DATES, period="week"):
    (folder / "holidays.csv").write_text(text, encoding="utf-8")
    return read_holidays(folder / "holidays.csv", dates, period)


def test_a_column_of_names_becomes_one_indicator_per_event(tmp_path):
    history = read(tmp_path, COLUMNS | {"events": EVENTS}, events="events")
    assert history.events["sale"].tolist() == [1, 0, 0, 1, 0, 0, 1, 0, 0, 0]
    assert not history.events["sale"].flags.writeable
    assert read(tmp_path, COLUMNS).events == {}


def test_rare_events_are_taken_together_and_named(tmp_path):
    history = read(tmp_path, COLUMNS | {"events": EVENTS}, events="events")
    assert list(history.events) == ["sale", "rare events"]
    assert history.events["rare events"].tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 1, 0]
    assert said(history, "history.rare-events") == [
        "history.csv: 2 event(s) in one period only, which says too little of each: fair, strike; "
        "taken together as one."
    ]


def test_a_single_event_of_a_single_period_is_left_out_and_named(tmp_path):
    events = ["" for _ in EVENTS]
    events[4] = "strike"
    history = read(tmp_path, COLUMNS | {"events": events}, events="events")
    assert history.events == {}
    assert "strike; left out." in said(history, "history.rare-events")[0]


def test_an_event_of_some_regions_counts_as_the_share_of_its_rows(tmp_path):
    columns = {name: [cell for cell in cells for _ in range(2)] for name, cells in COLUMNS.items()}
    columns |= {"geo": ["north", "south"] * 10, "events": ["fair", ""] * 3 + [""] * 14}
    history = read(tmp_path, columns, sum_over=("geo",), events="events")
    assert history.events["fair"].tolist() == [0.5] * 3 + [0.0] * 7


def test_a_period_that_is_dropped_takes_its_event_along(tmp_path):
    columns = COLUMNS | {"tv_spend": ["", *TV[1:]], "events": EVENTS}
    history = read(tmp_path, columns, events="events", missing="drop")
    assert history.events["sale"].tolist() == [0, 0, 1, 0, 0, 1, 0, 0, 0]


def test_a_column_without_any_event_is_no_fault(tmp_path):
    assert read(tmp_path, COLUMNS | {"events": [""] * 10}, events="events").events == {}


def test_numbers_are_no_names_of_events(tmp_path):
    error = refusal(tmp_path, COLUMNS | {"events": [0, 1] * 5}, events="events")
    assert "`events`: history.events names events, and this column holds numbers such as 0." in error.text
    assert "history.controls" in error.text


def test_organic_volumes_are_read_and_added_up_over_regions(tmp_path):
    mails = [float(10 * week) for week in range(10)]
    assert read(tmp_path, COLUMNS | {"mail": mails}, organic=("mail",)).organic["mail"].tolist() == mails
    columns = {name: [cell for cell in cells for _ in range(2)] for name, cells in COLUMNS.items()}
    columns |= {"geo": ["north", "south"] * 10, "mail": [mail for mail in mails for _ in range(2)]}
    by_region = read(tmp_path, columns, sum_over=("geo",), organic=("mail",))
    assert by_region.organic["mail"].tolist() == [2 * mail for mail in mails]


def test_organic_volumes_of_a_long_table_count_once_a_date(tmp_path):
    rows = [(week, channel, 5.0, 100.0, 7.0 * i) for i, week in enumerate(WEEKS) for channel in ("tv", "radio")]
    columns = dict(
        zip(("week", "channel", "spend", "revenue", "mail"), map(list, zip(*rows, strict=True)), strict=True)
    )
    history = read(tmp_path, columns, layout="long", channel="channel", spend="spend", organic=("mail",))
    assert history.organic["mail"].tolist() == [7.0 * i for i in range(10)]


def test_negative_organic_volume_is_refused_with_its_row(tmp_path):
    error = refusal(tmp_path, COLUMNS | {"mail": [-1.0, *range(9)]}, organic=("mail",))
    assert error.text.startswith("history.csv, row 2, column `mail`: an organic channel's volume is `-1.0`")
    assert error.code == "history.negative-organic"


@pytest.mark.parametrize("key", ["events", "organic"])
def test_a_missing_column_is_named_with_its_setting(tmp_path, key):
    asked = "mails" if key == "events" else ("mails",)
    error = refusal(tmp_path, COLUMNS | {"mail": TV}, **{key: asked})
    assert f"no column `mails`, which history.{key} asks for. Did you mean `mail`?" in error.text


def test_a_holiday_counts_the_days_on_which_it_falls_in_a_period(tmp_path):
    # The weeks begin on Mondays: 2023-01-02, 2023-01-09, ...
    text = "date,holiday\n2023-01-01,Too early\n2023-01-08,Feast\n2023-01-09,Feast\n2023-01-10,Feast\n2023-03-13,Late\n"
    series, messages = holidays_of(tmp_path, text)
    assert {name: values.tolist() for name, values in series.items()} == {"Feast": [1, 2] + [0] * 8}
    assert [message.text for message in messages] == ["holidays.csv: 1 holidays on 3 days of the history."]


def test_holidays_of_a_single_year_are_taken_together(tmp_path):
    series, messages = holidays_of(tmp_path, "holiday,ds,country\nA,2023-01-03,DE\nB,2023-02-14,DE\nB,2023-02-14,DE\n")
    assert list(series) == ["rare holidays"]
    assert series["rare holidays"].tolist() == [1, 0, 0, 0, 0, 0, 1, 0, 0, 0]
    assert "A, B; taken together as one." in messages[1].text


MANY = "holiday,ds,country\nA,2023-01-03,DE\nA,2023-01-10,DE\nA,2023-01-17,GB\nB,2023-02-14,GB\nB,2023-02-21,GB\n"


@pytest.mark.parametrize(
    ("country", "expected"),
    [("DE", {"A": [1, 1] + [0] * 8}), ("\uff27\uff22", {"B": [0] * 6 + [1, 1, 0, 0]})],  # full-width letters: GB
)
def test_of_a_table_of_several_countries_one_counts(tmp_path, country, expected):
    (tmp_path / "days.csv").write_text(MANY, encoding="utf-8")
    history = read(tmp_path, COLUMNS, holidays="days.csv", holidays_country=country)
    assert {name: days.tolist() for name, days in history.holidays.items() if "rare" not in name} == expected


@pytest.mark.parametrize(
    ("text", "country", "found"),
    [
        (
            MANY,
            None,
            "days.csv has holidays of 2 countries, and the history is from one of them. Name it, "
            'such as holidays_country = "DE", under [history]. Known: DE, GB',
        ),
        (
            MANY,
            "DEU",
            "days.csv, for history.holidays_country: there is no country `DEU`. Did you mean `DE`? Known: DE",
        ),
        ("date,holiday\n2023-01-03,A\n", "DE", "days.csv, the table of history.holidays, has no column `country`."),
    ],
)
def test_a_country_that_is_missing_is_asked_for(tmp_path, text, country, found):
    (tmp_path / "days.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(found)):
        read(tmp_path, COLUMNS, holidays="days.csv", holidays_country=country)


def test_a_month_has_all_days_up_to_the_next_one(tmp_path):
    months = np.array(["2023-01-01", "2023-02-01", "2023-03-01"], dtype="datetime64[D]")
    series, _ = holidays_of(tmp_path, "date,holiday\n2023-01-31,A\n2023-02-01,A\n2023-03-31,A\n", months, "month")
    assert series["A"].tolist() == [1, 1, 1]


def test_no_holiday_in_the_history_is_said_and_no_fault(tmp_path):
    series, messages = holidays_of(tmp_path, "date,holiday\n2019-01-31,A\n")
    assert series == {}
    assert [message.text for message in messages] == ["holidays.csv: 0 holidays on 0 days of the history."]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("day,holiday\n2023-01-31,A\n", "has no column `date`"),
        ("date,name\n2023-01-31,A\n", "has no column `holiday`"),
        ("date,holiday\n2023-01-31,\n", "row 2, column `holiday`: an empty cell names no holiday"),
        ("date,holiday\nsoon,A\n", "row 2, column `date`: `soon` is no date"),
    ],
)
def test_a_table_of_holidays_that_is_none_is_refused(tmp_path, text, found):
    with pytest.raises(InputError, match=found):
        holidays_of(tmp_path, text)


def test_holidays_are_found_beside_the_problem_file(tmp_path):
    (tmp_path / "days.csv").write_text("date,holiday\n2023-01-03,Feast\n2023-01-10,Feast\n", encoding="utf-8")
    history = read(tmp_path, COLUMNS, holidays="days.csv")
    assert history.holidays["Feast"].tolist() == [1, 1] + [0] * 8
    with pytest.raises(InputError, match=r"no file .*day\.csv\. Did you mean `days\.csv`\? Paths in a problem file"):
        read(tmp_path, COLUMNS, holidays="day.csv")


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ('holidays = "days.csv"', "holidays needs the name of the column that holds the dates"),
        ('holidays_country = "DE"', "holidays_country needs the table of holidays, such as holidays ="),
    ],
)
def test_holidays_need_dates_and_their_country_needs_holidays(tmp_path, setting, found):
    path = tmp_path / "problem.toml"
    path.write_text(
        f'[history]\nfile = "h.csv"\nchannels = ["tv"]\nspend = "{{channel}}"\n{setting}\n'
        '[outcomes.revenue]\ncolumn = "revenue"\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError, match=found):
        read_problem(path)


@pytest.mark.parametrize(
    ("series", "found"),
    [
        ({"events": {"sale": np.ones(3)}}, r"events `sale` has shape \(3,\)"),
        ({"holidays": {"Feast": np.full(10, np.nan)}}, "holidays `Feast`"),
        ({"organic": {"mail": -np.ones(10)}}, "organic `mail` has a negative entry"),
    ],
)
def test_a_history_checks_what_it_is_given(tmp_path, series, found):
    with pytest.raises(InputError, match=found):
        replace(read(tmp_path, COLUMNS), **series)


@needs_data
def test_robyns_own_table_has_its_events_its_newsletter_and_its_holidays():
    spec = ProblemSpec(
        history=HistorySpec(
            str(DATA / "robyn_dt_simulated_weekly.csv"),
            ("tv", "ooh"),
            "{channel}_S",
            date="DATE",
            organic=("newsletter",),
            events="events",
            holidays=str(DATA / "robyn_holidays_subset.csv"),
            holidays_country="DE",
        ),
        outcomes={"revenue": OutcomeSpec("revenue")},
    )
    history = read_history(spec)
    assert history.events["rare events"].sum() == 2
    assert history.organic["newsletter"].any()
    assert history.holidays["Good Friday"].sum() == 4  # one in each spring from 2016 to 2019
