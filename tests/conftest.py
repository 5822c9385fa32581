"""The order in which files go to the workers of pytest-xdist; interrupts are heard in every test."""

import signal

import pytest

# The kernels' own file compiles nearly all of them while the other worker learns, for which none is needed: neither
# compiles what the other does. After these the files that take longest, so that no worker is left with one at the end.
FIRST = (
    "tests/kernels/test_kernels.py",
    "tests/responses/test_fit.py",
    "tests/test_limit_sets.py",
    "tests/responses/",
    "tests/test_real.py",
    "tests/test_cli.py",
    "tests/test_calendar_run.py",
    "tests/views/",
    "tests/explorer/",
    "tests/report/",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: next((i for i, part in enumerate(FIRST) if item.nodeid.startswith(part)), len(FIRST)))


@pytest.fixture(autouse=True, scope="session")
def interrupts_are_heard():
    """A shell that runs the suite in the background turns Ctrl-C off; tests that raise it mean it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
