"""The data folder: what is private, what is ours, and what a reset may remove."""

import os
from pathlib import Path

import pytest

from coe_portal.local import reset, runfile, secrets
from coe_portal.local.console import Problem
from coe_portal.local.locks import Lock
from coe_portal.local.paths import DataDir, data_dir


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    """A prepared data folder."""
    folder = DataDir(tmp_path / "data")
    folder.prepare()
    return folder


def test_only_the_owner_reads_the_folder_and_its_secrets(data: DataDir) -> None:
    secrets.load_or_create(data)
    assert data.root.stat().st_mode & 0o777 == 0o700
    assert data.secrets.stat().st_mode & 0o777 == 0o600


def test_secrets_are_made_once(data: DataDir) -> None:
    assert secrets.load_or_create(data) == secrets.load_or_create(data)


def test_damaged_secrets_are_an_error_that_says_so(data: DataDir) -> None:
    data.secrets.write_text("{")
    with pytest.raises(Problem, match="damaged"):
        secrets.load_or_create(data)


def test_a_folder_with_other_files_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(Problem, match="holds other files"):
        DataDir(tmp_path).prepare()
    with pytest.raises(Problem, match="left alone"):
        reset.main(["--yes", "--data-dir", str(tmp_path)])
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_the_option_wins_over_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COE_DATA_DIR", str(tmp_path / "variable"))
    assert data_dir().root == tmp_path / "variable"
    assert data_dir(str(tmp_path / "option")).root == tmp_path / "option"


def test_a_run_is_known_only_while_its_lock_is_held(data: DataDir) -> None:
    lock = Lock(data.lock)
    assert lock.acquire()
    runfile.write(data, "http://127.0.0.1:8000", {"A": "b"})
    assert runfile.read(data) == runfile.Running(os.getpid(), "http://127.0.0.1:8000", {"A": "b"})
    lock.release()
    assert runfile.read(data) is None


def test_a_reset_removes_the_folder(data: DataDir) -> None:
    assert reset.main(["--yes", "--data-dir", str(data.root)]) == 0
    assert not data.root.exists()
    assert reset.main(["--data-dir", str(data.root)]) == 0


def test_a_reset_does_not_remove_what_runs(data: DataDir) -> None:
    lock = Lock(data.lock)
    assert lock.acquire()
    with pytest.raises(Problem, match=rf"is running \(pid {os.getpid()}\)"):
        reset.main(["--yes", "--data-dir", str(data.root)])
    lock.release()
    assert data.root.exists()
