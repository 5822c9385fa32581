"""What the program is fed: for every border the bytes that it takes, seeds to start from, and the call that reads them.

A `Border` ends every input in a result or in one of the package's errors. Anything else that it raises is a defect.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import moo_budget as mb

CHANNELS = ("tv", "search", "social")
N_PERIODS = 16
PROBLEM = """\
schema_version = 1
title = "Bad input"
currency = "EUR"
[history]
file = "history.csv"
date = "week"
channels = ["tv", "search", "social"]
spend = "{channel}_spend"
controls = ["temperature"]
events = "events"
[outcomes.revenue]
column = "revenue"
unit = "EUR"
[outcomes.clicks]
column = "{channel}_clicks"
unit = "clicks"
[plan]
periods = 4
budget = { min = 1000, max = 2000 }
today = "last 4"
money_step = 0.01
[goals]
roi = { outcome = "revenue", measure = "roi" }
clicks = { outcome = "clicks", measure = "total" }
risk = { outcome = "revenue", measure = "tail_mean", level = 0.8 }
[limits]
change = 0.5
share = 0.8
rules = ["tv + search <= 80% * total", "count(digital) <= 2", "social >= 0.5 * today(social)", "risk >= 10"]
[limits.channel.tv]
min = 10
max = 900
min_if_used = 50
[limits.channel.search]
step = 5
[limits.resource.co2]
per_money = { tv = 0.02 }
max = 4000
[tags]
digital = ["search", "social"]
[fit]
model = "auto"
priors = { tv = { roi = [0.1, 3] } }
[views]
beliefs = ["roi(tv) == 1.2 * roi(search) @ 60%"]
[search]
seed = 1
"""
CALENDAR = PROBLEM.replace("[goals]", "calendar = true\n[goals]") + (
    "[limits.calendar]\ntotal_max = 900\n[limits.calendar.tv]\nmax = 300\nblackout = [2024-05-06]\nmin_burst = 2\n"
)
OWN_CURVES = """\
schema_version = 1
currency = "EUR"
[plan]
periods = 2
budget = 100
today = { tv = 40, search = 60 }
[fit]
curves = "curves.csv"
[search]
seed = 1
"""
CURVES = "outcome,channel,spend,value\n" + "".join(
    f"{outcome},{channel},{x},{height * x / (x + 50.0):.6g}\n"
    for outcome in ("revenue", "clicks")
    for channel, height in (("tv", 900.0), ("search", 500.0))
    for x in (0, 10, 20, 40, 80, 160)
)
DRAWN_CURVES = "outcome,channel,draw,spend,value\n" + "".join(
    f"revenue,{channel},{draw},{x},{(draw + 1) * x**0.5:.6g}\n"
    for channel in ("tv", "search")
    for draw in (0, 1)
    for x in (0, 10, 40, 160)
)
LIFT_TESTS = """\
channel,outcome,start,end,spend_change,lift,lift_se,spend
tv,revenue,2024-02-05,2024-02-18,50,200,40,
tv+search,revenue,2024-03-04,2024-03-10,-20,-60,30,
social,clicks,2023-01-02,2023-01-15,40,300,100,80
"""
RULES = (
    "tv + search <= 60% * total\ntv >= 2 * search",
    "count <= 2\ncount(digital) == 1",
    "social >= 0.5 * today(social)\n-tv + 1_200 >= 1.2e2",
    "risk <= 400\nclicks >= 90% * today(clicks)",
    "(tv - search) / 2 <= 'tv' * 3\ntotal >= 100",
)
BELIEFS = (
    "roi(tv) == 1.2 * roi(search) @ 60%",
    "mroi(tv) >= 0.8 >= mroi(social) @ 90%",
    "quantile(roi(tv), 10%) >= 0.5",
    "roi(digital) == 0.8\nroi(search) <= roi(social)",
    "roi(tv) == implied(tv) @ 50%",
)
PLANS = (
    "channel,spend\ntv,500\nsearch,300\nsocial,200\ntotal,1000\n",
    "plan_id,tv,search,social,total\na,500,300,200,1000\nb,400,400,200,1000\n",
    "plan_id,spend_tv,spend_search,spend_social\n1,500.5,300,200\n",
    "渠道;a;b\ntv;1.000,5;2\nsearch;3;4\nsocial;5;6\n",
)
REQUESTS = (
    b'POST /evaluate\n{"spend": {"tv": 500, "search": 300, "social": 200}, "front": 0}',
    b'POST /better\n{"spend": {"tv": 500, "search": 300, "social": 200}, "front": 0}',
    b'POST /export\n{"format": "csv", "plans": ["1", {"name": "=1+1", "spend": {"tv": 500}}], "front": 0}',
    b'POST /log\n{"entries": [{"id": "a", "at": "2026-01-01", "kind": "note", "text": "x", "data": {"a": [1]}}]}',
    b'POST /reoptimise\n{"limits": {"tv": {"lock": true, "max": -1}}, "goals": {"roi": {"min": 1e99}}, "budget": -3}',
    b"POST /cancel\n{}",
    b"GET /data.json?front=0\n",
    b"GET /static/moo_budget.js\n",
    b"GET /static/..%2f..%2fapp.py\n",
    b"GET /job\n",
    b"GET /log\n",
)
WORDS = (
    *("nan", "inf", "-inf", "-0.0", "1e308", "-1e308", "1e-320", "9" * 30, "0x10", "1_0", "0", "-1", "true", "null"),
    *("=1+1", "@SUM(A1)", "../", "/dev/zero", "\\u0000", "\\xff\\xfe", "\\xef\\xbb\\xbf", "电视", "１２", "１，０００"),
    *('"', "'", "{", "}", "[", "]", "%", "@", "*", "(", ")", ";", "\\t", "\\n", "\\r", ",", "|", "=", "<=", ">="),
    *("total", "today(", "count(", "all", "roi(", "mroi(", "implied(", "quantile(", "channel", "spend", "draw"),
    *("min = ", "max = ", "step = ", "lock = true", "off = true", "calendar = true", "layout = ", "missing = "),
    *('"drop"', '"zero"', '"interpolate"', '"long"', "2024-02-30", "0001-01-01", "9999-12-31", "2024-W53"),
)


@dataclass(frozen=True, eq=False)
class Border:
    """A place where the program takes what others wrote.

    Args:
        seeds: inputs that are right, or nearly.
        read: takes an input within a folder of its own.
    """

    seeds: Callable[[], list[bytes]]
    read: Callable[[bytes, Path], object]


def history_frame() -> pd.DataFrame:
    """A history of three channels, (N_PERIODS rows)."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"week": pd.date_range("2024-01-01", periods=N_PERIODS, freq="7D").strftime("%Y-%m-%d")})
    spend = rng.uniform(20, 200, (N_PERIODS, len(CHANNELS))).round(2)
    for column, name in enumerate(CHANNELS):
        frame[f"{name}_spend"] = spend[:, column]
        frame[f"{name}_clicks"] = (spend[:, column] ** 0.7 * rng.uniform(5, 6, N_PERIODS)).round(1)
    frame["revenue"] = (1000 + 4 * spend.sum(axis=1) ** 0.8 + rng.normal(0, 20, N_PERIODS)).round(2)
    frame["temperature"] = rng.normal(15, 5, N_PERIODS).round(1)
    frame["events"] = ["sale" if week % 5 == 0 else "" for week in range(N_PERIODS)]
    return frame


@cache
def _history_csv() -> bytes:
    return history_frame().to_csv(index=False).encode()


def _as_xlsx(frame: pd.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.to_excel(content, index=False, engine="xlsxwriter")
    return content.getvalue()


def _one_plan() -> pd.DataFrame:
    return pd.DataFrame({"channel": CHANNELS, "spend": 1})


def _as_parquet(frame: pd.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.to_parquet(content, index=False)
    return content.getvalue()


def _long_csv() -> bytes:
    frame = history_frame().head(9)
    rows = [
        {"week": row["week"], "channel": name, "spend": row[f"{name}_spend"], "revenue": row["revenue"]}
        for _, row in frame.iterrows()
        for name in CHANNELS
    ]
    return pd.DataFrame(rows).to_csv(index=False).encode()


def _check(folder: Path, problem: str | bytes, **files: str | bytes) -> object:
    for name, content in {"problem": problem, **files}.items():
        path = folder / {"problem": "problem.toml"}.get(name, f"{name}.csv")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    from moo_budget.run import check

    return check(folder / "problem.toml")


def _check_history(content: bytes, folder: Path) -> object:
    """What `init` and `check` make of a table, whatever its bytes are; what `init` writes has to be a problem file."""
    from moo_budget.history.proposal import propose

    (folder / "history.csv").write_bytes(content)
    problem = PROBLEM
    if len(content) % 2:
        with suppress(mb.InputError):
            problem = propose(folder / "history.csv")
    if problem is not PROBLEM:
        (folder / "problem.toml").write_text(problem, encoding="utf-8")
        try:
            mb.read_problem(folder / "problem.toml")
        except mb.InputError as error:
            raise AssertionError(f"init wrote what cannot be read: {error}") from error
    return _check(folder, problem, history=content)


@cache
def tables() -> mb.ResponseTables:
    """Curves of three channels with draws that differ."""
    rng = np.random.default_rng(2)
    rows = [
        (outcome, channel, draw, x, height * factor * x / (x + 60.0))
        for outcome in ("revenue", "clicks")
        for channel, height in zip(CHANNELS, (900.0, 500.0, 300.0), strict=True)
        for draw, factor in enumerate(rng.uniform(0.5, 1.5, 40))
        for x in (0.0, 10.0, 20.0, 40.0, 80.0, 160.0, 400.0, 1000.0)
    ]
    return mb.from_curves(pd.DataFrame(rows, columns=["outcome", "channel", "draw", "spend", "value"]))


def question(**limits: Any) -> mb.BudgetProblem:
    """A problem over these tables."""
    return mb.BudgetProblem(
        tables(),
        goals={
            "revenue": {"outcome": "revenue", "measure": "total"},
            "clicks": {"outcome": "clicks", "measure": "total"},
            "risk": {"outcome": "revenue", "measure": "std"},
        },
        budget=1000,
        periods=1,
        limits=limits,
        tags={"digital": ["search", "social"]},
        today={"tv": 400.0, "search": 400.0, "social": 200.0},
        money_step=0.01,
        currency="EUR",
    )


@cache
def _plain_question() -> mb.BudgetProblem:
    return question()


def _rules(content: bytes, folder: Path) -> object:
    return question(rules=content.decode("utf-8", "replace").split("\n")[:6])


def _views(content: bytes, folder: Path) -> object:
    text = content.decode("utf-8", "replace")
    views = {
        "beliefs": text.split("\n")[:6],
        "outcome": "revenue",
        "method": "black_litterman" if len(text) % 2 else "entropy_pooling",
    }
    from moo_budget.spec import ViewsSpec, parse_part

    return mb.apply_views(
        tables(),
        parse_part(ViewsSpec, views, "views"),
        today={"tv": 400.0, "search": 400.0, "social": 200.0},
        periods=1,
        tags={"digital": ["search", "social"]},
    )


def _plans(content: bytes, folder: Path) -> object:
    (folder / "mine.csv").write_bytes(content)
    read = mb.read_plans(folder / "mine.csv", _plain_question())
    return [mb.evaluate(_plain_question(), plan) for plan in list(read.plans.values())[:3]]


def _lift_tests(content: bytes, folder: Path) -> object:
    (folder / "tests.csv").write_bytes(content)
    return mb.read_experiments(folder / "tests.csv", _history())


@cache
def _history() -> mb.History:
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        _check(Path(place), PROBLEM, history=_history_csv())
        return mb.read_history(mb.read_problem(Path(place) / "problem.toml"))


def _curves(content: bytes, folder: Path) -> object:
    from moo_budget.run import check

    (folder / "curves.csv").write_bytes(content)
    (folder / "problem.toml").write_text(OWN_CURVES, encoding="utf-8")
    return check(folder / "problem.toml")


@cache
def solved() -> Path:
    """A small result folder; it stays until the program ends."""
    import atexit
    import tempfile

    place = Path(tempfile.mkdtemp(prefix="trust-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    (place / "curves.csv").write_text(CURVES, encoding="utf-8")
    (place / "problem.toml").write_text(OWN_CURVES, encoding="utf-8")
    mb.run(place / "problem.toml", place / "result", n_evaluations=500, n_plans=20)
    return place / "result"


def _result(content: bytes, folder: Path) -> object:
    """A result folder of which one file is not what it was; the first byte says which."""
    whole = folder / "result"
    if not whole.exists():
        shutil.copytree(solved(), whole)
    names = sorted(path.name for path in solved().iterdir() if path.suffix in {".json", ".toml", ".npz"})
    name = names[content[0] % len(names)] if content else names[0]
    kept = (whole / name).read_bytes()
    try:
        (whole / name).write_bytes(content[1:])
        return mb.read_result(whole)
    finally:
        (whole / name).write_bytes(kept)


def _result_seeds() -> list[bytes]:
    names = sorted(path.name for path in solved().iterdir() if path.suffix in {".json", ".toml", ".npz"})
    return [bytes([place]) + (solved() / name).read_bytes() for place, name in enumerate(names)]


class _Explorer:
    """The explorer over the small result, as its own page reaches it."""

    def __init__(self) -> None:
        from starlette.testclient import TestClient

        from moo_budget.explorer.app import application
        from moo_budget.explorer.guard import Envelope, Keys
        from moo_budget.explorer.session import Session

        keys = Keys(8747)
        self.session = Session(solved())
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
        if answer.status_code >= 500:
            raise AssertionError(f"{answer.status_code}: {answer.text[:300]}")
        if answer.status_code == 202:
            self.session.cancel()
        return answer.status_code


@cache
def _explorer() -> _Explorer:
    return _Explorer()


def _seeds_of(*texts: str | bytes) -> Callable[[], list[bytes]]:
    return lambda: [text.encode() if isinstance(text, str) else text for text in texts]


BORDERS: dict[str, Border] = {
    "problem file": Border(
        _seeds_of(PROBLEM, CALENDAR, OWN_CURVES),
        lambda content, folder: _check(folder, content, history=_history_csv(), curves=CURVES),
    ),
    "history, CSV": Border(
        lambda: [
            _history_csv(),
            _long_csv(),
            _history_csv().replace(b",", b";").replace(b".", b","),
            _history_csv().decode().replace("tv", "电视").encode("gb18030"),
            _history_csv().decode().encode("utf-16"),
        ],
        _check_history,
    ),
    "history, XLSX": Border(lambda: [_as_xlsx(history_frame().head(10))], _check_history),
    "history, Parquet": Border(lambda: [_as_parquet(history_frame().head(10))], _check_history),
    "curves": Border(_seeds_of(CURVES, DRAWN_CURVES), _curves),
    "lift tests": Border(_seeds_of(LIFT_TESTS), _lift_tests),
    "views": Border(_seeds_of(*BELIEFS), _views),
    "rules": Border(_seeds_of(*RULES), _rules),
    "plan files": Border(
        lambda: [*_seeds_of(*PLANS)(), _as_xlsx(pd.DataFrame({"channel": CHANNELS, "spend": 1}))], _plans
    ),
    "explorer requests": Border(lambda: list(REQUESTS), lambda content, folder: _explorer().ask(content, folder)),
    "result folders": Border(_result_seeds, _result),
}


def told(error: BaseException) -> str:
    """An error in one line, with the last line of the package that it passed."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    ours = [f"{Path(name).name}:{line}" for name, line in frames if "moo_budget/" in name.replace("\\", "/")]
    return json.dumps([type(error).__name__, ours[-1] if ours else "", str(error)[:160]], ensure_ascii=False)
