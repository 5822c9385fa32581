"""What a terminal is told while a verb works. It is there before the libraries are, so it loads none of them."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self, TextIO, cast

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

if TYPE_CHECKING:
    from moo_budget.solve import Progress as Searched

_SECONDS_BETWEEN_LINES = 10.0  # where there is no terminal to draw a bar on
_SECONDS_BETWEEN_LOOKS = 1.0
_KERNELS_WORTH_A_WORD = 3  # one or two are compiled before anybody wonders


def heedless(file: TextIO) -> IO[str]:
    """A stream that loses what cannot be written: talk that nobody hears, or that fills a disk, must end no run."""
    return cast(IO[str], _Heedless(file))


class _Heedless:
    def __init__(self, file: TextIO) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()


class Talk:
    """Stages and progress on stderr: a moving line on a terminal, else a plain one every ten seconds.

    How long a search still takes is not told, because nobody knows: most end long before their ceiling.
    """

    def __init__(self, *, quiet: bool, color: bool) -> None:
        self._quiet = quiet
        self._console = Console(file=heedless(sys.stderr), no_color=not color, highlight=False, markup=False)
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            console=self._console,
            transient=True,
            disable=quiet or not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None, visible=False)
        self._searched: Searched | None = None  # what the search that runs told last
        self._first_learned = 0.0  # when the outcome's first channel was
        self._next = 0.0  # no line of progress before this time
        self._over = threading.Event()
        self._watch = threading.Thread(
            target=self._tell_of_compiling, args=(_n_compiled(),), name="compiling", daemon=True
        )

    def __enter__(self) -> Self:
        self._bar.start()
        if not self._quiet:
            self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_search()
        self._over.set()
        if self._watch.is_alive():
            self._watch.join()
        if not self._bar.disable:  # older releases of rich write an empty line for a bar that was never there
            self._bar.stop()

    def stage(self, text: str) -> None:
        """Something begins."""
        self._end_search()
        if not self._quiet:
            self._console.print(f"{text} ...", soft_wrap=True)
        self._next = time.monotonic() + _SECONDS_BETWEEN_LOOKS

    def learning(self, outcome: str, n_done: int, n_channels: int) -> None:
        """One more channel of an outcome is learned; how long the rest takes is known, as all take about as long."""
        now = time.monotonic()
        if n_done == 1:
            self._first_learned = now
        elif self._now_and_then(now):
            left = (now - self._first_learned) / (n_done - 1) * (n_channels - n_done)
            self._show(f"{outcome}: {n_done:,} of {n_channels:,} channels, some {left:.0f} s left")

    def progress(self, searched: Searched) -> None:
        """A generation is done."""
        self._searched = searched
        if self._now_and_then(time.monotonic()):
            self._show(_found(searched))

    def _now_and_then(self, now: float) -> bool:
        """Whether it is time to tell again."""
        if self._quiet or now < self._next:
            return False
        self._next = now + (_SECONDS_BETWEEN_LOOKS if self._console.is_terminal else _SECONDS_BETWEEN_LINES)
        return True

    def _show(self, text: str) -> None:
        if self._console.is_terminal:
            self._bar.update(self._task, description=text, visible=True)
        else:
            self._console.print(f"  {text}", soft_wrap=True)

    def note(self, text: str) -> None:
        """Something a person should know about the data or the run."""
        if not self._quiet:
            self._console.print(f"note: {text}", soft_wrap=True)

    def _end_search(self) -> None:
        """Say what a search came to, if one has run."""
        self._bar.update(self._task, visible=False)
        if self._searched is not None and not self._quiet:
            self._console.print(f"  {_found(self._searched)}", soft_wrap=True)
        self._searched = None

    def _tell_of_compiling(self, before: int) -> None:
        """Say once that kernels are being compiled; ends with the talk."""
        while not self._over.wait(_SECONDS_BETWEEN_LOOKS):
            if _n_compiled() - before >= _KERNELS_WORTH_A_WORD:
                self._console.print("  compiling the kernels, once on this machine: up to half a minute")
                return


def _found(searched: Searched) -> str:
    """``27,598 evaluations, 1,862 plans that no other beats, 3 s``."""
    evaluations = f"{searched.n_evaluations:,} evaluation{'s' if searched.n_evaluations != 1 else ''}"
    plans = f"{searched.n_front:,} plan{'s' if searched.n_front != 1 else ''} that no other beats"
    return f"{evaluations}, {plans}, {searched.seconds:.0f} s"


def _n_compiled() -> int:
    """Kernels that this process has compiled or compiles now, because no cache on disk had them."""
    loaded = [module for name, module in sys.modules.copy().items() if name.startswith("moo_budget.kernels.")]
    things = [thing for module in loaded for thing in vars(module).copy().values()]  # some are being loaded
    kernels = {id(thing): thing for thing in things if hasattr(thing, "py_func")}
    return sum(len(kernel.stats.cache_misses) for kernel in kernels.values())
