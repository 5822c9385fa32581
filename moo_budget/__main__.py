"""The program `moo-budget` from its first moment on: `python -m moo_budget` is the same."""

from __future__ import annotations

import signal


def main() -> None:
    """Load the command line and run it; Ctrl-C before it can answer and after it has answered shows no traceback."""
    is_heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not where a shell turned it off
    if is_heard:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from moo_budget.cli import main as answer

    if is_heard:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        answer()
    finally:
        if is_heard:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


if __name__ == "__main__":
    main()
