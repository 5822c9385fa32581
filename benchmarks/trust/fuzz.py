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
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from trust.mutation import MADE, RAW

if TYPE_CHECKING:
    from trust.inputs import Border

LONGEST = 10.0  # seconds of processor that an input may take: others may use the machine
MOST_MEMORY = 2048.0  # megabytes that the program may hold
_WRITING = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.truncate", "os.chmod"}
_CACHES = ("__pycache__", "/dev/null")


class SlowError(Exception):
    """An input took too long."""


class LargeError(Exception):
    """The program's memory grew too far."""


class Watch:
    """Notes every file that is written outside the places that are allowed, and every program or address called."""

    def __init__(self, *places: Path) -> None:
        self._allowed = tuple(str(place.resolve()) for place in places)
        self.outside: list[str] = []
        self.is_on = False
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.is_on:
            return
        if event in ("subprocess.Popen", "os.system", "socket.connect"):
            self.outside.append(f"{event} {arguments[:2]}"[:200])
        writes = event in _WRITING or (event == "open" and arguments[1] is not None and set("wax+") & set(arguments[1]))
        if writes and isinstance(arguments[0], str | bytes | Path):
            path = os.path.abspath(os.fsdecode(arguments[0]))
            if not path.startswith(self._allowed) and not any(part in path for part in _CACHES):
                self.outside.append(f"{event} {path}"[:200])


class Feeder:
    """Counts what was fed and what came of it.

    Args:
        border: a name in BORDERS.
        runs: inputs to feed.
        out: file for the figures.
    """

    def __init__(self, border: str, runs: int, out: Path, *, led: bool) -> None:
        from trust.inputs import BORDERS, SHALLOW, solved, told

        self._border, self._told, self._shallow = BORDERS[border], told, SHALLOW
        self._runs, self._out = runs, out
        self._place = Path(tempfile.mkdtemp(prefix="trust-fuzz-"))
        self._inside = self._place / "inside"
        self._inside.mkdir()
        self._watch = Watch(self._place, solved().parent)
        self._count, self._slowest, self._results = 0, 0.0, 0
        self._megabytes = 0.0
        self._errors: dict[str, int] = {}
        self._defects: dict[str, str] = {}
        self._led = led
        signal.signal(signal.SIGPROF, _too_slow)

    def feed(self, content: bytes) -> None:
        """One input; the figures are written now and then, and after the last one, which ends the process."""
        from moo_budget import MooBudgetError

        begun = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, LONGEST)
        try:
            given = given_of(self._border, content)
            self._watch.is_on = True
            self._border.read(*given, self._inside)
            self._results += 1
            if _megabytes() > MOST_MEMORY > self._megabytes:
                raise LargeError(f"{_megabytes():.0f} MB")
        except MooBudgetError as error:
            self._errors[error.code] = self._errors.get(error.code, 0) + 1
        except BaseException as error:
            place = json.loads(self._told(error))
            self._defects.setdefault(json.dumps(place[:2]), json.dumps([place, base64.b64encode(content).decode()]))
        finally:
            self._watch.is_on = False
            signal.setitimer(signal.ITIMER_PROF, 0.0)
            self._megabytes = max(self._megabytes, _megabytes())
        self._slowest = max(self._slowest, time.process_time() - begun)
        self._count += 1
        if self._count % 100 == 0 or self._count >= self._runs:
            self._write()
        if self._count >= self._runs:
            os._exit(0)  # libFuzzer would go on

    def warm_up(self, seeds: list[bytes]) -> None:
        """Read inputs without a clock: kernels are compiled when they are first used."""
        for seed in seeds:
            with suppress(Exception):
                self._border.read(*given_of(self._border, seed), self._inside)

    def _write(self) -> None:
        outside = [path.name for path in self._place.iterdir() if path != self._inside]
        deep = sum(count for code, count in self._errors.items() if code not in self._shallow)
        figures = {
            "inputs": self._count,
            "led": self._led,
            "results": self._results,
            "deep": self._results + deep,
            "errors": self._errors,
            "slowest": self._slowest,
            "megabytes": self._megabytes,
            "outside": outside + self._watch.outside,
            "defects": [json.loads(defect) for defect in self._defects.values()],
        }
        self._out.write_text(json.dumps(figures), encoding="utf-8")


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise SlowError(f"over {LONGEST:g} s")


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def given_of(border: Border, content: bytes) -> tuple[Any, ...]:
    """The input that bytes stand for: after RAW the bytes themselves, else what their decisions make."""
    from tests.grammar.choices import off_bytes

    return border.raw(content[1:]) if content[:1] == RAW else border.made(off_bytes(content[1:]))


def seeds_of(border: Border) -> list[bytes]:
    """Right inputs, and random decisions."""
    rng = np.random.default_rng(1)
    return [*(RAW + seed for seed in border.seeds()), *(MADE + rng.bytes(400) for _ in range(40)), MADE]


def blindly(feeder: Feeder, seeds: list[bytes]) -> None:
    """Change the seeds without knowing what the program does with them."""
    from trust.mutation import changed

    rng = np.random.default_rng(1)
    while True:
        feeder.feed(changed(seeds[rng.integers(len(seeds))], seeds, rng))


def led_by_coverage(feeder: Feeder, seeds: list[bytes]) -> None:
    """Let libFuzzer find inputs that reach lines which no other reached."""
    import atheris

    from trust.mutation import changed

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
    atheris.Setup(
        [sys.argv[0], str(corpus), *options],
        feeder.feed,
        custom_mutator=lambda content, most, seed: changed(content, seeds, np.random.default_rng(seed))[:most],
    )
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
            import moo_budget.learning
            import moo_budget.plan_files
            import moo_budget.run  # noqa: F401
        is_led = True
    except ImportError:
        is_led = False
    from trust.inputs import BORDERS

    feeder = Feeder(arguments.border, arguments.runs, arguments.out, led=is_led)
    seeds = seeds_of(BORDERS[arguments.border])
    feeder.warm_up(seeds)
    (led_by_coverage if is_led else blindly)(feeder, seeds)


if __name__ == "__main__":
    main()
