"""What all verbs share: the options that work everywhere, answers on stdout, talk on stderr, errors as exit codes."""

from __future__ import annotations

import argparse
import functools
import io
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import typer

from moo_budget._interrupts import heard_by, interrupt
from moo_budget.errors import FolderError, MooBudgetError, StoppedError
from moo_budget.folder import RESULT, OpenedFolder

if TYPE_CHECKING:
    from rich.console import RenderableType

    from moo_budget.talk import Talk

settings = argparse.Namespace()  # what the options that work everywhere say; set by `read_settings`


class SavedError(StoppedError):
    """Interrupted when the result stood already."""

    exit_code = 5


def read_settings(arguments: Sequence[str]) -> list[str]:
    """Take the options that work everywhere out of the arguments, wherever they stand; the rest is the verb's."""
    everywhere = argparse.ArgumentParser(prog="moo-budget", add_help=False, allow_abbrev=False)
    for option in ("--json", "--quiet", "--debug", "--no-color"):
        everywhere.add_argument(option, action="store_true")
    everywhere.add_argument("--lang", choices=("en", "zh"), default=None)
    vars(settings).clear()  # a second call in one process begins anew
    _, rest = everywhere.parse_known_args(arguments, settings)
    return rest


def open_streams() -> None:
    """Give the process streams that can be written to, whatever who started it has closed, and whatever the letters."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, nowhere())
    if isinstance(sys.stdout, io.TextIOWrapper):  # not every terminal knows every letter; JSON is ASCII anyway
        sys.stdout.reconfigure(errors="backslashreplace")


def nowhere() -> TextIO:
    """A stream for what nobody can read; the interpreter's last flush needs one."""
    return open(os.devnull, "w", encoding="utf-8")


def answering(verb: Callable[..., int | None]) -> Callable[..., None]:
    """Turn what a verb raises into a message on stderr and an exit code."""

    @functools.wraps(verb)
    def answer(*args: Any, **kwargs: Any) -> None:
        try:
            with heard_by(interrupt):
                code = verb(*args, **kwargs) or 0
        except MooBudgetError as error:
            complain(error.text, error.code, error.exit_code)
            code = error.exit_code
        except KeyboardInterrupt:
            complain("interrupted; nothing was saved", "interrupted", StoppedError.exit_code)
            code = StoppedError.exit_code
        except OSError as error:
            place = error.filename or "a file"
            text = f"{place}: {error.strerror}. Make room or get the right to use it, or choose another place."
            complain(text, "folder.write", 2)
            code = 2
        except Exception as error:
            if settings.debug:
                traceback.print_exc()
            text = (
                f"a defect of moo-budget: {type(error).__name__}: {error}\nPlease report it with the output of --debug."
            )
            complain(text, "defect", 1)
            code = 1
        raise typer.Exit(code)

    return answer


@contextmanager
def told_if_saved(folder: Path, holds: str = RESULT) -> Iterator[None]:
    """An interrupt that comes when the result stands already is not told as if nothing were saved.

    Raises:
        SavedError: this happened.
    """
    before = OpenedFolder(folder, holds)
    try:
        yield
    except KeyboardInterrupt as error:
        if not before.holds_another:
            raise
        raise SavedError(
            f"interrupted when the result was saved already: {folder}. Parts of it that nobody waited for may be "
            "missing; solve again for these.",
            code="interrupted.saved",
        ) from error


@contextmanager
def talking(begins: str) -> Iterator[Talk]:
    """Say what begins before the libraries for it are loaded, which takes a second or two."""
    from moo_budget.talk import Talk

    with Talk(quiet=settings.quiet, color=in_color()) as talk:
        talk.stage(begins)
        yield talk


def show(document: dict[str, Any], shown: RenderableType) -> None:
    """A verb's result on stdout, for a program or for a person."""
    if settings.json:
        write(json.dumps(document, allow_nan=False))
        return
    from rich.console import Console

    from moo_budget.talk import heedless

    # Where stdout is no terminal, a table gets the width it needs.
    width = None if sys.stdout.isatty() else 160
    console = Console(file=heedless(sys.stdout), no_color=not in_color(), highlight=False, markup=False, width=width)
    with console.capture() as captured:
        console.print(shown, soft_wrap=width is None, crop=False)
    write(captured.get().removesuffix("\n"))


def write(text: str) -> None:
    """Write to stdout and have it there: at its end the interpreter can only say that something was lost."""
    try:
        print(text, flush=True)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stdout = nowhere()
    except OSError as error:
        sys.stdout = nowhere()
        raise FolderError(
            f"what was found cannot be printed ({error.strerror}); what was to be saved is saved. Make room where the "
            "output goes.",
            code="output.write",
        ) from error


def complain(text: str, code: str, exit_code: int) -> None:
    """Say on stderr, and with --json on stdout too, what went wrong."""
    if settings.debug and sys.exc_info()[0] is not None and exit_code != 1:
        traceback.print_exc()
    with suppress(OSError):  # the exit code tells it too
        if settings.json:
            write(json.dumps({"error": {"code": code, "exit": exit_code, "text": text}}))
    with suppress(OSError):
        print(f"{text}\n({code}, exit {exit_code})", file=sys.stderr)


def in_color() -> bool:
    """Whether tables and talk have colours."""
    return not settings.no_color and not os.environ.get("NO_COLOR")
