"""A certificate in words."""

from __future__ import annotations

from collections.abc import Iterator

from moo_budget.certificate.record import Certificate
from moo_budget.dual import can_be_priced
from moo_budget.errors import listed
from moo_budget.problem import BudgetProblem

REASONS = {
    "no_bound": "no method here bounds its measure",
    "curves_off_zero": "a curve that does not begin at zero leaves the return of small plans without a bound",
    "free_ratio": "weighed against others it is a ratio, because the total is free",
    "no_sum": "weighed against others it is no sum over channels",
    "no_range": "no goal that can be weighed has a range on the front",
    "goals_unbound": "a goal has no bound",
}
MIXES_WITH = "weightings with "  # before a goal: a part of the certificate

TINY = 1e-4  # a share of a goal's range below this is not told apart from none
_TINY = "0.01%"
_PART = {"coverage_gap": "all goals at once", "solve_gap": "mixes of the goals"}  # names of parts that are no goal


def note_of(certificate: Certificate, problem: BudgetProblem, *, is_loose: bool = False) -> str:
    """What is proved, for which relaxation, and what is not; one paragraph.

    Args:
        certificate: what is proved.
        problem: the question.
        is_loose: some bound is further from the best plan known than it need be for any use.
    """
    return " ".join(_sentences(certificate, problem, is_loose=is_loose))


def is_relaxed(problem: BudgetProblem) -> bool:
    """Whether the bounds hold for a looser limit: a share of a free total is taken of the largest total."""
    feasible = problem.feasible
    return feasible.share < 1.0 and feasible.budget_min < feasible.budget_max


def left_out(problem: BudgetProblem) -> str:
    """The rules that bounds leave out, as they were written, in one line; empty where they leave out none."""
    out = [f"`{rule.text}`" for rule in problem.goal_rules if not can_be_priced(rule, problem)]
    return listed(out) if out else ""


def _sentences(certificate: Certificate, problem: BudgetProblem, *, is_loose: bool) -> Iterator[str]:
    unit = {goal.name: goal.unit for goal in problem.sought_goals}
    known = {name: gap for name, gap in certificate.extreme_gap.items() if gap is not None}
    shares = {name: share for name, share in certificate.extreme_share.items() if share is not None}
    tiny = [name for name in known if shares.get(name, 1.0) < TINY]
    if tiny:
        yield (
            f"No feasible plan is better than the front's best in {' or in '.join(tiny)} by as much as {_TINY} of "
            "its range."
        )
    if len(known) > len(tiny):
        gaps = ", ".join(
            f"{name} {_amount(gap)} {unit[name]}{_share(certificate, name)}"
            for name, gap in known.items()
            if name not in tiny
        )
        yield f"No feasible plan is better than the front's best in one goal by more than: {gaps}."
    if certificate.coverage_gap is not None:
        share = _percent(certificate.coverage_gap)
        yield f"Every feasible plan is matched in all goals at once to within {share} of their ranges on the front."
    if certificate.solve_gap is not None:
        yield (
            f"In {certificate.n_weights} weightings of the goals the best plan known is within "
            f"{_percent(certificate.solve_gap)} of its bound."
        )
    if is_loose:
        yield "The work that goes into bounds is limited: the truth may be tighter."
    for name, reason in certificate.reasons.items():
        yield f"Not certified: {_PART.get(name, name)} ({reason})."
    if is_relaxed(problem):
        yield "The largest share is taken of the largest total: the bounds are those of this relaxation."
    if (problem.feasible.block > 0.0)[problem.plan_tables.order][~problem.choosing_structure.whole].any():
        yield (
            "Of blocks of which a channel may get very many the bounds know only that it gets nothing or at least one: "
            "they stay bounds, and there may be less to gain."
        )
    if rules := left_out(problem):
        which = f"{rules} is" if "," not in rules else f"{rules} are"
        yield f"Of the rules {which} left out of the bounds, which stay bounds: there may be less to gain."
    yield "All this holds for the curves as tabulated; whether the model is right is another question."


def _share(certificate: Certificate, name: str) -> str:
    share = certificate.extreme_share[name]
    return "" if share is None else f" ({_percent(share)} of its range)"


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 100.0 else f"{value:.2g}"


def _percent(share: float) -> str:
    """A share that something is within: a tiny one is rounded up."""
    if share < TINY:
        return _TINY
    return f"{100.0 * share:.2g}%" if share < 0.995 else f"{100.0 * share:,.0f}%"


def reason_of(code: str, unbound: list[str]) -> str:
    """A reason in words; what needs the bounds of all goals names those that have none."""
    return f"{REASONS[code]}: {listed(unbound)}" if code == "goals_unbound" else REASONS[code]
