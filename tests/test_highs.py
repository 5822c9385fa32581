import ctypes
import multiprocessing
import os
import subprocess
import sys
import threading

from moo_budget._highs import output_aside

# Prints as HiGHS does: through C's buffers, past Python's standard output.
PRINTS = "import ctypes; ctypes.CDLL(None).puts(b'debugging')"


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


def test_what_a_solver_prints_is_not_on_standard_output():
    lines = ["from moo_budget._highs import output_aside", "print('{', flush=True)"]
    lines += [f"with output_aside(): {PRINTS}", "print('}')"]
    assert run("\n".join(lines)) == ("{\n}\n", "debugging\n")


def test_without_a_standard_output_a_programme_runs_all_the_same():
    for closed in (1, 2):
        code = f"import os; from moo_budget._highs import output_aside; os.close({closed})\nwith output_aside(): pass"
        run(code)


def test_standard_output_comes_back_when_the_last_of_several_threads_is_done(capfd):
    inside = threading.Barrier(8)

    def work():
        with output_aside():
            inside.wait(timeout=10)
            ctypes.CDLL(None).puts(b"debugging")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(1, b"ours\n")
    captured = capfd.readouterr()
    assert captured.out == "ours\n"
    assert captured.err.count("debugging") == 8


def test_a_child_that_is_forked_while_another_thread_solves_has_its_standard_output(capfd):
    inside, done = threading.Event(), threading.Event()

    def work():
        with output_aside():
            inside.set()
            done.wait(timeout=30)

    def child():
        os.write(1, b"ours\n")
        with output_aside():
            os.write(1, b"aside\n")
        os.write(1, b"ours again\n")

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait(timeout=10)
    forked = multiprocessing.get_context("fork").Process(target=child)
    forked.start()
    forked.join(timeout=30)
    done.set()
    thread.join()
    assert capfd.readouterr() == ("ours\nours again\n", "aside\n")
