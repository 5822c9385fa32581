"""The explorer's routes: each reads a request, calls one function of the session, and writes the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import TypeVar

from jinja2 import Environment, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from moo_budget.errors import FolderError, MooBudgetError
from moo_budget.explorer.decisions import Decisions, as_json
from moo_budget.explorer.guard import Guard, Keys
from moo_budget.explorer.search import BusyError
from moo_budget.explorer.session import GoneError, Session
from moo_budget.explorer.wire import (
    Export,
    HandMade,
    NewEntries,
    Nothing,
    Reoptimise,
    UnreadableError,
    failed,
    read,
    told,
)
from moo_budget.report.front_end import script, style
from moo_budget.report.page_data import visible

Body = TypeVar("Body")

_LARGEST_BODY = 1_000_000  # bytes
_STATUS: dict[type[MooBudgetError], int] = {UnreadableError: 400, BusyError: 409, GoneError: 409, FolderError: 410}
_WRONG = 422  # every other error that tells what is wrong with a question
_HTTP = {
    400: "the request broke off",
    404: "the explorer has nothing at this address",
    405: "this address is asked in another way",
    413: f"a request may have {_LARGEST_BODY:,} bytes; this one has more, and nothing was done",
}
_FILES = {
    "xlsx": ("plans.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": ("plans.csv", "text/csv"),
    "json": ("plans.json", "application/json"),
}


def application(session: Session, keys: Keys, hosts: Sequence[str]) -> Starlette:
    """The explorer as a web application.

    Args:
        session: what is explored.
        keys: what opens it.
        hosts: by which names it may be called, without port.
    """
    static = _static()

    def static_file(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in static:
            raise HTTPException(404)
        content, kind = static[name]
        return Response(content, media_type=kind)

    def front_of(request: Request) -> int:
        return _number(request.query_params.get("front", "0"))

    def file_of(asked: Export) -> Response:
        own = [plan if isinstance(plan, str) else session.own_plan(asked.front, **vars(plan)) for plan in asked.plans]
        name, kind = _FILES[asked.format]
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(session.export(asked.format, asked.front, own), headers=headers, media_type=kind)

    def begun(asked: Reoptimise) -> Response:
        return JSONResponse({"job": session.reoptimise(asked.front, asked.changes)}, 202)

    def cancelled(asked: Nothing) -> Response:
        session.cancel()
        return JSONResponse({})

    routes = [
        _get("/", lambda request: HTMLResponse(_page(session))),
        _get("/static/{name}", static_file),
        _get("/data.json", lambda request: JSONResponse(session.data(front_of(request)))),
        _post("/evaluate", HandMade, lambda asked: JSONResponse(session.evaluate(asked.front, asked.spend))),
        _post("/better", HandMade, lambda asked: JSONResponse(session.better(asked.front, asked.spend))),
        _post("/reoptimise", Reoptimise, begun),
        _get("/job", lambda request: JSONResponse(told(*session.job()))),
        _post("/cancel", Nothing, cancelled),
        _post("/export", Export, file_of),
        _get("/log", lambda request: _log_file(session.log.read())),
        _post("/log", NewEntries, lambda asked: _log_file(session.log.add(asked.entries))),
    ]
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
            Middleware(Guard, keys=keys),
        ],
        exception_handlers={MooBudgetError: _refused, HTTPException: _not_there, Exception: _defect},
    )


def _get(path: str, answer: Callable[[Request], Response]) -> Route:
    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(answer, request)

    return Route(path, endpoint, methods=["GET"])


def _post(path: str, kind: type[Body], answer: Callable[[Body], Response]) -> Route:
    async def endpoint(request: Request) -> Response:
        body = await _body(request)
        return await run_in_threadpool(lambda: answer(read(kind, body)))

    return Route(path, endpoint, methods=["POST"])


async def _body(request: Request) -> bytes:
    """The body, if it is no larger than what the page ever sends, whatever length was announced."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST_BODY:
                raise HTTPException(413)
    except ClientDisconnect:  # nobody is there to be told
        raise HTTPException(400) from None
    return bytes(body)


def _static() -> dict[str, tuple[str, str]]:
    """Name -> content and type of every static file; no other name is ever looked for."""
    return {
        "moo_budget.js": (script(), "text/javascript"),
        "explorer.js": (_packaged("explorer.js"), "text/javascript"),
        "moo_budget.css": (style(), "text/css"),
    }


def _page(session: Session) -> str:
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(
        _packaged("explorer.html.jinja")
    )
    strip = [(label, visible(text)) for label, text in session.strip]
    return page.render(title=visible(session.title), strip=strip, lang=session.language)


def _packaged(name: str) -> str:
    return files("moo_budget.explorer").joinpath(name).read_text(encoding="utf-8")


def _number(text: str) -> int:
    """The number of a front in an address; -1, which none has, for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _log_file(decisions: Decisions) -> Response:
    return Response(as_json(decisions), media_type="application/json")


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, MooBudgetError)  # registered for these
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), _WRONG)
    return JSONResponse(failed(error.code, error.text), status)


def _not_there(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # registered for these
    text = _HTTP.get(error.status_code, error.detail)
    return JSONResponse(failed(f"explore.http-{error.status_code}", text), error.status_code, error.headers)


def _defect(request: Request, error: Exception) -> Response:
    return JSONResponse(failed("defect", f"a defect of moo-budget: {type(error).__name__}: {error}"), 500)
