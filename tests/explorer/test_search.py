"""Re-optimising in the background: one at a time, watched, ended, and never in the way of what is there."""

import contextlib
import threading

import numpy as np
import pytest

from moo_budget.errors import InputError
from moo_budget.explorer import session as session_module
from moo_budget.explorer.search import BusyError, Search
from moo_budget.explorer.session import Session
from moo_budget.reoptimise import reoptimise, restate
from tests.explorer.conftest import FORMULA

LONG = {"limits": {"tv": {"lock": True}}}


@pytest.fixture
def held(monkeypatch):
    """Searches wait after their first generation until this is set."""
    go_on = threading.Event()

    def slow(question, start_from, *, callback):
        def told(progress):
            callback(progress)
            go_on.wait(30)
            callback(progress)

        return reoptimise(question, start_from, callback=told)

    monkeypatch.setattr(session_module, "reoptimise", slow)
    yield go_on
    go_on.set()


def test_a_second_search_is_refused_until_the_first_has_ended(client, held, ended):
    assert client.post("/reoptimise", json=LONG).status_code == 202
    again = client.post("/reoptimise", json=LONG)
    assert again.status_code == 409
    assert "a search is running already" in again.json()["error"]["text"]
    held.set()
    assert ended()["front"] == 1
    assert client.post("/reoptimise", json=LONG).json() == {"job": 2}
    assert ended()["front"] == 2


def test_a_cancelled_search_keeps_what_it_found(client, session, held, ended):
    client.post("/reoptimise", json=LONG)
    while client.get("/job").json()["progress"] is None:
        pass
    assert client.get("/job").json()["state"] == "running"
    assert client.post("/cancel", json={}).status_code == 200
    held.set()
    told = ended()
    assert told["state"] == "stopped"
    assert "ended early" in told["message"]
    assert told["front"] == 1
    assert told["data"]["plans"]["id"] == list(session.result(1).front.ids)
    assert session.result(1).front.status == "stopped"


def test_cancelling_when_nothing_runs_changes_nothing(client, ended):
    assert client.post("/cancel", json={}).json() == {}
    client.post("/reoptimise", json=LONG)
    assert ended()["state"] == "done"


def test_a_search_that_fails_says_so_and_leaves_the_fronts(client, monkeypatch, ended):
    def fail(*_, **__):
        raise InputError("no plan has a value in every goal", code="solve.nothing-finite")

    monkeypatch.setattr(session_module, "reoptimise", fail)
    client.post("/reoptimise", json=LONG)
    told = ended()
    assert told["state"] == "failed"
    assert told["front"] is None
    assert told["data"] is None
    assert told["message"] == "no plan has a value in every goal"
    monkeypatch.setattr(session_module, "reoptimise", lambda *_, **__: 1 / 0)
    client.post("/reoptimise", json=LONG)
    assert "a defect of moo-budget: ZeroDivisionError" in ended()["message"]
    assert client.get("/data.json").status_code == 200


def test_two_tabs_see_one_search_and_each_may_stay_with_its_front(client, held, ended):
    client.post("/reoptimise", json=LONG)
    assert client.get("/job").json()["job"] == client.get("/job").json()["job"] == 1
    held.set()
    ended()
    spend = {"tv": 250.0, "电视": 150.0}
    kept, changed = (client.post("/evaluate", json={"spend": spend, "front": front}).json() for front in (0, 1))
    assert kept["broken"] == []
    assert changed["broken"] == ["tv: is locked at 200.00"] or "tv" in changed["broken"][0]
    assert kept["goals"] == changed["goals"]


def test_changes_are_counted_from_the_problem_file_whichever_front_they_start_from(client, session, ended):
    client.post("/reoptimise", json={"limits": {"tv": {"lock": True}}})
    ended()
    client.post("/reoptimise", json={"limits": {"电视": {"off": True}}, "front": 1})
    ended()
    spend = session.result(2).front.spend
    assert np.all(spend[:, 1] == 0.0)
    assert np.ptp(spend[:, 0]) > 0.0


def test_a_search_begins_with_the_plans_of_the_front_that_is_named(session):
    result = session.result(0)
    question = restate(result, {"limits": {FORMULA: {"max": 100.0}}})
    found = reoptimise(question, result.front)
    assert found.front.problem.goals == result.problem.goals
    assert found.front.spend[:, 3].max() <= 100.0
    assert found.spec.limits.channel[FORMULA].max == 100.0
    assert found.certificate is not None
    assert found.efficient_frontier is None
    again = reoptimise(question, result.front)
    assert np.array_equal(found.front.spend, again.front.spend)


def test_fronts_beyond_the_last_ten_are_let_go_but_never_the_folders_own(folder, solved):
    session = Session(folder)
    result = session.result(0)
    for _ in range(12):
        session._keep(result)
    assert session.result(0) is result
    assert session.result(12) is result
    assert session.result(3) is result
    with pytest.raises(InputError, match=r"front 2 is not kept any more; kept are 0, 3, 4, .*, 12\. Go back to one"):
        session.result(2)


def test_a_search_is_ended_when_the_program_ends(session, held):
    session.reoptimise(0, restate_of(LONG))
    threading.Timer(0.2, held.set).start()
    session.close()
    assert not session.is_searching


def restate_of(changes):
    from moo_budget.reoptimise import Changes
    from moo_budget.spec import parse_part

    return parse_part(Changes, changes, "changes")


def test_only_one_of_many_that_start_at_once_begins(solved):
    search, go_on, begun = Search(), threading.Event(), []

    def find(told):
        go_on.wait(10)
        raise InputError("over", code="test.over")

    def start():
        with contextlib.suppress(BusyError):
            begun.append(search.start(find, lambda result: 1))

    threads = [threading.Thread(target=start) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert begun == [1]
    go_on.set()
    search.close()
