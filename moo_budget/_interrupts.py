"""Ctrl-C and SIGTERM while something is nearly done."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


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
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    kept = {number: handler for number, handler in kept.items() if callable(handler)}
    left = interrupts

    def pass_over(number: int, frame: FrameType | None) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            restore()

    def restore() -> None:
        for number, handler in kept.items():
            signal.signal(number, handler)

    try:
        if interrupts:
            for number in kept:
                signal.signal(number, pass_over)
        yield
    finally:
        restore()
