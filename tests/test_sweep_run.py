"""A problem file and several budgets become a folder that people and programs can read, whole or not at all."""

import json
import re
import tomllib

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from moo_budget.cli import main
from moo_budget.errors import FolderError, InfeasibleError, InputError
from moo_budget.results import read_result
from moo_budget.sweep_results import SweepDocument, sweep_document
from moo_budget.sweep_run import run_sweep, text_with_budget
from tests.test_cli import CURVES, PROBLEM

BUDGETS = [60.0, 120.0, 180.0]
FILES = {"result.json", "front.csv", "tables.npz", "problem.toml", "plans.xlsx", "report.html"}


def written(folder, problem=PROBLEM):
    (folder / "curves.csv").write_text(CURVES, encoding="utf-8")
    (folder / "problem.toml").write_text(problem, encoding="utf-8")
    return folder / "problem.toml"


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("swept")
    return run_sweep(written(folder), start=60, stop=180, points=3), folder / "sweep"


def test_the_folder_holds_the_sweep_and_a_result_for_every_budget(swept):
    _, folder = swept
    assert {path.name for path in folder.iterdir()} == {"sweep.json", "sweep.csv", "report.html", "60", "120", "180"}
    for name in ("60", "120", "180"):
        assert {path.name for path in (folder / name).iterdir()} == FILES


def test_every_result_can_be_read_again_and_has_the_budget_of_its_folder(swept):
    result, folder = swept
    for point in result.sweep.points:
        again = read_result(folder / f"{point.budget:g}")
        assert again.problem.budget.max == again.problem.budget.min == point.budget
        assert np.array_equal(again.front.spend, point.front.spend)
        assert again.picks.ids == point.picks.ids
        assert again.certificate.n_weights > 0


def test_the_numbers_are_those_of_the_curves(swept):
    result, _ = swept
    budgets = result.sweep.budgets
    assert budgets.tolist() == BUDGETS
    # 900 x / (x + 50) and 300 x / (x + 50): the best split has (x + 50) in the ratio of the roots of 900 and 300.
    tv = np.minimum((budgets + 100) * np.sqrt(3) / (1 + np.sqrt(3)) - 50, budgets)
    radio = budgets - tv
    expected = 900 * tv / (tv + 50) + 300 * radio / (radio + 50)
    assert result.sweep.curve() == pytest.approx(expected, rel=1e-3)
    slopes = 900 * 50 / (tv + 50) ** 2
    assert [point.marginal.value for point in result.sweep.points] == pytest.approx(slopes, rel=0.02)


def test_sweep_json_is_the_record_and_keeps_to_its_schema(swept):
    result, folder = swept
    stored = json.loads((folder / "sweep.json").read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(sweep_document(result)))
    TypeAdapter(SweepDocument).validate_python(stored)
    assert [point["folder"] for point in stored["points"]] == ["60", "120", "180"]
    assert stored["lead"]["outcome"] == "revenue"


def test_sweep_csv_has_a_row_a_budget_and_pick(swept):
    result, folder = swept
    frame = pd.read_csv(folder / "sweep.csv")
    assert frame.groupby("budget").pick.apply(list).tolist() == [["best", "safest", "balanced", "boldest"]] * 3
    assert frame[["spend_tv", "spend_radio"]].sum(axis=1).to_numpy() == pytest.approx(frame.budget.to_numpy())
    best = frame[frame.pick == "best"]
    assert best.outcome.to_numpy() == pytest.approx(result.sweep.curve())
    assert (frame.outcome <= best.set_index("budget").outcome.loc[frame.budget].to_numpy() * (1 + 1e-6)).all()


def test_the_page_opens_offline_and_leads_to_every_report(swept):
    result, folder = swept
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert result.sweep.break_even.text.split(".")[0] in page
    for link in re.findall(r'href="([^"]+)"', page):
        assert (folder / link).is_file(), link
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert page.count('<img src="data:image/svg+xml;base64,') == 2


def test_a_sweep_is_replaced_by_force_only_and_nothing_else_is(swept, tmp_path):
    _, folder = swept
    problem = folder.parent / "problem.toml"
    with pytest.raises(FolderError, match=r"exists already. Choose another --out"):
        run_sweep(problem, folder)
    assert run_sweep(problem, folder, start=60, stop=180, points=3, force=True).sweep.budgets.tolist() == BUDGETS
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "result.json").write_text("{}")
    with pytest.raises(FolderError, match=r"holds no sweep \(no sweep.json\), so it is not replaced"):
        run_sweep(problem, tmp_path / "foreign", force=True)


def test_every_budget_keeps_the_money_rules_and_one_that_cannot_names_their_lines(tmp_path):
    rules = '[limits]\nrules = [\n"tv <= 100",\n"radio <= 40% * total",\n]\n'
    result = run_sweep(written(tmp_path, PROBLEM + rules), start=60, stop=180, points=3)
    for point in result.sweep.solved:
        tv, radio = point.front.spend.T
        assert tv.max() <= 100.0 + 1e-9
        assert radio.max() <= 0.4 * point.budget + 1e-9
        assert np.array_equal(read_result(tmp_path / "sweep" / f"{point.budget:g}").front.spend, point.front.spend)
    assert [point.budget for point in result.sweep.solved] == [60.0, 120.0]
    reason = result.sweep.points[-1].reason
    for limit in ("plan.budget: the budget", "problem.toml:15: the rule `tv", "problem.toml:16: the rule `radio"):
        assert limit in reason
    page = (tmp_path / "sweep" / "report.html").read_text(encoding="utf-8")
    assert "the rest could be kept: plan.budget: the budget, 180.00; " in page


def test_budgets_that_cannot_be_placed_stand_in_every_file_with_their_reason(tmp_path):
    limits = "[limits.channel.tv]\nmax = 70\n[limits.channel.radio]\nmax = 60\n"
    result = run_sweep(written(tmp_path, PROBLEM + limits), start=100, stop=160, points=3)
    assert result.sweep.budgets.tolist() == [100.0, 130.0]
    folder = tmp_path / "sweep"
    lost = json.loads((folder / "sweep.json").read_text())["points"][2]
    assert (lost["folder"], lost["best"], lost["marginal"], lost["picks"]) == (None, None, None, None)
    assert "lower the budget by 30.00" in lost["reason"]
    assert pd.read_csv(folder / "sweep.csv").reason.iloc[-1] == lost["reason"]
    assert "lower the budget by 30.00" in (folder / "report.html").read_text(encoding="utf-8")


def test_if_none_can_be_placed_nothing_is_written(tmp_path):
    problem = written(tmp_path, PROBLEM + "[limits.channel.tv]\nmax = 7\n[limits.channel.radio]\nmax = 6\n")
    with pytest.raises(InfeasibleError, match=r"lower the budget by 87.00"):
        run_sweep(problem, start=100, stop=160, points=3)
    assert not (tmp_path / "sweep").exists()


def test_the_least_money_for_a_rule_is_not_swept_and_that_is_said_before_anything_is_read(tmp_path):
    seek = """
schema_version = 1
[plan]
budget = { min = 0, max = 400 }
[goals]
spend = { measure = "spend" }
revenue = { outcome = "revenue", measure = "total", goal = false }
[limits]
rules = ["revenue >= 500"]
[fit]
curves = "nowhere.csv"
"""
    with pytest.raises(
        InputError, match="fixes the total of every front, and the only goal is to spend little"
    ) as caught:
        run_sweep(written(tmp_path, seek))
    assert (caught.value.code, caught.value.exit_code) == ("sweep.seeks-spend", 3)


def test_with_a_calendar_every_budget_is_spent_evenly_and_that_is_said(tmp_path):
    limits = "[limits.calendar.tv]\nmax = 90\n"
    result = run_sweep(
        written(tmp_path, PROBLEM.replace("[plan]", "[plan]\ncalendar = true") + limits), start=60, stop=120, points=2
    )
    assert (
        "the money of every budget is spent evenly over the periods"
        in {message.code: message.text for message in result.messages}["sweep.spent-evenly"]
    )
    assert "spent evenly over the periods" in (tmp_path / "sweep" / "report.html").read_text(encoding="utf-8")
    assert all(front.spend[:, 0].max() <= 90.0 for front in (point.front for point in result.sweep.solved))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[plan]\nbudget = 100 # EUR\n[fit]\nmodel = 'auto'\n", "[plan]\nbudget = 7.5 # EUR\n[fit]\nmodel = 'auto'\n"),
        ("[plan]\nbudget = { min = 1, max = 2 }\nperiods = 3\n", "[plan]\nbudget = 7.5\nperiods = 3\n"),
        ("[plan]\nperiods = 3\n", "[plan]\nbudget = 7.5\nperiods = 3\n"),
        ('title = "x"\n', 'title = "x"\n\n[plan]\nbudget = 7.5\n'),
        ("[fit]\npriors = {}\n[plan] # money\nbudget=5", "[fit]\npriors = {}\n[plan] # money\nbudget=7.5"),
    ],
)
def test_a_copy_of_the_problem_file_has_the_budget_and_is_otherwise_the_same(text, expected):
    assert text_with_budget(text, 7.5) == expected
    assert tomllib.loads(expected)["plan"]["budget"] == 7.5


@pytest.mark.parametrize("text", ["plan = { budget = 5 }\n", "plan.budget = 5\n"])
def test_a_budget_that_stands_where_it_cannot_be_changed_is_named(text):
    with pytest.raises(InputError, match=r"Write the total as `budget = ...` on a line of its own below `\[plan\]`"):
        text_with_budget(text, 7.5)


def called(capfd, *arguments):
    capfd.readouterr()
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in arguments])
    return end.value.code, *capfd.readouterr()


def test_the_program_prints_a_row_a_budget_and_the_answer(capfd, tmp_path):
    problem = written(tmp_path)
    code, out, err = called(capfd, "sweep", problem, "--from", 60, "--to", 180, "--points", 3)
    assert code == 0, err
    assert "budget 2 of 3: 120" in err
    assert re.search(r"120 .*│ +691 ", out)
    assert "written:" in out
    code, out, err = called(capfd, "sweep", problem, "--points", 2, "--json", "--quiet", "--out", tmp_path / "two")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert [point["budget"] for point in document["points"]] == [50.0, 150.0]
    assert document["folder"] == str(tmp_path / "two")


def test_wrong_uses_of_the_verb_have_their_exit_codes(capfd, tmp_path):
    problem = written(tmp_path)
    assert called(capfd, "sweep", problem, "--from", 90, "--to", 60)[0] == 3
    assert called(capfd, "sweep", problem, "--points", 1)[0] == 3
    assert called(capfd, "sweep", tmp_path / "nothing.toml")[0] == 3
    assert called(capfd, "sweep", problem, "--from", 900, "--to", 990)[0] == 4
    assert not (tmp_path / "sweep").exists()


def test_the_schema_of_a_sweep_can_be_printed(capfd):
    code, out, _ = called(capfd, "schema", "sweep")
    assert code == 0
    assert "break_even" in json.loads(out)["properties"]


def test_an_interrupted_sweep_is_written_and_ends_with_5(capfd, tmp_path, monkeypatch):
    from moo_budget import sweep_run

    def interrupt(swept):
        if swept.n_done == 2:
            raise KeyboardInterrupt
        return "going on"

    monkeypatch.setattr(sweep_run, "_progress", interrupt)
    code, out, _ = called(capfd, "sweep", written(tmp_path), "--points", 5, "--json")
    assert code == 5
    document = json.loads(out)
    assert document["status"] == "stopped"
    assert [point["folder"] is None for point in document["points"]] == [False, False, True, True, True]
    assert (tmp_path / "sweep" / "report.html").is_file()
