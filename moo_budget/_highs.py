"""HiGHS' mixed-integer programmes, without what it prints, and without its presolve where that fails."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from moo_budget._checks import FloatArray

_OUT, _ERR = 1, 2
_NO_ANSWER = 4  # of scipy's: neither solved, nor at a limit, nor infeasible, nor unbounded


class _Aside:
    """Where standard output really goes while programmes run, and how many do."""

    lock = threading.Lock()
    n_running = 0
    output = _OUT


def integer_programme(
    cost: FloatArray,
    *,
    integrality: FloatArray,
    bounds: Bounds,
    constraints: Sequence[LinearConstraint],
    options: Mapping[str, float],
) -> OptimizeResult:
    """`scipy.optimize.milp`, whose arguments these are.

    Now and then HiGHS 1.12 prints a line of its own debugging, whatever its options say (ERGO-Code/HiGHS issue 2783),
    which would stand in the middle of what `--json` prints. And about one in a thousand of our programmes it cannot
    solve ("Solve error") unless it leaves its presolve out.
    """
    for presolve in (True, False):
        with output_aside():
            solved = milp(
                cost,
                integrality=integrality,
                bounds=bounds,
                constraints=constraints,
                options={**options, "presolve": presolve},
            )
        if solved.status != _NO_ANSWER:
            break
    return solved


@contextmanager
def output_aside() -> Iterator[None]:
    """Let what C code prints to standard output go to standard error.

    The descriptor belongs to the whole process: the first thread that comes turns it and the last one turns it back,
    and what another thread writes in between goes to standard error too. It is not thrown away for that reason.
    """
    with _Aside.lock:
        if _Aside.n_running == 0:
            _Aside.output = _turned()
        _Aside.n_running += 1
    try:
        yield
    finally:
        with _Aside.lock:
            _Aside.n_running -= 1
            if _Aside.n_running == 0:
                _turn_back()


def _forget() -> None:
    """A forked child has what other threads turned, and none of these threads."""
    _Aside.lock = threading.Lock()
    if _Aside.n_running:
        _Aside.n_running = 0
        _turn_back()


def _turn_back() -> None:
    if _Aside.output != _OUT:
        _flush()
        os.dup2(_Aside.output, _OUT)
        os.close(_Aside.output)
        _Aside.output = _OUT


def _turned() -> int:
    """Standard output turned to standard error; the descriptor that leads where it did, itself where it is closed."""
    _flush()
    try:
        output = os.dup(_OUT)
    except OSError:
        return _OUT
    try:
        os.dup2(_ERR, _OUT)
    except OSError:
        os.close(output)
        return _OUT
    return output


def _flush() -> None:
    """Write out what C's own buffers hold: into a pipe they are written only when they are full."""
    if sys.platform != "win32":
        ctypes.CDLL(None).fflush(None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
