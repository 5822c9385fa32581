"""Whatever is sent, the explorer refuses it and goes on answering."""

import http.client
import json
import random
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
import uvicorn

from moo_budget.explorer.app import application
from moo_budget.explorer.guard import Envelope
from tests.explorer.conftest import CHANNELS

PATHS = [
    "/",
    "/evaluate",
    "/better",
    "/reoptimise",
    "/job",
    "/cancel",
    "/export",
    "/log",
    "/data.json",
    "/static/explorer.js",
]
KEYS = [
    "spend",
    "front",
    "limits",
    "goals",
    "budget",
    "format",
    "plans",
    "entries",
    "id",
    "min",
    "name",
    "tv",
    "",
    "\0",
]
VALUES = [
    None,
    True,
    -1,
    1e308,
    10**30,
    "",
    "../../etc/passwd",
    "=1+1",
    "</script>",
    "\ud800",
    "电" * 300,
    "\x07",
    [],
    {},
]


def _value(rng, depth=0):
    kind = rng.random()
    if depth > 3 or kind < 0.4:
        return rng.choice([*VALUES, rng.random() * 10 ** rng.randint(-300, 300), rng.choice(list(CHANNELS))])
    if kind < 0.6:
        return [_value(rng, depth + 1) for _ in range(rng.randint(0, 4))]
    return {rng.choice(KEYS): _value(rng, depth + 1) for _ in range(rng.randint(0, 4))}


def _body(rng):
    text = json.dumps(_value(rng), ensure_ascii=rng.random() < 0.9).encode("utf-8", "surrogatepass")
    kind = rng.random()
    if kind < 0.2:
        return rng.randbytes(rng.randint(0, 300))
    if kind < 0.4:
        at = rng.randint(0, len(text))
        return text[:at] + rng.randbytes(rng.randint(1, 3)) + text[at + rng.randint(0, 5) :]
    return text


def _path(rng):
    path = rng.choice(PATHS)
    front = quote(str(rng.choice(VALUES)), errors="replace")
    odd = ["", "/", "/..", "%00", "%2e%2e/", f"?front={front}", "//", "?token=%ff", ";x", "\\..\\"]
    return path + rng.choice(odd) if rng.random() < 0.5 else path


def test_two_thousand_malformed_requests_leave_the_explorer_answering(client, session, folder, monkeypatch):
    monkeypatch.setattr(type(session), "reoptimise", lambda *_: 1)  # a body that is right by chance starts no search
    before = client.post("/evaluate", json={"spend": {"tv": 100.0}}).json()
    files = {path.name for path in folder.iterdir()}
    rng, seen = random.Random(8), set()
    for _ in range(2000):
        verb = rng.choice(["GET", "POST", "POST", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"])
        answer = client.request(verb, _path(rng), content=_body(rng))
        seen.add(answer.status_code)
    assert 500 not in seen
    assert {400, 404, 405, 422} <= seen
    assert client.post("/evaluate", json={"spend": {"tv": 100.0}}).json() == before
    assert client.get("/").status_code == 200
    assert {path.name for path in folder.iterdir()} - files <= {"decisions.json"}


@pytest.fixture
def served(session, keys):
    """The explorer behind a real socket; its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = Envelope(application(session, keys, ["127.0.0.1"]))
    config = uvicorn.Config(app, http="h11", ws="none", lifespan="off", log_config=None, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(20)
    listening.close()


def _ask(port, keys, verb, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Cookie": f"{keys.cookie_name}={keys.cookie}", "Origin": f"http://127.0.0.1:{port}"}
    connection.request(verb, path, body and json.dumps(body).encode(), headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def test_bytes_that_are_no_http_leave_the_server_answering(served, keys, caplog):
    rng, host = random.Random(9), f"127.0.0.1:{served}"
    allowed = f"Host: {host}\r\nOrigin: http://{host}\r\nCookie: {keys.cookie_name}={keys.cookie}"
    whole = f"POST /evaluate HTTP/1.1\r\n{allowed}\r\nContent-Length: 9\r\n\r\n1234".encode()  # and breaks off
    for _ in range(200):
        at = rng.randint(0, len(whole))
        sent = rng.choice([rng.randbytes(rng.randint(0, 400)), whole[:at], whole[:at] + rng.randbytes(8) + whole[at:]])
        with socket.create_connection(("127.0.0.1", served), timeout=10) as connection:
            connection.sendall(sent)
    assert _ask(served, keys, "GET", "/job")[0] == 200
    assert caplog.messages == []


def test_fifty_at_a_time_get_each_their_own_answer(served, keys):
    wanted = [{"tv": 2.0 * i, "电视": 400.0 - 2.0 * i} for i in range(200)]

    def answered(spend):
        status, content = _ask(served, keys, "POST", "/evaluate", {"spend": spend})
        assert status == 200, content
        return json.loads(content)

    alone = [answered(spend) for spend in wanted]
    with ThreadPoolExecutor(50) as pool:
        together = list(pool.map(answered, wanted))
    assert together == alone
    assert len({answer["goals"]["awareness"]["value"] for answer in alone}) == len(wanted)


def test_headers_without_end_and_bodies_that_never_come_hold_up_nobody(served, keys):
    allowed = f"Host: 127.0.0.1:{served}\r\nCookie: {keys.cookie_name}={keys.cookie}"
    slow = socket.create_connection(("127.0.0.1", served), timeout=10)
    slow.sendall(f"POST /evaluate HTTP/1.1\r\n{allowed}\r\nContent-Length: 900000\r\n\r\n{{".encode())
    with socket.create_connection(("127.0.0.1", served), timeout=10) as flood:
        flood.sendall(f"GET /job HTTP/1.1\r\n{allowed}\r\n".encode() + b"X-More: 1\r\n" * 20_000 + b"\r\n")
        assert b" 400 " in flood.recv(200)
    assert _ask(served, keys, "GET", "/job")[0] == 200
    slow.close()


def test_a_log_that_is_a_link_does_not_lead_out_of_the_folder(client, folder, tmp_path):
    outside = tmp_path / "outside.json"
    outside.write_text('{"schema_version": 1, "entries": []}', encoding="utf-8")
    (folder / "decisions.json").symlink_to(outside)
    entry = {"id": "a", "at": "2026-01-01", "kind": "note", "text": "x", "data": {}}
    client.post("/log", json={"entries": [entry]})
    assert json.loads(outside.read_text(encoding="utf-8"))["entries"] == []
