"""What the team believes, as text: `roi(tiktok) == 1.2 * roi(meta) @ 60%`. Grammar: docs/design.md section 4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from moo_budget.errors import listed, nearest
from moo_budget.expressions import (
    MIRRORED,
    Call,
    Expression,
    ExpressionError,
    Linear,
    Name,
    Relation,
    Span,
    Statement,
    linear_form,
    parse_statement,
)
from moo_budget.spec import ViewsSpec
from moo_budget.spec.sections import same

ROI, MARGINAL_ROI, IMPLIED = "roi", "mroi", "implied"
_FUNCTIONS = (ROI, MARGINAL_ROI, IMPLIED)
_QUANTILE = "quantile"


@dataclass(frozen=True)
class Return:
    """What a view speaks of: a return of a channel or of a tag's channels together, at today's money.

    Args:
        function: `roi`, `mroi` (marginal), or `implied`: the marginal ROI that today's mix implies, a number.
        name: a channel or a tag.
    """

    function: str
    name: str


@dataclass(frozen=True)
class View:
    """One belief: returns, what they are compared with, and how surely.

    Args:
        text: as it was written.
        left: a sum of `roi` and `mroi`, without a constant.
        relation: of the left side to the right one.
        right: what is believed of it: a number, with implied returns and, in a comparison of returns, those as well.
        confidence: in (0, 1].
        probability: the view is about this quantile of the left side; None: about expected values.
    """

    text: str
    left: Linear[Return]
    relation: Relation
    right: Linear[Return]
    confidence: float
    probability: float | None = None

    @property
    def spoken(self) -> tuple[Return, ...]:
        """Everything that it names."""
        return (*self.left.terms, *self.right.terms)


def read_views(views: ViewsSpec, channels: Sequence[str], tags: Mapping[str, Sequence[str]]) -> tuple[View, ...]:
    """The beliefs of a problem file as views, in order; a ranking of n returns is n - 1 of them.

    Raises:
        ExpressionError: a belief that does not follow the grammar, an unknown channel, a confidence outside (0, 100 %],
            or a belief that the method cannot hold; it shows the place.
    """
    names = {same(name): name for name in (*channels, *tags)}
    found: list[View] = []
    for index, text in enumerate(views.beliefs):
        try:
            found += [_held_by(views.method, view) for view in _Belief(parse_statement(text), names).views()]
        except ExpressionError as error:
            raise error.at(f"views.beliefs[{index}]") from None
    return tuple(found)


def _held_by(method: str, view: View) -> View:
    """The view itself, if the method can hold it."""
    if method == "black_litterman" and (view.relation != "==" or view.probability is not None):
        raise _needs_pooling(view)
    return view


def _needs_pooling(view: View) -> ExpressionError:
    what = "quantiles" if view.probability is not None else "inequalities and rankings"
    return ExpressionError.of_all(
        view.text,
        f'method "black_litterman" takes == on returns only; for {what} write method = "entropy_pooling"',
        code="views.method",
    )


@dataclass(frozen=True)
class _Belief:
    """A statement that is read as views; `names` has the channels and tags by their NFKC form."""

    statement: Statement
    names: Mapping[str, str]

    @property
    def text(self) -> str:
        return self.statement.text

    def fault(self, span: Span, what: str, code: str) -> ExpressionError:
        return ExpressionError(self.text, span, what, code=f"views.{code}")

    def views(self) -> Iterator[View]:
        is_ranking = len(self.statement.relations) > 1
        for relation, (left, right) in zip(self.statement.relations, pairwise(self.statement.sides), strict=True):
            span = Span(left.span.start, right.span.end)
            part = self.text[span.start : span.end] if is_ranking else self.text.strip()
            if _is_quantile(left):
                yield self.about_quantile(part, left, relation, right)
            elif _is_quantile(right):
                yield self.about_quantile(part, right, MIRRORED[relation], left)
            else:
                yield self.view(part, span, self.form(left), relation, self.form(right))

    def view(
        self,
        part: str,
        span: Span,
        left: Linear[Return],
        relation: Relation,
        right: Linear[Return],
        probability: float | None = None,
    ) -> View:
        """The view that `left relation right`, with returns on the left and all numbers on the right."""
        if not _has_returns(left.plus(right, -1.0)):
            what = f"this says nothing about a return; write {ROI} or {MARGINAL_ROI} of a channel or tag"
            raise self.fault(span, what, "no-return")
        if not _has_returns(left):
            left, relation, right = right, MIRRORED[relation], left
        numbers = _numbers(left)
        left, right = left.plus(numbers, -1.0), right.plus(numbers, -1.0)
        if _is_below_zero(left, relation, right):
            what = "returns are never below 0: more money never brings less; ask for 0 or more"
            raise self.fault(span, what, "below-zero")
        return View(part, left, relation, right, self.confidence(), probability)

    def confidence(self) -> float:
        given = self.statement.confidence
        if given is None:
            return 1.0
        if not 0.0 < given.value <= 1.0:
            what = f"a confidence is above 0% and at most 100%, not {100 * given.value:g}%; at 0% take the view out"
            raise self.fault(given.span, what, "confidence")
        return given.value

    def about_quantile(self, part: str, quantile: Expression, relation: Relation, other: Expression) -> View:
        """``quantile(form, p) relation number``."""
        assert isinstance(quantile, Call)  # _is_quantile
        asked = None if _is_quantile(other) else self.form(other)
        if asked is None or asked.terms:
            raise self.fault(other.span, "a quantile is compared with a number", "quantile")
        if len(quantile.arguments) != 2:
            raise self.fault(quantile.span, "a quantile has two arguments, such as quantile(roi(tv), 10%)", "quantile")
        spoken, share = quantile.arguments
        probability = self.form(share)
        if probability.terms or not 0.0 < probability.constant < 1.0:
            raise self.fault(share.span, "this must be a share between 0% and 100%, such as 10%", "quantile")
        return self.view(part, spoken.span, self.form(spoken), relation, asked, probability.constant)

    def form(self, expression: Expression) -> Linear[Return]:
        return linear_form(self.text, expression, lambda atom: Linear({self.spoken(atom): 1.0}, 0.0))

    def spoken(self, atom: Name | Call) -> Return:
        if isinstance(atom, Name):
            is_known = atom.text in self.names
            hint = f"write roi({atom.text}) or mroi({atom.text})" if is_known else "write a return, as roi(tv)"
            raise self.fault(atom.span, f"a view is about returns: {hint}", "no-return")
        if atom.function == _QUANTILE:
            what = "a quantile stands alone on its side: quantile(roi(a) - roi(b), 10%) >= 0.5"
            raise self.fault(atom.span, what, "quantile")
        if atom.function not in _FUNCTIONS:
            known = (*_FUNCTIONS, _QUANTILE)
            what = f"there is no function `{atom.function}`. {nearest(atom.function, known)}Known: {listed(known)}"
            raise self.fault(atom.span, what, "unknown-function")
        return Return(atom.function, self.channel_or_tag(atom))

    def channel_or_tag(self, call: Call) -> str:
        if len(call.arguments) != 1 or not isinstance(call.arguments[0], Name):
            what = (
                f"{call.function} takes one channel or tag, such as {call.function}(tv); names with other characters "
                "than letters, digits and _ stand in single quotes"
            )
            raise self.fault(call.span, what, "argument")
        name = call.arguments[0]
        if name.text not in self.names:
            hint = nearest(name.text, self.names)
            what = f"there is no channel or tag `{name.text}`. {hint}Known: {listed(self.names.values())}"
            raise self.fault(name.span, what, "unknown-name")
        return self.names[name.text]


def _has_returns(form: Linear[Return]) -> bool:
    return any(spoken.function != IMPLIED for spoken in form.terms)


def _numbers(form: Linear[Return]) -> Linear[Return]:
    """What of a form is known: its constant, and what today's mix implies."""
    implied = {spoken: factor for spoken, factor in form.terms.items() if spoken.function == IMPLIED}
    return Linear(implied, form.constant)


def _is_below_zero(left: Linear[Return], relation: Relation, right: Linear[Return]) -> bool:
    """Whether a sum of returns is asked for that only negative returns would have."""
    factors = left.terms.values()
    if right.terms:
        return False
    if all(factor > 0.0 for factor in factors):
        return right.constant < 0.0 and relation != ">="
    return all(factor < 0.0 for factor in factors) and right.constant > 0.0 and relation != "<="


def _is_quantile(side: Expression) -> bool:
    return isinstance(side, Call) and side.function == _QUANTILE
