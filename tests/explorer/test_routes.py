"""What each route answers, and how it refuses."""

import io
import json

import numpy as np
import openpyxl
import pandas as pd
import pytest

import moo_budget as mb
from moo_budget.results import read_result
from tests.explorer.conftest import CHANNELS, CONTROL, FORMULA, MARKUP

TODAY = {"tv": 200.0, "电视": 100.0, FORMULA: 60.0, MARKUP: 40.0, CONTROL: 0.0}


def refused(answer, status, code):
    """The words of a refusal."""
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["code"] == code
    return error["text"]


def test_the_page_leads_to_its_scripts_and_styles(client):
    assert client.get("/").headers["content-type"] == "text/html; charset=utf-8"
    assert client.get("/static/explorer.js").headers["content-type"] == "text/javascript; charset=utf-8"
    assert client.get("/static/moo_budget.css").headers["content-type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize(
    "name",
    [
        "../wire.py",
        "..%2fwire.py",
        "%2e%2e/app.py",
        "../../cli.py",
        "/etc/passwd",
        "explorer.js/..",
        "explorer.js%00",
        "",
        ".",
        "con",
    ],
)
def test_no_other_file_can_be_named(client, name):
    answer = client.get(f"/static/{name}")
    assert answer.status_code == 404
    assert "nothing at this address" in answer.json()["error"]["text"]


def test_the_data_are_those_of_the_folder(client, folder, solved):
    data = client.get("/data.json").json()
    assert data["front"] == 0
    assert data["folder"] == str(folder)
    assert data["plans"]["id"] == list(read_result(solved).front.ids)
    assert [channel["name"] for channel in data["channels"]] == list(CHANNELS)


@pytest.mark.parametrize("front", ["1", "-1", "0x0", "电", "9" * 5000, "", "0.0", "true"])
def test_a_front_that_is_not_there_is_said(client, front):
    text = refused(client.get("/data.json", params={"front": front}), 409, "explore.front-gone")
    assert "kept are 0" in text


def test_a_plan_by_hand_gets_the_figures_of_evaluate(client, solved):
    problem = read_result(solved).problem
    spend = {"tv": 150.0, "电视": 120.5, MARKUP: 29.5, FORMULA: 100.0}
    answer = client.post("/evaluate", json={"spend": spend}).json()
    expected = mb.evaluate(problem, spend)
    assert answer["goals"] == {name: vars(value) for name, value in expected.goals.items()}
    assert answer["broken"] == []
    assert answer["unplaced"] == 0.0
    assert answer["beyond_table"] == []


def test_what_a_plan_by_hand_breaks_is_named_and_money_left_over_is_counted(client):
    answer = client.post("/evaluate", json={"spend": {"tv": 100.0}}).json()
    assert answer["total"] == 100.0
    assert answer["unplaced"] == 300.0
    assert answer["broken"] == ["the total 100.00 is below the budget 400.00"]
    over = client.post("/evaluate", json={"spend": {"tv": 390.0, "电视": 110.0}}).json()
    assert over["unplaced"] == -100.0


def test_a_plan_beyond_its_curves_has_no_figures_and_says_which_channel(client):
    answer = client.post("/evaluate", json={"spend": {"tv": 500.0}}).json()
    assert answer["goals"] is None
    assert answer["beyond_table"] == ["tv"]
    assert answer["nearest_better"] is None


def test_the_nearest_better_plan_is_better_in_everything(client, solved):
    result = read_result(solved)
    answer = client.post("/evaluate", json={"spend": {"tv": 120.0, "电视": 180.0, CONTROL: 100.0}}).json()
    better = result.front.plan(answer["nearest_better"])
    for goal in result.problem.sought_goals:
        gain = better.goals[goal.name].value - answer["goals"][goal.name]["value"]
        assert (gain > 0) == (goal.direction == "max")
        assert answer["better_by"][goal.name] == pytest.approx(abs(gain))


def test_where_a_plan_stands_is_what_evaluate_says_of_it(client, solved):
    result = read_result(solved)
    spend = {"tv": 120.0, "电视": 180.0, CONTROL: 100.0}
    expected = mb.evaluate(result.problem, spend, front=result.front)
    answer = client.post("/better", json={"spend": spend}).json()
    assert answer["standing"] == "beaten"
    assert answer["against"]["id"] == expected.against.id
    assert answer["against"]["spend"] == expected.against.spend
    assert answer["differences"] == {name: vars(one) for name, one in expected.differences.items()}


def test_a_plan_of_the_front_has_no_better_one(client, solved):
    plan = read_result(solved).front.plans[3]
    assert client.post("/evaluate", json={"spend": plan.spend}).json()["nearest_better"] is None


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "no JSON"),
        (b"{", 400, "no JSON"),
        (b"[" * 100_000, 400, "no JSON"),
        (b"\xff\xfe\x00", 400, "no JSON"),
        (b'{"spend": {"tv": ' + b"9" * 5000 + b"}}", 400, "no JSON"),
        (b"[]", 400, "no JSON object"),
        (b"null", 400, "no JSON object"),
        (b"{}", 422, "`spend` is missing"),
        (b'{"spend": []}', 422, "must be a table"),
        (b'{"spend": {"tv": "1"}}', 422, "must be a number"),
        (b'{"spend": {"tv": true}}', 422, "must be a number"),
        (b'{"spend": {"tv": null}}', 422, "must be a number"),
        (b'{"spend": {"tv": NaN}}', 422, "finite number"),
        (b'{"spend": {"tv": 1e999}}', 422, "finite number"),
        (b'{"spend": {"tv": -1}}', 422, "must be 0 or more"),
        (b'{"spend": {"tv2": 1}}', 422, "Did you mean `tv`?"),
        (b'{"spend": {"\\ud800": 1}}', 422, "nested too deeply, or holds something"),
        (b'{"spend": {"tv": 1}, "font": 0}', 422, "Did you mean `front`?"),
        (b'{"spend": {"tv": 1}, "front": "0"}', 422, "whole number"),
        (b'{"spend": {"tv": 1}, "front": 3}', 409, "front 3 is not kept"),
    ],
)
def test_a_body_that_is_no_plan_is_refused_in_words(client, body, status, words):
    answer = client.post("/evaluate", content=body)
    assert answer.status_code == status
    assert words in answer.json()["error"]["text"]


def test_a_body_of_more_than_a_megabyte_is_not_read(client):
    text = refused(client.post("/evaluate", content=b" " * 1_000_001), 413, "explore.http-413")
    assert "1,000,000 bytes" in text
    chunks = (b" " * 100_000 for _ in range(20))  # of a length that nobody has said
    refused(client.post("/log", content=chunks), 413, "explore.http-413")


@pytest.mark.parametrize(
    ("path", "verb"), [("/evaluate", "GET"), ("/data.json", "POST"), ("/log", "DELETE"), ("/", "PUT")]
)
def test_another_verb_is_refused(client, path, verb):
    text = refused(client.request(verb, path), 405, "explore.http-405")
    assert "asked in another way" in text


def test_reoptimising_with_tv_locked_gives_a_new_front_that_the_page_can_draw(client, ended):
    begun = client.post("/reoptimise", json={"limits": {"tv": {"lock": True}}})
    assert begun.status_code == 202
    assert begun.json() == {"job": 1}
    told = ended()
    assert told["state"] == "done", told["message"]
    assert told["job"] == 1
    assert told["front"] == 1
    assert told["message"] == ""
    assert told["data"] == client.get("/data.json", params={"front": 1}).json()
    assert 0 < told["progress"]["evaluations"] <= told["progress"]["of"]
    assert told["progress"]["hypervolume"] > 0
    assert told["progress"]["plans"] > 0


def test_the_new_front_keeps_the_changed_limits_and_the_old_one_is_still_there(client, session, ended, solved):
    client.post("/reoptimise", json={"limits": {"tv": {"lock": True}, "电视": {"max": 50}}, "budget": 380.0})
    assert ended()["state"] == "done"
    found = session.result(1).front
    assert np.all(found.spend[:, 0] == 200.0)
    assert found.spend[:, 1].max() <= 50.0
    assert np.allclose(found.spend.sum(axis=1), 380.0)
    assert [message.text for message in session.result(1).messages if message.code == "reoptimise.changed"] == [
        "limits differ from the problem file: tv lock = true, 电视 max = 50.00, budget = 380.00"
    ]
    assert np.array_equal(session.result(0).front.spend, read_result(solved).front.spend)
    on_new = client.post("/evaluate", json={"spend": {"tv": 100.0, "电视": 280.0}, "front": 1}).json()
    assert on_new["unplaced"] == 0.0
    assert any("tv" in broken for broken in on_new["broken"])


def test_limits_that_cannot_be_met_are_answered_before_anything_is_searched(client):
    limits = {name: {"min": 150.0} for name in ("tv", "电视", FORMULA)}
    text = refused(client.post("/reoptimise", json={"limits": limits}), 422, "limits.contradiction")
    assert "raise the budget by 50.00; lower the minimum of `tv` to 100.00" in text
    assert client.get("/job").json()["state"] == "none"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"limits": {"tv2": {"lock": True}}}, "Did you mean `tv`?"),
        ({"limits": {"tv": {"min": -1}}}, "0 or more"),
        ({"limits": {"tv": {"lock": True, "off": True}}}, "keep one of them"),
        ({"limits": {"tv": {"mim": 3}}}, "Did you mean `min`?"),
        ({"limits": {"tv": {"max": 1e9}}}, "lies beyond the end of the response table"),
        ({"goals": {"riks": {"max": 3}}}, "Did you mean `risk`?"),
        ({"budget": -3}, "more than 0"),
        ({"budget": {"min": 5, "max": 3}}, "lower min or raise max"),
        ({"limits": []}, "must be a table"),
    ],
)
def test_limits_that_are_none_are_refused_in_the_planners_words(client, changes, words):
    answer = client.post("/reoptimise", json=changes)
    assert answer.status_code == 422
    assert words in answer.json()["error"]["text"]
    assert client.get("/job").json()["state"] == "none"


def test_chosen_plans_travel_as_csv_that_no_spreadsheet_runs(client, solved):
    result = read_result(solved)
    own = {"name": "=HYPERLINK(1)", "spend": TODAY}
    answer = client.post("/export", json={"format": "csv", "plans": ["3", own]})
    assert answer.headers["content-disposition"] == 'attachment; filename="plans.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(io.BytesIO(answer.content), dtype={"plan_id": str})
    assert list(table["plan_id"]) == ["3", "'=HYPERLINK(1)", "today", "reference"]
    assert list(table[f"spend_{FORMULA}"]) == [result.front.plan("3").spend[FORMULA], 60.0, 60.0, 60.0]


def test_today_and_the_reference_are_in_every_file_once(client):
    answer = client.post("/export", json={"format": "csv", "plans": ["today", "2", "reference"]})
    table = pd.read_csv(io.BytesIO(answer.content), dtype={"plan_id": str})
    assert list(table["plan_id"]) == ["2", "today", "reference"]


def test_chosen_plans_travel_as_a_workbook_without_formulas(client):
    own = {"name": "=1+1 \x07 mine", "spend": TODAY}
    answer = client.post("/export", json={"format": "xlsx", "plans": ["1", own]})
    assert answer.headers["content-disposition"] == 'attachment; filename="plans.xlsx"'
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" and "1+1" in str(cell.value)]
    ids = [row[0].value for row in book["Plans"].iter_rows(min_row=2)]
    assert ids[0] == "1"
    assert ids[1].startswith("=1+1")
    assert ids[2:] == ["today", "reference"]


def test_chosen_plans_travel_as_json_in_full_precision(client, solved):
    answer = client.post("/export", json={"format": "json", "plans": ["2", {"name": "mine", "spend": TODAY}]})
    plans = answer.json()["plans"]
    assert [plan["id"] for plan in plans] == ["2", "mine"]
    assert plans[0]["spend"] == read_result(solved).front.plan("2").spend
    assert answer.headers["content-disposition"] == 'attachment; filename="plans.json"'


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"format": "parquet", "plans": ["1"]}, "'xlsx', 'csv' or 'json'"),
        ({"format": "../../etc/passwd", "plans": ["1"]}, "'xlsx', 'csv' or 'json'"),
        ({"format": "csv", "plans": []}, "at least 1"),
        ({"format": "csv", "plans": ["../1"]}, "there is no plan `../1`"),
        ({"format": "csv", "plans": ["999"]}, "there is no plan `999`"),
        ({"format": "csv", "plans": [{"name": "3", "spend": {}}]}, "Give yours a name of its own"),
        ({"format": "csv", "plans": [{"name": "", "spend": {}}]}, "name"),
        ({"format": "csv", "plans": [{"name": "a" * 81, "spend": {}}]}, "name"),
        (
            {"format": "json", "plans": [{"name": "far", "spend": {"tv": 999.0}}]},
            "more than its responses are known for",
        ),
    ],
)
def test_what_cannot_be_exported_is_said(client, asked, words):
    answer = client.post("/export", json=asked)
    assert answer.status_code == 422
    assert words in answer.json()["error"]["text"]


def test_an_own_plan_may_be_called_like_a_path_because_no_file_is(client, folder):
    before = sorted(path.name for path in folder.iterdir())
    plan = {"name": "../../../tmp/x\0y", "spend": TODAY}
    for form in ("csv", "xlsx", "json"):
        assert client.post("/export", json={"format": form, "plans": [plan]}).status_code == 200
    assert sorted(path.name for path in folder.iterdir()) == before


def test_channel_names_reach_the_page_as_they_are_in_json_only(client):
    answer = client.get("/data.json")
    assert answer.headers["content-type"] == "application/json"
    for name in CHANNELS:
        assert json.dumps(name, ensure_ascii=False)[1:-1] in answer.text


def test_a_defect_is_told_without_a_traceback(client, session, monkeypatch):
    monkeypatch.setattr(type(session), "evaluate", lambda *_: 1 / 0)
    answer = client.post("/evaluate", json={"spend": {"tv": 1.0}})
    assert refused(answer, 500, "defect") == "a defect of moo-budget: ZeroDivisionError: division by zero"
    assert client.get("/job").status_code == 200
