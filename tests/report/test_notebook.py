"""Records in a notebook, and the front's pictures for it."""

import dataclasses
import html
import re
import warnings

import numpy as np
import pytest

from moo_budget.certificate import certify
from moo_budget.errors import InputError
from moo_budget.explain import explain
from moo_budget.history import read_history
from moo_budget.report import picture, plots
from moo_budget.report.plots import PLOTS
from moo_budget.responses import OutcomeResponse, Responses
from moo_budget.spec import read_problem
from tests.report.made import HOSTILE, front_of, seen_tables, small_front
from tests.worlds import CHANNELS, TODAY, four_channel_problem

HISTORY = """\
schema_version = 1
currency = "EUR"
[history]
file = "h.csv"
date = "day"
channels = ["tv", "a<b>"]
spend = "{channel}"
[outcomes.revenue]
column = "sales"
unit = "EUR"
"""


@pytest.fixture(scope="module")
def front():
    return small_front(budget=1200.0)


def test_a_front_shows_its_picks_first_and_says_how_many_more_there_are(front):
    page = front._repr_html_()
    assert page.count("<tr>") == 11
    assert f"… and {len(front) - 10} more" in page
    assert page.index("safest") < page.index("… and")
    assert "ROI" not in page  # names are the problem's own in Python
    assert "roi (EUR per EUR)" in page
    assert repr(front) in page.replace("&#x27;", "'")


def test_a_plan_shows_goals_with_ranges_and_money(front):
    plan = front.choose("balanced")
    page = plan._repr_html_()
    assert "8 in 10 cases" in page
    assert "电视" in page
    assert repr(plan).startswith("ChosenPlan(")
    assert "1,200.00 on 4 channels" in repr(plan)


def test_a_plan_beyond_the_tables_says_so():
    problem = four_channel_problem(tables=seen_tables(), budget=4000.0, limits={"extrapolate": 0.0})
    page = front_of(problem, [1000.0] * 4).reference._repr_html_()
    assert "It lies beyond what the curves cover." in page
    assert "<th" in page


def test_a_certificate_shows_what_is_proved_of_every_goal(front):
    certificate = certify(front.problem, front, n_weights=6, branch=False)
    page = certificate._repr_html_()
    assert page.count("<tr>") == 1 + len(front.problem.sought_goals)
    assert repr(certificate).startswith("Certificate(single goals to ")


def test_a_bound_too_small_to_matter_is_shown_without_its_digits(front):
    proved = dataclasses.replace(
        certify(front.problem, front, n_weights=6, branch=False),
        extreme_gap={"revenue": 1.8e-8, "risk": 44.7},
        extreme_share={"revenue": 2.1e-8, "risk": 0.001},
    )
    page = proved._repr_html_().replace("\u00a0", " ")
    assert ">&lt; 0.000086<" in page
    assert ">&lt; 0.01 %<" in page
    assert ">44.7<" in page


def test_an_explanation_shows_its_money_and_says_its_sentences(front):
    facts = explain(front.problem, front.plan(front.ids[0]), front=front)
    page = facts._repr_html_()
    assert page.count("<tr>") == 1 + len(front.problem.channels)
    assert html.escape(facts.sentences()[0]) in page
    assert (
        repr(facts) == f"Explanation('{front.ids[0]}': {len(facts.channels)} channels, at {len(facts.limits)} limits)"
    )


def test_a_history_and_responses_are_shown_and_names_are_inert(tmp_path):
    rows = "".join(f"2024-01-{day:02d},{day},{2 * day},{9 * day}\n" for day in range(1, 13))
    (tmp_path / "h.csv").write_text("day,tv,a<b>,sales\n" + rows, encoding="utf-8")
    (tmp_path / "problem.toml").write_text(HISTORY, encoding="utf-8")
    history = read_history(read_problem(tmp_path / "problem.toml"))
    assert repr(history) == "History(12 days, 2024-01-01 to 2024-01-12; 2 channels; revenue)"
    page = history._repr_html_()
    assert "a&lt;b&gt;" in page
    assert "<b>" not in page
    assert "Outcomes: revenue (EUR)." in page
    nothing = np.zeros((1, 2, 1))
    outcome = OutcomeResponse(
        "revenue", "EUR", (None,), nothing, nothing, np.zeros((1, 1)), "none", {"model": "linear", "crps": 0.1}
    )  # fmt: skip
    learned = Responses((HOSTILE,), (outcome,), np.ones(1), 3, ())
    assert repr(learned) == "Responses(1 channels; revenue by linear; seed 3)"
    assert "10" in learned._repr_html_()
    assert "<script" not in learned._repr_html_()


@pytest.mark.parametrize("kind", ["trade_off", "scatter_matrix", "parallel", "curves", "waterfall"])
def test_every_kind_is_drawn_with_all_its_letters(front, kind, tmp_path):
    if picture.cjk_family() is None:
        pytest.skip("no font with Chinese letters is installed")
    figure = front.plot(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(tmp_path / "front.png", dpi=40)
    assert (tmp_path / "front.png").stat().st_size > 2_000


def test_without_a_font_for_chinese_letters_that_is_said_once(front, monkeypatch):
    monkeypatch.setattr(plots, "cjk_family", lambda: None)
    plots._warn_of_letters.cache_clear()
    with pytest.warns(UserWarning, match="No font with Chinese letters is installed"):
        front.plot("curves")
    front.plot("waterfall")


def test_the_curves_of_every_channel_that_moves_the_outcome_are_drawn(front):
    titles = [axes.get_title(loc="left") for axes in front.plot("curves").axes]
    assert [title for title in titles if title] == list(CHANNELS)


def test_parallel_axes_have_the_best_of_every_goal_above(front):
    texts = [text.get_text() for text in front.plot("parallel").axes[0].texts]
    values = front.values.value
    names = [goal.name for goal in front.problem.sought_goals]
    risk = values[:, names.index("risk")]
    assert len(texts) == 2 * len(names)
    assert float(texts[-2].replace(",", "")) <= risk.max()


def test_an_unknown_kind_lists_all_of_them(front):
    with pytest.raises(InputError, match=re.escape(f"there is no kind `cloud`. Known: {', '.join(PLOTS)}")):
        front.plot("cloud")


def test_what_cannot_be_drawn_says_why_and_what_can():
    alone = front_of(four_channel_problem(tables=seen_tables(), today=None), [500.0, 250.0, 170.0, 80.0])
    with pytest.raises(InputError, match="there is no today's plan, so there is nothing to begin the waterfall from"):
        alone.plot("waterfall")
    with pytest.raises(InputError, match="plans are spent level, so there is no calendar to draw"):
        alone.plot("calendar")
    problem = four_channel_problem(tables=seen_tables(), goals={"roi": {"outcome": "revenue", "measure": "roi"}})
    single = front_of(problem, list(TODAY.values()))
    for kind in ("trade_off", "scatter_matrix", "parallel"):
        with pytest.raises(InputError, match="the front has one goal, so there is nothing to trade off"):
            single.plot(kind)


def test_nobodys_settings_are_changed(front):
    import matplotlib

    before = dict(matplotlib.rcParams)
    front.plot("parallel")
    assert dict(matplotlib.rcParams) == before
    assert dataclasses.is_dataclass(front)
