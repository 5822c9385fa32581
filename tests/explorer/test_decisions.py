"""decisions.json is whole at every moment, and lines are never lost to another tab."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading

import pytest

from moo_budget.errors import FolderError, InputError
from moo_budget.explorer import decisions
from moo_budget.explorer import session as session_module
from moo_budget.explorer.decisions import Decision, DecisionLog
from moo_budget.explorer.session import Session
from moo_budget.results import read_result
from moo_budget.run import run


def line(id, text="锁定电视 </script>=1+1\x07", **more):
    return {"id": id, "at": "2026-11-22T13:00:00Z", "kind": "note", "text": text, **more}


def test_lines_are_on_disk_when_they_are_answered_and_come_back(client, folder):
    data = {"plan": {"tv": 1.5, "电视": None}, "pins": ["1", "2"]}
    added = client.post("/log", json={"entries": [line("a"), line("b", data=data)]}).json()
    stored = json.loads((folder / "decisions.json").read_text(encoding="utf-8"))
    assert added == stored == client.get("/log").json()
    assert stored == {"schema_version": 1, "entries": [line("a", data={}), line("b", data=data)]}


def test_a_folder_without_log_has_an_empty_one_and_none_is_written(client, folder):
    assert client.get("/log").json() == {"schema_version": 1, "entries": []}
    assert not (folder / "decisions.json").exists()


def test_a_line_that_is_sent_twice_is_kept_once(client):
    client.post("/log", json={"entries": [line("a", "first")]})
    entries = client.post("/log", json={"entries": [line("a", "again"), line("b"), line("b")]}).json()["entries"]
    assert next((entry["id"], entry["text"]) for entry in entries) == ("a", "first")
    assert [entry["id"] for entry in entries] == ["a", "b"]


def test_two_programs_over_one_folder_do_not_lose_each_others_lines(folder):
    one, other = DecisionLog(folder), DecisionLog(folder)
    one.add([Decision(**line("a"))])
    other.add([Decision(**line("b"))])
    assert [entry.id for entry in one.read().entries] == ["a", "b"]


def test_many_tabs_of_several_explorers_lose_nothing(folder):
    logs = [DecisionLog(folder) for _ in range(4)]
    threads = [
        threading.Thread(target=lambda i=i: logs[i % 4].add([Decision(**line(f"{i}.{k}")) for k in range(3)]))
        for i in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = sorted(entry.id for entry in logs[0].read().entries)
    assert found == sorted(f"{i}.{k}" for i in range(20) for k in range(3))


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({}, "is missing"),
        (line(""), "id"),
        (line("a" * 81), "id"),
        (line("a", "x" * 2001), "text"),
        (line("a", kind=3), "text in quotes"),
        (line("a", path="/etc/passwd"), "not a setting"),
        (line("a", data=[]), "table"),
    ],
)
def test_a_line_that_is_none_is_refused_and_nothing_is_written(client, folder, entry, words):
    answer = client.post("/log", json={"entries": [line("good"), entry]})
    assert answer.status_code == 422
    assert words in answer.json()["error"]["text"]
    assert not (folder / "decisions.json").exists()


def test_a_deleted_folder_is_said_and_not_made_again(client, folder):
    shutil.rmtree(folder)
    for answer in (client.get("/log"), client.post("/log", json={"entries": [line("a")]})):
        assert answer.status_code == 410
        assert "is not there any more, so nothing can be saved in it" in answer.json()["error"]["text"]
        assert "export it" in answer.json()["error"]["text"]
    assert not folder.exists()
    assert client.post("/evaluate", json={"spend": {"tv": 1.0}}).status_code == 200
    assert client.post("/export", json={"format": "csv", "plans": ["1"]}).status_code == 200


def test_a_result_that_took_the_place_of_the_one_that_is_shown_gets_no_lines(client, folder, solved):
    run(solved.parent / "problem.toml", folder, force=True, n_evaluations=100)
    answer = client.post("/log", json={"entries": [line("a")]})
    assert answer.status_code == 410
    assert "holds another result now" in answer.json()["error"]["text"]
    assert not (folder / "decisions.json").exists()


def test_a_result_that_takes_the_place_while_the_explorer_opens_gets_no_lines(folder, monkeypatch):
    def read_slowly(place):
        result = read_result(place)
        (place / "new").write_bytes((place / "result.json").read_bytes())
        (place / "new").replace(place / "result.json")
        return result

    monkeypatch.setattr(session_module, "read_result", read_slowly)
    with pytest.raises(FolderError, match=r"holds another result now.* start moo-budget explore anew"):
        Session(folder).log.add([Decision(**line("a"))])
    assert not (folder / "decisions.json").exists()


def test_a_damaged_log_is_left_as_it_is(client, folder):
    (folder / "decisions.json").write_text('{"schema_version": 1, "entries": [', encoding="utf-8")
    answer = client.post("/log", json={"entries": [line("a")]})
    assert answer.status_code == 422
    assert "Rename it, and a new one is begun" in answer.json()["error"]["text"]
    assert (folder / "decisions.json").read_text(encoding="utf-8").endswith("[")


def test_a_log_does_not_grow_without_end(folder, monkeypatch):
    monkeypatch.setattr(decisions, "_MOST_ENTRIES", 3)
    log = DecisionLog(folder)
    log.add([Decision(**line(str(i))) for i in range(3)])
    with pytest.raises(InputError, match=r"decisions\.json has room for 3 lines\. Rename it"):
        log.add([Decision(**line("more"))])
    assert len(log.read().entries) == 3


def test_a_disk_that_refuses_leaves_the_log_as_it_was(folder, monkeypatch):
    log = DecisionLog(folder)
    log.add([Decision(**line("a"))])

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FolderError, match=r"cannot be written .* \(No space left on device\); it is as it was before"):
        log.add([Decision(**line("b"))])
    assert [entry.id for entry in log.read().entries] == ["a"]
    assert [path.name for path in folder.iterdir() if "decisions" in path.name] == ["decisions.json"]


_WRITE_FOREVER = """
import sys
from pathlib import Path
from moo_budget.explorer.decisions import Decision, DecisionLog
log = DecisionLog(Path(sys.argv[1]))
for i in range(10**9):
    log.add([Decision(str(i), "now", "note", "x" * 2000)])
    print(i, flush=True)
"""


def test_a_program_killed_while_it_writes_leaves_a_whole_log(folder):
    writer = subprocess.Popen([sys.executable, "-c", _WRITE_FOREVER, str(folder)], stdout=subprocess.PIPE, text=True)
    for said in writer.stdout:
        last = int(said)
        if last >= 40:
            break
    writer.send_signal(signal.SIGKILL)
    said = writer.communicate()[0].split()
    last = int(said[-1]) if said else last
    entries = DecisionLog(folder).read().entries
    assert [entry.id for entry in entries][: last + 1] == [str(i) for i in range(last + 1)]
    assert len(entries) <= last + 2  # one more may have been written and not said
