"""The folder site against the contract, and what only a folder can do."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from filelock import FileLock

from bluedot_assets.adapters.local_folders import flush
from bluedot_assets.adapters.site import folder
from bluedot_assets.adapters.site.folder import FolderSite
from bluedot_assets.adapters.site.pages import gzipped, shell_files
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.object_store import ObjectStore
from bluedot_assets.kernel.errors import PublishRefused, SettingsError
from bluedot_assets_tests.contracts.publications import AT, OpenSite, contents, publication, publish
from bluedot_assets_tests.contracts.site import DAY, SiteContract


class PublicFolder:
    """The folder as a web server sees it: a path is looked up at each request."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def get(self, path: str) -> bytes | None:
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None

    def paths(self) -> set[str]:
        return {path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "data")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "public" / "site"


@pytest.fixture
def open_folder(root: Path, store: LocalStore) -> OpenSite:
    return partial(FolderSite, root, store)


@pytest.fixture
def site(root: Path, store: LocalStore) -> FolderSite:
    return FolderSite(root, store)


class TestFolderSite(SiteContract):
    @pytest.fixture
    def open_site(self, open_folder: OpenSite) -> OpenSite:
        return open_folder

    @pytest.fixture
    def public(self, root: Path) -> PublicFolder:
        return PublicFolder(root)


class TestFolderSiteOfAnObjectStore(SiteContract):
    """Files that cannot be hard-linked because they come from elsewhere."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        return ObjectStore(f"local://{tmp_path}/bucket")

    @pytest.fixture
    def open_site(self, root: Path, store: ObjectStore) -> OpenSite:
        return partial(FolderSite, root, store)

    @pytest.fixture
    def public(self, root: Path) -> PublicFolder:
        return PublicFolder(root)


def versions_of(root: Path) -> list[str]:
    return sorted(path.name for path in root.with_name(f".{root.name}.versions").iterdir() if path.is_dir())


def test_the_version_before_stays_for_its_readers_and_older_ones_go(
    site: FolderSite, store: LocalStore, root: Path
) -> None:
    for number in range(5):
        publish(site, publication(store, "daily", DAY, contents(str(number)), at=AT + timedelta(minutes=number)))
    assert versions_of(root) == ["00000004", "00000005"]
    assert root.resolve().name == "00000005"


def test_what_a_killed_publish_left_is_removed_by_the_next(site: FolderSite, store: LocalStore, root: Path) -> None:
    publish(site, publication(store, "daily", DAY, contents("1")))
    left = root.with_name(".site.versions") / "00000007"
    (left / "daily").mkdir(parents=True)
    (left.parent / "next").symlink_to("nowhere")
    publish(site, publication(store, "daily", DAY, contents("2"), at=AT + timedelta(minutes=1)))
    assert versions_of(root) == ["00000001", "00000008"]


def test_unchanged_files_are_shared_and_not_copied(site: FolderSite, store: LocalStore, root: Path) -> None:
    publish(site, publication(store, "daily", "2024-08-01", contents("1")))
    inode = (root / "daily/2024-08-01/S0_PRICE_DATA.csv").stat().st_ino
    publish(site, publication(store, "daily", DAY, contents("2")))
    assert (root / "daily/2024-08-01/S0_PRICE_DATA.csv").stat().st_ino == inode
    assert (root / "daily/latest/S0_PRICE_DATA.csv").samefile(root / f"daily/{DAY}/S0_PRICE_DATA.csv")


def test_an_empty_folder_becomes_the_site(site: FolderSite, store: LocalStore, root: Path) -> None:
    root.mkdir(parents=True)
    publish(site, publication(store, "daily", DAY, contents("1")))
    assert (root / "index.html").is_file()


def test_a_folder_of_somebody_else_is_refused_and_unchanged(site: FolderSite, store: LocalStore, root: Path) -> None:
    root.mkdir(parents=True)
    (root / "precious.txt").write_text("mine")
    with pytest.raises(PublishRefused, match=r"BLUEDOT_SITE .* is not a site of ours"):
        publish(site, publication(store, "daily", DAY, contents("1")))
    assert [path.name for path in root.iterdir()] == ["precious.txt"]


def test_a_link_of_somebody_else_is_refused_and_still_leads_there(
    site: FolderSite, store: LocalStore, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "precious.txt").write_text("mine")
    root.parent.mkdir(parents=True)
    root.symlink_to(tmp_path / "www")
    with pytest.raises(PublishRefused, match="is not a site of ours"):
        publish(site, publication(store, "daily", DAY, contents("1")))
    assert (root / "precious.txt").read_text() == "mine"


def test_a_site_whose_versions_were_deleted_is_published_anew(site: FolderSite, store: LocalStore, root: Path) -> None:
    publish(site, publication(store, "daily", DAY, contents("1")))
    root.resolve().rename(root.with_name("thrown away"))
    publish(site, publication(store, "daily", DAY, contents("1")))
    assert (root / "daily/latest/S0_PRICE_DATA.csv").read_bytes() == contents("1")["S0"]


def test_a_moved_site_still_shows_everything(site: FolderSite, store: LocalStore, root: Path, tmp_path: Path) -> None:
    publish(site, publication(store, "daily", DAY, contents("1")))
    root.parent.rename(tmp_path / "moved")
    assert (tmp_path / "moved/site/daily/latest/S0_PRICE_DATA.csv").read_bytes() == contents("1")["S0"]


def test_gzip_gives_the_same_bytes_for_the_same_content_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    first = gzipped(b"20240802T,1,1,1,1,0\n" * 1000)
    monkeypatch.setattr("time.time", lambda: 4_000_000_000.0)
    assert gzipped(b"20240802T,1,1,1,1,0\n" * 1000) == first


def test_a_shell_that_is_not_installed_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="static files are not in"):
        shell_files(tmp_path, tmp_path / "docs")


def test_the_documentation_stands_below_docs_once_it_is_built(tmp_path: Path) -> None:
    pages = {"shell/index.html": "page", "shell/docs/index.html": "not built", "shell/site.css": "style"}
    for path, text in pages.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    without = shell_files(tmp_path / "shell", tmp_path / "build")
    assert without["docs/index.html"] == b"not built"
    (tmp_path / "build" / "faq").mkdir(parents=True)
    (tmp_path / "build" / "index.html").write_text("quick start")
    (tmp_path / "build" / "faq" / "index.html").write_text("questions")
    built = shell_files(tmp_path / "shell", tmp_path / "build")
    assert built == without | {"docs/index.html": b"quick start", "docs/faq/index.html": b"questions"}


def test_a_publish_that_hangs_elsewhere_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "LONGEST_WAIT_S", 1)
    (tmp_path / ".site.versions").mkdir()
    site = FolderSite(tmp_path / "site", LocalStore(tmp_path / "data"))
    held = FileLock(tmp_path / ".site.versions" / "lock", is_singleton=False)
    with held, pytest.raises(PublishRefused, match="Another process has published"):
        site.publish(lambda here: None)
    assert site.publish(lambda here: None) is None
    assert site.publish(lambda here: None) is None


def test_a_version_is_on_the_disk_before_the_link_leads_to_it(
    tmp_path: Path, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, seen = FolderSite(tmp_path / "site", store), []

    def flushed(path: Path) -> None:
        seen.append((path.name, site.root.exists(), len([one for one in path.rglob("*") if one.is_file()])))
        flush(path)

    monkeypatch.setattr(folder, "flush", flushed)
    publish(site, publication(store, "daily", DAY, contents("1")))
    files = len([one for one in site.root.resolve().rglob("*") if one.is_file()])
    assert seen[0] == ("00000001", False, files)
    assert seen[1][:2] == (".site.versions", True)
