"""Problem files from the grammar of section 4 of the design: over a history, or over curves of one's own."""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from tests.grammar import damage
from tests.grammar.choices import Choices
from tests.grammar.statements import belief, rule

CHANNELS = ["tv", "search", "social"]
OUTCOMES = ["revenue", "clicks"]
_MODELS = ("auto", "parametric", "media_mix", "gaussian_process", "gradient_boosting", "decision_tree", "linear")
_CURVES = ("auto", "hill", "logarithmic", "exponential", "power", "logistic", "michaelis_menten", "linear")
_CARRY_OVER = ("auto", "none", "geometric", "delayed", "weibull")


def problem(choices: Choices, *, has_history: bool, channels: list[str] | None = None) -> str:
    """The text of a problem file, damaged in no place, one or two.

    Args:
        choices: of everything in it.
        has_history: over `history.csv` with these three channels; else over `curves.csv`.
        channels: other names for them.
    """
    root = tree(choices, channels or CHANNELS, has_history=has_history)
    n_places = damage.places(choices)
    in_text = n_places and choices.rarely(6)
    for _ in range(0 if in_text else n_places):
        damage.tree(choices, root)
    text = toml_of(root)
    for _ in range(n_places if in_text else 0):
        text = damage.text(choices, text)
    return text


def tree(choices: Choices, channels: list[str], *, has_history: bool) -> dict[str, Any]:
    """The data of a right problem file; each section that may be left out is, half of the time."""
    tags = {"digital": channels[1:]} | ({"all_of_it": channels} if choices.rarely() else {})
    has_calendar = choices.rarely(8)
    today: dict[str, float] = {name: float(choices.one((300, 100, 0, 600))) for name in channels}
    root: dict[str, Any] = {"schema_version": 1, "currency": choices.one(("EUR", "CNY", ""))}
    if choices.rarely(6):
        root["lang"] = "zh"
    if has_history:
        root |= _history(choices)
    root["plan"] = _plan(choices, today, has_history=has_history) | ({"calendar": True} if has_calendar else {})
    goals = _goals(choices, has_history=has_history)
    if goals:
        root["goals"] = goals
    if choices.below(4):
        root["limits"] = _limits(choices, channels, list(tags), list(goals), has_calendar=has_calendar)
    root["tags"] = tags
    fit: dict[str, Any] = _fit(choices, channels) if has_history else {"curves": "curves.csv"}
    if fit:
        root["fit"] = fit
    if choices.rarely(4):
        root["risk"] = {
            "covariance": choices.one(("ledoit_wolf", "oas", "sample", "ewma")),
            "half_life": choices.one((26.0, 1.0, 0.5)),
            "noise": choices.one((0.2, 0.0, 3.0)),
            "correlation": choices.one((0.3, 0.0, -0.4, 1.0)),
        }
    if choices.rarely(4):
        is_linear = choices.often()
        beliefs = [belief(choices, channels, list(tags), is_linear=is_linear) for _ in range(1 + choices.below(3))]
        method = "black_litterman" if is_linear else "entropy_pooling"
        root["views"] = {"outcome": "revenue", "beliefs": beliefs, "method": method}
    root["search"] = {"seed": choices.below(5)} | ({"plans": choices.one((200, 1, 5))} if choices.rarely() else {})
    return root


def _history(choices: Choices) -> dict[str, Any]:
    past: dict[str, Any] = {"file": "history.csv", "date": "week", "channels": CHANNELS, "spend": "{channel}_spend"}
    if choices.rarely(4):
        past["spend"] = {name: f"{name}_spend" for name in CHANNELS}
    more = {
        "controls": ["temperature"],
        "events": "events",
        "missing": choices.one(("error", "zero", "drop", "interpolate")),
        "encoding": "utf-8",
        "layout": "wide",
        "sum_over": ["events"],
        "organic": ["temperature"],
    }
    past |= {key: value for key, value in more.items() if choices.rarely(3)}
    outcomes = {
        "revenue": {"column": "revenue", "unit": "EUR"} | ({"minus": "temperature"} if choices.rarely() else {}),
        "clicks": {"column": "{channel}_clicks", "unit": "clicks"},
    }
    if choices.rarely():
        outcomes["clicks"]["channels"] = choices.some(CHANNELS)
    return {"history": past, "outcomes": outcomes}


def _plan(choices: Choices, today: Mapping[str, float], *, has_history: bool) -> dict[str, Any]:
    plan: dict[str, Any] = {"periods": choices.one((4, 1, 13, 2))}
    budgets = (1000, {"min": 500, "max": 1000}, {"min": 0, "max": 1200}, 250.55, 1e-3, 99_999_999)
    if not choices.rarely(6):
        plan["budget"] = choices.one((*budgets[:3], *budgets))
    if not choices.rarely(4):
        if has_history:
            plan["today"] = choices.one(("last 4", dict(today), "same last year", "last 99"))
        else:
            plan["today"] = dict(today)
    if choices.rarely(6) and has_history:
        plan["start"] = choices.one((datetime.date(2024, 5, 1), datetime.date(2024, 4, 22), datetime.date(2030, 1, 1)))
    if choices.rarely(3):
        plan["money_step"] = choices.one((0.01, 0, 1, 5, 0.3, 1000))
    return plan


def _goals(choices: Choices, *, has_history: bool) -> dict[str, Any]:
    if choices.rarely(6):
        return {}
    known: dict[str, dict[str, Any]] = {
        "roi": {"outcome": "revenue", "measure": "roi"},
        "awareness": {"outcome": "clicks", "measure": "total"},
        "risk": {"outcome": "revenue", "measure": "std"},
        "income": {"outcome": "revenue", "measure": "total"},
        "profit": {"outcome": "revenue", "measure": "profit", "margin": choices.one((1.0, 0.3))},
        "bad_luck": {"outcome": "revenue", "measure": "tail_mean", "level": choices.one((0.9, 0.5, 0.0))},
        "below": {"outcome": "revenue", "measure": "shortfall", "target": choices.one((500, "today", 0))},
        "drop": {"outcome": "revenue", "measure": "semi_deviation"},
        "sorry": {"outcome": "revenue", "measure": "regret", "level": 0.8},
        "money": {"measure": "spend"},
        "moved": {"measure": "change"},
        "spread": {"measure": "effective_channels"},
    }
    if has_history:
        known["far"] = {"measure": "beyond_history"}
    picked = dict.fromkeys([choices.one(list(known)) for _ in range(1 + choices.below(4))])
    goals = {name: known[name] for name in picked}
    if len(goals) > 1 and choices.rarely(4):
        goals[list(goals)[-1]]["goal"] = False
    return goals


def _limits(choices: Choices, channels: list[str], tags: list[str], goals: list[str], *, has_calendar: bool) -> Any:
    limits: dict[str, Any] = {}
    if choices.rarely(3):
        limits["change"] = choices.one((0.5, 0.2, 1.0, 0.0))
    if choices.rarely(3):
        limits["share"] = choices.one((0.8, 0.6, 1.0, 0.3))
    if choices.rarely(6):
        limits["extrapolate"] = choices.one((2.0, 0.0, 1.0, 10.0))
    if choices.often():
        limits["rules"] = [rule(choices, channels, tags, goals) for _ in range(1 + choices.below(2))]
    if choices.often():
        limits["channel"] = {name: _of_channel(choices) for name in choices.some(channels)}
    if choices.rarely(6):
        uses = {name: choices.one((0.02, 1.0, 0.0)) for name in choices.some(channels)}
        limits["resource"] = {"co2": {"per_money": uses, "max": choices.one((4000, 10, 0))}}
    if has_calendar or choices.rarely(20):
        days = [datetime.date(2024, 4, 22), datetime.date(2024, 5, 6)]
        of_one = {
            "max": choices.one((300, 10)),
            "blackout": days[: choices.below(3)],
            "min_burst": 1 + choices.below(3),
        }
        limits["calendar"] = {"total_max": choices.one((900, 100)), choices.one(channels): of_one}
    return limits


def _of_channel(choices: Choices) -> dict[str, Any]:
    settings = {
        "max": choices.one((900, 400, 0, 50)),
        "min": choices.one((0, 10, 50, 300)),
        "min_if_used": choices.one((20, 100, 0)),
        "step": choices.one((5, 0.01, 70, 333)),
        "lock": True,
        "off": True,
    }
    return {key: value for key, value in settings.items() if choices.rarely(3 if key not in ("lock", "off") else 12)}


def _fit(choices: Choices, channels: list[str]) -> dict[str, Any]:
    settings = {
        "model": choices.one((*_MODELS, {"revenue": "media_mix"}, {"clicks": {"tv": "linear"}})),
        "curve": choices.one(_CURVES),
        "carry_over": choices.one((*_CARRY_OVER, {"tv": "geometric"})),
        "draws": choices.one((300, 1, 10)),
        "seasonality": choices.one(("auto", "none", "yearly")),
        "priors": {choices.one(channels): {"roi": [0.1, 3], "decay": [0.1, 0.9], "half_saturation": [10, 500]}},
    }
    return {key: value for key, value in settings.items() if choices.rarely(3)}


def toml_of(root: Mapping[str, Any]) -> str:
    """Nested tables as TOML: the tables of the first level under headers, all others in braces."""
    lines = [f"{_key(key)} = {_value(value)}" for key, value in root.items() if not isinstance(value, Mapping)]
    for section, table in root.items():
        if isinstance(table, Mapping):
            lines += [f"[{_key(section)}]", *(f"{_key(key)} = {_value(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    return key if re.fullmatch("[A-Za-z0-9_-]+", key) else _text(key)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(key))} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and math.isfinite(value):
        text = repr(value)
        return text if "." in text or "e" in text else text + ".0"
    return str(value)
