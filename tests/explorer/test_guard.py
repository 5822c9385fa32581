"""Who is answered: the browser that opened the printed address, asked by the explorer's own page."""

import re

import pytest

from moo_budget.explorer.guard import Keys
from tests.explorer.conftest import ADDRESS

READ = ["/", "/static/explorer.js", "/data.json", "/job", "/log"]
WRITE = ["/evaluate", "/better", "/reoptimise", "/cancel", "/export", "/log"]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8747", "", "a b", "[::1", "*"]
)
def test_another_host_is_refused_whatever_cookie_comes_with_it(client, host):
    for path in READ:
        assert client.get(path, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("path", READ)
def test_without_the_cookie_nothing_is_read(stranger, path):
    answer = stranger.get(path)
    assert answer.status_code == 403
    assert "belongs to the browser that opened it first" in answer.text
    assert "start it again for a new address" in answer.text


@pytest.mark.parametrize("path", WRITE)
def test_without_the_cookie_nothing_is_done(stranger, path):
    assert stranger.post(path, json={}, headers={"Origin": ADDRESS}).status_code == 403


@pytest.mark.parametrize("token", ["", "wrong", "电视", "%ff%fe", "a" * 10_000])
def test_a_wrong_token_opens_nothing(stranger, keys, token):
    answer = stranger.get(f"/?token={token}")
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert stranger.get("/", params={"token": keys.token}).status_code == 200  # and does not use up the right one


@pytest.mark.parametrize("cookie", ["", "wrong", '"', "\\342\\202\\254", "a" * 10_000])
def test_a_wrong_cookie_opens_nothing(stranger, keys, cookie):
    assert stranger.get("/data.json", headers={"Cookie": f"{keys.cookie_name}={cookie}"}).status_code == 403


def test_the_token_is_good_for_one_exchange_and_the_address_loses_it(stranger, keys):
    first = stranger.get("/", params={"token": keys.token})
    assert first.status_code == 200
    assert 'http-equiv="refresh" content="0; url=/"' in first.text
    assert keys.token not in first.text
    said = first.headers["set-cookie"]
    assert said.startswith(f"moo_budget_8747={keys.cookie}; HttpOnly")
    assert "samesite=strict" in said.lower()
    assert stranger.get("/").status_code == 200
    stranger.cookies.clear()
    assert stranger.get("/", params={"token": keys.token}).status_code == 403


def test_who_is_in_already_may_open_the_printed_address_again(client, keys):
    assert client.get("/", params={"token": keys.token}).status_code == 200
    assert client.get("/", params={"token": "of yesterday"}).status_code == 200


def test_the_cookie_is_named_by_its_port_so_that_two_explorers_do_not_disturb_each_other():
    one, other = Keys(8747), Keys(9000)
    assert one.cookie_name != other.cookie_name
    assert len({one.token, one.cookie, other.token, other.cookie}) == 4


@pytest.mark.parametrize("path", WRITE)
@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "http://127.0.0.1:9999", "https://127.0.0.1:8747", "http://localhost:8747"],
)
def test_a_change_that_another_page_asks_for_is_refused(client, path, origin):
    del client.headers["Origin"]
    answer = client.post(path, json={}, headers={} if origin is None else {"Origin": origin})
    assert answer.status_code == 403
    assert "made by the explorer's own page only" in answer.json()["error"]["text"]


def test_a_tab_that_calls_the_same_machine_by_its_other_name_has_its_own_origin(client, keys):
    client.headers["Cookie"] = f"{keys.cookie_name}={keys.cookie}"
    headers = {"Host": "localhost:8747", "Origin": "http://localhost:8747"}
    assert client.post("/evaluate", json={"spend": {"tv": 1.0}}, headers=headers).status_code == 200


@pytest.mark.parametrize("path", [*READ, "/nothing", "/static/nothing"])
def test_every_answer_carries_the_headers(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;")
    assert policy.endswith("connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_refusals_carry_the_headers_too(stranger):
    refused = [
        stranger.get("/"),
        stranger.get("/data.json"),
        stranger.get("/", headers={"Host": "evil.example"}),
        stranger.post("/log", content=b"x" * 2_000_000),
    ]
    for answer in refused:
        assert answer.status_code >= 400
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_holds_no_inline_script_and_no_inline_style_and_asks_nobody_else(client):
    page = client.get("/").text
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", page) == []
    addresses = set(re.findall(r'(?:src|href)="([^"]*)"', page)) - {"data:,"}  # no icon, so that none is asked for
    for address in addresses:
        assert address.startswith("/")
        assert client.get(address).status_code == 200


def test_a_title_with_markup_stays_text(client):
    assert "Curves &amp; &lt;names&gt;" in client.get("/").text
