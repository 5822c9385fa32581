from pathlib import Path

import pytest

from moo_budget.errors import FolderError
from moo_budget.folder import restore, write_folder


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
    write_folder(tmp_path / "result.previous", writer("old"), force=False)
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
    (tmp_path / "result.previous").mkdir()
    (tmp_path / "result.previous" / "photo.jpg").write_text("dear")
    restore(folder)
    assert not folder.exists()
    with pytest.raises(FolderError, match=r"result.previous is in the way"):
        write_folder(folder, writer("new"), force=False)
    assert contents(tmp_path / "result.previous") == {"photo.jpg": "dear"}


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
