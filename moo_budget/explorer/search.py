"""One search at a time in the background: begun, watched, ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from moo_budget._checks import FloatArray
from moo_budget.errors import InputError, MooBudgetError
from moo_budget.indicators import reference_point
from moo_budget.results import Result
from moo_budget.solve import Callback, Progress

State = Literal["none", "running", "done", "stopped", "failed"]


class BusyError(InputError):
    """There is a search already."""


@dataclass(frozen=True, eq=False)
class Job:
    """The latest search as it stands.

    Args:
        number: 1 for the first one; None before there was any.
        state: ``stopped`` by a person, ``failed`` for a reason that `message` tells.
        front: number of the front that it found; None while there is none.
        progress: what it told last.
        measured_from: reference point of `progress`, (n_goals,): the first generation's, so that hypervolumes of one
            search can be compared.
        message: what there is to say.
    """

    number: int | None = None
    state: State = "none"
    front: int | None = None
    progress: Progress | None = None
    measured_from: FloatArray | None = None
    message: str = ""


class Search:
    """The place where a search runs; a second one is refused until the first has ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._job = Job()
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def job(self) -> Job:
        """The latest search; a record that does not change any more."""
        return self._job

    def start(self, find: Callable[[Callback], Result], keep: Callable[[Result], int]) -> int:
        """Begin a search and return its number.

        Args:
            find: searches, and tells the callback of its progress.
            keep: takes what was found and returns the number of its front.

        Raises:
            BusyError: one is running.
        """
        with self._lock:
            if self._job.state == "running":
                raise BusyError(
                    "a search is running already. Wait for it, or cancel it; nothing else was begun.",
                    code="explore.busy",
                )
            number = (self._job.number or 0) + 1
            self._job = Job(number, "running")
            self._cancelled.clear()
            self._thread = threading.Thread(target=self._run, args=(find, keep), name="re-optimise", daemon=True)
            self._thread.start()
            return number

    def cancel(self) -> None:
        """End the search that runs after its generation; what it found by then is kept."""
        self._cancelled.set()

    def close(self, seconds: float = 5.0) -> None:
        """Cancel, and wait so long for the search to end."""
        self.cancel()
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self, find: Callable[[Callback], Result], keep: Callable[[Result], int]) -> None:
        try:
            result = find(self._told)
            front = keep(result)
        except MooBudgetError as error:
            self._end("stopped" if self._cancelled.is_set() else "failed", message=error.text)
        except Exception as error:
            text = f"a defect of moo-budget: {type(error).__name__}: {error}. The fronts that there are stay."
            self._end("failed", message=text)
        else:
            stopped = result.front.status == "stopped"
            text = "The search was ended early; these are the plans that were found by then." if stopped else ""
            self._end("stopped" if stopped else "done", front=front, message=text)

    def _end(self, state: State, *, message: str, front: int | None = None) -> None:
        self._job = replace(self._job, state=state, front=front, message=message)

    def _told(self, progress: Progress) -> None:
        measured_from = self._job.measured_from
        if measured_from is None:
            measured_from = reference_point(progress.front_goals)
        self._job = replace(self._job, progress=progress, measured_from=measured_from)
        if self._cancelled.is_set():
            raise KeyboardInterrupt
