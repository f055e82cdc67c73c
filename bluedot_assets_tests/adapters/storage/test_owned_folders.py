"""Folders with an owner: whoever is killed leaves them to the next, and nobody loses one that is in use."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bluedot_assets.adapters.storage.owned_folders import LOCK, TemporaryFolder, has_owner, own, remove_abandoned

OWNS = (
    "import sys, time; from pathlib import Path; from bluedot_assets.adapters.storage.owned_folders import own; "
    "lock = own(Path(sys.argv[1])); print('owned', flush=True); time.sleep(600)"
)


def test_a_folder_has_its_owner_until_that_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    with subprocess.Popen([sys.executable, "-c", OWNS, str(folder)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"owned\n"
        remove_abandoned(folder)
        assert has_owner(folder)
        os.kill(other.pid, signal.SIGKILL)
    assert has_owner(folder) is False
    remove_abandoned(folder)
    assert not folder.exists()


def test_what_has_no_lock_may_be_anybodys(tmp_path: Path) -> None:
    remove_abandoned(tmp_path)
    assert has_owner(tmp_path) is None
    assert tmp_path.exists()


def test_a_folder_that_another_removes_before_it_is_locked_is_made_anew(tmp_path: Path) -> None:
    """Two processes that make and remove the same folder again and again never leave an owner without one."""
    removes = (
        "import sys; from pathlib import Path\n"
        "from bluedot_assets.adapters.storage.owned_folders import remove_abandoned\n"
        "print('begun', flush=True)\n"
        "while True: remove_abandoned(Path(sys.argv[1]))"
    )
    with subprocess.Popen([sys.executable, "-c", removes, str(tmp_path / "x")], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"begun\n"
        try:
            for _ in range(300):
                lock = own(tmp_path / "x")
                assert (tmp_path / "x" / LOCK).exists()
                lock.release()
        finally:
            other.kill()


def test_a_temporary_folder_is_gone_with_its_last_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first, second = TemporaryFolder("git"), TemporaryFolder("data")
    assert sorted(tmp_path.iterdir()) == sorted([first.path, second.path])
    del first
    assert list(tmp_path.iterdir()) == [second.path]
