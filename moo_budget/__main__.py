"""The program `moo-budget` from its first moment on: `python -m moo_budget` is the same."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """Load the command line and run it; Ctrl-C before it can answer and after it has answered shows no traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where a shell turned it off
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from moo_budget._interrupts import hear_again, heard_by, put_off

    sys.unraisablehook = hear_again
    with heard_by(put_off):
        from moo_budget.cli import main as answer

        answer()


if __name__ == "__main__":
    main()
