"""What the system refuses, as a sentence with a remedy."""

import errno
import resource
import tempfile
from pathlib import Path

import pytest

from bluedot_assets.adapters.local_folders import explained, require_open_files, require_writable_folder
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.kernel.errors import MachineFailed, SettingsError, UsageError
from bluedot_assets_tests.examples.trees import NOW


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "Make room on its disk"),
        (errno.EROFS, "Make it writable for this user"),
        (errno.ENOENT, "See what removes or replaces it"),
        (errno.EMFILE, "Allow this user more open files"),
        (errno.EFBIG, "Allow this user larger files"),
        (errno.EIO, "See what is wrong with this machine"),
    ],
)
def test_each_refusal_has_a_sentence_with_the_file_and_a_remedy(number: int, remedy: str) -> None:
    error = explained(OSError(number, "It went wrong", "/there/file"))
    assert isinstance(error, MachineFailed)
    assert str(error).startswith(f"/there/file: It went wrong. {remedy}")
    assert str(error).endswith("run again.")


@pytest.mark.parametrize("error", [ConnectionRefusedError(errno.ECONNREFUSED, "Refused"), TimeoutError("timed out")])
def test_what_the_network_refused_is_not_put_on_this_machine(error: OSError) -> None:
    assert str(explained(error)).endswith(
        ". See whether the network and the server at its other end work, and run again."
    )


def test_want_of_memory_is_a_sentence_and_an_error_of_ours_stays_as_it_is() -> None:
    assert str(explained(MemoryError())).startswith("Cannot allocate memory. Give the machine more memory")
    ours = UsageError("say it otherwise")
    assert explained(ours) is ours


def test_a_full_disk_is_not_taken_for_a_want_of_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(SettingsError, match=r"BLUEDOT_DATA .* \(No space left on device\)\. Make room on its disk"):
        require_writable_folder("BLUEDOT_DATA", tmp_path)


def test_a_data_folder_that_became_a_file_is_named_by_its_setting_wherever_a_stage_begins(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    begun = LocalStore(tmp_path / "data").staging(NOW)
    with pytest.raises(SettingsError, match=r"BLUEDOT_DATA .*cannot be written .*Not a directory\. See what removes"):
        begun.__enter__()


def test_a_current_folder_that_is_gone_is_no_riddle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(FileNotFoundError) as raised:
        Path("relative").absolute()
    assert (
        str(explained(raised.value)) == "The current folder is not there any more. Go to another (`cd`), and run again."
    )
    monkeypatch.chdir(tmp_path)


def test_too_few_open_files_are_refused_before_the_work() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (63, before[1]))
        with pytest.raises(SettingsError, match=r"may have 63 files open at once, and a run needs 64\. Allow"):
            require_open_files()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    require_open_files()
