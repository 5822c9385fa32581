import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moo_budget.expressions import Call, ExpressionError, Linear, Name, Number, linear_form, parse_statement


def atom(part):
    """Every name and every call of one name is an atom of its own."""
    return Linear({part.text if isinstance(part, Name) else (part.function, part.arguments[0].text): 1.0}, 0.0)


def sides(text):
    statement = parse_statement(text)
    forms = [linear_form(text, side, atom) for side in statement.sides]
    return [(dict(form.terms), form.constant) for form in forms]


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("tv <= 1_200", ({"tv": 1.0}, 0.0), ({}, 1200.0)),
        ("3 * a >= 2 * b + 500", ({"a": 3.0}, 0.0), ({"b": 2.0}, 500.0)),
        ("a + b <= 60% * total", ({"a": 1.0, "b": 1.0}, 0.0), ({"total": 0.6}, 0.0)),
        ("tv >= 0.5 * today(tv)", ({"tv": 1.0}, 0.0), ({("today", "tv"): 0.5}, 0.0)),
        ("-a - 2 == (b - a) / 4", ({"a": -1.0}, -2.0), ({"b": 0.25, "a": -0.25}, 0.0)),
        ("2 * (a + 3 * (b - 1.5e1)) == a * 2", ({"a": 2.0, "b": 6.0}, -90.0), ({"a": 2.0}, 0.0)),
        ("a - a == 0", ({}, 0.0), ({}, 0.0)),
        ("'paid search' == 电视", ({"paid search": 1.0}, 0.0), ({"电视": 1.0}, 0.0)),
        ("ﬁlm == 1", ({"film": 1.0}, 0.0), ({}, 1.0)),  # NFKC
        ("8 / 4 * a == 6 / 3 / 2", ({"a": 2.0}, 0.0), ({}, 1.0)),
    ],
)
def test_both_sides_are_linear_forms(text, left, right):
    assert sides(text) == [left, right]


def test_a_statement_keeps_its_relations_its_confidence_and_its_places():
    statement = parse_statement("roi(a) >= roi('b c') >= 0.4 @ 60 %")
    assert statement.relations == (">=", ">=")
    assert statement.confidence == Number(0.6, is_percentage=True, span=statement.confidence.span)
    first, second, third = statement.sides
    assert isinstance(first, Call)
    assert [statement.text[side.span.start : side.span.end] for side in (first, second, third)] == [
        "roi(a)",
        "roi('b c')",
        "0.4",
    ]


@pytest.mark.parametrize(
    ("text", "what", "marked"),
    [
        ("", "a number, a name or `(` should stand here, not the end", ""),
        ("tv", "==, <= or >= should stand here, not the end", ""),
        ("tv < 3", "`<` has no meaning here: write <=", "<"),
        ("tv = 3", "`=` has no meaning here: write ==", "="),
        ("tv => 3", "`=>` has no meaning here: write >=", "=>"),
        ("tv != 3", "`!` has no meaning here: only ==, <= and >= can be asked for", "!"),
        ("tv ≤ 3", "`≤` has no meaning here: write <=", "≤"),
        ("'tv == 3", "`'` has no meaning here: this quote is not closed", "'"),
        ("tv == 3 4", "an operator, @ with a confidence, or the end should stand here, not `4`", "4"),
        ("tv == 2tv", "an operator, @ with a confidence, or the end should stand here, not `tv`", "tv"),
        ("tv == 3 @", "a confidence such as 60% should stand here, not the end", ""),
        ("tv == 3 @ 60", "a confidence is a percentage: write 60%", "60"),
        ("tv == 3 @ 0.6", "a confidence is a percentage: write 60%", "0.6"),
        ("roi(tv == 3", "`,` or `)` should stand here, not `==`", "=="),
        ("(tv == 3", "`)` should stand here, not `==`", "=="),
        ("tv == 1,200", "an operator, @ with a confidence, or the end should stand here, not `,`", ","),
        ("tv * * 2 == 3", "a number, a name or `(` should stand here, not `*`", "*"),
        ("a * b == 3", "this multiplies two unknowns; a statement is a sum of multiples", "a * b"),
        ("a / b == 3", "a statement divides by numbers other than 0 only; write a ratio as a == 1.2 * b", "b"),
        ("a / (2 - 2) == 3", "a statement divides by numbers other than 0 only", "(2 - 2)"),
        ("a == 1e999", "this number is too large", "1e999"),
        ("(" * 60 + "a" + ")" * 60 + " == 1", "nothing is nested this deeply; use fewer brackets", "("),
    ],
)
def test_what_is_no_statement_is_shown_in_its_place(text, what, marked):
    with pytest.raises(ExpressionError) as told:
        sides(text)
    first, line, caret = told.value.text.split("\n")
    assert what in first
    assert line == f"   {text}"
    assert caret.strip() == "^" * max(len(marked), 1)
    assert line[caret.index("^") :].startswith(marked)


def test_the_caret_stands_under_wide_characters():
    with pytest.raises(ExpressionError) as told:
        parse_statement("电视 < 3")
    assert told.value.text.split("\n")[2] == "   " + " " * 5 + "^"


NAMES = ("a", "b", "c")


@st.composite
def written(draw, depth=3):
    """A linear expression as text, and its value when a, b and c are given."""
    kind = draw(st.sampled_from(["number", "name", "sum", "multiple"] if depth else ["number", "name"]))
    if kind == "number":
        value = draw(st.integers(0, 50)) / 4
        return str(value), lambda at, value=value: value
    if kind == "name":
        name = draw(st.sampled_from(NAMES))
        return name, lambda at, name=name: at[name]
    text, value = draw(written(depth=depth - 1))
    if kind == "sum":
        sign = draw(st.sampled_from([1, -1]))
        other, of_other = draw(written(depth=depth - 1))
        operator = "+" if sign == 1 else "-"
        return f"({text} {operator} {other})", lambda at: value(at) + sign * of_other(at)
    factor = draw(st.integers(1, 9))
    if draw(st.booleans()):
        return f"{factor}% * ({text})", lambda at: factor / 100 * value(at)
    return f"({text}) / {factor}", lambda at: value(at) / factor


@given(written(), st.lists(st.floats(-5, 5), min_size=3, max_size=3))
def test_a_form_has_the_value_of_its_text(expression, at):
    text, value = expression
    at = dict(zip(NAMES, at, strict=True))
    statement = parse_statement(f"{text} == 0")
    form = linear_form(statement.text, statement.sides[0], atom)
    got = form.constant + sum(coefficient * at[name] for name, coefficient in form.terms.items())
    np.testing.assert_allclose(got, value(at), atol=1e-9)
