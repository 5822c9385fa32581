import errno
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from moo_budget import _whole
from moo_budget._whole import new_beside, write_file
from moo_budget.errors import FolderError
from moo_budget.folder import SWEEP, alone, check_free, restore, write_folder


def writer(text):
    return lambda folder: (folder / "result.json").write_text(text)


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_new_folder_is_written_whole(tmp_path):
    write_folder(tmp_path / "deep" / "result", writer("new"), force=False)
    assert contents(tmp_path / "deep" / "result") == {"result.json": "new"}
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["result"]


def test_an_existing_folder_is_refused_and_replaced_by_force(tmp_path):
    folder = tmp_path / "result"
    write_folder(folder, writer("old"), force=False)
    with pytest.raises(FolderError, match=r"exists already. Choose another --out, or replace it with --force"):
        write_folder(folder, writer("new"), force=False)
    assert contents(folder) == {"result.json": "old"}
    write_folder(folder, writer("new"), force=True)
    assert contents(folder) == {"result.json": "new"}
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


def test_a_failure_leaves_the_old_result_and_no_rest(tmp_path):
    folder = tmp_path / "result"
    write_folder(folder, writer("old"), force=False)

    def fail(partial):
        (partial / "result.json").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(folder, fail, force=True)
    assert contents(folder) == {"result.json": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


def test_a_result_left_aside_is_put_back(tmp_path):
    write_folder(tmp_path / ".result.previous", writer("old"), force=False)
    restore(tmp_path / "result")
    assert contents(tmp_path / "result") == {"result.json": "old"}


def test_what_is_no_result_is_never_replaced(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_text("dear")
    with pytest.raises(FolderError, match="holds no result"):
        write_folder(tmp_path / "photos", writer("new"), force=True)
    (tmp_path / "file").write_text("dear")
    with pytest.raises(FolderError, match="is a file, not a folder"):
        write_folder(tmp_path / "file", writer("new"), force=True)
    assert contents(tmp_path / "photos") == {"one.jpg": "dear"}


def test_a_neighbour_named_like_our_backup_is_never_touched(tmp_path):
    folder = tmp_path / "result"
    (tmp_path / ".result.previous").mkdir()
    (tmp_path / ".result.previous" / "photo.jpg").write_text("dear")
    restore(folder)
    assert not folder.exists()
    with pytest.raises(FolderError, match=r"result.previous is in the way.* Rename it, or choose another --out"):
        write_folder(folder, writer("new"), force=False)
    assert contents(tmp_path / ".result.previous") == {"photo.jpg": "dear"}


def test_a_copy_of_a_result_that_a_person_made_is_neither_deleted_nor_put_back(tmp_path):
    folder, copy = tmp_path / "result", tmp_path / "result.previous"
    write_folder(copy, writer("dear"), force=False)
    restore(folder)
    assert not folder.exists()
    for text in ("old", "new"):
        write_folder(folder, writer(text), force=True)
    assert contents(copy) == {"result.json": "dear"}


def test_what_people_put_into_a_result_is_handed_on_and_what_the_program_wrote_is_not(tmp_path):
    folder = tmp_path / "result"
    write_folder(folder, writer("old"), force=False)
    (folder / "notes.txt").write_text("dear")
    (folder / "report.html").write_text("of the old result")
    (folder / ".report.html.0123abcd.partial").write_text("of a program that was killed")
    (folder / "copy").mkdir()
    (folder / "copy" / "result.json").write_text("dear too")
    write_folder(folder, writer("new"), force=True)
    copied = (folder / "copy" / "result.json").read_text()
    shutil.rmtree(folder / "copy")
    assert contents(folder) | {"copy": copied} == {"result.json": "new", "notes.txt": "dear", "copy": "dear too"}


def test_what_cannot_be_handed_on_is_named_and_everything_stays(tmp_path, monkeypatch):
    folder = tmp_path / "result"
    write_folder(folder, writer("old"), force=False)
    os.mkfifo(folder / "pipe")
    monkeypatch.setattr(os, "link", refuse_links)
    with pytest.raises(FolderError, match=r"pipe was not written by this program .* Move it away, or choose another"):
        write_folder(folder, writer("new"), force=True)
    assert (folder / "result.json").read_text() == "old"
    assert contents(tmp_path / "result-2") == {"result.json": "new"}


def refuse_links(*_, **__):
    raise OSError(errno.EPERM, "Operation not permitted")


def test_what_is_handed_on_is_not_copied_and_can_be_interrupted(tmp_path, monkeypatch):
    """Gigabytes that people keep in a result take no time; where a disk must copy them, Ctrl-C is heard."""
    folder = tmp_path / "result"
    write_folder(folder, writer("old"), force=False)
    (folder / "film.mp4").write_text("gigabytes")
    number = (folder / "film.mp4").stat().st_ino
    write_folder(folder, writer("new"), force=True)
    assert (folder / "film.mp4").stat().st_ino == number
    assert (folder / "film.mp4").stat().st_nlink == 1

    def copy(*_, **__):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(os, "link", refuse_links)
    monkeypatch.setattr(shutil, "copy2", copy)
    with pytest.raises(KeyboardInterrupt):
        write_folder(folder, writer("newer"), force=True)
    assert contents(folder) == {"result.json": "new", "film.mp4": "gigabytes"}
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


def test_decisions_that_must_be_copied_are_on_the_disk_before_a_name_points_at_them(tmp_path, monkeypatch):
    folder, settled, fsync = tmp_path / "result", [], os.fsync
    write_folder(folder, writer("old"), force=False)
    (folder / "decisions.json").write_text("dear")

    def settle(number):
        settled.append(os.fstat(number).st_ino)
        fsync(number)

    monkeypatch.setattr(os, "link", refuse_links)
    monkeypatch.setattr(os, "fsync", settle)
    write_folder(folder, writer("new"), force=True)
    assert contents(folder) == {"result.json": "new", "decisions.json": "dear"}
    assert (folder / "decisions.json").stat().st_ino in settled


def with_workbook(text):
    def write(folder):
        for name in ("result.json", "plans.xlsx", "front.csv"):
            (folder / name).write_text(text)

    return write


def test_a_workbook_that_somebody_has_filled_in_is_kept_under_another_name_and_that_is_said(tmp_path):
    folder = tmp_path / "result"
    write_folder(folder, with_workbook("old"), force=False)
    assert check_free(folder, force=True) == ()
    (folder / "plans.xlsx").write_text("my plan")
    os.utime(folder / "plans.xlsx", (1_700_000_000, 1_700_000_000))
    (said,) = check_free(folder, force=True)
    assert said.code == "folder.edited"
    assert said.text.startswith(
        f"{folder}/plans.xlsx is of another moment than the rest of result, so somebody may have"
    )
    assert said.text.endswith("it is kept as plans-changed-20231114-221320.xlsx")
    for text in ("new", "newer"):
        write_folder(folder, with_workbook(text), force=True)
        mine = {"plans-changed-20231114-221320.xlsx": "my plan"}
        assert contents(folder) == dict.fromkeys(("result.json", "plans.xlsx", "front.csv"), text) | mine
    assert check_free(folder, force=True) == ()


def test_what_was_changed_is_kept_beside_another_of_the_same_moment_and_a_link_that_leads_nowhere_too(tmp_path):
    folder = tmp_path / "result"
    workbook = folder / "plans.xlsx"
    write_folder(folder, with_workbook("old"), force=False)
    for text in ("my plan", "another"):
        workbook.write_text(text)
        os.utime(workbook, (1_700_000_000, 1_700_000_000))
        write_folder(folder, with_workbook("new"), force=True)
    kept = {"plans-changed-20231114-221320.xlsx": "my plan", "plans-changed-20231114-221320-2.xlsx": "another"}
    assert contents(folder) == dict.fromkeys(("result.json", "plans.xlsx", "front.csv"), "new") | kept
    workbook.unlink()
    workbook.symlink_to("on-a-disk-that-is-not-there.xlsx")
    os.utime(workbook, (1_700_000_001, 1_700_000_001), follow_symlinks=False)
    write_folder(folder, with_workbook("new"), force=True)
    link = folder / "plans-changed-20231114-221321.xlsx"
    assert str(link.readlink()) == "on-a-disk-that-is-not-there.xlsx"


def test_what_was_changed_in_a_result_of_a_sweep_is_kept_in_the_result_of_that_budget(tmp_path):
    def write(folder):
        (folder / "sweep.json").write_text("sweep")
        (folder / "250000").mkdir()
        with_workbook("its")(folder / "250000")

    folder = tmp_path / "sweep"
    write_folder(folder, write, force=False, holds=SWEEP)
    (folder / "250000" / "plans.xlsx").write_text("my plan")
    os.utime(folder / "250000" / "plans.xlsx", (1_700_000_000, 1_700_000_000))
    (said,) = check_free(folder, force=True, holds=SWEEP)
    assert "250000/plans.xlsx is of another moment than the rest of 250000" in said.text
    write_folder(folder, write, force=True, holds=SWEEP)
    assert (folder / "250000" / "plans-changed-20231114-221320.xlsx").read_text() == "my plan"


def test_a_result_of_somebody_else_in_a_folder_for_all_is_told_before_anything_is_computed(tmp_path, monkeypatch):
    tmp_path.chmod(0o1777)  # as /tmp is
    folder = tmp_path / "result"
    write_folder(folder, writer("old"), force=False)
    assert check_free(folder, force=True) == ()
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    with pytest.raises(
        FolderError, match=r"result belongs to somebody else, who alone may replace it .* another --out"
    ):
        check_free(folder, force=True)


def write_sweep(text, budget="250000"):
    def write(folder):
        (folder / "sweep.json").write_text(text)
        (folder / budget).mkdir()
        (folder / budget / "result.json").write_text(text)

    return write


def test_decisions_in_the_results_of_a_sweep_are_handed_on(tmp_path):
    folder = tmp_path / "sweep"
    write_folder(folder, write_sweep("old"), force=False, holds=SWEEP)
    (folder / "250000" / "decisions.json").write_text("dear")
    write_folder(folder, write_sweep("new"), force=True, holds=SWEEP)
    assert contents(folder / "250000") == {"result.json": "new", "decisions.json": "dear"}


def test_decisions_stay_while_a_sweep_leaves_their_budget_out(tmp_path):
    folder = tmp_path / "sweep"
    write_folder(folder, write_sweep("old"), force=False, holds=SWEEP)
    (folder / "250000" / "decisions.json").write_text("dear")
    write_folder(folder, write_sweep("other", "300000"), force=True, holds=SWEEP)
    assert contents(folder / "250000") == {"decisions.json": "dear"}
    write_folder(folder, write_sweep("new"), force=True, holds=SWEEP)
    assert contents(folder / "250000") == {"result.json": "new", "decisions.json": "dear"}


def test_a_sweep_left_aside_is_put_back_by_who_reads_one_of_its_results(tmp_path):
    inside = tmp_path / ".sweep.previous" / "250000"
    inside.mkdir(parents=True)
    (inside.parent / "sweep.json").write_text("old")
    (inside / "result.json").write_text("old")
    restore(tmp_path / "sweep" / "250000")
    assert contents(tmp_path / "sweep" / "250000") == {"result.json": "old"}


def test_who_adds_to_a_result_of_a_sweep_waits_for_who_exchanges_the_sweep(tmp_path, monkeypatch):
    monkeypatch.setattr(_whole, "_SECONDS_TO_WAIT", 0.0)
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "sweep.json").write_text("")
    result = alone(tmp_path / "sweep" / "250000")
    with alone(tmp_path / "sweep"), pytest.raises(FolderError, match="another program"), result:
        pass


def test_a_lock_that_is_never_let_go_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(_whole, "_SECONDS_TO_WAIT", 0.0)
    told = pytest.raises(FolderError, match=r"has held the lock of .* Wait until it has ended, or end it.*`flock`")
    with alone(tmp_path / "result"), told:
        write_folder(tmp_path / "result", writer("new"), force=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_disk_without_locks_is_told_and_written_to(tmp_path, monkeypatch, number):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(_whole.fcntl, "flock", refuse)
    (said,) = check_free(tmp_path / "result", force=False)
    assert "has no locks" in said.text
    assert "let only one at a time write result" in said.text
    write_folder(tmp_path / "result", both("new"), force=False)
    assert contents(tmp_path / "result") == {"result.json": "new", "front.csv": "new"}


def test_an_empty_folder_is_no_obstacle_after_a_run_that_was_killed(tmp_path):
    (tmp_path / ".result.previous").mkdir()
    (tmp_path / ".result.previous" / "result.json").write_text("old")
    (tmp_path / "result").mkdir()
    restore(tmp_path / "result")
    assert contents(tmp_path / "result") == {"result.json": "old"}


def test_a_result_that_lies_aside_and_may_not_be_put_back_is_told(tmp_path, monkeypatch):
    write_folder(tmp_path / ".result.previous", writer("old"), force=False)

    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(FolderError, match=r"was interrupted. Its content is in .*Read-only.* Rename it, or ask"):
        restore(tmp_path / "result")


def test_a_folder_that_cannot_be_exchanged_is_told_before_anything_is_computed(tmp_path, monkeypatch):
    folder = tmp_path / "result"
    folder.mkdir()
    monkeypatch.setattr(os.path, "ismount", lambda path: path == folder)
    with pytest.raises(FolderError, match=r"a disk is mounted.* Name a folder in it: --out .*result/result"):
        check_free(folder, force=True)


def test_a_result_whose_files_may_not_be_removed_is_told_before_anything_is_computed(tmp_path, monkeypatch):
    folder = tmp_path / "result"
    write_folder(folder, writer("old"), force=False)

    def refuse(dir):
        if dir == folder:
            raise PermissionError(errno.EACCES, "Permission denied")
        return io.BytesIO()

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(FolderError, match=r"cannot be written \(Permission denied\)\. Make room or get the right"):
        check_free(folder, force=True)


def test_a_program_whose_own_folder_is_gone_is_told(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here").rmdir()
    with pytest.raises(FolderError, match="cannot be written"):
        check_free(tmp_path / "result", force=False)
    with pytest.raises(FolderError, match="cannot be written"):
        check_free(Path("result"), force=False)


def test_what_is_no_file_is_not_replaced_by_one(tmp_path):
    for place in (Path("/dev/null"), tmp_path):
        with pytest.raises(FileExistsError, match="it is a folder or a device"):
            write_file(place, b"")


def test_a_link_to_a_file_stays_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_file(tmp_path / "link", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert (tmp_path / "link").is_symlink()


def test_a_link_to_a_folder_stays_a_link(tmp_path):
    write_folder(tmp_path / "result", writer("old"), force=False)
    (tmp_path / "link").symlink_to(tmp_path / "result")
    write_folder(tmp_path / "link", writer("new"), force=True)
    assert contents(tmp_path / "result") == {"result.json": "new"}
    assert (tmp_path / "link").is_symlink()


def test_the_folder_that_the_program_runs_in_is_no_result_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (".", "/", "", ".."):
        with pytest.raises(FolderError, match="is where this program runs"):
            write_folder(Path(name), writer("new"), force=True)


def test_an_empty_folder_is_as_good_as_none(tmp_path):
    (tmp_path / "result").mkdir()
    write_folder(tmp_path / "result", writer("new"), force=False)
    assert contents(tmp_path / "result") == {"result.json": "new"}


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match="cannot be written"):
        write_folder(tmp_path / "file" / "result", writer("new"), force=False)


def both(text):
    return lambda folder: [(folder / name).write_text(text) for name in ("result.json", "front.csv")]


def killed(tmp_path, step):
    """The exit code of a program that replaces an old result and is killed before its n-th change of a name."""
    program = f"""
import os, pathlib, shutil, signal
from moo_budget.folder import write_folder
steps = []
def counted(change):
    def wrapped(*arguments, **settings):
        steps.append(change)
        if len(steps) == {step}:
            os.kill(os.getpid(), signal.SIGKILL)
        return change(*arguments, **settings)
    return wrapped
pathlib.Path.rename, shutil.rmtree, os.unlink = map(counted, (pathlib.Path.rename, shutil.rmtree, os.unlink))
def write(folder):
    (folder / "result.json").write_text("new")
    (folder / "front.csv").write_text("new")
write_folder(pathlib.Path({str(tmp_path / "result")!r}), write, force=True)
"""
    return subprocess.run([sys.executable, "-c", program], capture_output=True).returncode


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_whenever_a_program_is_killed_the_next_one_finds_a_whole_result_and_clears_up(tmp_path):
    folder, step, ended = tmp_path / "result", 0, -9
    while ended == -signal.SIGKILL:
        step += 1
        write_folder(folder, both("old"), force=True)
        (folder / "decisions.json").write_text("dear")
        ended = killed(tmp_path, step)
        restore(folder)
        text = (folder / "result.json").read_text()
        assert contents(folder) == {"result.json": text, "front.csv": text, "decisions.json": "dear"}, step
        write_folder(folder, both("next"), force=True)
        assert [path.name for path in tmp_path.iterdir()] == ["result"], step
        assert contents(folder) == {"result.json": "next", "front.csv": "next", "decisions.json": "dear"}
    assert ended == 0
    assert step > 5


def test_a_running_program_keeps_what_it_is_writing(tmp_path):
    folder = tmp_path / "result"

    def write(partial):
        write_folder(folder, writer("other"), force=False)  # another program, faster
        assert partial.is_dir()
        (partial / "result.json").write_text("slow")

    for beside in ("result-2", "result-3"):
        with pytest.raises(FolderError, match=rf"exists already\. .* What was to stand there is kept: .*{beside}$"):
            write_folder(folder, write, force=False)
        assert contents(folder) == {"result.json": "other"}
        assert contents(tmp_path / beside) == {"result.json": "slow"}
        shutil.rmtree(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["result-2", "result-3"]


def test_what_another_program_took_for_a_rest_is_made_again_under_another_name(tmp_path):
    made = []

    def make(place):
        made.append(place)
        if len(made) > 1:  # the first is gone before it could be locked
            place.mkdir()

    with new_beside(tmp_path / "result", make) as partial:
        assert partial == made[1] != made[0]
    assert list(tmp_path.iterdir()) == []


def test_programs_that_replace_one_folder_at_once_leave_one_result_whole(tmp_path):
    folder, faults = tmp_path / "result", []

    def replace(text):
        try:
            for _ in range(10):
                write_folder(folder, both(text), force=True)
        except Exception as error:
            faults.append(error)

    programs = [threading.Thread(target=replace, args=(str(number),)) for number in range(4)]
    for program in programs:
        program.start()
    while any(program.is_alive() for program in programs):
        restore(folder)  # a reader: it must not take an exchange for an interrupted one
    for program in programs:
        program.join()
    assert faults == []
    assert len(set(contents(folder).values())) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


def test_a_full_disk_leaves_the_old_result_and_says_so(tmp_path):
    folder = tmp_path / "result"
    write_folder(folder, writer("old"), force=False)

    def fill(partial):
        raise OSError(28, "No space left on device")

    with pytest.raises(FolderError, match=r"cannot be written .*No space left.* Make room .* or choose another --out"):
        write_folder(folder, fill, force=True)
    assert contents(folder) == {"result.json": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


def test_a_place_that_cannot_be_written_is_told_before_anything_is_computed(tmp_path):
    with pytest.raises(FolderError, match="cannot be written"):
        check_free(Path("/proc/result"), force=False)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("nul\0byte", "x" * 300, "loop/result"):
        with pytest.raises(FolderError, match="cannot be written"):
            check_free(tmp_path / name, force=False)
