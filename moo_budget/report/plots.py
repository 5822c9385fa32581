"""Pictures of a front for people who work in Python: the report's, as matplotlib figures."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.figure import Figure

from moo_budget.choose import picks
from moo_budget.decomposition import outcome_at_risk
from moo_budget.efficient_frontier import efficient_frontier
from moo_budget.errors import InputError
from moo_budget.front import Front
from moo_budget.report.facts import shown_of
from moo_budget.report.picture import drawing
from moo_budget.report.risk_return import frontier_texts, risk_return_figure
from moo_budget.report.trade_off import goal_texts, trade_off_figure
from moo_budget.report.words import Words


def _trade_off(front: Front) -> Figure:
    if len(front.problem.sought_goals) < 2:
        raise InputError(
            "plot: the front has one goal, so there is nothing to trade off. Use kind='risk'.", code="plot.one-goal"
        )
    with drawing(goal_texts(front)):
        return trade_off_figure(front, shown_of(front, picks(front).ids), Words("en"))


def _risk(front: Front) -> Figure:
    frontier = efficient_frontier(front.problem, outcome_at_risk(front.problem), front=front, seed=front.seed)
    say = Words("en")
    with drawing(frontier_texts(frontier)):
        shown = shown_of(front, picks(front).ids)
        return risk_return_figure(front, frontier, shown, say, front.problem.currency or say("money"))


PLOTS: dict[str, Callable[[Front], Figure]] = {"trade_off": _trade_off, "risk": _risk}
