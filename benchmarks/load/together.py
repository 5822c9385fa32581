"""The same search at a time in processes with a cold cache of kernels, in threads, and in forked and spawned children.

Run: python -m load.together HOW_MANY FILE
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from load.small import solved


def cold(n: int) -> list[str]:
    """Digests of processes that share an empty cache; then of one that reads what they left."""
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-c", "from load.small import solved; print(solved())"]
        environment = os.environ | {"NUMBA_CACHE_DIR": cache}

        def started() -> subprocess.Popen[str]:
            return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)

        running = [started() for _ in range(n)]
        ended = [process.communicate()[0].strip() for process in running]
        return [*ended, started().communicate()[0].strip()]


def in_children(n: int, method: str) -> list[str]:
    """Digests of children of this process, which has used every kernel."""
    with multiprocessing.get_context(method).Pool(n) as pool:
        return [child.get() for child in [pool.apply_async(solved) for _ in range(n)]]


def main() -> None:
    n, alone = int(sys.argv[1]), solved()
    with ThreadPoolExecutor(n) as threads:
        in_threads = [work.result() for work in [threads.submit(solved) for _ in range(n)]]
    found = {
        "cold": cold(n),
        "threads": in_threads,
        "fork": in_children(n, "fork"),
        "spawn": in_children(n, "spawn"),
    }
    same = {how: sum(one == alone for one in digests) for how, digests in found.items()}
    asked = {how: len(digests) for how, digests in found.items()}
    Path(sys.argv[2]).write_text(json.dumps({"same": same, "asked": asked}), encoding="utf-8")


if __name__ == "__main__":
    main()
