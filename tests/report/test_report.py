import base64
import dataclasses
import hashlib
import html
import re
from html.parser import HTMLParser

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from moo_budget import report
from moo_budget.certificate import Certificate
from moo_budget.errors import FolderError, Message
from moo_budget.problem import BudgetProblem
from moo_budget.report import picture, render, rewrite_report, write_report
from moo_budget.report.details import fit_sentences, search_sentences
from moo_budget.report.page import Page
from moo_budget.report.words import SUBJECTS, WORDS, Words
from moo_budget.risk import Factors
from moo_budget.spec import OutcomeSpec
from moo_budget.tables import ResponseTables
from tests.report.made import HOSTILE, front_of, result_of, seen_tables, small_front
from tests.worlds import CHANNELS, TODAY, four_channel_problem, four_channels

ONE_GOAL = {"revenue": {"outcome": "revenue", "measure": "total"}}


class Outline(HTMLParser):
    """What a screen reader finds: headings, landmarks, images, tables, ids and addresses."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.headings, self.images, self.ids, self.labelled = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "img":
            self.images.append(attributes)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if "aria-labelledby" in attributes:
            self.labelled.append(attributes["aria-labelledby"])


@pytest.fixture(scope="module")
def result():
    return result_of(small_front())


@pytest.fixture(scope="module")
def page(result):
    return render(result)


def pictures(page):
    return [base64.b64decode(code).decode() for code in re.findall(r"svg\+xml;base64,([^\"]+)", page)]


def alternatives(page):
    return [html.unescape(image["alt"]) for image in Outline(page).images]


def without_scripts(page):
    """What stands on the page when no script runs."""
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def test_every_channel_goal_and_unit_is_named(page):
    for name in (*CHANNELS, "ROI", "Awareness", "Risk", "EUR per EUR", "impressions", "EUR"):
        assert name in page


def test_every_channel_has_a_curve_for_every_outcome(page):
    curves = [text for text in alternatives(page) if "the next EUR brings" in text]
    assert len(curves) == 2  # two outcomes, four channels in one grid each
    assert all(f"{channel}, Balanced: EUR" in text for text in curves for channel in CHANNELS)


def test_headings_go_down_one_level_at_a_time_and_landmarks_have_names(page):
    outline = Outline(page)
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in zip(outline.headings, outline.headings[1:], strict=False))
    assert len(set(outline.ids)) == len(outline.ids)
    assert set(outline.labelled) <= set(outline.ids)
    tags = [tag for tag, _ in outline.tags]
    assert {"header", "main", "footer"} <= set(tags)
    assert ("html", {"lang": "en"}) in outline.tags
    assert all(attributes.get("scope") for tag, attributes in outline.tags if tag == "th")


def test_every_picture_says_in_words_what_it_shows(page):
    outline = Outline(page)
    assert len(outline.images) == 4  # money moved, trade-off, curves of two outcomes
    assert all(len(image["alt"]) > 40 for image in outline.images)


def test_nothing_points_outside_and_nothing_runs_but_our_own_script(page):
    assert page.count("<script") == 2
    outside = re.sub(r"base64,[^\"]+|'sha256-[^']+'|url\(#hatch\)", "", without_scripts(page))
    for forbidden in (
        "http:",
        "https:",
        "//",
        "<script",
        "javascript:",
        "url(",
        "@import",
        "<link",
        "<iframe",
        "onload",
    ):
        assert forbidden not in outside
    assert all(image["src"].startswith("data:image/svg+xml;base64,") for image in Outline(page).images)


def test_the_policy_allows_exactly_the_style_and_the_script_of_the_page(page):
    style, script = (
        base64.b64encode(
            hashlib.sha256(re.search(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[1].encode()).digest()
        ).decode()
        for tag in ("style", "script")
    )
    policy = next(a["content"] for tag, a in Outline(page).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert "style=" not in re.sub(r"base64,[^\"]+", "", page)


def test_equal_results_give_equal_bytes(page):
    assert render(result_of(small_front())) == page


def test_names_from_data_are_never_markup():
    tables = seen_tables(channels=(HOSTILE, *CHANNELS[1:]))
    today = dict(zip(tables.channels, TODAY.values(), strict=True))
    problem = four_channel_problem(tables=tables, today=today)
    page = render(result_of(front_of(problem, [500.0, 250.0, 170.0, 80.0]), problem_text=HOSTILE, today_text=HOSTILE))
    assert "<b>" not in page
    assert page.count("</script") == 2
    assert html.escape(HOSTILE) in page
    assert all("<b>" not in svg for svg in pictures(page))


def test_drawing_changes_nobodys_settings(result):
    before = dict(matplotlib.rcParams)
    render(result)
    assert dict(matplotlib.rcParams) == before


def test_chinese_names_stay_text_where_no_font_has_them(result, monkeypatch):
    monkeypatch.setattr(picture, "_CJK_FAMILIES", ())
    assert any("电视</text>" in svg for svg in pictures(render(result)))


def test_the_reference_and_today_stand_beside_the_picks():
    page = render(result_of(small_front(budget=1200.0)))
    for name in ("Today", "Reference", "balanced"):
        assert name in page
    assert "Shifted between channels" in page


def test_one_goal_has_nothing_to_trade_off():
    page = render(result_of(small_front(goals=ONE_GOAL)))
    assert "There is one goal, Revenue" in page
    assert "Safest, balanced and boldest" in page


def test_one_plan_has_nothing_to_trade_off():
    page = render(result_of(front_of(four_channel_problem(tables=seen_tables()), [500.0, 250.0, 170.0, 80.0])))
    assert "One plan is best in all goals at once" in page


def test_two_goals_are_one_picture_and_five_are_four():
    five = {
        "revenue": {"outcome": "revenue", "measure": "total"},
        "roi": {"outcome": "revenue", "measure": "roi"},
        "awareness": {"outcome": "awareness", "measure": "total"},
        "risk": {"outcome": "revenue", "measure": "std"},
        "spend": {"measure": "spend"},
    }
    two = {name: five[name] for name in ("revenue", "risk")}
    for goals in (two, five):
        text = next(
            t for t in alternatives(render(result_of(small_front(goals=goals)))) if t.startswith("The plan with")
        )
        assert len(text.splitlines()) == len(goals) - 1


def test_a_goal_that_is_only_measured_is_shown_and_says_so():
    goals = ONE_GOAL | {"risk": {"outcome": "revenue", "measure": "std", "goal": False}}
    assert "less is better, measured, not sought" in render(result_of(small_front(goals=goals)))


def test_without_today_nothing_is_compared():
    page = render(result_of(small_front(today=None), today_text=""))
    assert "no money moves" in page
    assert "Against the reference" not in without_scripts(page)


def test_a_reference_beyond_the_curves_has_no_goals_and_no_point():
    problem = four_channel_problem(tables=seen_tables(), budget=4000.0, limits={"extrapolate": 0.0})
    page = render(result_of(front_of(problem, [1000.0] * 4)))
    assert "beyond the curves" in page
    assert "cannot be compared" in page


def test_one_channel_without_dates_or_history():
    tables = four_channels()
    one = {name: getattr(tables, name)[:1] for name in ("channels", "knots", "observed_max")}
    every = ("values", "slopes", "carry_over", "carry_in")
    tables = ResponseTables(
        outcomes=tables.outcomes, units=tables.units, weights=tables.weights, season=tables.season, error=tables.error,
        noise=(Factors([[0.1]], [0.04]),) * 2, **one, **{name: getattr(tables, name)[:, :1] for name in every},
    )  # fmt: skip
    problem = BudgetProblem(tables, goals=ONE_GOAL, budget=100.0, today={"tv": 100.0})
    page = render(result_of(front_of(problem, [100.0]), period="none", history=None, fit={}, messages=()))
    assert "The balanced plan is the reference plan" in page
    assert "response curves of one&#39;s own" in page
    assert "1 period" in page


def test_an_outcome_that_no_channel_moves_has_no_curves():
    tables = seen_tables()
    values, slopes = tables.values.copy(), tables.slopes.copy()
    values[1] = slopes[1] = 0.0
    problem = four_channel_problem(tables=seen_tables(values=values, slopes=slopes), goals=ONE_GOAL)
    page = render(result_of(front_of(problem, [500.0, 250.0, 170.0, 80.0])))
    assert "No channel was found to move awareness." in page


def test_a_search_that_was_stopped_is_named_at_the_top(result):
    stopped = dataclasses.replace(result, front=dataclasses.replace(result.front, status="stopped"))
    assert "The search was stopped early, after 400 evaluations" in render(stopped)


def test_fit_quality_noise_and_messages_are_told(page):
    text = page.replace("\u00a0", " ")
    for part in ("one joint model of all channels; Hill curves; geometric carry-over", "0.71",
                 "8.3 %", "9.4 %", "77 %", "better than repeating other periods", "not tested",
                 "Hill curves 6.1 %, power curves 6.8 %. Chosen: the likelier one.",
                 "what these channels bring: tv and radio",
                 "assumed: relative noise 0.2 per period", "156 weekly periods.", "ab" * 32):  # fmt: skip
        assert part in text


@pytest.mark.parametrize(
    ("quality", "said"),
    [
        (
            {"crps": 0.25, "naive_crps": 0.2},
            "worse than repeating other periods did (off by 25 % of the outcome against 20 %)",
        ),
        (
            {"crps": 0.15, "naive_crps": 0.2, "baseline_crps": 0.12},
            "no better than the same model without any channel (off by 15 % of the outcome against 12 %)",
        ),
    ],
)
def test_a_model_that_knows_less_than_who_looks_at_no_channel_is_named_at_the_top(result, quality, said):
    fit = result.fit | {"revenue": result.fit["revenue"] | quality}
    top = render(dataclasses.replace(result, fit=fit)).split("<section")[1].replace("\u00a0", " ")
    assert said in top
    assert said not in render(result).replace("\u00a0", " ")


def test_the_appendix_has_every_plan_and_the_problem_file(page, result):
    assert all(f'<th scope="row">{id}</th>' in page for id in result.front.ids)
    assert html.escape(result.problem_text, quote=False).strip() in html.unescape(page)


def test_a_page_is_not_written_into_a_result_that_took_the_place_of_its_own(result, tmp_path, monkeypatch):
    (tmp_path / "result.json").write_text("old", encoding="utf-8")

    def read_slowly(folder):
        (tmp_path / "new").write_text("new", encoding="utf-8")
        (tmp_path / "new").replace(tmp_path / "result.json")
        return result

    monkeypatch.setattr(report, "read_result", read_slowly)
    with pytest.raises(FolderError, match="holds another result now, so nothing can be saved in it"):
        rewrite_report(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_a_report_is_replaced_whole_and_leaves_nothing_beside_it(result, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")
    with monkeypatch.context() as broken:
        broken.setattr("pathlib.Path.replace", lambda self, target: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(FolderError, match=r"cannot be written \(disk full\); what was there before is untouched"):
            write_report(result, path)
    assert path.read_text(encoding="utf-8") == "old"
    write_report(result, path)
    assert path.read_text(encoding="utf-8") == render(result)
    assert list(tmp_path.iterdir()) == [path]


def test_every_language_has_the_same_sentences_with_the_same_fields():
    def fields(sentences):
        return {key: sorted(re.findall(r"{(\w+)}", text)) for key, text in sentences.items()}

    assert all(fields(sentences) == fields(WORDS["en"]) for sentences in WORDS.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mean of the last 13 weeks x 13", "最近 13 周的均值 × 13"),
        ("the last week x 4", "最近 1 周的均值 × 4"),
        ("the 13 weeks from 2023-11-20 on, the same span a year earlier", "去年同期：自 2023-11-20 起的 13 周"),
        ("assumed: 20% a channel and period, correlation 0.3 ([risk])", "假设每个渠道每期 20%，相关系数 0.3（[risk]）"),
        ("measured: relative residuals of awareness, engagement", "由 awareness, engagement 的残差测得"),
        ("measured: residuals of leads (oas)", "由 leads (oas) 的残差测得"),
        ("something new", "something new"),
    ],
)
def test_what_the_engine_wrote_is_said_in_chinese_where_it_is_known(text, said):
    assert Words("zh").of_engine(text) == said


@pytest.mark.parametrize(
    ("lang", "pairs", "believed"),
    [
        ("en", "a and b; a and b and 2 more. ", "for 7 of 4 channels (most money first: a, b, c, d, e, f and 1 more)"),
        ("zh", "a和b；a和b，另有 2 项。", "4 个渠道中有 7 个（按花费从多到少：a、b、c、d、e、f，另有 1 项）"),
    ],
)
def test_of_many_channels_that_the_data_cannot_tell_apart_some_are_named_and_the_others_counted(lang, pairs, believed):
    fit = {"revenue": {"indistinct": [["a", "b"]] * 8, "as_believed": list("abcdefg")}}
    made = result_of(small_front(), fit=fit)
    told = fit_sentences(Page.of(dataclasses.replace(made, spec=dataclasses.replace(made.spec, lang=lang))))
    assert [part in text for part, text in zip((pairs, believed), told, strict=True)] == [True, True]


def test_the_engines_english_stands_but_for_its_jargon():
    assert Words("en").of_engine("mean of the last 13 weeks x 13") == "mean of the last 13 weeks x 13"
    told = Words("en").of_engine("measured: relative residuals of awareness, engagement")
    assert told == "measured, by how far the models missed awareness, engagement"


def test_what_a_run_tells_and_what_a_plan_breaks_are_chinese_in_chinese():
    say = Words("zh")
    told = (
        "shop.csv: 121 weeks, 2021-07-26 to 2023-11-13.",
        "`tv` was never bought: its spend is 0 throughout, so nothing can be learned of it here.",
        "`tv` was never bought; its curves are wide guesses at about the other channels' return.",
        "revenue: 12 channels are learned from the totals of 10 periods, which cannot tell so many apart: what they .",
        "revenue: these channels are bought together (their money correlates by 0.9 or more): `tv`, `radio`. A total "
        "shows what they bring together, hardly what each does. Plan them as one channel.",
        "revenue: far from the fit, so counted less (2 of the values): 2022-05-16, 2022-05-23.",
        "algorithm = 'auto': 1,000 weightings of the goals solved by structure, then 5,000 plans by NSGA-II, because "
        "of S-shaped curves",
        "`engagement` is not measured for tv, radio, out_of_home; no effect of theirs on it is assumed.",
        "money is handed out in steps of 0.01, which is 1.00% of the budget 1.00: give a smaller [plan] money_step, "
        "such as 0.0001, or 0",
        "market noise of 257 channels: every channel's own is held as it was found, and what they share in the 32 "
        "directions in which they move together most (exact for up to 256 channels)",
        "the total 0.214545 is below the budget 0.214545 by 2.999e-07",
    )
    for text in told:
        assert re.search(r"(?:[A-Za-z]+ ){3,}", say.of_engine(text)) is None
    assert say.of_engine(told[0]) == "shop.csv 共 121 周，2021-07-26 至 2023-11-13。"
    assert say.broken(("the total 12.00 is above the budget 10.00", "tv: moves by more than 50% of 4.00")) == (
        "合计 12.00 高于预算 10.00；tv 的变动超过 4.00 的 50%"
    )
    assert say.of_engine("tv: 8.00 in period 6, which is a blackout") == "tv 在停投的第 6 期投放 8.00"
    assert Words("en").broken(("a", "b")) == "a; b"


def test_market_noise_that_is_partly_assumed_is_told_without_jargon():
    told = "measured: relative residuals of clicks; assumed: relative noise 0.2 per period for tv, uncorrelated"
    assert Words("en").of_engine(told) == (
        "measured, by how far the models missed clicks; assumed: relative noise 0.2 per period for tv, uncorrelated"
    )
    assert Words("zh").of_engine(told) == "由 clicks 的残差测得；tv 假设每期相对波动 0.2，互不相关"


def test_the_chinese_report_has_no_english_sentence(result):
    page = render(dataclasses.replace(result, problem_text="", messages=()).in_language("zh"))
    static = re.sub(r"(?s)<(script|style).*?</\1>", "", page)
    visible = re.sub(r"<[^>]+>", " ", static)
    sentences = re.findall(r"(?:[A-Za-z]+ ){5,}[A-Za-z]+", visible)
    assert [text for text in sentences if "invented" not in text] == []


def test_no_sentence_stands_in_two_subjects():
    keys = [key for subject in SUBJECTS for key in subject.EN]
    assert len(keys) == len(set(keys))


def test_what_stands_elsewhere_is_not_repeated_among_the_messages(result):
    messages = (
        Message("noise.assumed", "revenue: market noise is assumed."),
        Message("solve.algorithm", "algorithm = 'auto' is nsga2"),
        Message("history.period", "156 weekly periods."),
    )
    page = render(dataclasses.replace(result, messages=messages))
    assert "156 weekly periods." in page
    assert "history.period" not in page
    assert "market noise is assumed" not in page
    assert "&#39;auto&#39; is nsga2" not in page
    assert page.count("relative noise 0.2 per period") == 1
    assert "ledoit_wolf" not in page


def test_channels_without_a_curve_are_listed_and_not_drawn():
    tables = seen_tables()
    values, slopes, knots = tables.values.copy(), tables.slopes.copy(), tables.knots.copy()
    values[:, 3], slopes[:, 3], knots[3] = 0.0, 0.0, 0.0
    values[1, 1:3] = slopes[1, 1:3] = 0.0
    tables = seen_tables(values=values, slopes=slopes, knots=knots)
    tables = dataclasses.replace(tables, observed_max=np.array([90.0, 90.0, 90.0, 0.0]))
    problem = four_channel_problem(tables=tables, today={"tv": 700.0, "search": 100.0, "电视": 200.0})
    outcomes = {
        "revenue": OutcomeSpec("revenue"),
        "awareness": OutcomeSpec("{channel}_seen", channels=("tv", "search", "social")),
    }
    result = result_of(front_of(problem, [500.0, 250.0, 250.0, 0.0]))
    page = render(dataclasses.replace(result, spec=dataclasses.replace(result.spec, outcomes=outcomes)))
    assert (
        "<p>No effect: search.</p>\n  <p>Not measured: 电视.</p>\n  <p>Never bought, capped at 0: social.</p>" in page
    )
    revenue, awareness = (text for text in alternatives(page) if "the next EUR brings" in text)
    assert "social" not in revenue
    assert awareness.startswith("tv, ")
    assert len(awareness.splitlines()) == 1


def test_the_mark_of_extrapolation_is_explained_only_where_it_stands(result):
    note = "▲ more per week than was ever spent"
    problem = four_channel_problem(tables=seen_tables())
    assert note in render(result_of(front_of(problem, [910.0, 60.0, 30.0, 0.0])))
    assert note not in render(result_of(front_of(problem, [500.0, 250.0, 170.0, 80.0])))


def test_a_plan_of_one_period_spreads_nothing():
    problem = four_channel_problem(tables=seen_tables(), periods=1, budget=100.0, today={"tv": 60.0, "search": 40.0})
    page = render(result_of(front_of(problem, [50.0, 50.0, 0.0, 0.0])))
    assert "spread evenly" not in page


def test_small_money_keeps_the_decimals_that_it_is_handed_out_in():
    problem = four_channel_problem(
        tables=seen_tables(), budget=0.05, money_step=0.0001, today={"tv": 0.03, "search": 0.02}
    )
    page = render(result_of(front_of(problem, [0.01, 0.04, 0.0, 0.0])))
    assert "EUR 0.0300 to EUR 0.0100" in page.replace("\u00a0", " ")


def certified(result, **changes):
    """The sentences on the search with a certificate written down by hand."""
    gaps = {goal.name: 1e-7 for goal in result.problem.sought_goals}
    fields = {
        "extreme_gap": gaps, "extreme_share": dict.fromkeys(gaps, 1e-9), "solve_gap": 0.0, "solve_weights": {},
        "front_gap": 0.0, "coverage_gap": 2e-8, "coverage": gaps, "n_weights": 10, "note": "", "reasons": {},
    }  # fmt: skip
    certificate = Certificate(**(fields | changes))
    page = Page.of(dataclasses.replace(result, certificate=certificate))
    return [text.replace("\u00a0", " ") for text in search_sentences(page)]


TWO_GOALS = ONE_GOAL | {"risk": {"outcome": "revenue", "measure": "std"}}


def test_a_bound_is_told_as_a_share_and_its_amount_only_where_it_is_not_tiny():
    result = result_of(small_front(goals=TWO_GOALS))
    texts = certified(result)
    assert any(
        text.endswith(
            "than what follows. Revenue: less than 0.01 % of its range on the front; Risk: less than 0.01 % of its "
            "range on the front."
        )
        for text in texts
    )
    assert any("to within 0.01 % of the range that each goal" in text for text in texts)
    texts = certified(
        result, extreme_gap={"revenue": 1e-7, "risk": 12.0}, extreme_share={"revenue": 1e-9, "risk": 0.021}
    )
    assert any(text.endswith("; Risk: 2.1 % of its range on the front, EUR 12.0.") for text in texts)


@pytest.mark.parametrize(("gap", "told"), [(1e-8, "less than 0.01 % of its value"), (500.0, "EUR 500")])
def test_a_bound_of_a_single_plan_is_measured_against_its_value(gap, told):
    result = result_of(small_front(goals=ONE_GOAL))
    texts = certified(result, extreme_gap={"revenue": gap}, extreme_share={"revenue": None})
    assert any(text.endswith(f"than what follows. Revenue: {told}.") for text in texts)


def test_what_is_not_proved_is_said_with_the_reason():
    result = result_of(small_front(goals=TWO_GOALS))
    reasons = {
        "risk": "no bound",
        "weightings with revenue": "a ratio",
        "coverage_gap": "one is open",
        "solve_gap": "no range",
    }
    texts = certified(result, extreme_gap={"revenue": 1e-7, "risk": None}, coverage_gap=None, reasons=reasons)
    for sentence in (
        "Not proved: how much better a plan could be in Risk at most (no bound).",
        "Not proved: how good the plans are for mixes with revenue (a ratio).",
        "Not proved: how closely the front matches every plan in all goals at once (one is open).",
        "Not proved: how good the plans are for mixes of the goals (no range).",
    ):
        assert sentence in texts


def test_a_bound_of_looser_limits_says_so():
    free = {"budget": {"min": 500.0, "max": 1000.0}, "limits": {"share": 0.9}}
    assert any(
        "largest share is taken of the largest total" in text for text in certified(result_of(small_front(**free)))
    )
    fixed = certified(result_of(small_front(limits={"share": 0.9})))
    assert not any("largest share is taken" in text for text in fixed)


def test_a_very_large_front_is_drawn_by_some_of_its_plans_and_says_so():
    figure = Figure()
    axes = figure.subplots()
    column = np.arange(3000.0)
    picture.cloud(axes, column, column, Words("en"))
    _, labels = axes.get_legend_handles_labels()
    assert labels == ["1000 of 3000 plans of the front"]
    drawn = axes.collections[0].get_offsets()
    assert len(drawn) == 1000
    assert {0.0, 2999.0} <= set(drawn[:, 0])


def test_a_slim_picture_says_once_what_is_repeated():
    figure = Figure()
    axes = figure.subplots()
    axes.scatter(np.arange(50.0), np.arange(50.0), color="#8fa3b5")
    with picture.drawing(["tv"]):
        svg = base64.b64decode(picture.embedded(figure, "").source.partition("base64,")[2]).decode()
    assert svg.count("#8fa3b5") < 5
    assert svg.count("font-family") == 1
    assert set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg)[0]) - {""} <= set(re.findall(r' id="([^"]+)"', svg))
    for gone in ("<!--", "<metadata", "xlink", "  "):
        assert gone not in svg
