"""The whole flow on the problems whose answer is known, and what it does when something is in its way."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

from moo_budget.errors import FolderError, InputError
from moo_budget.results import read_result
from moo_budget.run import run

PROBLEMS = Path(__file__).resolve().parents[1] / "problems"


def solved(name, folder, **settings):
    truth = json.loads((PROBLEMS / name / "truth.json").read_text(encoding="utf-8"))
    return run(PROBLEMS / name / "problem.toml", folder / name, n_evaluations=20_000, **settings), truth


def test_three_logarithmic_curves_share_the_budget_as_the_closed_form_says(tmp_path):
    result, truth = solved("three_channel_log", tmp_path)
    assert len(result.front) == 1
    for channel, amount in result.front.plans[0].spend.items():
        assert amount == pytest.approx(truth["best_plan"][channel], rel=1e-3)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_front_over_s_curves_reaches_the_best_of_every_single_goal(tmp_path, seed):
    result, truth = solved("s_curves", tmp_path, seed=seed)
    best = result.front.values.value.max(axis=0)
    for goal, value in zip(result.problem.goals, best, strict=True):
        assert value == pytest.approx(truth["best"][goal.name]["value"], rel=0.01)


def test_the_front_of_two_goals_is_the_one_that_can_be_written_down(tmp_path):
    result, truth = solved("two_goals_closed_form", tmp_path)
    points = np.array([[point["revenue"], point["awareness"]] for point in truth["front"]])
    reach = points.max(axis=0) - points.min(axis=0)
    values = result.front.values.value
    # No plan lies beyond the front by more than the tables' error, and every point of it has a plan nearby.
    for value in values:
        on_front = np.interp(value[0], points[:, 0], points[:, 1])
        assert value[1] <= on_front + 0.01 * reach[1]  # the chord between two of 21 points lies below the front
    for point in points:
        shortfall = ((point - values) / reach).max(axis=1).min()
        assert shortfall <= 0.01


def test_a_result_holds_what_it_was_made_from(tmp_path):
    result, _ = solved("three_channel_log", tmp_path, seed=9, n_plans=5)
    stored = json.loads((tmp_path / "three_channel_log" / "result.json").read_text(encoding="utf-8"))
    assert (stored["seed"], stored["status"], stored["history"], stored["today"]) == (9, "done", None, None)
    assert stored["versions"].keys() >= {"moo-budget", "python", "numpy", "pymoo"}
    assert stored["fit"]["returns"]["noise"].startswith("assumed: 20%")
    assert stored["hypervolume"]["value"] > 0
    frontier = stored["efficient_frontier"]
    assert (frontier["outcome"], frontier["measure"], frontier["level"]) == ("returns", "std", None)
    risks = [point["risk"] for point in frontier["points"]]
    assert len(risks) == 30
    assert risks == sorted(risks)
    assert [message["code"] for message in stored["messages"]] == ["solve.auto"]
    assert (tmp_path / "three_channel_log" / "problem.toml").read_text(encoding="utf-8") == result.problem_text


def test_every_stage_is_told_before_it_begins(tmp_path):
    told = []
    solved("two_goals_closed_form", tmp_path, seed=9, n_plans=5, stage=told.append)
    assert [text.split()[0] for text in told] == ["reading", "searching", "proving", "drawing", "saying", "writing"]


def test_a_frontier_that_fails_takes_nothing_else_away_and_the_report_says_why(tmp_path, monkeypatch):
    def fails(*arguments, **settings):
        raise ArithmeticError("no luck")

    monkeypatch.setattr(importlib.import_module("moo_budget.run"), "efficient_frontier", fails)
    result, _ = solved("two_goals_closed_form", tmp_path, seed=9, n_plans=5)
    assert result.efficient_frontier is None
    assert len(result.front) > 1
    report = (tmp_path / "two_goals_closed_form" / "report.html").read_text(encoding="utf-8")
    assert "Not drawn: there is no efficient frontier (ArithmeticError: no luck)" in report


def test_an_earlier_result_begins_the_search_and_nothing_of_it_is_lost(tmp_path):
    first, _ = solved("two_goals_closed_form", tmp_path, seed=9, n_plans=30, algorithm="nsga2")
    again = run(
        Path(first.spec.path),
        tmp_path / "again",
        start_from=tmp_path / "two_goals_closed_form",
        n_plans=200,
        algorithm="nsga2",
        n_evaluations=40,
        seed=3,
    )
    problem = first.front.problem
    before, after = (problem.to_minimise(front.values.value) for front in (first.front, again.front))
    assert all((after <= row + 1e-6 * np.abs(row)).all(axis=1).any() for row in before)
    assert again.messages[0].text.startswith("the search begins with 30 plans of an earlier result")


def test_an_earlier_result_of_other_channels_is_refused(tmp_path):
    solved("three_channel_log", tmp_path, seed=9, n_plans=5)
    with pytest.raises(InputError, match="No channel is in both; start without it"):
        solved("s_curves", tmp_path, start_from=tmp_path / "three_channel_log")


def test_a_folder_in_the_way_is_refused_before_anything_is_learned(tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_text("dear", encoding="utf-8")
    with pytest.raises(FolderError, match="exists already"):
        run(PROBLEMS / "online_retailer" / "problem.toml", tmp_path / "taken", stage=pytest.fail)


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (
            lambda folder: (folder / "result.json").unlink(),
            r"result.json cannot be read \(No such file or directory\)\.",
        ),
        (lambda folder: (folder / "result.json").write_text("{"), "is no result folder: result.json cannot be read"),
        (
            lambda folder: (folder / "result.json").write_text('{"schema_version": 9}'),
            "schema_version is 9; this program",
        ),
        (
            lambda folder: (folder / "result.json").write_text(
                (folder / "result.json").read_text().replace('"seed": 1,', '"seed": "one",')
            ),
            "`seed` is damaged",
        ),
        (lambda folder: (folder / "tables.npz").unlink(), "no response tables can be read from it"),
    ],
)
def test_a_damaged_result_folder_is_refused_in_words(tmp_path, damage, text):
    solved("three_channel_log", tmp_path)
    damage(tmp_path / "three_channel_log")
    with pytest.raises(InputError, match=text):
        read_result(tmp_path / "three_channel_log")
