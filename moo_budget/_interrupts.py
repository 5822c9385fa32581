"""Ctrl-C and SIGTERM while something is nearly done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def finishing(*, patient: bool) -> Iterator[None]:
    """Let what runs in here be finished: the first interrupt is passed over, the second one counts.

    Only in the main thread, where signals arrive; and only signals that raise in Python anyway, so a program that
    lets SIGTERM end it at once keeps that.

    Args:
        patient: False where an earlier interrupt was already obeyed: the next one counts.
    """
    if not patient or threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    kept = {number: handler for number, handler in kept.items() if callable(handler)}

    def pass_over(number: int, frame: FrameType | None) -> None:
        restore()

    def restore() -> None:
        for number, handler in kept.items():
            signal.signal(number, handler)

    for number in kept:
        signal.signal(number, pass_over)
    try:
        yield
    finally:
        restore()
