"""What the page's scripts are given: the front as columns, curves, limits and words, as one JSON object."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import numpy as np

from moo_budget._checks import FloatArray, amount_text
from moo_budget.front import Plan
from moo_budget.goals import PROBABILITY, SHARE, Goal
from moo_budget.report.answer import doubts
from moo_budget.report.details import certified_in_short
from moo_budget.report.facts import rounding, told, unit_of
from moo_budget.report.numbers import written_in
from moo_budget.report.page import Page
from moo_budget.report.page_words import NAMES, PAGE_WORDS
from moo_budget.results import Result
from moo_budget.risk import mixture_quantile, weighted_percentile
from moo_budget.spec import Language

_DIGITS = 6
_PARTS = ("value", "low", "high")
_SYMBOLS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "KRW": "₩", "INR": "₹"}
_UNSAFE = re.compile("[<>&\u2028\u2029]")

Column = list[float | None]


def page_json(data: dict[str, Any]) -> str:
    """Page data as text that is safe inside a script element and in a response."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda letter: f"\\u{ord(letter[0]):04x}", text)


def page_data(result: Result, *, lang: Language | None = None) -> dict[str, Any]:
    """Everything that the page shows of a result; numbers with six significant digits, money for the whole plan.

    Args:
        result: what a run found.
        lang: of the page's own words; None: the problem file's.
    """
    page = Page.of(result.in_language(lang))
    problem, told = result.problem, page.say.lang
    return {
        "lang": told,
        "words": PAGE_WORDS[told],
        "title": visible(result.spec.title),
        "made": result.created,
        "currency": visible(problem.currency),
        "symbol": _SYMBOLS.get(problem.currency, f"{problem.currency} " if problem.currency else ""),
        "periods": problem.periods,
        "calendar": problem.law is not None,
        "period": NAMES[told].get(result.period, page.say(result.period)),
        "decimals": page.decimals,
        "rounding": rounding(problem),
        "budget": [problem.feasible.budget_min, problem.feasible.budget_max],
        "lead": problem.sought_goals[0].name,
        "safety": _safety(page).name,
        "outcome": page.outcome,
        "outcomes": {name: _outcome(page, name, told) for name in problem.tables.outcomes},
        "measures": _measures(page, told),
        "channels": _channels(page),
        "picks": result.picks.ids,
        "knee": None if result.knee is None else result.knee.id,
        "equal": {id: list(facts.equal.ids) for id, facts in result.explanations.items() if facts.equal is not None},
        "why": _why(result, told),
        "plans": _plans(page),
        "yardsticks": _yardsticks(page),
        "curves": {name: _curves(page, o) for o, name in enumerate(problem.tables.outcomes)},
        "limits": list(_limits(page, told)),
        "certificate": _certificate(page),
        "health": _health(page),
        "not_in_ranges": [page.say(f"outside_{key}") for key in ("breaks", "rivals", "model")],
    }


def visible(text: str) -> str:
    """A text with every control or direction mark written out, so that it can neither hide nor turn what is shown."""
    return "".join(
        f"\\u{ord(letter):04x}" if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") else letter
        for letter in text
    )


def _short(values: FloatArray) -> Column:
    """Six significant digits; what is not finite is null."""
    return [_digits(float(value)) for value in values]


def _digits(value: float) -> float | None:
    if not math.isfinite(value):
        return None
    short = float(f"{value:.{_DIGITS}g}")
    return int(short) if short == int(short) else short


def _safety(page: Page) -> Goal:
    """The goal that the safest plan keeps low: a risk, else money moved, else the lead goal."""
    goals = page.result.problem.goals
    moved = [goal for goal in goals if goal.measure == "change"]
    return next((goal for goal in goals if goal.is_risk), (moved or list(page.result.problem.sought_goals))[0])


def _outcome(page: Page, name: str, lang: str) -> dict[str, Any]:
    """How an outcome is called, and how much the yardstick brings of it."""
    reference = page.reference
    base = reference.outcomes[name].value if reference and reference.outcomes else None
    return {
        "title": visible(NAMES[lang].get(name, page.say.name(name))),
        "unit": visible(unit_of(page.result.problem, name)),
        "base": base,
    }


def _measures(page: Page, lang: str) -> list[dict[str, Any]]:
    """What a plan is judged by: the lead outcome where no goal is its total, then the goals, those sought first."""
    problem = page.result.problem
    goals = sorted(problem.goals, key=lambda goal: not goal.optimised)
    measures = [_measure(page, goal, lang) for goal in goals]
    if _leads(page):
        return measures
    title = PAGE_WORDS[lang]["incremental"].format(outcome=NAMES[lang].get(page.outcome, page.say.name(page.outcome)))
    lead = {"key": _total_key(page), "title": visible(title), "unit": visible(page.unit), "direction": "max"}
    return [lead | {"sought": False, "risk": False, "kind": _kind(page, page.unit)}, *measures]


def _leads(page: Page) -> bool:
    """Whether some goal is the total of the lead outcome."""
    return any((goal.measure, goal.outcome) == ("total", page.outcome) for goal in page.result.problem.goals)


def _total_key(page: Page) -> str:
    return f"total:{page.outcome}"


def _measure(page: Page, goal: Goal, lang: str) -> dict[str, Any]:
    return {
        "key": goal.name,
        "title": visible(NAMES[lang].get(goal.name, page.say.goal(goal))),
        "unit": visible(goal.unit),
        "direction": goal.direction,
        "sought": goal.optimised,
        "risk": goal.is_risk,
        "kind": _kind(page, goal.unit),
    }


def _kind(page: Page, unit: str) -> str:
    """How values of a unit are written: money, share, or other."""
    return (
        "share" if unit in (PROBABILITY, SHARE) else "money" if unit == page.result.problem.currency != "" else "other"
    )


def _channels(page: Page) -> list[dict[str, Any]]:
    """Channels with what limits leave to them, and the most that was ever spent; money for the whole plan."""
    problem = page.result.problem
    feasible, tables = problem.feasible, problem.tables
    upper = np.minimum(feasible.upper, feasible.share * feasible.budget_max)
    return [
        {
            "name": name,
            "title": visible(name),
            "lower": _digits(float(feasible.lower[c])),
            "upper": _digits(float(upper[c])),
            "seen": _digits(float(tables.observed_max[c] * problem.periods)),
            "knots": _short(tables.knots[c]),
        }
        for c, name in enumerate(problem.channels)
    ]


def _why(result: Result, lang: str) -> dict[str, list[str]]:
    """Plan -> why it is as it is, in at most three sentences; of the plans that were explained."""
    with written_in(lang):
        explained = {id: facts.sentences(lang) for id, facts in result.explanations.items()}
    return {id: [visible(text) for text in sentences] for id, sentences in explained.items()}


def _plans(page: Page) -> dict[str, Any]:
    """The front's plans as columns."""
    front = page.result.front
    return {
        "id": list(front.ids),
        "total": [round(float(total), 6) for total in front.spend.sum(axis=1)],  # in full, so that budgets add up
        "spend": [_short(column) for column in front.spend.T],
        "values": _values(page, front.spend, {part: getattr(front.values, part) for part in _PARTS}),
        "gains": {name: _gains(page, name, front.spend) for name in front.problem.tables.outcomes},
    }


def _values(page: Page, spend: FloatArray, goals: dict[str, FloatArray]) -> dict[str, dict[str, Column]]:
    """Columns of value, low and high a measure; `goals`: part -> (n_plans, n_goals)."""
    problem = page.result.problem
    columns = {
        goal.name: {part: _short(np.array([told(problem, goal, v) for v in goals[part][:, g]])) for part in _PARTS}
        for g, goal in enumerate(problem.goals)
    }
    if not _leads(page):
        columns[_total_key(page)] = _totals(page, spend)
    return {key: _without_range(parts) for key, parts in columns.items()}


def _without_range(parts: dict[str, Column]) -> dict[str, Column]:
    """A column whose ranges are its values, without them."""
    return {"value": parts["value"]} if parts["low"] == parts["high"] == parts["value"] else parts


def _totals(page: Page, spend: FloatArray) -> dict[str, Column]:
    """What plans may bring of the lead outcome, market noise included."""
    problem, weights = page.result.problem, page.result.problem.tables.weights
    mean, variance = problem.moments(page.outcome, spend)
    ends = [mixture_quantile(mean, variance, weights, share) for share in (0.1, 0.9)]
    return dict(zip(_PARTS, map(_short, (problem.totals(page.outcome, spend), *ends)), strict=True))


def _gains(page: Page, outcome: str, spend: FloatArray) -> dict[str, Column]:
    """How much more of an outcome plans bring than the reference, 5th to 95th percentile, draw by draw."""
    problem, reference = page.result.problem, page.result.problem.money.reference
    if reference is None or page.reference is None or not page.reference.outcomes:
        return {part: [None] * len(spend) for part in _PARTS}
    weights = problem.tables.weights
    more = problem.moments(outcome, spend)[0] - problem.moments(outcome, reference[None])[0]
    ends = [weighted_percentile(more, weights, share) for share in (0.05, 0.95)]
    return dict(zip(_PARTS, map(_short, (more @ weights, *ends)), strict=True))


def _yardsticks(page: Page) -> dict[str, Any]:
    """Today, and the reference where it is another plan."""
    named = {
        "today" if "today" in one.names else one.names[0]: one.plan for one in page.shown if _is_yardstick(one.names)
    }
    return {name: _yardstick(page, plan) for name, plan in named.items()}


def _is_yardstick(names: tuple[str, ...]) -> bool:
    return bool({"today", "reference"} & set(names))


def _yardstick(page: Page, plan: Plan) -> dict[str, Any]:
    problem = page.result.problem
    spend = np.array([[plan.spend[name] for name in problem.channels]])
    values = None
    if plan.goals is not None:
        goals = {part: np.array([[getattr(plan.goals[goal.name], part) for goal in problem.goals]]) for part in _PARTS}
        columns = _values(page, spend, goals)
        values = {key: {part: column[0] for part, column in parts.items()} for key, parts in columns.items()}
    return {
        "spend": _short(spend[0]),
        "total": round(plan.total, 6),
        "values": values,
        "breaks": [visible(page.say.of_engine(text)) for text in plan.breaks],
    }


def _curves(page: Page, o: int) -> list[dict[str, Column] | None]:
    """Mean, slope and band (5th to 95th percentile) per period at every channel's knots; null where nothing moves."""
    tables = page.result.problem.tables
    return [
        {
            "mean": _short(tables.mean_values[o, c]),
            "slope": _short(tables.mean_slopes[o, c]),
            "low": _short(weighted_percentile(tables.values[o, c], tables.weights, 0.05)),
            "high": _short(weighted_percentile(tables.values[o, c], tables.weights, 0.95)),
        }
        if tables.mean_values[o, c].any()
        else None
        for c in range(len(tables.channels))
    ]


def _limits(page: Page, lang: str) -> Iterator[str]:
    """Limits that are about more than one channel, in words."""
    problem, words = page.result.problem, PAGE_WORDS[lang]
    feasible, limits = problem.feasible, problem.limits
    low, high = amount_text(feasible.budget_min), amount_text(feasible.budget_max)
    yield words["limit_total" if low == high else "limit_total_range"].format(total=high, low=low, high=high)
    if limits.share is not None:
        yield words["limit_share"].format(share=f"{limits.share:.0%}")
    if limits.change is not None:
        yield words["limit_change"].format(share=f"{limits.change:.0%}")
    if limits.extrapolate > 0.0:
        yield words["limit_beyond"].format(times=f"{limits.extrapolate:g}")
    for rule in limits.rules:
        yield words["limit_rule"].format(rule=visible(rule))


def _certificate(page: Page) -> str:
    """What is proved of the front, in a sentence or two."""
    return page.say("sentences").join(certified_in_short(page)) or page.say("search_uncertified")


def _health(page: Page) -> dict[str, str]:
    """Whether a model should be taken with caution, and why."""
    doubted = list(doubts(page))
    return {"state": "caution" if doubted else "ok", "text": " ".join(doubted)}
