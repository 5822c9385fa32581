"""What a page, or somebody else, asks the explorer: method and address on a line, the body below."""

from __future__ import annotations

import json
from typing import Any

from tests.grammar import damage
from tests.grammar.choices import ODD_NAMES, Choices

_GETS = ("/data.json?front=0", "/job", "/log", "/", "/static/explorer.js", "/static/..%2f..%2fapp.py", "/data.json")
_AMOUNTS = (100, 0, 50.5, 1e-9, 40, 99, 1e308, -1, 10**30)


def request(choices: Choices, channels: list[str], goals: list[str], plans: list[str]) -> bytes:
    """A request as the page makes it, damaged in no place, one or two."""
    if choices.rarely(6):
        address = choices.one(_GETS) + choices.one(("", "", "", "?front=1", "?front=-1", "?front=1e9", "%00", "/../.."))
        return f"GET {address}\n".encode()
    route = choices.one(("/evaluate", "/better", "/export", "/log", "/reoptimise", "/cancel", "/evaluate"))
    body = _body(choices, route, channels, goals, plans)
    n_places = damage.places(choices)
    in_text = n_places and choices.rarely(4)
    for _ in range(0 if in_text else n_places):
        damage.tree(choices, body)
    text = json.dumps(body, default=str, ensure_ascii=choices.often())
    for _ in range(n_places if in_text else 0):
        text = damage.text(choices, text)
    if choices.rarely(40):
        text = "[" * 100_000 + text
    return f"POST {route}\n{text}".encode("utf-8", "replace")


def _body(choices: Choices, route: str, channels: list[str], goals: list[str], plans: list[str]) -> dict[str, Any]:
    front = 0 if choices.below(12) else choices.one((1, -1, 10**12))
    if route in ("/evaluate", "/better"):
        return {"spend": _spend(choices, channels), "front": front}
    if route == "/export":
        chosen: list[Any] = [choices.one([*plans, "today", "reference"]) for _ in range(1 + choices.below(3))]
        if choices.often():
            chosen.append({"name": choices.one(("mine", *ODD_NAMES)), "spend": _spend(choices, channels)})
        return {"format": choices.one(("csv", "json", "xlsx")), "plans": chosen, "front": front}
    if route == "/log":
        return {"entries": [_entry(choices, number) for number in range(1 + choices.below(3))]}
    if route == "/reoptimise":
        return _changes(choices, channels, goals) | {"front": front}
    return {}


def _spend(choices: Choices, channels: list[str]) -> dict[str, float]:
    some = channels if choices.below(4) else choices.some(channels)
    return {name: choices.one(_AMOUNTS[:6]) if choices.below(8) else choices.one(_AMOUNTS) for name in some}


def _entry(choices: Choices, number: int) -> dict[str, Any]:
    text = choices.one(("looks right", *ODD_NAMES))
    id = choices.one((f"e{choices.below(200)}{number}", *ODD_NAMES[:12]))
    kind = choices.one(("note", "chosen", "limit"))
    return {"id": id, "at": "2026-01-01T12:00:00Z", "kind": kind, "text": text, "data": {"plan": "1"}}


def _changes(choices: Choices, channels: list[str], goals: list[str]) -> dict[str, Any]:
    limits = {
        name: choices.one(({"min": 10}, {"max": 80}, {"lock": True}, {"off": True}, {"min": 5, "max": 50}))
        for name in choices.some(channels)
    }
    wanted = {choices.one(goals): choices.one(({"min": 1}, {"max": 1e6}, {"min": 5, "max": 1}))}
    budget = choices.one((100, 90.5, 1e-6, 1e9, {"min": 50, "max": 100}))
    changes = {"limits": limits, "goals": wanted, "budget": budget}
    return {key: value for key, value in changes.items() if choices.often()}
