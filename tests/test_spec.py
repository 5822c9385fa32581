"""The problem file: its example, every fault a person can make in it, and the lines that faults are pinned to."""

import datetime
import json
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moo_budget.errors import InputError, NotAvailableError
from moo_budget.spec import (
    BudgetRange,
    CalendarLimits,
    ChannelLimits,
    FitSpec,
    GoalSpec,
    HistorySpec,
    LimitsSpec,
    PlanSpec,
    ProblemSpec,
    RiskSpec,
    SearchSpec,
    ViewsSpec,
    budget_range,
    goals_from,
    limits_from,
    parse_part,
    problem_schema,
    read_problem,
    reference_money,
    require_available,
)
from moo_budget.spec.source import read_toml

DESIGN = Path(__file__).parents[1] / "docs" / "design.md"

HISTORY = """\
[history]
file = "history.csv"
channels = ["tv", "radio", "电视"]
spend = "{channel}_spend"
"""
BASE = f"""{HISTORY}
[outcomes.revenue]
column = "revenue"
"""
LINES_OF_BASE = BASE.count("\n")


@pytest.fixture
def write(tmp_path):
    def write_file(content: str | bytes) -> Path:
        path = tmp_path / "problem.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


@pytest.fixture
def read(write):
    return lambda content: read_problem(write(content))


@pytest.fixture
def fault(write):
    """The error that a file gives."""

    def fault_of(content: str | bytes) -> InputError:
        with pytest.raises(InputError) as caught:
            read_problem(write(content))
        return caught.value

    return fault_of


class TestExample:
    @pytest.fixture
    def example(self, read):
        return read(re.search(r"```toml\n(.*?)```", DESIGN.read_text(encoding="utf-8"), re.DOTALL)[1])

    def test_the_example_of_the_design_says_what_it_says(self, example):
        assert example.title == "US underwear shop, next quarter"
        assert example.history.channels == ("google_pmax", "meta_facebook", "meta_instagram", "google_video", "tiktok")
        assert example.history.spend == "{channel}_spend"
        assert example.outcomes["revenue"].minus == "all_purchases_gross_discount"
        assert example.plan.budget == 250_000
        assert example.plan.start == datetime.date(2023, 11, 20)
        assert list(example.goals) == ["roi", "awareness", "engagement", "risk"]
        assert example.goals["risk"] == GoalSpec("std", "revenue")
        assert example.limits.channel["tiktok"] == ChannelLimits(0, 50_000, 5_000, 500)
        assert example.limits.resource["co2"].per_money == {"tiktok": 0.02, "google_pmax": 0.01}
        assert example.limits.calendar["total_max"] == 30_000
        christmas = (datetime.date(2023, 12, 25), datetime.date(2024, 1, 1))
        assert example.limits.calendar["tiktok"] == CalendarLimits(6_000, christmas, 3)
        assert example.tags == {"brand": ("google_video", "tiktok")}
        assert example.fit == FitSpec(experiments="lift_tests.csv", curves="curves.csv")
        assert example.risk == RiskSpec()
        assert len(example.views.beliefs) == 2
        assert example.search == SearchSpec(seed=1)

    def test_the_example_cannot_be_used_because_its_curves_stand_beside_a_history(self, example):
        with pytest.raises(InputError, match=r"`fit.curves` = \"curves.csv\" stands instead of \[history\]") as caught:
            require_available(example)
        assert "(problem.two-sources)" in caught.value.text

    def test_limits_per_period_need_a_calendar(self, example):
        with pytest.raises(
            InputError, match=r"problem.toml:\d+  \[limits.calendar\] limits money per period"
        ) as caught:
            require_available(example.replaced(fit=replace(example.fit, curves=None)))
        assert caught.value.code == "problem.no-calendar"
        assert "write calendar = true, or take the table out" in caught.value.text

    def test_without_its_curves_and_with_its_calendar_all_of_the_example_is_carried_out(self, example):
        require_available(
            example.replaced(plan=replace(example.plan, calendar=True), fit=replace(example.fit, curves=None))
        )


class TestFile:
    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(InputError, match=r"nowhere.toml  there is no such file\n.*moo-budget init") as caught:
            read_problem(tmp_path / "nowhere.toml")
        assert caught.value.code == "problem.not-found"
        assert caught.value.exit_code == 3

    def test_a_folder_is_no_problem_file(self, tmp_path):
        with pytest.raises(InputError, match=r"this is a folder; name the problem.toml in it"):
            read_problem(tmp_path)

    def test_a_path_that_cannot_be_read_says_why(self):
        with pytest.raises(InputError, match=r"this cannot be read: .*null"):
            read_problem("a\0b")

    @pytest.mark.parametrize(
        ("content", "code", "text"),
        [
            (b"", "problem.empty", "this file is empty"),
            (b" \r\n\n", "problem.empty", "this file is empty"),
            (b"PK\x03\x04\x00\x00", "problem.binary", "this is no text file"),
            (b"title = 'a'\ncurrency = '\xa3'\n", "problem.encoding", r"problem.toml:2  save this file as UTF-8"),
            ("title = 'a'".encode("utf-16"), "problem.encoding", r"problem.toml:1  save this file as UTF-8"),
            ("a = 1\nb = = 3", "problem.syntax", r"problem.toml:2  this is not TOML: Invalid value\n +2 \| b = = 3"),
            ("电视 = 1", "problem.syntax", "names beyond A-Z a-z 0-9 _ -"),
            ("a = 1\na = 2\n", "problem.syntax", r"toml:2 .*Cannot overwrite a value\n(.*\n)+.*stands only once"),
            ("a = 1\nb = '''x\n", "problem.syntax", r"problem.toml:2  this is not TOML: Expected"),
            ("a = " + "[" * 5000, "problem.unreadable", "no problem file is nested this deeply"),
            ("a = " + "9" * 5000, "problem.unreadable", "numbers this long"),
            (".".join("a" * 5000) + " = 1", "problem.unreadable", "no problem file is nested this deeply"),
            ("a = \x1b", "problem.syntax", "a = \N{REPLACEMENT CHARACTER}"),
            ("# nothing\n", "problem.no-source", r"neither \[history\] nor `curves` under \[fit\]"),
        ],
    )
    def test_what_is_no_problem_file_is_told_from_one_that_is_wrong(self, fault, content, code, text):
        error = fault(content)
        assert re.search(text, error.text)
        assert error.code == code

    def test_a_byte_order_mark_and_windows_line_ends_change_nothing(self, read, fault):
        assert read(b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode()) == read(BASE)
        assert "problem.toml:2 " in fault("\N{ZERO WIDTH NO-BREAK SPACE}title = 'a'\r\ntitel = 'b'\r\n" + BASE).text

    def test_a_spec_knows_its_file_also_after_a_change(self, write):
        path = write(BASE)
        spec = read_problem(str(path)).replaced(search=SearchSpec(seed=7))
        assert spec.path == path
        assert spec.search.seed == 7

    def test_a_change_takes_the_lines_of_what_it_replaced_along(self, read):
        spec = read(f"{BASE}[fit]\nmonotone = true")
        changed = spec.replaced(fit=FitSpec(monotone=False))
        with pytest.raises(NotAvailableError) as caught:
            require_available(changed)
        assert caught.value.text.startswith("problem.toml  `fit.monotone` = false")


@given(st.one_of(st.binary(), st.text().map(str.encode)))
@example(b"\xef\xbb\xbf")
@example(b"[[history]]\n[[goals]]\na=1\n[plan.budget.a]")
@example(b"plan = {budget = {float = 3}}\ntoday = [[], {}]\nhistory = 1979-05-27 07:32:00")
def test_whatever_stands_in_a_file_gives_a_spec_or_an_input_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("random") / "problem.toml"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_problem(path)


KEYS = [
    "history",
    "outcomes",
    "plan",
    "goals",
    "limits",
    "fit",
    "channel",
    "budget",
    "today",
    "tv",
    "min",
    "file",
    "model",
]


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner),
    )
)
def test_whatever_is_given_in_python_becomes_a_record_or_an_input_error(data):
    for kind in (ProblemSpec, LimitsSpec, FitSpec, dict[str, GoalSpec]):
        with suppress(InputError):
            assert parse_part(kind, data, "given") is not None


GOAL = "[goals.a]\noutcome = 'revenue'\n"

# What stands after BASE, the line of the fault from there on (0: none), its code and its text.
FAULTS = [
    # keys
    ("[limits.channel.tv]\nmim = 3", 2, "unknown-key", r"`mim` is not a setting of \[limits.channel.tv\]"),
    ("[limits.channel.tv]\nmim = 3", 2, "unknown-key", "Did you mean `min`\\? Allowed here: min, max"),
    ("[plam]\nperiods = 3", 1, "unknown-key", "`plam` is not a setting\n(.*\n)+.*Did you mean `plan`"),
    ("path = 3", 1, "unknown-key", r"`path` is not a setting of \[outcomes.revenue\]"),
    ("[plan]\nbudget = { mn = 3, max = 5 }", 2, "unknown-key", r"`mn` is not a setting of \[plan.budget\]"),
    ("[limits.calendar]\ntv = { mx = 3 }", 2, "unknown-key", "Did you mean `max`"),
    ("[outcomes.clicks]\nunit = 'clicks'", 1, "missing-key", r"`outcomes.clicks.column` is missing"),
    ("[plan]\nbudget = { min = 3 }", 2, "missing-key", r"`plan.budget.max` is missing"),
    # types
    ("[plan]\nbudget = '250000'", 2, "type", r'`plan.budget` = "250000" must be a number or a table'),
    ("[plan]\nperiods = 1.5", 2, "type", "`plan.periods` = 1.5 must be a whole number"),
    ("[plan]\ncalendar = 1", 2, "type", "must be true or false"),
    ("[plan]\nstart = 5", 2, "type", "must be a date such as 2023-11-20"),
    ("[plan]\nstart = 2023-11-20T00:00:00", 2, "type", "must be a date such as 2023-11-20"),
    ("[limits]\nrules = 'tv >= 3'", 2, "type", r"must be a list in \[ \]"),
    ("[limits]\nchannel = 3", 2, "type", "`limits.channel` = 3 must be a table"),
    ("[views]\noutcome = 3", 2, "type", "must be text in quotes"),
    ("[fit]\nmodel = { revenue = { tv = 3 } }", 2, "type", "`fit.model.revenue.tv` = 3 must be text in quotes"),
    ("[[goals]]\nmeasure = 'roi'", 1, "type", "`goals` = .* must be a table"),
    ("[fit.priors.tv]\nroi = [1]", 2, "missing-key", r"`fit.priors.tv.roi\[1\]` is missing"),
    ("[fit.priors.tv]\nroi = [1, 2, 3]", 2, "value", "must be a list of at most 2"),
    # values
    ("[goals]\na = { outcome = 'revenue', measure = 'roy' }", 2, "value", "'roi', .*_channels'\n(.*\n)+.*mean `roi`"),
    ("[goals]\na = { outcome = 'revenue', measure = 'std', target = 'now' }", 2, "value", "a number or 'today'"),
    ("[plan]\nbudget = nan", 2, "value", "`plan.budget` = NaN must be a finite number"),
    ("[plan]\nbudget = 0", 2, "value", "must be more than 0"),
    ("[plan]\nbudget = -5", 2, "value", "must be more than 0"),
    ("[plan]\nbudget = { min = 5, max = 3 }", 2, "min-above-max", r"min \(5\) is above max \(3\); lower min or"),
    ("[plan]\nbudget = { min = -5, max = 3 }", 2, "value", "`plan.budget.min` = -5 must be 0 or more"),
    ("[plan]\nperiods = 0", 2, "value", "`plan.periods` = 0 must be 1 or more"),
    ("[plan]\nperiods = 10001", 2, "value", "must be at most 10,000"),
    ("[plan]\nmoney_step = -1", 2, "value", "must be 0 or more"),
    ("[plan]\ntoday = 'last 0'", 2, "value", '= "last 0" must be "last N" with N periods, "same last year"'),
    ("[plan]\ntoday = 'lst 13'", 2, "value", "or a table channel -> money"),
    ("[plan]\ntoday = { tv = -1 }", 2, "value", "`plan.today.tv` = -1 must be 0 or more"),
    ("[limits]\nchange = -0.1", 2, "value", "`limits.change` = -0.1 must be 0 or more"),
    ("[limits]\nshare = 0", 2, "value", "must be more than 0"),
    ("[limits]\nshare = 60", 2, "value", "`limits.share` = 60 must be at most 1"),
    ("[limits]\nextrapolate = -1", 2, "value", "must be 0 or more"),
    ("[limits.channel.tv]\nmin = -1", 2, "value", "must be 0 or more"),
    ("[limits.channel.tv]\nmax = 1\nmin = 2", 3, "min-above-max", r"`limits.channel.tv.min`: min \(2\) is above"),
    ("[limits.channel.tv]\nlock = true\noff = true", 3, "lock-and-off", "lock keeps today's money and off takes it"),
    ("[limits.channel.tv]\nmin = 2\noff = true", 3, "min-and-off", "a channel that is off cannot have min = 2"),
    ("[limits.calendar]\ntv = 3", 2, "calendar-limit", "limits of a channel stand in a table such as"),
    ("[limits.calendar.total_max]\nmax = 3", 1, "calendar-limit", "total_max is a number"),
    ("[fit]\ndraws = 0", 2, "value", "must be 1 or more"),
    ("[fit]\ndraws = 100000", 2, "value", "must be at most 10,000"),
    ("[fit.priors.tv]\nroi = [2, 1]", 2, "value", r"must be \[low, high\] with low below high"),
    ("[fit.priors.tv]\nroi = [-1, 1]", 2, "value", r"`fit.priors.tv.roi\[0\]` = -1 must be 0 or more"),
    ("[fit.priors.tv]\ndecay = [0.5, 1]", 2, "value", r"`fit.priors.tv.decay\[1\]` = 1 must be less than 1"),
    ("[risk]\nnoise = -1", 2, "value", "must be 0 or more"),
    ("[risk]\ncorrelation = 1.5", 2, "value", "must be at most 1"),
    ("[search]\nplans = 0", 2, "value", "must be 1 or more"),
    ("[search]\nevaluations = 0", 2, "value", "must be 1 or more"),
    ("[search]\nevaluations = 9223372036854775808", 2, "value", "must be at most 1,000,000,000"),
    ("[limits]\ncalendar.tv.min_burst = 9223372036854775808", 2, "value", "must be at most 1,000,000,000"),
    ("[search]\ntime_limit = -1", 2, "value", "must be 0 or more"),
    ("[search]\nseed = -1", 2, "value", "must be 0 or more"),
    ("[outcomes.Rev]\ncolumn = 'a'", 1, "value", r"the name `Rev` in \[outcomes\] must be made of a-z, 0-9 and _"),
    ("[tags]\nbrand = []", 2, "value", "must be a list of at least 1"),
    ("[tags]\nbrand = ['tv', 'tv']", 2, "value", "must be a list without repeats; `tv` and `tv` are the same"),
    # goals
    ("[goals]\na = { measure = 'roi' }", 2, "goal-outcome", '`goals.a.outcome`: measure = "roi" needs an outcome'),
    (f"{GOAL}measure = 'spend'", 2, "goal-outcome", "about money alone; take the"),
    (f"{GOAL}measure = 'std'\nlevel = 0.5", 4, "goal-parameter", 'only measure = "tail_mean" or "regret" has a'),
    (f"{GOAL}measure = 'std'\nmargin = 0.5", 4, "goal-parameter", 'only measure = "profit" has a'),
    (f"{GOAL}measure = 'std'\ntarget = 5", 4, "goal-parameter", 'only measure = "shortfall" has a'),
    (f"{GOAL}measure = 'shortfall'", 1, "goal-parameter", "needs a target: a number, or"),
    (f"{GOAL}measure = 'tail_mean'\nlevel = 1", 4, "value", "must be less than 1"),
    (f"{GOAL}measure = 'profit'\nmargin = 0", 4, "value", "must be more than 0"),
    ("[goals]\na = { measure = 'spend', goal = false }", 1, "no-goal", "no goal is left to search for"),
    ("[goals]", 1, "no-goal", "give at least one goal without goal = false"),
    # names
    ("[goals]\na = { outcome = 'revenu', measure = 'roi' }", 2, "unknown-outcome", "`revenu`. Did you mean `revenue`"),
    ("[views]\noutcome = 'sales'", 2, "unknown-outcome", "there is no outcome `sales`. Known: revenue"),
    ("[fit]\nmodel = { sales = 'linear' }", 2, "unknown-outcome", "`fit.model.sales`: there is no outcome `sales`"),
    ("[fit.model]\nrevenue = { tvv = 'linear' }", 2, "unknown-channel", "no channel `tvv`. Did you mean `tv`"),
    ("[fit.carry_over]\ntvv = 'none'", 2, "unknown-channel", "no channel `tvv`"),
    ("[fit.priors.tvv]\nroi = [1, 2]", 1, "unknown-channel", "no channel `tvv`"),
    ("[limits.channel.raido]\nmin = 1", 1, "unknown-channel", "mean `radio`\\? Known: tv, radio, 电视"),
    ("[limits.channel.'电']\nmin = 1", 1, "unknown-channel", '`limits.channel."电"`: .* mean `电视`'),
    ("[limits.calendar.tvv]\nmax = 1", 1, "unknown-channel", "no channel `tvv`"),
    ("[limits.resource.co2]\nper_money.tvv = 1\nmax = 1", 2, "unknown-channel", "no channel `tvv`"),
    ("[plan.today]\ntv = 1\nＲadio = 1", 0, "syntax", "quotes"),
    ("[plan.today]\ntv = 1\n'ｒａｄｉｏ' = 1", 3, "unknown-channel", "Did you mean `radio`"),
    ("[tags]\nbrand = [\n'tv', # has a ]\n'radioo',\n]", 4, "unknown-channel", r"`tags.brand\[1\]`: .* mean `radio`"),
    ("[outcomes.a]\ncolumn = '{channel}_a'\nchannels = ['tvv']", 3, "unknown-channel", r"`outcomes.a.channels\[0\]`"),
    ("[tags]\ntv = ['tv']", 2, "duplicate-name", "`tv` names a channel and a tag"),
    ("[tags]\n'ｔｖ' = ['tv']", 2, "duplicate-name", "channels, tags and goals need different names"),
    ("[tags]\na = ['tv']\n[goals]\na = { measure = 'spend' }", 4, "duplicate-name", "`a` names a tag and a goal"),
    ("[tags]\ntotal = ['tv']", 2, "reserved-name", "`total` cannot name a tag: it is a word of the rules"),
    ("[goals]\ncount = { measure = 'spend' }", 2, "reserved-name", "reserved: total, count, today, all, total_max"),
    ("[tags]\n'' = ['tv']", 2, "empty-name", "a tag has no name"),
    ("[goals]\npick = { measure = 'spend' }", 2, "goal-column", "`pick` would make a second column `pick` in"),
    ("[goals]\nplan_id = { measure = 'spend' }", 2, "goal-column", "give the goal another name"),
    ("[goals]\nspend_tv = { measure = 'spend' }", 2, "goal-column", "second column `spend_tv`"),
    *[
        (f"{GOAL}measure = 'roi'\n[goals.{name}]\nmeasure = 'spend'", 4, "goal-column", f"a second column `{twice}`")
        for name, twice in (
            *(("a_low", "a_low"), ("a_high", "a_high"), ("a_estimate_low", "a_estimate_low")),
            *(("a_estimate_high", "a_estimate_high"), ("a_estimate", "a_estimate_low")),
        )
    ],
    ("[fit]\nmodel = 'parametrik'", 2, "unknown-name", '= "parametrik" is not known\n(.*\n)+.*mean `parametric`'),
    ("[fit]\nmodel = { revenue = { tv = 'none' } }", 2, "unknown-name", "`fit.model.revenue.tv`"),
    ("[fit]\ncurve = 'hil'", 2, "unknown-name", "Did you mean `hill`\\? Known: auto, hill, logarithmic, exponential"),
    ("[fit]\ncarry_over = { tv = 'geometrc' }", 2, "unknown-name", "mean `geometric`\\? Known: auto, none, geo"),
    ("[search]\nalgorithm = 'nsga3'", 2, "unknown-name", "Did you mean `nsga2`\\? Known: auto, scalarised"),
]  # fmt: skip


@pytest.mark.parametrize(("toml", "line", "code", "text"), FAULTS)
def test_a_fault_names_its_line_what_came_and_what_is_allowed(fault, toml, line, code, text):
    error = fault(f"{BASE}{toml}\n")
    assert error.code == f"problem.{code}"
    assert re.search(text, error.text), error.text
    assert not line or error.text.startswith(f"problem.toml:{LINES_OF_BASE + line}  ")
    assert 2 <= error.text.count("\n") + 1 <= 6


# A whole file, and the fault in it.
HISTORY_FAULTS = [
    ("[outcomes.a]\ncolumn = 'a'\n", "no-source", "neither .history. nor `curves`"),
    ("[outcomes.a]\ncolumn = 'a'\n[fit]\ncurves = 'c.csv'", "two-sources", "toml:1 .*the outcomes come from the table"),
    (HISTORY, "missing-key", r"\[outcomes\] is missing\n.*add a table such as \[outcomes.revenue\]"),
    ("[history]\nfile = 'a'", "missing-key", "`history.channels` is missing\n(.*\n)*.*`history.spend` is missing"),
    (BASE.replace('"tv", "radio", "电视"', ""), "value", r"`history.channels` = \[\] must be a list of at least 1"),
    (BASE.replace('"radio"', '"ｔｖ"'), "value", "`history.channels` = .* repeats; `tv` and `ｔｖ` are the same name"),
    (BASE.replace('"radio"', '"all"'), "reserved-name", r"toml:3  `all` cannot name a channel"),
    (BASE.replace("{channel}", "{chanel}"), "spend-columns", '`history.spend`: "{chanel}_spend" has no {channel}'),
    (BASE.replace('"{channel}_spend"', "{ tv = 'a' }"), "spend-columns", "no column for radio, 电视"),
    (
        BASE.replace('"{channel}_spend"', "{ tv = 'a', radioo = 'b' }"),
        "unknown-name",
        "toml:4  `history.spend.radioo`: there is no channel `radioo`. Did you mean `radio`",
    ),
    (BASE.replace("[outcomes", "layout = 'long'\n[outcomes"), "missing-key", 'toml:1  `history.channel`: layout'),
    (
        BASE.replace('"{channel}_spend"', "{ tv = 'a' }\nlayout = 'long'\nchannel = 'c'"),
        "spend-columns",
        'toml:4  `history.spend`: layout "long" has one column of spend',
    ),
    (
        BASE.replace('"{channel}_spend"', "'cost'\nlayout = 'long'\nchannel = 'c'"),
        "missing-key",
        '`history.date`: layout = "long" needs the name of the column that holds the dates',
    ),
    (BASE.replace("[outcomes", "sum_over = ['geo']\n[outcomes"), "missing-key", "`history.date`: sum_over needs the"),
    (
        BASE.replace("[outcomes", "missing = 'interpolate'\n[outcomes"),
        "missing-key",
        '`history.date`: missing = "interpolate" needs the name',
    ),
    (f"schema_version = true\n{BASE}", "schema-version", "toml:1  `schema_version` = true, and this program"),
    (f"schema_version = 2\nfuture = 1\n{BASE}", "schema-version", "toml:1  `schema_version` = 2, and this program"),
    (BASE.replace("[outcomes", "trials = { clics = 'a' }\n[outcomes"), "unknown-outcome", "`history.trials.clics`"),
]  # fmt: skip


@pytest.mark.parametrize(("toml", "code", "text"), HISTORY_FAULTS)
def test_a_history_that_does_not_hold_together_is_told(fault, toml, code, text):
    error = fault(toml)
    assert error.code == f"problem.{code}"
    assert re.search(text, error.text), error.text


def test_the_line_stands_under_the_fault_with_a_caret_under_the_key(fault):
    assert fault("title = 'a'\n\n[limits.channel.'电视']\n'电' = 1\n" + BASE).text.split("\n") == [
        'problem.toml:4  `电` is not a setting of [limits.channel."电视"]',
        "    4 | '电' = 1",
        "        ^^^^",
        "   Allowed here: min, max, min_if_used, step, lock, off",
        "   All settings: moo-budget schema problem",
    ]


def test_all_faults_of_a_file_come_at_once_in_the_order_of_their_lines(fault):
    text = fault(
        BASE + "[tags]\nbrand = ['tvv']\n[limits]\nchange = -1\nshar = 0.5\n[goals]\na = { measure = 'roi' }"
    ).text
    faults = re.findall(r"^problem.toml:(\d+)  (.*)$", text, re.MULTILINE)
    assert [(int(line) - LINES_OF_BASE, what.split()[0]) for line, what in faults] == [
        (2, "`tags.brand[0]`:"),
        (4, "`limits.change`"),
        (5, "`shar`"),
        (7, "`goals.a.outcome`:"),
    ]
    assert re.findall(r"^   \((.*)\)$", text, re.MULTILINE) == [
        *("problem.unknown-channel", "problem.value", "problem.unknown-key", "problem.goal-outcome")
    ]
    assert text.count("All settings") == 1


def test_of_many_faults_ten_are_shown(fault):
    text = fault(BASE + "[plan]\n" + "".join(f"a{n} = 1\n" for n in range(13))).text
    assert text.count("is not a setting") == 10
    assert text.endswith("... and 3 more\n   All settings: moo-budget schema problem")


def test_a_fault_does_not_draw_others_after_it(fault):
    text = fault(BASE.replace("[outcomes", "[outcome") + "[goals]\na = { outcome = 'revenue', measure = 'roi' }").text
    assert text.count("problem.toml:") == 1
    assert "Did you mean `outcomes`" in text


def test_a_date_may_be_text_in_iso_form(read):
    assert read(f"{BASE}[plan]\nstart = '2023-11-20'").plan.start == datetime.date(2023, 11, 20)


@pytest.mark.parametrize("today", ["last 13", "same last year"])
def test_today_is_a_span_of_the_history(read, today):
    assert read(f"{BASE}[plan]\ntoday = '{today}'").plan.today == today


def test_own_curves_bring_channels_and_outcomes_that_nobody_knows_yet(read):
    spec = read("[fit]\ncurves = 'c.csv'\n[limits.channel.x]\nmax = 3\n[goals]\na = { outcome = 'b', measure = 'roi' }")
    assert spec.history is None
    assert require_available(spec) is None


class TestLines:
    TEXT = '''\
title = """
[limits]
change = 1 \\"""" # closes the text
"a b".c."d\\u0065" = 1
[ limits . channel . "电视" ]
min = 1
[limits]
rules = [ # ] = 1
  "x = [", 'y # z',
  """
  two lines""",
]
when = 1979-05-27 07:32:00 # = 2
channel.tv.max = 4
here = { a = 1, b.c = [ { d = 2 } ] }
[[list]]
a = 1
[[list]]
a = 2
[list.b]
c = 1e5
'''
    PLACES = (
        (("title",), 1),
        (("a b",), 4),
        (("a b", "c", "de"), 4),
        (("limits",), 7),
        (("limits", "channel"), 5),
        (("limits", "channel", "电视"), 5),
        (("limits", "channel", "电视", "min"), 6),
        (("limits", "rules"), 8),
        (("limits", "rules", 0), 9),
        (("limits", "rules", 1), 9),
        (("limits", "rules", 2), 10),
        (("limits", "when"), 13),
        (("limits", "channel", "tv"), 14),
        (("limits", "channel", "tv", "max"), 14),
        (("limits", "here", "b", "c", 0, "d"), 15),
        (("list", 0, "a"), 17),
        (("list", 1, "a"), 19),
        (("list", 1, "b", "c"), 21),
    )

    @pytest.mark.parametrize(("path", "line"), PLACES)
    def test_every_way_to_write_a_key_leads_to_its_line(self, write, path, line):
        _, source = read_toml(write(self.TEXT))
        assert source.places[path].line == line

    def test_a_key_that_is_not_there_stands_where_its_table_does(self, write):
        _, source = read_toml(write(self.TEXT))
        assert source.line(("limits", "channel", "电视", "max")) == 5
        assert source.line(("limits", "here", "nothing")) == 15
        assert source.line(("nothing",)) == 0

    def test_a_file_that_the_walk_does_not_understand_gets_no_lines(self, fault, monkeypatch):
        monkeypatch.setattr("moo_budget.spec.source._SCALAR", re.compile("never"))
        assert fault(f"{BASE}[plan]\nperiods = 0").text.startswith("problem.toml  `plan.periods` = 0 must be")
        monkeypatch.setattr("moo_budget.spec.source._SCALAR", re.compile(".*", re.DOTALL))
        assert fault(f"{BASE}[plan]\nperiods = 0").text.startswith("problem.toml  `plan.periods` = 0 must be")

    VALUES = (
        *(
            "1",
            "-1.5e3",
            "true",
            "'#'",
            '"\\""',
            "[]",
            "[\n 1,\n [2],\n]",
            '"""a\n[x]\nb = 1"""',
            "'''\n''a'''''",
            "{}",
        ),
        *(
            "{ a = 1, 'b' = [{}] }",
            "1979-05-27T07:32:00Z",
            "1979-05-27 07:32:00.5-01:00",
            "07:32:00",
            "0xff",
            "inf # [x]",
        ),
    )

    @given(st.lists(st.tuples(st.booleans(), st.lists(st.sampled_from(VALUES), max_size=4))))
    def test_every_key_of_any_file_is_found_in_its_line(self, tmp_path_factory, tables):
        text, expected = "# a file\n", {}
        for t, (quoted, values) in enumerate(tables):
            name = f"t.{t}" if quoted else f"t{t}"
            text += f'\n[x."{name}"] # = 3\n'
            expected["x", name] = text.count("\n")
            for k, value in enumerate(values):
                text += f"k{k}.v = {value}\n"
                expected["x", name, f"k{k}", "v"] = text.count("\n") - value.count("\n")
        path = tmp_path_factory.mktemp("lines") / "problem.toml"
        path.write_text(text, encoding="utf-8")
        _, source = read_toml(path)
        assert {path: source.line(path) for path in expected} == expected
        assert expected.keys() <= source.places.keys()


# Part, the key that a message names, a word of what works instead.
HISTORY_PART = HistorySpec("history.csv", ("tv",), "{channel}")
LATER = [
    (replace(HISTORY_PART, outliers="drop"), "outliers", "keep"),
    (FitSpec(monotone=False), "monotone", "monotone = true"),
]


@pytest.mark.parametrize(("part", "key", "instead"), LATER)
def test_what_is_still_to_come_is_refused_by_name_with_what_works_instead(part, key, instead):
    with pytest.raises(NotAvailableError) as caught:
        require_available(part, where="part")
    assert re.match(
        rf"part  `{re.escape(key)}.* is not available yet in this version\n   take it out", caught.value.text
    )
    assert instead in caught.value.text
    assert caught.value.code == "problem.not-available"


PARTS = [
    *(ProblemSpec(), HISTORY_PART, PlanSpec(), GoalSpec("roi", "revenue"), LimitsSpec()),
    *(FitSpec(), RiskSpec(), ViewsSpec(), SearchSpec()),
]
AVAILABLE = [
    *[FitSpec(model=name) for name in ("auto", "parametric", "media_mix", "gaussian_process", "logistic")],
    FitSpec(model={"revenue": {"tv": "linear"}}),
    replace(HISTORY_PART, trials={"a": "b"}),
    *[FitSpec(curve=name) for name in ("auto", "hill", "linear")],
    *[FitSpec(carry_over=name) for name in ("auto", "none", "weibull")],
    *[SearchSpec(algorithm=name) for name in ("auto", "nsga2", "mopso_cd")],
    RiskSpec(covariance="sample"),
    ViewsSpec(beliefs=("roi(tv) == 2 @ 60%",)),
    {"a": GoalSpec("roi", "revenue")},
    LimitsSpec(0.5, 0.6, 0, channel={"tv": ChannelLimits(1, 2, lock=True)}),
]


@pytest.mark.parametrize("part", PARTS + AVAILABLE)
def test_defaults_and_what_is_there_pass(part):
    require_available(part)


def test_a_setting_of_a_file_that_is_still_to_come_names_its_line(read):
    with pytest.raises(NotAvailableError) as caught:
        require_available(read(f"{BASE}[fit]\nmonotone = false"))
    assert f"toml:{LINES_OF_BASE + 2}  `fit.monotone` = false is not available" in caught.value.text


def test_a_name_outside_the_contract_is_unknown_and_not_late():
    with pytest.raises(InputError, match='`curve` = "hil" is not known\n   Did you mean `hill`') as caught:
        require_available(FitSpec(curve="hil"), "fit")
    assert not isinstance(caught.value, NotAvailableError)


class TestParts:
    def test_mappings_and_records_become_the_same(self):
        goal = GoalSpec("profit", "revenue", margin=0.4)
        as_mapping = {"measure": "profit", "outcome": "revenue", "margin": np.float64(0.4)}
        assert goals_from({"a": goal}) == goals_from({"a": as_mapping}) == {"a": goal}
        limits = LimitsSpec(change=0.5, channel={"tv": ChannelLimits(max=3)})
        assert limits_from(limits) == limits_from({"change": 0.5, "channel": {"tv": {"max": np.int64(3)}}}) == limits
        assert limits_from(None) == LimitsSpec()

    def test_records_are_checked_like_mappings(self):
        with pytest.raises(InputError, match=r"^limits  `change` = -1 must be 0 or more$"):
            limits_from(LimitsSpec(change=-1))
        with pytest.raises(InputError, match=r"^limits  `chnge` is not a setting\n   Did you mean `change`"):
            limits_from({"chnge": 1})
        with pytest.raises(InputError, match=r"^limits  5 must be a table"):
            limits_from(5)
        with pytest.raises(InputError, match=r"^limits  this .* holds something other than text"):
            limits_from({"change": object()})

    def test_goals_are_checked_as_in_a_file(self):
        with pytest.raises(InputError, match=r"^goals  `a.outcome`: measure = \"roi\" needs an outcome"):
            goals_from({"a": {"measure": "roi"}})
        with pytest.raises(InputError, match=r"^goals  `total` cannot name a goal"):
            goals_from({"total": GoalSpec("spend")})
        with pytest.raises(InputError, match=r"^goals  the goal `x_low` would make a second column `x_low`"):
            goals_from({"x": GoalSpec("spend"), "x_low": GoalSpec("change")})
        with pytest.raises(InputError, match=r"^goals  no goal is left to search for"):
            goals_from({"a": GoalSpec("spend", goal=False)})

    def test_a_record_built_in_python_refuses_settings_that_clash(self):
        with pytest.raises(InputError, match=r"^outcome: measure = \"roi\" needs an outcome"):
            GoalSpec("roi")
        with pytest.raises(InputError, match=r"^min: min \(5\) is above max \(3\)"):
            BudgetRange(5, 3)


class TestMoney:
    TODAY = MappingProxyType({"tv": 30.0, "radio": 10.0})

    def test_the_reference_is_todays_mix_at_the_plans_total(self):
        assert reference_money(self.TODAY, 80.0) == {"tv": 60.0, "radio": 20.0}
        assert reference_money(self.TODAY, BudgetRange(60, 80)) == {"tv": 45.0, "radio": 15.0}
        assert reference_money(self.TODAY, BudgetRange(10, 20)) == {"tv": 15.0, "radio": 5.0}
        assert reference_money(self.TODAY, BudgetRange(10, 80)) == self.TODAY
        assert reference_money(self.TODAY, None) == self.TODAY

    def test_nothing_spent_today_gives_no_reference(self):
        assert reference_money({"tv": 0.0}, 80.0) is None
        assert reference_money({}, None) is None

    def test_a_budget_is_a_total_a_range_or_todays_total(self):
        assert budget_range(80, None) == BudgetRange(80, 80)
        assert budget_range(BudgetRange(0, 80), None) == budget_range({"min": 0, "max": 80}, None) == BudgetRange(0, 80)
        assert budget_range(None, self.TODAY) == BudgetRange(40, 40)

    @pytest.mark.parametrize("today", [None, {}, {"tv": 0.0}])
    def test_without_a_today_a_budget_is_required(self, today):
        with pytest.raises(InputError, match="`budget` is missing, and nothing is spent today") as caught:
            budget_range(None, today)
        assert caught.value.code == "problem.no-budget"

    def test_a_budget_that_is_none_is_refused(self):
        with pytest.raises(InputError, match="plan  `budget` = -5 must be more than 0"):
            budget_range(-5, None)
        with pytest.raises(InputError, match="plan  `budget` = NaN must be a finite number"):
            budget_range(float("nan"), None)


@dataclass(frozen=True)
class Past:
    """What `max_spend` asks of a history: 4, 10 and 0 a period at most."""

    money: dict[str, float] | None
    channels: tuple[str, ...] = ("tv", "radio", "cinema")

    @property
    def observed_max(self):
        return np.array([4.0, 10.0, 0.0])

    def today(self, _plan):
        return self.money


class TestMaxSpend:
    TODAY = MappingProxyType({"tv": 16.0, "radio": 4.0, "cinema": 0.0})

    def test_a_table_ends_at_the_extrapolation_cap_per_period(self):
        spec = ProblemSpec(plan=PlanSpec(periods=5, budget=20))
        assert spec.max_spend(Past(self.TODAY)) == {"tv": 8.0, "radio": 20.0, "cinema": 0.0}
        assert spec.max_spend(Past(None)) == {"tv": 8.0, "radio": 20.0, "cinema": 0.0}

    def test_an_explicit_max_lengthens_a_table_and_never_shortens_it(self):
        limits = LimitsSpec(
            channel={"tv": ChannelLimits(max=5), "cinema": ChannelLimits(max=15), "radio": ChannelLimits(off=True)}
        )
        spec = ProblemSpec(plan=PlanSpec(periods=5, budget=20), limits=limits)
        assert spec.max_spend(Past(self.TODAY)) == {"tv": 8.0, "radio": 20.0, "cinema": 3.0}

    def test_the_reference_and_today_are_always_inside(self):
        spec = ProblemSpec(plan=PlanSpec(periods=2, budget=60))
        # The reference gives tv 48 for two periods, and rounding may add a cent.
        assert spec.max_spend(Past(self.TODAY)) == {"tv": 24.005, "radio": 20.0, "cinema": 0.0}
        spec = ProblemSpec(plan=PlanSpec(periods=1, budget=1, today={"cinema": 3.0}))
        assert spec.max_spend(Past({"tv": 30.0, "radio": 0.0, "cinema": 3.0})) == {
            "tv": 30.0,
            "radio": 20.0,
            "cinema": 3.0,
        }

    def test_without_a_cap_a_table_ends_at_the_budget(self):
        spec = ProblemSpec(plan=PlanSpec(periods=4, budget=BudgetRange(20, 100)), limits=LimitsSpec(extrapolate=0))
        assert spec.max_spend(Past(self.TODAY)) == {"tv": 25.0, "radio": 25.0, "cinema": 0.0}
        with pytest.raises(InputError, match="`budget` is missing"):
            replace(spec, plan=PlanSpec()).max_spend(Past(None))


def test_the_schema_describes_the_file_and_nothing_else():
    schema = problem_schema()
    assert json.loads(json.dumps(schema)) == schema
    assert {"history", "outcomes", "plan", "goals", "limits", "search"} < schema["properties"].keys()
    assert not {"path", "source"} & schema["properties"].keys()
    assert "SourceText" not in schema["$defs"]
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["FitSpec"]["properties"]["draws"]["minimum"] == 1
    assert schema["$defs"]["PlanSpec"]["description"].startswith("How long the plan runs")
