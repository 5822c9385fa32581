"""What belongs to the whole process is afterwards as it was: for a program that imports the package, in threads too."""

import gc
import importlib
import locale
import logging
import multiprocessing
import os
import random
import signal
import sys
import threading
import time
import warnings
from decimal import getcontext

import matplotlib
import numba
import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info

import moo_budget as mb
from moo_budget._highs import output_aside
from moo_budget._process import unwarned
from moo_budget.report.picture import drawing

PROBLEM = """\
schema_version = 1
currency = "EUR"
[history]
file = "history.csv"
date = "week"
channels = ["tv", "电视"]
spend = "{channel}"
[outcomes.revenue]
column = "{channel}_revenue"
unit = "EUR"
[plan]
periods = 4
[fit]
draws = 20
curve = "hill"
[search]
evaluations = 500
plans = 20
seed = 1
"""


def process():
    """Everything of the process that a library might change."""
    return {
        "numpy's random state": repr(np.random.get_state()),  # noqa: NPY002
        "random's state": random.getstate(),
        "numpy's errors": np.geterr(),
        "numpy's printing": np.get_printoptions(),
        "warnings": (list(warnings.filters), warnings.showwarning),
        "logging": (list(logging.root.handlers), logging.root.level, logging.root.manager.disable),
        "locale": locale.setlocale(locale.LC_ALL),
        "decimal": repr(getcontext()),
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "matplotlib's settings": dict(matplotlib.rcParams),
        "pyplot": "matplotlib.pyplot" in sys.modules,
        "pandas' options": pd.describe_option(_print_desc=False),  # says each option's value
        "numba": {name: value for name, value in vars(numba.config).items() if name.isupper()},
        "signals": [signal.getsignal(number) for number in signal.valid_signals()],
        "hooks": (sys.excepthook, sys.displayhook, threading.excepthook, sys.unraisablehook, sys.stdout, sys.stderr),
        "multiprocessing": multiprocessing.get_start_method(allow_none=True),
        "garbage collection": (gc.isenabled(), gc.get_threshold()),
        "recursion": sys.getrecursionlimit(),
        "module search": (list(sys.path), list(map(repr, sys.meta_path))),
        "threads of BLAS": {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()},
        "threads": {
            one.name for one in threading.enumerate() if not one.name.startswith("moo_budget")
        },  # the pool stays
        "open files": open_files(),
    }


def open_files():
    """But fonts, which matplotlib keeps open for the next picture."""
    numbers = os.listdir("/proc/self/fd") if sys.platform == "linux" else []
    paths = [os.readlink(f"/proc/self/fd/{number}") for number in numbers if os.path.exists(f"/proc/self/fd/{number}")]
    return sorted(path for path in paths if os.path.isfile(path) and not path.endswith((".ttf", ".otf", ".ttc")))


def changed(before, after):
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


@pytest.fixture
def problem(tmp_path):
    """A problem file over a year of weeks."""
    rng = np.random.default_rng(3)
    spend = {channel: rng.uniform(20.0, 90.0, 52).round(2) for channel in ("tv", "电视")}
    brought = {f"{channel}_revenue": (400 * money / (money + 60)).round(2) for channel, money in spend.items()}
    weeks = pd.date_range("2024-01-01", periods=52, freq="7D").strftime("%Y-%m-%d")
    pd.DataFrame({"week": weeks} | spend | brought).to_excel(tmp_path / "history.xlsx", index=False)
    (tmp_path / "problem.toml").write_text(PROBLEM.replace("csv", "xlsx"), encoding="utf-8")
    return tmp_path / "problem.toml"


@pytest.mark.filterwarnings("ignore:No font with Chinese letters")
def test_the_whole_flow_leaves_the_process_as_it_was(problem):
    for name in mb.__all__:  # libraries that set something up when they are first imported do so before
        getattr(mb, name)
    importlib.import_module("moo_budget.responses.estimators")
    folder = problem.parent
    before = process()
    result = mb.run(problem, folder / "result")
    result.front.plot(kind="trade_off")
    again = mb.read_result(folder / "result")
    mb.compare(result, again)
    mb.read_plans(folder / "result" / "plans.xlsx", again.problem)
    assert changed(before, process()) == {}


def overlapping(first, second):
    """Two threads' contexts, of which the second begins before the first ends, and ends after it, where it can."""
    begun, ended = threading.Event(), threading.Event()

    def later():
        with second():
            begun.set()
            ended.wait(timeout=10)

    thread = threading.Thread(target=later)
    with first():
        thread.start()
        begun.wait(timeout=0.2)
    ended.set()
    thread.join()


@pytest.mark.parametrize("change", [lambda: drawing(["tv"]), unwarned, output_aside])
def test_two_threads_that_overlap_leave_the_process_as_it_was(change):
    before = process()
    overlapping(change, change)
    assert changed(before, process()) == {}


def test_pictures_of_two_threads_have_each_its_own_letters():
    """A title is bold, but not where it has Chinese letters."""
    weights = []

    def drawn(texts):
        with drawing(texts):
            time.sleep(0.01)
            weights.append((texts, matplotlib.rcParams["axes.titleweight"]))

    threads = [threading.Thread(target=drawn, args=([name],)) for name in ("tv", "电视")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(weights) == [(["tv"], "bold"), (["电视"], "normal")]
