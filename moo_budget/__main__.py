"""The program `moo-budget` from its first moment on: `python -m moo_budget` is the same."""

from __future__ import annotations

import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_SECONDS_UNTIL_AGAIN = 0.01


def main() -> None:
    """Load the command line and run it; Ctrl-C before it can answer and after it has answered shows no traceback."""
    is_heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not where a shell turned it off
    if is_heard:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from moo_budget.cli import main as answer

    if is_heard:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.unraisablehook = hear_again
    try:
        answer()
    finally:
        if is_heard:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def hear_again(missed: UnraisableHookArgs) -> None:
    """An interrupt where Python can raise nothing, as while an object is removed, comes again; all else is shown."""
    if missed.exc_type is KeyboardInterrupt:
        threading.Timer(_SECONDS_UNTIL_AGAIN, signal.raise_signal, (signal.SIGTERM,)).start()
    else:
        sys.__unraisablehook__(missed)


if __name__ == "__main__":
    main()
