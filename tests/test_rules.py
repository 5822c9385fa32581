import numpy as np
import pytest

from moo_budget.errors import InputError
from moo_budget.expressions import ExpressionError
from moo_budget.limits.money import Money
from moo_budget.limits.rules import Words, read_rules

CHANNELS = ("tv", "search", "电视", "pay-per-click")
TAGS = {"brand": ("tv", "电视")}
TODAY = np.array([700.0, 100.0, 150.0, 50.0])


def words(today=TODAY):
    ends = np.full(4, 2000.0)
    return Words(Money(CHANNELS, ends, ends, today, today), TAGS, goals=("risk", "roi"))


def read(text, **changes):
    (rule,) = read_rules([text], words(**changes))
    return rule.coefficients.tolist(), rule.low, rule.high


@pytest.mark.parametrize(
    ("text", "row", "low", "high"),
    [
        ("tv + search <= 60% * total", [0.4, 0.4, -0.6, -0.6], -np.inf, 0.0),
        ("tv >= 2 * search", [1.0, -2.0, 0.0, 0.0], 0.0, np.inf),
        ("brand == 1_200", [1.0, 0.0, 1.0, 0.0], 1200.0, 1200.0),
        ("brand >= 0.5 * today(brand) + 10", [1.0, 0.0, 1.0, 0.0], 435.0, np.inf),
        ("total <= 1.1 * today(all)", [1.0] * 4, -np.inf, 1100.0),
        ("500 >= 'pay-per-click' / 2", [0.0, 0.0, 0.0, -0.5], -500.0, np.inf),
        ("-(tv - 电视) >= -today(tv)", [-1.0, 0.0, 1.0, 0.0], -700.0, np.inf),
        ("tv <= 0", [1.0, 0.0, 0.0, 0.0], -np.inf, 0.0),
        ("total - brand >= 20% * (search + tv)", [-0.2, 0.8, 0.0, 1.0], 0.0, np.inf),
    ],
)
def test_a_rule_is_a_row_over_the_channels(text, row, low, high):
    coefficients, *sides = read(text)
    assert coefficients == pytest.approx(row, abs=1e-15)
    assert sides == pytest.approx([low, high])


@pytest.mark.parametrize(
    ("text", "said", "marked"),
    [
        ("tv <= 20%", r"20% of what\? Write 20% \* total, or 20% \* a channel or tag", "20%"),
        ("tv <= search + 5%", "5% of what", "5%"),
        ("tv <= 0.3", r"0.3 is an amount of money here, and a very small one; .* write 30% \* total", "0.3"),
        ("1 >= tv", r"write 100% \* total", "1"),
        ("tv >= 5 @ 60%", "a rule always holds: take @ and what follows out", "60%"),
        ("5 <= tv <= 9", "a rule has two sides: write one rule for each neighbouring pair", "9"),
        ("tv * search <= 5", "this multiplies two unknowns", "tv * search"),
        ("tv / search <= 5", r"write a ratio as a == 1.2 \* b", "search"),
        ("serach >= 5", "there is no channel or tag `serach`. Did you mean `search`", "serach"),
        (
            "tv >= today(brnd)",
            "`brnd`. Did you mean `brand`.* Known: tv, search, 电视, pay-per-click, brand, all",
            "brnd",
        ),
        ("tv >= today(total)", r"today's money of all channels is today\(all\)", "total"),
        ("tv >= today(2)", r"today takes one channel, one tag, or `all`, such as today\(tv\)", "today(2)"),
        ("all >= 5", "`all` alone is no money of the plan: write `total`", "all"),
        ("roy(tv) >= 5", "there is no function `roy` in rules. Known: today", "roy(tv)"),
        ("tv - tv >= 5", "this says nothing about a plan", "tv - tv >= 5"),
        ("today(tv) >= 5", "this says nothing about a plan", "today(tv) >= 5"),
        ("tv => 5", "`=>` has no meaning here: write >=", "=>"),
        ("tv >=", "a number, a name or `\\(` should stand here, not the end", ""),
    ],
)
def test_what_is_no_rule_is_refused_with_its_place_and_the_likely_meaning(text, said, marked):
    with pytest.raises(ExpressionError, match=said) as caught:
        read_rules(["tv >= 5", text], words())
    assert caught.value.text.startswith("limits.rules[1]: ")
    assert text[caught.value.span.start : caught.value.span.end] == marked
    assert caught.value.text.splitlines()[-1].strip() == "^" * max(1, len(marked))


def test_todays_money_in_a_rule_needs_a_today():
    with pytest.raises(InputError, match="this needs today's money, and there is none"):
        read("tv >= today(tv)", today=None)


@pytest.mark.parametrize(
    ("text", "members", "fewest", "most"),
    [
        ("count <= 2", [True] * 4, 0, 2),
        ("count(brand) >= 1", [True, False, True, False], 1, 2),
        ("3 >= count", [True] * 4, 0, 3),
        ("count('pay-per-click') == 1", [False, False, False, True], 1, 1),
    ],
)
def test_a_number_of_channels_is_counted_over_its_members(text, members, fewest, most):
    (rule,) = read_rules([text], words())
    assert (rule.members.tolist(), rule.fewest, rule.most, rule.text) == (members, fewest, most, text)


@pytest.mark.parametrize(
    ("text", "said", "marked"),
    [
        ("count <= 50%", "a number of channels is compared with a whole number, such as count <= 6", "50%"),
        ("count >= 1.5", "with a whole number", "1.5"),
        ("count <= tv", "with a whole number", "tv"),
        ("count + 1 <= 5", "a number of channels is no money: compare it with a whole number", "count"),
        ("tv + count(brand) <= 5", "a number of channels is no money", "count(brand)"),
        ("count(brnd) <= 1", "no channel or tag `brnd`. Did you mean `brand`", "brnd"),
        ("count(2) <= 1", r"count takes one tag or one channel, such as count\(brand\)", "count(2)"),
        ("count <= 2 @ 50%", "a rule always holds", "50%"),
    ],
)
def test_what_is_no_counting_rule_is_refused_with_its_place(text, said, marked):
    with pytest.raises(ExpressionError, match=said) as caught:
        read_rules([text], words())
    assert text[caught.value.span.start : caught.value.span.end] == marked
