"""Statements about channels as text: `roi(tiktok) == 1.2 * roi(meta) @ 60%`, read into a tree that knows its places.

The grammar stands in docs/design.md section 4. Here it is only read; whoever asks says what names and functions mean,
by reducing each side to a linear form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Generic, Literal, TypeVar

from moo_budget.errors import InputError

Relation = Literal["==", "<=", ">="]
# What a relation is when its sides change places.
MIRRORED: dict[Relation, Relation] = {"==": "==", "<=": ">=", ">=": "<="}
Atom = TypeVar("Atom", bound=Hashable)

_TOKEN = re.compile(
    r"(?P<blank>\s+)"
    r"|(?P<number>\d+(?:_\d+)*(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|'(?P<quoted>[^']*)'"
    r"|(?P<operator>==|<=|>=|[-+*/%(),@])"
)
_INSTEAD = {
    "=>": "write >=",
    "=<": "write <=",
    "<": "write <=",
    ">": "write >=",
    "=": "write ==",
    "!": "only ==, <= and >= can be asked for",
    "'": "this quote is not closed",
    '"': "names stand in single quotes",
    "≤": "write <=",
    "≥": "write >=",
}
_DEEPEST = 50  # brackets within brackets


@dataclass(frozen=True)
class Span:
    """A stretch of a text, from `start` up to `end`."""

    start: int
    end: int


@dataclass(frozen=True)
class Number:
    """A number; `60%` is 0.6 and remembers its sign."""

    value: float
    is_percentage: bool
    span: Span


@dataclass(frozen=True)
class Name:
    """A name, in its NFKC form."""

    text: str
    span: Span


@dataclass(frozen=True)
class Call:
    """A function of expressions, such as ``roi(tv)``."""

    function: str
    arguments: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True)
class Operation:
    """One of ``+ - * /`` between two expressions."""

    operator: str
    left: Expression
    right: Expression
    span: Span


Expression = Number | Name | Call | Operation


@dataclass(frozen=True)
class Statement:
    """Expressions with relations between neighbours, and how sure a person is of it.

    Args:
        text: as it was written.
        sides: two or more.
        relations: one less than the sides.
        confidence: what stands after `@`; None where nothing does.
    """

    text: str
    sides: tuple[Expression, ...]
    relations: tuple[Relation, ...]
    confidence: Number | None


class ExpressionError(InputError):
    """A text that is no statement, or means nothing here.

    Args:
        statement: the text.
        span: what is wrong in it.
        what: what is wrong with that, and what is allowed.
        code: stable name of the fault.
    """

    def __init__(self, statement: str, span: Span, what: str, *, code: str) -> None:
        super().__init__("\n".join([what, *_marked(statement, span)]), code=code)
        self.statement, self.span, self.what = statement, span, what

    @classmethod
    def of_all(cls, statement: str, what: str, *, code: str) -> ExpressionError:
        """The fault of a statement as a whole."""
        return cls(statement, Span(0, len(statement)), what, code=code)

    def at(self, where: str) -> ExpressionError:
        """The same fault, which says where the statement stands."""
        return ExpressionError(self.statement, self.span, f"{where}: {self.what}", code=self.code)


def _marked(text: str, span: Span) -> list[str]:
    """The text on one line, and a caret under the place."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    before, marked = _width(shown[: span.start]), _width(shown[span.start : span.end])
    return [f"   {shown}", "   " + " " * before + "^" * max(marked, 1)]


def _width(text: str) -> int:
    """Columns of a terminal."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


@dataclass(frozen=True)
class _Token:
    kind: str  # "number", "name", "end", or the operator itself
    text: str
    span: Span


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, at)
        at = match.end()
        kind, span = match.lastgroup, Span(*match.span())
        if kind in ("name", "quoted"):
            yield _Token("name", unicodedata.normalize("NFKC", match[kind]), span)
        elif kind == "number":
            yield _Token("number", match[kind], span)
        elif kind == "operator":
            yield _Token(match[kind], match[kind], span)
    yield _Token("end", "", Span(len(text), len(text)))


def _unreadable(text: str, at: int) -> ExpressionError:
    length = 2 if text[at : at + 2] in _INSTEAD else 1
    found = text[at : at + length]
    instead = _INSTEAD.get(found, "names with other characters than letters, digits and _ stand in single quotes")
    what = f"`{found}` has no meaning here: {instead}"
    return ExpressionError(text, Span(at, at + length), what, code="expression.character")


def parse_statement(text: str) -> Statement:
    """Read ``side relation side ... [@ confidence]``.

    Raises:
        ExpressionError: the text does not follow the grammar; it shows the place.
    """
    return _Reader(text).statement()


class _Reader:
    """One pass over the tokens of a text, a method a rule of the grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.at = 0
        self.depth = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.next
        self.at += 1
        return token

    def found(self, kind: str) -> bool:
        if self.next.kind != kind:
            return False
        self.at += 1
        return True

    def expect(self, kind: str, what: str) -> _Token:
        if self.next.kind != kind:
            raise self.unexpected(what)
        return self.take()

    def unexpected(self, wanted: str) -> ExpressionError:
        came = f"`{self.next.text}`" if self.next.text else "the end"
        return ExpressionError(self.text, self.next.span, f"{wanted} should stand here, not {came}", code="expression")

    def statement(self) -> Statement:
        sides, relations = [self.sum()], list[Relation]()
        while (relation := next((kind for kind in MIRRORED if self.found(kind)), None)) is not None:
            relations.append(relation)
            sides.append(self.sum())
        if not relations:
            raise self.unexpected("==, <= or >=")
        confidence = self.confidence() if self.found("@") else None
        if self.next.kind != "end":
            raise self.unexpected("an operator, @ with a confidence, or the end")
        return Statement(self.text, tuple(sides), tuple(relations), confidence)

    def confidence(self) -> Number:
        number = self.number(self.expect("number", "a confidence such as 60%"))
        if not number.is_percentage:
            what = f"a confidence is a percentage: write {100 * number.value if number.value <= 1 else number.value:g}%"
            raise ExpressionError(self.text, number.span, what, code="expression.confidence")
        return number

    def sum(self) -> Expression:
        left = self.negated() if self.found("-") else self.product()
        while self.next.kind in ("+", "-"):
            operator = self.take().kind
            right = self.product()
            left = Operation(operator, left, right, Span(left.span.start, right.span.end))
        return left

    def negated(self) -> Expression:
        zero = Number(0.0, is_percentage=False, span=self.tokens[self.at - 1].span)
        right = self.product()
        return Operation("-", zero, right, Span(zero.span.start, right.span.end))

    def product(self) -> Expression:
        left = self.atom()
        while self.next.kind in ("*", "/"):
            operator = self.take().kind
            right = self.atom()
            left = Operation(operator, left, right, Span(left.span.start, right.span.end))
        return left

    def atom(self) -> Expression:
        if self.next.kind == "number":
            return self.number(self.take())
        if self.next.kind == "name":
            return self.named(self.take())
        if self.next.kind == "(":
            start = self.take().span.start
            inner = self.nested()
            end = self.expect(")", "`)`").span.end
            return replace(inner, span=Span(start, end))
        raise self.unexpected("a number, a name or `(`")

    def nested(self) -> Expression:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ExpressionError(
                self.text, self.next.span, "nothing is nested this deeply; use fewer brackets", code="expression.depth"
            )
        inner = self.sum()
        self.depth -= 1
        return inner

    def number(self, token: _Token) -> Number:
        value = float(token.text)
        is_percentage = self.found("%")
        span = Span(token.span.start, self.tokens[self.at - 1].span.end)
        if value == float("inf"):
            raise ExpressionError(self.text, span, "this number is too large", code="expression.number")
        return Number(value / 100.0 if is_percentage else value, is_percentage, span)

    def named(self, name: _Token) -> Expression:
        if not self.found("("):
            return Name(name.text, name.span)
        arguments = [self.nested()]
        while self.found(","):
            arguments.append(self.nested())
        end = self.expect(")", "`,` or `)`")
        return Call(name.text, tuple(arguments), Span(name.span.start, end.span.end))


@dataclass(frozen=True)
class Linear(Generic[Atom]):
    """A constant and a sum of atoms with coefficients."""

    terms: Mapping[Atom, float]
    constant: float

    def plus(self, other: Linear[Atom], factor: float = 1.0) -> Linear[Atom]:
        """The sum with `factor` times the other; terms that cancel are gone."""
        atoms = dict.fromkeys([*self.terms, *other.terms])
        sums = {atom: self.terms.get(atom, 0.0) + factor * other.terms.get(atom, 0.0) for atom in atoms}
        terms = {atom: coefficient for atom, coefficient in sums.items() if coefficient != 0.0}
        return Linear(terms, self.constant + factor * other.constant)

    def times(self, factor: float) -> Linear[Atom]:
        """The form with everything multiplied."""
        return Linear[Atom]({}, 0.0).plus(self, factor)


def linear_form(text: str, expression: Expression, meaning: Callable[[Name | Call], Linear[Atom]]) -> Linear[Atom]:
    """An expression as a linear form.

    Args:
        text: of the whole statement, for errors.
        expression: a part of it.
        meaning: what a name or a function stands for; it raises ExpressionError for what it does not know.

    Raises:
        ExpressionError: a product of two atoms, or a division by one or by zero.
    """
    if isinstance(expression, Number):
        return Linear({}, expression.value)
    if isinstance(expression, Name | Call):
        return meaning(expression)
    left = linear_form(text, expression.left, meaning)
    right = linear_form(text, expression.right, meaning)
    if expression.operator in ("+", "-"):
        return left.plus(right, 1.0 if expression.operator == "+" else -1.0)
    if expression.operator == "/":
        if right.terms or right.constant == 0.0:
            what = "a statement divides by numbers other than 0 only; write a ratio as a == 1.2 * b"
            raise ExpressionError(text, expression.right.span, what, code="expression.division")
        return left.times(1.0 / right.constant)
    if left.terms and right.terms:
        what = "this multiplies two unknowns; a statement is a sum of multiples"
        raise ExpressionError(text, expression.span, what, code="expression.product")
    return left.times(right.constant) if left.terms else right.times(left.constant)
