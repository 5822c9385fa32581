"""Who may ask: only the browser that was handed the token, and only from the explorer's own page."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from moo_budget.explorer.wire import failed

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# The address without token replaces this page in the history, by a step that the explorer's own page makes: the cookie
# is for such steps only, and a redirect would count as made by whatever page or program opened the address.
_TOKEN_TAKEN = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,">'
    '<meta http-equiv="refresh" content="0; url=/">'
    '<title>moo-budget</title><p><a href="/">Open the explorer</a></p></html>'
)
_REFUSED = (
    "This page belongs to the browser that opened it first. The address that moo-budget explore printed works once: "
    "go on in that browser, or end the program and start it again for a new address.\n"
)


@dataclass(eq=False)
class Keys:
    """What opens the explorer: a token that is good for one exchange, and the cookie it is exchanged for.

    Args:
        port: a browser sends the cookies of one host to all its ports, so the name tells whose it is.
    """

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._is_taken = False

    @property
    def cookie_name(self) -> str:
        """Name of the cookie."""
        return f"moo_budget_{self.port}"

    def take(self, token: str) -> bool:
        """Whether this is the token, and its first time."""
        with self._lock:
            fits = not self._is_taken and _same(token, self.token)
            self._is_taken |= fits
            return fits

    def fits(self, connection: HTTPConnection) -> bool:
        """Whether a request carries the cookie."""
        return _same(connection.cookies.get(self.cookie_name, ""), self.cookie)


def _same(given: str, wanted: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


class Guard:
    """Refuses requests without the cookie, and changes that another page asks for; the hosts are checked before.

    Args:
        app: that answers what is let through.
        keys: what opens it.
    """

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = self._answer(Request(scope))
        await (answer or self._app)(scope, receive, send)

    def _answer(self, request: Request) -> Response | None:
        """What a request gets that is not let through."""
        if request.scope["path"] == "/" and request.method == "GET" and "token" in request.query_params:
            return self._exchanged(request)
        if not self._keys.fits(request):
            if request.scope["path"] == "/":
                return PlainTextResponse(_REFUSED, 403)
            return JSONResponse(failed("explore.not-yours", _REFUSED.strip()), 403)
        if request.method != "GET" and not _from_own_page(request.headers):
            text = "changes are made by the explorer's own page only; this request comes from another one, or from none"
            return JSONResponse(failed("explore.other-origin", text), 403)
        return None

    def _exchanged(self, request: Request) -> Response:
        """The cookie for the token; who has the cookie already only loses the token from the address."""
        if not self._keys.fits(request) and not self._keys.take(request.query_params["token"]):
            return PlainTextResponse(_REFUSED, 403)
        answer = HTMLResponse(_TOKEN_TAKEN)
        answer.set_cookie(self._keys.cookie_name, self._keys.cookie, httponly=True, samesite="strict")
        return answer


def _from_own_page(headers: Headers) -> bool:
    """Whether the page that asks has the address that is asked; the host itself is one of ours."""
    return headers.get("origin") == f"http://{headers.get('host')}"


class Envelope:
    """The outermost layer: puts the headers on every answer, and notes when somebody asked last."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._asked_at = time.monotonic()

    @property
    def idle_seconds(self) -> float:
        """Since the last request."""
        return time.monotonic() - self._asked_at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            self._asked_at = time.monotonic()

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, with_headers)
