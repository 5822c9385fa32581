"""Plans in files: every layout that is understood, back from our own exports, and the words of every refusal."""

import pandas as pd
import pytest
from xlsxwriter import Workbook

from moo_budget.errors import InputError
from moo_budget.export import export
from moo_budget.plan_files import read_plans
from moo_budget.results import write_data
from moo_budget.workbook import write_workbook
from tests.report.made import result_of, seen_tables, small_front
from tests.worlds import CHANNELS, TODAY, four_channel_problem

LONG = "channel,spend\ntv,700\nsearch,100\n电视,150\nsocial,50\n"


@pytest.fixture(scope="module")
def problem():
    return four_channel_problem()


@pytest.fixture(scope="module")
def result():
    return result_of(small_front())


def read(tmp_path, problem, text, name="mine.csv"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_plans(tmp_path / name, problem)


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        "Channel,Money (EUR)\nsocial,50\ntv,700\n电视,150\nsearch,100\n",
        LONG + "total,1000\n",
        LONG.replace("spend", "spend,note").replace("0\n", "0,\n") + ",,nothing is left to place\n",
        LONG.replace(",spend", ",spend,note").replace("700", "700,as last year"),
        "渠道;花费\ntv;700,0\nsearch;100,0\n电视;150,00\nsocial;50\n",
        'channel,budget\ntv,"€700.00"\nsearch,100\n电视,150\nsocial,50\n',
        "tv,search,电视,social\n700,100,150,50\n",
        "spend_social,spend_tv,spend_search,spend_电视,roi\n50,700,100,150,3.5\n",
        "total,tv,search,电视,social,notes\n1000,700,100,150,50,mine\n",
        "Money for tv (EUR),Money for search (EUR),Money for 电视 (EUR),Money for social (EUR)\n700,100,150,50\n",
    ],
)
def test_a_plan_is_read_in_every_layout(tmp_path, problem, text):
    assert read(tmp_path, problem, text).plans == {"mine": TODAY}


def test_a_column_a_plan_and_a_row_a_plan_hold_several(tmp_path, problem):
    columns = "channel,now,next\ntv,700,500\nsearch,100,300\n电视,150,150\nsocial,50,50\n"
    rows = "plan_id,tv,search,电视,social\nnow,700,100,150,50\nnext,500,300,150,50\n"
    expected = {"now": TODAY, "next": TODAY | {"tv": 500.0, "search": 300.0}}
    assert read(tmp_path, problem, columns).plans == expected
    assert read(tmp_path, problem, rows).plans == expected
    assert list(
        read(tmp_path, problem, rows.replace("plan_id,", "").replace("now,", "").replace("next,", "")).plans
    ) == [
        "row 2",
        "row 3",
    ]


def test_one_of_several_plans_can_be_named_and_many_must_be(tmp_path, problem):
    rows = "plan_id,tv,search,电视,social\n" + "".join(f"p{i},700,100,150,50\n" for i in range(13))
    plans = read(tmp_path, problem, rows)
    assert list(plans.chosen("p7").plans) == ["p7"]
    with pytest.raises(InputError, match=r"The file holds 13 plans; say which one with --plan. They are: p0, p1, "):
        plans.chosen(None)
    with pytest.raises(InputError, match="there is no plan `p99`"):
        plans.chosen("p99")


def test_our_own_files_come_back(tmp_path, result):
    front = result.front
    expected = {plan.id: plan.spend for plan in (*front.plans, front.today, front.reference)}
    write_data(result, tmp_path)
    write_workbook(result, tmp_path / "plans.xlsx")
    export(result, tmp_path / "excel.csv", "csv")
    for name in ("front.csv", "plans.xlsx", "excel.csv"):
        sheet = "Plans" if name == "plans.xlsx" else None
        read = read_plans(tmp_path / name, result.problem, sheet=sheet).plans
        assert list(read) == list(expected), name
        for id, money in read.items():
            assert money == pytest.approx(expected[id], rel=1e-14), (name, id)


def test_names_that_look_like_formulas_come_back_from_the_csv_for_excel(tmp_path):
    tables = seen_tables(channels=("=tv", "+search", "电视", "social"))
    today = dict(zip(tables.channels, TODAY.values(), strict=True))
    result = result_of(small_front(tables=tables, today=today))
    export(result, tmp_path / "excel.csv", "csv")
    assert read_plans(tmp_path / "excel.csv", result.problem).plans["today"] == today


def test_a_workbook_is_read_from_the_sheet_that_is_named(tmp_path, problem):
    path = tmp_path / "mine.xlsx"
    with Workbook(path) as book:
        for name, factor in (("Draft", 2.0), ("My plan", 1.0)):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["channel", "spend"])
            for row, (channel, amount) in enumerate(TODAY.items(), start=1):
                sheet.write_row(row, 0, [channel, factor * amount])
    assert read_plans(path, problem).plans == {"mine": TODAY}
    assert read_plans(path, problem, sheet="Draft").plans["mine"]["tv"] == 1400.0
    with pytest.raises(InputError, match=r"has no sheet `Drafts`. Did you mean `Draft`\?"):
        read_plans(path, problem, sheet="Drafts")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LONG.replace("search", "serch"), r"row 3: there is no channel `serch`. Did you mean `search`\? Known: tv"),
        (LONG.replace("search,100\n", ""), "has no row for search. Every channel needs one; write 0 for nothing."),
        (LONG + "tv,5\n", "rows 2, 6 are all of `tv`. Add them up in one."),
        (LONG.replace("100", "a lot"), "row 3, column `spend`: `a lot` is no number"),
        (LONG.replace("100", ""), "row 3, column `spend`: an empty cell where money is needed. Write 0 where nothing"),
        (LONG.replace("100", "-100"), "row 3, column `spend`: `-100` is negative money. It must be 0 or more."),
        (LONG + "total,1010\n", r"row 6, column `spend`: the total is 1,010.00, and the channels add up to 1,000.00"),
        ("channel\ntv\n", "beside `channel` there is no column of money. Call it `spend`."),
        ("tv,search,电视\n700,100,150\n", "has no column for social. Every channel needs one"),
        ("tv,search,电视,social,radio\n700,100,150,50,9\n", "column `radio`: there is no channel `radio`"),
        (
            "spend_tv,spend_search,spend_电视,spend_socal\n7,1,1,5\n",
            r"there is no channel `socal`. Did you mean `social`\?",
        ),
        ("tv,spend_tv,search,电视,social\n7,7,1,1,5\n", "columns tv, spend_tv are all of `tv`. Leave one."),
        ("plan,tv,search,电视,social\na,7,1,1,5\na,7,1,1,5\n", "row 3: there is a plan `a` above already."),
        ("tv,search,电视,social\n7,-1,1,5\n", "row 2, column `search`: `-1` is negative money"),
        ("tv,search,电视,social,total\n700,100,150,50,999\n", "row 2, column `total`: the total is 999.00"),
        ("medium,money\ntv,700\n", "has neither a column `channel` with a row for each channel nor a column for each"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_by_its_place(tmp_path, problem, text, words):
    with pytest.raises(InputError, match=words):
        read(tmp_path, problem, text)


def test_a_total_may_differ_by_less_where_money_is_counted_in_millions(tmp_path):
    in_small_steps = four_channel_problem(money_step=1e-6)
    assert read(tmp_path, in_small_steps, LONG + "total,1000.000003\n").plans
    with pytest.raises(InputError, match=r"the total is 1,000.03, and the channels add up to 1,000.00"):
        read(tmp_path, in_small_steps, LONG + "total,1000.03\n")


def test_all_faults_of_the_channels_are_said_in_one_go(tmp_path, problem):
    with pytest.raises(InputError) as error:
        read(tmp_path, problem, "channel,spend\ntvv,1\nsearch,2\nsearch,3\n")
    for words in ("row 2: there is no channel `tvv`", "rows 3, 4 are all of `search`", "no row for tv, 电视, social"):
        assert words in error.value.text


def test_a_file_that_is_not_there_and_a_sheet_of_a_csv_are_refused(tmp_path, problem):
    with pytest.raises(InputError, match=r"There is no file .*mine.csv"):
        read_plans(tmp_path / "mine.csv", problem)
    (tmp_path / "mine.csv").write_text(LONG, encoding="utf-8")
    with pytest.raises(InputError, match=r"mine.csv is no XLSX workbook, so it has no sheet `Plans`"):
        read_plans(tmp_path / "mine.csv", problem, sheet="Plans")


def test_a_plan_from_pandas_comes_back(tmp_path, problem):
    pd.DataFrame({"channel": CHANNELS, "spend": TODAY.values()}).to_excel(tmp_path / "mine.xlsx", index=False)
    assert read_plans(tmp_path / "mine.xlsx", problem).plans == {"mine": TODAY}
