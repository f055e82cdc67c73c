"""The places for a history against their contract, and what only one of them can meet."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluedot_assets.adapters.git.push import PushPolicy
from bluedot_assets.adapters.history.in_git import GitHistory
from bluedot_assets.adapters.history.in_store import STRAY_FOR, StoredHistory
from bluedot_assets.adapters.history.open import open_history
from bluedot_assets.adapters.history.port import READ_FOR, HistoryPlace
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.object_store import ObjectStore
from bluedot_assets.kernel.errors import NewerVersion, ObjectMissing, OutputDamaged, PublishRefused
from bluedot_assets_tests.contracts.history import A, B, HistoryContract
from bluedot_assets_tests.examples.trees import NOW
from bluedot_assets_tests.servers.git import TOKEN, GitServer, Repository
from bluedot_assets_tests.servers.s3 import BUCKET, S3Server


class TestFolder(HistoryContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> StoredHistory:
        return StoredHistory(LocalStore(tmp_path / "data"), lambda: NOW, time.sleep)


@pytest.mark.long
class TestBucket(HistoryContract):
    @pytest.fixture
    def place(self, s3: S3Server) -> StoredHistory:
        return StoredHistory(ObjectStore(f"s3://{BUCKET}/{uuid.uuid4().hex}"), lambda: NOW, time.sleep)


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[tuple[Repository, str]]:
    with GitServer(tmp_path / "git") as serving:
        yield serving.create("site"), serving.url("site")


@pytest.mark.long
class TestGit(HistoryContract):
    @pytest.fixture
    def place(self, repository: tuple[Repository, str], tmp_path: Path) -> HistoryPlace:
        data = LocalStore(tmp_path / "data")
        return open_history(f"{repository[1]}#bluedot-history", data, TOKEN, 3, lambda: NOW, time.sleep)


def test_a_git_branch_is_one_commit_with_plain_names(repository: tuple[Repository, str], tmp_path: Path) -> None:
    host, url = repository
    place = open_history(f"{url}#past", LocalStore(tmp_path), TOKEN, 3, lambda: NOW, time.sleep)
    for content in (b"one", b"two"):
        place.change("daily", lambda _, content=content: {A: (content, 1), B: (content, 1)})  # type: ignore[misc]
    assert host.commits("past") == 1
    assert host.paths("past") == {"daily/list.json", f"daily/{A}", f"daily/{B}"}
    assert host.get(f"daily/{A}", "past") == b"two"
    assert place.address == f"{url}#past"


def test_a_branch_of_something_else_is_not_overwritten(repository: tuple[Repository, str], tmp_path: Path) -> None:
    host, url = repository
    ours = open_history(f"{url}#past", LocalStore(tmp_path), TOKEN, 3, lambda: NOW, time.sleep)
    ours.change("daily", lambda _: {A: (b"one", 1)})
    assert isinstance(ours, GitHistory)
    host.git(
        "update-ref", "refs/heads/other", str(host.git("commit-tree", "-m", "x", host.tree("daily", "past"))).strip()
    )
    theirs = GitHistory(ours.remote, "other", PushPolicy(0, time.sleep), lambda: NOW)
    with pytest.raises(PublishRefused, match="name a new branch with BLUEDOT_HISTORY"):
        theirs.change("daily", lambda _: {A: (b"one", 1)})


class _Dying(LocalStore):
    """A process that is killed before the list gets its name."""

    def write_first(self, path: str, content: bytes) -> bytes:
        raise KeyboardInterrupt


def test_who_is_killed_leaves_what_was_there_and_his_files_go(tmp_path: Path) -> None:
    now = [NOW]
    place = StoredHistory(LocalStore(tmp_path), lambda: now[0], time.sleep)
    place.change("daily", lambda _: {A: (b"one", 1)})
    with pytest.raises(KeyboardInterrupt):
        StoredHistory(_Dying(tmp_path), lambda: NOW, time.sleep).change(
            "daily", lambda _: {A: (b"two", 1), B: (b"two", 1)}
        )
    assert place.snapshot("daily").read(A) == b"one"
    for number in range(3):
        place.change("daily", lambda _, number=number: {A: (b"%d" % number, 1)})  # type: ignore[misc]
        now[0] += STRAY_FOR * 0.6
    files = sorted(path.name.partition("-")[0] for path in (tmp_path / "history" / "daily").rglob("*.*"))
    # Of these three changes what the newest replaced stays for who reads it; of the dead process nothing does.
    assert files == ["dots", "dots", "list", "list", "list", "list"]


def test_a_writer_who_is_overtaken_while_it_decides_begins_again(tmp_path: Path) -> None:
    place = StoredHistory(LocalStore(tmp_path), lambda: NOW, time.sleep)
    place.change("daily", lambda _: {A: (b"0", 1)})
    others, seen = [3], []

    def slow(before):  # type: ignore[no-untyped-def]
        while others[0]:  # so often that what it began with is gone
            others[0] -= 1
            place.change("daily", lambda now: {A: (now.read(A) + b"x", 1)})
        seen.append(before.read(A))
        return {A: (seen[-1] + b"y", 1)}

    assert place.change("daily", slow).read(A) == b"0xxxy"
    assert seen == [b"0", b"0xxx"]  # what it began with stays readable, and is not what it decides on in the end


def test_what_is_damaged_is_named_with_its_remedy(tmp_path: Path) -> None:
    place = StoredHistory(LocalStore(tmp_path), lambda: NOW, time.sleep)
    made = place.change("daily", lambda _: {A: (b"one", 1)})
    path = tmp_path / "history" / "daily" / made.listed.files[A].path
    path.write_bytes(b"two")
    with pytest.raises(OutputDamaged, match=r"dots-\w+\.parquet differs .*bluedot history rebuild"):
        place.snapshot("daily").read(A)
    path.unlink()
    with pytest.raises(ObjectMissing):
        place.change("daily", lambda before: {A: (before.read(A), 1)})


def test_a_newer_versions_history_is_left_alone(tmp_path: Path) -> None:
    place = StoredHistory(LocalStore(tmp_path), lambda: NOW, time.sleep)
    place.change("daily", lambda _: {A: (b"one", 1)})
    (path,) = (tmp_path / "history" / "daily").glob("list-*.json")
    path.write_text('{"schema_version": 99}')
    with pytest.raises(NewerVersion):
        place.change("daily", lambda _: {A: (b"two", 1)})


def test_who_reads_has_ten_minutes_whatever_others_change(tmp_path: Path) -> None:
    now = [NOW]
    place = StoredHistory(LocalStore(tmp_path), lambda: now[0], time.sleep)
    slow = place.change("daily", lambda _: {A: (b"0", 1)})
    for number in range(5):
        place.change("daily", lambda _, number=number: {A: (b"%d" % number, 1)})  # type: ignore[misc]
    assert slow.read(A) == b"0"
    now[0] += READ_FOR * 2
    for number in range(2):
        place.change("daily", lambda _, number=number: {A: (b"later %d" % number, 1)})  # type: ignore[misc]
    with pytest.raises(ObjectMissing, match="is gone: run again, for the history may have changed meanwhile"):
        slow.read(A)
    # The newest, and the two that these changes replaced.
    assert len([*(tmp_path / "history" / "daily").glob("dots-*")]) == 3
