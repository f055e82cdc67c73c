"""The stores against their contract, and what a setting opens."""

import errno
import hashlib
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from bluedot_assets.adapters.storage.store import objects
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.object_store import ObjectStore
from bluedot_assets.adapters.storage.store.open import open_store
from bluedot_assets.kernel.errors import OutputDamaged, SettingsError, StoreUnreachable
from bluedot_assets_tests.contracts.store import StoreContract
from bluedot_assets_tests.servers.s3 import BUCKET, S3Server


class TestLocalStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalStore:
        return LocalStore(tmp_path / "data")


class TestObjectStore(StoreContract):
    @pytest.fixture
    def store(self) -> ObjectStore:
        return ObjectStore(f"memory://{uuid.uuid4().hex}/data")


class TestObjectStoreOnDisk(StoreContract):
    """The same adapter on a filesystem of another kind, given with a closing slash."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        (tmp_path / "data").mkdir()
        return ObjectStore(f"local://{tmp_path}/data/")


@pytest.mark.long
class TestS3(StoreContract):
    """A bucket, of a server that speaks S3."""

    @pytest.fixture
    def store(self, s3: S3Server) -> ObjectStore:
        return ObjectStore(f"s3://{BUCKET}/{uuid.uuid4().hex}")


@pytest.mark.long
def test_what_another_process_writes_and_deletes_is_listed_so(s3: S3Server) -> None:
    url = f"s3://{BUCKET}/{uuid.uuid4().hex}"
    ours = ObjectStore(url)
    ours.write("a/one", b"1")
    assert ours.list("a") == ["a/one"]
    theirs = "import sys; from bluedot_assets.adapters.storage.store.open import open_store as opened;"
    theirs += "store = opened(sys.argv[1]); store.write('a/two', b'2'); store.delete('a/one')"
    subprocess.run([sys.executable, "-c", theirs, url], check=True)
    assert ours.list("a") == ["a/two"]
    assert ours.sizes("a") == {"a/two": 1}


@pytest.mark.long
def test_a_reader_whose_object_goes_meanwhile_ends_in_a_sentence(s3: S3Server) -> None:
    store = ObjectStore(f"s3://{BUCKET}/{uuid.uuid4().hex}")
    store.write("a/large", bytes(12_000_000))
    with store.open("a/large") as file:
        assert len(file.read(10)) == 10
        store.delete("a/large")
        file.seek(-10, 2)
        with pytest.raises(OutputDamaged, match="a/large is missing"):
            file.read()


@pytest.mark.parametrize("url", ["s3://", "s3:///folder", "AZ:///"])
def test_an_address_without_a_bucket_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"which names no bucket: write it like \w+://bucket/folder"):
        open_store(url)


@pytest.mark.long
@pytest.mark.parametrize(
    ("bucket", "settings", "error", "said"),
    [
        ("absent", {}, SettingsError, "make it"),
        ("me:hush@absent", {}, SettingsError, "credentials"),
        (BUCKET, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, StoreUnreachable, "cannot be reached"),
    ],
)
def test_a_bucket_that_cannot_be_used_is_named_by_its_setting(
    s3: S3Server,
    bucket: str,
    settings: dict[str, str],
    error: type[Exception],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    with pytest.raises(error, match=rf"^BLUEDOT_DATA: .*s3://{bucket.rpartition('@')[2]}/x .*{said}") as raised:
        ObjectStore(f"s3://{bucket}/x").write("a", b"1")
    assert "hush" not in str(raised.value)


def test_what_another_run_has_put_there_is_never_taken_for_what_was_asked_for(tmp_path: Path) -> None:
    store = ObjectStore(f"local://{tmp_path}")
    store.write("bars", b"of another run")
    with pytest.raises(OutputDamaged, match="bars differs from what was stored"):
        store.open("bars", hashlib.sha256(b"ours").hexdigest())


def test_a_storage_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    store, hangs = ObjectStore(f"memory://{uuid.uuid4().hex}"), threading.Event()
    monkeypatch.setattr(objects, "LONGEST_S", 0.1)
    monkeypatch.setattr(MemoryFileSystem, "pipe_file", lambda *_words: hangs.wait(60))
    with pytest.raises(StoreUnreachable, match=r"BLUEDOT_DATA: memory://.* gave no whole answer in time"):
        store.write("a", b"1")
    hangs.set()


@pytest.mark.long
def test_what_a_bucket_refuses_to_delete_is_no_silent_success(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ObjectStore(f"s3://{BUCKET}/{uuid.uuid4().hex}")
    for path in ("a", "b"):
        store.write(path, b"1")
    monkeypatch.setattr(store.objects._files, "_call_s3", _refused)
    with pytest.raises(SettingsError, match=r"BLUEDOT_DATA: s3://.* refuses .* \(b is not deleted: Access Denied\)"):
        store.delete("a", "b")


async def _refused(*_words: object, **_more: object) -> dict[str, object]:
    """As a bucket answers that lets one of two objects be deleted."""
    return {"Errors": [{"Key": "b", "Code": "AccessDenied", "Message": "Access Denied"}]}


def test_a_path_and_a_file_url_open_the_same_folder(tmp_path: Path) -> None:
    assert open_store(str(tmp_path)) == open_store(f"file://{tmp_path}") == LocalStore(tmp_path)


def test_a_relative_path_means_the_folder_of_now_wherever_the_process_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_store("./data") == LocalStore(tmp_path / "data")


def test_only_a_store_of_this_process_alone_is_not_shared_with_workers() -> None:
    assert not open_store("memory://x").shared
    assert open_store("/data").shared


def test_a_storage_that_nothing_here_speaks_is_a_setting_with_a_remedy() -> None:
    with pytest.raises(SettingsError, match=r"BLUEDOT_DATA is .* install the fsspec package"):
        open_store("nosuch://bucket/x")


@pytest.mark.parametrize("url", ["sftp://user:SECRET@host/x", "s3://bucket/x?key=SECRET"])
def test_a_store_shows_no_password(url: str) -> None:
    assert "SECRET" not in repr(ObjectStore(url))


def test_a_disk_that_is_full_is_named_by_its_setting_and_what_other_files_refuse_is_no_fault_of_it(
    tmp_path: Path,
) -> None:
    store = LocalStore(tmp_path / "data")
    said = r"BLUEDOT_DATA .*/data cannot be written: .*\. Make room on its disk"
    with pytest.raises(SettingsError, match=said), store.writer("a/b"):
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(PermissionError), store.writer("a/b"):
        raise OSError(errno.EACCES, "Permission denied", "/elsewhere/of/another")
    assert store.list("") == []
