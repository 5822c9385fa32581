"""The explorer as a program: a port, a browser, and an end."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import uvicorn

from moo_budget.errors import InputError
from moo_budget.explorer.app import application
from moo_budget.explorer.guard import Envelope, Keys
from moo_budget.explorer.session import Session

_PORT = 8747
_SECONDS_TO_FINISH = 2  # for answers under way when the program is asked to end
_SECONDS_BETWEEN_LOOKS = 1.0
_EVERYWHERE = ("0.0.0.0", "::")
_HERE = ("127.0.0.1", "localhost")


class AddressError(InputError):
    """The explorer cannot listen where it was told to."""

    exit_code = 2


@dataclass(frozen=True)
class Opened:
    """Where the explorer listens.

    Args:
        address: with the token; opens the explorer once.
        warnings: what a person should know about the host and the port.
        in_browser: whether a browser was asked to open it.
    """

    address: str
    warnings: tuple[str, ...]
    in_browser: bool


def explore(
    folder: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    idle_minutes: float = 60.0,
    browser: bool = True,
    opened: Callable[[Opened], None] = lambda _: None,
) -> None:
    """Serve the explorer of a result folder until Ctrl-C, SIGTERM, or until nobody has asked anything for a while.

    Args:
        folder: that `solve` wrote.
        host: address to listen at; any other than this machine's own lets other machines in.
        port: None: 8747, or a free one where that is taken.
        idle_minutes: it ends after so many without a request, unless a search runs.
        browser: open the explorer in one, where there is one.
        opened: told where it listens, before anybody is answered.

    Raises:
        InputError: there is no result in the folder, or the explorer cannot listen there.
    """
    session = Session(Path(folder))
    listening, moved = _listening(host, port)
    with listening:
        number = int(listening.getsockname()[1])
        keys = Keys(number)
        hosts = _hosts(host)
        envelope = Envelope(application(session, keys, hosts))
        address = f"http://{hosts[0]}:{number}/?token={keys.token}"
        in_browser = browser and _has_screen()
        if in_browser:  # beside, because some browsers are waited for
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        opened(Opened(address, (*moved, *_open_to_others(host, hosts)), in_browser))
        try:
            _serve(envelope, listening, idle_minutes, session)
        finally:
            session.close()


def _serve(envelope: Envelope, listening: socket.socket, idle_minutes: float, session: Session) -> None:
    server = uvicorn.Server(
        uvicorn.Config(
            envelope,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        )
    )

    async def end_when_idle() -> None:
        while session.is_searching or envelope.idle_seconds < 60.0 * idle_minutes:
            await asyncio.sleep(min(_SECONDS_BETWEEN_LOOKS, 60.0 * idle_minutes))
        server.should_exit = True

    async def serve() -> None:
        watch = asyncio.create_task(end_when_idle())
        await server.serve(sockets=[listening])
        watch.cancel()

    with suppress(KeyboardInterrupt):  # uvicorn ends in order, then raises the signal again: this is the usual end
        asyncio.run(serve())


def _listening(host: str, port: int | None) -> tuple[socket.socket, tuple[str, ...]]:
    """A socket that listens, and what there is to say about its port."""
    try:
        return _bound(host, _PORT if port is None else port), ()
    except OSError as error:
        if port is not None:
            raise AddressError(
                f"--port {port} at {host}: {error.strerror}. Choose another one, or leave --port out.",
                code="explore.port",
            ) from error
    try:
        return _bound(host, 0), (f"port {_PORT} is taken; another one was chosen",)
    except OSError as error:
        raise AddressError(
            f"--host {host}: {error.strerror}. Name an address of this machine.", code="explore.host"
        ) from error


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two programs have one port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(128)
    except BaseException:
        bound.close()
        raise
    return bound


def _hosts(host: str) -> tuple[str, ...]:
    """By which names the explorer may be called, the one that is printed first."""
    if host in _EVERYWHERE:
        name = socket.gethostname()
        with suppress(OSError):
            found = {str(entry[4][0]) for entry in socket.getaddrinfo(name, None)}
            return tuple(dict.fromkeys((name, socket.getfqdn(), *map(_bracketed, sorted(found)), *_HERE)))
        return name, *_HERE
    return tuple(dict.fromkeys((_bracketed(host), *_HERE))) if _is_local(host) else (_bracketed(host),)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_local(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _open_to_others(host: str, hosts: tuple[str, ...]) -> tuple[str, ...]:
    if _is_local(host):
        return ()
    return (
        f"--host {host}: other machines in the network reach the explorer, and what it shows travels unencrypted. "
        f"It answers to {', '.join(hosts)}.",
    )


def _has_screen() -> bool:
    """Whether a browser would have a window: one of the terminal would take the terminal away."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
