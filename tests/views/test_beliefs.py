import re

import pytest

from moo_budget.errors import InputError
from moo_budget.spec import ViewsSpec
from moo_budget.views import read_views
from moo_budget.views.beliefs import Return

CHANNELS = ("tiktok", "meta", "tv", "paid search", "电视")
TAGS = {"brand": ("tv", "tiktok")}


def read(*beliefs, method="entropy_pooling"):
    return read_views(ViewsSpec(beliefs=beliefs, method=method), CHANNELS, TAGS)


@pytest.mark.parametrize(
    ("text", "terms", "relation", "others", "value", "confidence"),
    [
        ("roi(tv) == 0.8 @ 80%", {("roi", "tv"): 1.0}, "==", {}, 0.8, 0.8),
        ("roi(tiktok) == 1.2 * roi(meta)", {("roi", "tiktok"): 1.0}, "==", {("roi", "meta"): 1.2}, 0.0, 1.0),
        ("mroi('paid search') >= 80%", {("mroi", "paid search"): 1.0}, ">=", {}, 0.8, 1.0),
        ("0.3 <= roi(电视) - roi(tv)", {("roi", "电视"): 1.0, ("roi", "tv"): -1.0}, ">=", {}, 0.3, 1.0),
        ("0.8 == roi(tv) @ 80%", {("roi", "tv"): 1.0}, "==", {}, 0.8, 0.8),
        ("roi(brand) + 1 == 2.5", {("roi", "brand"): 1.0}, "==", {}, 1.5, 1.0),
        ("mroi(tv) == implied(tv) @ 30%", {("mroi", "tv"): 1.0}, "==", {("implied", "tv"): 1.0}, 0.0, 0.3),
        ("2 * implied(tv) - 1 <= mroi(tv)", {("mroi", "tv"): 1.0}, ">=", {("implied", "tv"): 2.0}, -1.0, 1.0),
        ("mroi(tv) - implied(tv) == 0", {("mroi", "tv"): 1.0}, "==", {("implied", "tv"): 1.0}, 0.0, 1.0),
    ],
)
def test_a_belief_has_returns_on_the_left_and_what_they_are_compared_with_on_the_right(
    text, terms, relation, others, value, confidence
):
    (view,) = read(text)
    assert dict(view.left.terms) == {Return(*part): coefficient for part, coefficient in terms.items()}
    assert dict(view.right.terms) == {Return(*part): coefficient for part, coefficient in others.items()}
    assert (view.relation, view.confidence, view.probability) == (relation, confidence, None)
    assert view.left.constant == 0.0
    assert view.right.constant == pytest.approx(value)


def test_a_ranking_is_one_view_for_each_pair_of_neighbours():
    first, second = read("roi(tv) >= (roi(meta) + 0.1) >= roi(tiktok) @ 70%")
    assert (first.text, second.text) == ("roi(tv) >= (roi(meta) + 0.1)", "(roi(meta) + 0.1) >= roi(tiktok)")
    assert (first.right.constant, second.right.constant) == (pytest.approx(0.1), pytest.approx(-0.1))
    assert first.confidence == second.confidence == 0.7


@pytest.mark.parametrize(
    ("text", "relation", "value"),
    [
        ("quantile(roi(tv) - 0.2, 10%) >= 0.5", ">=", 0.7),
        ("0.5 <= quantile(roi(tv), 10%)", ">=", 0.5),
        ("quantile(roi(tv), 0.1) == 0.5", "==", 0.5),
    ],
)
def test_a_quantile_is_compared_with_a_number(text, relation, value):
    (view,) = read(text)
    assert (view.relation, view.probability) == (relation, 0.1)
    assert view.right.constant == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        "roi(tv) == -1 @ 90%",
        "roi(tv) + mroi(meta) <= -0.1",
        "2 >= 3 + roi(tv)",
        "1 == 0 - roi(tv)",
        "quantile(roi(tv), 10%) <= -1",
    ],
)
def test_returns_below_zero_cannot_be_believed(text):
    with pytest.raises(InputError, match="returns are never below 0: more money never brings less; ask for 0 or more"):
        read(text)


@pytest.mark.parametrize("text", ["roi(tv) >= -1", "roi(tv) - roi(meta) == -1", "roi(tv) == roi(meta) - 1"])
def test_differences_of_returns_may_be_below_zero(text):
    assert len(read(text)) == 1


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("roi(tiktak) == 1", "there is no channel or tag `tiktak`. Did you mean `tiktok`? Known: tiktok, meta, tv"),
        ("roy(tv) == 1", "there is no function `roy`. Did you mean `roi`? Known: roi, mroi, implied, quantile"),
        ("tv == 1", "a view is about returns: write roi(tv) or mroi(tv)"),
        ("foo == 1", "a view is about returns: write a return, as roi(tv)"),
        ("roi(paid-search) == 1", "names with other characters than letters, digits and _ stand in single quotes"),
        ("roi(tv, meta) == 1", "roi takes one channel or tag, such as roi(tv)"),
        ("1 == 2", "this says nothing about a return; write roi or mroi of a channel or tag"),
        ("roi(tv) == roi(tv)", "this says nothing about a return"),
        ("implied(tv) == 2", "this says nothing about a return"),
        ("roi(tv) == 1 @ 0%", "a confidence is above 0% and at most 100%, not 0%; at 0% take the view out"),
        ("roi(tv) == 1 @ 120%", "a confidence is above 0% and at most 100%, not 120%"),
        ("roi(tv) == 1 @ 60", "a confidence is a percentage: write 60%"),
        ("roi(tv) * roi(meta) == 1", "this multiplies two unknowns"),
        ("roi(tv) / roi(meta) == 1.2", "write a ratio as a == 1.2 * b"),
        ("quantile(roi(tv), 10%) >= roi(meta)", "a quantile is compared with a numbe"),
        ("quantile(roi(tv), 10%) >= quantile(roi(meta), 10%)", "a quantile is compared with a numbe"),
        ("quantile(roi(tv)) >= 1", "a quantile has two arguments, such as quantile(roi(tv), 10%)"),
        ("quantile(roi(tv), 10) >= 1", "this must be a share between 0% and 100%, such as 10%"),
        ("quantile(3, 10%) >= 1", "this says nothing about a return"),
        ("2 * quantile(roi(tv), 10%) >= 1", "a quantile stands alone on its side"),
    ],
)
def test_what_is_no_belief_is_refused(text, what):
    with pytest.raises(InputError, match=re.escape(what)):
        read(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("roi(tv) >= 1", "inequalities and rankings"),
        ("roi(tv) == roi(meta) >= 1", "inequalities and rankings"),
        ("quantile(roi(tv), 10%) == 1", "quantiles"),
    ],
)
def test_black_litterman_takes_equalities_of_returns_only(text, what):
    wanted = f'method "black_litterman" takes == on returns only; for {what} write method = "entropy_pooling"'
    with pytest.raises(InputError, match=re.escape(wanted)) as told:
        read(text, method="black_litterman")
    assert told.value.exit_code == 3
