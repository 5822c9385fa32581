"""Feed one border of the program with inputs that are nearly right, led by coverage where atheris is installed.

Run: python -m trust.fuzz BORDER --runs N --out FILE, from `benchmarks/`; `bench_trust.py` calls it. Without atheris the
inputs are mutated blindly. What is neither a result nor one of the package's errors is kept in FILE, with its input.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import resource
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path
from types import FrameType

import numpy as np

LONGEST = 10.0  # seconds that an input may take


class SlowError(Exception):
    """An input took too long."""


class Feeder:
    """Counts what was fed and what came of it.

    Args:
        border: a name in BORDERS.
        runs: inputs to feed.
        out: file for the figures.
    """

    def __init__(self, border: str, runs: int, out: Path, *, led: bool) -> None:
        from trust.inputs import BORDERS, told

        self._read, self._told = BORDERS[border].read, told
        self._runs, self._out = runs, out
        self._place = Path(tempfile.mkdtemp(prefix="trust-fuzz-"))
        self._inside = self._place / "inside"
        self._inside.mkdir()
        self._count, self._slowest, self._results = 0, 0.0, 0
        self._errors: dict[str, int] = {}
        self._defects: dict[str, str] = {}
        self._led = led
        signal.signal(signal.SIGALRM, _too_slow)

    def feed(self, content: bytes) -> None:
        """One input; the figures are written now and then, and after the last one, which ends the process."""
        from moo_budget import MooBudgetError

        begun = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, LONGEST)
        try:
            self._read(content, self._inside)
            self._results += 1
        except MooBudgetError as error:
            self._errors[error.code] = self._errors.get(error.code, 0) + 1
        except BaseException as error:
            place = json.loads(self._told(error))
            self._defects.setdefault(json.dumps(place[:2]), json.dumps([place, base64.b64encode(content).decode()]))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        self._slowest = max(self._slowest, time.perf_counter() - begun)
        self._count += 1
        if self._count % 100 == 0 or self._count >= self._runs:
            self._write()
        if self._count >= self._runs:
            os._exit(0)  # libFuzzer would go on

    def _write(self) -> None:
        outside = [path.name for path in self._place.iterdir() if path != self._inside]
        figures = {
            "inputs": self._count,
            "led": self._led,
            "results": self._results,
            "errors": self._errors,
            "slowest": self._slowest,
            "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
            "outside": outside,
            "defects": [json.loads(defect) for defect in self._defects.values()],
        }
        self._out.write_text(json.dumps(figures), encoding="utf-8")


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise SlowError(f"over {LONGEST:g} s")


def blindly(feeder: Feeder, seeds: list[bytes]) -> None:
    """Change the seeds without knowing what the program does with them."""
    from trust.mutation import mutated

    rng = np.random.default_rng(1)
    while True:
        feeder.feed(mutated(seeds[rng.integers(len(seeds))], rng))


def led_by_coverage(feeder: Feeder, seeds: list[bytes]) -> None:
    """Let libFuzzer find inputs that reach lines which no other reached."""
    import atheris

    from trust.mutation import mutated

    def changed(content: bytes, most: int, seed: int) -> bytes:
        rng = np.random.default_rng(seed)
        if rng.random() < 0.2:
            return bytes(atheris.Mutate(content, most))
        nearly_right = seeds[rng.integers(len(seeds))] if rng.random() < 0.6 else content
        return mutated(nearly_right, rng)[:most]

    corpus = Path(tempfile.mkdtemp(prefix="trust-corpus-"))
    for number, seed in enumerate(seeds):
        (corpus / str(number)).write_bytes(seed)
    longest = 2 * max(map(len, seeds)) + 200
    # Whole seeds from the beginning: libFuzzer would grow its inputs from short ones.
    options = [
        f"-max_len={longest}",
        "-len_control=0",
        "-mutate_depth=1",
        "-rss_limit_mb=4096",
        "-seed=1",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], str(corpus), *options], feeder.feed, custom_mutator=changed)
    atheris.Fuzz()


def _compiled() -> list[str]:
    """Modules that numba compiles: it cannot compile what atheris made of them."""
    kernels = (Path(__file__).parents[2] / "moo_budget" / "kernels").glob("*.py")
    return ["moo_budget.kernels", *(f"moo_budget.kernels.{path.stem}" for path in kernels)]


def main() -> None:
    """Feed one border."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("border")
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    try:
        import atheris

        with atheris.instrument_imports(include=["moo_budget"], exclude=_compiled()):
            import moo_budget.cli
            import moo_budget.explorer.app
            import moo_budget.plan_files
            import moo_budget.run  # noqa: F401
        is_led = True
    except ImportError:
        is_led = False
    from trust.inputs import BORDERS

    feeder = Feeder(arguments.border, arguments.runs, arguments.out, led=is_led)
    (led_by_coverage if is_led else blindly)(feeder, BORDERS[arguments.border].seeds())


if __name__ == "__main__":
    main()
