"""What the program is fed: for every border how inputs are made, right ones to start from, the call that reads them.

Made inputs come from the program's own grammar (`tests/grammar`), a decision a byte, so that coverage leads the
decisions. Raw ones are right inputs in which words and bytes are changed. Every input ends in an answer that holds or
in one of the package's errors; anything else is a defect.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import moo_budget as mb
from tests.grammar import borders, damage, problems, requests, statements, tables
from tests.grammar.answers import check_front, check_json
from tests.grammar.choices import Choices
from tests.grammar.problems import CHANNELS

Given = tuple[Any, ...]  # the arguments of a border's `read`, but for the folder

# Errors of the syntax, of names of keys and types of values, and of headers: what is behind them was not reached.
SHALLOW = {
    *("problem.syntax", "problem.unreadable", "problem.encoding", "problem.empty", "problem.unknown-key"),
    *("problem.type", "problem.missing-key", "problem.schema-version", "problem.too-large"),
    *("history.bad-csv", "history.not-a-table", "history.encoding", "history.unknown-encoding", "history.empty"),
    *("history.no-rows", "history.long-row", "history.repeated-header", "history.missing-column"),
    *("history.bad-workbook", "history.bad-parquet", "history.unreadable", "history.two-headers"),
    *("history.too-large", "history.old-workbook", "history.formula-without-value", "history.sheet"),
    *("curves.columns", "experiments.columns", "plan.no-channels", "plan.no-money"),
    *("expression", "expression.character", "expression.number", "expression.depth"),
    *("explore.no-json", "explore.http-400", "explore.http-404", "explore.http-405", "explore.http-413"),
    *("result.unreadable",),
}
_TAGS = ["digital"]
_RULES = (
    "tv + search <= 60% * total\ntv >= 2 * search",
    "count <= 2\ncount(digital) == 1",
    "social >= 0.5 * today(social)\n-tv + 1_200 >= 1.2e2",
    "risk <= 400\nawareness >= 90% * today(awareness)",
    "(tv - search) / 2 <= 'tv' * 3\ntotal >= 100",
)
_BELIEFS = (
    "roi(tv) == 1.2 * roi(search) @ 60%",
    "mroi(tv) >= 0.8 >= mroi(social) @ 90%",
    "quantile(roi(tv), 10%) >= 0.5",
    "roi(digital) == 0.8\nroi(search) <= roi(social)",
    "roi(tv) == implied(tv) @ 50%",
)
_REQUESTS = (
    b'POST /evaluate\n{"spend": {"tv": 50, "search": 30, "social": 20}, "front": 0}',
    b'POST /export\n{"format": "csv", "plans": ["1", {"name": "=1+1", "spend": {"tv": 50}}], "front": 0}',
    b'POST /log\n{"entries": [{"id": "a", "at": "2026-01-01", "kind": "note", "text": "x", "data": {"a": [1]}}]}',
    b'POST /reoptimise\n{"limits": {"tv": {"lock": true, "max": -1}}, "goals": {"roi": {"min": 1e99}}, "budget": -3}',
    b"GET /data.json?front=0\n",
    b"GET /static/..%2f..%2fapp.py\n",
)


@dataclass(frozen=True, eq=False)
class Border:
    """A place where the program takes what others wrote.

    Args:
        made: an input from decisions.
        read: takes an input and a folder of its own.
        seeds: raw inputs that are right, or nearly.
        raw: an input from bytes that were one of these.
    """

    made: Callable[[Choices], Given]
    read: Callable[..., object]
    seeds: Callable[[], list[bytes]]
    raw: Callable[[bytes], Given] = lambda content: (content,)


class RefusedError(mb.MooBudgetError):
    """What the explorer answers where it does not do what is asked."""


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "replace").split("\n")[:6]


def _right(make: Callable[[Choices], Any]) -> list[bytes]:
    """What is made where every decision is the plain one."""
    content = make(Choices(lambda n: 0))
    return [content.encode() if isinstance(content, str) else content]


def _table(rows: Callable[[Choices], tables.Cells], write: Callable[..., bytes], choices: Choices) -> bytes:
    return write(choices, rows(choices))


def _history(write: Callable[..., bytes]) -> Border:
    def made(choices: Choices) -> Given:
        rows, problem = tables.history(choices)
        return write(choices, rows), problem

    return Border(
        made,
        borders.history,
        lambda: _right(lambda choices: made(choices)[0]),
        lambda content: (content, borders.PAST),
    )


def _rules(choices: Choices) -> Given:
    goals = list(borders.GOALS)
    return ([statements.rule(choices, CHANNELS, _TAGS, goals) for _ in range(1 + choices.below(3))],)


def _views(choices: Choices) -> Given:
    is_linear = choices.often()
    beliefs = [statements.belief(choices, CHANNELS, _TAGS, is_linear=is_linear) for _ in range(1 + choices.below(3))]
    return beliefs, "black_litterman" if is_linear else "entropy_pooling"


def _plans(choices: Choices) -> Given:
    rows = tables.plans(choices, CHANNELS)
    return ((tables.as_xlsx if choices.rarely(4) else tables.as_csv)(choices, rows),)


@cache
def solved() -> Path:
    """A small result folder; it stays until the program ends."""
    place = Path(tempfile.mkdtemp(prefix="trust-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    path = borders.written(place, problem=borders.OWN_CURVES, curves=borders.CURVES)
    mb.run(path, place / "result", n_evaluations=500, n_plans=20)
    return place / "result"


def _kept_files() -> list[str]:
    return sorted(path.name for path in solved().iterdir() if path.suffix in {".json", ".toml", ".npz"})


def _damaged_file(choices: Choices) -> Given:
    """A file of a result folder, damaged."""
    name = choices.one(_kept_files())
    content = (solved() / name).read_bytes()
    if name.endswith(".json"):
        root = json.loads(content)
        for _ in range(1 + choices.below(3)):
            damage.tree(choices, root)
        return name, json.dumps(root, default=str).encode()
    if name.endswith(".toml"):
        return name, damage.text(choices, content.decode()).encode()
    at = choices.below(len(content))
    return name, content[:at] + bytes([choices.below(256)]) + content[at + 1 :]


def _result(name: str, content: bytes, folder: Path) -> object:
    """A result folder of which one file is not what it was."""
    whole = folder / "result"
    if not whole.exists():
        shutil.copytree(solved(), whole)
    kept = (whole / name).read_bytes()
    try:
        (whole / name).write_bytes(content)
        result = mb.read_result(whole)
        check_front(result.front, result.spec)
        return result
    finally:
        (whole / name).write_bytes(kept)


class _Explorer:
    """The explorer over the small result, as its own page reaches it."""

    def __init__(self) -> None:
        from starlette.testclient import TestClient

        from moo_budget.explorer.app import application
        from moo_budget.explorer.guard import Envelope, Keys
        from moo_budget.explorer.session import Session

        keys = Keys(8747)
        self.session = Session(solved())
        self.goals = [goal.name for goal in self.session.result(0).front.problem.goals]
        app = Envelope(application(self.session, keys, ("127.0.0.1",)))
        self.client = TestClient(app, base_url="http://127.0.0.1:8747", raise_server_exceptions=True)
        self.client.cookies.set(keys.cookie_name, keys.cookie)

    def ask(self, content: bytes, folder: Path) -> object:
        """One request: method and address on the first line, the body below."""
        head, _, body = content.partition(b"\n")
        method, _, address = head.decode("latin-1").partition(" ")
        method = method if method in {"GET", "POST", "PUT", "DELETE"} else "POST"
        printable = "".join(c for c in address if 32 < ord(c) < 127)
        headers = {"origin": "http://127.0.0.1:8747"}
        answer = self.client.request(method, "/" + printable.lstrip("/"), content=body, headers=headers)
        if answer.status_code == 202:
            self.session.cancel()
        told = None
        if answer.headers.get("content-type", "").startswith("application/json"):
            told = check_json(answer.content)
        if answer.status_code >= 500:
            raise AssertionError(f"{answer.status_code}: {answer.text[:300]}")
        if answer.status_code >= 400:
            assert isinstance(told, dict), f"{answer.status_code} without JSON: {answer.text[:100]}"
            raise RefusedError(told["error"]["text"], code=told["error"]["code"])
        return answer.status_code


@cache
def _explorer() -> _Explorer:
    return _Explorer()


def _request(choices: Choices) -> Given:
    plans = list(_explorer().session.result(0).front.ids)
    return (requests.request(choices, CHANNELS, _explorer().goals, plans),)


BORDERS: dict[str, Border] = {
    "problem file, over a history": Border(
        lambda choices: (problems.problem(choices, has_history=True),),
        borders.over_history,
        lambda: _right(partial(problems.problem, has_history=True)),
    ),
    "problem file, over curves": Border(
        lambda choices: (problems.problem(choices, has_history=False),),
        borders.over_curves,
        lambda: _right(partial(problems.problem, has_history=False)),
    ),
    "history, CSV": _history(tables.as_csv),
    "history, XLSX": _history(tables.as_xlsx),
    "history, Parquet": _history(tables.as_parquet),
    "curves": Border(
        lambda choices: (_table(tables.curves, tables.as_csv, choices),),
        lambda table, folder: borders.over_curves(borders.OWN_CURVES, folder, table),
        lambda: _right(partial(_table, tables.curves, tables.as_csv)),
    ),
    "lift tests": Border(
        lambda choices: (_table(tables.lift_tests, tables.as_csv, choices),),
        borders.lift_tests,
        lambda: _right(partial(_table, tables.lift_tests, tables.as_csv)),
    ),
    "views": Border(
        _views,
        lambda beliefs, method, folder: borders.views(beliefs, method),
        lambda: [belief.encode() for belief in _BELIEFS],
        lambda content: (_lines(content), "black_litterman" if len(content) % 2 else "entropy_pooling"),
    ),
    "rules": Border(
        _rules,
        lambda texts, folder: borders.rules(texts),
        lambda: [rule.encode() for rule in _RULES],
        lambda content: (_lines(content),),
    ),
    "plan files": Border(_plans, borders.plans, lambda: _right(lambda choices: _plans(choices)[0])),
    "explorer requests": Border(
        _request, lambda content, folder: _explorer().ask(content, folder), lambda: list(_REQUESTS)
    ),
    "result folders": Border(
        _damaged_file,
        _result,
        lambda: [(solved() / name).read_bytes() for name in _kept_files()],
        lambda content: ("tables.npz" if content.startswith(b"PK") else "result.json", content),
    ),
}


def told(error: BaseException) -> str:
    """An error in one line, with the last line of the package that it passed."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    seen = [name for name in frames if "moo_budget/" in name[0] or "tests/grammar" in name[0]]
    ours = [f"{Path(name).name}:{line}" for name, line in seen]
    return json.dumps([type(error).__name__, ours[-1] if ours else "", str(error)[:160]], ensure_ascii=False)
