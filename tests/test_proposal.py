"""First problem files: what is guessed from the habits of other tools, what is asked, and that the text works."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moo_budget.errors import InputError
from moo_budget.history import History, read_history
from moo_budget.history.proposal import propose
from moo_budget.spec import ProblemSpec, read_problem, require_available

DATA = Path(os.environ.get("MOO_BUDGET_DATA", Path(__file__).parents[2] / "shared" / "data"))
WEEKS = [str(np.datetime64("2023-01-02") + 7 * week) for week in range(12)]
MONEY = [str(100.5 + 7 * week % 31) for week in range(12)]
COUNTS = [str(1000 + 13 * week % 70) for week in range(12)]


def write(folder: Path, columns: dict[str, list[str]], name: str = "my table.csv") -> Path:
    rows = [list(columns), *zip(*columns.values(), strict=True)]
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    (folder / name).write_text("\n".join(lines), encoding="utf-8")
    return folder / name


def accepted(table: Path, folder: Path | None = None) -> tuple[ProblemSpec, History, str]:
    """The proposal for a table, read as its owner would read it, without a change."""
    problem = (folder or table.parent) / "problem.toml"
    text = propose(table, problem=problem)
    problem.write_text(text, encoding="utf-8")
    spec = read_problem(problem)
    require_available(spec)
    return spec, read_history(spec), text


def proposed(folder: Path, columns: dict[str, list[str]]) -> tuple[ProblemSpec, str]:
    spec, _, text = accepted(write(folder, columns))
    return spec, text


@pytest.mark.parametrize(
    ("name", "channels", "spend", "outcomes", "controls", "periods"),
    [
        (
            "conjura_us_undergarments_weekly",
            9,
            "{channel}_spend",
            {"revenue": "all_purchases_original_price", "awareness": "{channel}_impressions"}
            | {"engagement": "{channel}_clicks"},
            ("email_clicks",),
            13,
        ),
        (
            "india_digital_campaigns_daily",
            11,
            "mark_spent",
            {"revenue": "revenue", "awareness": "impressions", "engagement": "clicks"},
            (),
            28,
        ),
        ("fpp_insurance_monthly", 1, "{channel}", {"quotes": "quotes"}, (), 3),
        ("islr_advertising", 3, "{channel}", {"revenue": "Sales"}, (), 1),
        (
            "robyn_dt_simulated_weekly",
            5,
            "{channel}_S",
            {"revenue": "revenue"},
            ("competitor_sales_B",),
            13,
        ),
        (
            "meridian_geo_full_funnel",
            3,
            "{channel}_spend",
            {"conversions": "conversions", "awareness": "{channel}_impression"},
            ("BrandedGQV_control", "GenericGQV_control"),
            13,
        ),
        (
            "meridian_national_all_channels",
            5,
            "{channel}_spend",
            {"conversions": "conversions", "awareness": "{channel}_impression"},
            ("competitor_sales_control", "sentiment_score_control", "Promo"),
            13,
        ),
        ("pymc_mmm_example", 2, "{channel}", {"y": "y"}, ("event_1", "event_2"), 13),
    ],
)
def test_proposal_for_a_table_of_somebody_else_works_unchanged(
    tmp_path, name, channels, spend, outcomes, controls, periods
):
    if not DATA.is_dir():
        pytest.skip(f"the shared data are not at {DATA}")
    spec, history, _ = accepted(DATA / f"{name}.csv", tmp_path)
    assert spec.history is not None
    assert len(spec.history.channels) == channels
    assert spec.history.spend == spend
    assert {outcome: column.column for outcome, column in spec.outcomes.items()} == outcomes
    assert spec.history.controls == controls
    assert spec.plan.periods == periods
    assert spec.limits.change == 0.3
    assert history.n_periods >= 28


@pytest.mark.parametrize(
    ("name", "organic", "events"),
    [
        ("robyn_dt_simulated_weekly", ("newsletter",), "events"),
        ("meridian_national_all_channels", ("Organic_channel0_impression",), None),
        ("conjura_us_undergarments_weekly", (), None),
    ],
)
def test_organic_channels_and_names_of_events_are_found(tmp_path, name, organic, events):
    if not DATA.is_dir():
        pytest.skip(f"the shared data are not at {DATA}")
    spec, history, _ = accepted(DATA / f"{name}.csv", tmp_path)
    assert (spec.history.organic, spec.history.events) == (organic, events)
    assert tuple(history.organic) == organic


def test_a_column_of_event_names_tells_no_rows_apart(tmp_path):
    columns = {"week": WEEKS, "a_spend": MONEY, "revenue": COUNTS, "promotion": ["", "sale"] * 6, "newsletter": COUNTS}
    spec, text = proposed(tmp_path, columns)
    assert spec.history.events == "promotion"
    assert spec.history.sum_over == ()
    assert spec.history.organic == ("newsletter",)
    assert "Not used" not in text


def test_revenue_per_conversion_is_offered_not_assumed(tmp_path):
    columns = {
        "time": WEEKS,
        "a_spend": MONEY,
        "b_spend": MONEY,
        "conversions": COUNTS,
        "revenue_per_conversion": MONEY,
    }
    spec, text = proposed(tmp_path, columns)
    assert spec.outcomes["conversions"].times is None
    assert '# times = "revenue_per_conversion"  # QUESTION: to be multiplied with?' in text


def test_discount_is_offered_to_be_taken_off_and_is_no_control(tmp_path):
    columns = {"week": WEEKS, "a_spend": MONEY, "original_price": COUNTS, "promo_discount": MONEY}
    spec, text = proposed(tmp_path, columns)
    assert spec.outcomes["revenue"].minus is None
    assert spec.history.controls == ()
    assert '# minus = "promo_discount"  # QUESTION: to be taken off?' in text


def test_second_candidate_for_an_outcome_is_a_question(tmp_path):
    columns = {"week": WEEKS, "a_spend": MONEY, "new_revenue": MONEY, "all_revenue": COUNTS}
    spec, text = proposed(tmp_path, columns)
    assert spec.outcomes["revenue"].column == "all_revenue"
    assert "# QUESTION: or is it one of these? new_revenue" in text


def test_names_without_meaning_are_a_question(tmp_path):
    spec, text = proposed(tmp_path, {"date_week": WEEKS, "x1": MONEY, "x2": MONEY, "y": COUNTS})
    assert spec.history.channels == ("x1", "x2")
    assert "# QUESTION: no column is named like spend. Are these channels, and is it money?" in text


def test_spend_in_whole_numbers_is_a_question(tmp_path):
    _, text = proposed(tmp_path, {"date": WEEKS, "tv_S": COUNTS, "web_S": MONEY, "revenue": COUNTS})
    assert "# QUESTION: whole numbers only in tv_S. Is it money, or a count?" in text


def test_empty_cells_are_a_question(tmp_path):
    text = propose(write(tmp_path, {"date": WEEKS, "tv_S": ["", *MONEY[1:]], "revenue": COUNTS}))
    assert "# QUESTION: 1 cells are empty. What do they mean?" in text
    assert tomllib.loads(text)["history"]["missing"] == "error"


def test_rows_that_nothing_tells_apart_are_a_question(tmp_path):
    twice = {"date": [week for week in WEEKS for _ in range(2)], "tv_S": MONEY * 2, "revenue": COUNTS * 2}
    assert "# QUESTION: some dates have several rows. What tells them apart?" in propose(write(tmp_path, twice))


def test_mmm_stan_prefixes_are_recognised(tmp_path):
    columns = {
        "wk_strt_dt": WEEKS,
        "mdip_tv": COUNTS,
        "mdip_web": COUNTS,
        "mdsp_tv": MONEY,
        "mdsp_web": MONEY,
        "sales": COUNTS,
        "me_gas": MONEY,
        "hldy_easter": ["0", "1"] * 6,
        "va_pub_0.1": COUNTS,
    }
    spec, _ = proposed(tmp_path, columns)
    assert spec.history.channels == ("tv", "web")
    assert spec.history.spend == "mdsp_{channel}"
    assert spec.outcomes["awareness"].column == "mdip_{channel}"
    assert spec.history.controls == ("me_gas", "hldy_easter")


def test_chinese_headers_are_recognised_and_quoted(tmp_path):
    columns = {
        "日期": [f"2026年{month}月" for month in range(1, 13)],
        "电视花费": MONEY,
        "搜索花费": MONEY,
        "搜索点击": COUNTS,
        "销售额": COUNTS,
    }
    spec, _ = proposed(tmp_path, columns)
    assert spec.history.date == "日期"
    assert spec.history.channels == ("电视", "搜索")
    assert spec.outcomes["revenue"].column == "销售额"
    assert spec.outcomes["engagement"].channels == ("搜索",)
    assert spec.plan.periods == 3


def test_chinese_long_table_is_recognised(tmp_path):
    columns = {
        "日期": [week for week in WEEKS for _ in range(2)],
        "渠道": ["电视", "搜索"] * 12,
        "费用": MONEY + MONEY,
        "曝光": COUNTS * 2,
        "转化": COUNTS * 2,
    }
    spec, _ = proposed(tmp_path, columns)
    assert spec.history.layout == "long"
    assert spec.history.channel == "渠道"
    assert spec.history.channels == ("电视", "搜索")
    assert list(spec.outcomes) == ["outcome", "awareness"]


def test_total_of_the_spend_is_no_channel(tmp_path):
    columns = {"date": WEEKS, "tv_spend": MONEY, "web_spend": MONEY, "total_spend": MONEY, "revenue": COUNTS}
    assert proposed(tmp_path, columns)[0].history.channels == ("tv", "web")


def test_share_leaves_room_for_the_largest_channel(tmp_path):
    large = [str(10 * float(money)) for money in MONEY]
    spec, _ = proposed(tmp_path, {"date": WEEKS, "tv_spend": large, "web_spend": MONEY, "revenue": COUNTS})
    assert spec.limits.share == 0.95
    spec, text = proposed(tmp_path, {"date": WEEKS, "tv_spend": MONEY, "revenue": COUNTS})
    assert spec.limits.share is None
    assert "share" not in text.split("[limits]")[1].replace("this share", "")


def test_path_of_the_table_is_relative_to_the_problem_file(tmp_path):
    table = write(tmp_path, {"date": WEEKS, "tv_spend": MONEY, "revenue": COUNTS})
    assert tomllib.loads(propose(table))["history"]["file"] == "my table.csv"
    beside = propose(table, problem=tmp_path / "plans" / "q1" / "problem.toml")
    assert tomllib.loads(beside)["history"]["file"] == "../../my table.csv"


def test_table_without_spend_or_outcome_is_refused(tmp_path):
    with pytest.raises(
        InputError, match=r"my table\.csv has no column that looks like spend .* Its columns: date, revenue"
    ):
        propose(write(tmp_path, {"date": WEEKS, "revenue": COUNTS}))
    with pytest.raises(InputError, match=r"no column that looks like an outcome .* Its columns: date, tv_spend"):
        propose(write(tmp_path, {"date": WEEKS, "tv_spend": MONEY}))


def test_an_outcome_with_a_cell_that_is_no_number_is_named(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("week,tv_spend,revenue\n2024-01-01,1,2\n2024-01-08,1,-inf\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"like an outcome .* Not all cells are numbers in: revenue"):
        propose(path)


headers = st.text(min_size=1, max_size=12).filter(lambda text: text.strip())


@settings(max_examples=150, deadline=None)
@given(names=st.lists(headers, min_size=1, max_size=5, unique_by=lambda text: text.strip()), title=headers)
def test_any_headers_give_a_problem_file_that_parses(tmp_path_factory, names, title):
    folder = tmp_path_factory.mktemp("any")
    columns = {f"{name}_spend": MONEY for name in names} | {f"{title} revenue": COUNTS, "date": WEEKS}
    try:
        table = write(folder, columns)
        text = propose(table)
    except (InputError, UnicodeEncodeError):  # names that NFKC makes equal, control characters, surrogates
        return
    assert tomllib.loads(text)["history"]["date"] == "date"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"date": WEEKS, "tv_spend": MONEY, "risk订单": COUNTS}, {"risk", "risk_2"}),
        ({"date": WEEKS, "orders_spend": MONEY, "orders": COUNTS}, {"orders_2", "risk"}),
        ({"date": WEEKS, "risk_spend": MONEY, "quotes": COUNTS}, {"quotes", "risk_2"}),
        ({"date": WEEKS, "tv_spend": MONEY, "tv_clicks": COUNTS, "engagement订单": COUNTS}, {"outcome", "engagement"}),
    ],
)
def test_goals_get_names_that_nothing_else_has(tmp_path, columns, said):
    spec, _ = proposed(tmp_path, columns)
    assert said <= set(spec.goals)


def test_rows_without_a_channel_and_totals_are_no_channels(tmp_path):
    columns = {"date": WEEKS[:3] * 4, "spend": MONEY, "revenue": COUNTS}
    columns["channel"] = ["tv"] * 3 + ["search"] * 3 + [""] * 3 + ["Total"] * 3
    assert tomllib.loads(propose(write(tmp_path, columns)))["history"]["channels"] == ["tv", "search"]


def test_columns_called_like_words_of_the_rules_are_no_channels(tmp_path):
    spec, _ = proposed(tmp_path, {"date": WEEKS, "tv": MONEY, "total": MONEY, "ｃｏｕｎｔ": MONEY, "revenue": COUNTS})
    assert spec.history.channels == ("tv",)


def test_share_of_the_largest_channel_is_at_most_all_of_the_money(tmp_path):
    table = write(tmp_path, {"date": WEEKS, "tv_spend": MONEY, "search_spend": ["-40"] * 12, "revenue": COUNTS})
    assert tomllib.loads(propose(table))["limits"]["share"] <= 1.0
