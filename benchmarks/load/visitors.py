"""The explorer under many requests at a time: answers, latencies, the log, memory, and its end.

Run: python -m load.visitors HOW_MANY_AT_A_TIME ROUNDS FILE
"""

from __future__ import annotations

import http.client
import json
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import moo_budget as mb
from load.small import CHANNELS, problem_file

PROGRAM = [sys.executable, "-m", "moo_budget.cli", "explore", "--no-browser", "--json"]


@dataclass
class Explorer:
    """The program behind an address, asked as its page asks."""

    process: subprocess.Popen[str]
    port: int
    cookie: str = ""

    @classmethod
    def over(cls, folder: Path) -> Explorer:
        """Start the program over a result folder, and open its address."""
        process = subprocess.Popen([*PROGRAM, str(folder)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None  # a pipe was asked for
        address = json.loads(process.stdout.readline())["address"]
        port, token = re.findall(r":(\d+)/\?token=(.+)", address)[0]
        explorer = cls(process, int(port))
        answer = explorer.answered(f"/?token={token}")[0]
        explorer.cookie = str(answer.getheader("set-cookie")).split(";")[0]
        return explorer

    def answered(self, path: str, body: Any = None) -> tuple[http.client.HTTPResponse, bytes]:
        """The answer to a request, and its content; without a body it is GET."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Cookie": self.cookie, "Origin": f"http://127.0.0.1:{self.port}"}
        method, content = ("GET", None) if body is None else ("POST", json.dumps(body).encode())
        connection.request(method, path, content, headers)
        answer = connection.getresponse()
        told = answer.read()
        connection.close()
        return answer, told

    def megabytes(self) -> float:
        """Of the program in memory now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


def requests_of(one: int, plan: dict[str, float]) -> tuple[str, Any, set[int]]:
    """Path, body and the statuses that are right, of the request with this number."""
    entry = {"id": f"entry-{one}", "at": "2026-11-22T20:00:00Z", "kind": "note", "text": f"note {one}"}
    kinds: list[tuple[str, Any, set[int]]] = [
        ("/evaluate", {"spend": plan, "front": 0}, {200}),
        ("/better", {"spend": plan, "front": 0}, {200}),
        ("/export", {"format": ("xlsx", "csv", "json")[one % 3], "plans": ["1"], "front": 0}, {200}),
        ("/reoptimise", {"limits": {"tv": {"max": 150}}, "goals": {}, "front": 0}, {200, 202, 409}),
        ("/cancel", {}, {200, 409}),
        ("/log", {"entries": [entry]}, {200}),
        ("/data.json?front=0", None, {200}),
        ("/job", None, {200}),
    ]
    return kinds[one % len(kinds)]


def asked(explorer: Explorer, one: int, plan: dict[str, float]) -> dict[str, Any]:
    """A request: which, how long it took, and whether the answer is what it must be."""
    path, body, right = requests_of(one, plan)
    begin = time.monotonic()
    answer, content = explorer.answered(path, body)
    seconds = time.monotonic() - begin
    told = content.decode(errors="replace")[:200] if answer.status not in right else ""
    return {"path": path, "status": answer.status, "seconds": seconds, "right": answer.status in right, "told": told}


def main() -> None:
    at_a_time, rounds = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result = mb.run(problem_file(folder), folder / "result")
        plan = dict(zip(CHANNELS, (150.0, 120.0, 80.0, 50.0), strict=True))
        expected = mb.evaluate(result.problem, plan).goals
        explorer, memory, answers = Explorer.over(folder / "result"), [], []
        for turn in range(rounds):
            with ThreadPoolExecutor(at_a_time) as clients:
                numbers = range(turn * at_a_time, (turn + 1) * at_a_time)
                answers += list(clients.map(lambda one: asked(explorer, one, plan), numbers))
            memory.append(explorer.megabytes())
        evaluated = json.loads(explorer.answered("/evaluate", {"spend": plan, "front": 0})[1])
        explorer.process.send_signal(signal.SIGTERM)
        code = explorer.process.wait(60)
        log = folder / "result" / "decisions.json"
        kept = log.read_text(encoding="utf-8").count("entry-") if log.exists() else 0
    seconds = [answer["seconds"] for answer in answers]
    found = {
        "requests": len(answers),
        "wrong": [answer for answer in answers if not answer["right"]],
        "logged": (sum(answer["path"] == "/log" and answer["status"] == 200 for answer in answers), kept),
        "evaluated": {name: value["value"] for name, value in evaluated["goals"].items()}
        == {name: value.value for name, value in (expected or {}).items()},
        "median": statistics.median(seconds),
        "worst": max(seconds),
        "memory": memory,
        "code": code,
    }
    Path(sys.argv[3]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
