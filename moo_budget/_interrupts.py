"""Ctrl-C and SIGTERM: who hears them, and when they wait."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
import time
from contextlib import contextmanager

TYPE_CHECKING = False  # as `typing` has it, which takes longer to load than all of this
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from sys import UnraisableHookArgs
    from types import FrameType

    Handler = Callable[[int, FrameType | None], None]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SECONDS_UNTIL_AGAIN = 0.01
_OURS = "moo_budget"
_HEARS = f"{_OURS}.console"  # the module whose frame a verb runs in


@contextmanager
def heard_by(handler: Handler) -> Iterator[None]:
    """Let a handler hear both in here; what whoever started the program has turned off stays so.

    In the main thread, where signals arrive; in others whoever runs them hears.
    """
    if not _in_main_thread():
        yield
        return
    kept = {number: signal.getsignal(number) for number in _SIGNALS}
    kept = {number: before for number, before in kept.items() if before not in (signal.SIG_IGN, None)}
    try:
        for number in kept:
            signal.signal(number, handler)
        yield
    finally:
        _restore(kept)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def interrupt(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, but not where it would get lost."""
    if _is_lost(frame):
        put_off(number, frame)
    else:
        raise KeyboardInterrupt


def put_off(number: int, frame: FrameType | None) -> None:
    """Nobody can hear it now: it comes again a moment later."""
    _thread.start_new_thread(_send_later, (number,))  # threading's own takes locks, which what is interrupted may hold


def hear_again(missed: UnraisableHookArgs) -> None:
    """An interrupt where Python can raise nothing, as while an object is removed, comes again; all else is shown."""
    if missed.exc_type is KeyboardInterrupt:
        put_off(signal.SIGTERM, None)
    else:
        sys.__unraisablehook__(missed)


def _send_later(number: int) -> None:
    time.sleep(_SECONDS_UNTIL_AGAIN)
    if sys.platform == "win32":
        signal.raise_signal(number)
    else:
        main = threading.main_thread().ident
        assert main is not None  # it runs
        signal.pthread_kill(main, number)  # to that thread, so that it wakes up where it waits for something


def _is_lost(frame: FrameType | None) -> bool:
    """Whether a library is being loaded, or text is run as a program, by a verb; what runs the verb does not matter.

    Modules written in C tell an interrupt as an error of their own, and others catch everything. Of one that leaves a
    text Python remembers that it was never caught, and ends the whole program by it, whatever its exit code.
    """
    while frame is not None:
        code, name = frame.f_code, str(frame.f_globals.get("__name__"))
        if name == _HEARS:
            return False
        if code.co_name == "<module>" and (code.co_filename == "<string>" or name.split(".")[0] != _OURS):
            return True
        frame = frame.f_back
    return False


@contextmanager
def finishing(*, patient: bool) -> Iterator[None]:
    """Let what runs in here be finished: the first interrupt is passed over, the second one counts.

    Args:
        patient: False where an earlier interrupt was already obeyed: the next one counts.
    """
    with _passing_over(1 if patient else 0):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let what runs in here be finished, however often somebody interrupts; it must take a moment only."""
    with _passing_over(sys.maxsize):
        yield


@contextmanager
def _passing_over(interrupts: int) -> Iterator[None]:
    """Pass over so many interrupts.

    Only in the main thread, where signals arrive; and only signals that raise in Python anyway, so a program that
    lets SIGTERM end it at once keeps that.
    """
    if not _in_main_thread():
        yield
        return
    kept = {number: signal.getsignal(number) for number in _SIGNALS}
    kept = {number: handler for number, handler in kept.items() if callable(handler)}
    left = interrupts

    def pass_over(number: int, frame: FrameType | None) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            _restore(kept)

    try:
        if interrupts:
            for number in kept:
                signal.signal(number, pass_over)
        yield
    finally:
        _restore(kept)


def _restore(kept: dict[signal.Signals, signal._HANDLER]) -> None:
    for number, handler in kept.items():
        signal.signal(number, handler)
