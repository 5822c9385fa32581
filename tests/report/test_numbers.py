import pytest

from moo_budget.report import numbers


def spaced(text):
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1_234_567.0, "1.23 M"),
        (-45_600.0, "−45.6 k"),
        (999.4, "999"),
        (999.6, "1.00 k"),
        (999_600.0, "1.00 M"),
        (0.03125, "0.0312"),
        (2.5e9, "2.50 B"),
        (7.1e12, "7.10 T"),
    ],
)
def test_compact_numbers_have_three_digits_and_a_letter(value, text):
    assert spaced(numbers.compact(value)) == text


@pytest.mark.parametrize(
    ("value", "text"), [(1_234_567.8, "1,234,568"), (99.96, "100"), (1.0, "1.00"), (-0.5, "−0.500"), (0.0, "0")]
)
def test_full_numbers_are_whole_from_a_hundred_on(value, text):
    assert numbers.full(value) == text


@pytest.mark.parametrize(("value", "text"), [(3_945_307.0, "3,945,000"), (1234.5, "1,234"), (87.65, "87.7")])
def test_uncertain_numbers_have_at_most_four_digits(value, text):
    assert numbers.rounded(value) == text


def test_shares_that_belong_together_have_equally_many_decimals():
    assert [spaced(text) for text in numbers.percents_alike([-0.014, -0.028, -0.00041])] == [
        "−1.4 %",
        "−2.8 %",
        "0.0 %",
    ]
    assert [spaced(text) for text in numbers.percents_alike([0.0, 0.0, 0.0])] == ["0 %"] * 3


def test_a_change_carries_its_sign_before_the_currency():
    assert spaced(numbers.plus(numbers.with_unit(1200.0, "EUR", "EUR"))) == "+EUR 1.20 k"
    assert spaced(numbers.plus(numbers.with_unit(-1200.0, "EUR", "EUR"))) == "−EUR 1.20 k"
    assert numbers.plus("0") == "0"


def test_a_unit_that_is_no_money_stands_behind():
    assert spaced(numbers.with_unit(4.56e6, "impressions", "EUR")) == "4.56 M impressions"
    assert spaced(numbers.with_unit(4.56e6, "units of money", "")) == "4.56 M units of money"
    assert spaced(numbers.with_unit(4.56e6, "", "")) == "4.56 M"


def test_a_unit_of_thousands_takes_no_letter_beside_it():
    assert spaced(numbers.with_unit(15_321.0, "thousands", "EUR")) == "15,320 thousands"


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([43_631.4, -3.09, 0.444, 0.0], ["43,631", "\u22123", "0", "0"]),
        ([100.0, 22.04], ["100", "22"]),
        ([99.0, 0.444], ["99.0", "0.4"]),
        ([0.01234, -0.0004], ["0.0123", "\u22120.0004"]),
        ([0.0, 0.0], ["0", "0"]),
    ],
)
def test_numbers_of_one_unit_have_as_many_decimals_as_the_largest_needs(values, texts):
    assert numbers.alike(values) == texts


@pytest.mark.parametrize(("step", "decimals"), [(0.01, 2), (0.25, 2), (1e-6, 6), (1.0, 0), (100.0, 0)])
def test_steps_of_money_tell_how_many_decimals_they_need(step, decimals):
    assert numbers.decimals_of(step) == decimals


@pytest.mark.parametrize(("value", "text"), [(20_000.0, "20 k"), (1_500_000.0, "1.5 M"), (0.5, "0.5"), (100.0, "100")])
def test_ticks_have_no_zeros_at_the_end(value, text):
    assert spaced(numbers.tick(value)) == text


def test_nothing_that_rounds_to_zero_has_a_sign():
    assert numbers.fixed(-0.2, 0) == "0"
    assert spaced(numbers.whole_percent(-0.004)) == "0 %"


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "< 1 %"), (0.004, "< 1 %"), (0.124, "12 %"), (0.5, "50 %"), (0.996, "> 99 %")]
)
def test_a_probability_claims_no_more_digits_than_draws_can_give(value, text):
    assert spaced(numbers.probability(value)) == text
    assert spaced(numbers.with_unit(value, "probability", "EUR")) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (999.0, "999"),
        (7_246.0, "7,246"),
        (9_999.9, "1万"),
        (12_345.0, "1.23万"),
        (3.114e6, "311.4万"),
        (1.2346e7, "1234.6万"),
        (-1.354e8, "−1.35亿"),
        (1.23e9, "12.3亿"),
        (3e10, "300亿"),
    ],
)
def test_in_chinese_numbers_count_in_ten_thousands(value, text):
    with numbers.written_in("zh"):
        assert numbers.compact(value) == text
        assert numbers.percent(0.041) == "4.1%"
        assert numbers.tick(20_000.0) == "2万"
        assert numbers.with_unit(-12_345.0, "CNY", "CNY") == "−1.23万 CNY"
    assert spaced(numbers.percent(0.041)) == "4.1 %"


def test_a_moment_is_told_to_the_minute():
    assert numbers.moment("2026-11-22T19:34:09+00:00") == "2026-11-22 19:34 UTC"
