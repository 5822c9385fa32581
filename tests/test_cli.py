"""The program as a person or a script meets it."""

import contextlib
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import typer

from moo_budget import cli, talk
from moo_budget.__main__ import main as program
from moo_budget._interrupts import hear_again, heard_by, put_off
from moo_budget.cli import main
from moo_budget.console import SavedError, answering, read_settings, told_if_saved
from moo_budget.run import run
from moo_budget.solve import Progress
from moo_budget.talk import Talk

PROGRAM = [sys.executable, "-m", "moo_budget.cli"]
CURVES = "outcome,channel,spend,value\n" + "".join(
    f"{outcome},{channel},{x},{height * x / (x + 50)}\n"
    for outcome, channel, height in (
        ("revenue", "tv", 900),
        ("revenue", "radio", 300),
        ("awareness", "tv", 50),
        ("awareness", "radio", 90),
    )
    for x in range(0, 201, 10)
)
PROBLEM = """\
schema_version = 1
title = "Two curves"
currency = "EUR"
[plan]
budget = 100
today = { tv = 80, radio = 20 }
[fit]
curves = "curves.csv"
[search]
evaluations = 400
plans = 20
seed = 1
"""


@pytest.fixture
def problem(tmp_path):
    (tmp_path / "curves.csv").write_text(CURVES, encoding="utf-8")
    (tmp_path / "problem.toml").write_text(PROBLEM, encoding="utf-8")
    return tmp_path / "problem.toml"


@pytest.fixture
def restored_signals():
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@dataclass(frozen=True)
class Done:
    """What a call of the program left behind."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def moo_budget(capfd, monkeypatch):
    """The program, run in this process: a fresh one takes seconds to load its libraries."""

    def call(*arguments, cwd=None):
        if cwd is not None:
            monkeypatch.chdir(cwd)
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in arguments])
        return Done(end.value.code, *capfd.readouterr())

    return call


def test_solve_writes_the_folder_and_prints_the_picks(moo_budget, problem):
    done = moo_budget("solve", problem)
    assert done.returncode == 0, done.stderr
    folder = problem.parent / "result"
    assert {path.name for path in folder.iterdir()} == {
        "result.json",
        "front.csv",
        "tables.npz",
        "problem.toml",
        "plans.xlsx",
        "report.html",
    }
    for word in ("today", "safest", "balanced", "boldest", "report.html", "next: open"):
        assert word in done.stdout
    assert "searching the front" in done.stderr


def test_json_is_one_object_without_plans_and_curves(moo_budget, problem):
    done = moo_budget("solve", problem, "--json", "--quiet", "--seed", 5)
    stored = json.loads(done.stdout)
    assert (stored["seed"], stored["status"], stored["folder"]) == (5, "done", str(problem.parent / "result"))
    assert "plans" not in stored
    assert "curves" not in stored
    assert done.stderr == ""


def test_settings_on_the_line_come_before_those_of_the_file(moo_budget, problem):
    moo_budget(
        "solve",
        problem,
        "--plans",
        7,
        "--evaluations",
        90,
        "--algorithm",
        "mopso_cd",
        "--out",
        "here",
        cwd=problem.parent,
    )
    stored = json.loads((problem.parent / "here" / "result.json").read_text(encoding="utf-8"))
    assert (stored["evaluations"], stored["algorithm"]) == (90, "mopso_cd")
    assert 1 <= len(stored["plans"]) <= 7


def test_an_existing_result_needs_force(moo_budget, problem):
    assert moo_budget("solve", problem).returncode == 0
    again = moo_budget("solve", problem)
    assert again.returncode == 2
    assert "exists already. Choose another --out, or replace it with --force" in again.stderr
    assert moo_budget("solve", problem, "--force").returncode == 0


def test_check_tells_limits_and_total(moo_budget, problem):
    done = moo_budget("check", problem)
    assert done.returncode == 0, done.stderr
    assert "data and limits are in order. Total to place: EUR 100" in done.stdout
    found = json.loads(moo_budget("check", problem, "--json").stdout)
    assert found["budget"] == {"min": 100.0, "max": 100.0}
    assert found["channels"]["tv"] == {"min": 0.0, "min_if_used": 0.0, "max": 200.0, "step": 0.0, "today": 80.0}


def test_check_shows_a_channel_that_gets_nothing_or_a_minimum(moo_budget, problem):
    problem.write_text(PROBLEM + "[limits.channel.tv]\nmin_if_used = 60\n", encoding="utf-8")
    found = json.loads(moo_budget("check", problem, "--json").stdout)
    assert (found["channels"]["tv"]["min"], found["channels"]["tv"]["min_if_used"]) == (0.0, 60.0)
    (row,) = (line for line in moo_budget("check", problem).stdout.splitlines() if line.startswith("tv"))
    assert [cell.strip() for cell in row.split("│")] == ["tv", "80.0", "0 or 60.0", "200"]


def test_the_search_is_told_as_it_ended(moo_budget, problem):
    done = moo_budget("solve", problem)
    stored = json.loads((problem.parent / "result" / "result.json").read_text(encoding="utf-8"))
    (line,) = (line for line in done.stderr.splitlines() if " evaluations, " in line)
    assert re.fullmatch(rf"  {stored['evaluations']} evaluations, [\d,]+ plans that no other beats, \d+ s", line)
    assert "hypervolume" not in done.stderr
    assert " left" not in done.stderr


def test_progress_on_a_plan_is_in_the_singular(capfd):
    with Talk(quiet=False, color=False) as talk:
        talk.stage("searching the front")
        talk.progress(Progress(1, 100_000, 0.2, np.zeros((1, 2))))
        assert "evaluation" not in capfd.readouterr().err  # the first second says nothing
    assert capfd.readouterr().err == "  1 evaluation, 1 plan that no other beats, 0 s\n"


def test_learning_channel_by_channel_tells_how_far_it_is_and_how_long_it_takes(capfd, monkeypatch):
    times = iter([100.0, 101.0, 131.0, 132.0])
    monkeypatch.setattr(talk, "time", SimpleNamespace(monotonic=lambda: next(times)))
    with Talk(quiet=False, color=False) as told:
        told.stage("learning")
        told.learning("revenue", 1, 2000)
        told.learning("revenue", 101, 2000)
        told.learning("revenue", 102, 2000)  # too soon to say more
    assert capfd.readouterr().err == "learning ...\n  revenue: 101 of 2,000 channels, some 570 s left\n"


def test_compiling_is_said_once_while_it_lasts(capfd, monkeypatch):
    compiled = iter([0, 1, 7, 9, 20])
    monkeypatch.setattr(talk, "_n_compiled", lambda: next(compiled))
    monkeypatch.setattr(talk, "_SECONDS_BETWEEN_LOOKS", 0.01)
    with Talk(quiet=False, color=False):
        time.sleep(0.3)
    assert capfd.readouterr().err == "  compiling the kernels, once on this machine: up to half a minute\n"
    assert next(compiled) == 9
    assert not any(thread.name == "compiling" for thread in threading.enumerate())


def test_kernels_that_no_cache_had_are_counted(tmp_path):
    code = (
        "import numpy as np\n"
        "from moo_budget import talk\n"
        "from moo_budget.kernels.dominance import compare\n"
        "before = talk._n_compiled()\n"
        "goals, violation = np.zeros((2, 2)), np.zeros(2)\n"
        "compare(goals, violation, goals, violation, np.zeros(2, dtype=np.int64))\n"
        "print(before, talk._n_compiled() > before)"
    )
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    for counted in ("0 True", "0 False"):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
        assert done.stdout.strip() == counted


def test_the_picks_are_explained_under_the_table(moo_budget, problem):
    text = PROBLEM + (
        '[goals]\nsales = { outcome = "revenue", measure = "total" }\n'
        'seen = { outcome = "awareness", measure = "total" }\nmoved = { measure = "change" }\n'
    )
    problem.write_text(text, encoding="utf-8")
    assert (
        "safest: least money moved among plans that bring at least the reference's revenue; balanced: least worst "
        "regret over the goals; boldest: most revenue."
    ) in moo_budget("solve", problem).stdout


def test_what_is_not_proved_is_said_with_its_reason(moo_budget, problem):
    text = PROBLEM + (
        '[goals]\nsales = { outcome = "revenue", measure = "total" }\n'
        'missed = { outcome = "awareness", measure = "shortfall", target = 60 }\n'
    )
    problem.write_text(text, encoding="utf-8")
    done = moo_budget("solve", problem)
    assert "safest: least risk (missed) among plans that bring at least the reference's revenue; " in done.stdout
    assert (
        "Not proved: how much better a plan could be in Missed at most (no method here bounds its measure).\n"
        "Not proved: how closely the front matches every plan in all goals at once (a goal has no bound: Missed).\n"
    ) in done.stdout


def test_report_and_export_work_from_the_folder_alone(moo_budget, problem, tmp_path):
    moo_budget("solve", problem)
    folder = problem.parent / "result"
    first = (folder / "report.html").read_bytes()
    assert moo_budget("report", folder).returncode == 0
    assert (folder / "report.html").read_bytes() == first
    for form in ("csv", "json", "parquet", "xlsx"):
        target = tmp_path / f"out.{form}"
        assert moo_budget("export", folder, "--to", form, "--out", target).returncode == 0
        assert target.stat().st_size > 0
    refused = moo_budget("export", folder, "--out", tmp_path / "out.csv")
    assert refused.returncode == 2
    assert "exists already" in refused.stderr


@pytest.mark.parametrize("which", ["problem", "result"])
def test_schema_prints_a_json_schema(moo_budget, which):
    schema = json.loads(moo_budget("schema", which).stdout)
    assert schema["type"] == "object"
    assert "schema_version" in schema["properties"]


def test_init_writes_a_problem_file_once(moo_budget, tmp_path):
    rows = [f"2024-{1 + i // 28:02d}-{1 + i % 28:02d},{10 + i % 7},{5 + i % 3},{100 + i % 11}" for i in range(56)]
    (tmp_path / "history.csv").write_text("\n".join(["date,tv_spend,radio_spend,revenue", *rows]), encoding="utf-8")
    done = moo_budget("init", tmp_path / "history.csv")
    assert done.returncode == 0, done.stderr
    assert "next: read it, then moo-budget check" in done.stdout
    assert 'channels = ["tv", "radio"]' in (tmp_path / "problem.toml").read_text(encoding="utf-8")
    again = moo_budget("init", tmp_path / "history.csv")
    assert again.returncode == 2
    assert "exists already" in again.stderr


def test_init_written_elsewhere_finds_its_table(moo_budget, tmp_path):
    rows = [f"2024-{1 + i // 28:02d}-{1 + i % 28:02d},{10 + i % 7},{5 + i % 3},{100 + i % 11}" for i in range(56)]
    (tmp_path / "history.csv").write_text("\n".join(["date,tv_spend,radio_spend,revenue", *rows]), encoding="utf-8")
    (tmp_path / "plans").mkdir()
    assert moo_budget("init", tmp_path / "history.csv", "--out", tmp_path / "plans" / "problem.toml").returncode == 0
    assert moo_budget("check", tmp_path / "plans" / "problem.toml").returncode == 0


@pytest.mark.parametrize(("encoding", "name"), [("cp1252", "电视.toml"), ("utf-8", "\udcff.toml")])
def test_an_output_that_does_not_know_a_letter_still_gets_what_it_is_told(tmp_path, encoding, name):
    program = [sys.executable, "-m", "moo_budget.cli", "check", str(tmp_path / name), "--json"]
    done = subprocess.run(program, capture_output=True, env=os.environ | {"PYTHONIOENCODING": encoding})
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["text"].startswith(str(tmp_path / name))


def test_help_shows_examples_and_exit_codes_of_every_verb(moo_budget):
    text = moo_budget("--help").stdout
    for word in ("moo-budget demo", "moo-budget solve problem.toml", "Exit codes", "demo", "init", "check", "solve"):
        assert word in text
    assert "--time-limit" in moo_budget("solve", "--help").stdout


def test_version_names_what_it_stands_on(moo_budget):
    assert moo_budget("--version").stdout.startswith("moo-budget 0.")


def test_help_lists_every_command_in_a_whole_sentence_and_fits_a_terminal(moo_budget):
    shown = moo_budget("--help").stdout
    assert "..." not in shown.replace("[ARGS]...", "")
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("verb", [command.callback.__name__ for command in cli.app.registered_commands])
def test_help_of_a_command_shows_how_it_is_called(moo_budget, verb):
    assert f"\n  moo-budget {verb} " in moo_budget(verb, "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("slove",), "slove"),
        (("solve",), "problem"),
        (("solve", "x", "--sed", "1"), "--sed"),
        (("--lang", "fr", "demo"), "fr"),
    ],
)
def test_wrong_usage_is_exit_2(moo_budget, arguments, text):
    done = moo_budget(*arguments)
    assert done.returncode == 2
    assert text in done.stderr.lower()


def test_a_problem_solved_in_chinese_stays_so_until_its_report_is_asked_for_in_english(moo_budget, problem):
    folder = problem.parent / "result"
    done = moo_budget("solve", problem, "--lang", "zh")
    assert done.returncode == 0
    assert "Two curves：1 期的方案。括号内：十次中有八次落在此区间。" in done.stdout
    assert "均衡：各目标上的最大遗憾最小" in done.stdout
    assert f"下一步：打开 {folder / 'report.html'}" in done.stdout
    for options, lang in (((), "zh"), (("--lang", "en"), "en")):
        assert moo_budget("report", folder, *options).returncode == 0
        assert f'<html lang="{lang}">' in (folder / "report.html").read_text(encoding="utf-8")


def test_what_a_terminal_shows_of_a_check_and_of_a_plan_of_ones_own_is_chinese_where_asked(moo_budget, problem):
    assert "数据和约束均无问题。待分配总额：EUR 100" in moo_budget("check", problem, "--lang", "zh").stdout
    moo_budget("solve", problem)
    mine = problem.parent / "mine.csv"
    mine.write_text("channel,spend\ntv,60\nradio,30\n", encoding="utf-8")
    shown = moo_budget("evaluate", problem.parent / "result", mine, "--lang", "zh").stdout
    assert "mine：合计 EUR 90" in shown
    assert "低于预算" in shown
    assert re.search("前沿|约束内", shown)


def _hear_interrupts():
    """A shell that runs the suite in the background has its children ignore them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _stop(problem, signal_number, *more):
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    arguments = ["solve", str(problem), "--algorithm", "nsga2", "--evaluations", "100000000", *more]
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=_hear_interrupts,
    )
    for line in process.stderr:
        if " evaluations, " in line:  # the first line of progress: there is something to keep
            break
    process.send_signal(signal_number)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_search_saves_what_there_is_and_ends_with_5(problem, signal_number):
    code, out, err = _stop(problem, signal_number)
    assert code == 5, err
    assert "Stopped early after" in out
    assert json.loads((problem.parent / "result" / "result.json").read_text(encoding="utf-8"))["status"] == "stopped"


def test_the_time_limit_ends_with_5(moo_budget, problem):
    done = moo_budget("solve", problem, "--algorithm", "nsga2", "--evaluations", 10**9, "--time-limit", 0.3)
    assert done.returncode == 5


def test_an_interrupt_after_the_search_lets_the_result_be_written(problem):
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [*PROGRAM, "solve", str(problem)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=_hear_interrupts,
    )
    for line in process.stderr:
        if "writing" in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert (problem.parent / "result" / "report.html").exists()


@pytest.mark.parametrize(
    ("output", "code"), [("full", 2), ("nobody reads it", 0), ("closed by who started the program", 0)]
)
def test_an_output_that_is_full_is_told_and_one_that_nobody_reads_is_not(moo_budget, monkeypatch, output, code):
    read, unread = os.pipe()
    os.close(read)
    full = os.open("/dev/full", os.O_WRONLY)
    streams = {"full": os.fdopen(full, "w"), "nobody reads it": os.fdopen(unread, "w")}
    monkeypatch.setattr(sys, "stdout", streams.get(output))
    done = moo_budget("schema", "sweep")
    sys.stdout.close()  # what the program put in its place
    for stream in streams.values():
        with contextlib.suppress(OSError):
            stream.close()
    assert done.returncode == code
    told = "what was found cannot be printed (No space left on device); what was to be saved is saved. Make room where"
    assert (told in done.stderr) == (output == "full")


def test_talk_that_cannot_be_told_ends_no_run(monkeypatch):
    read, write = os.pipe()
    os.close(read)
    for number in (os.open("/dev/full", os.O_WRONLY), write):
        nobody = os.fdopen(number, "w", buffering=1)
        monkeypatch.setattr(sys, "stderr", nobody)
        with Talk(quiet=False, color=False) as talk:
            talk.stage("searching")
            talk.note("a note")
        with contextlib.suppress(OSError):
            nobody.close()


def test_an_interrupt_when_the_result_stands_already_is_not_told_as_if_nothing_were_saved(tmp_path):
    (tmp_path / "result.json").write_text("old", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), told_if_saved(tmp_path):
        raise KeyboardInterrupt

    def solve_and_be_interrupted():
        with told_if_saved(tmp_path):
            (tmp_path / "new").write_text("new", encoding="utf-8")
            (tmp_path / "new").replace(tmp_path / "result.json")
            raise KeyboardInterrupt

    with pytest.raises(SavedError, match="interrupted when the result was saved already") as said:
        solve_and_be_interrupted()
    assert said.value.exit_code == 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_a_module_is_loaded_is_heard_when_it_is_loaded(
    moo_budget, tmp_path, monkeypatch, restored_signals, number
):
    """A module written in C turns whatever is raised meanwhile into an error of its own."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    (tmp_path / "slow_to_load.py").write_text(
        f"import signal\nlost = False\ntry:\n    signal.raise_signal({int(number)})\n    sum(range(10))\n"
        "except BaseException:\n    lost = True\nif lost:\n    raise ImportError('initialization failed')\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)

    def load():
        importlib.import_module("slow_to_load")
        time.sleep(10.0)

    monkeypatch.setattr("moo_budget.results.result_schema", load)
    done = moo_budget("schema", "result")
    sys.modules.pop("slow_to_load", None)
    assert done.returncode == 130
    assert done.stderr == "interrupted; nothing was saved\n(interrupted, exit 130)\n"


@pytest.mark.parametrize("asked", ["--help", "--version"])
def test_help_that_cannot_be_printed_is_told_without_a_traceback(moo_budget, monkeypatch, asked):
    full = os.fdopen(os.open("/dev/full", os.O_WRONLY), "w", buffering=1)
    monkeypatch.setattr(sys, "stdout", full)
    done = moo_budget(asked)
    sys.stdout.close()  # what the program put in its place
    with contextlib.suppress(OSError):
        full.close()
    assert done.returncode == 2
    assert "No space left on device. Make room where the output goes." in done.stderr


def test_ctrl_c_before_and_after_the_command_line_is_there_shows_no_traceback(monkeypatch, restored_signals):
    heard = []
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    monkeypatch.setattr(cli, "main", lambda: heard.append(signal.getsignal(signal.SIGINT)))
    cases = (
        (signal.default_int_handler, put_off, signal.SIG_DFL),
        (signal.SIG_IGN, signal.SIG_IGN, signal.SIG_IGN),
    )
    for before, meanwhile, after in cases:
        signal.signal(signal.SIGINT, before)
        program()
        assert heard.pop() == meanwhile
        assert signal.getsignal(signal.SIGINT) == after


def test_an_interrupt_while_text_is_run_as_a_program_is_heard_when_it_has_run(restored_signals):
    """Otherwise Python ends the whole program by the signal: the exit code of `answer` would be lost."""
    ran = []

    @answering
    def run():
        exec("signal.raise_signal(signal.SIGTERM); ran.append(len(ran))", {"signal": signal, "ran": ran})
        time.sleep(10.0)

    read_settings(())
    with pytest.raises(typer.Exit) as ended:
        run()
    assert ended.value.exit_code == 130
    assert ran == [0]


def test_an_interrupt_is_heard_where_the_program_is_run_by_text_or_by_a_module_of_another(
    moo_budget, monkeypatch, restored_signals
):
    """So runs it a profiler, a scheduler, and the suite where two programs share it."""

    def interrupted():
        signal.raise_signal(signal.SIGTERM)
        time.sleep(1.0)

    monkeypatch.setattr("moo_budget.results.result_schema", interrupted)
    runs = {"__name__": "jobs", "moo_budget": moo_budget}
    exec("done = moo_budget('schema', 'result')", runs)
    assert runs["done"].returncode == 130


def test_a_verb_outside_the_main_thread_leaves_the_signals_to_whoever_runs_it():
    heard = []

    def work():
        with heard_by(put_off):
            heard.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert heard == [before]


def test_an_interrupt_before_a_verb_hears_waits_for_it(moo_budget, monkeypatch, restored_signals):
    monkeypatch.setattr("moo_budget.results.result_schema", lambda: time.sleep(10.0))
    with heard_by(put_off):
        signal.raise_signal(signal.SIGTERM)
        done = moo_budget("schema", "result")
    assert done.returncode == 130


def test_an_interrupt_while_an_object_is_removed_is_heard_and_shows_no_traceback(monkeypatch, capfd):
    class Removed:
        def __del__(self):
            raise KeyboardInterrupt

    heard = []
    kept = signal.signal(signal.SIGTERM, lambda *_: heard.append("again"))
    monkeypatch.setattr(sys, "unraisablehook", hear_again)
    try:
        Removed()
        end = time.monotonic() + 10.0
        while not heard and time.monotonic() < end:
            time.sleep(0.01)
    finally:
        signal.signal(signal.SIGTERM, kept)
    assert heard == ["again"]
    assert capfd.readouterr().err == ""


def test_a_disk_that_refuses_leaves_the_problem_file_as_it_was(moo_budget, tmp_path, monkeypatch):
    (tmp_path / "history.csv").write_text(HISTORY, encoding="utf-8")
    (tmp_path / "problem.toml").write_text("dear", encoding="utf-8")

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    done = moo_budget("init", tmp_path / "history.csv", "--force")
    assert done.returncode == 2
    assert "No space left on device. Make room or get the right to use it, or choose another place" in done.stderr
    assert (tmp_path / "problem.toml").read_text(encoding="utf-8") == "dear"
    assert {path.name for path in tmp_path.iterdir()} == {"history.csv", "problem.toml"}


def test_a_demo_folder_is_replaced_and_any_other_refused(moo_budget, tmp_path):
    (tmp_path / "demo-result").mkdir()
    (tmp_path / "demo-result" / "mine.txt").write_text("dear", encoding="utf-8")
    refused = moo_budget("demo", cwd=tmp_path)
    assert refused.returncode == 2
    assert Path(tmp_path / "demo-result" / "mine.txt").exists()
    earlier = tmp_path / "earlier"  # what marks a demo's folder is the problem that it holds as solved
    earlier.mkdir()
    (earlier / "result.json").write_text("{}", encoding="utf-8")
    demo = Path(__file__).parents[1] / "problems" / "online_retailer" / "problem.toml"
    (earlier / "problem.toml").write_bytes(demo.read_bytes())
    done = moo_budget("demo", "--out", earlier, "--quiet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (earlier / "report.html").exists()


def test_every_message_ends_with_its_code_once(moo_budget, tmp_path):
    done = moo_budget(
        "check", _tables(tmp_path, history=HISTORY, problem=FROM_HISTORY + "[limits.channel.tv]\nmim = 5\n")
    )
    assert done.stderr.count("exit 3") == 1
    assert done.stderr.rstrip().endswith("(problem.unknown-key, exit 3)")


def test_a_place_that_cannot_be_written_is_named(moo_budget, tmp_path):
    (tmp_path / "history.csv").write_text(HISTORY, encoding="utf-8")
    done = moo_budget("init", tmp_path / "history.csv", "--out", tmp_path / "no folder" / "problem.toml")
    assert done.returncode == 2
    assert "no folder" in done.stderr


def test_today_may_leave_channels_of_own_curves_out_and_must_stay_on_them(moo_budget, problem):
    text = problem.read_text(encoding="utf-8")
    problem.write_text(text.replace("tv = 80, radio = 20", "tv = 80"), encoding="utf-8")
    done = moo_budget("check", problem)
    assert done.returncode == 0
    assert "[plan] today leaves out radio" in done.stdout
    problem.write_text(text.replace("tv = 80, radio = 20", "tv = 280"), encoding="utf-8")
    done = moo_budget("check", problem)
    assert done.returncode == 3
    assert "280.00 of `tv` lies beyond the end of its curve (200.00 for the whole plan)" in done.stderr


def _tables(tmp_path, history="", problem="", curves=""):
    (tmp_path / "history.csv").write_text(history, encoding="utf-8")
    (tmp_path / "problem.toml").write_text(problem, encoding="utf-8")
    (tmp_path / "curves.csv").write_text(curves or CURVES, encoding="utf-8")
    return tmp_path / "problem.toml"


HISTORY = "week,tv,radio,sales\n" + "".join(
    f"2024-{1 + i // 4:02d}-{1 + 7 * (i % 4):02d},{100 + 10 * (i % 5)},{40 + 5 * (i % 3)},{1000 + 30 * (i % 5)}\n"
    for i in range(40)
)
FROM_HISTORY = """\
schema_version = 1
currency = "EUR"
[history]
file = "history.csv"
date = "week"
channels = ["tv", "radio"]
spend = "{channel}"
[outcomes.revenue]
column = "sales"
unit = "EUR"
[plan]
periods = 4
[search]
evaluations = 200
"""


MISSPELT = '[goals]\nmore = { measure = "total", outcome = "revenu" }\n'
FOUR_PERIODS = FROM_HISTORY.replace("{channel}", "{{channel}}").replace("periods = 4", "periods = 4\n{}")


WRONG_INPUTS = {
    "a column that does not exist": (3, "sale", {"problem": FROM_HISTORY.replace('"sales"', '"sale"')}),
    "negative spend": (3, "-100", {"history": HISTORY.replace(",100,", ",-100,", 1)}),
    "text in a number column": (3, "lots", {"history": HISTORY.replace(",100,", ",lots,", 1)}),
    "an empty cell": (3, "empty", {"history": HISTORY.replace(",100,", ",,", 1)}),
    "a date that is none": (3, "2024-13", {"history": HISTORY.replace("2024-01-01", "2024-13-99")}),
    "a date twice": (3, "2024-01-01", {"history": HISTORY.replace("2024-01-08", "2024-01-01")}),
    "two headers of one name": (3, "tv", {"history": HISTORY.replace("radio", "tv", 1)}),
    "an empty history": (3, "empty", {"history": ""}),
    "a header only": (3, "rows", {"history": "week,tv,radio,sales\n"}),
    "too few periods": (3, "8", {"history": "\n".join(HISTORY.splitlines()[:6])}),
    "a history that is not there": (3, "histroy.csv", {"problem": FROM_HISTORY.replace("history.csv", "histroy.csv")}),
    "an unknown key": (3, "mim", {"problem": FROM_HISTORY + "[limits.channel.tv]\nmim = 5\n"}),
    "an unknown channel": (3, "did you mean `tv`", {"problem": FROM_HISTORY + "[limits.channel.tvv]\nmin = 5\n"}),
    "a budget that is no number": (3, "finite", {"problem": FOUR_PERIODS.format("budget = nan")}),
    "a budget below the minimums": (
        4,
        "raise the budget by 100.00",
        {"problem": FOUR_PERIODS.format("budget = 100") + "[limits.channel.tv]\nmin = 200\n"},
    ),
    "maximums below the budget": (
        4,
        "lower the budget by 673.00",
        {"problem": FROM_HISTORY + "[limits.channel.tv]\nmax = 1\n[limits.channel.radio]\nmax = 1\n"},
    ),
    "locked and off": (3, "lock", {"problem": FROM_HISTORY + "[limits.channel.tv]\nlock = true\noff = true\n"}),
    "a key of a later version": (3, "not available yet", {"problem": FROM_HISTORY + "[fit]\nmonotone = false\n"}),
    "rules that contradict each other": (
        4,
        "limits contradict each other",
        {"problem": FROM_HISTORY + '[limits]\nrules = ["tv >= 60% * total", "tv <= radio"]\n'},
    ),
    "a goal without its outcome": (3, "revenu`", {"problem": FROM_HISTORY + MISSPELT}),
    "no TOML": (3, "problem.toml", {"problem": "[plan\nperiods = 4"}),
    "an empty problem file": (3, "history", {"problem": ""}),
    "curves that are none": (3, "column", {"problem": PROBLEM, "curves": "a,b\n1,2\n"}),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_INPUTS)
def test_wrong_input_gives_its_exit_code_one_message_and_no_folder(moo_budget, name, tmp_path):
    code, text, files = WRONG_INPUTS[name]
    problem = _tables(tmp_path, **({"history": HISTORY, "problem": FROM_HISTORY} | files))
    before = sorted(path.name for path in tmp_path.iterdir())
    for verb in ("check", "solve"):
        done = moo_budget(verb, problem)
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        assert text in done.stderr.lower()
        assert "Traceback" not in done.stderr
        assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("content", [bytes(range(256)) * 20, b"PK\x03\x04rubbish", b"PAR1rubbish"])
def test_binary_rubbish_is_refused_as_history_and_as_problem(moo_budget, content, tmp_path):
    problem = _tables(tmp_path, history=HISTORY, problem=FROM_HISTORY)
    (tmp_path / "history.csv").write_bytes(content)
    assert moo_budget("check", problem).returncode == 3
    problem.write_bytes(content)
    done = moo_budget("check", problem)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("verb", ["check", "solve", "report", "export", "init"])
def test_a_folder_or_nothing_in_place_of_a_file_is_bad_data(moo_budget, verb, tmp_path):
    for path in (tmp_path, tmp_path / "nothing"):
        done = moo_budget(verb, path)
        assert done.returncode == 3, (verb, done.stderr)
        assert str(path.name) in done.stderr
        assert "Traceback" not in done.stderr


def test_a_good_history_passes(moo_budget, tmp_path):
    problem = _tables(tmp_path, history=HISTORY, problem=FROM_HISTORY)
    done = moo_budget("solve", problem, "--quiet")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def solved_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("solved")
    (folder / "curves.csv").write_text(CURVES, encoding="utf-8")
    (folder / "problem.toml").write_text(PROBLEM, encoding="utf-8")
    run(folder / "problem.toml")
    return folder / "result"


@pytest.fixture
def solved(solved_once, problem):
    """A result of one's own beside its problem."""
    return shutil.copytree(solved_once, problem.parent / "result")


def test_evaluate_says_where_a_plan_stands_and_what_it_costs_to_follow_it(moo_budget, solved, tmp_path):
    mine = tmp_path / "mine.csv"
    mine.write_text("channel,spend\ntv,100\nradio,0\ntotal,100\n", encoding="utf-8")
    done = moo_budget("evaluate", solved, mine)
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stdout.split())
    assert "mine: EUR 100 in total." in text
    assert re.search(r"Plan \d+ is better in every goal, the nearest of the front that is: EUR [\d.]+ are spent", text)
    assert re.search(r"mine instead of plan \d+: roi −", text)


def test_evaluate_for_a_program_is_one_object_with_every_plan(moo_budget, solved):
    front = pd.read_csv(solved / "front.csv", dtype={"plan_id": str})
    few = solved / "few.csv"
    front.iloc[[0, -1]].to_csv(few, index=False)
    found = json.loads(moo_budget("evaluate", solved, few, "--json").stdout)
    assert [plan["id"] for plan in found["plans"]] == ["1", "reference"]
    first, reference = found["plans"]
    assert (first["standing"], first["nearest"], first["breaks"]) == ("on_front", "1", [])
    assert set(reference) == {
        *("id", "spend", "total", "goals", "extrapolated", "breaks", "standing", "nearest", "within", "against"),
        *("moved", "differences"),
    }
    assert reference["goals"]["roi"]["value"] == front["roi"].iloc[-1]
    assert set(reference["differences"]["roi"]) == {"value", "estimate_low", "estimate_high"}


def test_evaluate_ends_with_0_for_a_plan_that_breaks_limits_and_with_3_for_a_file_that_holds_none(
    moo_budget, solved, tmp_path
):
    mine = tmp_path / "mine.csv"
    mine.write_text("tv,radio\n10,10\n", encoding="utf-8")
    done = moo_budget("evaluate", solved, mine)
    assert done.returncode == 0
    assert "It breaks a limit: the total 20.00 is below the budget 100.00." in done.stdout
    assert "In the nearest plan that keeps them EUR 80.0 are spent otherwise." in done.stdout
    mine.write_text("tv,radoi\n10,10\n", encoding="utf-8")
    done = moo_budget("evaluate", solved, mine)
    assert done.returncode == 3
    assert "Did you mean `radio`?" in done.stderr
    done = moo_budget("evaluate", solved, solved / "front.csv")
    assert done.returncode == 3
    assert "say which one with --plan" in done.stderr
    assert moo_budget("evaluate", solved, solved / "front.csv", "--plan", "today").returncode == 0
    assert moo_budget("evaluate", solved / "nowhere", mine).returncode == 3


def test_evaluate_learns_nothing_anew(moo_budget, solved, problem, tmp_path):
    (problem.parent / "curves.csv").unlink()
    mine = tmp_path / "mine.csv"
    mine.write_text("tv,radio\n80,20\n", encoding="utf-8")
    assert moo_budget("evaluate", solved, mine).returncode == 0


def test_every_verb_says_what_it_reads_and_what_it_does_then_unless_it_is_to_be_quiet(moo_budget, solved, tmp_path):
    problem, page, table = tmp_path / "problem.toml", tmp_path / "two.html", tmp_path / "front.csv"
    reading = f"reading {solved} ...\n"
    for words, said in (
        (("check", problem), f"reading {problem} ...\n"),
        (
            ("compare", solved, solved, "--out", page, "--force"),
            f"{reading}{reading}measuring the plans of both ...\nwriting {page} ...\n",
        ),
        (("report", solved), reading),
        (("export", solved, "--out", table, "--force"), reading),
    ):
        assert moo_budget(*words).stderr == said
    assert moo_budget("check", problem, "--quiet").stderr == ""
