"""The thread pool: the same answers for any number of threads, also in forked children, and errors that come out."""

import multiprocessing
import threading

import numpy as np
import pytest

from moo_budget import _threads
from moo_budget._threads import in_chunks
from moo_budget.solve import solve
from tests.worlds import four_channel_problem


def squares(n_rows):
    out = np.full(n_rows, np.nan)

    def work(rows):
        out[rows] = np.arange(rows.start, rows.stop) ** 2

    in_chunks(work, n_rows, smallest=10)
    return out


@pytest.mark.parametrize("n_rows", [0, 1, 19, 20, 1000])
def test_every_row_is_worked_on_once(n_rows, monkeypatch):
    monkeypatch.setattr(_threads, "_n_workers", lambda: 3)
    np.testing.assert_array_equal(squares(n_rows), np.arange(n_rows) ** 2)


def test_large_work_runs_in_several_threads(monkeypatch):
    monkeypatch.setattr(_threads, "_n_workers", lambda: 2)
    both = threading.Barrier(2, timeout=10)
    in_chunks(lambda rows: both.wait(), 100, smallest=10)


def test_an_error_in_a_thread_comes_out(monkeypatch):
    monkeypatch.setattr(_threads, "_n_workers", lambda: 2)

    def work(rows):
        if rows.start > 0:
            raise ArithmeticError("of the second half")

    with pytest.raises(ArithmeticError, match="of the second half"):
        in_chunks(work, 100, smallest=10)


def test_the_front_does_not_depend_on_the_number_of_threads(monkeypatch):
    fronts = []
    for n_workers in (1, 3):
        monkeypatch.setattr(_threads, "_n_workers", lambda n=n_workers: n)
        fronts.append(solve(four_channel_problem(), n_plans=50, seed=2))
    np.testing.assert_array_equal(fronts[0].spend, fronts[1].spend)


def test_a_forked_child_makes_its_own_threads(monkeypatch):
    monkeypatch.setattr(_threads, "_n_workers", lambda: 2)
    squares(1000)  # the pool is there before the fork
    with multiprocessing.get_context("fork").Pool(1) as pool:
        np.testing.assert_array_equal(pool.apply_async(squares, (1000,)).get(timeout=30), np.arange(1000) ** 2)
