"""The explorer as a program: started by the command line, answering, ended in four ways."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from moo_budget.errors import InputError
from moo_budget.explorer import server
from moo_budget.explorer.server import explore

PROGRAM = [sys.executable, "-m", "moo_budget.cli", "explore"]


def _hear_interrupts():
    """A shell that runs the suite in the background has its children ignore them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Started:
    """The program with the address that it printed."""

    def __init__(self, *arguments):
        environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
        self.process = subprocess.Popen(
            [*PROGRAM, *map(str, arguments), "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            preexec_fn=_hear_interrupts,
        )
        self.address = json.loads(self.process.stdout.readline())["address"]
        self.host, port, self.token = re.fullmatch(r"http://(.+):(\d+)/\?token=(.+)", self.address).groups()
        self.port = int(port)

    def ask(self, path, cookie="", body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Cookie": cookie, "Origin": f"http://127.0.0.1:{self.port}"}
        connection.request("GET" if body is None else "POST", path, body and json.dumps(body).encode(), headers)
        answer = connection.getresponse()
        content = answer.read().decode()
        connection.close()
        return answer, content

    def opened(self):
        """The cookie that the printed address gives."""
        answer, _ = self.ask(f"/?token={self.token}")
        return answer.getheader("set-cookie").split(";")[0]

    def ended(self):
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out, err


@pytest.fixture
def started():
    programs = []

    def start(*arguments):
        programs.append(Started(*arguments))
        return programs[-1]

    yield start
    for program in programs:
        if program.process.poll() is None:
            program.process.kill()
        program.process.communicate()


def test_the_explorer_answers_until_it_is_asked_to_end_and_ends_with_0(started, folder):
    before = sorted(path.name for path in folder.iterdir())
    program = started(folder)
    cookie = program.opened()
    assert "explorer.js" in program.ask("/", cookie)[1]
    answer, content = program.ask("/evaluate", cookie, {"spend": {"tv": 100.0}})
    assert answer.status == 200
    assert json.loads(content)["unplaced"] == 300.0
    assert program.ask("/reoptimise", cookie, {"limits": {"tv": {"lock": True}}})[0].status == 202
    program.process.send_signal(signal.SIGTERM)  # while it searches
    code, out, err = program.ended()
    assert (code, out, err.splitlines()[-1]) == (0, "", "the explorer has ended")
    assert "Traceback" not in err
    assert sorted(path.name for path in folder.iterdir()) == before


def test_an_explorer_that_nobody_asks_ends_by_itself(started, folder):
    program = started(folder, "--idle-minutes", 0.02)
    code, _, err = program.ended()
    assert code == 0
    assert err.splitlines()[0] == f"reading {folder} ..."  # before the libraries are loaded
    assert err.splitlines()[-1] == "the explorer has ended"


def test_an_explorer_killed_while_it_searches_leaves_a_folder_that_opens_again(started, folder):
    program = started(folder)
    cookie = program.opened()
    entry = {"id": "a", "at": "now", "kind": "pin", "text": "plan 3"}
    program.ask("/log", cookie, {"entries": [entry]})
    program.ask("/reoptimise", cookie, {"limits": {"tv": {"lock": True}}})
    program.process.kill()
    program.ended()
    again = started(folder)
    assert json.loads(again.ask("/log", again.opened())[1])["entries"] == [entry | {"data": {}}]


def test_a_second_explorer_lets_nobody_in_who_was_let_into_the_first(started, folder):
    first, second = started(folder), started(folder)
    assert first.port != second.port
    cookie = first.opened()
    assert second.ask("/job", cookie)[0].status == 403
    second.process.send_signal(signal.SIGINT)
    assert second.ended()[0] == 0


def test_where_the_usual_port_is_taken_another_is_chosen_and_said(folder, monkeypatch):
    told = []
    monkeypatch.setattr(server, "_serve", lambda *_: None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(server, "_PORT", port)
        explore(folder, browser=False, opened=told.append)
    assert told[0].warnings == (f"port {port} is taken; another one was chosen",)
    assert f":{port}/" not in told[0].address


def test_a_port_that_was_asked_for_and_is_taken_is_refused(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"--port {port} at 127\.0\.0\.1: .*in use.*leave --port out") as refused:
            explore(folder, port=port)
        assert refused.value.exit_code == 2


def test_a_host_that_is_not_of_this_machine_is_refused(folder):
    with pytest.raises(InputError, match=r"--host 192\.0\.2\.1: .* Name an address of this machine"):
        explore(folder, host="192.0.2.1")


def test_a_folder_without_result_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"is no result folder.*Name the folder that `moo-budget solve` wrote"):
        explore(tmp_path)


def test_another_host_is_warned_of_and_only_its_names_are_answered(started, folder):
    program = started(folder, "--host", "0.0.0.0")
    assert program.host == socket.gethostname()
    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=120)
    for host, status in ((f"{program.host}:{program.port}", 403), ("evil.example", 400)):
        connection.request("GET", "/job", headers={"Host": host})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
    connection.close()
    program.process.send_signal(signal.SIGINT)
    assert "warning: --host 0.0.0.0: other machines in the network reach the explorer" in program.ended()[2]


def test_the_names_that_are_answered_are_exact():
    assert server._hosts("127.0.0.1") == ("127.0.0.1", "localhost")
    assert server._hosts("localhost") == ("localhost", "127.0.0.1")
    assert server._hosts("::1") == ("[::1]", "127.0.0.1", "localhost")
    assert server._hosts("192.0.2.1") == ("192.0.2.1",)
    assert "*" not in "".join(server._hosts("0.0.0.0"))


def test_a_browser_is_opened_only_where_there_is_a_screen(folder, monkeypatch):
    told, asked = [], []
    monkeypatch.setattr(server, "_serve", lambda *_: time.sleep(0.2))
    monkeypatch.setattr(server.webbrowser, "open", asked.append)
    for screen, wanted in ((":0", True), (":0", False), ("", True)):
        monkeypatch.setenv("DISPLAY", screen)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        explore(folder, browser=wanted, opened=told.append)
    assert [opened.in_browser for opened in told] == [True, False, False]
    assert asked == [told[0].address]
    assert len({opened.address.split("token=")[1] for opened in told}) == 3
