"""Views of a problem file, through the whole flow."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from moo_budget.errors import InputError
from moo_budget.learning import check
from moo_budget.results import read_result
from moo_budget.run import run

RETAILER = Path(__file__).resolve().parents[2] / "problems" / "online_retailer"
PROBLEM = """\
schema_version = 1
title = "Two curves"
currency = "EUR"
[plan]
periods = 4
today = { tv = 240, radio = 160 }
[goals]
revenue = { outcome = "revenue", measure = "profit" }
risk = { outcome = "revenue", measure = "std" }
[fit]
curves = "curves.csv"
"""


@pytest.fixture
def problem(tmp_path):
    """A problem file over curves of its own with draws, with the given lines about views."""
    rng = np.random.default_rng(0)
    rows = ["outcome,channel,spend,value,draw"]
    for draw in range(80):
        for channel, height in (("tv", 900 * np.exp(0.3 * rng.normal())), ("radio", 500 * np.exp(0.3 * rng.normal()))):
            rows += [f"revenue,{channel},{x},{height * x / (x + 90)},{draw}" for x in range(0, 201, 20)]
    (tmp_path / "curves.csv").write_text("\n".join(rows), encoding="utf-8")

    def written(views):
        path = tmp_path / "problem.toml"
        path.write_text(f"{PROBLEM}[views]\n{views}\n", encoding="utf-8")
        return path

    return written


def test_views_move_the_money_and_stand_in_the_result(problem, tmp_path):
    plain = run(problem("beliefs = []"), tmp_path / "plain", seed=1, n_evaluations=500, n_plans=10)
    views = 'beliefs = ["roi(radio) == 1.3 * roi(tv) @ 70%", "mroi(tv) <= 3 @ 50%"]\nmethod = "entropy_pooling"'
    viewed = run(problem(views), tmp_path / "viewed", seed=1, n_evaluations=500, n_plans=10)
    radio = [result.front.choose("boldest").spend["radio"] for result in (plain, viewed)]
    assert radio[1] > radio[0] + 10
    stored = json.loads((tmp_path / "viewed" / "result.json").read_text(encoding="utf-8"))
    assert [belief["confidence"] for belief in stored["views"]["beliefs"]] == [0.7, 0.5]
    plans = stored["views"]["plans"]
    assert set(plans) == {"reference", "today", *stored["picks"].values()}
    for part, result in (("prior", plain), ("posterior", viewed)):  # the goal is a profit: the money is off already
        assert plans["reference"][part] == pytest.approx(result.front.reference.goals["revenue"].value + 400)
    assert "views.taken-in" in {message["code"] for message in stored["messages"]}
    assert json.loads((tmp_path / "plain" / "result.json").read_text(encoding="utf-8"))["views"] is None
    assert "What the team believes" in (tmp_path / "viewed" / "report.html").read_text(encoding="utf-8")
    again = read_result(tmp_path / "viewed")
    np.testing.assert_array_equal(again.problem.tables.weights, viewed.problem.tables.weights)


@pytest.mark.parametrize(
    ("views", "text"),
    [
        ('beliefs = ["roi(radoi) == 1"]', "there is no channel or tag `radoi`. Did you mean `radio`"),
        ('beliefs = ["roi(radio) >= 1"]', 'method "black_litterman" takes == on returns only'),
        ('beliefs = ["roi(radio) == 1 @ 0%"]', "a confidence is above 0% and at most 100%"),
        ('beliefs = ["roi(tv) == 1", "roi(tv) == 2"]', "contradicts"),
        ('outcome = "sales"\nbeliefs = ["roi(tv) == 1"]', "there is no outcome `sales`"),
    ],
)
def test_views_that_cannot_be_held_end_a_check(problem, views, text):
    with pytest.raises(InputError, match=text.replace("?", r"\?").replace(".", r"\.")) as told:
        check(problem(views))
    assert told.value.exit_code == 3


@pytest.mark.parametrize(
    ("views", "text"),
    [
        ('beliefs = ["roi(nobody) == 1"]', "there is no channel or tag `nobody`"),
        ('outcome = "sales"\nbeliefs = ["roi(tv) == 1"]', "there is no outcome `sales`"),
        ('beliefs = ["roi(tv) == 1", "mroi(tv) == 2"]', "views are about both roi and mroi of `tv`"),
        ('beliefs = ["roi(tv) == 1.2 * roi(podcasts)"]', "is about `podcasts`, which was never bought and can get no"),
        ('outcome = "awareness"\nbeliefs = ["mroi(tv) == implied(tv)"]', "awareness is counted in impressions and not"),
        ('beliefs = ["roi(talk) == 1"]\n[tags]\ntalk = ["podcasts"]', "nothing is spent today on any channel"),
    ],
)
def test_views_that_cannot_be_held_are_found_before_anything_is_learned(tmp_path, views, text):
    history = pd.read_csv(RETAILER / "history.csv")
    history["podcasts_spend"] = 0.0
    history.to_csv(tmp_path / "history.csv", index=False)
    path = tmp_path / "problem.toml"
    problem = (RETAILER / "problem.toml").read_text(encoding="utf-8")
    path.write_text(f"{problem}\n[views]\n{views}\n", encoding="utf-8")
    with pytest.raises(InputError, match=text):
        check(path)
