import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import moo_budget.kernels
from moo_budget.kernels.budget import project
from tests.kernels import (
    rows_budget,
    rows_calendar,
    rows_certificate,
    rows_choices,
    rows_risk,
    rows_rules,
    rows_search,
    rows_weighted,
)
from tests.kernels.rows import ROWS as FIRST_ROWS
from tests.kernels.rows import _projection_inputs

KERNELS = Path(moo_budget.kernels.__file__).parent
TABLES = (rows_budget, rows_calendar, rows_certificate, rows_choices, rows_risk, rows_rules, rows_search, rows_weighted)
UNCOMPILED = os.environ.get("NUMBA_DISABLE_JIT") == "1"
ROWS = [*FIRST_ROWS, *(row for table in TABLES for row in table.ROWS)]


@pytest.mark.parametrize("row", ROWS, ids=repr)
@settings(deadline=None, max_examples=20 if UNCOMPILED else 60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_kernel_equals_its_slow_twin(row, data):
    inputs = data.draw(row.inputs)
    written = row.outputs(*inputs)
    row.kernel(*inputs, *written)
    expected = row.twin(*inputs)
    for got, want in zip(written, expected if isinstance(expected, tuple) else (expected,), strict=True):
        np.testing.assert_allclose(got, want, rtol=row.tolerance, atol=row.tolerance)


def test_every_public_kernel_has_a_row_or_a_test_of_its_own():
    in_test_algorithms = {"empty_blocks", "file_rows", "insert"}  # they change an archive's blocks in place
    named = in_test_algorithms | {row.kernel.__name__.removesuffix("_kernel") for row in ROWS}
    found = {
        node.name
        for path in KERNELS.glob("[a-z]*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    assert found == named


def test_kernels_import_numpy_and_numba_only():
    for path in set(KERNELS.glob("*.py")) - {
        KERNELS / "_jit.py",
        KERNELS / "_cache.py",
    }:  # no kernel: how they are compiled and kept
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert node.module in ("typing", "collections.abc") or node.module.startswith("moo_budget.kernels")
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= {"numpy", "numba"}


@settings(deadline=None)
@given(_projection_inputs())
def test_projection_is_feasible_and_leaves_feasible_plans_alone(inputs):
    money, lower, upper, low, high, share = inputs
    once, twice = np.empty_like(money), np.empty_like(money)
    project(*inputs, once)
    project(once, lower, upper, low, high, share, twice)
    total = once.sum(axis=1)
    slack = 1e-12 * max(high, 1.0)
    assert (once >= lower - slack).all()
    assert (once <= upper + slack).all()
    assert (total >= low - slack).all()
    assert (total <= high + slack).all()
    assert (once <= share * total[:, None] + slack).all() or share == 1.0
    np.testing.assert_allclose(twice, once, atol=1e-9 * max(high, 1.0))


def test_projection_onto_a_known_simplex():
    out = np.empty((1, 3))
    project(np.array([[3.0, 1.0, -5.0]]), np.zeros(3), np.full(3, 10.0), 3.0, 3.0, 1.0, out)
    np.testing.assert_allclose(out, [[2.5, 0.5, 0.0]], atol=1e-15)


def test_projection_with_a_share_may_end_where_the_share_is_an_upper_limit():
    out = np.empty((1, 3))
    project(np.array([[10.0, 0.5, 0.5]]), np.zeros(3), np.array([2.0, 5.0, 5.0]), 0.0, 9.0, 0.5, out)
    np.testing.assert_allclose(out, [[2.0, 1.0, 1.0]], atol=1e-14)


def test_projection_with_a_share_may_end_where_every_channel_is_at_a_limit():
    out = np.empty((1, 3))
    project(np.array([[10.0, 10.0, -9.0]]), np.array([0.0, 0.0, 1.0]), np.array([2.0, 3.0, 5.0]), 0.0, 9.0, 0.6, out)
    np.testing.assert_allclose(out, [[2.0, 3.0, 1.0]], atol=1e-14)


@pytest.mark.skipif(UNCOMPILED, reason="this is the run without compilation")
def test_kernels_give_the_same_without_compilation():
    here = Path(__file__)
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-m", "pytest", "-q", str(here), "-p", "no:cacheprovider"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=here.parents[2], check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_kernels_compile_where_nothing_can_be_written():
    script = (
        "import numba.core.caching as caching\n"
        "caching.CacheImpl._locator_classes = []\n"
        "import numpy as np\n"
        "from moo_budget.kernels.budget import project\n"
        "out = np.empty((1, 2))\n"
        "project(np.array([[3.0, 1.0]]), np.zeros(2), np.full(2, 9.0), 3.0, 3.0, 1.0, out)\n"
        "assert out.tolist() == [[2.5, 0.5]], out\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
