"""A small result folder with names that are no words, and the explorer over it."""

import shutil
import time

import pytest
from starlette.testclient import TestClient

from moo_budget.explorer.app import application
from moo_budget.explorer.guard import Envelope, Keys
from moo_budget.explorer.session import Session
from moo_budget.run import run
from tests.report.conftest import browser as browser  # the same one

ADDRESS = "http://127.0.0.1:8747"
MARKUP, FORMULA, CONTROL = "</script><b>x", "=1+1", "turned\u2028\u202eround"
CHANNELS = {"tv": 900, "电视": 500, MARKUP: 300, FORMULA: 200, CONTROL: 250}
CURVES = "outcome,channel,spend,value\n" + "".join(
    f"{outcome},{channel},{x},{height * x / (x + half):.6g}\n"
    for channel, height in CHANNELS.items()
    for outcome, height, half in (("revenue", height, 50), ("awareness", 1000 - height, 80))
    for x in range(0, 401, 10)
)
PROBLEM = """\
schema_version = 1
title = "Curves & <names>"
currency = "EUR"
[plan]
budget = 400
today = { tv = 200, "电视" = 100, "=1+1" = 60, "</script><b>x" = 40 }
[fit]
curves = "curves.csv"
[search]
evaluations = 2000
plans = 40
seed = 1
"""


@pytest.fixture(scope="session")
def solved(tmp_path_factory):
    """A result folder that nobody changes."""
    place = tmp_path_factory.mktemp("explored")
    (place / "curves.csv").write_text(CURVES, encoding="utf-8")
    (place / "problem.toml").write_text(PROBLEM, encoding="utf-8")
    run(place / "problem.toml", place / "result")
    return place / "result"


@pytest.fixture
def folder(solved, tmp_path):
    """A result folder of one's own."""
    return shutil.copytree(solved, tmp_path / "result")


@pytest.fixture
def session(folder):
    session = Session(folder)
    yield session
    session.close()


@pytest.fixture
def keys():
    return Keys(8747)


@pytest.fixture
def stranger(session, keys):
    """A client without cookie."""
    app = Envelope(application(session, keys, ["127.0.0.1", "localhost"]))
    with TestClient(app, ADDRESS, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(stranger, keys):
    """The browser that opened the explorer."""
    stranger.get("/", params={"token": keys.token})
    stranger.headers["Origin"] = ADDRESS
    return stranger


@pytest.fixture
def ended(client):
    """Wait for the search to end, and return what is told of it."""

    def wait():
        for _ in range(1200):
            told = client.get("/job").json()
            if told["state"] != "running":
                return told
            time.sleep(0.05)
        raise AssertionError("the search does not end")

    return wait
