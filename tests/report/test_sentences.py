"""One plan in at most three sentences, in English and Chinese, that say what the numbers say."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from moo_budget import console
from moo_budget.errors import InputError
from moo_budget.explain import explain, stability
from moo_budget.explain.record import ChannelStability, Spread, Stability
from moo_budget.report.explained_words import EXPLAINED
from moo_budget.report.sentences import Said
from moo_budget.solve import solve
from moo_budget.terminal.solved import solved
from tests.worlds import CHANNELS, TODAY, four_channel_problem

TOTAL = {"revenue": {"outcome": "revenue", "measure": "total"}}
BOTH = TOTAL | {"risk": {"outcome": "revenue", "measure": "std"}}


def fields(text):
    return set(re.findall(r"{(\w+)}", text))


def told(goals=TOTAL, **changes):
    problem = four_channel_problem(goals=goals, **changes)
    front = solve(problem, n_plans=20, n_evaluations=3000, seed=1)
    return explain(problem, front.choose("boldest"), front=front)


def test_both_languages_have_the_same_keys_and_the_chinese_fields_are_known_in_english():
    assert set(EXPLAINED["en"]) == set(EXPLAINED["zh"])
    for key, text in EXPLAINED["zh"].items():
        known = fields(EXPLAINED["en"][key]) | {"unit", "name"}
        assert fields(text) <= known, key
        assert "{" not in re.sub(r"{\w+}", "", text)


@pytest.mark.parametrize("limits", [{"change": 0.5}, {"extrapolate": 0}, {"share": 0.6, "extrapolate": 0}])
@pytest.mark.parametrize("goals", [TOTAL, BOTH])
def test_there_are_at_most_three_and_each_ends_in_a_full_stop(goals, limits):
    facts = told(goals, limits=limits)
    problem = four_channel_problem(goals=goals, limits=limits)
    plan = {name: row.spend for name, row in facts.channels.items()}
    facts = replace(facts, stability=stability(problem, plan, n_draws=20))
    for lang, stop in (("en", "."), ("zh", "。")):
        said = facts.sentences(lang)
        assert 1 <= len(said) <= 3
        for text in said:
            assert text.endswith(stop)
            assert "{" not in text
            assert "None" not in text
            assert "nan" not in text


def test_they_say_what_moves_what_it_brings_and_what_the_next_money_brings():
    facts = told(limits={"change": 0.5})
    moved = sum(max(row.change, 0.0) for row in facts.channels.values())
    first, second, third = facts.sentences()
    assert first.startswith(f"This plan moves EUR\u00a0{moved:.0f}")
    assert "from tv to search" in first
    gain = facts.gains["revenue"]
    share = 100.0 * gain.change.value / gain.reference
    assert f"it is expected to bring {share:.1f}" in first
    margins = {name: row.marginal_at_reference for name, row in facts.channels.items()}
    assert second == (
        f"At today's mix, EUR 1 more brings EUR\u00a0{margins['tv']:.1f} of revenue on tv but EUR\u00a0"
        f"{max(margins.values()):.1f} on search."
    )
    assert third.startswith("search has moved as far from today as it may, to EUR\u00a0150")
    assert "more revenue" in third


def test_what_the_draws_leave_open_is_called_so():
    facts = told()
    gain = facts.gains["revenue"]

    def said(low, value, high):
        change = Spread(*(gain.reference * part for part in (value, low, high)))
        return replace(facts, gains={"revenue": replace(gain, change=change)}).sentences()[0]

    assert "it is expected to bring about the same revenue (9 in 10 estimates: −1.0 %" in said(-0.01, 0.0, 0.01)
    assert "about the same revenue, rather more than less (+4.0\u00a0%; 9 in 10" in said(-0.02, 0.04, 0.09)
    assert "about the same revenue, rather less than more (−4.0\u00a0%; 9 in 10" in said(-0.09, -0.04, 0.02)
    assert "it is expected to cost 4.0\u00a0% of revenue (9 in 10 estimates: 2.0 %" in said(-0.09, -0.04, -0.02)


def test_without_today_they_say_where_the_money_goes_and_what_more_of_it_would_bring():
    facts = told(today=None, limits={"extrapolate": 0})
    first, second = facts.sentences()
    assert first.startswith("This plan puts most of the money into tv and search; it is expected to bring EUR\u00a0")
    assert re.fullmatch(r"EUR 1 more in the budget would bring EUR\u00a0\d\.\d of revenue\.", second)


@pytest.mark.parametrize(
    ("share", "said"), [(0.3, "alone: 70\u00a0% of the weight is on risk"), (0.0, "at all, only for")]
)
def test_without_today_they_say_what_else_is_wanted(share, said):
    facts = told(BOTH, today=None, limits={"extrapolate": 0})
    wanted = replace(facts.wanted, weights={"revenue": share, "risk": 1.0 - share}, lead_share=share, is_unique=True)
    assert f"It does not go for revenue {said}" in replace(facts, wanted=wanted).sentences()[1]


def test_the_least_certain_part_is_named_where_no_limit_matters_more():
    facts = told(limits={"extrapolate": 0})
    row = ChannelStability(0.9, 100.0, 200.0, "firm")
    rows = dict.fromkeys(CHANNELS, row) | {"电视": ChannelStability(0.2, 50.0, 450.0, "soft")}
    loose = replace(facts, limits=facts.limits[:1], stability=Stability(100, rows))
    assert loose.sentences()[-1].startswith(
        "The money for 电视 is the least certain part: other estimates as likely as ours would give it anything from "
        "EUR\u00a050.0 to EUR\u00a0450, while that for tv"
    )
    firm = replace(loose, stability=Stability(100, dict.fromkeys(CHANNELS, row)))
    assert firm.sentences()[-1].startswith("Nearly all of this holds up")
    unknown = replace(loose, stability=Stability(1, dict.fromkeys(CHANNELS, row)))
    assert "holds up" not in " ".join(unknown.sentences())


def test_a_plan_that_moves_nothing_keeps_today_s_mix():
    problem = four_channel_problem(goals=TOTAL, limits={"extrapolate": 0})
    assert (
        explain(problem, TODAY)
        .sentences()[0]
        .startswith("This plan keeps today's mix; it is expected to bring about the same revenue")
    )


def test_chinese_counts_in_ten_thousands_and_keeps_latin_letters_apart():
    say = Said("zh", "USD")
    assert say.money(254_900.0) == "25.5万 USD"
    assert say.money(120_000_000.0) == "1.2亿 USD"
    assert say.rough(0.556, "USD") == "0.56 USD"
    assert say.listed(["tv", "电视", "paid_social"]) == "tv、电视和paid social"
    assert say.sentence("把tv移到电视5次") == "把 tv 移到电视 5 次。"


def test_a_language_without_words_is_refused():
    with pytest.raises(InputError, match="there is no language `fr`"):
        told().sentences("fr")


def test_money_of_channels_that_are_too_small_to_be_named_is_moved_too():
    facts = told()
    changes = dict(zip(facts.channels, (-100.0, 98.5, 1.5, 0.0), strict=True))
    rows = {name: replace(row, change=changes[name]) for name, row in facts.channels.items()}
    said = replace(facts, channels=rows).sentences("en")[0].replace("\u00a0", " ")
    assert said.startswith("This plan moves EUR 100 (10 % of the money) from tv to search;")


def test_where_no_channel_stands_out_the_largest_are_named_and_the_others_counted():
    facts = told()
    (row, *_) = facts.channels.values()
    rows = {f"c{c:03d}": replace(row, spend=10.0, change=1.0 if c < 100 else -1.0) for c in range(200)}
    said = replace(facts, channels=rows).sentences("en")[0].replace("\u00a0", " ")
    assert " from c100, c101 and 98 other channels to c000, c001 and 98 other channels;" in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            (-150.0, 100.0, 0.0, 0.0),
            "spends EUR 50.0 (4.8 %) less than today's mix would and moves EUR 100 from tv to se",
        ),
        (
            (-100.0, 150.0, 0.0, 0.0),
            "spends EUR 50.0 (5.3 %) more than today's mix would and moves EUR 100 from tv to se",
        ),
        ((-53.0, 3.0, 0.0, 0.0), "spends EUR 50.0 (4.8 %) less than today's mix would, and takes it from tv;"),
        ((-50.0, 52.0, 0.0, 0.0), "moves EUR 50.0 (5.0 % of the money) from tv to search;"),
    ],
)
def test_a_plan_that_spends_less_and_moves_money_is_told_to_do_both(changes, said):
    facts = told()
    rows = {
        name: replace(row, change=change) for (name, row), change in zip(facts.channels.items(), changes, strict=True)
    }
    spoken = replace(facts, channels=rows).sentences("en")[0].replace("\u00a0", " ")
    assert spoken.startswith(f"This plan {said}")


def test_of_one_channel_nothing_is_the_least_certain_part():
    facts = told(limits={"extrapolate": 0})
    rows = {"tv": ChannelStability(0.2, 50.0, 450.0, "soft")}
    alone = replace(facts, limits=facts.limits[:1], stability=Stability(100, rows))
    assert alone.sentences()[-1].replace("\u00a0", " ") == (
        "Other estimates as likely as ours would give tv anything from EUR 50.0 to EUR 450."
    )


def test_a_unit_that_counts_thousands_takes_no_letter_beside_it():
    assert Said("en", "EUR").rough(1613.0, "thousands") == "1,600 thousands"


def test_a_terminal_breaks_no_sentence_between_a_number_and_its_unit(capsys, monkeypatch, result):
    for name in ("json", "no_color"):
        monkeypatch.setattr(console.settings, name, False, raising=False)
    facts = replace(told(), currency="EUR" * 40)
    assert max(map(len, facts.sentences())) > 160  # what a pipe is wide
    explained = replace(result, explanations={result.picks.ids["balanced"]: facts})
    console.show({}, solved(explained, Path("out")))
    assert set(facts.sentences()) <= set(capsys.readouterr().out.splitlines())
